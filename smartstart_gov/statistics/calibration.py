"""Calibration of each group from its score histogram: whether scores say how often the outcome occurs.

Each row gets the middle of its bin as score, so it is off by at most 1 / 2 048. Every row counts once: weights
are not applied.

References
----------
Cox 1958, Two further applications of a model for binary regression. Biometrika 45.
Van Calster et al. 2019, Calibration: the Achilles heel of predictive analytics. BMC Medicine 17.
Albert, Anderson 1984, On the existence of maximum likelihood estimates in logistic regression models. Biometrika 71.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from smartstart_gov.counting.tally import BINS, Ints
from smartstart_gov.show import Value
from smartstart_gov.statistics.intervals import Floats, mean_interval, normal_quantile, wilson

#: Score of a row in each bin, and its log-odds.
CENTRES = (np.arange(BINS) + 0.5) / BINS
LOG_ODDS = np.log(CENTRES / (1 - CENTRES))
#: Quantile bins of a reliability table and of the expected calibration error.
PARTS = 10
_STEPS = 60
_SETTLED = 1e-10


class Figure(NamedTuple):
    """One figure per group with its interval, each of shape (n_groups,); nan is undefined."""

    value: Floats
    low: Floats
    high: Floats


def intercept(histogram: Ints, confidence: float = 0.95, design: Floats | float = 1.0) -> Figure:
    """Return the calibration intercept: by how much the log-odds of the scores are too low overall.

    Maximum likelihood of a in logit P(y) = a + logit(score), Wald interval by inverse information; 0 is right, above
    0 is too low. Undefined if a class is absent.
    """
    negative, positive = _classes(histogram)
    rows, observed = negative + positive, positive.sum(axis=1)
    absent = (observed == 0) | (negative.sum(axis=1) == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(absent, 0.0, np.log(observed / negative.sum(axis=1)) - (rows @ LOG_ODDS) / rows.sum(axis=1))
    # The log-likelihood is concave, and its slope is bracketed: halving always ends.
    low, high = np.full(len(a), -40.0), np.full(len(a), 40.0)
    for _ in range(_STEPS):
        chance = _chance(np.clip(a, low, high)[:, None] + LOG_ODDS)
        a = np.clip(a, low, high)
        score = observed - (rows * chance).sum(axis=1)
        low, high = np.where(score > 0, a, low), np.where(score > 0, high, a)
        information = (rows * chance * (1 - chance)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = a + score / information
        a = np.where((newton > low) & (newton < high), newton, (low + high) / 2)
    chance = _chance(a[:, None] + LOG_ODDS)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(design / (rows * chance * (1 - chance)).sum(axis=1))
    return _wald(np.where(absent, np.nan, a), error, confidence)


def slope(histogram: Ints, confidence: float = 0.95, design: Floats | float = 1.0) -> Figure:
    """Return the calibration slope: how much the log-odds of the outcome rise with those of the score.

    Maximum likelihood of b in logit P(y) = a + b logit(score), Wald interval by inverse information; 1 is right, below
    1 the scores are too extreme. Undefined if a class is absent, and at separation: if no score of one class lies
    beyond a score of the other, the likelihood has no maximum (Albert, Anderson 1984).
    """
    negative, positive = _classes(histogram)
    separated = _separated(negative, positive)
    rows = negative + positive
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.nan_to_num((rows @ LOG_ODDS) / rows.sum(axis=1))
    x = LOG_ODDS[None, :] - middle[:, None]
    beta = np.zeros((len(rows), 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        beta[:, 0] = np.where(separated, 0.0, np.log(positive.sum(axis=1) / negative.sum(axis=1)))
    best = _likelihood(beta, x, negative, positive)
    settled = separated.copy()
    for _ in range(_STEPS):
        chance = _chance(beta[:, :1] + beta[:, 1:] * x)
        gradient, information = _derivatives(chance, x, rows, positive)
        step = _solve(information, gradient)
        # Newton's step is halved until the likelihood does not fall; it is concave, so this cannot go on.
        for _ in range(_STEPS):
            tried = _likelihood(beta + step, x, negative, positive)
            worse = ~(tried >= best - 1e-12 * np.abs(best)) & ~settled
            if not worse.any():
                break
            step[worse] /= 2
        step[settled] = 0.0
        beta, best = beta + step, np.where(settled, best, tried)
        settled |= np.abs(step).max(axis=1) < _SETTLED * (1 + np.abs(beta).max(axis=1))
        if settled.all():
            break
    _, information = _derivatives(_chance(beta[:, :1] + beta[:, 1:] * x), x, rows, positive)
    h00, h01, h11 = information
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(design * h00 / (h00 * h11 - h01**2))
    return _wald(np.where(separated | ~settled, np.nan, beta[:, 1]), error, confidence)


def observed_expected(histogram: Ints, confidence: float = 0.95, design: Floats | float = 1.0) -> Figure:
    """Return calibration in the large: positive cases over the sum of the scores; 1 is right, above 1 is too low.

    The interval is Wilson's of the share of positive cases over the mean score, widened by everything that the bins
    can hide of that mean: at a mean score of 0.10 half a per cent, at 0.01 five. Undefined without rows.
    """
    negative, positive = _classes(histogram)
    rows = negative + positive
    n = rows.sum(axis=1)
    low, high = wilson(positive.sum(axis=1) / design, n / design, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (rows @ CENTRES) / n
        hidden = 0.5 / BINS
        return Figure(positive.sum(axis=1) / n / mean, low / (mean + hidden), high / (mean - hidden))


def brier(histogram: Ints, confidence: float = 0.95, design: Floats | float = 1.0) -> Figure:
    """Return the Brier score: mean squared difference of score and outcome, 0 is best. Undefined without rows.

    It depends on the base rate: groups with different base rates have different Brier scores from equally good scores.
    """
    negative, positive = _classes(histogram)
    n = (negative + positive).sum(axis=1)
    wrong, right = CENTRES**2, (1 - CENTRES) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (negative @ wrong + positive @ right) / n
        variance = ((negative @ wrong**2 + positive @ right**2) / n - value**2) / (n - 1)
        effective = value * (1 - value) / variance
    effective = np.where(np.isfinite(effective) & (effective > 0), effective, n)
    return Figure(value, *mean_interval(value, effective / design, confidence))


def calibration_error(histogram: Ints, confidence: float = 0.95, design: Floats | float = 1.0, parts: int = PARTS) -> Figure:
    """Return the expected calibration error: mean distance of score and outcome over quantile bins of the score.

    A sum of absolute values is never 0 by chance: with perfectly calibrated scores its mean is `chance_error`, which is
    large if rows are few. The interval allows for that: its low end is reduced by the most that chance can add, its high
    end is not. Read the interval, and use only the interval to compare groups of different sizes. Undefined without rows.
    """
    n, positive, mean = (part.astype(np.float64) for part in quantile_parts(histogram, parts))
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = n / n.sum(axis=1, keepdims=True)
        observed = np.where(n > 0, positive / n, 0.0)
        value = np.where(n.sum(axis=1) > 0, (weight * np.abs(observed - np.where(n > 0, mean, 0.0))).sum(axis=1), np.nan)
        # Two cases either way (Agresti, Coull), so that a bin without events has a spread.
        share = (positive + 2) / (n + 4)
        error = np.where(n > 0, weight * np.sqrt(share * (1 - share) / n), 0.0) * np.sqrt(_column(design))
    bias, spread = math.sqrt(2 / math.pi) * error.sum(axis=1), np.sqrt((error**2).sum(axis=1))
    z = normal_quantile(0.5 + confidence / 2)
    return Figure(value, np.maximum(value - bias - z * spread, 0.0), np.minimum(value + z * spread, 1.0))


def chance_error(histogram: Ints, parts: int = PARTS) -> Floats:
    """Return the average calibration error of perfectly calibrated scores with a given number of rows."""
    n, _, mean = quantile_parts(histogram, parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(n > 0, n * np.sqrt(mean * (1 - mean) / n), 0.0).sum(axis=1) / n.sum(axis=1)
    return np.asarray(math.sqrt(2 / math.pi) * error)


def quantile_parts(histogram: Ints, parts: int = PARTS) -> tuple[Ints, Ints, Floats]:
    """Return rows, positive cases and mean score of each quantile bin of each group, shape (n_groups, parts).

    Score bins stay whole, so with few different scores some parts are empty (0 rows, mean nan).
    """
    rows, place = histogram.sum(axis=1), quantile_places(histogram, parts)
    flat = (np.arange(len(rows))[:, None] * parts + place).reshape(-1)

    def gather(values: Floats | Ints) -> Floats:
        summed = np.bincount(flat, weights=values.reshape(-1), minlength=len(rows) * parts)
        return np.asarray(summed.reshape(len(rows), parts), dtype=np.float64)

    n = gather(rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = gather(rows * CENTRES) / n
    return n.astype(np.int64), gather(histogram[:, 1]).astype(np.int64), mean


def quantile_places(histogram: Ints, parts: int = PARTS) -> Ints:
    """Return for each group the quantile bin that each score bin belongs to, shape (n_groups, n_bins)."""
    rows = histogram.sum(axis=1).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (np.cumsum(rows, axis=1) - rows / 2) / rows.sum(axis=1, keepdims=True)
    found: Ints = np.minimum(np.nan_to_num(middle) * parts, parts - 1).astype(np.int64)
    return found


def _classes(histogram: Ints) -> tuple[Floats, Floats]:
    return histogram[:, 0].astype(np.float64), histogram[:, 1].astype(np.float64)


def _column(design: Floats | float) -> Floats:
    return np.asarray(design, dtype=np.float64).reshape(-1, 1)


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(log_odds / 2)))


def _separated(negative: Floats, positive: Floats) -> npt.NDArray[np.bool_]:
    """Whether the slope has no maximum: a class is absent, or no score of one class lies beyond one of the other."""
    lowest = [np.argmax(cases > 0, axis=1) for cases in (negative, positive)]
    highest = [BINS - 1 - np.argmax(cases[:, ::-1] > 0, axis=1) for cases in (negative, positive)]
    absent = (negative.sum(axis=1) == 0) | (positive.sum(axis=1) == 0)
    return np.asarray(absent | (highest[0] <= lowest[1]) | (highest[1] <= lowest[0]))


def _likelihood(beta: Floats, x: Floats, negative: Floats, positive: Floats) -> Floats:
    log_odds = beta[:, :1] + beta[:, 1:] * x
    return np.asarray(-(positive * np.logaddexp(0, -log_odds) + negative * np.logaddexp(0, log_odds)).sum(axis=1))


def _derivatives(chance: Floats, x: Floats, rows: Floats, positive: Floats) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Return the gradient, shape (n_groups, 2), and the three entries of the information, each (n_groups,)."""
    gap, weight = positive - rows * chance, rows * chance * (1 - chance)
    gradient = np.stack([gap.sum(axis=1), (gap * x).sum(axis=1)], axis=1)
    return gradient, (weight.sum(axis=1), (weight * x).sum(axis=1), (weight * x**2).sum(axis=1))


