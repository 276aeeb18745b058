"""answer(): a question and what was found, as a Finding; and how many rows would show what was not shown."""

from __future__ import annotations

import math

from smartstart_gov.canonical import real
from smartstart_gov.metrics.measure import Groups
from smartstart_gov.metrics.rates import Rate
from smartstart_gov.verdict.finding import Comparison, Finding, Message, Sees, Status
from smartstart_gov.verdict.question import Question


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


def rows_needed(block: Groups, of: Rate, needed: int, needed_half: int) -> Message:
    """Return the remedy that asks for so many independent cases in each group, in rows with these weights and units."""
    rows_a_case = block.rows_a_case(of)
    code = "remedy.cases" if block.weights is None else "remedy.cases_weighted"
    values: dict[str, str | int] = {
        "needed": math.ceil(needed * rows_a_case), "needed_half": math.ceil(needed_half * rows_a_case), "metric": of.name,
    }  # fmt: skip
    return Message(code=code, values=values)
