"""What re-performance asks of an account of thresholds, selections and printed counts, over forged evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import BINS, Axis, Tally
from smartstart_gov.evidence.bundle import EvidenceBundle, _holds_all
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.evidence.reperform import Verification, differences, reperform, uneven_cut, uneven_selection
from smartstart_gov.judgement.judge import judge, judge_look
from smartstart_gov.judgement.selection import one_sided
from smartstart_gov.looks.part import Part
from smartstart_gov.training.record import Cut
from tests.documents import evidence as made
from tests.documents import scored
from tests.projects import TEXT

CUT = Cut(rows=12_840, capacity=20, tied=0)


@cache
def private() -> Evidence:
    return made.private()


@cache
def with_scores() -> Evidence:
    return scored.private()


def names(lines: Iterable[str]) -> list[str]:
    return [line.partition(":")[0] for line in lines]


def of(rule: dict[str, Any], scores: bool = False, **training: Any) -> Evidence:
    """Evidence under a policy with this threshold, and with something else in its training record."""
    base = with_scores() if scores else private()
    rules = made.policy(threshold=rule | {"chosen_by": "committee", "reason": TEXT})
    contract = base.contract
    if rules.threshold.as_given is not None:
        said = {"name": "said", "dtype": "boolean", "role": "decision", "meaning": TEXT, "source": "register"}
        given = {"levels": (False, True), "positive": True}
        contract = made.contract(columns=(*contract.columns, said | given))
    return replace(base, policy=rules, contract=contract, training=replace(base.training, **training))


# ------------------------------------------------------------------------------------------------------- the threshold
FIXED, MODEL, GIVEN = {"value": 0.35}, {"value": "model"}, {"as_given": True}
AS_GIVEN = {"threshold": "", "threshold_from": "given", "score": "decision"}
OF_MODEL = {"threshold_from": "model"}


@pytest.mark.parametrize(
    ("rule", "scores", "training", "said"),
    [
        (FIXED, False, {}, []),
        (FIXED, False, {"threshold": "0.36"}, ["training.threshold"]),
        (FIXED, False, {"cut": CUT}, ["training.threshold"]),
        (FIXED, False, {"threshold_from": "capacity"}, ["training.threshold_from"]),
        (MODEL, False, OF_MODEL | {"threshold": "0"}, []),
        (MODEL, False, OF_MODEL | {"threshold": "1"}, []),
        (MODEL, False, OF_MODEL | {"threshold": "1.01"}, ["training.threshold"]),
        (MODEL, False, OF_MODEL | {"threshold": "-0.01"}, ["training.threshold"]),
        (MODEL, False, OF_MODEL | {"cut": CUT}, ["training.threshold"]),
        (MODEL, False, {}, ["training.threshold_from"]),
        (GIVEN, False, AS_GIVEN, []),
        (GIVEN, False, AS_GIVEN | {"cut": CUT}, ["training.threshold"]),
        (GIVEN, False, AS_GIVEN | {"threshold": "0.35"}, ["training.threshold"]),
        (GIVEN, False, AS_GIVEN | {"score": "given"}, ["training.threshold"]),
        (GIVEN, True, AS_GIVEN, ["training.threshold"]),
    ],
)
def test_a_threshold_is_what_the_policy_has_it_from(
    rule: dict[str, Any], scores: bool, training: dict[str, Any], said: list[str]
) -> None:
    assert names(uneven_cut(of(rule, scores, **training))) == said


def at_capacity(base: Evidence, **cut: Any) -> Evidence:
    """Evidence in which exactly those who were selected could be served."""
    assert isinstance(base.tally, Tally)
    cells = base.tally.cells()[0]
    served = int(cells[1] + cells[3])
    rules = made.policy(threshold={"capacity": served, "chosen_by": "committee", "reason": TEXT})
    told = {"rows": base.tally.n, "capacity": served, "tied": 0} | cut
    return replace(base, policy=rules, training=replace(base.training, threshold_from="capacity", cut=Cut(**told)))


def test_a_capacity_without_a_part_or_a_cut_is_told() -> None:
    evidence = at_capacity(private())
    training = evidence.training
    assert names(uneven_cut(evidence)) == []
    none = replace(training, parts=(Part(name="fit", rows=training.read),))
    for other in (replace(training, cut=None), none):
        assert names(uneven_cut(replace(evidence, training=other))) == ["training.cut"]


def test_a_capacity_in_which_nobody_was_selected_is_told() -> None:
    evidence = at_capacity(private(), tied=None)
    assert isinstance(evidence.tally, Tally)
    counts = evidence.tally.counts.copy()
    counts[..., 0] += counts[..., 1]
    counts[..., 1] = 0
    nobody = replace(evidence, tally=Tally(axes=evidence.tally.axes, counts=counts, moments={}))
    assert names(uneven_cut(nobody)) == ["training.cut"]


@pytest.mark.parametrize(
    ("served", "tied", "rows", "holds"),
    [
        # One is enough, and one over the capacity too many; who shares the next score did not all fit.
        (1, None, 12_840, True), (21, None, 12_840, False), (20, 0, 12_840, True), (19, 2, 12_840, True),
        (19, 1, 12_840, False), (19, 0, 12_840, False), (20, 2, 12_840, False), (1, None, 12_839, False),
    ],
)  # fmt: skip
def test_a_cut_follows_from_the_counts(served: int, tied: int | None, rows: int, holds: bool) -> None:
    base = at_capacity(private())
    tally = selected((12_839 - served, served), (1, 0), (0, 0))
    rules = made.policy(threshold={"capacity": 20, "chosen_by": "committee", "reason": TEXT})
    training = replace(base.training, parts=(Part(name="audit", rows=12_840),), read=12_840)
    evidence = replace(base, tally=tally, policy=rules, training=replace(training, cut=Cut(rows=rows, capacity=20, tied=tied)))
    assert names(uneven_cut(evidence)) == ([] if holds else ["training.cut"])


def test_printed_scores_do_not_say_where_they_divide() -> None:
    assert names(uneven_cut(public_edition(at_capacity(with_scores())))) == []


def test_what_is_not_printed_is_not_held_against_a_capacity() -> None:
    public = public_edition(at_capacity(private(), tied=3))
    assert isinstance(public.tally, PrintedTally)
    assert names(uneven_cut(public)) == ["training.cut"]
    assert names(uneven_cut(replace(public, tally=replace(public.tally, total=None, margins=())))) == []


@pytest.mark.parametrize(
    ("negative", "place", "holds"),
    [
        # 100 scores lie in bin 10 and 100 in bin 20. Where half of these are selected the threshold lies in their bin.
        (150, 20.5, True), (150, 20.0, False), (150, 21.0, False), (150, 19.5, False), (150, 21.5, False),
        # Where all of them are, it lies anywhere between the two.
        (100, 10.5, True), (100, 11.0, True), (100, 15.5, True), (100, 20.0, True), (100, 20.5, True), (100, 10.0, False),
        (100, 21.0, False), (100, 9.5, False),
        # Where everybody is selected it lies below them all, from 0 on.
        (0, 0.0, True), (0, 0.5, True), (0, 10.5, True), (0, 11.0, False),
    ],
)  # fmt: skip
def test_a_threshold_lies_where_the_scores_divide(negative: int, place: float, holds: bool) -> None:
    base = with_scores()
    counts = np.array([[[negative // 2, 100 - negative // 2], [negative // 2, 100 - negative // 2]]], dtype=np.int64)
    histogram = np.zeros((1, 2, BINS), dtype=np.int64)
    histogram[0, :, 10] = histogram[0, :, 20] = 50
    tally = Tally(axes=(Axis(name="origin", levels=("A",)),), counts=counts, moments={}, scores={(): histogram})
    training = replace(base.training, parts=(Part(name="audit", rows=200),), read=200, threshold=repr(place / BINS))
    evidence = at_capacity(replace(base, tally=tally, training=training))
    assert names(uneven_cut(evidence)) == ([] if holds else ["training.threshold"])
    assert names(uneven_cut(replace(evidence, scores=None))) == []


def test_a_concept_has_the_part_of_the_capacity_that_its_rows_are_of_the_audited_ones() -> None:
    base = private()
    rows = base.tally.n  # type: ignore[union-attr]  # a full tally
    evidence = at_capacity(base)
    served = evidence.policy.threshold.capacity
    parts = (Part(name="fit", rows=100), Part(name="develop", rows=rows), Part(name="audit", rows=2 * rows))
    policy = made.policy(threshold={"capacity": 2 * served, "chosen_by": "committee", "reason": TEXT})  # type: ignore[operator]  # it has one
    training = replace(evidence.training, parts=parts, read=100 + 3 * rows)
    assert names(uneven_cut(replace(evidence, look=None, policy=policy, training=training))) == []
    assert names(uneven_cut(replace(evidence, look=None, training=training))) == ["training.cut"]
    # The same rows audited have the whole capacity.
    audited = replace(training, parts=(parts[0], Part(name="audit", rows=rows)), read=100 + rows)
    assert names(uneven_cut(replace(evidence, training=audited))) == []


# ------------------------------------------------------------------------------------------------------- the selection
LIMIT = {
    "id": "alarm", "metric": "selection_rate", "measure": "difference", "between": "groups", "at_most": 0.1, "reason": TEXT,
}  # fmt: skip
ONE_LIMIT = made.policy(limits=({**LIMIT, "by": ("origin",)},), alpha=0.05)


def selected(*groups: tuple[int, int]) -> Tally:
    """Counts of groups, each with how many are not selected and how many are; the last is of unknown origin."""
    counts = np.zeros((len(groups), 2, 2), dtype=np.int64)
    counts[:, 0, :] = groups
    levels = tuple("ABCDEFGH"[: len(groups) - 1])
    return Tally(axes=(Axis(name="origin", levels=(*levels, "unknown"), unknown=True),), counts=counts, moments={})


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([(50, 50), (50, 50), (5, 5)], ()),
        ([(50, 0), (50, 0), (5, 0)], ("nobody",)),
        ([(0, 50), (0, 50), (0, 5)], ("everybody",)),
        ([(100, 100), (50, 0), (0, 0)], ("nobody origin",)),
        ([(100, 100), (0, 50), (0, 0)], ("everybody origin",)),
        ([(0, 100), (100, 0), (0, 0)], ("nobody origin", "everybody origin")),
        # Few rows are all alike by chance, an empty group is no group, and neither is that of the unknown.
        ([(100, 100), (3, 0), (0, 0)], ()),
        ([(100, 100), (0, 3), (0, 0)], ()),
        ([(100, 100), (0, 0), (0, 0)], ()),
        ([(100, 100), (10, 10), (50, 0)], ()),
        ([(100, 100), (10, 10), (0, 50)], ()),
    ],
)
def test_where_nobody_or_everybody_is_selected_is_told(groups: list[tuple[int, int]], said: tuple[str, ...]) -> None:
    assert one_sided(selected(*groups), ONE_LIMIT) == said


def test_selected_is_who_was_rightly_selected_too() -> None:
    counts = selected((50, 50), (50, 50), (5, 5)).counts[:, ::-1, :]
    assert one_sided(Tally(axes=selected((0, 0), (0, 0), (0, 0)).axes, counts=counts, moments={}), ONE_LIMIT) == ()
    # One is not nobody, and all but one not everybody.
    assert one_sided(selected((99, 1), (0, 0), (0, 0)), ONE_LIMIT) == ("few origin",)
    assert one_sided(selected((1, 99), (0, 0), (0, 0)), ONE_LIMIT) == ("few origin",)


def test_a_group_of_two_attributes_is_known_by_both() -> None:
    axes = (Axis(name="origin", levels=("A", "unknown"), unknown=True), Axis(name="sex", levels=("f", "m")))
    counts = np.zeros((2, 2, 2, 2), dtype=np.int64)
    counts[0, :, 0, :] = 50
    counts[1, :, 0, 0] = 50
    both = made.policy(limits=({**LIMIT, "by": ("origin", "sex")},), alpha=0.05)
    assert one_sided(Tally(axes=axes, counts=counts, moments={}), both) == ()
    counts[0, 0, 0, 1] = 0
    assert one_sided(Tally(axes=axes, counts=counts, moments={}), both) == ("nobody origin x sex",)


def test_the_chance_that_so_many_are_alike_is_divided_over_the_groups() -> None:
    # Half is selected: of two groups six at 2^-6 = 0.0156 are under 0.05 / 2, and five are not.
    for n, told in ((5, False), (6, True)):
        assert one_sided(selected((200 - n, 200), (n, 0), (0, 0)), ONE_LIMIT) == (("nobody origin",) if told else ())
    # Of eight groups it takes seven at 2^-7 and more: 0.05 / 7 lies between 2^-7.2 and 2^-7.1.
    for n, told in ((7, False), (8, True)):
        rest = [(20, 20)] * 6
        assert one_sided(selected((20 - n, 20), (n, 0), *rest[1:], (0, 0)), ONE_LIMIT) == (("nobody origin",) if told else ())


def test_the_record_says_what_the_counts_say_of_one_sided_selection() -> None:
    evidence = private()
    assert names(uneven_selection(evidence)) == []
    told = replace(evidence, training=replace(evidence.training, one_sided=("nobody origin",)))
    assert names(uneven_selection(told)) == ["training.one_sided"]
    # Printed counts do not hold every group, so they cannot deny it.
    assert names(uneven_selection(public_edition(told))) == []


# ------------------------------------------------------------------------------------------------------ printed counts
@cache
def public() -> Evidence:
    return scored.public()


def alone(evidence: Evidence) -> list[str]:
    return names(reperform(EvidenceBundle(public=evidence)).differences)


def test_printed_counts_that_close_are_let_be() -> None:
    assert [name for name in alone(public()) if name.startswith(("tally", "scores"))] == []


@pytest.mark.parametrize(("cell", "by", "under"), [(0, 1, False), (3, 1, False), (3, None, True)])
def test_an_edited_row_leaves_sums_that_do_not_close(cell: int, by: int | None, under: bool) -> None:
    evidence = public()
    assert isinstance(evidence.tally, PrintedTally)
    margin = evidence.tally.margin("sex")
    row = margin.rows[0]
    k = evidence.tally.k
    new = list(row.cells)
    new[cell] = new[cell] + by if by is not None else k - 1
    rows = (replace(row, cells=tuple(new)), *margin.rows[1:])
    margins = tuple(replace(m, rows=rows) if m.attribute == "sex" else m for m in evidence.tally.margins)
    found = reperform(EvidenceBundle(public=replace(evidence, tally=replace(evidence.tally, margins=margins)))).differences
    assert "tally.sex: its rows do not add up to the total" in found
    assert ("tally.sex: a printed cell is below 10" in found) == under
    assert not [line for line in found if line.startswith(("tally.origin", "tally.neighbourhood"))]


def test_a_curve_holds_the_rows_of_the_total_and_no_piece_under_k() -> None:
    evidence = public()
    assert evidence.scores is not None
    curve = evidence.scores.curve
    assert curve is not None
    rows, positives = list(curve.rows), list(curve.positives)

    def told(**changes: Any) -> set[str]:
        other = replace(evidence.scores, curve=replace(curve, **changes))  # type: ignore[type-var]  # it has one
        found = reperform(EvidenceBundle(public=replace(evidence, scores=other))).differences
        return {line.partition(": ")[2] for line in found if line.startswith("scores.curve")}

    sums, under = "its rows do not add up to the total", "a printed cell is below 10"
    assert told() == set()
    assert told(rows=(rows[0] + 1, *rows[1:])) == {sums}
    assert told(positives=(positives[0] + 1, *positives[1:])) == {sums}
    few, many = min(positives[:2]), positives[0] + positives[1]
    assert few > 10
    assert told(positives=(10, many - 10, *positives[2:])) == set()
    assert told(positives=(9, many - 9, *positives[2:])) == {under}
    # Cases that turned out well are no fewer than k either.
    spare = rows[0] - positives[0] - 10
    assert told(rows=(rows[0] - spare, rows[1] + spare, *rows[2:])) == set()
    assert told(rows=(rows[0] - spare - 1, rows[1] + spare + 1, *rows[2:])) == {under}


# ------------------------------------------------------------------------------------------------- the later looks' verdict
def test_a_later_look_passes_less_easily_and_fails_as_easily() -> None:
    tally, policy = made.tally(unfair=0.12), made.policy()
    whole, later = judge(tally, policy), judge(tally, policy, alpha=0.0001)
    seen = judge_look(tally, policy, 0.0001)
    failed = {f.id: f for f in whole.findings if f.status == "FAILED"}
    assert failed
    assert seen.findings == tuple(failed.get(f.id, f) for f in later.findings)
    assert judge_look(tally, policy, policy.alpha) == whole


# ---------------------------------------------------------------------------------------------------- what is said of it
def test_what_differs_is_told_place_by_place() -> None:
    assert differences({"a": [1, {"b": "x"}], "c": 1}, {"a": [1, {"b": "y"}], "d": None}, "r", show=True) == [
        "r.a[1].b: bundle says 'y', counts give 'x'",
        "r.c: bundle says None, counts give 1",
    ]
    # One and true are equal in Python, and not the same in a record.
    assert differences({"a": 1}, {"a": True}, "r", show=True) == ["r.a: bundle says True, counts give 1"]
    for one, other in (([1, 2], [True, 2]), ([[1]], [[True]]), ([{"x": 1}], [{"x": True}])):
        assert differences(one, other, "r", show=False) != []
        assert not _holds_all(one, other)
    assert differences([1], {"0": 1}, "r", show=False) == ["r: differs from what the counts give"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0.5", "0.5000000009", True),
        ("0.5", "0.5000000011", False),
        # Relative to its size above one, and never to one that is smaller.
        ("1000", "1000.0000009", True),
        ("1000", "1000.0000011", False),
        ("-1000", "-1000.0000009", True),
        ("0.000001", "0.0000010009", True),
        ("0.5", "x", False),
        ("x", "0.5", False),
        ("nan", "nan", True),
        ("nan", "0.5", False),
    ],
)
def test_reals_agree_within_a_billionth(one: str, other: str, same: bool) -> None:
    assert (differences(one, other, "r", show=False) == []) == same


def test_a_long_value_is_cut_short() -> None:
    for text, end in (("x" * 58, "x'"), ("x" * 59, "...")):
        (line,) = differences(1, text, "r", show=True)
        said = line.removeprefix("r: bundle says ").removesuffix(", counts give 1")
        assert (len(said), said.endswith(end)) == (60, True)


PLAIN: dict[str, Any] = {
    "name": "help", "version": "1.0.0", "edition": "public", "differences": (), "recomputed": 3, "findings": 4,
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ({}, 0, "holds; 3 of 4 findings recomputed from the public counts"),
        ({"unfinished": ("x", "y")}, 3, "holds; 3 of 4 findings recomputed from the public counts; render again: x, y"),
        (
            {"differences": ("a", "b"), "unfinished": ("x",), "unchecked": ("log",)}, 4,
            "does not hold: 2 differences; 3 of 4 findings recomputed from the public counts; not checked: log; render again: x",
        ),
    ],
)  # fmt: skip
def test_a_verification_says_what_it_is(more: dict[str, Any], code: int, said: str) -> None:
    found = Verification(**(PLAIN | more))
    assert (found.exit_code, found.ok, bool(found)) == (code, code == 0, code == 0)
    assert found.headline() == f"Verification(help 1.0.0: {said})"
    listed = {name: list(more.get(name, ())) for name in ("differences", "not_recomputed", "unfinished", "unchecked")}
    assert found.to_record() == PLAIN | {"ok": code == 0} | listed


def test_evidence_of_before_says_nothing_of_few_and_keeps_its_answer() -> None:
    """R58 asks since its second version whether so few are selected that limits pass in vain."""
    few = selected((99, 1), (0, 0), (0, 0))
    record = replace(private().training, one_sided=())
    told = replace(private(), tally=few, policy=ONE_LIMIT, training=record)

    def asked(version: int) -> list[str]:
        controls = tuple(replace(one, version=version) if one.id == "control.R58" else one for one in told.rules.controls)
        return list(uneven_selection(replace(told, rules=replace(told.rules, controls=controls))))

    assert asked(1) == []
    assert len(asked(2)) == 1
