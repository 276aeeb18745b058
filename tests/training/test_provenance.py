"""The revision of the training code is git's, or unknown; asking never fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from smartstart_gov.training.provenance import UNKNOWN, code_revision, versions


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "train.py").write_text("one")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "start")
    return tmp_path


def test_a_clean_repository_gives_its_revision(repository: Path) -> None:
    assert code_revision(repository) == git(repository, "rev-parse", "HEAD")
    (repository / "data.csv").write_text("untracked files are no code")
    assert code_revision(repository) == git(repository, "rev-parse", "HEAD")


def test_edited_code_says_so(repository: Path) -> None:
    (repository / "train.py").write_text("two")
    assert code_revision(repository) == git(repository, "rev-parse", "HEAD") + "+edited"


def test_a_folder_of_the_repository_gives_the_same(repository: Path) -> None:
    (repository / "inside").mkdir()
    assert code_revision(repository / "inside") == code_revision(repository)


def test_without_git_it_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code_revision(tmp_path) == UNKNOWN
    assert code_revision(tmp_path / "nowhere") == UNKNOWN
    git(tmp_path, "init", "-q")
    assert code_revision(tmp_path) == UNKNOWN, "a repository without a commit has no revision"
    monkeypatch.setenv("PATH", "")
    assert code_revision(tmp_path) == UNKNOWN


def test_settings_of_the_surroundings_do_not_turn_git_elsewhere(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    git(elsewhere, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    assert code_revision(repository) != UNKNOWN


def test_versions_name_the_engine_and_never_fail() -> None:
    assert "pandas" in versions("pandas")
    assert "polars" in versions("polars")
    assert versions("no-such-library")["no-such-library"] == UNKNOWN
    assert all(versions("pandas").values())
