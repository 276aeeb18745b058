"""What a reader without statistics needs: natural frequencies, where the rows went, who is counted, who signs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from smartstart_gov.authoring.contract import Column
from smartstart_gov.authoring.names import BURDENS
from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.printed import PrintedMargin, PrintedRow, PrintedTally
from smartstart_gov.documents.blocks import Block, Bullets, Prose, Table
from smartstart_gov.documents.charts import hundred
from smartstart_gov.documents.declarations import long_table
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.statistics.rates import RATES
from smartstart_gov.training.record import EXCLUSIONS

PEOPLE = 1000
#: From this share on nearly everybody is selected, and equal shares say little.
NEARLY_ALL = 0.95


def printed(evidence: Evidence) -> PrintedTally:
    """Return the printed counts of the public edition."""
    if not isinstance(evidence.tally, PrintedTally):
        raise ValueError("documents read the public edition only")
    return evidence.tally


def _pooled(evidence: Evidence, margin: PrintedMargin) -> int | None:
    """Return how many rows of known group are not printed by group; None where it would say how many are not recorded."""
    rows = sum(sum(row.cells) for row in margin.rows if row.kind == "pool")
    recorded = evidence.contract.column(margin.attribute).maximum_unknown_share is None
    if recorded or any(row.kind == "unknown" for row in margin.rows):
        return rows
    return None if margin.unknown_rows is None else rows - margin.unknown_rows


def legend(words: Words) -> tuple[Block, ...]:
    """Return what the four kinds of statements mean; stated once in a document."""
    return (
        Prose(
            text=words.say("Counted or checked by the software, in the data, the files and the log."),
            basis="measured",
            keep=True,
        ),
        Prose(text=words.say("Written by people. The software shows it but does not check it."), basis="declared", keep=True),
        Prose(
            text=words.say("Derived by the software from what was measured or declared. It is only as true as its source."),
            basis="derived",
            keep=True,
        ),
        Prose(text=words.say("Not known yet. The text says who has to fill it in, and where."), basis="open"),
    )


def answers(words: Words) -> tuple[Block, ...]:
    """Return what the three answers to a question mean."""
    say = words.say
    items = (
        (
            words.code("status", "PASSED"),
            say("every comparison is within the limit, even allowing for chance; or a rule was checked, and is kept."),
        ),
        (words.code("status", "FAILED"), say("a limit is crossed by more than chance explains, or a rule is broken.")),
        (
            words.code("status", "NOT_SHOWN"),
            say(
                "neither of the two: there is too little evidence, a fact has not been filled in, or something was found that"
                " does not prove a breach."
            ),
        ),
        (
            words.code("status", "DECLARED"),
            say("a rule asks people to write something down, and they did. The software does not check what they wrote."),
        ),
    )
    return (
        Prose(text=say("Every question has one of these answers:"), keep=True),
        Bullets(items=tuple(f"{capital(word)}: {meaning}" for word, meaning in items)),
    )


def better(evidence: Evidence, metric: str) -> Literal["lower", "higher", "neither"]:
    """Return which direction of a rate is better for people, by what a high score leads to.

    Where that is a burden, fewer selections are better, and nobody is harmed by being missed.
    """
    charter, usual = evidence.charter, RATES[metric].better
    if not (charter.coercive or charter.effect in BURDENS):
        return usual
    return {"selection_rate": "lower", "true_positive_rate": "neither", "false_negative_rate": "neither"}.get(metric, usual)  # type: ignore[return-value]  # one of the three


def upwards(evidence: Evidence, limit: Limit | None, metric: str) -> bool | None:
    """Return whether a higher rate is worse for a group; None where neither direction is."""
    if limit is not None and limit.harm != "both":
        return limit.harm == "higher"
    return {"lower": True, "higher": False, "neither": None}[better(evidence, metric)]


def one_sided(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return that nearly everybody is selected, or that it cannot be said; nothing where neither holds."""
    total = printed(evidence).total
    if total is None:
        return (Prose(text=too_few(words, evidence), basis="measured"),)
    tn, fp, fn, tp = cells_of(total)
    share = (tp + fp) / (tn + fp + fn + tp)
    if share < NEARLY_ALL:
        return ()
    text = words.say(
        "Nearly everybody is selected: {selected} of {all} cases ({share}). Equal shares between groups then prove little.",
        selected=words.number(total.cells[1] + total.cells[3]), all=words.number(sum(total.cells)),
        share=words.percent(share),
    )  # fmt: skip
    return (Prose(text=text, basis="measured"),)


