"""What figures of scores cost: from the histogram, against one scikit-learn call a group, and what the bins lose.

Ratios of CPU time, medians of several runs in one process; run with ``python -m benchmarks.scores``.
"""

from __future__ import annotations

import argparse

import numpy as np

import smartstart_gov as gov
from benchmarks.count import cpu
from smartstart_gov.counting.predictions import GroupCodes
from smartstart_gov.statistics.calibration import brier
from smartstart_gov.statistics.capacity import sweep
from smartstart_gov.statistics.scores import auc, score_table

GROUPS = 44


def made_up(n: int) -> gov.Predictions:
    """Return `n` random rows with a score, in 44 coded groups."""
    draw = np.random.default_rng(n)
    log_odds = draw.normal(-1, 1.2, n)
    score = 1 / (1 + np.exp(-log_odds))
    truth = (draw.random(n) < score).astype(np.int8)
    area = GroupCodes(
        name="area", levels=tuple(f"a{i}" for i in range(GROUPS)), codes=draw.integers(0, GROUPS, n)
    )  # fmt: skip
    return gov.Predictions(y_true=truth, y_pred=(score >= 0.5).astype(np.int8), score=score, groups={"area": area})


def theirs(rows: gov.Predictions) -> list[float]:
    """Return the AUC of every group, as scikit-learn has it."""
    from sklearn.metrics import roc_auc_score

    codes, score = rows.groups["area"].codes, rows.score
    if score is None:
        raise ValueError("the rows have scores")
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(codes, minlength=GROUPS))[:-1])
    return [float(roc_auc_score(rows.y_true[at], score[at])) for at in parts]


def main() -> None:
    """Print one line a number of rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    asked = parser.parse_args()
    print(f"{GROUPS} groups; CPU time as a ratio, medians of one run. Groups are coded beforehand.")
    heads = ["rows", "count+score / np.sum", "sklearn / figures", "sklearn / all of it", "AUC off", "bound", "Brier off"]
    print("  ".join(f"{head:>20}" for head in heads))
    for n in asked.rows:
        rows, times = made_up(n), 15 if n < 1_000_000 else 5
        if rows.score is None:
            raise ValueError("the rows have scores")
        columns = [rows.groups["area"].codes, rows.y_true, rows.score]
        tally = gov.count(rows)
        histogram = tally.scores["area",]

        def figures(tally: gov.Tally = tally, histogram: np.ndarray = histogram) -> None:
            """44 AUCs with intervals, and every rate's counts at 1 024 thresholds in 44 groups."""
            auc(histogram)
            sweep(tally, ("area",)).rates("true_positive_rate")

        read = cpu(lambda c=columns: [column.sum() for column in c], times)
        counted = cpu(lambda r=rows: gov.count(r), times)
        ours, whole = cpu(figures, times), cpu(lambda t=tally: score_table(t, ["area"]), times)
        peers = cpu(lambda r=rows: theirs(r), 3)
        off = np.abs(auc(histogram).value - np.array(theirs(rows))).max()
        squares = float(np.mean((rows.score - rows.y_true) ** 2))
        lost = abs(float(brier(tally.scores[()]).value[0]) - squares)
        numbers = [f"{n:,}", f"{counted / read:.1f}", f"{peers / ours:.0f}", f"{peers / (counted + ours):.1f}"]
        numbers += [f"{off:.1e}", f"{auc(histogram).ties.max():.1e}", f"{lost:.1e}"]
        print("  ".join(f"{number:>20}" for number in numbers), f"  (score_table: sklearn / {peers / whole:.0f})", sep="")


if __name__ == "__main__":
    main()
