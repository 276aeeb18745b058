"""Reach: whether a model that treats all groups alike could pass the policy's limits, with this many cases.

It is asked before any model exists, from labels alone: a limit that nobody can pass gets switched off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from smartstart_gov.metrics.power import cases_needed
from smartstart_gov.metrics.rates import Rate, rate
from smartstart_gov.project.policy import Limit, Policy
from smartstart_gov.show import Value
from smartstart_gov.tally.cube import Tally

#: Rates that are assumed where no model has been measured yet: of errors, and of correct decisions.
ASSUMED_ERROR, ASSUMED_CORRECT = 0.2, 0.8


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reach(Value):
    """Whether one limit can be passed.

    Attributes
    ----------
    limit, metric : str
    assumed : float
        Rate in every group under which the answer holds, in [0, 1].
    needed : int or None
        Cases that each group needs, so that a fair model passes four times out of five; None where
        there is nothing to compare.
    enough : bool
        Whether every declared group can be expected to have them in the audit part. Rows of one unit
        and rows of unknown group can only make it harder.
    """

    limit: str
    metric: str
    assumed: float
    needed: int | None
    enough: bool

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record: no count of any group."""
        return {"limit": self.limit, "metric": self.metric, "needed": self.needed, "enough": self.enough}

    def headline(self) -> str:
        """Return the answer in one line."""
        return f"Reach({self.limit}: {'within' if self.enough else 'out of'} reach, {self.needed} cases a group)"


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
    needed = cases_needed(assumed, int(declared.sum()), limit.measure, limit.between, limit.bound, alpha=policy.alpha)
    # A fair model selects about as many as there are cases.
    everybody = negatives + positives
    at_hand = {
        frozenset({"fn", "tp"}): positives,
        frozenset({"tn", "fp"}): negatives,
        frozenset({"fp", "tp"}): share * everybody,
        frozenset({"tn", "fn"}): (1 - share) * everybody,
    }.get(frozenset(of.denominator), everybody)
    enough = needed is not None and float(at_hand.min()) * policy.split.audit >= needed
    return Reach(limit=limit.id, metric=of.name, assumed=assumed, needed=needed, enough=enough)


def _declared(labels: Tally, limit: Limit) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which groups of the limit are made of declared levels only."""
    mask = np.ones(1, dtype=bool)
    for name in limit.by:
        axis = labels.axis(name)
        mask = np.logical_and.outer(mask, [level in axis.declared for level in axis.levels]).reshape(-1)
    return mask


def _assumed(of: Rate, share: float) -> float:
    if of.name in ("selection_rate", "base_rate"):
        return share
    return ASSUMED_ERROR if of.better == "lower" else ASSUMED_CORRECT
