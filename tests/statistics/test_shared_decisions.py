"""People of one area share its decision: intervals and comparisons are never narrower than that allows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.intervals import AREAS, CHOSEN, RATES, SPREADS, counted, held, one_by_one, residents
from smartstart_gov.counting.count import count
from smartstart_gov.statistics.estimates import measure


@pytest.mark.parametrize("spread", SPREADS)
def test_an_interval_holds_the_truth_as_often_as_it_says_where_areas_are_drawn(spread: float) -> None:
    """A seeded part of what `python -m benchmarks.intervals` prints: 41 areas, of which each is chosen with a chance of 0.3."""
    found = held(spread, 60)
    assert found.rate > 0.90
    # Groups live in the same areas, in the last case hardly ever.
    assert found.difference > 0.94
    assert found.rate_one_by_one < 0.25


def test_planted_rows_that_count_one_by_one_are_far_too_sure() -> None:
    rng = np.random.default_rng(855)
    area, group, truth = residents(rng, AREAS)
    shared = counted(area, group, truth, rng.random(AREAS) < CHOSEN)
    wide, narrow = (measure(count(rows), [("group",)], RATES) for rows in (shared, one_by_one(shared)))
    assert ((wide.high - wide.low) > 2.5 * (narrow.high - narrow.low)).all()
    assert (wide.effective < AREAS).all()


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
