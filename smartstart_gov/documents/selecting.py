"""Who counts as selected: from a fixed score on, the highest scores up to a capacity, or as the model itself decides."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Fact
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.training.record import LIKELIER, TrainingRecord


def threshold_text(words: Words, evidence: Evidence) -> str:
    """Return from which score a case counts as selected, and how that score came about."""
    training, say = evidence.training, words.say
    if training.threshold_from == "given":
        return say("Each case came with its decision, and without a score. What another threshold would do cannot be known.")
    score = words.exact(training.threshold)
    plain = say("A score of {value} or more counts as selected.", value=score)
    if training.threshold_from == "model":
        return " ".join([_own(words, training, plain), *_of_the_folds(words, training)])
    cut = training.cut
    if cut is None:
        return plain
    said = [
        say(
            "There is room for {capacity} of these {rows} cases, and the highest scores go first.",
            capacity=words.number(cut.capacity), rows=words.number(cut.rows),
        ),
        plain,
    ]  # fmt: skip
    if cut.tied != 0:
        number = say("Fewer than {k}", k=words.number(evidence.policy.disclosure.k))
        said.append(
            say(
                "{number} cases have the score at which the room ended, and did not all fit. They are equal, so none of them"
                " is selected.",
                number=number if cut.tied is None else words.number(cut.tied),
            )
        )
    if training.model_digest is not None:
        said.append(
            say(
                "The model file keeps this score. It selects later cases by this score, and does not look at how much room"
                " there is then."
            )
        )
    return " ".join(said)


def deciding_facts(words: Words, training: TrainingRecord) -> list[Fact]:
    """Return what the model file answers for who is selected, and whether it was seen to decide as was counted."""
    if training.origin == "predictions":
        return []
    say, rows = words.say, training.read_back
    if rows is None:
        text = say("There is no model file that was read back, so it is not shown how it decides.")
    elif training.folds is None:
        text = say(
            "The model file was read back. It decides all {rows} cases of the audit as they were counted.",
            rows=words.number(rows),
        )  # fmt: skip
    else:
        text = say(
            "In the audit the copies decided. The model file was read back: it decides all {rows} cases as the model that"
            " was fitted on all rows does.",
            rows=words.number(rows),
        )  # fmt: skip
    return [
        Fact(term=say("What the model answers for a selected case"), text=str(training.positive_class), basis="measured"),
        Fact(term=say("How the model file decides"), text=text, basis="measured"),
    ]


def _own(words: Words, training: TrainingRecord, plain: str) -> str:
    if training.threshold == LIKELIER:
        return words.say(
            "The model says which of the two answers is likelier, and that decides. A score above {half} counts as selected.",
            half=words.short(0.5),
        )  # fmt: skip
    return words.say("The model brings its threshold with it.") + f" {plain}"


def _of_the_folds(words: Words, training: TrainingRecord) -> list[str]:
    found = sorted(set(training.fold_thresholds), key=float)
    if len(found) < 2:
        return []
    text = words.say(
        "In the audit each copy decided by the threshold that it had found itself, from {low} to {high}.",
        low=words.exact(found[0]), high=words.exact(found[-1]),
    )  # fmt: skip
    return [text]
