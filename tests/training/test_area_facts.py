"""What the rows of an area model say of its areas: whether the model could tell people of one area apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.controls.scope import AGGREGATION
from smartstart_gov.intake.validate import validate
from smartstart_gov.training.record import AreaFacts
from smartstart_gov.training.subject import record_of
from tests.controls.cases import facts
from tests.projects import column, contract, policy

COLUMNS = [
    column("area", "string", "unit"),
    column("sex", "string", "sensitive", levels=["f", "m"]),
    column("absence", "number", "feature", special_category=False, nullable=True),
    column("moved", "number", "feature", special_category=False),
    column("asked", "boolean", "label", levels=[False, True], positive=True),
]


def table(sizes: tuple[int, ...] = (30, 20, 10)) -> pd.DataFrame:
    at = np.repeat(np.arange(len(sizes)), sizes)
    n = len(at)
    return pd.DataFrame({
        "area": np.array([f"a{i}" for i in range(len(sizes))])[at], "sex": np.where(np.arange(n) % 2 == 0, "f", "m"),
        "absence": np.where(at == 0, np.nan, at / 10), "moved": at / 7, "asked": np.arange(n) % 3 == 0,
    }).sample(frac=1.0, random_state=1).reset_index(drop=True)  # fmt: skip


def areas(rows: pd.DataFrame, level: str = "neighbourhood", columns: Any = COLUMNS) -> AreaFacts | None:
    made = DataContract.model_validate(contract(columns=columns, hierarchies={}, aggregation_level=level))
    rules = Policy.model_validate(
        policy(attributes=["sex"], intersections=[], limits=[policy()["limits"][0] | {"by": ["sex"]}])
    )
    frame = validate(rows, made)
    features = tuple(one.name for one in made.with_role("feature"))
    said = {"origin": "trained", "parts": (), "threshold": "0.5", "score": "probability", "features": features}
    from smartstart_gov.looks.part import Part

    said["parts"] = (Part(name="audit", rows=len(rows)),)
    return record_of(frame, rules, **said).areas  # type: ignore[arg-type]  # the fields of a record


def status(found: AreaFacts | None) -> str:
    given = facts(contract_file={"aggregation_level": "neighbourhood"})
    return AGGREGATION.finding(replace(given, training=replace(given.training, areas=found))).status


def test_figures_of_areas_tell_nobody_apart_even_where_one_is_missing() -> None:
    found = areas(table())
    assert found == AreaFacts(units=3, least=10, under=0, varying=())
    assert status(found) == "PASSED"


def test_one_planted_row_that_differs_is_found() -> None:
    rows = table()
    rows.loc[17, "moved"] += 1e-9
    found = areas(rows)
    assert found is not None
    assert (found.varying, found.hold, status(found)) == (("moved",), False, "FAILED")
    rows = table()
    rows.loc[rows.index[rows["area"] == "a1"][0], "absence"] = np.nan
    assert areas(rows) == AreaFacts(units=3, least=10, under=0, varying=("absence",))


def test_units_of_fewer_rows_than_may_be_printed_are_no_areas() -> None:
    found = areas(table((30, 9, 1)))
    assert found == AreaFacts(units=3, least=10, under=2, varying=())
    assert status(found) == "FAILED"


@pytest.mark.parametrize("level", ["person", "household", "event"])
def test_of_a_model_about_people_nothing_is_said(level: str) -> None:
    assert areas(table(), level) is None


def test_units_that_nobody_measured_are_taken_for_persons() -> None:
    assert status(None) == "FAILED"
