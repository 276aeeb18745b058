"""validate(): a frame keeps its contract, or every violation is told at once. The only door of pandera.

pandera's own defaults let extra columns, infinite numbers, empty frames and duplicated keys pass, and an
environment variable can switch it off; none of that is left to its defaults here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.contract import Column, DataContract, Role

_SWITCH = "PANDERA_VALIDATION_ENABLED"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ValidatedFrame:
    """A frame that keeps its contract, its columns in the contract's order.

    Attributes
    ----------
    native : pandas or polars DataFrame, shape (n_rows, n_columns)
    contract : DataContract
    """

    native: Any
    contract: DataContract

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.native)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the contract's order."""
        return tuple(nw.from_native(self.native, eager_only=True).columns)

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return the values of one column, shape (n_rows,)."""
        series = nw.from_native(self.native, eager_only=True)[name]
        return np.asarray(series.to_numpy())

    def __repr__(self) -> str:
        return f"ValidatedFrame({self.rows} rows, contract {self.contract.name} {self.contract.version})"


def validate(frame: Any, contract: DataContract, *, roles: Sequence[Role] | None = None) -> ValidatedFrame:
    """Return `frame` as one that keeps `contract`.

    Parameters
    ----------
    frame : pandas or polars DataFrame, shape (n_rows, n_columns)
        Columns in any order.
    contract : DataContract
    roles : sequence of str, optional
        Roles whose columns must be there; columns of other roles may be absent. None means all columns.

    Returns
    -------
    ValidatedFrame

    Raises
    ------
    Refused
        Every violation at once: D01 unknown group, D02 look-alike label, D04 undeclared level, D06 and
        D07 label, D08 score, D10 keys, D12 rows, D14 columns, D17 type and range, D19 weights, R07 where
        checks are switched off. No record's value is told.
    """
    if os.environ.get(_SWITCH, "True").strip().lower() in ("false", "0", "no", "off"):
        raise Refused("R07", f"{_SWITCH} is set to false: checks would be skipped.", "Environment", f"Unset {_SWITCH}.")
    try:
        wide = nw.from_native(frame, eager_only=True)
    except (TypeError, ValueError):
        what = f"A {type(frame).__name__} is no table."
        raise Refused("D17", what, "Argument frame", "Hand in a pandas or polars DataFrame.") from None
    found = list(_shape_violations(wide, contract, roles))
    names = [column.name for column in contract.columns if column.name in wide.columns]
    if not any(v.rule in ("D10", "D12") for v in found if v.where == "Argument frame"):
        present = [contract.column(name) for name in names]
        found += _schema_violations(wide.select(names).to_native(), present, contract)
    if found:
        raise Refused.of(found)
    return ValidatedFrame(native=wide.select(names).to_native(), contract=contract)


def pandera_schema(contract: DataContract, columns: Sequence[Column] | None = None) -> Any:
    """Return the pandera DataFrameSchema that `contract` compiles to, for pandas frames.

    Strict, ordered by the contract, unique keys, finite numbers, no coercion, at least `minimum_rows`.
    Each check is named ``<rule>: <what is wrong>``.
    """
    import pandera.pandas as pa

    def column_schema(column: Column) -> Any:
        checks = [pa.Check(test, name=name, ignore_na=False) for name, test in _checks(column)]
        return pa.Column(dtype=None, checks=checks, nullable=True, required=True, coerce=False, name=column.name)

    listed = contract.columns if columns is None else columns
    rows = pa.Check(
        lambda df: len(df) >= contract.minimum_rows, name=f"D12: There are fewer than {contract.minimum_rows} rows."
    )
    return pa.DataFrameSchema(
        {column.name: column_schema(column) for column in listed},
        checks=[rows],
        strict=True,
        ordered=True,
        coerce=False,
        name=contract.name,
    )


def _shape_violations(wide: nw.DataFrame[Any], contract: DataContract, roles: Sequence[Role] | None) -> list[Violation]:
    found = []
    where = f"Contract {contract.name} {contract.version}"
    declared = {column.name for column in contract.columns}
    for name in dict.fromkeys(wide.columns):
        if name not in declared:
            remedy = "Declare the column there (role ignore keeps it out of everything), or take it out of the data."
            found.append(Violation(rule="D14", what=f"Column {name!r} is not in the contract.", where=where, remedy=remedy))
    for column in contract.columns:
        needed = column.role != "ignore" if roles is None else column.role in roles
        if needed and column.name not in wide.columns:
            what = f"Column {column.name!r} (role {column.role}) is missing from the data."
            found.append(
                Violation(rule="D14", what=what, where=where, remedy="Hand in the column, or take it out of the contract.")
            )
    native = nw.to_native(wide)
    index = getattr(native, "index", None)
    if index is not None and getattr(index, "has_duplicates", False):
        found.append(
            Violation(
                rule="D10",
                what="The frame's index has duplicates.",
                where="Argument frame",
                remedy="Give each row one key (reset_index, or drop the doubles).",
            )
        )
    if len(wide) == 0:
        found.append(
            Violation(rule="D12", what="There are no rows.", where="Argument frame", remedy="Hand in at least one row.")
        )
    return found


def _schema_violations(native: Any, columns: Sequence[Column], contract: DataContract) -> list[Violation]:
    import pandera.errors
    from pandera.config import get_config_context

    table = native if _is_pandas(native) else nw.from_native(native, eager_only=True).to_pandas()
    if not get_config_context().validation_enabled:
        raise Refused("R07", "pandera's validation is switched off.", "pandera.config", "Switch it on again.")
    try:
        pandera_schema(contract, columns).validate(table, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return _violations(errors, {column.name: column for column in columns}, contract)
    return []


def _is_pandas(native: Any) -> bool:
    return type(native).__module__.partition(".")[0] == "pandas"


def _violations(errors: Any, columns: dict[str, Column], contract: DataContract) -> list[Violation]:
    """Return one violation a failed check, in the contract's order."""
    found: dict[tuple[str, str], Violation] = {}
    for error in errors.schema_errors:
        check = str(getattr(error.check, "name", None) or error.reason_code)
        rule, _, text = check.partition(": ")
        column = columns.get(str(getattr(error.schema, "name", "")))
        what = text if column is None else f"Column {column.name!r} {text}"
        where = f"Contract {contract.name} {contract.version}" + ("" if column is None else f", role {column.role}")
        found[what, rule] = Violation(rule=rule, what=what, where=where, remedy=_REMEDIES[rule])
    order = [column.name for column in contract.columns]
    return sorted(found.values(), key=lambda v: next((i for i, n in enumerate(order) if f"Column {n!r} " in v.what), -1))


