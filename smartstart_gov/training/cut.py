"""From scores to decisions: at a fixed score, or at a capacity, where rows of equal score are never split.

A capacity ends somewhere, and several rows may have the score at which it ends. To serve some of them and not others by
the order of the rows would be a lottery that nobody held. So none of them is served, and how many there were is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import real
from smartstart_gov.errors import Refused
from smartstart_gov.predictions import Bits
from smartstart_gov.project.policy import Policy
from smartstart_gov.training.record import Cut

#: Scores that are equal to so many decimals are equal.
_DECIMALS = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decided:
    """Decisions, the score from which they are positive (decimal text, empty without scores), and what a capacity came to."""

    decision: Bits
    threshold: str
    cut: Cut | None = None


def taken(decision: npt.NDArray[np.bool_]) -> Decided:
    """Return decisions that somebody else took: no score is known, and so no threshold."""
    return Decided(decision=decision.astype(np.int8), threshold="")


def refuse_as_given(policy: Policy) -> None:
    """Refuse (M03) a policy that takes decisions as they come, where a model of scores is handed in."""
    if policy.threshold.as_given is not None:
        what = "The policy takes decisions as they are given, and a model gives scores."
        remedy = "Write value, capacity or share under threshold, or hand in decisions to audit_predictions."
        raise Refused("M03", what, "Policy, threshold", remedy)


def fixed(policy: Policy) -> str:
    """Return the policy's threshold as decimal text; empty where it is a capacity, which needs scores."""
    return real(policy.threshold.value) or "" if policy.threshold.value is not None else ""


def decide(policy: Policy, score: npt.NDArray[np.float64], *, of: int | None = None) -> Decided:
    """Return the decisions that the policy's threshold makes of `score`.

    Parameters
    ----------
    policy : Policy
    score : ndarray of float64, shape (n_rows,)
    of : int, optional
        Rows for which a capacity in rows is meant, where these are others: it then shrinks or grows with them.

    Raises
    ------
    Refused
        M05 where the capacity leaves nothing to choose, or more rows than fit share the highest score.
    """
    rule = policy.threshold
    if rule.value is not None:
        return Decided(decision=(score >= rule.value).astype(np.int8), threshold=fixed(policy))
    rows = len(score)
    places = rule.places(rows) or 0
    if rule.capacity is not None and of is not None:
        places = max(1, round(rule.capacity * rows / of))
    if not 0 < places < rows:
        remedy = "Hand in more rows, or let the committee choose a capacity between one and all rows."
        raise Refused("M05", f"A capacity of {places} leaves nothing to choose among {rows} rows.", "Policy, threshold", remedy)
    rounded = np.round(score, _DECIMALS)
    ordered = np.sort(rounded)[::-1]
    last, first_out = float(ordered[places - 1]), float(ordered[places])
    tied = 0
    if last == first_out:
        above = ordered[ordered > last]
        tied = int((rounded == last).sum())
        if not len(above):
            what = f"{tied} rows share the highest score, and the capacity is {places}: no score chooses among them."
            raise Refused("M05", what, "Policy, threshold", "Ask for finer scores, or choose a capacity that they fit in.")
        last = float(above[-1])
    threshold = _plainest(first_out, last)
    shown = tied if tied == 0 or tied >= policy.disclosure.k else None
    return Decided(
        decision=(rounded >= float(threshold)).astype(np.int8), threshold=real(float(threshold)) or "",
        cut=Cut(rows=rows, capacity=places, tied=shown),
    )  # fmt: skip


def _plainest(low: float, high: float) -> Decimal:
    """Return the number with the fewest decimals above `low` and at most `high`.

    It separates as well as the lowest score that is served, and is nobody's score to twelve decimals.
    """
    left, right = (Decimal(repr(x)).quantize(Decimal(1).scaleb(-_DECIMALS)) for x in (low, high))
    for digits in range(1, _DECIMALS):
        step = Decimal(1).scaleb(-digits)
        candidate = (left / step).to_integral_value(rounding=ROUND_FLOOR) * step + step
        if left < candidate <= right:
            return candidate
    return right
