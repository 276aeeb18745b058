"""What of the scores may leave the building: figures of printed groups, and one curve of everybody.

**Figures.** A group has figures in print only where its four counts are printed by themselves: it and all that
is left when it is taken away have at least k cases of each kind (rule R, `smartstart_gov.tally.disclosure`). AUC,
intercept and slope do not add: those of a group and of everybody together say nothing of who is left. Observed over
expected does: with the printed number of positive cases it gives the sum of the group's scores, and by subtraction
that of the rest. But whatever can be found by subtraction of printed groups has at least k cases in each of its four
cells, so it is a mean over 4 k people or more, known to three digits of the ratio. Everything is rounded to three
decimals, so that no figure carries the digits from which single scores could be solved. The calibration error and the
Brier score are left out: they need the same argument for sums of squares, and say nothing that the others do not.

**Curve.** A curve of a group would cross the group with score bins, and rule R would have to hold for every
group, every bin and every pair of attributes. So there is one curve, of everybody. Its counts are printed, and the
decisions are printed too: the threshold is one more cut of the same scores. So parts are merged until between any two
neighbouring cuts, the threshold among them, lie at least k cases of each class. Whatever is found by subtracting
parts from each other, or from the four counts, is a union of such pieces.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from smartstart_gov.metrics.reliability import Reliability, quantile_edges
from smartstart_gov.metrics.score_groups import score_groups
from smartstart_gov.metrics.score_table import ScoreTable, curve
from smartstart_gov.tally.cube import Tally
from smartstart_gov.tally.printed import PrintedTally
from smartstart_gov.tally.scores import BINS, Ints

#: Figures that are printed.
PRINTED = ("auc", "observed_expected", "calibration_intercept", "calibration_slope")
_DIGITS = 3


def printable_scores(table: ScoreTable | None, tally: Tally, printed: PrintedTally, threshold: float) -> ScoreTable | None:
    """Return what may be printed of `table`; None where there are no scores, or not even the total is printed.

    Parameters
    ----------
    table : ScoreTable or None
        Figures of all groups.
    tally : Tally
        The counts they were computed from.
    printed : PrintedTally
        What of these counts is printed.
    threshold : float
        The score from which the printed decisions are positive.
    """
    if table is None or printed.total is None:
        return None
    shown = {(m.attribute, row.name) for m in printed.margins for row in m.rows if row.kind in ("level", "unknown")}
    keep = [r for r in range(len(table)) if not table.by[r] or (table.by[r][0], table.groups[r]) in shown]
    columns = [table.figures.index(name) for name in PRINTED]
    at = np.ix_(keep, columns)
    whole = score_groups(tally, ())
    edges = safe_edges(whole.histogram[0], tally.cells()[0], threshold, printed.k)
    return replace(
        table,
        figures=PRINTED,
        by=tuple(table.by[r] for r in keep),
        groups=tuple(table.groups[r] for r in keep),
        kinds=tuple(table.kinds[r] for r in keep),
        value=table.value[at].round(_DIGITS),
        low=table.low[at].round(_DIGITS),
        high=table.high[at].round(_DIGITS),
        ties=np.ceil(table.ties[keep] * 10**_DIGITS) / 10**_DIGITS,
        curve=None if edges is None else _rounded(curve(whole, edges)),
    )


def safe_edges(histogram: Ints, cells: Ints, threshold: float, k: int) -> tuple[int, ...] | None:
    """Return the quantile edges of everybody that may be printed beside the four counts at `threshold`; None if none may.

    Parameters
    ----------
    histogram : ndarray of int64, shape (2, 1024)
    cells : ndarray of int64, shape (4,)
        True negatives, false positives, false negatives, true positives.
    threshold : float
    k : int
        Fewest cases of each class between two cuts.
    """
    below = np.concatenate([np.zeros((2, 1), dtype=np.int64), np.cumsum(histogram, axis=1)], axis=1).T
    at_threshold = cells[[0, 2]]
    place = min(max(threshold * BINS, 0.0), float(BINS))
    # Decisions of another rule than this threshold would be a second cut of which the place is not known.
    if not (below[int(np.floor(place))] <= at_threshold).all() or not (at_threshold <= below[int(np.ceil(place))]).all():
        return None
    kept = [0]
    for edge in quantile_edges(histogram)[1:-1]:
        before = [below[kept[-1]]] + ([at_threshold] if place < edge else [])
        after = [below[BINS]] + ([at_threshold] if place > edge else [])
        if all((below[edge] - cut >= k).all() for cut in before) and all((cut - below[edge] >= k).all() for cut in after):
            kept.append(edge)
    return (*kept, BINS)


def _rounded(of: Reliability) -> Reliability:
    def digits(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(round(value, _DIGITS) for value in values)

    return replace(of, score=digits(of.score), share=digits(of.share), low=digits(of.low), high=digits(of.high))
