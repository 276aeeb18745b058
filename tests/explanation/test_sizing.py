"""How many rows are explained, and what is said of ties: held against a linear model whose values are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.policy import Explaining, Policy
from smartstart_gov.documents.sections.reliance import reliance
from smartstart_gov.documents.words import Words
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.explanation.sampling import Sample, draw, mean_and_error
from smartstart_gov.explanation.sizing import sized
from tests.documents.evidence import public as made
from tests.projects import policy

WEIGHTS = np.array([2.0, 1.0, 1.0, 0.5])
ROWS = 20_000
#: Shapley values of a linear model: weight times the distance from the mean. Facts 1 and 2 are exchangeable.
POPULATION = np.random.default_rng(0).normal(size=(ROWS, 4)) * WEIGHTS
TRUTH = np.abs(POPULATION).mean(axis=0)


def asked(seed: int, **more: Any) -> Any:
    tickets = np.random.default_rng(seed).integers(0, 2**63, size=ROWS).astype(np.uint64)
    groups = np.repeat([0, 1, 2], [ROWS - 3000, 2500, 500])
    settings = {"target": 0.05, "most": 5000, "affordable": 5000} | more
    return sized(lambda at: POPULATION[at], lambda n: draw(tickets, groups, n), **settings)


def everybody(size: Any) -> tuple[np.ndarray, np.ndarray]:
    return mean_and_error(np.abs(size.values), size.sample, np.ones(len(size.values), dtype=bool))


def test_enough_rows_are_explained_and_not_many_more() -> None:
    for seed in range(20):
        size = asked(seed)
        assert size.ended == "standard_error"
        assert size.reached <= 0.05
        # The half-normal's cv is 0.756; over-sampling small groups costs some rows more.
        assert 200 < len(size.values) < 700, len(size.values)


def test_the_standard_error_is_that_of_repeated_sampling() -> None:
    drawn = [everybody(asked(seed)) for seed in range(150)]
    means, errors = np.array([m for m, _ in drawn]), np.array([e for _, e in drawn])
    assert errors.mean(axis=0) == pytest.approx(means.std(axis=0, ddof=1), rel=0.2)
    assert means.mean(axis=0) == pytest.approx(TRUTH, rel=0.02)


def test_every_value_is_that_of_its_row_whatever_the_steps() -> None:
    size = asked(3)
    assert np.array_equal(size.values, POPULATION[size.sample.rows])


@pytest.mark.parametrize(
    ("more", "rows", "ended"),
    [
        ({"most": 100}, 100, "rows"),
        ({"affordable": 125}, 125, "seconds"),
        ({"target": 0.0, "most": 400}, 400, "rows"),
        ({"target": 0.4}, 50, "standard_error"),
    ],
)
def test_rows_and_time_of_the_policy_end_it(more: dict[str, Any], rows: int, ended: str) -> None:
    size = asked(1, **more)
    assert (len(size.values), size.ended) == (rows, ended)


def attribution(size: Any) -> Attribution:
    mean, error = everybody(size)
    sizes, order = np.abs(size.values), np.argsort(-mean, kind="stable")
    gaps = sizes[:, order[:-1]] - sizes[:, order[1:]]
    lead = mean_and_error(gaps, size.sample, np.ones(len(sizes), dtype=bool))[1]
    return Attribution(
        features=("a", "b", "c", "d"), scale="log-odds", explainer="closed form", rows=len(sizes), background=10,
        additivity_gap=0.0, by=("",), groups=("overall",), group_rows=(len(sizes),), mean_absolute=mean[None],
        standard_error=error[None], lead_error=lead, ended=size.ended, reached=size.reached,
    )  # fmt: skip


def test_exchangeable_facts_are_ties_and_others_are_not() -> None:
    found = [attribution(asked(seed)).ties() for seed in range(40)]
    assert all({frozenset(group) for group in ties} <= {frozenset({1, 2})} for ties in found)
    # Two standard errors hold 95 times in 100.
    assert sum(len(ties) for ties in found) >= 34


def test_the_lead_is_reckoned_on_the_same_rows() -> None:
    """Two facts that move together differ by little, and that little is certain."""
    first = np.abs(np.random.default_rng(2).normal(size=300))
    size = Sample(rows=np.arange(300), stratum=np.zeros(300, dtype=np.int64), sizes=np.array([300]))
    together = np.column_stack([first, first * 0.97])
    lead = mean_and_error(together[:, :1] - together[:, 1:], size, np.ones(300, dtype=bool))[1]
    mean, error = mean_and_error(together, size, np.ones(300, dtype=bool))
    assert mean[0] - mean[1] > 2 * lead[0]
    assert mean[0] - mean[1] < 2 * float(np.hypot(*error))


def test_a_record_keeps_it_and_records_from_before_stay_readable() -> None:
    one = attribution(asked(1))
    again = Attribution.from_record(one.to_record())
    assert again.to_record() == one.to_record()
    old = {k: v for k, v in one.to_record().items() if k not in ("lead_error", "ended", "reached")}
    assert Attribution.from_record(old).to_record() == old


def test_how_many_rows_are_explained_comes_back_from_the_record() -> None:
    assert Explaining.from_record(Explaining().to_record()) == Explaining()
    changed = Policy.model_validate(policy(explanation={"standard_error": 0.02, "seconds": 300}))
    assert Policy.from_record(changed.to_record()) == changed
    assert changed.explanation.to_record()["seconds"] == 300


@pytest.mark.parametrize(
    ("ended", "said"),
    [("standard_error", "No more rows were needed"), ("rows", "allows no more rows"), ("seconds", "too few for more rows")],
)
def test_the_card_says_why_so_many_rows_and_shows_ties_in_text_chart_and_table(ended: str, said: str) -> None:
    evidence = made()
    old = evidence.attribution
    assert old is not None
    tied = replace(old, lead_error=np.full(len(old.features) - 1, 1e6), ended=ended, reached=0.034)
    blocks = reliance(Words("en"), replace(evidence, attribution=tied))
    text = " ".join(str(getattr(block, "text", "")) for block in blocks)
    assert said in text
    assert "share a rank" in text
    figure = next(block for block in blocks if hasattr(block, "svg"))
    assert "cannot be told apart" in figure.caption
    apart = reliance(Words("en"), replace(evidence, attribution=replace(tied, lead_error=tied.lead_error * 0)))
    assert "share a rank" not in " ".join(str(getattr(block, "text", "")) for block in apart)
    plain = next(block for block in apart if hasattr(block, "svg"))
    assert figure.svg.count("<path") == plain.svg.count("<path") + min(15, len(old.features)) - 1
