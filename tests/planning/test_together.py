"""Limits that cannot hold together: the linear programme against a search over all models, and against what is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Limit
from smartstart_gov.planning.clashes import LITTLE, clashes, usefulness
from smartstart_gov.planning.expectation import Model, expectation
from tests.projects import contract
from tests.strategies import policy

MODEL = Model(true_positive_rate=0.6, false_positive_rate=0.1)
BASE, WEIGHT = np.array([0.05, 0.2]), np.array([0.3, 0.7])
RATIO = {"measure": "ratio", "at_least": 0.8, "at_most": None}


def limit(metric: str, **changes: Any) -> Limit:
    """Return one limit under the name of its metric."""
    return policy(limit={"metric": metric} | changes).limits[0].model_copy(update={"id": metric})


def searched(limits: Sequence[Limit], base: Any = BASE, weight: Any = WEIGHT) -> float:
    """Return the best usefulness over a grid of models of two groups: never more than the true optimum."""
    t, f = (axis.reshape(-1) for axis in np.meshgrid(np.linspace(0, 1, 61), np.linspace(0, 1, 61), indexing="ij"))
    reach = (t <= 6 * f + 1e-9) & (t - 4 / 9 * f <= 5 / 9 + 1e-9)
    t, f = t[reach], f[reach]

    def value(metric: str, p: float, a: Any, b: Any) -> Any:
        selected = p * a + (1 - p) * b
        with np.errstate(invalid="ignore", divide="ignore"):
            return {
                "selection_rate": selected, "true_positive_rate": a, "false_positive_rate": b,
                "positive_predictive_value": p * a / selected,
                "negative_predictive_value": (1 - p) * (1 - b) / (1 - selected),
            }[metric]  # fmt: skip

    positive, negative, best = weight * base, weight * (1 - base), 0.0
    positive, negative = positive / positive.sum(), negative / negative.sum()
    for a, b in zip(t, f, strict=True):
        good = np.ones(len(t), dtype=bool)
        for one in limits:
            u, v = value(one.metric, base[0], a, b), value(one.metric, base[1], t, f)
            near = np.abs(u - v) <= one.bound if one.measure == "difference" else (u >= one.bound * v) & (v >= one.bound * u)
            good &= near
        if good.any():
            gained = positive[0] * a + positive[1] * t[good] - negative[0] * b - negative[1] * f[good]
            best = max(best, float(gained.max()))
    return best / 0.5


SETS = [
    [limit("true_positive_rate", at_most=0.05), limit("false_positive_rate", at_most=0.05)],
    [limit("selection_rate", **RATIO), limit("true_positive_rate", at_most=0.05), limit("false_positive_rate", at_most=0.05)],
    [limit("positive_predictive_value", at_most=0.05), limit("true_positive_rate", at_most=0.05)],
    [limit("positive_predictive_value", at_most=0.05), limit("true_positive_rate", at_most=0.05),
     limit("false_positive_rate", at_most=0.05)],
    [limit("selection_rate", **RATIO), limit("positive_predictive_value", **RATIO)],
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("limits", SETS, ids=lambda limits: "+".join(one.metric for one in limits))
def test_the_optimum_is_that_of_a_search_over_all_models(limits: list[Limit]) -> None:
    found, grid = usefulness(limits, BASE, WEIGHT, MODEL), searched(limits)
    # The grid misses the best corner by a step at most, and never lies above what is possible.
    assert grid - 1e-6 <= found <= grid + 0.09


def test_equal_error_rates_and_equal_predictive_values_leave_nothing() -> None:
    """Chouldechova 2017: with unequal base rates only a model that tells nobody apart has all three alike."""
    alike = [
        limit(metric, at_most=1e-3) for metric in ("true_positive_rate", "false_positive_rate", "positive_predictive_value")
    ]
    assert usefulness(alike, BASE, WEIGHT, MODEL) < 0.05
    assert usefulness(alike[:2], BASE, WEIGHT, MODEL) == pytest.approx(1.0)
    assert usefulness(alike, np.array([0.2, 0.2]), WEIGHT, MODEL) > 0.85


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 0.4), st.floats(0.02, 0.4), st.floats(0.02, 0.3), st.floats(0.02, 0.3))
def test_a_wider_limit_or_one_less_never_costs_more(low: float, high: float, narrow: float, wide: float) -> None:
    base = np.array([low, high])
    narrow, wide = sorted((narrow, wide))
    both = [
        [limit("selection_rate", at_most=at), limit("true_positive_rate", at_most=at), limit("false_positive_rate", at_most=at)]
        for at in (narrow, wide)
    ]
    tight, loose = (usefulness(limits, base, WEIGHT, MODEL) for limits in both)
    assert tight <= loose + 1e-9
    assert tight <= usefulness(both[0][:2], base, WEIGHT, MODEL) + 1e-9


@pytest.mark.parametrize("between", ["rest", "overall", "reference"])
def test_against_a_standard_a_limit_allows_at_least_what_pairs_allow(between: str) -> None:
    more = {"reference": "a"} if between == "reference" else {}
    pairs = [limit("selection_rate", at_most=0.02), limit("true_positive_rate", at_most=0.02)]
    other = [limit(one.metric, at_most=0.02, between=between, **more) for one in pairs]
    assert usefulness(other, BASE, WEIGHT, MODEL) >= usefulness(pairs, BASE, WEIGHT, MODEL) - 1e-9


def test_a_plan_names_the_smallest_set_and_is_silent_where_base_rates_are_alike() -> None:
    names = ("true_positive_rate", "false_positive_rate", "positive_predictive_value", "accuracy")
    rules = policy().model_copy(update={
        "limits": tuple(
            limit(name, at_most=0.4 if name == "accuracy" else 0.03).model_copy(update={"by": ("origin",)})
            for name in names
        )
    })  # fmt: skip
    levels = [str(level) for level in DataContract.model_validate(contract()).column("origin").levels or ()]

    def found(**rates: float) -> tuple[Any, ...]:
        expected = {"rows_per_year": 40_000, "base_rate": 0.2, "base_rates": {"origin": rates}}
        declared = DataContract.model_validate(contract(expected=expected))
        assert declared.expected is not None
        return clashes(rules, expectation(declared, declared.expected))

    unequal = dict.fromkeys(levels, 0.24) | {levels[0]: 0.06}
    (clash,) = found(**unequal)
    assert set(clash.limits) <= set(names[:3])
    assert "positive_predictive_value" in clash.limits
    assert clash.kept < LITTLE
    assert (clash.lowest, clash.highest) == pytest.approx((0.06, 0.24))
    assert found(**dict.fromkeys(levels, 0.2)) == ()
