"""Explaining: oracles for each method, laws of the draw, and refusals."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from smartstart_gov.authoring.policy import Explaining
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.errors import Refused
from smartstart_gov.explanation.any_model import Coalitions, Orders, _Scores
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.explanation.explainer import TOLERANCE
from smartstart_gov.explanation.shapley import explain
from smartstart_gov.explanation.tree_values import Trees
from tests.training.models import NUMBERS, WORDS, behind_columns
from tests.training.tables import as_polars, register

FEATURES = [*NUMBERS, *WORDS]
TABLE = register(400)
LABEL = (TABLE["late"] == "yes").to_numpy().astype(np.int8)
ORIGINS = ("A", "B", "C", "unknown")


def handed_over(model: Any, table: pd.DataFrame, rows: Any, score: Any = None) -> Predictions:
    score = model.predict_proba(rows)[:, 1] if score is None else score
    origin = np.array([ORIGINS.index(o) for o in table["origin"]])
    sex = (table["sex"] == "M").to_numpy().astype(np.int64)
    return Predictions(
        y_true=(table["late"] == "yes").to_numpy().astype(np.int8), y_pred=(score >= 0.5).astype(np.int8), score=score,
        groups={
            "origin": GroupCodes(name="origin", levels=ORIGINS, codes=origin, unknown=True),
            "sex": GroupCodes(name="sex", levels=("F", "M"), codes=sex),
        },
    )  # fmt: skip


def explained(
    model: Any, table: pd.DataFrame = TABLE, features: list[str] = FEATURES, engine: str = "pandas", **more: Any
) -> Attribution:
    rows = table[features] if engine == "pandas" else as_polars(table[features])
    wanted = more.pop("settings", Explaining(rows=60, background=20))
    arguments = {
        "background": rows,
        "rows": rows,
        "predictions": handed_over(model, table, rows),
        "attributes": ["origin", "sex"],
    }
    return explain(model, features=features, settings=wanted, **(arguments | more))


def fitted(classifier: Any) -> Any:
    return behind_columns(classifier).fit(TABLE[FEATURES], LABEL)


MATRIX, TREE = "closed form", "exact values of trees"
#: No form is known: every coalition of few columns, orders of many.
FEW, MANY = "every coalition", "orders of the contract's columns"
ANY = (FEW, MANY)
KINDS = {
    "logistic": (LogisticRegression(), MATRIX, "log-odds"),
    "discriminant": (LinearDiscriminantAnalysis(), MATRIX, "log-odds"),
    "huber": (SGDClassifier(loss="modified_huber", random_state=0), MATRIX, "raw"),
    "searched": (GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2), MATRIX, "log-odds"),
    "tree": (DecisionTreeClassifier(max_depth=5, random_state=0), TREE, "probability"),
    "forest": (RandomForestClassifier(n_estimators=8, random_state=0), TREE, "probability"),
    "extra": (ExtraTreesClassifier(n_estimators=5, random_state=0), TREE, "probability"),
    "boosting": (GradientBoostingClassifier(n_estimators=10, random_state=0), TREE, "log-odds"),
    "exponential": (GradientBoostingClassifier(n_estimators=10, loss="exponential", random_state=0), TREE, "raw"),
    "histogram": (HistGradientBoostingClassifier(max_iter=30, random_state=0), TREE, "log-odds"),
    "threshold": (FixedThresholdClassifier(RandomForestClassifier(n_estimators=5, random_state=0)), TREE, "probability"),
    "neighbours": (KNeighborsClassifier(), FEW, "probability"),
    "calibrated": (CalibratedClassifierCV(LogisticRegression(), cv=2), FEW, "probability"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_adds_up_by_the_method_meant_for_it(kind: str) -> None:
    classifier, method, scale = KINDS[kind]
    found = explained(fitted(classifier))
    assert found.explainer.startswith(method)
    assert found.scale == scale
    assert 0 <= found.additivity_gap <= TOLERANCE
    assert set(found.features) == set(FEATURES)
    assert found.background == 20
    assert "20 background rows" in found.explainer
    assert found.rows == 60


def exact(score: Any, rows: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Shapley values by their definition: every order of the columns, every row of the background."""
    columns = rows.shape[1]
    values = np.zeros(rows.shape)

    def mean(blocks: np.ndarray) -> np.ndarray:
        return score(blocks.reshape(-1, columns)).reshape(len(rows), -1).mean(axis=1)

    for order in itertools.permutations(range(columns)):
        now = np.repeat(background[None], len(rows), axis=0)
        before = mean(now)
        for column in order:
            now[:, :, column] = rows[:, None, column]
            after = mean(now)
            values[:, column] += after - before
            before = after
    return values / math.factorial(columns)


