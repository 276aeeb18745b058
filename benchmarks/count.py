"""What counting costs: three attributes and nine rates a group, against one read of the columns and fairlearn.

Ratios of CPU time, medians of several runs in one process; run with ``make bench``.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

import smartstart_gov as gov
from smartstart_gov.counting.predictions import GroupCodes

SIZES = {"race": 5, "neighbourhood": 44, "sex": 2}


def made_up(n: int) -> gov.Predictions:
    """Return `n` random rows with three coded groupings."""
    draw = np.random.default_rng(n)
    truth = (draw.random(n) < 0.3).astype(np.int8)
    decision = np.where(draw.random(n) < 0.8, truth, 1 - truth).astype(np.int8)
    groups = {
        name: GroupCodes(name=name, levels=tuple(f"{name}{i}" for i in range(size)), codes=draw.integers(0, size, n))
        for name, size in SIZES.items()
    }
    return gov.Predictions(y_true=truth, y_pred=decision, groups=groups)


def cpu(work: Callable[[], object], times: int) -> float:
    """Return the median CPU time of `work`, in seconds."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def fairlearn_frame(rows: gov.Predictions) -> Callable[[], object]:
    """Return the nearest that fairlearn has: selection and error rates by the first grouping."""
    import pandas as pd
    from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate, true_positive_rate

    metrics = {f.__name__: f for f in (selection_rate, true_positive_rate, false_positive_rate, false_negative_rate)}
    race = pd.Series(pd.Categorical.from_codes(rows.groups["race"].codes, list(rows.groups["race"].levels)), name="race")
    return lambda: MetricFrame(metrics=metrics, y_true=rows.y_true, y_pred=rows.y_pred, sensitive_features=race).by_group


def main() -> None:
    """Print one line a number of rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    asked = parser.parse_args()
    print("CPU time as a ratio, medians of one run. All columns are coded beforehand.")
    print(f"{'rows':>10}  {'three attributes / np.sum':>26}  {'race, rates / np.sum':>22}  {'fairlearn race / ours':>22}")
    for n in asked.rows:
        rows, times = made_up(n), 25 if n < 1_000_000 else 7
        columns = [*(g.codes for g in rows.groups.values()), rows.y_true, rows.y_pred]
        read = cpu(lambda c=columns: [column.sum() for column in c], times)
        cube = cpu(lambda r=rows: gov.count(r), times)
        ours = cpu(lambda r=rows: gov.measure(gov.count(r, by=["race"]), [("race",)]), times)
        theirs = cpu(fairlearn_frame(rows), 3)
        print(f"{n:>10,}  {cube / read:>26.1f}  {ours / read:>22.1f}  {theirs / ours:>22.0f}")


if __name__ == "__main__":
    main()
