"""The pre-scan DPIA: the answers that follow from contract and charter, and their result in points and rules.

The rules are those of the pre-scan of the Dutch government, version 2.0. Open answers are tried at their lightest and at
their most serious; an outcome is settled if both give the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract, ages
from smartstart_gov.authoring.screening_questions import ANSWERABLE, QUESTIONS, Question

Given = bool | str | tuple[str, ...]
Level = Literal["none", "recommended", "required"]
LEVELS: tuple[Level, ...] = ("none", "recommended", "required")
#: More points than this ask for a DPIA.
MOST_POINTS = 4
#: Points by item, in the order in which they are added up.
ITEMS = ("ordinary", "special", "sensitive", "people", "number", "frequency", "retention", "transfer", "registers", "service")
#: What each kind of people weighs in the item ``people``.
_PEOPLE = {"staff": 1, "citizens": 1, "under_16": 3, "vulnerable": 3}
#: Base registers that give a point; the others hold no personal data to speak of.
_REGISTERS = ("income", "land_registry", "persons", "vehicles", "property_value", "companies")
#: The options of a question with one answer that weigh least and most.
_LIGHT = {"1.5.3": "once", "1.5.4": "under_day", "2.1.2": "inside", "2.1.3": "on_premise", "2.1.4": "inside", "2.1.5": "inside",
          "2.1.6": "adequacy"}  # fmt: skip
_GRAVE = {"1.5.3": "continuous", "1.5.4": "years", "2.1.2": "outside", "2.1.3": "outside", "2.1.4": "outside",
          "2.1.5": "outside", "2.1.6": "standard_clauses"}  # fmt: skip
#: Yes to this question makes it lighter.
_RELIEVING = ("7.1.3",)
#: From so many people on, the pre-scan calls a processing large.
MANY = 10_000
#: Words in the name of a source by which a base register is known.
_SIGNS_OF_REGISTERS = {
    "topography_large": ("bgt", "grootschalige topografie"), "income": ("bri", "basisregistratie inkomen"),
    "land_registry": ("brk", "kadaster"), "subsoil": ("bro", "ondergrond"), "persons": ("brp", "basisregistratie personen"),
    "topography": ("brt", "basisregistratie topografie"), "vehicles": ("brv", "basisregistratie voertuigen"),
    "property_value": ("woz",), "companies": ("handelsregister",), "addresses": ("bag", "adressen en gebouwen"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one answer: a value, and whether it is final; a list that is not final may get more options."""

    value: Given | None
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """Points by item, which rules for a DPIA are met, and the level of each assessment."""

    points: Mapping[str, int]
    met: tuple[str, ...]
    dpia: Level
    dtia: Level
    kia: Level
    iama: Level

    @property
    def total(self) -> int:
        """All points together."""
        return sum(self.points.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result with open answers at their lightest and at their most serious."""

    light: Reckoned
    grave: Reckoned

    def level(self, assessment: str) -> Level | None:
        """Return the level of ``dpia``, ``dtia``, ``kia`` or ``iama``; None if it depends on what is open."""
        light: Level = getattr(self.light, assessment)
        return light if light == getattr(self.grave, assessment) else None


#: What each assessment depends on, beside the DPIA, which depends on nearly all.
ASSESSMENTS: dict[str, tuple[str, ...]] = {
    "dpia": (
        "0.1", "0.5.1", "1.1.1", "1.1.2", "1.2.1", "1.2.2", "1.3.1", "1.3.2", "1.4.1", "1.5.1", "1.5.3", "1.5.4", "2.1.1",
        "2.1.3", "2.1.4", "2.1.8", "3.1", "4.1", "5.1.1", "5.1.2", "7.1.1", "7.1.2", "7.1.3",
    ),
    "dtia": ("2.1.1", "2.1.3", "2.1.4", "2.1.6"),
    "kia": ("7.1.1", "7.1.2"),
    "iama": ("6.1.1", "6.1.2", "6.1.3"),
}  # fmt: skip


def outcome(known: Mapping[str, Known]) -> Outcome:
    """Return the result of the answers, whatever the open ones turn out to be."""
    return Outcome(light=reckon(_filled(known, grave=False)), grave=reckon(_filled(known, grave=True)))


def deciding(known: Mapping[str, Known]) -> tuple[str, ...]:
    """Return the open questions on which an outcome still depends, of those that are put."""
    found = outcome(known)
    wanted = {q for name, asked in ASSESSMENTS.items() if found.level(name) is None for q in asked}
    return tuple(q for q in QUESTIONS if q in wanted and not known[q].final and _is_put(QUESTIONS[q], known))


def _is_put(question: Question, known: Mapping[str, Known]) -> bool:
    """Whether a question is put: the one it comes after has the answer that calls for it."""
    if question.after is None:
        return True
    before = known[question.after[0]]
    return before.final and before.value is question.after[1] and _is_put(QUESTIONS[question.after[0]], known)


def _filled(known: Mapping[str, Known], *, grave: bool) -> dict[str, Given]:
    answers: dict[str, Given] = {}
    put: set[str] = set()
    for id_, question in QUESTIONS.items():
        if question.kind == "text":
            continue
        now = known[id_]
        before, wanted = question.after or ("", True)
        if before and (before not in put or answers[before] is not wanted):
            # The official form forgets what stands under a question that is no longer put.
            answers[id_] = () if question.kind == "many" else "" if question.kind == "one" else False
            continue
        put.add(id_)
        if now.final and now.value is not None:
            answers[id_] = now.value
        elif question.kind == "flag":
            answers[id_] = now.value if isinstance(now.value, bool) else grave != (id_ in _RELIEVING)
        elif question.kind == "one":
            answers[id_] = (_GRAVE if grave else _LIGHT).get(id_, question.options[0])
        else:
            so_far = now.value if isinstance(now.value, tuple) else ()
            # Who says yes to the question before it ticks one box at least.
            least = so_far or (question.options[:1] if question.after is not None else ())
            answers[id_] = question.options if grave else least
    return answers


def reckon(answers: Mapping[str, Given]) -> Reckoned:
    """Return points, rules met and levels of a pre-scan in which every question is answered."""

    def yes(id_: str) -> bool:
        return answers[id_] is True

    def chosen(id_: str) -> tuple[str, ...]:
        found = answers[id_]
        return found if isinstance(found, tuple) else ()

    people = sum(_PEOPLE.get(kind, 0) for kind in chosen("1.4.1"))
    outside = "outside" in (answers["2.1.3"], answers["2.1.4"])
    points = {
        "ordinary": int(yes("1.1.1") and len(chosen("1.1.2")) >= 6),
        "special": _by_count(len(chosen("1.2.2"))) if yes("1.2.1") else 0,
        "sensitive": _by_count(len(chosen("1.3.2"))) if yes("1.3.1") else 0,
        "people": 0 if people <= 2 else 1 if people == 3 else 2,
        "number": int(yes("1.5.1")),
        "frequency": int(answers["1.5.3"] in ("monthly", "more_than_monthly", "continuous")),
        "retention": int(answers["1.5.4"] in ("year", "years")),
        "transfer": (2 if (yes("0.5.1") and outside) or yes("2.1.8") else 1) if yes("2.1.1") else 0,
        "registers": int(yes("5.1.1") and any(name in _REGISTERS for name in chosen("5.1.2"))),
        "service": (2 if yes("7.1.2") else int(not yes("7.1.3"))) if yes("7.1.1") else 0,
    }
    european = len(chosen("4.1"))
    rules = {
        "new_law": yes("0.1"),
        "points": sum(points.values()) > MOST_POINTS,
        "list_authority": len(chosen("3.1")) >= 1,
        "list_europe": european >= 2,
    }
    met = tuple(name for name, holds in rules.items() if holds)
    abroad = yes("2.1.1") and outside and answers["2.1.6"] in ("standard_clauses", "other")
    return Reckoned(
        points=points, met=met or (("one_of_europe",) if european == 1 else ()),
        dpia="required" if met else "recommended" if european == 1 else "none",
        dtia="required" if abroad else "none",
        kia="recommended" if yes("7.1.1") and yes("7.1.2") else "none",
        iama="recommended" if yes("6.1.2") or yes("6.1.3") else "none",
    )  # fmt: skip


def _by_count(chosen: int) -> int:
    return 0 if chosen == 0 else 1 if chosen <= 6 else 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What an audit counted: rows read, columns, and different units among the audited rows (None if unknown)."""

    rows: int
    columns: int
    units: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, with where it comes from.

    Attributes
    ----------
    value : bool, str, tuple of str, or None
        None if nothing is known. For a list, the options that are known to apply.
    final : bool
        Whether nothing can be added.
    sources : tuple of str
        Keys in the files from which it follows, like ``contract.yaml (columns)``.
    measured : bool
        Whether it was counted rather than declared.
    """

    value: Given | None = None
    final: bool = False
    sources: tuple[str, ...] = ()
    measured: bool = False


def answers(contract: DataContract, charter: Charter, measured: Measured | None = None) -> dict[str, Answer]:
    """Return an answer to every question of the pre-scan that has one or more options.

    Answers that follow from the contract are fixed, whatever the charter says; the charter adds the others.
    """
    found = _following(contract, charter)
    if measured is not None:
        _add_counts(found, contract, measured)
    return {id_: _with(found.get(id_, Answer()), id_, charter.prescan) for id_ in ANSWERABLE}


def known(given: Mapping[str, Answer]) -> dict[str, Known]:
    """Return the answers in the form that the calculation uses."""
    return {id_: Known(value=answer.value, final=answer.final) for id_, answer in given.items()}


def _with(follows: Answer, id_: str, written: Mapping[str, Given | None]) -> Answer:
    """Return what follows, completed by what the charter says."""
    said = written.get(id_)
    if said is None or (follows.final and follows.value == said):
        return follows
    place = f"charter.yaml (prescan, {id_})"
    if isinstance(said, tuple):
        before = follows.value if isinstance(follows.value, tuple) else ()
        both = tuple(option for option in QUESTIONS[id_].options if option in {*before, *said})
        return Answer(value=both, final=True, sources=(*(follows.sources if before else ()), place))
    if follows.value is True:
        # A no in the charter does not undo what the contract says.
        return follows
    return Answer(value=said, final=True, sources=(place,))


def _following(contract: DataContract, charter: Charter) -> dict[str, Answer]:
    level, columns = "contract.yaml (aggregation_level)", "contract.yaml (columns)"
    # A contract that names no areas shows none.
    single = not contract.of_areas
    said = [contract.special(column) for column in contract.columns]
    special = any(said)
    minors = charter.vulnerable is not None and charter.vulnerable.minors is True
    minors_at = "charter.yaml (vulnerable.minors)"
    sources = [contract.sources[name] for name in dict.fromkeys(c.source for c in contract.columns if c.source is not None)]
    owners = {source.owner.en.casefold() for source in sources if source.owner is not None}
    found = {
        # One yes is enough; no takes somebody who says so of every column.
        "1.2.1": Answer() if None in said and not special else Answer(value=special, final=True, sources=(columns,)),
        "6.1.1": Answer(value=True, final=True, sources=("policy.yaml (threshold)",)),
        "1.4.1": _listed([("citizens", single, level), ("under_16", _under_16(contract, minors=minors), columns)]),
        "3.1": _listed([
            ("profiling", single, level),
            ("cooperation", len(owners) > 1 and (special or minors), "contract.yaml (sources)"),
        ]),
        "4.1": _listed([
            ("evaluation", single, level), ("special", special, columns), ("vulnerable", minors, minors_at),
            ("combining", len(sources) > 1, "contract.yaml (sources)"),
            ("blocking", charter.effect in ("refusal", "detention"), "charter.yaml (effect)"),
        ]),
    }  # fmt: skip
    if single:
        found["1.1.1"] = Answer(value=True, final=True, sources=(level,))
        if charter.effect != "research_only":
            found["6.1.3"] = Answer(value=True, final=True, sources=(level, "charter.yaml (effect)"))
    if minors:
        found["1.3.1"] = Answer(value=True, final=True, sources=(minors_at,))
        found["1.3.2"] = _listed([("vulnerable", True, minors_at)])
    registers = _registers(source.system for source in sources)
    if registers:
        place = "contract.yaml (sources)"
        found["5.1.1"] = Answer(value=True, final=True, sources=(place,))
        found["5.1.2"] = _listed([(register, True, place) for register in registers])
    return found


def _listed(options: Iterable[tuple[str, bool, str]]) -> Answer:
    """Return the options that apply, with what they follow from; more may apply."""
    held = [(option, place) for option, holds, place in options if holds]
    places = tuple(dict.fromkeys(place for _, place in held))
    return Answer(value=tuple(option for option, _ in held) or None, sources=places)


def _under_16(contract: DataContract, *, minors: bool) -> bool:
    """Whether an age column allows ages under 16, and no adult may stand in it or the charter says that minors do."""
    return any(
        column.minimum is not None and column.minimum < 16 and (minors or (column.maximum is not None and column.maximum < 18))
        for column in ages(contract)
    )


def _registers(systems: Iterable[str]) -> tuple[str, ...]:
    texts = [system.casefold() for system in systems]

    def named(signs: tuple[str, ...]) -> bool:
        return any(
            sign in (text.replace("(", " ").replace(")", " ").split() if len(sign) == 3 else text)
            for sign in signs
            for text in texts
        )

    return tuple(register for register, signs in _SIGNS_OF_REGISTERS.items() if named(signs))


def _add_counts(found: dict[str, Answer], contract: DataContract, measured: Measured) -> None:
    if measured.rows * measured.columns >= MANY:
        found["1.5.2"] = Answer(value=True, final=True, sources=("bundle.json",), measured=True)
    if measured.units is not None and measured.units >= MANY and contract.aggregation_level in ("person", "household"):
        found["1.5.1"] = Answer(value=True, final=True, sources=("bundle.json",), measured=True)
        before = found["4.1"]
        options = (*(before.value if isinstance(before.value, tuple) else ()), "large_scale")
        ordered = tuple(option for option in QUESTIONS["4.1"].options if option in options)
        found["4.1"] = Answer(value=ordered, sources=(*before.sources, "bundle.json"))
