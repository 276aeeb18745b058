"""What the public edition keeps of an attribution, and what the counts say of a capacity."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.evidence.reperform import uneven_cut
from smartstart_gov.looks.part import Part
from smartstart_gov.training.record import Cut
from tests.documents import evidence as made
from tests.projects import TEXT


@cache
def private() -> Evidence:
    return made.private()


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11])
def test_a_group_of_which_few_rows_were_explained_is_not_printed(rows: int) -> None:
    evidence = private()
    assert evidence.attribution is not None
    assert evidence.policy.disclosure.k == 10
    group_rows = (*evidence.attribution.group_rows[:-1], rows)
    public = public_edition(replace(evidence, attribution=replace(evidence.attribution, group_rows=group_rows))).attribution
    assert public is not None
    named = list(zip(public.by, public.groups, public.group_rows, strict=True))
    assert (("sex", "m", rows) in named) == (rows >= 10)
    assert named[0] == ("", "overall", 500)
    assert all(n >= 10 for _, _, n in named)
    assert len(public.mean_absolute) == len(public.standard_error) == len(named)


def test_a_group_whose_counts_are_hidden_is_not_in_the_attribution() -> None:
    evidence = made.private(small=True)
    public = public_edition(evidence)
    assert public.attribution is not None
    printed = {(m.attribute, row.name) for m in public.tally.margins for row in m.rows if row.kind == "level"}  # type: ignore[union-attr]  # a printed tally
    named = set(zip(public.attribution.by, public.attribution.groups, strict=True))
    assert named <= printed | {("", "overall")}
    assert len(named) < len(evidence.attribution.groups)  # type: ignore[union-attr,arg-type]  # it has one


ROWS, PLACES = 100, 20


def at_capacity(*, served: int, tied: int | None, **cut: Any) -> Evidence:
    """Evidence of 100 rows and a capacity of 20, of which so many were served."""
    rules = made.policy(threshold={"capacity": PLACES, "chosen_by": "committee", "reason": TEXT})
    axis = Axis(name="origin", levels=("A", "B"))
    half = [ROWS // 2 - 10 - served // 2, served // 2, 5, 5]
    rest = [ROWS // 2 - 10 - (served - served // 2), served - served // 2, 10, 0]
    # False alarms stand for all who were served, but for five.
    half[1] -= min(5, half[1])
    half[0] += ROWS // 2 - sum(half)
    counts = np.array([half, rest]).reshape(2, 2, 2)
    assert counts.sum() == ROWS
    assert counts.min() >= 0
    told = {"rows": ROWS, "capacity": PLACES, "tied": tied} | cut
    training = replace(
        made.training(), read=ROWS, parts=(Part(name="audit", rows=ROWS),), threshold="0.5", threshold_from="capacity",
        cut=Cut(**told),
    )  # fmt: skip
    return replace(
        private(), policy=rules, training=training, tally=Tally(axes=(axis,), counts=counts.astype(np.int64), moments={}),
        scores=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("served", "tied", "holds"),
    [
        (20, 0, True),
        # Who did not all fit was left out, and there would not have been room for them.
        (18, 3, True),
        (18, 2, False),
        (19, None, True),
        # More were served than there is room for, whatever is told of those who were left out.
        (21, 0, False),
        (21, 1, False),
        (21, None, False),
        (40, None, False),
        # The places are all taken, and some were left out; or they are not, and nobody was.
        (20, 3, False),
        (20, None, False),
        (19, 0, False),
    ],
)
def test_a_capacity_is_held_against_the_counts(served: int, tied: int | None, holds: bool) -> None:
    found = list(uneven_cut(at_capacity(served=served, tied=tied)))
    assert [line.partition(":")[0] for line in found] == ([] if holds else ["training.cut"])


@pytest.mark.parametrize("told", [{"rows": 99}, {"capacity": 21}, {"capacity": 19}])
def test_a_cut_of_other_rows_or_places_is_found(told: dict[str, int]) -> None:
    (line,) = uneven_cut(at_capacity(served=20, tied=0, **told))
    assert line.startswith("training.cut")
