"""What may be printed beside earlier versions, on counts alone: which versions are looked at, and what is compared in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.controls.linking import RULES, GroupLost, LinkLosses
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.printed import Clusters, PrintedRow, PrintedTally
from smartstart_gov.counting.tally import Axis, Tally, axis_of
from smartstart_gov.errors import Refused
from smartstart_gov.evidence import printings
from smartstart_gov.evidence.edition import EVERYTHING, LOST, OUTCOMES
from smartstart_gov.evidence.printings import _close, _seen, to_withhold
from smartstart_gov.intake.link_report import LinkReport
from tests.projects import contract

K = 10
CONTRACT = DataContract.model_validate(contract())
Cells = tuple[int, int, int, int]
LARGE: Cells = (90, 80, 70, 60)


def tally(name: str, cells: list[Cells]) -> Tally:
    """Return people by level of an attribute of the contract, in the order of its levels."""
    axis = axis_of(CONTRACT.column(name), CONTRACT)
    assert len(cells) == len(axis.levels)
    return Tally(axes=(axis,), counts=np.array(cells, dtype=np.int64).reshape(-1, 2, 2), moments={})


def evidence(
    printed: PrintedTally,
    rows: int | None = None,
    *,
    known: str = "1",
    told_by: str = "key",
    look: bool = True,
    new_people: str | None = None,
) -> Any:
    """Return what of an edition is read: `rows` stand in its audit part, of which earlier looks had seen `known`."""
    n = rows if rows is not None else sum(printed.total.cells) if printed.total is not None else 0
    parts = {"audit": SimpleNamespace(rows=n)}
    return SimpleNamespace(
        part="audit", tally=printed, contract=CONTRACT, training=SimpleNamespace(part=parts.get, parts=()),
        losses=None,
        look=SimpleNamespace(known=known, told_by=told_by, new_people=new_people) if look else None,
        policy=SimpleNamespace(attributes=[margin.attribute for margin in printed.margins]),
    )  # fmt: skip


class Versions:
    """A project with the given earlier versions, of which some cannot be read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *earlier: Any, part: str | None = "audit") -> None:
        def read(path: Any) -> Any:
            found = earlier[int(path.name)]
            if isinstance(found, Exception):
                raise found
            return SimpleNamespace(public=found)

        monkeypatch.setattr(printings, "read_bundle", read)
        self.path = Path()
        told = {} if part is None else {"part": part}
        bodies = [{"version": str(i), **told} for i in range(len(earlier))]
        self.ledger = SimpleNamespace(find=lambda kind: [SimpleNamespace(body=body) for body in bodies])


def withheld(monkeypatch: pytest.MonkeyPatch, before: Any, after: Any, **more: Any) -> tuple[str, ...]:
    return to_withhold(after, after.tally, Versions(monkeypatch, before, **more))  # type: ignore[arg-type]  # what of it is read


def origin(a: Cells, b: Cells, c: Cells, unknown: Cells = (20, 20, 20, 20)) -> PrintedTally:
    return printable(tally("origin", [a, b, c, unknown]), ["origin"], K)


def plus(cells: Cells, *more: int) -> Cells:
    tn, fp, fn, tp = (a + b for a, b in zip(cells, more, strict=True))
    return tn, fp, fn, tp


BEFORE = origin(LARGE, LARGE, LARGE)
FEW = origin(plus(LARGE, 30, 30, 30, 30), LARGE, plus(LARGE, 0, 0, 0, 1))


def test_a_row_that_differs_by_few_withholds_its_attribute_and_everybody_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert withheld(monkeypatch, evidence(BEFORE), evidence(BEFORE)) == ()
    assert withheld(monkeypatch, evidence(BEFORE), evidence(FEW)) == ("origin",)
    one = origin(LARGE, LARGE, plus(LARGE, 0, 0, 0, 1))
    assert withheld(monkeypatch, evidence(BEFORE), evidence(one)) == (EVERYTHING,)
    many = origin(plus(LARGE, 30, 30, 30, 30), LARGE, LARGE)
    assert withheld(monkeypatch, evidence(BEFORE), evidence(many)) == ()
    ten = origin(plus(LARGE, 10, 10, 10, 10), LARGE, plus(LARGE, 10, 10, 10, 10))
    assert withheld(monkeypatch, evidence(BEFORE), evidence(ten)) == ()


