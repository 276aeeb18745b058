"""The factsheet: two pages whatever the texts, in plain words, and nothing that the public edition does not carry."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.controls.catalogue import CATALOGUE
from smartstart_gov.counting.tally import Tally
from smartstart_gov.documents.blocks import PAGE, Badge, Bullets, Figure
from smartstart_gov.documents.charts import WIDTH, hundred, one_hundred
from smartstart_gov.documents.factsheet import PAGES
from smartstart_gov.documents.render import render
from smartstart_gov.documents.sections.decision import decided
from smartstart_gov.documents.summary import PEOPLE, cells_of, frequencies, printed
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.statistics.estimates import measure, share_of_all
from smartstart_gov.statistics.rates import RATES
from tests.documents import evidence as made
from tests.documents import extremes
from tests.documents.page_texts import filled, page_texts
from tests.documents.plain_language import texts
from tests.documents.test_model_card import PROJECTS

LANGUAGES = ("nl", "en")
TITLES = {
    "nl": ("Wat doet het model?", "Wie beslist?", "Hoe vaak heeft het model gelijk?", "Welke gegevens gebruikt het?", "Wat zijn uw rechten?"),
    "en": ("What does the model do?", "Who decides?", "How often is the model right?", "Which data does it use?", "What are your rights?"),
}  # fmt: skip
#: A sentence of 19 words, again and again: as long as a plain one may be.
LONG = "De buurtwerker belt het gezin en vraagt of het hulp wil, en daarna kijkt een collega er nog naar"
SENTENCES = f"{LONG}. {LONG}. {LONG}."


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def of_long_sentences(patch: pytest.MonkeyPatch) -> Evidence:
    """Every text that has two languages is three sentences of the same length."""
    patch.setattr(extremes, "long", lambda lang, most=0: SENTENCES)
    return extremes.longest(patch)


STRAINED: dict[str, Callable[[pytest.MonkeyPatch], Evidence]] = {**PROJECTS, "long sentences": of_long_sentences}


# --------------------------------------------------------------------------------------------------------------- pages
@pytest.mark.slow
@pytest.mark.pdf
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", STRAINED)
def test_it_is_two_pages_whatever_the_texts(name: str, lang: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    document = render(STRAINED[name](monkeypatch), "factsheet", lang=lang)
    file = document.write_pdf(tmp_path / "factsheet.pdf")
    pages = page_texts(file)
    assert len(pages) == PAGES == 2
    what, decides, right, data, rights = TITLES[lang]
    assert all(title in flat(pages[0]) for title in (what, decides, right))
    assert all(title in flat(pages[1]) for title in (data, rights))
    # Full enough to be read as a page, and nothing in the margin where its number stands.
    assert min(filled(file)) > 0.6
    titles = [one.title for one in document.outline.sections]
    assert [title for title in titles if title not in flat(" ".join(pages))] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_cut_ends_with_a_whole_sentence_and_says_where_the_rest_is(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extremes, "long", lambda lang, most=0: SENTENCES)
    charter = extremes._read(Charter, extremes._everywhere(made.charter().to_record(), 0))
    evidence = made.public(of_charter=charter)
    where = {"nl": "(meer in de bijlage)", "en": "(more in the annex)"}[lang]
    said = "\n".join(texts(b for b in render(evidence, "factsheet", lang=lang).outline.blocks() if not isinstance(b, Figure)))
    cut = re.findall(r"(\S+) … (\([^)]*\))", said)
    assert {pointer for _, pointer in cut} == {where}
    assert len(cut) >= 6
    assert {word for word, _ in cut} == {"naar."}
    assert SENTENCES in flat(render(evidence, "technical_annex", lang=lang).text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_technical_annex_has_every_text_that_the_factsheet_may_cut(lang: str, evidence: Evidence) -> None:
    charter, contract = evidence.charter, evidence.contract
    declared = [
        charter.title, charter.purpose, charter.decision, charter.population, charter.oversight, charter.objection, charter.limitations,
        charter.exit.stop_criteria, charter.owner.function, contract.meaning, contract.unit_of_analysis,
        contract.single("label").meaning,  # type: ignore[union-attr]  # there is one
    ]  # fmt: skip
    annex = flat(render(evidence, "technical_annex", lang=lang).text).lower()
    assert [text.in_(lang) for text in declared if text is not None and text.in_(lang).rstrip(".").lower() not in annex] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_cut_never_takes_away_which_answer_counts(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its value 'released with a summons: no' says the opposite."""
    record = made.contract().to_record()
    label = next(column for column in record["columns"] if column["role"] == "label")
    label |= {
        "levels": ["ja", "nee"], "dtype": "string", "positive": "nee", "meaning": made.both(SENTENCES, SENTENCES),
        "labels": {"nee": made.both("nee, vastgehouden", "no, held")},
    }  # fmt: skip
    contract = extremes._read(DataContract, record)
    charter = extremes._read(Charter, extremes._everywhere(made.charter().to_record(), 4000))
    evidence = made.public(of_contract=contract, of_charter=charter)
    for kind in ("factsheet", "model_card"):
        said = flat(render(evidence, kind, lang=lang).text)
        meant = {"nl": "De uitkomst is", "en": "The outcome is"}[lang]
        value = {"nl": "nee, vastgehouden", "en": "no, held"}[lang]
        assert re.search(rf"{meant}: '{value}' \(De buurtwerker", said), kind


