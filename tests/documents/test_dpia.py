"""The DPIA annex is the form of the model: twenty parts on at most twelve pages, and every hole in it has an owner."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.authoring.dpia_form import DPIA_PARTS, FIELDS
from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.documents.blocks import Badge, Block, Facts, Table
from smartstart_gov.documents.card import model_card
from smartstart_gov.documents.dpia import MOST_PAGES, PARTS, dpia
from smartstart_gov.documents.layout import placed_anywhere
from smartstart_gov.documents.outline import Document, Placed, Ref, Section
from smartstart_gov.documents.render import render
from smartstart_gov.documents.sections.dpia_sheet import gathered
from smartstart_gov.documents.sections.findings import overview
from smartstart_gov.documents.sections.risk_register import breaches
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made
from tests.documents import extremes
from tests.documents.page_texts import filled, page_texts

TITLES_NL = {
    "1": "Voorstel", "2": "Persoonsgegevens", "3": "Gegevensverwerkingen", "6": "Betrokken partijen", "10": "Bewaartermijnen",
    "11": "Rechtsgrond", "13": "Doelbinding", "14": "Noodzaak en evenredigheid", "15": "Rechten van de betrokkenen",
    "16": "Risico’s voor de betrokkenen", "17": "Maatregelen", "18": "Managementsamenvatting",
}  # fmt: skip


LANGUAGES = ("nl", "en")
LEAST_FILLED = 1 / 3
#: An answer to every field of the form that has a number in the charter.
FILLED: dict[str, Any] = {
    field.id: made.both(f"Zelf geschreven bij {field.id}.", f"Own words at {field.id}.")
    if field.kind == "text"
    else field.options[0] if field.options else f"Line at {field.id}"
    for field in FIELDS.values()
}  # fmt: skip
RISK: dict[str, Any] = {
    "description": made.both("Meisjes krijgen vaker een vals alarm.", "Girls get a false alarm more often."),
    "origin": made.both("De meting.", "The measurement."), "likelihood": "high", "impact": "middle", "level": "middle",
    "likelihood_reason": made.both("Het is gemeten.", "It was measured."),
    "impact_reason": made.both("Een telefoontje.", "A phone call."),
    "level_reason": made.both("Vaak, en licht.", "Often, and light."),
    "measure": made.both("Een mens kijkt mee.", "A person looks too."), "residual": "low",
    "owner": made.both("Teamleider.", "Team leader."), "monitoring": made.both("Elk kwartaal.", "Every quarter."),
    "finding": "limit.fpr_origin",
}  # fmt: skip
ADVICE = {
    "function": "DPO of the example", "date": "2027-05-04", "advice": made.both("Stop.", "Stop."), "document": "Advice of 4 May",
    "version": "1.0.0", "followed": "overruled", "decided_by": made.both("De directeur.", "The director."),
    "reason": made.both("De nood is hoog.", "The need is great."),
}  # fmt: skip


def annex(evidence: Evidence, lang: str = "en") -> Document:
    return dpia(evidence, Words(lang))


def part(document: Document, number: str) -> str:
    """The text of a numbered part."""
    text = document.to_text().split("\n")
    starts = [i for i, line in enumerate(text) if line.startswith(("### ", "#### ", "## "))]
    first = next(i for i in starts if text[i].split(" ")[1] == number)
    depth = len(text[first].split(" ")[0])
    last = next((i for i in starts if i > first and len(text[i].split(" ")[0]) <= depth), len(text))
    return "\n".join(text[first:last])


def told(evidence: Evidence, **changes: Any) -> Evidence:
    return replace(evidence, charter=made.charter(**changes))


def still_open(document: Document) -> Iterator[tuple[str, str, str, str]]:
    """Yield each open item of the list at the end: who, where, what stands beside it, and in which parts."""
    for table in document.blocks():
        if isinstance(table, Table) and table.caption == "Open items":
            who = ""
            for tone, row in zip(table.tones, table.rows, strict=True):
                if tone == "head":
                    who = row[0]
                    continue
                file, inside = row[1].removesuffix(")").split(" (", 1)
                holder, divider, keys = inside.rpartition(": ")
                dot = ", " if holder in ("dpia", "prescan") else "."
                for key in keys.split(", "):
                    yield who, f"{file} ({holder}{dot}{key})" if divider else f"{file} ({key})", row[0], row[2]


def where_open(document: Document) -> set[str]:
    return {where for _, where, _, _ in still_open(document)}


# ------------------------------------------------------------------------------------------------ pages
def _filled(patch: pytest.MonkeyPatch) -> Evidence:
    data = {"columns": ["absence", "moves"], "type": "ordinary", "through_party": True,
            **dict.fromkeys(("people", "category", "provision_basis"), made.both("Een zin.", "A sentence."))}  # fmt: skip
    dpia_ = {**dict.fromkeys(DPIA_PARTS, made.both("Een zin in eigen woorden.", "A sentence in own words.")), **FILLED}
    return told(
        made.public(unfair=0.16), dpia=dpia_, risks=(RISK,) * 5, personal_data=(data,), dpo_advice=ADVICE,
        domain="public_services", prescan={"0.4": "public_task", "1.5.4": "years", "2.1.1": False},
    )  # fmt: skip


PROJECTS: dict[str, Callable[[pytest.MonkeyPatch], Evidence]] = {
    "plain": lambda patch: made.public(),
    "breached": lambda patch: made.public(unfair=0.16),
    "predictions": lambda patch: made.public(
        predictions=True, full=False, version=None, of_policy=made.policy(decide_on="point", intersections=())
    ),
    "87 areas, 5 attributes": lambda patch: extremes.many(patch, unfair=0.16),
    "everything filled in": _filled,
}


@pytest.mark.slow
@pytest.mark.pdf
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PROJECTS)
def test_the_annex_is_twelve_pages_at_most_and_none_is_nearly_empty(
    name: str, lang: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document = render(PROJECTS[name](monkeypatch), "dpia", lang=lang)
    pages = page_texts(document.write_pdf(tmp_path / "dpia.pdf"))
    assert 8 <= len(pages) <= MOST_PAGES
    assert [n for n, share in enumerate(filled(tmp_path / "dpia.pdf")[:-1], 1) if share < LEAST_FILLED] == []
    # No heading is the last line of a page, and the summary for management is on one page.
    headings = {placed.heading for placed in document.outline.walk()}
    last = [[line.strip() for line in page.split("\n") if line.strip()][-2] for page in pages]
    assert headings.isdisjoint(last)
    summary = {
        "nl": ("18 Wat moet de leiding weten?", "Artikel 36 AVG"),
        "en": ("18 What does management", "Article 36 GDPR"),
    }
    assert [all(text in page for text in summary[lang]) for page in pages].count(True) == 1


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["evidence", "vendor", "tiny"])
def test_all_twenty_parts_stand_in_order_and_none_is_empty(name: str, lang: str, request: pytest.FixtureRequest) -> None:
    document = annex(request.getfixturevalue(name), lang)
    parts = [p for p in document.walk() if p.depth == 2]
    assert [p.number for p in parts] == [str(n) for n in range(1, 21)]
    assert len([s for s in document.sections if s.id.startswith("block-")]) == 5
    for placed in parts:
        kinds = {kind for block in placed.section.blocks for kind in _kinds(block)}
        assert kinds, placed.heading
        assert any(len(line) > 10 for block in placed.section.blocks for line in block.lines()), placed.heading


def _kinds(block: Block) -> set[str]:
    if isinstance(block, Facts):
        return {row.basis for row in block.rows}
    basis = getattr(block, "basis", None)
    return {basis} if basis else set()


def test_parts_are_filled_with_what_the_files_hold(evidence: Evidence) -> None:
    """Facts that the bundle holds are not asked of anybody."""
    document = annex(evidence)
    for number, said in {
        "1": "[declared] Who the model is about: Children from 4 to 17 years in the municipality.",
        "2": "Origin of the parents: Not recorded: ",
        "3": "Combine the sources | Files are matched by a key: Basisregistratie Personen, Leerlingadministratie.",
        "4": "[derived] Profiling: Yes: the model gives a score for each single case (a child in a school year).",
        "6": "Gemeente Voorbeeld\ncontroller | ",
        "8": "[declared] 8.2 Countries and transfers: All processing takes place in the Netherlands.",
        "9": "[declared] 9.1.1.1 Legal basis of the model: Article 2.1 of the Youth Act.",
        "10": "[declared] End date: 31 December 2027",
        "12": "[declared] No feature of the model is declared as special-category personal data: Declared.",
        "13": "[declared] Not to be used for: Fraud investigations, and any step without consent.",
        "14": "[declared] 14.1 Why a less intrusive means is not enough: Visiting every family costs more and intrudes more.",
        "15": "10 facts about each case; part 2 lists them.",
        "17": "[declared] When the model stops: If the model goes beyond a limit.",
        "18": "2 risks are named. What is left of them: high 1, medium 0, low 1.",
        "19": "[measured] Rules used: Contract 2.1, policy 1.",
        "20": "[declared] 20.1.1 Controller: Gemeente Voorbeeld",
    }.items():
        assert said in part(document, number), number
    assert (
        "Basisregistratie Personen | Gemeente Voorbeeld | Keeping track of who lives where. | 1 February 2026 | 1.2%"
        in part(document, "2")
    )
    assert "For 1 of 5 inputs, the contract gives a written reason." in part(document, "14")


def test_the_parts_have_the_names_of_the_model(evidence: Evidence) -> None:
    titles = {p.number: p.section.title for p in annex(evidence, "nl").walk()}
    assert {number: titles[number] for number in TITLES_NL} == TITLES_NL


@pytest.mark.parametrize("number", DPIA_PARTS)
def test_a_declared_text_stands_in_its_part(evidence: Evidence, number: str) -> None:
    words = {number: made.both(f"Zelf geschreven bij {number}.", f"Own words at {number}.")}
    document = annex(told(evidence, dpia=words))
    assert f"Own words at {number}." in part(document, number.partition(".")[0])
    assert f"charter.yaml (dpia, {number})" not in where_open(document)


def test_every_field_that_is_answered_stands_in_its_part(evidence: Evidence) -> None:
    document = annex(told(evidence, dpia=FILLED))
    for field in FIELDS.values():
        text = part(document, field.id.partition(".")[0])
        said = {"text": f"Own words at {field.id}.", "line": f"Line at {field.id}"}.get(field.kind)
        assert said is None or said in text, field.id
    assert "15.2 Right to have data corrected or completed | Yes | open | Yes: Own words at 15.2.4." in part(document, "15")
    assert "[declared] 13.1.1.5 Judgement of the further use: A law allows it" in part(document, "13")
    assert "[declared] 19.2 Status: Draft" in part(document, "19")
    assert {
        where for where in where_open(document) if where.removeprefix("charter.yaml (dpia, ").removesuffix(")") in FIELDS
    } == set()


def test_what_is_said_of_groups_of_data_stands_beside_them(evidence: Evidence) -> None:
    data = {"columns": ["absence", "moves"], "people": made.both("Kinderen.", "Children."), "type": "sensitive",
            "through_party": True}  # fmt: skip
    document = annex(told(evidence, personal_data=(data, {"columns": ["age", "gone"], "type": "ordinary"})))
    assert "  absence, moves | Children. | open | sensitive | yes | open" in part(document, "2")
    assert (
        "Nothing is said of: siblings, late_fees, origin, sex, neighbourhood, help, family. Not in the contract: gone."
        in part(document, "2")
    )
    assert {"charter.yaml (personal_data[0].category)", "charter.yaml (personal_data[1].people)"} <= where_open(document)


def test_personal_data_come_from_the_contract(evidence: Evidence) -> None:
    document = annex(evidence)
    text = part(document, "2")
    assert "absence | Days absent from school | input of the model | no | Stichting Voorbeeldscholen" in text
    assert "origin | Origin of the parents | audit only: group | yes | Gemeente Voorbeeld" in text
    assert "contract.yaml (sources.school.retention)" in where_open(document)


def test_many_columns_stand_by_source_and_use(evidence: Evidence) -> None:
    more = tuple(evidence.contract.columns[0].model_copy(update={"name": f"x{i}"}) for i in range(40))
    of = replace(evidence, contract=evidence.contract.model_copy(update={"columns": (*evidence.contract.columns, *more)}))
    text = part(annex(of), "2")
    assert "absence, late_fees, x0, x1, " in text
    assert "x39 | input of the model | none | Stichting Voorbeeldscholen" in text


# ---------------------------------------------------------------------------------------- the register
def rows(document: Document) -> dict[str, tuple[str, ...]]:
    register = next(t for t in document.blocks() if isinstance(t, Table) and t.caption == "Register of risks")
    return {row[0]: row[1:] for row in register.rows}


def test_a_breach_that_was_measured_is_a_risk_that_a_person_rates(breached: Evidence) -> None:
    found = breaches(breached)
    assert "limit.fpr_origin" in found
    register = rows(annex(breached))
    assert len(register) == len(breached.charter.risks) + len(found)
    risk, rating, measure, left = next(row for row in register.values() if "limit.fpr_origin" in row[0])
    assert "Wrongly selected (false alarms): less than 5 percentage points apart" in risk
    assert (rating, left) == ("Likelihood: open.\nImpact: open.\nLevel: open.", "Remaining risk: open.")
    assert measure.startswith("open; what would help: ")

    rated = annex(told(breached, risks=(RISK,)))
    register = rows(rated)
    assert len(register) == len(found)
    risk, rating, measure, left = register["1"]
    assert risk.startswith("Girls get a false alarm more often.\nOrigin: The measurement.\nMeasured: Wrongly selected")
    assert ": breached." in risk
    assert rating == "Likelihood: high. It was measured.\nImpact: medium. A phone call.\nLevel: medium. Often, and light."
    assert (measure, left) == ("A person looks too.", "Remaining risk: low.\nOwner: Team leader.\nMonitoring: Every quarter.")


def test_a_risk_of_a_finding_that_is_not_there_says_so(evidence: Evidence) -> None:
    register = rows(annex(told(evidence, risks=({**RISK, "finding": "limit.gone"},))))
    assert "This audit has no finding limit.gone." in register["1"][0]
    register = rows(annex(told(evidence, risks=(RISK,))))
    assert "Measured: Wrongly selected" in register["1"][0]
    assert ": not shown." in register["1"][0].lower()


def test_how_questions_about_groups_were_answered_is_counted(breached: Evidence) -> None:
    asked = [f for f in breached.verdict.findings if f.metric is not None]
    text = part(annex(breached), "16")
    failed = sum(f.status == "FAILED" for f in asked)
    assert f"{len(asked)} questions about groups: " in text
    assert f" {failed} breached, " in text
    assert "A neighbourhood gets a bad name." in text


# ------------------------------------------------------------------------------------------- article 36
def flag(evidence: Evidence) -> Badge:
    (section,) = (p.section for p in annex(evidence).walk() if p.number == "18")
    return next(block for block in section.blocks if isinstance(block, Badge))


def test_a_high_risk_that_is_left_asks_for_prior_consultation(evidence: Evidence, breached: Evidence) -> None:
    high = flag(evidence)
    assert (high.word, high.tone) == ("Article 36 GDPR: consult the authority first", "bad")
    assert "risk 2 of part 16" in high.text
    none = flag(told(evidence, risks=()))
    assert (none.word, none.tone) == ("Article 36 GDPR: not known yet", "open")
    calm = made.charter().risks[:1]
    assert flag(told(evidence, risks=calm)).tone == "good"
    # As long as one measured breach has no rating, nobody knows.
    assert flag(told(breached, risks=calm)).tone == "open"
    every = tuple({**RISK, "finding": name} for name in breaches(breached))
    assert flag(told(breached, risks=every)).tone == "good"
    assert flag(told(breached, risks=(*every[1:], {**every[0], "residual": "high"}))).tone == "bad"


def test_the_advice_of_the_dpo_says_whether_it_was_followed_and_who_decided(evidence: Evidence) -> None:
    text = part(annex(told(evidence, dpo_advice=ADVICE)), "19")
    for line in (
        "[declared] 19.5.1 to 19.5.5 Officer: DPO of the example", "[declared] 19.5.6 Date: 4 May 2027", "[declared] Advice: Stop.",
        "[declared] Followed or overruled: overruled", "[declared] Decided by: The director.",
        "[declared] Why: The need is great.", "[declared] 19.5.8 Worked into version: 1.0.0",
    ):  # fmt: skip
        assert line in text
    assert "charter.yaml (dpo_advice)" in where_open(annex(evidence))


# -------------------------------------------------------------------------------------------- the law
@pytest.mark.parametrize(
    ("domain", "said", "article_27"),
    [
        ("public_services", "point 5(a)", True), ("law_enforcement", "point 6", True), ("infrastructure", "point 2", False),
        ("none", "under no point of annex III", False), ("open", "Nobody has said yet under which point", True),
    ],
)  # fmt: skip
def test_the_law_follows_the_declared_domain(evidence: Evidence, domain: str, said: str, article_27: bool) -> None:
    of = told(evidence, domain=domain)
    text = annex(of).to_text()
    assert said in part(annex(of), "9")
    assert ("27(1)(a)" in text) is article_27
    assert ("5(a)" in text) is (domain == "public_services")
    other = technical_annex(of, Words("en")).to_text()
    assert said in other
    assert ("5(a)" in other) is (domain == "public_services")
    assert ("Article 9(9) of the AI Act" in text) is (domain != "none")


# ------------------------------------------------------------------------------------------- open items
def test_every_open_item_is_listed_with_who_and_where(vendor: Evidence) -> None:
    document = annex(vendor)
    listed = list(still_open(document))
    places = [where for _, where, _, _ in listed]
    assert len(set(places)) == len(places) > 40
    everywhere = len(open_facts(vendor.charter, vendor.contract, vendor.policy))
    assert f"{everywhere} facts are still open. {len(places)} of them belong in this annex" in document.to_text()
    assert f"{everywhere} facts are still open: " in model_card(vendor, Words("en")).to_text()
    asked = {f"{f.file}.yaml ({f.at[0]}, {f.at[1]})" if f.at[0] in ("dpia", "prescan") else f"{f.file}.yaml ({f.key})": f.ask.who
             for f in open_facts(vendor.charter, vendor.contract, vendor.policy)}  # fmt: skip
    for who, where, _, _ in listed:
        assert who.lower() == Words("en").code("who", asked[where]), where
    # What is open in a part is named at its end, in one line.
    for placed in document.walk():
        lines = [
            line for block in placed.section.blocks for line in block.lines() if line.startswith("[open] Not filled in yet")
        ]
        assert len(lines) == (placed.depth == 2 and placed.number not in ("1", "3", "5")), placed.heading


#: What is taken from a charter (or set open), and where the annex then says that something is open.
OPENED: dict[str, tuple[dict[str, Any], str]] = {
    "a field that says open": ({"dpia": {**FILLED, "8.1.1.1": "open"}}, "dpia, 8.1.1.1"),
    "a right that says open": ({"dpia": {**FILLED, "15.1.1": "open"}}, "dpia, 15.1.1"),
    "a later field that says open": ({"dpia": {**FILLED, "19.4.3": "open"}}, "dpia, 19.4.3"),
    "a law that restricts a right": (
        {"dpia": {n: one for n, one in FILLED.items() if n != "15.1.4"} | {"15.1.3": True}}, "dpia, 15.1.4",
    ),
    "a law that allows the use": (
        {"dpia": {n: one for n, one in FILLED.items() if n != "13.1.1.6"} | {"13.1.1.5": "allowed_by_law"}}, "dpia, 13.1.1.6",
    ),
    "a ground for transfer": ({"prescan": {"2.1.1": True}}, "prescan, 2.1.6"),
    "columns of a party": ({"parties": [{"name": "Voorbeeld", "role": "controller"}]}, "parties[0].columns"),
    "columns of which nothing is said": ({"personal_data": [{"columns": ["age"], "type": "special"}]}, "(personal_data)"),
}  # fmt: skip


@pytest.mark.parametrize("case", OPENED)
def test_what_an_answer_leaves_open_is_named_once(evidence: Evidence, case: str) -> None:
    changes, where = OPENED[case]
    of = told(evidence, **changes)
    sheets = [part_.sheet(Words("en", places=placed_anywhere), of) for part_ in PARTS.values()]
    assert [where in item.where for sheet in sheets for item in sheet.open].count(True) == 1
    # Who asks what there is to do hears of it as well: there is one count of what is open.
    assert where.strip("()") in {f"{f.at[0]}, {f.at[1]}" if f.at[0] in ("dpia", "prescan") else f.key
                                 for f in open_facts(of.charter, of.contract, of.policy)}  # fmt: skip


def test_a_complete_charter_leaves_less_open(evidence: Evidence) -> None:
    words = {n: made.both("Ingevuld.", "Filled in.") for n in DPIA_PARTS} | FILLED
    complete = told(evidence, dpia=words)
    assert len(where_open(annex(complete))) < len(where_open(annex(evidence)))
    assert not any("(dpia, " in where for where in where_open(annex(complete)))


def test_an_open_fact_of_a_source_says_which_fact_it_is(evidence: Evidence) -> None:
    (row,) = {
        row for _, where, *row in still_open(annex(evidence)) for row in [tuple(row)] if where.endswith("school.retention)")
    }
    assert "last check, estimated share of wrong records" in " ".join(row)
    assert row[1] == "2, 10"


def test_a_name_with_a_colon_of_its_own_stays_whole_where_open_items_are_named() -> None:
    names = ["Open data: stops: last check", "Open data: stops: wrong records", "Contact"]
    assert gathered(names) == "Open data: stops: last check, wrong records; Contact"


@pytest.mark.pdf
def test_a_role_stands_under_its_party(files: dict[tuple[str, str], Path]) -> None:
    text = " ".join(" ".join(page.split(" ")) for page in page_texts(files["dpia", "en"]))
    assert re.search(r"Gemeente Voorbeeld +open", text)
    assert not re.search(r"Gemeente Voorbeeld +controller", text)


def test_what_is_open_of_a_risk_is_named_in_the_order_of_the_form(evidence: Evidence) -> None:
    bare = {key: RISK[key] for key in ("description", "origin", "likelihood", "impact")}
    document = annex(told(evidence, risks=({**bare, "measure": "open", "residual": "high"},)))
    numbers = "Risk 1: 16.1.4, 16.1.6, 16.1.7, 16.1.8, 17.1.3, 17.1.5, 17.1.6, 17.1.7"
    assert f"Not filled in yet: {numbers}" in part(document, "16")
    # Another role is asked for the advice of the authority.
    (row,) = {what for _, where, what, _ in still_open(document) if where == "charter.yaml (risks[0].level)"}
    assert row == numbers.replace("17.1.5, ", "")


def test_what_is_said_of_the_whole_part_is_not_told_as_advice_of_the_officer(evidence: Evidence) -> None:
    said = told(evidence, dpia={"19": made.both("Klaar.", "Ready.")}, dpo_advice=ADVICE)
    text = part(annex(said), "19")
    assert text.index("Ready.") < text.index("19.5.6 Date")


def test_a_risk_without_a_measure_is_named_and_not_counted(evidence: Evidence) -> None:
    document = annex(told(evidence, risks=(RISK, {**RISK, "measure": "open"})))
    assert "Risks without a measure: Risk 2\n" in part(document, "18")


def test_what_has_no_room_on_the_first_page_takes_one_row_for_each_answer(evidence: Evidence) -> None:
    def rest(of: Evidence) -> tuple[tuple[str, ...], ...]:
        placed = Placed(section=Section(id="questions", title="Q"), depth=2, kind="section", number="7.1")
        return overview(Words("en", places=lambda of, id_: placed), of, where=Ref("questions"), most=0).rows

    assert len({row[0] for row in rest(evidence)}) == len(rest(evidence)) > 1
    alone = replace(evidence, verdict=replace(evidence.verdict, findings=evidence.verdict.findings[:1]))
    assert [row[1:] for row in rest(alone)] == [("1 other check", "It is listed in section 7.1.")]


@pytest.mark.parametrize(("number", "kind", "other"), [("12.2", "criminal", "12.3"), ("12.3", "national_number", "12.2")])
def test_what_allows_sensitive_data_is_open_though_the_pre_scan_names_them(
    evidence: Evidence, number: str, kind: str, other: str
) -> None:
    of = told(evidence, prescan={"1.3.2": ["vulnerable", kind]})
    text = part(annex(of), "12")
    assert f"{number}.2.4 What allows the use of " in text
    said = [line for line in text.split("\n") if "According to question 1.3.2 of the pre-scan, there are such data." in line]
    assert [line.split()[1] for line in said] == [f"{number}.1"]
    assert ("dpia", number) in {fact.at for fact in open_facts(of.charter, of.contract, of.policy) if fact.ask.who == "lawyer"}


def test_which_exception_is_missing_is_said(evidence: Evidence) -> None:
    document = annex(evidence)
    assert "12.1.2.5 Which exception allows the special categories of personal data" in part(document, "12")
    assert ("The lawyer", "charter.yaml (dpia, 12.1)") in {(who, where) for who, where, _, _ in still_open(document)}


def test_the_first_page_refers_to_where_the_other_checks_are_listed(evidence: Evidence) -> None:
    """The card lists only what is not shown; the technical annex lists all."""
    row, *_ = (line for line in annex(evidence).to_text().split("\n") if re.search(r"\d other check", line))
    number = re.fullmatch(r".*(?:It is|They are) listed in section (\S+) of the technical annex\.", row)
    assert number is not None
    sections = {placed.number: placed.section.id for placed in technical_annex(evidence, Words("en")).walk()}
    assert sections[number[1]] == "questions"
    # All are counted, however many the page has room for.
    overview = next(b for b in annex(evidence).front if isinstance(b, Table))
    counted = sum(int(m[1]) if (m := re.match(r"(\d+) other check", row[1])) else 1 for row in overview.rows)
    assert counted == len(evidence.verdict.findings)
