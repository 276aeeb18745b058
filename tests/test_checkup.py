"""doctor: every fault is told under its own name, and a project in order is said to be so."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import smartstart_gov as gov
from smartstart_gov.release.root import write_root
from tests.cli.command import run
from tests.release.test_gate import plain
from tests.release.test_signing import log, signer, signers


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a project in order: sealed off from git's own settings, with a root and a version."""
    home = shutil.copytree(plain().parent, tmp_path / "help")
    write_root(log(home / "1.0.0"), signers(), [signer("director"), signer("officer")])
    (home / ".gitignore").write_text("bundle.private.json\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(home)], check=True)
    return home


def told(home: Path) -> dict[str, str]:
    return {check.name: check.state for check in gov.doctor(home).checks}


def test_a_project_in_order_is_left_as_it_is(home: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and ".git/" not in str(path)}
    health = gov.doctor(home)
    assert {check.state for check in health.checks} == {"ok"}, health
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and ".git/" not in str(path)} == before
    assert run("doctor", str(home)).returncode == health.exit_code == 0


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"20", b"21", 1) + b" " * (path.suffix == ".pdf"))


def _branch(home: Path) -> None:
    from smartstart_gov.ledger import entry_of, file_of

    name, data = file_of(entry_of("note", {}, parents=log(home / "1.0.0").heads()[:0]))
    (home / "log" / name).write_bytes(data)


FAULTS: dict[str, tuple[Any, str, str, int]] = {
    "an edited policy": (lambda h: (h / "policy.yaml").write_text("format: 1\n"), "files", "attention", 3),
    "an edited entry": (lambda h: edit(next((h / "log").iterdir())), "log", "broken", 4),
    "two branches": (_branch, "log", "attention", 3),
    "an edited card": (lambda h: edit(h / "1.0.0" / "model_card.nl.pdf"), "version 1.0.0", "broken", 4),
    "an edited bundle": (lambda h: edit(h / "1.0.0" / "bundle.json"), "version 1.0.0", "broken", 4),
    "a version that is gone": (lambda h: shutil.rmtree(h / "1.0.0"), "version 1.0.0", "attention", 3),
    "no version control": (lambda h: shutil.rmtree(h / ".git"), "git", "attention", 3),
    "nothing is passed over": (lambda h: (h / ".gitignore").unlink(), "git", "attention", 3),
    "a confidential edition held": (
        lambda h: subprocess.run(["git", "-C", str(h), "add", "-f", "1.0.0"], check=True), "git", "attention", 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told(home: Path, name: str) -> None:
    make, check, state, code = FAULTS[name]
    make(home)
    found = gov.doctor(home)
    assert (told(home)[check], found.exit_code) == (state, code), found


@pytest.mark.parametrize(("days", "state"), [(59, "attention"), (61, "ok")])
def test_a_root_that_ends_soon_is_told(tmp_path: Path, days: int, state: str) -> None:
    home = shutil.copytree(plain().parent, tmp_path / "help")
    assert told(home)["signers"] == "attention"
    ends = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
    write_root(log(home / "1.0.0"), signers(expires=str(ends)), [signer("director"), signer("officer")])
    assert told(home)["signers"] == state


def test_a_folder_that_takes_no_files_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    assert told(home)["disk"] == "attention"
