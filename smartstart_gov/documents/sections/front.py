"""The first pages: what the model is for, the answer, what it means in whole cases, and who must sign."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Block, Bullets, Fact, Facts, Prose
from smartstart_gov.documents.declarations import consequence, fact, facts
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.sections.findings import badge, overview, point_warning
from smartstart_gov.documents.sections.unasked import BRIEF, asking
from smartstart_gov.documents.summary import balance_line, coverage, one_sided, weighted_line
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def front(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the blocks of the first page of the technical annex."""
    card = words.say(
        "The model card tells people who decide what this comes to, in a few pages. This annex has every number behind it"
        " that may be printed, and says of each statement where it comes from."
    )
    return (
        badge(words, evidence),
        Prose(text=card),
        *point_warning(words, evidence),
        *one_sided(words, evidence),
        asking(words, evidence, most=BRIEF),
        overview(words, evidence, where=Ref("questions")),
        Bullets(
            items=(balance_line(words, evidence), *weighted_line(words, evidence), *coverage(words, evidence)), basis="measured"
        ),
    )


def what_for(words: Words, evidence: Evidence) -> Facts:
    """Return purpose, decision, effect, who decides and who must sign."""
    charter = evidence.charter
    effect = consequence(words, evidence)
    rows = [
        fact(words, words.say("What the model is for"), evidence, "charter", "purpose"),
        fact(words, words.say("The decision it supports"), evidence, "charter", "decision"),
        fact(words, words.say("A high score leads to"), evidence, "charter", "effect", told=effect),
        fact(words, words.say("Who decides"), evidence, "charter", "oversight"),
        Fact(
            term=words.say("Who must sign"),
            text="; ".join(words.text(signatory.title) for signatory in charter.signatories),
            basis="declared",
        ),
    ]
    return facts(words, "", rows)


def titled(words: Words, evidence: Evidence, title: str) -> str:
    """Return the title, which runs on every page.

    It is marked as a draft where guesses stand or the audit part is closed, and where the rows are made up.
    """
    if evidence.contract.synthetic:
        title = words.say("MADE-UP DATA. {title}", title=title)
    return words.say("DRAFT. {title}", title=title) if evidence.contract.unconfirmed or evidence.concept else title


def subtitle(words: Words, evidence: Evidence) -> str:
    """Return name, version and date of the audit in one line."""
    version = words.say("no version yet")
    if evidence.version is not None:
        version = words.say("version {version}", version=evidence.version)
    return words.say(
        "{name}, {version}. Audit of {date}.", name=evidence.name, version=version, date=words.date(evidence.created)
    )
