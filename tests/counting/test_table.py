"""Every engine gives the same tally of the same rows, and says clearly what it cannot count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.counting.count import count, count_table
from smartstart_gov.counting.tally import Tally
from smartstart_gov.errors import Refused

LEVELS = ["Centrum", "Noord", "West", "Zuid"]


def rows(seed: int, n: int = 500, *, missing: bool = True) -> dict[str, list[Any]]:
    rng = np.random.default_rng(seed)
    quarter: list[Any] = [LEVELS[i] for i in rng.integers(0, len(LEVELS), n)]
    if missing:
        quarter = [None if hit else level for hit, level in zip(rng.random(n) < 0.1, quarter, strict=True)]
    return {
        "quarter": quarter, "year": rng.integers(2019, 2023, n).tolist(),
        "y": rng.integers(0, 2, n).tolist(), "d": rng.integers(0, 2, n).tolist(),
    }  # fmt: skip


def arrow_dictionary(made: dict[str, list[Any]]) -> pa.Table:
    table = pa.table(made)
    return table.set_column(0, "quarter", table["quarter"].dictionary_encode())


def polars_category(made: dict[str, list[Any]]) -> pl.DataFrame:
    # Categories seen earlier in the process take the first codes.
    pl.Series(["elsewhere", "Zuid", "nowhere"], dtype=pl.Categorical)
    return pl.DataFrame(made, schema_overrides={"quarter": pl.Categorical})


ENGINES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "pandas object": lambda made: pd.DataFrame(made).astype({"quarter": object}),
    "pandas": pd.DataFrame,
    "pandas category": lambda made: pd.DataFrame(made).astype({"quarter": pd.CategoricalDtype([*LEVELS[::-1], "nobody"])}),
    "pandas float bits": lambda made: pd.DataFrame(made).astype({"y": float}),
    "polars": pl.DataFrame,
    "polars lazy": lambda made: pl.DataFrame(made).lazy(),
    "polars category": polars_category,
    "polars enum": lambda made: pl.DataFrame(made, schema_overrides={"quarter": pl.Enum([*LEVELS[::-1], "nobody"])}),
    "arrow": pa.table,
    "arrow dictionary": arrow_dictionary,
    "arrow chunks": lambda made: pa.concat_tables([arrow_dictionary(made).slice(0, 100), arrow_dictionary(made).slice(100)]),
}


def relation(made: dict[str, list[Any]]) -> Any:
    return duckdb.from_arrow(pa.table(made))


ENGINES["duckdb"] = relation


def counted(data: Any, **more: Any) -> Tally:
    return count(data, by=["quarter", "year"], y_true="y", y_pred="d", **more)


def by_hand(made: dict[str, list[Any]]) -> dict[tuple[str, str], list[int]]:
    cells: dict[tuple[str, str], list[int]] = {}
    for quarter, year, y, d in zip(*made.values(), strict=True):
        cells.setdefault((quarter or "unknown", str(year)), [0, 0, 0, 0])[2 * y + d] += 1
    return cells


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("missing", [True, False])
def test_every_engine_counts_as_one_does_by_hand(engine: str, missing: bool) -> None:
    made = rows(1, missing=missing)
    tally = counted(ENGINES[engine](made))
    expected = by_hand(made)
    names = [(q, y) for q in tally.axes[0].levels for y in tally.axes[1].levels]
    assert {
        name: cells.tolist() for name, cells in zip(names, tally.cells("quarter", "year"), strict=True) if cells.any()
    } == expected
    assert tally.axes[0].unknown == missing


@pytest.mark.parametrize("files", [1, 3])
def test_parquet_gives_the_digest_of_pandas(tmp_path: Path, files: int) -> None:
    made = rows(2, 900)
    frame = pd.DataFrame(made)
    for i, part in enumerate(np.array_split(np.arange(len(frame)), files)):
        # Row groups whose dictionaries differ, and a level that is seen late.
        pq.write_table(
            pa.Table.from_pandas(frame.iloc[part], preserve_index=False), tmp_path / f"{i}.parquet", row_group_size=70
        )
    assert counted(tmp_path / "*.parquet").digest == counted(frame).digest


@pytest.mark.slow
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_row_order_never_matters(seed: int, random: Any) -> None:
    frame = pd.DataFrame(rows(seed, 60))
    order = list(range(60))
    random.shuffle(order)
    assert counted(frame).digest == counted(frame.iloc[order]).digest == counted(pl.from_pandas(frame)).digest


def test_given_levels_keep_their_order_and_absent_ones() -> None:
    tally = counted(pd.DataFrame(rows(3)), levels={"quarter": ["Zuid", "Oost", "West", "Noord", "Centrum"]}, unknown=("year",))
    assert tally.axes[0].levels == ("Zuid", "Oost", "West", "Noord", "Centrum", "unknown")
    assert tally.absent("quarter") == ("Oost",)
    assert tally.axes[1].unknown


def test_rows_read_are_counted_or_excluded_by_reason() -> None:
    frame = pd.DataFrame(rows(4)).astype({"y": "Int64"})
    frame.loc[:9, "y"] = None
    found = count_table(frame, by=["quarter"], y_true="y", y_pred="d", exclude_missing=True)
    assert (found.read, dict(found.excluded), found.counted) == (500, {"no y": 10}, 490)


def refusal(data: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        counted(data, **more)
    return refused.value


@pytest.mark.parametrize("engine", ["pandas", "polars", "arrow", "duckdb"])
def test_what_cannot_be_counted_is_said_at_once(engine: str) -> None:
    made = rows(5)
    bad = made | {"y": [2, *made["y"][1:]], "d": [None, *made["d"][1:]]}
    found = refusal(ENGINES[engine](bad), levels={"quarter": LEVELS[:2]})
    assert [v.rule for v in found.violations] == ["D07", "D07", "D04"]
    assert "'outside" not in str(found)


def test_other_refusals(tmp_path: Path) -> None:
    made = rows(6)
    assert refusal(pd.DataFrame(made).drop(columns="y")).rule == "D13"
    assert refusal(pd.DataFrame(made).head(0)).rule == "D12"
    assert refusal([1, 2, 3]).rule == "U01"
    assert refusal(tmp_path / "none*.parquet").rule == "U01"
    assert refusal(pd.DataFrame(made), most_levels=2).rule == "D15"


@pytest.mark.slow
def test_a_million_levels_are_refused_or_counted() -> None:
    n = 1_000_000
    frame = pa.table({"quarter": [f"q{i}" for i in range(n)], "y": np.arange(n) % 2, "d": np.arange(n) % 2})
    with pytest.raises(Refused, match="1,000,000 levels"):
        count(frame, by=["quarter"], y_true="y", y_pred="d")
    tally = count(frame, by=["quarter"], y_true="y", y_pred="d", most_levels=n)
    assert (tally.n, len(tally.axes[0].levels)) == (n, n)


def test_small_integers_of_a_wide_range_do_not_wrap_around() -> None:
    rows = pa.table({"x": np.array([-100, 100, 0], dtype=np.int8), "y": [0, 1, 0], "d": [0, 1, 1]})
    tally = count_table(rows, by=["x"], y_true="y", y_pred="d").tally
    assert tally.axis("x").levels == ("-100", "0", "100")
    assert tally.cells("x").tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]


def test_a_parquet_file_without_rows_is_refused_and_one_with_numbers_that_are_none_has_them_unknown(tmp_path: Path) -> None:
    rows = pa.table({"x": [1.0, float("nan"), None, 1.0], "y": [0, 1, 0, 1], "d": [0, 1, 1, 1]})
    pq.write_table(rows, tmp_path / "rows.parquet")
    pq.write_table(rows.slice(0, 0), tmp_path / "none.parquet")
    found, plain = (count_table(data, by=["x"], y_true="y", y_pred="d").tally for data in (tmp_path / "rows.parquet", rows))
    assert found.digest == plain.digest
    assert found.axis("x").levels == ("1.0", "unknown")
    with pytest.raises(Refused, match="D12"):
        count_table(tmp_path / "none.parquet", by=["x"], y_true="y", y_pred="d")
