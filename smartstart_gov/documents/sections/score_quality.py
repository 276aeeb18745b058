"""What the scores say, against what came true: order, calibration by group, and the curve of everybody."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smartstart_gov.counting.tally import BINS
from smartstart_gov.documents.blocks import Block, Figure, Prose, Table, Tone
from smartstart_gov.documents.charts import BLUE, GREY, PALE, PINK, WIDTH, Dot, _line, _lines, _steps, _svg, _text, _whisker
from smartstart_gov.documents.declarations import long_table
from smartstart_gov.documents.fonts import text_width, wrap
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.statistics.calibration import Reliability
from smartstart_gov.statistics.scores import ScoreTable

_HEIGHT, _LEFT, _TOP = 210.0, 56.0, 22.0
_LABEL, _VALUE, _LINE = 150.0, 56.0, 12.0
#: A figure with more lines than this fills more than a page; the table has them all.
MOST_DOTS = 30
_RATIO = "observed_expected"


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


def calibration(words: Words, evidence: Evidence) -> Section | None:
    """Return the section of the scores, or what cannot be said without them; none where no figures may be printed."""
    found = evidence.scores
    if evidence.training.score == "decision":
        return Section(id="scores", title=words.say("Scores and what happened"), blocks=(_unscored(words),))
    if found is None:
        return None
    blocks: list[Block] = [_intro(words), _meanings(words, found), _method(words, evidence, found)]
    blocks += _curve(words, found.curve)
    parts = []
    for place, attribute in enumerate(evidence.policy.attributes, start=1):
        title = words.heading(evidence.contract, attribute)
        parts.append(Section(id=f"scores-{place}", title=title, blocks=_attribute(words, evidence, found, attribute)))
    title = words.say("Scores and what happened")
    return Section(id="scores", title=title, blocks=tuple(blocks), subsections=tuple(parts))


def _unscored(words: Words) -> Prose:
    return Prose(
        text=words.say(
            "Only yes-or-no decisions were supplied, and no scores. So this audit cannot say how well the model ranks cases"
            " (AUC), whether its scores are right for each group (calibration), or what another threshold or another number"
            " of places would do. All shares in this document are based on decisions, and those are complete."
        ),
        basis="measured",
    )


def _intro(words: Words) -> Prose:
    return Prose(
        text=words.say(
            "A score says how likely the model considers the outcome. This section compares the scores with what happened."
            " The numbers only describe: no limit applies to them, and no answer in this document rests on them."
        ),
        keep=True,
    )


def _meanings(words: Words, found: ScoreTable) -> Table:
    """Return what each figure says, and how to read it."""
    say = words.say
    meanings = {
        "auc": say(
            "Chance that a case with the outcome has a higher score than a case without it. 0.5 is no better than tossing a"
            " coin; 1 is perfect."
        ),
        _RATIO: say(
            "How often the outcome occurred, divided by how often the scores predicted it. 1 is right; above 1 the scores are"
            " too low."
        ),
        "calibration_intercept": say(
            "How far the scores are too low or too high overall, in log-odds. 0 is right; above 0 they are too low."
        ),
        "calibration_slope": say(
            "How strongly the outcome increases with the score. 1 is right; under 1 high scores are too high and low ones too"
            " low."
        ),
    }
    rows = [(capital(_name(words, name)), meanings[name]) for name in found.figures]
    return Table(caption=say("The figures in this section"), header=(say("Figure"), say("What it says")), rows=tuple(rows))


def _name(words: Words, figure: str) -> str:
    return {
        "auc": words.say("order (AUC)"), _RATIO: words.say("observed over expected"),
        "calibration_intercept": words.say("calibration intercept"), "calibration_slope": words.say("calibration slope"),
    }[figure]  # fmt: skip


def _method(words: Words, evidence: Evidence, found: ScoreTable) -> Prose:
    sentences = [
        words.say(
            "Scores are counted in {bins} equal steps. The AUC of everybody can therefore be off by at most {ties}; the"
            " intervals take that into account.",
            bins=words.number(BINS), ties=words.decimal(float(found.ties[0]), 3),
        )
    ]  # fmt: skip
    unit = evidence.contract.single("unit")
    if unit is not None:
        sentences.append(
            words.say(
                "Rows with the same key ({unit}) are treated as entirely alike. The more rows share a key, the wider the"
                " intervals.",
                unit=words.column(evidence.contract, unit.name),
            )
        )
    if evidence.contract.single("weight") is not None:
        sentences.append(words.say("In this section every row counts once; weights are not used."))
    return Prose(text=" ".join(sentences))


def _curve(words: Words, curve: Reliability | None) -> list[Block]:
    say = words.say
    if curve is None or len(curve) < 2:
        return [
            Prose(
                text=say("There are too few cases to print how often the outcome occurred at each level of score."),
                basis="measured",
            )
        ]
    rows = [
        (
            say("{low} to {high}", low=words.percent(curve.edges[i] / BINS), high=words.percent(curve.edges[i + 1] / BINS)),
            words.number(curve.rows[i]), words.percent(curve.score[i]), words.number(curve.positives[i]),
            words.percent(curve.share[i]), words.range(curve.low[i], curve.high[i]),
        )
        for i in range(len(curve))
    ]  # fmt: skip
    header = (
        say("Score"), say("Cases"), say("Mean score"), say("With the outcome"), say("Share"),
        say("{confidence} confidence interval", confidence=words.percent(curve.confidence, 0)),
    )  # fmt: skip
    caption = say("Everybody: how often the outcome occurred, from low to high scores")
    note = say("There is no such table for single groups: groups and scores together would reveal small numbers.")
    alt = say(
        "Chart of shares against scores in {n} parts. In the lowest part the mean score is {low} and the share {first};"
        " in the highest part {high} and {last}. The same numbers are in the table below.",
        n=words.number(len(curve)), low=words.percent(curve.score[0]), first=words.percent(curve.share[0]),
        high=words.percent(curve.score[-1]), last=words.percent(curve.share[-1]),
    )  # fmt: skip
    svg = reliability_curve(
        [
            Point(score=score, share=share, low=low, high=high)
            for score, share, low, high in zip(curve.score, curve.share, curve.low, curve.high, strict=True)
        ],
        across=say("mean score"),
        upwards=say("share with the outcome"),
        right=say("scores are right"),
        tick=words.percent,
        alt=alt,
    )
    title = say(
        "Each dot represents a part of all cases. Above the dashed line, the outcome occurred more often than the scores said."
    )
    return [
        Figure(svg=svg, alt=alt, caption=title),
        long_table(words, caption, header, rows, right=(1, 2, 3, 4, 5), note=note),
    ]


def _attribute(words: Words, evidence: Evidence, found: ScoreTable, attribute: str) -> tuple[Block, ...]:
    rows = found.rows(attribute)
    if not rows:
        text = words.say(
            "No group of this attribute may be printed: the counts are too small, or could be worked out by subtraction."
        )
        return (Prose(text=text, basis="measured"),)
    shown = [0, *rows]
    names = [capital(words.group(evidence.contract, found.by[r], found.groups[r])) for r in shown]
    cells = [
        (name, *(_cell(words, found, r, column) for column in range(len(found.figures))))
        for r, name in zip(shown, names, strict=True)
    ]
    header = (words.say("Group"), *(capital(_name(words, figure)) for figure in found.figures))
    caption = words.say("Scores: {groups}", groups=words.column(evidence.contract, attribute))
    tones: list[Tone] = ["head", *(["plain"] * len(rows))]  # type: ignore[list-item]  # the words of a Tone
    note = words.say("The {confidence} confidence interval is in brackets.", confidence=words.percent(found.confidence, 0))
    table = long_table(
        words, caption, header, cells, right=tuple(range(1, len(header))), note=note, tones=tones,
    )  # fmt: skip
    figure = _figure(words, found, rows, names[1:], words.column(evidence.contract, attribute))
    return (table,) if figure is None else (figure, table)


def _cell(words: Words, found: ScoreTable, row: int, column: int) -> str:
    value, low, high = (float(array[row, column]) for array in (found.value, found.low, found.high))
    if value != value:
        return words.undefined
    return words.say("{value} ({low} to {high})", value=words.decimal(value), low=words.decimal(low), high=words.decimal(high))


def _figure(words: Words, found: ScoreTable, rows: list[int], names: list[str], attribute: str) -> Figure | None:
    if not 2 <= len(rows) <= MOST_DOTS:
        return None
    column = found.figures.index(_RATIO)
    lines = [
        Dot(
            label=name, value=float(found.value[r, column]), low=float(found.low[r, column]),
            high=float(found.high[r, column]), text=words.decimal(float(found.value[r, column])),
        )
        for r, name in zip(rows, names, strict=True)
    ]  # fmt: skip
    low, high = min(lines, key=lambda row: row.value), max(lines, key=lambda row: row.value)
    alt = words.say(
        "Chart of observed over expected, {groups}. Lowest: {lowest} with {low}; highest: {highest} with {high}."
        " The same numbers are in the table below.",
        groups=attribute, lowest=low.label, low=low.text, highest=high.label, high=high.text,
    )  # fmt: skip
    caption = words.say(
        "Observed over expected, {groups}. To the right of the dashed line, the outcome occurred more often than the scores"
        " said.",
        groups=attribute,
    )
    svg = ratios(lines, right=words.say("scores are right"), tick=words.short, alt=alt)
    return Figure(svg=svg, alt=alt, caption=caption)
