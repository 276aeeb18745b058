"""Closed forms: linear models, and those whose log-odds are squares and products of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from smartstart_gov.explanation.explainer import TOLERANCE, Floats
from smartstart_gov.explanation.matrix import Matrix, dense


class Linear:
    """Values of a linear classifier: coefficient times distance from the background's mean.

    The closed form of interventional Shapley values where the output is linear in the matrix, or in a matrix before steps
    that are linear themselves, such as principal components.
    """

    name = "closed form of a linear model, interventional"
    cheap, margin = True, True
    tolerance = TOLERANCE

    def __init__(self, final: Any, matrix: Matrix, between: Sequence[Any] = ()) -> None:
        self._mean = np.vstack([dense(block) for block in matrix.blocks(matrix.near)]).mean(axis=0)
        self._final, self._matrix, self._between = final, matrix, between
        self._weights = self._tried() if between else dense(final.coef_)[0]
        if self._weights.shape != (matrix.width,) or dense(final.coef_).shape[0] != 1:
            raise ValueError("no single row of coefficients")
        self.labels = matrix.folding.labels
        self.baseline = float(self.output(matrix.near).mean())

    def seen(self, native: Any) -> Any:
        """Return rows as the classifier sees them, or the first of the linear steps before it."""
        return self._matrix.table(native)

    def output(self, seen: Any) -> Floats:
        """Return the decision function, shape (n_rows,)."""
        table = seen
        for step in self._between:
            table = step.transform(table)
        return np.asarray(self._final.decision_function(table), dtype=np.float64)

    def values(self, seen: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        fold = self._matrix.folding.fold
        return np.vstack([fold((dense(block) - self._mean) * self._weights) for block in self._matrix.blocks(seen)])

    def _tried(self) -> Floats:
        """Return how much one more of each column changes the output behind the steps between.

        Whether they are linear is not asked here: if not, the values do not add up, and are not shown.
        """
        table: Any = self._mean + np.vstack([np.zeros(len(self._mean)), np.eye(len(self._mean))])
        if hasattr(self._matrix.near, "columns"):
            table = type(self._matrix.near)(table, columns=self._matrix.near.columns)
        output = self.output(table)
        return np.asarray(output[1:] - output[0], dtype=np.float64)

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes."""
        return 0.0


def is_linear(final: Any) -> bool:
    """Return whether a classifier's output is one row of coefficients on its matrix."""
    return hasattr(final, "coef_") and hasattr(final, "intercept_") and hasattr(final, "decision_function")


class Quadratic:
    """Values of a Gaussian classifier, whose log-odds are a quadratic form of its matrix.

    The product of columns i and j is x_i x_j, x_i z_j, z_i x_j or z_i z_j where each is that of the row x or of the row z of
    the background. Column i gets half of what it adds first and half of what it adds last. Around the middle of the
    background the second and third have mean zero, and half of x_i x_j less the mean of z_i z_j is left for each of both.
    """

    name = "closed form of a Gaussian model, interventional"
    cheap, margin = True, True
    tolerance = TOLERANCE

    def __init__(self, final: Any, matrix: Matrix) -> None:
        near = np.vstack([dense(block) for block in matrix.blocks(matrix.near)])
        # Around the middle of the background, so that large numbers do not swallow small ones.
        self._middle = near.mean(axis=0)
        self._form, self._slope = _quadratic(final, self._middle)
        self._final, self._matrix = final, matrix
        self._usual = _each(near - self._middle, self._form).mean(axis=0)
        self.labels = matrix.folding.labels
        self.baseline = float(self.output(matrix.near).mean())

    def seen(self, native: Any) -> Any:
        """Return rows as the classifier sees them."""
        return self._matrix.table(native)

    def output(self, seen: Any) -> Floats:
        """Return the log-odds of the second class, shape (n_rows,)."""
        return np.concatenate([_log_odds(self._final, dense(block)) for block in self._matrix.blocks(seen)])

    def values(self, seen: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        rows = np.vstack([dense(block) for block in self._matrix.blocks(seen)]) - self._middle
        return self._matrix.folding.fold(_each(rows, self._form) - self._usual + rows * self._slope)

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes."""
        return 0.0


def _each(rows: Floats, form: Floats) -> Floats:
    return rows * (rows @ form)


def is_gaussian(final: Any) -> bool:
    """Return whether a classifier of scikit-learn compares two Gaussian densities."""
    known = type(final).__module__.startswith("sklearn.")
    return known and type(final).__name__ in ("GaussianNB", "QuadraticDiscriminantAnalysis") and len(final.classes_) == 2


def _log_odds(final: Any, matrix: Floats) -> Floats:
    if hasattr(final, "decision_function"):
        return np.asarray(final.decision_function(matrix), dtype=np.float64)
    joint = np.asarray(final.predict_joint_log_proba(matrix), dtype=np.float64)
    return joint[:, 1] - joint[:, 0]


def _quadratic(final: Any, middle: Floats) -> tuple[Floats, Floats]:
    """Return A and b of the log-odds x'Ax + b'x + c, with x the distance from `middle`."""
    if type(final).__name__ == "GaussianNB":
        precision = [np.diag(1 / variance) for variance in final.var_]
        means = final.theta_
    else:
        pairs = zip(final.rotations_, final.scalings_, strict=True)
        precision = [np.asarray(r) @ np.diag(1 / np.asarray(s)) @ np.asarray(r).T for r, s in pairs]
        means = final.means_
    form = -0.5 * (precision[1] - precision[0])
    slope = precision[1] @ (means[1] - middle) - precision[0] @ (means[0] - middle)
    return form, slope
