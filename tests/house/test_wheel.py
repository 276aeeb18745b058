"""What is installed is whole: the wheel holds templates, catalogues and the worked example, and draws a document."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from smartstart_gov.demo.run import SCENARIOS
from smartstart_gov.demo.scenarios import AUTHORED
from tests.house.tree import PACKAGE, ROOT

RENDER = """
import sys
from pathlib import Path
import smartstart_gov as gov
print(gov.__file__)
bundle = gov.read_bundle(Path(sys.argv[1]))
gov.render(bundle, "model_card", lang="nl").write_pdf(sys.argv[2])
"""


def test_wheel_holds_everything_the_package_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    templates = [path for path in (ROOT / "templates").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = {f"smartstart_gov/_templates/{path.relative_to(ROOT / 'templates').as_posix()}" for path in templates}
    wanted |= {f"smartstart_gov/{path.relative_to(PACKAGE).as_posix()}" for path in PACKAGE.rglob("*.py")}
    files = [(name, file) for name, one in SCENARIOS.items() for file in (*AUTHORED, *one.more)]
    authored = [ROOT / "model_cards" / name / file for name, file in files]
    wanted |= {f"smartstart_gov/_model_cards/{path.parent.name}/{path.name}" for path in authored}
    assert all(path.is_file() for path in authored)
    assert not wanted - names
    assert "smartstart_gov/py.typed" in names


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    roots = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert roots == {"smartstart_gov", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"}


@pytest.mark.pdf
def test_installed_elsewhere_it_draws_a_document(wheel: Path, released_version: Path, tmp_path: Path) -> None:
    target, pdf = tmp_path / "installed", tmp_path / "card.pdf"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, timeout=900, stdin=subprocess.DEVNULL)
    environment = os.environ | {"PYTHONPATH": str(target)}
    command = [sys.executable, "-c", RENDER, str(released_version), str(pdf)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(target)
    assert pdf.read_bytes().startswith(b"%PDF-")
