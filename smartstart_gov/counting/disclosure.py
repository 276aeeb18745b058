"""Rule R: a group is printed only if each of its four cells, and each cell of the remainder, is at least k.

A reader can find the remainder by subtraction, so it follows the same rule as the group. A group that
is too small is pooled with its neighbours up the hierarchy; if that fails it is not printed at all.
Two attributes that nest (an area and the district it lies in) could be subtracted from each other: a
second attribute is printed only if no small count follows from the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smartstart_gov.authoring.contract import UNKNOWN
from smartstart_gov.counting.printed import Cells, Clusters, PrintedMargin, PrintedRow, PrintedTally
from smartstart_gov.counting.tally import Axis, Ints, Tally


def printable(tally: Tally, attributes: Sequence[str], k: int) -> PrintedTally:
    """Return what may be printed of `tally`, each of `attributes` separately.

    Parameters
    ----------
    tally : Tally
    attributes : sequence of str
        Names of axes; combinations are never printed.
    k : int
        Smallest printed cell, and smallest cell of a remainder.

    Returns
    -------
    PrintedTally(k=15, groups printed: area 0 of 2)
        With `total` None and no rows if not even the total may be printed.

    Examples
    --------
    Of the second area one count is under `k`, and subtraction from the total would find it: neither area is printed.

    >>> import numpy as np
    >>> import smartstart_gov as gov
    >>> area = gov.GroupCodes(name="area", levels=("north", "south"), codes=np.repeat([0, 1], [200, 60]))
    >>> truth = np.tile(np.array([0, 0, 1, 1], np.int8), 65)
    >>> decision = np.where(np.arange(260) < 248, np.tile(np.array([0, 1], np.int8), 130), np.int8(0))
    >>> tally = gov.count(gov.Predictions(y_true=truth, y_pred=decision, groups={"area": area}))
    >>> tally.cells("area").tolist()
    [[50, 50, 50, 50], [18, 12, 18, 12]]
    >>> gov.printable(tally, ["area"], k=15)
    PrintedTally(k=15, groups printed: area 0 of 2)
    """
    whole = _Counts(tally, ())
    everybody = np.arange(1)
    total = whole.row(everybody, kind="level", name="overall", step="overall", within=None, members=0)
    if not _enough(np.array(total.cells), k):
        margins = [PrintedMargin(attribute=a, rows=(), declared=len(tally.axis(a).declared), printed=0) for a in attributes]
        return PrintedTally(k=k, total=None, margins=tuple(margins))
    printed: list[PrintedMargin] = []
    for attribute in attributes:
        margin = _margin(tally, attribute, k)
        if all(_apart(tally, other, margin, k) for other in printed):
            printed.append(margin)
        else:
            printed.append(PrintedMargin(attribute=attribute, rows=(), declared=margin.declared, printed=0))
    exponent = None if tally.weights is None else tally.weights.exponent
    return PrintedTally(k=k, total=total, margins=tuple(printed), weight_exponent=exponent)


def _enough(cells: Ints, k: int) -> bool:
    return bool((cells >= k).all())


@dataclass(frozen=True, slots=True)
class _Counts:
    """Cells, weights and moments of one margin, by level."""

    tally: Tally
    names: tuple[str, ...]

    def cells(self, levels: Ints) -> Ints:
        total: Ints = self.tally.cells(*self.names)[levels].sum(axis=0)
        return total

    def row(self, levels: Ints, *, kind: str, name: str, step: str, within: str | None, members: int) -> PrintedRow:
        weights = clusters = None
        down = self.tally.project(*self.names).weights
        if down is not None:
            weights = tuple(zip(*(sums.reshape(-1, 4)[levels].sum(axis=0).tolist() for sums in down.sums), strict=True))
        if self.names in self.tally.moments:
            m = self.tally.moments[self.names]
            products = m.products[levels].sum(axis=0).tolist()
            clusters = Clusters(products=tuple(tuple(int(x) for x in p) for p in products), units=int(m.units[levels].sum()))
        tn, fp, fn, tp = (int(x) for x in self.cells(levels))
        cells: Cells = (tn, fp, fn, tp)
        return PrintedRow(
            kind=kind, name=name, step=step, within=within, members=members, cells=cells, weights=weights, clusters=clusters  # type: ignore[arg-type]  # callers pass literals
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Node:
    """A level, an area with its parts, or the whole."""

    name: str
    step: str
    levels: Ints
    parts: tuple[_Node, ...] = ()


def _tree(axis: Axis) -> _Node:
    """Return the hierarchy of `axis` from the whole down to its levels; unknown hangs under the whole."""
    nodes = [_Node(level, axis.name, np.array([i])) for i, level in enumerate(axis.declared)]
    place = list(range(len(axis.declared)))
    for step in axis.steps:
        names = list(dict.fromkeys(step.ancestors))
        parts: dict[str, list[_Node]] = {name: [] for name in names}
        for position, node in enumerate(nodes):
            parts[step.ancestors[place.index(position)]].append(node)
        nodes = [_Node(name, step.name, np.concatenate([p.levels for p in parts[name]]), tuple(parts[name])) for name in names]
        place = [names.index(ancestor) for ancestor in step.ancestors]
    if axis.unknown:
        nodes.append(_Node(UNKNOWN, axis.name, np.array([len(axis.declared)])))
    return _Node("", "", np.arange(len(axis.levels)), tuple(nodes))


def _margin(tally: Tally, attribute: str, k: int) -> PrintedMargin:
    axis, counts = tally.axis(attribute), _Counts(tally, (attribute,))
    rows: list[PrintedRow] = []

    def members(levels: Ints) -> int:
        return int((levels < len(axis.declared)).sum())

    def descend(node: _Node, within: str | None) -> None:
        shown = _shown_parts(node, counts, k)
        for part in shown:
            if part.parts:
                rows.append(
                    counts.row(
                        part.levels, kind="area", name=part.name, step=part.step, within=within, members=members(part.levels)
                    )
                )
                descend(part, part.name)
            else:
                kind = "unknown" if int(part.levels[0]) == len(axis.declared) else "level"
                rows.append(
                    counts.row(
                        part.levels, kind=kind, name=part.name, step=part.step, within=within, members=members(part.levels)
                    )
                )
        rest = [part for part in node.parts if part not in shown]
        if rest:
            levels = np.concatenate([part.levels for part in rest])
            rows.append(counts.row(levels, kind="pool", name="", step=axis.name, within=within, members=members(levels)))

    descend(_tree(axis), None)
    unknown_rows = None
    if axis.unknown:
        n = tally.cells(attribute).sum(axis=1)
        # In a pool the groups beside the unknown rows are what is left of the pool without them.
        pooled = not any(row.kind == "unknown" for row in rows)
        beside = sum(sum(row.cells) for row in rows if row.kind == "pool" and row.within is None) - int(n[-1])
        if n[-1] >= k and (not pooled or beside >= k):
            unknown_rows = int(n[-1])
    printed = sum(row.kind == "level" for row in rows)
    return PrintedMargin(
        attribute=attribute, rows=tuple(rows), declared=len(axis.declared), printed=printed, unknown_rows=unknown_rows
    )


def _shown_parts(node: _Node, counts: _Counts, k: int) -> list[_Node]:
    """Return the parts of `node` that are printed: each large enough, and so is what is left over."""
    shown = [part for part in node.parts if _enough(counts.cells(part.levels), k)]
    while len(shown) < len(node.parts):
        left = counts.cells(node.levels) - sum(counts.cells(part.levels) for part in shown)
        if _enough(left, k):
            break
        # The smallest printed part costs the fewest people to withdraw.
        shown.remove(min(shown, key=lambda part: int(counts.cells(part.levels).sum())))
    return shown


def _apart(tally: Tally, first: PrintedMargin, second: PrintedMargin, k: int) -> bool:
    """Whether nothing small follows from the two margins together.

    The reader is given more than they have: which pairs of levels occur at all. A count is then known
    exactly if its indicator lies in the span of the printed rows.
    """
    pair = tally.project(first.attribute, second.attribute)
    a, b = pair.axes
    cells = pair.counts.reshape(len(a.levels), len(b.levels), 4)
    occurs = np.argwhere(cells.sum(axis=2) > 0)
    values = cells[occurs[:, 0], occurs[:, 1]]
    forms = [np.isin(occurs[:, 0], levels) for levels in _level_sets(first, a)]
    forms += [np.isin(occurs[:, 1], levels) for levels in _level_sets(second, b)]
    matrix = np.array(forms, dtype=np.float64)
    # Rows of q span what a reader can compute; the projector's diagonal is 1 where a count is known.
    _, s, vt = np.linalg.svd(matrix, full_matrices=False)
    q = vt[s > 1e-9 * s[0]]
    groups = [occurs[:, 0] == i for i in range(len(a.levels))] + [occurs[:, 1] == j for j in range(len(b.levels))]
    hidden = [*np.eye(len(occurs), dtype=bool), *groups]
    for indicator in hidden:
        form = indicator.astype(np.float64)
        known = np.allclose(q.T @ (q @ form), form, atol=1e-7)
        if known and indicator.any() and not _enough(values[indicator].sum(axis=0), k):
            return False
    return True


def _level_sets(margin: PrintedMargin, axis: Axis) -> list[Ints]:
    """Return the positions of the levels behind each printed level and area (a pool follows from them)."""
    sets = [np.arange(len(axis.levels))]
    for row in margin.rows:
        if row.kind in ("level", "unknown"):
            sets.append(np.array([axis.levels.index(row.name)]))
        elif row.kind == "area":
            step = next(s for s in axis.steps if s.name == row.step)
            sets.append(np.array([i for i, ancestor in enumerate(step.ancestors) if ancestor == row.name]))
    return sets
