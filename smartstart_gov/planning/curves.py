"""Curves: how the chances of each question grow with the rows, and a drawing of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from smartstart_gov.documents.charts import BLUE, GREY, PALE, PINK, WIDTH, _line, _svg, _text
from smartstart_gov.documents.lettering import wrap
from smartstart_gov.planning.chances import World
from smartstart_gov.verdict.question import Question

#: Times the rows expected.
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
#: Simulated audits behind a point: a standard error of 5 points in the middle.
CURVE_RUNS = 100
_COLUMNS, _GAP, _LEFT, _PLOT, _HEAD, _PANEL = 2, 20.0, 30.0, 90.0, 30.0, 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The chances of one question at each number of rows.

    Attributes
    ----------
    question : Question
    rows : tuple of float
        Rows in all, before any split.
    fair : tuple of float
        How often a fair model passes.
    found : tuple of float or None
        How often a breach of twice the limit is found; None where no rates differ by that much.
    """

    question: Question
    rows: tuple[float, ...]
    fair: tuple[float, ...]
    found: tuple[float, ...] | None


def curves(worlds: Sequence[tuple[World, tuple[Question, ...]]], rows: float, *, runs: int = CURVE_RUNS) -> tuple[Curve, ...]:
    """Return a curve for each question of each world, simulated anew at every number of rows."""
    found = []
    for world, asked in worlds:
        grown = [replace(world, groups=replace(world.groups, rows=world.groups.rows * factor)) for factor in FACTORS]
        passed = [one.reached(asked, runs=runs) for one in grown]
        for place, question in enumerate(asked):
            breach = [one.chance(question, "breach", "FAILED", questions=len(asked), runs=runs) for one in grown]
            found.append(
                Curve(
                    question=question, rows=tuple(rows * factor for factor in FACTORS),
                    fair=tuple(chances[place].value for chances in passed),
                    found=tuple(one.value for one in breach if one is not None) if all(breach) else None,
                )
            )  # fmt: skip
    return tuple(found)


def drawing(found: Sequence[Curve], *, wanted: float) -> str:
    """Return the curves as SVG, a panel a question; rows grow by doubling.

    Parameters
    ----------
    found : sequence of Curve
    wanted : float
        Wanted chance that a fair model passes, a dashed line.
    """
    width = (WIDTH - _GAP * (_COLUMNS - 1)) / _COLUMNS
    parts = [
        _line(4, 8, 24, 8, BLUE), _text(29, 11, "a fair model passes", size=9),
        _line(130, 8, 150, 8, PINK, dashed=True), _text(155, 11, "a breach of twice the limit is found", size=9),
        _line(326, 8, 346, 8, GREY, dashed=True), _text(351, 11, f"{wanted:.0%} wanted; rows now", size=9),
    ]  # fmt: skip
    for place, one in enumerate(found):
        left, top = (width + _GAP) * (place % _COLUMNS), 22 + _PANEL * (place // _COLUMNS)
        parts += _panel(one, left, top, width, wanted)
    lines = -(-len(found) // _COLUMNS)
    return _svg(parts, 22 + _PANEL * lines, f"Chances against rows, for {len(found)} questions")


def _panel(one: Curve, left: float, top: float, width: float, wanted: float) -> list[str]:
    start, bottom, step = left + _LEFT, top + _HEAD + _PLOT, (width - _LEFT - 16) / (len(one.rows) - 1)

    def y(chance: float) -> float:
        return bottom - _PLOT * chance

    parts = [
        _text(left, top + 11 + 11 * i, line, size=9)
        for i, line in enumerate(wrap(one.question.id.removeprefix("limit."), width, lines=2, size=9))
    ]
    for share in (0.0, 0.5, 1.0):
        parts.append(_line(start, y(share), start + step * (len(one.rows) - 1), y(share), PALE))
        parts.append(_text(start - 4, y(share) + 3, f"{share:.0%}", anchor="end", size=8))
    for i, rows in enumerate(one.rows):
        parts.append(_text(start + step * i, bottom + 14, _short(rows), anchor="middle", size=8))
    now = start + step * FACTORS.index(1.0)
    parts += [_line(now, y(0), now, y(1), GREY, dashed=True)]
    parts += [_line(start, y(wanted), start + step * (len(one.rows) - 1), y(wanted), GREY, dashed=True)]
    for chances, colour in ((one.found, PINK), (one.fair, BLUE)):
        if chances is not None:
            path = "L".join(f"{start + step * i:.1f} {y(chance):.1f}" for i, chance in enumerate(chances))
            dash = ' stroke-dasharray="5 3"' if colour == PINK else ""
            parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="1.8" fill="none"{dash}/>')
    parts.append(_text(start + step * (len(one.rows) - 1), bottom + 25, "rows", anchor="end", size=8, fill=GREY))
    return parts


def _short(rows: float) -> str:
    """Return a number of rows in few characters.

    Examples
    --------
    >>> [_short(n) for n in (625.0, 12_500.0, 40_000.0, 2_500_000.0)]
    ['625', '12.5k', '40k', '2.5M']
    """
    for size, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if round(rows) >= size:
            return f"{rows / size:.1f}".removesuffix(".0") + mark
    return f"{rows:.0f}"
