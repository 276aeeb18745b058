"""What a version had and the next one has not: everything that may not go in silence, each by itself and what it takes along."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.controls.predecessor import Previous, _asked
from tests.projects import contract, policy

COLUMNS = contract()["columns"]
STEP = contract()["hierarchies"]["quarter"][0]
ALARM, CHOSEN = policy()["limits"]
BOTH = ALARM | {"id": "both", "by": ["origin", "quarter"]}


def made(*, files: dict[str, Any] | None = None, **rules: Any) -> tuple[DataContract, Policy]:
    return DataContract.model_validate(contract(**(files or {}))), Policy.model_validate(policy(**rules))


def before(*, files: dict[str, Any] | None = None, owed: tuple[str, ...] = (), **rules: Any) -> Previous:
    had, asked = made(files=files, **rules)
    return Previous(version="1.0.0", bundle="sha256:" + "0" * 64, contract=had, policy=asked, owed=owed)


def but(name: str, **changes: Any) -> dict[str, Any]:
    return {"columns": [one | changes if one["name"] == name else one for one in COLUMNS]}


def without(name: str) -> dict[str, Any]:
    left = {"columns": [one for one in COLUMNS if one["name"] != name]}
    return left | ({"hierarchies": {}} if name == "quarter" else {})


ONLY_ORIGIN: dict[str, Any] = {"attributes": ["origin"], "intersections": [], "limits": [ALARM]}
ONLY_QUARTER: dict[str, Any] = {"attributes": ["quarter"], "intersections": [], "limits": [CHOSEN]}


def test_all_that_may_not_go_in_silence_is_asked() -> None:
    """Who is judged, on what, who counts as one, the groups with their areas, the outcome, and what of it is told and limited."""
    assert list(_asked(*made(metrics=["accuracy"]))) == [
        "column family", "column income", "column visits", "outcome asked=True",
        "column origin", "group origin=A", "group origin=B", "group origin=C",
        "column quarter", *(f"group quarter=Q{i}" for i in range(6)), *(f"area quarter=Q{i} in D{i % 2}" for i in range(6)),
        "attribute origin", "attribute quarter",
        "limit false_positive_rate by origin", "limit selection_rate by quarter",
        "metric accuracy", "metric false_positive_rate", "metric selection_rate",
    ]  # fmt: skip
    every = list(_asked(*made()))
    assert [key for key in every if key.startswith("metric")] == [
        "metric all",
        "metric false_positive_rate",
        "metric selection_rate",
    ]
    # What only warns stops nothing, and may go; its metric is told all the same.
    warned = list(_asked(*made(limits=[ALARM | {"severity": "warn"}, CHOSEN])))
    assert set(every) - set(warned) == {"limit false_positive_rate by origin"}


@pytest.mark.parametrize(
    ("had", "has", "gone"),
    [
        ({}, {}, ()),
        # A column says all there is to say of its groups, areas and limits, and so does an attribute of its limits.
        ({}, {"files": without("origin"), **ONLY_QUARTER}, ("column origin",)),
        ({}, {"files": without("quarter"), **ONLY_ORIGIN}, ("column quarter",)),
        ({}, ONLY_QUARTER, ("attribute origin",)),
        ({}, ONLY_ORIGIN, ("attribute quarter",)),
        ({"limits": [ALARM, CHOSEN, BOTH]}, {"files": without("origin"), **ONLY_QUARTER}, ("column origin",)),
        ({"limits": [ALARM, CHOSEN, BOTH]}, ONLY_QUARTER, ("attribute origin",)),
        ({"limits": [ALARM, CHOSEN, BOTH]}, {}, ("limit false_positive_rate by origin and quarter",)),
        ({}, {"files": without("income")}, ("column income",)),
        ({}, {"files": without("family")}, ("column family",)),
        ({}, {"limits": [ALARM]}, ("limit selection_rate by quarter",)),
        ({}, {"files": but("origin", levels=["A", "C"])}, ("group origin=B",)),
        ({}, {"files": but("asked", positive=False)}, ("outcome asked=True",)),
        (
            {}, {"files": {"hierarchies": {"quarter": [STEP | {"parents": STEP["parents"] | {"Q1": "D0"}}]}}},
            ("area quarter=Q1 in D1",),
        ),
        ({}, {"files": {"hierarchies": {}}}, tuple(f"area quarter=Q{i} in D{i % 2}" for i in range(6))),
        ({}, {"metrics": ["accuracy"]}, ("metric all",)),
        ({"metrics": ["accuracy", "base_rate"]}, {"metrics": ["accuracy"]}, ("metric base_rate",)),
        # Who tells all metrics tells each.
        ({"metrics": ["accuracy", "base_rate"]}, {}, ()),
        ({"owed": ("group origin=D", "group origin=A")}, {}, ("group origin=D",)),
        ({"owed": ("group town=X", "limit selection_rate by town", "column town")}, {}, ("column town",)),
        # Only a limit is by an attribute, whatever an outcome is called.
        (
            {"owed": ("outcome asked=late by origin",)}, {"files": without("origin"), **ONLY_QUARTER},
            ("column origin", "outcome asked=late by origin"),
        ),
    ],
)  # fmt: skip
def test_what_went_is_told_and_not_what_goes_with_it(had: dict[str, Any], has: dict[str, Any], gone: tuple[str, ...]) -> None:
    assert before(**had).gone(*made(**has)) == gone


def test_of_a_version_that_cannot_be_read_nobody_can_say_what_went() -> None:
    unread = replace(before(), contract=None, policy=None)
    assert unread.gone(*made()) == ("version 1.0.0",)
    assert unread.to_record() == {"version": "1.0.0", "bundle": unread.bundle, "contract": None, "policy": None, "owed": []}
    assert Previous.from_record(unread.to_record()) == unread
