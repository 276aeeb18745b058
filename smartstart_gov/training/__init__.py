"""Fitting a scikit-learn model on the declared features, and the record of how."""
