"""The terminal's tables, read aloud."""

from __future__ import annotations

from smartstart_gov.cli.verdicts import _printed
from tests.documents import evidence as made


def test_rows_whose_group_nobody_recorded_are_called_that() -> None:
    header = _printed(made.public().tally)[0]
    assert header.split("  ")[-1].strip() == "rows without a recorded group"
