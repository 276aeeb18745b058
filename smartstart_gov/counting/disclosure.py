"""Rule R: a group is printed only if each of its four cells, and each cell of the remainder, is at least k.

A reader can find the remainder by subtraction, so it follows the same rule as the group. A group that
is too small is pooled with its neighbours up the hierarchy; if that fails it is not printed at all.
Two attributes that nest (an area and the district it lies in) could be subtracted from each other: a
second attribute is printed only if no small count follows from the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, compress, product

import numpy as np

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import UNKNOWN
from smartstart_gov.counting.openness import all_open, flow, pairs_open
from smartstart_gov.counting.printed import Cells, Clusters, PrintedKind, PrintedMargin, PrintedRow, PrintedTally
from smartstart_gov.counting.tally import Axis, Ints, Moments, Tally
from smartstart_gov.errors import expect_whole

#: Number of the rule by which counts are printed: raised when the same counts are printed otherwise. Evidence of an earlier
#: rule is held against that rule. 2: moments of units are ranges; no small count follows from several attributes together.
#: 3: ranges of parts and wholes do not narrow each other; no small count is narrowed by two attributes; groups lost in linking
#: are named only where their counts are printed. 4: small counts of up to three attributes stay open to k or more (0045).
PRINTING = 4
#: Of so many attributes together nothing small may follow: a group and the three that it falls apart in, for example.
_TOGETHER = 4


def printable(tally: Tally, attributes: Sequence[str], k: int, *, rule: int = PRINTING) -> PrintedTally:
    """Return what may be printed of `tally`, each of `attributes` separately.

    Parameters
    ----------
    tally : Tally
    attributes : sequence of str
        Names of axes; combinations are never printed.
    k : int
        Smallest printed cell, and smallest cell of a remainder.
    rule : int
        Number of the rule; only evidence of an earlier one needs another than the default.

    Returns
    -------
    PrintedTally(k=15, groups printed: area 0 of 2)
        With `total` None and no rows if not even the total may be printed.

    Raises
    ------
    Refused
        U01 for arguments of another kind, or a `k` under 1; D13 for an attribute that the tally does not have.

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
    accept(printable, locals())
    expect_whole(k, 1, "Argument k")
    for spare in (_open(k), 2 * k + 1, 3 * k + 1):
        printed = _printed(tally, attributes, k, rule, spare)
        if rule < 4 or not tally.moments or _pairs_open(tally, printed, spare):
            break
    return printed


def _printed(tally: Tally, attributes: Sequence[str], k: int, rule: int, spare: int) -> PrintedTally:
    whole = _Counts.of(tally, (), k, rule, spare)
    everybody = np.arange(1)
    total = whole.row(_Place("level", "overall", "overall", None, 0, everybody))
    if not _enough(np.array(total.cells), k):
        margins = [PrintedMargin(attribute=a, rows=(), declared=len(tally.axis(a).declared), printed=0) for a in attributes]
        return PrintedTally(k=k, total=None, margins=tuple(margins))
    printed: list[PrintedMargin] = []
    for place, attribute in enumerate(attributes):
        margin = _margin(tally, attribute, k, rule, spare)
        # Pairs under the first rule; from the second on also what follows from three or four attributes together.
        most = 1 if rule == 1 else _TOGETHER - 1
        # A group of an attribute that is not printed, or not yet, may follow from those that are.
        later = [PrintedMargin(attribute=a, rows=(), declared=0, printed=0) for a in attributes[place + 1 :]]
        together = ((*some, margin) for n in range(1, most + 1) for some in combinations([*printed, *later], n))
        if all(
            _apart(tally, of, k, rule)
            and (rule == 1 or _apart(tally, of, k, rule, people=True))
            and (rule < 3 or len(of) != 2 or _wide(tally, of, k))
            for of in together
        ) and (rule < 4 or _open_together(tally, [*printed, margin, *later], margin, k)):
            printed.append(margin)
        else:
            printed.append(PrintedMargin(attribute=attribute, rows=(), declared=margin.declared, printed=0))
    exponent = None if tally.weights is None else tally.weights.exponent
    return PrintedTally(k=k, total=total, margins=tuple(printed), weight_exponent=exponent)


def _enough(cells: Ints, k: int) -> bool:
    return bool((cells >= k).all())


