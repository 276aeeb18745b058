"""The two sides of a comparison: some groups, the rest of each, and either with rows of unknown group.

Sides are summed from cells, weights and cluster moments and not from rates, so that a rest has the rate that
its rows have, however unlike the weights and the units of its groups are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.metrics.measure import Groups
from smartstart_gov.metrics.rates import Rate, mask
from smartstart_gov.metrics.weighted import effective_rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SUMS = ("cells", "weights", "products", "units")


def some(block: Groups, rows: Ints) -> Groups:
    """Return the groups at `rows`."""
    return _made(block, [block.names[i] for i in rows], {name: _rows(block, name, rows) for name in _SUMS})


def rests(block: Groups, level: Ints) -> Groups:
    """Return for each group all others, without the rows of unknown group; areas hold levels again."""
    known = np.array([i for i, kind in enumerate(block.kinds) if kind not in ("area", "unknown")], dtype=np.int64)
    sums = {}
    for name in _SUMS:
        whole, own = _rows(block, name, known), _rows(block, name, level)
        sums[name] = None if whole is None or own is None else whole.sum(axis=0) - own
    return _made(block, [block.names[i] for i in level], sums)


def joined(base: Groups, block: Groups, takes: Ints) -> Groups:
    """Return every group of `base` together with those rows of unknown group whose cell it `takes`."""
    unknown = np.array([i for i, kind in enumerate(block.kinds) if kind == "unknown"], dtype=np.int64)
    part = {"cells": takes, "weights": takes[:, None], "products": np.outer(takes, takes), "units": takes.max()}
    sums = {}
    for name in _SUMS:
        more = _rows(block, name, unknown)
        sums[name] = None if more is None else getattr(base, name) + more.sum(axis=0) * part[name]
    return _made(block, list(base.names), sums)


def _rows(block: Groups, name: str, rows: Ints) -> Any:
    sums = getattr(block, name)
    return None if sums is None else sums[rows]


def _made(block: Groups, names: list[str], sums: dict[str, Any]) -> Groups:
    return replace(block, names=tuple(names), kinds=tuple("level" for _ in names), **sums)


def mass(block: Groups, of: Rate) -> Floats:
    """Return how much each group weighs in everybody: the weights of its denominator, or its rows."""
    if block.weights is not None:
        return np.asarray(block.weights[:, :, 0] @ mask(of.denominator), dtype=np.float64)
    return np.asarray(of.counts(block.cells)[1], dtype=np.float64)


def fewest(base: Groups, block: Groups, of: Rate, value: Floats) -> Floats:
    """Return how few effective cases a side can have at the rate `value`, whichever rows of unknown group fall to it.

    One heavy row, or one large household, among them can take away more than all of them together bring. A
    household of which some rows are of a known group and others are not counts as two here.
    """
    unknown = np.array([i for i, kind in enumerate(block.kinds) if kind == "unknown"], dtype=np.int64)
    bottom, top = mask(of.denominator), mask(of.numerator)
    rows = of.counts(base.cells)[1]
    cases = rows.astype(np.float64)
    found = cases
    with np.errstate(divide="ignore", invalid="ignore"):
        if base.weights is not None and block.weights is not None:
            taken = int(of.counts(block.cells[unknown])[1].sum())
            more = block.weights[unknown].sum(axis=0)
            found = effective_rows(base.weights, rows, of, more=more, more_rows=taken)
        if base.products is not None and base.units is not None and block.products is not None:
            large = float(bottom @ block.products[unknown].sum(axis=0) @ bottom)
            nn, nd, dd = (
                np.einsum("gij,i,j->g", base.products, one, two) for one, two in ((bottom, bottom), (top, bottom), (top, top))
            )
            between = dd - 2 * value * nd + value**2 * nn + large * np.maximum(value, 1 - value) ** 2
            effect = between / (cases * value * (1 - value)) * base.units / (base.units - 1)
            worst = (nn + large) / cases
            found = found / np.maximum(np.where((value <= 0) | (value >= 1) | (base.units < 2), worst, effect), 1.0)
    return np.nan_to_num(found)
