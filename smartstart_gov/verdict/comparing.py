"""All comparisons of one question, with what speaks for passing and for failing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import real
from smartstart_gov.metrics.disparity import REST, Contrasts, contrasts, in_direction
from smartstart_gov.metrics.disparity_table import Measure
from smartstart_gov.metrics.exact import ENUMERATED_BELOW, tail_probability, thinned
from smartstart_gov.metrics.grouping import grouped, strata_of
from smartstart_gov.metrics.intervals import normal_quantile
from smartstart_gov.metrics.measure import Groups
from smartstart_gov.metrics.rates import Rate, rate
from smartstart_gov.metrics.strata import Stratified
from smartstart_gov.tally.cube import Tally
from smartstart_gov.tally.printed import PrintedTally
from smartstart_gov.verdict.finding import Comparison
from smartstart_gov.verdict.question import Question

Floats = npt.NDArray[np.float64]
#: A larger sample is enumerated only where so few events are expected that the normal curve misleads.
_FEW_EVENTS, _MOST_ENUMERATED = 128.0, 20_000
#: Quantile of a level of 5 %, for which these numbers hold.
_USUAL = 1.645
#: Expected events in the smaller sample, and how far beyond the plain quantile a score decides by itself.
_CLEAR = ((32.0, 0.2), (8.0, 0.4), (2.0, 0.9))
#: So many of the clearest breaches are confirmed one by one; more are not counted.
MOST_CONFIRMED = 64
#: So many small comparisons are tried as a breach; what they are not shown to be counts as not shown.
_MOST_TRIED = 1024
#: With more doubtful comparisons than this, tables with fewer rows are enumerated first: many are the same.
_MANY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """All comparisons of one question; `inside` and `outside` are score statistics in favour of either."""

    question: Question
    block: Groups
    of: Rate
    plain: Contrasts | Stratified
    low: Contrasts | Stratified
    high: Contrasts | Stratified
    inside: Floats
    inside_if_known: Floats
    outside: Floats
    outside_if_known: Floats

    @classmethod
    def compare(cls, tally: Tally | PrintedTally, question: Question) -> Comparisons | None:
        """Return every comparison that `question` makes; None where a printed tally cannot tell."""
        if question.measure == "spread":
            raise ValueError("a spread is no comparison of two groups")
        of, limit = rate(question.limit.metric), question.limit
        block = grouped(tally, question.by, step=question.step, pool_under=question.pool_under)
        if block is None:
            return None
        parts: tuple[Groups, ...] | None = (block,) if limit.given is None else strata_of(tally, limit.given, question.by)
        if parts is None:
            return None
        reference = limit.reference if question.between == "reference" else None
        ways: tuple[list[Contrasts], list[Contrasts], list[Contrasts]] = ([], [], [])
        all_known = True
        for part in parts:
            pairs = contrasts(part, of, question.measure, question.between, reference)
            which = in_direction(pairs, question.harm, None if reference is None else block.names.index(reference))
            unknown = bool(of.counts(part.cells)[1][np.array(part.kinds) == "unknown"].sum() > 0)
            all_known = all_known and not unknown
            kept = pairs.keep(which)
            for way, up in zip(ways, (None, False, True), strict=True):
                if unknown and up is not None:
                    kept = contrasts(part, of, question.measure, question.between, reference, raise_first=up).keep(which)
                way.append(kept)
        plain, low, high = (w[0] if limit.given is None else Stratified(strata=tuple(w)) for w in ways)
        # A difference is in danger when it is high, a ratio when it is low.
        danger, relief, sign = (high, low, -1.0) if question.measure == "difference" else (low, high, 1.0)
        # Where no row is of unknown group the three are one: scores of a million pairs are not made three times.
        known = sign * plain.score(question.bound)
        return cls(
            question=question, block=block, of=of, plain=plain, low=low, high=high,
            inside=known if all_known else sign * danger.score(question.bound), inside_if_known=known,
            outside=-known if all_known else -sign * relief.score(question.bound), outside_if_known=-known,
        )  # fmt: skip

    @property
    def total(self) -> int:
        """Number of comparisons."""
        return len(self.plain.group)

    @property
    def undefined(self) -> int:
        """Number of comparisons with nothing to divide by."""
        return int((~self.plain.defined).sum())

    def inside_at(self, alpha: float, *, known: bool = False) -> int:
        """Return how many comparisons are shown to lie inside; small samples by enumeration, once all others are.

        Enumerating costs time, so it is done only where it can still decide.
        """
        statistic = self.inside_if_known if known else self.inside
        z = normal_quantile(1 - alpha)
        inside = statistic > z
        if not inside.all():
            return int(inside.sum())
        danger = self.plain if known else (self.high if self.question.measure == "difference" else self.low)
        if isinstance(danger, Stratified):
            return len(inside)
        doubtful = np.flatnonzero(_unclear(danger, statistic - z, z))
        doubtful = doubtful[np.argsort(statistic[doubtful], kind="stable")]
        larger = self.question.measure == "ratio"
        first, others = doubtful[:_MANY], doubtful[_MANY:]
        if any(self._tail(danger, int(i), larger=larger, level=alpha) > alpha for i in first):
            return len(inside) - 1
        others = others[~self._inside_if_thinned(danger.keep(others), larger=larger, alpha=alpha)]
        if any(self._tail(danger, int(i), larger=larger, level=alpha) > alpha for i in others):
            return len(inside) - 1
        return len(inside)

    def _inside_if_thinned(self, pairs: Contrasts, *, larger: bool, alpha: float) -> npt.NDArray[np.bool_]:
        """Return where a table with fewer rows already shows that a comparison lies inside, at half the level."""
        x1, n1, x2, n2 = thinned(pairs.x1, pairs.n1, pairs.x2, pairs.n2, raise_first=not larger)
        limit = np.clip(pairs.limit(self.question.bound), 0.0, 1.0)
        _, inverse = np.unique(np.stack([n1, n2, limit]), axis=1, return_inverse=True)
        sizes = inverse.reshape(-1)
        # The worst of all tables of the same sizes stands for them all; only where it does not do, each for itself.
        up = -1.0 if larger else 1.0
        worst1, worst2 = _extreme(x1, sizes, up), _extreme(x2, sizes, -up)
        shown = _each_inside(np.stack([worst1, n1, worst2, n2, limit]), pairs.measure, larger=larger, level=alpha / 2)
        rest = ~shown
        shown[rest] = _each_inside(np.stack([x1, n1, x2, n2, limit])[:, rest], pairs.measure, larger=larger, level=alpha / 2)
        return shown

    def outside_at(self, alpha: float, *, known: bool = False, most: int = MOST_CONFIRMED) -> tuple[int, ...]:
        """Return the comparisons that Holm's step-down (1979) shows to lie outside, the clearest first.

        Small samples count by their enumerated probability; at most `most` are confirmed in this way, of the
        `_MOST_TRIED` clearest. Not to try the others can hide a breach and never makes one.
        """
        statistic = self.outside_if_known if known else self.outside
        relief = self.plain if known else (self.low if self.question.measure == "difference" else self.high)
        tried = np.flatnonzero(~np.isnan(statistic))
        order = tried[np.argsort(-statistic[tried], kind="stable")]
        small = np.zeros(len(statistic), dtype=bool)
        if not isinstance(relief, Stratified) and len(order):
            z = normal_quantile(1 - alpha / len(order))
            small = _small(relief) | _unclear(relief, statistic - z, z)
        larger = self.question.measure == "difference"
        shown: list[int] = []
        enumerated = 0
        for i in order.tolist():
            level = alpha / (len(order) - len(shown))
            if statistic[i] <= normal_quantile(1 - level):
                break
            if small[i] and not isinstance(relief, Stratified):
                if len(shown) >= most:
                    break
                if enumerated >= _MOST_TRIED:
                    continue
                enumerated += 1
                if self._tail(relief, i, larger=larger, level=level) > level:
                    # A rare outcome can have a large statistic and no small probability: look at the next.
                    continue
            shown.append(i)
        return tuple(shown)

    def beyond_and_different(self, alpha: float) -> bool:
        """Whether some comparison whose estimate lies beyond the limit differs from no difference at all, corrected for all.

        Where none does, the estimate is what chance makes of groups that are alike, and more data may well pass.
        """
        towards = self.plain.score(0.0) if self.question.measure == "difference" else -self.plain.score(1.0)
        beyond = towards[self.inside_if_known < 0]
        return bool((beyond > normal_quantile(1 - alpha / max(self.total, 1))).any())

    def _tail(self, pairs: Contrasts, i: int, *, larger: bool, level: float) -> float:
        return tail_probability(
            float(pairs.x1[i]), float(pairs.n1[i]), float(pairs.x2[i]), float(pairs.n2[i]),
            measure=pairs.measure, bound=float(np.clip(pairs.limit(self.question.bound)[i], 0.0, 1.0)),
            larger=larger, level=level,
        )  # fmt: skip

    def name(self, position: int) -> str:
        """Return the name of the group at `position`, or what stands for the rest or everybody."""
        if position != REST:
            return self.block.names[position]
        return "overall" if self.plain.between == "overall" else "rest"

    def comparison(self, i: int, alpha: float) -> Comparison:
        """Return comparison `i` with its one-sided bounds, unknown rows allotted in the worst way for each."""
        _, denominators, _, _ = self.block.fraction(self.of)
        once = [j for j, kind in enumerate(self.block.kinds) if kind != "area"]
        g, o = int(self.plain.group[i]), int(self.plain.other[i])

        def rows(position: int, against: int) -> int:
            if position != REST:
                return int(denominators[position])
            total = int(denominators[once].sum())
            return total if self.plain.between == "overall" else total - int(denominators[against])

        at = np.array([i])
        low, _ = self.low.keep(at).interval(1 - 2 * alpha)
        _, high = self.high.keep(at).interval(1 - 2 * alpha)
        return Comparison(
            group=self.name(g), other=self.name(o), value=real(float(self.plain.keep(at).value()[0])),
            low=real(float(low[0])), high=real(float(high[0])),
            group_denominator=rows(g, o), other_denominator=rows(o, g),
        )  # fmt: skip


def _extreme(x: Floats, of: npt.NDArray[np.intp], sign: float) -> Floats:
    """Return for each entry the largest `x` (the smallest, where `sign` is -1) among those with the same `of`."""
    edge = np.full(int(of.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(edge, of, sign * x)
    return np.asarray(sign * edge[of])


def _each_inside(tables: Floats, measure: Measure, *, larger: bool, level: float) -> npt.NDArray[np.bool_]:
    """Return which columns (x1, n1, x2, n2, limit) lie inside by enumeration; equal ones are enumerated once."""
    distinct, where = np.unique(tables, axis=1, return_inverse=True)
    shown = [
        tail_probability(x1, n1, x2, n2, measure=measure, bound=bound, larger=larger, level=level) <= level
        for x1, n1, x2, n2, bound in distinct.T.tolist()
    ]
    return np.array(shown, dtype=bool)[where.reshape(-1)]


def _small(pairs: Contrasts, z: float = _USUAL) -> npt.NDArray[np.bool_]:
    """Return where the normal curve cannot be relied on at its quantile `z`: few cases, or few events among them."""
    fewest = np.minimum(pairs.n1, pairs.n2)
    few = _FEW_EVENTS * _further_out(z) ** 2
    return np.asarray((fewest < ENUMERATED_BELOW) | ((_events(pairs) < few) & (fewest <= _MOST_ENUMERATED)))


def _unclear(pairs: Contrasts, beyond: Floats, z: float = _USUAL) -> npt.NDArray[np.bool_]:
    """Return which small comparisons need enumeration, their score being `beyond` the plain quantile `z`.

    With many expected events the enumerated quantile is not far from the plain one. The skewness of counts moves
    it by (z^2 - 1) / 6 times the skewness (Cornish, Fisher 1938), so that small levels need more room.
    """
    events = _events(pairs)
    clear = np.zeros(len(events), dtype=bool)
    for fewest, slack in _CLEAR:
        clear |= (events >= fewest) & (beyond >= slack * _further_out(z))
    return _small(pairs, z) & ~clear


def _further_out(z: float) -> float:
    """Return how many times further the skewness of counts moves the quantile `z` than that of 5 %."""
    return max(1.0, (z**2 - 1) / (_USUAL**2 - 1))


def _events(pairs: Contrasts) -> Floats:
    """Return the expected events (or their opposite, if rarer) in the smaller sample, at the rate of the larger."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(pairs.n1 < pairs.n2, pairs.x2 / pairs.n2, pairs.x1 / pairs.n1)
    share = np.nan_to_num(share)
    events: Floats = np.minimum(pairs.n1, pairs.n2) * np.minimum(share, 1 - share)
    return events
