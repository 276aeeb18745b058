"""The made-up evidence of the other tests, with scores beside the decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from smartstart_gov.counting.tally import Tally, bins_of, histogram
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.statistics.scores import score_table
from tests.documents import evidence as made

THRESHOLD = 0.35


def with_scores(tally: Tally, *, low: float = 1.0) -> Tally:
    """Return `tally` with a score for every row, on its own side of the threshold; `low` pushes scores of origin non_EU down."""
    rng = np.random.default_rng(5)
    cells = np.argwhere(tally.counts > 0)
    rows = np.repeat(cells, tally.counts[tuple(cells.T)], axis=0)
    truth, decision = rows[:, -2], rows[:, -1]
    share = rng.beta(1 + 2 * truth, 3 - truth)
    score = np.where(decision == 1, THRESHOLD + (0.999 - THRESHOLD) * share, THRESHOLD * share * 0.999)
    foreign = (rows[:, 0] == made.ORIGINS.index("non_EU")) & (decision == 0)
    score = np.where(foreign, score * low, score)
    bins = bins_of(score)
    found = {(): histogram(None, 1, truth, bins)}
    for place, axis in enumerate(tally.axes):
        found[axis.name,] = histogram(rows[:, place], len(axis.levels), truth, bins)
    return replace(tally, scores=found)


def private(**how: Any) -> Evidence:
    """Return the private edition with scores."""
    low = how.pop("low", 1.0)
    plain = made.private(**how)
    assert isinstance(plain.tally, Tally)
    tally = with_scores(plain.tally, low=low)
    return replace(plain, tally=tally, scores=score_table(tally, plain.policy.attributes))


def public(**how: Any) -> Evidence:
    """Return the public edition of `private`."""
    return public_edition(private(**how))
