"""Files to frames: text is typed by the contract, never cell by cell; Parquet already has types."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import KEY_ROLES, DataContract
from smartstart_gov.authoring.node import shown
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.cells import Doubt, Notation, narrowed, typed, without_nothing
from smartstart_gov.storage import MOST_RATIO, SMALL, too_large, unzipped

if TYPE_CHECKING:
    import pandas as pd

    Series = pd.Series[Any]

_KINDS = "CSV, Excel (.xlsx) or Parquet"
#: The first line of a file that tells Excel how its cells are divided.
_SEP = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
#: What texts in Windows-1252 hold beside letters; anything else says that a file is in another encoding.
_SIGNS = set("€\u2018\u2019\u201c\u201d\u2013\u2014\u00a0£§©«°±²³\u00b4µ·»¼½¾¿¡®\u00d7÷ªº¨\u00b8")
#: What letters of other encodings look like in Windows-1252: a capital or a sign inside a word, letters of Icelandic alone
#: (those of Turkish), and the last letter of the page, which hardly any language has.
_OTHER_PAGE = re.compile("[\xffðþÐÞ]|[a-z][\xc0-\xdeŠŽŸ]|[^\\W\\d_][£¼½¾¿]|£[^\\W\\d_]")
#: An error of a formula in a sheet; #N/A says that there is no value.
_ERROR = re.compile(rb"<v>#(?:DIV/0!|REF!|NAME\?|VALUE!|NUM!|NULL!)</v>")
#: A name like this is a number or a date, and stands in somebody's row.
_NO_NAME = re.compile(r"[-+€ ]*[0-9][-0-9.,:/T %]*")
#: A number with three decimals that might be read as thousands; a cell of a sheet is a number, and no doubt about it.
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
#: Parquet packs cells of a column together, some bits each: so many cells a byte, of so many bytes in memory.
_MOST_CELLS, _WIDEST = 50, 8
#: Where a cell or a row of a sheet stands.
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{0,3})(\d{1,7})[\"']")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Cells of text under their names, as a file has them, and how it writes numbers."""

    names: tuple[str, ...]
    columns: tuple[Series, ...]
    notation: Notation

    @property
    def rows(self) -> int:
        return len(self.columns[0]) if self.columns else 0


def read_data(path: Path | str, contract: DataContract) -> pd.DataFrame:
    """Return the table in `path` as a pandas DataFrame, its columns typed as `contract` declares.

    Numbers may be written with a decimal point or with a decimal comma (and points between thousands), amounts with a euro
    sign, shares with a percent sign (12,5% is 0.125), dates as year-month-day or day-month-year: one notation per column.
    Ambiguous columns are refused; nothing is guessed. Cells like NA, NULL, leeg and n.v.t. count
    as missing in columns of numbers, truth values, datetimes and keys, and in a closed list of text that does not name
    them; in other text they are kept. Keys (roles unit and index) stay text. Columns that the contract does not name stay
    text, and `validate` refuses them.

    Parameters
    ----------
    path : Path or str
        ``.csv`` or ``.csv.gz`` (UTF-8, UTF-16 with a mark, or Windows-1252; cells separated by commas, semicolons or tabs, or
        as a first line like ``sep=;`` says; then one line of names), ``.xlsx`` (its only non-empty sheet, or the named
        one: ``table.xlsx#Sheet1``), or ``.parquet``.
    contract : DataContract

    Returns
    -------
    pandas.DataFrame, shape (n_rows, n_columns)
        The columns of the file, including the one with the role index, in the file's order.

    Raises
    ------
    Refused
        U01 if the file is missing, is not a table of these kinds, or has several sheets; D14 for a repeated column name,
        or rows with more or fewer cells than the header; D20 if the first line names no column of the contract; D17 for
        every column with cells that are not of its type, or that are ambiguous, with their number.
    """
    accept(read_data, locals())
    file, sheet = _place(path)
    if file.name.lower().endswith(".parquet"):
        return _parquet(file)
    table = _text_table(file, sheet)
    known = {column.name for column in contract.columns} | {name for one in contract.links for name in (one.key, one.moment)}
    if not known & set(table.names):
        # Where there is no line of names, what stands in its place is a person's.
        what = f"The first line of {shown(file.name)} names no column of the contract."
        remedy = "Write the column names in the first line of the file, exactly as in the contract."
        raise Refused("D20", what, f"Contract {contract.name} {contract.version}", remedy)
    _names_once(table.names, file)
    declared = {column.name: column for column in contract.columns}
    columns: dict[str, Any] = {}
    doubts: dict[str, Doubt] = {}
    for name, cells in zip(table.names, table.columns, strict=True):
        column = declared.get(name)
        columns[name] = cells
        if column is None:
            continue
        if column.kept_as != "string":
            columns[name], doubt = typed(cells, column.kept_as, table.notation)
            if doubt is not None:
                doubts[name] = doubt
        elif column.role in KEY_ROLES or column.levels is not None:
            columns[name] = without_nothing(cells, (*(column.levels or ()), *column.unknown_values))
    # In the order of the contract, which a person has read.
    _refuse_doubts({name: doubts[name] for name in declared if name in doubts}, table, file)
    return _frame(columns)


