"""The numbers of every audited attribute: tables and figures of what the limits ask, and the other metrics in an annex."""

from __future__ import annotations

import math

from smartstart_gov.documents.blocks import Block, Figure, Prose, Table, Tone
from smartstart_gov.documents.charts import Dot, dots
from smartstart_gov.documents.declared import long_table
from smartstart_gov.documents.group_rows import area_of, in_order, row_name
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.quantities import gaps, interval_head, sentence, share_head
from smartstart_gov.documents.summary import printed
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.metrics.rates import RATES
from smartstart_gov.tally.printed import PrintedMargin

#: A figure with more lines than this fills more than a page; the table has them all.
MOST_DOTS = 30
#: Kinds of rows that hold more groups than one.
_SEVERAL = ("area", "pool")


def attributes(words: Words, evidence: Evidence, *, number: str) -> tuple[Section, ...]:
    """Return a section for each attribute and intersection: what is printed, the widest gaps, the metrics of its limits."""
    sections = []
    for place, by in enumerate(evidence.policy.margins, start=1):
        own = f"{number}.{place}"
        blocks, metrics = _attribute(words, evidence, by, own)
        sections.append(
            Section(id=f"attribute-{place}", number=own, title=_title(words, evidence, by), blocks=blocks, subsections=metrics)
        )
    return tuple(sections)


def every_metric(words: Words, evidence: Evidence, *, number: str) -> tuple[Section, ...]:
    """Return the annex with the metrics on which an attribute has no limit; nothing where none is printed."""
    sections: list[Section] = []
    for by in evidence.policy.margins:
        others = [] if not _printable(evidence, by) else _others(evidence, by)
        if others:
            own = f"{number}.{len(sections) + 1}"
            rows = in_order(evidence, evidence.metrics.rows(*by))
            tables = tuple(_table(words, evidence, rows, column, by) for column in others)
            title = _title(words, evidence, by)
            sections.append(Section(id=f"others-{len(sections) + 1}", number=own, title=title, blocks=tables, listed=False))
    if not sections:
        return ()
    intro = Prose(
        text=words.say(
            "The policy sets no limit on these metrics for these groups. They are printed so that nobody has to ask for them."
            " What each metric says, stands in section 4."
        ),
        keep=True,
    )
    title = words.say("All other numbers by group")
    return (Section(id="annex-c", number=number, title=title, blocks=(intro,), subsections=tuple(sections)),)


def metric_tables(words: Words, evidence: Evidence, by: tuple[str, ...]) -> tuple[Table, ...]:
    """Return a table for each metric that a limit of `by` is on; nothing where no group may be printed."""
    if not _printable(evidence, by):
        return ()
    rows = in_order(evidence, evidence.metrics.rows(*by))
    return tuple(_table(words, evidence, rows, column, by) for column in _asked(evidence, by))


def _title(words: Words, evidence: Evidence, by: tuple[str, ...]) -> str:
    return capital(words.columns(evidence.contract, by))


def _printable(evidence: Evidence, by: tuple[str, ...]) -> bool:
    rows = evidence.metrics.rows(*by) if len(by) == 1 else []
    return any(evidence.metrics.kinds[row] in ("level", "area") for row in rows)


def _asked(evidence: Evidence, by: tuple[str, ...]) -> list[int]:
    """Return the columns of the metrics that limits of `by` are on; the first one where there is no such limit."""
    found = {limit.metric for limit in evidence.policy.limits if limit.by == by}
    return [i for i, name in enumerate(evidence.metrics.metrics) if name in found] or [0]


def _others(evidence: Evidence, by: tuple[str, ...]) -> list[int]:
    return [i for i in range(len(evidence.metrics.metrics)) if i not in _asked(evidence, by)]


def _attribute(
    words: Words, evidence: Evidence, by: tuple[str, ...], number: str
) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    if len(by) > 1:
        text = words.say(
            "Combinations of groups are judged, but their counts are not printed:"
            " with the counts of the single groups somebody could find small numbers by subtraction."
        )
        return (Prose(text=text, basis="measured"),), ()
    if not _printable(evidence, by):
        text = words.say(
            "No group of this attribute may be printed: the counts are too small, or could be found by subtraction."
        )
        return (Prose(text=text, basis="measured"),), ()
    margin = printed(evidence).margin(by[0])
    blocks: list[Block] = [_hidden(words, evidence, margin)] if margin.hidden else []
    blocks += gaps(words, evidence, by)
    if _others(evidence, by):
        below = words.say("Below stand the metrics on which a limit is set. The others stand in annex C.")
        blocks.append(Prose(text=below, keep=True))
    return tuple(blocks), _metrics(words, evidence, by, number)


