"""A control that nobody knows yet: made in one place, it is asked, listed, printed and held; the shipped ones are whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from pydantic import BaseModel

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.fields import ASKED, open_facts
from smartstart_gov.authoring.names import WHO
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.project import open_project
from smartstart_gov.cli.projects import _open_text
from smartstart_gov.controls import catalogue
from smartstart_gov.controls.control import NOTHING, Answer, Control, Waits, message
from smartstart_gov.controls.facts import Facts
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.rules import Rules
from smartstart_gov.judgement.finding import Message
from smartstart_gov.judgement.sentences import MESSAGES, add_messages
from smartstart_gov.todo import todo
from tests.controls.cases import CASES, facts
from tests.documents import evidence as made
from tests.house.tree import PACKAGE
from tests.projects import policy, write_project
from tests.test_todo import change
from tools import reference

FILES: dict[str, type[BaseModel]] = {"charter": Charter, "contract": DataContract, "policy": Policy}


def objection(about: Facts) -> Answer:
    if about.charter.objection is None:
        return "NOT_SHOWN", message("control.R44.open"), message("control.R44.remedy")
    return "PASSED", message("control.R44.passed"), NOTHING


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Iterator[Control]:
    """R44, in the catalogue as if it stood in the module of a theme; afterwards it was never there."""
    with patch.dict(MESSAGES):
        made_up = Control(
            rule="R44", title="People can object", severity="declare", case="SyRI: nobody was told", who="dpo",
            answered_in=("charter", ("objection",)), waits_for=(Waits(file="charter", place=("objection",)),),
            messages={
                "control.R44.passed": "It is declared how somebody objects.",
                "control.R44.open": "How somebody objects is not declared.",
                "control.R44.remedy": "Fill in objection in charter.yaml.",
            },
            ask=objection, since=(2,),
        )  # fmt: skip
        monkeypatch.setattr(catalogue, "CATALOGUE", (*catalogue.CATALOGUE, made_up))
        yield made_up


def test_it_is_asked_before_and_after_the_audit_and_is_one_of_the_rules(control: Control) -> None:
    for found in (catalogue.controls(facts()), catalogue.asked_before(facts(charter_file={"objection": "open"}))):
        assert found[-1].id == "control.R44"
    assert found[-1].status == "NOT_SHOWN"
    rules = Rules.of(Policy.model_validate(policy()))
    assert rules.edition == 3
    assert "control.R44" in {one.id for one in rules.controls}


def test_todo_tells_the_fact_it_waits_for_as_in_the_way_of_release(control: Control, tmp_path: Path) -> None:
    home = write_project(tmp_path / "help")
    change(home / "charter.yaml", "objection:\n  nl: Een zin.\n  en: A sentence.\n", "objection: open\n")
    (item,) = [item for item in todo(home).items if item.key == "objection"]
    assert (item.blocks, item.failed) == (True, False)
    assert item.why == "Until then this rule is not shown: People can object (R44)."
    opened = open_project(home)
    waits = open_facts(opened.charter, opened.contract, opened.policy)
    assert "charter objection, " in _open_text(waits, opened, home) + ", "


def test_a_control_that_only_warns_keeps_nothing_from_release(control: Control, tmp_path: Path) -> None:
    home = write_project(tmp_path / "help")
    change(home / "charter.yaml", "objection:\n  nl: Een zin.\n  en: A sentence.\n", "objection: open\n")
    with patch.object(catalogue, "CATALOGUE", (*catalogue.CATALOGUE[:-1], replace(control, severity="warn"))):
        (item,) = [item for item in todo(home).items if item.key == "objection"]
    assert (item.blocks, item.why) == (False, "")


def test_card_and_dpia_print_it_once_it_is_translated(control: Control) -> None:
    evidence: Evidence = made.public(of_charter=made.charter(objection="open"))
    for document in (technical_annex, dpia):
        assert "People can object" in document(evidence, Words("en")).to_text()
        with pytest.raises(LookupError, match=r"People can object|How somebody objects"):
            document(evidence, Words("nl"))


def test_the_reference_lists_it(control: Control) -> None:
    row = "| `R44` | People can object | declare | the data protection officer | `charter.yaml`, `objection` | 1 (2) |"
    assert row in reference.controls_page()


def test_a_code_says_one_thing_and_belongs_to_its_control(control: Control) -> None:
    add_messages(control.messages)
    assert replace(control, who="owner").messages == control.messages
    with pytest.raises(ValueError, match=r"control\.R44\.open"):
        replace(control, messages={"control.R44.open": "Something else."})
    with pytest.raises(ValueError, match=r"of another: control\.R01\.passed"):
        replace(control, messages={"control.R01.passed": MESSAGES["control.R01.passed"]})


def test_nothing_of_it_is_left() -> None:
    with pytest.raises(ValueError, match="not in"):
        Message(code="control.R44.open", values={})
    assert catalogue.control_of("control.R44") is None


# ------------------------------------------------------------------------------------------------------ those that are there
def test_every_module_that_makes_controls_is_a_theme() -> None:
    makes = {
        path.stem
        for path in (PACKAGE / "controls").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Control"
    }
    assert makes == {theme.__name__.rpartition(".")[2] for theme in catalogue.THEMES}


def test_no_rule_stands_twice() -> None:
    rules = [one.rule for one in catalogue.CATALOGUE]
    assert rules == sorted(set(rules))
    assert len(rules) >= 19


@pytest.mark.parametrize("one", catalogue.CATALOGUE, ids=lambda one: one.rule)
def test_what_a_control_points_at_is_there(one: Control) -> None:
    assert one.who in WHO
    assert one.case
    if one.answered_in is not None:
        file, place = one.answered_in
        assert place[0] in FILES[file].model_fields
    for fact in one.waits_for:
        assert fact.place in ASKED[fact.file]
        assert one.answered_in is not None


@pytest.mark.parametrize("one", catalogue.CATALOGUE, ids=lambda one: one.rule)
def test_every_message_of_a_control_is_said(one: Control) -> None:
    said = {code for case in CASES for code in (case.reason, case.remedy)}
    assert set(one.messages) - said == set()
