"""Canonical bytes of rows, and the commitment to a whole table that follows from them.

The same values give the same bytes from pandas and from polars, and on every machine: numbers are
big-endian IEEE 754, datetimes are UTC microseconds, texts are digests of their UTF-8, and a missing
value is one fixed pattern however the frame represents it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import Dtype
from smartstart_gov.canonical import canonical_json, digest
from smartstart_gov.intake.frames import column_names
from smartstart_gov.intake.validate import ValidatedFrame

Bytes = npt.NDArray[np.uint8]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NO_MOMENT = np.iinfo(np.int64).min
_TEXT_WIDTH = 32


def missing(value: Any) -> bool:
    """Return whether one value is None, nan, NaT or pandas' NA."""
    if value is None or type(value).__name__ == "NAType":
        return True
    return bool(value != value)  # nan and NaT differ from themselves


def kind_of(values: npt.NDArray[Any]) -> Dtype:
    """Return the dtype of an array in the contract's terms; anything that is neither a number nor a datetime is a string."""
    kinds: dict[str, Dtype] = {"b": "boolean", "i": "integer", "u": "integer", "f": "number", "M": "datetime"}
    return kinds.get(values.dtype.kind, "string")


def column_bytes(values: npt.NDArray[Any], dtype: Dtype) -> Bytes:
    """Return the canonical bytes of a column, shape (n_rows, width of its dtype)."""
    return _WRITERS[dtype](values)


def microseconds(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return datetimes as microseconds since 1970 (UTC if they have a zone); missing ones are the smallest integer."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]").astype(np.int64)
    return np.array([_moment(v) for v in values.tolist()], dtype=np.int64)


def _moment(value: Any) -> int:
    if missing(value):
        return int(_NO_MOMENT)
    aware = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
    return int((aware - _EPOCH) // dt.timedelta(microseconds=1))


def _text(values: npt.NDArray[Any]) -> Bytes:
    cells = values.tolist()
    # The prefix keeps the text "1" apart from the number 1; a missing value is all zeros.
    known = {v: bytes(_TEXT_WIDTH) if missing(v) else hashlib.sha256(_spelt(v)).digest() for v in dict.fromkeys(cells)}
    return np.frombuffer(b"".join(map(known.__getitem__, cells)), dtype=np.uint8).reshape(len(cells), _TEXT_WIDTH)


def _spelt(value: Any) -> bytes:
    return b"s" + value.encode() if isinstance(value, str) else f"{type(value).__name__}:{value!r}".encode()


def _number(values: npt.NDArray[Any]) -> Bytes:
    if values.dtype.kind == "O":
        values = np.array([np.nan if missing(v) else float(v) for v in values.tolist()], dtype=np.float64)
    # Adding 0.0 makes -0.0 the same as 0.0; every nan becomes the one nan.
    floats = np.where(np.isnan(values), np.nan, values.astype(np.float64) + 0.0)
    return _raw(floats, ">f8")


def _integer(values: npt.NDArray[Any]) -> Bytes:
    if values.dtype.kind in "iub":
        numbers, absent = values.astype(np.int64), np.zeros(len(values), dtype=bool)
    else:
        listed = values.tolist()
        absent = np.array([missing(v) for v in listed], dtype=bool)
        numbers = np.array([0 if gone else int(v) for v, gone in zip(listed, absent, strict=True)], dtype=np.int64)
    return np.hstack([_raw(numbers, ">i8"), absent.astype(np.uint8)[:, None]])


def _boolean(values: npt.NDArray[Any]) -> Bytes:
    if values.dtype.kind == "b":
        return values.astype(np.uint8)[:, None]
    return np.array([2 if missing(v) else int(bool(v)) for v in values.tolist()], dtype=np.uint8)[:, None]


def _datetime(values: npt.NDArray[Any]) -> Bytes:
    return _raw(microseconds(values), ">i8")


def _raw(values: npt.NDArray[Any], dtype: str) -> Bytes:
    return np.ascontiguousarray(values.astype(dtype)).view(np.uint8).reshape(len(values), 8)


_WRITERS: dict[Dtype, Callable[[npt.NDArray[Any]], Bytes]] = {
    "string": _text, "number": _number, "integer": _integer, "boolean": _boolean, "datetime": _datetime,
}  # fmt: skip


#: The training record and the evidence need that of the same frame, and it takes a pass over every value.
_COMMITTED: WeakKeyDictionary[ValidatedFrame, tuple[str, str]] = WeakKeyDictionary()


def data_commitment(frame: ValidatedFrame) -> tuple[str, str]:
    """Return a digest of all values, and a digest of that digest.

    The first is a secret: whoever has it can test guesses about the data, and it may serve as the
    nonce of private evidence. The second is public: it commits to the table without giving anything
    to test guesses against, because the table as a whole cannot be guessed.

    Parameters
    ----------
    frame : ValidatedFrame
        All its columns that the contract names count, in the contract's order; the order of rows counts too.

    Returns
    -------
    secret, public : str
        ``sha256:...``
    """
    if frame in _COMMITTED:
        return _COMMITTED[frame]
    present = set(column_names(frame.native))
    content = hashlib.sha256()
    for column in frame.contract.columns:
        if column.name in present:
            content.update(canonical_json({"column": column.name, "dtype": column.kept_as, "rows": frame.rows}))
            content.update(column_bytes(frame.column(column.name), column.kept_as).tobytes())
    secret = "sha256:" + content.hexdigest()
    _COMMITTED[frame] = secret, digest(b"smartstart_gov/data-commitment\n" + secret.encode())
    return _COMMITTED[frame]
