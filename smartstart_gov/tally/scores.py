"""Score histograms: how many rows of each group and outcome have a score in each of 1 024 equal bins of [0, 1].

A histogram is kept for everybody and for single attributes, never for their full cross: with the cross it
would be little else than the rows. Histograms add, like every other part of a tally.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
#: For each margin (names of its axes) the counts, shape (n_groups, 2, BINS): groups, y_true, bin.
Scores = Mapping[tuple[str, ...], Ints]
#: A power of two: score * BINS is exact in floating point, so a threshold on a bin's edge cuts exactly.
BINS = 1024
#: Rows a chunk: small enough to stay in the processor's cache.
_CHUNK = 65_536


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
    """Return the histograms of both; ValueError where they are of different margins."""
    if set(first) != set(second):
        raise ValueError("tallies merge only where both or neither have scores of the same margins")
    return {margin: array + second[margin] for margin, array in first.items()}


def check(scores: Scores, names: Sequence[str], counts: Ints) -> None:
    """Raise ValueError where a histogram does not add up to the counts beside it, or is of a cross of axes."""
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
    """Return the histograms that `to_record` wrote; ValueError where they are of another number of bins."""
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
