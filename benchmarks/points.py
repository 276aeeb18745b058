"""Whether the points of a large table are those of fairlearn, to the last bit, in 5 x 44 x 2 groups.

``python -m benchmarks.points`` takes a million rows and a minute; the tests take fewer.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smartstart_gov.counting.count import count
from smartstart_gov.statistics.estimates import measure

SIZES = {"origin": 5, "quarter": 44, "sex": 2}


@dataclass(frozen=True)
class Agreement:
    """How many points are equal, different, and undefined here; of those how many are 0.0 there."""

    equal: int
    different: int
    undefined: int
    zero_there: int


def oracles() -> dict[str, Callable[..., Any]]:
    """Return fairlearn's, or where it has none scikit-learn's, function for each rate they know."""
    import fairlearn.metrics as fm
    import sklearn.metrics as sm

    return {
        "selection_rate": fm.selection_rate, "true_positive_rate": fm.true_positive_rate,
        "false_positive_rate": fm.false_positive_rate, "false_negative_rate": fm.false_negative_rate,
        "true_negative_rate": fm.true_negative_rate, "positive_predictive_value": sm.precision_score,
        "accuracy": sm.accuracy_score,
    }  # fmt: skip


def made_up(rows: int) -> pd.DataFrame:
    """Return random rows in which some groups are so rare that some rates have nothing to divide by."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        name: pd.Categorical.from_codes(rng.choice(n, rows, p=rng.dirichlet(np.full(n, 0.8))), [f"{name}{i:02}" for i in range(n)])
        for name, n in SIZES.items()
    })  # fmt: skip
    frame["y"], frame["d"] = rng.integers(0, 2, (2, rows))
    return frame


def agreement(rows: int) -> Agreement:
    """Compare every rate of every group."""
    from fairlearn.metrics import MetricFrame

    frame, functions, by = made_up(rows), oracles(), list(SIZES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sklearn warns of empty denominators: we call them undefined
        theirs = MetricFrame(metrics=functions, y_true=frame["y"], y_pred=frame["d"], sensitive_features=frame[by]).by_group
    ours = measure(count(frame, by=by, y_true="y", y_pred="d"), [tuple(by)], list(functions))
    there = theirs.loc[[tuple(group.split(" & ")) for group in ours.groups[1:]], list(functions)].to_numpy(dtype=float)
    value, defined = ours.value[1:], ours.denominator[1:] > 0
    return Agreement(
        equal=int((value == there)[defined].sum()), different=int((value != there)[defined].sum()),
        undefined=int((np.isnan(value) & ~defined).sum()), zero_there=int((there == 0.0)[~defined].sum()),
    )  # fmt: skip


def main() -> None:
    """Print the numbers of points."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    found = agreement(rows)
    print(f"{rows:,} rows: {found.equal:,} points equal to the last bit, {found.different} different;")
    print(f"{found.undefined} undefined here, of which {found.zero_there} are 0.0 there and the others nan")


if __name__ == "__main__":
    main()
