"""contract_from_list(): a contract from a CSV that lists columns, one per row, as data dictionaries and registers do."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any, get_args

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.complaints import checked
from smartstart_gov.authoring.contract import DataContract, Dtype, Role
from smartstart_gov.authoring.names import Aggregation
from smartstart_gov.authoring.node import Node, Page, shown
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.storage import unzipped

#: What a column of the list may say, and the headers under which it commonly stands, the likeliest first.
FACTS: dict[str, tuple[str, ...]] = {
    "name": (
        "name",
        "column",
        "column_name",
        "feature",
        "variable",
        "field",
        "naam",
        "kolom",
        "kolomnaam",
        "variabele",
        "veld",
    ),
    "dtype": ("dtype", "datatype", "data_type", "type", "gegevenstype"),
    "minimum": ("minimum", "min", "minimum_value", "min_value"),
    "maximum": ("maximum", "max", "maximum_value", "max_value"),
    "levels": ("levels", "values", "categories", "codes", "waarden"),
    "meaning_nl": ("meaning_nl", "omschrijving", "betekenis", "beschrijving", "naam_nederlands"),
    "meaning_en": ("meaning_en", "meaning", "description", "feature_english", "name_english", "english"),
}
_DTYPES: dict[str, Dtype] = {
    **dict.fromkeys(("int", "integer", "int8", "int16", "int32", "int64", "bigint", "smallint"), "integer"),
    **dict.fromkeys(("float", "double", "numeric", "number", "real", "decimal", "float32", "float64"), "number"),
    **dict.fromkeys(("str", "string", "text", "char", "varchar", "object", "category", "factor"), "string"),
    **dict.fromkeys(("bool", "boolean", "logical"), "boolean"),
    **dict.fromkeys(("datetime", "timestamp", "date", "datetime64"), "datetime"),
}
_ROWS: dict[Aggregation, tuple[str, str]] = {
    "person": ("Een persoon.", "One person."),
    "household": ("Een huishouden.", "One household."),
    "event": ("Een gebeurtenis.", "One event."),
    "neighbourhood": ("Een buurt.", "One neighbourhood."),
    "district": ("Een wijk.", "One district."),
    "municipality": ("Een gemeente.", "One municipality."),
}
#: A range of whole numbers with more values than this is no list of groups.
_MOST_LEVELS = 50
#: The reader of authored files takes numbers of so many signs.
_LONGEST_NUMBER = 15
_SOURCE = "register"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A contract made from a list, and which part of the list gave which fact.

    Attributes
    ----------
    contract : DataContract
    taken : dict of str to str
        Maps a fact to the header it was read from.
    encoding : str
    """

    contract: DataContract
    taken: Mapping[str, str]
    encoding: str


def contract_from_list(
    path: Path | str,
    *,
    owner: str,
    roles: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    row: Aggregation = "person",
    encoding: str | None = None,
) -> Listed:
    """Return the contract of a table whose columns are listed in the CSV `path`, one per row.

    Columns that `roles` does not name are features. Groups and labels of whole numbers get the whole numbers in their
    range as levels. If the list has a meaning in only one language, the other language gets the column's name.

    Parameters
    ----------
    path : Path or str
        ``.csv`` or ``.csv.gz``, with a header.
    owner : str
        Organisation that owns the data; everything else about the source is left open.
    roles : mapping of str to str
        Maps a column to its role; at least one is sensitive.
    headers : mapping of str to str, optional
        Maps a fact (see `FACTS`) to its header in the list; by default recognised by common names.
    row : str
        What one row of the table represents.
    encoding : str, optional
        By default UTF-8 or, if the file is not, Windows-1252 or Latin-1.

    Raises
    ------
    Refused
        Every violation at once, with its line: U01, D14 for the file; P05 for cells; D20 for a column that `roles`
        names but the list does not; and all other reasons to refuse an authored contract.
    """
    accept(contract_from_list, locals())
    file = Path(path)
    text, used = _text(file, encoding)
    rows = _Rows(file.name, dict(headers or {}))
    rows.read(text)
    names = [str(column["name"]) for _, column in rows.columns]
    for name, role in roles.items():
        if name not in names:
            rows.refuse("D20", f"There is no column {shown(name)} in the list", "Write the name exactly as the list does.", 1)
        if role not in get_args(Role):
            rows.refuse("P05", f"{shown(role)} is not a role", f"Use one of {', '.join(get_args(Role))}.", 1)
    if "sensitive" not in roles.values():
        remedy = "Give the role sensitive to a column whose groups the audit compares (--role NAME=sensitive)."
        rows.refuse("C01", "No column has the role sensitive", remedy, 1)
    if rows.found:
        raise Refused.of(rows.found)
    nl, en = _ROWS[row]
    open_facts = dict.fromkeys(("original_purpose", "lawful_basis", "retention", "last_verified", "error_rate"), "open")
    record: dict[str, Any] = {
        "format": 1, "name": _plain_name(file), "version": "1",
        "meaning": {"nl": f"Tabel met de kolommen van {file.name}.", "en": f"Table with the columns of {file.name}."},
        "unit_of_analysis": {"nl": nl, "en": en}, "aggregation_level": row,
        "sources": {_SOURCE: {"system": file.name, "owner": owner, **open_facts}},
    }  # fmt: skip
    root = _node(record, 1)
    listed = [_node(_with_role(column, roles.get(str(column["name"]), "feature")), line) for line, column in rows.columns]
    if isinstance(root.content, dict):
        root.content["columns"] = Node(list(listed), 1)
    contract, violations = checked(Page(file.name, root), DataContract)
    if contract is None:
        raise Refused.of(violations)
    return Listed(contract=contract, taken=rows.taken, encoding=used)


