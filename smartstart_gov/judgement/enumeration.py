"""Which score statistics the normal curve cannot decide, and what replaces it.

A comparison of two samples is enumerated. One that is combined over the levels of a control column has as many
unknown base rates as levels, so it is not: it must lie further out than the plain quantile, by as much as its
small number of cases can move that quantile, and with hardly any cases it shows nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from smartstart_gov.statistics.contrasts import Contrasts, Measure, Stratified
from smartstart_gov.statistics.exact import ENUMERATED_BELOW, tail_probability, thinned

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
#: A larger sample is enumerated only where so few events are expected that the normal curve misleads.
_FEW_EVENTS, _MOST_ENUMERATED = 128.0, 20_000
#: Quantile of a level of 5 %, for which these numbers hold.
_USUAL = 1.645
#: Expected events in the smaller sample, and how far beyond the plain quantile a score decides by itself.
_CLEAR = ((32.0, 0.2), (8.0, 0.4), (2.0, 0.9))
#: Over all that counts can be, an enumerated probability is never this many times that where the score is worst.
OUT_OF_ORDER = 2.0


def small(pairs: Contrasts, bound: float, z: float = _USUAL) -> Truths:
    """Return where the normal curve cannot be relied on at its quantile `z`: few cases, or few events among them."""
    return _few(np.minimum(pairs.n1, pairs.n2), _events(pairs, bound), z)


def unclear(pairs: Contrasts, bound: float, beyond: Floats, z: float = _USUAL) -> Truths:
    """Return which small comparisons need enumeration, their score being `beyond` the plain quantile `z`.

    With many expected events the enumerated quantile is not far from the plain one. The skewness of counts moves
    it by (z^2 - 1) / 6 times the skewness (Cornish, Fisher 1938), so small levels need more room.
    """
    return small(pairs, bound, z) & ~_far_enough(_events(pairs, bound), beyond, z)


def unclear_over_strata(pairs: Stratified, bound: float, beyond: Floats, z: float = _USUAL) -> Truths:
    """Return which comparisons over strata show nothing, their score being `beyond` the plain quantile `z`."""
    fewest = np.nansum([np.where(one.defined, np.minimum(one.n1, one.n2), 0.0) for one in pairs.strata], axis=0)
    events = np.nansum([np.where(one.defined, _events(one, bound), 0.0) for one in pairs.strata], axis=0)
    return _few(fewest, events, z) & ~_far_enough(events, beyond, z)


def tail(pairs: Contrasts, i: int, bound: float, *, larger: bool, level: float) -> float:
    """Return the enumerated probability of comparison `i` at the limit `bound`."""
    return tail_probability(
        float(pairs.x1[i]), float(pairs.n1[i]), float(pairs.x2[i]), float(pairs.n2[i]),
        measure=pairs.measure, bound=float(np.clip(pairs.limit(bound)[i], 0.0, 1.0)), larger=larger, level=level,
    )  # fmt: skip


def inside_if_thinned(pairs: Contrasts, bound: float, *, larger: bool, alpha: float) -> Truths:
    """Return where a table with fewer rows already shows that a comparison is inside, at half the level."""
    x1, n1, x2, n2 = thinned(pairs.x1, pairs.n1, pairs.x2, pairs.n2, raise_first=not larger)
    limit = np.clip(pairs.limit(bound), 0.0, 1.0)
    _, sizes = _distinct(np.stack([n1, n2, limit]))
    # The worst of all tables of the same sizes stands for them all; only where it does not do, each for itself.
    up = -1.0 if larger else 1.0
    worst1, worst2 = _extreme(x1, sizes, up), _extreme(x2, sizes, -up)
    shown = _each_inside(np.stack([worst1, n1, worst2, n2, limit]), pairs.measure, larger=larger, level=alpha / 2)
    rest = ~shown
    shown[rest] = _each_inside(np.stack([x1, n1, x2, n2, limit])[:, rest], pairs.measure, larger=larger, level=alpha / 2)
    return shown


def _extreme(x: Floats, of: npt.NDArray[np.intp], sign: float) -> Floats:
    """Return for each entry the largest `x` (the smallest, where `sign` is -1) among those with the same `of`."""
    edge = np.full(int(of.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(edge, of, sign * x)
    return np.asarray(sign * edge[of])


def _each_inside(tables: Floats, measure: Measure, *, larger: bool, level: float) -> Truths:
    """Return which columns (x1, n1, x2, n2, limit) lie inside by enumeration; equal ones are enumerated once."""
    first, where = _distinct(tables)
    shown = [
        tail_probability(x1, n1, x2, n2, measure=measure, bound=bound, larger=larger, level=level) <= level
        for x1, n1, x2, n2, bound in tables[:, first].T.tolist()
    ]
    return np.array(shown, dtype=bool)[where]


def _distinct(columns: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where each different column stands first, and of every column which of these it is equal to."""
    key = np.zeros(columns.shape[1], dtype=np.int64)
    for row in columns:
        values, place = np.unique(row, return_inverse=True)
        # Numbered anew at each row, so that a number never grows beyond the columns times the values of one row.
        key = np.unique(key * len(values) + place.reshape(-1), return_inverse=True)[1].reshape(-1)
    _, first, where = np.unique(key, return_index=True, return_inverse=True)
    return first, where.reshape(-1)


def _few(fewest: Floats, events: Floats, z: float) -> Truths:
    few = _FEW_EVENTS * _further_out(z) ** 2
    return np.asarray((fewest < ENUMERATED_BELOW) | ((events < few) & (fewest <= _MOST_ENUMERATED)))


def _far_enough(events: Floats, beyond: Floats, z: float) -> Truths:
    clear = np.zeros(len(events), dtype=bool)
    for fewest, slack in _CLEAR:
        clear |= (events >= fewest) & (beyond >= slack * _further_out(z))
    return clear


def _further_out(z: float) -> float:
    """Return how many times further the skewness of counts moves the quantile `z` than that of 5 %."""
    return max(1.0, (z**2 - 1) / (_USUAL**2 - 1))


def _events(pairs: Contrasts, bound: float) -> Floats:
    """Return the expected events (or their opposite, if rarer) in the smaller sample, at the rate of the larger.

    And at the limit, where that leaves the smaller sample fewer: there the probability is enumerated.
    """
    first_is_small, limit = pairs.n1 < pairs.n2, pairs.limit(bound)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num(np.where(first_is_small, pairs.x2 / pairs.n2, pairs.x1 / pairs.n1))
        if pairs.measure == "difference":
            there = np.where(first_is_small, share + limit, share - limit)
        else:
            there = np.where(first_is_small, share * limit, share / limit)
    there = np.clip(np.nan_to_num(there, posinf=1.0), 0.0, 1.0)
    rarest = np.minimum(np.minimum(share, 1 - share), np.where((there > 0) & (there < 1), np.minimum(there, 1 - there), 1.0))
    events: Floats = np.minimum(pairs.n1, pairs.n2) * rarest
    return events
