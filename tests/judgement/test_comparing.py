"""How many comparisons of a question are shown inside or outside, and what is told of one: rule by rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.counting.weights import weigh
from smartstart_gov.judgement import comparisons as comparing
from smartstart_gov.judgement import unknown_rows
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.question import Question, questions
from smartstart_gov.judgement.unknown_rows import Unknowns, joint
from smartstart_gov.statistics.contrasts import REST, Contrasts, Stratified
from smartstart_gov.statistics.estimates import margin
from smartstart_gov.statistics.intervals import normal_quantile
from smartstart_gov.statistics.rates import rate
from tests.judgement.test_allotting import strata

OF = rate("selection_rate")


def question(**changes: Any) -> Question:
    base = {"id": "gap", "metric": OF.name, "by": ["axis0"], "measure": "difference", "between": "groups",
            "reason": {"nl": "Proef.", "en": "Test."}}  # fmt: skip
    bound = {} if changes.get("measure") == "ratio" else {"at_most": 0.1}
    return questions(Limit.model_validate(base | bound | changes))[0]


def tally(*groups: tuple[int, int], unknown: tuple[int, int] | None = None) -> Tally:
    """Return groups of so many events and others."""
    cells = [[[others, events], [0, 0]] for events, others in (*groups, *([] if unknown is None else [unknown]))]
    names = tuple(f"g{i}" for i in range(len(groups)))
    levels = names if unknown is None else (*names, "unknown")
    axis = Axis(name="axis0", levels=levels, unknown=unknown is not None)
    return Tally(axes=(axis,), counts=np.array(cells, dtype=np.int64), moments={})


def unknowns(*groups: tuple[int, int], unknown: tuple[int, int] | None = (2, 1), **changes: Any) -> Unknowns:
    block = margin(tally(*groups, unknown=unknown), ("axis0",))
    assert block is not None
    return Unknowns.of_block(block, OF, question(**changes))


def compared(*groups: tuple[int, int], unknown: tuple[int, int] | None = None, **changes: Any) -> Comparisons:
    found = Comparisons.compare(tally(*groups, unknown=unknown), question(**changes))
    assert found is not None
    return found


PAIR = ((20, 80), (30, 70))


# ------------------------------------------------------------------------------------------- what is shown
def test_both_directions_are_one_pair() -> None:
    found = compared(*PAIR, (25, 75))
    assert (found.total, found.undefined, len(found.plain.group)) == (3, 0, 6)
    assert found.pairs([0, 1]) == len({frozenset((int(found.plain.group[i]), int(found.plain.other[i]))) for i in (0, 1)})
    assert compared(*PAIR, (0, 0)).undefined == 2
    assert compared(*[(20, 80)] * 5, between="rest").total == 5


def test_the_gravest_is_the_one_whose_estimate_lies_furthest_out() -> None:
    groups = ((2, 1), (300, 700), (400, 600))
    each: list[tuple[str, dict[str, Any]]] = [("difference", {}), ("ratio", {"at_least": 0.8})]
    for measure, bound in each:
        found = compared(*groups, measure=measure, **bound)
        every = list(range(len(found.plain.group)))
        at = found.gravest(every)
        worst = (0, 1) if measure == "difference" else (1, 0)
        assert (found.plain.group[at], found.plain.other[at]) == worst
        rest = [i for i in every if i != at]
        assert found.gravest([rest[0]]) == rest[0]
        empty = compared((0, 0), *groups[1:], measure=measure, **bound)
        worst = (2, 1) if measure == "difference" else (1, 2)
        at = empty.gravest(every)
        assert (empty.plain.group[at], empty.plain.other[at]) == worst, "what is undefined is no gravest"


def with_scores(found: Comparisons, **scores: Any) -> Comparisons:
    given: dict[str, Any] = {name: np.array(values, dtype=np.float64) for name, values in scores.items()}
    return replace(found, **given)


LARGE = ((3000, 7000), (3000, 7000), (3000, 7000))


def test_of_large_samples_those_beyond_the_quantile_are_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "tail", None)
    z = normal_quantile(0.95)
    found = with_scores(compared(*LARGE), inside=[9, 9, 9, 9, 9, z + 1e-9], inside_if_known=[9] * 6)
    assert found.inside_at(0.05) == 3
    assert with_scores(found, inside=[9, 9, 9, 9, 9, z]).inside_at(0.05) == 2
    assert with_scores(found, inside=[9, 9, 9, 9, 9, z]).inside_at(0.05, known=True) == 3
    assert with_scores(found, inside=[np.nan] * 6).inside_at(0.05) == 0


def test_holm_asks_less_of_the_next_once_one_is_shown() -> None:
    """Over six comparisons the first needs a sixth of alpha, the second a fifth."""
    at = [normal_quantile(1 - 0.05 / n) for n in (6, 5, 4, 3, 2, 1)]
    found = with_scores(compared(*LARGE), outside=[z + 1e-9 for z in at], outside_if_known=[-9] * 6)
    assert found.outside_at(0.05) == (0, 1, 2, 3, 4, 5)
    assert found.outside_at(0.05, known=True) == ()
    assert with_scores(found, outside=[*(z + 1e-9 for z in at[:3]), at[3], 1.0, 1.0]).outside_at(0.05) == (0, 1, 2)
    assert with_scores(found, outside=[at[0], *[0.0] * 5]).outside_at(0.05) == ()
    assert with_scores(found, outside=[1.0, np.nan, 9.0, np.nan, 5.0, 0.0]).outside_at(0.05) == (2, 4)
    assert with_scores(found, outside=[np.nan] * 6).outside_at(0.05) == ()
    # What nothing can be said of takes no part of the level.
    alone = with_scores(found, outside=[normal_quantile(0.95) + 1e-9, *[np.nan] * 5])
    assert alone.outside_at(0.05) == (0,)


@pytest.mark.parametrize(("measure", "bound", "larger"), [("difference", {}, True), ("ratio", {"at_least": 0.8}, False)])
def test_small_samples_are_enumerated_and_at_most_so_many_are_confirmed(
    measure: str, bound: dict[str, Any], larger: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    answers: dict[int, float] = {}

    def said(pairs: Contrasts, i: int, at: float, *, larger: bool, level: float) -> float:
        asked.append(i)
        towards.add(larger)
        return level * answers.get(i, 1.0)

    towards: set[bool] = set()
    monkeypatch.setattr(comparing, "tail", said)
    few = with_scores(compared(*[(3, 7)] * 3, measure=measure, **bound), outside=[9, 8, 7, 6, 5, 0], inside=[5, 4, 3, 3, 3, 3])
    assert few.outside_at(0.05) == (0, 1, 2, 3, 4)
    assert asked == [0, 1, 2, 3, 4]
    assert towards == {larger}
    answers |= {1: 1.001, 3: 1.001}
    assert few.outside_at(0.05) == (0, 2, 4), "one that is not shown is passed over"
    assert few.outside_at(0.05, most=2) == (0, 2)
    assert (few.shown_outside(0, 0.05), few.shown_outside(1, 0.05)) == (True, False)
    z = normal_quantile(0.95)
    edge = with_scores(few, outside=[z, np.nan, z + 1e-9, 0, 0, 0])
    assert [edge.shown_outside(i, 0.05) for i in (0, 1, 2)] == [False, False, True]
    monkeypatch.setattr(comparing, "_MOST_TRIED", 2)
    asked.clear()
    assert few.outside_at(0.05) == (0,)
    assert asked == [0, 1]
    # To pass, those nearest to the quantile are asked first, and no more once one is not inside.
    asked.clear()
    towards.clear()
    few = with_scores(few, inside=[2.0, 2.5, 2.2, 2.1, 2.4, 2.3])
    assert few.inside_at(0.05) == 2
    assert asked == [0, 3]
    assert towards == {not larger}
    answers.clear()
    assert few.inside_at(0.05) == 3
    assert not edge.shown_outside(1, 0.05)


def test_a_smaller_level_enumerates_more_and_a_score_far_beyond_it_decides_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """200 events at the limit are enough at 5 %, and at half of that too few: there a score just beyond is enumerated."""
    asked: list[int] = []

    def said(pairs: Contrasts, i: int, at: float, *, larger: bool, level: float) -> float:
        asked.append(i)
        return 0.0

    monkeypatch.setattr(comparing, "tail", said)
    found, z = compared((300, 700), (6000, 14_000)), normal_quantile(0.975)
    for beyond, enumerated in ((0.2, [0]), (0.5, [])):
        asked.clear()
        assert with_scores(found, outside=[z + beyond, 0.0]).outside_at(0.05) == (0,)
        assert asked == enumerated


@pytest.mark.parametrize(("measure", "bound"), [("difference", {}), ("ratio", {"at_least": 0.8})])
def test_with_unknown_rows_it_is_the_end_in_danger_or_the_mildest_that_is_enumerated(
    measure: str, bound: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = compared((3, 7), (4, 9), unknown=(2, 1), measure=measure, **bound)
    few = with_scores(few, inside=[9, 9], outside=[9, 9], inside_if_known=[9, 9], outside_if_known=[9, 9])
    seen: list[object] = []

    def said(pairs: Contrasts, i: int, at: float, *, larger: bool, level: float) -> float:
        seen.append(pairs)
        return 0.0

    monkeypatch.setattr(comparing, "tail", said)
    monkeypatch.setattr(comparing, "unclear", lambda pairs, *_: np.ones(2, dtype=bool))
    danger, relief = (few.high, few.low) if measure == "difference" else (few.low, few.high)
    for ask, used in (
        (lambda: few.inside_at(0.05), danger), (lambda: few.outside_at(0.05), relief), (lambda: few.shown_outside(0, 0.05), relief),
        (lambda: few.inside_at(0.05, known=True), few.plain), (lambda: few.outside_at(0.05, known=True), few.plain),
    ):  # fmt: skip
        seen.clear()
        ask()
        assert seen
        assert all(pairs is used for pairs in seen)


def test_so_many_are_confirmed_tried_and_asked_before_fewer_rows_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    probability = [0.0]

    def said(pairs: Contrasts, i: int, at: float, *, larger: bool, level: float) -> float:
        asked.append(i)
        return later.get(i, probability[0])

    later: dict[int, float] = {}
    monkeypatch.setattr(comparing, "tail", said)
    some, many = (compared(*[(3, 7)] * groups) for groups in (13, 34))
    size = len(some.plain.group)
    assert len(with_scores(some, outside=[99] * size).outside_at(0.05)) == 64
    asked.clear()
    probability[0] = 1.0
    assert with_scores(many, outside=[99] * len(many.plain.group)).outside_at(0.05) == ()
    assert len(asked) == 1024
    # To pass the 64 nearest to the quantile are asked, and of the others those that fewer rows do not show.
    thin: list[int] = []

    def shown(pairs: Contrasts, *_: Any, **__: Any) -> np.ndarray:
        thin.append(len(pairs.group))
        return np.arange(len(pairs.group)) >= 3

    monkeypatch.setattr(comparing, "inside_if_thinned", shown)
    asked.clear()
    probability[0] = 0.0
    near = with_scores(some, inside=2 + np.arange(size) / 1000)
    assert near.inside_at(0.05) == near.total
    assert (thin, asked) == ([size - 64], list(range(67)))
    later |= {64: 0.05, 65: 0.06}
    asked.clear()
    assert near.inside_at(0.05) == near.total - 1
    assert asked[-1] == 65, "at the level itself it is shown"
    probability[0] = 1.0
    asked.clear()
    thin.clear()
    assert near.inside_at(0.05) == near.total - 1
    assert (thin, asked) == ([], [0])


@pytest.mark.parametrize(("measure", "bound"), [("difference", {}), ("ratio", {"at_least": 0.8})])
def test_groups_differ_only_where_one_beyond_the_limit_is_unlike_corrected_for_all(measure: str, bound: dict[str, Any]) -> None:
    """400 of 1 000 against 300 and another like it: beyond 0.05 and different; 4 of 10 against 3 is beyond alone."""
    loose: dict[str, Any] = {"at_most": 0.05} if measure == "difference" else {"at_least": 0.9}
    assert compared((400, 600), (300, 700), measure=measure, **loose).beyond_and_different(0.05)
    assert not compared((4, 6), (3, 7), measure=measure, **loose).beyond_and_different(0.05)
    wide: dict[str, Any] = {"at_most": 0.2} if measure == "difference" else {"at_least": 0.5}
    assert not compared((400, 600), (300, 700), measure=measure, **wide).beyond_and_different(0.05)
    tight: dict[str, Any] = {"at_most": 0.01} if measure == "difference" else {"at_least": 0.99}
    # A little inside, or on the limit, is not beyond it.
    inside = {"at_most": 0.115} if measure == "difference" else {"at_least": 0.73}
    assert not compared((400, 600), (300, 700), measure=measure, **inside).beyond_and_different(0.05)
    on = compared((400, 600), (300, 700), measure=measure, **loose)
    assert not with_scores(on, inside_if_known=[0.0, 0.0]).beyond_and_different(0.05)
    # Seen alone it differs at 5 %; among 20 comparisons of five groups it does not.
    close = ((350, 650), (308, 692))
    assert compared(*close, measure=measure, **tight).beyond_and_different(0.05)
    many = (*close, *[(330, 670)] * 3)
    assert not compared(*many, measure=measure, **tight).beyond_and_different(0.05)


# ------------------------------------------------------------------------- the largest probability of all allotments
@pytest.mark.parametrize("larger", [True, False])
def test_the_probability_is_the_largest_over_the_allotments_that_are_nearly_the_worst(
    larger: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = compared((3, 7), (4, 9), unknown=(2, 1))
    assert isinstance(few.high, Contrasts)
    others = joint(list(few.unknowns[0].tried(np.array([0]))))
    scores = (1 if larger else -1) * others.score(0.1)
    near = sorted(scores[scores <= scores.min() + 0.35])
    asked: list[float] = []

    def of(*answers: float, known: bool = False) -> float:
        asked.clear()
        waiting = iter(answers)

        def said(pairs: Contrasts, i: int, bound: float, *, larger: bool, level: float) -> float:
            asked.append(float((1 if larger else -1) * pairs.score(bound)[i]))
            return 0.05 * next(waiting, answers[0])

        monkeypatch.setattr(comparing, "tail", said)
        assert isinstance(few.high, Contrasts)
        return few._tail(few.high, 0, larger=larger, level=0.05, known=known) / 0.05

    assert of(0.6, 0.7, 0.9, 0.8) == pytest.approx(0.9)
    assert asked[1:] == pytest.approx(near)
    assert len(near) > 3
    assert of(0.6, 0.7, 1.0, 1.2, 9.0) == pytest.approx(1.2), "no more is asked once it is beyond the level"
    assert len(asked) == 4
    for alone in (0.5, 1.001):
        assert of(alone, 9.0) == pytest.approx(alone)
        assert len(asked) == 1
    assert of(0.501, 9.0) == pytest.approx(9.0)
    monkeypatch.setattr(comparing, "_NEAR", 0.0)
    assert of(0.6, 0.9) == pytest.approx(0.9)
    assert 2 <= len(asked) < 1 + len(near)
    assert of(1.0, 1.2) == pytest.approx(1.2)
    assert of(0.6, 0.9, known=True) == pytest.approx(0.6)
    sure = with_scores(few, outside=[9.0, 9.0])
    answers = iter([0.03, *[0.06] * 99])
    monkeypatch.setattr(comparing, "tail", lambda *_, **__: next(answers))
    assert not sure.shown_outside(0, 0.05), "some allotment is more probable than the level"


# ---------------------------------------------------------------------------------------------- over levels
def over_levels(*, unknown: tuple[int, int]) -> Comparisons:
    rows = strata([[(80, 20), (70, 30)], [(60, 40), (50, 50)], [(40, 60), (30, 70)]], [unknown] * 3)
    found = Comparisons.compare(rows, question(given="need"))
    assert found is not None
    return found


def test_levels_are_held_against_each_other_with_each_in_turn_as_high_or_as_low_as_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = over_levels(unknown=(5, 5))
    assert isinstance(found.plain, Stratified)
    assert isinstance(found.low, Stratified)
    assert isinstance(found.high, Stratified)
    names = {
        id(one): word for word, side in (("p", found.plain), ("l", found.low), ("h", found.high)) for one in side.strata
    }  # fmt: skip
    tried: list[str] = []
    differ: set[str] = set()

    def said(self: Stratified, alpha: float) -> np.ndarray:
        word = "".join(names[id(one)] for one in self.strata)
        tried.append(word)
        return np.array([word in differ, False])

    monkeypatch.setattr(Stratified, "disagree", said)
    assert not found.strata_disagree(0.05)
    assert sorted(tried) == sorted(["ppp", "lll", "hhh", "hll", "lhl", "llh", "lhh", "hlh", "hhl"])
    differ.add("lhl")
    assert found.strata_disagree(0.05)
    tried.clear()
    assert not replace(found, unknowns=()).strata_disagree(0.05)
    assert tried == ["ppp"]
    assert not compared(*PAIR).strata_disagree(0.05)


# ------------------------------------------------------------------------------------- one comparison, as it is told
def bounds(pairs: Contrasts | Stratified, i: int) -> tuple[float, float]:
    low, high = pairs.keep(np.array([i])).interval(0.9)
    return float(low[0]), float(high[0])


@pytest.mark.parametrize("unknown", [None, (2, 1)])
@pytest.mark.parametrize("between", ["groups", "rest", "overall"])
def test_a_comparison_is_told_with_its_sides_their_rows_and_its_bounds(between: str, unknown: tuple[int, int] | None) -> None:
    groups = (*PAIR, (25, 76))
    found = compared(*groups, unknown=unknown, between=between)
    everybody = sum(map(sum, (*groups, unknown or (0, 0))))
    for i, (g, o) in enumerate(zip(found.plain.group.tolist(), found.plain.other.tolist(), strict=True)):
        told = found.comparison(i, 0.05)
        for at, against, side, kind, rows in (
            (g, o, told.group, told.group_kind, told.group_denominator), (o, g, told.other, told.other_kind, told.other_denominator),
        ):  # fmt: skip
            if at == REST:
                others = everybody if between == "overall" else everybody - sum(groups[against])
                assert (side, kind, rows) == (between, between, others)
            else:
                assert (side, kind, rows) == (f"g{at}", "level", sum(groups[at]))
        assert found.pair(i) == ((told.group, told.group_kind), (told.other, told.other_kind))
        assert float(told.value or "nan") == pytest.approx(found.plain.value()[i])
        each = [bounds(found.low, i), bounds(found.high, i), bounds(found.plain, i)] if unknown else [bounds(found.plain, i)]
        if unknown:
            each += [bounds(one, 0) for one in found.unknowns[0].tried(np.array([i]))]
        assert float(told.low or "nan") == pytest.approx(min(low for low, _ in each))
        assert float(told.high or "nan") == pytest.approx(max(high for _, high in each))


def test_against_everybody_the_bounds_are_those_of_allotments_between_the_ends_too() -> None:
    found = compared((0, 1), (3, 2), unknown=(4, 2), between="overall")
    told, at = found.comparison(1, 0.05), np.array([1])
    ends = [bounds(one, 1) for one in (found.low, found.high, found.plain)]
    each = [bounds(one, 0) for one in found.unknowns[0].tried(at)]
    low, high = np.nanmin([low for low, _ in each]), np.nanmax([high for _, high in each])
    assert low < min(one for one, _ in ends) - 0.01
    assert high > max(one for _, one in ends) + 0.01
    assert (float(told.low or "nan"), float(told.high or "nan")) == (pytest.approx(low), pytest.approx(high))


def test_over_levels_the_bounds_are_the_widest_of_those_that_were_found() -> None:
    found = over_levels(unknown=(5, 5))
    for i in (0, 1):
        told, each = found.comparison(i, 0.05), [bounds(one, i) for one in (found.plain, found.low, found.high)]
        assert float(told.low or "nan") == pytest.approx(min(low for low, _ in each))
        assert float(told.high or "nan") == pytest.approx(max(high for _, high in each))
        # Whichever of the three they are of.
        turned = replace(found, low=found.high, high=found.low).comparison(i, 0.05)
        assert (turned.low, turned.high) == (told.low, told.high)


@pytest.mark.parametrize("between", ["rest", "overall"])
def test_areas_hold_levels_again_and_are_counted_in_no_total(between: str) -> None:
    found = compared(*PAIR, unknown=(2, 1), between=between)
    block = found.block
    with_area = replace(
        block, names=(*block.names, "north"), kinds=(*block.kinds, "area"),
        cells=np.concatenate([block.cells, block.cells.sum(axis=0, keepdims=True)]),
    )  # fmt: skip
    for i in range(len(found.plain.group)):
        assert replace(found, block=with_area).comparison(i, 0.05) == found.comparison(i, 0.05)


# ---------------------------------------------------------------------- over levels nothing is enumerated but one table
def test_over_levels_with_few_cases_nothing_is_shown_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two directions the first is too few; the other counts as it is."""
    found = over_levels(unknown=(0, 0))
    given = with_scores(found, inside=[9, 9], inside_if_known=[9, 1], outside=[9, 8], outside_if_known=[9, 8])
    asked: list[list[float]] = []

    def said(pairs: Stratified, bound: float, beyond: np.ndarray, z: float) -> np.ndarray:
        asked.append([round(float(value + z), 6) for value in beyond])
        return np.array([few, False])

    monkeypatch.setattr(comparing, "unclear_over_strata", said)
    few = True
    assert given.outside_at(0.05) == (1,)
    assert asked[0] == [9, np.inf]
    asked.clear()
    assert (given.inside_at(0.05), given.total) == (0, 1)
    assert asked == [[9, 9]] * 3, "the rows as they are, and both ends"
    assert given.inside_at(0.05, known=True) == 0, "where one is not beyond, nothing is asked"
    assert len(asked) == 3
    few = False
    assert given.inside_at(0.05) == 1
    assert given.outside_at(0.05) == (0, 1)
    few = True
    assert given.outside_at(0.05, known=True) == (1,)


