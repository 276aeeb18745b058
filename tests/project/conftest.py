"""A project as init writes it, and ways to change it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.reader import read_contract
from smartstart_gov.project.scaffold import init_project


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as init writes it; read only."""
    folder = tmp_path_factory.mktemp("started") / "early_help"
    init_project(folder)
    return folder


@pytest.fixture
def home(started: Path, tmp_path: Path) -> Path:
    """A copy of the project that a test may change."""
    return Path(shutil.copytree(started, tmp_path / "home"))


@pytest.fixture(scope="session")
def contract(started: Path) -> DataContract:
    """The contract of the sample."""
    return read_contract(started / "contract.yaml")


@pytest.fixture(scope="session")
def violations_of() -> Callable[..., tuple[Violation, ...]]:
    """Call a function, and return the violations it is refused for; none where it is not refused."""

    def call(function: Callable[..., object], *arguments: object, **options: object) -> tuple[Violation, ...]:
        try:
            function(*arguments, **options)
        except Refused as refused:
            return refused.violations
        return ()

    return call
