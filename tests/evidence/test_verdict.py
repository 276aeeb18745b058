"""The verdict on one evidence by its own rules: what is asked again, what keeps its answer, and on which facts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from smartstart_gov.controls import catalogue
from smartstart_gov.controls.control import Answer
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.rules import Rules
from smartstart_gov.evidence.verdict import judged, kept_answers
from smartstart_gov.judgement.finding import Finding, Status
from smartstart_gov.judgement.judge import METHOD
from tests.documents import evidence as made


@cache
def private() -> Evidence:
    """Evidence of one limit, on the sex of a child, and of every control."""
    of = made.private()
    policy = of.policy.model_copy(update={"limits": tuple(limit for limit in of.policy.limits if limit.id == "sel_sex")})
    evidence = replace(of, policy=policy, rules=Rules.of(policy))
    return replace(evidence, verdict=judged(evidence))


def recorded(evidence: Evidence, name: str, status: Status) -> Evidence:
    """Return `evidence` with another answer to one question than it gave."""
    assert finding(evidence, name).status != status
    findings = tuple(replace(f, status=status) if f.id == name else f for f in evidence.verdict.findings)
    return replace(evidence, verdict=replace(evidence.verdict, findings=findings))


def asked(evidence: Evidence, name: str, **changes: Any) -> Evidence:
    """Return `evidence` that was asked one of its controls otherwise."""
    controls = tuple(replace(one, **changes) if one.id == name else one for one in evidence.rules.controls)
    return replace(evidence, rules=replace(evidence.rules, controls=controls))


def finding(evidence: Evidence, name: str) -> Finding:
    return next(f for f in evidence.verdict.findings if f.id == name)


def test_limits_come_first_and_controls_in_the_order_of_the_rules() -> None:
    of = private()
    names = [f.id for f in judged(of).findings]
    assert names == ["limit.sel_sex", *(one.id for one in of.rules.controls if one.id in names)]
    assert {name for name in names if name.startswith("control.")} == {
        one.id for one in of.rules.controls if one.id.startswith("control.")
    }
    turned = replace(of, rules=replace(of.rules, controls=of.rules.controls[::-1]))
    assert [f.id for f in judged(turned).findings] == [names[0], *names[:0:-1]]


def test_whether_the_model_is_explained_is_asked_of_the_attribution() -> None:
    of, name = private(), "control.R46"
    assert of.attribution is not None
    assert finding(of, name).status == "PASSED"
    (without,) = (f for f in judged(replace(of, attribution=None)).findings if f.id == name)
    assert without.status != "PASSED"


@pytest.mark.parametrize(
    ("sealing", "code"), [(None, "control.R22.concept"), ("rules", "control.R22.rules"), ("none", "control.R22.none")]
)
def test_how_the_audit_was_sealed_is_asked_of_its_look(sealing: str | None, code: str) -> None:
    of = private()
    assert of.look is not None
    look = None if sealing is None else replace(of.look, sealing=sealing)
    (found,) = (f for f in judged(replace(of, look=look)).findings if f.id == "control.R22")
    assert found.reason.code == code


def test_what_is_recorded_counts_only_where_it_cannot_be_asked_again() -> None:
    name = "control.R36"
    edited = recorded(private(), name, "WAIVED")
    assert kept_answers(edited) == {}
    assert judged(edited) == private().verdict
    # Another version of the question than this library has: the answer is the recorded one, in its place.
    of_later = asked(edited, name, version=9)
    assert list(kept_answers(of_later)) == [name]
    assert judged(of_later) == edited.verdict
    # Where the bundle records no answer there is none to keep, and it is asked as it is today.
    silent = replace(of_later, verdict=replace(edited.verdict, findings=()))
    assert kept_answers(silent) == {}
    assert judged(silent) == private().verdict


def test_a_question_that_has_become_another_is_not_asked_of_evidence_from_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def crashes(_: object) -> Answer:
        raise AttributeError("a fact that charters of then did not have")

    of, old = private(), next(one for one in catalogue.CATALOGUE if one.rule == "R36")
    now = tuple(replace(one, version=2, ask=crashes) if one is old else one for one in catalogue.CATALOGUE)
    monkeypatch.setattr(catalogue, "CATALOGUE", now)
    assert list(kept_answers(of)) == ["control.R36"]
    assert judged(of) == of.verdict


@pytest.mark.parametrize("method", [METHOD, METHOD + 1])
def test_limits_of_another_method_keep_their_answers_and_controls_do_not(method: int) -> None:
    edited = recorded(recorded(private(), "limit.sel_sex", "WAIVED"), "control.R36", "WAIVED")
    of = replace(edited, rules=replace(edited.rules, method=method))
    again = {f.id: f.status for f in judged(of).findings}
    assert (again["limit.sel_sex"] == "WAIVED") == (method != METHOD)
    assert again["control.R36"] == finding(private(), "control.R36").status
    assert len(again) == len(private().verdict.findings)
    said = {} if method == METHOD else {
        "limit.sel_sex": f"judged by method {method}; this version of the library uses method {METHOD}"
    }  # fmt: skip
    assert kept_answers(of) == said
    assert judged(of).policy_digest == of.policy.digest


def test_a_later_look_is_judged_at_its_own_alpha() -> None:
    of = private()
    assert of.look is not None
    assert finding(of, "limit.sel_sex").status == "PASSED"
    later = replace(of, look=replace(of.look, alpha="0.000000000001"))
    (found,) = (f for f in judged(later).findings if f.limit is not None)
    assert found.status == "NOT_SHOWN"
    # Without an account of the look it is the policy's.
    assert [f.status for f in judged(replace(of, look=None)).findings if f.limit is not None] == ["PASSED"]
