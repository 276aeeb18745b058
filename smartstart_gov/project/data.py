"""Files to frames: CSV is read as text and typed by the contract, without guessing; Parquet has its types already."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.column import Dtype
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.node import shown

if TYPE_CHECKING:
    import pandas as pd

    Series = pd.Series[Any]

_INTEGER = r"-?(0|[1-9][0-9]*)"
_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})"
#: From here on a number with decimals skips whole numbers: so long a number is a key, and stays text.
_EXACT = 2.0**53
_LONGEST_HEADER = 10_000_000
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False}
_WRITE = {
    "integer": "digits only, like 12; a postcode or number with leading zeros is text",
    "number": "digits with a decimal point, like 0.5; not a comma",
    "boolean": "true or false",
    "datetime": "ISO 8601, like 2026-01-31 or 2026-01-31T12:30:00, with a time zone in every row or in none",
}


def read_data(path: Path | str, contract: DataContract) -> pd.DataFrame:
    """Return the table in `path` as a pandas DataFrame, its columns typed as `contract` declares.

    An empty cell is a missing value, and only that: ``NA`` and ``nan`` are text. Columns that the contract does not
    name stay text, and `validate` refuses them.

    Parameters
    ----------
    path : Path or str
        ``.csv`` or ``.csv.gz`` (UTF-8; commas, semicolons or tabs between the cells, one header line), or ``.parquet``.
    contract : DataContract

    Returns
    -------
    pandas.DataFrame, shape (n_rows, n_columns)
        The columns of the file, the one of role index too, in the file's order.

    Raises
    ------
    Refused
        U01 where the file is not there, or is no table of these kinds; D14 for a column name that stands twice, or
        rows with more or fewer cells than the header; D17 for every column with cells that are not of its type, with
        their number.
    """
    file = Path(path)
    name = file.name.lower()
    if not file.is_file():
        raise Refused("U01", f"There is no file {shown(file.name)}.", str(file), "Give the path of a CSV or Parquet file.")
    if name.endswith(".parquet"):
        return _parquet(file)
    if name.endswith((".csv", ".csv.gz")):
        return _typed(_text_table(file), contract, file)
    what = f"{shown(file.name)} is neither CSV nor Parquet."
    raise Refused("U01", what, str(file), "Give a .csv, .csv.gz or .parquet file.")


def read_untyped(path: Path | str) -> pd.DataFrame:
    """Return the table in `path`, for which no contract is written yet: each column in the narrowest type.

    Parquet has its types. In a CSV a column whose cells are all whole numbers becomes integer, and so on; the rest
    stays text. `read_data` reads the same file into the same types once a contract declares them.

    Raises
    ------
    Refused
        U01 and D14, as `read_data`.
    """
    import pandas as pd

    file = Path(path)
    name = file.name.lower()
    if not file.is_file() or not name.endswith((".csv", ".csv.gz", ".parquet")):
        what = f"There is no CSV or Parquet file {shown(file.name)}."
        raise Refused("U01", what, str(file), "Give the path of a .csv, .csv.gz or .parquet file.")
    if name.endswith(".parquet"):
        return _parquet(file)
    table = _text_table(file)
    return pd.DataFrame({str(name): _narrowed(table[name]) for name in table.columns})


def _narrowed(series: Series) -> Series:
    if series.notna().any():
        for dtype in ("boolean", "integer", "number", "datetime"):
            typed, bad = _PARSERS[dtype](series)
            if not bad and not (dtype == "number" and bool((typed.abs() >= _EXACT).any())):
                return typed
    return series


def _text_table(file: Path) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import csv

    odd: list[int] = []

    def note(row: Any) -> str:
        odd.append(row.actual_columns)
        return "skip"

    everything_text = csv.ConvertOptions(
        column_types={name: pa.string() for name in _header(file)}, null_values=[""], strings_can_be_null=True
    )
    try:
        table = csv.read_csv(
            str(file),
            parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note, delimiter=_divider(file)),
            convert_options=everything_text,
        )
    except (pa.ArrowException, OSError, EOFError, ValueError) as error:
        raise _unreadable(file, "CSV in UTF-8, with commas", error) from None
    names = list(table.column_names)
    _names_once(names, file)
    if odd:
        what = f"{len(odd)} rows have more or fewer cells than the {len(names)} of the header."
        raise Refused("D14", what, str(file), "Mend these rows; text with a comma in it stands in double quotes.")
    frame: pd.DataFrame = table.to_pandas(strings_to_categorical=False)
    return frame


def _divider(file: Path) -> str:
    """Return what divides the cells of the header: a comma unless it holds more semicolons or tabs."""
    try:
        with gzip.open(file) if file.name.lower().endswith(".gz") else file.open("rb") as opened:
            head = opened.readline(_LONGEST_HEADER).decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, "CSV in UTF-8", error) from None
    return max(",;\t", key=re.sub(r'"[^"]*"', "", head).count)


def _header(file: Path) -> list[str]:
    """Return the names of the columns as pyarrow reads them, so that none of them is guessed a type for."""
    import pyarrow as pa
    from pyarrow import csv

    try:
        with csv.open_csv(
            str(file),
            parse_options=csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=lambda row: "skip", delimiter=_divider(file)
            ),
        ) as reader:
            return [str(name) for name in reader.schema.names]
    except (pa.ArrowException, OSError, EOFError, ValueError) as error:
        raise _unreadable(file, "CSV in UTF-8, with commas", error) from None


def _parquet(file: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file).read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(file, "Parquet", error) from None
    # A nameless index of pandas is no column of the data.
    table = table.drop_columns([name for name in table.column_names if name.startswith("__index_level_")])
    _names_once(list(table.column_names), file)
    # Whole numbers and truth values stay what they are where some are missing, and do not become floats or objects.
    gaps = {pa.bool_(): pd.BooleanDtype()} | {
        getattr(pa, kind.lower())(): getattr(pd, f"{kind}Dtype")()
        for kind in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
    }
    columns = {
        name: column.to_pandas(types_mapper=gaps.get if column.null_count else None)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    # pandas keeps an evenly stepped index in the file's notes only; with a name it is a column like any other.
    for index in (table.schema.pandas_metadata or {}).get("index_columns", []):
        if isinstance(index, dict) and index.get("name") is not None:
            columns.setdefault(str(index["name"]), pd.Series(range(index["start"], index["stop"], index["step"])))
    return pd.DataFrame(columns)


def _unreadable(file: Path, kind: str, error: Exception) -> Refused:
    # The library's own message may quote cells, so only its kind is told.
    what = f"{shown(file.name)} cannot be read as {kind} ({type(error).__name__})."
    return Refused("U01", what, str(file), "Check the file, or save it again.")


def _names_once(names: list[str], file: Path) -> None:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        what = f"Column {shown(twice[0])} stands {names.count(twice[0])} times in the header."
        raise Refused("D14", what, str(file), "Keep one column of that name.")


def _typed(frame: pd.DataFrame, contract: DataContract, file: Path) -> pd.DataFrame:
    found = []
    columns: dict[str, Any] = {str(name): frame[name] for name in frame.columns}
    for column in contract.columns:
        if column.name in columns and column.kept_as != "string":
            typed, bad = _PARSERS[column.dtype](columns[column.name])
            columns[column.name] = typed
            if bad:
                what = f"Column {shown(column.name)} has {bad} cells of {len(frame)} that are not of dtype {column.dtype}."
                remedy = f"Write {_WRITE[column.dtype]}; or declare dtype string."
                found.append(Violation(rule="D17", what=what, where=str(file), remedy=remedy))
    if found:
        raise Refused.of(found)
    import pandas as pd

    return pd.DataFrame(columns)


def _parsed(series: Series, pattern: str) -> tuple[Series, int]:
    """Return the cells that match `pattern` (others as missing), and how many of those that are filled do not."""
    matches = series.str.fullmatch(pattern).fillna(False).to_numpy(dtype=bool)
    bad = int((series.notna().to_numpy(dtype=bool) & ~matches).sum())
    return series.where(matches), bad


def _integers(series: Series) -> tuple[Series, int]:
    import pandas as pd

    text, bad = _parsed(series, _INTEGER)
    # Eighteen digits always fit; longer ones are tried one by one.
    long = text.str.len().gt(18).fillna(False).to_numpy(dtype=bool)
    too_big = [i for i in np.flatnonzero(long) if not -(2**63) <= int(text.iloc[i]) < 2**63]
    if bad or too_big:
        return text, bad + len(too_big)
    present = text.notna().to_numpy(dtype=bool)
    values = np.zeros(len(text), dtype=np.int64)
    values[present] = text[present].to_numpy(dtype=object).astype(np.int64)
    return pd.Series(values) if present.all() else pd.Series(pd.arrays.IntegerArray(values, ~present)), 0


def _numbers(series: Series) -> tuple[Series, int]:
    import pandas as pd

    text, bad = _parsed(series, _NUMBER)
    values = text.to_numpy(dtype=object).astype(np.float64)
    return pd.Series(values), bad + int(np.isinf(values).sum())


def _truths(series: Series) -> tuple[Series, int]:
    import pandas as pd

    text, bad = _parsed(series, "|".join(_BOOLEANS))
    present = text.notna().to_numpy(dtype=bool)
    values = text.isin(["true", "True"]).to_numpy(dtype=bool)
    return pd.Series(values) if present.all() else pd.Series(pd.arrays.BooleanArray(values, ~present)), bad


def _moments(series: Series) -> tuple[Series, int]:
    import pandas as pd

    zoned, without = _parsed(series, _MOMENT + _ZONE)
    plain, not_plain = _parsed(series, _MOMENT)
    text, bad = (zoned, without) if without < not_plain else (plain, not_plain)
    moments = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=text is zoned)
    return moments, bad + int((text.notna() & moments.isna()).sum())


_PARSERS: dict[Dtype, Callable[[Series], tuple[Series, int]]] = {
    "integer": _integers, "number": _numbers, "boolean": _truths, "datetime": _moments,
}  # fmt: skip
