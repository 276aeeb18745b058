"""Layout: how the sentences of a document know where its sections stand, and those of the other documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from importlib import import_module

from smartstart_gov.documents.outline import Document, Placed, Section
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.document_kinds import kind_of
from smartstart_gov.evidence.edition import Evidence

Builder = Callable[[Evidence, Words], Document]
#: What makes one section; None where these files have nothing for it.
Filling = Callable[[Words, Evidence], Section | None]
_NOWHERE = Placed(section=Section(id="nowhere", title="", kind="plain"), depth=1, kind="plain", number="")


def placed_anywhere(document: str, id_: str) -> Placed:
    """Return a place for any reference: for sentences that stand outside of a document."""
    return _NOWHERE


def builder_of(kind: str) -> Builder:
    """Return the function that makes a document, by its name in `DOCUMENT_KINDS`; KeyError where there is none."""
    module, _, name = kind_of(kind).builder.partition(":")
    found: Builder = getattr(import_module(module), name)
    return found


def filled(words: Words, evidence: Evidence, *fillings: Filling) -> tuple[Section, ...]:
    """Return the sections that `fillings` make, in that order."""
    return tuple(section for fill in fillings if (section := fill(words, evidence)) is not None)


def laid_out(builder: Builder) -> Builder:
    """Let the sentences of what `builder` makes refer to sections by id (`smartstart_gov.documents.outline.Ref`).

    What a sentence refers to may stand below it, or in another document. So at the first reference the document is made
    once with its references blank, and where its sections stand is read off; that is little beside drawing it.

    Raises
    ------
    LookupError
        Where a sentence refers to a section that is not there.
    """

    @wraps(builder)
    def build(evidence: Evidence, words: Words) -> Document:
        if words.places is not None:
            return builder(evidence, words)

        @cache
        def sections(document: str) -> Mapping[str, Placed]:
            make = builder_of(document) if document else builder
            blank = make(evidence, words.placed(placed_anywhere))
            return {placed.section.id: placed for placed in blank.walk()}

        def places(document: str, id_: str) -> Placed:
            if id_ not in sections(document):
                raise LookupError(f"a sentence refers to section {id_!r}, which {document or builder.__name__} does not have")
            return sections(document)[id_]

        return builder(evidence, words.placed(places))

    return build
