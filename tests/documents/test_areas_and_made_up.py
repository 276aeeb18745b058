"""Every page says where rows are made up; and a document says that nobody is scored only where the rows show it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartstart_gov.documents.blocks import Table
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.render import KINDS
from smartstart_gov.documents.sections import what_goes_in
from smartstart_gov.documents.sections.reliance import reliance
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.training.record import AreaFacts
from tests.documents import evidence as made

WHOLE = AreaFacts(units=41, least=10, under=0, varying=())


def text(kind: str, lang: str = "en", *, synthetic: bool | None = None, areas: AreaFacts | None = None) -> str:
    evidence = made.public()
    contract = evidence.contract.model_copy(update={"synthetic": synthetic, "aggregation_level": "neighbourhood"})
    told: Evidence = replace(evidence, contract=contract, training=replace(evidence.training, areas=areas))
    return builder_of(kind)(told, Words(lang)).to_text()


@pytest.mark.parametrize("kind", KINDS)
def test_made_up_rows_are_marked_in_the_title_that_runs_on_every_page(kind: str) -> None:
    assert text(kind, synthetic=True).startswith("MADE-UP DATA. ")
    assert text(kind, "nl", synthetic=True).startswith("VERZONNEN GEGEVENS. ")
    for said in (None, False):
        assert "MADE-UP" not in text(kind, synthetic=said)


@pytest.mark.parametrize("kind", ["model_card", "factsheet", "technical_annex"])
def test_that_nobody_is_scored_is_said_only_where_it_was_measured(kind: str) -> None:
    assert "No person gets a score: the model scores areas (neighbourhood)" in " ".join(text(kind, areas=WHOLE).split())
    assert "Geen mens krijgt een score" in " ".join(text(kind, "nl", areas=WHOLE).split())
    for areas in (None, replace(WHOLE, under=1), replace(WHOLE, varying=("income",))):
        assert "No person gets a score" not in text(kind, areas=areas)
        if kind == "factsheet":
            assert "gives each case a score" in text(kind, areas=areas)


def test_profiling_is_denied_only_where_it_was_measured() -> None:
    denied = "No score for individual people"
    assert denied in text("dpia", areas=WHOLE)
    for areas in (None, replace(WHOLE, under=1), replace(WHOLE, varying=("income",))):
        told = " ".join(text("dpia", areas=areas).split())
        assert denied not in told
        assert "not shown that all people in one area share one score" in told


def test_what_a_model_of_areas_relies_on_has_no_range_of_rows() -> None:
    evidence = made.public()
    of_rows = replace(evidence, training=replace(evidence.training, areas=None))
    of_areas = replace(evidence, training=replace(evidence.training, areas=WHOLE))

    def relied(found: Evidence) -> list[str]:
        tables = [block for block in what_goes_in.page(Words("en"), found) if isinstance(block, Table)]
        return [row[-1] for row in tables[0].rows]

    assert len(relied(of_areas)) > 1
    assert sum(map(int, relied(of_areas))) == 100
    # The same points, without what rows say of them.
    assert [cell.partition(" (")[0] for cell in relied(of_rows)] == relied(of_areas) != relied(of_rows)
    assert len(reliance(Words("en"), of_areas)) == len(reliance(Words("en"), of_rows)) + 1
