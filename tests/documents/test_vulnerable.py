"""Children, vulnerable people and the effect of the help: declared where somebody did, open where nobody did, measured by age."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smartstart_gov.authoring.contract import ages
from smartstart_gov.authoring.value import Text
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made
from tests.documents.test_dpia import part, still_open, where_open

PEOPLE = {
    "minors": True, "groups": made.both("Ouders met schulden.", "Parents with debts."), "harm": "open",
    "care": made.both("Wij bellen de ouders.", "We call the parents."), "heard": "open",
}  # fmt: skip
PLAN = {
    "outcome": made.both("Minder verzuim.", "Less absence from school."), "comparison": "open",
    "moment": made.both("Na een jaar.", "After a year."), "who": "open", "stop_rule": "open",
}  # fmt: skip


def told(evidence: Evidence, **changes: Any) -> Evidence:
    return replace(evidence, charter=made.charter(**changes))


def aged(evidence: Evidence) -> Evidence:
    """The same counts, with the two groups of sex called age groups."""
    labels = {"f": Text(nl="4 tot 12 jaar", en="4 to 12 years"), "m": Text(nl="12 tot 18 jaar", en="12 to 18 years")}
    changed = {"meaning": Text(nl="leeftijd van het kind", en="age of the child"), "labels": labels}
    columns = tuple(c.model_copy(update=changed) if c.name == "sex" else c for c in evidence.contract.columns)
    return replace(evidence, contract=evidence.contract.model_copy(update={"columns": columns}))


def test_what_is_declared_and_what_is_open_of_vulnerable_people(evidence: Evidence) -> None:
    document = dpia(told(evidence, vulnerable=PEOPLE), Words("en"))
    text = part(document, "16")
    assert "[declared] Whether there are people under 18: yes" in text
    assert "[declared] Other vulnerable people: Parents with debts." in text
    assert "What could go wrong for them" in next(
        line for line in text.split("\n") if line.startswith("[open] Not filled in yet")
    )
    who = {where: who for who, where, _, _ in still_open(document)}
    assert who["charter.yaml (vulnerable.harm)"] == "The data protection officer"
    assert "[declared] Who the model is about: Children from 4 to 17 years in the municipality." in part(document, "1")


def test_without_a_word_the_whole_section_is_open_and_listed(evidence: Evidence) -> None:
    document = dpia(evidence, Words("en"))
    assert {"charter.yaml (vulnerable)", "charter.yaml (effect_measurement)"} <= where_open(document)


def test_columns_that_speak_of_age_are_found_by_name_or_meaning(evidence: Evidence) -> None:
    assert [c.name for c in ages(evidence.contract)] == ["age"]
    text = part(dpia(evidence, Words("en")), "16")
    assert "age | Age of the child in years | input of the model | no bounds declared" in text
    assert "Age groups were not compared in this audit" in text
    none = tuple(c for c in evidence.contract.columns if c.name != "age")
    fewer = replace(evidence.training, features=tuple(name for name in evidence.training.features if name != "age"))
    silent = replace(evidence, contract=evidence.contract.model_copy(update={"columns": none}), training=fewer)
    assert "No column of the contract is about age." in part(dpia(silent, Words("en")), "16")


@pytest.mark.parametrize(
    "meaning", ["average rent", "language at home", "country of birth", "geboorteland van de moeder", "stage of the case"]
)
def test_a_word_that_holds_age_is_no_age(evidence: Evidence, meaning: str) -> None:
    columns = tuple(
        c.model_copy(update={"name": "x", "meaning": Text(nl=meaning, en=meaning)}) if c.name == "age" else c
        for c in evidence.contract.columns
    )
    assert ages(evidence.contract.model_copy(update={"columns": columns})) == ()


@pytest.mark.parametrize(
    "meaning", ["geboortejaar", "date of birth", "leeftijdsgroep", "is minderjarig", "twelve years old", "aged"]
)
def test_other_words_for_age(evidence: Evidence, meaning: str) -> None:
    columns = tuple(
        c.model_copy(update={"name": "x", "meaning": Text(nl=meaning, en=meaning)}) if c.name == "age" else c
        for c in evidence.contract.columns
    )
    assert [c.name for c in ages(evidence.contract.model_copy(update={"columns": columns}))] == ["x"]


def test_results_by_age_group_stand_in_the_technical_annex_and_both_point_to_them(evidence: Evidence) -> None:
    text = part(dpia(aged(evidence), Words("en")), "16").split("Children and vulnerable people")[1]
    assert "Results by age. Age of the child: see section 7.4 of the technical annex." in text
    text = technical_annex(aged(evidence), Words("en")).to_text()
    row = next(line for line in text.split("\n") if line.startswith("  4 to 12 years | ") and "%" in line)
    metrics = evidence.metrics
    found = next(r for r in metrics.rows("sex") if metrics.groups[r] == "f")
    estimate = metrics.at(found, metrics.metrics.index("selection_rate"))
    assert row.split(" | ")[1:4] == [f"{estimate.denominator:,}", f"{estimate.numerator:,}", f"{estimate.value:.1%}"]
    card = technical_annex(aged(evidence), Words("en")).to_text().split("8.1 Children and vulnerable people")[1]
    assert "Age of the child: see section 7.4." in card.split("8.2")[0].replace("age of", "Age of")


def test_the_plan_to_measure_the_effect_stands_in_card_and_annex(evidence: Evidence) -> None:
    planned = told(evidence, effect_measurement=PLAN)
    card = technical_annex(planned, Words("en")).to_text().split("8.2 Whether it helps")[1].split("## 9")[0]
    form = dpia(planned, Words("en"))
    for text in (card, part(form, "17")):
        assert "[declared] What should improve: Less absence from school." in text
        assert "Who measures" in text
    assert "[open] Who measures: To be filled in by the owner of the model, in charter.yaml (effect_measurement.who)." in card
    assert "charter.yaml (effect_measurement.who)" in where_open(form)


def test_article_27_says_where_its_answers_stand(evidence: Evidence, vendor: Evidence) -> None:
    def rows(of: Evidence) -> dict[str, str]:
        text = dpia(of, Words("en")).to_text().split("article 27 of the AI Act")[1].split("## What is still open")[0]
        return {line.split(" | ")[0].strip(): line.split(" | ")[-1] for line in text.split("\n") if line.startswith("  27(1)")}

    assert rows(evidence) == {
        "27(1)(a)": "declared", "27(1)(b)": "open", "27(1)(c)": "declared", "27(1)(d)": "declared", "27(1)(e)": "declared",
        "27(1)(f)": "open",
    }  # fmt: skip
    assert {key for key, kind in rows(vendor).items() if kind == "open"} == {"27(1)(b)", "27(1)(d)", "27(1)(e)", "27(1)(f)"}
