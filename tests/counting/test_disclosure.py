"""Rule R under attack: subtraction, linear programming, nested attributes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from smartstart_gov.counting.count import count
from smartstart_gov.counting.disclosure import at_worst, misprinted, printable
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.counting.printed import Clusters, PrintedMargin, PrintedTally
from smartstart_gov.counting.tally import Axis, Step, Tally
from smartstart_gov.statistics.estimates import measure
from tests.strategies import counted

K = 10


def register(seed: int, levels: int, areas: int, *, unknown: bool) -> Tally:
    """Return a skewed register: many small quarters in a few areas."""
    rng = np.random.default_rng(seed)
    names = tuple(f"q{i}" for i in range(levels)) + (("unknown",) if unknown else ())
    share = rng.permutation(1 / np.arange(1, len(names) + 1))
    n = rng.multinomial(int(rng.integers(50, 6000)), share / share.sum())
    cells = np.stack([rng.multinomial(total, [0.7, 0.12, 0.1, 0.08]) for total in n])
    steps = (Step(name="area", ancestors=tuple(f"a{rng.integers(areas)}" for _ in range(levels))),) if areas else ()
    axis = Axis(name="quarter", levels=names, unknown=unknown, steps=steps)
    return Tally(axes=(axis,), counts=cells.reshape(-1, 2, 2), moments={})


def printed_forms(printed: PrintedTally, axis: Axis) -> tuple[np.ndarray, np.ndarray]:
    """Return what a reader has: sums over levels, and their four cells."""
    margin = printed.margin("quarter")
    forms, cells = [], []
    if printed.total is not None:
        forms.append(np.ones(len(axis.levels)))
        cells.append(printed.total.cells)
    for row in margin.rows:
        if row.kind in ("level", "unknown"):
            forms.append(np.array([level == row.name for level in axis.levels], dtype=float))
        elif row.kind == "area":
            inside = [ancestor == row.name for ancestor in axis.steps[0].ancestors]
            forms.append(np.array(inside + [False] * axis.unknown, dtype=float))
        else:
            continue  # a pool is the difference of the others
        cells.append(row.cells)
    return np.array(forms), np.array(cells, dtype=float)


@given(st.integers(0, 10**6), st.integers(2, 14), st.integers(0, 4), st.booleans())
def test_linear_programming_never_pins_a_small_cell(seed: int, levels: int, areas: int, unknown: bool) -> None:
    tally = register(seed, levels, areas, unknown=unknown)
    axis, truth = tally.axes[0], tally.cells("quarter")
    forms, sums = printed_forms(printable(tally, ["quarter"], K), axis)
    if not len(forms):
        return
    for level in range(len(axis.levels)):
        for cell in range(4):
            if truth[level, cell] >= K:
                continue
            target = np.zeros(len(axis.levels))
            target[level] = 1
            low = linprog(target, A_eq=forms, b_eq=sums[:, cell], bounds=(0, None))
            high = linprog(-target, A_eq=forms, b_eq=sums[:, cell], bounds=(0, None))
            assert low.status == high.status == 0
            assert -high.fun - low.fun >= K - 1e-6, (level, cell)


@given(st.integers(0, 10**6), st.integers(2, 14), st.integers(0, 4), st.booleans())
def test_rows_partition_the_total_and_every_cell_is_at_least_k(seed: int, levels: int, areas: int, unknown: bool) -> None:
    tally = register(seed, levels, areas, unknown=unknown)
    printed = printable(tally, ["quarter"], K)
    margin = printed.margin("quarter")
    assert all(min(row.cells) >= K for row in margin.rows)
    if printed.total is None:
        assert margin.rows == ()
        return
    once = np.array([row.cells for row in margin.rows if row.kind != "area"])
    assert once.sum(axis=0).tolist() == list(printed.total.cells) == tally.cells().sum(axis=0).tolist()
    assert sum(row.members for row in margin.rows if row.kind != "area") == levels
    assert list(misprinted(printed, tally.axes[0])) == []
    assert PrintedTally.from_record(printed.to_record()) == printed


def test_a_single_small_group_takes_a_large_one_with_it() -> None:
    big, small = (100, 50, 40, 60), (9, 3, 1, 0)
    margin = printable(counted({"a": big, "b": (90, 40, 30, 20), "c": small}), ["axis0"], K).margin("axis0")
    assert [(row.kind, row.name, row.members) for row in margin.rows] == [("level", "a", 1), ("pool", "", 2)]
    assert margin.rows[1].cells == (99, 43, 31, 20)
    assert margin.unknown_rows is None, "there are none"


def test_a_cell_of_exactly_k_is_printed_and_one_less_is_not() -> None:
    at_k = printable(counted({"a": (10, 10, 10, 10), "b": (10, 10, 10, 10)}), ["axis0"], K)
    assert [row.name for row in at_k.margin("axis0").rows] == ["a", "b"]
    under = printable(counted({"a": (10, 10, 10, 10), "b": (10, 10, 10, 9)}), ["axis0"], K)
    assert [row.kind for row in under.margin("axis0").rows] == ["pool"]
    totals = [printable(counted({"a": (4, 5, 6, 7), "b": (6, 5, 4, n)}), ["axis0"], K).total for n in (3, 2)]
    assert [total is None for total in totals] == [False, True]
    pooled = printable(counted({"a": (20, 20, 20, 20), "b": (10, 10, 10, 9), "c": (0, 0, 0, 1)}), ["axis0"], K)
    assert [(row.kind, row.cells) for row in pooled.margin("axis0").rows] == [
        ("level", (20, 20, 20, 20)), ("pool", (10, 10, 10, 10)),
    ]  # fmt: skip


LARGE, SMALL = (40, 30, 20, 15), (1, 2, 0, 1)


def quarters(*, weighted: bool = False) -> Tally:
    """Quarters in districts in cities, and some of nobody knows where."""
    cells = {"q0": LARGE, "q1": LARGE, "q2": LARGE, "q3": SMALL, "q4": LARGE, "unknown": (20, 15, 12, 11)}
    districts = Step(name="district", ancestors=("d0", "d1", "d0", "d1", "d2"))
    axis = Axis(
        name="quarter", levels=tuple(cells), unknown=True,
        steps=(districts, Step(name="city", ancestors=("c0", "c0", "c0", "c0", "c1"))),
    )  # fmt: skip
    counts = np.array(list(cells.values()), dtype=np.int64).reshape(-1, 2, 2)
    if not weighted:
        return Tally(axes=(axis,), counts=counts, moments={})
    at = np.repeat(np.arange(counts.size), counts.reshape(-1))
    group = GroupCodes(
        name="quarter", levels=axis.levels, codes=at // 4, unknown=True, steps=tuple((s.name, s.ancestors) for s in axis.steps)
    )
    truth, decision = (at % 4 // 2).astype(np.int8), (at % 2).astype(np.int8)
    rows = Predictions(
        y_true=truth, y_pred=decision, groups={"quarter": group}, unit=np.arange(len(at)) // 3, weight=1 + at % 3 / 2
    )  # fmt: skip
    return count(rows)


def test_what_is_printed_of_a_hierarchy_says_where_it_belongs() -> None:
    """Each is printed within what it is a part of, or is in a pool there."""
    margin = printable(quarters(), ["quarter"], K).margin("quarter")
    assert {(row.kind, row.name, row.step, row.within, row.members, row.cells) for row in margin.rows} == {
        ("area", "c0", "city", None, 4, (121, 92, 60, 46)),
        ("area", "d0", "district", "c0", 2, (80, 60, 40, 30)),
        ("level", "q0", "quarter", "d0", 1, LARGE),
        ("level", "q2", "quarter", "d0", 1, LARGE),
        ("area", "d1", "district", "c0", 2, (41, 32, 20, 16)),
        ("pool", "", "quarter", "d1", 2, (41, 32, 20, 16)),
        ("area", "c1", "city", None, 1, LARGE),
        ("area", "d2", "district", "c1", 1, LARGE),
        ("level", "q4", "quarter", "d2", 1, LARGE),
        ("unknown", "unknown", "quarter", None, 0, (20, 15, 12, 11)),
    }
    assert (margin.declared, margin.printed, margin.hidden, margin.unknown_rows) == (5, 3, 2, 58)


def said(printed: PrintedTally, axis: Axis, margin: PrintedMargin) -> list[str]:
    return list(misprinted(replace(printed, margins=(margin,)), axis))


@pytest.mark.parametrize("weighted", [False, True])
def test_a_row_that_cannot_be_printed_is_told_from_every_one_that_is(weighted: bool) -> None:
    tally = quarters(weighted=weighted)
    axis, printed = tally.axis("quarter"), printable(tally, ["quarter"], K)
    margin = printed.margin("quarter")

    def of_row(i: int, **changes: Any) -> list[str]:
        rows = (*margin.rows[:i], replace(margin.rows[i], **changes), *margin.rows[i + 1 :])
        return said(printed, axis, replace(margin, rows=rows))

    assert list(misprinted(printed, axis)) == []
    elsewhere = "its rows do not stand where the contract puts them"
    for i, row in enumerate(margin.rows):
        assert of_row(i, within="c1" if row.within != "c1" else None)[-1] == elsewhere
        assert of_row(i, step="city" if row.step != "city" else "district") == [elsewhere]
        assert of_row(i, name=f"{row.name}x") == [elsewhere]
        if row.kind in ("area", "pool"):
            for members in (row.members - 1, row.members + 1):
                assert of_row(i, members=members) == [f"rows[{i}] has {members} groups; the contract gives it {row.members}"]
        if row.kind == "area":
            for kind, members in (("level", 1), ("unknown", 0), ("pool", row.members)):
                assert of_row(i, kind=kind, members=members)[-1] == elsewhere
            assert of_row(i, cells=(*row.cells[:3], row.cells[3] + 1)) == [f"rows[{i}] is not the sum of its parts"]
            if row.weights is not None and row.clusters is not None:
                (a, b, c), *rest = row.weights
                for changes in (
                    {"weights": ((a, b, c + 1), *rest)}, {"clusters": replace(row.clusters, units=row.clusters.units - 1)},
                    {"clusters": replace(row.clusters, products=row.clusters.products[::-1])},
                ):  # fmt: skip
                    assert of_row(i, **changes) == [f"rows[{i}] is not the sum of its parts"]
    if weighted:
        for lost in ("weights", "clusters"):
            assert of_row(0, **{lost: None}) == ["some of its rows have weights or units, and others none"]
        assert printed.total is not None
        assert printed.total.weights is not None
        (a, b, c), *rest = printed.total.weights
        other = replace(printed, total=replace(printed.total, weights=((a, b, c + 1), *rest)))
        assert list(misprinted(other, axis)) == ["its rows do not add up to the total"]
    assert said(printed, axis, replace(margin, rows=margin.rows[::-1])) == [elsewhere]


def test_a_margin_that_cannot_be_printed_is_told_from_every_one_that_is() -> None:
    tally = quarters()
    axis, printed = tally.axis("quarter"), printable(tally, ["quarter"], K)
    margin = printed.margin("quarter")
    for wrong in (replace(margin, declared=6), replace(margin, printed=2), replace(margin, declared=4, printed=3)):
        (line,) = said(printed, axis, wrong)
        assert line.startswith("it has another number of groups")
    for unknown in (None, 0, 57, 59):
        (line,) = said(printed, axis, replace(margin, unknown_rows=unknown))
        assert line == "its number of unknown rows does not follow from its rows"
    assert list(misprinted(replace(printed, total=None), axis)) == ["its rows do not add up to the total"]
    least = min(min(row.cells) for row in margin.rows)
    assert list(misprinted(replace(printed, k=least), axis)) == []
    assert list(misprinted(replace(printed, k=least + 1), axis)) == [f"a printed cell is below {least + 1}"]
    # Nothing is printed of it: not even how many rows are unknown, and no group.
    nothing = PrintedMargin(attribute="quarter", rows=(), declared=5, printed=0)
    assert said(printed, axis, nothing) == said(replace(printed, total=None), axis, nothing) == []
    for wrong in (replace(nothing, unknown_rows=58), replace(nothing, printed=1), replace(nothing, declared=6)):
        assert len(said(printed, axis, wrong)) == 1


def test_unknown_rows_in_a_pool_are_at_least_k_and_leave_k_of_the_pool_or_are_not_told() -> None:
    tally = counted({"a": (90, 80, 70, 60), "b": (90, 80, 70, 50), "unknown": (20, 11, 10, 0)}, unknown=True)
    axis, printed = tally.axes[0], printable(tally, ["axis0"], K)
    margin = printed.margin("axis0")
    assert [row.kind for row in margin.rows] == ["level", "pool"]
    pool = sum(margin.rows[1].cells)
    for told, fine in ((None, True), (K, True), (pool - K, True), (K - 1, False), (pool - K + 1, False), (0, False)):
        assert (said(printed, axis, replace(margin, unknown_rows=told)) == []) == fine
    # Nothing is told where no row may be unknown.
    closed = Axis(name="axis0", levels=("a", "b", "c"))
    of_three = replace(margin, declared=3, rows=(margin.rows[0], replace(margin.rows[1], members=2)))
    for told, fine in ((None, True), (K, False)):
        assert (said(printed, closed, replace(of_three, unknown_rows=told)) == []) == fine


def test_a_printed_row_weighs_what_its_groups_weigh_together() -> None:
    plain = counted({"a": (50, 40, 30, 20), "b": (2, 1, 0, 1), "c": (20, 15, 12, 14)})
    at = np.repeat(np.arange(12), plain.counts.reshape(-1))
    rng = np.random.default_rng(3)
    units = rng.integers(0, 30, len(at))
    axis = GroupCodes(name="axis0", levels=("a", "b", "c"), codes=at // 4)
    rows = Predictions(
        y_true=(at % 4 // 2).astype(np.int8), y_pred=(at % 2).astype(np.int8), groups={"axis0": axis},
        unit=units, weight=rng.integers(1, 9, len(at)) / 4,
    )  # fmt: skip
    tally = count(rows)
    assert tally.weights is not None
    printed = printable(tally, ["axis0"], K)
    assert printed.weight_exponent == tally.weights.exponent
    assert printed.total is not None
    assert printed.total.members == 0, "everybody is no group"
    level, pool = printed.margin("axis0").rows
    assert (level.name, pool.kind) == ("a", "pool")
    for row, groups in ((printed.total, [0, 1, 2]), (level, [0]), (pool, [1, 2])):
        summed = [sums.reshape(3, 4)[groups].sum(axis=0).tolist() for sums in tally.weights.sums]
        assert row.weights == tuple(zip(*summed, strict=True))
        assert row.cells == tuple(plain.counts.reshape(3, 4)[groups].sum(axis=0).tolist())
    # Of the group that is printed by itself, the units and the products of what each has are those of its rows.
    mine = at < 4
    each = np.array([np.bincount(at[mine & (units == unit)], minlength=4) for unit in np.unique(units[mine])])
    products = (each.T @ each).tolist()
    together = sum(int(((at // 4 == group) & (units == unit)).sum()) ** 2 for group in (1, 2) for unit in range(30))
    # Evidence of before there were ranges held them exactly.
    exact, exact_pool = (row.clusters for row in printable(tally, ["axis0"], K, rule=1).margin("axis0").rows)
    assert exact == Clusters(products=tuple(map(tuple, products)), units=len(each))
    assert exact_pool is not None
    assert sum(map(sum, exact_pool.products)) == together
    assert level.clusters is not None
    assert level.clusters.units <= len(each)
    least, most = products_of(level.clusters)
    assert (least <= products).all()
    assert (products <= most).all()
    assert pool.clusters is not None
    least, most = products_of(pool.clusters)
    assert least.sum() <= together <= most.sum()


def products_of(of: Clusters) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the most that the products of a printed row can be."""
    least = np.array(of.products)
    return least, least + of.spare * (1 + np.eye(4, dtype=np.int64))


