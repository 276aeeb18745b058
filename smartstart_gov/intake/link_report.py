"""LinkReport: which rows were lost when sources were combined, by source and group. Counts only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smartstart_gov.show import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLoss:
    """Rows of the base table, and rows without a match, by level of one column; the last level is the unknown one."""

    attribute: str
    levels: tuple[str, ...]
    rows: tuple[int, ...]
    lost: tuple[int, ...]

    def __post_init__(self) -> None:
        if not len(self.levels) == len(self.rows) == len(self.lost):
            raise ValueError("each level has a number of rows and of rows lost")
        if any(not 0 <= lost <= rows for rows, lost in zip(self.rows, self.lost, strict=True)):
            raise ValueError("no more rows are lost than there are")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLoss:
    """Rows lost in linking with one source.

    Attributes
    ----------
    source : str
    rows : int
        Rows of the base table.
    no_key, no_partner : int
        Of these: without a key, and with a key that the extract does not have.
    unused : int
        Rows of the extract that match no row of the base table.
    doubled : int
        Rows of the base table that share their key with another row (several rows for one person, for example).
    days_old : int or None
        Age of the newest record; None if the contract has no moment.
    unmeasured : tuple of str
        Group columns that come from the extract itself: they are unknown for lost rows.
    groups : tuple of GroupLoss
    """

    source: str
    rows: int
    no_key: int
    no_partner: int
    unused: int
    doubled: int
    days_old: int | None
    unmeasured: tuple[str, ...]
    groups: tuple[GroupLoss, ...]

    def __post_init__(self) -> None:
        if min(self.no_key, self.no_partner, self.unused, self.doubled) < 0 or self.lost > self.rows:
            raise ValueError("the rows of a link do not add up")

    @property
    def lost(self) -> int:
        """Rows of the base table without a match."""
        return self.no_key + self.no_partner


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LinkReport(Value):
    """Rows lost in linking: `linked` of `rows` rows have a match in every source."""

    rows: int
    linked: int
    sources: tuple[SourceLoss, ...]

    def __post_init__(self) -> None:
        most = max((one.lost for one in self.sources), default=0)
        if not most <= self.rows - self.linked <= sum(one.lost for one in self.sources):
            raise ValueError("the rows of the link report do not add up")

    def headline(self) -> str:
        """Return the report in one line."""
        parts = ", ".join(f"{one.source} {one.rows - one.lost}" for one in self.sources)
        return f"LinkReport({self.linked} of {self.rows} rows linked: {parts})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line for each source and group. Counts can be small: do not publish it."""
        rows: list[list[object]] = []
        for one in self.sources:
            rows.append([one.source, "all", one.rows, one.lost])
            for group in one.groups:
                for level, n, lost in zip(group.levels, group.rows, group.lost, strict=True):
                    if n:
                        rows.append([one.source, f"{group.attribute}={level}", n, lost])
        return ["source", "group", "rows", "lost"], rows


def _source_record(one: SourceLoss) -> dict[str, Any]:
    groups = [
        {"attribute": g.attribute, "levels": list(g.levels), "rows": list(g.rows), "lost": list(g.lost)} for g in one.groups
    ]
    return {
        "source": one.source, "rows": one.rows, "no_key": one.no_key, "no_partner": one.no_partner, "unused": one.unused,
        "doubled": one.doubled, "days_old": one.days_old, "unmeasured": list(one.unmeasured), "groups": groups,
    }  # fmt: skip