@pytest.mark.parametrize(
    "classifier",
    [
        LogisticRegression(),
        DecisionTreeClassifier(max_depth=4, random_state=0),
        RandomForestClassifier(n_estimators=4, max_depth=4, random_state=0),
        HistGradientBoostingClassifier(max_iter=10, random_state=0),
        GradientBoostingClassifier(n_estimators=5, random_state=0),
    ],
)
def test_values_are_those_of_the_definition_on_the_contracts_columns(classifier: Any) -> None:
    # Numbers only, and one row of the contract is one row of the matrix: folded values are the raw ones.
    columns = ["age", "household", "income"]
    table = TABLE.assign(income=TABLE["income"].fillna(0.0))
    model = make_pipeline(make_column_transformer((StandardScaler(), columns)), classifier).fit(table[columns], LABEL)
    found = explained(model, table, columns, settings=Explaining(rows=50, background=10))
    near, drawn = rows_behind(table, columns, Explaining(rows=50, background=10))
    margin = found.scale == "log-odds"

    def score(block: np.ndarray) -> np.ndarray:
        frame = pd.DataFrame(block, columns=columns)
        return model.decision_function(frame) if margin else model.predict_proba(frame)[:, 1]

    values = exact(score, drawn[columns].to_numpy(dtype=float), near[columns].to_numpy(dtype=float))
    weights = weights_of(table, drawn)
    assert found.mean_absolute[0] == pytest.approx(weights @ np.abs(values) / weights.sum(), abs=1e-6)


def rows_behind(table: pd.DataFrame, columns: list[str], wanted: Explaining) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The background and the rows that `explain` draws, by the same lottery."""
    from smartstart_gov.explanation.sampling import draw, lottery, rarest

    origin = np.array([ORIGINS.index(o) for o in table["origin"]])
    sex = (table["sex"] == "M").to_numpy().astype(np.int64)
    near = draw(lottery(table[columns], [], wanted.seed), None, wanted.background).rows
    drawn = draw(lottery(table[columns], [origin, sex], wanted.seed), rarest([origin, sex]), wanted.rows).rows
    return table.iloc[near], table.iloc[drawn]


def weights_of(table: pd.DataFrame, drawn: pd.DataFrame) -> np.ndarray:
    """How many rows each drawn one stands for: those of the smallest group it is in."""
    sizes = pd.DataFrame({name: table[name].map(table[name].value_counts()) for name in ("origin", "sex")})
    stratum = table["sex"].where(sizes["sex"] < sizes["origin"], table["origin"])
    return (stratum.value_counts() / stratum[drawn.index].value_counts())[stratum[drawn.index]].to_numpy()


def test_a_linear_model_is_its_closed_form_folded() -> None:
    model = fitted(LogisticRegression())
    found = explained(model)
    near, drawn = rows_behind(TABLE, FEATURES, Explaining(rows=60, background=20))
    matrix = model[:-1].transform(drawn[FEATURES]) - model[:-1].transform(near[FEATURES]).mean(axis=0)
    values = np.asarray(matrix) * model[-1].coef_[0]
    folded = {"age": values[:, 0], "income": values[:, [1, 3]].sum(axis=1), "household": values[:, 2]}
    folded |= {"hood": values[:, 4:8].sum(axis=1), "benefit": values[:, 8:].sum(axis=1)}
    weights = weights_of(TABLE, drawn)
    for i, name in enumerate(found.features):
        assert found.mean_absolute[0, i] == pytest.approx(np.average(np.abs(folded[name]), weights=weights))


def test_trees_are_shaps_own_on_a_matrix_of_numbers() -> None:
    # Integers, so that shap's 32-bit thresholds are exact and its own values may serve as the oracle.
    table = TABLE.assign(age=(TABLE["age"] * 10).round(), income=(TABLE["income"] * 10).round().fillna(0.0))
    model = RandomForestClassifier(n_estimators=5, max_depth=5, random_state=0).fit(table[NUMBERS], LABEL)
    found = explained(model, table, NUMBERS)
    near, drawn = rows_behind(table, NUMBERS, Explaining(rows=60, background=20))
    masker = shap.maskers.Independent(near[NUMBERS].to_numpy(dtype=float), max_samples=20)
    own = shap.TreeExplainer(model, data=masker, feature_perturbation="interventional")
    values = own.shap_values(drawn[NUMBERS].to_numpy(dtype=float), check_additivity=False)[..., 1]
    assert found.features == tuple(NUMBERS)
    assert found.mean_absolute[0] == pytest.approx(
        np.average(np.abs(values), axis=0, weights=weights_of(table, drawn)), abs=1e-7
    )


def test_shaps_own_reading_of_histogram_boosting_would_not_add_up() -> None:
    """One reason for a routine of our own: shap compares in 32 bits. Where this stops failing, think again."""
    rows = np.random.default_rng(0).normal(size=(2000, 6))
    model = HistGradientBoostingClassifier(max_iter=20).fit(rows, (rows[:, 0] > 0).astype(int) ^ (rows[:, 1] > 1))
    own = shap.TreeExplainer(
        model, data=shap.maskers.Independent(rows[:100], max_samples=100), feature_perturbation="interventional"
    )
    gap = (
        own.expected_value
        + own.shap_values(rows[:200], check_additivity=False).sum(axis=1)
        - model.decision_function(rows[:200])
    )
    assert np.abs(gap).max() > 1e-4
    table = pd.DataFrame(rows, columns=list("abcdef"))
    origin = np.tile(["A", "B"], 1000)
    sets = table.assign(origin=origin, sex="F", late=np.where(rows[:, 0] > 0, "yes", "no"))
    model = HistGradientBoostingClassifier(max_iter=20).fit(table, model.predict(rows))
    assert explained(model, sets, list("abcdef")).additivity_gap < TOLERANCE


class Ages(ClassifierMixin, BaseEstimator):
    """Looks at age and benefit, and at nothing else."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        age, benefit = np.asarray(X["age"], dtype=float), np.asarray(X["benefit"], dtype=object)
        score = 1 / (1 + np.exp(-age - 2 * (benefit == "none") * (age > 0)))
        return np.column_stack([1 - score, score])


