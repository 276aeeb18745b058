"""Prospect: what to expect of one question of the policy, and what would improve it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from smartstart_gov.canonical import real
from smartstart_gov.codec import Recorded
from smartstart_gov.judgement.finding import Sees
from smartstart_gov.judgement.question import Question
from smartstart_gov.judgement.rungs import FEWEST_GROUPS
from smartstart_gov.planning.chances import Chance, World
from smartstart_gov.planning.expectation import Groups
from smartstart_gov.show import Value

#: Below this chance for a fair model, a limit is reported: it would sooner be switched off than passed.
HOPELESS = 0.5
Kind = Literal["rows", "cross_fit", "recorded", "step", "rest", "pool", "spread"]
#: More than so many times the rows is no advice.
MOST = 200.0
_RUNS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Way(Recorded):
    """One change with which a fair model passes with the desired chance.

    Attributes
    ----------
    kind : str
        ``rows`` (`amount` times as many), ``cross_fit`` (audit all rows), ``recorded`` (no rows of unknown group),
        ``step`` (compare the areas of `step`), ``rest`` (each group against the rest), ``pool`` (groups under `amount`
        rows as one), ``spread`` (a standard deviation between groups under `amount`).
    chance : Chance
    """

    kind: Kind
    chance: Chance
    amount: float | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Prospect(Value):
    """What can be expected of one question: a limit, or a rung of its ladder.

    Attributes
    ----------
    question : Question
    groups : int
        Groups that are compared.
    rate : float
        The rate that a fair model has in each of them, in [0, 1].
    needed, needed_half : int or None
        Cases that each group needs (groups of one size, closed form) so that a model passes with the desired chance:
        without any difference, and with half of what the limit allows. None if no number is enough, or none is known.
    cases : int or None
        Cases that the smallest group can be expected to have in the audit; None if real rows were counted.
    fair : Chance
        That a fair model passes this question and those before it on the ladder, on the rows expected.
    half, breach : Chance or None
        That a model with half of what the limit allows passes; that twice the limit is called FAILED. None if it was not
        asked, or no rates are that far apart.
    ways : tuple of Way
        What would make a fair model pass; empty if it passes, or if nothing that was tried would help.
    sees : Sees or None
        For a rung: what it finds in a single group, by the size of that group.
    """

    question: Question
    groups: int
    rate: float
    needed: int | None
    needed_half: int | None
    cases: int | None
    fair: Chance
    half: Chance | None
    breach: Chance | None
    ways: tuple[Way, ...] = ()
    sees: Sees | None = None

    @property
    def hopeless(self) -> bool:
        """Whether a perfectly fair model would more often than not fail to pass."""
        return self.fair.value < HOPELESS

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        asked = self.question
        return {
            "id": asked.id.removeprefix("limit."), "limit": asked.limit.id, "rung": asked.rung, "stage": asked.stage,
            "metric": asked.limit.metric, "groups": self.groups, "rate": real(self.rate), "needed": self.needed,
            "needed_half": self.needed_half, "cases": self.cases, "fair": self.fair.to_record(),
            "half": None if self.half is None else self.half.to_record(),
            "breach": None if self.breach is None else self.breach.to_record(),
            "ways": [way.to_record() for way in self.ways],
            "sees": None if self.sees is None else self.sees.to_record(),
        }  # fmt: skip

    def headline(self) -> str:
        """Return the prospect in one line."""
        return f"Prospect({self.question.id.removeprefix('limit.')}: a fair model passes {self.fair.value:.0%})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The questions up to the one that is hard to pass, weakest first, and the truth to which they are applied."""

    world: World
    asked: tuple[Question, ...]
    wanted: float
    scarcity: float
    """How many times the available cases the closed form requires; where a search for more rows starts."""

    def ways(self) -> tuple[Way, ...]:
        """Return every single change that would be enough, the mildest first."""
        found = [self._way(kind, chance, amount, step) for kind, chance, amount, step in self._tried()]
        return tuple(way for way in found if way is not None)

    def _way(self, kind: Kind, chance: Chance | None, amount: float | None, step: str | None) -> Way | None:
        enough = chance is not None and chance.value >= self.wanted
        return Way(kind=kind, chance=chance, amount=amount, step=step) if enough and chance is not None else None

    def _tried(self) -> Iterator[tuple[Kind, Chance | None, float | None, str | None]]:
        factor, chance = self._more_rows()
        yield "rows", chance, factor, None
        audited = self.world.policy.split.audited
        if audited < 1:
            yield "cross_fit", self._chance(_scaled(self.world, 1 / audited)), None, None
        if any(axis.unknown for axis in self.world.groups.axes):
            yield "recorded", self._chance(_all_known(self.world)), None, None
        question = self.asked[-1]
        if question.limit.given is not None:
            return
        names = [step.name for step in self.world.groups.axes[0].steps] if len(question.by) == 1 else []
        for step in names[0 if question.step is None else names.index(question.step) + 1 :]:
            yield "step", self._alone(replace(question, step=step)), None, step
        if question.measure == "spread":
            return
        if question.between == "groups":
            yield "rest", self._alone(replace(question, between="rest")), None, None
        if question.step is None and question.pool_under is None:
            pooled = self._pooled(question)
            yield "pool", pooled[1], pooled[0], None
        if question.step is None and math.prod(len(axis.declared) for axis in self.world.groups.axes) >= FEWEST_GROUPS:
            bound = self._deviation(question)
            yield "spread", self._alone(replace(question, measure="spread", between="rest", bound=bound)), bound, None

    def _chance(self, world: World) -> Chance:
        return world.reached(self.asked, runs=_RUNS, wanted=self.wanted)[-1]

    def _alone(self, question: Question) -> Chance:
        return self.world.reached((question,), runs=_RUNS, wanted=self.wanted)[0]

    def _more_rows(self) -> tuple[float, Chance | None]:
        """Return how many times the rows would do, to about a tenth."""
        high = min(max(2.0, 1.5 * self.scarcity), MOST)
        best = self._chance(_scaled(self.world, high))
        if best.value < self.wanted and high < MOST:
            high = min(4 * high, MOST)
            best = self._chance(_scaled(self.world, high))
        if best.value < self.wanted:
            return high, None
        low = 1.0
        while high / low > 1.1:
            middle = math.sqrt(low * high)
            chance = self._chance(_scaled(self.world, middle))
            if chance.value >= self.wanted:
                high, best = middle, chance
            else:
                low = middle
        return high, best

    def _pooled(self, question: Question) -> tuple[float, Chance | None]:
        """Return the least pool that would do: groups are pooled by their rows, never by their outcomes."""
        sizes = sorted(set(np.ceil(self.world.groups.rows[self.world.groups.rows > 0]).astype(int).tolist()))
        edges = [a + 1 for a, _ in pairwise(sizes)]
        for edge in dict.fromkeys(edges[len(edges) * part // 5] for part in range(1, 5) if edges):
            chance = self._alone(replace(question, pool_under=edge))
            if chance.value >= self.wanted:
                return float(edge), chance
        return 0.0, None

    def _deviation(self, question: Question) -> float:
        """Return half of what the limit allows, as a standard deviation between groups."""
        allowed = question.bound
        if question.measure == "ratio":
            allowed = self.world.rate(question) * (1 - question.bound)
        return float(f"{allowed / 2:.2g}")


def _scaled(world: World, factor: float) -> World:
    return replace(world, groups=replace(world.groups, rows=world.groups.rows * factor))


def _all_known(world: World) -> World:
    """Return the same world with the rows of unknown group spread over the groups in proportion."""
    groups: Groups = world.groups
    rows = groups.rows.copy()
    for place, axis in enumerate(groups.axes):
        if axis.unknown:
            last = (slice(None),) * place + (slice(-1, None),)
            known = (slice(None),) * place + (slice(0, -1),)
            total, lost = rows[known].sum(axis=place, keepdims=True), rows[last].copy()
            with np.errstate(invalid="ignore", divide="ignore"):
                rows[known] *= np.where(total > 0, 1 + lost / total, 1.0)
            rows[last] = 0.0
    return replace(world, groups=replace(groups, rows=rows))