def test_an_attribute_that_only_one_version_prints_is_compared_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    quarter = printable(tally("quarter", [(50, 40, 40, 35)] * 5 + [(70, 90, 60, 56)]), ["quarter"], K)
    assert FEW.total is not None
    assert quarter.total is not None
    assert quarter.total.cells == FEW.total.cells
    alone = PrintedTally(k=K, total=FEW.total, margins=quarter.margins)
    for before, after in ((BEFORE, alone), (alone, FEW)):
        assert withheld(monkeypatch, evidence(before), evidence(after)) == ()
    both = PrintedTally(k=K, total=FEW.total, margins=(*quarter.margins, *FEW.margins))
    assert withheld(monkeypatch, evidence(BEFORE), evidence(both)) == ("origin",)
    assert withheld(monkeypatch, evidence(PrintedTally(k=K, total=None, margins=())), evidence(FEW)) == ()
    nothing = replace(BEFORE.margins[0], rows=(), printed=0, unknown_rows=None)
    assert withheld(monkeypatch, evidence(PrintedTally(k=K, total=BEFORE.total, margins=(nothing,))), evidence(FEW)) == ()


def test_what_one_version_pools_and_the_other_does_not_is_compared_as_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """C and the unknown were printed by themselves, and are a pool now: three more in a cell than the two were together."""
    before = origin(LARGE, LARGE, (20, 20, 20, 20), (20, 20, 20, 20))
    assert [row.kind for row in before.margins[0].rows] == ["level", "level", "level", "unknown"]
    for more, near in ((43, True), (49, True), (50, False)):
        after = origin(plus(LARGE, 40, 40, 40, 40), plus(LARGE, 30, 30, 30, 30), (30, 30, 62, more - 32), (40, 40, 8, 32))
        assert [(row.name, row.cells) for row in after.margins[0].rows[2:]] == [("", (70, 70, 70, more))]
        for one, other in ((before, after), (after, before)):
            assert withheld(monkeypatch, evidence(one), evidence(other)) == (("origin",) if near else ()), more


