"""What the model relies on: mean absolute SHAP values with their standard errors, ties, and groups."""

from __future__ import annotations

import math
import re

from smartstart_gov.documents.blocks import Block, Figure, Prose
from smartstart_gov.documents.charts import Bar, bars
from smartstart_gov.documents.declarations import long_table
from smartstart_gov.documents.summary import of_areas
from smartstart_gov.documents.terms import CODES
from smartstart_gov.documents.words import LONGEST_LABEL, Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.explanation.attribution import Attribution

MOST_BARS = 15
#: What `explain` says of estimated values, behind the method.
_MOVED = re.compile(r"; other orders move a value by ([0-9.e+-]+)")
MOST_IN_GROUP = 5


def reliance(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return figure and tables of the attribution, or why there is none."""
    found = evidence.attribution
    if found is None:
        return (Prose(text=_why_none(words, evidence), basis="measured"),)
    intro = Prose(
        text=words.say(
            "A large number means that this fact changes the model's output a lot. It does not mean that the fact causes the"
            " outcome, and it says nothing about any one person. What matters is which number is larger (unit: {scale}).",
            scale=words.code("scale", found.scale) if found.scale in ("log-odds", "probability", "raw") else found.scale,
        ),
        keep=True,
    )
    return (
        intro,
        *_rows_alike(words, evidence),
        _figure(words, evidence, found),
        *_ties(words, evidence, found),
        _table(words, evidence, found),
        *_groups(words, evidence, found),
        _method(words, evidence, found),
    )


def _why_none(words: Words, evidence: Evidence) -> str:
    if evidence.training.origin == "predictions":
        return words.say("Only predictions were supplied, so it cannot be shown what the model relies on.")
    return words.say(
        "No explanation is shown. The explanation did not add up to the model's output, or cannot be made for this kind of"
        " model."
    )


def _rows_alike(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return that standard errors of rows are too small for a model of areas; nothing of another."""
    if not of_areas(evidence):
        return ()
    text = words.say(
        "The standard errors below are those of a draw of rows. The rows of one area are alike, so a draw of other areas can"
        " shift the numbers further."
    )
    return (Prose(text=text, basis="derived"),)


def _figure(words: Words, evidence: Evidence, found: Attribution) -> Figure:
    order, tied = found.ranking()[:MOST_BARS], found.tied_with_next()
    rows = [
        Bar(
            label=words.heading(evidence.contract, found.features[i], longest=LONGEST_LABEL),
            value=float(found.mean_absolute[0, i]),
            error=_zero(float(found.standard_error[0, i])),
            text=words.decimal(float(found.mean_absolute[0, i]), 3),
            tied=tied[place],
        )
        for place, i in enumerate(order)
    ]
    names = ", ".join(row.label for row in rows[:3])
    alt = words.say(
        "Bar chart of what the model relies on. The largest values are: {names}. The same numbers are in the table below.",
        names=names,
    )
    caption = words.say(
        "What the model relies on. The thin line shows how far the draw of rows may shift the number (one standard error)."
    )
    if any(row.tied for row in rows):
        joined = words.say("A vertical line joins facts that cannot be told apart.")
        caption = f"{caption} {joined}"
    return Figure(svg=bars(rows, alt=alt), alt=alt, caption=caption)


def _ties(words: Words, evidence: Evidence, found: Attribution) -> tuple[Block, ...]:
    """Say which facts cannot be told apart: the order in which they stand is then no finding."""
    groups = [
        words.columns(evidence.contract, tuple(found.features[i] for i in group), longest=LONGEST_LABEL)
        for group in found.ties()
    ]
    if not groups:
        return ()
    text = words.say(
        "These rows cannot show which of these facts is larger, so the facts share a rank: {facts}.", facts="; ".join(groups)
    )
    return (Prose(text=text, basis="measured"),)


def _size(words: Words, evidence: Evidence, found: Attribution) -> str:
    """Say why so many rows were explained and no more."""
    asked = evidence.policy.explanation
    if found.ended is None or found.reached is None:
        return ""
    # Rounded upwards: what is at most so much, is.
    reached = words.percent(math.ceil(round(found.reached * 1000, 6)) / 1000, 1)
    if found.ended == "standard_error":
        return words.say(
            "No more rows were needed: the standard error of the largest facts is at most {reached} of the number itself, and"
            " the policy asks for {target}.",
            reached=reached, target=words.percent(asked.standard_error, 0),
        )  # fmt: skip
    if found.ended == "rows":
        return words.say(
            "The policy allows no more rows. With these rows, the standard error of the largest facts is at most {reached} of"
            " the number itself.",
            reached=reached,
        )
    return words.say(
        "The policy allows {seconds} seconds, too few for more rows. With these rows, the standard error of the largest facts"
        " is at most {reached} of the number itself.",
        seconds=words.number(asked.seconds), reached=reached,
    )  # fmt: skip


def _table(words: Words, evidence: Evidence, found: Attribution) -> Block:
    rows, place = [], 0
    tied = found.tied_with_next()
    joined = False
    for position, i in enumerate(found.ranking()):
        place = place if joined else position + 1
        rows.append([
            words.number(place), words.heading(evidence.contract, found.features[i], longest=LONGEST_LABEL),
            words.decimal(float(found.mean_absolute[0, i]), 3), words.decimal(float(found.standard_error[0, i]), 3),
            words.say("cannot be told apart from the next one") if tied[position] else "",
        ])  # fmt: skip
        joined = tied[position]
    header = [words.say("Rank"), words.say("Fact"), words.say("Mean effect"), words.say("Standard error"), words.say("Tie")]
    note = words.say("The standard error says how far the draw of rows may shift a number.")
    if any(tied):
        shared = words.say("Facts share a rank if their difference is smaller than two standard errors.")
        note = f"{note} {shared}"
    # A column in which nothing stands only raises questions.
    kept = slice(None) if any(tied) else slice(4)
    lines = [tuple(row[kept]) for row in rows]
    caption = words.say("All facts that the model uses")
    return long_table(words, caption, tuple(header[kept]), lines, right=(0, 2, 3), note=note)


def _groups(words: Words, evidence: Evidence, found: Attribution) -> tuple[Block, ...]:
    order = found.ranking()[:MOST_IN_GROUP]
    rows = [
        (
            capital(words.group(evidence.contract, (found.by[g],) if found.by[g] else (), found.groups[g])),
            words.number(found.group_rows[g]),
            *(
                f"{words.decimal(float(found.mean_absolute[g, i]), 3)} ± {words.decimal(float(found.standard_error[g, i]), 3)}"
                for i in order
            ),
        )
        for g in range(len(found.groups))
    ]
    if len(rows) < 2:
        return ()
    header = (
        words.say("Group"),
        words.say("Rows"),
        *(words.heading(evidence.contract, found.features[i], longest=LONGEST_LABEL) for i in order),
    )
    right = tuple(range(1, len(header)))
    note = words.say("The number after ± is one standard error. It is larger when there are fewer rows.")
    if len(order) < len(found.features):
        few = words.say("Only the {n} facts with the largest effect stand here.", n=words.number(len(order)))
        note = f"{few} {note}"
    return (long_table(words, words.say("What the model relies on, by group"), header, rows, right=right, note=note),)


def _method(words: Words, evidence: Evidence, found: Attribution) -> Prose:
    text = words.say(
        "Method: {method}, on {rows} rows of this audit compared with {background} background rows. The values of a row add"
        " up to the distance between its output and the mean output of the background. The gap is nowhere larger than {gap}.",
        method=_explainer(words, found), rows=words.number(found.rows), background=words.number(found.background),
        gap=words.short(_rounded_up(found.additivity_gap)),
    )  # fmt: skip
    text = " ".join(part for part in (text, _by_other_orders(words, found), _size(words, evidence, found)) if part)
    if evidence.training.origin == "model":
        known = words.say(
            "The background rows are rows of this audit, because the rows that the model was trained on are not known."
        )
        text = f"{text} {known}"
    return Prose(text=text, basis="measured")


def _explainer(words: Words, found: Attribution) -> str:
    """Return what computed the values, without its settings; the name of a program is the same in every language."""
    name = found.explainer.partition(",")[0]
    return words.code("explainer", name) if name in CODES["explainer"] else name


def _by_other_orders(words: Words, found: Attribution) -> str:
    """Return how exact estimated values are; nothing where they are exact."""
    moved = _MOVED.search(found.explainer)
    if moved is None:
        return ""
    return words.say(
        "These values are estimates: another random order of the facts would shift a row's value by about {by}. The standard"
        " errors above do not include this.",
        by=words.short(float(moved[1])),
    )


def _rounded_up(gap: float) -> float:
    """Return the power of ten that `gap` does not exceed, at least a millionth: more digits say nothing."""
    return float(10.0 ** max(-6, math.ceil(math.log10(gap)))) if gap > 0 else 1e-6


def _zero(error: float) -> float:
    return 0.0 if math.isnan(error) else error
