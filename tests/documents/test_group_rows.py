"""Rows of groups: what they are called, in which order they stand, and that a chart holds everybody once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.documents.blocks import Figure, Table
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.sections.disparities import (
    MOST_DOTS,
    _drawn,
    area_of,
    in_order,
    row_name,
)
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

BY = ("neighbourhood",)


def sections(evidence: Evidence, lang: str = "en") -> dict[str, Section]:
    """The sections of the card by their ids."""
    return {placed.section.id: placed.section for placed in technical_annex(evidence, Words(lang)).walk()}


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
        metrics=replace(table, kinds=kinds, groups=groups),  # type: ignore[arg-type]  # the language is a plain text here  # the literal is lost in the tuple
    )


@pytest.mark.parametrize(
    ("lang", "name"), [("nl", "Elders in Europa: niet apart getoond"), ("en", "Elsewhere in Europe: not printed")]
)
def test_few_groups_that_share_a_row_are_named(evidence: Evidence, lang: str, name: str) -> None:
    other = pooled(evidence, "EU")
    row = other.metrics.kinds.index("pool")
    assert row_name(Words(lang), other, row) == name


def test_many_groups_that_share_a_row_are_counted(evidence: Evidence) -> None:
    names = [row_name(Words("en"), evidence, row) for row in in_order(evidence, evidence.metrics.rows(*BY))]
    assert "Noord, all 15 groups" in names
    assert "Noord, 11 other groups: not printed" in names


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
def test_a_chart_holds_nobody_twice_and_no_pool(evidence: Evidence, by: tuple[str, ...]) -> None:
    table = evidence.metrics
    rows = in_order(evidence, table.rows(*by))
    drawn = _drawn(evidence, rows)
    assert 2 <= len(drawn) <= MOST_DOTS
    assert {table.kinds[row] for row in drawn} <= {"level", "area"}
    column = table.metrics.index("selection_rate")
    held = {area_of(evidence, row) for row in drawn}
    assert not held & {table.groups[row] for row in drawn if table.kinds[row] == "area"}
    left = [
        row
        for row in rows
        if table.kinds[row] in ("pool", "unknown") and area_of(evidence, row) not in {table.groups[d] for d in drawn}
    ]
    assert sum(int(table.denominator[row, column]) for row in (*drawn, *left)) == int(table.denominator[0, column])


@pytest.mark.parametrize(
    ("lang", "few", "share"),
    [
        ("nl", "niet apart getoond", "Niet genoteerd: {n} van de 100"),
        ("en", "not printed", "Not recorded: {n} of 100"),
    ],
)
def test_what_is_no_group_has_no_rate_and_no_dot(evidence: Evidence, lang: str, few: str, share: str) -> None:
    other = pooled(evidence, "EU")
    assert isinstance(other.tally, PrintedTally)
    assert other.tally.total is not None
    unknown = other.tally.margin("origin").unknown_rows
    assert unknown is not None
    n = round(100 * unknown / sum(other.tally.total.cells))
    section = sections(other, lang)["attribute-1"]
    for metric in section.subsections:
        (table,) = (block for block in metric.blocks if isinstance(block, Table))
        rows = {row[0]: row[1:] for row in table.rows}
        pool = next(name for name in rows if few in name)
        assert rows[pool] == rows[share.format(n=n)] == ("–",) * 4
        assert few in table.note.lower()
        for figure in (block for block in metric.blocks if isinstance(block, Figure)):
            assert few not in figure.alt
            assert few not in figure.svg
            assert share[:8] not in figure.svg


def test_a_row_of_several_groups_has_an_open_dot(evidence: Evidence) -> None:
    section = next(s for s in sections(evidence)["by-group"].subsections if s.title.startswith("Neighbourhood"))
    figure = next(block for metric in section.subsections for block in metric.blocks if isinstance(block, Figure))
    dots = re.findall(r'<circle [^>]*r="3.2" fill="([^"]+)"', figure.svg)
    drawn = _drawn(evidence, in_order(evidence, evidence.metrics.rows(*BY)))
    several = [evidence.metrics.kinds[row] == "area" for row in drawn]
    assert [fill == "#ffffff" for fill in dots] == several
    assert any(several)
    assert "An open dot represents several groups together." in figure.caption


def test_every_metric_stands_either_with_its_limit_or_in_the_annex(evidence: Evidence) -> None:
    found = sections(evidence)
    asked = {limit.metric for limit in evidence.policy.limits if limit.by == ("origin",)}
    with_limit = next(s for s in found["by-group"].subsections if s.title == "Origin of the parents")
    others = next(s for s in found["other-numbers"].subsections if s.title == "Origin of the parents")
    assert len(with_limit.subsections) == len(asked)
    assert len(others.blocks) == len(evidence.metrics.metrics) - len(asked)


def test_there_is_no_annex_where_nothing_may_be_printed(tiny: Evidence) -> None:
    assert "other-numbers" not in sections(tiny)
