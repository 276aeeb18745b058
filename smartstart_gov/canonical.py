"""Canonical bytes and digests: the same value gives the same bytes on every machine.

Counts are integers, reals are decimal strings of twelve significant digits, keys are sorted, text is
NFC-neutral UTF-8. No float reaches a digest, because its last bits depend on the machine.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable
from typing import Any

#: Integers beyond this cannot be read back exactly by every JSON reader.
LARGEST_INTEGER = 2**53
#: What has one canonical form whatever its value.
_PLAIN = (str, bool, type(None))
#: Where something stands in a record: the place above it, and its key or number there; of the record itself, nothing.
_Place = tuple[()] | tuple["_Place", str | int]
#: Half of a letter beyond 16 bits, written out; alone it is no text.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def real(value: float) -> str | None:
    """Return `value` as a decimal string of at most 12 significant digits; undefined (nan) is None.

    Examples
    --------
    >>> real(0.1 + 0.2), real(1.0), real(float("nan"))
    ('0.3', '1', None)
    """
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = f"{value:.12g}"
    return "0" if text == "-0" else text


def unreal(text: str | None) -> float:
    """Return the float that `real` wrote; None is nan (undefined)."""
    return math.nan if text is None else float(text)


def canonical_json(value: Any) -> bytes:
    """Return the canonical bytes of a record made of dict, list, str, int, bool and None.

    Raises
    ------
    TypeError
        For a float, a key that is not text, or any other type.
    ValueError
        For an integer beyond 2**53, or text that is not valid Unicode.
    """
    _check(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def pretty_json(value: Any) -> bytes:
    """Return the same record laid out for people; `json.loads` of it has the same digest."""
    _check(value)
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def parse_json(data: bytes) -> Any:
    """Return the record in `data`: UTF-8 without a byte order mark, each key once, no float, no integer beyond 2**53.

    Raises
    ------
    ValueError
        For everything that `pretty_json` cannot have written, even if other JSON readers accept it.

    Examples
    --------
    >>> parse_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    ValueError: a key appears twice
    """
    text = data.decode("utf-8")
    try:
        record = json.loads(
            text, object_pairs_hook=_once, parse_int=_integer, parse_float=_no_number, parse_constant=_no_number
        )
    except RecursionError:
        raise ValueError("nested too deep") from None
    if _SURROGATE.search(text):
        canonical_json(record)
    return record


def text_digest(data: bytes) -> str:
    r"""Return the digest of a text file, which does not depend on Windows line endings.

    Examples
    --------
    >>> text_digest(b"a: 1\r\n") == text_digest(b"a: 1\n")
    True
    """
    return digest(data.replace(b"\r\n", b"\n"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key appears twice")
    return record


def _integer(text: str) -> int:
    # Long runs of digits are not even converted: that takes time in the square of their length.
    if len(text) > 17 or abs(value := int(text)) > LARGEST_INTEGER:
        raise ValueError("integer beyond 2**53 cannot be read back exactly")
    return value


def _no_number(text: str) -> Any:
    raise ValueError(f"{text[:20]} has no place in a record: counts are integers, reals are text")


def digest(value: Any) -> str:
    """Return ``sha256:`` and the hex digest of bytes, or of the canonical bytes of a record."""
    data = bytes(value) if isinstance(value, bytes | bytearray | memoryview) else canonical_json(value)
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _check(value: Any) -> None:
    """Raise the error of the first place, in the order of the record, that has no canonical form."""
    # Records are large and nearly all of it is sound: a place is a chain of keys, spelled out only for an error.
    left: list[tuple[Any, _Place]] = [(value, ())]
    while left:
        value, place = left.pop()
        inside: Iterable[tuple[str | int, Any]]
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    raise TypeError(f"{_said(place)}: key {key!r} is not text")
            inside = value.items()
        elif isinstance(value, list | tuple):
            inside = enumerate(value)
        elif isinstance(value, int):
            if abs(value) > LARGEST_INTEGER:
                raise ValueError(f"{_said(place)}: integer beyond 2**53 cannot be read back exactly")
            continue
        elif value is None or isinstance(value, str):
            continue
        else:
            raise TypeError(f"{_said(place)}: {type(value).__name__} has no canonical form")
        left += [
            (item, (place, key))
            for key, item in inside
            if (kind := type(item)) not in _PLAIN and (kind is not int or abs(item) > LARGEST_INTEGER)
        ][::-1]


def _said(place: _Place) -> str:
    """Return a place as people write it, such as ``$.limits[2].metric``."""
    keys: list[str] = []
    while place:
        place, key = place
        keys.append(f".{key}" if isinstance(key, str) else f"[{key}]")
    return "$" + "".join(reversed(keys))