def test_the_number_of_unknown_rows_in_a_pool_is_compared_and_so_is_what_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many came to each row, of whom few are unknown, or all but few."""
    before = origin(LARGE, LARGE, (40, 40, 40, 5), (40, 40, 5, 40))
    assert before.margins[0].unknown_rows == 125
    for rest, unknown, near in (
        ((60, 60, 60, 30), (40, 40, 5, 40), False), ((60, 60, 60, 30), (40, 40, 6, 40), True),
        ((60, 60, 60, 25), (40, 40, 9, 45), True), ((60, 60, 60, 25), (40, 40, 9, 46), False),
        *(((40, 40, 40 + n, 5), (70, 70, 30, 70), 0 < abs(n) < K) for n in (-10, -9, -1, 0, 1, 9, 10)),
    ):  # fmt: skip
        after = origin(plus(LARGE, 40, 40, 40, 40), plus(LARGE, 40, 40, 40, 40), rest, unknown)
        assert [row.kind for row in after.margins[0].rows] == ["level", "level", "pool"]
        for one, other in ((before, after), (after, before)):
            assert withheld(monkeypatch, evidence(one), evidence(other)) == (("origin",) if near else ()), (rest, unknown)
    # Where one version does not say how many are unknown, there is nothing to subtract.
    silent = replace(before.margins[0], unknown_rows=None)
    quiet = PrintedTally(k=K, total=before.total, margins=(silent,))
    after = origin(plus(LARGE, 40, 40, 40, 40), plus(LARGE, 40, 40, 40, 40), (60, 60, 60, 30), (40, 40, 6, 40))
    for one, other in ((quiet, after), (after, quiet)):
        assert withheld(monkeypatch, evidence(one), evidence(other)) == ()


def test_areas_are_compared_though_the_rows_in_them_are_not_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """One quarter of a district has as many more as the other has fewer, and three beside."""

    def of(first: Cells, second: Cells) -> PrintedTally:
        return printable(tally("quarter", [first, LARGE, LARGE, LARGE, second, (200, 200, 200, 200)]), ["quarter"], K)

    before = of(LARGE, LARGE)
    assert [row.kind for row in before.margins[0].rows].count("area") == 2
    after = of(plus(LARGE, 50, 50, 50, 50), plus(LARGE, -47, -30, -30, -30))
    other = replace(before.total, cells=plus(LARGE, 999, 999, 999, 999))  # type: ignore[type-var]  # a printed row
    far = PrintedTally(k=K, total=other, margins=after.margins)
    assert withheld(monkeypatch, evidence(before), evidence(far)) == ("quarter",)
    further = PrintedTally(k=K, total=other, margins=of(plus(LARGE, 50, 50, 50, 50), plus(LARGE, -30, -30, -30, -30)).margins)
    assert withheld(monkeypatch, evidence(before), evidence(further)) == ()


def test_a_group_that_the_contract_has_since_got_is_compared_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [one | ({"levels": ["A", "B", "C", "D"]} if one["name"] == "origin" else {}) for one in contract()["columns"]]
    wider = DataContract.model_validate(contract(columns=columns))
    axis = axis_of(wider.column("origin"), wider)
    counts = np.array([plus(LARGE, 30, 30, 30, 30), LARGE, LARGE, LARGE, (20, 20, 20, 20)], dtype=np.int64).reshape(-1, 2, 2)
    after = evidence(printable(Tally(axes=(axis,), counts=counts, moments={}), ["origin"], K))
    after.contract = wider
    assert withheld(monkeypatch, evidence(BEFORE), after) == ()
    assert withheld(monkeypatch, after, evidence(BEFORE)) == ()


def renamed(levels: list[str], cells: list[Cells], name: str = "origin") -> Any:
    """Return evidence of an attribute that has other levels, or another name, than in the contract."""
    columns = [one | ({"name": name, "levels": levels} if one["name"] == "origin" else {}) for one in contract()["columns"]]
    other = DataContract.model_validate(contract(columns=columns))
    axis = axis_of(other.column(name), other)
    counts = np.array(cells, dtype=np.int64).reshape(-1, 2, 2)
    found = evidence(printable(Tally(axes=(axis,), counts=counts, moments={}), [name], K))
    found.contract = other
    return found


REST = (20, 20, 20, 20)


@pytest.mark.parametrize(
    ("levels", "cells", "near"),
    [
        (["A", "B", "C1"], [plus(LARGE, 30, 30, 30, 30), LARGE, plus(LARGE, 0, 0, 0, 1), REST], True),
        (["A", "B", "C1"], [plus(LARGE, 30, 30, 30, 30), LARGE, LARGE, REST], False),
        (["A", "B", "C1", "C2"], [plus(LARGE, 30, 30, 30, 30), LARGE, (40, 40, 30, 31), (50, 40, 40, 30), REST], True),
        (["A", "B", "C", "C2"], [plus(LARGE, 30, 30, 30, 30), LARGE, (40, 40, 30, 31), (50, 40, 40, 30), REST], True),
        (["A", "B", "C", "C2"], [plus(LARGE, 30, 30, 30, 30), LARGE, (40, 40, 30, 30), (50, 40, 40, 30), REST], False),
        (["A", "BC"], [plus(LARGE, 30, 30, 30, 30), (180, 160, 140, 121), REST], True),
        (["A", "B", *"defghijklmn"], [plus(LARGE, 30, 30, 30, 30), LARGE, *[(20, 20, 20, 20)] * 11, REST], True),
    ],
)  # fmt: skip
def test_groups_under_another_name_are_compared(
    levels: list[str], cells: list[Cells], near: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = renamed(levels, cells)
    assert withheld(monkeypatch, evidence(BEFORE), after) == (("origin",) if near else ())
    assert withheld(monkeypatch, after, evidence(BEFORE)) == (("origin",) if near else ())


def test_an_attribute_under_another_name_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    for more, near in ((1, True), (0, False)):
        after = renamed(["A", "B", "C"], [plus(LARGE, 30, 30, 30, 30), LARGE, plus(LARGE, 0, 0, 0, more), REST], "descent")
        assert withheld(monkeypatch, evidence(BEFORE), after) == (("descent",) if near else ())


def test_every_earlier_version_of_this_part_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    after, far = evidence(FEW), evidence(origin(LARGE, plus(LARGE, 50, 50, 50, 50), plus(LARGE, 50, 50, 50, 50)))
    for versions in ([evidence(BEFORE), far], [far, evidence(BEFORE)], [evidence(BEFORE), evidence(BEFORE)]):
        assert to_withhold(after, FEW, Versions(monkeypatch, *versions)) == ("origin",)  # type: ignore[arg-type]  # what is read
    assert to_withhold(after, FEW, Versions(monkeypatch)) == ()  # type: ignore[arg-type]  # as above
    for broken in (Refused("E01", "what", "where", "remedy"), KeyError("version")):
        assert withheld(monkeypatch, broken, after) == (EVERYTHING,)
        # What nobody saw before is beside nothing, whatever became of the folders.
        assert withheld(monkeypatch, broken, evidence(FEW, known="0")) == ()
        assert withheld(monkeypatch, broken, after, part="develop") == ()
    # Entries of before parts were written down are of the audit part.
    assert withheld(monkeypatch, evidence(BEFORE), after, part=None) == ("origin",)
    assert withheld(monkeypatch, evidence(BEFORE), after, part="develop") == ()


def test_evidence_without_such_a_part_or_printed_counts_is_compared_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(of: PrintedTally) -> Any:
        found = evidence(of)
        found.training = SimpleNamespace(part=lambda name: None, parts=())
        return found

    assert withheld(monkeypatch, without(BEFORE), evidence(FEW)) == ()
    assert withheld(monkeypatch, evidence(BEFORE), without(FEW)) == ()
    assert withheld(monkeypatch, without(BEFORE), without(FEW)) == ()
    counts = evidence(BEFORE)
    counts.tally = tally("origin", [LARGE] * 4)
    assert withheld(monkeypatch, counts, evidence(FEW)) == ()


def test_where_k_came_and_k_went_a_difference_is_of_both_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the rows now, a share was seen before: the rest came; what of the earlier version is not among them went."""
    for now, before, known, near in (
        # 10 of 1000 came, and of 1000 as many went; then one less of each.
        (1000, 1000, "0.98995", False), (1000, 1000, "0.99", True), (1000, 1000, "0.9911", True), (1000, 1000, "0.5", False),
        # 500 came and nobody went; nobody came and 500 went.
        (1000, 500, "0.5", True), (500, 1000, "1", True), (500, 1000, "0.5", False),
        (1000, 510, "0.5", True), (1000, 511, "0.5", False), (1000, 500, "1", True),
        # All rows now were seen, in this version or in another.
        (1000, 1000, "1", True), (5, 1000, "0.5", True), (1000, 5, "0.5", True),
    ):  # fmt: skip
        expected = ("origin",) if near else ()
        assert withheld(monkeypatch, evidence(BEFORE, before), evidence(FEW, now, known=known)) == expected, (
            now,
            before,
            known,
        )


