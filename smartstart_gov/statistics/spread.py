"""Spread of a rate over many small groups, and groups that stand out from the rest.

No honest method can show, pair by pair, that forty neighbourhoods of eighty children are treated alike.
What can be shown is that the true rates vary little: their standard deviation is below a limit, and no
group stands out. Rates are assumed to be beta distributed over the groups, and counts binomial within them.

References
----------
Tarone 1979, Testing the goodness of fit of the binomial distribution. Biometrika 66.
Crowder 1978, Beta-binomial anova for proportions. Applied Statistics 27.
Holm 1979, A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
Spjotvoll 1972, On the optimality of some multiple comparison procedures. Annals of Mathematical Statistics 43.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.statistics.intervals import chi_square_quantile, normal_tail
from smartstart_gov.statistics.sample_size import POWER

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SEED = 20_260_101
Harm = Literal["both", "higher", "lower"]
#: Share of alpha that is divided over the groups evenly, so that no group is without any.
_EVEN = 0.25
#: Simulated data sets behind a probability; its standard error at 5 % is 0.2 points.
DRAWS = 9_999


class Draws:
    """Uniform numbers, shape (n_draws, n_groups), that become simulated cases of groups of sizes `n`."""

    def __init__(self, uniform: Floats, n: Ints) -> None:
        self._shape = uniform.shape
        places = [(int(size), np.flatnonzero(n == size)) for size in np.unique(n)]
        self._parts = [(size, at, self._prepared(uniform[:, at].reshape(-1))) for size, at in places]

    def cases(self, mean: float, deviation: float) -> Ints:
        """Return beta-binomial cases of each group in each draw."""
        drawn = np.empty(self._shape, dtype=np.int64)
        for size, at, part in self._parts:
            curve = np.cumsum(_beta_binomial(size, mean, deviation))
            drawn[:, at] = np.minimum(self._steps(curve, part), size).reshape(-1, len(at))
        return drawn

    def _prepared(self, uniform: Floats) -> tuple[Any, ...]:
        return (uniform,)

    def _steps(self, curve: Floats, part: tuple[Any, ...]) -> Ints:
        """Return how many steps of the curve lie at or under each number."""
        steps: Ints = np.searchsorted(curve, part[0] * curve[-1], side="right")
        return steps


class SortedDraws(Draws):
    """The same, sorted once: when many curves are tried, looking up every number in each takes most of the time."""

    def _prepared(self, uniform: Floats) -> tuple[Any, ...]:
        order = np.argsort(uniform)
        return order, uniform[order]

    def _steps(self, curve: Floats, part: tuple[Any, ...]) -> Ints:
        order, ascending = part
        ends = np.searchsorted(ascending * curve[-1], curve)
        steps = np.empty(len(order), dtype=np.int64)
        steps[order] = np.repeat(np.arange(len(curve) + 1), np.diff(ends, prepend=0, append=len(order)))
        return steps


def _beta_binomial(n: int, mean: float, deviation: float) -> Floats:
    """Return the probabilities of 0..n cases where rates have the given mean and standard deviation."""
    k = np.arange(n)
    share = min((deviation**2) / (mean * (1 - mean)), 0.999)
    if share < 1e-9:
        log = np.log(n - k) - np.log(k + 1) + math.log(mean / (1 - mean))
    else:
        size = 1 / share - 1
        a, b = mean * size, (1 - mean) * size
        log = np.log(n - k) - np.log(k + 1) + np.log(a + k) - np.log(b + n - k - 1)
    total = np.concatenate([[0.0], np.cumsum(log)])
    mass: Floats = np.exp(total - total.max())
    normed: Floats = mass / mass.sum()
    return normed


def uniform_numbers(shape: tuple[int, int]) -> Floats:
    """Return the same uniform numbers every time, so that a verdict can be re-performed."""
    # Only the raw stream of a bit generator is promised to stay the same from version to version of numpy.
    raw = np.random.PCG64(_SEED).random_raw(shape[0] * shape[1])
    result: Floats = ((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Standard deviation of the true rate between groups.

    Attributes
    ----------
    value : float
        Moment estimate, in [0, 0.5]; nan if no rate is defined.
    low, high : float
        One-sided bounds at level alpha each.
    below, above : float
        Probability of data that spread as little (as much) if the true spread were exactly the limit.
    """

    value: float
    low: float
    high: float
    below: float
    above: float


def spread(x: npt.ArrayLike, n: npt.ArrayLike, limit: float, *, alpha: float, draws: int = DRAWS) -> Spread:
    """Return how far the true rates of the groups spread, against `limit`.

    The homogeneity statistic of the data is compared with its distribution over beta-binomial data whose
    standard deviation between groups is `limit` and whose mean is the observed one. The simulation has a
    fixed seed and a generator whose stream does not change, so that the verdict can be re-performed.

    Parameters
    ----------
    x, n : array_like, shape (n_groups,)
        Cases and denominators; rounded down to whole cases.
    limit : float
        Standard deviation of the rate between groups.
    alpha : float
        Level of each bound.
    draws : int
        Simulated data sets.

    Examples
    --------
    >>> found = spread([10, 8, 12, 9, 11, 10], [100] * 6, 0.08, alpha=0.05)
    >>> found.value, found.below < 0.05
    (0.0, True)
    """
    cases, sizes = _whole(x, n)
    return _spread(cases[sizes > 0], sizes[sizes > 0], limit, alpha, draws)


