"""The technical annex says what the evidence says, all of it, in words that a tired reader can follow."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.value import Text
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.documents.blocks import Badge, Figure, Prose, Table
from smartstart_gov.documents.card import model_card
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.outline import Document
from smartstart_gov.documents.prescan import dpia_prescan
from smartstart_gov.documents.render import render
from smartstart_gov.documents.sections import reliance
from smartstart_gov.documents.sections.findings import answer, count_of_rules, every_finding
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.judgement.finding import Finding, Message, Status
from smartstart_gov.statistics.rates import RATES, Rate
from tests.documents import evidence as made
from tests.documents.english import english

LANGUAGES = ("nl", "en")
SECTIONS = {
    "nl": ["Het model", "Bedoeld gebruik", "Groepen en omstandigheden", "Maten", "Gegevens van deze controle",
           "Gegevens om het model te trainen", "Resultaten", "Ethische afwegingen", "Beperkingen en adviezen"],
    "en": ["The model", "Intended use", "Groups and circumstances", "Metrics", "Data of this audit", "Data to train the model",
           "Results", "Ethical considerations", "Limitations and advice"],
}  # fmt: skip


def card(evidence: Evidence, lang: str = "en") -> Document:
    return technical_annex(evidence, Words(lang))


def front(document: Document) -> str:
    return "\n".join(line for block in document.front for line in block.lines())


def tables(document: Document) -> list[Table]:
    return [block for block in document.blocks() if isinstance(block, Table)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_nine_sections_of_mitchell_and_the_ai_act_are_there(evidence: Evidence, lang: str) -> None:
    sections = {p.number: p.section.title for p in card(evidence, lang).walk() if p.depth == 1}
    assert [sections[str(n)] for n in range(1, 10)] == SECTIONS[lang]
    text = card(evidence, lang).to_text()
    places = ["13(3)(a)", "13(3)(b)(v)", "13(3)(d)", "13(3)(f)", "1(a)", "2(g)"]
    assert all(re.search(rf"^  {re.escape(place)} \|", text, re.MULTILINE) for place in places)


@pytest.mark.parametrize(
    ("name", "lang", "word"),
    [
        ("evidence", "nl", "Gelijke behandeling van groepen: niet aangetoond. Andere regels: niet aangetoond"), ("evidence", "en", "Fair treatment of groups: not shown. Other rules: not shown"),
        ("breached", "nl", "Gelijke behandeling van groepen: geschonden. Andere regels: niet aangetoond"), ("breached", "en", "Fair treatment of groups: breached. Other rules: not shown"),
    ],
)  # fmt: skip
def test_the_verdict_comes_first(name: str, lang: str, word: str, request: pytest.FixtureRequest) -> None:
    first = card(request.getfixturevalue(name), lang).front[0]
    assert isinstance(first, Badge)
    assert first.word == word


@pytest.mark.parametrize(
    ("limits", "rule", "head", "tone"),
    [
        ("PASSED", "FAILED", "Fair treatment of groups: shown. Other rules: breached", "bad"),
        ("PASSED", "NOT_SHOWN", "Fair treatment of groups: shown. Other rules: not shown", "open"),
        ("PASSED", "PASSED", "Fair treatment of groups: shown. Other rules: shown", "good"),
        ("FAILED", "PASSED", "Fair treatment of groups: breached. Other rules: shown", "bad"),
        ("NOT_SHOWN", "FAILED", "Fair treatment of groups: not shown. Other rules: breached", "bad"),
    ],
)
def test_the_headline_tells_limits_and_rules_apart(
    evidence: Evidence, limits: Status, rule: Status, head: str, tone: str
) -> None:
    message = Message(code="remedy.none", values={})
    findings = tuple(replace(f, status=limits) for f in evidence.verdict.findings if f.metric is not None)
    paper = Finding(id="control.R40", severity="block", status=rule, moment="audit", reason=message, remedy=message)
    other = replace(evidence, verdict=replace(evidence.verdict, findings=(*findings, paper)))
    badge = card(other).front[0]
    assert isinstance(badge, Badge)
    assert (badge.word, badge.tone) == (head, tone)
    assert f"{len(findings)} questions about groups:" in badge.text
    assert "1 other rule:" in badge.text


@pytest.mark.parametrize(
    ("id_", "code", "status", "word", "tone", "basis"),
    [
        ("control.R42", "control.R42.passed", "PASSED", "declared", "plain", "declared"),
        ("control.R31", "control.R31.passed", "PASSED", "declared", "plain", "declared"),
        ("control.R29", "control.R29.first", "PASSED", "not applicable", "plain", "measured"),
        ("control.R02", "control.R02.passed", "PASSED", "shown", "good", "measured"),
        ("control.R42", "control.R42.open", "NOT_SHOWN", "not shown", "open", "measured"),
    ],
)
def test_a_rule_that_is_only_written_down_is_neither_counted_nor_coloured_as_measured(
    evidence: Evidence, id_: str, code: str, status: Status, word: str, tone: str, basis: str
) -> None:
    words, nothing = Words("en"), Message(code="remedy.none", values={})
    paper = Finding(
        id=id_, severity="block", status=status, moment="audit", reason=Message(code=code, values={}), remedy=nothing
    )  # fmt: skip
    of = replace(evidence, verdict=replace(evidence.verdict, findings=(paper,)))
    assert answer(words, paper) == word
    (table,) = every_finding(words, of)
    assert (table.rows[0][0], table.tones, table.basis) == (word, (tone,), basis)
    counted = {"shown": 0, "breached": 0, "not shown": 0, "only declared": 0} | {
        {"declared": "only declared"}.get(word, word): 1
    }  # fmt: skip
    said = count_of_rules(words, [paper])
    assert all(f"{n} {name}" in said for name, n in counted.items())
    assert said in next(b.text for b in card(of).front if isinstance(b, Badge))
    assert all(said in str(render(of, kind, lang="en").text) for kind in ("model_card", "dpia"))


def test_the_first_page_answers_what_a_committee_asks(evidence: Evidence) -> None:
    text = front(card(evidence))
    assert (
        "Neighbourhood where the child lives: 77 of 87 groups are not printed separately. Together they have 38.6% of" in text
    )
    assert "Not recorded: 4 of 100 (at most 10.0% is allowed)" in text
    assert re.search(r"[\d,]+ rows were read: .* [\d,]+ are in this audit", text)


def test_natural_frequencies_add_up(evidence: Evidence) -> None:
    text = dpia(evidence, Words("en")).to_text()
    so, hit, missed = map(
        int, re.findall(r"(\d+) had this outcome. The model selected (\d+) of them and missed (\d+)", text)[0]
    )
    not_so, false = map(int, re.findall(r"(\d+) cases did not have this outcome. The model selected (\d+)", text)[0])
    chosen, right = map(int, re.findall(r"selected (\d+) cases. In (\d+) of them it was right", text)[0])
    assert so + not_so == 1000
    assert (hit + missed, hit + false, hit) == (so, chosen, right)


def test_deciding_on_the_estimates_alone_stands_on_the_first_page(evidence: Evidence, vendor: Evidence) -> None:
    boxes = [b.word for b in card(vendor).front if isinstance(b, Badge)]
    assert boxes[1] == "Warning: this verdict ignores sampling error"
    assert "decide_on: point" in front(card(vendor))
    assert "decide_on" not in front(card(evidence))


@pytest.mark.parametrize(("lang", "head"), [("nl", "Aandeel, gewogen"), ("en", "Share, weighted")])
def test_weights_stand_on_the_first_page_and_over_every_column_of_shares(evidence: Evidence, lang: str, head: str) -> None:
    """Shares are weighted and the counts beside them are not: nobody may take one for the quotient of the other."""
    plain = card(evidence, lang)
    columns = list(evidence.contract.columns)
    place = next(i for i, column in enumerate(columns) if column.role == "feature")
    columns[place] = columns[place].model_copy(update={"role": "weight"})
    weighted = card(replace(evidence, contract=evidence.contract.model_copy(update={"columns": tuple(columns)})), lang)
    name = Words(lang).column(evidence.contract, columns[place].name)
    lines = set(front(weighted).splitlines()) - set(front(plain).splitlines())
    assert [line for line in lines if name in line] == list(lines)
    assert len(lines) == 1
    of_shares = [table for table in tables(plain) if head.split(",")[0] in table.header]
    assert len(of_shares) > len(evidence.metrics.metrics)
    assert len([table for table in tables(weighted) if head in table.header]) == len(of_shares)
    assert not any(head in table.header for table in tables(plain))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_metric_has_its_table_for_every_printed_group(evidence: Evidence, lang: str) -> None:
    captions = {t.caption.lower(): t for t in tables(card(evidence, lang))}
    words, table = Words(lang), evidence.metrics
    for by in (("origin",), ("sex",), ("neighbourhood",)):
        levels = [r for r in table.rows(*by) if table.kinds[r] == "level"]
        assert levels
        for column, name in enumerate(table.metrics):
            printed = captions[f"{words.metric(name)}: {words.columns(evidence.contract, by)}".lower()]
            names = {row[0].lower(): row for row in printed.rows}
            for r in levels:
                e = table.at(r, column)
                assert names[words.group(evidence.contract, by, e.group).lower()][1:] == (
                    words.number(e.denominator), words.number(e.numerator), words.percent(e.value), words.range(e.low, e.high)
                )  # fmt: skip


def test_hidden_groups_are_counted_in_words_and_in_rows(evidence: Evidence) -> None:
    text = card(evidence).to_text()
    assert "77 groups are not printed: their counts are too small, or would reveal small counts." in text
    assert "Groups are listed under their area (city district)." in text
    assert "Noord, 11 other groups: not printed | – |" in text
    # An area in which nothing is printed by itself has one row, not two with the same numbers.
    assert "Oost, all 15 groups |" in text
    assert not re.search(r"Oost, \d+ other", text)
    for level in made.NEIGHBOURHOODS:
        printed = made.NEIGHBOURHOODS.index(level) in made.LARGE
        assert printed or f"{level} |" not in text


@pytest.mark.parametrize(
    ("lang", "said", "row"),
    [
        ("en", "Not recorded: 4 of 100", "1 other group: not printed | – | – | – | –"),
        ("nl", "Niet genoteerd: 4 van de 100", "1 andere groep: niet apart getoond | – | – | – | –"),
    ],
)
def test_a_pool_with_rows_of_unknown_group_has_no_numbers(evidence: Evidence, lang: str, said: str, row: str) -> None:
    assert isinstance(evidence.tally, PrintedTally)
    origin = evidence.tally.margin("origin")
    assert any(row.kind == "unknown" for row in origin.rows), "the plain evidence prints its unknown rows by themselves"
    assert row not in card(evidence, lang).to_text()
    rows = tuple(replace(row, kind="pool", name="", members=1) if row.kind == "unknown" else row for row in origin.rows)
    margins = tuple(replace(m, rows=rows, printed=m.printed - 1) if m is origin else m for m in evidence.tally.margins)
    kinds = tuple(
        "pool" if k == "unknown" and by == ("origin",) else k
        for k, by in zip(evidence.metrics.kinds, evidence.metrics.by, strict=True)
    )
    names = tuple(
        "*" if k == "pool" and by == ("origin",) else g
        for k, by, g in zip(kinds, evidence.metrics.by, evidence.metrics.groups, strict=True)
    )
    pooled = replace(
        evidence, tally=replace(evidence.tally, margins=margins), metrics=replace(evidence.metrics, kinds=kinds, groups=names)
    )  # type: ignore[arg-type]  # fields by name
    text = card(pooled, lang).to_text()
    assert said in text
    assert text.lower().count(row.lower()) == len(evidence.metrics.metrics)


@pytest.mark.slow
def test_a_made_up_metric_reaches_the_documents_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = Rate(
        name="made_up", numerator=("tn",), denominator=("tn", "tp"), better="higher", side=None, complement=None,
        label={"nl": "verzonnen maat", "en": "invented metric"},
        meaning={"nl": "Van {n} zijn er {x} verzonnen.", "en": "Of {n} the model invents {x}."},
        cases={"nl": "verzonnen gevallen", "en": "invented cases"}, citation="Nobody 2026, Nothing at all",
    )  # fmt: skip
    monkeypatch.setitem(RATES, "made_up", made_up)
    evidence = made.public()
    for lang, label, cases in (("nl", "Verzonnen maat", "Verzonnen gevallen"), ("en", "Invented metric", "Invented cases")):
        document = card(evidence, lang)
        mine = [t for t in tables(document) if t.caption.startswith(f"{label}: ")]
        assert len(mine) == 3
        assert all(t.header[1] == cases for t in mine)
        assert "Nobody 2026, Nothing at all" in document.to_text()


def test_undefined_is_printed_as_such(evidence: Evidence) -> None:
    value = evidence.metrics.value.copy()
    value[2, :] = math.nan
    broken = replace(evidence, metrics=replace(evidence.metrics, value=value, low=np.where(np.isnan(value), np.nan, value)))
    for lang, word in (("nl", "niet te berekenen"), ("en", "undefined")):
        rows = [row for t in tables(card(broken, lang)) for row in t.rows if word in row]
        assert len(rows) >= len(evidence.metrics.metrics)
        assert not re.search(r"\bnan\b", card(broken, lang).to_text())


def test_every_limit_stands_with_its_reason_or_with_who_owes_one(evidence: Evidence) -> None:
    text = card(evidence).to_text()
    assert "[declared] Why this limit: A false alarm is a needless call about somebody's child." in text
    assert (
        "[open] Why this limit: To be filled in by the committee that sets the limits, in policy.yaml (limits[2].reason)."
        in text
    )


def test_a_breach_names_the_groups_and_the_numbers(breached: Evidence) -> None:
    text = card(breached).to_text()
    assert "Outside Europe compared with the Netherlands is outside the limit, and chance does not explain it" in text
    assert re.search(
        r"What decided: Outside Europe minus the Netherlands: [\d.]+ percentage points; allowing for chance, between", text
    )
    assert "release: normal use | may not enter" in text
    assert text.count("| refused") == 3


def test_the_road_to_release_uses_the_words_of_a_decision(evidence: Evidence) -> None:
    text = card(evidence).to_text()
    rows = {
        line.split(" | ")[0].strip().partition(":")[0]: line.split(" | ")[-1] for line in text.split("\n") if " may " in line
    }
    assert (rows["shadow"], rows["trial"], rows["release"]) == ("allowed", "allowed, once signed", "not shown")


def test_ties_share_a_place(evidence: Evidence) -> None:
    table = next(t for t in tables(card(evidence)) if t.caption == "All facts that the model uses")
    assert [row[0] for row in table.rows] == ["1", "1", "3", "4", "5"]
    assert [bool(row[4]) for row in table.rows] == [True, False, False, False, False]


def test_without_ties_there_is_no_column_for_them(evidence: Evidence) -> None:
    found = evidence.attribution
    assert found is not None
    apart = replace(evidence, attribution=replace(found, standard_error=found.standard_error * 1e-3))
    table = next(t for t in tables(card(apart)) if t.caption == "All facts that the model uses")
    assert table.header == ("Rank", "Fact", "Mean effect", "Standard error")
    assert "share a rank" not in table.note


def test_the_method_of_the_explanation_is_told_in_the_language_of_the_page(evidence: Evidence) -> None:
    found = evidence.attribution
    assert found is not None
    said = replace(found, explainer="shap TreeExplainer, interventional, 200 background rows", additivity_gap=2.5e-8)
    text = card(replace(evidence, attribution=said), "nl").to_text()
    assert "Methode: shap TreeExplainer, met" in text
    assert "background" not in text
    assert "De afwijking is nergens groter dan 0,000001." in text


def test_code_without_version_control_is_told_in_the_language_of_the_page(evidence: Evidence) -> None:
    """An installed package has no repository: the word of the record is English, and no reader's."""
    outside = replace(evidence, training=replace(evidence.training, code_revision="unknown"))
    text = card(outside, "nl").to_text()
    assert "Niet bekend: de code stond niet onder versiebeheer." in text
    assert english(text) == english(card(evidence, "nl").to_text())


