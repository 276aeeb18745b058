"""The findings on linking, where the contract links sources."""

from __future__ import annotations

from collections.abc import Callable, Container

from smartstart_gov.controls.linking import LinkLosses
from smartstart_gov.project.contract import DataContract
from smartstart_gov.verdict.finding import Finding, Message, Status

Answer = tuple[Status, Message, Message, tuple[str, ...]]


#: Editions of the rules with which each version of a question came, by the id of its finding (as in a `Control`).
SINCE: dict[str, tuple[int, ...]] = {f"rows.linking_{name}": (1,) for name in ("groups", "share", "age")}


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
