"""The ladder of a limit: its questions from weak to strong, the answers, and which stage needs which."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Block, Prose, Table
from smartstart_gov.documents.codes import TONES
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.project.limit import TOP, Limit
from smartstart_gov.verdict.finding import Finding
from smartstart_gov.verdict.question import Question, questions


def ladder(words: Words, evidence: Evidence, limit: Limit) -> tuple[Block, ...]:
    """Return the table of a limit's ladder and the highest rung reached; nothing where there is no ladder."""
    if not limit.ladder:
        return ()
    say, found = words.say, {f.id: f for f in evidence.verdict.findings}
    asked = [question for question in questions(limit) if question.id in found]
    rows = tuple(
        (
            words.code("status", found[q.id].status),
            asked_of(words, evidence, q),
            words.message(found[q.id].reason, evidence.contract, q.by),
            words.code("stage", q.stage) if q.stage is not None else say("no step"),
        )
        for q in asked
    )
    header = (say("Answer"), say("Question"), say("Why"), say("Needed from"))
    table = Table(
        caption=say("The ladder, from the weakest question to the strongest"), header=header, rows=rows,
        tones=tuple(TONES[found[q.id].status] for q in asked), basis="measured",
    )  # fmt: skip
    return Prose(text=_reached(words, evidence, asked, found), basis="measured", keep=True), table


def asked_of(words: Words, evidence: Evidence, question: Question) -> str:
    """Return what one rung asks, in one line."""
    metric, bound = capital(words.metric(question.limit.metric)), words.short(question.bound * 100)
    at = words.say("by {step}", step=question.step or words.columns(evidence.contract, question.by))
    if question.measure == "spread":
        line = words.say(
            "{metric}: spreads over the groups with a standard deviation under {most} percentage points,"
            " and no group stands out",
            metric=metric, most=bound,
        )  # fmt: skip
        return f"{line}, {at}"
    line = (
        words.say("{metric}: for every 100 in one group more than {least} in the other", metric=metric, least=bound)
        if question.measure == "ratio"
        else words.say("{metric}: less than {most} percentage points apart", metric=metric, most=bound)
    )
    named = words.code("between", question.between).format(
        reference=words.group(evidence.contract, question.by, question.limit.reference or "")
    )
    return f"{line}, {named}, {at}"


def _reached(words: Words, evidence: Evidence, asked: list[Question], found: dict[str, Finding]) -> str:
    reached = None
    for question in asked:
        if found[question.id].status != "PASSED":
            break
        reached = question
    if reached is None:
        return words.say("No rung of the ladder is reached yet.")
    if reached.rung == TOP:
        return words.say("The whole ladder is climbed, up to the limit itself.")
    return words.say("The highest rung reached: {rung}.", rung=asked_of(words, evidence, reached))
