"""DisparityTable: differences and ratios between groups, columnar, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from smartstart_gov.canonical import real, unreal
from smartstart_gov.project.naming import levels_of
from smartstart_gov.show import Value

Measure = Literal["difference", "ratio"]
Between = Literal["groups", "overall", "rest", "reference"]
#: How the interval of a difference is made; that of a ratio is always Miettinen and Nurminen's.
DifferenceMethod = Literal["miettinen_nurminen", "newcombe"]
METHODS: dict[DifferenceMethod, str] = {"miettinen_nurminen": "Miettinen-Nurminen", "newcombe": "Newcombe"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DisparityTable(Value):
    """One row a comparison: `group` minus (or over) `other`.

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
    differences: DifferenceMethod = "miettinen_nurminen"

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

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        texts = {name: list(getattr(self, name)) for name in ("metric", "measure", "between", "group", "other")}
        reals = {name: [real(x) for x in getattr(self, name)] for name in ("value", "low", "high")}
        # Records from before there was a choice have no such key, and keep their digest.
        chosen = {} if self.differences == "miettinen_nurminen" else {"differences": self.differences}
        return {"by": [list(b) for b in self.by], "confidence": real(self.confidence), **chosen, **texts, **reals}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> DisparityTable:
        """Return the table that `to_record` wrote."""
        texts: dict[str, Any] = {name: tuple(record[name]) for name in ("metric", "measure", "between", "group", "other")}
        reals: dict[str, Any] = {name: tuple(unreal(x) for x in record[name]) for name in ("value", "low", "high")}
        return cls(
            by=tuple(tuple(b) for b in record["by"]), confidence=unreal(record["confidence"]),
            differences=record.get("differences", "miettinen_nurminen"), **texts, **reals,
        )  # fmt: skip

    def headline(self) -> str:
        """Return the table in one line."""
        return f"DisparityTable({len(self)} comparisons, {METHODS[self.differences]} {self.confidence:.0%})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line a comparison."""
        header = ["metric", "measure", "by", "group", "other", "value", "low", "high"]
        rows: list[list[object]] = [
            [self.metric[i], self.measure[i], " & ".join(self.by[i]),
             " & ".join(levels_of(self.by[i], self.group[i])), " & ".join(levels_of(self.by[i], self.other[i])),
             *(f"{x:.3f}" for x in (self.value[i], self.low[i], self.high[i]))]
            for i in range(len(self))
        ]  # fmt: skip
        return header, rows


_COLUMNS = ("metric", "by", "measure", "between", "group", "other", "value", "low", "high")
