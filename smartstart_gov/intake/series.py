"""What a column of a data frame contains, in the contract's terms, whatever its library and dtype.

Nothing is converted from one kind to another: text stays text, and a whole number stored as a float is not
an integer. Only the differences between storages disappear (object, category, Arrow, nullable): after
`canonical`, a column from pandas and the same column from polars are the same pandas Series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import Dtype

if TYPE_CHECKING:
    import pandas as pd

#: What a column may hold besides the contract's dtypes: nothing but missing values, days, or anything else.
Kind = Dtype | Literal["nothing", "day", "other"]
IN_WORDS: dict[Kind, str] = {
    "string": "text",
    "integer": "whole numbers",
    "number": "numbers with decimals",
    "boolean": "true and false",
    "datetime": "moments",
    "nothing": "nothing",
    "day": "dates without a time",
    "other": "something else, or a mixture",
}


def kind_of(series: pd.Series[Any]) -> Kind:
    """Return what `series` contains."""
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        inner = kind_of(dtype.categories.to_series())
        return inner if inner in ("string", "nothing") else "other"
    if isinstance(dtype, pd.StringDtype):
        return "string"
    if isinstance(dtype, pd.ArrowDtype):
        return _arrow_kind(str(dtype.pyarrow_dtype), dtype.kind)
    if dtype.kind == "O":
        return _OBJECTS.get(pd.api.types.infer_dtype(series, skipna=True), "other")
    # Complex numbers, spans of time, periods and the like are something else.
    return _KINDS.get(dtype.kind, "other")


_OBJECTS: dict[str, Kind] = {"string": "string", "empty": "nothing", "date": "day"}
_KINDS: dict[str, Kind] = {"b": "boolean", "i": "integer", "u": "integer", "f": "number", "M": "datetime"}


def _arrow_kind(name: str, letter: str) -> Kind:
    if name in ("string", "large_string", "string_view") or name.startswith(
        ("dictionary<values=string", "dictionary<values=large_string")
    ):
        return "string"
    if name == "null":
        return "nothing"
    # Arrow's days have the letter of a moment.
    return "day" if name.startswith("date") else _KINDS.get(letter, "other")


def fits(kind: Kind, dtype: Dtype) -> bool:
    """Return whether a column that contains `kind` may be declared `dtype`.

    Whole numbers are numbers. A column of only missing values fits every type.
    """
    return kind in (dtype, "nothing") or (kind == "integer" and dtype == "number")


def series_of(frame: Any, name: str) -> pd.Series[Any]:
    """Return one column of a pandas or polars frame as a pandas Series, numbered from 0; Arrow's types are kept.

    Values that Arrow cannot store become a Series of kind ``other``.
    """
    import narwhals as nw
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        found: pd.Series[Any] = frame[name].reset_index(drop=True)
        return found
    column = nw.from_native(frame, eager_only=True)[name]
    if column.dtype in (nw.Categorical, nw.Enum):
        column = column.cast(nw.String)
    if column.dtype in (nw.Int128, nw.UInt128):
        return pd.Series(column.to_list(), dtype=object)
    if column.dtype in (nw.Object, nw.List, nw.Array, nw.Struct):
        return pd.Series([0j] * len(column))
    return pd.Series(pd.arrays.ArrowExtensionArray(column.to_arrow()))


def canonical(series: pd.Series[Any], dtype: Dtype) -> pd.Series[Any]:
    """Return `series`, which fits `dtype`, in the one storage that checks use.

    Text is text (object or pandas' str), integers are int64, uint64 or Int64, numbers float64 with nan, booleans
    bool or boolean, moments datetime64 in UTC or without a zone.
    """
    import pandas as pd

    if kind_of(series) == "nothing":
        empty: dict[Dtype, Any] = {
            "string": object, "integer": "Int64", "number": "float64", "boolean": "boolean", "datetime": "datetime64[us]",
        }  # fmt: skip
        return pd.Series([None] * len(series), dtype=empty[dtype])
    if dtype == "string":
        if isinstance(series.dtype, pd.CategoricalDtype):
            return series.astype(series.dtype.categories.dtype)
        return series.astype("str") if isinstance(series.dtype, pd.ArrowDtype) else series
    if dtype == "number":
        return pd.Series(series.to_numpy(dtype=np.float64, na_value=np.nan))
    if dtype == "datetime":
        return _without_zone(series)
    gaps = bool(series.isna().any())
    if dtype == "boolean":
        return series.astype("boolean" if gaps else "bool")
    unsigned = series.dtype.kind == "u"
    return series.astype(("UInt64" if unsigned else "Int64") if gaps else ("uint64" if unsigned else "int64"))


def _without_zone(series: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    if series.dt.tz is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    if isinstance(series.dtype, pd.ArrowDtype):
        return pd.Series(series.to_numpy(dtype=f"datetime64[{series.dtype.pyarrow_dtype.unit}]"))
    return series


def values_of(series: pd.Series[Any], dtype: Dtype) -> npt.NDArray[Any]:
    """Return a canonical series as an array, shape (n_rows,).

    Text, and integers and booleans with gaps, are objects with None for what is missing; numbers are float64 with
    nan, moments datetime64 with NaT.
    """
    gaps = series.isna().to_numpy(dtype=bool)
    if dtype in ("number", "datetime") or (dtype in ("integer", "boolean") and not gaps.any()):
        return np.asarray(series.to_numpy())
    values = np.array(series.to_numpy(dtype=object), dtype=object)
    values[gaps] = None
    return values
