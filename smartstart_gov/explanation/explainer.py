"""What every explanation method offers, its scale, and what it may cost."""

from __future__ import annotations

import time
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Largest gap between the sum of a row's values and the model's output, relative to the largest output (or to 1), where
#: all is reckoned in 64 bits. A lost tree, column or class shows in the second or third digit.
TOLERANCE = 1e-9
Scale = Literal["probability", "log-odds", "raw"]
#: No explanation rests on fewer rows where there are more.
FEWEST_ROWS = 10
#: The cost is measured on so many rows at most, within this part of the time.
_MEASURED_ROWS, _MEASURING, _GROWTH = 49, 0.25, 7
#: Part of what is left of the time that is planned for; no two rows cost quite the same.
_PLANNED = 0.9
#: Largest difference between the logistic function of an output and a probability that are the same.
_SAME_SCORE = 1e-9


class Explainer(Protocol):
    """One way to explain a model."""

    @property
    def name(self) -> str:
        """Return the method, as the documents print it."""
        ...

    @property
    def margin(self) -> bool:
        """Return whether the output is a decision function; else it is the probability."""
        ...

    @property
    def baseline(self) -> float:
        """Return the mean output of the background."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Return columns of the contract, and joint labels."""
        ...

    @property
    def cheap(self) -> bool:
        """Return whether its cost needs no measuring."""
        ...

    @property
    def tolerance(self) -> float:
        """Return how closely the values of a row must add up to the output, as a fraction of the largest output (or of 1)."""
        ...

    def seen(self, native: Any) -> Any:
        """Return rows of the contract's columns as `output` and `values` take them."""

    def output(self, seen: Any) -> Floats:
        """Return what the values of each row add up to, but for `baseline`."""

    def values(self, seen: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes, 0 if there is none."""


class TooDear(Exception):
    """Even the smallest useful number of rows takes longer than the total time allowed."""


def scale_of(explainer: Explainer, output: Floats, probability: Floats) -> Scale:
    """Return the unit of the values of rows whose output and probability these are.

    A decision function is ``log-odds`` where its logistic function is the probability or the complement of it, else ``raw``.
    """
    if not explainer.margin:
        return "probability"
    logistic = 0.5 * (1 + np.tanh(output / 2))
    gap = min(np.abs(logistic - probability).max(), np.abs(logistic - (1 - probability)).max())
    return "log-odds" if bool(gap < max(_SAME_SCORE, explainer.tolerance)) else "raw"


def affordable(explainer: Explainer, seen: Any, seconds: float) -> int:
    """Return how many of the rows fit in `seconds` of computing: all, or half of them, or half of that, and so on.

    The cost is measured on one row and, while it is in doubt, on seven times as many: part of it is the same for any number.
    At least `FEWEST_ROWS` are explained. Halving keeps the number the same on machines of about the same speed, and other
    work on the machine has no influence.

    Raises
    ------
    TooDear
        If `FEWEST_ROWS` take longer than that.
    """
    total = int(seen.shape[0])
    if explainer.cheap or total <= 1:
        return total
    fewest = min(FEWEST_ROWS, total)
    if explainer.seconds_a_row() * fewest > seconds:
        raise TooDear(f"{fewest} rows take over {seconds:.0f} s")
    first = spent = last = _timed(explainer, seen[:1])
    each, number = first, 1
    while (
        last / number * total > _PLANNED * (seconds - spent)  # it may be that not all fit
        and number < min(_MEASURED_ROWS, total)
        and spent + _GROWTH * last <= _MEASURING * seconds
    ):
        number = min(_GROWTH * number, total)
        last = _timed(explainer, seen[:number])
        spent, each = spent + last, max(last - first, 0.0) / (number - 1)
    fixed = max(first - each, 0.0)
    if fixed + fewest * each > seconds:
        raise TooDear(f"{fewest} rows take over {seconds:.0f} s")
    while total > fewest and fixed + total * each > _PLANNED * (seconds - spent):
        total = max(fewest, total // 2)
    return total


def _timed(explainer: Explainer, seen: Any) -> float:
    begin = time.process_time()
    explainer.values(seen)
    return time.process_time() - begin
