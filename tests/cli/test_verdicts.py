"""The terminal's tables, read aloud."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from smartstart_gov.cli.verdicts import _found, _printed
from tests.documents import evidence as made


def test_rows_whose_group_nobody_recorded_are_called_that() -> None:
    header = _printed(made.public().tally)[0]
    assert header.split("  ")[-1].strip() == "rows without a recorded group"


@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_where_what_decides_is_not_printed_the_widest_printed_gap_stands_and_says_so(measure: str) -> None:
    table = made.public().disparities
    by, metric, between = ("neighbourhood",), "selection_rate", "overall"
    rows = table.rows(by=by, metric=metric, measure=measure, between=between)
    assert len(rows) > 1
    hidden = replace(
        made.public().verdict.findings[0], by=by, metric=metric, measure=measure, between=between, decisive=None,
    )  # fmt: skip
    found, pair = _found(hidden, made.public())
    value, low, high = (float(x) for x in re.findall(r"-?[\d.]+|inf", found))
    if measure == "ratio":
        widest = min(min(table.value[i], 1 / table.value[i]) for i in rows)
    else:
        widest = max((table.value[i] for i in rows), key=abs)
    assert value == pytest.approx(widest, abs=5e-4)
    assert low <= value <= high
    assert pair.startswith("printed groups only: ")


def test_where_nothing_of_a_question_is_printed_it_says_so() -> None:
    hidden = replace(made.public().verdict.findings[0], by=("nowhere",), decisive=None)
    assert _found(hidden, made.public()) == ("not printed", "")
