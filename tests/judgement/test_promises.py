"""What the gate promises to owners of models and to the people in them, in seeded simulations with bounds.

A floor stands three standard errors below what was asked for, so that luck alone does not break it; the methods
that these numbers rule out (correcting every pair, leaving small groups out, dropping unknown rows, the plain
normal curve) miss them by far.
"""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.judge import judge, status_of
from smartstart_gov.judgement.question import questions
from smartstart_gov.statistics.intervals import difference_score, ratio_score
from tests.strategies import counted, policy


@cache
def chosen(**limit: Any) -> Policy:
    base = {"id": "gap", "metric": "selection_rate", "by": ["axis0"], "between": "groups", "reason": "open"}
    return policy(limits=[base | limit])


def share(status: str, rates: list[float], cases: int, audits: int, seed: int, **limit: Any) -> float:
    """Return how often audits of groups of `cases` with these true rates get `status`."""
    asked = chosen(**limit)
    question, axis = questions(asked.limits[0])[0], Axis(name="axis0", levels=tuple(f"g{i}" for i in range(len(rates))))
    drawn = np.random.default_rng(seed).binomial(cases, rates, (audits, len(rates)))
    found = [
        status_of(
            Tally(axes=(axis,), counts=np.stack([cases - x, x, 0 * x, 0 * x], axis=1).reshape(-1, 2, 2), moments={}),
            asked, question, 0.05, failing=0.05,
        )
        for x in drawn
    ]  # fmt: skip
    return found.count(status) / audits  # type: ignore[arg-type]  # one of the three


def floor(asked: float, audits: int) -> float:
    return asked - 3 * sqrt(asked * (1 - asked) / audits)


@pytest.mark.slow
def test_a_fair_model_of_44_neighbourhoods_passes_pair_by_pair() -> None:
    """A correction for 1892 comparisons would let it pass never."""
    assert share("PASSED", [0.5] * 44, 1000, 300, 1, measure="ratio", at_least=0.8) >= floor(0.65, 300)


@pytest.mark.slow
def test_a_fair_model_passes_each_against_the_rest() -> None:
    passed = share("PASSED", [0.8] * 44, 500, 300, 2, measure="difference", at_most=0.1, between="rest")
    assert passed >= floor(0.95, 300)


@pytest.mark.slow
@pytest.mark.parametrize(("measure", "bound", "rates"), [
    ("difference", {"at_most": 0.1}, [0.6] + [0.8] * 4), ("ratio", {"at_least": 0.8}, [0.3] + [0.5] * 4),
])  # fmt: skip
def test_twice_the_limit_fails_at_a_thousand(measure: str, bound: dict[str, float], rates: list[float]) -> None:
    assert share("FAILED", rates, 1000, 300, 3, measure=measure, **bound) >= floor(0.99, 300)


def test_a_dozen_children_of_unknown_origin_are_borne_and_three_hundred_flagged_ones_are_not() -> None:
    fair = {f"g{i}": (1600, 400, 0, 0) for i in range(3)}
    asked = chosen(measure="difference", at_most=0.1)

    def found(*unknown: tuple[int, int, int, int]) -> str:
        cells = fair | dict(zip(("unknown",), unknown, strict=bool(unknown)))
        return judge(counted(cells, unknown=bool(unknown)), asked).findings[0].status

    assert found() == "PASSED"
    assert {found((12 - k, k, 0, 0)) for k in range(13)} == {"PASSED"}
    assert found((0, 300, 0, 0)) == "NOT_SHOWN"
    # Four thousand of whom nobody is flagged can lower a rate as far.
    assert found((4000, 0, 0, 0)) == "NOT_SHOWN"


def released(n1: int, n2: int, measure: str, bound: float) -> np.ndarray:
    """Return of which outcomes (x1, x2) the judge's own comparison says that the first rate lies inside its limit."""
    end = {"at_most": bound} if measure == "difference" else {"at_least": bound}
    asked = chosen(
        measure=measure, between="reference", reference="g1", harm="higher" if measure == "difference" else "lower", **end
    )
    question, axis = questions(asked.limits[0])[0], Axis(name="axis0", levels=("g0", "g1"))
    score = difference_score if measure == "difference" else ratio_score
    x1, x2 = np.meshgrid(np.arange(n1 + 1.0), np.arange(n2 + 1.0), indexing="ij")
    beyond = score(x1, np.full_like(x1, n1), x2, np.full_like(x2, n2), bound) * (-1 if measure == "difference" else 1)
    passes = np.zeros(beyond.shape, dtype=bool)
    # What the plain curve does not pass the judge does not pass either; the others are asked one by one.
    for a, b in np.argwhere(beyond > 1.6):
        counts = np.array([[[n1 - a, a], [0, 0]], [[n2 - b, b], [0, 0]]])
        compared = Comparisons.compare(Tally(axes=(axis,), counts=counts, moments={}), question)
        assert compared is not None
        passes[a, b] = compared.total == 1 and compared.inside_at(0.05) == 1
    return passes


@pytest.mark.slow
@pytest.mark.parametrize(("n1", "n2"), [(12, 12), (5, 30), (30, 5)])
@pytest.mark.parametrize(("measure", "bound"), [("difference", 0.1), ("difference", 0.3), ("ratio", 0.8), ("ratio", 0.5)])
def test_the_judge_releases_at_the_limit_at_most_one_in_twenty_exactly(n1: int, n2: int, measure: str, bound: float) -> None:
    """Every outcome of two samples through the judge's comparison, and its probability at every base rate."""
    passes = released(n1, n2, measure, bound)
    second = np.linspace(0.0005, (1 - bound if measure == "difference" else 1) - 0.0005, 400)
    first = second + bound if measure == "difference" else second * bound
    p1 = binom.pmf(np.arange(n1 + 1)[None, :], n1, first[:, None])
    p2 = binom.pmf(np.arange(n2 + 1)[None, :], n2, second[:, None])
    size = np.einsum("ra,ab,rb->r", p1, passes.astype(float), p2)
    assert 0 < size.max() <= 0.05 if passes.any() else size.max() == 0