def test_over_levels_the_pairs_that_are_clear_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = strata([[(80, 20), (70, 30), (60, 40)], [(60, 40), (50, 50), (40, 60)]], [(0, 0)] * 2)
    found = Comparisons.compare(rows, question(given="need"))
    assert found is not None
    clear = with_scores(found, inside=[9.0] * len(found.plain.group))
    unsure = (found.plain.group + found.plain.other) == 1
    monkeypatch.setattr(comparing, "unclear_over_strata", lambda *_: unsure)
    assert (clear.inside_at(0.05), clear.total) == (2, 3)


def test_with_unknown_rows_the_fewest_that_any_of_the_ends_leaves_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    found = over_levels(unknown=(5, 5))
    assert isinstance(found.low, Stratified)
    least = found.low.strata
    monkeypatch.setattr(comparing, "unclear_over_strata", lambda pairs, *_: np.array([pairs.strata is least, False]))
    assert found._unclear_over_strata(np.zeros(2), 1.6, known=False).tolist() == [True, False]
    assert found._unclear_over_strata(np.zeros(2), 1.6, known=True).tolist() == [False, False]


def test_only_without_unknown_rows_one_level_that_holds_both_groups_is_a_single_table() -> None:
    levels, empty = [[(80, 20), (70, 30)], [(0, 0), (50, 50)]], [(0, 0), (0, 0)]
    for unknown, alone in ((empty, True), ([(1, 0), (0, 0)], False)):
        found = Comparisons.compare(strata(levels, unknown), question(given="need"))
        assert found is not None
        table, one_table = found._tables(found.plain)
        assert one_table.tolist() == [alone] * 2
        assert sorted(table.n1.tolist()) == [100, 100]
    both = over_levels(unknown=(0, 0))
    assert not both._tables(both.plain)[1].any()


