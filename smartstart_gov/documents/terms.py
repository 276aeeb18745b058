"""Codes of authored files and verdicts, as words: the English is the message id, the catalogues hold the rest."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Tone


def _(message: str) -> str:
    """Mark a word for the message catalogues."""
    return message


#: Kind of code to code to word.
CODES: dict[str, dict[str, str]] = {
    "status": {
        "PASSED": _("shown"),
        "FAILED": _("breached"),
        "NOT_SHOWN": _("not shown"),
        "WAIVED": _("waived"),
        "NOT_APPLICABLE": _("not applicable"),
    },
    "verdict": {
        "PASSED": _("Fair treatment of groups: shown"),
        "FAILED": _("Fair treatment of groups: breached"),
        "NOT_SHOWN": _("Fair treatment of groups: not shown"),
    },
    "rules": {
        "PASSED": _("Other rules: shown"),
        "FAILED": _("Other rules: breached"),
        "NOT_SHOWN": _("Other rules: not shown"),
    },
    "decision": {"allowed": _("allowed"), "refused": _("refused"), "not_shown": _("not shown")},
    "basis": {"measured": _("measured"), "declared": _("declared"), "derived": _("derived"), "open": _("open")},
    "explainer": {
        "closed form of a linear model": _("closed form of a linear model"),
        "closed form of a Gaussian model": _("closed form of a Gaussian model"),
        "exact values of trees": _("exact Shapley values of trees"),
        "every coalition of the contract's columns": _("exact Shapley values from every set of facts"),
        "orders of the contract's columns": _("estimated Shapley values from random orders of the facts"),
        # What earlier bundles say.
        "shap Permutation over the contract's columns": _("shap Permutation over the columns of the contract"),
    },
    "group": {"unknown": _("not recorded")},
    "stage": {
        "shadow": _("shadow: scores are computed, nobody sees them"),
        "trial": _("trial: one team, a limited number of people, help only"),
        "release": _("release: normal use"),
    },
    "severity": {"block": _("no release"), "warn": _("warning only"), "declare": _("must be declared")},
    "effect": {
        "offer_of_help": _("an offer of help"),
        "priority": _("a place in the work queue"),
        "investigation": _("an investigation"),
        "refusal": _("a refusal"),
        "research_only": _("research only, no action"),
    },
    "label_type": {
        "event": _("an event that happened"),
        "professional_judgement": _("the judgement of a professional"),
        "substantiation": _("a report that was found to be true"),
        "re_referral": _("a person who was reported again"),
        "service_use": _("use of a service"),
    },
    "aggregation": {
        "person": _("person"),
        "household": _("household"),
        "event": _("event"),
        "neighbourhood": _("neighbourhood"),
        "district": _("district"),
        "municipality": _("municipality"),
    },
    "role": {
        "feature": _("input of the model"),
        "sensitive": _("audit only: group"),
        "control": _("audit only: background"),
        "label": _("outcome to predict"),
        "score": _("score"),
        "decision": _("decision"),
        "weight": _("weight of the row"),
        "unit": _("key: rows that belong together"),
        "time": _("moment"),
        "site": _("where the row comes from"),
        "index": _("row number"),
        "ignore": _("not used"),
    },
    "party": {
        "controller": _("controller"),
        "joint_controller": _("joint controller"),
        "processor": _("processor"),
        "sub_processor": _("sub-processor"),
        "third_party": _("third party"),
        "provider": _("provider of data"),
        "recipient": _("recipient"),
    },
    "grade": {"low": _("low"), "middle": _("middle"), "high": _("high")},
    "between": {
        "groups": _("every pair of groups"),
        "overall": _("each group with everybody"),
        "rest": _("each group with all others"),
        "reference": _("each group with {reference}"),
    },
    "part": {
        "fit": _("to train the model"),
        "develop": _("to try out and adjust"),
        "audit": _("for this audit"),
        "straddles_cut": _("left out: the person appears on both sides of the dividing date"),
        "no_match": _("left out: no matching prediction"),
        "not_linked": _("left out: no match in a linked source"),
    },
    "scale": {
        "log-odds": _("log-odds"),
        "probability": _("probability points"),
        "raw": _("the model's own unit"),
    },
    "score": {
        "probability": _("estimated chance between 0 and 1"),
        "decision": _("yes or no, without a score"),
        "given": _("score as supplied"),
    },
    "policy_key": {
        "alpha": _("chance of a wrong answer"),
        "max_looks": _("looks at one set of data"),
        "waivers": _("who may let an answer pass for a while"),
        "team": _("the team of the trial"),
        "families_at_most": _("families in the trial, at most"),
        "ends": _("last day of the trial"),
        "person_decides_first": _("a person decides before the score is shown"),
        "practice": _("counts from practice before release"),
        "decide_on": _("what the answer rests on"),
        "attributes": _("attributes examined"),
        "intersections": _("combinations examined"),
        "metrics": _("figures that are printed"),
        "k": _("smallest number that is printed"),
        "between": _("who is compared"),
        "harm": _("which direction counts as harm"),
        "given": _("compared within the levels of"),
        "pool_under": _("groups with fewer rows are judged together"),
        "severity": _("if it is breached"),
        "measure": _("how rates are compared"),
        "needs": _("required question"),
        "trusted_types": _("own types in the model file"),
        "sensitive_features_in_training": _("group data in the training"),
        "unseen": _("largest group in which harm may go unseen"),
        "at_most": _("upper bound"),
        "at_least": _("lower bound"),
        "not_shown": _("answers 'not shown'"),
        "signatures": _("signatures"),
    },
    "policy_value": {
        "none": _("none"),
        "all": _("all"),
        "interval": _("chance included"),
        "point": _("estimates only"),
        "difference": _("their difference"),
        "ratio": _("their ratio"),
        "groups": _("every pair of groups"),
        "rest": _("each group with all others"),
        "overall": _("each group with everybody"),
        "reference": _("each group with one other"),
        "both": _("both directions"),
        "higher": _("only a higher rate"),
        "lower": _("only a lower rate"),
        "block": _("no release"),
        "declare": _("must be declared"),
        "warn": _("warning only"),
        "accepted": _("may enter"),
        "refused": _("may not enter"),
        "limit": _("the limit itself"),
    },
    "omission": {
        "area": _("the area {name}"),
        "attribute": _("the comparison by {name}"),
        "column": _("column {name}"),
        "group": _("group {name}"),
        "limit": _("the limit on {name}"),
        "limits": _("limits by {name}"),
        "metric": _("the figure {name}"),
        "outcome": _("the outcome {name}"),
        "side": _("one of the two errors: {name}"),
        "version": _("comparison with version {name}"),
    },
    "side": {"false_alarms": _("false alarms"), "missed_cases": _("missed cases")},
    "yes": {"True": _("yes"), "False": _("no")},
    "who": {
        "owner": _("the owner of the model"),
        "data": _("the data team"),
        "dpo": _("the data protection officer"),
        "lawyer": _("the lawyer"),
        "committee": _("the committee that sets the limits"),
    },
    "source_field": {
        "original_purpose": _("original purpose"),
        "lawful_basis": _("legal basis"),
        "retention": _("how long the data are kept"),
        "last_verified": _("last check"),
        "error_rate": _("share of wrong records"),
    },
    "reading": {
        "lower": _("Lower is better."),
        "higher": _("Higher is better."),
        "neither": _("Neither higher nor lower is better in itself."),
    },
}

#: Id of a finding on linking to what it asks; controls bring their own titles.
TITLES: dict[str, str] = {
    "rows.linking_groups": _("No group loses rows more often than others when sources are linked"),
    "rows.linking_share": _("Enough rows could be linked"),
    "rows.linking_age": _("The extracts are recent"),
}

#: The colour of an answer.
TONES: dict[str, Tone] = {"PASSED": "good", "FAILED": "bad", "NOT_SHOWN": "open", "WAIVED": "open", "NOT_APPLICABLE": "plain"}
