"""The numbers of every audited attribute: tables and figures of what the limits ask, and the other metrics in an annex."""

from __future__ import annotations

import math

from smartstart_gov.counting.printed import PrintedMargin, PrintedRow
from smartstart_gov.documents.blocks import Block, Figure, Prose, Table, Tone
from smartstart_gov.documents.charts import Dot, dots
from smartstart_gov.documents.declarations import long_table
from smartstart_gov.documents.outline import Ref, Section
from smartstart_gov.documents.sections.quantities import gaps, interval_head, sentence, share_head
from smartstart_gov.documents.summary import better, not_recorded, printed
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.statistics.rates import RATES

#: So many groups that share a row are named; more are counted.
MOST_NAMED = 3
#: A figure with more lines than this fills more than a page; the table has them all.
MOST_DOTS = 30


def row_name(words: Words, evidence: Evidence, row: int) -> str:
    """Return what a row of the metric table is called; of groups too few to show, that is all that there is to say."""
    table = evidence.metrics
    kind, name, by = table.kinds[row], table.groups[row], table.by[row]
    if kind not in ("pool", "area"):
        return capital(words.group(evidence.contract, by, name))
    margin = printed(evidence).margin(by[0])
    if kind == "area":
        members = next((r.members for r in margin.rows if r.kind == "area" and r.name == name), 0)
        return words.plural("{area}, {n} group", "{area}, all {n} groups", members, area=name)
    area = name.removeprefix("*")
    found = next((r for r in margin.rows if r.kind == "pool" and (r.within or "") == area), None)
    together = words.say("other groups") if found is None else _together(words, evidence, margin, found)
    return words.say("{groups}: not printed", groups=f"{area}, {together}" if area else capital(together))


def _together(words: Words, evidence: Evidence, margin: PrintedMargin, pool: PrintedRow) -> str:
    levels = _pooled(evidence, margin, pool)
    if 0 < len(levels) == pool.members <= MOST_NAMED:
        return words.listed([words.group(evidence.contract, (margin.attribute,), level) for level in levels])
    return words.plural("{n} other group", "{n} other groups", pool.members)


def _pooled(evidence: Evidence, margin: PrintedMargin, pool: PrintedRow) -> list[str]:
    """Return the declared groups that stand in `pool`: everybody can work them out from contract and table."""
    shown = {row.name for row in margin.rows if row.kind == "level"}
    areas = {row.name for row in margin.rows if row.kind == "area"}
    steps = evidence.contract.hierarchies.get(margin.attribute, ())

    def nearest(level: str) -> str:
        for step in steps:
            level = step.parents[level]
            if level in areas:
                return level
        return ""

    declared = [str(level) for level in evidence.contract.column(margin.attribute).levels or ()]
    return [level for level in declared if level not in shown and nearest(level) == (pool.within or "")]


def in_order(evidence: Evidence, rows: list[int]) -> list[int]:
    """Return everybody first, then the rows area by area, those of unknown group last.

    A pool that is all of its area says what the area says, and is left out.
    """
    table = evidence.metrics
    areas = {table.groups[r]: r for r in rows if table.kinds[r] == "area"}

    def repeats(row: int) -> bool:
        area = areas.get(table.groups[row].removeprefix("*")) if table.kinds[row] == "pool" else None
        return area is not None and bool((table.denominator[row] == table.denominator[area]).all())

    kept = [r for r in rows if not repeats(r)]
    if areas:
        kept = _by_area(evidence, kept)
    return [0, *(r for r in kept if table.kinds[r] != "unknown"), *(r for r in kept if table.kinds[r] == "unknown")]


def area_of(evidence: Evidence, row: int) -> str:
    """Return the area under which a row of the metric table stands; empty where there is none."""
    table = evidence.metrics
    kind, name = table.kinds[row], table.groups[row]
    if kind == "overall":
        return ""
    if kind == "pool":
        return name.removeprefix("*")
    rows = printed(evidence).margin(table.by[row][0]).rows
    return next((found.within or "" for found in rows if (found.kind, found.name) == (kind, name)), "")


def _by_area(evidence: Evidence, rows: list[int]) -> list[int]:
    """Return the rows with areas by name; areas within areas keep the order of the hierarchy."""
    table = evidence.metrics
    margin = printed(evidence).margin(table.by[rows[0]][0])
    if any(row.kind == "area" and row.within is not None for row in margin.rows):
        return rows

    def place(row: int) -> tuple[bool, str, int]:
        kind = table.kinds[row]
        area = table.groups[row] if kind == "area" else area_of(evidence, row)
        return area == "", area, 0 if kind == "area" else 1

    # Sorting is stable: under an area the groups stay as the contract has them, the pool last.
    return sorted(rows, key=place)


