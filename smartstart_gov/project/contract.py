"""DataContract: what each column is, where it comes from, and what it may be used for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from smartstart_gov.errors import OTHER_OUTCOMES, Refused
from smartstart_gov.project.authored import (
    MAY_BE_OPEN,
    OPEN,
    Authored,
    Declared,
    DeclaredNamed,
    Line,
    Name,
    Problem,
    Share,
    Text,
    refuse_any,
    skeleton,
)
from smartstart_gov.project.expected import Expected
from smartstart_gov.project.source import Link, Source, Step, hierarchy_problems, link_problems

Role = Literal[
    "feature", "sensitive", "control", "label", "score", "decision", "weight", "unit", "time", "site", "index", "ignore"
]  # fmt: skip
Dtype = Literal["string", "integer", "number", "boolean", "datetime"]
Aggregation = Literal["person", "household", "event", "neighbourhood", "district", "municipality"]
#: Levels at which the model speaks about single cases, and so about people; at the others it speaks about areas.
SINGLE: tuple[Aggregation, ...] = ("person", "household", "event")
#: The unknown level of every axis that allows one. No declared level may bear this name.
UNKNOWN = "unknown"
#: Roles of two values: what came true, and what was decided.
BINARY: tuple[Role, ...] = ("label", "decision")
#: Roles of which a contract has at most one column.
SINGLE_ROLES: tuple[Role, ...] = ("label", "score", "decision", "weight", "unit", "time", "site", "index")


class Column(Authored):
    """One column: type, range, role, source and meaning."""

    name: Line
    """The column's name in the data, to the letter."""
    dtype: Dtype
    """Type of the values; nothing is converted."""
    role: Role
    """What the column may be used for; only features reach a model."""
    meaning: Declared
    """What one value says, for a reader without the data."""
    source: Name | None = None
    """Name of an entry of `sources`; every column but index and ignore has one."""
    levels: tuple[Line | int | bool, ...] | None = None
    """Closed list of allowed values."""
    labels: dict[Line, Text] = {}
    """Names of levels for readers, where the stored value is a code or in one language."""
    positive: Annotated[Line | int | bool | None, *MAY_BE_OPEN] = None
    """For label and decision: the value that counts as 1; as long as that of the label is open nothing is counted."""
    minimum: float | int | None = None
    """Smallest allowed number."""
    maximum: float | int | None = None
    """Largest allowed number."""
    nullable: bool = False
    """Whether a value may be missing."""
    special_category: bool = False
    """Special category of GDPR article 9, or origin, nationality, religion or a marker of these."""
    unknown_values: tuple[Line | int, ...] = ()
    """Stored values that mean: not recorded."""
    maximum_unknown_share: Share | None = None
    """Largest share of rows in which the group may be unknown; absent means none may be."""
    expected_shares: dict[Line, Share] = {}
    """Share of each group in the population, from a register outside the data."""
    justification: Declared = None
    """Why a feature that may stand for a protected group is needed (aim, suitability, necessity, proportionality)."""

    @property
    def axis_levels(self) -> tuple[str, ...]:
        """Names of the levels as text, unknown last where it is allowed."""
        declared = tuple(str(level) for level in self.levels or ())
        return (*declared, UNKNOWN) if self.maximum_unknown_share is not None else declared

    def label_of(self, level: str, lang: str) -> str:
        """Return what readers call `level` in `lang`."""
        return self.labels[level].in_(lang) if level in self.labels else level

    def said_open(self) -> tuple[str, ...]:
        """Return what a label has to say, even if that is: open."""
        return ("positive",) if self.role == "label" else ()

    @model_validator(mode="after")
    def _role_has_what_it_needs(self) -> Self:
        refuse_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        yield from self._role_problems()
        yield from self._null_problems()
        if self.role in ("weight", "score") and self.dtype not in ("number", "integer"):
            yield _wrong("dtype", f"a {self.role} column is a number or an integer, got {self.dtype}", "Change dtype or role.")
        if self.role == "time" and self.dtype != "datetime":
            yield _wrong("dtype", f"a time column is a datetime, got {self.dtype}", "Change dtype or role.")
        if self.role not in ("index", "ignore") and self.source is None:
            remedy = "Add source: one of the names under sources."
            yield _wrong("source", f"{self.role} column {self.name!r} names no source", remedy)
        if self.levels is not None:
            yield from self._level_problems(self.levels)
        if (self.minimum is not None or self.maximum is not None) and self.dtype not in ("number", "integer"):
            key = "minimum" if self.minimum is not None else "maximum"
            what = f"minimum and maximum belong to numbers, not to a {self.dtype}"
            yield _wrong(key, what, "Take them away, or change dtype.")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            yield _wrong("minimum", f"minimum {self.minimum} is above maximum {self.maximum}", "Exchange them.")

    def _role_problems(self) -> Iterator[Problem]:
        if self.role in ("sensitive", "control", "site", *BINARY) and not self.levels:
            remedy = "Add levels: the closed list of its values."
            yield _wrong("levels", f"{self.role} column {self.name!r} has no levels", remedy)
        if self.role in BINARY:
            if self.levels and len(self.levels) != 2:
                yield _wrong("levels", f"a {self.role} has exactly two levels, got {len(self.levels)}", OTHER_OUTCOMES)
            if self.dtype in ("number", "datetime"):
                yield _wrong("dtype", f"a {self.role} is a string, an integer or a boolean, got {self.dtype}", OTHER_OUTCOMES)
            typed = [(level, type(level)) for level in self.levels or ()]
            open_ = self.role == "label" and self.positive is None and "positive" in self.model_fields_set
            if not open_ and (self.positive, type(self.positive)) not in typed:
                yield _wrong(
                    "positive", f"a {self.role} needs positive", "Add positive: the one of its two levels that counts as 1."
                )
            if (OPEN, str) in typed:
                yield _wrong(
                    "levels", f"{OPEN!r} says that nobody knows, and is no level of a {self.role}", "Write it otherwise."
                )
        elif self.positive is not None:
            yield _wrong(
                "positive", f"positive belongs to a label or a decision, not to a {self.role}", "Take it away, or change role."
            )
        if self.role != "sensitive":
            for key in ("maximum_unknown_share", "unknown_values", "expected_shares"):
                if getattr(self, key) not in (None, (), {}):
                    yield _wrong(
                        key, f"{key} belongs to a sensitive column, not to a {self.role}", "Take it away, or change role."
                    )

    def _null_problems(self) -> Iterator[Problem]:
        if self.unknown_values and self.maximum_unknown_share is None:
            remedy = "Add maximum_unknown_share: the largest share of rows in which the group may be unknown."
            yield _wrong("unknown_values", "unknown_values needs maximum_unknown_share", remedy)
        if not self.nullable:
            return
        if self.role == "sensitive":
            remedy = "Declare maximum_unknown_share instead; missing values then count as unknown."
            yield _wrong("nullable", "a sensitive column is not nullable", remedy)
        elif self.role in (*BINARY, "unit", "index", "weight", "score", "site", "control"):
            yield _wrong("nullable", f"a {self.role} column is not nullable", "Take nullable away, and mend the data.")

    def _level_problems(self, levels: tuple[str | int | bool, ...]) -> Iterator[Problem]:
        kind = {"string": str, "integer": int, "boolean": bool}.get(self.dtype)
        wrong = [i for i, level in enumerate(levels) if kind is None or type(level) is not kind]
        if wrong:
            what = f"level {levels[wrong[0]]!r} is not of dtype {self.dtype}"
            yield _wrong("levels", what, "Write levels in the column's own type; text stands in quotes.", wrong[0])
        texts = [str(level) for level in levels]
        if UNKNOWN in texts:
            remedy = "List the stored value under unknown_values."
            yield _wrong("levels", f"{UNKNOWN!r} is the name of the unknown level", remedy, texts.index(UNKNOWN))
        looks = [skeleton(text) for text in texts]
        for look, times in Counter(looks).items():
            if times > 1:
                pair = [text for text, other in zip(texts, looks, strict=True) if other == look]
                what = f"levels {', '.join(map(repr, pair))} differ only in case, spaces or look-alike letters"
                at = ("levels", looks.index(look))
                yield Problem(rule="D02", what=what, remedy="Keep one, and write it so in the data.", at=at)
        known = set(texts)
        for field, names in (("labels", self.labels), ("expected_shares", self.expected_shares)):
            for name in names:
                if name not in known:
                    what = f"{field} names {name!r}, which is not among the levels"
                    yield _wrong(field, what, "Use the level's own name.", name)
        for position, value in enumerate(self.unknown_values):
            if str(value) in known:
                what = f"{str(value)!r} stands among levels and unknown_values"
                yield _wrong("unknown_values", what, "Keep it in one of the two.", position)
        total = sum(self.expected_shares.values())
        if self.expected_shares and not 0.98 <= total <= 1.02:
            yield _wrong("expected_shares", f"expected_shares add up to {total:.3g}, not to 1", "Give every level its share.")