@pytest.mark.slow
def test_a_column_that_the_model_ignores_gets_exactly_nothing() -> None:
    by_hand = explained(Ages().fit(TABLE[FEATURES], LABEL))
    used = dict(zip(by_hand.features, by_hand.mean_absolute[0].tolist(), strict=True))
    assert (used["income"], used["household"], used["hood"]) == (0.0, 0.0, 0.0)
    assert used["age"] > used["benefit"] > 0
    for classifier in (LogisticRegression(), RandomForestClassifier(n_estimators=4, random_state=0)):
        narrow = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["benefit"]))
        found = explained(make_pipeline(narrow, classifier).fit(TABLE[FEATURES], LABEL))
        values = dict(zip(found.features, found.mean_absolute[0].tolist(), strict=True))
        assert (values["income"], values["household"], values["hood"]) == (0.0, 0.0, 0.0)
        assert not found.explainer.startswith(ANY)


@pytest.mark.parametrize("kind", [Coalitions, Orders])
def test_ways_that_know_no_form_agree_with_the_definition(kind: type) -> None:
    columns = ["age", "household"]
    model = LogisticRegression(C=0.01).fit(TABLE[columns], LABEL)  # nearly linear in the probability too
    straight = explained(model, TABLE, columns)
    near, drawn = rows_behind(TABLE, columns, Explaining(rows=60, background=20))
    near = near[columns].reset_index(drop=True)
    masked = Coalitions(model, columns, near) if kind is Coalitions else Orders(model, columns, near, 0)
    values = masked.values(drawn[columns].reset_index(drop=True))

    def score(block: np.ndarray) -> np.ndarray:
        return model.predict_proba(pd.DataFrame(block, columns=columns))[:, 1]

    assert values == pytest.approx(exact(score, drawn[columns].to_numpy(float), near[columns].to_numpy(float)), abs=1e-12)
    order = np.argsort(straight.mean_absolute[0])
    assert order.tolist() == np.argsort(np.abs(values).mean(axis=0)).tolist()


def test_a_block_that_cannot_be_told_apart_has_a_joint_label() -> None:
    mixed = make_column_transformer((make_pipeline(SimpleImputer(), PCA(2)), NUMBERS), (OneHotEncoder(), WORDS))
    found = explained(make_pipeline(mixed, LogisticRegression()).fit(TABLE[FEATURES], LABEL))
    assert found.features == ("hood", "benefit", "age + income + household")
    assert found.mean_absolute.shape == (7, 3)


def test_where_all_columns_are_one_block_another_way_tells_them_apart() -> None:
    columns = ["age", "household"]
    for classifier, way in ((DecisionTreeClassifier(max_depth=3), ANY), (LogisticRegression(), MATRIX)):
        found = explained(make_pipeline(StandardScaler(), PCA(2), classifier).fit(TABLE[columns], LABEL), TABLE, columns)
        assert found.explainer.startswith(way)
        assert found.features == ("age", "household")


