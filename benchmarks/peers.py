"""What other tools cost for rates by group, beside this library, in one process.

``python -m benchmarks.peers`` prints a table of ratios; ``--full`` goes on to 10 million rows and draws
docs/images/cost.svg. A tool whose pass would take longer than ``--budget`` is reckoned from fewer rows, or from
fewer resamples, and marked ``*``; one that is not installed gets a line that says so.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import io
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from smartstart_gov.metrics.measure import measure
from smartstart_gov.metrics.rates import RATES
from smartstart_gov.tally.count import count

#: Resamples that a tool with a bootstrap is asked for.
RESAMPLES = 1000
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
        codes = tuple(rng.integers(0, size, n).astype(np.uint16 if size > 256 else np.uint8) for size in sizes)
        truth, decision = (rng.integers(0, 2, n).astype(np.uint8) for _ in range(2))
        levels = [[f"attribute {i} level {j:03}" for j in range(size)] for i, size in enumerate(sizes)]
        columns = {f"a{i}": pd.Categorical.from_codes(c, names) for i, (c, names) in enumerate(zip(codes, levels, strict=True))}
        text = {f"a{i}": pa.array(names).take(pa.array(c)) for i, (c, names) in enumerate(zip(codes, levels, strict=True))}
        cell = np.ravel_multi_index(codes, sizes)
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
        np.trapz = np.trapezoid  # type: ignore[attr-defined]
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


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep a tool's prints, bars and warnings from the table."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def once(work: Callable[[], object]) -> float:
    """Return the CPU time of one call, in seconds."""
    start = time.process_time()
    with quiet():
        work()
    return time.process_time() - start


def cpu(work: Callable[[], object], *, seconds: float = 1.0, most: int = 25) -> float:
    """Return the median CPU time of as many calls as fit in `seconds`, three at least, after one that warms up."""
    first = once(work)
    if first > seconds:
        return first
    return median(once(work) for _ in range(int(min(max(seconds / max(first, 1e-4), 3), most))))


def memory(work: Callable[[], object]) -> float | None:
    """Return how far one call raises the peak of resident memory, in MB; None where the system cannot say."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")

    def field(name: str) -> int:
        return int(next(line for line in status.read_text().splitlines() if line.startswith(name)).split()[1])

    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    try:
        reset.write_text("5")
        before = field("VmRSS")
        with quiet():
            work()
        return (field("VmHWM") - before) / 1024
    except OSError:
        return None


@dataclass(frozen=True)
class Cost:
    """CPU seconds of one call; `reckoned` where they come from fewer rows or resamples."""

    seconds: float
    reckoned: bool = False

    def over(self, other: float) -> str:
        """Return the ratio to `other` as text."""
        ratio = self.seconds / other
        return (f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}") + ("*" if self.reckoned else "")


def pass_cost(work: Callable[[Rows], object], rows: Rows, fewer: tuple[int, Cost] | None, budget: float) -> Cost:
    """Return what one pass costs, reckoned from the cost over `fewer` rows where it would not fit in the budget."""
    if fewer is not None:
        reckoned = fewer[1].seconds * rows.n / fewer[0]
        if fewer[1].reckoned or reckoned > budget:
            return Cost(reckoned, reckoned=True)
    return Cost(cpu(lambda: work(rows)))


def resampled_cost(work: Callable[..., object], rows: Rows, single: Cost, budget: float) -> Cost:
    """Return what `RESAMPLES` resamples cost, from those that fit in the budget."""
    fit = int(min(budget / max(single.seconds, 1e-6), RESAMPLES))
    if single.reckoned or fit < 2:
        return Cost(single.seconds * (RESAMPLES + 1), reckoned=True)
    spent = once(lambda: work(rows, fit))
    if fit == RESAMPLES:
        return Cost(spent)
    each = max(spent - single.seconds, 0.0) / fit
    return Cost(single.seconds + each * RESAMPLES, reckoned=True)


def table(sizes: tuple[int, ...], numbers: list[int], budget: float) -> None:
    """Print one line a tool and number of rows."""
    groups = int(np.prod(sizes))
    print(f"\n{' x '.join(map(str, sizes))} = {groups} groups. Ratios of CPU time; memory is what one pass adds to the peak.")
    heads = ("rows", "", "/ np.sum", "/ ours, text", "/ ours, codes", f"{RESAMPLES} resamples / ours", "memory, MB")
    widths = (11, 22, 10, 13, 14, 22, 11)
    print("".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)))
    last: dict[str, tuple[int, Cost]] = {}
    for n in numbers:
        rows = Rows.make(n, sizes)
        least, codes, text = (cpu(lambda w=w: w(rows)) for w in (read, ours, ours_text))

        def line(name: str, cost: Cost, resampled: Cost | None, extra: float | None) -> None:
            cells = (
                f"{n:,}", name, cost.over(least), cost.over(text), cost.over(codes),
                "" if resampled is None else resampled.over(codes), "" if extra is None else f"{extra:.0f}",
            )  # fmt: skip
            print("".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)), flush=True)

        line(f"ours, {len(RATES)} rates, codes", Cost(codes), None, memory(lambda: ours(rows)))
        line("ours, Arrow text", Cost(text), None, memory(lambda: ours_text(rows)))
        for name, (work, has_bootstrap) in PEERS.items():
            if installed(name) is None:
                print(f"{n:>11,}{name:>22}  not installed")
                continue
            try:
                cost = pass_cost(work, rows, last.get(name), budget)
                resampled = resampled_cost(work, rows, cost, budget) if has_bootstrap else None
                extra = None if cost.reckoned else memory(lambda: work(rows))
            except Exception as error:
                # A tool that breaks on these rows is a result, not the end of the table.
                print(f"{n:>11,}{name:>22}  breaks: {type(error).__name__}: {str(error)[:70]}")
                continue
            last[name] = (n, cost)
            line(name, cost, resampled, extra)


def main() -> None:
    """Print the tables, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="10 million rows as well, and the drawing")
    parser.add_argument("--budget", type=float, default=10.0, help="CPU seconds for one pass of a tool")
    given = parser.parse_args()
    print("  ".join(f"{name} {installed(name) or 'not installed'}" for name in PEERS))
    numbers = [10_000, 100_000, 1_000_000, *([10_000_000] if given.full else [])]
    for sizes in ((5,), (5, 44, 2)):
        table(sizes, numbers, given.budget)
    print("* reckoned from the rows or resamples that fit in the budget. Resamples: tools with a bootstrap of their own.")
    if given.full:
        from benchmarks.cost_figure import draw

        draw(given.budget)


if __name__ == "__main__":
    main()
