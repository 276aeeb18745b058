"""Weights of rows reach the fit of the estimator where it takes them, and the record says whether they did."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.intake.frames import rows
from smartstart_gov.intake.validate import validate
from smartstart_gov.training.estimators import weight_route
from smartstart_gov.training.fit import fit_model
from smartstart_gov.training.record import TrainingRecord
from tests.training.tables import KEY, column, contract, policy, register

NAMES = ("age", "household", "origin", "sex", "late", "family")


def weighted() -> Any:
    record = contract(NAMES).to_record()
    record["columns"].append(column("weight", "number", "weight"))
    agreed = DataContract.from_record(record)
    frame = register(900)
    frame = frame.assign(weight=np.random.default_rng(5).choice([0.0, 0.5, 7.0], len(frame)))
    return validate(frame[[*NAMES, "weight"]], agreed)


def pipe(final: Any) -> Any:
    return make_pipeline(make_column_transformer((SimpleImputer(), make_column_selector())), final)


LOGISTIC = LogisticRegression(max_iter=500)
VOTING = VotingClassifier([("a", LogisticRegression(max_iter=500)), ("b", KNeighborsClassifier())], voting="soft")
SEARCH = GridSearchCV(LOGISTIC, {"C": [0.1, 1.0]}, cv=2)


@pytest.mark.parametrize(("estimator", "reached"), [
    (pipe(LOGISTIC), True), (pipe(RandomForestClassifier(5)), True), (pipe(SEARCH), True),
    (GridSearchCV(pipe(LOGISTIC), {"logisticregression__C": [0.1, 1.0]}, cv=2), True),
    (pipe(KNeighborsClassifier()), False), (pipe(VOTING), False), (pipe(FixedThresholdClassifier(LOGISTIC, threshold=0.5)), False),
])  # fmt: skip
def test_the_record_says_whether_weights_reached_the_fit(estimator: Any, reached: bool) -> None:
    frame = weighted()
    fitted = fit_model(estimator, frame, policy(), KEY, random_state=0)
    assert fitted.record.weighted_fit is reached
    assert TrainingRecord.from_record(fitted.record.to_record()) == fitted.record


def test_the_weights_of_the_fit_part_are_those_that_reach_it() -> None:
    frame = weighted()
    fitted = fit_model(pipe(LOGISTIC), frame, policy(), KEY, random_state=0)
    assert fitted.record.weighted_fit is True
    at = np.flatnonzero(fitted.division.where("fit"))
    features = rows(frame.native, at, fitted.record.features)
    truth = (frame.column("late") == "yes")[at].astype(int)
    model = pipe(LogisticRegression(max_iter=500, random_state=0))
    model.fit(features, truth, logisticregression__sample_weight=frame.column("weight")[at])
    assert fitted.scorer.predict_proba(features) == pytest.approx(model.predict_proba(features), abs=1e-9)
    model.fit(features, truth)
    assert fitted.scorer.predict_proba(features) != pytest.approx(model.predict_proba(features), abs=1e-4)


def test_with_metadata_routing_the_request_of_the_last_step_decides() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        asked = LogisticRegression().set_fit_request(sample_weight=True)
        assert weight_route(pipe(asked)) == "sample_weight"
        assert weight_route(pipe(LogisticRegression().set_fit_request(sample_weight=False))) is None
        assert weight_route(FixedThresholdClassifier(asked)) == "sample_weight"
        assert weight_route(LogisticRegression()) == "sample_weight"


def test_each_copy_of_a_cross_fit_gets_the_weights_of_its_rows() -> None:
    frame = weighted()
    crossed = policy().model_copy(update={"split": type(policy().split).model_validate({"method": "cross_fit", "folds": 3})})
    fitted = fit_model(pipe(LOGISTIC), frame, crossed, KEY, random_state=0)
    outside = np.flatnonzero(fitted.division.part != 1)
    truth = (frame.column("late") == "yes").astype(int)
    model = pipe(LogisticRegression(max_iter=500, random_state=0))
    every = rows(frame.native, np.arange(frame.rows), fitted.record.features)
    model.fit(
        rows(frame.native, outside, fitted.record.features),
        truth[outside],
        logisticregression__sample_weight=frame.column("weight")[outside],
    )
    assert fitted.folds[1].predict_proba(every) == pytest.approx(model.predict_proba(every), abs=1e-9)


def test_without_a_column_of_weights_nothing_is_said_of_them() -> None:
    frame = validate(register(900)[list(NAMES)], contract(NAMES))
    assert fit_model(pipe(LOGISTIC), frame, policy(), KEY, random_state=0).record.weighted_fit is None
