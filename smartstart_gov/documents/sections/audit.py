"""What was audited and how it can be checked: the model, the look, the rule of linking, the digests."""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.canonical import unreal
from smartstart_gov.documents.blocks import Block, Fact, Prose
from smartstart_gov.documents.declarations import facts
from smartstart_gov.documents.terms import _
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Counted, Evidence
from smartstart_gov.training.provenance import UNKNOWN
from smartstart_gov.training.record import LIKELIER, TrainingRecord


def link_rule(words: Words, evidence: Evidence) -> tuple[Prose, ...]:
    """Return the rule; nothing where no sources were linked, or the evidence does not say."""
    if evidence.losses is None or evidence.losses.rule is None:
        return ()
    rule, say = evidence.losses.rule, words.say

    def hundred(share: float) -> str:
        return words.short(share * 100)

    text = say(
        "A group counts as losing rows if two things hold: per hundred rows, it loses at least {smallest} more than the other"
        " groups do, and chance does not explain that. If linking loses rows of all groups equally often, the chance that any"
        " group is named anyway is at most {alpha} in a hundred. The answer 'shown' requires more: evidence, for each group,"
        " that it loses less than {margin} more per hundred rows. The chance that this is wrongly said of a group is at most"
        " {shown} in a hundred.",
        smallest=hundred(rule.smallest), alpha=hundred(rule.alpha), margin=hundred(rule.margin), shown=hundred(rule.shown),
    )  # fmt: skip
    return (Prose(lead=say("When a group counts as losing rows in linking."), text=text, basis="derived"),)


