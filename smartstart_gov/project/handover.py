"""From a validated frame and the model's output to Predictions: rows coded as the contract says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.predictions import GroupCodes, Predictions
from smartstart_gov.project.column import Column
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.hierarchy import steps_of

if TYPE_CHECKING:
    from smartstart_gov.project.validation import ValidatedFrame

Mask = npt.NDArray[np.bool_]


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
        Rows that keep the contract.
    decision : ndarray of int8, shape (n_selected,)
    score : ndarray of float64, shape (n_selected,), or None
    where : ndarray of bool, shape (n_rows,), or None
        Rows that are handed over; None means all.

    Raises
    ------
    Refused
        D07 where the contract has no label or its positive value is open, and whatever `Predictions` refuses.
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


def factorize(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Return a code a row, in order of first appearance, and the distinct values."""
    # A dict keeps first-appearance order and is linear; np.unique would sort strings (20 to 60 times slower).
    seen: dict[Any, int] = {}
    codes = np.fromiter((seen.setdefault(v, len(seen)) for v in values.tolist()), dtype=np.int64, count=len(values))
    return codes, list(seen)


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
