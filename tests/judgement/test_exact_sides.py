"""Where chance plays no part each comparison lies under, on or over its limit: as fractions say, to the last row."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from smartstart_gov.judgement.published_counts import Bounded, compare_ranges, side
from smartstart_gov.judgement.question import questions
from smartstart_gov.statistics.contrasts import REST
from tests.judgement.test_ranged import Box, chosen, found, table

#: Selected and people of each group.
TABLES = (
    ((6, 20), (14, 80)), ((14, 80), (6, 20)), ((2, 2), (1, 8)), ((4, 5), (1, 5)), ((0, 4), (3, 6)), ((3, 4), (3, 16)),
    ((5, 8), (3, 8), (2, 4)), ((1, 4), (2, 4), (9, 12)), ((10, 10), (10, 10)), ((1, 1), (1, 9)), ((8, 8), (0, 2)),
)  # fmt: skip


def boxes(groups: tuple[tuple[int, int], ...]) -> list[Box]:
    return [((x, x), (n - x, n - x)) for x, n in groups]


def two_rates(groups: tuple[tuple[int, int], ...], first: int, second: int, between: str) -> tuple[Fraction, Fraction]:
    """Return the two rates that are compared."""

    def rate(position: int, against: int) -> Fraction:
        if position != REST:
            return Fraction(*groups[position])
        held = [one for i, one in enumerate(groups) if between == "overall" or i != against]
        return Fraction(sum(x for x, _ in held), sum(n for _, n in held))

    return rate(first, second), rate(second, first)


def exact(number: Fraction) -> bool:
    """Whether it is a decimal of a few digits, which a policy can say."""
    return number == Fraction(str(float(number))) and len(str(float(number))) < 8


@pytest.mark.parametrize("groups", TABLES, ids=str)
@pytest.mark.parametrize("between", ["groups", "rest", "overall"])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_each_comparison_lies_where_fractions_say(groups: tuple[tuple[int, int], ...], between: str, measure: str) -> None:
    key, usual = ("at_most", 0.1) if measure == "difference" else ("at_least", 0.8)

    def sides(bound: float) -> list[tuple[int, int, int]]:
        limit: dict[str, Any] = {"measure": measure, "between": between, "harm": "both", key: bound}
        compared = compare_ranges(table(boxes(groups)), questions(chosen(limit).limits[0])[0], chance=False)
        assert isinstance(compared.low, Bounded)
        assert isinstance(compared.high, Bounded)
        low, high = side(compared.low, bound).tolist(), side(compared.high, bound).tolist()
        assert low == high, "the counts are exact"
        return list(zip(compared.plain.group.tolist(), compared.plain.other.tolist(), low, strict=True))

    tried = 0
    for first, second, _ in sides(usual):
        one, other = two_rates(groups, first, second, between)
        if measure == "ratio" and other == 0:
            continue
        on = one - other if measure == "difference" else one / other
        for bound in (on, on - Fraction(1, 1000), on + Fraction(1, 1000), Fraction(str(usual))):
            if not 0 < bound < 1 or not exact(bound):
                continue
            expected = (on > bound) - (on < bound)
            assert (first, second, expected) in sides(float(bound)), (first, second, bound)
            tried += 1
    assert tried


@pytest.mark.parametrize("events", [1, 2])
def test_nobody_of_one_group_and_one_of_another_is_a_breach_of_a_ratio(events: int) -> None:
    answer = found(boxes(((0, 10), (events, 10))), {"measure": "ratio", "at_least": 0.8}, census=True)
    assert (answer.status, answer.reason.code) == ("FAILED", "limit.failed_census")
