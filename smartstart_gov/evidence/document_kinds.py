"""The documents there are: one object each. It loads nothing, because the gate and the command line ask it what there is."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("nl", "en")


def _(message: str) -> str:
    """Mark what a document is called for the message catalogues."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """One document.

    Attributes
    ----------
    name : str
        How people ask for it, as in ``render(bundle, "model_card")``.
    stem : str
        First part of its file name, before language and ``.pdf``.
    called : str
        What sentences of other documents call it: a message id.
    builder : str
        Module and function that make it, called with evidence and words. A name, because documents are built on evidence.
    since : int or None
        The edition of the rules from which trial and release need it; None where the gate does not ask for it.
    languages : tuple of str

    Examples
    --------
    >>> kind_of("dpia").files
    ('dpia_annex.nl.pdf', 'dpia_annex.en.pdf')
    """

    name: str
    stem: str
    called: str
    builder: str
    since: int | None
    languages: tuple[str, ...] = LANGUAGES

    @property
    def files(self) -> tuple[str, ...]:
        """Names of its files, one a language."""
        return tuple(f"{self.stem}.{lang}.pdf" for lang in self.languages)


#: In the order in which they are written.
DOCUMENT_KINDS = (
    DocumentKind(
        name="model_card", stem="model_card", called=_("the model card"),
        builder="smartstart_gov.documents.card:model_card", since=1,
    ),
    DocumentKind(
        name="technical_annex", stem="technical_annex", called=_("the technical annex"),
        builder="smartstart_gov.documents.technical_annex:technical_annex", since=None,
    ),
    DocumentKind(
        name="dpia", stem="dpia_annex", called=_("the DPIA annex"), builder="smartstart_gov.documents.dpia:dpia", since=1
    ),
    DocumentKind(
        name="dpia_prescan", stem="dpia_prescan", called=_("the pre-scan DPIA"),
        builder="smartstart_gov.documents.prescan:dpia_prescan", since=None,
    ),
)  # fmt: skip


def kind_of(name: str) -> DocumentKind:
    """Return the document of that name; KeyError where there is none."""
    for kind in DOCUMENT_KINDS:
        if kind.name == name:
            return kind
    raise KeyError(name)
