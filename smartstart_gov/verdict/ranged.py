"""Comparisons of groups whose counts are ranges: the worst case over everything the table leaves open.

A rate is x events over x + y cases. Along each of the four counts of a comparison the score statistic at a
limit goes one way only (mostly up with x1 and y2 and down with y1 and x2; the other way where a rate is 0
or 1 and more cases only make that surer), so that over a box of counts it is largest and smallest at
corners: all 16 are tried. Ranges that agree with their sums (`RangedTable.narrowed`) make such a box, or
a part of one. Where samples are so small that probabilities are enumerated, these need not be worst where
the statistic is: a corner that is not clear by a factor of two has its whole box gone through, or its ends
and middles where it is large. tests/verdict/test_ranged.py tries all of this on every small table.

Against everybody the limit is rescaled to one against the rest, with the share of the group that is worst:
a smaller share makes the rescaled limit stricter, a larger one milder. That is a bound and not always
reached, so that a verdict can be NOT_SHOWN where a finer search would show it, and never the reverse.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.metrics.disparity import REST, Contrasts, contrasts, in_direction
from smartstart_gov.metrics.disparity_table import DifferenceMethod
from smartstart_gov.metrics.intervals import difference_score, ratio_score
from smartstart_gov.metrics.measure import Groups, margin
from smartstart_gov.metrics.rates import Rate, rate
from smartstart_gov.tally.ranges import RangedTable, bits
from smartstart_gov.verdict.comparing import Comparisons
from smartstart_gov.verdict.enumerating import OUT_OF_ORDER, tail
from smartstart_gov.verdict.question import Question

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_COUNTS = ("x1", "y1", "x2", "y2")
#: Boxes of more allotments are tried at their ends and middles.
_MOST_ALLOTMENTS = 625


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded(Contrasts):
    """Comparisons at one corner of the ranges; `least` and `most` are the group's share in both populations.

    `strict` says whether the stricter of the rescaled limits is used (for passing) or the milder (for failing).
    """

    least: Floats
    most: Floats
    strict: bool
    box: Floats
    """Least and most of x1, y1, x2 and y2, shape (2, 4, n_comparisons)."""

    def keep(self, which: npt.NDArray[np.bool_] | Ints) -> Bounded:
        """Return some of the comparisons."""
        names = ("group", "other", "x1", "n1", "x2", "n2", "least", "most")
        return replace(self, **{name: getattr(self, name)[which] for name in names}, box=self.box[:, :, which])

    def corner(self, sides: tuple[int, ...]) -> Bounded:
        """Return the comparisons at one corner of the box: 0 for the least and 1 for the most of each count."""
        x1, y1, x2, y2 = (self.box[side, i] for i, side in enumerate(sides))
        return replace(self, x1=x1, n1=x1 + y1, x2=x2, n2=x2 + y2)

    def extreme(self, bound: float, *, largest: bool) -> Bounded:
        """Return the comparisons at the corners with the largest, or smallest, score statistic."""
        if bool((self.box[0] == self.box[1]).all()):
            return self
        best, sign = self, 1.0 if largest else -1.0
        record = sign * self.score(bound)
        for sides in itertools.product((0, 1), repeat=len(_COUNTS)):
            tried = self.corner(sides)
            statistic = sign * tried.score(bound)
            better = np.where(np.isnan(record), ~np.isnan(statistic), statistic > record + 1e-12)
            record = np.where(better, statistic, record)
            counts = {n: np.where(better, getattr(tried, n), getattr(best, n)) for n in ("x1", "n1", "x2", "n2")}
            best = replace(best, **counts)
        return best

    def limit(self, bound: float) -> Floats:
        """Return the limit of each comparison on the two samples at hand, which are group and rest for everybody."""
        if self.between != "overall":
            return np.broadcast_to(np.asarray(bound, dtype=np.float64), self.x1.shape)
        share = self.least if self.strict else self.most
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.measure == "difference":
                return np.minimum(bound / (1 - share), 1.0)
            up, down = bound * (1 - share) / (1 - bound * share), np.maximum(bound - share, 0.0) / (1 - share)
        return np.where(self.group == REST, down, up)

    def score(self, bound: float) -> Floats:
        """Return the score statistic at the limit `bound`."""
        make = difference_score if self.measure == "difference" else ratio_score
        return make(self.x1, self.n1, self.x2, self.n2, self.limit(bound))

    def interval(self, confidence: float, differences: DifferenceMethod = "miettinen_nurminen") -> tuple[Floats, Floats]:
        """Return two-sided bounds of the comparison, the widest over the shares that are left open."""
        low, high = Contrasts.interval(replace(self, between="rest"), confidence, differences)
        return self._to_everybody(low, lower=True), self._to_everybody(high, lower=False)

    def value(self) -> Floats:
        """Return the differences or ratios at this corner; against everybody a bound on them."""
        found = Contrasts.value(replace(self, between="rest"))
        return self._to_everybody(found, lower=(self.measure == "ratio") == self.strict)

    def _to_everybody(self, found: Floats, *, lower: bool) -> Floats:
        if self.between != "overall":
            return found
        pick = np.minimum if lower else np.maximum
        shares = (self.least, self.most)
        if self.measure == "difference":
            return pick(*(found * (1 - share) for share in shares))
        return pick(*(self._ratio_to_everybody(found, share) for share in shares))


@dataclass(frozen=True, slots=True, kw_only=True)
class RangedComparisons(Comparisons):
    """Comparisons over boxes of counts; small samples are enumerated over all that a box holds."""

    def _tail(self, pairs: Contrasts, i: int, *, larger: bool, level: float, known: bool) -> float:
        found = tail(pairs, i, self.question.bound, larger=larger, level=level)
        if not isinstance(pairs, Bounded):
            return found
        low, high = pairs.box[0, :, i], pairs.box[1, :, i]
        if found > level or found * OUT_OF_ORDER <= level or bool((low == high).all()):
            return found
        whole = float(np.prod(high - low + 1)) <= _MOST_ALLOTMENTS
        sides = [np.arange(a, b + 1) if whole else np.unique([a, (a + b) // 2, b]) for a, b in zip(low, high, strict=True)]
        one = pairs.keep(np.array([i]))
        for x1, y1, x2, y2 in itertools.product(*sides):
            at = replace(one, x1=np.array([x1]), n1=np.array([x1 + y1]), x2=np.array([x2]), n2=np.array([x2 + y2]))
            found = max(found, tail(at, 0, self.question.bound, larger=larger, level=level))
            if found > level:
                break
        return found


def compare_ranges(table: RangedTable, question: Question, *, chance: bool = True) -> RangedComparisons:
    """Return every comparison of `question` over the groups of `table`, at its worst and at its mildest corner.

    Parameters
    ----------
    table : RangedTable
        Over exactly the groups of the question: pooled and summed to areas already.
    question : Question
        A difference or a ratio.
    chance : bool
        Whether the worst is sought in terms of evidence; else in terms of the rates themselves.

    Returns
    -------
    RangedComparisons
        `inside` and `outside` are the worst statistics for passing and for failing; a comparison that
        could have nothing to divide by speaks for neither.
    """
    of = rate(question.limit.metric)
    block = margin(table.tally(*parts_of(of)), table.by)
    if block is None:
        raise ValueError("a tally always has its margins")
    reference = question.limit.reference if question.between == "reference" else None
    if question.measure == "spread":
        raise ValueError("a spread is no comparison of two groups")
    plain = contrasts(block, of, question.measure, question.between, reference)
    plain = plain.keep(in_direction(plain, question.harm, None if reference is None else block.names.index(reference)))
    corners = _Corners(table, of, block, plain)
    low, high = corners.contrasts(raise_first=False), corners.contrasts(raise_first=True)
    bound, difference = question.bound, question.measure == "difference"
    danger, relief, sign = (high, low, -1.0) if difference else (low, high, 1.0)
    danger, relief = replace(danger, strict=True), replace(relief, strict=False)
    if chance:
        danger, relief = danger.extreme(bound, largest=difference), relief.extreme(bound, largest=not difference)
    open_, never = corners.possibly_empty, corners.always_empty
    outside = np.where(never, np.nan, np.where(open_, -np.inf, np.nan_to_num(-sign * relief.score(bound), nan=-np.inf)))
    return RangedComparisons(
        question=question, block=block, of=of, plain=plain,
        low=danger if not difference else relief, high=danger if difference else relief,
        inside=np.where(open_, np.nan, sign * danger.score(bound)), inside_if_known=sign * plain.score(bound),
        outside=outside, outside_if_known=-sign * plain.score(bound),
    )  # fmt: skip


def parts_of(of: Rate) -> tuple[int, int]:
    """Return the sets of cells that are the events of a rate and its other cases."""
    return bits(of.numerator), bits(set(of.denominator) - set(of.numerator))


class _Corners:
    """Least and most events and others of every group, and of the rest of each, where the rates are furthest apart."""

    def __init__(self, table: RangedTable, of: Rate, block: Groups, plain: Contrasts) -> None:
        events, others = parts_of(of)
        kinds = np.array(block.kinds)
        self._plain, self._level, self._unknown = plain, kinds == "level", kinds == "unknown"
        whole = table.everybody
        self._x = _Part(table, events, self._level, self._unknown, whole)
        self._y = _Part(table, others, self._level, self._unknown, whole)
        self._cases = table.low[:, events | others], table.high[:, events | others]

    def contrasts(self, *, raise_first: bool) -> Bounded:
        """Return the comparisons with the first rate as high against the second as the ranges allow, or as low."""
        group, other = self._plain.group, self._plain.other
        # Rows of unknown group may fall to either side: events and others each where they do the most.
        ends = [
            (part.at(one, two, most=False), part.at(one, two, most=True) + part.unknown)
            for one, two in ((group, other), (other, group))
            for part in (self._x, self._y)
        ]
        box = np.array([[low for low, _ in ends], [high for _, high in ends]])
        least, most = self._shares()
        empty = np.zeros(len(group))
        pairs = Bounded(
            measure=self._plain.measure, between=self._plain.between, group=group, other=other,
            x1=empty, n1=empty, x2=empty, n2=empty, least=least, most=most, strict=False, box=box,
        )  # fmt: skip
        return pairs.corner((1, 0, 0, 1) if raise_first else (0, 1, 1, 0))

    def _shares(self) -> tuple[Floats, Floats]:
        """Return the least and the most share that each comparison's own group has in everybody."""
        low, high = (np.where(self._level, cases, 0).astype(np.float64) for cases in self._cases)
        unknown = float(self._cases[1][self._unknown].sum())
        own = np.where(self._plain.group == REST, self._plain.other, self._plain.group)
        with np.errstate(divide="ignore", invalid="ignore"):
            least = low[own] / (low[own] + high.sum() - high[own] + unknown)
            most = (high[own] + unknown) / (high[own] + unknown + low.sum() - low[own])
        return np.nan_to_num(least), np.nan_to_num(most, nan=1.0)

    def _sizes(self, position: Ints, against: Ints, which: int) -> Ints:
        cases = np.where(self._level | self._unknown, self._cases[which], 0)
        # Of the rest only what cannot move to the group counts as there.
        rest = np.where(self._level, cases, 0).sum() if which == 0 else cases.sum()
        return np.where(position == REST, rest - cases[against], cases[position])

    @property
    def possibly_empty(self) -> npt.NDArray[np.bool_]:
        """Where some allotment leaves one of the two rates with nothing to divide by."""
        group, other = self._plain.group, self._plain.other
        return np.asarray((self._sizes(group, other, 0) <= 0) | (self._sizes(other, group, 0) <= 0))

    @property
    def always_empty(self) -> npt.NDArray[np.bool_]:
        """Where every allotment does."""
        group, other = self._plain.group, self._plain.other
        return np.asarray((self._sizes(group, other, 1) <= 0) | (self._sizes(other, group, 1) <= 0))


class _Part:
    """Least and most of one set of cells, of every group and of the rest of each."""

    def __init__(self, table: RangedTable, part: int, level: Any, unknown: Any, whole: Ints | None) -> None:
        low, high = table.low[:, part].astype(np.float64), table.high[:, part].astype(np.float64)
        self.unknown = float(high[unknown].sum())
        self._low, self._high = low, high
        # The rest is least where the group is most, and the reverse: a total of everybody then binds both.
        self._rest_low = low[level].sum() - low
        self._rest_high = high[level].sum() - high
        if whole is not None:
            spare = float(low[unknown].sum())
            self._rest_low = np.maximum(self._rest_low, whole[0, part] - high - self.unknown)
            self._rest_high = np.minimum(self._rest_high, whole[1, part] - low - spare)

    def at(self, position: Ints, against: Ints, *, most: bool) -> Floats:
        group, rest = (self._high, self._rest_high) if most else (self._low, self._rest_low)
        found: Floats = np.where(position == REST, rest[against], group[position])
        return found
