"""judge(): every question of the policy against the counts, with three answers; statuses() gives only the answers.

`statuses` runs the tests of `judge_limit` without the intervals, names and remedies of a finding, which take most of
its time. A test holds that the two agree.

PASSED: the one-sided level-alpha bound of every comparison lies strictly within the limit. This is an
intersection-union test (Berger 1982), so it needs no correction, however many groups there are.
FAILED: at least one comparison is outside, at a level corrected over all comparisons of the limit (Holm
1979). NOT_SHOWN: neither; it says what would show it. Nothing is dropped for being small, a comparison
with a zero denominator keeps the limit from passing, and rows of unknown group are placed in the worst way.

The rungs of a ladder are asked weakest first, each at alpha, until one is not passed: a fixed sequence,
which needs no correction either (Maurer, Hothorn, Lehmacher 1995). A breach counts on any rung, so its
level is divided over the rungs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.policy import Limit, Policy
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import Tally
from smartstart_gov.errors import Refused
from smartstart_gov.judgement.comparisons import ON_LIMIT, Comparisons
from smartstart_gov.judgement.finding import Finding, Message, Status, Verdict
from smartstart_gov.judgement.question import Question, answer, pooled_away, questions, rows_needed
from smartstart_gov.judgement.rungs import Spreading, judge_spread, sees
from smartstart_gov.statistics.contrasts import effective_counts
from smartstart_gov.statistics.estimates import overall
from smartstart_gov.statistics.groups import grouped, pooled
from smartstart_gov.statistics.rates import Rate, rate
from smartstart_gov.statistics.sample_size import cases_needed
from smartstart_gov.statistics.spread import DRAWS, spread_tails, standing_out

#: Number of the way of judging: raised when the same counts may get another answer or another bound, here or in the
#: intervals of tables and score figures. Evidence of an earlier method keeps its numbers. `METHOD_SINCE` has the edition of
#: the rules with which each came.
METHOD, METHOD_SINCE = 1, (1,)


def judge(tally: Tally | PrintedTally, policy: Policy, *, alpha: float | None = None) -> Verdict:
    """Return the verdict of `policy` over the counts of `tally`.

    Parameters
    ----------
    tally : Tally or PrintedTally
        Counts of the rows that are judged. With a printed tally, only limits whose groups are all printed
        can be judged; the others are NOT_SHOWN.
    policy : Policy
    alpha : float, optional
        Level of every test; by default the policy's. A later look at the same rows has a smaller one.

    Returns
    -------
    Verdict
        One finding per question, in the policy's order; a limit with a ladder has several.

    Raises
    ------
    Refused
        M01 for a limit on a metric that does not exist.
    """
    accept(judge, locals())
    level = policy.alpha if alpha is None else alpha
    if not 0 < level < 1:
        raise Refused("M01", f"alpha is {level:g}.", "judge(alpha=)", "Use a number above 0 and below 1, such as 0.05.")
    findings = tuple(f for limit in policy.limits for f in judge_limit(tally, policy, limit, level))
    return Verdict(findings=findings, policy_digest=policy.digest, decide_on=policy.decide_on)


def judge_look(tally: Tally | PrintedTally, policy: Policy, alpha: float) -> Verdict:
    """Return the verdict of one look: what passes does so at the look's `alpha`, what fails at the policy's.

    A later look passes less easily. If it failed less easily too, a harm that was found once would be found no
    more after some tries, and "not shown" may enter where "failed" may not.
    """
    findings = [f for limit in policy.limits for f in judge_limit(tally, policy, limit, alpha)]
    if alpha < policy.alpha:
        usual = [f for limit in policy.limits for f in judge_limit(tally, policy, limit, policy.alpha)]
        failed = {f.id: f for f in usual if f.status == "FAILED"}
        findings = [failed.get(f.id, f) for f in findings]
    return Verdict(findings=tuple(findings), policy_digest=policy.digest, decide_on=policy.decide_on)


def judge_limit(tally: Tally | PrintedTally, policy: Policy, limit: Limit, alpha: float) -> tuple[Finding, ...]:
    """Return the findings on one limit: one, or one per rung of its ladder."""
    asked = questions(limit)
    findings: list[Finding] = []
    for question in asked:
        found = _judge(tally, policy, question, alpha, failing=alpha / len(asked))
        if found.status == "PASSED" and question.pool_under is not None and question.measure != "spread":
            found = _not_pooled_away(tally, policy, found, question, question.pool_under)
        if found.status == "PASSED" and any(before.status != "PASSED" for before in findings):
            reason, remedy = Message(code="rung.not_reached", values={}), Message(code="remedy.rung", values={})
            found = answer(question, "NOT_SHOWN", reason, remedy, found.decisive, found.comparisons, found.undefined)
        findings.append(found)
    return tuple(findings)


def _judge(tally: Tally | PrintedTally, policy: Policy, question: Question, alpha: float, *, failing: float) -> Finding:
    """Answer one question: breaches are sought first, at `failing`, and then whether all comparisons pass at `alpha`."""
    of = rate(question.limit.metric)
    block = grouped(tally, question.by, step=question.step, pool_under=question.pool_under, reference=question.limit.reference)
    if block is None:
        private = Message(code="remedy.private", values={})
        return answer(question, "NOT_SHOWN", Message(code="limit.small_groups", values={}), private)
    levels = [i for i, kind in enumerate(block.kinds) if kind == "level"]
    present = [i for i in levels if block.cells[i].sum() > 0]
    if len(present) < 2:
        return answer(question, "NOT_SHOWN", Message(code="limit.single", values={}), _gather(of))
    if question.measure == "spread":
        return judge_spread(block, of, question, alpha, failing=failing, k=policy.disclosure.k)
    judged = Comparisons.compare(tally, question, chance=policy.decide_on != "point")
    if judged is None:
        private = Message(code="remedy.private", values={})
        return answer(question, "NOT_SHOWN", Message(code="limit.small_groups", values={}), private)
    if policy.decide_on == "point":
        return _by_point(judged, alpha)
    total, undefined, absent = judged.total, judged.undefined, len(levels) - len(present)
    outside = judged.outside_at(failing)
    if outside:
        worst = judged.comparison(judged.gravest(outside), alpha)
        values = worst.sides() | {"outside": judged.pairs(outside), "comparisons": total}
        reason, remedy = Message(code="limit.failed", values=values), Message(code="remedy.change", values={})
        return answer(question, "FAILED", reason, remedy, worst, total, undefined)
    worst_defined = None if np.isnan(judged.inside).all() else judged.comparison(int(np.nanargmin(judged.inside)), alpha)
    inside = judged.inside_at(alpha)
    counts: dict[str, str | int] = {"inside": inside, "comparisons": total}
    if inside == total:
        if judged.strata_disagree(alpha):
            reason = Message(code="limit.heterogeneous", values={"given": question.limit.given or ""})
            remedy = Message(code="remedy.strata", values={})
            return answer(question, "NOT_SHOWN", reason, remedy, worst_defined, total, 0)
        reason, remedy = Message(code="limit.passed", values={"comparisons": total}), Message(code="remedy.none", values={})
        seen = None
        if question.rung is not None:
            x, n = (column[levels] for column in effective_counts(block, of))
            seen = sees(question, n, float(x.sum() / n.sum()), alpha, k=policy.disclosure.k)
        return answer(question, "PASSED", reason, remedy, worst_defined, total, 0, seen)
    if hidden := judged.outside_at(failing, known=True):
        reason = Message(code="limit.unknown_breach", values={"outside": judged.pairs(hidden), "comparisons": total})
        remedy = Message(code="remedy.record_groups", values={})
    elif absent:
        reason = Message(code="limit.absent", values={"absent": absent, "declared": len(levels)})
        remedy = Message(code="remedy.absent", values={})
    elif undefined:
        reason = Message(code="limit.undefined", values={"undefined": undefined, "comparisons": total})
        remedy = _gather(of)
    elif judged.inside_at(alpha, known=True) == total:
        reason, remedy = Message(code="limit.unknown_rows", values=counts), Message(code="remedy.record_groups", values={})
    elif bool((judged.inside_if_known < 0).any()):
        # Of many small groups some lie beyond by chance alone: only where they truly differ will more data not do.
        differ = judged.beyond_and_different(alpha)
        remedy = Message(code="remedy.beyond", values={}) if differ else _needed(tally, judged, alpha, len(levels))
        reason = Message(code="limit.beyond", values=counts)
    else:
        reason, remedy = Message(code="limit.thin", values=counts), _needed(tally, judged, alpha, len(levels))
    return answer(question, "NOT_SHOWN", reason, remedy, worst_defined, total, undefined)


def _not_pooled_away(tally: Tally | PrintedTally, policy: Policy, found: Finding, question: Question, under: int) -> Finding:
    """Return `found`, or that it is not shown: of the groups in the pool one is outside the limit by itself.

    Each is tested against all others at the policy's alpha, without correction: this decides over passing, not failing.
    """
    pool = set(pooled(tally, question.by, step=question.step, under=under, reference=question.limit.reference))
    alone = Comparisons.compare(tally, replace(question, pool_under=None, between="rest")) if pool else None
    if alone is None:
        return found
    beyond = np.nan_to_num(alone.outside, nan=-np.inf)
    for i in np.argsort(-beyond, kind="stable").tolist():
        sides = {name for name, kind in alone.pair(i) if kind != "rest"}
        if sides <= pool and alone.shown_outside(i, policy.alpha):
            return pooled_away(question, "limit.pooled", found, alone.comparison(i, policy.alpha))
    return found


def _by_point(judged: Comparisons, alpha: float) -> Finding:
    """Decide on estimates alone: an explicit choice of the policy, printed on page 1 as such.

    Unknown rows keep their worst allotment for passing; they are no matter of chance.
    """
    question, total = judged.question, judged.total
    bound, difference = question.bound, question.measure == "difference"
    danger, value = (judged.high if difference else judged.low).value(), judged.plain.value()
    broken = value >= bound - ON_LIMIT if difference else value <= bound + ON_LIMIT
    # What may have nothing to divide by is not inside, whatever rows of unknown group would make of it.
    safe = (danger < bound - ON_LIMIT if difference else danger > bound + ON_LIMIT) & ~np.isnan(judged.inside)
    gravest = value if difference else -value
    outside = judged.pairs(broken)
    worst = None if np.isnan(gravest).all() else judged.comparison(int(np.nanargmax(gravest)), alpha)
    if outside and worst is not None:
        values = worst.sides() | {"outside": outside, "comparisons": total}
        reason, remedy = Message(code="limit.failed_point", values=values), Message(code="remedy.change", values={})
        return answer(question, "FAILED", reason, remedy, worst, total, judged.undefined)
    if bool(safe.all()):
        reason = Message(code="limit.passed_point", values={"comparisons": total})
        return answer(question, "PASSED", reason, Message(code="remedy.none", values={}), worst, total, 0)
    # No case of a rate, or for a ratio no event on either side.
    if undefined := judged.pairs(np.isnan(value)):
        reason = Message(code="limit.undefined", values={"undefined": undefined, "comparisons": total})
        return answer(question, "NOT_SHOWN", reason, _gather(judged.of), worst, total, undefined)
    reason = Message(code="limit.unknown_rows", values={"inside": total - judged.pairs(~safe), "comparisons": total})
    return answer(question, "NOT_SHOWN", reason, Message(code="remedy.record_groups", values={}), worst, total)


def _needed(tally: Tally | PrintedTally, judged: Comparisons, alpha: float, groups: int) -> Message:
    question, everybody = judged.question, overall(tally)
    base = 0.0 if everybody is None else float(np.nan_to_num(everybody.fraction(judged.of)[2][0]))
    if question.measure == "spread":
        raise ValueError("a spread is no comparison of two groups")
    needed, half = (
        cases_needed(base, groups, question.measure, question.between, question.bound, alpha=alpha, true_share=share)
        for share in (0.0, 0.5)
    )
    if needed is None or half is None:
        return _gather(judged.of)
    return rows_needed(judged.block, judged.of, needed, half)


def _gather(of: Rate) -> Message:
    return Message(code="remedy.cases_undefined", values={"metric": of.name})


def status_of(tally: Tally, policy: Policy, question: Question, alpha: float, *, failing: float, draws: int = DRAWS) -> Status:
    """Return the status of one question over the counts of `tally`.

    Parameters
    ----------
    tally : Tally
    policy : Policy
    question : Question
    alpha, failing : float
        Level at which it passes, and at which it fails.
    draws : int
        Simulated data sets behind the answer to a question on the spread; a verdict uses all of them.
    """
    block = grouped(tally, question.by, step=question.step, pool_under=question.pool_under, reference=question.limit.reference)
    if block is None:
        raise ValueError("a tally always has its margins")
    if sum(kind == "level" and n > 0 for kind, n in zip(block.kinds, block.cells.sum(axis=1), strict=True)) < 2:
        return "NOT_SHOWN"
    if question.measure == "spread":
        asked = Spreading.of(block, rate(question.limit.metric), question)
        below, above = spread_tails(asked.x, asked.n, question.bound, draws=draws)
        out = standing_out(asked.x, asked.n, alpha=alpha, harm=question.harm)
        return asked.decide(below, above, out, alpha, failing=failing, draws=draws)[0]
    judged = Comparisons.compare(tally, question, chance=policy.decide_on != "point")
    if judged is None:
        raise ValueError("a tally always has its strata")
    if policy.decide_on == "point":
        return _status_by_point(judged)
    if judged.outside_at(failing, most=1):
        return "FAILED"
    if judged.inside_at(alpha) < judged.total:
        return "NOT_SHOWN"
    return "NOT_SHOWN" if judged.strata_disagree(alpha) else "PASSED"


def _status_by_point(judged: Comparisons) -> Status:
    difference, bound = judged.question.measure == "difference", judged.question.bound
    value, danger = judged.plain.value(), (judged.high if difference else judged.low).value()
    if bool((value >= bound - ON_LIMIT if difference else value <= bound + ON_LIMIT).any()):
        return "FAILED"
    safe = (danger < bound - ON_LIMIT if difference else danger > bound + ON_LIMIT) & ~np.isnan(judged.inside)
    return "PASSED" if bool(safe.all()) else "NOT_SHOWN"
