"""The sentences of findings: one for each code, and another where there is a single comparison."""

from __future__ import annotations

import pytest

from smartstart_gov.judgement import sentences
from smartstart_gov.judgement.sentences import MESSAGES, SINGLE, add_messages, sentence


@pytest.mark.parametrize("code", sorted(SINGLE))
def test_of_a_single_comparison_it_is_not_spoken_as_of_many(code: str) -> None:
    assert sentence(code, 1) == SINGLE[code] != MESSAGES[code]
    for comparisons in (None, 0, 2):
        assert sentence(code, comparisons) == MESSAGES[code]


def test_what_does_not_count_comparisons_is_said_as_it_is() -> None:
    assert sentence("remedy.none", 1) == sentence("remedy.none") == "Nothing is needed."


def test_a_code_says_one_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(MESSAGES)
    monkeypatch.setattr(sentences, "MESSAGES", known)
    add_messages({"made.up": "So it is.", "remedy.none": "Nothing is needed."})
    assert known == MESSAGES | {"made.up": "So it is."}
    with pytest.raises(ValueError, match=r"something else already: made\.up$"):
        add_messages({"made.up": "So it is not.", "more": "More.", "remedy.none": "Nothing is needed."})
    assert "more" not in known
    assert known["made.up"] == "So it is."


def test_a_sentence_that_is_marked_for_translation_stays_as_it_is() -> None:
    assert sentences._("As it is.") == "As it is."
