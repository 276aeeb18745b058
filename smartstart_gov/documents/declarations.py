"""What people declared, as blocks: filled in, or open with the role that fills it in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from smartstart_gov.authoring.contract import Column, DataContract
from smartstart_gov.authoring.fields import ASKED, ask_of
from smartstart_gov.authoring.names import File
from smartstart_gov.authoring.node import spelt
from smartstart_gov.authoring.value import Authored, Text
from smartstart_gov.documents.blocks import MOST_ROWS, Basis, Block, Fact, Facts, Missing, Prose, Table, Tone
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence


def missing(words: Words, what: str, file: File, *at: str | int) -> Missing:
    """Return an open item: `what` is not filled in yet at these keys of an authored file; the row of the fact says by whom."""
    who, where = words.code("who", ask_of(file, at).who), place(file, at)
    text = words.say(
        "Not filled in yet: {what}. To be filled in by {who}, in {where}.", what=what.rstrip("."), who=who, where=where
    )
    return Missing(what=what, text=text, role=who, where=where)


def paragraph(words: Words, lead: str, evidence: Evidence, file: File, *at: str | int) -> Prose | Missing:
    """Return a declared text under `lead`, or the open item that stands for it."""
    text = _said(words, evidence, file, at)
    return missing(words, lead, file, *at) if text is None else Prose(lead=f"{lead}.", text=text, basis="declared")


def fact(words: Words, term: str, evidence: Evidence, file: File, *at: str | int, told: str | None = None) -> Fact:
    """Return what is declared at these keys of an authored file as a line, or the open line that stands for it.

    `told` is how this document says what is declared there, where that is not as it stands.
    """
    text = _said(words, evidence, file, at)
    if text is None:
        return open_line(words, term, ask_of(file, at).who, place(file, at))
    declared = _at(evidence, file, at)
    # What is the same in both languages is a name or an address, and stays as it is written.
    own = not isinstance(declared, Text) or declared.nl == declared.en
    return Fact(term=term, text=told or (text if own else capital(text)), basis="declared")


def open_line(words: Words, term: str, role: str, where: str) -> Fact:
    """Return the line of a fact that is open; `role` is a code of ``who``."""
    who = words.code("who", role)
    text = words.say("To be filled in by {who}, in {where}.", who=who, where=where)
    return Fact(term=term, text=text, basis="open", role=who, where=where)


def of_themselves(words: Words, evidence: Evidence, document: Literal["annex", "dpia"], section: str) -> tuple[Block, ...]:
    """Return the facts of which the row says that this section shows them, in the order of the files."""
    return tuple(
        paragraph(words, words.say(ask.term), evidence, file, *place)
        for file, asked in ASKED.items()
        for place, ask in asked.items()
        if getattr(ask, document) == section
    )


def with_facts(
    words: Words, evidence: Evidence, document: Literal["annex", "dpia"], sections: Iterable[Section]
) -> tuple[Section, ...]:
    """Return the sections, each with the facts of which the row says that it shows them at its end."""
    return tuple(
        replace(
            section,
            blocks=(*section.blocks, *of_themselves(words, evidence, document, section.id)),
            subsections=with_facts(words, evidence, document, section.subsections),
        )
        for section in sections
    )


def _at(evidence: Evidence, file: File, at: Sequence[str | int]) -> Any:
    """Return what stands at these keys; None where it, or what holds it, is open or absent."""
    value: Any = getattr(evidence, file)
    for part in at:
        if value is None:
            return None
        value = getattr(value, str(part)) if isinstance(value, Authored) else value[part]
    return value


def _said(words: Words, evidence: Evidence, file: File, at: Sequence[str | int]) -> str | None:
    value, code = _at(evidence, file, at), ask_of(file, at).code
    if value is None:
        return None
    if code:
        return words.code(code, str(value))
    if isinstance(value, Text):
        return words.text(value)
    if isinstance(value, dt.date):
        return words.date(value)
    return words.percent(value) if isinstance(value, float) else str(value)


def place(file: File, at: Sequence[str | int]) -> str:
    """Return where a fact is filled in, like ``charter.yaml (exit.end_date)``."""
    numbered = at[0] in ("dpia", "prescan")
    return f"{file}.yaml ({f'{at[0]}, {at[1]}' if numbered else spelt(tuple(at))})"


def answers_for(words: Words, term: str, evidence: Evidence) -> Fact:
    """Return who answers for the model, organisation and function; an open line where neither is said."""
    owner = evidence.charter.owner
    said = [owner.organisation, None if owner.function is None else words.text(owner.function)]
    match [one for one in said if one is not None]:
        case []:
            return open_line(words, term, "owner", "charter.yaml (owner)")
        case [one]:
            return Fact(term=term, text=one, basis="declared")
        case both:
            return Fact(term=term, text=f"{both[0]} ({both[1]})", basis="declared")


def coded(words: Words, kind: str, value: str | bool | None) -> str | None:
    """Return the word for a code that may be open; None where it is."""
    return None if value is None else words.code(kind, str(value))


def consequence(words: Words, evidence: Evidence) -> str | None:
    """Return what a high score leads to, and whether that may be against somebody's will; None where it is open."""
    effect = coded(words, "effect", evidence.charter.effect)
    if effect is None or not evidence.charter.coercive:
        return effect
    return words.say("{effect}; it may lead to measures against somebody's will", effect=effect)


