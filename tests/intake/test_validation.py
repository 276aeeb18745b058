"""validate(): what keeps the contract passes unchanged; what breaks it is told at once, alike in every library."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from smartstart_gov.counting.count import count
from smartstart_gov.counting.handover import handover
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.pandera import to_pandera
from smartstart_gov.intake.validate import ValidatedFrame, validate
from tests.intake import frames
from tests.intake.frames import contract, in_library, table

Found = tuple[Violation, ...]


@pytest.fixture
def found(violations_of: Callable[..., Found]) -> Callable[..., list[tuple[str, str]]]:
    """Rule and sentence of each violation; the same in every library, or the test fails."""

    def find(frame: pd.DataFrame, libraries: tuple[str, ...] = frames.LIBRARIES, **options: Any) -> list[tuple[str, str]]:
        kept = options.pop("contract", None) or contract()
        told = {library: violations_of(validate, in_library(frame, library), kept, **options) for library in libraries}
        first = told[libraries[0]]
        assert all(other == first for other in told.values()), told
        return [(v.rule, v.what) for v in first]

    return find


@pytest.mark.parametrize("library", frames.LIBRARIES)
def test_a_frame_that_keeps_its_contract_passes(library: str) -> None:
    given = in_library(table()[list(reversed(table().columns))], library)
    kept = validate(given, contract())
    names = [column.name for column in contract().columns]
    assert list(kept.native.columns) == list(kept.columns) == names
    assert type(kept.native) is type(given)
    assert all(kept.native[name].dtype == given[name].dtype for name in names)
    assert (kept.rows, len(kept.native)) == (40, 40)
    assert repr(kept) == "ValidatedFrame(40 rows, 14 columns, contract invented 1)"


def test_columns_are_the_same_arrays_from_every_library() -> None:
    arrays = {library: validate(in_library(table(), library), contract()) for library in frames.LIBRARIES}
    for name in table().columns:
        first = arrays["pandas"].column(name)
        for kept in arrays.values():
            other = kept.column(name)
            assert (other.dtype.kind, other.shape) == (first.dtype.kind, (40,))
            np.testing.assert_array_equal(other, first)
    kept = arrays["polars"]
    assert kept.column("note").tolist()[:2] == [None, None]
    assert np.isnan(kept.column("income")[:3]).all()
    assert kept.column("area").dtype == np.int64
    assert kept.column("seen")[0] == np.datetime64("2026-01-01T12:30")


def test_gaps_do_not_turn_whole_numbers_or_truth_into_something_else() -> None:
    columns = [dict(c) for c in frames.COLUMNS if c["name"] in ("origin", "area", "children", "owner")]
    for column in columns:
        column.update({"nullable": True} if column["role"] == "feature" else {})
    kept = contract(columns=columns)
    big = 2**53 + 1
    given = pd.DataFrame(
        {"origin": ["A", "B"] * 4, "area": pd.array([1, None] + [2] * 6, "Int64"), "children": pd.array([big, None] * 4, "Int64"),
         "owner": pd.array([True, None] * 4, "boolean")}
    )  # fmt: skip
    for library in ("pandas", "arrow", "polars"):
        frame = validate(in_library(given, library), kept)
        assert frame.column("children").tolist()[:2] == [big, None]
        assert frame.column("owner").tolist()[:2] == [True, None]
        assert frame.column("area").tolist()[:3] == [1, None, 2]


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Amsterdam"])
def test_moments_are_in_utc(zone: str | None) -> None:
    frame = table()
    frame["seen"] = pd.to_datetime(frame["seen"]).dt.tz_localize(zone)
    for library in ("pandas", "arrow", "polars"):
        moments = validate(in_library(frame, library), contract()).column("seen")
        assert moments[0] == np.datetime64("2026-01-01T11:30" if zone == "Europe/Amsterdam" else "2026-01-01T12:30")


def test_weights_are_the_same_numbers_in_every_library_and_in_any_order() -> None:
    """Small uneven ones, which any rounding on the way would change: the tally has one digest."""
    frame = table(200)
    frame["weight"] = frame["weight"] / frame["weight"].sum() / 3
    decision = (np.arange(200) % 4 == 0).astype(np.int8)
    order = np.random.default_rng(1).permutation(200)
    counted = {
        library: count(handover(validate(in_library(frame, library), contract()), decision=decision, score=None))
        for library in frames.LIBRARIES
    }
    shuffled = validate(frame.iloc[order].reset_index(drop=True), contract())
    digests = {tally.digest for tally in counted.values()} | {
        count(handover(shuffled, decision=decision[order], score=None)).digest
    }
    assert len(digests) == 1
    weights = counted["polars"].weights
    assert weights is not None
    assert int(weights.total.sum()) * Fraction(2) ** weights.exponent == sum(map(Fraction, frame["weight"]))


BREAKS: list[tuple[str, Any, str, str]] = [
    ("origin", (0, None), "D01", "Column 'origin' has no value in 1 of 40 rows."),
    ("origin", (0, "Z"), "D04", "Column 'origin' has a value outside its declared levels in 1 of 40 rows."),
    ("origin", (0, ""), "D04", "Column 'origin' has a value outside its declared levels in 1 of 40 rows."),
    ("origin", (0, "a"), "D02", "'A'"),
    ("origin", (0, " A"), "D02", "'A'"),
    ("origin", (0, "\u0410"), "D02", "'A'"),
    ("origin", (0, "A\u200b"), "D02", "'A'"),
    ("origin", (0, "\uff22"), "D02", "'B'"),
    ("area", (0, 7), "D04", "in 1 of 40 rows"),
    ("office", (0, "north"), "D04", "in 1 of 40 rows"),
    ("office", (0, None), "D17", "Column 'office' has no value in 1 of 40 rows."),
    ("key", (0, 1), "D10", "Column 'key' has a key that stands more than once in 2 of 40 rows."),
    ("family", (0, None), "D10", "Column 'family' has no value in 1 of 40 rows."),
    ("income", (5, np.inf), "D17", "Column 'income' is not finite in 1 of 40 rows."),
    ("income", (5, -np.inf), "D17", "Column 'income' is not finite in 1 of 40 rows."),
    ("income", (5, 10.5), "D17", "Column 'income' is not at least -10 and at most 10 in 1 of 40 rows."),
    ("children", (0, -1), "D17", "Column 'children' is not at least 0 in 1 of 40 rows."),
    ("score", (0, np.nan), "D08", "Column 'score' has no value in 1 of 40 rows."),
    ("score", (0, np.inf), "D08", "Column 'score' is not finite in 1 of 40 rows."),
    ("score", (0, 1.0001), "D08", "Column 'score' is not at least 0 and at most 1 in 1 of 40 rows."),
    ("score", (0, -0.0001), "D08", "Column 'score' is not at least 0 and at most 1 in 1 of 40 rows."),
    ("weight", (0, -1.0), "D19", "Column 'weight' is not at least 0 in 1 of 40 rows."),
    ("weight", (0, np.nan), "D19", "Column 'weight' has no value in 1 of 40 rows."),
    ("weight", (0, np.inf), "D19", "Column 'weight' is not finite in 1 of 40 rows."),
    ("weight", 0.0, "D19", "Column 'weight' is zero in every row."),
    ("score", 0.5, "D08", "Column 'score' is the same in every row."),
    ("late", True, "D06", "Column 'late' has only one of its two values."),
    ("late", False, "D06", "Column 'late' has only one of its two values."),
    ("late", 1, "D17", "Column 'late' holds whole numbers; dtype boolean is declared."),
    ("late", "yes", "D17", "Column 'late' holds text; dtype boolean is declared."),
    ("children", 1.0, "D17", "Column 'children' holds numbers with decimals; dtype integer is declared."),
    ("children", True, "D17", "Column 'children' holds true and false; dtype integer is declared."),
    ("income", True, "D17", "Column 'income' holds true and false; dtype number is declared."),
    ("income", "1,5", "D17", "Column 'income' holds text; dtype number is declared."),
    ("note", 123, "D17", "Column 'note' holds whole numbers; dtype string is declared."),
    ("owner", 1, "D17", "Column 'owner' holds whole numbers; dtype boolean is declared."),
    ("seen", "2026-01-01", "D17", "Column 'seen' holds text; dtype datetime is declared."),
    ("seen", 20260101, "D17", "Column 'seen' holds whole numbers; dtype datetime is declared."),
    ("seen", (0, None), "D17", "Column 'seen' has no value in 1 of 40 rows."),
    ("origin", 1, "D17", "Column 'origin' holds whole numbers; dtype string is declared."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "rule", "what"), BREAKS)
def test_each_break_has_its_rule_in_every_library(
    found: Callable[..., list[tuple[str, str]]], name: str, change: Any, rule: str, what: str
) -> None:
    frame = table()
    if isinstance(change, tuple):
        frame.loc[change[0], name] = change[1]
    else:
        frame[name] = change
    told = found(frame)
    assert len(told) == 1
    assert told[0][0] == rule
    assert what in told[0][1]


def test_whole_numbers_are_numbers(found: Callable[..., list[tuple[str, str]]]) -> None:
    frame = table()
    frame["income"] = 3
    assert found(frame) == []
    assert validate(frame, contract()).column("income").dtype == np.float64


@pytest.mark.parametrize("rows", [1, 7, 8, 9])
def test_the_unknown_share_is_a_bound(found: Callable[..., list[tuple[str, str]]], rows: int) -> None:
    frame = table()
    frame["area"] = frame["area"].astype("Int64")
    frame.loc[: rows - 1, "area"] = [9 if i % 2 else pd.NA for i in range(rows)]
    told = found(frame, libraries=("pandas", "arrow", "polars"))
    share = "Column 'area' is unknown in 9 of 40 rows (0.225), more than the declared share of 0.2."
    assert told == ([("D01", share)] if rows == 9 else [])


def test_label_values_that_are_not_the_declared_two(found: Callable[..., list[tuple[str, str]]]) -> None:
    late = frames.column("late", "integer", "label", levels=[0, 1], positive=1)
    kept = contract(columns=[c if c["name"] != "late" else late for c in frames.COLUMNS])
    frame = table()
    frame["late"] = [0, 1, 2, 1] * 10
    assert found(frame, contract=kept) == [("D07", "Column 'late' has a value outside its declared levels in 10 of 40 rows.")]
    frame["late"] = 2
    assert [rule for rule, _ in found(frame, contract=kept)] == ["D07"]
    frame["late"] = [0, 1] * 20
    assert found(frame, contract=kept) == []


def test_columns_are_exactly_those_of_the_contract(found: Callable[..., list[tuple[str, str]]]) -> None:
    frame = table().drop(columns=["income", "spare"]).assign(bsn="123456782")
    assert found(frame) == [
        ("D14", "Column 'bsn' is not in the contract."),
        ("D20", "Column 'income' is missing from the data."),
    ]


@pytest.mark.parametrize("name", ["Income", "income ", "inc\u043eme", 5, ("income", "mean"), None])
def test_names_are_compared_to_the_letter(violations_of: Callable[..., Found], name: Any) -> None:
    frame = table().rename(columns={"income": name})
    assert [v.rule for v in violations_of(validate, frame, contract())] == ["D14", "D20"]


def test_roles_say_what_must_be_there_and_what_is_there_is_checked(found: Callable[..., list[tuple[str, str]]]) -> None:
    roles = ("sensitive", "label", "score")
    bare = table()[["score", "late", "area", "origin"]]
    assert found(bare, roles=roles) == []
    assert list(validate(bare, contract(), roles=roles).columns) == ["origin", "area", "late", "score"]
    assert found(bare.drop(columns="area"), roles=roles) == [("D20", "Column 'area' is missing from the data.")]
    assert [rule for rule, _ in found(bare.assign(children=-1), roles=roles)] == ["D17"]
    assert [rule for rule, _ in found(bare.assign(other=1), roles=roles)] == ["D14"]


def test_a_doubled_column_or_index_is_refused(violations_of: Callable[..., Found]) -> None:
    double = pd.concat([table(), table()[["income"]]], axis=1)
    assert [v.rule for v in violations_of(validate, double, contract())] == ["D14"]
    index = table()
    index.index = pd.Index([0] * len(index))
    assert [v.rule for v in violations_of(validate, index, contract())] == ["D10"]
    shuffled = table().sample(frac=1.0, random_state=0)
    assert list(validate(shuffled, contract()).native.index) == list(shuffled.index), "rows stay where they are"


def test_too_few_rows(found: Callable[..., list[tuple[str, str]]]) -> None:
    empty = [("D12", "There are 0 rows; the contract asks for at least 1.")]
    assert found(table().head(0), libraries=("pandas", "polars")) == empty
    few = [("D12", "There are 40 rows; the contract asks for at least 41.")]
    assert found(table(), contract=contract(minimum_rows=41)) == few


def test_everything_is_told_at_once_in_the_order_of_the_contract(found: Callable[..., list[tuple[str, str]]]) -> None:
    frame = table().drop(columns="weight").assign(extra=1, children=0.5, late=True)
    frame.loc[0, "origin"], frame.loc[1, "origin"], frame.loc[2, "origin"] = None, "a", "Q"
    frame.loc[5, "income"], frame.loc[6, "income"] = np.inf, 99.0
    rules = [rule for rule, _ in found(frame)]
    assert rules == ["D14", "D20", "D01", "D02", "D04", "D17", "D17", "D17", "D06"]


def test_no_value_of_a_record_is_told(violations_of: Callable[..., Found]) -> None:
    frame = table()
    secrets = {"origin": "SECRET-1", "family": "SECRET-2", "office": "SECRET-3", "note": "SECRET-4"}
    for name, value in secrets.items():
        frame.loc[0, name] = value
    frame.loc[1, "income"], frame.loc[1, "key"], frame.loc[1, "score"] = 777.125, 0, 888.125
    frame.loc[3, "family"] = None
    found = violations_of(validate, frame, contract())
    assert len(found) == 6
    text = str(Refused.of(found))
    assert not any(value in text for value in [*secrets.values(), "777", "888"])


@pytest.mark.parametrize(
    "what", [[1, 2], {"a": [1]}, np.zeros((2, 2)), None, "frame", pd.Series([1]), pl.LazyFrame({"a": [1]})]
)
def test_what_is_no_frame_is_refused(what: Any) -> None:
    with pytest.raises(Refused) as refused:
        validate(what, contract())
    assert refused.value.rule == "U01"
    assert ("collect()" in str(refused.value)) == isinstance(what, pl.LazyFrame)


ODD: list[Any] = [
    pd.Series([1, "a"] * 20, dtype=object), pd.Series([b"x"] * 40), pd.Series([1 + 2j] * 40), pd.Series([dt.date(2026, 1, 1)] * 40),
    pd.Series(pd.to_timedelta([1] * 40, unit="D")), pd.Series(pd.period_range("2026-01", periods=40, freq="M")), pd.Series([[1]] * 40),
    pd.Series(pd.Categorical([1, 2] * 20)), pd.Series(pd.interval_range(0, 40)), pd.Series([{"a": 1}] * 40),
]  # fmt: skip


@pytest.mark.parametrize("values", ODD, ids=lambda series: str(series.dtype))
@pytest.mark.parametrize("name", ["income", "children", "note", "owner", "seen", "origin"])
def test_strange_columns_are_refused_by_type(violations_of: Callable[..., Found], values: Any, name: str) -> None:
    frame = table()
    frame[name] = values
    assert [v.rule for v in violations_of(validate, frame, contract())] == ["D17"]


@pytest.mark.parametrize(
    "values", [pl.Series([[1]] * 40), pl.Series([dt.date(2026, 1, 1)] * 40), pl.Series([1] * 40, dtype=pl.Int128), pl.Series([dt.time(1)] * 40),
               pl.Series([{"a": 1}] * 40), pl.Series([1] * 40, dtype=pl.Decimal(10, 2)), pl.Series([object()] * 40), pl.Series([b"a"] * 40)],
    ids=lambda series: str(series.dtype),
)  # fmt: skip
@pytest.mark.parametrize("name", ["income", "note", "seen"])
def test_strange_columns_of_polars_are_refused_by_type(violations_of: Callable[..., Found], values: Any, name: str) -> None:
    frame = pl.from_pandas(table()).with_columns(values.alias(name))
    assert [v.rule for v in violations_of(validate, frame, contract())] == ["D17"]


def test_a_column_of_nothing_is_missing_and_not_of_a_wrong_type(violations_of: Callable[..., Found]) -> None:
    for frame in (table().assign(note=None, income=None), pl.from_pandas(table()).with_columns(note=None, income=None)):
        kept = validate(frame, contract())
        assert kept.column("note").tolist() == [None] * 40
        assert np.isnan(kept.column("income")).all()
    assert [v.rule for v in violations_of(validate, table().assign(origin=None), contract())] == ["D01"]
    assert [v.rule for v in violations_of(validate, table().assign(children=None), contract())] == ["D17"]


def test_text_with_half_a_character_is_text(violations_of: Callable[..., Found]) -> None:
    frame = table().astype({"origin": object})
    frame.loc[0, "origin"] = "A\ud800"
    assert [v.rule for v in violations_of(validate, frame, contract())] == ["D04"]


@pytest.mark.parametrize(
    "options", [{"validation_enabled": False}, {"validation_depth": "SCHEMA_ONLY"}, {"validation_depth": "DATA_ONLY"}]
)
def test_no_setting_of_pandera_switches_a_check_off(options: dict[str, Any], violations_of: Callable[..., Found]) -> None:
    from pandera.config import config_context

    frame = table()
    frame.loc[0, "origin"] = "a"
    found = [v.rule for v in violations_of(validate, frame, contract())]
    with config_context(**options):
        assert [v.rule for v in violations_of(validate, frame, contract())] == found != []


def test_the_pandera_schema_stands_on_its_own() -> None:
    from pandera.errors import SchemaErrors

    schema = to_pandera(contract())
    assert schema.validate(table(), lazy=True).shape == (40, 14)
    frame = table().assign(extra=1, children=0.5)
    frame.loc[0, "origin"] = "a"
    with pytest.raises(SchemaErrors) as errors:
        schema.validate(frame, lazy=True)
    failed = {(error.schema.name, getattr(error.check, "name", error.check)) for error in errors.value.schema_errors}
    assert {("children", "D17 type"), ("origin", "D02 spelling of levels")} <= failed
    assert any("extra" in str(error) for error in errors.value.schema_errors)


@pytest.mark.slow
def test_a_million_levels_are_refused_quickly(violations_of: Callable[..., Found]) -> None:
    rows = 1_000_000
    columns = [
        frames.column("area", "string", "sensitive", levels=["A", "B"]),
        frames.column("late", "boolean", "label", levels=[False, True], positive=True),
    ]
    kept = contract(columns=columns)
    frame = pd.DataFrame({"area": np.arange(rows).astype(str), "late": np.arange(rows) % 2 == 0})
    begun = time.process_time()
    found = violations_of(validate, frame, kept)
    assert [(v.rule, v.what) for v in found] == [("D15", "Column 'area' has more different values than maximum_levels 10000.")]
    assert time.process_time() - begun < 10, "about one second; ten leave room for a slow machine"


def test_the_value_is_frozen() -> None:
    kept = validate(table(), contract())
    with pytest.raises(AttributeError):
        kept.native = None  # type: ignore[misc]  # that it cannot be set is tested
    assert isinstance(kept, ValidatedFrame)
