"""CSV: every table of numbers of the documents, one value a line with its counts, interval and method.

UTF-8, one header row, lines end as RFC 4180 asks. Numbers are decimal text with a point, as in ``bundle.json``: a
spreadsheet in Dutch has to be told so. A cell that may not be printed is empty, and its state says why.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from csv import writer

from smartstart_gov.canonical import real
from smartstart_gov.documents.sections.thresholds import cuts
from smartstart_gov.documents.statements import answers, figures, gaps, marks, rates
from smartstart_gov.documents.summary import printed
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

Row = Sequence[object]
_COUNTED = ("numerator", "denominator", "value", "low", "high", "confidence", "method")


def csv_tables(evidence: Evidence, words: Words) -> dict[str, bytes]:
    """Return one file a table by name; those of which this evidence has nothing are left out."""
    tables = {
        "rates": (("metric", "by", "kind", "group", "label", "state", *_COUNTED, "weighted"), _rates(evidence, words)),
        "gaps": (("metric", "by", "measure", "between", "group", "numerator", "denominator", "other", "other_numerator",
                  "other_denominator", "state", "value", "low", "high", "confidence", "method"), _gaps(evidence)),
        "scores": (("figure", "by", "group", "label", "positives", "rows", "state", "value", "low", "high", "confidence",
                    "method"), _scores(evidence, words)),
        "calibration": (("score_from", "score_to", "mean_score", *_COUNTED), _calibration(evidence)),
        "thresholds": (("score_from", "own", "metric", *_COUNTED), _thresholds(evidence)),
        "reliance": (("feature", "label", "by", "group", "rows", "value", "standard_error", "scale", "method"),
                     _reliance(evidence, words)),
        "groups": (("by", "declared", "printed", "unknown_rows", "smallest_printed"), _groups(evidence)),
        "evidence": (("mark", "value"), marks(evidence).items()),
        "rows": (("part", "rows"), [(part.name, part.rows) for part in evidence.training.parts]),
        "findings": (("finding", "digest", "status", "severity", "stage", "question", "answer", "reason", "remedy", "file",
                      "key", "metric", "measure", "between", "by", "limit", "group", "other", "value", "low", "high",
                      "group_denominator", "other_denominator"), _findings(evidence, words)),
    }  # fmt: skip
    read = {name: (header, list(rows)) for name, (header, rows) in tables.items()}
    return {f"{name}.csv": _bytes(header, rows) for name, (header, rows) in read.items() if rows}


def _rates(evidence: Evidence, words: Words) -> Iterator[Row]:
    for cell in rates(evidence, words):
        e = cell.found
        counted: Row = ("",) * len(_COUNTED)
        if e is not None:
            counted = (
                e.numerator, e.denominator, *(_real(x) for x in (e.value, e.low, e.high, e.confidence)), e.method,
            )  # fmt: skip
        yield (cell.metric, cell.by, cell.kind, cell.group, cell.label, cell.state, *counted, "yes" if cell.weighted else "no")


def _gaps(evidence: Evidence) -> Iterator[Row]:
    confidence = _real(evidence.disparities.confidence)
    for gap in gaps(evidence):
        yield (
            gap.metric, gap.by, gap.measure, gap.between, gap.group, *gap.counts, gap.other, *gap.other_counts,
            _state(gap.value), _text(gap.value), _text(gap.low), _text(gap.high), confidence, gap.method,
        )  # fmt: skip


def _scores(evidence: Evidence, words: Words) -> Iterator[Row]:
    for one in figures(evidence, words):
        yield (
            one.figure, one.by, one.group, one.label, *(one.counts or ("", "")), _state(one.value),
            _text(one.value), _text(one.low), _text(one.high), one.confidence, one.method,
        )  # fmt: skip


def _calibration(evidence: Evidence) -> Iterator[Row]:
    curve = None if evidence.scores is None else evidence.scores.curve
    if curve is None:
        return
    for i in range(len(curve)):
        yield (
            _real(curve.edges[i] / curve.edges[-1]), _real(curve.edges[i + 1] / curve.edges[-1]), _real(curve.score[i]),
            curve.positives[i], curve.rows[i], *(_real(x) for x in (curve.share[i], curve.low[i], curve.high[i])),
            _real(curve.confidence), "wilson",
        )  # fmt: skip


def _thresholds(evidence: Evidence) -> Iterator[Row]:
    for cut in cuts(evidence):
        for name, e in cut.rates.items():
            yield (
                _real(cut.threshold), "yes" if cut.own else "no", name, e.numerator, e.denominator,
                *(_real(x) for x in (e.value, e.low, e.high, e.confidence)), e.method,
            )  # fmt: skip


def _reliance(evidence: Evidence, words: Words) -> Iterator[Row]:
    found = evidence.attribution
    if found is None:
        return
    for g, group in enumerate(found.groups):
        for i in found.ranking():
            feature = found.features[i]
            yield (
                feature, words.column(evidence.contract, feature), found.by[g], group, found.group_rows[g],
                _real(float(found.mean_absolute[g, i])), _real(float(found.standard_error[g, i])), found.scale,
                found.explainer,
            )  # fmt: skip


def _groups(evidence: Evidence) -> Iterator[Row]:
    tally = printed(evidence)
    for margin in tally.margins:
        yield margin.attribute, margin.declared, margin.printed, _text(margin.unknown_rows), tally.k


def _findings(evidence: Evidence, words: Words) -> Iterator[Row]:
    for one in answers(evidence, words):
        f, d = one.finding, one.finding.decisive
        decided: Row = ("",) * 7
        if d is not None:
            decided = (
                d.group, d.other, _text(d.value), _text(d.low), _text(d.high), d.group_denominator, d.other_denominator,
            )  # fmt: skip
        yield (
            f.id, one.digest, f.status, f.severity, _text(f.stage), one.question, one.status, one.reason, one.remedy, one.file,
            one.key, _text(f.metric), _text(f.measure), _text(f.between), " & ".join(f.by), _text(f.limit), *decided,
        )  # fmt: skip


def _state(value: str | None) -> str:
    return "undefined" if value is None else "printed"


def _real(value: float) -> str:
    return real(value) or ""


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _bytes(header: Row, rows: Iterable[Row]) -> bytes:
    text = io.StringIO(newline="")
    lines = writer(text)
    lines.writerow(header)
    lines.writerows([[_safe(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8")


def _safe(cell: object) -> object:
    """Return text that no spreadsheet takes for a formula; numbers stay as they are."""
    if not isinstance(cell, str) or not cell.startswith(("=", "+", "-", "@", "\t")):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
