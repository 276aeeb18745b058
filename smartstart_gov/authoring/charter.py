"""Charter: what the model is for, whom it affects, who is responsible for it, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from smartstart_gov.authoring.ask import Ask, _
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

    organisation: Annotated[
        DeclaredLine, Ask("owner", "Which organisation is responsible for the model?", "Example municipality")
    ]
    function: Annotated[Declared, Ask("owner", "Which position is responsible for the model?", "Director of social affairs")]
    """The position of the accountable person, like: director of social affairs."""
    contact: Annotated[DeclaredNamed, Ask("owner", "Where can people ask about the model?", "privacy@example.org")]
    """A functional mailbox or counter: one line, or one in each language."""


class Label(Authored):
    """What the model learns to predict, and how far that is from what it is for."""

    type: Annotated[
        LabelType | None,
        *or_open(*get_args(LabelType)),
        Ask("data", "What kind of outcome does the model learn?", "service_use", code="label_type"),
    ]
    difference_from_purpose: Annotated[
        Declared,
        Ask(
            "data",
            "How does what the model predicts differ from its purpose?",
            "It predicts who asks for help. It does not see people who need help but do not ask.",
        ),
    ]
    """How the label differs from the outcome that the purpose names."""
    selection: Annotated[
        Declared,
        Ask(
            "data",
            "How were the cases with a known outcome chosen: all of them, at random, or because of an earlier suspicion?",
            "All families in the register; nobody was chosen.",
        ),
    ]
    """Whether labelled cases were drawn at random or chosen by earlier suspicion."""


class Exit(Authored):
    """When and how the model stops."""

    end_date: Annotated[
        DeclaredDate,
        Ask("owner", "On which date does use of the model end, unless somebody decides otherwise?", '"2027-12-31"'),
    ]
    stop_criteria: Annotated[
        Declared,
        Ask(
            "owner",
            "What would end use of the model before that date?",
            "A breached limit, or more than five upheld complaints a year.",
            term=_("When the model stops"),
            annex="limitations",
        ),
    ]
    deletion: Annotated[
        Declared,
        Ask(
            "owner",
            "What happens to the data and the model afterwards?",
            "Erased within a month; the owner tells the council.",
            term=_("What happens to data and model afterwards"),
            annex="limitations",
        ),
    ]
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
    measure: Annotated[Declared, Ask("owner", "What is done against this risk?", "No maps are published.")]
    residual: Grade


class EffectMeasurement(Authored):
    """How people will measure whether the help that follows a high score works."""

    outcome: Annotated[
        Declared,
        Ask(
            "owner",
            "What improves if the help works, and how is that measured?",
            "Days absent from school in the year after the call.",
        ),
    ]
    """What improves if the help works, and how that is measured."""
    comparison: Annotated[
        Declared,
        Ask(
            "owner",
            "With whom are people who got help compared?",
            "Families just under the threshold, who were not called.",
        ),
    ]
    """With whom the people who received help are compared."""
    moment: Annotated[Declared, Ask("owner", "When is it measured?", "One year after the start, and every year after that.")]
    """When it is measured."""
    who: Annotated[
        Declared,
        Ask(
            "owner",
            "Who measures it, and are they independent of the makers of the model?",
            "The research department, not the team that calls.",
        ),
    ]
    """Who measures; preferably not those who made the model or give the help."""
    stop_rule: Annotated[
        Declared,
        Ask(
            "owner",
            "Which result would end the help or the use of the model?",
            "If after two years the families are no better off than the comparison group.",
        ),
    ]
    """Which result would end the help or the use of the model."""


class Vulnerable(Authored):
    """Children and other vulnerable people: AI Act article 9(9)."""

    minors: Annotated[
        DeclaredFlag,
        Ask(
            "dpo",
            "Are there people under 18 among those whom the model is about or who are affected by it?",
            "true",
            code="yes",
        ),
    ]
    """Whether there are people under 18 among those the model is about or who are affected."""
    groups: Annotated[
        Declared,
        Ask(
            "dpo",
            "Which other people are vulnerable here, and why?",
            "Parents with debts: they fear that a request for help will be used against them.",
        ),
    ]
    """Which other people are vulnerable here, and why."""
    harm: Annotated[
        Declared,
        Ask(
            "dpo",
            "What could go wrong for children and vulnerable people in particular?",
            "A child hears at school that the family was called.",
        ),
    ]
    """What could go wrong for children and vulnerable people in particular."""
    care: Annotated[
        Declared,
        Ask("dpo", "What extra protection do they get?", "The first call is to the parents, never through the school."),
    ]
    """What extra protection they get."""
    heard: Annotated[
        Declared,
        Ask(
            "dpo",
            "How were they, or people who speak for them, consulted?",
            "The youth council read the letter and had two sentences changed.",
        ),
    ]
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
    purpose: Annotated[
        Declared, Ask("owner", "What is the model for?", "Offering families help earlier, before worries grow large.")
    ]
    population: Annotated[
        Declared, Ask("owner", "Which people does the model assess?", "Families with children up to 12 years old.")
    ]
    """Which people the model assesses."""
    decision: Annotated[
        Declared, Ask("owner", "Which decision does the score feed?", "Which families the neighbourhood worker calls first.")
    ]
    """The decision that the output feeds."""
    effect: Annotated[
        Effect | None,
        *or_open(*get_args(Effect)),
        Ask("owner", "What does a high score lead to?", "offer_of_help", code="effect"),
    ]
    """What a high score leads to."""
    coercive: Annotated[
        DeclaredFlag, Ask("owner", "Can a high score lead to measures against somebody's will?", "false", code="yes")
    ]
    """Whether a high score can lead to measures against somebody's will."""
    oversight: Annotated[
        Declared,
        Ask(
            "owner",
            "Who decides, and may that person deviate from the score?",
            "The neighbourhood worker decides, and may deviate without giving reasons.",
        ),
    ]
    """The person who decides, and the power to deviate."""
    out_of_scope: Annotated[
        Declared, Ask("owner", "Which uses are not allowed?", "Decisions about benefits or child protection.")
    ]
    """Uses that are not allowed."""
    users: Annotated[Declared, Ask("owner", "Who works with the score?", "Neighbourhood workers.")]
    """Who works with the output."""
    affected: Annotated[
        Declared, Ask("owner", "Who is affected? Name children first.", "Children and parents in the families.")
    ]
    """Which groups are affected, children and vulnerable persons first."""
    proportionality: Annotated[
        Declared,
        Ask(
            "owner",
            "Why would less intrusive means not be enough?",
            "Visiting every family costs more and intrudes more; a letter to all reached one family in ten.",
            term=_("Why a less intrusive means is not enough"),
            annex="ethics",
        ),
    ]
    """Why less intrusive means would not be enough."""
    legal_basis: Annotated[
        Declared,
        Ask(
            "lawyer",
            "Which law allows the organisation to use these data for this?",
            "Article 2.1 of the Youth Act.",
            term=_("Legal basis"),
            annex="ethics",
        ),
    ]
    consultation: Annotated[
        Declared,
        Ask(
            "owner",
            "Who was asked for an opinion (families, client council), and what came of it?",
            "The client council advised on 3 March: no scores for babies. That advice was followed.",
            term=_("Who was consulted, and what came of it"),
            annex="ethics",
        ),
    ]
    """Who was asked, and what came of it."""
    objection: Annotated[
        Declared,
        Ask(
            "owner",
            "How can people object, and where?",
            "At the youth desk, by letter or in person; answered within six weeks.",
            term=_("How to object"),
            annex="ethics",
        ),
    ]
    """How people can object, and where."""
    limitations: Annotated[
        Declared,
        Ask("owner", "What can the model not do?", "It knows only what the municipality records, not what goes well."),
    ]
    """What the model cannot do."""
    owner: Owner
    label: Label
    exit: Exit
    parties: Annotated[
        tuple[Party, ...],
        Ask(
            "lawyer",
            "Which organisations are involved, in which role?",
            "[{name: Municipality of Example, role: controller}]",
        ),
    ] = ()
    risks: Annotated[
        tuple[Risk, ...],
        Ask(
            "dpo",
            "What could go wrong for people, how likely and how serious is it, and what is done about it?",
            "[{description: ..., origin: ..., likelihood: middle, impact: high, measure: ..., residual: low}]",
        ),
    ] = ()
    vulnerable: Annotated[
        Vulnerable | None,
        *MAY_BE_OPEN,
        Ask(
            "dpo",
            "Which children and vulnerable people does this touch, what could go wrong for them, and what is done about it?",
            "{minors: true, groups: ..., harm: ..., care: ..., heard: ...}",
        ),
    ] = None
    """Children and other vulnerable people: who they are, what could go wrong for them, and what is done about it."""
    effect_measurement: Annotated[
        EffectMeasurement | None,
        *MAY_BE_OPEN,
        Ask(
            "owner",
            "How will you measure whether the help works?",
            "{outcome: ..., comparison: ..., moment: ..., who: ..., stop_rule: ...}",
        ),
    ] = None
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
