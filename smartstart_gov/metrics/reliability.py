"""Reliability table: for rows with about the same score, how often it is so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from smartstart_gov.canonical import real, unreal
from smartstart_gov.metrics.calibration import CENTRES, PARTS, quantile_places
from smartstart_gov.metrics.intervals import wilson
from smartstart_gov.show import Value
from smartstart_gov.tally.scores import BINS, Ints


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reliability(Value):
    """One line a part of the scores; part i holds scores from ``edges[i] / 1024`` to ``edges[i + 1] / 1024``.

    Attributes
    ----------
    edges : tuple of int
        Bin numbers, one more than there are parts.
    rows, positives : tuple of int
    score : tuple of float
        Mean score of the rows.
    share, low, high : tuple of float
        Share for which it is so, with Wilson bounds.
    confidence : float
    """

    edges: tuple[int, ...]
    rows: tuple[int, ...]
    positives: tuple[int, ...]
    score: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    confidence: float

    def __post_init__(self) -> None:
        if any(len(getattr(self, name)) != len(self.edges) - 1 for name in ("rows", "positives", *_REALS)):
            raise ValueError("a reliability table has one edge more than it has lines")
        if any(type(n) is not int or n < 0 for n in (*self.edges, *self.rows, *self.positives)):
            raise ValueError("edges, rows and positives of a reliability table are counted from 0")

    def __len__(self) -> int:
        return len(self.rows)

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        counts = {name: list(getattr(self, name)) for name in ("edges", "rows", "positives")}
        return (
            counts | {name: [real(x) for x in getattr(self, name)] for name in _REALS} | {"confidence": real(self.confidence)}
        )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Reliability:
        """Return the table that `to_record` wrote."""
        counts: dict[str, Any] = {name: tuple(record[name]) for name in ("edges", "rows", "positives")}
        reals: dict[str, Any] = {name: tuple(unreal(x) for x in record[name]) for name in _REALS}
        return cls(**counts, **reals, confidence=unreal(record["confidence"]))

    def headline(self) -> str:
        """Return the table in one line."""
        return f"Reliability({len(self)} parts, {sum(self.rows)} rows)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line a part."""
        header = ["from", "to", "rows", "positives", "mean score", "share", "low", "high"]
        lines: list[list[object]] = [
            [f"{self.edges[i] / BINS:.3f}", f"{self.edges[i + 1] / BINS:.3f}", self.rows[i], self.positives[i],
             *(f"{getattr(self, name)[i]:.3f}" for name in _REALS)]
            for i in range(len(self))
        ]  # fmt: skip
        return header, lines


_REALS = ("score", "share", "low", "high")


def quantile_edges(histogram: Ints, parts: int = PARTS) -> tuple[int, ...]:
    """Return bin numbers that cut the rows of one group, shape (2, 1024), into parts of about the same size.

    Bins stay whole, so with few different scores there are fewer parts.
    """
    inside = np.flatnonzero(histogram.sum(axis=0))
    places = quantile_places(histogram[None], parts)[0][inside]
    return (0, *(int(b) for b in inside[1:][np.diff(places) > 0]), BINS)


def reliability(
    histogram: Ints, edges: Sequence[int] | None = None, *, confidence: float = 0.95, design: float = 1.0
) -> Reliability:
    """Return the reliability table of one group, shape (2, 1024); by default over its own quantiles.

    Rows of a part without cases have undefined shares.

    Examples
    --------
    >>> counts = np.zeros((2, 1024), dtype=np.int64)
    >>> counts[0, 100], counts[1, 100], counts[0, 600], counts[1, 600] = 90, 10, 45, 55
    >>> print(reliability(counts, (0, 512, 1024)))
    Reliability(2 parts, 200 rows)
    from   to     rows  positives  mean score  share  low    high
    0.000  0.500  100   10         0.098       0.100  0.055  0.174
    0.500  1.000  100   55         0.586       0.550  0.452  0.644
    """
    cuts = quantile_edges(histogram) if edges is None else tuple(edges)
    starts = np.array(cuts[:-1])
    rows = np.add.reduceat(histogram.sum(axis=0), starts)
    positives = np.add.reduceat(histogram[1], starts)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.add.reduceat(histogram.sum(axis=0) * CENTRES, starts) / rows
        share = positives / rows
    low, high = wilson(positives / design, rows / design, confidence)
    return Reliability(
        edges=cuts, rows=tuple(rows.tolist()), positives=tuple(positives.tolist()), score=tuple(score.tolist()),
        share=tuple(share.tolist()), low=tuple(low.tolist()), high=tuple(high.tolist()), confidence=confidence,
    )  # fmt: skip
