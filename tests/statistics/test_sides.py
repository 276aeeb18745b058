"""Rests, everybody and unknown rows where rows have weights or hang together: against the rows themselves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.judgement.enumeration import small, unclear
from smartstart_gov.judgement.judge import judge, status_of
from smartstart_gov.judgement.question import questions
from smartstart_gov.statistics import contrasts as side
from smartstart_gov.statistics.contrasts import REST, Contrasts, contrasts, disparities
from smartstart_gov.statistics.estimates import CONFIDENCE, margin
from smartstart_gov.statistics.rates import RATES, rate
from tests.strategies import policy

OF = rate("selection_rate")
LEVELS = ("x", "y", "unknown")


def predictions(codes: np.ndarray, selected: np.ndarray, **also: np.ndarray) -> Predictions:
    groups = {"axis0": GroupCodes(name="axis0", levels=LEVELS, codes=codes.astype(np.int64), unknown=True)}
    return Predictions(y_true=np.arange(len(codes)) % 2, y_pred=selected.astype(np.int8), groups=groups, **also)  # type: ignore[arg-type]  # columns by name


def gaps(rows: Predictions, between: str, first: str = "nothing", second: str = "nothing") -> Contrasts:
    block = margin(count(rows), ("axis0",))
    assert block is not None
    return contrasts(block, OF, "difference", between, first=first, second=second)  # type: ignore[arg-type]  # one of the literal words


def uneven(seed: int, n: int = 400, unknown: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return groups, decisions and weights in which the group with the lower rate weighs a hundred times as much."""
    rng = np.random.default_rng(seed)
    codes = np.r_[rng.integers(0, 2, n), np.full(unknown, 2)]
    selected = rng.random(n + unknown) < np.array([0.2, 0.6, 0.5])[codes]
    return codes, selected, rng.integers(1, 10, n + unknown) * np.array([100, 1, 40])[codes]


def test_the_rest_and_everybody_have_the_weighted_rate_of_their_rows() -> None:
    codes, selected, weight = uneven(0, unknown=30)
    rows = predictions(codes, selected, weight=weight)
    for g in (0, 1):
        mine = codes == g
        rate_of = [float(np.average(selected[which], weights=weight[which])) for which in (mine, ~mine, mine | ~mine)]
        assert gaps(rows, "rest").value()[g] == pytest.approx(rate_of[0] - rate_of[1])
        assert gaps(rows, "overall").value()[g] == pytest.approx(rate_of[0] - rate_of[2])
        assert gaps(rows, "overall").value()[g + 2] == pytest.approx(rate_of[2] - rate_of[0])


