"""Simulated cases of many groups, from one fixed stream of uniform numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SEED = 20_260_101


class Draws:
    """Uniform numbers, shape (n_draws, n_groups), that become simulated cases of groups of sizes `n`."""

    def __init__(self, uniform: Floats, n: Ints) -> None:
        self._shape = uniform.shape
        places = [(int(size), np.flatnonzero(n == size)) for size in np.unique(n)]
        self._parts = [(size, at, self._prepared(uniform[:, at].reshape(-1))) for size, at in places]

    def cases(self, mean: float, deviation: float) -> Ints:
        """Return beta-binomial cases of each group in each draw."""
        drawn = np.empty(self._shape, dtype=np.int64)
        for size, at, part in self._parts:
            curve = np.cumsum(_beta_binomial(size, mean, deviation))
            drawn[:, at] = np.minimum(self._steps(curve, part), size).reshape(-1, len(at))
        return drawn

    def _prepared(self, uniform: Floats) -> tuple[Any, ...]:
        return (uniform,)

    def _steps(self, curve: Floats, part: tuple[Any, ...]) -> Ints:
        """Return how many steps of the curve lie at or under each number."""
        steps: Ints = np.searchsorted(curve, part[0] * curve[-1], side="right")
        return steps


class SortedDraws(Draws):
    """The same, sorted once: where many curves are tried, looking every number up in each takes most of the time."""

    def _prepared(self, uniform: Floats) -> tuple[Any, ...]:
        order = np.argsort(uniform)
        return order, uniform[order]

    def _steps(self, curve: Floats, part: tuple[Any, ...]) -> Ints:
        order, ascending = part
        ends = np.searchsorted(ascending * curve[-1], curve)
        steps = np.empty(len(order), dtype=np.int64)
        steps[order] = np.repeat(np.arange(len(curve) + 1), np.diff(ends, prepend=0, append=len(order)))
        return steps


def _beta_binomial(n: int, mean: float, deviation: float) -> Floats:
    """Return the probabilities of 0..n cases where rates have the given mean and standard deviation."""
    k = np.arange(n)
    share = min((deviation**2) / (mean * (1 - mean)), 0.999)
    if share < 1e-9:
        log = np.log(n - k) - np.log(k + 1) + math.log(mean / (1 - mean))
    else:
        size = 1 / share - 1
        a, b = mean * size, (1 - mean) * size
        log = np.log(n - k) - np.log(k + 1) + np.log(a + k) - np.log(b + n - k - 1)
    total = np.concatenate([[0.0], np.cumsum(log)])
    mass: Floats = np.exp(total - total.max())
    normed: Floats = mass / mass.sum()
    return normed


def uniform_numbers(shape: tuple[int, int]) -> Floats:
    """Return the same uniform numbers every time, so that a verdict can be re-performed."""
    # Only the raw stream of a bit generator is promised to stay the same from version to version of numpy.
    raw = np.random.PCG64(_SEED).random_raw(shape[0] * shape[1])
    result: Floats = ((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)
    return result
