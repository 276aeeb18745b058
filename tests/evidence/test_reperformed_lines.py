"""Re-performance of printed counts: what of them is held against each other, and what need not be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartstart_gov.counting.printed import PrintedMargin, PrintedTally
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.reperform import TOLERANCE, differences, reperform
from tests.evidence.test_performed_again import N, control, later_method, pair, private  # noqa: F401 - a fixture is asked for by name
from tests.evidence.test_reperforming import public


def of_counts(evidence: Evidence) -> list[str]:
    """Return what is said of the counts themselves, and of a curve beside them."""
    found = reperform(EvidenceBundle(public=evidence)).differences
    return [line for line in found if line.startswith(("tally", "scores", "evidence"))]


def told(tally: PrintedTally) -> list[str]:
    return of_counts(replace(public(), tally=tally))


def printed() -> PrintedTally:
    tally = public().tally
    assert isinstance(tally, PrintedTally)
    return tally


def with_sex(margin: PrintedMargin) -> PrintedTally:
    return replace(printed(), margins=tuple(margin if m.attribute == "sex" else m for m in printed().margins))


def test_where_nothing_is_printed_there_is_nothing_to_add_up() -> None:
    sex = printed().margin("sex")
    assert told(with_sex(replace(sex, rows=(), printed=0))) == []
    empty = tuple(replace(margin, rows=(), printed=0, unknown_rows=None) for margin in printed().margins)
    assert told(replace(printed(), total=None, margins=empty)) == []


@pytest.mark.parametrize("cell", range(4))
def test_a_printed_cell_may_be_k_and_no_less(cell: int) -> None:
    sex = printed().margin("sex")
    for least, said in ((printed().k, []), (printed().k - 1, [f"tally.sex: a printed cell is below {printed().k}"])):
        one, other = (list(row.cells) for row in sex.rows[:2])
        other[cell] += one[cell] - least
        one[cell] = least
        rows = (replace(sex.rows[0], cells=tuple(one)), replace(sex.rows[1], cells=tuple(other)), *sex.rows[2:])
        assert told(with_sex(replace(sex, rows=rows))) == said


def test_a_row_stands_where_the_contract_puts_it() -> None:
    sex = printed().margin("sex")
    for row in (replace(sex.rows[0], step="street"), replace(sex.rows[0], kind="area")):
        found = told(with_sex(replace(sex, rows=(row, *sex.rows[1:]))))
        assert "tally.sex: its rows do not stand where the contract puts them" in found
    everywhere = replace(printed(), margins=tuple(replace(m, rows=m.rows[::-1]) for m in printed().margins))
    assert told(everywhere) == [
        f"tally.{m.attribute}: its rows do not stand where the contract puts them" for m in printed().margins
    ]


def test_areas_and_pools_hold_as_many_groups_as_the_contract_puts_there() -> None:
    of = printed().margin("neighbourhood")
    for kind in ("area", "pool"):
        i, row = next((i, row) for i, row in enumerate(of.rows) if row.kind == kind)
        rows = (*of.rows[:i], replace(row, members=row.members + 1), *of.rows[i + 1 :])
        tally = replace(printed(), margins=(*printed().margins[:-1], replace(of, rows=rows)))
        said = f"tally.neighbourhood: rows[{i}] has {row.members + 1} groups; the contract gives it {row.members}"
        assert told(tally) == [said]


def test_margins_are_those_of_the_policy_and_have_no_rows_without_a_total() -> None:
    all_of_them = printed().margins
    for margins in (all_of_them[::-1], (*all_of_them, all_of_them[0])):
        assert "tally.margins: they are not of the attributes of the policy" in told(replace(printed(), margins=margins))
    assert told(replace(printed(), total=None))[:3] == [
        f"tally.{m.attribute}: its rows do not add up to the total" for m in all_of_them
    ]


def test_another_smallest_count_than_the_policy_says_is_told() -> None:
    k = printed().k
    assert told(replace(printed(), k=k - 1)) == [f"tally.k: {k - 1}, but the policy says {k}"]
    assert told(printed()) == []


def test_without_scores_or_without_a_curve_of_them_there_is_none_to_add_up() -> None:
    scores = public().scores
    assert scores is not None
    assert scores.curve is not None
    assert of_counts(replace(public(), scores=None)) == []
    assert of_counts(replace(public(), scores=replace(scores, curve=None))) == []
    # Where there is one it is held against the total.
    rows = (scores.curve.rows[0] + 1, *scores.curve.rows[1:])
    assert of_counts(replace(public(), scores=replace(scores, curve=replace(scores.curve, rows=rows)))) == [
        "scores.curve: its rows do not add up to the total"
    ]


def test_what_stands_on_one_side_only_is_a_difference_whichever_side_it_is() -> None:
    for one, other in (({"a": 1}, [1]), ([1], {"a": 1}), ({"a": 1}, None), (None, {"a": 1}), ([1], 1), (1, [1]), ([1], [1, 1])):
        assert differences(one, other, "r", show=True) == [f"r: bundle says {other!r}, counts give {one!r}"]
    assert differences({"a": 1}, {"a": 1, "b": 2}, "r", show=True) == ["r.b: bundle says 2, counts give None"]
    assert differences({"a": 1, "b": 2}, {"a": 1}, "r", show=True) == ["r.b: bundle says None, counts give 2"]


def test_counts_agree_exactly_however_large_they_are() -> None:
    assert differences(10**12, 10**12, "r", show=False) == []
    for one, other in ((10**12, 10**12 + 1), (10**12, str(10**12)), (True, 1), (None, 0)):
        assert differences(one, other, "r", show=False) == ["r: differs from what the counts give"]


def test_reals_that_are_a_billionth_apart_agree_still() -> None:
    assert differences("0", repr(TOLERANCE), "r", show=False) == []
    assert differences("0", repr(TOLERANCE * 1.01), "r", show=False) != []


def test_of_what_gives_an_answer_only_where_it_finds_something_none_is_missed() -> None:
    of = private()
    asked = next(one for one in of.rules.controls if not one.id.startswith("control."))
    name = f"{asked.id.partition('.')[0]}.R99"
    older = replace(of, rules=replace(of.rules, controls=(*of.rules.controls, replace(asked, id=name))))
    assert reperform(pair(older)).differences == ()


def test_what_is_kept_counts_as_recomputed_in_neither_edition() -> None:
    of = private()
    asked = next(one for one in of.rules.controls if one.id.startswith("control."))
    answer = replace(of.verdict.findings[control()], id="control.R99")
    older = replace(
        of, rules=replace(of.rules, controls=(*of.rules.controls, replace(asked, id=answer.id))),
        verdict=replace(of.verdict, findings=(*of.verdict.findings, answer)),
    )  # fmt: skip
    for whole in (True, False):
        before, after = (pair(one) if whole else replace(pair(one), private=None) for one in (of, older))
        found = reperform(after)
        assert found.differences == ()
        assert (found.recomputed, found.findings) == (reperform(before).recomputed, N + 1)


@pytest.mark.usefixtures("later_method")
def test_by_another_method_controls_are_asked_again_to_the_word() -> None:
    of, at = private(), control()
    findings = list(of.verdict.findings)
    findings[at] = replace(findings[at], comparisons=99)
    edited = replace(of, verdict=replace(of.verdict, findings=tuple(findings)))
    assert reperform(pair(edited)).differences == (
        f"private.verdict.findings[{at}].comparisons: differs from what the counts give",
    )
