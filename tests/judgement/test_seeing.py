"""What a rung would have found in one group: what it says is so, by enumeration and by simulation, and tells no count."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import binom

from smartstart_gov.authoring.policy import Limit, Policy
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.evidence.publish import printed_verdict, public_finding
from smartstart_gov.judgement import rungs
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.finding import Finding, Sees, Verdict
from smartstart_gov.judgement.judge import judge_limit, status_of
from smartstart_gov.judgement.question import Question, questions
from smartstart_gov.judgement.rungs import EDGES, HARM_DRAWS, Watch, cases_to_see, sees, unseen
from smartstart_gov.statistics.contrasts import REST
from smartstart_gov.statistics.sample_size import POWER
from smartstart_gov.statistics.spread import Draws, conditional, levels, spread_tails, standing_out, uniform_numbers
from tests.chances import least, most
from tests.strategies import policy

TEXT = {"nl": "Waarom.", "en": "Why."}
SKEWED = np.rint(np.geomspace(11, 224, 44)).astype(np.int64)


def limit(rung: dict[str, Any], **changes: Any) -> Limit:
    given: dict[str, Any] = {
        "id": "alarm", "metric": "false_positive_rate", "by": ["area"], "measure": "difference", "between": "rest",
        "at_most": 0.1, "harm": "higher", "reason": TEXT, "ladder": [{"id": "first"} | rung],
        "needs": dict.fromkeys(("shadow", "trial", "release"), "first"),
    }  # fmt: skip
    return Limit.model_validate(given | changes)


def first(
    question: str = "spread", at_most: float | None = 0.05, *, unseen: dict[str, Any] | None = None, **more: Any
) -> Question:
    return questions(limit({"question": question, "at_most": at_most, "unseen": unseen}, **more))[0]


def watch(question: Question, n: np.ndarray, place: int, rate: float = 0.1) -> Watch:
    return Watch(question=question, n=np.sort(n), place=place, rate=rate, alpha=0.05)


def tally(events: np.ndarray, n: np.ndarray) -> Tally:
    """Return areas with so many false alarms of so many negative cases, and positive cases enough to be printed."""
    many = np.full(len(n), 40)
    cells = np.stack([n - events, events, many, many], axis=1).reshape(-1, 2, 2).astype(np.int64)
    return Tally(axes=(Axis(name="area", levels=tuple(f"a{i:02}" for i in range(len(n)))),), counts=cells, moments={})


def refused(question: Question, x: np.ndarray, n: np.ndarray, *, draws: int = 999) -> bool:
    return status_of(tally(x, n), policy(), question, 0.05, failing=0.01, draws=draws) != "PASSED"


# --------------------------------------------------------------------------------- what is said is so
@pytest.mark.parametrize("times", [1.0, 2.0, 4.0])
def test_the_chance_is_that_of_every_outcome_of_a_small_spread(times: float) -> None:
    n, question = np.array([6, 8, 10]), first(at_most=0.3)
    looking = watch(question, n, 1, 0.2)
    rates = np.array([0.2, looking.harmed(times), 0.2])
    chance = 0.0
    for x in itertools.product(*(range(size + 1) for size in n)):
        counts = np.array(x)
        thin = spread_tails(counts, n, question.bound, draws=1999)[0] > 0.05
        out = 1 in standing_out(counts, n, alpha=0.05, harm="higher")
        chance += float(binom.pmf(counts, n, rates).prod()) * (thin or out)
    assert looking.chance(times) == pytest.approx(chance, abs=0.04)


@pytest.mark.parametrize(("harm", "rate", "times"), [("higher", 0.2, 3.0), ("lower", 0.7, 4.0), ("both", 0.3, 2.5)])
def test_where_no_spread_is_too_wide_the_chance_is_that_of_standing_out(
    harm: str, rate: float, times: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "_widest", (np.array([0.0, 1.0]), np.array([1e9, 1e9])))
    n = np.array([8, 9, 10])
    looking = watch(first(harm=harm), n, 1, rate)
    rates = np.array([rate, looking.harmed(times), rate])
    chance = 0.0
    for x in itertools.product(*(range(size + 1) for size in n)):
        counts = np.array(x)
        chance += float(binom.pmf(counts, n, rates).prod()) * (1 in standing_out(counts, n, alpha=0.05, harm=harm))  # type: ignore[arg-type]  # one of the literal words
    assert looking.chance(times) == pytest.approx(chance, abs=0.04)
    assert 0.15 < chance < 0.9


@pytest.mark.parametrize("between", ["rest", "groups", "overall"])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_the_chance_is_that_of_every_outcome_of_a_small_comparison(measure: str, between: str) -> None:
    bound = {"at_most": None, "at_least": 0.4} if measure == "ratio" else {"at_most": 0.4}
    asked = limit({"question": between} | bound, **bound, measure=measure, harm="both", between="rest")
    question, n = questions(asked)[0], np.array([8, 9, 10])
    looking = watch(question, n, 0, 0.4)
    rates = np.array([looking.harmed(1.5), 0.4, 0.4])
    chance = 0.0
    for x in itertools.product(*(range(size + 1) for size in n)):
        counts = np.array(x)
        judged = Comparisons.compare(tally(counts, n), question)
        assert judged is not None
        own = (judged.plain.group == 0) | (judged.plain.other == 0)
        chance += float(binom.pmf(counts, n, rates).prod()) * bool((~(judged.inside[own] > 1.6448536)).any())
    assert looking.chance(1.5) == pytest.approx(chance, abs=0.04)


@pytest.mark.parametrize("harm", ["higher", "lower"])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_against_a_reference_the_chance_is_that_of_the_largest_other_group(measure: str, harm: str) -> None:
    """Of three groups the largest is the reference: that of the middle one plays no part."""
    bound = {"at_most": None, "at_least": 0.4} if measure == "ratio" else {"at_most": 0.4}
    asked = limit({"question": "rest"} | bound, **bound, measure=measure, harm=harm, between="reference", reference="a02")
    question, n = questions(asked)[-1], np.array([8, 9, 10])
    assert question.between == "reference"
    looking = watch(question, n, 0, 0.4)
    judged = Comparisons.compare(tally(np.array([0, 0, 0]), n), question)
    assert judged is not None
    own = (judged.plain.group == 0) | (judged.plain.other == 0)
    chance = 0.0
    for counts in itertools.product(range(9), range(11)):
        judged = Comparisons.compare(tally(np.array([counts[0], 4, counts[1]]), n), question)
        assert judged is not None
        refused = bool((~(judged.inside[own] > 1.6448536)).any())
        chance += float(binom.pmf(counts, n[[0, 2]], [looking.harmed(1.5), 0.4]).prod()) * refused
    assert looking.chance(1.5) == pytest.approx(chance, abs=0.03)
    assert 0.1 < chance < 0.95


@pytest.mark.parametrize("harm", ["higher", "lower", "both"])
def test_a_group_stands_out_from_the_count_on_that_its_own_test_has(harm: str) -> None:
    """For every number of events in all, by going through the counts of the group one by one."""
    n, place = np.array([3, 20, 30, 50]), 1
    looking = watch(first(harm=harm), n, place, 0.3)
    totals = np.arange(1, n.sum())
    few, many = looking._own_test(totals)
    part = levels(n, 0.3, alpha=0.05)[place]
    for total, low, high in zip(totals.tolist(), few, many, strict=True):
        counts, p = conditional(n[place], total, int(n.sum()), harm)  # type: ignore[arg-type]  # one of the literal words
        middle = n[place] * total / n.sum()
        out = counts[p <= part].tolist()
        assert low == max([x for x in out if x < middle], default=-1)
        assert high == min([x for x in out if x > middle], default=n[place] + 1)


def test_of_many_totals_some_are_worked_out_and_the_others_lie_between(monkeypatch: pytest.MonkeyPatch) -> None:
    worked = []

    def counted(size: int, events: int, *more: Any) -> Any:
        worked.append(events)
        return conditional(size, events, *more)

    monkeypatch.setattr(rungs, "conditional", counted)
    looking = watch(first(), SKEWED, 22)
    for size, step in ((199, 1), (200, 2), (400, 3)):
        worked.clear()
        few, many = looking._own_test(np.repeat(np.arange(300, 300 + size), 2))
        assert worked == list(range(300, 300 + size, step))
        assert (np.diff(few) >= 0).all()
        assert (np.diff(many) >= 0).all()


@pytest.mark.slow
@pytest.mark.parametrize(("place", "n"), [(0, SKEWED), (22, SKEWED), (43, SKEWED), (0, np.full(44, 72))])
def test_at_the_harm_that_is_said_four_of_five_audits_are_refused(place: int, n: np.ndarray) -> None:
    question, runs = first(at_most=0.037), 400
    looking = watch(question, n, place)
    times = looking.found()
    assert times is not None
    rates = np.where(np.arange(len(n)) == place, looking.harmed(times), 0.1)
    rng = np.random.default_rng(place)
    found = sum(refused(question, rng.binomial(n, rates), n) for _ in range(runs))
    said = looking.chance(times)
    assert POWER <= said < 0.87  # a step further than where it is 80 %
    assert least(runs, said) <= found <= most(runs, said)


@pytest.mark.slow
@pytest.mark.parametrize("question", ["rest", "groups"])
def test_a_comparison_is_refused_at_least_as_often_as_is_said(question: str) -> None:
    n, runs = np.array([300, 400, 500, 800]), 300
    asked = first(question, 0.12)
    looking = watch(asked, n, 0)
    times = looking.found()
    assert times is not None
    rng = np.random.default_rng(1)
    rates = np.array([looking.harmed(times), 0.1, 0.1, 0.1])
    assert sum(refused(asked, rng.binomial(n, rates), n) for _ in range(runs)) >= least(runs, POWER)


# ----------------------------------------------------------------------------------------------- laws
def test_the_harm_that_is_found_shrinks_as_the_group_grows() -> None:
    found = []
    for cases in (12, 20, 50, 100, 200, 500, 2000):
        times = watch(first(), np.append(SKEWED, cases), int((cases > SKEWED).sum())).found()
        assert times is not None
        found.append(times)
    assert found == sorted(found, reverse=True)
    assert found[0] > 3 > found[3]


def test_a_larger_harm_is_found_sooner() -> None:
    looking = watch(first(), SKEWED, 22)
    chances = [looking.chance(times) for times in (1, 1.5, 2, 3, 5)]
    assert chances == sorted(chances)
    assert chances[0] < 0.1 < 0.99 < chances[-1]
    assert [cases_to_see(first(), SKEWED, harm, 0.1, 0.05) for harm in (2, 3, 4)] == [300, 70, 30]


def test_the_order_of_the_groups_plays_no_part() -> None:
    shuffled = np.random.default_rng(1).permutation(SKEWED)
    assert sees(first(), shuffled, 0.1, 0.05, k=10) == sees(first(), SKEWED, 0.1, 0.05, k=10)


def test_where_low_is_the_harm_low_is_found_and_a_rare_event_cannot_be_much_rarer() -> None:
    for changes in ({"harm": "lower"}, {"metric": "true_positive_rate", "harm": "both"}):
        low = first(**changes)
        assert not low.upwards
        assert watch(low, np.full(44, 72), 0).found() is None
        times = watch(low, np.full(44, 72), 0, 0.6).found()
        assert times is not None
        assert 1 < times < 3


@pytest.mark.parametrize(
    ("harm", "rate", "most_times"), [("higher", 0.01, 20.0), ("lower", 0.5, 20.0), ("higher", 0.5, 2.0), ("higher", 0.25, 4.0)]
)
def test_harms_are_told_up_to_twenty_times_and_never_beyond_a_rate_of_one(
    harm: str, rate: float, most_times: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = watch(first(harm=harm), SKEWED, 3, rate)
    for least_times, told in ((1.0, 1.0), (1.05, 1.05), (1.5, 1.5), (most_times, most_times), (most_times + 0.05, None)):
        monkeypatch.setattr(Watch, "chance", lambda _, times, at=least_times: POWER if times >= at - 1e-9 else POWER - 1e-9)
        found = looking.found()
        assert found == told if told is None else found == pytest.approx(told)


def test_a_harmed_rate_stays_inside_0_and_1() -> None:
    high, low = first(), first(harm="lower")
    for times in (2.0, 4.0):
        assert watch(high, SKEWED, 0, 0.5).harmed(times) == 1 - 1e-9
    assert watch(high, SKEWED, 0, 0.2).harmed(3.0) == pytest.approx(0.6)
    assert watch(low, SKEWED, 0, 0.6).harmed(3.0) == pytest.approx(0.2)
    assert watch(low, SKEWED, 0, 1e-9).harmed(2.0) == 1e-9


def test_nothing_to_reckon_with_says_nothing() -> None:
    for n, rate in ((SKEWED, 0.0), (SKEWED, 1.0), (SKEWED, np.nan), ([50], 0.1), ([0, *SKEWED], 0.1)):
        assert sees(first(), n, rate, 0.05, k=10) is None


def test_a_comparison_of_small_groups_is_refused_even_where_all_are_alike() -> None:
    seen = sees(first("groups", 0.1), np.full(44, 40), 0.1, 0.05, k=10)
    assert seen is not None
    assert (seen.cases, [sight.times for sight in seen.sights]) == (None, ["1"])


# ----------------------------------------------------------------------------------------- disclosure
def test_classes_tell_no_count() -> None:
    told = [sees(first(), np.append(SKEWED[12:], smallest), 0.1, 0.05, k=10) for smallest in (11, 14, 19)]
    assert len({one.sights[0] for one in told if one is not None}) == 1
    seen = sees(first(), SKEWED, 0.1, 0.05, k=10)
    assert seen is not None
    assert [(sight.at_least, sight.under) for sight in seen.sights] == [(0, 20), (50, 70), (200, 300)]
    wide = sees(first(), SKEWED, 0.1, 0.05, k=30)
    assert wide is not None
    assert (wide.sights[0].at_least, wide.sights[0].under) == (0, 70)  # the first edge from twice k on


def test_printed_counts_give_what_all_counts_give() -> None:
    n = np.full(12, 300)
    counted = tally(np.random.default_rng(3).binomial(n, 0.1), n)
    asked = limit({"question": "spread", "at_most": 0.06})
    rules = policy(limits=[asked], attributes=["area"])
    private = judge_limit(counted, rules, asked, 0.05)
    printed = printable(counted, ("area",), rules.disclosure.k)
    public = tuple(public_finding(f, rules, printed, alpha=0.05) for f in private)
    assert public[0].sees == private[0].sees is not None
    again = Verdict(findings=judge_limit(printed, rules, asked, 0.05), policy_digest=rules.digest, decide_on="interval")
    written = Verdict(findings=public, policy_digest=rules.digest, decide_on="interval")
    found, recomputed = printed_verdict(again, written, rules, printed, alpha=0.05)
    assert (found.to_record(), recomputed) == (written.to_record(), len(public))


def test_hidden_groups_keep_what_was_written() -> None:
    n = np.append(np.full(12, 300), 30)
    counted = tally(np.append(np.random.default_rng(3).binomial(300, 0.1, 12), 3), n)
    asked = limit({"question": "spread", "at_most": 0.06})
    rules = policy(limits=[asked], attributes=["area"])
    printed = printable(counted, ("area",), rules.disclosure.k)
    public = tuple(public_finding(f, rules, printed, alpha=0.05) for f in judge_limit(counted, rules, asked, 0.05))
    assert public[0].sees is not None
    assert public[0].decisive is None
    written = Verdict(findings=public, policy_digest=rules.digest, decide_on="interval")
    again = Verdict(findings=judge_limit(printed, rules, asked, 0.05), policy_digest=rules.digest, decide_on="interval")
    assert printed_verdict(again, written, rules, printed, alpha=0.05)[0].findings[0].sees == public[0].sees


def test_a_finding_holds_it_in_its_record() -> None:
    n = np.full(12, 300)
    asked = limit({"question": "spread", "at_most": 0.06}, at_most=0.02)
    passed, top = judge_limit(tally(np.full(12, 30), n), policy(), asked, 0.05)
    assert isinstance(passed.sees, Sees)
    assert top.sees is None
    assert Finding.from_record(passed.to_record()) == passed
    assert Finding.from_record(top.to_record()) == top


@pytest.mark.parametrize(
    "changes", [{"harm": "x"}, {"harm": None}, {"cases": 0}, {"cases": "300"}, {"sights": [{"at_least": -1, "under": 20, "times": "3"}]},
                {"sights": [{"at_least": 0, "under": 20, "times": "nan"}]}, {"sights": [{"at_least": 0, "under": True, "times": None}]}],
)  # fmt: skip
def test_what_no_rung_says_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"harm|^field (cases|sights\[0\]\.under) "):
        Sees.from_record({"harm": "2", "cases": 300, "sights": []} | changes)


# ------------------------------------------------------------------------- which groups are looked at
def looked(monkeypatch: pytest.MonkeyPatch, enough: int = 70) -> list[tuple[list[int], int, int]]:
    """Let a harm be found from so many cases on, without simulation, and return who is looked at: sizes, place and draws."""
    seen: list[tuple[list[int], int, int]] = []

    def found(self: Watch) -> float:
        seen.append((self.n.tolist(), self.place, self.draws))
        return 2.5

    monkeypatch.setattr(Watch, "found", found)
    monkeypatch.setattr(Watch, "chance", lambda self, times: POWER if self.n[self.place] * times >= 2 * enough else 0.799)
    return seen


@pytest.mark.parametrize(("k", "lowest"), [(10, (0, 20)), (11, (0, 30)), (15, (0, 30)), (16, (0, 50))])
def test_the_smallest_the_middle_and_the_largest_group_are_looked_at_as_their_classes(
    k: int, lowest: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, n = looked(monkeypatch), [12, 25, 35, 55, 75, 110, 250]
    told = sees(first(), n, 0.1, 0.05, k=k, draws=77)
    assert told is not None
    assert [(one.at_least, one.under, one.times) for one in told.sights] == [
        (*lowest, "2.5"), (50, 70, "2.5"), (200, 300, "2.5"),
    ]  # fmt: skip
    assert seen == [
        ([*n[:place], size, *n[place + 1 :]], place, 77) for place, size in ((0, lowest[1]), (3, 50), (6, 200))
    ]  # fmt: skip
    assert (told.harm, told.cases) == ("2", 70)


def test_groups_of_one_class_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked(monkeypatch)
    for n, classes in (
        ([12, 13, 14], [0]),
        ([12, 55, 60], [0, 50]),
        ([20, 29, 30], [20, 30]),
        ([1, 1], [0]),
        ([19, 20], [0, 20]),
    ):
        told = sees(first(), n, 0.1, 0.05, k=10)
        assert told is not None
        assert [one.at_least for one in told.sights] == classes
    told = sees(first(), [20, 29, 30], 0.1, 0.05, k=10)
    assert told is not None
    assert [(one.at_least, one.under) for one in told.sights] == [(20, 30), (30, 50)]


def test_the_harm_is_that_of_the_policy_and_only_a_spread_is_told_its_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    looked(monkeypatch)
    own = sees(first(unseen={"at_most_cases": 60, "harm": 4.0}), SKEWED, 0.1, 0.05, k=10)
    pairs = sees(first("rest", 0.1), SKEWED, 0.1, 0.05, k=10)
    assert own is not None
    assert pairs is not None
    assert (own.harm, own.cases, pairs.harm, pairs.cases) == ("4", 50, "2", None)


def test_of_groups_larger_than_may_go_unseen_the_smallest_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    n = np.array([30, 60, 61, 90])
    asked = first(unseen={"at_most_cases": 60, "harm": 2.0})
    for enough, missed in ((61, False), (62, True)):
        looked(monkeypatch, enough)
        assert unseen(asked, n, 0.1, 0.05) is missed
    assert not unseen(asked, n[:2], 0.1, 0.05)
    assert not unseen(first(), n, 0.1, 0.05)
    draws: list[int] = []

    def drawn(self: Watch, _: float) -> float:
        draws.append(self.draws)
        return 1.0

    monkeypatch.setattr(Watch, "chance", drawn)
    for many in (99, HARM_DRAWS + 1):
        unseen(asked, n, 0.1, 0.05, draws=many)
    assert draws == [99, HARM_DRAWS]


def test_sizes_are_whole_cases_in_order_and_none_is_larger_than_the_last_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = looked(monkeypatch)
    assert sees(first(), [10**7, 40.9, 30 - 1e-12, 20], 0.1, 0.05, k=10) is not None
    assert seen[0][0] == [20, 30, 40, EDGES[-1]]


def test_the_middle_group_takes_the_size_that_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    looked(monkeypatch, enough=100)
    # At the middle stands 55, which takes the place of each edge; the others stay.
    assert cases_to_see(first(), np.array([150, 150, 55, 55, 300, 300, 300]), 2.0, 0.1, 0.05) == 100
    looked(monkeypatch, enough=10**9)
    assert cases_to_see(first(), np.array([150, 55, 300]), 2.0, 0.1, 0.05) is None
    places = set()

    def enough(self: Watch, _: float) -> float:
        places.add(self.place)
        return POWER

    monkeypatch.setattr(Watch, "chance", enough)
    assert cases_to_see(first(), SKEWED[:7], 2.0, 0.1, 0.05) == EDGES[0]
    assert places == {3}


@pytest.mark.parametrize(
    ("between", "place", "others"),
    [("rest", 1, [REST]), ("overall", 1, [REST]), ("groups", 1, [0, 2]), ("reference", 1, [2]), ("reference", 2, [1])],
)
def test_a_group_is_compared_with_each_other_once_in_either_direction(
    between: str, place: int, others: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, bool, float]] = []

    def inside(self: Watch, x: Any, n: float, events: Any, cases: float, other: int, *, first: bool) -> Any:
        asked.append((other, first, cases))
        return np.arange(self.draws) > 0

    monkeypatch.setattr(Watch, "_inside", inside)
    reference = {"reference": "a02"} if between == "reference" else {}
    question = questions(limit({"question": "rest"}, between=between, harm="both", **reference))[-1]
    looking = Watch(question=question, n=np.array([8, 9, 10]), place=place, rate=0.4, alpha=0.05, draws=4)
    assert looking.chance(1.5) == 0.25
    size = {REST: 27.0 - (8 + place), 0: 8.0, 1: 9.0, 2: 10.0}
    assert asked == [(other, first, size[other]) for other in others for first in (True, False)]


def test_a_spread_is_no_comparison_of_two_groups() -> None:
    with pytest.raises(ValueError, match="no comparison of two groups"):
        watch(first(), SKEWED, 0)._comparison_refused(np.zeros(1999, dtype=np.int64))


def test_of_the_fewest_draws_none_is_as_narrow_as_alpha_and_of_nineteen_the_narrowest_is() -> None:
    for draws, shown in ((18, False), (19, True)):
        looking = Watch(question=first(), n=SKEWED, place=3, rate=0.1, alpha=0.05, draws=draws)
        assert (looking._widest[1] >= 0).tolist() == [shown] * 5


@pytest.mark.parametrize(("harm", "rate", "place"), [("higher", 0.02, 43), ("higher", 0.3, 22), ("lower", 0.5, 43)])
def test_a_limit_is_worked_out_for_every_rate_that_a_group_can_bring_about(harm: str, rate: float, place: int) -> None:
    """From four standard errors under the lowest rate of all rows, as they are simulated, to four over the highest."""
    looking, rows = watch(first(harm=harm), SKEWED, place, rate), SKEWED.sum()
    uniform = uniform_numbers((HARM_DRAWS, len(SKEWED)))
    worst = Draws(uniform[:, [place]], SKEWED[[place]]).cases(looking.harmed(20.0), 0.0)[:, 0]
    fair = Draws(uniform, SKEWED).cases(rate, 0.0)
    error = fair.sum(axis=1).std() / rows
    found = [fair.sum(axis=1) / rows, (fair.sum(axis=1) - fair[:, place] + worst) / rows]
    rates, _ = looking._widest
    assert rates[0] == pytest.approx(min(one.mean() for one in found) - 4 * error, abs=0.3 * error)
    assert rates[-1] == pytest.approx(max(one.mean() for one in found) + 4 * error, abs=0.3 * error)
    assert all(np.mean((rates[0] < one) & (one < rates[-1])) >= 0.999 for one in found)
    assert np.diff(np.log(rates)) == pytest.approx(np.log(rates[-1] / rates[0]) / 4)


def test_of_few_rows_the_rates_end_at_a_tenth_of_all_that_is_left_on_either_side() -> None:
    rates, _ = watch(first(), np.array([2, 3, 4]), 1, 0.2)._widest
    assert (rates[0], 1 - rates[-1]) == (pytest.approx(0.02), pytest.approx(0.08))


def test_sizes_are_told_between_round_numbers_and_the_draws_divide_evenly() -> None:
    round_numbers = {round(step * 10**power) for power in range(6) for step in (1, 1.5, 2, 3, 5, 7)}
    assert tuple(sorted(edge for edge in round_numbers if 20 <= edge <= 20_000)) == EDGES
    # Of 1 999 draws the hundredth is one in twenty, with nothing between; and 80 % of them has an error of 0.9 points.
    assert (HARM_DRAWS + 1) % 100 == 0
    assert round(float(np.sqrt(0.8 * 0.2 / HARM_DRAWS)), 3) == 0.009


@pytest.mark.parametrize(("harm", "total", "count"), [("higher", 1, 1), ("lower", 1006, 6)])
def test_a_single_event_or_a_single_case_without_one_is_tested_as_it_is(
    harm: str, total: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a group of 7 of 1 007 it has a chance of 0.7 %, and that is enough where the level is no less."""
    looking = watch(first(harm=harm), np.array([7, 500, 500]), 0)
    counts, chances = conditional(7, total, 1007, harm)  # type: ignore[arg-type]  # one of the literal words
    chance = float(chances[counts == count][0])
    assert chance == pytest.approx(7 / 1007)
    for level, out in ((chance, True), (0.99 * chance, False)):
        monkeypatch.setattr(Watch, "_level", level)
        few, many = looking._own_test(np.array([total]))
        assert (float(few[0]) == count if harm == "lower" else float(many[0]) == count) is out


