"""The ladder: weakest question first, until one is not passed; a breach counts on every rung."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.tally import Axis, Step, Tally
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.judgement.judge import judge_limit, status_of
from smartstart_gov.judgement.question import questions
from smartstart_gov.judgement.rungs import sees
from tests.chances import least, most
from tests.strategies import counted, policy

TEXT = {"nl": "Waarom.", "en": "Why."}
LADDER: tuple[dict[str, Any], ...] = (
    {"id": "spread", "question": "spread", "at_most": 0.05},
    {"id": "districts", "question": "groups", "step": "district", "at_most": 0.1},
)
NEEDS = {"shadow": "spread", "trial": "districts", "release": "districts"}


def limit(**changes: Any) -> Limit:
    given: dict[str, Any] = {
        "id": "alarm", "metric": "false_positive_rate", "by": ["area"], "measure": "difference", "between": "rest",
        "at_most": 0.1, "harm": "higher", "reason": TEXT, "ladder": LADDER, "needs": NEEDS,
    }  # fmt: skip
    return Limit.model_validate(given | changes)


def city(alarms: np.ndarray, negatives: int = 72, positives: int = 8) -> Tally:
    """Return areas of 80 children in four districts, with these false alarms."""
    size = len(alarms)
    names = tuple(f"a{i:02}" for i in range(size))
    axis = Axis(
        name="area", levels=names, steps=(Step(name="district", ancestors=tuple(f"d{i * 4 // size}" for i in range(size))),)
    )
    cells = np.stack([negatives - alarms, alarms, np.full(size, positives // 2), np.full(size, positives - positives // 2)], 1)
    return Tally(axes=(axis,), counts=cells.reshape(size, 2, 2).astype(np.int64), moments={})


def judged(tally: Tally, asked: Limit) -> dict[str, Finding]:
    return {str(f.rung): f for f in judge_limit(tally, policy(), asked, 0.05)}


def test_a_fair_city_climbs_to_the_rung_that_release_needs() -> None:
    found = judged(city(np.random.default_rng(1).binomial(72, 0.1, 44)), limit())
    assert [found[r].status for r in ("spread", "districts", "limit")] == ["PASSED", "PASSED", "NOT_SHOWN"]
    # Of a rung that is passed it is said what it would have found, at the rate and in the districts that there are.
    alarms = np.random.default_rng(1).binomial(72, 0.1, 44)
    question = questions(limit())[1]
    expected = sees(question, np.full(4, 11 * 72.0), alarms.sum() / (44 * 72), 0.05, k=policy().disclosure.k)
    assert found["districts"].sees == expected is not None
    assert found["limit"].sees is None
    # Nobody can show 44 areas of 80 children alike one by one, and no stage of this ladder asks for it.
    assert found["limit"].stage is None
    assert not any(f.blocks_at(stage) for f in found.values() for stage in ("shadow", "trial", "release"))


def test_a_spread_over_areas_of_which_small_ones_are_pooled_is_answered_as_it_stands() -> None:
    """Its groups are compared with nobody, so none of the pool is held against all others by itself."""
    negatives = np.where(np.arange(44) < 3, 40, 72)
    tally = city(np.random.default_rng(1).binomial(negatives, 0.1), negatives)  # type: ignore[arg-type]  # of each area its own
    found = judged(tally, limit(ladder=[LADDER[0] | {"pool_under": 60}, *LADDER[1:]]))["spread"]
    assert (found.status, found.comparisons) == ("PASSED", 42)


def test_an_area_that_stands_out_stops_the_climb_and_is_named() -> None:
    alarms = np.full(44, 7)
    alarms[5] = 24
    found = judged(city(alarms), limit())
    assert (found["spread"].status, found["spread"].reason.code) == ("NOT_SHOWN", "spread.flagged")
    assert found["spread"].decisive is not None
    assert found["spread"].decisive.group == "a05"
    # The districts would pass, but an earlier question is open.
    assert (found["districts"].status, found["districts"].reason.code) == ("NOT_SHOWN", "rung.not_reached")
    assert found["spread"].blocks_at("shadow")


def test_a_breach_on_a_high_rung_blocks_even_shadow() -> None:
    alarms = np.full(44, 4)
    alarms[:11] = 30
    found = judged(city(alarms), limit())
    assert found["districts"].status == "FAILED"
    assert found["districts"].blocks_at("shadow")


def test_a_wide_spread_fails() -> None:
    alarms = np.tile([0, 36], 22)
    found = judged(city(alarms), limit())
    assert (found["spread"].status, found["spread"].reason.code) == ("FAILED", "spread.failed")


def test_every_stage_needs_its_rung_and_all_below() -> None:
    stages = {str(q.rung): q.stage for q in questions(limit())}
    assert stages == {"spread": "shadow", "districts": "trial", "limit": None}
    assert [(q.measure, q.between) for q in questions(limit())] == [
        ("spread", "rest"), ("difference", "groups"), ("difference", "rest"),
    ]  # fmt: skip
    assert {q.rung: q.stage for q in questions(limit(ladder=(), needs=None))} == {None: "shadow"}


def test_a_rung_has_its_own_bound_or_that_of_its_limit() -> None:
    rungs = ({"id": "loose", "question": "rest", "at_most": 0.2}, {"id": "same", "question": "rest"})
    needs = dict.fromkeys(NEEDS, "limit")
    assert [q.bound for q in questions(limit(ladder=rungs, needs=needs))] == [0.2, 0.1, 0.1]
    rungs = ({"id": "loose", "question": "rest", "at_least": 0.5}, {"id": "same", "question": "rest"})
    ratio = limit(measure="ratio", at_most=None, at_least=0.8, ladder=rungs, needs=needs)
    assert [q.bound for q in questions(ratio)] == [0.5, 0.8, 0.8]


@pytest.mark.parametrize(
    ("metric", "harm", "upwards"),
    [
        ("false_positive_rate", "both", True), ("true_positive_rate", "both", False), ("selection_rate", "both", True),
        ("false_positive_rate", "lower", False), ("true_positive_rate", "higher", True), ("true_positive_rate", "lower", False),
    ],
)  # fmt: skip
def test_which_way_harm_lies_is_said_by_the_limit_or_else_by_the_rate(metric: str, harm: str, upwards: bool) -> None:
    (asked,) = questions(limit(metric=metric, harm=harm, ladder=(), needs=None))
    assert asked.upwards is upwards


def test_small_groups_enter_as_one_whatever_their_outcomes() -> None:
    cells = {"a": (900, 100, 50, 50), "b": (880, 120, 50, 50), "c": (5, 5, 1, 1), "d": (4, 0, 1, 1)}
    found = judge_limit(
        counted(cells, name="area"), policy(), limit(ladder=(), needs=None, between="groups", harm="both", pool_under=100), 0.05
    )[0]
    assert found.comparisons == 3
    assert found.decisive is not None
    assert "*" in {found.decisive.group, found.decisive.other}


@pytest.mark.parametrize("rungs", [1, 2, 3])
def test_the_chance_of_a_false_breach_is_divided_over_the_rungs(rungs: int) -> None:
    """A breach counts on any rung, so that each has its share of alpha: alone at that share it says the same."""
    alpha = 0.05
    plain: dict[str, Any] = {"between": "groups", "harm": "both", "needs": None, "ladder": ()}
    climbing = (*LADDER[1:], {"id": "again", "question": "groups", "step": "district", "at_most": 0.1})
    ladder = (
        limit(between="groups", harm="both", ladder=climbing[: rungs - 1], needs=dict.fromkeys(NEEDS, "limit"))
        if rungs > 1
        else limit(**plain)
    )
    assert len(questions(ladder)) == rungs
    failed = {level: [] for level in ("alone", "shared", "climbed")}
    for alarms in range(22, 60, 2):
        tally = counted({"a": (900, 100, 50, 50), "b": (200 - alarms, alarms, 10, 10)}, name="area")
        tally = Tally(
            axes=(Axis(name="area", levels=("a", "b"), steps=(Step(name="district", ancestors=("d0", "d1")),)),),
            counts=tally.counts, moments={},
        )  # fmt: skip
        for level, asked, at in (("alone", limit(**plain), alpha), ("shared", limit(**plain), alpha / rungs)):
            failed[level].append(judge_limit(tally, policy(), asked, at)[0].status == "FAILED")
        found = judge_limit(tally, policy(), ladder, alpha)
        failed["climbed"].append(found[-1].status == "FAILED")
        assert {f.status == "FAILED" for f in found} == {found[-1].status == "FAILED"}, "the rungs ask the same of two groups"
    assert failed["climbed"] == failed["shared"]
    assert (failed["shared"] == failed["alone"]) == (rungs == 1)
    assert set(failed["climbed"]) == {True, False}


def test_of_two_rungs_each_fails_at_half_of_alpha() -> None:
    """As the test above says of many tables; here one on which alone, at the whole of it, it fails."""
    tally = counted({"a": (900, 100, 50, 50), "b": (147, 53, 10, 10)}, name="area")
    alone, rungs = limit(between="groups", harm="both", needs=None, ladder=()), ({"id": "first", "question": "groups"},)
    both = limit(between="groups", harm="both", ladder=rungs, needs=dict.fromkeys(NEEDS, "limit"))
    statuses = [[f.status for f in judge_limit(tally, policy(), asked, 0.05)] for asked in (alone, both)]
    assert statuses == [["FAILED"], ["NOT_SHOWN", "NOT_SHOWN"]]


def test_a_spread_alone_is_answered_as_a_spread() -> None:
    """A fair city has no wider spread than it may have, though nobody can show its areas alike one by one."""
    fair = city(np.random.default_rng(1).binomial(72, 0.1, 44))
    statuses = [status_of(fair, policy(), questions(limit())[at], 0.05, failing=0.05, draws=199) for at in (0, 2)]
    assert statuses == ["PASSED", "NOT_SHOWN"]


def test_harm_in_one_direction_lets_the_other_pass() -> None:
    cells = {"a": (900, 100, 50, 50), "b": (900, 100, 50, 50), "c": (990, 10, 50, 50)}
    tally = counted(cells, name="area")
    plain: dict[str, Any] = {"ladder": (), "needs": None, "at_most": 0.085}
    assert judge_limit(tally, policy(), limit(**plain, harm="higher"), 0.05)[0].status == "PASSED"
    assert judge_limit(tally, policy(), limit(**plain, harm="lower"), 0.05)[0].status != "PASSED"
    ratio: dict[str, Any] = {"ladder": (), "needs": None, "measure": "ratio", "at_most": None, "at_least": 0.4}
    assert judge_limit(tally, policy(), limit(**ratio, harm="higher"), 0.05)[0].status == "PASSED"
    assert judge_limit(tally, policy(), limit(**ratio, harm="lower"), 0.05)[0].status == "FAILED"


def test_within_a_control_column_the_reversal_is_seen() -> None:
    # Both groups are treated alike within each level; the levels differ, and the groups lie differently over them.
    control = Axis(name="referral", levels=("school", "police"), kind="control")
    area = Axis(name="area", levels=("a", "b"))
    cells = np.zeros((2, 2, 4), dtype=np.int64)
    cells[0, 0], cells[0, 1] = (1800, 200, 50, 50), (180, 20, 5, 5)
    cells[1, 0], cells[1, 1] = (100, 100, 20, 20), (1000, 1000, 200, 200)
    tally = Tally(axes=(control, area), counts=cells.reshape(2, 2, 2, 2), moments={})
    asked: dict[str, Any] = {"ladder": (), "needs": None, "between": "groups", "harm": "both"}
    assert judge_limit(tally, policy(), limit(**asked), 0.05)[0].status == "FAILED"
    within = judge_limit(tally, policy(), limit(**asked, given="referral"), 0.05)[0]
    assert within.status == "PASSED"
    assert within.decisive is not None
    assert abs(float(within.decisive.value or 1)) < 1e-9


def test_levels_that_disagree_are_not_combined() -> None:
    control = Axis(name="referral", levels=("school", "police"), kind="control")
    area = Axis(name="area", levels=("a", "b"))
    cells = np.array([[(900, 100, 50, 50), (800, 200, 50, 50)], [(800, 200, 50, 50), (900, 100, 50, 50)]], dtype=np.int64)
    tally = Tally(axes=(control, area), counts=cells.reshape(2, 2, 2, 2), moments={})
    asked = limit(ladder=(), needs=None, between="groups", harm="both", given="referral")
    found = judge_limit(tally, policy(), asked, 0.05)[0]
    assert status_of(tally, policy(), questions(asked)[0], 0.05, failing=0.05) == "NOT_SHOWN"
    alike = replace(tally, counts=np.full_like(tally.counts, 500))
    assert status_of(alike, policy(), questions(asked)[0], 0.05, failing=0.05) == "PASSED"
    assert (found.status, found.reason.code, found.undefined) == ("NOT_SHOWN", "limit.heterogeneous", 0)
    assert found.reason.values["given"] == "referral"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"needs": None}, "ladder and needs go together"),
        ({"ladder": ()}, "ladder and needs go together"),
        ({"needs": {"shadow": "districts", "trial": "spread", "release": "spread"}}, "weaker rung than an earlier"),
        ({"needs": {"shadow": "spread", "trial": "spread", "release": "pairs"}}, "'pairs', which is not a rung"),
        ({"ladder": ({"id": "spread", "question": "spread"}, LADDER[1])}, "spread needs at_most"),
        ({"ladder": (LADDER[0], LADDER[0])}, "two rungs have the same id"),
        ({"between": "groups", "ladder": (), "needs": None}, "harm higher has no effect"),
        ({"given": "x", "between": "overall", "ladder": (), "needs": None}, "cannot be combined"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        limit(**changes)


def test_one_group_has_no_spread_and_rows_of_unknown_group_are_no_second_one() -> None:
    """The status alone says so too; and a group of one row is a group."""
    spread = limit(ladder=LADDER[:1], needs=dict.fromkeys(NEEDS, "spread"))
    question = questions(spread)[0]
    for cells, unknown in (
        ({"a": (900, 100, 50, 50), "b": (0, 0, 0, 0)}, False),
        ({"a": (900, 100, 50, 50), "unknown": (90, 10, 5, 5)}, True),
    ):
        tally = counted(cells, unknown=unknown, name="area")
        assert judged(tally, spread)["spread"].reason.code == "limit.single"
        assert status_of(tally, policy(), question, 0.05, failing=0.05, draws=99) == "NOT_SHOWN"
    one_row = counted({"a": (1, 1, 0, 0), "b": (1, 0, 0, 0)}, name="area")
    plain, rules = limit(ladder=(), needs=None, at_most=0.9, harm="both", between="groups"), policy(decide_on="point")
    assert status_of(one_row, rules, questions(plain)[0], 0.05, failing=0.05) == "PASSED"
    assert judge_limit(one_row, rules, plain, 0.05)[0].status == "PASSED"


@pytest.mark.slow
def test_44_areas_of_80_children() -> None:
    """A fair model enters shadow; one with a single area at three times the false alarms hardly is released."""
    rng = np.random.default_rng(44)
    asked = limit(ladder=({"id": "first", "question": "spread", "at_most": 0.05}, {"id": "second", "question": "spread", "at_most": 0.037}),
                  needs={"shadow": "first", "trial": "first", "release": "second"})  # fmt: skip
    runs, fair_shadow, fair_release = 30, 0, 0
    for _ in range(runs):
        fair = judged(city(rng.binomial(72, 0.1, 44)), asked).values()
        fair_shadow += not any(f.blocks_at("shadow") for f in fair)
        fair_release += not any(f.blocks_at("release") for f in fair)
    # The rates over 10 000 runs are better than these (docs/explanation/honest-gate.md).
    assert fair_shadow >= least(runs, 0.965)
    assert fair_release >= least(runs, 0.93)

    harsh, released = np.full(44, 0.1), 0
    harsh[0] = 0.3
    for _ in range(200):
        # The answers alone, of which another test holds that they are the judge's, so that more runs are affordable.
        tally = city(rng.binomial(72, harsh))
        released += all(
            status_of(tally, policy(), question, 0.05, failing=0.01, draws=1499) == "PASSED"
            for question in questions(asked)[:2]
        )
    # Without the search for areas that stand out it would be one in five.
    assert released <= most(200, 0.085)
