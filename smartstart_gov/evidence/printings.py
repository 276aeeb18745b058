"""What earlier versions printed of the same people: two publications can be subtracted from each other.

A version whose people are those of an earlier one and a few more, printed in full, gives the few away: their group, what came
of them and what was decided. So a version is held against every earlier one of its project before it is printed. Where the two
differ in a printed row by less than k, that attribute is not printed; where everybody together does, nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product

import numpy as np

from smartstart_gov.authoring.contract import UNKNOWN
from smartstart_gov.authoring.project import Project
from smartstart_gov.canonical import unreal
from smartstart_gov.controls.linking import GroupLost
from smartstart_gov.counting.disclosure import levels_of, misprinted
from smartstart_gov.counting.printed import PrintedMargin, PrintedRow, PrintedTally
from smartstart_gov.counting.tally import Tally, axis_of
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.edition import EVERYTHING, LOST, OUTCOMES, Evidence
from smartstart_gov.evidence.history import AUDITED
from smartstart_gov.ledger import Entry

#: The share of rows that were seen before has four digits in the log.
_ROUNDED = 0.00005
#: With more rows than this that match none of the other version, nobody can look at all ways in which they were renamed.
_MOST_STRAYS = 10
#: So many attributes together are looked at, and a sum of rows is a group if it is off by less than this.
_TOGETHER, _ALIKE = 4, 1e-6


def to_withhold(draft: Evidence, printed: PrintedTally, project: Project) -> tuple[str, ...]:
    """Return the attributes of `draft` that may not be printed beside earlier versions; `EVERYTHING` stands for all.

    Parameters
    ----------
    draft : Evidence
        The private edition, before it is printed.
    printed : PrintedTally
        What may be printed of it alone.
    project : Project
        Its log names earlier versions; their folders hold what they printed.

    Returns
    -------
    tuple of str
        Empty if no earlier version is of nearly the same people. If the folder of one that can be is gone, or its evidence
        does not hold, nobody can say what it printed, and all is withheld until the folder is restored.
    """
    found: dict[str, None] = {}
    for entry in project.ledger.find(AUDITED):
        if entry.body.get("part", "audit") == draft.part and _seen(draft) > 0:
            found |= dict.fromkeys(_beside(draft, printed, project, entry))
    return (EVERYTHING,) if EVERYTHING in found else tuple(found)


def _seen(draft: Evidence) -> float:
    """Return the largest share of the rows that earlier looks can have held.

    It is 1 where no key tells people apart: whose content changed since is not found by it, and may be the same person.
    """
    if draft.look is None or draft.look.told_by not in ("key", "both") or draft.look.new_people is not None:
        return 1.0
    return 0.0 if unreal(draft.look.known) == 0 else min(unreal(draft.look.known) + _ROUNDED, 1.0)


def _beside(draft: Evidence, printed: PrintedTally, project: Project, entry: Entry) -> Iterator[str]:
    try:
        earlier = read_bundle(project.path / str(entry.body["version"])).public
    except (Refused, KeyError):
        yield EVERYTHING
        return
    if _near_outcomes(draft, earlier, printed.k):
        yield OUTCOMES
    part, before = draft.training.part(draft.part), earlier.training.part(earlier.part)
    if part is None or before is None or not isinstance(earlier.tally, PrintedTally):
        return
    shared = min(_seen(draft) * part.rows, before.rows)
    came, went = part.rows - shared, before.rows - shared
    # With k and more that came and k and more that went, a difference is of the two together, and neither follows from it.
    if min(came, went) >= printed.k:
        return
    if _near_losses(draft, earlier, printed):
        yield LOST
    if _close(printed.total, earlier.tally.total, printed.k):
        yield EVERYTHING
    axes = [axis_of(earlier.contract.column(margin.attribute), earlier.contract) for margin in earlier.tally.margins]
    if any(line for axis in axes for line in misprinted(earlier.tally, axis)):
        yield EVERYTHING
        return
    both: dict[str, list[_Alike]] = {}
    for margin in printed.margins:
        for then in _earlier(margin, draft, earlier):
            mine, theirs = _by_levels(margin, draft), _by_levels(then, earlier)
            alike = list(_common(mine, theirs))
            others = [{name: both[name] for name in some} for n in range(1, _TOGETHER) for some in combinations(both, n)]
            if (
                _near(margin, then, iter(alike), printed.k)
                or _near_renamed(mine, theirs, printed.k)
                or any(_near_together(draft, {**some, margin.attribute: alike}, printed.k) for some in others)
            ):
                yield margin.attribute
            elif alike and then.attribute == margin.attribute:
                both[margin.attribute] = alike


def _earlier(margin: PrintedMargin, draft: Evidence, earlier: Evidence) -> Iterator[PrintedMargin]:
    """Yield what the earlier version printed of this attribute, or of one that has gone and had the same levels."""
    now = set(draft.policy.attributes)
    levels = set(draft.contract.column(margin.attribute).axis_levels)
    for then in earlier.tally.margins if isinstance(earlier.tally, PrintedTally) else ():
        renamed = then.attribute not in now and set(earlier.contract.column(then.attribute).axis_levels) == levels
        if then.attribute == margin.attribute or renamed:
            yield then


def _near_outcomes(draft: Evidence, earlier: Evidence, k: int) -> bool:
    """Whether the numbers of outcomes in some part tell of few people: nobody says which of its rows were there before."""
    for part in draft.training.parts:
        then = earlier.training.part(part.name)
        if part.positives is not None and then is not None and then.positives is not None:
            differ = (part.positives - then.positives, part.rows - part.positives - (then.rows - then.positives))
            if any(0 < abs(n) < k for n in differ):
                return True
    return False


def _near_losses(draft: Evidence, earlier: Evidence, printed: PrintedTally) -> bool:
    """Whether the two versions name another group as lost in linking, or few people more or fewer of the same."""
    if draft.losses is None or earlier.losses is None:
        return False
    shown = {(m.attribute, row.name) for m in printed.margins for row in m.rows if row.kind in ("level", "unknown")}
    named = [
        next((one for one in losses.named if one.level is not None), None)
        for losses in (draft.losses.printed(shown), earlier.losses)
    ]
    one, other = named
    if one is None or other is None:
        return False
    if (one.source, one.attribute, one.level) != (other.source, other.attribute, other.level):
        return True
    return any(0 < abs(a - b) < printed.k for a, b in zip(_told(one), _told(other), strict=True))


def _told(of: GroupLost) -> tuple[int, ...]:
    """Return lost and linked, of a group that is named and of all others."""
    lost, rows, rest_lost, rest_rows = of.lost or 0, of.rows or 0, of.rest_lost or 0, of.rest_rows or 0
    return lost, rows - lost, rest_lost, rest_rows - rest_lost


_Alike = tuple[frozenset[str], PrintedRow, PrintedRow]


def _near(margin: PrintedMargin, then: PrintedMargin, both: Iterator[_Alike], k: int) -> bool:
    """Whether two versions give few people of an attribute away; of unknown rows in a pool only the number is told."""
    told = None if margin.unknown_rows is None or then.unknown_rows is None else margin.unknown_rows - then.unknown_rows
    for levels, row, other in both:
        people = (told, sum(row.cells) - sum(other.cells) - told) if told is not None and UNKNOWN in levels else ()
        if _close(row, other, k) or any(0 < abs(n) < k for n in people):
            return True
    return False


def _by_levels(margin: PrintedMargin, of: Evidence) -> dict[frozenset[str], PrintedRow]:
    """Return the rows of `margin` by the levels in them; where a part is all of an area, the part."""
    levels = levels_of(margin, axis_of(of.contract.column(margin.attribute), of.contract))
    return dict(zip(levels, margin.rows, strict=True))


def _common(mine: dict[frozenset[str], PrintedRow], theirs: dict[frozenset[str], PrintedRow]) -> Iterator[_Alike]:
    """Yield what both print of the same levels: an area, and the least that rows of each add up to alike.

    What one prints in a pool and the other by itself is in both: as the sum of the groups in that pool.
    """
    yield from ((levels, mine[levels], theirs[levels]) for levels in mine if levels in theirs)
    blocks = [levels for rows in (mine, theirs) for levels, row in rows.items() if row.kind != "area"]
    while blocks:
        block = blocks.pop()
        while touching := [one for one in blocks if one & block]:
            block, blocks = block.union(*touching), [one for one in blocks if not one & block]
        parts = [[row for levels, row in rows.items() if row.kind != "area" and levels <= block] for rows in (mine, theirs)]
        # Of an attribute that is withheld there are no rows, and of a group that is new none of before.
        if all(parts):
            yield block, _summed(parts[0]), _summed(parts[1])


def _near_together(draft: Evidence, both: Mapping[str, list[_Alike]], k: int) -> bool:
    """Whether two versions give few people of a combination of attributes away, though every attribute alone does not.

    Migrants less those of western and of other origin are the few that are neither, and one of them may be new. What follows
    from the rows that both versions print, for a reader who knows which combinations there are, is compared as they are.
    """
    if not isinstance(draft.tally, Tally):
        return False
    crossed = draft.tally.project(*both)
    occurs = np.argwhere(crossed.counts.sum(axis=(-2, -1)) > 0)
    forms = [
        [crossed.axes[at].levels[level] in levels for level in occurs[:, at]]
        for at, alike in enumerate(both.values())
        for levels, _, _ in alike
    ]
    matrix = np.array(forms, dtype=np.float64)
    pairs = [(row.cells, other.cells) for alike in both.values() for _, row, other in alike]
    cells = [np.array(side) for side in zip(*pairs, strict=True)]
    solve = np.linalg.pinv(matrix.T)
    for n in range(2, len(both) + 1):
        for some in combinations(range(len(both)), n):
            _, code = np.unique(occurs[:, some], axis=0, return_inverse=True)
            groups = (code.reshape(-1)[:, None] == np.arange(int(code.max()) + 1)).astype(np.float64)
            parts = solve @ groups
            known = np.abs(matrix.T @ parts - groups).max(axis=0) < _ALIKE
            now, then = (np.rint(parts[:, known].T @ of).astype(int).tolist() for of in cells)
            if any(_few(one, other, k) for one, other in zip(now, then, strict=True)):
                return True
    return False


def _near_renamed(mine: dict[frozenset[str], PrintedRow], theirs: dict[frozenset[str], PrintedRow], k: int) -> bool:
    """Whether rows that match none of the other version give few people away, whatever was renamed, split or put together.

    Any of those of now may hold the people of any of those of then, with or without a row that has kept its name.
    """
    sides = [{levels: row for levels, row in rows.items() if row.kind != "area"} for rows in (mine, theirs)]
    stray = [
        [row for levels, row in rows.items() if not any(levels & other for other in others)]
        for rows, others in (sides, sides[::-1])
    ]
    if not any(stray):
        return False
    if sum(map(len, stray)) > _MOST_STRAYS:
        return True
    kept = [([], []), *(([row], [other]) for levels, row, other in _common(mine, theirs) if row.kind != "area")]
    for now, then in kept:
        for more, before in product(*map(_subsets, stray)):
            one, other = now + more, then + before
            if (more or before) and one and other and _close(_summed(one), _summed(other), k):
                return True
    return False


def _subsets(rows: list[PrintedRow]) -> list[list[PrintedRow]]:
    return [list(some) for n in range(len(rows) + 1) for some in combinations(rows, n)]


def _summed(rows: list[PrintedRow]) -> PrintedRow:
    tn, fp, fn, tp = map(sum, zip(*(row.cells for row in rows), strict=True))
    return rows[0] if len(rows) == 1 else replace(rows[0], cells=(tn, fp, fn, tp), clusters=None)


def _close(row: PrintedRow | None, other: PrintedRow | None, k: int) -> bool:
    """Whether the people of two rows differ, and in some of the four cells by fewer than `k`, or none: so few are those.

    Where as many had the outcome and as many had not, the people are taken to be the same: another model decided.
    """
    if row is None or other is None:
        return False
    return _few(row.cells, other.cells, k) or (_gone(row.cells, other.cells) == (0, 0) and _pairs_told(row, other, k))


def _few(cells: Sequence[int], others: Sequence[int], k: int) -> bool:
    differ, people = [abs(a - b) for a, b in zip(cells, others, strict=True)], _gone(cells, others)
    return people != (0, 0) and any(n < k for n in (*differ, *map(abs, people)))


def _gone(cells: Sequence[int], others: Sequence[int]) -> tuple[int, int]:
    """Return how many more people without and with the outcome there are."""
    return sum(cells[:2]) - sum(others[:2]), sum(cells[2:]) - sum(others[2:])


def _pairs_told(row: PrintedRow, other: PrintedRow, k: int) -> bool:
    """Whether two rows of the same people, decided by two models, narrow a number of pairs in one household below `k`.

    How many pairs both had the outcome, one had it, or neither, is the same under every model: each is a sum of what is told.
    """
    if row.clusters is None or other.clusters is None:
        return False
    for cells in (((0, 0), (0, 1), (1, 1)), ((0, 2), (0, 3), (1, 2), (1, 3)), ((2, 2), (2, 3), (3, 3))):
        ends = []
        for one, of in ((row, row.clusters), (other, other.clusters)):
            low = sum(of.products[i][j] if i != j else (of.products[i][j] - one.cells[i]) // 2 for i, j in cells)
            ends.append((max(low, 0), low + len(cells) * of.spare))
        if min(high for _, high in ends) - max(low for low, _ in ends) < k:
            return True
    return False
