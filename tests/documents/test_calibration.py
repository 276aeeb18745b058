"""The section on scores: it says what the evidence says, and is not there where the evidence is silent."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from smartstart_gov.documents.blocks import Figure, Table
from smartstart_gov.documents.charts import WIDTH, Dot
from smartstart_gov.documents.fonts import text_width
from smartstart_gov.documents.outline import Document, Section
from smartstart_gov.documents.sections.score_quality import Point, ratios, reliability_curve
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from tests.documents import scored
from tests.documents.evidence import WEIRD

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def evidence_with_scores() -> Evidence:
    return scored.public(low=0.6)


def card(evidence: Evidence, lang: str = "en") -> Document:
    return technical_annex(evidence, Words(lang))


def section(document: Document) -> Section | None:
    return next((placed.section for placed in document.walk() if placed.number == "7.6"), None)


def blocks(evidence: Evidence, lang: str = "en") -> list[object]:
    found = section(card(evidence, lang))
    assert found is not None
    return [*found.blocks, *(block for part in found.subsections for block in part.blocks)]


def test_without_scores_there_is_no_section(evidence: Evidence) -> None:
    assert evidence.scores is None
    assert section(card(evidence)) is None


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_printed_group_stands_there_with_its_figures(evidence_with_scores: Evidence, lang: str) -> None:
    words, found = Words(lang), evidence_with_scores.scores
    assert found is not None
    tables = [b for b in blocks(evidence_with_scores, lang) if isinstance(b, Table)]
    for attribute in ("origin", "sex", "neighbourhood"):
        table = next(t for t in tables if t.caption == f"Scores: {words.column(evidence_with_scores.contract, attribute)}")
        rows = found.rows(attribute)
        assert len(table.rows) == len(rows) + 1
        for line, r in zip(table.rows, [0, *rows], strict=True):
            assert line[0].lower() == words.group(evidence_with_scores.contract, found.by[r], found.groups[r]).lower()
            for column in range(4):
                for array in (found.value, found.low, found.high):
                    assert words.decimal(float(array[r, column])) in line[1 + column]


def test_the_curve_is_that_of_the_evidence(evidence_with_scores: Evidence) -> None:
    assert evidence_with_scores.scores is not None
    curve = evidence_with_scores.scores.curve
    assert curve is not None
    table = next(
        b for b in blocks(evidence_with_scores) if isinstance(b, Table) and b.caption.startswith("Everybody: how often")
    )
    assert [row[1].replace(",", "") for row in table.rows] == [str(n) for n in curve.rows]
    assert [row[3].replace(",", "") for row in table.rows] == [str(n) for n in curve.positives]
    figure = next(b for b in blocks(evidence_with_scores) if isinstance(b, Figure))
    assert len(list(ElementTree.fromstring(figure.svg).iter(f"{SVG}circle"))) == len(curve)


def test_one_figure_of_groups_an_attribute(evidence_with_scores: Evidence) -> None:
    found = section(card(evidence_with_scores))
    assert found is not None
    for part in found.subsections:
        figures = [b for b in part.blocks if isinstance(b, Figure)]
        assert len(figures) == 1
        assert "Lowest:" in figures[0].alt


def test_undefined_is_a_word(evidence_with_scores: Evidence) -> None:
    scores = evidence_with_scores.scores
    assert scores is not None
    value = scores.value.copy()
    value[2, :] = math.nan
    broken = replace(evidence_with_scores, scores=replace(scores, value=value))
    for lang, word in (("nl", "niet te berekenen"), ("en", "undefined")):
        table = next(b for b in blocks(broken, lang) if isinstance(b, Table) and b.caption.startswith("Scores: "))
        assert table.rows[2][1:] == (word,) * 4
        assert not re.search(r"\bnan\b", card(broken, lang).to_text())


def test_a_curve_that_may_not_be_printed_is_said_to_be_absent(evidence_with_scores: Evidence) -> None:
    assert evidence_with_scores.scores is not None
    without = replace(evidence_with_scores, scores=replace(evidence_with_scores.scores, curve=None))
    assert "There are too few cases to print how often the outcome occurred" in card(without).to_text()


def test_a_unit_column_is_told(evidence_with_scores: Evidence) -> None:
    assert "treated as entirely alike" in card(evidence_with_scores).to_text()


@pytest.mark.parametrize("label", [WEIRD, "W" * 300, "</text><script>alert(1)</script>", "漢字" * 40])
def test_no_label_is_clipped_or_becomes_markup(label: str) -> None:
    rows = [Dot(label=label, value=v, low=lo, high=hi, text="1.00") for v, lo, hi in
            ((1.0, 0.9, 1.1), (0.0, 0.0, 3.2), (9.0, 5.0, math.inf), (math.nan, math.nan, math.nan))]  # fmt: skip
    svg = ratios(rows, right="scores are right", tick=lambda x: f"{x:g}", alt="words")
    assert not _outside(svg)
    assert "nan" not in svg
    assert "inf" not in svg
    points = [Point(score=s, share=s / 2, low=0.0, high=min(1.0, s + 0.1)) for s in (0.01, 0.4, 1.0)]
    assert not _outside(
        reliability_curve(points, across="score", upwards="share", right="right", tick=lambda s, d: f"{s:.{d}%}", alt="words")
    )


def test_the_same_ratio_up_and_down_is_as_far_from_the_line() -> None:
    rows = [Dot(label="a", value=v, low=v, high=v, text="") for v in (0.5, 1.0, 2.0)]
    svg = ratios(rows, right="right", tick=lambda x: f"{x:g}", alt="words")
    places = [float(circle.attrib["cx"]) for circle in ElementTree.fromstring(svg).iter(f"{SVG}circle")]
    assert np.diff(places)[0] == pytest.approx(np.diff(places)[1], abs=0.2)


def _outside(svg: str) -> list[str]:
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        size, x, words = float(text.attrib["font-size"]), float(text.attrib["x"]), text.text or ""
        width = text_width(words, size)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[text.attrib["text-anchor"]]
        if left < -0.5 or left + width > WIDTH + 0.5:
            found.append(words)
    return found
