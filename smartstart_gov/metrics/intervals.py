"""Score intervals from counts: arrays in, arrays out. Counts may be effective ones, so they may be fractions.

References
----------
Wilson 1927, Probable inference, the law of succession, and statistical inference. JASA 22.
Newcombe 1998, Interval estimation for the difference between independent proportions. Statistics in Medicine 17 (method 10).
Miettinen, Nurminen 1985, Comparative analysis of two rates. Statistics in Medicine 4.
Farrington, Manning 1990, Test statistics and sample size formulae for comparative binomial trials. Statistics in Medicine 9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.metrics.crossing import crossing

Floats = npt.NDArray[np.float64]


def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile."""
    return NormalDist().inv_cdf(probability)


def normal_tail(z: float) -> float:
    """Return the probability of a standard normal above `z`."""
    return math.erfc(z / math.sqrt(2)) / 2


def chi_square_quantile(freedom: int, probability: float) -> float:
    """Return the chi-square quantile in the approximation of Wilson and Hilferty 1931.

    Examples
    --------
    >>> round(chi_square_quantile(43, 0.05), 1)
    29.0
    """
    ninth = 2 / (9 * freedom)
    return float(freedom * (1 - ninth + normal_quantile(probability) * ninth**0.5) ** 3)


def wilson(x: npt.ArrayLike, n: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return lower and upper Wilson score bounds of x/n, two-sided; nan where n is 0.

    Parameters
    ----------
    x, n : array_like, shape (...)
        Numerators and denominators; effective counts may be fractions.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    low, high : ndarray of float64, shape (...)
        In [0, 1]; a count of 0 has low exactly 0, a count of n has high exactly 1.

    Examples
    --------
    >>> low, high = wilson(7, 40)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0875, 0.3195)
    """
    x, n = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z2 = normal_quantile(0.5 + confidence / 2) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (x + z2 / 2) / (n + z2)
        half = np.sqrt(z2 * (x * (n - x) / n + z2 / 4)) / (n + z2)
        low, high = centre - half, centre + half
    low, high = np.where(x <= 0, 0.0, low), np.where(x >= n, 1.0, high)
    empty = n <= 0
    return np.where(empty, np.nan, np.maximum(low, 0.0)), np.where(empty, np.nan, np.minimum(high, 1.0))


def mean_interval(mean: npt.ArrayLike, n: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return Wilson bounds of a mean of values in [0, 1] that is worth `n` independent draws of 0 and 1; nan where n is 0.

    With ``n = mean (1 - mean) / variance of the mean`` it has the width of that variance, stays in [0, 1], and has a
    width where the sample shows no spread.
    """
    mean, n = np.asarray(mean, dtype=np.float64), np.asarray(n, dtype=np.float64)
    return wilson(np.where(n > 0, np.nan_to_num(mean) * n, 0.0), np.where(np.isnan(mean), 0.0, n), confidence)


def difference_score(x1: Any, n1: Any, x2: Any, n2: Any, delta: Any) -> Floats:
    """Return the Miettinen-Nurminen score statistic of H: p1 - p2 = `delta`; nan where a denominator is 0.

    Large positive values speak for p1 - p2 > delta. Where neither sample varies under the hypothesis
    the statistic is 0 if the data agree with it and infinite if they do not.
    """
    return standardised(*difference_parts(x1, n1, x2, n2, delta))


def difference_parts(x1: Any, n1: Any, x2: Any, n2: Any, delta: Any) -> tuple[Floats, Floats]:
    """Return p1 - p2 - `delta` and its variance under the hypothesis; nan where a denominator is 0."""
    x1, n1, x2, n2, d = (np.asarray(a, dtype=np.float64) for a in (x1, n1, x2, n2, delta))
    with np.errstate(divide="ignore", invalid="ignore"):
        n, m = n1 + n2, x1 + x2
        # Constrained maximum likelihood of p2: the root of a cubic, in closed form (Farrington, Manning).
        a3 = n
        a2 = (n1 + 2 * n2) * d - n - m
        a1 = (n2 * d - n - 2 * x2) * d + m
        a0 = x2 * d * (1 - d)
        q = a2**3 / (3 * a3) ** 3 - a1 * a2 / (6 * a3**2) + a0 / (2 * a3)
        p = np.where(q >= 0, 1.0, -1.0) * np.sqrt(np.maximum(a2**2 / (3 * a3) ** 2 - a1 / (3 * a3), 0.0))
        ratio = np.minimum(np.maximum(np.where(p == 0, 0.0, q / p**3), -1.0), 1.0)
        angle = (np.pi + np.arccos(ratio)) / 3
        r2 = _rate(2 * p * np.cos(angle) - a2 / (3 * a3))
        r1 = _rate(r2 + d)
        r2 = _rate(r1 - d)
        variance = (r1 * (1 - r1) / n1 + r2 * (1 - r2) / n2) * n / (n - 1)
        return _where_defined(x1 / n1 - x2 / n2 - d, variance, n1, n2)


def ratio_score(x1: Any, n1: Any, x2: Any, n2: Any, k: Any) -> Floats:
    """Return the Miettinen-Nurminen score statistic of H: p1 - k p2 = 0; nan where a denominator is 0.

    The linear contrast needs no division by p2, so that zero counts are no special case.
    """
    return standardised(*ratio_parts(x1, n1, x2, n2, k))


