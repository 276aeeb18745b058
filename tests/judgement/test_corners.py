"""The ends of ranges: what groups, rests and shares can come to at least and at most, against every allotment."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from smartstart_gov.counting.ranges import PARTS
from smartstart_gov.judgement.bounds import Bounded, _Corners, _Part, compare_ranges
from smartstart_gov.judgement.question import Question, questions
from smartstart_gov.statistics.contrasts import REST, Contrasts
from smartstart_gov.statistics.intervals import difference_score, ratio_score
from smartstart_gov.statistics.rates import rate
from tests.judgement.test_ranged import Box, chosen, table

EVENTS, OTHERS = PARTS["selected"], PARTS["not_selected"]
SCORES = {"difference": difference_score, "ratio": ratio_score}
#: Three groups each, or two and the rows of unknown group.
RANGES: tuple[tuple[Box, ...], ...] = (
    (((2, 4), (3, 3)), ((0, 1), (5, 6)), ((1, 1), (0, 2))),
    (((0, 0), (0, 1)), ((3, 3), (7, 9)), ((0, 2), (1, 1))),
    (((0, 0), (0, 0)), ((2, 3), (4, 4)), ((1, 2), (2, 3))),
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
def test_a_group_and_its_rest_are_as_small_and_as_large_as_some_allotment_makes_them(
    unknown: bool, whole: tuple[int, int] | None
) -> None:
    ranges = [(2, 4), (0, 1), (1, 3)]
    boxes: list[Box] = [(one, (5, 5)) for one in ranges]
    made = table(boxes, unknown=unknown, everybody=None if whole is None else {"selected": whole})
    levels = np.array([True, True, not unknown])
    part = _Part(made, EVENTS, levels, ~levels, made.everybody)
    every = [one for one in each(ranges) if whole is None or whole[0] <= sum(one) <= whole[1]]
    assert part.unknown == (max(one[2] for one in every) if unknown else 0)
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
def scores(pairs: Contrasts, boxes: Sequence[Box], question: Question, unknown: bool) -> list[list[float]]:
    """Return the score of each comparison at every allotment, those of unknown rows to either side or to neither included."""
    make, found = SCORES[question.measure], []
    levels = range(len(boxes) - unknown)
    lost: Box = boxes[-1] if unknown else ((0, 0), (0, 0))
    for group, other in zip(pairs.group.tolist(), pairs.other.tolist(), strict=True):
        sides = []
        for position, against in ((group, other), (other, group)):
            mine = [position] if position != REST else [j for j in levels if j != against]
            sides.append([(sum(boxes[j][k][0] for j in mine), sum(boxes[j][k][1] for j in mine) + lost[k][1]) for k in (0, 1)])
        counts = np.array(list(each([*sides[0], *sides[1]])), dtype=np.float64).T
        x1, y1, x2, y2 = counts
        with np.errstate(divide="ignore", invalid="ignore"):
            z = make(x1, x1 + y1, x2, x2 + y2, question.bound)
        found.append(z[(x1 + y1 > 0) & (x2 + y2 > 0)].tolist())
    return found


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("between", ["groups", "rest"])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize("boxes", RANGES[:3])
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
