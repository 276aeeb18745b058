"""What people see: refusals as text, tables, exit codes. Only here does an error become an exit code."""

from __future__ import annotations

import json
import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any

from smartstart_gov.errors import Refused
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.metrics.rates import RATES
from smartstart_gov.release.gate import Decision
from smartstart_gov.tally.printed import PrintedTally
from smartstart_gov.verdict.finding import Finding, Status

#: An error of the library itself, not of what it was given.
INTERNAL = 70
INTERRUPTED = 130
WIDTH = 80
_VERDICT_CODES = {"PASSED": 0, "FAILED": 1, "NOT_SHOWN": 3}
_ORDER: tuple[Status, ...] = ("FAILED", "NOT_SHOWN", "WAIVED", "PASSED", "NOT_APPLICABLE")


def verdict_code(status: str) -> int:
    """Return the exit code of a verdict."""
    return _VERDICT_CODES[status]


def inert(text: str) -> str:
    """Return `text` with control and format characters escaped: a name cannot drive a terminal."""
    return "".join(c if c == "\n" or unicodedata.category(c)[0] != "C" else f"\\u{ord(c):04x}" for c in text)


def out(text: str = "") -> None:
    """Print a line on stdout."""
    sys.stdout.write(inert(text) + "\n")


def step(text: str) -> None:
    """Tell what is being done, on stderr."""
    sys.stderr.write(inert(text) + "\n")
    sys.stderr.flush()


def record(value: Any) -> None:
    """Print a machine-readable record on stdout, and nothing else."""
    sys.stdout.write(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=True) + "\n")


def refusal(refused: Refused) -> int:
    """Print every violation on stderr and return the exit code."""
    count = len(refused.violations)
    head = "Refused" if refused.exit_code == 2 else "The evidence does not hold"
    sys.stderr.write(f"{head}: {count} {'thing' if count == 1 else 'things'} to mend.\n")
    for violation in refused.violations:
        sys.stderr.write("\n" + inert(str(violation)) + "\n")
    return refused.exit_code


def wrapped(text: str, indent: str = "") -> str:
    """Return `text` folded at 80 columns, continuation lines indented."""
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def evidence(of: Evidence) -> None:
    """Print the verdict of one edition: in words, as a table, and what is printed of the groups."""
    verdict = of.verdict
    words = {
        "PASSED": "PASSED: every question of the policy was answered, and every answer lies inside its limit.",
        "FAILED": "FAILED: at least one limit is broken, and chance does not explain it.",
        "NOT_SHOWN": "NOT SHOWN: no limit is shown to be broken, but evidence is missing or too thin.",
    }
    out(f"{of.name} {of.version or ''}".rstrip())
    out(wrapped(words[verdict.status]))
    if verdict.decide_on == "point":
        out(wrapped("Chance was not taken into account: the policy decides on estimates alone."))
    out()
    for finding in sorted(verdict.findings, key=lambda f: (not f.blocks, _ORDER.index(f.status))):
        _finding(finding)
    if isinstance(of.tally, PrintedTally):
        for margin in of.tally.margins:
            out(
                f"{margin.attribute}: {margin.printed} of {margin.declared} groups are large enough to print (k = {of.tally.k})."
            )


def _finding(finding: Finding) -> None:
    short = finding.status.replace("_", " ")
    if finding.status == "PASSED" or finding.metric is None:
        out(f"{short:<12}{finding.id}")
        if finding.metric is not None:
            out(wrapped(question(finding), " " * 12))
        if finding.status != "PASSED":
            out(wrapped(finding.reason.text(), " " * 12))
            out(wrapped("-> " + finding.remedy.text(), " " * 12))
        return
    out(f"{short:<12}{finding.id}")
    out(wrapped(question(finding), " " * 12))
    if finding.decisive is not None:
        d = finding.decisive
        bounds = "" if d.low is None else f" [{_number(d.low)}, {_number(d.high)}]"
        out(wrapped(f"{d.group} against {d.other}: {_number(d.value)}{bounds}, limit {finding.limit}", " " * 12))
    out(wrapped(finding.reason.text(), " " * 12))
    out(wrapped("-> " + finding.remedy.text(), " " * 12))


def question(finding: Finding) -> str:
    """Return what a limit asks, in words."""
    label = RATES[finding.metric].label["en"] if finding.metric in RATES else str(finding.metric)
    against = {
        "groups": "between groups",
        "overall": "from everybody",
        "rest": "from the rest",
        "reference": "from a reference group",
    }
    return f"{label}: {finding.measure} {against[str(finding.between)]}, by {' x '.join(finding.by)}"


def decision(made: Decision) -> None:
    """Print the gate's answer and its reasons."""
    words = {
        "allowed": "ALLOWED", "refused": "REFUSED", "not_shown": "NOT SHOWN",
        "evidence_broken": "THE EVIDENCE DOES NOT HOLD", "signatures_missing": "SIGNATURES MISSING",
    }  # fmt: skip
    basis = "" if made.edition is None else f" (decided on the {made.edition} counts)"
    out(f"{words[made.result]}: {made.name} {made.version} to {made.stage}{basis}")
    for reason in made.reasons:
        out(textwrap.fill(reason, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False))


def commands(title: str, lines: Sequence[str]) -> None:
    """Print what to run next, each command on a line of its own."""
    out()
    out(title)
    for line in lines:
        out(f"  {line}")


def _number(text: str | None) -> str:
    return "undefined" if text is None else f"{float(text):.3f}"
