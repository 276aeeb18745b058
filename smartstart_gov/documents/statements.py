"""Every answer and number of the documents as values: answers with the digest of their finding, rates, gaps and figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from smartstart_gov.canonical import digest, real
from smartstart_gov.controls.catalogue import place_of
from smartstart_gov.documents.sections import findings as said
from smartstart_gov.documents.summary import printed
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.statistics.contrasts import METHODS
from smartstart_gov.statistics.estimates import Estimate

#: What can be said of a cell: its numbers, that there is nothing to divide by, or that its counts may not be printed.
State = Literal["printed", "undefined", "suppressed"]
#: How the interval of each figure of the scores is made.
FIGURE_METHODS = {
    "auc": "delong_newcombe", "observed_expected": "wilson", "calibration_intercept": "wald", "calibration_slope": "wald",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finding in words, with what it rests on.

    Attributes
    ----------
    finding : Finding
    digest : str
        Of the finding's canonical record, as it stands in ``bundle.json``.
    question, status, reason : str
    remedy : str
        Empty where nothing is to be done.
    file, key : str
        Where its answer is given, like ``policy.yaml`` and ``limits[0]``; ``bundle.json`` and its finding where data or
        model give it.
    """

    finding: Finding
    digest: str
    question: str
    status: str
    reason: str
    remedy: str
    file: str
    key: str

    @property
    def basis(self) -> str:
        """Id and digest of the finding behind this answer, in one text."""
        return f"{self.finding.id} {self.digest}"


def answers(evidence: Evidence, words: Words) -> tuple[Answer, ...]:
    """Return every finding of the public evidence in words, in the order of the verdict."""
    found = []
    for position, finding in enumerate(evidence.verdict.findings):
        file, at, _ = place_of(finding, evidence.policy)
        at = at if file is not None else ("verdict", "findings", position)
        found.append(
            Answer(
                finding=finding, digest=digest(finding.to_record()), question=said.question(words, evidence, finding),
                status=said.answer(words, finding), reason=said.reason(words, evidence, finding),
                remedy="" if finding.remedy.code == "remedy.none" else said.remedy(words, evidence, finding),
                file=file or "bundle.json", key=key_text(at),
            )
        )  # fmt: skip
    return tuple(found)


def key_text(at: tuple[str | int, ...]) -> str:
    """Return keys and positions as one text.

    Examples
    --------
    >>> key_text(("limits", 0, "reason"))
    'limits[0].reason'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).removeprefix(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One rate of one group as it may be printed; without numbers where it is suppressed.

    Attributes
    ----------
    metric : str
    by : str
        The attribute; empty for everybody.
    kind : {"overall", "area", "level", "unknown"}
    group : str
        Name in the data.
    label : str
        What readers call it.
    state : {"printed", "undefined", "suppressed"}
    found : Estimate or None
        None where it is suppressed.
    weighted : bool
        Whether rows have weights: then a share is not the quotient of the counts beside it.
    """

    metric: str
    by: str
    kind: str
    group: str
    label: str
    state: State
    found: Estimate | None
    weighted: bool


