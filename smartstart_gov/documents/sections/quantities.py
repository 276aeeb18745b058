"""What each metric says, its value over everybody, and the gaps between groups."""

from __future__ import annotations

import math

from smartstart_gov.documents.blocks import Block, Prose, Table
from smartstart_gov.documents.declarations import long_table
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.summary import better, too_few
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.statistics.contrasts import METHODS
from smartstart_gov.statistics.estimates import MetricTable
from smartstart_gov.statistics.rates import RATES

#: After whom the interval of a share is called.
_MAKERS = {"wilson": "Wilson", "clopper_pearson": "Clopper-Pearson"}


def overall(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return every metric over everybody, with what it means."""
    table = evidence.metrics
    if not len(table):
        return (Prose(text=too_few(words, evidence), basis="measured"),)
    rows = []
    for column, name in enumerate(table.metrics):
        estimate = table.at(0, column)
        rows.append((
            capital(words.metric(name)), words.percent(estimate.value), words.range(estimate.low, estimate.high),
            words.number(estimate.numerator), words.number(estimate.denominator),
        ))  # fmt: skip
    header = (
        words.say("Metric"),
        share_head(words, evidence),
        interval_head(words, table),
        words.say("Number"),
        words.say("Out of"),
    )
    return (long_table(words, words.say("Everybody"), header, rows, right=(1, 2, 3, 4)),)


def definitions(words: Words, evidence: Evidence) -> Table:
    """Return every metric of the bundle: what the field calls it, its definition, which way is better, and who defined it."""
    rows = []
    for name in evidence.metrics.metrics:
        of, called = RATES[name], capital(words.metric(name))
        rows.append((
            f"{called} ({of.term})" if words.lang == "en" else called, sentence(words, evidence, name),
            words.code("reading", better(evidence, name)), of.citation,
        ))  # fmt: skip
    header = (words.say("Metric"), words.say("What it says"), words.say("How to read it"), words.say("Where it was defined"))
    note = words.say(
        "Intervals of shares follow {share}, those of differences {difference}, and those of ratios {ratio}.",
        share=_MAKERS[evidence.metrics.method], difference=METHODS[evidence.disparities.differences],
        ratio=METHODS["miettinen_nurminen"],
    )  # fmt: skip
    return Table(caption=words.say("The metrics in this document"), header=header, rows=tuple(rows), note=note)


def sentence(words: Words, evidence: Evidence, name: str) -> str:
    """Return what a metric says, with the numbers of everybody in this audit."""
    of, table = RATES[name], evidence.metrics
    x, n = "x", "n"
    if len(table):
        everybody = table.at(0, table.metrics.index(name))
        if everybody.defined:
            x, n = words.number(everybody.numerator), words.number(everybody.denominator)
    return of.meaning[words.lang].format(x=x, n=n)


def share_head(words: Words, evidence: Evidence) -> str:
    """Return the head of a column of shares; with weights a share is not the quotient of the counts beside it."""
    return words.say("Share") if evidence.contract.single("weight") is None else words.say("Share, weighted")


def interval_head(words: Words, table: MetricTable) -> str:
    """Return the head of a column of intervals."""
    return words.say("{confidence} confidence interval", confidence=words.percent(table.confidence, 0))


def gaps(words: Words, evidence: Evidence, by: tuple[str, ...]) -> list[Block]:
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
        words.say("{confidence} confidence interval", confidence=words.percent(table.confidence, 0)),
        words.say("Largest ratio"),
    )  # fmt: skip
    note = words.say(
        "Only groups that are printed separately are compared here. The verdict looks at all groups; see {where}.",
        where=Ref("limits"),
    )
    caption = words.say("Widest gaps between printed groups: {groups}", groups=words.columns(contract, by))
    return [long_table(words, caption, header, lines, right=(3, 4, 5), note=note)]


def to_everybody(words: Words, evidence: Evidence, *, metric: str, by: tuple[str, ...]) -> Table | Prose | None:
    """Return each printed group against everybody on one metric: one group in a sentence; None where nothing is printed."""
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
    if len(lines) == 1:
        group, points, interval = lines[0]
        lead = f"{capital(words.metric(metric))}, {words.columns(contract, by)}."
        text = words.say(
            "Only one group is printed separately. {group} compared with everybody: {points} percentage points ({interval}).",
            group=group, points=points, interval=interval,
        )  # fmt: skip
        return Prose(lead=lead, text=text, basis="measured")
    header = (
        words.say("Group"),
        words.say("Percentage points above or below everybody"),
        interval_head(words, evidence.metrics),
    )
    caption = words.say(
        "{metric}, {groups}: each group compared with everybody",
        metric=capital(words.metric(metric)),
        groups=words.columns(contract, by),
    )
    return long_table(words, caption, header, lines, right=(1, 2))
