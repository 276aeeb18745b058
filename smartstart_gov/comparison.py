"""compare(): minute one, no files: fairlearn's own signature, a table with intervals, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.errors import Refused
from smartstart_gov.metrics.estimate import MetricTable
from smartstart_gov.metrics.measure import measure
from smartstart_gov.predictions import GroupCodes, Predictions
from smartstart_gov.project.contract import UNKNOWN
from smartstart_gov.project.handover import factorize
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
    features = _features(sensitive_features)
    groups = {}
    for name, values in features.items():
        missing = np.array([value is None or value != value for value in values.tolist()])
        texts = np.array(
            [UNKNOWN if gone else str(value) for value, gone in zip(values.tolist(), missing, strict=True)], dtype=object
        )
        present = sorted(set(texts[~missing].tolist()) - {UNKNOWN})
        levels = (*present, UNKNOWN) if UNKNOWN in texts else tuple(present)
        position = {level: i for i, level in enumerate(levels)}
        codes, distinct = factorize(texts)
        table = np.array([position[d] for d in distinct], dtype=np.int64)
        groups[name] = GroupCodes(name=name, levels=levels, codes=table[codes], unknown=UNKNOWN in levels)
    predictions = Predictions(y_true=_bits(y_true, "y_true"), y_pred=_bits(y_pred, "y_pred"), groups=groups)
    margins: list[tuple[str, ...]] = [(name,) for name in groups]
    if len(groups) > 1:
        margins.append(tuple(groups))
    return measure(count(predictions), margins)


def _features(features: Any) -> Mapping[str, npt.NDArray[Any]]:
    if isinstance(features, Mapping):
        return {str(name): np.asarray(values, dtype=object) for name, values in features.items()}
    if hasattr(features, "columns"):
        return {str(name): np.asarray(features[name], dtype=object) for name in features.columns}
    name = str(getattr(features, "name", None) or "group")
    values = np.asarray(features, dtype=object)
    if values.ndim == 2:
        return {f"group_{i}": values[:, i] for i in range(values.shape[1])}
    return {name: values}


def _bits(values: Sequence[Any] | npt.NDArray[Any], name: str) -> npt.NDArray[np.int8]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise Refused("D10", f"{name} has {array.ndim} dimensions.", f"Argument {name}", "Hand in one value a row.")
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        raise Refused(
            "D07",
            f"{name} holds values other than 0 and 1.",
            f"Argument {name}",
            "Code the two values as 0 and 1; scores are not decisions.",
        )
    return array.astype(np.int8)
