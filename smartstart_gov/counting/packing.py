"""Distinct combinations of a few columns and how often each occurs, in the cheapest way that the table offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from smartstart_gov.counting.tally import CHUNK, MOST_CELLS
from smartstart_gov.errors import Refused
from smartstart_gov.intake.tables import plain

Ints = npt.NDArray[np.int64]
#: Integers are counted by value only where their range is this small.
_MOST_INTEGERS = 4096
#: The column of counts that an engine makes: no column of the data has a name that the caller did not give.
_ROWS = "__rows__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """`count[i]` rows have value ``values[c][codes[c][i]]`` in column c; a missing value is None."""

    codes: Mapping[str, Ints]
    values: Mapping[str, Sequence[Any]]
    count: Ints
    rows: int


@dataclass(frozen=True, slots=True)
class Column:
    """One code per row, and the values they stand for; code ``len(values)`` or -1 is missing."""

    codes: npt.NDArray[Any]
    values: list[Any]


def counts_of(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], columns: Sequence[str], most_levels: int) -> Coded:
    """Return the distinct combinations of `columns` with their counts.

    Raises
    ------
    Refused
        D13 for a missing column, D15 for too many levels, D17 for a column whose values cannot be groups.
    """
    _require(frame.collect_schema().names(), columns)
    try:
        return _packed_counts(frame, columns, most_levels) or _grouped_counts(frame, columns, most_levels)
    except Refused:
        raise
    except Exception as error:
        # Whatever an engine says of its own types would be a traceback: which column it was is found one by one.
        for name in columns:
            _refuse_uncountable(frame, name)
        what = f"The table's own engine cannot count it ({type(error).__name__})."
        raise Refused("U01", what, "Argument data", "Pass the table as a pandas or polars DataFrame.") from error


def _refuse_uncountable(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], name: str) -> None:
    try:
        counted = frame.lazy().select(name).group_by(name).agg(nw.len().alias(_ROWS)).collect()
        _distinct(counted[name])
    except Refused:
        raise
    except Exception:
        raise uncountable(name) from None


def uncountable(name: str) -> Refused:
    """Return the refusal of a column whose values cannot name groups."""
    what = f"Column {name!r} contains values that cannot name a group: lists, bytes, or a mixture."
    return Refused("D17", what, f"Column {name}", "Store it as text, whole numbers or categories.")


def _packed_counts(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], columns: Sequence[str], most_levels: int) -> Coded | None:
    """Count from codes where every column has them or gets them cheaply; None if the engine should group."""
    if isinstance(frame, nw.LazyFrame):
        return None
    encoded: list[Column] = []
    for name in columns:
        column = _encode(frame[name], most_levels)
        if column is None:
            return None
        encoded.append(column)
    return from_columns(encoded, columns, len(frame))


def from_columns(encoded: Sequence[Column], columns: Sequence[str], rows: int) -> Coded | None:
    """Count coded columns in one pass; None if the cube would be too large to hold."""
    sizes = [len(column.values) + 1 for column in encoded]
    cells = int(np.prod([float(size) for size in sizes]))
    if cells > MOST_CELLS:
        return None
    total = np.zeros(cells, dtype=np.int64)
    count_chunks(total, [column.codes for column in encoded], sizes, rows)
    return unpack(total, [column.values for column in encoded], columns, rows)


def count_chunks(total: Ints, codes: Sequence[npt.NDArray[Any]], sizes: Sequence[int], rows: int) -> None:
    """Add the rows to `total`, a cube in mixed radix; negative codes are the last of their column."""
    cells = len(total)
    kind = np.uint16 if cells <= 2**16 else np.uint32 if cells <= 2**32 else np.int64
    step = max(CHUNK, cells)
    signed = [bool(c.dtype.kind == "i" and len(c) and c.min() < 0) for c in codes]
    for start in range(0, rows, step):
        parts = [
            (np.where(c[start : start + step] < 0, size - 1, c[start : start + step]) if below else c[start : start + step])
            for c, size, below in zip(codes, sizes, signed, strict=True)
        ]
        packed: npt.NDArray[Any] = parts[0].astype(kind)
        for part, size in zip(parts[1:], sizes[1:], strict=True):
            np.multiply(packed, kind(size), out=packed)
            np.add(packed, part.astype(kind, copy=False), out=packed)
        total += np.bincount(packed, minlength=cells)


def unpack(total: Ints, values: Sequence[list[Any]], columns: Sequence[str], rows: int) -> Coded:
    """Return the cells that occur."""
    where = np.flatnonzero(total)
    codes: dict[str, Ints] = {}
    rest = where
    for name, of in zip(reversed(columns), reversed(values), strict=True):
        size = len(of) + 1
        codes[name] = rest % size
        rest = rest // size
    return Coded(
        codes=codes, values={name: [*of, None] for name, of in zip(columns, values, strict=True)}, count=total[where], rows=rows
    )


def _grouped_counts(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], columns: Sequence[str], most_levels: int) -> Coded:
    """Leave the counting to the table's own engine."""
    counted = frame.lazy().select(*columns).group_by(*columns).agg(nw.len().alias(_ROWS)).collect()
    for name in columns:
        # Before any value becomes a Python object: that is what costs time.
        if len(counted) > most_levels and (levels := counted[name].n_unique()) > most_levels:
            raise too_many(name, levels, most_levels)
    count = counted[_ROWS].to_numpy().astype(np.int64)
    codes, values = {}, {}
    for name in columns:
        column = _distinct(counted[name])
        codes[name], values[name] = column.codes, column.values
    return Coded(codes=codes, values=values, count=count, rows=int(count.sum()))