def _wrong(key: str, what: str, remedy: str, *more: str | int) -> Problem:
    return Problem(rule="C01", what=what, remedy=remedy, at=(key, *more))


class DataContract(Authored):
    """The contract of one table: columns, sources, groups, hierarchy and what a row is."""

    format: Literal[1]
    """Number of this file format."""
    name: Name
    """Name of the data set."""
    version: Line
    """Version of this contract, in quotes."""
    meaning: Declared
    """What the table is."""
    unit_of_analysis: Declared
    """What one row is."""
    aggregation_level: Aggregation
    """The level at which the model speaks: a person, a neighbourhood, ..."""
    minimum_rows: Annotated[int, Field(ge=1)] = 1
    """Fewest rows that are worth reading."""
    maximum_levels: Annotated[int, Field(ge=2, le=1_000_000)] = 10_000
    """Most levels on one axis."""
    licence: DeclaredNamed = None
    """Under what terms the data may be used: one line, or a text in each language."""
    sources: dict[Name, Source]
    """Where the columns come from."""
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    """The columns, in any order."""
    hierarchies: dict[Line, tuple[Step, ...]] = {}
    """For a sensitive area column: its steps upwards, finest first."""
    links: tuple[Link, ...] = ()
    """Sources that are combined with the base table, and how; see `smartstart_gov.link`."""
    unconfirmed: tuple[Line, ...] = ()
    """Columns whose description was guessed from data and that nobody has confirmed; documents are drafts till it is gone."""
    expected: Expected | None = None
    """What is expected of data that are not at hand yet; `power` and `check` reckon with it."""

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record. Keys of later that say nothing leave no trace: older digests stay what they were."""
        absent = {"links": not self.links, "expected": self.expected is None, "unconfirmed": not self.unconfirmed}
        return {key: value for key, value in super().to_record().items() if not absent.get(key)}

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def with_role(self, *roles: Role) -> tuple[Column, ...]:
        """Return the columns that have one of `roles`, in the contract's order."""
        return tuple(column for column in self.columns if column.role in roles)

    def single(self, role: Role) -> Column | None:
        """Return the one column of `role`, or None."""
        found = self.with_role(role)
        return found[0] if found else None

    def said(self) -> Column | None:
        """Return the column of what somebody else's model said, its score or its decision; None where there is none."""
        return self.single("score") or self.single("decision")

    def outcome(self) -> Column:
        """Return the label's column; Refused D07 where there is none, or where nobody has said which value counts as 1."""
        where, label = f"Contract {self.name} {self.version}", self.single("label")
        if label is None:
            raise Refused("D07", "The contract has no label.", where, "Give one column the role label.")
        if label.positive is None:
            one, other = label.levels or ("", "")
            remedy = f"Write positive: {json.dumps(one)} or positive: {json.dumps(other)}, the one that the model is to find."
            what = f"Nobody has said which value of label {label.name!r} counts as 1."
            raise Refused("D07", what, f"{where}, column {label.name!r}, key positive", remedy)
        return label

    @model_validator(mode="after")
    def _whole_is_consistent(self) -> Self:
        groups = {c.name: (c.axis_levels, c.maximum_unknown_share) for c in self.with_role("sensitive")}
        strays = () if self.expected is None else self.expected.strays(groups)
        links = link_problems(self.links, list(self.sources), {column.source for column in self.columns})
        levels = {column.name: tuple(map(str, column.levels or ())) for column in self.with_role("sensitive")}
        hierarchies = hierarchy_problems(self.hierarchies, levels)
        refuse_any([*self._column_problems(), *hierarchies, *strays, *links])
        return self

    def _column_problems(self) -> Iterator[Problem]:
        for name, times in Counter(column.name for column in self.columns).items():
            if times > 1:
                yield _wrong("columns", f"column {name!r} stands {times} times", "Describe each column once.")
        for role in SINGLE_ROLES:
            found = self.with_role(role)
            if len(found) > 1:
                names = ", ".join(repr(column.name) for column in found)
                yield _wrong("columns", f"role {role} belongs to one column, got {names}", "Give the others another role.")
        for i, column in enumerate(self.columns):
            if column.source is not None and column.source not in self.sources:
                what = f"column {column.name!r} names source {column.source!r}, which is not under sources"
                remedy = f"Use one of {', '.join(self.sources) or 'none yet'}, or describe it under sources."
                yield _wrong("columns", what, remedy, i, "source")
            if column.levels is not None and len(column.levels) > self.maximum_levels:
                what = f"column {column.name!r} has {len(column.levels)} levels, more than maximum_levels {self.maximum_levels}"
                at = ("columns", i, "levels")
                yield Problem(rule="D15", what=what, remedy="Raise maximum_levels, or use larger groups.", at=at)
        known = {column.name for column in self.columns}
        for i, name in enumerate(self.unconfirmed):
            if name not in known:
                yield _wrong("unconfirmed", f"unconfirmed names {name!r}, which is no column", "Take it away.", i)
        if self.single("score") is not None and self.single("decision") is not None:
            what = "a score and a decision: from a score the policy's threshold decides, and there would be two decisions"
            yield _wrong("columns", what, "Keep the score, and give the other column the role ignore.")
        if not self.with_role("sensitive"):
            yield _wrong("columns", "no column has role sensitive", "Name the groups: an audit compares them.")