def facts(words: Words, caption: str, rows: Sequence[Fact]) -> Facts:
    """Return lines of facts under the usual heads."""
    return Facts(
        caption=caption, header=(words.say("Subject"), words.say("What is known"), words.say("Kind")), rows=tuple(rows)
    )


def long_table(
    words: Words, caption: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, right: tuple[int, ...] = (),
    note: str = "", tones: Sequence[Tone] = (),
) -> Table:  # fmt: skip
    """Return a measured table; where it would be too long it is cut, and the note says so."""
    if len(rows) > MOST_ROWS:
        left_out = words.plural(
            "{n} row is left out here. It is in the attached file bundle.json.",
            "{n} rows are left out here. They are in the attached file bundle.json.",
            len(rows) - MOST_ROWS,
        )
        note = f"{note} {left_out}".strip()
    shown = tuple(rows[:MOST_ROWS])
    return Table(
        caption=caption, header=header, rows=shown, right=right, note=note, basis="measured", tones=tuple(tones[:MOST_ROWS])
    )


def said(words: Words, value: Text | None) -> str | None:
    """Return a name as it is written, without a capital of its own; None where it is open."""
    return None if value is None else words.text(value)


def yes_no(words: Words, value: bool | None) -> str:
    """Return yes or no; what is open says so."""
    return coded(words, "yes", value) or words.text(None)


def day(words: Words, evidence: Evidence) -> str | None:
    """Return the end date in words; None while it is open."""
    found = evidence.charter.exit.end_date
    return None if found is None else words.date(found)


def meaning(words: Words, column: Column) -> str:
    """Return what a column says, as a cell of a table; what is open says so."""
    return words.text(None) if column.meaning is None else capital(words.text(column.meaning))


def features(words: Words, evidence: Evidence) -> Table:
    """Return the inputs of the model: what each one says and where it comes from."""
    contract = evidence.contract
    rows = []
    for name in evidence.training.features or tuple(c.name for c in contract.with_role("feature")):
        column = contract.column(name)
        source = contract.sources[column.source] if column.source is not None else None
        reason = contract.justification(column)
        why = words.text(reason) if reason is not None else words.say("no reason given")
        rows.append((name, meaning(words, column), source.system if source else "", why))
    header = (words.say("Column"), words.say("What it says"), words.say("Source"), words.say("Why it is needed"))
    table = long_table(words, words.say("What the model sees"), header, rows)
    return Table(caption=table.caption, header=table.header, rows=table.rows, note=table.note, basis="declared")