def check(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the digests by which anybody can hold this document against the evidence."""
    say = words.say
    rows = [
        Fact(term=say("Contract"), text=evidence.contract.digest, basis="measured"),
        Fact(term=say("Charter"), text=evidence.charter.digest, basis="measured"),
        Fact(term=say("Policy"), text=evidence.policy.digest, basis="measured"),
        Fact(term=say("Data"), text=evidence.training.data_digest, basis="measured"),
        Fact(term=say("Model file"), text=evidence.training.model_digest or say("none"), basis="measured"),
        *_own_types(words, evidence),
        Fact(term=say("Evidence with all counts"), text=evidence.private_digest or say("none"), basis="measured"),
    ]
    intro = Prose(
        text=say(
            "The command 'smartstart-gov verify' recomputes shares, gaps and answers from the counts in bundle.json. It needs"
            " neither the data nor the model. Answers about groups that are too small to print need the private evidence. The"
            " lines below are fingerprints: if the contents of a file change, its fingerprint changes. Comments and layout of"
            " contract, charter and policy do not count."
        ),
        keep=True,
    )
    return intro, facts(words, say("Fingerprints"), rows)


def _own_types(words: Words, evidence: Evidence) -> list[Fact]:
    """Return which types the policy lets the model file hold beyond the published list; nothing where it lists none."""
    types = evidence.policy.trusted_types
    if not types:
        return []
    term = words.say("Own types that the model file may contain (policy)")
    return [Fact(term=term, text=", ".join(types), basis="declared")]


#: Part of the name of a class to what such a model does.
KINDS: dict[str, str] = {
    "XGBRF": _("many decision trees that vote"),
    "XGB": _("many small decision trees, each correcting the previous ones"),
    "LGBM": _("many small decision trees, each correcting the previous ones"),
    "CatBoost": _("many small decision trees, each correcting the previous ones"),
    "GradientBoosting": _("many small decision trees, each correcting the previous ones"),
    "Forest": _("many decision trees that vote"),
    "ExtraTrees": _("many decision trees that vote"),
    "DecisionTree": _("one decision tree: a series of questions with two answers"),
    "LogisticRegression": _("a sum in which each fact has a fixed weight"),
    "NaiveBayes": _("probabilities for each fact, multiplied"),
    "KNeighbors": _("a comparison with the most similar earlier cases"),
    "MLP": _("a neural network"),
    "SVC": _("a line between two kinds of cases"),
}


def revision(words: Words, training: TrainingRecord) -> Fact:
    """Return the version of the code that trained the model, as version control names it."""
    term = words.say("Version of the code in the folder where training was started")
    if training.code_revision == UNKNOWN:
        return Fact(term=term, text=words.say("Not known: the code was not under version control."), basis="open")
    head, edited, _rest = training.code_revision.partition("+edited")
    text = words.say("{revision}, with uncommitted changes", revision=head) if edited else head
    return Fact(term=term, text=text, basis="measured")


def kind_of_model(words: Words, training: TrainingRecord) -> Fact:
    """Return what kind of model was trained: in plain words where they are known, and by its name."""
    term = words.say("Kind of model")
    if training.origin == "predictions":
        return Fact(term=term, text=words.say("Not known: only predictions were supplied."), basis="open")
    name = training.estimator.rpartition(".")[2]
    plain = next((words.say(said) for part, said in KINDS.items() if part in name), None)
    if "'gblinear'" in training.parameters.values():
        plain = None  # xgboost without trees
    return Fact(term=term, text=name if plain is None else f"{capital(plain)} ({name})", basis="measured")


def equal_rows(words: Words, evidence: Evidence) -> Fact:
    """Return how many rows say the same as another one; where there are keys, as one under another key."""
    term = words.say("Rows with the same contents as another row")
    if evidence.contract.single("unit") is not None:
        term = words.say("Rows with the same contents as a row under another key")
    return Fact(term=term, text=words.number(evidence.training.duplicates), basis="measured")


def look_facts(words: Words, evidence: Evidence) -> list[Fact]:
    """Return what the verdict is about, how often these rows were looked at, and whether the rules stood before."""
    found = [Fact(term=words.say("What was audited"), text=_audited(words, evidence), basis="measured")]
    if evidence.look is not None:
        found.append(Fact(term=words.say("Looks at these rows"), text=_counted(words, evidence), basis="measured"))
    sealed = next((f for f in evidence.verdict.findings if f.id == "control.R22"), None)
    if sealed is not None:
        text = words.say("According to the log: {answer}", answer=words.message(sealed.reason, evidence.contract))
        found.append(Fact(term=words.say("Registered beforehand"), text=text, basis="measured"))
    return found


def _audited(words: Words, evidence: Evidence) -> str:
    about = _model(words, evidence)
    if not evidence.concept:
        return about
    part = evidence.training.part("develop")
    return (
        words.say(
            "This is a DRAFT, computed on the {rows} rows of the development part. The audit part was not opened, so nobody"
            " has looked at it. Nothing can be released on this basis.",
            rows=words.number(0 if part is None else part.rows),
        )
        + " "
        + about
    )


def _model(words: Words, evidence: Evidence) -> str:
    training = evidence.training
    if training.score == "decision":
        return words.say("The decisions as they were supplied. Neither the model nor its scores were seen.")
    if training.origin == "predictions":
        return words.say("The scores as they were supplied. The model itself was not seen.")
    if training.origin == "model":
        return words.say(
            "The model as it was supplied, already trained. It is not known which rows it was trained on. If these rows are"
            " among them, the model looks better here than it is."
        )
    if training.folds is None:
        return words.say("The model in the model file, on rows that it was not trained on.")
    return words.say(
        "The way the model is made, not one model file. All rows were divided into {folds} folds. Each row was scored by a"
        " copy trained on the other folds. The model in the model file was trained on all rows.",
        folds=words.number(training.folds),
    )


def _counted(words: Words, evidence: Evidence) -> str:
    look = evidence.look
    if look is None:
        return ""
    if look.place == 1:
        said = words.say("The log contains no other look at these rows.")
        if look.most > 1:
            said += " " + words.say(
                "This is look {place} of at most {most}.", place=words.number(1), most=words.number(look.most)
            )
    else:
        said = words.say(
            "According to the log, this is look {place} of at most {most} at these rows.",
            place=words.number(look.place), most=words.number(look.most),
        )  # fmt: skip
    if look.most > 1:
        said += " " + words.say(
            "The policy allows a chance of {total} of wrongly answering 'shown', shared by all looks together. The part of"
            " this look is {chance}.",
            total=words.percent(evidence.policy.alpha), chance=words.percent(unreal(look.alpha), 2),
        )  # fmt: skip
    return " ".join([said, *_held_against(words, look)])


def _held_against(words: Words, look: Counted) -> Iterator[str]:
    """Say how rows were known again, what was known of these, and who says otherwise: the log counts what it can see."""
    yield {
        "both": words.say("Rows of earlier looks are recognised by their key, or by their contents if the key is different."),
        "key": words.say(
            "Rows of earlier looks are recognised by their key. Too few of these rows can be told apart by their contents: a"
            " look at the same people under other keys may go unnoticed."
        ),
        "content": words.say("These rows have no key. Rows of earlier looks are recognised by their contents."),
        "nothing": words.say(
            "These rows have no key, and too few of them can be told apart by their contents. An earlier look at the same"
            " people may go unnoticed."
        ),
    }[look.told_by]
    if unreal(look.known) > 0:
        yield words.say("Earlier looks have seen {share} of these rows.", share=words.percent(unreal(look.known)))
    if look.new_people is not None:
        by, reason = look.new_people
        yield words.say(
            "Rows with these keys were in earlier looks. According to {by}, they now belong to other people: {reason}",
            by=by, reason=reason,
        )  # fmt: skip


def threshold_text(words: Words, evidence: Evidence) -> str:
    """Return from which score a case counts as selected, and how that score came about."""
    training, say = evidence.training, words.say
    if training.threshold_from == "given":
        return say(
            "Each case was supplied with its decision but without a score. So nobody can tell what another threshold would do."
        )
    score = words.exact(training.threshold)
    plain = say("Cases with a score of {value} or more are selected.", value=score)
    if training.threshold_from == "model":
        return " ".join([_own(words, training, plain), *_of_the_folds(words, training)])
    cut = training.cut
    if cut is None:
        return plain
    said = [
        say(
            "There are places for {capacity} of these {rows} cases. The highest scores go first.",
            capacity=words.number(cut.capacity), rows=words.number(cut.rows),
        ),
        plain,
    ]  # fmt: skip
    if cut.tied != 0:
        number = say("Fewer than {k}", k=words.number(evidence.policy.disclosure.k))
        said.append(
            say(
                "{number} cases have the score at which the places ran out, and not all of them fit. Their scores are equal,"
                " so none of them is selected.",
                number=number if cut.tied is None else words.number(cut.tied),
            )
        )
    if training.model_digest is not None:
        said.append(
            say(
                "The model file keeps this score as its threshold. It applies to later cases too, however many places there"
                " are then."
            )
        )
    return " ".join(said)


def deciding_facts(words: Words, training: TrainingRecord) -> list[Fact]:
    """Return what the model file answers for who is selected, and whether it was seen to decide as was counted."""
    if training.origin == "predictions":
        return []
    say, rows = words.say, training.read_back
    if rows is None:
        text = say("No model file was read back, so it is not shown how the file decides.")
    elif training.folds is None:
        text = say(
            "The model file was read back. In all {rows} cases of the audit, it makes the decision that was counted.",
            rows=words.number(rows),
        )  # fmt: skip
    else:
        text = say(
            "The copies made the decisions in the audit. The model file was read back: in all {rows} cases it decides as the"
            " model trained on all rows does.",
            rows=words.number(rows),
        )  # fmt: skip
    return [
        Fact(term=say("The model's class label for a selected case"), text=str(training.positive_class), basis="measured"),
        Fact(term=say("How the model file decides"), text=text, basis="measured"),
    ]


def _own(words: Words, training: TrainingRecord, plain: str) -> str:
    if training.threshold == LIKELIER:
        return words.say(
            "The model chooses the likelier of the two answers. Cases with a score above {half} are selected.",
            half=words.short(0.5),
        )  # fmt: skip
    return words.say("The threshold is part of the model.") + f" {plain}"


def _of_the_folds(words: Words, training: TrainingRecord) -> list[str]:
    found = sorted(set(training.fold_thresholds), key=float)
    if len(found) < 2:
        return []
    text = words.say(
        "In the audit, each copy used the threshold that it had found itself, from {low} to {high}.",
        low=words.exact(found[0]), high=words.exact(found[-1]),
    )  # fmt: skip
    return [text]
