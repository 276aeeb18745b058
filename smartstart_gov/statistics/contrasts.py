"""Comparisons of groups: who is compared with whom, on which effective counts, also within the levels of a control column.

Each level gets a weight by its size in both groups (Mantel, Haenszel 1959; for limits other than 0
Miettinen, Nurminen 1985, section 5), so that a difference in how groups spread over the levels does
not count as a difference between the groups. If the levels disagree more than chance explains, one number
for all would hide it: that is also tested (Cochran 1954).

A comparison with everybody is one with the rest, rescaled: the overall rate is a mixture of the two, so
its limit and its bounds follow exactly, and the overlap of group and whole does no harm.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept, one_of
from smartstart_gov.authoring.names import levels_of
from smartstart_gov.authoring.policy import Harm
from smartstart_gov.codec import LATER
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import Tally
from smartstart_gov.show import Value
from smartstart_gov.statistics.estimates import CONFIDENCE, Groups, margin
from smartstart_gov.statistics.groups import fewest, joined, mass, rests, some
from smartstart_gov.statistics.intervals import (
    chi_square_quantile,
    crossing,
    difference_interval,
    newcombe_interval,
    normal_quantile,
    ratio_interval,
    score_parts,
    standardised,
)
from smartstart_gov.statistics.rates import CELLS, Rate, mask, rates

Measure = Literal["difference", "ratio"]
Between = Literal["groups", "overall", "rest", "reference"]
#: How the interval of a difference is made; that of a ratio is always Miettinen and Nurminen's.
DifferenceMethod = Literal["miettinen_nurminen", "newcombe"]
METHODS: dict[DifferenceMethod, str] = {"miettinen_nurminen": "Miettinen-Nurminen", "newcombe": "Newcombe"}
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Position that stands for everybody, or for all other groups.
REST = -1
#: Comparisons whose statistics are made at a time: what is made on the way stays in the processor's cache.
_CHUNK = 16_384
#: Which of the rows of unknown group a side takes.
Takes = Literal["nothing", "events", "others", "everything"]
_MEASURES: tuple[Measure, ...] = ("difference", "ratio")
_DESCRIBED: tuple[Between, ...] = ("groups", "overall")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DisparityTable(Value):
    """One row per comparison: `group` minus (or over) `other`.

    Attributes
    ----------
    metric, group, other : tuple of str
    by : tuple of tuple of str
    measure : tuple of {"difference", "ratio"}
    between : tuple of {"groups", "overall", "rest", "reference"}
    value, low, high : tuple of float
        nan is undefined; a ratio's bounds may be infinite.
    confidence : float
        Two-sided coverage of the intervals.
    differences : {"miettinen_nurminen", "newcombe"}
        How the intervals of differences were made; those of ratios are Miettinen and Nurminen's.
    """

    metric: tuple[str, ...]
    by: tuple[tuple[str, ...], ...]
    measure: tuple[Measure, ...]
    between: tuple[Between, ...]
    group: tuple[str, ...]
    other: tuple[str, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    confidence: float
    differences: Annotated[DifferenceMethod, LATER] = "miettinen_nurminen"

    def __post_init__(self) -> None:
        if len({len(getattr(self, name)) for name in _COLUMNS}) != 1:
            raise ValueError("columns differ in length")

    def __len__(self) -> int:
        return len(self.metric)

    def rows(self, *, by: tuple[str, ...] | None = None, metric: str | None = None,
             measure: Measure | None = None, between: Between | None = None) -> list[int]:  # fmt: skip
        """Return the numbers of the rows that match everything given."""
        return [
            i
            for i in range(len(self))
            if (by is None or self.by[i] == by)
            and (metric is None or self.metric[i] == metric)
            and (measure is None or self.measure[i] == measure)
            and (between is None or self.between[i] == between)
        ]

    def headline(self) -> str:
        """Return the table in one line."""
        return f"DisparityTable({len(self)} comparisons, {METHODS[self.differences]} {self.confidence:.0%})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per comparison."""
        header = ["metric", "measure", "by", "group", "other", "value", "low", "high"]
        rows: list[list[object]] = [
            [self.metric[i], self.measure[i], " & ".join(self.by[i]),
             " & ".join(levels_of(self.by[i], self.group[i])), " & ".join(levels_of(self.by[i], self.other[i])),
             *(f"{x:.3f}" for x in (self.value[i], self.low[i], self.high[i]))]
            for i in range(len(self))
        ]  # fmt: skip
        return header, rows