def _text(file: Path, encoding: str | None) -> tuple[str, str]:
    try:
        data = unzipped(file) if file.name.endswith(".gz") else file.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        what = f"{shown(file.name)} cannot be read ({getattr(error, 'strerror', None) or 'no gzip'})."
        raise Refused("U01", what, str(file), "Give the path of a .csv or .csv.gz file.") from None
    for used in [encoding] if encoding else ["utf-8-sig", "cp1252", "latin-1"]:
        try:
            return data.decode(used), used
        except (LookupError, ValueError):
            continue
    raise Refused("U01", f"{shown(file.name)} is not in {encoding}.", str(file), "Give its encoding, like latin-1.")


@dataclass(slots=True)
class _Rows:
    """Reads the rows of a list into columns, each with its line, and notes what is wrong."""

    name: str
    headers: dict[str, str]
    taken: dict[str, str] = field(default_factory=dict)
    columns: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    found: list[Violation] = field(default_factory=list)

    def refuse(self, rule: str, what: str, remedy: str, line: int) -> None:
        self.found.append(Violation(rule=rule, what=f"{what}.", where=f"{self.name} line {line}", remedy=remedy))

    def read(self, text: str) -> None:
        first = text.partition("\n")[0]
        divider = max(",;\t", key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider)
        header = next(self._cells(reader), [])
        self._find(header)
        if "name" not in self.taken or "dtype" not in self.taken or self.found:
            return
        for cells in self._cells(reader):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                what = f"The row has {len(cells)} cells, the header {len(header)}"
                self.refuse("D14", what, "Put text that contains the separator in double quotes.", reader.line_num)
                continue
            by_header = dict(zip(header, cells, strict=True))
            self._column({fact: by_header[head] for fact, head in self.taken.items()}, reader.line_num)
        if not self.columns and not self.found:
            self.refuse("P05", "The list has no rows", "List one column per row, under a header.", 1)

    def _cells(self, reader: Any) -> Iterator[list[str]]:
        try:
            yield from reader
        except csv.Error:
            self.refuse("D14", "The row does not read as CSV", "Save the list again as CSV.", reader.line_num)

    def _find(self, header: list[str]) -> None:
        plain = {_plain_header(head): head for head in header}
        if len(set(header)) < len(header):
            self.refuse("D14", "A header appears twice", "Give each column of the list its own header.", 1)
        for fact, common in FACTS.items():
            asked = self.headers.get(fact)
            if asked is not None and _plain_header(asked) not in plain:
                known = ", ".join(shown(head) for head in header)
                self.refuse("D20", f"There is no header {shown(asked)}", f"Use one of {known}.", 1)
                continue
            names = [_plain_header(asked)] if asked is not None else common
            head = next((plain[name] for name in names if name in plain), None)
            if head is not None:
                self.taken[fact] = head
            elif fact in ("name", "dtype"):
                remedy = f"Say which it is: --{fact}-header HEADER, one of {', '.join(shown(h) for h in header)}."
                self.refuse("D20", f"No header in the list is recognised as the {fact} of a column", remedy, 1)

    def _column(self, cells: Mapping[str, str], line: int) -> None:
        kind = re.sub(r"\(.*\)", "", cells["dtype"]).strip().lower()
        dtype = _DTYPES.get(kind)
        if dtype is None:
            remedy = f"Use one of {', '.join(get_args(Dtype))}."
            self.refuse("P05", f"{shown(cells['dtype'])} is not a column type", remedy, line)
            return
        if any(other["name"] == cells["name"] for _, other in self.columns):
            self.refuse("C01", f"Column {shown(cells['name'])} is listed twice", "Describe each column once.", line)
            return
        column: dict[str, Any] = {"name": cells["name"], "dtype": dtype}
        words = " ".join(re.sub(r"[_.]+", " ", cells["name"]).split())
        texts = {lang: " ".join(cells.get(f"meaning_{lang}", "").split()) for lang in ("nl", "en")}
        column["meaning"] = {lang: said or words for lang, said in texts.items()}
        if dtype in ("integer", "number"):
            for key, rounding in (("minimum", ROUND_FLOOR), ("maximum", ROUND_CEILING)):
                bound = self._bound(cells.get(key, "").strip(), rounding, key, line)
                if bound is not None:
                    column[key] = bound
        levels = [level.strip() for level in re.split(r"[;|]", cells.get("levels", "")) if level.strip()]
        if levels:
            column["levels"] = list(_typed(levels, dtype))
        self.columns.append((line, column))

    def _bound(self, cell: str, rounding: str, key: str, line: int) -> int | float | None:
        if not cell:
            return None
        try:
            value = Decimal(cell)
        except ArithmeticError:
            value = Decimal("nan")
        if not value.is_finite():
            self.refuse("P05", f"{shown(cell)} is no {key}", "Write a number with a decimal point, or leave it empty.", line)
            return None
        if value == value.to_integral_value():
            return int(value)
        # Rounded outwards, so that what the list allows stays allowed.
        whole = len(str(abs(int(value)))) + 1 + (value < 0)
        return float(value.quantize(Decimal(1).scaleb(-max(_LONGEST_NUMBER - whole, 0)), rounding=rounding))