# ---------------------------------------------------------------------------------------- statistics in favour of either
@pytest.mark.parametrize("between", ["groups", "rest", "overall"])
@pytest.mark.parametrize(("measure", "bound"), [("difference", {"at_most": 0.15}), ("ratio", {"at_least": 0.7})])
def test_what_speaks_for_passing_is_the_worst_score_and_what_speaks_for_failing_the_mildest(
    measure: str, bound: dict[str, Any], between: str
) -> None:
    groups = ((20, 80), (30, 70), (7, 33))
    sign = -1 if measure == "difference" else 1
    for unknown in (None, (3, 2)):
        found = compared(*groups, unknown=unknown, measure=measure, between=between, **bound)
        at = next(iter(bound.values()))
        known = sign * found.plain.score(at)
        assert found.inside_if_known == pytest.approx(known)
        assert found.outside_if_known == pytest.approx(-known)
        ends = [sign * one.score(at) for one in found.unknowns[0].at_ends(np.arange(len(known)))] if unknown else [known]
        if between == "overall" and unknown:
            ends = [sign * one.score(at) for one in found.unknowns[0].tried(np.arange(len(known)))]
        assert found.inside == pytest.approx(np.min(ends, axis=0))
        assert found.outside == pytest.approx(-np.max(ends, axis=0))
        # High is high of the first rate against the second, whichever of the two is in danger.
        assert (found.low.score(at) <= found.high.score(at) + 1e-9).all()


