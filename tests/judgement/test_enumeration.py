"""Which comparisons are enumerated: the edges, each worked out by hand, and tables that stand in for others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from smartstart_gov.judgement import enumeration as enumerating
from smartstart_gov.judgement.enumeration import inside_if_thinned, small, tail, unclear, unclear_over_strata
from smartstart_gov.statistics.contrasts import Contrasts, Stratified
from smartstart_gov.statistics.exact import tail_probability, thinned

#: A smaller sample of 2 048 and a larger one of 16 384 keep every share and every number of events exact.
SMALL, LARGE = 2048.0, 16_384.0
#: Where skewness moves the quantile three times as far as at 5 %.
THRICE = (3 * (1.645**2 - 1) + 1) ** 0.5


def pair(x1: float, n1: float, x2: float, n2: float, measure: str = "difference") -> Contrasts:
    return several([(x1, n1, x2, n2)], measure)


def several(tables: list[tuple[float, float, float, float]], measure: str = "difference") -> Contrasts:
    x1, n1, x2, n2 = (np.array(column, dtype=np.float64) for column in zip(*tables, strict=True))
    first = np.zeros(len(x1), dtype=np.int64)
    return Contrasts(measure=measure, between="groups", group=first, other=first + 1, x1=x1, n1=n1, x2=x2, n2=n2)  # type: ignore[arg-type]  # one of the two words


def is_small(pairs: Contrasts, bound: float, z: float = 1.645) -> bool:
    return bool(small(pairs, bound, z)[0])


# ------------------------------------------------------------------------------------------------ few
def test_a_sample_of_less_than_a_thousand_is_small_however_many_events() -> None:
    assert is_small(pair(500, 999, 5000, 10_000), 0.1)
    assert is_small(pair(5000, 10_000, 500, 999), 0.1)
    assert not is_small(pair(500, 1000, 5000, 10_000), 0.1)


def test_of_a_large_sample_only_few_events_make_it_small_and_of_a_very_large_one_nothing() -> None:
    assert is_small(pair(0, 20_000, 0, 20_000), 0.1)
    assert not is_small(pair(0, 20_001, 0, 20_001), 0.1)


@pytest.mark.parametrize(
    ("of_16", "step", "bound"),
    [
        (1, -1, 0.5),  # rare
        (15, 1, 1 / 16),  # its opposite is rare; at the limit everybody has it
        (14, 1, 1 / 16),  # rare is the opposite at the limit
    ],
)
def test_events_are_counted_at_the_rate_of_the_larger_sample_and_at_the_limit(of_16: int, step: int, bound: float) -> None:
    """128 events are enough and one case in the larger sample further is not; a limit out of reach does not count."""
    events = LARGE * of_16 / 16
    assert not is_small(pair(0, SMALL, events, LARGE), bound)
    assert is_small(pair(0, SMALL, events + step, LARGE), bound)
    # Where the smaller sample is the second, the limit lies on the other side.
    assert not is_small(pair(LARGE - events, LARGE, 0, SMALL), bound)
    assert is_small(pair(LARGE - events - step, LARGE, 0, SMALL), bound)


@pytest.mark.parametrize(("of_32", "step", "first_is_small"), [(4, -1, True), (15, 1, False)])
def test_at_a_limit_on_ratios_the_rate_is_multiplied_or_divided(of_32: int, step: int, first_is_small: bool) -> None:
    """An eighth halved is a sixteenth, and 15 of 32 doubled lacks a sixteenth: 128 events of 2 048."""
    for events, few in ((LARGE * of_32 / 32, False), (LARGE * of_32 / 32 + step, True)):
        table = (0, SMALL, events, LARGE) if first_is_small else (events, LARGE, 0, SMALL)
        assert is_small(pair(*table, "ratio"), 0.5) is few


@pytest.mark.parametrize(("events", "bound"), [(LARGE / 8, 1 / 8), (LARGE / 8, 1 / 4)])
def test_a_limit_at_which_nothing_can_happen_leaves_the_rate_of_the_larger_sample(events: float, bound: float) -> None:
    assert not is_small(pair(events, LARGE, 0, SMALL), bound)
    assert not is_small(pair(0, SMALL, LARGE - events, LARGE), bound)


def test_of_two_equal_samples_the_first_gives_the_rate() -> None:
    assert not is_small(pair(256, SMALL, 1024, SMALL), 1 / 16)
    assert is_small(pair(255, SMALL, 1024, SMALL), 1 / 16)


def test_at_a_smaller_level_more_events_are_few_by_the_square_of_what_skewness_moves() -> None:
    """128 events at 5 %, nine times as many where the quantile moves three times as far, and never fewer than at 5 %."""
    for events, few in ((1151, True), (1153, False)):
        assert is_small(pair(0, 4096, 4 * events, LARGE), 0.75, THRICE) is few
    for events, few in ((127, True), (129, False)):
        assert is_small(pair(0, SMALL, 8 * events, LARGE), 0.5, 0.5) is few


# -------------------------------------------------------------------------------------------- unclear
@pytest.mark.parametrize(("events", "slack"), [(32, 0.2), (8, 0.4), (2, 0.9)])
@pytest.mark.parametrize(("z", "times"), [(1.645, 1.0), (THRICE, 3.0), (0.5, 1.0)])
def test_the_more_events_the_nearer_to_the_quantile_a_score_decides_by_itself(
    events: int, slack: float, z: float, times: float
) -> None:
    enough, fewer = pair(0, SMALL, 8 * events, LARGE), pair(0, SMALL, 8 * events - 1, LARGE)
    near, far = np.array([slack * times - 1e-9]), np.array([slack * times + 1e-9])
    assert not unclear(enough, 0.5, far, z)[0]
    assert unclear(enough, 0.5, near, z)[0]
    assert unclear(fewer, 0.5, far, z)[0]


def test_the_edges_themselves_are_far_enough() -> None:
    for events, slack in ((32, 0.2), (8, 0.4), (2, 0.9)):
        assert not unclear(pair(0, SMALL, 8 * events, LARGE), 0.5, np.array([slack]))[0]


def test_with_hardly_an_event_no_score_decides_and_with_many_each_does() -> None:
    assert unclear(pair(0, SMALL, 15, LARGE), 0.5, np.array([99.0]))[0]
    assert not unclear(pair(0, SMALL, LARGE / 2, LARGE), 0.25, np.array([0.0]))[0]


def test_over_strata_cases_and_events_are_those_of_all_that_hold_both_groups() -> None:
    """Three comparisons in two levels, in the second of which the last has nobody to compare."""
    first = several([(300, 600, 300, 600), (300, 600, 300, 600), (31, 999, 0, 999)])
    second = several([(200, 400, 200, 400), (200, 399, 200, 399), (0, 0, 300, 500)])
    both = Stratified(strata=(first, second))
    assert unclear_over_strata(both, 0.1, np.full(3, 0.1)).tolist() == [False, True, True]
    # 31 events are a few short of what decides at 0.2, and the empty level brings none.
    assert unclear_over_strata(both, 0.1, np.full(3, 0.2)).tolist() == [False, False, True]
    assert unclear_over_strata(both, 0.1, np.full(3, 0.4)).tolist() == [False, False, False]


def test_an_empty_level_makes_no_sample_larger() -> None:
    both = Stratified(strata=(pair(400, 999, 400, 999), pair(0, 0, 300, 500)))
    assert unclear_over_strata(both, 0.1, np.zeros(1))[0]


# ------------------------------------------------------------------------------------ tables that stand in
def tables(measure: str) -> Contrasts:
    """Return tables of few sizes, so that many have the same: of some the worst is not inside and others are."""
    sizes = [(40, 50), (50, 40), (72, 66), (30, 160), (90, 90)]
    shares = [(a / 10, b / 10) for a in range(11) for b in range(11)]
    return several([(round(a * n1), n1, round(b * n2), n2) for n1, n2 in sizes for a, b in shares], measure)


@pytest.mark.parametrize(("measure", "bound", "larger"), [("difference", 0.2, False), ("ratio", 0.7, True)])
def test_a_thinned_table_is_inside_where_its_own_enumeration_says_so(measure: str, bound: float, larger: bool) -> None:
    pairs = tables(measure)
    thin = np.stack(thinned(pairs.x1, pairs.n1, pairs.x2, pairs.n2, raise_first=not larger)).T.tolist()
    own = [tail_probability(*one, measure=measure, bound=bound, larger=larger, level=0.025) <= 0.025 for one in thin]  # type: ignore[arg-type]  # one of the two words
    shown = inside_if_thinned(pairs, bound, larger=larger, alpha=0.05)
    assert shown.tolist() == own
    assert 0 < shown.sum() < len(shown)


def test_the_worst_of_tables_with_the_same_sizes_is_enumerated_for_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, ...]] = []

    def counted(*table: float, **how: Any) -> float:
        asked.append(table)
        return tail_probability(*table, **how)

    monkeypatch.setattr(enumerating, "tail_probability", counted)
    alike = several([(x, 60, y, 70) for x in (2, 4, 6) for y in (50, 52, 54)])
    assert inside_if_thinned(alike, 0.1, larger=False, alpha=0.05).all()
    assert asked == [(6.0, 60.0, 48.0, 68.0)], "the most events of the first, and the fewest that are left of the second"
    asked.clear()
    other = several([(x, 70, y, 60) for x in (58, 60) for y in (2, 3)], "ratio")
    assert inside_if_thinned(other, 0.8, larger=True, alpha=0.05).all()
    assert asked == [(56.0, 68.0, 3.0, 60.0)], "and the other way round where a large ratio is good"


def test_half_the_level_is_what_a_thinned_table_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probability of exactly that shows it; one a little larger does not, whatever table stands in."""
    asked: list[float] = []

    def said(*_: float, level: float, **__: Any) -> float:
        asked.append(level)
        return answers[-1]

    monkeypatch.setattr(enumerating, "tail_probability", said)
    answers = []
    for probability, shown, times in ((0.025, True, 1), (0.0251, False, 2)):
        asked.clear()
        answers.append(probability)
        assert inside_if_thinned(several([(3, 60, 50, 64)]), 0.1, larger=False, alpha=0.05).tolist() == [shown]
        assert asked == [0.025] * times


