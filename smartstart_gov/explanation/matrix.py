"""The inside of a pipeline: the table that the final classifier sees, and the contract column of each of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from smartstart_gov.explanation.explainer import Floats
from smartstart_gov.explanation.folding import Folding, fold_of
from smartstart_gov.training.estimators import bare, layers

#: Cells of a table that are looked at, and made dense, at a time.
_CELLS = 5_000_000


def open_up(model: Any) -> tuple[list[Any], Any]:
    """Return the transformers of `model` in order, and the classifier behind them.

    A search over parameters stands for the model it chose, a fixed threshold for the model under it. Steps that resample
    rows work in `fit` only.
    """
    *around, final = layers(bare(model))
    heads = [step for one in around for _, step in one.steps[:-1]]
    passed = [step for step in heads if step is not None and step != "passthrough"]
    return [step for step in passed if not hasattr(step, "fit_resample")], final


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """What the final classifier of a model sees.

    Attributes
    ----------
    transformers : tuple of fitted transformers
    width : int
        Columns of the table.
    folding : Folding
        Which column of the contract each of these columns belongs to.
    """

    transformers: tuple[Any, ...]
    width: int
    folding: Folding

    @classmethod
    def of(cls, transformers: Sequence[Any], features: Sequence[str], sample: Any) -> Matrix:
        """Return the table that `transformers` make of rows like those of `sample`."""
        width = int(_transformed(transformers, sample).shape[1])
        return cls(transformers=tuple(transformers), width=width, folding=fold_of(transformers, features, width))

    def blocks(self, native: Any) -> Iterator[Any]:
        """Yield what becomes of `native` in blocks of rows, in order: arrays, frames or sparse matrices."""
        whole = _transformed(self.transformers, native)
        step = max(1, _CELLS // max(1, self.width))
        by_position = whole.iloc if hasattr(whole, "iloc") else whole
        for start in range(0, whole.shape[0], step):
            yield by_position[start : start + step]


def _transformed(transformers: Sequence[Any], native: Any) -> Any:
    table = native
    for transformer in transformers:
        table = transformer.transform(table)
    return table.tocsr() if hasattr(table, "tocsr") else table


def dense(table: Any) -> Floats:
    """Return a table, sparse or not, as a matrix of 64-bit floats."""
    return np.asarray(table.toarray() if hasattr(table, "toarray") else table, dtype=np.float64)
