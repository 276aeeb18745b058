"""The rows of one attribute: what each is called, and in which order they stand."""

from __future__ import annotations

from smartstart_gov.documents.summary import printed
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.tally.printed import PrintedMargin, PrintedRow

#: So many groups that share a row are named; more are counted.
MOST_NAMED = 3


def row_name(words: Words, evidence: Evidence, row: int) -> str:
    """Return what a row of the metric table is called; of groups too few to show, that is all that there is to say."""
    table = evidence.metrics
    kind, name, by = table.kinds[row], table.groups[row], table.by[row]
    if kind not in ("pool", "area"):
        return capital(words.group(evidence.contract, by, name))
    margin = printed(evidence).margin(by[0])
    if kind == "area":
        members = next((r.members for r in margin.rows if r.kind == "area" and r.name == name), 0)
        return words.plural("{area}, {n} group", "{area}, all {n} groups", members, area=name)
    area = name.removeprefix("*")
    found = next((r for r in margin.rows if r.kind == "pool" and (r.within or "") == area), None)
    together = words.say("other groups") if found is None else _together(words, evidence, margin, found)
    return words.say("{groups}: too few to show", groups=f"{area}, {together}" if area else capital(together))


def _together(words: Words, evidence: Evidence, margin: PrintedMargin, pool: PrintedRow) -> str:
    levels = _pooled(evidence, margin, pool)
    if 0 < len(levels) == pool.members <= MOST_NAMED:
        names = [words.group(evidence.contract, (margin.attribute,), level) for level in levels]
        return words.say(" and ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return words.plural("{n} other group", "{n} other groups", pool.members)


def _pooled(evidence: Evidence, margin: PrintedMargin, pool: PrintedRow) -> list[str]:
    """Return the declared groups that stand in `pool`: everybody can work them out from contract and table."""
    shown = {row.name for row in margin.rows if row.kind == "level"}
    areas = {row.name for row in margin.rows if row.kind == "area"}
    steps = evidence.contract.hierarchies.get(margin.attribute, ())

    def nearest(level: str) -> str:
        for step in steps:
            level = step.parents[level]
            if level in areas:
                return level
        return ""

    declared = [str(level) for level in evidence.contract.column(margin.attribute).levels or ()]
    return [level for level in declared if level not in shown and nearest(level) == (pool.within or "")]


def in_order(evidence: Evidence, rows: list[int]) -> list[int]:
    """Return everybody first, then the rows area by area, those of unknown group last.

    A pool that is all of its area says what the area says, and is left out.
    """
    table = evidence.metrics
    areas = {table.groups[r]: r for r in rows if table.kinds[r] == "area"}

    def repeats(row: int) -> bool:
        area = areas.get(table.groups[row].removeprefix("*")) if table.kinds[row] == "pool" else None
        return area is not None and bool((table.denominator[row] == table.denominator[area]).all())

    kept = [r for r in rows if not repeats(r)]
    if areas:
        kept = _by_area(evidence, kept)
    return [0, *(r for r in kept if table.kinds[r] != "unknown"), *(r for r in kept if table.kinds[r] == "unknown")]


def area_of(evidence: Evidence, row: int) -> str:
    """Return the area under which a row of the metric table stands; empty where there is none."""
    table = evidence.metrics
    kind, name = table.kinds[row], table.groups[row]
    if kind == "overall":
        return ""
    if kind == "pool":
        return name.removeprefix("*")
    rows = printed(evidence).margin(table.by[row][0]).rows
    return next((found.within or "" for found in rows if (found.kind, found.name) == (kind, name)), "")


def _by_area(evidence: Evidence, rows: list[int]) -> list[int]:
    """Return the rows with areas by name; areas within areas keep the order of the hierarchy."""
    table = evidence.metrics
    margin = printed(evidence).margin(table.by[rows[0]][0])
    if any(row.kind == "area" and row.within is not None for row in margin.rows):
        return rows

    def place(row: int) -> tuple[bool, str, int]:
        kind = table.kinds[row]
        area = table.groups[row] if kind == "area" else area_of(evidence, row)
        return area == "", area, 0 if kind == "area" else 1

    # Sorting is stable: under an area the groups stay as the contract has them, the pool last.
    return sorted(rows, key=place)
