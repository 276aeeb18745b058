"""Answers without a model are audited as a model is: a record that begins in the same place, and nothing to explain."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.intake.validate import ValidatedFrame, validate
from smartstart_gov.looks.part import Part
from smartstart_gov.training.subject import AuditedModel, given_answers, record_of
from tests.projects import contract, policy, rows
from tests.test_decisions import AS_GIVEN, DECISION

ROWS = rows(400, gap=0.3)
DECIDED = ROWS.assign(selected=ROWS["score"].ge(0.5).map({True: "yes", False: "no"})).drop(columns="score")
RULES = Policy.model_validate(policy())


def framed(*, decided: bool = False) -> ValidatedFrame:
    kept: list[dict[str, Any]] = [c for c in contract()["columns"] if not (decided and c["role"] == "score")]
    made = DataContract.model_validate(contract(columns=[*kept, *([DECISION] if decided else [])]))
    return validate(DECIDED if decided else ROWS, made)


@pytest.mark.parametrize("decided", [False, True])
def test_scores_and_decisions_are_answers_on_all_rows_or_on_some(decided: bool) -> None:
    frame, rules = framed(decided=decided), Policy.model_validate(policy(threshold=AS_GIVEN)) if decided else RULES
    some = np.arange(frame.rows) % 4 == 0
    for where, expected in ((None, frame.rows), (some, int(some.sum()))):
        answers: AuditedModel = given_answers(frame, rules, where)
        audited = answers.open_audit()
        opened, record = audited.predictions, audited.record
        assert (opened.n, opened.score is None) == (expected, decided)
        assert (answers.scorer, audited.model_bytes, answers.audited is where) == (None, None, True)
        assert (record.origin, record.estimator, record.features, record.model_digest) == ("predictions", "", (), None)
        assert (record.score, bool(record.threshold)) == (("decision", False) if decided else ("given", True))
        assert sum(part.rows for part in record.parts) == record.read == frame.rows
        audited = record.part("develop" if where is not None else "audit")
        assert audited is not None
        assert audited.rows == expected
    with pytest.raises(FrozenInstanceError):
        answers.record = record  # type: ignore[misc]  # that is the test


def test_a_record_begins_with_what_follows_from_rows_and_policy_alone() -> None:
    frame = framed()
    made = record_of(
        frame, RULES, origin="model", parts=(Part(name="audit", rows=frame.rows),), threshold="0.5", score="probability"
    )
    assert (made.read, made.threshold_from, made.code_revision, made.random_state, made.seals) == (
        400,
        "policy",
        "unknown",
        None,
        (),
    )
    assert {"python", "numpy", "smartstart_gov"} <= set(made.versions)
    assert made.data_digest == given_answers(frame, RULES, None).record.data_digest


def test_a_contract_without_answers_has_none() -> None:
    plain = DataContract.model_validate(contract(columns=[c for c in contract()["columns"] if c["role"] != "score"]))
    frame = validate(ROWS.drop(columns="score"), plain)
    with pytest.raises(ValueError, match="no scores and no decisions"):
        given_answers(frame, RULES, None)
