"""link(): the base table and the extracts of other sources become one table, and rows lost on the way are counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import UNKNOWN, Column, DataContract, Link
from smartstart_gov.authoring.node import shown
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.keys import Places, is_service_number, places_of, unusable
from smartstart_gov.intake.link_report import GroupLoss, LinkReport, SourceLoss
from smartstart_gov.intake.series import canonical, fits, kind_of, series_of
from smartstart_gov.intake.tables import in_memory, named_once

Mask = npt.NDArray[np.bool_]
_WHERE = "link(frames=)"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Linked:
    """Rows that have a match in every source, as one table; `validate`, `train` and the audits accept it as a frame.

    Attributes
    ----------
    native : pandas or polars DataFrame, shape (n_linked, n_columns)
    report : LinkReport
        Which rows were lost.
    """

    native: Any
    report: LinkReport

    def __repr__(self) -> str:
        return f"Linked({len(self.native)} of {self.report.rows} rows, {self.report.headline()})"


def link(frames: Mapping[str, Any], contract: DataContract, *, as_of: dt.date | None = None) -> Linked:
    """Return the base table joined with the sources that `contract` links, and a report of the lost rows.

    Rows of the base table keep their order; a row without a match in some source is left out and counted. A key that
    the contract does not name as a column is dropped after linking.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        One frame per link, under the name of its source, and one more, under any name: the base table. All from one
        library, pandas or polars.
    contract : DataContract
        With `links`.
    as_of : date, optional
        The day on which the age of extracts is judged; by default today.

    Returns
    -------
    Linked

    Raises
    ------
    Refused
        Every violation at once: U01 if frames do not fit the links; D10 for keys that are missing, of another type or
        repeated in an extract (if the base repeats keys too, a many-to-many join); D14 for columns that are in two frames
        or under a source other than the contract says; D20 for missing columns; D22 for a citizen service number.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    ...     project = gov.open_project(f"{folder}/early_help")
    ...     table = project.read(f"{folder}/early_help/sample.csv")
    >>> said = project.contract.to_record()
    >>> said["sources"]["school"] = said["sources"]["sample"]
    >>> said["columns"] = [c | {"source": "school"} if c["name"] == "school_absence" else c for c in said["columns"]]
    >>> said["links"] = [{"source": "school", "key": "family", "expected_share": 0.9}]
    >>> families = table.drop_duplicates("family")
    >>> absence = families[["family", "school_absence"]].iloc[:-100]
    >>> base = families.drop(columns="school_absence")
    >>> gov.link({"base": base, "school": absence}, gov.DataContract.from_record(said)).report
    LinkReport(4100 of 4200 rows linked: school 4100)
    """
    accept(link, locals())
    base_name = _base_of(frames, contract)
    frames = {name: named_once(frame, f"{_WHERE}, frame {shown(name)}") for name, frame in frames.items()}
    found = list(_columns_misplaced(frames, contract, base_name))
    found += [violation for one in contract.links for violation in unlinkable(frames, base_name, one)]
    if found:
        raise Refused.of(found)
    base, rows = frames[base_name], len(frames[base_name])
    places = {one.source: places_of(base, frames[one.source], one.key) for one in contract.links}
    kept = np.ones(rows, dtype=bool)
    for place in places.values():
        kept &= place >= 0
    known = list(_groups(frames, contract, base_name, places))
    losses = tuple(
        _loss(one, frames, base_name, places[one.source], known, as_of or dt.datetime.now(dt.UTC).date())
        for one in contract.links
    )
    report = LinkReport(rows=rows, linked=int(kept.sum()), sources=losses)
    return Linked(native=_joined(frames, contract, base_name, places, kept), report=report)


def _base_of(frames: Mapping[str, Any], contract: DataContract) -> str:
    """Return the name of the one frame that no link names."""
    found = []
    where = f"Contract {contract.name} {contract.version}"
    named = [one.source for one in contract.links]
    if not named:
        found.append(("The contract does not link any sources.", "Add links, with the source, key and expected_share of each."))
    found += [(f"There is no frame for source {shown(name)}.", "Provide its extract.") for name in named if name not in frames]
    others = [name for name in frames if name not in named]
    if len(others) != 1:
        listed = ", ".join(map(shown, others)) or "none"
        found.append(
            (
                f"Exactly one frame must be the base table, but {len(others)} are not linked: {listed}.",
                "Provide exactly one base table.",
            )
        )
    for name, frame in frames.items():
        try:
            in_memory(frame, where)
        except Refused as refused:
            found.append((f"Frame {shown(name)}: {refused.violations[0].what}", refused.violations[0].remedy))
    if len({type(frame).__module__.partition(".")[0] for frame in frames.values()}) > 1:
        found.append(("The frames come from different libraries.", "Pass either pandas frames only or polars frames only."))
    if found:
        raise Refused.of(Violation(rule="U01", what=what, where=where, remedy=remedy) for what, remedy in found)
    return others[0]


def _columns_misplaced(frames: Mapping[str, Any], contract: DataContract, base_name: str) -> Iterator[Violation]:
    """Find columns that stand in two frames, or in a frame of another source than their own."""
    keys = {one.key for one in contract.links}
    linked = {one.source for one in contract.links}
    seen: dict[str, str] = {}
    for name, frame in frames.items():
        for column in map(str, frame.columns):
            if column in keys:
                continue
            if column in seen:
                what = f"Column {shown(column)} is in both frames {shown(seen[column])} and {shown(name)}."
                yield Violation(rule="D14", what=what, where=_WHERE, remedy="Keep it only in the frame of its source.")
            seen.setdefault(column, name)
    for declared in contract.columns:
        home = seen.get(declared.name)
        ours = declared.source if declared.source in linked else base_name
        if home is not None and declared.source is not None and home != ours:
            what = f"Column {shown(declared.name)} is in frame {shown(home)}, but its source is {shown(declared.source)}."
            yield Violation(
                rule="D14", what=what, where=_WHERE, remedy="Put it in the frame of its source, or correct the contract."
            )


def unlinkable(frames: Mapping[str, Any], base_name: str, one: Link) -> Iterator[Violation]:
    """Find what keeps one extract from being linked."""

    def told(rule: str, what: str, remedy: str) -> Violation:
        return Violation(rule=rule, what=what, where=f"{_WHERE}, source {one.source}", remedy=remedy)

    both = {name: frames[name] for name in (base_name, one.source)}
    for complaint in unusable(both, one.key):
        yield told(*complaint)
    for name, frame in both.items():
        if list(frame.columns).count(one.key) == 1 and is_service_number(series_of(frame, one.key)):
            remedy = "Have every source replace it with the same pseudonym before the data are handed over."
            what = f"Key {shown(one.key)} of frame {shown(name)} looks like the citizen service number (BSN)."
            yield told("D22", what, remedy)
    extract = frames[one.source]
    if list(extract.columns).count(one.key) == 1:
        key = series_of(extract, one.key)
        if key.isna().any():
            what = f"Key {shown(one.key)} is missing in {int(key.isna().sum())} rows of frame {shown(one.source)}."
            yield told("D10", what, "Give every row of the extract a key.")
        doubled = int(key[key.notna()].duplicated(keep=False).sum())
        if doubled:
            many = bool(one.key in frames[base_name].columns and series_of(frames[base_name], one.key).duplicated().any())
            what = f"{doubled} rows of frame {shown(one.source)} share their key {shown(one.key)} with another row"
            what += ", and so do rows of the base table: every pair would become a row." if many else "."
            yield told("D10", what, "Reduce the extract to one row per key: aggregate, or keep the newest.")
    if one.moment is not None:
        if one.moment not in extract.columns:
            yield told(
                "D20",
                f"Frame {shown(one.source)} has no column {shown(one.moment)}.",
                "Provide it: it says how old each record is.",
            )
        elif kind_of(series_of(extract, one.moment)) != "datetime":
            yield told(
                "D17", f"Column {shown(one.moment)} does not contain datetimes.", "Convert the values to datetimes first."
            )


def _groups(
    frames: Mapping[str, Any], contract: DataContract, base_name: str, places: Mapping[str, Places]
) -> Iterator[tuple[Column, str | None, Places]]:
    """Return for each sensitive column and site its source (None: the base) and the level of each row, -1 where unknown."""
    for column in contract.with_role("sensitive", "site"):
        home = column.source if column.source in places else None
        frame = frames[home or base_name]
        if column.name not in frame.columns or not fits(kind_of(series_of(frame, column.name)), column.dtype):
            continue  # `validate` says so
        series = canonical(series_of(frame, column.name), column.dtype)
        levels = np.full(len(series), len(column.levels or ()), dtype=np.int64)
        for code, level in enumerate(column.levels or ()):
            levels[series.isin([level]).to_numpy(dtype=bool)] = code
        if home is not None:
            place = places[home]
            levels = np.where(place >= 0, levels[place], -1)
        yield column, home, levels


def _loss(
    one: Link, frames: Mapping[str, Any], base_name: str, place: Places,
    known: list[tuple[Column, str | None, Places]], today: dt.date,
) -> SourceLoss:  # fmt: skip
    import pandas as pd

    lost = place < 0
    base_key = series_of(frames[base_name], one.key)
    groups = []
    for column, home, levels in known:
        if home == one.source:
            continue
        names = (*map(str, column.levels or ()), UNKNOWN)
        rows, gone = (np.bincount(levels[mask], minlength=len(names)) for mask in (levels >= 0, (levels >= 0) & lost))
        groups.append(GroupLoss(attribute=column.name, levels=names, rows=tuple(map(int, rows)), lost=tuple(map(int, gone))))
    extract = frames[one.source]
    newest = None if one.moment is None else pd.to_datetime(series_of(extract, one.moment), utc=True).max()
    used, keyless = np.unique(place[~lost]), int(base_key.isna().sum())
    return SourceLoss(
        source=one.source, rows=len(place), no_key=keyless, no_partner=int(lost.sum()) - keyless,
        unused=len(extract) - len(used), doubled=int(base_key[base_key.notna()].duplicated(keep=False).sum()),
        days_old=None if newest is None or pd.isna(newest) else (today - newest.date()).days,
        unmeasured=tuple(column.name for column, home, _ in known if home == one.source), groups=tuple(groups),
    )  # fmt: skip


def _joined(frames: Mapping[str, Any], contract: DataContract, base_name: str, places: Mapping[str, Places], kept: Mask) -> Any:
    declared = {column.name for column in contract.columns}
    helpers = {one.key for one in contract.links} | {one.moment for one in contract.links}
    parts = []
    for name in (base_name, *places):
        rows = np.flatnonzero(kept) if name == base_name else places[name][kept]
        frame = nw.from_native(frames[name], eager_only=True)[rows.tolist()]
        keys = set() if name == base_name else {one.key for one in contract.links}
        names = [c for c in frame.columns if c not in keys and (c in declared or c not in helpers)]
        parts.append(nw.maybe_reset_index(frame.select(names)))
    return nw.concat(parts, how="horizontal").to_native()
