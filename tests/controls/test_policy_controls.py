"""Controls on the policy itself: what it can stop, both errors, and what went since the last version."""

from __future__ import annotations

from typing import Any

import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.controls.catalogue import controls
from smartstart_gov.controls.facts import Facts
from smartstart_gov.controls.predecessor import Previous
from smartstart_gov.judgement.finding import NOTHING_STOPS, Message
from smartstart_gov.statistics.rates import RATES
from tests import projects
from tests.documents.evidence import charter, training
from tests.projects import TEXT

LIMITS = projects.policy()["limits"]
MISSED = LIMITS[0] | {"id": "missed", "metric": "false_negative_rate"}


def left_out(what: str, name: str) -> dict[str, Any]:
    return {"what": what, "name": name, "reason": TEXT, "owner": "owner"}


def found(
    rule: str, *, contract: dict[str, Any] | None = None, previous: Previous | None = None, **policy: Any
) -> tuple[str, str, dict[str, Any]]:
    """Return status, code and values of one control on the synthetic project with these changes."""
    facts = Facts(
        charter=charter(), contract=DataContract.model_validate(contract or projects.contract()),
        policy=Policy.model_validate(projects.policy(**policy)), training=training(), explained=True, sealing="rules",
        previous=previous,
    )  # fmt: skip
    finding = next(f for f in controls(facts) if f.id == f"control.{rule}")
    return finding.status, finding.reason.code, dict(finding.reason.values)


def before(**policy: Any) -> Previous:
    return Previous(
        version="1.0.0", bundle="sha256:" + "0" * 64, contract=DataContract.model_validate(projects.contract()),
        policy=Policy.model_validate(projects.policy(**policy)),
    )  # fmt: skip


def test_the_side_of_each_metric_is_one_that_the_policy_can_leave_out_or_none() -> None:
    assert {of.side for of in RATES.values()} == {"false_alarms", "missed_cases", "selection", None}
    assert {name for name, of in RATES.items() if of.side is None} == {"accuracy", "base_rate"}


@pytest.mark.parametrize(
    "limits",
    [
        [one | {"severity": "warn"} for one in LIMITS],
        [one | {"at_most": 0.99} for one in LIMITS],
        [LIMITS[0] | {"metric": "accuracy"}],
        [LIMITS[0] | {"metric": "base_rate"}],
        [LIMITS[0] | {"severity": "warn"}, LIMITS[1] | {"metric": "accuracy"}],
    ],
    ids=["warnings", "too wide", "accuracy only", "base rate only", "a warning and accuracy"],
)
def test_a_policy_that_stops_nothing_shows_nothing(limits: list[dict[str, Any]]) -> None:
    assert found("R31", limits=limits)[:2] == ("NOT_SHOWN", NOTHING_STOPS)
    assert found("R30", limits=limits)[:2] == ("NOT_SHOWN", "control.R30.none")
    # No entry in the policy makes up for it.
    entries = [left_out("limits", "origin"), left_out("limits", "quarter")]
    assert found("R31", limits=limits, left_out=entries)[1] == NOTHING_STOPS


def test_every_attribute_has_a_limit_that_can_stop_the_model_or_an_owner() -> None:
    assert found("R31")[:2] == ("PASSED", "control.R31.passed")
    limits = [LIMITS[0], LIMITS[1] | {"severity": "warn"}]
    assert found("R31", limits=limits) == ("NOT_SHOWN", "control.R31.attributes", {"columns": "quarter"})
    assert found("R31", limits=limits, left_out=[left_out("limits", "origin")])[0] == "NOT_SHOWN"
    assert found("R31", limits=limits, left_out=[left_out("limits", "quarter")])[0] == "PASSED"
    both = [LIMITS[0] | {"by": ["origin", "quarter"]}]
    assert found("R31", limits=both)[0] == "PASSED"


def test_one_side_of_the_errors_needs_a_reason() -> None:
    assert found("R30") == ("NOT_SHOWN", "control.R30.one_side", {"omitted": "side missed_cases"})
    assert found("R30", limits=[MISSED, LIMITS[1]])[2] == {"omitted": "side false_alarms"}
    assert found("R30", limits=[*LIMITS, MISSED])[:2] == ("PASSED", "control.R30.passed")
    assert found("R30", limits=[*LIMITS, MISSED | {"severity": "warn"}])[0] == "NOT_SHOWN"
    assert found("R30", left_out=[left_out("side", "missed_cases")])[:2] == ("PASSED", "control.R30.owned")
    assert found("R30", left_out=[left_out("side", "false_alarms")])[0] == "NOT_SHOWN"
    assert found("R30", limits=LIMITS[1:])[:2] == ("PASSED", "control.R30.selection")


