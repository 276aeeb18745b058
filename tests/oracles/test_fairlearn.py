"""fairlearn is the oracle for every rate of every table; undefined is where we differ, on purpose."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from benchmarks.points import agreement
from smartstart_gov.comparison import compare
from smartstart_gov.statistics.rates import RATES
from tests.strategies import rows

ORACLES = {
    "selection_rate": lambda m, s: m.selection_rate,
    "true_positive_rate": lambda m, s: m.true_positive_rate,
    "false_positive_rate": lambda m, s: m.false_positive_rate,
    "false_negative_rate": lambda m, s: m.false_negative_rate,
    "true_negative_rate": lambda m, s: m.true_negative_rate,
    "positive_predictive_value": lambda m, s: s.precision_score,
    "accuracy": lambda m, s: s.accuracy_score,
}


@pytest.mark.slow
def test_every_defined_rate_of_random_tables_agrees_to_the_last_bit() -> None:
    """A fault in one of 200 rates stays unseen in 1 000 comparisons with a chance under 1 %."""
    import fairlearn.metrics as fm
    import sklearn.metrics as sm

    assert set(ORACLES) <= set(RATES)
    functions = {name: find(fm, sm) for name, find in ORACLES.items()}
    compared = undefined = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        # Every other table is so small that some groups have nothing to divide by.
        of = rows(seed, int(rng.integers(5, 40 if seed % 2 else 400)), (int(rng.integers(2, 9)),))
        names = np.array(of.groups["axis0"].levels, dtype=object)[of.groups["axis0"].codes]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sklearn warns of empty denominators: we call them undefined
            frame = fm.MetricFrame(metrics=functions, y_true=of.y_true, y_pred=of.y_pred, sensitive_features=names).by_group
        table = compare(y_true=of.y_true, y_pred=of.y_pred, sensitive_features={"axis0": names})
        for metric in functions:
            for group in frame.index:
                estimate = table[metric, ("axis0",), str(group)]
                if estimate.denominator == 0:
                    undefined += 1
                    assert not estimate.defined
                    assert np.isnan(estimate.value)
                else:
                    compared += 1
                    assert estimate.value == frame.loc[group, metric], (seed, metric, group)
    assert compared > 1000
    assert undefined > 30


def test_undefined_is_not_zero() -> None:
    table = compare(y_true=[0, 0, 1, 0], y_pred=[1, 0, 1, 0], sensitive_features={"g": ["a", "a", "b", "b"]})
    estimate = table["true_positive_rate", ("g",), "a"]
    assert not estimate.defined
    assert repr(estimate) == "Estimate(undefined, 0/0)"


@pytest.mark.parametrize("labels", [[0, 1, 2], ["yes", "no", "no"], [0.2, 0.7, 0.1], [float("nan"), 0, 1]])
def test_what_is_no_decision_is_refused(labels: list[object]) -> None:
    from smartstart_gov.errors import Refused

    with pytest.raises(Refused) as refused:
        compare(y_true=[0, 1, 1], y_pred=labels, sensitive_features=["a", "b", "a"])
    assert refused.value.rule == "D07"


def test_all_sides_of_the_signature() -> None:
    import pandas as pd

    y, p, g = [0, 1, 0, 1], [0, 1, 1, 1], ["a", "a", "b", None]
    by_dict = compare(y_true=y, y_pred=p, sensitive_features={"origin": g})
    by_series = compare(y_true=y, y_pred=p, sensitive_features=pd.Series(g, name="origin"))
    by_frame = compare(y_true=y, y_pred=p, sensitive_features=pd.DataFrame({"origin": g}))
    assert by_dict.to_record() == by_series.to_record() == by_frame.to_record()
    assert by_dict.groups == ("overall", "a", "b", "unknown")
    both = compare(y_true=y, y_pred=p, sensitive_features={"origin": g, "sex": ["f", "m", "f", "m"]})
    assert both["selection_rate", ("origin", "sex"), "a & m"].value == 1.0


@pytest.mark.slow
def test_440_groups_have_the_points_of_fairlearn() -> None:
    found = agreement(30_000)
    assert found.different == 0
    assert found.equal > 2000
    # Undefined, and not 0: in some groups it says 0.0.
    assert found.equal + found.undefined == 440 * 7
    assert found.zero_there > 0
