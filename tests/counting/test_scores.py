"""Score histograms as part of a tally: they add, they travel, and they agree with the counts beside them."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.canonical import digest
from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.counting.tally import BINS, Tally, bins_of
from smartstart_gov.errors import Refused
from tests.strategies import rows


def scored(seed: int, n: int, sizes: tuple[int, ...] = (3, 2), **how: Any) -> Predictions:
    plain = rows(seed, n, sizes, **how)
    return replace(plain, score=np.random.default_rng(seed).random(n))


def part(of: Predictions, keep: np.ndarray) -> Predictions:
    groups = {name: replace(g, codes=g.codes[keep]) for name, g in of.groups.items()}
    return Predictions(y_true=of.y_true[keep], y_pred=of.y_pred[keep], score=of.score[keep], groups=groups)


def test_a_bin_holds_its_lower_edge_and_not_its_upper_one() -> None:
    edges = np.arange(BINS) / BINS
    assert np.array_equal(bins_of(edges), np.arange(BINS))
    assert np.array_equal(bins_of(np.nextafter(edges[1:], 0)), np.arange(BINS - 1))
    assert bins_of(np.array([1.0, np.nextafter(1.0, 0), 0.0])).tolist() == [BINS - 1, BINS - 1, 0]


def test_counts_are_those_of_a_loop_over_rows() -> None:
    of = scored(4, 300, unknown=True)
    tally = count(of)
    assert set(tally.scores) == {(), ("axis0",), ("axis1",)}
    expected = np.zeros((3, 2, BINS), dtype=np.int64)
    for i in range(of.n):
        expected[of.groups["axis0"].codes[i], of.y_true[i], int(of.score[i] * BINS)] += 1
    assert np.array_equal(tally.scores["axis0",], expected)
    assert np.array_equal(tally.scores[()], expected.sum(axis=0, keepdims=True))
    assert tally.axis("axis0").levels[-1] == "unknown"


@given(st.integers(0, 10**6), st.integers(10, 200))
def test_merging_equals_counting_together(seed: int, n: int) -> None:
    whole = scored(seed, n)
    half = np.random.default_rng(seed).random(n) < 0.5
    if any(len(set(whole.y_true[keep])) < 2 for keep in (half, ~half)):
        return
    a, b = count(part(whole, half)), count(part(whole, ~half))
    assert a + b == b + a == count(whole)
    order = np.random.default_rng(seed).permutation(n)
    assert count(part(whole, order)).digest == count(whole).digest


@given(st.integers(0, 10**6), st.integers(2, 200))
def test_record_round_trip_is_identity(seed: int, n: int) -> None:
    tally = count(scored(seed, n))
    again = Tally.from_record(json.loads(json.dumps(tally.to_record())))
    assert again == tally
    assert all(np.array_equal(again.scores[m], tally.scores[m]) for m in tally.scores)


def test_without_scores_a_tally_is_what_it_was() -> None:
    """A record written before there were histograms reads, and keeps its digest."""
    plain = count(rows(1, 60, (3,)))
    record = plain.to_record()
    assert set(record) == {"format", "axes", "counts", "weights", "moments"}
    again = Tally.from_record(record)
    assert not again.scores
    assert again.digest == digest(record)
    with_scores = count(scored(1, 60, (3,)))
    assert {k: v for k, v in with_scores.to_record().items() if k != "scores"} == record


def test_a_projection_keeps_what_it_can_and_a_slice_nothing() -> None:
    tally = count(scored(1, 60))
    assert set(tally.project("axis1").scores) == {(), ("axis1",)}
    assert not tally.slice(axis0="a1").scores
    assert Tally.from_record(tally.project("axis1").to_record()) == tally.project("axis1")


def test_tallies_with_and_without_scores_do_not_merge() -> None:
    with pytest.raises(ValueError, match="scores of the same margins"):
        _ = count(scored(1, 60)) + count(rows(2, 60, (3, 2)))


@pytest.mark.parametrize(
    "edit",
    [
        lambda s: s["margins"][1]["n"].__setitem__(0, s["margins"][1]["n"][0] + 1),
        lambda s: s["margins"][1]["at"].__setitem__(0, s["margins"][1]["at"][1]),
        lambda s: s["margins"][1]["at"].__setitem__(0, -1),
        lambda s: s["margins"][1].update(margin=["axis0", "axis1"]),
        lambda s: s["margins"][1].update(margin=["elsewhere"]),
        lambda s: s["margins"][1].update(groups=4),
        lambda s: s.update(bins=512),
        lambda s: s["margins"][1].update(n=[-n for n in s["margins"][1]["n"]]),
    ],
)
def test_a_histogram_that_contradicts_the_counts_does_not_read(edit: Any) -> None:
    record = copy.deepcopy(count(scored(3, 80)).to_record())
    edit(record["scores"])
    with pytest.raises((ValueError, IndexError)):
        Tally.from_record(record)


def test_a_move_from_one_class_to_the_other_does_not_read() -> None:
    record = count(scored(3, 80)).to_record()
    of = record["scores"]["margins"][0]
    of["at"][0] += BINS
    with pytest.raises(ValueError, match="add up"):
        Tally.from_record(record)


def test_a_histogram_of_too_many_groups_is_refused() -> None:
    levels = tuple(f"x{i}" for i in range(30_000))
    many = GroupCodes(name="many", levels=levels, codes=np.arange(4, dtype=np.int64))
    bits = np.array([0, 1, 0, 1], dtype=np.int8)
    with pytest.raises(Refused) as refused:
        count(Predictions(y_true=bits, y_pred=bits, score=np.full(4, 0.5), groups={"many": many}))
    assert refused.value.rule == "D15"
    assert count(Predictions(y_true=bits, y_pred=bits, groups={"many": many})).n == 4
