"""The first rung: the true rates of many small groups spread little, and no group stands out."""

from __future__ import annotations

import numpy as np

from smartstart_gov.canonical import real
from smartstart_gov.metrics.disparity import Floats, effective_counts, unknown_counts
from smartstart_gov.metrics.heterogeneity import Spread, cases_for_spread, spread, standing_out
from smartstart_gov.metrics.measure import Groups
from smartstart_gov.metrics.rates import Rate
from smartstart_gov.verdict.answering import answer
from smartstart_gov.verdict.finding import Comparison, Finding, Message
from smartstart_gov.verdict.question import Question

#: With fewer groups their mean is too uncertain for this method, and pairs can be compared.
FEWEST_GROUPS = 8


def judge_spread(block: Groups, of: Rate, question: Question, alpha: float, *, failing: float) -> Finding:
    """Return the answer to a question on the spread of a rate over the groups of `block`.

    PASSED where the upper bound of the standard deviation lies inside the limit and no group stands out;
    FAILED where the lower bound lies outside. A group that stands out is NOT_SHOWN and named: people look
    at it. Rows of unknown group are allotted in the ways that spread the most.
    """
    level = np.array([i for i, kind in enumerate(block.kinds) if kind == "level"])
    x, n = (column[level] for column in effective_counts(block, of))
    names = [block.names[i] for i in level]
    undefined = int((n <= 0).sum())
    found = spread(x, n, question.bound, alpha=alpha)
    events, others = (column[level] for column in unknown_counts(block, of))
    unknown = bool((events + others > 0).any())
    gather = Message(code="remedy.cases_undefined", values={"metric": of.name})
    out = standing_out(x, n, alpha=alpha, harm=question.harm)
    decisive = _decisive(found, x, n, names, out)
    total = len(level)
    if np.isnan(found.value) or undefined:
        reason = Message(code="spread.undefined", values={"undefined": max(undefined, 1), "groups": total})
        return answer(question, "NOT_SHOWN", reason, gather, decisive, total, undefined)
    if total < FEWEST_GROUPS:
        reason = Message(code="spread.few", values={"groups": total, "fewest": FEWEST_GROUPS})
        return answer(question, "NOT_SHOWN", reason, Message(code="remedy.few", values={}), decisive, total)
    if not unknown and found.above <= failing:
        reason, remedy = Message(code="spread.failed", values={}), Message(code="remedy.change", values={})
        return answer(question, "FAILED", reason, remedy, decisive, total)
    if out:
        reason = Message(code="spread.flagged", values={"flagged": len(out), "groups": total})
        return answer(question, "NOT_SHOWN", reason, Message(code="remedy.look", values={}), decisive, total)
    if found.below > alpha:
        reason, remedy = Message(code="spread.thin", values={"groups": total}), _needed(found, x, n, of, question, alpha)
        return answer(question, "NOT_SHOWN", reason, remedy, decisive, total)
    if unknown and not _holds_with_unknown(x, n, events, others, question, alpha):
        reason, remedy = Message(code="spread.unknown", values={}), Message(code="remedy.record_groups", values={})
        return answer(question, "NOT_SHOWN", reason, remedy, decisive, total)
    reason, remedy = Message(code="spread.passed", values={"groups": total}), Message(code="remedy.none", values={})
    return answer(question, "PASSED", reason, remedy, decisive, total)


def _decisive(found: Spread, x: Floats, n: Floats, names: list[str], out: tuple[int, ...]) -> Comparison | None:
    """Return the spread with its bounds, under the name of the group that stands out most."""
    if np.isnan(found.value):
        return None
    mean = x.sum() / n.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.nan_to_num(np.abs(x / n - mean) * np.sqrt(n))
    first = out[0] if out else int(np.argmax(distance))
    return Comparison(
        group=names[first], other="rest", value=real(found.value), low=real(found.low), high=real(found.high),
        group_denominator=int(n[first]), other_denominator=int(n.sum() - n[first]),
    )  # fmt: skip


def _needed(found: Spread, x: Floats, n: Floats, of: Rate, question: Question, alpha: float) -> Message:
    """Return how many cases in each group would show it, unless the groups differ and the estimate lies beyond the limit."""
    if found.value >= question.bound and found.low > 0:
        return Message(code="remedy.beyond", values={})
    rate = float(x.sum() / n.sum())
    needed, half = (cases_for_spread(rate, len(n), question.bound, alpha=alpha, true_share=share) for share in (0.0, 0.5))
    if needed is None or half is None:
        return Message(code="remedy.cases_undefined", values={"metric": of.name})
    return Message(code="remedy.cases", values={"needed": needed, "needed_half": half, "metric": of.name})


def _holds_with_unknown(x: Floats, n: Floats, events: Floats, others: Floats, question: Question, alpha: float) -> bool:
    """Whether the answer stays the same however the rows of unknown group fall.

    A homogeneity statistic is convex in the counts, so it is largest where all unknown events fall to one
    group and all other unknown rows to one; the groups furthest out on either side are tried.
    """
    rates = x / n
    high, low = np.argsort(-rates)[:3], np.argsort(rates)[:3]
    small = np.argsort(n)[:3]
    for up in {*high.tolist(), *small.tolist()}:
        for down in {*low.tolist(), *small.tolist()}:
            with_x, with_n = x.copy(), n.copy()
            with_x[up] += events[up]
            with_n[up] += events[up]
            with_n[down] += others[down]
            if standing_out(with_x, with_n, alpha=alpha, harm=question.harm):
                return False
            if spread(with_x, with_n, question.bound, alpha=alpha).below > alpha:
                return False
    return True
