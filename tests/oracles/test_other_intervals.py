"""Clopper-Pearson and Newcombe intervals against published values, statsmodels and scipy; and what a policy asks for is printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaincinv
from scipy.stats import beta, binom
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.statistics.contrasts import disparities
from smartstart_gov.statistics.estimates import measure
from smartstart_gov.statistics.intervals import clopper_pearson, newcombe_interval

#: Newcombe 1998 (Statistics in Medicine 17:873-890), table II, method 10: the score intervals combined.
NEWCOMBE = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0)),
    ((10, 10, 0, 10), (0.6075, 1.0)),
]


@pytest.mark.parametrize(("table", "published"), NEWCOMBE)
def test_newcombe_gives_what_he_published(table: tuple[int, int, int, int], published: tuple[float, float]) -> None:
    found = tuple(round(float(end), 4) for end in newcombe_interval(*table, confidence=0.95))
    assert found == published


@given(st.integers(1, 400), st.integers(1, 400), st.data())
def test_newcombe_agrees_with_statsmodels(n1: int, n2: int, data: Any) -> None:
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    theirs = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff", alpha=0.05)
    assert np.allclose(newcombe_interval(x1, n1, x2, n2, confidence=0.95), theirs, atol=1e-9)


@given(st.integers(1, 2_000), st.sampled_from([0.8, 0.9, 0.95, 0.99]), st.data())
def test_clopper_pearson_agrees_with_scipy_and_statsmodels(n: int, confidence: float, data: Any) -> None:
    x, half = data.draw(st.integers(0, n)), (1 - confidence) / 2
    ends = (beta.ppf(half, x, n - x + 1) if x else 0.0, beta.ppf(1 - half, x + 1, n - x) if x < n else 1.0)
    ours = clopper_pearson(x, n, confidence)
    assert np.allclose(ours, ends, atol=1e-10)
    assert np.allclose(ours, proportion_confint(x, n, alpha=1 - confidence, method="beta"), atol=1e-10)


def test_clopper_pearson_of_many_at_once_is_that_of_scipy_to_the_last_digits() -> None:
    """A record has twelve digits: in the last of them two routines differ now and then, so there is one (decision 0040)."""
    rng = np.random.default_rng(1)
    n = rng.integers(1, 1_000, 2_000)
    x = rng.binomial(n, rng.random(2_000))
    low, high = clopper_pearson(x, n)
    assert np.abs(low - np.where(x > 0, betaincinv(np.maximum(x, 1), n - x + 1, 0.025), 0.0)).max() < 5e-14
    assert np.abs(high - np.where(x < n, betaincinv(x + 1, np.maximum(n - x, 1), 0.975), 1.0)).max() < 5e-14


@pytest.mark.parametrize("x", [0, 1, 500_000, 999_999, 1_000_000])
def test_clopper_pearson_holds_for_a_million_rows(x: int) -> None:
    low, high = clopper_pearson(x, 1_000_000)
    assert (x == 0) == (float(low) == 0.0)
    assert (x == 1_000_000) == (float(high) == 1.0)
    # At its ends the tails of the binomial are what is left out.
    assert x == 0 or binom.sf(x - 1, 1_000_000, float(low)) == pytest.approx(0.025, rel=1e-6)
    assert x == 1_000_000 or binom.cdf(x, 1_000_000, float(high)) == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize("p", [0.01, 0.1, 0.37, 0.5])
def test_clopper_pearson_covers_at_least_as_often_as_it_says(p: float) -> None:
    n = 40
    low, high = clopper_pearson(np.arange(n + 1), n)
    assert binom.pmf(np.arange(n + 1), n, p)[(low <= p) & (p <= high)].sum() >= 0.95


def test_nothing_to_divide_by_is_undefined() -> None:
    assert np.isnan(clopper_pearson(0, 0)).all()
    assert np.isnan(newcombe_interval(0, 0, 1, 2)).all()


def test_the_table_is_made_as_asked_and_says_so() -> None:
    counts = np.array([[[30, 10], [4, 16]], [[50, 5], [9, 6]]], dtype=np.int64)
    tally = Tally(axes=(Axis(name="origin", levels=("a", "b")),), counts=counts, moments={})
    plain, exact = (measure(tally, [("origin",)], interval=kind) for kind in ("wilson", "clopper_pearson"))
    assert (plain.method, exact.method) == ("wilson", "clopper_pearson")
    at = exact["selection_rate", ("origin",), "a"]
    assert (at.low, at.high) == pytest.approx(proportion_confint(26, 60, method="beta"), abs=1e-10)
    assert (exact.high - exact.low >= plain.high - plain.low).mean() > 0.5
    named = disparities(tally, [("origin",)], ["selection_rate"], differences="newcombe")
    (row,) = named.rows(measure="difference", between="groups")
    assert "Newcombe" in repr(named)
    assert type(named).from_record(named.to_record()).digest == named.digest
    theirs = confint_proportions_2indep(26, 60, 11, 70, method="newcomb", compare="diff")
    assert (named.low[row], named.high[row]) == pytest.approx(theirs, abs=1e-9)
