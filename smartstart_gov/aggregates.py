"""audit_counts() and audit_areas(): published tables, and residents of areas. They give a verdict but no release.

No individual rows are needed here. The result is a `CountsAudit`: the verdict with the ranges it rests on.
It covers no model, no training and no signature, so the gate does not accept it.

The share of a group that lives in a chosen area is known for everybody: it is judged as a census, without
sampling error. Whether an area was rightly chosen depends on outcomes, which are subject to chance: those
rates use the area as the unit, so that many residents of one area do not count as independent cases (Kish 1965).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import Column, DataContract
from smartstart_gov.authoring.policy import Limit, Policy
from smartstart_gov.authoring.project import Project
from smartstart_gov.canonical import pretty_json
from smartstart_gov.counting.published import EVERYBODY, Layout, Notation, read_counts, text_columns
from smartstart_gov.counting.ranges import RangedTable, as_ranges, count_areas
from smartstart_gov.counting.tally import Tally, axis_of
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.judgement.finding import Finding, Message, Verdict
from smartstart_gov.judgement.judge import judge_limit
from smartstart_gov.judgement.published_counts import judge_counts, judge_published
from smartstart_gov.judgement.question import answer, questions
from smartstart_gov.show import Value
from smartstart_gov.statistics.rates import rate
from smartstart_gov.storage import write_file

FORMAT = 1
Ints = npt.NDArray[np.int64]
#: What stands in every record of an audit of counts.
SCOPE = "A verdict on counts alone. It knows no model, no training and no signature, and releases nothing."


def judge_areas(tally: Tally, policy: Policy, *, areas: Collection[str], truth: bool) -> Verdict:
    """Return the verdict of `policy` over residents counted by group and decision of their area.

    Parameters
    ----------
    tally : Tally
        From `count_areas`: one axis, with the area as unit.
    policy : Policy
    areas : collection of str
        Attributes that are the area itself; limits on them do not apply.
    truth : bool
        Whether the outcomes of areas are known; otherwise limits on error rates are NOT_SHOWN.
    """
    found = tuple(f for limit in policy.limits for f in _judge(tally, policy, limit, areas, truth=truth))
    return Verdict(findings=found, policy_digest=policy.digest, decide_on=policy.decide_on)


def _judge(tally: Tally, policy: Policy, limit: Limit, areas: Collection[str], *, truth: bool) -> tuple[Finding, ...]:
    if any(name in areas for name in limit.by):
        reason, remedy = Message(code="areas.apart", values={}), Message(code="remedy.areas", values={})
        return tuple(answer(question, "NOT_APPLICABLE", reason, remedy) for question in questions(limit))
    known = limit.by == (tally.axes[0].name,) and limit.given is None
    if not known or limit.metric == "selection_rate":
        return judge_published([as_ranges(tally)], policy, limit, census=True)
    if not truth:
        reason, remedy = Message(code="counts.metric", values={}), Message(code="remedy.truth", values={})
        return tuple(answer(question, "NOT_SHOWN", reason, remedy) for question in questions(limit))
    return judge_limit(tally, policy, limit, policy.alpha)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class CountsAudit(Value):
    """The verdict on counts that somebody else made. It is not evidence for a release: the gate does not accept it.

    Attributes
    ----------
    name : str
        Of the project whose policy was applied.
    kind : {"table", "areas"}
    census : bool
        Whether the counts cover everybody, so that sampling error was ignored.
    contract_digest : str
    verdict : Verdict
    counts : tuple of RangedTable
        What the table says, as ranges. The record is as confidential as the table.
    """

    derived: ClassVar[tuple[str, ...]] = ("format", "scope")
    format: ClassVar[int] = FORMAT
    scope: ClassVar[str] = SCOPE

    name: str
    kind: Literal["table", "areas"]
    census: bool
    contract_digest: str
    verdict: Verdict
    counts: tuple[RangedTable, ...]

    def write(self, path: Path | str) -> Path:
        """Write the record as JSON to `path`, which is replaced if it exists; return the path."""
        write_file(Path(path), pretty_json(self.to_record()))
        return Path(path)

    def headline(self) -> str:
        """Return the verdict in one line; no count."""
        what = "everybody" if self.census else "a sample"
        return f"CountsAudit({self.name}: {self.verdict.status}, {len(self.verdict.findings)} findings on {what}; no release)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per finding, the most serious first."""
        return self.verdict.table()


