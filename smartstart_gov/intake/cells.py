"""What a text cell means: numbers, datetimes, truth values and nothing, as programs, people and spreadsheets write them.

One notation is determined for a whole column, never cell by cell. If the same cells could be read in two ways, the other
columns of the file may decide; if they do not, nothing is guessed: the column is refused, with the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from smartstart_gov.authoring.contract import Dtype

if TYPE_CHECKING:
    import pandas as pd

    Series = pd.Series[Any]

_INTEGER = r"-?(0|[1-9][0-9]*)"
_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?"
#: A decimal comma, and points between thousands.
_COMMA = r"-?(0|[1-9][0-9]{0,2}(\.[0-9]{3})+|[1-9][0-9]*)(,[0-9]+)?"
#: A decimal comma with three digits after it, or a comma between thousands.
_GROUPED = r"-?[1-9][0-9]{0,2},[0-9]{3}"
#: An amount in a notation that is not read: its sign around or behind it, or marks between thousands that others use.
_UNREAD = re.compile(
    r"\([0-9][0-9.,]*\)|[0-9][0-9.,]*-|[\u2212\u2013][0-9][0-9.,]*"
    r"|-?[0-9]{1,3}([\u00a0\u202f'\u2019][0-9]{3})+([.,][0-9]+)?"
    r"|-?[0-9]{1,3}( [0-9]{3})+[.,][0-9]+|-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|-?[0-9]{1,3}(,[0-9]{3}){2,}"
)
_MONEY = re.compile(r"[€$£]\s*|\s*(?:euro|eur)$", re.IGNORECASE)
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})(?:[T ]([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?))?")
#: A day as registers deliver it, like 20260131: a whole number by its look, and no amount.
COMPACT = r"(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
#: A day with a year of two digits, whatever comes first.
_SHORT_YEAR = r"(0?[1-9]|[12][0-9]|3[01])-(0?[1-9]|[12][0-9]|3[01])-[0-9]{2}"
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})"
_TRUE = ("true", "True", "TRUE", "WAAR", "Waar", "waar")
_FALSE = ("false", "False", "FALSE", "ONWAAR", "Onwaar", "onwaar")
_EURO = re.compile(r"^(-?\s*)(?:€|euro|eur)\s*|\s*(?:€|euro|eur)$", re.IGNORECASE)
#: Texts that people and programs write where they do not know.
NOTHING = {
    "", "onbekend", "onb", "onb.", "unknown", "unk", "na", "n/a", "n.a.", "<na>", "#n/a", "#n/b", "nan", "null", "(null)",
    "none", "nb", "n.b.", "nvt", "n.v.t.", "n.v.t", "leeg", "(leeg)", "-", "--", "?", "missing", "not known", "not recorded",
    "niet bekend", "niet geregistreerd", "geen opgave", "not available",
}  # fmt: skip
#: Of these, what is nothing beside text too: no word of a language, and no category.
NOTHING_OF_TEXT = {
    "NA",
    "N/A",
    "#N/A",
    "#N/B",
    "<NA>",
    "NaN",
    "nan",
    "NULL",
    "null",
    "(null)",
    "leeg",
    "(leeg)",
    "n.v.t.",
    "nvt",
}
#: So large a share of cells and a column is one of numbers, or of moments, and what else stands in it is asked about.
_MOST = 0.9
#: Cells of a column that are looked at for how its file writes numbers.
_LOOKED_AT = 2000
_WRITE: dict[Dtype, str] = {
    "integer": "digits only, like 12; a postcode or number with leading zeros is text",
    "number": "digits with a decimal point, like 0.5, or all with a decimal comma, like 1.234,5",
    "boolean": "true or false",
    "datetime": "year-month-day, like 2026-01-31, or day-month-year, like 31-01-2026; with a time zone in every row or in none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Cells that could not be read.

    Attributes
    ----------
    cells : int
    what : str
        What is wrong with them, to follow "Column 'x' has n cells of m"; it never quotes a cell.
    remedy : str
    two_ways : bool
        Whether they are certainly numbers or datetimes, but ambiguous.
    """

    cells: int
    what: str
    remedy: str
    two_ways: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How a file writes numbers: whether with a decimal comma; None if its cells do not show it."""

    comma: bool | None

    @classmethod
    def of(cls, columns: Iterable[Series], divider: str) -> Notation:
        """Return the notation of a file whose cells are text, separated by `divider`."""
        found = set()
        for series in columns:
            cells = _filled(series.drop_duplicates().head(_LOOKED_AT))
            styles = [_style(_bare(cell)[0]) for cell in cells]
            if cells and sum(style is not None for style in styles) >= _MOST * len(cells):
                found |= {style for style in styles if style in ("comma", "point")}
        if len(found) == 1:
            return cls(comma="comma" in found)
        # Between commas nobody writes decimal commas; a semicolon is what offices and programs use.
        return cls(comma=False if divider == "," and not found else None)


def typed(series: Series, dtype: Dtype, notation: Notation) -> tuple[Series, Doubt | None]:
    """Return cells of text as values of `dtype`, and what could not be read."""
    return _READERS[dtype](_emptied(series), notation)


def narrowed(series: Series, notation: Notation) -> tuple[Series, Doubt | None]:
    """Return cells of text in the narrowest type that holds them all, and what is in doubt; text if they are text."""
    cells = _emptied(series)
    if not cells.notna().any() or (_parsed(cells, "[0-9]+")[1] == 0 and _parsed(cells, _INTEGER)[1]):
        return series, None  # digits with leading zeros are codes
    if _parsed(cells, COMPACT)[1] == 0:
        values, doubt = _moments(cells, notation)
        if doubt is None:
            return values, None
    doubts = []
    dtypes: tuple[Dtype, ...] = ("boolean", "integer", "number", "datetime")
    for dtype in dtypes:
        values, doubt = _READERS[dtype](cells, notation)
        if doubt is None:
            # Above 2^53 a number with decimals skips whole numbers: so long a number is a key, and stays text.
            return (series, None) if dtype == "number" and bool((values.abs() >= 2.0**53).any()) else (values, None)
        doubts.append(doubt)
    few = (1 - _MOST) * int(cells.notna().sum())
    return series, next((doubt for doubt in doubts if doubt.two_ways or 0 < doubt.cells <= few), None) or _unread(cells)


def _unread(cells: Series) -> Doubt | None:
    """Return the doubt about amounts in a notation that is not read; as text, each would be a name of its own."""
    texts = {cell: _style(_bare(cell)[0]) is None for cell in cells.dropna().unique()}
    odd = cells.isin([cell for cell, strange in texts.items() if strange and _UNREAD.fullmatch(_MONEY.sub("", cell))])
    read = cells.isin([cell for cell, strange in texts.items() if not strange])
    if not odd.any() or int((odd | read).sum()) < _MOST * int(cells.notna().sum()):
        return None
    what = "that look like amounts, with a sign or marks between thousands that are not read"
    remedy = (
        "Write them like -1234.5 or -1234,5; or, if these are no amounts, give the column's role with --role: it is then text."
    )
    return Doubt(cells=int(odd.sum()), what=what, remedy=remedy, two_ways=True)


def without_nothing(series: Series, known: Iterable[object]) -> Series:
    """Return text cells, made missing if they mean that there is nothing and are not `known` values."""
    words = NOTHING_OF_TEXT - {str(value) for value in known}
    return series.where(~series.isin(list(words)))


def _emptied(series: Series) -> Series:
    text = series.str.strip()
    return text.where(~text.str.casefold().isin(list(NOTHING)))


def _filled(series: Series) -> list[str]:
    return [cell for cell in _emptied(series) if isinstance(cell, str)]


def _parsed(series: Series, pattern: str) -> tuple[Series, int]:
    """Return the cells that match `pattern` (others as missing), and how many of those that are filled do not."""
    matches = series.str.fullmatch(pattern).fillna(False).to_numpy(dtype=bool)
    bad = int((series.notna().to_numpy(dtype=bool) & ~matches).sum())
    return series.where(matches), bad


def _doubt(cells: int, dtype: Dtype) -> Doubt | None:
    if not cells:
        return None
    return Doubt(cells=cells, what=f"that are not of dtype {dtype}", remedy=f"Write {_WRITE[dtype]}; or declare dtype string.")


def _bare(cell: str) -> tuple[str, bool]:
    """Return a cell without the signs of money and of percent, and whether it had that of percent."""
    percent = cell.endswith("%")
    text = cell.removesuffix("%").strip()
    bare = _EURO.sub(r"\1", text, count=1)
    if bare != text:
        # People write 12,- for twelve euros and no cents.
        bare = re.sub(r",--?$", "", bare.replace(" ", "").replace("\u00a0", ""))
    return bare, percent


def _style(cell: str) -> str | None:
    """Return how a number is written: with a decimal ``comma`` or ``point``, ``either``, ``grouped`` ``whole`` or None.

    Of `either` the point, and of `grouped` the comma, may stand between thousands.
    """
    if re.fullmatch(_GROUPED, cell):
        return "grouped"
    comma, point = re.fullmatch(_COMMA, cell), re.fullmatch(_NUMBER, cell)
    if comma and point:
        return "whole" if "." not in cell else "either"
    return "comma" if comma else "point" if point else None


def _pointed(series: Series, notation: Notation, dtype: Dtype) -> tuple[Series, Doubt | None]:
    """Return numbers as programs write them, with a decimal point: of the whole column in one way, or in doubt."""
    texts = {cell: _bare(cell) for cell in series.dropna().unique()}
    styles = {cell: _style(bare) for cell, (bare, _) in texts.items()}
    # The mean over rows, of what was looked at once a value.
    counts = series.value_counts()
    of = {style: sum(int(counts[cell]) for cell in texts if styles[cell] == style) for style in set(styles.values())}
    if of.get(None):
        return series, _doubt(of[None], dtype)
    if of.get("comma") and of.get("point"):
        what = f"with a decimal comma, and {of['point']} with a decimal point"
        return series, Doubt(cells=of["comma"], what=what, remedy="Write them all the same way.", two_ways=True)
    percent = sum(int(counts[cell]) for cell, (_, sign) in texts.items() if sign)
    if 0 < percent < sum(of.values()):
        what, remedy = "with a percent sign, and others without", "Write them all the same way."
        return series, Doubt(cells=percent, what=what, remedy=remedy, two_ways=True)
    comma = True if of.get("comma") else False if of.get("point") else notation.comma
    if of.get("either") and comma is None:
        what = "like 1.234, where the point may separate thousands or decimals; nothing in the file says which"
        remedy = "Write them without points between thousands, or with a decimal comma if the digits are decimals."
        return series, Doubt(cells=of["either"], what=what, remedy=remedy, two_ways=True)
    if of.get("grouped") and not comma:
        what = "like 1,234, where the comma may separate thousands or decimals; nothing in the file says which"
        remedy = "Write them without commas between thousands, or with a decimal point if the digits are decimals."
        return series, Doubt(cells=of["grouped"], what=what, remedy=remedy, two_ways=True)

    def pointed(cell: str) -> str:
        text, sign = texts[cell]
        text = text.replace(".", "").replace(",", ".") if comma else text
        if not sign:
            return text
        digits, _, power = text.casefold().partition("e")
        return f"{digits}e{int(power or 0) - 2}"

    return series.map({cell: pointed(cell) for cell in texts}), None


def _integers(series: Series, notation: Notation) -> tuple[Series, Doubt | None]:
    import pandas as pd

    text, bad = _parsed(series, _INTEGER)
    if bad:
        pointed, doubt = _pointed(series, notation, "integer")
        if doubt is not None:
            return series, doubt
        text, bad = _parsed(pointed, _INTEGER)
    # Eighteen digits always fit; longer ones are tried one by one.
    long = text.str.len().gt(18).fillna(False).to_numpy(dtype=bool)
    too_big = [i for i in np.flatnonzero(long) if not -(2**63) <= int(text.iloc[i]) < 2**63]
    if bad or too_big:
        return series, _doubt(bad + len(too_big), "integer")
    present = text.notna().to_numpy(dtype=bool)
    values = np.zeros(len(text), dtype=np.int64)
    values[present] = text[present].to_numpy(dtype=object).astype(np.int64)
    return pd.Series(values) if present.all() else pd.Series(pd.arrays.IntegerArray(values, ~present)), None


def _numbers(series: Series, notation: Notation) -> tuple[Series, Doubt | None]:
    import pandas as pd

    text, bad = _parsed(series, _NUMBER)
    # Where each point stands before three digits, they may all be thousands.
    pointed = text.str.contains(".", regex=False).fillna(False)
    open_ = bool(pointed.any()) and notation.comma is not False and _parsed(text[pointed], _COMMA)[1] == 0
    if bad or open_:
        text, doubt = _pointed(series, notation, "number")
        if doubt is not None:
            return series, doubt
    values = text.to_numpy(dtype=object).astype(np.float64)
    return pd.Series(values), _doubt(int(np.isinf(values).sum()), "number")


def _truths(series: Series, notation: Notation) -> tuple[Series, Doubt | None]:
    import pandas as pd

    text, bad = _parsed(series, "|".join((*_TRUE, *_FALSE)))
    present = text.notna().to_numpy(dtype=bool)
    values = text.isin(list(_TRUE)).to_numpy(dtype=bool)
    found: Series = pd.Series(values) if present.all() else pd.Series(pd.arrays.BooleanArray(values, ~present))
    return found, _doubt(bad, "boolean")


def _moments(series: Series, notation: Notation) -> tuple[Series, Doubt | None]:
    import pandas as pd

    zoned, without = _parsed(series, _MOMENT + _ZONE)
    plain, not_plain = _parsed(series, _MOMENT)
    text, bad = (zoned, without) if without < not_plain else (plain, not_plain)
    if bad and _parsed(series, COMPACT)[1] == 0:
        moments = pd.to_datetime(series, format="%Y%m%d", errors="coerce")
        return moments, _doubt(int((series.notna() & moments.isna()).sum()), "datetime")
    if bad:
        short = bad - _parsed(series.str.replace(r"[/.]", "-", regex=True), _SHORT_YEAR)[1]
        if short >= _MOST * int(series.notna().sum()):
            what = "like 31-01-26, with a two-digit year, so the day and the century are not certain"
            remedy = (
                "Write the year in full, like 2026-01-31; or, if these are not dates, give the column's role with"
                " --role: it is then text."
            )
            return series, Doubt(cells=short, what=what, remedy=remedy, two_ways=True)
        parts = {cell: part for cell in series.dropna().unique() if (part := _DAY_FIRST.fullmatch(cell))}
        days = series.isin(list(parts))
        fewest = min(int(days.sum()), int(text.notna().sum()))
        if fewest > (1 - _MOST) * int(series.notna().sum()):
            what = "with dates in one form, and others in another (year first, day first)"
            return series, Doubt(cells=fewest, what=what, remedy="Write all as year-month-day, like 2026-01-31.", two_ways=True)
        if int(days.sum()) > int(text.notna().sum()):
            strays = int((series.notna() & ~days).sum())
            return (series, _doubt(strays, "datetime")) if strays else _days_first(series, parts, notation)
    moments = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=text is zoned)
    return moments, _doubt(bad + int((text.notna() & moments.isna()).sum()), "datetime")


def _days_first(series: Series, parts: Mapping[str, re.Match[str]], notation: Notation) -> tuple[Series, Doubt | None]:
    """Return days written day-month-year; between slashes the month may come first, so that something has to say which."""
    import pandas as pd

    slashes = any(part[2] == "/" for part in parts.values())
    day_first = any(int(part[1]) > 12 for part in parts.values())
    month_first = any(int(part[3]) > 12 for part in parts.values())
    if month_first or (slashes and not day_first and notation.comma is not True):
        what = "like 05/06/2026, in which the day and the month cannot be told apart"
        if month_first:
            what = "like 01/31/2026, with the month first, or with days that do not exist"
        remedy = "Write year-month-day, like 2026-01-31."
        return series, Doubt(cells=int(series.notna().sum()), what=what, remedy=remedy, two_ways=True)
    text = series.map({cell: _year_first(part) for cell, part in parts.items()})
    moments = pd.to_datetime(text, format="ISO8601", errors="coerce")
    return moments, _doubt(int((text.notna() & moments.isna()).sum()), "datetime")


def _year_first(part: re.Match[str]) -> str:
    day = f"{part[4]}-{int(part[3]):02d}-{int(part[1]):02d}"
    if part[5] is None:
        return day
    hour, _, rest = part[5].partition(":")
    return f"{day}T{int(hour):02d}:{rest}"


_READERS: dict[Dtype, Callable[[Series, Notation], tuple[Series, Doubt | None]]] = {
    "integer": _integers, "number": _numbers, "boolean": _truths, "datetime": _moments,
}  # fmt: skip
