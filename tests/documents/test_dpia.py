"""The DPIA annex has all twenty parts, and every hole in it has an owner."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from smartstart_gov.authoring.charter import DPIA_PARTS
from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.documents.blocks import Block, Facts, Missing, Table
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.outline import Document
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made

TITLES_NL = {
    "1": "Voorstel", "2": "Persoonsgegevens", "3": "Gegevensverwerkingen", "6": "Betrokken partijen", "10": "Bewaartermijnen",
    "11": "Rechtsgrond", "13": "Doelbinding", "14": "Noodzaak en evenredigheid", "15": "Rechten van de betrokkenen",
    "16": "Risico’s voor de betrokkenen", "17": "Maatregelen", "18": "Managementsamenvatting",
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
    numbers = [p.number for p in document.walk() if p.depth == 2]
    assert numbers == [str(n) for n in range(1, 21)]
    assert len([s for s in document.sections if s.id.startswith("block-")]) == 5


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", ["evidence", "vendor", "tiny"])
def test_no_part_is_empty_and_each_says_where_its_contents_come_from(
    name: str, lang: str, request: pytest.FixtureRequest
) -> None:
    document = annex(request.getfixturevalue(name), lang)
    parts = [placed.section for placed in document.walk() if placed.depth == 2]
    assert len(parts) == 20
    for section in (*parts, *(inner for part_ in parts for inner in part_.subsections)):
        leaf = not section.subsections or bool(section.blocks)
        kinds = {kind for block in section.blocks for kind in _kinds(block)}
        assert not leaf or kinds or section.official == "20", section.title
        assert not leaf or any(len(line) > 10 for block in section.blocks for line in block.lines()), section.title


def _kinds(block: Block) -> set[str]:
    if isinstance(block, Facts):
        return {row.basis for row in block.rows}
    if isinstance(block, Missing):
        return {"open"}
    basis = getattr(block, "basis", None)
    return {basis} if basis else set()


def test_parts_are_filled_with_what_the_files_hold(evidence: Evidence) -> None:
    """Facts that the bundle holds are not asked of anybody."""
    document = annex(evidence)
    for number, said in {
        "2": "[measured] Origin of the parents: Not recorded: ",
        "3": "Combine the sources | Files are matched by a key: Basisregistratie Personen, Leerlingadministratie.",
        "4": "[derived] Profiling: Yes: the model gives a score for each single case (a child in a school year).",
        "6": "[declared] Owner of Leerlingadministratie: Stichting Voorbeeldscholen",
        "7": "[declared] Who is affected: Children, above all in families with little money.",
        "9": "[declared] Legal basis of the model: Article 2.1 of the Youth Act.",
        "10": "[declared] End date: 31 December 2027",
        "12.1": "[measured] No feature of the model is declared as special-category personal data: Shown.",
        "13": "[declared] Not to be used for: Fraud investigations, and any step without consent.",
        "14.1": "[declared] Why a less intrusive means is not enough. Visiting every family costs more and intrudes more.",
        "14.2": "For 1 of 5 inputs, the contract gives a written reason.",
        "15.1": "10 facts about each case; part 2 lists them.",
        "15.2": "[declared] Basisregistratie Personen: estimated share of wrong records: 1.2%",
        "15.3": "[declared] Data and model after the end: Within a month after the end.",
        "15.8": "[declared] What the model is for: Offering help earlier to families that get stuck",
        "17": "[declared] When the model stops: If the model goes beyond a limit.",
        "18": "2 risks are named. 1 has no measure yet. A high risk remains: A family is called without need.",
        "19": "[measured] Rules used: Contract 2.1, policy 1.",
    }.items():
        assert said in part(document, number), number


def test_the_parts_have_the_names_of_the_model(evidence: Evidence) -> None:
    titles = {p.number: p.section.title for p in annex(evidence, "nl").walk()}
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
    said = "The tables below show the groups that are printed separately."
    assert said in part(annex(evidence), "16")
    text = part(annex(tiny), "16")
    assert (said in text) == ("each group compared with everybody" in text)


@pytest.mark.parametrize(("number", "kind", "other"), [("12.2", "criminal", "12.3"), ("12.3", "national_number", "12.2")])
def test_what_allows_sensitive_data_is_open_though_the_pre_scan_names_them(
    evidence: Evidence, number: str, kind: str, other: str
) -> None:
    of = replace(evidence, charter=made.charter(prescan={"1.3.2": ["vulnerable", kind]}))
    assert "Not filled in yet: What allows the use of " in part(annex(of), number)
    assert "[declared] According to question 1.3.2 of the pre-scan, there are such data." in part(annex(of), number)
    assert "[declared]" not in part(annex(of), other)
    assert ("dpia", number) in {fact.at for fact in open_facts(of.charter, of.contract, of.policy) if fact.ask.who == "lawyer"}


def test_which_exception_is_missing_is_said(evidence: Evidence) -> None:
    asked = "Not filled in yet: Which exception allows the special categories of personal data. To be filled in by the lawyer"
    assert asked in part(annex(evidence), "12.1")


def test_the_first_page_refers_to_where_the_other_checks_are_listed(evidence: Evidence) -> None:
    """The card lists only what is not shown; the technical annex lists all."""
    (row,) = (line for line in annex(evidence).to_text().split("\n") if re.search(r"\d other check", line))
    number = re.fullmatch(r".*They are listed in section (\S+) of the technical annex\.", row)
    assert number is not None
    sections = {placed.number: placed.section.id for placed in technical_annex(evidence, Words("en")).walk()}
    assert sections[number[1]] == "questions"
