"""What the documents say is carried by the evidence: nothing open is declared, nothing is said that nobody measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.policy_changes import POLICY, policy_changes
from smartstart_gov.controls.predecessor import Previous
from smartstart_gov.documents.blocks import Block, Facts, Missing, Prose, Table
from smartstart_gov.documents.card import model_card
from smartstart_gov.documents.declarations import personal_data
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.outline import Document
from smartstart_gov.documents.render import KINDS
from smartstart_gov.documents.sections.findings import reason
from smartstart_gov.documents.summary import NEARLY_ALL
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.terms import CODES
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.judgement.finding import Message
from smartstart_gov.judgement.sentences import MESSAGES, SINGLE
from smartstart_gov.statistics.contrasts import disparities
from smartstart_gov.statistics.estimates import measure
from tests.documents import evidence as made

LANGUAGES = ("nl", "en")


def documents(evidence: Evidence, lang: str) -> Iterator[Document]:
    for kind in KINDS:
        yield builder_of(kind)(evidence, Words(lang))


def front(document: Document) -> str:
    return "\n".join(line for block in document.front for line in block.lines())


# ------------------------------------------------------------------------------------- what is open
def statements(block: Block) -> Iterator[tuple[str | None, str]]:
    if isinstance(block, Facts):
        yield from ((row.basis, row.text) for row in block.rows)
    elif isinstance(block, Prose):
        yield block.basis, block.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_open_is_called_declared(lang: str) -> None:
    """A charter in which everything is open: what stands under "declared" was said by somebody."""
    evidence, unsaid = made.public(full=False), Words(lang).text(None)
    for document in documents(evidence, lang):
        for block in document.blocks():
            for basis, said in statements(block):
                # The card has no marks: there nothing is called declared at all.
                assert basis in ("open", None if document.kind == "model_card" else "open") or unsaid not in said.lower(), (
                    document.kind,
                    basis,
                    said,
                )
                assert not re.search(r"\bNone\b", said), said


@pytest.mark.parametrize("function", ["open", made.both("teamleider", "team leader")])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_open_owner_is_open_everywhere(lang: str, function: Any) -> None:
    owner = {"organisation": "open", "function": function, "contact": "open"}
    for document in documents(made.public(of_charter=made.charter(full=False, owner=owner)), lang):
        blocks = list(document.blocks())
        where = [row.where for b in blocks if isinstance(b, Facts) for row in b.rows]
        where += [b.where for b in blocks if isinstance(b, Missing)]
        # The DPIA lists what is open at its end.
        where += [cell for b in blocks if isinstance(b, Table) and document.kind == "dpia" for row in b.rows for cell in row]
        assert document.kind in ("model_card", "factsheet", "dpia_prescan") or any("owner" in place for place in where)
        assert not re.search(r"\bNone\b", document.to_text())


@pytest.mark.parametrize(("feature", "said"), [(None, True), (False, False)])
def test_what_nobody_said_of_special_categories_stands_beside_the_answer(feature: bool | None, said: bool) -> None:
    columns = tuple(
        column.model_copy(update={"special_category": feature}) if column.role == "feature" else column
        for column in made.contract().columns
    )
    evidence = made.public(of_contract=made.contract().model_copy(update={"columns": columns}))
    answer = "Nobody has said whether these features are special-category data"
    assert (answer in technical_annex(evidence, Words("en")).to_text()) == said
    # Version 1 of the control passed all the same; its answer is not printed without it.
    finding = next(one for one in evidence.verdict.findings if one.id == "control.R01")
    passed = replace(finding, status="PASSED", reason=Message(code="control.R01.passed", values={}))
    assert ("features, nobody has said whether they are" in reason(Words("en"), evidence, passed)) == said
    assert "whether they are" not in reason(Words("en"), evidence, finding), "nothing is said twice"


# ------------------------------------------------------------------------------ how it was measured
@cache
def without_a_unit(folds: int | None) -> Evidence:
    columns = tuple(column for column in made.contract().columns if column.role != "unit")
    private = made.private(of_contract=made.contract().model_copy(update={"columns": columns}))
    return public_edition(replace(private, training=replace(private.training, folds=folds, overlap=None)))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("folds", [None, 5])
def test_without_a_key_nothing_is_said_of_the_rows_of_one_person(lang: str, folds: int | None) -> None:
    words = Words(lang)
    asked = {
        words.say("How the parts were made"),
        words.say("What was audited"),
        words.say("Rows with the same contents as another row"),
    }
    found = {
        row.term: row.text
        for document in documents(without_a_unit(folds), lang)
        for block in document.blocks()
        if isinstance(block, Facts)
        for row in block.rows
        if row.term in asked
    }
    assert found.keys() == asked
    assert not re.search("person or|one person|unit|key|persoon of|één persoon|huishouden|sleutel", "\n".join(found.values()))
    assert words.say("No column tells people apart.") in found[words.say("How the parts were made")]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("folds", [None, 5])
def test_a_model_that_learned_of_all_rows_is_not_said_to_be_audited_on_others(lang: str, folds: int | None) -> None:
    others = Words(lang).say("The audit uses rows the model was not trained on.")
    assert (others in dpia(without_a_unit(folds), Words(lang)).to_text()) == (folds is None)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("explainer", "by"), [
    ("orders of the contract's columns, interventional, 200 background rows; other orders move a value by 0.013", "0.013"),
    ("exact values of trees, 200 background rows", None),
    ("every coalition of the contract's columns, interventional, 200 background rows", None),
    ("closed form of a linear model, 200 background rows; cut from 1000 to 500 rows to stay within 20 s", None),
])  # fmt: skip
def test_estimated_values_are_called_that_and_exact_ones_are_not(lang: str, explainer: str, by: str | None) -> None:
    private = made.private()
    evidence = public_edition(replace(private, attribution=replace(made.attribution(), explainer=explainer)))
    words = Words(lang)
    said = technical_annex(evidence, words).to_text()
    moved = words.say(
        "These values are estimates: another random order of the facts would shift a row's value by about {by}. The standard"
        " errors above do not include this.",
        by=words.short(float(by or 0)),
    )
    assert (moved in said) == (by is not None)
    assert not re.search("contract's columns|interventional", said)


def test_what_is_at_most_so_much_is_rounded_upwards() -> None:
    private = made.private()
    found = replace(made.attribution(), ended="standard_error", reached=0.03126)
    said = technical_annex(public_edition(replace(private, attribution=found)), Words("en")).to_text()
    assert "is at most 3.2% of the number itself" in said


# --------------------------------------------------------------------------- nearly everybody selected
@cache
def selecting(share: float) -> Evidence:
    """Return evidence in which about `share` of every kind of case is selected."""
    private = made.private()
    counts: Any = np.array(private.tally.counts)  # type: ignore[union-attr]  # the private edition holds a Tally
    of = counts.sum(axis=-1, keepdims=True)
    chosen = np.round(of * share).astype(np.int64)
    tally = replace(private.tally, counts=np.concatenate([of - chosen, chosen], axis=-1))  # type: ignore[type-var]  # as above
    margins, metrics = private.policy.margins, private.rules.metrics
    return public_edition(
        replace(
            private, tally=tally, metrics=measure(tally, margins, metrics), disparities=disparities(tally, margins, metrics)
        )
    )


@pytest.mark.parametrize("make", [model_card, technical_annex, dpia])
@pytest.mark.parametrize(("share", "said"), [(0.5, False), (0.9, False), (0.97, True)])
def test_the_first_page_says_that_nearly_everybody_is_selected(make: Any, share: float, said: bool) -> None:
    assert 0.9 < NEARLY_ALL < 0.97
    for lang, start in (("en", "Nearly everybody is selected: "), ("nl", "Het model wijst bijna iedereen aan: ")):
        assert (start in front(make(selecting(share), Words(lang)))) == said


# --------------------------------------------------------------------------------------------- words
@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_comparison_is_not_spoken_of_as_many(lang: str) -> None:
    values = {
        "comparisons": 1, "inside": 0, "outside": 1, "undefined": 1, "group": "A", "other": "B", "group_kind": "level",
        "other_kind": "level",
    }  # fmt: skip
    assert SINGLE.keys() <= MESSAGES.keys()
    for code in SINGLE:
        said = Words(lang).message(Message(code=code, values=values), made.contract(), ("origin",))
        assert "1" not in said, said
        assert said != Words(lang).message(Message(code=code, values=values | {"comparisons": 3}), made.contract(), ("origin",))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rows_whose_group_is_not_recorded_are_called_that(lang: str) -> None:
    for code, sentence in MESSAGES.items():
        said = Words(lang).say(sentence, **dict.fromkeys(re.findall(r"\{(\w+)\}", sentence), "x"))
        assert not re.search("unknown group|onbekende groep|groep onbekend", said), code


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_features_tell_is_told_in_words(lang: str) -> None:
    message = Message(code="control.R02.failed", values={"told": "absence + moves (origin, 0.99); age (origin, 1.00)"})
    words = Words(lang)
    said = words.message(message, made.contract())
    for name in ("absence", "moves", "age", "origin"):
        assert words.column(made.contract(), name) in said
        assert not re.search(rf"\b{name}\b(?! of)", said) or name in words.column(made.contract(), name)


def test_every_key_by_which_a_policy_can_grow_weaker_has_a_word() -> None:
    own = made.policy().model_copy(update={"trusted_types": ("own.Model",)})
    changes = policy_changes(made.policy(), own).weaker
    assert [change.key for change in changes] == ["trusted_types"]
    told = {key for key, judge in POLICY.items() if judge is not None and judge.__name__ != "_other"}
    assert told <= CODES["policy_key"].keys()
    previous = Previous(version="0.9.0", bundle="sha256:" + "5c" * 32, contract=made.contract(), policy=made.policy())
    evidence = public_edition(replace(made.private(of_policy=own), previous=previous))
    assert "own.Model" in front(technical_annex(evidence, Words("nl")))


def test_personal_data_of_which_something_is_open_stand_under_the_mark_open() -> None:
    words, contract = Words("en"), made.contract()
    columns = contract.columns
    told = tuple(column.model_copy(update={"special_category": bool(column.special_category)}) for column in columns)
    (whole,) = personal_data(words, contract.model_copy(update={"columns": told}))
    assert (whole.basis, len(whole.rows)) == ("declared", len(columns))
    unsaid = told[0].model_copy(update={"special_category": None}), told[1].model_copy(update={"meaning": None})
    declared, open_ = personal_data(words, contract.model_copy(update={"columns": (*unsaid, *told[2:])}))
    assert (declared.basis, open_.basis) == ("declared", "open")
    assert [row[0] for row in open_.rows] == [column.name for column in unsaid]
    assert all(words.text(None) in row for row in open_.rows)
    assert not any(words.text(None) in row for row in declared.rows)
