"""The DPIA annex has all twenty parts, and every hole in it has an owner."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartstart_gov.documents.blocks import Table
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.outline import Document
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.project.charter import DPIA_PARTS
from tests.documents import evidence as made

TITLES_NL = {
    "1": "Voorstel", "2": "Persoonsgegevens", "3": "Gegevensverwerkingen", "6": "Betrokken partijen", "10": "Bewaartermijnen",
    "11": "Rechtsgrond", "13": "Doelbinding", "14": "Noodzaak en evenredigheid", "15": "Rechten van de betrokkenen",
    "16": "Risico's voor de betrokkenen", "17": "Maatregelen", "18": "Managementsamenvatting",
}  # fmt: skip


def annex(evidence: Evidence, lang: str = "en") -> Document:
    return dpia(evidence, Words(lang))


def part(document: Document, number: str) -> str:
    """The text of a numbered part, its sub-parts included."""
    text = document.to_text().split("\n")
    starts = [i for i, line in enumerate(text) if line.startswith(("### ", "#### ", "## "))]
    first = next(i for i in starts if text[i].split(" ")[1] == number)
    depth = len(text[first].split(" ")[0])
    last = next((i for i in starts if i > first and len(text[i].split(" ")[0]) <= depth), len(text))
    return "\n".join(text[first:last])


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", ["evidence", "vendor", "tiny"])
def test_all_twenty_parts_stand_in_order(name: str, lang: str, request: pytest.FixtureRequest) -> None:
    document = annex(request.getfixturevalue(name), lang)
    numbers = [p.section.number for p in document.walk() if p.depth == 2]
    assert numbers == [str(n) for n in range(1, 21)]
    assert len([s for s in document.sections if s.id.startswith("block-")]) == 5


def test_the_parts_have_the_names_of_the_model(evidence: Evidence) -> None:
    titles = {p.section.number: p.section.title for p in annex(evidence, "nl").walk()}
    assert {number: titles[number] for number in TITLES_NL} == TITLES_NL


@pytest.mark.parametrize("number", DPIA_PARTS)
def test_a_declared_text_stands_in_its_part(evidence: Evidence, number: str) -> None:
    told = {number: made.both(f"Zelf geschreven bij {number}.", f"Own words at {number}.")}
    text = part(annex(replace(evidence, charter=made.charter(dpia=told))), number)
    assert f"[declared] Own words at {number}." in text
    assert f"charter.yaml (dpia, {number})" not in text


def test_personal_data_come_from_the_contract(evidence: Evidence) -> None:
    text = part(annex(evidence), "2")
    assert "absence | days absent from school | input of the model | no | school" in text
    assert "origin | origin of the parents | audit only: group | yes | register" in text
    assert (
        "[open] How long the data are kept: To be filled in by the data team, in contract.yaml (sources.school.retention)."
        in text
    )


def test_the_risk_of_discrimination_is_measured(breached: Evidence) -> None:
    text = part(annex(breached), "16")
    assert "[measured] Risk of discrimination, as measured." in text
    assert (
        "breached | False positive rate (false alarms): less than 5 percentage points apart (by: origin of the parents)" in text
    )
    assert "A neighbourhood gets a bad name." in text


def test_a_high_risk_that_is_left_asks_for_prior_consultation(evidence: Evidence) -> None:
    assert "article 36 GDPR" in part(annex(evidence), "17")
    calm = replace(evidence, charter=made.charter(risks=()))
    assert "article 36 GDPR" not in part(annex(calm), "17")


def test_every_open_item_is_listed_with_who_and_where(vendor: Evidence) -> None:
    document = annex(vendor)
    listed = next(t for t in document.blocks() if isinstance(t, Table) and t.caption == "Open items")
    assert len(listed.rows) > 30
    assert all(all(cell for cell in row) for row in listed.rows)
    assert {number for row in listed.rows for number in row[0].split(", ")} >= {
        "4",
        "7",
        "8",
        "9",
        "12.1",
        "14.1",
        "15.1",
        "15.8",
        "16",
        "17",
        "18",
        "19",
    }
    assert f"{len(listed.rows)} items are still open" in document.to_text()
    # Nothing that is open stands only in the text.
    lines = [line for line in document.to_text().split("\n") if line.startswith("[open] ") and "To be filled in by" in line]
    places = [(row[2], row[3]) for row in listed.rows]
    assert len(set(places)) == len(places)
    assert all(any(line.endswith(f"by {who}, in {where}.") for who, where in places) for line in lines)
    assert all(any(line.endswith(f"by {who}, in {where}.") for line in lines) for who, where in places)


def test_a_complete_charter_leaves_less_open(evidence: Evidence, vendor: Evidence) -> None:
    told = {n: made.both("Ingevuld.", "Filled in.") for n in DPIA_PARTS}
    complete = replace(evidence, charter=made.charter(dpia=told))

    def count(e: Evidence) -> int:
        return next(len(t.rows) for t in annex(e).blocks() if isinstance(t, Table) and t.caption == "Open items")

    assert count(complete) < count(evidence) < count(vendor)


def test_an_open_fact_of_a_source_says_which_fact_it_is(evidence: Evidence) -> None:
    listed = next(t for t in annex(evidence).blocks() if isinstance(t, Table) and t.caption == "Open items")
    said = {(row[0], row[1]) for row in listed.rows}
    assert ("2, 10", "Source school: How long the data are kept") in said
    assert ("2, 11", "Source school: Legal basis of this use") in said


def test_the_tables_of_the_risk_say_that_they_hold_printed_groups_only(evidence: Evidence, tiny: Evidence) -> None:
    said = "The tables below hold the groups that are printed by themselves."
    assert said in part(annex(evidence), "16")
    text = part(annex(tiny), "16")
    assert (said in text) == ("each group against everybody" in text)
