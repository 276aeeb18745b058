"""Published tables and areas, from file or frame to verdict."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import smartstart_gov as gov
from smartstart_gov.aggregates import CountsAudit
from smartstart_gov.authoring.project import Project
from smartstart_gov.counting.ranges import PARTS, count_areas
from smartstart_gov.counting.tally import Axis
from smartstart_gov.statistics.estimates import margin
from smartstart_gov.statistics.rates import rate
from tests import projects
from tests.projects import TEXT, column

SELECTION = {
    "id": "chosen",
    "metric": "selection_rate",
    "by": ["origin"],
    "measure": "difference",
    "between": "groups",
    "at_most": 0.1,
    "reason": TEXT,
}
FALSE_ALARM = SELECTION | {"id": "alarm", "metric": "false_positive_rate"}
ORIGINS = ["NL", "Europe", "outside Europe"]


def project(
    home: Path, *limits: dict[str, Any], levels: Sequence[str] = ("A", "B"), unknown: float | None = None, **policy: Any
) -> Project:
    more = {} if unknown is None else {"maximum_unknown_share": unknown, "unknown_values": ["?"]}
    contract = projects.contract(
        columns=[
            column("asked", "boolean", "label", levels=[False, True], positive=True),
            column("origin", "string", "sensitive", levels=list(levels), special_category=True, **more),
            column("quarter", "string", "sensitive", levels=["Q0", "Q1"]),
        ],
        hierarchies={"quarter": [{"name": "district", "meaning": TEXT, "parents": {"Q0": "D", "Q1": "D"}}]},
    )
    made = projects.policy(
        attributes=["origin", "quarter"], intersections=[["origin", "quarter"]], limits=list(limits), **policy
    )
    return gov.open_project(projects.write_project(home / "project", contract=contract, policy=made))


def statuses(audit: CountsAudit) -> list[tuple[str, str]]:
    return [(f.status, f.reason.code) for f in audit.verdict.findings]


CELLS = {"origin": ["A", "B"], "tn": [800, 790], "fp": [100, 110], "fn": [40, 50], "tp": [60, 50]}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_frame_of_any_kind_gives_the_verdict_of_its_counts(tmp_path: Path, make: Any) -> None:
    home = project(tmp_path, SELECTION, FALSE_ALARM)
    audit = gov.audit_counts(make(CELLS), home)
    assert statuses(audit) == [("PASSED", "limit.passed")] * 2
    assert audit.verdict == gov.judge(audit.counts[0].tally(PARTS["selected"], PARTS["not_selected"]), home.policy)


@pytest.mark.parametrize("make", [dict, lambda made: pl.DataFrame(made).lazy(), lambda made: duckdb.from_arrow(pa.table(made))])
def test_so_do_a_dict_and_a_query(tmp_path: Path, make: Any) -> None:
    home = project(tmp_path, SELECTION, FALSE_ALARM)
    assert gov.audit_counts(make(CELLS), home).verdict == gov.audit_counts(pd.DataFrame(CELLS), home).verdict


def test_a_group_with_the_word_for_everybody_is_asked_about(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION, levels=["A", "(all)"])
    frame = pd.DataFrame({"origin": ["A", "(all)"], "selected": [160, 160], "total": [1000, 1000]})
    with pytest.raises(gov.Refused) as refused:
        gov.audit_counts(frame, home)
    assert refused.value.rule == "D02"
    assert statuses(gov.audit_counts(frame, home, everybody="total")) == [("PASSED", "limit.passed")]


def test_a_long_table_says_the_same_as_a_wide_one(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION, FALSE_ALARM)
    place = {"tn": (False, 0), "fp": (False, 1), "fn": (True, 0), "tp": (True, 1)}
    rows = [
        {"origin": level, "asked": place[cell][0], "chosen": place[cell][1], "n": CELLS[cell][i]}
        for i, level in enumerate(CELLS["origin"]) for cell in place
    ]  # fmt: skip
    long = gov.audit_counts(pd.DataFrame(rows), home, truth="asked", decision="chosen", count="n")
    assert long.verdict == gov.audit_counts(pd.DataFrame(CELLS), home).verdict
    assert long.counts[0].to_record() == gov.audit_counts(pd.DataFrame(CELLS), home).counts[0].to_record()


def test_what_a_table_does_not_hold_is_not_shown(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION, FALSE_ALARM, SELECTION | {"id": "place", "by": ["quarter"]})
    audit = gov.audit_counts(
        pd.DataFrame({"origin": ["A", "B"], "selected": [160, 160], "total": [1000, 1000]}), home, census=True
    )
    assert statuses(audit) == [
        ("PASSED", "limit.passed_census"),
        ("NOT_SHOWN", "counts.metric"),
        ("NOT_SHOWN", "counts.attribute"),
    ]
    assert audit.verdict.status == "NOT_SHOWN"


def test_several_margins_and_everybody_stand_in_one_file(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION | {"at_most": 0.14}, SELECTION | {"id": "place", "by": ["quarter"]})
    rows = ["(all);(all);115;2000", "A;(all);105;1000", "B;(all);<10;1000", "(all);Q0;60;1000", "(all);Q1;55;1000"]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["# filled in by hand", "origin;quarter;selected;total", *rows]))
    audit = gov.audit_counts(path, home, rounding=5, suppressed={"<10": (0, 9)}, census=True)
    assert [table.by for table in audit.counts] == [("origin",), ("quarter",)]
    # Of the 113 to 117 that were selected A has 103 to 107, so that B has 6 at least.
    assert [int(end[1, PARTS["selected"]]) for end in (audit.counts[0].low, audit.counts[0].high)] == [6, 9]
    assert statuses(audit) == [("PASSED", "limit.passed_census")] * 2


def test_totals_that_cannot_be_are_refused(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION)
    frame = pd.DataFrame({"origin": ["(all)", "A", "B"], "selected": [205, 105, "<10"], "total": [2000, 1000, 1000]})
    with pytest.raises(gov.Refused) as refused:
        gov.audit_counts(frame, home, rounding=5, suppressed={"<10": (0, 9)})
    assert refused.value.rule == "D21"


def test_a_total_narrows_what_was_suppressed(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION | {"at_most": 0.05}, levels=["A", "B", "C"])
    rows = {"origin": ["A", "B", "C"], "selected": [4, 3, "x"], "total": [100, 100, 100]}
    without = gov.audit_counts(pd.DataFrame(rows), home, suppressed={"x": (0, 9)}, census=True)
    assert statuses(without) == [("NOT_SHOWN", "counts.hidden_pass")]
    whole = {"origin": ["(all)", *rows["origin"]], "selected": [9, *rows["selected"]], "total": [300, *rows["total"]]}
    audit = gov.audit_counts(pd.DataFrame(whole), home, suppressed={"x": (0, 9)}, census=True)
    assert statuses(audit) == [("PASSED", "limit.passed_census")]
    assert audit.counts[0].low[2, PARTS["selected"]] == audit.counts[0].high[2, PARTS["selected"]] == 2


@pytest.mark.parametrize(
    ("change", "options", "rule"),
    [
        ({"tn": [800, "about 790"]}, {}, "D17"),
        ({"tn": [800, 791]}, {"rounding": 5}, "D17"),
        ({"tn": [800, None]}, {}, "D17"),
        ({"origin": ["A", "Z"]}, {}, "D04"),
        ({"origin": ["A", "unknown"]}, {}, "D01"),
        ({"origin": ["A", "A"]}, {}, "D10"),
        ({"extra": [1, 2]}, {}, "D14"),
        ({}, {"columns": {"tn": "nowhere"}}, "D20"),
        ({}, {"columns": {"true negatives": "tn"}}, "M01"),
        ({}, {"rounding": 0}, "M01"),
        ({}, {"suppressed": {"x": (9, 0)}}, "M01"),
        ({}, {"truth": "tn"}, "D20"),
    ],
)
def test_a_table_that_breaks_the_contract_is_refused(
    tmp_path: Path, change: dict[str, Any], options: dict[str, Any], rule: str
) -> None:
    with pytest.raises(gov.Refused) as refused:
        gov.audit_counts(pd.DataFrame(CELLS | change), project(tmp_path, SELECTION), **options)
    assert refused.value.rule == rule


def test_no_cell_is_quoted_in_a_refusal_and_a_missing_file_is_one(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION)
    with pytest.raises(gov.Refused) as refused:
        gov.audit_counts(pd.DataFrame(CELLS | {"tn": ["secret", 1]}), home)
    assert "secret" not in str(refused.value)
    with pytest.raises(gov.Refused, match="U01"):
        gov.audit_counts(tmp_path / "none.csv", home)


def test_a_group_without_a_row_is_a_gap_and_no_zero(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION, levels=["A", "B", "C"])
    for census in (True, False):
        audit = gov.audit_counts(pd.DataFrame(CELLS), home, census=census)
        assert statuses(audit) == [("NOT_SHOWN", "counts.absent")]


def test_people_of_unknown_group_are_allotted_in_the_worst_way(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION | {"at_most": 0.03}, unknown=0.1)
    known = {"origin": ["A", "B", "?"], "selected": [100, 100, 0], "total": [1000, 1000, 10]}
    assert statuses(gov.audit_counts(pd.DataFrame(known), home, census=True)) == [("PASSED", "limit.passed_census")]
    flagged = known | {"selected": [100, 100, 40], "total": [1000, 1000, 40]}
    assert statuses(gov.audit_counts(pd.DataFrame(flagged), home, census=True)) == [("NOT_SHOWN", "counts.hidden_pass")]
    with pytest.raises(gov.Refused, match="D01"):
        gov.audit_counts(pd.DataFrame(known | {"total": [1000, 1000, 900]}), home)


def test_an_audit_of_counts_is_written_read_and_no_release(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION, FALSE_ALARM)
    audit = gov.audit_counts(pd.DataFrame(CELLS), home, rounding=10, suppressed={"x": (0, None)})
    path = audit.write(tmp_path / "counts.json")
    record = json.loads(path.read_text())
    again = CountsAudit.from_record(record)
    assert again.to_record() == audit.to_record() == record
    assert again.digest == audit.digest
    assert "releases nothing" in record["scope"]
    assert "no release" in repr(audit)
    assert "chosen" in str(audit)
    assert gov.gate(tmp_path, project=home.path).exit_code == 4
    with pytest.raises(ValueError, match="field format is another"):
        CountsAudit.from_record(record | {"format": 2})


# ---------------------------------------------------------------------------------------------- areas
AREAS = {
    "area": ["p", "q", "r", "s"],
    "A": [100, 200, 300, 400],
    "B": [40, 30, 20, 10],
    "chosen": [1, 1, 0, 0],
    "needed": [1, 0, 0, 1],
}


def test_residents_of_chosen_areas_are_a_census(tmp_path: Path) -> None:
    home = project(tmp_path, SELECTION, SELECTION | {"id": "wide", "at_most": 0.45}, FALSE_ALARM)
    audit = gov.audit_areas(pd.DataFrame(AREAS), home, residents=["A", "B"], decision="chosen", area="area")
    assert statuses(audit) == [
        ("FAILED", "limit.failed_census"),
        ("PASSED", "limit.passed_census"),
        ("NOT_SHOWN", "counts.metric"),
    ]
    decisive = audit.verdict.findings[0].decisive
    # Of A 300 of 1000 live in a chosen area, of B 70 of 100.
    assert decisive is not None
    assert (decisive.group, decisive.other, decisive.value, decisive.low, decisive.high) == ("B", "A", "0.4", "0.4", "0.4")


def test_error_rates_take_the_area_as_the_unit(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    areas = 60
    people = {"A": rng.integers(50, 150, areas), "B": rng.integers(50, 150, areas)}
    decision, truth = (rng.integers(0, 2, areas).astype(np.int8) for _ in range(2))
    tally = count_areas(Axis(name="origin", levels=("A", "B")), people, decision, truth)
    block = margin(tally, ("origin",))
    assert block is not None
    _, denominator, _, effective = block.fraction(rate("false_positive_rate"))
    # Residents of one area share its decision: some thirty areas with truth 0, and not three thousand people.
    assert (effective < 1.2 * (truth == 0).sum()).all()
    assert (denominator > 2000).all()
    home = project(tmp_path, FALSE_ALARM)
    frame = pd.DataFrame({**people, "chosen": decision, "needed": truth})
    audit = gov.audit_areas(frame, home, residents=["A", "B"], decision="chosen", truth="needed")
    assert audit.verdict == gov.judge(tally, home.policy)
    assert statuses(audit)[0][0] == "NOT_SHOWN"


def test_two_areas_have_nothing_to_compare(tmp_path: Path) -> None:
    apart = SELECTION | {"id": "place", "by": ["quarter"]}
    audit = gov.audit_areas(
        pd.DataFrame(AREAS), project(tmp_path, SELECTION | {"at_most": 0.5}, apart), residents=["A", "B"], decision="chosen"
    )
    assert statuses(audit) == [("PASSED", "limit.passed_census"), ("NOT_APPLICABLE", "areas.apart")]
    assert audit.verdict.status == "PASSED"
    alone = gov.audit_areas(pd.DataFrame(AREAS), project(tmp_path / "b", apart), residents=["A", "B"], decision="chosen")
    assert alone.verdict.status == "NOT_SHOWN", "what does not apply shows nothing"


@pytest.mark.parametrize(
    ("change", "options", "rule"),
    [
        ({"chosen": [1, 1, 0, 2]}, {}, "D07"),
        ({"A": [1, 2, 3, "x"]}, {}, "D17"),
        ({"area": ["p", "p", "r", "s"]}, {"area": "area"}, "D10"),
        ({}, {"residents": ["A", "C"]}, "D20"),
        ({}, {"residents": {"A": "A", "B": "Z"}}, "D04"),
        ({}, {"residents": {"A": "A", "B": "A"}}, "D04"),
        ({}, {"truth": "nowhere"}, "D20"),
    ],
)
def test_areas_that_are_not_right_are_refused(
    tmp_path: Path, change: dict[str, Any], options: dict[str, Any], rule: str
) -> None:
    asked = {"residents": ["A", "B"], "decision": "chosen"} | options
    with pytest.raises(gov.Refused) as refused:
        gov.audit_areas(pd.DataFrame(AREAS | change), project(tmp_path, SELECTION), **asked)
    assert refused.value.rule == rule


# ---------------------------------------------------------------------------------------------- shell
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_shell_is_filled_in_and_read(tmp_path: Path, lang: Any) -> None:
    home = project(tmp_path, SELECTION, FALSE_ALARM, SELECTION | {"id": "place", "by": ["quarter"]}, unknown=0.1)
    shell = gov.table_shell(home, lang=lang)
    lines = [line for line in shell.splitlines() if not line.startswith("#")]
    assert lines[0] == "origin,quarter,tn,fp,fn,tp"
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["(all)", "(all)"], ["A", "(all)"], ["B", "(all)"], ["unknown", "(all)"], ["(all)", "Q0"], ["(all)", "Q1"],
    ]  # fmt: skip
    path = tmp_path / "shell.csv"
    path.write_text(shell)
    with pytest.raises(gov.Refused, match=r"6 cells of 6"):
        gov.audit_counts(path, home)
    path.write_text(
        shell.replace("(all),(all),,,,", "(all),(all),1600,200,100,100")
        .replace("unknown,(all),,,,", "unknown,(all),<10,<10,<10,<10")
        .replace(",,,,", ",800,100,50,50")
    )
    audit = gov.audit_counts(path, home, rounding=5, suppressed={"<10": (0, 9)})
    assert [f.status for f in audit.verdict.findings] == ["PASSED"] * 3


def test_a_shell_in_no_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gov.Refused, match="M01"):
        gov.table_shell(project(tmp_path, SELECTION), lang="fr")  # type: ignore[arg-type]  # what is tested


# ------------------------------------------------------------------------------------------- real data
def duo(folder: Path, population: str, **parts: str) -> pd.DataFrame:
    columns = {"NL": "origin_nl", "Europe": "origin_europe", "outside Europe": "origin_outside_europe", "(all)": "total"}
    tables = pd.read_csv(folder / "duo_cub_tables.csv.gz")
    rows = tables[tables.population == population].set_index("category")
    return pd.DataFrame(
        {"origin": list(columns), **{part: [rows.loc[c, name] for name in columns.values()] for part, c in parts.items()}}
    )


#: Rounded to 10; a 0 stands for anything too small to be printed.
AS_PUBLISHED = {"rounding": 10, "suppressed": {"0": (0, 9)}}


def test_selection_for_control_by_origin_breaks_four_fifths_whatever_was_rounded(tmp_path: Path, shared_data: Path) -> None:
    ratio = {k: v for k, v in SELECTION.items() if k != "at_most"} | {"measure": "ratio", "at_least": 0.8}
    home = project(tmp_path, ratio, SELECTION | {"id": "points", "at_most": 0.05}, levels=ORIGINS)
    table = duo(shared_data, "population 2014-02-01", selected="Selected for control: yes", total="Total")
    audit = gov.audit_counts(table, home, census=True, **AS_PUBLISHED)
    assert statuses(audit) == [("FAILED", "limit.failed_census"), ("PASSED", "limit.passed_census")]
    decisive = audit.verdict.findings[0].decisive
    assert decisive is not None
    assert (decisive.group, decisive.other) == ("NL", "outside Europe")
    assert float(decisive.value or 0) == pytest.approx((1050 / 178200) / (2010 / 54820))
    assert float(decisive.low or 0) == pytest.approx((1045 / 178205) / (2015 / 54815))
    assert float(decisive.high or 0) == pytest.approx((1055 / 178195) / (2005 / 54825))


@pytest.mark.parametrize("risk", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("bound", ["0.02", "0.1", "0.3"])
def test_suppressed_cells_against_every_extreme(tmp_path: Path, shared_data: Path, risk: int, bound: str) -> None:
    """Of those selected for control in 2019, in one risk category: 40 or fewer people of each origin."""
    part = f"Risk category {risk} & Selected for control: yes"
    home = project(tmp_path, SELECTION | {"at_most": float(bound)}, levels=ORIGINS)
    table = duo(shared_data, "population 2019-02-01", selected=part, total=f"Risk category {risk}")
    groups = table[table.origin != "(all)"].reset_index(drop=True)
    mine = gov.audit_counts(groups, home, census=True, **AS_PUBLISHED).verdict.findings[0].status

    def ends(count: int) -> tuple[int, int]:
        return (0, 9) if count == 0 else (count - 5, count + 5)

    verdicts = set()
    for counts in itertools.product(*(ends(int(n)) for n in [*groups.selected, *groups.total])):
        shares = [Fraction(x, n) for x, n in zip(counts[:3], counts[3:], strict=True)]
        verdicts.add(max(shares) - min(shares) < Fraction(bound))
    # The gap is a maximum of linear functions in each share: its largest value lies at ends, its least may lie between.
    largest_inside = verdicts == {True}
    assert (mine == "PASSED") == largest_inside
    if mine == "FAILED":
        assert verdicts == {False}
