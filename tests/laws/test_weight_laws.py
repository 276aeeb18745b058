"""What must hold of weights: they are summed exactly at any scale, and only their proportions matter."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.counting.weights import Weights, weigh
from smartstart_gov.errors import Refused
from smartstart_gov.judgement.judge import judge
from smartstart_gov.statistics.effective_size import effective_rows
from smartstart_gov.statistics.estimates import margin, measure
from smartstart_gov.statistics.rates import RATES, rate
from tests.strategies import policy

#: Any finite weight a float can hold, the smallest and the largest among them.
WEIGHTS = st.floats(min_value=0.0, max_value=1e300) | st.sampled_from([5e-324, 1.7e308, 0.1, 1 / 3, 1.0, 100.0])
OF = rate("selection_rate")
SHAPE = (1, 2, 2)


def exactly(weights: Weights, cell: int, power: int) -> Fraction:
    """Return one sum as a fraction."""
    sums = dict(zip((1, 2, 4), weights.sums, strict=True))[power]
    return int(sums.reshape(-1)[cell]) * Fraction(2) ** (power * weights.exponent)


@given(st.lists(st.tuples(st.integers(0, 3), WEIGHTS), min_size=1).filter(lambda rows: any(w for _, w in rows)))
def test_sums_are_those_of_fractions(rows: list[tuple[int, float]]) -> None:
    cells, weights = np.array([c for c, _ in rows]), np.array([w for _, w in rows])
    found = weigh(cells, weights, SHAPE)
    for cell in range(4):
        mine = [Fraction(w) for c, w in rows if c == cell]
        for power in (1, 2):
            assert exactly(found, cell, power) == sum(w**power for w in mine)
        fourth = sum(w**4 for w in mine)
        assert 0 <= fourth - exactly(found, cell, 4) <= fourth * Fraction(1, 2**22)


@given(
    st.lists(st.tuples(st.integers(0, 3), WEIGHTS.filter(bool)), min_size=2).flatmap(
        lambda rows: st.tuples(st.just(rows), st.integers(1, len(rows) - 1))
    )
)
def test_shards_of_any_scale_sum_to_the_whole(drawn: tuple[list[tuple[int, float]], int]) -> None:
    rows, cut = drawn
    cells, weights = np.array([c for c, _ in rows]), np.array([w for _, w in rows])
    whole = weigh(cells, weights, SHAPE).to_record()
    parts = [weigh(cells[at], weights[at], SHAPE) for at in (slice(cut), slice(cut, None))]
    assert (parts[0] + parts[1]).to_record() == (parts[1] + parts[0]).to_record() == whole
    assert Weights.from_record(whole, SHAPE).to_record() == whole


def related(seed: int, n: int = 3000) -> Predictions:
    """Return two groups, in which events are rarer among heavy rows, and a tenth of the rows of unknown group."""
    rng = np.random.default_rng(seed)
    codes, heavy = rng.choice(3, n, p=[0.45, 0.45, 0.1]), rng.random(n) < 0.1
    selected = rng.random(n) < np.where(heavy, 0.2, 0.5) + 0.1 * codes
    axis = GroupCodes(name="axis0", levels=("a", "b", "unknown"), codes=codes.astype(np.int64), unknown=True)
    y_true = rng.integers(0, 2, n).astype(np.int8)
    weight = np.where(heavy, rng.uniform(3, 8, n), rng.uniform(0.5, 1, n))
    return Predictions(y_true=y_true, y_pred=selected.astype(np.int8), groups={"axis0": axis}, weight=weight)


@pytest.mark.parametrize("factor", [1e-9, 1e9, 1 / 3, 1e-150, 1e60])
@pytest.mark.parametrize("seed", [0, 1])
def test_only_the_proportions_of_weights_matter(factor: float, seed: int) -> None:
    rows = related(seed)
    assert rows.weight is not None
    scaled = replace(rows, weight=rows.weight * factor)
    tables = [measure(count(one), [("axis0",)]) for one in (rows, scaled)]
    np.testing.assert_allclose(tables[0].value, tables[1].value, rtol=1e-12)
    np.testing.assert_allclose(tables[0].low, tables[1].low, rtol=1e-6)
    for limit in ({}, {"at_most": 0.3}, {"at_most": 0.02}, {"between": "overall", "at_most": 0.2}):
        found = [judge(count(one), policy(limit=limit)).findings[0] for one in (rows, scaled)]
        assert found[0].status == found[1].status
        assert found[0].reason == found[1].reason


@given(st.integers(0, 10**6), st.sampled_from([1e-12, 0.1, 1 / 3, 7.0, 1e12]))
def test_equal_weights_are_no_weights(seed: int, weight: float) -> None:
    rng = np.random.default_rng(seed)
    rows = replace(related(seed, 60), y_pred=rng.integers(0, 2, 60).astype(np.int8), weight=None)
    plain = margin(count(rows), ("axis0",))
    weighted = margin(count(replace(rows, weight=np.full(60, weight))), ("axis0",))
    assert plain is not None
    assert weighted is not None
    for of in RATES.values():
        for mine, theirs in zip(plain.fraction(of), weighted.fraction(of), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-7)


def sums_of(weight: np.ndarray, selected: np.ndarray) -> np.ndarray:
    """Return the sums of the three powers by cell, shape (1, 4, 3)."""
    cells = [~selected, selected, selected & False, selected & False]
    return np.array([[[float((weight[cell] ** power).sum()) for power in (1, 2, 4)] for cell in cells]])


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 6), st.sampled_from([0.3, 1.0, 3.0]))
def test_no_allotment_leaves_fewer_effective_rows_than_the_fewest(seed: int, n: int, unknown: int, width: float) -> None:
    rng = np.random.default_rng(seed)
    weight, selected = np.exp(width * rng.standard_normal(n + unknown)), rng.random(n + unknown) < rng.random()
    known = np.arange(n + unknown) < n
    more = sums_of(weight[~known], selected[~known])[0]
    fewest = effective_rows(sums_of(weight[known], selected[known]), np.array([n]), OF, more=more, more_rows=unknown)[0]
    for _ in range(6):
        taken = known | (rng.random(n + unknown) < 0.5)
        found = effective_rows(sums_of(weight[taken], selected[taken]), np.array([taken.sum()]), OF)[0]
        kish = weight[taken].sum() ** 2 / (weight[taken] ** 2).sum()
        assert fewest <= found + 1e-9
        assert 1.0 <= found <= max(kish, 1.0) + 1e-9


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_weights_that_are_no_weights_are_refused(bad: float) -> None:
    rows = related(0, 60)
    for weight in (np.r_[bad, np.ones(59)], np.zeros(60)):
        with pytest.raises(Refused) as refused:
            replace(rows, weight=weight)
        assert refused.value.rule == "D19"


@pytest.mark.parametrize(
    "change",
    [{"exponent": 10**9}, {"exponent": True}, {"total": [[0, "-1"]]}, {"squared": [[4, "1"]]}, {"fourth": [[-1, "1"]]}],
)
def test_sums_that_no_rows_have_are_not_read(change: dict[str, object]) -> None:
    record = weigh(np.array([0, 1]), np.array([0.5, 3.0]), SHAPE).to_record()
    with pytest.raises(ValueError, match="weights"):
        Weights.from_record(record | change, SHAPE)
