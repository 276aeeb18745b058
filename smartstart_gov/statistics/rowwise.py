"""rowwise(): metrics that counts cannot express, by group, from the rows themselves. The only door of fairlearn.

A mean absolute error, a quantile loss or a metric of one's own cannot be recomputed from counts. So what comes from
here is *attested*: somebody who had the rows says so. No verdict rests on it and no bundle holds it.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import UNKNOWN
from smartstart_gov.authoring.names import joint_name, levels_of
from smartstart_gov.codec import Shape
from smartstart_gov.counting.handover import coded
from smartstart_gov.counting.predictions import GroupCodes
from smartstart_gov.errors import Refused
from smartstart_gov.intake.tables import beside
from smartstart_gov.show import Value
from smartstart_gov.statistics.estimates import RowKind
from smartstart_gov.statistics.intervals import Floats

_REALS = ("value", "low", "high")
Metric = Callable[[Any, Any], float]
_CONFIDENCE = 0.95
#: More replicates make no interval better, and fill the memory.
_MOST_REPLICATES = 1_000_000
#: A bootstrap of fewer rows says little more than that there are few.
FEWEST_ROWS = 20
#: An interval is made of the replicates in which the metric is defined, if these are at least this share.
_DEFINED = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class RowwiseTable(Value):
    """Metrics by group, computed from rows: row r is a group, column m a metric.

    Attributes
    ----------
    metrics : tuple of str
    by : tuple of tuple of str
        For each row the features it is a group of; empty for everybody (row 0).
    groups : tuple of str
    kinds : tuple of RowKind
    n : tuple of int
        Rows of the group.
    value, low, high : ndarray of float64, shape (n_rows, n_metrics)
        nan is undefined. Bounds are percentiles of a bootstrap within the group; undefined under 20 rows.
    n_boot, random_state : int
    confidence : float
    notes : tuple of str
        What the metrics warned of, and where a figure or an interval is undefined.
    """

    derived: ClassVar[tuple[str, ...]] = ("basis", "statement")
    basis: ClassVar[Literal["attested"]] = "attested"
    statement: ClassVar[str] = "computed from rows, not recomputable from counts"

    metrics: tuple[str, ...]
    by: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...]
    kinds: tuple[RowKind, ...]
    n: tuple[int, ...]
    value: Annotated[Floats, Shape(("groups", "metrics"))]
    low: Annotated[Floats, Shape(("groups", "metrics"))]
    high: Annotated[Floats, Shape(("groups", "metrics"))]
    n_boot: int
    random_state: int
    confidence: float
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, key: tuple[str, tuple[str, ...], str]) -> tuple[float, float, float]:
        """Return value, low and high of (metric, by, group); ``(metric, (), "overall")`` for everybody."""
        metric, by, group = key
        for r, names in enumerate(self.by):
            if names == by and self.groups[r] == group:
                m = self.metrics.index(metric)
                return float(self.value[r, m]), float(self.low[r, m]), float(self.high[r, m])
        raise KeyError(key)

    def headline(self) -> str:
        """Return the table in one line, with what it is worth."""
        shape = f"{len(self.metrics)} metrics x {len(self)} rows, bootstrap {self.confidence:.0%}"
        return f"RowwiseTable({shape}; {self.basis}: {self.statement})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per metric of a group."""
        rows: list[list[object]] = [
            [
                " & ".join(self.by[r]) or "-",
                " & ".join(levels_of(self.by[r], self.groups[r])),
                name,
                *(_shown(getattr(self, x)[r, m]) for x in _REALS),
                self.n[r],
            ]
            for r in range(len(self))
            for m, name in enumerate(self.metrics)
        ]
        return ["by", "group", "metric", *_REALS, "n"], rows


def _shown(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.3f}"


