"""Weights of rows, summed exactly on any scale: every 64-bit float is a whole number times a power of two.

Sums of such numbers are whole numbers too, so they do not depend on the order of rows, on the engine or on how
rows were spread over sites, and weights that sum to 1 keep as many digits as weights that sum to a million.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
#: Whole numbers of any size.
Whole = npt.NDArray[np.object_]
#: The powers of the weights that are summed.
POWERS = (1, 2, 4)
#: What the lowest bit of a 64-bit float can stand for, as powers of 2.
EXPONENTS = range(-1074, 1024)
#: A mantissa of 53 bits is cut into limbs of this many, whose squares are exact in 64 bits.
_LIMB = 27
#: So many limbs add up exactly in a 64-bit float.
_AT_A_TIME = 1 << 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Sums per cell of weights, of their squares and of their fourth powers, as whole numbers.

    The unit of `total` is 2 to the power `exponent`, that of `squared` its square, and that of `fourth` its fourth
    power. `total` and `squared` are exact; for `fourth`, of which only the size matters, every weight is cut to 26 bits.
    """

    total: Whole
    squared: Whole
    fourth: Whole
    exponent: int

    @property
    def sums(self) -> tuple[Whole, Whole, Whole]:
        """The sums of the powers 1, 2 and 4."""
        return self.total, self.squared, self.fourth

    def each(self, change: Any) -> Weights:
        """Return the weights with `change` applied to each of the three arrays of sums."""
        total, squared, fourth = (change(sums) for sums in self.sums)
        return Weights(total=total, squared=squared, fourth=fourth, exponent=self.exponent)

    def __add__(self, other: Weights) -> Weights:
        """Merge the weights of different rows; the finer unit of the two is kept."""
        unit = min(self.exponent, other.exponent)
        total, squared, fourth = (
            _shifted(mine, power * (self.exponent - unit)) + _shifted(theirs, power * (other.exponent - unit))
            for mine, theirs, power in zip(self.sums, other.sums, POWERS, strict=True)
        )
        return Weights(total=total, squared=squared, fourth=fourth, exponent=unit)

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record; JSON readers lose digits beyond 2**53, so the sums are stored as text."""
        names = ("total", "squared", "fourth")
        record = {name: [[i, str(n)] for i, n in _sparse(sums)] for name, sums in zip(names, self.sums, strict=True)}
        return {"exponent": self.exponent, **record}

    @classmethod
    def from_record(cls, record: Mapping[str, Any], shape: tuple[int, ...]) -> Weights:
        """Return the weights that `to_record` wrote."""
        total, squared, fourth = (_dense(record[name], shape) for name in ("total", "squared", "fourth"))
        exponent = record["exponent"]
        if type(exponent) is not int or exponent not in EXPONENTS:
            raise ValueError("the unit of weights is none that a 64-bit float has")
        return cls(total=total, squared=squared, fourth=fourth, exponent=exponent)


def weigh(packed: Ints, weight: npt.NDArray[Any], shape: tuple[int, ...]) -> Weights:
    """Return the sums per cell of rows whose cells are `packed`, and whose weights are finite, not negative, not all zero."""
    keep = np.flatnonzero(weight)
    mantissa, exponent = np.frexp(np.asarray(weight, dtype=np.float64)[keep])
    # weight = whole * 2**place, of which the lowest bit that is used anywhere becomes the unit.
    whole, place = np.ldexp(mantissa, 53).astype(np.int64), exponent.astype(np.int64) - 53
    unit = int((place + np.log2((whole & -whole).astype(np.float64)).astype(np.int64)).min())
    cell = packed[keep]
    parts = (slice(start, start + _AT_A_TIME) for start in range(0, len(keep), _AT_A_TIME))
    return reduce(add, (_summed(cell[at], whole[at], place[at], unit, shape) for at in parts))


def ratios(sums: Iterable[Iterable[Iterable[int]]]) -> Floats:
    """Return sums of the three powers as floats in a common unit, shape (n_groups, 4, 3), whatever their size.

    Every use of them is a ratio in which the unit cancels: it is the largest sum of weights, so that none overflows.
    """
    table = [[[int(n) for n in powers] for powers in cells] for cells in sums]
    largest = max((cell[0] for cells in table for cell in cells), default=1) or 1
    divisors = [largest**power for power in POWERS]
    return np.array([[[n / d for n, d in zip(cell, divisors, strict=True)] for cell in cells] for cells in table]).reshape(
        -1, 4, len(POWERS)
    )


def _summed(cell: Ints, whole: Ints, place: Ints, unit: int, shape: tuple[int, ...]) -> Weights:
    """Sum rows of one place value at a time: within it sums are of whole numbers, afterwards they are shifted."""
    size, lowest = math.prod(shape), int(place.min())
    found, key = _numbered((place - lowest) * size + cell)
    at, shift = found % size, (found // size + lowest - unit).tolist()
    short = whole >> _LIMB
    total = _sum(key, whole)
    squared = _sum_of_squares(key, whole)
    fourth = _sum_of_squares(key, short**2)
    weights = []
    for sums, power, cut in ((total, 1, 0), (squared, 2, 0), (fourth, 4, _LIMB)):
        array = np.zeros(size, dtype=object)
        np.add.at(array, at, np.array([_shift(n, power * (s + cut)) for n, s in zip(sums, shift, strict=True)], dtype=object))
        weights.append(array.reshape(shape))
    return Weights(total=weights[0], squared=weights[1], fourth=weights[2], exponent=unit)


def _numbered(values: Ints) -> tuple[Ints, Ints]:
    """Return the distinct values in order, and for each value its number among them."""
    span = int(values.max()) + 1
    if span > 4 * len(values):
        found, key = np.unique(values, return_inverse=True)
        return found, key.reshape(-1)
    # Where they lie close together a table takes a tenth of the time of sorting.
    present = np.zeros(span, dtype=bool)
    present[values] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[values]


def _sum(key: Ints, whole: Ints) -> list[int]:
    """Return the exact sum of 54-bit numbers for each key."""
    high, low = (np.bincount(key, weights=limb) for limb in _limbs(whole))
    return [(int(h) << _LIMB) + int(l_) for h, l_ in zip(high.tolist(), low.tolist(), strict=True)]


def _sum_of_squares(key: Ints, whole: Ints) -> list[int]:
    high, low = _limbs(whole)
    squares, mixed, rest = (_sum(key, product) for product in (high * high, high * low, low * low))
    return [(h << 2 * _LIMB) + (m << _LIMB + 1) + r for h, m, r in zip(squares, mixed, rest, strict=True)]


def _limbs(whole: Ints) -> tuple[Ints, Ints]:
    return whole >> _LIMB, whole & ((1 << _LIMB) - 1)


def _shift(number: int, places: int) -> int:
    # Below the unit only zeros are cut off.
    return number << places if places >= 0 else number >> -places


def _shifted(array: Whole, places: int) -> Whole:
    shifted: Whole = array * (1 << places)
    return shifted


def _sparse(array: Whole) -> list[tuple[int, int]]:
    flat = array.reshape(-1)
    return [(int(i), flat[i]) for i in np.flatnonzero(flat)]


def _dense(pairs: Iterable[tuple[int, str]], shape: tuple[int, ...]) -> Whole:
    flat = np.zeros(math.prod(shape), dtype=object)
    for position, value in pairs:
        if not 0 <= position < len(flat) or int(value) < 0:
            raise ValueError("a sum of weights is negative, or stands outside its table")
        flat[position] = int(value)
    return flat.reshape(shape)