def test_nothing_can_have_gone_before_the_first_version() -> None:
    assert found("R29")[:2] == ("PASSED", "control.R29.first")
    assert Message(code="control.R29.first", values={}).text().startswith("This does not apply yet: ")
    assert found("R29", previous=before())[:2] == ("PASSED", "control.R29.passed")


def without(name: str) -> dict[str, Any]:
    made = projects.contract(columns=[c for c in projects.contract()["columns"] if c["name"] != name])
    return made | ({"hierarchies": {}} if name == "quarter" else {})


def regrouped(levels: list[str]) -> dict[str, Any]:
    columns = [c | ({"levels": levels} if c["name"] == "origin" else {}) for c in projects.contract()["columns"]]
    return projects.contract(columns=columns)


ONLY_QUARTER = {"attributes": ["quarter"], "intersections": [], "limits": LIMITS[1:]}
GONE: list[tuple[str, dict[str, Any]]] = [
    ("group origin=C", {"contract": regrouped(["A", "B"])}),
    ("group origin=C", {"contract": regrouped(["A", "B", "D"])}),
    ("column origin", {"contract": without("origin"), **ONLY_QUARTER}),
    ("column income", {"contract": without("income")}),
    ("column family", {"contract": without("family")}),
    ("attribute origin", ONLY_QUARTER),
    ("limit selection_rate by quarter", {"limits": LIMITS[:1]}),
    ("limit selection_rate by quarter", {"limits": [LIMITS[0], LIMITS[1] | {"severity": "warn"}]}),
    ("limit selection_rate by quarter", {"limits": [LIMITS[0], LIMITS[1] | {"at_most": 0.9}]}),
    ("metric all", {"metrics": ["accuracy"]}),
]


@pytest.mark.parametrize(("what", "changes"), GONE, ids=[f"{i}-{what}" for i, (what, _) in enumerate(GONE)])
def test_what_went_is_not_shown_until_somebody_answers_for_it(what: str, changes: dict[str, Any]) -> None:
    status, code, values = found("R29", previous=before(), **changes)
    assert (status, code) == ("NOT_SHOWN", "control.R29.gone")
    named = str(values["omitted"]).split("; ")
    assert what in named
    entries = [left_out(*key.split(" ", 1)) for key in named]
    assert found("R29", previous=before(), left_out=entries, **changes)[:2] == ("PASSED", "control.R29.owned")
    if len(entries) > 1:
        assert found("R29", previous=before(), left_out=entries[:-1], **changes)[0] == "NOT_SHOWN"


def test_a_limit_under_another_name_or_its_complement_has_not_gone() -> None:
    renamed = [LIMITS[0] | {"id": "other"}, LIMITS[1]]
    assert found("R29", previous=before(), limits=renamed)[0] == "PASSED"
    missed = before(limits=[*LIMITS, MISSED], metrics=["accuracy"])
    complement = [*LIMITS, MISSED | {"metric": "true_positive_rate"}]
    assert found("R29", previous=missed, limits=complement, metrics=["accuracy"])[1] == "control.R29.passed"
    assert found("R29", previous=missed, limits=LIMITS, metrics=["accuracy"])[2] == {
        "omitted": "limit false_negative_rate by origin; metric false_negative_rate"
    }


def test_what_the_last_version_owed_is_owed_still() -> None:
    first = before()
    second = DataContract.model_validate(regrouped(["A", "B"]))
    owed = first.gone(second, first.policy)  # type: ignore[arg-type]  # it is known here
    assert owed == ("group origin=C",)
    last = Previous(version="1.1.0", bundle=first.bundle, contract=second, policy=first.policy, owed=owed)
    assert found("R29", previous=last, contract=regrouped(["A", "B"]))[2] == {"omitted": "group origin=C"}
    assert found("R29", previous=last)[0] == "PASSED"
    assert Previous.from_record(last.to_record()) == last


def test_a_last_version_that_cannot_be_read_is_said() -> None:
    last = Previous(version="1.0.0", bundle="sha256:" + "0" * 64, contract=None, policy=None)
    assert found("R29", previous=last)[:2] == ("NOT_SHOWN", "control.R29.unreadable")
    assert found("R29", previous=last, left_out=[left_out("version", "1.0.0")])[:2] == ("PASSED", "control.R29.owned")
    assert found("R29", previous=last, left_out=[left_out("version", "0.9.0")])[0] == "NOT_SHOWN"
    with pytest.raises(ValueError, match="not at all"):
        Previous(version="1.0.0", bundle="sha256:" + "0" * 64, contract=None, policy=Policy.model_validate(projects.policy()))


@pytest.mark.parametrize(
    "spoiled",
    [
        {"version": 1},
        {"version": None},
        {"bundle": "x"},
        {"bundle": None},
        {"owed": ["nothing known"]},
        {"owed": [1]},
        {"policy": None},
    ],
    ids=str,
)
def test_a_record_that_no_audit_writes_is_no_last_version(spoiled: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Previous.from_record(before().to_record() | spoiled)
