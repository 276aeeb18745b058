"""The model of the worked example: gradient-boosted trees on time, place and kind of the stop."""

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder


def model() -> Pipeline:
    """Return the unfitted model; the levels of the text column are those of contract.yaml."""
    problem = OneHotEncoder(categories=[["suspicious", "traffic"]], handle_unknown="error", sparse_output=False)
    columns = ColumnTransformer([("problem", problem, ["problem"])], remainder="passthrough")
    return Pipeline([("columns", columns), ("trees", HistGradientBoostingClassifier(max_iter=100, max_leaf_nodes=15))])