def rates(evidence: Evidence, words: Words) -> Iterator[Cell]:
    """Return every rate of everybody and of each declared group and area, attribute by attribute.

    Groups whose counts are not printed by themselves, and rows of unknown group, come without numbers: what a pool adds up
    to says nothing of a group in it. Intersections are never printed.
    """
    table, contract = evidence.metrics, evidence.contract
    weighted = contract.single("weight") is not None
    for by in ((), *((name,) for name in evidence.policy.attributes)):
        shown = [row for row in table.rows(*by) if table.kinds[row] in ("overall", "area", "level")]
        seen = {table.groups[row] for row in shown if table.kinds[row] != "area"}
        wanted = [("overall", "overall")] if not by else [("level", str(one)) for one in contract.column(by[0]).levels or ()]
        if by and contract.column(by[0]).maximum_unknown_share is not None:
            wanted.append(("unknown", "unknown"))
        hidden = [(kind, name) for kind, name in wanted if name not in seen]
        for column, metric in enumerate(table.metrics):
            for row in shown:
                kind, name, found = table.kinds[row], table.groups[row], table.at(row, column)
                yield Cell(
                    metric=metric, by="".join(by), kind=kind, group=name, label=words.group(contract, by, name, kind=kind),
                    state="printed" if found.defined else "undefined", found=found, weighted=weighted,
                )  # fmt: skip
            for missing, name in hidden:
                label = words.group(contract, by, name)
                yield Cell(
                    metric=metric, by="".join(by), kind=missing, group=name, label=label, state="suppressed", found=None,
                    weighted=weighted,
                )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the scores of one group: reals are decimal text, None is undefined.

    `counts` holds the positive cases and all rows behind it; None for rows of unknown group, whose counts no document prints.
    """

    figure: str
    by: str
    group: str
    label: str
    counts: tuple[int, int] | None
    value: str | None
    low: str | None
    high: str | None
    method: str
    confidence: str


def figures(evidence: Evidence, words: Words) -> Iterator[Figure]:
    """Return the printed figures of the scores; nothing where there are no scores."""
    table = evidence.scores
    if table is None:
        return
    for row in range(len(table)):
        by, name = table.by[row], table.groups[row]
        label = words.group(evidence.contract, by, name, kind="level" if by else "overall")
        counts = _cases(evidence, by, name)
        for column, figure in enumerate(table.figures):
            value, low, high = (real(float(of[row, column])) for of in (table.value, table.low, table.high))
            yield Figure(
                figure=figure, by="".join(by), group=name, label=label, counts=counts, value=value, low=low, high=high,
                method=FIGURE_METHODS[figure], confidence=real(table.confidence) or "",
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One comparison of printed groups: reals are decimal text, None is undefined.

    `counts` and `other_counts` hold numerator and denominator of the rate on each side.
    """

    metric: str
    by: str
    measure: str
    between: str
    group: str
    other: str
    counts: tuple[int, int]
    other_counts: tuple[int, int]
    value: str | None
    low: str | None
    high: str | None
    method: str


def gaps(evidence: Evidence) -> Iterator[Gap]:
    """Return the widest gap between two printed groups, and each printed group against everybody."""
    table = evidence.disparities
    for i in range(len(table)):
        if len(table.by[i]) > 1:
            continue
        method = METHODS[table.differences if table.measure[i] == "difference" else "miettinen_nurminen"]
        value, low, high = (None if math.isnan(x) else real(x) for x in (table.value[i], table.low[i], table.high[i]))
        metric, by, group, other = table.metric[i], table.by[i], table.group[i], table.other[i]
        beside = () if table.between[i] == "overall" else by
        yield Gap(
            metric=metric, by=by[0], measure=table.measure[i], between=table.between[i], group=group, other=other,
            counts=_counts(evidence, metric, by, group), other_counts=_counts(evidence, metric, beside, other),
            value=value, low=low, high=high, method=method,
        )  # fmt: skip


def _cases(evidence: Evidence, by: tuple[str, ...], group: str) -> tuple[int, int] | None:
    """Return the printed positive cases and rows of a group, or of everybody."""
    tally = printed(evidence)
    rows = tally.margin(by[0]).rows if by else (() if tally.total is None else (tally.total,))
    cells = next((row.cells for row in rows if row.kind == "level" and row.name == group), None)
    return None if cells is None else (cells[2] + cells[3], sum(cells))


def _counts(evidence: Evidence, metric: str, by: tuple[str, ...], group: str) -> tuple[int, int]:
    """Return the printed numerator and denominator of a rate."""
    found = evidence.metrics[metric, by, group]
    return found.numerator, found.denominator


def marks(evidence: Evidence) -> dict[str, str]:
    """Return what tells this evidence from other evidence, and how it was judged: formats carry it where they have room."""
    draft = bool(evidence.contract.unconfirmed) or evidence.concept
    return {
        "edition": evidence.edition, "part": evidence.part, "draft": "yes" if draft else "no", "created": evidence.created,
        "verdict": evidence.verdict.status, "decide_on": evidence.verdict.decide_on, "evidence": evidence.digest,
        "policy": evidence.policy.digest, "contract": evidence.contract.digest, "charter": evidence.charter.digest,
    }  # fmt: skip
