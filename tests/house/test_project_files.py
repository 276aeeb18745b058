"""No file of the project names a package host, a path of somebody's machine, or the tools it was written with."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.house.tree import ROOT, name_of, project_files

# Written in pieces, so that this file does not hold what it looks for.
_HOSTS = ("py" + "pi.org", "python" + "hosted", "registry.npm" + "js", "deb.deb" + "ian")
_FOLDERS = ("wo" + "rk", "ho" + "me", "ro" + "ot", "Us" + "ers", "tm" + "p")
_TOOLS = ("cl" + "aude", "anth" + "ropic", "open" + "ai", "chat" + "gpt", "cop" + "ilot", "sub" + "agent", "sub-" + "agent")
FORBIDDEN = {
    "a package host": "|".join(map(re.escape, _HOSTS)),
    "a path of one machine": rf"(?<![\w.~])/(?:{'|'.join(_FOLDERS)})/\w",
    "a writing tool": rf"\b(?:{'|'.join(_TOOLS)})\b",
}
TEXT = ".cfg .css .csv .html .in .j2 .json .md .po .pot .py .sh .svg .toml .txt .yaml .yml".split()  # noqa: SIM905 - reads better


def _texts() -> list[Path]:
    return [path for path in project_files() if path.suffix in {*TEXT, ""}]


def test_the_project_was_found() -> None:
    names = {name_of(path) for path in project_files()}
    assert {"pyproject.toml", "README.md", "LICENSE", "Makefile", ".ci/run"} <= names


@pytest.mark.parametrize("path", _texts(), ids=name_of)
def test_file_names_nothing_of_one_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [
        f"line {text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group()}"
        for what, pattern in FORBIDDEN.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]
    assert not found, f"{name_of(path)}: {found}"


def test_the_test_can_fail() -> None:
    hosts, paths, _ = FORBIDDEN.values()
    assert re.search(hosts, "https://py" + "pi.org/simple")
    assert re.search(paths, "see /ho" + "me/somebody/file")
    assert not re.search(paths, "docs/how-to/gate.md, either/or, smartstart_gov/tmp/x")


def test_constraints_name_versions_only() -> None:
    for name in ("constraints.txt", "requirements-gate.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if line and not line.startswith("#")]
        assert pins
        strays = [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+( ; .+)?", line)]
        assert not strays, f"{name}: {strays}"


def test_private_bundles_stay_out() -> None:
    private = [name_of(path) for path in project_files() if path.name == "bundle.private.json"]
    assert not [name for name in private if not name.startswith("tests/")]


def test_no_folder_of_tests_or_code_is_left_out_by_its_name() -> None:
    """A name that is left out is left out at every depth: tests of such a folder would never run, and its code never be read."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    left_out = [*settings["pytest"]["ini_options"]["norecursedirs"], *settings["ruff"]["extend-exclude"]]
    folders = {part for path in project_files() if path.suffix == ".py" for part in path.relative_to(ROOT).parts[:-1]}
    assert {"tests", "demo"} <= folders
    assert [name for name in sorted(folders) if any(fnmatch(name, pattern) for pattern in left_out)] == []
