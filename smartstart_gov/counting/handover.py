"""Tables to Predictions: rows coded as the contract says, or by separately provided groups, joined one-to-one on a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import UNKNOWN, Column, DataContract, steps_of
from smartstart_gov.authoring.node import shown
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.keys import places_of, unusable
from smartstart_gov.intake.link import Linked
from smartstart_gov.intake.series import series_of
from smartstart_gov.intake.tables import cells, in_memory, level_names

if TYPE_CHECKING:
    from smartstart_gov.intake.validate import ValidatedFrame


Mask = npt.NDArray[np.bool_]
_WHERE = "audit_predictions(attributes=, on=)"


def handover(
    frame: ValidatedFrame,
    *,
    decision: npt.NDArray[np.int8],
    score: npt.NDArray[np.float64] | None,
    where: Mask | None = None,
) -> Predictions:
    """Return the rows of `frame` (those `where` is true) with truth, decision, groups, weight and unit.

    Parameters
    ----------
    frame : ValidatedFrame
        Rows that comply with the contract.
    decision : ndarray of int8, shape (n_selected,)
    score : ndarray of float64, shape (n_selected,), or None
    where : ndarray of bool, shape (n_rows,), or None
        Rows that are handed over; None means all.

    Raises
    ------
    Refused
        D07 if the contract has no label or its positive value is open, and everything that `Predictions` refuses.
    """
    contract = frame.contract
    label = contract.outcome()
    keep = np.ones(frame.rows, dtype=bool) if where is None else where

    def values(column: Column) -> npt.NDArray[Any]:
        return np.asarray(frame.column(column.name))[keep]

    weight, unit = contract.single("weight"), contract.single("unit")
    return Predictions(
        y_true=(values(label) == label.positive).astype(np.int8),
        y_pred=decision,
        score=score,
        groups={c.name: _codes(c, values(c), contract) for c in contract.with_role("sensitive", "control", "site")},
        weight=None if weight is None else values(weight).astype(np.float64),
        unit=None if unit is None else factorize(values(unit))[0],
    )


def groups_of_rows(frame: ValidatedFrame, names: Sequence[str]) -> dict[str, npt.NDArray[np.object_]]:
    """For each sensitive column, return the group of each row by its name in the audit, including unknown."""
    found = {}
    for name in names:
        column = next(one for one in frame.contract.columns if one.name == name)
        coded = _codes(column, np.asarray(frame.column(name)), frame.contract)
        found[name] = np.array(coded.levels, dtype=object)[coded.codes]
    return found


def factorize(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Return one code per row, in order of first appearance, and the distinct values."""
    # A dict keeps first-appearance order and is linear; np.unique would sort strings (20 to 60 times slower).
    cells = values.tolist()
    code = {value: i for i, value in enumerate(dict.fromkeys(cells))}
    return np.fromiter(map(code.__getitem__, cells), dtype=np.int64, count=len(cells)), list(code)


