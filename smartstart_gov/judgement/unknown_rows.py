"""Where rows of unknown group are placed: at the worst place for each comparison.

Each side may take the unknown events, the other unknown rows, both or neither; what neither takes belongs to
some other group. The score statistic is monotonic in each count, so it is largest and smallest at one of these
extremes. If all four counts of a comparison are positive, one side takes the events and the other side the
rest (Manski 2003); if a rate is 0 or 1, more cases can only make that more certain, and all extremes are
tried. The same applies if rows have weights or are dependent, with as few effective cases as unknown rows can
leave. In a comparison with everybody, the limit on the two samples moves with their sizes, so the worst can lie
between the extremes: there a grid is also tried. Over the levels of a control column the search goes through
one level at a time; it is thorough but not a proof. tests/judgement/test_allotting.py tries every placement in every
small table.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.judgement.question import Question
from smartstart_gov.statistics.contrasts import REST, Contrasts, Measure, Stratified, Takes, contrasts, in_direction
from smartstart_gov.statistics.estimates import Groups
from smartstart_gov.statistics.rates import Rate

Floats = npt.NDArray[np.float64]
Way = tuple[Takes, Takes]
#: Events and other rows.
Rows = tuple[int, int]
_APART: tuple[Way, ...] = (
    ("events", "others"), ("others", "events"), ("nothing", "nothing"), ("everything", "nothing"), ("nothing", "everything"),
    ("events", "nothing"), ("nothing", "events"), ("others", "nothing"), ("nothing", "others"),
)  # fmt: skip
#: Against the rest, what the group does not take stands on the other side.
_WITH_REST: tuple[Way, ...] = (
    ("events", "others"), ("others", "events"), ("nothing", "everything"), ("everything", "nothing"),
)  # fmt: skip
#: Between them they leave a side with the fewest cases, and with the fewest events and others.
_LEAST: tuple[Way, ...] = (("nothing", "nothing"), ("everything", "everything"))
#: So many allotments of one comparison are tried one by one; of more, some that are evenly spread.
_MOST_ALLOTMENTS, _MOST_WITH_REST = 625, 81
#: How often the levels of a control column are gone through.
_PASSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknowns:
    """The comparisons of one block, and what they become as its rows of unknown group are placed on the two sides."""

    block: Groups
    of: Rate
    question: Question
    measure: Measure
    plain: Contrasts
    """With the unknown rows in neither group, or in the rest."""
    events: int
    others: int
    placed: Mapping[Way, Contrasts]
    """At every extreme, if rows have weights or are dependent; otherwise that follows from the counts."""

    @classmethod
    def of_block(cls, block: Groups, of: Rate, question: Question) -> Unknowns:
        """Make the comparisons that the question asks for."""
        if question.measure == "spread":
            raise ValueError("a spread is no comparison of two groups")
        reference = question.limit.reference if question.between == "reference" else None
        pairs = contrasts(block, of, question.measure, question.between, reference)
        which = in_direction(pairs, question.harm, None if reference is None else block.names.index(reference))
        events, cases = of.counts(block.cells[np.array(block.kinds) == "unknown"])
        made = cls(
            block=block, of=of, question=question, measure=question.measure, plain=pairs.keep(which),
            events=int(events.sum()), others=int((cases - events).sum()), placed={},
        )  # fmt: skip
        if made.once or not made.any:
            return made
        # What a row brings depends on the others: every extreme is counted anew, once for all who ask.
        placed = {}
        for way in (*made.ways, *_LEAST):
            at = contrasts(block, of, question.measure, question.between, reference, first=way[0], second=way[1], cautious=True)
            placed[way] = at.keep(which)
        return replace(made, placed=placed)

    @property
    def any(self) -> bool:
        """Whether there are rows of unknown group in the denominator."""
        return self.events + self.others > 0

    @property
    def once(self) -> bool:
        """Whether every row counts once, so that rows can be added to a side by count."""
        return self.block.weights is None and self.block.products is None

    def at(self, way: Way) -> Contrasts:
        """Return the comparisons with the unknown rows placed in one way."""
        if not self.once:
            return self.placed[way] if self.any else self.plain
        takes = {
            "nothing": (0, 0), "events": (self.events, 0),
            "others": (0, self.others), "everything": (self.events, self.others),
        }  # fmt: skip
        return self.given(self.plain, *(takes[side] for side in way))

    @property
    def ways(self) -> tuple[Way, ...]:
        """The extremes of how the unknown rows can be placed."""
        return _APART if self.question.between in ("groups", "reference") else _WITH_REST

    @property
    def least(self) -> tuple[Floats, Floats]:
        """Minimum number of cases that a side of each comparison can have, and its minimum number of events or others."""
        ends = [self.at(way) for way in _LEAST]
        counts = [part for end in ends for part in (end.x1, end.n1 - end.x1, end.x2, end.n2 - end.x2)]
        return np.minimum.reduce([part for end in ends for part in (end.n1, end.n2)]), np.minimum.reduce(counts)

    def odd(self, fewest: Floats) -> npt.NDArray[np.intp]:
        """Return the comparisons whose extremes must all be tried; `fewest` is the smallest number of events or others."""
        regular = self.once and self.question.between != "overall"
        return np.flatnonzero((fewest <= 0) | (not regular))

    def between_ends(self) -> Iterator[tuple[Rows, Rows]]:
        """Return ways to place unknown events and others on the two sides: all, or evenly spread ones if there are many."""
        apart = self.question.between in ("groups", "reference")
        each = (self.events + 1) * (self.others + 1)
        whole = each**2 <= _MOST_ALLOTMENTS if apart else each <= _MOST_WITH_REST
        steps = 3 if apart else 9
        events, others = (
            range(n + 1) if whole else sorted({round(n * k / (steps - 1)) for k in range(steps)})
            for n in (self.events, self.others)
        )
        for e1, o1 in itertools.product(events, others):
            for e2, o2 in itertools.product(events, others) if apart else ((e1, o1),):
                if not apart or (e1 + e2 <= self.events and o1 + o2 <= self.others):
                    yield (e1, o1), (e2, o2)

    def given(self, pairs: Contrasts, first: Rows, second: Rows) -> Contrasts:
        """Return some of the plain comparisons with given numbers of unknown events and others on the two sides.

        In comparisons with the rest or everybody they go to the group, whether it is first or second.
        """
        (e1, o1), (e2, o2) = first, second
        if self.question.between in ("groups", "reference"):
            return replace(pairs, x1=pairs.x1 + e1, n1=pairs.n1 + e1 + o1, x2=pairs.x2 + e2, n2=pairs.n2 + e2 + o2)
        # What the rest holds of unknown rows in `plain`, it gives away to the group.
        own_first = pairs.group != REST
        events, cases = np.where(own_first, e1, -e2), np.where(own_first, e1 + o1, -e2 - o2)
        return replace(pairs, x1=pairs.x1 + events, n1=pairs.n1 + cases, x2=pairs.x2 - events, n2=pairs.n2 - cases)

    def at_ends(self, which: npt.NDArray[np.intp]) -> Iterator[Contrasts]:
        """Return some comparisons at every extreme."""
        for way in self.ways:
            yield self.at(way).keep(which)

    def tried(self, which: npt.NDArray[np.intp]) -> Iterator[Contrasts]:
        """Return some comparisons at every extreme and, if rows count once, at the placements in between."""
        yield from self.at_ends(which)
        if self.once:
            pairs = self.plain.keep(which)
            yield from (self.given(pairs, *sides) for sides in self.between_ends())


def extreme(parts: tuple[Unknowns, ...], *, largest: bool, chance: bool = True) -> Contrasts | Stratified:
    """Return the comparisons with the unknown rows of every part placed so that the score at the limit is largest, or smallest.

    Parameters
    ----------
    parts : tuple of Unknowns
        One, or one per level of the control column.
    largest : bool
        Whether the largest score is sought, of the first rate against the second.
    chance : bool
        Whether it is sought in terms of evidence, or in terms of the rates themselves.
    """
    usual: Way = ("events", "others") if largest else ("others", "events")
    chosen = [part.at(usual) if part.any else part.plain for part in parts]
    question, sign = parts[0].question, 1.0 if largest else -1.0
    if question.limit.given is not None:
        return _over_strata(parts, chosen, sign, chance=chance)
    odd = parts[0].odd(parts[0].least[1]) if parts[0].any and chance else np.array([], dtype=np.intp)
    if not len(odd):
        return chosen[0]
    tried = parts[0].tried(odd) if question.between == "overall" else parts[0].at_ends(odd)
    return _placed(chosen[0], _worst([chosen[0].keep(odd), *tried], question.bound, sign), odd)


def _over_strata(parts: tuple[Unknowns, ...], chosen: list[Contrasts], sign: float, *, chance: bool) -> Stratified:
    """Return the worst found by going through the strata in turn, twice, the others staying as they are.

    Rows that come to a stratum also move its weight, so that each way they can go is tried there.
    """
    bound, every = parts[0].question.bound, np.arange(len(chosen[0].group))

    def record() -> Floats:
        combined = Stratified(strata=tuple(chosen))
        return sign * (combined.score(bound) if chance else combined.value())

    for place, part in [(i, part) for i, part in enumerate(parts) if part.any] * _PASSES:
        best, highest = chosen[place], record()
        for chosen[place] in part.tried(every):
            found = record()
            better = np.where(np.isnan(highest), ~np.isnan(found), found > highest + 1e-12)
            highest, best = np.where(better, found, highest), _merged(best, chosen[place], better)
        chosen[place] = best
    return Stratified(strata=tuple(chosen))


def _worst(allotted: list[Contrasts], bound: float, sign: float) -> Contrasts:
    """Return each comparison at that of several allotments where its score is largest, or smallest if `sign` is -1."""
    every, size = joint(allotted), len(allotted[0].group)
    record = np.nan_to_num(sign * every.score(bound), nan=-np.inf).reshape(-1, size)
    return every.keep(record.argmax(axis=0) * size + np.arange(size))


def possibly_empty(parts: tuple[Unknowns, ...]) -> npt.NDArray[np.bool_]:
    """Return where some placement leaves one of the two rates with a zero denominator in every stratum."""
    return np.asarray(np.all([part.least[0] <= 0 if part.any else ~part.plain.defined for part in parts], axis=0))


def joint(pairs: list[Contrasts]) -> Contrasts:
    """Return all comparisons of several objects as one."""

    def column(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in pairs])

    share = None if pairs[0].share is None else column("share")
    counts = {name: column(name) for name in ("x1", "n1", "x2", "n2")}
    return replace(pairs[0], group=column("group"), other=column("other"), **counts, share=share)


def _merged(old: Contrasts, new: Contrasts, better: npt.NDArray[np.bool_]) -> Contrasts:
    counts = {name: np.where(better, getattr(new, name), getattr(old, name)) for name in ("x1", "n1", "x2", "n2")}
    share = None if old.share is None or new.share is None else np.where(better, new.share, old.share)
    return replace(old, **counts, share=share)


def _placed(all_: Contrasts, some: Contrasts, at: npt.NDArray[np.intp]) -> Contrasts:
    counts = {}
    for name in ("x1", "n1", "x2", "n2", "share"):
        column, part = getattr(all_, name), getattr(some, name)
        if column is not None:
            column = column.copy()
            column[at] = part
        counts[name] = column
    return replace(all_, **counts)
