"""judge(): every limit of the policy against the counts, with three answers.

PASSED: the one-sided level-alpha bound of every comparison lies strictly inside the limit. This is an
intersection-union test (Berger 1982), so it needs no correction, however many groups there are.
FAILED: some comparison lies outside at a level corrected over all comparisons of the limit (Holm 1979).
NOT_SHOWN: neither; it says what would show it. Nothing is dropped for being small, a comparison with
nothing to divide by keeps the limit from passing, and rows of unknown group are allotted in the worst way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import real
from smartstart_gov.metrics.disparity import REST, Contrasts, contrasts, unknown_counts
from smartstart_gov.metrics.intervals import normal_quantile
from smartstart_gov.metrics.measure import Groups, margin, overall
from smartstart_gov.metrics.power import cases_needed
from smartstart_gov.metrics.rates import Rate, rate
from smartstart_gov.project.policy import Limit, Policy
from smartstart_gov.tally.cube import Tally
from smartstart_gov.tally.printed import PrintedTally
from smartstart_gov.verdict.finding import Comparison, Finding, Message, Status, Verdict

Floats = npt.NDArray[np.float64]


def judge(tally: Tally | PrintedTally, policy: Policy) -> Verdict:
    """Return the verdict of `policy` over the counts of `tally`.

    Parameters
    ----------
    tally : Tally or PrintedTally
        Counts of the rows that are judged. Of a printed tally only limits whose groups are all printed
        can be judged; the others are NOT_SHOWN.
    policy : Policy

    Returns
    -------
    Verdict
        One finding a limit, in the policy's order.

    Raises
    ------
    Refused
        M01 for a limit on a metric that does not exist.
    """
    findings = tuple(judge_limit(tally, policy, limit) for limit in policy.limits)
    return Verdict(findings=findings, policy_digest=policy.digest, decide_on=policy.decide_on)


def judge_limit(tally: Tally | PrintedTally, policy: Policy, limit: Limit) -> Finding:
    """Return the finding on one limit."""
    of = rate(limit.metric)
    block = margin(tally, limit.by)
    if block is None:
        return _finding(limit, "NOT_SHOWN", Message(code="limit.small_groups", values={}), _beyond_print(), None, 0, 0)
    levels = [i for i, kind in enumerate(block.kinds) if kind == "level"]
    present = [i for i in levels if block.cells[i].sum() > 0]
    if len(present) < 2:
        single = Message(code="limit.single", values={})
        return _finding(limit, "NOT_SHOWN", single, _gather(of), None, 0, 0)
    judged = Comparisons.compare(block, of, limit, policy.alpha)
    if policy.decide_on == "point":
        return _by_point(judged, limit)
    everybody = overall(tally)
    base = 0.0 if everybody is None else float(np.nan_to_num(everybody.fraction(of)[2][0]))
    return _by_interval(judged, limit, policy.alpha, absent=len(levels) - len(present), declared=len(levels), base=base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """All comparisons of one limit, with what speaks for passing and for failing."""

    block: Groups
    of: Rate
    bound: float
    plain: Contrasts
    low: Contrasts
    high: Contrasts
    inside: Floats
    inside_if_known: Floats
    outside: Floats
    outside_if_known: Floats

    @classmethod
    def compare(cls, block: Groups, of: Rate, limit: Limit, alpha: float) -> Comparisons:
        """Return every comparison that `limit` makes between the groups of `block`."""
        plain = contrasts(block, of, limit.measure, limit.between, limit.reference)
        events, others = unknown_counts(block, of)
        high = plain.allot(events, others, raise_first=True)
        low = plain.allot(events, others, raise_first=False)
        # A difference is in danger when it is high, a ratio when it is low.
        danger, relief, sign = (high, low, -1.0) if limit.measure == "difference" else (low, high, 1.0)
        return cls(
            block=block, of=of, bound=limit.bound, plain=plain, low=low, high=high,
            inside=sign * danger.score(limit.bound),
            inside_if_known=sign * plain.score(limit.bound),
            outside=-sign * relief.score(limit.bound),
            outside_if_known=-sign * plain.score(limit.bound),
        )  # fmt: skip

    @property
    def total(self) -> int:
        """Number of comparisons."""
        return len(self.plain.group)

    @property
    def undefined(self) -> int:
        """Number of comparisons with nothing to divide by."""
        return int((~self.plain.defined).sum())

    def name(self, position: int) -> str:
        """Return the name of the group at `position`, or what stands for the rest or everybody."""
        return "overall" if position == REST and self.plain.between == "overall" else (
            "rest" if position == REST else self.block.names[position]
        )  # fmt: skip

    def comparison(self, i: int, alpha: float) -> Comparison:
        """Return comparison `i` with its one-sided bounds, unknown rows allotted in the worst way for each."""
        _, denominators, _, _ = self.block.fraction(self.of)
        once = [j for j, kind in enumerate(self.block.kinds) if kind != "area"]
        g, o = int(self.plain.group[i]), int(self.plain.other[i])

        def rows(position: int, against: int) -> int:
            if position != REST:
                return int(denominators[position])
            total = int(denominators[once].sum())
            return total if self.plain.between == "overall" else total - int(denominators[against])

        low, _ = _only(self.low, i).interval(1 - 2 * alpha)
        _, high = _only(self.high, i).interval(1 - 2 * alpha)
        return Comparison(
            group=self.name(g), other=self.name(o), value=real(float(self.plain.value()[i])),
            low=real(float(low[0])), high=real(float(high[0])),
            group_denominator=rows(g, o), other_denominator=rows(o, g),
        )  # fmt: skip


def _only(many: Contrasts, i: int) -> Contrasts:
    return Contrasts(
        measure=many.measure, between=many.between, group=many.group[[i]], other=many.other[[i]],
        x1=many.x1[[i]], n1=many.n1[[i]], x2=many.x2[[i]], n2=many.n2[[i]],
    )  # fmt: skip


def holm(statistic: Floats, alpha: float) -> int:
    """Return how many hypotheses Holm's step-down rejects, given standard normal statistics (nan: none)."""
    ordered = np.sort(statistic[~np.isnan(statistic)])[::-1]
    for step, z in enumerate(ordered):
        if z <= normal_quantile(1 - alpha / (len(ordered) - step)):
            return step
    return len(ordered)


