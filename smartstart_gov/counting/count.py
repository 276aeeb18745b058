"""count(): rows become a Tally; tables of pandas, polars, pyarrow and DuckDB, and Parquet files of any size.

Each kind is counted in the cheapest way. Columns that are already coded (categories, dictionaries, small
integers) are counted from their codes in one pass; text in a columnar engine is left to that engine's own
GROUP BY; Parquet is read in batches with its dictionaries, so that memory does not grow with the rows. All
ways give the same counts, and so the same digest.
"""

from __future__ import annotations

import glob
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import lt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept
from smartstart_gov.counting.outcomes import MISSING, bit, wrong
from smartstart_gov.counting.packing import Coded, Ints, count_chunks, counts_of, too_many, uncountable, unpack
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.counting.tally import BINS, CHUNK, MOST_CELLS, Axis, Moments, Step, Tally, bins_of, histogram
from smartstart_gov.counting.weights import weigh
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.tables import level_names, names_nothing, opened

if TYPE_CHECKING:
    from smartstart_gov.authoring.policy import Policy

_BATCH = 1 << 18
#: The name of the level of rows whose group is not recorded.
UNKNOWN = "unknown"
#: More levels than this on one axis are refused unless the caller allows them.
MOST_LEVELS = 100_000


def parquet_counts(paths: Sequence[str], columns: Sequence[str], most_levels: int) -> Coded:
    """Return the distinct combinations of `columns` over all files, with their counts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    known: list[dict[Any, int]] = [{} for _ in columns]
    total: Ints = np.zeros(0, dtype=np.int64)
    sizes: list[int] = []
    rows = 0
    for path in paths:
        try:
            names = pq.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            what = f"{Path(path).name!r} cannot be read as Parquet ({type(error).__name__})."
            remedy = "Read files in other formats with pandas or polars, and pass the table."
            raise Refused("U01", what, path, remedy) from None
        missing = [name for name in columns if name not in names.names]
        if missing:
            what = f"There is no column {', '.join(map(repr, missing))}."
            raise Refused("D13", what, path, f"Its columns are {', '.join(names.names)}.")
        text = [name for name in columns if str(names.field(name).type) in ("string", "large_string")]
        with pq.ParquetFile(path, read_dictionary=text, buffer_size=1 << 20) as file:
            for batch in file.iter_batches(batch_size=_BATCH, columns=list(columns), use_threads=False):
                codes = [_codes(batch.column(name), seen) for name, seen in zip(columns, known, strict=True)]
                rows += batch.num_rows
                for name, seen in zip(columns, known, strict=True):
                    if len(seen) > most_levels:
                        raise too_many(name, len(seen), most_levels)
                wanted = [_room(len(seen) + 1) for seen in known]
                if wanted != sizes:
                    total, sizes = _grown(total, sizes, wanted), wanted
                # A missing value is the last code of its column, whatever room the column has.
                count_chunks(total, codes, sizes, batch.num_rows)
    if not rows:
        return Coded(codes={}, values={name: [] for name in columns}, count=total, rows=0)
    values = [[*seen, *[None] * (size - 1 - len(seen))] for seen, size in zip(known, sizes, strict=True)]
    return unpack(total, values, columns, rows)


def _room(levels: int) -> int:
    """Return the size of a column's digit: it doubles, so that the cube is seldom rebuilt."""
    return max(4, 1 << (levels - 1).bit_length()) if levels > 4 else 4


