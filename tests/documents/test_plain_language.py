"""Factsheet and first page of the card are read by people who know nothing of it: short sentences, and no hard words."""

from __future__ import annotations

import pytest

from tests.documents.plain_language import hard, length, passive, plain, plainness, sentences, stretches, texts
from tests.documents.test_model_card import PROJECTS

LANGUAGES = ("nl", "en")
#: Of these every word is ours; the others are there for their length.
READ = ("plain", "breached", "predictions", "nothing printed", "87 areas, 5 attributes")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", READ)
def test_the_factsheet_and_the_first_page_of_the_card_are_plain(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(PROJECTS[name](monkeypatch), lang)


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
