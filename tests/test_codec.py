"""What the codec writes it reads, and it reads nothing else: every field's own type, every key, and what follows from the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.canonical import canonical_json, real, unreal
from smartstart_gov.codec import APART, AS_TEXT, LATER, Key, Recorded, Shape, Stray, read, written

Floats = Annotated[npt.NDArray[np.float64], Shape(("names", "pair"))]


@dataclass(frozen=True, slots=True)
class Inner:
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Recorded):
    """One field of each kind that a record has."""

    derived: ClassVar[tuple[str, ...]] = ("format", "sum")
    format: ClassVar[int] = 3

    yes: bool = True
    whole: int = 1
    decimal: float = 0.5
    text: str = "x"
    maybe: int | None = None
    mixed: str | int = "x"
    word: Literal["a", 1] = "a"
    pair: tuple[str, int] = ("x", 1)
    names: tuple[str, ...] = ()
    by_name: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    numbers: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(2, dtype=np.int64))
    inner: Inner = Inner(1)
    inners: tuple[Inner, ...] = ()
    none: Inner | None = None
    large: Annotated[int, AS_TEXT] = 2**70
    most: Annotated[int, Key("max_looks")] = 3
    later: Annotated[tuple[str, ...], LATER] = ()
    apart: Annotated[object, APART] = None
    _unread: object = None

    @property
    def sum(self) -> int:
        return self.whole + self.most


def record(**changes: Any) -> dict[str, Any]:
    return json.loads(canonical_json(Held().to_record())) | changes


def test_what_is_written_are_the_keys_of_the_fields() -> None:
    assert record() == {
        "format": 3, "sum": 4, "yes": True, "whole": 1, "decimal": "0.5", "text": "x", "maybe": None, "mixed": "x", "word": "a",
        "pair": ["x", 1], "names": [], "by_name": {}, "numbers": [], "counts": [0, 0], "inner": {"n": 1}, "inners": [], "none": None,
        "large": str(2**70), "max_looks": 3,
    }  # fmt: skip
    assert Held(later=("a",)).to_record()["later"] == ["a"]


@given(
    st.builds(
        dict, yes=st.booleans(), whole=st.integers(-9, 9), decimal=st.floats(allow_nan=False).map(real).map(unreal), text=st.text(st.characters(codec="utf-8")),
        maybe=st.none() | st.integers(0, 9), mixed=st.integers(0, 9) | st.just("x"), word=st.sampled_from(["a", 1]),
        names=st.lists(st.just("n"), max_size=3).map(tuple), by_name=st.dictionaries(st.just("k"), st.lists(st.integers(0, 9)).map(tuple)),
        inners=st.lists(st.builds(Inner, st.integers(0, 9))).map(tuple), none=st.none() | st.just(Inner(2)), large=st.integers(),
        most=st.integers(0, 9), later=st.lists(st.just("n")).map(tuple),
    )
)  # fmt: skip
def test_what_is_written_is_read(values: dict[str, Any]) -> None:
    numbers = np.full((len(values["names"]), 2), 0.25)
    held = Held(**values, numbers=numbers)
    again = Held.from_record(json.loads(canonical_json(held.to_record())))
    assert again.to_record() == held.to_record()
    assert again.digest == held.digest
    assert again.numbers.shape == numbers.shape
    assert {name: getattr(again, name) for name in values} == values


def test_undefined_reals_are_none_alone_and_in_arrays() -> None:
    held = Held(decimal=float("nan"), names=("a",), numbers=np.array([[np.nan, np.inf]]))
    assert (held.to_record()["decimal"], held.to_record()["numbers"]) == (None, [[None, "inf"]])
    again = Held.from_record(held.to_record())
    assert np.isnan(again.decimal)
    assert np.isnan(again.numbers[0, 0])
    assert again.numbers[0, 1] == np.inf


@pytest.mark.parametrize(
    ("key", "value", "at"),
    [
        ("yes", 1, "yes"), ("whole", True, "whole"), ("whole", 1.0, "whole"), ("whole", "1", "whole"), ("decimal", 1, "decimal"),
        ("text", 1, "text"), ("text", None, "text"), ("maybe", "x", "maybe"), ("maybe", True, "maybe"), ("mixed", True, "mixed"),
        ("mixed", None, "mixed"), ("word", "b", "word"), ("word", 2, "word"), ("word", True, "word"), ("pair", ["x"], "pair"),
        ("pair", ["x", 1, 1], "pair"), ("pair", [1, 1], "pair"), ("pair", "x1", "pair"), ("names", "x", "names"), ("names", ["a", 1], r"names\[1\]"),
        ("by_name", [], "by_name"), ("by_name", {"a": 1}, r"by_name\.a"), ("by_name", {"a": [1, "x"]}, r"by_name\.a\[1\]"),
        ("numbers", "x", "numbers"), ("numbers", [[1.0]], r"numbers\[0\]\[0\]"), ("counts", ["0", 0], r"counts\[0\]"), ("counts", 0, "counts"),
        ("inner", {"n": "1"}, r"inner\.n"), ("inners", [{"n": 1}, {"n": None}], r"inners\[1\]\.n"), ("large", 7, "large"),
    ],
)  # fmt: skip
def test_another_type_is_refused_and_its_place_is_named(key: str, value: Any, at: str) -> None:
    with pytest.raises(Stray, match=rf"^field {at} holds another type than is written there$"):
        Held.from_record(record(**{key: value}))


def test_keys_are_those_that_are_written() -> None:
    with pytest.raises(Stray, match=r"^field more is not known$"):
        Held.from_record(record(more=1))
    with pytest.raises(Stray, match=r"^field inner\.more is not known$"):
        Held.from_record(record(inner={"n": 1, "more": 1}))
    with pytest.raises(Stray, match=r"^field by_name\.'a\\x1b\[31mb' holds"):
        Held.from_record(record(by_name={"a\x1b[31mb": 1}))
    for key in record():
        with pytest.raises(Stray, match=f"^field {key} is missing$"):
            Held.from_record({name: value for name, value in record().items() if name != key})
    with pytest.raises(Stray, match=r"^field inner is no object$"):
        Held.from_record(record(inner=1))
    with pytest.raises(Stray, match=r"^the record is no object$"):
        Held.from_record([])  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize("change", [{"format": 2}, {"sum": 5}, {"whole": 2}, {"format": True}, {"sum": "4"}])
def test_what_follows_from_the_rest_is_held_against_it(change: dict[str, Any]) -> None:
    with pytest.raises(Stray, match="is another than is written there"):
        Held.from_record(record(**change))


@pytest.mark.parametrize("key", ["numbers", "large"])
def test_what_is_no_number_or_of_another_shape_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"reshape|invalid literal"):
        Held.from_record(record(**{key: {"numbers": [["1"]], "large": "x"}[key]}))


def test_what_is_made_by_hand_is_not_read() -> None:
    assert read(Held, record(inner=None), inner=Inner(9)).inner == Inner(9)


def test_a_type_without_a_record_is_told_to_who_wrote_it() -> None:
    @dataclass(frozen=True)
    class Odd:
        when: set[int]

    with pytest.raises(TypeError, match="has no record"):
        written(Odd({1}))