def _codes(column: Any, seen: dict[Any, int]) -> npt.NDArray[Any]:
    """Return codes that mean the same in every batch; -1 where a value is missing."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        places = [seen.setdefault(v, len(seen)) for v in column.dictionary.to_pylist()]
        indices = column.indices
        if not indices.null_count:
            # Small unsigned codes: the rest of the way is paid for by the byte.
            kind = np.uint8 if len(seen) <= 256 else np.uint16 if len(seen) <= 65_536 else np.uint32
            return np.asarray(np.take(np.array(places, dtype=kind), _plain(indices)))
        # The last entry of the table is what a missing index points at.
        table = np.array([*places, -1], dtype=np.int32)
        return np.asarray(np.take(table, _plain(indices.fill_null(len(places)))))
    if pa.types.is_boolean(column.type) or pa.types.is_integer(column.type):
        return _integers(column, seen)
    if pa.types.is_floating(column.type):
        import pyarrow.compute as pc

        # What is not a number is not recorded, here as in a table in memory.
        column = pc.if_else(pc.is_nan(column), None, column)
    return _codes(column.dictionary_encode(), seen)


def _plain(integers: Any) -> npt.NDArray[Any]:
    """Return a column without missing values as it lies in memory; `to_numpy` would load pandas, a second of work."""
    return np.from_dlpack(integers)


def _integers(column: Any, seen: dict[Any, int]) -> npt.NDArray[Any]:
    import pyarrow as pa

    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if not column.null_count and len(column):
        raw = _plain(column)
        low, high = int(raw.min()), int(raw.max())
        # Small integers are their own codes once the values up to them are known.
        if low >= 0 and high < 256 and all(value == code for value, code in seen.items()):
            for value in range(len(seen), high + 1):
                seen[value] = value
            return np.asarray(raw)
    return _codes(column.dictionary_encode(), seen)


def _grown(total: Ints, old: list[int], new: list[int]) -> Ints:
    """Return the cube with room for more levels; the last code of each column stays the missing one."""
    if float(np.prod([float(s) for s in new])) > MOST_CELLS:
        what = f"Counting these columns needs {int(np.prod([float(s) for s in new])):,} cells."
        raise Refused("D15", what, "Argument by", "Count over fewer or smaller groupings at a time.")
    grown = np.zeros(new, dtype=np.int64)
    if old and total.any():
        where = np.flatnonzero(total)
        places = list(np.unravel_index(where, old))
        for i, (before, after) in enumerate(zip(old, new, strict=True)):
            places[i] = np.where(places[i] == before - 1, after - 1, places[i])
        grown[tuple(places)] = total[where]
    return grown.reshape(-1)


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
    data: Any, *, by: Sequence[Any] | str, y_true: str, y_pred: str, positive: Any = None,
    levels: Mapping[str, Sequence[Any]] | None = None, unknown: Collection[str] = (), exclude_missing: bool = False,
    most_levels: int = MOST_LEVELS,
) -> Counted:  # fmt: skip
    """Count the rows of a table over the columns `by`, truth and decision.

    Parameters
    ----------
    data : pandas or polars DataFrame, polars LazyFrame, pyarrow Table, DuckDB, Ibis or Spark table, dict, or path
        A dict maps names to columns. A path refers to Parquet files and may be a glob, like ``data/*.parquet``; read other
        files first.
    by : sequence of str
        Columns that become axes, in this order; they contain text, categories, integers or booleans.
    y_true, y_pred : str
        Columns of 0 and 1, or of booleans; or of two values of which `positive` is one.
    positive : object, optional
        The value of y_true and y_pred that counts as 1, if they are not 0 and 1.
    levels : mapping of str to sequence of str, optional
        The closed list of levels for some columns; the others get the levels that occur, sorted.
    unknown : collection of str
        Axes that have an unknown level even if no row needs it. Rows without a group always count
        there, in the last level.
    exclude_missing : bool
        Leave out rows without a true outcome or decision, and report how many; by default they are refused.
    most_levels : int
        Refuse an axis with more levels.

    Returns
    -------
    Counted

    Raises
    ------
    Refused
        U01 for anything that is not a table; D10, D14, D17 for columns that differ in length, share a name or contain no
        groups; D13 for a missing column. Then all other problems at once: D02 for values with the same text, D04 for
        a value outside given levels, D07 for truth or decision other than 0 and 1, D12 for no rows, D15 for too many
        levels or cells.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = pa.table({"sex": ["f", "m", None, "f"], "y": [0, 1, 1, 1], "d": [0, 1, 0, 1]})
    >>> counted = count_table(rows, by=["sex"], y_true="y", y_pred="d")
    >>> counted.tally.axis("sex").levels, counted.tally.cells("sex").tolist(), counted.counted
    (('f', 'm', 'unknown'), [[1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]], 4)
    """
    accept(count_table, locals())
    by = (by,) if isinstance(by, str) else tuple(map(str, by))
    if len({*by, y_true, y_pred}) != len(by) + 2 or not by:
        what = f"The groupings {list(by)}, {y_true!r} and {y_pred!r} are empty, or one appears twice."
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
            Violation(rule="D12", what="There are no rows.", where="Argument data", remedy="Provide at least one row.")
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
            raise Refused("U01", f"There is no file {str(data)!r}.", "Argument data", "Give the path or glob of Parquet files.")

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
        what = f"Column {name!r} has {len(stray)} values that are not among its given levels."
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


def count(
    data: Any, *, by: Sequence[str] | None = None, margins: Sequence[tuple[str, ...]] | None = None, **table: Any
) -> Tally:
    """Count rows over the groupings `by`, truth and decision; if there is a score, also count its histograms.

    Parameters
    ----------
    data : Predictions, table or path
        Tables and Parquet files are counted by `smartstart_gov.counting.count.count_table`, which has further
        arguments (`y_true`, `y_pred`, `levels`, ...) and also returns the balance of rows.
    by : sequence of str, optional
        Names of groupings, in the order of the axes; all by default.
    margins : sequence of tuple of str, optional
        The sets of axes for which cluster moments are kept, if there is a unit column: by default
        everybody and each single axis.

    Returns
    -------
    Tally

    Raises
    ------
    Refused
        D13 for a grouping that does not exist, D15 for a cube of more than 50 million cells.

    Examples
    --------
    >>> import numpy as np
    >>> import smartstart_gov as gov
    >>> sex = gov.GroupCodes(name="sex", levels=("f", "m"), codes=np.array([0, 0, 1, 1]))
    >>> truth, decision = np.array([0, 1, 0, 1], np.int8), np.array([0, 1, 1, 1], np.int8)
    >>> rows = gov.Predictions(y_true=truth, y_pred=decision, groups={"sex": sex})
    >>> gov.count(rows).cells("sex").tolist()
    [[1, 0, 0, 1], [0, 1, 0, 1]]
    """
    if not isinstance(data, Predictions):
        if missing := [name for name in ("y_true", "y_pred") if not isinstance(table.get(name), str)]:
            what = f"{' and '.join(missing)} do not name a column of the table."
            raise Refused("U01", what, "count(y_true=, y_pred=)", "Name the columns with the true outcome and the decision.")
        return count_table(data, by=() if by is None else by, **table).tally
    if table:
        raise TypeError(f"count() of predictions takes no {', '.join(table)}")
    predictions = data
    names = tuple(predictions.groups) if by is None else tuple(by)
    missing = [name for name in names if name not in predictions.groups]
    if missing:
        raise Refused(
            "D13", f"There is no grouping {missing[0]!r}.", "Argument by", f"Use one of {', '.join(predictions.groups)}."
        )
    groups = [predictions.groups[name] for name in names]
    shape = (*(len(group.levels) for group in groups), 2, 2)
    if math.prod(shape) > MOST_CELLS:
        what = f"Counting over {', '.join(names)} needs {math.prod(shape):,} cells."
        raise Refused("D15", what, "Argument by", "Count over fewer or smaller groupings at a time.")
    columns: list[tuple[npt.NDArray[Any], int]] = [(group.codes, len(group.levels)) for group in groups]
    columns += [(predictions.y_true, 2), (predictions.y_pred, 2)]
    packed = _packed(columns, predictions.n)
    wanted = margins if margins is not None else [(), *((name,) for name in names)]
    return Tally(
        axes=tuple(map(_axis_of, groups)),
        counts=_bincount(packed, math.prod(shape)).reshape(shape),
        weights=None if predictions.weight is None else weigh(packed, predictions.weight, shape),
        moments={}
        if predictions.unit is None
        else {tuple(m): _moments(predictions, tuple(m)) for m in wanted if set(m) <= set(names)},
        scores=_scores(predictions, groups),
    )


def _axis_of(group: GroupCodes) -> Axis:
    steps = tuple(Step(name=name, ancestors=ancestors) for name, ancestors in group.steps)
    return Axis(name=group.name, levels=group.levels, unknown=group.unknown, kind=group.kind, steps=steps)


def _packed(columns: Sequence[tuple[npt.NDArray[Any], int]], n: int) -> Ints:
    packed = np.zeros(n, dtype=np.int64)
    for codes, size in columns:
        if len(codes) and (codes.min() < 0 or codes.max() >= size):
            raise ValueError("a code lies outside its levels")
        packed *= size
        packed += codes
    return packed


def _bincount(packed: Ints, size: int) -> Ints:
    total = np.zeros(size, dtype=np.int64)
    step = max(CHUNK, size)
    for start in range(0, len(packed), step):
        total += np.bincount(packed[start : start + step], minlength=size)
    return total


def _scores(predictions: Predictions, groups: Sequence[GroupCodes]) -> dict[tuple[str, ...], Ints]:
    """Return the score histogram of everybody and of each grouping, where there is a score."""
    if predictions.score is None:
        return {}
    for group in groups:
        if len(group.levels) * 2 * BINS > MOST_CELLS:
            what = f"The score histogram of {group.name} needs {len(group.levels) * 2 * BINS:,} cells."
            raise Refused("D15", what, "Argument by", "Count over a smaller grouping, or leave out the score.")
    bins = bins_of(predictions.score)
    found: dict[tuple[str, ...], Ints] = {
        (g.name,): histogram(g.codes, len(g.levels), predictions.y_true, bins) for g in groups
    }
    # Every row is in one group of each grouping, so everybody is the sum of any of them.
    first = next(iter(found.values()), None)
    found[()] = histogram(None, 1, predictions.y_true, bins) if first is None else first.sum(axis=0, keepdims=True)
    return found


def _moments(predictions: Predictions, margin: tuple[str, ...]) -> Moments:
    """Sum over units of the outer product of each unit's four cells, a group of the margin."""
    groups = [predictions.groups[name] for name in margin]
    size = math.prod(len(group.levels) for group in groups)
    group = _packed([(g.codes, len(g.levels)) for g in groups], predictions.n)
    if predictions.unit is None:
        raise ValueError("moments need a unit column")
    # A (unit, group) pair is one cluster; its cells are counted before they are multiplied.
    cluster, inverse = np.unique(predictions.unit * size + group, return_inverse=True)
    cell = predictions.y_true.astype(np.int64) * 2 + predictions.y_pred
    per_cluster = _bincount(inverse * 4 + cell, len(cluster) * 4).reshape(-1, 4)
    of_group = cluster % size
    products = np.zeros((size, 4, 4), dtype=np.int64)
    for a in range(4):
        for b in range(4):
            np.add.at(products[:, a, b], of_group, per_cluster[:, a] * per_cluster[:, b])
    return Moments(products=products, units=np.bincount(of_group, minlength=size).astype(np.int64))


def tally_of(predictions: Predictions, policy: Policy) -> Tally:
    """Return the counts a policy is judged on: its attributes and control columns crossed, with moments for every margin."""
    controls = dict.fromkeys(limit.given for limit in policy.limits if limit.given is not None)
    return count(predictions, by=[*policy.attributes, *controls], margins=policy.counted)