def test_what_may_have_nothing_to_divide_by_is_neither_inside_nor_outside() -> None:
    for unknown in ((3, 2), (1, 0)):
        found = compared((0, 0), (30, 70), (20, 80), unknown=unknown)
        empty = [0 in pair for pair in zip(found.plain.group, found.plain.other, strict=True)]
        assert np.isnan(found.inside).tolist() == empty
        assert np.isneginf(found.outside).tolist() == empty


def test_rows_of_a_share_of_everybody_keep_their_share_where_they_are_put_together() -> None:
    plain = unknowns(*PAIR, unknown=None, between="rest").plain
    old = replace(plain, share=np.arange(len(plain.x1)) + 0.25)
    new = replace(plain, x1=plain.x1 + 1, n2=plain.n2 + 2, share=np.arange(len(plain.x1)) + 0.5)
    better = np.arange(len(plain.x1)) % 2 == 1
    merged = unknown_rows._merged(old, new, better)
    for name in ("x1", "n1", "x2", "n2", "share"):
        assert getattr(merged, name).tolist() == np.where(better, getattr(new, name), getattr(old, name)).tolist()
    for one, other in ((replace(old, share=None), new), (old, replace(new, share=None))):
        assert unknown_rows._merged(one, other, better).share is None
    at = np.array([1, 0])
    placed = unknown_rows._placed(old, new.keep(at), at)
    assert placed.x1[:2].tolist() == new.x1[:2].tolist()
    assert placed.share is not None
    assert placed.share.tolist() == [0.5, 1.5, *(old.share[2:].tolist() if old.share is not None else [])]
    assert unknown_rows._placed(replace(old, share=None), replace(new, share=None).keep(at), at).share is None


