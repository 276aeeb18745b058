"""The facts in the three authored files that nobody has filled in yet: which, where, and who is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from smartstart_gov.project.asked import CHARTER, CONTRACT, DPIA, POLICY, Ask, Place, Who
from smartstart_gov.project.authored import Authored, may_be_open
from smartstart_gov.project.charter import Charter
from smartstart_gov.project.column import BINARY, Role
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.node import Location, spelt
from smartstart_gov.project.policy import Policy
from smartstart_gov.project.prescan import answers, known
from smartstart_gov.project.prescan_outcome import deciding
from smartstart_gov.project.prescan_questions import QUESTIONS

ASKED: dict[str, dict[Place, Ask]] = {"charter": CHARTER, "contract": CONTRACT, "policy": POLICY}
_SILENT: tuple[Role, ...] = ("index", "ignore")
#: Facts of a column to the roles of which they are asked.
_ASKED_OF: dict[str, tuple[Role, ...]] = {
    "meaning": tuple(role for role in get_args(Role) if role not in _SILENT),
    "positive": BINARY,
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
        The column, source, limit or risk that it is about; empty where the key says all.
    blocks : bool
        Whether a control cannot be passed as long as it is open, so that nothing is released.
    """

    file: str
    at: tuple[str | int, ...]
    ask: Ask
    about: str
    blocks: bool

    @property
    def breaks(self) -> bool:
        """Whether a control is not merely unshown but broken as long as it is open: force without a law behind it."""
        return self.blocks and self.at == ("legal_basis",)

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
    features = {column.source for column in contract.with_role("feature")}
    forced = charter.coercive is True or charter.effect in ("investigation", "refusal")

    def blocks(file: str, at: Location, ask: Ask) -> bool:
        if ask.control == "R04" and at[0] == "sources":
            return at[1] in features
        return forced if at == ("legal_basis",) else ask.control is not None

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
    return tuple(
        OpenFact(file=file, at=at, ask=ask, about=about(file, at), blocks=blocks(file, at, ask)) for file, at, ask in found
    )


def ask_of(file: str, at: Location) -> Ask:
    """Return what the fact at a place of a file asks; of a place without words of its own, the data team."""
    if file == "charter" and at[0] == "dpia":
        return DPIA.get(str(at[1]), _OWN_WORDS)
    if file == "charter" and at[0] == "prescan":
        return _prescan(str(at[1]))
    for place, ask in ASKED[file].items():
        if len(place) == len(at) and all(asked in ("*", part) for asked, part in zip(place, at, strict=True)):
            return ask
    return Ask(who="data", what=f"What is {spelt(at)}?", example="...")


#: A part of the DPIA that the files fill in anyway, and of which somebody wrote that it is open all the same.
_OWN_WORDS = Ask(who="dpo", what="This part of the DPIA, in own words.", example="What the table below does not say.")


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
