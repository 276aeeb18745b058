"""What a document calls open stands in the list of open facts."""

from __future__ import annotations

import re

import pytest

from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.documents.card import model_card
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.prescan import dpia_prescan
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from tests.documents.test_dpia import still_open, where_open


@pytest.mark.parametrize("name", ["evidence", "vendor"])
def test_the_documents_and_the_list_ask_the_same_person_at_the_same_place(name: str, request: pytest.FixtureRequest) -> None:
    """What a document calls open stands in the list, with the same role; technical files of the AI Act apart."""
    of: Evidence = request.getfixturevalue(name)
    words = Words("en")
    asked = {(fact.file, fact.key.replace('"', "")): fact.ask.who for fact in open_facts(of.charter, of.contract, of.policy)}
    places = re.compile(r"To be filled in by (the [^,]*?), in (charter|contract|policy)\.yaml \(([^)]*)\)")
    said = {
        (file, key, who)
        for document in (dpia(of, words), technical_annex(of, words), dpia_prescan(of, words))
        for who, file, key in places.findall(document.to_text())
    }
    inside = re.compile(r"(charter|contract|policy)\.yaml \((.*)\)")
    said |= {(*m.groups(), who.lower()) for who, where, _, _ in still_open(dpia(of, words)) if (m := inside.fullmatch(where))}
    assert len(said) > 10
    for file, key, who in said:
        assert who == words.code("who", asked[file, key.replace(",", "")]), (file, key)


@pytest.mark.parametrize("name", ["evidence", "vendor"])
def test_every_open_fact_stands_in_a_document_that_the_card_names(name: str, request: pytest.FixtureRequest) -> None:
    """Inputs without a reason apart: the card's own table says it of each."""
    of: Evidence = request.getfixturevalue(name)
    words = Words("en")
    told = {kind.kind: kind.to_text() for kind in (dpia(of, words), technical_annex(of, words), dpia_prescan(of, words))}
    holds = {"dpia": "the DPIA annex", "technical_annex": "the technical annex", "dpia_prescan": "the pre-scan"}
    sentence = next(line for line in model_card(of, words).to_text().split("\n") if line.strip().startswith("Each open fact"))
    named = [kind for kind, called in holds.items() if called in sentence]
    told["dpia"] += " ".join(where_open(dpia(of, words)))
    for fact in open_facts(of.charter, of.contract, of.policy):
        key = ", ".join(str(part) for part in fact.at) if fact.at[0] in ("dpia", "prescan") else fact.key
        if fact.at[-1] != "justification":
            assert [kind for kind in named if f"{fact.file}.yaml ({key})" in told[kind]], fact
