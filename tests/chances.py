"""Bounds for what a seeded simulation counts: what a right method leaves them in one of a thousand choices of seed."""

from __future__ import annotations

from scipy.stats import binom

_MISSED = 0.001


def most(runs: int, rate: float) -> int:
    """Return how often, at most, something of chance `rate` happens in so many runs.

    Examples
    --------
    >>> most(1000, 0.05)
    73
    """
    return int(binom.ppf(1 - _MISSED, runs, rate))


def least(runs: int, rate: float) -> int:
    """Return how often, at least, something of chance `rate` happens in so many runs."""
    return runs - most(runs, 1 - rate)
