"""An attacker with everything that the public edition prints, and with every relation between attributes that holds.

Over random registers of known structure (flags within flags, areas in districts, households, unknown groups) linear programming
looks for the least and the most that each hidden count can be. No count below k may be found, or known to a range below k.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from smartstart_gov.counting import disclosure
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import Axis, Ints, Step, Tally

K = 10
#: `make nightly` attacks all 520 registers; `make test` two of the groups.
GROUPS, EACH = 40, 13


def register(seed: int) -> Tally:
    """Return a register of three to five attributes of which some follow from others."""
    rng = np.random.default_rng([7, seed])
    n = int(rng.integers(300, 4000))
    columns: list[tuple[Axis, Ints]] = []
    western = rng.random(n) < rng.uniform(0.03, 0.2)
    other = ~western & (rng.random(n) < rng.uniform(0.05, 0.3))
    # Some are migrants of neither kind: few enough to be worth an attack.
    neither = ~western & ~other & (rng.random(n) < rng.uniform(0, 40) / n)
    for name, flag in (("migrant", western | other | neither), ("western", western), ("other", other)):
        columns.append((Axis(name=name, levels=("no", "yes")), flag.astype(np.int64)))
    if seed % 3:
        of = rng.permutation(1 / np.arange(1, int(rng.integers(3, 8)) + 1) ** 1.3)
        quarter = rng.choice(len(of), n, p=of / of.sum())
        districts = tuple(f"d{rng.integers(2)}" for _ in of)
        unknown = bool(rng.random() < 0.3)
        levels = (*(f"q{i}" for i in range(len(of))), *(["unknown"] if unknown else []))
        if unknown:
            quarter = np.where(rng.random(n) < rng.uniform(0, 0.1), len(of), quarter)
        columns.append(
            (Axis(name="quarter", levels=levels, unknown=unknown, steps=(Step(name="district", ancestors=districts),)), quarter)
        )
        if seed % 3 == 2:
            zone = np.array([*(int(d[1]) for d in districts), 2])[quarter] ^ (rng.random(n) < 0.02)
            zone = np.minimum(zone, 2)
            columns.append((Axis(name="zone", levels=("z0", "z1", "z2")), zone))
    order = rng.permutation(len(columns))
    columns = [columns[i] for i in order]
    cell = rng.choice(4, n, p=rng.dirichlet([6, 2, 2, 2]))
    shape = tuple(len(axis.levels) for axis, _ in columns)
    counts = np.zeros((*shape, 4), dtype=np.int64)
    np.add.at(counts, (*(codes for _, codes in columns), cell), 1)
    return Tally(axes=tuple(axis for axis, _ in columns), counts=counts.reshape(*shape, 2, 2), moments={})


@dataclass(frozen=True)
class Attack:
    """What was attacked: hidden counts below k, those that were narrowed, and how many people are in printed groups."""

    attacked: int
    narrowed: tuple[str, ...]
    printed: int
    people: int


def attack(tally: Tally, printed: PrintedTally, most: int = 3) -> Attack:
    """Return what a reader of `printed` can find, who knows which combinations of levels there are.

    Attacked are the levels of each attribute, and combinations of up to `most`.
    """
    cells = tally.counts.reshape(*tally.counts.shape[:-2], 4)
    occurs = np.argwhere(cells.sum(axis=-1) > 0)
    true = cells[tuple(occurs.T)]
    forms, sums = [np.ones(len(occurs))], [] if printed.total is None else [printed.total.cells]
    if printed.total is None:
        return Attack(0, (), 0, 0)
    shown = 0
    for at, axis in enumerate(tally.axes):
        for row in printed.margin(axis.name).rows:
            if row.kind == "pool":
                continue
            names = list(axis.levels) if row.kind != "area" else [*axis.steps[0].ancestors, *(["?"] if axis.unknown else [])]
            forms.append(np.array([names[level] == row.name for level in occurs[:, at]], dtype=float))
            sums.append(row.cells)
            shown += sum(row.cells) if row.kind == "level" else 0
    matrix, have = csr_array(np.array(forms)), np.array(sums, dtype=float)
    attacked, narrowed = 0, []
    for what, inside in targets(tally, occurs, most):
        counts = true[inside].sum(axis=0)
        for cell in np.flatnonzero(counts < K):
            attacked += 1
            form = inside.astype(float)
            low, high = (end(sign * form, matrix, have[:, cell]) * sign for sign in (1, -1))
            assert low - 1e-6 <= counts[cell] <= high + 1e-6
            # What is counted is whole: between two ends there are only the whole numbers.
            if np.floor(high + 1e-6) - np.ceil(low - 1e-6) < K:
                narrowed.append(f"{what} cell {cell}: {low:.2f} to {high:.2f}")
    people = int(true.sum()) * len(tally.axes)
    return Attack(attacked, tuple(narrowed), shown, people)


def end(form: np.ndarray, matrix: csr_array, have: np.ndarray) -> float:
    found = linprog(form, A_eq=matrix, b_eq=have, bounds=(0, None), method="highs-ds")
    assert found.status == 0
    return float(found.fun)


def targets(tally: Tally, occurs: Ints, most: int) -> Iterator[tuple[str, np.ndarray]]:
    for n in range(1, most + 1):
        for axes in combinations(range(len(tally.axes)), n):
            for levels in np.unique(occurs[:, axes], axis=0):
                names = [f"{tally.axes[a].name}={tally.axes[a].levels[i]}" for a, i in zip(axes, levels, strict=True)]
                yield " & ".join(names), (occurs[:, axes] == levels).all(axis=1)


def printed_of(tally: Tally, **how: int) -> PrintedTally:
    return printable(tally, [axis.name for axis in tally.axes], K, **how)


@pytest.mark.parametrize("group", range(GROUPS))
def test_nothing_below_k_is_found_or_narrowed(group: int, record_property: Callable[[str, object], None]) -> None:
    found = []
    for seed in range(group * EACH, (group + 1) * EACH):
        tally = register(seed)
        found.append(attack(tally, printed_of(tally)))
    assert [line for one in found for line in one.narrowed] == []
    # An attack on nothing, or on a rule that prints nothing, would show little.
    assert sum(one.attacked for one in found) > 100 * EACH // 2
    share = sum(one.printed for one in found) / sum(one.people for one in found)
    record_property("share of people in printed groups", round(share, 3))
    assert share > 0.2


def test_the_attack_finds_migrants_of_neither_kind_where_attributes_are_held_apart_two_by_two() -> None:
    """Planted: the rule of before, of which every two attributes are safe together, and three are not."""
    tally = register(0)
    cells = tally.counts.reshape(*tally.counts.shape[:-2], 4)
    few = cells[tuple(1 if axis.name == "migrant" else 0 for axis in tally.axes)]
    assert ((few > 0) & (few < K)).any()
    found = attack(tally, printed_of(tally, rule=1))
    assert any("migrant=yes" in line and "western=no" in line and "other=no" in line for line in found.narrowed)
    assert attack(tally, printed_of(tally)).narrowed == ()


def test_the_attack_finds_what_an_area_leaves_of_another_attribute(monkeypatch: pytest.MonkeyPatch) -> None:
    """An area less the zone that lies in it is a handful, though no single quarter in it follows.

    Planted in the rule of before: that of now also takes what is known of an area off it.
    """
    tally = register(104)
    assert attack(tally, printed_of(tally), 2).narrowed == ()
    monkeypatch.setattr(disclosure, "_codings", lambda margin, axis, people: [np.arange(len(axis.levels))])
    assert attack(tally, printed_of(tally, rule=1), 2).narrowed


@pytest.mark.parametrize("broken", ["_apart", "_shown_parts"])
def test_the_attack_finds_a_rule_that_lost_a_part(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without = {"_apart": lambda *of, **how: True, "_shown_parts": lambda node, counts, k: list(node.parts)}
    # A small group of one attribute alone: what several tell together is another matter.
    for name in {broken, "_apart"}:
        monkeypatch.setattr(disclosure, name, without[name])
    assert any(attack(tally, printed_of(tally)).narrowed for tally in map(register, range(6)))
