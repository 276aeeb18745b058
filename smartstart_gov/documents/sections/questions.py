"""All questions and answers, a line each, the gravest first; and the attributes that have no page of their own."""

from __future__ import annotations

from collections.abc import Sequence

from smartstart_gov.documents.blocks import Block, Bullets, Prose, Table
from smartstart_gov.documents.room import ROOM, TITLE, brief, fitted, height
from smartstart_gov.documents.sections.attribute import Judged, brief_name, groups, in_one
from smartstart_gov.documents.sections.findings import answer, listed, question, reason, standing
from smartstart_gov.documents.summary import answers as meanings
from smartstart_gov.documents.terms import TONES
from smartstart_gov.documents.words import Words, capital, whole
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Finding


def page(words: Words, evidence: Evidence, rest: Sequence[Judged]) -> tuple[Block, ...]:
    """Return the page; `rest` are the attributes without one of their own."""
    found = listed(evidence.verdict.findings)
    blocks, why = (*meanings(words), *others(words, evidence, rest)), _why(words, evidence, found)
    every, grave = _every(words, evidence, found), sum(f.status in ("FAILED", "NOT_SHOWN") for f in found)
    # Why a rule is broken says more than a line for each that holds; but no line of an answer that weighs goes for it.
    room = ROOM - TITLE - sum(height(block) for block in (*blocks, *why))
    (kept,) = fitted(words, (every,), room)
    if isinstance(kept, Table) and len(kept.rows) >= grave:
        return *blocks, kept, *why
    room = ROOM - TITLE - sum(height(block) for block in (*blocks, every))
    return *blocks, every, *fitted(words, why, room)


def _every(words: Words, evidence: Evidence, found: Sequence[Finding]) -> Table:
    rows = tuple((in_one(answer(words, f)), brief(words, question(words, evidence, f), 200)) for f in found)
    caption = words.say("All questions, the most serious answers first")
    header, tones = (words.say("Answer"), words.say("Question")), tuple(TONES[standing(f)] for f in found)
    return Table(caption=caption, header=header, rows=rows, tones=tones)


def _why(words: Words, evidence: Evidence, found: Sequence[Finding]) -> tuple[Block, ...]:
    """Return why rules that are no limit on groups are broken or not shown; of limits the pages of the attributes say so."""
    asked = [f for f in found if f.metric is None and f.status in ("FAILED", "NOT_SHOWN")]
    if not asked:
        return ()
    # The reason says it alone: before it, the name of a rule that is not kept would read as a fact.
    items = tuple(brief(words, reason(words, evidence, f, brief=True), 200) for f in asked)
    lead = Prose(lead=words.say("Why these rules are broken or not shown."), text="", keep=True)
    return lead, Bullets(items=items)


def others(words: Words, evidence: Evidence, rest: Sequence[Judged]) -> tuple[Table, ...]:
    """Return a line for each attribute that has no page of its own; nothing where each has one."""
    if not rest:
        return ()
    say, rows = words.say, []
    for one in rest:
        found, said = groups(words, evidence, one), say("No group may be printed.")
        if found:
            worst = found[0]
            said = say(
                "{group}: {n}, {range}; everybody {everybody}.", group=worst.name, n=words.of_100(worst.value),
                range=words.between_100(worst.low, worst.high),
                everybody=words.number(whole(evidence.metrics.at(0, evidence.metrics.metrics.index(one.metric)).value)),
            )  # fmt: skip
        status = say("no limit") if one.status is None else words.code("status", one.status)
        rows.append((capital(status), brief_name(words, evidence, one.attribute), words.metric(one.metric), said))
    header = (say("Answer"), say("Attribute"), say("Metric"), say("Worst off"))
    tones = tuple("plain" if one.status is None else TONES[one.status] for one in rest)
    caption = say("Attributes without a page of their own; the technical annex has all their numbers")
    return (Table(caption=caption, header=header, rows=tuple(rows), tones=tones),)
