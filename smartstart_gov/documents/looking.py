"""What was audited, at which look, and what was registered before: three facts that every document gives alike."""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.canonical import unreal
from smartstart_gov.documents.blocks import Fact
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.counted import Counted
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
    about = _model(words, evidence)
    if not evidence.concept:
        return about
    part = evidence.training.part("develop")
    return (
        words.say(
            "This is a CONCEPT: it was computed on the develop part, {rows} rows. The audit part was not opened, so no look was"
            " taken, and nothing can be released on this.",
            rows=words.number(0 if part is None else part.rows),
        )
        + " "
        + about
    )


def _model(words: Words, evidence: Evidence) -> str:
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
    if look.place == 1:
        said = words.say("The log knows of no other look at these rows.")
        if look.most > 1:
            said += " " + words.say(
                "This is look {place} of at most {most}.", place=words.number(1), most=words.number(look.most)
            )
    else:
        said = words.say(
            "This is look {place} of at most {most} that the log knows of at these rows.",
            place=words.number(look.place), most=words.number(look.most),
        )  # fmt: skip
    if look.most > 1:
        said += " " + words.say(
            "All looks together share the chance of {total} that the policy allows for a wrong answer 'shown'. The part of"
            " this look is {chance}.",
            total=words.percent(evidence.policy.alpha), chance=words.percent(unreal(look.alpha), 2),
        )  # fmt: skip
    return " ".join([said, *_held_against(words, look)])


def _held_against(words: Words, look: Counted) -> Iterator[str]:
    """Say how rows were known again, what was known of these, and who says otherwise: the log counts what it can see."""
    yield {
        "both": words.say("Rows of earlier looks are known by their key, and by what they say where the key is another."),
        "key": words.say(
            "Rows of earlier looks are known by their key. By what they say, too few of these rows can be told apart: a look"
            " at the same people under other keys may not be found."
        ),
        "content": words.say("These rows have no key. Rows of earlier looks are known by what they say."),
        "nothing": words.say(
            "These rows have no key, and by what they say too few can be told apart. An earlier look at the same people may"
            " not be found."
        ),
    }[look.told_by]
    if unreal(look.known) > 0:
        yield words.say("Earlier looks saw {share} of these rows.", share=words.percent(unreal(look.known)))
    if look.new_people is not None:
        by, reason = look.new_people
        yield words.say("Keys of these rows were in earlier looks. {by} says that they are other people now: {reason}",
                        by=by, reason=reason)  # fmt: skip
