"""By what rule a group counts as lost when sources are linked: the numbers, as they stand in the evidence."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Prose
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def link_rule(words: Words, evidence: Evidence) -> tuple[Prose, ...]:
    """Return the rule; nothing where no sources were linked, or the evidence does not say."""
    if evidence.losses is None or evidence.losses.rule is None:
        return ()
    rule, say = evidence.losses.rule, words.say

    def hundred(share: float) -> str:
        return words.short(share * 100)

    text = say(
        "A group counts as lost if two things hold: of every hundred rows it loses at least {smallest} more than the other"
        " groups do, and chance does not explain that. If linking loses rows of all groups alike, the chance that any group"
        " is named all the same is at most {alpha} in a hundred. That no group is lost is shown only if it is shown of each"
        " group that it loses less than {margin} more of every hundred rows. The chance that this is said wrongly of a"
        " group is at most {shown} in a hundred.",
        smallest=hundred(rule.smallest), alpha=hundred(rule.alpha), margin=hundred(rule.margin), shown=hundred(rule.shown),
    )  # fmt: skip
    return (Prose(lead=say("When a group counts as lost in linking."), text=text, basis="measured"),)
