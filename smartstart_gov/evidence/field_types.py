"""Fields that are read from a file hold what their annotations say.

A dataclass takes any value for any field. What a file says would then be missed only where a document computes with it.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_BASIC = (bool, int, float, str)


def refuse_other_types(value: object) -> None:
    """Refuse a dataclass, and all that it holds, where a field holds another type than its annotation says.

    Raises
    ------
    ValueError
        Naming the field.

    Examples
    --------
    >>> from smartstart_gov.training.record import Part
    >>> refuse_other_types(Part(name="audit", rows=3))
    >>> refuse_other_types(Part(name="audit", rows="3"))
    Traceback (most recent call last):
    ValueError: field rows holds another type than an audit writes
    """
    for name in _strays(value):
        raise ValueError(f"field {name} holds another type than an audit writes")


def _strays(value: object) -> Iterator[str]:
    kind: Any = type(value)
    hints = _hints(kind)
    for field in fields(value):  # type: ignore[arg-type]  # only dataclasses come here
        # A field with an underscore is no part of what was read.
        if not field.name.startswith("_") and not _fits(getattr(value, field.name), hints[field.name]):
            yield field.name


@cache
def _hints(of: type) -> dict[str, Any]:
    return get_type_hints(of)


def _fits(value: object, hint: Any) -> bool:
    kind, inside = get_origin(hint), get_args(hint)
    if kind in (Union, types.UnionType):
        return any(_fits(value, one) for one in inside)
    if kind is Literal:
        return any(type(value) is type(one) and value == one for one in inside)
    if kind is tuple:
        return isinstance(value, tuple) and _fit(value, inside)
    if kind is not None and isinstance(value, Mapping) and issubclass(kind, Mapping):
        return all(_fits(key, inside[0]) and _fits(item, inside[1]) for key, item in value.items())
    if kind is not None:
        return isinstance(value, kind)
    if hint in _BASIC:
        return type(value) is hint
    if not isinstance(hint, type):
        return True
    if not isinstance(value, hint):
        return False
    return not is_dataclass(value) or not any(_strays(value))


def _fit(values: tuple[object, ...], inside: tuple[Any, ...]) -> bool:
    if len(inside) == 2 and inside[1] is Ellipsis:
        return all(_fits(value, inside[0]) for value in values)
    return len(values) == len(inside) and all(map(_fits, values, inside))
