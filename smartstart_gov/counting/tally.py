"""Tally: integer counts over named axes, with score histograms: a statistic that can be merged and contains no individuals.

A histogram is kept for everybody and for single attributes, never for their combinations: with those it
would be almost the rows themselves. Histograms can be added, like every other part of a tally.

The last two dimensions are always truth and decision. Unknown is a level like any other; a declared
level without rows stays on its axis with zero counts, so that its absence can be seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import Column, DataContract, steps_of
from smartstart_gov.authoring.node import shown
from smartstart_gov.codec import Recorded
from smartstart_gov.counting.weights import Weights
from smartstart_gov.errors import Refused
from smartstart_gov.show import Value

#: Rows a chunk: small enough to stay in the processor's cache.
CHUNK = 32_768
#: A dense cube is not built beyond this many cells.
MOST_CELLS = 50_000_000
Ints = npt.NDArray[np.int64]
#: For each margin (names of its axes) the counts, shape (n_groups, 2, BINS): groups, y_true, bin.
Scores = Mapping[tuple[str, ...], Ints]
#: A power of two: score * BINS is exact in floating point, so a threshold on a bin's edge cuts exactly.
BINS = 1024
#: Rows a chunk: small enough to stay in the processor's cache.
_CHUNK = 65_536
AxisKind = Literal["sensitive", "control", "site"]
FORMAT = 1


def bins_of(score: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Return the bin of each score, shape (n_samples,); bin j holds [j / BINS, (j + 1) / BINS), the last one also 1.

    Examples
    --------
    >>> bins_of(np.array([0.0, 0.5, 0.49999, 1.0])).tolist()
    [0, 512, 511, 1023]
    """
    found: npt.NDArray[np.int32] = np.minimum((score * BINS).astype(np.int32), np.int32(BINS - 1))
    return found


def histogram(codes: Ints | None, groups: int, y_true: npt.NDArray[np.int8], bins: npt.NDArray[np.int32]) -> Ints:
    """Return counts by group, outcome and bin, shape (n_groups, 2, BINS); `codes` None is one group of everybody."""
    size = groups * 2 * BINS
    total = np.zeros(size, dtype=np.int64)
    step = max(_CHUNK, size)
    for start in range(0, len(bins), step):
        part = slice(start, start + step)
        packed = bins[part] + y_true[part] * np.int64(BINS)
        if codes is not None:
            packed += codes[part] * (2 * BINS)
        total += np.bincount(packed, minlength=size)
    return total.reshape(groups, 2, BINS)


def merged(first: Scores, second: Scores) -> dict[tuple[str, ...], Ints]:
    """Return the histograms of both; ValueError if they have different margins."""
    if set(first) != set(second):
        raise ValueError("tallies merge only where both or neither have scores of the same margins")
    return {margin: array + second[margin] for margin, array in first.items()}


def check(scores: Scores, names: Sequence[str], counts: Ints) -> None:
    """Raise ValueError if a histogram does not add up to the counts, or is of a combination of axes."""
    for margin, array in scores.items():
        if len(margin) > 1 or not set(margin) <= set(names):
            raise ValueError(f"a score histogram is of one axis or of everybody, not of {margin}")
        axes = range(len(names))
        down = counts.sum(axis=(*(p for p in axes if names[p] not in margin), counts.ndim - 1)).reshape(-1, 2)
        if array.shape != (len(down), 2, BINS) or (array < 0).any() or not np.array_equal(array.sum(axis=2), down):
            raise ValueError(f"the score histogram of {margin or 'everybody'} does not add up to the counts")


def to_record(scores: Scores) -> dict[str, Any]:
    """Return the canonical record: positions and counts of the non-zero bins."""
    margins = []
    for margin, array in sorted(scores.items()):
        flat = array.reshape(-1)
        at = np.flatnonzero(flat)
        margins.append({"margin": list(margin), "groups": len(array), "at": at.tolist(), "n": flat[at].tolist()})
    return {"bins": BINS, "margins": margins}


