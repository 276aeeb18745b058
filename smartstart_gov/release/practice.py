"""Practice: counts from shadow or trial, judged by the limits of the audit, and what they come to in the log.

Nobody can recompute a count whose rows are elsewhere, so the log holds the digest of the counts and the answers, and whoever
signs a release that asks for practice signs after them. A breach that was found stays found: the way on is another version.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import DataContract, steps_of
from smartstart_gov.authoring.names import LOG_FOLDER, NAME_PATTERN
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.counting.tally_file import read_tally
from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.evidence.bundle import bundle_of
from smartstart_gov.evidence.folder import AUDITED, MODEL_FILE, PINNED, Examined, examine
from smartstart_gov.evidence.publish import public_finding
from smartstart_gov.judgement.finding import Finding, Status, Verdict, gravest_first
from smartstart_gov.judgement.judge import judge
from smartstart_gov.judgement.question import questions
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.release.approvals import logged_audit
from smartstart_gov.show import Value

#: Kind of the log entry.
RECHECK = "recheck"
#: Stages of which practice is counted.
PRACTISED = ("shadow", "trial")
#: Who decided what was counted: the model alone, or people who had its answer before them.
Decider = Literal["model", "people"]
DECIDERS: tuple[Decider, ...] = get_args(Decider)
_BODY = {"name", "version", "audited", "stage", "decided_by", "counts", "answers"}
_ANSWERS: tuple[Status, ...] = ("PASSED", "FAILED", "NOT_SHOWN")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Recheck(Value):
    """What counts from practice come to under the limits of a version.

    Attributes
    ----------
    name, version : str
    stage : {"shadow", "trial"}
        Where they were counted.
    decided_by : {"model", "people"}
    findings : tuple of Finding
        One a question, worded like public ones: no small group is named.
    entry : str
        Digest of the log entry.
    """

    derived: ClassVar[tuple[str, ...]] = ("status", "exit_code")

    name: str
    version: str
    stage: Literal["shadow", "trial"]
    decided_by: Decider
    findings: tuple[Finding, ...]
    entry: str

    @property
    def status(self) -> Literal["PASSED", "FAILED", "NOT_SHOWN"]:
        """The gravest answer to what a release needs."""
        return Verdict(findings=self.findings, policy_digest="", decide_on="interval").status

    @property
    def exit_code(self) -> int:
        """What the command line returns: 0, 1 for a breach, 3 where something is not shown."""
        return {"PASSED": 0, "FAILED": 1, "NOT_SHOWN": 3}[self.status]

    def headline(self) -> str:
        """Return the result in one line."""
        return f"Recheck({self.name} {self.version} in {self.stage}, decided by {self.decided_by}: {self.status})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line a question, the most serious first."""
        return ["status", "question", "reason"], [[f.status, f.id, f.reason.text()] for f in gravest_first(self.findings)]


def recheck(
    version: Path | str, counts: Tally | Path | str, *, stage: Literal["shadow", "trial"], decided_by: Decider = "model",
    project: Path | str | None = None,
) -> Recheck:  # fmt: skip
    """Judge counts from practice by the limits of `version`, and write what they come to into the log.

    Parameters
    ----------
    version : Path or str
        The version folder.
    counts : Tally, or path of a tally
        Of rows of practice with their outcomes, over the attributes of the policy, as `Candidate.count` returns them; or of
        what people decided, with their decisions in the place of the model's.
    stage : {"shadow", "trial"}
        Where they were counted.
    decided_by : {"model", "people"}
    project : Path or str, optional
        The project's folder; by default the one that `version` lies in.

    Returns
    -------
    Recheck

    Raises
    ------
    Refused
        U01 for another stage, or decider; D13 for counts over other groups than those of the contract, or without its units
        or weights; D12 for fewer rows than ten times the smallest count that is printed; R03 for counts that stand in the log
        already, or are those of the audit.
    EvidenceBroken
        Where version folder, log or counts do not hold.
    """
    accept(recheck, locals())
    for name, value, known in (("stage", stage, PRACTISED), ("decided_by", decided_by, DECIDERS)):
        if value not in known:
            raise Refused("U01", f"There is no {value!r} practice.", f"Argument {name}", f"Use one of {', '.join(known)}.")
    seen = examine(version, project)
    if seen.broken:
        raise EvidenceBroken.of(seen.broken)
    audited = logged_audit(seen).audited
    bundle, tally = bundle_of(seen), counts if isinstance(counts, Tally) else read_tally(counts)
    evidence = bundle.public
    _refuse_others(tally, evidence.contract, evidence.policy)
    if bundle.private is not None and tally.digest == bundle.private.tally.digest:
        raise Refused("R03", "These are the counts of the audit.", str(seen.path), "Count rows of practice.")
    ledger = Ledger((seen.project or seen.path.parent) / LOG_FOLDER)
    if any(one.body["counts"] == tally.digest for one in rechecks(seen, ledger, evidence.policy)):
        raise Refused("R03", "These counts stand in the log already.", str(ledger.path), "Count what came since.")
    policy, verdict = evidence.policy, judge(tally, evidence.policy)
    printed = printable(tally, policy.attributes, policy.disclosure.k)
    body = {
        "name": evidence.name, "version": evidence.version, "audited": audited.digest, "stage": stage, "decided_by": decided_by,
        "counts": tally.digest, "answers": {finding.id: finding.status for finding in verdict.findings},
    }  # fmt: skip
    entry = ledger.append(RECHECK, body)
    return Recheck(
        name=evidence.name, version=str(evidence.version), stage=stage, decided_by=decided_by, entry=entry.digest,
        findings=tuple(public_finding(one, policy, printed, alpha=policy.alpha) for one in verdict.findings),
    )  # fmt: skip


