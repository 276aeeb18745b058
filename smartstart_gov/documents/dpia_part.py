"""One part of the DPIA: what is known of it, and what is open where nobody declared anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smartstart_gov.documents.blocks import Block, Prose
from smartstart_gov.documents.declared import missing
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

Filling = Callable[[Words, Evidence], tuple[Block, ...]]


def nothing(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Fill in nothing: the part is declared or open."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A declared text of the charter, by its number in the model (see `smartstart_gov.project.charter.DPIA_PARTS`).

    `title` is a message id; `who` fills it in. Where `optional`, an absent text is no open item, because
    the part has other contents.
    """

    number: str
    title: str
    who: str
    optional: bool = False
    fill: Filling = nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the twenty parts: its own text, what is filled in, and its numbered sub-parts."""

    number: int
    title: str
    items: tuple[Item, ...]

    def section(self, words: Words, evidence: Evidence) -> Section:
        """Return the part as a section."""
        whole = self.items[0] if len(self.items) == 1 else None
        if whole is not None:
            blocks = _blocks(words, evidence, whole)
            return Section(id=f"part-{self.number}", number=str(self.number), title=words.say(self.title), blocks=blocks)
        subs = tuple(
            Section(
                id=f"part-{item.number.replace('.', '-')}", number=item.number, title=words.say(item.title),
                blocks=_blocks(words, evidence, item),
            )
            for item in self.items
        )  # fmt: skip
        return Section(id=f"part-{self.number}", number=str(self.number), title=words.say(self.title), subsections=subs)


def _blocks(words: Words, evidence: Evidence, item: Item) -> tuple[Block, ...]:
    declared = evidence.charter.dpia.get(item.number)
    filled = item.fill(words, evidence)
    if declared is not None:
        return (Prose(text=words.text(declared), basis="declared"), *filled)
    if item.optional:
        return filled
    return (missing(words, words.say(item.title), item.who, f"charter.yaml (dpia, {item.number})"), *filled)
