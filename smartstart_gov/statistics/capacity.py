"""What other thresholds would give: who is selected up to a capacity, and every rate at every threshold.

Rows in the bin in which the capacity ends cannot be distinguished. The value selects them in random order,
and the bounds hold whatever their order is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from smartstart_gov.codec import Shape
from smartstart_gov.counting.tally import BINS, Ints, Tally
from smartstart_gov.errors import Refused
from smartstart_gov.show import Value
from smartstart_gov.statistics.estimates import CONFIDENCE, RowKind
from smartstart_gov.statistics.intervals import Floats, wilson
from smartstart_gov.statistics.rates import rate
from smartstart_gov.statistics.scores import score_groups

#: What is told of everybody and of each group: how many of its rows are served, how many of those served it is so
#: for, how many of those for whom it is so are served, and its share of all that are served.
FIGURES = ("selection_rate", "precision", "recall", "share_of_capacity")
_REALS = ("value", "tie_low", "tie_high", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Capacity(Value):
    """The figures at one capacity: row 0 is everybody, the others the groups of `by`.

    Attributes
    ----------
    k : int
        Rows that can be selected.
    cut : tuple of float
        The lowest selected score lies between these two.
    value, tie_low, tie_high, low, high : ndarray of float64, shape (n_rows, 4)
        Columns as in `FIGURES`. The tie bounds hold for these rows whatever the order within the last bin; `low` and
        `high` are Wilson bounds that also allow for chance. nan is undefined.
    """

    derived: ClassVar[tuple[str, ...]] = ("figures",)
    figures: ClassVar[tuple[str, ...]] = FIGURES

    k: int
    cut: tuple[float, float]
    by: tuple[str, ...]
    groups: tuple[str, ...]
    kinds: tuple[RowKind, ...]
    value: Annotated[Floats, Shape(("groups", "figures"))]
    tie_low: Annotated[Floats, Shape(("groups", "figures"))]
    tie_high: Annotated[Floats, Shape(("groups", "figures"))]
    low: Annotated[Floats, Shape(("groups", "figures"))]
    high: Annotated[Floats, Shape(("groups", "figures"))]
    confidence: float

    def headline(self) -> str:
        """Return the capacity in one line."""
        return f"Capacity(k={self.k}, scores from {self.cut[0]:.4f}, precision {self.value[0, 1]:.3f})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per group."""
        rows: list[list[object]] = [
            [group, *(f"{self.value[r, c]:.3f} [{self.low[r, c]:.3f}, {self.high[r, c]:.3f}]" for c in range(len(FIGURES)))]
            for r, group in enumerate(self.groups)
        ]
        return ["group", *FIGURES], rows


def at_capacity(tally: Tally, k: int | float, by: tuple[str, ...] = ()) -> Capacity:
    """Return the figures if only the `k` highest scores are selected.

    Parameters
    ----------
    tally : Tally
        With scores of everybody and of `by`.
    k : int or float
        A number of rows, or (as a float under 1) a share of them, rounded down.
    by : tuple of str
        One attribute, or none.

    Raises
    ------
    Refused
        M03 if the tally holds no scores of that margin, M01 if `k` does not fit its rows.
    """
    whole = score_groups(tally, ())
    rows = int(whole.histogram.sum())
    share = isinstance(k, float) and k < 1
    wanted = int(k * rows + 1e-9) if share else int(k)
    if not 0 < wanted <= rows or (wanted != k and not share):
        what = f"A capacity of {k} does not fit {rows} rows."
        raise Refused(
            "M01", what, "Argument k", "Pass a whole number of at least 1, or a share below 1 that amounts to at least one row."
        )
    from_top = np.cumsum(whole.histogram[0].sum(axis=0)[::-1])
    last = BINS - 1 - int(np.searchsorted(from_top, wanted))
    parts = [whole, *([score_groups(tally, by)] if by else [])]
    histogram = np.concatenate([part.histogram for part in parts])
    design = np.concatenate([part.design for part in parts])
    value, ties, cases = _figures(histogram, last, wanted)
    effective = cases / design[:, None]
    low, high = (wilson(np.nan_to_num(tie) * effective, effective, CONFIDENCE)[end] for end, tie in enumerate(ties))
    # Of everybody the share that is served is chosen, and owes nothing to chance.
    for column in (0, 3):
        low[0, column] = high[0, column] = value[0, column]
    return Capacity(
        k=wanted, cut=(last / BINS, (last + 1) / BINS), by=by, groups=tuple(n for p in parts for n in p.names),
        kinds=tuple(kind for p in parts for kind in p.kinds), value=value, tie_low=ties[0], tie_high=ties[1],
        low=low, high=high, confidence=CONFIDENCE,
    )  # fmt: skip


def _figures(histogram: Ints, last: int, k: int) -> tuple[Floats, tuple[Floats, Floats], Floats]:
    """Return the figures, their tie bounds and what they divide by, each of shape (n_rows, 4); row 0 is everybody."""
    sure, ends = histogram[:, :, last + 1 :].sum(axis=2).astype(np.float64), histogram[:, :, last].astype(np.float64)
    at_end, left = ends[0].sum(), k - sure[0].sum()
    # Columns: it is not so, it is so, both. What is served beyond the sure ones comes from the last bin.
    sure, ends = (np.column_stack([x, x.sum(axis=1)]) for x in (sure, ends))
    mean = sure + ends * (left / at_end)
    fewest, most = sure + np.maximum(left - (at_end - ends), 0.0), sure + np.minimum(ends, left)
    cases = np.column_stack(
        [histogram.sum(axis=(1, 2)), mean[:, 2], histogram[:, 1].sum(axis=1), np.full(len(histogram), float(k))]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        value = mean[:, [2, 1, 1, 2]] / cases
        low, high = fewest[:, [2, 1, 1, 2]] / cases, most[:, [2, 1, 1, 2]] / cases
        # Precision divides by what is served: lowest with all of those it is not so for, highest with none of them.
        low[:, 1] = fewest[:, 1] / (fewest[:, 1] + most[:, 0])
        high[:, 1] = most[:, 1] / (most[:, 1] + fewest[:, 0])
    # Where perhaps nobody is served, but only of one kind, the figure is that kind's or undefined.
    low, high = np.where(np.isnan(low), 1.0, low), np.where(np.isnan(high), 0.0, high)
    return value, (np.where(np.isnan(value), np.nan, low), np.where(np.isnan(value), np.nan, high)), cases


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep:
    """What the counts would be under other thresholds.

    Attributes
    ----------
    by, groups, kinds
        As in a `MetricTable`.
    thresholds : ndarray of float64, shape (1024,)
        0, 1/1024, ...; a row is selected if its score is at least the threshold.
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

    This only describes. A threshold that is chosen after looking at the audit rows is no longer audited by them.

    Raises
    ------
    Refused
        M03 if the tally holds no scores of that margin.
    """
    of = score_groups(tally, by)
    below = np.cumsum(of.histogram, axis=2) - of.histogram
    selected = of.histogram.sum(axis=2, keepdims=True) - below
    cells = np.stack([below[:, 0], selected[:, 0], below[:, 1], selected[:, 1]], axis=2)
    return Sweep(
        by=by, groups=of.names, kinds=of.kinds, thresholds=np.arange(BINS) / BINS, cells=cells, design=of.design
    )  # fmt: skip
