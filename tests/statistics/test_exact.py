"""Enumeration against brute force over every outcome, and against what it promises: at most alpha."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy.stats import binom

from smartstart_gov.judgement.enumeration import unclear
from smartstart_gov.statistics.contrasts import Contrasts
from smartstart_gov.statistics.exact import tail_probability
from smartstart_gov.statistics.intervals import difference_score, ratio_score

#: Standard deviations from which on an outcome is rejected in any case, for all the sizes here.
CLEAREST = 3.5
SCORES = {"difference": difference_score, "ratio": ratio_score}


def brute_force(x1: int, n1: int, x2: int, n2: int, measure: str, bound: float, larger: bool, points: int = 1001) -> float:
    """Sum over all outcomes, for every base rate there is."""
    first, second = np.meshgrid(np.arange(n1 + 1.0), np.arange(n2 + 1.0), indexing="ij")
    sign = 1 if larger else -1
    region = sign * SCORES[measure](first, n1, second, n2, bound) >= sign * SCORES[measure](x1, n1, x2, n2, bound) - 1e-9
    return float(chances(region, n1, n2, measure, bound, points).max())


def chances(region: np.ndarray, n1: int, n2: int, measure: str, bound: float, points: int) -> np.ndarray:
    """Return the chance of an outcome in `region` at so many base rates, when the first rate lies at the limit."""
    p2 = np.linspace(0, 1 - bound if measure == "difference" else 1, points)[:, None]
    p1 = np.minimum(p2 + bound, 1.0) if measure == "difference" else bound * p2
    first, second = binom.pmf(np.arange(n1 + 1), n1, p1), binom.pmf(np.arange(n2 + 1), n2, p2)
    return np.asarray(((first @ region) * second).sum(axis=1))


@pytest.mark.slow
def test_never_under_brute_force_by_more_than_what_it_leaves_out() -> None:
    rng = np.random.default_rng(0)
    close = 0
    for i in range(60):
        n1, n2 = (int(n) for n in rng.integers(2, 40, 2))
        x1, x2 = int(rng.integers(0, n1 + 1)), int(rng.integers(0, n2 + 1))
        measure, bound = (("difference", 0.1), ("ratio", 0.8), ("difference", 0.02))[i % 3]
        larger = bool(rng.integers(2))
        # At a level of 1 hardly a base rate is left out.
        ours = tail_probability(x1, n1, x2, n2, measure=measure, bound=bound, larger=larger, level=1.0)  # type: ignore[arg-type]  # one of the two words
        whole = brute_force(x1, n1, x2, n2, measure, bound, larger)
        assert ours <= whole + 0.0101
        close += abs(ours - whole) < 0.011
    assert close > 45


def sizes() -> list[tuple[int, int, str, float]]:
    return [
        (8, 8, "difference", 0.1), (30, 30, "ratio", 0.8), (10, 200, "difference", 0.1), (200, 10, "difference", 0.1),
        (12, 150, "ratio", 0.8), (150, 12, "ratio", 0.8), (60, 60, "difference", 0.05),
        (40, 400, "difference", 0.1), (400, 40, "ratio", 0.8),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("n1", "n2", "measure", "bound"), sizes())
@pytest.mark.parametrize("passing", [True, False])
def test_the_error_at_the_limit_is_at_most_alpha_whatever_the_base_rate(
    n1: int, n2: int, measure: str, bound: float, passing: bool
) -> None:
    """Every outcome is decided as the judge would, and the chance of rejecting is summed exactly at the limit.

    The clearest outcomes count as rejected without being asked: that can only raise the chance.
    """
    larger = passing == (measure == "ratio")
    sign = 1 if larger else -1
    first, second = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    statistic = sign * SCORES[measure](first, n1, second, n2, bound)
    doubtful = np.ones_like(statistic, dtype=bool)
    if passing:  # the judge passes clear cases without enumeration
        pairs = Contrasts(
            measure=measure, between="groups", group=first.ravel(), other=first.ravel(),  # type: ignore[arg-type]  # one of the two words
            x1=first.ravel().astype(float), n1=np.full(first.size, float(n1)),
            x2=second.ravel().astype(float), n2=np.full(first.size, float(n2)),
        )  # fmt: skip
        doubtful = unclear(pairs, bound, statistic.ravel() - 1.645).reshape(statistic.shape)
    clearest = statistic > CLEAREST
    rejected = (statistic > 1.645) & ~doubtful | clearest
    for i, j in np.argwhere((statistic > 1.645) & doubtful & ~clearest):
        p = tail_probability(int(i), n1, int(j), n2, measure=measure, bound=bound, larger=larger, level=0.05)  # type: ignore[arg-type]  # one of the two words
        rejected[i, j] = p <= 0.05
    assert chances(rejected, n1, n2, measure, bound, 400).max() <= 0.05
    # Without enumeration most of these sizes err more often than promised: the test can fail.
    if (n1, n2) in {(10, 200), (200, 10), (12, 150)}:
        assert chances(statistic > 1.645, n1, n2, measure, bound, 400).max() > 0.05


def test_effective_cases_are_rounded_down() -> None:
    whole = tail_probability(2, 60, 6, 60, measure="difference", bound=0.1, larger=False, level=0.05)
    part = tail_probability(2 * 60.9 / 60, 60.9, 6 * 60.9 / 60, 60.9, measure="difference", bound=0.1, larger=False, level=0.05)
    assert part == pytest.approx(whole, abs=1e-6)


def test_an_empty_sample_shows_nothing() -> None:
    assert tail_probability(0, 0, 5, 50, measure="difference", bound=0.1, larger=False, level=0.05) == 1.0


@pytest.mark.parametrize(
    ("measure", "larger", "counts", "bound"), [("difference", False, (0, 2, 0, 2), 1.0), ("ratio", True, (2, 2, 3, 3), 0.0)]
)
def test_what_the_limit_itself_rules_out_is_never_seen_by_chance(
    measure: Literal["difference", "ratio"], larger: bool, counts: tuple[int, int, int, int], bound: float
) -> None:
    """At a difference of 1 every case of the first sample is one, and none of the second."""
    assert np.isinf(SCORES[measure](*counts, bound))
    found = tail_probability(*counts, measure=measure, bound=bound, larger=larger, level=0.05)
    assert found == pytest.approx(0.05 * 0.01)
