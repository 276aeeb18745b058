"""contract_changes(): how two contracts differ, and what each difference means for models, audits and the DPIA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from smartstart_gov.authoring.contract import Column, DataContract, Role
from smartstart_gov.authoring.node import shown, spelt
from smartstart_gov.authoring.value import OPEN, Authored
from smartstart_gov.authoring.writer import written
from smartstart_gov.codec import Recorded
from smartstart_gov.show import Value

Consequence = Literal["training", "comparability", "dpia"]
#: What each consequence means, for a reader.
MEANINGS: dict[Consequence, str] = {
    "training": "a model trained under the old contract does not fit these data: train again",
    "comparability": "audits before and after the change answer different questions: do not compare them",
    "dpia": "the DPIA no longer describes these data: have it reviewed",
}
_TRAINING: tuple[Consequence, ...] = ("training",)
_COMPARABILITY: tuple[Consequence, ...] = ("comparability",)
_DPIA: tuple[Consequence, ...] = ("dpia",)
_ALL: tuple[Consequence, ...] = ("training", "comparability", "dpia")
_NONE: tuple[Consequence, ...] = ()
#: What hangs on a column of each role.
_ROLES: dict[Role, tuple[Consequence, ...]] = {
    "feature": _TRAINING, "label": ("training", "comparability"), "score": _COMPARABILITY, "sensitive": _COMPARABILITY,
    "control": _COMPARABILITY, "site": _COMPARABILITY, "weight": _COMPARABILITY,
    "decision": _COMPARABILITY, "unit": ("training", "comparability"),
    "time": _TRAINING, "index": _NONE, "ignore": _NONE,
}  # fmt: skip
#: What hangs on each key of the contract.
_CONTRACT: dict[str, tuple[Consequence, ...]] = {
    "format": _NONE, "name": _NONE, "version": _NONE, "minimum_rows": _NONE, "maximum_levels": _NONE,
    "meaning": ("comparability", "dpia"), "unit_of_analysis": _ALL, "aggregation_level": _ALL, "licence": _DPIA,
    "expected": _NONE, "unconfirmed": _NONE, "synthetic": ("comparability", "dpia"),
}  # fmt: skip
#: What hangs on each key of a source.
_SOURCE: dict[str, tuple[Consequence, ...]] = {
    "system": _DPIA, "owner": _DPIA, "original_purpose": _DPIA, "lawful_basis": _DPIA, "retention": _DPIA, "error_rate": _DPIA,
    "last_verified": _NONE, "justification": _DPIA, "special_category": _DPIA,
    "kind": _DPIA, "consent": _DPIA,
}  # fmt: skip
#: What hangs on each key of a link.
_LINK: dict[str, tuple[Consequence, ...]] = {
    "source": _NONE, "key": ("comparability", "dpia"), "expected_share": _COMPARABILITY, "moment": _NONE,
    "maximum_days": _COMPARABILITY,
}  # fmt: skip
#: What hangs on each key of a column; `role` stands for what hangs on the column's role.
_COLUMN: dict[str, tuple[Consequence | Literal["role"], ...]] = {
    "dtype": ("role",), "role": ("role", "dpia"), "meaning": ("role", "dpia"), "source": ("role", "dpia"), "levels": ("role",),
    "labels": _NONE, "positive": ("role",), "minimum": ("role",), "maximum": ("role",), "nullable": ("role",),
    "special_category": _DPIA, "unknown_values": ("role",), "maximum_unknown_share": ("role",), "expected_shares": ("role",),
    "justification": _DPIA,
}  # fmt: skip
_REMARKS = {
    "meaning": "If only the wording changed, nothing else is needed.",
    "last_verified": "The documents print the new date.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Recorded):
    """One difference.

    Attributes
    ----------
    at : str
        Where it is, like ``column 'origin', levels``.
    what : str
        The old and the new value, in words.
    consequences : tuple of {"training", "comparability", "dpia"}
        Empty: harmless.
    """

    at: str
    what: str
    consequences: tuple[Consequence, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContractChanges(Value):
    """All differences between two contracts; those that matter come first.

    Attributes
    ----------
    old, new : str
        Name and version of each.
    changes : tuple of Change
    """

    derived: ClassVar[tuple[str, ...]] = ("matter",)

    old: str
    new: str
    changes: tuple[Change, ...]

    @property
    def matter(self) -> bool:
        """Whether any change has a consequence."""
        return any(change.consequences for change in self.changes)

    def headline(self) -> str:
        """Return the result in one line."""
        mattering = sum(bool(change.consequences) for change in self.changes)
        return f"ContractChanges({self.old} to {self.new}: {len(self.changes)} changes, {mattering} that matter)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return the changes, one per line."""
        rows: list[list[object]] = [[", ".join(c.consequences) or "harmless", c.at, c.what] for c in self.changes]
        return ["consequence", "at", "change"], rows


def contract_changes(old: DataContract, new: DataContract) -> ContractChanges:
    """Return how `new` differs from `old`, each difference with its consequences.

    A renamed column counts as one removed and one added: only its owner knows that it is the same.

    Parameters
    ----------
    old, new : DataContract

    Returns
    -------
    ContractChanges
    """
    found = [*_keys("", old, new, _CONTRACT), *_sources(old, new), *_links(old, new), *_columns(old, new)]
    found += _hierarchies(old, new)
    found.sort(key=lambda change: not change.consequences)
    return ContractChanges(old=f"{old.name} {old.version}", new=f"{new.name} {new.version}", changes=tuple(found))


