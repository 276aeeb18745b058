"""Groups as people hand them in, without a contract: columns of values become coded groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from smartstart_gov.predictions import GroupCodes
from smartstart_gov.project.column import UNKNOWN
from smartstart_gov.project.handover import factorize
from smartstart_gov.project.node import shown
from smartstart_gov.project.tables import cells, level_names


def coded(features: Mapping[str, Any]) -> dict[str, GroupCodes]:
    """Return one grouping a feature, levels in order of their names, or as a categorical declares them.

    Missing values form the level ``unknown``, which is the last one; the text ``unknown`` means the same. A declared
    category without rows stays a level.

    Parameters
    ----------
    features : mapping of str to column, shape (n_samples,)
        As `smartstart_gov.project.tables.beside` returns them.

    Raises
    ------
    Refused
        D17 for values that name no group, D02 for different values of one text.
    """
    return {name: _grouping(name, column) for name, column in features.items()}


def _grouping(name: str, column: Any) -> GroupCodes:
    where = f"Argument sensitive_features, {shown(name)}"
    values, declared = cells(column, where), _declared(column)
    named = level_names([*values, *declared], where)
    texts = np.array([UNKNOWN if value is None else named[type(value), value] for value in values], dtype=object)
    present = [str(level) for level in declared] or sorted(set(texts.tolist()))
    present = [level for level in present if level != UNKNOWN]
    levels = (*present, UNKNOWN) if UNKNOWN in texts else tuple(present)
    position = {level: i for i, level in enumerate(levels)}
    codes, distinct = factorize(texts)
    table = np.array([position[d] for d in distinct], dtype=np.int64)
    return GroupCodes(name=name, levels=levels, codes=table[codes] if len(table) else codes, unknown=UNKNOWN in levels)


def _declared(column: Any) -> list[Any]:
    """Return the categories of a categorical column (pandas Categorical, polars Enum); none of any other."""
    categories: Any = getattr(getattr(column, "dtype", None), "categories", None)
    # A polars Categorical has a process-wide pool of categories, not a list of its own.
    return cells(categories, "Argument sensitive_features") if hasattr(categories, "__len__") else []
