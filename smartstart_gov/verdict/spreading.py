"""The first rung: the true rates of many small groups spread little, and no group stands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartstart_gov.canonical import real
from smartstart_gov.metrics.disparity import Floats, effective_counts, unknown_counts
from smartstart_gov.metrics.heterogeneity import DRAWS, Spread, cases_for_spread, spread, spread_tails, standing_out
from smartstart_gov.metrics.measure import Groups
from smartstart_gov.metrics.rates import Rate
from smartstart_gov.verdict.answering import answer, rows_needed
from smartstart_gov.verdict.finding import Comparison, Finding, Message, Sees, Status
from smartstart_gov.verdict.question import Question
from smartstart_gov.verdict.seeing import sees, unseen

#: With fewer groups their mean is too uncertain for this method, and pairs can be compared.
FEWEST_GROUPS = 8
_GATHER = "remedy.cases_undefined"
_REMEDIES = {
    "spread.undefined": _GATHER, "spread.few": "remedy.few", "spread.failed": "remedy.change", "spread.flagged": "remedy.look",
    "spread.unknown": "remedy.record_groups",
    "spread.passed": "remedy.none",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreading:
    """Events and cases of the groups of one question on their spread, and of the rows of unknown group."""

    question: Question
    names: tuple[str, ...]
    x: Floats
    n: Floats
    events: Floats
    others: Floats

    @classmethod
    def of(cls, block: Groups, of: Rate, question: Question) -> Spreading:
        """Return what a question on the spread over the groups of `block` is asked of."""
        level = np.array([i for i, kind in enumerate(block.kinds) if kind == "level"])
        x, n = (column[level] for column in effective_counts(block, of))
        events, others = (column[level] for column in unknown_counts(block, of))
        names = tuple(block.names[i] for i in level)
        return cls(question=question, names=names, x=x, n=n, events=events, others=others)

    @property
    def mean(self) -> float:
        """The rate of all groups together, in whole cases; nan where there are none."""
        cases = np.floor(self.n + 1e-9).sum()
        return float(np.floor(self.x + 1e-9).sum() / cases) if cases > 0 else np.nan

    def decide(
        self, below: float, above: float, out: tuple[int, ...], alpha: float, *, failing: float, draws: int = DRAWS
    ) -> tuple[Status, str]:
        """Return the status and the code of its reason, from the two tails at the limit and the groups that stand out."""
        n, events, cases = self.n, np.floor(self.x + 1e-9).sum(), np.floor(self.n + 1e-9).sum()
        if bool((n <= 0).any()) or not 0 < events < cases:
            return "NOT_SHOWN", "spread.undefined"
        if len(n) < FEWEST_GROUPS:
            return "NOT_SHOWN", "spread.few"
        unknown = bool((self.events + self.others > 0).any())
        if not unknown and above <= failing:
            return "FAILED", "spread.failed"
        if out:
            return "NOT_SHOWN", "spread.flagged"
        if below > alpha:
            return "NOT_SHOWN", "spread.thin"
        if unknown and not self._holds_with_unknown(alpha, draws):
            return "NOT_SHOWN", "spread.unknown"
        if self.question.unseen is not None and unseen(self.question, n, self.mean, alpha, draws=draws):
            return "NOT_SHOWN", "spread.unseen"
        return "PASSED", "spread.passed"

    def _holds_with_unknown(self, alpha: float, draws: int) -> bool:
        """Whether the answer stays the same however the rows of unknown group fall.

        A homogeneity statistic is convex in the counts, so it is largest where all unknown events fall to one
        group and all other unknown rows to one; the groups furthest out on either side are tried.
        """
        x, n, question = self.x, self.n, self.question
        rates = x / n
        high, low = np.argsort(-rates)[:3], np.argsort(rates)[:3]
        small = np.argsort(n)[:3]
        for up in {*high.tolist(), *small.tolist()}:
            for down in {*low.tolist(), *small.tolist()}:
                with_x, with_n = x.copy(), n.copy()
                with_x[up] += self.events[up]
                with_n[up] += self.events[up]
                with_n[down] += self.others[down]
                if standing_out(with_x, with_n, alpha=alpha, harm=question.harm):
                    return False
                if spread_tails(with_x, with_n, question.bound, draws=draws)[0] > alpha:
                    return False
        return True


def judge_spread(block: Groups, of: Rate, question: Question, alpha: float, *, failing: float, k: int) -> Finding:
    """Return the answer to a question on the spread of a rate over the groups of `block`.

    PASSED where the upper bound of the standard deviation lies inside the limit and no group stands out;
    FAILED where the lower bound lies outside. A group that stands out is NOT_SHOWN and named: people look
    at it. Rows of unknown group are allotted in the ways that spread the most. Where the policy says how small a group has
    to be for a harm in it to go unseen, that has to hold as well.
    """
    asked = Spreading.of(block, of, question)
    found = spread(asked.x, asked.n, question.bound, alpha=alpha)
    out = standing_out(asked.x, asked.n, alpha=alpha, harm=question.harm)
    status, code = asked.decide(found.below, found.above, out, alpha, failing=failing)
    decisive = _decisive(found, asked.x, asked.n, asked.names, out, question)
    undefined, groups = int((asked.n <= 0).sum()), len(asked.n)
    told: dict[str, dict[str, str | int]] = {
        "spread.undefined": {"undefined": max(undefined, 1), "groups": groups},
        "spread.few": {"groups": groups, "fewest": FEWEST_GROUPS},
        "spread.flagged": {"flagged": len(out), "groups": groups},
        "spread.thin": {"groups": groups},
        "spread.passed": {"groups": groups},
    }
    seen = sees(question, asked.n, asked.mean, alpha, k=k) if code in ("spread.passed", "spread.unseen") else None
    if code == "spread.unseen" and question.unseen is not None:
        told[code] = {"most": question.unseen.at_most_cases, "times": f"{question.unseen.harm:g}"}
        remedy = _to_see(seen, of)
    elif code == "spread.thin":
        remedy = _needed(found, asked.x, asked.n, block, of, question, alpha)
    else:
        remedy = Message(code=_REMEDIES[code], values={"metric": of.name} if _REMEDIES[code] == _GATHER else {})
    reason = Message(code=code, values=told.get(code, {}))
    return answer(question, status, reason, remedy, decisive, groups, undefined, seen)


def _to_see(seen: Sees | None, of: Rate) -> Message:
    """Return how many cases a group needs for the harm that the policy names to be found in it."""
    if seen is None or seen.cases is None:
        return Message(code="remedy.unseen_never", values={"metric": of.name})
    return Message(code="remedy.unseen", values={"needed": seen.cases, "metric": of.name})


def _decisive(
    found: Spread, x: Floats, n: Floats, names: tuple[str, ...], out: tuple[int, ...], question: Question
) -> Comparison | None:
    """Return the spread with its bounds, under the name of the group that stands out most."""
    if np.isnan(found.value):
        return None
    mean = x.sum() / n.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.nan_to_num(np.abs(x / n - mean) * np.sqrt(n))
    first = out[0] if out else int(np.argmax(distance))
    return Comparison(
        group=names[first], group_kind="level" if question.step is None else "area", other="rest", other_kind="rest",
        value=real(found.value), low=real(found.low), high=real(found.high),
        group_denominator=int(n[first]), other_denominator=int(n.sum() - n[first]),
    )  # fmt: skip


def _needed(found: Spread, x: Floats, n: Floats, block: Groups, of: Rate, question: Question, alpha: float) -> Message:
    """Return how many cases in each group would show it, unless the groups differ and the estimate lies beyond the limit."""
    if found.value >= question.bound and found.low > 0:
        return Message(code="remedy.beyond", values={})
    rate = float(x.sum() / n.sum())
    needed, half = (cases_for_spread(rate, len(n), question.bound, alpha=alpha, true_share=share) for share in (0.0, 0.5))
    if needed is None or half is None:
        return Message(code="remedy.cases_undefined", values={"metric": of.name})
    return rows_needed(block, of, needed, half)
