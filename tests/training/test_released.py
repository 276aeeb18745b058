"""The decision that was audited is the decision that is shipped: the file, loaded with skops alone, decides as was counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes IterativeImputer importable
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from smartstart_gov.authoring.policy import Policy, Split, Threshold
from smartstart_gov.canonical import digest
from smartstart_gov.errors import Refused
from smartstart_gov.training import artifact, released
from smartstart_gov.training import model as fitted
from smartstart_gov.training.fit import fit_model
from smartstart_gov.training.record import LIKELIER
from smartstart_gov.training.trusted import TRUSTED
from tests.training.everyday import RELEASED
from tests.training.models import NUMBERS, behind_columns
from tests.training.tables import KEY, as_polars, policy, register, validated

#: Whole numbers, so that many rows have equal scores.
TABLE = register(700, seed=1).round({"age": 0, "income": 0})
WORD = {"nl": "daarom", "en": "because"}


def rules(split: Split | None = None, **threshold: Any) -> Policy:
    said = Threshold.model_validate({**threshold, "chosen_by": "committee", "reason": WORD})
    return policy().model_copy(update={"threshold": said} | ({} if split is None else {"split": split}))


def fit(estimator: Any, rule: Policy, table: Any = TABLE, **more: Any) -> Any:
    return fit_model(estimator, validated(table=table, **more), rule, KEY, random_state=0)


def differences(one: Any) -> int:
    """Audited rows that the file, loaded with skops and the published list alone, decides otherwise than they were counted."""
    opened = one.open_audit()
    counted = opened.predictions.y_pred == 1
    model = skops.io.loads(opened.model_bytes, trusted=list(TRUSTED))
    found = int(((model.predict(one.audit_features) == 1) != counted).sum())
    if one.record.threshold:
        found += int(((one.model.predict(one.audit_features) == 1) != counted).sum())
    return found


#: At the score of rows that are many, at a capacity, at a share, and as the model itself decides.
WAYS = [{"value": 0.3}, {"capacity": 60}, {"share": 0.3}, {"value": "model"}]


#: So many rows have their highest score that no capacity chooses among them.
TIED = ("tree", "full tree")


@pytest.mark.slow
@pytest.mark.parametrize("rule", WAYS, ids=str)
@pytest.mark.parametrize("name", RELEASED)
def test_the_file_decides_every_audited_row_as_it_was_counted(name: str, rule: dict[str, Any]) -> None:
    if "threshold" in name and rule != {"value": "model"}:
        with pytest.raises(Refused) as refused:
            fit(RELEASED[name](), rules(**rule))
        assert refused.value.rule == "M03"
        return
    made = fit(RELEASED[name](), rules(**rule))
    if name in TIED and "value" not in rule:
        with pytest.raises(Refused) as refused:
            made.open_audit()
        assert refused.value.rule == "M05"
        return
    opened = made.open_audit()
    assert differences(made) == 0
    answers = opened.predictions
    assert (opened.record.untrusted_types, opened.record.read_back) == ((), answers.n)
    assert 0 < answers.y_pred.sum() < answers.n


@pytest.mark.parametrize("rule", [*WAYS, {"value": 0.5}], ids=str)
@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_the_file_carries_threshold_and_positive_class(rule: dict[str, Any], engine: str) -> None:
    made = fit(behind_columns(LogisticRegression()), rules(**rule), engine=engine)
    assert differences(made) == 0
    opened = made.open_audit()
    model, record = skops.io.loads(opened.model_bytes, trusted=list(TRUSTED)), opened.record
    assert isinstance(model, FixedThresholdClassifier)
    assert (model.threshold, model.pos_label) == (float(record.threshold), 1)
    assert record.positive_class == "1"
    assert record.threshold_from == ("model" if rule == {"value": "model"} else "policy" if "value" in rule else "capacity")
    assert record.model_digest == digest(opened.model_bytes)


def test_a_row_on_the_threshold_is_decided_as_it_was_counted() -> None:
    tree = DecisionTreeClassifier(max_depth=2)
    scores = np.unique(fit(behind_columns(tree), rules(value=0.5)).open_audit().predictions.score)
    for score in scores[(scores > 0) & (scores < 1)]:
        made = fit(behind_columns(tree), rules(value=float(f"{score:.12g}")))
        assert differences(made) == 0
    made = fit(behind_columns(tree), rules(value="model"))
    assert (made.record.threshold, differences(made)) == (LIKELIER, 0)


def test_scores_of_32_bits_are_compared_in_64() -> None:
    """0.7 lies above the nearest number of 32 bits: compared in 32 the two are equal, compared in 64 they are not."""

    class Narrow(ClassifierMixin, BaseEstimator):
        classes_ = np.array([0, 1])

        def fit(self, x: Any, y: Any) -> Any:
            return self

        def predict_proba(self, x: Any) -> Any:
            positive = np.where(x["age"] > 0, np.float32(0.7), np.float32(0.2))
            return np.column_stack([1 - positive, positive])

        def predict(self, x: Any) -> Any:
            return (self.predict_proba(x)[:, 1] > 0.5).astype(int)

        def __sklearn_is_fitted__(self) -> bool:
            return True

    rows = TABLE.head(20)
    model = released.decider(Narrow(), "0.7", 1, rows)
    counted = Narrow().predict_proba(rows)[:, 1].astype(np.float64) >= 0.7
    assert ((model.predict(rows) == 1) == counted).all()
    assert not counted.any()


def test_a_forest_in_threads_is_released_in_one() -> None:
    forest = RandomForestClassifier(n_estimators=5, n_jobs=2, min_samples_leaf=3)
    made = fit(behind_columns(forest), rules(value=0.5))
    inner = made.model.estimator.estimator.steps[-1][1]
    assert (inner.n_jobs, forest.n_jobs) == (1, 2)
    assert differences(made) == 0


@pytest.mark.parametrize("rule", [{"value": 0.3}, {"capacity": 60}, {"share": 0.2}], ids=str)
def test_another_threshold_inside_is_refused_and_both_are_named(rule: dict[str, Any]) -> None:
    for estimator in (
        FixedThresholdClassifier(behind_columns(LogisticRegression()), threshold=0.05),
        behind_columns(FixedThresholdClassifier(LogisticRegression(), threshold=0.05)),
    ):
        with pytest.raises(Refused) as refused:
            fit(estimator, rules(**rule))
        assert refused.value.rule == "M03"
        assert "0.05" in str(refused.value)
        (name, said), *_ = rule.items()
        assert f"{name} {said}" in str(refused.value)


def test_the_same_threshold_inside_is_the_policys() -> None:
    made = fit(behind_columns(FixedThresholdClassifier(LogisticRegression(), threshold=0.3)), rules(value=0.3))
    assert (made.record.threshold, made.record.threshold_from, differences(made)) == ("0.3", "policy", 0)


def test_the_threshold_that_a_model_brings_decides() -> None:
    tuned = TunedThresholdClassifierCV(behind_columns(LogisticRegression()), cv=3)
    made = fit(tuned, rules(value="model"))
    opened, record = made.open_audit().predictions, made.open_audit().record
    assert record.threshold_from == "model"
    assert opened.y_pred.tolist() == (opened.score >= float(record.threshold)).astype(int).tolist()
    assert float(record.threshold) != 0.5
    assert differences(made) == 0


@pytest.mark.parametrize("value", ["model", 0.3])
@pytest.mark.parametrize("threshold", [None, 0.3])
def test_a_model_that_draws_when_it_predicts_is_refused_for_that(value: Any, threshold: float | None) -> None:
    drawn = make_column_transformer((IterativeImputer(max_iter=1, sample_posterior=True), NUMBERS))
    model = make_pipeline(drawn, LogisticRegression())
    with pytest.raises(Refused) as refused:
        fit(model if threshold is None else FixedThresholdClassifier(model, threshold=threshold), rules(value=value))
    assert (refused.value.rule, "other scores the next time" in str(refused.value)) == ("M02", True)


@pytest.mark.parametrize(
    ("estimator", "named"),
    [
        (lambda: CalibratedClassifierCV(FixedThresholdClassifier(LogisticRegression(), threshold=0.2), cv=2), "Calibrated"),
        (
            lambda: VotingClassifier(
                [("a", FixedThresholdClassifier(LogisticRegression(), threshold=0.2)), ("b", GaussianNB())], voting="soft"
            ),
            "VotingClassifier",
        ),
        (lambda: FixedThresholdClassifier(FixedThresholdClassifier(LogisticRegression(), threshold=0.2), threshold=0.7), "0.7, 0.2"),
        (lambda: FixedThresholdClassifier(LogisticRegression(), threshold=0.1, response_method="decision_function"), "decision"),
        (lambda: FixedThresholdClassifier(LogisticRegression(), threshold=0.3, pos_label=0), "pos_label=1"),
        (lambda: FixedThresholdClassifier(LogisticRegression(), threshold=1.5), "1.5"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["model", 0.3])
def test_a_threshold_that_cannot_decide_is_refused_by_name(estimator: Any, named: str, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        fit(behind_columns(estimator()), rules(value=value))
    assert refused.value.rule == "M03"
    assert named in str(refused.value) or value != "model"


class Thresholder(ClassifierMixin, BaseEstimator):
    """Somebody's own way to put a threshold into `predict`."""

    def __init__(self, threshold: float = 0.2) -> None:
        self.threshold = threshold

    def fit(self, x: Any, y: Any) -> Thresholder:
        self.inner_ = LogisticRegression().fit(x, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict_proba(self, x: Any) -> Any:
        return self.inner_.predict_proba(x)

    def predict(self, x: Any) -> Any:
        return self.classes_[(self.predict_proba(x)[:, 1] >= self.threshold).astype(int)]


def test_a_rule_in_somebodys_own_predict_is_not_passed_over() -> None:
    assert fit(behind_columns(Thresholder()), rules(value=0.2)).record.threshold == "0.2"
    assert fit(behind_columns(Thresholder(0.5)), rules(value=0.3)).record.threshold == "0.3"
    for other in ({"value": 0.3}, {"capacity": 60}, {"value": "model"}):
        with pytest.raises(Refused) as refused:
            fit(behind_columns(Thresholder()), rules(**other))
        assert refused.value.rule == "M03"


def test_a_search_is_released_as_the_estimator_that_it_chose() -> None:
    search = GridSearchCV(behind_columns(LogisticRegression()), {"logisticregression__C": [0.01, 1]}, cv=2)
    made = fit(search, rules(value=0.3))
    assert made.record.estimator == "sklearn.linear_model.LogisticRegression"
    assert type(made.model.estimator.estimator).__name__ == "Pipeline"
    assert made.record.parameters["best estimator__logisticregression__C"] in ("0.01", "1")
    assert differences(made) == 0


def test_a_frozen_classifier_is_not_trained() -> None:
    ready = fit(behind_columns(LogisticRegression()), rules(value=0.3)).model
    for frozen in (ready, CalibratedClassifierCV(FrozenEstimator(ready))):
        with pytest.raises(Refused) as refused:
            fit(frozen, rules(value=0.3))
        assert refused.value.rule == "M02"
        assert "frozen" in str(refused.value)


def test_under_a_capacity_nothing_decides_before_the_audit_part_is_opened() -> None:
    made = fit(behind_columns(LogisticRegression()), rules(capacity=60))
    assert made.open_develop().y_pred.any()
    with pytest.raises(Refused) as refused:
        _ = made.model
    assert refused.value.rule == "M03"
    assert made.scorer.predict_proba(TABLE[list(made.record.features)]).shape == (700, 2)
    assert differences(made) == 0


def test_a_file_that_decides_otherwise_is_refused_before_anything_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    made = fit(behind_columns(LogisticRegression()), rules(value=0.3))
    other = fit(behind_columns(LogisticRegression()), rules(value=0.35))
    with pytest.raises(Refused) as refused:
        replace(made, released=other.released).open_audit()
    assert refused.value.rule == "M02"
    dump = artifact.dump
    monkeypatch.setattr(artifact, "dump", lambda model: dump(model.set_params(threshold=float(model.threshold) + 0.05)))
    with pytest.raises(Refused) as refused:
        fit(behind_columns(LogisticRegression()), rules(capacity=60)).open_audit()
    assert refused.value.rule == "M02"


@pytest.mark.parametrize("rule", [{"value": 0.3}, {"share": 0.2}, {"value": "model"}], ids=str)
def test_cross_fitting_audits_the_copies_and_ships_the_model_of_all_rows(rule: dict[str, Any]) -> None:
    cross = Split(method="cross_fit", folds=3)
    made = fit(TunedThresholdClassifierCV(behind_columns(LogisticRegression()), cv=3) if "model" in rule.values() else
               behind_columns(LogisticRegression()), rules(cross, **rule))  # fmt: skip
    audited = made.open_audit()
    opened, record = audited.predictions, audited.record
    model = skops.io.loads(audited.model_bytes, trusted=list(TRUSTED))
    final = made.scorer.predict_proba(made.audit_features)[:, 1] >= float(record.threshold)
    assert ((model.predict(made.audit_features) == 1) == final).all()
    assert record.read_back == 700
    assert model.threshold == float(record.threshold)
    thresholds = [float(text) for text in record.fold_thresholds] or [float(record.threshold)] * 3
    assert len(set(thresholds)) == (3 if "model" in rule.values() else 1)
    for fold, threshold in enumerate(thresholds):
        at = made.division.part == fold
        assert (opened.y_pred[at] == (opened.score[at] >= threshold)).all()


def test_polars_rows_are_decided_alike() -> None:
    made = fit(behind_columns(LogisticRegression()), rules(value=0.3))
    rows = as_polars(TABLE[list(made.record.features)])
    assert NUMBERS[0] in rows.columns
    assert np.array_equal(made.model.predict(rows), made.model.predict(TABLE[list(made.record.features)]))
    assert isinstance(made, fitted.Fitted)
