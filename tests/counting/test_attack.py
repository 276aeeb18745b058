"""An attacker with everything that public editions print, and with every relation between attributes that holds.

Over random registers of known structure (flags within flags, areas in districts, two divisions of a city, unknown groups) a reader
subtracts, and looks by linear programming and in whole numbers for the least and the most that each hidden count can be: in
one version, in what came and went between two, and in pairs of people who share a household. No count below k may be found, or
known to a range below k.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import block_array, csr_array

from smartstart_gov.counting import disclosure
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import Axis, Ints, Moments, Step, Tally
from smartstart_gov.evidence import printings
from smartstart_gov.evidence.edition import EVERYTHING

K = 10
#: `make nightly` attacks all 520 registers; `make test` two of the groups.
GROUPS, EACH = 40, 13


@dataclass(frozen=True)
class People:
    """Rows: the attributes, the level of each row, its cell and its household."""

    axes: tuple[Axis, ...]
    codes: Ints
    cell: Ints
    unit: Ints

    def some(self, keep: np.ndarray) -> People:
        return People(self.axes, self.codes[keep], self.cell[keep], self.unit[keep])

    def tally(self, *, households: bool = False) -> Tally:
        shape = tuple(len(axis.levels) for axis in self.axes)
        counts = np.zeros((*shape, 4), dtype=np.int64)
        np.add.at(counts, (*self.codes.T, self.cell), 1)
        moments = {}
        for names, codes in [((), np.zeros_like(self.cell)), *(((a.name,), self.codes[:, i]) for i, a in enumerate(self.axes))]:
            groups = len(self.axes[[a.name for a in self.axes].index(names[0])].levels) if names else 1
            keys, at = np.unique(np.stack([codes, self.unit]), axis=1, return_inverse=True)
            each = np.zeros((keys.shape[1], 4), dtype=np.int64)
            np.add.at(each, (at.reshape(-1), self.cell), 1)
            products = np.zeros((groups, 4, 4), dtype=np.int64)
            np.add.at(products, keys[0], each[:, :, None] * each[:, None, :])
            moments[names] = Moments(products=products, units=np.bincount(keys[0], minlength=groups))
        return Tally(axes=self.axes, counts=counts.reshape(*shape, 2, 2), moments=moments if households else {})


def people(seed: int) -> People:
    """Return people of three to six attributes of which some follow from others."""
    rng = np.random.default_rng([7, seed])
    n = int(rng.integers(300, 4000))
    columns: list[tuple[Axis, Ints]] = []
    western = rng.random(n) < rng.uniform(0.03, 0.2)
    other = ~western & (rng.random(n) < rng.uniform(0.05, 0.3))
    # Some are migrants of neither kind: few enough to be worth an attack.
    neither = ~western & ~other & (rng.random(n) < rng.uniform(0, 40) / n)
    for name, flag in (("migrant", western | other | neither), ("western", western), ("other", other)):
        columns.append((Axis(name=name, levels=("no", "yes")), flag.astype(np.int64)))
    place = np.zeros(n, dtype=np.int64)
    if seed % 3:
        of = rng.permutation(1 / np.arange(1, int(rng.integers(3, 8)) + 1) ** 1.3)
        quarter = place = rng.choice(len(of), n, p=of / of.sum())
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
        if seed % 2:
            # Another division: each ward has most of a quarter or two, and some of their neighbours.
            ward = np.where(rng.random(n) < rng.uniform(0.002, 0.03), (place + 1) % len(of), place) // 2
            columns.append((Axis(name="ward", levels=tuple(f"w{i}" for i in range(len(of) // 2 + 1))), ward))
    order = rng.permutation(len(columns))
    axes, codes = tuple(columns[i][0] for i in order), np.stack([columns[i][1] for i in order], axis=1)
    cell = rng.choice(4, n, p=rng.dirichlet([6, 2, 2, 2]))
    # Households of one to four, in one place or (of every fifth register) in any.
    rank = np.argsort(np.argsort(place + rng.random(n) if seed % 5 else rng.random(n)))
    return People(axes, codes, cell, np.cumsum(rng.random(n) < rng.uniform(0.4, 0.98))[rank])


def register(seed: int) -> Tally:
    return people(seed).tally()


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
            ends = narrow(inside.astype(float), int(counts[cell]), matrix, have[:, cell])
            if ends is not None:
                narrowed.append(f"{what} cell {cell}: {ends[0]:.2f} to {ends[1]:.2f}")
    everybody = int(true.sum()) * len(tally.axes)
    return Attack(attacked, tuple(narrowed), shown, everybody)


def narrow(
    form: np.ndarray, count: int, matrix: csr_array, low: np.ndarray, spare: int | np.ndarray = 0
) -> tuple[float, float] | None:
    """Return the ends between which a count is known, if that range is narrower than k: in reals, and in whole numbers."""
    for whole in (0, 1):
        high = end(-form, matrix, low, spare, whole) * -1
        assert count <= high + 1e-6
        if high - count >= K:
            # The least is no more than it is.
            return None
        least = end(form, matrix, low, spare, whole)
        assert least - 1e-6 <= count
        # What is counted is whole: between two ends there are only the whole numbers.
        if np.floor(high + 1e-6) - np.ceil(least - 1e-6) < K:
            return least, high
    return None


def end(form: np.ndarray, matrix: csr_array, low: np.ndarray, spare: int | np.ndarray, whole: int) -> float:
    exact: dict[str, Any] = {"A_eq": matrix, "b_eq": low}
    if np.any(spare):
        both = csr_array(block_array([[matrix], [-matrix]]))
        exact = {"A_ub": both, "b_ub": np.r_[low + spare, -low]}
    if whole:
        found = linprog(form, **exact, bounds=(0, None), method="highs", integrality=1)
    else:
        found = linprog(form, **exact, bounds=(0, None), method="highs-ds")
    if found.status == 3:
        return float("-inf")
    assert found.status == 0
    return float(found.fun)


def targets(tally: Tally, occurs: Ints, most: int) -> Iterator[tuple[str, np.ndarray]]:
    seen: set[bytes] = set()
    for n in range(1, most + 1):
        for axes in combinations(range(len(tally.axes)), n):
            for levels in np.unique(occurs[:, axes], axis=0):
                names = [f"{tally.axes[a].name}={tally.axes[a].levels[i]}" for a, i in zip(axes, levels, strict=True)]
                inside = (occurs[:, axes] == levels).all(axis=1)
                if inside.tobytes() not in seen:
                    seen.add(inside.tobytes())
                    yield " & ".join(names), inside


def printed_of(tally: Tally, **how: int) -> PrintedTally:
    return printable(tally, [axis.name for axis in tally.axes], K, **how)


@pytest.mark.parametrize("group", range(GROUPS))
def test_nothing_below_k_is_found_or_narrowed(group: int, record_property: Callable[[str, object], None]) -> None:
    found = []
    for seed in range(group * EACH, (group + 1) * EACH):
        tally = register(seed)
        found.append(attack(tally, printed_of(tally)))
    lines = [line for one in found for line in one.narrowed]
    assert lines == []
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


def test_the_attack_finds_what_three_attributes_tell_that_are_held_open_two_by_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the rule of before, that leaves a count of three attributes one value too few."""
    tally, every = register(461), targets
    where = "ward=w0 & zone=z1 & quarter=q2"
    monkeypatch.setattr(f"{__name__}.targets", lambda *of: [one for one in every(*of) if one[0] == where])
    (line,) = attack(tally, printed_of(tally, rule=3)).narrowed
    assert line.startswith(f"{where} cell 1: 0.00 to 9.00")
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
    monkeypatch.setattr(disclosure, "_open_together", lambda *of: True)
    assert any(attack(tally, printed_of(tally)).narrowed for tally in map(register, range(6)))


