"""What was audited, at which look, and what was registered before: three facts that every document gives alike."""

from __future__ import annotations

from smartstart_gov.canonical import unreal
from smartstart_gov.documents.blocks import Fact
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def look_facts(words: Words, evidence: Evidence) -> list[Fact]:
    """Return what the verdict is about, how often these rows were looked at, and whether the rules stood before."""
    found = [Fact(term=words.say("What was audited"), text=_audited(words, evidence), basis="measured")]
    if evidence.look is not None:
        found.append(Fact(term=words.say("Looks at these rows"), text=_counted(words, evidence), basis="measured"))
    sealed = next((f for f in evidence.verdict.findings if f.id == "control.R22"), None)
    if sealed is not None:
        text = words.message(sealed.reason, evidence.contract)
        found.append(Fact(term=words.say("Registered beforehand"), text=text, basis="measured"))
    return found


def _audited(words: Words, evidence: Evidence) -> str:
    training = evidence.training
    if training.score == "decision":
        return words.say("The decisions as they were handed in. The model itself was not seen, and its scores were not.")
    if training.origin == "predictions":
        return words.say("The scores as they were handed in. The model itself was not seen.")
    if training.origin == "model":
        return words.say(
            "The model as it was handed in, already fitted. On which rows it was fitted is not known; if these rows are among"
            " them, the model looks better here than it is."
        )
    if training.folds is None:
        return words.say("The model in the model file, on rows that it was not fitted on.")
    return words.say(
        "The way in which the model is made, not one model file. All rows were divided into {folds} folds, and all rows of"
        " one unit are in one fold. Each row has the score of a copy that was fitted on the other folds. The model in the"
        " model file was fitted on all rows.",
        folds=words.number(training.folds),
    )


def _counted(words: Words, evidence: Evidence) -> str:
    look = evidence.look
    if look is None:
        return ""
    if look.most == 1:
        return words.say("This is the only look at these rows. Another model or another policy cannot be tried on them.")
    return words.say(
        "This is look {place} of at most {most} at these rows. All looks together share the chance of {total} that the"
        " policy allows for a wrong answer 'shown'. The part of this look is {chance}.",
        place=words.number(look.place), most=words.number(look.most), total=words.percent(evidence.policy.alpha),
        chance=words.percent(unreal(look.alpha), 2),
    )  # fmt: skip
