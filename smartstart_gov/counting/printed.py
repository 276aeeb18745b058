"""PrintedTally: the counts that may be published, as the disclosure rule left them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from smartstart_gov.authoring.node import shown
from smartstart_gov.codec import AS_TEXT, LATER
from smartstart_gov.errors import Refused
from smartstart_gov.show import Value

PrintedKind = Literal["level", "unknown", "area", "pool"]
Cells = tuple[int, int, int, int]
#: A sum of weights has more digits than a reader of JSON keeps.
_Sum = Annotated[int, AS_TEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """Second moments of the units of one printed row (see `smartstart_gov.counting.tally.Moments`), as ranges.

    A moment counts pairs of rows in one unit: ``(products[i][i] - cells[i]) / 2`` with both rows in cell i, ``products[i][j]``
    with one in each. Each of these numbers is the smallest that it can be, negative where a range starts below zero, and may be
    up to `spare` more; `units` is the smallest number of units. With `spare` 0, in evidence of before there were ranges, all
    of them are exact.
    """

    products: tuple[tuple[int, ...], ...]
    units: int
    spare: Annotated[int, LATER] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedRow:
    """One printed row: a group, an area of the hierarchy, or a pool of groups that are too small to print.

    `step` is the attribute itself for a group, and the name of the hierarchy's step for an area;
    `within` is the area that a group or pool belongs to (None at the top). `members` counts the
    declared groups in the row. `weights` contains the sums of weights, of their squares
    and of their fourth powers for the four cells (see `smartstart_gov.counting.weights.Weights`).
    """

    kind: PrintedKind
    name: str
    step: str
    within: str | None
    members: int
    cells: Cells
    weights: tuple[tuple[_Sum, _Sum, _Sum], ...] | None = None
    clusters: Clusters | None = None

    def __post_init__(self) -> None:
        numbers = (self.members, *self.cells, *(() if self.clusters is None else (self.clusters.units, self.clusters.spare)))
        numbers += tuple(n for sums in self.weights or () for n in sums)
        if any(type(n) is not int or n < 0 for n in numbers) or self.kind not in ("level", "unknown", "area", "pool"):
            raise ValueError("a printed row holds counts, and is a group, an area, a pool or what is unknown")

    @property
    def sums(self) -> tuple[int, ...]:
        """What of the row is the sum over its groups: the cells, and the sums of weights."""
        return (*self.cells, *(n for sums in self.weights or () for n in sums))


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedMargin:
    """What may be printed of one attribute.

    Rows of kind level, unknown and pool partition all rows, unless nothing may be printed (`rows` empty).
    `unknown_rows` is None if there are none, or if they (or the others) are too few to give a number.
    """

    attribute: str
    rows: tuple[PrintedRow, ...]
    declared: int
    printed: int
    unknown_rows: int | None = None

    def __post_init__(self) -> None:
        members = {"level": 1, "unknown": 0}
        if any(row.members != members.get(row.kind, row.members) for row in self.rows):
            raise ValueError("a printed group is one declared group, and unknown rows are none")

    @property
    def hidden(self) -> int:
        """Number of declared groups that are not printed separately."""
        return self.declared - self.printed


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PrintedTally(Value):
    """All printed margins under one k. `total` is None if even the total may not be printed."""

    k: int
    total: PrintedRow | None
    margins: tuple[PrintedMargin, ...]
    weight_exponent: int | None = None

    @property
    def ranged(self) -> bool:
        """Whether the moments of units are ranges, so that bounds on these counts are wider than those on all counts."""
        rows = [self.total, *(row for margin in self.margins for row in margin.rows)]
        return any(row is not None and row.clusters is not None and row.clusters.spare > 0 for row in rows)

    def margin(self, attribute: str) -> PrintedMargin:
        """Return the margin of `attribute`; Refused D13 if there is none."""
        for margin in self.margins:
            if margin.attribute == attribute:
                return margin
        what = f"The printed counts have no attribute {shown(str(attribute))}."
        raise Refused("D13", what, "Argument tally", "Name one of those for which printable was asked.")

    def headline(self) -> str:
        """Return what is printed in one line."""
        parts = ", ".join(f"{m.attribute} {m.printed} of {m.declared}" for m in self.margins)
        return f"PrintedTally(k={self.k}, groups printed: {parts or 'none'})"


def _row_record(row: PrintedRow) -> dict[str, Any]:
    clusters = None
    if row.clusters is not None:
        clusters = {"products": [list(p) for p in row.clusters.products], "units": row.clusters.units}
        clusters |= {"spare": row.clusters.spare} if row.clusters.spare else {}
    weights = None if row.weights is None else [[str(x) for x in sums] for sums in row.weights]
    return {
        "kind": row.kind, "name": row.name, "step": row.step, "within": row.within, "members": row.members,
        "cells": list(row.cells), "weights": weights, "clusters": clusters,
    }  # fmt: skip


def _row(record: Mapping[str, Any]) -> PrintedRow:
    clusters, weights, cells = record["clusters"], record["weights"], record["cells"]
    return PrintedRow(
        kind=record["kind"], name=record["name"], step=record["step"], within=record["within"],
        members=record["members"], cells=(cells[0], cells[1], cells[2], cells[3]),
        weights=None if weights is None else tuple((int(a), int(b), int(c)) for a, b, c in weights),
        clusters=None if clusters is None
        else Clusters(
            products=tuple(tuple(p) for p in clusters["products"]), units=clusters["units"], spare=clusters.get("spare", 0)
        ),
    )  # fmt: skip
