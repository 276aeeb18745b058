"""Power: chances from simulation, the closed forms held against them, and what a plan says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.small_areas import AREAS, BASE_RATE, CHILDREN, LIMIT
from smartstart_gov.authoring.contract import DataContract, Expected
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.errors import Refused
from smartstart_gov.judgement.judge import judge_limit, status_of
from smartstart_gov.judgement.question import Question, questions
from smartstart_gov.planning.chances import World
from smartstart_gov.planning.expectation import Groups, Model, expectation
from smartstart_gov.planning.power import Plan, planned
from smartstart_gov.statistics.sample_size import cases_needed
from smartstart_gov.statistics.spread import cases_for_spread
from tests.projects import TEXT, column, contract
from tests.strategies import counted, policy


def world(groups: int, cases: int, rate: float, rules: Policy) -> World:
    """Return groups of one size, with a selection rate of `rate`."""
    axis = Axis(name="axis0", levels=tuple(f"g{i}" for i in range(groups)))
    sizes = Groups(axes=(axis,), rows=np.full(groups, float(cases)), base=np.full(groups, 0.3))
    model = Model(true_positive_rate=rate, false_positive_rate=rate)
    return World(groups=sizes, model=model, base_rate=0.3, policy=rules, alpha=0.05)


def chance(groups: int, cases: int, rate: float, runs: int, **limit: Any) -> float:
    rules = policy(limit=limit)
    asked = questions(rules.limits[0])
    return world(groups, cases, rate, rules).reached(asked, runs=runs)[-1].value


RATIO = {"measure": "ratio", "at_least": 0.8, "at_most": None}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "rate", "groups"),
    [(RATIO, 0.5, 5), ({}, 0.8, 2), ({"between": "rest"}, 0.8, 5), ({"between": "overall"}, 0.7, 4)],
)
def test_the_cases_of_the_closed_form_give_the_chance_asked_for(limit: dict[str, Any], rate: float, groups: int) -> None:
    one = policy(limit=limit).limits[0]
    n = cases_needed(rate, groups, one.measure, one.between, one.bound, alpha=0.05)
    assert n is not None
    # 200 audits: a standard error of 2.8 points, and a few points for the closed form itself.
    assert chance(groups, n, rate, runs=200, **limit) == pytest.approx(0.8, abs=0.1)
    assert chance(groups, n // 2, rate, runs=200, **limit) < 0.6


@pytest.mark.slow
def test_the_closed_form_of_a_spread_gives_the_chance_asked_for() -> None:
    rules = policy(limit={
        "ladder": [{"id": "spread", "question": "spread", "at_most": 0.05}],
        "needs": {"shadow": "spread", "trial": "spread", "release": "limit"},
    })  # fmt: skip
    spread = questions(rules.limits[0])[:1]
    n = cases_for_spread(0.2, 40, 0.05, alpha=0.05)
    assert n is not None
    assert world(40, n, 0.2, rules).reached(spread, runs=300)[0].value == pytest.approx(0.8, abs=0.1)


# Simulated rows to pass a fair model, at 80 % and at 95 %, pair by pair, from the statistics of the design.
SIMULATED = {
    (0.5, "ratio", 0.8): {2: (347, 543), 5: (586, 783), 10: (739, 923), 44: (1067, 1271), 100: (1247, 1442)},
    (0.1, "ratio", 0.8): {2: (3125, 4691), 5: (5217, 7042), 10: (6710, 8381), 44: (9504, 11311), 100: (11202, 12827)},
    (0.8, "difference", 0.1): {2: (270, 418), 5: (458, 634), 10: (589, 732), 44: (854, 988), 100: (988, 1121)},
}


@pytest.mark.parametrize(("rate", "measure", "bound"), SIMULATED)
def test_the_closed_form_lies_within_five_per_cent_of_the_simulated_table(rate: float, measure: Any, bound: float) -> None:
    for groups, expected in SIMULATED[rate, measure, bound].items():
        for power, simulated in zip((0.8, 0.95), expected, strict=True):
            n = cases_needed(rate, groups, measure, "groups", bound, alpha=0.05, power=power)
            assert n == pytest.approx(simulated, rel=0.05), (groups, power)


def turns(status: Callable[[int], str], low: int, high: int) -> Iterator[int]:
    """Yield both sides of every place between two counts where the status turns."""
    if status(low) == status(high):
        return
    if high - low == 1:
        yield from (low, high)
        return
    middle = (low + high) // 2
    yield from turns(status, low, middle)
    yield from turns(status, middle, high)


ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("selection_rate", {}), ("true_positive_rate", RATIO), ("false_positive_rate", {"between": "rest", "harm": "higher"}),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("metric", "limit", "rows", "unknown"),
    [
        *((*one, 60, 0) for one in ASKED),
        *((*one, 1000, 5) for one in ASKED),
        ("selection_rate", {"between": "overall"}, 200, 0),
    ],
)
def test_statuses_are_those_of_the_judge_to_the_case(metric: str, limit: dict[str, Any], rows: int, unknown: int) -> None:
    """One case more or less turns the answer: there the two have to turn together."""

    def tally(cases: int) -> Tally:
        counts = {"a": (rows, rows // 2), "b": (rows, cases), "c": (2 * rows, rows), "unknown": (unknown, unknown // 2)}
        both = {name: (n - x, x) for name, (n, x) in counts.items()}
        at = {name: (9, 9, *pair) if metric == "true_positive_rate" else (*pair, 9, 9) for name, pair in both.items()}
        return counted(at | {"unknown": (0, 0, 0, 0)} if unknown == 0 else at, unknown=True)

    seen = set()
    for decide_on in ("interval", "point"):
        rules = policy(limit={"metric": metric, **limit}, decide_on=decide_on)
        (question,) = questions(rules.limits[0])
        status = partial(_status, tally, rules, question)
        for cases in {*turns(status, 0, rows // 2), *turns(status, rows // 2, rows), rows // 2}:
            (found,) = judge_limit(tally(cases), rules, rules.limits[0], 0.05)
            assert status(cases) == found.status, (decide_on, cases)
            seen.add((decide_on, found.status))
    assert {("interval", "NOT_SHOWN"), ("interval", "FAILED"), ("point", "PASSED"), ("point", "FAILED")} <= seen
    if unknown:
        assert {("interval", "PASSED"), ("point", "NOT_SHOWN")} <= seen


def _status(tally: Callable[[int], Tally], rules: Policy, question: Question, cases: int) -> str:
    return status_of(tally(cases), rules, question, 0.05, failing=0.05)


@pytest.mark.slow
def test_statuses_on_a_ladder_are_those_of_the_judge() -> None:
    from benchmarks.small_areas import city

    rules, rng, seen = policy(), np.random.default_rng(1), set()
    for rates in (np.full(AREAS, 0.1), rng.uniform(0.02, 0.3, AREAS), rng.uniform(0.0, 0.7, AREAS)):
        tally = city(rng, rates)
        passing = True
        for question, found in zip(questions(LIMIT), judge_limit(tally, rules, LIMIT, 0.05), strict=True):
            status = status_of(tally, rules, question, 0.05, failing=0.01)
            assert found.status == (status if passing or status != "PASSED" else "NOT_SHOWN")
            passing = passing and status == "PASSED"
            seen.add((question.measure, found.status))
    assert {("spread", "PASSED"), ("spread", "FAILED"), ("difference", "NOT_SHOWN")} <= seen


@settings(max_examples=10, deadline=None)
@given(st.integers(2, 6), st.integers(60, 400), st.floats(0.1, 0.9), st.floats(0.05, 0.3))
def test_a_wider_limit_never_lowers_the_chance(groups: int, cases: int, rate: float, bound: float) -> None:
    narrow, wide = (chance(groups, cases, rate, runs=60, at_most=b) for b in (bound, min(1.3 * bound, 0.99)))
    assert wide >= narrow  # the same seed draws the same audits


@settings(max_examples=10, deadline=None)
@given(st.integers(2, 6), st.integers(60, 300), st.floats(0.1, 0.9))
def test_more_cases_never_lower_the_chance_beyond_noise(groups: int, cases: int, rate: float) -> None:
    few, many = (chance(groups, n, rate, runs=100, at_most=0.12) for n in (cases, 2 * cases))
    assert many >= few - 0.15


def areas(**expected: Any) -> DataContract:
    """Return the contract of 44 neighbourhoods in quarters and districts, as in benchmarks/small_areas.py."""
    columns = [c for c in contract()["columns"] if c["role"] != "sensitive"]
    columns.append(column("area", "string", "sensitive", levels=[f"n{i:02}" for i in range(AREAS)]))
    quarter = {f"n{i:02}": f"q{i // 4:02}" for i in range(AREAS)}
    district = {f"q{i:02}": f"d{i * 4 // 11}" for i in range(AREAS // 4)}
    steps = [
        {"name": "quarter", "meaning": TEXT, "parents": quarter},
        {"name": "district", "meaning": TEXT, "parents": district},
    ]
    return DataContract.model_validate(contract(columns=columns, hierarchies={"area": steps}, expected=expected))


def plan(declared: DataContract, rules: Policy, **options: Any) -> Plan:
    assert declared.expected is not None
    return planned(rules, expectation(declared, declared.expected), **options)


@pytest.mark.slow
def test_small_neighbourhoods_reach_the_rungs_that_the_simulation_of_the_gate_says() -> None:
    rules = policy(attributes=["area"], limit={"by": ["area"]}, split={"method": "cross_fit", "folds": 5})
    found = plan(
        areas(rows_per_year=AREAS * CHILDREN, base_rate=BASE_RATE), rules.model_copy(update={"limits": (LIMIT,)}),
        runs=100, thorough=False,
    )  # fmt: skip
    chances = {one.question.rung: one.fair.value for one in found.prospects}
    assert min(chances[rung] for rung in ("spread", "districts", "quarters")) >= 0.88
    assert chances["narrow"] >= 0.8
    assert [one.question.rung for one in found.hopeless] == ["limit"]
    # Of a rung it is told what it finds in one area; the smallest of them is no larger than any other here.
    seen = {one.question.rung: one.sees for one in found.prospects}
    assert all(one is not None for one in seen.values())
    spread = seen["spread"]
    assert spread is not None
    assert [(sight.at_least, sight.under) for sight in spread.sights] == [(70, 100)]
    assert (spread.harm, spread.cases) == ("2", 300)
    ways = {(way.kind, way.step): way.amount for way in found.hopeless[0].ways}
    assert ("step", "district") in ways
    assert 2 < (ways["rows", None] or 0) < 5  # 186 cases by the closed form, and 72 at hand


def test_breaches_are_found_and_half_the_limit_is_harder_than_none() -> None:
    rules = policy(attributes=["area"], limit={"by": ["area"], "between": "rest", "metric": "false_positive_rate"})
    found = plan(areas(rows_per_year=60_000, base_rate=0.1), rules, runs=100).prospects[0]
    assert found.half is not None
    assert found.breach is not None
    assert found.fair.value > 0.95
    assert found.breach.value > 0.75
    assert found.half.value < found.fair.value
    few = plan(areas(rows_per_year=6_000, base_rate=0.1), rules, runs=100).prospects[0]
    assert few.breach is not None
    assert few.breach.value < 0.5


def test_rows_of_unknown_group_are_what_stands_in_the_way() -> None:
    declared = DataContract.model_validate(contract(expected={"rows_per_year": 40_000, "base_rate": 0.2}))
    rules = policy(attributes=["origin"], limit={"by": ["origin"], "at_most": 0.1})
    (found,) = plan(declared, rules, runs=100, thorough=False).prospects
    assert found.fair.value == 0.0
    assert [way.kind for way in found.ways] == ["recorded"]
    assert any("10% of the rows" in said for said in plan(declared, rules, runs=100, thorough=False).assumed)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"base_rates": {"street": {"A": 0.1}}}, "not a sensitive column"),
        ({"base_rates": {"origin": {"Z": 0.1}}}, "not a level of 'origin'"),
        ({"unknown_shares": {"origin": 0.5}}, "maximum_unknown_share 0.1"),
        ({"unknown_shares": {"quarter": 0.01}}, "maximum_unknown_share 0"),
        ({"true_positive_rate": 0.2, "false_positive_rate": 0.3}, "such a model is useless"),
        ({"rows": 12}, "Extra inputs"),
        ({"base_rate": 0.0}, "greater than 0"),
    ],
)
def test_what_is_expected_is_held_against_the_contract(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        DataContract.model_validate(contract(expected=wrong))


def test_nothing_expected_leaves_older_digests_alone_and_something_travels() -> None:
    bare, full = DataContract.model_validate(contract()), DataContract.model_validate(contract(expected={"base_rate": 0.1}))
    assert "expected" not in bare.to_record()
    assert DataContract.from_record(full.to_record()) == full
    assert DataContract.from_record(bare.to_record()) == bare


def test_without_sizes_there_is_no_plan() -> None:
    with pytest.raises(Refused, match="rows_per_year and base_rate"):
        expectation(DataContract.model_validate(contract()), Expected())


def test_a_breach_lies_twice_the_limit_away() -> None:
    rules = policy(limit={"between": "overall", "at_most": 0.1})
    (question,) = questions(rules.limits[0])
    assert isinstance(question, Question)
    truth = world(4, 100, 0.5, rules)
    rates = truth._rates(question, "breach")
    assert rates is not None
    assert sorted(np.abs(rates - rates.mean()))[-1] == pytest.approx(0.2)
