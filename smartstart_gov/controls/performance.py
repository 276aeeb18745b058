"""Performance claims: rules that stood before the result, a threshold with an owner, a model that chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartstart_gov.controls.control import NOTHING, Answer, Control, Waits, _, message

if TYPE_CHECKING:
    from smartstart_gov.controls.facts import Facts


def _seal(facts: Facts) -> Answer:
    code = f"control.R22.{facts.sealing or 'concept'}"
    if facts.sealing in ("rows", "rules"):
        trained = facts.training.origin == "trained"
        return "PASSED", message(code if trained else f"{code}_predictions"), NOTHING
    late = facts.sealing in ("after_look", "other_rows")
    late = late or facts.training.origin != "trained"
    return "NOT_SHOWN", message(code), message("control.R22.remedy_new" if late else "control.R22.remedy")


SEAL = Control(
    rule="R22",
    title=_("The rules were fixed before the audit"),
    severity="block",
    case="Rotterdam: no criterion for success was set beforehand",
    step=_("Register the rules first, then train, and audit the new model."),
    plainly=_("Write down the rules first. Then make the model, and check it."),
    who="data",
    since=(1,),
    messages={
        "control.R22.rows": _(
            "Policy, contract, charter and audit rows were registered before the model was trained and have not changed since."
        ),
        "control.R22.rules": _(
            "Policy, contract and charter were registered before the model was trained and have not changed since. They"
            " determine which rows are audited."
        ),
        "control.R22.rows_predictions": _(
            "Policy, contract, charter and audit rows were registered before the first look at these rows and have not"
            " changed since."
        ),
        "control.R22.rules_predictions": _(
            "Policy, contract and charter were registered before the first look at these rows and have not changed since."
        ),
        "control.R22.concept": _(
            "These figures are about the development part. The audit part stays closed until the rules are confirmed and"
            " registered."
        ),
        "control.R22.none": _(
            "Nothing was registered beforehand. The limits may have been chosen after somebody saw a result."
        ),
        "control.R22.edited": _("The policy, contract or charter registered beforehand is not the one this audit used."),
        "control.R22.after_look": _("The policy was registered after somebody had looked at these rows."),
        "control.R22.after_training": _("The policy was registered after training of this model had begun."),
        "control.R22.other_rows": _("The rows of this audit are not the rows that were registered beforehand."),
        "control.R22.remedy": _(
            "Register policy, contract and charter with smartstart-gov seal. Then train a new model and audit that."
        ),
        "control.R22.remedy_new": _("Register the rules first, then audit rows that nobody has looked at."),
    },
    ask=_seal,
)


def _threshold(facts: Facts) -> Answer:
    threshold = facts.policy.threshold
    if threshold.chosen_by is None or threshold.reason is None:
        return "NOT_SHOWN", message("control.R23.open"), message("control.R23.remedy")
    return "PASSED", message("control.R23.passed"), NOTHING


THRESHOLD = Control(
    rule="R23",
    title=_("The threshold has an owner and a reason"),
    severity="declare",
    case="Allegheny: thresholds chosen by trial and error",
    step=_("Say who chose the threshold, and why."),
    plainly=_("Say who chose from which score on people are selected, and why."),
    who="committee",
    answered_in=("policy", ("threshold",)),
    waits_for=(
        Waits(file="policy", place=("threshold", "chosen_by")),
        Waits(file="policy", place=("threshold", "reason")),
    ),
    kind="declared",
    since=(1,),
    messages={
        "control.R23.passed": _("The threshold has an owner and a reason."),
        "control.R23.open": _("It is not declared who chose the threshold, or why."),
        "control.R23.remedy": _("Fill in threshold.chosen_by and threshold.reason in policy.yaml."),
    },
    ask=_threshold,
)


def _one_sided(facts: Facts) -> Answer:
    found = facts.training.one_sided
    whole = {"nobody": message("control.R58.nobody"), "everybody": message("control.R58.everybody")}
    if found and found[0] in whole:
        return "FAILED", whole[found[0]], message("control.R58.remedy")
    groups = [one for one in found if not one.startswith("few ")]
    if found:
        columns = ", ".join(dict.fromkeys(one.partition(" ")[2] for one in groups or found))
        if not groups:
            return "NOT_SHOWN", message("control.R58.few", columns=columns), message("control.R58.remedy")
        return "NOT_SHOWN", message("control.R58.group", columns=columns), message("control.R58.remedy_group")
    return "PASSED", message("control.R58.passed"), NOTHING


ONE_SIDED = Control(
    rule="R58",
    title=_("The model selects some cases and not others, in every group"),
    severity="block",
    case="A model that selects nobody errs alike for all",
    step=_("Choose a threshold, or a model, that selects some cases and not others."),
    plainly=_("Choose a model that selects some cases and leaves others alone."),
    who="committee",
    answered_in=("policy", ("threshold",)),
    version=2,
    since=(1, 3),
    messages={
        "control.R58.passed": _("The model selects some cases and not others, overall and in every group that has a limit."),
        "control.R58.nobody": _(
            "Nobody is selected. A model that selects nobody makes the same errors in every group, which proves nothing."
        ),
        "control.R58.everybody": _(
            "Everybody is selected. A model that selects everybody makes the same errors in every group, which proves nothing."
        ),
        "control.R58.group": _(
            "For these attributes, the model selects nobody or everybody in at least one group, and chance does not explain"
            " it: {columns}."
        ),
        "control.R58.few": _(
            "So few cases are selected, or so few are not, that chance could explain it if half of all cases had none of them:"
            " {columns}."
        ),
        "control.R58.remedy": _("Choose a threshold within the range of the scores, or choose another model."),
        "control.R58.remedy_group": _("Find out why, and change the model, its features or its threshold."),
    },
    ask=_one_sided,
)
