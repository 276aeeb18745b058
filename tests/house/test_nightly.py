"""What `make test` leaves out is there: a line of nightly.txt that names nothing would leave a test out for ever."""

from __future__ import annotations

import re

import pytest

from tests.conftest import NIGHTLY
from tests.house.tree import ROOT

LINES = [
    line
    for line in (ROOT / "tests" / "nightly.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_every_line_is_read() -> None:
    assert [f"{name} 1 of {keep}" if keep else name for name, keep in NIGHTLY] == LINES
    assert len({name for name, _ in NIGHTLY}) == len(LINES) > 20


@pytest.mark.parametrize("name", [name for name, _ in NIGHTLY])
def test_a_line_names_a_test(name: str) -> None:
    file, _, test = name.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not test or re.search(rf"^def {test}\(", text, re.MULTILINE)


def test_both_commands_together_run_everything() -> None:
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert make.count('-m "not nightly"') == make.count("-m nightly") == 1
    assert {"make test", "make nightly"} <= set((ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines())
