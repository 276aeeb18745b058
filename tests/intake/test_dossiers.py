"""Words of dossiers are counted only if they point to nobody: planted names and rare words are refused, and never named."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.errors import Refused
from smartstart_gov.intake.dossiers import FEWEST, count_terms

#: Made up for this test: nobody is called this.
PLANTED = "Plantnaamsen"
NOTES = ["Ouders zoeken een huis. Veel ruzie thuis.", "De huur is hoog. Huur blijft een zorg.", ""] * FEWEST
VOCABULARY = {"housing": ["huis", "huur"], "tension": ["ruzie"]}


def plain(text: str) -> str:
    """Return `text` as a plain search reads it: small, in one way of writing, without accents and invisible signs."""
    quoted = re.sub("[\u2018\u2019\u02bc`]", "'", re.sub("[\u2010\u2011]", "-", text))
    signs = unicodedata.normalize("NFKD", quoted)
    kept = "".join(sign for sign in signs if unicodedata.category(sign) not in ("Mn", "Cf"))
    return kept.translate(
        str.maketrans(
            {
                "ø": "o",
                "Ø": "O",
                "ł": "l",
                "Ł": "L",
                "đ": "d",
                "Đ": "D",
                "ð": "d",
                "Ð": "D",
                "\u0131": "i",
                "æ": "ae",
                "Æ": "Ae",
                "œ": "oe",
                "Œ": "Oe",
                "þ": "th",
                "Þ": "Th",
            }
        )
    ).casefold()


def counted(notes: list[str] = NOTES, vocabulary: Any = VOCABULARY, **more: Any) -> Any:
    return count_terms(notes, vocabulary, persons=range(len(notes)), **more)


def refused(notes: list[str], vocabulary: Any, **more: Any) -> str:
    with pytest.raises(Refused) as found:
        counted(notes, vocabulary, **more)
    (violation,) = found.value.violations
    assert violation.rule == "D23"
    return str(found.value)


def test_whole_words_are_counted_in_any_case() -> None:
    found = counted()
    assert found["housing"][:3].tolist() == [1, 2, 0]
    assert found["tension"][:3].tolist() == [1, 0, 0]
    assert counted(["huisarts en huisje"] * FEWEST + NOTES)["housing"][: FEWEST + 1].tolist() == [0] * FEWEST + [1]


def test_a_planted_name_of_the_register_is_refused_and_not_told() -> None:
    # In enough dossiers, and written small, so that only the register tells.
    notes = [f"{note} Een gesprek met {PLANTED.lower()} gehad." for note in NOTES]
    said = refused(notes, VOCABULARY | {"talk": [PLANTED.lower(), "gesprek"]}, names=[f"V. {PLANTED}", None])
    assert "1 of 5 words may not be counted: a name" in said
    assert "'talk' (1)" in said
    assert PLANTED.lower() not in said.lower()


def test_a_planted_name_that_no_register_has_is_known_by_its_capital() -> None:
    notes = [f"Gesprek met {PLANTED} gehad. {note}" for note in NOTES]
    said = refused(notes, {"talk": [PLANTED]})
    assert "1 of 1 words may not be counted: a name" in said
    assert PLANTED.lower() not in said.lower()
    # A capital at the beginning of a sentence is no sign of a name.
    assert counted([f"Huur. {note}" for note in NOTES])["housing"].sum() > 0


def test_words_of_few_people_are_refused_however_many_dossiers_they_have() -> None:
    notes = ["Er is ruzie"] * 500 + [""] * 500
    with pytest.raises(Refused, match="fewer than 20 people"):
        count_terms(notes, {"tension": ["ruzie"]}, persons=[i % (FEWEST - 1) for i in range(len(notes))])
    assert count_terms(notes, {"tension": ["ruzie"]}, persons=range(len(notes)))["tension"].sum() == 500
    assert "fewer than 20 people" in refused(["Er is ruzie"] * 19, {"tension": ["ruzie"]}, minimum=2)


def test_all_that_is_wrong_is_counted_at_once() -> None:
    said = refused(NOTES, {"a": ["zeldzaam", "huis", "huis"], "b": ["06-12345678", "twee woorden"], "c": ["ruzie"]})
    assert said.startswith("4 of 5 words may not be counted")
    for word in ("zeldzaam", "huis", "06", "woorden", "ruzie"):
        assert word not in said
    assert "'a' (3), 'b' (2)" in said
    assert "has no words" in refused(NOTES, {})


@pytest.mark.parametrize(
    "written",
    [
        "{} kwam op gesprek.", "{}", "Vader, dhr. {}, kwam.", "Moeder (mw {}) kwam.", "Gezien: vader ({}).", "- {} kwam.",
        "Vader - {} - kwam.", "Vader en \u201c{}\u201d kwamen.", "Vader '{}' kwam.", "Vader J. {} kwam.", "VADER {} KWAM.",
        "Gesprek o.a. {} en moeder.", "Met fam. {} gesproken.", "Gezien.\n\u2022 {}", "gesprek met {} gehad", "Vader... {} kwam.",
    ],
)  # fmt: skip
def test_a_name_that_no_register_has_passes_in_no_place_of_a_sentence(written: str) -> None:
    notes = [written.format(PLANTED)] * 40
    assert PLANTED.lower() not in refused(notes, {"talk": [PLANTED]}).lower()
    # Writers who write no capitals tell nothing about names.
    assert "perhaps a name" in refused([written.format(PLANTED).lower()] * 40, {"talk": [PLANTED]})
    # A few who write small do not make it a word.
    small = ["Gesprek met plantnaamsen gehad."] * (FEWEST - 1)
    refused(notes + small, {"talk": [PLANTED]})


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Plantnaamsen", "plantnaamsens"), ("Plantnaamsen", "plantnaamsen's"), ("Plantnaamsen", "plantnaamsentje"),
        ("Plantnaamsen", "plantnaamsenhuis"), ("Plantnaamsen", "stiefplantnaamsen"), ("Plantnaamsen", "plantnaamsen-gezin"),
        ("Plantnaamsen-Andersz", "andersz"), ("d'Andersz", "andersz"), ("Ándersz", "andersz"), ("Andersz", "ándersz"),
        (unicodedata.normalize("NFD", "Ándersz"), "ándersz"), ("And\u00adersz", "andersz"), ("Sjø", "sjo"), ("Ann", "anns"),
        ("Ann", "annetje"), ("Ann", "anntje"), ("Rob", "robbie"), ("Saskia", "saskiaatje"), ("ANDERSZ", "andersz"), ("d\u2019Ark", "ark"),
    ],
)  # fmt: skip
def test_a_name_of_a_register_is_known_in_every_form(name: str, word: str) -> None:
    notes = [f"Er is een {word} gezien."] * 40
    assert counted(notes, {"talk": [word]})["talk"].tolist() == [1] * 40
    assert "a name, or written like one (1)" in refused(notes, {"talk": [word]}, names=[name])


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_words_are_one_however_their_letters_are_stored(form: Any) -> None:
    notes = [unicodedata.normalize(form, "Er is een financi\u00eble zorg, en nog een financiele.")] * 40
    for stored in ("NFC", "NFD"):
        found = counted(notes, {"money": [unicodedata.normalize(stored, "financi\u00eble")]})
        assert found["money"].tolist() == [2] * 40


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        *(({"texts": one}, "U01") for one in (None, "ruzie", 3, {"a": "b"}, np.array("x"), pd.DataFrame({"a": NOTES}))),
        *(({"texts": [*NOTES[:-1], one]}, "D17") for one in (3, b"ruzie", 1.5, ["ruzie"], True)),
        *(({"persons": one}, "U01") for one in (None, "abc", {1, 2}, np.zeros((60, 2)))),
        *(({"persons": [one] * 60}, "D23") for one in (None, np.nan, pd.NA, pd.NaT, [1], ([1],), "")),
        ({"persons": range(3)}, "U01"),
        *(({"vocabulary": one}, "U01") for one in (None, "ruzie", ["ruzie"], {"a": "ruzie"}, {"a": None}, {"a": 3})),
        *(({"vocabulary": {"a": [one]}}, "D17") for one in (None, 3, np.nan, b"ruzie")),
        *(({"vocabulary": one}, "D23") for one in ({}, {"a": []}, {"a": ["ruzie"], "b": ()}, {"a": [""]}, {"a": [".*"]})),
        *(({"names": one}, "U01") for one in (None, "Jansen", 3, np.array("Jansen"))),
        *(({"names": [one]}, "D17") for one in (3, b"x", ["x"])),
        *(({"minimum": one}, "U01") for one in (None, np.nan, np.inf, "20", 20.0, True, [20], -(10**6000))),
    ],
)  # fmt: skip
def test_what_is_no_text_no_word_or_nobody_is_refused(changed: dict[str, Any], rule: str) -> None:
    given = {"texts": NOTES, "vocabulary": VOCABULARY, "persons": range(len(NOTES))} | changed
    with pytest.raises(Refused) as found:
        count_terms(given.pop("texts"), given.pop("vocabulary"), **given)
    assert found.value.rule == rule


def test_columns_of_every_library_are_texts_and_what_is_missing_counts_nothing() -> None:
    texts = [*NOTES, None]
    wanted = counted(texts)["housing"].tolist()
    for made in (
        pd.Series(texts),
        pd.Series(texts, dtype="string"),
        pl.Series(texts),
        np.array(texts, dtype=object),
        iter(texts),
    ):
        persons = pd.Series(range(len(texts)), dtype="Int64")
        words = {"housing": iter(VOCABULARY["housing"])}
        found = count_terms(made, words, persons=persons, names={"Andersz"}, minimum=np.int64(20))  # type: ignore[arg-type]  # columns of every library
        assert found["housing"].tolist() == wanted


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=30), st.text(alphabet="abcdeë", min_size=1, max_size=6))
def test_counts_are_those_of_a_plain_search(texts: list[str], word: str) -> None:
    notes = texts + [f"X {word} y"] * FEWEST
    try:
        found = counted(notes, {"t": [word]})["t"]
    except Refused:
        return
    parts = [re.findall(r"[^\W_]+(?:['-][^\W_]+)*", plain(text)) for text in notes]
    assert found.tolist() == [one.count(plain(word)) for one in parts]
