"""Which limits of one policy conflict, when groups differ in their share of positive cases.

A model with equal error rates in two groups selects more of the group with more positive cases, and its selections are
right more often there. So limits on selection, on errors and on predictive values conflict. How much a model must give
up is found exactly: the largest usefulness that any model of the planned quality can have under all limits at once is
the value of a linear programme.

References
----------
Chouldechova 2017, Fair prediction with disparate impact. Big Data 5.
Kleinberg, Mullainathan, Raghavan 2017, Inherent trade-offs in the fair determination of risk scores. ITCS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.policy import Limit, Policy
from smartstart_gov.canonical import real
from smartstart_gov.planning.expectation import Expectation, Model
from smartstart_gov.show import Value
from smartstart_gov.statistics.intervals import wilson
from smartstart_gov.statistics.rates import CELLS, Rate, rate

Floats = npt.NDArray[np.float64]
#: Below this share of its usefulness a model is not worth its limits: they are named.
LITTLE = 0.5
#: Levels that are tried for the common level of a predictive value; sets of more limits are not searched.
_LEVELS, _MOST = 40, 6


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Clash(Value):
    """Limits that cannot all be met without giving up most of the model's usefulness.

    Attributes
    ----------
    by : tuple of str
    limits : tuple of str
        The smallest set of limits that is responsible.
    kept : float
        Largest share of its usefulness (true positive rate minus false positive rate, overall) that a model of the
        planned quality can keep under them, in [0, 1].
    lowest, highest : float
        Smallest and largest base rate of a group.
    """

    by: tuple[str, ...]
    limits: tuple[str, ...]
    kept: float
    lowest: float
    highest: float

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {
            "by": list(self.by), "limits": list(self.limits), "kept": real(round(self.kept, 6)),
            "lowest": real(round(self.lowest, 6)), "highest": real(round(self.highest, 6)),
        }  # fmt: skip

    def headline(self) -> str:
        """Return the clash in one line."""
        return f"Clash({' and '.join(self.limits)}: at most {self.kept:.0%} of a model's usefulness is left)"


def clashes(policy: Policy, known: Expectation) -> tuple[Clash, ...]:
    """Return for each attribute the smallest set of limits that leaves less than half of a model's usefulness.

    Only blocking limits on the groups themselves are considered, and only rates that a model's decisions can change.
    Measured base rates are taken as close to each other as chance allows.
    """
    found = []
    for by in dict.fromkeys(limit.by for limit in policy.limits):
        limits = [
            limit for limit in policy.limits
            if limit.by == by and limit.severity == "block" and limit.given is None
            and follows_from_decisions(rate(limit.metric))
        ]  # fmt: skip
        base, weight = _groups(known, by)
        if len(limits) < 2 or len(limits) > _MOST or len(base) < 2:
            continue
        clash = _smallest(limits, base, weight, known.model)
        if clash is not None:
            names, kept = clash
            found.append(Clash(by=by, limits=names, kept=kept, lowest=float(base.min()), highest=float(base.max())))
    return tuple(found)


def _smallest(limits: Sequence[Limit], base: Floats, weight: Floats, model: Model) -> tuple[tuple[str, ...], float] | None:
    if usefulness(limits, base, weight, model) >= LITTLE:
        return None
    for size in range(2, len(limits) + 1):
        kept = {some: usefulness(some, base, weight, model) for some in combinations(limits, size)}
        worst = min(kept, key=lambda some: kept[some])
        if kept[worst] < LITTLE:
            return tuple(limit.id for limit in worst), kept[worst]
    return None


def _groups(known: Expectation, by: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return base rate and share of each known group that has rows."""
    groups = known.groups(*by)
    declared = np.ones(1, dtype=bool)
    for axis in groups.axes:
        declared = np.logical_and.outer(declared, [level in axis.declared for level in axis.levels]).reshape(-1)
    rows, base = groups.rows.reshape(-1), groups.base.reshape(-1)
    usable = declared & (rows >= 1) & (base > 0) & (base < 1)
    rows, base = rows[usable], base[usable]
    if known.source == "measured":
        low, high = wilson(base * rows, rows)
        base = np.clip(known.base_rate, low, high)
    return base, rows / max(rows.sum(), 1.0)


def usefulness(limits: Sequence[Limit], base: Floats, weight: Floats, model: Model) -> float:
    """Return the largest share of its usefulness that a model of the planned quality keeps under `limits`.

    Parameters
    ----------
    limits : sequence of Limit
    base, weight : ndarray of float64, shape (n_groups,)
        Base rate, and share of everybody.
    model : Model
        The best possible: in each group, any point under the straight lines from (0, 0) over its rates to (1, 1).

    Returns
    -------
    float
        In [0, 1]; 0 is a model that distinguishes nobody, 1 one that gives up nothing.
    """
    predictive = [limit for limit in limits if _moved(rate(limit.metric).denominator)]
    levels = np.linspace(0.0, 1.0, _LEVELS + 1)[:-1] + 0.5 / _LEVELS
    best = model.true_positive_rate - model.false_positive_rate
    found = [
        _programme(limits, base, weight, model, dict(zip((limit.id for limit in predictive), chosen, strict=True)))
        for chosen in product(levels, repeat=min(len(predictive), 2))
    ] if len(predictive) <= 2 else [best]  # fmt: skip
    return float(np.clip(max(found) / best, 0.0, 1.0))