def test_pairs_are_told_apart_however_many_groups_there_are() -> None:
    groups = [(20, 80)] * 7
    for between, total in (("groups", 21), ("rest", 7), ("overall", 7)):
        found = compared(*groups, between=between)
        assert found.total == total
        assert found.pairs([]) == 0
        sides = list(zip(found.plain.group.tolist(), found.plain.other.tolist(), strict=True))
        for size in range(1, len(sides)):
            assert found.pairs(list(range(size))) == len({frozenset(pair) for pair in sides[:size]})


def test_where_there_is_one_comparison_or_none_nothing_is_divided() -> None:
    one = compared((300, 700), (337, 663), between="reference", reference="g0", harm="higher", at_most=0.01)
    assert len(one.plain.group) == 1
    assert one.beyond_and_different(0.05)
    none = compared((20, 80))
    assert (none.total, none.beyond_and_different(0.05)) == (0, False)


def test_a_single_level_is_the_plain_comparison() -> None:
    rows = strata([[(80, 20), (70, 30)]], [(3, 2)])
    found = Comparisons.compare(rows, question(given="need"))
    plain = compared((80, 20), (70, 30), unknown=(3, 2))
    assert found is not None
    assert found.inside == pytest.approx(plain.inside, abs=0.01)


def test_rows_with_weights_are_tried_at_the_ends_only() -> None:
    of = unknowns(*PAIR, unknown=(2, 1))
    at = np.array([0])
    assert len(list(of.tried(at))) == len(of.ways) + len(list(of.between_ends()))
    plain = tally(*PAIR, unknown=(2, 1))
    cells = np.repeat(np.arange(12), plain.counts.reshape(-1))
    block = margin(replace(plain, weights=weigh(cells, np.full(len(cells), 2.0), plain.counts.shape)), ("axis0",))
    assert block is not None
    heavy = Unknowns.of_block(block, OF, question())
    assert len(list(heavy.tried(at))) == len(list(heavy.at_ends(at))) == len(of.ways)
    # They are counted once, and only where that cannot be added up.
    assert set(heavy.placed) == {*of.ways, ("nothing", "nothing"), ("everything", "everything")}
    assert heavy.at(of.ways[0]) is heavy.at(of.ways[0])
    known = margin(replace(tally(*PAIR, unknown=(0, 0)), weights=weigh(cells[:200], np.full(200, 2.0), (3, 2, 2))), ("axis0",))
    assert known is not None
    alone = Unknowns.of_block(known, OF, question())
    assert (of.placed, alone.placed, alone.once) == ({}, {}, False)
    assert alone.at(of.ways[0]) is alone.plain


