"""Predictions: the interface between model and counts, row by row: truth, decision, score, groups.

Rows are coded once; invalid input (unknown labels, scores that are not probabilities, columns of
different length) is refused here, so that counting does not have to check again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import digest
from smartstart_gov.errors import OTHER_OUTCOMES, Refused, Violation, expect
from smartstart_gov.show import Value

Bits = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupCodes:
    """One grouping of the rows: levels (the unknown one last, if `unknown`) and one code per row.

    `steps` are the hierarchy upwards: a name, and for each declared level its ancestor.
    """

    name: str
    levels: tuple[str, ...]
    codes: npt.NDArray[np.int64]
    unknown: bool = False
    kind: Literal["sensitive", "control", "site"] = "sensitive"
    steps: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Predictions(Value):
    """Rows that are ready to be counted.

    Attributes
    ----------
    y_true, y_pred : ndarray of int8, shape (n_samples,)
        0 or 1.
    score : ndarray of float64, shape (n_samples,), or None
        In [0, 1].
    groups : dict of str to GroupCodes
    weight : ndarray of float64, shape (n_samples,), or None
        Finite and non-negative, on any scale.
    unit : ndarray of int64, shape (n_samples,), or None
        One code per unit (person, household); rows of the same unit are dependent.

    Raises
    ------
    Refused
        D06, D07, D08, D10, D12, D19: all problems at once.
    """

    y_true: Bits
    y_pred: Bits
    groups: Mapping[str, GroupCodes]
    score: npt.NDArray[np.float64] | None = None
    weight: npt.NDArray[np.float64] | None = None
    unit: npt.NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        remedy = "Pass a dict of names to GroupCodes; {} for none."
        expect(self.groups, Mapping, "Argument groups", remedy)
        for codes in self.groups.values():
            expect(codes, GroupCodes, "Argument groups", remedy)
        found = list(self._violations())
        if found:
            raise Refused.of(found)

    def _violations(self) -> list[Violation]:
        columns: dict[str, Any] = {"y_true": self.y_true, "y_pred": self.y_pred, "score": self.score, "weight": self.weight}
        columns |= {"unit": self.unit} | {f"group {name!r}": codes.codes for name, codes in self.groups.items()}
        columns = {name: column for name, column in columns.items() if column is not None or name in ("y_true", "y_pred")}
        outcomes = ("y_true", "y_pred")
        if unlike := [name for name, column in columns.items() if not _is_column(column, numbers=name not in outcomes)]:
            remedy = f"Pass a one-dimensional numpy array. {OTHER_OUTCOMES}"
            return [_violation("D10", f"{name} is not a numpy array with one value per row.", name, remedy) for name in unlike]
        n, found = len(self.y_true), []
        if n == 0:
            found.append(_violation("D12", "There are no rows.", "y_true", "Provide at least one row."))
        for name, column in columns.items():
            if len(column) != n:
                what = f"{name} has {len(column)} rows, y_true has {n}."
                found.append(_violation("D10", what, name, "Pass columns for the same rows, matched by key."))
        binary = {name: _is_binary(bits) for name, bits in (("y_true", self.y_true), ("y_pred", self.y_pred))}
        for name in [name for name, holds in binary.items() if not holds]:
            remedy = f"Code the two values as 0 and 1. {OTHER_OUTCOMES}"
            found.append(_violation("D07", f"{name} contains values other than 0 and 1.", name, remedy))
        if n and binary["y_true"] and self.y_true.min() == self.y_true.max():
            what = f"All {n} true labels are {int(self.y_true[0])}."
            found.append(
                _violation(
                    "D06",
                    what,
                    "y_true",
                    "Audit both positive and negative rows; with only one kind, error rates do not exist.",
                )
            )
        if self.score is not None and not (np.isfinite(self.score) & (self.score >= 0) & (self.score <= 1)).all():
            found.append(_violation("D08", "Some scores are not finite or lie outside [0, 1].", "score", "Pass probabilities."))
        if self.weight is not None and not (np.isfinite(self.weight).all() and (self.weight >= 0).all() and self.weight.any()):
            what = "Weights are negative or not finite, or all zero."
            found.append(_violation("D19", what, "weight", "Pass finite weights of at least 0."))
        return found

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y_true)

    def to_record(self) -> dict[str, Any]:
        """Return a record of the shape and a digest of the content; a record never contains rows."""
        parts = [self.y_true.tobytes(), self.y_pred.tobytes()]
        parts += [codes.codes.astype(np.int64).tobytes() for _, codes in sorted(self.groups.items())]
        parts += [column.tobytes() for column in (self.score, self.weight, self.unit) if column is not None]
        levels = {name: list(codes.levels) for name, codes in self.groups.items()}
        return {"rows": self.n, "levels": levels, "content": digest(b"".join(parts))}

    def headline(self) -> str:
        """Return the shape in one line."""
        axes = ", ".join(f"{name}[{len(codes.levels)}]" for name, codes in self.groups.items())
        return f"Predictions({self.n} rows, groups: {axes or 'none'})"


def _is_column(column: Any, *, numbers: bool) -> bool:
    is_array = isinstance(column, np.ndarray) and column.ndim > 0
    return is_array and (not numbers or (column.ndim == 1 and column.dtype.kind in "biuf"))


def _is_binary(column: npt.NDArray[Any]) -> bool:
    """Whether a column is one value a row, of a whole-number type, 0 or 1; several columns of 0 and 1 are not."""
    return column.ndim == 1 and column.dtype.kind in "biu" and bool(np.isin(column, (0, 1)).all())


def _violation(rule: str, what: str, where: str, remedy: str) -> Violation:
    return Violation(rule=rule, what=what, where=f"Argument {where}", remedy=remedy)
