"""A question on the spread over groups: every answer it can give, and what keeps it from passing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement import rungs
from smartstart_gov.judgement.finding import Finding, Sees
from smartstart_gov.judgement.judge import judge_limit
from smartstart_gov.judgement.question import questions
from smartstart_gov.judgement.rungs import FEWEST_GROUPS, Spreading
from smartstart_gov.statistics.estimates import margin
from smartstart_gov.statistics.rates import rate
from smartstart_gov.statistics.spread import Spread, cases_for_spread
from tests.strategies import policy

OF = rate("false_positive_rate")


def limit(at_most: float = 0.05, unseen: dict[str, Any] | None = None) -> Limit:
    text = {"nl": "Waarom.", "en": "Why."}
    return Limit.model_validate(
        {
            "id": "alarm", "metric": OF.name, "by": ["area"], "measure": "difference", "between": "rest", "at_most": 0.1,
            "harm": "both", "reason": text, "ladder": [{"id": "first", "question": "spread", "at_most": at_most, "unseen": unseen}],
            "needs": dict.fromkeys(("shadow", "trial", "release"), "first"),
        }
    )  # fmt: skip


def asked(groups: int = 8, **counts: Any) -> Spreading:
    """Return groups of 100 cases and 10 events each, without rows of unknown group."""
    none = np.zeros(groups)
    given: dict[str, Any] = {"x": none + 10, "n": none + 100, "events": none, "others": none} | counts
    return Spreading(question=questions(limit())[0], names=tuple(f"a{i}" for i in range(groups)), **given)


def decided(of: Spreading, below: float = 0.01, above: float = 0.9, out: tuple[int, ...] = ()) -> tuple[str, str]:
    return of.decide(below, above, out, 0.05, failing=0.02, draws=199)


def but(first: float, others: float, groups: int = 8) -> np.ndarray:
    return np.array([first, *[others] * (groups - 1)])


# ------------------------------------------------------------------------------------------- each answer
def test_what_spreads_little_with_nobody_standing_out_passes() -> None:
    assert decided(asked()) == ("PASSED", "spread.passed")
    assert decided(asked(), below=0.05) == ("PASSED", "spread.passed")


@pytest.mark.parametrize(
    "counts", [{"x": but(0, 10), "n": but(0, 100)}, {"x": np.zeros(8)}, {"x": np.full(8, 0.9)}, {"x": np.full(8, 100.0)}]
)
def test_one_empty_group_or_no_case_or_only_cases_leave_nothing_to_judge(counts: dict[str, Any]) -> None:
    assert decided(asked(**counts)) == ("NOT_SHOWN", "spread.undefined")


@pytest.mark.parametrize(
    "counts",
    [
        {"x": but(1, 0)}, {"x": but(99, 100)}, {"x": but(0, 10), "n": but(1, 100)},
        # In floating point a whole number can lack a little.
        {"x": but(1 - 1e-12, 0)}, {"x": np.full(8, 99.0), "n": np.full(8, 100 - 1e-12)},
    ],
)  # fmt: skip
def test_a_single_case_or_all_but_one_is_something(counts: dict[str, Any]) -> None:
    assert decided(asked(**counts)) == ("PASSED", "spread.passed")


def test_the_rate_of_all_groups_together_is_that_of_whole_cases() -> None:
    assert asked(x=np.full(8, 2.9), n=np.full(8, 10.9)).mean == 0.2
    assert asked(x=np.full(8, 3 - 1e-12), n=np.full(8, 10 - 1e-12)).mean == 0.3
    assert asked(x=but(1, 0), n=but(1, 0)).mean == 1.0
    assert np.isnan(asked(x=np.zeros(8), n=np.zeros(8)).mean)


def test_only_groups_are_asked_about_and_the_unknown_rows_stand_beside_them() -> None:
    cells = np.array([[90, 10], [80, 20], [5, 3]])
    counts = np.stack([cells, cells * 0 + 1], axis=1).astype(np.int64)
    tally = Tally(axes=(Axis(name="area", levels=("a", "b", "unknown"), unknown=True),), counts=counts, moments={})
    block = margin(tally, ("area",))
    assert block is not None
    of = Spreading.of(block, OF, questions(limit())[0])
    assert of.names == ("a", "b")
    assert [column.tolist() for column in (of.x, of.n, of.events, of.others)] == [[10, 20], [100, 100], [3, 3], [5, 5]]


@pytest.mark.parametrize(
    ("cases", "harm", "answer"),
    [
        (99, 1.5, ("NOT_SHOWN", "spread.unseen")), (100, 1.5, ("PASSED", "spread.passed")),
        (99, 5.0, ("PASSED", "spread.passed")),
    ],
)  # fmt: skip
def test_what_the_policy_wants_seen_has_to_be_seen_in_groups_of_more_cases(
    cases: int, harm: float, answer: tuple[str, str]
) -> None:
    question = questions(limit(unseen={"at_most_cases": cases, "harm": harm}))[0]
    assert decided(replace(asked(), question=question)) == answer


def test_how_many_cases_would_let_it_be_seen_is_told_where_any_number_would() -> None:
    for seen, code, values in (
        (None, "remedy.unseen_never", {}), (Sees(harm="2", cases=None, sights=()), "remedy.unseen_never", {}),
        (Sees(harm="2", cases=300, sights=()), "remedy.unseen", {"needed": 300}),
    ):  # fmt: skip
        told = rungs._to_see(seen, OF)
        assert (told.code, dict(told.values)) == (code, {"metric": OF.name} | values)


def test_under_eight_groups_no_spread_is_judged() -> None:
    assert decided(asked(FEWEST_GROUPS - 1), above=0.0) == ("NOT_SHOWN", "spread.few")
    assert decided(asked(FEWEST_GROUPS), above=0.0) == ("FAILED", "spread.failed")


def test_a_spread_that_chance_does_not_explain_fails_even_where_a_group_stands_out() -> None:
    assert decided(asked(), below=1.0, above=0.02, out=(3,)) == ("FAILED", "spread.failed")
    assert decided(asked(), below=1.0, above=0.0201, out=(3,)) == ("NOT_SHOWN", "spread.flagged")
    assert decided(asked(), below=0.01, out=(3,)) == ("NOT_SHOWN", "spread.flagged")
    assert decided(asked(), below=0.0501) == ("NOT_SHOWN", "spread.thin")


@pytest.mark.parametrize("counts", [{"events": but(1, 0)}, {"others": but(1, 0)}, {"events": but(1, 0), "others": but(1, 0)}])
def test_with_rows_of_unknown_group_no_spread_is_shown_to_be_too_wide(counts: dict[str, Any]) -> None:
    assert decided(asked(**counts), below=1.0, above=0.0) == ("NOT_SHOWN", "spread.thin")


def test_unknown_rows_are_borne_where_no_way_to_give_them_spreads_too_much() -> None:
    """One event more in a group of 1 000 is nothing; three hundred are."""
    many: dict[str, Any] = {"x": np.full(8, 100.0), "n": np.full(8, 1000.0)}
    assert decided(asked(**many, events=np.full(8, 1.0))) == ("PASSED", "spread.passed")
    for unknown, rows in (("events", 300.0), ("others", 3000.0)):
        given: dict[str, Any] = many | {unknown: np.full(8, rows)}
        assert decided(asked(**given)) == ("NOT_SHOWN", "spread.unknown")


# ------------------------------------------------------------------------- where unknown rows are given to
def tried(of: Spreading, monkeypatch: pytest.MonkeyPatch, out: tuple[int, ...] = (), below: float = 0.0) -> tuple[bool, Any]:
    seen: list[tuple[np.ndarray, np.ndarray]] = []

    def standing(x: np.ndarray, n: np.ndarray, *, alpha: float, harm: str) -> tuple[int, ...]:
        seen.append((x - of.x, n - of.n))
        return out

    monkeypatch.setattr(rungs, "standing_out", standing)
    monkeypatch.setattr(rungs, "spread_tails", lambda *_, **__: (below, 1.0))
    return of._holds_with_unknown(0.05, 199), seen


def test_unknown_events_go_to_one_group_and_the_others_to_one_of_those_furthest_out_or_smallest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n = np.array([500, 510, 520, 530, 100, 110, 120, 5000, 540, 550, 560, 570], dtype=np.float64)
    share = np.array([0.01, 0.02, 0.03, 0.04, 0.2, 0.21, 0.22, 0.23, 0.47, 0.48, 0.49, 0.5])
    of = asked(12, x=share * n, n=n, events=np.full(12, 5.0), others=np.full(12, 7.0))
    holds, seen = tried(of, monkeypatch)
    assert holds
    smallest = {4, 5, 6}
    pairs = set()
    for more_x, more_n in seen:
        (up,) = np.flatnonzero(more_x > 0).tolist()
        # Only those that take all of them, or one of them, have more rows.
        down = next((i for i in np.flatnonzero(more_n).tolist() if i != up), up)
        assert more_x[up] == pytest.approx(5)
        assert more_n[up] == pytest.approx(12 if down == up else 5)
        assert down == up or more_n[down] == pytest.approx(7)
        pairs.add((up, down))
    assert pairs == {(up, down) for up in {11, 10, 9} | smallest for down in {0, 1, 2} | smallest}


def test_one_way_that_makes_a_group_stand_out_or_spreads_too_much_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    of = asked(events=np.full(8, 5.0), others=np.full(8, 7.0))
    assert not tried(of, monkeypatch, out=(2,))[0]
    assert not tried(of, monkeypatch, below=0.0501)[0]
    assert tried(of, monkeypatch, below=0.05)[0]


# ------------------------------------------------------------------------------------ the finding about it
def areas(events: np.ndarray, n: np.ndarray) -> Tally:
    cells = np.stack([n - events, events, n * 0 + 40, n * 0 + 40], axis=1).reshape(-1, 2, 2).astype(np.int64)
    return Tally(axes=(Axis(name="area", levels=tuple(f"a{i:02}" for i in range(len(n)))),), counts=cells, moments={})


def finding(events: np.ndarray, n: np.ndarray, at_most: float = 0.05) -> Finding:
    return judge_limit(areas(events, n), policy(), limit(at_most), 0.05)[0]


@pytest.mark.parametrize(
    ("n", "events", "undefined"),
    [([0, 1, *[50] * 8], [0, 0, *[5] * 8], 1), ([0, 0, *[50] * 8], [0, 0, *[5] * 8], 2), ([50] * 10, [0] * 10, 1)],
)
def test_what_there_is_nothing_to_divide_by_is_counted(n: list[int], events: list[int], undefined: int) -> None:
    found = finding(np.array(events), np.array(n))
    assert (found.status, found.reason.code, dict(found.reason.values)) == (
        "NOT_SHOWN", "spread.undefined", {"undefined": undefined, "groups": 10},
    )  # fmt: skip
    assert (found.remedy.code, dict(found.remedy.values)) == ("remedy.cases_undefined", {"metric": OF.name})
    assert found.sees is None


def test_few_groups_are_told_how_many_it_takes() -> None:
    found = finding(np.full(7, 30), np.full(7, 300))
    assert (found.reason.code, dict(found.reason.values)) == ("spread.few", {"groups": 7, "fewest": 8})
    assert (found.remedy.code, dict(found.remedy.values), found.sees) == ("remedy.few", {}, None)


def test_the_group_that_is_furthest_out_for_its_size_is_named_with_its_rows() -> None:
    """A rate three points off among 4 000 says more than thirty points off among 20."""
    events, n = np.full(10, 30), np.full(10, 300)
    events[3], n[3] = 8, 20
    events[6], n[6] = 280, 4000
    events[8], n[8] = 360, 4000
    found = finding(events, n, 0.3).decisive
    assert found is not None
    mean = events.sum() / n.sum()
    first = int(np.argmax(np.abs(events / n - mean) * np.sqrt(n)))
    assert (found.group, found.group_kind, found.other, found.other_kind) == (f"a{first:02}", "level", "rest", "rest")
    assert (found.group_denominator, found.other_denominator) == (n[first], n.sum() - n[first])


def test_of_groups_that_stand_out_the_first_is_named_even_where_another_is_further_out_the_harmless_way() -> None:
    of = asked(x=but(0, 30), n=np.full(8, 300.0))
    found = Spread(value=0.02, low=0.0, high=0.04, below=0.01, above=0.9)
    for out, named in (((5, 2), "a5"), ((2,), "a2"), ((), "a0")):
        decisive = rungs._decisive(found, of.x, of.n, of.names, out, of.question)
        assert decisive is not None
        assert (decisive.group, decisive.group_kind) == (named, "level")
    stepped = replace(of.question, step="district")
    decisive = rungs._decisive(found, of.x, of.n, of.names, (), stepped)
    assert decisive is not None
    assert decisive.group_kind == "area"
    assert rungs._decisive(replace(found, value=np.nan), of.x, of.n, of.names, (), of.question) is None


def test_a_size_weighs_by_its_root_when_the_furthest_group_is_sought() -> None:
    of = asked(x=np.array([4, 40, 100, 100, 100, 100, 100, 100.0]), n=np.array([10, 200, *[1000] * 6], dtype=np.float64))
    found = Spread(value=0.02, low=0.0, high=0.04, below=0.01, above=0.9)
    decisive = rungs._decisive(found, of.x, of.n, of.names, (), of.question)
    assert decisive is not None
    assert decisive.group == "a1"


# ------------------------------------------------------------------------------------ how many would show it
def test_a_thin_spread_is_told_how_many_cases_would_show_it() -> None:
    found = finding(np.tile([1, 2, 3, 2, 0, 4], 4), np.full(24, 20))
    assert (found.status, found.reason.code, dict(found.reason.values)) == ("NOT_SHOWN", "spread.thin", {"groups": 24})
    needed, half = (cases_for_spread(0.1, 24, 0.05, alpha=0.05, true_share=share) for share in (0.0, 0.5))
    assert (found.remedy.code, dict(found.remedy.values)) == (
        "remedy.cases", {"needed": needed, "needed_half": half, "metric": OF.name},
    )  # fmt: skip
    assert found.sees is None


@pytest.mark.parametrize(
    ("value", "low", "code"),
    [
        (0.05, 0.01, "remedy.beyond"), (0.06, 0.01, "remedy.beyond"), (0.06, 0.0, "remedy.cases"), (0.049, 0.01, "remedy.cases"),
    ],
)  # fmt: skip
def test_only_groups_that_do_differ_by_more_than_the_limit_are_told_that_more_cases_will_not_help(
    value: float, low: float, code: str
) -> None:
    assert needed(value, low) == code


def needed(value: float = 0.0, low: float = 0.0) -> str:
    x, n = np.full(24, 3.0), np.full(24, 30.0)
    block = margin(areas(x, n), ("area",))
    assert block is not None
    found = Spread(value=value, low=low, high=0.2, below=0.5, above=0.5)
    return rungs._needed(found, x, n, block, OF, questions(limit())[0], 0.05).code


@pytest.mark.parametrize("missing", [0.0, 0.5])
def test_where_no_number_of_cases_would_show_it_none_is_named(missing: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rungs, "cases_for_spread", lambda *_, true_share, **__: None if true_share == missing else 100)
    assert needed() == "remedy.cases_undefined"
