"""rowwise(): metrics from rows, by group, attested; nothing is swallowed and nobody is left out."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

import smartstart_gov as gov
from smartstart_gov.errors import Refused
from smartstart_gov.statistics.rowwise import RowwiseTable


def mean_absolute_error(y_true, y_pred):
    return np.abs(y_true - y_pred).mean()


def pinball(y_true, y_pred):
    gap = y_true - y_pred
    return np.maximum(0.9 * gap, -0.1 * gap).mean()


def drawn(n: int = 600, seed: int = 0):
    rng = np.random.default_rng(seed)
    truth = rng.gamma(2, 100, n)
    origin = rng.choice(["A", "B", "C"], n, p=[0.6, 0.3, 0.1]).astype(object)
    noise = rng.normal(0, np.where(origin == "B", 40, 20))
    origin[:30] = None
    return truth, truth + noise, origin


def ask(**changes):
    truth, predicted, origin = drawn()
    given = {"metrics": {"mae": mean_absolute_error, "q90": pinball}, "y_true": truth, "y_pred": predicted,
             "sensitive_features": {"origin": origin}, "n_boot": 200, "random_state": 3}  # fmt: skip
    return gov.rowwise(**(given | changes))


def test_values_are_those_of_the_rows_of_each_group() -> None:
    truth, predicted, origin = drawn()
    table = ask()
    assert table.groups == ("overall", "A", "B", "C", "unknown")
    assert table.kinds == ("overall", "level", "level", "level", "unknown")
    for name in ("A", "B", "C", None):
        rows = origin == name if name else np.array([o is None for o in origin])
        for metric, function in (("mae", mean_absolute_error), ("q90", pinball)):
            value, low, high = table[metric, ("origin",), name or "unknown"]
            assert value == pytest.approx(function(truth[rows], predicted[rows]), rel=1e-12)
            assert low < value < high
    assert table["mae", (), "overall"][0] == pytest.approx(mean_absolute_error(truth, predicted))
    assert table.n == (600, *(int((origin == g).sum()) for g in "ABC"), 30)


def test_it_says_that_it_is_attested() -> None:
    table = ask(n_boot=5)
    assert "attested: computed from rows, not recomputable from counts" in repr(table)
    record = json.loads(json.dumps(table.to_record()))
    assert (record["basis"], record["statement"]) == ("attested", "computed from rows, not recomputable from counts")
    assert RowwiseTable.from_record(record).to_record() == table.to_record()
    assert list(table.to_frame().columns) == ["by", "group", "metric", "value", "low", "high", "n"]


def test_the_same_seed_gives_the_same_intervals_and_groups_do_not_touch_each_other() -> None:
    assert ask().to_record() == ask().to_record()
    assert ask(random_state=4)["mae", ("origin",), "A"] != ask()["mae", ("origin",), "A"]
    _, predicted, origin = drawn()
    other = predicted.copy()
    other[origin == "B"] += 1000
    assert ask(y_pred=other)["mae", ("origin",), "A"] == ask()["mae", ("origin",), "A"]
    assert ask(y_pred=other)["mae", ("origin",), "B"] != ask()["mae", ("origin",), "B"]


@pytest.mark.slow
def test_intervals_hold_the_truth() -> None:
    true = 20 * np.sqrt(2 / np.pi)
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        table = gov.rowwise(metrics=mean_absolute_error, y_true=np.zeros(80), y_pred=rng.normal(0, 20, 80),
                            sensitive_features=["a"] * 80, n_boot=150)  # fmt: skip
        _, low, high = table["mean_absolute_error", ("group",), "a"]
        held += low <= true <= high
    assert held >= 51


def test_a_declared_group_without_rows_is_undefined_and_there() -> None:
    origin = drawn()[2]
    declared = pd.Series(pd.Categorical(origin, categories=["A", "B", "C", "D"]), name="origin")
    for features in (declared, pl.Series("origin", origin.tolist(), dtype=pl.Enum(["A", "B", "C", "D"]))):
        table = ask(sensitive_features=features)
        assert table.groups == ("overall", "A", "B", "C", "D", "unknown")
        assert np.isnan(table["mae", ("origin",), "D"]).all()
        assert table.n[4] == 0
        assert "undefined" in str(table)


def test_empty_cells_of_an_intersection_are_undefined() -> None:
    table = ask(y_true=np.zeros(40), y_pred=np.ones(40), n_boot=20,
                sensitive_features={"a": ["x"] * 20 + ["y"] * 20, "b": ["p"] * 20 + ["q"] * 20})  # fmt: skip
    assert table["mae", ("a", "b"), "x & p"][0] == 1.0
    assert np.isnan(table["mae", ("a", "b"), "x & q"]).all()


def test_few_rows_have_a_value_and_no_interval() -> None:
    origin = drawn()[2]
    origin[:] = "A"
    origin[:19], origin[19:39] = "small", "enough"
    table = ask(sensitive_features={"origin": origin})
    value, low, high = table["mae", ("origin",), "small"]
    assert value > 0
    assert np.isnan([low, high]).all()
    assert np.isfinite(table["mae", ("origin",), "enough"]).all()
    assert any("small: 19 rows are too few" in note for note in table.notes)


def test_warnings_of_a_metric_are_told_and_warned_of_once() -> None:
    def shaky(y_true, y_pred):
        warnings.warn("few cases", UserWarning, stacklevel=1)
        return 1.0

    with pytest.warns(UserWarning, match="few cases") as caught:
        table = ask(metrics=shaky, n_boot=50)
    assert len(caught) == 1
    assert "UserWarning: few cases" in table.notes


def test_a_metric_of_scikit_learn_that_warns_on_one_group_is_heard() -> None:
    from sklearn.exceptions import UndefinedMetricWarning
    from sklearn.metrics import roc_auc_score

    truth = np.array([0, 1] * 30 + [0] * 30)
    with pytest.warns(UndefinedMetricWarning):
        table = gov.rowwise(metrics=roc_auc_score, y_true=truth, y_pred=np.linspace(0, 1, 90),
                            sensitive_features=["a"] * 60 + ["b"] * 30, n_boot=20)  # fmt: skip
    assert np.isnan(table["roc_auc_score", ("group",), "b"]).all()
    assert any("UndefinedMetricWarning" in note for note in table.notes)


def test_a_metric_that_fails_on_one_group_is_undefined_there_and_says_so() -> None:
    def picky(y_true, y_pred):
        if len(y_true) < 100:
            raise ZeroDivisionError("too few")
        return 1.0

    table = ask(metrics={"picky": picky})
    assert np.isnan(table["picky", ("origin",), "C"][0])
    assert table["picky", ("origin",), "A"][0] == 1.0
    assert any("picky fails on a group of" in note and "ZeroDivisionError" in note for note in table.notes)


def test_a_metric_that_fails_on_everybody_is_refused() -> None:
    for metric in (lambda y_true: 1.0, lambda y_true, y_pred: np.array([1.0, 2.0]), lambda y_true, y_pred: "high"):
        with pytest.raises(Refused) as refused:
            ask(metrics={"mine": metric})
        assert refused.value.rule == "M01"
        assert "'mine' fails on all rows" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"y_pred": np.zeros(5)}, "D10"), ({"sensitive_features": ["a"]}, "D10"), ({"y_true": np.zeros((600, 2))}, "D10"),
        ({"y_true": [], "y_pred": [], "sensitive_features": []}, "D12"), ({"metrics": {}}, "M01"), ({"metrics": "mae"}, "M01"),
        ({"n_boot": 0}, "M01"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(changes, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(**changes)
    assert refused.value.rule == rule


@pytest.mark.slow
def test_fairlearn_is_loaded_only_when_somebody_asks() -> None:
    program = """
import sys, smartstart_gov as gov
gov.rowwise
assert not {"fairlearn", "sklearn", "pandas"} & set(sys.modules)
gov.rowwise(metrics=lambda a, b: 1.0, y_true=[1.0], y_pred=[1.0], sensitive_features=["a"], n_boot=1)
assert "fairlearn" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=600)
