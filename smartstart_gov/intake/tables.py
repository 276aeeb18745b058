"""The only entrance for tables: anything with rows in columns is accepted as it is, or refused here by name.

Column names become text, and no two may be the same. If rows of several arguments are combined, those of pandas are
matched by their index; a table without an index or a fixed order (a query) is not matched by position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np

from smartstart_gov.authoring.node import shown
from smartstart_gov.errors import Refused, Violation

#: What is taken, for the remedy of everything that is not.
TAKEN = "a pandas or polars DataFrame, a pyarrow Table, a DuckDB, Ibis or Spark table, or a dict of columns"
_NO_GROUP = (list, tuple, set, frozenset, dict, bytes, bytearray, complex, np.ndarray)


def opened(data: Any, where: str) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    """Return `data` as a frame of narwhals, in its own engine and uncopied.

    Raises
    ------
    Refused
        U01 for anything that is not a table, D14 for column names that are repeated or have several levels, D10 for columns
        of a dict that differ in length or index, D17 for those that no engine can store.
    """
    if isinstance(data, Mapping):
        data = _of_columns(data, where)
    native = named_once(data, where)
    try:
        frame: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(native, allow_series=False)
        names = frame.collect_schema().names()
    except Exception:
        if not hasattr(native, "__arrow_c_stream__") or nw.dependencies.is_pyarrow_table(native):
            raise _no_table(data, where) from None
        # A batch or a stream of Arrow's is a table in all but name.
        return opened(_arrow_of(native, where), where)
    _refuse_twice(names, where)
    return frame


def in_order(data: Any, where: str) -> nw.DataFrame[Any]:
    """Return `data` as a frame whose rows have a fixed order; a query without one is refused.

    Raises
    ------
    Refused
        D10 for a query (of DuckDB, Ibis, Spark): its rows come in any order; and everything that `opened` refuses.
    """
    frame = opened(data, where)
    if not isinstance(frame, nw.LazyFrame):
        return frame
    if not frame.implementation.is_polars():
        what = f"A {_name(data)} is a query: its rows have no fixed order, so other columns cannot be matched to them."
        remedy = "Count it directly: smartstart_gov.count(table, by=[...], y_true='column', y_pred='column')."
        raise Refused("D10", what, where, remedy)
    return _collected(frame, data, where)


def rows_of(data: Any, where: str) -> dict[str, list[Any]]:
    """Return the values of all columns of a table whose rows may come in any order, None if missing."""
    frame = opened(data, where)
    table = _collected(frame, data, where) if isinstance(frame, nw.LazyFrame) else frame
    return {name: plain(table[name].to_native()) for name in table.columns}


def _collected(frame: nw.LazyFrame[Any], data: Any, where: str) -> nw.DataFrame[Any]:
    try:
        return frame.collect()
    except Exception as error:
        what, remedy = f"The query of a {_name(data)} fails ({type(error).__name__}).", "Pass the resulting table."
        raise Refused("U01", what, where, remedy) from None


def in_memory(data: Any, where: str) -> Any:
    """Return `data`, which is a pandas or polars DataFrame: what a model is trained on and a contract is checked against.

    Raises
    ------
    Refused
        U01 for anything else.
    """
    if not (nw.dependencies.is_pandas_dataframe(data) or nw.dependencies.is_polars_dataframe(data)):
        remedy = "Pass a pandas or polars DataFrame" + (" (call collect() first)." if hasattr(data, "collect") else ".")
        raise Refused("U01", f"A {_name(data)} is not a data frame.", where, remedy)
    return data


def beside(columns: Mapping[str, Any], features: Any, name: str) -> tuple[list[Any], dict[str, Any]]:
    """Return `columns` (argument to column) and the columns of `features`, side by side, row by row.

    Pandas columns with the same index labels in another order are put in the order of the first that has an
    index. Columns without an index stay as they are.

    Raises
    ------
    Refused
        D10 for indexes that do not contain the same labels once each, and everything that `features_of` refuses.
    """
    groups = features_of(features, name)
    first: Any = None
    found: list[Violation] = []

    def placed(column: Any, argument: str) -> Any:
        nonlocal first
        index = column.index if _has_index(column) else None
        if index is None:
            return column
        if first is None:
            first = index
        order = _order(index, first)
        if order is None:
            what = f"The index of {argument} differs from the index of the columns before it, or repeats a label."
            remedy = "Pass columns for the same rows: from one frame, matched by key, or without an index (to_numpy())."
            found.append(Violation(rule="D10", what=what, where=f"Argument {argument}", remedy=remedy))
            return column
        return column if isinstance(order, slice) else column.iloc[order]

    plain = [placed(column, argument) for argument, column in columns.items()]
    groups = {group: placed(column, f"{name}, {shown(group)}") for group, column in groups.items()}
    if found:
        raise Refused.of(found)
    return plain, groups


def features_of(features: Any, name: str) -> dict[str, Any]:
    """Return the columns of what was passed as groups: a frame, a column, a dict of columns, or an array.

    Raises
    ------
    Refused
        U01 for anything without columns; D14 for a repeated name; and everything that `in_order` refuses.
    """
    where = f"Argument {name}"
    if isinstance(features, Mapping):
        _refuse_twice([str(key) for key in features], where)
        return {str(key): _column(values, f"{where}, {shown(str(key))}") for key, values in features.items()}
    if nw.dependencies.is_pandas_like_dataframe(features):
        frame = named_once(features, where)
        return {str(key): frame[key] for key in frame.columns}
    if _is_table(features):
        table = in_order(features, where)
        return {key: table[key].to_native() for key in table.columns}
    array = _array(features) if isinstance(features, np.ndarray | list | tuple) else None
    if array is not None and array.ndim == 2:
        return {f"group_{i}": array[:, i] for i in range(array.shape[1])}
    # A name that is no text, such as the number of a column, still is its name.
    own = getattr(features, "name", None)
    return {"group" if own is None or callable(own) else str(own): _column(features, where)}


def plain(column: Any) -> list[Any]:
    """Return the values of one column of any library as Python values, None if missing."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "mM":
        # Of nanoseconds numpy makes whole numbers.
        column = column.astype(f"{column.dtype.kind}8[us]")
    read: Callable[[], list[Any]] = next(
        (getattr(column, way) for way in ("to_pylist", "to_list", "tolist") if callable(getattr(column, way, None))),
        lambda: list(column),
    )
    return [None if _is_missing(value) else value.item() if isinstance(value, np.generic) else value for value in read()]