@pytest.mark.slow
@given(seed=st.integers(0, 1000), kind=st.sampled_from(["forest", "logistic"]))
@settings(max_examples=8, deadline=None)
def test_the_order_of_rows_does_not_matter(seed: int, kind: str) -> None:
    model = fitted(KINDS[kind][0])
    other = TABLE.iloc[np.random.default_rng(seed).permutation(len(TABLE))].reset_index(drop=True)
    assert explained(model, other).to_record() == explained(model).to_record()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["forest", "logistic", "neighbours"])
def test_pandas_and_polars_are_explained_alike(kind: str) -> None:
    pandas, polars = fitted(KINDS[kind][0]), behind_columns(KINDS[kind][0]).fit(as_polars(TABLE[FEATURES]), LABEL)
    assert explained(polars, engine="polars").to_record() == explained(pandas).to_record()


@pytest.mark.slow
def test_permutations_are_the_same_in_every_order_and_leave_the_generator_alone() -> None:
    model = fitted(KNeighborsClassifier())
    before = np.random.get_state()[1].tolist()
    first = explained(model).to_record()
    assert np.random.get_state()[1].tolist() == before
    assert explained(model, TABLE.iloc[::-1].reset_index(drop=True)).to_record() == first
    assert explained(model, settings=Explaining(rows=60, background=20, seed=1)).to_record() != first


def test_groups_stand_attribute_by_attribute_in_the_order_of_their_levels() -> None:
    found = explained(fitted(LogisticRegression()))
    assert found.by == ("", "origin", "origin", "origin", "origin", "sex", "sex")
    assert found.groups == ("overall", "A", "B", "C", "unknown", "F", "M")
    assert found.group_rows[0] == sum(found.group_rows[1:5]) == sum(found.group_rows[5:]) == 60
    assert found.group_rows[4] == 0
    assert np.isnan(found.mean_absolute[4]).all()
    assert np.isnan(found.standard_error[4]).all()
    assert np.isfinite(found.mean_absolute[[0, 1, 2, 3, 5, 6]]).all()
    assert Attribution.from_record(found.to_record()).to_record() == found.to_record()


@pytest.mark.parametrize("attributes", [["origin", "sex"], ["sex", "origin"]])
def test_a_small_group_of_any_attribute_is_explained(attributes: list[str]) -> None:
    """Four of 400: a draw that follows the other attribute would hold one of them at most, more often than not."""
    table = TABLE.assign(sex=np.where(np.arange(400) % 100 == 7, "F", "M"))
    found = explained(fitted(LogisticRegression()), table, attributes=attributes)
    rows = dict(zip(zip(found.by, found.groups, strict=True), found.group_rows, strict=True))
    assert rows["sex", "F"] == 4
    assert min(rows["origin", level] for level in "ABC") >= 5
    assert np.isfinite(found.mean_absolute[found.groups.index("F")]).all()


def test_more_rows_than_there_are_is_all_of_them() -> None:
    found = explained(fitted(LogisticRegression()), settings=Explaining(rows=5000, background=1000, standard_error=0))
    assert found.rows == found.background == 400


def test_the_whole_background_is_used_and_not_a_hundred_rows_of_it() -> None:
    found = explained(
        fitted(RandomForestClassifier(n_estimators=3, random_state=0)), settings=Explaining(rows=50, background=300)
    )
    assert found.background == 300
    model = fitted(RandomForestClassifier(n_estimators=3, random_state=0))
    few = explained(model, settings=Explaining(rows=50, background=100))
    assert found.mean_absolute[0].tolist() != few.mean_absolute[0].tolist()


def test_no_value_of_a_single_row_leaves() -> None:
    found = explained(fitted(LogisticRegression()))
    assert all(not isinstance(value, np.ndarray) or value.shape in ((7, 5), (4,)) for value in vars_of(found).values())


def vars_of(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__}


class Clock:
    """A clock on which every row takes `each` seconds, whatever explains it."""

    def __init__(self, patch: pytest.MonkeyPatch, each: float) -> None:
        self.now, self.rows = 0.0, []
        patch.setattr("smartstart_gov.explanation.explainer.time.process_time", lambda: self.now)
        patch.setattr(_Scores, "_seconds", lambda explainer, looks: each)
        for kind in (Trees, Coalitions, Orders):
            patch.setattr(kind, "values", self._slow(kind.values, each))

    def _slow(self, values: Any, each: float) -> Any:
        def slow(explainer: Any, native: Any) -> np.ndarray:
            self.now += each * len(native)
            self.rows.append(len(native))
            return values(explainer, native)

        return slow