def _typed(levels: list[str], dtype: Dtype) -> Iterator[Any]:
    for level in levels:
        if dtype == "integer" and re.fullmatch(r"-?(0|[1-9][0-9]{0,14})", level):
            yield int(level)
        elif dtype == "boolean" and level.lower() in ("true", "false"):
            yield level.lower() == "true"
        else:
            yield level


def _with_role(column: dict[str, Any], role: str) -> dict[str, Any]:
    """Return the column with its role, and what the role needs and the list gives away."""
    low, high = column.get("minimum"), column.get("maximum")
    record = {**column, "role": role, **({} if role in ("index", "ignore") else {"source": _SOURCE})}
    if role not in ("sensitive", "control", "site", "label") or "levels" in column:
        return record
    whole = column["dtype"] == "integer" and isinstance(low, int) and isinstance(high, int)
    if whole and isinstance(low, int) and isinstance(high, int) and 1 <= high - low < _MOST_LEVELS:
        # The range is said by the levels.
        return {k: v for k, v in record.items() if k not in ("minimum", "maximum")} | {"levels": list(range(low, high + 1))}
    return {**record, "levels": [False, True]} if column["dtype"] == "boolean" else record


def _node(value: Any, line: int) -> Node:
    if isinstance(value, dict):
        return Node({key: _node(item, line) for key, item in value.items()}, line)
    if isinstance(value, list):
        return Node([_node(item, line) for item in value], line)
    return Node(value, line, raw=str(value))


def _plain_header(head: str) -> str:
    return re.sub(r"\W+", "_", head.strip().lower()).strip("_")


def _plain_name(file: Path) -> str:
    ascii_only = unicodedata.normalize("NFKD", file.name).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9_-]+", "_", ascii_only.removesuffix(".gz").removesuffix(".csv"))[:64].strip("_-")
    return name or "table"
