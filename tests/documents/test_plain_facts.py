"""What documents say to people in plain words holds for the evidence at hand, and is said in no other case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smartstart_gov.authoring.contract import Link
from smartstart_gov.authoring.value import Text
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.documents.blocks import Figure, Table
from smartstart_gov.documents.declarations import personal_data
from smartstart_gov.documents.factsheet import _inputs, factsheet
from smartstart_gov.documents.prescan import dpia_prescan
from smartstart_gov.documents.sections import accuracy, attribute, cannot_show
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made

EN = Words("en")
LEFT_OUT, SEEN = "Some groups are left out, for privacy.", "Groups by anything else cannot be seen here."


def sheet(evidence: Evidence) -> str:
    return factsheet(evidence, EN).to_text()


@pytest.mark.parametrize("hidden", [0, 1])
def test_groups_are_said_to_be_left_out_only_where_some_are(hidden: int, evidence: Evidence) -> None:
    assert isinstance(evidence.tally, PrintedTally)
    margins = tuple(
        replace(margin, declared=margin.printed + hidden * (i == 0), unknown_rows=None)
        for i, margin in enumerate(evidence.tally.margins)
    )
    of = replace(evidence, tally=replace(evidence.tally, margins=margins))
    assert (LEFT_OUT in sheet(of)) == bool(hidden)
    said = "\n".join(line for block in cannot_show.page(EN, of) for line in block.lines())
    # Nobody can say that no group is out of sight: only the attributes of the policy were looked at.
    assert (SEEN in said) != bool(hidden)


def test_the_factsheet_names_every_input(evidence: Evidence) -> None:
    columns = tuple(
        c.model_copy(
            update={"meaning": Text.model_validate(made.both(*[f"{c.name}, one of several things said of a child"] * 2))}
        )
        for c in evidence.contract.columns
    )
    of = replace(evidence, contract=evidence.contract.model_copy(update={"columns": columns}))
    names = [name for source in _inputs(EN, of, 100).values() for name in source]
    assert len(names) >= 4
    text = sheet(of)
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize(("role", "said"), [("joint_controller", True), ("processor", False)])
def test_who_is_responsible_for_the_data_as_well_is_named(role: str, said: bool, evidence: Evidence) -> None:
    party: dict[str, Any] = {"name": "Office of the example", "role": role}
    of = replace(evidence, charter=made.charter(parties=(party,)))
    assert ("Responsible for the data as well: Office of the example." in sheet(of)) is said


@pytest.mark.parametrize(("high_risk", "why"), [(True, "is a high-risk AI system."), (False, "affects people, whether or not")])
def test_the_pre_scan_gives_the_reason_that_holds(high_risk: bool, why: str, evidence: Evidence) -> None:
    answers = {"6.1.1": True, "6.1.2": high_risk, "6.1.3": True}
    text = dpia_prescan(replace(evidence, charter=made.charter(prescan=answers)), EN).to_text()
    (line,) = [one for one in text.splitlines() if one.strip().startswith("IAMA")]
    assert f"The algorithm {why}" in line


def test_what_the_sources_are_matched_by_is_personal_data_too(evidence: Evidence) -> None:
    links = tuple(Link(source="school", key=key, expected_share=0.9) for key in ("pupil", evidence.contract.columns[0].name))
    tables = personal_data(EN, evidence.contract.model_copy(update={"links": links}))
    keys = [row[0] for table in tables for row in table.rows if row[1] == "Pseudonym by which the sources are matched"]
    assert keys == ["pupil"]


def test_an_answer_that_is_shown_says_why(evidence: Evidence) -> None:
    shown = [f for f in evidence.verdict.findings if f.metric is not None and f.status == "PASSED"]
    assert shown
    table = attribute.answers(EN, evidence, shown, caption="")
    assert isinstance(table, Table)
    assert all(len(why) > 20 for _answer, _question, why in table.rows)


def test_rows_in_no_group_are_counted_where_groups_are_drawn(evidence: Evidence) -> None:
    tally = evidence.tally
    assert isinstance(tally, PrintedTally)
    assert tally.total is not None
    everybody = sum(tally.total.cells)

    def caption(unknown: int | None) -> str:
        margins = tuple(replace(margin, unknown_rows=unknown) for margin in tally.margins)
        page = accuracy.page(EN, replace(evidence, tally=replace(tally, margins=margins)))
        return next(block for block in page if isinstance(block, Figure)).caption

    share, drawn = EN.of_100((everybody // 5) / everybody), caption(None)
    assert share not in drawn
    # Neighbourhoods are too many to be drawn, so nothing is said of them here.
    assert [margin.attribute for margin in tally.margins] == ["origin", "sex", "neighbourhood"]
    assert caption(everybody // 5).count(share) == 2
