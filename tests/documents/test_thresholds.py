"""What other thresholds would give: the counts of the full tally at the same cuts, and nothing smaller than is printed."""

from __future__ import annotations

import csv
import io
import itertools
import math
from dataclasses import replace

import pytest

from smartstart_gov.counting.tally import BINS, Tally
from smartstart_gov.documents.blocks import Figure, Table
from smartstart_gov.documents.charts import Series, curves
from smartstart_gov.documents.csv_tables import csv_tables
from smartstart_gov.documents.sections.thresholds import METRICS, cuts, thresholds
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.statistics.capacity import sweep
from smartstart_gov.statistics.rates import rate
from tests.documents import scored
from tests.documents.evidence import WEIRD
from tests.documents.test_calibration import _outside


@pytest.fixture(scope="module")
def whole() -> Evidence:
    return scored.private(low=0.6)


@pytest.fixture(scope="module")
def printed(whole: Evidence) -> Evidence:
    return public_edition(whole)


def test_every_cut_has_the_counts_of_the_rows(whole: Evidence, printed: Evidence) -> None:
    """The oracle counts 1 024 thresholds from the scores of all rows; the threshold of the audit has its own decisions."""
    assert isinstance(whole.tally, Tally)
    found, oracle = cuts(printed), sweep(whole.tally)
    assert len(found) >= 5
    assert [cut.threshold for cut in found if cut.own] == [float(printed.training.threshold)]
    for cut in found:
        if cut.own:
            cells = whole.tally.counts.sum(axis=tuple(range(whole.tally.counts.ndim - 2))).reshape(1, 4)
        else:
            cells = oracle.cells[0, [round(cut.threshold * BINS)]]
        for name, e in cut.rates.items():
            numerator, denominator = (int(x[0]) for x in rate(name).counts(cells))
            assert (e.numerator, e.denominator) == (numerator, denominator)
            assert e.low <= e.value == numerator / denominator <= e.high


def test_no_cut_tells_a_smaller_count_than_is_printed(printed: Evidence) -> None:
    """Two neighbouring cuts, and each end, differ by at least k cases of each class."""
    found, k = cuts(printed), printed.policy.disclosure.k
    sides = [("false_negative_rate", 1), ("false_positive_rate", -1)]
    for name, sign in sides:
        counts = [cut.rates[name].numerator for cut in found]
        ends = [0, *counts, found[0].rates[name].denominator][:: 1 if sign > 0 else -1]
        steps = [abs(b - a) for a, b in itertools.pairwise([*ends] if sign > 0 else sorted(ends))]
        assert min(steps) >= k


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_section_and_file_have_the_same_numbers(printed: Evidence, lang: str) -> None:
    words, found = Words(lang), cuts(printed)
    (section,) = [p.section for p in technical_annex(printed, words).walk() if p.section.id == "thresholds"]
    (table,) = [b for b in section.blocks if isinstance(b, Table)]
    assert len([b for b in section.blocks if isinstance(b, Figure)]) == 2
    for row, cut in zip(table.rows, found, strict=True):
        assert row[1] == words.number(cut.rates["selection_rate"].numerator)
        for cell, name in zip(row[2:], METRICS, strict=True):
            e = cut.rates[name]
            assert all(words.points(x) in cell for x in (e.value, e.low, e.high))
    lines = list(csv.DictReader(io.StringIO(csv_tables(printed, words)["thresholds.csv"].decode())))
    assert len(lines) == len(found) * len(METRICS)
    by_cut = [(cut, e) for cut in found for e in cut.rates.values()]
    for line, (cut, e) in zip(lines, by_cut, strict=True):
        assert (line["own"], line["metric"]) == ("yes" if cut.own else "no", e.metric)
        assert (int(line["numerator"]), int(line["denominator"])) == (e.numerator, e.denominator)
        assert float(line["low"]) == pytest.approx(e.low)


def test_where_no_curve_is_printed_there_is_nothing(printed: Evidence, evidence: Evidence) -> None:
    assert printed.scores is not None
    bare = replace(printed, scores=replace(printed.scores, curve=None))
    assert cuts(bare) == cuts(evidence) == ()
    assert thresholds(Words("en"), bare) is None


@pytest.mark.parametrize("label", [WEIRD, "W" * 60, "</text><script>alert(1)</script>"])
def test_no_label_of_the_curves_is_clipped_or_becomes_markup(label: str) -> None:
    points = ((0.0, 0.0, 0.0, math.nan), (0.5, 0.4, 0.2, 0.9), (1.0, 1.0, 0.9, 1.0))
    svg = curves(
        [Series(label="x", sign="inside", points=points)], across=label, at=0.99, at_label=label,
        tick=lambda x: f"{x:g}", share=lambda x, _: f"{x:g}", alt=label,
    )  # fmt: skip
    assert "<script" not in svg
    assert "nan" not in svg
    assert not _outside(svg)
