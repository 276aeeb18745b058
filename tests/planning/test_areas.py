"""Planning a model of areas: people who share a decision are one case, and only rows say how many areas there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.errors import Refused
from smartstart_gov.planning.chances import labels_of
from smartstart_gov.planning.expectation import Expectation, expectation
from smartstart_gov.planning.power import planned
from smartstart_gov.statistics.rates import rate
from tests.projects import column, contract, policy

COLUMNS = [
    column("area", "string", "unit"),
    column("sex", "string", "sensitive", levels=["f", "m"]),
    column("absence", "number", "feature", special_category=False),
    column("asked", "boolean", "label", levels=[False, True], positive=True),
]
LIMIT = {
    "id": "missed",
    "metric": "false_negative_rate",
    "by": ["sex"],
    "measure": "difference",
    "between": "groups",
    "at_most": 0.3,
}


class Project:
    """As much of a project as counting labels needs."""

    def __init__(self, level: str, **limit: Any) -> None:
        self.contract = DataContract.model_validate(contract(columns=COLUMNS, hierarchies={}, aggregation_level=level))
        limits = [LIMIT | limit | {"reason": "open"}]
        split = {"method": "cross_fit", "folds": 5}
        self.policy = Policy.model_validate(policy(attributes=["sex"], intersections=[], limits=limits, split=split))


def people(areas: int, each: int) -> pd.DataFrame:
    """Areas of one size, in each of them as many of both groups, and as many with the outcome."""
    whole = pd.DataFrame({"area": np.repeat([f"a{i:03}" for i in range(areas)], each)})
    place = np.arange(len(whole)) % each
    return whole.assign(sex=np.where(place % 2 == 0, "f", "m"), absence=0.1, asked=place < each // 4)


def known(level: str, areas: int, each: int, **limit: Any) -> tuple[Expectation, Policy]:
    project: Any = Project(level, **limit)
    labels = labels_of(project, people(areas, each))
    return expectation(project.contract, project.contract.expected or _nothing(), labels=labels), project.policy


def _nothing() -> Any:
    from smartstart_gov.authoring.contract import Expected

    return Expected()


@pytest.mark.parametrize("metric", ["false_negative_rate", "false_positive_rate", "selection_rate"])
def test_each_group_has_as_many_cases_as_areas_of_one_size(metric: str) -> None:
    found, _ = known("neighbourhood", 40, 80)
    groups = found.groups("sex", of=rate(metric))
    cases = {"false_negative_rate": groups.rows * groups.base, "false_positive_rate": groups.rows * (1 - groups.base)}
    assert cases.get(metric, groups.rows).tolist() == pytest.approx([40.0, 40.0])
    # Where rows are persons, nothing changes.
    assert known("person", 40, 80)[0].groups("sex", of=rate(metric)).rows.tolist() == [1600.0, 1600.0]


def test_more_people_in_the_same_areas_change_nothing_and_more_areas_do() -> None:
    few, same, more = (
        planned(policy_, found, runs=100, thorough=False, ways=False).prospects[0].fair.value
        for found, policy_ in (known("neighbourhood", *size) for size in ((40, 80), (40, 800), (400, 80)))
    )
    assert few == pytest.approx(same, abs=0.12)
    assert few < 0.8 < 0.95 < more
    # Planted: as persons, the same rows promise what no area model can show.
    found, rules = known("person", 40, 80)
    assert planned(rules, found, runs=100, thorough=False, ways=False).prospects[0].fair.value > 0.95


def test_the_plan_says_that_its_cases_are_areas() -> None:
    assert any("cases are areas" in one for one in known("neighbourhood", 40, 80)[0].assumed)
    assert not any("areas" in one for one in known("person", 40, 80)[0].assumed)


def test_without_rows_nothing_is_promised() -> None:
    expected = {"rows_per_year": 5000, "base_rate": 0.2}
    made = DataContract.model_validate(
        contract(columns=COLUMNS, hierarchies={}, aggregation_level="neighbourhood", expected=expected)
    )
    assert made.expected is not None
    with pytest.raises(Refused, match="how large its areas are, only rows say"):
        expectation(made, made.expected)
