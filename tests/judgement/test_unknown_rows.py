"""Rows of unknown group between two sides: every way they are given, and that none is worse than the one that is found."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.weights import weigh
from smartstart_gov.judgement.question import questions
from smartstart_gov.judgement.unknown_rows import Unknowns, extreme, joint, possibly_empty
from smartstart_gov.statistics.contrasts import REST, Stratified, contrasts
from smartstart_gov.statistics.estimates import margin
from smartstart_gov.statistics.groups import strata_of
from tests.judgement.test_allotting import strata
from tests.judgement.test_comparing import OF, PAIR, question, tally, unknowns


# ------------------------------------------------------------------------------------------- unknown rows
def test_unknown_rows_are_counted_as_events_and_others() -> None:
    for rows, any_ in (((2, 1), True), ((1, 0), True), ((0, 1), True), ((0, 0), False)):
        of = unknowns(*PAIR, unknown=rows)
        assert (of.events, of.others, of.any, of.once) == (*rows, any_, True)
    assert not unknowns(*PAIR, unknown=None).any


@pytest.mark.parametrize(("events", "others"), [(0, 3), (2, 1), (4, 4)])
def test_between_two_groups_every_allotment_of_a_few_unknown_rows_is_tried(events: int, others: int) -> None:
    found = list(unknowns(*PAIR, unknown=(events, others)).between_ends())
    whole = itertools.product(*(range(n + 1) for n in (events, others, events, others)))
    expected = {((a, b), (c, d)) for a, b, c, d in whole if a + c <= events and b + d <= others}
    assert set(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("events", "others", "of_events", "of_others"),
    [(8, 4, (0, 4, 8), (0, 2, 4)), (5, 4, (0, 2, 5), (0, 2, 4)), (4, 5, (0, 2, 4), (0, 2, 5))],
)
def test_of_many_unknown_rows_evenly_spread_ones_are_tried(
    events: int, others: int, of_events: tuple[int, ...], of_others: tuple[int, ...]
) -> None:
    found = list(unknowns(*PAIR, unknown=(events, others)).between_ends())
    expected = {((a, b), (c, d)) for a, b, c, d in itertools.product(of_events, of_others, of_events, of_others)
                if a + c <= events and b + d <= others}  # fmt: skip
    assert set(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize("between", ["rest", "overall"])
def test_against_the_rest_it_is_how_much_the_group_takes(between: str) -> None:
    for events, others, first, second in (
        (8, 8, range(9), range(9)), (16, 8, range(0, 17, 2), range(9)), (2, 40, range(3), range(0, 41, 5)),
        (2, 26, range(3), range(27)), (1, 40, range(2), range(0, 41, 5)), (8, 16, range(9), range(0, 17, 2)),
    ):  # fmt: skip
        found = list(unknowns(*PAIR, unknown=(events, others), between=between).between_ends())
        assert found == [((e, o), (e, o)) for e in first for o in second]


def test_rows_that_are_given_are_counted_on_both_sides() -> None:
    of = unknowns(*PAIR, unknown=(6, 9))
    given = of.given(of.plain, (1, 2), (3, 5))
    assert [getattr(given, name).tolist() for name in ("x1", "n1", "x2", "n2")] == [
        [21, 31], [103, 103], [33, 23], [108, 108],
    ]  # fmt: skip


def test_what_a_group_takes_the_rest_gives_away() -> None:
    of = unknowns(*PAIR, unknown=(6, 9), between="overall")
    given = of.given(of.plain, (1, 2), (3, 5))
    for i, (group, other) in enumerate(zip(of.plain.group.tolist(), of.plain.other.tolist(), strict=True)):
        g, (e, o) = (other, (3, 5)) if group == REST else (group, (1, 2))
        mine = (PAIR[g][0] + e, sum(PAIR[g]) + e + o)
        rest = (sum(x for x, _ in PAIR) + 6 - mine[0], sum(map(sum, PAIR)) + 15 - mine[1])
        first, second = (rest, mine) if group == REST else (mine, rest)
        assert (given.x1[i], given.n1[i], given.x2[i], given.n2[i]) == (*first, *second)


@pytest.mark.parametrize("between", ["groups", "rest", "overall", "reference"])
def test_the_ends_are_as_many_as_there_are_ways_to_take_all_or_nothing(between: str) -> None:
    reference: dict[str, Any] = {"reference": "g0"} if between == "reference" else {}
    of = unknowns(*PAIR, between=between, **reference)
    whole = {"nothing": (0, 0), "events": (2, 0), "others": (0, 1), "everything": (2, 1)}
    apart = between in ("groups", "reference")
    ways = set(itertools.product(whole, whole))
    expected = {
        way for way in ways
        if (set(way) in ({"nothing"}, {"events", "others"}) or ("nothing" in way and apart) or set(way) == {"nothing", "everything"})
        and (apart or way != ("nothing", "nothing"))
    }  # fmt: skip
    assert set(of.ways) == expected
    assert of.ways[0] == ("events", "others")
    for way in of.ways:
        assert of.at(way).x1.tolist() == of.given(of.plain, whole[way[0]], whole[way[1]]).x1.tolist()


def test_the_least_that_a_side_can_have_is_over_both_sides_and_both_ends() -> None:
    of = unknowns((20, 80), (30, 7), (0, 5), unknown=(4, 3))
    cases, counts = of.least
    at = {(g, o): i for i, (g, o) in enumerate(zip(of.plain.group.tolist(), of.plain.other.tolist(), strict=True))}
    assert (cases[at[0, 1]], counts[at[0, 1]]) == (37, 7)
    assert (cases[at[1, 0]], counts[at[1, 0]]) == (37, 7)
    assert (cases[at[2, 0]], counts[at[2, 0]]) == (5, 0)
    assert (cases[at[0, 2]], counts[at[0, 2]]) == (5, 0)
    assert of.odd(counts).tolist() == [i for pair, i in at.items() if 2 in pair]
    overall = unknowns(*PAIR, between="overall")
    assert overall.odd(np.array([1.0, 5.0, 7.0, 9.0])).tolist() == [0, 1, 2, 3]


def test_a_rate_can_be_empty_only_where_some_side_can_have_no_case() -> None:
    of = unknowns((0, 0), (30, 70), (1, 0), unknown=(4, 3))
    assert possibly_empty((of,)).tolist() == [0 in pair for pair in zip(of.plain.group, of.plain.other, strict=True)]
    known = unknowns((0, 0), (30, 70), (1, 0), unknown=None)
    assert possibly_empty((known,)).tolist() == possibly_empty((of,)).tolist()
    full = unknowns((9, 9), (30, 70), (1, 0), unknown=None)
    assert not possibly_empty((known, full)).any(), "one level that holds both is enough"
    alone = unknowns((5, 5), (0, 0), unknown=(2, 1), between="rest")
    assert possibly_empty((alone,)).all(), "the rest may be rows that belong to the group"


# -------------------------------------------------------------------------------------------- the worst of all
@pytest.mark.parametrize("between", ["groups", "rest", "overall"])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize("largest", [True, False])
def test_the_worst_is_no_better_than_any_allotment(between: str, measure: str, largest: bool) -> None:
    bound: dict[str, Any] = {"at_least": 0.6} if measure == "ratio" else {"at_most": 0.2}
    for groups in (((5, 9), (7, 8)), ((0, 12), (9, 0)), ((6, 0), (0, 6), (3, 3)), ((12, 0), (12, 0)), ((0, 0), (5, 9))):
        of = unknowns(*groups, unknown=(2, 2), between=between, measure=measure, **bound)
        sign = 1 if largest else -1
        worst = sign * extreme((of,), largest=largest).score(of.question.bound)
        every = [sign * of.given(of.plain, *sides).score(of.question.bound) for sides in of.between_ends()]
        assert worst == pytest.approx(np.nanmax(every, axis=0), abs=1e-9)
        # In terms of the rates themselves it is where one side takes the events and the other the rest.
        usual = of.at(("events", "others") if largest else ("others", "events"))
        assert extreme((of,), largest=largest, chance=False).score(of.question.bound) == pytest.approx(
            usual.score(of.question.bound), nan_ok=True
        )


def test_several_are_joined_in_their_order() -> None:
    one = unknowns(*PAIR).plain
    both = joint([one, replace(one, x1=one.x1 + 1)])
    assert both.x1.tolist() == [*one.x1, *(one.x1 + 1)]
    assert both.n2.tolist() == [*one.n2, *one.n2]
    assert both.share is None
    assert joint([one]).x1.tolist() == one.x1.tolist()
    shared = replace(one, share=np.array([0.25, 0.75]))
    joined = joint([shared, shared]).share
    assert joined is not None
    assert joined.tolist() == [0.25, 0.75, 0.25, 0.75]


# ----------------------------------------------------------------------------------- the question's own terms
def test_a_spread_compares_no_two_groups() -> None:
    block = margin(tally(*PAIR), ("axis0",))
    assert block is not None
    asked = replace(question(), measure="spread")
    with pytest.raises(ValueError, match="no comparison of two groups"):
        Unknowns.of_block(block, OF, asked)


def test_the_reference_of_a_limit_says_nothing_of_a_rung_that_compares_with_the_rest() -> None:
    ladder = [{"id": "first", "question": "rest", "at_most": 0.1}]
    limit = {"id": "gap", "metric": OF.name, "by": ["axis0"], "measure": "difference", "between": "reference", "reference": "g0",
             "at_most": 0.1, "harm": "higher", "reason": {"nl": "Proef.", "en": "Test."}, "ladder": ladder,
             "needs": dict.fromkeys(("shadow", "trial", "release"), "first")}  # fmt: skip
    block = margin(tally(*PAIR, (25, 75), unknown=(2, 1)), ("axis0",))
    assert block is not None
    rung, top = (Unknowns.of_block(block, OF, asked).plain for asked in questions(Limit.model_validate(limit)))
    assert (rung.group.tolist(), rung.other.tolist()) == ([0, 1, 2], [REST] * 3)
    assert (top.group.tolist(), top.other.tolist()) == ([1, 2], [0, 0])


@pytest.mark.parametrize("between", ["groups", "rest", "overall", "reference"])
def test_rows_that_all_weigh_the_same_have_the_rates_of_rows_without_weights(between: str) -> None:
    plain = tally(*PAIR, unknown=(2, 1))
    cells = np.repeat(np.arange(12), plain.counts.reshape(-1))
    weighted = replace(plain, weights=weigh(cells, np.full(len(cells), 2.0), plain.counts.shape))
    reference: dict[str, Any] = {"reference": "g0"} if between == "reference" else {}
    asked, blocks = question(between=between, **reference), (margin(plain, ("axis0",)), margin(weighted, ("axis0",)))
    once, heavy = (Unknowns.of_block(block, OF, asked) for block in blocks if block is not None)
    assert (once.once, heavy.once) == (True, False)
    for way in once.ways:
        alike, given = once.at(way), heavy.at(way)
        assert (given.group.tolist(), given.other.tolist()) == (alike.group.tolist(), alike.other.tolist())
        assert given.value() == pytest.approx(alike.value()), way
    assert heavy.odd(np.full(len(heavy.plain.group), 9.0)).tolist() == list(range(len(heavy.plain.group)))


@pytest.mark.parametrize("between", ["groups", "rest"])
def test_no_side_has_more_effective_cases_than_it_has_with_the_heaviest_of_the_unknown_rows(between: str) -> None:
    plain = tally((20, 80), (30, 70), unknown=(6, 4))
    cells = np.repeat(np.arange(12), plain.counts.reshape(-1))
    weights = np.where(cells >= 8, 40.0, 1.0)
    block = margin(replace(plain, weights=weigh(cells, weights, plain.counts.shape)), ("axis0",))
    assert block is not None
    of = Unknowns.of_block(block, OF, question(between=between))
    alone = of.plain if between == "groups" else None
    for way in of.ways:
        given, free = of.at(way), contrasts(block, OF, "difference", of.question.between, first=way[0], second=way[1])
        assert given.value() == pytest.approx(free.value())
        assert (given.n1 <= free.n1 + 1e-9).all()
        assert (given.n2 <= free.n2 + 1e-9).all()
        if alone is not None:
            # Forty times as heavy as the others, a few of them are worth less than a tenth of the group.
            assert (given.n1 < alone.n1 / 3).all()
            assert (given.n2 < alone.n2 / 3).all()


def test_rows_that_weigh_or_hang_together_are_not_added_by_their_number() -> None:
    of = unknowns(*PAIR)
    assert of.once
    for changes in ({"weights": np.ones((3, 4, 3))}, {"products": np.ones((3, 4, 4))}):
        assert not replace(of, block=replace(of.block, **changes)).once


# --------------------------------------------------------------------------------------------- over levels
@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("place", [0, 1])
def test_over_levels_the_worst_is_sought_in_terms_of_evidence_or_of_the_rates(largest: bool, place: int) -> None:
    """With unknown rows in one level only: no way to give them is worse, and the two do not mean the same way."""
    levels = [[(185, 315), (100, 400)], [(9, 1), (1800, 200)]]
    rows = strata(levels if place else levels[::-1], [(0, 0), (3000, 0)] if place else [(3000, 0), (0, 0)])
    asked = question(given="need", at_most=0.14)
    blocks = strata_of(rows, "need", ("axis0",))
    assert blocks is not None
    parts = tuple(Unknowns.of_block(block, OF, asked) for block in blocks)
    sign, both = 1 if largest else -1, {}
    every = np.arange(2)
    for chance in (True, False):
        both[chance] = found = extreme(parts, largest=largest, chance=chance)
        assert isinstance(found, Stratified)
        best = np.full(2, -np.inf)
        for way in (parts[place].plain, *parts[place].tried(every)):
            with_it = Stratified(strata=tuple(way if i == place else part.plain for i, part in enumerate(parts)))
            best = np.fmax(best, sign * (with_it.score(0.14) if chance else with_it.value()))
        assert sign * (found.score(0.14) if chance else found.value()) == pytest.approx(best)
    assert (sign * both[True].score(0.14) > sign * both[False].score(0.14) + 1e-6).any()
    assert (sign * both[False].value() > sign * both[True].value() + 1e-6).any()
