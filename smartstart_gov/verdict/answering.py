"""answer(): a question and what was found, as a Finding."""

from __future__ import annotations

from smartstart_gov.canonical import real
from smartstart_gov.verdict.finding import Comparison, Finding, Message, Status
from smartstart_gov.verdict.question import Question
from smartstart_gov.verdict.seeing import Sees


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
