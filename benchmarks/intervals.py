"""Exact intervals beside scipy's, and how often intervals of areas hold the truth: the figures of decisions 0040 and 0042.

``python -m benchmarks.intervals`` prints both tables, in half a minute.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from smartstart_gov.canonical import real
from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.statistics.contrasts import disparities
from smartstart_gov.statistics.estimates import measure
from smartstart_gov.statistics.intervals import clopper_pearson

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Rates that depend on the decision, within cases that do not, and what each truly is where each area is chosen with this chance.
RATES, TRUTH, CHOSEN = ("selection_rate", "false_positive_rate", "false_negative_rate"), np.array([0.3, 0.3, 0.7]), 0.3
AREAS = 41
#: How unequally the groups live over the areas: as good as equally, unequally, and each nearly in areas of its own.
SPREADS = (0.0, 1.0, 3.0)


# ------------------------------------------------------------------------------- beside scipy's (0040)
@dataclass(frozen=True, kw_only=True)
class Beside:
    """What the exact intervals of two routines cost, and how far they are apart."""

    ratio: float
    furthest: float
    other_records: int


def scipys(x: Ints, n: Ints) -> tuple[Floats, Floats]:
    """Return two-sided intervals of 95 %, as scipy has them."""
    low = np.where(x > 0, betaincinv(np.maximum(x, 1), n - x + 1, 0.025), 0.0)
    return low, np.where(x < n, betaincinv(x + 1, np.maximum(n - x, 1), 0.975), 1.0)


def beside(most: int, intervals: int) -> Beside:
    """Return how `intervals` intervals of up to `most` cases compare."""
    rng = np.random.default_rng(0)
    n = rng.integers(1, most + 1, intervals)
    x = np.minimum((rng.random(intervals) * (n + 1)).astype(np.int64), n)
    ours, mine = timed(lambda: clopper_pearson(x, n))
    theirs, other = timed(lambda: scipys(x, n))
    pairs = [[(real(float(a)), real(float(b))) for a, b in zip(*ends, strict=True)] for ends in zip(ours, theirs, strict=True)]
    apart = [any(a != b for a, b in ends) for ends in zip(*pairs, strict=True)]
    furthest = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
    return Beside(ratio=mine / other, furthest=furthest, other_records=sum(apart))


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `call` gives, and the least processor time of three."""
    found, spent = None, []
    for _ in range(3):
        begin = time.process_time()
        found = call()
        spent.append(time.process_time() - begin)
    return found, max(min(spent), 1e-4)


# ------------------------------------------------------------------------ people of one area (0042)
def residents(rng: np.random.Generator, areas: int, *, spread: float = 0.0) -> tuple[Ints, Ints, npt.NDArray[np.int8]]:
    """Return area, group and outcome of people; `spread` says how unequally the groups live over the areas."""
    sizes = np.rint(np.exp(rng.normal(5.0, 0.6, areas))).astype(np.int64)
    area = np.repeat(np.arange(areas), sizes)
    share = 1 / (1 + np.exp(-rng.normal(-1.0, spread, areas)))
    group = (rng.random(len(area)) < share[area]).astype(np.int64)
    return area, group, (rng.random(len(area)) < 0.3).astype(np.int8)


def counted(area: Ints, group: Ints, truth: npt.NDArray[np.int8], chosen: npt.NDArray[np.bool_]) -> Predictions:
    """Return people of whom each has the decision of their area."""
    codes = GroupCodes(name="group", levels=("a", "b"), codes=group)
    return Predictions(y_true=truth, y_pred=chosen[area].astype(np.int8), groups={"group": codes}, unit=area)


def one_by_one(shared: Predictions) -> Predictions:
    """Return the same people, counted as if each had a decision of their own: what must not be done."""
    return Predictions(y_true=shared.y_true, y_pred=shared.y_pred, groups=dict(shared.groups))


@dataclass(frozen=True, kw_only=True)
class Held:
    """In which share of the tables an interval of 95 % holds the truth."""

    rate: float
    rate_one_by_one: float
    difference: float


def held(spread: float, tables: int, seed: int = 855) -> Held:
    """Return how often intervals hold the truth, over areas of which each is chosen with the same chance."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[bool]] = {"rate": [], "rate_one_by_one": [], "difference": []}
    for _ in range(tables):
        area, group, truth = residents(rng, AREAS, spread=spread)
        shared = counted(area, group, truth, rng.random(AREAS) < CHOSEN)
        for name, rows in (("rate", shared), ("rate_one_by_one", one_by_one(shared))):
            table = measure(count(rows), [("group",)], RATES)
            found[name] += ((table.low <= TRUTH) & (table.high >= TRUTH)).ravel().tolist()
        told = disparities(count(shared), [("group",)], RATES)
        apart = np.array([one == "difference" for one in told.measure])
        found["difference"] += ((np.array(told.low) <= 0) & (np.array(told.high) >= 0))[apart].tolist()
    return Held(**{name: float(np.mean(inside)) for name, inside in found.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--intervals", type=int, default=20_000)
    parser.add_argument("--tables", type=int, default=400)
    asked = parser.parse_args()
    print(f"{asked.intervals} exact intervals of 95 %\ncases of each    CPU, ours / scipy  furthest apart  other records")
    for most in (1_000, 1_000_000):
        one = beside(most, asked.intervals)
        print(f"up to {most:<9}  {one.ratio:>17.0f}  {one.furthest:>14.0e}  {one.other_records:>13}")
    print(f"\n{asked.tables} tables of {AREAS} areas: of 100 intervals of 95 %, how many hold the truth")
    print("groups live      a rate  a rate, people one by one  a difference of two groups")
    for spread, name in zip(SPREADS, ("equally", "unequally", "apart"), strict=True):
        told = held(spread, asked.tables)
        print(f"{name:<15}  {told.rate:>6.1%}  {told.rate_one_by_one:>25.1%}  {told.difference:>26.1%}")


if __name__ == "__main__":
    main()
