"""Draft: what a table seems to hold. Every guess has its reason, and none of them is a fact yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from smartstart_gov.project.authored import OPEN, Text
from smartstart_gov.project.contract import Column, DataContract, Dtype, Role
from smartstart_gov.project.source import Step

Level = str | int | bool


def text(nl: str, en: str) -> Text:
    """Return a sentence in both languages."""
    return Text(nl=nl, en=en)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDraft:
    """A guess at one column: the fields of `smartstart_gov.project.contract.Column`, and the reason for its role.

    Attributes
    ----------
    reason : Text
        Why this role; it never quotes a cell.
    meaning : Text or None
        None where the name does not say it: the user does.
    asked : bool
        Whether the user named the role: then it is no guess.
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
    special_category: bool = False
    unknown_values: tuple[str | int, ...] = ()
    maximum_unknown_share: float | None = None
    asked: bool = False

    def to_column(self) -> Column:
        """Return the contract's column."""
        record: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                "name", "dtype", "role", "levels", "positive", "minimum", "maximum", "nullable", "special_category",
                "unknown_values", "maximum_unknown_share",
            )
        }  # fmt: skip
        source = None if self.role in ("index", "ignore") else self.source
        record |= {"meaning": self.meaning or OPEN, "labels": dict(self.labels)}
        return Column(**record, source=source)


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
        What stands in the way of a first audit, or deserves a look.
    """

    rows: int
    columns: tuple[ColumnDraft, ...]
    hierarchies: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    notes: tuple[Text, ...] = ()

    def column(self, name: str) -> ColumnDraft:
        """Return the column called `name`; KeyError where there is none."""
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

    @property
    def unconfirmed(self) -> dict[str, Text]:
        """What a person has to confirm: what it is about, and why it was guessed.

        Columns with one role for one reason share a line; each sensitive column has its own.
        """
        found: dict[str, Text] = {}
        for column in self.columns:
            if column.asked:
                continue
            if column.role == "sensitive":
                found[f"sensitive {column.name}"] = column.reason
            elif column.role not in ("feature", "ignore"):
                found[column.role] = text(f"{column.name}: {column.reason.nl}", f"{column.name}: {column.reason.en}")
        for role in ("feature", "ignore"):
            names = [column for column in self.with_role(role) if not column.asked]
            if names:
                found[f"role {role}"] = text(*(_gathered(names, lang) for lang in ("nl", "en")))
        named = [column.name for column in self.columns if column.meaning is not None]
        if named:
            found["meaning"] = text(
                f"uit de naam van de kolom: {_listed(named)}", f"taken from the column's name: {_listed(named)}"
            )
        ranged = [c.name for c in self.columns if c.minimum is not None or c.maximum is not None]
        if ranged:
            found["minimum and maximum"] = text(
                f"ruim om wat in de gegevens staat: {_listed(ranged)}", f"wide around what the data hold: {_listed(ranged)}"
            )
        return found

    def to_contract(self, *, name: str, **more: Any) -> DataContract:
        """Return the draft as a contract; `more` are further fields of `DataContract`, like ``sources``."""
        fields = {"version": "0.1", "meaning": OPEN, "unit_of_analysis": OPEN, "aggregation_level": "person"} | more
        columns = tuple(column.to_column() for column in self.columns)
        return DataContract(format=1, name=name, columns=columns, hierarchies=dict(self.hierarchies), **fields)


def _gathered(columns: list[ColumnDraft], lang: str) -> str:
    """Return the columns' names by their reason."""
    by: dict[str, list[str]] = {}
    for column in columns:
        by.setdefault(column.reason.in_(lang), []).append(column.name)
    return "; ".join(f"{_listed(names)} ({reason})" for reason, names in by.items())


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:40])
    return shown if len(names) <= 40 else f"{shown} ... ({len(names)})"
