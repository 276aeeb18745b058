"""Exact size of a score test of two proportions, by enumeration, for samples in which the normal curve misleads.

The score statistic orders the possible outcomes; how often an outcome at least as extreme arises at the
limit is summed exactly, for the least favourable base rate that the data allow (Berger, Boos 1994).
Rejecting where that is at most alpha keeps the error rate at or under alpha whatever the base rate is.
With equal groups it changes little; with 30 cases against 20 000 the plain test can err many times as
often as it promises.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.statistics.intervals import difference_score, ratio_score

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Measure = Literal["difference", "ratio"]
#: From this many cases in the smaller sample on, the normal curve is exact enough.
ENUMERATED_BELOW = 1000
#: Share of the level spent on leaving out base rates that the data exclude.
_EXCLUDED = 0.01
#: Mass further than this many standard deviations from the mean is left out (under 1e-14).
_REACH = 8.0
_TIE = 1e-9
#: Base rates that are summed together: near ones have nearly the same outcomes within reach.
_AT_A_TIME = 16
#: Logarithm of a probability that is 0 beside any other.
_NEVER = -800.0


#: Many pairs of equally large groups have the same counts; each such table is enumerated once.
@lru_cache(maxsize=1 << 14)
def tail_probability(
    x1: float, n1: float, x2: float, n2: float,
    *, measure: Measure, bound: float, larger: bool, level: float,
) -> float:  # fmt: skip
    """Return how likely a score statistic at least as extreme is when the first rate lies exactly at the limit.

    Parameters
    ----------
    x1, n1, x2, n2 : float
        Cases and denominators of the two samples; effective ones are rounded down to whole cases.
    measure : {"difference", "ratio"}
        The limit is ``p1 - p2 = bound`` or ``p1 = bound * p2``.
    bound : float
        In [0, 1].
    larger : bool
        Whether extreme means a larger first rate (True) or a smaller one.
    level : float
        The level it will be held against. The search for the least favourable base rate ends as soon as the
        probability is above it, and leaves out base rates that the larger sample excludes at a hundredth of it.

    Returns
    -------
    float
        The supremum over the base rate, found on a grid as fine as half a standard deviation and refined at
        its highest points, plus that hundredth; 1.0 where a sample is empty.

    References
    ----------
    Berger, Boos 1994, P values maximized over a confidence set for the nuisance parameter. JASA 89.
    Chan 1998, Exact tests of equivalence and efficacy with a non-zero lower bound. Statistics in Medicine 17.

    Examples
    --------
    >>> round(tail_probability(2, 60, 6, 60, measure="difference", bound=0.1, larger=False, level=0.05), 4)
    0.0017
    """
    m1, m2 = math.floor(n1 + _TIE), math.floor(n2 + _TIE)
    if m1 < 1 or m2 < 1:
        return 1.0
    x1, x2 = x1 * m1 / n1, x2 * m2 / n2
    upward, edge = _extremes(x1, m1, x2, m2, measure, bound, larger=larger)
    low, high = _nuisance(x1, m1, x2, m2, measure, bound, level * _EXCLUDED)
    start, end = math.asin(math.sqrt(low)), math.asin(math.sqrt(high))
    steps = max(16, math.ceil(4 * (end - start) * math.sqrt(max(m1, m2))))
    grid = np.linspace(start, end, steps + 1)

    def at(angles: Floats) -> Floats:
        """Return the probability of these outcomes at each base rate; once one is above the level, none after it."""
        p2 = np.sin(angles) ** 2
        p1 = np.minimum(p2 + bound, 1.0) if measure == "difference" else bound * p2
        of_small, of_large = (p1, p2) if m1 <= m2 else (p2, p1)
        result = np.zeros(len(p1))
        for first in range(0, len(p1), _AT_A_TIME):
            some = slice(first, first + _AT_A_TIME)
            fewest, weight = _binomial(min(m1, m2), of_small[some])
            begins = edge[fewest : fewest + weight.shape[1]]
            least, mass = _binomial(max(m1, m2), of_large[some])
            below = np.concatenate([np.zeros((len(mass), 1)), np.cumsum(mass, axis=1)], axis=1)
            # below[:, j] is the probability of a count under least + j.
            place = np.minimum(np.maximum(begins + (0 if upward else 1) - least, 0), mass.shape[1])
            share = below[:, -1:] - below[:, place] if upward else below[:, place]
            chance = (weight * share).sum(axis=1)
            above = np.flatnonzero(chance > level)
            if len(above):
                result[first : first + above[0] + 1] = chance[: above[0] + 1]
                break
            result[some] = chance
        return result

    found = at(grid)
    best, width = float(found.max()), (end - start) / steps
    for place in np.argsort(found)[-3:]:
        centre, step = float(grid[place]), width
        for _ in range(3):
            if best > level:
                break
            near = np.clip(centre + step * np.linspace(-1, 1, 9), start, end)
            values = at(near)
            best, centre, step = max(best, float(values.max())), float(near[values.argmax()]), step / 4
    return min(best + level * _EXCLUDED, 1.0)


def thinned(x1: Floats, n1: Floats, x2: Floats, n2: Floats, *, raise_first: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the same tables with up to a sixteenth of the rows left out, in the worst way for one direction.

    Sizes come to stand on a coarse grid, so that a million pairs have few different tables. What is shown of the
    worst part of the rows would be shown of a part drawn by chance, whose error rate is at most the level: so
    enumerating the thinned table can take the place of enumerating the whole one, at some cost in power.

    Parameters
    ----------
    x1, n1, x2, n2 : ndarray of float64, shape (n_pairs,)
    raise_first : bool
        Whether the rows left out are those that hold the first rate down against the second, or those that hold it up.

    Examples
    --------
    >>> table = (np.array([3.0]), np.array([710.0]), np.array([9.0]), np.array([700.0]))
    >>> [part.tolist() for part in thinned(*table, raise_first=True)]
    [[3.0], [704.0], [0.0], [672.0]]
    """
    m1, m2 = _coarse(n1), _coarse(n2)
    if raise_first:
        return np.minimum(x1, m1), m1, np.maximum(x2 - (n2 - m2), 0.0), m2
    return np.maximum(x1 - (n1 - m1), 0.0), m1, np.minimum(x2, m2), m2


