"""measure(): from a tally, full or printed, to the MetricTable of all rates with their intervals."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept, one_of
from smartstart_gov.authoring.names import joint_name, levels_of
from smartstart_gov.codec import Shape
from smartstart_gov.counting.printed import PrintedRow, PrintedTally
from smartstart_gov.counting.tally import Tally
from smartstart_gov.counting.weights import ratios
from smartstart_gov.show import Value
from smartstart_gov.statistics.effective_size import effective_rows
from smartstart_gov.statistics.intervals import clopper_pearson, wilson
from smartstart_gov.statistics.rates import CELLS, Rate, mask, rates

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: What a row of a table stands for: everybody, a declared group, rows of unknown group, an area of a
#: hierarchy, or several groups taken together because alone they are too small to print.
RowKind = Literal["overall", "level", "unknown", "area", "pool"]
CONFIDENCE = 0.95
RateMethod = Literal["wilson", "clopper_pearson"]
_INTERVALS = {"wilson": wilson, "clopper_pearson": clopper_pearson}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Estimate(Value):
    """One rate of one group: the value never travels without interval, method and counts."""

    metric: str
    by: tuple[str, ...]
    group: str
    numerator: int
    denominator: int
    value: float
    low: float
    high: float
    method: str
    confidence: float

    @property
    def defined(self) -> bool:
        """Whether there is anything to divide by."""
        return self.denominator > 0 and not math.isnan(self.value)

    def headline(self) -> str:
        """Return the estimate in one line."""
        counts = f"{self.numerator:,}/{self.denominator:,}".replace(",", " ")
        if not self.defined:
            return f"Estimate(undefined, {counts})"
        return f"Estimate({self.value:.3f} [{self.low:.3f}, {self.high:.3f}] {self.method} {self.confidence:.0%}, {counts})"


_Whole = Annotated[Ints, Shape(("groups", "metrics"))]
_Real = Annotated[Floats, Shape(("groups", "metrics"))]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class MetricTable(Value):
    """Rates by group, columnar: row r is a group, column m a metric.

    Attributes
    ----------
    metrics : tuple of str
        Names of the columns, length n_metrics.
    by : tuple of tuple of str
        For each row the attributes it is a group of; empty for the overall row (row 0).
    groups : tuple of str
        For each row the group's name; levels of an intersection are joined by `` & ``, and an ``&`` within one of them is
        doubled, so that two groups never share a name (`smartstart_gov.authoring.names.levels_of`).
    kinds : tuple of RowKind
        For each row what it stands for.
    numerator, denominator : ndarray of int64, shape (n_rows, n_metrics)
    value, low, high : ndarray of float64, shape (n_rows, n_metrics)
        Proportions in [0, 1]; nan is undefined.
    effective : ndarray of float64, shape (n_rows, n_metrics)
        Effective denominators: after design effect and weights. Equal to `denominator` without either.
    method : str
        How the intervals were made.
    confidence : float
        Coverage of the two-sided intervals.
    """

    metrics: tuple[str, ...]
    by: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...]
    kinds: tuple[RowKind, ...]
    numerator: _Whole
    denominator: _Whole
    value: _Real
    low: _Real
    high: _Real
    effective: _Real
    method: str
    confidence: float

    def __post_init__(self) -> None:
        shape = (len(self.groups), len(self.metrics))
        for name in ("numerator", "denominator", "value", "low", "high", "effective"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, not {shape}")
        if not len(self.by) == len(self.groups) == len(self.kinds):
            raise ValueError("by, groups and kinds differ in length")

    def __len__(self) -> int:
        return len(self.groups)

    def rows(self, *by: str) -> list[int]:
        """Return the row numbers of the groups of `by`; without arguments, the overall row."""
        return [r for r, names in enumerate(self.by) if names == by]

    def __getitem__(self, key: tuple[str, tuple[str, ...], str]) -> Estimate:
        """Return the estimate of (metric, by, group); ``(metric, (), "overall")`` for everybody."""
        metric, by, group = key
        named = [r for r in self.rows(*by) if self.groups[r] == group]
        if metric not in self.metrics or not named:
            raise KeyError(key)
        # An area can bear the name of a level; who asks by name means the level.
        return self.at(min(named, key=lambda r: self.kinds[r] in ("area", "pool")), self.metrics.index(metric))

    def at(self, row: int, column: int) -> Estimate:
        """Return the estimate in `row` and `column`."""
        return Estimate(
            metric=self.metrics[column], by=self.by[row], group=self.groups[row],
            numerator=int(self.numerator[row, column]), denominator=int(self.denominator[row, column]),
            value=float(self.value[row, column]), low=float(self.low[row, column]), high=float(self.high[row, column]),
            method=self.method, confidence=self.confidence,
        )  # fmt: skip

    def __iter__(self) -> Iterator[Estimate]:
        return (self.at(r, m) for r in range(len(self)) for m in range(len(self.metrics)))

    def headline(self) -> str:
        """Return the table in one line."""
        margins = len({b for b in self.by if b})
        shape = f"{len(self.metrics)} metrics x {len(self)} rows over {margins} attributes"
        return f"MetricTable({shape}, {self.method} {self.confidence:.0%})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line an estimate."""
        header = ["by", "group", "metric", "value", "low", "high", "numerator", "denominator"]
        rows: list[list[object]] = [
            [
                " & ".join(e.by) or "-",
                " & ".join(levels_of(e.by, e.group)),
                e.metric,
                *(_shown(x) for x in (e.value, e.low, e.high)),
                e.numerator,
                e.denominator,
            ]
            for e in self
        ]
        return header, rows


