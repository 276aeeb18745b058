"""What has to start fast loads no heavy library: the face, the help, and the gate in CI."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"sklearn", "shap", "pandas", "scipy", "weasyprint", "pandera", "fairlearn", "skops", "jinja2", "numba", "matplotlib"}

COMMAND = """
import json, sys
sys.argv = ["smartstart-gov", *{arguments!r}]
from smartstart_gov.cli.main import main
try:
    code = main()
except SystemExit as stop:
    code = stop.code
json.dump([code, sorted({{name.partition(".")[0] for name in sys.modules}})], open({target!r}, "w"))
"""


def _loaded(program: str, target: Path) -> tuple[int, set[str]]:
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=600)
    code, names = json.loads(target.read_text(encoding="utf-8"))
    return code or 0, set(names)


def test_import_of_the_face(tmp_path: Path) -> None:
    target = tmp_path / "modules.json"
    program = f"import json, sys, smartstart_gov; json.dump([0, sorted(sys.modules)], open({str(target)!r}, 'w'))"
    _, names = _loaded(program, target)
    assert "smartstart_gov" in names
    assert not names & (HEAVY | {"numpy", "pydantic", "click"})


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["gate", "--help"]], ids=" ".join)
def test_help(tmp_path: Path, arguments: list[str]) -> None:
    target = tmp_path / "modules.json"
    code, names = _loaded(COMMAND.format(arguments=arguments, target=str(target)), target)
    assert code == 0
    assert not names & (HEAVY | {"numpy", "pydantic"})
    assert ("click" in names) is (len(arguments) > 1), "the page of all commands is printed without click"


@pytest.mark.slow
def test_gate(tmp_path: Path, released_version: Path) -> None:
    target = tmp_path / "modules.json"
    code, names = _loaded(COMMAND.format(arguments=["gate", str(released_version)], target=str(target)), target)
    assert code in (0, 1, 3, 5), "the gate has to reach a verdict for the budget to mean anything"
    assert "numpy" in names
    assert not names & HEAVY
