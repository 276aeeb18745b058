"""Values back to authored files: what a person would have written, and what the reader reads back as the same value."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from smartstart_gov.authoring.value import OPEN, Authored, Text, may_be_one_line, may_be_open
from smartstart_gov.errors import Refused, Violation

#: Text that stands without quotes: our own words and plain names, none of which YAML takes for something else.
_PLAIN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NOT_PLAIN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
#: The reader takes numbers of at most this many signs.
_LONGEST_NUMBER = 15
_WIDTH = 120


def written(value: Authored) -> dict[str, Any]:
    """Return the record that a person would write: no key that only repeats its default, and `open` for what is open."""
    record: dict[str, Any] = {}
    for name, field in type(value).model_fields.items():
        found = getattr(value, name)
        if found is None:
            if may_be_open(field) and (field.is_required() or name in value.said_open()):
                record[name] = OPEN
        elif field.is_required() or found != field.default:
            one_line = isinstance(found, Text) and may_be_one_line(field) and found.nl == found.en and "\n" not in found.nl
            record[name] = found.nl if one_line else _plain(found)
    return record


def yaml_text(value: Authored, *, comment: str = "") -> str:
    """Return `value` as the text of an authored file, under a comment.

    Raises
    ------
    Refused
        P03 for numbers that the reader would not accept: those of more than 15 characters.
    """
    record, found = written(value), []
    for at, number in _numbers(record, ""):
        if len(_number(number)) > _LONGEST_NUMBER:
            what, remedy = f"Key {at} has a number of more than {_LONGEST_NUMBER} characters.", "Round it."
            found.append(Violation(rule="P03", what=what, where=f"{type(value).__name__} to YAML", remedy=remedy))
    if found:
        raise Refused.of(found)
    head = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    return head + "\n".join(_block(record, 0)) + "\n"


def block(record: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Return keys and their values as lines of an authored file, `depth` steps inside it."""
    return _block({key: _plain(value) for key, value in record.items()}, depth)


def _plain(value: Any) -> Any:
    if isinstance(value, Authored):
        return written(value)
    if isinstance(value, dict):
        # Under a free key, like a part of the DPIA, a fact may be open as well.
        return {key: OPEN if item is None else _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _numbers(value: Any, at: str) -> Iterator[tuple[str, int | float]]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(item, f"{at}.{key}" if isinstance(value, dict) and at else f"{at}[{key}]" if at else str(key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield at, value


def _block(record: dict[str, Any], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for key, value in record.items():
        flow, name = _flow(value), f"{pad}{quoted(key)}:"
        if flow is not None and (len(name) + len(flow) < _WIDTH or not isinstance(value, dict | list) or not value):
            yield f"{name} {flow}"
            continue
        yield name
        if isinstance(value, dict):
            yield from _block(value, depth + 1)
        else:
            yield from _items(value, depth + 1)


def _items(items: list[Any], depth: int) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict):
            lines = list(_block(item, depth + 1))
            yield "  " * depth + "- " + lines[0].lstrip(" ")
            yield from lines[1:]
        else:
            yield f"{'  ' * depth}- {_flow(item)}"


def _flow(value: Any) -> str | None:
    """Return a value that fits on one line: a scalar, a list of scalars, a text in both languages."""
    if isinstance(value, dict):
        if not value:
            return "{}"
        return "{" + ", ".join(f"{k}: {quoted(v)}" for k, v in value.items()) + "}" if set(value) == {"nl", "en"} else None
    if isinstance(value, list):
        return (
            None if any(isinstance(item, dict | list) for item in value) else "[" + ", ".join(map(str, map(_flow, value))) + "]"
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, int | float) else quoted(value)


def _number(value: int | float) -> str:
    # The reader knows no exponents.
    text = str(value) if isinstance(value, int) else format(Decimal(repr(value)), "f")
    return text if isinstance(value, int) or "." in text else f"{text}.0"


def quoted(text: str) -> str:
    """Return text as written in an authored file: in quotes if YAML could read it as something else."""
    if _PLAIN.fullmatch(text) and text not in _NOT_PLAIN:
        return text
    # What JSON writes is YAML; the few characters that end a line in YAML and not in JSON are written out.
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff]", lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(text, ensure_ascii=False))
