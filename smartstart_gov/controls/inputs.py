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
    bad = [c.name for c in facts.contract.with_role("feature") if c.special_category]
    if bad:
        return "FAILED", message("control.R01.failed", columns=", ".join(bad)), message("control.R01.remedy")
    if facts.training.origin == "predictions":
        # The contract's features are what somebody says of a model that nobody has seen.
        return "NOT_SHOWN", message("control.R01.predictions"), message("control.R01.remedy_predictions")
    unsaid = [c.name for c in facts.contract.with_role("feature") if c.special_category is None]
    if unsaid:
        return "NOT_SHOWN", message("control.R01.unsaid", columns=", ".join(unsaid)), message("control.R01.remedy_unsaid")
    return "PASSED", message("control.R01.passed"), NOTHING


SPECIAL_CATEGORIES = Control(
    rule="R01",
    title=_("No feature of the model is declared to be special personal data"),
    severity="block",
    case="Dutch childcare benefits: nationality as an indicator",
    who="data",
    answered_in=("contract", ("columns",)),
    waits_for=(Waits(file="contract", place=("columns", "*", "special_category"), when=_is_a_feature),),
    version=2,
    since=(1, 2),
    messages={
        "control.R01.passed": _("No feature of the model is declared to be of a special category."),
        "control.R01.unsaid": _("Nobody has said whether these features are of a special category: {columns}."),
        "control.R01.remedy_unsaid": _("The data team writes special_category: false or true at each, in contract.yaml."),
        "control.R01.predictions": _("Only predictions were handed in; which columns the model uses is not known."),
        "control.R01.remedy_predictions": _("Ask the provider of the model for the list of its inputs, or for the model file."),
        "control.R01.failed": _("The model uses columns of a special category: {columns}."),
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
    title=_("No feature stands for a group"),
    severity="block",
    case="Rotterdam: speaking Dutch well stood for origin",
    who="data",
    answered_in=("contract", ("columns",)),
    since=(1,),
    messages={
        "control.R02.passed": _(
            "On rows it was not learnt from, no feature, and no two together, tell almost perfectly who is of a group."
        ),
        "control.R02.failed": _(
            "These features tell almost perfectly who belongs to a group, so the model can tell the group by them: {told}."
        ),
        "control.R02.thin": _("Too few rows to measure whether features tell who belongs to a group: {columns}."),
        "control.R02.predictions": _("Only predictions were handed in. What the model's features tell of groups is not known."),
        "control.R02.remedy": _("Leave these features out, or make them so coarse that they tell no group."),
        "control.R02.remedy_thin": _("Hand in more rows, or join small groups upwards beforehand."),
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
    title=_("Known where the data come from"),
    severity="declare",
    case="SyRI: indicators and their sources were unknown",
    who="data",
    answered_in=("contract", ("sources",)),
    waits_for=(
        Waits(file="contract", place=("columns", "*", "positive")),
        *(Waits(file="contract", place=("sources", "*", name), when=_feeds_the_model) for name in _OF_A_SOURCE),
    ),
    since=(1,),
    messages={
        "control.R04.passed": _(
            "Every feature has a source with owner, original purpose, legal basis, retention, last check and error rate."
        ),
        "control.R04.passed_predictions": _(
            "Every column of this audit has a source with owner, original purpose, legal basis, retention, last check and"
            " error rate."
        ),
        "control.R04.open_predictions": _("Open facts about the sources of this audit: {facts}."),
        "control.R04.open": _("Open facts about the sources of features: {facts}."),
        "control.R04.guessed": _("What these are was guessed from the data, and nobody has confirmed it: {columns}."),
        "control.R04.confirm": _("Check each of them in contract.yaml, and take its name out of unconfirmed."),
        "control.R04.positive": _("Nobody has said which value of {column} the model is to find."),
        "control.R04.remedy_positive": _("Write it in contract.yaml, as positive of that column."),
        "control.R04.remedy": _("Fill in these facts under sources in contract.yaml."),
    },
    ask=_sources,
)
