"""Widths of table columns, from what stands in them: no word is broken that fits, and no page overflows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smartstart_gov.documents.lettering import text_width

#: Width of the page between its margins, and the type size of tables, in points.
PAGE = 493.0
_SIZE = 9.0
#: Room beside the text of a cell; a width in whole per cents may be 5 points less than was asked.
_PADDING = 15.0
#: The first cell of a row that is not good, and every head, is bold.
_BOLD = 1.08
_SHORT_HEAD = 60.0
#: A word longer than this share of the page is broken, whatever the other columns hold.
_LONGEST_WORD = 0.35
#: A word of more letters than this may be divided at a hyphen.
_LONG = 20


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
        units = cells if place in whole else [part for cell in cells for word in cell.split() for part in _parts(word)]
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
