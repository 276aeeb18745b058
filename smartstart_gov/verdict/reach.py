"""Reach: whether a model that treats all groups alike could pass the policy's limits, with this many cases.

It is asked before any model exists, from labels alone: a limit that nobody can pass gets switched off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from smartstart_gov.metrics.power import cases_needed
from smartstart_gov.metrics.rates import Rate, rate
from smartstart_gov.project.limit import Limit
from smartstart_gov.project.looks import granted
from smartstart_gov.project.policy import Policy
from smartstart_gov.show import Value
from smartstart_gov.tally.cube import Tally

#: Lowest and highest rate assumed where no model has been measured yet: of errors, and of correct decisions.
ERRORS, CORRECT = (0.05, 0.3), (0.7, 0.95)
Answer = Literal["within reach", "depends on the model", "out of reach"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reach(Value):
    """Whether one limit can be passed.

    Attributes
    ----------
    limit, metric : str
    assumed : tuple of float
        Lowest and highest rate, in [0, 1], under which the answer was sought; the same in every group.
    fewest, most : int or None
        Cases that each group needs at the kinder and at the harsher of these rates, so that a fair model
        passes four times out of five; None where there is nothing to compare.
    answer : {"within reach", "depends on the model", "out of reach"}
        Whether every declared group can be expected to have them in the audit part, at both rates, at
        one, or at neither. Several rows of one unit, and rows of unknown group, only make it harder.
    """

    limit: str
    metric: str
    assumed: tuple[float, float]
    fewest: int | None
    most: int | None
    answer: Answer

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record: no count of any group."""
        return {"limit": self.limit, "metric": self.metric, "fewest": self.fewest, "most": self.most, "answer": self.answer}

    def headline(self) -> str:
        """Return the answer in one line."""
        return f"Reach({self.limit}: {self.answer}, {self.fewest} to {self.most} cases in each group)"


def reach(labels: Tally, policy: Policy) -> tuple[Reach, ...]:
    """Return for every limit of `policy` whether a model without any disparity could pass it.

    Parameters
    ----------
    labels : Tally
        All rows, over the policy's attributes, with nobody selected.
    policy : Policy
    """
    return tuple(_reach(labels, policy, limit) for limit in policy.limits)


def _reach(labels: Tally, policy: Policy, limit: Limit) -> Reach:
    of = rate(limit.metric)
    cells = labels.cells(*limit.by).astype(np.float64)
    declared = _declared(labels, limit)
    negatives, positives = cells[declared, 0], cells[declared, 2]
    share = float(cells[:, 2].sum() / max(cells.sum(), 1.0))
    assumed = _assumed(of, share)
    groups = int(declared.sum())
    alpha = granted(policy.alpha, policy.max_looks, 1, 0.0)  # what a first look has
    needed = [cases_needed(p, groups, limit.measure, limit.between, limit.bound, alpha=alpha) for p in assumed]
    everybody = negatives + positives
    at_hand = {
        frozenset({"fn", "tp"}): positives,
        frozenset({"tn", "fp"}): negatives,
        frozenset({"fp", "tp"}): share * everybody,
        frozenset({"tn", "fn"}): (1 - share) * everybody,
    }.get(frozenset(of.denominator), everybody)
    expected = float(at_hand.min()) * policy.split.audited
    known = sorted(n for n in needed if n is not None)
    answer: Answer = "out of reach"
    if len(known) == len(needed) and expected >= known[0]:
        answer = "within reach" if expected >= known[-1] else "depends on the model"
    fewest, most = (known[0], known[-1]) if len(known) == len(needed) else (None, None)
    return Reach(limit=limit.id, metric=of.name, assumed=assumed, fewest=fewest, most=most, answer=answer)


def _declared(labels: Tally, limit: Limit) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which groups of the limit are made of declared levels only."""
    mask = np.ones(1, dtype=bool)
    for name in limit.by:
        axis = labels.axis(name)
        mask = np.logical_and.outer(mask, [level in axis.declared for level in axis.levels]).reshape(-1)
    return mask


def _assumed(of: Rate, share: float) -> tuple[float, float]:
    # A fair model selects about as many as there are cases; how well it does that is not known yet.
    if of.name in ("selection_rate", "base_rate"):
        return share, share
    return ERRORS if of.better == "lower" else CORRECT
