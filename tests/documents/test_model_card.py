"""The card: at most ten pages whatever the project, the decision on the first, and no number but the bundle's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.authoring.node import spelt
from smartstart_gov.controls.catalogue import CATALOGUE
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.documents.blocks import Badges, Block, Bullets, Figure, Table
from smartstart_gov.documents.card import MOST_ATTRIBUTES, MOST_PAGES, model_card
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.outline import Document, Section
from smartstart_gov.documents.render import document_files, render
from smartstart_gov.documents.room import brief, fitted, height, title_of
from smartstart_gov.documents.sections.attribute import groups, judged
from smartstart_gov.documents.sections.attribute import page as attribute_page
from smartstart_gov.documents.sections.findings import question, reason
from smartstart_gov.documents.sections.quantities import definitions
from smartstart_gov.documents.sections.road import meanings
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.statistics.rates import RATES
from tests.documents import evidence as made
from tests.documents import extremes
from tests.documents.page_texts import filled, page_texts

LANGUAGES = ("nl", "en")
LEAST_FILLED = 1 / 3
Making = Callable[[pytest.MonkeyPatch], Evidence]


def made_once(make: Making) -> Making:
    """Return the evidence that `make` makes, from its second call on without making it: a test that has it changes a copy."""

    @cache
    def evidence() -> Evidence:
        with pytest.MonkeyPatch.context() as patch:
            return make(patch)

    return lambda _: evidence()


PROJECTS: dict[str, Making] = {
    "plain": made_once(lambda patch: made.public()),
    "breached": made_once(lambda patch: made.public(unfair=0.16)),
    "predictions": made_once(
        lambda patch: made.public(
            predictions=True, full=False, version=None, of_policy=made.policy(decide_on="point", intersections=())
        )
    ),
    "nothing printed": made_once(lambda patch: made.public(small=True)),
    "87 areas, 5 attributes": made_once(lambda patch: extremes.many(patch, unfair=0.16)),
    "longest texts": made_once(extremes.longest),
    "long texts": made_once(lambda patch: extremes.longest(patch, most=400)),
}


def first_page(document: Document) -> list[Block]:
    return [*document.front, *(block for one in document.sections if one.on_front for block in one.blocks)]


def said(blocks: list[Block]) -> str:
    return "\n".join(line for block in blocks for line in block.lines())


def tables(section: Section) -> Iterator[Table]:
    yield from (block for block in section.blocks if isinstance(block, Table))


# --------------------------------------------------------------------------------------------- pages
@pytest.mark.slow
@pytest.mark.pdf
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PROJECTS)
def test_the_card_is_ten_pages_at_most_and_its_first_page_is_whole(
    name: str, lang: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document = render(PROJECTS[name](monkeypatch), "model_card", lang=lang)
    pages = page_texts(document.write_pdf(tmp_path / "card.pdf"))
    assert len(pages) <= MOST_PAGES
    on_front = [one.title for one in document.outline.sections if one.on_front]
    others = [placed.heading for placed in document.outline.walk() if not placed.section.on_front]
    places = [pages[0].find(title) for title in on_front]
    assert places == sorted(places)
    assert min(places) > 0
    assert not any(re.search(rf"^ *{re.escape(heading)} *$", pages[0], re.MULTILINE) for heading in others)
    # The first page ends with how to object: what follows begins on the second.
    assert re.search(rf"^ *{re.escape(others[0])} *$", pages[1], re.MULTILINE)
    assert [n for n, share in enumerate(filled(tmp_path / "card.pdf")[:-1], 1) if share < LEAST_FILLED] == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["plain", "breached"])
def test_every_word_is_explained_on_the_card_and_in_the_annex(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card refers to the annex for what it has no room for, so the annex has every word whatever the project."""
    evidence, words = PROJECTS[name](monkeypatch), Words(lang)
    card = meanings(words, evidence).rows
    for kind, rows in (("model_card", card), ("technical_annex", meanings(words, evidence, technical=True).rows)):
        blocks = [block for placed in builder_of(kind)(evidence, words).walk() for block in placed.section.blocks]
        explained = [b for b in blocks if isinstance(b, Table) and b.caption == words.say("Words explained")]
        assert tuple(row for table in explained for row in table.rows) == rows


def test_the_annex_has_the_fields_term_for_what_readers_know_by_another_name(evidence: Evidence) -> None:
    told = [row[0] for row in definitions(Words("en"), evidence).rows]
    assert [one.rpartition(" (")[2] for one in told] == [f"{RATES[name].term})" for name in evidence.metrics.metrics]
    assert not any(RATES[name].term in rate.label["en"] for name, rate in RATES.items())


