"""The controls: each asks one question that a documented failure should have been asked.

Numbers up to R56 are those of the list of rules; R57 and R58 were added when attacks showed that they were missing.
A control is a function of the facts; it answers with status, reason and remedy, and it cannot pass by finding nothing to
look at.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from smartstart_gov.canonical import unreal
from smartstart_gov.controls.facts import Facts
from smartstart_gov.controls.predecessor import unowned
from smartstart_gov.judgement.finding import NOTHING_STOPS, Finding, Message, Severity, Status
from smartstart_gov.training.record import TrainingRecord

Answer = tuple[Status, Message, Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control: its rule, how grave it is, the case behind it, and the question as a function.

    Attributes
    ----------
    rule : str
    severity : {"block", "warn", "declare"}
    case : str
    ask : callable
    version : int
        Revision of the question: raised when the same facts may get another answer or severity. Evidence that was
        judged by an earlier one keeps its answer.
    since : tuple of int
        Edition of the rules (`smartstart_gov.evidence.rules`) with which each version came. From then on no evidence is
        whole without it; a version without a number here is asked of new evidence and demanded of none.
    """

    rule: str
    severity: Severity
    case: str
    ask: Callable[[Facts], Answer]
    version: int = 1
    since: tuple[int, ...] = ()

    @property
    def id(self) -> str:
        """Of the finding that answers it."""
        return f"control.{self.rule}"


def controls(facts: Facts, asked: Container[str] | None = None) -> tuple[Finding, ...]:
    """Return the finding of every control (of those whose id is in `asked`), in the order of the catalogue."""
    return tuple(_finding(c, c.ask(facts)) for c in CATALOGUE if asked is None or c.id in asked)


#: Controls that only an audit can answer: what a model relies on is explained on the audited rows.
_ONLY_AFTER = ("R46",)


def asked_before(facts: Facts) -> tuple[Finding, ...]:
    """Return the finding of every control that can be asked before an audit: nobody shall learn of it after the look."""
    return controls(facts, {c.id for c in CATALOGUE if c.rule not in _ONLY_AFTER})


def _finding(control: Control, answer: Answer) -> Finding:
    status, reason, remedy = answer
    return Finding(id=control.id, severity=control.severity, moment="audit", status=status, reason=reason, remedy=remedy)


def _say(code: str, **values: str | int) -> Message:
    return Message(code=code, values=values)


_NOTHING = _say("remedy.none")
#: Which error a limit on each metric guards against; None where a metric mixes both, or is not of the model at all.
SIDES: dict[str, str | None] = {
    "selection_rate": "selection", "false_positive_rate": "false_alarms", "true_negative_rate": "false_alarms",
    "positive_predictive_value": "false_alarms", "false_negative_rate": "missed_cases", "true_positive_rate": "missed_cases",
    "negative_predictive_value": "missed_cases", "accuracy": None, "base_rate": None,
}  # fmt: skip


def _special_categories(facts: Facts) -> Answer:
    bad = [c.name for c in facts.contract.with_role("feature") if c.special_category]
    if bad:
        return "FAILED", _say("control.R01.failed", columns=", ".join(bad)), _say("control.R01.remedy")
    if facts.training.origin == "predictions":
        # The contract's features are what somebody says of a model that nobody has seen.
        return "NOT_SHOWN", _say("control.R01.predictions"), _say("control.R01.remedy_predictions")
    return "PASSED", _say("control.R01.passed"), _NOTHING


def _groups_told(facts: Facts) -> Answer:
    if facts.training.origin == "predictions":
        return "NOT_SHOWN", _say("control.R02.predictions"), _say("control.R36.remedy_predictions")
    telling, thin = _told(facts.training, "group")
    if telling:
        return "FAILED", _say("control.R02.failed", told=telling), _say("control.R02.remedy")
    if thin:
        return "NOT_SHOWN", _say("control.R02.thin", columns=thin), _say("control.R02.remedy_thin")
    return "PASSED", _say("control.R02.passed"), _NOTHING


def _outcome_told(facts: Facts) -> Answer:
    if facts.training.origin == "predictions":
        return "NOT_SHOWN", _say("control.R17.predictions"), _say("control.R36.remedy_predictions")
    telling, thin = _told(facts.training, "outcome")
    if telling:
        return "FAILED", _say("control.R17.failed", told=telling), _say("control.R17.remedy")
    if thin:
        return "NOT_SHOWN", _say("control.R17.thin", columns=thin), _say("control.R17.remedy_thin")
    return "PASSED", _say("control.R17.passed"), _NOTHING