def rechecks(seen: Examined, ledger: Ledger, policy: Policy) -> tuple[Entry, ...]:
    """Return the log entries of practice of this version, oldest first; EvidenceBroken A13 for one that does not read."""
    asked = {question.id for limit in policy.limits for question in questions(limit)}
    mine = (seen.manifest.name, seen.manifest.version)
    found = [one for one in ledger.find(RECHECK) if (one.body.get("name"), one.body.get("version")) == mine]
    for entry in found:
        body = entry.body
        whole = _reads(body, seen.manifest.version) and body["audited"] == logged_audit(seen).audited.digest
        if not whole or set(body["answers"]) != asked:
            what = "The entry does not read as a recheck of this version."
            raise EvidenceBroken("A13", what, f"Log entry {entry.digest[7:19]}", "Restore the log from version control.")
    return tuple(found)


def _reads(body: Mapping[str, Any], version: object) -> bool:
    """Whether an entry has the form of a recheck of a version, and names what can be printed."""
    if set(body) != _BODY or body["stage"] not in PRACTISED or body["decided_by"] not in DECIDERS:
        return False
    named, answers = body["version"], body["answers"]
    plain = isinstance(named, str) and named == version and re.fullmatch(NAME_PATTERN, named) is not None
    return plain and isinstance(answers, dict) and all(one in _ANSWERS for one in answers.values())


def elsewhere(seen: Examined, ledger: Ledger) -> tuple[Entry, ...]:
    """Return the log entries of practice of other versions that ship the same model file, oldest first.

    Whether an entry of another version reads is asked by the gate of that version.
    """
    model, mine = seen.manifest.files.get(MODEL_FILE), logged_audit(seen).audited.digest
    same = {one.digest: one.body.get("version") for one in ledger.find(AUDITED) if one.body.get(PINNED[MODEL_FILE]) == model}
    others = [digest for digest in same if digest != mine and model is not None]
    found = [one for one in ledger.find(RECHECK) if one.body.get("audited") in others]
    return tuple(one for one in found if _reads(one.body, same[one.body["audited"]]))


def breaches(entries: Sequence[Entry], policy: Policy, known: Mapping[str, Collection[str]] | None = None) -> tuple[str, ...]:
    """Return a line for each limit that practice breaches; one that only warns is none, nor one waived in the knowledge of it.

    Parameters
    ----------
    entries : sequence of Entry
    policy : Policy
    known : mapping of str to collection of str, optional
        For each finding that is waived, the log entries that its persons had before them.
    """
    blocking = {question.id for limit in policy.limits if limit.severity != "warn" for question in questions(limit)}
    found = []
    for entry in entries:
        body = entry.body
        for name, status in body["answers"].items():
            if status != "FAILED" or name not in blocking or entry.digest in (known or {}).get(name, ()):
                continue
            late = "; its waiver was signed before that: sign the same words again" if name in (known or {}) else ""
            of = f"{body['stage']} of version {body['version']}"
            found.append(f"FAILED {name}: breached in {of} (decided by {body['decided_by']}, {entry.at[:10]}){late}")
    return tuple(found)


def unshown(entries: Sequence[Entry], policy: Policy, waived: Collection[str] = ()) -> tuple[str, ...]:
    """Return a line for each question that a release needs and that no count of practice answers; a breach is an answer."""
    due = [q.id for limit in policy.limits if limit.severity != "warn" for q in questions(limit) if q.stage is not None]
    answered = {name for entry in entries for name, status in entry.body["answers"].items() if status != "NOT_SHOWN"}
    return tuple(
        f"NOT_SHOWN practice: no count from shadow or trial shows {name}; count more, and run smartstart-gov recheck"
        for name in due
        if name not in answered and name not in waived
    )


def _refuse_others(tally: Tally, contract: DataContract, policy: Policy) -> None:
    """Refuse counts that the limits of the policy cannot be asked of, all problems at once."""
    found = []

    def add(rule: str, what: str, remedy: str) -> None:
        found.append(Violation(rule=rule, what=what, where="Counts of practice", remedy=remedy))

    known = {axis.name: axis for axis in tally.axes}
    needed = dict.fromkeys([*policy.attributes, *(limit.given for limit in policy.limits if limit.given is not None)])
    for name in needed:
        if name not in known:
            add(
                "D13", f"The counts have no axis {name!r}.", "Count over every attribute of the policy, as load_candidate does."
            )
        elif not _same_groups(known[name], contract):
            add(
                "D13",
                f"The groups of {name!r} are not those of the contract.",
                "Count the groups of the contract, in its order.",
            )
    # Who leaves households or weights out asks the limits of other counts than the audit did.
    if contract.single("unit") is not None and not set(policy.counted) <= set(tally.moments):
        add("D13", "The counts do not say which rows are of one unit.", "Count with tally_of or load_candidate, which keep it.")
    if (contract.single("weight") is None) != (tally.weights is None):
        add("D13", "The counts are weighted otherwise than the contract.", "Count with tally_of or load_candidate.")
    total, least = int(tally.counts.sum()), 10 * policy.disclosure.k
    if total < least:
        add("D12", f"The counts hold fewer than {least} rows.", "Count more of practice.")
    if found:
        raise Refused.of(found)


def _same_groups(axis: Axis, contract: DataContract) -> bool:
    column = contract.column(axis.name)
    steps = tuple((step.name, tuple(step.ancestors)) for step in axis.steps)
    return axis.declared == tuple(map(str, column.levels or ())) and steps == steps_of(column, contract)
