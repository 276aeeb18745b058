"""What must hold of every verdict."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement.finding import Verdict
from smartstart_gov.judgement.judge import judge
from smartstart_gov.statistics.contrasts import contrasts
from smartstart_gov.statistics.estimates import margin
from smartstart_gov.statistics.rates import RATES, rate
from tests.strategies import counted, policy

CELLS = st.tuples(*[st.integers(0, 400)] * 4)
GROUPS = st.lists(CELLS, min_size=2, max_size=5)
MEASURES = [{"measure": "difference", "at_most": 0.1}, {"measure": "ratio", "at_least": 0.8}]


def status(tally: Tally, **limit: object) -> str:
    limit.setdefault("measure", "difference")
    if limit["measure"] == "ratio":
        limit.setdefault("at_most", None)
    record = {key: value for key, value in limit.items() if value is not None}
    chosen = policy(limit=record) if record["measure"] == "difference" else _ratio(record)
    return judge(tally, chosen).findings[0].status


def _ratio(limit: dict[str, object]):
    base = {"id": "gap", "metric": "selection_rate", "by": ["axis0"], "between": "groups", "reason": "open"}
    return policy(limits=[base | limit])


def tally_of(groups: list[tuple[int, ...]], *, unknown: bool = False) -> Tally:
    names = [f"g{i}" for i in range(len(groups))]
    if unknown:
        names[-1] = "unknown"
    return counted(dict(zip(names, groups, strict=True)), unknown=unknown)


@pytest.mark.slow
@given(GROUPS, st.permutations(range(5)), st.sampled_from(MEASURES), st.sampled_from(["groups", "overall", "rest"]))
def test_relabelling_groups_changes_no_answer(
    groups: list[tuple[int, ...]], order: list[int], limit: dict[str, object], between: str
) -> None:
    permuted = [groups[i] for i in order if i < len(groups)]
    assert status(tally_of(groups), between=between, **limit) == status(tally_of(permuted), between=between, **limit)


@given(
    GROUPS,
    st.floats(0.02, 0.5),
    st.floats(0.01, 0.4),
    st.sampled_from(["groups", "overall", "rest"]),
    st.sampled_from(list(RATES)),
)
@pytest.mark.slow
def test_loosening_a_limit_never_makes_things_worse(
    groups: list[tuple[int, ...]], tight: float, more: float, between: str, metric: str
) -> None:
    rank = {"FAILED": 0, "NOT_SHOWN": 1, "PASSED": 2}
    tally = tally_of(groups)
    strict = status(tally, at_most=tight, between=between, metric=metric)
    loose = status(tally, at_most=min(tight + more, 0.99), between=between, metric=metric)
    assert rank[loose] >= rank[strict]
    strict = status(tally, measure="ratio", at_least=1 - tight, between=between, metric=metric)
    loose = status(tally, measure="ratio", at_least=max(1 - tight - more, 0.01), between=between, metric=metric)
    assert rank[loose] >= rank[strict]


@pytest.mark.slow
@given(GROUPS, st.sampled_from(MEASURES))
def test_more_rows_of_the_same_proportions_never_turn_failed_into_passed(
    groups: list[tuple[int, ...]], limit: dict[str, object]
) -> None:
    few, many = tally_of(groups), tally_of([tuple(10 * c for c in cells) for cells in groups])
    assert (status(few, **limit), status(many, **limit)) != ("FAILED", "PASSED")


@pytest.mark.slow
@given(GROUPS, st.sampled_from(MEASURES), st.sampled_from(list(RATES)))
def test_a_group_with_nothing_to_divide_by_never_passes(
    groups: list[tuple[int, ...]], limit: dict[str, object], metric: str
) -> None:
    of = rate(metric)
    empty = tuple(0 if cell in of.denominator else 50 for cell in ("tn", "fp", "fn", "tp"))
    assert status(tally_of([*groups, empty]), metric=metric, **limit) != "PASSED"


@pytest.mark.slow
@given(GROUPS, st.sampled_from(MEASURES), st.sampled_from(["groups", "overall", "rest"]))
def test_adding_unknown_rows_never_helps(groups: list[tuple[int, ...]], limit: dict[str, object], between: str) -> None:
    known = status(tally_of(groups), between=between, **limit)
    with_unknown = status(tally_of([*groups, (40, 40, 40, 40)], unknown=True), between=between, **limit)
    if between == "groups":
        assert not (with_unknown == "PASSED" and known != "PASSED")


@given(
    st.lists(st.tuples(*[st.integers(0, 12)] * 4), min_size=2, max_size=2),
    st.integers(0, 2),
    st.integers(0, 2),
    st.sampled_from(["groups", "rest", "overall"]),
)
def test_the_worst_allotment_is_the_worst_of_all_allotments(
    groups: list[tuple[int, ...]], events: int, others: int, between: str
) -> None:
    """Brute force: place every unknown row in every way and take the extremes of the statistic."""
    of = rate("selection_rate")
    unknown = (others, events, 0, 0)
    tally = tally_of([*groups, unknown], unknown=True)
    block = margin(tally, ("axis0",))
    assert block is not None
    worst, best = (
        contrasts(block, of, "difference", between, first=first, second=second).value()
        for first, second in (("events", "others"), ("others", "events"))
    )
    for a1, a0 in itertools.product(range(events + 1), range(others + 1)):
        placed = [
            (groups[0][0] + a0, groups[0][1] + a1, groups[0][2], groups[0][3]),
            (groups[1][0] + others - a0, groups[1][1] + events - a1, groups[1][2], groups[1][3]),
        ]
        if min(sum(groups[0]), sum(groups[1])) == 0:
            continue
        value = contrasts(margin(tally_of(placed), ("axis0",)), of, "difference", between).value()
        assert (value <= worst + 1e-9).all()
        assert (value >= best - 1e-9).all()


@pytest.mark.slow
@given(GROUPS, st.sampled_from(MEASURES))
def test_record_round_trip_is_identity(groups: list[tuple[int, ...]], limit: dict[str, object]) -> None:
    chosen = policy(limit=limit) if limit["measure"] == "difference" else _ratio(limit)
    verdict = judge(tally_of(groups), chosen)
    assert Verdict.from_record(verdict.to_record()) == verdict
    assert verdict.digest == Verdict.from_record(verdict.to_record()).digest


def test_a_status_that_does_not_follow_is_no_verdict() -> None:
    record = judge(tally_of([(100, 10, 5, 5), (100, 10, 5, 5)]), policy()).to_record()
    record["status"] = "PASSED" if record["status"] != "PASSED" else "FAILED"
    with pytest.raises(ValueError, match="status is another than"):
        Verdict.from_record(record)


def test_without_a_limit_nothing_is_shown() -> None:
    assert Verdict(findings=(), policy_digest="sha256:0", decide_on="interval").status == "NOT_SHOWN"


@given(st.integers(0, 10**6))
def test_clusters_widen_and_singletons_change_nothing(seed: int) -> None:
    from dataclasses import replace

    from smartstart_gov.counting.count import count
    from tests.strategies import rows

    of = rows(seed, 120, (3,))
    alone = replace(of, unit=np.arange(120))
    doubled = replace(of, unit=np.arange(120) // 4)
    tallies = [count(p) for p in (of, alone, doubled)]
    effective = [margin(t, ("axis0",)).fraction(rate("accuracy"))[3] for t in tallies]
    assert np.array_equal(effective[0], effective[1])
    assert (effective[2] <= effective[0]).all()


def test_equal_copies_count_once() -> None:
    """Five copies of every row under one unit hold the information of one."""
    from smartstart_gov.counting.count import count
    from smartstart_gov.counting.predictions import GroupCodes, Predictions

    rng = np.random.default_rng(1)
    y, p, g = rng.integers(0, 2, 400), rng.integers(0, 2, 400), rng.integers(0, 2, 400)
    five = [np.repeat(v, 5) for v in (y, p, g)]
    codes = GroupCodes(name="axis0", levels=("a", "b"), codes=five[2])
    copied = Predictions(
        y_true=five[0].astype(np.int8),
        y_pred=five[1].astype(np.int8),
        groups={"axis0": codes},
        unit=np.repeat(np.arange(400), 5),
    )
    numerator, denominator, _, effective = margin(count(copied), ("axis0",)).fraction(rate("accuracy"))
    assert np.allclose(effective, denominator / 5, rtol=0.02)
    assert (numerator % 5 == 0).all()


def test_axes_of_three_groups_with_one_unknown_level_are_read_as_such() -> None:
    axis = Axis(name="axis0", levels=("a", "b", "unknown"), unknown=True)
    assert axis.declared == ("a", "b")
