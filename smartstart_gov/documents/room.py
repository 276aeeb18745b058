"""How much room blocks take on a page, and what of them fits: what does not is cut at a whole row, with the count of the rest.

Heights are reckoned from the widths of the letters and the sizes of the style sheet, in points, a little on the safe side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from smartstart_gov.documents.blocks import PAGE, Badge, Badges, Block, Bullets, Facts, Figure, Missing, Prose, Table
from smartstart_gov.documents.fonts import text_width
from smartstart_gov.documents.words import Words

#: Room between the margins of a page, and of the first page; what the title of a page takes.
ROOM, FIRST_ROOM, TITLE = 728.0, 777.0, 34.0
#: Height of a line, and room below, of paragraphs and of tables.
_LINE, _BELOW, _ROW_LINE, _ROW, _SMALL = 13.8, 5.7, 11.8, 5.0, 11.8
#: Sizes of letters of paragraphs; on the first page they are smaller.
_SIZE, _FIRST_SIZE = 10.0, 9.3
_LABEL, _EDGE = 46.0, 7.0
#: A line is broken before it is full.
_FULL = 0.99
#: No paragraph, item of a list or cell of a table of the card has many more letters.
_PARAGRAPH, _ITEM, _CELL = 800, 900, 260
#: Width of a letter, more or less: what is cut is cut by its width, for a W takes three times the room of an i.
_LETTER = 4.9
#: A space that keeps two words together is none of these.
_SPACES = re.compile(r"[ \n]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def lines(text: str, width: float, size: float = 10.0) -> int:
    """Return on how many lines `text` stands in a column of `width` points.

    Examples
    --------
    >>> lines("A short line.", 493), lines("A short line.", 40)
    (1, 2)
    """
    return sum(max(_wrapped(part, width * _FULL, size), 1) for part in text.split("\n"))


def _wrapped(text: str, width: float, size: float) -> int:
    found, at, space = 1, 0.0, text_width(" ", size)
    for word in text.split(" "):
        long = text_width(word, size)
        if at and at + space + long > width:
            found, at = found + 1, 0.0
        if long > width:
            found += int(long // width)
            long %= width
        at += long + (space if at else 0.0)
    return found


def height(block: Block, *, first: bool = False) -> float:
    """Return the height of `block` in points, as it stands on the `first` page or on another."""
    line, size = (12.2, _FIRST_SIZE) if first else (_LINE, _SIZE)
    if isinstance(block, Prose | Missing):
        lead = block.lead + " " if isinstance(block, Prose) and block.lead else ""
        label = _LABEL if isinstance(block, Missing) or block.basis else 0.0
        return line * lines(lead + block.text, PAGE - label, size) + _BELOW
    if isinstance(block, Bullets):
        room = PAGE - (_LABEL if block.basis else 0.0)
        return sum(line * lines(item, room, size) + 1.7 for item in block.items) + _BELOW
    if isinstance(block, Figure):
        return _drawn(block) + _SMALL * lines(block.caption, PAGE, 8.5) + 4.0
    if isinstance(block, Badge):
        return _badge(block, PAGE)
    if isinstance(block, Badges):
        return max(_badge(one, PAGE / len(block.badges) - 7.6, 11.4) for one in block.badges)
    return _head(block) + sum(_rows(block)) + _note(block)


def _drawn(block: Figure) -> float:
    found = re.search(r'viewBox="0 0 (\d+) (\d+)"', block.svg)
    return 0.0 if found is None else float(found[2]) * PAGE / float(found[1])


def _badge(block: Badge, width: float, sides: float = 19.0) -> float:
    inside = width - sides
    return 15.0 * lines(block.word, inside / 1.05, 12.5) + 12.2 * lines(block.text, inside, 9.3) + 25.0


def _head(block: Facts | Table) -> float:
    caption = _LINE * lines(block.caption, PAGE - _LABEL, 9.0) if block.caption else 0.0
    heads = [lines(head, width / 1.08, 8.5) for head, width in zip(block.header, _columns(block), strict=True)]
    return caption + _ROW_LINE * max(heads) + _ROW + 12.0


def _rows(block: Facts | Table) -> list[float]:
    widths = _columns(block)
    if isinstance(block, Facts):
        cells: Sequence[Sequence[str]] = [(row.term, row.text, "") for row in block.rows]
    else:
        cells = block.rows
    least = 27.0 if isinstance(block, Table) and block.signing else 0.0
    # The first cell of a row may be bold, with a coloured edge.
    bold = isinstance(block, Facts) or bool(block.tones)
    return [max(_ROW_LINE * max(_lines_of(row, widths, bold=bold)) + _ROW, least) for row in cells]


def _lines_of(row: Sequence[str], widths: Sequence[float], *, bold: bool) -> Iterator[int]:
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield lines(cell, width - _EDGE, 9.0 * 1.08) if bold and not place else lines(cell, width, 9.4)


def _columns(block: Facts | Table) -> tuple[float, ...]:
    if isinstance(block, Facts):
        return PAGE * 0.32 - 9, PAGE * 0.68 - 71, 53.0
    return tuple(PAGE * share / 100 - 9 for share in block.widths)


def _note(block: Facts | Table) -> float:
    return _SMALL * lines(block.note, PAGE, 8.5) + 1.0 if isinstance(block, Table) and block.note else 0.0


def fitted(
    words: Words, blocks: Sequence[Block], room: float, *, uncut: Sequence[Block] = (), first: bool = False
) -> tuple[Block, ...]:
    """Return `blocks` as they fit in `room` points: the longest list is cut, row by row from its end, and the rest is counted.

    What stands in `uncut` is never cut, and tables that people sign in are cut last.
    """
    kept, whole = list(blocks), [_length(block) for block in blocks]
    may = [i for i, block in enumerate(blocks) if not any(block is one for one in uncut)]
    heights = [height(block, first=first) for block in kept]
    while sum(heights) > room:
        long = [i for i in may if _length(kept[i]) > 1]
        long = [i for i in long if not _signed(kept[i])] or long
        if not long:
            break
        longest = max(long, key=lambda i: heights[i])
        kept[longest] = _cut(words, blocks[longest], _length(kept[longest]) - 1, whole[longest])
        heights[longest] = height(kept[longest], first=first)
    return tuple(kept)


def _length(block: Block) -> int:
    if isinstance(block, Bullets):
        # What says how many are left out is no item of its own.
        return len(block.items) - block.left_out_said
    return len(block.rows) if isinstance(block, Table) else 0


def _signed(block: Block) -> bool:
    return isinstance(block, Table) and block.signing


def _cut(words: Words, block: Block, most: int, whole: int) -> Block:
    left = words.say("and {n} more, see the technical annex", n=words.number(whole - most))
    if isinstance(block, Bullets):
        return replace(block, items=(*block.items[:most], f"… {left}"), left_out_said=True)
    if isinstance(block, Table):
        note = f"… {left}. {block.note}".strip()
        return replace(block, rows=block.rows[:most], tones=block.tones[:most], note=note)
    return block


def shortened(words: Words, block: Block) -> Block:
    """Return `block` with every text of it so short that it cannot fill a page."""
    if isinstance(block, Prose):
        return replace(block, text=brief(words, block.text, _PARAGRAPH))
    if isinstance(block, Bullets):
        return replace(block, items=tuple(brief(words, item, _ITEM) for item in block.items))
    if isinstance(block, Table):
        return replace(block, rows=tuple(tuple(brief(words, cell, _CELL) for cell in row) for row in block.rows))
    return block


def brief(words: Words, text: str, most: int, *, first: int = 0, cut: str = "") -> str:
    """Return `text` in the room of about `most` letters: whole sentences, else what ends with a semicolon, else whole words.

    What is cut says where it stands.

    A first sentence in the room of `first` letters is kept whole all the same. `cut` says in other words than the usual ones
    where the rest stands.

    Examples
    --------
    >>> brief(Words("en"), "Short. Long enough to be cut off here.", 12)
    'Short. … (annex)'
    """
    text = _SPACES.sub(" ", text).strip(" ")
    if text_width(text) <= most * _LETTER:
        return text
    said = ""
    for sentence in _SENTENCE.split(text):
        room = most if said else max(most, first)
        if text_width(f"{said} {sentence}".strip()) > room * _LETTER:
            break
        said = f"{said} {sentence}".strip()
    if said == text:
        return text
    begun = _begun(text, most)
    # Half a clause may say the opposite: where a whole one fits, the text ends with it.
    kept = (said or begun.rpartition("; ")[0] or begun).rstrip(" ,;:")
    return f"{kept} … {cut}" if cut else words.say("{text} … (annex)", text=kept)


def title_of(text: str, most: int) -> str:
    """Return a title in the room of about `most` letters, cut at a word; the whole of it stands in the technical annex.

    Examples
    --------
    >>> title_of("Early help for families", 12)
    'Early help for …'
    """
    text = _SPACES.sub(" ", text).strip(" ")
    return text if text_width(text) <= most * _LETTER else f"{_begun(text, most)} …"


def _begun(text: str, most: int) -> str:
    """Return the words at the beginning of `text` that fit in the room of `most` letters; of one long word its beginning."""
    at = 0.0
    for place, letter in enumerate(text):
        at += text_width(letter)
        if at > most * _LETTER:
            return text[:place].rpartition(" ")[0] or text[:place]
    return text
