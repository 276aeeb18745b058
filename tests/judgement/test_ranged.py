"""Worst cases over ranges, against every allotment one by one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.ranges import PARTS, UNBOUNDED, RangedTable, as_ranges
from smartstart_gov.counting.tally import Axis
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.judgement.judge import judge
from smartstart_gov.judgement.published_counts import compare_ranges, judge_counts
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


def table(
    boxes: Sequence[Box], *, everybody: dict[str, tuple[int, int]] | None = None, unknown: bool = False, absent: int = 0
) -> RangedTable:
    """Return a table of groups; it has no row of the last `absent` ones."""
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
    given = np.arange(len(boxes)) < len(boxes) - absent
    return RangedTable.narrowed((axis,), low, high, published * given[:, None], given, columns, whole)


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


def test_the_bounds_over_ranges_hold_those_of_the_counts_as_published() -> None:
    """The score is worst at a corner whose bound is not the lowest: it lacks nine in a million of it."""
    question = questions(chosen({"at_most": 0.1}).limits[0])[0]
    compared = compare_ranges(table([((0, 0), (39, 40)), ((24, 25), (47, 48)), ((22, 22), (20, 20))]), question)
    low, high = compared.plain.interval(0.9)
    assert (low < compared.low.interval(0.9)[0] - 5e-6).any()
    for i in range(len(low)):
        told = compared.comparison(i, 0.05)
        assert float(told.low or "nan") <= low[i] + 1e-9
        assert float(told.high or "nan") >= high[i] - 1e-9


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
    ratio = {"measure": "ratio", "at_least": 0.8}
    assert found([((4, 4), (6, 6)), ((5, 5), (5, 5))], ratio, census=True).status == "FAILED"
    # Where only the worst that the ranges allow lies on it, neither is shown.
    assert found([((2, 2), (8, 8)), ((2, 3), (7, 8))], {"at_most": 0.1}, census=True).reason.code == "counts.hidden_pass"
    assert found([((5, 5), (5, 5)), ((4, 5), (5, 6))], ratio, census=True).reason.code == "counts.hidden_pass"
    # What is published on the limit is a breach that rounding may have made: 3 of 10 and 2 of 10, 8 of 20 and 10 of 20.
    assert found([((2, 2), (8, 8)), ((2, 4), (6, 8))], {"at_most": 0.1}, census=True).reason.code == "counts.hidden_fail"
    assert found([((5, 7), (6, 8)), ((15, 15), (11, 11))], ratio, census=True).reason.code == "counts.hidden_fail"
    assert found([((10, 10), (10, 10)), ((7, 9), (11, 13))], ratio, census=True).reason.code == "counts.hidden_fail"
    # Nobody selected anywhere is no ratio: neither equal nor broken.
    nobody = found([((0, 0), (30, 30)), ((0, 0), (30, 30))], ratio, census=True)
    assert (nobody.status, nobody.reason.code) == ("NOT_SHOWN", "limit.undefined")


def test_a_group_that_may_be_empty_cannot_pass() -> None:
    assert found([((0, 4), (0, 4)), ((50, 50), (50, 50))], {"at_most": 0.9}, census=True).status == "NOT_SHOWN"
    nobody = found([((0, 0), (0, 0)), ((50, 50), (50, 50)), ((50, 50), (50, 50))], {"at_most": 0.9}, census=True)
    assert (nobody.status, nobody.reason.code, nobody.undefined) == ("NOT_SHOWN", "limit.undefined", 2)
    assert nobody.decisive is not None
    assert {nobody.decisive.group, nobody.decisive.other} == {"g1", "g2"}


def test_a_ladder_on_ranges_asks_in_order() -> None:
    ladder = {
        "at_most": 0.1, "ladder": [{"id": "spread", "question": "spread", "at_most": 0.05}, {"id": "rest", "question": "rest"}],
        "needs": {"shadow": "spread", "trial": "rest", "release": "limit"},
    }  # fmt: skip
    groups = [((498, 502), (4498, 4502))] * 9
    verdict = judge_counts([table(groups)], chosen(ladder), census=False)
    assert [f.reason.code for f in verdict.findings] == ["counts.spread", "rung.not_reached", "rung.not_reached"]
    assert {f.status for f in verdict.findings} == {"NOT_SHOWN"}
    # A breach counts on any rung, whatever was not shown below it.
    off = [*groups[:-1], ((998, 1002), (3998, 4002))]
    for census in (True, False):
        answers = judge_counts([table(off)], chosen(ladder | {"at_most": 0.05}), census=census).findings
        assert [f.status for f in answers] == ["NOT_SHOWN", "FAILED", "FAILED"]


def test_groups_are_pooled_only_where_their_size_is_sure() -> None:
    groups = [((10, 12), (30, 32)), ((12, 14), (30, 32)), ((500, 500), (1500, 1500))]
    sure = found(groups, {"at_most": 0.3, "pool_under": 100}, census=True)
    assert (sure.status, sure.comparisons) == ("PASSED", 1)
    assert found(groups, {"at_most": 0.3, "pool_under": 43}, census=True).reason.code == "counts.pool"


#: Not in the table: of any size.
NOWHERE: Box = ((0, UNBOUNDED), (0, UNBOUNDED))
LADDER = {
    "ladder": [{"id": "rest", "question": "rest", "at_most": 0.1}],
    "needs": dict.fromkeys(("shadow", "trial", "release"), "limit"),
}


@pytest.mark.parametrize("census", [True, False])
def test_a_group_that_the_table_does_not_have_keeps_a_limit_from_passing_and_not_from_failing(census: bool) -> None:
    fair, off = ((100, 102), (900, 902)), ((300, 302), (700, 702))
    gap = found([fair, fair, NOWHERE], {"at_most": 0.1}, census=census, absent=1)
    assert (gap.status, gap.reason.code, gap.remedy.code) == ("NOT_SHOWN", "counts.absent", "remedy.table")
    assert (gap.reason.values["absent"], gap.reason.values["declared"]) == (1, 3)
    assert found([fair, off, NOWHERE], {"at_most": 0.1}, census=census, absent=1).status == "FAILED"
    # Where its counts follow from those of everybody nothing is open, and they are judged.
    exactly, whole = ((100, 100), (900, 900)), {"selected": (300, 300), "not_selected": (2700, 2700)}
    rest = found([exactly, exactly, NOWHERE], {"at_most": 0.1}, census=census, absent=1, everybody=whole)
    assert (rest.status, rest.comparisons) == ("PASSED", 3)


@pytest.mark.parametrize("census", [True, False])
def test_one_group_that_is_there_has_nothing_to_be_compared_with(census: bool) -> None:
    fair, nobody = ((100, 102), (900, 902)), ((0, 0), (0, 0))
    alone = found([fair, nobody], {"at_most": 0.1}, census=census)
    assert (alone.status, alone.reason.code, alone.remedy.code) == ("NOT_SHOWN", "limit.single", "remedy.cases_undefined")
    assert found([fair, nobody, fair], {"at_most": 0.1}, census=census).reason.code != "limit.single"
    # Of a group that the table does not have nobody knows that it is empty.
    assert found([fair, NOWHERE], {"at_most": 0.1}, census=census, absent=1).reason.code == "counts.absent"
    # One person is somebody.
    assert found([fair, ((0, 2), (0, 0))], {"at_most": 0.1}, census=census).reason.code != "limit.single"


@pytest.mark.parametrize("census", [True, False])
@pytest.mark.parametrize("more", [{}, LADDER])
def test_what_the_table_does_not_tell_is_not_shown_on_any_rung(census: bool, more: dict[str, object]) -> None:
    fair = ((100, 102), (900, 902))
    rungs = 2 if more else 1
    for change, code in (
        ({"by": ["other"]}, "counts.attribute"), ({"metric": "false_positive_rate"}, "counts.metric"),
        ({"given": "other", "between": "rest"}, "counts.attribute"),
    ):  # fmt: skip
        if "given" in change and more:
            continue
        rules = chosen({"at_most": 0.1} | more | change, attributes=["axis0", "other"])
        answers = judge_counts([table([fair, fair])], rules, census=census).findings
        assert [(f.status, f.reason.code, f.remedy.code) for f in answers] == [("NOT_SHOWN", code, "remedy.table")] * rungs
        if code == "counts.attribute":
            assert answers[0].reason.values == {"attributes": "other"}


def crossed(boxes: Sequence[Box]) -> RangedTable:
    """Return a table over two attributes, of which the second has one level."""
    one = table(boxes)
    return replace(one, axes=(*one.axes, Axis(name="other", levels=("all",))))


@pytest.mark.parametrize("census", [True, False])
def test_a_limit_is_judged_on_the_smallest_table_that_has_its_attributes(census: bool) -> None:
    fair, off = ((100, 102), (900, 902)), ((300, 302), (700, 702))
    small, large = table([fair, fair]), crossed([fair, off])
    for tables in ([small, large], [large, small]):
        assert judge_counts(tables, chosen({"at_most": 0.1}), census=census).findings[0].status == "PASSED"
    assert judge_counts([large], chosen({"at_most": 0.1}), census=census).findings[0].status == "FAILED"


def test_a_breach_that_rounding_may_have_made_is_not_shown_and_said_to_be_hidden() -> None:
    hidden = found([((95, 105), (895, 905)), ((205, 395), (605, 795))], {"at_most": 0.1})
    assert (hidden.status, hidden.reason.code, hidden.remedy.code) == ("NOT_SHOWN", "counts.hidden_fail", "remedy.finer")
    plain = [((100, 100), (900, 900)), ((300, 300), (700, 700))]
    assert found(plain, {"at_most": 0.1}).status == "FAILED"


def test_what_decided_is_told_of_the_worst_that_the_ranges_allow_or_else_as_published() -> None:
    fair, other = ((95, 105), (895, 905)), ((150, 170), (830, 850))
    thin = found([fair, other], {"at_most": 0.07})
    plain = judge_counts([table([((100, 100), (900, 900)), ((160, 160), (840, 840))])], chosen({"at_most": 0.07}), census=False)
    assert thin.decisive is not None
    assert plain.findings[0].decisive is not None
    assert (thin.reason.code, plain.findings[0].reason.code) == ("limit.thin", "limit.thin")
    assert float(thin.decisive.high or 0) > float(plain.findings[0].decisive.high or 0)
    # A group that may be empty has no worst; of the others the worst is told.
    some = found([((0, 4), (0, 4)), fair, other], {"at_most": 0.07})
    assert some.decisive is not None
    assert {some.decisive.group, some.decisive.other} == {"g1", "g2"}
    assert some.decisive.high == thin.decisive.high
    # Where either of two groups may be empty no range has a worst: then what was published is told.
    open_ = found([((0, 4), (0, 4)), ((50, 50), (50, 50))], {"at_most": 0.1})
    assert (open_.reason.code, open_.decisive is None) == ("limit.thin", False)


def test_on_ranges_the_level_of_a_breach_is_divided_over_the_rungs_too() -> None:
    """One number that is a breach for a limit alone, and none for the same limit with a rung before it."""
    seen = []
    for selected in range(221, 249, 3):
        groups = [((100, 101), (900, 900)), ((selected, selected + 1), (1000 - selected, 1000 - selected))]
        alone = found(groups, {"at_most": 0.1}).status
        climbed = judge_counts([table(groups)], chosen({"at_most": 0.1} | LADDER), census=False).findings[-1].status
        seen.append((alone, climbed))
    assert seen.index(("FAILED", "NOT_SHOWN")) < seen.index(("FAILED", "FAILED"))
    assert set(seen) == {("NOT_SHOWN", "NOT_SHOWN"), ("FAILED", "NOT_SHOWN"), ("FAILED", "FAILED")}


@pytest.mark.parametrize(
    ("under", "comparisons"),
    [(50, 3), (51, 1), (59, None), (60, None), (61, 1)],
    ids=["of that size", "one less", "within the range", "at its end", "beyond it"],
)
def test_a_group_is_small_only_where_all_it_may_be_is_under_the_size_of_the_pool(under: int, comparisons: int | None) -> None:
    sure: list[Box] = [((20, 20), (30, 30)), ((20, 20), (30, 30)), ((400, 400), (600, 600))]
    rounded: list[Box] = [((20, 25), (30, 35)), *sure[1:]] if under > 51 else sure
    answer = found(rounded, {"at_most": 0.3, "pool_under": under}, census=True)
    if comparisons is None:
        assert (answer.status, answer.reason.code, answer.remedy.code) == ("NOT_SHOWN", "counts.pool", "remedy.table")
    else:
        assert answer.comparisons == comparisons


@pytest.mark.parametrize("census", [True, False])
def test_a_reference_group_is_in_no_pool_and_rows_of_unknown_group_neither(census: bool) -> None:
    small, large = ((20, 20), (30, 31)), ((400, 400), (600, 601))
    limit = {"at_most": 0.3, "between": "reference", "harm": "higher", "pool_under": 100}
    for reference in ("g0", "g1"):
        answer = found([small, large, small, small], limit | {"reference": reference}, census=census)
        assert (answer.reason.code.removesuffix("_census"), answer.comparisons) == (
            "limit.passed",
            2 if reference == "g0" else 1,
        )
    # The two small groups are one; rows of unknown group are allotted, and are no group of their own.
    pooled = found([small, small, large, ((0, 1), (0, 1))], {"at_most": 0.3, "pool_under": 100}, census=census, unknown=True)
    assert (pooled.status, pooled.comparisons) == ("PASSED", 1)
    assert pooled.decisive is not None
    assert {pooled.decisive.group_kind, pooled.decisive.other_kind} == {"pool", "level"}
    # However many they may be: they are in no pool, so that their number leaves none open.
    many = found([small, small, large, ((0, 60), (0, 60))], {"at_most": 0.3, "pool_under": 100}, census=census, unknown=True)
    assert many.reason.code != "counts.pool"
    # And they are allotted in the worst way all the same: 60 who were selected may be of the pool.
    worst = [small, small, large, ((60, 60), (0, 0))]
    for at_most, code in ((0.4, "limit.passed_census"), (0.2, "counts.hidden_pass")):
        assert found(worst, {"at_most": at_most, "pool_under": 100}, census=True, unknown=True).reason.code == code


def told(whole: RangedTable, *names: str) -> RangedTable:
    """Return the table that has only these columns of an exact one."""
    columns, groups = [PARTS[name] for name in names], len(whole.low)
    low, high, published = (np.zeros_like(whole.low), np.full_like(whole.high, UNBOUNDED), np.zeros_like(whole.low))
    high[:, 0] = 0
    low[:, columns] = high[:, columns] = published[:, columns] = whole.low[:, columns]
    return RangedTable.narrowed(whole.axes, low, high, published, np.ones(groups, dtype=bool), columns, None)


@pytest.mark.parametrize("census", [True, False])
@pytest.mark.parametrize("name", ["selected", "not_selected"])
def test_events_without_cases_and_cases_without_events_are_no_rate(census: bool, name: str) -> None:
    half = told(table([((100, 100), (900, 900))] * 2), name)
    answer = judge_counts([half], chosen({"at_most": 0.9}), census=census).findings[0]
    assert (answer.status, answer.reason.code) == ("NOT_SHOWN", "counts.metric")


def test_pools_need_the_size_of_groups() -> None:
    """Of whom selected and not selected are known the size is; of whom true and missed cases are known it is not."""
    cases = told(as_ranges(counted({"a": (0, 0, 900, 100), "b": (0, 0, 900, 100)})), "tp", "fn")
    limit = {"metric": "true_positive_rate", "at_most": 0.1}
    for census in (True, False):
        assert judge_counts([cases], chosen(limit), census=census).findings[0].status == "PASSED"
        pooled = judge_counts([cases], chosen(limit | {"pool_under": 100}), census=census).findings[0]
        assert (pooled.status, pooled.reason.code) == ("NOT_SHOWN", "counts.metric")
        rung = {"ladder": [{"id": "pooled", "question": "groups", "at_most": 0.1, "pool_under": 100}], "needs": LADDER["needs"]}
        climbed = judge_counts([cases], chosen(limit | rung), census=census).findings
        assert [f.reason.code for f in climbed] == ["counts.metric"] * 2


def test_exact_counts_are_judged_as_counts_with_what_a_rung_would_have_seen() -> None:
    """As far as the rate goes: how many there are beside its cases is not known, and does not matter."""
    large, mild = (0, 0, 1500, 500), (0, 0, 235, 55)
    cells = {"a": large, "b": large, "c": (0, 0, 100, 100), "d": mild, "e": mild}
    whole = as_ranges(counted(cells))
    cases = told(whole, "tp", "fn")
    rung = {"ladder": [{"id": "rest", "question": "rest", "at_most": 0.6}], "needs": LADDER["needs"]}
    limit = {"metric": "true_positive_rate", "at_most": 0.6} | rung
    assert judge_counts([cases], chosen(limit), census=False) == judge(counted(cells), chosen(limit))
    assert judge(counted(cells), chosen(limit)).findings[0].sees is not None
    # With all four cells groups are pooled as of counts, and what vanished in a pool is told as of counts.
    pooled = chosen({"metric": "true_positive_rate", "at_most": 0.12, "pool_under": 300})
    assert judge_counts([whole], pooled, census=False) == judge(counted(cells), pooled)
    assert judge(counted(cells), pooled).findings[0].reason.code == "limit.pooled"


def test_the_size_of_a_group_is_all_its_people_and_not_the_cases_of_a_rate() -> None:
    """With 60 cases among 1000 people a group is no small one, also where only cases and people are published."""
    cells = {"a": (1000, 900, 50, 50), "b": (1000, 900, 50, 50), "c": (500, 440, 30, 30)}
    whole = as_ranges(counted(cells))
    answer = judge_counts(
        [told(whole, "tp", "fn", "total")],
        chosen({"metric": "true_positive_rate", "at_most": 0.4, "pool_under": 100}),
        census=False,
    )
    (finding,) = answer.findings
    assert (finding.status, finding.comparisons) == ("PASSED", 3)
    assert finding.decisive is not None
    assert "pool" not in {finding.decisive.group_kind, finding.decisive.other_kind}


def test_a_census_fails_where_every_allotment_does_and_the_worst_pair_is_named() -> None:
    groups = [((100, 102), (900, 902)), ((300, 302), (700, 702)), ((500, 502), (500, 502))]
    worst = found(groups, {"at_most": 0.1}, census=True)
    assert (worst.status, worst.reason.code, worst.reason.values["outside"]) == ("FAILED", "limit.failed_census", 3)
    assert worst.decisive is not None
    assert (worst.decisive.group, worst.decisive.other) == ("g2", "g0")
    # The ends over the ranges stand where bounds of chance do: 500/1002 and 502/1002, less 102/1002 and 100/1002.
    low, high = float(worst.decisive.low or 0), float(worst.decisive.high or 0)
    assert (low, high) == (pytest.approx(500 / 1002 - 102 / 1002), pytest.approx(502 / 1002 - 100 / 1002))
    assert (worst.remedy.code, worst.comparisons) == ("remedy.change", 3)
    ratio = found(groups, {"measure": "ratio", "at_least": 0.8}, census=True)
    assert (ratio.status, ratio.reason.values["outside"]) == ("FAILED", 3)
    assert ratio.decisive is not None
    assert (ratio.decisive.group, ratio.decisive.other) == ("g0", "g2")


def test_where_no_pair_is_defined_none_is_named() -> None:
    """Of one group nobody needed help, so that nobody can tell how many of them were found."""
    cases = as_ranges(counted({"a": (10, 5, 0, 0), "b": (10, 5, 3, 2)}))
    answer = judge_counts([cases], chosen({"metric": "true_positive_rate", "at_most": 0.1}), census=True).findings[0]
    assert (answer.status, answer.reason.code, answer.remedy.code) == ("NOT_SHOWN", "limit.undefined", "remedy.cases_undefined")
    assert (answer.undefined, answer.comparisons, answer.decisive) == (1, 1, None)


def test_a_policy_that_decides_on_estimates_says_so_of_ranges() -> None:
    fair, off = ((100, 102), (900, 902)), ((300, 302), (700, 702))
    for second, code in (
        (fair, "limit.passed_point"),
        (off, "limit.failed_point"),
        (((190, 210), (790, 810)), "counts.hidden"),
    ):
        rules = chosen({"at_most": 0.1}, decide_on="point")
        answer = judge_counts([table([fair, second])], rules, census=False).findings[0]
        assert answer.reason.code.startswith(code)


def test_of_ratios_the_least_that_the_ranges_allow_decides_over_passing_and_the_most_over_failing() -> None:
    limit = {"measure": "ratio", "at_least": 0.8}
    first = ((98, 102), (898, 902))
    for second, status in (
        (((99, 101), (899, 901)), "PASSED"), (((75, 125), (875, 925)), "NOT_SHOWN"),
        (((60, 70), (930, 940)), "FAILED"), (((60, 90), (910, 940)), "NOT_SHOWN"),
    ):  # fmt: skip
        answer = found([first, second], limit, census=True)
        assert answer.status == status
        if status == "PASSED":
            assert answer.decisive is not None
            assert float(answer.decisive.low or 1) < float(answer.decisive.value or 1) < float(answer.decisive.high or 0)


def test_against_everybody_the_limit_is_that_of_the_share_which_makes_it_strictest() -> None:
    """The first group is a quarter to two sevenths of everybody: of a quarter, 0.15 is 0.2 against the others."""
    groups = [((4, 4), (6, 6)), ((5, 10), (20, 20))]
    for bound, status in ((0.15, "NOT_SHOWN"), (0.151, "PASSED")):
        assert found(groups, {"at_most": bound, "between": "overall"}, census=True).status == status


def test_how_many_pairs_lie_inside_whatever_was_rounded_is_said() -> None:
    fair, wide = ((100, 102), (900, 902)), ((180, 200), (800, 820))
    for census in (True, False):
        answer = found([fair, fair, wide], {"at_most": 0.1 if census else 0.12}, census=census)
        assert answer.reason.code == "counts.hidden_pass"
        assert answer.reason.values == {"inside": 1, "comparisons": 3}


def test_a_group_that_may_be_everybody_is_not_shown_against_everybody() -> None:
    for boxes in ([((5, 5), (5, 5)), ((0, 3), (0, 3))], [((0, 0), (5, 5)), ((0, 3), (0, 3))]):
        for limit in ({"measure": "ratio", "at_least": 0.8}, {"at_most": 0.9}):
            assert found(boxes, limit | {"between": "overall"}, census=True).status == "NOT_SHOWN"
