"""Cases needed: how many in each group would show that a fair model lies inside a limit.

Closed forms, checked against simulation in the tests: with q the studentized-range quantile at the wanted
power, n = p(1-p) ((q + z sqrt 2) / d)^2 for a difference d, and the like for a ratio.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from smartstart_gov.statistics.contrasts import Between, Measure

#: Chance that a fair model of the size given passes.
POWER = 0.8


@lru_cache(maxsize=512)
def range_quantile(groups: int, probability: float) -> float:
    """Return the quantile of the range of `groups` standard normals (studentized range, infinite df).

    Examples
    --------
    >>> round(range_quantile(3, 0.95), 2)
    3.31
    """
    nodes = np.linspace(-9.0, 9.0, 1801)
    normal = NormalDist()
    density = np.array([normal.pdf(x) for x in nodes])
    below = np.array([normal.cdf(x) for x in nodes])
    step = float(nodes[1] - nodes[0])

    def chance(q: float) -> float:
        shifted = np.interp(nodes - q, nodes, below, left=0.0)
        return groups * step * float((density * (below - shifted) ** (groups - 1)).sum())

    low, high = 0.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < probability else (low, middle)
    return (low + high) / 2


def cases_needed(
    rate: float, groups: int, measure: Measure, between: Between, bound: float, *,
    alpha: float, true_share: float = 0.0, power: float = POWER,
) -> int | None:  # fmt: skip
    """Return the cases each group needs to pass with chance `power`, or None if no number would do.

    Parameters
    ----------
    rate : float
        Overall rate, in [0, 1].
    groups : int
        Number of groups compared.
    measure, between, bound
        The limit.
    alpha : float
        One-sided level of each comparison.
    true_share : float
        True gap as a share of the limit: 0 for groups that do not differ, 0.5 for half the limit.
    power : float
        Wanted chance to pass, in (0, 1).

    Examples
    --------
    >>> cases_needed(0.5, 44, "ratio", "groups", 0.8, alpha=0.05)
    1081
    """
    if not 0 < rate < 1 or groups < 2:
        return None
    z = NormalDist().inv_cdf(1 - alpha)
    if between == "groups":
        q = range_quantile(groups, power)
    else:
        # Each group against one standard: two sides a comparison, taken as independent. Of two groups
        # each is the other's rest, and a reference is not compared with itself.
        pairs = groups - 1 if groups == 2 or between == "reference" else groups
        q = math.sqrt(2) * NormalDist().inv_cdf(1 - (1 - power) / (2 * pairs))
    # Against the rest only one of the two samples is small.
    spread = 1.0 if between in ("groups", "reference") else math.sqrt((1 + 1 / (groups - 1)) / 2)
    if between == "overall":
        # Everybody holds the group itself, so that the distance to the rest is the larger one (groups of one size).
        own = 1 / groups
        bound = bound / (1 - own) if measure == "difference" else bound * (1 - own) / (1 - bound * own)
    odds = (1 - rate) / rate
    if measure == "difference":
        room = bound * (1 - true_share)
        n = rate * (1 - rate) * (spread * (q + z * math.sqrt(2)) / room) ** 2
    else:
        k = bound
        room = (1 - k) * (1 - true_share)
        n = odds * (spread * (q * math.sqrt((1 + k * k) / 2) + z * math.sqrt(1 + k * k)) / room) ** 2
    return math.ceil(n)
