"""DataContract: what each column is, where it comes from, and what it may be used for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smartstart_gov.errors import Refused
from smartstart_gov.project.authored import (
    Authored,
    Declared,
    DeclaredNamed,
    Line,
    Name,
    Problem,
    Text,
    refuse_any,
)
from smartstart_gov.project.column import SINGLE_ROLES, Column, Role, wrong
from smartstart_gov.project.expected import Expected
from smartstart_gov.project.source import Link, Source, Step, hierarchy_problems, link_problems

Aggregation = Literal["person", "household", "event", "neighbourhood", "district", "municipality"]
#: Levels at which the model speaks about single cases, and so about people; at the others it speaks about areas.
SINGLE: tuple[Aggregation, ...] = ("person", "household", "event")


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
    expected: Expected | None = None
    """What is expected of data that are not at hand yet; `power` and `check` reckon with it."""
    unconfirmed: tuple[Line, ...] = ()
    """Columns, ``links.SOURCE`` and ``expected`` that were guessed from data; documents are drafts till it is gone."""

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

    def justification(self, column: Column) -> Text | None:
        """Return why the model needs `column`: what it says itself, or else its source."""
        source = self.sources.get(column.source or "")
        return column.justification or (None if source is None else source.justification)

    def outcome(self) -> Column:
        """Return the label's column; Refused D07 where there is none, or where nobody has said which value counts as 1."""
        where, label = f"Contract {self.name} {self.version}", self.single("label")
        if label is None:
            raise Refused("D07", "The contract has no label.", where, "Give one column the role label.")
        return label.settled(where)

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
                yield wrong("columns", f"column {name!r} stands {times} times", "Describe each column once.")
        for role in SINGLE_ROLES:
            found = self.with_role(role)
            if len(found) > 1:
                names = ", ".join(repr(column.name) for column in found)
                yield wrong("columns", f"role {role} belongs to one column, got {names}", "Give the others another role.")
        for i, column in enumerate(self.columns):
            if column.source is not None and column.source not in self.sources:
                what = f"column {column.name!r} names source {column.source!r}, which is not under sources"
                remedy = f"Use one of {', '.join(self.sources) or 'none yet'}, or describe it under sources."
                yield wrong("columns", what, remedy, i, "source")
            if column.levels is not None and len(column.levels) > self.maximum_levels:
                what = f"column {column.name!r} has {len(column.levels)} levels, more than maximum_levels {self.maximum_levels}"
                at = ("columns", i, "levels")
                yield Problem(rule="D15", what=what, remedy="Raise maximum_levels, or use larger groups.", at=at)
        known = {*(column.name for column in self.columns), *(f"links.{link.source}" for link in self.links)}
        known |= {"expected"} if self.expected is not None else set()
        for i, name in enumerate(self.unconfirmed):
            if name not in known:
                what = f"unconfirmed names {name!r}, which is no column and no part of the contract"
                yield wrong("unconfirmed", what, "Take it away.", i)
        if self.single("score") is not None and self.single("decision") is not None:
            what = "a score and a decision: from a score the policy's threshold decides, and there would be two decisions"
            yield wrong("columns", what, "Keep the score, and give the other column the role ignore.")
        if not self.with_role("sensitive"):
            yield wrong("columns", "no column has role sensitive", "Name the groups: an audit compares them.")
