"""Comparisons of groups: who is compared with whom, on which effective counts, and the table of disparities.

A comparison with everybody is one with the rest, rescaled: the overall rate is a mixture of the two, so
its limit and its bounds follow exactly, and the overlap of group and whole does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from smartstart_gov.metrics.disparity_table import Between, DisparityTable, Measure
from smartstart_gov.metrics.intervals import difference_interval, difference_score, ratio_interval, ratio_score
from smartstart_gov.metrics.measure import CONFIDENCE, Groups, margin
from smartstart_gov.metrics.rates import RATES, Rate, rate
from smartstart_gov.project.limit import Harm
from smartstart_gov.tally.cube import Tally
from smartstart_gov.tally.printed import PrintedTally

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Position that stands for everybody, or for all other groups.
REST = -1
#: Pairs whose statistics are made at a time: what is made on the way stays in the processor's cache.
_CHUNK = 16_384
_MEASURES: tuple[Measure, ...] = ("difference", "ratio")
_DESCRIBED: tuple[Between, ...] = ("groups", "overall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrasts:
    """Ordered comparisons of one rate: `first` against `second`, as effective counts.

    `group` and `other` are positions among the groups of the block, `REST` for the rest or everybody.
    `share` is the first population's share of both (needed where the comparison is with everybody).
    """

    measure: Measure
    between: Between
    group: Ints
    other: Ints
    x1: Floats
    n1: Floats
    x2: Floats
    n2: Floats

    @property
    def defined(self) -> npt.NDArray[np.bool_]:
        """Where both rates have something to divide by."""
        return np.asarray((self.n1 > 0) & (self.n2 > 0))

    def allot(self, events: float, others: float, *, raise_first: bool) -> Contrasts:
        """Return the same comparisons with unknown rows allotted in the worst way for one direction.

        Each row of unknown group may belong to any group. The first rate is highest against the second
        when all unknown events fall to the first and all other unknown rows to the second; and the
        reverse. Against the rest or everybody the unknown rows stand there already, and move to the
        group. Manski 2003, Partial identification of probability distributions.
        """
        if events == 0 and others == 0:
            return self
        if self.between in ("groups", "reference"):
            if raise_first:
                return replace(self, x1=self.x1 + events, n1=self.n1 + events, n2=self.n2 + others)
            return replace(self, n1=self.n1 + others, x2=self.x2 + events, n2=self.n2 + events)
        group_first = self.other == REST
        # The group takes events where that helps the direction asked for, and other rows where it does not.
        takes_events = group_first == raise_first
        x, n = np.where(takes_events, events, 0.0), np.where(takes_events, events, others)
        sign = np.where(group_first, 1.0, -1.0)
        return replace(self, x1=self.x1 + sign * x, n1=self.n1 + sign * n, x2=self.x2 - sign * x, n2=self.n2 - sign * n)

    def score(self, bound: float) -> Floats:
        """Return the score statistic at the limit `bound` of difference or ratio; large speaks for a larger first rate."""
        statistic = difference_score if self.measure == "difference" else ratio_score
        limit, found = self.limit(bound), np.empty(len(self.x1))
        for start in range(0, len(found), _CHUNK):
            at = slice(start, start + _CHUNK)
            found[at] = statistic(self.x1[at], self.n1[at], self.x2[at], self.n2[at], limit[at])
        return found

    def limit(self, bound: float) -> Floats:
        """Return the limit of each comparison on the two samples at hand, which are group and rest for everybody."""
        to_rest = self._difference_to_rest if self.measure == "difference" else self._ratio_to_rest
        return np.broadcast_to(np.asarray(to_rest(bound), dtype=np.float64), self.x1.shape)

    def keep(self, which: npt.NDArray[np.bool_] | Ints) -> Contrasts:
        """Return some of the comparisons."""
        return replace(self, **{name: getattr(self, name)[which] for name in ("group", "other", "x1", "n1", "x2", "n2")})

    def _share(self) -> Floats:
        """Share of the group in everybody; the group is `first` or, where `first` is everybody, `second`."""
        with np.errstate(invalid="ignore", divide="ignore"):
            own = np.where(self.group == REST, self.n2, self.n1)
            return np.asarray(own / (self.n1 + self.n2))

    def _difference_to_rest(self, bound: float) -> Floats | float:
        if self.between != "overall":
            return bound
        # p_group - p_all = (1 - share) (p_group - p_rest); beyond 1 the limit cannot be broken.
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.minimum(bound / (1 - self._share()), 1.0)

    def _ratio_to_rest(self, bound: float) -> Floats | float:
        if self.between != "overall":
            return bound
        share = self._share()
        with np.errstate(divide="ignore", invalid="ignore"):
            up = bound * (1 - share) / (1 - bound * share)
            down = np.maximum(bound - share, 0.0) / (1 - share)
        return np.where(self.group == REST, down, up)

    def value(self) -> Floats:
        """Return the differences or ratios; nan where undefined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            p1, p2 = self.x1 / self.n1, self.x2 / self.n2
            if self.between == "overall":
                p1, p2 = self._with_everybody(p1, p2)
            found = p1 - p2 if self.measure == "difference" else p1 / p2
        return np.where(self.defined, found, np.nan)

    def _with_everybody(self, p1: Floats, p2: Floats) -> tuple[Floats, Floats]:
        whole = (self.x1 + self.x2) / (self.n1 + self.n2)
        return np.where(self.group == REST, whole, p1), np.where(self.other == REST, whole, p2)

    def interval(self, confidence: float) -> tuple[Floats, Floats]:
        """Return two-sided Miettinen-Nurminen bounds of `value`."""
        make = difference_interval if self.measure == "difference" else ratio_interval
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


