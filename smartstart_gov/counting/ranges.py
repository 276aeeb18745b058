"""RangedTable: counts between two numbers, because they were rounded or suppressed, or count the people in an area.

A published table seldom gives exact counts: it says roughly how many, or fewer than ten. Each group has a range
for every set of its four cells (tn, fp, fn, tp), narrowed by whatever sums the table also gives: a total
of a group, a total of everybody. Narrowing never drops an allotment of whole numbers that agrees with the
table; it may keep some that do not, so that a worst case over the ranges is never too mild.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.counting.tally import Axis, Ints, Moments, Tally
from smartstart_gov.show import Value

#: Stands for "no upper bound": more than any register holds, and sums of it stay exact.
UNBOUNDED = 2**40
#: Order of the cells in a set of cells, written as four bits.
_ORDER = ("tn", "fp", "fn", "tp")
_SETS = 1 << len(_ORDER)
#: Every way to divide a set of cells into two.
_SPLITS = tuple((a, b) for a in range(1, _SETS) for b in range(a + 1, _SETS) if a & b == 0)
#: Stopping early is sound: the ranges are then only wider.
_ROUNDS = 30


def bits(cells: Iterable[str]) -> int:
    """Return the position of a set of cells.

    Examples
    --------
    >>> bits(["tn"]), bits(["fp", "tp"])
    (1, 10)
    """
    return sum(1 << _ORDER.index(name) for name in cells)


#: What a column of a table can count.
PARTS: dict[str, int] = {
    "tn": bits(["tn"]), "fp": bits(["fp"]), "fn": bits(["fn"]), "tp": bits(["tp"]),
    "selected": bits(["fp", "tp"]), "not_selected": bits(["tn", "fn"]),
    "positives": bits(["fn", "tp"]), "negatives": bits(["tn", "fp"]),
    "correct": bits(["tn", "tp"]), "wrong": bits(["fp", "fn"]), "total": bits(_ORDER),
}  # fmt: skip


class Inconsistent(ValueError):
    """No whole numbers within the ranges agree with the sums."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class RangedTable(Value):
    """Ranges of counts over the groups of some axes.

    Attributes
    ----------
    axes : tuple of Axis
        Groups run through their levels in order, the last axis fastest, as in a tally.
    low, high, published : ndarray of int64, shape (n_groups, 16)
        For every set of cells (see `bits`) the least, the most, and what the table says.
    given : ndarray of bool, shape (n_groups,)
        Whether the table has the group at all; a group without a row may be of any size.
    known : ndarray of bool, shape (16,)
        Which sets of cells follow from the columns of the table.
    everybody : ndarray of int64, shape (2, 16), or None
        Least and most of everybody together, where the table says so.
    """

    axes: tuple[Axis, ...]
    low: Ints
    high: Ints
    published: Ints
    given: np.ndarray[Any, np.dtype[np.bool_]]
    known: np.ndarray[Any, np.dtype[np.bool_]]
    everybody: Ints | None = None

    @property
    def by(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(axis.name for axis in self.axes)

    @property
    def exact(self) -> bool:
        """Whether every set of cells that follows from the table is one number, for every group."""
        return bool(self.given.all() and (self.low == self.high)[:, self.known].all())

    @classmethod
    def narrowed(
        cls, axes: tuple[Axis, ...], low: Ints, high: Ints, published: Ints, given: Any, columns: Sequence[int],
        everybody: Ints | None = None,
    ) -> RangedTable:  # fmt: skip
        """Return the table in which each range is as narrow as the sums in it make it.

        `low`, `high` and `published` say something about the sets of cells `columns`; elsewhere they are 0,
        `UNBOUNDED` and 0. ValueError (`Inconsistent`) where no allotment agrees with all of them.
        """
        low, high, published = low.copy(), high.copy(), published.copy()
        whole = None if everybody is None else everybody.copy()
        known = np.zeros(_SETS, dtype=bool)
        known[list(columns)] = True
        _derive(published, known)
        for _ in range(_ROUNDS):
            before = (low.copy(), high.copy())
            _narrow_sums(low, high)
            if whole is not None:
                _narrow_sums(whole[:1], whole[1:])
                _narrow_groups(low, high, whole)
            if (low > high).any() or (whole is not None and (whole[0] > whole[1]).any()):
                raise Inconsistent("no whole numbers within the ranges agree with the sums in the table")
            if (low == before[0]).all() and (high == before[1]).all():
                break
        return cls(
            axes=axes, low=low, high=high, published=np.clip(published, low, high), given=np.asarray(given, dtype=bool),
            known=known, everybody=whole,
        )  # fmt: skip

    def over(self, by: tuple[str, ...]) -> RangedTable:
        """Return the table over some of its axes, the others summed out."""
        if by == self.by:
            return self
        positions = [self.by.index(name) for name in by]
        shape = tuple(len(axis.levels) for axis in self.axes)
        gone = tuple(p for p in range(len(shape)) if p not in positions)
        order = [sorted(positions).index(p) for p in positions]

        def down(array: Ints) -> Ints:
            cube = array.reshape(*shape, -1).sum(axis=gone).transpose(*order, len(order))
            return np.ascontiguousarray(cube.reshape(-1, array.shape[-1]))

        missing = down((~self.given).astype(np.int64)[:, None])[:, 0] > 0
        return replace(
            self, axes=tuple(self.axes[p] for p in positions), low=down(self.low),
            high=np.minimum(down(self.high), UNBOUNDED), published=down(self.published), given=~missing,
        )  # fmt: skip

    def merged(self, axes: tuple[Axis, ...], sets: Sequence[Sequence[int]]) -> RangedTable:
        """Return the table of sums over sets of its groups, over new axes."""

        def down(array: Ints) -> Ints:
            return np.array([array[list(rows)].sum(axis=0) for rows in sets])

        given = np.array([bool(self.given[list(rows)].all()) for rows in sets])
        high = np.minimum(down(self.high), UNBOUNDED)
        return replace(self, axes=axes, low=down(self.low), high=high, published=down(self.published), given=given)

    def tally(self, events: int, others: int) -> Tally:
        """Return the published counts as a tally; of one rate only, if the table does not have all four cells.

        Whatever the rate is, its events and its other cases are then in one cell each.
        """
        cells = np.zeros((len(self.low), 4), dtype=np.int64)
        if all(self.known[1 << i] for i in range(4)):
            cells[:] = self.published[:, [1, 2, 4, 8]]
        else:
            for part in (events, others):
                cells[:, (part & -part).bit_length() - 1] = self.published[:, part]
        shape = tuple(len(axis.levels) for axis in self.axes)
        return Tally(axes=self.axes, counts=cells.reshape(*shape, 2, 2), moments={})

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record: the ranges of the sets of cells that follow from the table."""
        sets = np.flatnonzero(self.known)
        return {
            "axes": [axis.to_record() for axis in self.axes],
            "sets": [[name for i, name in enumerate(_ORDER) if s >> i & 1] for s in sets],
            "given": self.given.tolist(),
            "low": self.low[:, sets].tolist(),
            "high": _bounded(self.high[:, sets]).tolist(),
            "published": self.published[:, sets].tolist(),
            "everybody": None if self.everybody is None else _bounded(self.everybody[:, sets]).tolist(),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> RangedTable:
        """Return the table that `to_record` wrote."""
        sets, groups = [bits(names) for names in record["sets"]], len(record["given"])
        low, published = (np.zeros((groups, _SETS), dtype=np.int64) for _ in range(2))
        high = np.full((groups, _SETS), UNBOUNDED, dtype=np.int64)
        high[:, 0] = 0
        whole = None
        if record["everybody"] is not None:
            whole = np.array([[0] * _SETS, [0] + [UNBOUNDED] * (_SETS - 1)], dtype=np.int64)
            whole[:, sets] = np.where(np.array(record["everybody"]) < 0, UNBOUNDED, record["everybody"])
        most = np.array(record["high"])
        low[:, sets], high[:, sets] = record["low"], np.where(most < 0, UNBOUNDED, most)
        published[:, sets] = record["published"]
        axes = tuple(Axis.from_record(axis) for axis in record["axes"])
        return cls.narrowed(axes, low, high, published, record["given"], sets, whole)

    def headline(self) -> str:
        """Return the axes and how much is exact in one line, without counts."""
        axes = " x ".join(f"{axis.name}[{len(axis.levels)}]" for axis in self.axes)
        wide = int((self.low != self.high)[:, self.known].any(axis=1).sum())
        return f"RangedTable({axes}; {wide} of {len(self.low)} groups hold rounded or suppressed counts)"


def _bounded(high: Ints) -> Ints:
    """Return the numbers with -1 for no bound."""
    return np.where(high >= UNBOUNDED, -1, high)


def _derive(published: Ints, known: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
    """Fill in what follows from the columns: sums of parts, and wholes less a part."""
    changed = True
    while changed:
        changed = False
        for a, b in _SPLITS:
            whole = a | b
            if known[a] and known[b] and not known[whole]:
                published[:, whole], known[whole] = published[:, a] + published[:, b], True
                changed = True
            for part, rest in ((a, b), (b, a)):
                if known[whole] and known[rest] and not known[part]:
                    published[:, part] = np.maximum(published[:, whole] - published[:, rest], 0)
                    known[part] = changed = True


def _narrow_sums(low: Ints, high: Ints) -> None:
    """Narrow within each group: a whole is the sum of its parts. In place."""
    for a, b in _SPLITS:
        whole = a | b
        low[:, whole] = np.maximum(low[:, whole], low[:, a] + low[:, b])
        high[:, whole] = np.minimum(high[:, whole], high[:, a] + high[:, b])
        for part, rest in ((a, b), (b, a)):
            low[:, part] = np.maximum(low[:, part], low[:, whole] - high[:, rest])
            high[:, part] = np.minimum(high[:, part], high[:, whole] - low[:, rest])


def _narrow_groups(low: Ints, high: Ints, whole: Ints) -> None:
    """Narrow between groups: everybody is the sum of the groups. In place."""
    whole[0] = np.maximum(whole[0], low.sum(axis=0))
    whole[1] = np.minimum(whole[1], high.sum(axis=0))
    least, most = low.sum(axis=0), high.sum(axis=0)
    narrower = np.maximum(low, whole[0] - (most - high))
    high[:] = np.minimum(high, whole[1] - (least - low))
    low[:] = narrower


def count_areas(
    axis: Axis, residents: Mapping[str, Ints], decision: npt.NDArray[np.int8], truth: npt.NDArray[np.int8] | None = None
) -> Tally:
    """Return residents by group, truth and decision of the area they live in, with the area as unit.

    Parameters
    ----------
    axis : Axis
        The groups of residents.
    residents : mapping of str to ndarray of int64, shape (n_areas,)
        Maps a level of the axis to its number of residents per area.
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
