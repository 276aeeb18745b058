"""Threshold sweep: every rate of every group at every threshold on a bin's edge, exact there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartstart_gov.metrics.estimate import RowKind
from smartstart_gov.metrics.intervals import Floats, wilson
from smartstart_gov.metrics.measure import CONFIDENCE
from smartstart_gov.metrics.rates import rate
from smartstart_gov.metrics.score_groups import score_groups
from smartstart_gov.tally.cube import Tally
from smartstart_gov.tally.scores import BINS, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep:
    """What the counts would be under other thresholds.

    Attributes
    ----------
    by, groups, kinds
        As in a `MetricTable`.
    thresholds : ndarray of float64, shape (1024,)
        0, 1/1024, ...; a row is selected where its score is at least the threshold.
    cells : ndarray of int64, shape (n_groups, 1024, 4)
        True negatives, false positives, false negatives, true positives at each threshold.
    design : ndarray of float64, shape (n_groups,)
        Design effect: how many dependent rows count as one.
    """

    by: tuple[str, ...]
    groups: tuple[str, ...]
    kinds: tuple[RowKind, ...]
    thresholds: Floats
    cells: Ints
    design: Floats

    def rates(self, metric: str) -> tuple[Floats, Floats, Floats]:
        """Return value and Wilson bounds of one rate, each of shape (n_groups, 1024); nan is undefined.

        Raises
        ------
        Refused
            M01 for a metric that does not exist.
        """
        flat = self.cells.reshape(-1, 4)
        numerator, denominator = (x.reshape(self.cells.shape[:2]) for x in rate(metric).counts(flat))
        with np.errstate(divide="ignore", invalid="ignore"):
            value = numerator / denominator
        low, high = wilson(numerator / self.design[:, None], denominator / self.design[:, None], CONFIDENCE)
        return value, low, high


def sweep(tally: Tally, by: tuple[str, ...] = ()) -> Sweep:
    """Return the counts of each group of `by` (one attribute, or everybody) at 1 024 thresholds.

    It describes. A threshold that is chosen after looking at the audit rows is no longer audited by them.

    Raises
    ------
    Refused
        M03 where the tally holds no scores of that margin.
    """
    of = score_groups(tally, by)
    below = np.cumsum(of.histogram, axis=2) - of.histogram
    selected = of.histogram.sum(axis=2, keepdims=True) - below
    cells = np.stack([below[:, 0], selected[:, 0], below[:, 1], selected[:, 1]], axis=2)
    return Sweep(
        by=by, groups=of.names, kinds=of.kinds, thresholds=np.arange(BINS) / BINS, cells=cells, design=of.design
    )  # fmt: skip
