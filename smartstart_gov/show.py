"""Plain-text and HTML tables for values, and the small mixin that makes every value read well."""

from __future__ import annotations

import html
import importlib
from collections.abc import Iterable, Sequence
from typing import Any

from smartstart_gov.canonical import digest

#: A `str` of a value stays readable on one screen.
MOST_LINES = 20


def text_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> str:
    """Return a plain table, columns two spaces apart; `right` lists the columns set flush right.

    Examples
    --------
    >>> print(text_table(["group", "n"], [["a", 5], ["b", 12]], right=[1]))
    group   n
    a       5
    b      12
    """
    lines = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *lines]) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        parts = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "  ".join(parts).rstrip()

    return "\n".join([line(list(header)), *map(line, lines)])


def html_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> str:
    """Return an HTML table with every cell escaped."""
    head = "".join(f'<th scope="col">{html.escape(str(cell))}</th>' for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def shorten(lines: Sequence[str], most: int = MOST_LINES) -> str:
    """Join lines, cutting the middle of a long list with a count of what is not shown."""
    if len(lines) <= most:
        return "\n".join(lines)
    left_out = len(lines) - most + 1
    return "\n".join([*lines[: most - 1], f"... {left_out} more lines; to_frame() has them all"])


class Value:
    """What every value of the library can do; the class itself says how it looks in a table.

    A value defines `to_record`, `headline` (one line) and, where it has rows, `table` (header, rows).
    """

    __slots__ = ()

    def to_record(self) -> dict[str, Any]:
        """Return the value as a canonical record (see `smartstart_gov.canonical`)."""
        raise NotImplementedError

    def headline(self) -> str:
        """Return the value in one line, without an address."""
        raise NotImplementedError

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return header and rows for printing; empty where the value is one line."""
        return [], []

    @property
    def digest(self) -> str:
        """Digest of the canonical record, ``sha256:...``."""
        return digest(self.to_record())

    def to_frame(self) -> Any:
        """Return the rows as a pandas DataFrame."""
        # By name: the import contracts follow every import, also inside a function, and counting, judging
        # and gating rest on this module. pandas is loaded when somebody asks for a frame, never before.
        pandas = importlib.import_module("pandas")
        header, rows = self.table()
        return pandas.DataFrame(rows, columns=header)

    def __repr__(self) -> str:
        return self.headline()

    def __str__(self) -> str:
        header, rows = self.table()
        if not rows:
            return self.headline()
        return shorten([self.headline(), *text_table(header, rows).split("\n")])

    def _repr_html_(self) -> str:
        header, rows = self.table()
        line = f"<p>{html.escape(self.headline())}</p>"
        return line + html_table(header, rows[:200]) if rows else line
