"""Both languages are whole: nothing untranslated, nothing stale, no English on a Dutch page."""

from __future__ import annotations

import ast
import re
import string

import pytest

from smartstart_gov.controls.catalogue import CATALOGUE
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.render import KINDS, Rendered
from smartstart_gov.documents.terms import CODES, TITLES
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.sentences import MESSAGES
from tests.documents.english import english
from tools import catalogues


def test_nothing_is_untranslated_or_stale() -> None:
    assert list(catalogues.faults()) == []


def test_the_test_can_fail() -> None:
    new = catalogues.renewed("nl")
    new.add("A sentence that nobody has translated.")
    assert [message.id for message in catalogues.untranslated(new)] == ["A sentence that nobody has translated."]


def test_every_sentence_of_the_verdict_and_every_code_is_in_the_catalogues() -> None:
    known = set(catalogues.sentences())
    titles = {*TITLES.values(), *(one.title for one in CATALOGUE)}
    wanted = {*MESSAGES.values(), *titles, *(word for kind in CODES.values() for word in kind.values())}
    assert wanted <= known


@pytest.mark.parametrize("lang", catalogues.LANGUAGES)
def test_translations_fill_in_the_same_values(lang: str) -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for message in catalogues.read(lang):
        if not message.id:
            continue
        sentences = message.id if isinstance(message.id, tuple | list) else (message.id,)
        translations = message.string if isinstance(message.string, tuple | list) else (message.string,)
        wanted = set().union(*(names(sentence) for sentence in sentences))
        assert all(names(translation) == wanted for translation in translations), message.id


def test_a_sentence_without_a_translation_stops_the_page() -> None:
    with pytest.raises(LookupError, match="nobody has translated"):
        Words("nl").say("A sentence that nobody has translated.")
    with pytest.raises(LookupError, match="one apple"):
        Words("nl").plural("one apple", "{n} apples", 2)
    assert Words("en").plural("one apple", "{n} apples", 1) == "one apple"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["evidence", "breached", "vendor", "tiny"])
def test_no_document_asks_for_a_sentence_that_is_not_there(name: str, request: pytest.FixtureRequest) -> None:
    evidence: Evidence = request.getfixturevalue(name)
    for kind in KINDS:
        assert builder_of(kind)(evidence, Words("nl")).to_text()


@pytest.mark.parametrize("kind", KINDS)
def test_a_dutch_page_is_dutch(rendered: dict[tuple[str, str], Rendered], kind: str) -> None:
    text = re.sub(r"^\[(measured|declared|derived|open)\] ", "", rendered[kind, "nl"].text, flags=re.MULTILINE)
    # Column names are as in the data: English in this made-up contract.
    text = re.sub(
        r"^  (absence|moves|age|siblings|late_fees|origin|sex|neighbourhood|help|family) \|", "  |", text, flags=re.MULTILINE
    )
    assert not english(text)


@pytest.mark.parametrize("kind", KINDS)
def test_no_english_sentence_of_the_catalogue_stands_on_a_dutch_page(
    rendered: dict[tuple[str, str], Rendered], kind: str
) -> None:
    """Word lists miss short sentences; the catalogue itself does not."""
    text = re.sub(r"\s+", " ", rendered[kind, "nl"].text)
    found = []
    for message in catalogues.read("nl"):
        pairs = zip(_several(message.id), _several(message.string), strict=True) if message.id else ()
        for english_, dutch in pairs:
            parts = [part.strip() for part in re.split(r"\{[a-z_]+\}", english_)]
            found += [part for part in parts if len(part) > 14 and part not in dutch and part in text]
    assert found == []


def _several(texts: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def test_every_sentence_that_is_said_was_found_in_the_source() -> None:
    """The extraction does not see inside f-strings: what is said there would stay English."""
    known = {part for key in catalogues.sentences() for part in _several(key)}
    unseen = []
    for path in sorted((catalogues.ROOT / "smartstart_gov" / "documents").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("say", "plural"):
                said = [a.value for a in node.args[:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                unseen += [f"{path.name}: {sentence}" for sentence in said if sentence not in known]
    assert unseen == []


def test_the_list_of_english_words_bites(rendered: dict[tuple[str, str], Rendered]) -> None:
    assert len(english(rendered["model_card", "en"].text)) > 40


def test_the_words_of_the_verdict_are_fixed() -> None:
    nl, en = Words("nl"), Words("en")
    assert [nl.code("status", s) for s in ("PASSED", "FAILED", "NOT_SHOWN")] == ["aangetoond", "geschonden", "niet aangetoond"]
    assert [en.code("status", s) for s in ("PASSED", "FAILED", "NOT_SHOWN")] == ["shown", "breached", "not shown"]
    assert [nl.code("decision", s) for s in ("allowed", "refused", "not_shown")] == [
        "toegestaan",
        "geweigerd",
        "niet aangetoond",
    ]


def test_dutch_sentences_are_short() -> None:
    """B1 asks for sentences of about ten to fifteen words; none here is longer than 28."""
    long = {}
    for message in catalogues.read("nl"):
        for text in message.string if isinstance(message.string, tuple | list) else (message.string,):
            for sentence in re.split(r"(?<=[.:;?])\s", text):
                if message.id and len(sentence.split()) > 28:
                    long[sentence] = len(sentence.split())
    assert not long


def test_dutch_writes_a_percentage_and_an_article_of_the_ai_act_one_way() -> None:
    """As `Words.percent` writes it, and as the Dutch text of the regulation calls it."""
    dutch = [(message.id, str(message.string)) for message in catalogues.read("nl") if message.id]
    assert [string for _id, string in dutch if re.search(r"[\d}]%", string)] == []
    articles = [string for id_, string in dutch if "rticle 4a" in str(id_)]
    assert len(articles) >= 3
    assert [string for string in articles if "rtikel 4 bis" not in string] == []
