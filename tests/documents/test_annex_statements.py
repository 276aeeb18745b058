"""What readers of the annexes met, by value and not by wording: labels, names, and references to what stands on the page."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

import pytest

from smartstart_gov.authoring.policy_changes import weaker_than_defaults
from smartstart_gov.authoring.value import Text
from smartstart_gov.documents.blocks import Bullets, Facts, Table
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.outline import Placed, Section
from smartstart_gov.documents.prescan import dpia_prescan
from smartstart_gov.documents.sections.ai_act import domain_text
from smartstart_gov.documents.sections.findings import _seen, chance
from smartstart_gov.documents.sections.reliance import reliance
from smartstart_gov.documents.sections.unasked import asked_less, asking, weaker_points
from smartstart_gov.documents.sections.what_goes_in import page
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Sees, Sight
from smartstart_gov.judgement.question import questions
from tests.documents import evidence as made

Lang = Literal["nl", "en"]
PLACED = Placed(section=Section(id="there", title="There"), depth=1, kind="section", number="98.7")
LANGS = pytest.mark.parametrize("lang", ["nl", "en"])


@LANGS
def test_a_table_in_which_something_is_open_is_not_called_declared(vendor: Evidence, lang: Lang) -> None:
    words = Words(lang)
    opened = words.code("basis", "open")
    tables = [block for block in dpia(vendor, words).blocks() if isinstance(block, Table)]
    waiting = [table for table in tables if any(opened in cell.split("\n") for row in table.rows for cell in row)]
    assert waiting
    # A table without a label of its own has one in each row.
    assert {table.basis for table in waiting} <= {"open", None}


@LANGS
@pytest.mark.parametrize(("sizes", "table"), [(1, False), (3, True)])
def test_sizes_of_groups_of_areas_are_those_of_independent_cases(
    evidence: Evidence, lang: Lang, sizes: int, table: bool
) -> None:
    """A group of 800 rows in a few areas says as much as 20 separate cases; one size for all groups is no table."""
    words, asked = Words(lang), questions(evidence.policy.limits[0])[-1]
    sights = tuple(Sight(at_least=20 * i, under=20 * (i + 1), times="1.3") for i in range(1, sizes + 1))
    blocks = _seen(words, evidence, [(asked, Sees(harm="2", cases=None, sights=sights))])
    assert evidence.contract.single("unit") is not None
    assert (len(blocks) == 2 and isinstance(blocks[1], Table)) is table
    loose = replace(evidence, contract=evidence.contract.model_copy(update={"columns": evidence.contract.columns[:-1]}))
    assert loose.contract.single("unit") is None
    said, other = (
        "\n".join(line for block in found for line in block.lines())
        for found in (blocks, _seen(words, loose, [(asked, Sees(harm="2", cases=None, sights=sights))]))
    )
    heads = {"nl": "losse gevallen", "en": "independent cases"}[lang]
    assert heads in said.casefold()
    assert heads not in other.casefold()


@LANGS
def test_what_decided_is_named_where_it_stands(evidence: Evidence, lang: Lang) -> None:
    words = Words(lang)
    row = words.say("What decided")
    assert row in "\n".join(line for block in technical_annex(evidence, words).blocks() for line in block.lines())
    hidden = replace(
        evidence,
        verdict=replace(evidence.verdict, findings=tuple(replace(f, decisive=None) for f in evidence.verdict.findings)),
    )
    assert row not in chance(words, hidden).text
    assert row not in technical_annex(hidden, words).to_text()


@LANGS
def test_the_pre_scan_says_of_the_ai_act_what_the_charter_says(evidence: Evidence, lang: Lang) -> None:
    words = Words(lang)
    changed = {"domain": "law_enforcement", "prescan": {}}
    police = replace(evidence, charter=evidence.charter.model_copy(update=changed))
    rows = [row for block in dpia_prescan(police, words).blocks() if isinstance(block, Facts) for row in block.rows]
    (row,) = [row for row in rows if row.term.startswith("6.1.2 ")]
    assert row.basis == "open"
    assert domain_text(words, police) in row.text
    # What is open says where it is filled in.
    opened = [row for row in rows if row.basis == "open"]
    assert opened
    deciding = "charter.yaml ("
    for row in opened:
        assert deciding in row.text or words.say("Not answered; no outcome depends on it.") in row.text
    # The others' place is said once, above them.
    assert any("charter.yaml" in line and "prescan" in line for line in dpia_prescan(police, words).to_text().splitlines())


@LANGS
def test_names_of_the_data_are_spelt_as_they_are(evidence: Evidence, lang: Lang) -> None:
    words, contract = Words(lang), evidence.contract
    wordy = tuple(c.model_copy(update={"meaning": Text(nl="aaa " * 40 + "a", en="bbb " * 40 + "b")}) for c in contract.columns)
    raw = replace(evidence, contract=contract.model_copy(update={"columns": wordy}))
    said = "\n".join(line for block in reliance(words, raw) for line in block.lines())
    names = [c.name for c in contract.with_role("feature")]
    assert all(name in said for name in names)
    assert not any(name[:1].upper() + name[1:] in said for name in names if name[:1].islower())


@LANGS
def test_names_of_weaker_points_are_whole(lang: Lang) -> None:
    """A rate has brackets in its name, behind which comes who is compared."""
    plain = made.policy()
    limits = tuple(limit.model_copy(update={"harm": "higher"}) for limit in plain.limits)
    evidence, words = made.public(of_policy=plain.model_copy(update={"limits": limits})), Words(lang).placed(lambda *_: PLACED)
    brief = asking(words, evidence, most=0)
    whole = [line for block in asked_less(words, evidence) for line in block.lines()]
    groups = words.columns(evidence.contract, ("origin",))
    lines = [line for line in brief.items if PLACED.number in line]
    assert lines
    names = lines[0].partition(PLACED.number)[2].partition(": ")[2].rstrip(".").split("; ")
    parts = [part for name in names for part in re.split(", | and | en ", name)]
    assert [part for part in parts if not any(part.casefold() in line.casefold() for line in whole)] == []
    assert any(groups in name for name in names)


@LANGS
def test_what_is_asked_more_weakly_stands_in_a_table_once_and_nothing_is_lost(lang: Lang) -> None:
    plain, words = made.policy(), Words(lang).placed(lambda *_: PLACED)
    limits = tuple(limit.model_copy(update={"harm": "higher"}) for limit in plain.limits)
    evidence = made.public(of_policy=plain.model_copy(update={"limits": limits, "alpha": 0.2}))
    (table,) = [block for block in asked_less(words, evidence) if isinstance(block, Table)]
    changes = [change for change in weaker_than_defaults(evidence.policy) if change.key != "limit"]
    assert len([change for change in changes if change.limit is not None]) > 1
    for change in changes:
        key = words.code("policy_key", change.key)
        on = "" if change.limit is None else words.metric(change.limit.metric)
        assert len([row for row in table.rows if key.casefold() in row[0].casefold() and on in row[3]]) == 1, change
    # Of the limits the same is said, so they stand in one row; the count of page 1 is that of the rows and the lines.
    assert len(table.rows) < len(changes)
    bullets = next(block for block in asked_less(words, evidence) if isinstance(block, Bullets))
    assert weaker_points(words, evidence) - len(table.rows) in range(len(bullets.items) - 1, 9)


@LANGS
@pytest.mark.parametrize("told", [True, False])
def test_a_column_in_which_nothing_stands_is_left_out(evidence: Evidence, lang: Lang, told: bool) -> None:
    words = Words(lang).placed(lambda *_: PLACED)
    known = evidence if told else replace(evidence, training=replace(evidence.training, told=()))
    (table,) = [b for b in page(words, known) if isinstance(b, Table) and len(b.header) in (3, 4)][:1]
    assert all(any(row[place] for row in table.rows) for place in range(len(table.header)))
