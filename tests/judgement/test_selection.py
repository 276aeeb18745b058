"""Where nobody is selected, or everybody: who is selected is who was so rightly and who was so wrongly, and nobody else."""

from __future__ import annotations

import numpy as np
import pytest

from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement.selection import one_sided
from tests.strategies import counted, policy

#: True negatives, false positives, false negatives and true positives, of which not all are selected, and some are.
MIXED = (30, 30, 30, 30)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ((60, 0, 60, 0), "nobody"), ((60, 1, 60, 0), None), ((60, 0, 60, 1), None),
        ((0, 60, 0, 60), "everybody"), ((1, 60, 0, 60), None), ((0, 60, 1, 60), None),
    ],
)  # fmt: skip
def test_the_selected_are_the_false_and_the_true_positives(cells: tuple[int, int, int, int], said: str | None) -> None:
    everywhere = ("few axis0",) if said is None else (said,)
    assert one_sided(counted({"a": cells, "b": cells}), policy()) == everywhere
    beside = () if said is None else (f"{said} axis0",)
    assert one_sided(counted({"a": MIXED, "b": cells}), policy()) == beside


def test_one_is_not_nobody_and_all_but_one_not_everybody() -> None:
    none, all_of_them = (60, 0, 60, 0), (0, 60, 0, 60)
    for one, others in (((60, 1, 60, 0), none), ((60, 0, 60, 1), none), ((1, 60, 0, 60), all_of_them)):
        assert one_sided(counted({"a": one, "b": others}), policy()) == ("few axis0",)
    assert one_sided(counted({"a": none, "b": none}), policy()) == ("nobody",)


@pytest.mark.parametrize("turned", [False, True])
def test_so_few_that_half_of_all_could_have_none_by_chance_are_told(turned: bool) -> None:
    """Of two groups of 60, one has none of the `few` who are selected: a chance of (1 - few / 120) to the power of 60."""
    level = policy().alpha / 2
    least = next(few for few in range(1, 120) if (1 - few / 120) ** 60 <= level)
    for few in (least - 1, least):
        kinds = [(30, few // 2, 30 - few, few - few // 2), (30, 0, 30, 0)]
        a, b = (tuple(one[i] for i in (1, 0, 3, 2)) if turned else one for one in kinds)
        alike = "everybody axis0" if turned else "nobody axis0"
        assert one_sided(counted({"a": a, "b": b}), policy()) == (("few axis0",) if few < least else (alike,))


def test_many_small_groups_do_not_make_few_of_many() -> None:
    """Of 44 areas of 32 rows each, an eighth selected, none could stand out by itself; 176 selected are not few."""
    areas = {f"g{i}": (20, 2, 8, 2) for i in range(44)}
    assert one_sided(counted(areas), policy()) == ()
    barely = {name: (22, 1, 9, 0) if i < 9 else (22, 0, 10, 0) for i, name in enumerate(areas)}
    assert one_sided(counted(barely), policy()) == ("few axis0",)


def test_rows_of_which_one_attribute_is_not_recorded_are_no_group_of_two() -> None:
    axes = (Axis(name="axis0", levels=("a", "unknown"), unknown=True), Axis(name="axis1", levels=("f", "m")))
    counts = np.zeros((2, 2, 4), dtype=np.int64)
    counts[0, :], counts[1, :] = MIXED, (200, 0, 0, 0)
    both = policy(attributes=["axis0", "axis1"], intersections=[["axis0", "axis1"]], limit={"by": ["axis0", "axis1"]})
    for selected, found in ((MIXED, ()), ((200, 0, 0, 0), ("nobody axis0 x axis1",))):
        counts[0, 1] = selected
        assert one_sided(Tally(axes=axes, counts=counts.reshape(2, 2, 2, 2), moments={}), both) == found


def test_all_rows_alike_are_told_where_chance_at_alpha_over_all_groups_does_not_explain_them() -> None:
    """Half of all others are selected: n rows of one kind are as rare as half to the power of n."""
    for groups in (2, 4):
        alpha = policy().alpha / groups
        many = {f"g{i}": (30_000, 30_000, 30_000, 30_000) for i in range(groups - 1)}
        few = next(n for n in range(1, 20) if 0.5**n <= alpha)
        for n in (few - 1, few):
            found = one_sided(counted({**many, "alone": (n, 0, 0, 0)}), policy())
            assert found == (("nobody axis0",) if n == few else ())


def test_a_chance_of_exactly_alpha_does_not_explain_it() -> None:
    """Half of all rows are selected, and of six rows of one group none: one in 64, which is half of one in 32."""
    assert one_sided(counted({"a": (97, 103, 0, 0), "b": (6, 0, 0, 0)}), policy(alpha=1 / 32)) == ("nobody axis0",)
    assert one_sided(counted({"a": (97, 102, 0, 0), "b": (5, 0, 0, 0)}), policy(alpha=1 / 32)) == ()


def test_few_at_a_chance_of_exactly_alpha_are_not_few() -> None:
    """Half of ten rows are selected; that five rows have none is one in 32, which is half of one in 16."""
    groups = {"a": (3, 2, 0, 0), "b": (2, 3, 0, 0)}
    assert one_sided(counted(groups), policy(alpha=1 / 16)) == ()
    assert one_sided(counted(groups), policy(alpha=1 / 17)) == ("few axis0", "few axis0")


def test_where_no_group_is_recorded_nothing_is_said_of_few() -> None:
    axes = (Axis(name="axis0", levels=("a", "unknown"), unknown=True),)
    counts = np.array([(0, 0, 0, 0), (60, 1, 60, 0)], dtype=np.int64).reshape(2, 2, 2)
    assert one_sided(Tally(axes=axes, counts=counts, moments={}), policy()) == ()
