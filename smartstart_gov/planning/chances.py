"""Chances: how often a model with a known truth would get each answer, by simulation through the library's own tests.

No power formula is used here. Counts are drawn from a known truth with a fixed seed, and judged as real ones would
be; the closed forms in `smartstart_gov.statistics.sample_size` only start a search.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.project import Project
from smartstart_gov.counting.tally import Tally
from smartstart_gov.judgement.finding import Status
from smartstart_gov.judgement.judge import status_of
from smartstart_gov.judgement.question import Question
from smartstart_gov.planning.expectation import Groups, Model
from smartstart_gov.show import Value
from smartstart_gov.statistics.rates import CELLS, Rate, rate

Floats = npt.NDArray[np.float64]
#: ``fair``: no difference between groups. ``half``: half of what the limit allows. ``breach``: twice that.
Truth = Literal["fair", "half", "breach"]
_SHARE: dict[Truth, float] = {"fair": 0.0, "half": 0.5, "breach": 2.0}
#: Simulated data sets behind one answer on a spread; a verdict takes more, and pays for it in time.
_DRAWS = 1_499
#: After so many runs with one answer only, more would change nothing that matters.
ENOUGH = 100
SEED = 20_260_101


def labels_of(project: Project, data: Any) -> Tally:
    """Return the counts of rows and labels of `data`, a frame, linked sources or a path, with nobody selected."""
    from smartstart_gov.counting.count import tally_of
    from smartstart_gov.counting.handover import handover
    from smartstart_gov.intake.files import read_data
    from smartstart_gov.intake.link import Linked
    from smartstart_gov.intake.tables import in_memory
    from smartstart_gov.intake.validate import validate

    contract = project.contract
    frame = read_data(data, contract) if isinstance(data, Path | str) else data
    score = contract.said()
    # Where the scores or decisions of a finished model stand in a file of their own, the other columns are checked.
    columns = in_memory(frame.native if isinstance(frame, Linked) else frame, "power(data=)").columns
    apart = score is not None and score.name not in columns
    others = tuple(dict.fromkeys(c.role for c in contract.columns if c.role not in ("score", "decision", "ignore")))
    valid = validate(frame, contract, roles=others if apart else None)
    nobody = handover(valid, decision=np.zeros(valid.rows, dtype=np.int8), score=None)
    return tally_of(nobody, project.policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance(Value):
    """How many of the simulated audits had a given answer."""

    hits: int
    runs: int

    @property
    def value(self) -> float:
        """Share of the audits."""
        return self.hits / self.runs

    @property
    def error(self) -> float:
        """Standard error, with one more audit of either kind so that it is never 0."""
        share = (self.hits + 1) / (self.runs + 2)
        return math.sqrt(share * (1 - share) / (self.runs + 2))

    def headline(self) -> str:
        """Return the share with its standard error."""
        return f"Chance({self.value:.1%}, standard error {100 * self.error:.1f} points)"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One truth from which audits are drawn, and the rules by which they are judged.

    Attributes
    ----------
    groups : Groups
        Of the audited rows: over the limit's attributes, and its control column if it has one.
    model : Model
    base_rate : float
        The overall base rate, which fixes the rates of a fair model.
    policy : Policy
    alpha : float
    """

    groups: Groups
    model: Model
    base_rate: float
    policy: Policy
    alpha: float

    def reached(self, asked: tuple[Question, ...], *, runs: int, wanted: float = 0.0, seed: int = SEED) -> tuple[Chance, ...]:
        """Return for each of `asked`, weakest first, how often a fair model passes it and all before it.

        As soon as the last of them can no longer reach the share `wanted`, no more audits are drawn: its chance is
        already below `wanted`, and is only known less precisely.
        """
        hits, done = np.zeros(len(asked), dtype=np.int64), 0
        for tally in self._drawn(asked[0], "fair", runs, seed):
            done += 1
            for place, question in enumerate(asked):
                if self._status(tally, question, len(asked)) != "PASSED":
                    break
                hits[place] += 1
            if done == ENOUGH and bool(np.isin(hits, (0, done)).all()):
                break
            if hits[-1] + runs - done < wanted * runs:
                break
        return tuple(Chance(hits=int(h), runs=done) for h in hits)

    def chance(
        self, question: Question, truth: Truth, answer: Status, *, questions: int = 1, runs: int, seed: int = SEED
    ) -> Chance | None:
        """Return how often one question gets `answer`; None if no rates can differ by as much as `truth` requires."""
        found: Counter[Status] = Counter()
        for tally in self._drawn(question, truth, runs, seed):
            found[self._status(tally, question, questions)] += 1
            done = found.total()
            if done == ENOUGH and found[answer] in (0, done):
                break
        return Chance(hits=found[answer], runs=found.total()) if found else None

    def rate(self, question: Question) -> float:
        """Return the rate that a fair model has in every group."""
        return self.model.rate(rate(question.limit.metric), self.base_rate)

    def _status(self, tally: Tally, question: Question, questions: int) -> Status:
        failing = self.alpha / questions
        return status_of(tally, self.policy, question, self.alpha, failing=failing, draws=_DRAWS)

    def _drawn(self, question: Question, truth: Truth, runs: int, seed: int) -> Iterator[Tally]:
        """Yield one simulated audit after another; the same seed gives the same ones."""
        rng, of = np.random.default_rng(seed), rate(question.limit.metric)
        rows = np.rint(self.groups.rows).astype(np.int64)
        fixed = self._rates(question, truth)
        if fixed is None:
            return
        for _ in range(runs):
            rates = fixed if question.measure != "spread" or truth == "fair" else self._scattered(question, truth, rng)
            cases = self._cases(of, rows, rng)
            events = rng.binomial(cases, rates)
            yield Tally(axes=self.groups.axes, counts=_cells(of, rows, cases, events), moments={})

    def _cases(self, of: Rate, rows: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """Return the denominators: positive and negative cases vary by chance where rows are given, and so do selections."""
        if len(of.denominator) == len(CELLS):
            return rows
        if set(of.denominator) in ({"fn", "tp"}, {"tn", "fp"}):
            positives = rng.binomial(rows, self.groups.base)
            return positives if "tp" in of.denominator else rows - positives
        selected = rng.binomial(rows, self.model.rate(_SELECTED, self.base_rate))
        return selected if "tp" in of.denominator else rows - selected

    def _rates(self, question: Question, truth: Truth) -> Floats | None:
        """Return the rate of every group; one area of middling size differs where the truth is not fair."""
        p, share = self.rate(question), _SHARE[truth]
        shape = self.groups.rows.shape
        if question.measure == "spread":
            deviation = share * question.bound
            return np.full(shape, p) if deviation**2 < p * (1 - p) else None
        if share == 0:
            return np.full(shape, p)
        member, weight = _middling(self.groups, question)
        moved = _moved(p, question, share, weight)
        return None if moved is None else np.where(member, moved, p)

    def _scattered(self, question: Question, truth: Truth, rng: np.random.Generator) -> Floats:
        p, deviation = self.rate(question), _SHARE[truth] * question.bound
        size = p * (1 - p) / deviation**2 - 1
        return rng.beta(p * size, (1 - p) * size, self.groups.rows.shape)


_SELECTED = rate("selection_rate")


def _cells(
    of: Rate, rows: npt.NDArray[np.int64], cases: npt.NDArray[np.int64], events: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the four cells: only the sums that the rate is made of matter, and each stands in one cell."""
    counts = np.zeros((*rows.shape, len(CELLS)), dtype=np.int64)
    counts[..., CELLS.index(of.numerator[0])] += events
    counts[..., CELLS.index(next(c for c in of.denominator if c not in of.numerator))] += cases - events
    outside = [c for c in CELLS if c not in of.denominator]
    if outside:
        counts[..., CELLS.index(outside[0])] += rows - cases
    return counts.reshape(*rows.shape, 2, 2)


def _middling(groups: Groups, question: Question) -> tuple[npt.NDArray[np.bool_], float]:
    """Return which cells belong to the group (or area) of middling size, and its share of all rows."""
    given = question.limit.given is not None
    rows = groups.rows.sum(axis=0) if given else groups.rows
    axes = groups.axes[1:] if given else groups.axes
    known = np.ones(rows.shape, dtype=bool)
    for place, axis in enumerate(axes):
        if axis.unknown:
            known[(slice(None),) * place + (-1,)] = False
    if question.step is not None:
        ancestors = next(s.ancestors for s in axes[0].steps if s.name == question.step)
        areas = {area: np.array([a == area for a in ancestors] + [False] * axes[0].unknown) for area in ancestors}
    else:
        flat = np.flatnonzero(known.reshape(-1))
        areas = {str(i): (np.arange(rows.size) == i).reshape(rows.shape) for i in flat}
    sized = sorted(areas.values(), key=lambda member: float(rows[member].sum()))
    chosen = sized[len(sized) // 2]
    return np.broadcast_to(chosen, groups.rows.shape), float(rows[chosen].sum() / rows.sum())


def _moved(p: float, question: Question, share: float, weight: float) -> float | None:
    """Return the rate of the group that differs by `share` of the limit, in a direction that harms; None if there is none."""
    bound, metric = question.bound, rate(question.limit.metric)
    up_first = question.harm == "higher" or (question.harm == "both" and metric.better != "higher")
    ways = (True, False) if up_first else (False, True)
    for up in ways if question.harm == "both" or question.between == "groups" else ways[:1]:
        if question.measure == "difference":
            gap = share * bound
            moved = p + (gap if up else -gap) / (1 - weight if question.between == "overall" else 1)
        else:
            ratio = 1 - share * (1 - bound)
            if ratio <= 0:
                continue
            ratio = 1 / ratio if up else ratio
            if question.between == "overall":
                if ratio * weight >= 1:
                    continue
                ratio = ratio * (1 - weight) / (1 - ratio * weight)
            moved = p * ratio
        if 0 < moved < 1:
            return moved
    return None
