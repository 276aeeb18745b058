"""Everything that asks the gate from CI gives the gate's own answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from smartstart_gov.cli.overview import COMMANDS
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.release.gate import gate
from tests.cli.command import run
from tests.house.tree import ROOT
from tests.release.test_gate import plain

PROGRAMS = Path(sys.executable).parent


def findings(version: Path, stage: Any) -> dict[str, int]:
    """Return how many tests have to pass, fail and be skipped, the decision's own included."""
    found = read_bundle(version).public.verdict.findings
    blocked = sum(f.blocks_at(stage) for f in found)
    skipped = sum(f.status == "NOT_SHOWN" and not f.blocks_at(stage) for f in found)
    allowed = gate(version, stage=stage).allowed
    counts = {
        "failed": blocked + (not allowed), "skipped": skipped, "passed": len(found) - blocked - skipped + allowed,
    }  # fmt: skip
    return {word: n for word, n in counts.items() if n}


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["shadow", "release"])
@pytest.mark.parametrize("named", ["project", "version"])
def test_pytest_has_a_test_for_each_finding(tmp_path: Path, stage: str, named: str) -> None:
    path = plain().parent if named == "project" else plain()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--smartstart",
        str(path),
        "--smartstart-stage",
        stage,
    ]
    if not _registered():
        command[3:3] = ["-p", "smartstart_gov.integrations.pytest_plugin"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=500)
    told = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped)", done.stdout.splitlines()[-1])}
    assert told == findings(plain(), stage), done.stdout
    assert done.returncode == (1 if "failed" in told else 0)
    assert stage == "shadow" or f"gate[{stage}]" in done.stdout


@pytest.mark.slow
def test_a_finding_that_people_let_pass_is_skipped(tmp_path: Path) -> None:
    from tests.release.test_waivers import ALARM, both, prepared, render

    version = prepared(tmp_path)
    both(version, stage="trial")
    render(version)
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--smartstart", str(version)]
    if not _registered():
        command[3:3] = ["-p", "smartstart_gov.integrations.pytest_plugin"]
    done = subprocess.run(
        [*command, "--smartstart-stage", "trial"], cwd=tmp_path, capture_output=True, text=True, timeout=500
    )  # fmt: skip
    # What is not shown has its own tests, which fail whether the policy accepts it or not.
    assert ("WAIVED, was FAILED" in done.stdout, f": {ALARM} _" in done.stdout) == (True, False), done.stdout
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=500)
    assert ("WAIVED" in done.stdout, f": {ALARM} _" in done.stdout) == (False, True), done.stdout


def _registered() -> bool:
    from importlib.metadata import entry_points

    return any(point.value == "smartstart_gov.integrations.pytest_plugin" for point in entry_points(group="pytest11"))


def test_pytest_names_a_project_without_versions(tmp_path: Path) -> None:
    from smartstart_gov.integrations.pytest_plugin import _folder

    with pytest.raises(pytest.UsageError):
        _folder(tmp_path)


def in_bash(script: str, tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"} | variables
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=500
    )


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "root"), [("shadow", ""), ("release", ""), ("shadow", "sha256:" + "0" * 64)])
def test_the_action_gives_the_gates_answer(tmp_path: Path, stage: str, root: str) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    install, ask = action["runs"]["steps"]
    assert "requirements-gate.txt" in install["run"]
    assert set(ask["env"]) == {"BUNDLES", "STAGE", "ROOT"}
    programs = tmp_path / "smartstart-gov" / "bin"
    programs.mkdir(parents=True)
    (programs / "smartstart-gov").symlink_to(PROGRAMS / "smartstart-gov")
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    done = in_bash(
        ask["run"], tmp_path, RUNNER_TEMP=str(tmp_path), GITHUB_STEP_SUMMARY=str(summary), BUNDLES=f"{plain()} {plain()}",
        STAGE=stage, ROOT=root,
    )  # fmt: skip
    decision = gate(plain(), stage=stage, root=root or None)
    assert done.returncode == decision.exit_code
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.count(f"to {stage}") == 2
    assert text.count("\n- ") == 2 * len(decision.reasons)


@pytest.mark.slow
def test_the_job_for_gitlab_gives_the_gates_answer(tmp_path: Path) -> None:
    job = yaml.safe_load((ROOT / "ci" / "gate.gitlab-ci.yml").read_text(encoding="utf-8"))[".smartstart-gate"]
    installs, asks = job["script"][:-1], job["script"][-1]
    assert all(line.startswith("pip install") for line in installs)
    done = in_bash(asks, tmp_path, SMARTSTART_BUNDLES=str(plain()), **job["variables"])
    assert done.returncode == gate(plain()).exit_code
    assert (tmp_path / job["artifacts"]["paths"][0]).read_text(encoding="utf-8").startswith("## help")


def test_hooks_name_commands_that_there_are() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["entry"].split()[0] for hook in hooks] == ["smartstart-gov"] * len(hooks)
    assert {hook["entry"].split()[1] for hook in hooks} <= set(COMMANDS)


def test_a_summary_holds_no_markup_of_others(tmp_path: Path) -> None:
    hostile = tmp_path / "<img src=x>|`[a](javascript:b)"
    done = run("gate", str(hostile), "--summary", str(tmp_path / "summary.md"))
    text = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert done.returncode == 2
    assert not re.search(r"(?<!\\)[<>|`\[\]()]", text)
