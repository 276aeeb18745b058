"""How far counts that are not printed stay open: an audit of all that is printed of one table.

Many tables have the sums that are printed; a reader knows that one of them is true, and which combinations of groups occur. A
count is open if two of those tables, in whole numbers, differ in it by k or more. Tables are found by the simplex method, from
the true one to corners of all that can be. One table shows of many counts how far they go, so few need a search of their own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from smartstart_gov.counting.tally import Ints

_Floats = npt.NDArray[np.float64]
_Flags = npt.NDArray[np.bool_]
_TINY = 1e-9
#: After so many combinations that were tried for what whole parts leave, a corner is given up.
_MOST_TRIES = 200


def held_open(forms: Ints, true: Ints, group: Ints, cell: Ints, whole: _Flags, count: Ints, k: int) -> bool:
    """Whether each group of which the count is below `k` is open to `k` or more, as far as the tables found show.

    Parameters
    ----------
    forms : ndarray of int64, shape (n_sums, n_cells)
        0 and 1: which cells of the table are in each printed sum. Each cell is in some sum.
    true : ndarray of int64, shape (n_cells,)
    group, cell : ndarray of int64, shape (n_pairs,)
        Groups, in order, and the cells that people of each can be in.
    whole : ndarray of bool, shape (n_pairs,)
        Whether all people of that cell are of that group.
    count : ndarray of int64, shape (n_groups,)
    k : int

    Examples
    --------
    Of two attributes of two groups each, one combination does not occur. Then the others are known to a reader.

    >>> forms = np.array([[1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 1]])
    >>> each, all_of_it = np.arange(3), np.ones(3, dtype=bool)
    >>> held_open(forms, np.array([50, 3, 60]), each, each, all_of_it, np.array([50, 3, 60]), 10)
    False

    Where all of them occur, none is.

    >>> forms = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]])
    >>> each, all_of_it, true = np.arange(4), np.ones(4, dtype=bool), np.array([50, 3, 60, 20])
    >>> held_open(forms, true, each, each, all_of_it, true, 10)
    True
    """
    high = np.bincount(group, weights=true[cell], minlength=len(count))
    low = np.bincount(group[whole], weights=true[cell[whole]], minlength=len(count))
    asked = np.flatnonzero((count < k) & (high - low < k))
    if not len(asked):
        return True
    keep = np.isin(group, asked)
    group, cell, whole, high, low = np.searchsorted(asked, group[keep]), cell[keep], whole[keep], high[asked], low[asked]
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    corners = _Corners(forms, true)

    def along() -> None:
        np.maximum(high, np.maximum.reduceat(corners.along()[cell], starts), out=high)

    def reach(those: Ints, sign: int, enough: float) -> None:
        form = np.zeros(len(true))
        form[those] = sign
        found = corners.most(form, enough)
        if found is not None:
            np.maximum(high, np.bincount(group, weights=found[cell], minlength=len(asked)), out=high)
            np.minimum(low, np.bincount(group[whole], weights=found[cell[whole]], minlength=len(asked)), out=low)
        along()

    along()
    for at, pairs in enumerate(np.split(np.arange(len(group)), starts[1:])):
        if high[at] - low[at] < k:
            reach(cell[pairs], 1, low[at] + k)
        if high[at] - low[at] < k:
            reach(cell[pairs[whole[pairs]]], -1, k - high[at])
        if high[at] - low[at] < k:
            return False
    return True


def flow(counts: Ints, occurs: _Flags, at: Sequence[int], most: int, *, back: bool = False) -> int:
    """Return by how much the count `at` can grow, or with `back` shrink, while both margins stay; `most` if by that or more.

    From a group of the first attribute to one of the second runs as much as their count can shrink, and back without bound.
    """
    room = np.zeros((sum(counts.shape),) * 2, dtype=np.int64)
    rows = counts.shape[0]
    room[:rows, rows:], room[rows:, :rows] = np.where(occurs, counts, 0), np.where(occurs, most, 0).T
    a, b = int(at[0]), rows + int(at[1])
    room[a, b] = room[b, a] = 0
    start, end = (b, a) if back else (a, b)
    found = 0
    while found < most:
        came, line = {start: start}, deque([start])
        while line and end not in came:
            node = line.popleft()
            for then in np.flatnonzero(room[node]).tolist():
                if then not in came:
                    came[then] = node
                    line.append(then)
        if end not in came:
            return found
        path = [end]
        while path[-1] != start:
            path.append(came[path[-1]])
        steps = list(zip(path[1:], path, strict=False))
        through = min(int(room[step]) for step in steps)
        for one, other in steps:
            room[one, other] -= through
            room[other, one] += through
        found += through
    return most


class _Corners:
    """Tables with the same sums as the true one; each search goes on where the last one ended."""

    def __init__(self, forms: Ints, true: Ints) -> None:
        self.forms, self.true = forms, true
        self.value = true.astype(np.float64)
        self.table = forms.astype(np.float64)
        self.basis = np.full(len(forms), -1, dtype=np.int64)
        # The largest counts have most room to make up for what others gain.
        for column in np.argsort(-true, kind="stable").tolist():
            free = np.flatnonzero((self.basis < 0) & (np.abs(self.table[:, column]) > _TINY))
            if len(free):
                self._exchange(int(free[0]), column)
        kept = self.basis >= 0
        self.table, self.basis = self.table[kept], self.basis[kept]
        self._at_a_corner = False

    def _exchange(self, row: int, column: int) -> None:
        self.table[row] /= self.table[row, column]
        others = np.flatnonzero(np.abs(self.table[:, column]) > _TINY)
        others = others[others != row]
        self.table[others] -= self.table[others, column, None] * self.table[row]
        self.basis[row] = column

    def along(self) -> Ints:
        """Return how large each cell can be made while only the cells of the basis make up for it, in whole numbers."""
        if (np.abs(self.value - np.rint(self.value)) > _TINY).any():
            return np.zeros(len(self.value), dtype=np.int64)
        up = self.table > _TINY
        room = np.divide(self.value[self.basis, None], self.table, out=np.full(self.table.shape, np.inf), where=up).min(axis=0)
        room[(np.abs(self.table - np.rint(self.table)) > _TINY).any(axis=0)] = 0
        room[self.basis] = 0
        found: Ints = np.floor(room + self.value + _TINY).astype(np.int64)
        return found

    def _to_a_corner(self) -> None:
        """Bring every cell outside the basis to zero, or into the basis in the place of one that is zero."""
        inside = np.ones(len(self.value), dtype=bool)
        inside[self.basis] = False
        for column in np.flatnonzero(inside & (self.value > 0)).tolist():
            slope, step, leaving = self.table[:, column], self.value[column], -1
            down = np.flatnonzero(slope < -_TINY)
            room = self.value[self.basis[down]] / -slope[down]
            if len(down) and room.min() < step:
                step, leaving = room.min(), int(down[room.argmin()])
            self.value[self.basis] += slope * step
            self.value[column] -= step
            if leaving >= 0:
                self.value[self.basis[leaving]] = 0
                self._exchange(leaving, column)
        self._at_a_corner = True

    def most(self, form: _Floats, enough: float) -> Ints | None:
        """Return a table in whole numbers of which `form` is `enough`, or as much as was found; None if none was."""
        if not self._at_a_corner:
            self._to_a_corner()
        gain = form - (form[self.basis, None] * self.table).sum(axis=0)
        found = None
        for _ in range(20 * len(self.basis) + 100):
            column = int(gain.argmax())
            last = bool(gain[column] < _TINY)
            if last or (form * self.value).sum() > enough - _TINY:
                found = self._whole(form)
                if last or (found is not None and (form * found).sum() >= enough):
                    break
            slope = self.table[:, column]
            up = np.flatnonzero(slope > _TINY)
            room = self.value[self.basis[up]] / slope[up]
            step = room.min()
            # Of those that reach zero together always the first of the table: so it seldom goes round in circles.
            ties = up[room <= step + _TINY]
            leaving = int(ties[self.basis[ties].argmin()])
            self.value[self.basis] -= slope * step
            self.value[self.basis[leaving]] = 0
            self.value[column] = step
            self._exchange(leaving, column)
            gain = gain - gain[column] * self.table[leaving]
        return found

    def _whole(self, form: _Floats) -> Ints | None:
        """Return a table in whole numbers near this corner: its whole parts, and of what they leave the cells that fit."""
        start = np.floor(self.value + _TINY).astype(np.int64)
        tries = 0

        def fill(left: Ints, so_far: Ints) -> Ints | None:
            nonlocal tries
            tries += 1
            if not left.any() or tries > _MOST_TRIES:
                return None if left.any() else so_far
            fits = (self.forms <= left[:, None]).all(axis=0)
            # The sum that the fewest cells can fill goes first.
            open_sums = self.forms[left > 0]
            columns = np.flatnonzero(fits & (open_sums[(open_sums @ fits).argmin()] > 0))
            for column in columns[np.argsort(-form[columns], kind="stable")].tolist():
                more = so_far.copy()
                more[column] += 1
                if (done := fill(left - self.forms[:, column], more)) is not None:
                    return done
            return None

        left = self.forms @ (self.true - start)
        return None if (start < 0).any() or (left < 0).any() else fill(left, start)
