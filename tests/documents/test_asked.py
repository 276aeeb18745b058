"""What a document calls open stands in the list of open facts."""

from __future__ import annotations

import re

import pytest

from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.prescan import dpia_prescan
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


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
    assert len(said) > 10
    for file, key, who in said:
        assert who == words.code("who", asked[file, key.replace(",", "")]), (file, key)