def groups_in_training(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return which sensitive columns the policy lets into the training, whether they came there, and on what ground."""
    allowed, training, say = evidence.policy.sensitive_features_in_training, evidence.training, words.say
    if allowed is None:
        return ()
    columns = words.columns(evidence.contract, allowed.columns)
    if training.sensitive_fit:
        text = say("The training method requires {columns} and received it. A prediction does not use it.", columns=columns)
    elif training.origin == "trained":
        text = say("The policy allows {columns} in training, but the training method did not ask for it.", columns=columns)
    else:
        text = say("The policy allows {columns} in training. It is not known whether it was used there.", columns=columns)
    law = say("Article 4a of the AI Act (formerly article 10(5)) sets the conditions for special-category data.")
    known: Basis = "measured" if training.sensitive_fit else "derived"
    return (
        Prose(lead=say("Group data in training."), text=f"{text} {law}", basis=known),
        Prose(lead=say("On what grounds."), text=words.text(allowed.ground), basis="declared"),
    )


def undeclared_categories(words: Words, evidence: Evidence) -> list[Prose]:
    """Return that of some columns nobody has said whether they are of a special category; nothing where all is said."""
    n = sum(evidence.contract.special(column) is None for column in evidence.contract.columns)
    if not n:
        return []
    text = words.plural(
        "For {n} column, nobody has said whether it is special-category data (contract.yaml, special_category).",
        "For {n} columns, nobody has said whether they are special-category data (contract.yaml, special_category).",
        n,
    )
    return [Prose(text=text, basis="open")]


def source_of(words: Words, contract: DataContract, name: str | None) -> str:
    """Return what readers call a source in a table: whose it is; its system where nobody has said that."""
    source = None if name is None else contract.sources[name]
    return "" if source is None else said(words, source.owner) or source.system


def personal_data(words: Words, contract: DataContract) -> list[Table]:
    """Return columns as personal data: what each is used for, and whether it is a special category.

    Columns of which something is open stand in a table of their own, which is marked so.
    """
    header = (
        words.say("Column"),
        words.say("What it says"),
        words.say("Used as"),
        words.say("Special category"),
        words.say("Source"),
    )

    # What sources are matched by is no column of the table: it is dropped before the model learns.
    keys = dict.fromkeys(link.key for link in contract.links if link.key not in {c.name for c in contract.columns})
    matching = [
        (key, words.say("Pseudonym by which the sources are matched"), words.say("to link; dropped after that"), "–", "–")
        for key in keys
    ]

    def table(caption: str, basis: Basis, some: Sequence[Column], more: Sequence[tuple[str, ...]] = ()) -> list[Table]:
        rows: list[tuple[str, ...]] = [
            (
                c.name,
                meaning(words, c),
                words.code("role", c.role),
                yes_no(words, contract.special(c)),
                source_of(words, contract, c.source),
            )
            for c in some
        ]
        return [replace(long_table(words, caption, header, [*rows, *more]), basis=basis)] if rows else []

    open_ = [c for c in contract.columns if c.meaning is None or contract.special(c) is None]
    whole = [c for c in contract.columns if c not in open_]
    return [
        *table(words.say("Personal data"), "declared", whole, matching),
        *table(words.say("Personal data of which not everything is filled in"), "open", open_, () if whole else matching),
    ]


def sources(words: Words, evidence: Evidence) -> list[Facts]:
    """Return for each source who owns it, what it was collected for, and what is still open."""
    blocks = []
    for name, source in evidence.contract.sources.items():
        rows = [
            fact(
                words,
                words.say("Owner of the system"),
                evidence,
                "contract",
                "sources",
                name,
                "owner",
                told=said(words, source.owner),
            ),
            fact(words, words.say("Originally collected for"), evidence, "contract", "sources", name, "original_purpose"),
            fact(words, words.say("Legal basis of this use"), evidence, "contract", "sources", name, "lawful_basis"),
            fact(words, words.say("How long the data are kept"), evidence, "contract", "sources", name, "retention"),
            fact(words, words.say("Last checked against reality"), evidence, "contract", "sources", name, "last_verified"),
            fact(words, words.say("Estimated share of wrong records"), evidence, "contract", "sources", name, "error_rate"),
        ]
        blocks.append(facts(words, words.say("Source {name}", name=source.system), rows))
    return blocks


def risks(words: Words, evidence: Evidence) -> Block:
    """Return the declared risks with their measures, or the open item."""
    found, say = evidence.charter.risks, words.say
    if not found:
        return missing(words, say("The risks for the people concerned"), "charter", "risks")
    header = (say("Risk"), say("Where it comes from"), say("Likelihood"), say("Impact"), say("Measure"), say("Remaining risk"))
    todo = say("open: to be filled in by {who}", who=words.code("who", "owner"))
    rows = tuple(
        (
            words.text(r.description), words.text(r.origin), words.code("grade", r.likelihood), words.code("grade", r.impact),
            todo if r.measure is None else words.text(r.measure), words.code("grade", r.residual),
        )
        for r in found
    )  # fmt: skip
    return Table(caption=say("Risks and measures"), header=header, rows=rows, basis="declared")


def effect(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the plan: outcome, comparison, moment, who measures, and when it stops."""
    say, plan = words.say, evidence.charter.effect_measurement
    intro = Prose(
        text=say(
            "This audit says how often the model is right, and for whom. It does not say whether what follows helps anybody."
            " That must be measured, with a plan made before the model is used."
        ),
        keep=True,
    )
    if plan is None:
        what = say("How the benefit of what follows a high score will be measured")
        return intro, missing(words, what, "charter", "effect_measurement")
    rows = [
        fact(words, say("What should improve"), evidence, "charter", "effect_measurement", "outcome"),
        fact(words, say("Compared with whom"), evidence, "charter", "effect_measurement", "comparison"),
        fact(words, say("When it is measured"), evidence, "charter", "effect_measurement", "moment"),
        fact(words, say("Who measures"), evidence, "charter", "effect_measurement", "who"),
        fact(words, say("When it stops"), evidence, "charter", "effect_measurement", "stop_rule"),
    ]
    return intro, facts(words, "", rows)
