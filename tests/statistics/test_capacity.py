"""Capacity and threshold sweep against the rows themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import Predictions
from smartstart_gov.counting.tally import BINS
from smartstart_gov.errors import Refused
from smartstart_gov.statistics.capacity import FIGURES, Capacity, at_capacity, sweep
from smartstart_gov.statistics.estimates import measure
from smartstart_gov.statistics.rates import RATES
from tests.statistics.drawn import scored, tallied


def by_rows(rows: Predictions, k: int, seed: int) -> np.ndarray:
    """Return the figures if the k highest scores are served, rows of one score in random order."""
    order = np.lexsort((np.random.default_rng(seed).random(rows.n), -rows.score))[:k]
    served = np.zeros(rows.n, dtype=bool)
    served[order] = True
    codes = rows.groups["area"].codes
    found = []
    for mine in [np.ones(rows.n, dtype=bool), *(codes == g for g in range(len(rows.groups["area"].levels)))]:
        so = rows.y_true == 1
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append([
                np.divide((mine & served).sum(), mine.sum()), np.divide((mine & served & so).sum(), (mine & served).sum()),
                np.divide((mine & served & so).sum(), (mine & so).sum()), (mine & served).sum() / k,
            ])  # fmt: skip
    return np.array(found)


@given(st.integers(0, 10**6), st.integers(2, 300), st.floats(0.01, 1), st.sampled_from([0, 3, 25]))
def test_whatever_the_order_of_ties_the_figures_lie_within_their_bounds(seed: int, n: int, share: float, steps: int) -> None:
    rows, tally = tallied(seed, n, 3, steps=steps)
    k = max(1, int(n * share))
    found = at_capacity(tally, k, ("area",))
    assert found.groups == ("overall", "a0", "a1", "a2")
    for order in range(3):
        exact = by_rows(rows, k, order)
        known = ~np.isnan(exact)
        assert (found.tie_low[known] - 1e-9 <= exact[known]).all()
        assert (exact[known] <= found.tie_high[known] + 1e-9).all()
    known = ~np.isnan(found.value)
    for inner, outer in (("tie_low", "value"), ("value", "tie_high"), ("low", "tie_low"), ("tie_high", "high")):
        assert (getattr(found, inner)[known] <= getattr(found, outer)[known] + 1e-9).all(), (inner, outer)
    shares = found.value[1:, FIGURES.index("share_of_capacity")]
    assert shares.sum() == pytest.approx(1.0)


def test_without_ties_the_bounds_meet() -> None:
    rows = scored(3, 200, 2)
    # One row a bin at most: nothing is left open.
    rows = Predictions(
        y_true=rows.y_true,
        y_pred=rows.y_pred,
        groups=rows.groups,
        score=(np.random.default_rng(0).permutation(1024)[:200]) / 1024,
    )
    found = at_capacity(count(rows), 30, ("area",))
    assert np.array_equal(found.tie_low, found.tie_high, equal_nan=True)
    assert np.allclose(found.value, by_rows(rows, 30, 0), equal_nan=True)


def test_a_share_is_a_number_of_rows() -> None:
    _, tally = tallied(1, 400, 2)
    assert at_capacity(tally, 0.1).to_record() == at_capacity(tally, 40).to_record()
    found = at_capacity(tally, 40, ("area",))
    assert Capacity.from_record(found.to_record()).to_record() == found.to_record()
    assert found.value[0, 3] == found.low[0, 3] == found.high[0, 3] == 1.0


@pytest.mark.parametrize("k", [0, -1, 401, 0.001, 2.5])
def test_a_capacity_that_is_no_number_of_rows_is_refused(k: float) -> None:
    _, tally = tallied(1, 400, 2)
    with pytest.raises(Refused) as refused:
        at_capacity(tally, k)
    assert refused.value.rule == "M01"


def test_without_scores_there_is_no_capacity_and_no_sweep() -> None:
    rows = scored(1, 50, 2)
    plain = count(Predictions(y_true=rows.y_true, y_pred=rows.y_pred, groups=rows.groups))
    for ask in (lambda: at_capacity(plain, 5), lambda: sweep(plain, ("area",)), lambda: sweep(count(rows), ("area", "area"))):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.rule == "M03"


@pytest.mark.parametrize("seed", range(5))
def test_the_sweep_is_exact_at_every_edge(seed: int) -> None:
    rows = scored(seed, 500, 3)
    # Scores exactly on edges, and just under them, are where a sweep goes wrong.
    score = rows.score.copy()
    score[:200] = np.floor(score[:200] * BINS) / BINS
    score[200:300] = np.nextafter(np.floor(score[200:300] * BINS) / BINS, 0)
    score[:2] = (1.0, 0.0)
    rows = Predictions(y_true=rows.y_true, y_pred=rows.y_pred, groups=rows.groups, score=score)
    found = sweep(count(rows), ("area",))
    codes = rows.groups["area"].codes
    for j in range(0, BINS, 1):
        decision = rows.score >= j / BINS
        expected = [np.bincount(rows.y_true[codes == g] * 2 + decision[codes == g], minlength=4) for g in range(3)]
        assert np.array_equal(found.cells[:, j], expected), j


def test_rates_of_the_sweep_are_those_of_counting_again() -> None:
    rows = scored(2, 800, 3)
    found = sweep(count(rows), ("area",))
    at = 512
    again = measure(count(rows), [("area",)])
    assert found.thresholds[at] == 0.5
    for metric in RATES:
        value, low, high = found.rates(metric)
        for g, name in enumerate(found.groups):
            estimate = again[metric, ("area",), name]
            assert np.array_equal(value[g, at], estimate.value, equal_nan=True)
            assert np.allclose([low[g, at], high[g, at]], [estimate.low, estimate.high], rtol=1e-12, equal_nan=True)
    assert np.isnan(found.rates("positive_predictive_value")[0][:, -1]).any()
