"""People of one area share its decision: intervals and comparisons are never narrower than that allows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.statistics.contrasts import disparities
from smartstart_gov.statistics.estimates import measure

#: Rates that depend on the decision, within cases that do not.
RATES = ("selection_rate", "false_positive_rate", "false_negative_rate")


def residents(rng: np.random.Generator, areas: int, *, spread: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return area, group and outcome of people; `spread` says how unequally the groups live over the areas."""
    sizes = np.rint(np.exp(rng.normal(5.0, 0.6, areas))).astype(np.int64)
    area = np.repeat(np.arange(areas), sizes)
    share = 1 / (1 + np.exp(-rng.normal(-1.0, spread, areas)))
    group = (rng.random(len(area)) < share[area]).astype(np.int64)
    return area, group, (rng.random(len(area)) < 0.3).astype(np.int8)


def counted(area: np.ndarray, group: np.ndarray, truth: np.ndarray, chosen: np.ndarray) -> Predictions:
    codes = GroupCodes(name="group", levels=("a", "b"), codes=group)
    return Predictions(y_true=truth, y_pred=chosen[area].astype(np.int8), groups={"group": codes}, unit=area)


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_an_interval_holds_the_truth_as_often_as_it_says_where_areas_are_drawn(spread: float) -> None:
    """41 areas, of which each is chosen with a chance of 0.3: the truth of every rate is 0.3 in every group."""
    rng, inside, tried = np.random.default_rng(855), 0, 0
    for _ in range(250):
        area, group, truth = residents(rng, 41, spread=spread)
        chosen = rng.random(41) < 0.3
        table = measure(count(counted(area, group, truth, chosen)), [("group",)], RATES)
        held = np.array([0.3, 0.3, 0.7])
        inside += int(((table.low <= held) & (held <= table.high)).sum())
        tried += table.low.size
    # As independent rows these intervals would hold the truth in a fifth of the cases.
    assert inside / tried > 0.92


@pytest.mark.parametrize("spread", [0.0, 3.0])
def test_a_difference_of_two_groups_is_never_said_too_surely(spread: float) -> None:
    """Groups live in the same areas, in the second case hardly ever; each area is chosen with the same chance."""
    rng, inside, tried = np.random.default_rng(42), 0, 0
    for _ in range(100):
        area, group, truth = residents(rng, 41, spread=spread)
        table = disparities(count(counted(area, group, truth, rng.random(41) < 0.3)), [("group",)], RATES)
        apart = np.array([measure == "difference" for measure in table.measure])
        inside += int(((np.array(table.low) <= 0) & (np.array(table.high) >= 0))[apart].sum())
        tried += int(apart.sum())
    assert inside / tried > 0.95


def test_planted_rows_that_count_one_by_one_are_far_too_sure() -> None:
    rng = np.random.default_rng(855)
    area, group, truth = residents(rng, 41)
    shared = counted(area, group, truth, rng.random(41) < 0.3)
    apart = Predictions(y_true=shared.y_true, y_pred=shared.y_pred, groups=dict(shared.groups))
    wide, narrow = (measure(count(rows), [("group",)], RATES) for rows in (shared, apart))
    assert ((wide.high - wide.low) > 2.5 * (narrow.high - narrow.low)).all()
    assert (wide.effective < 41).all()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), min_size=2, max_size=30).filter(
        lambda areas: sum(a for a, _, _ in areas) > 0 and sum(b for _, b, _ in areas) > 0
    )
)
def test_two_groups_that_share_decisions_never_differ_more_than_two_that_do_not(areas: list[tuple[int, int, bool]]) -> None:
    """Decision 0042: their rates can only rise and fall together, so judging them as independent errs on the wide side."""
    a, b, chosen = (np.array(part, dtype=np.float64) for part in zip(*areas, strict=True))
    p, q = float(a @ chosen / a.sum()), float(b @ chosen / b.sum())
    covariance = float(((a * (chosen - p)) * (b * (chosen - q))).sum() / (a.sum() * b.sum()))
    assert covariance >= -1e-12
