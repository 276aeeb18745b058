"""The same question by two roads has one answer: with and without names, on ranges and exact, over steps and summed by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.policy import Limit, Policy
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.ranges import PARTS, UNBOUNDED, RangedTable
from smartstart_gov.counting.tally import Axis, Step, Tally
from smartstart_gov.judgement.finding import STATUSES, Finding, Message, Verdict
from smartstart_gov.judgement.judge import judge, judge_limit, status_of
from smartstart_gov.judgement.published_counts import Bounded, compare_ranges, judge_counts, side
from smartstart_gov.judgement.question import question_of, questions
from smartstart_gov.statistics.contrasts import REST
from tests.strategies import counted, policy

REASON = {"nl": "Waarom.", "en": "Why."}


def asked(**changes: Any) -> Policy:
    return policy(limit=changes)


POINT: tuple[dict[str, Any], ...] = (
    {"at_most": 0.1}, {"at_most": 0.1, "between": "overall"}, {"at_most": 0.1, "between": "rest", "harm": "higher"},
    {"measure": "ratio", "at_most": None, "at_least": 0.8},
)  # fmt: skip


@pytest.mark.parametrize("decide_on", ["point", "interval"])
@pytest.mark.parametrize("limit", POINT)
def test_the_status_alone_is_that_of_the_finding(limit: dict[str, Any], decide_on: str) -> None:
    """Over every number selected in one group, from far outside the limit on one side to far outside on the other."""
    rules = policy(
        limit={k: v for k, v in limit.items() if v is not None} | ({"at_most": None} if "at_least" in limit else {}),
        decide_on=decide_on,
    )
    seen = set()
    for selected in range(0, 61, 4):
        for unknown in (0, 8):
            cells = {"a": (70, 30, 0, 0), "b": (100 - selected, selected, 0, 0), "unknown": (unknown, unknown, 0, 0)}
            tally = counted(cells, unknown=True)
            (finding,) = judge(tally, rules).findings
            question = questions(rules.limits[0])[0]
            assert status_of(tally, rules, question, 0.05, failing=0.05) == finding.status
            seen.add(finding.status)
    assert {"FAILED", "NOT_SHOWN"} <= seen
    assert "PASSED" in seen or decide_on == "interval"


def test_on_estimates_the_limit_itself_is_a_breach_and_one_group_is_enough() -> None:
    for selected, status in ((30, "PASSED"), (39, "PASSED"), (40, "FAILED"), (20, "FAILED"), (21, "PASSED")):
        tally = counted({"a": (70, 30, 0, 0), "b": (100 - selected, selected, 0, 0), "c": (70, 30, 0, 0)})
        rules = policy(decide_on="point")
        assert judge(tally, rules).findings[0].status == status
        assert status_of(tally, rules, questions(rules.limits[0])[0], 0.05, failing=0.05) == status


def test_on_estimates_a_group_with_nothing_to_divide_by_is_not_shown() -> None:
    tally = counted({"a": (70, 30, 0, 0), "b": (70, 30, 0, 0), "c": (0, 0, 5, 5)})
    rules = policy(decide_on="point", limit={"metric": "false_positive_rate"})
    assert status_of(tally, rules, questions(rules.limits[0])[0], 0.05, failing=0.05) == "NOT_SHOWN"
    finding = judge(tally, rules).findings[0]
    assert (finding.status, finding.reason.code, finding.undefined) == ("NOT_SHOWN", "limit.undefined", 2)
    assert finding.decisive is not None


def exact(groups: dict[str, tuple[int, int]], **axis: Any) -> RangedTable:
    """A table without rounding, from (selected, not selected) by group."""
    low, published = (np.zeros((len(groups), 16), dtype=np.int64) for _ in range(2))
    high = np.full((len(groups), 16), UNBOUNDED, dtype=np.int64)
    high[:, 0] = 0
    columns = [PARTS["selected"], PARTS["not_selected"]]
    low[:, columns] = high[:, columns] = published[:, columns] = list(groups.values())
    axes = (Axis(name="axis0", levels=tuple(groups), **axis),)
    return RangedTable.narrowed(axes, low, high, published, np.ones(len(groups), dtype=bool), columns, None)


@pytest.mark.parametrize(("n1", "n2"), [(10, 40), (20, 5)])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_a_census_against_everybody_is_decided_in_fractions(n1: int, n2: int, measure: str) -> None:
    """The limit is put exactly where the counts lie, and a little to either side: on it is a breach."""
    tried = 0
    for x1 in range(1, n1, max(1, n1 // 7)):
        for x2 in range(1, n2, max(1, n2 // 7)):
            whole = Fraction(x1 + x2, n1 + n2)
            rates = Fraction(x1, n1), Fraction(x2, n2)
            if measure == "difference":
                at = max(abs(rate - whole) for rate in rates)
            else:
                at = min(min(rate / whole, whole / rate) for rate in rates)
            if not 0 < at < 1 or Fraction(str(float(at))) != at:
                continue
            tried += 1
            table = exact({"a": (x1, n1 - x1), "b": (x2, n2 - x2)})
            for off, status in ((0.0, "FAILED"), (0.001, "PASSED"), (-0.001, "FAILED")):
                bound = float(at) + (off if measure == "difference" else -off)
                if not 0 < bound < 1:
                    continue
                name = "at_most" if measure == "difference" else "at_least"
                limit = {"measure": measure, "between": "overall", "at_most": None, name: round(bound, 12)}
                found = judge_counts([table], asked(**limit), census=True).findings[0]
                assert found.status == status, (x1, x2, at, bound)
    assert tried > 3


@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize(("n1", "n2"), [(5, 20), (10, 10), (20, 5)])
def test_on_which_side_of_a_limit_against_everybody_a_group_lies_is_told_in_fractions(n1: int, n2: int, measure: str) -> None:
    """Of every table of these sizes, with the limit exactly where it lies and a little to either side."""
    tried, name = 0, "at_most" if measure == "difference" else "at_least"
    rules = asked(**{"measure": measure, "between": "overall", "at_most": None, name: 0.5})
    for x1, x2 in itertools.product(range(0, n1 + 1, n1 // 5), range(0, n2 + 1, n2 // 5)):
        table = exact({"a": (x1, n1 - x1), "b": (x2, n2 - x2)})
        compared = compare_ranges(table, questions(rules.limits[0])[0], chance=False)
        pairs = compared.high if measure == "difference" else compared.low
        assert isinstance(pairs, Bounded)
        whole, rates = Fraction(x1 + x2, n1 + n2), (Fraction(x1, n1), Fraction(x2, n2))
        for i, (group, other) in enumerate(zip(pairs.group.tolist(), pairs.other.tolist(), strict=True)):
            first, second = (whole, rates[other]) if group == REST else (rates[group], whole)
            if measure == "ratio" and second == 0:
                continue
            at = first - second if measure == "difference" else first / second
            for off in (Fraction(0), Fraction(1, 1000), Fraction(-1, 1000)):
                bound = at + off
                if not 0 < bound < 1 or Fraction(str(float(bound))) != bound:
                    continue
                tried += 1
                assert side(pairs, float(bound))[i] == (off < 0) - (off > 0), (x1, x2, group, bound)
    assert tried > 20


@pytest.mark.parametrize("n", [1, 5, 500])
def test_a_group_of_which_all_are_selected_lies_inside_a_limit_that_is_wider_than_its_distance(n: int) -> None:
    """All of one group and nobody of the other: half of everybody, so that either lies 0.5 from everybody."""
    table = exact({"a": (n, 0), "b": (0, n)})
    for bound, status in ((0.4, "FAILED"), (0.5, "FAILED"), (0.6, "PASSED"), (0.9, "PASSED")):
        found = judge_counts([table], asked(between="overall", at_most=bound), census=True).findings[0]
        assert found.status == status
        point = policy(limit={"between": "overall", "at_most": bound}, decide_on="point")
        assert judge(counted({"a": (0, n, 0, 0), "b": (n, 0, 0, 0)}), point).findings[0].status == status


@pytest.mark.parametrize("n", [1, 5, 500])
def test_a_group_that_has_all_who_are_selected_lies_inside_a_ratio_that_allows_it(n: int) -> None:
    """Four of five people are in it, so that everybody is selected 0.8 times as often as they are."""
    table = exact({"a": (2 * n, 2 * n), "b": (0, n)})
    for bound, status in ((0.9, "FAILED"), (0.8, "FAILED"), (0.7, "PASSED")):
        rules = {"measure": "ratio", "between": "overall", "at_most": None, "at_least": bound, "harm": "higher"}
        assert judge_counts([table], asked(**rules), census=True).findings[0].status == status
        point = judge(counted({"a": (2 * n, 2 * n, 0, 0), "b": (n, 0, 0, 0)}), policy(limit=rules, decide_on="point"))
        assert point.findings[0].status == status


STEPS = (Step(name="district", ancestors=("d0", "d1", "d0", "d1")),)


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("census", [False, True])
def test_areas_of_a_step_are_the_sums_of_their_parts(census: bool, unknown: bool) -> None:
    rung = [{"id": "districts", "question": "groups", "step": "district", "at_most": 0.1}]
    needs = dict.fromkeys(("shadow", "trial", "release"), "districts")
    groups = {"a": (300, 700), "b": (330, 670), "c": (500, 500), "d": (480, 520)}
    summed = {"d0": (800, 1200), "d1": (810, 1190)}
    more = {"unknown": (20, 20)} if unknown else {}
    blocks = Step(name="block", ancestors=("b0", "b1", "b2", "b3"))
    table, by_hand = exact(groups | more, steps=(blocks, *STEPS), unknown=unknown), exact(summed | more, unknown=unknown)
    ladder = judge_counts([table], asked(ladder=rung, needs=needs), census=census).findings[0]
    plain = judge_counts([by_hand], asked(), census=census).findings[0]
    assert ladder.id == "limit.gap.districts"
    assert ladder.status == plain.status == "PASSED"
    assert ladder.decisive is not None
    assert (ladder.decisive.group_kind, ladder.decisive.other_kind) == ("area", "area")
    assert replace(ladder.decisive, group_kind="level", other_kind="level") == plain.decisive
    for name in ("reason", "comparisons", "undefined"):
        assert getattr(ladder, name) == getattr(plain, name), name
    # The quarters themselves lie further apart than the limit.
    assert judge_counts([table], asked(), census=census).findings[0].status == "FAILED"


def test_of_a_printed_tally_hidden_groups_are_not_shown() -> None:
    nothing = printable(counted({"a": (5, 2, 1, 1), "b": (3, 1, 1, 0)}), ["axis0"], 10)
    (finding,) = judge(nothing, policy()).findings
    assert (finding.status, finding.reason.code) == ("NOT_SHOWN", "limit.small_groups")
    assert finding.remedy.code == "remedy.private"


def finding(place: int, status: Any, severity: Any = "block", **more: Any) -> Finding:
    none = Message(code="remedy.none", values={})
    return Finding(id=f"limit.l{place}", severity=severity, moment="audit", status=status, reason=none, remedy=none, **more)


def test_a_verdict_counts_its_findings_and_says_so() -> None:
    of = ("PASSED", "PASSED", "PASSED", "NOT_SHOWN", "NOT_SHOWN", "NOT_APPLICABLE")
    verdict = Verdict(
        findings=tuple(finding(i, s) for i, s in enumerate(of)), policy_digest="sha256:" + "0" * 64, decide_on="interval"
    )
    assert {status: verdict.count(status) for status in STATUSES if verdict.count(status)} == {
        "PASSED": 3, "NOT_SHOWN": 2, "NOT_APPLICABLE": 1,
    }  # fmt: skip
    assert verdict.headline() == (
        "Verdict NOT_SHOWN: 6 findings, 2 not shown, 3 passed, 1 not applicable; policy sha256:000000000000"
    )
    assert verdict.findings[3].headline().startswith("NOT_SHOWN  limit.l3: ")
    assert [row[1] for row in verdict.table()[1]] == ["limit.l3", "limit.l4", "limit.l0", "limit.l1", "limit.l2", "limit.l5"]


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ([], "NOT_SHOWN"),
        ([("PASSED", "block")], "PASSED"),
        ([("PASSED", "warn")], "NOT_SHOWN"),
        ([("PASSED", "block"), ("NOT_SHOWN", "block")], "NOT_SHOWN"),
        ([("FAILED", "block"), ("NOT_SHOWN", "block")], "FAILED"),
        ([("FAILED", "warn"), ("PASSED", "block")], "PASSED"),
        ([("NOT_SHOWN", "warn"), ("PASSED", "block")], "PASSED"),
        ([("NOT_APPLICABLE", "block")], "NOT_SHOWN"),
        ([("NOT_APPLICABLE", "block"), ("PASSED", "block")], "PASSED"),
    ],
)
def test_the_gravest_blocking_finding_is_the_verdict(findings: list[tuple[str, str]], status: str) -> None:
    made = tuple(finding(i, answer, severity) for i, (answer, severity) in enumerate(findings))
    assert Verdict(findings=made, policy_digest="sha256:", decide_on="interval").status == status


@pytest.mark.parametrize(("due", "blocked"), [("shadow", 3), ("trial", 2), ("release", 1), (None, 0)])
def test_missing_evidence_blocks_from_its_stage_on_and_a_breach_always(due: Any, blocked: int) -> None:
    stages = ("shadow", "trial", "release")
    assert sum(finding(0, "NOT_SHOWN", stage=due).blocks_at(stage) for stage in stages) == blocked
    assert sum(finding(0, "FAILED", stage=due).blocks_at(stage) for stage in stages) == 3
    assert not any(finding(0, status, stage=due).blocks_at("release") for status in ("PASSED", "NOT_APPLICABLE", "WAIVED"))
    assert not finding(0, "FAILED", "warn", stage=due).blocks


def test_a_finding_leads_back_to_its_question_and_to_no_other() -> None:
    given = {
        "metric": "selection_rate", "by": ["axis0"], "measure": "difference", "between": "groups", "at_most": 0.1,
        "reason": REASON, "ladder": [{"id": "rest", "question": "rest", "at_most": 0.1}],
        "needs": dict.fromkeys(("shadow", "trial", "release"), "limit"),
    }  # fmt: skip
    limits = tuple(Limit.model_validate({"id": name} | given) for name in ("one", "two"))
    every = [question for limit in limits for question in questions(limit)]
    assert [question.id for question in every] == ["limit.one.rest", "limit.one", "limit.two.rest", "limit.two"]
    assert [question_of(question.id, limits) for question in every] == every
    assert question_of("control.R01", limits) is None
    tally = Tally(axes=(Axis(name="axis0", levels=("a", "b")),), counts=np.full((2, 2, 2), 50), moments={})
    assert [f.id for f in judge_limit(tally, policy(), limits[1], 0.05)] == ["limit.two.rest", "limit.two"]


def test_a_sentence_that_is_not_known_is_no_message() -> None:
    with pytest.raises(ValueError, match="is not in"):
        Message(code="limit.no_such_thing", values={})
