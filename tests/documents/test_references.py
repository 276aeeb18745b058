"""A sentence that refers to a section has the number that the section has: in every document, both languages, wherever it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from smartstart_gov.documents import technical_annex
from smartstart_gov.documents.blocks import Prose
from smartstart_gov.documents.layout import builder_of, filled, laid_out
from smartstart_gov.documents.outline import Document, Placed, Ref, Section
from smartstart_gov.documents.render import KINDS, LANGUAGES, render
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from tools import catalogues

#: A number of a section as people type it; annexes of the AI Act have Roman numbers.
TYPED = re.compile(r"\b(section|annex|part|hoofdstuk|paragraaf|bijlage|deel|onderdeel) (\d+(\.\d+)*|[A-H])\b", re.IGNORECASE)
Noted = list[tuple[str, Ref, str]]


def extra(words: Words, evidence: Evidence) -> Section:
    return Section(id="extra", title="Extra")


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Noted:
    """What every reference became, by the language; the blank round, in which nothing has a number, is left out."""
    real, found = Words.where, []

    def where(self: Words, ref: Ref) -> str:
        said = real(self, ref)
        if self.places is not None and self.places(ref.of, ref.ids[0]).section.id in ref.ids:
            found.append((self.lang, ref, said))
        return said

    monkeypatch.setattr(Words, "where", where)
    return found


def numbers(document: Document) -> dict[str, str]:
    return {placed.section.id: placed.number or f"'{placed.section.title}'" for placed in document.walk()}


def wrong(noted: Noted, kind: str, documents: dict[tuple[str, str], Document]) -> Iterator[str]:
    """Hold what was said against the outlines themselves."""
    for lang, ref, said in noted:
        known = numbers(documents[ref.of or kind, lang])
        number = Words(lang).listed([known[id_] for id_ in ref.ids])
        if not re.search(rf"(^| ){re.escape(number)}($| )", said):
            yield f"{kind} {lang}: {ref.ids} is {number}, not {said}"


@pytest.mark.parametrize("moved", [False, True], ids=["as it stands", "moved"])
@pytest.mark.parametrize("name", ["evidence", "breached", "vendor", "tiny"])
def test_every_reference_leads_to_the_section_it_names(
    name: str, moved: bool, noted: Noted, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence: Evidence = request.getfixturevalue(name)
    if moved:
        reading, *others = technical_annex.SECTIONS
        monkeypatch.setattr(technical_annex, "SECTIONS", (reading, extra, *reversed(others)))
        monkeypatch.setattr(technical_annex, "RESULTS", (extra_within, *reversed(technical_annex.RESULTS)))
    documents, said = {}, {}
    for kind in KINDS:
        noted.clear()
        documents |= {(kind, lang): builder_of(kind)(evidence, Words(lang)) for lang in LANGUAGES}
        said[kind] = list(noted)
    assert [fault for kind in KINDS for fault in wrong(said[kind], kind, documents)] == []
    assert len(said["technical_annex"]) > 40
    assert {ref.of for _, ref, _ in said["dpia"]} == {"", "model_card", "technical_annex"}
    # The same sentences are said wherever the sections stand: only the numbers differ.
    card_numbers = numbers(documents["technical_annex", "en"])
    assert (card_numbers["by-group"] == "7.4") is not moved


def extra_within(words: Words, evidence: Evidence) -> Section:
    return Section(id="within", title="Within")


def test_a_section_that_was_not_counted_is_noticed(noted: Noted, evidence: Evidence) -> None:
    """The test above can fail: with numbers of another outline it does."""
    card = builder_of("model_card")(evidence, Words("en"))
    noted.clear()
    document = builder_of("technical_annex")(evidence, Words("en"))
    other = replace(document, sections=(document.sections[0], extra(Words("en"), evidence), *document.sections[1:]))
    found = list(wrong(noted, "technical_annex", {("technical_annex", "en"): other, ("model_card", "en"): card}))
    assert "technical_annex en: ('by-group',) is 8.4, not section 7.4" in found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reference_to_a_section_that_is_not_there_stops_the_render(
    evidence: Evidence, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        technical_annex, "RESULTS", tuple(fill for fill in technical_annex.RESULTS if fill is not technical_annex.by_group)
    )
    with pytest.raises(LookupError, match="'by-group', which technical_annex does not have"):
        render(evidence, "technical_annex", lang=lang)
    monkeypatch.setattr(
        technical_annex, "SECTIONS", tuple(fill for fill in technical_annex.SECTIONS if fill is not technical_annex.annex)
    )
    with pytest.raises(LookupError, match="'ai-act', which technical_annex does not have"):
        render(evidence, "dpia", lang=lang)


def test_a_reference_outside_a_document_has_no_number_to_say() -> None:
    with pytest.raises(LookupError, match="limits outside a document"):
        Words("en").say("See {where}.", where=Ref("limits"))


def test_no_number_of_a_section_is_typed() -> None:
    typed = []
    for path in sorted((catalogues.ROOT / "smartstart_gov" / "documents").rglob("*.py")):
        for node in ast.walk(tree := ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and TYPED.search(node.value):
                typed.append(f"{path.name}: {node.value}")
        typed = [one for one in typed if one not in _docstrings(path.name, tree)]
    for message in catalogues.read("nl"):
        for texts in (message.id, message.string):
            typed += [text for text in ((texts,) if isinstance(texts, str) else texts) if TYPED.search(text)]
    assert typed == []


def _docstrings(name: str, tree: ast.Module) -> set[str]:
    """What is read by whoever reads the code; parts of the Model DPIA have the same numbers for ever."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return {f"{name}: {ast.get_docstring(node, clean=False)}" for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize("text", ["See section 7.4.", "Annex A lists", "in part 12.1", "zie hoofdstuk 7", "Bijlage C"])
