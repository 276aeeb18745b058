"""init_from_data(): a project around somebody's own table, which runs, is marked, and does not pass."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from smartstart_gov.errors import Refused
from smartstart_gov.project.data import read_data, read_untyped
from smartstart_gov.project.folder import open_project
from smartstart_gov.project.from_data import init_from_data
from smartstart_gov.project.validation import validate
from tests.project.test_inference import bsns, people


def written(folder: Path, kind: str) -> Path:
    """Write the same rows as a file of one kind."""
    path, frame = folder / f"people{kind}", people().drop(columns=["opmerking"])
    if kind == ".parquet":
        frame.to_parquet(path)
    elif kind == ".semicolon.csv":
        frame.to_csv(path, index=False, sep=";")
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("kind", [".csv", ".semicolon.csv", ".csv.gz", ".parquet"])
def test_the_drafted_files_hold_together_and_the_rows_keep_them(tmp_path: Path, kind: str) -> None:
    data = written(tmp_path, kind)
    begun = init_from_data(tmp_path / "model", data)
    project = open_project(tmp_path / "model")
    assert validate(read_data(data, project.contract), project.contract).rows == len(people())
    assert project.contract.unconfirmed == tuple(column.name for column in begun.draft.columns)
    assert project.charter.legal_basis is None
    assert project.contract.sources["data"].lawful_basis is None
    text = (tmp_path / "model" / "contract.yaml").read_text(encoding="utf-8")
    for column in begun.draft.columns:
        assert f"  # {column.role}: {column.reason.en}.\n  - name: {column.name}\n" in text
    assert "every count hangs on it.\n    positive: open\n" in text


def test_a_semicolon_inside_quotes_divides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b'"a;b;c",d\n1,007\n2,010\n'))
    frame = read_untyped(path)
    assert list(frame.columns) == ["a;b;c", "d"]
    assert frame["d"].tolist() == ["007", "010"], "leading zeros make it text"


def test_citizen_service_numbers_leave_no_project_behind(tmp_path: Path) -> None:
    people(sleutel=bsns(600)).to_parquet(tmp_path / "people.parquet")
    with pytest.raises(Refused) as refused:
        init_from_data(tmp_path / "model", tmp_path / "people.parquet")
    assert [violation.rule for violation in refused.value.violations] == ["D10"]
    assert not (tmp_path / "model").exists()


def test_without_groups_the_remedy_says_how_to_name_them(tmp_path: Path) -> None:
    pd.DataFrame({"x": [0.5, 1.5, 2.25] * 20, "hulp": [True, False, True] * 20}).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(Refused) as refused:
        init_from_data(tmp_path / "model", tmp_path / "rows.csv")
    assert "--role" in refused.value.violations[0].remedy


def test_unconfirmed_names_a_column_that_is_there(tmp_path: Path) -> None:
    init_from_data(tmp_path / "model", written(tmp_path, ".csv"))
    path = tmp_path / "model" / "contract.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("\nunconfirmed:\n", "\nunconfirmed:\n  - nobody\n"), encoding="utf-8"
    )
    with pytest.raises(Refused, match="unconfirmed"):
        open_project(tmp_path / "model")


def test_real_arrests_are_drafted_and_kept(shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "toronto_arrests.csv.gz"
    init_from_data(tmp_path / "model", data)
    contract = open_project(tmp_path / "model").contract
    assert [column.name for column in contract.with_role("sensitive")] == ["colour", "sex", "citizen"]
    assert validate(read_data(data, contract), contract).rows == 5226
