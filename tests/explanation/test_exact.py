"""Every exact way, held against the definition: all coalitions of the contract's columns, row by row of the background."""

from __future__ import annotations

import importlib
import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn.preprocessing import CorrelationRemover
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier

from smartstart_gov.explanation import shapley, tree_values
from smartstart_gov.explanation.any_model import Coalitions, Orders
from smartstart_gov.explanation.closed_forms import Linear, Quadratic
from smartstart_gov.explanation.explainer import Explainer
from smartstart_gov.explanation.tree_values import Trees

RANDOM = np.random.default_rng(7)
N = 500
TABLE = pd.DataFrame(
    {
        "age": RANDOM.normal(40, 12, N), "income": np.where(RANDOM.random(N) < 0.15, np.nan, RANDOM.normal(size=N)),
        "household": RANDOM.integers(1, 7, N).astype(float),
        "hood": pd.Categorical(RANDOM.choice(list("nesw"), N), categories=list("wsen")),
        "benefit": pd.Categorical(RANDOM.choice(["none", "rent", "care", "work", "other"], N)),
    }
)  # fmt: skip
TABLE.loc[RANDOM.random(N) < 0.1, "benefit"] = None
LABEL = (
    (TABLE["age"] > 45).astype(int) * TABLE["hood"].isin(["w", "n"]) + TABLE["benefit"].isin(["rent", "work"])
    + 0.5 * (TABLE["income"] > 0) + TABLE["household"] / 6 + RANDOM.normal(size=N) > 1.6
).astype(int).to_numpy()  # fmt: skip
FEATURES = list(TABLE.columns)
NUMBERS, WORDS = FEATURES[:3], FEATURES[3:]
NEAR, ROWS = TABLE.iloc[:9].reset_index(drop=True), TABLE.iloc[100:112].reset_index(drop=True)


def by_definition(output: Any, rows: pd.DataFrame, near: pd.DataFrame) -> np.ndarray:
    """Shapley values from the worth of every coalition: the mean output with its columns the row's, the rest the background's."""
    columns = list(rows.columns)
    count = len(columns)
    pairs = rows.loc[np.repeat(rows.index, len(near))].reset_index(drop=True)
    other = near.loc[np.tile(near.index, len(rows))].reset_index(drop=True)
    worth = {}
    for size in range(count + 1):
        for coalition in itertools.combinations(columns, size):
            mixed = pd.DataFrame({c: (pairs if c in coalition else other)[c] for c in columns})
            worth[frozenset(coalition)] = np.asarray(output(mixed)).reshape(len(rows), -1).mean(axis=1)
    found = np.zeros((len(rows), count))
    for i, column in enumerate(columns):
        for coalition, value in worth.items():
            if column not in coalition:
                size = len(coalition)
                weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
                found[:, i] += weight * (worth[coalition | {column}] - value)
    return found


def encoded(classifier: Any) -> Any:
    """One-hot encode, with rare levels, missing levels and flags of missing numbers: many columns a fact."""
    head = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", min_frequency=60), make_column_selector(dtype_include="category")),
        (SimpleImputer(add_indicator=True), make_column_selector(dtype_include="number")),
    )
    return make_pipeline(head, classifier)


def by_number(classifier: Any) -> Any:
    head = make_column_transformer((OrdinalEncoder(), WORDS), remainder="passthrough")
    return make_pipeline(head, classifier)


