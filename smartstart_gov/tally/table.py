"""Tables become a Tally: pandas, polars and pyarrow tables, DuckDB relations, Parquet files of any size.

Each kind goes the way that is cheapest for it. Columns that are coded already (categories, dictionaries,
small integers) are counted from their codes in one pass; text in a columnar engine is left to that engine's
own GROUP BY; Parquet is read in batches with its dictionaries, so that memory does not grow with rows. All
ways give the same counts, and so the same digest.
"""

from __future__ import annotations

import glob
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import lt
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np

from smartstart_gov.errors import Refused, Violation, expect
from smartstart_gov.project.outcomes import MISSING, bit, wrong
from smartstart_gov.project.tables import level_names, names_nothing, opened
from smartstart_gov.tally.cube import Axis, Tally
from smartstart_gov.tally.limits import MOST_CELLS
from smartstart_gov.tally.packing import Coded, counts_of, uncountable

#: The name of the level of rows whose group is not recorded.
UNKNOWN = "unknown"
#: More levels than this on one axis are refused unless the caller allows them.
MOST_LEVELS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A tally and its balance sheet: rows read are rows counted plus rows excluded, by reason."""

    tally: Tally
    read: int
    excluded: Mapping[str, int]

    @property
    def counted(self) -> int:
        """Rows in the tally."""
        return self.tally.n


def count_table(
    data: Any, *, by: Sequence[str], y_true: str, y_pred: str, positive: Any = None,
    levels: Mapping[str, Sequence[str]] | None = None, unknown: Collection[str] = (), exclude_missing: bool = False,
    most_levels: int = MOST_LEVELS,
) -> Counted:  # fmt: skip
    """Count the rows of a table over the columns `by`, truth and decision.

    Parameters
    ----------
    data : pandas or polars DataFrame, polars LazyFrame, pyarrow Table, DuckDB, Ibis or Spark table, dict, or path
        A dict has a column under each name. A path is of Parquet files and may be a glob, like ``data/*.parquet``; other
        files are read first.
    by : sequence of str
        Columns that become axes, in this order; they hold text, categories, integers or booleans.
    y_true, y_pred : str
        Columns of 0 and 1, or of booleans; or of two values of which `positive` is one.
    positive : object, optional
        The value of y_true and y_pred that counts as 1, where they are not 0 and 1.
    levels : mapping of str to sequence of str, optional
        The closed list of levels of some columns; of others the levels that occur, sorted.
    unknown : collection of str
        Axes that have an unknown level even where no row needs it. Rows without a group always count
        there, in the last level.
    exclude_missing : bool
        Leave out rows without truth or decision, and say how many; by default they are refused.
    most_levels : int
        Refuse an axis with more levels.

    Returns
    -------
    Counted

    Raises
    ------
    Refused
        U01 for what is no table; D10, D14, D17 for columns that differ in length, share a name or hold no groups; D13 for a
        column that is not there. Then all that is wrong at once: D02 for values of one text, D04 for a value outside given
        levels, D07 for truth or decision other than 0 and 1, D12 for no rows, D15 for too many levels or cells.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = pa.table({"sex": ["f", "m", None, "f"], "y": [0, 1, 1, 1], "d": [0, 1, 0, 1]})
    >>> counted = count_table(rows, by=["sex"], y_true="y", y_pred="d")
    >>> counted.tally.axis("sex").levels, counted.tally.cells("sex").tolist(), counted.counted
    (('f', 'm', 'unknown'), [[1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]], 4)
    """
    expect(by, (str, list, tuple), "Argument by", "Name columns: by=['origin'].")
    expect(levels, (Mapping, NoneType), "Argument levels", "Hand in a dict: of a column the list of its levels.")
    by = (by,) if isinstance(by, str) else tuple(map(str, by))
    if len({*by, y_true, y_pred}) != len(by) + 2 or not by:
        what = f"The groupings {list(by)}, {y_true!r} and {y_pred!r} are none, or one stands twice."
        raise Refused("D13", what, "Argument by", "Name each column once.")
    coded = _coded(data, [*by, y_true, y_pred], most_levels)
    violations: list[Violation] = []
    where = {label: _bits(coded, label, positive, exclude_missing, violations) for label in (y_true, y_pred)}
    axes, tables = [], []
    for name in by:
        axis, table = _axis(coded, name, (levels or {}).get(name), name in unknown, most_levels, violations)
        axes.append(axis)
        tables.append(table)
    shape = (*(len(axis.levels) for axis in axes), 2, 2)
    if not violations and float(np.prod([float(s) for s in shape])) > MOST_CELLS:
        what = f"Counting over {', '.join(by)} needs {int(np.prod([float(s) for s in shape])):,} cells."
        violations.append(
            Violation(rule="D15", what=what, where="Argument by", remedy="Count over fewer or smaller groupings at a time.")
        )
    if coded.rows == 0:
        violations.append(
            Violation(rule="D12", what="There are no rows.", where="Argument data", remedy="Hand in at least one row.")
        )
    if violations:
        raise Refused.of(violations)
    keep = np.ones(len(coded.count), dtype=bool)
    excluded: dict[str, int] = {}
    for label, bits in where.items():
        missing = keep & (bits[coded.codes[label]] < 0)
        if missing.any():
            excluded[f"no {label}"] = int(coded.count[missing].sum())
            keep &= ~missing
    flat = np.zeros(int(keep.sum()), dtype=np.int64)
    for codes, table, size in [
        *((coded.codes[name], table, len(axis.levels)) for name, table, axis in zip(by, tables, axes, strict=True)),
        *((coded.codes[label], bits, 2) for label, bits in where.items()),
    ]:
        flat = flat * size + table[codes[keep]]
    counts = np.zeros(int(np.prod(shape)), dtype=np.int64)
    np.add.at(counts, flat, coded.count[keep])
    tally = Tally(axes=tuple(axes), counts=counts.reshape(shape), moments={})
    return Counted(tally=tally, read=coded.rows, excluded=excluded)


def _coded(data: Any, columns: list[str], most_levels: int) -> Coded:
    """Return the distinct combinations of values of `columns` with their counts."""
    if isinstance(data, (str, Path)):
        paths = sorted(glob.glob(str(data)))
        if not paths:
            raise Refused(
                "U01", f"There is no file {str(data)!r}.", "Argument data", "Give the path of Parquet files, or a glob."
            )
        from smartstart_gov.tally.parquet import parquet_counts

        return parquet_counts(paths, columns, most_levels)
    return counts_of(opened(data, "Argument data"), columns, most_levels)


def _bits(coded: Coded, label: str, positive: Any, exclude_missing: bool, violations: list[Violation]) -> np.ndarray[Any, Any]:
    """Return 0 or 1 for each distinct value of truth or decision, -1 for a missing one."""
    occurs = _occurs(coded, label).tolist()
    values = [value for value, there in zip(coded.values[label], occurs, strict=True) if there]
    told = [value for value in values if bit(value) != MISSING] if exclude_missing else values
    if (found := wrong(told, label, f"Column {label}", positive)) is not None:
        gone = any(bit(value) == MISSING for value in told)
        violations.append(replace(found, remedy="Fill it in, or count with exclude_missing=True.") if gone else found)
    return np.array([bit(value, positive) for value in coded.values[label]], dtype=np.int64)


def _occurs(coded: Coded, name: str) -> np.ndarray[Any, Any]:
    """Return which of a column's values occur at all: categories may be declared without rows."""
    there = np.zeros(len(coded.values[name]), dtype=bool)
    if coded.rows:
        there[coded.codes[name]] = True
    return there


def _axis(
    coded: Coded, name: str, given: Sequence[str] | None, unknown: bool, most: int, violations: list[Violation]
) -> tuple[Axis, np.ndarray[Any, Any]]:
    """Return the axis of a column, and for each of its distinct values the position on it."""
    values, there = coded.values[name], _occurs(coded, name).tolist()
    if not set(map(type, values)) <= {str, type(None)}:
        values = _as_text(values, name, violations)
    known = [i for i, value in enumerate(values) if there[i] and value is not None and value != UNKNOWN]
    has_unknown = unknown or any(there[i] for i, value in enumerate(values) if value is None or value == UNKNOWN)
    # By position and not by name: a million names are sorted sooner than they are hashed.
    order = sorted(known, key=values.__getitem__)
    present = [values[i] for i in order]
    distinct = all(map(lt, present, islice(present, 1, None)))
    if not distinct:
        present = sorted(set(present))
    declared = present if given is None else [str(level) for level in given if str(level) != UNKNOWN]
    stray = set() if given is None else set(present) - set(declared)
    if stray:
        what = f"Column {name!r} has {len(stray)} values outside its given levels."
        violations.append(
            Violation(rule="D04", what=what, where=f"Column {name}", remedy="Add the levels, or map the values to 'unknown'.")
        )
        declared = sorted({*declared, *stray})
    if len(declared) > most:
        what = f"Column {name!r} has {len(declared):,} levels; at most {most:,} are counted."
        violations.append(
            Violation(rule="D15", what=what, where=f"Column {name}", remedy="Group the levels, or allow more with most_levels.")
        )
        declared = declared[:1]
    axis = Axis(name=name, levels=(*declared, *((UNKNOWN,) if has_unknown else ())), unknown=has_unknown)
    # A value that is declared without rows stands for none; where it would point does not matter.
    table = np.full(len(values), len(axis.levels) - 1, dtype=np.int64)
    if distinct and declared is present:
        table[order] = np.arange(len(order))
    else:
        place = dict(zip(declared, range(len(declared)), strict=True))
        table[order] = [place.get(values[i], 0) for i in order]
    return axis, table


def _as_text(values: Sequence[Any], name: str, violations: list[Violation]) -> list[str | None]:
    """Return the names of levels that are not all text; two values never become one name."""
    if any(names_nothing(value) for value in values):
        raise uncountable(name)
    try:
        names = level_names(values, f"Column {name}")
    except Refused as refused:
        violations += refused.violations
        return [None] * len(values)
    return [None if value is None else names[type(value), value] for value in values]


def _violation(rule: str, what: str, where: str, remedy: str) -> Violation:
    return Violation(rule=rule, what=what, where=where, remedy=remedy)
