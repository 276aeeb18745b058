"""The groups of one question: levels, areas of a step, and small groups pooled, by a rule fixed beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from smartstart_gov.metrics.estimate import RowKind
from smartstart_gov.metrics.measure import Groups, Ints, margin
from smartstart_gov.tally.cube import Tally
from smartstart_gov.tally.printed import PrintedTally

#: The name of the group that small ones enter as.
POOLED = "*"


def grouped(
    tally: Tally | PrintedTally, by: tuple[str, ...], *, step: str | None = None, pool_under: int | None = None,
    reference: str | None = None,
) -> Groups | None:  # fmt: skip
    """Return the groups of `by`, their areas at `step`, with groups under `pool_under` rows as one.

    Which groups are pooled depends on how many rows they have and never on outcomes, so that nobody can
    choose it after the fact; rows of unknown group belong to none while that is decided, and the `reference` is
    never pooled. None where a printed tally cannot answer.
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
    )  # fmt: skip
