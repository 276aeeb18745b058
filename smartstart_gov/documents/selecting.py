"""Who counts as selected: from a fixed score on, or the highest scores up to a capacity."""

from __future__ import annotations

from smartstart_gov.canonical import unreal
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def threshold_text(words: Words, evidence: Evidence) -> str:
    """Return from which score a case counts as selected, and how that score came about."""
    if evidence.policy.threshold.as_given is not None:
        return words.say(
            "Each case came with its decision, and without a score. What another threshold would do cannot be known."
        )
    cut, score = evidence.training.cut, words.short(unreal(evidence.training.threshold))
    plain = words.say("A score of {value} or more counts as selected.", value=score)
    if cut is None:
        return plain
    how = words.say(
        "There is room for {capacity} of these {rows} cases, and the highest scores go first.",
        capacity=words.number(cut.capacity), rows=words.number(cut.rows),
    )  # fmt: skip
    if cut.tied == 0:
        return f"{how} {plain}"
    number = words.say("Fewer than {k}", k=words.number(evidence.policy.disclosure.k))
    ties = words.say(
        "{number} cases have the score at which the room ended, and did not all fit. They are equal, so none of them is"
        " selected.",
        number=number if cut.tied is None else words.number(cut.tied),
    )
    return f"{how} {plain} {ties}"
