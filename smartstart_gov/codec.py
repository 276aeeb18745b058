"""Records: a frozen dataclass becomes a canonical record, and is read back, by the types of its fields.

Text, whole numbers, truth values and None stand as they are; a real is decimal text; a tuple or an array is a list, a
mapping or another value an object. What a type cannot say stands beside it in `Annotated`: a `Key` of another name, a `Shape`
of an array, `LATER`, `APART` or `AS_TEXT`. A value that is read has exactly the keys and the types that are written.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, Union, get_args, get_origin, get_type_hints

from smartstart_gov.canonical import digest, real, unreal

_Kind = TypeVar("_Kind")
_Change = Callable[[Any], Any]


class Mark(str):
    """What a type cannot say of a field."""

    __slots__ = ()


LATER = Mark("left out where it says nothing, so that records from before there was such a field keep their digest")
APART = Mark("no part of the record")
AS_TEXT = Mark("whole numbers of any size, which JSON cannot hold")


class Key(str):
    """The name of a field in the record, where it is another."""

    __slots__ = ()


class Shape(tuple[str, ...]):
    """The shape of an array: of each dimension the field that has as many entries. An empty list could be of any shape."""

    __slots__ = ()


class Stray(ValueError):
    """What stands in a record and is never written there: where, and what of it."""

    def __init__(self, what: str, at: tuple[str | int, ...] = ()) -> None:
        self.what, self.at = what, at
        # A key comes out of a file that anybody can have written.
        names = [f"[{key}]" if isinstance(key, int) else f".{key if key.isidentifier() else ascii(key)[:40]}" for key in at]
        place = "".join(names).removeprefix(".")
        super().__init__(f"field {place} {what}" if at else f"the record {what}")

    def within(self, key: str | int) -> Stray:
        """Return the same one step further out."""
        return Stray(self.what, (key, *self.at))


class Recorded:
    """A frozen dataclass that travels as a canonical record (see `smartstart_gov.canonical`).

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Look(Recorded):
    ...     name: str
    ...     most: Annotated[int, Key("max_looks")]
    >>> Look(name="a", most=3).to_record()
    {'name': 'a', 'max_looks': 3}
    >>> Look.from_record({"name": "a", "max_looks": "3"})
    Traceback (most recent call last):
    ...
    smartstart_gov.codec.Stray: field max_looks holds another type than is written there
    """

    __slots__ = ()
    #: What follows from the fields, or is the same for all: it is written beside them, and held against them when read.
    derived: ClassVar[tuple[str, ...]] = ()

    def to_record(self) -> dict[str, Any]:
        """Return the value as a canonical record (see `smartstart_gov.canonical`)."""
        kind: Any = type(self)
        record = {
            one.key: one.write(held)
            for one in _plan(kind)
            if type(held := getattr(self, one.name)) is not type(one.silent) or held != one.silent
        }
        for name in getattr(self, "derived", ()):
            record[name] = _plain(getattr(self, name))
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return the value that `to_record` wrote; ValueError for anything else."""
        return read(cls, record)

    @property
    def digest(self) -> str:
        """Digest of the canonical record, ``sha256:...``."""
        return digest(self.to_record())


class _Field:
    __slots__ = ("key", "name", "read", "shape", "silent", "write")

    def __init__(self, name: str, key: str, write: _Change, read: _Change, silent: Any, shape: tuple[str, ...]) -> None:
        self.name, self.key, self.write, self.read, self.silent, self.shape = name, key, write, read, silent, shape


@cache
def _plan(kind: Any) -> tuple[_Field, ...]:
    """Return how each field of a dataclass is written and read; those with an underscore are no part of the record."""
    hints, found = get_type_hints(kind, include_extras=True), []
    for one in fields(kind):
        marks = getattr(hints[one.name], "__metadata__", ())
        if APART in marks or one.name.startswith("_"):
            continue
        write, read = _change(hints[one.name])
        key = next((str(mark) for mark in marks if isinstance(mark, Key)), one.name)
        shape = next((mark for mark in marks if isinstance(mark, Shape)), ())
        found.append(_Field(one.name, key, write, read, one.default if LATER in marks else MISSING, shape))
    return tuple(found)


#: The record of a dataclass that is no `Recorded`, and of one that writes more than its fields.
written: Callable[[Any], dict[str, Any]] = Recorded.to_record


def read(of: type[_Kind], record: Any, **made: Any) -> _Kind:
    """Return the dataclass of which `record` is the record; the fields in `made` are there already.

    Raises
    ------
    ValueError
        For the first key that is missing, not known, or holds what is never written there.
    """
    if not isinstance(record, Mapping):
        raise Stray("is no object")
    kind: Any = of
    plan, derived = _plan(kind), getattr(kind, "derived", ())
    values, left = dict(made), set(record).difference(derived)
    for one in plan:
        left.discard(one.key)
        if one.name in made:
            continue
        if one.key not in record:
            if one.silent is not MISSING:
                continue
            raise Stray("is missing", (one.key,))
        try:
            values[one.name] = one.read(record[one.key])
        except Stray as stray:
            raise stray.within(one.key) from None
    if left:
        raise Stray("is not known", (str(min(left, key=str)),))
    for one in plan:
        if one.shape:
            sides = [len(values[name] if name in values else getattr(kind, name)) for name in one.shape]
            values[one.name] = values[one.name].reshape(sides)
    value: _Kind = kind(**values)
    for name in derived:
        if name not in record:
            raise Stray("is missing", (name,))
        if type(record[name]) is not type(follows := _plain(getattr(value, name))) or record[name] != follows:
            raise Stray("is another than is written there", (name,))
    return value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _same(value: Any) -> Any:
    return value


