"""The numbers of every audited attribute: a table for each metric, figures, and the widest gaps."""

from __future__ import annotations

import math

from smartstart_gov.documents.blocks import Block, Figure, Prose, Table, Tone
from smartstart_gov.documents.charts import Dot, dots
from smartstart_gov.documents.declared import long_table
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.summary import pools_unknown, printed
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.metrics.estimate import MetricTable
from smartstart_gov.metrics.rates import RATES
from smartstart_gov.tally.printed import PrintedMargin

#: A figure with more lines than this fills more than a page; the table has them all.
MOST_DOTS = 30


def overall(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return every metric over everybody, with what it means."""
    table = evidence.metrics
    if not len(table):
        return (Prose(text=words.say("There are too few cases to print any number."), basis="measured"),)
    rows = []
    for column, name in enumerate(table.metrics):
        estimate = table.at(0, column)
        rows.append((
            capital(words.metric(name)), words.percent(estimate.value), words.range(estimate.low, estimate.high),
            words.number(estimate.numerator), words.number(estimate.denominator),
        ))  # fmt: skip
    header = (words.say("Metric"), words.say("Share"), _interval_head(words, table), words.say("Of these"), words.say("Out of"))
    return (long_table(words, words.say("Everybody"), header, rows, right=(1, 2, 3, 4)),)


def definitions(words: Words, evidence: Evidence) -> Table:
    """Return every metric of the bundle: its definition as a sentence, which way is better, and who defined it."""
    rows = []
    for name in evidence.metrics.metrics:
        of = RATES[name]
        rows.append((
            capital(words.metric(name)), sentence(words, evidence, name), words.code("reading", of.better), of.citation,
        ))  # fmt: skip
    header = (words.say("Metric"), words.say("What it says"), words.say("How to read it"), words.say("Where it was defined"))
    return Table(caption=words.say("The metrics in this document"), header=header, rows=tuple(rows))


def attributes(words: Words, evidence: Evidence, *, number: str) -> tuple[Section, ...]:
    """Return a section for each attribute and intersection that the policy measures."""
    sections = []
    for place, by in enumerate(evidence.policy.margins, start=1):
        title = capital(words.columns(evidence.contract, by))
        own = f"{number}.{place}"
        blocks, metrics = _attribute(words, evidence, by, own)
        sections.append(Section(id=f"attribute-{place}", number=own, title=title, blocks=blocks, subsections=metrics))
    return tuple(sections)


def _attribute(
    words: Words, evidence: Evidence, by: tuple[str, ...], number: str
) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    if len(by) > 1:
        text = words.say(
            "Combinations of groups are judged, but their counts are not printed:"
            " with the counts of the single groups somebody could find small numbers by subtraction."
        )
        return (Prose(text=text, basis="measured"),), ()
    rows = evidence.metrics.rows(*by)
    margin = printed(evidence).margin(by[0])
    if not any(evidence.metrics.kinds[row] in ("level", "area") for row in rows):
        text = words.say(
            "No group of this attribute may be printed: the counts are too small, or could be found by subtraction."
        )
        return (Prose(text=text, basis="measured"),), ()
    blocks: list[Block] = [_hidden(words, margin)] if margin.hidden else []
    blocks += _gaps(words, evidence, by)
    in_limits = {limit.metric for limit in evidence.policy.limits if limit.by == by}
    sections = []
    for column, name in enumerate(evidence.metrics.metrics):
        shown: list[Block] = [_reading(words, evidence, name)]
        if name in in_limits or (not in_limits and column == 0):
            figure = _figure(words, evidence, rows, column, by)
            shown += [] if figure is None else [figure]
        shown.append(_table(words, evidence, rows, column, by))
        place = f"{number}.{column + 1}"
        title = capital(f"{words.metric(name)}, {words.columns(evidence.contract, by)}")
        sections.append(Section(id=f"metric-{place.replace('.', '-')}", number=place, title=title, blocks=tuple(shown)))
    return tuple(blocks), tuple(sections)


def _hidden(words: Words, margin: PrintedMargin) -> Prose:
    where = words.say("in the row called 'smaller groups'")
    if any(row.kind == "area" for row in margin.rows):
        where = words.say("in the row of their area, and in the rows called 'smaller groups'")
    text = words.plural(
        "{n} group is not printed by itself: it, or what could be found by subtraction, is too small."
        " Its rows are counted {where}.",
        "{n} groups are not printed by themselves: they, or what could be found by subtraction, are too small."
        " Their rows are counted {where}.",
        margin.hidden,
        where=where,
    )
    return Prose(text=text, basis="measured", keep=True)


def sentence(words: Words, evidence: Evidence, name: str) -> str:
    """Return what a metric says, with the numbers of everybody in this audit."""
    of, table = RATES[name], evidence.metrics
    x, n = "x", "n"
    if len(table):
        everybody = table.at(0, table.metrics.index(name))
        if everybody.defined:
            x, n = words.number(everybody.numerator), words.number(everybody.denominator)
    return of.meaning[words.lang].format(x=x, n=n)


def _reading(words: Words, evidence: Evidence, name: str) -> Prose:
    lead = words.say("Everybody together:")
    return Prose(text=f"{lead} {sentence(words, evidence, name)} {words.code('reading', RATES[name].better)}", keep=True)


def group_name(words: Words, evidence: Evidence, row: int) -> str:
    """Return what a row of the metric table is called, whatever kind of row it is."""
    table: MetricTable = evidence.metrics
    kind, name, by = table.kinds[row], table.groups[row], table.by[row]
    if kind == "pool":
        area = name.removeprefix("*")
        together = words.plural("{n} smaller group", "{n} smaller groups together", _members(evidence, by, area))
        if area:
            return words.say("{groups} in {area}", groups=together, area=area)
        margin = printed(evidence).margin(by[0])
        return (
            words.say("{groups}, with the rows of unknown group", groups=together)
            if pools_unknown(evidence, margin)
            else together
        )
    if kind == "area":
        return words.say("Area {area}, all groups", area=name)
    return capital(words.group(evidence.contract, by, name))


def _members(evidence: Evidence, by: tuple[str, ...], area: str) -> int:
    rows = printed(evidence).margin(by[0]).rows
    return next((row.members for row in rows if row.kind == "pool" and (row.within or "") == area), 0)


def _interval_head(words: Words, table: MetricTable) -> str:
    return words.say("{confidence} interval", confidence=words.percent(table.confidence, 0))


def _order(evidence: Evidence, rows: list[int]) -> list[int]:
    """Return everybody first, then the rows as the hierarchy has them, those of unknown group last.

    A pool that is all of its area says what the area says, and is left out.
    """
    table = evidence.metrics
    areas = {table.groups[r]: r for r in rows if table.kinds[r] == "area"}

    def repeats(row: int) -> bool:
        area = areas.get(table.groups[row].removeprefix("*")) if table.kinds[row] == "pool" else None
        return area is not None and bool((table.denominator[row] == table.denominator[area]).all())

    kept = [r for r in rows if not repeats(r)]
    return [0, *(r for r in kept if table.kinds[r] != "unknown"), *(r for r in kept if table.kinds[r] == "unknown")]


def _table(words: Words, evidence: Evidence, rows: list[int], column: int, by: tuple[str, ...]) -> Table:
    table = evidence.metrics
    lines = []
    order = _order(evidence, rows)
    for row in order:
        e = table.at(row, column)
        lines.append((
            group_name(words, evidence, row), words.number(e.denominator), words.number(e.numerator),
            words.percent(e.value), words.range(e.low, e.high),
        ))  # fmt: skip
    of = RATES[table.metrics[column]]
    header = (
        words.say("Group"),
        capital(of.cases[words.lang]),
        words.say("Of these"),
        words.say("Share"),
        _interval_head(words, table),
    )
    caption = capital(f"{words.metric(of.name)}: {words.columns(evidence.contract, by)}")
    tones: list[Tone] = ["head" if table.kinds[row] in ("overall", "area") else "plain" for row in order]
    return long_table(words, caption, header, lines, right=(1, 2, 3, 4), tones=tones)


def _figure(words: Words, evidence: Evidence, rows: list[int], column: int, by: tuple[str, ...]) -> Figure | None:
    table = evidence.metrics
    drawn = [r for r in _order(evidence, rows) if table.kinds[r] in ("level", "unknown")]
    if not 2 <= len(drawn) <= MOST_DOTS:
        return None
    estimates = [table.at(r, column) for r in drawn]
    names = [group_name(words, evidence, r) for r in drawn]
    lines = [
        Dot(label=name, value=e.value, low=e.low, high=e.high, text=words.percent(e.value))
        for name, e in zip(names, estimates, strict=True)
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
    svg = dots(
        lines,
        overall=everybody,
        overall_label=label,
        tick=words.percent,
        alt=alt,
    )
    return Figure(svg=svg, alt=alt, caption=caption)


def _gaps(words: Words, evidence: Evidence, by: tuple[str, ...]) -> list[Block]:
    """Return the widest gap between two printed groups for each metric, as difference and as ratio."""
    table = evidence.disparities
    contract = evidence.contract
    lines = []
    for name in evidence.metrics.metrics:
        for i in table.rows(by=by, metric=name, measure="difference", between="groups"):
            high, low = (capital(words.group(contract, by, group)) for group in (table.group[i], table.other[i]))
            ratio = table.rows(by=by, metric=name, measure="ratio", between="groups")
            interval = words.undefined
            if not math.isnan(table.low[i]):
                interval = words.say("{low} to {high}", low=words.points(table.low[i]), high=words.points(table.high[i]))
            times = words.decimal(table.value[ratio[0]]) if ratio else words.undefined
            lines.append((capital(words.metric(name)), high, low, words.points(table.value[i]), interval, times))
    if not lines:
        return []
    header = (
        words.say("Metric"), words.say("Highest group"), words.say("Lowest group"), words.say("Gap in percentage points"),
        words.say("{confidence} interval", confidence=words.percent(table.confidence, 0)), words.say("Largest ratio"),
    )  # fmt: skip
    note = words.say("These gaps describe. The verdict looks at all comparisons of a limit at once; see section 7.2.")
    caption = words.say("Widest gaps between printed groups: {groups}", groups=words.columns(contract, by))
    return [long_table(words, caption, header, lines, right=(3, 4, 5), note=note)]


def to_everybody(words: Words, evidence: Evidence, *, metric: str, by: tuple[str, ...]) -> Table | None:
    """Return each printed group against everybody on one metric; None where nothing is printed."""
    table, contract = evidence.disparities, evidence.contract
    lines = [
        (
            capital(words.group(contract, by, table.group[i])), words.points(table.value[i]),
            words.say("{low} to {high}", low=words.points(table.low[i]), high=words.points(table.high[i])),
        )
        for i in table.rows(by=by, metric=metric, measure="difference", between="overall")
    ]  # fmt: skip
    if not lines:
        return None
    header = (words.say("Group"), words.say("Points above or below everybody"), _interval_head(words, evidence.metrics))
    caption = words.say(
        "{metric}, {groups}: each group against everybody",
        metric=capital(words.metric(metric)),
        groups=words.columns(contract, by),
    )
    return long_table(words, caption, header, lines, right=(1, 2))
