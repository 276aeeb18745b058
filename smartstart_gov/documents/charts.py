"""Figures from plain numbers: inline SVG of our own, every label escaped and measured so that none is clipped.

A drawing takes numbers and finished texts only; it knows no language and no evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from smartstart_gov.documents.fonts import SIZE as _SIZE
from smartstart_gov.documents.fonts import text_width, wrap

WIDTH = 480.0
_LABEL = 165.0
_VALUE = 56.0
_LINE = 12.0
_FEW = 12
BLUE, PINK, GREY, PALE = "#154273", "#a90061", "#5a5a5a", "#d9d9d9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One line of a dot chart: a share with its interval (nan: undefined), and the text beside it.

    `several` marks a line that stands for more groups than one: its dot is open.
    """

    label: str
    value: float
    low: float
    high: float
    text: str
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: a length, its standard error, and the text beside it; `tied` with the next one, a line joins them."""

    label: str
    value: float
    error: float
    text: str
    tied: bool = False


def dots(rows: Sequence[Dot], *, overall: float, overall_label: str, tick: Callable[[float, int], str], alt: str) -> str:
    """Return a chart of shares: a dot with its interval a row, and a dashed line for everybody.

    Parameters
    ----------
    rows : sequence of Dot
    overall : float
        Share of everybody; nan leaves the line out.
    overall_label : str
    tick : callable
        Writes a share under the axis, with so many decimals of a per cent.
    alt : str
        Words that stand for the drawing.
    """
    largest = max([r.high for r in rows if not math.isnan(r.high)] + [overall if not math.isnan(overall) else 0.0, 0.01])
    step, end = _steps(min(largest, 1.0))
    labels = [wrap(row.label, _LABEL - 8) for row in rows]
    left = max(text_width(line) for lines in labels for line in lines) + 10
    plot = WIDTH - left - _VALUE

    def at(share: float) -> float:
        return left + plot * min(share / end, 1.0)

    # Many lines stand closer together, so that drawing and table fit on a page.
    room = 18.0 if len(rows) <= _FEW else 14.0
    heights = [max(room, _LINE * len(lines) + 2) for lines in labels]
    top, parts = 18.0, []
    bottom = top + sum(heights)
    for place in range(round(end / step) + 1):
        share = place * step
        parts.append(_line(at(share), top, at(share), bottom, PALE))
        parts.append(_text(at(share), bottom + 12, tick(share, 0 if step >= 0.01 else 1), anchor="middle", size=9))
    if not math.isnan(overall):
        parts.append(_line(at(overall), top - 4, at(overall), bottom, PINK, dashed=True))
        half = text_width(overall_label, 9) / 2
        middle = min(max(at(overall), left + half), WIDTH - half)
        parts.append(_text(middle, top - 7, overall_label, anchor="middle", size=9, fill=PINK))
    y = top
    for row, lines, height in zip(rows, labels, heights, strict=True):
        middle = y + height / 2
        parts.append(_lines(left - 8, middle, lines))
        if math.isnan(row.value):
            parts.append(_text(left + 4, middle + 3.5, row.text, size=9, fill=GREY))
        else:
            parts.append(_whisker(at(row.low), at(row.high), middle))
            fill = f'fill="#ffffff" stroke="{BLUE}" stroke-width="1.4"' if row.several else f'fill="{BLUE}"'
            parts.append(f'<circle cx="{at(row.value):.1f}" cy="{middle:.1f}" r="3.2" {fill}/>')
            parts.append(_text(WIDTH - _VALUE + 8, middle + 3.5, row.text, size=9))
        y += height
    return _svg(parts, bottom + 18, alt)


def bars(rows: Sequence[Bar], *, alt: str) -> str:
    """Return a chart of lengths, longest first as given, each with one standard error either side."""
    end = max([row.value + row.error for row in rows] + [1e-12])
    labels = [wrap(row.label, _LABEL + 32) for row in rows]
    left = max(text_width(line) for lines in labels for line in lines) + 10
    plot = WIDTH - left - _VALUE
    parts, y = [], 4.0
    heights = [max(18.0, _LINE * len(lines) + 5) for lines in labels]
    for place, (row, lines, height) in enumerate(zip(rows, labels, heights, strict=True)):
        middle, length = y + height / 2, plot * row.value / end
        if row.tied and place + 1 < len(rows):
            parts.append(_line(left - 4, middle, left - 4, y + height + heights[place + 1] / 2, PINK))
        parts.append(_lines(left - 8, middle, lines))
        parts.append(f'<rect x="{left:.1f}" y="{middle - 5:.1f}" width="{length:.1f}" height="10" fill="{BLUE}"/>')
        spread = plot * row.error / end
        parts.append(_whisker(left + max(length - spread, 0), left + length + spread, middle, colour=PINK))
        parts.append(_text(WIDTH - _VALUE + 8, middle + 3.5, row.text, size=9))
        y += height
    return _svg(parts, y + 4, alt)


def icons(counts: tuple[int, int, int, int], *, legend: tuple[str, str, str, str], alt: str) -> str:
    """Return 100 signs in four kinds, told apart by shape and not by colour alone.

    Parameters
    ----------
    counts : tuple of int
        How many of the 100 are: selected rightly, selected wrongly, missed, left alone rightly.
    legend : tuple of str
        A text for each kind.
    alt : str
    """
    if sum(counts) != 100:
        raise ValueError(f"the signs add up to {sum(counts)}, not to 100")
    kinds = [kind for kind, n in enumerate(counts) for _ in range(n)]
    parts = [_icon(kind, 7 + 11 * (place % 20), 7 + 12 * (place // 20)) for place, kind in enumerate(kinds)]
    left, y = 20 * 11 + 16.0, 7.0
    for kind, text in enumerate(legend):
        lines = wrap(text, WIDTH - left - 14, lines=2, size=9)
        parts.append(_icon(kind, left, y))
        parts += [_text(left + 12, y + 3.5 + _LINE * i, line, size=9) for i, line in enumerate(lines)]
        y += _LINE * len(lines) + 2
    return _svg(parts, max(64.0, y), alt)


def hundred(cells: Sequence[int], total: int = 100) -> list[int]:
    """Return whole numbers that add up to `total`, in the proportions of `cells` (largest remainders).

    Examples
    --------
    >>> hundred([870, 60, 20, 51])
    [87, 6, 2, 5]
    """
    everything = sum(cells)
    if everything <= 0:
        raise ValueError("nothing to divide")
    exact = [cell * total / everything for cell in cells]
    whole = [math.floor(x) for x in exact]
    by_rest = sorted(range(len(cells)), key=lambda i: (whole[i] - exact[i], i))
    for i in by_rest[: total - sum(whole)]:
        whole[i] += 1
    return whole


def _steps(largest: float) -> tuple[float, float]:
    """Return a round step and the end of an axis from 0 that holds `largest` in at most six steps."""
    for step in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2):
        if largest <= 6 * step:
            return step, step * math.ceil(largest / step - 1e-9)
    return 0.25, 1.0


def _svg(parts: Sequence[str], height: float, alt: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}"'
        f' width="{WIDTH:.0f}pt" height="{height:.0f}pt"'
        f' font-family="Document Text, Document Signs" font-size="{_SIZE:.0f}">'
        f"<title>{escape(alt)}</title>{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: float = _SIZE, fill: str = "#111111") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:.0f}" fill="{fill}">{escape(text)}</text>'


def _lines(x: float, middle: float, lines: Sequence[str]) -> str:
    first = middle + 3.5 - _LINE * (len(lines) - 1) / 2
    return "".join(_text(x, first + _LINE * i, line, anchor="end") for i, line in enumerate(lines))


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width="1" fill="none"{dash}/>'


def _whisker(low: float, high: float, y: float, *, colour: str = BLUE) -> str:
    ends = "".join(f"M{x:.1f} {y - 3.5:.1f}v7" for x in (low, high))
    return f'<path d="M{low:.1f} {y:.1f}H{high:.1f}{ends}" stroke="{colour}" stroke-width="1.4" fill="none"/>'


def _icon(kind: int, x: float, y: float) -> str:
    if kind == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{BLUE}"/>'
    if kind == 1:
        cross = f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"
        return f'<path d="{cross}" stroke="{PINK}" stroke-width="2" fill="none"/>'
    if kind == 2:
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="none" stroke="{PINK}" stroke-width="1.6"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="{GREY}"/>'