def shared(of: People, printed: PrintedTally, seed: int) -> Attack:
    """Attack pairs of people in one household, by a reader who knows which people there are, and what all of a household share."""
    rng = np.random.default_rng([8, seed])
    order = np.argsort(of.unit, kind="stable")
    starts = np.flatnonzero(np.diff(of.unit[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    pairs = [
        (order[s + i], order[s + j]) for s, n in zip(starts, sizes, strict=True) for i in range(n) for j in range(i + 1, n)
    ]
    attacked, narrowed = 0, []
    if printed.total is None or not pairs:
        return Attack(0, (), 0, 0)
    one, other = np.array(pairs).T
    assert printed.total.clusters is not None
    spare = printed.total.clusters.spare
    alike = (of.codes[one] == of.codes[other]).all(axis=0)
    sorts = np.unique(of.codes, axis=0)
    left, right = (sorts[at] for at in np.triu_indices(len(sorts)))
    could = np.concatenate([left, right], axis=1)[(left[:, alike] == right[:, alike]).all(axis=1)]
    for i, j in (tuple(sorted(rng.integers(0, 4, 2))) for _ in range(2)):
        cells = np.sort(np.stack([of.cell[one], of.cell[other]]), axis=0)
        at = (cells == [[i], [j]]).all(axis=0)
        if not at.any():
            continue
        ends = [np.concatenate([of.codes[a[at]], of.codes[b[at]]], axis=1) for a, b in ((one, other), (other, one))]
        # Two people are one pair, whichever comes first.
        first = [tuple(x) <= tuple(y) for x, y in zip(*ends, strict=True)]
        seen, often = np.unique(np.where(np.array(first)[:, None], *ends), axis=0, return_counts=True)
        kinds = np.concatenate([seen, could])
        kinds, which = np.unique(kinds, axis=0, return_inverse=True)
        true = np.bincount(which.reshape(-1)[: len(seen)], weights=often, minlength=len(kinds)).astype(np.int64)
        half = kinds.shape[1] // 2
        form, low = [np.ones(len(kinds))], [told(printed.total, i, j)]
        wanted = []
        for position, axis in enumerate(of.axes):
            rows = [row for row in printed.margin(axis.name).rows if row.kind != "area"]
            so_far, sum_so_far = np.zeros(len(kinds), dtype=bool), 0
            named = {row.name for row in printed.margin(axis.name).rows if row.kind != "pool"}
            for row in rows:
                # Of a pool pairs within each of its levels are counted, as of a level.
                both = np.isin(kinds[:, position], levels_in(row, axis, named))
                both &= kinds[:, position] == kinds[:, half + position]
                wanted.append((f"{axis.name} {row.name}", both))
                so_far, sum_so_far = so_far | both, sum_so_far + told(row, i, j) + spare
                form.append(so_far.astype(float))
                low.append(sum_so_far)
        wanted += [(f"kind {k}", np.arange(len(kinds)) == k) for k in rng.permutation(np.flatnonzero(true))[:8]]
        matrix = csr_array(np.array(form))
        beyond = matrix @ true - np.array(low)
        assert ((beyond >= 0) & (beyond <= spare)).all()
        for what, inside in wanted:
            count = int(true[inside].sum())
            if count < K and inside.any():
                attacked += 1
                if (found := narrow(inside.astype(float), count, matrix, np.array(low, dtype=float), spare)) is not None:
                    narrowed.append(f"{what} pairs {i}, {j}: {found[0]:.2f} to {found[1]:.2f}")
    return Attack(attacked, tuple(narrowed), 0, 0)


def told(row: Any, i: int, j: int) -> int:
    product = row.clusters.products[i][j]
    return int(product if i != j else (product - row.cells[i]) // 2)


def levels_in(row: Any, axis: Axis, named: set[str]) -> list[int]:
    if row.kind != "pool":
        return [axis.levels.index(row.name)]
    up = {} if not axis.steps else dict(zip(axis.declared, axis.steps[0].ancestors, strict=True))
    return [
        i
        for i, level in enumerate(axis.levels)
        if level not in named and (up.get(level) == row.within if row.within is not None else up.get(level) not in named)
    ]


def came_and_went(seed: int, monkeypatch: pytest.MonkeyPatch) -> Attack:
    """Attack two versions: those who came and those who went, of each version and of the two together."""
    rng = np.random.default_rng([9, seed])
    everybody, n = people(seed), len(people(seed).cell)
    few, many = int(rng.integers(1, 30)), int(rng.integers(40, 200))
    came, went = [(few, 0), (many, 0), (0, few), (0, many), (few, many), (many, few), (many, many)][seed % 7]
    rank = rng.permutation(n)
    then, now = everybody.some(rank >= came), everybody.some((rank >= came + went) | (rank < came))
    tallies = [then.tally(), now.tally()]
    printed = [printed_of(tally) for tally in tallies]
    edition = [edition_of(everybody.axes, of, len(p.cell)) for of, p in
               zip(printed, (then, now), strict=True)]  # fmt: skip
    edition[1].look = SimpleNamespace(known=str((n - came - went) / len(now.cell)), told_by="key", new_people=None)
    edition[1].tally = tallies[1]
    monkeypatch.setattr(printings, "axis_of", lambda column, contract: column.axis)
    monkeypatch.setattr(printings, "read_bundle", lambda path: SimpleNamespace(public=edition[0]))
    log = SimpleNamespace(find=lambda kind: [SimpleNamespace(body={"version": "1"})])
    project: Any = SimpleNamespace(path=Path(), ledger=log)
    withheld = printings.to_withhold(edition[1], printed[1], project)
    if printed[0].total is None or printed[1].total is None or EVERYTHING in withheld:
        return Attack(0, (), 0, n * len(everybody.axes))
    cells = everybody.tally().counts.reshape(*tallies[0].counts.shape[:-2], 4)
    occurs = np.argwhere(cells.sum(axis=-1) > 0)
    parts = [everybody.some(rank < came), everybody.some((rank >= came) & (rank < came + went)),
             everybody.some(rank >= came + went)]  # fmt: skip
    true = [part.tally().counts.reshape(cells.shape)[tuple(occurs.T)] for part in parts]
    # Of those who came and those who went a reader knows how many there are, and no more of who they can be than of everybody.
    keep = [np.flatnonzero(np.full(len(occurs), len(part.cell) > 0)) for part in parts]
    sizes = np.cumsum([0, *map(len, keep)])
    forms, sums, shown = [], [], 0
    for version, of in enumerate(printed):
        there = (1, 2) if version == 0 else (0, 2)
        for what, row in everything(everybody.axes, of, withheld if version else (), occurs):
            form = np.zeros(sizes[-1])
            for part in there:
                form[sizes[part] : sizes[part + 1]] = what[keep[part]]
            forms.append(form)
            sums.append(row.cells)
            shown += sum(row.cells) if version and row.kind == "level" else 0
    matrix, have = csr_array(np.array(forms)), np.array(sums, dtype=float)
    attacked, narrowed = 0, []
    for part in (0, 1):
        wanted = list(targets(everybody.tally(), occurs[keep[part]], 2)) if len(keep[part]) else []
        for at in rng.permutation(len(wanted))[:12]:
            what, inside = wanted[at]
            form = np.zeros(sizes[-1])
            form[sizes[part] : sizes[part + 1]] = inside
            counts = true[part][keep[part]][inside].sum(axis=0)
            for cell in np.flatnonzero(counts < K):
                attacked += 1
                if (found := narrow(form, int(counts[cell]), matrix, have[:, cell])) is not None:
                    narrowed.append(
                        f"seed {seed} {('came', 'went')[part]} {what} cell {cell}: {found[0]:.2f} to {found[1]:.2f}"
                    )
    return Attack(attacked, tuple(narrowed), shown, len(now.cell) * len(everybody.axes))


def edition_of(axes: tuple[Axis, ...], printed: PrintedTally, rows: int) -> Any:
    columns = {axis.name: SimpleNamespace(axis=axis, axis_levels=axis.levels) for axis in axes}
    return SimpleNamespace(
        part="audit", tally=printed, losses=None, look=None, contract=SimpleNamespace(column=columns.__getitem__),
        training=SimpleNamespace(part={"audit": SimpleNamespace(rows=rows)}.get, parts=()),
        policy=SimpleNamespace(attributes=[axis.name for axis in axes]),
    )  # fmt: skip


def everything(
    axes: tuple[Axis, ...], printed: PrintedTally, withheld: tuple[str, ...], occurs: Ints
) -> Iterator[tuple[np.ndarray, Any]]:
    """Yield every printed row, with which combinations are in it."""
    yield np.ones(len(occurs)), printed.total
    for at, axis in enumerate(axes):
        for row in () if axis.name in withheld else printed.margin(axis.name).rows:
            if row.kind != "pool":
                up = [*axis.steps[0].ancestors, *(["?"] if axis.unknown else [])] if row.kind == "area" else list(axis.levels)
                yield np.array([up[level] == row.name for level in occurs[:, at]], dtype=float), row


@pytest.mark.parametrize("group", range(GROUPS))
def test_of_households_nothing_below_k_is_narrowed(group: int) -> None:
    found = []
    for seed in range(group * EACH, (group + 1) * EACH):
        of = people(seed)
        found.append(shared(of, printed_of(of.tally(households=True)), seed))
    lines = [line for one in found for line in one.narrowed]
    assert lines == []
    assert sum(one.attacked for one in found) > 10 * EACH


@pytest.mark.parametrize("group", range(GROUPS))
def test_of_two_versions_nothing_below_k_is_found_or_narrowed(
    group: int, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    found = [came_and_went(seed, monkeypatch) for seed in range(group * EACH, (group + 1) * EACH)]
    assert [line for one in found for line in one.narrowed] == []
    record_property("share of people in printed groups", round(sum(o.printed for o in found) / sum(o.people for o in found), 3))
    assert sum(one.attacked for one in found) > EACH


@pytest.mark.parametrize("seeds", [range(4)])
def test_the_attack_finds_what_two_versions_tell_that_are_not_held_against_each_other(
    seeds: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: no comparison at all; and one to which nobody in a cell is no few people."""
    assert not any(came_and_went(seed, monkeypatch).narrowed for seed in seeds)
    with monkeypatch.context() as broken:
        broken.setattr(printings, "to_withhold", lambda *of: ())
        assert any(came_and_went(seed, broken).narrowed for seed in seeds)
    close = printings._close

    def of_some(row: Any, other: Any, k: int) -> bool:
        return close(row, other, k) and any(0 < abs(a - b) < k for a, b in zip(row.cells, other.cells, strict=True))

    monkeypatch.setattr(printings, "_close", of_some)
    assert any(came_and_went(seed, monkeypatch).narrowed for seed in seeds)


@pytest.mark.parametrize(("seed", "spare"), [(1, K // 2), (391, 15)])
def test_the_attack_finds_pairs_in_households_that_are_rounded_too_little(
    seed: int, spare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: sums known to few values; and sums known to the same values in every register, which was the rule of before."""
    of = people(seed)
    tally = of.tally(households=True)
    assert shared(of, printed_of(tally), seed).narrowed == ()
    monkeypatch.setattr(disclosure, "_open", lambda k: spare)
    assert shared(of, printed_of(tally, rule=3), seed).narrowed
