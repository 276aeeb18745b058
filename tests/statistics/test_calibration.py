"""Calibration from a histogram: undefined where it is, honest where rows are few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.counting.tally import BINS
from smartstart_gov.statistics import calibration
from smartstart_gov.statistics.calibration import Reliability, quantile_edges, reliability
from tests.statistics.drawn import one, scored


@pytest.mark.parametrize(
    ("truth", "score"),
    [
        ([0, 0, 0], [0.1, 0.5, 0.9]), ([1, 1], [0.2, 0.7]),  # a class is absent
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]), ([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),  # complete separation
        ([0, 0, 1, 1], [0.1, 0.5, 0.5, 0.9]),  # quasi-complete: they touch
        ([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]),  # one score only
    ],
)  # fmt: skip
def test_the_slope_is_undefined_where_no_maximum_exists(truth: list[int], score: list[float]) -> None:
    assert np.isnan(calibration.slope(one(truth, score))).all()


def test_one_pair_out_of_order_is_enough_for_a_slope() -> None:
    value, low, high = (x[0] for x in calibration.slope(one([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.45, 0.55, 0.8, 0.9])))
    assert np.isfinite([value, low, high]).all()
    assert low < value < high


def test_a_group_without_rows_has_no_figure() -> None:
    empty = np.zeros((1, 2, BINS), dtype=np.int64)
    for figure in ("intercept", "slope", "observed_expected", "brier", "calibration_error"):
        assert np.isnan(getattr(calibration, figure)(empty)).all(), figure


def test_figures_of_groups_do_not_depend_on_who_stands_beside_them() -> None:
    ill = one([0, 1], [0.2, 0.9])
    parts = [one(scored(s, 300, 1, slope=0.3 * s).y_true, scored(s, 300, 1, slope=0.3 * s).score) for s in range(1, 6)]
    together = np.concatenate([ill, *parts, np.zeros((1, 2, BINS), dtype=np.int64)])
    for figure in ("intercept", "slope", "observed_expected", "brier", "calibration_error"):
        make = getattr(calibration, figure)
        alone = np.concatenate([np.array(make(part)) for part in (ill, *parts)], axis=1)
        assert np.allclose(np.array(make(together))[:, :-1], alone, equal_nan=True, atol=1e-9), figure


@given(st.integers(0, 10**6), st.integers(5, 400), st.floats(0.2, 3), st.floats(-3, 3))
def test_the_gradient_is_zero_at_the_slope(seed: int, n: int, slope: float, shift: float) -> None:
    rows = scored(seed, n, 1, slope=slope, shift=shift)
    histogram = one(rows.y_true, rows.score)
    b = calibration.slope(histogram).value[0]
    if np.isnan(b):
        return
    # With the best intercept for this slope, the residuals do not go with the log-odds.
    x, total, positive = calibration.LOG_ODDS, histogram[0].sum(axis=0), histogram[0, 1]
    low, high = -200.0, 200.0
    for _ in range(200):
        a = (low + high) / 2
        chance = 1 / (1 + np.exp(-np.clip(a + b * x, -500, 500)))
        low, high = (a, high) if positive.sum() > (total * chance).sum() else (low, a)
    assert abs(((positive - total * chance) * x).sum()) < 1e-4 * n


@given(st.integers(0, 10**6), st.integers(5, 500), st.floats(-6, 2))
def test_the_ratio_of_the_scores_themselves_is_never_lost_in_the_bins(seed: int, n: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    score = 1 / (1 + np.exp(-rng.normal(level, 1, n)))
    truth = (rng.random(n) < score).astype(np.int8)
    _, low, high = (x[0] for x in calibration.observed_expected(one(truth, score)))
    assert low <= truth.sum() / score.sum() <= high


def test_calibration_in_the_large_has_an_upper_end_without_events() -> None:
    value, low, high = (x[0] for x in calibration.observed_expected(one([0] * 30, [0.1] * 30)))
    assert (value, low) == (0.0, 0.0)
    assert 0.5 < high < 2.0


def test_the_calibration_error_of_right_scores_is_not_zero_by_chance_and_says_so() -> None:
    rng = np.random.default_rng(2)
    values, lows, expected = [], [], []
    for _ in range(200):
        score = rng.beta(2, 5, 200)
        histogram = one(rng.random(200) < score, score)
        values.append(calibration.calibration_error(histogram).value[0])
        lows.append(calibration.calibration_error(histogram).low[0])
        expected.append(calibration.chance_error(histogram)[0])
    assert np.mean(values) > 0.05
    assert np.mean(values) == pytest.approx(np.mean(expected), rel=0.1)
    assert np.mean(np.array(lows) == 0.0) > 0.95


def test_the_calibration_error_of_wrong_scores_is_found() -> None:
    rng = np.random.default_rng(2)
    score = rng.beta(2, 5, 5000)
    found = calibration.calibration_error(one(rng.random(5000) < score / 2, score))
    assert found.low[0] < (score / 2).mean() < found.high[0]
    assert found.low[0] > 0.1


@pytest.mark.slow
@pytest.mark.parametrize(("n", "slope", "shift"), [(100, 1.0, 0.0), (1000, 1.0, 0.0)])
def test_intervals_hold_the_truth(n: int, slope: float, shift: float) -> None:
    rng, times = np.random.default_rng(7), 1000
    parts = []
    for _ in range(times):
        log_odds = rng.normal(-2, 1.2, n)
        score = 1 / (1 + np.exp(-log_odds))
        parts.append(one(rng.random(n) < score, score))
    histogram = np.concatenate(parts)
    truth = {"slope": 1.0, "intercept": 0.0, "observed_expected": 1.0, "calibration_error": 0.0}
    for figure, value in truth.items():
        _, low, high = getattr(calibration, figure)(histogram)
        known = ~np.isnan(low)
        assert ((low <= value) & (value <= high))[known].mean() > 0.93, figure


@given(st.integers(0, 10**6), st.integers(1, 500), st.integers(0, 40), st.integers(2, 12))
def test_a_reliability_table_cuts_all_rows_into_parts_of_whole_bins(seed: int, n: int, steps: int, parts: int) -> None:
    rows = scored(seed, max(n, 2), 1, steps=steps)
    histogram = one(rows.y_true, rows.score)[0]
    table = reliability(histogram, quantile_edges(histogram, parts))
    assert (table.edges[0], table.edges[-1]) == (0, BINS)
    assert sum(table.rows) == len(rows.y_true)
    assert sum(table.positives) == int(rows.y_true.sum())
    assert 1 <= len(table) <= parts
    assert min(table.rows) > 0
    for i in range(len(table)):
        inside = (rows.score >= table.edges[i] / BINS) & ((rows.score < table.edges[i + 1] / BINS) | (i == len(table) - 1))
        assert (int(inside.sum()), int(rows.y_true[inside].sum())) == (table.rows[i], table.positives[i])
        assert table.score[i] == pytest.approx(rows.score[inside].mean(), abs=1 / BINS)
        assert table.low[i] <= table.share[i] <= table.high[i]
    assert Reliability.from_record(table.to_record()).to_record() == table.to_record()


def test_parts_hold_about_as_many_rows() -> None:
    rows = scored(1, 20_000, 1)
    table = reliability(one(rows.y_true, rows.score)[0])
    assert len(table) == 10
    assert all(1800 < n < 2200 for n in table.rows)
