"""The answers to the pre-scan DPIA that follow from contract and charter, and those that the charter gives itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smartstart_gov.project.ages import ages
from smartstart_gov.project.charter import Charter
from smartstart_gov.project.contract import SINGLE, DataContract
from smartstart_gov.project.prescan_outcome import Given, Known
from smartstart_gov.project.prescan_questions import ANSWERABLE, QUESTIONS

#: From so many people on, the pre-scan calls a processing large.
MANY = 10_000
#: Words in the name of a source by which a base register is known.
_REGISTERS = {
    "topography_large": ("bgt", "grootschalige topografie"), "income": ("bri", "basisregistratie inkomen"),
    "land_registry": ("brk", "kadaster"), "subsoil": ("bro", "ondergrond"), "persons": ("brp", "basisregistratie personen"),
    "topography": ("brt", "basisregistratie topografie"), "vehicles": ("brv", "basisregistratie voertuigen"),
    "property_value": ("woz",), "companies": ("handelsregister",), "addresses": ("bag", "adressen en gebouwen"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What an audit counted: rows read, columns, and different units among the audited rows (None where unknown)."""

    rows: int
    columns: int
    units: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, with where it comes from.

    Attributes
    ----------
    value : bool, str, tuple of str, or None
        None where nothing is known. Of a list, the options that are known to apply.
    final : bool
        Whether nothing may be added.
    sources : tuple of str
        Keys of the files that it follows from, like ``contract.yaml (columns)``.
    measured : bool
        Whether it was counted rather than declared.
    """

    value: Given | None = None
    final: bool = False
    sources: tuple[str, ...] = ()
    measured: bool = False


def answers(contract: DataContract, charter: Charter, measured: Measured | None = None) -> dict[str, Answer]:
    """Return an answer to every question of the pre-scan that has one or more options.

    What follows from the contract stands, whatever the charter says; the charter adds what does not follow.
    """
    found = _following(contract, charter)
    if measured is not None:
        _add_counts(found, contract, measured)
    return {id_: _with(found.get(id_, Answer()), id_, charter.prescan) for id_ in ANSWERABLE}


def known(given: Mapping[str, Answer]) -> dict[str, Known]:
    """Return the answers as the reckoning takes them."""
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
    single = contract.aggregation_level in SINGLE
    special = any(column.special_category for column in contract.columns)
    minors = charter.vulnerable is not None and charter.vulnerable.minors is True
    minors_at = "charter.yaml (vulnerable.minors)"
    sources = [contract.sources[name] for name in dict.fromkeys(c.source for c in contract.columns if c.source is not None)]
    owners = {source.owner.en.casefold() for source in sources if source.owner is not None}
    found = {
        "1.2.1": Answer(value=special, final=True, sources=(columns,)),
        "6.1.1": Answer(value=True, final=True, sources=("policy.yaml (threshold)",)),
        "1.4.1": _listed([("citizens", single, level), ("under_16", _under_16(contract, minors=minors), columns)]),
        "3.1": _listed([
            ("profiling", single, level),
            ("cooperation", len(owners) > 1 and (special or minors), "contract.yaml (sources)"),
        ]),
        "4.1": _listed([
            ("evaluation", single, level), ("special", special, columns), ("vulnerable", minors, minors_at),
            ("combining", len(sources) > 1, "contract.yaml (sources)"),
            ("blocking", charter.effect == "refusal", "charter.yaml (effect)"),
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

    return tuple(register for register, signs in _REGISTERS.items() if named(signs))


def _add_counts(found: dict[str, Answer], contract: DataContract, measured: Measured) -> None:
    if measured.rows * measured.columns >= MANY:
        found["1.5.2"] = Answer(value=True, final=True, sources=("bundle.json",), measured=True)
    if measured.units is not None and measured.units >= MANY and contract.aggregation_level in ("person", "household"):
        found["1.5.1"] = Answer(value=True, final=True, sources=("bundle.json",), measured=True)
        before = found["4.1"]
        options = (*(before.value if isinstance(before.value, tuple) else ()), "large_scale")
        ordered = tuple(option for option in QUESTIONS["4.1"].options if option in options)
        found["4.1"] = Answer(value=ordered, sources=(*before.sources, "bundle.json"))
