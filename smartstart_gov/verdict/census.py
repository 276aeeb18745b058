"""Comparisons without chance: counts of everybody, or a policy that decides on estimates."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import real
from smartstart_gov.metrics.disparity import REST
from smartstart_gov.verdict.answering import answer
from smartstart_gov.verdict.comparing import Comparisons
from smartstart_gov.verdict.finding import Comparison, Finding, Message
from smartstart_gov.verdict.ranged import Bounded

#: Closer to the limit than this, floating point is not trusted and fractions decide.
_CLOSE = 1e-9


def judge_exactly(compared: Comparisons, absent: Message | None, *, census: bool) -> Finding:
    """Return the answer where chance plays no part: each comparison lies inside the limit or it does not.

    Parameters
    ----------
    compared : Comparisons
        At their worst and mildest corners (`compare_ranges`).
    absent : Message or None
        What to say where declared groups are not in the table.
    census : bool
        Whether the counts are of everybody; else the policy decides on estimates, and the finding says so.
    """
    question, total, difference = compared.question, compared.total, compared.question.measure == "difference"
    danger, relief = (compared.high, compared.low) if difference else (compared.low, compared.high)
    if not isinstance(danger, Bounded) or not isinstance(relief, Bounded):
        raise TypeError("comparisons without chance are made of ranges")
    # Where a rate may have nothing to divide by, the comparison lies neither inside nor outside.
    undecided = np.isnan(compared.inside)
    worst, mildest = side(danger, question.bound), side(relief, question.bound)
    inside = ~undecided & ((worst < 0) if difference else (worst > 0))
    outside = ~undecided & ((mildest >= 0) if difference else ((mildest <= 0) & (relief.x2 > 0)))
    ending = "census" if census else "point"
    values: dict[str, str | int] = {"comparisons": total}
    if outside.any():
        shown = _comparison(compared, int(np.flatnonzero(outside)[np.argmax(_gravity(compared, danger)[outside])]))
        values |= shown.sides() | {"outside": int(outside.sum())}
        reason = Message(code=f"limit.failed_{ending}", values=values)
        return answer(question, "FAILED", reason, Message(code="remedy.change", values={}), shown, total, compared.undefined)
    gravity = _gravity(compared, danger)
    shown_or_none = None if np.isneginf(gravity).all() else _comparison(compared, int(np.argmax(gravity)))
    if inside.all():
        reason = Message(code=f"limit.passed_{ending}", values=values)
        return answer(question, "PASSED", reason, Message(code="remedy.none", values={}), shown_or_none, total)
    finer = Message(code="remedy.finer", values={})
    if absent is not None:
        return answer(question, "NOT_SHOWN", absent, Message(code="remedy.table", values={}), shown_or_none, total)
    estimate = compared.plain.value()
    if compared.undefined or np.isnan(estimate).any():
        undefined = int(np.isnan(estimate).sum())
        reason = Message(code="limit.undefined", values={"undefined": undefined, "comparisons": total})
        gather = Message(code="remedy.cases_undefined", values={"metric": compared.of.name})
        return answer(question, "NOT_SHOWN", reason, gather, shown_or_none, total, undefined)
    broken = estimate >= question.bound if difference else estimate <= question.bound
    if broken.any():
        return answer(question, "NOT_SHOWN", Message(code="counts.hidden_fail", values={}), finer, shown_or_none, total)
    reason = Message(code="counts.hidden_pass", values={"inside": int(inside.sum()), "comparisons": total})
    return answer(question, "NOT_SHOWN", reason, finer, shown_or_none, total)


def side(pairs: Bounded, bound: float) -> npt.NDArray[np.int64]:
    """Return on which side of the limit each comparison lies at this corner: -1 under, 0 on, 1 over; 0 where undefined.

    Close to the limit it is decided in fractions: 3 of 10 against 2 of 10 lies on a limit of 0.1, not under it.
    """
    at = pairs.limit(bound)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = pairs.x1 / pairs.n1, pairs.x2 / pairs.n2
        gap = np.nan_to_num(p1 - p2 - at if pairs.measure == "difference" else p1 - at * p2)
    found = np.sign(gap).astype(np.int64)
    for i in np.flatnonzero((np.abs(gap) < _CLOSE) & pairs.defined):
        found[i] = _sign(pairs, int(i), Fraction(str(bound)))
    return found


def _sign(pairs: Bounded, i: int, bound: Fraction) -> int:
    x1, n1, x2, n2 = (Fraction(int(getattr(pairs, name)[i])) for name in ("x1", "n1", "x2", "n2"))
    p1, p2, at = x1 / n1, x2 / n2, bound
    if pairs.between == "overall":
        own = n2 if pairs.group[i] == REST else n1
        one = pairs.least[i] == pairs.most[i]
        share = own / (n1 + n2) if one else Fraction(float((pairs.least if pairs.strict else pairs.most)[i]))
        if pairs.measure == "difference":
            at = min(bound / (1 - share), Fraction(1)) if share < 1 else Fraction(1)
        elif pairs.group[i] == REST:
            at = max(bound - share, Fraction(0)) / (1 - share) if share < 1 else Fraction(0)
        else:
            at = bound * (1 - share) / (1 - bound * share)
    gap = p1 - p2 - at if pairs.measure == "difference" else p1 - at * p2
    return (gap > 0) - (gap < 0)


def _gravity(compared: Comparisons, danger: Bounded) -> npt.NDArray[np.float64]:
    """Return how far each comparison could be out, larger for worse; -inf where undefined."""
    value = danger.value()
    return np.nan_to_num(value if compared.question.measure == "difference" else -value, nan=-np.inf, posinf=np.inf)


def _comparison(compared: Comparisons, i: int) -> Comparison:
    """Return comparison `i` with its ends over the ranges in the place of bounds of chance."""
    shown = compared.comparison(i, 0.05)
    low, high = (float(pairs.keep(np.array([i])).value()[0]) for pairs in (compared.low, compared.high))
    return replace(shown, low=real(low), high=real(high))
