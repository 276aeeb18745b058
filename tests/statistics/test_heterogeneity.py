"""Spread over many groups: bounds that hold, groups that stand out, and the same answer every time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom, hypergeom

from smartstart_gov.statistics.spread import _beta_binomial, cases_for_spread, conditional, spread, standing_out


def test_the_curves_are_those_of_scipy() -> None:
    mean, deviation, n = 0.1, 0.04, 72
    size = mean * (1 - mean) / deviation**2 - 1
    expected = betabinom.pmf(np.arange(n + 1), n, mean * size, (1 - mean) * size)
    assert _beta_binomial(n, mean, deviation) == pytest.approx(expected, abs=1e-12)
    for x in (0, 3, 8, 20):
        up, down = hypergeom.sf(x - 1, 400, 60, 72), hypergeom.cdf(x, 400, 60, 72)
        place = x - int(conditional(72, 60, 400, "both")[0][0])
        assert conditional(72, 60, 400, "higher")[1][place] == pytest.approx(up, rel=1e-9)
        assert conditional(72, 60, 400, "lower")[1][place] == pytest.approx(down, rel=1e-9)
        assert conditional(72, 60, 400, "both")[1][place] == pytest.approx(min(1.0, 2 * min(up, down)), rel=1e-9)


def test_the_same_counts_give_the_same_answer() -> None:
    x, n = [9, 4, 7, 11, 6, 8, 5, 9, 7], [72] * 9
    assert spread(x, n, 0.04, alpha=0.05) == spread(x, n, 0.04, alpha=0.05)


def test_the_order_of_groups_changes_little() -> None:
    rng = np.random.default_rng(0)
    n = rng.integers(50, 100, 30)
    x = rng.binomial(n, 0.1)
    order = rng.permutation(30)
    one, two = spread(x, n, 0.04, alpha=0.05), spread(x[order], n[order], 0.04, alpha=0.05)
    assert one.value == pytest.approx(two.value)
    assert one.below == pytest.approx(two.below, abs=0.02)


def test_bounds_lie_around_the_estimate_and_agree_with_the_test() -> None:
    rng = np.random.default_rng(1)
    n = np.full(44, 200)
    for deviation in (0.0, 0.03, 0.08):
        x = rng.binomial(n, np.clip(rng.normal(0.2, deviation, 44), 0, 1))
        found = spread(x, n, 0.05, alpha=0.05)
        assert found.low <= found.value <= found.high + 1e-3
        # Inside the limit is where the upper bound is under it.
        assert (found.below <= 0.05) == (found.high < 0.05)


def test_no_event_at_all_shows_nothing() -> None:
    found = spread([0] * 10, [50] * 10, 0.04, alpha=0.05)
    assert np.isnan(found.value)
    assert (found.below, found.above) == (1.0, 1.0)


def test_a_group_far_out_is_found_in_the_direction_asked_for() -> None:
    x, n = [30, *[7] * 43], [72] * 44
    assert standing_out(x, n, alpha=0.05) == (0,)
    assert standing_out(x, n, alpha=0.05, harm="higher") == (0,)
    assert standing_out(x, n, alpha=0.05, harm="lower") == ()


@pytest.mark.slow
def test_error_rates_at_the_limit_and_of_fair_models() -> None:
    """Spread exactly at the limit passes about alpha of the time; a fair model is flagged at most alpha of it."""
    rng = np.random.default_rng(7)
    runs, groups, n, mean, limit = 400, 44, 72, 0.1, 0.04
    size = mean * (1 - mean) / limit**2 - 1
    passed = flagged = 0
    for _ in range(runs):
        at_limit = rng.binomial(n, rng.beta(mean * size, (1 - mean) * size, groups))
        passed += spread(at_limit, [n] * groups, limit, alpha=0.05, draws=999).below <= 0.05
        flagged += bool(standing_out(rng.binomial(n, mean, groups), [n] * groups, alpha=0.05))
    # Three standard errors over 5 % of 400.
    assert passed / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    assert flagged / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize(("groups", "limit", "true_share"), [(44, 0.05, 0.0), (20, 0.04, 0.0), (44, 0.05, 0.4)])
def test_with_the_cases_that_are_said_to_do_four_of_five_are_shown(groups: int, limit: float, true_share: float) -> None:
    rate, alpha, runs = 0.1, 0.05, 300
    n = cases_for_spread(rate, groups, limit, alpha=alpha, true_share=true_share)
    assert n is not None
    rng = np.random.default_rng(groups)
    deviation = max(true_share * limit, 1e-6)
    size = rate * (1 - rate) / deviation**2 - 1
    true = rng.beta(rate * size, (1 - rate) * size, (runs, groups))
    drawn = rng.binomial(n, true)
    shown = [spread(x, np.full(groups, n), limit, alpha=alpha, draws=499).below <= alpha for x in drawn]
    assert 0.72 < np.mean(shown) < 0.9


def test_no_number_of_cases_shows_a_spread_at_the_limit() -> None:
    assert cases_for_spread(0.1, 44, 0.05, alpha=0.05, true_share=1.0) is None
    assert cases_for_spread(0.0, 44, 0.05, alpha=0.05) is None
