"""Card and annex say what was audited, at which look, and what stood before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.sections.audit import look_facts
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Counted, Evidence

LOOK = Counted(
    entry="sha256:" + "e" * 64, place=2, most=3, spent="0.0367", alpha="0.0092", seal=None, sealing="none",
    told_by="both", known="0", new_people=None,
)  # fmt: skip


def facts(evidence: Evidence, lang: str) -> str:
    return " ".join(fact.text for fact in look_facts(Words(lang), evidence))


def crossed(evidence: Evidence) -> Evidence:
    return replace(evidence, training=replace(evidence.training, folds=5))


@pytest.mark.parametrize(("lang", "part"), [("nl", "0,92"), ("en", "0.92")])
def test_a_later_look_says_its_place_and_its_part_of_the_chance(evidence: Evidence, lang: str, part: str) -> None:
    counted = facts(replace(evidence, look=LOOK), lang)
    assert part in counted
    only = facts(replace(evidence, look=replace(LOOK, place=1, most=1, alpha="0.05")), lang)
    assert part not in only
    assert only != counted


@pytest.mark.parametrize(("lang", "procedure"), [("nl", "niet één modelbestand"), ("en", "not one model file")])
def test_cross_fitting_is_a_verdict_on_the_procedure_and_both_documents_say_so(
    evidence: Evidence, lang: str, procedure: str
) -> None:
    for make in (technical_annex, dpia):
        assert procedure in make(crossed(evidence), Words(lang)).to_text()
        assert procedure not in make(evidence, Words(lang)).to_text()


def test_scores_of_a_vendor_are_called_scores(vendor: Evidence) -> None:
    assert "as they were supplied" in facts(vendor, "en")


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_was_counted_is_said_and_no_more(evidence: Evidence, lang: str) -> None:
    first = replace(LOOK, place=1, most=1, alpha="0.05")
    said = {
        told: facts(replace(evidence, look=replace(first, told_by=told)), lang)
        for told in ("both", "key", "content", "nothing")
    }
    assert len(set(said.values())) == 4
    assert all(
        {"nl": "Volgens het logboek is niet vaker", "en": "The log contains no other look"}[lang] in text
        for text in said.values()
    )
    partly = facts(replace(evidence, look=replace(first, known="0.0512", new_people=("owner", "Keys go round."))), lang)
    assert {"nl": "5", "en": "5"}[lang] in partly
    assert "owner" in partly
    assert "Keys go round." in partly
