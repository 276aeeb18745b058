"""Rows and columns of a pandas or polars frame, without importing either.

Training and explaining use frames in few ways: pick rows and columns, read one column, put rows
together. Validation does everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
#: Rows on which a model is tried before it is accepted.
_TRIED = 2000


def engine(native: Any) -> Literal["pandas", "polars"]:
    """Return which library `native` belongs to."""
    return "pandas" if hasattr(native, "iloc") else "polars"


def rows(native: Any, positions: Positions, columns: Sequence[str]) -> Any:
    """Return a new frame of the same kind: `columns` in that order, rows at `positions`.

    A pandas index is dropped: it is not a column of the contract, so no model sees it.
    """
    names = list(columns)
    if engine(native) == "pandas":
        return native.loc[:, names].iloc[positions].reset_index(drop=True)
    return native.select(names)[positions]


def spread(positions: Positions) -> Positions:
    """Return some of `positions`, evenly spread: rows on which a model is tried."""
    return positions[:: max(1, -(-len(positions) // _TRIED))]


def values(native: Any, column: str) -> npt.NDArray[Any]:
    """Return one column as an array; missing values as numpy or Python shows them (nan, NaT, None)."""
    series = native[column]
    return np.asarray(series) if engine(native) == "pandas" else np.asarray(series.to_numpy())


def column_names(native: Any) -> list[str]:
    """Return the names of the columns, in order."""
    return [str(name) for name in native.columns]


def time_zone(native: Any, column: str) -> str | None:
    """Return the time zone of a datetime column, or None if its values are local times."""
    dtype = native[column].dtype
    zone = dtype.tz if hasattr(dtype, "tz") else getattr(dtype, "time_zone", None)
    return None if zone is None else str(zone)


def stack(top: Any, bottom: Any) -> Any:
    """Return one frame with the rows of `top` and then those of `bottom`, which have the same columns."""
    if engine(top) == "polars":
        return top.vstack(bottom)
    import pandas as pd

    return pd.concat([top, bottom], ignore_index=True)


def pick(native: Any, positions: Mapping[str, Positions]) -> Any:
    """Return a frame of the same kind whose columns each come from their own rows: one `positions` per column."""
    if engine(native) == "polars":
        return type(native)({name: native[name][where] for name, where in positions.items()})
    return type(native)({name: native[name].array.take(where) for name, where in positions.items()})
