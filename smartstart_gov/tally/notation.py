"""How a publisher writes counts: whole numbers, rounded ones, or words like ``<10``; in a file or a frame."""

from __future__ import annotations

import csv
import gzip
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from smartstart_gov.errors import Refused
from smartstart_gov.project.tables import rows_of
from smartstart_gov.tally.ranges import UNBOUNDED

#: Least, most and published count of one cell.
Range = tuple[int, int, int]
_WHERE = "Argument table"
#: In an attribute's column: everybody, whatever their group.
EVERYBODY = "(all)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How the publisher writes counts.

    Attributes
    ----------
    rounding : int or (int, int)
        ``5``: to the nearest multiple of 5, so that 15 is 13 to 17 (with an even number both ends count: 10
        to the nearest 10 is 5 to 15). A pair says how much lower and how much higher a count may be.
    suppressed : mapping of str to (int, int or None)
        What stands in the place of a count, with the least and the most that it can be; None where nothing
        is said about the most.
    everybody : str
        What an attribute's column says in a row over all its groups.
    """

    rounding: int | tuple[int, int] = 1
    suppressed: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    everybody: str = EVERYBODY

    def __post_init__(self) -> None:
        lower, higher = self._slack
        wrong = [text for text, (least, most) in self.suppressed.items() if least < 0 or (most is not None and most < least)]
        if lower < 0 or higher < 0 or wrong:
            what = f"The range of {wrong[0]!r} is none." if wrong else f"Counts cannot be rounded to {self.rounding}."
            raise Refused("M01", what, "Arguments rounding and suppressed", "Give a least and a most, from 0 up.")

    @property
    def _slack(self) -> tuple[int, int]:
        if isinstance(self.rounding, tuple):
            return self.rounding
        return (self.rounding // 2, self.rounding // 2) if self.rounding > 0 else (-1, -1)

    def range_of(self, text: str) -> Range | None:
        """Return least, most and published count of one cell; None where it is no count.

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
        opened = gzip.open if file.name.endswith(".gz") else open
        with opened(file, "rt", encoding="utf-8-sig", newline="") as stream:
            lines = [line for line in stream if line.strip() and not line.startswith("#")]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        what = f"{file.name!r} cannot be read as CSV in UTF-8 ({type(error).__name__})."
        raise Refused("U01", what, str(file), "Save it again as CSV in UTF-8.") from None
    if len(lines) < 2:
        raise Refused("D12", "There are no rows.", str(file), "Give a header and one row a group.")
    header, *rows = list(csv.reader(lines, delimiter=";" if ";" in lines[0] else ","))
    odd = sum(len(row) != len(header) for row in rows)
    if odd or len(set(header)) != len(header):
        what = f"{odd} rows have more or fewer cells than the header." if odd else "A column stands twice in the header."
        raise Refused("D14", what, str(file), "Give every row one cell a column.")
    return {name.strip(): [row[i].strip() for row in rows] for i, name in enumerate(header)}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float | np.floating) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value).strip()
