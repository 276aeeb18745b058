"""Signing: one person says one thing of one version, and the log keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartstart_gov.authoring.names import LOG_FOLDER, STAGES, Stages
from smartstart_gov.authoring.signers import TRAINER
from smartstart_gov.authoring.value import Problems, one_line
from smartstart_gov.errors import EvidenceBroken, Refused, expect
from smartstart_gov.evidence.folder import authored_edits, examine
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.release.approvals import APPROVAL, LONGEST, OUTCOMES, REVOCATION, Outcome, about, logged_audit, rests_on
from smartstart_gov.release.envelope import signed, statement
from smartstart_gov.release.keyfile import digits_of
from smartstart_gov.release.root import current

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
        end, a refusal without a reason, or conditions that say nothing, A12 where the version has no documents yet.
    EvidenceBroken
        Where version folder, log or root do not hold: nobody signs for what does not.
    """
    if stage not in STAGES:
        raise Refused("U01", f"There is no stage {stage!r}.", "Argument stage", f"Use one of {', '.join(STAGES)}.")
    if outcome not in OUTCOMES:
        raise Refused("P05", f"There is no outcome {outcome!r}.", "Argument outcome", f"Use one of {', '.join(OUTCOMES)}.")
    seen = examine(version, project)
    if found := [*seen.violations, *authored_edits(seen)]:
        raise EvidenceBroken.of(found)
    ledger, by = _log_and_person(seen.project, signer)
    texts = [_text(text, "Argument conditions") for text in conditions]
    said = None if reason is None else _text(reason, "Argument reason")
    if (outcome == "approve_if") != bool(texts):
        what = "An approval on conditions names them, and nothing else has any."
        raise Refused("P05", what, "Argument conditions", "Use approve_if with at least one condition, or approve without.")
    if outcome == "refuse" and said is None:
        raise Refused("P05", "A refusal has no reason.", "Argument reason", "Say why: it is printed.")
    ends = None
    if outcome.startswith("approve"):
        ends = _ends(until, ledger)
        if not any(name.endswith(".pdf") for name in seen.manifest.files):
            what = "The version has no documents: there is nothing that could have been read."
            raise Refused("A12", what, str(seen.path), "Render them first: smartstart-gov render.")
    predicate = {
        **rests_on(seen), "by": by, "stage": stage, "outcome": outcome, "conditions": texts, "reason": said,
        "until": ends,
    }  # fmt: skip
    return _appended(ledger, APPROVAL, about(seen), predicate, signer)


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
    seen = examine(version, project)
    ledger, by = _log_and_person(seen.project, signer)
    predicate = {
        "by": by, "version": f"{seen.manifest.name} {seen.manifest.version}", "audited": logged_audit(seen).audited.digest,
        "reason": _text(reason, "Argument reason"),
    }  # fmt: skip
    return _appended(ledger, REVOCATION, about(seen), predicate, signer)


def _log_and_person(project: Path | None, signer: Signer) -> tuple[Ledger, str]:
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


def _ends(until: dt.date | None, ledger: Ledger) -> str:
    expect(until, (dt.date, type(None)), "Argument until", "Give a date.")
    now = current(ledger).today
    # A moment is a date too, and does not read as one.
    if until is None or isinstance(until, dt.datetime) or not now <= until <= now + LONGEST:
        what = "The approval has no end." if until is None else f"The approval would end on {until}."
        remedy = f"Give a day from {now} up to {now + LONGEST}: by then somebody looks again."
        raise Refused("P05", what, "Argument until", remedy)
    return until.isoformat()


def _text(text: str, where: str) -> str:
    try:
        return one_line(text)
    except Problems as error:
        problem = error.problems[0]
        raise Refused(problem.rule, f"The text {problem.what}.", where, problem.remedy) from None


def _appended(ledger: Ledger, kind: str, subject: Mapping[str, str], predicate: Mapping[str, Any], signer: Signer) -> Entry:
    said = statement(kind, subject, {**predicate, "log": list(ledger.heads())})
    return ledger.append(kind, {"envelope": signed(said, [signer])})