def read_untyped(path: Path | str, *, asked: Collection[str] = ()) -> pd.DataFrame:
    """Return the table in `path`, which has no contract yet: each column in the narrowest type.

    Parquet already has types. In other files, a column whose cells are all whole numbers becomes integer, and so on; the
    rest stays text. Once a contract declares these types, `read_data` reads the file in the same way.

    Parameters
    ----------
    path : Path or str
        As `read_data`.
    asked : collection of str
        Columns whose role the user gave: doubt about their cells is not a reason to refuse them.

    Raises
    ------
    Refused
        U01 and D14, as `read_data`; D14 if the first line contains a row instead of names; D17 for columns that are
        nearly all numbers or datetimes, or that are ambiguous.
    """
    accept(read_untyped, locals())
    file, sheet = _place(path)
    if file.name.lower().endswith(".parquet"):
        return _parquet(file)
    table = _text_table(file, sheet)
    _refuse_no_header(table, file)
    _names_once(table.names, file)
    _refuse_empty_rows(table, file)
    columns, doubts = {}, {}
    for name, cells in zip(table.names, table.columns, strict=True):
        columns[name], doubt = narrowed(cells, table.notation)
        if doubt is not None and name not in asked:
            text = (
                f"Correct these cells, leave them empty, or give the column's role (--role {shown(name)}=ROLE): it is"
                " then text."
            )
            doubts[name] = doubt if doubt.two_ways else replace(doubt, remedy=text)
    _refuse_doubts(doubts, table, file)
    return _frame(columns)


def _place(path: Path | str) -> tuple[Path, str | None]:
    """Return the file that is meant, and the sheet of it; Refused where it is not there."""
    file, sheet = Path(path), None
    if not file.is_file() and ".xlsx#" in file.name.lower():
        name, _, sheet = file.name.partition("#")
        file = file.with_name(name)
    if not file.is_file():
        remedy = f"Give the path of a {_KINDS} file."
        raise Refused("U01", f"There is no file {shown(file.name)}.", str(file), remedy)
    if not file.name.lower().endswith((".csv", ".csv.gz", ".xlsx", ".parquet")):
        remedy = "Give a .csv, .csv.gz, .xlsx or .parquet file."
        raise Refused("U01", f"{shown(file.name)} is not {_KINDS}.", str(file), remedy)
    return file, sheet


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns)


def _refuse_doubts(doubts: dict[str, Doubt], table: _Table, file: Path) -> None:
    found = [
        Violation(
            rule="D17", what=f"Column {shown(name)} has {doubt.cells} cells of {table.rows} {doubt.what}.", where=str(file),
            remedy=doubt.remedy,
        )
        for name, doubt in doubts.items()
    ]  # fmt: skip
    if found:
        raise Refused.of(found)


