"""Document: a tree of sections and blocks, with its headings, its contents and its plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smartstart_gov.documents.blocks import Block, Missing
from smartstart_gov.documents.fonts import readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, what stands under it, and the sections within.

    One that is not `listed` is left out of the contents; a `new_page` begins on a page of its own; one `on_front` still
    belongs to the first page.
    """

    id: str
    title: str
    number: str = ""
    blocks: tuple[Block, ...] = ()
    subsections: tuple[Section, ...] = ()
    listed: bool = True
    new_page: bool = False
    on_front: bool = False

    @property
    def heading(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}" if self.number else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A section at its depth: `tag` is the HTML heading, which follows from the tree and so never skips."""

    section: Section
    depth: int

    @property
    def tag(self) -> str:
        """``h2`` for a section, ``h3`` for one within it, and so on."""
        return f"h{self.depth + 1}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Document:
    """A whole document: the first page, then the sections.

    Attributes
    ----------
    kind : str
        ``model_card``, ``technical_annex``, ``dpia`` or ``dpia_prescan``.
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
        """Return every section in reading order with its depth; the top ones have depth 1."""
        todo = [Placed(section=section, depth=1) for section in reversed(self.sections)]
        while todo:
            placed = todo.pop()
            yield placed
            todo.extend(Placed(section=s, depth=placed.depth + 1) for s in reversed(placed.section.subsections))

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
            parts += ["#" * (placed.depth + 1) + " " + placed.section.heading, ""]
            for block in placed.section.blocks:
                parts += [*block.lines(), ""]
        return readable("\n".join(parts))

    def __repr__(self) -> str:
        return f"Document({self.kind} {self.lang}, {len(self.sections)} sections, {sum(1 for _ in self.blocks())} blocks)"

    def __str__(self) -> str:
        lines = [repr(self), f"{self.title} ({', '.join(b.kind for b in self.front)})"]
        for placed in self.walk():
            kinds = ", ".join(block.kind for block in placed.section.blocks)
            lines.append("  " * placed.depth + placed.section.heading + (f" ({kinds})" if kinds else ""))
        return "\n".join(lines)
