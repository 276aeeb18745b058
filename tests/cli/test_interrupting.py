"""Ctrl-C while an audit runs: nothing is half-written, and the same command afterwards does the whole work."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from smartstart_gov.authoring.scaffold import init_project
from smartstart_gov.cli.console import INTERRUPTED, UNREAD
from smartstart_gov.ledger import Ledger
from smartstart_gov.looks.looks import LOOK
from tests.cli.command import command, run, surroundings

AUDIT = (
    "audit",
    "early_help",
    "early_help/sample.csv",
    "--estimator",
    "train:model",
    "--version",
    "1.0.0",
    "--unsealed",
    "--yes",
)


def interrupted(home: Path, step: str, *options: str) -> set[str]:
    """Audit in `home`, press Ctrl-C when `step` begins, and return the files that are new, the log's apart."""
    before = set(home.rglob("*"))
    with subprocess.Popen(
        command(*AUDIT, *options), cwd=home.parent, env=surroundings(PYTHONDONTWRITEBYTECODE="1"),
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        next(line for line in running.stderr if line.startswith(step))
        os.kill(running.pid, signal.SIGINT)
        said = running.stderr.read()
    assert running.returncode == INTERRUPTED, said
    assert "unfinished work was not written" in said
    return {str(path.relative_to(home)) for path in set(home.rglob("*")) - before if "log" not in path.parts}


@pytest.mark.slow
def test_an_audit_that_is_interrupted_leaves_no_version_and_costs_one_look(tmp_path: Path) -> None:
    home = tmp_path / "early_help"
    init_project(home)
    assert interrupted(home, "Counting, judging") == set()
    again = run(*AUDIT, cwd=tmp_path)
    assert again.returncode in (0, 1, 3), again.stderr
    assert len(Ledger(home / "log").find(LOOK)) == 1


@pytest.mark.slow
@pytest.mark.pdf
def test_while_documents_are_drawn_the_evidence_stands_whole_and_no_document_does(tmp_path: Path) -> None:
    home = tmp_path / "early_help"
    init_project(home)
    left = interrupted(home, "Writing the model card", "--render")
    assert "1.0.0/manifest.json" in left
    assert not [name for name in left if ".pdf" in name or ".tmp" in name]
    assert run("verify", "early_help/1.0.0", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_who_has_read_enough_is_no_fault_of_anybodys_code(tmp_path: Path, options: list[str]) -> None:
    init_project(tmp_path / "help")
    with subprocess.Popen(
        command("todo", "help", *options), cwd=tmp_path, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (UNREAD, "")
