"""One part of the DPIA: what is known of it, and what is open where nobody declared anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smartstart_gov.authoring.fields import parts_asked
from smartstart_gov.documents.blocks import Block, Prose
from smartstart_gov.documents.declarations import missing, of_themselves
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

Filling = Callable[[Words, Evidence], tuple[Block, ...]]


def nothing(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Fill in nothing: the part is declared or open."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A declared text of the charter, by its number in the model (see `smartstart_gov.authoring.charter.DPIA_PARTS`).

    `title` is a message id, and so is `asked`: what is open, where the title does not say so. An absent text is an open item
    where nothing else in the files answers the part (see `smartstart_gov.authoring.fields.parts_asked`).
    """

    number: str
    title: str
    asked: str = ""
    fill: Filling = nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A subject within a part that the model of the DPIA does not number."""

    id: str
    title: str
    fill: Filling


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the twenty parts: its own text, what is filled in, its numbered sub-parts, and further topics."""

    number: int
    title: str
    items: tuple[Item, ...]
    topics: tuple[Topic, ...] = ()

    def section(self, words: Words, evidence: Evidence) -> Section:
        """Return the part as a section."""
        topics = tuple(Section(id=t.id, title=words.say(t.title), blocks=t.fill(words, evidence)) for t in self.topics)
        if len(self.items) == 1:
            blocks = _blocks(words, evidence, self.items[0])
            return Section(
                id=f"part-{self.number}", kind="part", official=str(self.number), title=words.say(self.title), blocks=blocks,
                subsections=topics,
            )  # fmt: skip
        subs = tuple(
            Section(
                id=f"part-{item.number.replace('.', '-')}", kind="part", official=item.number,
                title=words.say(item.title),
                blocks=_blocks(words, evidence, item),
            )
            for item in self.items
        )  # fmt: skip
        return Section(
            id=f"part-{self.number}",
            kind="part",
            official=str(self.number),
            title=words.say(self.title),
            subsections=subs + topics,
        )


def _blocks(words: Words, evidence: Evidence, item: Item) -> tuple[Block, ...]:
    declared = evidence.charter.dpia.get(item.number)
    filled = (*item.fill(words, evidence), *of_themselves(words, evidence, "dpia", item.number))
    if declared is not None:
        return (Prose(text=words.text(declared), basis="declared"), *filled)
    if item.number not in parts_asked(evidence.contract) and item.number not in evidence.charter.dpia:
        return filled
    return (missing(words, words.say(item.asked or item.title), "charter", "dpia", item.number), *filled)
