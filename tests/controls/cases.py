"""For every control and every status it can return: the fewest facts that make it say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.names import BURDENS
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.controls.facts import Facts
from smartstart_gov.controls.predecessor import Previous
from smartstart_gov.judgement.finding import Status
from smartstart_gov.training.record import AreaFacts, Told
from tests.documents import evidence as made
from tests.projects import SOURCE, TEXT, charter, contract, policy

Files = dict[str, Any]


#: Limits on both errors: the synthetic policy has one on false alarms and one on selection.
LIMITS = [*policy()["limits"], policy()["limits"][0] | {"id": "missed", "metric": "false_negative_rate"}]
BEFORE = Previous(
    version="1.0.0", bundle="sha256:" + "0" * 64, contract=DataContract.model_validate(contract()),
    policy=Policy.model_validate(policy(limits=LIMITS)),
)  # fmt: skip


def facts(
    *, charter_file: Files | None = None, contract_file: Files | None = None, policy_file: Files | None = None,
    explained: bool = True, sealing: str | None = "rows", previous: Previous | None = None, **training: Any,
) -> Facts:  # fmt: skip
    """Return facts with which every control passes, but for what is given: keys of the files, fields of the training."""
    return Facts(
        charter=Charter.model_validate(charter(**(charter_file or {}))),
        contract=DataContract.model_validate(contract(**(contract_file or {}))),
        policy=Policy.model_validate(policy(**{"limits": LIMITS} | (policy_file or {}))), previous=previous,
        training=replace(made.training(), **training), explained=explained, sealing=sealing,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """Facts that make the control of `rule` return `status`, for `reason` and with `remedy` (codes)."""

    rule: str
    status: Status
    reason: str
    remedy: str = "remedy.none"
    values: dict[str, Any] = field(default_factory=dict)
    make: Callable[[], Facts] = facts

    @property
    def name(self) -> str:
        return f"{self.reason}-{self.status}"


def _columns(**changed: dict[str, Any]) -> Files:
    """Return the contract's columns with some fields changed, by the name of the column."""
    columns = [{**one, **changed.get(one["name"], {})} for one in contract()["columns"]]
    return {"columns": [{k: v for k, v in one.items() if v is not None} for one in columns]}


def _case(rule: str, status: Status, reason: str, remedy: str | None = None, *, values: Any = None, **given: Any) -> Case:
    full = "remedy.none" if remedy is None else f"control.{remedy if '.' in remedy else f'{rule}.{remedy}'}"
    return Case(
        rule=rule,
        status=status,
        reason=f"control.{rule}.{reason}",
        remedy=full,
        values=values or {},
        make=lambda: facts(**given),
    )


