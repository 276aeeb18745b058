"""Draft: what a table seems to contain. Every guess has its reason, and none of them is a fact yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from smartstart_gov.authoring.contract import BINARY, Column, DataContract, Dtype, Role, Step
from smartstart_gov.authoring.node import sentence
from smartstart_gov.authoring.value import OPEN, Problem, Problems, Text
from smartstart_gov.errors import Refused, Violation

Level = str | int | bool
#: So many names are listed in a note.
_MOST = 10


def text(nl: str, en: str) -> Text:
    """Return a sentence in both languages."""
    return Text(nl=nl, en=en)


def few(names: Sequence[str]) -> tuple[str, str]:
    """Return names on one line in both languages; if there are many, the first ones and how many more there are."""
    first, more = ", ".join(names[:_MOST]), len(names) - _MOST
    return (f"{first} en nog {more}", f"{first} and {more} more") if more > 0 else (first, first)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDraft:
    """A guess at one column: the fields of `smartstart_gov.authoring.contract.Column`, and the reason for its role.

    Attributes
    ----------
    reason : Text
        Why this role; it never quotes a cell.
    meaning : Text or None
        None if the name does not say it: the user does.
    positive : level or None
        For the label: the value that the user gave; it is never guessed.
    asked : bool
        Whether the user gave the role: then it is not a guess.
    justification : Text or None
        If a DPIA declares it.
    """

    name: str
    dtype: Dtype
    role: Role
    reason: Text
    source: str | None = None
    meaning: Text | None = None
    levels: tuple[Level, ...] | None = None
    labels: tuple[tuple[str, Text], ...] = ()
    positive: Level | None = None
    minimum: float | int | None = None
    maximum: float | int | None = None
    nullable: bool = False
    special_category: bool | None = None
    unknown_values: tuple[str | int, ...] = ()
    maximum_unknown_share: float | None = None
    asked: bool = False
    justification: Text | None = None

    def problems(self) -> tuple[Problem, ...]:
        """Return why a contract cannot contain this column; empty if it can."""
        try:
            self.to_column()
        except ValidationError as error:
            return _told_by(error) or (
                Problem(what="cannot be a column of a contract", remedy="Leave it out, or store it differently."),
            )
        return ()

    def to_column(self) -> Column:
        """Return the contract's column."""
        record: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                "name", "dtype", "role", "levels", "minimum", "maximum", "nullable", "unknown_values", "maximum_unknown_share",
            )
        }  # fmt: skip
        if self.role in BINARY:
            record["positive"] = OPEN if self.positive is None else self.positive
        record |= {"meaning": self.meaning or OPEN, "labels": dict(self.labels)}
        # Of these the source speaks, unless somebody said them of the column itself.
        for name in ("special_category", "justification"):
            if getattr(self, name) is not None:
                record[name] = getattr(self, name)
        return Column(**record, source=self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A guess at one table.

    Attributes
    ----------
    rows : int
    columns : tuple of ColumnDraft
        In the table's order.
    hierarchies : tuple of (str, tuple of Step)
        For columns of area codes: the larger areas that the codes themselves name.
    notes : tuple of Text
        What prevents a first audit, or deserves attention.
    """

    rows: int
    columns: tuple[ColumnDraft, ...]
    hierarchies: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    notes: tuple[Text, ...] = ()

    def column(self, name: str) -> ColumnDraft:
        """Return the column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def with_role(self, *roles: Role) -> tuple[ColumnDraft, ...]:
        """Return the columns that have one of `roles`."""
        return tuple(column for column in self.columns if column.role in roles)

    def with_column(self, column: ColumnDraft) -> Draft:
        """Return the draft with another guess for one column."""
        return replace(self, columns=tuple(column if c.name == column.name else c for c in self.columns))

    def to_contract(self, *, name: str, **more: Any) -> DataContract:
        """Return the draft as a contract; `more` are further fields of `DataContract`, like ``sources``.

        Raises
        ------
        Refused
            For roles that were asked of single columns and cannot stand together.
        """
        fields = {"version": "0.1", "meaning": OPEN, "unit_of_analysis": OPEN, "aggregation_level": "person"} | more
        columns = tuple(column.to_column() for column in self.columns)
        try:
            return DataContract(format=1, name=name, columns=columns, hierarchies=dict(self.hierarchies), **fields)
        except ValidationError as error:
            told = _told_by(error)
            if not told:
                raise
            raise Refused.of(
                [Violation(rule=p.rule, what=sentence(p.what), where=f"Contract {name}", remedy=p.remedy) for p in told]
            ) from None


def _told_by(error: ValidationError) -> tuple[Problem, ...]:
    """Return what the contract itself found wrong."""
    causes = [one.get("ctx", {}).get("error") for one in error.errors()]
    return tuple(problem for cause in causes if isinstance(cause, Problems) for problem in cause.problems)
