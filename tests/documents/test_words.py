"""Numbers, dates and names as a reader of each language writes them."""

from __future__ import annotations

import math
from typing import get_args

import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Omission
from smartstart_gov.authoring.value import Text
from smartstart_gov.documents.fonts import _ems, text_width
from smartstart_gov.documents.terms import CODES
from smartstart_gov.documents.words import LONGEST_LABEL, Words, _written
from smartstart_gov.errors import Refused
from smartstart_gov.judgement.finding import Message
from tests.documents import evidence as made

NL, EN = Words("nl"), Words("en")


def test_numbers_follow_the_language() -> None:
    assert (NL.number(12840), EN.number(12840)) == ("12.840", "12,840")
    assert (NL.percent(0.1234), EN.percent(0.1234)) == ("12,3\u00a0%", "12.3%")
    assert (NL.decimal(1.5), EN.decimal(1.5)) == ("1,50", "1.50")
    assert (NL.date("2026-03-12T09:30:00Z"), EN.date("2026-03-12T09:30:00Z")) == ("12 maart 2026", "12 March 2026")


def test_what_was_written_or_measured_once_is_looked_up_and_stays_apart_from_what_is_equal() -> None:
    # One and true are equal in Python, as are a whole number and the same with decimals, and no language says them alike.
    for words, one, two in ((NL, "1,00", "100,0\u00a0%"), (EN, "1.00", "100.0%")):
        assert [words.number(1), words.decimal(1.0), words.percent(1.0), words.decimal(1, 0)] == ["1", one, two, "1"]
    assert text_width("wide", 9) == 3 * text_width("wide", 3) > text_width("wid", 9)
    for looked_up, again in ((_written, lambda: EN.number(12840)), (_ems, lambda: text_width("Overig Europa"))):
        again()
        before = looked_up.cache_info()
        again()
        assert looked_up.cache_info().hits > before.hits
        assert looked_up.cache_info().misses == before.misses


def test_undefined_is_a_word_and_never_zero() -> None:
    for words, word in ((NL, "niet te berekenen"), (EN, "undefined")):
        assert words.percent(math.nan) == words.decimal(math.nan) == words.range(math.nan, math.nan) == word


def test_unbounded_is_a_word() -> None:
    assert (NL.decimal(math.inf), EN.decimal(math.inf)) == ("geen bovengrens", "no upper bound")


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert (EN.points(-0.0001), EN.percent(-0.0001)) == ("0.0", "0.0%")
    # Half a step is rounded to the even digit, which is 0.
    assert (EN.decimal(-0.005), EN.percent(-0.0005), EN.decimal(-0.0051)) == ("0.00", "0.0%", "\u22120.01")


@pytest.mark.parametrize("digits", [0, 1, 2])
def test_only_what_is_exactly_all_or_none_is_printed_as_that(digits: int) -> None:
    for words in (NL, EN):
        none, all_ = words.percent(0.0, digits), words.percent(1.0, digits)
        step = 10.0 ** -(digits + 2)
        for share in (0.4 * step, 1e-9):
            assert words.percent(step, digits) in words.percent(share, digits) != none
            assert words.percent(1 - step, digits) in words.percent(1 - share, digits) != all_
        # The parts of a whole add up to it, whatever floats make of them.
        assert (words.percent(1e-17, digits), words.percent(sum([0.1] * 10), digits)) == (none, all_)


def test_a_minus_is_a_minus_and_not_a_hyphen() -> None:
    assert (NL.points(-0.078), EN.points(-0.101)) == ("\u22127,8", "\u221210.1")


def test_groups_have_the_names_of_the_contract() -> None:
    contract = made.contract()
    assert NL.group(contract, ("origin",), "non_EU") == "buiten Europa"
    assert EN.group(contract, ("origin",), "unknown") == "not recorded"
    assert EN.group(contract, ("origin", "sex"), "non_EU & f") == "outside Europe & girls"
    assert NL.group(contract, ("origin",), "overall", kind="overall") == "iedereen"
    # A group that bears such a name is itself, and nobody is everybody by name alone.
    assert NL.group(contract, ("origin",), "overall") == "overall"
    assert NL.group(contract, ("origin", "sex"), "x && y & f") != NL.group(contract, ("origin", "sex"), "x & y && f")


def test_a_long_meaning_gives_way_to_the_name() -> None:
    contract = made.contract()
    assert NL.column(contract, "sex") == "geslacht van het kind"
    wordy = [
        c.model_copy(update={"meaning": Text(nl="a" * 80, en="b" * 80)}) if c.name == "sex" else c for c in contract.columns
    ]
    assert NL.column(contract.model_copy(update={"columns": tuple(wordy)}), "sex") == "sex"


