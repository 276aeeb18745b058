"""What other thresholds, and other numbers of places, would give: the parts of the scores that are printed, added up.

Nothing here is counted anew. Each cut is an edge of the curve of scores, so every number is a sum of parts that are printed as
they are; the threshold of the audit stands among them with its own four counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from smartstart_gov.documents.blocks import Block, Figure, Prose, Tone
from smartstart_gov.documents.charts import Place, Series, curves
from smartstart_gov.documents.declarations import long_table
from smartstart_gov.documents.outline import Ref, Section
from smartstart_gov.documents.summary import printed
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.statistics.estimates import Estimate, overall, unit_squares
from smartstart_gov.statistics.intervals import wilson
from smartstart_gov.statistics.rates import rate

#: What is said of each threshold, and the sign of each line in the figures.
METRICS: dict[str, Place] = {
    "selection_rate": "inside", "false_negative_rate": "beyond", "false_positive_rate": "unsure",
    "positive_predictive_value": "unjudged",
}  # fmt: skip
_DRAWN = ("selection_rate", "false_negative_rate", "false_positive_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One threshold for everybody: `own` is that of the audit; rates by name, unweighted."""

    threshold: float
    own: bool
    rates: dict[str, Estimate]


def cuts(evidence: Evidence) -> tuple[Cut, ...]:
    """Return every threshold of which the printed counts say what it would give, from low to high; none without a curve.

    Rows of one unit are taken as entirely alike, as in the curve itself.
    """
    found, total = evidence.scores, printed(evidence).total
    everybody = overall(printed(evidence))
    if found is None or found.curve is None or len(found.curve) < 2 or total is None or everybody is None:
        return ()
    curve, own = found.curve, float(evidence.training.threshold)
    rows, positives = np.array(curve.rows), np.array(curve.positives)
    design = 1.0
    if everybody.products is not None:
        every = np.ones(4, dtype=np.int64)
        nn, _ = unit_squares(everybody.products, everybody.spare, every, every, np.zeros(1))
        design = max(float(nn[0]) / float(rows.sum()), 1.0)
    counted = {own: total.cells}
    for i in range(1, len(curve)):
        high, low = rows[i:].sum() - positives[i:].sum(), rows[:i].sum() - positives[:i].sum()
        cells = (int(low), int(high), int(positives[:i].sum()), int(positives[i:].sum()))
        counted.setdefault(curve.edges[i] / curve.edges[-1], cells)
    return tuple(
        Cut(threshold=at, own=at == own, rates={name: _rate(name, counted[at], design, curve.confidence) for name in METRICS})
        for at in sorted(counted)
    )


def _rate(name: str, cells: tuple[int, int, int, int], design: float, confidence: float) -> Estimate:
    numerator, denominator = (int(x[0]) for x in rate(name).counts(np.array([cells])))
    low, high = (float(x) for x in wilson(numerator / design, denominator / design, confidence))
    value = numerator / denominator if denominator else float("nan")
    return Estimate(
        metric=name, by=(), group="overall", numerator=numerator, denominator=denominator, value=value, low=low, high=high,
        method="wilson", confidence=confidence,
    )  # fmt: skip


def thresholds(words: Words, evidence: Evidence) -> Section | None:
    """Return the section; none where no scores, or too few of them, are printed."""
    found = cuts(evidence)
    if len(found) < 2:
        return None
    title = words.say("What other thresholds would give")
    blocks = (_meaning(words, evidence), _by_threshold(words, found), _by_places(words, found), _table(words, evidence, found))
    return Section(id="thresholds", title=title, blocks=blocks)


def _meaning(words: Words, evidence: Evidence) -> Block:
    told = [
        words.say(
            "These numbers describe the rows of this audit. Anybody who chooses another threshold for that needs a new audit,"
            " on rows that nobody has looked at yet."
        )
    ]
    total = printed(evidence).total
    if total is not None and total.clusters is not None:
        told.append(
            words.say(
                "Rows with the same key count as entirely alike here. So the intervals differ from those in {where}, for which"
                " it was counted how alike they are.",
                where=Ref("overall"),
            )
        )
    return Prose(text=" ".join(told), keep=True)


