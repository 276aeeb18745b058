"""Figures from plain numbers: inline SVG of our own, every label escaped and measured so that none is clipped.

A drawing takes numbers and finished texts only; it knows no language and no evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from smartstart_gov.documents.fonts import SIZE as _SIZE
from smartstart_gov.documents.fonts import text_width, wrap

WIDTH = 480.0
_LABEL = 165.0
_VALUE = 56.0
_LINE = 12.0
_FEW = 12
BLUE, PINK, GREY, PALE, AMBER, BAND = "#154273", "#a90061", "#5a5a5a", "#d9d9d9", "#8a5a00", "#e6ecf3"
#: Where the range of a group lies: within the limit, over its edge, or wholly beyond it. Each has a shape of its own.
Place = Literal["inside", "unsure", "beyond", "unjudged"]
#: What one of a hundred signs says.
Sign = Literal["selected", "beyond", "unsure", "alarm", "missed", "left"]
_SIGNS_A_ROW = 25


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hundred:
    """One line of hundreds: who, how many of the 100 signs are of which kind, and the lines of text beside them."""

    label: str
    signs: tuple[tuple[Sign, int], ...]
    text: tuple[str, ...]
    tone: Place = "inside"


def hundreds(rows: Sequence[Hundred], *, alt: str, legend: Sequence[tuple[Sign, str]] = ()) -> str:
    """Return 100 signs for each row, between who they are about and what they say.

    Parameters
    ----------
    rows : sequence of Hundred
    alt : str
        Words that stand for the drawing.
    legend : sequence of pair of str
        A kind of sign, and what it means; above the rows.
    """
    left, gap, parts, y = 116.0, 6.6, list[str](), 0.0
    beside = left + _SIGNS_A_ROW * gap + 10
    x = 6.0
    for sign, text in legend:
        if x + 14 + text_width(text, 9) > WIDTH:
            x, y = 6.0, y + 13
        parts += [_sign(sign, x, y + 6), _text(x + 8, y + 9, text, size=9)]
        x += 20 + text_width(text, 9)
    y += 20 if legend else 0
    for row in rows:
        if sum(n for _, n in row.signs) != 100:
            raise ValueError(f"the signs of {row.label!r} add up to {sum(n for _, n in row.signs)}, not to 100")
        names = wrap(row.label, left - 8, lines=3, size=9)
        texts = [(i, line) for i, text in enumerate(row.text) for line in wrap(text, WIDTH - beside, lines=2, size=9)]
        height = max(4 * gap, 11.0 * len(names), 11.0 * len(texts)) + 5.5
        colour, bold = _TONES[row.tone], row.tone == "beyond"
        parts += [_text(0, y + 9 + 11 * i, line, size=9, fill=colour, bold=bold) for i, line in enumerate(names)]
        signs = [sign for sign, n in row.signs for _ in range(n)]
        for place, sign in enumerate(signs):
            parts.append(_sign(sign, left + gap * (place % _SIGNS_A_ROW) + 3.3, y + 4 + gap * (place // _SIGNS_A_ROW)))
        parts += [
            _text(beside, y + 9 + 11 * i, line, size=9, fill=colour if not of else "#111111", bold=bold and not of)
            for i, (of, line) in enumerate(texts)
        ]
        y += height
    return _svg(parts, y, alt)


def one_hundred(kinds: Sequence[tuple[Sign, int, str]], *, alt: str) -> str:
    """Return 100 large signs, and beside them what each kind means.

    Parameters
    ----------
    kinds : sequence of tuple
        A kind of sign, how many of the 100 it has, and what stands beside it.
    alt : str
        Words that stand for the drawing.
    """
    if sum(n for _, n, _ in kinds) != 100:
        raise ValueError(f"the signs add up to {sum(n for _, n, _ in kinds)}, not to 100")
    gap, row, parts, y = 9.6, 10, list[str](), 10.0
    signs = [sign for sign, n, _ in kinds for _ in range(n)]
    for place, sign in enumerate(signs):
        parts.append(_large(sign, 6 + gap * (place % row), 6 + gap * (place // row)))
    left = gap * row + 24
    for sign, n, text in kinds:
        shown = wrap(text, WIDTH - left - 32, lines=2)
        parts += [_large(sign, left, y), _text(left + 26, y + 3.5, f"{n}", anchor="end", bold=True)]
        parts += [_text(left + 32, y + 3.5 + _LINE * i, line) for i, line in enumerate(shown)]
        y += _LINE * len(shown) + 8
    return _svg(parts, max(y - 6, gap * 100 / row + 3), alt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One line of a chart against a limit: a share with its range, where that lies, and the edges of the limit (shares).

    What has no number of its own (nan) is a line of words.
    """

    label: str
    value: float
    low: float
    high: float
    text: str
    place: Place = "unjudged"
    edges: tuple[float, float] | None = None


