"""ScoreTable: what the scores say beside the decisions, for everybody and each group: order and calibration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from smartstart_gov.canonical import real, unreal
from smartstart_gov.metrics.auc import auc
from smartstart_gov.metrics.calibration import brier, calibration_error, intercept, observed_expected, slope
from smartstart_gov.metrics.estimate import RowKind
from smartstart_gov.metrics.intervals import Floats
from smartstart_gov.metrics.measure import CONFIDENCE
from smartstart_gov.metrics.reliability import Reliability, reliability
from smartstart_gov.metrics.score_groups import ScoreGroups, score_groups
from smartstart_gov.show import Value
from smartstart_gov.tally.cube import Tally

#: Figures in the order of the columns.
FIGURES = (
    "auc", "observed_expected", "calibration_intercept", "calibration_slope", "calibration_error", "brier",
)  # fmt: skip
_CALIBRATION = (observed_expected, intercept, slope, calibration_error, brier)
_REALS = ("value", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ScoreTable(Value):
    """Figures of the scores by group, columnar: row r is a group, column f a figure.

    Attributes
    ----------
    figures : tuple of str
        Names of the columns; some of `FIGURES`.
    by : tuple of tuple of str
        For each row the attribute it is a group of; empty for the overall row (row 0).
    groups : tuple of str
    kinds : tuple of RowKind
    value, low, high : ndarray of float64, shape (n_rows, n_figures)
        nan is undefined: a class is absent, the classes are separated, or there are no rows.
    ties : ndarray of float64, shape (n_rows,)
        By how much the AUC of the scores themselves can differ from that of their bins.
    curve : Reliability or None
        Of everybody; None where it may not be printed.
    confidence : float
        Coverage of the two-sided intervals.
    """

    figures: tuple[str, ...]
    by: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...]
    kinds: tuple[RowKind, ...]
    value: Floats
    low: Floats
    high: Floats
    ties: Floats
    curve: Reliability | None
    confidence: float

    def __post_init__(self) -> None:
        shape = (len(self.groups), len(self.figures))
        if any(getattr(self, name).shape != shape for name in _REALS) or self.ties.shape != shape[:1]:
            raise ValueError(f"the figures of {shape[0]} groups have another shape than {shape}")
        if not len(self.by) == len(self.groups) == len(self.kinds):
            raise ValueError("by, groups and kinds differ in length")
        if not set(self.figures) <= set(FIGURES) or len(set(self.figures)) != len(self.figures):
            raise ValueError("a figure of the scores is not known, or stands twice")

    def __len__(self) -> int:
        return len(self.groups)

    def rows(self, *by: str) -> list[int]:
        """Return the row numbers of the groups of `by`; without arguments, the overall row."""
        return [r for r, names in enumerate(self.by) if names == by]

    def __getitem__(self, key: tuple[str, tuple[str, ...], str]) -> tuple[float, float, float]:
        """Return value, low and high of (figure, by, group); ``(figure, (), "overall")`` for everybody."""
        figure, by, group = key
        for r in self.rows(*by):
            if self.groups[r] == group:
                column = self.figures.index(figure)
                return float(self.value[r, column]), float(self.low[r, column]), float(self.high[r, column])
        raise KeyError(key)

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {
            "figures": list(self.figures), "by": [list(names) for names in self.by], "groups": list(self.groups),
            "kinds": list(self.kinds), "ties": [real(x) for x in self.ties.tolist()], "confidence": real(self.confidence),
            "curve": None if self.curve is None else self.curve.to_record(),
            **{name: [[real(x) for x in row] for row in getattr(self, name).tolist()] for name in _REALS},
        }  # fmt: skip

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ScoreTable:
        """Return the table that `to_record` wrote."""
        shape = (len(record["groups"]), len(record["figures"]))
        reals: dict[str, Any] = {
            n: np.array([[unreal(x) for x in row] for row in record[n]], dtype=np.float64).reshape(shape) for n in _REALS
        }
        return cls(
            figures=tuple(record["figures"]), by=tuple(tuple(b) for b in record["by"]), groups=tuple(record["groups"]),
            kinds=tuple(record["kinds"]), ties=np.array([unreal(x) for x in record["ties"]], dtype=np.float64),
            curve=None if record["curve"] is None else Reliability.from_record(record["curve"]),
            confidence=unreal(record["confidence"]), **reals,
        )  # fmt: skip

    def headline(self) -> str:
        """Return the table in one line."""
        return f"ScoreTable({len(self.figures)} figures x {len(self)} rows, {self.confidence:.0%})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line a figure of a group."""
        rows: list[list[object]] = [
            [" & ".join(self.by[r]) or "-", self.groups[r], name, *(_shown(getattr(self, x)[r, f]) for x in _REALS)]
            for r in range(len(self))
            for f, name in enumerate(self.figures)
        ]
        return ["by", "group", "figure", *_REALS], rows


def score_table(tally: Tally, attributes: Sequence[str]) -> ScoreTable | None:
    """Return the figures of everybody and of each group of `attributes`; None where the tally holds no scores.

    They describe. No limit is set on them, and no verdict rests on them.

    Examples
    --------
    >>> from smartstart_gov.predictions import Predictions
    >>> from smartstart_gov.tally.count import count
    >>> score = np.linspace(0.05, 0.95, 19)
    >>> truth = (score > 0.3).astype(np.int8)
    >>> rows = Predictions(y_true=truth, y_pred=(score > 0.5).astype(np.int8), score=score, groups={})
    >>> table = score_table(count(rows), [])
    >>> table["auc", (), "overall"][0], table["calibration_slope", (), "overall"][0]
    (1.0, nan)
    """
    if not tally.scores:
        return None
    blocks = [score_groups(tally, ()), *(score_groups(tally, (name,)) for name in attributes)]
    whole = blocks[0]
    ranked = [auc(block.histogram, CONFIDENCE, block.design) for block in blocks]
    figures = [
        [(a.value, a.low, a.high), *(make(block.histogram, CONFIDENCE, block.design) for make in _CALIBRATION)]
        for a, block in zip(ranked, blocks, strict=True)
    ]

    def stack(end: int) -> Floats:
        return np.concatenate([np.stack([figure[end] for figure in of], axis=1) for of in figures])

    return ScoreTable(
        figures=FIGURES, by=tuple(block.by for block in blocks for _ in block.names),
        groups=tuple(name for block in blocks for name in block.names),
        kinds=tuple(kind for block in blocks for kind in block.kinds),
        value=stack(0), low=stack(1), high=stack(2), ties=np.concatenate([a.ties for a in ranked]),
        curve=curve(whole), confidence=CONFIDENCE,
    )  # fmt: skip


def curve(of: ScoreGroups, edges: Sequence[int] | None = None) -> Reliability:
    """Return the reliability table of the first group of `of`, over its own quantiles or between `edges`."""
    return reliability(of.histogram[0], edges, confidence=CONFIDENCE, design=float(of.design[0]))


def _shown(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.3f}"