SKLEARN: dict[str, tuple[Any, type]] = {
    "tree": (encoded(DecisionTreeClassifier(random_state=0)), Trees),
    "forest": (encoded(RandomForestClassifier(n_estimators=7, random_state=0)), Trees),
    "weighted forest": (encoded(RandomForestClassifier(n_estimators=7, class_weight="balanced", random_state=0)), Trees),
    "forest with holes": (by_number(RandomForestClassifier(n_estimators=7, random_state=0)), Trees),
    "extra trees": (encoded(ExtraTreesClassifier(n_estimators=7, random_state=0)), Trees),
    "bag of trees": (encoded(BaggingClassifier(n_estimators=7, max_features=0.6, random_state=0)), Trees),
    "adaboost": (encoded(AdaBoostClassifier(n_estimators=9, random_state=0)), Trees),
    "deep adaboost": (
        encoded(AdaBoostClassifier(DecisionTreeClassifier(max_depth=3), n_estimators=9, random_state=0)),
        Trees,
    ),
    "boosting": (encoded(GradientBoostingClassifier(n_estimators=9, random_state=0)), Trees),
    "searched": (encoded(GridSearchCV(GradientBoostingClassifier(n_estimators=5), {"max_depth": [2]}, cv=2)), Trees),
    "histogram": (by_number(HistGradientBoostingClassifier(max_iter=20, random_state=0)), Trees),
    "native categories": (HistGradientBoostingClassifier(max_iter=30, min_samples_leaf=5, random_state=0), Trees),
    "a mask of categories": (
        by_number(HistGradientBoostingClassifier(max_iter=30, categorical_features=[0, 1], random_state=0)),
        Trees,
    ),
    "logistic": (encoded(LogisticRegression(max_iter=5000)), Linear),
    "discriminant": (encoded(LinearDiscriminantAnalysis(solver="lsqr")), Linear),
    "principal components": (
        make_pipeline(*[step for _, step in encoded(PCA(4)).steps], LogisticRegression(max_iter=5000)),
        Linear,
    ),
    "naive bayes": (encoded(GaussianNB(var_smoothing=1e-2)), Quadratic),
    "quadratic": (encoded(QuadraticDiscriminantAnalysis(reg_param=0.3)), Quadratic),
}


def explainer_of(model: Any) -> Explainer:
    reasons: list[str] = []
    found = next(shapley._explainers(model, NEAR, FEATURES, 0, reasons, 1))
    assert not reasons
    return found


def output_of(explainer: Explainer) -> Any:
    return lambda table: explainer.output(explainer.seen(table))


def values_of(explainer: Explainer, table: pd.DataFrame) -> np.ndarray:
    return explainer.values(explainer.seen(table))


def held_against_the_definition(model: Any, kind: type, within: float = 1e-9) -> None:
    explainer = explainer_of(model)
    assert type(explainer) is kind
    assert set(explainer.labels) == set(FEATURES)
    output = output_of(explainer)(ROWS)
    values = values_of(explainer, ROWS)[:, [explainer.labels.index(name) for name in FEATURES]]
    scale = max(1.0, np.abs(output).max())
    wanted = by_definition(output_of(explainer), ROWS, NEAR)
    assert np.abs(wanted).max() > 1e-3, "a model that says the same of everybody proves nothing"
    assert np.abs(values - wanted).max() < within * scale
    # Efficiency: the values add up to the output, less its mean over the background.
    assert np.abs(values.sum(axis=1) + explainer.baseline - output).max() < within * scale
    assert explainer.tolerance >= within


@pytest.mark.parametrize("name", SKLEARN)
def test_values_are_those_of_all_coalitions(name: str) -> None:
    model, kind = SKLEARN[name]
    held_against_the_definition(model.fit(TABLE, LABEL), kind)


def test_categories_are_really_split_on() -> None:
    model = HistGradientBoostingClassifier(max_iter=30, min_samples_leaf=5, random_state=0).fit(TABLE, LABEL)
    trees = explainer_of(model)._ensemble.trees
    assert sum(len(tree.left_codes) for tree in trees) > 10


def booster(library: str, kind: str, **more: Any) -> Any:
    found = importlib.import_module(library)
    return getattr(found, kind)(**more)


XGB = {"n_estimators": 12, "max_depth": 4, "n_jobs": 1}
LGBM = {"n_estimators": 15, "min_child_samples": 5, "min_data_per_group": 5, "cat_smooth": 1.0, "verbose": -1, "n_jobs": 1}
CAT = {"iterations": 12, "depth": 4, "verbose": 0, "allow_writing_files": False, "thread_count": 1}


@pytest.mark.parametrize(
    "more",
    [
        {"enable_categorical": True},
        {"enable_categorical": True, "max_cat_to_onehot": 1, "grow_policy": "lossguide", "max_leaves": 9},
        {"enable_categorical": True, "booster": "dart", "rate_drop": 0.3},
        {"enable_categorical": True, "num_parallel_tree": 3, "subsample": 0.6},
        {"enable_categorical": True, "scale_pos_weight": 3.0, "base_score": 0.2},
    ],
)
def test_xgboost_with_categories_of_its_own(more: dict[str, Any]) -> None:
    model = booster("xgboost", "XGBClassifier", **XGB, **more)
    held_against_the_definition(model.fit(TABLE, LABEL), Trees, within=2e-6)