def _refuse_no_header(table: _Table, file: Path) -> None:
    """Refuse a first line that is somebody's row; its cells are told to nobody."""
    numbers = sum(_NO_NAME.fullmatch(name.strip()) is not None for name in table.names)
    own = sum(bool((cells == name).any()) for name, cells in zip(table.names, table.columns, strict=True) if name)
    if not numbers and not own:
        return
    what = (
        f"The first line of {shown(file.name)} does not contain column names: {numbers} of its {len(table.names)} cells are"
        f" numbers or dates, and {own} also occur lower in their column."
    )
    remedy = "Write one line of names above the rows; each name must contain a letter, like y2026."
    raise Refused("D14", what, str(file), remedy)


def _refuse_empty_rows(table: _Table, file: Path) -> None:
    empty = sum(cells.isna().to_numpy(dtype=int) for cells in table.columns) == len(table.names)
    rows = int(np.count_nonzero(empty))
    if rows:
        # Spreadsheets leave them behind, and every column would seem to have gaps.
        raise Refused("D14", f"{rows} rows are completely empty.", str(file), "Remove them from the file.")


def _text_table(file: Path, sheet: str | None) -> _Table:
    """Return the cells of a CSV file or a sheet as text; empty ones are missing, and columns without a name or a cell go."""
    names, columns, divider = _sheet(file, sheet) if file.name.lower().endswith(".xlsx") else _csv(file)
    kept = [i for i, name in enumerate(names) if name.strip() or columns[i].notna().any()]
    names, columns = [names[i] for i in kept], [columns[i] for i in kept]
    return _Table(names=tuple(names), columns=tuple(columns), notation=Notation.of(columns, divider))


def _csv(file: Path) -> tuple[list[str], list[Series], str]:
    import pyarrow as pa
    from pyarrow import csv

    text, odd = _text(file), []
    said = _SEP.match(text)
    text = text[said.end() :] if said else text
    first = text.split("\n", 1)[0]
    divider = said[1] if said else max(",;\t", key=re.sub(r'"[^"]*"', "", first).count)
    data = pa.py_buffer(text.encode())

    def parse(invalid: Callable[[Any], str]) -> Any:
        return csv.ParseOptions(newlines_in_values=True, invalid_row_handler=invalid, delimiter=divider)

    def note(row: Any) -> str:
        odd.append(row.actual_columns)
        return "skip"

    try:
        # Names as pyarrow reads them, so that none of them is guessed a type for.
        with csv.open_csv(pa.BufferReader(data), parse_options=parse(lambda row: "skip")) as reader:
            names = [str(name) for name in reader.schema.names]
        types = {name: pa.string() for name in names}
        table = csv.read_csv(
            pa.BufferReader(data), parse_options=parse(note),
            convert_options=csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
        )  # fmt: skip
    except (pa.ArrowException, ValueError) as error:
        raise _unreadable(file, "CSV", error) from None
    if odd:
        what = f"{len(odd)} rows have more or fewer cells than the {len(names)} of the header."
        remedy = "Correct these rows; put text that contains a comma in double quotes."
        if len(names) == 1 or not any(names[1:]):
            remedy = (
                "Make the line of column names the first line, without a title above it; separate cells by commas, semicolons"
                " or tabs, or write a first line like sep=|."
            )
        raise Refused("D14", what, str(file), remedy)
    return names, [column.to_pandas(strings_to_categorical=False) for column in table.columns], divider