@dataclass(frozen=True, slots=True)
class _Place:
    """What of a printed row is no count, and the levels that are in it."""

    kind: PrintedKind
    name: str
    step: str
    within: str | None
    members: int
    levels: Ints


@dataclass(frozen=True, slots=True)
class _Counts:
    """Cells, weights and moments of one margin, by level."""

    tally: Tally
    names: tuple[str, ...]
    k: int
    rule: int
    spare: int

    @classmethod
    def of(cls, tally: Tally, names: tuple[str, ...], k: int, rule: int, spare: int) -> _Counts:
        # Summed out once: the whole table may have a million cells, and is asked for every group.
        return cls(tally.project(*names), names, k, rule, spare)

    def cells(self, levels: Ints) -> Ints:
        total: Ints = self.tally.cells(*self.names)[levels].sum(axis=0)
        return total

    def row(self, of: _Place) -> PrintedRow:
        weights = clusters = None
        down = self.tally.project(*self.names).weights
        if down is not None:
            weights = tuple(zip(*(sums.reshape(-1, 4)[of.levels].sum(axis=0).tolist() for sums in down.sums), strict=True))
        if self.names in self.tally.moments:
            m = self.tally.moments[self.names]
            products, units = m.products[of.levels].sum(axis=0), int(m.units[of.levels].sum())
            clusters = Clusters(products=tuple(tuple(int(x) for x in p) for p in products), units=units)
            if self.rule == 2:
                clusters = _ranged(clusters, self.cells(of.levels), self.k)
            elif self.rule > 2 and not self.names:
                pairs = _pairs(clusters, self.cells(of.levels))
                clusters = _between(_down(pairs, self.spare), self.cells(of.levels), self.spare)
        tn, fp, fn, tp = (int(x) for x in self.cells(of.levels))
        cells: Cells = (tn, fp, fn, tp)
        return PrintedRow(
            kind=of.kind, name=of.name, step=of.step, within=of.within, members=of.members, cells=cells, weights=weights,
            clusters=clusters,
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


def _places(axis: Axis, shown: Callable[[_Node], Sequence[_Node]]) -> Iterator[_Place]:
    """Yield the places of the rows of `axis` where `shown` says which parts of a node are printed."""

    def place(kind: PrintedKind, name: str, step: str, within: str | None, levels: Ints) -> _Place:
        return _Place(kind, name, step, within, int((levels < len(axis.declared)).sum()), levels)

    def descend(node: _Node, within: str | None) -> Iterator[_Place]:
        parts = shown(node)
        for part in parts:
            if part.parts:
                yield place("area", part.name, part.step, within, part.levels)
                yield from descend(part, part.name)
            else:
                kind: PrintedKind = "unknown" if int(part.levels[0]) == len(axis.declared) else "level"
                yield place(kind, part.name, part.step, within, part.levels)
        rest = [part.levels for part in node.parts if part not in parts]
        if rest:
            yield place("pool", "", axis.name, within, np.concatenate(rest))

    return descend(_tree(axis), None)


#: Of the pairs of two cells each row has one number, and of those of one cell, products count every pair twice.
_TWICE = 1 + np.eye(4, dtype=np.int64)


def _pairs(of: Clusters, cells: Ints) -> Ints:
    """Return how many pairs of rows are in one unit, by the cells of both, shape (4, 4)."""
    return np.asarray((np.array(of.products, dtype=np.int64) - np.diag(cells)) // _TWICE)


def _between(low: Ints, cells: Ints, spare: int) -> Clusters:
    """Return moments of which each number of pairs is from `low` to `low + spare`.

    The number of units follows from those ranges alone: n rows with p pairs are at least n - p units, and by Cauchy and Schwarz
    n^2 / (n + 2p).
    """
    n, most = int(cells.sum()), int(np.triu(low + spare).sum())
    filled = low * _TWICE + np.diag(cells)
    return Clusters(
        products=tuple(map(tuple, filled.tolist())), units=max(n - most, -(-(n**2) // max(n + 2 * most, 1))), spare=spare
    )


def _open(k: int) -> int:
    """Return how many values more than one each told number of pairs may have: half as many again as `k`.

    With k, attributes of which the groups lie across each other would narrow some ranges to a few values below k. Where some
    do so with this too, the fourth rule takes more.
    """
    return 3 * k // 2


def _down(pairs: Ints, spare: int) -> Ints:
    return pairs // (spare + 1) * (spare + 1)


def _along(rows: Sequence[PrintedRow], places: Sequence[_Place], spare: int) -> list[PrintedRow]:
    """Return `rows` with their exact moments as ranges, of which none narrows another, nor the total, nor those of an area.

    The sum of the first rows is rounded down, for every number of rows. What a row or an area adds to that is its number of
    pairs, give or take what rounding takes off. So all that is printed are those sums, rounded, and the total is the last of
    them where no unit is in two rows.
    """
    before, found = np.zeros((4, 4), dtype=np.int64), []
    for row in rows:
        adds = np.zeros((4, 4), dtype=np.int64)
        if row.kind != "area" and row.clusters is not None:
            adds, before = before, before + _pairs(row.clusters, np.array(row.cells))
            adds = _down(before, spare) - _down(adds, spare)
        found.append(adds)
    for i, row in enumerate(rows):
        if row.kind == "area":
            found[i] = np.sum([found[j] for j, other in enumerate(places) if _within(other, places[i])], axis=0)
    return [
        row if row.clusters is None else replace(row, clusters=_between(adds - spare, np.array(row.cells), 2 * spare))
        for row, adds in zip(rows, found, strict=True)
    ]


def _ranged(of: Clusters, cells: Ints, k: int) -> Clusters:
    """Return the moments as the second rule has them: each number of pairs is one of k + 1 values that follow each other.

    All ranges start at multiples of the same number, so ranges of parts and of the whole narrow each other nowhere. A
    unit of n rows takes n - 1 off the number of units and has at least as many pairs: counted from the smallest number of
    pairs, in steps of what all ranges together leave open, the number of units narrows no range either.
    """
    width, n = k + 1, int(cells.sum())
    products = np.array(of.products, dtype=np.int64)
    pairs = (products - np.diag(cells)) // (1 + np.eye(4, dtype=np.int64))
    low = pairs // width * width
    fewest, step = int(np.triu(low).sum()), 10 * width
    joined = fewest - -(-(fewest - (n - of.units)) // step) * step + step - 1
    # By Cauchy and Schwarz: n rows with so many pairs are at least so many units.
    least = -(-(n**2) // max(n + 2 * (fewest + 10 * k), 1))
    filled = low * (1 + np.eye(4, dtype=np.int64)) + np.diag(cells)
    return Clusters(products=tuple(map(tuple, filled.tolist())), units=max(n - joined, least), spare=k)


def at_worst(tally: Tally, printed: PrintedTally, rule: int = PRINTING) -> Tally:
    """Return `tally` with the largest moments of units that the printed ranges leave open, for figures that rest on them.

    Those of groups that are not printed stay as they are: no figure of theirs is.
    """
    moments, k, attributes = dict(tally.moments), printed.k, [margin.attribute for margin in printed.margins]
    if rule > 2:
        for names in [(), *((name,) for name in attributes)]:
            if names in moments:
                levels = tally.axis(names[0]).levels if names else ("overall",)
                products, units = moments[names].products.copy(), moments[names].units.copy()
                for row in printed.margin(names[0]).rows if names else [printed.total]:
                    if row is not None and row.clusters is not None and row.name in levels and row.kind != "area":
                        at = levels.index(row.name)
                        products[at] = np.array(row.clusters.products) + row.clusters.spare * _TWICE
                        units[at] = row.clusters.units
                moments[names] = Moments(products=products, units=units)
        return replace(tally, moments=moments)
    for names in [(), *((name,) for name in attributes)]:
        if names in moments:
            m, cells = moments[names], tally.cells(*names)
            found = [
                _ranged(Clusters(products=tuple(map(tuple, p.tolist())), units=int(u)), c, k)
                for p, u, c in zip(m.products, m.units, cells, strict=True)
            ]
            products = np.array([one.products for one in found], dtype=np.int64) + k * (1 + np.eye(4, dtype=np.int64))
            moments[names] = Moments(products=products, units=np.array([one.units for one in found], dtype=np.int64))
    return replace(tally, moments=moments)


def _margin(tally: Tally, attribute: str, k: int, rule: int, spare: int) -> PrintedMargin:
    axis, counts = tally.axis(attribute), _Counts.of(tally, (attribute,), k, rule, spare)
    places = list(_places(axis, lambda node: _shown_parts(node, counts, k)))
    rows = [counts.row(place) for place in places]
    if rule > 2:
        rows = _along(rows, places, spare)
    for i, row in enumerate(rows if rule < 3 else ()):
        if row.kind == "area" and row.clusters is not None:
            # What is printed of an area is the sum of its parts: ranges of its own would narrow theirs.
            inside = [_within(other, places[i]) for other in places]
            parts = [one.clusters for one in compress(rows, inside) if one.clusters is not None]
            products = np.sum([part.products for part in parts], axis=0).tolist()
            together = Clusters(
                products=tuple(map(tuple, products)), units=sum(part.units for part in parts),
                spare=sum(part.spare for part in parts),
            )  # fmt: skip
            rows[i] = replace(row, clusters=together)
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


def _within(part: _Place, whole: _Place) -> bool:
    """Whether `part` is one of the rows, not areas themselves, that add up to `whole`."""
    return part.kind != "area" and bool(np.isin(part.levels, whole.levels).all())


def misprinted(printed: PrintedTally, axis: Axis) -> Iterator[str]:
    """List what `printed` cannot say of `axis`, whatever the hidden counts are.

    Which groups and areas are printed follows from all counts. Where each stands and how many declared groups it holds
    follows from the contract; what an area and everybody add up to, from the other rows.
    """
    margin = printed.margin(axis.name)
    if len({len(_added(row)) for row in margin.rows}) > 1:
        yield "some of its rows have weights or units, and others none"
        return
    everybody = _summed(row.sums for row in margin.rows if row.kind != "area")
    if margin.rows and (printed.total is None or everybody != printed.total.sums):
        yield "its rows do not add up to the total"
    if any(min(row.cells) < printed.k for row in margin.rows):
        yield f"a printed cell is below {printed.k}"
    if (margin.declared, margin.printed) != (len(axis.declared), sum(row.kind == "level" for row in margin.rows)):
        yield "it has another number of groups, or of printed groups, than the contract and its rows give"
    alone, pool = (
        sum(sum(row.cells) for row in margin.rows if row.kind == kind and row.within is None) for kind in ("unknown", "pool")
    )
    told, most = margin.unknown_rows, pool - printed.k
    if not (told == alone if alone else told is None or (axis.unknown and printed.k <= told <= most)):
        yield "its number of unknown rows does not follow from its rows"
    places = _of_rows(margin, axis)
    if [(row.kind, row.name, row.step, row.within) for row in margin.rows] != [
        (p.kind, p.name, p.step, p.within) for p in places
    ]:
        yield "its rows do not stand where the contract puts them"
        return
    for i, (row, place) in enumerate(zip(margin.rows, places, strict=True)):
        if row.members != place.members:
            yield f"rows[{i}] has {row.members} groups; the contract gives it {place.members}"
        parts = list(compress(margin.rows, [_within(other, place) for other in places]))
        if _added(row) != _summed(map(_added, parts)) and row != _around(row, parts):
            yield f"rows[{i}] is not the sum of its parts"


def _of_rows(margin: PrintedMargin, axis: Axis) -> list[_Place]:
    """Return the places of the rows of `margin`, by their names."""
    named = {(row.step, row.name) for row in margin.rows}
    places = list(_places(axis, lambda node: [part for part in node.parts if (part.step, part.name) in named]))
    # Of an attribute that would uncover a small group of another there are no rows.
    return places if margin.rows else []


def levels_of(margin: PrintedMargin, axis: Axis) -> list[frozenset[str]]:
    """Return the levels that are together in each row of `margin`."""
    return [frozenset(axis.levels[i] for i in place.levels) for place in _of_rows(margin, axis)]


def _added(row: PrintedRow) -> tuple[int, ...]:
    """Return what of a row is the sum over its groups: within one margin the moments of units are too."""
    of = row.clusters
    return row.sums if of is None else (*row.sums, of.units, of.spare, *chain(*of.products))


def _around(area: PrintedRow, parts: Sequence[PrintedRow]) -> PrintedRow | None:
    """Return `area` with ranges around the sum of the middles of its parts, which is what the third rule prints of it."""
    inside = [part.clusters for part in parts if part.clusters is not None]
    if area.clusters is None or not inside or {of.spare for of in inside} != {area.clusters.spare}:
        return None
    cells, spare = np.sum([part.cells for part in parts], axis=0), inside[0].spare
    low = np.sum([_pairs(of, np.array(part.cells)) for of, part in zip(inside, parts, strict=True)], axis=0)
    around = _between(low + (len(inside) - 1) * (spare // 2), cells, spare)
    sums = _summed(part.sums for part in parts)
    return replace(area, clusters=around) if sums == area.sums else None


def _summed(rows: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))


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


def _apart(tally: Tally, margins: Sequence[PrintedMargin], k: int, rule: int, *, people: bool = False) -> bool:
    """Whether nothing small follows from the margins together: none of the four cells, or with `people` no number of people.

    Of unknown rows in a pool only their number is told: it adds to what is known of people, and nothing of the cells.

    The reader is given more than they have: which combinations of levels occur at all. Every relation between the
    attributes that holds for these people, declared or not, follows from that. A count is then known exactly if its
    indicator lies in the span of the printed rows: those of the combinations of groups, of areas and of what is printed of
    an attribute, and of the same of fewer attributes. What is printed less all that is known of its parts is known too.
    """
    if people and all(margin.unknown_rows is None for margin in margins):
        return True
    crossed = tally.project(*(margin.attribute for margin in margins))
    cells = crossed.counts.reshape(*crossed.counts.shape[:-2], 4)
    cells = cells.sum(axis=-1, keepdims=True) if people else cells
    occurs = np.argwhere(cells.sum(axis=-1) > 0)
    values = cells[tuple(occurs.T)]
    codings = [_codings(margin, axis, people) for margin, axis in zip(margins, crossed.axes, strict=True)]
    printed = [of[-1] for of in codings]
    whole = np.prod([len(np.unique(code[occurs[:, i]])) for i, code in enumerate(printed)])
    if len(np.unique(_joint([code[occurs[:, i]] for i, code in enumerate(printed)]))) == whole:
        # Where everything printed of one occurs with everything printed of the others, no sum of theirs is one group.
        return True
    forms = [np.isin(occurs[:, i], levels) for i, m in enumerate(margins) for levels in _level_sets(m, crossed.axes[i], people)]
    matrix = np.array(forms, dtype=np.float64)
    rows = np.concatenate([matrix, *(np.unique(code)[:, None] == code[occurs[:, i]] for i, code in enumerate(printed))])
    sums, sizes = rows @ values, rows.sum(axis=1)
    # Rows of q span what a reader can compute: a form lies in it if it is as long there as it is.
    s, u = np.linalg.eigh(matrix @ matrix.T)
    kept = s > 1e-10 * s[-1]
    q = (u[:, kept] / np.sqrt(s[kept])).T @ matrix
    for n in range(1, len(margins) + 1):
        for coded in chain.from_iterable(
            product(*([code[occurs[:, i]] for code in codings[i]] for i in axes))
            for axes in combinations(range(len(margins)), n)
        ):
            code = _joint(coded)
            order = np.argsort(code, kind="stable")
            starts = np.flatnonzero(np.diff(code[order], prepend=-1))
            totals, size = np.add.reduceat(values[order], starts), np.diff(np.append(starts, len(order)))
            known = (np.add.reduceat(q[:, order], starts, axis=1) ** 2).sum(axis=0) > size - 1e-7
            if (known & (totals.min(axis=1) < k)).any():
                return False
            if rule > 1:
                left, taken = sums, 0
                if known.any():
                    inside, told = order[np.repeat(known, size)], size[known]
                    off = np.add.reduceat(rows[:, inside], np.cumsum(told) - told, axis=1) == told
                    left, taken = sums - off @ totals[known], off @ told
                if ((sizes > taken) & (left.min(axis=1) < k)).any():
                    return False
    return True


def _wide(tally: Tally, margins: Sequence[PrintedMargin], k: int) -> bool:
    """Whether two margins together leave every count below k open to k or more, whatever sums of groups a reader subtracts.

    Where both margins of a table are known, and which combinations occur, one count can change as far as a ring of others does:
    that is the flow from its group to the other attribute's through the rest of the table. Sums of groups less other sums are
    cuts, of which the least is as large as that flow.
    """
    crossed = tally.project(*(margin.attribute for margin in margins))
    codes = [_codings(margin, axis, False)[-1] for margin, axis in zip(margins, crossed.axes, strict=True)]
    table = np.zeros((*(int(code.max()) + 1 for code in codes), 4), dtype=np.int64)
    np.add.at(table, (codes[0][:, None], codes[1][None, :]), crossed.counts.reshape(*crossed.counts.shape[:-2], 4))
    occurs = np.asarray(table.any(axis=2))
    if occurs.all():
        return True
    for cell in range(4):
        counts = table[:, :, cell]
        for a, b in np.argwhere(occurs & (counts < k)):
            up = flow(counts, occurs, (a, b), k)
            if up < k and up + min(int(counts[a, b]), flow(counts, occurs, (a, b), k, back=True)) < k:
                return False
    return True


def _open_together(tally: Tally, margins: Sequence[PrintedMargin], last: PrintedMargin, k: int) -> bool:
    """Whether all margins together leave every count below k, of up to three attributes, open to k or more (`all_open`)."""
    crossed = tally.project(*(margin.attribute for margin in margins))
    both = list(zip(margins, crossed.axes, strict=True))
    told = [m.unknown_rows is not None and all(row.kind != "unknown" for row in m.rows) for m in margins]
    return all_open(
        crossed.counts.reshape(*crossed.counts.shape[:-2], 4), [_codings(*of, True) for of in both],
        [_codings(*of, False)[-1] for of in both], told, list(margins).index(last), k,
    )  # fmt: skip


def _pairs_open(tally: Tally, printed: PrintedTally, spare: int) -> bool:
    """Whether what is told of pairs in one household leaves each number of them open to k or more (`pairs_open`)."""
    everybody = printed.total
    names = [m.attribute for m in printed.margins if (m.attribute,) in tally.moments]
    if everybody is None or everybody.clusters is None or not names:
        return True
    crossed = tally.project(*names)
    alike, places, sums = [], [], []
    for name, axis in zip(names, crossed.axes, strict=True):
        margin = printed.margin(name)
        alike.append(bool((tally.moments[(name,)].products.sum(axis=0) == tally.moments[()].products[0]).all()))
        rows = [(row, of.levels) for row, of in zip(margin.rows, _of_rows(margin, axis), strict=True) if row.kind != "area"]
        place = np.full(len(axis.levels), -1)
        for i, (_, levels) in enumerate(rows):
            place[levels] = i
        places.append(place)
        told = [_pairs(row.clusters, np.array(row.cells)) + spare for row, _ in rows if row.clusters is not None]
        sums.append(np.cumsum(told, axis=0).reshape(-1, 4, 4))
    occurs = np.argwhere(crossed.counts.sum(axis=(-2, -1)) > 0)
    whole = _pairs(everybody.clusters, np.array(everybody.cells))
    return pairs_open(occurs, np.array(alike), places, whole, sums, spare, printed.k)


def _joint(codes: Sequence[Ints]) -> Ints:
    """Return one number for each combination of codes: they are its digits."""
    joint = np.zeros(len(codes[0]), dtype=np.int64)
    for code in codes:
        joint = joint * (int(code.max()) + 1) + code
    return joint


def _codings(margin: PrintedMargin, axis: Axis, people: bool) -> list[Ints]:
    """Return the ways in which levels are taken together: not at all, by each step of areas, and as they are printed."""
    found = [np.arange(len(axis.levels))]
    for step in axis.steps:
        names = [*step.ancestors, *([None] if axis.unknown else [])]
        found.append(np.array([names.index(name) for name in names]))
    rows = np.array([np.isin(found[0], levels) for levels in _level_sets(margin, axis, people)])
    found.append(np.unique(rows, axis=1, return_inverse=True)[1].reshape(-1))
    # The last stands for what is printed, also where it is one of the others.
    return [code for i, code in enumerate(found) if not any(_same(code, other) for other in found[i + 1 :])]


def _same(one: Ints, other: Ints) -> bool:
    """Whether two codings take the same levels together."""
    return len(np.unique(_joint([one, other]))) == len(np.unique(one)) == len(np.unique(other))


def _level_sets(margin: PrintedMargin, axis: Axis, people: bool) -> list[Ints]:
    """Return the positions of the levels behind each printed level and area (a pool follows from them)."""
    sets = [np.arange(len(axis.levels))]
    if people and margin.unknown_rows is not None:
        sets.append(np.array([len(axis.declared)]))
    for row in margin.rows:
        if row.kind in ("level", "unknown"):
            sets.append(np.array([axis.levels.index(row.name)]))
        elif row.kind == "area":
            step = next(s for s in axis.steps if s.name == row.step)
            sets.append(np.array([i for i, ancestor in enumerate(step.ancestors) if ancestor == row.name]))
    return sets