def _cases() -> Iterator[Case]:
    # R01: a special category (article 9 GDPR) among the features; elsewhere in the contract it is no feature.
    yield _case("R01", "PASSED", "passed")
    one = _columns(income={"special_category": True})
    both = _columns(income={"special_category": True}, visits={"special_category": True})
    yield _case("R01", "FAILED", "failed", "remedy", values={"columns": "income"}, contract_file=one)
    yield _case("R01", "FAILED", "failed", "remedy", values={"columns": "income, visits"}, contract_file=both)

    yield _case("R01", "NOT_SHOWN", "predictions", "remedy_predictions", origin="predictions")
    for open_, said in (({"income": None}, "income"), ({"income": None, "visits": None}, "income, visits")):
        unsaid = _columns(**{name: {"special_category": None} for name in open_})
        yield _case("R01", "NOT_SHOWN", "unsaid", "remedy_unsaid", values={"columns": said}, contract_file=unsaid)
    # Of a column that is no feature, this control asks nothing.
    yield _case("R01", "PASSED", "passed", contract_file=_columns(quarter={"special_category": None}))
    yield _case("R01", "FAILED", "failed", "remedy", values={"columns": "income"}, contract_file=one, origin="predictions")

    # R02 and R17: features that tell who is of a group, or how it ends. R58: a model that chooses.
    for rule, kind, other in (("R02", "group", made.TOLD[0]), ("R17", "outcome", made.TOLD[1])):
        here = next(one for one in made.TOLD if one.kind == kind)
        just = replace(here, columns=("a", "b"), value="0.98")
        yield _case(rule, "PASSED", "passed")
        yield _case(rule, "PASSED", "passed", told=(other, replace(here, value="0.9499")))
        told = f"a + b ({here.target}, 0.98)"
        yield _case(rule, "FAILED", "failed", "remedy", values={"told": told}, told=(other, just))
        both = f"{told}; c ({here.target}, 1.00)"
        more = (just, replace(here, columns=("c",), value="1"), other)
        yield _case(rule, "FAILED", "failed", "remedy", values={"told": both}, told=more, origin="model")
        thin = replace(here, columns=(), value="")
        yield _case(rule, "NOT_SHOWN", "thin", "remedy_thin", values={"columns": here.target}, told=(other, thin))
        yield _case(rule, "NOT_SHOWN", "thin", "remedy_thin", values={"columns": "-"}, told=(other,))
        yield _case(rule, "NOT_SHOWN", "predictions", "R36.remedy_predictions", told=(other, just), origin="predictions")
    scores = Told(target="asked", kind="outcome", columns=(), value="0.98")
    yield _case("R17", "NOT_SHOWN", "scores", "remedy_scores", values={"value": "0.98"}, told=(*made.TOLD, scores))
    yield _case("R58", "PASSED", "passed")
    for who in ("nobody", "everybody"):
        yield _case("R58", "FAILED", who, "remedy", one_sided=(who,))
        groups = {"columns": "origin"}
        yield _case("R58", "NOT_SHOWN", "group", "remedy_group", values=groups, one_sided=(f"{who} origin",))
    yield _case("R58", "NOT_SHOWN", "few", "remedy", values={"columns": "origin"}, one_sided=("few origin",))
    yield _case("R58", "NOT_SHOWN", "group", "remedy_group", values=groups, one_sided=("nobody origin", "few quarter"))
    several = {"columns": "origin, origin x quarter"}
    sided = ("nobody origin", "everybody origin", "nobody origin x quarter")
    yield _case("R58", "NOT_SHOWN", "group", "remedy_group", values=several, one_sided=sided)

    # R04: what is known of the sources of features.
    yield _case("R04", "PASSED", "passed")
    yield _case(
        "R04", "NOT_SHOWN", "guessed", "confirm", values={"columns": "visits"}, contract_file={"unconfirmed": ["visits"]}
    )
    no_meaning = _columns(asked={"positive": "open"})
    yield _case("R04", "NOT_SHOWN", "positive", "remedy_positive", values={"column": "asked"}, contract_file=no_meaning)
    for fact in ("owner", "original_purpose", "lawful_basis", "retention", "last_verified", "error_rate"):
        sources = {"sources": {"register": {**SOURCE, fact: "open"}}}
        yield _case("R04", "NOT_SHOWN", "open", "remedy", values={"facts": f"register.{fact}"}, contract_file=sources)
    # The open facts of a source that no feature comes from are not asked here.
    apart = {**_columns(origin={"source": "census"}), "sources": {"register": SOURCE, "census": {**SOURCE, "owner": "open"}}}
    yield _case("R04", "PASSED", "passed", contract_file=apart)

    # Of a model that nobody has seen every source of the audit is asked for.
    yield _case("R04", "PASSED", "passed_predictions", origin="predictions")
    yield _case(
        "R04",
        "NOT_SHOWN",
        "open_predictions",
        "remedy",
        values={"facts": "census.owner"},
        contract_file=apart,
        origin="predictions",
    )

    # But not the source of a column that is read and not used.
    unused = [*_columns()["columns"], next({**one, "name": "note"} for one in contract()["columns"] if one["name"] == "visits")]
    unused[-1] |= {"role": "ignore", "source": "census"}
    ignored = {"columns": unused, "sources": apart["sources"]}
    yield _case("R04", "PASSED", "passed_predictions", contract_file=ignored, origin="predictions")

    # Without a label column there is no positive value to name.
    unlabelled = {"columns": [one for one in contract()["columns"] if one["role"] != "label"]}
    yield _case("R04", "PASSED", "passed", contract_file=unlabelled)

    # R16: a unit on both sides of the split.
    yield _case("R16", "PASSED", "passed", overlap=0)
    yield _case("R16", "PASSED", "cross_fit", overlap=0, folds=5)
    yield _case("R16", "FAILED", "failed", "remedy", values={"overlap": 1}, overlap=1)
    yield _case("R16", "FAILED", "failed", "remedy", values={"overlap": 3}, overlap=3, folds=5)
    yield _case("R16", "NOT_SHOWN", "unknown", "remedy", values={"duplicates": 12}, overlap=None, duplicates=12)
    yield _case("R16", "NOT_SHOWN", "unknown", "remedy", values={"duplicates": 0}, overlap=None, duplicates=None)
    # Who did not see the training cannot say that nothing was shared, nor that something was.
    for origin in ("predictions", "model"):
        for overlap in (None, 0, 2):
            yield _case("R16", "NOT_SHOWN", origin, "remedy_predictions", origin=origin, overlap=overlap)

    # R22: sealed before looking; of a model trained elsewhere only the look is known to come later.
    for sealing in ("rows", "rules"):
        yield _case("R22", "PASSED", sealing, sealing=sealing)
        for origin in ("predictions", "model"):
            yield _case("R22", "PASSED", f"{sealing}_predictions", sealing=sealing, origin=origin)
    for sealing in ("after_look", "other_rows"):
        yield _case("R22", "NOT_SHOWN", sealing, "remedy_new", sealing=sealing)
    for sealing in ("after_training", "edited", "none"):
        yield _case("R22", "NOT_SHOWN", sealing, "remedy", sealing=sealing)
    yield _case("R22", "NOT_SHOWN", "concept", "remedy", sealing=None)
    yield _case("R22", "NOT_SHOWN", "concept", "remedy_new", sealing=None, origin="predictions")
    yield _case("R22", "NOT_SHOWN", "none", "remedy_new", sealing="none", origin="predictions")

    # R23: who chose the threshold, and why.
    yield _case("R23", "PASSED", "passed")
    for fact in ("chosen_by", "reason"):
        threshold = {"threshold": {**policy()["threshold"], fact: "open"}}
        yield _case("R23", "NOT_SHOWN", "open", "remedy", policy_file=threshold)

    # R36: rows of persons inside the model.
    held = ("sklearn.neighbors.KNeighborsClassifier", "svm")
    yield _case("R36", "PASSED", "passed")
    yield _case("R36", "FAILED", "failed", "remedy", values={"steps": ", ".join(held)}, row_holders=held)
    yield _case("R36", "FAILED", "failed", "remedy", values={"steps": held[1]}, row_holders=held[1:], origin="model")
    yield _case("R36", "NOT_SHOWN", "model", "remedy_model", origin="model")
    yield _case("R36", "NOT_SHOWN", "predictions", "remedy_predictions", origin="predictions")

    # R37: units that are areas, and rows that are persons.
    unitless = {"columns": [one for one in contract()["columns"] if one["role"] != "unit"]}
    for level in ("neighbourhood", "district", "municipality"):
        values = {"level": level}
        yield _case("R37", "FAILED", "failed", "remedy", values=values, contract_file={"aggregation_level": level})
        yield _case(
            "R37", "NOT_SHOWN", "unknown", "remedy_unit", values=values, contract_file={"aggregation_level": level} | unitless
        )
        of_area = {"contract_file": {"aggregation_level": level}}
        whole = AreaFacts(units=40, least=10, under=0, varying=())
        yield _case("R37", "PASSED", "areas", values=values | {"units": 40, "least": 10}, areas=whole, **of_area)
        apart = replace(whole, varying=("income", "children"))
        columns = {"columns": "income, children"}
        yield _case("R37", "FAILED", "varying", "remedy", values=values | columns, areas=apart, **of_area)
        small = replace(whole, under=1)
        counts = {"units": 40, "least": 10, "under": 1}
        yield _case("R37", "FAILED", "under", "remedy", values=values | counts, areas=small, **of_area)
    for level in ("person", "household"):
        yield _case("R37", "PASSED", "passed", values={"level": level}, contract_file={"aggregation_level": level})

    # R40: force needs a legal basis.
    baseless = {"legal_basis": "open"}
    yield _case("R40", "PASSED", "passed", charter_file={"coercive": False, "effect": "offer_of_help"})
    yield _case("R40", "PASSED", "passed", charter_file=baseless)
    yield _case("R40", "PASSED", "passed", charter_file={"effect": "investigation"})
    yield _case("R40", "PASSED", "based", charter_file={"coercive": True})
    yield _case("R40", "FAILED", "failed", "remedy", charter_file={"coercive": True} | baseless)
    for effect in BURDENS:
        yield _case("R40", "FAILED", "failed", "remedy", charter_file={"effect": effect} | baseless)
    yield _case("R40", "FAILED", "failed", "remedy", charter_file={"effect": "refusal", "coercive": "open"} | baseless)
    for fact in ("coercive", "effect"):
        yield _case("R40", "NOT_SHOWN", "open", "fill_in", charter_file={fact: "open"})
        yield _case("R40", "NOT_SHOWN", "open", "fill_in", charter_file={fact: "open"} | baseless)

    # R42: who may deviate from the model.
    yield _case("R42", "PASSED", "passed", charter_file={"oversight": TEXT})
    yield _case("R42", "NOT_SHOWN", "open", "remedy", charter_file={"oversight": "open"})

    # R46: what the model relies on. What is shown is shown, wherever the model came from.
    yield _case("R46", "PASSED", "passed", explained=True)
    yield _case("R46", "PASSED", "passed", explained=True, origin="predictions")
    yield _case("R46", "NOT_SHOWN", "open", "remedy", explained=False)
    yield _case("R46", "NOT_SHOWN", "open", "remedy", explained=False, origin="model")
    yield _case("R46", "NOT_SHOWN", "predictions", "R36.remedy_predictions", explained=False, origin="predictions")

    # R50: a model file that can be opened without running code of its own.
    types = ("vendor.Model", "vendor.Step")
    yield _case("R50", "PASSED", "passed")
    yield _case("R50", "PASSED", "passed", origin="model")
    # A model that the library trained gets its file after the controls are asked.
    yield _case("R50", "PASSED", "passed", model_digest=None)
    for origin in ("trained", "model"):
        values = {"types": ", ".join(types)}
        yield _case("R50", "FAILED", "failed", "remedy", values=values, untrusted_types=types, origin=origin, model_digest=None)
    yield _case("R50", "NOT_SHOWN", "no_file", "remedy", origin="model", model_digest=None)
    yield _case("R50", "NOT_SHOWN", "predictions", "R36.remedy_predictions", origin="predictions", model_digest=None)

    # R29: nothing goes in silence. R30: both errors. R31: limits that can stop the model.
    version, less = {"version": "1.0.0"}, {"limits": [LIMITS[0], LIMITS[2]]}
    owned = [{"what": "limit", "name": "selection_rate by quarter"}, {"what": "limits", "name": "quarter"}]
    entries = [one | {"reason": TEXT, "owner": "owner"} for one in owned]
    yield _case("R29", "PASSED", "first")
    yield _case("R29", "PASSED", "passed", values=version, previous=BEFORE)
    yield _case(
        "R29",
        "NOT_SHOWN",
        "gone",
        "gone_remedy",
        values={"omitted": "limit selection_rate by quarter"},
        previous=BEFORE,
        policy_file=less,
    )
    yield _case("R29", "PASSED", "owned", values=version, previous=BEFORE, policy_file=less | {"left_out": entries})
    unread = replace(BEFORE, contract=None, policy=None)
    yield _case("R29", "NOT_SHOWN", "unreadable", "unreadable_remedy", values=version, previous=unread)
    side = [{"what": "side", "name": "missed_cases", "reason": TEXT, "owner": "owner"}]
    yield _case("R30", "PASSED", "passed")
    yield _case(
        "R30", "NOT_SHOWN", "one_side", "remedy", values={"omitted": "side missed_cases"}, policy_file={"limits": LIMITS[:2]}
    )
    yield _case("R30", "PASSED", "owned", policy_file={"limits": LIMITS[:2], "left_out": side})
    yield _case("R30", "PASSED", "selection", policy_file={"limits": LIMITS[1:2]})
    warned = {"limits": [one | {"severity": "warn"} for one in LIMITS]}
    yield _case("R30", "NOT_SHOWN", "none", "R31.remedy", policy_file=warned)
    yield _case("R31", "PASSED", "passed")
    yield _case("R31", "NOT_SHOWN", "nothing", "remedy", policy_file=warned)
    one = {"attributes": ["origin"], "intersections": [], "limits": [LIMITS[0], LIMITS[2]]}
    yield _case("R31", "NOT_SHOWN", "unaudited", "remedy_unaudited", values={"columns": "quarter"}, policy_file=one)
    for kind in ("attribute", "column", "limits"):
        yield _case("R31", "PASSED", "passed", policy_file=one | {"left_out": [entries[1] | {"what": kind}]})
        # What somebody answers for of one attribute says nothing of another.
        other = one | {"left_out": [entries[1] | {"what": kind, "name": "origin"}]}
        yield _case("R31", "NOT_SHOWN", "unaudited", "remedy_unaudited", values={"columns": "quarter"}, policy_file=other)
    yield _case("R31", "NOT_SHOWN", "attributes", "remedy_attributes", values={"columns": "quarter"}, policy_file=less)
    # R52: an end that was agreed.
    yield _case("R52", "PASSED", "passed")
    for fact in ("end_date", "stop_criteria", "deletion"):
        leaving = {"exit": {**charter()["exit"], fact: "open"}}
        yield _case("R52", "NOT_SHOWN", "open", "remedy", charter_file=leaving)

    # R57: copies of rows under other keys, up to 5 in 100 of all rows and of every group.
    rows = {"rows": made.training().read}
    few, many = rows["rows"] // 20, rows["rows"] // 20 + 1
    areas = AreaFacts(units=40, least=10, under=0, varying=())
    yield _case(
        "R57", "PASSED", "areas", values={"duplicates": 0, "copies": 0, **rows}, duplicates=0, copies=0, copied="0", areas=areas
    )
    yield _case("R57", "PASSED", "none", values={"duplicates": 7, "copies": 0, **rows}, duplicates=7, copies=0, copied="0")
    some = {"duplicates": few, "copies": few, **rows}
    yield _case("R57", "PASSED", "passed", values=some, duplicates=few, copies=few, copied="0.05")
    share = {"duplicates": many, "copies": many, "share": round(100 * many / rows["rows"]), **rows}
    yield _case("R57", "NOT_SHOWN", "copies", "remedy", values=share, duplicates=many, copies=many, copied="0")
    # Of a single row, and of none.
    for read, status, reason, remedy in ((1, "NOT_SHOWN", "copies", "remedy"), (0, "PASSED", "none", None)):
        parts = made.training().parts
        told = {"duplicates": read, "copies": read, "rows": read} | ({"share": 100} if read else {})
        those = {
            "duplicates": read,
            "copies": read,
            "copied": "0",
            "read": read,
            "parts": tuple(replace(one, rows=read) for one in parts[:1]),
        }
        yield _case("R57", status, reason, remedy, values=told, **those)
    group = {"duplicates": 9, "copies": 9, "share": 6, **rows}
    yield _case("R57", "NOT_SHOWN", "copies", "remedy", values=group, duplicates=9, copies=9, copied="0.06")


CASES = tuple(_cases())