_REMEDIES = {
    "D01": "Record the group, or declare maximum_unknown_share for the column.",
    "D02": "Write each label in one way in the data.",
    "D04": "Add the level to the contract, or map it to a declared one in the data.",
    "D06": "Hand in rows of both labels.",
    "D07": "Code the label as the two declared levels.",
    "D08": "Hand in finite scores between 0 and 1.",
    "D10": "Give each row one key of its own.",
    "D12": "Hand in more rows.",
    "D17": "Mend the data, or declare the type and range that they have; nothing is converted.",
    "D19": "Hand in finite weights of at least 0.",
}


def _checks(column: Column) -> list[tuple[str, Any]]:
    """Return named checks of one column; a check gets the pandas Series and answers for the whole."""
    checks: list[tuple[str, Any]] = [(f"D17: is not of type {column.dtype}.", lambda s: _has_type(s, column.dtype))]
    sensitive = column.role == "sensitive"
    if not sensitive and not column.nullable and column.role != "ignore":
        rule = {"label": "D07", "score": "D08", "index": "D10", "unit": "D10", "weight": "D19"}.get(column.role, "D17")
        checks.append((f"{rule}: has missing values.", lambda s: not s.isna().any()))
    if column.levels is not None:
        allowed = {*column.levels, *column.unknown_values}
        rule = "D07" if column.role == "label" else "D04"
        checks.append((f"{rule}: has values outside its allowed levels.", lambda s: _only(s, allowed)))
        checks.append(
            ("D02: has labels that differ from a declared one only in case or spaces.", lambda s: _no_variants(s, allowed))
        )
    if sensitive:
        share = column.maximum_unknown_share
        if share is None:
            checks.append(("D01: has missing values, and no unknown share is declared.", lambda s: not s.isna().any()))
        else:
            text = f"D01: has an unknown group in a larger share of rows than the declared {share:g}."
            checks.append((text, lambda s: _unknown_share(s, column) <= share))
    if column.role == "label":
        checks.append(("D06: has only one of its two values.", lambda s: s.nunique(dropna=True) != 1))
    if column.role == "index":
        checks.append(("D10: has keys that stand twice.", lambda s: not s.duplicated().any()))
    if column.dtype in ("number", "integer"):
        rule = {"score": "D08", "weight": "D19"}.get(column.role, "D17")
        low = 0.0 if column.role in ("score", "weight") and column.minimum is None else column.minimum
        high = 1.0 if column.role == "score" and column.maximum is None else column.maximum
        checks.append((f"{rule}: has numbers that are not finite.", _finite))
        if low is not None or high is not None:
            text = (
                f"{rule}: has numbers outside its range"
                + (f" from {low:g}" if low is not None else "")
                + (f" up to {high:g}." if high is not None else ".")
            )
            checks.append((text, lambda s: _inside(s, low, high)))
    if column.role == "weight":
        checks.append(("D19: is zero in every row.", lambda s: not _has_type(s, "number") or bool((s != 0).any())))
    return checks


def _has_type(series: Any, dtype: str) -> bool:
    import pandas as pd

    api = pd.api.types
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.cat.categories.to_series()
    if dtype == "string":
        return api.is_string_dtype(series.dtype) or (
            series.dtype == object and series.dropna().map(lambda v: isinstance(v, str)).all()
        )
    if dtype == "boolean":
        return bool(api.is_bool_dtype(series.dtype))
    if dtype == "datetime":
        return bool(api.is_datetime64_any_dtype(series.dtype))
    if api.is_bool_dtype(series.dtype):
        return False
    whole = api.is_integer_dtype(series.dtype)
    return bool(whole if dtype == "integer" else whole or api.is_float_dtype(series.dtype))


def _only(series: Any, allowed: set[Any]) -> bool:
    return all(value in allowed for value in series.dropna().unique().tolist())


def _no_variants(series: Any, allowed: set[Any]) -> bool:
    folded = {" ".join(str(value).casefold().split()): value for value in allowed}
    strays = [value for value in series.dropna().unique().tolist() if value not in allowed]
    return not any(" ".join(str(value).casefold().split()) in folded for value in strays)


def _unknown_share(series: Any, column: Column) -> float:
    unknown = series.isna() | series.isin(list(column.unknown_values))
    return float(unknown.mean())


def _finite(series: Any) -> bool:
    if not _has_type(series, "number"):
        return True
    return bool(np.isfinite(series.dropna().to_numpy(dtype=np.float64)).all())


def _inside(series: Any, low: float | None, high: float | None) -> bool:
    if not _has_type(series, "number"):
        return True
    values = series.dropna().to_numpy(dtype=np.float64)
    return not (low is not None and (values < low).any()) and not (high is not None and (values > high).any())