def rowwise(
    *, metrics: Metric | Mapping[str, Metric], y_true: Any, y_pred: Any, sensitive_features: Any, n_boot: int = 1000,
    random_state: int = 0,
) -> RowwiseTable:  # fmt: skip
    """Return metrics of your own by group, with bootstrap intervals: for regression, and for what counts cannot express.

    Columns of pandas are matched by their index where the arguments have one; the rest is matched by position.

    Parameters
    ----------
    metrics : callable or dict of str to callable
        Each takes ``(y_true, y_pred)`` of a group and returns one number.
    y_true, y_pred : array_like, shape (n_samples,)
        Whatever the metrics take: amounts, scores, classes.
    sensitive_features : DataFrame, Series, dict or array_like, shape (n_samples,) or (n_samples, n_features)
        Missing values form the group ``unknown``; a declared category without rows is undefined. With several
        features their intersection is measured too.
    n_boot : int
        Replicates, drawn within each group; each group has a random stream of its own.
    random_state : int
        A whole number of at least 0, so that the intervals can be made again.

    Returns
    -------
    RowwiseTable
        Marked as attested. What a metric warns of is in its `notes`, and is warned of once more.

    Raises
    ------
    Refused
        D10, D12 for columns that differ in length or index, or have no rows; D02, D14, D17 for groups or features that would
        take each other's name; U01 for what is no column or table; M01 for what is no metric, or fails on everybody. A
        metric that fails on one group is undefined there, and `notes` says so.

    Examples
    --------
    >>> import numpy as np
    >>> def mean_absolute_error(y_true, y_pred):
    ...     return np.abs(y_true - y_pred).mean()
    >>> table = rowwise(metrics=mean_absolute_error, y_true=[1.0, 2.0, 4.0], y_pred=[1.5, 2.0, 3.0],
    ...                 sensitive_features={"origin": ["A", "A", None]}, n_boot=10)
    >>> table["mean_absolute_error", ("origin",), "A"][0], table["mean_absolute_error", ("origin",), "unknown"][0]
    (0.25, 1.0)
    """
    accept(rowwise, locals())
    functions = _named(metrics)
    (true, guess), features = beside({"y_true": y_true, "y_pred": y_pred}, sensitive_features, "sensitive_features")
    truth, predicted, groupings = _column(true, "y_true"), _column(guess, "y_pred"), coded(features)
    lengths = {"y_pred": len(predicted)} | {f"group {name!r}": len(g.codes) for name, g in groupings.items()}
    for name, length in lengths.items():
        if length != len(truth):
            what = f"{name} has {length} rows, y_true has {len(truth)}."
            raise Refused("D10", what, f"Argument {name}", "Pass columns for the same rows, matched by key.")
    if not len(truth):
        raise Refused("D12", "There are no rows.", "Argument y_true", "Provide at least one row.")
    if not 0 < n_boot <= _MOST_REPLICATES:
        raise Refused(
            "M01",
            f"{n_boot!r} replicates cannot give an interval.",
            "Argument n_boot",
            "Use 1000; at least 1, at most a million.",
        )
    if random_state < 0:
        remedy = "Pass a whole number of at least 0, so that the intervals can be reproduced."
        raise Refused("M01", f"{random_state!r} is not a seed.", "Argument random_state", remedy)
    margins: list[tuple[str, ...]] = [(), *((name,) for name in groupings)]
    margins += [tuple(groupings)] if len(groupings) > 1 else []
    watch, parts = _Watch(), []
    for place, by in enumerate(margins):
        names, kinds, codes = _groups(by, [groupings[name] for name in by], len(truth))
        value = _values(functions, truth, predicted, names, codes, watch)
        for g, name in enumerate(names):
            rows = np.flatnonzero(codes == g)
            rng = np.random.default_rng([random_state, place, g])
            low, high = _interval(functions, truth[rows], predicted[rows], rng, n_boot, watch, name)
            parts.append((by, name, kinds[g], len(rows), value[g], low, high))
    watch.tell()
    columns = list(zip(*parts, strict=True))
    return RowwiseTable(
        metrics=tuple(functions), by=columns[0], groups=columns[1], kinds=columns[2], n=columns[3],
        value=np.array(columns[4]), low=np.array(columns[5]), high=np.array(columns[6]), n_boot=n_boot,
        random_state=random_state, confidence=_CONFIDENCE, notes=tuple(watch.notes),
    )  # fmt: skip


@dataclass(slots=True)
class _Watch:
    """Runs metrics and keeps what they warn of and where they fail."""

    notes: list[str] = field(default_factory=list)
    warned: dict[tuple[type[Warning], str], None] = field(default_factory=dict)

    def run(self, function: Metric, truth: Any, predicted: Any) -> float:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = function(truth, predicted)
        self.warned.update(dict.fromkeys((w.category, str(w.message)) for w in caught))
        if np.ndim(found) != 0:
            raise TypeError(f"it returns {type(found).__name__}, not one number")
        return float(found)

    def tell(self) -> None:
        """Put every different warning into the notes, and warn of it once more under its own category."""
        self.notes += [f"{category.__name__}: {message}" for category, message in self.warned]
        for category, message in self.warned:
            warnings.warn(message, category, stacklevel=3)


