"""What is said of linking: of groups, of the share of rows, of the age of extracts."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from smartstart_gov.controls import linking as module
from smartstart_gov.controls.linking import RULES, GroupLost, LinkLosses, link_findings
from smartstart_gov.intake.link_report import GroupLoss, LinkReport, SourceLoss
from smartstart_gov.judgement.finding import STATUSES, Finding
from smartstart_gov.judgement.sentences import MESSAGES
from smartstart_gov.statistics.spread import standing_out
from tests import linked
from tests.intake.frames import column

AGED = {"moment": "changed", "maximum_days": 30}
RULE = RULES[-1]
NAMED = GroupLost(source="school", attribute="origin", level="C", lost=40, rows=200, rest_lost=20, rest_rows=800)


def source(*, rows: int = 1000, lost: int = 0, days: int | None = None, unmeasured: Sequence[str] = ()) -> SourceLoss:
    return SourceLoss(
        source="school", rows=rows, no_key=0, no_partner=lost, unused=0, doubled=0, days_old=days, unmeasured=tuple(unmeasured),
        groups=(),
    )  # fmt: skip


def losses(one: SourceLoss, *, named: Sequence[GroupLost] = (), thin: Sequence[tuple[str, int]] = ()) -> LinkLosses:
    report = LinkReport(rows=one.rows, linked=one.rows - one.lost, sources=(one,))
    return LinkLosses(k=5, report=report, named=tuple(named), thin=tuple(thin), rule=RULE)


@dataclass(frozen=True)
class Case:
    about: str
    status: str
    reason: str
    remedy: str
    losses: LinkLosses | None
    values: dict[str, Any]
    by: tuple[str, ...] = ()
    link: Any = ()


def hidden(name: str) -> GroupLost:
    return replace(NAMED, **{name: None})


GROUP = {"source": "school", "group": "C", "attributes": "origin", "lost": 40, "rows": 200, "rest_lost": 20, "rest_rows": 800}
CASES = [
    Case("groups", "PASSED", "groups_passed", "none", losses(source()), {}),
    Case("groups", "FAILED", "groups_failed", "groups", losses(source(lost=60), named=[NAMED]), GROUP | {"named": 1}, ("origin",)),
    Case(
        "groups", "FAILED", "groups_failed", "groups", losses(source(lost=60), named=[replace(NAMED, rest_lost=0), NAMED]),
        GROUP | {"named": 2, "rest_lost": 0}, ("origin",),
    ),
    *(
        Case("groups", "FAILED", "groups_hidden", "groups", losses(source(lost=60), named=[hidden(name)]), {"source": "school", "named": 1})
        for name in ("level", "lost", "rows", "rest_lost", "rest_rows")
    ),
    Case(
        "groups", "NOT_SHOWN", "groups_unmeasured", "unmeasured", losses(source(lost=1, unmeasured=["origin", "town"])),
        {"source": "school", "attributes": "origin, town"},
    ),
    # Where nothing was lost, it does not matter whose loss was not measured.
    Case("groups", "PASSED", "groups_passed", "none", losses(source(unmeasured=["origin"])), {}),
    Case("groups", "NOT_SHOWN", "groups_thin", "thin", losses(source(lost=9), thin=[("school", 2)]), {"source": "school", "groups": 2}),
    Case("groups", "NOT_SHOWN", "unseen", "unseen", None, {"source": "school"}),
    # 900 of 1,000 is the share that was expected, 899 is less.
    Case("share", "PASSED", "share_passed", "none", losses(source(lost=100)), {"linked": 900, "rows": 1000}),
    Case(
        "share", "FAILED", "share_failed", "share", losses(source(lost=101)),
        {"linked": 899, "rows": 1000, "source": "school", "expected": "0.9"},
    ),
    Case("share", "NOT_SHOWN", "unseen", "unseen", None, {"source": "school"}),
    Case("age", "PASSED", "age_passed", "none", losses(source(days=30)), {}, link=AGED),
    Case("age", "PASSED", "age_passed", "none", losses(source(days=0)), {}, link=AGED | {"maximum_days": 0}),
    Case("age", "FAILED", "age_failed", "age", losses(source(days=31)), {"source": "school", "days": 31, "most": 30}, link=AGED),
    Case("age", "NOT_SHOWN", "age_unknown", "age", losses(source()), {"source": "school"}, link=AGED),
    Case("age", "NOT_SHOWN", "unseen", "unseen", None, {"source": "school"}, link=AGED),
]  # fmt: skip


def found(case: Case) -> Finding:
    contract = linked.contract(links=[{**linked.LINK, **dict(case.link)}])
    (one,) = [finding for finding in link_findings(contract, case.losses) if finding.id == f"rows.linking_{case.about}"]
    return one


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.about}-{case.reason}-{case.status}")
def test_each_question_on_linking_answers_each_kind_of_loss(case: Case) -> None:
    one = found(case)
    remedy = "remedy.none" if case.remedy == "none" else f"linking.remedy_{case.remedy}"
    assert (one.status, one.reason.code, one.remedy.code) == (case.status, f"linking.{case.reason}", remedy)
    assert (dict(one.reason.values), one.by) == (case.values, case.by)
    assert (one.severity, one.moment) == ("block", "audit")


def test_only_the_questions_on_linking_that_are_asked_are_answered() -> None:
    contract = linked.contract(links=[{**linked.LINK, **AGED}])
    every = link_findings(contract, losses(source(days=3)))
    assert [one.id for one in every] == [f"rows.linking_{about}" for about in ("groups", "share", "age")]
    for one in every:
        assert link_findings(contract, losses(source(days=3)), {one.id}) == (one,)
    assert link_findings(contract, losses(source(days=3)), set()) == ()


def test_every_status_and_message_on_linking_has_a_case() -> None:
    for about in ("groups", "share", "age"):
        tree = ast.parse(inspect.getsource(getattr(module, f"_{about}")))
        texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        mine = [case for case in CASES if case.about == about]
        assert texts & set(STATUSES) == {case.status for case in mine if case.losses is not None}
    said = {f"linking.{case.reason}" for case in CASES} | {f"linking.remedy_{case.remedy}" for case in CASES}
    assert {code for code in MESSAGES if code.startswith("linking.")} - said == set()


def two_sources(*, school: dict[str, Any], clinic: dict[str, Any], **shown: Any) -> Any:
    """A contract that links two sources: one with an age to judge, perhaps, and one without."""
    columns = [*linked.COLUMNS, column("visits", "number", "feature", source="clinic")]
    sources = dict.fromkeys(("intake", "school", "clinic"), linked.SOURCE)
    links = [{**linked.LINK, **school}, {**linked.LINK, "source": "clinic", **clinic}]
    return linked.contract(columns=columns, links=links, sources=sources)


def test_age_is_judged_of_the_sources_that_name_a_moment() -> None:
    old, ageless = source(days=31), replace(source(), source="clinic")
    report = LinkReport(rows=1000, linked=1000, sources=(old, ageless))
    known = LinkLosses(k=5, report=report, named=(), thin=(), rule=RULE)
    for contract in (two_sources(school=AGED, clinic={}),):
        age = link_findings(contract, known)[-1]
        assert (age.id, age.status) == ("rows.linking_age", "FAILED")
    # The other way round: the first names none, and the second is still looked at.
    age = link_findings(two_sources(school={}, clinic=AGED), replace(known, report=replace(report, sources=(
        source(), replace(old, source="clinic")
    ))))[-1]  # fmt: skip
    assert (age.status, age.reason.values["source"]) == ("FAILED", "clinic")


def test_the_chance_of_a_false_name_is_divided_over_columns_and_sources() -> None:
    """Each of two columns has half of it: what one column alone would name is not named beside another."""
    told = []
    for lost in range(10, 60):
        group = GroupLoss(attribute="origin", levels=("A", "C"), rows=(800, 200), lost=(40, lost))
        even = GroupLoss(
            attribute="town", levels=("east", "west"), rows=(500, 500), lost=(20 + lost // 2, 20 + lost - lost // 2)
        )
        one = replace(source(lost=40 + lost), groups=(group,))
        two = replace(one, groups=(group, even))
        named = [
            LinkLosses.of(LinkReport(rows=1000, linked=960 - lost, sources=(made,)), 5, rule).named
            for made, rule in ((one, RULE), (two, RULE), (one, replace(RULE, alpha=RULE.alpha / 2)))
        ]
        told.append(tuple(len(found) for found in named))
        clear = standing_out((40, lost), (800, 200), alpha=RULE.alpha, harm="higher")
        assert told[-1][0] == sum(at == 1 and lost / 200 - 40 / 800 >= RULE.smallest for at in clear)
    assert all(beside == halved for _, beside, halved in told)
    assert any(alone != beside for alone, beside, _ in told)


def test_age_is_asked_where_a_link_names_a_moment_and_nothing_where_there_are_no_links() -> None:
    plain, aged = linked.contract(), linked.contract(links=[{**linked.LINK, **AGED}])
    ids = ["rows.linking_groups", "rows.linking_share", "rows.linking_age"]
    assert [one.id for one in link_findings(plain, None)] == ids[:2]
    assert [one.id for one in link_findings(aged, None)] == ids
    columns = [{**one, "source": "intake"} for one in linked.COLUMNS]
    assert link_findings(linked.contract(links=(), columns=columns), losses(source())) == ()


def lost_of(groups: dict[str, tuple[int, int]], *, k: int = 5, attribute: str = "origin") -> LinkLosses:
    """What follows where of each group so many of so many rows were lost."""
    group = GroupLoss(
        attribute=attribute,
        levels=tuple(groups),
        rows=tuple(n for _, n in groups.values()),
        lost=tuple(x for x, _ in groups.values()),
    )
    rows, gone = sum(group.rows), sum(group.lost)
    one = replace(source(rows=rows, lost=gone), groups=(group,))
    return LinkLosses.of(LinkReport(rows=rows, linked=rows - gone, sources=(one,)), k)


def test_a_group_that_is_lost_more_often_is_named_with_its_counts() -> None:
    (named,) = lost_of({"A": (20, 800), "C": (40, 200)}).named
    assert named == NAMED


def test_a_group_that_is_lost_less_often_is_not_named() -> None:
    assert lost_of({"A": (100, 800), "C": (0, 200)}).named[0].level == "A"
    assert len(lost_of({"A": (100, 800), "C": (0, 200)}).named) == 1


def test_a_difference_of_the_smallest_that_counts_is_named() -> None:
    assert [one.level for one in lost_of({"A": (0, 100_000), "C": (1000, 100_000)}).named] == ["C"]


def test_a_share_that_is_met_to_the_row_is_met_whatever_floating_point_makes_of_it() -> None:
    assert 0.07 * 100 > 7
    for lost, status in ((93, "PASSED"), (94, "FAILED")):
        contract = linked.contract(links=[{**linked.LINK, "expected_share": 0.07}])
        assert link_findings(contract, losses(source(rows=100, lost=lost)))[1].status == status


def test_groups_taken_out_of_one_source_hide_nothing() -> None:
    """Where any source still has its counts, all that is said must follow from them."""
    full = lost_of({"A": (20, 800), "C": (40, 200)})
    (school,) = full.report.sources
    other = replace(school, source="clinic")
    whole = LinkLosses.of(replace(full.report, linked=full.report.linked, sources=(school, other)), 5)
    assert LinkLosses.from_record(whole.to_record()) == whole
    emptied = replace(whole, report=replace(whole.report, sources=(school, replace(other, groups=()))))
    with pytest.raises(ValueError, match="does not follow from the counts"):
        LinkLosses.from_record(emptied.to_record())


def test_one_row_of_a_group_hides_a_loss() -> None:
    assert lost_of({"A": (10_000, 100_000), "C": (0, 1)}).thin == (("school", 2),)


@pytest.mark.parametrize(("more", "named"), [(100, 0), (999, 0), (1001, 1), (1500, 1)])
def test_a_difference_under_the_smallest_that_counts_is_not_named(more: int, named: int) -> None:
    """Half a million rows show any difference; one that is named is of one in a hundred at least."""
    assert RULE.smallest == 0.01
    assert len(lost_of({"A": (10_000, 100_000), "C": (10_000 + more, 100_000)}).named) == named


@pytest.mark.parametrize(
    ("groups", "shown"),
    [
        ({"A": (5, 1000), "C": (60, 200)}, True),
        ({"A": (4, 1000), "C": (60, 200)}, False),
        ({"A": (0, 1000), "C": (60, 200)}, True),
        ({"A": (0, 1000), "C": (5, 10)}, True),
        ({"A": (0, 1000), "C": (5, 9)}, False),
        ({"A": (0, 1000), "C": (4, 9)}, False),
        ({"A": (4, 9), "C": (1000, 1000)}, False),
        # Of the others too few were linked, or none.
        ({"A": (30, 33), "C": (1000, 1000)}, False),
        ({"A": (30, 35), "C": (995, 1000)}, True),
        ({"A": (31, 35), "C": (995, 1000)}, False),
    ],
)
def test_a_name_is_printed_where_no_count_of_it_is_small(groups: dict[str, tuple[int, int]], shown: bool) -> None:
    (named,) = lost_of(groups).named
    assert (named.level, named.lost is None) == (("C", False) if shown else (None, True))
    assert named.attribute == "origin"


def test_groups_that_may_be_printed_come_first() -> None:
    found = lost_of({"A": (0, 4000), "B": (8, 8), "C": (60, 200)}).named
    assert [one.level for one in found] == ["C", None]
    # The clearest comes first of its own: here that is the one that may not be printed.
    order = lost_of({"A": (0, 4000), "B": (50, 52), "C": (20, 200)}).named
    assert [one.level for one in order] == ["C", None]


@pytest.mark.parametrize(("rows", "thin"), [(40, 2), (20_000, 0)])
def test_small_groups_can_hide_a_loss_and_large_ones_cannot(rows: int, thin: int) -> None:
    found = lost_of({"A": (rows // 10, rows), "C": (rows // 10, rows)})
    assert found.named == ()
    assert found.thin == ((("school", thin),) if thin else ())


@pytest.mark.parametrize(("lost", "thin"), [(18, 2), (22, 0)])
def test_that_no_loss_is_hidden_is_shown_one_sided_at_its_level(lost: int, thin: int) -> None:
    """Of two groups that lose a tenth, 2 * 0.9 * 0.1 * (1.645 / 0.05)**2 rows each, or 195, show no more than 0.05."""
    found = lost_of({"A": (lost, 10 * lost), "C": (lost, 10 * lost)})
    assert found.thin == ((("school", thin),) if thin else ())


def test_with_nothing_lost_or_one_group_alone_nothing_is_hidden() -> None:
    assert lost_of({"A": (0, 6), "C": (0, 6)}).thin == ()
    assert lost_of({"A": (3, 6), "C": (0, 0)}).thin == ()


def test_the_printed_losses_hold_the_answers_and_no_counts_of_groups() -> None:
    found = lost_of({"A": (20, 800), "C": (40, 200)})
    printed = found.printed()
    assert (printed.named, printed.thin, printed.k) == (found.named, found.thin, found.k)
    assert [one.groups for one in printed.report.sources] == [()]
    assert LinkLosses.from_record(found.to_record()) == found
    assert LinkLosses.from_record(printed.to_record()) == printed


def test_losses_that_do_not_follow_from_their_counts_do_not_read() -> None:
    record = lost_of({"A": (20, 800), "C": (40, 200)}).to_record()
    for changed in ({"named": []}, {"thin": []}, {"k": 50}):
        with pytest.raises(ValueError, match="does not follow from the counts"):
            LinkLosses.from_record(record | changed)
    with pytest.raises(ValueError, match="none of this library"):
        LinkLosses.from_record(record | {"rule": record["rule"] | {"alpha": "0.02"}})