# ------------------------------------------------------------------------------- what a policy may ask
def judged(n: np.ndarray, rules: Policy, **asks: Any) -> Finding:
    asked = limit({"question": "spread", "at_most": 0.05, "unseen": asks or None})
    found = judge_limit(tally(np.rint(0.1 * n).astype(np.int64), n), rules, asked, 0.05)[0]
    assert (
        status_of(tally(np.rint(0.1 * n).astype(np.int64), n), rules, questions(asked)[0], 0.05, failing=0.01) == found.status
    )
    return found


def test_a_policy_that_asks_for_more_is_told_how_many_cases_would_show_it() -> None:
    n, rules = np.full(44, 72), policy()
    assert (judged(n, rules).status, judged(n, rules).sees) == ("PASSED", sees(first(), n, 7 / 72, 0.05, k=10))
    thin = judged(n, rules, at_most_cases=60, harm=2.0)
    assert (thin.status, thin.reason.code, dict(thin.reason.values)) == (
        "NOT_SHOWN",
        "spread.unseen",
        {"most": 60, "times": "2"},
    )
    assert (thin.remedy.code, thin.remedy.values["needed"]) == ("remedy.unseen", 300)
    # With as many cases it is shown, and so it is where no group is larger than what may go unseen.
    assert judged(np.append(np.full(43, 72), 300), rules, at_most_cases=72, harm=2.0).status == "PASSED"
    assert judged(n, rules, at_most_cases=72, harm=2.0).status == "PASSED"
    assert judged(n, rules, at_most_cases=60, harm=3.5).status == "PASSED"


