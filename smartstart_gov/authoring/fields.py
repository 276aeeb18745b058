"""The facts that may be open: the question, who answers it, and which ones nobody has filled in yet.

A fact stands under its file and its place; ``*`` stands for any name or position.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import BINARY, DataContract, Role
from smartstart_gov.authoring.names import Place, Who, fits
from smartstart_gov.authoring.node import Location, spelt
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.screening import answers, deciding, known
from smartstart_gov.authoring.screening_questions import QUESTIONS
from smartstart_gov.authoring.value import Authored, may_be_open


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to people.

    Attributes
    ----------
    who : {"owner", "data", "dpo", "lawyer", "committee"}
    what : str
        The question, for a reader without statistics.
    example : str
        An answer that could stand there, as one would type it (in one language).
    """

    who: Who
    what: str
    example: str


def _ask(who: Who, what: str, example: str) -> Ask:
    return Ask(who=who, what=what, example=example)


CHARTER: dict[Place, Ask] = {
    ("purpose",): _ask("owner", "What is the model for?", "Offering families help earlier, before worries grow large."),
    ("population",): _ask("owner", "Which people does the model assess?", "Families with children up to 12 years old."),
    ("decision",): _ask("owner", "Which decision does the score feed?", "Which families the neighbourhood worker calls first."),
    ("effect",): _ask("owner", "What does a high score lead to?", "offer_of_help"),
    ("coercive",): _ask("owner", "Can a high score lead to measures against somebody's will?", "false"),
    ("out_of_scope",): _ask("owner", "Which uses are not allowed?", "Decisions about benefits or child protection."),
    ("users",): _ask("owner", "Who works with the score?", "Neighbourhood workers."),
    ("affected",): _ask("owner", "Who is affected? Name children first.", "Children and parents in the families."),
    ("owner", "organisation"): _ask("owner", "Which organisation is responsible for the model?", "Example municipality"),
    ("owner", "function"): _ask("owner", "Which position is responsible for the model?", "Director of social affairs"),
    ("owner", "contact"): _ask("owner", "Where can people ask about the model?", "privacy@example.org"),
    ("label", "type"): _ask("data", "What kind of outcome does the model learn?", "service_use"),
    ("oversight",): _ask(
        "owner", "Who decides, and may that person deviate from the score?",
        "The neighbourhood worker decides, and may deviate without giving reasons."),
    ("proportionality",): _ask(
        "owner", "Why would less intrusive means not be enough?",
        "Visiting every family costs more and intrudes more; a letter to all reached one family in ten."),
    ("legal_basis",): _ask(
        "lawyer", "Which law allows the organisation to use these data for this?", "Article 2.1 of the Youth Act."),
    ("consultation",): _ask(
        "owner", "Who was asked for an opinion (families, client council), and what came of it?",
        "The client council advised on 3 March: no scores for babies. That advice was followed."),
    ("objection",): _ask(
        "owner", "How can people object, and where?",
        "At the youth desk, by letter or in person; answered within six weeks."),
    ("limitations",): _ask(
        "owner", "What can the model not do?", "It knows only what the municipality records, not what goes well."),
    ("label", "difference_from_purpose"): _ask(
        "data", "How does what the model predicts differ from its purpose?",
        "It predicts who asks for help. It does not see people who need help but do not ask."),
    ("label", "selection"): _ask(
        "data", "How were the cases with a known outcome chosen: all of them, at random, or because of an earlier suspicion?",
        "All families in the register; nobody was chosen."),
    ("exit", "end_date"): _ask(
        "owner", "On which date does use of the model end, unless somebody decides otherwise?", '"2027-12-31"'),
    ("exit", "stop_criteria"): _ask(
        "owner", "What would end use of the model before that date?",
        "A breached limit, or more than five upheld complaints a year."),
    ("exit", "deletion"): _ask(
        "owner", "What happens to the data and the model afterwards?", "Erased within a month; the owner tells the council."),
    ("parties",): _ask(
        "lawyer", "Which organisations are involved, in which role?", "[{name: Municipality of Example, role: controller}]"),
    ("risks",): _ask(
        "dpo", "What could go wrong for people, how likely and how serious is it, and what is done about it?",
        "[{description: ..., origin: ..., likelihood: middle, impact: high, measure: ..., residual: low}]"),
    ("risks", "*", "measure"): _ask("owner", "What is done against this risk?", "No maps are published."),
    ("vulnerable",): _ask(
        "dpo",
        "Which children and vulnerable people does this touch, what could go wrong for them, and what is done about it?",
        "{minors: true, groups: ..., harm: ..., care: ..., heard: ...}"),
    ("vulnerable", "minors"): _ask(
        "dpo", "Are there people under 18 among those whom the model is about or who are affected by it?", "true"),
    ("vulnerable", "groups"): _ask(
        "dpo", "Which other people are vulnerable here, and why?",
        "Parents with debts: they fear that a request for help will be used against them."),
    ("vulnerable", "harm"): _ask(
        "dpo", "What could go wrong for children and vulnerable people in particular?",
        "A child hears at school that the family was called."),
    ("vulnerable", "care"): _ask(
        "dpo", "What extra protection do they get?", "The first call is to the parents, never through the school."),
    ("vulnerable", "heard"): _ask(
        "dpo", "How were they, or people who speak for them, consulted?",
        "The youth council read the letter and had two sentences changed."),
    ("effect_measurement",): _ask(
        "owner", "How will you measure whether the help works?",
        "{outcome: ..., comparison: ..., moment: ..., who: ..., stop_rule: ...}"),
    ("effect_measurement", "outcome"): _ask(
        "owner", "What improves if the help works, and how is that measured?",
        "Days absent from school in the year after the call."),
    ("effect_measurement", "comparison"): _ask(
        "owner", "With whom are people who got help compared?", "Families just under the threshold, who were not called."),
    ("effect_measurement", "moment"): _ask(
        "owner", "When is it measured?", "One year after the start, and every year after that."),
    ("effect_measurement", "who"): _ask(
        "owner", "Who measures it, and are they independent of the makers of the model?",
        "The research department, not the team that calls."),
    ("effect_measurement", "stop_rule"): _ask(
        "owner", "Which result would end the help or the use of the model?",
        "If after two years the families are no better off than the comparison group."),
}  # fmt: skip