def from_record(record: Mapping[str, Any]) -> dict[tuple[str, ...], Ints]:
    """Return the histograms that `to_record` wrote; ValueError if they have another number of bins."""
    if record["bins"] != BINS:
        raise ValueError(f"score histograms of {record['bins']} bins are not known to this version")
    found = {}
    for of in record["margins"]:
        flat = np.zeros(of["groups"] * 2 * BINS, dtype=np.int64)
        at = np.array(of["at"], dtype=np.int64)
        if len(at) != len(of["n"]) or len(np.unique(at)) != len(at) or (len(at) and at.min() < 0):
            raise ValueError("a bin of a score histogram stands twice, or nowhere")
        flat[at] = of["n"]
        found[tuple(of["margin"])] = flat.reshape(-1, 2, BINS)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a hierarchy: for each declared level of the axis, its ancestor at this step."""

    name: str
    ancestors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis(Recorded):
    """A named axis with a closed list of levels; if `unknown`, the last level is the unknown one."""

    name: str
    levels: tuple[str, ...]
    unknown: bool = False
    kind: AxisKind = "sensitive"
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.levels)) != len(self.levels):
            raise ValueError(f"axis {self.name}: a level stands twice")
        if any(len(step.ancestors) != len(self.declared) for step in self.steps):
            raise ValueError(f"axis {self.name}: a step names one ancestor for each declared level")

    @property
    def declared(self) -> tuple[str, ...]:
        """The levels without the unknown one."""
        return self.levels[:-1] if self.unknown else self.levels


def axis_of(column: Column, contract: DataContract) -> Axis:
    """Return the axis of a sensitive column, with its hierarchy."""
    steps = tuple(Step(name=name, ancestors=ancestors) for name, ancestors in steps_of(column, contract))
    open_ = column.maximum_unknown_share is not None
    return Axis(name=column.name, levels=column.axis_levels, unknown=open_, steps=steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Second moments of the units (households, repeated clients) of one margin.

    For group g and unit u let c(u) be the unit's four cell counts in g. `products[g]` is the sum over
    units of the outer product c c^T, shape (n_groups, 4, 4); `units[g]` the number of units. Every sum
    of n^2, n d and d^2 of a rate follows from it, and moments can be added if no unit is shared.
    """

    products: Ints
    units: Ints


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Tally(Value):
    """Counts of rows over `axes`, truth and decision.

    Attributes
    ----------
    axes : tuple of Axis
    counts : ndarray of int64, shape (n_levels_1, ..., n_levels_k, 2, 2)
        Rows; the last two axes are y_true and y_pred.
    weights : Weights or None
        Same shape, if the contract has a weight column.
    moments : dict of tuple of str to Moments
        Cluster moments per margin (names of its axes; empty for everybody), if there is a unit column.
    scores : dict of tuple of str to ndarray of int64, shape (n_groups, 2, 1024)
        Score histogram of everybody and of single axes, if there is a score (see `smartstart_gov.counting.tally`).
    """

    axes: tuple[Axis, ...]
    counts: Ints
    weights: Weights | None = None
    moments: Mapping[tuple[str, ...], Moments]
    scores: Scores = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (*(len(axis.levels) for axis in self.axes), 2, 2)
        if self.counts.shape != shape:
            raise ValueError(f"counts have shape {self.counts.shape}, the axes ask for {shape}")
        if self.counts.dtype != np.int64 or (self.counts < 0).any():
            raise ValueError("counts are non-negative 64-bit integers")
        if self.weights is not None and any(sums.shape != shape for sums in self.weights.sums):
            raise ValueError("weights have another shape than counts")

    @property
    def n(self) -> int:
        """Rows counted."""
        return int(self.counts.sum())

    def axis(self, name: str) -> Axis:
        """Return the axis called `name`; Refused D13 if there is none."""
        return self.axes[self._position(name)]

    def _position(self, name: str) -> int:
        for position, axis in enumerate(self.axes):
            if axis.name == name:
                return position
        what, remedy = (
            f"The counts have no attribute {shown(str(name))}.",
            "Name what was counted, or count it too: count(by=).",
        )
        raise Refused("D13", what, "Argument tally", remedy)

    def project(self, *names: str) -> Tally:
        """Return the tally over the axes `names`, in that order, everything else summed out."""
        keep = [self._position(name) for name in names]
        drop = tuple(p for p in range(len(self.axes)) if p not in keep)
        # After summing, the kept axes stand in their old order; bring them into the asked one.
        order = [sorted(keep).index(p) for p in keep]

        def down(array: Any) -> Any:
            summed = array.sum(axis=drop).transpose(*order, len(keep), len(keep) + 1)
            return summed

        weights = None if self.weights is None else self.weights.each(down)
        moments = {margin: m for margin, m in self.moments.items() if set(margin) <= set(names)}
        scores = {margin: array for margin, array in self.scores.items() if set(margin) <= set(names)}
        axes = tuple(self.axes[p] for p in keep)
        return Tally(axes=axes, counts=down(self.counts), weights=weights, moments=moments, scores=scores)

    def cells(self, *names: str) -> Ints:
        """Return the four cells (tn, fp, fn, tp) of each group of `names`, shape (n_groups, 4).

        Groups run through the levels in order, the last axis fastest.
        """
        return self.project(*names).counts.reshape(-1, 4)

    def slice(self, **levels: str) -> Tally:
        """Return the tally of the rows at the given levels, those axes gone. Moments and scores do not survive."""
        index: list[Any] = [slice(None)] * len(self.axes)
        for name, level in levels.items():
            index[self._position(name)] = self.axis(name).levels.index(level)
        at = tuple(index)
        weights = None if self.weights is None else self.weights.each(lambda sums: sums[at])
        axes = tuple(axis for axis in self.axes if axis.name not in levels)
        return Tally(axes=axes, counts=self.counts[at], weights=weights, moments={})

    def absent(self, name: str) -> tuple[str, ...]:
        """Return the declared levels of axis `name` that no row has."""
        rows = self.cells(name).sum(axis=1)
        axis = self.axis(name)
        return tuple(level for level, n in zip(axis.levels, rows, strict=True) if n == 0 and level in axis.declared)

    def __add__(self, other: Tally) -> Tally:
        """Merge two tallies of different rows over the same axes; no unit may be in both."""
        if not isinstance(other, Tally):
            return NotImplemented
        if self.axes != other.axes:
            raise ValueError("tallies merge only over the same axes, levels and hierarchies")
        if (self.weights is None) != (other.weights is None) or set(self.moments) != set(other.moments):
            raise ValueError("tallies merge only where both or neither have weights and units")
        weights = None if self.weights is None or other.weights is None else self.weights + other.weights
        moments = {
            margin: Moments(products=m.products + other.moments[margin].products, units=m.units + other.moments[margin].units)
            for margin, m in self.moments.items()
        }
        scores = merged(self.scores, other.scores)
        return Tally(axes=self.axes, counts=self.counts + other.counts, weights=weights, moments=moments, scores=scores)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and self.to_record() == other.to_record()

    __hash__ = None  # type: ignore[assignment]  # a value with arrays is compared, never a key

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record: non-zero cells only, as [flat position, count]."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "axes": [axis.to_record() for axis in self.axes],
            "counts": _sparse(self.counts),
            "weights": None if self.weights is None else self.weights.to_record(),
            "moments": [
                {"margin": list(margin), "units": m.units.tolist(), "products": _sparse(m.products)}
                for margin, m in sorted(self.moments.items())
            ],
        }
        if self.scores:
            record["scores"] = to_record(self.scores)
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Tally:
        """Return the tally that `to_record` wrote."""
        if record["format"] != FORMAT:
            raise ValueError(f"tally format {record['format']} is not known to this version")
        axes = tuple(Axis.from_record(axis) for axis in record["axes"])
        shape = (*(len(axis.levels) for axis in axes), 2, 2)
        if prod(shape) > 4 * MOST_CELLS:
            raise ValueError(f"a tally of {prod(shape)} cells is larger than any that is counted")
        weights = None if record["weights"] is None else Weights.from_record(record["weights"], shape)
        moments = {}
        for m in record["moments"]:
            groups = len(m["units"])
            products = _dense(m["products"], (groups, 4, 4))
            moments[tuple(m["margin"])] = Moments(products=products, units=np.array(m["units"], dtype=np.int64))
        if any(not {axis.name for axis in axes}.issuperset(margin) for margin in moments):
            raise ValueError("cluster moments are of other axes than the tally")
        counts = _dense(record["counts"], shape)
        scores = from_record(record["scores"]) if "scores" in record else {}
        check(scores, [axis.name for axis in axes], counts)
        return cls(axes=axes, counts=counts, weights=weights, moments=moments, scores=scores)

    def headline(self) -> str:
        """Return axes and rows in one line, without small counts, so that it may be logged."""
        axes = " x ".join(f"{a.name}[{len(a.declared)}{'+unknown' if a.unknown else ''}]" for a in self.axes)
        n = f"{self.n:,}".replace(",", " ")
        return f"Tally({axes + ' x ' if axes else ''}y_true[2] x y_pred[2], n={n})"


def _sparse(array: Ints) -> list[list[int]]:
    flat = array.reshape(-1)
    where = np.flatnonzero(flat)
    return [[int(i), int(flat[i])] for i in where]


def _dense(pairs: list[list[Any]], shape: tuple[int, ...]) -> Ints:
    flat = np.zeros(prod(shape), dtype=np.int64)
    for position, value in pairs:
        if not 0 <= position < len(flat):
            raise ValueError("a count stands outside its table")
        flat[position] = int(value)
    return flat.reshape(shape)