def _told(record: TrainingRecord, kind: str) -> tuple[str, str]:
    """Return which features tell a target of this kind almost perfectly, and which targets have too few rows to say."""
    about = [one for one in record.told if one.kind == kind]
    telling = [f"{' + '.join(o.columns)} ({o.target}, {unreal(o.value):.2f})" for o in about if o.almost_perfectly]
    return "; ".join(telling), ", ".join(one.target for one in about if not one.value) if about else "-"


def _one_sided(facts: Facts) -> Answer:
    found = facts.training.one_sided
    whole = {"nobody": _say("control.R58.nobody"), "everybody": _say("control.R58.everybody")}
    if found and found[0] in whole:
        return "FAILED", whole[found[0]], _say("control.R58.remedy")
    if found:
        columns = ", ".join(dict.fromkeys(one.partition(" ")[2] for one in found))
        return "NOT_SHOWN", _say("control.R58.group", columns=columns), _say("control.R58.remedy_group")
    return "PASSED", _say("control.R58.passed"), _NOTHING


def _sources(facts: Facts) -> Answer:
    guessed = facts.contract.unconfirmed
    if guessed:
        return "NOT_SHOWN", _say("control.R04.guessed", columns=", ".join(guessed)), _say("control.R04.confirm")
    label = facts.contract.single("label")
    if label is not None and label.positive is None:
        return "NOT_SHOWN", _say("control.R04.positive", column=label.name), _say("control.R04.remedy_positive")
    seen = facts.training.origin != "predictions"
    columns = facts.contract.with_role("feature") if seen else facts.contract.columns
    used = {c.source for c in columns if c.source is not None and c.role != "ignore"}
    open_facts = [
        f"{name}.{field}"
        for name, source in sorted(facts.contract.sources.items())
        if name in used
        for field in ("owner", "original_purpose", "lawful_basis", "retention", "last_verified", "error_rate")
        if getattr(source, field) is None
    ]
    if open_facts:
        code = "control.R04.open" if seen else "control.R04.open_predictions"
        return "NOT_SHOWN", _say(code, facts=", ".join(open_facts)), _say("control.R04.remedy")
    return "PASSED", _say("control.R04.passed" if seen else "control.R04.passed_predictions"), _NOTHING


def _overlap(facts: Facts) -> Answer:
    record = facts.training
    if record.origin == "predictions":
        return "NOT_SHOWN", _say("control.R16.predictions"), _say("control.R16.remedy_predictions")
    if record.origin == "model":
        return "NOT_SHOWN", _say("control.R16.model"), _say("control.R16.remedy_predictions")
    if record.overlap is None:
        return "NOT_SHOWN", _say("control.R16.unknown", duplicates=record.duplicates or 0), _say("control.R16.remedy")
    if record.overlap:
        return "FAILED", _say("control.R16.failed", overlap=record.overlap), _say("control.R16.remedy")
    return "PASSED", _say("control.R16.passed" if record.folds is None else "control.R16.cross_fit"), _NOTHING


#: Up to this share, equal rows may be twins, or a key that somebody got twice; they hardly narrow an interval.
_FEW_COPIES = 0.05


def _copies(facts: Facts) -> Answer:
    record = facts.training
    values = {"duplicates": record.duplicates, "copies": record.copies, "rows": record.read}
    share = max(unreal(record.copied), record.copies / max(record.read, 1))
    if share > _FEW_COPIES:
        values["share"] = round(100 * share)
        return "NOT_SHOWN", _say("control.R57.copies", **values), _say("control.R57.remedy")
    return "PASSED", _say("control.R57.passed" if record.copies else "control.R57.none", **values), _NOTHING


def _seal(facts: Facts) -> Answer:
    code = f"control.R22.{facts.sealing or 'concept'}"
    if facts.sealing in ("rows", "rules"):
        trained = facts.training.origin == "trained"
        return "PASSED", _say(code if trained else f"{code}_predictions"), _NOTHING
    late = facts.sealing in ("after_look", "other_rows")
    late = late or facts.training.origin != "trained"
    return "NOT_SHOWN", _say(code), _say("control.R22.remedy_new" if late else "control.R22.remedy")


