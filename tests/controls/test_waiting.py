"""Which controls wait for a fact that is open, and what can be asked before an audit; what a control may say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.controls.catalogue import CATALOGUE, asked_before, control_of, controls, waiting
from smartstart_gov.controls.control import _, message
from smartstart_gov.controls.scope import OVERSIGHT
from smartstart_gov.judgement.sentences import MESSAGES
from tests.controls.cases import BEFORE, _columns, facts
from tests.projects import SOURCE, charter, contract

OF_A_SOURCE = ("owner", "original_purpose", "lawful_basis", "retention", "last_verified", "error_rate")
EXIT = charter()["exit"]


def source_of(name: str, fact: str) -> dict[str, Any]:
    """Return a contract with a second source of which a fact is open; the column `name` comes from it."""
    sources = {**contract()["sources"], "second": {**SOURCE, fact: "open"}}
    return {"sources": sources} | _columns(**{name: {"source": "second"}})


@pytest.mark.parametrize(
    ("opened", "answers"),
    [
        ({}, set()),
        ({"charter_file": {"effect": "open"}}, {("R40", "NOT_SHOWN")}),
        ({"charter_file": {"coercive": "open"}}, {("R40", "NOT_SHOWN")}),
        # Without a legal basis there is no force.
        ({"charter_file": {"coercive": True, "legal_basis": "open"}}, {("R40", "FAILED")}),
        ({"charter_file": {"legal_basis": "open"}}, set()),
        ({"charter_file": {"oversight": "open"}}, {("R42", "NOT_SHOWN")}),
        *[({"charter_file": {"exit": EXIT | {name: "open"}}}, {("R52", "NOT_SHOWN")}) for name in EXIT],
        *[({"contract_file": source_of("income", fact)}, {("R04", "NOT_SHOWN")}) for fact in OF_A_SOURCE],
        # Of a source that no feature comes from nothing has to be known.
        *[({"contract_file": source_of("asked", fact)}, set()) for fact in OF_A_SOURCE],
        ({"contract_file": _columns(asked={"positive": "open"})}, {("R04", "NOT_SHOWN")}),
    ],
)
def test_a_control_waits_for_the_facts_with_which_it_does_not_pass(
    opened: dict[str, Any], answers: set[tuple[str, str]]
) -> None:
    given = facts(**opened)
    waits = {
        (one.rule, status)
        for fact in open_facts(given.charter, given.contract, given.policy)
        for one, status in waiting(fact, given.charter, given.contract)
    }
    assert waits == answers
    assert {(one.id, one.status) for one in controls(given) if one.status != "PASSED"} == {
        (f"control.{rule}", status) for rule, status in answers
    }


def test_a_fact_is_waited_for_in_its_own_file_and_by_controls_that_can_stop() -> None:
    given = facts(charter_file={"oversight": "open"})
    fact = next(one for one in open_facts(given.charter, given.contract, given.policy) if one.at == ("oversight",))
    assert waiting(fact, given.charter, given.contract) == ((OVERSIGHT, "NOT_SHOWN"),)
    assert waiting(replace(fact, file="contract"), given.charter, given.contract) == ()
    assert waiting(replace(fact, at=("oversight", "deviate")), given.charter, given.contract) == ()
    warns = replace(OVERSIGHT, severity="warn")
    with patch("smartstart_gov.controls.catalogue.CATALOGUE", (warns,)):
        assert waiting(fact, given.charter, given.contract) == ()


def test_of_the_catalogue_only_what_is_asked_answers_and_each_finding_leads_back_to_its_control() -> None:
    given = facts()
    every = controls(given)
    asked = {every[3].id, every[0].id}
    assert controls(given, asked) == (every[0], every[3])
    assert [control_of(one.id) for one in every] == list(CATALOGUE)
    assert control_of("limit.alarm") is None
    assert control_of("control.R03") is None


def test_before_an_audit_all_is_asked_but_what_only_an_audit_answers() -> None:
    given, later = facts(), {one.id for one in CATALOGUE if one.only_after}
    assert asked_before(given) == tuple(one for one in controls(given) if one.id not in later)
    assert 0 < len(later) < len(CATALOGUE)


def test_a_control_says_its_own_sentences_and_from_the_moment_it_exists() -> None:
    with pytest.raises(ValueError, match=r"control\.R42 has messages of another: control\.R43\.passed"):
        replace(OVERSIGHT, messages={"control.R42.passed": "Yes.", "control.R43.passed": "Yes."})
    with patch.dict(MESSAGES):
        replace(OVERSIGHT, rule="R99", messages={"control.R99.passed": _("It is so.")})
        assert message("control.R99.passed").text() == "It is so."


def test_a_last_version_is_shown_with_whether_it_can_be_read() -> None:
    assert BEFORE.headline() == "Previous(1.0.0, known)"
    assert replace(BEFORE, contract=None, policy=None).headline() == "Previous(1.0.0, not readable)"
