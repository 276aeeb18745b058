"""Each control says what it should, of every kind of facts; and no control, status or message is left without a case."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from smartstart_gov.controls.catalogue import CATALOGUE, controls
from smartstart_gov.controls.control import Control
from smartstart_gov.controls.linking import RULES, SINCE, LinkRule
from smartstart_gov.judgement.finding import STATUSES, Finding
from tests.controls.cases import CASES, Case, facts

SEVERITIES = {
    "R01": "block", "R02": "block", "R04": "declare", "R16": "block", "R17": "block", "R22": "block",
    "R23": "declare", "R29": "block", "R30": "declare",
    "R31": "block", "R36": "block", "R37": "block",
    "R40": "block", "R42": "declare", "R46": "block", "R50": "block", "R52": "declare", "R57": "block", "R58": "block",
}  # fmt: skip


def answered(rule: str, case: Case) -> Finding:
    (found,) = [finding for finding in controls(case.make()) if finding.id == f"control.{rule}"]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_control_answers_each_kind_of_facts(case: Case) -> None:
    found = answered(case.rule, case)
    assert (found.status, found.reason.code, found.remedy.code) == (case.status, case.reason, case.remedy)
    assert dict(found.reason.values) == case.values
    assert found.moment == "audit"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_one_control_looks_at_leaves_the_others_where_they_were(case: Case) -> None:
    """Facts that fail one control fail no other."""
    failed = {finding.id for finding in controls(case.make()) if finding.status == "FAILED"}
    assert failed == ({f"control.{case.rule}"} if case.status == "FAILED" else set())


def test_with_nothing_amiss_every_control_passes_once_in_the_order_of_the_catalogue() -> None:
    found = controls(facts())
    assert [finding.id for finding in found] == [f"control.{control.rule}" for control in CATALOGUE]
    assert {finding.status for finding in found} == {"PASSED"}
    assert {finding.id.partition(".")[2]: finding.severity for finding in found} == SEVERITIES


def test_what_evidence_was_judged_by_stays_what_it_was() -> None:
    """A question of which the same facts get another answer has another version; evidence names it, and keeps its own."""
    versions = dict.fromkeys(SEVERITIES, (1, (1,))) | {"R01": (2, (1, 2)), "R37": (2, (1, 2)), "R58": (2, (1, 3))}
    assert {one.rule: (one.version, one.since) for one in CATALOGUE} == versions
    assert {one.rule for one in CATALOGUE if one.only_after} == {"R46"}
    assert dict.fromkeys(("rows.linking_groups", "rows.linking_share", "rows.linking_age"), (1,)) == SINCE
    assert RULES[0] == LinkRule(alpha=0.01, smallest=0.01, margin=0.05, shown=0.05)


def returned(ask: Callable[..., Any]) -> tuple[set[str], set[str]]:
    """Return the statuses and the message codes that stand in the source of `ask`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(ask)))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts & set(STATUSES), {text for text in texts if text.startswith("control.") and not text.endswith(".")}


#: What somebody has to write down, and no more: to find it written is no measurement.
DECLARED = {"R01", "R04", "R23", "R30", "R31", "R40", "R42", "R52"}


@pytest.mark.parametrize("control", CATALOGUE, ids=lambda control: control.rule)
def test_what_is_only_written_down_is_not_counted_as_measured(control: Control) -> None:
    """Each control says what its answer rests on; a reason under which there is nothing to ask says that instead."""
    assert control.kind == ("declared" if control.rule in DECLARED else "measured")
    assert set(control.otherwise) <= set(control.messages)
    # Who only asks for a declaration measures nothing.
    assert control.severity != "declare" or control.kind == "declared"
    assert control.otherwise == {
        "R29": {"control.R29.first": "not_applicable", "control.R29.owned": "declared"},
        "R37": {"control.R37.passed": "declared"},
    }.get(control.rule, {})


@pytest.mark.parametrize("control", CATALOGUE, ids=lambda control: control.rule)
def test_every_status_and_message_of_a_control_has_a_case(control: Any) -> None:
    statuses, codes = returned(control.ask)
    mine = [case for case in CASES if case.rule == control.rule]
    assert statuses
    assert statuses - {case.status for case in mine} == set()
    assert codes - {code for case in mine for code in (case.reason, case.remedy)} == set()


def test_a_status_without_a_case_would_be_seen() -> None:
    def ask(facts: Any) -> Any:
        return ("FAILED", f"control.{facts}", "") if facts else ("NOT_APPLICABLE", "control.R99.apart", "")

    assert returned(ask) == ({"FAILED", "NOT_APPLICABLE"}, {"control.R99.apart"})