def _codes(column: Column, values: npt.NDArray[Any], contract: DataContract) -> GroupCodes:
    codes, distinct = factorize(values)
    position = {level: i for i, level in enumerate(column.levels or ())}
    unknown = len(position)
    # Validation has refused undeclared levels: what is left outside the list is missing or means unknown.
    table = np.array([position.get(_plain(value), unknown) for value in distinct], dtype=np.int64)
    kind = column.role if column.role in ("control", "site") else "sensitive"
    return GroupCodes(
        name=column.name, levels=column.axis_levels, codes=table[codes] if len(table) else codes,
        unknown=column.maximum_unknown_share is not None, kind=kind,
        steps=steps_of(column, contract),
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """Numpy scalars as Python ones; missing values (nan, None, NaT) as None."""
    if value is None or value != value:
        return None
    return value.item() if isinstance(value, np.generic) else value


def coded(features: Mapping[str, Any]) -> dict[str, GroupCodes]:
    """Return one grouping per feature, with levels in order of their names, or as a categorical declares them.

    Missing values form the level ``unknown``, which is the last one; the text ``unknown`` means the same. A declared
    category without rows stays a level.

    Parameters
    ----------
    features : mapping of str to column, shape (n_samples,)
        As `smartstart_gov.intake.tables.beside` returns them.

    Raises
    ------
    Refused
        D17 for values that cannot name a group, D02 for different values with the same text.
    """
    return {name: _grouping(name, column) for name, column in features.items()}


def _grouping(name: str, column: Any) -> GroupCodes:
    where = f"Argument sensitive_features, {shown(name)}"
    values, declared = cells(column, where), _declared(column)
    named = level_names([*values, *declared], where)
    texts = np.array([UNKNOWN if value is None else named[type(value), value] for value in values], dtype=object)
    present = [str(level) for level in declared] or sorted(set(texts.tolist()))
    present = [level for level in present if level != UNKNOWN]
    levels = (*present, UNKNOWN) if UNKNOWN in texts else tuple(present)
    position = {level: i for i, level in enumerate(levels)}
    codes, distinct = factorize(texts)
    table = np.array([position[d] for d in distinct], dtype=np.int64)
    return GroupCodes(name=name, levels=levels, codes=table[codes] if len(table) else codes, unknown=UNKNOWN in levels)


def _declared(column: Any) -> list[Any]:
    """Return the categories of a categorical column (pandas Categorical, polars Enum); none of any other."""
    categories: Any = getattr(getattr(column, "dtype", None), "categories", None)
    # A polars Categorical has a process-wide pool of categories, not a list of its own.
    return cells(categories, "Argument sensitive_features") if hasattr(categories, "__len__") else []


def join_attributes(data: Any, attributes: Any, on: str | None) -> Any:
    """Return `data` with the columns of `attributes`, matched on the key `on`, as a frame of the same library as `data`.

    Raises
    ------
    Refused
        U01 for sources that are already linked, and for anything that is
        not a frame. D10, D20: a key is missing, of another type, repeated or without a match, or a column is in both frames.
    """
    if isinstance(data, Linked) or isinstance(attributes, Linked):
        what = "Attributes were passed in addition to linked sources."
        raise Refused("U01", what, _WHERE, "Link them as a source of the contract.")
    if not isinstance(on, str):
        raise Refused(
            "D10", "Attributes were passed without a key.", _WHERE, "Name the key column that both frames share with on=."
        )
    frames = {"data": in_memory(data, _WHERE), "attributes": in_memory(attributes, _WHERE)}
    found = [Violation(rule=rule, what=what, where=_WHERE, remedy=remedy) for rule, what, remedy in unusable(frames, on)]
    names = {name: list(map(str, frame.columns)) for name, frame in frames.items()}
    both = [name for name in names["data"] if name in names["attributes"] and name != on]
    if both:
        what = f"Both frames have column {shown(both[0])}."
        found.append(Violation(rule="D10", what=what, where=_WHERE, remedy="Keep each column in only one of the frames."))
    if not found:
        for name, frame in frames.items():
            key = series_of(frame, on)
            if key.isna().any() or key.duplicated().any():
                what = f"Key {shown(on)} of the {name} frame is missing or repeated in some rows."
                found.append(Violation(rule="D10", what=what, where=_WHERE, remedy="Give each row a unique key."))
    if found:
        raise Refused.of(found)
    places = places_of(data, attributes, on)
    matched = int((places >= 0).sum())
    if not matched == len(data) == len(attributes):
        alone = [f"{len(frame) - matched} of {len(frame)}" for frame in (data, attributes)]
        what = f"{alone[0]} predictions and {alone[1]} attribute rows have no match."
        raise Refused("D10", what, _WHERE, "Provide the same rows in both frames.")
    left, right = nw.from_native(data, eager_only=True), nw.from_native(_like(data, attributes), eager_only=True)
    beside = right[places.tolist()].drop(on)
    return nw.concat([nw.maybe_reset_index(left), nw.maybe_reset_index(beside)], how="horizontal").to_native()


def _like(data: Any, attributes: Any) -> Any:
    """Return `attributes` in the library of `data`, types kept: whole numbers with gaps do not become decimals."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(attributes, pd.DataFrame):
        if isinstance(data, pd.DataFrame):
            return attributes
        try:
            table = pa.Table.from_pandas(attributes, preserve_index=False)
        except (pa.ArrowException, TypeError, ValueError):
            what = "The attributes contain values that only pandas can store."
            raise Refused("D17", what, _WHERE, "Pass both frames as pandas DataFrames.") from None
        return nw.from_arrow(table, backend="polars").to_native()
    if not isinstance(data, pd.DataFrame):
        return attributes
    return pd.DataFrame({name: series_of(attributes, name) for name in attributes.columns})
