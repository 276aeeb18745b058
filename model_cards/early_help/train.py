"""The model of the main example: a logistic regression on seven figures of a neighbourhood."""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


def model() -> Pipeline:
    """Return the unfitted model; with 41 neighbourhoods it is held back strongly, so that none of them is learnt by heart."""
    return Pipeline([("scale", StandardScaler()), ("regression", LogisticRegression(C=0.01))])