def test_xgboost_behind_an_encoder_and_its_forest() -> None:
    for kind in ("XGBClassifier", "XGBRFClassifier"):
        held_against_the_definition(encoded(booster("xgboost", kind, **XGB)).fit(TABLE, LABEL), Trees, within=2e-6)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
        {"boosting_type": "dart"},
        {"max_cat_to_onehot": 1, "extra_trees": True},
        {"is_unbalance": True, "max_depth": 3},
    ],
)
def test_lightgbm_with_categories_of_its_own(more: dict[str, Any]) -> None:
    model = booster("lightgbm", "LGBMClassifier", **LGBM, **more).fit(TABLE, LABEL)
    held_against_the_definition(model, Trees)


def test_lightgbm_where_fit_saw_no_missing_value() -> None:
    model = booster("lightgbm", "LGBMClassifier", **LGBM).fit(TABLE.fillna({"income": -2.0}), LABEL)
    held_against_the_definition(model, Trees)


def text(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{name: table[name].astype(object).where(table[name].notna(), "unknown") for name in WORDS})


@pytest.mark.parametrize("more", [{}, {"one_hot_max_size": 10}, {"nan_mode": "Max"}, {"max_ctr_complexity": 1}])
def test_catboost_where_no_split_asks_several_columns(more: dict[str, Any]) -> None:
    model = booster("catboost", "CatBoostClassifier", **CAT, **more)
    if more in ({}, {"nan_mode": "Max"}):
        held_against_the_definition(encoded(model).fit(TABLE, LABEL), Trees)
        return
    held_against_catboost(model.set_params(cat_features=WORDS).fit(text(TABLE), LABEL))


def held_against_catboost(model: Any) -> None:
    explainer = next(shapley._explainers(model, text(NEAR), FEATURES, 0, [], 1))
    assert type(explainer) is Trees
    wanted = by_definition(output_of(explainer), text(ROWS), text(NEAR))
    assert np.abs(values_of(explainer, text(ROWS)) - wanted).max() < 1e-9


def test_catboost_whose_splits_ask_several_columns_is_left_to_another_way() -> None:
    model = booster("catboost", "CatBoostClassifier", **(CAT | {"iterations": 200, "depth": 6}), cat_features=WORDS).fit(
        text(TABLE), LABEL
    )
    assert type(next(shapley._explainers(model, text(NEAR), FEATURES, 0, [], 1))) is Coalitions


def wide(classifier: Any) -> tuple[Any, pd.DataFrame, list[str]]:
    """A model of seven columns: too many for every coalition."""
    table = TABLE.assign(spare=RANDOM.normal(size=N), twin=TABLE["household"] % 2)
    return encoded(classifier).fit(table, LABEL), table, list(table.columns)


def test_orders_are_exact_for_two_columns_together_and_near_for_more() -> None:
    model, table, features = wide(MLPClassifier(hidden_layer_sizes=(8,), max_iter=500, early_stopping=True, random_state=0))
    near, rows = table.iloc[:40].reset_index(drop=True), table.iloc[100:112].reset_index(drop=True)
    found = next(shapley._explainers(model, near, features, 0, [], 1))
    assert isinstance(found, Orders)
    values, wanted = found.values(rows), by_definition(found.output, rows, near)
    missed = np.sqrt(((values - wanted) ** 2).mean())
    said = found.order_error(rows, values)
    assert missed < 0.1 * np.sqrt((wanted**2).mean())
    assert 0.4 * missed < said < 2.5 * missed, "the error that is told is about the one that is made"
    assert np.abs(values.sum(axis=1) + found.output(near).mean() - found.output(rows)).max() < 1e-9

    class Pairs:
        """A score in which columns matter alone and two together."""

        classes_ = np.array([0, 1])

        def predict_proba(self, table: pd.DataFrame) -> np.ndarray:
            age, house = table["age"].to_numpy() / 100, table["household"].to_numpy() / 10
            hood = table["hood"].isin(["w", "n"]).to_numpy()
            score = 0.2 + 0.3 * age * house + 0.1 * hood * age + 0.05 * hood * house
            return np.column_stack([1 - score, score])

    paired = Orders(Pairs(), features, near, 0)
    assert np.abs(paired.values(rows) - by_definition(paired.output, rows, near)).max() < 1e-12


