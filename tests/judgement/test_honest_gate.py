"""A small seeded part of `make honest-gate`: bounds that a broken method would break.

Each share stands against its nominal level plus three standard errors of that many audits, or against a floor that
the whole simulation (docs/explanation/honest-gate.md) leaves well behind.
"""

from __future__ import annotations

import zlib
from functools import cache
from math import sqrt

import numpy as np
import pytest

from benchmarks.honest_gate import ALPHA, Measure, ours, question, tally
from benchmarks.weights import RELATED, Weighted, simulate
from smartstart_gov.judgement.judge import judge_limit
from smartstart_gov.judgement.question import Question
from tests.strategies import policy

pytestmark = pytest.mark.slow
RULES = policy(alpha=ALPHA)


@cache
def asked(measure: Measure) -> Question:
    return question(measure)


def shares(measure: Measure, sizes: list[int], rates: list[float], audits: int) -> tuple[float, float]:
    """Return how often audits with these true rates pass and fail, by the library's own comparisons."""
    seed = zlib.crc32(repr((measure, sizes, rates)).encode())
    n = np.array(sizes)
    drawn = np.random.default_rng(seed).binomial(n, rates, (audits, len(n)))
    found = np.array([ours(events, n, asked(measure)) for events in drawn])
    return float(found[:, 0].mean()), float(found[:, 1].mean())


def edge(audits: int, level: float = ALPHA) -> float:
    return level + 3 * sqrt(level * (1 - level) / audits)


@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_a_model_at_the_limit_passes_no_oftener_than_alpha_and_not_much_less(measure: Measure) -> None:
    rates = [0.7, 0.8] if measure == "difference" else [0.4, 0.5]
    passed, failed = shares(measure, [1000, 1000], rates, 3000)
    assert 0.03 < passed <= edge(3000)
    # Two comparisons of which one is at its limit: Holm leaves it half of alpha.
    assert 0.01 < failed <= edge(3000, ALPHA / 2)


def test_a_small_group_at_the_limit_behind_two_large_ones_is_not_passed_over() -> None:
    """A minimum size leaves it out and passes always; testing only the widest estimate passes one in four."""
    passed, _ = shares("difference", [60, 5000, 5000], [0.7, 0.8, 0.728], 200)
    assert passed <= 0.02
    passed, _ = shares("difference", [30, 5000], [0.7, 0.8], 400)
    assert passed <= edge(400)


def test_heavy_rows_that_differ_in_outcome_release_no_oftener_than_alpha() -> None:
    """Kish's number of rows takes weight and outcome as unrelated, and releases one in ten."""
    design = next(one for one in RELATED if "w = 10," in one.says)
    found = simulate(Weighted(design, "difference", 2, "at the limit"), 1000)
    assert 0.02 < found.passed <= edge(1000) < found.by_kish
    assert found.failed <= edge(1000)


def test_a_small_sample_is_enumerated() -> None:
    """By the normal curve alone nine in a hundred of these would pass."""
    passed, _ = shares("difference", [30, 20_000], [0.02, 0.12], 1000)
    assert passed <= edge(1000)


def test_no_events_are_no_proof_of_likeness() -> None:
    passed, _ = shares("ratio", [30, 30], [0.024, 0.03], 200)
    assert passed == 0.0
    # A group without cases has no rate, and what has none is not inside the limit.
    passed, _ = shares("difference", [1000, 1000, 0], [0.8, 0.8, 0.8], 50)
    assert passed == 0.0


def test_false_alarms_do_not_grow_with_the_comparisons() -> None:
    _, failed = shares("difference", [300] * 14, [0.7] + [0.8] * 13, 400)
    assert failed <= ALPHA


def test_passing_needs_no_correction_for_the_number_of_groups() -> None:
    passed, failed = shares("difference", [1000] * 5, [0.8] * 5, 400)
    assert passed >= 0.95
    assert failed == 0.0


def test_twice_the_limit_is_found() -> None:
    passed, failed = shares("difference", [300] * 5, [0.6] + [0.8] * 4, 400)
    assert passed == 0.0
    assert failed >= 0.6


@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize("sizes", [[12, 1000, 1000], [1000, 1000, 1000]])
def test_the_simulation_decides_as_the_judge_does(measure: Measure, sizes: list[int]) -> None:
    """Or else the simulation would say nothing about the judge: a group of 12 counts in both."""
    n, seen = np.array(sizes), set()
    for low in (0.5, 0.48, 0.35, 0.1):
        for events in np.random.default_rng(1).binomial(n, [low, 0.5, 0.5], (8, 3)):
            status = judge_limit(tally(events, n), RULES, asked(measure).limit, ALPHA)[0].status
            assert ours(events, n, asked(measure)) == (status == "PASSED", status == "FAILED")
            seen.add(status)
    assert ("PASSED" in seen) == (min(sizes) == 1000)
    assert {"NOT_SHOWN", "FAILED"} <= seen
