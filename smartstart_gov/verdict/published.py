"""judge_counts(): a policy against published counts, which may be rounded, suppressed, or of everybody.

PASSED only if every allotment of whole numbers within the ranges passes; FAILED only if every one fails;
otherwise NOT_SHOWN. Where all counts of a limit are exact and of a sample, it is `judge` itself that answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from smartstart_gov.metrics.grouping import POOLED
from smartstart_gov.metrics.measure import margin
from smartstart_gov.metrics.rates import Rate, rate
from smartstart_gov.project.column import UNKNOWN
from smartstart_gov.project.limit import Limit
from smartstart_gov.project.policy import Policy
from smartstart_gov.tally.cube import Axis
from smartstart_gov.tally.ranges import PARTS, RangedTable
from smartstart_gov.verdict.answering import answer
from smartstart_gov.verdict.census import judge_exactly
from smartstart_gov.verdict.finding import Finding, Message, Verdict
from smartstart_gov.verdict.judge import judge_limit
from smartstart_gov.verdict.question import Question, questions
from smartstart_gov.verdict.ranged import compare_ranges, parts_of

_ASK = Message(code="remedy.table", values={})


def judge_counts(tables: Sequence[RangedTable], policy: Policy, *, census: bool) -> Verdict:
    """Return the verdict of `policy` over published tables.

    Parameters
    ----------
    tables : sequence of RangedTable
        Each over other attributes; a limit is judged on the smallest that has its attributes.
    policy : Policy
    census : bool
        Whether the tables hold everybody the policy is about. Then there is no chance and no interval.

    Returns
    -------
    Verdict
        One finding a question, in the policy's order.
    """
    found = tuple(f for limit in policy.limits for f in judge_published(tables, policy, limit, census=census))
    return Verdict(findings=found, policy_digest=policy.digest, decide_on=policy.decide_on)


def judge_published(tables: Sequence[RangedTable], policy: Policy, limit: Limit, *, census: bool) -> tuple[Finding, ...]:
    """Return the findings on one limit: one, or one a rung of its ladder."""
    of, able = rate(limit.metric), [table for table in tables if set(limit.by) <= set(table.by)]
    if not able:
        reason = Message(code="counts.attribute", values={"attributes": ", ".join(limit.by)})
        return _same(limit, reason, _ASK)
    if limit.given is not None:
        return _same(limit, Message(code="counts.attribute", values={"attributes": limit.given}), _ASK)
    table = min(able, key=lambda one: len(one.by)).over(limit.by)
    events, others = parts_of(of)
    asked = questions(limit)
    pools = any(question.pool_under is not None for question in asked)
    if not (table.known[events] and table.known[others]) or (pools and not table.known[PARTS["total"]]):
        return _same(limit, Message(code="counts.metric", values={}), _ASK)
    published: tuple[Finding, ...] = ()
    if not census:
        published = judge_limit(table.tally(events, others), policy, limit, policy.alpha)
        four = all(table.known[1 << i] for i in range(4))
        if _exact(table, of) and (four or not pools):
            return published
    return climb(
        limit,
        lambda place, question: _judge(
            table, of, policy, question, published[place] if published else None, failing=policy.alpha / len(asked)
        ),
    )


def climb(limit: Limit, ask: Callable[[int, Question], Finding]) -> tuple[Finding, ...]:
    """Return the answers to the questions of `limit`; one that passes after one that did not does not count."""
    findings: list[Finding] = []
    for place, question in enumerate(questions(limit)):
        found = ask(place, question)
        if found.status == "PASSED" and any(before.status != "PASSED" for before in findings):
            reason, remedy = Message(code="rung.not_reached", values={}), Message(code="remedy.rung", values={})
            found = answer(question, "NOT_SHOWN", reason, remedy, found.decisive, found.comparisons, found.undefined)
        findings.append(found)
    return tuple(findings)


def _same(limit: Limit, reason: Message, remedy: Message) -> tuple[Finding, ...]:
    return tuple(answer(question, "NOT_SHOWN", reason, remedy) for question in questions(limit))


def _exact(table: RangedTable, of: Rate) -> bool:
    parts = [part for part in (*parts_of(of), PARTS["total"]) if table.known[part]]
    return bool(table.given.all() and (table.low == table.high)[:, parts].all())


def _judge(
    table: RangedTable, of: Rate, policy: Policy, question: Question, published: Finding | None, *, failing: float
) -> Finding:
    """Answer one question on ranges: `published` is the answer on the counts as they stand, None of a census."""
    if question.measure == "spread":
        return answer(question, "NOT_SHOWN", Message(code="counts.spread", values={}), Message(code="remedy.few", values={}))
    groups = regroup(table, question)
    if groups is None:
        return answer(question, "NOT_SHOWN", Message(code="counts.pool", values={}), _ASK)
    chance = published is not None and policy.decide_on == "interval"
    compared = compare_ranges(groups, question, chance=chance)
    levels = np.array([kind == "level" for kind in compared.block.kinds])
    present = levels & (~groups.given | (groups.high[:, PARTS["total"]] > 0))
    if int(present.sum()) < 2:
        gather = Message(code="remedy.cases_undefined", values={"metric": of.name})
        return answer(question, "NOT_SHOWN", Message(code="limit.single", values={}), gather)
    missing = int((levels & ~groups.given).sum())
    absent = Message(code="counts.absent", values={"absent": missing, "declared": int(levels.sum())})
    if published is None or not chance:
        return judge_exactly(compared, absent if missing else None, census=published is None)
    alpha, total = policy.alpha, compared.total
    if outside := compared.outside_at(failing):
        worst = compared.comparison(outside[0], alpha)
        values = worst.sides() | {"outside": len(outside), "comparisons": total}
        reason, remedy = Message(code="limit.failed", values=values), Message(code="remedy.change", values={})
        return answer(question, "FAILED", reason, remedy, worst, total, compared.undefined)
    decisive = None if np.isnan(compared.inside).all() else compared.comparison(int(np.nanargmin(compared.inside)), alpha)
    inside = compared.inside_at(alpha)
    if inside == total:
        reason, remedy = Message(code="limit.passed", values={"comparisons": total}), Message(code="remedy.none", values={})
        return answer(question, "PASSED", reason, remedy, decisive, total)
    if missing:
        return answer(question, "NOT_SHOWN", absent, _ASK, decisive, total, compared.undefined)
    if published.status == "NOT_SHOWN":
        return replace(published, decisive=decisive or published.decisive)
    finer = Message(code="remedy.finer", values={})
    if published.status == "FAILED":
        return answer(question, "NOT_SHOWN", Message(code="counts.hidden_fail", values={}), finer, decisive, total)
    reason = Message(code="counts.hidden_pass", values={"inside": inside, "comparisons": total})
    return answer(question, "NOT_SHOWN", reason, finer, decisive, total, compared.undefined)


def regroup(table: RangedTable, question: Question) -> RangedTable | None:
    """Return the groups of `question`: areas of a step summed, small groups pooled.

    None where rounding or suppression leaves open which groups are under the size of the pool, or where
    the reference group is one of them.
    """
    if question.step is not None:
        axis = table.axes[0]
        ancestors = next(step.ancestors for step in axis.steps if step.name == question.step)
        names = list(dict.fromkeys(ancestors))
        sets = [[i for i, ancestor in enumerate(ancestors) if ancestor == name] for name in names]
        table = _merged(table, names, sets, [len(ancestors)] if axis.unknown else [])
    if question.pool_under is None:
        return table
    block = margin(table.tally(PARTS["selected"], PARTS["not_selected"]), table.by)
    if block is None:
        raise ValueError("a tally always has its margins")
    least, most = table.low[:, PARTS["total"]], table.high[:, PARTS["total"]]
    level = [i for i, kind in enumerate(block.kinds) if kind == "level"]
    small = [i for i in level if most[i] < question.pool_under]
    reference = question.limit.reference if question.between == "reference" else None
    if any(least[i] < question.pool_under <= most[i] for i in level) or reference in {block.names[i] for i in small}:
        return None
    if not small:
        return table
    large = [i for i in level if i not in set(small)]
    unknown = [i for i, kind in enumerate(block.kinds) if kind == "unknown"]
    return _merged(table, [*(block.names[i] for i in large), POOLED], [*([i] for i in large), small], unknown)


def _merged(table: RangedTable, names: list[str], sets: list[list[int]], unknown: list[int]) -> RangedTable:
    levels = (*names, UNKNOWN) if unknown else tuple(names)
    axis = Axis(name=" & ".join(table.by), levels=levels, unknown=bool(unknown))
    return table.merged((axis,), [*sets, unknown] if unknown else sets)
