"""What earlier versions printed of the same people: two publications can be subtracted from each other.

A version whose people are those of an earlier one and a few more, printed in full, gives the few away: their group, what came
of them and what was decided. So a version is held against every earlier one of its project before it is printed. Where the two
differ in a printed row by less than k, that attribute is not printed; where everybody together does, nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.authoring.project import Project
from smartstart_gov.canonical import unreal
from smartstart_gov.counting.printed import PrintedRow, PrintedTally
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.edition import EVERYTHING, Evidence
from smartstart_gov.evidence.history import AUDITED
from smartstart_gov.ledger import Entry

#: The share of rows that were seen before has four digits in the log.
_ROUNDED = 0.00005


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
    """Return the largest share of the rows that earlier looks can have held: 1 where nobody can tell rows apart."""
    if draft.look is None or draft.look.told_by == "nothing":
        return 1.0
    return 0.0 if unreal(draft.look.known) == 0 else min(unreal(draft.look.known) + _ROUNDED, 1.0)


def _beside(draft: Evidence, printed: PrintedTally, project: Project, entry: Entry) -> Iterator[str]:
    try:
        earlier = read_bundle(project.path / str(entry.body["version"])).public
    except (EvidenceBroken, Refused, KeyError):
        yield EVERYTHING
        return
    part, before = draft.training.part(draft.part), earlier.training.part(earlier.part)
    if part is None or before is None or not isinstance(earlier.tally, PrintedTally):
        return
    shared = min(_seen(draft) * part.rows, before.rows)
    came, went = part.rows - shared, before.rows - shared
    # With k and more that came and k and more that went, a difference is of the two together, and neither follows from it.
    if min(came, went) >= printed.k:
        return
    if _close(printed.total, earlier.tally.total, printed.k):
        yield EVERYTHING
    had = {margin.attribute: margin for margin in earlier.tally.margins}
    for margin in printed.margins:
        if margin.attribute in had:
            then = {(row.kind, row.step, row.name, row.within): row for row in had[margin.attribute].rows}
            rows = [(row, then.get((row.kind, row.step, row.name, row.within))) for row in margin.rows]
            if any(_close(row, other, printed.k) for row, other in rows):
                yield margin.attribute


def _close(row: PrintedRow | None, other: PrintedRow | None, k: int) -> bool:
    """Whether the people of two rows differ, and in some of the four cells by fewer than `k`.

    Where as many had the outcome and as many had not, the people are taken to be the same: another model decided.
    """
    if row is None or other is None:
        return False
    differ = [abs(a - b) for a, b in zip(row.cells, other.cells, strict=True)]
    people = (sum(row.cells[:2]) - sum(other.cells[:2]), sum(row.cells[2:]) - sum(other.cells[2:]))
    return any(people) and any(0 < n < k for n in (*differ, *map(abs, people)))
