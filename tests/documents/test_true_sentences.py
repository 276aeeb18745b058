"""Sentences of the card that a reader could take the wrong way: each says what the verdict says, and no more."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.value import Text
from smartstart_gov.documents.blocks import Figure, Table
from smartstart_gov.documents.card import model_card
from smartstart_gov.documents.declarations import consequence
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.factsheet import factsheet
from smartstart_gov.documents.layout import placed_anywhere
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.render import render
from smartstart_gov.documents.room import brief
from smartstart_gov.documents.sections import attribute
from smartstart_gov.documents.sections.ai_act import annex
from smartstart_gov.documents.sections.attribute import groups, judged, limit_in_words, page
from smartstart_gov.documents.sections.findings import more_areas, question, reason, remedy
from smartstart_gov.documents.sections.what_goes_in import points
from smartstart_gov.documents.summary import better, printed
from smartstart_gov.documents.words import Words, capital, whole
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.judgement.finding import Finding, Message
from smartstart_gov.judgement.sentences import MESSAGES
from smartstart_gov.training.record import AreaFacts
from tests.documents import evidence as made
from tests.documents import extremes


def said(section: Section) -> str:
    return " ".join(" ".join(line.split()) for block in section.blocks for line in block.lines())


def limit(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": "one", "metric": "false_positive_rate", "by": ("sex",), "measure": "difference", "between": "groups",
        "at_most": 0.02, "reason": "open",
    }  # fmt: skip
    return {**fields, **changes}


def with_limit(**changes: Any) -> Evidence:
    return made.public(of_policy=made.policy(limits=(limit(**changes),), intersections=()))


# --------------------------------------------------------------------------------- limits that look one way
@pytest.mark.parametrize(
    ("changes", "nl", "en"),
    [
        ({"between": "reference", "reference": "f", "harm": "higher"}, "hoger bij {m} dan bij {f}", "higher for {m} than for {f}"),
        ({"between": "reference", "reference": "m", "harm": "lower"}, "lager bij {f} dan bij {m}", "lower for {f} than for {m}"),
        ({"between": "overall", "harm": "higher"}, "hoger bij elke groep dan bij iedereen", "higher for each group than for everybody"),
        ({"between": "rest", "harm": "lower"}, "lager bij elke groep dan bij alle anderen", "lower for each group than for all others"),
        (
            {"between": "reference", "reference": "f", "harm": "higher", "measure": "ratio", "at_most": None, "at_least": 0.8},
            "als {m} op 100 staat, staat {f} boven 80", "if {m} is at 100, {f} is above 80",
        ),
        (
            {"between": "reference", "reference": "f", "harm": "lower", "measure": "ratio", "at_most": None, "at_least": 0.8},
            "als {f} op 100 staat, staat {m} boven 80", "if {f} is at 100, {m} is above 80",
        ),
    ],
)  # fmt: skip
def test_a_limit_that_looks_one_way_says_which(changes: dict[str, Any], nl: str, en: str) -> None:
    evidence = with_limit(**changes)
    (finding,) = (f for f in evidence.verdict.findings if f.id == "limit.one")
    for words, expected in ((Words("nl"), nl), (Words("en"), en)):
        named = {name: words.group(evidence.contract, ("sex",), name) for name in ("f", "m")}
        assert expected.format(**named) in question(words, evidence, finding)
        told = limit_in_words(words, evidence, evidence.policy.limits[0])
        free = {"higher": "Lower is allowed.", "lower": "Higher is allowed."}[changes["harm"]]
        assert told.endswith(words.say(free))


def test_a_limit_that_looks_both_ways_says_no_way() -> None:
    words = Words("en")
    for changes in ({}, {"between": "overall"}):
        evidence = with_limit(**changes)
        (finding,) = (f for f in evidence.verdict.findings if f.id == "limit.one")
        assert "percentage points apart" in question(words, evidence, finding)
        assert "allowed" not in limit_in_words(words, evidence, evidence.policy.limits[0])


# ----------------------------------------------------------------------------------- what the verdict shows
def test_a_breach_is_counted_as_the_verdict_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """More groups are drawn beyond the limit than the verdict, which looks at all together, shows to be."""
    evidence = extremes.many(monkeypatch, unfair=0.16)
    findings = []
    for f in evidence.verdict.findings:
        failed = f.status == "FAILED" and f.reason.code == "limit.failed" and "outside" in f.reason.values
        one = Message(code=f.reason.code, values={**f.reason.values, "outside": 1}) if failed else f.reason
        findings.append(replace(f, reason=one))
    evidence = replace(evidence, verdict=replace(evidence.verdict, findings=tuple(findings)))
    words, counted = Words("en"), 0
    document = model_card(evidence, words)
    for i, one in enumerate(judged(evidence)[:3], 1):
        if one.shown is None or sum(group.far for group in groups(words, evidence, one)) < 1:
            continue
        counted += 1
        (section,) = (s for s in document.sections if s.id == f"attribute-{i}")
        assert f"all {one.shown[1]} comparisons together, and shows a breach for 1 of them" in said(section)
        assert one.shown[0] == 1
    assert counted
    (worse,) = (s for s in document.sections if s.id == "worse")
    assert not re.search(r"more groups? .*exceed", said(worse))


def with_finding(evidence: Evidence, id_: str, **changes: Any) -> Evidence:
    """Return the evidence with one answer changed."""
    findings = tuple(replace(f, **changes) if f.id == id_ else f for f in evidence.verdict.findings)
    assert findings != evidence.verdict.findings
    return replace(evidence, verdict=replace(evidence.verdict, findings=findings))


def unknown_of(evidence: Evidence, words: Words) -> str:
    (section,) = (s for s in model_card(evidence, words).sections if s.id == "unknown")
    return said(section)


def test_what_is_not_shown_beside_a_breach_stands_on_the_first_page(breached: Evidence) -> None:
    thin = Message(code="limit.thin", values={"inside": 1, "comparisons": 3})
    for lang in ("nl", "en"):
        words = Words(lang)
        asked = with_finding(breached, "limit.tpr_origin", status="NOT_SHOWN", reason=thin)
        shown = with_finding(breached, "limit.tpr_origin", status="PASSED", reason=thin)
        text = words.say("Besides that, it is uncertain whether the model keeps another limit by {attributes}.", attributes="§")
        text = text.partition("§")[0]
        assert text in unknown_of(asked, words)
        assert text not in unknown_of(shown, words)


def test_what_is_found_without_a_breach_stands_on_the_first_page(evidence: Evidence) -> None:
    out = Message(code="limit.unknown_breach", values={"outside": 1, "comparisons": 3})
    thin = Message(code="limit.thin", values={"inside": 1, "comparisons": 3})
    for lang in ("nl", "en"):
        words = Words(lang)
        text = words.say("groups do differ; it is not certain by how much")
        found, none = (with_finding(evidence, "limit.tpr_origin", status="NOT_SHOWN", reason=one) for one in (out, thin))
        assert unknown_of(found, words).count(text) == unknown_of(none, words).count(text) + 1


def test_a_group_is_not_certain_because_groups_are_not_recorded(breached: Evidence) -> None:
    """A range beyond the limit, drawn as not certain: the page of the attribute and the first page say why."""
    out = Message(code="limit.unknown_breach", values={"outside": 1, "comparisons": 3})
    evidence = with_finding(breached, "limit.fpr_origin", status="NOT_SHOWN", reason=out)
    sections = {s.id: said(s) for s in model_card(evidence, Words("en")).sections}
    (own,) = (text for id_, text in sections.items() if id_.startswith("attribute-") and "Outside Europe" in text)
    share = re.search(r"not certain, because the group is not recorded for (\d+) of 100", own)
    assert share is not None
    assert f"the group is not known for {share[1]} in 100" in sections["worse"]


# ----------------------------------------------------------------------------------------------- who, and when
def test_nothing_is_said_of_who_set_the_limits_or_of_an_earlier_version_where_there_is_none(evidence: Evidence) -> None:
    words = Words("en")
    assert evidence.previous is None
    rules = made.policy(intersections=(), metrics=("selection_rate", "false_positive_rate", "true_positive_rate"))
    text = model_card(made.public(of_policy=rules), words).to_text()
    assert "The policy does not say who set each limit." in text
    for claim in ("The committee sets", "the committee writes", "than before", "no longer", "the last version, it"):
        assert claim not in text, claim


def test_the_words_for_not_shown_name_what_was_found(evidence: Evidence) -> None:
    text = model_card(evidence, Words("en")).to_text()
    assert "something was found that does not prove a breach" in text
    assert "something found that proves no breach" in text


def test_the_steps_that_are_left_stand_in_the_annex(breached: Evidence) -> None:
    document = model_card(breached, Words("en"))
    (steps,) = (s for s in document.sections if s.id == "next")
    assert re.search(r"\d+ more steps?: see section [\d.]+ of the technical annex", said(steps))
    assert "printed numbers" in document.to_text()


# ------------------------------------------------------------------------------------------- pictures and ranges
@pytest.mark.parametrize(
    ("cells", "signs"),
    [
        ((10357, 4303, 924, 760), [63, 26, 6, 5]), ((9932, 1519, 1013, 611), [76, 11, 8, 5]),
        ((870, 60, 20, 51), [87, 6, 2, 5]), ((1, 1, 1, 0), [34, 33, 33, 0]),
    ],
)  # fmt: skip
def test_a_picture_of_100_has_the_largest_remainders_and_each_range_holds_its_sign(
    cells: tuple[int, int, int, int], signs: list[int], evidence: Evidence
) -> None:
    """Rounded any other way a picture may show half found where more than half is missed."""
    total = printed(evidence).total
    assert total is not None
    tally = replace(printed(evidence), total=replace(total, cells=cells, weights=None, clusters=None))
    of = replace(evidence, tally=tally)
    pictures = [
        b.alt for document in (factsheet, model_card) for b in document(of, Words("en")).blocks() if isinstance(b, Figure)
    ]
    tn, fp, fn, tp = signs
    found = re.findall(r"(\d+) (?:not )?selected[^()]*\(probably between (\d+) and (\d+)", pictures[0])
    assert [int(n) for n, _, _ in found] == [tp, fp, fn, tn]
    assert all(int(low) <= int(n) <= int(high) for n, low, high in found)
    assert any(f"Everybody: Of 100 cases, the model selects {fp + tp}: {tp} with the outcome." in alt for alt in pictures)


def test_the_picture_of_a_group_says_its_printed_selection_rate(evidence: Evidence) -> None:
    words, table = Words("en"), evidence.metrics
    (accuracy,) = (s for s in model_card(evidence, words).sections if s.id == "accuracy")
    text, column = said(accuracy), table.metrics.index("selection_rate")
    seen = 0
    for row, (kind, by, name) in enumerate(zip(table.kinds, table.by, table.groups, strict=True)):
        label = words.group(evidence.contract, by, name) if kind == "level" and len(by) == 1 else ""
        found = re.search(rf"{re.escape(label)}: Of 100 cases, the model selects (\d+)", text, re.IGNORECASE) if label else None
        if found is not None:
            assert abs(int(found[1]) - 100 * table.at(row, column).value) < 1.5, label
            missed = re.search(
                rf"{re.escape(label)}: Of 100 [^:]*: \d+ with the outcome\. It misses (\d+) of 100", text, re.IGNORECASE
            )
            assert missed is not None
            assert int(missed[1]) == whole(table.at(row, table.metrics.index("false_negative_rate")).value), label
            seen += 1
    assert seen >= 3
    assert "The numbers per group above have a range too: see the technical annex." in text


def test_a_group_that_is_not_printed_is_not_called_too_small(evidence: Evidence) -> None:
    """A large group is left out as well, where a small one could otherwise be worked out."""
    text = model_card(evidence, Words("en")).to_text()
    assert "a small count could be read or worked out from" in text
    assert not re.search(r"too small to show|too few to show", text)


def test_a_range_says_what_it_takes_for_granted_about_rows(evidence: Evidence) -> None:
    words = Words("en")
    columns = tuple(column for column in evidence.contract.columns if column.role != "unit")
    without = replace(evidence, contract=evidence.contract.model_copy(update={"columns": columns}))
    for given, times in ((evidence, 0), (without, 1)):
        (worse,) = (s for s in model_card(given, words).sections if s.id == "worse")
        assert said(worse).count("Somebody who is in the data twice counts twice; nobody knows how often that is so.") == times


def test_a_cut_does_not_turn_the_meaning() -> None:
    """Half a clause may say the opposite of the whole."""
    text = "niemand; een model zonder eigenaar mag niet in gebruik"
    for most in range(12, 60):
        cut = brief(Words("nl"), text, most)
        assert cut in (text, "niemand … (bijlage)"), most
    assert brief(Words("en"), "one two three four", 9) == "one two … (annex)"


def test_a_limit_between_groups_is_not_kept_where_a_group_is_not_printed(evidence: Evidence) -> None:
    """The picture measures from the lowest printed group; one that is not printed may lie lower."""
    (one, *_) = [one for one in judged(evidence) if one.limit is not None and one.limit.between == "groups"]
    assert any(group.place == "inside" for group in groups(Words("en"), evidence, one))
    tally = printed(evidence)
    margins = tuple(
        replace(margin, declared=margin.declared + 1) if margin.attribute == one.attribute else margin
        for margin in tally.margins
    )
    less = replace(evidence, tally=replace(tally, margins=margins))
    assert printed(less).margin(one.attribute).hidden == 1
    assert {g.place for g in groups(Words("en"), less, one)} <= {"unjudged", "unsure", "beyond"}
    for lang in ("nl", "en"):
        words = Words(lang)
        told = words.say("It is measured from the groups that are printed; the others may make it narrower.")
        assert [told in said(Section(id="x", title="x", blocks=page(words, e, one))) for e in (evidence, less)] == [False, True]


@pytest.mark.parametrize(("effect", "coercive", "wanted"), [
    ("offer_of_help", False, ("neither", "higher", "lower", "lower")), ("offer_of_help", True, ("lower", "neither", "neither", "lower")),
    ("refusal", None, ("lower", "neither", "neither", "lower")), ("investigation", False, ("lower", "neither", "neither", "lower")),
    ("detention", False, ("lower", "neither", "neither", "lower")), (None, None, ("neither", "higher", "lower", "lower")),
])  # fmt: skip
def test_who_is_worse_off_follows_from_what_a_high_score_leads_to(
    evidence: Evidence, effect: str | None, coercive: bool | None, wanted: tuple[str, ...]
) -> None:
    given = replace(evidence, charter=evidence.charter.model_copy(update={"effect": effect, "coercive": coercive}))
    rates = ("selection_rate", "true_positive_rate", "false_negative_rate", "false_positive_rate")
    assert tuple(better(given, rate) for rate in rates) == wanted


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_documents_say_one_thing_of_what_a_high_score_leads_to(lang: str, evidence: Evidence) -> None:
    forced = replace(evidence, charter=evidence.charter.model_copy(update={"coercive": True}))
    words = Words(lang)
    effect, term = consequence(words, forced), words.say("A high score leads to")
    assert effect != consequence(words, evidence)
    lines = [line for block in dpia(forced, words).blocks() for line in block.lines() if term in line]
    assert len(lines) == 2
    assert all(str(effect) in line for line in lines)


def test_what_is_whole_has_no_mark_that_it_was_cut() -> None:
    """One sentence that is longer than its room is kept: then nothing stands elsewhere."""
    text = "One sentence of some length, kept whole."
    assert brief(Words("en"), text, 12, first=100) == text
    assert brief(Words("en"), text, 12).endswith("(annex)")


# -------------------------------------------------------------------------------------- who, and what comes next
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_who_decides_and_who_signs_stand_together_and_not_under_the_objection(lang: str, evidence: Evidence) -> None:
    words = Words(lang)
    sections = {s.id: said(s) for s in model_card(evidence, words).sections}
    assert words.text(evidence.charter.oversight).split(".")[0] in sections["decides"]
    for signatory in evidence.charter.signatories:
        assert words.text(signatory.title) in sections["decides"]
        assert words.text(signatory.title) not in sections["disagree"]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_may_not_be_used_is_first_of_all_not_used(lang: str, evidence: Evidence, breached: Evidence) -> None:
    words = Words(lang)
    for one, refused in ((breached, True), (evidence, False)):
        (steps,) = (s for s in model_card(one, words).sections if s.id == "next")
        first = f"1. {capital(words.code('who', 'owner'))}: {words.say('Do not use this model as it is.')}"
        assert (first in said(steps)) == refused


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_more_evidence_of_areas_takes_areas_wherever_it_is_said(lang: str, evidence: Evidence) -> None:
    """The card and the technical annex ask for the same."""
    words, whole_areas = Words(lang), AreaFacts(units=41, least=10, under=0, varying=())
    short = Message(code="remedy.cases", values={"metric": "true_positive_rate", "needed": 1195, "needed_half": 4780})
    asked = with_finding(evidence, "limit.tpr_origin", status="NOT_SHOWN", remedy=short)
    for areas, wanted in ((whole_areas, True), (None, False)):
        one = replace(asked, training=replace(asked.training, areas=areas))
        (steps,) = (s for s in model_card(one, words).sections if s.id == "next")
        (finding,) = (f for f in one.verdict.findings if f.id == "limit.tpr_origin")
        assert (more_areas(words) in said(steps)) == wanted
        assert (capital(more_areas(words)) in remedy(words, one, finding)) == wanted


def test_where_nothing_is_open_the_card_says_of_which_files_and_where_more_is_asked(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Words("en")
    monkeypatch.setattr("smartstart_gov.documents.sections.cannot_show.open_facts", lambda *_: ())
    (section,) = (s for s in model_card(evidence, words).sections if s.id == "cannot_show")
    assert re.search(
        r"charter, the contract and the policy .* marked as open in annex \w of the technical annex", said(section)
    )


# ------------------------------------------------------------------------------------------------ numbers that add up
@pytest.mark.parametrize("means", [(1, 1, 1), (0.5, 0.5, 0.5, 1.5, 2), (1, 1, 1, 1, 1, 1), (3, 0.004, 0.004)])
def test_points_of_inputs_add_up_to_100(means: tuple[float, ...]) -> None:
    names = tuple(f"x{i}" for i in range(len(means)))
    found = Attribution(
        features=names, scale="log-odds", explainer="TreeExplainer, interventional", rows=500, background=100, additivity_gap=0.0,
        by=("",), groups=("overall",), group_rows=(500,), mean_absolute=np.array([means], dtype=float),
        standard_error=np.zeros((1, len(means))),
    )  # fmt: skip
    told_of = [re.findall(r"\d+", points(Words("en"), found, name)) for name in names]
    assert sum(int(n) for n, _low, _high in told_of) == 100
    assert all(int(low) <= int(n) <= int(high) for n, low, high in told_of)


def test_no_number_is_minus_nothing() -> None:
    for lang in ("nl", "en"):
        words = Words(lang)
        for value, digits in ((-0.005, 2), (-0.0049, 2), (-0.5, 0), (-0.3, 0), (0.005, 2)):
            assert "\u2212" not in words.decimal(value, digits)
        assert words.decimal(-9, 0) == "\u22129"


@pytest.mark.parametrize("code", ["limit.failed_hidden", "limit.failed_point_hidden"])
def test_a_breach_whose_numbers_are_hidden_is_not_said_to_be_of_small_groups(code: str) -> None:
    """Groups beside it may be printed, and large: what is hidden is the comparison that decides."""
    assert "too small" not in MESSAGES[code]
    assert "not printed" in MESSAGES[code]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_factsheet_names_its_inputs_whole_where_there_is_room(lang: str, evidence: Evidence) -> None:
    long = "share of the children in the neighbourhood who changed school in the last two years"
    columns = tuple(
        c.model_copy(update={"meaning": Text(nl=long, en=long)}) if c.name == "absence" else c
        for c in evidence.contract.columns
    )
    given = replace(evidence, contract=evidence.contract.model_copy(update={"columns": columns}))
    (data,) = (s for s in factsheet(given, Words(lang)).sections if s.id == "data")
    assert long in said(data)


# ------------------------------------------------------------------------------- what is claimed, and what was measured
@pytest.mark.parametrize(
    ("kind", "claimed", "said"),
    [
        ("model_card", "No feature is a stand-in", "No feature or pair of features gives somebody's group away almost with certainty"),
        ("model_card", "No feature gives the outcome", "No feature or pair of features gives the outcome away almost with certainty"),
        ("technical_annex", "Nobody is judged by", "No row is judged by a model that learned from rows with the same key"),
        ("technical_annex", "Each row counts once", "There is no sign that rows were copied"),
        ("technical_annex", "Registered beforehand: Policy", "Registered beforehand: According to the log: "),
        ("technical_annex", "[measured] The road to release", "[derived] The road to release"),
        ("dpia", "[measured] Learns from data", "[derived] Learns from data"),
    ],
)  # fmt: skip
def test_no_more_is_claimed_than_was_measured(kind: str, claimed: str, said: str, evidence: Evidence) -> None:
    text = render(evidence, kind, lang="en").text
    assert claimed not in text
    assert said in text


def test_a_rule_that_is_not_kept_is_not_told_as_a_fact(evidence: Evidence) -> None:
    """What the audit asks for is a step, and why a rule is not shown is a sentence of its own."""
    charter = evidence.charter.model_copy(update={"oversight": None})
    nothing = Message(code="remedy.none", values={})
    paper = Finding(
        id="control.R42", severity="declare", status="NOT_SHOWN", moment="audit",
        reason=Message(code="control.R42.open", values={}), remedy=nothing,
    )  # fmt: skip
    of = replace(evidence, charter=charter, verdict=replace(evidence.verdict, findings=(paper,)))
    asked = re.search(r"What the audit asks for: (.*)", render(of, "dpia", lang="en").text)
    assert asked is not None
    assert asked[1] == "Say who decides, and who may deviate from the model."
    assert "It is declared who decides: " not in render(of, "model_card", lang="en").text


def test_of_areas_nobody_says_that_each_person_is_in_one_part(evidence: Evidence) -> None:
    """The key is the area: it cannot be seen whether somebody moved to another one."""
    paper = Finding(
        id="control.R16", severity="block", status="PASSED", moment="audit",
        reason=Message(code="control.R16.cross_fit", values={}), remedy=Message(code="remedy.none", values={}),
    )  # fmt: skip
    areas = AreaFacts(units=41, least=100, under=0, varying=())
    for found, told in ((None, False), (areas, True)):
        of = replace(evidence, training=replace(evidence.training, areas=found))
        assert ("it cannot be seen whether somebody is counted in two areas" in reason(Words("en"), of, paper)) is told


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_one_printed_group_has_no_picture_and_the_page_says_so(
    lang: str, evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Words(lang)
    one = next(one for one in judged(evidence) if len(groups(words, evidence, one)) > 1)
    whole_page, first = page(words, evidence, one), groups(words, evidence, one)[:1]
    monkeypatch.setattr(attribute, "groups", lambda *_: first)
    alone = page(words, evidence, one)
    drawn = [sum(isinstance(block, Figure) for block in found) for found in (whole_page, alone)]
    assert drawn[0] == drawn[1] + 1
    told = words.say("Only one group is printed, so nobody can see here how groups differ.")
    assert [told in said(Section(id="x", title="x", blocks=found)) for found in (whole_page, alone)] == [False, True]


def test_of_limits_that_came_off_alike_the_measure_of_page_1_is_shown(evidence: Evidence) -> None:
    rates, (one, other, *_) = ("false_positive_rate", "selection_rate"), evidence.policy.attributes
    asked = [*((one, rate) for rate in rates), *((other, rate) for rate in reversed(rates))]
    of = [limit(id=f"{rate}_{by}", metric=rate, by=(by,), at_most=0.001) for by, rate in asked]
    same = made.public(of_policy=made.policy(limits=tuple(of), intersections=()))
    statuses = {f.status for f in same.verdict.findings if f.metric is not None}
    assert len(statuses) == 1
    assert len({one.metric for one in judged(same)[:2]}) == 1


@pytest.mark.parametrize(("domain", "asked"), [("none", False), ("open", True), ("public_services", True)])
def test_what_the_ai_act_does_not_ask_is_not_listed_as_open(evidence: Evidence, domain: str, asked: bool) -> None:
    value = None if domain == "open" else domain
    of = replace(evidence, charter=evidence.charter.model_copy(update={"domain": value}))
    words = Words("en", places=placed_anywhere)
    rows = [row for block in annex(words, of).blocks if isinstance(block, Table) for row in block.rows]
    assert any(row[3] == words.code("basis", "open") for row in rows) is asked
    assert len(rows) > 8
