"""Groups as people hand them in, without a contract: frames, series, dicts and lists become coded groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.predictions import GroupCodes
from smartstart_gov.project.column import UNKNOWN
from smartstart_gov.project.handover import factorize


def coded(features: Any) -> dict[str, GroupCodes]:
    """Return one grouping a feature, levels in order of their names, or as a categorical declares them.

    Missing values form the level ``unknown``, which is the last one. A declared category without rows stays a level.

    Parameters
    ----------
    features : DataFrame, Series, dict or array_like, shape (n_samples,) or (n_samples, n_features)
    """
    return {name: _grouping(name, column) for name, column in _columns(features).items()}


def _grouping(name: str, column: Any) -> GroupCodes:
    values = np.asarray(column, dtype=object).tolist()
    missing = np.array([_is_missing(value) for value in values], dtype=bool)
    texts = np.array([UNKNOWN if gone else str(value) for value, gone in zip(values, missing, strict=True)], dtype=object)
    present = [str(level) for level in _declared(column)] or sorted(set(texts[~missing].tolist()))
    present = [level for level in present if level != UNKNOWN]
    levels = (*present, UNKNOWN) if UNKNOWN in texts else tuple(present)
    position = {level: i for i, level in enumerate(levels)}
    codes, distinct = factorize(texts)
    table = np.array([position[d] for d in distinct], dtype=np.int64)
    return GroupCodes(name=name, levels=levels, codes=table[codes] if len(table) else codes, unknown=UNKNOWN in levels)


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except TypeError:
        # pandas.NA is neither equal to itself nor different.
        return True


def _declared(column: Any) -> list[Any]:
    """Return the categories of a categorical column (pandas Categorical, polars Enum); none of any other."""
    categories: Any = getattr(getattr(column, "dtype", None), "categories", None)
    # A polars Categorical has a process-wide pool of categories, not a list of its own.
    return list(categories) if hasattr(categories, "__len__") else []


def _columns(features: Any) -> Mapping[str, Any]:
    if isinstance(features, Mapping):
        return {str(name): values for name, values in features.items()}
    if hasattr(features, "columns"):
        return {str(name): features[name] for name in features.columns}
    name = str(getattr(features, "name", None) or "group")
    if hasattr(features, "dtype") and not isinstance(features, np.ndarray):
        return {name: features}
    values: npt.NDArray[Any] = np.asarray(features, dtype=object)
    return {f"group_{i}": values[:, i] for i in range(values.shape[1])} if values.ndim == 2 else {name: values}
