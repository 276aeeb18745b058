"""Factsheet and first page of the card are read by people who know nothing of it: short sentences, and no hard words."""

from __future__ import annotations

import pytest

from smartstart_gov.documents.blocks import Block, Table
from smartstart_gov.documents.outline import Document
from smartstart_gov.documents.render import render
from tests.documents.plain_language import MEAN, MOST, PASSIVE, hard, length, passive, plainness, sentences, stretches, texts
from tests.documents.test_model_card import PROJECTS

LANGUAGES = ("nl", "en")
#: Of these every word is ours; the others are there for their length.
READ = ("plain", "breached", "predictions", "nothing printed", "87 areas, 5 attributes")


def held(blocks: list[Block], lang: str, explained: str = "") -> None:
    """Fail where what stands in `blocks` is not plain."""
    found = plainness(texts(blocks), lang, explained=explained)
    assert found.mean <= MEAN
    assert found.longest[0] <= MOST, found.longest[1]
    assert found.hard == set()
    assert found.passive <= PASSIVE[lang]


def front_of(card: Document) -> list[Block]:
    return [*card.front, *(block for one in card.sections if one.on_front for block in one.blocks)]


def explained_in(card: Document) -> str:
    """Return the words that the card explains at its end."""
    meanings = [block for block in card.blocks() if isinstance(block, Table) and block.header[0] in ("Word", "Woord")]
    assert len(meanings) == 1
    return "; ".join(row[0] for row in meanings[0].rows)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", READ)
def test_the_factsheet_is_plain(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held(list(render(PROJECTS[name](monkeypatch), "factsheet", lang=lang).outline.blocks()), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", READ)
def test_the_first_page_of_the_card_is_plain(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    card = render(PROJECTS[name](monkeypatch), "model_card", lang=lang).outline
    held(front_of(card), lang, explained_in(card))


# ----------------------------------------------------------------------------------------------- the check itself
def test_words_and_sentences_are_counted_as_a_reader_would() -> None:
    assert sentences("1. One. Two (of 3)? Three … (more) four. 5") == ["One.", "Two (of 3)?", "Three …", "(more) four."]
    assert sentences("In 2.5 of 100, e.g. here.") == ["In 2.5 of 100, e.g.", "here."]
    assert stretches("From the city: age, income; and more.") == ["From the city", "age, income", "and more."]
    assert length("It is 25 – 30, isn't it?") == 6


@pytest.mark.parametrize(("lang", "sentence", "said"), [
    ("en", "The case is selected by the model.", True), ("en", "It has not been written down.", True),
    ("en", "The model selects the case.", False), ("en", "There is a need.", False),
    ("nl", "Het geval wordt door het model aangewezen.", True), ("nl", "Wie gefouilleerd werd, weten we niet.", True),
    ("nl", "Het model wijst het geval aan.", False), ("nl", "De gemeente wordt groter.", False),
])  # fmt: skip
def test_the_passive_is_seen(lang: str, sentence: str, said: bool) -> None:
    assert passive(sentence, lang) is said


def test_hard_words_are_seen_in_the_plural_and_not_inside_others() -> None:
    assert hard("Two audits and their thresholds.", "en") == {"audit", "threshold"}
    assert hard("An auditor speaks of ratios; a rational one.", "en") == {"ratio"}
    assert hard("De drempels van het beleid. Een voorbeeld.", "nl") == {"drempel", "beleid"}


def test_what_is_not_plain_is_found() -> None:
    long = "The model " + "very " * 30 + "slowly selects."
    found = plainness([long, "The threshold was set by the audit."], "en", explained="audit")
    assert found.longest[0] == 34
    assert found.hard == {"threshold"}
    assert found.passive == 0.5
    with pytest.raises(TypeError, match="nobody said how a block"):
        list(texts([object()]))  # type: ignore[list-item]  # a block that nobody knows
