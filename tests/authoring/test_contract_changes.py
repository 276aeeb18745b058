"""Every difference between two contracts is told, with what follows from it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from smartstart_gov.authoring.contract import Column, DataContract, Link
from smartstart_gov.authoring.contract_changes import _COLUMN, _CONTRACT, _LINK, _SOURCE, contract_changes
from smartstart_gov.authoring.sources import Source
from smartstart_gov.authoring.value import OPEN
from tests.contracts import contracts
from tests.intake import frames

OTHER = {"nl": "Anders.", "en": "Else."}


def test_every_key_has_a_consequence_or_is_harmless() -> None:
    assert set(_COLUMN) == set(Column.model_fields) - {"name"}
    assert set(_SOURCE) == set(Source.model_fields)
    assert set(_CONTRACT) == set(DataContract.model_fields) - {"sources", "columns", "hierarchies", "links"}
    assert set(_LINK) == set(Link.model_fields)


@given(contracts(), contracts())
@settings(max_examples=40, deadline=None)
def test_a_change_is_told_exactly_where_there_is_one(one: DataContract, other: DataContract) -> None:
    assert contract_changes(one, one).changes == ()
    there, back = contract_changes(one, other), contract_changes(other, one)
    moved = {"order": [c.name for c in one.columns] != [c.name for c in other.columns]}
    assert bool(there.changes) or one == other or moved["order"]
    assert {change.at for change in there.changes} == {change.at for change in back.changes}


def _columns(name: str | None = None, *, without: str | None = None, plus: tuple[dict[str, Any], ...] = (), **more: Any) -> Any:
    return [{**c, **(more if c["name"] == name else {})} for c in frames.COLUMNS if c["name"] != without] + list(plus)


SOURCE = {
    "system": "S", "owner": "O", "original_purpose": OPEN, "lawful_basis": OPEN, "retention": OPEN, "last_verified": OPEN,
    "error_rate": OPEN,
}  # fmt: skip
CASES: list[tuple[dict[str, Any], str, set[str]]] = [
    ({"version": "2"}, "version", set()),
    ({"unit_of_analysis": OTHER}, "unit_of_analysis", {"training", "comparability", "dpia"}),
    ({"columns": _columns("income", maximum=11)}, "column 'income', maximum", {"training"}),
    ({"columns": _columns("owner", dtype="string")}, "column 'owner', dtype", {"training"}),
    ({"columns": _columns("origin", levels=["A", "B", "C", "D"])}, "column 'origin', levels", {"comparability"}),
    ({"columns": _columns("origin", levels=["B", "A", "C"])}, "column 'origin', levels", set()),
    ({"columns": _columns("note", role="ignore")}, "column 'note', role", {"training", "dpia"}),
    ({"columns": _columns("late", positive=False)}, "column 'late', positive", {"training", "comparability"}),
    ({"columns": _columns("note", special_category=True)}, "column 'note', special_category", {"dpia"}),
    ({"columns": _columns("origin", labels={"A": OTHER})}, "column 'origin', labels", set()),
    ({"columns": _columns(without="note")}, "column 'note'", {"training"}),
    ({"columns": _columns(without="spare")}, "column 'spare'", set()),
    ({"columns": _columns(plus=(frames.column("debt", "number", "feature"),))}, "column 'debt'", {"training", "dpia"}),
    ({"sources": {"register": {**SOURCE, "owner": "P"}}}, "source register, owner", {"dpia"}),
    ({"sources": {"register": SOURCE, "schools": SOURCE}}, "source schools", {"dpia"}),
    (
        {"hierarchies": {"area": [{"name": "city", "meaning": OTHER, "parents": {"1": "x", "2": "x", "3": "y"}}]}},
        "hierarchy 'area'", {"comparability"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "at", "consequences"), CASES, ids=[f"{at} {sorted(c)}" for _, at, c in CASES])
def test_what_follows_from_a_change(changed: dict[str, Any], at: str, consequences: set[str]) -> None:
    found = contract_changes(frames.contract(), frames.contract(**changed))
    assert [(change.at, set(change.consequences)) for change in found.changes] == [(at, consequences)]
    assert found.matter == bool(consequences)


def test_those_that_matter_stand_first() -> None:
    found = contract_changes(frames.contract(), frames.contract(version="2", aggregation_level="person"))
    assert [change.at for change in found.changes] == ["aggregation_level", "version"]
    assert repr(found) == "ContractChanges(invented 1 to invented 2: 2 changes, 1 that matter)"
    assert found.changes[0].what == "From 'household' to 'person'."
