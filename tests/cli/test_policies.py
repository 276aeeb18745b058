"""``policy diff``: files, folders, versions, the last version and the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartstart_gov.assessment import audit_predictions
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.project import open_project
from smartstart_gov.authoring.writer import yaml_text
from tests.cli.command import record, run
from tests.projects import policy, rows, write_project


def _write(path: Path, **changes: object) -> Path:
    path.write_text(yaml_text(Policy.model_validate(policy(**changes))), encoding="utf-8")
    return path


def test_each_line_says_in_which_direction(tmp_path: Path) -> None:
    old = _write(tmp_path / "old.yaml")
    new = _write(tmp_path / "new.yaml", alpha=0.1, disclosure={"k": 20}, version="2")
    told = run("policy", "diff", old, new)
    assert told.returncode == 0
    assert told.stdout.splitlines() == [
        "Policy 1 to policy 2: 3 changes, 1 weaker.",
        "  weaker    alpha: 0.1, was 0.05",
        "  stronger  k: 20, was 10",
        "  other     version: 2, was 1",
    ]
    code, found = record("policy", "diff", old, new)
    assert (code, found["exit_code"], found["weaker"]) == (0, 0, 1)
    assert [change["direction"] for change in found["changes"]] == ["weaker", "stronger", "other"]


@pytest.mark.slow
def test_a_project_is_held_against_its_last_version_or_the_defaults(tmp_path: Path) -> None:
    home = write_project(tmp_path / "help")
    early = run("policy", "diff", home)
    assert early.returncode == 2
    assert "No version of this project has been audited yet" in early.stderr
    code, found = record("policy", "diff", "--defaults", home)
    assert (code, {change["key"] for change in found["changes"]}) == (0, {"signatures", "limit"})
    version = audit_predictions(rows(), open_project(home)).write(version="1.0.0")
    assert record("policy", "diff", home)[1]["changes"] == []
    _write(home / "policy.yaml", alpha=0.1)
    code, found = record("policy", "diff", home)
    assert (code, found["old"], [change["key"] for change in found["changes"]]) == (0, "version 1.0.0", ["alpha"])
    assert record("policy", "diff", version, home)[1]["changes"] == found["changes"]
    (version / "bundle.json").write_text("{}")
    assert run("policy", "diff", home).returncode == 2
    assert run("policy", "diff", version, home).returncode == 4


def test_the_defaults_go_with_one_policy(tmp_path: Path) -> None:
    old = _write(tmp_path / "old.yaml")
    assert run("policy", "diff", "--defaults", old, old).returncode == 2
    assert run("policy", "diff", old, tmp_path / "nothing.yaml").returncode == 2
