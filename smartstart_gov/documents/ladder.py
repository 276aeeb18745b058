"""The ladder of a limit: its questions from weak to strong, the answers, and which stage needs which."""

from __future__ import annotations

from collections.abc import Sequence

from smartstart_gov.documents.blocks import Block, Prose, Table
from smartstart_gov.documents.codes import TONES
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.project.limit import TOP, Limit
from smartstart_gov.verdict.finding import Finding, Sees, Sight
from smartstart_gov.verdict.question import Question, question_of, questions


def _(message: str) -> str:
    """Mark a sentence for the message catalogues."""
    return message


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
    reached = Prose(text=_reached(words, evidence, asked, found), basis="measured", keep=True)
    return reached, table, *_seen(words, evidence, [(q, found[q.id].sees) for q in asked])


def _seen(words: Words, evidence: Evidence, asked: Sequence[tuple[Question, Sees | None]]) -> tuple[Block, ...]:
    """Return what each rung that is passed would have found in a single group; nothing where none is."""
    say = words.say
    rows = [
        (asked_of(words, evidence, question), _size(words, sight), _found(words, question, sight))
        for question, seen in asked
        for sight in (() if seen is None else seen.sights)
    ]
    if not rows:
        return ()
    meaning = Prose(
        text=say(
            "A question that is passed says most of large groups. So here stands how much worse a single group would have to"
            " be off before the question was not passed, in four of five audits. All other groups are alike in this. Of a"
            " smaller harm, or of the same harm in a smaller group, the answer says little."
        ),
        basis="measured",
        keep=True,
    )
    header = (say("Question"), say("Cases in the group"), say("Found from"))
    caption = say("What would have been found in one group: the smallest, the middle and the largest")
    return meaning, Table(caption=caption, header=header, rows=tuple(rows), basis="measured")


def _size(words: Words, sight: Sight) -> str:
    low, high = words.number(sight.at_least), None if sight.under is None else words.number(sight.under)
    if high is None:
        return words.say("{least} or more", least=low)
    return words.say("under {most}", most=high) if not sight.at_least else words.say("{least} to {most}", least=low, most=high)


def _found(words: Words, question: Question, sight: Sight) -> str:
    """Return the smallest harm that is found; of the lowest class it is that of its largest group, so more is needed."""
    if sight.times is None:
        return words.say("nothing, however large")
    times = words.short(float(sight.times))
    if float(sight.times) == 1:
        return words.say("not passed even where all groups are alike")
    if sight.at_least:
        said = _("a rate {times} times as high") if question.upwards else _("a rate {times} times as low")
    else:
        said = _("a rate more than {times} times as high") if question.upwards else _("a rate more than {times} times as low")
    return words.say(said, times=times)


def unseen(words: Words, evidence: Evidence, finding: Finding) -> str | None:
    """Return in one sentence in how small a group a harm goes unseen; None where a finding does not say."""
    question, seen = question_of(finding.id, evidence.policy.limits), finding.sees
    if question is None or seen is None or question.measure != "spread":
        return None
    times = words.short(float(seen.harm))
    if seen.cases is None:
        said = (
            _("In a single group of any size a rate {times} times as high as elsewhere can go unseen.")
            if question.upwards
            else _("In a single group of any size a rate {times} times as low as elsewhere can go unseen.")
        )
        return words.say(said, times=times)
    said = (
        _("In a single group of less than about {cases} cases a rate {times} times as high as elsewhere can go unseen.")
        if question.upwards
        else _("In a single group of less than about {cases} cases a rate {times} times as low as elsewhere can go unseen.")
    )
    return words.say(said, times=times, cases=words.number(seen.cases))


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
    reference = question.limit.reference
    named = words.code("between", question.between).format(
        reference=words.group(evidence.contract, question.by, reference) if reference else ""
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
