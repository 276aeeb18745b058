"""The model card: at most ten pages, for people who decide. Whoever stops after a page has read the most important so far.

Every number, setting and fingerprint stands in the technical annex (`smartstart_gov.documents.technical_annex`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smartstart_gov.documents.blocks import Block, Table
from smartstart_gov.documents.layout import laid_out
from smartstart_gov.documents.outline import Document, Section
from smartstart_gov.documents.room import ROOM, TITLE, fitted, height, shortened, title_of
from smartstart_gov.documents.sections import accuracy, attribute, cannot_show, decision, limits, questions, road, what_goes_in
from smartstart_gov.documents.sections.attribute import judged
from smartstart_gov.documents.sections.front import subtitle, titled
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

MOST_PAGES = 10
#: So many attributes have a page of their own.
MOST_ATTRIBUTES = 3
#: A longer title is cut.
_TITLE = 90
#: A page that is filled less than this is not left: what follows begins on it.
_LEAST = 0.4


@laid_out
def model_card(evidence: Evidence, words: Words) -> Document:
    """Return the model card of the public edition."""
    say, attributes = words.say, judged(evidence)
    own, rest = attributes[:MOST_ATTRIBUTES], attributes[MOST_ATTRIBUTES:]
    refer = {one.attribute: f"attribute-{i}" for i, one in enumerate(own, start=1)}
    title = titled(words, evidence, say("Model card: {title}", title=title_of(words.text(evidence.charter.title), _TITLE)))
    top, first = decision.page(words, evidence, refer, title)
    parts: list[tuple[str, str, Sequence[Block]]] = [
        ("accuracy", say("How often the model is right"), accuracy.page(words, evidence)),
        *(
            (f"attribute-{i}", attribute.title(words, evidence, one), attribute.page(words, evidence, one))
            for i, one in enumerate(own, start=1)
        ),
        ("questions", say("All questions and answers"), questions.page(words, evidence, rest)),
        ("limits", say("Why these limits"), limits.page(words, evidence)),
        ("inputs", say("What goes into the model"), what_goes_in.page(words, evidence)),
        ("cannot_show", say("What this card cannot show"), cannot_show.page(words, evidence)),
        ("road", say("The road to release"), road.page(words, evidence)),
    ]
    return Document(
        kind="model_card",
        lang=words.lang,
        title=title,
        subtitle=subtitle(words, evidence),
        description=say("Model card with the result of the fairness audit."),
        author=evidence.charter.owner.organisation or "",
        created=evidence.created,
        front=top,
        sections=(*first, *_paged(words, parts, road.meanings(words, evidence))),
    )


def _paged(words: Words, parts: Sequence[tuple[str, str, Sequence[Block]]], anywhere: Table) -> list[Section]:
    """Return each part as it fits a page. One begins on a new page, unless it fits under the last or that is nearly empty.

    Of the table that may stand `anywhere`, as many rows as fit stand under the last part but one, and the others at the end.
    """
    sections, used = list[Section](), ROOM
    for name, title, blocks in parts:
        last = list[Block]()
        if name == parts[-1][0]:
            here = next((n for n in range(len(anywhere.rows), 0, -1) if used + height(_rows(anywhere, 0, n)) <= ROOM), 0)
            if here:
                sections[-1] = replace(sections[-1], blocks=(*sections[-1].blocks, _rows(anywhere, 0, here)))
                used += height(_rows(anywhere, 0, here))
            if here < len(anywhere.rows):
                last.append(_rows(anywhere, here))
        kept = fitted(words, [*(shortened(words, block) for block in blocks), *last], ROOM - TITLE)
        takes = TITLE + sum(height(block) for block in kept)
        new = used > _LEAST * ROOM and used + takes > ROOM
        used = takes if new else (used + takes) if used + takes <= ROOM else used + takes - ROOM
        sections.append(Section(id=name, title=title, blocks=kept, listed=False, new_page=new))
    return sections


def _rows(table: Table, first: int, end: int | None = None) -> Table:
    """Return the rows of a table from `first` on."""
    return replace(table, rows=table.rows[first:end])
