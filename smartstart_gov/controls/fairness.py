"""Group fairness: which groups and errors are judged, what can stop a model, and what of people it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartstart_gov.controls.control import NOTHING, Answer, Control, _, message
from smartstart_gov.judgement.finding import NOTHING_STOPS
from smartstart_gov.statistics.rates import rate

if TYPE_CHECKING:
    from smartstart_gov.controls.facts import Facts


def _nothing_vanished(facts: Facts) -> Answer:
    previous = facts.previous
    if previous is None:
        return "PASSED", message("control.R29.first"), NOTHING
    gone = previous.gone(facts.contract, facts.policy)
    owned = {one.key for one in facts.policy.left_out}
    missing = [key for key in gone if key not in owned]
    if missing:
        code = "control.R29.unreadable" if previous.policy is None else "control.R29.gone"
        values = {"version": previous.version} if previous.policy is None else {"omitted": "; ".join(missing)}
        return "NOT_SHOWN", message(code, **values), message(f"{code}_remedy")
    return "PASSED", message("control.R29.owned" if gone else "control.R29.passed", version=previous.version), NOTHING


NOTHING_VANISHED = Control(
    rule="R29",
    title=_("Nothing has been dropped silently since the last version"),
    severity="block",
    case="Rotterdam: groups that nobody counted",
    step=_("Put back what has been dropped since the last version, or say who is accountable for leaving it out."),
    plainly=_("Put back what has gone since the last version, or say who answers for it."),
    who="committee",
    answered_in=("policy", ("left_out",)),
    otherwise={"control.R29.first": "not_applicable", "control.R29.owned": "declared"},
    since=(1,),
    messages={
        "control.R29.first": _(
            "This does not apply yet: according to the log, this is the first version that is audited, so nothing can have been"
            " dropped."
        ),
        "control.R29.passed": _("Every group, column, limit and metric of version {version} is still there."),
        "control.R29.owned": _("For everything that version {version} had and this one lacks, somebody is accountable."),
        "control.R29.gone": _("Dropped since the last version, with nobody accountable: {omitted}."),
        "control.R29.gone_remedy": _(
            "Put it back, or list it under left_out in policy.yaml, with a reason and who is accountable."
        ),
        "control.R29.unreadable": _(
            "Version {version} was audited before this one, but its evidence is missing or invalid. Nobody can tell what has"
            " been dropped since."
        ),
        "control.R29.unreadable_remedy": _(
            "Restore its folder and audit again, or list the version under left_out in policy.yaml, with a reason and who is"
            " accountable."
        ),
    },
    ask=_nothing_vanished,
)


def _both_sides(facts: Facts) -> Answer:
    judged = {rate(limit.metric).side for limit in facts.policy.limits if limit.stops} - {None}
    missing = [side for side in ("false_alarms", "missed_cases") if side not in judged]
    if not judged:
        return "NOT_SHOWN", message("control.R30.none"), message("control.R31.remedy")
    if len(missing) == 1 and f"side {missing[0]}" not in {one.key for one in facts.policy.left_out}:
        return "NOT_SHOWN", message("control.R30.one_side", omitted=f"side {missing[0]}"), message("control.R30.remedy")
    return "PASSED", message(f"control.R30.{('passed', 'owned', 'selection')[len(missing)]}"), NOTHING


BOTH_SIDES = Control(
    rule="R30",
    title=_("Both errors have a limit, or a reason is given"),
    severity="declare",
    case="Amsterdam: which equality was chosen, and which not",
    step=_("Set a limit on the other error too, or say why not."),
    plainly=_("Set a limit on the other kind of mistake too, or say why not."),
    who="committee",
    answered_in=("policy", ("limits",)),
    kind="declared",
    since=(1,),
    messages={
        "control.R30.passed": _("The policy limits both errors: false alarms and missed cases."),
        "control.R30.owned": _(
            "The policy limits one of the two errors. Somebody has written down why it does not limit the other."
        ),
        "control.R30.selection": _("The policy limits selection, but neither of the two errors."),
        "control.R30.none": _("The policy has no limit on an error or on selection that can stop a model."),
        "control.R30.one_side": _("The policy limits only one of the two errors, and nobody says why. Not limited: {omitted}."),
        "control.R30.remedy": _(
            "Add a limit on the other error, or record its absence under left_out in policy.yaml, with a reason."
        ),
    },
    ask=_both_sides,
)


def _limits_that_stop(facts: Facts) -> Answer:
    policy = facts.policy
    stopping = [limit for limit in policy.limits if limit.stops and rate(limit.metric).side is not None]
    if not stopping:
        return "NOT_SHOWN", message(NOTHING_STOPS), message("control.R31.remedy")
    judged = {name for limit in stopping for name in limit.by}
    owned = {one.key for one in policy.left_out}
    sensitive = [column.name for column in facts.contract.with_role("sensitive")]
    kinds = ("attribute", "column", "limits")
    silent = [n for n in sensitive if n not in policy.attributes and not owned & {f"{kind} {n}" for kind in kinds}]
    if silent:
        return "NOT_SHOWN", message("control.R31.unaudited", columns=", ".join(silent)), message("control.R31.remedy_unaudited")
    open_ = [name for name in policy.attributes if name not in judged and f"limits {name}" not in owned]
    if open_:
        return (
            "NOT_SHOWN",
            message("control.R31.attributes", columns=", ".join(open_)),
            message("control.R31.remedy_attributes"),
        )
    return "PASSED", message("control.R31.passed"), NOTHING


LIMITS_THAT_STOP = Control(
    rule="R31",
    title=_("There are limits that can stop this model"),
    severity="block",
    case="DUO: a ratio that was watched and stopped nothing",
    step=_("Set a limit that can stop this model."),
    plainly=_("Set a limit that can stop this model."),
    who="committee",
    answered_in=("policy", ("limits",)),
    kind="declared",
    since=(1,),
    messages={
        "control.R31.passed": _(
            "Every audited attribute has a limit that can stop a release, or somebody is accountable for its absence."
        ),
        "control.R31.nothing": _(
            "No limit on selection or on an error can stop this model: the limits only warn, or are so wide that hardly any"
            " data could break them."
        ),
        "control.R31.attributes": _(
            "For these attributes, no limit on selection or on an error can stop this model: {columns}."
        ),
        "control.R31.unaudited": _("The contract has sensitive columns that the policy does not audit: {columns}."),
        "control.R31.remedy_unaudited": _(
            "Add them to attributes in policy.yaml and set a limit, or list them under left_out (what: column) with a reason."
        ),
        "control.R31.remedy": _(
            "Set a limit on the selection rate or an error rate with severity block: at most half, and preferably far lower."
        ),
        "control.R31.remedy_attributes": _(
            "Set such a limit for each of them, or list them under left_out in policy.yaml (what: limits) with a reason."
        ),
    },
    ask=_limits_that_stop,
)


def _rows_in_model(facts: Facts) -> Answer:
    if facts.training.origin == "predictions":
        return "NOT_SHOWN", message("control.R36.predictions"), message("control.R36.remedy_predictions")
    if facts.training.row_holders:
        return (
            "FAILED",
            message("control.R36.failed", steps=", ".join(facts.training.row_holders)),
            message("control.R36.remedy"),
        )
    if facts.training.origin == "model":
        return "NOT_SHOWN", message("control.R36.model"), message("control.R36.remedy_model")
    return "PASSED", message("control.R36.passed"), NOTHING


ROWS_IN_MODEL = Control(
    rule="R36",
    title=_("No rows about people were found in the model file"),
    severity="block",
    case="AI Act article 4a: rows of persons stay out of the model",
    step=_("Make sure that the model file contains no rows about people."),
    plainly=_("Make sure that no data about people are left inside the model."),
    who="data",
    since=(1,),
    messages={
        "control.R36.passed": _("No rows of the training data were found in any part of the model."),
        "control.R36.failed": _("These steps store rows of the training data inside the model: {steps}."),
        "control.R36.predictions": _("Only predictions were supplied, so nobody has examined the model file."),
        "control.R36.model": _(
            "No step is of a kind that stores rows. But it is not known how many rows the model was trained on, so a stored"
            " table could not be recognised."
        ),
        "control.R36.remedy_model": _("Train the model with this library, or ask its maker what the file contains."),
        "control.R36.remedy": _("Use an estimator that does not store rows."),
        "control.R36.remedy_predictions": _("Ask the provider for the model file, or for a statement of what it contains."),
    },
    ask=_rows_in_model,
)
