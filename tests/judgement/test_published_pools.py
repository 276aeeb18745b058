"""In published counts too a group does not vanish in a pool: by itself it is held against all others, wherever ranges allow it."""

from __future__ import annotations

import pytest

from smartstart_gov.judgement.published_counts import judge_counts
from tests.judgement.test_ranged import chosen, found, table


@pytest.mark.parametrize("wide", [0, 1], ids=["exact", "rounded"])
@pytest.mark.parametrize("census", [True, False])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize("harmed", [6, 100, 50], ids=["seldom", "often", "alike"])
def test_in_published_counts_no_group_vanishes_in_a_pool_either(wide: int, census: bool, measure: str, harmed: int) -> None:
    """Of 200 people; all others are selected one in four, and so are those of the pool together."""
    mild = {6: 95, 100: 55, 50: 72}[harmed]
    sizes = [(500, 2000), (500, 2000), (harmed, 200), (mild, 290), (mild, 290), (0, 0)]
    boxes = [((x, x + (wide if n else 0)), (n - x, n - x)) for x, n in sizes]
    limit = {"at_most": 0.12} if measure == "difference" else {"measure": "ratio", "at_least": 0.6}
    answer = found(boxes, limit | {"pool_under": 300}, census=census)
    assert answer.comparisons == 3
    if harmed == 50:
        assert answer.status == "PASSED"
    else:
        assert (answer.status, answer.reason.code, answer.remedy.code) == ("NOT_SHOWN", "counts.pooled", "remedy.pooled")
        assert (answer.reason.values["group"], answer.reason.values["other_kind"]) == ("g2", "rest")
        assert answer.decisive is not None
        # Without chance there are no bounds of chance.
        assert wide or (answer.decisive.low == answer.decisive.value) == census
        # By itself a group that is large enough to be compared is a breach, and no member of a pool.
        assert found(boxes, limit | {"pool_under": 100}, census=census).status == "FAILED"


def test_a_group_in_a_pool_that_may_lie_outside_is_enough() -> None:
    """As published one in four, like all others; within what was rounded it may be one in six, or one in three."""
    sizes = [((500, 500), (1500, 1500)), ((500, 500), (1500, 1500)), ((30, 70), (150, 150)), ((72, 72), (218, 218))]
    for at_most, code in ((0.06, "counts.pooled"), (0.1, "limit.passed_census")):
        assert found(sizes, {"at_most": at_most, "pool_under": 300}, census=True).reason.code == code
    for at_least, code in ((0.7, "counts.pooled"), (0.6, "limit.passed_census")):
        limit = {"measure": "ratio", "at_least": at_least, "pool_under": 300}
        assert found(sizes, limit, census=True).reason.code == code


@pytest.mark.parametrize("census", [True, False])
def test_a_group_of_the_size_of_the_pool_is_in_none(census: bool) -> None:
    """Either large group lies 0.08 from everybody and 0.16 from all others: the policy asks the first alone."""
    small = ((17, 17), (33, 33))
    boxes = [((1680, 1681), (2320, 2320)), ((1040, 1041), (2960, 2960)), small, small]
    assert found(boxes, {"at_most": 0.1, "between": "overall", "pool_under": 4001}, census=census).reason.code == "counts.pool"
    exactly = [((1680, 1680), (2320, 2320)), ((1040, 1040), (2960, 2960)), ((17, 18), (32, 32)), small]
    assert found(exactly, {"at_most": 0.1, "between": "overall", "pool_under": 4000}, census=census).status == "PASSED"


def test_of_few_people_in_a_pool_chance_is_told_apart_where_the_policy_does() -> None:
    """8 of 20 where one in four is usual: beyond a limit of 0.12 as an estimate, and no more than chance makes of 20."""
    boxes = [((500, 501), (1500, 1500)), ((500, 501), (1500, 1500)), ((8, 8), (12, 12)), ((55, 55), (175, 175))]
    limit = {"at_most": 0.12, "pool_under": 300}
    answers = [
        found(boxes, limit, census=True),
        judge_counts([table(boxes)], chosen(limit, decide_on="point"), census=False).findings[0],
        found(boxes, limit),
    ]
    assert [answer.reason.code for answer in answers] == ["counts.pooled", "counts.pooled", "limit.passed"]
    assert answers[0].decisive is not None
    assert answers[0].decisive.group_denominator == 20
    # A breach stays one, whoever is in the pool.
    for census in (True, False):
        broken = found([boxes[0], ((1000, 1001), (1000, 1000)), *boxes[2:]], limit, census=census)
        assert broken.status == "FAILED"


def test_a_group_in_a_pool_that_lies_on_the_limit_is_outside_it() -> None:
    """3 of 10, or 5 of 20, where 2 of 10 are selected of all others: 0.1 more, or 0.8 times as often."""
    large, fair = ((200, 200), (800, 800)), ((2, 2), (8, 8))
    for own, limit, wider in (
        (((3, 3), (7, 7)), {"at_most": 0.1}, {"at_most": 0.11}),
        (((5, 5), (15, 15)), {"measure": "ratio", "at_least": 0.8}, {"measure": "ratio", "at_least": 0.79}),
    ):
        for asked, code in ((limit, "counts.pooled"), (wider, "limit.passed_census")):
            assert found([large, large, own, fair], asked | {"pool_under": 100}, census=True).reason.code == code


@pytest.mark.parametrize("limit", [{"at_most": 0.12}, {"measure": "ratio", "at_least": 0.6}])
def test_of_several_in_a_pool_the_one_furthest_outside_is_named(limit: dict[str, object]) -> None:
    """Two in five and one in two, where one in four is usual; the rest of the pool makes up for both."""
    sizes = [(500, 2000), (500, 2000), (86, 200), (100, 200), (64, 600)]
    boxes = [((x, x), (n - x, n - x)) for x, n in sizes]
    answer = found(boxes, limit | {"between": "rest", "harm": "higher", "pool_under": 700}, census=True)
    assert (answer.reason.code, answer.reason.values["group"]) == ("counts.pooled", "g3")