def test_a_slow_model_is_explained_on_fewer_rows_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, 0.3)
    model = fitted(RandomForestClassifier(n_estimators=3, random_state=0))
    found = explained(model, settings=Explaining(rows=300, background=20, seconds=60))
    assert found.rows == 150  # 90 s for 300 rows, 45 s for 150
    assert found.ended == "seconds"
    assert "cut from 300 to 150 rows to stay within 60 s" in found.explainer
    assert found.group_rows[0] == 150
    assert clock.now <= 60


@pytest.mark.parametrize("each", [0.01, 0.3, 1.0, 2.0, 5.0, 5.9])
def test_explaining_takes_no_longer_than_the_policy_gives_it(monkeypatch: pytest.MonkeyPatch, each: float) -> None:
    clock = Clock(monkeypatch, each)
    model = fitted(RandomForestClassifier(n_estimators=3, random_state=0))
    found = explained(model, settings=Explaining(rows=300, background=20, seconds=60))
    assert found.rows >= 10
    # One row more is what it may cost to learn that ten fit.
    assert clock.now <= 60 + each


def test_a_model_too_slow_for_ten_rows_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, 6.1)
    with pytest.raises(Refused, match="10 rows take over 60 s") as refusal:
        explained(fitted(RandomForestClassifier(n_estimators=3, random_state=0)), settings=Explaining(seconds=60))
    assert refusal.value.rule == "M04"
    assert clock.rows == [1]


def a_tenth_more(self: Trees, native: Any) -> np.ndarray:
    return RIGHT(self, native) * 1.1


RIGHT = Trees.values


def test_values_that_do_not_add_up_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    model = fitted(RandomForestClassifier(n_estimators=3, random_state=0))
    monkeypatch.setattr(Trees, "values", a_tenth_more)
    assert explained(model).explainer.startswith(ANY), "another method takes over"
    for kind in (Coalitions, Orders):
        monkeypatch.setattr(kind, "values", lambda self, native: np.ones((len(native), len(self.labels))))
    with pytest.raises(Refused, match="miss the model's output") as refusal:
        explained(model)
    assert refusal.value.rule == "M04"
    assert str(refusal.value).count("values miss") == 3


class Restless(ClassifierMixin, BaseEstimator):
    """Gives another score whenever it is asked."""

    calls = 0

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        Restless.calls += 1
        score = np.full(len(X), 0.5 + 0.3 * math.sin(Restless.calls))
        return np.column_stack([1 - score, score])


def test_a_model_that_changes_its_mind_is_not_explained() -> None:
    model = Restless().fit(None, None)
    without = Predictions(y_true=LABEL, y_pred=LABEL, groups=handed_over(model, TABLE, TABLE[FEATURES]).groups)
    with pytest.raises(Refused) as refusal:
        explained(model, predictions=without)
    assert refusal.value.rule == "M04"


def test_rows_that_are_not_those_of_the_predictions_are_refused() -> None:
    model = fitted(LogisticRegression())
    rows = TABLE[FEATURES]
    for wrong in (rows.iloc[::-1].reset_index(drop=True), rows.iloc[:-1]):
        with pytest.raises(Refused) as refusal:
            explained(model, rows=wrong, predictions=handed_over(model, TABLE, rows))
        assert refusal.value.rule == "D10"


def test_an_unknown_attribute_is_refused() -> None:
    with pytest.raises(Refused, match="religion") as refusal:
        explained(fitted(LogisticRegression()), attributes=["religion"])
    assert refusal.value.rule == "D13"


def test_the_rows_are_transformed_once_however_many_steps_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for the scores, once for the background, and once for all the rows that may be explained."""
    model = fitted(LogisticRegression())
    predictions = handed_over(model, TABLE, TABLE[FEATURES])
    asked, right = [], OneHotEncoder.transform

    def counted(self: OneHotEncoder, X: Any) -> Any:
        asked.append(len(X))
        return right(self, X)

    monkeypatch.setattr(OneHotEncoder, "transform", counted)
    found = explained(model, predictions=predictions, settings=Explaining(rows=200, background=20))
    assert found.rows > 50, "more than one step"
    assert sorted(n for n in asked if n < len(TABLE)) == [20, 200, 200], "all rows were scored for the test alone"


def test_without_attributes_there_is_only_everybody() -> None:
    found = explained(fitted(LogisticRegression()), attributes=[])
    assert found.groups == ("overall",)
