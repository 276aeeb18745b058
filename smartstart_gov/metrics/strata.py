"""Comparisons within the levels of a control column, combined into one.

Each level gets a weight by its size in both groups (Mantel, Haenszel 1959; for limits other than 0
Miettinen, Nurminen 1985, section 5), so that a difference in how groups spread over the levels is no
difference between the groups. Where the levels disagree more than chance explains, one number for all
would hide it: that is tested too (Cochran 1954).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from smartstart_gov.metrics.crossing import crossing
from smartstart_gov.metrics.disparity import Contrasts, Floats, Ints
from smartstart_gov.metrics.disparity_table import Between, Measure
from smartstart_gov.metrics.intervals import chi_square_quantile, difference_parts, normal_quantile, ratio_parts, standardised


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratified:
    """The same comparisons in every stratum; answers like `Contrasts`, for all strata together."""

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
        """Where at least one stratum holds both groups."""
        return np.asarray(np.any([one.defined for one in self.strata], axis=0))

    def keep(self, which: npt.NDArray[np.bool_] | Ints) -> Stratified:
        """Return some of the comparisons."""
        return replace(self, strata=tuple(one.keep(which) for one in self.strata))

    def alone(self) -> tuple[npt.NDArray[np.bool_], Contrasts]:
        """Return where exactly one stratum holds both groups, and that stratum's comparisons (elsewhere the first's)."""
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
        ratio = self.measure == "ratio"

        def end(far: float, near: float, sign: float) -> Floats:
            def score(at: Floats, which: Ints) -> Floats:
                # Ratios are sought on the scale k / (1 + k), which has an end.
                return sign * self.keep(which).score(np.minimum(at / (1 - at), 1e12) if ratio else at)

            at = crossing(score, far, near, z, of=[np.arange(len(self.group))])
            return np.where(self.defined, at / (1 - at) if ratio else at, np.nan)

        lowest = 0.0 if ratio else -1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            return end(lowest, 1.0, 1.0), end(1.0, lowest, -1.0)

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
        parts = difference_parts if self.measure == "difference" else ratio_parts
        found = [parts(one.x1, one.n1, one.x2, one.n2, bound) for one in self.strata]
        gap, variance = (np.nan_to_num(np.array([pair[i] for pair in found]), posinf=1e300) for i in (0, 1))
        return gap, variance, np.array([_weight(one) for one in self.strata])


def _weight(one: Contrasts) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(one.defined, one.n1 * one.n2 / (one.n1 + one.n2), 0.0)
