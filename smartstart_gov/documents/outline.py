"""Document: a tree of sections and blocks, which numbers itself, with its headings, its contents and its plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Literal

from smartstart_gov.documents.blocks import Block, Missing
from smartstart_gov.documents.fonts import readable

#: A section is counted where it stands, an annex has a letter, a part has the number of an official model; plain has none.
SectionKind = Literal["section", "annex", "part", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, what stands under it, and the sections within.

    Attributes
    ----------
    id : str
        By which sentences refer to it (see `Ref`); unlike its number it stays when sections come and go.
    title : str
    kind : {"section", "annex", "part", "plain"}
    official : str
        The number of a part, by the model that the document follows. Other numbers are computed.
    blocks : tuple of Block
    subsections : tuple of Section
    listed : bool
        Whether the table of contents has it.
    new_page : bool
        Whether it begins on a page of its own.
    whole : bool
        Whether what stands under its heading is kept on one page.
    on_front : bool
        Whether it still belongs to the first page, and is set as that is.
    """

    id: str
    title: str
    kind: SectionKind = "section"
    official: str = ""
    blocks: tuple[Block, ...] = ()
    subsections: tuple[Section, ...] = ()
    listed: bool = True
    new_page: bool = False
    whole: bool = False
    on_front: bool = False

    def __post_init__(self) -> None:
        if (self.kind == "part") != bool(self.official):
            raise ValueError(f"section {self.id!r}: a part has an official number, and nothing else has")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A section where it stands: its depth, and how it is counted there; `number` is empty of a plain one.

    `tag` is the HTML heading, which follows from the tree and so never skips.
    """

    section: Section
    depth: int
    kind: SectionKind
    number: str

    @property
    def heading(self) -> str:
        """Number and title."""
        return f"{self.number} {self.section.title}" if self.number else self.section.title

    @property
    def tag(self) -> str:
        """``h2`` for a section, ``h3`` for one within it, and so on."""
        return f"h{self.depth + 1}"


class Ref:
    """A reference to one or more sections by their ids, as a value of a message.

    In a Dutch document it becomes "hoofdstuk 7.4", and of two sections "hoofdstuk 1 en 2"; of a section without a number it
    becomes the title in quotes.

    Parameters
    ----------
    *ids : str
    of : str, optional
        The kind of document in which they stand, if it is another one. That document is named too, unless the sentence does
        so itself (`named`).
    """

    def __init__(self, *ids: str, of: str = "", named: bool = False) -> None:
        self.ids, self.of, self.named = ids, of, named


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Document:
    """A whole document: the first page, then the sections.

    Attributes
    ----------
    kind : str
        ``model_card``, ``factsheet``, ``technical_annex``, ``dpia`` or ``dpia_prescan``.
    lang : str
    title, subtitle : str
    description : str
        One sentence for the metadata of the file.
    author : str
        The organisation that answers for the model.
    created : str
        Moment of the evidence, ISO 8601 in UTC.
    front : tuple of Block
        The first page.
    sections : tuple of Section
    """

    kind: str
    lang: str
    title: str
    subtitle: str
    description: str
    author: str
    created: str
    front: tuple[Block, ...]
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        ids = [placed.section.id for placed in self.walk()]
        if len(set(ids)) != len(ids):
            raise ValueError("a section id stands twice")

    def walk(self) -> Iterator[Placed]:
        """Return every section in reading order with its depth and number; the top ones have depth 1."""
        return _placed(self.sections, None)

    def contents(self) -> Iterator[Placed]:
        """Return what the table of contents lists: sections, and the sections within them."""
        return (placed for placed in self.walk() if placed.depth <= 2 and placed.section.listed)

    def blocks(self) -> Iterator[Block]:
        """Return every block in reading order."""
        yield from self.front
        for placed in self.walk():
            yield from placed.section.blocks

    @property
    def open_items(self) -> tuple[Missing, ...]:
        """What is still to be filled in."""
        return tuple(block for block in self.blocks() if isinstance(block, Missing))

    def to_text(self) -> str:
        """Return the document as plain text."""
        parts = [self.title, self.subtitle, ""]
        for block in self.front:
            parts += [*block.lines(), ""]
        for placed in self.walk():
            parts += ["#" * (placed.depth + 1) + " " + placed.heading, ""]
            for block in placed.section.blocks:
                parts += [*block.lines(), ""]
        return readable("\n".join(parts))

    def __repr__(self) -> str:
        return f"Document({self.kind} {self.lang}, {len(self.sections)} sections, {sum(1 for _ in self.blocks())} blocks)"

    def __str__(self) -> str:
        lines = [repr(self), f"{self.title} ({', '.join(b.kind for b in self.front)})"]
        for placed in self.walk():
            kinds = ", ".join(block.kind for block in placed.section.blocks)
            lines.append("  " * placed.depth + placed.heading + (f" ({kinds})" if kinds else ""))
        return "\n".join(lines)


def _placed(sections: tuple[Section, ...], within: Placed | None) -> Iterator[Placed]:
    counts: Counter[str] = Counter()
    for section in sections:
        counts[section.kind] += 1
        kind, number = _counted(section, within, counts[section.kind])
        placed = Placed(section=section, depth=1 if within is None else within.depth + 1, kind=kind, number=number)
        yield placed
        yield from _placed(section.subsections, placed)


def _counted(section: Section, within: Placed | None, place: int) -> tuple[SectionKind, str]:
    """Return as what a section is counted, and its number."""
    if section.kind in ("part", "plain"):
        return section.kind, section.official
    if within is None:
        return section.kind, ascii_uppercase[place - 1] if section.kind == "annex" else str(place)
    # A number of ours within a part would look like one of the official model.
    if within.kind in ("part", "plain"):
        return "plain", ""
    return within.kind, f"{within.number}.{place}"