# ------------------------------------------------------------------------------------------------------------- numbers
def test_the_picture_is_of_the_counts_and_each_number_lies_in_its_range(breached: Evidence) -> None:
    total = printed(breached).total
    assert total is not None
    tn, fp, fn, tp = hundred(cells_of(total))
    figure = next(block for block in render(breached, "factsheet", lang="en").outline.blocks() if isinstance(block, Figure))
    found = [
        tuple(map(int, one)) for one in re.findall(r"(\d+) (?:not )?selected.*?\(probably between (\d+) and (\d+)", figure.alt)
    ]
    assert [n for n, _, _ in found] == [tp, fp, fn, tn]
    assert all(low <= n <= high for n, low, high in found)
    assert figure.svg.count("<circle") + figure.svg.count("<rect") + figure.svg.count("l4.6 4.6") == 100 + 4


@pytest.mark.parametrize("small", [False, True])
def test_a_share_of_all_is_the_rate_with_the_same_cells(small: bool) -> None:
    tally: Tally = made.tally(small=small)
    table = measure(tally, ())
    for name in ("selection_rate", "base_rate", "accuracy"):
        ours, theirs = share_of_all(tally, RATES[name].numerator), table.at(0, table.metrics.index(name))
        assert (ours.numerator, ours.denominator) == (theirs.numerator, theirs.denominator)
        assert np.allclose([ours.value, ours.low, ours.high], [theirs.value, theirs.low, theirs.high], rtol=0, atol=1e-15)


