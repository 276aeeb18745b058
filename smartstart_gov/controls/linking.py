"""What was lost in linking sources, judged: whether a group is lost more often than the others.

Which rows were lost is known, not sampled. What is tested is whether the loss follows a group: were the lost rows drawn
without regard to it, the number lost in a group would follow the hypergeometric distribution.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.codec import LATER, Recorded, read
from smartstart_gov.intake.link_report import GroupLoss, LinkReport, SourceLoss
from smartstart_gov.judgement.finding import Finding, Message, Status
from smartstart_gov.statistics.intervals import difference_interval
from smartstart_gov.statistics.spread import standing_out

Answer = tuple[Status, Message, Message, tuple[str, ...]]


#: Editions of the rules with which each version of a question came, by the id of its finding (as in a `Control`).
SINCE: dict[str, tuple[int, ...]] = {f"rows.linking_{name}": (1,) for name in ("groups", "share", "age")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRule(Recorded):
    """By what rule a group counts as lost; it travels with the counts, so that whoever reads them later knows it.

    Attributes
    ----------
    alpha : float
        Chance that any group of any column and source is named although the loss follows no group.
    smallest : float
        A group is named only where it loses this share of rows more than the others do.
    margin, shown : float
        For a loss to pass, it is shown at the level `shown` that no group loses this share more.
    """

    alpha: float
    smallest: float
    margin: float
    shown: float


#: Every rule that evidence was judged by, the present one last. Another rule is another entry: evidence that names
#: numbers of its own does not read.
RULES = (LinkRule(alpha=0.01, smallest=0.01, margin=0.05, shown=0.05),)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLost:
    """A group that is lost more often than the others: name and counts, as far as they may be printed (else None)."""

    source: str
    attribute: str
    level: str | None
    lost: int | None
    rows: int | None
    rest_lost: int | None
    rest_rows: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLosses(Recorded):
    """A link report and what follows from it; `printed` hides what small groups would show.

    Attributes
    ----------
    k : int
        The policy's: no printed count is smaller.
    report : LinkReport
        In the public edition without counts of groups.
    named : tuple of GroupLost
        Groups that are lost more often, those that may be printed first.
    thin : tuple of (str, int)
        Source, and in how many groups chance could hide a loss beyond the margin.
    rule : LinkRule or None
        By what it was judged; None in evidence of before it was written down, which the first of `RULES` judged.
    """

    k: int
    report: LinkReport
    named: tuple[GroupLost, ...]
    thin: tuple[tuple[str, int], ...]
    rule: Annotated[LinkRule | None, LATER] = None

    @classmethod
    def of(cls, report: LinkReport, k: int, rule: LinkRule = RULES[-1]) -> LinkLosses:
        """Return what follows from all counts under `rule`."""
        families = sum(1 for one in report.sources for _ in one.groups)
        named = [lost for one in report.sources for group in one.groups for lost in _named(one, group, families, k, rule)]
        named.sort(key=lambda lost: lost.level is None)
        thin = tuple((one.source, sum(_thin(group, rule) for group in one.groups)) for one in report.sources)
        return cls(k=k, report=report, named=tuple(named), thin=tuple(pair for pair in thin if pair[1]), rule=rule)

    def printed(self, shown: Container[tuple[str, str]] | None = None) -> LinkLosses:
        """Return what may be printed: the same answers, no counts of groups but those of one that is named.

        `shown` are attributes and levels of which the counts are printed. Only the first of those keeps its name: two groups
        that lost many tell of a third, or of those in one and not in the other. By default, as rules of before had it, all do.
        """
        sources = tuple(replace(one, groups=()) for one in self.report.sources)
        named = list(self.named)
        if shown is not None:
            keep = next((one for one in named if one.level is not None and (one.attribute, one.level) in shown), None)
            hidden = {"level": None, "lost": None, "rows": None, "rest_lost": None, "rest_rows": None}
            named = [one if one is keep else replace(one, **hidden) for one in named]  # type: ignore[arg-type]  # all may be None
            named.sort(key=lambda lost: lost.level is None)
        return replace(self, report=replace(self.report, sources=sources), named=tuple(named))

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> LinkLosses:
        """Return what `to_record` wrote; ValueError where it does not follow from its own counts, by a rule of `RULES`."""
        rule = next((one for one in RULES if one.to_record() == record.get("rule")), None)
        if rule is None and "rule" in record:
            raise ValueError("the rule by which groups count as lost in linking is none of this library")
        found = read(cls, record, rule=rule)
        if (
            any(one.groups for one in found.report.sources)
            and replace(cls.of(found.report, found.k, rule or RULES[0]), rule=rule) != found
        ):
            raise ValueError("what is said of groups lost in linking does not follow from the counts")
        return found


def _named(one: SourceLoss, group: GroupLoss, families: int, k: int, rule: LinkRule) -> list[GroupLost]:
    total, gone = sum(group.rows), sum(group.lost)
    found = []
    for at in standing_out(group.lost, group.rows, alpha=rule.alpha / families, harm="higher"):
        lost, rows = group.lost[at], group.rows[at]
        rest_lost, rest = gone - lost, total - rows
        if rest and lost / rows - rest_lost / rest >= rule.smallest:
            # Both the lost and the linked of the group, and of the rest, are many enough or none.
            shows = min(lost, rows - lost) >= k and all(n == 0 or n >= k for n in (rest_lost, rest - rest_lost))
            name = GroupLost(
                source=one.source, attribute=group.attribute, level=group.levels[at], lost=lost, rows=rows,
                rest_lost=rest_lost, rest_rows=rest,
            )  # fmt: skip
            hidden = replace(name, level=None, lost=None, rows=None, rest_lost=None, rest_rows=None)
            found.append(name if shows else hidden)
    return found


def _thin(group: GroupLoss, rule: LinkRule) -> int:
    """Return for how many groups it is not shown that they lose less than the margin more than the others."""
    lost, rows = np.array(group.lost), np.array(group.rows)
    at = np.flatnonzero((rows > 0) & (rows < rows.sum()))
    if not lost.sum() or not len(at):
        return 0
    rest_lost, rest = lost.sum() - lost, rows.sum() - rows
    _, high = difference_interval(lost[at], rows[at], rest_lost[at], rest[at], confidence=1 - 2 * rule.shown)
    return int((high >= rule.margin).sum())


def link_findings(contract: DataContract, losses: LinkLosses | None, only: Container[str] | None = None) -> tuple[Finding, ...]:
    """Return what linking did: to groups, to the share of rows, and how old the extracts are where that is declared.

    Without `losses` the rows came linked already, and nothing is known of it. `only` are the ids of what is asked; all by
    default.
    """
    links = contract.links
    if not links:
        return ()
    asked: list[tuple[str, Callable[[DataContract, LinkLosses], Answer]]] = [("groups", _groups), ("share", _share)]
    if any(one.moment is not None for one in links):
        asked.append(("age", _age))
    found = []
    for name, ask in asked:
        if only is not None and f"rows.linking_{name}" not in only:
            continue
        unseen = _say("linking.unseen", source=", ".join(one.source for one in links)), _say("linking.remedy_unseen")
        status, reason, remedy, by = ("NOT_SHOWN", *unseen, ()) if losses is None else ask(contract, losses)
        found.append(
            Finding(
                id=f"rows.linking_{name}", severity="block", moment="audit", status=status, reason=reason, remedy=remedy, by=by
            )
        )
    return tuple(found)


def _say(code: str, **values: str | int) -> Message:
    return Message(code=code, values=values)


_NOTHING = _say("remedy.none")


def _groups(contract: DataContract, losses: LinkLosses) -> Answer:
    if losses.named:
        first, count, mend = losses.named[0], len(losses.named), _say("linking.remedy_groups")
        counts = (first.lost, first.rows, first.rest_lost, first.rest_rows)
        if first.level is None or None in counts:
            return "FAILED", _say("linking.groups_hidden", source=first.source, named=count), mend, ()
        lost, rows, rest_lost, rest_rows = (n or 0 for n in counts)
        reason = _say(
            "linking.groups_failed", source=first.source, group=first.level, attributes=first.attribute,
            lost=lost, rows=rows, rest_lost=rest_lost, rest_rows=rest_rows, named=count,
        )  # fmt: skip
        return "FAILED", reason, mend, (first.attribute,)
    unmeasured = [(one.source, one.unmeasured) for one in losses.report.sources if one.unmeasured and one.lost]
    if unmeasured:
        source, columns = unmeasured[0]
        reason = _say("linking.groups_unmeasured", source=source, attributes=", ".join(columns))
        return "NOT_SHOWN", reason, _say("linking.remedy_unmeasured"), ()
    if losses.thin:
        source, groups = losses.thin[0]
        return "NOT_SHOWN", _say("linking.groups_thin", source=source, groups=groups), _say("linking.remedy_thin"), ()
    return "PASSED", _say("linking.groups_passed"), _NOTHING, ()


def _share(contract: DataContract, losses: LinkLosses) -> Answer:
    expected = {one.source: one.expected_share for one in contract.links}
    for one in losses.report.sources:
        linked = one.rows - one.lost
        # The rows are counted, not sampled: below is below.
        if linked < expected[one.source] * one.rows - 1e-9:
            share = f"{expected[one.source]:g}"
            reason = _say("linking.share_failed", linked=linked, rows=one.rows, source=one.source, expected=share)
            return "FAILED", reason, _say("linking.remedy_share"), ()
    return "PASSED", _say("linking.share_passed", linked=losses.report.linked, rows=losses.report.rows), _NOTHING, ()


def _age(contract: DataContract, losses: LinkLosses) -> Answer:
    days = {one.source: one.days_old for one in losses.report.sources}
    for one in contract.links:
        if one.maximum_days is None:
            continue
        old = days[one.source]
        if old is None:
            return "NOT_SHOWN", _say("linking.age_unknown", source=one.source), _say("linking.remedy_age"), ()
        if old > one.maximum_days:
            reason = _say("linking.age_failed", source=one.source, days=old, most=one.maximum_days)
            return "FAILED", reason, _say("linking.remedy_age"), ()
    return "PASSED", _say("linking.age_passed"), _NOTHING, ()
