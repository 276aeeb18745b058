"""The points of a large table are those of fairlearn, to the last bit."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from smartstart_gov.metrics.measure import measure
from smartstart_gov.tally.count import count
from tests.oracles.test_fairlearn import ORACLES


@pytest.mark.slow
def test_a_million_rows_in_440_groups_have_the_points_of_fairlearn() -> None:
    import fairlearn.metrics as fm
    import pandas as pd
    import sklearn.metrics as sm

    rng, sizes = np.random.default_rng(0), {"origin": 5, "quarter": 44, "sex": 2}
    # Some groups are rare, so that some rates have nothing to divide by.
    frame = pd.DataFrame({
        name: pd.Categorical.from_codes(rng.choice(n, 1_000_000, p=rng.dirichlet(np.full(n, 0.4))), [f"{name}{i:02}" for i in range(n)])
        for name, n in sizes.items()
    })  # fmt: skip
    frame["y"], frame["d"] = rng.integers(0, 2, (2, len(frame)))
    functions = {name: find(fm, sm) for name, find in ORACLES.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sklearn warns of empty denominators: we call them undefined
        theirs = fm.MetricFrame(
            metrics=functions, y_true=frame["y"], y_pred=frame["d"], sensitive_features=frame[list(sizes)]
        ).by_group
    ours = measure(count(frame, by=list(sizes), y_true="y", y_pred="d"), [tuple(sizes)], list(functions))
    equal = undefined = 0
    for place, group in enumerate(ours.groups[1:], start=1):
        row = theirs.loc[tuple(group.split(" & "))]
        for column, metric in enumerate(functions):
            if ours.denominator[place, column] == 0:
                undefined += 1
                assert np.isnan(ours.value[place, column])
                # Groups without rows are nan there too; a rate without cases in a group with rows is not.
                assert np.isnan(row[metric]) or row[metric] == 0.0
            else:
                equal += 1
                assert ours.value[place, column] == row[metric], (metric, group)
    assert equal + undefined == 440 * len(functions)
    assert equal > 2000
    assert undefined > 0