#: Parts of the Model DPIA Rijksdienst 3.0 that nothing else in the three files answers.
DPIA: dict[str, Ask] = {
    "4": _ask(
        "lawyer", "DPIA part 4: is a cloud used, and is this an AI system in the sense of the AI Act?",
        "It is an AI system. No cloud is used."),
    "7": _ask(
        "owner", "DPIA part 7: what does each party gain from this, and what do the people concerned gain?",
        "Families get help earlier; the municipality has fewer crises."),
    "8": _ask(
        "data", "DPIA part 8: in which countries are the data processed, and do any leave the European Economic Area?",
        "All processing takes place in the Netherlands."),
    "9": _ask(
        "lawyer", "DPIA part 9: which other laws and rules apply?",
        "The Youth Act, the General Administrative Law Act."),
    "12.1": _ask(
        "lawyer", "DPIA part 12.1: which exception allows the special categories of personal data?",
        "Article 9(2)(g) GDPR with article 7.4.4 of the Youth Act; origin only for the audit."),
    "12.2": _ask(
        "lawyer", "DPIA part 12.2: are there data on criminal offences, and what allows their use?", "There are none."),
    "12.3": _ask(
        "lawyer", "DPIA part 12.3: are there national identification numbers, and what allows their use?",
        "None: the keys are pseudonyms."),
    "13": _ask(
        "lawyer", "DPIA part 13: is the new use compatible with the original purpose of the data, or does a law allow it?",
        "Allowed by article 7.4.0 of the Youth Act."),
    "14.2": _ask(
        "owner", "DPIA part 14.2: do the benefits justify the intrusion?",
        "A call is a light step; one family in three that is called accepts help."),
    "15.1": _ask(
        "dpo", "DPIA part 15.1: how can people see their own data?", "On request at the privacy desk, within a month."),
    "15.2": _ask(
        "dpo", "DPIA part 15.2: how can people have wrong data corrected?",
        "At the register; the next score uses the correction."),
    "15.3": _ask(
        "dpo", "DPIA part 15.3: how can people have their data erased?", "On request, and always after the end date."),
    "15.4": _ask(
        "dpo", "DPIA part 15.4: how can people have the processing restricted while a complaint is pending?",
        "The case is left out of the list until the complaint is answered."),
    "15.5": _ask(
        "dpo", "DPIA part 15.5: may people take their data elsewhere?", "No: the ground is a public task, not consent."),
    "15.8": _ask(
        "dpo", "DPIA part 15.8: how and when are people told that the model is used, and what it does?",
        "By letter with the first call, in plain words, and on the website."),
    "17": _ask(
        "owner", "DPIA part 17: why is the residual risk acceptable, and who monitors it?",
        "The director looks at the numbers every quarter."),
    "18": _ask(
        "owner", "DPIA part 18: a summary for management, in your own words.", "Two risks remain; both are monitored."),
    "19": _ask(
        "dpo", "DPIA part 19: draft or final, what is in the file, and what did the data protection officer advise?",
        "Final. Advice of 4 May: go ahead, with a yearly review."),
}  # fmt: skip

