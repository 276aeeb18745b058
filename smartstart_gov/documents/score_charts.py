"""Figures of scores: a reliability curve with its diagonal, and ratios around 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smartstart_gov.documents.charts import (
    BLUE,
    GREY,
    PALE,
    PINK,
    WIDTH,
    Dot,
    _line,
    _lines,
    _steps,
    _svg,
    _text,
    _whisker,
)
from smartstart_gov.documents.lettering import text_width, wrap

_HEIGHT, _LEFT, _TOP = 210.0, 56.0, 22.0
_LABEL, _VALUE, _LINE = 150.0, 56.0, 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One part of the scores: their mean, and the share for which it was so with its interval."""

    score: float
    share: float
    low: float
    high: float


def reliability_curve(
    points: Sequence[Point], *, across: str, upwards: str, right: str, tick: Callable[[float, int], str], alt: str
) -> str:
    """Return a chart of shares against scores; on the dashed line the scores are right.

    Parameters
    ----------
    points : sequence of Point
        From low scores to high ones.
    across, upwards, right : str
        Names of the two axes, and of the dashed line.
    tick : callable
        Writes a share beside an axis, with so many decimals of a per cent.
    alt : str
        Words that stand for the drawing.
    """
    step, end = _steps(min(max([0.01, *(p.score for p in points), *(p.high for p in points)]), 1.0))
    plot, bottom = WIDTH - _LEFT - 24, _TOP + _HEIGHT

    def x(value: float) -> float:
        return _LEFT + plot * min(value / end, 1.0)

    def y(value: float) -> float:
        return bottom - _HEIGHT * min(value / end, 1.0)

    parts = [_text(4, _TOP - 10, upwards, size=9)]
    for place in range(round(end / step) + 1):
        value = place * step
        label = tick(value, 0 if step >= 0.01 else 1)
        parts += [_line(x(value), _TOP, x(value), bottom, PALE), _line(_LEFT, y(value), _LEFT + plot, y(value), PALE)]
        parts += [_text(x(value), bottom + 12, label, anchor="middle", size=9)]
        parts += [_text(_LEFT - 5, y(value) + 3, label, anchor="end", size=9)]
    parts.append(_line(x(0), y(0), x(end), y(end), PINK, dashed=True))
    parts.append(_text(x(end) - 6, y(end) - 5, right, anchor="end", size=9, fill=PINK))
    parts.append(_text(_LEFT + plot, bottom + 26, across, anchor="end", size=9))
    for p in points:
        ends = "".join(f"M{x(p.score) - 3.5:.1f} {y(bound):.1f}h7" for bound in (p.low, p.high))
        line = f"M{x(p.score):.1f} {y(p.low):.1f}V{y(p.high):.1f}{ends}"
        parts.append(f'<path d="{line}" stroke="{BLUE}" stroke-width="1.4" fill="none"/>')
        parts.append(f'<circle cx="{x(p.score):.1f}" cy="{y(p.share):.1f}" r="3.2" fill="{BLUE}"/>')
    return _svg(parts, bottom + 32, alt)


def ratios(rows: Sequence[Dot], *, right: str, tick: Callable[[float], str], alt: str) -> str:
    """Return a chart of ratios with their intervals around a dashed line at 1, on a scale on which half and twice are as far.

    A bound beyond the scale, which ends at 4 or at 1/4, ends at its edge.
    """
    seen = [b for r in rows for b in (r.low, r.high) if math.isfinite(b) and b > 0]
    far = min(max([1.25, *(max(b, 1 / b) for b in seen)]), 4.0)
    labels = [wrap(row.label, _LABEL - 8) for row in rows]
    left = max(text_width(line) for lines in labels for line in lines) + 10
    plot = WIDTH - left - _VALUE

    def at(ratio: float) -> float:
        inside = min(max(ratio, 1 / far), far)
        return left + plot * (0.5 + 0.5 * math.log(inside) / math.log(far))

    heights = [max(18.0, _LINE * len(lines) + 5) for lines in labels]
    bottom, parts = _TOP + sum(heights), []
    for mark in (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0):
        if 1 / far <= mark <= far:
            parts.append(_line(at(mark), _TOP, at(mark), bottom, PINK if mark == 1.0 else PALE, dashed=mark == 1.0))
            parts.append(_text(at(mark), bottom + 12, tick(mark), anchor="middle", size=9))
    half = text_width(right, 9) / 2
    parts.append(_text(min(max(at(1.0), half), WIDTH - half), _TOP - 7, right, anchor="middle", size=9, fill=PINK))
    top = _TOP
    for row, lines, height in zip(rows, labels, heights, strict=True):
        middle = top + height / 2
        parts.append(_lines(left - 8, middle, lines))
        if math.isnan(row.value):
            parts.append(_text(left + 4, middle + 3.5, row.text, size=9, fill=GREY))
        else:
            parts.append(_whisker(at(row.low), at(row.high), middle))
            parts.append(f'<circle cx="{at(row.value):.1f}" cy="{middle:.1f}" r="3.2" fill="{BLUE}"/>')
            parts.append(_text(WIDTH - _VALUE + 8, middle + 3.5, row.text, size=9))
        top += height
    return _svg(parts, bottom + 18, alt)
