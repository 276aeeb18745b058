"""What several attributes say together: how many of them are looked at, what counts as small, and rules of before."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest

from smartstart_gov.counting import disclosure
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import Axis, Step, Tally

K = 10
Cells = tuple[int, int, int, int]
LARGE: Cells = (60, 60, 60, 60)


def crossed(axes: Mapping[str, tuple[str, ...]], cells: Mapping[Any, Cells], **more: dict[str, Any]) -> Tally:
    """Return the tally of people by combination of levels; `more` gives an axis steps, or an unknown level."""
    made = tuple(Axis(name=name, levels=levels, **more.get(name, {})) for name, levels in axes.items())
    counts = np.zeros((*(len(levels) for levels in axes.values()), 4), dtype=np.int64)
    for levels, of in cells.items():
        counts[tuple(axis.levels.index(level) for axis, level in zip(made, levels, strict=True))] = of
    return Tally(axes=made, counts=counts.reshape(*counts.shape[:-1], 2, 2), moments={})


def shown(printed: PrintedTally) -> list[int]:
    return [margin.printed for margin in printed.margins]


def exclusive(flags: int, few: Cells = (60, 60, 60, 3)) -> Tally:
    """Return people with at most one of some flags, and a flag that stands for any of them or for none of the `few`."""
    names = [f"f{i}" for i in range(flags)]
    axes = dict.fromkeys([*names, "any"], ("no", "yes"))
    none = ("no",) * flags
    cells = {(*none, "no"): LARGE, (*none, "yes"): few}
    for i in range(flags):
        cells[(*none[:i], "yes", *none[i + 1 :], "yes")] = LARGE
    return crossed(axes, cells)


@pytest.mark.parametrize("flags", [1, 2, 3])
def test_of_up_to_four_attributes_nothing_small_follows_and_one_of_k_is_no_secret(flags: int) -> None:
    """Any flag, less each of them, is those of no kind."""
    tally = exclusive(flags)
    names = [axis.name for axis in tally.axes]
    assert shown(printable(tally, names, K)) == [2] * flags + [0]
    assert shown(printable(tally, names[::-1], K)) == [2] * flags + [0]
    assert shown(printable(exclusive(flags, (60, 60, 60, K)), names, K)) == [2] * (flags + 1)


def test_of_five_attributes_one_may_be_the_sum_of_the_others() -> None:
    """A choice that is written down: attributes are held together by four, whatever there are."""
    tally = exclusive(4)
    assert shown(printable(tally, [axis.name for axis in tally.axes], K)) == [2] * 5


@pytest.mark.parametrize(("flags", "last"), [(1, 0), (2, 2), (3, 2)])
def test_evidence_of_before_held_attributes_together_two_by_two(flags: int, last: int) -> None:
    tally = exclusive(flags)
    assert shown(printable(tally, [axis.name for axis in tally.axes], K, rule=1)) == [2] * flags + [last]


def test_a_pool_and_another_attribute_tell_no_few_people_though_none_of_its_groups_follows() -> None:
    """x less a are those of c1 and c2: of neither a count, and together too few. What d has of z and w does not follow."""
    few: Cells = (3, 3, 3, 3)
    cells: dict[Any, Cells] = {
        ("a", "x"): LARGE, ("c1", "x"): few, ("c2", "x"): few, ("d", "y"): (50, 50, 50, 50),
        ("b", "z"): LARGE, ("b", "w"): LARGE, ("d", "z"): few, ("d", "w"): few,
    }  # fmt: skip
    axes = {"fine": ("a", "b", "c1", "c2", "d"), "coarse": ("x", "y", "z", "w")}
    assert shown(printable(crossed(axes, cells), list(axes), K)) == [2, 0]
    # Of k and more together there is nothing to hide, if d is not told from it.
    enough = crossed(axes, cells | {("c1", "x"): (5, 5, 5, 9), ("c2", "x"): (9, 5, 5, 1), ("d", "z"): (5, 5, 5, 0)})
    assert shown(printable(enough, list(axes), K)) == [3, 0]


def nested(rest: dict[tuple[str, str], Cells]) -> Tally:
    """Return people of whom all in y are of d, and the `rest` of d."""
    cells: dict[Any, Cells] = {
        ("a", "x"): LARGE, ("b", "z"): LARGE, ("b", "w"): LARGE, ("d", "y"): (50, 50, 50, 50), **rest,
    }  # fmt: skip
    return crossed({"fine": ("a", "b", "d"), "coarse": ("x", "y", "z", "w")}, cells)


@pytest.mark.parametrize("order", [["fine", "coarse"], ["coarse", "fine"]])
def test_a_group_less_those_in_it_tells_no_few_people_though_none_of_the_rest_follows(order: list[str]) -> None:
    """d less y is what d has of z and w together: of neither a count."""
    for z, w, both in (
        ((3, 3, 3, 3), (3, 3, 3, 3), False), ((5, 5, 5, 4), (5, 5, 5, 5), False), ((5, 5, 5, 5), (5, 5, 5, 5), True),
        ((0, 0, 0, 0), (0, 0, 0, 0), True),
    ):  # fmt: skip
        printed = printable(nested({("d", "z"): z, ("d", "w"): w}), order, K)
        assert [bool(printed.margin(name).rows) for name in order] == [True, both], (z, w)
        before = printable(nested({("d", "z"): z, ("d", "w"): w}), order, K, rule=1)
        assert all(margin.rows for margin in before.margins), "evidence of before is held against what was held then"


def test_an_area_and_a_pool_less_those_in_them_tell_no_few_people_either() -> None:
    """y is within the district of d0 and d1, and within the pool of c and e: what else is there is a handful."""
    few: Cells = (3, 3, 3, 3)
    around: dict[Any, Cells] = {("b", "x"): LARGE, ("b", "z"): LARGE, ("b", "w"): LARGE}
    zones = ("x", "y", "z", "w")
    in_area = around | {("d0", "y"): LARGE, ("d1", "y"): LARGE, ("d0", "z"): few, ("d1", "w"): few}
    steps = (Step(name="district", ancestors=("b", "d", "d")),)
    tally = crossed({"quarter": ("b", "d0", "d1"), "zone": zones}, in_area, quarter={"steps": steps})
    assert shown(printable(tally, ["quarter", "zone"], K)) == [3, 0]
    in_pool = around | {("c", "y"): (50, 50, 50, 2), ("e", "y"): (50, 50, 2, 50), ("c", "z"): few, ("e", "w"): few}
    tally = crossed({"quarter": ("b", "c", "e"), "zone": zones}, in_pool)
    assert [row.kind for row in printable(tally, ["quarter"], K).margin("quarter").rows] == ["level", "pool"]
    assert shown(printable(tally, ["quarter", "zone"], K)) == [1, 0]


@pytest.mark.parametrize("seed", range(12))
def test_no_printed_row_less_printed_rows_in_it_leaves_few(seed: int) -> None:
    """Two attributes that nearly nest, subtracted as a reader would."""
    rng = np.random.default_rng(seed)
    n = 3000
    one = rng.choice(5, n, p=rng.dirichlet(np.full(5, 3)))
    # The first two groups are a zone of their own, but for a few of them; the others live in all other zones.
    other = np.where((one < 2) & (rng.random(n) < rng.uniform(0.9, 1)), one, rng.integers(2, 6, n))
    cells = rng.choice(4, n, p=[0.4, 0.2, 0.2, 0.2])
    counts = np.zeros((5, 6, 4), dtype=np.int64)
    np.add.at(counts, (one, other, cells), 1)
    axes = (Axis(name="one", levels=tuple("abcde")), Axis(name="other", levels=tuple("uvwxyz")))
    printed = printable(Tally(axes=axes, counts=counts.reshape(5, 6, 2, 2), moments={}), ["one", "other"], K)
    sides: list[list[np.ndarray]] = []
    for axis, along in zip(axes, (0, 1), strict=True):
        found, left = [], np.ones(len(axis.levels), dtype=bool)
        for row in printed.margin(axis.name).rows:
            inside = left.copy() if row.kind == "pool" else np.array([level == row.name for level in axis.levels])
            left &= ~inside
            mask = np.zeros((5, 6), dtype=bool)
            mask[inside if along == 0 else (slice(None), inside)] = True
            found.append(mask & counts.any(axis=-1))
        sides.append(found)
    for mine, theirs in (sides, sides[::-1]):
        for whole in mine:
            parts = [part for part in theirs if (part <= whole).all()]
            rest = whole & ~np.any([np.zeros_like(whole), *parts], axis=0)
            assert not rest.any() or (counts[rest].sum(axis=0) >= K).all()


def test_a_small_group_that_does_not_follow_withholds_nothing() -> None:
    """Nobody of b is in y, so not all combinations occur, and still nothing is known of c, nor of what it has of x."""
    cells = dict.fromkeys(product("abd", "xy"), LARGE) | {("c", "x"): (3, 3, 3, 3), ("c", "y"): (2, 2, 2, 2)}
    cells |= {("b", "y"): (0, 0, 0, 0), ("d", "x"): (25, 25, 25, 25), ("d", "y"): (25, 25, 25, 25)}
    axes = {"fine": ("a", "b", "c", "d"), "coarse": ("x", "y")}
    tally = crossed(axes, cells)
    for order in (["fine", "coarse"], ["coarse", "fine"]):
        printed = printable(tally, order, K)
        assert (printed.margin("fine").printed, printed.margin("coarse").printed) == (2, 2)


@pytest.mark.parametrize("rule", [1, 2])
def test_a_district_less_the_zone_in_it_tells_no_few_people_though_none_of_its_quarters_follows(rule: int) -> None:
    few: Cells = (2, 2, 2, 2)
    cells = {
        ("q0", "z0"): LARGE, ("q1", "z0"): LARGE, ("q0", "z1"): few, ("q1", "z1"): few, ("q2", "z1"): LARGE, ("q3", "z1"): LARGE,
    }  # fmt: skip
    axes = {"quarter": ("q0", "q1", "q2", "q3"), "zone": ("z0", "z1")}
    steps = (Step(name="district", ancestors=("d0", "d0", "d1", "d1")),)
    assert shown(printable(crossed(axes, cells, quarter={"steps": steps}), list(axes), K, rule=rule)) == [4, 0]


def test_the_number_of_unknown_rows_and_another_attribute_tell_no_few_people() -> None:
    """All whose origin is unknown are in y, with three others: how many are in y and how many are unknown tells of the three."""
    axes = {"origin": ("big", "e1", "e2", "unknown"), "zone": ("x", "y")}

    def register(others: int) -> Tally:
        cells: dict[Any, Cells] = {
            ("big", "x"): LARGE, ("e1", "x"): (20, 20, 20, 5), ("e2", "x"): (20, 20, 5, 20), ("e2", "y"): (0, others, 0, 0),
            ("unknown", "y"): (50, 9, 12, 12),
        }  # fmt: skip
        return crossed(axes, cells, origin={"unknown": True})

    alone = [printable(register(3), [name], K).margin(name) for name in axes]
    assert (alone[0].unknown_rows, [row.kind for row in alone[0].rows]) == (83, ["level", "pool"])
    assert sum(alone[1].rows[1].cells) - 83 == 3, "planted: each alone may be printed"
    for order in (["origin", "zone"], ["zone", "origin"]):
        printed = printable(register(3), order, K)
        assert [bool(printed.margin(name).rows) for name in order] == [True, False]
        # k people are no secret, and evidence of before is held against what was held then.
        for of, rule in ((register(K), 2), (register(3), 1)):
            printed = printable(of, order, K, rule=rule)
            assert [bool(printed.margin(name).rows) for name in order] == [True, True]
        assert not printable(register(K - 1), order, K).margin(order[1]).rows


@pytest.mark.parametrize("order", list(permutations(["one", "other", "flag"])))
def test_a_group_of_an_attribute_that_is_not_printed_follows_from_no_others(order: tuple[str, ...]) -> None:
    """Whoever is in a or b and not in y has the flag, which too few have to print: a and b less y are they."""
    few: Cells = (3, 3, 3, 3)
    across: dict[tuple[str, str], Cells] = {
        ("a", "y"): LARGE, ("b", "y"): LARGE, ("a", "z"): few, ("b", "w"): few, ("c", "z"): LARGE, ("c", "w"): LARGE,
    }  # fmt: skip
    axes = {"one": ("a", "b", "c"), "other": ("y", "z", "w"), "flag": ("no", "yes")}
    flagged = {(*levels, "yes" if cells == few else "no"): cells for levels, cells in across.items()}
    assert sorted(shown(printable(crossed(axes, flagged), order, K))) == [0, 0, 3]
    # So it is where no attribute says so: two groups together less others. By the rule of before only an attribute did.
    plain = crossed({"one": axes["one"], "other": axes["other"]}, across)
    for both in (["one", "other"], ["other", "one"]):
        assert shown(printable(plain, both, K)) == [3, 0]
        assert shown(printable(plain, both, K, rule=2)) == [3, 3]


@pytest.mark.parametrize("rule", [1, 2])
def test_the_first_of_all_groups_is_looked_at_too(rule: int) -> None:
    """x less a is c, which is the first level, and so is x."""
    cells: dict[Any, Cells] = {("c", "x"): (8, 7, 9, 6), ("a", "x"): LARGE, ("b", "y"): LARGE, ("d", "y"): (50, 50, 50, 50)}
    tally = crossed({"fine": ("c", "a", "b", "d"), "coarse": ("x", "y")}, cells)
    assert shown(printable(tally, ["fine", "coarse"], K, rule=rule)) == [2, 0]


@pytest.mark.parametrize(("few", "told"), [((30, 30, 5, 30), True), ((1, 0, 0, 0), False)])
def test_two_attributes_with_unknown_rows_tell_what_one_does(few: Cells, told: bool) -> None:
    """Of a zone too some is unknown: its number is known if it is told, and then adds nothing here."""
    axes = {"origin": ("big", "e1", "e2", "unknown"), "zone": ("x", "y", "p", "unknown")}
    for others, both in ((3, False), (K, True)):
        cells: dict[Any, Cells] = {
            ("big", "x"): LARGE, ("e1", "x"): (20, 20, 20, 5), ("e2", "x"): (20, 20, 5, 20), ("e2", "y"): (0, others, 0, 0),
            ("unknown", "y"): (50, 9, 12, 12), ("big", "p"): (30, 30, 30, 9), ("big", "unknown"): few, ("e1", "p"): (0, 0, 0, 9),
        }  # fmt: skip
        tally = crossed(axes, cells, origin={"unknown": True}, zone={"unknown": True})
        alone = [printable(tally, [name], K).margin(name) for name in axes]
        assert [margin.unknown_rows is not None for margin in alone] == [True, told]
        printed = printable(tally, list(axes), K)
        assert [bool(margin.rows) for margin in printed.margins] == [True, both], others


def test_the_rule_of_now_has_a_number_that_evidence_carries() -> None:
    """Whoever changes what is printed of the same counts raises it, and keeps the rule of before for evidence of before."""
    assert disclosure.PRINTING == 4


def test_codings_are_the_same_where_they_take_the_same_together() -> None:
    one = np.array([0, 0, 1])
    assert disclosure._same(one, np.array([1, 1, 0]))
    for other in ([0, 1, 1], [0, 0, 0], [0, 1, 2]):
        assert not disclosure._same(one, np.array(other))
        assert not disclosure._same(np.array(other), one)


def test_codes_are_the_digits_of_one_number() -> None:
    codes = [np.array([0, 1, 2, 2]), np.array([1, 0, 1, 0]), np.array([3, 0, 2, 1])]
    assert disclosure._joint(codes).tolist() == [7, 8, 22, 17]


@pytest.mark.parametrize("zones", [20, 250])
@pytest.mark.parametrize(("few", "told"), [((1, 4), 0), ((30, 30), 2)])
def test_three_attributes_narrow_no_count_however_many_groups_one_has(zones: int, few: tuple[int, int], told: int) -> None:
    """Zone 0 and `b` less `c` are twice the one count and once the other: where that is 6, neither is open to 10."""
    cells: dict[Any, Cells] = {("z0", "yes", "no"): (few[0],) * 4, ("z0", "yes", "yes"): (few[1],) * 4}
    cells[("z0", "no", "yes")] = (30,) * 4
    for i in range(1, zones):
        cells[(f"z{i}", "no", "no")] = cells[(f"z{i}", "yes", "yes")] = (11,) * 4
    axes = {"zone": tuple(f"z{i}" for i in range(zones)), "b": ("no", "yes"), "c": ("no", "yes")}
    assert shown(printable(crossed(axes, cells), list(axes), K)) == [zones, 2, told]