def too_few(words: Words, evidence: Evidence) -> str:
    """Return why no count is printed at all."""
    return words.say(
        "No counts are printed. There are four kinds of case (selected or not, rightly or wrongly), and at least one kind has"
        " fewer than {k}. It may be that nearly everybody is selected, or hardly anybody.",
        k=words.number(printed(evidence).k),
    )


def frequencies(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return how often the model is right and wrong, in whole cases out of a thousand, and as 100 signs."""
    total = printed(evidence).total
    label = evidence.contract.single("label")
    if total is None or label is None:
        return (Prose(text=words.say("How often the model is right may not be printed."), basis="measured"),)
    cells = cells_of(total)
    tn, fp, fn, tp = hundred(cells, PEOPLE)
    say = words.say
    items = (
        say(
            "Of every {n} cases, {so} had this outcome. The model selected {tp} of them and missed {fn}.",
            n=words.number(PEOPLE),
            so=words.number(tp + fn),
            tp=words.number(tp),
            fn=words.number(fn),
        ),
        say(
            "{not_so} cases did not have this outcome. The model selected {fp} of them anyway: false alarms.",
            not_so=words.number(tn + fp),
            fp=words.number(fp),
        ),
        say(
            "In all, the model selected {chosen} cases. In {tp} of them it was right. Of as many cases drawn by lot, about"
            " {lot} would have this outcome.",
            chosen=words.number(tp + fp),
            tp=words.number(tp),
            lot=words.number(by_lot(cells, tp + fp)),
        ),
    )
    meaning = Prose(
        lead=say("How often is the model right?"),
        text=" ".join([
            *scored_areas(words, evidence),
            say(
                "One case is: {unit}. The outcome is: {label}.",
                unit=words.text(evidence.contract.unit_of_analysis).rstrip("."), label=outcome(words, label),
            ),
        ]),
        keep=True,
    )  # fmt: skip
    return meaning, Bullets(items=items, basis="measured")


def by_lot(cells: tuple[int, int, int, int], n: int) -> int:
    """Return how many of `n` cases drawn by lot have the outcome, on average: what a model adds shows only beside that.

    Examples
    --------
    >>> by_lot((60, 20, 5, 15), 40)
    8
    """
    _tn, _fp, fn, tp = cells
    return math.floor(n * (fn + tp) / sum(cells) + 0.5)


def of_areas(evidence: Evidence) -> bool:
    """Return whether the rows show that the model scores areas, and that people are only counted."""
    return evidence.training.areas is not None and evidence.training.areas.hold


def scored_areas(words: Words, evidence: Evidence) -> tuple[str, ...]:
    """Return what has to be said first of a model of areas: that no person has a score, and what its cases are then."""
    if not of_areas(evidence):
        return ()
    level = words.code("aggregation", evidence.contract.aggregation_level)
    return (
        words.say(
            "No person gets a score: the model scores areas ({level}), and people are only counted.",
            level=level,
        ),
    )


def outcome(words: Words, label: Column, cut: Callable[[str], str] = str) -> str:
    """Return what a positive case is. Which value counts as positive is said too, where it may not be the plain yes.

    `cut` shortens the meaning, never the value: without it a text could say the opposite.
    """
    meaning = cut(words.text(label.meaning).rstrip("."))
    answer = label.label_of(str(label.positive), words.lang)
    if label.positive in (True, 1) or answer.casefold() == words.say("yes"):
        return meaning
    return words.say("'{answer}' ({meaning})", meaning=meaning, answer=answer)


def cells_of(row: PrintedRow) -> tuple[int, int, int, int]:
    """Return the four cells by weight where rows have weights, else by number."""
    if row.weights is None:
        return row.cells
    tn, fp, fn, tp = (total for total, *_ in row.weights)
    return tn, fp, fn, tp


def balance(words: Words, evidence: Evidence) -> Table:
    """Return where every row that was read went; the rows add up."""
    training = evidence.training
    rows = [(capital(words.code("part", p.name)) if _known(p.name) else p.name, words.number(p.rows)) for p in training.parts]
    rows.append((words.say("Total: rows read"), words.number(training.read)))
    header = (words.say("Rows"), words.say("Number"))
    return Table(caption=words.say("Where the rows went"), header=header, rows=tuple(rows), right=(1,), basis="measured")


def _known(name: str) -> bool:
    return name in ("fit", "develop", "audit", *EXCLUSIONS)


def balance_line(words: Words, evidence: Evidence) -> str:
    """Return the balance sheet in one sentence."""
    training = evidence.training
    audited = sum(p.rows for p in training.parts if p.name == "audit")
    left_out = _left_out(words, evidence)
    if training.folds is not None and of_areas(evidence):
        return words.say(
            "{read} people were counted, in {areas} areas; {audited} of them are in this audit. Each area was scored by a copy"
            " of the model that was trained without it. Left out: {out}.",
            read=words.number(training.read), audited=words.number(audited), out=left_out,
            areas=words.number(0 if training.areas is None else training.areas.units),
        )  # fmt: skip
    if training.folds is not None and all(part.rows == 0 for part in training.parts if part.name in EXCLUSIONS):
        return words.say(
            "{read} rows were read, and all of them are in this audit. Each was scored by a copy of the model that was"
            " trained without it.",
            read=words.number(training.read),
        )
    if training.folds is not None:
        return words.say(
            "{read} rows were read, and {audited} of them are in this audit. Each was scored by a copy of the model that was"
            " trained without it. Left out: {out}.",
            read=words.number(training.read), audited=words.number(audited), out=left_out,
        )  # fmt: skip
    if training.origin != "trained":
        return words.say(
            "{read} rows were read, and {audited} of them are in this audit. Left out: {out}.",
            read=words.number(training.read), audited=words.number(audited), out=left_out,
        )  # fmt: skip
    return words.say(
        "{read} rows were read: the model was trained on {trained} and tried out on {tried}, and {audited} are in this audit."
        " Left out: {out}.",
        read=words.number(training.read), audited=words.number(audited), out=left_out,
        **{
            key: words.number(sum(p.rows for p in training.parts if p.name == name))
            for key, name in (("trained", "fit"), ("tried", "develop"))
        },
    )  # fmt: skip


def _left_out(words: Words, evidence: Evidence) -> str:
    """Return how many rows are in none of the parts, and why."""
    parts = [part for part in evidence.training.parts if part.name in EXCLUSIONS and part.rows]
    why = [words.code("why_left_out", part.name) for part in parts]
    if len(parts) > 1:
        why = [f"{words.number(part.rows)}: {reason}" for part, reason in zip(parts, why, strict=True)]
    if not parts:
        return words.say("none of the rows that were read; what was dropped before that is not counted here")
    return f"{words.number(sum(part.rows for part in parts))} ({'; '.join(why)})"


def weighted_line(words: Words, evidence: Evidence) -> tuple[str, ...]:
    """Return in one sentence what is weighted and what is not; nothing where rows have no weights."""
    column = evidence.contract.single("weight")
    if column is None:
        return ()
    line = words.say(
        "Rows have weights ({column}). Shares and answers are weighted; numbers of cases count every row once.",
        column=words.column(evidence.contract, column.name),
    )
    if evidence.training.weighted_fit is not None:
        line += " " + (
            words.say("The model was trained with these weights.")
            if evidence.training.weighted_fit
            else words.say("The model was trained without them, because its estimator takes no weights.")
        )
    return (line,)


def coverage(words: Words, evidence: Evidence) -> tuple[str, ...]:
    """Return for each attribute, in one sentence each, who is not counted by themselves and whose group is unknown."""
    tally = printed(evidence)
    if tally.total is None:
        return (words.say("No group is printed."),)
    everybody = sum(tally.total.cells)
    sentences = []
    for margin in tally.margins:
        name = words.heading(evidence.contract, margin.attribute)
        known = [_printed_line(words, evidence, margin, name, everybody)]
        unknown = unknown_line(words, margin, evidence)
        known += [] if unknown is None else [unknown]
        sentences.append(" ".join(known))
    return tuple(sentences)


def _printed_line(words: Words, evidence: Evidence, margin: PrintedMargin, name: str, everybody: int) -> str:
    if margin.printed == 0:
        return words.say("{name}: no group is large enough to print.", name=name)
    if not margin.hidden:
        if margin.declared == 2:
            return words.say("{name}: both groups are printed.", name=name)
        if margin.declared == 1:
            return words.say("{name}: the only group is printed.", name=name)
        return words.say("{name}: all {n} groups are printed.", name=name, n=words.number(margin.declared))
    few = _pooled(evidence, margin)
    if few is None:
        return words.plural(
            "{name}: {n} of {declared} groups is not printed separately; it counts in the answers.",
            "{name}: {n} of {declared} groups are not printed separately; they count in the answers.",
            margin.hidden,
            name=name, declared=words.number(margin.declared),
        )  # fmt: skip
    return words.plural(
        "{name}: {n} of {declared} groups is not printed separately. It has {share} of the rows, and it counts in the answers.",
        "{name}: {n} of {declared} groups are not printed separately. Together they have {share} of the rows, and they count"
        " in the answers.",
        margin.hidden,
        name=name, declared=words.number(margin.declared), share=words.percent(few / everybody),
    )  # fmt: skip


def not_recorded(words: Words, evidence: Evidence, margin: PrintedMargin) -> str | None:
    """Return the share of the rows whose group is not recorded; None where the contract allows none."""
    total = printed(evidence).total
    if evidence.contract.column(margin.attribute).maximum_unknown_share is None:
        return None
    if margin.unknown_rows is None or total is None:
        return words.say("not recorded: none, or too few to print")
    share = 100 * margin.unknown_rows / sum(total.cells)
    if share < 0.5:
        return words.say("not recorded: fewer than 1 of 100")
    return words.say("not recorded: {n} of 100", n=words.number(round(share)))


def unknown_line(words: Words, margin: PrintedMargin, evidence: Evidence) -> str | None:
    """Return how many rows have no known group; None where the contract allows none."""
    most = evidence.contract.column(margin.attribute).maximum_unknown_share
    if most is None:
        return None
    share = not_recorded(words, evidence, margin)
    return words.say("{share} (at most {allowed} is allowed).", share=capital(str(share)), allowed=words.percent(most))


def unknown_rows(words: Words, evidence: Evidence) -> Table:
    """Return for each attribute how many groups are printed, and the share of pooled and of unknown rows."""
    tally = printed(evidence)
    everybody = 0 if tally.total is None else sum(tally.total.cells)
    rows = []
    for margin in tally.margins:
        few = _pooled(evidence, margin)
        may_be = evidence.contract.column(margin.attribute).maximum_unknown_share is not None
        none = words.say("none, or not printed") if may_be else words.say("none")
        rows.append((
            words.heading(evidence.contract, margin.attribute),
            words.number(margin.declared),
            words.number(margin.printed),
            words.percent(few / everybody) if few is not None and everybody and margin.rows else words.say("not printed"),
            none if margin.unknown_rows is None or not everybody else words.percent(margin.unknown_rows / everybody),
        ))  # fmt: skip
    header = (
        words.say("Attribute"), words.say("Groups"), words.say("Printed"),
        words.say("Share of rows not printed by group"), words.say("Share of rows whose group is not recorded"),
    )  # fmt: skip
    note = words.say(
        "A group is printed if each of its four counts is at least {k}: rightly or wrongly selected, and rightly or wrongly"
        " not selected. Sometimes a larger group is left out too, because somebody could otherwise work out a small count by"
        " subtraction.",
        k=words.number(tally.k),
    )
    return long_table(words, words.say("Which groups are printed"), header, rows, right=(1, 2, 3, 4), note=note)


def signatures(words: Words, evidence: Evidence) -> Table:
    """Return who has to sign, with room for it."""
    header = (words.say("Role"), words.say("Agreed?"), words.say("Date"), words.say("Name and signature"))
    rows = tuple((words.text(s.title), "", "", "") for s in evidence.charter.signatories)
    return Table(caption=words.say("Who must sign"), header=header, rows=rows, signing=True)