def test_where_nothing_may_be_printed_there_is_no_share() -> None:
    nothing = replace(printed(made.public()), total=None)
    with pytest.raises(ValueError, match="nothing may be printed"):
        share_of_all(nothing, ("tp",))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_only_groups_that_are_printed_have_a_picture(lang: str, breached: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what is hidden, pooled or not recorded: their names stand in no picture."""
    words = Words(lang)
    for evidence in (breached, extremes.many(monkeypatch, unfair=0.16)):
        alts = " ".join(b.alt for b in render(evidence, "factsheet", lang=lang).outline.blocks() if isinstance(b, Figure))
        shown = re.findall(r"(?:\.|;) ([^.;:()]+) \([^()]+\): \d+ ", alts)
        assert shown
        levels = {
            words.group(evidence.contract, (margin.attribute,), row.name).lower()
            for margin in printed(evidence).margins for row in margin.rows if row.kind == "level"
        }  # fmt: skip
        assert {name.lower() for name in shown} <= levels
        assert words.code("group", "unknown") not in alts


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_no_count_may_be_printed_it_says_so(lang: str, evidence: Evidence) -> None:
    nothing = replace(
        evidence, tally=replace(printed(evidence), total=None, margins=tuple(
            replace(margin, rows=(), printed=0, unknown_rows=None) for margin in printed(evidence).margins
        )), metrics=measure(replace(printed(evidence), total=None, margins=()), ()),
    )  # fmt: skip
    said = render(nothing, "factsheet", lang=lang).text
    assert {"nl": "De aantallen zijn te klein om te tonen.", "en": "The numbers are too small to show."}[lang] in said
    assert {"nl": "Geen groep is groot genoeg om te tonen.", "en": "No group is large enough to show."}[lang] in said


# --------------------------------------------------------------------------------------------------------------- words
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["plain", "predictions", "nothing printed"])
def test_it_names_no_file_no_key_and_no_id(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = PROJECTS[name](monkeypatch)
    said = render(evidence, "factsheet", lang=lang).text
    # A functional mailbox is no file.
    said = said.replace(str(evidence.charter.owner.contact), "")
    assert (
        re.findall(r"\w+\.(?:yaml|json|py|csv|pdf)\b|\b(?:control|limit)\.\w|\bR\d\d\b|\w_\w|sha256|None\b|\{|\}", said) == []
    )
    limits = {limit.id for limit in evidence.policy.limits}
    columns = {column.name for column in evidence.contract.columns if "_" in column.name}
    assert [word for word in limits | columns if re.search(rf"\b{re.escape(word)}\b", said)] == []


def test_what_is_open_is_said_to_be_open(vendor: Evidence) -> None:
    said = flat(render(vendor, "factsheet", lang="en").text)
    for sentence in (
        "This is open: nobody has written down who decides. The owner of the model has to fill this in.",
        "What the model cannot do is not written down yet.",
        "How you object is not settled yet.",
        "When the model stops is open.",
        "No date is set for measuring whether it helps people.",
        "Which data the model sees is not known.",
    ):
        assert sentence in said
    dutch = flat(render(vendor, "factsheet", lang="nl").text)
    assert dutch.count("staat nog") + dutch.count("nog niet") >= 6


def test_with_everything_open_it_is_two_pages_that_say_so(vendor: Evidence, tmp_path: Path) -> None:
    open_: dict[str, Any] = {
        "purpose": None, "population": None, "decision": None, "effect": None, "coercive": None, "vulnerable": None,
        "owner": vendor.charter.owner.model_copy(update={"organisation": None, "function": None, "contact": None}),
    }  # fmt: skip
    said = flat(render(replace(vendor, charter=vendor.charter.model_copy(update=open_)), "factsheet", lang="en").text)
    for sentence in (
        "What the model is for has not been written down yet.", "Whom the model is about has not been written down yet.",
        "What follows for a selected case is not settled yet.", "It is still open whether people can be forced.",
        "Which organisation is responsible is not written down yet.", "Whom you can ask is not filled in yet.",
    ):  # fmt: skip
        assert sentence in said


def test_its_answer_is_that_of_the_gate(monkeypatch: pytest.MonkeyPatch, evidence: Evidence, breached: Evidence) -> None:
    words = {
        "refused": "May this model be used? No.", "not_shown": "May this model be used? Not yet.",
        "signatures_missing": "May this model be used? Yes, once everybody has signed.", "allowed": "May this model be used? Yes.",
    }  # fmt: skip
    for one in (evidence, breached):
        (badge,) = (block for block in render(one, "factsheet", lang="en").outline.blocks() if isinstance(block, Badge))
        assert badge.word == words[decided(Words("en"), one)["release"]]
    for result, word in words.items():
        monkeypatch.setattr("smartstart_gov.documents.sections.decision.decide", lambda *_, result=result, **__: result)
        (badge,) = (block for block in render(evidence, "factsheet", lang="en").outline.blocks() if isinstance(block, Badge))
        assert badge.word == word
        assert ("a last check looks at the files" in badge.text) == (result in ("signatures_missing", "allowed"))


def test_a_sketch_says_that_it_was_not_checked(evidence: Evidence) -> None:
    said = render(replace(evidence, look=None), "factsheet", lang="en").text
    assert "May this model be used? Not yet." in said
    assert "The check itself has not been done yet." in said


def test_every_control_has_a_step_in_plain_words() -> None:
    assert all(control.plainly for control in CATALOGUE)


# ------------------------------------------------------------------------------------------------------------ pictures
def test_signs_are_told_apart_without_colour_and_letters_are_large_enough(evidence: Evidence) -> None:
    figures = [block for block in render(evidence, "factsheet", lang="nl").outline.blocks() if isinstance(block, Figure)]
    assert len(figures) == 2
    for figure in figures:
        sizes = [float(size) for size in re.findall(r'font-size="(\d+)"', figure.svg)]
        assert min(sizes) * PAGE / WIDTH >= 8
        assert figure.alt
    one = one_hundred((("selected", 25, "a"), ("alarm", 25, "b"), ("missed", 25, "c"), ("left", 25, "d")), alt="x")
    shapes = re.findall(r"scale\(1\.5\)\">(.*?)</g>", one)
    grey = {re.sub(r'(fill|stroke)="#[0-9a-f]+"', "", shape) for shape in shapes}
    assert len(shapes) == 104
    assert len(grey) == 4


def test_signs_that_are_not_a_hundred_are_refused() -> None:
    with pytest.raises(ValueError, match="99, not to 100"):
        one_hundred((("selected", 99, "a"),), alt="x")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_how_often_it_is_right_stands_beside_what_drawing_lots_would_give(lang: str, breached: Evidence) -> None:
    total = printed(breached).total
    assert total is not None
    tn, fp, fn, tp = cells_of(total)
    _, alarms, _, right = hundred((tn, fp, fn, tp))
    chosen = alarms + right
    lot = round(chosen * (fn + tp) / (tn + fp + fn + tp))
    figure = next(block for block in render(breached, "factsheet", lang=lang).outline.blocks() if isinstance(block, Figure))
    # How many are right, their range, and lots.
    assert [int(n) for n in re.findall(r"\d+", figure.alt.split(".")[1])][::3] == [right, lot]
    assert lot not in (0, right, chosen)
    chosen = sum(hundred((tn, fp, fn, tp), PEOPLE)[i] for i in (1, 3))
    bullets = next(block for block in frequencies(Words(lang), breached) if isinstance(block, Bullets))
    told = [int(n) for n in re.findall(r"\d+", bullets.items[-1])]
    assert (told[0], told[-1]) == (chosen, round(chosen * (fn + tp) / (tn + fp + fn + tp)))