def by_group(words: Words, evidence: Evidence) -> Section:
    """Return a section for each attribute and intersection: what is printed, the widest gaps, the metrics of its limits."""
    sections = []
    for place, by in enumerate(evidence.policy.margins, start=1):
        id_ = f"attribute-{place}"
        blocks, metrics = _attribute(words, evidence, by, id_)
        sections.append(Section(id=id_, title=_title(words, evidence, by), blocks=blocks, subsections=metrics))
    return Section(id="by-group", title=words.say("By group"), subsections=tuple(sections))


def every_metric(words: Words, evidence: Evidence) -> Section | None:
    """Return the annex with the metrics on which an attribute has no limit; nothing where none is printed."""
    sections: list[Section] = []
    for by in evidence.policy.margins:
        others = [] if not _printable(evidence, by) else _others(evidence, by)
        if others:
            rows = in_order(evidence, evidence.metrics.rows(*by))
            tables = tuple(_table(words, evidence, rows, column, by) for column in others)
            title = _title(words, evidence, by)
            sections.append(Section(id=f"others-{len(sections) + 1}", title=title, blocks=tables, listed=False))
    if not sections:
        return None
    intro = Prose(
        text=words.say(
            "The policy sets no limit on these metrics for these groups. They are printed here so that nobody has to ask for"
            " them. For what each metric means, see {where}.",
            where=Ref("metrics"),
        ),
        keep=True,
    )
    title = words.say("All other numbers by group")
    return Section(id="other-numbers", kind="annex", title=title, blocks=(intro,), subsections=tuple(sections))


def metric_tables(words: Words, evidence: Evidence, by: tuple[str, ...]) -> tuple[Table, ...]:
    """Return a table for each metric that a limit of `by` is on; nothing where no group may be printed."""
    if not _printable(evidence, by):
        return ()
    rows = in_order(evidence, evidence.metrics.rows(*by))
    return tuple(_table(words, evidence, rows, column, by) for column in _asked(evidence, by))


def _title(words: Words, evidence: Evidence, by: tuple[str, ...]) -> str:
    return words.heading(evidence.contract, *by)


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
    words: Words, evidence: Evidence, by: tuple[str, ...], id_: str
) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    if len(by) > 1:
        text = words.say(
            "Combinations of groups are judged, but their counts are not printed. Together with the counts of the single"
            " groups, they would allow somebody to work out small numbers."
        )
        return (Prose(text=text, basis="measured"),), ()
    if not _printable(evidence, by):
        text = words.say(
            "No group of this attribute may be printed: the counts are too small, or could be worked out by subtraction."
        )
        return (Prose(text=text, basis="measured"),), ()
    margin = printed(evidence).margin(by[0])
    blocks: list[Block] = [_hidden(words, evidence, margin)] if margin.hidden else []
    blocks += gaps(words, evidence, by)
    if _others(evidence, by):
        below = words.say("The metrics below have a limit. The others are in {where}.", where=Ref("other-numbers"))
        blocks.append(Prose(text=below, keep=True))
    return tuple(blocks), _metrics(words, evidence, by, id_)


def _hidden(words: Words, evidence: Evidence, margin: PrintedMargin) -> Prose:
    sentences = [
        words.plural(
            "{n} group is not printed: its counts are too small, or would reveal small counts.",
            "{n} groups are not printed: their counts are too small, or would reveal small counts.",
            margin.hidden,
        ),
        words.say(
            "The printed groups are therefore not representative of all groups. A group in which the model selects fewer than"
            " {k} cases is never printed.",
            k=words.number(printed(evidence).k),
        ),
    ]
    if any(row.kind == "area" for row in margin.rows):
        steps = evidence.contract.hierarchies.get(margin.attribute, ())
        areas = "; ".join(words.text(step.meaning).rstrip(".") for step in steps)
        sentences.append(
            words.say(
                "Groups are listed under their area ({areas}). An area with nothing under it has no group that may be printed.",
                areas=areas,
            )
        )
    return Prose(text=" ".join(sentences), basis="measured", keep=True)


