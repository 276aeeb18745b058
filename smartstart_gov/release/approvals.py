"""Approvals: what people said of a version at a stage, each held against the root, the evidence and the log.

An approval names everything it rests on: the evidence and the model by their digests, policy, contract, charter, audit
set, the documents as they were on the day, and what the log said before. It counts for exactly those.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from smartstart_gov.authoring.names import LOG_FOLDER, Stages
from smartstart_gov.authoring.signers import TRAINER, Person
from smartstart_gov.errors import EvidenceBroken
from smartstart_gov.evidence.folder import AUTHORED, PINNED, PRIVATE_FILE, PUBLIC_FILE, Examined, Logged
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.release.envelope import opened
from smartstart_gov.release.root import current, roots

#: Kinds of the log entries, and of the predicates in them.
APPROVAL, REVOCATION = "approval", "revocation"
Outcome = Literal["approve", "approve_if", "refuse", "abstain"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
#: An approval ends after two years at most: by then somebody looks again.
LONGEST = dt.timedelta(days=731)
_SAID = {
    APPROVAL: {"version", "by", "stage", "outcome", "conditions", "reason", "until", "audited", "audit_set", "log", *AUTHORED},
    REVOCATION: {"version", "by", "reason", "audited", "log"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What signatures come to at one stage.

    Attributes
    ----------
    missing : tuple of str
        Roles of which too few persons have approved.
    refused, notes : tuple of str
        One line a refusal or revocation, and a line for each signature that counts, or that does not and why.
    until : datetime.date or None
        The day on which the first of the approvals ends; None where a role is missing.
    """

    missing: tuple[str, ...]
    refused: tuple[str, ...]
    notes: tuple[str, ...]
    until: dt.date | None


def about(seen: Examined) -> dict[str, str]:
    """Return what an approval of this version is about: every file of the manifest that everybody may see, by name."""
    return {name: value for name, value in seen.manifest.files.items() if name != PRIVATE_FILE}


def logged_audit(seen: Examined) -> Logged:
    """Return what the log says of this version; EvidenceBroken A13 where it says nothing that holds."""
    if seen.logged is None:
        raise EvidenceBroken("A13", "The log has no audit of this version.", str(seen.path), "Give the project: --project.")
    return seen.logged


def rests_on(seen: Examined) -> dict[str, Any]:
    """Return what else an approval names: the audit in the log, what people authored, and the audit set."""
    audited = logged_audit(seen).audited
    look = seen.record(PUBLIC_FILE).get("look")
    return {
        "version": f"{seen.manifest.name} {seen.manifest.version}", "audited": audited.digest,
        "audit_set": None if look is None else look["entry"], **{key: audited.body[key] for key in AUTHORED},
    }  # fmt: skip


