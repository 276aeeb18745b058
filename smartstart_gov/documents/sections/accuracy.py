"""How often the model is right: 100 signs for everybody, and again for each main group."""

from __future__ import annotations

from collections.abc import Sequence

from smartstart_gov.counting.printed import PrintedRow
from smartstart_gov.documents.blocks import Block, Figure, Prose, Table
from smartstart_gov.documents.charts import Hundred, Sign, hundred, hundreds
from smartstart_gov.documents.room import brief, title_of
from smartstart_gov.documents.sections.attribute import how_sure, judged, out_of_100
from smartstart_gov.documents.summary import by_lot, cells_of, outcome, printed, scored_areas, too_few
from smartstart_gov.documents.terms import _
from smartstart_gov.documents.words import Words, capital, whole
from smartstart_gov.evidence.edition import Evidence

#: So many groups are drawn beside everybody, and of attributes with no more levels than that.
MOST_GROUPS, MOST_LEVELS = 9, 8
#: What says most of how right a model is.
_MAIN = ("positive_predictive_value", "false_negative_rate", "false_positive_rate", "selection_rate", "base_rate", "accuracy")


def case(words: Words, evidence: Evidence, share: float = 1.0) -> str:
    """Return what one case is, what the outcome is, and of an area model that areas are scored."""
    label = evidence.contract.single("label")
    unit = brief(words, words.text(evidence.contract.unit_of_analysis).rstrip("."), int(120 * share))
    if label is None:
        told = words.say("One case is: {unit}.", unit=unit)
    else:
        told = words.say(
            "One case is: {unit}. The outcome is: {label}.",
            unit=unit,
            label=outcome(words, label, lambda text: brief(words, text, int(160 * share))),
        )
    return " ".join([*scored_areas(words, evidence), told])


def page(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the page."""
    total = printed(evidence).total
    if total is None:
        return (Prose(text=too_few(words, evidence)),)
    sure = how_sure(words, drawn=bool(_groups(words, evidence)))
    return Prose(text=case(words, evidence)), _figure(words, evidence, total), sure, _table(words, evidence)


def _figure(words: Words, evidence: Evidence, total: PrintedRow) -> Figure:
    say = words.say
    drawn = _groups(words, evidence)
    shown = [(say("Everybody"), total), *((name, row) for _, name, row in drawn)]
    rows = [Hundred(label=name, signs=_signs(row), text=_said(words, row)) for name, row in shown]
    legend: list[tuple[Sign, str]] = [
        ("selected", say("selected, with the outcome")), ("alarm", say("selected, without the outcome (false alarm)")),
        ("missed", say("not selected, with the outcome (missed)")), ("left", say("not selected, without the outcome")),
    ]  # fmt: skip
    alt = say("Pictures of 100 cases each.") + " " + " ".join(f"{row.label}: {' '.join(row.text)}" for row in rows)
    caption = say("One symbol is one of 100 cases.")
    if len(rows) > 1:
        small = say("A group is left out where a small count could be read or worked out from it.")
        caption = f"{caption} {small}"
    if any(len(printed(evidence).margin(one.attribute).rows) > MOST_LEVELS for one in judged(evidence)):
        pages = say("Attributes with many groups are not drawn here.")
        caption = f"{caption} {pages}"
    for attribute in dict.fromkeys(row[0] for row in drawn):
        unknown = printed(evidence).margin(attribute).unknown_rows
        if unknown:
            unknown_too = say(
                "{attribute}: not recorded for {share} cases, which stand in no group.",
                attribute=words.heading(evidence.contract, attribute), share=words.of_100(unknown / sum(total.cells)),
            )  # fmt: skip
            caption = f"{caption} {unknown_too}"
    rounded = say("Numbers are rounded so that they add up to 100; two of them together can be one off.")
    caption = f"{caption} {rounded}"
    return Figure(svg=hundreds(rows, legend=legend, alt=alt), alt=alt, caption=caption, basis=None)


def _groups(words: Words, evidence: Evidence) -> list[tuple[str, str, PrintedRow]]:
    """Return the printed groups of the attributes with few levels, attribute by attribute as long as whole ones fit."""
    found: list[tuple[str, str, PrintedRow]] = []
    for one in judged(evidence):
        rows = [row for row in printed(evidence).margin(one.attribute).rows if row.kind == "level"]
        if len(rows) > MOST_LEVELS or len(found) + len(rows) > MOST_GROUPS:
            continue
        names = [capital(title_of(words.group(evidence.contract, (one.attribute,), row.name), 70)) for row in rows]
        found += [(one.attribute, name, row) for name, row in zip(names, rows, strict=True)]
    return found


def _signs(row: PrintedRow) -> tuple[tuple[Sign, int], ...]:
    tn, fp, fn, tp = hundred(cells_of(row))
    return ("selected", tp), ("alarm", fp), ("missed", fn), ("left", tn)


def _said(words: Words, row: PrintedRow) -> tuple[str, ...]:
    cells = cells_of(row)
    _, fp, _fn, tp = hundred(cells)
    say, n, missed, so = words.say, words.number, cells[2], cells[2] + cells[3]
    return (
        say("Of 100 cases, the model selects {chosen}: {right} with the outcome.", chosen=n(fp + tp), right=n(tp)),
        # Of so few signs a share would be another than the one that stands elsewhere.
        say("It misses {missed} of 100 with the outcome.", missed=n(whole(missed / so)) if so else words.undefined),
    )


def _table(words: Words, evidence: Evidence) -> Table:
    table, say = evidence.metrics, words.say
    rows = []
    for name in [name for name in _MAIN if name in table.metrics]:
        e = table.at(0, table.metrics.index(name))
        if e.defined:
            rows.append((
                capital(words.metric(name)), words.number(e.denominator), words.number(e.numerator),
                words.number(whole(e.value)), words.between_100(e.low, e.high),
            ))  # fmt: skip
    header = (say("Everybody"), say("Out of"), say("Of these"), out_of_100(words, evidence), say("Range"))
    return Table(caption=say("The main numbers"), header=header, rows=tuple(rows), right=(1, 2, 3))


def in_two_sentences(words: Words, evidence: Evidence) -> Sequence[str]:
    """Return how often the model is right when it selects, and how often it misses, with the ranges."""
    table, said = evidence.metrics, []
    if not len(table):
        return (too_few(words, evidence),)
    asked = (
        ("positive_predictive_value", _("Of every 100 cases that the model selects, {n} have the outcome ({range}).")),
        ("false_negative_rate", _("Of every 100 cases with the outcome, the model misses {n} ({range}).")),
    )
    for name, sentence in asked:
        if name in table.metrics and (e := table.at(0, table.metrics.index(name))).defined:
            between = words.between_100(e.low, e.high)
            if name == "positive_predictive_value" and (total := printed(evidence).total) is not None:
                between = words.say("{range}; by lot: {n}", range=between, n=words.number(by_lot(cells_of(total), 100)))
            said.append(words.say(sentence, n=words.number(whole(e.value)), range=between))
    return said
