"""The exact interval of one rate, for policies that ask for it: arrays in, arrays out, without scipy.

References
----------
Clopper, Pearson 1934, The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika 26.
Thompson, Barnett 1986, Coulomb and Bessel functions of complex arguments and order. J. Comput. Phys. 64 (the method
by which the continued fraction is evaluated).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_HALVINGS = 50
_TINY, _CLOSE, _MOST_TERMS = 1e-300, 1e-14, 100_000
_log_gamma = np.frompyfunc(math.lgamma, 1, 1)


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
