"""statuses(): the three answers alone, for many simulated counts.

The same tests as `judge_limit`, without the intervals, names and remedies of a finding, which take most of its
time. A test holds that the two agree.
"""

from __future__ import annotations

import numpy as np

from smartstart_gov.metrics.grouping import grouped
from smartstart_gov.metrics.heterogeneity import DRAWS, spread_tails, standing_out
from smartstart_gov.metrics.rates import rate
from smartstart_gov.project.policy import Policy
from smartstart_gov.tally.cube import Tally
from smartstart_gov.verdict.comparing import ON_LIMIT, Comparisons
from smartstart_gov.verdict.finding import Status
from smartstart_gov.verdict.question import Question
from smartstart_gov.verdict.spreading import Spreading


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
        Simulated data sets behind the answer to a question on the spread; a verdict takes all of them.
    """
    block = grouped(tally, question.by, step=question.step, pool_under=question.pool_under, reference=question.limit.reference)
    present = 0 if block is None else sum(
        kind == "level" and n > 0 for kind, n in zip(block.kinds, block.cells.sum(axis=1), strict=True)
    )  # fmt: skip
    if block is None or present < 2:
        return "NOT_SHOWN"
    if question.measure == "spread":
        asked = Spreading.of(block, rate(question.limit.metric), question)
        below, above = spread_tails(asked.x, asked.n, question.bound, draws=draws)
        out = standing_out(asked.x, asked.n, alpha=alpha, harm=question.harm)
        return asked.decide(below, above, out, alpha, failing=failing, draws=draws)[0]
    judged = Comparisons.compare(tally, question, chance=policy.decide_on != "point")
    if judged is None:
        return "NOT_SHOWN"
    if policy.decide_on == "point":
        return _by_point(judged)
    if judged.outside_at(failing, most=1):
        return "FAILED"
    if judged.inside_at(alpha) < judged.total:
        return "NOT_SHOWN"
    return "NOT_SHOWN" if judged.strata_disagree(alpha) else "PASSED"


def _by_point(judged: Comparisons) -> Status:
    difference, bound = judged.question.measure == "difference", judged.question.bound
    value, danger = judged.plain.value(), (judged.high if difference else judged.low).value()
    if bool((value >= bound - ON_LIMIT if difference else value <= bound + ON_LIMIT).any()):
        return "FAILED"
    safe = (danger < bound - ON_LIMIT if difference else danger > bound + ON_LIMIT) & ~np.isnan(judged.inside)
    return "PASSED" if bool(safe.all()) else "NOT_SHOWN"
