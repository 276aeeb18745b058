"""Intervals against published worked examples, statsmodels, and the likelihood maximised by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from smartstart_gov.statistics.intervals import difference_interval, difference_score, ratio_interval, ratio_score, wilson


def test_wilson_is_that_of_newcombe_1998() -> None:
    # Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, method 3.
    for x, n, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        found = wilson(x, n)
        assert (round(float(found[0]), 4), round(float(found[1]), 4)) == (low, high)


def test_wilson_is_that_of_statsmodels() -> None:
    for x, n in [(0, 1), (1, 1), (3, 7), (50, 400), (399, 400)]:
        assert np.allclose(wilson(x, n), proportion_confint(x, n, method="wilson"), atol=1e-12)


def test_miettinen_nurminen_is_that_of_newcombe_1998() -> None:
    # Newcombe 1998, Interval estimation for the difference, table II, method 5 (Mee) with and without the
    # factor N/(N-1): these are the published Miettinen-Nurminen limits of 56/70 against 48/80.
    low, high = difference_interval(56, 70, 48, 80, confidence=0.95)
    assert (round(float(low), 4), round(float(high), 4)) == (0.0528, 0.3382)


@given(st.integers(2, 80), st.integers(2, 80), st.data())
def test_score_of_a_difference_is_that_of_the_maximised_likelihood(n1: int, n2: int, data: st.DataObject) -> None:
    x1, x2 = data.draw(st.integers(1, n1 - 1)), data.draw(st.integers(1, n2 - 1))
    d = data.draw(st.floats(-0.6, 0.6).filter(lambda v: abs(v) > 1e-3))

    def loss(p2: float) -> float:
        p1 = p2 + d
        return -(x1 * np.log(p1) + (n1 - x1) * np.log(1 - p1) + x2 * np.log(p2) + (n2 - x2) * np.log(1 - p2))

    p2 = minimize_scalar(loss, bounds=(max(0, -d) + 1e-12, min(1, 1 - d) - 1e-12), method="bounded", options={"xatol": 1e-13}).x
    p1, n = p2 + d, n1 + n2
    expected = (x1 / n1 - x2 / n2 - d) / np.sqrt((p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * n / (n - 1))
    assert float(difference_score(x1, n1, x2, n2, d)) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_ratio_bounds_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(4)
    for _ in range(60):
        n1, n2 = rng.integers(5, 300, 2)
        x1, x2 = rng.integers(1, n1), rng.integers(1, n2)
        expected = confint_proportions_2indep(x1, n1, x2, n2, method="score", compare="ratio", alpha=0.1, correction=True)
        assert np.allclose(ratio_interval(x1, n1, x2, n2, 0.9), expected, rtol=1e-5)


@pytest.mark.slow
@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 60), st.integers(1, 60))
def test_bounds_hold_their_point_and_mirror(x1: int, n1: int, x2: int, n2: int) -> None:
    x1, x2 = min(x1, n1), min(x2, n2)
    low, high = difference_interval(x1, n1, x2, n2)
    value = x1 / n1 - x2 / n2
    assert low - 1e-12 <= value <= high + 1e-12
    mirrored = difference_interval(x2, n2, x1, n1)
    assert np.allclose((low, high), (-mirrored[1], -mirrored[0]), atol=1e-9)
    low, high = ratio_interval(x1, n1, x2, n2)
    if x2 and x1:
        assert low - 1e-9 <= (x1 / n1) / (x2 / n2) <= high + 1e-9


def test_nothing_to_divide_by_is_undefined_and_no_event_anywhere_says_nothing() -> None:
    assert np.isnan(difference_score(0, 0, 3, 10, 0.1))
    assert np.isnan(difference_interval(0, 0, 3, 10)).all()
    assert np.isnan(ratio_interval(0, 10, 0, 20)).all()
    assert float(ratio_score(0, 10, 0, 20, 0.8)) == 0.0
    assert np.isnan(wilson(0, 0)).all()
    assert float(ratio_interval(3, 10, 0, 20)[1]) == np.inf
