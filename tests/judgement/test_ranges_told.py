"""What is said of ranges: of the worst that they allow to a group in a pool, and of a group of one person."""

from __future__ import annotations

import pytest

from smartstart_gov.judgement.finding import Finding
from smartstart_gov.judgement.judge import judge
from smartstart_gov.judgement.published_counts import judge_counts
from tests.judgement.test_ranged import Box, chosen, found, table
from tests.strategies import counted

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


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    return [(one.status, one.reason.code.partition(".")[2], one.comparisons) for one in findings]


@pytest.mark.parametrize("question", [None, "groups", "rest", "overall"])
@pytest.mark.parametrize("reference", ["g0", "g1", "g3"])
@pytest.mark.parametrize("sizes", [((20, 50), (400, 1000), (20, 50), (24, 60)), ((40, 50), (400, 1000), (8, 50), (24, 60))])
def test_exact_counts_are_pooled_as_judge_pools_them_on_every_rung(
    sizes: tuple[tuple[int, int], ...], reference: str, question: str | None
) -> None:
    limit: dict[str, object] = {
        "at_most": 0.3, "between": "reference", "harm": "higher", "reference": reference, "pool_under": 100,
    }  # fmt: skip
    if question is not None:
        limit |= {"ladder": [{"id": "first", "question": question, "at_most": 0.3, "pool_under": 100}],
                  "needs": dict.fromkeys(("shadow", "trial", "release"), "first")}  # fmt: skip
    ranged = judge_counts([table([((x, x), (n - x, n - x)) for x, n in sizes])], chosen(limit), census=False).findings
    plain = judge(counted({f"g{i}": (n - x, x, 0, 0) for i, (x, n) in enumerate(sizes)}), chosen(limit)).findings
    assert told(ranged) == told(plain)
