"""How the factsheet is fitted on its two pages: how high its blocks are, and how much of its texts is kept until they fit.

Its letters are larger than those of the other documents, so its heights are its own; `smartstart_gov.documents.room` has
those of the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from smartstart_gov.authoring.value import Text
from smartstart_gov.documents.blocks import PAGE, Badge, Block, Bullets, Figure, Prose
from smartstart_gov.documents.room import brief, lines
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

#: Width of a line, sizes of letters, heights of lines and room below, as the style sheet has them.
_WIDE = PAGE - 5
_SIZE, _LINE, _BELOW, _HEADING, _SMALL = 11.0, 14.8, 4.3, 25.4, 12.9
Maker = Callable[[Words, Evidence, "Room"], tuple[Block, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of it a page tries to hold.

    Attributes
    ----------
    share : float
        Which share of their usual room texts get.
    sentence : int
        A first sentence of so many letters is kept whole all the same: half a sentence can say the opposite.
    groups, steps : int
        How many of them are shown.
    """

    share: float
    sentence: int
    groups: int
    steps: int


#: Parts that are cut only where nothing else is left to cut.
_IN_FULL = {"decides", "rights"}
#: From the most on, until a page fits. Then each part gets back as much as there is room for.
_TRIES = tuple(
    Room(share=share, sentence=sentence, groups=groups, steps=steps)
    for share, sentence, groups, steps in (
        (1.0, 200, 3, 3), (1.0, 200, 2, 3), (0.85, 200, 2, 3), (0.7, 200, 2, 3), (0.55, 180, 2, 3), (0.4, 160, 2, 3),
        (0.25, 160, 2, 3), (0.7, 200, 1, 3), (0.55, 180, 1, 3), (0.4, 160, 1, 3), (0.25, 160, 1, 3), (0.15, 160, 1, 3),
        (0.15, 160, 1, 2), (0.15, 110, 1, 1), (0.15, 0, 1, 1),
    )
)  # fmt: skip


def fitted_page(
    words: Words, evidence: Evidence, parts: Mapping[str, tuple[str, Maker]], room: float
) -> list[tuple[str, tuple[Block, ...]]]:
    """Return the blocks of each part of one page by its id: texts are shortened until they fit in `room` points."""

    @cache
    def made(id_: str, tried: int) -> tuple[tuple[Block, ...], float]:
        title, make = parts[id_]
        blocks = make(words, evidence, _TRIES[tried])
        return blocks, (_HEADING if title else 0.0) + sum(map(height, blocks))

    def taken(tries: Mapping[str, int]) -> float:
        return sum(made(id_, tried)[1] for id_, tried in tries.items())

    last = len(_TRIES) - 1
    # Who decides, and how to object, are told in full where the others can make room for it.
    full = dict.fromkeys(_IN_FULL & set(parts), 0)
    tries = [dict.fromkeys(parts, tried) for tried in range(last + 1)]
    tries = [each | full for each in tries] + tries
    kept = next((dict(each) for each in tries if taken(each) <= room), tries[-1])
    # A short text need not be cut because another one is long.
    for id_ in parts:
        kept[id_] = next((tried for tried in range(kept[id_]) if taken({**kept, id_: tried}) <= room), kept[id_])
    return [(id_, made(id_, tried)[0]) for id_, tried in kept.items()]


def height(block: Block) -> float:
    """Return the height of `block` in points, on the safe side."""
    if isinstance(block, Prose):
        # A lead is bold, and so a little wider.
        return _LINE * lines(f"{block.lead} {block.text}".strip(), _WIDE - (12 if block.lead else 0), _SIZE) + _BELOW
    if isinstance(block, Bullets):
        return sum(_LINE * lines(item, _WIDE - 12, _SIZE) + 1.7 for item in block.items) + _BELOW
    if isinstance(block, Figure):
        drawn = re.search(r'viewBox="0 0 (\d+) (\d+)"', block.svg)
        high = 0.0 if drawn is None else float(drawn[2]) * PAGE / float(drawn[1])
        return high + _SMALL * lines(block.caption, _WIDE, 9.5) + 11.0
    if isinstance(block, Badge):
        return 19.0 * lines(block.word, (PAGE - 34) / 1.08, 14.0) + _LINE * lines(block.text, _WIDE - 34, _SIZE) + 21.0
    raise TypeError(f"the factsheet has no {block.kind}")


def told(words: Words, declared: Text | None, most: int, room: Room, open_: str) -> str:
    """Return a declared text as far as it fits, or the sentence that says it is open."""
    return open_ if declared is None else short(words, words.text(declared), most, room)


def short(words: Words, text: str, most: int, room: Room) -> str:
    """Return the whole sentences of a text that fit; what is cut says where the rest stands."""
    cut = words.say("(more in the annex)")
    return brief(words, text, int(most * room.share), first=room.sentence, cut=cut)
