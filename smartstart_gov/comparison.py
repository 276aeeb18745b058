"""compare(): minute one, no files: fairlearn's own signature, a table with intervals, never a verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.errors import OTHER_OUTCOMES, Refused, Violation
from smartstart_gov.metrics.estimate import MetricTable
from smartstart_gov.metrics.measure import measure
from smartstart_gov.predictions import Bits, Predictions
from smartstart_gov.project.grouping import coded
from smartstart_gov.tally.count import count


def compare(*, y_true: Any, y_pred: Any, sensitive_features: Any) -> MetricTable:
    """Return every rate of every group with its interval, at once and without files; never a verdict.

    Parameters
    ----------
    y_true, y_pred : array_like of 0 and 1 (or bool), shape (n_samples,)
    sensitive_features : DataFrame, Series, dict or array_like, shape (n_samples,) or (n_samples, n_features)
        Missing values form the group ``unknown``. With several features their intersection is measured too.

    Returns
    -------
    MetricTable

    Raises
    ------
    Refused
        D06, D07, D10, D12: labels that are not binary, columns that differ in length, no rows.

    Examples
    --------
    >>> table = compare(y_true=[0, 1, 1, 0], y_pred=[0, 1, 0, 0], sensitive_features={"origin": ["A", "A", "B", "B"]})
    >>> table["selection_rate", ("origin",), "A"].value
    0.5
    >>> table["true_positive_rate", ("origin",), "B"]
    Estimate(0.000 [0.000, 0.793] wilson 95%, 0/1)
    """
    groups = coded(sensitive_features)
    truth, decision = _bits(y_true, "y_true"), _bits(y_pred, "y_pred")
    if isinstance(truth, Violation) or isinstance(decision, Violation):
        raise Refused.of([column for column in (truth, decision) if isinstance(column, Violation)])
    predictions = Predictions(y_true=truth, y_pred=decision, groups=groups)
    margins: list[tuple[str, ...]] = [(name,) for name in groups]
    if len(groups) > 1:
        margins.append(tuple(groups))
    return measure(count(predictions), margins)


def _bits(values: Any, name: str) -> Bits | Violation:
    array, where = np.asarray(values), f"Argument {name}"
    if array.ndim != 1:
        what = f"{name} has {array.ndim} dimensions."
        return Violation(rule="D10", what=what, where=where, remedy=f"Hand in one value a row. {OTHER_OUTCOMES}")
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        what, remedy = f"{name} holds {_kind(array)}, not 0 and 1.", "Code the two values as 0 and 1; scores are not decisions."
        return Violation(rule="D07", what=what, where=where, remedy=f"{remedy} {OTHER_OUTCOMES}")
    return array.astype(np.int8)


def _kind(array: npt.NDArray[Any]) -> str:
    """Return what an array holds, without a value of it."""
    if array.dtype.kind not in "biuf":
        return "text or other objects"
    if not np.isfinite(array).all():
        return "missing or infinite numbers"
    if not np.array_equal(array, np.rint(array)):
        return "numbers with decimals"
    return f"{len(np.unique(array))} different whole numbers"
