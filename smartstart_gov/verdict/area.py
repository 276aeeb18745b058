"""judge_areas(): the verdict on a model that chooses areas, over the people who live in them.

Which share of a group lives in a chosen area is known for everybody: it is judged as a census, without
chance. Whether an area was chosen rightly rests on outcomes, which could have been others: those rates take
the area as the unit, so that many residents of one area do not pass for independent cases (Kish 1965).
"""

from __future__ import annotations

from collections.abc import Collection

from smartstart_gov.project.limit import Limit
from smartstart_gov.project.policy import Policy
from smartstart_gov.tally.areas import as_ranges
from smartstart_gov.tally.cube import Tally
from smartstart_gov.verdict.answering import answer
from smartstart_gov.verdict.finding import Finding, Message, Verdict
from smartstart_gov.verdict.judge import judge_limit
from smartstart_gov.verdict.published import judge_published
from smartstart_gov.verdict.question import questions


def judge_areas(tally: Tally, policy: Policy, *, areas: Collection[str], truth: bool) -> Verdict:
    """Return the verdict of `policy` over residents counted by group and decision of their area.

    Parameters
    ----------
    tally : Tally
        Of `count_areas`: one axis, the area as unit.
    policy : Policy
    areas : collection of str
        Attributes that are the area itself; a limit between them does not apply.
    truth : bool
        Whether outcomes of areas are known; else limits on error rates are NOT_SHOWN.
    """
    found = tuple(f for limit in policy.limits for f in _judge(tally, policy, limit, areas, truth=truth))
    return Verdict(findings=found, policy_digest=policy.digest, decide_on=policy.decide_on)


def _judge(tally: Tally, policy: Policy, limit: Limit, areas: Collection[str], *, truth: bool) -> tuple[Finding, ...]:
    if any(name in areas for name in limit.by):
        reason, remedy = Message(code="areas.apart", values={}), Message(code="remedy.areas", values={})
        return tuple(answer(question, "NOT_APPLICABLE", reason, remedy) for question in questions(limit))
    known = limit.by == (tally.axes[0].name,) and limit.given is None
    if not known or limit.metric == "selection_rate":
        return judge_published([as_ranges(tally)], policy, limit, census=True)
    if not truth:
        reason, remedy = Message(code="counts.metric", values={}), Message(code="remedy.truth", values={})
        return tuple(answer(question, "NOT_SHOWN", reason, remedy) for question in questions(limit))
    return judge_limit(tally, policy, limit, policy.alpha)
