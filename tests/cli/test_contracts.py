"""``contract diff``: what changed, what follows, and the exit code."""

from __future__ import annotations

from pathlib import Path

from smartstart_gov.project.writing import yaml_text
from tests.cli.command import record, run
from tests.project import frames


def _write(path: Path, **more: object) -> Path:
    path.write_text(yaml_text(frames.contract(**more)), encoding="utf-8")
    return path


def test_a_diff_ends_with_what_follows(tmp_path: Path) -> None:
    home = tmp_path / "project"
    home.mkdir()
    old = _write(home / "contract.yaml")
    harmless = _write(tmp_path / "harmless.yaml", version="2")
    breaking = _write(tmp_path / "breaking.yaml", columns=[c for c in frames.COLUMNS if c["name"] != "origin"])
    same = run("contract", "diff", home, old)
    assert (same.returncode, same.stdout) == (0, "invented 1 to invented 1: 0 changes, 0 that matter.\n")
    assert run("contract", "diff", home, harmless).returncode == 0
    told = run("contract", "diff", home, breaking)
    assert told.returncode == 1
    assert "column 'origin': It went (role sensitive)" in told.stdout
    assert "comparability: audits before and after" in told.stdout
    code, found = record("contract", "diff", home, breaking)
    assert (code, found["exit_code"], found["matter"]) == (1, 1, True)
    assert found["changes"][0]["consequences"] == ["comparability"]


def test_a_diff_with_what_is_not_there_is_refused(tmp_path: Path) -> None:
    done = run("contract", "diff", tmp_path, tmp_path / "nothing.yaml")
    assert done.returncode == 2
    assert "contract.yaml" in done.stderr