def _by_interval(judged: Comparisons, limit: Limit, alpha: float, *, absent: int, declared: int, base: float) -> Finding:
    z = normal_quantile(1 - alpha)
    inside = int((judged.inside > z).sum())
    outside = holm(judged.outside, alpha)
    counts = {"inside": inside, "comparisons": judged.total}
    if outside:
        worst = judged.comparison(int(np.nanargmax(judged.outside)), alpha)
        reason = Message(
            code="limit.failed",
            values={"group": worst.group, "other": worst.other, "outside": outside, "comparisons": judged.total},
        )
        return _finding(
            limit, "FAILED", reason, Message(code="remedy.change", values={}), worst, judged.total, judged.undefined
        )
    worst_defined = None if np.isnan(judged.inside).all() else judged.comparison(int(np.nanargmin(judged.inside)), alpha)
    if inside == judged.total:
        reason = Message(code="limit.passed", values={"comparisons": judged.total})
        return _finding(limit, "PASSED", reason, Message(code="remedy.none", values={}), worst_defined, judged.total, 0)
    if hidden := holm(judged.outside_if_known, alpha):
        reason = Message(code="limit.unknown_breach", values={"outside": hidden, "comparisons": judged.total})
        remedy = Message(code="remedy.record_groups", values={})
    elif absent:
        reason = Message(code="limit.absent", values={"absent": absent, "declared": declared})
        remedy = Message(code="remedy.absent", values={})
    elif judged.undefined:
        reason = Message(code="limit.undefined", values={"undefined": judged.undefined, "comparisons": judged.total})
        remedy = _gather(judged.of)
    elif bool((judged.inside_if_known > z).all()):
        reason, remedy = Message(code="limit.unknown_rows", values=counts), Message(code="remedy.record_groups", values={})
    elif bool((judged.inside_if_known < 0).any()):
        reason, remedy = Message(code="limit.beyond", values=counts), Message(code="remedy.beyond", values={})
    else:
        reason, remedy = Message(code="limit.thin", values=counts), _needed(judged, limit, alpha, declared, base)
    return _finding(limit, "NOT_SHOWN", reason, remedy, worst_defined, judged.total, judged.undefined)


def _by_point(judged: Comparisons, limit: Limit) -> Finding:
    """Decide on estimates alone: an explicit choice of the policy, printed on page 1 as such.

    Unknown rows keep their worst allotment for passing; they are no matter of chance.
    """
    danger = (judged.high if limit.measure == "difference" else judged.low).value()
    value = judged.plain.value()
    broken = value >= limit.bound if limit.measure == "difference" else value <= limit.bound
    safe = danger < limit.bound if limit.measure == "difference" else danger > limit.bound
    gravest = -value if limit.measure == "ratio" else value
    outside = int(broken.sum())
    worst = None if np.isnan(gravest).all() else judged.comparison(int(np.nanargmax(gravest)), 0.05)
    if outside and worst is not None:
        reason = Message(
            code="limit.failed_point",
            values={"group": worst.group, "other": worst.other, "outside": outside, "comparisons": judged.total},
        )
        return _finding(
            limit, "FAILED", reason, Message(code="remedy.change", values={}), worst, judged.total, judged.undefined
        )
    if bool(safe.all()):
        reason = Message(code="limit.passed_point", values={"comparisons": judged.total})
        return _finding(limit, "PASSED", reason, Message(code="remedy.none", values={}), worst, judged.total, 0)
    if judged.undefined:
        reason = Message(code="limit.undefined", values={"undefined": judged.undefined, "comparisons": judged.total})
        return _finding(limit, "NOT_SHOWN", reason, _gather(judged.of), worst, judged.total, judged.undefined)
    reason = Message(code="limit.unknown_rows", values={"inside": int(safe.sum()), "comparisons": judged.total})
    remedy = Message(code="remedy.record_groups", values={})
    return _finding(limit, "NOT_SHOWN", reason, remedy, worst, judged.total, judged.undefined)


def _needed(judged: Comparisons, limit: Limit, alpha: float, groups: int, base: float) -> Message:
    needed, half = (
        cases_needed(base, groups, limit.measure, limit.between, limit.bound, alpha=alpha, true_share=share)
        for share in (0.0, 0.5)
    )
    if needed is None or half is None:
        return _gather(judged.of)
    return Message(code="remedy.cases", values={"needed": needed, "needed_half": half, "metric": judged.of.name})


def _gather(of: Rate) -> Message:
    return Message(code="remedy.cases_undefined", values={"metric": of.name})


def _beyond_print() -> Message:
    return Message(code="remedy.private", values={})


def _finding(
    limit: Limit,
    status: Status,
    reason: Message,
    remedy: Message,
    decisive: Comparison | None,
    comparisons: int,
    undefined: int,
) -> Finding:
    return Finding(
        id=f"limit.{limit.id}", severity=limit.severity, moment="audit", status=status, reason=reason, remedy=remedy,
        metric=limit.metric, measure=limit.measure, between=limit.between, limit=real(limit.bound), by=limit.by,
        comparisons=comparisons, undefined=undefined, decisive=decisive,
    )  # fmt: skip
