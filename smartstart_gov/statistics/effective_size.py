"""How many rows that count once each a weighted rate is worth.

The variance of a weighted rate p = sum(w y) / sum(w) is, linearised, sum w^2 (y - p)^2 / (sum w)^2. It rests on
the squared weights of events and of others apart, so it also holds where heavy rows differ in outcome from light
ones; Kish's number of rows, (sum w)^2 / sum w^2, does not. Two things make it too small where few rows carry the
weight: none of them may have had the rarer outcome, and a variance that rests on few rows is itself uncertain.
Two heavy rows of either outcome are therefore added while the variance is made, and it is widened as Student's t
is. Nothing of this moves a rate whose rows all weigh the same. How often it errs: docs/explanation/honest-gate.md.

References
----------
Kish 1965, Survey Sampling.
Cochran 1977, Sampling Techniques, section 6.4 (the variance of a ratio).
Agresti, Coull 1998, Approximate is better than "exact" for interval estimation of proportions. American Statistician 52.
Rao, Scott 1992, A simple method for the analysis of clustered binary data. Biometrics 48.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from smartstart_gov.statistics.rates import Rate, mask

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Heavy rows of either outcome that are added to the variance.
_ADDED = 2.0
#: By how much the square of Student's t exceeds that of the normal curve, over 1 / freedom: (z^2 + 1) / 2 at 95 %, two-sided.
_STUDENT = 2.42


def linearised(events: Floats, total: Floats, event_squares: Floats, other_squares: Floats) -> Floats:
    """Return the linearised variance of the weighted rate `events / total`; nan where there is nothing to divide by.

    Parameters
    ----------
    events, total : ndarray of float64, shape (n_groups,)
        Sums of the weights of events and of all rows.
    event_squares, other_squares : ndarray of float64, shape (n_groups,)
        Sums of the squared weights of events and of the other rows.

    Examples
    --------
    >>> one = [np.array([x]) for x in (3.0, 10.0, 9.0, 7.0)]
    >>> linearised(*one).round(4).tolist()
    [0.0504]
    """
    p = events / total
    variance: Floats = (event_squares * (1 - p) ** 2 + other_squares * p**2) / total**2
    return variance


def effective_rows(weights: Floats, rows: Ints, of: Rate, *, more: Floats | None = None, more_rows: int = 0) -> Floats:
    """Return how many rows of weight 1 the rate of each group is worth; 0 where nothing has a weight.

    Parameters
    ----------
    weights : ndarray of float64, shape (n_groups, 4, 3)
    rows : ndarray of int64, shape (n_groups,)
        Rows in the denominator.
    of : Rate
    more : ndarray of float64, shape (4, 3), optional
        Sums of rows that may or may not belong to the group. They bring their squares, on the side where they do
        most harm, and none of their weight.
    more_rows : int
        How many these are.

    Returns
    -------
    ndarray of float64, shape (n_groups,)
        Between 1 and Kish's number; the number of rows where all weigh the same.

    Examples
    --------
    >>> from smartstart_gov.statistics.rates import rate
    >>> selected = np.array([[[90, 90, 90], [10, 10, 10], [0, 0, 0], [0, 0, 0]]], dtype=float)
    >>> effective_rows(selected, np.array([100]), rate("selection_rate")).round(6).tolist()
    [100.0]
    >>> heavy = np.array([[[90, 90, 90], [100, 1000, 100000], [0, 0, 0], [0, 0, 0]]], dtype=float)
    >>> effective_rows(heavy, np.array([100]), rate("selection_rate")).round(1).tolist()
    [28.6]
    """
    top, bottom = mask(of.numerator), mask(of.denominator)
    total, events = weights[:, :, 0] @ bottom, weights[:, :, 0] @ top
    squares = [weights[:, :, 1] @ side for side in (top, bottom - top)]
    fourth = weights[:, :, 2] @ bottom
    extra, extra_fourth = (0.0, 0.0) if more is None else (float(more[:, k] @ bottom) for k in (1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        own = squares[0] + squares[1]
        # Fourth powers too small for a float: one row is taken to carry all.
        fourth = np.where(fourth > 0, fourth, own**2)
        kish = total**2 / (own + extra)
        # What the square of a heavy row is: the mean of the squares, each by its share of their sum.
        heavy = (fourth + extra_fourth) / own
        added = _ADDED * np.sqrt(heavy)
        p = (events + added) / (total + 2 * added)
        with_added = (side + extra + _ADDED * heavy for side in squares)
        found = p * (1 - p) / linearised(events + added, total + 2 * added, *with_added) - 2 * _ADDED
        carrying = own**2 / (fourth + extra_fourth)
        found /= 1 + _STUDENT * np.maximum(1 / carrying - 1 / (rows + more_rows), 0.0)
        return np.where(total > 0, np.nan_to_num(np.clip(found, 1.0, np.maximum(kish, 1.0)), nan=1.0), 0.0)
