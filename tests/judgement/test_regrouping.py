"""Groups of published counts as a question asks them: areas of the step that it names, of everybody whose area is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from smartstart_gov.counting.tally import Axis, Step
from smartstart_gov.judgement.published_counts import judge_counts, regroup
from smartstart_gov.judgement.question import questions
from tests.judgement.test_ranged import Box, chosen, table

STEPS = (
    Step(name="quarter", ancestors=("north", "north", "south", "west")),
    Step(name="district", ancestors=("left", "right", "left", "right")),
)  # fmt: skip
BOXES: list[Box] = [((1, 2), (3, 3)), ((10, 10), (20, 25)), ((100, 100), (200, 250)), ((7, 9), (8, 8))]
STRAYS: Box = ((1000, 1001), (2000, 2002))


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("place", [0, 1])
def test_areas_hold_the_rows_of_their_groups(place: int, unknown: bool) -> None:
    made = table([*BOXES, STRAYS] if unknown else BOXES, unknown=unknown)
    axis = replace(made.axes[0], steps=STEPS)
    step = STEPS[place]
    limit = {"at_most": 0.1, "between": "groups", "needs": dict.fromkeys(("shadow", "trial", "release"), "wide"),
             "ladder": [{"id": "wide", "question": "groups", "at_most": 0.1, "step": step.name}]}  # fmt: skip
    asked = questions(chosen(limit).limits[0])[0]
    found = regroup(replace(made, axes=(axis,)), asked)
    assert found is not None
    areas = tuple(dict.fromkeys(step.ancestors))
    sets = [[i for i, ancestor in enumerate(step.ancestors) if ancestor == area] for area in areas]
    levels = (*areas, "unknown") if unknown else areas
    assert found.axes == (Axis(name="axis0", levels=levels, unknown=unknown),)
    for name in ("low", "high", "published"):
        column = getattr(made, name)
        expected = [column[rows].sum(axis=0) for rows in (*sets, *([[len(BOXES)]] if unknown else []))]
        assert (getattr(found, name) == np.array(expected)).all(), name


@pytest.mark.parametrize("census", [True, False])
def test_a_group_that_stands_out_within_an_area_that_does_not_is_no_breach_of_a_rung_on_areas(census: bool) -> None:
    """400 and 0 of 2000 are 200 of 2000 on each side: as groups they differ by a fifth, as districts not at all."""
    boxes: list[Box] = [((400, 400), (1600, 1600)), ((0, 1), (2000, 2000)), ((0, 0), (2000, 2000)), ((400, 400), (1600, 1600))]
    made = table(boxes)
    made = replace(made, axes=(replace(made.axes[0], steps=STEPS),))
    limit = {"at_most": 0.1, "between": "groups", "needs": dict.fromkeys(("shadow", "trial", "release"), "wide"),
             "ladder": [{"id": "wide", "question": "groups", "at_most": 0.1, "step": "district"}]}  # fmt: skip
    wide, top = judge_counts([made], chosen(limit), census=census).findings
    assert (wide.status, wide.comparisons, top.status, top.comparisons) == ("PASSED", 1, "FAILED", 6)
    assert wide.decisive is not None
    assert {(wide.decisive.group, wide.decisive.group_kind), (wide.decisive.other, wide.decisive.other_kind)} == {
        ("left", "area"), ("right", "area"),
    }  # fmt: skip
