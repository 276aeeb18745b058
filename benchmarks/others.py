"""The tools that are compared, each doing the nearest it has to rates by group; and the rows they get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from smartstart_gov.counting.count import count
from smartstart_gov.statistics.estimates import measure

Ints = Any


@dataclass(frozen=True)
class Rows:
    """The same random rows in the shapes that the tools take; made before any clock runs."""

    sizes: tuple[int, ...]
    n: int
    codes: tuple[Ints, ...]
    truth: Ints
    decision: Ints
    coded: pd.DataFrame
    text: pa.Table
    #: One label a row for tools that know no combinations of attributes; text as Python objects.
    joined: pd.Series[Any]
    joined_codes: Ints

    @classmethod
    def make(cls, n: int, sizes: tuple[int, ...]) -> Rows:
        """Draw `n` rows over groups of these `sizes`."""
        rng = np.random.default_rng(n)
        codes: tuple[Any, ...] = tuple(rng.integers(0, size, n).astype(np.uint16 if size > 256 else np.uint8) for size in sizes)
        truth, decision = (rng.integers(0, 2, n).astype(np.uint8) for _ in range(2))
        levels = [[f"attribute {i} level {j:03}" for j in range(size)] for i, size in enumerate(sizes)]
        columns = {f"a{i}": pd.Categorical.from_codes(c, names) for i, (c, names) in enumerate(zip(codes, levels, strict=True))}
        text = {f"a{i}": pa.array(names).take(pa.array(c)) for i, (c, names) in enumerate(zip(codes, levels, strict=True))}
        cell = np.ravel_multi_index(list(codes), sizes)
        labels = np.array([f"group {i:05}" for i in range(int(np.prod(sizes)))], dtype=object)
        return cls(
            sizes=sizes, n=n, codes=codes, truth=truth, decision=decision,
            coded=pd.DataFrame(columns | {"y": truth, "d": decision}), text=pa.table(text | {"y": truth, "d": decision}),
            joined=pd.Series(labels[cell], dtype=object), joined_codes=cell,
        )  # fmt: skip

    @property
    def by(self) -> list[str]:
        """Names of the attributes."""
        return [f"a{i}" for i in range(len(self.sizes))]


def read(rows: Rows) -> object:
    """Read every coded column once: the least that anything could cost."""
    return [column.sum() for column in (*rows.codes, rows.truth, rows.decision)]


def ours(rows: Rows) -> object:
    """Count, and measure every rate of every combination with its interval, from coded columns."""
    return measure(count(rows.coded, by=rows.by, y_true="y", y_pred="d"), [tuple(rows.by)])


def ours_text(rows: Rows) -> object:
    """The same from Arrow text."""
    return measure(count(rows.text, by=rows.by, y_true="y", y_pred="d"), [tuple(rows.by)])


def fairlearn(rows: Rows, resamples: int = 0) -> object:
    """Ten metrics by group; their differences and ratios come with the frame."""
    from fairlearn import metrics as m
    from sklearn.metrics import accuracy_score, precision_score

    wanted = {
        f.__name__: f for f in (
            m.selection_rate, m.true_positive_rate, m.false_positive_rate, m.true_negative_rate, m.false_negative_rate,
            m.mean_prediction, m.count, accuracy_score,
        )
    } | {
        "precision": lambda y, d: precision_score(y, d, zero_division=0),
        "base_rate": lambda y, d: float(np.mean(y)),
    }  # fmt: skip
    boot: dict[str, Any] = {"n_boot": resamples, "ci_quantiles": [0.025, 0.975], "random_state": 1} if resamples else {}
    return m.MetricFrame(
        metrics=wanted, y_true=rows.truth, y_pred=rows.decision, sensitive_features=rows.coded[rows.by], **boot
    ).by_group  # fmt: skip


def aequitas(rows: Rows) -> object:
    """Crosstabs and disparities to the largest group; combinations have to be joined to one label by the caller."""
    from aequitas.bias import Bias
    from aequitas.group import Group

    frame = pd.DataFrame({"group": rows.joined, "score": rows.decision.astype(int), "label_value": rows.truth.astype(int)})
    table, _ = Group().get_crosstabs(frame, attr_cols=["group"])
    return Bias().get_disparity_major_group(table, original_df=frame)


def equiboots(rows: Rows, resamples: int = 0) -> object:
    """Its own set of metrics a group; every row of every resample has to be asked for, with as many seeds."""
    from equiboots import EquiBoots

    if not hasattr(np, "trapz"):
        # NumPy 2.4 has no longer the name that equiboots calls; this is what it became.
        np.trapz = np.trapezoid  # type: ignore[attr-defined]  # gone in numpy 2, used by a peer
    boot: dict[str, Any] = {
        "bootstrap_flag": True, "num_bootstraps": resamples, "seeds": list(range(resamples)), "balanced": False,
        "stratify_by_outcome": False, "boot_sample_size": rows.n,
    } if resamples else {}  # fmt: skip
    made = EquiBoots(
        y_true=rows.truth.astype(int), y_pred=rows.decision.astype(int), y_prob=rows.decision.astype(float),
        fairness_df=pd.DataFrame({"group": rows.joined}), fairness_vars=["group"], **boot,
    )  # fmt: skip
    made.grouper(groupings_vars=["group"])
    return made.get_metrics(made.slicer("group"))


def aif360(rows: Rows) -> object:
    """One object a group, each against all others: it compares two sets of rows."""
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

    frame = pd.DataFrame({"group": rows.joined_codes.astype(float), "y": rows.truth.astype(float)})
    truth = BinaryLabelDataset(df=frame, label_names=["y"], protected_attribute_names=["group"])
    decision = truth.copy()
    decision.labels = rows.decision.astype(float).reshape(-1, 1)
    groups, found = range(int(np.prod(rows.sizes))), []
    for group in groups:
        metric = ClassificationMetric(
            truth, decision, unprivileged_groups=[{"group": group}], privileged_groups=[{"group": g} for g in groups if g != group]
        )  # fmt: skip
        rates = (
            metric.selection_rate, metric.true_positive_rate, metric.false_positive_rate, metric.true_negative_rate,
            metric.false_negative_rate, metric.positive_predictive_value, metric.negative_predictive_value,
            metric.false_discovery_rate, metric.false_omission_rate, metric.accuracy,
        )  # fmt: skip
        found.append([rate(privileged=False) for rate in rates])
    return found


#: Work by name, and whether it can be asked for resamples.
PEERS: dict[str, tuple[Callable[..., object], bool]] = {
    "fairlearn": (fairlearn, True),
    "aequitas": (aequitas, False),
    "equiboots": (equiboots, True),
    "aif360": (aif360, False),
}


def installed(name: str) -> str | None:
    """Return the version of a tool, or None where it is not there."""
    return version(name) if find_spec(name) is not None else None
