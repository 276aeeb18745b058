"""The parts and fields of the Model DPIA Rijksdienst 3.0 that a charter answers by number, and what such an answer may be.

What another key of the three files answers has no number here: `docs/reference` and the annex say which. A field that the form
repeats for each processing is answered once, for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from smartstart_gov.authoring.ask import Ask

#: Numbers of parts under which a charter may declare text.
DPIA_PARTS = (
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12.1", "12.2", "12.3", "12.4", "13",
    "14.1", "14.2", "15.1", "15.2", "15.3", "15.4", "15.5", "15.6", "15.7", "15.8", "16", "17", "18", "19", "20",
)  # fmt: skip
#: The eight rights of part 15.
RIGHTS = tuple(f"15.{n}" for n in range(1, 9))
Kind = Literal["text", "line", "choice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field.

    Attributes
    ----------
    id : str
        Its number in the model.
    kind : {"text", "line", "choice"}
        A sentence in both languages, one line that reads the same in both, or one of `options`.
    options : tuple of bool or str
    after : tuple of str and (bool or str), or None
        It is asked only if that field has that answer.
    """

    id: str
    kind: Kind
    options: tuple[bool | str, ...] = ()
    after: tuple[str, bool | str] | None = None


def _rights() -> tuple[Field, ...]:
    return tuple(
        field
        for right in RIGHTS
        for field in (
            Field(id=f"{right}.1", kind="choice", options=(True, False, "not_applicable")),
            Field(id=f"{right}.3", kind="choice", options=(True, "not_applicable")),
            Field(id=f"{right}.4", kind="text", after=(f"{right}.3", True)),
        )
    )


#: Every field that has a number of its own, in the order of the model.
FIELDS: dict[str, Field] = {
    field.id: field
    for field in (
        Field(id="8.1.1.1", kind="text"),
        Field(id="8.1.1.3", kind="text"),
        Field(id="9.1.1.2", kind="text"),
        Field(id="13.1.1.5", kind="choice", options=("allowed_by_law", "compatible", "no_further_use")),
        Field(id="13.1.1.6", kind="text", after=("13.1.1.5", "allowed_by_law")),
        *_rights(),
        Field(id="17.2", kind="text"),
        Field(id="19.1.3", kind="text"),
        Field(id="19.2", kind="choice", options=("draft", "final")),
        Field(id="19.3.2.4", kind="line"),
        Field(id="19.4.2", kind="line"),
        Field(id="19.4.3", kind="line"),
        Field(id="19.4.6", kind="line"),
        Field(id="20.1.2", kind="line"),
        Field(id="20.1.3", kind="line"),
        Field(id="20.1.7", kind="line"),
    )
}
#: Fields that people are asked for, in groups of one question each; the others only add to what is there.
FIELD_ASKS: tuple[tuple[tuple[str, ...], Ask], ...] = (
    (("8.1.1.1",), Ask("data", "DPIA field 8.1.1.1: where are the data processed?", "A data centre in the Netherlands.")),
    (
        ("9.1.1.2",),
        Ask("lawyer", "DPIA field 9.1.1.2: which articles of law apply to the processing?", "Article 7.4.0 of the Youth Act."),
    ),
    (
        ("13.1.1.5",),
        Ask(
            "lawyer",
            "DPIA field 13.1.1.5: does a law allow the new use, is it compatible with the first purpose, or is there none?"
            " Answer allowed_by_law, compatible or no_further_use.",
            "compatible",
            code="further_use",
        ),
    ),
    (
        tuple(f"{right}.{n}" for right in RIGHTS for n in (1, 3)),
        Ask(
            "dpo",
            "DPIA part 15: is there a procedure for each right (15.1.1 to 15.8.1), and does a law restrict it (15.1.3 to"
            " 15.8.3)? Answer true, false or not_applicable.",
            "true",
            code="procedure",
        ),
    ),
    (("19.2",), Ask("dpo", "DPIA field 19.2: is this DPIA a draft, or final?", "draft", code="dpia_status")),
    (
        ("19.4.2", "19.4.3", "19.4.6"),
        Ask(
            "owner",
            "DPIA part 19.4: which directorate (19.4.2) and department (19.4.3) keep this DPIA, and where (19.4.6)?",
            '"Social affairs"',
        ),
    ),
    (
        ("20.1.2", "20.1.3", "20.1.7"),
        Ask(
            "owner",
            "DPIA part 20: which directorate (20.1.2) and department (20.1.3) adopt this DPIA, and which department wrote it"
            " (20.1.7)?",
            '"Social affairs"',
        ),
    ),
)


def ask_of_field(number: str) -> Ask | None:
    """Return the question that a field belongs to; None for a field that nobody is asked for."""
    return next((ask for numbers, ask in FIELD_ASKS if number in numbers), None)


def fault(number: str, answers: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong with the answer under `number`, and the remedy; None if nothing is, or if it is open."""
    answer, field = answers[number], FIELDS.get(number)
    if field is None and number not in DPIA_PARTS:
        remedy = f"The parts are {', '.join(DPIA_PARTS)}, and the fields {', '.join(FIELDS)}, each in quotes."
        return f"dpia has no part or field {number!r}", remedy
    if answer is None:
        return None
    if field is None or field.kind == "text":
        if isinstance(answer, bool | str):
            return f"{number} must be answered with a sentence in both languages", 'Write {nl: "...", en: "..."}.'
    elif field.kind == "line":
        if not isinstance(answer, str):
            return f"{number} must be answered with one line of text", "Write the line in quotes, once for both languages."
    elif not any(answer == option and type(answer) is type(option) for option in field.options):
        listed = ", ".join("true" if o is True else "false" if o is False else o for o in field.options)
        return f"{number} must be answered with one of its options", f"Choose from {listed}."
    if field is not None and field.after is not None and answers.get(field.after[0]) != field.after[1]:
        before, wanted = field.after
        said = "true" if wanted is True else wanted
        return f"{number} is asked only where {before} is {said}", f"Answer {before}, or remove {number}."
    return None