def _solve(information: tuple[Floats, Floats, Floats], gradient: Floats) -> Floats:
    h00, h01, h11 = information
    determinant = h00 * h11 - h01**2
    safe = np.where(determinant > 0, determinant, 1.0)
    step = np.stack([h11 * gradient[:, 0] - h01 * gradient[:, 1], h00 * gradient[:, 1] - h01 * gradient[:, 0]], axis=1)
    return np.asarray(np.where((determinant > 0)[:, None], step / safe[:, None], 0.0))


def _wald(value: Floats, error: Floats, confidence: float) -> Figure:
    half = normal_quantile(0.5 + confidence / 2) * np.where(np.isnan(value), np.nan, error)
    return Figure(value, value - half, value + half)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reliability(Value):
    """One line per part of the scores; part i contains scores from ``edges[i] / 1024`` to ``edges[i + 1] / 1024``.

    Attributes
    ----------
    edges : tuple of int
        Bin numbers, one more than there are parts.
    rows, positives : tuple of int
    score : tuple of float
        Mean score of the rows.
    share, low, high : tuple of float
        Share with the outcome, with Wilson bounds.
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

    def headline(self) -> str:
        """Return the table in one line."""
        return f"Reliability({len(self)} parts, {sum(self.rows)} rows)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per part."""
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
