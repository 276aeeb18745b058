"""Whether the policy and the counts bear out what the evidence says of its threshold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from operator import contains

import numpy as np

from smartstart_gov.canonical import real, unreal
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.metrics.score_groups import score_groups
from smartstart_gov.project.policy import Policy
from smartstart_gov.tally.cube import Tally
from smartstart_gov.tally.printed import PrintedTally
from smartstart_gov.tally.scores import BINS
from smartstart_gov.training.cut import source


def uneven_cut(evidence: Evidence) -> Iterator[str]:
    """List what in the evidence's account of its threshold contradicts the policy or the counts."""
    rule, training, cut = evidence.policy.threshold, evidence.training, evidence.training.cut
    if training.threshold_from != source(evidence.policy):
        yield "training.threshold_from: it is not where the policy has its threshold from"
    if rule.as_given is not None:
        if cut is not None or training.threshold or training.score != "decision" or evidence.scores is not None:
            yield "training.threshold: decisions were taken as given, and there is none"
        return
    if rule.value == "model":
        if cut is not None or not 0 <= unreal(training.threshold) <= 1:
            yield "training.threshold: it is none that a model brings"
        return
    if isinstance(rule.value, float):
        if cut is not None or training.threshold != real(rule.value):
            yield "training.threshold: it is not the policy's"
        return
    part = training.part(evidence.part)
    audit = training.part("audit") if evidence.concept else None
    of = None if audit is None else audit.rows
    if cut is None or part is None or cut.rows != part.rows or cut.capacity != rule.places(cut.rows, of):
        yield "training.cut: it is not what the policy's capacity gives"
        return
    cells = _cells(evidence)
    if cells is None:
        return
    served = cells[1] + cells[3]
    full = served == cut.capacity
    # Rows were left out only where they did not all fit.
    room = cut.tied is None or served + cut.tied > cut.capacity
    if served > cut.capacity or served < 1 or full != (cut.tied == 0) or not (full or room):
        yield "training.cut: it is not what the counts say"
    if isinstance(evidence.tally, Tally) and evidence.scores is not None:
        from_below = np.concatenate([[0], np.cumsum(score_groups(evidence.tally, ()).histogram[0].sum(axis=0))])
        place = unreal(training.threshold) * BINS
        if not from_below[int(np.floor(place))] <= cells[0] + cells[2] <= from_below[int(np.ceil(place))]:
            yield "training.threshold: it is not where the scores divide"


def one_sided(tally: Tally, policy: Policy) -> tuple[str, ...]:
    """Return where nobody is selected, or everybody: in all, or, where chance does not explain it, in a group of a limit.

    Groups are not named: only by which attribute they are told apart.
    """
    everybody = tally.cells()[0]
    chosen, rows = int(everybody[1] + everybody[3]), int(everybody.sum())
    if not 0 < chosen < rows:
        return ("nobody" if not chosen else "everybody",)
    found = []
    for by in dict.fromkeys(limit.by for limit in policy.limits):
        axes = [tally.axis(name) for name in by]
        # Rows of which the group is not recorded are no group.
        known = np.array([all(map(contains, (a.declared for a in axes), one)) for one in product(*(a.levels for a in axes))])
        cells = tally.cells(*by)[known]
        n, selected = cells.sum(axis=1), cells[:, 1] + cells[:, 3]
        for who, share, where in (("nobody", chosen / rows, selected == 0), ("everybody", 1 - chosen / rows, selected == n)):
            # How likely so many rows are all alike, if they are selected as everybody is: over all groups at most alpha.
            by_chance = n * np.log1p(-share) > np.log(policy.alpha / len(n))
            found += [f"{who} {' x '.join(by)}"] if (where & ~by_chance).any() else []
    return tuple(found)


def uneven_selection(evidence: Evidence) -> Iterator[str]:
    """List where the training record says something else than the counts of where nobody, or everybody, is selected."""
    if isinstance(evidence.tally, Tally) and evidence.training.one_sided != one_sided(evidence.tally, evidence.policy):
        yield "training.one_sided: it is not what the counts say"


def _cells(evidence: Evidence) -> tuple[int, ...] | None:
    """Return true negatives, false positives, false negatives and true positives of everybody; None if not printed."""
    if isinstance(evidence.tally, PrintedTally):
        return None if evidence.tally.total is None else tuple(evidence.tally.total.cells)
    return tuple(int(n) for n in evidence.tally.cells()[0])