def ratio_parts(x1: Any, n1: Any, x2: Any, n2: Any, k: Any) -> tuple[Floats, Floats]:
    """Return p1 - `k` p2 and its variance under the hypothesis; nan where a denominator is 0."""
    x1, n1, x2, n2, k = (np.asarray(a, dtype=np.float64) for a in (x1, n1, x2, n2, k))
    with np.errstate(divide="ignore", invalid="ignore"):
        n = n1 + n2
        a = n * k
        b = n1 * k + x1 + n2 + x2 * k
        c = x1 + x2
        r2 = _rate((b - np.sqrt(np.maximum(b * b - 4 * a * c, 0.0))) / (2 * a))
        r2 = np.where(a == 0, c / n2, r2)
        r1 = _rate(r2 * k)
        variance = (r1 * (1 - r1) / n1 + k**2 * r2 * (1 - r2) / n2) * n / (n - 1)
        return _where_defined(x1 / n1 - k * x2 / n2, variance, n1, n2)


def _rate(value: Floats) -> Floats:
    """Return `value` held in [0, 1]: what `numpy.clip` does, in a third of its time on few values."""
    held: Floats = np.minimum(np.maximum(value, 0.0), 1.0)
    return held


def _where_defined(gap: Floats, variance: Floats, n1: Floats, n2: Floats) -> tuple[Floats, Floats]:
    defined = (n1 > 0) & (n2 > 0)
    # One row in all, or less, has no estimate of variance (n - 1 is 0): it is infinite.
    known = ~np.isnan(variance) & (n1 + n2 > 1)
    return np.where(defined, gap, np.nan), np.where(defined, np.where(known, variance, np.inf), np.nan)


def standardised(gap: Floats, variance: Floats) -> Floats:
    """Return `gap` in standard deviations; nan where undefined, and 0 where nothing can be said."""
    defined = ~np.isnan(gap)
    tiny = variance <= 1e-300
    hopeless = ~np.isfinite(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = gap / np.sqrt(np.where(tiny, 1.0, variance))
        z = np.where(tiny, np.where(np.abs(gap) < 1e-12, 0.0, np.sign(gap) * np.inf), scaled)
    result: Floats = np.where(defined, np.where(hopeless, 0.0, z), np.nan)
    return result


def difference_interval(x1: Any, n1: Any, x2: Any, n2: Any, confidence: float = 0.9) -> tuple[Floats, Floats]:
    """Return two-sided Miettinen-Nurminen bounds of p1 - p2; nan where a denominator is 0.

    With ``confidence = 1 - 2 alpha`` each end is a one-sided bound at level alpha.
    """
    z = normal_quantile(0.5 + confidence / 2)
    x1, n1, x2, n2 = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (x1, n1, x2, n2)))
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = x1 / n1 - x2 / n2
    low, high = _ends(difference_score, (x1, n1, x2, n2), (-1.0, 1.0), estimate, z)
    undefined = (n1 <= 0) | (n2 <= 0)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def newcombe_interval(x1: Any, n1: Any, x2: Any, n2: Any, confidence: float = 0.9) -> tuple[Floats, Floats]:
    """Return two-sided Newcombe bounds of p1 - p2, from the Wilson bounds of either rate; nan where a denominator is 0.

    Examples
    --------
    >>> low, high = newcombe_interval(56, 70, 48, 80, confidence=0.95)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0524, 0.3339)
    """
    x1, n1, x2, n2 = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (x1, n1, x2, n2)))
    (low1, high1), (low2, high2) = wilson(x1, n1, confidence), wilson(x2, n2, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = x1 / n1, x2 / n2
        gap = p1 - p2
        return gap - np.hypot(p1 - low1, high2 - p2), gap + np.hypot(high1 - p1, p2 - low2)


def ratio_interval(x1: Any, n1: Any, x2: Any, n2: Any, confidence: float = 0.9) -> tuple[Floats, Floats]:
    """Return two-sided Miettinen-Nurminen bounds of p1 / p2; nan where it is undefined, inf where unbounded."""
    z = normal_quantile(0.5 + confidence / 2)
    x1, n1, x2, n2 = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (x1, n1, x2, n2)))
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = (x1 / n1) / (x2 / n2)
    # On the scale t = k / (1 + k) the whole half-line of ratios is [0, 1), so that halving always ends.
    with np.errstate(invalid="ignore"):
        middle = np.where(np.isinf(estimate), 1.0, estimate / (1 + estimate))

    def score(x1: Floats, n1: Floats, x2: Floats, n2: Floats, t: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return ratio_score(x1, n1, x2, n2, np.minimum(t / (1 - t), 1e12))

    low, high = _ends(score, (x1, n1, x2, n2), (0.0, 1.0), middle, z)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = low / (1 - low), np.where(high >= 1 - 1e-12, np.inf, high / (1 - high))
        low = np.where(x1 <= 0, 0.0, low)
        high = np.where(x2 <= 0, np.inf, high)
    undefined = (n1 <= 0) | (n2 <= 0) | ((x1 <= 0) & (x2 <= 0))
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def _ends(
    score: Any, tables: Sequence[Floats], range_: tuple[float, float], estimate: Floats, z: float
) -> tuple[Floats, Floats]:
    """Return where a score that falls through 0 at `estimate` comes to `z` and to -`z`."""
    # Both ends at once: for few comparisons a step costs the same for two ends as for one.
    far, sign = (np.reshape(pair, (2,) + (1,) * estimate.ndim) for pair in (range_, (1.0, -1.0)))
    low, high = crossing(lambda at, up, *table: up * score(*table, at), far, estimate, z, of=[sign, *tables])
    return low, high
