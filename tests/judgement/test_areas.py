"""The verdict on a model that chooses areas: what of a limit applies, what is a census, and what rests on outcomes."""

from __future__ import annotations

from typing import Any

import pytest

from smartstart_gov.aggregates import judge_areas
from smartstart_gov.counting.tally import Tally
from smartstart_gov.judgement.judge import judge
from tests.strategies import counted, policy

#: Few residents: by chance alone nothing could be shown of them.
FEW = counted({"a": (12, 5, 3, 2), "b": (12, 5, 3, 2)})
LADDER = {
    "ladder": [{"id": "rest", "question": "rest", "at_most": 0.1}],
    "needs": dict.fromkeys(("shadow", "trial", "release"), "limit"),
}


def answers(tally: Tally = FEW, *, truth: bool = True, **limit: Any) -> list[tuple[str, str, str]]:
    rules = policy(limit=limit, attributes=["axis0", "area", "other"], intersections=[["axis0", "area"]])
    found = judge_areas(tally, rules, areas={"area"}, truth=truth)
    assert (found.policy_digest, found.decide_on) == (rules.digest, "interval")
    return [(f.status, f.reason.code, f.remedy.code) for f in found.findings]


@pytest.mark.parametrize("by", [["area"], ["axis0", "area"]])
@pytest.mark.parametrize("more", [{}, LADDER])
def test_between_areas_a_limit_does_not_apply(by: list[str], more: dict[str, Any]) -> None:
    """An area is chosen whole: between areas the difference is what the model is for."""
    assert answers(by=by, **more) == [("NOT_APPLICABLE", "areas.apart", "remedy.areas")] * (2 if more else 1)


def test_which_share_of_a_group_was_chosen_is_known_of_everybody_and_no_matter_of_chance() -> None:
    assert answers() == [("PASSED", "limit.passed_census", "remedy.none")]
    assert answers(truth=False) == answers()
    assert answers(counted({"a": (15, 0, 5, 0), "b": (12, 5, 3, 2)})) == [("FAILED", "limit.failed_census", "remedy.change")]


@pytest.mark.parametrize("more", [{}, LADDER])
def test_whether_it_was_chosen_rightly_needs_outcomes_and_is_a_matter_of_chance(more: dict[str, Any]) -> None:
    rungs = 2 if more else 1
    without = answers(metric="false_positive_rate", truth=False, **more)
    assert without == [("NOT_SHOWN", "counts.metric", "remedy.truth")] * rungs
    rules = policy(limit={"metric": "false_positive_rate"} | more)
    for tally in (FEW, counted({"a": (900, 100, 3, 2), "b": (900, 100, 3, 2)})):
        expected = [(f.status, f.reason.code, f.remedy.code) for f in judge(tally, rules).findings]
        assert answers(tally, metric="false_positive_rate", **more) == expected
        assert expected[0][0] == ("NOT_SHOWN" if tally is FEW else "PASSED")


def test_a_limit_on_what_was_not_counted_is_not_shown() -> None:
    for metric in ("selection_rate", "false_positive_rate"):
        for more in ({"given": "axis0", "between": "rest"}, {"by": ["other"]}):
            assert answers(metric=metric, **more) == [("NOT_SHOWN", "counts.attribute", "remedy.table")]