def _threshold(facts: Facts) -> Answer:
    threshold = facts.policy.threshold
    if threshold.chosen_by is None or threshold.reason is None:
        return "NOT_SHOWN", _say("control.R23.open"), _say("control.R23.remedy")
    return "PASSED", _say("control.R23.passed"), _NOTHING


def _nothing_vanished(facts: Facts) -> Answer:
    previous = facts.previous
    if previous is None:
        return "PASSED", _say("control.R29.first"), _NOTHING
    gone = previous.gone(facts.contract, facts.policy)
    if missing := unowned(gone, facts.policy):
        code = "control.R29.unreadable" if previous.policy is None else "control.R29.gone"
        values = {"version": previous.version} if previous.policy is None else {"omitted": "; ".join(missing)}
        return "NOT_SHOWN", _say(code, **values), _say(f"{code}_remedy")
    return "PASSED", _say("control.R29.owned" if gone else "control.R29.passed", version=previous.version), _NOTHING


def _both_sides(facts: Facts) -> Answer:
    judged = {SIDES[limit.metric] for limit in facts.policy.limits if limit.stops} - {None}
    missing = [side for side in ("false_alarms", "missed_cases") if side not in judged]
    if not judged:
        return "NOT_SHOWN", _say("control.R30.none"), _say("control.R31.remedy")
    if len(missing) == 1 and f"side {missing[0]}" not in {one.key for one in facts.policy.left_out}:
        return "NOT_SHOWN", _say("control.R30.one_side", omitted=f"side {missing[0]}"), _say("control.R30.remedy")
    return "PASSED", _say(f"control.R30.{('passed', 'owned', 'selection')[len(missing)]}"), _NOTHING


def _limits_that_stop(facts: Facts) -> Answer:
    policy = facts.policy
    stopping = [limit for limit in policy.limits if limit.stops and SIDES[limit.metric] is not None]
    if not stopping:
        return "NOT_SHOWN", _say(NOTHING_STOPS), _say("control.R31.remedy")
    judged = {name for limit in stopping for name in limit.by}
    owned = {one.key for one in policy.left_out}
    sensitive = [column.name for column in facts.contract.with_role("sensitive")]
    kinds = ("attribute", "column", "limits")
    silent = [n for n in sensitive if n not in policy.attributes and not owned & {f"{kind} {n}" for kind in kinds}]
    if silent:
        return "NOT_SHOWN", _say("control.R31.unaudited", columns=", ".join(silent)), _say("control.R31.remedy_unaudited")
    open_ = [name for name in policy.attributes if name not in judged and f"limits {name}" not in owned]
    if open_:
        return "NOT_SHOWN", _say("control.R31.attributes", columns=", ".join(open_)), _say("control.R31.remedy_attributes")
    return "PASSED", _say("control.R31.passed"), _NOTHING


def _rows_in_model(facts: Facts) -> Answer:
    if facts.training.origin == "predictions":
        return "NOT_SHOWN", _say("control.R36.predictions"), _say("control.R36.remedy_predictions")
    if facts.training.row_holders:
        return "FAILED", _say("control.R36.failed", steps=", ".join(facts.training.row_holders)), _say("control.R36.remedy")
    if facts.training.origin == "model":
        return "NOT_SHOWN", _say("control.R36.model"), _say("control.R36.remedy_model")
    return "PASSED", _say("control.R36.passed"), _NOTHING


def _aggregation(facts: Facts) -> Answer:
    level = facts.contract.aggregation_level
    if level in ("neighbourhood", "district", "municipality") and facts.contract.single("unit") is not None:
        return "FAILED", _say("control.R37.failed", level=level), _say("control.R37.remedy")
    return "PASSED", _say("control.R37.passed", level=level), _NOTHING


def _coercion(facts: Facts) -> Answer:
    charter = facts.charter
    if (charter.coercive or charter.effect in ("investigation", "refusal")) and charter.legal_basis is None:
        return "FAILED", _say("control.R40.failed"), _say("control.R40.remedy")
    if charter.coercive is None or charter.effect is None:
        return "NOT_SHOWN", _say("control.R40.open"), _say("control.R40.fill_in")
    if charter.coercive:
        return "PASSED", _say("control.R40.based"), _NOTHING
    return "PASSED", _say("control.R40.passed"), _NOTHING


