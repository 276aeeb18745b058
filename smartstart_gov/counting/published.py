"""Published tables: how a publisher writes counts, how they become ranges, and the empty table that an office fills in."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import UNKNOWN, Column, DataContract
from smartstart_gov.authoring.project import Project
from smartstart_gov.counting.ranges import PARTS, UNBOUNDED, Inconsistent, RangedTable
from smartstart_gov.counting.tally import Axis, axis_of
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.tables import rows_of
from smartstart_gov.storage import unzipped

#: Least, most and published count of one cell.
Range = tuple[int, int, int]
_WHERE = "Argument table"
#: In an attribute's column: everybody, whatever their group.
EVERYBODY = "(all)"
#: A dense table is not built beyond this many groups.
MOST_GROUPS = 1_000_000
_CELLS = ("tn", "fp", "fn", "tp")
_LINES = {
    "nl": (
        "Vul deze tabel in over: {population}",
        "Een rij per groep. Zet in elke cel hoeveel gevallen van die groep erin horen.",
        "tn: niet aangewezen, en het was niet zo.    fp: aangewezen, maar het was niet zo.",
        "fn: niet aangewezen, maar het was wel zo.   tp: aangewezen, en het was zo.",
        "Aangewezen: {decision}",
        "Wat 'het was zo' betekent: {label}",
        "Rond elk getal af op het dichtstbijzijnde veelvoud van {rounding}.",
        "Zijn het er minder dan {least}? Schrijf dan {suppressed}.",
        "Laat geen groep weg, ook niet als die klein is. '{everybody}' is iedereen, ongeacht de groep.",
        "Koppel de groepen alleen voor deze tabel. Er gaan geen gegevens over personen terug.",
    ),
    "en": (
        "Fill in this table for: {population}",
        "One row per group. In each cell, write how many cases of that group belong there.",
        "tn: not selected, without the outcome.    fp: selected, without the outcome.",
        "fn: not selected, with the outcome.        tp: selected, with the outcome.",
        "Selected: {decision}",
        "What the outcome is: {label}",
        "Round every number to the nearest multiple of {rounding}. Write {suppressed} for fewer than {least} cases.",
        "Do not leave out any group, even a small one. '{everybody}' is everybody, whatever the group.",
        "Link the groups for this table only. Do not return any data about individuals.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How the publisher writes counts.

    Attributes
    ----------
    rounding : int or (int, int)
        ``5``: to the nearest multiple of 5, so that 15 is 13 to 17 (with an even number both ends count: 10
        to the nearest 10 is 5 to 15). A pair says how much lower and how much higher a count may be.
    suppressed : mapping of str to (int, int or None)
        What replaces a count, with its minimum and maximum; None if the maximum is not
        given.
    everybody : str
        The word in an attribute's column for rows over all its groups.
    """

    rounding: int | tuple[int, int] = 1
    suppressed: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    everybody: str = EVERYBODY

    def __post_init__(self) -> None:
        lower, higher = self._slack
        wrong = [text for text, (least, most) in self.suppressed.items() if least < 0 or (most is not None and most < least)]
        if lower < 0 or higher < 0 or wrong:
            what = f"The range of {wrong[0]!r} is not valid." if wrong else f"Counts cannot be rounded to {self.rounding}."
            raise Refused("M01", what, "Arguments rounding and suppressed", "Give a minimum and a maximum, both at least 0.")

    @property
    def _slack(self) -> tuple[int, int]:
        if isinstance(self.rounding, tuple):
            return self.rounding
        return (self.rounding // 2, self.rounding // 2) if self.rounding > 0 else (-1, -1)

    def range_of(self, text: str) -> Range | None:
        """Return minimum, maximum and published count of one cell; None if it is not a count.

        Examples
        --------
        >>> Notation(rounding=5, suppressed={"<10": (0, 9)}).range_of("15"), Notation().range_of("about 15")
        ((13, 17, 15), None)
        """
        if text in self.suppressed:
            least, most = self.suppressed[text]
            return (least, UNBOUNDED, least) if most is None else (least, most, (least + most) // 2)
        if not re.fullmatch(r"\d{1,11}", text):
            return None
        count = int(text)
        if isinstance(self.rounding, int) and count % self.rounding:
            return None
        lower, higher = self._slack
        return max(count - lower, 0), count + higher, count


def text_columns(table: Any) -> dict[str, list[str]]:
    """Return the cells of a file or frame as text, column by column; a missing cell is empty text."""
    if isinstance(table, str | Path):
        return _csv(Path(table))
    return {name: [_text(value) for value in values] for name, values in rows_of(table, _WHERE).items()}


def _csv(file: Path) -> dict[str, list[str]]:
    if not file.is_file():
        raise Refused("U01", f"There is no file {file.name!r}.", str(file), "Give the path of a CSV file.")
    try:
        data = unzipped(file) if file.name.endswith(".gz") else file.read_bytes()
        stream = io.StringIO(data.decode("utf-8-sig"), newline="")
        lines = [line for line in stream if line.strip() and not line.startswith("#")]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        what = f"{file.name!r} cannot be read as CSV in UTF-8 ({type(error).__name__})."
        raise Refused("U01", what, str(file), "Save it again as CSV in UTF-8.") from None
    if len(lines) < 2:
        raise Refused("D12", "There are no rows.", str(file), "Give a header and one row per group.")
    header, *rows = list(csv.reader(lines, delimiter=";" if ";" in lines[0] else ","))
    odd = sum(len(row) != len(header) for row in rows)
    if odd or len(set(header)) != len(header):
        what = f"{odd} rows have more or fewer cells than the header." if odd else "A column appears twice in the header."
        raise Refused("D14", what, str(file), "Give every row one cell per column.")
    return {name.strip(): [row[i].strip() for row in rows] for i, name in enumerate(header)}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float | np.floating) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the counts are.

    Attributes
    ----------
    columns : mapping of str to str
        Name of a part (``tn``, ``fp``, ``fn``, ``tp``, ``selected``, ``total``, ...) to its column; a column with
        the name of a part need not be listed.
    truth, decision, count : str or None
        For a long table, with one row per group, truth and decision: the columns that contain these.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    truth: str | None = None
    decision: str | None = None
    count: str | None = None


def read_counts(table: Any, contract: DataContract, layout: Layout, notation: Notation) -> tuple[RangedTable, ...]:
    """Return one table of ranges for every set of attributes in `table`.

    Raises
    ------
    Refused
        U01, D01, D04, D10, D12, D14, D15, D17, D20, D21: all problems with the cells at once.
    """
    cells = text_columns(table)
    attributes = [column for column in contract.with_role("sensitive") if column.name in cells]
    parts = _parts(cells, attributes, layout)
    found: list[Violation] = []
    rows: dict[tuple[str | None, ...], dict[int, Range]] = {}
    keys = list(zip(*(_levels(cells[c.name], c, notation, found) for c in attributes), strict=True))
    for part, column, positions in parts(contract, found):
        _fill(rows, keys, part, cells[column], positions, notation, column, found)
    if found:
        raise Refused.of(found)
    whole = rows.pop((None,) * len(attributes), None)
    sets = dict.fromkeys(tuple(level is not None for level in key) for key in rows)
    if not sets:
        raise Refused("D12", "The table has no row for any group.", _WHERE, "Give each group one row.")
    return tuple(_table(which, rows, attributes, contract, whole) for which in sets)


def _parts(cells: Mapping[str, list[str]], attributes: Sequence[Column], layout: Layout) -> Any:
    """Return what lists (set of cells, column, positions of rows), once the columns themselves are in order."""
    long = [name for name in (layout.truth, layout.decision, layout.count) if name is not None]
    strange = sorted(set(layout.columns) - set(PARTS))
    if strange:
        raise Refused("M01", f"{strange[0]!r} is not a part of a table.", "Argument columns", f"Use {', '.join(PARTS)}.")
    wide = {part: layout.columns.get(part, part) for part in PARTS if layout.columns.get(part, part) in cells}
    wide = {} if long else wide
    missing = [name for name in (*layout.columns.values(), *long) if name not in cells]
    if missing:
        raise Refused(
            "D20", f"There is no column {missing[0]!r}.", _WHERE, "Write column names exactly as they appear in the table."
        )
    if not attributes:
        raise Refused(
            "D20", "No column has the name of a sensitive column.", _WHERE, "Name the group columns as the contract does."
        )
    if (long and layout.count is None) or (long and len(long) < 2) or not (long or wide):
        what, remedy = "No column contains counts.", f"Name them {', '.join(PARTS)}; or give truth, decision and count."
        raise Refused("D20", what, _WHERE, remedy)
    stray = [name for name in cells if name not in {*wide.values(), *long, *(column.name for column in attributes)}]
    if stray:
        what = f"Column {stray[0]!r} is not a group column of the contract and does not contain counts."
        raise Refused("D14", what, _WHERE, "Leave it out, or say under columns what it counts.")

    def listed(contract: DataContract, found: list[Violation]) -> Iterator[tuple[int, str, list[int]]]:
        everything = list(range(len(next(iter(cells.values())))))
        if not long:
            yield from ((PARTS[part], column, everything) for part, column in wide.items())
            return
        label = None if contract.single("label") is None else contract.outcome()
        values = {str(v): int(v == label.positive) for v in label.levels or ()} if label is not None else {}
        yes = _sides(cells, layout.truth, "positives", "negatives", values, found)
        chosen = _sides(cells, layout.decision, "selected", "not_selected", {}, found)
        by_part: dict[int, list[int]] = {}
        for i in everything:
            by_part.setdefault(yes[i] & chosen[i], []).append(i)
        yield from ((part, str(layout.count), rows) for part, rows in by_part.items())

    return listed


def _sides(
    cells: Mapping[str, list[str]], name: str | None, one: str, zero: str, values: Mapping[str, int], found: list[Violation]
) -> list[int]:
    """Return for each row the set of cells that its truth, or its decision, leaves."""
    if name is None:
        return [PARTS["total"]] * len(next(iter(cells.values())))
    meaning = {"1": 1, "0": 0, "true": 1, "false": 0} | {text.lower(): side for text, side in values.items()}
    sides = [meaning.get(text.lower(), -1) for text in cells[name]]
    if bad := sides.count(-1):
        found.append(_wrong("D07", f"Column {name!r} has {bad} cells that are neither 0 nor 1.", "Write 0 and 1."))
    return [PARTS[one] if side == 1 else PARTS[zero] for side in sides]


def _levels(texts: Sequence[str], column: Column, notation: Notation, found: list[Violation]) -> list[str | None]:
    """Return the level of each row, None for everybody."""
    names = {str(level): str(level) for level in column.levels or ()}
    open_ = column.maximum_unknown_share is not None
    names |= {str(value): UNKNOWN for value in (UNKNOWN, *column.unknown_values) if open_}
    if notation.everybody in names and notation.everybody in texts:
        what = f"{notation.everybody!r} is a level of column {column.name!r} but also stands for everybody."
        found.append(_wrong("D02", what, "Under everybody, give another word for rows over all groups."))
    strays = sorted({text for text in texts if text != notation.everybody and text not in names})
    if strays:
        rule = "D01" if strays == [UNKNOWN] else "D04"
        what = f"Column {column.name!r} has {len(strays)} values outside its levels, like {strays[0][:40]!r}."
        remedy = f"Use the contract's own levels, or {notation.everybody!r} for everybody; unknown needs a maximum share."
        found.append(_wrong(rule, what, remedy))
    return [names.get(text) for text in texts]


def _fill(
    rows: dict[tuple[str | None, ...], dict[int, Range]], keys: Sequence[tuple[str | None, ...]], part: int,
    texts: Sequence[str], positions: Sequence[int], notation: Notation, column: str, found: list[Violation],
) -> None:  # fmt: skip
    bad = twice = 0
    for i in positions:
        counted, row = notation.range_of(texts[i]), rows.setdefault(keys[i], {})
        bad += counted is None
        twice += part in row
        if counted is not None:
            row[part] = counted
    if bad:
        what = f"Column {column!r} has {bad} cells of {len(positions)} that are not counts"
        what += "." if notation.rounding == 1 else f" rounded to {notation.rounding}."
        found.append(_wrong("D17", what, "Write digits only; say under suppressed what other cells mean."))
    if twice:
        found.append(_wrong("D10", f"{twice} rows repeat a group that already has a row.", "Give each group one row."))


def _table(
    which: tuple[bool, ...], rows: Mapping[tuple[str | None, ...], Mapping[int, Range]], attributes: Sequence[Column],
    contract: DataContract, whole: Mapping[int, Range] | None,
) -> RangedTable:  # fmt: skip
    used = [column for column, mine in zip(attributes, which, strict=True) if mine]
    axes = tuple(axis_of(column, contract) for column in used)
    groups = math.prod(len(axis.levels) for axis in axes)
    if groups > MOST_GROUPS:
        raise Refused(
            "D15", f"The table would have {groups:,} groups.", _WHERE, "Use a separate table for each set of attributes."
        )
    low, published = (np.zeros((groups, 16), dtype=np.int64) for _ in range(2))
    high = np.full((groups, 16), UNBOUNDED, dtype=np.int64)
    high[:, 0], given = 0, np.zeros(groups, dtype=bool)
    common = set(PARTS.values())
    for key, counted in rows.items():
        if tuple(level is not None for level in key) != which:
            continue
        place = 0
        for axis, level in zip(axes, (level for level in key if level is not None), strict=True):
            place = place * len(axis.levels) + axis.levels.index(level)
        given[place] = True
        common &= set(counted)
        for part, (least, most, count) in counted.items():
            low[place, part], high[place, part], published[place, part] = least, most, count
    # A group of unknown origin that is not in the table is whoever the total leaves, and else nobody.
    for place in np.flatnonzero(_unknown(axes) & ~given).tolist():
        given[place] = True
        high[place] = high[place] if whole is not None else 0
    everybody = None
    if whole is not None:
        everybody = np.array([[0] * 16, [0] + [UNBOUNDED] * 15], dtype=np.int64)
        for part, (least, most, _) in whole.items():
            everybody[:, part] = least, most
    try:
        table = RangedTable.narrowed(axes, low, high, published, given, sorted(common), everybody)
    except Inconsistent:
        what = f"No whole numbers within the ranges of {', '.join(axis.name for axis in axes)} agree with the table's sums."
        raise Refused(
            "D21", what, _WHERE, "Check rounding and suppressed: are the ranges as wide as the publisher says?"
        ) from None
    _check_unknown(table, used)
    return table


def _unknown(axes: Sequence[Axis]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    mask = np.zeros(1, dtype=bool)
    for axis in axes:
        mask = np.logical_or.outer(mask, [level not in axis.declared for level in axis.levels]).reshape(-1)
    return mask


def _check_unknown(table: RangedTable, columns: Sequence[Column]) -> None:
    for column in columns:
        alone = table.over((column.name,))
        share, total = column.maximum_unknown_share, PARTS["total"]
        if share is None or not alone.known[total] or not alone.given.all():
            continue
        least, most = int(alone.low[-1, total]), int(alone.high[:, total].sum())
        if least > share * most:
            what = f"More people have an unknown {column.name} than the declared share of {share} allows."
            raise Refused("D01", what, _WHERE, "Record the group for more people, or declare a larger share with a reason.")


def _wrong(rule: str, what: str, remedy: str) -> Violation:
    return Violation(rule=rule, what=what, where=_WHERE, remedy=remedy)


def table_shell(project: Project, *, rounding: int = 5, suppress_under: int = 10, lang: Literal["nl", "en"] = "nl") -> str:
    """Return an empty table as CSV, with instructions, for the office that may link the groups to the decisions.

    One row for every group of every limit of the policy, and one for everybody; four columns of counts. Once
    filled in, pass it to `audit_counts` with the same `rounding` and ``suppressed={"<10": (0, 9)}``.

    Parameters
    ----------
    project : Project
    rounding : int
        Counts are rounded to the nearest multiple of this.
    suppress_under : int
        Smaller counts are written as ``<`` and this number.
    lang : {"nl", "en"}
        Language of the instructions, which are above the header, after ``#``.

    Returns
    -------
    str

    Raises
    ------
    Refused
        M01 for another language, or numbers below 1.
    """
    accept(table_shell, locals())
    if lang not in _LINES or rounding < 1 or suppress_under < 1:
        what = f"lang is {lang!r}, rounding {rounding}, suppress_under {suppress_under}."
        raise Refused("M01", what, "Arguments of table_shell", "Use nl or en, and numbers of at least 1.")
    contract, policy, charter = project.contract, project.policy, project.charter
    label = contract.single("label")
    margins = list(dict.fromkeys(limit.by for limit in policy.limits))
    used = [name for name in policy.attributes if any(name in by for by in margins)]
    values = {
        "population": "-" if charter.population is None else charter.population.in_(lang),
        "decision": "-" if charter.decision is None else charter.decision.in_(lang),
        "label": "-" if label is None or label.meaning is None else label.meaning.in_(lang), "rounding": rounding,
        "suppressed": f"<{suppress_under}", "least": suppress_under, "everybody": EVERYBODY,
    }  # fmt: skip
    text = io.StringIO()
    for line in _LINES[lang]:
        text.write("# " + " ".join(line.format(**values).split("\n")) + "\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*used, *_CELLS])
    for by in [(), *margins]:
        levels = [contract.column(name).axis_levels if name in by else (EVERYBODY,) for name in used]
        writer.writerows([*group, *("" for _ in _CELLS)] for group in itertools.product(*levels))
    return text.getvalue()
