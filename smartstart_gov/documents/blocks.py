"""The blocks of a document: frozen values that say what stands on a page, and how wide the columns of its tables are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from smartstart_gov.documents.fonts import text_width

#: Width of the page between its margins, and the type size of tables, in points.
PAGE = 493.0
_SIZE = 9.0
#: Room beside the text of a cell; a width in whole per cents may be 5 points less than was asked.
_PADDING = 15.0
#: The first cell of a row that is not good, and every head, is bold.
_BOLD = 1.08
_SHORT_HEAD = 60.0
#: The answer of a row, in its first cell, stays on its line.
_SHORT_CELL = 68.0
#: A word longer than this share of the page is broken, whatever the other columns hold.
_LONGEST_WORD = 0.35
#: A word of more letters than this may be divided at a hyphen.
_LONG = 20
#: Where a statement comes from: counted by the library, written by people, or not known yet.
Basis = Literal["measured", "declared", "derived", "open"]
Tone = Literal["good", "bad", "open", "head", "plain"]
#: A longer table is cut by its maker: nobody reads it, and it is in the attached bundle.
MOST_ROWS = 500
#: Widths of the four columns of a table that people sign in.
_SIGNING = (32, 19, 16, 33)


def shares(header: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Sequence[int] = ()) -> tuple[int, ...]:
    """Return the width of each column in per cent, adding up to 100.

    Every column gets room for its longest word (of `whole` columns: for its longest cell), and the rest
    is divided by how much text a column holds.

    Examples
    --------
    >>> group, number = shares(["Group", "n"], [["elsewhere in Europe", "12"]])
    >>> group > number, group + number
    (True, 100)
    """
    least, wanted = [], []
    for place, head in enumerate(header):
        cells = [row[place] for row in rows]
        kept = [cell for cell in cells if place in whole or (not place and text_width(cell, _SIZE) <= _SHORT_CELL)]
        units = kept + [part for cell in cells if cell not in kept for word in re.split("[ \n]", cell) for part in _parts(word)]
        words = [text_width(unit, _SIZE) * _BOLD for unit in units]
        # A short head stays on its line.
        parts = [head] if text_width(head, _SIZE) <= _SHORT_HEAD else head.split()
        heads = [text_width(part, _SIZE) * _BOLD for part in parts]
        least.append(min(max([*words, *heads, 8.0]), PAGE * _LONGEST_WORD) + _PADDING)
        # A head may take two lines before it asks for room of its own.
        longest = max([text_width(head, _SIZE) / 1.8, *(text_width(cell, _SIZE) for cell in cells)])
        average = sum(text_width(cell, _SIZE) for cell in cells) / max(len(cells), 1)
        wanted.append(max((longest + average) / 2 + _PADDING - least[-1], 0.0))
    spare = PAGE - sum(least)
    total = sum(wanted)
    if spare <= 0 or total <= 0:
        widths = least if total <= 0 or spare <= 0 else [w + spare / len(least) for w in least]
    else:
        widths = [a + spare * w / total for a, w in zip(least, wanted, strict=True)]
    return _whole_percents(widths)


def _parts(word: str) -> list[str]:
    """Return where a word may go on to the next line: a long one does after a hyphen."""
    return re.findall(r"[^-]+-*|-+", word) if len(word) > _LONG else [word]


def _whole_percents(widths: Sequence[float]) -> tuple[int, ...]:
    exact = [100 * width / sum(widths) for width in widths]
    floors = [int(share) for share in exact]
    by_rest = sorted(range(len(exact)), key=lambda i: floors[i] - exact[i])
    for i in by_rest[: 100 - sum(floors)]:
        floors[i] += 1
    return tuple(floors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """A paragraph. Without `basis` it is the document's own explanation; `lead` stands before it in bold.

    `keep` holds it on the page of what follows.
    """

    kind: ClassVar[str] = "prose"
    text: str
    lead: str = ""
    basis: Basis | None = None
    keep: bool = False

    def lines(self) -> Iterator[str]:
        """Return the block as plain text, line by line."""
        yield f"{_tag(self.basis)}{self.lead + ' ' if self.lead else ''}{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list of short sentences; the last one may say how many are left out."""

    kind: ClassVar[str] = "bullets"
    items: tuple[str, ...]
    basis: Basis | None = None
    left_out_said: bool = False

    def lines(self) -> Iterator[str]:
        """Return the block as plain text, line by line."""
        for item in self.items:
            yield f"{_tag(self.basis)}- {item}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A hole in the document: what is not known, which role fills it in, and where."""

    kind: ClassVar[str] = "missing"
    what: str
    text: str
    role: str
    where: str

    def lines(self) -> Iterator[str]:
        """Return the block as plain text, line by line."""
        yield f"{_tag('open')}{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of `Facts`: a term and what is known of it; of an open one the role that fills it in, and where."""

    term: str
    text: str
    basis: Basis
    role: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Terms and what is known of each; an open one says who fills it in."""

    kind: ClassVar[str] = "facts"
    caption: str
    header: tuple[str, str, str]
    rows: tuple[Fact, ...]

    @property
    def short(self) -> bool:
        """Whether the table is kept on one page."""
        return len(self.rows) <= 6 and sum(len(row.text) for row in self.rows) <= 600

    def lines(self) -> Iterator[str]:
        """Return the block as plain text, line by line."""
        if self.caption:
            yield self.caption
        for row in self.rows:
            yield f"{_tag(row.basis)}{row.term}: {row.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text cells; `right` numbers the columns set flush right, `tones` colour rows that also say it in words.

    `tones` is empty, or has one tone a row; head rows stand above the rows they gather. `signing` leaves
    room for a signature in each row. A `loose` table goes on to the next page, however short it is.
    """

    kind: ClassVar[str] = "table"
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    note: str = ""
    basis: Basis | None = None
    tones: tuple[Tone, ...] = ()
    signing: bool = False
    loose: bool = False

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError(f"table {self.caption!r}: a row has another number of cells than the header")
        if len(self.rows) > MOST_ROWS:
            raise ValueError(f"table {self.caption!r} has {len(self.rows)} rows, more than {MOST_ROWS}")
        if self.tones and len(self.tones) != len(self.rows):
            raise ValueError(f"table {self.caption!r}: tones and rows differ in number")

    @property
    def short(self) -> bool:
        """Whether the table is kept on one page."""
        return not self.loose and len(self.rows) <= 12 and sum(len(cell) for row in self.rows for cell in row) <= 1500

    @property
    def long(self) -> bool:
        """Whether a good part of the table has to come along where it goes on to another page."""
        return len(self.rows) > 16

    def cells(self) -> Iterator[tuple[Tone, tuple[tuple[str, bool], ...]]]:
        """Return for each row its tone, and each cell with whether it is set flush right."""
        plain: Tone = "plain"
        tones = self.tones or (plain,) * len(self.rows)
        for tone, row in zip(tones, self.rows, strict=True):
            yield tone, tuple((cell, place in self.right) for place, cell in enumerate(row))

    @property
    def widths(self) -> tuple[int, ...]:
        """Width of each column in per cent."""
        if self.signing:
            return _SIGNING
        return shares(self.header, self.rows, whole=self.right)

    def heads(self) -> Iterator[tuple[str, bool]]:
        """Return each head with whether its column is set flush right."""
        return ((head, place in self.right) for place, head in enumerate(self.header))

    def lines(self) -> Iterator[str]:
        """Return the block as plain text, line by line."""
        yield f"{_tag(self.basis)}{self.caption}"
        for row in (self.header, *self.rows):
            yield "  " + " | ".join(row)
        if self.note:
            yield f"  {self.note}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing of our own (see `smartstart_gov.documents.charts`) with the words that stand for it."""

    kind: ClassVar[str] = "figure"
    svg: str
    alt: str
    caption: str
    basis: Basis | None = "measured"
    small: bool = False

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError(f"figure {self.caption!r} has no alternative text")

    def lines(self) -> Iterator[str]:
        """Return the block as plain text, line by line."""
        yield f"{_tag(self.basis)}{self.caption}: {self.alt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """The one word that matters on a page, in a box, and what it means."""

    kind: ClassVar[str] = "badge"
    word: str
    text: str
    tone: Tone

    def lines(self) -> Iterator[str]:
        """Return the block as plain text, line by line."""
        yield f"** {self.word} ** {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Badges:
    """Some badges side by side."""

    kind: ClassVar[str] = "badges"
    badges: tuple[Badge, ...]

    def lines(self) -> Iterator[str]:
        """Return the block as plain text, line by line."""
        for badge in self.badges:
            yield from badge.lines()


Block = Prose | Bullets | Missing | Facts | Table | Figure | Badge | Badges


def unmarked(block: Block) -> Block:
    """Return `block` without the mark that says where it comes from: the card leaves that to the technical annex."""
    return replace(block, basis=None) if isinstance(block, Prose | Bullets | Table | Figure) else block


def _tag(basis: Basis | None) -> str:
    return f"[{basis}] " if basis else ""
