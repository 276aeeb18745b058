"""Small groups that are compared as one are a pool, and no declared group is, whatever it is called and wherever it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.judgement.judge import judge
from smartstart_gov.judgement.published_counts import judge_counts
from tests.judgement.test_comparing import PAIR, compared, question, tally
from tests.judgement.test_ranged import Box, chosen, table
from tests.strategies import counted, policy

RUNGS = {"ladder": [{"id": "first", "question": "rest", "at_most": 0.1, "pool_under": 50}], "between": "rest",
         "needs": dict.fromkeys(("shadow", "trial", "release"), "first")}  # fmt: skip


def firsts(rows: Tally, *names: str) -> list[tuple[str, str]]:
    """Return the groups that are compared, of which the declared ones are called `names`."""
    axis = rows.axes[0]
    levels = (*names, "unknown") if axis.unknown else names
    found = Comparisons.compare(replace(rows, axes=(replace(axis, levels=levels),)), question(**RUNGS))
    assert found is not None
    sides = [found.pair(i)[0] for i in range(len(found.plain.group))]
    return [side for side in dict.fromkeys(sides) if side != ("rest", "rest")]


@pytest.mark.parametrize("unknown", [None, (2, 1)])
def test_a_declared_group_is_no_pool_under_any_name(unknown: tuple[int, int] | None) -> None:
    several = tally(*PAIR, (3, 4), (5, 6), unknown=unknown)
    assert firsts(several, "a", "b", "c", "d") == [("a", "level"), ("b", "level"), ("*", "pool")]
    assert firsts(several, "a", "*", "c", "d") == [("a", "level"), ("*", "level"), ("*", "pool")]
    assert firsts(several, "a", "b", "c", "*") == [("a", "level"), ("b", "level"), ("*", "pool")]
    large = tally(*PAIR, (25, 75), unknown=unknown)
    assert firsts(large, "a", "b", "*") == [("a", "level"), ("b", "level"), ("*", "level")], "none is small enough"


@pytest.mark.parametrize("unknown", [None, (2, 1)])
def test_the_pool_holds_the_cases_of_all_in_it(unknown: tuple[int, int] | None) -> None:
    found = compared(*PAIR, (3, 4), (5, 6), unknown=unknown, **RUNGS)
    told = next(found.comparison(i, 0.05) for i in range(len(found.plain.group)) if found.pair(i)[0] == ("*", "pool"))
    assert (told.group, told.group_kind, told.other_kind, told.group_denominator) == ("*", "pool", "rest", 18)


def test_areas_are_areas_and_small_ones_together_a_pool() -> None:
    small = replace(compared(*PAIR, (3, 4), (5, 6), **RUNGS).question, step="district")
    found = replace(compared(*PAIR, (3, 4), (5, 6), **RUNGS), question=small)
    assert [found.side(i) for i in range(3)] == [("g0", "area"), ("g1", "area"), ("*", "pool")]


@pytest.mark.parametrize("census", [True, False])
@pytest.mark.parametrize("star", [0, 1, 2])
def test_in_published_counts_too(star: int, census: bool) -> None:
    """The last two are compared as one; 1200 of 2000 is far above all others, whoever is called so."""
    boxes: list[Box] = [((x, x + 1), (n - x, n - x)) for x, n in ((500, 2000), (1200, 2000), (40, 160), (40, 160))]
    rows = table(boxes)
    names = tuple("*" if i == star else f"g{i}" for i in range(4))
    rows = replace(rows, axes=(Axis(name="axis0", levels=names),))
    found = judge_counts([rows], chosen({"at_most": 0.1, "between": "groups", "pool_under": 300}), census=census).findings[0]
    assert (found.status, found.comparisons) == ("FAILED", 3)
    assert found.decisive is not None
    sides = {(found.decisive.group, found.decisive.group_kind), (found.decisive.other, found.decisive.other_kind)}
    assert (names[1], "level") in sides
    assert sides - {(names[1], "level")} in ({(names[0], "level")}, {("*", "pool")})


def spread(levels: tuple[str, ...], cells: list[tuple[int, int, int, int]], *, under: int) -> Finding:
    limit = {"between": "groups",
             "ladder": [{"id": "even", "question": "spread", "at_most": 0.02, "pool_under": under}],
             "needs": dict.fromkeys(("shadow", "trial", "release"), "even")}  # fmt: skip
    return judge(counted(dict(zip(levels, cells, strict=True))), policy(limit=limit)).findings[0]


def test_of_a_spread_too_it_is_the_pool_that_stands_out() -> None:
    even, out = (750, 250, 0, 0), (10, 50, 0, 0)
    found = spread(("a", "b", "c", "d", "*"), [even, even, even, out, out], under=100)
    assert found.decisive is not None
    assert (found.decisive.group, found.decisive.group_kind, found.decisive.group_denominator) == ("*", "pool", 120)
    found = spread(("a", "b", "c", "d", "*"), [even, even, even, even, out], under=2)
    assert found.decisive is not None
    assert (found.decisive.group, found.decisive.group_kind, found.decisive.group_denominator) == ("*", "level", 60)
