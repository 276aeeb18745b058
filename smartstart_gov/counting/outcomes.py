"""The only entrance for truth and decision: 0 and 1 in every storage, or two values of which one is declared positive."""

from __future__ import annotations

import math
from collections.abc import Collection
from types import NoneType
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.counting.predictions import Bits
from smartstart_gov.errors import OTHER_OUTCOMES, Violation, expect
from smartstart_gov.intake.tables import plain

#: What `bit` says of a missing value, and of one that is neither of the two.
MISSING, NEITHER = -1, -2


def bit(value: Any, positive: Any = None) -> int:
    """Return 1 for the positive value, 0 for the other, `MISSING` or `NEITHER`.

    Without `positive` the two are 0 and 1, as numbers or booleans; text is neither.
    """
    if value is None:
        return MISSING
    if positive is not None:
        # 1 is no text, and "1" no number; True is 1, as everywhere in Python.
        return int(isinstance(value, str) == isinstance(positive, str) and value == positive)
    if isinstance(value, bool | int | float) or (isinstance(value, np.generic) and value.dtype.kind in "biuf"):
        return int(value) if value in (0, 1) else MISSING if value != value else NEITHER
    return NEITHER


def wrong(values: Collection[Any], name: str, where: str, positive: Any = None) -> Violation | None:
    """Return what is wrong with the different values of one outcome, None if nothing is; values are never quoted."""
    expect(positive, (NoneType, str, bool, int, float, np.generic), "Argument positive", "Name the one value that counts as 1.")
    present = [value for value in values if bit(value) != MISSING]
    if len(present) < len(values):
        remedy = (
            "Leave out these rows, or fill in the values: a row without an outcome is neither positive nor negative."
            f" {OTHER_OUTCOMES}"
        )
        return Violation(rule="D07", what=f"{name} is missing in some rows.", where=where, remedy=remedy)
    if positive is None and any(bit(value) == NEITHER for value in present):
        remedy = "Code the two values as 0 and 1, or say which one is positive with positive=; scores are not decisions."
        what = f"{name} contains {_kind(present)}, not 0 and 1."
        return Violation(rule="D07", what=what, where=where, remedy=f"{remedy} {OTHER_OUTCOMES}")
    if positive is None:
        return None
    if len(present) > 2 or (len(present) == 2 and not any(bit(value, positive) == 1 for value in present)):
        what = f"{name} has {len(present)} different values"
        what += "." if len(present) > 2 else ", and neither is the value given as positive=."
        return Violation(rule="D07", what=what, where=where, remedy=f"Use two values, one of them positive. {OTHER_OUTCOMES}")
    return None


def bits(values: Any, name: str, positive: Any = None) -> Bits | Violation:
    """Return a column as 0 and 1, shape (n_samples,), or what is wrong with it."""
    where = f"Argument {name}"
    try:
        array: npt.NDArray[Any] = np.asarray(values)
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 1 or isinstance(values, str | bytes):
        what = f"{name} has {array.ndim} dimensions." if array.ndim else f"{name} is not a column of values."
        return Violation(rule="D10", what=what, where=where, remedy=f"Pass one value per row. {OTHER_OUTCOMES}")
    if positive is None and array.dtype.kind in "biuf" and np.isin(array, (0, 1)).all():
        return array.astype(np.int8)
    read = plain(values if hasattr(values, "__len__") else array)
    try:
        # True and 1 are one value here.
        different = list(dict.fromkeys(read))
    except TypeError:
        return Violation(rule="D07", what=f"{name} contains lists or other objects.", where=where, remedy=OTHER_OUTCOMES)
    if (found := wrong(different, name, where, positive)) is not None:
        return found
    code = {value: bit(value, positive) for value in different}
    return np.array([code[value] for value in read], dtype=np.int8)


def _kind(values: Collection[Any]) -> str:
    """Return what a column holds, without a value of it."""
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) < len(values):
        return "text or other objects"
    if not all(map(math.isfinite, numbers)):
        return "infinite numbers"
    if any(number != round(number) for number in numbers):
        return "numbers with decimals"
    return f"{len(numbers)} different whole numbers"
