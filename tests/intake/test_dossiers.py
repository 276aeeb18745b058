"""Words of dossiers are counted only if they point to nobody: planted names and rare words are refused, and never named."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.errors import Refused
from smartstart_gov.intake.dossiers import FEWEST, count_terms

#: Made up for this test: nobody is called this.
PLANTED = "Plantnaamsen"
NOTES = ["Ouders zoeken een huis. Veel ruzie thuis.", "De huur is hoog, de Huur blijft een zorg.", ""] * FEWEST
VOCABULARY = {"housing": ["huis", "huur"], "tension": ["ruzie"]}


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
    notes = [f"{note} Gesprek met {PLANTED.lower()} gehad." for note in NOTES]
    said = refused(notes, VOCABULARY | {"talk": [PLANTED.lower(), "gesprek"]}, names=[f"V. {PLANTED}"])
    assert "1 of 5 words may not be counted: 1 is a name" in said
    assert "'talk' (1)" in said
    assert PLANTED.lower() not in said.lower()


def test_a_planted_name_that_no_register_has_is_known_by_its_capital() -> None:
    notes = [f"Gesprek met {PLANTED} gehad. {note}" for note in NOTES]
    said = refused(notes, {"talk": [PLANTED]})
    assert "1 of 1 words may not be counted: 1 is a name" in said
    assert PLANTED.lower() not in said.lower()
    # A capital at the beginning of a sentence is no sign of a name.
    assert counted([f"Huur. {note}" for note in NOTES])["housing"].sum() > 0


def test_words_of_few_people_are_refused_however_many_dossiers_they_have() -> None:
    notes = ["ruzie"] * 500 + [""] * 500
    with pytest.raises(Refused, match="fewer than 20 people"):
        count_terms(notes, {"tension": ["ruzie"]}, persons=[i % (FEWEST - 1) for i in range(len(notes))])
    assert count_terms(notes, {"tension": ["ruzie"]}, persons=range(len(notes)))["tension"].sum() == 500
    assert "fewer than 20 people" in refused(["ruzie"] * 19, {"tension": ["ruzie"]}, minimum=2)


def test_all_that_is_wrong_is_counted_at_once() -> None:
    said = refused(NOTES, {"a": ["zeldzaam", "huis", "huis"], "b": ["06-12345678", "twee woorden"], "c": ["ruzie"]})
    assert said.startswith("4 of 5 words may not be counted")
    for word in ("zeldzaam", "huis", "06", "woorden", "ruzie"):
        assert word not in said
    assert "'a' (3), 'b' (2)" in said
    assert "has no words" in refused(NOTES, {})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=30), st.text(alphabet="abcdeë", min_size=1, max_size=6))
def test_counts_are_those_of_a_plain_search(texts: list[str], word: str) -> None:
    notes = texts + [f"x {word} y"] * FEWEST
    try:
        found = counted(notes, {"t": [word]})["t"]
    except Refused:
        return
    parts = [[part.casefold() for part in re.findall(r"[^\W_]+(?:['\u2019-][^\W_]+)*", text)] for text in notes]
    assert found.tolist() == [one.count(word) for one in parts]
