"""The search behind the intervals: on smooth statistics, on steps, and where there is nothing to find."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.statistics.intervals import crossing, difference_score, ratio_score

Floats = npt.NDArray[np.float64]
TABLES = st.tuples(st.integers(1, 400), st.integers(1, 400), st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 4))


def halved(statistic: object, far: float, near: float, level: float) -> float:
    """Return the same place by halving alone."""
    for _ in range(70):
        middle = (far + near) / 2
        above = float(statistic(np.array([middle]))[0]) > level  # type: ignore[operator]  # a function of the test
        far, near = (middle, near) if above else (far, middle)
    return far


@given(TABLES, st.booleans())
def test_a_score_is_turned_round_as_by_halving(table: tuple[int, int, float, float, float], upper: bool) -> None:
    n1, n2, share1, share2, level = table
    x1, x2 = round(share1 * n1), round(share2 * n2)
    sign, far = (-1.0, 1.0) if upper else (1.0, -1.0)

    def score(at: Floats) -> Floats:
        return sign * difference_score(x1, n1, x2, n2, at)

    near = x1 / n1 - x2 / n2
    assert float(crossing(score, far, near, level)) == pytest.approx(halved(score, far, near, level), abs=1e-10)

    def ratio(at: Floats) -> Floats:
        return sign * ratio_score(x1, n1, x2, n2, np.minimum(at / np.maximum(1 - at, 1e-13), 1e12))

    near, far = (x1 / n1 / (x1 / n1 + x2 / n2) if x1 + x2 else 0.5), float(upper)
    assert float(crossing(ratio, far, near, level)) == pytest.approx(halved(ratio, far, near, level), abs=1e-10)


@given(st.floats(-1, 1), st.sampled_from([1.0, np.inf]), st.sampled_from([0.0, -np.inf, np.nan]))
def test_a_step_is_found_and_the_answer_lies_on_its_high_side(edge: float, high: float, low: float) -> None:
    found = float(crossing(lambda at: np.where(at <= edge, high, low), -2.0, 2.0, 0.5))
    assert found <= edge
    assert found == pytest.approx(edge, abs=1e-15)


@given(st.lists(st.tuples(st.floats(1, 50), st.floats(0.1, 9)), min_size=2, max_size=6))
def test_what_becomes_of_one_does_not_depend_on_the_others(curves: list[tuple[float, float]]) -> None:
    def falling(at: Floats, height: Floats, power: Floats) -> Floats:
        return height - np.abs(at) ** power

    heights, powers = np.array(curves).T
    together = crossing(falling, 0.0, 60.0, 0.5, of=[heights, powers])
    alone = [float(crossing(falling, 0.0, 60.0, 0.5, of=pair)) for pair in curves]
    assert together.tolist() == alone


def test_nowhere_above_is_the_far_end_and_an_undefined_end_is_the_other() -> None:
    assert float(crossing(lambda at: 0 * at, -1.0, 1.0, 0.5)) == pytest.approx(-1.0)
    assert float(crossing(lambda at: 0 * at + 1, -1.0, np.nan, 0.5)) == -1.0


def test_few_steps_are_enough() -> None:
    """Sixty would do by halving: the search is there to save them, in every audit and every simulation of the gate."""
    steps = 0

    def score(at: Floats) -> Floats:
        nonlocal steps
        steps += 1
        return difference_score(240, 800, 320, 800, at)

    crossing(score, -1.0, -0.1, 1.645)
    assert steps <= 15