def test_the_way_values_of_a_linear_model_are_made_is_told_too(evidence: Evidence) -> None:
    found = evidence.attribution
    assert found is not None
    said = replace(found, explainer="closed form of a linear model, interventional, 200 background rows")
    assert "Methode: de formule van een lineair model zelf, met" in card(replace(evidence, attribution=said), "nl").to_text()


def test_names_and_phrases_of_people_stand_in_the_language_of_the_page(evidence: Evidence) -> None:
    def told(nl: str, en: str) -> Text:
        return Text(nl=nl, en=en)

    owner = evidence.charter.owner.model_copy(update={"contact": told("het loket", "the desk")})
    source = evidence.contract.sources["school"].model_copy(update={"owner": told("de stad", "the city")})
    changed = replace(
        evidence,
        charter=evidence.charter.model_copy(update={"owner": owner}),
        contract=evidence.contract.model_copy(
            update={
                "licence": told("vrij te gebruiken", "free to use"),
                "sources": {**evidence.contract.sources, "school": source},
            }
        ),
        policy=evidence.policy.model_copy(
            update={"threshold": evidence.policy.threshold.model_copy(update={"chosen_by": told("de raad", "the council")})}
        ),
    )
    dutch, english = card(changed, "nl").to_text(), card(changed, "en").to_text()
    for nl, en in (
        ("het loket", "the desk"),
        ("de stad", "the city"),
        ("Vrij te gebruiken", "Free to use"),
        ("De raad", "The council"),
    ):
        assert nl in dutch
        assert nl not in english
        assert en in english
        assert en not in dutch