def _keys(
    place: str, old: Authored, new: Authored, hangs: Mapping[str, Iterable[str]], roles: Iterable[Role] = ()
) -> Iterator[Change]:
    """Return the keys that differ, each with what hangs on it."""
    before, after = written(old), written(new)
    for key, consequences in hangs.items():
        one, other = before.get(key), after.get(key)
        if one != other or (isinstance(one, bool) != isinstance(other, bool)):
            named = [part for c in consequences for part in ([p for r in roles for p in _ROLES[r]] if c == "role" else [c])]
            if isinstance(one, list) and isinstance(other, list) and sorted(map(repr, one)) == sorted(map(repr, other)):
                named = []
            what = _between(one, other) + (f" {_REMARKS[key]}" if key in _REMARKS else "")
            yield Change(at=f"{place}{key}", what=what, consequences=_ordered(named))


def _sources(old: DataContract, new: DataContract) -> Iterator[Change]:
    for name in dict.fromkeys([*old.sources, *new.sources]):
        place = f"source {name}"
        if name in old.sources and name in new.sources:
            yield from _keys(f"{place}, ", old.sources[name], new.sources[name], _SOURCE)
        else:
            yield Change(at=place, what="It is new." if name in new.sources else "It went.", consequences=_DPIA)


def _links(old: DataContract, new: DataContract) -> Iterator[Change]:
    before, after = ({one.source: one for one in contract.links} for contract in (old, new))
    for name in dict.fromkeys([*before, *after]):
        place = f"link {name}"
        if name in before and name in after:
            yield from _keys(f"{place}, ", before[name], after[name], _LINK)
        else:
            # Another way of linking loses other people.
            what = "It is new." if name in after else "It went."
            yield Change(at=place, what=what, consequences=("comparability", "dpia"))


def _columns(old: DataContract, new: DataContract) -> Iterator[Change]:
    before, after = ({column.name: column for column in contract.columns} for contract in (old, new))
    for name in dict.fromkeys([*before, *after]):
        place = f"column {shown(name)}"
        if name in before and name in after:
            one, other = before[name], after[name]
            yield from _keys(f"{place}, ", one, other, _COLUMN, dict.fromkeys([one.role, other.role]))
        elif name in after:
            yield _came(place, after[name], special=new.special(after[name]) is True)
        else:
            went = before[name]
            what = f"It was removed (role {went.role}); data that still contain it are refused."
            yield Change(at=place, what=what, consequences=_ordered(_ROLES[went.role]))


def _came(place: str, column: Column, *, special: bool) -> Change:
    category = ", special category" if special else ""
    # Whatever its role, it is one fact more about people.
    what = f"It is new (role {column.role}{category}); data without it are refused."
    if column.role == "ignore":
        what = "It is new (role ignore); data may contain it."
    return Change(at=place, what=what, consequences=_ordered([*_ROLES[column.role], "dpia"]))


def _hierarchies(old: DataContract, new: DataContract) -> Iterator[Change]:
    for name in dict.fromkeys([*old.hierarchies, *new.hierarchies]):
        steps = [{step.name: step for step in contract.hierarchies.get(name, ())} for contract in (old, new)]
        if list(steps[0]) != list(steps[1]):
            what = _between(list(steps[0]) or None, list(steps[1]) or None)
            yield Change(at=f"hierarchy {shown(name)}", what=what, consequences=_COMPARABILITY)
        for step in [name for name in steps[0] if name in steps[1]]:
            one, other = steps[0][step], steps[1][step]
            moved = [level for level in one.parents.keys() & other.parents.keys() if one.parents[level] != other.parents[level]]
            strays = one.parents.keys() ^ other.parents.keys()
            if moved or strays:
                what = f"{len(moved)} levels have another parent, {len(strays)} were added or removed."
                yield Change(at=f"hierarchy {shown(name)}, step {step}", what=what, consequences=_COMPARABILITY)
            if one.meaning != other.meaning:
                what = _between(written(one.meaning), written(other.meaning))
                yield Change(at=f"hierarchy {shown(name)}, step {step}, meaning", what=what, consequences=_COMPARABILITY)


def _ordered(consequences: Iterable[str]) -> tuple[Consequence, ...]:
    return tuple(one for one in MEANINGS if one in set(consequences))


def _between(old: Any, new: Any) -> str:
    if isinstance(old, list) and isinstance(new, list):
        went, came = ([x for x in a if x not in b] for a, b in ((old, new), (new, old)))
        parts = [f"{word} {_said(items)}" for word, items in (("without", went), ("with", came)) if items]
        return f"Now {' and '.join(parts)}." if parts else "The order changed."
    if old is None or new is None:
        return f"It is new: {_said(new)}." if old is None else f"It was removed; it was {_said(old)}."
    if isinstance(old, dict) and isinstance(new, dict):
        differ = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
        return f"Changed for {', '.join(spelt([key]) for key in differ)}."
    return f"From {_said(old)} to {_said(new)}."


def _said(value: Any) -> str:
    if isinstance(value, list):
        few = ", ".join(_said(item) for item in value[:5])
        return few + (f" and {len(value) - 5} more" if len(value) > 5 else "")
    if isinstance(value, dict):
        return "a text" if set(value) == {"nl", "en"} else f"{len(value)} entries"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value == OPEN else shown(value) if isinstance(value, str) else str(value)