def test_orders_are_those_of_the_seed() -> None:
    model, table, features = wide(KNeighborsClassifier())
    near, rows = table.iloc[:9].reset_index(drop=True), table.iloc[100:103].reset_index(drop=True)
    first, again, other = (Orders(model, features, near, seed).values(rows) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("most", [0, 2])
def test_masks_too_long_for_a_table_give_the_same(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """The walk as Python runs it, with a table for none or few of the masks, against the compiled one."""
    explainer = explainer_of(HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=5, random_state=0).fit(TABLE, LABEL))
    compiled = values_of(explainer, ROWS)
    monkeypatch.setattr(tree_values, "compiled_walk", lambda: tree_values._walk)
    monkeypatch.setattr(tree_values, "_TABLE", most)
    assert values_of(explainer, ROWS) == pytest.approx(compiled, abs=1e-14)


def test_leaves_of_the_value_that_most_have_are_not_visited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves of a whole tree hold one outcome only: those of the more frequent kind are worth nothing to anybody."""
    explainer = explainer_of(encoded(DecisionTreeClassifier(random_state=0)).fit(TABLE, LABEL))
    (tree,) = explainer._ensemble.trees
    leaves = tree.value[tree.left == -1]
    asked: list[np.ndarray] = []
    monkeypatch.setattr(tree_values, "compiled_walk", lambda: lambda *more: asked.append(more[3][tree.left == -1]))
    values_of(explainer, ROWS)
    assert set(np.round(leaves, 12)) == {0.0, 1.0}
    assert [int((value == 0).sum()) for value in asked] == [max((leaves == 0).sum(), (leaves == 1).sum())]


def test_a_path_of_more_columns_than_a_mask_has_bits_is_left_to_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    model = encoded(DecisionTreeClassifier(random_state=0)).fit(TABLE, LABEL)
    monkeypatch.setattr(tree_values, "MOST_ON_A_PATH", 3)
    ways = shapley._explainers(model, NEAR, FEATURES, 0, [], 1)
    with pytest.raises(ValueError, match="too many columns"):
        values_of(next(ways), ROWS)
    assert isinstance(next(ways), Coalitions)


def test_rows_drawn_anew_in_fit_and_a_balanced_forest() -> None:
    pipeline = importlib.import_module("imblearn.pipeline")
    sampling = importlib.import_module("imblearn.over_sampling")
    ensemble = importlib.import_module("imblearn.ensemble")
    head = encoded(None).steps[0][1]
    forest = RandomForestClassifier(n_estimators=5, random_state=0)
    drawn = pipeline.make_pipeline(head, sampling.RandomOverSampler(random_state=0), forest)
    held_against_the_definition(drawn.fit(TABLE, LABEL), Trees)
    balanced = ensemble.BalancedRandomForestClassifier(n_estimators=5, random_state=0)
    held_against_the_definition(encoded(balanced).fit(TABLE, LABEL), Trees)


@pytest.mark.parametrize("planted", ["weights", "missing", "players"])
def test_a_planted_error_is_noticed(monkeypatch: pytest.MonkeyPatch, planted: str) -> None:
    model = HistGradientBoostingClassifier(max_iter=30, min_samples_leaf=5, random_state=0).fit(TABLE, LABEL)
    explainer = explainer_of(model)
    if planted == "weights":
        right = tree_values._weights
        monkeypatch.setattr(
            tree_values, "_weights", lambda most: np.ascontiguousarray(right(most) * np.linspace(1, 1.1, most + 1))
        )
    elif planted == "missing":
        trees = tuple(replace(tree, missing_left=~tree.missing_left) for tree in explainer._ensemble.trees)
        explainer._ensemble = replace(explainer._ensemble, trees=trees)
    else:
        explainer._players = explainer._players[::-1].copy()
    off = np.abs(values_of(explainer, ROWS) - by_definition(output_of(explainer), ROWS, NEAR)).max()
    assert off > 1e-3


def test_a_column_taken_out_of_the_others_is_explained_exactly() -> None:
    head = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), WORDS), (SimpleImputer(), NUMBERS)
    )
    remover = CorrelationRemover(sensitive_feature_ids=[0])
    held_against_the_definition(make_pipeline(head, remover, LogisticRegression(max_iter=5000)).fit(TABLE, LABEL), Linear)


def test_steps_that_only_look_linear_do_not_add_up() -> None:
    """Lengths of rows are brought to one, which is no linear step: the values must not be shown."""
    model = make_pipeline(*[step for _, step in encoded(Normalizer()).steps], LogisticRegression()).fit(TABLE, LABEL)
    found = explainer_of(model)
    assert isinstance(found, Linear)
    gap = found.baseline + values_of(found, ROWS).sum(axis=1) - output_of(found)(ROWS)
    assert np.abs(gap).max() > 1e3 * found.tolerance