def households(seed: int) -> Tally:
    """A register of three areas with households of one to four, some of them in two areas."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(250, 900))
    units = rng.integers(0, int(n / rng.uniform(1.01, 3)), n)
    codes = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    cell = rng.choice(4, n, p=[0.4, 0.2, 0.2, 0.2])
    area = GroupCodes(name="axis0", levels=("a", "b", "c"), codes=codes, steps=(("city", ("x", "x", "y")),))
    rows = Predictions(
        y_true=(cell // 2).astype(np.int8), y_pred=(cell % 2).astype(np.int8), groups={"axis0": area}, unit=units
    )  # fmt: skip
    return count(rows)


def pairs_known(printed: PrintedTally) -> list[tuple[int, int]]:
    """Return of every printed row and kind of pair within a household the least and the most that a reader has."""
    found = []
    for row in (printed.total, *printed.margin("axis0").rows):
        assert row is not None
        assert row.clusters is not None
        for one in products_of(row.clusters):
            pairs = (one - np.diag(row.cells)) // (1 + np.eye(4, dtype=np.int64))
            found.append(pairs[np.triu_indices(4)])
    return [(int(a), int(b)) for low, high in zip(found[::2], found[1::2], strict=True) for a, b in zip(low, high, strict=True)]


@pytest.mark.parametrize("seed", range(12))
def test_households_say_of_no_few_people_that_they_share_one(seed: int) -> None:
    """How many pairs of one household were both flagged is a count of people: known to a range of k and more, or not at all."""
    tally = households(seed)
    printed, exact = (printable(tally, ["axis0"], K, rule=rule) for rule in (2, 1))
    small = [high for low, high in pairs_known(exact) if low == high < K]
    assert small or seed, "planted: the exact moments hold counts below k"
    known = pairs_known(printed)
    assert all(high - low >= K for low, high in known)
    assert all(low <= true <= high for (low, high), (true, _) in zip(known, pairs_known(exact), strict=True))
    assert printed.ranged
    assert not exact.ranged
    assert list(misprinted(printed, tally.axes[0])) == []
    assert PrintedTally.from_record(printed.to_record()) == printed
    # The number of households leaves every one of these numbers within its range: pairs are at least people less households.
    for row, of in zip((printed.total, *printed.margin("axis0").rows), (exact.total, *exact.margin("axis0").rows), strict=True):
        assert row is not None
        assert of is not None
        assert row.clusters is not None
        assert of.clusters is not None
        assert 0 < row.clusters.units <= of.clusters.units
        if row.kind != "area":
            fewest = np.triu((products_of(row.clusters)[0] - np.diag(row.cells)) // (1 + np.eye(4, dtype=np.int64))).sum()
            assert sum(row.cells) - row.clusters.units - 10 * (K + 1) < fewest


@pytest.mark.parametrize("seed", range(6))
def test_printed_bounds_are_never_closer_than_those_on_all_counts(seed: int) -> None:
    tally = households(seed)
    printed = measure(printable(tally, ["axis0"], K), [("axis0",)])
    whole = measure(tally, [("axis0",)])
    assert len(printed) > 1
    for r in range(len(printed)):
        if printed.kinds[r] in ("overall", "level"):
            same = whole.groups.index(printed.groups[r])
            np.testing.assert_array_equal(printed.value[r], whole.value[same])
            assert (printed.effective[r] <= whole.effective[same] + 1e-9).all()


def test_figures_on_scores_rest_on_no_more_than_what_is_printed() -> None:
    """Two registers that differ in households within the ranges have the same largest moments."""
    tally = households(3)
    printed = printable(tally, ["axis0"], K)
    worst = at_worst(tally, printed)
    rows = {row.name: row for row in printed.margin("axis0").rows if row.kind == "level"}
    assert rows
    for name, row in rows.items():
        assert row.clusters is not None
        place = tally.axes[0].levels.index(name)
        assert worst.moments["axis0",].products[place].tolist() == products_of(row.clusters)[1].tolist()
        assert (worst.moments["axis0",].products[place] >= tally.moments["axis0",].products[place]).all()


def test_a_count_that_follows_from_two_attributes_together_is_found_and_one_of_k_is_no_secret() -> None:
    """The corners of a two by two table with one empty corner follow from its margins: the least of them decides."""
    for corner, shown in (((10, 10, 10, 10), 2), ((10, 10, 10, 9), 0)):
        counts = np.zeros((2, 2, 4), dtype=np.int64)
        counts[0, 0], counts[0, 1], counts[1, 1] = (40, 40, 40, 40), corner, (40, 40, 40, 40)
        axes = (Axis(name="sex", levels=("m", "f")), Axis(name="origin", levels=("here", "elsewhere")))
        tally = Tally(axes=axes, counts=counts.reshape(2, 2, 2, 2), moments={})
        printed = printable(tally, ["sex", "origin"], K)
        assert printed.margin("sex").printed == 2
        assert printed.margin("origin").printed == shown
    # With anybody in the fourth corner none of them follows from the margins.
    counts[1, 0, 0] = 1
    full = Tally(axes=axes, counts=counts.reshape(2, 2, 2, 2), moments={})
    assert [printable(full, ["sex", "origin"], K).margin(name).printed for name in ("sex", "origin")] == [2, 2]


@pytest.mark.parametrize("unknown", [False, True])
def test_an_area_and_another_attribute_uncover_no_small_group_together(unknown: bool) -> None:
    """The second zone is one quarter of the second district: what is left of that district would be the small quarter."""
    small, half, large = (6,) * 4, (8,) * 4, (50,) * 4
    quarters = {"q0": (half, 0), "q1": (half, 0), "q2": (small, 0), "q3": (large, 1)} | (
        {"unknown": ((5,) * 4, 0)} if unknown else {}
    )
    districts = Step(name="district", ancestors=("d0", "d0", "d1", "d1"))
    # Blocks that are quarters by another name hide what the quarters hide; only the step above them is printed.
    steps = (districts,) if unknown else (Step(name="block", ancestors=("b0", "b1", "b2", "b3")), districts)
    counts = np.zeros((len(quarters), 2, 4), dtype=np.int64)
    for i, (cells, zone) in enumerate(quarters.values()):
        counts[i, zone] = cells
    axes = (
        Axis(name="quarter", levels=tuple(quarters), unknown=unknown, steps=steps), Axis(name="zone", levels=("z0", "z1")),
    )  # fmt: skip
    tally = Tally(axes=axes, counts=counts.reshape(-1, 2, 2, 2), moments={})
    printed = printable(tally, ["quarter", "zone"], K)
    areas = [row.name for row in printed.margin("quarter").rows if row.kind == "area"]
    assert areas == (["d1"] if unknown else ["d0", "d1"])
    assert printed.margin("zone").rows == ()
    assert printable(tally, ["zone"], K).margin("zone").printed == 2


def test_unknown_rows_in_a_pool_are_held_against_that_pool_alone() -> None:
    """Another pool, inside an area, is no shelter for the few that stand beside the unknown rows."""
    cells = {"q0": (90, 80, 70, 60), "q1": (1, 2, 0, 1), "q2": (1, 1, 1, 0), "unknown": (50, 40, 30, 20)}
    steps = (Step(name="city", ancestors=("c0", "c0", "c1")),)
    axis = Axis(name="quarter", levels=tuple(cells), unknown=True, steps=steps)
    counts = np.array(list(cells.values()), dtype=np.int64).reshape(-1, 2, 2)
    printed = printable(Tally(axes=(axis,), counts=counts, moments={}), ["quarter"], K)
    margin = printed.margin("quarter")
    assert [(row.kind, row.within) for row in margin.rows] == [("area", None), ("pool", "c0"), ("pool", None)]
    assert margin.unknown_rows is None
    pool = sum(margin.rows[2].cells)
    for told, fine in ((pool - K, True), (pool - K + 1, False)):
        assert (said(printed, axis, replace(margin, unknown_rows=told)) == []) == fine


def test_the_rows_of_an_unknown_group_are_told_from_k_on() -> None:
    for rows, told in (((4, 3, 2, 1), 10), ((4, 3, 2, 0), None)):
        tally = counted({"a": (90, 80, 70, 60), "b": (90, 80, 70, 50), "unknown": rows}, unknown=True)
        margin = printable(tally, ["axis0"], K).margin("axis0")
        assert [row.kind for row in margin.rows] == ["level", "pool"]
        assert margin.unknown_rows == told


@pytest.mark.parametrize("levels", [3, 12])
def test_a_table_is_summed_out_as_often_whatever_the_number_of_groups(levels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tally, summed = register(1, levels, 0, unknown=False), []
    project = Tally.project
    monkeypatch.setattr(Tally, "project", lambda self, *names: (summed.append(self is tally), project(self, *names))[1])
    printable(tally, ["quarter"], K)
    # Once for everybody, once for the attribute, and what the unknown rows and single attributes are checked on.
    assert sum(summed) <= 4


def test_not_even_a_small_total_is_printed() -> None:
    printed = printable(counted({"a": (5, 2, 1, 1), "b": (3, 1, 1, 0)}), ["axis0"], K)
    assert printed.total is None
    assert printed.margin("axis0") == PrintedMargin(attribute="axis0", rows=(), declared=2, printed=0)


def test_a_coarser_attribute_is_not_printed_where_it_would_uncover_a_small_group() -> None:
    # fine: a, b, c, d; coarse: x = {a, c}, y = {b, d}. a and b are printed, c and d are pooled and small.
    # x - a would be c.
    cells = {("a", "x"): (90, 80, 70, 60), ("b", "y"): (80, 70, 60, 50), ("c", "x"): (8, 7, 9, 6), ("d", "y"): (5, 6, 4, 9)}
    counts = np.zeros((4, 2, 4), dtype=np.int64)
    for (fine, coarse), values in cells.items():
        counts["abcd".index(fine), "xy".index(coarse)] = values
    axes = (Axis(name="fine", levels=tuple("abcd")), Axis(name="coarse", levels=tuple("xy")))
    tally = Tally(axes=axes, counts=counts.reshape(4, 2, 2, 2), moments={})
    both = printable(tally, ["fine", "coarse"], K)
    assert both.margin("fine").printed == 2
    assert (both.margin("coarse").rows, both.margin("coarse").printed, both.margin("coarse").declared) == ((), 0, 2)
    assert printable(tally, ["coarse"], K).margin("coarse").printed == 2


def test_the_number_of_unknown_rows_is_kept_when_it_is_small() -> None:
    few = printable(
        counted({"a": (90, 80, 70, 60), "b": (90, 80, 70, 60), "unknown": (2, 1, 1, 1)}, unknown=True), ["axis0"], K
    )
    many = printable(
        counted({"a": (90, 80, 70, 60), "b": (90, 80, 70, 60), "unknown": (20, 11, 10, 0)}, unknown=True), ["axis0"], K
    )
    assert few.margin("axis0").unknown_rows is None
    assert many.margin("axis0").unknown_rows == 41


@pytest.mark.parametrize(("rows", "kept"), [((1, 1, 1, 0), None), ((0, 0, 0, 0), None), ((3, 3, 3, 1), 655)])
def test_the_number_of_unknown_rows_gives_no_small_group_away(rows: tuple[int, int, int, int], kept: int | None) -> None:
    """A pool less the unknown rows in it is what the groups beside them have."""
    tally = counted({"a": (900, 80, 70, 60), "b": rows, "unknown": (500, 60, 50, 45)}, unknown=True)
    margin = printable(tally, ["axis0"], K).margin("axis0")
    assert [row.kind for row in margin.rows] == ["level", "pool"]
    assert margin.unknown_rows == kept


@pytest.mark.parametrize("broken", ["no remainder check", "k ignored"])
def test_the_attack_finds_a_broken_rule(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartstart_gov.counting import disclosure

    if broken == "k ignored":
        monkeypatch.setattr(disclosure, "_enough", lambda cells, k: True)
    else:
        monkeypatch.setattr(
            disclosure, "_shown_parts", lambda node, counts, k: [p for p in node.parts if (counts.cells(p.levels) >= k).all()]
        )
    tally = counted({"a": (100, 50, 40, 60), "b": (90, 40, 30, 20), "c": (9, 3, 1, 0)})
    # By the rule of before: that of now also asks how far small counts are open, and withholds the attribute.
    margin = printable(tally, ["axis0"], K, rule=3).margin("axis0")
    assert any(min(row.cells) < K for row in margin.rows)


@pytest.mark.parametrize("order", [("fine", "coarse"), ("coarse", "fine")])
def test_a_small_group_that_is_spread_over_several_others_is_not_uncovered_either(order: tuple[str, str]) -> None:
    """a and b hold j and k and nobody else: less k, which is printed, they are j, though none of the parts of j follows."""
    parts = {("a", "j"): 3, ("a", "k"): 60, ("b", "j"): 3, ("b", "k"): 60, ("c", "l"): 30}
    counts = np.zeros((3, 3, 4), dtype=np.int64)
    for (fine, coarse), cell in parts.items():
        counts["abc".index(fine), "jkl".index(coarse)] = cell
    axes = (Axis(name="fine", levels=tuple("abc")), Axis(name="coarse", levels=tuple("jkl")))
    tally = Tally(axes=axes, counts=counts.reshape(3, 3, 2, 2), moments={})
    assert [printable(tally, [name], K).margin(name).printed for name in ("fine", "coarse")] == [3, 1]
    printed = printable(tally, order, K)
    assert [bool(printed.margin(name).rows) for name in order] == [True, False]


def test_a_declared_group_that_nobody_is_in_hides_no_other_attribute() -> None:
    counts = np.full((4, 4, 4), 40, dtype=np.int64)
    counts[3] = 0
    axes = (Axis(name="origin", levels=("here", "near", "far", "elsewhere")), Axis(name="age", levels=("0", "1", "2", "3")))
    printed = printable(Tally(axes=axes, counts=counts.reshape(4, 4, 2, 2), moments={}), ["origin", "age"], K)
    assert [printed.margin(name).printed for name in ("origin", "age")] == [2, 4]
