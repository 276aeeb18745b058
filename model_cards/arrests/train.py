"""The model of the worked example: logistic regression on three facts, so that everybody can follow it."""

from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def model() -> Pipeline:
    """Return the unfitted model; the levels of the text column are those of contract.yaml."""
    employed = OneHotEncoder(categories=[["No", "Yes"]], handle_unknown="error", sparse_output=False)
    columns = ColumnTransformer([("employed", employed, ["employed"]), ("numbers", StandardScaler(), ["age", "checks"])])
    return Pipeline([("columns", columns), ("regression", LogisticRegression())])
