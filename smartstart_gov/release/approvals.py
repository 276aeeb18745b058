"""Approvals: what people said of a version at a stage, each held against the root, the evidence and the log.

An approval names everything it rests on: the evidence and the model by their digests, policy, contract, charter, audit
set, the documents as they were on the day, and what the log said before. It counts for exactly those.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from smartstart_gov.authoring.names import LOG_FOLDER, Stages
from smartstart_gov.authoring.signers import TRAINER, Person, Signers
from smartstart_gov.authoring.stages import Trial
from smartstart_gov.errors import EvidenceBroken
from smartstart_gov.evidence.folder import (
    AUTHORED,
    MODEL_FILE,
    PINNED,
    PRIVATE_FILE,
    PUBLIC_FILE,
    Examined,
    Logged,
    is_document,
)
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.release.envelope import opened
from smartstart_gov.release.root import ROOT, current, hold_in_place, roots

#: Kinds of the log entries, and of the predicates in them.
APPROVAL, REVOCATION, WAIVER = "approval", "revocation", "waiver"
SEAL_SIGNED, VERDICT_SIGNED, PRACTICE_SIGNED = "seal_signed", "verdict_signed", "practice_signed"
Outcome = Literal["approve", "approve_if", "refuse", "abstain"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
#: An approval ends after two years at most: by then somebody looks again.
LONGEST = dt.timedelta(days=731)
#: How often the approvals of a stage, or a waiver, are renewed for one model.
MOST_RENEWALS = 2
_SAID = {
    APPROVAL: {"version", "by", "stage", "outcome", "conditions", "reason", "until", "audited", "audit_set", "log", *AUTHORED},
    REVOCATION: {"version", "by", "reason", "audited", "log"},
    WAIVER: {"version", "by", "stage", "finding", "owner", "reason", "instead", "until", "audited", "log"},
    SEAL_SIGNED: {"by", "seal", "rows", "log"},
    VERDICT_SIGNED: {"by", "version", "audited", "status", "findings", "log"},
    PRACTICE_SIGNED: {"by", "version", "audited", "rechecks", "log"},
}
#: What statements of earlier versions of the library do not say: the tree of all entries before them.
_ALSO = {"tree"}


class Terms:
    """How often something was renewed: each end that lies later than every end before it, of the same thing, is a renewal.

    Examples
    --------
    >>> terms, day = Terms(), dt.date(2030, 1, 1)
    >>> [terms.too_many("trial", day + dt.timedelta(days=later)) for later in (0, 0, 90, 30, 180, 181, 180)]
    [False, False, False, False, False, True, False]
    """

    def __init__(self) -> None:
        self._reached: dict[Hashable, tuple[dt.date, int]] = {}

    def too_many(self, of: Hashable, ends: dt.date) -> bool:
        """Enter an end, in the order of the log; return whether it is a renewal that is not entered, being one too many."""
        latest, times = self._reached.get(of, (None, -1))
        if latest is not None and ends <= latest:
            return False
        if times >= MOST_RENEWALS:
            return True
        self._reached[of] = ends, times + 1
        return False


def renewals(said: Iterable[Statement], ever: Sequence[Signers]) -> tuple[Terms, frozenset[str]]:
    """Return the terms of all approvals of all versions so far, and the log entries that are one renewal too many.

    A stage is renewed role by role and model by model: another person of the role, or another version of the documents,
    begins no new count; another model does.
    """
    terms, beyond = Terms(), set[str]()
    for one in said:
        if one.entry.kind != APPROVAL or not one.said["outcome"].startswith("approve") or one.said["until"] is None:
            continue
        person = one.person(ever)
        ends = dt.date.fromisoformat(one.said["until"])
        # What could never count begins no term: else a far end would make every later one no renewal.
        if person is None or ends > one.day + LONGEST:
            continue
        if terms.too_many((one.said["stage"], one.model, person.role), ends):
            beyond.add(one.entry.digest)
    return terms, frozenset(beyond)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One signed statement of the log; its signature holds.

    Attributes
    ----------
    entry : Entry
    said : dict
        The predicate.
    subject : dict of str to str
        Digest of each file that it is about, by name.
    key : str
        The one public key that signed it.
    """

    entry: Entry
    said: dict[str, Any]
    subject: dict[str, str]
    key: str

    @property
    def day(self) -> dt.date:
        """The day on which it was entered into the log."""
        return dt.datetime.fromisoformat(self.entry.at).date()

    @property
    def model(self) -> str:
        """The model that it is about: its file, or its name where there is no file."""
        return model_of(self.subject, self.said["version"])

    def follows(self, others: Collection[str], ledger: Ledger) -> bool:
        """Whether all of these log entries stood in the log that was signed."""
        return not others or set(others) <= {entry.digest for entry in ledger.until(self.entry.parents)}

    def person(self, ever: Iterable[Signers]) -> Person | None:
        """Return who said it: the person of that name whose key it is, in the last of `ever` that has one.

        Who trains now was somebody else before: a trainer only where no file knows them otherwise.
        """
        held = (one.holder(self.key) for one in reversed(tuple(ever)))
        named = [one for one in held if one is not None and one.name == self.said["by"]]
        return next((one for one in named if one.role != TRAINER), named[0] if named else None)

    def role_then(self, ever: Sequence[Signers], ledger: Ledger) -> str | None:
        """Return the role in which it was signed: by the newest of `ever` that stood in the log then; None for nobody's key."""
        stood = sum(entry.kind == ROOT for entry in ledger.until(self.entry.parents))
        person = self.person(ever[:stood][-1:])
        return None if person is None else person.role


