"""Trees in one form: coding by rank changes no decision, and what the routine cannot carry is left out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from smartstart_gov.explanation import ensembles
from smartstart_gov.explanation.ensembles import Ensemble, ensemble_of

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(600, 5))
X[:, 4] = RANDOM.integers(0, 2, size=600)
Y = (X[:, 0] + X[:, 1] * X[:, 2] + RANDOM.normal(size=600) > 0).astype(int)
HOLED = np.where(RANDOM.random(X.shape) < 0.1, np.nan, X)
MODELS = {
    "tree": DecisionTreeClassifier(random_state=0),
    "extra tree": ExtraTreeClassifier(random_state=0),
    "forest": RandomForestClassifier(n_estimators=5, random_state=0),
    "forest of weights": RandomForestClassifier(n_estimators=5, random_state=0, class_weight="balanced"),
    "extra forest": ExtraTreesClassifier(n_estimators=5, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=5, random_state=0),
    "histogram boosting": HistGradientBoostingClassifier(max_iter=30, random_state=0),
}


def walk(ensemble: Ensemble, matrix: np.ndarray) -> np.ndarray:
    """The sum of leaf values by the coded trees, in 32-bit comparisons, one step at a time."""
    codes = ensemble.coded(matrix).astype(np.float32)
    total = np.zeros(len(matrix))
    for tree in ensemble.as_dictionaries():
        thresholds = tree["thresholds"].astype(np.float32)
        for i, row in enumerate(codes):
            node = 0
            while tree["children_left"][node] >= 0:
                value = row[tree["features"][node]]
                if np.isnan(value):
                    node = tree["children_default"][node]
                else:
                    node = tree["children_left" if value <= thresholds[node] else "children_right"][node]
            total[i] += tree["values"][node, 0]
    return total


#: Gradient boosting, as opposed to histogram boosting, takes no missing values.
@pytest.mark.parametrize(("name", "holed"), [(n, h) for n in MODELS for h in (False, True) if not (h and n == "boosting")])
def test_coded_trees_decide_as_the_model_does(name: str, holed: bool) -> None:
    data = HOLED if holed else X
    model = MODELS[name].fit(data, Y)
    ensemble = ensemble_of(model)
    own = model.decision_function(data) if ensemble.margin else model.predict_proba(data)[:, 1]
    gap = own - walk(ensemble, data)
    assert np.ptp(gap) < 1e-12, "the trees add up to the output but for a constant"
    assert ensemble.margin == ("boosting" in name)


def test_rows_on_a_threshold_go_the_models_way_in_32_bits() -> None:
    # Values that 32 bits cannot hold, one of them the threshold itself.
    values = np.array([0.1, 0.1 + 1e-9, 0.1 + 2e-9, 0.1 + 3e-9] * 50)[:, None]
    model = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=1).fit(values, np.tile([0, 0, 1, 1], 50))
    ensemble = ensemble_of(model)
    assert np.float32(values[0, 0]) == np.float32(values[3, 0])
    assert np.ptp(model.decision_function(values) - walk(ensemble, values)) < 1e-12


def test_only_columns_with_a_split_are_used() -> None:
    model = DecisionTreeClassifier(max_depth=1).fit(X, (X[:, 3] > 0).astype(int))
    assert ensemble_of(model).used.tolist() == [3]


def test_a_tree_without_a_split_has_no_columns() -> None:
    model = DecisionTreeClassifier(min_samples_split=10_000).fit(X, Y)
    assert ensemble_of(model).coded(X).shape == (600, 0)


def test_what_is_no_tree_of_this_kind_is_left_to_another_method() -> None:
    for model in (
        LogisticRegression(),
        AdaBoostClassifier(n_estimators=2),
        GradientBoostingClassifier(n_estimators=2, init=LogisticRegression()),
        HistGradientBoostingClassifier(max_iter=3, categorical_features=[4]),
    ):
        fitted = model.fit(X, Y if "Hist" not in type(model).__name__ else X[:, 4].astype(int))
        assert ensemble_of(fitted) is None
    three = GradientBoostingClassifier(n_estimators=2).fit(X, RANDOM.integers(0, 3, size=600))
    assert ensemble_of(three) is None


def test_a_tree_too_large_for_16_bits_is_left_to_another_method(monkeypatch: pytest.MonkeyPatch) -> None:
    model = DecisionTreeClassifier().fit(X, Y)
    monkeypatch.setattr(ensembles, "MOST_NODES", model.tree_.node_count - 1)
    assert ensemble_of(model) is None
    monkeypatch.setattr(ensembles, "MOST_NODES", model.tree_.node_count)
    assert ensemble_of(model) is not None


def test_a_path_over_too_many_columns_is_left_to_another_method(monkeypatch: pytest.MonkeyPatch) -> None:
    # One long chain: each column, in turn, sends a single row away.
    chain, label = np.vstack([np.eye(40), np.zeros(40)]), np.arange(41) % 2
    deep = DecisionTreeClassifier(random_state=0).fit(chain, label)
    wide = DecisionTreeClassifier(random_state=0, max_depth=6).fit(RANDOM.normal(size=(600, 60)), Y)
    monkeypatch.setattr(ensembles, "MOST_COLUMNS_ON_A_PATH", 15)
    assert len(np.unique(wide.tree_.feature)) > 16, "many columns in the tree, few on each path"
    assert deep.get_depth() > 15
    assert ensemble_of(deep) is None
    assert ensemble_of(wide) is not None
