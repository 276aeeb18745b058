"""Who the rows of an audit are, and commitments to them: what a look is known by, without a row leaving.

Rows are known by their unit; where the contract has none by their key, and else by their content. Neither the names
of columns nor the order of rows count.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import digest
from smartstart_gov.predictions import Predictions
from smartstart_gov.project.column import Role
from smartstart_gov.project.row_sets import RowSet
from smartstart_gov.project.validation import ValidatedFrame
from smartstart_gov.training.row_content import RowContent
from smartstart_gov.training.split import units_of_rows, units_of_values

#: What is no part of a row's content: keys, what nobody uses, and what the model says.
_NO_CONTENT: tuple[Role, ...] = ("index", "ignore", "score", "decision", "weight")
#: Scores that differ by less come from the same model: several threads add up in any order.
_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Identities:
    """The distinct units of a frame's audited rows, and which unit each row is of; `keyed` where a column says so."""

    units: tuple[bytes, ...]
    codes: npt.NDArray[np.int64]
    keyed: bool

    @classmethod
    def of(cls, frame: ValidatedFrame, where: npt.NDArray[np.bool_] | None = None) -> Identities:
        """Return who the rows of `frame` are, those that `where` is true."""
        key = frame.contract.single("unit") or frame.contract.single("index")
        keyed = key is not None and key.name in frame.columns
        if key is not None and keyed:
            codes, units = units_of_values(frame.column(key.name))
        else:
            codes, units = units_of_rows(frame, without=_NO_CONTENT)
        if where is None:
            return cls(units=tuple(units), codes=codes, keyed=keyed)
        kept, again = np.unique(codes[where], return_inverse=True)
        return cls(units=tuple(units[i] for i in kept), codes=again.reshape(-1).astype(np.int64), keyed=keyed)

    def row_set(self, frame: ValidatedFrame, where: npt.NDArray[np.bool_] | None, salt: bytes) -> RowSet:
        """Return these rows of `frame` as keyed digests of keys and contents, to hold against those of other looks."""
        # One unit may have the same row every month; that says nothing about how well contents tell units apart.
        views = RowContent.of(frame, salt, where).views(self.codes if self.keyed else None)
        keys = _hashes(salt, self.units) >> np.uint64(32) if self.keyed else np.empty(0)
        return RowSet(rows=len(self.codes), units=np.unique(keys.astype(np.uint32)), views=views)

    def rows_digest(self, predictions: Predictions, salt: bytes) -> str:
        """Return a commitment to the rows: units, outcomes, groups and weights, whatever their order."""
        return _commitment(b"rows", self._columns(predictions, salt))

    def model_digest(self, predictions: Predictions, salt: bytes) -> str:
        """Return a commitment to the model's answers on these rows: units, outcomes, groups, decisions and scores."""
        columns = [*self._columns(predictions, salt), predictions.y_pred.astype(np.int64)]
        if predictions.score is not None:
            columns.append(np.round(predictions.score * 10**_DECIMALS).astype(np.int64))
        return _commitment(b"model", columns)

    def _columns(self, predictions: Predictions, salt: bytes) -> list[npt.NDArray[np.int64]]:
        places = _hashes(salt, self.units).view(np.int64)
        columns = [places[self.codes], predictions.y_true.astype(np.int64)]
        columns += [codes.codes.astype(np.int64) for _, codes in sorted(predictions.groups.items())]
        if predictions.weight is None:
            return columns
        # The bits of the numbers themselves; adding zero makes one zero of the two.
        return [*columns, (predictions.weight.astype(np.float64) + 0.0).view(np.int64)]


def _commitment(what: bytes, columns: Sequence[npt.NDArray[np.int64]]) -> str:
    """Return a digest of a digest of the sorted rows: the table as a whole cannot be guessed."""
    order = np.lexsort(columns[::-1])
    content = hashlib.sha256(b"smartstart_gov/look-" + what + b"\n")
    for column in columns:
        content.update(np.ascontiguousarray(column[order]).astype(">i8").tobytes())
    return digest(b"smartstart_gov/look-commitment\n" + content.hexdigest().encode())


def _hashes(salt: bytes, units: Iterable[bytes]) -> npt.NDArray[np.uint64]:
    """Return 64 bits of HMAC-SHA256 for each unit."""
    heads = b"".join(hmac.digest(salt, unit, "sha256")[:8] for unit in units)
    return np.frombuffer(heads, dtype=">u8").astype(np.uint64)