@pytest.mark.parametrize(
    ("rows", "positives", "near"),
    [(1001, 300, True), (1001, 301, True), (1000, 300, False), (1009, 309, True), (1020, 310, False), (1010, 300, False),
     (1000, 301, True), (1000, None, False)],
)  # fmt: skip
def test_outcomes_of_every_part_are_compared(
    rows: int, positives: int | None, near: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One child more in the part that the model learns from: its outcome is a difference too, and so is a correction."""

    def of(n: int, with_outcome: int | None) -> Any:
        found = evidence(BEFORE, known="0")
        found.training = SimpleNamespace(
            part=lambda name: next((part for part in found.training.parts if part.name == name), None),
            parts=(SimpleNamespace(name="develop", rows=n, positives=with_outcome),),
        )
        return found

    assert withheld(monkeypatch, of(1000, 300), of(rows, positives), part="audit") == ()
    after = of(rows, positives)
    after.look.known = "1"
    assert withheld(monkeypatch, of(1000, 300), after) == ((OUTCOMES,) if near else ())


@pytest.mark.parametrize(
    ("now", "near"),
    [
        (("C", 65, 808, 0, 3192), False), (("C", 66, 809, 0, 3192), True), (("C", 65, 809, 0, 3192), True),
        (("C", 80, 840, 0, 3192), False), (("C", 65, 808, 0, 3193), True), (("A", 65, 808, 0, 3192), True), (None, False),
    ],
)  # fmt: skip
def test_groups_lost_in_linking_are_compared(now: Any, near: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def of(named: Any) -> Any:
        found = evidence(origin(LARGE, LARGE, LARGE))
        keys = ("level", "lost", "rows", "rest_lost", "rest_rows")
        lost = () if named is None else (GroupLost(source="s", attribute="origin", **dict(zip(keys, named, strict=True))),)
        report = LinkReport(rows=4000, linked=4000, sources=())
        found.losses = LinkLosses(k=K, report=report, named=lost, thin=(), rule=RULES[-1])
        return found

    before = of(("C", 65, 808, 0, 3192))
    assert withheld(monkeypatch, before, of(now)) == ((LOST,) if near else ())
    assert withheld(monkeypatch, of(now), before) == ((LOST,) if near else ())


def test_rows_that_were_perhaps_seen_count_as_seen() -> None:
    for known, told_by, seen in (
        ("0", "key", 0.0), ("0.5", "key", 0.50005), ("0.5", "both", 0.50005), ("0.99999", "content", 1.0), ("1", "key", 1.0),
        ("0", "nothing", 1.0), ("0.5", "nothing", 1.0), ("0.0001", "key", 0.00015), ("0", "content", 1.0), ("0.2", "content", 1.0),
    ):  # fmt: skip
        assert _seen(evidence(BEFORE, known=known, told_by=told_by)) == pytest.approx(seen, abs=1e-12), (known, told_by)
    # Keys that were given to other people tell nobody apart.
    assert _seen(evidence(BEFORE, known="0", new_people="sha256:0")) == 1.0
    assert _seen(evidence(BEFORE, look=False)) == 1.0


def test_each_cell_and_each_outcome_is_compared() -> None:
    def row(*cells: int) -> PrintedRow:
        return replace(BEFORE.margins[0].rows[0], cells=cells)  # type: ignore[arg-type]  # there are four

    base = row(50, 40, 30, 20)
    # Large differences in all but one cell, or in all but one outcome.
    for cells, near in (
        ((90, 80, 70, 60), False), ((51, 80, 70, 60), True), ((90, 41, 70, 60), True), ((90, 80, 31, 60), True),
        ((90, 80, 70, 21), True), ((90, 80, 70, 29), True), ((90, 80, 70, 30), False),
        # None of those who came is in one of the cells: that is told of all of them.
        ((90, 80, 70, 20), True), ((90, 80, 30, 20), True), ((90, 40, 70, 60), True),
        # Few more without the outcome, and as many with it; and the other way round.
        ((75, 20, 30, 20), True), ((50, 40, 50, 5), True), ((75, 20, 50, 10), True), ((50, 40, 50, 11), True),
        # The people are the same of each outcome; then of one of them only.
        ((51, 39, 30, 20), False), ((50, 40, 31, 19), False), ((51, 39, 29, 21), False), ((51, 39, 30, 60), True),
        ((90, 40, 31, 19), True), ((90, 40, 30, 20), True), ((50, 40, 30, 60), True), ((50, 40, 30, 30), True),
    ):  # fmt: skip
        assert _close(row(*cells), base, K) == _close(base, row(*cells), K) == near, cells


@pytest.mark.parametrize(("shift", "near"), [(0, False), (30, False), (36, True), (45, True)])
def test_pairs_in_households_under_two_models_are_compared(shift: int, near: bool) -> None:
    """The same people: so as many pairs of them had the outcome, though each model has another three numbers of those."""

    def row(tp: int, low: int) -> PrintedRow:
        pairs = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, low // 3, low // 3], [0, 0, low // 3, low // 3]]
        cells = (50, 40, 60 - tp, tp)
        products = tuple(tuple(n + (n + cells[i] if i == j else 0) for j, n in enumerate(line)) for i, line in enumerate(pairs))
        moments = Clusters(products=products, units=100, spare=15)
        return replace(BEFORE.margins[0].rows[0], cells=cells, clusters=moments)

    assert _close(row(20, 60), row(30, 60 + shift), K) == _close(row(30, 60 + shift), row(20, 60), K) == near
    # Two rows together have no moments of their own.
    assert printings._summed([row(20, 60), row(30, 60)]).clusters is None


def test_only_what_is_unknown_is_held_against_the_number_of_unknown_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """15 more are unknown, and A has 42 more; as many as all but few of those are no secret."""
    before = origin(LARGE, LARGE, (40, 40, 40, 5), (40, 40, 5, 40))
    after = origin(plus(LARGE, 10, 11, 11, 10), plus(LARGE, 40, 40, 40, 40), (60, 60, 60, 30), (60, 55, 5, 42))
    assert (before.margins[0].unknown_rows, after.margins[0].unknown_rows) == (125, 162)
    assert withheld(monkeypatch, evidence(before), evidence(after)) == ()


def test_pools_that_lie_across_each_other_are_compared_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """B and C were a pool, then C and the unknown are: of B, C and the unknown together there are three more."""
    before = origin(LARGE, (60, 60, 60, 8), (60, 60, 60, 50), (100, 100, 100, 100))
    assert [row.name for row in before.margins[0].rows] == ["A", "unknown", ""]
    for more, near in ((3, True), (30, False)):
        after = origin(plus(LARGE, 99, 99, 99, 99), (150, 150, 150, 98 + more), (20, 20, 20, 55), (80, 80, 80, 5))
        assert [row.name for row in after.margins[0].rows] == ["A", "B", ""]
        assert withheld(monkeypatch, evidence(before), evidence(after)) == (("origin",) if near else ())


@pytest.mark.parametrize(("new", "near"), [(3, True), (0, False), (15, False)])
def test_what_attributes_tell_together_is_compared(new: int, near: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrants less those of western and other origin are 60 and then 63; each attribute alone grew by many."""
    names = ("migrant", "western", "other")
    axes = tuple(Axis(name=name, levels=("no", "yes")) for name in names)

    def of(more: int, few: int) -> Any:
        counts = np.zeros((2, 2, 2, 4), dtype=np.int64)
        counts[0, 0, 0], counts[1, 1, 0], counts[1, 0, 1], counts[1, 0, 0] = 200 + more, 50 + more, 60 + more, 15
        counts[1, 0, 0, :] += few
        tally = Tally(axes=axes, counts=counts.reshape(2, 2, 2, 2, 2), moments={})
        found = evidence(printable(tally, names, K))
        assert all(len(margin.rows) == 2 for margin in found.tally.margins)
        columns = {axis.name: SimpleNamespace(axis_levels=axis.levels, axis=axis) for axis in axes}
        found.contract = SimpleNamespace(column=columns.__getitem__)
        return found, tally

    monkeypatch.setattr(printings, "axis_of", lambda column, contract: column.axis)
    (before, _), (after, counts) = of(0, 0), of(20, new)
    shown, after.tally = after.tally, counts
    assert to_withhold(after, shown, Versions(monkeypatch, before)) == (("other",) if near else ())  # type: ignore[arg-type]  # what is read


def test_groups_within_an_area_are_compared_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    before = printable(tally("quarter", [LARGE] * 6), ["quarter"], K)
    for more, near in ((3, True), (30, False)):
        grown = [plus(LARGE, 50, 50, 50, 50), plus(LARGE, 50, 50, 50, 50), plus(LARGE, 50, 50, 50, more)]
        after = printable(tally("quarter", [*grown, *[plus(LARGE, 50, 50, 50, 50)] * 3]), ["quarter"], K)
        assert withheld(monkeypatch, evidence(before), evidence(after)) == (("quarter",) if near else ())


def test_a_pool_within_an_area_is_compared_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both districts two quarters were a pool and are printed now: of one they have three more in a cell, and the third many."""
    pools = [LARGE, LARGE, (60, 60, 60, 50), (60, 60, 60, 50), (40, 40, 40, 5), (40, 40, 40, 5)]
    before = printable(tally("quarter", pools), ["quarter"], K)
    assert [row.kind for row in before.margins[0].rows] == ["area", "level", "pool"] * 2
    for place in (0, 1):
        for more, near in ((3, True), (30, False)):
            cells: list[Cells] = [plus(LARGE, 50, 50, 50, 50)] * 2 + [(80, 80, 80, 70)] * 2 + [(60, 60, 60, 60)] * 2
            cells[2 + place], cells[4 + place] = (80, 80, 80, 35), (60, 60, 60, 20 + more)
            after = printable(tally("quarter", cells), ["quarter"], K)
            assert [row.kind for row in after.margins[0].rows] == ["area", "level", "level", "level"] * 2
            for one, other in ((before, after), (after, before)):
                assert withheld(monkeypatch, evidence(one), evidence(other)) == (("quarter",) if near else ()), place


def test_a_version_of_which_the_rows_stand_elsewhere_does_not_say_what_it_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    margin = replace(BEFORE.margins[0], rows=BEFORE.margins[0].rows[::-1])
    broken = PrintedTally(k=K, total=BEFORE.total, margins=(margin,))
    assert withheld(monkeypatch, evidence(broken), evidence(BEFORE)) == (EVERYTHING,)


def test_what_is_a_pool_in_one_version_is_compared_in_every_area(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two quarters of a district were a pool and are printed now; with three more in one cell in the first or last district."""
    parents = {f"Q{i}": f"D{i // 2}" for i in range(6)}
    step = {"name": "district", "meaning": {"nl": "Een zin.", "en": "A sentence."}, "parents": parents}
    three = DataContract.model_validate(contract(hierarchies={"quarter": [step]}))
    axis = axis_of(three.column("quarter"), three)

    def of(cells: list[Cells]) -> Any:
        counts = np.array(cells, dtype=np.int64).reshape(-1, 2, 2)
        found = evidence(printable(Tally(axes=(axis,), counts=counts, moments={}), ["quarter"], K))
        found.contract = three
        return found

    # Of every district one quarter is too small.
    pools = of([(60, 60, 60, 50), (40, 40, 40, 5)] * 3)
    assert [row.kind for row in pools.tally.margins[0].rows] == ["area", "pool"] * 3
    for place in range(3):
        for more, near in ((3, True), (30, False)):
            cells: list[Cells] = [(80, 80, 80, 70), (60, 60, 60, 60)] * 3
            cells[2 * place : 2 * place + 2] = [(80, 80, 80, 35), (60, 60, 60, 20 + more)]
            apart = of(cells)
            assert [row.kind for row in apart.tally.margins[0].rows].count("level") == 6
            for one, other in ((pools, apart), (apart, pools)):
                assert withheld(monkeypatch, one, other) == (("quarter",) if near else ()), place
    # Two districts are too small by themselves: the second and the third are a pool.
    pooled = of([LARGE, LARGE, (40, 40, 40, 3), (40, 40, 40, 3), (40, 40, 40, 3), (40, 40, 40, 3)])
    assert [(row.kind, row.within) for row in pooled.tally.margins[0].rows] == [
        ("area", None), ("level", "D0"), ("level", "D0"), ("pool", None),
    ]  # fmt: skip
    for last, near in ((10, True), (40, False)):
        apart = of([plus(LARGE, 30, 30, 30, 30)] * 2 + [(60, 60, 60, 1), (60, 60, 60, 9), (60, 60, 60, 1), (60, 60, 60, last)])
        assert [row.kind for row in apart.tally.margins[0].rows] == ["area", "level", "level", *["area", "pool"] * 2]
        for one, other in ((pooled, apart), (apart, pooled)):
            assert withheld(monkeypatch, one, other) == (("quarter",) if near else ()), last

    # One district was too small, and the next took its place in the pool; all are printed now, in full.
    pooled = of([LARGE, LARGE, (40, 40, 40, 2), (40, 40, 40, 3), (40, 40, 40, 25), (40, 40, 40, 25)])
    assert [row.kind for row in pooled.tally.margins[0].rows] == ["area", "level", "level", "pool"]
    for last, near in ((18, True), (60, False)):
        apart = of(
            [plus(LARGE, 30, 30, 30, 30)] * 2 + [(60, 60, 60, 10), (60, 60, 60, 10), (60, 60, 60, 20), (60, 60, 60, last)]
        )
        assert [row.kind for row in apart.tally.margins[0].rows] == ["area", "level", "level"] * 3
        for one, other in ((pooled, apart), (apart, pooled)):
            assert withheld(monkeypatch, one, other) == (("quarter",) if near else ()), last


def test_where_everybody_is_withheld_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = PrintedTally(k=K, total=None, margins=())
    assert withheld(monkeypatch, evidence(BEFORE), evidence(nothing, 1000)) == ()
    assert withheld(monkeypatch, evidence(nothing, 1000), evidence(BEFORE)) == ()


@pytest.mark.parametrize(("strays", "near"), [(10, False), (11, True)])
def test_with_too_many_rows_that_match_none_all_is_withheld(strays: int, near: bool) -> None:
    """Sums of such rows are hundreds apart, so nothing but their number is in the way."""

    def rows(places: range) -> dict[frozenset[str], PrintedRow]:
        row = next(row for row in BEFORE.margins[0].rows if row.kind == "level")
        return {frozenset({str(i)}): replace(row, cells=(100 << i,) * 4) for i in places}

    assert printings._near_renamed(rows(range(0, strays, 2)), rows(range(1, strays, 2)), K) is near