_COLUMNS = ("metric", "by", "measure", "between", "group", "other", "value", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrasts:
    """Ordered comparisons of one rate: `first` against `second`, as effective counts.

    `group` and `other` are positions among the groups of the block, `REST` for the rest or everybody.
    `share` is the group's share of everybody by weight, or by rows if rows of one unit are dependent; None
    if every row counts once, so that it follows from the counts.
    """

    measure: Measure
    between: Between
    group: Ints
    other: Ints
    x1: Floats
    n1: Floats
    x2: Floats
    n2: Floats
    share: Floats | None = None

    @property
    def defined(self) -> npt.NDArray[np.bool_]:
        """Where both rates have a non-zero denominator."""
        return np.asarray((self.n1 > 0) & (self.n2 > 0))

    def score(self, bound: float) -> Floats:
        """Return the score statistic at the limit `bound` of difference or ratio; large speaks for a larger first rate."""
        limit, found = self.limit(bound), np.empty(len(self.x1))
        for start in range(0, len(found), _CHUNK):
            at = slice(start, start + _CHUNK)
            parts = score_parts(self.measure, self.x1[at], self.n1[at], self.x2[at], self.n2[at], limit[at])
            found[at] = standardised(*parts)
        return found

    def limit(self, bound: float) -> Floats:
        """Return the limit of each comparison on the two samples at hand, which are group and rest for everybody."""
        if self.between != "overall":
            return np.broadcast_to(np.asarray(bound, dtype=np.float64), self.x1.shape)
        share = self._share()
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.measure == "difference":
                # p_group - p_all = (1 - share) (p_group - p_rest); beyond 1 the limit cannot be broken.
                return np.minimum(bound / (1 - share), 1.0)
            up = bound * (1 - share) / (1 - bound * share)
            down = np.maximum(bound - share, 0.0) / (1 - share)
        return np.where(self.group == REST, down, up)

    def keep(self, which: npt.NDArray[np.bool_] | Ints) -> Contrasts:
        """Return some of the comparisons."""
        kept = {name: getattr(self, name)[which] for name in ("group", "other", "x1", "n1", "x2", "n2")}
        return replace(self, **kept, share=None if self.share is None else self.share[which])

    def _share(self) -> Floats:
        """Share of the group in everybody; the group is `first` or, where `first` is everybody, `second`."""
        if self.share is not None:
            return self.share
        with np.errstate(invalid="ignore", divide="ignore"):
            own = np.where(self.group == REST, self.n2, self.n1)
            return np.asarray(own / (self.n1 + self.n2))

    def value(self) -> Floats:
        """Return the differences or ratios; nan where undefined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            p1, p2 = self.x1 / self.n1, self.x2 / self.n2
            if self.between == "overall":
                own, rest = np.where(self.group == REST, p2, p1), np.where(self.group == REST, p1, p2)
                whole = (self.x1 + self.x2) / (self.n1 + self.n2)
                if self.share is not None:
                    whole = self.share * own + (1 - self.share) * rest
                p1, p2 = np.where(self.group == REST, whole, p1), np.where(self.other == REST, whole, p2)
            found = p1 - p2 if self.measure == "difference" else p1 / p2
        return np.where(self.defined, found, np.nan)

    def interval(self, confidence: float, differences: DifferenceMethod = "miettinen_nurminen") -> tuple[Floats, Floats]:
        """Return two-sided bounds of `value`: Miettinen and Nurminen's, or Newcombe's for a difference if requested."""
        make = ratio_interval
        if self.measure == "difference":
            make = difference_interval if differences == "miettinen_nurminen" else newcombe_interval
        low, high = make(self.x1, self.n1, self.x2, self.n2, confidence)
        if self.between != "overall":
            return low, high
        share = self._share()
        if self.measure == "difference":
            return low * (1 - share), high * (1 - share)
        return self._ratio_to_everybody(low, share), self._ratio_to_everybody(high, share)

    def _ratio_to_everybody(self, ratio: Floats, share: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            # ratio is group/rest (or rest/group where the first is everybody); both maps are increasing.
            group_first = 1 / (share + (1 - share) / ratio)
            whole_first = share + (1 - share) * ratio
        return np.where(self.group == REST, whole_first, group_first)


def contrasts(
    block: Groups, of: Rate, measure: Measure, between: Between, reference: str | None = None, *,
    first: Takes = "nothing", second: Takes = "nothing", cautious: bool = False,
) -> Contrasts:  # fmt: skip
    """Return every ordered comparison that a limit between the groups of `block` makes.

    Rows of kind level are groups; unknown rows, areas and pools are not compared, but belong to the rest
    and to everybody.

    Of the rows of unknown group the first side takes those that `first` says, and the second those of `second`:
    events, others, everything or nothing. In comparisons with the rest or everybody they are already there,
    and move to the group, whichever side it is on. Each row keeps its weight and its unit. With the events
    on one side and the others on the other, the rates are as far apart as possible. Manski 2003, Partial
    identification of probability distributions. If `cautious`, no side has more effective cases than it would have
    with the unknown rows that reduce them most.
    """
    level = np.array([i for i, kind in enumerate(block.kinds) if kind == "level"], dtype=np.int64)
    all_, events = mask(CELLS), mask(of.numerator)
    none, others = 0 * all_, all_ - events
    apart = between in ("groups", "reference")
    own, rest = some(block, level), rests(block, level)

    parts = {"nothing": none, "events": events, "others": others, "everything": all_}
    # Each group on the first and on the second side, and after it the rest from across, once where both take the same.
    placed = [
        side
        for takes in dict.fromkeys((first, second))
        for side in ((own, parts[takes]), *([] if apart else [(rest, all_ - parts[takes])]))
    ]
    # x, n and the mass.
    sides: list[tuple[Floats, Floats, Floats]] = []
    for base, takes in placed:
        with_unknown = joined(base, block, takes)
        x, n = effective_counts(with_unknown, of)
        if cautious:
            value = np.divide(x, n, out=np.zeros_like(x), where=n > 0)
            n = np.minimum(n, fewest(base, block, of, value))
            x = value * n
        sides.append((x, n, mass(with_unknown, of)))
    if apart:
        if between == "groups":
            a, b = (m.reshape(-1) for m in np.meshgrid(np.arange(len(level)), np.arange(len(level)), indexing="ij"))
            keep = a != b
            a, b = a[keep], b[keep]
        else:
            one = np.flatnonzero(level == block.names.index(reference or ""))
            rest_of = np.flatnonzero(level != level[one[0]])
            a = np.concatenate([rest_of, np.repeat(one, len(rest_of))])
            b = np.concatenate([np.repeat(one, len(rest_of)), rest_of])
        (x1, n1, _), (x2, n2, _) = sides[0], sides[-1]
        return Contrasts(
            measure=measure, between=between, group=level[a], other=level[b], x1=x1[a], n1=n1[a], x2=x2[b], n2=n2[b]
        )
    (group_first, rest_second), (group_second, rest_first) = sides[:2], sides[-2:]
    whole = np.full(len(level), REST, dtype=np.int64)
    weighed = block.weights is not None or block.products is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        share = [mine[2] / (mine[2] + theirs[2]) for mine, theirs in ((group_first, rest_second), (group_second, rest_first))]
    return Contrasts(
        measure=measure, between=between,
        group=np.concatenate([level, whole]), other=np.concatenate([whole, level]),
        x1=np.concatenate([group_first[0], rest_first[0]]), n1=np.concatenate([group_first[1], rest_first[1]]),
        x2=np.concatenate([rest_second[0], group_second[0]]), n2=np.concatenate([rest_second[1], group_second[1]]),
        share=np.concatenate(share) if weighed else None,
    )  # fmt: skip


def in_direction(pairs: Contrasts, harm: Harm, reference: int | None) -> npt.NDArray[np.bool_]:
    """Return which comparisons matter if only one direction harms.

    Between any two groups one is always the higher, so there every comparison matters.
    """
    if harm == "both" or pairs.between == "groups":
        return np.ones(len(pairs.group), dtype=bool)
    standard = REST if reference is None else reference
    # A difference is in danger where the first rate is high, a ratio where it is low.
    group_first = (harm == "higher") == (pairs.measure == "difference")
    return np.asarray(pairs.other == standard if group_first else pairs.group == standard)


def effective_counts(block: Groups, of: Rate) -> tuple[Floats, Floats]:
    """Return effective numerator and denominator of each group, shape (n_groups,)."""
    _, _, value, effective = block.fraction(of)
    return np.where(effective > 0, np.nan_to_num(value) * effective, 0.0), effective


def unknown_counts(block: Groups, of: Rate) -> tuple[Floats, Floats]:
    """Return unknown events and non-events as each group would count them, shape (n_groups,).

    A row added to a group shifts its rate by its weight, so it is worth the group's effective cases per weight.
    """
    unknown = np.array([kind == "unknown" for kind in block.kinds])
    weight = block.cells.astype(np.float64) if block.weights is None else block.weights[:, :, 0]
    events = float((weight[unknown] @ mask(of.numerator)).sum())
    total = float((weight[unknown] @ mask(of.denominator)).sum())
    _, n = effective_counts(block, of)
    weighs = mass(block, of)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(weighs > 0, n / weighs, 1.0)
    return events * worth, (total - events) * worth


def disparities(
    tally: Tally | PrintedTally, margins: Sequence[tuple[str, ...]], metrics: Sequence[str] | None = None, *,
    differences: DifferenceMethod = "miettinen_nurminen",
) -> DisparityTable:  # fmt: skip
    """Return, for each margin and metric, the widest gap between two groups, and each group against everybody.

    Differences and ratios, with two-sided 95 % intervals: Miettinen and Nurminen's, or for differences those of
    Newcombe, which need no search and are close to them. This only describes; the
    verdict rests on one-sided bounds over all comparisons (see `smartstart_gov.judgement.judge`).
    """
    accept(disparities, locals())
    one_of(differences, get_args(DifferenceMethod), "disparities(differences=)")
    described: list[tuple[str, tuple[str, ...], tuple[str, ...], Contrasts, Floats]] = []
    for by in margins:
        block = margin(tally, by)
        if block is None:
            continue
        names = (*block.names, "overall")
        for of in rates(metrics):
            # A difference and a ratio are of the same two sides.
            sides = {between: contrasts(block, of, "difference", between) for between in _DESCRIBED}
            described += [
                (of.name, by, names, *_described(replace(sides[between], measure=measure)))
                for measure, between in itertools.product(_MEASURES, _DESCRIBED)
            ]
    rows: list[tuple[str, tuple[str, ...], Measure, Between, str, str, float, float, float]] = []
    bounds = _intervals([kept for *_, kept, _ in described], differences)
    for (name, by, names, kept, values), (low, high) in zip(described, bounds, strict=True):
        rows += [
            (name, by, kept.measure, kept.between, names[g], names[o], float(v), float(lo), float(hi))
            for g, o, v, lo, hi in zip(kept.group, kept.other, values, low, high, strict=True)
        ]
    columns = list(zip(*rows, strict=True)) or [()] * 9
    keys = ("metric", "by", "measure", "between", "group", "other", "value", "low", "high")
    return DisparityTable(**dict(zip(keys, columns, strict=True)), confidence=CONFIDENCE, differences=differences)


def _described(all_pairs: Contrasts) -> tuple[Contrasts, Floats]:
    """Return the comparisons that are described, with their values."""
    value = all_pairs.value()
    if all_pairs.between == "groups":
        usable = np.flatnonzero(np.isfinite(value))
        picked = usable[[int(np.argmax(value[usable]))]] if len(usable) else np.array([], dtype=np.int64)
    else:
        picked = np.flatnonzero(all_pairs.other == REST)
    return all_pairs.keep(picked), value[picked]


def _intervals(parts: Sequence[Contrasts], differences: DifferenceMethod) -> list[tuple[Floats, Floats]]:
    """Return the bounds of each of `parts`: one search for all that are made alike, which takes as long as one for a few."""
    found: dict[int, tuple[Floats, Floats]] = {}
    for way in itertools.product(_MEASURES, _DESCRIBED):
        places = [place for place, one in enumerate(parts) if (one.measure, one.between) == way]
        mine = [parts[place] for place in places]
        if not mine:
            continue
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(one, name) for one in mine]) for name in ("group", "other", "x1", "n1", "x2", "n2")
        }
        whole = replace(mine[0], **columns, share=np.concatenate([one._share() for one in mine]))
        n, ends = len(whole.x1), np.cumsum([len(one.x1) for one in mine])[:-1]
        pieces = [whole.keep(np.arange(start, min(start + _CHUNK, n))) for start in range(0, max(n, 1), _CHUNK)]
        sides = zip(*(piece.interval(CONFIDENCE, differences) for piece in pieces), strict=True)
        low, high = (np.split(np.concatenate(side), ends) for side in sides)
        found |= dict(zip(places, zip(low, high, strict=True), strict=True))
    return [found[place] for place in range(len(parts))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratified:
    """The same comparisons in every stratum; same interface as `Contrasts`, for all strata together."""

    strata: tuple[Contrasts, ...]

    @property
    def measure(self) -> Measure:
        """Difference or ratio."""
        return self.strata[0].measure

    @property
    def between(self) -> Between:
        """Whom groups are compared with."""
        return self.strata[0].between

    @property
    def group(self) -> Ints:
        """Positions of the first groups."""
        return self.strata[0].group

    @property
    def other(self) -> Ints:
        """Positions of the second groups."""
        return self.strata[0].other

    @property
    def defined(self) -> npt.NDArray[np.bool_]:
        """Where at least one stratum contains both groups."""
        return np.asarray(np.any([one.defined for one in self.strata], axis=0))

    def keep(self, which: npt.NDArray[np.bool_] | Ints) -> Stratified:
        """Return some of the comparisons."""
        return replace(self, strata=tuple(one.keep(which) for one in self.strata))

    def alone(self) -> tuple[npt.NDArray[np.bool_], Contrasts]:
        """Return where exactly one stratum contains both groups, and that stratum's comparisons (elsewhere the first's)."""
        holds = np.array([one.defined for one in self.strata])
        place, at = holds.argmax(axis=0), np.arange(len(self.group))
        counts = {name: np.array([getattr(one, name) for one in self.strata])[place, at] for name in ("x1", "n1", "x2", "n2")}
        return np.asarray(holds.sum(axis=0) == 1), replace(self.strata[0], **counts, share=None)

    def score(self, bound: float | Floats) -> Floats:
        """Return the combined score statistic at the limit `bound`."""
        gap, variance, weight = self._parts(bound)
        with np.errstate(divide="ignore", invalid="ignore"):
            return standardised(
                np.where(self.defined, (weight * gap).sum(axis=0), np.nan),
                np.where(self.defined, (weight**2 * variance).sum(axis=0), np.nan),
            )

    def value(self) -> Floats:
        """Return the combined differences, or the ratio of the combined rates; nan where undefined."""
        p1, p2, weight = [], [], []
        for one in self.strata:
            with np.errstate(divide="ignore", invalid="ignore"):
                p1.append(np.nan_to_num(one.x1 / one.n1))
                p2.append(np.nan_to_num(one.x2 / one.n2))
                weight.append(_weight(one))
        first, second = (np.array(weight) * np.array(p1)).sum(axis=0), (np.array(weight) * np.array(p2)).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (first - second) / np.array(weight).sum(axis=0) if self.measure == "difference" else first / second
        return np.where(self.defined, found, np.nan)

    def interval(self, confidence: float) -> tuple[Floats, Floats]:
        """Return two-sided bounds of `value`, from the combined statistic."""
        z = normal_quantile(0.5 + confidence / 2)
        ratio, every = self.measure == "ratio", np.arange(len(self.group))

        def score(at: Floats, which: Ints, up: Floats) -> Floats:
            # Ratios are sought on the scale k / (1 + k), which has an end.
            return up * self.keep(which).score(np.minimum(at / (1 - at), 1e12) if ratio else at)

        lowest, ends = 0.0 if ratio else -1.0, []
        with np.errstate(divide="ignore", invalid="ignore"):
            for far, near, up in ((lowest, 1.0, 1.0), (1.0, lowest, -1.0)):
                at = crossing(score, far, near, z, of=[every, np.full(len(every), up)])
                ends.append(np.where(self.defined, at / (1 - at) if ratio else at, np.nan))
        return ends[0], ends[1]

    def disagree(self, alpha: float) -> npt.NDArray[np.bool_]:
        """Return where the strata differ more among each other than chance explains, at level `alpha`.

        Cochran's Q of the strata's gaps (of p1 - p2, or of p1 - k p2 at the combined ratio k), against the
        chi-square curve in the approximation of Wilson and Hilferty 1931.
        """
        at = np.nan_to_num(self.value(), nan=0.0, posinf=1e6)
        gap, variance, weight = self._parts(at if self.measure == "ratio" else 0.0)
        usable = (weight > 0) & np.isfinite(variance) & (variance > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            precision = np.where(usable, 1 / np.where(variance > 0, variance, 1.0), 0.0)
            centre = (precision * gap).sum(axis=0) / precision.sum(axis=0)
            q = (precision * (gap - np.nan_to_num(centre)) ** 2).sum(axis=0)
        freedom = usable.sum(axis=0) - 1
        return np.array([d >= 1 and s > chi_square_quantile(d, 1 - alpha) for s, d in zip(q, freedom, strict=True)], dtype=bool)

    def _parts(self, bound: float | Floats) -> tuple[Floats, Floats, Floats]:
        """Return gaps, variances and weights, shape (n_strata, n_comparisons); weight 0 where a stratum lacks a group."""
        found = [score_parts(self.measure, one.x1, one.n1, one.x2, one.n2, bound) for one in self.strata]
        gap, variance = (np.nan_to_num(np.array([pair[i] for pair in found]), posinf=1e300) for i in (0, 1))
        return gap, variance, np.array([_weight(one) for one in self.strata])


def _weight(one: Contrasts) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(one.defined, one.n1 * one.n2 / (one.n1 + one.n2), 0.0)