def _coarse(n: Floats) -> Floats:
    step = np.exp2(np.maximum(np.floor(np.log2(np.maximum(n, 1.0))) - 4, 0.0))
    rounded: Floats = np.floor((n + _TIE) / step) * step
    return rounded


def _nuisance(x1: float, n1: int, x2: float, n2: int, measure: Measure, bound: float, excluded: float) -> tuple[float, float]:
    """Return the range of the second rate that the larger sample leaves open, at the limit."""
    top = 1.0 - bound if measure == "difference" else 1.0
    if n2 >= n1:
        low, high = _chernoff(x2, n2, excluded)
    else:
        low, high = _chernoff(x1, n1, excluded)
        low, high = (low - bound, high - bound) if measure == "difference" else (_over(low, bound), _over(high, bound))
    low, high = min(max(low, 0.0), top), min(max(high, 0.0), top)
    return low, high


def _over(rate: float, bound: float) -> float:
    return rate / bound if bound > 0 else (0.0 if rate <= 0 else 1.0)


def _chernoff(x: float, n: int, error: float) -> tuple[float, float]:
    """Return bounds of a rate that hold with probability 1 - `error` at least (Chernoff 1952)."""
    share, room = x / n, math.log(2 / error) / n

    def edge(inner: float, outer: float) -> float:
        for _ in range(50):
            middle = (inner + outer) / 2
            if not 0 < middle < 1:
                outer = middle
                continue
            divergence = share * math.log(share / middle) if share > 0 else 0.0
            divergence += (1 - share) * math.log((1 - share) / (1 - middle)) if share < 1 else 0.0
            inner, outer = (middle, outer) if divergence <= room else (inner, middle)
        return outer

    return edge(share, 0.0) if share > 0 else 0.0, edge(share, 1.0) if share < 1 else 1.0


def _extremes(x1: float, n1: int, x2: float, n2: int, measure: Measure, bound: float, *, larger: bool) -> tuple[bool, Ints]:
    """Return where the outcomes begin that are at least as extreme: for each count of the smaller sample, that of the other.

    First, whether they lie above that edge or below it. The statistic is monotone in either count, so the edge is found by
    halving.
    """
    score, sign = difference_score if measure == "difference" else ratio_score, 1.0 if larger else -1.0
    observed = sign * float(score(x1, n1, x2, n2, bound))
    first_is_small, small, large = n1 <= n2, min(n1, n2), max(n1, n2)
    # The statistic grows with the first count where larger is extreme, and falls with the second.
    upward = larger != first_is_small
    ours = np.arange(small + 1, dtype=np.float64)
    # `yes` stays on the extreme side and `no` on the other; both start one step outside the range.
    yes = np.full(small + 1, large + 1 if upward else -1, dtype=np.int64)
    no = np.full(small + 1, -1 if upward else large + 1, dtype=np.int64)
    while (np.abs(yes - no) > 1).any():
        middle = (yes + no) // 2
        theirs = np.clip(middle, 0, large).astype(np.float64)
        a, b = (ours, theirs) if first_is_small else (theirs, ours)
        inside = sign * score(a, n1, b, n2, bound) >= observed - _TIE
        open_ = np.abs(yes - no) > 1
        yes, no = np.where(open_ & inside, middle, yes), np.where(open_ & ~inside, middle, no)
    return upward, yes


def _binomial(n: int, p: Floats) -> tuple[int, Floats]:
    """Return the first count within reach of a mean, and the probabilities from there on, shape (n_rates, n_counts)."""
    # Near 0 and 1 the curve is skewed: the reach is counted generously.
    half = _REACH * np.sqrt(n * p * (1 - p)) + np.where((p > 0) & (p < 1), _REACH**2 / 2, 0.0)
    low, high = max(0, math.floor((n * p - half).min())), min(n, math.ceil((n * p + half).max()))
    table = _log_factorials(1 << n.bit_length())
    k = np.arange(low, high + 1)
    with np.errstate(divide="ignore"):
        of_yes, of_no = np.maximum(np.log(p), _NEVER), np.maximum(np.log1p(-p), _NEVER)
    log = table[n] - table[k] - table[n - k] + k * of_yes[:, None] + (n - k) * of_no[:, None]
    return low, np.exp(log)


@lru_cache(maxsize=4)
def _log_factorials(size: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])
