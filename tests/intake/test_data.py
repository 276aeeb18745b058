"""read_data(): the contract types the cells, and nothing is guessed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.files import read_data
from smartstart_gov.intake.validate import validate
from tests.intake.frames import column, contract, in_library, table

Found = tuple[Violation, ...]


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str | bytes], pd.DataFrame]:
    """Read a CSV of this text under the contract of the made-up table."""

    def reader(text: str | bytes) -> pd.DataFrame:
        path = tmp_path / "data.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_data(path, contract())

    return reader


@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz", "DATA.CSV", "data.parquet"])
def test_a_table_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    path, frame = tmp_path / name, table()
    if name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, compression="gzip" if name.endswith("gz") else None)
    read = read_data(path, contract())
    assert list(validate(read, contract()).column("key")) == [str(i) for i in range(40)], "the key stays a column, as text"
    rest, kept = read.drop(columns="key"), frame.drop(columns="key")
    pd.testing.assert_frame_equal(rest, kept, check_dtype=False)
    assert [dtype.kind for dtype in rest.dtypes] == [dtype.kind for dtype in kept.dtypes]


def test_numbers_come_back_to_the_last_bit(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    exact = np.concatenate(
        [draw.normal(size=500) * 10.0 ** draw.integers(-12, 12, 500), [0.1 + 0.2, 1e-300, 5e-324, 1.7976931348623157e308]]
    )
    path = tmp_path / "data.csv"
    pd.DataFrame({"income": exact}).to_csv(path, index=False)
    assert (read_data(path, contract())["income"].to_numpy() == exact).all()


def test_only_an_empty_cell_is_missing(read: Callable[[str], pd.DataFrame]) -> None:
    frame = read('family,note\nf1,NA\nf2,nan\nf3,\nf4,""\nf5,None\nf6," "\nf7,0123\n')
    assert frame["note"].isna().tolist() == [False, False, True, True, False, False, False]
    assert frame["note"].tolist()[-1] == "0123"


def test_gaps_keep_their_type(read: Callable[[str], pd.DataFrame]) -> None:
    frame = read("children,owner,seen,income\n1,true,2026-01-01,1\n,,,\n")
    assert [str(dtype) for dtype in frame.dtypes] == ["Int64", "boolean", "datetime64[us]", "float64"]
    assert frame.isna().sum().tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(("name", "good", "bad"), [
    ("children", ["0", "-5", "12", "9223372036854775807"], ["1.0", "0123", "+1", "1e3", "1 000", "1,0", "1,000", "9223372036854775808", "\u0661"]),
    ("income", ["0", "-0.5", "1e-5", "1E+10", "12"], [".5", "5.", "0x1F", "inf", "1e999", "01.5", "1_000", "1,000.00", "$5", "1.00,00"]),
    ("owner", ["true", "false", "True", "False"], ["yes", "1", "0", "TrUE", "ja", "t"]),
    ("seen", ["2026-01-31", "2026-01-31T12:30", "2026-01-31 12:30:00", "2026-01-31T12:30:00.123456"],
     ["31-01-26", "2026-02-30", "2026-1-1", "20260131", "2026-01", "12:30", "now", "2026-01-31T12:30:00Z"]),
])  # fmt: skip
def test_a_cell_is_of_its_type_or_is_counted(
    read: Callable[[str], pd.DataFrame], violations_of: Callable[..., Found], name: str, good: list[str], bad: list[str]
) -> None:
    frame = read(f"{name}\n" + "\n".join(good) + "\n")
    assert frame[name].notna().all()
    for cell in bad:
        found = violations_of(read, f'{name}\n"{good[0]}"\n"{cell}"\n')
        assert [v.rule for v in found] == ["D17"], cell
        said = "like 1,234" if cell == "1,000" else f"that are not of dtype {contract().column(name).dtype}"
        assert f"has 1 cells of 2 {said}" in found[0].what
        assert cell not in found[0].what or len(cell) < 3


def test_every_bad_column_is_told_at_once_without_a_cell(
    read: Callable[[str], pd.DataFrame], violations_of: Callable[..., Found]
) -> None:
    found = violations_of(read, "children,income,owner\nSECRET,SECRET,SECRET\n1,2,true\n0777,3,false\n")
    assert [v.what for v in found] == [
        "Column 'income' has 1 cells of 3 that are not of dtype number.",
        "Column 'children' has 2 cells of 3 that are not of dtype integer.",
        "Column 'owner' has 1 cells of 3 that are not of dtype boolean.",
    ]
    assert "SECRET" not in str(Refused.of(found))


def test_zones_are_in_every_row_or_in_none(read: Callable[[str], pd.DataFrame], violations_of: Callable[..., Found]) -> None:
    frame = read("seen\n2026-01-01T12:00:00+02:00\n2026-07-01T00:00:00Z\n")
    assert frame["seen"].dt.tz_convert("UTC").dt.hour.tolist() == [10, 0]
    assert [v.rule for v in violations_of(read, "seen\n2026-01-01T12:00:00+02:00\n2026-07-01T00:00:00\n")] == ["D17"]


def test_unnamed_columns_stay_text_for_validate_to_refuse(
    read: Callable[[str], pd.DataFrame], violations_of: Callable[..., Found]
) -> None:
    frame = read("bsn,children\n0123,1\n")
    assert frame["bsn"].tolist() == ["0123"]
    assert "D14" in [v.rule for v in violations_of(validate, frame, contract())]


@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_what_divides_the_header_divides_the_rows(read: Callable[[str], pd.DataFrame], divider: str) -> None:
    frame = read(f'children{divider}family\n1{divider}"x,y;z"\n')
    assert frame.to_dict("list") == {"children": [1], "family": ["x,y;z"]}


@pytest.mark.parametrize(("text", "rule"), [
    ("children,family\n1,x,3\n", "D14"), ("children,family\n1\n2,x\n", "D14"), ("children;family\n1;x;3\n", "D14"),
    ("children,children\n1,2\n", "D14"), ("", "U01"), (b"family\n\xff\n", "U01"), (b"\x00\x01\x02", "U01"),
])  # fmt: skip
def test_what_is_no_table_is_refused(
    read: Callable[[str | bytes], pd.DataFrame], violations_of: Callable[..., Found], text: str | bytes, rule: str
) -> None:
    assert [v.rule for v in violations_of(read, text)][:1] == [rule]


def test_rows_of_another_length_are_counted(read: Callable[[str], pd.DataFrame], violations_of: Callable[..., Found]) -> None:
    found = violations_of(read, "children,family\n1,x\n2\n3,y,z\n4,w\n")
    assert found[0].what == "2 rows have more or fewer cells than the 2 of the header."


def test_quotes_hold_commas_and_line_ends_and_a_mark_before_the_header_is_no_name(
    read: Callable[[bytes], pd.DataFrame],
) -> None:
    frame = read(b'\xef\xbb\xbffamily,note\r\nf1,"a, b\nc"\r\n')
    assert frame.to_dict("list") == {"family": ["f1"], "note": ["a, b\nc"]}


@pytest.mark.parametrize(("name", "content"), [
    ("nothing.csv", None), ("data.xlsx", b"x"), ("data", b"x"), ("data.parquet", b"x"), ("data.csv.gz", b"x"), ("cut.csv.gz", gzip.compress(b"a,b\n" * 999, mtime=0)[:20]),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, violations_of: Callable[..., Found], name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert [v.rule for v in violations_of(read_data, tmp_path / name, contract())] == ["U01"]
    assert violations_of(read_data, tmp_path, contract())[0].rule == "U01"


def test_parquet_keeps_whole_numbers_with_gaps_and_columns_that_were_an_index(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"children": pd.array([1, None, 3], "Int64"), "owner": pd.array([True, None, False], "boolean"), "key": [7, 8, 9]}
    )
    for i, given in enumerate([frame, frame.set_index("key"), frame.set_index(pd.Index([5, 6, 7]))]):
        given.to_parquet(tmp_path / f"{i}.parquet")
        read = read_data(tmp_path / f"{i}.parquet", contract())
        assert sorted(read.columns) == ["children", "key", "owner"]
        assert (str(read["children"].dtype), str(read["owner"].dtype), list(read.index)) == ("Int64", "boolean", [0, 1, 2])
    in_library(frame, "polars").write_parquet(tmp_path / "polars.parquet")
    assert str(read_data(tmp_path / "polars.parquet", contract())["children"].dtype) == "Int64"


def test_parquet_of_polars_categories_is_text(tmp_path: Path) -> None:
    pl.from_pandas(table()).with_columns(pl.col("origin").cast(pl.Categorical)).write_parquet(tmp_path / "data.parquet")
    validate(read_data(tmp_path / "data.parquet", contract()), contract())


def test_real_data_are_read_and_keep_a_contract(shared_data: Path) -> None:
    path = shared_data / "toronto_arrests.csv.gz"
    levels = {"colour": ["Black", "White"], "sex": ["Female", "Male"], "employed": ["No", "Yes"], "citizen": ["No", "Yes"]}
    columns = [
        column(name, "string", "sensitive" if name in ("colour", "sex", "citizen") else "feature", levels=values) for name, values in levels.items()
    ] + [
        column("released", "string", "label", levels=["No", "Yes"], positive="No"), column("year", "integer", "feature", minimum=1997, maximum=2002),
        column("age", "integer", "feature", minimum=12, maximum=66), column("checks", "integer", "feature", minimum=0, maximum=6),
    ]  # fmt: skip
    kept: DataContract = contract(columns=columns, minimum_rows=5000)
    frame = validate(read_data(path, kept), kept)
    assert frame.rows == 5226
    assert (frame.column("released") == "No").mean() == pytest.approx(0.171, abs=5e-4)
