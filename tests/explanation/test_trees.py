"""Trees in one form: every row goes the way that it goes in the model, and what is no such tree is left out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from smartstart_gov.explanation.trees import Ensemble, sklearn_ensemble

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(600, 5))
X[:, 4] = RANDOM.integers(0, 6, size=600)
Y = (X[:, 0] + X[:, 1] * X[:, 2] + X[:, 4] % 2 + RANDOM.normal(size=600) > 0).astype(int)
HOLED = np.where(RANDOM.random(X.shape) < 0.1, np.nan, X)
MODELS = {
    "tree": DecisionTreeClassifier(random_state=0),
    "extra tree": ExtraTreeClassifier(random_state=0),
    "forest": RandomForestClassifier(n_estimators=5, random_state=0),
    "forest of weights": RandomForestClassifier(n_estimators=5, random_state=0, class_weight="balanced"),
    "extra forest": ExtraTreesClassifier(n_estimators=5, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=5, random_state=0),
    "histogram boosting": HistGradientBoostingClassifier(max_iter=30, random_state=0),
    "categories in boosting": HistGradientBoostingClassifier(max_iter=30, categorical_features=[4], random_state=0),
    "bag": BaggingClassifier(n_estimators=5, max_features=3, random_state=0),
    "adaptive boosting": AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=5, random_state=0),
}


def walk(ensemble: Ensemble, matrix: np.ndarray) -> np.ndarray:
    """The sum of leaf values by the trees as they were read, one step at a time."""
    seen = ensemble.read(matrix)
    total = np.zeros(len(matrix))
    for tree in ensemble.trees:
        left = tree.goes_left(seen)
        for i in range(len(matrix)):
            node = 0
            while tree.left[node] >= 0:
                node = tree.left[node] if left[node, i] else tree.right[node]
            total[i] += tree.value[node]
    return total


#: These take no missing values.
@pytest.mark.parametrize(
    ("name", "holed"),
    [(n, h) for n in MODELS for h in (False, True) if not (h and n in ("boosting", "bag", "adaptive boosting"))],
)
def test_trees_decide_as_the_model_does(name: str, holed: bool) -> None:
    data = HOLED if holed else X
    model = MODELS[name].fit(data, Y)
    ensemble = sklearn_ensemble(model)
    own = model.decision_function(data) if ensemble.margin else model.predict_proba(data)[:, 1]
    gap = own - walk(ensemble, data)
    assert np.ptp(gap) < 1e-12, "the trees add up to the output but for a constant"
    assert ensemble.margin == ("boosting" in name)


def test_rows_on_a_threshold_go_the_models_way() -> None:
    # Values that 32 bits cannot tell apart, one of them the threshold itself.
    values = np.array([0.1, 0.1 + 1e-9, 0.1 + 2e-9, 0.1 + 3e-9] * 50)[:, None]
    model = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=1).fit(values, np.tile([0, 0, 1, 1], 50))
    ensemble = sklearn_ensemble(model)
    assert np.float32(values[0, 0]) == np.float32(values[3, 0])
    assert np.ptp(model.decision_function(values) - walk(ensemble, values)) < 1e-12


def test_what_is_no_tree_of_this_kind_is_left_to_another_method() -> None:
    for model in (
        LogisticRegression(),
        AdaBoostClassifier(LogisticRegression(), n_estimators=2),
        BaggingClassifier(LogisticRegression(), n_estimators=2),
        GradientBoostingClassifier(n_estimators=2, init=LogisticRegression()),
    ):
        assert sklearn_ensemble(model.fit(X, Y)) is None
    for kind in (GradientBoostingClassifier(n_estimators=2), HistGradientBoostingClassifier(max_iter=2), AdaBoostClassifier()):
        assert sklearn_ensemble(kind.fit(X, RANDOM.integers(0, 3, size=600))) is None
