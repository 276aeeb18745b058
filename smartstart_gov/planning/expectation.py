"""Expectation: how many cases each group is expected to have, as people declared it or as labels show it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import UNKNOWN, Column, DataContract, Expected, steps_of
from smartstart_gov.counting.tally import Axis, Step, Tally
from smartstart_gov.errors import Refused
from smartstart_gov.statistics.rates import CELLS, Rate

Floats = npt.NDArray[np.float64]
#: Taken where nobody declared how well a model of this kind does; every answer says that it was.
FOUND, FALSE_ALARMS = 0.6, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The true and false positive rates of the planned model; the same in every group."""

    true_positive_rate: float
    false_positive_rate: float

    def rate(self, of: Rate, base: float) -> float:
        """Return the value of a rate at a given share of positive rows."""
        found, wrong = self.true_positive_rate, self.false_positive_rate
        masses = dict(zip(CELLS, ((1 - base) * (1 - wrong), (1 - base) * wrong, base * (1 - found), base * found), strict=True))
        return sum(masses[c] for c in of.numerator) / sum(masses[c] for c in of.denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Expected rows and base rate of every combination of groups of some columns; shapes are those of the axes."""

    axes: tuple[Axis, ...]
    rows: Floats
    base: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is expected of the rows of one year, or measured in available rows.

    Attributes
    ----------
    source : {"declared", "measured"}
    rows : float
        Total rows, before any split.
    base_rate : float
    model : Model
    assumed : tuple of str
        What nobody declared and so had to be assumed, in words.
    contract : DataContract
    expected : Expected
    labels : Tally or None
        Counts of the available rows, with nobody selected.
    """

    source: Literal["declared", "measured"]
    rows: float
    base_rate: float
    model: Model
    assumed: tuple[str, ...]
    contract: DataContract
    expected: Expected
    labels: Tally | None = None

    @property
    def of_areas(self) -> bool:
        """Whether all rows of a unit share one decision, because the model speaks about areas."""
        return self.contract.of_areas

    def groups(self, *names: str, of: Rate | None = None) -> Groups:
        """Return the groups of the columns `names`, the last one fastest.

        Of an area model the rows are as many as its areas are worth, for the rate `of`: people who share a decision are
        one case, and large areas do not make up for few (Kish 1965).
        """
        if self.labels is not None:
            down = self.labels.project(*names)
            counts = down.counts.astype(np.float64)
            rows = counts.sum(axis=(-1, -2))
            with np.errstate(invalid="ignore", divide="ignore"):
                base = np.where(rows > 0, counts[..., 1, :].sum(axis=-1) / rows, self.base_rate)
            if self.of_areas and of is not None:
                rows = rows * self._areas_a_case(names, of).reshape(rows.shape)
            return Groups(axes=down.axes, rows=rows, base=base)
        columns = [self.contract.column(name) for name in names]
        shares = [_shares(column, self.expected) for column in columns]
        # Of columns that are crossed only the margins are declared: they are taken as independent.
        rows = self.rows * reduce(np.multiply.outer, shares)
        lifts = [np.array([self._base(column, level) / self.base_rate for level in column.axis_levels]) for column in columns]
        base = np.clip(self.base_rate * reduce(np.multiply.outer, lifts), 0.0, 0.99)
        return Groups(axes=tuple(_axis(column, self.contract) for column in columns), rows=rows, base=base)

    def _areas_a_case(self, names: tuple[str, ...], of: Rate) -> Floats:
        """Return for each group how many areas one of the cases of a rate is worth: at most 1."""
        if self.labels is None:
            raise ValueError("areas are known of rows alone")
        # What selects is not known yet: cases are those of the outcome, or all.
        sides = ({"tn", "fp"}, {"fn", "tp"})
        side = next((one for one in sides if set(of.denominator) == one), set(CELLS))
        inside = np.array([cell in side for cell in CELLS], dtype=np.float64)
        cases = self.labels.cells(*names) @ inside
        squares = np.einsum("gij,i,j->g", self.labels.moments[names].products, inside, inside)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(squares > 0, cases / squares, 1.0)

    def _base(self, column: Column, level: str) -> float:
        return self.expected.base_rates.get(column.name, {}).get(level, self.base_rate)


def expectation(contract: DataContract, expected: Expected, *, labels: Tally | None = None) -> Expectation:
    """Return what is expected: counted if there are labels, otherwise as declared.

    Raises
    ------
    Refused
        U01 if there is neither.
    """
    assumed = []
    found, wrong = expected.true_positive_rate, expected.false_positive_rate
    if found is None:
        found = max(FOUND, (1 + (wrong or 0.0)) / 2)
        assumed.append(f"a model finds {found:.0%} of the positive cases")
    if wrong is None:
        wrong = min(FALSE_ALARMS, found / 2)
        assumed.append(f"wrongly selects {wrong:.0%} of the negative ones")
    model = Model(true_positive_rate=found, false_positive_rate=wrong)
    if contract.of_areas:
        if labels is None:
            what = "The model speaks about areas, so that rows do not count one by one; how large its areas are, only rows say."
            remedy = "Provide rows with their labels: smartstart-gov power PROJECT DATA."
            raise Refused("U01", what, f"Contract {contract.name} {contract.version}", remedy)
        assumed.append("all people in an area count as one case, so that cases are areas and more rows are more areas")
    if labels is not None:
        counts = labels.counts.reshape(-1, 2, 2).sum(axis=(0, 2))
        base = float(counts[1] / max(counts.sum(), 1))
        return Expectation(
            source="measured", rows=float(labels.n), base_rate=base, model=model, assumed=tuple(assumed),
            contract=contract, expected=expected, labels=labels,
        )  # fmt: skip
    rows, base_rate = expected.rows_per_year, expected.base_rate
    if rows is None or base_rate is None:
        missing = " and ".join(key for key, value in (("rows_per_year", rows), ("base_rate", base_rate)) if value is None)
        remedy = "Add it under `expected:` in contract.yaml, give --rows and --base-rate, or provide rows with their labels."
        raise Refused("U01", f"Nothing says what {missing} to expect.", f"Contract {contract.name} {contract.version}", remedy)
    return Expectation(
        source="declared", rows=float(rows), base_rate=base_rate, model=model,
        assumed=(*assumed, *_assumed_shares(contract, expected)), contract=contract, expected=expected,
    )  # fmt: skip


def _assumed_shares(contract: DataContract, expected: Expected) -> list[str]:
    said = []
    for column in contract.with_role("sensitive", "control"):
        if not column.expected_shares:
            said.append(f"the groups of {column.name} are of equal size")
        if column.maximum_unknown_share and column.name not in expected.unknown_shares:
            said.append(f"{column.maximum_unknown_share:.0%} of the rows have no known {column.name}, the most that is allowed")
    return said


def _shares(column: Column, expected: Expected) -> Floats:
    levels = [str(level) for level in column.levels or ()]
    shares = np.array([column.expected_shares.get(level, 0.0) for level in levels])
    shares = shares / shares.sum() if column.expected_shares else np.full(len(levels), 1 / max(len(levels), 1))
    if UNKNOWN not in column.axis_levels:
        return shares
    unknown = expected.unknown_shares.get(column.name, column.maximum_unknown_share or 0.0)
    return np.append(shares * (1 - unknown), unknown)


def _axis(column: Column, contract: DataContract) -> Axis:
    steps = tuple(Step(name=name, ancestors=ancestors) for name, ancestors in steps_of(column, contract))
    kind: Literal["sensitive", "control"] = "control" if column.role == "control" else "sensitive"
    return Axis(name=column.name, levels=column.axis_levels, unknown=UNKNOWN in column.axis_levels, kind=kind, steps=steps)
