"""RowwiseTable: metrics that somebody with the rows computed, and that counts cannot check."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from smartstart_gov.canonical import real, unreal
from smartstart_gov.metrics.estimate import RowKind
from smartstart_gov.metrics.intervals import Floats
from smartstart_gov.project.naming import levels_of
from smartstart_gov.show import Value

_REALS = ("value", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class RowwiseTable(Value):
    """Metrics by group, computed from rows: row r is a group, column m a metric.

    Attributes
    ----------
    metrics : tuple of str
    by : tuple of tuple of str
        For each row the features it is a group of; empty for everybody (row 0).
    groups : tuple of str
    kinds : tuple of RowKind
    n : tuple of int
        Rows of the group.
    value, low, high : ndarray of float64, shape (n_rows, n_metrics)
        nan is undefined. Bounds are percentiles of a bootstrap within the group; undefined under 20 rows.
    n_boot, random_state : int
    confidence : float
    notes : tuple of str
        What the metrics warned of, and where a figure or an interval is undefined.
    """

    basis: ClassVar[Literal["attested"]] = "attested"
    statement: ClassVar[str] = "computed from rows, not recomputable from counts"

    metrics: tuple[str, ...]
    by: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...]
    kinds: tuple[RowKind, ...]
    n: tuple[int, ...]
    value: Floats
    low: Floats
    high: Floats
    n_boot: int
    random_state: int
    confidence: float
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, key: tuple[str, tuple[str, ...], str]) -> tuple[float, float, float]:
        """Return value, low and high of (metric, by, group); ``(metric, (), "overall")`` for everybody."""
        metric, by, group = key
        for r, names in enumerate(self.by):
            if names == by and self.groups[r] == group:
                m = self.metrics.index(metric)
                return float(self.value[r, m]), float(self.low[r, m]), float(self.high[r, m])
        raise KeyError(key)

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {
            "basis": self.basis, "statement": self.statement, "metrics": list(self.metrics),
            "by": [list(names) for names in self.by], "groups": list(self.groups), "kinds": list(self.kinds),
            "n": list(self.n), "n_boot": self.n_boot, "random_state": self.random_state,
            "confidence": real(self.confidence), "notes": list(self.notes),
            **{name: [[real(x) for x in row] for row in getattr(self, name).tolist()] for name in _REALS},
        }  # fmt: skip

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> RowwiseTable:
        """Return the table that `to_record` wrote."""
        shape = (len(record["groups"]), len(record["metrics"]))
        reals: dict[str, Any] = {
            n: np.array([[unreal(x) for x in row] for row in record[n]], dtype=np.float64).reshape(shape) for n in _REALS
        }
        texts: dict[str, Any] = {name: tuple(record[name]) for name in ("metrics", "groups", "kinds", "n", "notes")}
        return cls(
            by=tuple(tuple(b) for b in record["by"]), n_boot=record["n_boot"], random_state=record["random_state"],
            confidence=unreal(record["confidence"]), **texts, **reals,
        )  # fmt: skip

    def headline(self) -> str:
        """Return the table in one line, with what it is worth."""
        shape = f"{len(self.metrics)} metrics x {len(self)} rows, bootstrap {self.confidence:.0%}"
        return f"RowwiseTable({shape}; {self.basis}: {self.statement})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line a metric of a group."""
        rows: list[list[object]] = [
            [
                " & ".join(self.by[r]) or "-",
                " & ".join(levels_of(self.by[r], self.groups[r])),
                name,
                *(_shown(getattr(self, x)[r, m]) for x in _REALS),
                self.n[r],
            ]
            for r in range(len(self))
            for m, name in enumerate(self.metrics)
        ]
        return ["by", "group", "metric", *_REALS, "n"], rows


def _shown(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.3f}"