def test_asking_for_less_never_takes_a_pass_away() -> None:
    n, rules = np.rint(np.geomspace(30, 400, 44)).astype(np.int64), policy()
    order = {"FAILED": 0, "NOT_SHOWN": 1, "PASSED": 2}
    for asks in (
        [{"at_most_cases": most_cases, "harm": 2.0} for most_cases in (40, 100, 200, 350)],
        [{"at_most_cases": 60, "harm": harm} for harm in (1.2, 2.0, 3.0, 6.0)],
    ):
        places = [order[judged(n, rules, **one).status] for one in asks]
        assert places == sorted(places)
        assert {1, 2} == set(places)


def test_a_harm_that_no_number_of_cases_would_show_is_told_as_such() -> None:
    wide = first(at_most=0.2, harm="lower", unseen={"at_most_cases": 60, "harm": 1.05})
    n = np.full(44, 72)
    assert unseen(wide, n, 0.1, 0.05)
    assert cases_to_see(wide, n, 1.05, 0.1, 0.05) is None
    found = judge_limit(tally(np.full(44, 7), n), policy(), wide.limit, 0.05)[0]
    assert (found.status, found.remedy.code) == ("NOT_SHOWN", "remedy.unseen_never")


def test_what_compares_groups_has_nothing_unseen() -> None:
    with pytest.raises(ValidationError, match="unseen has no effect"):
        limit({"question": "rest", "unseen": {"at_most_cases": 60, "harm": 2.0}})
    with pytest.raises(ValidationError, match="greater than 1"):
        limit({"question": "spread", "at_most": 0.05, "unseen": {"at_most_cases": 60, "harm": 1.0}})