def test_what_does_not_fit_is_cut_at_a_row_and_the_rest_is_counted() -> None:
    words = Words("en")
    table = Table(caption="c", header=("a", "b"), rows=tuple((str(i), "text") for i in range(80)))
    points = Bullets(items=tuple(f"point {i}" for i in range(80)))
    for block, shown in ((table, lambda b: len(b.rows)), (points, lambda b: len(b.items) - 1)):
        for room in (200.0, 400.0, 700.0):
            (kept,) = fitted(words, (block,), room)
            assert height(kept) <= room
            left = re.search(r"and (\d+) more, see the technical annex", "\n".join(kept.lines()))
            assert left is not None
            assert shown(kept) + int(left[1]) == 80
            assert height(fitted(words, (block,), room + 40)[0]) > height(kept)
    assert fitted(words, (table,), 10_000.0) == (table,)


@pytest.mark.parametrize("text", ["One sentence. " * 40, "W" * 119 + " " + "i" * 119, "word " * 100])
def test_a_cut_text_says_where_the_whole_of_it_stands(text: str) -> None:
    cut = brief(Words("en"), text, 60)
    assert cut.endswith(" … (annex)")
    assert " ".join(text.split()).startswith(cut.removesuffix(" … (annex)"))
    assert title_of(text, 60).endswith(" …")
    assert brief(Words("en"), text, 10_000) == " ".join(text.split())


