"""Which rows are explained, and what they say about everybody.

Rows are drawn by a lottery over their content, so that neither the order of the rows nor the library
of the frame matters. Each audited group gets rows; oversampled groups are weighted back, and
standard errors follow the design (Horvitz-Thompson weights with a ratio estimator; Särndal, Swensson
and Wretman, Model Assisted Survey Sampling, 1992, section 5.7 and 10.3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.intake.frames import column_names, values
from smartstart_gov.looks.commitment import column_bytes, kind_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_CHUNK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Rows drawn within strata.

    Attributes
    ----------
    rows : ndarray of int64, shape (n_drawn,)
        Positions, in the order of the lottery.
    stratum : ndarray of int64, shape (n_drawn,)
    sizes : ndarray of int64, shape (n_strata,)
        Rows of each stratum in the population.
    """

    rows: Ints
    stratum: Ints
    sizes: Ints


def lottery(native: Any, groups: Sequence[Ints], seed: int) -> npt.NDArray[np.uint64]:
    """Return one number per row that depends on `seed`, the row's content and how many equal rows come before it.

    Equal rows are exchangeable, so any order of the rows gives the same draw.
    """
    columns = [values(native, name) for name in column_names(native)] + [np.asarray(codes) for codes in groups]
    key = hashlib.sha256(f"smartstart_gov/explain/{seed}".encode()).digest()
    seen: dict[bytes, int] = {}
    heads = bytearray()
    total = len(native)
    for start in range(0, total, _CHUNK):
        block = np.hstack([column_bytes(c[start : start + _CHUNK], kind_of(c)) for c in columns])
        width, content = block.shape[1], block.tobytes()
        for i in range(len(block)):
            row = content[i * width : (i + 1) * width]
            times = seen[row] = seen.get(row, 0) + 1
            heads += hashlib.blake2b(row + times.to_bytes(8, "big"), key=key, digest_size=8).digest()
    return np.frombuffer(bytes(heads), dtype=">u8").astype(np.uint64)


def rarest(groups: Sequence[Ints]) -> Ints | None:
    """Return for each row the smallest of the groups it is in, over all attributes, as one code; None without attributes.

    Strata of all combinations would be more than there are rows to explain. These are at most as many as there are
    levels, and the smaller a group is, the more of it is a stratum of its own; large groups are met in those of the others.

    Parameters
    ----------
    groups : sequence of ndarray of int64, shape (n_rows,)
        Codes of the levels, an array for each attribute.

    Examples
    --------
    >>> colour, sex = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 1, 1])
    >>> rarest([colour, sex]).tolist()
    [2, 0, 0, 0, 1, 1]
    """
    found: Ints | None = None
    least, before = np.empty(0, dtype=np.int64), 0
    for codes in groups:
        sizes = np.bincount(codes)
        own = sizes[codes]
        if found is None:
            found, least = codes.astype(np.int64), own
        else:
            found, least = np.where(own < least, codes + before, found), np.minimum(own, least)
        before += len(sizes)
    return found


def draw(tickets: npt.NDArray[np.uint64], groups: Ints | None, rows: int) -> Sample:
    """Draw `rows` rows: half of them equally over the groups, half in proportion to their sizes.

    Parameters
    ----------
    tickets : ndarray of uint64, shape (n_rows,)
        The lottery; the lowest tickets of each stratum are drawn.
    groups : ndarray of int64, shape (n_rows,), or None
        Group of each row. If there are more groups than half of `rows`, the smallest share a stratum.
    rows : int
    """
    codes = np.zeros(len(tickets), dtype=np.int64) if groups is None else _strata(groups, max(1, rows // 2))
    sizes = np.bincount(codes).astype(np.int64)
    wanted = allocate(sizes, rows)
    order = np.lexsort((tickets, codes))
    starts = np.cumsum(sizes) - sizes
    drawn = np.concatenate([order[s : s + n] for s, n in zip(starts, wanted, strict=True)])
    drawn = drawn[np.argsort(tickets[drawn], kind="stable")]
    return Sample(rows=drawn.astype(np.int64), stratum=codes[drawn], sizes=sizes)


def _strata(groups: Ints, most: int) -> Ints:
    _, codes, times = np.unique(groups, return_inverse=True, return_counts=True)
    if len(times) <= most:
        return np.asarray(codes, dtype=np.int64)
    rank = np.empty(len(times), dtype=np.int64)
    rank[np.argsort(-times, kind="stable")] = np.arange(len(times))
    return np.minimum(rank, most - 1)[codes]


def allocate(sizes: Ints, rows: int) -> Ints:
    """Return how many rows each stratum gives: at least two if it has them, and `rows` in total.

    Examples
    --------
    >>> allocate(np.array([900, 90, 10]), 100).tolist()
    [69, 21, 10]
    """
    rows = min(rows, int(sizes.sum()))
    given = np.minimum(sizes, max(2, rows // (2 * len(sizes))))
    while (left := rows - int(given.sum())) > 0:
        free = np.where(given < sizes, sizes, 0)
        share = np.minimum((left * free) // free.sum(), sizes - given)
        if not share.any():
            largest = np.argsort(-free, kind="stable")[:left]
            share[largest] = (free[largest] > 0).astype(np.int64)
        given = given + share
    return np.asarray(given, dtype=np.int64)


def mean_and_error(found: Floats, sample: Sample, member: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return mean and standard error of `found` over the part of the population where `member` is true.

    No correction for a finite population: the audit rows represent future rows. Fewer than two
    drawn members give nan.

    Parameters
    ----------
    found : ndarray of float64, shape (n_drawn, n_columns)
    sample : Sample
    member : ndarray of bool, shape (n_drawn,)

    Returns
    -------
    mean, error : ndarray of float64, shape (n_columns,)
    """
    columns = found.shape[1]
    if member.sum() < 2:
        return np.full(columns, np.nan), np.full(columns, np.nan)
    drawn = np.bincount(sample.stratum, minlength=len(sample.sizes))
    weight = (sample.sizes / np.maximum(drawn, 1))[sample.stratum] * member
    total = weight.sum()
    mean = weight @ found / total
    gap = np.where(member[:, None], found - mean, 0.0)
    spread, alone, pooled, freedom = np.zeros(columns), 0.0, np.zeros(columns), 0
    for i, (size, n) in enumerate(zip(sample.sizes, drawn, strict=True)):
        if n >= 2:
            inside = gap[sample.stratum == i]
            variance = inside.var(axis=0, ddof=1)
            spread = spread + float(size) ** 2 / n * variance
            pooled, freedom = pooled + (n - 1) * variance, freedom + int(n) - 1
        elif n == 1 and member[sample.stratum == i].any():
            alone += float(size) ** 2
    # A stratum of one row has no spread of its own; it is given that of the others.
    spread = spread + (alone * pooled / freedom if freedom else 0.0)
    return mean, np.sqrt(spread) / total