_REALS = ("value", "low", "high", "effective")


def _shown(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.3f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Counts of several groups of one margin: what rates, intervals and comparisons are made of.

    `cells` has shape (n_groups, 4); `weights` (n_groups, 4, 3) holds sums of weights, of their squares and
    of their fourth powers; `products` (n_groups, 4, 4) and `units` (n_groups,) are cluster moments. Where those are
    printed as ranges, `spare` (n_groups,) is how many more of each kind of pair there may be.
    """

    by: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[RowKind, ...]
    cells: Ints
    weights: Floats | None = None
    products: Ints | None = None
    units: Ints | None = None
    spare: Ints | None = None

    def fraction(self, of: Rate) -> tuple[Ints, Ints, Floats, Floats]:
        """Return numerator, denominator, value and effective denominator of one rate, shape (n_groups,)."""
        numerator, denominator = of.counts(self.cells)
        top, bottom = mask(of.numerator), mask(of.denominator)
        effective = denominator.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = numerator / denominator
            if self.weights is not None:
                value = (self.weights[:, :, 0] @ top) / (self.weights[:, :, 0] @ bottom)
                effective = effective_rows(self.weights, denominator, of)
            effective = effective / self._design_effect(numerator, denominator, top, bottom)
        return numerator, denominator, value, np.where(denominator > 0, effective, 0.0)

    def rows_a_case(self, of: Rate) -> float:
        """Return how many rows stand for one independent case of a rate, over all groups together: at least 1."""
        _, rows, _, effective = self.fraction(of)
        worth = float(effective.sum())
        return max(float(rows.sum()) / worth, 1.0) if worth > 0 else 1.0

    def _design_effect(self, numerator: Ints, denominator: Ints, top: Ints, bottom: Ints) -> Floats:
        """Return how much the variance of a ratio of cluster totals exceeds that of independent rows.

        At least 1; exactly 1 where every unit has one row in the denominator. Where the rate is 0 or 1
        the sample shows no variance, and units are taken as wholly alike (the worst case).
        """
        ones = np.ones(len(denominator))
        if self.products is None or self.units is None:
            return ones
        p = numerator / denominator
        nn, between = unit_squares(self.products, self.spare, top, bottom, p)
        effect = between / (denominator * p * (1 - p)) * self.units / (self.units - 1)
        worst = nn / denominator
        effect = np.where((p <= 0) | (p >= 1) | (self.units < 2), worst, effect)
        return np.where((nn == denominator) | (denominator == 0), ones, np.maximum(np.nan_to_num(effect, nan=1.0), 1.0))


def unit_squares(products: Ints, spare: Ints | None, top: Ints, bottom: Ints, p: Floats) -> tuple[Floats, Floats]:
    """Return of each group the sums over units of n^2 and of (d - p n)^2: cases n, and of those events d.

    Where moments are ranges, every pair that makes a sum larger is as frequent as it can be, and every other as rare.
    """
    nn, nd, dd = (np.einsum("gij,i,j->g", products, one, two) for one, two in ((bottom, bottom), (top, bottom), (top, top)))
    between = dd - 2 * p * nd + p**2 * nn
    if spare is None:
        return nn, between
    own = np.eye(4)
    side = top - p[:, None] * bottom
    nn = nn + spare * (np.outer(bottom, bottom) * (1 + own)).sum()
    more = (np.maximum(side[:, :, None] * side[:, None, :], 0) * (1 + own)).sum(axis=(1, 2))
    return nn, between + spare * more


def overall(tally: Tally | PrintedTally) -> Groups | None:
    """Return everybody as one group; None if even that may not be printed."""
    if isinstance(tally, PrintedTally):
        return None if tally.total is None else _from_rows((), [tally.total], ["overall"], ["overall"])
    return _from_tally(tally, (), ("overall",), ("overall",))


def margin(tally: Tally | PrintedTally, by: tuple[str, ...]) -> Groups | None:
    """Return the groups of `by`; None if nothing of them may be printed (and of intersections in print)."""
    if isinstance(tally, PrintedTally):
        if len(by) != 1 or not tally.margin(by[0]).rows:
            return None
        rows = tally.margin(by[0]).rows
        names = [row.name if row.kind != "pool" else f"*{row.within or ''}" for row in rows]
        return _from_rows(by, list(rows), names, [row.kind for row in rows])
    axes = [tally.axis(name) for name in by]
    names = [joint_name(levels) for levels in itertools.product(*(axis.levels for axis in axes))]
    unknown = [
        any(axis.unknown and i == len(axis.levels) - 1 for axis, i in zip(axes, place, strict=True))
        for place in itertools.product(*(range(len(axis.levels)) for axis in axes))
    ]
    return _from_tally(tally, by, tuple(names), tuple("unknown" if u else "level" for u in unknown))


def measure(
    tally: Tally | PrintedTally, margins: Sequence[tuple[str, ...]], metrics: Sequence[str] | None = None, *,
    interval: RateMethod = "wilson",
) -> MetricTable:  # fmt: skip
    """Return every rate of every group of `margins`, with intervals.

    Parameters
    ----------
    tally : Tally or PrintedTally
    margins : sequence of tuple of str
        Attributes and intersections. Margins that may not be printed are left out of a printed table.
    metrics : sequence of str, optional
        Names of rates; all by default.
    interval : {"wilson", "clopper_pearson"}
        Clopper and Pearson's are exact: wider, and never too narrow.

    Returns
    -------
    MetricTable
        Row 0 is everybody. Rates with an empty denominator are undefined (nan), never 0.

    Raises
    ------
    Refused
        M01 for a metric that does not exist.
    """
    accept(measure, locals())
    one_of(interval, _INTERVALS, "measure(interval=)")
    wanted = rates(metrics)
    blocks = [block for block in (overall(tally), *(margin(tally, by) for by in margins)) if block is not None]
    columns = [[block.fraction(of) for of in wanted] for block in blocks]

    def stack(position: int, dtype: type) -> npt.NDArray[np.generic]:
        if not blocks:
            return np.empty((0, len(wanted)), dtype=dtype)
        return np.concatenate([np.stack([c[position] for c in column], axis=1) for column in columns])

    value, effective = stack(2, np.float64).astype(np.float64), stack(3, np.float64).astype(np.float64)
    low, high = _INTERVALS[interval](value * effective, effective, CONFIDENCE)
    return MetricTable(
        metrics=tuple(of.name for of in wanted),
        by=tuple(block.by for block in blocks for _ in block.names),
        groups=tuple(name for block in blocks for name in block.names),
        kinds=tuple(kind for block in blocks for kind in block.kinds),
        numerator=stack(0, np.int64).astype(np.int64), denominator=stack(1, np.int64).astype(np.int64),
        value=value, low=low, high=high, effective=effective, method=interval, confidence=CONFIDENCE,
    )  # fmt: skip


def share_of_all(tally: Tally | PrintedTally, cells: Sequence[str]) -> Estimate:
    """Return the share of some of the four cells among all rows together, with its interval.

    Raises
    ------
    ValueError
        Where not even the total may be printed.
    """
    everybody = overall(tally)
    if everybody is None:
        raise ValueError("nothing may be printed")
    name = "+".join(cells)
    of = Rate(
        name=name, numerator=tuple(cells), denominator=CELLS, better="neither", side=None, complement=None, label={},
        meaning={}, cases={}, citation="",
    )  # fmt: skip
    numerator, denominator, value, effective = everybody.fraction(of)
    low, high = wilson(value * effective, effective, CONFIDENCE)
    return Estimate(
        metric=name, by=(), group="overall", numerator=int(numerator[0]), denominator=int(denominator[0]),
        value=float(value[0]), low=float(low[0]), high=float(high[0]), method="wilson", confidence=CONFIDENCE,
    )  # fmt: skip


def _from_tally(tally: Tally, by: tuple[str, ...], names: tuple[str, ...], kinds: tuple[RowKind, ...]) -> Groups:
    down = tally.project(*by)
    weights = products = units = None
    if down.weights is not None:
        weights = ratios(np.stack([sums.reshape(-1, 4) for sums in down.weights.sums], axis=2))
    if by in tally.moments:
        products, units = tally.moments[by].products, tally.moments[by].units
    return Groups(
        by=by, names=names, kinds=kinds, cells=down.counts.reshape(-1, 4), weights=weights, products=products, units=units
    )


def _from_rows(by: tuple[str, ...], rows: list[PrintedRow], names: list[str], kinds: list[RowKind]) -> Groups:
    weights = products = units = spare = None
    if all(row.weights is not None for row in rows):
        weights = ratios(row.weights for row in rows if row.weights)
    if all(row.clusters is not None for row in rows):
        products = np.array([row.clusters.products for row in rows if row.clusters], dtype=np.int64)
        units = np.array([row.clusters.units for row in rows if row.clusters], dtype=np.int64)
        spare = np.array([row.clusters.spare for row in rows if row.clusters], dtype=np.int64)
    return Groups(
        by=by, names=tuple(names), kinds=tuple(kinds), cells=np.array([row.cells for row in rows], dtype=np.int64),
        weights=weights, products=products, units=units, spare=spare if spare is not None and spare.any() else None,
    )  # fmt: skip