def spread_tails(x: npt.ArrayLike, n: npt.ArrayLike, limit: float, *, draws: int = DRAWS) -> tuple[float, float]:
    """Return only `below` and `above` of `spread`, without the bounds, which take much longer.

    Examples
    --------
    >>> below, above = spread_tails([10, 8, 12, 9, 11, 10], [100] * 6, 0.08)
    >>> below < 0.05 < above
    True
    """
    cases, sizes = _whole(x, n)
    cases, sizes = cases[sizes > 0], sizes[sizes > 0]
    mean = float(cases.sum() / sizes.sum()) if sizes.sum() else math.nan
    if len(sizes) < 2 or not 0 < mean < 1:
        return 1.0, 1.0
    return _tails(
        float(homogeneity(cases[None, :], sizes)[0]), sizes, mean, limit, Draws(uniform_numbers((draws, len(sizes))), sizes)
    )


def _whole(x: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Ints, Ints]:
    """Return counts rounded down to whole cases."""
    sizes = np.floor(np.asarray(n, dtype=np.float64) + 1e-9).astype(np.int64)
    return np.minimum(np.floor(np.asarray(x, dtype=np.float64) + 1e-9).astype(np.int64), sizes), sizes


def _spread(x: Ints, n: Ints, limit: float, alpha: float, draws: int) -> Spread:
    mean = float(x.sum() / n.sum()) if n.sum() else math.nan
    if len(n) < 2 or not 0 < mean < 1:
        return Spread(value=math.nan, low=0.0, high=0.5, below=1.0, above=1.0)
    observed = float(homogeneity(x[None, :], n)[0])
    uniform = uniform_numbers((draws, len(n)))
    below, above = _tails(observed, n, mean, limit, Draws(uniform, n))
    fewer = SortedDraws(uniform[: max(draws // 5, 1)], n)
    top = math.sqrt(mean * (1 - mean)) * 0.999

    def edge(side: int) -> float:
        """Return the spread at which the tail on `side` comes to alpha."""
        low, high = 0.0, top
        if side == 0 and _tails(observed, n, mean, top, fewer)[0] > alpha:
            return top
        if side == 1 and _tails(observed, n, mean, 0.0, fewer)[1] > alpha:
            return 0.0
        for _ in range(12):
            middle = (low + high) / 2
            tail = _tails(observed, n, mean, middle, fewer)[side]
            # More spread makes small statistics rarer and large ones commoner.
            up = tail > alpha if side == 0 else tail <= alpha
            low, high = (middle, high) if up else (low, middle)
        return (low + high) / 2

    return Spread(value=_moment(x, n, mean), low=edge(1), high=edge(0), below=below, above=above)


def standing_out(x: npt.ArrayLike, n: npt.ArrayLike, *, alpha: float, harm: Harm = "both") -> tuple[int, ...]:
    """Return the positions of groups that differ from the rest more than chance explains, the clearest first.

    Each group's exact conditional probability (all margins held: the hypergeometric distribution) goes through
    Holm's step-down with the weights of `levels`, so that a fair model flags no group at all with probability
    1 - alpha.

    Parameters
    ----------
    x, n : array_like, shape (n_groups,)
    alpha : float
        Level over all groups together.
    harm : {"both", "higher", "lower"}
        Which direction counts.
    """
    cases, sizes = _whole(x, n)
    usable, events, total = np.flatnonzero(sizes > 0), int(cases.sum()), int(sizes.sum())
    if not 0 < events < total:
        return ()
    share = levels(sizes[usable], events / total, alpha=alpha)
    logs = log_factorials(total)
    p = np.array([_probability(int(cases[i]), int(sizes[i]), events, total, harm, logs) for i in usable])
    flagged: list[int] = []
    left = alpha
    for place in np.argsort(p / share, kind="stable"):
        if p[place] > alpha * share[place] / max(left, share[place]):
            break
        flagged.append(int(usable[place]))
        left -= share[place]
    return tuple(flagged)


def levels(n: npt.ArrayLike, rate: float, *, alpha: float) -> Floats:
    """Return the part of `alpha` that the test of each group gets, shape (n_groups,); they add up to it.

    If it were divided evenly, most of alpha would be lost on groups so small, or so large, that it makes no difference.
    So three quarters of it go where they detect most: to groups in which a rate twice as high (or, for a rate above
    one half, half as far from 1) is sometimes found. Only sizes and the overall rate matter, which are the margins
    that the test holds fixed, not the rates of the groups. Spjotvoll 1972, with the normal curve.

    Parameters
    ----------
    n : array_like, shape (n_groups,)
        Denominators, all above 0.
    rate : float
        Overall rate, in (0, 1).
    alpha : float

    Examples
    --------
    >>> levels([10, 50, 200], 0.1, alpha=0.05).round(3)
    array([0.017, 0.026, 0.007])
    """
    sizes, place, many = np.unique(np.asarray(n, dtype=np.float64), return_inverse=True, return_counts=True)
    away = np.sqrt(sizes) * min(rate, 1 - rate) / math.sqrt(rate * (1 - rate))

    def spent(price: float) -> Floats:
        return np.array([normal_tail(one / 2 + price / one) for one in away.tolist()])

    widest = float(away.max()) ** 2
    low, high = -10 * widest, 10 * widest + 10
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) @ many > alpha else (low, middle)
    best = spent(high)
    groups, total = int(many.sum()), float(best @ many)
    most = best / total if total > 0 else np.full(len(best), 1 / groups)
    found: Floats = alpha * (_EVEN / groups + (1 - _EVEN) * most)
    return found[place]


def cases_for_spread(
    rate: float, groups: int, limit: float, *, alpha: float, true_share: float = 0.0, power: float = POWER
) -> int | None:
    """Return the cases each group needs so that a spread below `limit` is shown with chance `power`.

    The homogeneity statistic of `groups` groups of n cases is about chi-square, times 1 + (n - 1) s^2 / (p (1 - p))
    if the true rates have standard deviation s around p.

    Parameters
    ----------
    rate : float
        Overall rate, in [0, 1].
    groups : int
    limit : float
        Standard deviation of the rate between groups.
    alpha : float
    true_share : float
        True standard deviation as a share of the limit.
    power : float
        Wanted chance, in (0, 1).

    Returns
    -------
    int or None
        None if no number is enough.

    Examples
    --------
    >>> cases_for_spread(0.1, 44, 0.05, alpha=0.05)
    28
    """
    if not 0 < rate < 1 or groups < 2:
        return None
    small, large = (chi_square_quantile(groups - 1, p) for p in (alpha, power))
    room = small - large * true_share**2
    return None if room <= 0 else 1 + math.ceil((large - small) / room * rate * (1 - rate) / limit**2)


def conditional(n: int, events: int, total: int, harm: Harm, logs: Floats | None = None) -> tuple[Ints, Floats]:
    """Return every count that `n` drawn from `total` with `events` can have, and the probability of one as extreme.

    `logs` are the log factorials up to `total`, if they have already been computed.
    """
    k = np.arange(max(0, n - (total - events)), min(n, events) + 1)
    table = log_factorials(total) if logs is None else logs
    mass = np.exp(
        table[events] - table[k] - table[events - k]
        + table[total - events] - table[n - k] - table[total - events - n + k]
        - (table[total] - table[n] - table[total - n])
    )  # fmt: skip
    # Each tail is added up from its thin end, so that a small one stays exact.
    up, down = np.cumsum(mass[::-1])[::-1], np.cumsum(mass)
    if harm == "higher":
        return k, up
    return k, down if harm == "lower" else np.minimum(1.0, 2 * np.minimum(up, down))


def _probability(x: int, n: int, events: int, total: int, harm: Harm, logs: Floats) -> float:
    counts, found = conditional(n, events, total, harm, logs)
    return float(found[x - int(counts[0])])


def log_factorials(size: int) -> Floats:
    """Return the logarithms of 0! up to `size`!."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])


def homogeneity(x: npt.NDArray[np.int64], n: Ints) -> Floats:
    """Return Pearson's statistic of each row of counts, shape (n_draws,); 0 where nothing varies."""
    cases, rows = x.astype(np.float64), float(n.sum())
    total = cases.sum(axis=1)
    # The squares of x - n mean, each over its n, add up to the first line: one pass over the draws instead of five.
    squares = (cases * cases) @ (1 / n) - total**2 / rows
    variance = total / rows * (1 - total / rows)
    result: Floats = np.where(variance > 0, squares / np.where(variance > 0, variance, 1.0), 0.0)
    return result


def _moment(x: Ints, n: Ints, mean: float) -> float:
    """Return the moment estimate of the standard deviation (DerSimonian, Laird 1986, on the binomial scale)."""
    variance = mean * (1 - mean)
    excess = float((n * (x / n - mean) ** 2).sum()) - (len(n) - 1) * variance
    scale = float(n.sum() - (n**2).sum() / n.sum() - (len(n) - 1))
    return math.sqrt(max(excess, 0.0) / scale) if scale > 0 else 0.0


def _tails(observed: float, n: Ints, mean: float, deviation: float, draws: Draws) -> tuple[float, float]:
    """Return how often simulated statistics are at most, and at least, the observed one."""
    statistic = homogeneity(draws.cases(mean, deviation), n)
    count = len(statistic)
    below = (1 + int((statistic <= observed + 1e-9).sum())) / (count + 1)
    above = (1 + int((statistic >= observed - 1e-9).sum())) / (count + 1)
    return below, above
