"""Where a test statistic comes down to a level: the one search behind every interval that is a test turned round.

References
----------
Chandrupatla 1997, A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function without using
derivatives. Advances in Engineering Software 28.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: The search ends where the place is known to this share of its size, or to this distance near 0.
_SHARE, _DISTANCE = 2.0**-51, 2.0**-59
#: Halving alone takes 60 steps; where the statistic jumps, some of the others are lost. A smooth one takes about ten.
_MOST_STEPS = 150


def crossing(
    statistic: Callable[..., Floats], far: npt.ArrayLike, near: npt.ArrayLike, level: float, of: Sequence[npt.ArrayLike] = ()
) -> Floats:
    """Return where `statistic` comes down to `level` on the way from `far` to `near`: the last place known to be above.

    Quadratic steps where the statistic is smooth, halving where it is not. What becomes of one place does not depend
    on the others. An undefined statistic is not above the level, and an undefined `near` is `far`.

    Parameters
    ----------
    statistic : callable
        Takes places, shape (n,), with what belongs to each of them from the arrays `of`, and gives their statistics.
        It is asked neither at `far`, which counts as above, nor at `near`, which counts as below; if it is above
        nowhere between them, the answer is `far`.
    far, near : array_like, shape (...)
    level : float
    of : sequence of array_like, shape (...)

    Returns
    -------
    ndarray of float64, shape (...)
        That to which the arguments broadcast.

    Examples
    --------
    >>> crossing(lambda x, a: a - x**2, 0.0, [9.0, 5.0], 5.0, of=[[9.0, 21.0]]).round(12).tolist()
    [2.0, 4.0]
    """
    given = np.broadcast_arrays(far, near, *of)
    shape = given[0].shape
    start, end, *mine = (np.ravel(one) for one in given)
    # `new` is the place asked last, `other` the end of the bracket across from it, `old` the place before.
    other = np.array(start, dtype=np.float64)
    new = np.where(np.isnan(end), other, end)
    found, rank, old = other.copy(), np.arange(len(other)), other
    # Heights above the level. Those of the two ends are not known, and infinite: the first steps halve.
    of_new, of_other = np.full(new.shape, -np.inf), np.full(new.shape, np.inf)
    of_old, share = of_other, np.full(new.shape, 0.5)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(_MOST_STEPS):
            width = other - new
            least = np.maximum(_SHARE * np.abs(new), _DISTANCE)
            open_ = np.abs(width) > least
            if not open_.all():
                done = ~open_
                found[rank[done]] = np.where(of_new[done] > 0, new[done], other[done])
                new, other, of_new, of_other = new[open_], other[open_], of_new[open_], of_other[open_]
                rank, share, width, least = rank[open_], share[open_], width[open_], least[open_]
                mine = [one[open_] for one in mine]
                if len(rank) == 0:
                    break
            step = 0.5 * least / np.abs(width)
            tried = new + np.minimum(np.maximum(share, step), 1 - step) * width
            of_tried = statistic(tried, *mine) - level
            turned = (of_tried > 0) != (of_new > 0)
            old, of_old = np.where(turned, other, new), np.where(turned, of_other, of_new)
            other, of_other = np.where(turned, new, other), np.where(turned, of_new, of_other)
            new, of_new = tried, of_tried
            share = _share_of_bracket(new, other, old, of_new, of_other, of_old)
    found[rank] = np.where(of_new > 0, new, other)
    return found.reshape(shape)


def _share_of_bracket(a: Floats, b: Floats, c: Floats, of_a: Floats, of_b: Floats, of_c: Floats) -> Floats:
    """Return how far from `a` to `b` to ask next: where a curve through the three is 0 if it is a good one, or halfway."""
    place, height = (a - b) / (c - b), (of_a - of_b) / (of_c - of_b)
    good = (height**2 < place) & ((1 - height) ** 2 < 1 - place)
    curve = of_a / (of_b - of_a) * (of_c / (of_b - of_c)) + (c - a) / (b - a) * (of_a / (of_c - of_a)) * (of_b / (of_c - of_b))
    return np.where(good & np.isfinite(curve), curve, 0.5)
