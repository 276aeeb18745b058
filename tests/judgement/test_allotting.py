"""Rows of unknown group: no way to give them to the groups is worse than the one that is judged."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.authoring.policy import Limit, Policy
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.judge import judge
from smartstart_gov.judgement.question import questions
from smartstart_gov.statistics.contrasts import Contrasts, Stratified
from smartstart_gov.statistics.intervals import difference_score, ratio_score
from tests.strategies import counted, policy

#: Events and others of two groups and of the unknown rows.
Cells = tuple[int, int]
LIMITS = (
    {"measure": "difference", "at_most": 0.1}, {"measure": "difference", "at_most": 0.6},
    {"measure": "ratio", "at_least": 0.8}, {"measure": "ratio", "at_least": 0.2},
)  # fmt: skip
BETWEEN = ("groups", "rest", "overall")


def asked(limit: dict[str, object], between: str) -> Policy:
    base = {"id": "gap", "metric": "selection_rate", "by": ["axis0"], "between": between, "reason": "open"}
    return policy(limits=[base | limit])


def tally(*groups: Cells, unknown: Cells | None = None) -> Tally:
    cells = {f"g{i}": (others, events, 0, 0) for i, (events, others) in enumerate(groups)}
    if unknown is not None:
        cells["unknown"] = (unknown[1], unknown[0], 0, 0)
    return counted(cells, unknown=unknown is not None)


def placed(groups: list[Cells], unknown: Cells) -> list[tuple[Cells, Cells]]:
    """Return the two groups with every way to give all unknown rows to them."""
    return [
        ((groups[0][0] + e, groups[0][1] + o), (groups[1][0] + unknown[0] - e, groups[1][1] + unknown[1] - o))
        for e, o in itertools.product(range(unknown[0] + 1), range(unknown[1] + 1))
    ]


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)) | st.tuples(st.just(0), st.integers(0, 200)), min_size=2, max_size=2),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.sampled_from(LIMITS),
    st.sampled_from(BETWEEN),
)  # fmt: skip
def test_an_answer_holds_for_every_allotment(
    groups: list[Cells], unknown: Cells, limit: dict[str, object], between: str
) -> None:
    chosen = asked(limit, between)
    mine = judge(tally(*groups, unknown=unknown), chosen).findings[0]
    every = {judge(tally(*pair), chosen).findings[0].status for pair in placed(groups, unknown)}
    assert mine.status == "NOT_SHOWN" or every == {mine.status}


@pytest.mark.parametrize(
    ("groups", "unknown", "limit", "between"),
    [
        # The unknown events make a rate of 1 surer than it is without them.
        ([(3, 0), (3, 0)], (3, 0), {"measure": "ratio", "at_least": 0.8}, "overall"),
        ([(12, 0), (12, 0)], (20, 0), {"measure": "ratio", "at_least": 0.8}, "groups"),
        ([(0, 12), (0, 40)], (0, 30), {"measure": "difference", "at_most": 0.15}, "groups"),
    ],
)
def test_cases_that_make_a_rate_of_0_or_1_surer_may_belong_elsewhere(
    groups: list[Cells], unknown: Cells, limit: dict[str, object], between: str
) -> None:
    chosen = asked(limit, between)
    assert judge(tally(*groups), chosen).findings[0].status == "NOT_SHOWN"
    assert judge(tally(*groups, unknown=unknown), chosen).findings[0].status == "NOT_SHOWN"


@pytest.mark.slow
@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 30)), min_size=2, max_size=2),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.sampled_from(LIMITS),
    st.sampled_from(BETWEEN),
)
def test_printed_bounds_hold_those_of_every_allotment(
    groups: list[Cells], unknown: Cells, limit: dict[str, object], between: str
) -> None:
    question = questions(asked(limit, between).limits[0])[0]
    wide = Comparisons.compare(tally(*groups, unknown=unknown), question)
    assert wide is not None
    outer = [wide.comparison(i, 0.05) for i in range(wide.total)]
    for pair in placed(groups, unknown):
        narrow = Comparisons.compare(tally(*pair), question)
        assert narrow is not None
        for i in range(wide.total):
            inner = narrow.comparison(i, 0.05)
            for low, high, sign in ((outer[i].low, inner.low, 1), (outer[i].high, inner.high, -1)):
                if low is not None and high is not None:
                    assert sign * float(low) <= sign * float(high) + 1e-6


@pytest.mark.parametrize(("score", "bounds"), [(difference_score, (0.02, 0.1, 0.5)), (ratio_score, (0.2, 0.8))])
@pytest.mark.parametrize("unknown", [(3, 0), (0, 3), (3, 2)])
def test_over_all_allotments_the_score_is_worst_at_an_end(score, bounds, unknown: Cells) -> None:  # type: ignore[no-untyped-def]  # cases come from parametrize
    """Every table of up to 7 a cell; where all cells hold somebody, at the end where the events fall to one side."""
    x1, y1, x2, y2 = (axis.ravel() for axis in np.meshgrid(*[np.arange(8)] * 4, indexing="ij"))
    events, others = unknown
    for bound in bounds:
        inner, ends = [], []
        for e, o in itertools.product(range(events + 1), range(others + 1)):
            first, second = (x1 + e, y1 + o), (x2 + events - e, y2 + others - o)
            z = np.nan_to_num(score(first[0], sum(first), second[0], sum(second), bound), posinf=99, neginf=-99)
            inner.append(np.where((sum(first) == 0) | (sum(second) == 0), np.nan, z))
            if e in (0, events) and o in (0, others):
                ends.append(inner[-1])
        defined = ~np.isnan(inner).any(axis=0)
        z, at_ends = np.array(inner)[:, defined], np.array(ends)[:, defined]
        assert z.max(axis=0) == pytest.approx(at_ends.max(axis=0))
        assert z.min(axis=0) == pytest.approx(at_ends.min(axis=0))
        full = (np.minimum.reduce([x1, y1, x2, y2]) > 0)[defined]
        usual = score(x1 + events, x1 + y1 + events, x2, x2 + y2 + others, bound)[defined]
        assert (z.max(axis=0) <= usual + 1e-9)[full].all()


def test_a_rate_that_unknown_rows_alone_make_shows_nothing() -> None:
    """A group without any case in the denominator stays undefined, whatever could be given to it."""
    found = judge(
        tally((0, 0), (4000, 4000), (4000, 4000), unknown=(4000, 4000)),
        asked({"measure": "difference", "at_most": 0.9}, "groups"),
    )
    assert found.findings[0].status == "NOT_SHOWN"


def test_unknown_rows_within_a_control_column_are_given_away_level_by_level() -> None:
    control = Axis(name="need", levels=("low", "high"))
    group = Axis(name="axis0", levels=("g0", "g1", "unknown"), unknown=True)
    cells = np.zeros((2, 3, 2, 2), dtype=np.int64)
    cells[:, :2, 0] = [[1600, 400], [1600, 400]]
    limit = {"id": "gap", "metric": "selection_rate", "by": ["axis0"], "measure": "difference", "between": "groups",
             "at_most": 0.1, "given": "need", "reason": {"nl": "Proef.", "en": "Test."}}  # fmt: skip
    question = questions(Limit.model_validate(limit))[0]
    reached = []
    for events, others in ((0, 0), (12, 0), (1600, 0), (0, 40_000)):
        cells[1, 2, 0] = [others, events]
        compared = Comparisons.compare(Tally(axes=(control, group), counts=cells.copy(), moments={}), question)
        assert compared is not None
        reached.append(compared.inside_at(0.05) == compared.total)
    assert reached == [True, True, False, False]


def strata(levels: list[list[Cells]], unknown: list[Cells]) -> Tally:
    """Return groups within the levels of a control column, and the unknown rows of each level."""
    cells = [[[[o, e], [0, 0]] for e, o in [*level, lost]] for level, lost in zip(levels, unknown, strict=True)]
    group = Axis(name="axis0", levels=(*(f"g{i}" for i in range(len(levels[0]))), "unknown"), unknown=True)
    control = Axis(name="need", levels=tuple(f"s{i}" for i in range(len(levels))))
    return Tally(axes=(control, group), counts=np.array(cells, dtype=np.int64), moments={})


@pytest.mark.parametrize(
    ("levels", "unknown", "limit"),
    [
        # A pile of unknown rows moves the weight of its level: the usual end would pass, or fail.
        ([[(185, 315), (100, 400)], [(9, 1), (1800, 200)]], [(0, 0), (3000, 0)], {"measure": "difference", "at_most": 0.14}),
        ([[(200, 300), (100, 400)], [(9, 1), (1800, 200)]], [(0, 0), (3000, 0)], {"measure": "difference", "at_most": 0.12}),
        ([[(250, 250), (100, 400)], [(1, 1), (1990, 10)]], [(0, 0), (3000, 0)], {"measure": "difference", "at_most": 0.16}),
        # Elsewhere the unknown events leave none to tell by.
        ([[(0, 100)] * 3] * 2, [(10, 0), (0, 0)], {"measure": "difference", "at_most": 0.3}),
        ([[(1110, 0), (1073, 0), (0, 0)], [(10, 42), (13, 29), (33, 8)]], [(10, 0), (2, 0)], {"measure": "ratio", "at_least": 0.8}),
        # In one level they may fall to the first group and in the other to the second.
        ([[(0, 100), (0, 100)]] * 2, [(10, 0), (10, 0)], {"measure": "difference", "at_most": 0.3}),
    ],
)  # fmt: skip
def test_over_levels_an_answer_that_an_allotment_denies_is_not_given(
    levels: list[list[Cells]], unknown: list[Cells], limit: dict[str, object]
) -> None:
    chosen = asked(limit | {"given": "need"}, "groups")
    found = judge(strata(levels, unknown), chosen).findings[0]
    assert found.status == "NOT_SHOWN"
    if found.decisive is not None and found.decisive.value is not None:
        low, high = found.decisive.low, found.decisive.high
        assert float(low or "-inf") <= float(found.decisive.value) <= float(high or "inf")


@pytest.mark.parametrize("chance", [True, False])
@pytest.mark.parametrize("limit", [{"measure": "difference", "at_most": 0.1}, {"measure": "ratio", "at_least": 0.8}])
@pytest.mark.parametrize(
    ("levels", "unknown"),
    [
        # The first level is worst otherwise once the second has its pile of unknown events: going through them once misses it.
        ([[(3, 2), (365, 1)], [(8, 1), (46, 1)]], [(1, 0), (628, 0)]),
        # A group without a case has only those that it may be given.
        ([[(0, 0), (5, 20)], [(0, 0), (8, 30)]], [(3, 0), (2, 0)]),
    ],
)
def test_over_levels_no_two_ends_together_are_worse_than_what_is_found(
    levels: list[list[Cells]], unknown: list[Cells], limit: dict[str, object], chance: bool
) -> None:
    question = questions(asked(limit | {"given": "need"}, "groups").limits[0])[0]
    compared = Comparisons.compare(strata(levels, unknown), question, chance=chance)
    assert compared is not None
    every = [list(part.tried(np.arange(2))) for part in compared.unknowns]

    def measured(pairs: Contrasts | Stratified) -> np.ndarray:
        return pairs.score(question.bound) if chance else pairs.value()

    found = np.array([measured(Stratified(strata=pair)) for pair in itertools.product(*every)])
    assert measured(compared.low) == pytest.approx(np.nanmin(found, axis=0))
    assert measured(compared.high) == pytest.approx(np.nanmax(found, axis=0))


def test_a_rare_event_at_the_limit_is_enumerated_though_it_is_not_rare_in_the_larger_sample() -> None:
    """Expected are 2.3 events at the rate of the larger sample and 0.1 at the limit: passing would err in one of ten."""
    chosen = asked({"measure": "ratio", "at_least": 0.05}, "groups")
    assert judge(tally((1, 66), (232, 6463)), chosen).findings[0].status == "NOT_SHOWN"
    assert judge(tally((1, 46), (232, 6463), unknown=(0, 20)), chosen).findings[0].status == "NOT_SHOWN"


@pytest.mark.parametrize("decide_on", ["interval", "point"])
def test_a_group_without_a_case_does_not_pass_by_rows_that_could_be_its_own(decide_on: str) -> None:
    for between in ("groups", "rest"):
        base = asked({"measure": "difference", "at_most": 0.9}, between).model_copy(update={"decide_on": decide_on})
        assert judge(tally((0, 0), (300, 700), (300, 700), unknown=(1, 1)), base).findings[0].status == "NOT_SHOWN"


def test_the_reference_is_never_pooled() -> None:
    base = {"measure": "difference", "at_most": 0.1, "reference": "g0", "pool_under": 100}
    found = judge(tally((20, 20), (30, 30), (500, 500), (10, 10)), asked(base, "reference")).findings[0]
    assert found.comparisons == 2
