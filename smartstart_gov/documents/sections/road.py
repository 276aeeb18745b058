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
    stops = say("When it ends is not filled in yet; {who} has to say so.", who=words.code("who", "owner"))
    if end is not None:
        stops = say("The model stops on {date}, unless somebody decides otherwise.", date=end)
    if charter.exit.stop_criteria is not None:
        before = say("It stops before that: {criteria}", criteria=brief(words, words.text(charter.exit.stop_criteria), 240))
        stops = f"{stops} {before}"
    decides = say("Who decides is not filled in yet; {who} has to say so.", who=words.code("who", "owner"))
    if charter.oversight is not None:
        decides = brief(words, words.text(charter.oversight), 260)
    intro, table = stages(words, evidence)
    signing = signatures(words, evidence)
    rows = tuple((title_of(role, 80), *rest) for role, *rest in signing.rows)
    return (
        intro,
        unmarked(table),
        Prose(lead=say("Who decides."), text=decides),
        Prose(lead=say("When it stops."), text=stops),
        replace(signing, rows=rows),
        _meanings(words, evidence),
        Prose(text=_elsewhere(words)),
    )


def _meanings(words: Words, evidence: Evidence) -> Table:
    say = words.say
    rows = (
        (say("selected"), say("The score is at or above the threshold, so the model points this case out.")),
        (say("false alarm"), say("The model selects a case without the outcome.")),
        (say("missed"), say("The model does not select a case with the outcome.")),
        (say("range"), say("Where the true number probably lies. Of 100 such ranges about 95 hold it.")),
        (say("limit"), say("How far groups may lie apart; the committee sets it.")),
        (words.code("status", "PASSED"), say("Every comparison keeps the limit, even with luck against the model.")),
        (words.code("status", "FAILED"), say("A limit is crossed by more than luck explains, or a rule is broken.")),
        (words.code("status", "NOT_SHOWN"), say("Neither of the two: the evidence is too thin, or a fact is not filled in.")),
        (say("… (annex)"), say("The text goes on. The technical annex has all of it.")),
        (
            say("too few to show"),
            say(
                "A count under {k} is not printed, nor what would give it away. Such a group counts in the answers.",
                k=words.number(evidence.policy.disclosure.k),
            ),
        ),
    )  # fmt: skip
    return Table(caption=say("Words explained"), header=(say("Word"), say("What it means")), rows=rows)


def _elsewhere(words: Words) -> str:
    return words.say(
        "The technical annex has every number, and says of each statement whether it was measured, declared, derived or is"
        " open. The file of evidence is attached to this PDF; with it anybody can compute the numbers again."
    )
