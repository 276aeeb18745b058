"""Rows of groups: what they are called, in which order they stand, and that a chart holds everybody once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from smartstart_gov.documents.blocks import Figure
from smartstart_gov.documents.group_rows import in_order, row_name
from smartstart_gov.documents.groups import MOST_DOTS, _drawn, attributes, every_metric
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.tally.printed import PrintedTally

BY = ("neighbourhood",)


def pooled(evidence: Evidence, level: str) -> Evidence:
    """The same evidence with one origin in a row together with the rows of unknown group."""
    assert isinstance(evidence.tally, PrintedTally)
    origin, table = evidence.tally.margin("origin"), evidence.metrics
    rows = tuple(
        replace(row, kind="pool", name="", members=1) if row.name == level else row
        for row in origin.rows
        if row.kind != "unknown"
    )
    margins = tuple(replace(m, rows=rows, printed=m.printed - 1) if m is origin else m for m in evidence.tally.margins)
    mine = [by == ("origin",) and group == level for by, group in zip(table.by, table.groups, strict=True)]
    kinds = tuple("pool" if here else kind for here, kind in zip(mine, table.kinds, strict=True))
    groups = tuple("*" if here else group for here, group in zip(mine, table.groups, strict=True))
    return replace(
        evidence,
        tally=replace(evidence.tally, margins=margins),
        metrics=replace(table, kinds=kinds, groups=groups),  # type: ignore[arg-type]  # the literal is lost in the tuple
    )


@pytest.mark.parametrize(
    ("lang", "name"), [("nl", "Elders in Europa, met groep onbekend"), ("en", "Elsewhere in Europe, with group unknown")]
)
def test_few_groups_that_share_a_row_are_named(evidence: Evidence, lang: str, name: str) -> None:
    other = pooled(evidence, "EU")
    row = other.metrics.kinds.index("pool")
    assert row_name(Words(lang), other, row) == name


def test_many_groups_that_share_a_row_are_counted(evidence: Evidence) -> None:
    names = [row_name(Words("en"), evidence, row) for row in in_order(evidence, evidence.metrics.rows(*BY))]
    assert "Noord, all 15 groups" in names
    assert "Noord, 11 other groups" in names


def test_areas_stand_by_name_with_their_groups_under_them(evidence: Evidence) -> None:
    table, order = evidence.metrics, in_order(evidence, evidence.metrics.rows(*BY))
    areas = [table.groups[row] for row in order if table.kinds[row] == "area"]
    assert areas == sorted(areas)
    assert len(areas) == 6
    here, parents = "", evidence.contract.hierarchies["neighbourhood"][0].parents
    for row in order[1:]:
        if table.kinds[row] == "area":
            here = table.groups[row]
        elif table.kinds[row] == "level":
            assert parents[table.groups[row]] == here
        else:
            assert table.groups[row] == f"*{here}"


@pytest.mark.parametrize("by", [("origin",), ("sex",), BY])
def test_a_chart_holds_everybody_once(evidence: Evidence, by: tuple[str, ...]) -> None:
    table = evidence.metrics
    drawn = _drawn(evidence, in_order(evidence, table.rows(*by)))
    assert 2 <= len(drawn) <= MOST_DOTS
    column = table.metrics.index("selection_rate")
    assert sum(int(table.denominator[row, column]) for row in drawn) == int(table.denominator[0, column])


def test_a_row_of_several_groups_has_an_open_dot(evidence: Evidence) -> None:
    section = next(s for s in attributes(Words("en"), evidence, number="7.4") if s.title.startswith("Neighbourhood"))
    figure = next(block for metric in section.subsections for block in metric.blocks if isinstance(block, Figure))
    dots = re.findall(r'<circle [^>]*r="3.2" fill="([^"]+)"', figure.svg)
    drawn = _drawn(evidence, in_order(evidence, evidence.metrics.rows(*BY)))
    several = [evidence.metrics.kinds[row] in ("pool", "area") for row in drawn]
    assert [fill == "#ffffff" for fill in dots] == several
    assert any(several)
    assert "An open dot stands for several groups together." in figure.caption


def test_every_metric_stands_either_with_its_limit_or_in_the_annex(evidence: Evidence) -> None:
    words = Words("en")
    asked = {limit.metric for limit in evidence.policy.limits if limit.by == ("origin",)}
    with_limit = next(s for s in attributes(words, evidence, number="7.4") if s.title == "Origin of the parents")
    annex = every_metric(words, evidence, number="C")[0]
    others = next(s for s in annex.subsections if s.title == "Origin of the parents")
    assert len(with_limit.subsections) == len(asked)
    assert len(others.blocks) == len(evidence.metrics.metrics) - len(asked)


def test_there_is_no_annex_where_nothing_may_be_printed(tiny: Evidence) -> None:
    assert every_metric(Words("en"), tiny, number="C") == ()
