"""What every way of explaining offers, on what scale it speaks, and what it may cost."""

from __future__ import annotations

import time
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Scale = Literal["probability", "log-odds", "raw"]
#: Rows on which the cost is measured; no explanation rests on fewer where there are more.
MEASURED_ROWS = 50
#: Largest difference between the logistic function of an output and a probability that are the same.
_SAME_SCORE = 1e-9


class Explainer(Protocol):
    """One way to explain a model."""

    @property
    def name(self) -> str:
        """Return the method, as the documents print it."""
        ...

    @property
    def scale(self) -> Scale:
        """Return the unit of the values."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Return columns of the contract, and joint labels."""
        ...

    @property
    def cheap(self) -> bool:
        """Return whether its cost needs no measuring."""
        ...

    def output(self, native: Any) -> Floats:
        """Return what the values of each row add up to, but for its mean over the background."""

    def values(self, native: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes, 0 where there is none."""


class TooDear(Exception):
    """One row alone takes longer than everything may."""


def margin_scale(margin: Floats, probability: Floats) -> Scale:
    """Return ``log-odds`` where the logistic function of `margin` is `probability` or its complement, else ``raw``."""
    logistic = 0.5 * (1 + np.tanh(margin / 2))
    same = min(np.abs(logistic - probability).max(), np.abs(logistic - (1 - probability)).max())
    return "log-odds" if bool(same < _SAME_SCORE) else "raw"


def affordable(explainer: Explainer, drawn: Any, seconds: float) -> int:
    """Return how many of the drawn rows fit in `seconds`: all, or half of them, or half of that, and so on.

    The cost is measured on `MEASURED_ROWS` rows, and that many are explained at least. Halving keeps the
    number the same on machines of about the same speed.

    Raises
    ------
    TooDear
        Where one row takes longer than that.
    """
    total = len(drawn)
    if explainer.cheap or total <= 1:
        return total
    guess = explainer.seconds_a_row()
    if guess <= seconds:
        guess = _timed(explainer, drawn[:1])
    if guess > seconds:
        raise TooDear(f"one row takes over {seconds:.0f} s")
    few = min(MEASURED_ROWS, total)
    each = _timed(explainer, drawn[:few]) / few
    while total > few and total * each > seconds:
        total = max(few, total // 2)
    return total


def _timed(explainer: Explainer, native: Any) -> float:
    begin = time.perf_counter()
    explainer.values(native)
    return time.perf_counter() - begin
