"""A project's folder: opened whole, or every mistake in it is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from smartstart_gov.authoring.project import open_project
from smartstart_gov.errors import EvidenceBroken, Refused, Violation


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_init_writes_is_opened_without_writing(home: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in [home, *home.rglob("*")]}
    project = open_project(home)
    assert repr(project) == "Project(early_help: contract early_help_sample 1.0 with 9 columns, policy 1.0 with 4 limits)"
    assert (project.charter.name, project.path) == ("early_help", home)
    assert len(project.split_key) == 32
    assert open_project(str(home)) == project
    assert {path: path.stat().st_mtime_ns for path in [home, *home.rglob("*")]} == before


def test_mistakes_in_all_three_files_are_told_at_once(home: Path, violations_of: Callable[..., tuple[Violation, ...]]) -> None:
    replace(home / "charter.yaml", "effect: offer_of_help", "effect: help")
    replace(home / "contract.yaml", "dtype: boolean", "dtype: bool")
    replace(home / "policy.yaml", "at_most: 0.1", "at_most: 10")
    found = violations_of(open_project, home)
    assert [(v.rule, v.where.split()[0]) for v in found] == [
        ("P05", "charter.yaml"),
        ("P05", "contract.yaml"),
        ("P05", "policy.yaml"),
    ]


def test_a_policy_names_what_contract_and_charter_declare(
    home: Path, violations_of: Callable[..., tuple[Violation, ...]]
) -> None:
    policy = home / "policy.yaml"
    replace(policy, "attributes: [origin, neighbourhood]", "attributes: [origin, neighbourhood, sex]")
    replace(policy, "between: overall", "between: reference\n    reference: europa")
    replace(policy, "audit: 0.4}", 'audit: 0.4, cut: "2026-01-01"}')
    replace(policy, "signatures: [owner, dpo]", "signatures: [owner, fg]")
    found = violations_of(open_project, home)
    assert [(v.rule, v.where.partition(", key ")[2]) for v in found] == [
        ("D13", "attributes[2]"), ("D13", "limits[3].reference"), ("D13", "split.cut"), ("D13", "stages.trial.signatures[1]"),
    ]  # fmt: skip
    assert found[0].remedy == "Choose from neighbourhood, origin, or give the column the role sensitive."
    assert "owner, dpo, ethics_committee" in found[3].remedy


@pytest.mark.parametrize(
    ("finding", "known"),
    [("limit.{first}", True), ("control.R02", True), ("{first}", False), ("limit.nowhere", False), ("limit.a b", False)],
)
def test_a_risk_names_a_finding_that_there_can_be(home: Path, finding: str, known: bool) -> None:
    first = open_project(home).policy.limits[0].id
    with (home / "charter.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "risks:\n  - {description: {nl: A, en: A}, origin: {nl: B, en: B}, likelihood: low, impact: low, measure: open,\n"
        )
        file.write(f"     residual: low, finding: {finding.format(first=first)}}}\n")
    if known:
        assert open_project(home).charter.risks[0].finding is not None
        return
    with pytest.raises(Refused) as refused:
        open_project(home)
    assert [(v.rule, v.where.partition(", key ")[2]) for v in refused.value.violations] == [("P05", "risks[0].finding")]


def test_a_missing_file_is_told_with_the_others(home: Path, violations_of: Callable[..., tuple[Violation, ...]]) -> None:
    (home / "contract.yaml").unlink()
    replace(home / "policy.yaml", "alpha: 0.05", "alpha: 5")
    assert [v.rule for v in violations_of(open_project, home)] == ["U01", "P05"]


@pytest.mark.parametrize("name", ["nowhere", "train.py"])
def test_no_folder_is_no_project(home: Path, name: str) -> None:
    with pytest.raises(Refused) as refused:
        open_project(home / name)
    assert refused.value.rule == "U01"
    assert "smartstart-gov init" in str(refused.value)


def test_without_a_key_no_split(home: Path) -> None:
    shutil.rmtree(home / "log")
    with pytest.raises(Refused) as refused:
        _ = open_project(home).split_key
    assert (refused.value.rule, refused.value.exit_code) == ("U01", 2)


@pytest.mark.parametrize("body", [{"key": "00" * 32}, {"key": "x"}, {}])
def test_a_second_key_breaks_the_log(home: Path, body: dict[str, str]) -> None:
    project = open_project(home)
    project.ledger.append("split_key", body)
    with pytest.raises(EvidenceBroken, match="2 keys"):
        _ = project.split_key


def test_a_key_that_is_none_breaks_the_log(home: Path) -> None:
    shutil.rmtree(home / "log")
    project = open_project(home)
    project.ledger.append("split_key", {"key": "0" * 63})
    with pytest.raises(EvidenceBroken, match="not a valid key"):
        _ = project.split_key
