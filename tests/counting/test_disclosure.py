"""Rule R under attack: subtraction, linear programming, nested attributes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.printed import PrintedMargin, PrintedTally
from smartstart_gov.counting.tally import Axis, Step, Tally
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
    assert PrintedTally.from_record(printed.to_record()) == printed


def test_a_single_small_group_takes_a_large_one_with_it() -> None:
    big, small = (100, 50, 40, 60), (9, 3, 1, 0)
    margin = printable(counted({"a": big, "b": (90, 40, 30, 20), "c": small}), ["axis0"], K).margin("axis0")
    assert [(row.kind, row.name, row.members) for row in margin.rows] == [("level", "a", 1), ("pool", "", 2)]
    assert margin.rows[1].cells == (99, 43, 31, 20)


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
    assert both.margin("coarse").rows == ()
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
    margin = printable(tally, ["axis0"], K).margin("axis0")
    assert any(min(row.cells) < K for row in margin.rows)
