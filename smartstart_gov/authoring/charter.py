"""Charter: what the model is for, whom it affects, who is responsible for it, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from smartstart_gov.authoring.ask import Ask, _
from smartstart_gov.authoring.dpia_form import fault as dpia_fault
from smartstart_gov.authoring.node import shown
from smartstart_gov.authoring.screening_questions import fault
from smartstart_gov.authoring.value import (
    MAY_BE_OPEN,
    TEXT_SCHEMA,
    Authored,
    Declared,
    DeclaredDate,
    DeclaredFlag,
    DeclaredLine,
    DeclaredNamed,
    Line,
    Name,
    Named,
    Problem,
    Text,
    open_is_none,
    or_open,
    refuse_any,
)

Effect = Literal["offer_of_help", "priority", "investigation", "refusal", "detention", "research_only"]
LabelType = Literal["event", "professional_judgement", "substantiation", "re_referral", "service_use"]
Grade = Literal["low", "middle", "high"]
#: Points of annex III of the AI Act; of point 5 the four kinds apart.
Domain = Literal[
    "biometrics", "infrastructure", "education", "work", "public_services", "credit", "insurance", "emergency",
    "law_enforcement", "migration", "justice", "none",
]  # fmt: skip
DataType = Literal["ordinary", "sensitive", "special", "criminal", "national_number"]
Followed = Literal["followed", "partly", "overruled"]


_ANSWER_SCHEMA = {"anyOf": [{"type": "boolean"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
#: Yes or no, the code of an option, or a list of them; or the word open.
PrescanAnswer = Annotated[bool | Line | tuple[Line, ...] | None, BeforeValidator(open_is_none), WithJsonSchema(_ANSWER_SCHEMA)]
_FIELD_SCHEMA = {"anyOf": [{"type": "boolean"}, {"type": "string"}, TEXT_SCHEMA]}
#: A sentence in both languages, yes or no, the code of an option, or one line; or the word open.
DpiaAnswer = Annotated[bool | Line | Text | None, BeforeValidator(open_is_none), WithJsonSchema(_FIELD_SCHEMA)]


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
    """An organisation in the processing (DPIA part 6), and what it gains (part 7)."""

    name: Line
    role: Literal["controller", "joint_controller", "processor", "sub_processor", "third_party", "provider", "recipient"]
    functions: Annotated[
        Declared, Ask("owner", "Which departments or functions of this organisation take part?", "The local teams.")
    ] = None
    """Departments or functions that take part (6.1.1.3)."""
    columns: Annotated[
        tuple[Line, ...], Ask("owner", "Which columns of the contract does this organisation handle?", "[age, neighbourhood]")
    ] = ()
    """Columns of the contract that it handles (6.1.1.4)."""
    people: Annotated[
        Declared, Ask("owner", "Whose data does this organisation handle?", "Children and parents of the families.")
    ] = None
    """Kinds of people whose data it handles (6.1.1.5)."""
    interest: Annotated[
        Declared, Ask("owner", "What does this organisation gain, and what did people think of that?", "Fewer crises.")
    ] = None
    """What it gains, and what came of consulting people about that (7.1.1)."""


#: What a risk may call the finding that it rates.
FINDING_PATTERN = r"(?:limit|control|rows)\.[^()\s]+"


class PersonalData(Authored):
    """What the contract does not say of some columns (DPIA part 2)."""

    columns: Annotated[tuple[Line, ...], Field(min_length=1)]
    """Names of columns in the contract (2.1.1)."""
    people: Annotated[Declared, Ask("dpo", "Whose data are these?", "Children of 4 to 17 years.")] = None
    """Kind of people (2.1.2)."""
    category: Annotated[Declared, Ask("dpo", "What kind of data are these?", "Data on attendance at school.")] = None
    """Category of personal data (2.1.3)."""
    type: Annotated[
        DataType | None,
        *or_open(*get_args(DataType)),
        Ask("dpo", "Which type of personal data are these?", "ordinary", code="data_type"),
    ] = None
    """Type of personal data (2.1.4)."""
    through_party: Annotated[DeclaredFlag, Ask("data", "Do these data come through another party?", "true", code="yes")] = None
    """Whether they come through a party (2.1.6)."""
    provision_basis: Annotated[
        Declared, Ask("lawyer", "Which law allows that party to hand these data over?", "Article 3.9 of the BRP Act.")
    ] = None
    """What allows the party to hand them over (2.1.9)."""


class Risk(Authored):
    """A risk for the people concerned, and what is done about it (DPIA parts 16 and 17)."""

    description: Text
    origin: Text
    likelihood: Grade
    likelihood_reason: Annotated[
        Declared, Ask("owner", "Why is this risk so likely, or unlikely?", "It happened twice in the trial.")
    ] = None
    """Why (16.1.4)."""
    impact: Grade
    impact_reason: Annotated[
        Declared,
        Ask("owner", "Why is the impact of this risk so large, or small?", "A call can be taken back; a report cannot."),
    ] = None
    """Why (16.1.6)."""
    level: Annotated[
        Grade | None,
        *or_open(*get_args(Grade)),
        Ask("owner", "How high is this risk before anything is done?", "middle", code="grade"),
    ] = None
    """Level of the risk, before measures (16.1.7)."""
    level_reason: Annotated[
        Declared, Ask("owner", "Why is this the level of the risk?", "Likely, and limited in its impact.")
    ] = None
    """Why (16.1.8)."""
    measure: Annotated[Declared, Ask("owner", "What is done against this risk?", "No maps are published.")]
    residual: Grade
    authority_advice: Annotated[
        Declared,
        Ask(
            "dpo",
            "What did the data protection authority advise about the risk that is left?",
            "Advice of 4 May: stop at once.",
        ),
    ] = None
    """Advice of the data protection authority, where a high risk is left (17.1.5)."""
    monitoring: Annotated[
        Declared,
        Ask("owner", "How and where is the measure monitored?", "In the Netherlands, every quarter, by internal audit."),
    ] = None
    """How and in which country the measure is monitored (17.1.6)."""
    owner: Annotated[Declared, Ask("owner", "Which position looks after the measure?", "Manager of the local teams.")] = None
    """The position that looks after the measure; no names of persons (17.1.7)."""
    finding: Line | None = None
    """The breach that this risk rates, if any, as the annex names it: ``limit.`` and the id of a limit in the policy,
    ``control.`` and a number, or ``rows.`` and a name."""


class DpoAdvice(Authored):
    """What the data protection officer advised, and what was done with it (DPIA part 19.5); no names of persons."""

    organisation: Line | None = None
    """Organisation of the officer (19.5.1)."""
    directorate: Line | None = None
    """Directorate (19.5.2)."""
    department: Line | None = None
    """Department (19.5.3)."""
    function: Named | None = None
    """Position (19.5.5)."""
    date: Annotated[DeclaredDate, Ask("dpo", "On which date did you advise?", '"2027-05-04"')]
    """Date of the advice (19.5.6)."""
    advice: Annotated[
        Declared, Ask("dpo", "What did you advise?", "Go ahead, with a yearly review and without data on origin.")
    ]
    document: Annotated[
        DeclaredLine, Ask("dpo", "In which document does the advice stand?", '"Advice on early help, 4 May 2027"')
    ]
    """Name of the document that holds the advice (19.5.7)."""
    version: Annotated[DeclaredLine, Ask("dpo", "In which version of the DPIA was the advice worked in?", '"1.0.0"')]
    """Version in which it was worked in (19.5.8)."""
    followed: Annotated[
        Followed | None,
        *or_open(*get_args(Followed)),
        Ask("owner", "Was the advice of the data protection officer followed?", "followed", code="followed"),
    ]
    """Whether it was followed, partly followed or overruled."""
    decided_by: Annotated[
        Declared, Ask("owner", "Which position decided what to do with that advice?", "The director of social affairs.")
    ]
    """The position that decided."""
    reason: Annotated[
        Declared, Ask("owner", "Why was the advice followed, or not?", "The review costs little and finds mistakes early.")
    ]
    """Why."""


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
    domain: Annotated[
        Domain | None,
        *or_open(*get_args(Domain)),
        Ask(
            "lawyer",
            "Under which point of annex III of the AI Act does this use fall? Answer none if it falls under none.",
            "public_services",
            code="domain",
        ),
    ] = None
    """Point of annex III of the AI Act: ``public_services`` is 5(a), ``law_enforcement`` 6; ``none`` is none of them."""
    owner: Owner
    label: Label
    exit: Exit
    personal_data: Annotated[
        tuple[PersonalData, ...],
        Ask(
            "dpo",
            "Whose personal data are these, of which kind, and may the party that has them hand them over?",
            "[{columns: [absence], people: ..., category: ..., type: ordinary, through_party: true, provision_basis: ...}]",
        ),
    ] = ()
    """What the contract does not say of the personal data, for groups of columns."""
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
    dpo_advice: Annotated[
        DpoAdvice | None,
        *MAY_BE_OPEN,
        Ask(
            "dpo",
            "What did the data protection officer advise, and was the advice followed?",
            "{date: ..., advice: ..., document: ..., version: ..., followed: followed, decided_by: ..., reason: ...}",
        ),
    ] = None
    """Advice of the data protection officer, whether it was followed, who decided that and why."""
    signatories: Annotated[tuple[Signatory, ...], Field(min_length=1)]
    prescan: dict[str, PrescanAnswer] = {}
    """Answers to questions of the pre-scan DPIA that do not follow from the files, by number, like ``"2.1.1": false``."""
    dpia: dict[str, DpiaAnswer] = {}
    """Answers to parts and fields of the Model DPIA Rijksdienst 3.0, by number: text under ``"8"``, true under ``"15.1.1"``."""

    @model_validator(mode="after")
    def _parts_exist(self) -> Self:
        refuse_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        for part in self.dpia:
            amiss = dpia_fault(part, self.dpia)
            if amiss is not None:
                yield Problem(what=amiss[0], remedy=amiss[1], at=("dpia", part))
        described: dict[str, int] = {}
        for i, data in enumerate(self.personal_data):
            for name in data.columns:
                if name in described:
                    what = f"column {shown(name)} stands twice under personal_data"
                    yield Problem(what=what, remedy="Describe each column once.", at=("personal_data", i, "columns"))
                described.setdefault(name, i)
            if any(data.model_copy(update={"columns": other.columns}) == other for other in self.personal_data[:i]):
                what = "personal_data says the same of two groups of columns"
                yield Problem(what=what, remedy="Make them one group.", at=("personal_data", i))
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
