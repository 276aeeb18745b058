"""Page 1 of the card and the factsheet: what it has to say is there, and a text is cut only where there is no room for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartstart_gov.documents import factsheet as sheets
from smartstart_gov.documents.blocks import Bullets, Table
from smartstart_gov.documents.card import model_card
from smartstart_gov.documents.factsheet import factsheet
from smartstart_gov.documents.layout import placed_anywhere
from smartstart_gov.documents.outline import Document
from smartstart_gov.documents.room import FIRST_ROOM, TITLE, height
from smartstart_gov.documents.sections import attribute, decision, questions, worse_off
from smartstart_gov.documents.sections.apart import Apart, apart, told
from smartstart_gov.documents.summary import balance_line
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.training.record import EXCLUSIONS, AreaFacts, Part
from tests.documents import evidence as made
from tests.documents.test_true_sentences import limit

LANGUAGES = ("nl", "en")
TWO = "The team decides. A family can decline, and nothing follows from that."
#: Twelve sentences: longer than any page 1 holds whole.
LONG = " ".join(f"This is sentence number {n} about what the model is for and what it is not for." for n in range(1, 13))
DIFFERS = "The data say who was helped, not who needed help."


def part(document: Document, name: str) -> str:
    (found,) = (section for section in document.sections if section.id == name)
    return " ".join(" ".join(line.split()) for block in found.blocks for line in block.lines())


def declared(**texts: str) -> Evidence:
    label = {**made.charter().to_record()["label"], "difference_from_purpose": made.both(DIFFERS, DIFFERS)}
    return made.public(of_charter=made.charter(label=label, **{key: made.both(text, text) for key, text in texts.items()}))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_long_text_does_not_cut_who_decides(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    oversight = f"The team decides after it looked for itself first. {TWO}"
    evidence = declared(purpose=LONG, oversight=oversight, objection=oversight, limitations=LONG)
    monkeypatch.setattr(sheets, "_ROOM", sheets._ROOM - 60)
    card, sheet = model_card(evidence, Words(lang)), factsheet(evidence, Words(lang))
    assert oversight in part(card, "decides")
    assert oversight in part(sheet, "decides")
    assert oversight in part(card, "disagree")
    assert oversight in part(sheet, "rights")
    # The long one gets the room that is left, and no more.
    assert LONG not in " ".join(line for block in card.front for line in block.lines())
    assert LONG not in part(sheet, "what")


def test_a_long_text_stands_whole_where_the_page_has_room_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(LONG.split()[:60])
    evidence = declared(purpose=text)

    def front(room: float) -> str:
        monkeypatch.setattr(decision, "FIRST_ROOM", room)
        return " ".join(line for block in model_card(evidence, Words("en")).front for line in block.lines())

    assert text in front(FIRST_ROOM + 200)
    assert text not in front(FIRST_ROOM - 150)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_1_says_from_which_sources_the_model_learned_and_what_the_outcome_does_not_say(lang: str) -> None:
    evidence = declared()
    systems = {source.system for source in evidence.contract.sources.values()}
    used = {
        evidence.contract.sources[evidence.contract.column(name).source or ""].system for name in evidence.training.features
    }
    assert used
    right = part(model_card(evidence, Words(lang)), "right")
    assert {system for system in systems if system in right} == used
    assert DIFFERS in part(model_card(evidence, Words(lang)), "unknown")
    elsewhere = part(model_card(made.public(predictions=True), Words(lang)), "right")
    assert {"nl": "is hier niet bekend", "en": "is not known here"}[lang] in elsewhere
    assert not any(system in elsewhere for system in systems)


def test_what_one_step_mends_in_several_attributes_is_one_step() -> None:
    """Of areas it is always the same step: more areas."""
    asked = [limit(id=f"of_{by}", by=(by,), at_most=0.001) for by in ("sex", "origin")]
    evidence = made.public(of_policy=made.policy(limits=tuple(asked), intersections=()))
    thin = [f for f in evidence.verdict.findings if f.metric is not None]
    assert [f.status for f in thin] == ["NOT_SHOWN", "NOT_SHOWN"]
    areas = AreaFacts(units=41, least=10, under=0, varying=())
    of_areas = replace(
        evidence,
        contract=evidence.contract.model_copy(update={"aggregation_level": "neighbourhood"}),
        training=replace(evidence.training, areas=areas),
    )
    steps = [step for step, _who in decision._asked(Words("en").placed(placed_anywhere), of_areas, 1.0)]
    assert len([step for step in steps if "gather more areas" in step]) == 1


@pytest.mark.parametrize(
    ("decided", "sure"), [(True, "About 90 of 100 such ranges, or more,"), (False, "About 95 of 100 such ranges are")]
)
def test_ranges_of_gaps_are_said_to_be_as_sure_on_page_1_as_in_the_sections(
    decided: bool, sure: str, monkeypatch: pytest.MonkeyPatch, breached: Evidence
) -> None:
    def of(*args: object) -> Apart | None:
        found = apart(*args)  # type: ignore[arg-type]  # as they came
        return None if found is None else replace(found, low=found.gap - 0.01, high=found.gap + 0.01, decided=decided)

    for module in (attribute, worse_off):
        monkeypatch.setattr(module, "apart", of)
    findings: list[Finding] = [f for f in breached.verdict.findings if f.metric is not None and f.status == "FAILED"]
    assert sure in attribute.answers(Words("en"), breached, findings, caption="").note
    page_1 = part(model_card(breached, Words("en")), "worse")
    assert ("about 90 of 100 such ranges, or more" in page_1) is decided
    assert ("About 95 of 100 such ranges are right" in page_1) is not decided


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_ends_within_a_range(lang: str, breached: Evidence) -> None:
    (one,) = (limit for limit in breached.policy.limits if limit.id == "fpr_origin")
    found = Apart(other="x", value=0.2, other_value=0.05, gap=0.15, low=-0.05, high=0.36, limit=one, decided=True)
    inside = told(Words(lang), found)[1].partition("(")[2].partition(")")[0]
    assert len(inside.split("\u00a0")) == 3
    assert " " not in inside


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_factsheet_says_who_bears_the_other_error_too(lang: str) -> None:
    both = [
        limit(id=name, metric=name, by=("origin",), at_most=0.001) for name in ("false_negative_rate", "false_positive_rate")
    ]
    evidence = made.public(unfair=0.16, of_policy=made.policy(limits=tuple(both), intersections=()))
    sheet, words = factsheet(evidence, Words(lang)), Words(lang)
    said = part(sheet, "worse")
    asked = [attribute.of_every_100(words, one["metric"]) for one in both]
    assert [sentence for sentence in asked if sentence not in said] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_that_the_card_explains_are_words_that_it_uses(lang: str, breached: Evidence) -> None:
    words = Words(lang)
    document = model_card(breached, words)
    term = words.say("audit, release gate")
    blocks = [block for block in document.blocks() if getattr(block, "caption", "") != words.say("Words explained")]
    rest = " ".join(line for block in blocks for line in block.lines()).lower()
    assert [word for word in term.lower().split(", ") if word not in rest] == []


def test_why_a_rule_is_broken_goes_before_a_line_for_each_rule_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a page that is full, lines of what holds are cut, and the rest of those is counted."""
    words, evidence = Words("en"), made.public()
    found = evidence.verdict.findings
    weighs = [f for f in found if f.status in ("FAILED", "NOT_SHOWN")]
    broken = [f for f in weighs if f.metric is None]
    monkeypatch.setattr(questions, "ROOM", 10_000.0)
    room = sum(height(block) for block in questions.page(words, evidence, ())) - 40 + TITLE
    monkeypatch.setattr(questions, "ROOM", room)
    blocks = questions.page(words, evidence, ())
    (table,) = (block for block in blocks if isinstance(block, Table))
    reasons = [block for block in blocks if isinstance(block, Bullets)][-1]
    assert len(reasons.items) == len(broken) >= 1
    assert not reasons.left_out_said
    assert len(weighs) <= len(table.rows) < len(found)
    assert f"and {len(found) - len(table.rows)} more" in table.note
    assert sum(height(block) for block in blocks) <= room - TITLE
    # Where the answers that weigh would not all stand there, the reasons are cut.
    monkeypatch.setattr(questions, "ROOM", room - height(table) + 60)
    (table,) = (block for block in questions.page(words, evidence, ()) if isinstance(block, Table))
    assert len(table.rows) == len(found)


