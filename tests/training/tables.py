"""A small invented register and its contract, in pandas or polars, with or without units and moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.intake.validate import ValidatedFrame, validate

KEY = bytes(range(32))
MEANING = {"nl": "een kolom", "en": "a column"}
HOODS = ("Centrum", "Noord", "Oost", "West")


def column(name: str, dtype: str, role: str, **more: Any) -> dict[str, Any]:
    source = {} if role in ("index", "ignore") else {"source": "register"}
    return {"name": name, "dtype": dtype, "role": role, "meaning": MEANING, **source, **more}


COLUMNS: dict[str, dict[str, Any]] = {
    "age": column("age", "number", "feature"),
    "income": column("income", "number", "feature", nullable=True),
    "household": column("household", "integer", "feature"),
    "hood": column("hood", "string", "feature", levels=list(HOODS)),
    "benefit": column("benefit", "string", "feature"),
    "origin": column("origin", "string", "sensitive", levels=["A", "B", "C"]),
    "sex": column("sex", "string", "sensitive", levels=["F", "M"]),
    "late": column("late", "string", "label", levels=["yes", "no"], positive="yes"),
    "family": column("family", "string", "unit"),
    "seen": column("seen", "datetime", "time"),
    "number": column("number", "integer", "index"),
    "note": column("note", "string", "ignore"),
}
#: The columns of most tests: five features, two groupings, a label and a unit.
USUAL = ("age", "income", "household", "hood", "benefit", "origin", "sex", "late", "family")


def contract(names: Sequence[str] = USUAL, **changes: dict[str, Any]) -> DataContract:
    nobody = {"nl": "open", "en": "open"}
    source = {
        "system": "Register", "owner": "Municipality", "original_purpose": nobody, "lawful_basis": nobody,
        "retention": nobody, "last_verified": "2025-01-01", "error_rate": 0.01,
    }  # fmt: skip
    return DataContract.model_validate(
        {
            "format": 1, "name": "invented", "version": "1.0", "meaning": MEANING, "unit_of_analysis": MEANING,
            "aggregation_level": "person", "sources": {"register": source},
            "columns": [COLUMNS[name] | changes.get(name, {}) for name in names],
        }
    )  # fmt: skip


def policy(*, cut: str | None = None, shares: tuple[float, float, float] = (0.5, 0.2, 0.3), threshold: float = 0.5) -> Policy:
    said = {"nl": "daarom", "en": "because"}
    stage = {"not_shown": "accepted"}
    limit = {
        "id": "fpr", "metric": "false_positive_rate", "by": ["origin"], "measure": "difference", "between": "groups",
        "at_most": 0.1, "reason": said,
    }  # fmt: skip
    return Policy.model_validate(
        {
            "format": 1, "version": "1.0", "attributes": ["origin", "sex"], "limits": [limit],
            "threshold": {"value": threshold, "chosen_by": "committee", "reason": said},
            "split": {"fit": shares[0], "develop": shares[1], "audit": shares[2], **({"cut": cut} if cut else {})},
            "stages": {"shadow": stage, "trial": stage, "release": {"not_shown": "refused"}},
        }
    )  # fmt: skip


def register(rows: int = 900, *, seed: int = 0, missing: bool = True) -> pd.DataFrame:
    """Return all columns; the label depends on age, income, hood and benefit, and not on household."""
    draw = np.random.default_rng(seed)
    age, income = draw.normal(size=rows).round(3), draw.normal(size=rows).round(3)
    hood, benefit = draw.choice(HOODS, size=rows), draw.choice(["none", "some", "full_time"], size=rows)
    lean = age - income + 1.5 * (hood == "Noord") - (benefit == "none") + draw.logistic(size=rows)
    if missing:
        income[draw.random(rows) < 0.1] = np.nan
    start = np.datetime64("2024-01-01T00:00:00", "us")
    return pd.DataFrame(
        {
            "age": age, "income": income, "household": draw.integers(1, 7, size=rows), "hood": hood, "benefit": benefit,
            "origin": draw.choice(["A", "B", "C"], size=rows, p=[0.6, 0.3, 0.1]), "sex": draw.choice(["F", "M"], size=rows),
            "late": np.where(lean > 0, "yes", "no"), "family": [f"f{i}" for i in draw.integers(0, rows * 2 // 3, size=rows)],
            "seen": start + draw.integers(0, 730, size=rows).astype("timedelta64[D]"), "number": np.arange(rows),
            "note": [f"note {i}" for i in range(rows)],
        }
    )  # fmt: skip


def validated(
    names: Sequence[str] = USUAL, rows: int = 900, *, table: pd.DataFrame | None = None, engine: str = "pandas", **changes: Any
) -> ValidatedFrame:
    native: Any = (register(rows) if table is None else table)[list(names)]
    if engine == "polars":
        native = as_polars(native)
    return validate(native, contract(names, **changes))


def as_polars(table: pd.DataFrame) -> Any:
    """The same table in polars; a missing number is null there, not nan."""
    import polars as pl

    columns = {n: table[n].to_numpy() if table[n].dtype.kind in "iufM" else table[n].tolist() for n in table}
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