def _values(
    functions: Mapping[str, Metric], truth: npt.NDArray[Any], predicted: npt.NDArray[Any], names: tuple[str, ...],
    codes: npt.NDArray[np.int64], watch: _Watch,
) -> Floats:  # fmt: skip
    """Return each metric of each group, shape (n_groups, n_metrics), through fairlearn's MetricFrame."""
    from fairlearn.metrics import MetricFrame

    failed: list[str] = []

    def guarded(metric: str, function: Metric) -> Metric:
        def run(y_true: Any, y_pred: Any) -> float:
            try:
                return watch.run(function, y_true, y_pred)
            except Exception as error:
                if len(y_true) == len(truth):
                    what = f"The metric {metric!r} fails on all rows ({type(error).__name__}: {error})."
                    remedy = "Pass a function of (y_true, y_pred) that returns one number."
                    raise Refused("M01", what, "Argument metrics", remedy) from error
                failed.append(f"{metric} fails on a group of {len(y_true)} rows ({type(error).__name__}): undefined")
                return math.nan

        return run

    frame = MetricFrame(
        metrics={name: guarded(name, function) for name, function in functions.items()},
        y_true=truth, y_pred=predicted, sensitive_features={"group": codes},
    )  # fmt: skip
    watch.notes += failed
    value = np.full((len(names), len(functions)), np.nan)
    for code, row in zip(frame.by_group.index.tolist(), frame.by_group.to_numpy(dtype=np.float64), strict=True):
        value[int(code)] = row
    return value


def _interval(
    functions: Mapping[str, Metric], truth: npt.NDArray[Any], predicted: npt.NDArray[Any], rng: np.random.Generator,
    n_boot: int, watch: _Watch, group: str,
) -> tuple[list[float], list[float]]:  # fmt: skip
    """Return percentile bounds of each metric of one group."""
    undefined = [math.nan] * len(functions)
    if len(truth) < FEWEST_ROWS:
        if len(truth):
            watch.notes.append(f"{group}: {len(truth)} rows are too few for a bootstrap: interval undefined")
        return undefined, list(undefined)
    drawn = np.full((n_boot, len(functions)), np.nan)
    for b in range(n_boot):
        at = rng.integers(0, len(truth), len(truth))
        for m, function in enumerate(functions.values()):
            try:
                drawn[b, m] = watch.run(function, truth[at], predicted[at])
            except Exception:
                # Counted below as a replicate without a value, and told in the notes.
                drawn[b, m] = math.nan
    low, high = list(undefined), list(undefined)
    for m, name in enumerate(functions):
        good = drawn[np.isfinite(drawn[:, m]), m]
        if len(good) < n_boot:
            watch.notes.append(f"{group}: {name} is undefined in {n_boot - len(good)} of {n_boot} replicates")
        if len(good) >= _DEFINED * n_boot:
            low[m], high[m] = np.quantile(good, [0.5 - _CONFIDENCE / 2, 0.5 + _CONFIDENCE / 2]).tolist()
    return low, high


def _groups(
    by: tuple[str, ...], groupings: list[GroupCodes], n: int
) -> tuple[tuple[str, ...], tuple[RowKind, ...], npt.NDArray[np.int64]]:
    """Return names and kinds of the groups of `by`, and a code a row."""
    if not by:
        return ("overall",), ("overall",), np.zeros(n, dtype=np.int64)
    codes = np.zeros(n, dtype=np.int64)
    for grouping in groupings:
        codes = codes * len(grouping.levels) + grouping.codes
    levels = list(itertools.product(*(grouping.levels for grouping in groupings)))
    kinds: tuple[RowKind, ...] = tuple("unknown" if UNKNOWN in names else "level" for names in levels)
    return tuple(joint_name(names) for names in levels), kinds, codes


def _named(metrics: Any) -> dict[str, Metric]:
    named: Any = {str(getattr(metrics, "__name__", "metric")): metrics} if callable(metrics) else metrics
    if not isinstance(named, Mapping) or not named or not all(callable(f) for f in named.values()):
        remedy = "Pass a function of (y_true, y_pred), or a dict of such functions by name."
        raise Refused("M01", f"{type(metrics).__name__} is not a metric.", "Argument metrics", remedy)
    return {str(name): function for name, function in named.items()}


def _column(values: Any, name: str) -> npt.NDArray[Any]:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 1:
        what = f"{name} has {array.ndim} dimensions." if array.ndim else f"{name} is not a column of values."
        raise Refused("D10", what, f"Argument {name}", "Pass one value per row.")
    return array
