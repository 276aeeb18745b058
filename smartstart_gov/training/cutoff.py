"""From scores to decisions: at a fixed score, or at a capacity, where rows of equal score are never split.

Several rows may have the score at which a capacity runs out. Selecting some of them by the order of the rows would be a
lottery that nobody decided on. So none of them is selected, and their number is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.canonical import real
from smartstart_gov.counting.predictions import Bits
from smartstart_gov.errors import Refused
from smartstart_gov.training.record import Cut

#: Scores that lie no further apart are equal. A threshold between two others stays clear of both, whatever the last bits
#: of a score are on another machine.
_EQUAL = Decimal("1e-11")
#: Decimals of a threshold at a capacity: so many that one always lies between two scores that differ.
_DECIMALS = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decided:
    """Decisions, the threshold for a positive one (decimal text, empty without scores), and the result of a capacity."""

    decision: Bits
    threshold: str
    cut: Cut | None = None


def taken(decision: npt.NDArray[np.bool_]) -> Decided:
    """Return decisions that somebody else made: no score is known, and so no threshold."""
    return Decided(decision=decision.astype(np.int8), threshold="")


def refuse_given_answers(contract: DataContract) -> None:
    """Refuse (M03) a model if the contract says that a finished model's answers are audited.

    All rows are then audited, and none is kept for fitting: a seal would cover other rows than those audited.
    """
    column = contract.said()
    if column is None:
        return
    what = f"Column {column.name!r} contains the output of a finished model, but another model would be audited instead."
    remedy = (
        f"To audit that column, do not pass a model (use audit_predictions; on the command line, omit --estimator and"
        f" --model). To audit a model of your own, give {column.name!r} the role ignore."
    )
    raise Refused("M03", what, f"Contract {contract.name} {contract.version}, role {column.role}", remedy)


def refuse_without_model(policy: Policy) -> None:
    """Refuse (M03) a policy that uses the model's own threshold if only its scores are provided."""
    if policy.threshold.value == "model":
        what = "The policy uses the model's own threshold, but there are only scores."
        remedy = "Under threshold, set value to the lowest score with a positive decision, or provide the model."
        raise Refused("M03", what, "Policy, threshold", remedy)


def source(policy: Policy) -> Literal["policy", "capacity", "model", "given"]:
    """Return where the policy takes its threshold from."""
    rule = policy.threshold
    if rule.as_given is not None:
        return "given"
    if rule.value is None:
        return "capacity"
    return "model" if rule.value == "model" else "policy"


def fixed(policy: Policy) -> str:
    """Return the policy's threshold as decimal text; empty if the policy does not set one: a capacity, or the model's own."""
    value = policy.threshold.value
    return real(value) or "" if isinstance(value, float) else ""


def decide(policy: Policy, score: npt.NDArray[np.float64], *, of: int | None = None, own: str = "") -> Decided:
    """Return the decisions that the policy's threshold makes of `score`.

    Parameters
    ----------
    policy : Policy
    score : ndarray of float64, shape (n_rows,)
    of : int, optional
        Rows to which a capacity in rows applies, if they differ from these: it then shrinks or grows in proportion.
    own : str
        Decimal text: the model's own threshold, if the policy uses that.

    Raises
    ------
    Refused
        M05 if the capacity leaves nothing to choose, or more rows than fit share the highest score.
    """
    rule = policy.threshold
    if rule.value is not None:
        return _at(own if rule.value == "model" else fixed(policy), score)
    rows = len(score)
    places = rule.places(rows, of) or 0
    if not 0 < places < rows:
        remedy = "Provide more rows, or have the committee choose a capacity of at least one row and fewer than all."
        raise Refused("M05", f"A capacity of {places} leaves no choice among {rows} rows.", "Policy, threshold", remedy)
    ordered = np.sort(score)[::-1]
    # Where a row differs from the one above it, a threshold fits in between.
    apart = np.flatnonzero(ordered[:-1] - ordered[1:] > float(_EQUAL)) + 1
    fitting = apart[apart <= places]
    after = int(apart[apart > places][0]) if (apart > places).any() else rows
    if not len(fitting):
        what = f"{after} rows share the highest score, but the capacity is {places}: no threshold can choose among them."
        raise Refused(
            "M05", what, "Policy, threshold", "Use more finely graded scores, or choose a capacity large enough for these rows."
        )
    served = int(fitting[-1])
    tied = 0 if served == places else after - served
    shown = tied if tied == 0 or tied >= policy.disclosure.k else None
    threshold = _plainest(float(ordered[served]), float(ordered[served - 1]))
    return _at(threshold, score, Cut(rows=rows, capacity=places, tied=shown))


def _at(threshold: str, score: npt.NDArray[np.float64], cut: Cut | None = None) -> Decided:
    return Decided(decision=(score >= float(threshold)).astype(np.int8), threshold=threshold, cut=cut)


def _plainest(low: float, high: float) -> str:
    """Return the number with the fewest decimals between two scores that differ, clear of both.

    It separates as well as the lowest score that is served, and is nobody's score.
    """
    clear = _EQUAL / 10
    left, right = Decimal(low) + clear, Decimal(high) - clear
    for digits in range(1, _DECIMALS + 1):
        step = Decimal(1).scaleb(-digits)
        candidate = (left / step).to_integral_value(rounding=ROUND_FLOOR) * step + step
        if candidate <= right:
            return real(float(candidate)) or ""
    raise ValueError("the two scores are equal")
