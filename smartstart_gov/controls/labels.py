"""Labels and sampling: rows and outcomes that make a model look better than it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartstart_gov.authoring.names import FEW_COPIES
from smartstart_gov.canonical import unreal
from smartstart_gov.controls.control import NOTHING, Answer, Control, _, message

if TYPE_CHECKING:
    from smartstart_gov.controls.facts import Facts


def _overlap(facts: Facts) -> Answer:
    record = facts.training
    if record.origin == "predictions":
        return "NOT_SHOWN", message("control.R16.predictions"), message("control.R16.remedy_predictions")
    if record.origin == "model":
        return "NOT_SHOWN", message("control.R16.model"), message("control.R16.remedy_predictions")
    if record.overlap is None:
        return "NOT_SHOWN", message("control.R16.unknown", duplicates=record.duplicates or 0), message("control.R16.remedy")
    if record.overlap:
        return "FAILED", message("control.R16.failed", overlap=record.overlap), message("control.R16.remedy")
    return "PASSED", message("control.R16.passed" if record.folds is None else "control.R16.cross_fit"), NOTHING


OVERLAP = Control(
    rule="R16",
    title=_("No row is judged by a model that learned from rows with the same key"),
    severity="block",
    case="Denmark: one child in training and test rows",
    step=_("Make sure that no row is judged by a model that learned from it: add a key for each person or household."),
    plainly=_("Make sure that the model is checked on people from whom it did not learn."),
    who="data",
    answered_in=("contract", ("columns",)),
    since=(1,),
    messages={
        "control.R16.passed": _(
            "Rows with the same key are always in the same part: the training, development and audit parts have no key in"
            " common."
        ),
        "control.R16.cross_fit": _(
            "Every row was scored by a copy of the model that was trained without the rows with the same key. No key is in more"
            " than one part."
        ),
        "control.R16.failed": _("{overlap} units are in both the training rows and the audit part."),
        "control.R16.unknown": _(
            "No column says which rows belong to one person, so nobody can tell whether a person is in two parts. {duplicates}"
            " rows are identical to another row."
        ),
        "control.R16.predictions": _("Only predictions were supplied, so it is not known which rows the model was trained on."),
        "control.R16.model": _(
            "The model was already trained when it was supplied. It is not known whether rows of this audit were used to"
            " train it."
        ),
        "control.R16.remedy": _("Declare a column with role unit: a pseudonymous key for the person or household."),
        "control.R16.remedy_predictions": _("Ask the model's provider for the keys of its training rows."),
    },
    ask=_overlap,
)


def _outcome_told(facts: Facts) -> Answer:
    if facts.training.origin == "predictions":
        return "NOT_SHOWN", message("control.R17.predictions"), message("control.R36.remedy_predictions")
    telling, thin = facts.told("outcome")
    if telling:
        return "FAILED", message("control.R17.failed", told=telling), message("control.R17.remedy")
    if thin:
        return "NOT_SHOWN", message("control.R17.thin", columns=thin), message("control.R17.remedy_thin")
    if facts.told_by_scores:
        return "NOT_SHOWN", message("control.R17.scores", value=facts.told_by_scores), message("control.R17.remedy_scores")
    return "PASSED", message("control.R17.passed"), NOTHING


OUTCOME_TOLD = Control(
    rule="R17",
    title=_("No feature or pair of features gives the outcome away almost with certainty"),
    severity="block",
    case="Denmark: the outcome leaked into what it was predicted from",
    step=_("Find out whether an input already contains the outcome. If so, take it out."),
    plainly=_("Find out whether some data give away the answer beforehand."),
    who="data",
    answered_in=("contract", ("columns",)),
    since=(1,),
    messages={
        "control.R17.passed": _(
            "No feature, and no pair of features, predicts the outcome almost perfectly. This was measured on rows that the"
            " prediction had not learned from."
        ),
        "control.R17.failed": _(
            "These features predict the outcome almost perfectly. They may be derived from it, or be known only after it:"
            " {told}."
        ),
        "control.R17.thin": _(
            "There are too few rows of one of the two outcomes to measure whether a feature gives it away: {columns}."
        ),
        "control.R17.predictions": _(
            "Only predictions were supplied, so it is not known whether a feature gives the outcome away."
        ),
        "control.R17.scores": _(
            "No single feature and no pair gives the outcome away, but the model's scores predict it almost perfectly ({value},"
            " where 1 is perfect). Several features together may contain it, or the model has seen these rows before."
        ),
        "control.R17.remedy_scores": _(
            "Find out which features give the model its answer, and whether each is known before the outcome; or audit rows"
            " that the model has not seen."
        ),
        "control.R17.remedy": _(
            "Find out when and from what each of these features is made, and leave out any that come after the outcome."
        ),
        "control.R17.remedy_thin": _("Supply more rows of both outcomes."),
    },
    ask=_outcome_told,
)


def _copies(facts: Facts) -> Answer:
    record = facts.training
    values = {"duplicates": record.duplicates, "copies": record.copies, "rows": record.read}
    share = max(unreal(record.copied), record.copies / max(record.read, 1))
    if share > FEW_COPIES:
        values["share"] = round(100 * share)
        return "NOT_SHOWN", message("control.R57.copies", **values), message("control.R57.remedy")
    if record.areas is not None and not record.copies:
        return "PASSED", message("control.R57.areas", **values), NOTHING
    return "PASSED", message("control.R57.passed" if record.copies else "control.R57.none", **values), NOTHING


COPIES = Control(
    rule="R57",
    title=_("There is no sign that rows were copied"),
    severity="block",
    case="A table copied four times passed as enough data",
    step=_("Supply each person's row once, and audit those rows."),
    plainly=_("Hand in each case once, and check again."),
    who="data",
    since=(1,),
    messages={
        "control.R57.none": _(
            "{duplicates} of {rows} rows have the same contents as another row. Chance explains so many: nothing suggests"
            " that rows were copied."
        ),
        "control.R57.areas": _(
            "Rows of one area with the same group and outcome are alike on purpose: they are a count. {duplicates} of {rows}"
            " rows have the same contents as a row of another area."
        ),
        "control.R57.passed": _(
            "{duplicates} of {rows} rows have the same contents as another row, {copies} more than these columns explain. So"
            " few copies do not change what is shown."
        ),
        "control.R57.copies": _(
            "{duplicates} of {rows} rows have the same contents as another row. These columns do not explain that: {copies}"
            " rows are copies. Copies make up about {share}% of all rows or of one group. Counting somebody twice proves"
            " nothing."
        ),
        "control.R57.remedy": _("Supply each person's row once, under one key, and audit those rows."),
    },
    ask=_copies,
)
