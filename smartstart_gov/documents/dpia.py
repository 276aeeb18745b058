"""The DPIA annex: the form of the Model DPIA Rijksdienst 3.0, filled in as far as evidence and charter go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from smartstart_gov.documents.blocks import Block, Prose, Table, Tone
from smartstart_gov.documents.layout import laid_out
from smartstart_gov.documents.outline import Document, Ref, Section
from smartstart_gov.documents.sections.ai_act import fria
from smartstart_gov.documents.sections.audit import check
from smartstart_gov.documents.sections.decision import unfilled
from smartstart_gov.documents.sections.dpia_sheet import Part, Sheet, gathered
from smartstart_gov.documents.sections.findings import badge, overview, point_warning
from smartstart_gov.documents.sections.front import subtitle, titled, what_for
from smartstart_gov.documents.sections.lawfulness import JUDGEMENT
from smartstart_gov.documents.sections.processing import DESCRIPTION
from smartstart_gov.documents.sections.risk_register import CLOSING
from smartstart_gov.documents.summary import answers, legend, one_sided
from smartstart_gov.documents.terms import CODES
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence

PARTS: dict[int, Part] = {part.number: part for part in (*DESCRIPTION, *JUDGEMENT, *CLOSING)}
#: The annex is this long at most, for any project whose texts are of the usual length.
MOST_PAGES = 12
#: Findings on the first page; the rest is counted.
_MOST_FINDINGS = 6


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
    sheets = {number: part.sheet(words, evidence) for number, part in PARTS.items()}
    sections = tuple(
        Section(
            id=f"block-{id_}", kind="plain", title=title,
            subsections=tuple(PARTS[n].section(words, sheets[n]) for n in numbers),
        )
        for id_, title, numbers in blocks
    )  # fmt: skip
    todo = open_by_role(words, sheets)
    return Document(
        kind="dpia",
        lang=words.lang,
        title=titled(words, evidence, say("DPIA annex: {title}", title=words.text(evidence.charter.title))),
        subtitle=subtitle(words, evidence),
        description=say("Data protection impact assessment in the form of the Model DPIA Rijksdienst 3.0."),
        author=evidence.charter.owner.organisation or "",
        created=evidence.created,
        front=(*_front(words, evidence), *_work_left(words, evidence, sheets)),
        sections=(
            Section(id="reading", kind="plain", title=say("How to read this document"), blocks=_reading(words)),
            *sections,
            Section(
                id="fria",
                kind="plain",
                title=say("Impact on fundamental rights: article 27 of the AI Act"),
                blocks=fria(words, evidence),
            ),
            *(
                [Section(id="todo", kind="plain", title=say("What is still open"), blocks=(_open_table(words, todo),))]
                if todo
                else []
            ),
            Section(id="check", kind="plain", title=say("How to check this document"), blocks=check(words, evidence)),
        ),
    )


def _front(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return (
        badge(words, evidence),
        *point_warning(words, evidence),
        *one_sided(words, evidence),
        what_for(words, evidence),
        overview(words, evidence, where=Ref("questions", of="technical_annex"), most=_MOST_FINDINGS),
    )


def _reading(words: Words) -> tuple[Block, ...]:
    intro = Prose(
        text=words.say(
            "This annex is the form of the Model DPIA Rijksdienst 3.0, with its parts and the numbers of its fields. The"
            " software filled in what it can compute from the audit, and what the owner declared. It does not replace human"
            " judgement. A label shows where an answer comes from:"
        ),
        keep=True,
    )
    return intro, *legend(words), *answers(words)


#: A row of the list of what is open: what, where, and in which parts.
Row = tuple[str, str, str]


def open_by_role(words: Words, sheets: Mapping[int, Sheet]) -> dict[str, list[Row]]:
    """Return what is open, by the role that fills it in: facts that stand beside each other in a file take one row."""
    parts: dict[tuple[str, str], list[int]] = {}
    what: dict[tuple[str, str], str] = {}
    for number, sheet in sheets.items():
        for item in sheet.open:
            key = (item.role, item.where)
            what.setdefault(key, item.what)
            parts.setdefault(key, []).append(number)
    found: dict[str, list[Row]] = {}
    for role in (words.code("who", code) for code in CODES["who"]):
        mine = sorted((key for key in parts if key[0] == role), key=lambda key: _split(key[1])[:2])
        for (file, inside), keys in groupby(mine, key=lambda key: _split(key[1])[:2]):
            group = list(keys)
            numbers = ", ".join(str(n) for n in sorted({n for key in group for n in parts[key]}))
            last = ", ".join(_split(key[1])[2] for key in group)
            place = f"{inside}: {last}" if inside else last
            named = gathered([what[key] for key in group])
            found.setdefault(role, []).append((named, f"{file} ({place})", numbers))
    return found


def _split(where: str) -> tuple[str, str, str]:
    """Return file, the key that holds a fact, and the key of the fact itself."""
    file, _, inside = where.removesuffix(")").partition(" (")
    if ", " in inside:
        return (file, *inside.split(", ", 1))  # type: ignore[return-value]  # two parts
    holder, _, key = inside.rpartition(".")
    return file, holder, key


def _work_left(words: Words, evidence: Evidence, sheets: Mapping[int, Sheet]) -> tuple[Block, ...]:
    opened = {item.where for sheet in sheets.values() for item in sheet.open}
    if not opened:
        return (
            Prose(
                text=words.say("Everything is filled in, except the names, dates and signatures of the last part."),
                basis="measured",
            ),
        )
    listed = ", ".join(str(number) for number, sheet in sheets.items() if sheet.open)
    text = words.plural("{n} fact is still open.", "{n} facts are still open.", sum(unfilled(evidence).values()))
    here = words.plural(
        "{n} of them belongs in this annex, in part: {parts}. It is listed at the end, under {where}.",
        "{n} of them belong in this annex, in these parts: {parts}. They are listed at the end, under {where}.",
        len(opened),
        parts=listed,
        where=Ref("todo"),
    )
    return (Prose(text=f"{text} {here}", basis="open"),)


def _open_table(words: Words, todo: Mapping[str, Sequence[Row]]) -> Block:
    plain: Tone = "plain"
    rows, tones = list[tuple[str, ...]](), list[Tone]()
    for role, mine in todo.items():
        rows += [(capital(role), "", ""), *mine]
        tones += ["head", *(plain for _ in mine)]
    header = (words.say("What is open"), words.say("Where"), words.say("Parts"))
    return Table(caption=words.say("Open items"), header=header, rows=tuple(rows), tones=tuple(tones), basis="open")
