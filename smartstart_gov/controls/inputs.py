"""Inputs: which columns a model may use, what they tell of groups, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartstart_gov.controls.control import NOTHING, Answer, Control, Waits, _, message

if TYPE_CHECKING:
    from smartstart_gov.authoring.charter import Charter
    from smartstart_gov.authoring.contract import DataContract
    from smartstart_gov.authoring.node import Location
    from smartstart_gov.controls.facts import Facts

#: What has to be known of every source.
_OF_A_SOURCE = ("owner", "original_purpose", "lawful_basis", "retention", "last_verified", "error_rate")


def _is_a_feature(charter: Charter, contract: DataContract, at: Location) -> bool:
    return contract.columns[int(at[1])].role == "feature"


def _feeds_the_model(charter: Charter, contract: DataContract, at: Location) -> bool:
    return at[1] in {column.source for column in contract.with_role("feature")}


def _special_categories(facts: Facts) -> Answer:
    bad = [c.name for c in facts.contract.with_role("feature") if facts.contract.special(c)]
    if bad:
        return "FAILED", message("control.R01.failed", columns=", ".join(bad)), message("control.R01.remedy")
    if facts.training.origin == "predictions":
        # The contract's features are what somebody says of a model that nobody has seen.
        return "NOT_SHOWN", message("control.R01.predictions"), message("control.R01.remedy_predictions")
    unsaid = [c.name for c in facts.contract.with_role("feature") if facts.contract.special(c) is None]
    if unsaid:
        return "NOT_SHOWN", message("control.R01.unsaid", columns=", ".join(unsaid)), message("control.R01.remedy_unsaid")
    return "PASSED", message("control.R01.passed"), NOTHING


SPECIAL_CATEGORIES = Control(
    rule="R01",
    title=_("No feature of the model is declared as special-category personal data"),
    severity="block",
    case="Dutch childcare benefits: nationality as an indicator",
    step=_("Take special-category data out of the model, or say for each input whether it is special-category data."),
    plainly=_("Take special personal data out of the model, or say that there are none."),
    who="data",
    answered_in=("contract", ("columns",)),
    waits_for=(
        Waits(file="contract", place=("columns", "*", "special_category"), when=_is_a_feature),
        Waits(file="contract", place=("sources", "*", "special_category"), when=_feeds_the_model),
    ),
    kind="declared",
    version=2,
    since=(1, 2),
    messages={
        "control.R01.passed": _("No feature of the model is declared as special-category data."),
        "control.R01.unsaid": _("Nobody has said whether these features are special-category data: {columns}."),
        "control.R01.remedy_unsaid": _(
            "The data team must write special_category: true or false in contract.yaml, for each of them or once for their"
            " source."
        ),
        "control.R01.predictions": _("Only predictions were supplied, so it is not known which columns the model uses."),
        "control.R01.remedy_predictions": _("Ask the model's provider for its list of inputs, or for the model file."),
        "control.R01.failed": _("The model uses special-category columns: {columns}."),
        "control.R01.remedy": _("Give these columns the role sensitive, or leave them out."),
    },
    ask=_special_categories,
)


def _groups_told(facts: Facts) -> Answer:
    if facts.training.origin == "predictions":
        return "NOT_SHOWN", message("control.R02.predictions"), message("control.R36.remedy_predictions")
    telling, thin = facts.told("group")
    if telling:
        return "FAILED", message("control.R02.failed", told=telling), message("control.R02.remedy")
    if thin:
        return "NOT_SHOWN", message("control.R02.thin", columns=thin), message("control.R02.remedy_thin")
    return "PASSED", message("control.R02.passed"), NOTHING


GROUPS_TOLD = Control(
    rule="R02",
    title=_("No feature or pair of features gives somebody's group away almost with certainty"),
    severity="block",
    case="Rotterdam: speaking Dutch well stood for origin",
    step=_("Take out what reveals a group, or make it coarser, and audit again."),
    plainly=_("Take out the data that give away to which group somebody belongs."),
    who="data",
    answered_in=("contract", ("columns",)),
    since=(1,),
    messages={
        "control.R02.passed": _(
            "No feature, and no pair of features, predicts almost perfectly who belongs to a group. This was measured on rows"
            " that the prediction had not learned from."
        ),
        "control.R02.failed": _(
            "The model can recognise a group by these features, which predict almost perfectly who belongs to it: {told}."
        ),
        "control.R02.thin": _("There are too few rows to measure whether features predict who belongs to a group: {columns}."),
        "control.R02.predictions": _(
            "Only predictions were supplied, so it is not known what the model's features reveal about groups."
        ),
        "control.R02.remedy": _("Leave these features out, or make them so coarse that they reveal no group."),
        "control.R02.remedy_thin": _("Supply more rows, or merge small groups into larger ones beforehand."),
    },
    ask=_groups_told,
)


def _sources(facts: Facts) -> Answer:
    guessed = facts.contract.unconfirmed
    if guessed:
        return "NOT_SHOWN", message("control.R04.guessed", columns=", ".join(guessed)), message("control.R04.confirm")
    label = facts.contract.single("label")
    if label is not None and label.positive is None:
        return "NOT_SHOWN", message("control.R04.positive", column=label.name), message("control.R04.remedy_positive")
    seen = facts.training.origin != "predictions"
    columns = facts.contract.with_role("feature") if seen else facts.contract.columns
    used = {c.source for c in columns if c.source is not None and c.role != "ignore"}
    open_facts = [
        f"{name}.{field}"
        for name, source in sorted(facts.contract.sources.items())
        if name in used
        for field in _OF_A_SOURCE
        if getattr(source, field) is None
    ]
    if open_facts:
        code = "control.R04.open" if seen else "control.R04.open_predictions"
        return "NOT_SHOWN", message(code, facts=", ".join(open_facts)), message("control.R04.remedy")
    return "PASSED", message("control.R04.passed" if seen else "control.R04.passed_predictions"), NOTHING


SOURCES = Control(
    rule="R04",
    title=_("The origin of the data is known"),
    severity="declare",
    case="SyRI: indicators and their sources were unknown",
    step=_("Say where the data come from, and whether they may be used for this."),
    plainly=_("Say where the data come from, and whether they may be used for this."),
    who="data",
    answered_in=("contract", ("sources",)),
    waits_for=(
        Waits(file="contract", place=("columns", "*", "positive")),
        *(Waits(file="contract", place=("sources", "*", name), when=_feeds_the_model) for name in _OF_A_SOURCE),
    ),
    kind="declared",
    since=(1,),
    messages={
        "control.R04.passed": _(
            "Every feature has a source with an owner, original purpose, legal basis, retention period, last check and error"
            " rate."
        ),
        "control.R04.passed_predictions": _(
            "Every column of this audit has a source with an owner, original purpose, legal basis, retention period, last"
            " check and error rate."
        ),
        "control.R04.open_predictions": _("Facts still missing about the sources of this audit: {facts}."),
        "control.R04.open": _("Facts still missing about the sources of features: {facts}."),
        "control.R04.guessed": _("These were guessed from the data, and nobody has confirmed them: {columns}."),
        "control.R04.confirm": _("Check each of them in contract.yaml and remove its name from unconfirmed."),
        "control.R04.positive": _("Nobody has said which value of {column} the model should find."),
        "control.R04.remedy_positive": _("Set positive for that column in contract.yaml."),
        "control.R04.remedy": _("Fill in these facts under sources in contract.yaml."),
    },
    ask=_sources,
)