def _metrics(words: Words, evidence: Evidence, by: tuple[str, ...], id_: str) -> tuple[Section, ...]:
    rows, sections = in_order(evidence, evidence.metrics.rows(*by)), []
    for place, column in enumerate(_asked(evidence, by), start=1):
        name = evidence.metrics.metrics[column]
        shown: list[Block] = [_reading(words, evidence, name)]
        figure = _figure(words, evidence, rows, column, by)
        shown += [] if figure is None else [figure]
        shown.append(_table(words, evidence, rows, column, by))
        title = capital(f"{words.metric(name)}, {words.columns(evidence.contract, by)}")
        sections.append(Section(id=f"{id_}-metric-{place}", title=title, blocks=tuple(shown)))
    return tuple(sections)


def _reading(words: Words, evidence: Evidence, name: str) -> Prose:
    lead = words.say("Everybody together:")
    return Prose(text=f"{lead} {sentence(words, evidence, name)} {words.code('reading', better(evidence, name))}", keep=True)


def _table(words: Words, evidence: Evidence, rows: list[int], column: int, by: tuple[str, ...]) -> Table:
    table = evidence.metrics
    lines, none = [], ("–",) * 4
    named = [row for row in rows if table.kinds[row] != "unknown"]
    for row in named:
        e = table.at(row, column)
        numbers = words.number(e.denominator), words.number(e.numerator), words.percent(e.value), words.range(e.low, e.high)
        # What a pool adds up to says nothing about a group in it, least of all where it holds rows of unknown group.
        lines.append((row_name(words, evidence, row), *(none if table.kinds[row] == "pool" else numbers)))
    tones: list[Tone] = ["head" if table.kinds[row] in ("overall", "area") else "plain" for row in named]
    unrecorded = not_recorded(words, evidence, printed(evidence).margin(by[0]))
    if unrecorded is not None:
        lines.append((capital(unrecorded), *none))
        tones.append("plain")
    of = RATES[table.metrics[column]]
    header = (
        words.say("Group"),
        capital(of.cases[words.lang]),
        words.say("Of these"),
        share_head(words, evidence),
        interval_head(words, table),
    )
    caption = capital(f"{words.metric(of.name)}: {words.columns(evidence.contract, by)}")
    note = ""
    if any(table.kinds[row] == "pool" for row in named):
        note = words.say(
            "Not printed: one of the group's four counts is under {k}, or could be worked out by subtraction. The group still"
            " counts in the answers.",
            k=words.number(printed(evidence).k),
        )
    return long_table(words, caption, header, lines, right=(1, 2, 3, 4), tones=tones, note=note)


def _figure(words: Words, evidence: Evidence, rows: list[int], column: int, by: tuple[str, ...]) -> Figure | None:
    table = evidence.metrics
    drawn = _drawn(evidence, rows)
    if not 2 <= len(drawn) <= MOST_DOTS:
        return None
    estimates = [table.at(r, column) for r in drawn]
    names = [row_name(words, evidence, r) for r in drawn]
    several = [table.kinds[r] == "area" for r in drawn]
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
        "{title}. The dot is the share; the line around it is the {confidence} confidence interval.",
        title=title, confidence=words.percent(table.confidence, 0),
    )  # fmt: skip
    if any(table.kinds[r] == "area" and r not in drawn for r in rows) and any(table.kinds[r] == "level" for r in drawn):
        apart = words.say("Areas of which groups are drawn stand in the table only.")
        caption = f"{caption} {apart}"
    if any(several):
        several_dot = words.say("An open dot represents several groups together.")
        caption = f"{caption} {several_dot}"
    svg = dots(lines, overall=everybody, overall_label=label, tick=words.percent, alt=alt)
    return Figure(svg=svg, alt=alt, caption=caption)


def _drawn(evidence: Evidence, rows: list[int]) -> list[int]:
    """Return the rows of a figure: groups, and areas of which no group is printed; where those are too many, the areas.

    What is too few to show and what is not recorded is no group, and stands beside none.
    """
    kinds = evidence.metrics.kinds
    areas = [r for r in rows if kinds[r] == "area"]
    # An area whose groups stand under it would count them twice.
    held = {area_of(evidence, r) for r in rows if kinds[r] == "level"}
    once = [r for r in rows if kinds[r] == "level" or (r in areas and evidence.metrics.groups[r] not in held)]
    return next((choice for choice in (once, areas) if 2 <= len(choice) <= MOST_DOTS), [])
