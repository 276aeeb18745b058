"""Charter: what the model is for, whom it affects, who is responsible for it, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from smartstart_gov.authoring.screening_questions import fault
from smartstart_gov.authoring.value import (
    MAY_BE_OPEN,
    Authored,
    Declared,
    DeclaredDate,
    DeclaredFlag,
    DeclaredLine,
    DeclaredNamed,
    Line,
    Name,
    Problem,
    Text,
    open_is_none,
    or_open,
    refuse_any,
)

Effect = Literal["offer_of_help", "priority", "investigation", "refusal", "research_only"]
LabelType = Literal["event", "professional_judgement", "substantiation", "re_referral", "service_use"]
Grade = Literal["low", "middle", "high"]
#: Numbers of the Model DPIA Rijksdienst 3.0 under which a charter may declare text.
DPIA_PARTS = (
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12.1", "12.2", "12.3", "12.4", "13",
    "14.1", "14.2", "15.1", "15.2", "15.3", "15.4", "15.5", "15.6", "15.7", "15.8", "16", "17", "18", "19", "20",
)  # fmt: skip


_ANSWER_SCHEMA = {"anyOf": [{"type": "boolean"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
#: Yes or no, the code of an option, or a list of them; or the word open.
PrescanAnswer = Annotated[bool | Line | tuple[Line, ...] | None, BeforeValidator(open_is_none), WithJsonSchema(_ANSWER_SCHEMA)]


class Owner(Authored):
    """The organisation and the position that are responsible for the model; no names of persons."""

    organisation: DeclaredLine
    function: Declared
    """The position of the accountable person, like: director of social affairs."""
    contact: DeclaredNamed
    """A functional mailbox or counter: one line, or one in each language."""


class Label(Authored):
    """What the model learns to predict, and how far that is from what it is for."""

    type: Annotated[LabelType | None, *or_open(*get_args(LabelType))]
    difference_from_purpose: Declared
    """How the label differs from the outcome that the purpose names."""
    selection: Declared
    """Whether labelled cases were drawn at random or chosen by earlier suspicion."""


class Exit(Authored):
    """When and how the model stops."""

    end_date: DeclaredDate
    stop_criteria: Declared
    deletion: Declared
    """What happens to data and model afterwards."""


class Party(Authored):
    """An organisation in the processing (DPIA part 6)."""

    name: Line
    role: Literal["controller", "joint_controller", "processor", "sub_processor", "third_party", "provider", "recipient"]


class Risk(Authored):
    """A risk for the people concerned, and what is done about it (DPIA parts 16 and 17)."""

    description: Text
    origin: Text
    likelihood: Grade
    impact: Grade
    measure: Declared
    residual: Grade


class EffectMeasurement(Authored):
    """How people will measure whether the help that follows a high score works."""

    outcome: Declared
    """What improves if the help works, and how that is measured."""
    comparison: Declared
    """With whom the people who received help are compared."""
    moment: Declared
    """When it is measured."""
    who: Declared
    """Who measures; preferably not those who made the model or give the help."""
    stop_rule: Declared
    """Which result would end the help or the use of the model."""


class Vulnerable(Authored):
    """Children and other vulnerable people: AI Act article 9(9)."""

    minors: DeclaredFlag
    """Whether there are people under 18 among those the model is about or who are affected."""
    groups: Declared
    """Which other people are vulnerable here, and why."""
    harm: Declared
    """What could go wrong for children and vulnerable people in particular."""
    care: Declared
    """What extra protection they get."""
    heard: Declared
    """How they, or people who speak for them, were consulted."""


class Signatory(Authored):
    """A role that must sign, and what it signs for."""

    role: Name
    """Like ``owner``, ``dpo``, ``ethics_committee``."""
    title: Text


class Charter(Authored):
    """Purpose, population, decision, effect, oversight, owner and exit of one model."""

    format: Literal[1]
    name: Name
    """Name of the model: also the name of its folder."""
    title: Text
    purpose: Declared
    population: Declared
    """Which people the model assesses."""
    decision: Declared
    """The decision that the output feeds."""
    effect: Annotated[Effect | None, *or_open(*get_args(Effect))]
    """What a high score leads to."""
    coercive: DeclaredFlag
    """Whether a high score can lead to measures against somebody's will."""
    oversight: Declared
    """The person who decides, and the power to deviate."""
    out_of_scope: Declared
    """Uses that are not allowed."""
    users: Declared
    """Who works with the output."""
    affected: Declared
    """Which groups are affected, children and vulnerable persons first."""
    proportionality: Declared
    """Why less intrusive means would not be enough."""
    legal_basis: Declared
    consultation: Declared
    """Who was asked, and what came of it."""
    objection: Declared
    """How people can object, and where."""
    limitations: Declared
    """What the model cannot do."""
    owner: Owner
    label: Label
    exit: Exit
    parties: tuple[Party, ...] = ()
    risks: tuple[Risk, ...] = ()
    vulnerable: Annotated[Vulnerable | None, *MAY_BE_OPEN] = None
    """Children and other vulnerable people: who they are, what could go wrong for them, and what is done about it."""
    effect_measurement: Annotated[EffectMeasurement | None, *MAY_BE_OPEN] = None
    """How people will measure whether the help works."""
    signatories: Annotated[tuple[Signatory, ...], Field(min_length=1)]
    prescan: dict[str, PrescanAnswer] = {}
    """Answers to questions of the pre-scan DPIA that do not follow from the files, by number, like ``"2.1.1": false``."""
    dpia: dict[str, Declared] = {}
    """Declared text for parts of the Model DPIA Rijksdienst 3.0, by number, like ``"8"``."""

    @model_validator(mode="after")
    def _parts_exist(self) -> Self:
        refuse_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        for part in self.dpia:
            if part not in DPIA_PARTS:
                remedy = f"The parts are {', '.join(DPIA_PARTS)}, each in quotes."
                yield Problem(what=f"dpia has no part {part!r}", remedy=remedy, at=("dpia", part))
        for number, answer in self.prescan.items():
            wrong = fault(number, answer)
            if wrong is not None:
                yield Problem(what=wrong[0], remedy=wrong[1], at=("prescan", number))
        seen: set[str] = set()
        for i, signatory in enumerate(self.signatories):
            if signatory.role in seen:
                what = f"role {signatory.role!r} appears twice under signatories"
                yield Problem(what=what, remedy="Describe each role once.", at=("signatories", i, "role"))
            seen.add(signatory.role)
