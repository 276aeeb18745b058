"""Plain-text and HTML tables for values, and the small mixin that makes every value readable."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from smartstart_gov.codec import Recorded

#: A `str` of a value stays readable on one screen, and a table in a notebook in one cell.
MOST_LINES = 20
MOST_ROWS = 200
_NUMBER = re.compile(r"[+-]?\d[\d ,.]*(e[+-]?\d+)?|-|nan|[+-]?inf|undefined")


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


def html_table(header: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "") -> str:
    """Return an HTML table with every cell escaped, columns of numbers set flush right."""
    # Here and below: only a notebook asks for it, and its table of entities takes a tenth of the start of the gate.
    import html

    right = numeric(rows)

    def cells(row: Sequence[object], tag: str) -> str:
        sides = ("right" if i in right else "left" for i in range(len(header)))
        return "".join(
            f'<{tag} style="text-align: {side}">{html.escape(str(cell))}</{tag.partition(" ")[0]}>'
            for cell, side in zip(row, sides, strict=True)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    head = cells(header, 'th scope="col"')
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def numeric(rows: Sequence[Sequence[object]]) -> tuple[int, ...]:
    """Return the columns that contain only numbers (thin spaces, signs, dashes and "undefined" count as such).

    Examples
    --------
    >>> numeric([["a", "1 200", "-"], ["b", -0.5, "3"]])
    (1, 2)
    """
    width = min((len(row) for row in rows), default=0)
    return tuple(i for i in range(width) if all(_NUMBER.fullmatch(str(row[i])) for row in rows))


def shorten(lines: Sequence[str], most: int = MOST_LINES) -> str:
    """Join lines, cutting the middle of a long list and saying how much is not shown."""
    if len(lines) <= most:
        return "\n".join(lines)
    left_out = len(lines) - most + 1
    return "\n".join([*lines[: most - 1], f"... {left_out} more lines; to_frame() has them all"])


class Shown:
    """How a value looks: in one line, as text of one screen, and in a notebook.

    Subclasses define `headline` (one line) and, if there are rows, `table` (header, rows).
    """

    __slots__ = ()

    def headline(self) -> str:
        """Return the value in one line, without a memory address."""
        raise NotImplementedError

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return header and rows for printing; empty if the value is one line."""
        return [], []

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
        return shorten([self.headline(), *text_table(header, rows, right=numeric(rows)).split("\n")])

    def _repr_html_(self) -> str:
        import html

        header, rows = self.table()
        line = f"<p>{html.escape(self.headline())}</p>"
        if not rows:
            return line
        left_out = len(rows) - MOST_ROWS
        rest = f"<p>{left_out} more rows; to_frame() has them all</p>" if left_out > 0 else ""
        return line + html_table(header, rows[:MOST_ROWS]) + rest


class Value(Shown, Recorded):
    """What every value of the library can do: be shown, and be written as a canonical record."""

    __slots__ = ()