def _oversight(facts: Facts) -> Answer:
    if facts.charter.oversight is None:
        return "NOT_SHOWN", _say("control.R42.open"), _say("control.R42.remedy")
    return "PASSED", _say("control.R42.passed"), _NOTHING


def _importance(facts: Facts) -> Answer:
    if facts.explained:
        return "PASSED", _say("control.R46.passed"), _NOTHING
    if facts.training.origin == "predictions":
        return "NOT_SHOWN", _say("control.R46.predictions"), _say("control.R36.remedy_predictions")
    return "NOT_SHOWN", _say("control.R46.open"), _say("control.R46.remedy")


def _model_file(facts: Facts) -> Answer:
    record = facts.training
    if record.origin == "predictions":
        return "NOT_SHOWN", _say("control.R50.predictions"), _say("control.R36.remedy_predictions")
    if record.origin == "model" and record.model_digest is None and not record.untrusted_types:
        return "NOT_SHOWN", _say("control.R50.no_file"), _say("control.R50.remedy")
    if record.untrusted_types:
        return "FAILED", _say("control.R50.failed", types=", ".join(record.untrusted_types)), _say("control.R50.remedy")
    return "PASSED", _say("control.R50.passed"), _NOTHING


def _exit(facts: Facts) -> Answer:
    leaving = facts.charter.exit
    if leaving.end_date is None or leaving.stop_criteria is None or leaving.deletion is None:
        return "NOT_SHOWN", _say("control.R52.open"), _say("control.R52.remedy")
    return "PASSED", _say("control.R52.passed"), _NOTHING


#: Severity follows the rule: declare asks for a declared fact, block for a state of affairs.
CATALOGUE: tuple[Control, ...] = (
    Control(
        rule="R01",
        severity="block",
        case="Dutch childcare benefits: nationality as an indicator",
        ask=_special_categories,
        since=(1,),
    ),
    Control(
        rule="R02",
        severity="block",
        case="Rotterdam: speaking Dutch well stood for origin",
        ask=_groups_told,
        since=(1,),
    ),
    Control(rule="R04", severity="declare", case="SyRI: indicators and their sources were unknown", ask=_sources, since=(1,)),
    Control(rule="R16", severity="block", case="Denmark: one child in training and test rows", ask=_overlap, since=(1,)),
    Control(
        rule="R17",
        severity="block",
        case="Denmark: the outcome leaked into what it was predicted from",
        ask=_outcome_told,
        since=(1,),
    ),
    Control(rule="R22", severity="block", case="Rotterdam: no criterion for success was set beforehand", ask=_seal, since=(1,)),
    Control(rule="R23", severity="declare", case="Allegheny: thresholds chosen by trial and error", ask=_threshold, since=(1,)),
    Control(rule="R29", severity="block", case="Rotterdam: groups that nobody counted", ask=_nothing_vanished, since=(1,)),
    Control(
        rule="R30",
        severity="declare",
        case="Amsterdam: which equality was chosen, and which not",
        ask=_both_sides,
        since=(1,),
    ),
    Control(
        rule="R31",
        severity="block",
        case="DUO: a ratio that was watched and stopped nothing",
        ask=_limits_that_stop,
        since=(1,),
    ),
    Control(
        rule="R36",
        severity="block",
        case="AI Act article 4a: rows of persons stay out of the model",
        ask=_rows_in_model,
        since=(1,),
    ),
    Control(
        rule="R37",
        severity="block",
        case="Smart Start: neighbourhoods were promised, not persons",
        ask=_aggregation,
        since=(1,),
    ),
    Control(rule="R40", severity="block", case="Top400, Gladsaxe: a score with force behind it", ask=_coercion, since=(1,)),
    Control(rule="R42", severity="declare", case="Allegheny: mandatory screen-in", ask=_oversight, since=(1,)),
    Control(rule="R46", severity="block", case="SyRI: nobody could see what the model relied on", ask=_importance, since=(1,)),
    Control(rule="R50", severity="block", case="Hackney: auditors were denied access", ask=_model_file, since=(1,)),
    Control(rule="R52", severity="declare", case="Gladsaxe: no end was agreed", ask=_exit, since=(1,)),
    Control(
        rule="R57",
        severity="block",
        case="A table copied four times passed as enough data",
        ask=_copies,
        since=(1,),
    ),
    Control(rule="R58", severity="block", case="A model that selects nobody errs alike for all", ask=_one_sided, since=(1,)),
)
