"""Curves: chances that grow with the rows, and a drawing that says the same."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.judgement.question import questions
from smartstart_gov.planning.power import FACTORS, curves, drawing
from tests.planning.test_power import world
from tests.strategies import policy

SVG = "{http://www.w3.org/2000/svg}"


def two() -> Policy:
    limit = {"id": "gap", "metric": "selection_rate", "by": ["axis0"], "measure": "difference", "between": "groups",
             "at_most": 0.1, "reason": "open"}  # fmt: skip
    return policy(limits=[limit, limit | {"id": "wide", "at_most": 0.2}])


def test_chances_grow_with_the_rows_and_a_wider_limit_passes_sooner() -> None:
    rules = two()
    gap, wide = curves([(world(2, 200, 0.5, rules), questions(one)) for one in rules.limits], 400.0, runs=40)
    assert gap.rows == tuple(400.0 * factor for factor in FACTORS)
    for one in (gap, wide):
        assert one.fair[0] < one.fair[-1]
        assert one.fair[-1] > 0.95
        # The standard error of a difference of two of these is 11 points at most.
        assert all(later >= earlier - 0.33 for earlier, later in zip(one.fair, one.fair[1:], strict=False))
    assert all(b >= a for a, b in zip(gap.fair, wide.fair, strict=True))
    # The same as the plan says on the same rows, with the same seed.
    assert gap.fair[FACTORS.index(1.0)] == world(2, 200, 0.5, rules).reached(questions(rules.limits[0]), runs=40)[0].value


def test_the_drawing_has_a_panel_a_question_and_its_points_stand_where_the_chances_say() -> None:
    rules = two()
    found = curves([(world(2, 200, 0.5, rules), questions(one)) for one in rules.limits], 400.0, runs=20)
    tree = ElementTree.fromstring(drawing(found, wanted=0.8))
    texts = [element.text for element in tree.iter(f"{SVG}text")]
    assert {"gap", "wide", "100", "400", "3.2k"} <= set(texts)
    paths = [e.get("d") or "" for e in tree.iter(f"{SVG}path") if e.get("stroke-width") == "1.8"]
    assert len(paths) == 4
    zero, one = (
        next(float(e.get("y") or 0) for e in tree.iter(f"{SVG}text") if e.text == label) - 3 for label in ("0%", "100%")
    )
    heights = [(zero - float(y)) / (zero - one) for y in re.findall(r" ([0-9.]+)", paths[1])]
    assert heights == pytest.approx(list(found[0].fair), abs=0.01)
    # No text beyond the edge of the drawing.
    assert all(0 <= float(e.get("x") or 0) <= 480 for e in tree.iter(f"{SVG}text"))
