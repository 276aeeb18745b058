"""Ranges of household pairs: what is printed of each, against arithmetic in plain words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from smartstart_gov.counting.count import count
from smartstart_gov.counting.disclosure import at_worst, printable
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.counting.printed import Clusters, PrintedRow, PrintedTally
from smartstart_gov.counting.tally import Tally

K, SPARE = 10, 15
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
    """Of each row what it adds to the sum of the rows so far, of which only a multiple of 16 is told."""
    rows = register(seed, size)
    printed = printable(count(rows), ["area"], K)
    so_far = {
        name: pairs(by_household(rows, areas)) for name, areas in (("none", []), ("a", [0]), ("b", [0, 1]), ("y", range(4)))
    }
    everybody = replace(rows, groups={"area": replace(rows.groups["area"], codes=np.zeros(len(rows.y_true), np.int64))})
    rest = "rest of y"
    by_name = {row.name or rest: row for row in printed.margin("area").rows}
    assert list(by_name) == ["x", "a", "b", "y", rest]
    for name, since, until in (("a", "none", "a"), ("b", "a", "b"), ("x", "none", "b"), (rest, "b", "y"), ("y", "b", "y")):
        told = [[now - now % (SPARE + 1) - then + then % (SPARE + 1) - SPARE for now, then in zip(*both, strict=True)]
                for both in zip(so_far[until], so_far[since], strict=True)]  # fmt: skip
        assert by_name[name].clusters == between(told, by_name[name].cells, 2 * SPARE), name
        # What holds is within it.
        areas = {"a": [0], "b": [1], "x": [0, 1]}.get(name, [2, 3])
        found = by_name[name].clusters
        assert found is not None
        assert found.units <= len(by_household(rows, areas))
        for own, low in zip(pairs(by_household(rows, areas)), told, strict=True):
            assert all(0 <= n - least <= 2 * SPARE for n, least in zip(own, low, strict=True))
    assert printed.total is not None
    whole = [[n - n % (SPARE + 1) for n in line] for line in pairs(by_household(everybody, [0]))]
    assert printed.total.clusters is not None
    assert printed.total.clusters == between(whole, printed.total.cells, SPARE)
    assert printed.total.clusters.units <= len(by_household(everybody, [0]))


def pairs(households: list[list[int]]) -> list[list[int]]:
    """Return how many pairs of people share a household, by the cells of both."""
    return [
        [sum(one[i] * (one[i] - 1) // 2 if i == j else one[i] * one[j] for one in households) for j in range(4)]
        for i in range(4)
    ]


def between(low: list[list[int]], cells: tuple[int, ...], spare: int) -> Clusters:
    n, most = sum(cells), sum(low[i][j] + spare for i in range(4) for j in range(i, 4))
    filled = tuple(tuple(cells[i] + 2 * low[i][j] if i == j else low[i][j] for j in range(4)) for i in range(4))
    return Clusters(products=filled, units=max(n - most, ceil(Fraction(n * n, n + 2 * most))), spare=spare)


@pytest.mark.parametrize(("areas", "shared"), [(2, 8), (3, 9), (10, 10)])
def test_ranges_of_areas_and_of_everybody_narrow_each_other_nowhere(areas: int, shared: int) -> None:
    """Households of two live in one area, and everybody else alone: the second rule told of each area nearly how many."""
    low: dict[int, list[int]] = {}
    for rule in (2, 3):
        code, unit = np.repeat(np.arange(areas), 160), np.arange(160 * areas)
        cell = np.tile(np.repeat(np.arange(4), 40), areas)
        for area in range(areas):
            first = area * 160 + 120
            unit[first : first + 2 * shared] = np.repeat(np.arange(first, first + shared), 2)
        group = GroupCodes(name="area", levels=tuple(f"a{i}" for i in range(areas)), codes=code)
        both = {"y_true": (cell // 2).astype(np.int8), "y_pred": (cell % 2).astype(np.int8)}
        printed = printable(count(Predictions(**both, groups={"area": group}, unit=unit)), ["area"], K, rule=rule)
        assert printed.total is not None
        found = []
        for at in range(areas):
            # The reader knows that no household is in two areas, so that those of the areas add up; and how counts are rounded.
            ends = [end_of(printed, at, sign, rule) * sign for sign in (1, -1)]
            found.append(round(ends[1] - ends[0]))
            assert ends[0] - 1e-6 <= shared <= ends[1] + 1e-6
        low[rule] = found
    assert min(low[2]) < K <= min(low[3])


def end_of(printed: PrintedTally, at: int, sign: int, rule: int) -> float:
    """Return the least (or, with sign -1, the most) pairs of true positives in one area that all that is printed leaves open."""
    rows = [row.clusters for row in printed.margin("area").rows]
    cells = [row.cells for row in printed.margin("area").rows]
    assert printed.total is not None
    assert printed.total.clusters is not None
    forms, ends = [np.ones(len(rows))], [(printed.total.clusters.products[3][3] - printed.total.cells[3]) // 2]
    for i, (row, of) in enumerate(zip(rows, cells, strict=True)):
        assert row is not None
        told = (row.products[3][3] - of[3]) // 2
        # From the third rule on what is told is the sum of the first rows, which is rounded: that says more than each range.
        forms.append(np.eye(len(rows))[i] if rule == 2 else (np.arange(len(rows)) <= i).astype(float))
        ends.append(told if rule == 2 else told + SPARE + (ends[-1] if i else 0))
    form = sign * np.eye(len(rows))[at]
    matrix, low = np.array(forms), np.array(ends)
    found = linprog(
        form,
        A_ub=np.r_[matrix, -matrix],
        b_ub=np.r_[low + (K if rule == 2 else SPARE), -low],
        bounds=(0, None),
        method="highs-ds",
    )
    assert found.status == 0
    return float(found.fun)


@pytest.mark.parametrize(("seed", "size"), REGISTERS)
def test_evidence_of_the_second_rule_has_each_row_by_itself(seed: int, size: float) -> None:
    rows = register(seed, size)
    printed = printable(count(rows), ["area"], K, rule=2)
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
        total = printable(count(register(seed, size)), ["area"], K, rule=2).total
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
    worst = at_worst(tally, printable(tally, ["area"], K, rule=2), 2)
    most = K * (1 + np.eye(4, dtype=np.int64))
    moments = worst.moments[("area",)]
    for i in range(4):
        of = ranged(by_household(rows, [i]), tuple(tally.cells("area")[i].tolist()))
        assert moments.products[i].tolist() == (np.array(of.products) + most).tolist()
        assert int(moments.units[i]) == of.units
    total = printable(tally, ["area"], K, rule=2).total
    assert total is not None
    assert total.clusters is not None
    assert worst.moments[()].products[0].tolist() == (np.array(total.clusters.products) + most).tolist()
    assert worst.moments[()].units.tolist() == [total.clusters.units]
    assert worst.counts is tally.counts
    now, shown = at_worst(tally, printable(tally, ["area"], K)), printable(tally, ["area"], K)
    by_name = {row.name: row for row in (shown.total, *shown.margin("area").rows) if row is not None}
    for name, products, units in (
        ("overall", now.moments[()].products[0], now.moments[()].units[0]),
        *(("ab"[i], now.moments[("area",)].products[i], now.moments[("area",)].units[i]) for i in range(2)),
    ):
        found = by_name[name].clusters
        assert found is not None
        assert products.tolist() == (np.array(found.products) + found.spare * (1 + np.eye(4, dtype=np.int64))).tolist()
        assert units == found.units
    # No figure is printed of the others.
    assert now.moments[("area",)].products[2:].tolist() == tally.moments[("area",)].products[2:].tolist()


def test_where_households_were_not_counted_by_an_attribute_there_is_no_worst_of_it() -> None:
    tally = count(register(0, 1.3))
    whole: Any = {(): tally.moments[()]}
    for moments in ({}, whole):
        without: Tally = replace(tally, moments=moments)
        for rule in (2, 3):
            assert at_worst(without, printable(tally, ["area"], K, rule=rule), rule).moments.keys() == moments.keys()


def test_of_nobody_there_are_no_households() -> None:
    rows = register(0, 1.3)
    group = replace(rows.groups["area"], levels=(*AREAS, "e"), steps=())
    tally = count(replace(rows, groups={"area": group}))
    for k in (1, K):
        for rule in (2, 3):
            assert at_worst(tally, printable(tally, ["area"], k, rule=rule), rule).moments[("area",)].units[4] == 0
