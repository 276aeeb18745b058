"""One object is one document: what is registered can be made, is named once, and is asked for by the gate where it says so."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from smartstart_gov.documents import render as files
from smartstart_gov.documents.blocks import Prose
from smartstart_gov.documents.layout import builder_of, laid_out
from smartstart_gov.documents.outline import Document, Ref
from smartstart_gov.documents.words import Words
from smartstart_gov.errors import Refused
from smartstart_gov.evidence import document_kinds, rules
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.document_kinds import DOCUMENT_KINDS, DocumentKind, kind_of
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import is_document


@pytest.mark.parametrize("kind", DOCUMENT_KINDS, ids=lambda kind: kind.name)
def test_what_is_registered_is_made(kind: DocumentKind, evidence: Evidence) -> None:
    for lang in kind.languages:
        made = builder_of(kind.name)(evidence, Words(lang))
        assert (made.kind, made.lang) == (kind.name, lang)
        assert Words(lang).say(kind.called), "other documents can name it"
    assert all(map(is_document, kind.files))


def test_no_two_documents_have_one_name_or_one_file() -> None:
    names, stored = [kind.name for kind in DOCUMENT_KINDS], [file for kind in DOCUMENT_KINDS for file in kind.files]
    assert len(set(names)) == len(names) == len(files.KINDS)
    assert len(set(stored)) == len(stored)
    with pytest.raises(KeyError, match="factsheet"):
        kind_of("factsheet")


def test_the_gate_asks_for_what_says_so() -> None:
    assert rules.DOCUMENTS == {
        "model_card.nl.pdf": 1, "model_card.en.pdf": 1, "dpia_annex.nl.pdf": 1, "dpia_annex.en.pdf": 1,
    }  # fmt: skip
    assert {file for kind in DOCUMENT_KINDS if kind.since for file in kind.files} == set(rules.DOCUMENTS)


@laid_out
def letter(evidence: Evidence, words: Words) -> Document:
    return Document(
        kind="letter", lang=words.lang, title="Brief", subtitle="", description="Brief", author="", created=evidence.created,
        front=(Prose(text=words.where(Ref("by-group", of="technical_annex"))),), sections=(),
    )  # fmt: skip


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> DocumentKind:
    """A letter in Dutch alone: one module, and one object."""
    module = ModuleType("made_up_letter")
    module.letter = letter  # type: ignore[attr-defined]  # the module is made here
    monkeypatch.setitem(sys.modules, "made_up_letter", module)
    kind = DocumentKind(
        name="letter", stem="letter", called="the model card", builder="made_up_letter:letter", since=None, languages=("nl",)
    )
    monkeypatch.setattr(document_kinds, "DOCUMENT_KINDS", (*DOCUMENT_KINDS, kind))
    monkeypatch.setattr(files, "DOCUMENT_KINDS", (*DOCUMENT_KINDS, kind))
    monkeypatch.setattr(files, "KINDS", (*files.KINDS, kind.name))
    return kind


def test_a_document_is_one_module_and_one_object(registered: DocumentKind, evidence: Evidence) -> None:
    made = files.render(evidence, "letter", lang="nl")
    assert f"{made.stem}.pdf" == registered.files[0] == "letter.nl.pdf"
    assert "hoofdstuk 7.4 van de technische bijlage" in made.text


def test_a_document_is_written_in_its_own_languages(
    registered: DocumentKind, evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused) as refusal:
        files.render(evidence, "letter", lang="en")
    assert refusal.value.rule == "M01"
    assert "not written in 'en'" in str(refusal.value)
    monkeypatch.setattr(files.Rendered, "pdf", lambda self: self.stem.encode())
    written = files.document_files(EvidenceBundle(public=evidence), kinds=("dpia_prescan", "letter"))
    assert list(written) == ["dpia_prescan.nl.pdf", "dpia_prescan.en.pdf", "letter.nl.pdf"]


def test_an_unknown_document_is_refused_among_others(evidence: Evidence) -> None:
    with pytest.raises(Refused) as refusal:
        files.document_files(EvidenceBundle(public=evidence), kinds=("letter",))
    assert refusal.value.rule == "M01"
