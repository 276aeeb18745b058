"""Area models: a row is a neighbourhood, the people in it are counts, and all of them share its decision."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from smartstart_gov.tally.cube import Axis, Ints, Moments, Tally
from smartstart_gov.tally.ranges import PARTS, RangedTable


def count_areas(
    axis: Axis, residents: Mapping[str, Ints], decision: npt.NDArray[np.int8], truth: npt.NDArray[np.int8] | None = None
) -> Tally:
    """Return residents by group, truth and decision of the area they live in, with the area as unit.

    Parameters
    ----------
    axis : Axis
        The groups of residents.
    residents : mapping of str to ndarray of int64, shape (n_areas,)
        Level of the axis to its residents an area.
    decision, truth : ndarray of int8, shape (n_areas,)
        0 or 1; without truth all residents count as negatives, and only the selection rate means something.

    Examples
    --------
    >>> axis = Axis(name="origin", levels=("A", "B"))
    >>> people = {"A": np.array([100, 50]), "B": np.array([20, 80])}
    >>> count_areas(axis, people, np.array([0, 1], np.int8)).cells("origin").tolist()
    [[100, 50, 0, 0], [20, 80, 0, 0]]
    """
    cell = decision.astype(np.int64) + (0 if truth is None else 2 * truth.astype(np.int64))
    people = np.array([residents.get(level, np.zeros(len(decision), dtype=np.int64)) for level in axis.levels])
    per_area = np.zeros((len(decision), len(axis.levels), 4), dtype=np.int64)
    per_area[np.arange(len(decision)), :, cell] = people.T
    return Tally(
        axes=(axis,), counts=per_area.sum(axis=0).reshape(-1, 2, 2),
        moments={(axis.name,): _moments(per_area), (): _moments(per_area.sum(axis=1, keepdims=True))},
    )  # fmt: skip


def _moments(per_area: Ints) -> Moments:
    products = np.einsum("agi,agj->gij", per_area, per_area)
    return Moments(products=products, units=(per_area.sum(axis=2) > 0).sum(axis=0).astype(np.int64))


def as_ranges(tally: Tally) -> RangedTable:
    """Return the counts of a tally as a table of ranges of one number each."""
    cells = tally.counts.reshape(-1, 4)
    sets = np.zeros((len(cells), 16), dtype=np.int64)
    for position in range(16):
        sets[:, position] = cells[:, [i for i in range(4) if position >> i & 1]].sum(axis=1)
    return RangedTable.narrowed(tally.axes, sets, sets, sets, np.ones(len(cells), dtype=bool), sorted(PARTS.values()))