def model_of(subject: Mapping[str, str], version: str) -> str:
    """Return which model files with these digests are of: the model file's digest, or the name of a model without one."""
    return subject.get(MODEL_FILE, version.partition(" ")[0])


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
        The day on which the first of the approvals ends; None where an approval is missing.
    unattested : tuple of str
        What the root asks to be signed beside approvals, and is not.
    """

    missing: tuple[str, ...]
    refused: tuple[str, ...]
    notes: tuple[str, ...]
    until: dt.date | None
    unattested: tuple[str, ...] = ()


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
    seen: Examined, stage: Stages, roles: Sequence[str], documents: Sequence[str] = (), *, pin: str | None = None,
    trial: Trial | None = None, practised: Callable[[Collection[str]], bool] | None = None, waived: Collection[str] = (),
) -> Signing:  # fmt: skip
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
    trial : Trial, optional
        What the policy says of this stage: an approval that ends after its last day does not count, nor does one of a trial
        that is not declared, but for those of a library that knew no declaration.
    practised : callable, optional
        Whether the log entries with these digests hold the practice that the stage asks for: those before an approval must.
    waived : collection of str
        The log entries with which findings are let pass: an approval was signed after all of them. Nobody signs what the log
        says of a render, so that a card came after a waiver shows nothing of who approved.

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
    base, files = rests_on(seen), about(seen)
    last: dict[str, tuple[Person, Statement]] = {}
    # What each said that is no approval. Nobody signs the time of an entry: what counts after these was signed after them.
    against: dict[str, set[str]] = {}
    refused, notes = list[str](), list[str]()
    everything = statements(ledger, ever)
    _, beyond = renewals(everything, ever)
    for one in everything:
        entry, said = one.entry, one.said
        if entry.kind not in (APPROVAL, REVOCATION) or said["version"] != base["version"]:
            continue
        # A no stands whatever becomes of its key; a yes needs a key that the root names today.
        no = entry.kind == REVOCATION or said["outcome"] == "refuse"
        person = one.person(ever if no else (root.signers,))
        if person is None:
            # What a person said last counts: what a key that has left said is no yes, and takes back one before it.
            gone = one.person(ever)
            if gone is not None and said["stage"] == stage:
                against.setdefault(gone.name, set()).add(entry.digest)
                before = last.get(gone.name)
                if before is not None and before[1].said["outcome"] != "refuse":
                    del last[gone.name]
            notes.append(f"not counted: the key {one.key[:8]} is no longer that of {said['by']} in the root")
            continue
        if person.role == TRAINER:
            notes.append(f"not counted: {said['by']} ({TRAINER}) trained, and who trains does not approve, refuse or revoke")
            continue
        if entry.kind == REVOCATION:
            if said["audited"] == base["audited"]:
                refused.append(f"REVOKED by {person.name} ({person.role}): {said['reason']}")
            continue
        if said["stage"] != stage:
            continue
        if not no and not one.follows(against.get(person.name, ()), ledger):
            notes.append(
                f"not counted: {person.name} ({person.role}) said otherwise in another branch of the log; sign again, after it"
            )
            continue
        if said["outcome"] in ("refuse", "abstain"):
            against.setdefault(person.name, set()).add(entry.digest)
        last[person.name] = (person, one)
    given: dict[str, list[dt.date]] = {role: [] for role in roles}
    for person, one in last.values():
        said, other = one.said, _other(one.said, one.subject, base, files, documents)
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
        elif ends > one.day + LONGEST:
            notes.append(f"not counted: the approval of {line} would hold until {said['until']}, longer than two years")
        elif (then := one.role_then(ever, ledger)) != person.role:
            notes.append(f"not counted: {line} signed as {then or 'nobody whom the root named'}; sign again")
        elif not one.follows(waived, ledger):
            notes.append(f"not counted: {line} signed before a finding was let pass; sign again, after it")
        elif practised is not None and not practised({before.digest for before in ledger.until(one.entry.parents)}):
            notes.append(f"not counted: {line} signed before practice had shown what a release needs")
        elif one.entry.digest in beyond:
            notes.append(
                f"not counted: the approval of {line} renews {stage} once more than the {MOST_RENEWALS} times there are"
            )
        elif trial is not None and trial.ends is not None and ends > trial.ends:
            notes.append(f"not counted: the approval of {line} ends on {ends}, and the {stage} on {trial.ends}")
        elif trial is not None and not trial.declared and not said.keys().isdisjoint(_ALSO):
            notes.append(f"not counted: the policy does not declare the trial that {line} signed for")
        else:
            if person.role in given:
                given[person.role].append(ends)
            on = "".join(f"; on condition: {condition}" for condition in said["conditions"])
            later = ", ".join(sorted(name for name in files if is_document(name) and name not in one.subject))
            on += f"; not read, because it came later: {later}" if later else ""
            notes.append(f"approved by {line} until {ends}{on}")
    missing = tuple(role for role in roles if len(given[role]) < root.signers.needs(role))
    until = None if missing or not roles else min(day for days in given.values() for day in days)
    return Signing(missing=missing, refused=tuple(refused), notes=tuple(dict.fromkeys(notes)), until=until)


def statements(ledger: Ledger, ever: Iterable[Signers]) -> tuple[Statement, ...]:
    """Return every signed statement in the log, of all versions, oldest first; EvidenceBroken where one does not hold.

    What stands in the log twice, as after a merge of two clones, was said once, where it stands first: a copy takes nothing
    back that was said in between.
    """
    keys = tuple(dict.fromkeys(key for one in ever for key in one.public_keys()))
    found, entries = dict[tuple[str, str], Statement](), ledger.entries()
    for entry in entries:
        if entry.kind not in _SAID:
            continue
        where = f"Log entry {entry.digest[7:19]}"
        if set(entry.body) != {"envelope"}:
            raise EvidenceBroken("A07", "The entry holds more than an envelope.", where, "Restore the log.")
        said, subject, signers = opened(entry.body["envelope"], entry.kind, keys, where)
        if set(said) - _ALSO != _SAID[entry.kind] or not _well_formed(said, entry.kind) or len(signers) != 1:
            raise EvidenceBroken("A07", f"The statement does not read as one {entry.kind}.", where, "Restore the log.")
        hold_in_place(said, entry, entries, where)
        (key,) = signers
        # Of one key: whoever signs another's words does not hide them.
        signed_by = entry.body["envelope"]["payload"], key
        found.setdefault(signed_by, Statement(entry=entry, said=said, subject=subject, key=key))
    return tuple(found.values())


def _well_formed(said: Mapping[str, Any], kind: str) -> bool:
    if not _is_line(said["by"]) or (kind != SEAL_SIGNED and not _is_line(said["version"])):
        return False
    if kind in (SEAL_SIGNED, VERDICT_SIGNED):
        return True  # each is held against the seal and the evidence, word for word
    if kind == PRACTICE_SIGNED:
        return isinstance(said["rechecks"], list) and all(isinstance(one, str) for one in said["rechecks"])
    if kind == REVOCATION:
        return _is_line(said["reason"])
    try:
        if said["until"] is not None:
            dt.date.fromisoformat(said["until"])
    except (ValueError, TypeError):
        return False
    if kind == WAIVER:
        # One without an end takes an earlier one back, and says nothing of what is done instead.
        wanted = ["finding", "stage", "reason", *([] if said["until"] is None else ["owner", "instead"])]
        absent = [said[key] for key in ("owner", "instead") if key not in wanted]
        return not any(absent) and all(_is_line(said[key]) for key in wanted)
    conditions, outcome = said["conditions"], said["outcome"]
    if not isinstance(conditions, list) or not all(_is_line(one) for one in conditions) or not isinstance(outcome, str):
        return False
    if not _is_line(said["stage"]):
        return False
    wants = {"approve": not conditions, "approve_if": bool(conditions), "refuse": _is_line(said["reason"]), "abstain": True}
    return wants.get(outcome, False)


def _is_line(text: Any) -> bool:
    """Whether `text` is one line of text, with nothing in it that moves what a terminal shows: it cannot look like another."""
    if not isinstance(text, str) or text.splitlines() != [text]:
        return False
    return all(unicodedata.category(sign) not in ("Cc", "Cf") for sign in text)


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
