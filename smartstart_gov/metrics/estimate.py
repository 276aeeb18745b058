"""MetricTable: every rate of every group in columns; an Estimate is built when one is looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import real, unreal
from smartstart_gov.project.naming import levels_of
from smartstart_gov.show import Value

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: What a row of a table stands for: everybody, a declared group, rows of unknown group, an area of a
#: hierarchy, or several groups taken together because alone they are too small to print.
RowKind = Literal["overall", "level", "unknown", "area", "pool"]


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

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {
            "metric": self.metric, "by": list(self.by), "group": self.group, "numerator": self.numerator,
            "denominator": self.denominator, "value": real(self.value), "low": real(self.low),
            "high": real(self.high), "method": self.method, "confidence": real(self.confidence),
        }  # fmt: skip

    def headline(self) -> str:
        """Return the estimate in one line."""
        counts = f"{self.numerator:,}/{self.denominator:,}".replace(",", " ")
        if not self.defined:
            return f"Estimate(undefined, {counts})"
        return f"Estimate({self.value:.3f} [{self.low:.3f}, {self.high:.3f}] {self.method} {self.confidence:.0%}, {counts})"


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
        doubled, so that two groups never share a name (`smartstart_gov.project.naming.levels_of`).
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
    numerator: Ints
    denominator: Ints
    value: Floats
    low: Floats
    high: Floats
    effective: Floats
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

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record: one list a column, row after row."""
        return {
            "metrics": list(self.metrics), "by": [list(names) for names in self.by], "groups": list(self.groups),
            "kinds": list(self.kinds), "method": self.method, "confidence": real(self.confidence),
            "numerator": self.numerator.tolist(), "denominator": self.denominator.tolist(),
            **{name: [[real(x) for x in row] for row in getattr(self, name).tolist()] for name in _REALS},
        }  # fmt: skip

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> MetricTable:
        """Return the table that `to_record` wrote."""
        shape = (len(record["groups"]), len(record["metrics"]))
        columns: dict[str, Any] = {n: np.array(record[n], dtype=np.int64).reshape(shape) for n in ("numerator", "denominator")}
        for name in _REALS:
            columns[name] = np.array([[unreal(x) for x in row] for row in record[name]], dtype=np.float64).reshape(shape)
        return cls(
            metrics=tuple(record["metrics"]), by=tuple(tuple(b) for b in record["by"]), groups=tuple(record["groups"]),
            kinds=tuple(record["kinds"]), method=record["method"], confidence=unreal(record["confidence"]), **columns,
        )  # fmt: skip

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