def test_a_figure_has_room_for_a_long_meaning() -> None:
    def of(meaning: str) -> DataContract:
        contract, text = made.contract(), Text(nl=meaning, en=meaning)
        columns = [c.model_copy(update={"meaning": text}) if c.name == "sex" else c for c in contract.columns]
        return contract.model_copy(update={"columns": tuple(columns)})

    assert NL.column(of("b" * 80 + "."), "sex", longest=LONGEST_LABEL) == "b" * 80
    assert NL.heading(of("b" * 80), "sex", longest=LONGEST_LABEL) == "B" + "b" * 79
    assert NL.heading(of(("b c " * 40).strip()), "sex", longest=LONGEST_LABEL) == "sex"
    assert NL.heading(made.contract(), "no_such_column", longest=LONGEST_LABEL) == "no_such_column"
    # A meaning that is spelt as the name of the column is a word all the same.
    assert (NL.heading(of("sex"), "sex"), NL.heading(of("b" * 80), "sex")) == ("Sex", "sex")


def test_messages_carry_readable_names() -> None:
    failed = Message(
        code="limit.failed",
        values={
            "group": "non_EU",
            "group_kind": "level",
            "other": "rest",
            "other_kind": "rest",
            "outside": 2,
            "comparisons": 1200,
        },
    )
    assert NL.message(failed, made.contract(), ("origin",)).startswith("Buiten Europa tegenover alle anderen")
    assert "1.200" in NL.message(failed, made.contract(), ("origin",))
    cases = Message(code="remedy.cases", values={"needed": 900, "needed_half": 3600, "metric": "true_positive_rate"})
    assert "gevallen met de uitkomst" in NL.message(cases, made.contract())
    level = Message(code="control.R37.passed", values={"level": "neighbourhood"})
    assert "(buurt)" in NL.message(level, made.contract())


def test_open_facts_are_gathered_by_source() -> None:
    facts = Message(code="control.R04.open", values={"facts": "school.retention, school.error_rate, register.retention"})
    assert (
        "Leerlingadministratie (bewaartermijn, aandeel foute gegevens); Basisregistratie Personen (bewaartermijn)"
        in NL.message(facts, made.contract())
    )
    assert "Leerlingadministratie (2 gegevens); Basisregistratie Personen (1 gegeven)" in NL.message(
        facts, made.contract(), brief=True
    )


def test_braces_in_a_name_stay_what_they_are() -> None:
    message = Message(
        code="limit.failed", values={"group": "{0.__class__}", "other": "{{7*7}}", "outside": 1, "comparisons": 2}
    )
    text = EN.message(message, made.contract(), ("origin",))
    assert "{0.__class__}" in text
    assert "{{7*7}}" in text


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(Refused, match=r"'de'") as refusal:
        Words("de")
    assert refusal.value.rule == "M01"


def test_what_a_policy_leaves_out_is_said_in_words() -> None:
    assert set(get_args(Omission)) == set(CODES["omission"])
    said = {
        "group origin=NL": "group the Netherlands (origin of the parents)",
        "column absence": "column days absent from school",
        "limit false_positive_rate by origin and sex": "the limit on wrongly selected (false alarms) by origin of the parents"
        " and sex of the child",
        "side missed_cases": "one of the two errors: missed cases",
        "metric unheard": "the figure unheard",
        "limits gone": "limits by gone",
        "version 1.0.0": "comparison with version 1.0.0",
        "unknown kind": "unknown kind",
    }
    for key, sentence in said.items():
        assert EN.omitted(made.contract(), key) == sentence
    both = Message(code="control.R29.gone", values={"omitted": "version 1.0.0; column absence"})
    assert NL.message(both, made.contract()).endswith("de vergelijking met versie 1.0.0, kolom dagen verzuim op school.")


def test_signs_in_names_of_columns_and_levels_divide_nothing() -> None:
    """What is left out is one line of text, in evidence and policy; a name in it may hold the signs that stand between names."""
    record = made.contract().to_record()
    (origin,) = (column for column in record["columns"] if column["name"] == "origin")
    del origin["expected_shares"]
    odd = origin | {"name": "origin=parents and grandparents", "levels": ["A; B", "C in D"], "labels": {}}
    record["columns"] = [*(c for c in record["columns"] if c["name"] != "origin"), odd]
    record["hierarchies"] = {}
    contract = DataContract.from_record(record)
    name = EN.column(contract, odd["name"])
    assert EN.omitted(contract, f"group {odd['name']}=A; B") == f"group A; B ({name})"
    assert EN.omitted(contract, f"area {odd['name']}=C in D in E") == "the area E, with C in D"
    limit = EN.omitted(contract, f"limit false_positive_rate by sex and {odd['name']}")
    assert limit.endswith(f"by {EN.columns(contract, ('sex', odd['name']))}")
    both = Message(code="control.R29.gone", values={"omitted": f"group {odd['name']}=A; B; column absence"})
    assert EN.message(both, contract).endswith(f"group A; B ({name}), column {EN.column(contract, 'absence')}.")
