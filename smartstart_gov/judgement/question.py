"""Question: what the counts must answer, once for a plain limit, once per rung for one with a ladder; and its answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from smartstart_gov.authoring.names import STAGES, Stages
from smartstart_gov.authoring.policy import TOP, Between, Harm, Limit, Unseen
from smartstart_gov.canonical import real
from smartstart_gov.judgement.finding import Comparison, Finding, Message, Sees, SideKind, Status
from smartstart_gov.statistics.estimates import Groups
from smartstart_gov.statistics.groups import POOLED
from smartstart_gov.statistics.rates import Rate, rate

Measure = Literal["difference", "ratio", "spread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One comparison of groups against one number.

    Attributes
    ----------
    id : str
        Of the finding that answers it.
    limit : Limit
        Where it comes from.
    rung : str or None
        Its place on the ladder; None for a limit without one.
    measure, between, bound
        As in a limit; ``spread`` is the standard deviation between groups.
    step : str or None
        The step of the hierarchy whose areas are compared; None compares the groups themselves.
    pool_under : int or None
        Groups with fewer rows are combined into one.
    stage : {"shadow", "trial", "release"} or None
        The first stage that requires an answer; None if none does. A breach always counts.
    unseen : Unseen or None
        For a spread: the group size up to which a harm may go unseen; None if the policy does not say.
    """

    id: str
    limit: Limit
    rung: str | None
    measure: Measure
    between: Between
    bound: float
    step: str | None
    pool_under: int | None
    stage: Stages | None
    unseen: Unseen | None = None

    @property
    def by(self) -> tuple[str, ...]:
        """Attributes whose groups are compared."""
        return self.limit.by

    @property
    def harm(self) -> Harm:
        """Which direction harms a group."""
        return self.limit.harm

    def side(self, name: str) -> tuple[str, SideKind]:
        """Return under what name a group that the question compares is told, and of what kind it is."""
        if name == POOLED:
            return "*", "pool"
        return name, "level" if self.step is None else "area"

    @property
    def upwards(self) -> bool:
        """Whether a higher rate is the harm: as the limit says, or else as the metric does."""
        if self.harm == "both":
            return rate(self.limit.metric).better != "higher"
        return self.harm == "higher"


def questions(limit: Limit) -> tuple[Question, ...]:
    """Return the questions of `limit` in the order in which they are asked, weakest first."""
    if limit.needs is None:
        return (_top(limit, None, "shadow"),)
    names = [*(rung.id for rung in limit.ladder), TOP]
    needed = [names.index(getattr(limit.needs, stage)) for stage in STAGES]

    def first_stage(place: int) -> Stages | None:
        return next((stage for stage, upto in zip(STAGES, needed, strict=True) if place <= upto), None)

    asked = []
    for place, rung in enumerate(limit.ladder):
        bound = rung.at_most if rung.at_most is not None else rung.at_least
        asked.append(
            Question(
                id=f"limit.{limit.id}.{rung.id}", limit=limit, rung=rung.id,
                measure="spread" if rung.question == "spread" else limit.measure,
                between="rest" if rung.question == "spread" else rung.question,
                bound=limit.bound if bound is None else float(bound),
                step=rung.step, pool_under=rung.pool_under, stage=first_stage(place), unseen=rung.unseen,
            )
        )  # fmt: skip
    return (*asked, _top(limit, TOP, first_stage(len(limit.ladder))))


def _top(limit: Limit, rung: str | None, stage: Stages | None) -> Question:
    return Question(
        id=f"limit.{limit.id}", limit=limit, rung=rung, measure=limit.measure, between=limit.between, bound=limit.bound,
        step=None, pool_under=limit.pool_under, stage=stage,
    )  # fmt: skip


def question_of(finding: str, limits: tuple[Limit, ...]) -> Question | None:
    """Return the question that the finding called `finding` answers; None for a control."""
    for limit in limits:
        for asked in questions(limit):
            if asked.id == finding:
                return asked
    return None


def answer(
    question: Question, status: Status, reason: Message, remedy: Message, decisive: Comparison | None = None,
    comparisons: int = 0, undefined: int = 0, sees: Sees | None = None,
) -> Finding:  # fmt: skip
    """Return the finding that answers `question`."""
    limit = question.limit
    return Finding(
        id=question.id, severity=limit.severity, moment="audit", status=status, reason=reason, remedy=remedy,
        metric=limit.metric, measure=question.measure, between=question.between, limit=real(question.bound), by=limit.by,
        comparisons=comparisons, undefined=undefined, decisive=decisive, rung=question.rung, stage=question.stage,
        sees=sees,
    )  # fmt: skip


def pooled_away(question: Question, code: str, found: Finding, worst: Comparison) -> Finding:
    """Return that `found` is not shown: according to `worst`, a group in the pool is outside the limit on its own.

    The sentence names the group, on whichever side of the comparison it is: too low is outside just as too high is.
    """
    sides = worst.sides()
    if worst.group_kind == "rest":
        sides = {"group": worst.other, "group_kind": worst.other_kind, "other": worst.group, "other_kind": worst.group_kind}
    reason = Message(code=code, values=sides | {"comparisons": found.comparisons})
    remedy = Message(code="remedy.pooled", values={})
    return answer(question, "NOT_SHOWN", reason, remedy, worst, found.comparisons, found.undefined)


def rows_needed(block: Groups, of: Rate, needed: int, needed_half: int) -> Message:
    """Return the remedy that asks for a number of independent cases in each group, in rows with these weights and units."""
    rows_a_case = block.rows_a_case(of)
    code = "remedy.cases" if block.weights is None else "remedy.cases_weighted"
    values: dict[str, str | int] = {
        "needed": math.ceil(needed * rows_a_case), "needed_half": math.ceil(needed_half * rows_a_case), "metric": of.name,
    }  # fmt: skip
    return Message(code=code, values=values)