def audit_counts(
    table: Any, project: Project, *, columns: Mapping[str, str] | None = None, truth: str | None = None,
    decision: str | None = None, count: str | None = None, rounding: int | tuple[int, int] = 1,
    suppressed: Mapping[str, tuple[int, int | None]] | None = None, everybody: str = EVERYBODY, census: bool = False,
) -> CountsAudit:  # fmt: skip
    """Judge published counts, even rounded or suppressed ones, against the limits of a project's policy.

    PASSED only if every choice of whole numbers within the ranges passes, FAILED only if every choice
    fails; if rounding or suppression hides the answer, it is NOT_SHOWN, with that reason. No model is known
    and nothing is released: `gate` does not accept the result.

    Parameters
    ----------
    table : DataFrame (pandas or polars), pyarrow.Table, or path of a CSV file
        One row per group. Columns with the names of the contract's sensitive columns say which group;
        columns named ``tn``, ``fp``, ``fn``, ``tp``, ``selected``, ``not_selected``, ``positives``, ``negatives``,
        ``correct``, ``wrong`` or ``total`` contain the counts, as far as the publisher gives them.
    project : Project
    columns : dict of str to str, optional
        Maps the name of such a part to the column that contains it, if that has another name.
    truth, decision, count : str, optional
        For a long table, with one row per group and true outcome, decision or both: the columns that contain these.
    rounding : int or (int, int)
        ``5`` if counts are rounded to the nearest multiple of 5; a pair says how much lower and how much
        higher a count may be, ``(4, 4)`` for random rounding to base 5.
    suppressed : dict of str to (int, int or None), optional
        What replaces a count, with its minimum and maximum: ``{"<10": (0, 9), "": (0, None)}``.
    everybody : str
        The word in an attribute's column for rows over all its groups; such rows narrow the ranges.
    census : bool
        The counts cover everybody the policy is about: no sampling error, no interval.

    Returns
    -------
    CountsAudit

    Raises
    ------
    Refused
        Every way in which the table breaks the contract, at once; D17 for cells that are not counts, D21 if no
        whole numbers agree with the rounding, suppression and totals.

    References
    ----------
    Manski 2003, Partial identification of probability distributions.
    """
    accept(audit_counts, locals())
    layout = Layout(columns=columns or {}, truth=truth, decision=decision, count=count)
    notation = Notation(rounding=rounding, suppressed=suppressed or {}, everybody=everybody)
    check_metrics(project)
    counts = read_counts(table, project.contract, layout, notation)
    return CountsAudit(
        name=project.charter.name, kind="table", census=census, contract_digest=project.contract.digest,
        verdict=judge_counts(counts, project.policy, census=census), counts=counts,
    )  # fmt: skip


