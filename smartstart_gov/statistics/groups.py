"""The groups of one question (levels, areas of a step, small groups pooled), and the two sides of a comparison.

Sides are summed from cells, weights and cluster moments and not from rates, so that a rest has the rate that
its rows have, however unlike the weights and the units of its groups are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import Tally
from smartstart_gov.statistics.effective_size import effective_rows
from smartstart_gov.statistics.estimates import Groups, Ints, RowKind, margin, unit_squares
from smartstart_gov.statistics.rates import Rate, mask

#: The name of the group that small ones enter as: no declared group can be without a name.
POOLED = ""
Floats = npt.NDArray[np.float64]
_SUMS = ("cells", "weights", "products", "units", "spare")


def grouped(
    tally: Tally | PrintedTally, by: tuple[str, ...], *, step: str | None = None, pool_under: int | None = None,
    reference: str | None = None,
) -> Groups | None:  # fmt: skip
    """Return the groups of `by`, their areas at `step`, with groups under `pool_under` rows as one.

    Which groups are pooled depends on how many rows they have and never on outcomes, so that nobody can
    choose it after the fact; rows of unknown group belong to none while that is decided, and the `reference` is
    never pooled. None if a printed tally cannot answer.
    """
    block = margin(tally, by)
    if block is None or (step is None and pool_under is None):
        return block
    if isinstance(tally, PrintedTally):
        return None
    if step is not None:
        axis = tally.axis(by[0])
        ancestors = next(s.ancestors for s in axis.steps if s.name == step)
        sets = [(name, "level", [i for i, a in enumerate(ancestors) if a == name]) for name in dict.fromkeys(ancestors)]
        sets += [(block.names[i], kind, [i]) for i, kind in enumerate(block.kinds) if kind == "unknown"]
        block = _merge(block, sets)  # type: ignore[arg-type]  # kinds are of RowKind
    if pool_under is not None:
        small = _small(block, pool_under, reference)
        if small:
            sets = [(block.names[i], kind, [i]) for i, kind in enumerate(block.kinds) if i not in set(small)]
            block = _merge(block, [*sets, (POOLED, "level", small)])  # type: ignore[list-item]  # kinds are of RowKind
    return block


def pooled(
    tally: Tally | PrintedTally, by: tuple[str, ...], *, step: str | None = None, under: int, reference: str | None = None
) -> tuple[str, ...]:
    """Return the groups with people in them that `grouped` makes one; of a printed tally only those that it prints."""
    block = margin(tally, by) if isinstance(tally, PrintedTally) else grouped(tally, by, step=step)
    if block is None:
        return ()
    return tuple(block.names[i] for i in _small(block, under, reference) if block.cells[i].sum() > 0)


def _small(block: Groups, under: int, reference: str | None) -> list[int]:
    rows = block.cells.sum(axis=1)
    return [i for i, kind in enumerate(block.kinds) if kind == "level" and rows[i] < under and block.names[i] != reference]


def strata_of(tally: Tally | PrintedTally, given: str, by: tuple[str, ...]) -> tuple[Groups, ...] | None:
    """Return the groups of `by` within each level of the control column `given`; None of a printed tally."""
    if isinstance(tally, PrintedTally):
        return None
    crossed, plain = margin(tally, (given, *by)), margin(tally, by)
    if crossed is None or plain is None:
        return None
    size = len(plain.names)
    return tuple(
        replace(_take(crossed, np.arange(s * size, (s + 1) * size)), by=by, names=plain.names, kinds=plain.kinds)
        for s in range(len(crossed.names) // size)
    )


def _take(block: Groups, rows: Ints) -> Groups:
    return replace(
        block,
        names=tuple(block.names[i] for i in rows), kinds=tuple(block.kinds[i] for i in rows), cells=block.cells[rows],
        weights=None if block.weights is None else block.weights[rows],
        products=None if block.products is None else block.products[rows],
        units=None if block.units is None else block.units[rows],
        spare=None if block.spare is None else block.spare[rows],
    )  # fmt: skip


def _merge(block: Groups, sets: Sequence[tuple[str, RowKind, Sequence[int]]]) -> Groups:
    """Return the sums over each set of rows. A unit in two of them counts as two, as where groups are apart."""

    def down(array: Ints) -> Ints:
        return np.array([array[list(rows)].sum(axis=0) for _, _, rows in sets])

    return replace(
        block,
        names=tuple(name for name, _, _ in sets), kinds=tuple(kind for _, kind, _ in sets), cells=down(block.cells),
        weights=None if block.weights is None else down(block.weights),  # type: ignore[arg-type]  # floats here
        products=None if block.products is None else down(block.products),
        units=None if block.units is None else down(block.units),
        spare=None if block.spare is None else down(block.spare),
    )  # fmt: skip


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
    part = {
        "cells": takes, "weights": takes[:, None], "products": np.outer(takes, takes), "units": takes.max(),
        "spare": takes.max(),
    }  # fmt: skip
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
            more = None if block.spare is None else block.spare[unknown].sum(keepdims=True)
            large = float(unit_squares(block.products[unknown].sum(axis=0)[None], more, top, bottom, np.zeros(1))[0][0])
            nn, between = unit_squares(base.products, base.spare, top, bottom, value)
            between += large * np.maximum(value, 1 - value) ** 2
            effect = between / (cases * value * (1 - value)) * base.units / (base.units - 1)
            worst = (nn + large) / cases
            found = found / np.maximum(np.where((value <= 0) | (value >= 1) | (base.units < 2), worst, effect), 1.0)
    return np.nan_to_num(found)