CONTRACT: dict[Place, Ask] = {
    ("meaning",): _ask("data", "What is the table?", "Families who were known to the youth desk in 2024."),
    ("unit_of_analysis",): _ask("data", "What is one row?", "One family at the first of January."),
    ("columns", "*", "meaning"): _ask("data", "What does a value of this column mean?", "Days absent from school in a year."),
    ("columns", "*", "positive"): _ask(
        "data", "Which of the two values of the label or decision counts as 1, the value that the model should find?", '"yes"'),
    ("columns", "*", "special_category"): _ask(
        "data",
        "Is this input special-category data (health, religion, origin, nationality), or does it point to such data?",
        "false"),
    ("sources", "*", "owner"): _ask("data", "Which organisation owns the system?", "Example municipality"),
    ("licence",): _ask("lawyer", "Under what terms may these data be used?", "Supply agreement of 1 February, article 4."),
    ("sources", "*", "original_purpose"): _ask(
        "data", "What were these data first collected for?", "Keeping track of who lives where."),
    ("sources", "*", "lawful_basis"): _ask(
        "lawyer", "Which law allows this use of the source?", "Article 7.4.0 of the Youth Act."),
    ("sources", "*", "retention"): _ask(
        "data", "How long are these data kept, and why?", "Five years after the last contact; then erased."),
    ("sources", "*", "last_verified"): _ask(
        "data", "When were these records last checked against reality?", '"2026-02-01"'),
    ("sources", "*", "error_rate"): _ask(
        "data", "Roughly what share of these records is wrong? A sample of a hundred files is enough to start with.",
        "0.02"),
    ("sources", "*", "justification"): _ask(
        "data", "Why does the model need the data in this source, and what would be less intrusive?",
        "Absence from school precedes most requests for help; there is no less intrusive sign."),
    ("columns", "*", "justification"): _ask(
        "data", "Why does the model need this input, and what would be less intrusive?",
        "Moving house often unsettles children; there is no less intrusive measure."),
}  # fmt: skip

POLICY: dict[Place, Ask] = {
    ("threshold", "chosen_by"): _ask(
        "committee", "Who chose the lowest score at which people are selected?", "Ethics committee"),
    ("threshold", "reason"): _ask(
        "committee", "Why are people selected from this score upwards?", "The team can call 150 families a month."),
    ("limits", "*", "reason"): _ask(
        "committee", "Which harm does this limit guard against, and why was this value chosen?",
        "A false alarm means a needless call about somebody's child."),
}  # fmt: skip


ASKED: dict[str, dict[Place, Ask]] = {"charter": CHARTER, "contract": CONTRACT, "policy": POLICY}
_SILENT: tuple[Role, ...] = ("index", "ignore")
#: Facts of a column to the roles of which they are asked.
_ASKED_OF: dict[str, tuple[Role, ...]] = {
    "meaning": tuple(role for role in get_args(Role) if role not in _SILENT),
    "positive": BINARY,
    "special_category": ("feature",),
}
#: Lists of the charter that say nothing where they are empty.
_LISTS = ("parties", "risks")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFact:
    """One fact that is open.

    Attributes
    ----------
    file : {"charter", "contract", "policy"}
        The authored file, without ``.yaml``.
    at : tuple of str or int
        Keys and positions that lead to it.
    ask : Ask
        Who is asked, what, and an example.
    about : str
        The column, source, limit or risk that it is about; empty if the key says all.
    """

    file: str
    at: tuple[str | int, ...]
    ask: Ask
    about: str

    @property
    def key(self) -> str:
        """The place as people write it, like ``exit.end_date``."""
        return f'{self.at[0]} "{self.at[1]}"' if self.at[0] in ("dpia", "prescan") else spelt(self.at)

    def __str__(self) -> str:
        return f"{self.file} {self.key}"


