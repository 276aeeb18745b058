"""The ends of ranges: what groups, rests and shares can come to at least and at most, against every allotment."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smartstart_gov.counting.ranges import PARTS
from smartstart_gov.judgement import published_counts as bounds
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.enumeration import OUT_OF_ORDER
from smartstart_gov.judgement.published_counts import Bounded, _Corners, _Part, compare_ranges
from smartstart_gov.judgement.question import Question, questions
from smartstart_gov.statistics.contrasts import REST, Contrasts, Measure
from smartstart_gov.statistics.intervals import difference_score, ratio_score
from smartstart_gov.statistics.rates import rate
from tests.judgement.test_ranged import Box, chosen, table
from tests.strategies import counted

EVENTS, OTHERS = PARTS["selected"], PARTS["not_selected"]
SCORES = {"difference": difference_score, "ratio": ratio_score}
#: Three groups each, or two and the rows of unknown group.
RANGES: tuple[tuple[Box, ...], ...] = (
    (((2, 4), (3, 3)), ((0, 1), (5, 6)), ((1, 1), (0, 2))),
    (((0, 0), (0, 1)), ((3, 3), (7, 9)), ((0, 2), (1, 1))),
    (((0, 0), (0, 0)), ((2, 3), (4, 4)), ((1, 2), (2, 3))),
    # Where a rate is 0 or 1, more cases only make that surer: the worst is not where the rates are furthest apart.
    (((2, 4), (0, 0)), ((3, 3), (0, 0)), ((0, 0), (2, 5))),
    (((2, 4), (0, 1)), ((3, 4), (0, 1)), ((0, 1), (2, 3))),
    (((1, 1), (1, 1)), ((0, 0), (0, 0)), ((0, 0), (0, 0))),
)


def asked(**limit: Any) -> Question:
    return questions(
        chosen({"at_most": 0.2} | limit if limit.get("measure") != "ratio" else {"at_least": 0.6} | limit).limits[0]
    )[0]


def each(ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(least, most + 1) for least, most in ranges))


# ------------------------------------------------------------------------------------------------- groups and rests
@pytest.mark.parametrize("whole", [None, (6, 6), (4, 5), (3, 8)])
@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("ranges", [[(2, 4), (0, 1), (1, 3)], [(0, 3), (0, 3), (0, 3), (2, 3)]])
def test_a_group_and_its_rest_are_as_small_and_as_large_as_some_allotment_makes_them(
    ranges: list[tuple[int, int]], unknown: bool, whole: tuple[int, int] | None
) -> None:
    boxes: list[Box] = [(one, (5, 5)) for one in ranges]
    made = table(boxes, unknown=unknown, everybody=None if whole is None else {"selected": whole})
    levels = np.arange(len(ranges)) < len(ranges) - unknown
    part = _Part(made, EVENTS, levels, ~levels, made.everybody)
    every = [one for one in each(ranges) if whole is None or whole[0] <= sum(one) <= whole[1]]
    assert part.unknown == (max(one[-1] for one in every) if unknown else 0)
    for g in np.flatnonzero(levels).tolist():
        own, rest = [one[g] for one in every], [sum(one[i] for i in np.flatnonzero(levels) if i != g) for one in every]
        for most, end in ((False, min), (True, max)):
            assert part.at(np.array([g]), np.array([REST]), most=most).tolist() == [end(own)]
            assert part.at(np.array([REST]), np.array([g]), most=most).tolist() == [end(rest)]


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("boxes", RANGES)
def test_shares_and_emptiness_are_those_of_some_allotment(boxes: Sequence[Box], unknown: bool) -> None:
    question = asked(between="overall")
    compared = compare_ranges(table(boxes, unknown=unknown), question)
    corners = _Corners(table(boxes, unknown=unknown), rate("selection_rate"), compared.block, compared.plain)
    levels = range(2 if unknown else 3)
    least, most = corners._shares()
    possible, certain = corners.possibly_empty, corners.always_empty
    for i, (group, other) in enumerate(zip(compared.plain.group.tolist(), compared.plain.other.tolist(), strict=True)):
        g = other if group == REST else group
        shares, empty, never = [], [], []
        for one in each([ends for box in boxes for ends in box]):
            sizes = [one[2 * j] + one[2 * j + 1] for j in range(3)]
            lost = sizes[2] if unknown else 0
            others = sum(sizes[j] for j in levels if j != g)
            # All rows of unknown group may be of the group, or none of them.
            shares += [own / (others + lost + sizes[g]) for own in (sizes[g], sizes[g] + lost) if others + lost + sizes[g]]
            empty.append(sizes[g] == 0 or others == 0)
            # What a group without a case could be given makes it no group; the rest has had the unknown rows from the start.
            never.append(sizes[g] == 0 or others + lost == 0)
        assert (possible[i], certain[i]) == (any(empty), all(never))
        assert (least[i], most[i]) == (pytest.approx(min(shares)), pytest.approx(max(shares)))


# -------------------------------------------------------------------------------------------------- the worst of a box
def allotted(pairs: Contrasts, boxes: Sequence[Box], *, unknown: bool) -> Iterator[Any]:
    """Return every allotment of each comparison, those of unknown rows to either side or to neither included."""
    levels = range(len(boxes) - unknown)
    lost: Box = boxes[-1] if unknown else ((0, 0), (0, 0))
    for group, other in zip(pairs.group.tolist(), pairs.other.tolist(), strict=True):
        sides = []
        for position, against in ((group, other), (other, group)):
            mine = [position] if position != REST else [j for j in levels if j != against]
            sides.append([(sum(boxes[j][k][0] for j in mine), sum(boxes[j][k][1] for j in mine) + lost[k][1]) for k in (0, 1)])
        yield np.array(list(each([*sides[0], *sides[1]])), dtype=np.float64).T


def scores(pairs: Contrasts, boxes: Sequence[Box], question: Question, unknown: bool) -> list[list[float]]:
    """Return the score of each comparison at every allotment that has cases on both sides."""
    make, found = SCORES[question.measure], []
    for x1, y1, x2, y2 in allotted(pairs, boxes, unknown=unknown):
        with np.errstate(divide="ignore", invalid="ignore"):
            z = make(x1, x1 + y1, x2, x2 + y2, question.bound)
        found.append(z[(x1 + y1 > 0) & (x2 + y2 > 0)].tolist())
    return found


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("between", ["groups", "rest"])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize("boxes", RANGES[:5])
def test_what_speaks_for_passing_and_for_failing_is_the_least_over_every_allotment(
    boxes: Sequence[Box], measure: str, between: str, unknown: bool
) -> None:
    question = asked(measure=measure, between=between)
    compared = compare_ranges(table(boxes, unknown=unknown), question)
    sign = -1.0 if measure == "difference" else 1.0
    assert isinstance(compared.low, Bounded)
    assert isinstance(compared.high, Bounded)
    assert (compared.low.strict, compared.high.strict) == (measure == "ratio", measure == "difference")
    for i, z in enumerate(scores(compared.plain, boxes, question, unknown)):
        if np.isnan(compared.inside[i]):
            assert not compared.outside[i] > -np.inf, "neither inside nor outside"
            continue
        assert compared.inside[i] == pytest.approx(min(sign * one for one in z))
        assert compared.outside[i] == pytest.approx(min(-sign * one for one in z))


@pytest.mark.parametrize("boxes", RANGES)
def test_where_a_group_may_have_no_case_it_is_neither_inside_nor_outside(boxes: Sequence[Box]) -> None:
    for between in ("groups", "rest", "overall"):
        compared = compare_ranges(table(boxes), asked(between=between))
        corners = _Corners(table(boxes), rate("selection_rate"), compared.block, compared.plain)
        assert np.isnan(compared.inside).tolist() == corners.possibly_empty.tolist()
        assert np.isnan(compared.outside).tolist() == corners.always_empty.tolist()
        only = corners.possibly_empty & ~corners.always_empty
        assert np.isneginf(compared.outside[only]).all()
        if between != "overall":
            # But for how far off it could be, any allotment in which it has one counts.
            for end in (compared.low, compared.high):
                assert np.isnan(end.score(0.2)).tolist() == corners.always_empty.tolist()


def test_ranges_are_compared_two_by_two() -> None:
    with pytest.raises(ValueError, match="no comparison of two groups"):
        compare_ranges(table(RANGES[0]), replace(asked(), measure="spread"))


# ------------------------------------------------------------------------------------------------ shares of everybody
def against_everybody(measure: Measure, least: float, most: float, *, whole_first: bool, strict: bool = True) -> Bounded:
    """Return two comparisons of 300 in 1 000 with 200 in 1 000, and with none in 1 000: group first, or everybody first."""
    x, own, rest = np.array([300.0, 300.0]), np.array([0, 1]), np.full(2, REST)
    counts = {"x1": x, "n1": x * 0 + 1000, "x2": np.array([200.0, 0.0]), "n2": x * 0 + 1000}
    sides = {"group": rest, "other": own} if whole_first else {"group": own, "other": rest}
    return Bounded(
        measure=measure, between="overall", **sides, **counts, least=x * 0 + least, most=x * 0 + most, strict=strict,
        box=np.zeros((2, 4, 2)),
    )  # fmt: skip


@pytest.mark.parametrize("whole_first", [False, True])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("measure", "bound"), [("difference", 0.06), ("ratio", 0.8)])
@pytest.mark.parametrize("shares", [(0.1, 0.1), (0.1, 0.4)])
def test_what_lies_at_its_limit_is_as_far_from_everybody_as_the_bound(
    measure: Measure, bound: float, shares: tuple[float, float], strict: bool, whole_first: bool
) -> None:
    """Whichever of the shares is left open: for passing that which leaves the least room, for failing the most."""
    pairs = against_everybody(measure, *shares, whole_first=whole_first, strict=strict)
    limit = pairs.limit(bound)
    first = limit + 0.2 if measure == "difference" else limit * 0.2
    at = replace(pairs, x1=first * 1000, x2=np.full(2, 200.0))
    assert at.value() == pytest.approx([bound] * 2)
    assert at.score(bound) == pytest.approx([0.0] * 2, abs=1e-9)
    room = sorted(float(replace(pairs, least=pairs.least * 0 + s, most=pairs.most * 0 + s).limit(bound)[0]) for s in shares)
    narrow, wide = (room[0], room[1]) if measure == "difference" else (room[1], room[0])
    assert limit == pytest.approx([narrow if strict else wide] * 2)


@pytest.mark.parametrize("whole_first", [False, True])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_bounds_against_everybody_are_the_widest_of_both_shares(measure: Measure, whole_first: bool) -> None:
    open_ = against_everybody(measure, 0.1, 0.4, whole_first=whole_first)
    ends = []
    for share in (0.1, 0.4):
        plain = Contrasts(
            measure=measure, between="overall", group=open_.group, other=open_.other, x1=open_.x1, n1=open_.n1, x2=open_.x2,
            n2=open_.n2, share=open_.x1 * 0 + share,
        )  # fmt: skip
        sure = against_everybody(measure, share, share, whole_first=whole_first)
        assert sure.value() == pytest.approx(plain.value())
        assert np.array(sure.interval(0.9)) == pytest.approx(np.array(plain.interval(0.9)))
        ends.append(plain.interval(0.9))
    low, high = open_.interval(0.9)
    assert low == pytest.approx(np.minimum(ends[0][0], ends[1][0]))
    assert high == pytest.approx(np.maximum(ends[0][1], ends[1][1]))
    assert (low < high).all()


def test_a_limit_against_everybody_is_no_larger_than_a_difference_can_be_and_no_ratio_is_under_0() -> None:
    assert against_everybody("difference", 0.9, 0.9, whole_first=False).limit(0.5).tolist() == [1.0, 1.0]
    assert against_everybody("ratio", 0.9, 0.9, whole_first=True).limit(0.8).tolist() == [0.0, 0.0]


REFERENCE = {"between": "reference", "reference": "g1"}


@pytest.mark.parametrize("harm", ["both", "higher", "lower"])
@pytest.mark.parametrize("limit", [{"between": "groups"}, {"between": "rest"}, {"between": "overall"}, REFERENCE], ids=str)
@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_ranges_without_width_are_the_plain_comparisons(measure: str, limit: dict[str, Any], harm: str) -> None:
    # Of every two groups one is the higher, so that there both directions count.
    question = asked(measure=measure, harm="both" if limit["between"] == "groups" else harm, **limit)
    compared = compare_ranges(table([((3, 3), (9, 9)), ((5, 5), (6, 6)), ((2, 2), (20, 20))]), question)
    plain = Comparisons.compare(counted({"g0": (9, 3, 0, 0), "g1": (6, 5, 0, 0), "g2": (20, 2, 0, 0)}), question)
    assert plain is not None
    assert compared.plain.group.tolist() == plain.plain.group.tolist()
    assert compared.plain.other.tolist() == plain.plain.other.tolist()
    for name in ("inside", "outside", "inside_if_known", "outside_if_known"):
        assert getattr(compared, name) == pytest.approx(getattr(plain, name), abs=1e-6)
    for at in (compared.low, compared.high):
        assert at.value() == pytest.approx(plain.plain.value())
        assert np.array(at.interval(0.9)) == pytest.approx(np.array(plain.plain.interval(0.9)))


def test_the_reference_of_a_limit_is_none_of_a_rung_that_compares_with_the_rest() -> None:
    question = replace(asked(harm="higher", **REFERENCE), between="rest")
    compared = compare_ranges(table([((3, 3), (9, 9)), ((5, 5), (6, 6)), ((2, 2), (20, 20))]), question)
    assert (compared.plain.group.tolist(), compared.plain.other.tolist()) == ([0, 1, 2], [REST] * 3)


@pytest.mark.parametrize("between", ["groups", "rest"])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize("boxes", RANGES[:5])
def test_without_chance_low_and_high_are_the_rates_that_are_furthest_apart(
    boxes: Sequence[Box], measure: str, between: str
) -> None:
    question = asked(measure=measure, between=between)
    compared = compare_ranges(table(boxes), question, chance=False)
    for end, corner in ((compared.low, (0, 1, 1, 0)), (compared.high, (1, 0, 0, 1))):
        assert isinstance(end, Bounded)
        counts = (end.x1, end.n1 - end.x1, end.x2, end.n2 - end.x2)
        assert [count.tolist() for count in counts] == [end.box[side, k].tolist() for k, side in enumerate(corner)]
    of = allotted(compared.plain, boxes, unknown=False)
    for i, (x1, y1, x2, y2) in enumerate(of):
        some = (x1 + y1 > 0) & (x2 + y2 > 0)
        if not some.all() or (measure == "ratio" and (x2 == 0).any()):
            continue
        p1, p2 = x1 / (x1 + y1), x2 / (x2 + y2)
        values = p1 - p2 if measure == "difference" else p1 / p2
        assert (compared.low.value()[i], compared.high.value()[i]) == (pytest.approx(values.min()), pytest.approx(values.max()))


# -------------------------------------------------------------------------------------------- small samples, enumerated
LEVEL = 0.05


def enumerated(
    monkeypatch: pytest.MonkeyPatch, boxes: Sequence[Box], chances: Callable[[int], float], *, plain: bool = False
) -> tuple[float, list[tuple[int, ...]], list[list[float]]]:
    """Return the probability of the first comparison, the allotments that were enumerated, and the box they lie in.

    The chance of the allotment that is asked as the so manyth is made up.
    """
    compared, tried = compare_ranges(table(boxes), asked()), []

    def tail(pairs: Contrasts, i: int, bound: float, *, larger: bool, level: float) -> float:
        assert (bound, larger, level) == (0.2, False, LEVEL)
        tried.append(tuple(int(n[i]) for n in (pairs.x1, pairs.n1 - pairs.x1, pairs.x2, pairs.n2 - pairs.x2)))
        return chances(len(tried) - 1)

    monkeypatch.setattr(bounds, "tail", tail)
    high = compared.high
    assert isinstance(high, Bounded)
    pairs = compared.plain if plain else high
    return compared._tail(pairs, 0, larger=False, level=LEVEL, known=False), tried, high.box[:, :, 0].T.tolist()


def test_where_the_worst_corner_is_not_clear_every_allotment_of_a_small_box_is_enumerated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doubtful = LEVEL / OUT_OF_ORDER + 1e-6
    found, tried, box = enumerated(monkeypatch, RANGES[0], lambda n: [doubtful, 0.001, LEVEL, *[0.0] * 99][n])
    assert sorted(tried[1:]) == sorted(each([(int(low), int(high)) for low, high in box]))
    assert len(tried) == 1 + 3 * 1 * 2 * 2
    assert found == LEVEL


@pytest.mark.parametrize(
    ("boxes", "first"), [(RANGES[0], LEVEL + 1e-9), (RANGES[0], LEVEL / OUT_OF_ORDER), ((((2, 2), (3, 3)), ((1, 1), (5, 5))), LEVEL)]
)  # fmt: skip
def test_what_is_clear_or_exact_is_enumerated_once(boxes: Sequence[Box], first: float, monkeypatch: pytest.MonkeyPatch) -> None:
    found, tried, _ = enumerated(monkeypatch, boxes, lambda _: first)
    assert (found, len(tried)) == (first, 1)


def test_counts_without_ranges_are_enumerated_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert enumerated(monkeypatch, RANGES[0], lambda _: LEVEL, plain=True)[:2] == (LEVEL, [(3, 3, 0, 5)])


def test_the_first_allotment_beyond_the_level_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    found, tried, _ = enumerated(monkeypatch, RANGES[0], lambda n: 0.9 if n == 4 else LEVEL)
    assert (found, len(tried)) == (0.9, 5)


@pytest.mark.parametrize(
    ("boxes", "steps"),
    [
        # 625 allotments, each of them; 750 and 626, at the least, the most and the count in the middle.
        ((((0, 4), (3, 7)), ((0, 4), (2, 6))), [range(5), range(3, 8), range(5), range(2, 7)]),
        ((((0, 5), (3, 7)), ((0, 4), (2, 6))), [(0, 2, 5), (3, 5, 7), (0, 2, 4), (2, 4, 6)]),
        ((((0, 312), (3, 4)), ((1, 1), (5, 5))), [(0, 156, 312), (3, 4), (1,), (5,)]),
    ],
)
def test_a_large_box_is_enumerated_at_its_ends_and_middles(
    boxes: Sequence[Box], steps: list[Sequence[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tried, _ = enumerated(monkeypatch, boxes, lambda _: LEVEL)
    assert sorted(tried[1:]) == sorted(itertools.product(*steps))
