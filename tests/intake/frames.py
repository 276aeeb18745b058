"""A small made-up table with a column of every role and dtype, its contract, and the same in polars and Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from smartstart_gov.authoring.contract import DataContract

SAID = {"nl": "Iets.", "en": "Something."}


def column(name: str, dtype: str, role: str, **more: Any) -> dict[str, Any]:
    source = {} if role in ("index", "ignore") else {"source": "register"}
    return {"name": name, "dtype": dtype, "role": role, "meaning": SAID, **source, **more}


COLUMNS = (
    column("key", "integer", "index"),
    column("family", "string", "unit"),
    column("origin", "string", "sensitive", levels=["A", "B", "C"]),
    column("area", "integer", "sensitive", levels=[1, 2, 3], unknown_values=[9], maximum_unknown_share=0.2),
    column("office", "string", "site", levels=["east", "west"]),
    column("income", "number", "feature", nullable=True, minimum=-10, maximum=10),
    column("children", "integer", "feature", minimum=0),
    column("note", "string", "feature", nullable=True),
    column("owner", "boolean", "feature"),
    column("seen", "datetime", "time"),
    column("late", "boolean", "label", levels=[False, True], positive=True),
    column("score", "number", "score"),
    column("weight", "number", "weight"),
    column("spare", "string", "ignore", nullable=True),
)
LIBRARIES = ("pandas", "objects", "categories", "arrow", "polars", "enum")


def contract(*, columns: Sequence[dict[str, Any]] = COLUMNS, **more: Any) -> DataContract:
    source = {
        "system": "S", "owner": "O", "original_purpose": "open", "lawful_basis": "open", "retention": "open",
        "last_verified": "open", "error_rate": "open",
    }  # fmt: skip
    return DataContract.model_validate(
        {
            "format": 1, "name": "invented", "version": "1", "meaning": SAID, "unit_of_analysis": SAID,
            "aggregation_level": "household", "sources": {"register": source}, "columns": list(columns), **more,
        }
    )  # fmt: skip


def table(rows: int = 40) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    origin = draw.choice(["A", "B", "C"], rows)
    frame = pd.DataFrame(
        {
            "key": np.arange(rows), "family": [f"f{i // 2}" for i in range(rows)], "origin": origin,
            "area": draw.choice([1, 2, 3], rows), "office": draw.choice(["east", "west"], rows),
            "income": draw.normal(size=rows).clip(-9, 9), "children": draw.poisson(1.0, rows),
            "note": draw.choice(["x", "y", "0123"], rows), "owner": draw.random(rows) < 0.5,
            "seen": pd.date_range("2026-01-01T12:30", periods=rows, freq="D"),
            "late": np.arange(rows) % 3 == 0, "score": draw.random(rows), "weight": draw.random(rows) + 0.1,
            "spare": ["s"] * rows,
        }
    )  # fmt: skip
    frame.loc[:2, "income"] = np.nan
    frame.loc[:1, "note"] = None
    return frame


def in_library(frame: pd.DataFrame, library: str) -> Any:
    """Return `frame` as another library, or other dtypes, hold it."""
    text = [name for name in frame.columns if isinstance(frame[name].dtype, pd.StringDtype)]
    if library == "objects":
        return frame.astype(dict.fromkeys(text, object))
    if library == "categories":
        return frame.astype(dict.fromkeys(text, "category"))
    if library == "arrow":
        return pa.Table.from_pandas(frame).to_pandas(types_mapper=pd.ArrowDtype)
    if library == "polars":
        return pl.from_pandas(frame)
    if library == "enum":
        return pl.from_pandas(frame).with_columns(pl.col(text).cast(pl.Categorical))
    return frame