def audit_areas(
    frame: Any, project: Project, *, residents: Sequence[str] | Mapping[str, str], decision: str, truth: str | None = None,
    attribute: str | None = None, area: str | None = None,
) -> CountsAudit:  # fmt: skip
    """Judge a model that chooses areas, by who lives in them: of 100 children of a group, how many live in a chosen area.

    The table contains all areas, so the selection rate is exact: no sampling error, no interval. Error
    rates need outcomes and use the area as the unit. A limit between areas is NOT_APPLICABLE. Nothing is released.

    Parameters
    ----------
    frame : DataFrame (pandas or polars), pyarrow.Table, or path of a CSV file
        One row per area, with all areas.
    project : Project
    residents : list of str, or dict of str to str
        Columns that count residents, named after the levels of the attribute; or a mapping of column to level.
    decision, truth : str
        Columns of 0 and 1: whether the area is chosen, and whether it should have been.
    attribute : str, optional
        The sensitive column to whose levels the residents belong; by default the one attribute that has them all.
    area : str, optional
        The column with the area's name, which must be unique; attributes with a hierarchy are areas too.

    Returns
    -------
    CountsAudit

    Raises
    ------
    Refused
        D04, D07, D10, D17, D20: wrong levels, decisions, area names, counts or columns.
    """
    accept(audit_areas, locals())
    cells = text_columns(frame)
    level_of = dict(residents) if isinstance(residents, Mapping) else {name: name for name in residents}
    check_metrics(project)
    _present([*level_of, decision, *(name for name in (truth, area) if name is not None)], cells)
    column = _attribute(project, attribute, list(level_of.values()))
    if area is not None and len(set(cells[area])) != len(cells[area]):
        raise Refused("D10", f"Column {area!r} names the same area twice.", "Argument frame", "Give each area one row.")
    found: list[Violation] = []
    people = {level: _counts(name, cells[name], found) for name, level in level_of.items()}
    chosen, outcome = (None if name is None else _bits(name, cells[name], found) for name in (decision, truth))
    if found or chosen is None:
        raise Refused.of(found)
    tally = count_areas(axis_of(column, project.contract), people, chosen, outcome)
    areas = {*project.contract.hierarchies, *([area] if area is not None else [])} - {column.name}
    return CountsAudit(
        name=project.charter.name, kind="areas", census=True, contract_digest=project.contract.digest,
        verdict=judge_areas(tally, project.policy, areas=areas, truth=truth is not None), counts=(as_ranges(tally),),
    )  # fmt: skip


def check_metrics(project: Project) -> None:
    """Raise Refused M01 if a limit names a metric that does not exist."""
    for limit in project.policy.limits:
        rate(limit.metric)


def _present(names: Sequence[str], cells: Mapping[str, list[str]]) -> None:
    missing = [name for name in names if name not in cells]
    if missing:
        raise Refused(
            "D20",
            f"There is no column {missing[0]!r}.",
            "Argument frame",
            "Write column names exactly as they appear in the table.",
        )


def _attribute(project: Project, name: str | None, levels: Sequence[str]) -> Column:
    contract: DataContract = project.contract
    able = [
        column
        for column in contract.with_role("sensitive")
        if column.name in ((name,) if name is not None else project.policy.attributes)
        and set(levels) <= set(column.axis_levels)
    ]
    if len(able) != 1 or len(set(levels)) != len(levels) or not levels:
        what = f"{len(able)} audited attributes match the levels {', '.join(levels)[:80]}."
        raise Refused(
            "D04",
            what,
            "Argument residents",
            "Use the levels of one attribute, each once, and pass that attribute as attribute=.",
        )
    return able[0]


def _counts(name: str, texts: Sequence[str], found: list[Violation]) -> Ints:
    ranges = [Notation().range_of(text) for text in texts]
    if bad := sum(one is None for one in ranges):
        what = f"Column {name!r} has {bad} cells of {len(texts)} that are not counts."
        found.append(Violation(rule="D17", what=what, where="Argument frame", remedy="Write digits only."))
    return np.array([0 if one is None else one[2] for one in ranges], dtype=np.int64)


def _bits(name: str, texts: Sequence[str], found: list[Violation]) -> npt.NDArray[np.int8]:
    values = [{"1": 1, "true": 1, "0": 0, "false": 0}.get(text.lower(), -1) for text in texts]
    if bad := values.count(-1):
        what = f"Column {name!r} has {bad} cells of {len(texts)} that are neither 0 nor 1."
        found.append(Violation(rule="D07", what=what, where="Argument frame", remedy="Write 0 and 1."))
    return np.array(values, dtype=np.int8)
