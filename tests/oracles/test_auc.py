"""AUC and its variance against scikit-learn and a direct implementation; calibration against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from smartstart_gov.counting.tally import BINS
from smartstart_gov.statistics import calibration
from smartstart_gov.statistics.scores import auc
from tests.statistics.drawn import one, scored, tallied


def delong(truth: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    """Return AUC and DeLong's variance by comparing every pair."""
    x, y = score[truth == 1], score[truth == 0]
    wins = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    return float(wins.mean()), float(np.var(wins.mean(axis=1), ddof=1) / len(x) + np.var(wins.mean(axis=0), ddof=1) / len(y))


@pytest.mark.parametrize("steps", [0, 7])
def test_the_auc_of_every_group_lies_within_the_tie_bounds_of_scikit_learns(steps: int) -> None:
    from sklearn.metrics import roc_auc_score

    compared = 0
    for seed in range(60):
        rows, tally = tallied(seed, 400, 4, steps=steps)
        found, codes = auc(tally.scores["area",]), rows.groups["area"].codes
        for g in range(4):
            truth, score = rows.y_true[codes == g], rows.score[codes == g]
            if len(set(truth.tolist())) < 2:
                assert np.isnan([found.value[g], found.low[g], found.high[g]]).all()
                continue
            compared += 1
            gap = abs(roc_auc_score(truth, score) - found.value[g])
            assert gap <= found.ties[g] + 1e-12
            if steps:
                # Scores that are alike within a bin are alike altogether: nothing is lost.
                assert gap < 1e-12
    assert compared > 200


def test_the_tie_bounds_are_reached() -> None:
    """Two rows in one bin whose order the histogram cannot know: both extremes exist."""
    from sklearn.metrics import roc_auc_score

    found = auc(one([0, 1], [0.50001, 0.50002]))
    assert (found.value[0], found.ties[0]) == (0.5, 0.5)
    assert roc_auc_score([0, 1], [0.50001, 0.50002]) == 1.0
    assert roc_auc_score([1, 0], [0.50001, 0.50002]) == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_the_variance_is_delongs_of_the_binned_scores(seed: int) -> None:
    rows = scored(seed, 150, 1)
    binned = np.floor(rows.score * BINS) / BINS
    found = auc(one(rows.y_true, rows.score))
    value, variance = delong(rows.y_true, binned)
    assert found.value[0] == pytest.approx(value, abs=1e-12)
    assert found.variance[0] == pytest.approx(variance, rel=1e-9)
    assert found.variance[0] == pytest.approx(delong(rows.y_true, rows.score)[1], rel=0.01)


@pytest.mark.parametrize(
    ("positives", "negatives", "area", "spread"),
    [(3, 100, 0.95, 1.0), (5, 200, 0.95, 2.0), (10, 200, 0.95, 1.0), (10, 200, 0.99, 1.0), (20, 20, 0.8, 1.0),
     (100, 900, 0.75, 2.0), (300, 30, 0.9, 1.0)],
)  # fmt: skip
def test_intervals_hold_the_true_auc(positives: int, negatives: int, area: float, spread: float) -> None:
    rng, times = np.random.default_rng(1), 2000
    distance = norm.ppf(area) * np.sqrt(1 + spread**2)
    high = norm.cdf(rng.normal(distance / 2, spread, (times, positives)) / 3)
    low = norm.cdf(rng.normal(-distance / 2, 1, (times, negatives)) / 3)
    truth = np.r_[np.ones(positives), np.zeros(negatives)]
    found = auc(np.concatenate([one(truth, np.r_[h, lo]) for h, lo in zip(high, low, strict=True)]))
    covered = float(((found.low <= area) & (area <= found.high)).mean())
    assert covered > 0.93
    wald = 1.96 * np.sqrt(found.variance)
    plain = float(((found.value - wald <= area) & (area <= found.value + wald)).mean())
    assert covered > plain - 0.01


def test_all_pairs_in_order_still_leave_room_for_chance() -> None:
    few, many = auc(one([0] * 5 + [1] * 5, [0.1] * 5 + [0.9] * 5)), auc(one([0] * 500 + [1] * 500, [0.1] * 500 + [0.9] * 500))
    assert few.value[0] == many.value[0] == 1.0
    assert few.low[0] < 0.7
    assert 0.98 < many.low[0] < 1.0
    assert auc(one([1, 0, 0], [0.9, 0.1, 0.2])).low[0] < 0.3


def test_the_interval_holds_what_the_bins_hide() -> None:
    found = auc(one([0, 1] * 5000, [0.5] * 10_000))
    assert (found.value[0], found.ties[0], found.low[0], found.high[0]) == (0.5, 0.5, 0.0, 1.0)
    half = auc(one([0, 1] * 5000 + [0] * 5000 + [1] * 5000, [0.5] * 10_000 + [0.1] * 5000 + [0.9] * 5000))
    assert half.low[0] < half.value[0] - half.ties[0]
    assert half.value[0] + half.ties[0] < half.high[0] or half.high[0] == 1.0


def test_dependent_rows_widen_the_interval() -> None:
    histogram = one([0, 0, 1, 1] * 20, [0.1, 0.6, 0.5, 0.9] * 20)
    alone, four = auc(histogram), auc(histogram, design=4.0)
    assert four.value[0] == alone.value[0]
    assert four.high[0] - four.low[0] > 1.5 * (alone.high[0] - alone.low[0])


@pytest.mark.parametrize(("n", "slope", "shift"), [(200, 1.0, 0.0), (3000, 0.6, 0.5), (3000, 1.7, -0.4)])
def test_intercept_and_slope_are_those_of_a_logistic_regression(n: int, slope: float, shift: float) -> None:
    from statsmodels.api import GLM, add_constant, families

    rows = scored(3, n, 1, slope=slope, shift=shift)
    histogram = one(rows.y_true, rows.score)
    binned = (np.floor(rows.score * BINS) + 0.5) / BINS
    for score, tolerance in ((binned, 1e-7), (rows.score, 5e-3)):
        log_odds = np.log(score / (1 - score))
        both = GLM(rows.y_true, add_constant(log_odds), family=families.Binomial()).fit(tol=1e-12)
        offset = GLM(rows.y_true, np.ones(n), offset=log_odds, family=families.Binomial()).fit(tol=1e-12)
        found = calibration.slope(histogram)
        assert [x[0] for x in found] == pytest.approx([both.params[1], *both.conf_int()[1]], abs=tolerance)
        found = calibration.intercept(histogram)
        assert [x[0] for x in found] == pytest.approx([offset.params[0], *offset.conf_int()[0]], abs=tolerance)


def test_brier_score_is_scikit_learns() -> None:
    from sklearn.metrics import brier_score_loss

    rows = scored(4, 2000, 1)
    value, low, high = (x[0] for x in calibration.brier(one(rows.y_true, rows.score)))
    assert value == pytest.approx(brier_score_loss(rows.y_true, rows.score), abs=5e-5)
    squares = (rows.score - rows.y_true) ** 2
    error = squares.std(ddof=1) / np.sqrt(len(squares))
    assert (low, high) == pytest.approx((value - 1.96 * error, value + 1.96 * error), abs=2e-3)
