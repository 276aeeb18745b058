"""Rows of unknown group, given to the two sides of each comparison in the way that is worst for it.

Each side may take the unknown events, the other unknown rows, both or neither; what neither takes belongs to
some other group. Along each count the score statistic goes one way, so that it is largest and smallest at one
of these ends. Where all four counts of a comparison are positive that is where one side takes the events and
the other side the rest (Manski 2003); where a rate is 0 or 1 more cases can make that only surer, and all
ends are tried. So they are where rows have weights or hang together, with as few effective cases as unknown
rows can leave. Against everybody the limit on the two samples moves with their sizes, so that the worst can lie
between the ends: there a grid is tried too. Over the levels of a control column the search goes through one
level at a time; it is thorough and no proof. tests/verdict/test_allotting.py goes through every allotment of
every small table.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.metrics.disparity import REST, Contrasts, Takes, contrasts, in_direction
from smartstart_gov.metrics.disparity_table import Measure
from smartstart_gov.metrics.measure import Groups
from smartstart_gov.metrics.rates import Rate
from smartstart_gov.metrics.strata import Stratified
from smartstart_gov.verdict.question import Question

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
#: So many allotments of one comparison are tried one by one; of more, some that are evenly spread.
_MOST_ALLOTMENTS, _MOST_WITH_REST = 625, 81
#: How often the levels of a control column are gone through.
_PASSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknowns:
    """The comparisons of one block, and what they become as its rows of unknown group fall to the two sides."""

    block: Groups
    of: Rate
    question: Question
    measure: Measure
    plain: Contrasts
    """With the unknown rows at neither group, or at the rest."""
    which: npt.NDArray[np.bool_]
    events: int
    others: int

    @classmethod
    def of_block(cls, block: Groups, of: Rate, question: Question) -> Unknowns:
        """Make the comparisons that the question asks for."""
        if question.measure == "spread":
            raise ValueError("a spread is no comparison of two groups")
        reference = question.limit.reference if question.between == "reference" else None
        pairs = contrasts(block, of, question.measure, question.between, reference)
        which = in_direction(pairs, question.harm, None if reference is None else block.names.index(reference))
        events, cases = of.counts(block.cells[np.array(block.kinds) == "unknown"])
        return cls(
            block=block, of=of, question=question, measure=question.measure, plain=pairs.keep(which), which=which,
            events=int(events.sum()), others=int((cases - events).sum()),
        )  # fmt: skip

    @property
    def any(self) -> bool:
        """Whether there are rows of unknown group in the denominator."""
        return self.events + self.others > 0

    @property
    def once(self) -> bool:
        """Whether every row counts once, so that rows can be added to a side by their number."""
        return self.block.weights is None and self.block.products is None

    def at(self, way: Way) -> Contrasts:
        """Return the comparisons with the unknown rows given in one way."""
        if self.once:
            takes = {
                "nothing": (0, 0), "events": (self.events, 0),
                "others": (0, self.others), "everything": (self.events, self.others),
            }  # fmt: skip
            return self.given(self.plain, *(takes[side] for side in way))
        reference = self.question.limit.reference if self.question.between == "reference" else None
        made = contrasts(
            self.block, self.of, self.measure, self.question.between, reference, first=way[0], second=way[1], cautious=True
        )
        return made.keep(self.which)

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ends of all that the unknown rows can do."""
        return _APART if self.question.between in ("groups", "reference") else _WITH_REST

    @property
    def least(self) -> tuple[Floats, Floats]:
        """Fewest cases that a side of each comparison can have, and fewest events or others of it."""
        ends = [self.at(way) for way in (("nothing", "nothing"), ("everything", "everything"))]
        counts = [np.minimum(*(get(end) for end in ends)) for get in (_x1, _y1, _x2, _y2)]
        cases = np.minimum(*(np.minimum(end.n1, end.n2) for end in ends))
        return cases, np.minimum.reduce(counts)

    def odd(self, fewest: Floats) -> npt.NDArray[np.intp]:
        """Return the comparisons of which all ends have to be tried, `fewest` being the fewest events or others."""
        regular = self.once and self.question.between != "overall"
        return np.flatnonzero((fewest <= 0) | (not regular))

    def between_ends(self) -> Iterator[tuple[Rows, Rows]]:
        """Return unknown events and others given to the two sides: every way, or evenly spread ways if there are many."""
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
        """Return some of the plain comparisons with so many unknown events and others given to the two sides.

        Against the rest or everybody: to the group, where it stands first and where it stands second.
        """
        (e1, o1), (e2, o2) = first, second
        if self.question.between in ("groups", "reference"):
            return replace(pairs, x1=pairs.x1 + e1, n1=pairs.n1 + e1 + o1, x2=pairs.x2 + e2, n2=pairs.n2 + e2 + o2)
        # What the rest holds of unknown rows in `plain`, it gives away to the group.
        own_first = pairs.group != REST
        events, cases = np.where(own_first, e1, -e2), np.where(own_first, e1 + o1, -e2 - o2)
        return replace(pairs, x1=pairs.x1 + events, n1=pairs.n1 + cases, x2=pairs.x2 - events, n2=pairs.n2 - cases)

    def at_ends(self, which: npt.NDArray[np.intp]) -> Iterator[Contrasts]:
        """Return some comparisons at every end."""
        for way in self.ways:
            yield self.at(way).keep(which)

    def tried(self, which: npt.NDArray[np.intp]) -> Iterator[Contrasts]:
        """Return some comparisons at every end and, where rows count once, at the allotments between."""
        yield from self.at_ends(which)
        if self.once:
            pairs = self.plain.keep(which)
            yield from (self.given(pairs, *sides) for sides in self.between_ends())


def _x1(pairs: Contrasts) -> Floats:
    return pairs.x1


def _y1(pairs: Contrasts) -> Floats:
    return pairs.n1 - pairs.x1


def _x2(pairs: Contrasts) -> Floats:
    return pairs.x2


def _y2(pairs: Contrasts) -> Floats:
    return pairs.n2 - pairs.x2


def extreme(parts: tuple[Unknowns, ...], *, largest: bool, chance: bool = True) -> Contrasts | Stratified:
    """Return the comparisons with the unknown rows of every part where the score at the limit is largest, or smallest.

    Parameters
    ----------
    parts : tuple of Unknowns
        One, or one a level of the control column.
    largest : bool
        Whether the largest score is sought, of the first rate against the second.
    chance : bool
        Whether it is sought in terms of evidence; else in terms of the rates themselves.
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
    """Return where some allotment leaves one of the two rates with nothing to divide by, in every stratum."""
    return np.asarray(np.all([part.least[0] <= 0 if part.any else ~part.plain.defined for part in parts], axis=0))


def joint(pairs: list[Contrasts]) -> Contrasts:
    """Return all comparisons of several as one."""

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