def test_rows_of_one_unit_count_less_and_yet_as_many_rows_of_the_rest() -> None:
    rng = np.random.default_rng(1)
    codes = np.repeat([0, 1, 2], 200)
    # In the first group everybody of a household of twenty is decided alike.
    selected = np.r_[np.repeat(rng.random(10) < 0.3, 20), rng.random(400) < 0.6]
    found = gaps(predictions(codes, selected, unit=np.r_[np.arange(200) // 20, np.arange(200, 600)]), "rest")
    assert found.n1[0] < 30
    assert found.value()[1] == pytest.approx(selected[codes == 1].mean() - selected[codes != 1].mean())


@pytest.mark.parametrize("between", ["groups", "rest", "overall"])
@pytest.mark.parametrize("also", ["weight", "unit"])
def test_no_allotment_of_weighted_or_clustered_rows_lies_beyond_the_bounds(between: str, also: str) -> None:
    """Brute force: every way to give six unknown rows to the two groups, counted again from the rows."""
    codes, selected, weight = uneven(2, 60, unknown=6)
    column = {"weight": weight, "unit": np.r_[np.arange(60), np.full(6, 60)]}[also]
    ends = (("events", "others"), ("others", "events"))
    worst, best = (gaps(predictions(codes, selected, **{also: column}), between, *takes).value() for takes in ends)
    reached = np.zeros(len(worst))
    for given in itertools.product((0, 1), repeat=6):
        value = gaps(predictions(np.r_[codes[:60], given], selected, **{also: column}), between).value()
        assert (value <= worst + 1e-9).all()
        assert (value >= best - 1e-9).all()
        reached = np.maximum(reached, np.isclose(value, worst))
    # The bounds are no wider than the rows can make them.
    assert reached.all()


@pytest.mark.parametrize("between", ["groups", "rest", "overall"])
@pytest.mark.parametrize("also", ["weight", "unit"])
def test_unknown_rows_bring_their_weights_and_their_household_to_the_group_they_fall_to(between: str, also: str) -> None:
    """Effective cases and all: as if they had been counted there, six of one household among them."""
    codes, selected, weight = uneven(2, 60, unknown=6)
    column = {"weight": weight, "unit": np.r_[np.arange(60), np.full(6, 60)]}[also]
    rows = predictions(codes, selected, **{also: column})
    # To the first group its events, to the other one the others: so they can be counted again.
    fallen = np.where(selected[60:], 0, 1)
    again = gaps(predictions(np.r_[codes[:60], fallen], selected, **{also: column}), between)
    given = gaps(rows, between, "events", "others")
    at = int(np.flatnonzero(again.group == 0)[0])
    for name in ("x1", "n1", "x2", "n2"):
        assert getattr(given, name)[at] == pytest.approx(getattr(again, name)[at]), name


@pytest.mark.slow
def test_households_at_the_limit_are_released_no_oftener_than_alpha() -> None:
    """Brothers and sisters are decided alike: as rows on their own they would pass far more often."""
    audits, homes, size = 250, 300, 4
    passed = {True: 0, False: 0}
    rng = np.random.default_rng(5)
    rules = policy()
    asked = questions(rules.limits[0])[0]
    for _ in range(audits):
        codes = np.repeat(rng.permutation(np.repeat([0, 1], homes)), size)
        alike = rng.random(2 * homes) < 0.7
        home = rng.random(2 * homes)[np.repeat(np.arange(2 * homes), size)]
        drawn = np.where(alike[np.repeat(np.arange(2 * homes), size)], home, rng.random(2 * homes * size))
        selected = drawn < np.array([0.2, 0.3])[codes]
        for clustered in passed:
            unit = {"unit": np.repeat(np.arange(2 * homes), size)} if clustered else {}
            tally = count(predictions(codes, selected, **unit))
            passed[clustered] += status_of(tally, rules, asked, 0.05, failing=0.05) == "PASSED"
    edge = 0.05 + 3 * (0.05 * 0.95 / audits) ** 0.5
    assert passed[True] / audits <= edge
    assert passed[False] / audits > edge


@pytest.mark.parametrize("also", ["weight", "unit"])
def test_unknown_rows_cannot_hide_behind_weights_or_a_household(also: str) -> None:
    codes = np.repeat([0, 1, 2], [2000, 2000, 300])
    selected = np.r_[np.arange(4000) % 4 == 0, np.ones(300, dtype=bool)]
    column = {"weight": np.where(codes == 2, 300, 100), "unit": np.r_[np.arange(4000), np.full(300, 4000)]}[also]
    assert judge(count(predictions(codes[:4000], selected[:4000])), policy()).findings[0].status == "PASSED"
    found = judge(count(predictions(codes, selected, **{also: column})), policy()).findings[0]
    assert (found.status, found.reason.code) == ("NOT_SHOWN", "limit.unknown_rows")


def test_a_smaller_level_is_enumerated_from_more_events() -> None:
    """At 1 000 against 20 000 and a rate of 4 % the plain curve errs 1.1 times its level at 5 % and 3.6 times at 0.01 %."""
    one, thousand, many = np.zeros(1, dtype=np.int64), np.array([1000.0]), np.array([20_000.0])
    pairs = Contrasts(
        measure="ratio", between="groups", group=one, other=one, x1=0.3 * thousand, n1=thousand, x2=0.3 * many, n2=many
    )
    assert not small(pairs, 0.5)[0]
    assert small(pairs, 0.5, 3.72)[0]
    assert unclear(pairs, 0.5, np.array([0.3]), 3.72)[0]
    assert not unclear(pairs, 0.5, np.array([2.0]), 3.72)[0]


@pytest.mark.parametrize("between", ["groups", "rest", "overall"])
@pytest.mark.parametrize("also", ["weight", "unit"])
def test_one_heavy_row_or_one_large_household_of_unknown_group_is_not_diluted_by_the_others(also: str, between: str) -> None:
    """Together the unknown rows would make both groups surer; the heavy one alone takes a group's certainty away."""
    codes = np.repeat([0, 1, 2], [300, 300, 5150])
    heavy = {
        "weight": np.r_[np.ones(600), 150, np.ones(5149)],
        "unit": np.r_[np.arange(600), np.full(150, 600), np.arange(601, 5601)],
    }
    found = judge(count(predictions(codes, 0 * codes, **{also: heavy[also]})), policy(limit={"between": between})).findings[0]
    alone = np.where(np.arange(len(codes)) < 600 + (1 if also == "weight" else 150), np.minimum(codes, 0), 1)
    alone[300:600] = 1
    truly = judge(count(predictions(alone, 0 * codes, **{also: heavy[also]})), policy(limit={"between": between})).findings[0]
    assert (found.status, truly.status) == ("NOT_SHOWN", "NOT_SHOWN")


@pytest.mark.parametrize("chunk", [1, 7, 16_384])
@pytest.mark.parametrize("weighed", [False, True])
def test_bounds_that_are_searched_for_together_are_those_of_each_comparison_alone(
    weighed: bool, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartstart_gov.statistics.contrasts._CHUNK", chunk)
    codes, selected, weight = uneven(3, n=60, unknown=8)
    tally = count(predictions(codes, selected, **({"weight": weight} if weighed else {})))
    table, block = disparities(tally, [("axis0",)]), margin(tally, ("axis0",))
    assert block is not None
    alone = {}
    for name, measure, between in itertools.product(RATES, ("difference", "ratio"), ("groups", "overall")):
        pairs = contrasts(block, rate(name), measure, between)  # type: ignore[arg-type]  # literal words
        for place, (group, other) in enumerate(zip(pairs.group, pairs.other, strict=True)):
            low, high = pairs.keep(np.array([place])).interval(CONFIDENCE)
            who = block.names[group], "overall" if other == REST else block.names[other]
            alone[name, measure, between, *who] = (float(low[0]), float(high[0]))
    found = list(zip(table.metric, table.measure, table.between, table.group, table.other, table.low, table.high, strict=True))
    assert len(found) > 3 * len(RATES)
    np.testing.assert_array_equal([one[5:] for one in found], [alone[one[:5]] for one in found])


def test_both_sides_are_counted_once_for_a_difference_and_a_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, selected, weight = uneven(1, unknown=40)
    tally, real, made = count(predictions(codes, selected, weight=weight)), side.effective_counts, []
    monkeypatch.setattr(side, "effective_counts", lambda *of: (made.append(1), real(*of))[1])
    table = disparities(tally, [("axis0",)], ["selection_rate"])
    assert {*zip(table.measure, table.between, strict=True)} >= {("difference", "overall"), ("ratio", "groups")}
    # Each group, and for everybody its rest.
    assert len(made) == 3