def open_facts(charter: Charter, contract: DataContract, policy: Policy) -> tuple[OpenFact, ...]:
    """Return every fact that is open, in the order of the files and of the keys in them.

    A fact is open where somebody wrote the word ``open``, and where a key is absent that the documents ask for.
    """

    def about(file: str, at: Location) -> str:
        if file == "contract" and at[0] == "columns":
            return contract.columns[int(at[1])].name
        if file == "contract" and at[0] == "sources":
            return contract.sources[str(at[1])].system
        if file == "policy" and at[0] == "limits":
            return policy.limits[int(at[1])].id
        return charter.risks[int(at[1])].description.en if at[0] == "risks" and len(at) > 1 else ""

    found = [
        *(("charter", at, ask_of("charter", at)) for at in _charter(charter, contract)),
        *(("contract", at, ask_of("contract", at)) for at in _contract(contract)),
        *(("policy", at, ask_of("policy", at)) for at in _none(policy)),
    ]
    return tuple(OpenFact(file=file, at=at, ask=ask, about=about(file, at)) for file, at, ask in found)


def ask_of(file: str, at: Location) -> Ask:
    """Return what the fact at a place of a file asks; of a place without words of its own, the data team."""
    if file == "charter" and at[0] == "dpia":
        return DPIA.get(str(at[1]), _OWN_WORDS)
    if file == "charter" and at[0] == "prescan":
        return _prescan(str(at[1]))
    for place, ask in ASKED[file].items():
        if fits(place, at):
            return ask
    return Ask(who="data", what=f"What is {spelt(at)}?", example="...")


#: A part of the DPIA that the files fill in anyway, and of which somebody wrote that it is open all the same.
_OWN_WORDS = Ask(who="dpo", what="This part of the DPIA, in your own words.", example="What the table below does not say.")


def _prescan(number: str) -> Ask:
    """Return who answers a question of the pre-scan; its words are those of the document."""
    question = QUESTIONS[number]
    first = question.options[0] if question.options else "false"
    block = number.partition(".")[0]
    who: Who = "lawyer" if block == "6" else "data" if block == "2" or number.startswith("0.5") else "dpo"
    example = f"[{first}]" if question.kind == "many" else first
    return Ask(who=who, what=f"Question {number} of the pre-scan DPIA.", example=example)


def parts_asked(contract: DataContract) -> tuple[str, ...]:
    """Return the parts of the DPIA that people have to write for a model on these data."""
    special = any(column.special_category for column in contract.columns)
    return tuple(number for number in DPIA if number != "12.1" or special)


def _charter(charter: Charter, contract: DataContract) -> Iterator[tuple[str | int, ...]]:
    yield from _none(charter)
    yield from ((name,) for name in _LISTS if not getattr(charter, name))
    yield from (("dpia", number) for number in parts_asked(contract) if number not in charter.dpia)
    asked = deciding(known(answers(contract, charter)))
    yield from (("prescan", number) for number in asked if number not in charter.prescan)


def _contract(contract: DataContract) -> Iterator[tuple[str | int, ...]]:
    for at in _none(contract):
        if at[-1] == "justification":
            continue
        if at[0] != "columns" or contract.columns[int(at[1])].role in _ASKED_OF[str(at[2])]:
            yield at
    yield from _unjustified(contract)


def _unjustified(contract: DataContract) -> Iterator[tuple[str | int, ...]]:
    """Return where nobody says why the model needs something: once for a source, unless its columns say so one by one."""
    features = contract.with_role("feature")
    apart = {column.source for column in features if column.justification is not None}
    open_ = [column for column in features if contract.justification(column) is None]
    sources = dict.fromkeys(column.source for column in open_ if column.source is not None and column.source not in apart)
    yield from (("sources", source, "justification") for source in sources)
    for i, column in enumerate(contract.columns):
        if column in open_ and column.source in apart:
            yield ("columns", i, "justification")


def _none(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Return where in an authored value a fact that may be open is open."""
    if isinstance(value, Authored):
        for name, field in type(value).model_fields.items():
            inner = getattr(value, name)
            if inner is None and may_be_open(field):
                yield (*at, name)
            else:
                yield from _none(inner, (*at, name))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from [(*at, name)] if inner is None else _none(inner, (*at, name))
    elif isinstance(value, tuple):
        for position, inner in enumerate(value):
            yield from _none(inner, (*at, position))