def one_each(values: Any, where: str) -> list[Any]:
    """Return `values`, which are one value a row in any library, as Python values; None if missing.

    Raises
    ------
    Refused
        U01 for anything that is not a sequence of one dimension: a text, a set, a table, a number.
    """
    scalar = isinstance(values, str | bytes | Mapping | set | frozenset) or not isinstance(values, Iterable)
    if scalar or getattr(values, "ndim", 1) != 1 or _is_table(values):
        raise Refused("U01", f"A {_name(values)} is not a list of values.", where, "Pass a column, or a list of values.")
    return plain(values)


def cells(column: Any, where: str) -> list[Any]:
    """Return the values of one column of groups, None if missing.

    Raises
    ------
    Refused
        D17 for a column of lists, bytes or other values that cannot name a group.
    """
    values = plain(column)
    odd = {type(value) for value in values if names_nothing(value)}
    if odd:
        kind = sorted(one.__name__ for one in odd)[0]
        raise Refused(
            "D17", f"The column contains values of type {kind}, which cannot name a group.", where, "Store groups as text."
        )
    return values


def level_names(values: Iterable[Any], where: str) -> dict[tuple[type, Any], str]:
    """Return the name of each different value of a column: its text.

    Raises
    ------
    Refused
        D02 for two values with the same text, such as 1 and "1": to readers they would be one group.
    """
    names = {(type(value), value): str(value) for value in values if value is not None}
    if len(set(names.values())) < len(names):
        what = "Values of different types have the same text, such as 1 and '1'."
        raise Refused(
            "D02", what, where, "Store the column in one type, so that they are one group, or give them different names."
        )
    return names


def _of_columns(data: Mapping[Any, Any], where: str) -> Any:
    """Return a dict of columns as an Arrow table; those of pandas are matched by their index."""
    import pyarrow as pa

    _, columns = beside({}, data, where.removeprefix("Argument "))
    made = {}
    for name, column in columns.items():
        place = f"{where}, {shown(name)}"
        if isinstance(column, pa.Array | pa.ChunkedArray):
            made[name] = column
            continue
        try:
            made[name] = pa.array(cells(column, place))
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            what = "The column mixes types, or contains values that Arrow has no type for."
            raise Refused("D17", what, place, "Store the column in one type.") from None
    lengths = {name: len(column) for name, column in made.items()}
    if len(set(lengths.values())) > 1:
        what = f"The columns differ in length: {', '.join(f'{shown(name)} {n}' for name, n in lengths.items())}."
        raise Refused("D10", what, where, "Pass columns for the same rows.")
    return pa.table(made)


