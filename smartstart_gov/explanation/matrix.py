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
    near : array, frame or sparse matrix
        What it sees of the rows of the background.
    """

    transformers: tuple[Any, ...]
    width: int
    folding: Folding
    near: Any

    @classmethod
    def of(cls, transformers: Sequence[Any], features: Sequence[str], background: Any) -> Matrix:
        """Return the table that `transformers` make of rows like those of `background`."""
        near = _transformed(transformers, background)
        width = int(near.shape[1])
        return cls(transformers=tuple(transformers), width=width, folding=fold_of(transformers, features, width), near=near)

    def table(self, native: Any) -> Any:
        """Return what becomes of `native`: an array, a frame or a sparse matrix."""
        return _transformed(self.transformers, native)

    def blocks(self, table: Any) -> Iterator[Any]:
        """Yield such a table in blocks of rows, in order."""
        step = max(1, _CELLS // max(1, self.width))
        for start in range(0, table.shape[0], step):
            yield taken(table, slice(start, start + step))


def taken(table: Any, where: Any) -> Any:
    """Return the rows of an array, a frame or a sparse matrix at some positions, or in a slice; an index is left behind."""
    return table.iloc[where].reset_index(drop=True) if hasattr(table, "iloc") else table[where]


def _transformed(transformers: Sequence[Any], native: Any) -> Any:
    table = native
    for transformer in transformers:
        table = transformer.transform(table)
    return table.tocsr() if hasattr(table, "tocsr") else table


def dense(table: Any) -> Floats:
    """Return a table, sparse or not, as a matrix of 64-bit floats."""
    return np.asarray(table.toarray() if hasattr(table, "toarray") else table, dtype=np.float64)