def against_limit(
    rows: Sequence[Standing], *, overall: float, overall_label: str, limit_label: str, legend: Sequence[tuple[Place, str]],
    alt: str,
) -> str:  # fmt: skip
    """Return a chart of shares out of 100 with their ranges, the limit as a band behind them, and a line for everybody.

    Parameters
    ----------
    rows : sequence of Standing
        In the order in which they are drawn.
    overall : float
        Share of everybody; nan leaves the line out.
    overall_label, limit_label : str
        The second stands at the edge of the band; it may be empty.
    legend : sequence of pair of str
        A place, and what it means; under the axis.
    alt : str
        Words that stand for the drawing.
    """
    drawn = [row for row in rows if not math.isnan(row.value)]
    edges = [edge for row in drawn for edge in row.edges or () if edge < 1]
    step, end = _steps(min(max([row.high for row in drawn] + edges + [0 if math.isnan(overall) else overall, 0.01]), 1.0))
    labels = [wrap(row.label, _LABEL - 8, lines=2) for row in rows]
    left = max([text_width(line) * 1.08 for lines in labels for line in lines], default=0.0) + 10
    plot = WIDTH - left - 34

    def at(share: float) -> float:
        return left + plot * min(max(share, 0.0) / end, 1.0)

    room = 17.0 if len(rows) <= _FEW else 15.0
    heights = [max(room, _LINE * len(lines) + 2) for lines in labels]
    top, parts = 28.0, list[str]()
    bottom, y = top + sum(heights), top
    for row, height in zip(rows, heights, strict=True):
        if row.edges is not None and not math.isnan(row.value):
            low, high = at(row.edges[0]), at(row.edges[1])
            parts.append(
                f'<rect x="{low:.1f}" y="{y:.1f}" width="{high - low:.1f}" height="{height + 0.2:.1f}" fill="{BAND}"/>'
            )
        y += height
    for place in range(round(end / step) + 1):
        share = place * step
        tick = f"{share * 100:.0f}" if step >= 0.01 else f"{share * 100:.1f}"
        parts.append(_line(at(share), bottom, at(share), bottom + 3, GREY))
        parts.append(_text(at(share), bottom + 13, tick, anchor="middle", size=9))
    if not math.isnan(overall):
        parts.append(_line(at(overall), top - 2, at(overall), bottom, BLUE, dashed=True))
        parts.append(_text(_centred(at(overall), overall_label), 9, overall_label, anchor="middle", size=9, fill=BLUE))
    last = next((row.edges for row in drawn if row.edges is not None), None)
    if limit_label and last is not None:
        far = at(last[1]) if last[1] < 1 else at(last[0])
        parts.append(_text(_centred(far, limit_label), 21, limit_label, anchor="middle", size=9, fill=GREY))
    y = top
    for row, lines, height in zip(rows, labels, heights, strict=True):
        middle, colour, bold = y + height / 2, _TONES[row.place], row.place == "beyond"
        parts.append(_lines(left - 8, middle, lines, fill="#111111" if row.place != "beyond" else colour, bold=bold))
        if math.isnan(row.value):
            # Words go over the line of everybody, so that they stay legible.
            width = text_width(row.text, 9) + 4
            parts.append(f'<rect x="{left:.1f}" y="{middle - 6:.1f}" width="{width:.1f}" height="12" fill="#ffffff"/>')
            parts.append(_text(left + 2, middle + 3.5, row.text, size=9, fill=GREY))
        else:
            parts.append(_whisker(at(row.low), at(row.high), middle, colour=colour))
            parts.append(_mark(row.place, at(row.value), middle))
            parts.append(_text(WIDTH - 2, middle + 3.5, row.text, anchor="end", size=9, fill=colour, bold=bold))
        y += height
    x, y = 6.0, bottom + 27
    for kind, text in legend:
        if x + 14 + text_width(text, 9) > WIDTH:
            x, y = 6.0, y + 13
        parts += [_mark(kind, x, y - 3), _text(x + 8, y, text, size=9)]
        x += 22 + text_width(text, 9)
    return _svg(parts, y + 5 if legend else bottom + 18, alt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a chart of curves: its sign, and points of place, share, and the bounds of the share (nan: none)."""

    label: str
    sign: Place
    points: tuple[tuple[float, float, float, float], ...]


def curves(
    series: Sequence[Series], *, across: str, at: float | None, at_label: str, tick: Callable[[float], str],
    share: Callable[[float, int], str], alt: str, diagonal: str = "",
) -> str:  # fmt: skip
    """Return a chart of shares along an axis from 0, a line each, with their intervals.

    Parameters
    ----------
    series : sequence of Series
        Told apart by shape, and by colour beside that.
    across : str
        Name of the axis along which they run.
    at : float or None
        Where a dashed line stands, which bears `at_label`.
    tick, share : callable
        Write a place under the axis, and a share beside it with so many decimals of a per cent.
    alt : str
        Words that stand for the drawing.
    diagonal : str, optional
        Name of a dashed line from none to all; empty has none.
    """
    height, left, top = 108.0, 40.0, 34.0
    plot, bottom = WIDTH - left - 24, top + height
    step, end = (0.2, 1.0) if diagonal else _steps(max([0.01, at or 0.0, *(p[0] for one in series for p in one.points)]))

    def x(place: float) -> float:
        return left + plot * min(place / end, 1.0)

    def y(value: float) -> float:
        return bottom - height * min(max(value, 0.0), 1.0)

    parts, beside = list[str](), 6.0
    for one in series:
        parts += [_mark(one.sign, beside, 8), _text(beside + 8, 11, one.label, size=9)]
        beside += 26 + text_width(one.label, 9)
    for i in range(6):
        parts.append(_line(left, y(i / 5), left + plot, y(i / 5), PALE))
        parts.append(_text(left - 5, y(i / 5) + 3, share(i / 5, 0), anchor="end", size=9))
    for i in range(round(end / step) + 1):
        parts.append(_line(x(i * step), bottom, x(i * step), bottom + 3, GREY))
        parts.append(_text(x(i * step), bottom + 13, tick(round(i * step, 6)), anchor="middle", size=9))
    if diagonal:
        parts.append(_line(x(0), y(0), x(1), y(1), GREY, dashed=True))
        parts += [_line(beside, 8, beside + 18, 8, GREY, dashed=True), _text(beside + 22, 11, diagonal, size=9, fill=GREY)]
    if at is not None:
        parts.append(_line(x(at), top - 2, x(at), bottom, GREY, dashed=True))
        parts.append(_text(_centred(x(at), at_label), top - 6, at_label, anchor="middle", size=9, fill=GREY))
    for number, one in enumerate(series):
        colour = _TONES[one.sign]
        places = [(x(p[0]), *(y(value) for value in p[1:])) for p in one.points]
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b, *_ in places)
        parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="1" fill="none"/>')
        # Intervals at one place stand beside each other.
        for a, b, low, high in places:
            shift = a + 2.5 * (number - (len(series) - 1) / 2)
            if not (math.isnan(low) or math.isnan(high)):
                parts.append(f'<path d="M{shift:.1f} {low:.1f}V{high:.1f}" stroke="{colour}" stroke-width="0.8" fill="none"/>')
            parts.append(_mark(one.sign, a, b))
    parts.append(_text(left + plot, bottom + 27, across, anchor="end", size=9))
    return _svg(parts, bottom + 32, alt)


def recorded(share: float, *, known: str, unknown: str, alt: str) -> str:
    """Return a bar of which the end, hatched, is the share that is not recorded."""
    cut, parts = WIDTH * (1 - share), list[str]()
    parts.append(f'<rect x="0" y="0" width="{cut:.1f}" height="14" fill="{BLUE}"/>')
    parts.append(f'<rect x="{cut:.1f}" y="0.5" width="{WIDTH - cut - 0.5:.1f}" height="13" fill="#ffffff" stroke="{AMBER}"/>')
    for i in range(int((WIDTH - cut) / 6)):
        x = cut + 6 * i
        parts.append(f'<path d="M{x:.1f} 13.5L{x + 6:.1f} 0.5" stroke="{AMBER}" stroke-width="0.8" fill="none"/>')
    parts.append(_text(0, 25, known, size=9, fill=BLUE))
    parts.append(_text(WIDTH, 25, unknown, anchor="end", size=9, fill=AMBER))
    return _svg(parts, 30, alt)


def hundred(cells: Sequence[float], total: int = 100) -> list[int]:
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


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: float = _SIZE, fill: str = "#111111", bold: bool = False
) -> str:
    weight = ' font-weight="700"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:.0f}" fill="{fill}"{weight}'
    return f"<text {place}>{escape(text)}</text>"


def _lines(x: float, middle: float, lines: Sequence[str], *, fill: str = "#111111", bold: bool = False) -> str:
    first = middle + 3.5 - _LINE * (len(lines) - 1) / 2
    return "".join(_text(x, first + _LINE * i, line, anchor="end", fill=fill, bold=bold) for i, line in enumerate(lines))


def _centred(x: float, text: str) -> float:
    """Return where the middle of a label near `x` stands, so that it stays inside the drawing."""
    half = text_width(text, 9) / 2
    return min(max(x, half), WIDTH - half)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width="1" fill="none"{dash}/>'


def _whisker(low: float, high: float, y: float, *, colour: str = BLUE) -> str:
    ends = "".join(f"M{x:.1f} {y - 3.5:.1f}v7" for x in (low, high))
    return f'<path d="M{low:.1f} {y:.1f}H{high:.1f}{ends}" stroke="{colour}" stroke-width="1.4" fill="none"/>'


_TONES: dict[Place, str] = {"inside": BLUE, "unsure": AMBER, "beyond": PINK, "unjudged": BLUE}


def _mark(place: Place, x: float, y: float) -> str:
    if place == "beyond":
        return f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z" fill="{PINK}"/>'
    if place == "unsure":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="#ffffff" stroke="{AMBER}" stroke-width="1.6"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="{BLUE}"/>'


def _large(sign: Sign, x: float, y: float) -> str:
    return f'<g transform="translate({x:.1f} {y:.1f}) scale(1.5)">{_sign(sign, 0, 0)}</g>'


def _sign(sign: Sign, x: float, y: float) -> str:
    """Return one of a hundred: told apart by shape, and by colour beside that."""
    if sign == "selected":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{BLUE}"/>'
    if sign == "beyond":
        return f'<path d="M{x:.1f} {y - 3.2:.1f}l3.2 3.2l-3.2 3.2l-3.2 -3.2z" fill="{PINK}"/>'
    if sign == "unsure":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.1" fill="#ffffff" stroke="{AMBER}" stroke-width="1.4"/>'
    if sign == "alarm":
        return (
            f'<path d="M{x - 2.3:.1f} {y - 2.3:.1f}l4.6 4.6m0 -4.6l-4.6 4.6" stroke="{PINK}" stroke-width="1.3" fill="none"/>'
        )
    if sign == "missed":
        return (
            f'<rect x="{x - 2.2:.1f}" y="{y - 2.2:.1f}" width="4.4" height="4.4" fill="none" stroke="{PINK}" stroke-width="1"/>'
        )
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="0.9" fill="{GREY}"/>'
