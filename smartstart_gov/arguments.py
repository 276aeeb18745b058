"""accept(): arguments are of the kinds that a function's own signature says, or are refused, all at once.

A signature is for whoever writes the call, and for a type checker; a notebook has none. So the functions that people call
ask here, and answer None, nan or a table in the place of a name as they answer everything else: what, where, remedy. Only
kinds are asked. Whether a name exists, or a number fits, is for the function itself to say.
"""

from __future__ import annotations

import datetime as dt
import os
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sized
from functools import cache
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from smartstart_gov.errors import Refused, Violation, unaccepted

#: What a class is called where people are told to pass one.
_SAID: dict[Any, str] = {
    str: "a text", int: "a whole number", float: "a number", bool: "True or False", Path: "a path", None: "None",
    type(None): "None", dt.date: "a date",
}  # fmt: skip
#: Where people get a value of a class of ours; by name, since this module stands below all of those.
_GIVEN_BY = {
    "Project": "the project that open_project returned", "Policy": "the policy of a project: project.policy",
    "DataContract": "the contract of a project: project.contract", "Tally": "the tally that count returned",
    "PrintedTally": "the tally that count returned", "Run": "the run that train returned",
    "EvidenceBundle": "what audit or read_bundle returned", "Evidence": "what audit or read_bundle returned",
}  # fmt: skip
#: Larger numbers are no amount of anything, and cannot be written down.
_LARGEST = 2**53


def accept(function: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Raise Refused U01 for every argument in `given` (what locals() holds) that the signature of `function` does not take.

    Examples
    --------
    >>> def cut(text: str, *, at: int | None = None) -> str:
    ...     accept(cut, locals())
    ...     return text[:at]
    >>> cut("neighbourhood", at=9)
    'neighbour'
    >>> cut(None, at=float("nan"))
    Traceback (most recent call last):
    ...
    smartstart_gov.errors.Refused: None is not accepted here.
    Argument text. Pass a text. [U01]
    <BLANKLINE>
    nan is not accepted here.
    Argument at. Pass a whole number or None. [U01]
    """
    found = [
        Violation(
            rule="U01", what=unaccepted(given[name]), where=f"Argument {name}", remedy=f"Pass {_said(kind)}.",
        )
        for name, kind in _kinds(function).items()
        if not _fits(given[name], kind)
    ]  # fmt: skip
    if found:
        raise Refused.of(found)


def one_of(value: str, known: Iterable[str], where: str) -> None:
    """Raise Refused M01 if `value` is none of the names in `known`."""
    if value not in known:
        raise Refused("M01", f"There is no {value!r}.", where, f"Use one of {', '.join(known)}.")


@cache
def _kinds(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the kind of each argument; those whose kind is known to type checkers alone are left out."""
    kinds = {}
    for name, written in function.__annotations__.items():
        try:
            kind = eval(written, function.__globals__) if isinstance(written, str) else written  # noqa: S307 - our own signature
        except NameError:
            continue
        if name != "return" and kind is not Any:
            kinds[name] = kind
    return kinds


def _fits(value: Any, kind: Any) -> bool:
    origin, of = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        # A name of a file holds no null byte on any system.
        return any(_fits(value, one) for one in of) and not (Path in of and isinstance(value, str) and "\0" in value)
    if origin is typing.Annotated:
        return _fits(value, of[0])
    if origin is typing.Literal:
        return isinstance(value, tuple({type(one) for one in of}))
    if kind is bool or kind is None or isinstance(value, bool):
        return value is None if kind is None else isinstance(value, bool) and kind is bool
    if kind is int:
        return isinstance(value, Integral) and abs(int(value)) <= _LARGEST
    if kind is float:
        number: Any = value
        return isinstance(value, Real) and bool(-_LARGEST <= number <= _LARGEST)
    if kind is Path:
        return isinstance(value, os.PathLike)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(_fits(k, of[0]) and _fits(v, of[1]) for k, v in value.items())
    if origin is tuple and of[-1] is not ...:
        return isinstance(value, tuple) and len(value) == len(of) and all(map(_fits, value, of))
    if origin is not None and issubclass(origin, Iterable):
        # A dict or a set is a collection of names; neither is a sequence, and a set has another order in every process.
        loose = str | bytes if origin is Collection else str | bytes | Mapping | set | frozenset
        listed = isinstance(value, Iterable) and isinstance(value, Sized) and not isinstance(value, loose)
        flat = listed and getattr(value, "ndim", 1) == 1 and not hasattr(value, "columns")
        return flat and all(_fits(one, of[0]) for one in value)
    # A moment that is none is of the class of moments, and not equal to itself.
    return not isinstance(kind, type) or (isinstance(value, kind) and (kind is not dt.date or value == value))


def _said(kind: Any) -> str:
    origin, of = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(_said, of)))
    if origin is typing.Literal:
        return " or ".join(map(repr, of))
    if origin is not None and of and issubclass(origin, Mapping):
        return "a dict"
    if origin is not None and of and issubclass(origin, Iterable):
        kinds = "pair" if origin is tuple and of[-1] is not ... else "list"
        return f"a {kinds} in which each is {_said(of[0])}"
    name = getattr(kind, "__name__", "value")
    return _SAID.get(kind) or _GIVEN_BY.get(name) or f"a {name}"