def test_a_typed_number_is_noticed(text: str) -> None:
    assert TYPED.search(text)
    assert not TYPED.search("annex III, point 5(a); in part; section {number}")


@pytest.mark.parametrize(
    ("lang", "sentence", "ref", "said"),
    [
        ("en", "See {where}.", Ref("inner"), "See section 1.1."),
        ("nl", "See {where}.", Ref("inner"), "Zie hoofdstuk 1.1."),
        ("en", "See {where}.", Ref("outer", "inner"), "See sections 1 and 1.1."),
        ("nl", "See {where}.", Ref("outer", "inner"), "Zie hoofdstuk 1 en 1.1."),
        ("en", "See {where}.", Ref("outer", "letter"), "See section 1 and annex A."),
        ("en", "See {where}.", Ref("lettered"), "See annex A.1."),
        ("nl", "See {where}.", Ref("part"), "Zie deel 9.9."),
        ("en", "See {where}.", Ref("in-part"), "See 'In a part'."),
        ("en", "See {where}.", Ref("bare"), "See 'Bare'."),
        ("en", "{where} lists {what}.", Ref("letter"), "Annex A lists {what}."),
        ("en", "{what} stands there. {where} lists it.", Ref("inner"), "{what} stands there. Section 1.1 lists it."),
        ("en", "See {where}.", Ref("ai-act", of="technical_annex"), "See annex A of the technical annex."),
        ("en", "The card says in {where} so.", Ref("ai-act", of="technical_annex", named=True), "The card says in annex A so."),
        ("nl", "See {where}.", Ref("part-12", of="dpia"), "Zie deel 12 van de bijlage bij de DPIA."),
    ],
)  # fmt: skip
def test_a_reference_says_where_in_words(evidence: Evidence, lang: str, sentence: str, ref: Ref, said: str) -> None:
    def outer(words: Words, _: Evidence) -> Section:
        text = words.say(sentence, where=ref, what="{what}")
        inner = Section(id="inner", title="Inner", blocks=(Prose(text=text),))
        return Section(id="outer", title="Outer", subsections=(inner,))

    def rest(words: Words, _: Evidence) -> Section:
        part = Section(
            id="part", kind="part", official="9.9", title="P", subsections=(Section(id="in-part", title="In a part"),)
        )
        return Section(id="bare", kind="plain", title="Bare", subsections=(part,))

    def letter(words: Words, _: Evidence) -> Section:
        return Section(id="letter", kind="annex", title="L", subsections=(Section(id="lettered", title="M"),))

    @laid_out
    def made(evidence: Evidence, words: Words) -> Document:
        sections = filled(words, evidence, outer, lambda words, evidence: None, rest, letter)
        return Document(
            kind="made", lang=words.lang, title="T", subtitle="S", description="D", author="A", created="2026-01-01T00:00:00Z",
            front=(), sections=sections,
        )  # fmt: skip

    (block,) = made(evidence, Words(lang)).blocks()
    assert isinstance(block, Prose)
    assert block.text == said


def test_a_part_brings_its_number_and_nothing_else_does() -> None:
    for wrong_ in ({"kind": "part"}, {"official": "7.4"}, {"kind": "annex", "official": "A"}):
        with pytest.raises(ValueError, match="a part has an official number, and nothing else has"):
            Section(id="x", title="X", **wrong_)  # type: ignore[arg-type]  # the test hands in what it likes


def placed(*sections: Section) -> list[tuple[str, str, int]]:
    document = Document(
        kind="made", lang="en", title="T", subtitle="S", description="D", author="A", created="2026-01-01T00:00:00Z", front=(),
        sections=sections,
    )  # fmt: skip
    return [(p.number, p.heading, p.depth) for p in document.walk()]


def test_sections_are_counted_where_they_stand() -> None:
    inner = Section(id="i", title="I", subsections=(Section(id="j", title="J"), Section(id="k", title="K", listed=False)))
    found = placed(
        Section(id="p", kind="plain", title="P", subsections=(Section(id="q", title="Q"),)),
        Section(id="a", title="A", subsections=(Section(id="h", title="H"), inner)),
        Section(id="x", kind="annex", title="X", subsections=(Section(id="y", title="Y"),)),
        Section(id="b", title="B"),
        Section(id="z", kind="annex", title="Z"),
    )
    assert [number for number, _, _ in found] == ["", "", "1", "1.1", "1.2", "1.2.1", "1.2.2", "A", "A.1", "2", "B"]
    assert found[1] == ("", "Q", 2), "what stands in a section without a number has none"
    assert found[5] == ("1.2.1", "1.2.1 J", 3)


def test_what_is_ours_within_an_official_part_looks_not_official() -> None:
    official = Section(id="s", kind="part", official="12.1", title="S")
    found = placed(Section(id="p", kind="part", official="12", title="P", subsections=(official, Section(id="o", title="O"))))
    assert [(number, heading) for number, heading, _ in found] == [("12", "12 P"), ("12.1", "12.1 S"), ("", "O")]


def test_reading_the_outline_twice_counts_the_same(evidence: Evidence) -> None:
    document = builder_of("technical_annex")(evidence, Words("nl"))
    assert list(document.walk()) == list(document.walk())
    assert all(isinstance(one, Placed) for one in document.contents())
