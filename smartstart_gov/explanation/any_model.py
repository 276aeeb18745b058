"""Shapley values of a model of which only the scores are known, with columns of the contract as the players.

Up to `MOST_ENUMERATED` columns every coalition is tried, by shap, which only this module imports. With more, columns
change one by one from the value of a background row to that of the explained row, in an order drawn for each
background row, and then in that order reversed (Mitchell, Cooper, Frank and Holmes, JMLR 23, 2022): what a
column alone or together with one other does to the score is then exact, and the error of the rest falls with
the number of background rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.explanation.explainer import TOLERANCE, Floats
from smartstart_gov.intake.frames import pick, stack, values
from smartstart_gov.looks.commitment import missing
from smartstart_gov.training.estimators import positive_scores

#: Two to the power of this is about three times as many scores as two orders of so many columns ask.
MOST_ENUMERATED = 5
#: What is so much smaller than the largest value is left of rounding.
_NOTHING = 1e-12
#: Scores that are asked of the model at a time.
_SCORES = 20_000


class _Scores:
    """Scores of mixtures: rows whose columns are partly those of an explained row, partly those of a background row."""

    cheap, margin = False, False
    tolerance = TOLERANCE

    def __init__(self, model: Any, features: Sequence[str], background: Any, positive: Any = 1) -> None:
        self._model, self._background, self._positive = model, background, positive
        self.labels = tuple(features)

    @cached_property
    def baseline(self) -> float:
        """The mean score of the background."""
        return float(self.output(self._background).mean())

    def seen(self, native: Any) -> Any:
        """Return the rows themselves: columns change before anything else looks at them."""
        return native

    def output(self, native: Any) -> Floats:
        """Return the model's probability of the positive class, shape (n_rows,)."""
        return positive_scores(self._model, native, self._positive)

    def _mixed(self, native: Any, masks: npt.NDArray[np.bool_]) -> Iterator[Floats]:
        """Yield the scores of some rows with all of the background, shape (n_some, n_masks, n_background).

        Parameters
        ----------
        native : data frame
        masks : ndarray of bool, shape (n_masks, n_background or 1, n_columns)
            Which columns are those of the explained row.
        """
        both = stack(self._background, native)
        codes, places = _codes(both, self.labels)
        near, rows = codes[: len(self._background)], codes[len(self._background) :]
        step = max(1, _SCORES // (len(masks) * len(near)))
        for start in range(0, len(rows), step):
            mixed = np.where(masks, rows[start : start + step, None, None, :], near)
            yield self._asked(both, places, mixed.reshape(-1, len(self.labels))).reshape(mixed.shape[:-1])

    def _asked(self, both: Any, places: list[npt.NDArray[np.int64]], mixed: npt.NDArray[np.int64]) -> Floats:
        """Return the scores of mixtures by their codes, shape (n_mixed,); the same mixture is asked once."""
        distinct, where = np.unique(mixed, axis=0, return_inverse=True)
        chosen = [place[column] for place, column in zip(places, distinct.T.astype(np.int64), strict=True)]
        score = self.output(pick(both, dict(zip(self.labels, chosen, strict=True))))
        return np.asarray(score[where.ravel()])

    def _seconds(self, looks: int) -> float:
        """Return what `looks` at the background take in one call, as far as two short calls tell."""
        begin = time.process_time()
        self.output(self._background[:1])
        middle = time.process_time()
        self.output(self._background)
        call, look = middle - begin, time.process_time() - middle
        return call + max(look - call, 0.0) * looks


class Coalitions(_Scores):
    """Exact values of any model with few columns."""

    name = "every coalition of the contract's columns, interventional"

    def values(self, native: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        return self._enumerated(native)

    def _enumerated(self, native: Any) -> Floats:
        both = stack(self._background, native)
        codes, places = _codes(both, self.labels)
        near, rows = codes[: len(self._background)], codes[len(self._background) :]
        return _exact(lambda mixed: self._asked(both, places, mixed), near, rows)

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes: one pass over the background for every coalition."""
        self._enumerated(self._background[:1])  # what shap compiles once a process is no part of it
        return self._seconds(2 ** len(self.labels))


def _exact(scores: Callable[[npt.NDArray[Any]], Floats], near: npt.NDArray[Any], rows: npt.NDArray[Any]) -> Floats:
    import shap  # here, because it loads numba and pandas

    found: Floats = shap.explainers.Exact(scores, shap.maskers.Independent(near, len(near)))(rows, silent=True).values
    # A column that changes no score has the value 0, and not what is left of adding up.
    return np.where(np.abs(found) < _NOTHING * np.abs(found).max(initial=0.0), 0.0, found)


class Orders(_Scores):
    """Estimated values of any model."""

    name = "orders of the contract's columns, interventional"

    def __init__(self, model: Any, features: Sequence[str], background: Any, seed: int, positive: Any = 1) -> None:
        super().__init__(model, features, background, positive)
        self._seed = seed
        # Place of each column in the order of each background row; the same orders for every explained row.
        self._rank = self._ranks(seed)

    def _ranks(self, seed: int) -> npt.NDArray[np.int64]:
        random = np.random.default_rng(seed)
        found = [random.permutation(len(self.labels)) for _ in range(len(self._background))]
        return np.array(found, dtype=np.int64).reshape(-1, len(self.labels))

    def values(self, native: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        columns = len(self.labels)
        ranks = np.stack([self._rank, columns - 1 - self._rank])  # (2, n_near, n_columns): each order, and reversed
        steps = np.arange(columns + 1)[:, None, None]
        masks = np.concatenate([rank < steps for rank in ranks])  # (2 * (n_columns + 1), n_near, n_columns)
        blocks = []
        for score in self._mixed(native, masks):
            added = np.diff(score.reshape(len(score), 2, columns + 1, -1), axis=2)
            by_column = np.take_along_axis(np.moveaxis(added, 2, 3), ranks[None], axis=3)
            blocks.append(by_column.mean(axis=(1, 2)))
        return np.vstack(blocks)

    def order_error(self, native: Any, found: Floats) -> float:
        """Return how much other orders would change the values `found` of some rows, as one standard error."""
        kept, self._rank = self._rank, self._ranks(self._seed + 1)
        try:
            other = self.values(native)
        finally:
            self._rank = kept
        return float(np.sqrt(((found - other) ** 2).mean() / 2))

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes: one pass over the background for every step of both orders."""
        return self._seconds(2 * len(self.labels))


def _codes(native: Any, columns: Sequence[str]) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.int64]]]:
    """Return integer codes, shape (n_rows, n_columns), and for each column a row that holds each code's value."""
    codes, places = np.empty((len(native), len(columns)), dtype=np.int64), []
    for i, name in enumerate(columns):
        seen: dict[Any, int] = {}
        first: list[int] = []
        for row, value in enumerate(values(native, name).tolist()):
            # A missing value is no value's equal, not even its own.
            code = seen.setdefault(type(value) if missing(value) else value, len(seen))
            if code == len(first):
                first.append(row)
            codes[row, i] = code
        places.append(np.array(first, dtype=np.int64))
    return codes, places
