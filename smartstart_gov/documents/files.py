"""The files of a version's documents: every kind in every language, by file name."""

from __future__ import annotations

from collections.abc import Sequence

from smartstart_gov.documents.render import FILE_STEMS, render
from smartstart_gov.evidence.bundle import EvidenceBundle

KINDS = tuple(FILE_STEMS)
LANGUAGES = ("nl", "en")


def document_files(bundle: EvidenceBundle, kinds: Sequence[str] = KINDS, langs: Sequence[str] = LANGUAGES) -> dict[str, bytes]:
    """Return the PDF of every kind in every language, by file name.

    Parameters
    ----------
    bundle : EvidenceBundle
        Under the version that it is, or will be, written as.
    kinds : sequence of {"model_card", "dpia", "dpia_prescan"}
    langs : sequence of {"nl", "en"}

    Raises
    ------
    Refused
        Whatever `render` refuses.
    """
    # All are set before one is drawn: a document that cannot be written is known at once.
    rendered = [render(bundle, kind, lang=lang) for kind in kinds for lang in langs]
    return {f"{one.stem}.pdf": one.pdf() for one in rendered}
