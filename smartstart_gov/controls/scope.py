"""Scope and use: the level a model speaks at, what a high score leads to, and who decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartstart_gov.authoring.names import BURDENS, SINGLE
from smartstart_gov.controls.control import NOTHING, Answer, Control, Waits, _, message

if TYPE_CHECKING:
    from smartstart_gov.authoring.charter import Charter
    from smartstart_gov.controls.facts import Facts


def _forced(charter: Charter) -> bool:
    """Whether a high score may lead to something that people do not choose."""
    return charter.coercive is True or charter.effect in BURDENS


def _aggregation(facts: Facts) -> Answer:
    level, areas = facts.contract.aggregation_level, facts.training.areas
    if areas is None and facts.contract.of_areas:
        return "FAILED", message("control.R37.failed", level=level), message("control.R37.remedy")
    if areas is None and level not in SINGLE:
        return "NOT_SHOWN", message("control.R37.unknown", level=level), message("control.R37.remedy_unit")
    if areas is None:
        return "PASSED", message("control.R37.passed", level=level), NOTHING
    if areas.varying:
        columns = ", ".join(areas.varying)
        return "FAILED", message("control.R37.varying", level=level, columns=columns), message("control.R37.remedy")
    if areas.under:
        values = {"level": level, "under": areas.under, "units": areas.units, "least": areas.least}
        return "FAILED", message("control.R37.under", **values), message("control.R37.remedy")
    return "PASSED", message("control.R37.areas", level=level, units=areas.units, least=areas.least), NOTHING


AGGREGATION = Control(
    rule="R37",
    title=_("The columns match the level that the model predicts for"),
    severity="block",
    case="Smart Start: neighbourhoods were promised, not persons",
    step=_("Bring the data to the level that the model predicts for."),
    plainly=_("Use data about the same thing as the model speaks about."),
    who="data",
    answered_in=("contract", ("aggregation_level",)),
    otherwise={"control.R37.passed": "declared"},
    version=2,
    since=(1, 2),
    messages={
        "control.R37.passed": _("No column contradicts the level declared in the contract ({level})."),
        "control.R37.areas": _(
            "The model cannot tell the people of one area apart: in each of the {units} areas every input has a single value"
            " (declared level: {level}), and none has fewer than {least} people."
        ),
        "control.R37.failed": _("The contract declares {level}, but the unit column identifies single persons or households."),
        "control.R37.unknown": _(
            "The contract declares {level}, but no column has the role unit. So nothing shows that the model cannot tell the"
            " people of one area apart."
        ),
        "control.R37.varying": _(
            "The contract declares {level}, but these differ between people of one area, so that the model tells them apart:"
            " {columns}."
        ),
        "control.R37.under": _(
            "The contract declares {level}, but {under} of the {units} units have fewer than {least} rows. So few can be single"
            " persons or households."
        ),
        "control.R37.remedy_unit": _(
            "Give the column that holds the areas the role unit, or declare the level that the model predicts for."
        ),
        "control.R37.remedy": _("Aggregate the data to the declared level, or declare the level that the model predicts for."),
    },
    ask=_aggregation,
)


def _coercion(facts: Facts) -> Answer:
    charter = facts.charter
    if _forced(charter) and charter.legal_basis is None:
        return "FAILED", message("control.R40.failed"), message("control.R40.remedy")
    if charter.coercive is None or charter.effect is None:
        return "NOT_SHOWN", message("control.R40.open"), message("control.R40.fill_in")
    if charter.coercive:
        return "PASSED", message("control.R40.based"), NOTHING
    return "PASSED", message("control.R40.passed"), NOTHING


COERCION = Control(
    rule="R40",
    title=_("It is declared what a high score leads to, with a legal basis where one is needed"),
    severity="block",
    case="Top400, Gladsaxe: a score with force behind it",
    step=_("Say which law this is based on, or limit what follows to an offer of help."),
    plainly=_("Say which law allows this, or only offer help."),
    who="lawyer",
    answered_in=("charter", ("legal_basis",)),
    waits_for=(
        Waits(file="charter", place=("effect",)),
        Waits(file="charter", place=("coercive",)),
        Waits(file="charter", place=("legal_basis",), when=lambda charter, contract, at: _forced(charter), answer="FAILED"),
    ),
    kind="declared",
    since=(1,),
    messages={
        "control.R40.passed": _("It is declared what a high score leads to, and that it cannot force anybody."),
        "control.R40.based": _(
            "A high score may lead to measures against somebody's will. The legal basis for that is declared."
        ),
        "control.R40.failed": _(
            "A high score may lead to an investigation, a refusal or measures against somebody's will, but no legal basis is"
            " declared."
        ),
        "control.R40.open": _("It is not declared what a high score leads to, or whether it may force somebody."),
        "control.R40.fill_in": _("Fill in effect and coercive in charter.yaml."),
        "control.R40.remedy": _("Declare legal_basis in charter.yaml, or limit the effect to an offer of help."),
    },
    ask=_coercion,
)


def _oversight(facts: Facts) -> Answer:
    if facts.charter.oversight is None:
        return "NOT_SHOWN", message("control.R42.open"), message("control.R42.remedy")
    return "PASSED", message("control.R42.passed"), NOTHING


OVERSIGHT = Control(
    rule="R42",
    title=_("It is declared who decides"),
    severity="declare",
    case="Allegheny: mandatory screen-in",
    step=_("Say who decides, and who may deviate from the model."),
    plainly=_("Say who decides, and who may decide otherwise than the model."),
    who="owner",
    answered_in=("charter", ("oversight",)),
    waits_for=(Waits(file="charter", place=("oversight",)),),
    kind="declared",
    since=(1,),
    messages={
        "control.R42.passed": _("It is declared who decides, and what power they have to deviate from the model."),
        "control.R42.open": _("It is not declared who decides, or what power they have to deviate from the model."),
        "control.R42.remedy": _("Fill in oversight in charter.yaml."),
    },
    ask=_oversight,
)
