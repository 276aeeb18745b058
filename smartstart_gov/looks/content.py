"""The identity and content of the rows of an audit, as keyed digests: they identify a look without revealing any row.

Rows are recognised by their unit; if the contract has none, by their key, and otherwise by their content. Neither
column names nor the order of rows count.

A row's content is what its columns say about a person, not the keys and not a model's output. Order of rows and columns,
storage (1, 1.0 and "1"), spaces and capitals do not matter; numbers count to about three digits, datetimes to the day.
The digest of a row is that of the sum of its cells' digests, so leaving out one column costs one subtraction.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import Column, Role
from smartstart_gov.authoring.names import FEW_COPIES
from smartstart_gov.canonical import digest
from smartstart_gov.counting.handover import factorize
from smartstart_gov.counting.predictions import Predictions
from smartstart_gov.intake.validate import ValidatedFrame
from smartstart_gov.looks.commitment import microseconds, missing
from smartstart_gov.looks.rows import RowSet, View, copies
from smartstart_gov.looks.split import units_of_rows, units_of_values

Words = npt.NDArray[np.uint64]
_CONTENT: tuple[Role, ...] = ("feature", "sensitive", "control", "label", "time", "site")
_SAID: tuple[Role, ...] = ("score", "decision", "weight")
#: Rows in each view without one column, and in all of these views together.
_MOST, _MOST_TOGETHER = 1024, 32_768
#: Of a number the ten leading bits count: whole numbers to 1 023 as they are, others to 1 in 1 000.
_DROPPED = np.uint64(43)
_DAY = 86_400_000_000
#: What is no part of a row's content: keys, what nobody uses, and what the model says.
_NO_CONTENT: tuple[Role, ...] = ("index", "ignore", "score", "decision", "weight")
#: Scores that differ by less come from the same model: several threads add up in any order.
_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowContent:
    """Digests of the cells of some rows.

    Attributes
    ----------
    cells : list of ndarray of uint64, shape (n_rows,)
        One per column of content, under the column's name.
    unnamed : ndarray of uint64
        The sum of all cells of content without their columns' names.
    said : ndarray of uint64
        The sum of a model's output on the rows, and their weights.
    fractions : list of bool
        Which columns contain fractions.
    """

    cells: list[Words]
    unnamed: Words
    said: Words
    fractions: list[bool]

    @classmethod
    def of(cls, frame: ValidatedFrame, salt: bytes, where: npt.NDArray[np.bool_] | None = None) -> RowContent:
        """Return the content of the rows of `frame`, those that `where` is true."""
        rows = frame.rows if where is None else int(where.sum())
        unnamed, said = np.zeros(rows, dtype=np.uint64), np.zeros(rows, dtype=np.uint64)
        cells, fractions = [], []
        present = set(frame.columns)
        for column in frame.contract.columns:
            if column.name not in present or column.role not in (*_CONTENT, *_SAID):
                continue
            values = frame.column(column.name)
            found, fraction = _cells(values if where is None else values[where], column, salt)
            named = np.where(found == 0, 0, _mixed(found, _word(salt, f"column {column.name}"))).astype(np.uint64)
            if column.role in _SAID:
                said += named
            else:
                cells.append(named)
                fractions.append(fraction)
                unnamed += found
        return cls(cells=cells, unnamed=unnamed, said=said, fractions=fractions)

    def views(self, units: npt.NDArray[np.int64] | None) -> dict[str, View]:
        """Return the views of a `RowSet`; rows of one unit with the same content count once."""
        whole = self._whole()
        kept = _once_a_unit(whole, units)
        sums = {"all": whole, "unnamed": self.unnamed}
        if any(self.fractions):
            sums["coarse"] = sum(
                (c for c, fraction in zip(self.cells, self.fractions, strict=True) if not fraction), np.zeros_like(whole)
            )
        views = {name: View.of(_short(total[kept])) for name, total in sums.items()}
        if len(self.cells) > 2:
            most = min(_MOST, math.ceil(_MOST_TOGETHER / len(self.cells)))
            views |= {f"-{i}": View.of(_short((whole - cell)[kept]), most=most) for i, cell in enumerate(self.cells)}
        return views

    def told_twice(self, units: npt.NDArray[np.int64] | None, levels: list[npt.NDArray[np.int64]]) -> tuple[int, int, float]:
        """Return how many rows have the same content as a row of another unit, how many are copies, and their largest share.

        Parameters
        ----------
        units : ndarray of int or None
            Unit of each row; None if each row is its own unit.
        levels : list of ndarray of int, shape (n_rows,)
            Codes of groups; the share is also checked in each of them, since copies can fill up a small group.

        Returns
        -------
        equal, copies : int
            Copies are rows beyond what the columns explain; all rows except the first with the same content.
        share : float
            Of all rows or of one group, whichever is larger.
        """
        whole, equal, most, worst = self._whole(), 0, 0, 0.0
        for total in (whole, whole + self.said):
            kept = _once_a_unit(total, units)
            contents = total[kept]
            _, code, often = np.unique(contents, return_inverse=True, return_counts=True)
            if total is whole:
                equal = int(often[often > 1].sum())
            found = copies(often)
            most, worst = max(most, found), max(worst, found / len(contents))
            for axis in levels:
                for level in np.unique(axis).tolist():
                    inside = axis[kept] == level
                    if inside.any():
                        worst = max(worst, copies(np.unique(code[inside], return_counts=True)[1]) / int(inside.sum()))
        return equal, most, worst

    def _whole(self) -> Words:
        return sum(self.cells, np.zeros_like(self.unnamed))


def said_twice(frame: ValidatedFrame, where: npt.NDArray[np.bool_] | None = None) -> dict[str, Any]:
    """Return a training record's facts on equal rows: in all of `frame`, and the share of copies in those `where` is true."""
    equal, found, _ = RowContent.of(frame, b"").told_twice(_units(frame), [])
    return {"duplicates": equal, "copies": found, "copied": share_copied(frame, where)}


