"""Children and other vulnerable people (AI Act article 9(9)): what is declared, what the data say of age, what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.authoring.contract import Column, ages
from smartstart_gov.documents.blocks import Block, Prose, Table
from smartstart_gov.documents.declarations import effect, fact, facts, meaning, missing
from smartstart_gov.documents.outline import Ref, Section
from smartstart_gov.documents.sections.disparities import metric_tables
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

#: More values than this are counted and not listed.
_MOST_LEVELS = 12


def vulnerable(words: Words, evidence: Evidence, *, of: str = "") -> tuple[Block, ...]:
    """Return the section; the numbers by age group stand in document `of`, by default in the same one."""
    say = words.say
    asks = say("Article 9(9) of the AI Act asks whether the system may harm people under 18 and other vulnerable people.")
    child = say("A child did not choose to be in these files and cannot easily object.")
    # The article is about high-risk systems.
    text = child if evidence.charter.domain == "none" else f"{asks} {child}"
    intro = Prose(lead=say("Children and vulnerable people.") if of else "", text=text, keep=True)
    return intro, *_declared(words, evidence, in_short=bool(of)), _columns(words, evidence), *_measured(words, evidence, of)


def people(words: Words, evidence: Evidence) -> Section:
    """Return the section of the model card; the numbers by age stand elsewhere in it."""
    title = words.say("Children and vulnerable people")
    return Section(id="vulnerable", title=title, blocks=vulnerable(words, evidence))


def good(words: Words, evidence: Evidence) -> Section:
    """Return the section of the model card on how it will be measured whether the model does good."""
    return Section(id="effect", title=words.say("Whether it helps"), blocks=effect(words, evidence))


def _declared(words: Words, evidence: Evidence, *, in_short: bool) -> Iterator[Block]:
    say, charter = words.say, evidence.charter
    rows = [] if in_short else [
        fact(words, say("Who the model is about"), evidence, "charter", "population"),
        fact(words, say("Who is affected"), evidence, "charter", "affected"),
    ]  # fmt: skip
    told = charter.vulnerable
    if told is not None:
        rows += [
            fact(words, say("Whether there are people under 18"), evidence, "charter", "vulnerable", "minors"),
            fact(words, say("Other vulnerable people"), evidence, "charter", "vulnerable", "groups"),
            fact(words, say("What could go wrong for them"), evidence, "charter", "vulnerable", "harm"),
            fact(words, say("What is done for them"), evidence, "charter", "vulnerable", "care"),
            fact(words, say("How they were heard"), evidence, "charter", "vulnerable", "heard"),
        ]
    if rows:
        yield facts(words, "", rows)
    if told is None:
        what = say("Whether there are children or vulnerable people, what could go wrong for them, and what is done about it")
        yield missing(words, what, "charter", "vulnerable")


def _columns(words: Words, evidence: Evidence) -> Block:
    say, found = words.say, ages(evidence.contract)
    if not found:
        text = say(
            "No column of the contract is about age. So these data cannot say how many of the people are children, or how the"
            " model treats them."
        )
        return Prose(lead=say("Age in the data."), text=text, basis="derived")
    header = (say("Column"), say("What it says"), say("Used as"), say("Values"))
    rows = tuple((c.name, meaning(words, c), words.code("role", c.role), _values(words, c)) for c in found)
    return Table(caption=say("Columns about age"), header=header, rows=rows, basis="declared")


def _values(words: Words, column: Column) -> str:
    if column.levels is not None:
        names = [column.label_of(str(level), words.lang) for level in column.levels]
        return "; ".join(names) if len(names) <= _MOST_LEVELS else words.plural("{n} value", "{n} values", len(names))
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return words.say("{low} to {high}", low=words.short(low), high=words.short(high))
    if low is not None:
        return words.say("{low} or more", low=words.short(low))
    return words.say("{high} or less", high=words.short(high)) if high is not None else words.say("no bounds declared")


def _measured(words: Words, evidence: Evidence, of: str) -> Iterator[Block]:
    say = words.say
    audited = [c for c in ages(evidence.contract) if c.name in evidence.policy.attributes]
    if not audited:
        text = say("Age groups were not compared in this audit: the policy audits no groups by a column about age.")
        yield Prose(lead=say("Results by age."), text=text, basis="measured")
        return
    for column in audited:
        named = words.heading(evidence.contract, column.name)
        text = say("{column}: see {where}.", column=named, where=Ref("by-group", of=of))
        if not metric_tables(words, evidence, (column.name,)):
            text = say("{column}: no group may be printed, because the counts are too small.", column=named)
        yield Prose(lead=say("Results by age."), text=text, basis="measured")
