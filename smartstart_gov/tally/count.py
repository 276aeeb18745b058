"""Rows become a Tally: codes are packed into one mixed-radix number and counted once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.errors import Refused
from smartstart_gov.predictions import GroupCodes, Predictions
from smartstart_gov.tally.cube import Axis, Ints, Moments, Step, Tally
from smartstart_gov.tally.limits import CHUNK, MOST_CELLS
from smartstart_gov.tally.scores import BINS, bins_of, histogram
from smartstart_gov.tally.weighing import weigh


def count(
    data: Any, *, by: Sequence[str] | None = None, margins: Sequence[tuple[str, ...]] | None = None, **table: Any
) -> Tally:
    """Count rows over the groupings `by`, truth and decision; and, where there is a score, its histograms.

    Parameters
    ----------
    data : Predictions, table or path
        Tables and Parquet files are counted by `smartstart_gov.tally.table.count_table`, which says what else
        it takes (`y_true`, `y_pred`, `levels`, ...) and also gives the balance of rows.
    by : sequence of str, optional
        Names of groupings, in the order of the axes; all by default.
    margins : sequence of tuple of str, optional
        For which sets of axes cluster moments are kept, where there is a unit column: by default
        everybody and each single axis.

    Returns
    -------
    Tally

    Raises
    ------
    Refused
        D13 for a grouping that does not exist, D15 for a cube of more than 50 million cells.

    Examples
    --------
    >>> import numpy as np
    >>> from smartstart_gov.predictions import GroupCodes, Predictions
    >>> sex = GroupCodes(name="sex", levels=("f", "m"), codes=np.array([0, 0, 1, 1]))
    >>> rows = Predictions(y_true=np.array([0, 1, 0, 1], np.int8), y_pred=np.array([0, 1, 1, 1], np.int8), groups={"sex": sex})
    >>> count(rows).cells("sex").tolist()
    [[1, 0, 0, 1], [0, 1, 0, 1]]
    """
    if not isinstance(data, Predictions):
        from smartstart_gov.tally.table import count_table

        if missing := [name for name in ("y_true", "y_pred") if not isinstance(table.get(name), str)]:
            what = f"{' and '.join(missing)} name no column of the table."
            raise Refused("U01", what, "count(y_true=, y_pred=)", "Name the columns of truth and decision.")
        return count_table(data, by=() if by is None else by, **table).tally
    if table:
        raise TypeError(f"count() of predictions takes no {', '.join(table)}")
    predictions = data
    names = tuple(predictions.groups) if by is None else tuple(by)
    missing = [name for name in names if name not in predictions.groups]
    if missing:
        raise Refused(
            "D13", f"There is no grouping {missing[0]!r}.", "Argument by", f"Use one of {', '.join(predictions.groups)}."
        )
    groups = [predictions.groups[name] for name in names]
    shape = (*(len(group.levels) for group in groups), 2, 2)
    if math.prod(shape) > MOST_CELLS:
        what = f"Counting over {', '.join(names)} needs {math.prod(shape):,} cells."
        raise Refused("D15", what, "Argument by", "Count over fewer or smaller groupings at a time.")
    columns: list[tuple[npt.NDArray[Any], int]] = [(group.codes, len(group.levels)) for group in groups]
    columns += [(predictions.y_true, 2), (predictions.y_pred, 2)]
    packed = _packed(columns, predictions.n)
    wanted = margins if margins is not None else [(), *((name,) for name in names)]
    return Tally(
        axes=tuple(map(_axis, groups)),
        counts=_bincount(packed, math.prod(shape)).reshape(shape),
        weights=None if predictions.weight is None else weigh(packed, predictions.weight, shape),
        moments={}
        if predictions.unit is None
        else {tuple(m): _moments(predictions, tuple(m)) for m in wanted if set(m) <= set(names)},
        scores=_scores(predictions, groups),
    )


def _axis(group: GroupCodes) -> Axis:
    steps = tuple(Step(name=name, ancestors=ancestors) for name, ancestors in group.steps)
    return Axis(name=group.name, levels=group.levels, unknown=group.unknown, kind=group.kind, steps=steps)


def _packed(columns: Sequence[tuple[npt.NDArray[Any], int]], n: int) -> Ints:
    packed = np.zeros(n, dtype=np.int64)
    for codes, size in columns:
        if len(codes) and (codes.min() < 0 or codes.max() >= size):
            raise ValueError("a code lies outside its levels")
        packed *= size
        packed += codes
    return packed


def _bincount(packed: Ints, size: int) -> Ints:
    total = np.zeros(size, dtype=np.int64)
    step = max(CHUNK, size)
    for start in range(0, len(packed), step):
        total += np.bincount(packed[start : start + step], minlength=size)
    return total


def _scores(predictions: Predictions, groups: Sequence[GroupCodes]) -> dict[tuple[str, ...], Ints]:
    """Return the score histogram of everybody and of each grouping, where there is a score."""
    if predictions.score is None:
        return {}
    for group in groups:
        if len(group.levels) * 2 * BINS > MOST_CELLS:
            what = f"The score histogram of {group.name} needs {len(group.levels) * 2 * BINS:,} cells."
            raise Refused("D15", what, "Argument by", "Count over a smaller grouping, or leave out the score.")
    bins = bins_of(predictions.score)
    found: dict[tuple[str, ...], Ints] = {
        (g.name,): histogram(g.codes, len(g.levels), predictions.y_true, bins) for g in groups
    }
    # Every row is in one group of each grouping, so everybody is the sum of any of them.
    first = next(iter(found.values()), None)
    found[()] = histogram(None, 1, predictions.y_true, bins) if first is None else first.sum(axis=0, keepdims=True)
    return found


def _moments(predictions: Predictions, margin: tuple[str, ...]) -> Moments:
    """Sum over units of the outer product of each unit's four cells, a group of the margin."""
    groups = [predictions.groups[name] for name in margin]
    size = math.prod(len(group.levels) for group in groups)
    group = _packed([(g.codes, len(g.levels)) for g in groups], predictions.n)
    if predictions.unit is None:
        raise ValueError("moments need a unit column")
    # A (unit, group) pair is one cluster; its cells are counted before they are multiplied.
    cluster, inverse = np.unique(predictions.unit * size + group, return_inverse=True)
    cell = predictions.y_true.astype(np.int64) * 2 + predictions.y_pred
    per_cluster = _bincount(inverse * 4 + cell, len(cluster) * 4).reshape(-1, 4)
    of_group = cluster % size
    products = np.zeros((size, 4, 4), dtype=np.int64)
    for a in range(4):
        for b in range(4):
            np.add.at(products[:, a, b], of_group, per_cluster[:, a] * per_cluster[:, b])
    return Moments(products=products, units=np.bincount(of_group, minlength=size).astype(np.int64))