def _series(words: Words, found: tuple[Cut, ...], name: str, *, by_places: bool = False) -> Series:
    points = tuple(
        (cut.rates["selection_rate"].value if by_places else cut.threshold, e.value, e.low, e.high)
        for cut in found
        for e in (cut.rates[name],)
        if e.defined
    )
    return Series(label=capital(words.metric(name)), sign=METRICS[name], points=points)


def _by_threshold(words: Words, found: tuple[Cut, ...]) -> Figure:
    own = next((cut.threshold for cut in found if cut.own), None)
    lowest, highest = found[0], found[-1]
    alt = words.say(
        "Lines of {metrics} for {n} thresholds. From the lowest threshold to the highest one, the share of cases that is"
        " selected falls from {first} to {last}, and the share that is missed rises from {few} to {many}. The same numbers"
        " are in the table below.",
        metrics=words.listed([words.metric(name) for name in _DRAWN]), n=words.number(len(found)),
        first=words.percent(lowest.rates["selection_rate"].value), last=words.percent(highest.rates["selection_rate"].value),
        few=words.percent(lowest.rates["false_negative_rate"].value),
        many=words.percent(highest.rates["false_negative_rate"].value),
    )  # fmt: skip
    svg = curves(
        [_series(words, found, name) for name in _DRAWN], across=words.say("threshold: score from which a case is selected"),
        at=own, at_label=words.say("this audit"), tick=words.short, share=words.percent, alt=alt,
    )  # fmt: skip
    caption = words.say(
        "By threshold. The thin lines are {confidence} confidence intervals.", confidence=_confidence(words, found)
    )
    return Figure(svg=svg, alt=alt, caption=caption)


def _by_places(words: Words, found: tuple[Cut, ...]) -> Figure:
    own = next((cut.rates["selection_rate"].value for cut in found if cut.own), None)
    few, many = found[-1].rates, found[0].rates
    alt = words.say(
        "Line of how many cases with the outcome are selected, by how many cases are selected in all. With {few} of all cases"
        " selected it is {first}; with {many} it is {last}. The same numbers are in the table below.",
        few=words.percent(few["selection_rate"].value), first=words.percent(1 - few["false_negative_rate"].value),
        many=words.percent(many["selection_rate"].value), last=words.percent(1 - many["false_negative_rate"].value),
    )  # fmt: skip
    missed = _series(words, found, "false_negative_rate", by_places=True)
    reached = tuple((x, 1 - y, 1 - high, 1 - low) for x, y, low, high in missed.points)
    label = capital(words.metric("true_positive_rate"))
    svg = curves(
        [Series(label=label, sign="inside", points=reached)], across=words.say("share of all cases that is selected"),
        at=own, at_label=words.say("this audit"), diagonal=words.say("choosing by lot"), tick=lambda x: words.percent(x, 0),
        share=words.percent, alt=alt,
    )  # fmt: skip
    caption = words.say(
        "By number of places: of the cases with the outcome, the share that is selected if the highest scores go first. The"
        " dashed line is choosing by lot."
    )
    return Figure(svg=svg, alt=alt, caption=caption)


def _confidence(words: Words, found: tuple[Cut, ...]) -> str:
    return words.percent(found[0].rates["selection_rate"].confidence, 0)


def _table(words: Words, evidence: Evidence, found: tuple[Cut, ...]) -> Block:
    def cell(e: Estimate) -> str:
        value, low, high = (words.points(x) for x in (e.value, e.low, e.high))
        return words.say("{value} ({low} to {high})", value=value, low=low, high=high)

    def told() -> Iterator[tuple[str, ...]]:
        for cut in found:
            at = words.exact(evidence.training.threshold) if cut.own else words.decimal(cut.threshold, 3)
            if cut.own:
                at = words.say("{threshold} (this audit)", threshold=at)
            yield at, words.number(cut.rates["selection_rate"].numerator), *(cell(cut.rates[name]) for name in METRICS)

    tones: list[Tone] = ["head" if cut.own else "plain" for cut in found]
    header = (words.say("Score from"), words.say("Selected cases"), *(capital(words.metric(name)) for name in METRICS))
    return long_table(
        words, words.say("Everybody, by threshold"), header, list(told()), right=tuple(range(1, 6)), tones=tones,
        note=words.say(
            "Shares are percentages; the {confidence} confidence interval is in brackets.",
            confidence=_confidence(words, found),
        ),
    )  # fmt: skip
