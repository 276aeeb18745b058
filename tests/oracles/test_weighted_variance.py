"""The variance of weighted rates against statsmodels' sandwich estimator, and effective rows against the variance."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from statsmodels.api import WLS

from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.statistics.effective_size import effective_rows, linearised
from smartstart_gov.statistics.estimates import margin
from smartstart_gov.statistics.rates import rate

OF = rate("selection_rate")


def sample(seed: int, n: int, share: float, heavy: float, rates: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and events; `rates` are those of light and of heavy rows."""
    rng = np.random.default_rng(seed)
    among = rng.random(n) < share
    weight = np.where(among, heavy, 1.0) * rng.uniform(0.5, 1.5, n)
    return weight, rng.random(n) < np.where(among, rates[1], rates[0])


def sums(weight: np.ndarray, events: np.ndarray, power: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([(weight[events] ** power).sum()]), np.array([(weight[~events] ** power).sum()])


def effective(weight: np.ndarray, events: np.ndarray) -> float:
    zero = np.zeros(3)
    cells = [[[(weight[which] ** k).sum() for k in (1, 2, 4)] for which in (~events, events)] + [zero, zero]]
    return float(effective_rows(np.array(cells), np.array([len(weight)]), OF)[0])


@pytest.mark.parametrize("seed", range(5))
def test_the_linearised_variance_is_the_sandwich_of_a_weighted_mean(seed: int) -> None:
    """A weighted least squares fit of a constant, with White's (1980) heteroscedasticity-consistent variance."""
    weight, events = sample(seed, 400, 0.1, 10.0, (0.4, 0.8))
    fit = WLS(events.astype(float), np.ones(400), weights=weight).fit(cov_type="HC0")
    (x, y), (xx, yy) = sums(weight, events, 1), sums(weight, events, 2)
    assert x / (x + y) == pytest.approx(fit.params[0])
    assert linearised(x, x + y, xx, yy)[0] == pytest.approx(float(fit.bse[0]) ** 2)


def test_the_linearised_variance_worked_by_hand() -> None:
    """Events of weight 1 and 3, others of weight 2 and 4: p = 4 / 10, and the sum of w^2 (y - p)^2 over 10^2."""
    p = Fraction(4, 10)
    by_hand = sum(w**2 * (y - p) ** 2 for w, y in ((1, 1), (3, 1), (2, 0), (4, 0))) / Fraction(100)
    found = linearised(*(np.array([float(n)]) for n in (4, 10, 1 + 9, 4 + 16)))
    assert float(found[0]) == pytest.approx(float(by_hand))
    assert by_hand == Fraction(68, 1000)


@pytest.mark.parametrize(
    ("share", "heavy", "rates"), [(0.2, 5.0, (0.8, 0.4)), (0.01, 100.0, (0.9, 0.6)), (0.1, 10.0, (0.1, 0.5))]
)
def test_many_effective_rows_have_the_linearised_variance(share: float, heavy: float, rates: tuple[float, float]) -> None:
    weight, events = sample(1, 400_000, share, heavy, rates)
    (x, y), (xx, yy) = sums(weight, events, 1), sums(weight, events, 2)
    p = float(x[0] / (x + y)[0])
    kish = float((x + y)[0] ** 2 / (xx + yy)[0])
    wanted = min(p * (1 - p) / float(linearised(x, x + y, xx, yy)[0]), kish)
    assert effective(weight, events) == pytest.approx(wanted, rel=0.02)
    # Heavy rows differ in outcome: Kish's number promises more.
    assert wanted < 0.95 * kish


def test_few_heavy_rows_without_the_rare_outcome_promise_little() -> None:
    """Ten rows of weight 100, all events, beside 990 of weight 1: the sample shows hardly any variance, and there is some."""
    weight, events = np.r_[np.full(10, 100.0), np.ones(990)], np.r_[np.ones(10, dtype=bool), np.arange(990) % 10 > 0]
    (x, y), (xx, yy) = sums(weight, events, 1), sums(weight, events, 2)
    p = float(x[0] / (x + y)[0])
    assert p * (1 - p) / float(linearised(x, x + y, xx, yy)[0]) > 500
    assert effective(weight, events) < 40


def test_a_rate_of_a_tally_is_worth_those_rows() -> None:
    weight, events = sample(3, 500, 0.1, 10.0, (0.4, 0.8))
    axis = GroupCodes(name="axis0", levels=("a",), codes=np.zeros(500, dtype=np.int64))
    rows = Predictions(y_true=np.arange(500) % 2, y_pred=events.astype(np.int8), groups={"axis0": axis}, weight=weight * 1e-7)
    block = margin(count(rows), ("axis0",))
    assert block is not None
    numerator, denominator, value, worth = block.fraction(OF)
    assert (numerator[0], denominator[0]) == (events.sum(), 500)
    assert value[0] == pytest.approx(np.average(events, weights=weight))
    assert worth[0] == pytest.approx(effective(weight, events), rel=1e-6)
