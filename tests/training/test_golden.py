"""Golden rows: whatever a contract declares, its made-up rows can be drawn, written and read, and none of them is a person's."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.canonical import canonical_json, unreal
from smartstart_gov.training.golden import ROWS, _read, answered_otherwise, golden_rows
from smartstart_gov.training.record import Golden
from tests import projects

BOUNDS = st.none() | st.floats(-1e300, 1e300) | st.integers(-(2**53), 2**53)


class Decides:
    """A model that scores by one column, or fails where it is told to."""

    pos_label = 1
    classes_ = np.array([0, 1])

    def __init__(self, fails: Any = None) -> None:
        self.fails = fails

    def predict_proba(self, frame: Any) -> Any:
        if self.fails is not None and any(self.fails == value for value in frame.iloc[0]):
            raise ValueError("a level that it never saw")
        return np.array([[0.25, 0.75]] * len(frame))

    def predict(self, frame: Any) -> Any:
        return np.ones(len(frame), dtype=int)


def contract(**column: Any) -> DataContract:
    made = projects.contract()
    feature = projects.column("fact", role="feature", special_category=False, **column)
    return DataContract.model_validate(made | {"columns": [*made["columns"], feature]})


@given(bounds=st.tuples(BOUNDS, BOUNDS), dtype=st.sampled_from(["number", "integer"]))
def test_numbers_lie_within_their_bounds(bounds: tuple[Any, Any], dtype: str) -> None:
    low, high = sorted((one for one in bounds if one is not None), key=float) if None not in bounds else bounds
    try:
        made = contract(dtype=dtype, minimum=low, maximum=high)
    except ValueError:
        return
    golden = golden_rows(Decides(), made, ["fact"])
    assert len(golden) == ROWS
    assert canonical_json([dict(one.row) for one in golden])
    for one in golden:
        value = unreal(str(one.row["fact"]))
        wide = dtype == "number" or (high is None or low is None or float(high) - float(low) >= 1)
        assert not wide or low is None or low > 1e11 or value >= float(low) - 1e-5 * abs(float(low))
        assert not wide or high is None or high < -1e11 or value <= float(high) + 1e-5 * abs(float(high))


def test_every_kind_of_fact_is_drawn_and_read_as_it_was() -> None:
    kinds: list[tuple[dict[str, Any], set[type]]] = [
        ({"dtype": "string", "levels": ["a", "b"]}, {str}), ({"dtype": "string"}, {str}), ({"dtype": "boolean"}, {bool}),
        ({"dtype": "integer", "levels": [1, 5]}, {int}), ({"dtype": "datetime"}, {dt.datetime}), ({"dtype": "number"}, {float}),
    ]  # fmt: skip
    for column, types in kinds:
        made = contract(**column)
        golden = golden_rows(Decides(), made, ["fact"])
        assert {type(_read(made.column("fact"), one.row["fact"])) for one in golden} == types
        assert all(one.row["fact"] in column.get("levels", [one.row["fact"]]) for one in golden)
        assert answered_otherwise(Decides(), made, ["fact"], golden) == 0


def test_a_row_on_which_the_model_fails_is_left_out_and_told_when_it_fails_later() -> None:
    made = contract(dtype="string", levels=["a", "b"])
    whole = golden_rows(Decides(), made, ["fact"])
    some = golden_rows(Decides(fails="a"), made, ["fact"])
    assert 0 < len(some) < len(whole) == ROWS
    assert answered_otherwise(Decides(fails="a"), made, ["fact"], whole) == len(whole) - len(some)


@pytest.mark.parametrize(
    ("changes", "apart"), [({}, 0), ({"decision": "0"}, 1), ({"score": "0.750000002"}, 1), ({"score": "0.7500000005"}, 0)]
)
def test_another_decision_or_score_is_told(changes: dict[str, str], apart: int) -> None:
    one = Golden(**{"row": {"fact": True}, "decision": "1", "score": "0.75"} | changes)  # type: ignore[arg-type]  # by name
    assert answered_otherwise(Decides(), contract(dtype="boolean"), ["fact"], [one]) == apart