def _arrow_of(stream: Any, where: str) -> Any:
    import pyarrow as pa

    try:
        return pa.table(stream)
    except (pa.ArrowException, TypeError, ValueError):
        raise _no_table(stream, where) from None


def named_once(data: Any, where: str) -> Any:
    """Return a pandas frame with text names; anything else as it is."""
    if hasattr(data, "column_names") and hasattr(data, "schema"):
        _refuse_twice([str(name) for name in data.column_names], where)
    if not nw.dependencies.is_pandas_like_dataframe(data):
        return data
    if getattr(data.columns, "nlevels", 1) > 1:
        what = "The column names have several levels (a MultiIndex)."
        raise Refused("D14", what, where, "Give each column one name: df.columns = df.columns.map('_'.join).")
    names = [str(name) for name in data.columns]
    _refuse_twice(names, where)
    return data if all(isinstance(name, str) for name in data.columns) else data.set_axis(names, axis=1)


def _refuse_twice(names: Sequence[str], where: str) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        what = f"Column {', '.join(map(shown, twice))} appears twice (as text, 1 and '1' are the same name)."
        raise Refused("D14", what, where, "Give each column a unique name.")


def _is_table(data: Any) -> bool:
    """Whether `data` is a frame or a query, and no column."""
    if isinstance(data, str | Path | np.ndarray | list | tuple) or data is None:
        return False
    if hasattr(data, "__arrow_c_stream__") and not hasattr(data, "__len__"):
        return True
    try:
        nw.from_native(data, allow_series=False)
    except Exception:
        return type(data).__name__ in ("RecordBatch", "RecordBatchReader")
    return True


def _array(values: Any) -> np.ndarray[Any, Any] | None:
    try:
        return np.asarray(values) if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    except (TypeError, ValueError):
        return None


def _column(values: Any, where: str) -> Any:
    """Return `values`, which are one value a row."""
    scalar = isinstance(values, str | bytes | Path | Mapping | set | frozenset) or not hasattr(values, "__len__")
    if scalar or getattr(values, "ndim", 1) != 1:
        what = f"A {_name(values)} does not contain one group per row."
        if isinstance(values, str | Path):
            what = "A path or a name is not a column."
        raise Refused("U01", what, where, f"Pass a column or a list of values; or {TAKEN}.")
    return values


def _has_index(column: Any) -> bool:
    return bool(nw.dependencies.is_pandas_like_series(column) or nw.dependencies.is_pandas_like_dataframe(column))


def _order(index: Any, first: Any) -> Any:
    """Return the places of the labels of `first` in `index`; a slice where they are the same, None if they are others."""
    if index is first or index.equals(first):
        return slice(None)
    try:
        if len(index) != len(first) or not (index.is_unique and first.is_unique):
            return None
        places = index.get_indexer(first)
    except (TypeError, ValueError):
        # Labels that cannot be compared are not the same.
        return None
    return None if (places < 0).any() else places


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        # pandas.NA is neither equal to itself nor different; a list of arrays is no missing value.
        return type(value).__name__ == "NAType"


def names_nothing(value: Any) -> bool:
    """Whether a value has no text that could be the name of a group: a list, bytes, an object of no class that prints."""
    kind = type(value)
    silent = getattr(kind, "__str__", None) is object.__str__ and getattr(kind, "__repr__", None) is object.__repr__
    return isinstance(value, _NO_GROUP) or silent or getattr(kind, "__hash__", None) is None


def _no_table(data: Any, where: str) -> Refused:
    if isinstance(data, str | Path):
        what = f"A path ({shown(Path(data).name)}) is not a table, and paths are not read here."
        return Refused("U01", what, where, f"Read the file first, and pass {TAKEN}.")
    return Refused("U01", f"A {_name(data)} is not a table that can be counted.", where, f"Pass {TAKEN}.")


def _name(data: Any) -> str:
    return type(data).__name__
