"""Keys are text from the file to the count: no digit, no leading zero and no person is lost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.project import open_project
from smartstart_gov.counting.handover import join_attributes
from smartstart_gov.errors import Violation
from smartstart_gov.intake.draft.proposal import init_from_data
from smartstart_gov.intake.files import read_data
from smartstart_gov.intake.keys import key_text
from smartstart_gov.intake.validate import validate
from smartstart_gov.looks.split import units_of_values
from tests.intake.frames import column, contract

Found = tuple[Violation, ...]
LONG = [str(10**19 + 1000 * i) for i in range(40)]
KEYS: dict[str, list[str]] = {
    "twenty digits": LONG,
    "leading zeros": [f"{i:05d}" for i in range(40)],
    "rounded, each once": [f"1.{i:02d}E+19" for i in range(40)],
    "digits with an e": [f"{i}e{i}" for i in range(40)],
}


def keyed(dtype: str = "string", role: str = "unit") -> DataContract:
    group = column("sex", "string", "sensitive", levels=["M", "V"], maximum_unknown_share=1)
    label = column("late", "boolean", "label", levels=[False, True], positive=True)
    return contract(columns=[column("who", dtype, role), group, label])


def with_keys(keys: Any) -> pd.DataFrame:
    return pd.DataFrame({"who": keys, "sex": "M", "late": np.arange(len(keys)) % 2 == 0})


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("name", ["d.csv", "d.parquet"])
def test_keys_in_a_file_are_the_units_that_are_counted(tmp_path: Path, kind: str, name: str) -> None:
    frame = with_keys(KEYS[kind])
    frame.to_csv(tmp_path / name, index=False) if name.endswith("csv") else frame.to_parquet(tmp_path / name)
    read = validate(read_data(tmp_path / name, keyed()), keyed())
    assert list(read.column("who")) == KEYS[kind]
    assert units_of_values(read.column("who"))[1] == [key.encode() for key in KEYS[kind]]


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("guessed", [True, False])
def test_a_project_begun_from_a_table_keeps_its_keys(tmp_path: Path, kind: str, guessed: bool) -> None:
    draw, n = np.random.default_rng(0), 400
    keys = (KEYS[kind] * 10)[:n] if kind != "twenty digits" else [str(10**19 + 1000 * i) for i in range(n)]
    table = pd.DataFrame(
        {
            "pseudonym": keys,
            "sex": draw.choice(["M", "V"], n),
            "x": draw.normal(size=n).round(2),
            "help": draw.choice(["yes", "no"], n),
        }
    )
    if kind == "rounded, each once":
        table = table[:40]
    table.to_csv(tmp_path / "d.csv", index=False)
    roles: dict[str, Any] = {"sex": "sensitive", "help": "label"} | ({} if guessed else {"pseudonym": "unit"})
    init_from_data(tmp_path / "p", tmp_path / "d.csv", roles=roles, positive="yes")
    agreed = open_project(tmp_path / "p").contract
    key = agreed.column("pseudonym")
    assert (key.role in ("unit", "index"), key.dtype) == (True, "string")
    assert list(validate(read_data(tmp_path / "d.csv", agreed), agreed).column("pseudonym")) == table["pseudonym"].tolist()


@pytest.mark.parametrize(("stored", "text"), [
    (np.array([1, 2**62 + 1, 2]), ["1", str(2**62 + 1), "2"]),
    (np.array([1, 2**63 + 1, 2], dtype=np.uint64), ["1", str(2**63 + 1), "2"]),
    (np.array([10**20, 10**20 + 1, 10**20 + 2], dtype=object), [str(10**20 + i) for i in range(3)]),
    ([Decimal(10**20), Decimal(7), Decimal("8.0")], [str(10**20), "7", "8"]),
    ([1, "a", "01"], ["1", "a", "01"]),
    ([1.0, 2.0, 2.0**53 - 1], ["1", "2", str(2**53 - 1)]),
])  # fmt: skip
@pytest.mark.parametrize("dtype", ["string", "integer"])
def test_whatever_a_frame_stores_exactly_is_the_same_key(
    stored: Any, text: list[str], dtype: str, violations_of: Callable[..., Found]
) -> None:
    frame = with_keys(stored)
    if dtype == "integer" and "a" in text:
        assert [v.rule for v in violations_of(validate, frame, keyed(dtype))] == ["D10"]
        return
    assert list(validate(frame, keyed(dtype)).column("who")) == text


@pytest.mark.parametrize("stored", [
    [1e19, 2e19, 3e19], [2.0**53, 1.0, 2.0], [0.5, 1.0, 2.0], [Decimal("0.5"), 1, 2], [True, False, True],
    pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]), [1.0, np.nan, 2.0], ["a", None, "b"], [1.5, "a", "b"],
])  # fmt: skip
def test_what_may_have_been_rounded_is_refused_and_a_key_is_never_missing(
    stored: Any, violations_of: Callable[..., Found]
) -> None:
    (found,) = violations_of(validate, with_keys(stored), keyed())
    assert (found.rule, "'who'" in found.what) == ("D10", True)


def test_polars_keys_of_more_than_64_bits_are_exact() -> None:
    frame = pl.DataFrame(
        {"who": pl.Series([10**25, 10**25 + 1, 3], dtype=pl.Int128), "sex": ["M"] * 3, "late": [True, False, True]}
    )
    assert list(validate(frame, keyed()).column("who")) == [str(10**25), str(10**25 + 1), "3"]


@pytest.mark.parametrize(("stored", "wrong"), [
    (["k1", " k1", "k2"], 2), (["k1", "k1\u200b", "K1"], 2), (["\u00e91", "e\u03011", "e1"], 2), (["12", "\uff11\uff12", "12"], 3),
    (["k 1", "k\u00a01", "k  1"], 3), (["", "a", "b"], 1), (["", "", " "], 3), (["a", "A", "b"], 0), (["a-1", "a 1", "a.1"], 0),
])  # fmt: skip
def test_one_person_is_not_two_by_a_space_that_nobody_sees(
    stored: list[str], wrong: int, violations_of: Callable[..., Found]
) -> None:
    if not wrong:
        assert list(validate(with_keys(stored), keyed()).column("who")) == stored
        return
    (found,) = violations_of(validate, with_keys(stored), keyed())
    assert (found.rule, f"in {wrong} of 3 rows" in found.what) == ("D10", True), found


@pytest.mark.parametrize("role", ["unit", "index"])
def test_keys_that_a_spreadsheet_rounded_into_one_are_refused(role: str, violations_of: Callable[..., Found]) -> None:
    found = violations_of(validate, with_keys(["1.2E+19", "1.2E+19", "1.3E+19"]), keyed(role=role))
    assert {v.rule for v in found} == {"D10"}
    assert any("in 2 of 3 rows" in v.what and "spreadsheet" in v.what for v in found)


@pytest.mark.parametrize("dtype", ["number", "boolean", "datetime"])
def test_a_contract_declares_no_key_that_is_no_key(dtype: str) -> None:
    with pytest.raises(ValueError, match="is a key, and a key is a string"):
        keyed(dtype)
    with pytest.raises(ValueError, match="minimum is for values"):
        contract(columns=[column("who", "integer", "unit", minimum=1)])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_attributes_are_joined_on_keys_as_text(library: str, violations_of: Callable[..., Found]) -> None:
    said, known = {"k": ["1", "2", "10"], "s": [0.1, 0.2, 0.3]}, {"k": [10, 2, 1], "g": ["z", "y", "x"]}
    frame = pd.DataFrame if library == "pandas" else pl.DataFrame
    joined = join_attributes(frame(said), frame(known), "k")
    rows = sorted(zip(joined["k"], joined["s"], joined["g"], strict=True))
    assert (rows, list(joined.columns)) == ([("1", 0.1, "x"), ("10", 0.3, "z"), ("2", 0.2, "y")], ["k", "s", "g"])
    found = violations_of(join_attributes, frame(said), frame({"k": [0.5, 1.0, 2.0], "g": ["x", "y", "z"]}), "k")
    assert [v.rule for v in found] == ["D10"]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20))
def test_the_same_keys_from_any_storage_are_the_same_text(keys: list[int]) -> None:
    text = [str(key) for key in keys]
    storages = [
        pd.Series(keys), pd.Series(text), pd.Series(keys, dtype=object), pd.Series([Decimal(k) for k in keys], dtype=object),
        pd.Series(keys, dtype="int64[pyarrow]"), pd.Series(text, dtype="category"), pd.Series(keys, dtype="Int64"),
    ]  # fmt: skip
    assert [list(key_text(series)) for series in storages] == [text] * len(storages)