def _text(file: Path) -> str:
    """Return the text of a file: UTF-8, UTF-16 where its first bytes say so, or else what Windows has written for decades."""
    try:
        data = unzipped(file) if file.name.lower().endswith(".gz") else file.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, "CSV", error) from None
    try:
        text = data.decode("utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        if _OTHER_PAGE.search(text) or any(not one.isalpha() and one not in _SIGNS for one in set(text) if ord(one) > 127):
            what = f"{shown(file.name)} is neither UTF-8 nor Windows-1252."
            raise Refused("U01", what, str(file), "Save it again as CSV in UTF-8.") from None
    if "\0" in text or not text.strip():
        raise Refused("U01", f"{shown(file.name)} is not a text file.", str(file), "Check the file, or save it again.")
    return text


def _look_into(file: Path) -> None:
    """Refuse a workbook that would unpack, or spread its cells, out of all proportion: its reader would take all memory."""
    most, taken = max(SMALL, MOST_RATIO * file.stat().st_size), 0
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            rows, columns, cells, rest = 0, 0, 0, b""
            with archive.open(entry) as opened:
                while block := opened.read(1 << 20):
                    taken += len(block)
                    if taken > most:
                        raise too_large(file)
                    if "worksheets/" not in entry.filename:
                        continue
                    if _ERROR.search(rest + block):
                        what = f"{shown(file.name)} has cells with an error of a formula, like #DIV/0!."
                        raise Refused("U01", what, str(file), "Correct the formulas, or leave these cells empty.")
                    for column, row in _PLACE.findall(rest + block):
                        rows, columns, cells = max(rows, int(row)), max(columns, _number(column)), cells + 1
                    rest = block[-20:]
            if rows * max(columns, 1) > max(SMALL >> 6, MOST_RATIO * cells):
                raise too_large(file)


def _number(column: bytes) -> int:
    """Return the number of a column of a sheet; A is 1."""
    number = 0
    for letter in column:
        number = 26 * number + letter - 64
    return number


def _sheet(file: Path, wanted: str | None) -> tuple[list[str], list[Series], str]:
    import pandas as pd
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        _look_into(file)
        with CalamineWorkbook.from_path(str(file)) as book:
            sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except (
        CalamineError,
        OSError,
        ValueError,
        EOFError,
        zlib.error,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise _unreadable(file, "Excel", error) from None
    filled = [name for name, rows in sheets.items() if any(cell != "" for row in rows for cell in row)]
    if wanted not in filled if wanted is not None else len(filled) != 1:
        listed = ", ".join(map(shown, filled)) or "none"
        what = f"{shown(file.name)} has {len(filled)} sheets that are not empty: {listed}."
        if wanted is not None:
            what = f"{shown(file.name)} has no sheet {shown(wanted)} that is not empty. It has: {listed}."
        raise Refused("U01", what, str(file), f"Name the sheet to read: {file.name}#SHEET.")
    head, *rows = sheets[wanted if wanted is not None else filled[0]]
    cells = [[_written(row[i]) for row in rows] for i in range(len(head))]
    return [_written(name) or "" for name in head], [pd.Series(column, dtype=object) for column in cells], ";"


def _written(cell: Any) -> str | None:
    """Return what stands in a cell of a sheet as a program would write it in CSV."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int | float):
        text = str(int(cell)) if cell == int(cell) and abs(cell) < 2**53 else repr(cell)
        return f"{text}0" if _THOUSANDS.fullmatch(text) else text
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell) if cell != "" else None


def _parquet(file: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    try:
        table = _unpacked(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(file, "Parquet", error) from None
    # A nameless index of pandas is no column of the data.
    table = table.drop_columns([name for name in table.column_names if name.startswith("__index_level_")])
    # Whole numbers and truth values stay what they are where some are missing, and do not become floats or objects.
    gaps = {pa.bool_(): pd.BooleanDtype()} | {
        getattr(pa, kind.lower())(): getattr(pd, f"{kind}Dtype")()
        for kind in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
    }
    columns = {
        name: column.to_pandas(types_mapper=gaps.get if column.null_count else None)
        for name, column in zip(table.column_names, map(_of_everyday_type, table.columns), strict=True)
    }
    # pandas keeps an evenly stepped index in the file's notes only; with a name it is a column like any other.
    try:
        for index in (table.schema.pandas_metadata or {}).get("index_columns", []):
            if isinstance(index, dict) and index.get("name") is not None:
                steps = range(index["start"], index["stop"], index["step"])
                if len(steps) != table.num_rows:
                    raise ValueError("an index of another length")
                columns.setdefault(str(index["name"]), pd.Series(steps))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unreadable(file, "Parquet", error) from None
    return pd.DataFrame(columns)


def _unpacked(file: Path) -> Any:
    """Return the table of a Parquet file; Refused where its cells take out of all proportion to the file.

    A page says once what stands in a million cells: text is first read as it is kept, each text once, and where it stands.
    """
    import pyarrow as pa
    from pyarrow import compute, parquet

    most = max(SMALL, _MOST_CELLS * _WIDEST * file.stat().st_size)
    with parquet.ParquetFile(file) as opened:
        stored, about = opened.schema_arrow, opened.metadata
        nested = [field.name for field in stored if pa.types.is_nested(field.type)]
        if nested:
            # What one cell holds is bounded by nothing, and no contract has a type for it.
            raise Refused.of(
                Violation(
                    rule="D17", what=f"Column {shown(name)} contains lists or records; a contract has no type for that.",
                    where=str(file), remedy="Store it as text, numbers, true and false, or datetimes; or leave it out.",
                )
                for name in nested
            )  # fmt: skip
        # No chunk is asked for what it says of itself: Arrow ends the process where that does not fit the schema.
        leaves = [about.schema.column(place) for place in range(about.num_columns)]
        # Rows take room also where there is no column.
        taken = about.num_rows * sum((max(leaf.length, _WIDEST) for leaf in leaves), start=_WIDEST)
        taken += sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
    if taken > most:
        raise too_large(file, _MOST_CELLS * _WIDEST)
    _names_once(stored.names, file)
    texts, columns = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"], []
    with parquet.ParquetFile(file, metadata=about, read_dictionary=texts) as coded, parquet.ParquetFile(file) as plain:
        for field in stored:
            try:
                column = coded.read(columns=[field.name]).column(field.name)
            except OSError:
                # What holds differences beside a dictionary is read as it is: Arrow knows no other way.
                column = plain.read(columns=[field.name]).column(field.name)
            if column.type != field.type:
                # Every place is in the dictionary, before one is followed.
                column.validate(full=True)
                for chunk in column.chunks:
                    taken += compute.sum(compute.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0
                if taken > most:
                    raise too_large(file, _MOST_CELLS * _WIDEST)
                column = column.cast(column.type.value_type).cast(field.type)
            columns.append(column)
    return pa.Table.from_arrays(columns, schema=stored)


def _of_everyday_type(column: Any) -> Any:
    """Return days as moments, and decimals as the numbers that hold them exactly; databases write both of what is neither."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date(column.type):
        return column.cast(pa.timestamp("ms"))
    if pa.types.is_decimal(column.type):
        ends = [end for end in pc.min_max(column).as_py().values() if end is not None]
        if ends and max(map(abs, ends)).scaleb(column.type.scale) < 2**53:
            return column.cast(pa.float64() if column.type.scale > 0 else pa.int64())
    return column


def _unreadable(file: Path, kind: str, error: Exception) -> Refused:
    # The library's own message may quote cells, so only its kind is told.
    what = f"{shown(file.name)} cannot be read as {kind} ({type(error).__name__})."
    return Refused("U01", what, str(file), "Check the file, or save it again.")


def _names_once(names: Sequence[str], file: Path) -> None:
    nameless = sum(not name.strip() for name in names)
    if nameless:
        what = f"{nameless} of the {len(names)} columns of {shown(file.name)} have cells and no name."
        remedy = "Write one line of names above the rows, with a name in each cell; remove titles and merged cells above it."
        raise Refused("D14", what, str(file), remedy)
    found = [(name, times) for name, times in Counter(names).items() if times > 1]
    if found:
        name, times = found[0]
        raise Refused(
            "D14", f"Column {shown(name)} appears {times} times in the header.", str(file), "Keep only one column of that name."
        )
