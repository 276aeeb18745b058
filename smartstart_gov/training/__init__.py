"""Fitting a scikit-learn model on the declared features, and recording how."""
