"""A list of columns becomes a contract: what it says is kept, what is wrong is told with its line."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.reader import read_contract
from smartstart_gov.authoring.writer import yaml_text
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.dictionary import contract_from_list
from tests.cli.command import record, run

LIST = """id,Feature,Datatype ,Min,max_value,description
1,age_band,int,0.0,3.0,Age in bands
2,debt,double,-0.14285714285714285,10,"Debt, in euros"
3,late,bool,,,Came late
4,note,varchar(20),,,
"""
ROLES = {"age_band": "sensitive", "late": "label"}


def _listed(
    folder: Path, text: str = LIST, *, roles: dict[str, str] = ROLES, encoding: str = "utf-8", **more: Any
) -> DataContract:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return contract_from_list(path, owner="Somebody", roles=roles, **more).contract


def test_what_the_list_says_is_in_the_contract(tmp_path: Path) -> None:
    made = _listed(tmp_path, roles={"age_band": "sensitive"})
    band, debt, late, note = made.columns
    assert (band.dtype, band.role, band.levels, band.minimum) == ("integer", "sensitive", (0, 1, 2, 3), None)
    assert (debt.dtype, debt.maximum, debt.meaning.en, debt.meaning.nl) == ("number", 10, "Debt, in euros", "debt")
    assert isinstance(debt.minimum, float)
    assert -1 / 7 - 1e-9 < debt.minimum <= -1 / 7, "a bound is rounded outwards"
    assert [late.dtype, note.dtype] == ["boolean", "string"]
    assert made.sources["register"].lawful_basis is None
    yaml_text(made)


def test_a_label_still_needs_its_positive_value(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="positive") as refused:
        _listed(tmp_path)
    assert "list.csv line 4" in refused.value.violations[0].where


@pytest.mark.parametrize(("divider", "encoding"), [(",", "utf-8-sig"), (";", "utf-8"), ("\t", "latin-1"), (",", "latin-1")])
def test_other_dividers_and_encodings_are_the_same_list(tmp_path: Path, divider: str, encoding: str) -> None:
    text = LIST.replace('"Debt, in euros"', "Débt").replace(",", divider)
    made = _listed(tmp_path, text, roles={"age_band": "sensitive"}, encoding=encoding)
    assert made.column("debt").meaning.en == "Débt"


def test_gzip_headers_and_levels(tmp_path: Path) -> None:
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(b"veld,soort,waarden\norigin,text,A; B|C\n"))
    listed = contract_from_list(path, owner="X", roles={"origin": "sensitive"}, headers={"dtype": "soort"})
    assert listed.contract.column("origin").levels == ("A", "B", "C")
    assert listed.taken == {"name": "veld", "dtype": "soort", "levels": "waarden"}


@pytest.mark.parametrize(
    ("text", "roles", "rule", "where"),
    [
        (LIST.replace("int", "complex"), ROLES, "P05", "list.csv line 2"),
        (LIST.replace("0.0", "0,5"), ROLES, "D14", "list.csv line 2"),
        (LIST.replace("3.0", "many"), ROLES, "P05", "list.csv line 2"),
        (LIST.replace("3.0", "nan"), ROLES, "P05", "list.csv line 2"),
        (LIST.replace("debt", "age_band"), {"age_band": "sensitive"}, "C01", "list.csv line 3"),
        (LIST.replace("debt", "debt "), {"age_band": "sensitive"}, "N02", "list.csv line 3"),
        (LIST.replace("Feature", "Thing"), ROLES, "D20", "list.csv line 1"),
        (LIST.replace("Datatype ", "Feature"), ROLES, "D14", "list.csv line 1"),
        (LIST, {"nobody": "sensitive"}, "D20", "list.csv line 1"),
        (LIST, {"age_band": "boss"}, "P05", "list.csv line 1"),
        (LIST, {}, "C01", "list.csv line 1"),
        ("", ROLES, "D20", "list.csv line 1"),
        ("name,type\n", ROLES, "P05", "list.csv line 1"),
        (LIST, {"debt": "sensitive"}, "C01", "list.csv line 3"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, roles: dict[str, str], rule: str, where: str, violations_of: Callable[..., tuple[Violation, ...]]
) -> None:
    found = violations_of(_listed, tmp_path, text, roles=roles)
    assert any(v.rule == rule and v.where.startswith(where) for v in found), found


def test_the_command_writes_a_contract_once(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    words = [
        "contract",
        "from-list",
        tmp_path / "list.csv",
        "-o",
        tmp_path / "c.yaml",
        "--owner",
        "X",
        "--role",
        "age_band=sensitive",
    ]
    code, told = record(*words)
    assert (code, told["columns"], told["taken"]["minimum"]) == (0, 4, "Min")
    assert read_contract(tmp_path / "c.yaml").digest == told["digest"]
    again = run(*words)
    assert (again.returncode, "exists" in again.stderr) == (2, True)
    assert run(*words[:-1], "age_band").returncode == 2
    (tmp_path / "data.csv").write_text("age_band,debt,late,note\n1,0.5,true,x\n3,2,false,y\n", encoding="utf-8")
    held = run("contract", "check", tmp_path / "c.yaml", tmp_path / "data.csv")
    assert (held.returncode, held.stdout) == (0, "All 2 rows comply with contract list 1.\n")
    (tmp_path / "data.csv").write_text("age_band,debt,late,note\n9,0.5,true,x\n", encoding="utf-8")
    assert "[D04]" in run("contract", "check", tmp_path / "c.yaml", tmp_path / "data.csv").stderr


@pytest.mark.slow
def test_a_municipality_of_315_columns(tmp_path: Path, shared_data: Path) -> None:
    words = ["--owner", "City", "--role", "persoon_geslacht_vrouw=sensitive"]
    made = run("contract", "from-list", shared_data / "rotterdam_schema_315_features.csv.gz", "-o", tmp_path / "c.yaml", *words)
    assert made.returncode == 0, made.stderr
    assert len(read_contract(tmp_path / "c.yaml").columns) == 315
    code, told = record("contract", "check", tmp_path / "c.yaml", shared_data / "rotterdam_features_synthetic.parquet")
    # The list calls four columns of codes whole numbers, and the rows hold text: each is told, and nothing else.
    assert code == 2
    assert [(v["rule"], "contains text, but dtype integer" in v["what"]) for v in told["refused"]] == [("D17", True)] * 4