def _distinct(series: nw.Series[Any]) -> Column:
    """Return the distinct values of a column, None if missing, and their codes."""
    kind: Any = series.dtype
    if (kind == nw.String or kind.is_integer()) and not series.implementation.is_pandas():
        # A table of a million groups has a million values a column; Arrow finds the few, or the many, of them quickly.
        coded = series.to_arrow().dictionary_encode()
        return Column(_arrow_codes(coded), [*coded.dictionary.to_pylist(), None])
    # By type and value: True, 1 and 1.0 are equal and three names.
    seen: dict[tuple[type, Any], int] = {}
    values = plain(series)
    codes = np.array([seen.setdefault((type(v), v), len(seen)) for v in values], dtype=np.int64)
    return Column(codes, [value for _, value in seen])


def _require(names: Sequence[str], columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in set(names)]
    if missing:
        raise Refused(
            "D13",
            f"There is no column {', '.join(map(repr, missing))}.",
            "Argument data",
            f"Its columns are {', '.join(names)}.",
        )


def too_many(name: str, levels: int, most: int) -> Refused:
    """Return the refusal of a column with too many levels."""
    what = f"Column {name!r} has {levels:,} levels; at most {most:,} are counted."
    return Refused("D15", what, f"Column {name}", "Group the levels, or allow more with most_levels.")


def _encode(series: nw.Series[Any], most_levels: int) -> Column | None:
    """Return the codes of a column, or None if grouping in its engine is cheaper than coding it."""
    dtype: Any = series.dtype
    native = series.to_native()
    if dtype in (nw.Categorical, nw.Enum):
        return _categories(series)
    # Looking for missing values costs pandas more than counting: columns of numpy have none.
    whole = isinstance(getattr(native, "dtype", None), np.dtype) and native.dtype.kind in "iub"
    if dtype == nw.Boolean and (whole or not series.null_count()):
        return Column(series.to_numpy().astype(np.uint8, copy=False), [False, True])
    if dtype.is_integer() and len(series) and (whole or not series.null_count()):
        codes = series.to_numpy()
        low, high = int(codes.min()), int(codes.max())
        if high - low < _MOST_INTEGERS:
            if low != 0:
                # Signed ones of a few bits would wrap around.
                codes = (codes if codes.dtype.kind == "u" else codes.astype(np.int64)) - low
            return Column(codes, list(range(low, high + 1)))
    if series.implementation.is_pandas():
        # pandas groups text more slowly than it codes it.
        coded, distinct = native.factorize(use_na_sentinel=True)
        if len(distinct) > most_levels:
            raise too_many(series.name, len(distinct), most_levels)
        values = distinct.tolist()
        if not set(map(type, values)) <= {str}:
            if dtype == nw.Object:
                return _distinct(series)
            values = plain(values)
        return Column(np.asarray(coded), values)
    return None


def _categories(series: nw.Series[Any]) -> Column | None:
    native = series.to_native()
    if series.implementation.is_pandas():
        if not hasattr(native.array, "codes"):
            # A dictionary of Arrow's within pandas: its chunks have codes, each of its own.
            return _distinct(series)
        return Column(native.array.codes, plain(native.cat.categories))
    if series.implementation.is_pyarrow():
        unified = native.unify_dictionaries().chunks if hasattr(native, "chunks") else [native]
        if not unified:
            return None
        codes = np.concatenate([_arrow_codes(chunk) for chunk in unified])
        return Column(codes, unified[0].dictionary.to_pylist())
    if series.implementation.is_polars():
        # The physical codes of polars are shared by the whole process and need not start at 0.
        distinct = native.drop_nulls().unique()
        physical = distinct.to_physical().to_numpy()
        size = int(physical.max()) + 1 if len(physical) else 0
        table = np.full(size + 1, len(distinct), dtype=np.int64)
        table[physical] = np.arange(len(distinct))
        codes = native.to_physical().fill_null(size).to_numpy()
        return Column(table[codes], distinct.to_list())
    return None


def _arrow_codes(chunk: Any) -> npt.NDArray[Any]:
    indices = chunk.indices
    if indices.null_count:
        indices = indices.fill_null(len(chunk.dictionary))
    codes: npt.NDArray[Any] = indices.to_numpy(zero_copy_only=False)
    return codes