# ---------------------------------------------------------------------------------- the first page
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["plain", "breached", "predictions"])
def test_the_numbers_on_the_first_page_are_the_bundles(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held against the printed counts themselves, not against the table of metrics that the page is made from."""
    evidence, words = PROJECTS[name](monkeypatch), Words(lang)
    assert isinstance(evidence.tally, PrintedTally)
    assert evidence.tally.total is not None
    document = model_card(evidence, words)
    drawn = next(block for block in first_page(document) if isinstance(block, Figure))
    tn, fp, fn, tp = evidence.tally.total.cells
    rows = {words.say("Everybody"): evidence.tally.total.cells}
    for margin in evidence.tally.margins:
        column = words.column(evidence.contract, margin.attribute)
        for row in (row for row in margin.rows if row.kind == "level"):
            label = words.group(evidence.contract, (margin.attribute,), row.name)
            rows[f"{label[:1].upper()}{label[1:]} ({column})"] = row.cells
    found = {label: m for label in rows if (m := re.search(rf"(?:^| ){re.escape(label)}: (\d+) (?:of|van de) 100", drawn.alt))}
    assert len(found) >= 2
    for label, match in found.items():
        # In all three the gravest limit is on false alarms.
        negatives, alarms, *_ = rows[label]
        assert int(match[1]) == int(100 * alarms / (negatives + alarms) + 0.5), label
    (right,) = (one for one in document.sections if one.id == "right")
    numbers = re.findall(r"\d+", said(list(right.blocks)))
    # Beside what is right of those that are selected stands what it would be by lot.
    base = (fn + tp) / (tn + fp + fn + tp)
    shares = (tp / (tp + fp), base, fn / (fn + tp))
    assert (numbers[1], numbers[4], numbers[6]) == tuple(f"{100 * share:.0f}" for share in shares)
    assert (numbers[0], numbers[5], tn > 0) == ("100", "100", True)


def test_what_lots_would_give_is_said_where_the_policy_does_not_measure_how_often_the_outcome_occurs() -> None:
    rules = made.policy(
        intersections=(), metrics=("positive_predictive_value", "selection_rate", "false_positive_rate", "true_positive_rate")
    )
    evidence = made.public(of_policy=rules)
    assert "base_rate" not in evidence.metrics.metrics
    assert isinstance(evidence.tally, PrintedTally)
    assert evidence.tally.total is not None
    tn, fp, fn, tp = evidence.tally.total.cells
    document = model_card(evidence, Words("en"))
    (right,) = (one for one in document.sections if one.id == "right")
    assert re.findall(r"\d+", said(list(right.blocks)))[4] == f"{100 * (fn + tp) / (tn + fp + fn + tp):.0f}"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["plain", "predictions"])
def test_the_first_page_names_no_file_and_no_key(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = said(first_page(model_card(PROJECTS[name](monkeypatch), Words(lang))))
    assert re.findall(r"\w+\.(?:yaml|json|pdf|py)\b|\b[a-z]+_[a-z_]+\b", text) == []


@pytest.mark.parametrize(("name", "word"), [("breached", "✕ May not be used"), ("plain", "! May not be used yet")])
def test_the_first_box_says_whether_it_may_be_used(name: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (boxes,) = (block for block in model_card(PROJECTS[name](monkeypatch), Words("en")).front if isinstance(block, Badges))
    assert next(badge.word for badge in boxes.badges) == word
    assert len(boxes.badges) == 3


def test_every_control_has_a_step_for_the_first_page() -> None:
    assert all(control.step for control in CATALOGUE)


# ------------------------------------------------------------------------------------------ attributes
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_pooled_or_not_recorded_stands_as_a_group(evidence: Evidence, lang: str) -> None:
    words = Words(lang)
    assert {"pool", "unknown"} <= set(evidence.metrics.kinds)
    for one in judged(evidence):
        level = {
            words.group(evidence.contract, (one.attribute,), name).lower()
            for kind, by, name in zip(evidence.metrics.kinds, evidence.metrics.by, evidence.metrics.groups, strict=True)
            if kind == "level" and by == (one.attribute,)
        }
        found = groups(words, evidence, one)
        assert {group.name.lower() for group in found} <= level
    document, everything_drawn = model_card(evidence, words), set()
    (accuracy,) = (one for one in document.sections if one.id == "accuracy")
    (drawn,) = (block for block in accuracy.blocks if isinstance(block, Figure))
    for kind, by, name in zip(evidence.metrics.kinds, evidence.metrics.by, evidence.metrics.groups, strict=True):
        if kind in ("level", "overall"):
            everything_drawn.add(words.group(evidence.contract, by, name).lower())
    labels = re.findall(r"(?:^|\. )([^.:]+): (?:Of|Van de) 100 (?:cases|gevallen)", drawn.alt)
    assert len(labels) >= 4
    assert {label.lower() for label in labels} <= everything_drawn
    unknown = words.code("group", "unknown").lower()
    for section in document.sections:
        for table in tables(section):
            assert not any(unknown in row[0].lower() for row in table.rows)


def test_a_group_is_called_beyond_the_limit_only_where_the_answer_is_breached(breached: Evidence) -> None:
    words = Words("en")
    origin = next(one for one in judged(breached) if one.attribute == "origin")
    assert [group.name for group in groups(words, breached, origin) if group.place == "beyond"] == ["Outside Europe"]
    thin = replace(origin, findings=tuple(replace(f, status="NOT_SHOWN") for f in origin.findings))
    assert [group.place for group in groups(words, breached, thin) if group.far] == ["unsure"]


@pytest.mark.parametrize("between", ["groups", "overall", "rest", "reference"])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_the_edge_of_the_limit_is_where_the_limit_is(breached: Evidence, between: str, measure: str) -> None:
    """A group moved onto the edge, with all other groups as they are, lies exactly at the bound from its other side."""
    bound = {"difference": {"at_most": 0.05}, "ratio": {"at_least": 0.8}}[measure]
    limit: dict[str, Any] = {
        "id": "fpr_origin", "metric": "false_positive_rate", "by": ("origin",), "measure": measure, "between": between,
        "reason": "open", **bound, **({"reference": "NL"} if between == "reference" else {}),
    }  # fmt: skip
    evidence = made.public(unfair=0.16, of_policy=made.policy(limits=(limit,)))
    one = next(one for one in judged(evidence) if one.attribute == "origin")
    found = groups(Words("en"), evidence, one)
    everybody = evidence.metrics.at(0, evidence.metrics.metrics.index("false_positive_rate"))
    lowest = min(group.value for group in found)
    for group in found:
        assert group.edges is not None
        edge = group.edges[1]
        n, m = everybody.numerator - group.numerator, everybody.denominator - group.denominator
        others = {
            "groups": lowest, "overall": everybody.value, "reference": next(g.value for g in found if "Netherlands" in g.name),
            "rest": n / m,
        }[between]  # fmt: skip
        assert (edge - others if measure == "difference" else others / edge) == pytest.approx(next(iter(bound.values())))


@pytest.mark.parametrize(("between", "column"), [("rest", True), ("groups", False)])
def test_the_number_of_each_limit_is_printed_beside_its_group(between: str, column: bool) -> None:
    """Beside all others each group has its own limit: what they have, and what is allowed beyond that."""
    limit: dict[str, Any] = {
        "id": "fpr_origin", "metric": "false_positive_rate", "by": ("origin",), "measure": "difference", "between": between,
        "reason": "open", "at_most": 0.05,
    }  # fmt: skip
    evidence = made.public(unfair=0.16, of_policy=made.policy(limits=(limit,)))
    one, words = next(one for one in judged(evidence) if one.attribute == "origin"), Words("en")
    everybody = evidence.metrics.at(0, evidence.metrics.metrics.index("false_positive_rate"))
    *_, figure, table = (b for b in attribute_page(words, evidence, one)[:-1] if b.kind in ("figure", "table"))
    assert isinstance(figure, Figure)
    assert isinstance(table, Table)
    assert (table.header[-1] == "Limit", "see the table" in figure.caption) == (column, column)
    if not column:
        lowest = min(group.value for group in groups(words, evidence, one))
        assert re.search(rf">limit {round(100 * lowest + 5, 1):g}<|>limit {round(100 * lowest + 5)}<", figure.svg)
        return
    for group, row in zip(groups(words, evidence, one), table.rows, strict=True):
        rest = (everybody.numerator - group.numerator) / (everybody.denominator - group.denominator)
        low, high = map(float, row[-1].split(" to "))
        assert (low, high) == pytest.approx((100 * rest - 5, 100 * rest + 5), abs=0.5)
        # Rounded, the number lies on the same side of its limit.
        assert (int(row[3]) < low, int(row[3]) < high) == (group.value < rest - 0.05, group.value < rest + 0.05)


def test_attributes_beyond_the_third_have_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    document = model_card(extremes.many(monkeypatch, unfair=0.16), Words("en"))
    own = [one for one in document.sections if one.id.startswith("attribute-")]
    (questions,) = (one for one in document.sections if one.id == "questions")
    others = next(tables(questions))
    assert (len(own), len(others.rows)) == (MOST_ATTRIBUTES, len(extremes.ATTRIBUTES) - MOST_ATTRIBUTES)
    assert "technical annex" in others.caption


# ---------------------------------------------------------------------------------- nothing is lost
def everything(evidence: Evidence, lang: str) -> str:
    text = "\n".join(
        builder_of(kind)(evidence, Words(lang)).to_text() for kind in ("model_card", "technical_annex", "dpia", "dpia_prescan")
    )
    return " ".join(text.split())


def declared(value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, dict) and set(value) == {"nl", "en"}:
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from declared(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from declared(item)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["plain", "breached", "predictions"])
def test_nothing_that_is_asked_measured_or_declared_is_lost(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence, words = PROJECTS[name](monkeypatch), Words(lang)
    text, lost = everything(evidence, lang), []
    for finding in evidence.verdict.findings:
        for part in (question(words, evidence, finding), reason(words, evidence, finding)):
            lost += [] if " ".join(part.split()) in text else [(finding.id, part)]
    lost += [(name, "metric") for name in evidence.metrics.metrics if RATES[name].label[lang] not in text.lower()]
    for record in (evidence.charter.to_record(), evidence.policy.to_record()):
        for one in declared(record):
            lost += [] if one[lang].rstrip(".").lower() in text.lower() else [("declared", one[lang])]
    assert lost == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_open_fact_stands_where_it_is_missed(lang: str, vendor: Evidence) -> None:
    text = everything(vendor, lang)
    facts = open_facts(vendor.charter, vendor.contract, vendor.policy)
    assert len(facts) > 20
    # Why a source is needed is missed beside each input from it, and parts of the DPIA stand under their own numbers.
    told = [fact for fact in facts if fact.at[0] not in ("dpia", "prescan") and fact.at[-1] != "justification"]
    # Where several keys of a file stand together, they share its name.
    places = {(f"{fact.file}.yaml", spelt(fact.at).partition("[")[0]) for fact in told}
    assert [place for place in sorted(places) if not re.search(rf"{place[0]} \([^)]*\b{re.escape(place[1])}", text)] == []


# ------------------------------------------------------------------------------------------- the annex
def test_the_card_never_comes_without_its_annex(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartstart_gov.documents.render.Rendered.pdf", lambda self: self.stem.encode())
    bundle = EvidenceBundle(public=evidence)
    assert list(document_files(bundle, ("model_card",), ("nl",))) == ["model_card.nl.pdf", "technical_annex.nl.pdf"]
    assert list(document_files(bundle, ("dpia",), ("en",))) == ["dpia_annex.en.pdf"]
    both = ["technical_annex", "model_card"]
    assert [name.partition(".")[0] for name in document_files(bundle, both, ("en",))] == both


def test_a_blank_of_what_an_input_tells_is_not_said_to_be_nothing(evidence: Evidence) -> None:
    """Of many inputs no value is kept: a blank is no measurement."""
    text = model_card(evidence, Words("en")).to_text()
    assert "Blank: not measured, or under 0.1. A low value does not prove that the input gives nothing away." in text
