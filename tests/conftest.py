"""Fixtures that every part of the suite may use."""

from __future__ import annotations

import gc
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import HealthCheck, settings

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.reader import read_contract
from smartstart_gov.authoring.scaffold import init_project
from smartstart_gov.errors import Refused, Violation
from tests.once import once

settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

#: What `make test` leaves out for `make nightly`: a test or a file, and of how many cases one stays.
NIGHTLY = re.findall(
    r"^(tests/\S+?)(?: 1 of (\d+))?$", Path(__file__).with_name("nightly.txt").read_text(encoding="utf-8"), re.MULTILINE
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of nightly.txt."""
    left_out = {name: int(keep) if keep else None for name, keep in NIGHTLY}
    seen: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.split("[")[0]
        for name in (test, test.split("::")[0]):
            if name in left_out:
                seen[name] += 1
                keep = left_out[name]
                if keep is None or seen[name] % keep != 1 % keep:
                    item.add_marker(pytest.mark.nightly)


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what was imported and collected: it stays, and each full search looks through it."""
    gc.collect()
    gc.freeze()


ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the project; tests that need it are skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets are not beside the project")
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompletedProcess[str]]:
    """The folder of the project that ``smartstart-gov demo`` left, and what it printed; not to be changed."""
    from tests.cli.command import run

    def make(folder: Path) -> None:
        done = run("demo", "new", "--scenario", "stops", cwd=folder)
        said = {"args": done.args, "returncode": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
        (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")

    folder = once(tmp_path_factory, "demo", make)
    return folder / "new" / "stops", CompletedProcess(**json.loads((folder / "said.json").read_text(encoding="utf-8")))


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