@cache
def _change(hint: Any) -> tuple[_Change, _Change]:
    """Return how what has this type is written, and how it is read."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return (str, _whole) if AS_TEXT in inside[1:] else _change(inside[0])
    if hint is Any:
        return _same, _same
    if hint is float:
        return real, _real
    if hint in (str, int, bool, types.NoneType):
        return _same, _basic(hint)
    if origin is Literal:
        return _same, _one_of(inside)
    if origin in (Union, types.UnionType):
        return _either(inside)
    if origin is tuple:
        return _row(inside)
    if origin is not None and issubclass(origin, Mapping):
        return _by_name(*inside)
    if getattr(origin, "__name__", "") == "ndarray":
        return _array(get_args(inside[1])[0])
    if hasattr(hint, "from_record"):
        return lambda value: value.to_record(), hint.from_record
    if isinstance(hint, type) and is_dataclass(hint):
        return written, lambda record: read(hint, record)
    raise TypeError(f"{hint} has no record: write to_record and from_record by hand")


def _other() -> Stray:
    return Stray("holds another type than is written there")


def _other_than_made(_: Any) -> Any:
    raise _other()


def _basic(kind: type) -> _Change:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise _other()
        return value

    return read


def _real(value: Any) -> float:
    if value is not None and type(value) is not str:
        raise _other()
    return unreal(value)


def _whole(value: Any) -> int:
    if type(value) is not str:
        raise _other()
    return int(value)


def _one_of(words: tuple[Any, ...]) -> _Change:
    def read(value: Any) -> Any:
        if not any(type(value) is type(word) and value == word for word in words):
            raise _other()
        return value

    return read


def _either(kinds: tuple[Any, ...]) -> tuple[_Change, _Change]:
    """Return the changes of one of several basic types, or of one other type or None."""
    if set(kinds) <= {str, int, bool, types.NoneType}:

        def among(value: Any) -> Any:
            if type(value) not in kinds:
                raise _other()
            return value

        return _same, among
    if types.NoneType not in kinds:
        # Who reads says which of them it is, and hands it in.
        return lambda value: value.to_record(), _other_than_made
    (kind,) = (one for one in kinds if one is not types.NoneType)
    write, read = _change(kind)
    return lambda value: None if value is None else write(value), lambda value: None if value is None else read(value)


def _each(read: _Change, values: list[Any]) -> list[Any]:
    try:
        return [read(value) for value in values]
    except Stray:
        for place, value in enumerate(values):
            try:
                read(value)
            except Stray as stray:
                raise stray.within(place) from None
        raise


def _row(inside: tuple[Any, ...]) -> tuple[_Change, _Change]:
    if len(inside) == 2 and inside[1] is Ellipsis:
        write, read = _change(inside[0])

        def many(values: Any) -> tuple[Any, ...]:
            if type(values) is not list:
                raise _other()
            return tuple(_each(read, values))

        return (list if write is _same else lambda values: [write(value) for value in values]), many
    changes = [_change(one) for one in inside]

    def some(values: Any) -> tuple[Any, ...]:
        if type(values) is not list or len(values) != len(changes):
            raise _other()
        return tuple(read(value) for (_, read), value in zip(changes, values, strict=True))

    return lambda values: [write(value) for (write, _), value in zip(changes, values, strict=True)], some


def _by_name(key: Any, item: Any) -> tuple[_Change, _Change]:
    (_, read_key), (write, read) = _change(key), _change(item)

    def named(values: Any) -> dict[str, Any]:
        if not isinstance(values, Mapping):
            raise _other()
        found = {}
        for name, value in values.items():
            try:
                found[read_key(name)] = read(value)
            except Stray as stray:
                raise stray.within(str(name)) from None
        return found

    return lambda values: {name: write(value) for name, value in values.items()}, named


def _array(number: type) -> tuple[_Change, _Change]:
    """Return the changes of an array of reals or of whole numbers, of any number of dimensions."""
    whole = number.__name__.startswith("int")
    write_one, read_one = (_same, _basic(int)) if whole else (real, _real)

    def write(values: Any) -> Any:
        return [write(value) for value in values] if isinstance(values, list) else write_one(values)

    def read(values: Any) -> Any:
        return _each(read, values) if isinstance(values, list) else read_one(values)

    def array(values: Any) -> Any:
        # The gate reads findings without numpy; an array is never among them.
        import numpy as np

        if not isinstance(values, list):
            raise _other()
        return np.array(read(values), dtype=number)

    return lambda values: values.tolist() if whole else write(values.tolist()), array
