"""Golden rows: made-up rows with the shipped model's answers, so that whoever loads it sees whether it still answers the same.

The rows are drawn from what the contract declares, never from data. A version says with what it was audited; golden rows say
whether what is loaded here decides as it did there, whatever library, processor or compiler differs.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from smartstart_gov.authoring.contract import Column, DataContract
from smartstart_gov.canonical import real, unreal
from smartstart_gov.training.estimators import positive_scores
from smartstart_gov.training.record import Golden

#: So many rows are drawn.
ROWS = 8
#: Scores further apart than this are other scores.
SAME = 1e-9
_WIDE, _WIDEST = 10.0, 1e12
_FIRST_DAY = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - a column of moments without a zone


def golden_rows(model: Any, contract: DataContract, features: Sequence[str]) -> tuple[Golden, ...]:
    """Return made-up rows with the answers of `model`; the same contract gives the same rows.

    Those on which it fails, such as one with a level that it never saw, are left out.
    """
    draw = np.random.default_rng(int(contract.digest.removeprefix("sha256:")[:16], 16))
    columns = [contract.column(name) for name in features]
    found = []
    for _ in range(ROWS):
        row = {column.name: _drawn(column, draw) for column in columns}
        answer = _answer(model, row, contract)
        if answer is not None:
            found.append(Golden(row=row, decision=answer[0], score=str(real(answer[1]))))
    return tuple(found)


def answered_otherwise(model: Any, contract: DataContract, features: Sequence[str], golden: Sequence[Golden]) -> int:
    """Return on how many golden rows `model` decides or scores otherwise than was written, or fails.

    What is written has its keys in alphabetical order; the model gets its features in the order of the audit.
    """
    apart = 0
    for one in golden:
        answer = _answer(model, {name: one.row[name] for name in features if name in one.row}, contract)
        apart += answer is None or answer[0] != one.decision or abs(answer[1] - unreal(one.score)) > SAME
    return apart


def _answer(model: Any, row: Mapping[str, str | int | bool], contract: DataContract) -> tuple[str, float] | None:
    import pandas as pd

    frame = pd.DataFrame({name: [_read(contract.column(name), value)] for name, value in row.items()})
    with warnings.catch_warnings():
        # What a model remarks on a single made-up row is no answer, and no failure.
        warnings.simplefilter("ignore")
        try:
            score = float(positive_scores(model, frame, model.pos_label)[0])
            return str(np.asarray(model.predict(frame)).reshape(-1)[0]), score
        except Exception:
            # A model that cannot take a row of no real person, such as a level it never saw, has no golden answer to it.
            return None


def _drawn(column: Column, draw: np.random.Generator) -> str | int | bool:
    """Return a value that the contract allows: of its levels, within its bounds, or within a few steps of zero."""
    if column.levels:
        value = column.levels[int(draw.integers(len(column.levels)))]
        return value if isinstance(value, bool | int) else str(value)
    if column.dtype == "boolean":
        return bool(draw.integers(2))
    if column.dtype == "datetime":
        return (_FIRST_DAY + dt.timedelta(days=int(draw.integers(1000)))).isoformat()
    if column.dtype == "string":
        return "a"
    low = column.minimum if column.minimum is not None else (column.maximum or 0) - _WIDE
    high = column.maximum if column.maximum is not None else low + 2 * _WIDE
    low, high = (float(np.clip(bound, -_WIDEST, _WIDEST)) for bound in (low, high))
    if column.dtype == "integer":
        least = int(np.ceil(low))
        return int(draw.integers(least, max(least, int(np.floor(high))) + 1))
    return str(real(float(f"{min(max(draw.uniform(low, high), low), high):.6g}")))


def _read(column: Column, value: str | int | bool) -> Any:
    if column.dtype == "number" and not column.levels:
        return unreal(str(value))
    if column.dtype == "datetime":
        return dt.datetime.fromisoformat(str(value))
    return value
