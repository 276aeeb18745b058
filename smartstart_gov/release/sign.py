"""Signing: one person says one thing of one version, and the log keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.names import LOG_FOLDER, STAGES, Stages
from smartstart_gov.authoring.signers import TRAINER
from smartstart_gov.authoring.value import Problems, one_line
from smartstart_gov.errors import EvidenceBroken, Refused, Violation, expect
from smartstart_gov.evidence.bundle import bundle_of
from smartstart_gov.evidence.folder import PUBLIC_FILE, Examined, authored_edits, examine
from smartstart_gov.ledger import Entry, Ledger, now
from smartstart_gov.release.approvals import (
    APPROVAL,
    LONGEST,
    MOST_RENEWALS,
    OUTCOMES,
    REVOCATION,
    WAIVER,
    Outcome,
    about,
    logged_audit,
    model_of,
    renewals,
    rests_on,
    statements,
)
from smartstart_gov.release.envelope import signed, statement
from smartstart_gov.release.keyfile import digits_of
from smartstart_gov.release.root import Root, current, place, roots
from smartstart_gov.release.waivers import LONGEST_WAIVER, may_be_waived, pinned, signed_waivers, waiver_renewals

if TYPE_CHECKING:
    from smartstart_gov.release.keyfile import Signer


def sign(
    version: Path | str, signer: Signer, *, stage: Stages, outcome: Outcome, until: dt.date | None = None,
    conditions: Sequence[str] = (), reason: str | None = None, project: Path | str | None = None,
) -> Entry:  # fmt: skip
    """Write what one person says of `version` at `stage` into the log.

    Parameters
    ----------
    version : Path or str
        The version folder, with its documents rendered: an approval names them.
    signer : securesystemslib Signer
        With an Ed25519 key that the root names.
    stage : {"shadow", "trial", "release"}
    outcome : {"approve", "approve_if", "refuse", "abstain"}
        What was said last counts.
    until : datetime.date, optional
        Day on which an approval ends, two years from now at most; an approval has one, and nothing else has.
    conditions : sequence of str
        Of ``approve_if``; each is printed.
    reason : str, optional
        Of ``refuse``; it is printed.
    project : Path or str, optional
        The project's folder; by default the one that `version` lies in.

    Returns
    -------
    Entry
        Of the log.

    Raises
    ------
    Refused
        U01 for another stage, A08 for a key that the root does not name, A10 for a trainer, P05 for an approval without an
        end, past the end of a trial, of a trial that the policy does not declare, or of a stage that was renewed twice, a
        refusal without a reason, or conditions that say nothing, A12 where the version is a draft, or has no documents yet.
    EvidenceBroken
        Where version folder, log or root do not hold: nobody signs for what does not.
    """
    accept(sign, locals())
    _known(stage)
    if outcome not in OUTCOMES:
        raise Refused("P05", f"There is no outcome {outcome!r}.", "Argument outcome", f"Use one of {', '.join(OUTCOMES)}.")
    seen = examine(version, project)
    if found := [*seen.violations, *authored_edits(seen)]:
        raise EvidenceBroken.of(found)
    ledger, by = log_and_person(seen.project, signer)
    texts = [_text(text, "Argument conditions") for text in conditions]
    said = None if reason is None else _text(reason, "Argument reason")
    if (outcome == "approve_if") != bool(texts):
        what = "An approval on conditions names them, and nothing else has any."
        raise Refused("P05", what, "Argument conditions", "Use approve_if with at least one condition, or approve without.")
    if outcome == "refuse" and said is None:
        raise Refused("P05", "A refusal has no reason.", "Argument reason", "Say why: it is printed.")
    ends = None
    if outcome.startswith("approve"):
        _refuse_draft(seen)
        ends = _ends(until, ledger, seen, stage, digits_of(signer))
        if not any(name.endswith(".pdf") for name in seen.manifest.files):
            what = "The version has no documents: there is nothing that could have been read."
            raise Refused("A12", what, str(seen.path), "Render them first: smartstart-gov render.")
    predicate = {
        **rests_on(seen), "by": by, "stage": stage, "outcome": outcome, "conditions": texts, "reason": said,
        "until": ends,
    }  # fmt: skip
    return appended(ledger, APPROVAL, about(seen), predicate, signer)


def revoke(version: Path | str, signer: Signer, *, reason: str, project: Path | str | None = None) -> Entry:
    """Take a version back at every stage: from now on the gate refuses it, whatever was signed.

    Any person of the root but a trainer may; the way on is another version.

    Raises
    ------
    Refused
        A08, A10, P05 as in `sign`.
    EvidenceBroken
        Where the log does not hold. The version folder need not: what is broken can be taken back.
    """
    accept(revoke, locals())
    seen = examine(version, project)
    ledger, by = log_and_person(seen.project, signer)
    predicate = {
        "by": by, "version": f"{seen.manifest.name} {seen.manifest.version}", "audited": logged_audit(seen).audited.digest,
        "reason": _text(reason, "Argument reason"),
    }  # fmt: skip
    return appended(ledger, REVOCATION, about(seen), predicate, signer)


def waive(
    version: Path | str, signer: Signer, finding: str, *, stage: Stages, until: dt.date | None = None,
    reason: str | None = None, instead: str | None = None, owner: str | None = None, project: Path | str | None = None,
) -> Entry:  # fmt: skip
    """Let one finding pass at one stage for 90 days at most; it counts once enough others sign the same words.

    Parameters
    ----------
    version : Path or str
    signer : securesystemslib Signer
        Of a person whose role the policy lets waive.
    finding : str
        Its id, as the gate prints it, like ``limit.alarm``.
    stage : {"shadow", "trial", "release"}
    until, reason, instead, owner : optional
        Last day, why, what takes the place of what was not met, and the role of the charter that answers for that. Whoever
        gives none of the four signs the words that the last person signed for this finding and stage.
    project : Path or str, optional

    Returns
    -------
    Entry
        Of the log.

    Raises
    ------
    Refused
        A08, A10 for a key that is nobody's or a trainer's; A12 for a draft; P07 where the policy lets this role waive nothing,
        for a finding that is not there, does not block or can never be waived, for half a waiver, one longer than 90 days, one
        renewal too many, or one finding more than the policy allows.
    EvidenceBroken
        Where version folder, log or root do not hold.
    """
    accept(waive, locals())
    where = "Argument finding"
    seen, ledger, by = _to_waive(version, signer, stage, project)
    _refuse_draft(seen)
    evidence, root = bundle_of(seen).public, current(ledger)
    allowed, holder = evidence.policy.waivers, root.signers.holder(digits_of(signer))
    if allowed is None or holder is None or holder.role not in allowed.roles:
        what = "The policy lets nobody waive." if allowed is None else f"The policy does not let {by} waive."
        raise Refused("P07", what, "policy.yaml", "Write roles under waivers, before an audit; this version keeps its policy.")
    blocking = [one.id for one in evidence.verdict.findings if one.blocks_at(stage)]
    if finding not in blocking or not may_be_waived(finding):
        what = (
            f"{finding!r} does not keep this version from {stage}."
            if finding not in blocking
            else f"{finding} is never waived."
        )
        named = ", ".join(one for one in blocking if may_be_waived(one)) or "nothing of this version"
        raise Refused("P07", what, where, f"What may be waived here: {named}.")
    ever = roots(ledger)
    everything = statements(ledger, ever)
    base, files = rests_on(seen), pinned(about(seen))
    words = {"until": until, "reason": reason, "instead": instead, "owner": owner}
    if all(value is None for value in words.values()):
        about_it = [
            one.said for one in everything
            if one.entry.kind == WAIVER and one.said["until"] is not None and one.said["audited"] == base["audited"]
            and (one.said["finding"], one.said["stage"]) == (finding, stage)
        ]  # fmt: skip
        if not about_it:
            raise Refused(
                "P07", "Nobody has waived this yet.", where, "Say why, what comes instead, who answers and until when."
            )
        words = {key: about_it[-1][key] for key in words} | {"until": dt.date.fromisoformat(about_it[-1]["until"])}
    missing = [key for key, value in words.items() if value is None]
    if missing:
        raise Refused(
            "P07", f"The waiver lacks {', '.join(missing)}.", "Arguments", "Give all four, or none to sign the last words."
        )
    ends, most = words["until"], _latest(root, LONGEST_WAIVER)
    # A moment is a date too, and is compared with none.
    if not isinstance(ends, dt.date) or isinstance(ends, dt.datetime) or not root.today <= ends <= most:
        remedy = f"Give a day from {root.today} up to {most}."
        raise Refused("P07", f"The waiver would end on {ends}.", "Argument until", remedy)
    known = [signatory.role for signatory in evidence.charter.signatories]
    if words["owner"] not in known:
        what, remedy = f"{words['owner']!r} is not a signatory of the charter.", f"Use one of {', '.join(known)}."
        raise Refused("P07", what, "Argument owner", remedy)
    terms, _ = waiver_renewals(everything, ever)
    if terms.too_many((finding, stage, model_of(files, base["version"])), ends):
        what = f"This finding was waived and renewed {MOST_RENEWALS} times for this model."
        raise Refused("P07", what, where, "Mend what was found, and audit the new model.")
    others = {one.finding for one in signed_waivers(seen, evidence.policy, root)[0] if one.stage == stage} - {finding}
    if len(others) >= allowed.at_most:
        what = f"{len(others)} findings are waived at {stage}, and the policy allows {allowed.at_most}."
        raise Refused("P07", what, where, "Mend what was found, and audit again.")
    predicate = {
        "version": base["version"], "audited": base["audited"], "by": by, "stage": stage, "finding": finding,
        "owner": words["owner"], "until": ends.isoformat(),
        "reason": _text(words["reason"], "Argument reason"), "instead": _text(words["instead"], "Argument instead"),
    }  # fmt: skip
    return appended(ledger, WAIVER, files, predicate, signer)


def unwaive(
    version: Path | str, signer: Signer, finding: str, *, stage: Stages, reason: str, project: Path | str | None = None
) -> Entry:
    """Take one's own waiver of a finding back; it is written beside it, and the gate counts it no more.

    Raises
    ------
    Refused
        P05, P07, A08, A10 as in `waive`; P07 where this person has waived nothing of the kind.
    EvidenceBroken
        Where version folder, log or root do not hold.
    """
    accept(unwaive, locals())
    seen, ledger, by = _to_waive(version, signer, stage, project)
    base = rests_on(seen)
    mine = [
        one.said for one in statements(ledger, roots(ledger))
        if one.entry.kind == WAIVER and (one.said["by"], one.said["finding"], one.said["stage"]) == (by, finding, stage)
        and one.said["audited"] == base["audited"]
    ]  # fmt: skip
    if not mine or mine[-1]["until"] is None:
        raise Refused("P07", f"{by} has not waived {finding!r} at {stage}.", "Argument finding", "Ask the gate what is waived.")
    predicate = {
        "version": base["version"], "audited": base["audited"], "by": by, "stage": stage, "finding": finding, "owner": None,
        "until": None, "reason": _text(reason, "Argument reason"), "instead": None,
    }  # fmt: skip
    return appended(ledger, WAIVER, pinned(about(seen)), predicate, signer)


def _to_waive(version: Path | str, signer: Signer, stage: str, project: Path | str | None) -> tuple[Examined, Ledger, str]:
    _known(stage)
    seen = examine(version, project)
    if found := [*seen.broken, *authored_edits(seen)]:
        raise EvidenceBroken.of(found)
    return seen, *log_and_person(seen.project, signer)


def _refuse_draft(seen: Examined) -> None:
    """Refuse to let a version pass whose every page says that it is a draft; a refusal of one may be signed."""
    record = seen.record(PUBLIC_FILE)
    contract = record.get("contract")
    found = []
    if isinstance(contract, dict) and contract.get("unconfirmed"):
        found.append(("The version is a draft: its contract has columns that nobody confirmed.", "Confirm them"))
    if record.get("look") is None:
        found.append(("The version is a draft: the rows of its audit were not opened.", "Run smartstart-gov seal"))
    if found:
        raise Refused.of(
            Violation(rule="A12", what=what, where=str(seen.path), remedy=f"{first}, and audit a new version.")
            for what, first in found
        )


def _known(stage: str) -> None:
    if stage not in STAGES:
        raise Refused("U01", f"There is no stage {stage!r}.", "Argument stage", f"Use one of {', '.join(STAGES)}.")


def log_and_person(project: Path | None, signer: Signer) -> tuple[Ledger, str]:
    """Return the log of `project` and whose key the signer has; A08 for nobody's, A10 for a trainer's."""
    if project is None:
        raise Refused("U01", "The version lies in no project.", "Argument project", "Give the project's folder.")
    ledger = Ledger(project / LOG_FOLDER)
    person = current(ledger).signers.holder(digits_of(signer))
    if person is None:
        what = f"The key {digits_of(signer)[:8]} is nobody's in the root."
        raise Refused("A08", what, "Argument signer", "Name it in signers.yaml, and have a new root signed.")
    if person.role == TRAINER:
        what = f"{person.name} trains, and who trains does not approve."
        raise Refused("A10", what, "Argument signer", "Let somebody else look at it, and sign.")
    return ledger, person.name


def _ends(until: dt.date | None, ledger: Ledger, seen: Examined, stage: Stages, key: str) -> str:
    """Refuse an approval without an end, past the end of a trial, or with which the stage would be renewed once too often."""
    root = current(ledger)
    most = _latest(root, LONGEST)
    if stage == "trial":
        trial = bundle_of(seen).public.policy.stages.trial
        if trial.ends is None:
            what = "The policy does not say what this trial is: which team, how many families, until when."
            remedy = "Write team, families_at_most, ends and person_decides_first under stages, and audit a new version."
            raise Refused("P05", what, "policy.yaml", remedy)
        if trial.ends < root.today:
            remedy = "Write another end into the policy, and audit a new version."
            raise Refused("P05", f"The trial ended on {trial.ends}.", "Argument until", remedy)
        most = min(most, trial.ends)
    # A moment is a date too, and does not read as one.
    if until is None or isinstance(until, dt.datetime) or not root.today <= until <= most:
        what = "The approval has no end." if until is None else f"The approval would end on {until}."
        remedy = f"Give a day from {root.today} up to {most}: by then somebody looks again."
        raise Refused("P05", what, "Argument until", remedy)
    ever, files = roots(ledger), about(seen)
    person = root.signers.holder(key)
    terms, _ = renewals(statements(ledger, ever), ever)
    of = stage, model_of(files, rests_on(seen)["version"]), "" if person is None else person.role
    if terms.too_many(of, until):
        what = f"Approvals of {stage} by this role were renewed {MOST_RENEWALS} times for this model."
        remedy = "Go on to the next stage, or stop: a model that changed is another model, and is audited anew."
        raise Refused("P05", what, "Argument until", remedy)
    return until.isoformat()


def _latest(root: Root, longest: dt.timedelta) -> dt.date:
    """Return the last day that still counts: the gate goes by the day that the log entry names."""
    return min(root.today, dt.datetime.fromisoformat(now()).date()) + longest


def _text(text: Any, where: str) -> str:
    expect(text, str, where, "Give a text.")
    try:
        return one_line(text)
    except Problems as error:
        problem = error.problems[0]
        raise Refused(problem.rule, f"The text {problem.what}.", where, problem.remedy) from None


def appended(ledger: Ledger, kind: str, subject: Mapping[str, str], predicate: Mapping[str, Any], signer: Signer) -> Entry:
    """Enter what is said into the log, signed over the newest entries and the tree of everything before."""
    stands = place(ledger)
    said = statement(kind, subject, {**predicate, **stands})
    return ledger.append(kind, {"envelope": signed(said, [signer])}, after=stands["log"])
