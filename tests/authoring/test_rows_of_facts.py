"""The row of a fact: what stands on its field reaches schema, start files and the sections that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from smartstart_gov.authoring import scaffold
from smartstart_gov.authoring.ask import Ask, ask_in, asked_in
from smartstart_gov.authoring.dpia_form import DPIA_PARTS
from smartstart_gov.authoring.fields import ASKED
from smartstart_gov.authoring.names import File, Place
from smartstart_gov.authoring.value import Authored, Declared
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.outline import Document
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.intake.draft.proposal import taught
from tests.documents import evidence as made

ROWS = [(file, place, ask) for file, asked in ASKED.items() for place, ask in asked.items()]
SHOWN = [(file, place, ask) for file, place, ask in ROWS if ask.term]
NEW = Ask("dpo", "Is this new?", "Yes.", term="How to object", annex="use", dpia="15.7")


def lines(document: Document, id_: str) -> str:
    (section,) = [placed.section for placed in document.walk() if placed.section.id == id_]
    return "\n".join(line for block in section.blocks for line in block.lines())


def part(number: str) -> str:
    """Return the id of the part of the DPIA that holds a number."""
    return f"part-{number.partition('.')[0]}" if number else ""


def test_some_facts_are_shown_by_their_row_alone() -> None:
    assert {place for _, place, _ in SHOWN} >= {("objection",), ("legal_basis",), ("exit", "deletion")}


@pytest.mark.parametrize(("file", "place", "ask"), SHOWN, ids=lambda value: ".".join(value) if isinstance(value, tuple) else "")
def test_the_sections_of_a_row_are_there_and_say_it(file: File, place: Place, ask: Ask) -> None:
    assert "*" not in place, "a fact that stands many times is shown by a section in its own words"
    evidence, words = made.public(), Words("en")
    for document, id_ in ((technical_annex(evidence, words), ask.annex), (dpia(evidence, words), part(ask.dpia))):
        if id_:
            assert f"{ask.term}." in lines(document, id_)
    assert not ask.dpia or ask.dpia in DPIA_PARTS


@pytest.mark.parametrize("declared", ["filled", "open"])
def test_a_new_row_is_shown_where_it_says_and_open_with_who_fills_it_in(declared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = made.public()
    monkeypatch.setitem(ASKED["charter"], ("limitations",), NEW)
    if declared == "open":
        charter = evidence.charter.model_copy(update={"limitations": None})
        evidence = replace(evidence, charter=charter)
        said = (
            "Not filled in yet: How to object. To be filled in by the data protection officer, in charter.yaml (limitations)."
        )
    else:
        said = f"How to object. {evidence.charter.limitations.en}"  # type: ignore[union-attr]  # it is filled in
    words = Words("en")
    assert said in lines(technical_annex(evidence, words), "use")
    form = lines(dpia(evidence, words), part("15.7"))
    assert said in form if declared == "filled" else "How to object" in form.split("[open] Not filled in yet:")[1]


@pytest.mark.parametrize("file", ["charter.yaml", "own_charter.yaml"])
def test_a_new_row_stands_in_the_charter_to_start_from(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = scaffold.start(file)

    def more(kind: type[BaseModel]) -> Iterator[tuple[Place, Ask]]:
        yield from [
            *asked_in(kind),
            (("brand_new",), NEW),
            (("exit", "inside"), NEW),
            (("unshown",), Ask("owner", "What?", "That.")),
        ]

    monkeypatch.setattr(scaffold, "asked_in", more)
    assert scaffold.start(file) == before + "# Is this new?\nbrand_new: open\n"
    assert taught(file, "nl").endswith("\nbrand_new: open\n")
    assert taught(file, "en").endswith("\n# Is this new?\nbrand_new: open\n")


def test_the_charters_to_start_from_hold_what_documents_show() -> None:
    for file in ("charter.yaml", "own_charter.yaml"):
        keys = re.findall(r"^(\w+):", scaffold.start(file), re.MULTILINE)
        assert len(set(keys)) == len(keys)
        assert {place[0] for of_file, place, _ in SHOWN if of_file == "charter"} <= set(keys)


def test_the_schema_says_the_meaning_or_else_the_question() -> None:
    class Held(Authored):
        asked: Annotated[Declared, Ask("owner", "What is asked?", "That.")]
        meant: Annotated[Declared, Ask("owner", "What is asked?", "That.")]
        """What is meant."""

    found: dict[str, Any] = Held.model_json_schema()["properties"]
    assert found["asked"]["description"] == "What is asked?"
    assert found["meant"]["description"] == "What is meant."
    assert ask_in(Held.model_fields["asked"]) == Ask("owner", "What is asked?", "That.")


@pytest.mark.parametrize("row", [{"term": "A"}, {"annex": "ethics"}, {"dpia": "4"}])
def test_a_row_has_both_term_and_section_or_neither(row: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a fact that a section shows has a term"):
        Ask("owner", "What?", "That.", **row)


def test_many_of_one_kind_are_one_place() -> None:
    class Part(Authored):
        why: Annotated[Declared, Ask("data", "Why?", "So.")]

    class Whole(Authored):
        one: Part
        maybe: Part | None = None
        several: tuple[Part, ...] = ()
        by_name: dict[str, Part] = Field(default_factory=dict)

    assert [place for place, _ in asked_in(Whole)] == [
        ("one", "why"), ("maybe", "why"), ("several", "*", "why"), ("by_name", "*", "why"),
    ]  # fmt: skip
