"""What a model is and which code made it, in plain words beside the names that their makers gave them."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Fact
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.training.provenance import UNKNOWN
from smartstart_gov.training.record import TrainingRecord


def _(message: str) -> str:
    """Mark a sentence for the message catalogues."""
    return message


#: Part of the name of a class to what such a model does.
KINDS: dict[str, str] = {
    "GradientBoosting": _("many small decision trees, each correcting the ones before"),
    "Forest": _("many decision trees that vote"),
    "ExtraTrees": _("many decision trees that vote"),
    "DecisionTree": _("one decision tree: a row of questions with two answers"),
    "LogisticRegression": _("a sum in which each fact has a fixed weight"),
    "NaiveBayes": _("chances for each fact, multiplied"),
    "KNeighbors": _("a comparison with the most similar earlier cases"),
    "MLP": _("a neural network"),
    "SVC": _("a line between two kinds of cases"),
}


def revision(words: Words, training: TrainingRecord) -> Fact:
    """Return the version of the code that trained the model, as version control names it."""
    term = words.say("Version of the training code")
    if training.code_revision == UNKNOWN:
        return Fact(term=term, text=words.say("Not known: the code was not under version control."), basis="open")
    return Fact(term=term, text=training.code_revision, basis="measured")


def kind_of_model(words: Words, training: TrainingRecord) -> Fact:
    """Return what kind of model was trained: in plain words where they are known, and by its name."""
    term = words.say("Kind of model")
    if training.origin == "predictions":
        return Fact(term=term, text=words.say("Not known: only predictions were handed in."), basis="open")
    name = training.estimator.rpartition(".")[2]
    plain = next((words.say(said) for part, said in KINDS.items() if part in name), None)
    return Fact(term=term, text=name if plain is None else f"{capital(plain)} ({name})", basis="measured")