def contrasts(block: Groups, of: Rate, measure: Measure, between: Between, reference: str | None = None) -> Contrasts:
    """Return every ordered comparison that a limit between the groups of `block` makes.

    Rows of kind level are groups; unknown rows, areas and pools are compared with nobody, but belong to
    the rest and to everybody.
    """
    x, n = effective_counts(block, of)
    level = np.array([i for i, kind in enumerate(block.kinds) if kind == "level"], dtype=np.int64)
    if between == "groups":
        a, b = (m.reshape(-1) for m in np.meshgrid(level, level, indexing="ij"))
        keep = a != b
        a, b = a[keep], b[keep]
        return Contrasts(measure=measure, between=between, group=a, other=b, x1=x[a], n1=n[a], x2=x[b], n2=n[b])
    if between == "reference":
        one = np.array([block.names.index(reference or "")], dtype=np.int64)
        rest = level[level != one[0]]
        a = np.concatenate([rest, np.repeat(one, len(rest))])
        b = np.concatenate([np.repeat(one, len(rest)), rest])
        return Contrasts(measure=measure, between=between, group=a, other=b, x1=x[a], n1=n[a], x2=x[b], n2=n[b])
    # Everybody is every row once, those of unknown group and in pools included; areas hold levels again.
    once = np.array([kind != "area" for kind in block.kinds])
    others_x, others_n = x[once].sum() - x[level], n[once].sum() - n[level]
    whole = np.full(len(level), REST, dtype=np.int64)
    return Contrasts(
        measure=measure, between=between,
        group=np.concatenate([level, whole]), other=np.concatenate([whole, level]),
        x1=np.concatenate([x[level], others_x]), n1=np.concatenate([n[level], others_n]),
        x2=np.concatenate([others_x, x[level]]), n2=np.concatenate([others_n, n[level]]),
    )  # fmt: skip


def in_direction(pairs: Contrasts, harm: Harm, reference: int | None) -> npt.NDArray[np.bool_]:
    """Return which comparisons matter where only one direction harms.

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


def unknown_counts(block: Groups, of: Rate) -> tuple[float, float]:
    """Return effective events and non-events among the rows of unknown group."""
    x, n = effective_counts(block, of)
    unknown = np.array([kind == "unknown" for kind in block.kinds])
    return float(x[unknown].sum()), float((n - x)[unknown].sum())


def disparities(
    tally: Tally | PrintedTally, margins: Sequence[tuple[str, ...]], metrics: Sequence[str] | None = None
) -> DisparityTable:
    """Return for each margin and metric the widest gap between two groups, and each group against everybody.

    Differences and ratios, with two-sided 95 % Miettinen-Nurminen intervals. It describes; the verdict is
    taken on one-sided bounds over all comparisons (see `smartstart_gov.verdict.judge`).
    """
    rows: list[tuple[str, tuple[str, ...], Measure, Between, str, str, float, float, float]] = []
    for by in margins:
        block = margin(tally, by)
        if block is None:
            continue
        for of in [rate(name) for name in (RATES if metrics is None else metrics)]:
            for measure in _MEASURES:
                for between in _DESCRIBED:
                    rows += [(of.name, by, measure, between, *row) for row in _described(block, of, measure, between)]
    columns = list(zip(*rows, strict=True)) or [()] * 9
    names = ("metric", "by", "measure", "between", "group", "other", "value", "low", "high")
    return DisparityTable(**dict(zip(names, columns, strict=True)), confidence=CONFIDENCE)


def _described(block: Groups, of: Rate, measure: Measure, between: Between) -> list[tuple[str, str, float, float, float]]:
    all_pairs = contrasts(block, of, measure, between)
    value = all_pairs.value()
    if between == "groups":
        usable = np.flatnonzero(np.isfinite(value))
        picked = usable[[int(np.argmax(value[usable]))]] if len(usable) else np.array([], dtype=np.int64)
    else:
        picked = np.flatnonzero(all_pairs.other == REST)
    some = all_pairs.keep(picked)
    low, high = some.interval(CONFIDENCE)
    names = (*block.names, "overall")
    return [
        (names[g], names[o], float(v), float(lo), float(hi))
        for g, o, v, lo, hi in zip(some.group, some.other, value[picked], low, high, strict=True)
    ]
