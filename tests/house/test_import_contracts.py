"""The import contracts of pyproject.toml hold, without a single exception, and they would notice a breach."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import PACKAGE, ROOT

LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(LINT, cwd=folder, capture_output=True, text=True, timeout=600)


def test_contracts_are_kept() -> None:
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


def test_contracts_have_no_exceptions() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert len(settings["contracts"]) >= 3
    assert not [contract["name"] for contract in settings["contracts"] if "ignore_imports" in contract]
    assert not settings.get("exclude_type_checking_imports", False)


def test_every_room_has_a_layer() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    river = next(contract for contract in settings["contracts"] if contract["type"] == "layers")
    assert river["exhaustive"]
    layers = {name.strip() for layer in river["layers"] for name in layer.replace("(", "").replace(")", "").split("|")}
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - {"__init__"} <= layers


def test_only_two_doors_are_left_out_of_the_light_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    light = next(contract for contract in settings["contracts"] if contract["id"] == "light")
    expected = {f"smartstart_gov.{room}" for room in ("judgement", "controls", "evidence", "release")}
    for room, door in (("counting", "handover"), ("statistics", "rowwise")):
        names = {path.stem for path in (PACKAGE / room).glob("*.py")} - {"__init__", door}
        expected |= {f"smartstart_gov.{room}.{name}" for name in names}
    assert expected == set(light["source_modules"])


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("counting/tally.py", "from smartstart_gov.judgement import finding", "The river runs one way"),
        ("statistics/rates.py", "def f():\n    import pandas", "reach no heavy library"),
        ("authoring/policy.py", "import yaml", "One door: yaml"),
        ("documents/card.py", "from smartstart_gov.exports import sarif", "The river runs one way"),
        ("exports/sarif.py", "from smartstart_gov.counting.tally import Tally", "Exports read the public evidence"),
        ("judgement/judge.py", "from smartstart_gov.statistics import rowwise", "reach no heavy library"),
        ("errors.py", "import click", "One door: click"),
    ],
)
def test_contracts_notice_a_breach(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(PACKAGE, tmp_path / "smartstart_gov", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / "smartstart_gov" / module
    target.write_text(target.read_text(encoding="utf-8") + "\n" + line + "\n", encoding="utf-8")
    result = _lint(tmp_path)
    assert result.returncode != 0
    broken = [text for text in result.stdout.splitlines() if text.rstrip().endswith("BROKEN")]
    assert any(contract.split()[0] in text for text in broken), result.stdout
