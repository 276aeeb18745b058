"""How far counts that are not printed stay open: an audit of all that is printed of one table.

Many tables have the sums that are printed; a reader knows that one of them is true, and which combinations of groups occur. A
count is open if two of those tables, in whole numbers, differ in it by k or more. Tables are found by the simplex method, from
the true one to corners of all that can be. One table shows of many counts how far they go, so few need a search of their own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import chain, combinations, combinations_with_replacement, product

import numpy as np
import numpy.typing as npt

from smartstart_gov.counting.tally import Ints

_Floats = npt.NDArray[np.float64]
_Flags = npt.NDArray[np.bool_]
_TINY, _LOOSE = 1e-9, 1e-6
#: Counts of so many attributes together stay open.
_CROSSED = 3
#: So large a table of sums and cells is looked at, and so many people of different groups for the pairs that they can be.
_MOST_ENTRIES, _MOST_PAIRS = 100_000, 250_000
#: After so many combinations that were tried for what whole parts leave, a corner is given up.
_MOST_TRIES = 200


def all_open(
    counts: Ints,
    codings: Sequence[Sequence[Ints]],
    printed: Sequence[Ints],
    told: Sequence[bool],
    last: int,
    k: int,
    *,
    by_row: bool = True,
) -> bool:
    """Whether what is printed of all attributes together leaves every count below `k` open to `k` or more.

    Where the table of all is too large for that, every three attributes with the last one are looked at. Where that of three
    is, each row of the longest is looked at against all its others; what is too large even then is not looked at.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_levels, ..., 4)
    codings : sequence of sequence of ndarray
        Of each attribute the ways in which its levels are taken together; the last is what a reader can tell apart.
    printed : sequence of ndarray
        The rows that its levels are printed in. Unknown rows in a pool are told apart from it where their number is told.
    told : sequence of bool
        Whether that number is told.
    last : int
        Position of the attribute that was not looked at with the others yet.
    k : int
    by_row : bool
        Whether three that are too large are looked at row by row.
    """
    occurs = np.argwhere(counts.sum(axis=-1) > 0)
    values = counts[tuple(occurs.T)]
    seen = np.stack([of[-1][occurs[:, i]] for i, of in enumerate(codings)], axis=1)
    atoms, first, at = np.unique(seen, axis=0, return_index=True, return_inverse=True)
    at, n = at.ravel(), len(atoms)
    forms = [np.unique(code)[:, None] == code[occurs[first, i]] for i, code in enumerate(printed)]
    unknown = [np.tile(occurs[first, i] == counts.shape[i] - 1, 4) for i, one in enumerate(told) if one]
    sums = np.concatenate(forms).astype(np.int64)
    if len(sums) * n * (16 if unknown else 1) > _MOST_ENTRIES:
        axes = range(len(codings))
        if len(codings) == _CROSSED:
            return not by_row or _rows_open(counts, codings, printed, told, last, k)
        return all(
            all_open(
                counts.sum(axis=tuple(i for i in axes if i not in of)), [codings[i] for i in of], [printed[i] for i in of],
                [told[i] for i in of], of.index(last), k,
            )
            for of in combinations(axes, _CROSSED) if last in of
        )  # fmt: skip
    true = np.zeros((4, n), dtype=np.int64)
    np.add.at(true.T, at, values)
    group, atom, whole, found, groups = [], [], [], [], 0
    for crossed in chain.from_iterable(combinations(range(len(codings)), size) for size in range(1, _CROSSED + 1)):
        for coded in product(*([code[occurs[:, i]] for code in codings[i]] for i in crossed)):
            code = np.unique(np.stack(coded), axis=1, return_inverse=True)[1].ravel()
            pairs, often = np.unique(code * n + at, return_counts=True)
            group.append(pairs // n + groups)
            atom.append(pairs % n)
            whole.append(often == np.bincount(at)[pairs % n])
            found.append(np.stack([np.bincount(code, weights=of) for of in values.T], axis=1).astype(np.int64))
            groups += len(found[-1])
    g, a, w, few = map(np.concatenate, (group, atom, whole, found))
    if not unknown:
        return all(held_open(sums, true[cell], g, a, w, few[:, cell], k) for cell in range(4))
    # The number of unknown rows holds the four cells together; then that of people is one more count.
    each = np.arange(4)[:, None]
    every = np.concatenate([np.kron(np.eye(4, dtype=np.int64), sums), np.array(unknown, dtype=np.int64)])
    return held_open(
        every, true.ravel(), np.concatenate([(g + groups * each).ravel(), np.repeat(g, 4) + 4 * groups]),
        np.concatenate([(a + n * each).ravel(), (a[:, None] + n * each.T).ravel()]),
        np.concatenate([np.tile(w, 4), np.repeat(w, 4)]), np.concatenate([few.T.ravel(), few.sum(axis=1)]), k,
    )  # fmt: skip


def _rows_open(
    counts: Ints, codings: Sequence[Sequence[Ints]], printed: Sequence[Ints], told: Sequence[bool], last: int, k: int
) -> bool:
    """Whether `all_open` holds for each row of the longest attribute against all its others: a reader of that knows less."""
    longest = max(range(len(printed)), key=lambda i: len(np.unique(printed[i])))
    counts, two = np.moveaxis(counts, longest, 0), np.arange(2)
    for row in np.unique(printed[longest]):
        inside = printed[longest] == row
        split = np.moveaxis(np.stack([counts[~inside].sum(axis=0), counts[inside].sum(axis=0)]), 0, longest)
        some = [[two] if i == longest else of for i, of in enumerate(codings)]
        rows = [two if i == longest else of for i, of in enumerate(printed)]
        known = [one and i != longest for i, one in enumerate(told)]
        if not all_open(split, some, rows, known, last, k, by_row=False):
            return False
    return True


def pairs_open(
    occurs: Ints, alike: _Flags, places: Sequence[Ints], total: Ints, sums: Sequence[Ints], spare: int, k: int
) -> bool:
    """Whether sums of pairs in one household, each known to be up to `spare` more, leave every number open to `k` or more.

    Parameters
    ----------
    occurs : ndarray of int64, shape (n_combinations, n_attributes)
        The levels of people.
    alike : ndarray of bool, shape (n_attributes,)
        Whether all of a household are of one level.
    places : sequence of ndarray
        Of each attribute the row in which pairs of a level are, -1 if in none.
    total : ndarray of int64, shape (4, 4)
        The least number of all pairs, by the cells of both.
    sums : sequence of ndarray of int64, shape (n_rows, 4, 4)
        Of each attribute the least number of pairs in the first rows.
    spare, k : int
    """
    if len(occurs) ** 2 > _MOST_PAIRS:
        return False
    one, other = np.triu_indices(len(occurs))
    same = occurs[one] == occurs[other]
    could = same[:, alike].all(axis=1)
    one, same = occurs[one[could]], same[could]
    rows = np.stack([np.where(same[:, i], place[one[:, i]], -1) for i, place in enumerate(places)], axis=1)
    kinds, often = np.unique(rows, axis=0, return_counts=True)
    forms, groups = [np.ones((1, len(kinds)), dtype=np.int64)], len(kinds)
    group, cell, whole = [np.arange(len(kinds))], [np.arange(len(kinds))], [often == 1]
    for i, of in enumerate(sums):
        forms.append(((kinds[:, i] >= 0) & (kinds[:, i] <= np.arange(len(of))[:, None])).astype(np.int64))
        # Of a row with k pairs and more, whatever they are, nothing is small.
        few = np.asarray((np.diff(of, axis=0, prepend=0) - spare < k).any(axis=(1, 2)))
        row, inside = np.nonzero((kinds[:, i] == np.arange(len(of))[:, None]) & few[:, None])
        found, row = np.unique(row, return_inverse=True)
        group.append(row.ravel() + groups)
        groups += len(found)
        cell.append(inside)
        whole.append(np.ones(len(row), dtype=bool))
    told = np.concatenate(forms)
    n, m = told.shape
    if (2 * n) * (m + 3 * n) > _MOST_ENTRIES:
        return False
    eye, nought = np.eye(n, dtype=np.int64), np.zeros((n, n), dtype=np.int64)
    # What a sum is less than its most, and that less than what is open; and, to begin with, what is missing of its least.
    table = np.block([[told, eye, nought, eye], [np.zeros_like(told), eye, eye, nought]])
    g, c, w = map(np.concatenate, (group, cell, whole))
    for i, j in combinations_with_replacement(range(4), 2):
        least = np.concatenate([[total[i, j]], *(of[:, i, j] for of in sums)])
        start = np.concatenate([np.zeros(m, dtype=np.int64), np.full(n, spare), np.zeros(n, dtype=np.int64), least])
        missing = np.concatenate([np.zeros(m + 2 * n), -np.ones(n)])
        at = _Corners(table, start, whole_numbers=False).most(missing, 0)
        if at is None or (at[m + 2 * n :] > _LOOSE).any():
            return False
        # In whole numbers a little less is open.
        none, open_to = np.zeros(groups, dtype=np.int64), k + 1
        if not held_open(table[:, : m + 2 * n], at[: m + 2 * n], g, c, w, none, open_to, whole_numbers=False):
            return False
    return True


def held_open(
    forms: Ints,
    true: Ints | _Floats,
    group: Ints,
    cell: Ints,
    whole: _Flags,
    count: Ints,
    k: int,
    *,
    whole_numbers: bool = True,
) -> bool:
    """Whether each group of which the count is below `k` is open to `k` or more, as far as the tables found show.

    With `whole_numbers` false any numbers are a table: for sums that are known to a range, in which whole ones are never far.

    Parameters
    ----------
    forms : ndarray of int64, shape (n_sums, n_cells)
        0 and 1: which cells of the table are in each printed sum. Each cell is in some sum.
    true : ndarray, shape (n_cells,)
    group, cell : ndarray of int64, shape (n_pairs,)
        Groups, in order, and the cells that people of each can be in.
    whole : ndarray of bool, shape (n_pairs,)
        Whether all people of that cell are of that group.
    count : ndarray of int64, shape (n_groups,)
    k : int
    whole_numbers : bool

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
    corners = _Corners(forms, true, whole_numbers=whole_numbers)

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
        if high[at] - low[at] < k - _LOOSE:
            reach(cell[pairs], 1, low[at] + k)
        if high[at] - low[at] < k - _LOOSE:
            reach(cell[pairs[whole[pairs]]], -1, k - high[at])
        if high[at] - low[at] < k - _LOOSE:
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

    def __init__(self, forms: Ints, true: Ints | _Floats, *, whole_numbers: bool = True) -> None:
        self.forms, self.whole_numbers = forms, whole_numbers
        self.sums: Ints = forms @ true.astype(np.int64)
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

    def along(self) -> Ints | _Floats:
        """Return how large each cell can be made while only the cells of the basis make up for it."""
        if self.whole_numbers and (np.abs(self.value - np.rint(self.value)) > _TINY).any():
            return np.zeros(len(self.value), dtype=np.int64)
        up = self.table > _TINY
        room = np.divide(self.value[self.basis, None], self.table, out=np.full(self.table.shape, np.inf), where=up).min(axis=0)
        room[self.basis] = 0
        if not self.whole_numbers:
            return np.asarray(room + self.value)
        room[(np.abs(self.table - np.rint(self.table)) > _TINY).any(axis=0)] = 0
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

    def most(self, form: _Floats, enough: float) -> Ints | _Floats | None:
        """Return a table of which `form` is `enough`, or as much as was found; None if none was."""
        if not self._at_a_corner:
            self._to_a_corner()
        gain = form - (form[self.basis, None] * self.table).sum(axis=0)
        found = None
        for _ in range(20 * len(self.basis) + 100):
            column = int(gain.argmax())
            last = bool(gain[column] < _TINY)
            if last or (form * self.value).sum() > enough - _TINY:
                found = self._whole(form)
                if last or (found is not None and (form * found).sum() >= enough - _TINY):
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

    def _whole(self, form: _Floats) -> Ints | _Floats | None:
        """Return a table in whole numbers near this corner: its whole parts, or a few less, and cells that fit the rest."""
        if not self.whole_numbers:
            return self.value.copy()
        floor = np.floor(self.value + _TINY).astype(np.int64)
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

        for less in (0, 1, 2):
            start, tries = np.maximum(floor - less, 0), 0
            left = self.sums - self.forms @ start
            if (floor >= 0).all() and (left >= 0).all() and (found := fill(left, start)) is not None:
                return found
        return None
