"""The facts that may be open: which nobody has filled in yet, and what each asks.

A fact stands under its file and its place; ``*`` stands for any name or position. What a fact asks stands on its field
(`smartstart_gov.authoring.ask`); here stand the parts of the DPIA and the questions of the pre-scan, which have numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from smartstart_gov.authoring.ask import Ask, ask_in, asked_in
from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import BINARY, DataContract, Role
from smartstart_gov.authoring.dpia_form import FIELD_ASKS, FIELDS, ask_of_field
from smartstart_gov.authoring.names import File, Place, Who, fits
from smartstart_gov.authoring.node import Location, spelt
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.screening import answers, deciding, known
from smartstart_gov.authoring.screening_questions import QUESTIONS
from smartstart_gov.authoring.value import Authored, may_be_open

#: Parts of the Model DPIA Rijksdienst 3.0 that nothing else in the three files answers.
DPIA: dict[str, Ask] = {
    "4": Ask(
        "lawyer", "DPIA part 4: is a cloud used, and is this an AI system in the sense of the AI Act?",
        "It is an AI system. No cloud is used."),
    "7": Ask(
        "owner", "DPIA part 7: what does each party gain from this, and what do the people concerned gain?",
        "Families get help earlier; the municipality has fewer crises."),
    "8": Ask(
        "data", "DPIA part 8: in which countries are the data processed, and do any leave the European Economic Area?",
        "All processing takes place in the Netherlands."),
    "9": Ask(
        "lawyer", "DPIA part 9: which other laws and rules apply?",
        "The Youth Act, the General Administrative Law Act."),
    "12.1": Ask(
        "lawyer", "DPIA part 12.1: which exception allows the special categories of personal data?",
        "Article 9(2)(g) GDPR with article 7.4.4 of the Youth Act; origin only for the audit."),
    "12.2": Ask(
        "lawyer", "DPIA part 12.2: are there data on criminal offences, and what allows their use?", "There are none."),
    "12.3": Ask(
        "lawyer", "DPIA part 12.3: are there national identification numbers, and what allows their use?",
        "None: the keys are pseudonyms."),
    "13": Ask(
        "lawyer", "DPIA part 13: is the new use compatible with the original purpose of the data, or does a law allow it?",
        "Allowed by article 7.4.0 of the Youth Act."),
    "14.2": Ask(
        "owner", "DPIA part 14.2: do the benefits justify the intrusion?",
        "A call is a light step; one family in three that is called accepts help."),
    "15.1": Ask(
        "dpo", "DPIA part 15.1: how can people see their own data?", "On request at the privacy desk, within a month."),
    "15.2": Ask(
        "dpo", "DPIA part 15.2: how can people have wrong data corrected?",
        "At the register; the next score uses the correction."),
    "15.3": Ask(
        "dpo", "DPIA part 15.3: how can people have their data erased?", "On request, and always after the end date."),
    "15.4": Ask(
        "dpo", "DPIA part 15.4: how can people have the processing restricted while a complaint is pending?",
        "The case is left out of the list until the complaint is answered."),
    "15.5": Ask(
        "dpo", "DPIA part 15.5: may people take their data elsewhere?", "No: the ground is a public task, not consent."),
    "15.8": Ask(
        "dpo", "DPIA part 15.8: how and when are people told that the model is used, and what it does?",
        "By letter with the first call, in plain words, and on the website."),
    "17": Ask(
        "owner", "DPIA part 17: why is the residual risk acceptable, and who monitors it?",
        "The director looks at the numbers every quarter."),
    "18": Ask(
        "owner", "DPIA part 18: a summary for management, in your own words.", "Two risks remain; both are monitored."),
    "19": Ask(
        "dpo", "DPIA part 19: draft or final, what is in the file, and what did the data protection officer advise?",
        "Final. Advice of 4 May: go ahead, with a yearly review."),
}  # fmt: skip

ASKED: dict[File, dict[Place, Ask]] = {
    "charter": dict(asked_in(Charter)), "contract": dict(asked_in(DataContract)), "policy": dict(asked_in(Policy)),
}  # fmt: skip
#: Questions of the pre-scan whose answers the DPIA needs too, whatever the outcome of the pre-scan: legal ground and period.
FOR_THE_DPIA = ("0.4", "1.5.4", "2.1.1")
_SILENT: tuple[Role, ...] = ("index", "ignore")
#: Facts of a column to the roles of which they are asked.
_ASKED_OF: dict[str, tuple[Role, ...]] = {
    "meaning": tuple(role for role in get_args(Role) if role not in _SILENT),
    "positive": BINARY,
}
#: Lists of the charter that say nothing where they are empty: they ask, and the word open cannot stand there.
_LISTS = tuple(name for name, field in Charter.model_fields.items() if ask_in(field) is not None and not may_be_open(field))


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

    file: File
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
        if at[0] == "personal_data":
            return ", ".join(undescribed(charter, contract) if len(at) == 1 else charter.personal_data[int(at[1])].columns)
        if at[0] == "parties" and len(at) > 1:
            return charter.parties[int(at[1])].name
        return charter.risks[int(at[1])].description.en if at[0] == "risks" and len(at) > 1 else ""

    found: list[tuple[File, tuple[str | int, ...], Ask]] = [
        *(("charter", at, ask_of("charter", at)) for at in _charter(charter, contract)),
        *(("contract", at, ask_of("contract", at)) for at in _contract(contract)),
        *(("policy", at, ask_of("policy", at)) for at in _none(policy)),
    ]
    return tuple(OpenFact(file=file, at=at, ask=ask, about=about(file, at)) for file, at, ask in found)


def ask_of(file: File, at: Location) -> Ask:
    """Return what the fact at a place of a file asks; of a place without words of its own, the data team."""
    if file == "charter" and at[0] == "dpia":
        return DPIA.get(str(at[1])) or ask_of_field(str(at[1])) or _OWN_WORDS
    if file == "charter" and at[0] == "prescan":
        return _prescan(str(at[1]))
    for place, ask in ASKED[file].items():
        if fits(place, at):
            return ask
    return Ask("data", f"What is {spelt(at)}?", "...")


#: A part of the DPIA that the files fill in anyway, and of which somebody wrote that it is open all the same.
_OWN_WORDS = Ask("dpo", "This part of the DPIA, in your own words.", "What the table below does not say.")


def _prescan(number: str) -> Ask:
    """Return who answers a question of the pre-scan; its words are those of the document."""
    question = QUESTIONS[number]
    first = question.options[0] if question.options else "false"
    block = number.partition(".")[0]
    who: Who = "lawyer" if block == "6" or number == "0.4" else "data" if block == "2" or number.startswith("0.5") else "dpo"
    example = f"[{first}]" if question.kind == "many" else first
    return Ask(who, f"Question {number} of the pre-scan DPIA.", example)


def undescribed(charter: Charter, contract: DataContract) -> tuple[str, ...]:
    """Return the columns of which the charter says nothing under ``personal_data``, though it says something of others."""
    told = {name for data in charter.personal_data for name in data.columns}
    return tuple(column.name for column in contract.columns if told and column.name not in told)


def parts_asked(contract: DataContract) -> tuple[str, ...]:
    """Return the parts of the DPIA that people have to write for a model on these data."""
    special = any(contract.special(column) for column in contract.columns)
    return tuple(number for number in DPIA if number != "12.1" or special)


def _charter(charter: Charter, contract: DataContract) -> Iterator[tuple[str | int, ...]]:
    for at in _none(charter):
        # The authority is asked where a high risk is left.
        if at[-1] != "authority_advice" or charter.risks[int(at[1])].residual == "high":
            yield at
    yield from ((name,) for name in _LISTS if not getattr(charter, name))
    yield from [("personal_data",)] if undescribed(charter, contract) else []
    yield from (("parties", i, "columns") for i, party in enumerate(charter.parties) if not party.columns)
    yield from (("dpia", number) for number in parts_asked(contract) if number not in charter.dpia)
    # One question stands for the fields of a group, under the first of them that is absent.
    lacking = ([number for number in numbers if number not in charter.dpia] for numbers, _ in FIELD_ASKS)
    yield from (("dpia", numbers[0]) for numbers in lacking if numbers)
    # A field that another one calls for: which law restricts a right, or allows the new use.
    after = (
        (number, field.after) for number, field in FIELDS.items() if field.after is not None and number not in charter.dpia
    )
    yield from (("dpia", number) for number, (before, wanted) in after if charter.dpia.get(before) == wanted)
    asked = (*FOR_THE_DPIA, *deciding(known(answers(contract, charter))))
    yield from (("prescan", number) for number in dict.fromkeys(asked) if number not in charter.prescan)


def _contract(contract: DataContract) -> Iterator[tuple[str | int, ...]]:
    for at in _none(contract):
        if at[-1] in ("justification", "special_category"):
            continue
        if at[0] != "columns" or contract.columns[int(at[1])].role in _ASKED_OF[str(at[2])]:
            yield at
    yield from _unjustified(contract)
    yield from _uncategorised(contract)


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


def _uncategorised(contract: DataContract) -> Iterator[tuple[str | int, ...]]:
    """Return where nobody says whether inputs are of a special category: once for a source, unless its columns say so each."""
    features = contract.with_role("feature")
    apart = {column.source for column in features if column.special_category is False}
    open_ = [column for column in features if contract.special(column) is None]
    sources = dict.fromkeys(column.source for column in open_ if column.source is not None and column.source not in apart)
    yield from (("sources", source, "special_category") for source in sources)
    for i, column in enumerate(contract.columns):
        if column in open_ and column.source in apart:
            yield ("columns", i, "special_category")


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