def test_the_kind_of_model_is_told_in_plain_words(evidence: Evidence) -> None:
    assert (
        "Soort model: Veel kleine beslisbomen, die elkaar steeds verbeteren (HistGradientBoostingClassifier)"
        in card(evidence, "nl").to_text()
    )
    homemade = replace(evidence, training=replace(evidence.training, estimator="ours.Oracle"))
    assert "[measured] Kind of model: Oracle" in card(homemade).to_text()


def test_the_numbers_behind_a_verdict_say_why_they_differ_from_the_tables(evidence: Evidence) -> None:
    section = next(placed.section for placed in card(evidence).walk() if placed.section.id == "limits")
    said = "\n".join(line for block in section.blocks for line in block.lines())
    assert "differ slightly from the 95% intervals in section 7.4" in said
    assert "at most 5% of audits" in said


def test_the_parts_are_told_by_their_key_and_not_by_persons(evidence: Evidence) -> None:
    assert (
        "How the parts were made: Rows with the same key (key of the family) are in the same part." in card(evidence).to_text()
    )


def test_the_three_answers_are_explained_before_they_are_used(evidence: Evidence) -> None:
    reading = card(evidence).sections[0]
    said = "\n".join(line for block in reading.blocks for line in block.lines())
    assert all(f"- {word}: " in said for word in ("Shown", "Breached", "Not shown"))
    assert "percentage points" in said