OPEN = {"shadow": "signatures_missing", "trial": "signatures_missing", "release": "not_shown"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("roles", [(), ("owner", "dpo")])
@pytest.mark.parametrize("entered", [("shadow", "trial"), ("shadow",), ()])
def test_page_1_says_what_may_begin_now_what_that_is_and_who_signs_for_it(
    lang: str, entered: tuple[str, ...], roles: tuple[str, ...], evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = evidence.policy.stages
    signed = {step: getattr(stages, step).model_copy(update={"signatures": roles}) for step in ("shadow", "trial")}
    policy = evidence.policy.model_copy(update={"stages": stages.model_copy(update=signed)})
    evidence = replace(evidence, policy=policy)
    found = {step: answer if step in entered or step == "release" else "refused" for step, answer in OPEN.items()}
    monkeypatch.setattr(decision, "decided", lambda *_: found)
    words = Words(lang)
    titles = {one.role: words.text(one.title) for one in evidence.charter.signatories}
    what = {
        "nl": {"shadow": "niemand ziet ze", "trial": "één team"}, "en": {"shadow": "nobody sees them", "trial": "one team"},
    }[lang]  # fmt: skip
    card, sheet = model_card(evidence, words), factsheet(evidence, words)
    steps = next(section for section in card.sections if section.id == "next").blocks[0].items  # type: ignore[union-attr]  # a list
    for step, line in zip(entered, steps, strict=False):
        assert what[step] in line
        assert [title in line for title in (titles["owner"], titles["dpo"])] == [True, True] if roles else [True, False]
    assert [text for text in what.values() if text in " ".join(steps)] == [what[step] for step in entered]
    top = " ".join(line for block in card.front for line in block.lines())
    # A word that is said nowhere else is explained where it stands.
    assert not {"shadow", "trial", "schaduw", "proef"} & set(top.lower().replace(",", " ").split())
    assert part(sheet, "next").count("; ".join(titles[role] for role in roles) or words.code("who", "owner")) >= len(entered)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_a_refused_model_the_factsheet_says_first_that_nothing_is_decided_with_it(lang: str, breached: Evidence) -> None:
    assert decision.decided(Words(lang), breached)["release"] == "refused"
    (first, *_) = next(s for s in factsheet(breached, Words(lang)).sections if s.id == "next").blocks[0].items  # type: ignore[union-attr]  # a list
    assert {"nl": "beslis er niets mee", "en": "decide nothing with it"}[lang] in first
    (box, *_) = factsheet(breached, Words(lang)).front
    assert {"nl": "mag niemand er iets mee beslissen", "en": "nobody may decide anything"}[lang] in " ".join(box.lines())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("left", [{}, {"not_linked": 602}, {"not_linked": 600, "no_match": 2}])
def test_why_rows_were_left_out_stands_beside_how_many(lang: str, left: dict[str, int], evidence: Evidence) -> None:
    words = Words(lang)
    parts = tuple(Part(name=name, rows=rows, positives=None) for name, rows in left.items())
    kept = tuple(part for part in evidence.training.parts if part.name not in EXCLUSIONS)
    read = sum(part.rows for part in (*kept, *parts))
    told = replace(evidence, training=replace(evidence.training, parts=(*kept, *parts), read=read))
    line = balance_line(words, told)
    assert words.number(sum(left.values())) in line
    assert [name for name in EXCLUSIONS if words.code("why_left_out", name) in line] == [n for n in EXCLUSIONS if n in left]
