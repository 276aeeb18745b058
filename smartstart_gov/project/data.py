"""Files to frames: CSV is read as text and typed by the contract, Parquet has its types already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.contract import Column, DataContract


def read_data(path: Path, contract: DataContract) -> Any:
    """Return the table in `path` as a pandas DataFrame, typed as `contract` says, nothing guessed.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.csv.gz`` or ``.parquet``.
    contract : DataContract
        Columns it does not name stay text (and are refused by `validate`).

    Raises
    ------
    Refused
        U01 where the file is not there or of another kind, D12 where it is empty, D17 with every column
        that holds text which is not of its type.
    """
    import pandas as pd

    name = path.name.lower()
    if not path.is_file():
        raise Refused("U01", f"There is no file {path.name!r}.", str(path), "Give the path of a CSV or Parquet file.")
    try:
        if name.endswith(".parquet"):
            return pd.read_parquet(path)
        if not name.endswith((".csv", ".csv.gz")):
            raise Refused(
                "U01", f"{path.name!r} is neither CSV nor Parquet.", str(path), "Give a .csv, .csv.gz or .parquet file."
            )
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    except (ValueError, OSError, UnicodeDecodeError) as error:
        raise Refused(
            "D17",
            f"{path.name!r} cannot be read as a table ({type(error).__name__}).",
            str(path),
            "Save it again as UTF-8 CSV or as Parquet.",
        ) from None
    violations = []
    for column in contract.columns:
        if column.name not in frame.columns:
            continue
        typed, bad = _typed(frame[column.name], column)
        frame[column.name] = typed
        if bad:
            what = f"Column {column.name!r} has {bad} cells that are not of type {column.dtype}."
            violations.append(
                Violation(rule="D17", what=what, where=str(path), remedy="Mend the cells, or declare the type that they have.")
            )
    if violations:
        raise Refused.of(violations)
    return frame


def _typed(series: Any, column: Column) -> tuple[Any, int]:
    """Return the text of `series` as the column's type, and how many cells are not of that type."""
    import pandas as pd

    present = series.notna()
    if column.dtype == "string":
        return series, 0
    if column.dtype == "datetime":
        typed = pd.to_datetime(series, errors="coerce", format="ISO8601")
    elif column.dtype == "boolean":
        typed = series.map({"true": True, "false": False, "True": True, "False": False})
    else:
        pattern = r"-?(0|[1-9]\d*)" if column.dtype == "integer" else r"-?(0|[1-9]\d*)(\.\d+)?([eE]-?\d+)?"
        typed = pd.to_numeric(series.where(series.str.fullmatch(pattern).fillna(False)), errors="coerce")
    bad = int((typed.isna() & present).sum())
    if not bad and present.all():
        typed = typed.astype({"integer": "int64", "number": "float64", "boolean": "bool"}.get(column.dtype, typed.dtype))
    return typed, bad
