"""The inside of a pipeline: its transformed matrix, and linear models in closed form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from smartstart_gov.explanation.explainer import Floats, margin_scale
from smartstart_gov.explanation.folding import Folding, fold_of
from smartstart_gov.training.estimators import bare, layers, positive_scores

#: Cells of a matrix that are made dense at a time.
_CELLS = 5_000_000


def open_up(model: Any) -> tuple[list[Any], Any]:
    """Return the transformers of `model` in order, and the classifier behind them.

    A search over parameters stands for the model it chose, a fixed threshold for the model under it.
    """
    *around, final = layers(bare(model))
    heads = [step for one in around for _, step in one.steps[:-1]]
    return [step for step in heads if step is not None and step != "passthrough"], final


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """What the final classifier of a model sees.

    Attributes
    ----------
    transformers : tuple of fitted transformers
    width : int
        Columns of the matrix.
    folding : Folding
        Which column of the contract each column of the matrix belongs to.
    """

    transformers: tuple[Any, ...]
    width: int
    folding: Folding

    @classmethod
    def of(cls, transformers: Sequence[Any], features: Sequence[str], sample: Any) -> Matrix:
        """Return the matrix that `transformers` make of rows like those of `sample`."""
        width = int(_transformed(transformers, sample).shape[1])
        return cls(transformers=tuple(transformers), width=width, folding=fold_of(transformers, features, width))

    def blocks(self, native: Any) -> Iterator[Floats]:
        """Yield the matrix of `native` in dense blocks of rows, in order."""
        whole = _transformed(self.transformers, native)
        step = max(1, _CELLS // max(1, self.width))
        for start in range(0, whole.shape[0], step):
            block = whole[start : start + step]
            yield np.asarray(block.toarray() if hasattr(block, "toarray") else block, dtype=np.float64)

    def dense(self, native: Any) -> Floats:
        """Return the matrix of `native`, shape (n_rows, width)."""
        return np.vstack(list(self.blocks(native)))


def _transformed(transformers: Sequence[Any], native: Any) -> Any:
    table = native
    for transformer in transformers:
        table = transformer.transform(table)
    return table.tocsr() if hasattr(table, "tocsr") else np.asarray(table)


class Linear:
    """Values of a linear classifier: coefficient times distance from the background's mean.

    The closed form of interventional Shapley values where the output is linear in the matrix.
    """

    name = "closed form of a linear model, interventional"
    cheap = True

    def __init__(self, model: Any, final: Any, matrix: Matrix, background: Any, positive: Any = 1) -> None:
        coefficients = final.coef_
        dense = coefficients.toarray() if hasattr(coefficients, "toarray") else np.asarray(coefficients)
        if dense.shape != (1, matrix.width):
            raise ValueError("no single row of coefficients")
        self._weights: Floats = np.asarray(dense[0], dtype=np.float64)
        self._model, self._matrix = model, matrix
        self._mean = matrix.dense(background).mean(axis=0)
        self.labels = matrix.folding.labels
        self.scale = margin_scale(self.output(background), positive_scores(model, background, positive))

    def output(self, native: Any) -> Floats:
        """Return what the values add up to: the decision function of the whole model, shape (n_rows,)."""
        return np.asarray(self._model.decision_function(native), dtype=np.float64)

    def values(self, native: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        fold = self._matrix.folding.fold
        return np.vstack([fold((block - self._mean) * self._weights) for block in self._matrix.blocks(native)])

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes."""
        return 0.0


def is_linear(final: Any) -> bool:
    """Return whether a classifier's output is one row of coefficients on its matrix."""
    return hasattr(final, "coef_") and hasattr(final, "intercept_") and hasattr(final, "decision_function")
