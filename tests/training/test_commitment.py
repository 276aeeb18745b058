"""The commitment: equal tables commit alike, every change shows, and missing values have one spelling."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.looks.commitment import column_bytes, data_commitment, kind_of, microseconds
from tests.training.tables import COLUMNS, register, validated

ALL = tuple(COLUMNS)


def test_pandas_and_polars_commit_alike() -> None:
    assert data_commitment(validated(ALL)) == data_commitment(validated(ALL, engine="polars"))


@given(row=st.integers(0, 119), name=st.sampled_from([n for n in ALL if n not in ("late", "origin", "sex", "hood")]))
@settings(max_examples=25, deadline=None)
def test_every_changed_cell_shows(row: int, name: str) -> None:
    table = register(120)
    other = table.copy()
    value = other.loc[row, name]
    other.loc[row, name] = f"{value}!" if isinstance(value, str) else value + (pd.Timedelta("1s") if name == "seen" else 1000)
    if name == "income" and np.isnan(value):
        other.loc[row, name] = 0.0
    assert data_commitment(validated(ALL, table=table)) != data_commitment(validated(ALL, table=other))


def test_the_order_of_rows_is_part_of_the_table() -> None:
    table = register(120)
    turned = table.iloc[::-1].reset_index(drop=True)
    assert data_commitment(validated(ALL, table=table)) != data_commitment(validated(ALL, table=turned))


def test_the_public_half_does_not_hold_the_secret() -> None:
    secret, public = data_commitment(validated(rows=120))
    assert secret.startswith("sha256:")
    assert public.startswith("sha256:")
    assert secret != public


@pytest.mark.parametrize(
    ("dtype", "one", "two"),
    [
        ("number", np.array([0.0, np.nan]), np.array([-0.0, None], dtype=object)),
        ("integer", np.array([1, 2], dtype=np.int64), np.array([1.0, 2.0])),
        ("integer", np.array([3.0, np.nan]), np.array([3, None], dtype=object)),
        ("boolean", np.array([True, False]), np.array([True, False], dtype=object)),
        ("string", np.array(["a", None], dtype=object), np.array(["a", np.nan], dtype=object)),
        ("string", np.array(["a", None], dtype=object), np.array(["a", pd.NA], dtype=object)),
        ("datetime", np.array(["2025-01-01"], dtype="M8[s]"), np.array(["2025-01-01"], dtype="M8[ns]")),
    ],
)
def test_two_spellings_of_the_same_values_have_the_same_bytes(dtype, one, two) -> None:
    assert np.array_equal(column_bytes(one, dtype), column_bytes(two, dtype))


@pytest.mark.parametrize(
    ("dtype", "one", "two"),
    [
        ("string", np.array(["1"], dtype=object), np.array([1], dtype=object)),
        ("string", np.array([""], dtype=object), np.array([None], dtype=object)),
        ("integer", np.array([0], dtype=object), np.array([None], dtype=object)),
        ("boolean", np.array([False], dtype=object), np.array([None], dtype=object)),
        ("number", np.array([0.0]), np.array([np.nan])),
    ],
)
def test_different_values_have_different_bytes(dtype, one, two) -> None:
    assert not np.array_equal(column_bytes(one, dtype), column_bytes(two, dtype))


def test_moments_meet_in_utc() -> None:
    east = dt.datetime(2025, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    west = dt.datetime(2025, 1, 1, 0, tzinfo=dt.UTC)
    plain = np.array(["2025-01-01T00:00:00"], dtype="M8[us]")
    found = [microseconds(np.array([moment], dtype=object))[0] for moment in (east, west)]
    assert found == [microseconds(plain)[0]] * 2
    assert microseconds(np.array([pd.NaT], dtype=object))[0] == microseconds(np.array(["NaT"], dtype="M8[us]"))[0]


def test_kinds_of_arrays_are_words_of_the_contract() -> None:
    arrays = [
        np.array([True]),
        np.array([1]),
        np.array([1.0]),
        np.array(["a"], dtype=object),
        np.array(["2025"], dtype="M8[s]"),
    ]
    assert [kind_of(a) for a in arrays] == ["boolean", "integer", "number", "string", "datetime"]
