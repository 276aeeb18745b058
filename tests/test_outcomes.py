"""Outcomes of more than two values are refused whole, in one way, with what there is instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import smartstart_gov as gov
from smartstart_gov.counting.predictions import Predictions
from smartstart_gov.errors import OTHER_OUTCOMES, Refused
from tests.projects import column, contract, rows, write_project

THREE = [0, 1, 2, 1]
BAD = {
    "three classes": THREE, "amounts": [0.5, 1.25, 3.0, 2.0], "words": ["no", "yes", "no", "maybe"], "two words": ["no", "yes"] * 2,
    "digits as words": ["0", "1", "0", "1"], "one column a class": np.eye(4, 3, dtype=np.int8), "gaps": [0, 1, float("nan"), 1], "minus one": [-1, 1, -1, 1],
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("side", ["y_true", "y_pred"])
def test_compare_refuses_and_names_what_there_is(name: str, side: str) -> None:
    given = {"y_true": [0, 1, 0, 1], "y_pred": [0, 1, 1, 0]} | {side: BAD[name]}
    with pytest.raises(Refused) as refused:
        gov.compare(**given, sensitive_features=["a", "b", "a", "b"])
    assert {v.rule for v in refused.value.violations} <= {"D07", "D10"}
    assert len(refused.value.violations) == 1
    assert OTHER_OUTCOMES in str(refused.value)
    assert side in str(refused.value)


def test_compare_tells_of_both_columns_at_once() -> None:
    with pytest.raises(Refused) as refused:
        gov.compare(y_true=THREE, y_pred=BAD["words"], sensitive_features=["a"] * 4)
    assert [v.where for v in refused.value.violations] == ["Argument y_true", "Argument y_pred"]
    assert "3 different whole numbers" in str(refused.value)
    assert "maybe" not in str(refused.value)


@pytest.mark.parametrize("name", [*BAD, "zero and one with decimals"])
@pytest.mark.parametrize("side", ["y_true", "y_pred"])
def test_predictions_refuse_too(name: str, side: str) -> None:
    bits = np.array([0, 1, 0, 1], dtype=np.int8)
    given: dict[str, Any] = {"y_true": bits, "y_pred": bits} | {side: np.asarray(BAD.get(name, [0.0, 1.0, 0.0, 1.0]))}
    with pytest.raises(Refused) as refused:
        Predictions(**given, groups={})
    assert [v.rule for v in refused.value.violations] == ["D07"]
    assert OTHER_OUTCOMES in str(refused.value)


def test_true_and_false_are_two_values() -> None:
    bits = np.array([False, True, False, True])
    assert gov.count(Predictions(y_true=bits, y_pred=bits, groups={})).cells().tolist() == [[2, 0, 0, 2]]  # type: ignore[arg-type]  # bool counts as 0 and 1


def unscored(agreed: dict[str, Any]) -> dict[str, Any]:
    """Return a contract without the column of scores, under which a model may be trained."""
    return agreed | {"columns": [one for one in agreed["columns"] if one["role"] != "score"]}


def declared(**label: Any) -> dict[str, Any]:
    """Return a contract with another label."""
    made = contract()
    kept = [c for c in made["columns"] if c["name"] != "asked"]
    return contract(columns=[*kept, column("asked", label.pop("dtype"), "label", **label)])


@pytest.mark.parametrize(
    "label",
    [
        {"dtype": "integer", "levels": [0, 1, 2], "positive": 2},
        {"dtype": "string", "levels": ["none", "some", "much"], "positive": "much"},
        {"dtype": "number"},
        {"dtype": "number", "levels": [0, 1], "positive": 1},
    ],
)
def test_a_contract_with_such_a_label_is_no_contract(tmp_path: Path, label: dict[str, Any]) -> None:
    home = write_project(tmp_path / "help", contract=declared(**label))
    with pytest.raises(Refused) as refused:
        gov.open_project(home)
    assert OTHER_OUTCOMES in str(refused.value)


@pytest.mark.parametrize(
    ("label", "values"),
    [
        ({"dtype": "integer", "levels": [0, 1], "positive": 1}, [0, 1, 2]),
        ({"dtype": "string", "levels": ["no", "yes"], "positive": "yes"}, ["no", "yes", "maybe"]),
        ({"dtype": "integer", "levels": [0, 1], "positive": 1}, [0.5, 1.25, 7.75]),
        ({"dtype": "boolean", "levels": [False, True], "positive": True}, [0.5, 1.25, 7.75]),
        ({"dtype": "boolean", "levels": [False, True], "positive": True}, ["no", "yes", "maybe"]),
    ],
)
@pytest.mark.parametrize("verb", ["train", "audit_predictions"])
def test_train_and_audit_refuse_such_data_whole(tmp_path: Path, verb: str, label: dict[str, Any], values: list[Any]) -> None:
    agreed, frame = declared(**label), rows(600)
    if verb == "train":
        agreed, frame = unscored(agreed), frame.drop(columns="score")
    project = gov.open_project(write_project(tmp_path / "help", contract=agreed))
    frame["asked"] = [values[i % 3] for i in range(600)]
    before = sorted(p.name for p in project.path.rglob("*"))
    verbs = {
        "train": lambda: gov.train(LogisticRegression(), frame, project, random_state=0),
        "audit_predictions": lambda: gov.audit_predictions(frame, project),
    }
    with pytest.raises(Refused) as refused:
        verbs[verb]()
    assert len(refused.value.violations) == 1
    assert refused.value.rule in ("D07", "D17")
    assert OTHER_OUTCOMES in str(refused.value)
    assert sorted(p.name for p in project.path.rglob("*")) == before


@pytest.mark.slow
def test_two_words_are_two_values(tmp_path: Path) -> None:
    words = declared(dtype="string", levels=["no", "yes"], positive="yes")
    project = gov.open_project(write_project(tmp_path / "help", contract=words))
    frame = rows(2000)
    positives = int(frame["asked"].sum())
    frame["asked"] = np.where(frame["asked"], "yes", "no")
    bundle = gov.audit_predictions(frame, project)
    assert bundle.private is not None
    assert int(bundle.private.tally.cells()[0, 2:].sum()) == positives  # type: ignore[union-attr]  # the private edition has all counts


def test_a_regressor_is_refused_and_told_where_to_go(tmp_path: Path) -> None:
    project = gov.open_project(write_project(tmp_path / "help", contract=unscored(contract())))
    with pytest.raises(Refused) as refused:
        gov.train(LinearRegression(), rows(600).drop(columns="score"), project, random_state=0)
    assert refused.value.rule == "M02"
    assert OTHER_OUTCOMES in str(refused.value)


def test_one_class_against_the_rest_is_what_the_refusal_says() -> None:
    truth, decision = np.array(THREE), np.array([0, 2, 2, 1])
    table = gov.compare(y_true=truth == 2, y_pred=decision == 2, sensitive_features=["a", "a", "b", "b"])
    assert table["selection_rate", ("group",), "a"].value == 0.5
