"""Ranges of household pairs: what is printed of each, against arithmetic in plain words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pytest

from smartstart_gov.counting.count import count
from smartstart_gov.counting.disclosure import at_worst, printable
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.counting.printed import Clusters, PrintedRow
from smartstart_gov.counting.tally import Tally

K = 10
AREAS = ("a", "b", "c", "d")


#: Of c and d some cells are too few: they are a pool, in an area of their own.
CELLS = ((90, 60, 50, 40), (70, 50, 40, 30), (60, 30, 30, 7), (20, 12, 5, 8))


def register(seed: int, size: float) -> Predictions:
    """Return people in households of about `size`, some of which are in several areas."""
    rng = np.random.default_rng(seed)
    at = rng.permutation(np.repeat(np.arange(16), np.array(CELLS).reshape(-1)))
    codes, cell, people = at // 4, at % 4, len(at)
    area = GroupCodes(name="area", levels=AREAS, codes=codes, steps=(("city", ("x", "x", "y", "y")),))
    return Predictions(
        y_true=(cell // 2).astype(np.int8), y_pred=(cell % 2).astype(np.int8), groups={"area": area},
        unit=rng.integers(0, max(int(people / size), 1), people),
    )  # fmt: skip


def by_household(rows: Predictions, areas: list[int]) -> list[list[int]]:
    """Return how many of each of the four cells each household has; areas are counted apart from each other."""
    assert rows.unit is not None
    found: dict[tuple[int, int], list[int]] = {}
    codes = rows.groups["area"].codes
    for unit, area, truth, decision in zip(rows.unit, codes, rows.y_true, rows.y_pred, strict=True):
        if area in areas:
            found.setdefault((int(unit), int(area)), [0] * 4)[2 * int(truth) + int(decision)] += 1
    return list(found.values())


def ranged(households: list[list[int]], cells: tuple[int, ...]) -> Clusters:
    """Return what may be printed of households: pairs down to a multiple of k + 1, and the least number of households."""
    n = sum(cells)
    products, fewest = [[0] * 4 for _ in range(4)], 0
    for i in range(4):
        for j in range(4):
            pairs = sum(one[i] * (one[i] - 1) // 2 if i == j else one[i] * one[j] for one in households)
            low = pairs - pairs % (K + 1)
            fewest += low if i <= j else 0
            products[i][j] = cells[i] + 2 * low if i == j else low
    # So many more people than households there can be: as many as there are, up to a step that all ten ranges leave open.
    joined = n - len(households)
    while (joined - fewest + 1) % (10 * (K + 1)):
        joined += 1
    squares = n + 2 * (fewest + 10 * K)
    return Clusters(products=tuple(map(tuple, products)), units=max(n - joined, ceil(Fraction(n * n, squares))), spare=K)


#: Of small households the least number follows from how many people share one, of large ones from the number of pairs.
REGISTERS = list(enumerate([1.02, 1.3, 3, 25, 300]))


@pytest.mark.parametrize(("seed", "size"), REGISTERS)
def test_what_is_printed_of_households_is_what_can_be_said_of_them(seed: int, size: float) -> None:
    rows = register(seed, size)
    printed = printable(count(rows), ["area"], K)
    assert printed.total is not None
    everybody: dict[int, list[int]] = {}
    assert rows.unit is not None
    for unit, truth, decision in zip(rows.unit, rows.y_true, rows.y_pred, strict=True):
        everybody.setdefault(int(unit), [0] * 4)[2 * int(truth) + int(decision)] += 1
    assert printed.total.clusters == ranged(list(everybody.values()), printed.total.cells)
    by_name: dict[str, PrintedRow] = {row.name or f"rest of {row.within}": row for row in printed.margin("area").rows}
    assert list(by_name) == ["x", "a", "b", "y", "rest of y"]
    for name, areas in (("a", [0]), ("b", [1]), ("rest of y", [2, 3])):
        row = by_name[name]
        assert row.clusters == ranged(by_household(rows, areas), row.cells), name
    assert by_name["y"].clusters == by_name["rest of y"].clusters
    parts = [by_name[name].clusters for name in ("a", "b")]
    together = by_name["x"].clusters
    assert together is not None
    assert together.products == tuple(
        tuple(sum(part.products[i][j] for part in parts if part is not None) for j in range(4)) for i in range(4)
    )
    assert (together.units, together.spare) == (sum(part.units for part in parts if part is not None), 2 * K)


def test_registers_hold_both_ways_in_which_households_are_counted() -> None:
    """Otherwise one of the two could be anything."""
    larger = set()
    for seed, size in REGISTERS:
        total = printable(count(register(seed, size)), ["area"], K).total
        assert total is not None
        assert total.clusters is not None
        n = sum(total.cells)
        fewest = sum(total.clusters.products[i][j] - (total.cells[i] if i == j else 0) for i in range(4) for j in range(4)) // 2
        larger.add(total.clusters.units == ceil(Fraction(n * n, n + 2 * (fewest + 10 * K))))
    assert larger == {False, True}


@pytest.mark.parametrize(("seed", "size"), REGISTERS)
def test_evidence_of_before_adds_areas_up_exactly(seed: int, size: float) -> None:
    rows = register(seed, size)
    for row in printable(count(rows), ["area"], K, rule=1).margin("area").rows:
        inside = {"x": [0, 1], "a": [0], "b": [1], "y": [2, 3], "": [2, 3]}[row.name]
        each = np.array(by_household(rows, inside))
        assert row.clusters == Clusters(products=tuple(map(tuple, (each.T @ each).tolist())), units=len(each))


@pytest.mark.parametrize(("seed", "size"), REGISTERS)
def test_the_worst_moments_are_the_most_that_the_ranges_leave_open(seed: int, size: float) -> None:
    rows = register(seed, size)
    tally = count(rows)
    worst = at_worst(tally, ["area"], K)
    most = K * (1 + np.eye(4, dtype=np.int64))
    moments = worst.moments[("area",)]
    for i in range(4):
        of = ranged(by_household(rows, [i]), tuple(tally.cells("area")[i].tolist()))
        assert moments.products[i].tolist() == (np.array(of.products) + most).tolist()
        assert int(moments.units[i]) == of.units
    total = printable(tally, ["area"], K).total
    assert total is not None
    assert total.clusters is not None
    assert worst.moments[()].products[0].tolist() == (np.array(total.clusters.products) + most).tolist()
    assert worst.moments[()].units.tolist() == [total.clusters.units]
    assert worst.counts is tally.counts


def test_where_households_were_not_counted_by_an_attribute_there_is_no_worst_of_it() -> None:
    tally = count(register(0, 1.3))
    whole: Any = {(): tally.moments[()]}
    for moments in ({}, whole):
        without: Tally = replace(tally, moments=moments)
        assert at_worst(without, ["area"], K).moments.keys() == moments.keys()


def test_of_nobody_there_are_no_households() -> None:
    rows = register(0, 1.3)
    group = replace(rows.groups["area"], levels=(*AREAS, "e"), steps=())
    tally = count(replace(rows, groups={"area": group}))
    for k in (0, K):
        assert at_worst(tally, ["area"], k).moments[("area",)].units[4] == 0
