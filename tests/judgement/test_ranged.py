"""Worst cases over ranges, against every allotment one by one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.ranges import PARTS, UNBOUNDED, RangedTable
from smartstart_gov.counting.tally import Axis
from smartstart_gov.judgement.bounds import compare_ranges, judge_counts
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.judgement.judge import judge
from smartstart_gov.judgement.question import questions
from smartstart_gov.statistics.intervals import difference_score, ratio_score
from tests.strategies import counted, policy

#: Selected and not selected, least and most of each: one group.
Box = tuple[tuple[int, int], tuple[int, int]]
LIMITS = (
    {"at_most": 0.1}, {"at_most": 0.1, "between": "rest"}, {"at_most": 0.06, "between": "overall"},
    {"measure": "ratio", "at_least": 0.8}, {"measure": "ratio", "at_least": 0.8, "between": "overall"},
    {"at_most": 0.1, "between": "reference", "reference": "g0", "harm": "higher"},
)  # fmt: skip
LIMIT = st.sampled_from(LIMITS)


def chosen(limit: dict[str, object], **changes: object) -> Policy:
    base = {
        "id": "gap",
        "metric": "selection_rate",
        "by": ["axis0"],
        "measure": "difference",
        "between": "groups",
        "reason": "open",
    }
    return policy(limits=[base | limit], **changes)


def table(boxes: Sequence[Box], *, everybody: dict[str, tuple[int, int]] | None = None, unknown: bool = False) -> RangedTable:
    names = tuple(f"g{i}" for i in range(len(boxes)))
    axis = Axis(name="axis0", levels=(*names[:-1], "unknown") if unknown else names, unknown=unknown)
    low, published = (np.zeros((len(boxes), 16), dtype=np.int64) for _ in range(2))
    high = np.full((len(boxes), 16), UNBOUNDED, dtype=np.int64)
    high[:, 0] = 0
    for g, box in enumerate(boxes):
        for part, (least, most) in zip(("selected", "not_selected"), box, strict=True):
            low[g, PARTS[part]], high[g, PARTS[part]], published[g, PARTS[part]] = least, most, (least + most) // 2
    whole = None
    if everybody is not None:
        whole = np.array([[0] * 16, [0] + [UNBOUNDED] * 15], dtype=np.int64)
        for part, ends in everybody.items():
            whole[:, PARTS[part]] = ends
    columns = [PARTS["selected"], PARTS["not_selected"]]
    return RangedTable.narrowed((axis,), low, high, published, np.ones(len(boxes), dtype=bool), columns, whole)


def found(boxes: Sequence[Box], limit: dict[str, object], *, census: bool = False, **options: object) -> Finding:
    return judge_counts([table(boxes, **options)], chosen(limit), census=census).findings[0]  # type: ignore[arg-type]  # options by name


def allotments(boxes: Sequence[Box]) -> list[tuple[tuple[int, int], ...]]:
    sides = [range(least, most + 1) for box in boxes for least, most in box]
    return [tuple(zip(one[::2], one[1::2], strict=True)) for one in itertools.product(*sides)]


def statuses(boxes: Sequence[Box], limit: dict[str, object], *, census: bool = False, keep=lambda groups: True) -> set[str]:  # type: ignore[no-untyped-def]  # cases come from parametrize
    asked = chosen(limit, decide_on="point" if census else "interval")
    return {
        judge(counted({f"g{i}": (rest, selected, 0, 0) for i, (selected, rest) in enumerate(groups)}), asked).findings[0].status
        for groups in allotments(boxes)
        if keep(groups)
    }


@st.composite
def boxes(draw: st.DrawFn, *, groups: int, width: int, most: int) -> list[Box]:
    made = []
    for _ in range(groups):
        selected, rest = draw(st.integers(0, most)), draw(st.integers(1, 2 * most))
        made.append(((selected, selected + draw(st.integers(0, width))), (rest, rest + draw(st.integers(0, width)))))
    return made


def agree(mine: str, every: set[str]) -> None:
    """PASSED and FAILED only if every allotment says so."""
    if mine in ("PASSED", "FAILED"):
        assert every == {mine}


@pytest.mark.slow
@settings(max_examples=12)
@given(boxes(groups=2, width=2, most=300), LIMIT)
def test_two_groups_against_every_allotment(groups: list[Box], limit: dict[str, object]) -> None:
    every, mine = statuses(groups, limit), found(groups, limit).status
    agree(mine, every)
    if limit.get("between") != "overall" and every == {"PASSED"}:
        assert mine == "PASSED"


@pytest.mark.slow
@settings(max_examples=8)
@given(boxes(groups=2, width=2, most=9), LIMIT)
def test_small_samples_are_enumerated_over_every_allotment(groups: list[Box], limit: dict[str, object]) -> None:
    loose = limit | ({"at_most": 0.6} if "at_most" in limit else {"at_least": 0.2})
    agree(found(groups, loose).status, statuses(groups, loose))


@pytest.mark.slow
@settings(max_examples=20)
@given(boxes(groups=3, width=1, most=12), LIMIT)
def test_a_census_against_every_allotment(groups: list[Box], limit: dict[str, object]) -> None:
    every, mine = statuses(groups, limit, census=True), found(groups, limit, census=True).status
    agree(mine, every)
    if limit.get("between", "groups") == "groups" and len(every) == 1:
        assert {mine} == every


@pytest.mark.slow
@settings(max_examples=20)
@given(boxes(groups=3, width=1, most=10), st.integers(-1, 1), LIMIT)
def test_totals_of_everybody_narrow_and_never_too_far(groups: list[Box], off: int, limit: dict[str, object]) -> None:
    selected = sum((box[0][0] + box[0][1]) // 2 for box in groups) + off
    inside = sum(b[0][0] for b in groups) <= selected <= sum(b[0][1] for b in groups)
    assume(inside)
    whole = {"selected": (selected, selected)}
    every = statuses(groups, limit, census=True, keep=lambda groups: sum(g[0] for g in groups) == selected)
    with_total = found(groups, limit, census=True, everybody=whole).status
    agree(with_total, every)
    without = found(groups, limit, census=True).status
    assert without in (with_total, "NOT_SHOWN")


@pytest.mark.slow
@given(boxes(groups=3, width=0, most=400), LIMIT)
@settings(max_examples=25)
def test_exact_ranges_answer_as_judge_does(groups: list[Box], limit: dict[str, object]) -> None:
    asked = chosen(limit)
    exact = table(groups)
    tally = exact.tally(PARTS["selected"], PARTS["not_selected"])
    assert judge_counts([exact], asked, census=False) == judge(tally, asked)
    # And the path that ranges take has the same statistics.
    compared, plain = compare_ranges(exact, questions(asked.limits[0])[0]), judge(tally, asked).findings[0]
    if not compared.undefined:
        assert bool(compared.outside_at(0.05)) == (plain.status == "FAILED")
        assert (compared.inside_at(0.05) == compared.total) == (plain.status == "PASSED")


@pytest.mark.slow
@given(boxes(groups=3, width=40, most=400), st.data(), LIMIT, st.booleans())
@settings(max_examples=40)
def test_narrowing_never_turns_one_answer_into_the_other(
    groups: list[Box], data: st.DataObject, limit: dict[str, object], census: bool
) -> None:
    narrow = []
    for box in groups:
        ends = []
        for least, most in box:
            low = data.draw(st.integers(least, most))
            ends.append((low, data.draw(st.integers(low, most))))
        narrow.append((ends[0], ends[1]))
    wide, close = found(groups, limit, census=census).status, found(narrow, limit, census=census).status
    assert close == wide or wide == "NOT_SHOWN"


@pytest.mark.slow
@given(boxes(groups=3, width=0, most=300), LIMIT)
@settings(max_examples=25)
def test_people_of_unknown_group_never_help(groups: list[Box], limit: dict[str, object]) -> None:
    mine = found(groups, limit, unknown=True, census=False)
    cells = {name: (box[1][0], box[0][0], 0, 0) for name, box in zip(("g0", "g1", "unknown"), groups, strict=True)}
    assert mine == judge(counted(cells, unknown=True), chosen(limit)).findings[0]
    compared = compare_ranges(table(groups, unknown=True), questions(chosen(limit).limits[0])[0])
    shown = "FAILED" if compared.outside_at(0.05) else "PASSED" if compared.inside_at(0.05) == compared.total else "NOT_SHOWN"
    assert shown in (mine.status, "NOT_SHOWN")


@pytest.mark.parametrize(("score", "bounds"), [(difference_score, (0.02, 0.1, 0.5)), (ratio_score, (0.2, 0.8))])
def test_along_each_count_the_score_goes_one_way(score, bounds) -> None:  # type: ignore[no-untyped-def]  # cases come from parametrize
    """So that over any box of counts it is largest and smallest at corners: every table of up to 9 a cell."""
    counts = np.meshgrid(*[np.arange(10)] * 4, indexing="ij")
    x1, y1, x2, y2 = counts
    for bound in bounds:
        z = np.nan_to_num(score(x1, x1 + y1, x2, x2 + y2, bound), nan=0.0, posinf=99, neginf=-99)
        z[(x1 + y1 == 0) | (x2 + y2 == 0)] = np.nan
        for axis in range(4):
            steps = np.diff(np.moveaxis(z, axis, 0), axis=0)
            rises, falls = np.nanmax(np.nan_to_num(steps), axis=0) > 1e-9, np.nanmin(np.nan_to_num(steps), axis=0) < -1e-9
            assert not (rises & falls).any(), (bound, axis)


def test_where_a_rate_is_one_the_fewest_cases_are_worst() -> None:
    all_selected = [((1, 60), (0, 0)), ((50, 50), (10, 10))]
    assert statuses([((60, 60), (0, 0)), all_selected[1]], {"at_most": 0.5}) == {"PASSED"}
    assert found(all_selected, {"at_most": 0.5}).status == "NOT_SHOWN"
    assert found([((3, 60), (0, 0)), all_selected[1]], {"at_most": 0.5}).status == "PASSED"


def test_a_probability_that_is_worst_inside_the_box_is_found() -> None:
    # At every corner the enumerated probability is small enough; at one allotment between them it is not.
    hidden = [((5, 6), (20, 22)), ((7, 7), (18, 20))]
    assert statuses(hidden, {"at_most": 0.3}) == {"PASSED", "NOT_SHOWN"}
    assert found(hidden, {"at_most": 0.3}).status == "NOT_SHOWN"


def test_rounding_that_hides_a_breach_says_so() -> None:
    wide = [((95, 105), (895, 905)), ((180, 200), (800, 820))]
    assert found(wide, {"at_most": 0.1}, census=True).reason.code == "counts.hidden_pass"
    assert found(wide, {"at_most": 0.088}, census=True).reason.code == "counts.hidden_fail"
    assert found(wide, {"at_most": 0.12}, census=True).status == "PASSED"
    assert found(wide, {"at_most": 0.05}, census=True).status == "FAILED"
    assert found(wide, {"at_most": 0.12}).reason.code == "counts.hidden_pass"
    assert found(wide, {"at_most": 0.1}).reason.code == "limit.thin"


def test_on_the_limit_is_not_inside_it() -> None:
    on = [((3, 3), (7, 7)), ((2, 2), (8, 8))]
    assert found(on, {"at_most": 0.1}, census=True).status == "FAILED"
    assert found(on, {"at_most": 0.1001}, census=True).status == "PASSED"
    assert found([((4, 4), (6, 6)), ((5, 5), (5, 5))], {"measure": "ratio", "at_least": 0.8}, census=True).status == "FAILED"


def test_a_group_that_may_be_empty_cannot_pass() -> None:
    assert found([((0, 4), (0, 4)), ((50, 50), (50, 50))], {"at_most": 0.9}, census=True).status == "NOT_SHOWN"
    nobody = found([((0, 0), (0, 0)), ((50, 50), (50, 50)), ((50, 50), (50, 50))], {"at_most": 0.9}, census=True)
    assert (nobody.status, nobody.reason.code) == ("NOT_SHOWN", "limit.undefined")


def test_a_ladder_on_ranges_asks_in_order() -> None:
    ladder = {
        "at_most": 0.1, "ladder": [{"id": "spread", "question": "spread", "at_most": 0.05}, {"id": "rest", "question": "rest"}],
        "needs": {"shadow": "spread", "trial": "rest", "release": "limit"},
    }  # fmt: skip
    groups = [((498, 502), (4498, 4502))] * 9
    verdict = judge_counts([table(groups)], chosen(ladder), census=False)
    assert [f.reason.code for f in verdict.findings] == ["counts.spread", "rung.not_reached", "rung.not_reached"]


def test_groups_are_pooled_only_where_their_size_is_sure() -> None:
    groups = [((10, 12), (30, 32)), ((12, 14), (30, 32)), ((500, 500), (1500, 1500))]
    sure = found(groups, {"at_most": 0.3, "pool_under": 100}, census=True)
    assert (sure.status, sure.comparisons) == ("PASSED", 1)
    assert found(groups, {"at_most": 0.3, "pool_under": 43}, census=True).reason.code == "counts.pool"
