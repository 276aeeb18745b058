"""Score histograms of the groups of one margin, with names and design effect: what score figures are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartstart_gov.errors import Refused
from smartstart_gov.metrics.estimate import RowKind
from smartstart_gov.metrics.intervals import Floats
from smartstart_gov.metrics.measure import margin, overall
from smartstart_gov.tally.cube import Tally
from smartstart_gov.tally.scores import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGroups:
    """Groups of one margin: `histogram` has shape (n_groups, 2, 1024), `design` (n_groups,)."""

    by: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[RowKind, ...]
    histogram: Ints
    design: Floats


def score_groups(tally: Tally, by: tuple[str, ...]) -> ScoreGroups:
    """Return the groups of `by`, one attribute or none (everybody).

    A histogram does not say which rows belong to one unit, so rows of a unit are taken as wholly alike, the worst
    there can be: the design effect is the sum of squared units over rows.

    Raises
    ------
    Refused
        M03 where the tally holds no scores of that margin.
    """
    if by not in tally.scores:
        what = f"The counts hold no scores of {' & '.join(by) or 'everybody'}."
        remedy = "Count predictions that have a score, over this attribute by itself; scores of intersections are not kept."
        raise Refused("M03", what, "Argument tally", remedy)
    block = margin(tally, by) if by else overall(tally)
    if block is None:
        raise ValueError("a full tally has every margin")
    design = np.ones(len(block.names))
    if block.products is not None:
        rows = block.cells.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            design = np.where(rows > 0, block.products.sum(axis=(1, 2)) / rows, 1.0)
    return ScoreGroups(by=by, names=block.names, kinds=block.kinds, histogram=tally.scores[by], design=design)
