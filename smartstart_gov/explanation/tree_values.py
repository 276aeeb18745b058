"""Exact interventional Shapley values of tree ensembles, with columns of the contract as the players.

For one row, one row of the background and one tree, every column of the contract takes its value from
the one or from the other. A leaf sets conditions on the columns on its path. If a column fails them in
both rows, no mixture of the two gets there. Otherwise the mixtures that get there contain the a columns
that fail in the other row, and not the b that fail in the explained row: each of the a is worth
(a-1)! b! / (a+b)! of the leaf, each of the b minus a! (b-1)! / (a+b)! (Lundberg et al., Nature Machine
Intelligence 2, 2020). Rows that fail in the same columns are the same to a leaf, so few pairs need to be considered.

Only the direction of each row at a node matters: so thresholds, missing values and sets of categories
are all treated alike, and several columns of a matrix that a one-hot encoder made of one
column of the contract are one player. The only module that imports numba.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from smartstart_gov.explanation.explainer import Floats
from smartstart_gov.explanation.matrix import Matrix
from smartstart_gov.explanation.trees import LEAF, Bools, Ensemble, Ints

#: Players on one path from root to leaf that a mask of 64 bits can number.
MOST_ON_A_PATH = 64
#: Up to so many players on a path, rows of the same mask are found in a table.
_TABLE = 14
#: Cells of a matrix that are looked at in one step.
_CELLS = 5_000_000


class Trees:
    """Exact values of a tree ensemble."""

    name = "exact values of trees"
    cheap = False

    def __init__(self, ensemble: Ensemble, matrix: Matrix) -> None:
        self._ensemble, self._matrix = ensemble, matrix
        self.labels, self.tolerance, self.margin = matrix.folding.labels, ensemble.tolerance, ensemble.margin
        self.baseline = float(self.output(matrix.near).mean())
        self._near = self._read(matrix.near)
        # A constant column parts no two rows, so whose it is does not matter.
        self._players = np.maximum(matrix.folding.place, 0)[ensemble.inputs]
        compiled_walk()  # compiled before anybody looks at the clock

    def _read(self, seen: Any) -> Floats:
        return np.vstack([self._ensemble.read(block) for block in self._matrix.blocks(seen)])

    def seen(self, native: Any) -> Any:
        """Return rows as the classifier sees them."""
        return self._matrix.table(native)

    def output(self, seen: Any) -> Floats:
        """Return the model's decision function (boosting) or probability (forests and trees), shape (n_rows,)."""
        return np.concatenate([np.asarray(self._ensemble.output(b), dtype=np.float64) for b in self._matrix.blocks(seen)])

    def values(self, seen: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        rows = self._read(seen)
        found = np.zeros((len(rows), len(self.labels)))
        for tree in self._ensemble.trees:
            if tree.left[0] != LEAF:
                add_values(tree, self._players[tree.column], _ways(tree, rows), _ways(tree, self._near), found)
        return found

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes."""
        return 0.0


def _ways(tree: Any, matrix: Floats) -> Bools:
    """Return at which nodes a row goes to the left, shape (n_nodes, n_rows), in steps that memory holds."""
    step = max(1, _CELLS // len(tree.left))
    return np.hstack([tree.goes_left(matrix[i : i + step]) for i in range(0, len(matrix), step)])


def add_values(tree: Any, players: Ints, rows: Bools, near: Bools, found: Floats) -> None:
    """Add to `found`, shape (n_rows, n_players), the values of one tree against the mean over the background.

    Parameters
    ----------
    tree : Tree
    players : ndarray of int64, shape (n_nodes,)
        The player whose column each node uses.
    rows, near : ndarray of bool, shape (n_nodes, n_rows) and (n_nodes, n_background)
        The nodes at which a row, and a row of the background, goes to the left.
    """
    depth = _depth(tree)
    most = min(depth, len(set(players[tree.left != LEAF].tolist())))
    if most > MOST_ON_A_PATH:
        raise ValueError("too many columns on one path")
    # What all leaves have in common is worth nothing to any player. Less the value that most of them have, those need no visit.
    leaves, times = np.unique(tree.value[tree.left == LEAF], return_counts=True)
    compiled_walk()(
        tree.left, tree.right, players, tree.value - leaves[times.argmax()], np.ascontiguousarray(rows),
        np.ascontiguousarray(near), _weights(most) / near.shape[1], depth, found,
    )  # fmt: skip


def _depth(tree: Any) -> int:
    """Return how many nodes lie above the deepest leaf."""
    depth, level = 0, np.array([0])
    while len(level := level[tree.left[level] != LEAF]):
        level = np.concatenate([tree.left[level], tree.right[level]])
        depth += 1
    return depth


@cache
def _weights(most: int) -> Floats:
    """Return a! b! / (a + b + 1)! for a, b up to `most`."""
    sizes: Sequence[int] = range(most + 1)
    return np.array([[1 / ((a + b + 1) * math.comb(a + b, a)) for b in sizes] for a in sizes])


@cache
def compiled_walk() -> Any:
    """Return the compiled walk; it lasts as long as the Python process, and leaves nothing on disk."""
    import numba

    ints, bools = numba.int64[::1], numba.boolean[:, ::1]
    floats, table = numba.float64[::1], numba.float64[:, ::1]
    return numba.njit((ints, ints, ints, floats, bools, bools, table, numba.int64, table))(_walk)


def _walk(
    left: Ints, right: Ints, player: Ints, value: Floats, rows: Bools, near: Bools, weights: Floats, depth: int, found: Floats
) -> None:
    """Visit the leaves whose value is not 0, with one bit of a mask for each player on the path: whether a row fails in it."""
    one, none = np.uint64(1), np.uint64(0)
    most, count, others = len(weights), rows.shape[1], near.shape[1]
    # The masks of the path's nodes, by level; those of the root are empty.
    ours, theirs = np.zeros((depth + 1, count), dtype=np.uint64), np.zeros((depth + 1, others), dtype=np.uint64)
    whose = np.empty(most, dtype=np.int64)
    # Nodes to visit: node, parent, level, the parent's bit, and players on the path.
    waiting = np.empty((depth + 2, 5), dtype=np.int64)
    waiting[0] = 0, -1, 0, 0, 0
    height = 1
    # Rows of the same mask share a place; where masks are too long for a table of all, each row has its own.
    table = np.full(1 << _TABLE, -1, dtype=np.int64)
    place, mask, size = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.uint64), np.empty(count, dtype=np.int64)
    other, times, lacks = np.empty(others, dtype=np.uint64), np.empty(others), np.empty(others, dtype=np.int64)
    worth, alive = np.empty((count, most)), np.empty(count, dtype=np.bool_)
    failing, lacking = np.zeros((most, (others + 63) // 64), dtype=np.uint64), np.empty((others, most))
    everyone = ~none
    # 67 divides no difference of two powers of two below 2^64: the remainder tells which bit is set.
    bit_of = np.zeros(67, dtype=np.int64)
    for b in range(64):
        bit_of[(one << np.uint64(b)) % np.uint64(67)] = b
    while height > 0:
        height -= 1
        node, parent, level, bit, players = waiting[height]
        if parent >= 0:
            fails = one << np.uint64(bit)
            way = node == left[parent]
            for i in range(count):
                ours[level, i] = ours[level - 1, i] | (none if rows[parent, i] == way else fails)
            for k in range(others):
                theirs[level, k] = theirs[level - 1, k] | (none if near[parent, k] == way else fails)
        if left[node] >= 0:
            bit = 0
            while bit < players and whose[bit] != player[node]:
                bit += 1
            if bit == players:
                whose[players] = player[node]
                players += 1
            for child in (right[node], left[node]):
                if left[child] >= 0 or value[child] != 0.0:
                    waiting[height] = child, node, level + 1, bit, players
                    height += 1
            continue
        short = players <= _TABLE
        kinds = 0
        for k in range(others):
            at = table[theirs[level, k]] if short else -1
            if at < 0:
                at = kinds
                other[at], times[at], lacks[at] = theirs[level, k], 0.0, 0
                for b in range(players):
                    lacks[at] += np.int64((theirs[level, k] >> np.uint64(b)) & one)
                if short:
                    table[theirs[level, k]] = at
                kinds += 1
            times[at] += 1.0
        if short:
            for k in range(kinds):
                table[other[k]] = -1
        groups = 0
        for i in range(count):
            at = table[ours[level, i]] if short else -1
            if at < 0:
                at = groups
                mask[at], size[at] = ours[level, i], 0
                for b in range(players):
                    size[at] += np.int64((mask[at] >> np.uint64(b)) & one)
                if short:
                    table[mask[at]] = at
                groups += 1
            place[i] = at
        if short:
            for g in range(groups):
                table[mask[g]] = -1
        # For each player, the kinds of background rows that fail in it: a bit a kind.
        words = (kinds + 63) // 64
        failing[:players, :words] = none
        for k in range(kinds):
            for b in range(players):
                lack = (other[k] >> np.uint64(b)) & one
                failing[b, k // 64] |= lack << np.uint64(k % 64)
                lacking[k, b] = float(lack)
        for g in range(groups):
            loss, alive[g] = 0.0, False
            worth[g, :players] = 0.0
            for w in range(words):
                meets = everyone if w < words - 1 or kinds % 64 == 0 else (one << np.uint64(kinds % 64)) - one
                for b in range(players):
                    meets &= ~(failing[b, w] * ((mask[g] >> np.uint64(b)) & one))
                while meets != none:
                    lowest = meets & (~meets + one)
                    meets ^= lowest
                    k = 64 * w + bit_of[lowest % np.uint64(67)]
                    alive[g] = True
                    if size[g] > 0:
                        loss += times[k] * weights[size[g] - 1, lacks[k]]
                    if lacks[k] > 0:
                        gain = times[k] * weights[lacks[k] - 1, size[g]]
                        for b in range(players):
                            worth[g, b] += gain * lacking[k, b]
            for b in range(players):
                fails_here = (mask[g] >> np.uint64(b)) & one
                worth[g, b] = value[node] * (-loss if fails_here else worth[g, b])
        for i in range(count):
            if alive[place[i]]:
                for b in range(players):
                    found[i, whose[b]] += worth[place[i], b]