def test_no_table_at_all_is_no_failure() -> None:
    assert (
        inside_if_thinned(several([(1, 2, 3, 4)]).keep(np.zeros(1, dtype=bool)), 0.1, larger=False, alpha=0.05).tolist() == []
    )


def test_columns_that_are_equal_are_one() -> None:
    columns = np.random.default_rng(0).integers(0, 3, (3, 60)).astype(np.float64)
    first, where = enumerating._distinct(columns)
    assert len(first) == len(np.unique(columns, axis=1).T)
    assert (columns[:, first][:, where] == columns).all()
    assert all((columns[:, :i] != columns[:, [i]]).any(axis=0).all() for i in first)


@pytest.mark.parametrize(("measure", "bound", "at"), [("difference", 0.1, 0.1), ("difference", 1.5, 1.0), ("ratio", 0.8, 0.8)])
def test_a_comparison_is_enumerated_at_its_limit_and_at_none_beyond_what_rates_can_be(
    measure: str, bound: float, at: float
) -> None:
    found = tail(several([(9, 9, 9, 9), (3, 30, 5, 40)], measure), 1, bound, larger=measure == "ratio", level=0.05)
    assert found == tail_probability(3, 30, 5, 40, measure=measure, bound=at, larger=measure == "ratio", level=0.05)  # type: ignore[arg-type]  # one of the two words


def test_a_thinned_table_is_enumerated_at_no_limit_beyond_what_rates_can_be() -> None:
    pairs = tables("difference")
    beyond, at = (inside_if_thinned(pairs, bound, larger=False, alpha=0.05) for bound in (1.5, 1.0))
    assert beyond.tolist() == at.tolist()