# ------------------------------------------------------------------------- where alpha goes over the areas
def test_the_parts_of_alpha_add_up_and_go_to_the_middle() -> None:
    part = levels(SKEWED, 0.1, alpha=0.05)
    even = 0.05 / len(SKEWED)
    assert part.sum() == pytest.approx(0.05)
    assert part[22] > 1.4 * even
    assert part.min() >= even / 4
    assert levels(np.full(44, 72), 0.1, alpha=0.05) == pytest.approx(np.full(44, even))
    order = np.random.default_rng(0).permutation(44)
    assert levels(SKEWED[order], 0.1, alpha=0.05) == pytest.approx(part[order])


@pytest.mark.parametrize("rate", [1e-4, 0.5, 0.999])
def test_the_parts_of_alpha_add_up_wherever_the_rate_lies(rate: float) -> None:
    for n in (np.array([1, 3]), np.array([5, 10**7]), np.full(2000, 30)):
        assert levels(n, rate, alpha=0.05).sum() == pytest.approx(0.05)


@pytest.mark.slow
def test_a_fair_model_has_no_area_flagged_more_often_than_alpha_at_unequal_sizes() -> None:
    rng, runs = np.random.default_rng(9), 1500
    for harm in ("both", "higher"):
        flagged = sum(bool(standing_out(rng.binomial(SKEWED, 0.1), SKEWED, alpha=0.05, harm=harm)) for _ in range(runs))
        assert flagged <= most(runs, 0.05)


@pytest.mark.slow
def test_three_times_the_rate_in_a_middle_area_is_flagged_more_often_than_evenly_divided() -> None:
    """With alpha divided evenly 73 to 75 in a hundred were."""
    rng, runs = np.random.default_rng(10), 1500
    rates = np.where(np.arange(44) == 22, 0.3, 0.1)
    flagged = sum(22 in standing_out(rng.binomial(SKEWED, rates), SKEWED, alpha=0.05, harm="higher") for _ in range(runs))
    assert flagged >= least(runs, 0.785)
