"""How many rows are explained: as many as the standard error requires, within the policy's rows and time.

The absolute value of a fact varies over rows by about its own mean, so the relative standard error falls with the square
root of the number of rows. Some rows are explained first; their spread shows how many are needed, and that is checked
again. Which rows are drawn depends on their number alone, so that the same number gives the same explanation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from smartstart_gov.explanation.explainer import Floats
from smartstart_gov.explanation.sampling import Ints, Sample, mean_and_error

#: What ended the sampling: the standard error is small enough, the policy's rows or the policy's time are used up.
Ended = Literal["standard_error", "rows", "seconds"]
#: The standard error is held small for so many of the largest facts, where they are at least this part of the largest.
MOST_HELD, SMALLEST_HELD = 10, 0.05
#: Rows from whose spread the first look tells how many are needed.
_FIRST = 50
#: What is found on few rows may be too hopeful.
_MARGIN, _STEP = 1.05, 1.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sized:
    """The rows that were explained, their values, what ended the sampling, and the largest relative standard error."""

    sample: Sample
    values: Floats
    ended: Ended
    reached: float


def sized(
    explained: Callable[[Ints], Floats], draw: Callable[[int], Sample], *, target: float, most: int, affordable: int
) -> Sized:
    """Return a sample large enough for relative standard errors of `target`, or as large as it may be.

    Parameters
    ----------
    explained : callable
        Returns the values of rows, shape (n_rows, n_features).
    draw : callable
        Returns a sample of a given number of rows.
    target : float
        0 asks for as many rows as allowed.
    most, affordable : int
        Rows that the policy allows, and that fit in its time.
    """
    last = min(most, affordable)
    number = last if target == 0 else min(_FIRST, last)
    known: dict[int, Floats] = {}
    while True:
        sample = draw(number)
        new = np.array([row for row in sample.rows.tolist() if row not in known], dtype=np.int64)
        if len(new):
            known.update(zip(new.tolist(), explained(new), strict=True))
        values = np.vstack([known[row] for row in sample.rows.tolist()])
        reached = relative_error(np.abs(values), sample)
        if reached <= target or number >= last:
            break
        needed = math.ceil(number * (reached / target) ** 2 * _MARGIN) if math.isfinite(reached) else last
        number = min(last, max(needed, math.ceil(number * _STEP)))
    ended: Ended = "standard_error" if reached <= target else "rows" if affordable >= most else "seconds"
    return Sized(sample=sample, values=values, ended=ended, reached=reached)


def relative_error(sizes: Floats, sample: Sample) -> float:
    """Return the largest standard error of the facts that must be precise, relative to the fact's own mean."""
    mean, error = mean_and_error(sizes, sample, np.ones(len(sizes), dtype=bool))
    if np.isnan(mean).any():
        return math.inf
    largest = np.argsort(-mean, kind="stable")[:MOST_HELD]
    held = [i for i in largest if mean[i] > 0 and mean[i] >= SMALLEST_HELD * mean[largest[0]]]
    return max((float(error[i] / mean[i]) for i in held), default=0.0)