def test_what_printed_counts_do_not_tell_is_not_compared() -> None:
    """Where no group has a positive case nothing is printed; counts by level are not printed either."""
    rows = tally((200, 800), (300, 700), (400, 600))
    assert Comparisons.compare(printable(rows, ("axis0",), 10), question()) is None
    more = replace(rows, counts=rows.counts + np.array([[0, 0], [40, 40]]))
    assert Comparisons.compare(printable(more, ("axis0",), 10), question()) is not None
    levels = strata([[(80, 20), (70, 30)]] * 2, [(0, 0)] * 2)
    levels = replace(levels, counts=levels.counts + np.array([[0, 0], [40, 40]]))
    assert Comparisons.compare(printable(levels, ("axis0",), 10), question(given="need")) is None


def test_over_levels_a_single_table_is_enumerated_as_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = strata([[(8, 2), (7, 3)], [(0, 0), (5, 5)]], [(0, 0), (0, 0)])
    alone = Comparisons.compare(rows, question(given="need"))
    assert alone is not None
    alone = with_scores(alone, inside=[9, 9], outside=[9, 9])
    monkeypatch.setattr(comparing, "unclear_over_strata", lambda *_: np.ones(2, dtype=bool))
    for probability, shown in ((0.0, True), (1.0, False)):
        monkeypatch.setattr(comparing, "tail", lambda *_, p=probability, **__: p)
        assert (alone.outside_at(0.05) == (0, 1)) is shown
        assert alone.shown_outside(0, 0.05) is shown
        assert alone.inside_at(0.05) == shown
    monkeypatch.setattr(comparing, "tail", None)
    both = with_scores(over_levels(unknown=(0, 0)), outside=[9, 0])
    assert both.shown_outside(0, 0.05), "over more than one table nothing is enumerated"
