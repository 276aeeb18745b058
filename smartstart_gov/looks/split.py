"""Three parts by a keyed hash of the unit: the same unit always falls in the same part.

The part of a unit depends only on the key and the unit: not on the order of the rows, the other
rows, or the random state of the estimator. A new seed does not give a new audit set.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import Column, Role
from smartstart_gov.authoring.policy import Split
from smartstart_gov.counting.handover import factorize
from smartstart_gov.counting.predictions import Bits
from smartstart_gov.errors import Refused
from smartstart_gov.intake.frames import column_names, time_zone
from smartstart_gov.intake.validate import ValidatedFrame
from smartstart_gov.looks.commitment import column_bytes, microseconds
from smartstart_gov.looks.part import Part

#: The three parts, in the order of their codes.
PARTS = ("fit", "develop", "audit")
#: Code of rows whose unit has rows on both sides of the cut (or a row without a moment).
STRADDLES_CUT = 3
#: Rows hashed at a time: keeps the memory for canonical bytes small.
_CHUNK = 65_536
_NO_MOMENT = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Division:
    """Where each row went.

    Attributes
    ----------
    part : ndarray of int8, shape (n_rows,)
        Position in `PARTS`, or `STRADDLES_CUT`.
    overlap : int or None
        Units that are in more than one part, if there is a unit column.
    """

    part: Bits
    overlap: int | None

    def where(self, name: str) -> npt.NDArray[np.bool_]:
        """Return which rows belong to the part called `name`."""
        return np.asarray(self.part == PARTS.index(name), dtype=bool)


def divide(frame: ValidatedFrame, split: Split, key: bytes, *, rows_apart: bool = False) -> Division:
    """Divide the rows of `frame` by HMAC-SHA256 of their unit under `key`.

    The unit is the value of the column with the role unit. Without one, the unit is the content of the row
    (all columns of the contract except those with the role index or ignore, which make equal rows differ), so
    that equal rows stay together; with `rows_apart` they are divided one by one. With `split.cut`,
    units that begin at or after the cut are the audit part, units that end before it are divided over
    the other two parts, and the rest is left out.

    Raises
    ------
    Refused
        P05 if the cut is not a date or datetime, or only one of cut and column has a time zone; D13 if there
        is a cut but no column with the role time.
    """
    unit = frame.contract.single("unit")
    codes, messages = _units(frame, unit, rows_apart=rows_apart)
    place = fractions(key, messages)
    fit, develop, _ = split.shares
    if split.cut is None:
        by_unit = np.searchsorted([fit, fit + develop], place, side="right")
    else:
        share = fit / (fit + develop)
        by_unit = np.where(place < share, 0, 1)
        first, last = _first_and_last(frame, codes, len(messages))
        cut = _moment_of_cut(frame, split.cut)
        by_unit = np.where(first >= cut, 2, np.where(last < cut, by_unit, STRADDLES_CUT))
        by_unit = np.where(first == _NO_MOMENT, STRADDLES_CUT, by_unit)
    part = by_unit.astype(np.int8)[codes]
    return Division(part=part, overlap=None if unit is None else overlap(frame.column(unit.name), part))


def folds_of(frame: ValidatedFrame, folds: int, key: bytes, *, rows_apart: bool = False) -> Division:
    """Divide the rows of `frame` over `folds` folds of about the same size, all rows of a unit in one fold.

    As in `divide`, the fold of a unit depends only on the key and the unit. `part` has the fold of each row, starting
    from 0, and `overlap` counts units that are in more than one fold.
    """
    unit = frame.contract.single("unit")
    codes, messages = _units(frame, unit, rows_apart=rows_apart)
    fold = np.floor(fractions(key, messages) * folds).astype(np.int8)[codes]
    return Division(part=fold, overlap=None if unit is None else overlap(frame.column(unit.name), fold, folds))


def develop_share(frame: ValidatedFrame, split: Split, key: bytes) -> npt.NDArray[np.bool_]:
    """Return which rows a concept uses for a model that was not trained here: the others stay unseen.

    They are drawn by the same key as its develop part would be or, under cross-fitting, the first fold. Nothing is learned
    from the others, so without a unit column equal rows may be separated: a yes or no with a few groups gives only a few
    different contents, each of which would otherwise be included completely or not at all.

    Raises
    ------
    Refused
        D12 if no unit falls in it, or all do, and everything that `divide` refuses.
    """
    if split.folds is not None:
        where = np.asarray(folds_of(frame, split.folds, key, rows_apart=True).part == 0, dtype=bool)
    else:
        where = divide(frame, split, key, rows_apart=True).where("develop")
    if where.all() or not where.any():
        what = f"{int(where.sum())} of {frame.rows} rows fall in the develop part, so a draft of the audit is not possible."
        raise Refused("D12", what, "Policy, split", "Provide more rows, or seal the project and audit all of them.")
    return where


def set_apart(frame: ValidatedFrame, where: npt.NDArray[np.bool_]) -> tuple[Part, Part]:
    """Return the balance of a concept: the rows it used (those `where` is true), and the others."""
    column = frame.contract.outcome()
    positive = np.asarray(frame.column(column.name)) == column.positive
    develop, audit = (
        Part(name=name, rows=int(mask.sum()), positives=int(positive[mask].sum()))
        for name, mask in (("develop", where), ("audit", ~where))
    )
    return develop, audit


def fractions(key: bytes, messages: Iterable[bytes]) -> npt.NDArray[np.float64]:
    """Return for each message a number in [0, 1): the first 53 bits of its HMAC-SHA256 under `key`."""
    heads = b"".join(hmac.digest(key, message, "sha256")[:8] for message in messages)
    bits = np.frombuffer(heads, dtype=">u8") >> np.uint64(11)
    return np.asarray(bits * 2.0**-53, dtype=np.float64)


def overlap(units: npt.NDArray[Any], part: Bits, parts: int = len(PARTS)) -> int:
    """Count units with rows in more than one of the parts, from the rows as they lie.

    It uses only values and parts, and shares no code with how the parts were made.
    """
    times: Counter[Any] = Counter()
    for code in range(parts):
        times.update(set(units[part == code].tolist()))
    return sum(1 for count in times.values() if count > 1)


def _units(frame: ValidatedFrame, unit: Column | None, *, rows_apart: bool) -> tuple[npt.NDArray[np.int64], list[bytes]]:
    if unit is not None:
        return units_of_values(frame.column(unit.name))
    codes, contents = units_of_rows(frame, without=("index", "ignore"))
    if not rows_apart:
        return codes, contents
    # Equal rows are numbered; which of them bears which number makes no difference.
    times: Counter[int] = Counter()
    numbered = []
    for code in codes.tolist():
        numbered.append(contents[code] + str(times[code]).encode())
        times[code] += 1
    return np.arange(len(codes)), numbered


def units_of_values(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], list[bytes]]:
    """Return for each row the position of its unit, and the distinct units as bytes, in order of first appearance."""
    codes, distinct = factorize(values)
    return codes, [str(value).encode() for value in distinct]


def units_of_rows(frame: ValidatedFrame, *, without: tuple[Role, ...]) -> tuple[npt.NDArray[np.int64], list[bytes]]:
    """Return the same with equal rows as one unit, by the content of all columns but those of roles `without`."""
    present = set(column_names(frame.native))
    columns = [c for c in frame.contract.columns if c.role not in without and c.name in present]
    arrays = [frame.column(c.name) for c in columns]
    seen: dict[bytes, int] = {}
    codes = np.empty(frame.rows, dtype=np.int64)
    for start in range(0, frame.rows, _CHUNK):
        stop = min(start + _CHUNK, frame.rows)
        block = np.hstack([column_bytes(a[start:stop], c.kept_as) for a, c in zip(arrays, columns, strict=True)])
        width, content = block.shape[1], block.tobytes()
        for i in range(stop - start):
            codes[start + i] = seen.setdefault(content[i * width : (i + 1) * width], len(seen))
    return codes, list(seen)


def _first_and_last(
    frame: ValidatedFrame, codes: npt.NDArray[np.int64], units: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    moments = microseconds(frame.column(_time_column(frame).name))
    first = np.full(units, np.iinfo(np.int64).max)
    last = np.full(units, np.iinfo(np.int64).min)
    np.minimum.at(first, codes, moments)
    np.maximum.at(last, codes, moments)
    return first, last


def _time_column(frame: ValidatedFrame) -> Column:
    column = frame.contract.single("time")
    if column is None:
        where = f"Contract {frame.contract.name} {frame.contract.version}"
        what = "The split has a cut, but no column has the role time."
        raise Refused("D13", what, where, "Give one column that role, or remove the cut.")
    return column


def _moment_of_cut(frame: ValidatedFrame, text: str) -> int:
    column = _time_column(frame)
    try:
        cut = dt.datetime.fromisoformat(text)
    except ValueError:
        remedy = "Write year-month-day and, if needed, T and the time, like '2025-01-01T00:00:00'."
        raise Refused("P05", f"The cut {text!r} is not a date or datetime.", "Policy, split.cut", remedy) from None
    zone = time_zone(frame.native, column.name)
    if (cut.tzinfo is None) != (zone is None):
        has = "no" if cut.tzinfo is None else "a"
        what = f"The cut {text!r} has {has} time zone, but column {column.name!r} has {zone or 'none'}."
        raise Refused("P05", what, "Policy, split.cut", "Give both a time zone, or neither.")
    return int(microseconds(np.array([cut], dtype=object))[0])