def _hidden(words: Words, evidence: Evidence, margin: PrintedMargin) -> Prose:
    sentences = [
        words.plural(
            "{n} group is not printed by itself: its counts are too small, or would give small counts away."
            " It stands in a row with others.",
            "{n} groups are not printed by themselves: their counts are too small, or would give small counts away."
            " They stand in rows of several groups together.",
            margin.hidden,
        ),
        words.say(
            "So the printed groups are no fair picture of all groups. Groups in which the model selects hardly anybody are"
            " often missing."
        ),
    ]
    if any(row.kind == "area" for row in margin.rows):
        steps = evidence.contract.hierarchies.get(margin.attribute, ())
        areas = "; ".join(words.text(step.meaning).rstrip(".") for step in steps)
        sentences.append(
            words.say(
                "Groups stand under their area ({areas}). An area with nothing under it has no group that may be printed.",
                areas=areas,
            )
        )
    return Prose(text=" ".join(sentences), basis="measured", keep=True)


def _metrics(words: Words, evidence: Evidence, by: tuple[str, ...], number: str) -> tuple[Section, ...]:
    rows, sections = in_order(evidence, evidence.metrics.rows(*by)), []
    for place, column in enumerate(_asked(evidence, by), start=1):
        name = evidence.metrics.metrics[column]
        shown: list[Block] = [_reading(words, evidence, name)]
        figure = _figure(words, evidence, rows, column, by)
        shown += [] if figure is None else [figure]
        shown.append(_table(words, evidence, rows, column, by))
        own = f"{number}.{place}"
        title = capital(f"{words.metric(name)}, {words.columns(evidence.contract, by)}")
        sections.append(Section(id=f"metric-{own.replace('.', '-')}", number=own, title=title, blocks=tuple(shown)))
    return tuple(sections)


def _reading(words: Words, evidence: Evidence, name: str) -> Prose:
    lead = words.say("Everybody together:")
    return Prose(text=f"{lead} {sentence(words, evidence, name)} {words.code('reading', RATES[name].better)}", keep=True)


def _table(words: Words, evidence: Evidence, rows: list[int], column: int, by: tuple[str, ...]) -> Table:
    table = evidence.metrics
    lines = []
    for row in rows:
        e = table.at(row, column)
        lines.append((
            row_name(words, evidence, row), words.number(e.denominator), words.number(e.numerator),
            words.percent(e.value), words.range(e.low, e.high),
        ))  # fmt: skip
    of = RATES[table.metrics[column]]
    header = (
        words.say("Group"),
        capital(of.cases[words.lang]),
        words.say("Of these"),
        share_head(words, evidence),
        interval_head(words, table),
    )
    caption = capital(f"{words.metric(of.name)}: {words.columns(evidence.contract, by)}")
    tones: list[Tone] = ["head" if table.kinds[row] in ("overall", "area") else "plain" for row in rows]
    return long_table(words, caption, header, lines, right=(1, 2, 3, 4), tones=tones)


def _figure(words: Words, evidence: Evidence, rows: list[int], column: int, by: tuple[str, ...]) -> Figure | None:
    table = evidence.metrics
    drawn = _drawn(evidence, rows)
    if not 2 <= len(drawn) <= MOST_DOTS:
        return None
    estimates = [table.at(r, column) for r in drawn]
    names = [row_name(words, evidence, r) for r in drawn]
    several = [table.kinds[r] in _SEVERAL for r in drawn]
    lines = [
        Dot(label=name, value=e.value, low=e.low, high=e.high, text=words.percent(e.value), several=more)
        for name, e, more in zip(names, estimates, several, strict=True)
    ]
    everybody = table.at(0, column).value
    title = capital(f"{words.metric(table.metrics[column])}: {words.columns(evidence.contract, by)}")
    defined = [(e.value, name) for name, e in zip(names, estimates, strict=True) if not math.isnan(e.value)]
    alt = words.say("Dot chart of {title}. The same numbers are in the table below.", title=title)
    if defined:
        (low, lowest), (high, highest) = min(defined), max(defined)
        alt = words.say(
            "Dot chart of {title}. Lowest: {lowest} with {low}; highest: {highest} with {high}."
            " The same numbers are in the table below.",
            title=title, lowest=lowest, low=words.percent(low), highest=highest, high=words.percent(high),
        )  # fmt: skip
    label = words.say("everybody {share}", share=words.percent(everybody))
    caption = words.say(
        "{title}. The dot is the share; the line around it is its {confidence} interval.",
        title=title, confidence=words.percent(table.confidence, 0),
    )  # fmt: skip
    if any(several):
        several_dot = words.say("An open dot stands for several groups together.")
        caption = f"{caption} {several_dot}"
    svg = dots(lines, overall=everybody, overall_label=label, tick=words.percent, alt=alt)
    return Figure(svg=svg, alt=alt, caption=caption)


def _drawn(evidence: Evidence, rows: list[int]) -> list[int]:
    """Return the rows of a figure, in which everybody stands once; where those are too many, the areas."""
    kinds = evidence.metrics.kinds
    areas = [r for r in rows if kinds[r] == "area"]
    # An area whose groups stand under it would count them twice.
    held = {area_of(evidence, r) for r in rows}
    once = [
        r for r in rows if kinds[r] in ("level", "unknown", "pool") or (r in areas and evidence.metrics.groups[r] not in held)
    ]
    return next((choice for choice in (once, areas) if 2 <= len(choice) <= MOST_DOTS), [])
