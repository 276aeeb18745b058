"""The first rung of a ladder (many small groups vary little, none stands out), and what each rung would have detected.

A passed rung says little about a group with few cases. So for the actual sizes, the rate in one group alone is computed
at which the rung would have been refused with a chance of 80 %: the others have the overall rate, and their counts are
drawn as everywhere in the ladder, with a fixed seed. Only group sizes and the overall rate are used, and sizes are given
as classes, so that nothing is revealed about a group that may not be printed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import real
from smartstart_gov.judgement.finding import Comparison, Finding, Message, Sees, Sight, Status
from smartstart_gov.judgement.question import Question, answer, rows_needed
from smartstart_gov.statistics.contrasts import REST, Contrasts, Floats, effective_counts, in_direction, unknown_counts
from smartstart_gov.statistics.estimates import Groups
from smartstart_gov.statistics.intervals import normal_quantile
from smartstart_gov.statistics.rates import Rate
from smartstart_gov.statistics.sample_size import POWER
from smartstart_gov.statistics.spread import (
    DRAWS,
    Draws,
    Spread,
    cases_for_spread,
    conditional,
    homogeneity,
    levels,
    log_factorials,
    spread,
    spread_tails,
    standing_out,
    uniform_numbers,
)

Ints = npt.NDArray[np.int64]
#: Simulated data sets; a chance of 80 % has a standard error of 0.9 points.
HARM_DRAWS = 1_999
#: Edges of the classes of size; what is under the first is one class.
EDGES = tuple(int(step * 10**power) for power in range(1, 5) for step in (1, 1.5, 2, 3, 5, 7))[2:-3]
#: The harm of which it is told in how small a group it goes unseen, where the policy names none.
TWICE = 2.0
#: Harms are told in steps of this many times; beyond the last one nothing is told.
_STEP, _MOST = 0.05, 20.0
#: At so many overall rates the limit of a spread is worked out, and at so many totals a group's own test; others lie between.
_RATES, _TOTALS = 5, 200
#: With fewer groups their mean is too uncertain for this method, and pairs can be compared.
FEWEST_GROUPS = 8
_GATHER = "remedy.cases_undefined"
_REMEDIES = {
    "spread.undefined": _GATHER, "spread.few": "remedy.few", "spread.failed": "remedy.change", "spread.flagged": "remedy.look",
    "spread.unknown": "remedy.record_groups",
    "spread.passed": "remedy.none",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Watch:
    """One group, of some size, among all others: how likely a harm in it keeps a question from passing.

    Attributes
    ----------
    question : Question
    n : Ints
        Cases of every group, in ascending order; their order in the data does not matter.
    place : int
        Which of them is worse off.
    rate : float
        That of all others.
    alpha : float
    draws : int
    """

    question: Question
    n: Ints
    place: int
    rate: float
    alpha: float
    draws: int = HARM_DRAWS

    def chance(self, times: float) -> float:
        """Return how likely it is that the question is not passed if the group's rate is `times` as high, or as low."""
        draws = Draws(self._uniform[:, [self.place]], self.n[[self.place]])
        return float(self._refused(draws.cases(self.harmed(times), 0.0)[:, 0]).mean())

    def found(self) -> float | None:
        """Return the smallest harm, in steps, that is found with a chance of 80 %; None if none is."""
        steps = round((_MOST - 1) / _STEP)
        if self.question.upwards:
            steps = min(steps, int((1 / self.rate - 1) / _STEP))
        step = _first(steps + 1, lambda step: self.chance(1 + step * _STEP) >= POWER)
        return None if step is None else 1 + step * _STEP

    def harmed(self, times: float) -> float:
        """Return the rate of the group, inside 0 and 1."""
        return float(np.clip(self.rate * times if self.question.upwards else self.rate / times, 1e-9, 1 - 1e-9))

    @cached_property
    def _uniform(self) -> Floats:
        return uniform_numbers((self.draws, len(self.n)))

    @cached_property
    def _fair(self) -> Ints:
        """The counts of all groups without any harm, of which those of the group are replaced."""
        return Draws(self._uniform, self.n).cases(self.rate, 0.0)

    def _refused(self, x: Ints) -> npt.NDArray[np.bool_]:
        return self._spread_refused(x) if self.question.measure == "spread" else self._comparison_refused(x)

    # ------------------------------------------------------------------------------------- spread
    def _spread_refused(self, x: Ints) -> npt.NDArray[np.bool_]:
        """Whether the group stands out, or the spread is not shown; that another stands out by chance is left out."""
        cases = self._fair.copy()
        cases[:, self.place] = x
        total = cases.sum(axis=1)
        thin = homogeneity(cases, self.n) > np.interp(total / self.n.sum(), *self._widest)
        few, many = self._own_test(total)
        return np.asarray(thin | (x <= few) | (x >= many))

    @cached_property
    def _widest(self) -> tuple[Floats, Floats]:
        """The largest statistic with which a spread is shown, by the overall rate that is found."""
        share = self.n[self.place] / self.n.sum()
        ends = [self.rate, self.rate + share * (self.harmed(_MOST) - self.rate)]
        error = 4 * np.sqrt(self.rate * (1 - self.rate) / self.n.sum())
        rates = np.geomspace(max(min(ends) - error, self.rate / 10), min(max(ends) + error, 1 - (1 - self.rate) / 10), _RATES)
        draws, last = Draws(self._uniform, self.n), int(self.alpha * (self.draws + 1)) - 1
        widest = [np.sort(homogeneity(draws.cases(p, self.question.bound), self.n))[last] if last >= 0 else -1.0 for p in rates]
        return rates, np.array(widest)

    def _own_test(self, total: Ints) -> tuple[Floats, Floats]:
        """Return the counts up to which, and from which, the group stands out, for each number of events in all."""
        size, rows = int(self.n[self.place]), int(self.n.sum())
        tried = np.unique(np.clip(total, 1, rows - 1))
        tried = tried[:: 1 + len(tried) // _TOTALS]
        few, many = [], []
        for events in tried.tolist():
            counts, p = conditional(size, events, rows, self.question.harm, self._logs)
            out, middle = counts[p <= self._level], size * events / rows
            few.append(out[out < middle].max(initial=-1))
            many.append(out[out > middle].min(initial=size + 1))
        return np.interp(total, tried, few), np.interp(total, tried, many)

    @cached_property
    def _level(self) -> float:
        """The part of alpha that the group's own test has; a harm in it changes the overall rate, and this, little."""
        return float(levels(self.n, self.rate, alpha=self.alpha)[self.place])

    @cached_property
    def _logs(self) -> Floats:
        return log_factorials(int(self.n.sum()))

    # -------------------------------------------------------------------------------- comparisons
    def _comparison_refused(self, x: Ints) -> npt.NDArray[np.bool_]:
        """Whether some comparison of the group itself is not shown to lie inside; the others are left out."""
        asked, n, fair, place = self.question, self.n.astype(np.float64), self._fair, self.place
        sides: list[tuple[Any, float, int]] = []
        if asked.between in ("rest", "overall"):
            sides.append((fair.sum(axis=1) - fair[:, place], n.sum() - n[place], REST))
        else:
            # A reference group is one of the others, and which of them does not matter much: the largest.
            others = [i for i in range(len(n)) if i != place]
            sides += [(fair[:, i], n[i], i) for i in (others if asked.between == "groups" else others[-1:])]
        refused = np.zeros(self.draws, dtype=bool)
        for events, cases, other in sides:
            for first in (True, False):
                refused |= ~self._inside(x.astype(np.float64), n[place], events.astype(np.float64), cases, other, first=first)
        return refused

    def _inside(self, x: Floats, n: float, events: Floats, cases: float, other: int, *, first: bool) -> npt.NDArray[np.bool_]:
        """Whether the comparison of the group with another side is shown to lie inside, the group first or second."""
        asked, size = self.question, np.full(self.draws, n)
        mine, theirs = (x, size, self.place), (events, np.full(self.draws, cases), other)
        (x1, n1, a), (x2, n2, b) = (mine, theirs) if first else (theirs, mine)
        if asked.measure == "spread":
            raise ValueError("a spread is no comparison of two groups")
        pairs = Contrasts(
            measure=asked.measure, between=asked.between, group=np.full(self.draws, a), other=np.full(self.draws, b),
            x1=x1, n1=n1, x2=x2, n2=n2,
        )  # fmt: skip
        asks = in_direction(pairs, asked.harm, other if asked.between == "reference" else None)
        sign = -1.0 if asked.measure == "difference" else 1.0
        return np.asarray(~asks | (sign * pairs.score(asked.bound) > normal_quantile(1 - self.alpha)))


def sees(question: Question, n: npt.ArrayLike, overall: float, alpha: float, *, k: int, draws: int = HARM_DRAWS) -> Sees | None:
    """Return what `question` would have found in one group alone; None if there is nothing to compute with.

    Parameters
    ----------
    question : Question
    n : array_like, shape (n_groups,)
        Cases of each group that is compared.
    overall : float
        The rate of all of them together.
    alpha : float
    k : int
        Counts below this are not printed: the lowest class extends to twice that, or further.
    draws : int
    """
    sizes = _sizes(n)
    if len(sizes) < 2 or sizes[0] < 1 or not 0 < overall < 1:
        return None
    edges = [edge for edge in EDGES if edge >= 2 * k]
    sights: list[Sight] = []
    for place in (0, len(sizes) // 2, len(sizes) - 1):
        low, high = _class(int(sizes[place]), edges)
        if sights and sights[-1].at_least == low:
            continue
        found = _watch(question, sizes, place, low or edges[0], overall, alpha, draws).found()
        sights.append(Sight(at_least=low, under=high, times=None if found is None else f"{found:g}"))
    harm = TWICE if question.unseen is None else question.unseen.harm
    cases = cases_to_see(question, sizes, harm, overall, alpha, draws=draws) if question.measure == "spread" else None
    return Sees(harm=f"{harm:g}", cases=cases, sights=tuple(sights))


def unseen(question: Question, n: npt.ArrayLike, overall: float, alpha: float, *, draws: int = HARM_DRAWS) -> bool:
    """Return whether a harm goes unseen in a group that is larger than the policy accepts.

    The smallest of those is checked: in a larger one the same harm is found sooner.
    """
    sizes, asked = _sizes(n), question.unseen
    larger = [] if asked is None else np.flatnonzero(sizes > asked.at_most_cases).tolist()
    if asked is None or not larger:
        return False
    watch = Watch(question=question, n=sizes, place=larger[0], rate=overall, alpha=alpha, draws=min(draws, HARM_DRAWS))
    return watch.chance(asked.harm) < POWER


def cases_to_see(
    question: Question, n: Ints, harm: float, overall: float, alpha: float, *, draws: int = HARM_DRAWS
) -> int | None:
    """Return the cases, rounded up to an edge, that a group of medium size needs for `harm` to be found in it."""
    place = len(n) // 2
    edge = _first(len(EDGES), lambda i: _watch(question, n, place, EDGES[i], overall, alpha, draws).chance(harm) >= POWER)
    return None if edge is None else EDGES[edge]


def _watch(question: Question, n: Ints, place: int, cases: int, overall: float, alpha: float, draws: int) -> Watch:
    """Return the watch over a group that has other `cases` than the one whose place it takes."""
    sizes = n.copy()
    sizes[place] = cases
    return Watch(question=question, n=sizes, place=place, rate=overall, alpha=alpha, draws=draws)


def _sizes(n: npt.ArrayLike) -> Ints:
    """Return whole cases in ascending order; of a group of so many cases that its rate is as good as known, no more."""
    whole = np.floor(np.asarray(n, dtype=np.float64) + 1e-9).astype(np.int64)
    return np.minimum(np.sort(whole), EDGES[-1])


def _class(cases: int, edges: list[int]) -> tuple[int, int | None]:
    """Return the two edges between which a size lies."""
    below, above = [edge for edge in edges if edge <= cases], [edge for edge in edges if edge > cases]
    return (below[-1] if below else 0), (above[0] if above else None)


def _first(steps: int, holds: Callable[[int], bool]) -> int | None:
    """Return the first of so many steps that holds, where all after it do; None if none does."""
    low, high = 0, steps
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low if low < steps else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreading:
    """Events and cases of the groups of one question on their spread, and of the rows of unknown group."""

    question: Question
    names: tuple[str, ...]
    x: Floats
    n: Floats
    events: Floats
    others: Floats

    @classmethod
    def of(cls, block: Groups, of: Rate, question: Question) -> Spreading:
        """Return the data for a question on the spread over the groups of `block`."""
        level = np.array([i for i, kind in enumerate(block.kinds) if kind == "level"])
        x, n = (column[level] for column in effective_counts(block, of))
        events, others = (column[level] for column in unknown_counts(block, of))
        names = tuple(block.names[i] for i in level)
        return cls(question=question, names=names, x=x, n=n, events=events, others=others)

    @property
    def mean(self) -> float:
        """The rate of all groups together, in whole cases; nan if there are none."""
        cases = np.floor(self.n + 1e-9).sum()
        return float(np.floor(self.x + 1e-9).sum() / cases) if cases > 0 else np.nan

    def decide(
        self, below: float, above: float, out: tuple[int, ...], alpha: float, *, failing: float, draws: int = DRAWS
    ) -> tuple[Status, str]:
        """Return the status and the code of its reason, from the two tails at the limit and the groups that stand out."""
        n, events, cases = self.n, np.floor(self.x + 1e-9).sum(), np.floor(self.n + 1e-9).sum()
        if bool((n <= 0).any()) or not 0 < events < cases:
            return "NOT_SHOWN", "spread.undefined"
        if len(n) < FEWEST_GROUPS:
            return "NOT_SHOWN", "spread.few"
        unknown = bool((self.events + self.others > 0).any())
        if not unknown and above <= failing:
            return "FAILED", "spread.failed"
        if out:
            return "NOT_SHOWN", "spread.flagged"
        if below > alpha:
            return "NOT_SHOWN", "spread.thin"
        if unknown and not self._holds_with_unknown(alpha, draws):
            return "NOT_SHOWN", "spread.unknown"
        if self.question.unseen is not None and unseen(self.question, n, self.mean, alpha, draws=draws):
            return "NOT_SHOWN", "spread.unseen"
        return "PASSED", "spread.passed"

    def _holds_with_unknown(self, alpha: float, draws: int) -> bool:
        """Whether the answer stays the same however the rows of unknown group fall.

        A homogeneity statistic is convex in the counts, so it is largest where all unknown events fall to one
        group and all other unknown rows to one; the groups furthest out on either side are tried.
        """
        x, n, question = self.x, self.n, self.question
        rates = x / n
        high, low = np.argsort(-rates)[:3], np.argsort(rates)[:3]
        small = np.argsort(n)[:3]
        for up in {*high.tolist(), *small.tolist()}:
            for down in {*low.tolist(), *small.tolist()}:
                with_x, with_n = x.copy(), n.copy()
                with_x[up] += self.events[up]
                with_n[up] += self.events[up]
                with_n[down] += self.others[down]
                if standing_out(with_x, with_n, alpha=alpha, harm=question.harm):
                    return False
                if spread_tails(with_x, with_n, question.bound, draws=draws)[0] > alpha:
                    return False
        return True


def judge_spread(block: Groups, of: Rate, question: Question, alpha: float, *, failing: float, k: int) -> Finding:
    """Return the answer to a question on the spread of a rate over the groups of `block`.

    PASSED if the upper bound of the standard deviation is within the limit and no group stands out; FAILED
    if the lower bound is outside. If a group stands out, the answer is NOT_SHOWN and names it: people
    must look into it. Rows of unknown group are placed in the ways that vary the most. If the policy says how small a group
    must be for a harm in it to go unseen, that must hold as well.
    """
    asked = Spreading.of(block, of, question)
    found = spread(asked.x, asked.n, question.bound, alpha=alpha)
    out = standing_out(asked.x, asked.n, alpha=alpha, harm=question.harm)
    status, code = asked.decide(found.below, found.above, out, alpha, failing=failing)
    decisive = _decisive(found, asked.x, asked.n, asked.names, out, question)
    undefined, groups = int((asked.n <= 0).sum()), len(asked.n)
    told: dict[str, dict[str, str | int]] = {
        "spread.undefined": {"undefined": max(undefined, 1), "groups": groups},
        "spread.few": {"groups": groups, "fewest": FEWEST_GROUPS},
        "spread.flagged": {"flagged": len(out), "groups": groups},
        "spread.thin": {"groups": groups},
        "spread.passed": {"groups": groups},
    }
    seen = sees(question, asked.n, asked.mean, alpha, k=k) if code in ("spread.passed", "spread.unseen") else None
    if code == "spread.unseen" and question.unseen is not None:
        told[code] = {"most": question.unseen.at_most_cases, "times": f"{question.unseen.harm:g}"}
        remedy = _to_see(seen, of)
    elif code == "spread.thin":
        remedy = _needed(found, asked.x, asked.n, block, of, question, alpha)
    else:
        remedy = Message(code=_REMEDIES[code], values={"metric": of.name} if _REMEDIES[code] == _GATHER else {})
    reason = Message(code=code, values=told.get(code, {}))
    return answer(question, status, reason, remedy, decisive, groups, undefined, seen)


def _to_see(seen: Sees | None, of: Rate) -> Message:
    """Return how many cases a group needs for the harm that the policy names to be found in it."""
    if seen is None or seen.cases is None:
        return Message(code="remedy.unseen_never", values={"metric": of.name})
    return Message(code="remedy.unseen", values={"needed": seen.cases, "metric": of.name})


def _decisive(
    found: Spread, x: Floats, n: Floats, names: tuple[str, ...], out: tuple[int, ...], question: Question
) -> Comparison | None:
    """Return the spread with its bounds, under the name of the group that stands out most."""
    if np.isnan(found.value):
        return None
    mean = x.sum() / n.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.nan_to_num(np.abs(x / n - mean) * np.sqrt(n))
    first = out[0] if out else int(np.argmax(distance))
    group, kind = question.side(names[first])
    return Comparison(
        group=group, group_kind=kind, other="rest", other_kind="rest",
        value=real(found.value), low=real(found.low), high=real(found.high),
        group_denominator=int(n[first]), other_denominator=int(n.sum() - n[first]),
    )  # fmt: skip


def _needed(found: Spread, x: Floats, n: Floats, block: Groups, of: Rate, question: Question, alpha: float) -> Message:
    """Return how many cases in each group would show it, unless the groups differ and the estimate lies beyond the limit."""
    if found.value >= question.bound and found.low > 0:
        return Message(code="remedy.beyond", values={})
    rate = float(x.sum() / n.sum())
    needed, half = (cases_for_spread(rate, len(n), question.bound, alpha=alpha, true_share=share) for share in (0.0, 0.5))
    if needed is None or half is None:
        return Message(code="remedy.cases_undefined", values={"metric": of.name})
    return rows_needed(block, of, needed, half)