def _programme(limits: Sequence[Limit], base: Floats, weight: Floats, model: Model, levels: dict[str, float]) -> float:
    """Return the optimum over (true positive rate, false positive rate) of each group, and a level for each limit."""
    from scipy.optimize import linprog

    groups, size = len(base), 2 * len(base) + len(limits)
    rows: list[Floats] = list(_within_reach(groups, size, model))
    bounds = [0.0] * groups + [1 - _slope(model)] * groups
    for place, limit in enumerate(limits):
        for row, bound in _rows(limit, base, weight, size, 2 * groups + place, levels):
            rows.append(row)
            bounds.append(bound)
    positive, negative = weight * base, weight * (1 - base)
    aim = np.zeros(size)
    aim[:groups], aim[groups : 2 * groups] = -positive / positive.sum(), negative / negative.sum()
    done = linprog(aim, A_ub=np.array(rows), b_ub=np.array(bounds), bounds=(0, 1), method="highs")
    return float(-done.fun) if done.status == 0 else 0.0


def _slope(model: Model) -> float:
    return (1 - model.true_positive_rate) / (1 - model.false_positive_rate)


def _within_reach(groups: int, size: int, model: Model) -> Iterator[Floats]:
    """Yield both lines of the planned quality: t <= f t0/f0, and t - s f <= 1 - s."""
    for steep in (model.true_positive_rate / model.false_positive_rate, _slope(model)):
        for g in range(groups):
            row = np.zeros(size)
            row[g], row[groups + g] = 1.0, -steep
            yield row


def _rows(
    limit: Limit, base: Floats, weight: Floats, size: int, level: int, levels: dict[str, float]
) -> Iterator[tuple[Floats, float]]:
    """Yield the inequalities (row, bound) that a limit makes."""
    difference, k = limit.measure == "difference", limit.bound
    if limit.between == "reference":
        # What lies within a limit of one group lies within twice that of each other: nothing is called a clash that is none.
        k = 2 * k if difference else k**2
    if limit.id in levels:
        of = rate(limit.metric)
        top, low = _predictive_range(limit, levels[limit.id])
        for g, p in enumerate(base):
            events, others = _expected(of.numerator, p), _expected(tuple(set(of.denominator) - set(of.numerator)), p)
            for share, sign in ((low, -1.0), (top, 1.0)):
                # share * (events + others) <= events, and events <= share * (events + others).
                row = np.zeros(size)
                row[g], row[len(base) + g], constant = sign * ((1 - share) * events - share * others)
                yield row, -constant
        return
    values, constants = _values(rate(limit.metric), base, size)
    own = _weights(rate(limit.metric), base, weight)
    whole, whole_constant = own @ values, float(own @ constants)
    for g in range(len(base)):
        if limit.between in ("groups", "reference"):
            common, room = np.zeros(size), k if difference else 0.0
            common[level] = 1.0
            factor = 1.0 if difference else k
            # The common level lies under each value, and factor * value lies under it and the room there is.
            yield common - values[g], float(constants[g])
            yield factor * values[g] - common, room - factor * float(constants[g])
            continue
        share = own[g] if limit.between == "rest" else 0.0
        standard, constant = (whole - share * values[g]) / (1 - share), (whole_constant - share * constants[g]) / (1 - share)
        above = limit.harm in ("both", "higher")
        below = limit.harm in ("both", "lower")
        factor, room = (1.0, k) if difference else (k, 0.0)
        if above:
            yield factor * values[g] - standard, room + constant - factor * float(constants[g])
        if below:
            yield factor * standard - values[g], room + float(constants[g]) - factor * constant


def _predictive_range(limit: Limit, level: float) -> tuple[float, float]:
    """Return the highest and lowest value that groups may have where `level` lies in the middle of what is allowed."""
    wide = 1.0 if limit.between == "groups" else 2.0
    if limit.measure == "difference":
        return min(level + wide * limit.bound / 2, 1.0), max(level - wide * limit.bound / 2, 0.0)
    ratio = limit.bound ** (wide / 2)
    return min(level / ratio, 1.0), level * ratio


def follows_from_decisions(of: Rate) -> bool:
    """Whether another decision about somebody can change the rate; a base rate stays what it is."""
    return _moved(of.numerator) or _moved(of.denominator)


def _moved(cells: tuple[str, ...]) -> bool:
    """Whether another decision about somebody takes a case out of `cells`: then their share is not fixed by the base rate."""
    return ("tp" in cells) != ("fn" in cells) or ("fp" in cells) != ("tn" in cells)


def _expected(cells: tuple[str, ...], base: Floats) -> Floats:
    """Return the share of `cells` in groups of these base rates: coefficients of (t, f) and a constant, shape (3, n_groups)."""
    tn, fp, fn, tp = (cell in cells for cell in CELLS)
    return np.array([base * (int(tp) - int(fn)), (1 - base) * (int(fp) - int(tn)), base * fn + (1 - base) * tn])


def _values(of: Rate, base: Floats, size: int) -> tuple[Floats, Floats]:
    """Return a linear rate of every group, as coefficients of shape (n_groups, size) and constants."""
    groups = len(base)
    found, wrong, constant = _expected(of.numerator, base) / _expected(of.denominator, base)[2]
    values = np.zeros((groups, size))
    values[:, :groups], values[:, groups : 2 * groups] = np.diag(found), np.diag(wrong)
    return values, constant


def _weights(of: Rate, base: Floats, weight: Floats) -> Floats:
    """Return the share of each group in the denominator of a linear rate over everybody."""
    mass = weight * _expected(of.denominator, base)[2]
    return np.asarray(mass / mass.sum())