def share_copied(frame: ValidatedFrame, where: npt.NDArray[np.bool_] | None = None) -> str:
    """Return the largest share of copies in the rows for which `where` is true, overall or in one group, as decimal text.

    In tenths, and 0 up to 5 %: the group can be so small that a closer share would count a few people in it.
    """
    keep = np.ones(frame.rows, dtype=bool) if where is None else where
    if not keep.any():
        return "0"
    units = _units(frame)
    groups = [factorize(frame.column(c.name)[keep])[0] for c in _group_columns(frame)]
    own = None if units is None else np.unique(units[keep], return_inverse=True)[1].reshape(-1)
    share = RowContent.of(frame, b"", keep).told_twice(own, groups)[2]
    return f"{max(round(share, 1), 0.1):.1f}" if share > FEW_COPIES else "0"


def _group_columns(frame: ValidatedFrame) -> list[Column]:
    return [c for c in frame.contract.with_role("sensitive", "control") if c.name in frame.columns]


def _units(frame: ValidatedFrame) -> npt.NDArray[np.int64] | None:
    unit = frame.contract.single("unit")
    return None if unit is None or unit.name not in frame.columns else factorize(frame.column(unit.name))[0]


def _once_a_unit(contents: Words, units: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64]:
    """Return the first row of each unit with each content."""
    if units is None or not len(units) or units.max() + 1 == len(units):
        return np.arange(len(contents))
    _, first = np.unique(_mixed(contents, np.uint64(1)) + _mixed(units.astype(np.uint64), np.uint64(2)), return_index=True)
    return np.sort(first)


def _cells(values: npt.NDArray[Any], column: Column, salt: bytes) -> tuple[Words, bool]:
    """Return a digest of each value, 0 where it is missing, and whether there are fractions among them."""
    if column.dtype == "datetime":
        moments = microseconds(values)
        days = _mixed((moments // _DAY).astype(np.uint64), _word(salt, "day"))
        return np.where(moments == np.iinfo(np.int64).min, 0, days).astype(np.uint64), False
    texts: dict[Any, int] = {}
    listed = [] if values.dtype.kind in "biuf" else values.tolist()
    if values.dtype.kind in "biuf":
        numbers = values.astype(np.float64)
    else:
        known = {value: _number(value) for value in set(listed)}
        for value in known:
            if math.isnan(known[value]) and not missing(value):
                # HMAC keeps apart what a short digest of text would not; there are few texts, and many rows.
                spelt = " ".join(str(value).split()).casefold().encode()
                texts[value] = int.from_bytes(hmac.digest(salt, b"text " + spelt, "sha256")[:8]) | 1
        numbers = np.fromiter(map(known.__getitem__, listed), dtype=np.float64, count=len(values))
    given = np.isfinite(numbers)
    whole = np.where(given, numbers, 0.0) + 0.0
    bits = whole.view(np.uint64) + (np.uint64(1) << (_DROPPED - np.uint64(1))) >> _DROPPED
    found = np.where(given, _mixed(bits, _word(salt, "number")), 0).astype(np.uint64)
    if texts:
        found += np.fromiter(map(texts.get, listed, repeat(0)), dtype=np.uint64, count=len(values))
    return found, bool((whole != np.round(whole)).any())


def _number(value: Any) -> float:
    """Return the number that a value is or spells, nan where there is none; true and false are 1 and 0."""
    if isinstance(value, str) and value.strip().casefold() in ("true", "false"):
        return float(value.strip().casefold() == "true")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _word(salt: bytes, what: str) -> np.uint64:
    return np.uint64(int.from_bytes(hmac.digest(salt, b"row content " + what.encode(), "sha256")[:8]))


def _mixed(words: Words, key: np.uint64) -> Words:
    """Return each word stirred under `key` (SplitMix64, Steele et al. 2014, keyed before and between)."""
    mixed = (words ^ key) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27)) ^ key) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)


def _short(words: Words) -> npt.NDArray[np.uint32]:
    return (_mixed(words, np.uint64(3)) >> np.uint64(32)).astype(np.uint32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Identities:
    """The distinct units of a frame's audited rows, and the unit of each row; `keyed` if a column gives it."""

    units: tuple[bytes, ...]
    codes: npt.NDArray[np.int64]
    keyed: bool

    @classmethod
    def of(cls, frame: ValidatedFrame, where: npt.NDArray[np.bool_] | None = None) -> Identities:
        """Return the identities of the rows of `frame` for which `where` is true."""
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
        """Return these rows of `frame` as keyed digests of keys and contents, to compare with those of other looks."""
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
