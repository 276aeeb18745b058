"""Transparency and accountability: what a model relies on, a file that opens, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartstart_gov.controls.control import NOTHING, Answer, Control, Waits, _, message

if TYPE_CHECKING:
    from smartstart_gov.controls.facts import Facts


def _importance(facts: Facts) -> Answer:
    if facts.explained:
        return "PASSED", message("control.R46.passed"), NOTHING
    if facts.training.origin == "predictions":
        return "NOT_SHOWN", message("control.R46.predictions"), message("control.R36.remedy_predictions")
    return "NOT_SHOWN", message("control.R46.open"), message("control.R46.remedy")


IMPORTANCE = Control(
    rule="R46",
    title=_("The audit shows what the model relies on"),
    severity="block",
    case="SyRI: nobody could see what the model relied on",
    step=_("Use a model that can show what it relies on."),
    plainly=_("Use a model of which people can see how it comes to an answer."),
    who="data",
    waivable=True,
    only_after=True,
    since=(1,),
    messages={
        "control.R46.passed": _(
            "The audit shows, feature by feature, what the model relies on. The explanation adds up to the model's output."
        ),
        "control.R46.open": _("No explanation could be made that adds up to the model's output."),
        "control.R46.predictions": _("Only predictions were supplied, so nobody has examined what the model relies on."),
        "control.R46.remedy": _("Use an estimator whose output can be fully explained."),
    },
    ask=_importance,
)


def _model_file(facts: Facts) -> Answer:
    record = facts.training
    if record.origin == "predictions":
        return "NOT_SHOWN", message("control.R50.predictions"), message("control.R36.remedy_predictions")
    if record.origin == "model" and record.model_digest is None and not record.untrusted_types:
        return "NOT_SHOWN", message("control.R50.no_file"), message("control.R50.remedy")
    if record.untrusted_types:
        return "FAILED", message("control.R50.failed", types=", ".join(record.untrusted_types)), message("control.R50.remedy")
    return "PASSED", message("control.R50.passed"), NOTHING


MODEL_FILE = Control(
    rule="R50",
    title=_("An auditor can open the model file"),
    severity="block",
    case="Hackney: auditors were denied access",
    step=_("Build the model from parts that an auditor can open."),
    plainly=_("Build the model in such a way that others can open it."),
    who="data",
    waivable=True,
    since=(1,),
    messages={
        "control.R50.passed": _("An auditor can reopen the model file with trusted types only."),
        "control.R50.failed": _("The model file contains types that an auditor cannot open safely: {types}."),
        "control.R50.predictions": _("Only predictions were supplied, so there is no model file to open."),
        "control.R50.no_file": _("The model cannot be stored in a file that an auditor can open, so there is no model file."),
        "control.R50.remedy": _(
            "Build the model from classes on the published list. If a step of the model uses the types named, choose another"
            " step or setting, such as algorithm='brute' for nearest neighbours. The committee can also list classes of its"
            " own in policy.yaml (trusted_types)."
        ),
    },
    ask=_model_file,
)


def _exit(facts: Facts) -> Answer:
    leaving = facts.charter.exit
    if leaving.end_date is None or leaving.stop_criteria is None or leaving.deletion is None:
        return "NOT_SHOWN", message("control.R52.open"), message("control.R52.remedy")
    return "PASSED", message("control.R52.passed"), NOTHING


EXIT = Control(
    rule="R52",
    title=_("When and how the model stops is declared"),
    severity="declare",
    case="Gladsaxe: no end was agreed",
    step=_("Decide when and how the model stops."),
    plainly=_("Decide when and how the model stops."),
    who="owner",
    answered_in=("charter", ("exit",)),
    waits_for=tuple(Waits(file="charter", place=("exit", name)) for name in ("end_date", "stop_criteria", "deletion")),
    kind="declared",
    since=(1,),
    messages={
        "control.R52.passed": _("An end date, stop criteria and the deletion of data and model are declared."),
        "control.R52.open": _(
            "At least one of these is not declared: the end date, the stop criteria, the deletion of data and model."
        ),
        "control.R52.remedy": _("Fill in exit in charter.yaml."),
    },
    ask=_exit,
)
