"""What must hold of every tally."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.counting.tally import Tally
from tests.strategies import predictions, rows, tallies


def part(of: Predictions, keep: np.ndarray) -> Predictions:
    groups = {
        name: GroupCodes(name=name, levels=g.levels, codes=g.codes[keep], unknown=g.unknown) for name, g in of.groups.items()
    }
    weight = None if of.weight is None else of.weight[keep]
    unit = None if of.unit is None else of.unit[keep]
    return Predictions(y_true=of.y_true[keep], y_pred=of.y_pred[keep], groups=groups, weight=weight, unit=unit)


@given(st.integers(0, 10**6), st.integers(8, 200))
def test_merging_commutes_and_equals_counting_together(seed: int, n: int) -> None:
    whole = rows(seed, n, (3, 2), weights=True)
    rng = np.random.default_rng(seed)
    half = rng.random(n) < 0.5
    for mine in (half, ~half):
        mine[np.flatnonzero(mine)[:0]] = True
    # Both halves need both labels, or Predictions refuses them.
    for keep in (half, ~half):
        if keep.sum() < 2 or len(set(whole.y_true[keep])) < 2:
            return
    a, b = count(part(whole, half)), count(part(whole, ~half))
    assert a + b == b + a == count(whole)


@given(st.integers(0, 10**6))
def test_merging_associates(seed: int) -> None:
    a, b, c = (count(rows(seed + i, 50, (3, 2), units=0)) for i in range(3))
    assert (a + b) + c == a + (b + c)


@given(tallies())
def test_project_after_merge_is_merge_after_project(tally: Tally) -> None:
    name = tally.axes[-1].name
    assert (tally + tally).project(name) == tally.project(name) + tally.project(name)


@given(predictions(units=7, weights=True), st.integers(0, 10**6))
def test_row_order_never_matters(of: Predictions, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(of.n)
    assert count(of).digest == count(part(of, order)).digest


@given(tallies(units=5, weights=True))
def test_record_round_trip_is_identity(tally: Tally) -> None:
    again = Tally.from_record(tally.to_record())
    assert again == tally
    assert again.digest == tally.digest


@given(tallies())
def test_axes_can_be_taken_in_any_order(tally: Tally) -> None:
    names = [axis.name for axis in tally.axes]
    assert tally.project(*reversed(names)).project(*names) == tally
    assert tally.project(*names).n == tally.n == int(tally.cells().sum())


@given(tallies())
def test_slices_add_up_to_the_projection(tally: Tally) -> None:
    first = tally.axes[0]
    total = sum(tally.slice(**{first.name: level}).counts for level in first.levels)
    rest = tally.project(*[axis.name for axis in tally.axes[1:]])
    assert np.array_equal(np.asarray(total), rest.counts)


def test_moments_are_those_of_a_loop_over_units() -> None:
    of = rows(3, 200, (3,), units=20)
    moments = count(of).moments[("axis0",)]
    expected = np.zeros((3, 4, 4), dtype=np.int64)
    for g in range(3):
        for u in range(20):
            mine = (of.groups["axis0"].codes == g) & (of.unit == u)
            cells = np.bincount(of.y_true[mine] * 2 + of.y_pred[mine], minlength=4)
            expected[g] += np.outer(cells, cells)
    assert np.array_equal(moments.products, expected)


def test_tallies_over_other_levels_do_not_merge() -> None:
    with pytest.raises(ValueError, match="same axes"):
        _ = count(rows(1, 20, (3,))) + count(rows(1, 20, (4,)))


def test_an_absent_level_is_seen_and_is_not_a_zero_cell() -> None:
    codes = GroupCodes(name="g", levels=("a", "b", "c"), codes=np.array([0, 0, 2, 2]))
    tally = count(Predictions(y_true=np.array([0, 1, 0, 0], np.int8), y_pred=np.zeros(4, np.int8), groups={"g": codes}))
    assert tally.absent("g") == ("b",)
    assert tally.cells("g").tolist() == [[1, 0, 1, 0], [0, 0, 0, 0], [2, 0, 0, 0]]
