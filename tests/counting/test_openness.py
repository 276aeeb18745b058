"""How far counts stay open, held against the least and the most that linear and integer programming find."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, product
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from smartstart_gov.counting import openness
from smartstart_gov.counting.openness import all_open, flow, held_open, pairs_open
from smartstart_gov.counting.tally import Ints

Floats = np.ndarray


def furthest(forms: Ints, least: Ints, most: Ints, wanted: Floats, *, whole: bool = True) -> int | float | None:
    """The most that `wanted` of a table can be of which every sum lies between its bounds; None where there is no such table."""
    found = milp(-wanted, constraints=LinearConstraint(forms, least, most), bounds=Bounds(0, np.inf), integrality=int(whole))
    if found.x is None:
        return None
    return round(-found.fun) if whole else -float(found.fun)


def spread(forms: Ints, true: Ints, could: Floats, must: Floats) -> int:
    """By how much people who `could` be of a group and those who `must` differ between the tables with the same sums."""
    sums = forms @ true
    most, least = furthest(forms, sums, sums, could), furthest(forms, sums, sums, -must)
    assert most is not None
    assert least is not None
    return int(most + least)


@dataclass(frozen=True)
class Held:
    """A table, its sums, and groups with the cells that their people can be in."""

    forms: Ints
    true: Ints
    group: Ints
    cell: Ints
    whole: np.ndarray
    count: Ints

    @classmethod
    def drawn(cls, seed: int) -> Held:
        rng = np.random.default_rng(seed)
        cells = int(rng.integers(3, 9))
        forms = (rng.random((int(rng.integers(1, 5)), cells)) < 0.5).astype(np.int64)
        forms = np.concatenate([forms, (forms.sum(axis=0) == 0).astype(np.int64)[None]])
        inside = rng.random((int(rng.integers(1, 4)), cells)) < 0.4
        inside[np.arange(len(inside)), rng.integers(0, cells, len(inside))] = True
        group, cell = np.nonzero(inside)
        return cls(forms, rng.integers(0, 8, cells), group, cell, rng.random(len(group)) < 0.7, rng.integers(0, 5, len(inside)))

    def spreads(self) -> dict[int, int]:
        found = {}
        for g in range(len(self.count)):
            could, must = (
                np.bincount(self.cell[of], minlength=len(self.true)) for of in (self.group == g, (self.group == g) & self.whole)
            )
            found[g] = spread(self.forms, self.true, could.astype(float), must.astype(float))
        return found

    def open(self, k: int) -> bool:
        return held_open(self.forms, self.true, self.group, self.cell, self.whole, self.count, k)


@pytest.mark.parametrize("first", range(0, 160, 10))
def test_counts_are_open_exactly_as_far_as_tables_in_whole_numbers_go(first: int) -> None:
    for seed in range(first, first + 10):
        one = Held.drawn(seed)
        spreads = one.spreads()
        for k in range(1, 9):
            assert one.open(k) == all(far >= k for g, far in spreads.items() if one.count[g] < k), (seed, k)


@pytest.mark.parametrize("seed", range(40))
def test_a_count_grows_and_shrinks_as_far_as_both_margins_let_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 5, (int(rng.integers(2, 5)), int(rng.integers(2, 5))))
    occurs = rng.random(counts.shape) < 0.8
    at = tuple(int(rng.integers(size)) for size in counts.shape)
    occurs[at] = True
    rows, columns = (np.arange(n) for n in counts.shape)
    place = np.argwhere(occurs)
    forms = np.concatenate([rows[:, None] == place[:, 0], columns[:, None] == place[:, 1]]).astype(np.int64)
    true, mine = counts[occurs], (place == at).all(axis=1).astype(float)
    sums = forms @ true
    up, down = furthest(forms, sums, sums, mine), furthest(forms, sums, sums, -mine)
    assert up is not None
    assert down is not None
    for most in (1, 2, 3, 9):
        assert flow(counts, occurs, at, most) == min(most, up - counts[at])
        # That a count ends at nothing is for the caller to see.
        assert min(counts[at], flow(counts, occurs, at, most, back=True)) == min(most, counts[at] + down)


@dataclass(frozen=True)
class Printed:
    """Counts, and what is printed of each attribute."""

    counts: Ints
    codings: tuple[tuple[Ints, ...], ...]
    printed: tuple[Ints, ...]
    told: tuple[bool, ...]

    @classmethod
    def drawn(cls, seed: int, attributes: int, occur: float = 0.7) -> Printed:
        rng = np.random.default_rng([seed, attributes])
        levels = rng.integers(2, 4, attributes)
        counts = rng.integers(0, rng.integers(2, 12), (*levels, 4)) * (rng.random((*levels, 1)) < occur)
        codings, printed, told = [], [], tuple((rng.random(attributes) < 0.3).tolist())
        for n, one in zip(levels.tolist(), told, strict=True):
            finest = np.minimum(np.arange(n), rng.integers(1, n + 1))
            finest[-1] = n - 1 if one else finest[-1]
            coarse = np.minimum(finest, 1)
            codings.append((rng.integers(0, 2, n), coarse, finest))
            printed.append(codings[-1][int(rng.integers(len(codings[-1])))])
        return cls(counts, tuple(codings), tuple(printed), told)

    def some(self, of: Sequence[int]) -> Printed:
        counts = self.counts.sum(axis=tuple(i for i in range(len(self.printed)) if i not in of))
        codings, printed, told = (tuple(every[i] for i in of) for every in (self.codings, self.printed, self.told))
        return Printed(counts, codings, printed, told)  # type: ignore[arg-type]  # of three kinds

    def row(self, longest: int, row: int) -> Printed:
        inside, two = self.printed[longest] == row, np.arange(2)
        of = np.moveaxis(self.counts, longest, 0)
        split = np.moveaxis(np.stack([of[~inside].sum(axis=0), of[inside].sum(axis=0)]), 0, longest)
        codings, printed, told = list(self.codings), list(self.printed), list(self.told)
        codings[longest], printed[longest], told[longest] = (two,), two, False
        return Printed(split, tuple(codings), tuple(printed), tuple(told))

    def open(self, k: int, last: int = 0) -> bool:
        return all_open(self.counts, self.codings, self.printed, self.told, last, k)

    def size(self) -> int:
        """How many entries the table has that is looked at."""
        there = {
            tuple(c[-1][i] for c, i in zip(self.codings, at, strict=True))
            for at in np.argwhere(self.counts.sum(axis=-1)).tolist()
        }
        return sum(len(set(rows.tolist())) for rows in self.printed) * len(there) * (16 if any(self.told) else 1)

    def small(self, k: int) -> set[tuple[int, int]]:
        """Each count below `k`, and by how much it differs between tables, as integer programming finds."""
        occurs = [tuple(at) for at in np.argwhere(self.counts.sum(axis=-1)).tolist()]
        seen = [tuple(int(c[-1][i]) for c, i in zip(self.codings, at, strict=True)) for at in occurs]
        atoms = sorted(set(seen))
        variable = {(atom, cell): i for i, (atom, cell) in enumerate(product(atoms, range(4)))}
        true, forms = np.zeros(len(variable), dtype=np.int64), []
        for at, atom in zip(occurs, seen, strict=True):
            for cell in range(4):
                true[variable[atom, cell]] += self.counts[*at, cell]

        def form(of: Collection[tuple[tuple[int, ...], int]]) -> Floats:
            made = np.zeros(len(variable))
            made[[variable[one] for one in of]] = 1
            return made

        for i, rows in enumerate(self.printed):
            row_of = {atom: int(rows[at[i]]) for at, atom in zip(occurs, seen, strict=True)}
            forms += [form({(a, c) for a in atoms if row_of[a] == r}) for r in set(row_of.values()) for c in range(4)]
            if self.told[i]:
                forms.append(
                    form({(atom, c) for at, atom in zip(occurs, seen, strict=True) if at[i] == len(rows) - 1 for c in range(4)})
                )
        known = np.stack(forms)
        asked: set[tuple[int, frozenset[Any], frozenset[Any]]] = set()
        for size in (1, 2, 3):
            for axes in combinations(range(len(self.printed)), size):
                for codes in product(*(self.codings[i] for i in axes)):
                    of = [tuple(int(code[at[i]]) for code, i in zip(codes, axes, strict=True)) for at in occurs]
                    for name in set(of):
                        could = {atom for atom, mine in zip(seen, of, strict=True) if mine == name}
                        must = could - {atom for atom, mine in zip(seen, of, strict=True) if mine != name}
                        mine = [at for at, its in zip(occurs, of, strict=True) if its == name]
                        for cells in (*((c,) for c in range(4)), *([(0, 1, 2, 3)] if any(self.told) else [])):
                            count = int(sum(self.counts[*at, c] for at in mine for c in cells))
                            if count < k:
                                asked.add((count, frozenset(product(could, cells)), frozenset(product(must, cells))))
        return {(count, spread(known, true, form(could), form(must))) for count, could, must in asked}


@pytest.mark.parametrize(
    ("attributes", "seed"), [(n, i) for n, many in ((1, 12), (2, 24), (3, 24), (4, 12)) for i in range(many)]
)
def test_what_is_printed_of_attributes_leaves_open_what_tables_in_whole_numbers_do(attributes: int, seed: int) -> None:
    one = Printed.drawn(seed, attributes, (1, 0.8, 0.5, 0.2)[attributes - 1])
    small = one.small(4)
    for k in (1, 2, 3, 4):
        assert one.open(k) == all(far >= k for count, far in small if count < k)


@pytest.mark.parametrize(
    ("told", "of", "found"), [(True, (1, 1, 0, 0), False), (False, (1, 1, 0, 0), True), (True, (2, 1, 1, 0), True)]
)
def test_of_unknown_rows_in_a_pool_whose_number_is_told_that_number_is_no_secret(
    told: bool, of: Sequence[int], found: bool
) -> None:
    counts = np.array([(30, 30, 30, 30), (20, 20, 20, 20), (20, 20, 20, 20), of])
    one = Printed(counts, ((np.arange(4),),), (np.array([0, 1, 1, 1]),), (told,))
    assert all(far >= 3 for _, far in one.small(3)) == one.open(3) == found


def test_what_is_told_of_three_attributes_together_alone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    occurs = np.array([[[1, 1], [0, 1]], [[1, 1], [1, 1]], [[0, 0], [0, 1]]])
    few = np.array([[[3, 2], [0, 4]], [[0, 2], [3, 0]], [[0, 0], [0, 5]]])
    rows = tuple(np.arange(n) for n in occurs.shape)
    one = Printed(np.stack([few, *[60 * occurs] * 3], axis=-1), tuple((of,) for of in rows), rows, (False,) * 3)
    assert not all(far >= 4 for _, far in one.small(4))
    assert not one.open(4)
    monkeypatch.setattr(openness, "_CROSSED", 2)
    assert one.open(4), "no two of them tell it"


def test_one_person_who_is_printed_alone_is_not_open() -> None:
    one = Printed(np.array([(1, 0, 0, 0), (9, 9, 9, 9)]), ((np.arange(2),),), (np.arange(2),), (False,))
    assert not one.open(2)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[list[list[int]]]:
    """The sums of each table that is looked at; all of them are open."""
    found: list[list[list[int]]] = []

    def held(forms: Ints, true: Ints, *_: object) -> bool:
        found.append(np.column_stack([forms, forms @ true]).tolist())
        return True

    monkeypatch.setattr(openness, "held_open", held)
    return found


@pytest.mark.parametrize("seed", range(24))
def test_a_table_that_is_too_large_is_looked_at_by_three_attributes_with_the_last(
    seed: int, looked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, last, k = Printed.drawn(seed, 4, 0.3), seed % 4, 3
    assert one.open(k, last)
    whole = looked.copy()
    looked.clear()
    threes = [one.some(of) for of in combinations(range(4), 3) if last in of]
    assert all(three.open(k) for three in threes)
    by_three = looked.copy()
    for least, found in ((0, whole), (-1, by_three)):
        monkeypatch.setattr(openness, "_MOST_ENTRIES", one.size() + least)
        looked.clear()
        assert one.open(k, last)
        assert looked == found or max(three.size() for three in threes) > one.size() + least


@pytest.mark.parametrize("seed", range(24))
def test_three_attributes_that_are_too_large_are_looked_at_row_by_row(
    seed: int, looked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, k = Printed.drawn(seed, 3, 0.5), 3
    rows = [len(set(printed.tolist())) for printed in one.printed]
    longest = rows.index(max(rows))
    parts = [one.row(longest, row) for row in sorted(set(one.printed[longest].tolist()))]
    assert all(part.open(k) for part in parts)
    by_row = looked.copy()
    monkeypatch.setattr(openness, "_MOST_ENTRIES", one.size() - 1)
    looked.clear()
    assert one.open(k)
    assert looked == by_row or max(part.size() for part in parts) >= one.size()
    # What is too large even then is not looked at, nor are two attributes.
    monkeypatch.setattr(openness, "_MOST_ENTRIES", 0)
    looked.clear()
    assert one.open(k)
    assert one.some((0, 1)).open(k)
    assert looked == []


def test_one_row_that_is_not_open_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [*[True] * 4, False]
    monkeypatch.setattr(openness, "held_open", lambda *_: answers.pop(0) if answers else True)
    rows = np.arange(3), np.arange(2), np.arange(2)
    one = Printed(np.ones((3, 2, 2, 4), dtype=np.int64), tuple((of,) for of in rows), rows, (False,) * 3)
    monkeypatch.setattr(openness, "_MOST_ENTRIES", one.size() - 1)
    assert not one.open(3)
    assert answers == []


@dataclass(frozen=True)
class Pairs:
    """People by attributes, and the sums of pairs in one household that are printed of their rows."""

    occurs: Ints
    alike: np.ndarray
    places: tuple[Ints, ...]
    total: Ints
    sums: tuple[Ints, ...]

    @classmethod
    def drawn(cls, seed: int) -> Pairs:
        rng = np.random.default_rng(seed)
        levels = rng.integers(2, 4, int(rng.integers(1, 3)))
        every = np.argwhere(np.ones(levels, dtype=bool))
        occurs = every[rng.random(len(every)) < 0.85]
        occurs = occurs[:5] if len(occurs) else every
        alike = rng.random(len(levels)) < 0.5
        places = tuple(rng.integers(-1, 2, n) for n in levels.tolist())
        size = int(rng.integers(4, 60))
        total, sums = (
            np.zeros((4, 4), dtype=np.int64),
            [np.zeros((max(int(of.max()) + 1, 0), 4, 4), dtype=np.int64) for of in places],
        )
        for a, b in combinations_with_replacement(range(len(occurs)), 2):
            same = occurs[a] == occurs[b]
            if same[alike].all():
                many = rng.integers(0, size, (4, 4))
                total += many
                for i, of in enumerate(sums):
                    if same[i] and (row := places[i][occurs[a, i]]) >= 0:
                        of[row:] += many
        return cls(occurs, alike, places, total, tuple(sums))

    def open(self, spare: int, k: int) -> bool:
        return pairs_open(self.occurs, self.alike, self.places, self.total, self.sums, spare, k)

    def spreads(self, spare: int, k: int) -> Iterator[float]:
        """By how much each kind of pairs, and each row in which few are, differs between tables."""
        pairs = [
            (
                tuple(self.occurs[a][same].tolist()),
                tuple(int(of[v]) if s else -1 for of, v, s in zip(self.places, self.occurs[a], same, strict=True)),
            )
            for a, b in combinations_with_replacement(range(len(self.occurs)), 2)
            if (same := self.occurs[a] == self.occurs[b])[self.alike].all()
        ]
        rows = np.array([row for _, row in pairs])
        forms = [np.ones(len(pairs)), *(
            ((rows[:, i] >= 0) & (rows[:, i] <= r)).astype(float) for i, of in enumerate(self.sums) for r in range(len(of))
        )]  # fmt: skip
        groups = list(np.eye(len(pairs)))
        for i, of in enumerate(self.sums):
            few = (np.diff(of, axis=0, prepend=0) - spare < k).any(axis=(1, 2))
            groups += [mine for r in np.flatnonzero(few) if (mine := (rows[:, i] == r).astype(float)).any()]
        for one, other in combinations_with_replacement(range(4), 2):
            least = np.array([self.total[one, other], *(v for of in self.sums for v in of[:, one, other])])
            for group in groups:
                most, fewest = (furthest(np.array(forms), least, least + spare, sign * group, whole=False) for sign in (1, -1))
                yield -1.0 if most is None or fewest is None else most + fewest


@pytest.mark.parametrize("seed", range(20))
def test_pairs_are_open_as_far_as_linear_programming_finds(seed: int) -> None:
    one = Pairs.drawn(seed)
    for k, spare in ((2, 2), (2, 3), (3, 1), (3, 3), (3, 4)):
        assert one.open(spare, k) == all(far > k + 1 - 1e-6 for far in one.spreads(spare, k)), (k, spare)


def test_sums_of_which_there_is_no_table_leave_nothing_open() -> None:
    """The row alone has more pairs than all can have."""
    people, row = np.arange(3)[:, None], np.zeros(3, dtype=np.int64)
    assert not Pairs(people, np.array([False]), (row,), np.full((4, 4), 0), (np.full((1, 4, 4), 50),)).open(12, 3)


def test_pairs_that_are_too_many_to_look_at_are_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    people, one = np.arange(3)[:, None], np.zeros(3, dtype=np.int64)
    of = Pairs(people, np.array([False]), (one,), np.full((4, 4), 50), (np.full((1, 4, 4), 20),))
    assert of.open(12, 3)
    # Of three people six pairs: of one row, or of none; two sums.
    for limit, most in (("_MOST_PAIRS", 9), ("_MOST_ENTRIES", 4 * (2 + 6))):
        with monkeypatch.context() as with_limit:
            with_limit.setattr(openness, limit, most)
            assert of.open(12, 3)
            with_limit.setattr(openness, limit, most - 1)
            assert not of.open(12, 3)
