"""The list behind `make faults` names tests and lines that are there, and it would say so where a fault is back."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT
from tools import faults
from tools.faults import FAULTS, PLANTS, Plant

TESTS = sorted({test for tests in FAULTS.values() for test in tests} | {plant.test for plant in PLANTS})


@pytest.mark.parametrize("test", TESTS)
def test_a_fault_is_pinned_by_a_test_that_there_is(test: str) -> None:
    file, _, name = test.partition("::")
    assert re.search(rf"^(    )?def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.path)
def test_a_plant_changes_one_line_that_there_is(plant: Plant) -> None:
    compile(plant.mutation.applied((ROOT / "smartstart_gov" / plant.path).read_bytes()), plant.path, "exec")
    assert plant.old != plant.new


@pytest.mark.parametrize("bad", [{TESTS[0]: "it did not run"}, {}])
@pytest.mark.parametrize("noticed", [True, False])
def test_one_that_is_back_fails_the_command(
    bad: dict[str, str], noticed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(faults, "broken", lambda ids, workers: bad)
    monkeypatch.setattr(faults, "unnoticed", lambda workers: [(plant, noticed) for plant in PLANTS])
    assert faults.main(["--workers", "1"]) == (0 if noticed and not bad else 1)
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("failed") for line in lines) is bool(bad or not noticed)
    assert sum(line.startswith(("ok ", "failed ")) for line in lines) == len(FAULTS) + len(PLANTS)


def test_a_plant_without_its_line_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not hold once"):
        Plant("release/gate.py", "no such line", "", "").mutation  # noqa: B018 - asked for its error


@pytest.mark.slow
def test_what_does_not_run_or_pass_is_told() -> None:
    there = "tests/house/test_faults.py::test_a_plant_without_its_line_is_an_error"
    gone = "tests/house/test_faults.py::test_that_there_is_not"
    assert set(faults.broken([there, gone], 0)) >= {gone}
    assert faults.broken([there], 0) == {}
