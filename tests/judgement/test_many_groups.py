"""Many small groups: few tables stand in for all pairs, and never say more than all pairs would."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement import enumeration as enumerating
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.enumeration import inside_if_thinned
from smartstart_gov.judgement.judge import judge_limit
from smartstart_gov.judgement.question import questions
from smartstart_gov.statistics.exact import tail_probability
from tests.strategies import policy


def limit(measure: str, **bound: float) -> Limit:
    reason = {"nl": "Toets.", "en": "Test."}
    return Limit.model_validate(
        {"id": "x", "metric": "selection_rate", "by": ("area",), "measure": measure, "between": "groups", "reason": reason}
        | bound
    )


def areas(sizes: np.ndarray, rate: float, seed: int = 0) -> Tally:
    """Return areas of which `rate` of the rows is selected; no row is a positive case."""
    selected = np.random.default_rng(seed).binomial(sizes, rate)
    cells = np.zeros((len(sizes), 2, 2), dtype=np.int64)
    cells[:, 0, 0], cells[:, 0, 1] = sizes - selected, selected
    return Tally(axes=(Axis(name="area", levels=tuple(f"n{i:04}" for i in range(len(sizes)))),), counts=cells, moments={})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("of", "rate", "least"), [(limit("difference", at_most=0.04), 0.01, 25), (limit("ratio", at_least=0.7), 0.55, 25)]
)
def test_what_a_thinned_table_shows_the_whole_one_shows_too(of: Limit, rate: float, least: int) -> None:
    rng = np.random.default_rng(3)
    pairs = Comparisons.compare(areas(rng.choice([96, 192, 384, 768], 40), rate), questions(of)[0])
    assert pairs is not None
    some = rng.choice(pairs.total, 100, replace=False)
    larger = of.measure == "ratio"
    shown = inside_if_thinned(pairs.plain.keep(some), pairs.question.bound, larger=larger, alpha=0.05)  # type: ignore[arg-type]  # there are no strata here
    assert shown.sum() >= least
    assert not shown.all()
    for i in some[shown]:
        assert pairs._tail(pairs.plain, int(i), larger=larger, level=0.05, known=True) <= 0.05  # type: ignore[arg-type]  # there are no strata here


@pytest.mark.slow
def test_rare_events_in_areas_of_all_sizes_are_judged_from_few_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def counted(*table: float, **how: Any) -> float:
        nonlocal asked
        asked += 1
        return tail_probability(*table, **how)

    monkeypatch.setattr(enumerating, "tail_probability", counted)
    found = judge_limit(areas(600 + np.arange(150), 0.002), policy(), limit("difference", at_most=0.05), 0.05)
    assert found[0].status == "PASSED"
    assert found[0].comparisons == 150 * 149 // 2
    assert 0 < asked < 300