def signing(
    seen: Examined, stage: Stages, roles: Sequence[str], documents: Sequence[str] = (), *, pin: str | None = None
) -> Signing:
    """Return what the signatures in the log come to for the version `seen` at `stage`.

    Parameters
    ----------
    seen : Examined
    stage : {"shadow", "trial", "release"}
    roles : sequence of str
        Who has to sign.
    documents : sequence of str
        Files that everybody who approves must have had before them.
    pin : str, optional
        Digest of the first file of signers, known from elsewhere.

    Raises
    ------
    EvidenceBroken
        A06, A07, A08, A11, P09: a signed statement in the log does not hold, or there is no root that does.
    """
    if seen.project is None:
        raise EvidenceBroken("A13", "There is no log beside this version.", str(seen.path), "Give the project: --project.")
    ledger = Ledger(seen.project / LOG_FOLDER)
    root = current(ledger, pin)
    ever = roots(ledger)
    keys = tuple(dict.fromkeys(key for one in ever for key in one.public_keys()))
    base, files = rests_on(seen), about(seen)
    last: dict[str, tuple[Person, dict[str, Any], str]] = {}
    refused, notes = list[str](), list[str]()
    for entry, said, subject, key in _statements(ledger, keys, base["version"]):
        # A no stands whatever becomes of its key; a yes needs a key that the root names today.
        against = entry.kind == REVOCATION or said["outcome"] == "refuse"
        held = (one.holder(key) for one in (reversed(ever) if against else (root.signers,)))
        named = [one for one in held if one is not None and one.name == said["by"]]
        if not named:
            notes.append(f"not counted: the key {key[:8]} is no longer that of {said['by']} in the root")
            continue
        person = next((one for one in named if one.role != TRAINER), None)
        if person is None:
            notes.append(f"not counted: {said['by']} ({TRAINER}) trained, and who trains does not approve, refuse or revoke")
            continue
        if entry.kind == REVOCATION:
            if said["audited"] == base["audited"]:
                refused.append(f"REVOKED by {person.name} ({person.role}): {said['reason']}")
            continue
        if said["stage"] == stage:
            last[person.name] = (person, said, _other(said, subject, base, files, documents))
    given: dict[str, list[dt.date]] = {role: [] for role in roles}
    for person, said, other in last.values():
        line = f"{person.name} ({person.role})"
        ends = None if said["until"] is None else dt.date.fromisoformat(said["until"])
        if said["outcome"] == "refuse":
            # Of another card too: only its own person takes a refusal back.
            refused.append(f"REFUSED by {line}: {said['reason']}")
        elif other:
            notes.append(f"not counted: {line} signed for another {other}")
        elif said["outcome"] == "abstain":
            notes.append(f"{line} abstains")
        elif ends is None or ends < root.today:
            notes.append(f"not counted: the approval of {line} ended on {said['until']}")
        elif ends > root.today + LONGEST:
            notes.append(f"not counted: the approval of {line} would hold until {said['until']}, longer than two years")
        else:
            if person.role in given:
                given[person.role].append(ends)
            on = "".join(f"; on condition: {condition}" for condition in said["conditions"])
            notes.append(f"approved by {line} until {ends}{on}")
    missing = tuple(role for role in roles if len(given[role]) < root.signers.needs(role))
    until = None if missing or not roles else min(day for days in given.values() for day in days)
    return Signing(missing=missing, refused=tuple(refused), notes=tuple(dict.fromkeys(notes)), until=until)


def _statements(
    ledger: Ledger, keys: Sequence[str], version: str
) -> Iterator[tuple[Entry, dict[str, Any], dict[str, str], str]]:
    """Return the signed statements in the log about `version`, each with the one key that signed it, oldest first."""
    for entry in ledger.entries():
        if entry.kind not in _SAID:
            continue
        where = f"Log entry {entry.digest[7:19]}"
        if set(entry.body) != {"envelope"}:
            raise EvidenceBroken("A07", "The entry holds more than an envelope.", where, "Restore the log.")
        said, subject, signers = opened(entry.body["envelope"], entry.kind, keys, where)
        if set(said) != _SAID[entry.kind] or not _well_formed(said, entry.kind) or len(signers) != 1:
            raise EvidenceBroken("A07", f"The statement does not read as one {entry.kind}.", where, "Restore the log.")
        if said["log"] != list(entry.parents):
            what = "The statement was signed after other log entries than those it stands after."
            raise EvidenceBroken("A11", what, where, "Restore the log from version control; a statement is never moved.")
        if said["version"] == version:
            (key,) = signers
            yield entry, said, subject, key


def _well_formed(said: Mapping[str, Any], kind: str) -> bool:
    if not _is_line(said["by"]):
        return False
    if kind == REVOCATION:
        return _is_line(said["reason"])
    try:
        if said["until"] is not None:
            dt.date.fromisoformat(said["until"])
    except (ValueError, TypeError):
        return False
    conditions, outcome = said["conditions"], said["outcome"]
    if not isinstance(conditions, list) or not all(_is_line(one) for one in conditions) or not isinstance(outcome, str):
        return False
    wants = {"approve": not conditions, "approve_if": bool(conditions), "refuse": _is_line(said["reason"]), "abstain": True}
    return wants.get(outcome, False)


def _is_line(text: Any) -> bool:
    """Whether `text` is one line of text: what is printed cannot look like another reason."""
    return isinstance(text, str) and text.splitlines() == [text]


def _other(
    said: Mapping[str, Any],
    subject: Mapping[str, str],
    base: Mapping[str, Any],
    files: Mapping[str, str],
    documents: Sequence[str],
) -> str:
    """Return in what the version as it stands differs from what was signed; empty where it does not."""
    wrong = [key for key, value in base.items() if said[key] != value]
    # A document that came later was not read, and takes nothing away from what was.
    wrong += [name for name, value in subject.items() if files.get(name) != value]
    wrong += [name for name in (*PINNED, *documents) if name in files and name not in subject]
    return ", ".join(wrong)
