"""Closed forms: linear models, and those whose log-odds are squares and products of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from smartstart_gov.explanation.explainer import TOLERANCE, Floats, margin_scale
from smartstart_gov.explanation.matrix import Matrix, dense
from smartstart_gov.training.estimators import positive_scores


class Linear:
    """Values of a linear classifier: coefficient times distance from the background's mean.

    The closed form of interventional Shapley values where the output is linear in the matrix, or in a matrix before steps
    that are linear themselves, such as principal components.
    """

    name = "closed form of a linear model, interventional"
    cheap = True
    tolerance = TOLERANCE

    def __init__(
        self, model: Any, final: Any, matrix: Matrix, background: Any, positive: Any = 1, between: Sequence[Any] = ()
    ) -> None:
        blocks = list(matrix.blocks(background))
        self._mean = np.vstack([dense(block) for block in blocks]).mean(axis=0)
        self._weights = _tried(final, between, blocks[0], self._mean) if between else dense(final.coef_)[0]
        if self._weights.shape != (matrix.width,) or dense(final.coef_).shape[0] != 1:
            raise ValueError("no single row of coefficients")
        self._model, self._matrix = model, matrix
        self.labels = matrix.folding.labels
        self.scale = margin_scale(self.output(background), positive_scores(model, background, positive))

    def output(self, native: Any) -> Floats:
        """Return what the values add up to: the decision function of the whole model, shape (n_rows,)."""
        return np.asarray(self._model.decision_function(native), dtype=np.float64)

    def values(self, native: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        fold = self._matrix.folding.fold
        return np.vstack([fold((dense(block) - self._mean) * self._weights) for block in self._matrix.blocks(native)])

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes."""
        return 0.0


def _tried(final: Any, between: Sequence[Any], like: Any, middle: Floats) -> Floats:
    """Return how much one more of each column changes the output behind the steps `between`.

    Whether they are linear is not asked here: if not, the values do not add up, and are not shown.
    """
    table: Any = middle + np.vstack([np.zeros(len(middle)), np.eye(len(middle))])
    if hasattr(like, "columns"):
        table = type(like)(table, columns=like.columns)
    for step in between:
        table = step.transform(table)
    output = np.asarray(final.decision_function(table), dtype=np.float64)
    return np.asarray(output[1:] - output[0], dtype=np.float64)


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
    cheap = True
    tolerance = TOLERANCE

    def __init__(self, model: Any, final: Any, matrix: Matrix, background: Any, positive: Any = 1) -> None:
        near = np.vstack([dense(block) for block in matrix.blocks(background)])
        # Around the middle of the background, so that large numbers do not swallow small ones.
        self._middle = near.mean(axis=0)
        self._form, self._slope = _quadratic(final, self._middle)
        self._near, self._final, self._matrix = near - self._middle, final, matrix
        self.labels = matrix.folding.labels
        self.scale = margin_scale(self.output(background), positive_scores(model, background, positive))

    def output(self, native: Any) -> Floats:
        """Return the log-odds of the second class, shape (n_rows,)."""
        return np.concatenate([_log_odds(self._final, dense(block)) for block in self._matrix.blocks(native)])

    def values(self, native: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        rows = np.vstack([dense(block) for block in self._matrix.blocks(native)]) - self._middle
        alone = _each(rows, self._form) - _each(self._near, self._form).mean(axis=0)
        return self._matrix.folding.fold(alone + rows * self._slope)

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
