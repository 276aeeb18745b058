"""A verdict as text: the question, the result, the limit, and what would help."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.names import levels_of
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.cli.console import fill, plain
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import STATUSES, Finding, SideKind, Status, gravest_first
from smartstart_gov.judgement.question import question_of
from smartstart_gov.judgement.sentences import NO_GROUP
from smartstart_gov.show import text_table

_BETWEEN = {
    "groups": "between every two groups", "overall": "between each group and everybody",
    "rest": "between each group and all others", "reference": "between each group and one named group",
}  # fmt: skip
#: Columns for the name of a limit: with the other columns the table fits in 80.
_NAME = 34
#: Where text under a status begins.
_INDENT = " " * 11


def verdict_text(evidence: Evidence, *, explain: Sequence[Status] = ("FAILED", "NOT_SHOWN", "WAIVED")) -> str:
    """Return the verdict of one edition in at most 80 columns; findings with status `explain` get their reason."""
    verdict, findings = evidence.verdict, evidence.verdict.findings
    counts = ", ".join(f"{n} {status.lower().replace('_', ' ')}" for status in STATUSES if (n := verdict.count(status)))
    decided = f"judged with their uncertainty, alpha {evidence.alpha:.3g}"
    if evidence.look is not None and evidence.look.most > 1:
        decided += f" (look {evidence.look.place} of at most {evidence.look.most} at this audit set)"
    if verdict.decide_on == "point":
        decided = "judged on estimates alone: sampling error was ignored"
    lines = [
        f"{evidence.name} {evidence.version or 'unversioned'}: {verdict.status.replace('_', ' ')}",
        fill(f"{len(findings)} findings: {counts}. Limits are {decided}."),
    ]
    if evidence.edition == "private":
        lines.append(fill("CONFIDENTIAL: this is the private edition, in which people in small groups can be recognised."))
    if evidence.concept:
        lines.append(fill("CONCEPT: computed on the develop part. The audit part is still closed, and no look was used."))
    limits, controls = (gravest_first(f for f in findings if bool(f.metric) is asked) for asked in (True, False))
    why = _why(limits, evidence.policy, explain)
    lines += ["", *_limit_table(limits, evidence), "", *why, *([""] if why else []), *_controls(controls, explain)]
    if isinstance(evidence.tally, PrintedTally):
        lines += ["", *_printed(evidence.tally)]
    return "\n".join(lines)


def findings_text(findings: Sequence[Finding]) -> str:
    """Return findings that are not limits, each with its reason and remedy, in at most 80 columns."""
    return "\n".join(_controls(gravest_first(findings), STATUSES))


def _limit_table(limits: list[Finding], evidence: Evidence) -> list[str]:
    rows: list[list[str]] = []
    for finding in limits:
        found, pair = _found(finding, evidence)
        name = textwrap.wrap(_short(finding), _NAME)
        more = textwrap.wrap(plain(pair), _NAME, initial_indent="  ", subsequent_indent="  ")
        rows.append([finding.status, name[0], found, _limit(finding)])
        rows += [["", line, "", ""] for line in [*name[1:], *more]]
    return text_table(["status", "limit", "found", "allowed"], rows).split("\n")


def _found(finding: Finding, evidence: Evidence) -> tuple[str, str]:
    """Return what was found and between whom; where what decides is not printed, the widest gap that is."""
    found, contract = finding.decisive, evidence.contract
    if found is None:
        return _widest(finding, evidence)
    group, other = (
        _group(name, kind, finding.by, contract)
        for name, kind in ((found.group, found.group_kind), (found.other, found.other_kind))
    )
    numbers = ("-" if x is None else f"{float(x):.3f}" for x in (found.value, found.low, found.high))
    pair = f"furthest out: {group}" if finding.measure == "spread" else f"{group} against {other}"
    return "undefined" if found.value is None else "{} [{}, {}]".format(*numbers), pair


def _widest(finding: Finding, evidence: Evidence) -> tuple[str, str]:
    table, asked = evidence.disparities, (finding.by, finding.metric, finding.measure, finding.between)
    printed = [
        i
        for i in range(len(table))
        if (table.by[i], table.metric[i], table.measure[i], table.between[i]) == asked and not math.isnan(table.value[i])
    ]
    if not printed:
        return "not printed", ""
    row = max(printed, key=lambda i: abs(_log(table.value[i]) if finding.measure == "ratio" else table.value[i]))
    numbers = table.value[row], table.low[row], table.high[row]
    sides: list[tuple[str, SideKind]] = [
        (table.group[row], "level"),
        (table.other[row], "overall" if finding.between == "overall" else "level"),
    ]
    if finding.measure == "ratio" and table.value[row] > 1:  # of the lower side to the higher, as limits on ratios are
        numbers, sides = (_over(numbers[0]), _over(numbers[2]), _over(numbers[1])), sides[::-1]
    first, second = (_group(name, kind, finding.by, evidence.contract) for name, kind in sides)
    return "{:.3f} [{:.3f}, {:.3f}]".format(*numbers), f"printed groups only: {first} against {second}"


def _log(ratio: float) -> float:
    return math.log(ratio) if ratio > 0 else -math.inf


def _over(ratio: float) -> float:
    return 1 / ratio if ratio > 0 else math.inf


def _group(name: str, kind: SideKind, by: tuple[str, ...], contract: DataContract) -> str:
    if kind != "level":
        return NO_GROUP.get(kind, name)
    return " & ".join(
        contract.column(column).label_of(level, "en") for column, level in zip(by, levels_of(by, name), strict=True)
    )


def _limit(finding: Finding) -> str:
    return f"{'over' if finding.measure == 'ratio' else 'under'} {finding.limit}"


def _why(limits: list[Finding], policy: Policy, explain: Sequence[Status]) -> list[str]:
    """Say why each limit stands where it stands, and what would change it."""
    lines = []
    for finding in limits:
        if finding.status not in explain:
            continue
        warning = " Warning only." if finding.severity == "warn" else ""
        question = _question(finding, policy) + warning
        lines += [
            f"{finding.status:9}  {_short(finding)}",
            fill(plain(question[0].upper() + question[1:]), _INDENT),
            *_reason(finding, _INDENT),
        ]
    return lines


def _question(finding: Finding, policy: Policy) -> str:
    """Return what was asked; of a rung the areas that it compares, and the stage that needs it."""
    metric, asked = str(finding.metric).replace("_", " "), question_of(finding.id, policy.limits)
    step = None if asked is None else asked.step
    by = step or " and ".join(finding.by)
    spread = finding.measure == "spread"
    what = f"standard deviation of the {metric} over the groups" if spread else f"{finding.measure} of the {metric}"
    between = "with no group standing out" if spread else _BETWEEN[str(finding.between)]
    needed = "" if finding.rung is None else f" Needed from {finding.stage} on." if finding.stage else " Needed by no stage."
    return f"{what} by {by}, {between}.{needed}"


def _controls(controls: list[Finding], explain: Sequence[Status]) -> list[str]:
    """Say the same of controls; those that are not explained share a line with others of their status."""
    lines = [
        line for one in controls if one.status in explain for line in _reason(one, f"{one.status:9}  ", f"{_short(one)}: ")
    ]
    for status in STATUSES:
        names = [_short(one) for one in controls if one.status == status and status not in explain]
        if names:
            lines.append(fill(f"controls {', '.join(names)}", _INDENT, f"{status:9}  "))
    return lines


def _reason(finding: Finding, first: str, name: str = "") -> list[str]:
    reason = fill(plain(name + finding.reason.text()), _INDENT, first)
    if finding.remedy.code == "remedy.none":
        return [reason]
    return [reason, fill(plain(finding.remedy.text()), _INDENT + "  ", _INDENT + "> ")]


def _short(finding: Finding) -> str:
    return finding.id.removeprefix("limit.").removeprefix("control.")


def _printed(tally: PrintedTally) -> list[str]:
    rows = [
        [
            m.attribute,
            f"{m.printed} of {m.declared}",
            "-" if m.unknown_rows is None else f"{m.unknown_rows:,}".replace(",", " "),
        ]
        for m in tally.margins
    ]
    note = f"A group is printed if each of its counts is {tally.k} or more. Limits are judged on all groups, printed or not."
    header = ["attribute", "groups printed", "rows without a recorded group"]
    return [*text_table(header, rows, right=(1, 2)).split("\n"), fill(note)]
