"""requirements-gate.txt is enough for the gate, and for nothing heavier."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.house.tree import ROOT

PINS = [line for line in (ROOT / "requirements-gate.txt").read_text(encoding="utf-8").splitlines() if "==" in line]


def test_gate_and_constraints_pin_the_same_versions() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert PINS
    assert not set(PINS) - set(constraints)


def test_gate_needs_no_heavy_library() -> None:
    names = {re.split("==", pin)[0].lower() for pin in PINS}
    assert {"numpy", "pydantic", "pyyaml", "click"} <= names
    assert not names & {"pandas", "scikit-learn", "scipy", "shap", "fairlearn", "pandera", "skops", "weasyprint", "jinja2"}


@pytest.mark.slow
def test_an_environment_with_only_these_runs_the_gate(tmp_path: Path, released_version: Path, wheel: Path) -> None:
    venv.create(tmp_path / "venv")
    programs = tmp_path / "venv" / "bin"
    # The pip of this environment works on the other one, which then needs none of its own.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(programs / "python")]
    for what in (["-r", str(ROOT / "requirements-gate.txt")], ["--no-deps", str(wheel)]):
        subprocess.run([*pip, "install", "--quiet", "--no-compile", *what], check=True, timeout=500)
    command = [str(programs / "smartstart-gov"), "gate", str(released_version), "--stage", "shadow"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode in (0, 1, 3, 5), done.stderr
    installed = subprocess.run([*pip, "list", "--format=freeze"], capture_output=True, text=True, check=True).stdout
    assert "numpy" in installed
    assert "pandas" not in installed
    assert "scikit" not in installed
