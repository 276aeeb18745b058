"""The DPIA annex: the twenty parts of the Model DPIA Rijksdienst 3.0, filled as far as evidence and charter go."""

from __future__ import annotations

from collections.abc import Iterable

from smartstart_gov.documents.blocks import Block, Facts, Missing, Prose, Table
from smartstart_gov.documents.layout import laid_out
from smartstart_gov.documents.outline import Document, Ref, Section
from smartstart_gov.documents.sections.ai_act import fria
from smartstart_gov.documents.sections.audit import check
from smartstart_gov.documents.sections.findings import badge, overview, point_warning
from smartstart_gov.documents.sections.front import subtitle, titled, what_for
from smartstart_gov.documents.sections.lawfulness import CLOSING, JUDGEMENT
from smartstart_gov.documents.sections.processing import DESCRIPTION
from smartstart_gov.documents.summary import answers, legend, one_sided
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


@laid_out
def dpia(evidence: Evidence, words: Words) -> Document:
    """Return the DPIA annex of the public edition."""
    say = words.say
    blocks = (
        ("a", say("A Description of the processing"), range(1, 11)),
        ("b", say("B Lawfulness"), range(11, 16)),
        ("c", say("C Risks for the people concerned"), range(16, 17)),
        ("d", say("D Measures"), range(17, 18)),
        ("e", say("Closing"), range(18, 21)),
    )
    parts = {part.number: part for part in (*DESCRIPTION, *JUDGEMENT, *CLOSING)}
    sections = tuple(
        Section(
            id=f"block-{id_}", kind="plain", title=title, subsections=tuple(parts[n].section(words, evidence) for n in numbers)
        )
        for id_, title, numbers in blocks
    )
    todo = _todo(sections)
    return Document(
        kind="dpia",
        lang=words.lang,
        title=titled(words, evidence, say("DPIA annex: {title}", title=words.text(evidence.charter.title))),
        subtitle=subtitle(words, evidence),
        description=say(
            "Annex to the data protection impact assessment, with the numbering of the Model DPIA Rijksdienst 3.0."
        ),
        author=evidence.charter.owner.organisation or "",
        created=evidence.created,
        front=(*_front(words, evidence), *_work_left(words, todo)),
        sections=(
            Section(id="reading", kind="plain", title=say("How to read this document"), blocks=_reading(words)),
            *sections,
            Section(
                id="fria",
                kind="plain",
                title=say("Impact on fundamental rights: article 27 of the AI Act"),
                blocks=fria(words, evidence),
            ),
            Section(id="todo", kind="plain", title=say("What is still open"), blocks=(_open_table(words, todo),)),
            Section(id="check", kind="plain", title=say("How to check this document"), blocks=check(words, evidence)),
        ),
    )


def _front(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return (
        badge(words, evidence),
        *point_warning(words, evidence),
        *one_sided(words, evidence),
        what_for(words, evidence),
        overview(
            words, evidence, listed=words.say("They are listed in {where}.", where=Ref("questions", of="technical_annex"))
        ),
    )


def _reading(words: Words) -> tuple[Block, ...]:
    intro = Prose(
        text=words.say(
            "This annex follows the numbering of the Model DPIA Rijksdienst 3.0. It contains what can be computed from the"
            " audit and what the owner declared. It does not replace human judgement. Its statements about the model, the"
            " data and the decision are of four kinds. A label shows which:"
        )
    )
    return intro, *legend(words), *answers(words)


#: Parts of the model, what is open there, who fills it in, and where.
Todo = tuple[str, str, str, str]


def _todo(sections: Iterable[Section]) -> list[Todo]:
    """Return what is open: once, however many parts of the model it stands in."""
    parts: dict[tuple[str, str], list[str]] = {}
    what: dict[tuple[str, str], str] = {}
    for block in sections:
        for part in block.subsections:
            for where in (part, *part.subsections):
                for name, role, place in _open_in(where.blocks):
                    what.setdefault((role, place), name)
                    parts.setdefault((role, place), []).append(where.official or part.official)
    return [(", ".join(dict.fromkeys(parts[key])), what[key], *key) for key in parts]


def _open_in(blocks: Iterable[Block]) -> list[tuple[str, str, str]]:
    found = []
    for block in blocks:
        if isinstance(block, Missing):
            found.append((block.what, block.role, block.where))
        elif isinstance(block, Facts):
            of = f"{block.caption}: " if block.caption else ""
            found += [(f"{of}{row.term}", row.role, row.where) for row in block.rows if row.basis == "open" and row.role]
    return found


def _work_left(words: Words, todo: list[Todo]) -> tuple[Block, ...]:
    if not todo:
        return (Prose(text=words.say("Nothing is open in this annex."), basis="measured"),)
    parts = {number.partition(".")[0] for numbers, *_ in todo for number in numbers.split(", ")}
    listed = ", ".join(sorted(parts, key=int))
    text = words.plural(
        "{n} item is still open, in part: {parts}. It is listed at the end, under {where}.",
        "{n} items are still open, in these parts: {parts}. They are listed at the end, under {where}.",
        len(todo),
        parts=listed,
        where=Ref("todo"),
    )
    return (Prose(text=text, basis="open"),)


def _open_table(words: Words, todo: list[Todo]) -> Block:
    if not todo:
        return Prose(text=words.say("Nothing is open in this annex."), basis="measured")
    header = (words.say("Parts"), words.say("What is open"), words.say("Who fills it in"), words.say("Where"))
    return Table(caption=words.say("Open items"), header=header, rows=tuple(todo), basis="open")