def test_an_attribution_by_group_has_its_errors(evidence: Evidence) -> None:
    table = next(t for t in tables(card(evidence)) if t.caption == "What the model relies on, by group")
    assert table.rows[3][:3] == ("Outside Europe", "76", "0.466 ± 0.030")


def test_a_table_by_group_says_which_facts_it_leaves_out(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    def note() -> str:
        return next(t for t in tables(card(evidence)) if t.caption == "What the model relies on, by group").note

    assert "Only the" not in note()
    monkeypatch.setattr(reliance, "MOST_IN_GROUP", 3)
    assert note().startswith("Only the 3 facts with the largest effect stand here. ")


def test_labels_stand_with_the_sentence_that_announces_them(evidence: Evidence) -> None:
    for document in (card(evidence), dpia(evidence, Words("en")), dpia_prescan(evidence, Words("en"))):
        reading = next(placed.section for placed in document.walk() if placed.section.id == "reading")
        announces = next(block for block in reading.blocks if isinstance(block, Prose) and block.text.endswith(":"))
        assert "A label shows" in announces.text
        assert announces.keep


def test_predictions_only_say_so_and_leave_open_what_nobody_knows(vendor: Evidence) -> None:
    document = card(vendor)
    text = document.to_text()
    assert "Not known: only predictions were supplied." in text
    assert "Only predictions were supplied, so it cannot be shown what the model relies on." in text
    assert "no version yet" in document.subtitle
    assert {item.where for item in document.open_items} >= {
        "charter.yaml (risks)",
        "charter.yaml (objection)",
        "charter.yaml (legal_basis)",
    }
    assert all(item.role and item.where for item in document.open_items)


def test_so_few_rows_that_no_group_is_printed(tiny: Evidence) -> None:
    text = card(tiny).to_text()
    assert "Neighbourhood where the child lives: no group is large enough to print." in text
    assert not re.search(r"^  (Girls|Boys|The Netherlands) \|", text, re.MULTILINE)


@pytest.mark.slow
def test_nothing_at_all_may_be_printed() -> None:
    counts = made.tally(small=True)
    private = made.private(small=True)
    evidence = public_edition(replace(private, tally=replace(counts, counts=counts.counts // 4)))
    assert len(evidence.metrics) == 0
    text = card(evidence).to_text()
    assert "How often the model is right may not be printed." in dpia(evidence, Words("en")).to_text()
    # Few of one kind is not few rows: nearly everybody may be selected.
    assert "It may be that nearly everybody is selected, or hardly anybody." in front(card(evidence))
    assert "too few cases" not in text


def test_figures_say_in_words_what_they_show(evidence: Evidence) -> None:
    figures = [b for b in card(evidence).blocks() if isinstance(b, Figure)]
    assert len(figures) >= 5
    alt = next(f.alt for f in figures if "Wrongly selected" in f.alt)
    assert re.search(r"Lowest: .+ with [\d.]+%; highest: .+ with [\d.]+%", alt)


def test_a_table_of_more_than_500_groups_is_cut_with_a_note() -> None:
    from smartstart_gov.documents.declarations import long_table

    table = long_table(Words("en"), "c", ("a",), [("x",)] * 1234)
    assert len(table.rows) == 500
    assert table.note == "734 rows are left out here. They are in the attached file bundle.json."


def test_what_nobody_declared_of_the_model_is_not_called_none(evidence: Evidence) -> None:
    """The contract of the example says of no feature whether it is of a special category."""
    columns = evidence.contract.columns
    said = tuple(c.model_copy(update={"special_category": bool(c.special_category)}) for c in columns)
    assert any(c.special_category is None for c in columns)
    assert "In the model: none declared." in technical_annex(evidence, Words("en")).to_text()
    whole = replace(evidence, contract=evidence.contract.model_copy(update={"columns": said}))
    assert "In the model: none." in technical_annex(whole, Words("en")).to_text()


def test_reports_of_tests_are_signed_where_the_card_has_space(evidence: Evidence) -> None:
    (row,) = (line for line in technical_annex(evidence, Words("en")).to_text().split("\n") if "Reports of tests" in line)
    number = re.search(r"There is space for signatures in section (\S+) of the model card\.", row)
    assert number is not None
    sections = {placed.number: placed.section.id for placed in model_card(evidence, Words("en")).walk()}
    assert sections[number[1]] == "road"


@pytest.mark.parametrize(
    ("charter", "said"),
    [
        ({"effect": "refusal", "coercive": False, "legal_basis": "open"}, "A high score leads to: a refusal. No legal basis"),
        ({"effect": "investigation", "coercive": True, "legal_basis": "open"},
         "A high score leads to: an investigation; it may lead to measures against somebody's will. No legal basis"),
        ({"effect": "priority", "coercive": True},
         "A high score leads to: a place in the work queue; it may lead to measures against somebody's will. The legal basis"),
        ({"effect": "offer_of_help", "coercive": False}, "A high score leads to: an offer of help. According to the charter,"),
        ({"effect": "open", "coercive": True, "legal_basis": "open"}, "A high score may lead to an investigation, a refusal or"),
    ],
)  # fmt: skip
def test_what_a_high_score_leads_to_is_named_beside_its_legal_basis(charter: dict[str, Any], said: str) -> None:
    evidence = made.public(of_charter=made.charter(**charter))
    (row,) = (line for line in technical_annex(evidence, Words("en")).to_text().split("\n") if "[control.R40]" in line)
    assert said in row
