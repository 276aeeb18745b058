"""All comparisons of one question, with the evidence for passing and for failing, at the worst place of unknown rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import real
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import Tally
from smartstart_gov.judgement.enumeration import OUT_OF_ORDER, inside_if_thinned, small, tail, unclear, unclear_over_strata
from smartstart_gov.judgement.finding import Comparison, SideKind
from smartstart_gov.judgement.question import Question
from smartstart_gov.judgement.unknown_rows import Floats, Unknowns, extreme, joint, possibly_empty
from smartstart_gov.statistics.contrasts import REST, Contrasts, Stratified
from smartstart_gov.statistics.estimates import Groups
from smartstart_gov.statistics.groups import grouped, strata_of
from smartstart_gov.statistics.intervals import normal_quantile
from smartstart_gov.statistics.rates import Rate, rate

#: So many of the clearest breaches are confirmed one by one; more are not counted.
MOST_CONFIRMED = 64
#: So many small comparisons are tried as a breach; what they are not shown to be counts as not shown.
_MOST_TRIED = 1024
#: With more doubtful comparisons than this, tables with fewer rows are enumerated first: many are the same.
_MANY = 64
#: Allotments whose score is so much further out than at the worst end are not enumerated: that alone is a factor of two.
_NEAR = 0.35
#: An estimate so close to the limit lies on it: 3 of 10 less 2 of 10 is a tenth, and a little less in floating point.
ON_LIMIT = 1e-12


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
    unknowns: tuple[Unknowns, ...] = ()
    """The rows of unknown group, one per level of the control column; empty if there are none."""

    @classmethod
    def compare(cls, tally: Tally | PrintedTally, question: Question, *, chance: bool = True) -> Comparisons | None:
        """Return every comparison that `question` makes; None if a printed tally is not enough.

        The worst placement of rows of unknown group is sought in terms of evidence; without `chance`, in terms of the rates.
        """
        of, limit = rate(question.limit.metric), question.limit
        block = grouped(
            tally, question.by, step=question.step, pool_under=question.pool_under, reference=question.limit.reference
        )
        if block is None:
            return None
        blocks: tuple[Groups, ...] | None = (block,) if limit.given is None else strata_of(tally, limit.given, question.by)
        if blocks is None:
            return None
        parts = tuple(Unknowns.of_block(one, of, question) for one in blocks)
        strata = tuple(part.plain for part in parts)
        plain = strata[0] if limit.given is None else Stratified(strata=strata)
        # A difference is in danger when it is high, a ratio when it is low.
        difference, sign = question.measure == "difference", -1.0 if question.measure == "difference" else 1.0
        known = sign * plain.score(question.bound)
        if not any(part.any for part in parts):
            # Scores of a million pairs are not made three times.
            return cls(
                question=question, block=block, of=of, plain=plain, low=plain, high=plain,
                inside=known, inside_if_known=known, outside=-known, outside_if_known=-known,
            )  # fmt: skip
        low, high = (extreme(parts, largest=up, chance=chance) for up in (False, True))
        danger, relief = (high, low) if difference else (low, high)
        # With nothing to divide by a comparison is neither inside nor outside, however the other rows fall.
        empty = possibly_empty(parts)
        breach = np.nan_to_num(-sign * relief.score(question.bound), nan=-np.inf)
        return cls(
            question=question, block=block, of=of, plain=plain, low=low, high=high,
            inside=np.where(empty, np.nan, sign * danger.score(question.bound)), inside_if_known=known,
            outside=np.where(empty, -np.inf, breach), outside_if_known=-known, unknowns=parts,
        )  # fmt: skip

    def pairs(self, which: npt.ArrayLike) -> int:
        """Return how many pairs occur among the comparisons `which` (positions or a mask): both directions are one pair."""
        at = np.asarray(which)
        group, other = (side[at if at.dtype == bool else at.astype(np.int64)] for side in (self.plain.group, self.plain.other))
        return len(np.unique(np.minimum(group, other) * (len(self.block.names) + 2) + np.maximum(group, other)))

    @property
    def total(self) -> int:
        """Number of pairs that are compared."""
        return self.pairs(np.ones(len(self.plain.group), dtype=bool))

    @property
    def undefined(self) -> int:
        """Number of pairs with a zero denominator."""
        return self.pairs(~self.plain.defined)

    def gravest(self, which: Sequence[int]) -> int:
        """Return the comparison of `which` whose estimate is furthest out, not the most significant one."""
        value = self.plain.value()[list(which)]
        far = np.nan_to_num(value if self.question.measure == "difference" else -value, nan=-np.inf)
        return which[int(np.argmax(far))]

    def inside_at(self, alpha: float, *, known: bool = False) -> int:
        """Return how many pairs are shown to be inside; small samples by enumeration, once all others are.

        Enumerating costs time, so it is done only if it can still decide, and ends at the first pair that is not.
        """
        statistic = self.inside_if_known if known else self.inside
        z = normal_quantile(1 - alpha)
        inside = statistic > z
        if not inside.all():
            return self.total - self.pairs(~inside)
        danger = self.plain if known else (self.high if self.question.measure == "difference" else self.low)
        table, one_table = self._tables(danger)
        if isinstance(danger, Stratified):
            unsure = ~one_table & self._unclear_over_strata(statistic - z, z, known=known)
            if unsure.any():
                return self.total - self.pairs(unsure)
        doubtful = np.flatnonzero(one_table & unclear(table, self.question.bound, statistic - z, z))
        doubtful = doubtful[np.argsort(statistic[doubtful], kind="stable")]
        larger = self.question.measure == "ratio"
        for i in doubtful[:_MANY].tolist():
            if self._tail(table, i, larger=larger, level=alpha, known=known) > alpha:
                return self.total - self.pairs([i])
        others = doubtful[_MANY:]
        others = others[~inside_if_thinned(table.keep(others), self.question.bound, larger=larger, alpha=alpha)]
        for i in others.tolist():
            if self._tail(table, i, larger=larger, level=alpha, known=known) > alpha:
                return self.total - self.pairs([i])
        return self.total

    def outside_at(self, alpha: float, *, known: bool = False, most: int = MOST_CONFIRMED) -> tuple[int, ...]:
        """Return the comparisons that Holm's step-down (1979) shows to be outside, the clearest first.

        Small samples count by their enumerated probability; at most `most` are confirmed in this way, of the
        `_MOST_TRIED` clearest. Skipping the others can hide a breach but never creates one.
        """
        statistic = self.outside_if_known if known else self.outside
        relief = self.plain if known else (self.low if self.question.measure == "difference" else self.high)
        tried = np.flatnonzero(~np.isnan(statistic))
        order = tried[np.argsort(-statistic[tried], kind="stable")]
        table, one_table = self._tables(relief)
        doubted = np.zeros(len(statistic), dtype=bool)
        if len(order):
            z = normal_quantile(1 - alpha / len(order))
            doubted = one_table & (small(table, self.question.bound) | unclear(table, self.question.bound, statistic - z, z))
        larger = self.question.measure == "difference"
        shown: list[int] = []
        enumerated = 0
        for i in order.tolist():
            level = alpha / (len(order) - len(shown))
            z = normal_quantile(1 - level)
            if statistic[i] <= z:
                break
            if doubted[i]:
                if len(shown) >= most:
                    break
                if enumerated >= _MOST_TRIED:
                    continue
                enumerated += 1
                if self._tail(table, i, larger=larger, level=level, known=known) > level:
                    # A rare outcome can have a large statistic and no small probability: look at the next.
                    continue
            if isinstance(relief, Stratified) and not one_table[i]:
                beyond = np.where(np.arange(len(statistic)) == i, statistic - z, np.inf)
                if self._unclear_over_strata(beyond, z, known=known)[i]:
                    continue
            shown.append(i)
        return tuple(shown)

    def shown_outside(self, i: int, alpha: float) -> bool:
        """Whether comparison `i`, on its own and without correction for the others, is shown to be outside."""
        statistic = self.outside[i]
        if np.isnan(statistic) or statistic <= normal_quantile(1 - alpha):
            return False
        relief = self.low if self.question.measure == "difference" else self.high
        table, one_table = self._tables(relief)
        # With few events the statistic is no normal one, and the probability is enumerated.
        larger = self.question.measure == "difference"
        return not one_table[i] or self._tail(table, i, larger=larger, level=alpha, known=False) <= alpha

    def _tables(self, pairs: Contrasts | Stratified) -> tuple[Contrasts, npt.NDArray[np.bool_]]:
        """Return the comparisons as single tables, and which of them are: over strata those that only one can tell."""
        if not isinstance(pairs, Stratified):
            return pairs, np.ones(len(pairs.group), dtype=bool)
        one_stratum, table = pairs.alone()
        # Rows of unknown group could make a second stratum count.
        return table, one_stratum & (not self.unknowns)

    def _unclear_over_strata(self, beyond: Floats, z: float, *, known: bool) -> npt.NDArray[np.bool_]:
        """Return which comparisons over strata show nothing; with unknown rows wherever they leave the fewest events."""
        cases = (self.plain,) if known else (self.plain, self.low, self.high)
        found = [unclear_over_strata(one, self.question.bound, beyond, z) for one in cases if isinstance(one, Stratified)]
        return np.asarray(np.any(found, axis=0))

    def strata_disagree(self, alpha: float) -> bool:
        """Whether the levels of the control column differ more than chance explains, wherever unknown rows belong."""
        plain, low, high = self.plain, self.low, self.high
        if not isinstance(plain, Stratified) or not isinstance(low, Stratified) or not isinstance(high, Stratified):
            return False
        tried = [plain]
        if self.unknowns:
            tried += [low, high]
            for one, other in ((low, high), (high, low)):
                for k in range(len(one.strata)):
                    # One level as high as can be and the others as low, or the reverse: there they differ most.
                    tried.append(Stratified(strata=(*one.strata[:k], other.strata[k], *one.strata[k + 1 :])))
        return any(bool(one.disagree(alpha).any()) for one in tried)

    def beyond_and_different(self, alpha: float) -> bool:
        """Whether some comparison with an estimate beyond the limit differs significantly from no difference, after correction.

        If none does, the estimate is what chance gives for equal groups, and more data may well pass.
        """
        towards = self.plain.score(0.0) if self.question.measure == "difference" else -self.plain.score(1.0)
        beyond = towards[self.inside_if_known < 0]
        return bool((beyond > normal_quantile(1 - alpha / max(len(self.plain.group), 1))).any())

    def _tail(self, pairs: Contrasts, i: int, *, larger: bool, level: float, known: bool) -> float:
        """Return the enumerated probability of comparison `i`, the largest over the allotments of unknown rows."""
        found = tail(pairs, i, self.question.bound, larger=larger, level=level)
        if known or not self.unknowns or found > level or found * OUT_OF_ORDER <= level:
            return found
        others = joint(list(self.unknowns[0].tried(np.array([i]))))
        scores = (1.0 if larger else -1.0) * others.score(self.question.bound)
        for k in np.argsort(scores, kind="stable").tolist():
            if found > level or scores[k] > np.nanmin(scores) + _NEAR:
                break
            found = max(found, tail(others, k, self.question.bound, larger=larger, level=level))
        return found

    def side(self, position: int) -> tuple[str, SideKind]:
        """Return name and kind of what stands at `position`: a name alone does not say what it is."""
        if position != REST:
            return self.question.side(self.block.names[position])
        return ("overall", "overall") if self.plain.between == "overall" else ("rest", "rest")

    def pair(self, i: int) -> tuple[tuple[str, SideKind], tuple[str, SideKind]]:
        """Return name and kind of both sides of comparison `i`."""
        return self.side(int(self.plain.group[i])), self.side(int(self.plain.other[i]))

    def comparison(self, i: int, alpha: float) -> Comparison:
        """Return comparison `i` with its one-sided bounds, unknown rows placed in the worst way for each."""
        _, denominators, _, _ = self.block.fraction(self.of)
        once = [j for j, kind in enumerate(self.block.kinds) if kind != "area"]
        g, o = int(self.plain.group[i]), int(self.plain.other[i])

        def rows(position: int, against: int) -> int:
            if position != REST:
                return int(denominators[position])
            total = int(denominators[once].sum())
            return total if self.plain.between == "overall" else total - int(denominators[against])

        at = np.array([i])
        made = [one.keep(at) for one in (self.plain, self.low, self.high)]
        if len(self.unknowns) == 1:
            made.append(joint(list(self.unknowns[0].tried(at))))
        # The bounds are the widest of all; an allotment that leaves nothing to divide by has none.
        ends = [one.interval(1 - 2 * alpha) for one in made]
        low = float(np.fmin.reduce(np.concatenate([one for one, _ in ends])))
        high = float(np.fmax.reduce(np.concatenate([one for _, one in ends])))
        (group, group_kind), (other, other_kind) = self.pair(i)
        return Comparison(
            group=group, group_kind=group_kind, other=other, other_kind=other_kind,
            value=real(float(self.plain.keep(at).value()[0])),
            low=real(low), high=real(high), group_denominator=rows(g, o), other_denominator=rows(o, g),
        )  # fmt: skip
