"""What is said of ranges: of the worst that they allow to a group in a pool, and of a group of one person."""

from __future__ import annotations

import pytest

from tests.judgement.test_ranged import Box, found

LARGE: Box = ((500, 501), (1500, 1500))


@pytest.mark.parametrize(
    ("x", "y"), [(8, 6), (9, 6), (10, 6), (10, 8), (11, 8), (12, 10), (13, 10), (13, 12), (14, 12), (15, 12)]
)
def test_a_group_in_a_pool_is_asked_about_at_its_worst_however_mild_it_may_be_too(x: int, y: int) -> None:
    """So few that probabilities are enumerated: what else the ranges hold makes a breach no less likely."""

    def code(low: int, high: int) -> str:
        boxes: list[Box] = [LARGE, LARGE, ((low, x), (y, high)), ((100, 100), (340, 340))]
        return found(boxes, {"at_most": 0.12, "pool_under": 500}).reason.code

    assert code(x, y) in ("counts.pooled", "limit.passed")
    assert {code(x - 2, y), code(x, y + 1), code(x - 3, y + 1)} == {code(x, y)}


def test_one_person_is_a_group_and_nobody_is_none() -> None:
    for box, single in ((((0, 1), (0, 0)), False), (((0, 0), (0, 1)), False), (((0, 0), (0, 0)), True)):
        answer = found([LARGE, box], {"at_most": 0.1}, census=True)
        assert (answer.reason.code == "limit.single") == single
