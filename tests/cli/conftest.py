"""A small project whose model breaks a limit, audited through the command line once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.projects import rows, write_project

VERSION = "1.0.0"


def write_data(home: Path, *, gap: float = 0.4) -> tuple[Path, Path]:
    """Write rows without scores, and the scores by key, beside the project `home`."""
    table = rows(gap=gap)
    data, scores = home.parent / "data.csv", home.parent / "scores.csv"
    # Booleans as the contract's reader knows them.
    table.drop(columns="score").assign(asked=table["asked"].map({True: "true", False: "false"})).to_csv(data, index=False)
    table[["key", "score"]].sample(frac=1, random_state=0).to_csv(scores, index=False)
    return data, scores


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project with one audited version; not to be changed."""
    home = write_project(tmp_path_factory.mktemp("cli") / "help")
    data, scores = write_data(home)
    done = run("audit", home, data, "--predictions", scores, "--version", VERSION, "--unsealed", "--yes")
    assert done.returncode == 1, done.stderr + done.stdout
    return home


@pytest.fixture
def project(audited: Path, tmp_path: Path) -> Path:
    """A copy of the project that a test may change; its data stand beside it."""
    shutil.copytree(audited, tmp_path / "help")
    for name in ("data.csv", "scores.csv"):
        shutil.copy(audited.parent / name, tmp_path / name)
    return tmp_path / "help"


@pytest.fixture
def version(project: Path) -> Path:
    """The version in that copy."""
    return project / VERSION


@pytest.fixture
def few_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer simulated audits behind a chance than `check` takes: enough where the test is about something else."""
    for module in ("cli.projects", "planning.prospect"):
        monkeypatch.setattr(f"smartstart_gov.{module}._RUNS", 20)
