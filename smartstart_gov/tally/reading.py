"""Published tables become ranges of counts, group by group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.column import UNKNOWN, Column
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.hierarchy import steps_of
from smartstart_gov.tally.cube import Axis, Step
from smartstart_gov.tally.notation import Notation, Range, text_columns
from smartstart_gov.tally.ranges import PARTS, UNBOUNDED, Inconsistent, RangedTable

#: A dense table is not built beyond this many groups.
MOST_GROUPS = 1_000_000
_WHERE = "Argument table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the counts stand.

    Attributes
    ----------
    columns : mapping of str to str
        Name of a part (``tn``, ``fp``, ``fn``, ``tp``, ``selected``, ``total``, ...) to its column; a column that
        bears the name of a part need not be listed.
    truth, decision, count : str or None
        Of a long table, with one row a group, truth and decision: the columns that say so.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    truth: str | None = None
    decision: str | None = None
    count: str | None = None


def read_counts(table: Any, contract: DataContract, layout: Layout, notation: Notation) -> tuple[RangedTable, ...]:
    """Return one table of ranges for every set of attributes by which `table` divides people.

    Raises
    ------
    Refused
        U01, D01, D04, D10, D12, D14, D15, D17, D20, D21: all that is wrong with the cells at once.
    """
    cells = text_columns(table)
    attributes = [column for column in contract.with_role("sensitive") if column.name in cells]
    parts = _parts(cells, attributes, layout)
    found: list[Violation] = []
    rows: dict[tuple[str | None, ...], dict[int, Range]] = {}
    keys = list(zip(*(_levels(cells[c.name], c, notation, found) for c in attributes), strict=True))
    for part, column, positions in parts(contract, found):
        _fill(rows, keys, part, cells[column], positions, notation, column, found)
    if found:
        raise Refused.of(found)
    whole = rows.pop((None,) * len(attributes), None)
    sets = dict.fromkeys(tuple(level is not None for level in key) for key in rows)
    if not sets:
        raise Refused("D12", "The table has no row of a group.", _WHERE, "Give one row a group.")
    return tuple(_table(which, rows, attributes, contract, whole) for which in sets)


def _parts(cells: Mapping[str, list[str]], attributes: Sequence[Column], layout: Layout) -> Any:
    """Return what lists (set of cells, column, positions of rows), once the columns themselves are in order."""
    long = [name for name in (layout.truth, layout.decision, layout.count) if name is not None]
    strange = sorted(set(layout.columns) - set(PARTS))
    if strange:
        raise Refused("M01", f"{strange[0]!r} is no part of a table.", "Argument columns", f"Use {', '.join(PARTS)}.")
    wide = {part: layout.columns.get(part, part) for part in PARTS if layout.columns.get(part, part) in cells}
    wide = {} if long else wide
    missing = [name for name in (*layout.columns.values(), *long) if name not in cells]
    if missing:
        raise Refused("D20", f"There is no column {missing[0]!r}.", _WHERE, "Name columns to the letter.")
    if not attributes:
        raise Refused("D20", "No column bears the name of a sensitive column.", _WHERE, "Name groups as the contract does.")
    if (long and layout.count is None) or (long and len(long) < 2) or not (long or wide):
        what, remedy = "No column holds counts.", f"Name them {', '.join(PARTS)}; or give truth, decision and count."
        raise Refused("D20", what, _WHERE, remedy)
    stray = [name for name in cells if name not in {*wide.values(), *long, *(column.name for column in attributes)}]
    if stray:
        what = f"Column {stray[0]!r} is no group of the contract and holds no counts."
        raise Refused("D14", what, _WHERE, "Leave it out, or say under columns what it counts.")

    def listed(contract: DataContract, found: list[Violation]) -> Iterator[tuple[int, str, list[int]]]:
        everything = list(range(len(next(iter(cells.values())))))
        if not long:
            yield from ((PARTS[part], column, everything) for part, column in wide.items())
            return
        label = None if contract.single("label") is None else contract.outcome()
        values = {str(v): int(v == label.positive) for v in label.levels or ()} if label is not None else {}
        yes = _sides(cells, layout.truth, "positives", "negatives", values, found)
        chosen = _sides(cells, layout.decision, "selected", "not_selected", {}, found)
        by_part: dict[int, list[int]] = {}
        for i in everything:
            by_part.setdefault(yes[i] & chosen[i], []).append(i)
        yield from ((part, str(layout.count), rows) for part, rows in by_part.items())

    return listed


def _sides(
    cells: Mapping[str, list[str]], name: str | None, one: str, zero: str, values: Mapping[str, int], found: list[Violation]
) -> list[int]:
    """Return for each row the set of cells that its truth, or its decision, leaves."""
    if name is None:
        return [PARTS["total"]] * len(next(iter(cells.values())))
    meaning = {"1": 1, "0": 0, "true": 1, "false": 0} | {text.lower(): side for text, side in values.items()}
    sides = [meaning.get(text.lower(), -1) for text in cells[name]]
    if bad := sides.count(-1):
        found.append(_wrong("D07", f"Column {name!r} has {bad} cells that are neither 0 nor 1.", "Write 0 and 1."))
    return [PARTS[one] if side == 1 else PARTS[zero] for side in sides]


def _levels(texts: Sequence[str], column: Column, notation: Notation, found: list[Violation]) -> list[str | None]:
    """Return the level of each row, None for everybody."""
    names = {str(level): str(level) for level in column.levels or ()}
    open_ = column.maximum_unknown_share is not None
    names |= {str(value): UNKNOWN for value in (UNKNOWN, *column.unknown_values) if open_}
    if notation.everybody in names and notation.everybody in texts:
        what = f"{notation.everybody!r} is a level of column {column.name!r} and stands for everybody as well."
        found.append(_wrong("D02", what, "Say under everybody which other word stands in rows over all groups."))
    strays = sorted({text for text in texts if text != notation.everybody and text not in names})
    if strays:
        rule = "D01" if strays == [UNKNOWN] else "D04"
        what = f"Column {column.name!r} has {len(strays)} values outside its levels, like {strays[0][:40]!r}."
        remedy = f"Use the contract's own levels, or {notation.everybody!r} for everybody; unknown needs a maximum share."
        found.append(_wrong(rule, what, remedy))
    return [names.get(text) for text in texts]


def _fill(
    rows: dict[tuple[str | None, ...], dict[int, Range]], keys: Sequence[tuple[str | None, ...]], part: int,
    texts: Sequence[str], positions: Sequence[int], notation: Notation, column: str, found: list[Violation],
) -> None:  # fmt: skip
    bad = twice = 0
    for i in positions:
        counted, row = notation.range_of(texts[i]), rows.setdefault(keys[i], {})
        bad += counted is None
        twice += part in row
        if counted is not None:
            row[part] = counted
    if bad:
        what = f"Column {column!r} has {bad} cells of {len(positions)} that are no counts"
        what += "." if notation.rounding == 1 else f" rounded to {notation.rounding}."
        found.append(_wrong("D17", what, "Write digits only; say under suppressed what other cells can be."))
    if twice:
        found.append(_wrong("D10", f"{twice} rows are of a group that has one already.", "Give one row a group."))


def _table(
    which: tuple[bool, ...], rows: Mapping[tuple[str | None, ...], Mapping[int, Range]], attributes: Sequence[Column],
    contract: DataContract, whole: Mapping[int, Range] | None,
) -> RangedTable:  # fmt: skip
    used = [column for column, mine in zip(attributes, which, strict=True) if mine]
    axes = tuple(axis_of(column, contract) for column in used)
    groups = math.prod(len(axis.levels) for axis in axes)
    if groups > MOST_GROUPS:
        raise Refused("D15", f"The table would have {groups:,} groups.", _WHERE, "Give one table a set of attributes.")
    low, published = (np.zeros((groups, 16), dtype=np.int64) for _ in range(2))
    high = np.full((groups, 16), UNBOUNDED, dtype=np.int64)
    high[:, 0], given = 0, np.zeros(groups, dtype=bool)
    common = set(PARTS.values())
    for key, counted in rows.items():
        if tuple(level is not None for level in key) != which:
            continue
        place = 0
        for axis, level in zip(axes, (level for level in key if level is not None), strict=True):
            place = place * len(axis.levels) + axis.levels.index(level)
        given[place] = True
        common &= set(counted)
        for part, (least, most, count) in counted.items():
            low[place, part], high[place, part], published[place, part] = least, most, count
    # A group of unknown origin that is not in the table is whoever the total leaves, and else nobody.
    for place in np.flatnonzero(_unknown(axes) & ~given).tolist():
        given[place] = True
        high[place] = high[place] if whole is not None else 0
    everybody = None
    if whole is not None:
        everybody = np.array([[0] * 16, [0] + [UNBOUNDED] * 15], dtype=np.int64)
        for part, (least, most, _) in whole.items():
            everybody[:, part] = least, most
    try:
        table = RangedTable.narrowed(axes, low, high, published, given, sorted(common), everybody)
    except Inconsistent:
        what = f"No whole numbers within the ranges of {', '.join(axis.name for axis in axes)} agree with the sums beside them."
        raise Refused(
            "D21", what, _WHERE, "Check rounding and suppressed: are the ranges as wide as the publisher says?"
        ) from None
    _check_unknown(table, used)
    return table


def axis_of(column: Column, contract: DataContract) -> Axis:
    """Return the axis of a sensitive column, with its hierarchy."""
    steps = tuple(Step(name=name, ancestors=ancestors) for name, ancestors in steps_of(column, contract))
    open_ = column.maximum_unknown_share is not None
    return Axis(name=column.name, levels=column.axis_levels, unknown=open_, steps=steps)


def _unknown(axes: Sequence[Axis]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    mask = np.zeros(1, dtype=bool)
    for axis in axes:
        mask = np.logical_or.outer(mask, [level not in axis.declared for level in axis.levels]).reshape(-1)
    return mask


def _check_unknown(table: RangedTable, columns: Sequence[Column]) -> None:
    for column in columns:
        alone = table.over((column.name,))
        share, total = column.maximum_unknown_share, PARTS["total"]
        if share is None or not alone.known[total] or not alone.given.all():
            continue
        least, most = int(alone.low[-1, total]), int(alone.high[:, total].sum())
        if least > share * most:
            what = f"More people are of unknown {column.name} than the declared share of {share}."
            raise Refused("D01", what, _WHERE, "Record the group of more people, or declare a larger share with a reason.")


def _wrong(rule: str, what: str, remedy: str) -> Violation:
    return Violation(rule=rule, what=what, where=_WHERE, remedy=remedy)
