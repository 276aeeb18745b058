"""Rows of the training data that stay inside a model: nearest neighbours, support vectors and the like.

Whoever holds such a model file holds children's records. A kernel machine keeps rows by design; other
estimators may keep a table with one line a training row, such as out-of-bag scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from smartstart_gov.training.estimators import class_path, parts

#: Classes of scikit-learn, by module and name, that keep training rows; what inherits from one does too.
_BY_DESIGN = (
    ("sklearn.neighbors", "NeighborsBase"),
    ("sklearn.neighbors", "KernelDensity"),
    ("sklearn.svm", "BaseLibSVM"),
    ("sklearn.gaussian_process", "GaussianProcessClassifier"),
    ("sklearn.gaussian_process", "GaussianProcessRegressor"),
    ("sklearn.impute", "KNNImputer"),
    ("sklearn.semi_supervised", "BaseLabelPropagation"),
    ("sklearn.kernel_ridge", "KernelRidge"),
    ("sklearn.kernel_approximation", "Nystroem"),
    ("sklearn.decomposition", "KernelPCA"),
    ("sklearn.manifold", "Isomap"),
    ("sklearn.manifold", "LocallyLinearEmbedding"),
    ("sklearn.cluster", "DBSCAN"),
    ("sklearn.cluster", "OPTICS"),
    ("sklearn.cluster", "AffinityPropagation"),
)
#: Under this many rows, an array of that length says nothing about where it came from.
_FEWEST_ROWS = 20


def row_holders(model: Any, fit_rows: int) -> tuple[str, ...]:
    """Return the steps of a fitted model that keep rows of the training data.

    Parameters
    ----------
    model : fitted estimator
        Every estimator inside it is looked at, parameters and fitted copies.
    fit_rows : int
        Rows it was fitted on: a learnt table of exactly that many lines counts as kept rows.

    Returns
    -------
    tuple of str
        Classes, or class and attribute where only one table is meant.
    """
    found: dict[str, None] = {}
    for part in parts(model):
        if _keeps_by_design(part):
            found[class_path(part)] = None
        elif fit_rows >= _FEWEST_ROWS:
            found.update((f"{class_path(part)}.{name}", None) for name in _tables(part, fit_rows))
    return tuple(found)


def _keeps_by_design(part: Any) -> bool:
    return any(
        ancestor.__name__ == name and ancestor.__module__.startswith(module)
        for ancestor in type(part).__mro__
        for module, name in _BY_DESIGN
    )


def _tables(part: Any, rows: int) -> list[str]:
    given = set(part.get_params(deep=False)) if hasattr(part, "get_params") else set()
    learnt = {name: value for name, value in getattr(part, "__dict__", {}).items() if name not in given}
    return [
        name
        for name, value in learnt.items()
        if getattr(value, "ndim", 0) == 2 and value.shape[0] == rows and getattr(value, "dtype", None) != np.dtype(object)
    ]
