"""The road to release, who signs, when it ends, and what the words of this card mean."""

from __future__ import annotations

from dataclasses import replace

from smartstart_gov.documents.blocks import Block, Prose, Table, unmarked
from smartstart_gov.documents.declarations import day
from smartstart_gov.documents.room import brief, title_of
from smartstart_gov.documents.sections.findings import stages
from smartstart_gov.documents.summary import signatures
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def page(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the page."""
    say, charter = words.say, evidence.charter
    end = day(words, evidence)
    stops = say("The end date is not filled in yet; {who} must do so.", who=words.code("who", "owner"))
    if end is not None:
        stops = say("The model stops on {date}, unless somebody decides otherwise.", date=end)
    if charter.exit.stop_criteria is not None:
        before = say("When it stops earlier: {criteria}", criteria=brief(words, words.text(charter.exit.stop_criteria), 240))
        stops = f"{stops} {before}"
    decides = say("It is not filled in yet who decides; {who} must do so.", who=words.code("who", "owner"))
    if charter.oversight is not None:
        decides = brief(words, words.text(charter.oversight), 260)
    intro, table = stages(words, evidence)
    signing = signatures(words, evidence)
    rows = tuple((title_of(role, 80), *rest) for role, *rest in signing.rows)
    return (
        intro,
        unmarked(table),
        Prose(lead=say("Who decides about people after a high score."), text=decides),
        Prose(lead=say("When it stops."), text=stops),
        replace(signing, rows=rows),
        _meanings(words, evidence),
        Prose(text=_elsewhere(words)),
    )


def _meanings(words: Words, evidence: Evidence) -> Table:
    say = words.say
    rows = (
        (
            say("selected, threshold"),
            say("The score of a selected case is at or above the threshold, so the model points it out."),
        ),
        (
            say("false alarm, missed"),
            say("Selected, without the outcome. Missed is the reverse: not selected, with the outcome."),
        ),
        (say("range"), say("Where the true number probably lies. About 95 of 100 such ranges contain it.")),
        (say("attribute"), say("By what people are divided into groups, such as sex or neighbourhood.")),
        (say("policy, limit"), say("The policy says how far groups may lie apart: those are the limits.")),
        (say("audit, release gate"), say("The audit is this check. The gate is the last check before use, also of files.")),
        (words.code("status", "PASSED"), say("Every comparison is within the limit, even allowing for chance.")),
        (words.code("status", "FAILED"), say("A limit is crossed by more than chance explains, or a rule is broken.")),
        (
            words.code("status", "NOT_SHOWN"),
            say("Neither of the two: too little evidence, a fact not filled in, or something found that proves no breach."),
        ),
        (say("… (annex)"), say("The full text is in the technical annex.")),
        (
            say("not printed"),
            say(
                "Counts under {k} are not printed, nor anything that would reveal them. Such a group still counts in the"
                " answers.",
                k=words.number(evidence.policy.disclosure.k),
            ),
        ),
    )  # fmt: skip
    return Table(caption=say("Words explained"), header=(say("Word"), say("What it means")), rows=rows)


def _elsewhere(words: Words) -> str:
    return words.say(
        "The technical annex has every number, and says of each statement whether it is measured, declared, derived or open."
        " The evidence file is attached to this PDF: anybody can use it to recompute the printed numbers. Some answers also"
        " need the private evidence."
    )
