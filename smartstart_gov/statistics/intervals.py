"""Score intervals and exact intervals from counts: arrays in, arrays out, without scipy. Counts may be effective ones.

References
----------
Clopper, Pearson 1934, The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika 26.
Thompson, Barnett 1986, Coulomb and Bessel functions of complex arguments and order. J. Comput. Phys. 64 (the method
by which the continued fraction is evaluated).
Chandrupatla 1997, A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function without using
derivatives. Advances in Engineering Software 28.
Wilson 1927, Probable inference, the law of succession, and statistical inference. JASA 22.
Newcombe 1998, Interval estimation for the difference between independent proportions. Statistics in Medicine 17 (method 10).
Miettinen, Nurminen 1985, Comparative analysis of two rates. Statistics in Medicine 4.
Farrington, Manning 1990, Test statistics and sample size formulae for comparative binomial trials. Statistics in Medicine 9.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: The search ends where the place is known to this share of its size, or to this distance near 0.
_SHARE, _DISTANCE = 2.0**-51, 2.0**-59
#: Halving alone takes 60 steps; where the statistic jumps, some of the others are lost. A smooth one takes about ten.
_MOST_STEPS = 150
_HALVINGS = 50
_TINY, _CLOSE, _MOST_TERMS = 1e-300, 1e-14, 100_000
_log_gamma = np.frompyfunc(math.lgamma, 1, 1)


def crossing(
    statistic: Callable[..., Floats], far: npt.ArrayLike, near: npt.ArrayLike, level: float, of: Sequence[npt.ArrayLike] = ()
) -> Floats:
    """Return where `statistic` comes down to `level` on the way from `far` to `near`: the last place known to be above.

    Quadratic steps where the statistic is smooth, halving where it is not. What becomes of one place does not depend
    on the others. An undefined statistic is not above the level, and an undefined `near` is `far`.

    Parameters
    ----------
    statistic : callable
        Takes places, shape (n,), with what belongs to each of them from the arrays `of`, and gives their statistics.
        It is asked neither at `far`, which counts as above, nor at `near`, which counts as below; if it is above
        nowhere between them, the answer is `far`.
    far, near : array_like, shape (...)
    level : float
    of : sequence of array_like, shape (...)

    Returns
    -------
    ndarray of float64, shape (...)
        That to which the arguments broadcast.

    Examples
    --------
    >>> crossing(lambda x, a: a - x**2, 0.0, [9.0, 5.0], 5.0, of=[[9.0, 21.0]]).round(12).tolist()
    [2.0, 4.0]
    """
    given = np.broadcast_arrays(far, near, *of)
    shape = given[0].shape
    start, end, *mine = (np.ravel(one) for one in given)
    # `new` is the place asked last, `other` the end of the bracket across from it, `old` the place before.
    other = np.array(start, dtype=np.float64)
    new = np.where(np.isnan(end), other, end)
    found, rank, old = other.copy(), np.arange(len(other)), other
    # Heights above the level. Those of the two ends are not known, and infinite: the first steps halve.
    of_new, of_other = np.full(new.shape, -np.inf), np.full(new.shape, np.inf)
    of_old, share = of_other, np.full(new.shape, 0.5)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(_MOST_STEPS):
            width = other - new
            least = np.maximum(_SHARE * np.abs(new), _DISTANCE)
            open_ = np.abs(width) > least
            if not open_.all():
                done = ~open_
                found[rank[done]] = np.where(of_new[done] > 0, new[done], other[done])
                new, other, of_new, of_other = new[open_], other[open_], of_new[open_], of_other[open_]
                rank, share, width, least = rank[open_], share[open_], width[open_], least[open_]
                mine = [one[open_] for one in mine]
                if len(rank) == 0:
                    break
            step = 0.5 * least / np.abs(width)
            tried = new + np.minimum(np.maximum(share, step), 1 - step) * width
            of_tried = statistic(tried, *mine) - level
            turned = (of_tried > 0) != (of_new > 0)
            old, of_old = np.where(turned, other, new), np.where(turned, of_other, of_new)
            other, of_other = np.where(turned, new, other), np.where(turned, of_new, of_other)
            new, of_new = tried, of_tried
            share = _share_of_bracket(new, other, old, of_new, of_other, of_old)
    found[rank] = np.where(of_new > 0, new, other)
    return found.reshape(shape)


def _share_of_bracket(a: Floats, b: Floats, c: Floats, of_a: Floats, of_b: Floats, of_c: Floats) -> Floats:
    """Return how far from `a` to `b` to ask next: where a curve through the three is 0 if it is a good one, or halfway."""
    place, height = (a - b) / (c - b), (of_a - of_b) / (of_c - of_b)
    good = (height**2 < place) & ((1 - height) ** 2 < 1 - place)
    curve = of_a / (of_b - of_a) * (of_c / (of_b - of_c)) + (c - a) / (b - a) * (of_a / (of_c - of_a)) * (of_b / (of_c - of_b))
    return np.where(good & np.isfinite(curve), curve, 0.5)


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
    return standardised(*score_parts("difference", x1, n1, x2, n2, delta))


def ratio_score(x1: Any, n1: Any, x2: Any, n2: Any, k: Any) -> Floats:
    """Return the Miettinen-Nurminen score statistic of H: p1 - k p2 = 0; nan where a denominator is 0.

    The linear contrast needs no division by p2, so that zero counts are no special case.
    """
    return standardised(*score_parts("ratio", x1, n1, x2, n2, k))


def score_parts(
    measure: Literal["difference", "ratio"], x1: Any, n1: Any, x2: Any, n2: Any, limit: Any
) -> tuple[Floats, Floats]:
    """Return p1 - p2 - `limit`, or p1 - `limit` p2, and its variance if that is 0 in truth; nan where a denominator is 0.

    Both rates are those of constrained maximum likelihood: for a difference the root of a cubic, in closed form
    (Farrington, Manning), for a ratio that of a quadratic. They are held in [0, 1] as `numpy.clip` does it, in a third
    of its time on few values.
    """
    x1, n1, x2, n2, at = [np.asarray(a, dtype=np.float64) for a in (x1, n1, x2, n2, limit)]
    with np.errstate(divide="ignore", invalid="ignore"):
        n = n1 + n2
        if measure == "difference":
            m = x1 + x2
            a3 = n
            a2 = (n1 + 2 * n2) * at - n - m
            a1 = (n2 * at - n - 2 * x2) * at + m
            a0 = x2 * at * (1 - at)
            q = a2**3 / (3 * a3) ** 3 - a1 * a2 / (6 * a3**2) + a0 / (2 * a3)
            p = np.where(q >= 0, 1.0, -1.0) * np.sqrt(np.maximum(a2**2 / (3 * a3) ** 2 - a1 / (3 * a3), 0.0))
            ratio = np.minimum(np.maximum(np.where(p == 0, 0.0, q / p**3), -1.0), 1.0)
            angle = (np.pi + np.arccos(ratio)) / 3
            r2 = np.minimum(np.maximum(2 * p * np.cos(angle) - a2 / (3 * a3), 0.0), 1.0)
            r1 = np.minimum(np.maximum(r2 + at, 0.0), 1.0)
            r2 = np.minimum(np.maximum(r1 - at, 0.0), 1.0)
            gap = x1 / n1 - x2 / n2 - at
            variance = (r1 * (1 - r1) / n1 + r2 * (1 - r2) / n2) * n / (n - 1)
        else:
            a = n * at
            b = n1 * at + x1 + n2 + x2 * at
            c = x1 + x2
            r2 = np.minimum(np.maximum((b - np.sqrt(np.maximum(b * b - 4 * a * c, 0.0))) / (2 * a), 0.0), 1.0)
            r2 = np.where(a == 0, c / n2, r2)
            r1 = np.minimum(np.maximum(r2 * at, 0.0), 1.0)
            gap = x1 / n1 - at * x2 / n2
            variance = (r1 * (1 - r1) / n1 + at**2 * r2 * (1 - r2) / n2) * n / (n - 1)
    defined = (n1 > 0) & (n2 > 0)
    # One row in all, or less, has no estimate of variance (n - 1 is 0): it is infinite.
    known = ~np.isnan(variance) & (n > 1)
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

    With ``confidence = 1 - 2 alpha`` each end is a one-sided bound at level alpha. The score falls through 0 at the
    estimate; where it comes to the quantile and to its opposite is sought at once: for few comparisons a step costs the
    same for two ends as for one.
    """
    z = normal_quantile(0.5 + confidence / 2)
    x1, n1, x2, n2 = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (x1, n1, x2, n2)))
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = x1 / n1 - x2 / n2

    def score(at: Floats, up: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
        return np.multiply(up, standardised(*score_parts("difference", x1, n1, x2, n2, at)))

    far, up = (np.reshape(pair, (2,) + (1,) * estimate.ndim) for pair in ((-1.0, 1.0), (1.0, -1.0)))
    low, high = crossing(score, far, estimate, z, of=[up, x1, n1, x2, n2])
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

    def score(t: Floats, up: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.multiply(up, standardised(*score_parts("ratio", x1, n1, x2, n2, np.minimum(t / (1 - t), 1e12))))

    far, up = (np.reshape(pair, (2,) + (1,) * middle.ndim) for pair in ((0.0, 1.0), (1.0, -1.0)))
    low, high = crossing(score, far, middle, z, of=[up, x1, n1, x2, n2])
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = low / (1 - low), np.where(high >= 1 - 1e-12, np.inf, high / (1 - high))
        low = np.where(x1 <= 0, 0.0, low)
        high = np.where(x2 <= 0, np.inf, high)
    undefined = (n1 <= 0) | (n2 <= 0) | ((x1 <= 0) & (x2 <= 0))
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def clopper_pearson(x: npt.ArrayLike, n: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return lower and upper Clopper-Pearson bounds of x/n, two-sided; nan where n is 0.

    They hold the true rate at least as often as promised whatever it is, and are wider than Wilson's for it.

    Parameters
    ----------
    x, n : array_like, shape (...)
        Numerators and denominators; effective counts may be fractions.
    confidence : float
        Two-sided coverage, at least.

    Returns
    -------
    low, high : ndarray of float64, shape (...)
        In [0, 1]; a count of 0 has low exactly 0, a count of n has high exactly 1.

    Examples
    --------
    >>> low, high = clopper_pearson(7, 40)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0734, 0.3278)
    """
    x, n = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    half = (1 - confidence) / 2
    inside = (n > 0) & (x > 0)
    low = np.where(inside, _beta_quantile(half, np.where(inside, x, 1.0), np.where(inside, n - x + 1, 1.0)), 0.0)
    inside = (n > 0) & (x < n)
    high = np.where(inside, _beta_quantile(1 - half, np.where(inside, x + 1, 1.0), np.where(inside, n - x, 1.0)), 1.0)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def _beta_quantile(probability: float, a: Floats, b: Floats) -> Floats:
    low, high = np.zeros(a.shape), np.ones(a.shape)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        under = _beta_probability(middle, a, b) < probability
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray((low + high) / 2)


def _beta_probability(p: Floats, a: Floats, b: Floats) -> Floats:
    """Return the regularised incomplete beta function; the tail in which its continued fraction converges soon."""
    mirrored = p > (a + 1) / (a + b + 2)
    q, c, d = np.where(mirrored, 1 - p, p), np.where(mirrored, b, a), np.where(mirrored, a, b)
    front = np.exp(
        np.asarray(_log_gamma(c + d) - _log_gamma(c) - _log_gamma(d), dtype=np.float64) + c * np.log(q) + d * np.log1p(-q)
    )
    tail = front / (c * _continued_fraction(q, c, d))
    result: Floats = np.where(mirrored, 1 - tail, tail)
    return result


def _continued_fraction(q: Floats, c: Floats, d: Floats) -> Floats:
    """Return the continued fraction 1 + f1 / (1 + f2 / (1 + ...)) under the incomplete beta function."""
    upper, lower, found = np.ones(q.shape), np.zeros(q.shape), np.ones(q.shape)
    for term in range(1, _MOST_TERMS):
        m = term // 2
        if term % 2 == 0:
            factor = m * (d - m) * q / ((c + 2 * m - 1) * (c + 2 * m))
        else:
            factor = -(c + m) * (c + d + m) * q / ((c + 2 * m) * (c + 2 * m + 1))
        lower = 1 + factor * lower
        lower = 1 / np.where(np.abs(lower) < _TINY, _TINY, lower)
        upper = 1 + factor / upper
        upper = np.where(np.abs(upper) < _TINY, _TINY, upper)
        found = found * upper * lower
        if bool((np.abs(upper * lower - 1) < _CLOSE).all()):
            return found
    raise ArithmeticError("the continued fraction of the incomplete beta function does not converge")
