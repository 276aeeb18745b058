"""The draw: every group gets rows, order does not matter, and means and errors are those of the design."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.explanation.sampling import Sample, allocate, draw, lottery, mean_and_error, rarest
from tests.training.tables import as_polars, register

COLUMNS = ["age", "household", "hood", "benefit"]


@given(sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=40), rows=st.integers(1, 800))
@settings(max_examples=100, deadline=None)
def test_every_stratum_gives_rows_and_none_more_than_it_has(sizes: list[int], rows: int) -> None:
    given_rows = allocate(np.array(sizes), rows)
    assert (given_rows <= sizes).all()
    assert (given_rows >= np.minimum(sizes, 2)).all() or given_rows.sum() == sum(sizes)
    if 2 * len(sizes) <= rows:
        assert given_rows.sum() == min(rows, sum(sizes))


@given(seed=st.integers(0, 1000), rows=st.integers(20, 120))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter(seed: int, rows: int) -> None:
    table = register(300)[COLUMNS].assign(age=lambda t: t["age"].round(0))
    groups = np.random.default_rng(1).integers(0, 5, size=300)
    order = np.random.default_rng(seed).permutation(300)

    def drawn(frame, codes):
        sample = draw(lottery(frame, [codes], 0), codes, rows)
        return [(*frame.iloc[i].tolist(), int(codes[i])) for i in sample.rows]

    assert drawn(table, groups) == drawn(table.iloc[order].reset_index(drop=True), groups[order])


def test_pandas_and_polars_draw_alike() -> None:
    table = register(200)[[*COLUMNS, "income"]]
    assert np.array_equal(lottery(table, [], 3), lottery(as_polars(table), [], 3))


def test_another_seed_is_another_draw() -> None:
    table = register(300)[COLUMNS]
    one, two = (set(draw(lottery(table, [], seed), None, 50).rows.tolist()) for seed in (0, 1))
    assert len(one & two) < 25


def test_equal_rows_are_not_drawn_together() -> None:
    table = register(2)[COLUMNS].loc[[0] * 400].reset_index(drop=True)
    tickets = lottery(table, [], 0)
    assert len(set(tickets.tolist())) == 400


def test_every_group_that_has_rows_is_drawn() -> None:
    groups = np.repeat([0, 1, 2, 3], [950, 40, 9, 1])
    sample = draw(np.random.default_rng(0).integers(0, 2**63, size=1000).astype(np.uint64), groups, 60)
    assert len(sample.rows) == len(set(sample.rows.tolist())) == 60
    assert np.bincount(groups[sample.rows]).tolist()[3] == 1
    assert (np.bincount(groups[sample.rows])[:3] >= 2).all()


@given(seed=st.integers(0, 1000), sizes=st.lists(st.integers(2, 60), min_size=3, max_size=12), rows=st.integers(80, 200))
@settings(max_examples=60, deadline=None)
def test_the_smallest_group_of_any_attribute_is_drawn_as_often_as_any_stratum(seed: int, sizes: list[int], rows: int) -> None:
    """Whichever attribute it belongs to, and however the attributes hang together."""
    random = np.random.default_rng(seed)
    small = np.concatenate([random.permutation(np.repeat(np.arange(len(sizes)), sizes)), np.full(1000, len(sizes))])
    large = random.integers(0, 3, size=len(small))
    for groups in ([small, large], [large, small]):
        by = rarest(groups)
        assert by is not None
        sample = draw(random.integers(0, 2**63, size=len(small)).astype(np.uint64), by, rows)
        drawn = np.bincount(small[sample.rows], minlength=len(sizes) + 1)
        assert (drawn[:-1] >= 2).all()
        assert drawn[-1] > 0
        assert set(large[sample.rows]) == {0, 1, 2}


def test_more_groups_than_rows_share_a_stratum() -> None:
    groups = np.concatenate([np.arange(500), np.zeros(400, dtype=np.int64)])
    sample = draw(np.arange(900, dtype=np.uint64), groups, 50)
    assert len(sample.rows) == 50
    assert sample.sizes.sum() == 900
    assert len(sample.sizes) <= 25


def test_a_sample_of_everybody_has_the_plain_mean_and_error() -> None:
    found = np.random.default_rng(0).normal(size=(80, 3)) ** 2
    sample = Sample(rows=np.arange(80), stratum=np.zeros(80, dtype=np.int64), sizes=np.array([80]))
    mean, error = mean_and_error(found, sample, np.ones(80, dtype=bool))
    assert mean == pytest.approx(found.mean(axis=0))
    assert error == pytest.approx(found.std(axis=0, ddof=1) / np.sqrt(80))


def test_means_are_weighted_back_to_the_population() -> None:
    # Nine in ten people have the value 1, one in ten has 11; the sample holds as many of each.
    sample = Sample(rows=np.arange(20), stratum=np.repeat([0, 1], 10), sizes=np.array([900, 100]))
    found = np.where(sample.stratum == 0, 1.0, 11.0)[:, None]
    mean, error = mean_and_error(found, sample, np.ones(20, dtype=bool))
    assert mean == pytest.approx([2.0])
    assert error == pytest.approx([0.0]), "all of the difference lies between the strata"


def test_errors_cover_the_truth_as_often_as_they_should() -> None:
    draw_from = np.random.default_rng(5)
    groups = np.repeat([0, 1, 2], [3000, 800, 200])
    other = draw_from.integers(0, 9, size=4000) // 8
    strata = rarest([groups, other])
    population = np.abs(draw_from.normal(size=4000) * (1 + groups) + groups)[:, None]
    inside = hits = 0
    for _ in range(400):
        sample = draw(draw_from.integers(0, 2**63, size=4000).astype(np.uint64), strata, 200)
        for member in (np.ones(4000, dtype=bool), other == 1):
            mean, error = mean_and_error(population[sample.rows], sample, member[sample.rows])
            inside += 1
            hits += abs(mean[0] - population[member].mean()) < 1.96 * error[0]
    assert 0.93 < hits / inside < 0.97


def test_fewer_than_two_rows_give_no_number() -> None:
    sample = Sample(rows=np.arange(4), stratum=np.array([0, 0, 1, 1]), sizes=np.array([10, 10]))
    for members in ([False] * 4, [True, False, False, False]):
        mean, error = mean_and_error(np.ones((4, 2)), sample, np.array(members))
        assert np.isnan(mean).all()
        assert np.isnan(error).all()


def test_a_stratum_of_one_person_does_not_hide_its_uncertainty() -> None:
    sample = Sample(rows=np.arange(5), stratum=np.array([0, 0, 0, 0, 1]), sizes=np.array([50, 1]))
    found = np.array([[1.0], [2.0], [3.0], [4.0], [90.0]])
    _, error = mean_and_error(found, sample, np.ones(5, dtype=bool))
    _, without = mean_and_error(
        found[:4], Sample(rows=np.arange(4), stratum=np.zeros(4, dtype=np.int64), sizes=np.array([50])), np.ones(4, dtype=bool)
    )
    assert error[0] > 0.9 * without[0]
