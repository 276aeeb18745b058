"""How it will be measured whether the help does good: the declared plan, or what is open of it."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Block, Prose
from smartstart_gov.documents.declared import fact, facts, missing
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def effect(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the plan: outcome, comparison, moment, who measures, and when it stops."""
    say, plan = words.say, evidence.charter.effect_measurement
    intro = Prose(
        text=say(
            "This audit says how often the model is right, and for whom. It does not say whether what follows does people any"
            " good. That has to be measured, and the plan for it stands before the model is used."
        ),
        keep=True,
    )
    if plan is None:
        what = say("How it will be measured whether what follows a high score does good")
        return intro, missing(words, what, "owner", "charter.yaml (effect_measurement)")
    rows = [
        fact(words, say("What should get better"), plan.outcome, "owner", "charter.yaml (effect_measurement.outcome)"),
        fact(words, say("Compared with whom"), plan.comparison, "owner", "charter.yaml (effect_measurement.comparison)"),
        fact(words, say("When it is measured"), plan.moment, "owner", "charter.yaml (effect_measurement.moment)"),
        fact(words, say("Who measures"), plan.who, "owner", "charter.yaml (effect_measurement.who)"),
        fact(words, say("When it stops"), plan.stop_rule, "owner", "charter.yaml (effect_measurement.stop_rule)"),
    ]
    return intro, facts(words, "", rows)
