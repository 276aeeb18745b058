"""judge_counts(): a policy against published counts, which may be rounded, suppressed, or a census.

PASSED only if every choice of whole numbers within the ranges passes; FAILED only if every choice fails;
otherwise NOT_SHOWN. If all counts of a limit are exact and from a sample, `judge` itself answers.

A rate is x events over x + y cases. Along each of the four counts of a comparison the score statistic at a
limit is monotonic (mostly up with x1 and y2 and down with y1 and x2; the other way if a rate is 0 or 1 and
more cases only make that more certain), so over a box of counts it is largest and smallest at
corners: all 16 are tried. Ranges that agree with their sums (`RangedTable.narrowed`) make such a box, or
a part of one. If samples are so small that probabilities are enumerated, these need not be worst where the
statistic is: if a corner is not clear by a factor of two, its whole box is searched, or only its ends and
middles if it is large. tests/judgement/test_ranged.py tries all of this on every small table.

Against everybody the limit is rescaled to one against the rest, with the share of the group that is worst:
a smaller share makes the rescaled limit stricter, a larger one milder. That bound is not always reached,
so a verdict can be NOT_SHOWN although a finer search would show it, but never the reverse.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import UNKNOWN
from smartstart_gov.authoring.policy import Limit, Policy
from smartstart_gov.canonical import real
from smartstart_gov.counting.ranges import PARTS, RangedTable, bits
from smartstart_gov.counting.tally import Axis
from smartstart_gov.judgement.comparisons import ON_LIMIT, Comparisons
from smartstart_gov.judgement.enumeration import OUT_OF_ORDER, tail
from smartstart_gov.judgement.finding import Comparison, Finding, Message, Verdict
from smartstart_gov.judgement.judge import judge_limit
from smartstart_gov.judgement.question import Question, answer, pooled_away, questions
from smartstart_gov.statistics.contrasts import REST, Contrasts, DifferenceMethod, contrasts, in_direction
from smartstart_gov.statistics.estimates import Groups, margin
from smartstart_gov.statistics.groups import POOLED
from smartstart_gov.statistics.intervals import difference_score, ratio_score
from smartstart_gov.statistics.rates import Rate, rate

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_COUNTS = ("x1", "y1", "x2", "y2")
#: Boxes of more allotments are tried at their ends and middles.
_MOST_ALLOTMENTS = 625
#: Closer to the limit than this, floating point is not trusted and fractions decide.
_CLOSE = 1e-9
_ASK = Message(code="remedy.table", values={})


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
        """Return the limit of each comparison on the two samples, which are group and rest in a comparison with everybody."""
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
        """Return two-sided bounds of the comparison, the widest over the shares that are not known."""
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
    """Comparisons over boxes of counts; small samples are enumerated over the whole box."""

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
        Over exactly the groups of the question: already pooled and summed to areas.
    question : Question
        A difference or a ratio.
    chance : bool
        Whether the worst is sought in terms of evidence, or in terms of the rates themselves.

    Returns
    -------
    RangedComparisons
        `inside` and `outside` are the worst statistics for passing and for failing; a comparison that
        could have a zero denominator counts for neither.
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
        cases = self._cases[which]
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


def judge_exactly(compared: Comparisons, absent: Message | None, *, census: bool) -> Finding:
    """Return the answer without sampling error: each comparison is either within the limit or not.

    Parameters
    ----------
    compared : Comparisons
        At their worst and mildest corners (`compare_ranges`).
    absent : Message or None
        The message if declared groups are not in the table.
    census : bool
        Whether the counts cover everybody; otherwise the policy decides on estimates, and the finding says so.
    """
    question, total, difference = compared.question, compared.total, compared.question.measure == "difference"
    danger, relief = (compared.high, compared.low) if difference else (compared.low, compared.high)
    if not isinstance(danger, Bounded) or not isinstance(relief, Bounded):
        raise TypeError("comparisons without chance are made of ranges")
    # Where a rate may have nothing to divide by, the comparison lies neither inside nor outside.
    undecided = np.isnan(compared.inside)
    worst, mildest = side(danger, question.bound), side(relief, question.bound)
    inside = ~undecided & ((worst < 0) if difference else (worst > 0))
    outside = ~undecided & ((mildest >= 0) if difference else ((mildest <= 0) & (relief.x2 > 0)))
    ending = "census" if census else "point"
    values: dict[str, str | int] = {"comparisons": total}
    if outside.any():
        shown = comparison_over_ranges(compared, int(np.flatnonzero(outside)[np.argmax(_gravity(compared, danger)[outside])]))
        values |= shown.sides() | {"outside": compared.pairs(outside)}
        reason = Message(code=f"limit.failed_{ending}", values=values)
        return answer(question, "FAILED", reason, Message(code="remedy.change", values={}), shown, total, compared.undefined)
    gravity = _gravity(compared, danger)
    shown_or_none = None if np.isneginf(gravity).all() else comparison_over_ranges(compared, int(np.argmax(gravity)))
    if inside.all():
        reason = Message(code=f"limit.passed_{ending}", values=values)
        return answer(question, "PASSED", reason, Message(code="remedy.none", values={}), shown_or_none, total)
    finer = Message(code="remedy.finer", values={})
    if absent is not None:
        return answer(question, "NOT_SHOWN", absent, Message(code="remedy.table", values={}), shown_or_none, total)
    estimate = compared.plain.value()
    undefined = compared.pairs(np.isnan(estimate))
    if undefined:
        reason = Message(code="limit.undefined", values={"undefined": undefined, "comparisons": total})
        gather = Message(code="remedy.cases_undefined", values={"metric": compared.of.name})
        return answer(question, "NOT_SHOWN", reason, gather, shown_or_none, total, undefined)
    broken = estimate >= question.bound - ON_LIMIT if difference else estimate <= question.bound + ON_LIMIT
    if broken.any():
        return answer(question, "NOT_SHOWN", Message(code="counts.hidden_fail", values={}), finer, shown_or_none, total)
    reason = Message(code="counts.hidden_pass", values={"inside": total - compared.pairs(~inside), "comparisons": total})
    return answer(question, "NOT_SHOWN", reason, finer, shown_or_none, total)


def side(pairs: Bounded, bound: float) -> npt.NDArray[np.int64]:
    """Return on which side of the limit each comparison is at this corner: -1 below, 0 on, 1 above; 0 if undefined.

    Close to the limit it is decided in fractions: 3 of 10 against 2 of 10 is on a limit of 0.1, not below it.
    """
    at = pairs.limit(bound)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = pairs.x1 / pairs.n1, pairs.x2 / pairs.n2
        gap = np.nan_to_num(p1 - p2 - at if pairs.measure == "difference" else p1 - at * p2)
    found = np.sign(gap).astype(np.int64)
    for i in np.flatnonzero((np.abs(gap) < _CLOSE) & pairs.defined):
        found[i] = _sign(pairs, int(i), Fraction(str(bound)))
    return found


def _sign(pairs: Bounded, i: int, bound: Fraction) -> int:
    x1, n1, x2, n2 = (Fraction(int(getattr(pairs, name)[i])) for name in ("x1", "n1", "x2", "n2"))
    p1, p2, at = x1 / n1, x2 / n2, bound
    if pairs.between == "overall":
        own = n2 if pairs.group[i] == REST else n1
        one = pairs.least[i] == pairs.most[i]
        share = own / (n1 + n2) if one else Fraction(float((pairs.least if pairs.strict else pairs.most)[i]))
        # Not cut off at 1 or at 0: all of a group against nobody of the others, or the reverse, can lie inside.
        if pairs.measure == "difference":
            at = bound / (1 - share)
        elif pairs.group[i] == REST:
            at = (bound - share) / (1 - share) if share < 1 else Fraction(0)
        else:
            at = bound * (1 - share) / (1 - bound * share)
    gap = p1 - p2 - at if pairs.measure == "difference" else p1 - at * p2
    return (gap > 0) - (gap < 0)


def _gravity(compared: Comparisons, danger: Bounded) -> npt.NDArray[np.float64]:
    """Return how far each comparison could be out, larger for worse; -inf where undefined."""
    value = danger.value()
    return np.nan_to_num(value if compared.question.measure == "difference" else -value, nan=-np.inf, posinf=np.inf)


def comparison_over_ranges(compared: Comparisons, i: int) -> Comparison:
    """Return comparison `i` with its extremes over the ranges instead of statistical bounds."""
    shown = compared.comparison(i, 0.05)
    low, high = (float(pairs.keep(np.array([i])).value()[0]) for pairs in (compared.low, compared.high))
    return replace(shown, low=real(low), high=real(high))


def judge_counts(tables: Sequence[RangedTable], policy: Policy, *, census: bool) -> Verdict:
    """Return the verdict of `policy` over published tables.

    Parameters
    ----------
    tables : sequence of RangedTable
        Each over different attributes; a limit is judged on the smallest table that has its attributes.
    policy : Policy
    census : bool
        Whether the tables cover everybody the policy is about. Then there is no sampling error and no interval.

    Returns
    -------
    Verdict
        One finding per question, in the policy's order.
    """
    found = tuple(f for limit in policy.limits for f in judge_published(tables, policy, limit, census=census))
    return Verdict(findings=found, policy_digest=policy.digest, decide_on=policy.decide_on)


def judge_published(tables: Sequence[RangedTable], policy: Policy, limit: Limit, *, census: bool) -> tuple[Finding, ...]:
    """Return the findings on one limit: one, or one per rung of its ladder."""
    of, able = rate(limit.metric), [table for table in tables if set(limit.by) <= set(table.by)]
    if not able:
        reason = Message(code="counts.attribute", values={"attributes": ", ".join(limit.by)})
        return _same(limit, reason, _ASK)
    if limit.given is not None:
        return _same(limit, Message(code="counts.attribute", values={"attributes": limit.given}), _ASK)
    table = min(able, key=lambda one: len(one.by)).over(limit.by)
    events, others = parts_of(of)
    asked = questions(limit)
    pools = any(question.pool_under is not None for question in asked)
    if not (table.known[events] and table.known[others]) or (pools and not table.known[PARTS["total"]]):
        return _same(limit, Message(code="counts.metric", values={}), _ASK)
    published: tuple[Finding, ...] = ()
    if not census:
        published = judge_limit(table.tally(events, others), policy, limit, policy.alpha)
        four = all(table.known[1 << i] for i in range(4))
        if _exact(table, of) and (four or not pools):
            return published
    return climb(
        limit,
        lambda place, question: _judge(
            table, of, policy, question, published[place] if published else None, failing=policy.alpha / len(asked)
        ),
    )


def climb(limit: Limit, ask: Callable[[int, Question], Finding]) -> tuple[Finding, ...]:
    """Return the answers to the questions of `limit`; one that passes after one that did not does not count."""
    findings: list[Finding] = []
    for place, question in enumerate(questions(limit)):
        found = ask(place, question)
        if found.status == "PASSED" and any(before.status != "PASSED" for before in findings):
            reason, remedy = Message(code="rung.not_reached", values={}), Message(code="remedy.rung", values={})
            found = answer(question, "NOT_SHOWN", reason, remedy, found.decisive, found.comparisons, found.undefined)
        findings.append(found)
    return tuple(findings)


def _same(limit: Limit, reason: Message, remedy: Message) -> tuple[Finding, ...]:
    return tuple(answer(question, "NOT_SHOWN", reason, remedy) for question in questions(limit))


def _exact(table: RangedTable, of: Rate) -> bool:
    parts = [part for part in (*parts_of(of), PARTS["total"]) if table.known[part]]
    return bool((table.low == table.high)[:, parts].all())


def _judge(
    table: RangedTable, of: Rate, policy: Policy, question: Question, published: Finding | None, *, failing: float
) -> Finding:
    """Answer one question on ranges: `published` is the answer on the counts as they stand, None of a census."""
    if question.measure == "spread":
        return answer(question, "NOT_SHOWN", Message(code="counts.spread", values={}), Message(code="remedy.few", values={}))
    groups = regroup(table, question)
    if groups is None:
        return answer(question, "NOT_SHOWN", Message(code="counts.pool", values={}), _ASK)
    found = _judge_groups(groups, of, policy, question, published, failing=failing)
    alpha = policy.alpha if published is not None and policy.decide_on == "interval" else None
    return _not_pooled_away(table, found, question, alpha) if found.status == "PASSED" else found


def _not_pooled_away(table: RangedTable, found: Finding, question: Question, alpha: float | None) -> Finding:
    """Return `found`, or that it is not shown: of the groups in the pool one may lie outside the limit by itself.

    As `judge` does it, and wherever the ranges allow it: at `alpha`, or where that is None without chance.
    """
    if question.pool_under is None:
        return found
    alone = replace(question, pool_under=None, between="rest")
    groups = regroup(table, alone)
    if groups is None:
        raise ValueError("without a pool the groups are sure")
    compared = compare_ranges(groups, alone, chance=alpha is not None)
    difference = question.measure == "difference"
    danger = compared.high if difference else compared.low
    if not isinstance(danger, Bounded):
        raise TypeError("comparisons of ranges have a corner that is worst")
    # Asked of the worst corner alone, without the box round it: whether it is shown outside there, not everywhere.
    danger = replace(danger, box=danger.box[[0, 0]])
    beyond = (1.0 if difference else -1.0) * danger.score(question.bound)
    worst = replace(compared, low=danger, high=danger, outside=beyond)
    small = {
        name
        for name, most in zip(compared.block.names, groups.high[:, PARTS["total"]], strict=True)
        if most < question.pool_under and name != question.limit.reference
    }
    over = side(danger, question.bound)
    broken = danger.defined & ((over >= 0) if difference else (over <= 0))
    gravity = np.nan_to_num(danger.value() if difference else -danger.value(), nan=-np.inf)
    for i in np.argsort(-gravity, kind="stable").tolist():
        sides = {name for name, kind in compared.pair(i) if kind != "rest"}
        if sides <= small and (broken[i] if alpha is None else worst.shown_outside(i, alpha)):
            shown = comparison_over_ranges(compared, i) if alpha is None else compared.comparison(i, alpha)
            return pooled_away(question, "counts.pooled", found, shown)
    return found


def _judge_groups(
    groups: RangedTable, of: Rate, policy: Policy, question: Question, published: Finding | None, *, failing: float
) -> Finding:
    """Answer one question on the groups that it compares."""
    chance = published is not None and policy.decide_on == "interval"
    compared = compare_ranges(groups, question, chance=chance)
    levels = np.array([kind == "level" for kind in compared.block.kinds])
    present = levels & (~groups.given | (groups.high[:, PARTS["total"]] > 0))
    if int(present.sum()) < 2:
        gather = Message(code="remedy.cases_undefined", values={"metric": of.name})
        return answer(question, "NOT_SHOWN", Message(code="limit.single", values={}), gather)
    missing = int((levels & ~groups.given).sum())
    absent = Message(code="counts.absent", values={"absent": missing, "declared": int(levels.sum())})
    if published is None or not chance:
        return judge_exactly(compared, absent if missing else None, census=published is None)
    alpha, total = policy.alpha, compared.total
    if outside := compared.outside_at(failing):
        worst = compared.comparison(compared.gravest(outside), alpha)
        values = worst.sides() | {"outside": compared.pairs(outside), "comparisons": total}
        reason, remedy = Message(code="limit.failed", values=values), Message(code="remedy.change", values={})
        return answer(question, "FAILED", reason, remedy, worst, total, compared.undefined)
    decisive = None if np.isnan(compared.inside).all() else compared.comparison(int(np.nanargmin(compared.inside)), alpha)
    inside = compared.inside_at(alpha)
    if inside == total:
        reason, remedy = Message(code="limit.passed", values={"comparisons": total}), Message(code="remedy.none", values={})
        return answer(question, "PASSED", reason, remedy, decisive, total)
    if missing:
        return answer(question, "NOT_SHOWN", absent, _ASK, decisive, total, compared.undefined)
    if published.status == "NOT_SHOWN":
        return replace(published, decisive=decisive or published.decisive)
    finer = Message(code="remedy.finer", values={})
    if published.status == "FAILED":
        return answer(question, "NOT_SHOWN", Message(code="counts.hidden_fail", values={}), finer, decisive, total)
    reason = Message(code="counts.hidden_pass", values={"inside": inside, "comparisons": total})
    return answer(question, "NOT_SHOWN", reason, finer, decisive, total, compared.undefined)


def regroup(table: RangedTable, question: Question) -> RangedTable | None:
    """Return the groups of `question`: areas of a step summed, small groups pooled, but never the reference group.

    None where rounding or suppression leaves open which groups are under the size of the pool.
    """
    if question.step is not None:
        axis = table.axes[0]
        ancestors = next(step.ancestors for step in axis.steps if step.name == question.step)
        names = list(dict.fromkeys(ancestors))
        sets = [[i for i, ancestor in enumerate(ancestors) if ancestor == name] for name in names]
        table = _merged(table, names, sets, [len(ancestors)] if axis.unknown else [])
    if question.pool_under is None:
        return table
    block = margin(table.tally(PARTS["selected"], PARTS["not_selected"]), table.by)
    if block is None:
        raise ValueError("a tally always has its margins")
    least, most = table.low[:, PARTS["total"]], table.high[:, PARTS["total"]]
    level = [i for i, kind in enumerate(block.kinds) if kind == "level"]
    able = [i for i in level if block.names[i] != question.limit.reference]
    if any(least[i] < question.pool_under <= most[i] for i in able):
        return None
    small = [i for i in able if most[i] < question.pool_under]
    if not small:
        return table
    large = [i for i in level if i not in small]
    unknown = [i for i, kind in enumerate(block.kinds) if kind == "unknown"]
    return _merged(table, [*(block.names[i] for i in large), POOLED], [*([i] for i in large), small], unknown)


def _merged(table: RangedTable, names: list[str], sets: list[list[int]], unknown: list[int]) -> RangedTable:
    levels = (*names, UNKNOWN) if unknown else tuple(names)
    axis = Axis(name=" & ".join(table.by), levels=levels, unknown=bool(unknown))
    return table.merged((axis,), [*sets, unknown] if unknown else sets)
