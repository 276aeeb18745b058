"""Attestations: sealed rules, verdict and counts of practice as signed statements, and the head of the log as one to keep.

The root says which roles have to sign which of them before the gate lets anything pass; where it says nothing, nobody
has to. A seal is signed before the look that it is about: what somebody signed once the answer was known was not laid down
before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.names import FILES
from smartstart_gov.authoring.signers import TRAINER, Person
from smartstart_gov.canonical import parse_json, pretty_json
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.bundle import bundle_of
from smartstart_gov.evidence.folder import PUBLIC_FILE, Examined, authored_edits, examine
from smartstart_gov.ledger import Entry, Ledger, Tree
from smartstart_gov.release.approvals import (
    PRACTICE_SIGNED,
    SEAL_SIGNED,
    VERDICT_SIGNED,
    Signing,
    Statement,
    about,
    rests_on,
    statements,
)
from smartstart_gov.release.envelope import opened, signed, statement
from smartstart_gov.release.practice import rechecks
from smartstart_gov.release.root import ROOT, Root, roots
from smartstart_gov.release.sign import appended, log_and_person
from smartstart_gov.release.waivers import pinned

if TYPE_CHECKING:
    from smartstart_gov.release.keyfile import Signer

#: Kind of the predicate of a signed head; it stands in no log.
HEAD = "head"
#: Kind of the log entry of a seal, as `smartstart_gov.looks.registration` writes it; that module loads numpy.
_SEAL = "seal"


def sign_seal(project: Path | str, signer: Signer) -> Entry:
    """Write into the log that one person stands by the newest seal: these rules, laid down before the look.

    Parameters
    ----------
    project : Path or str
        The project's folder.
    signer : securesystemslib Signer
        With an Ed25519 key that the root names.

    Returns
    -------
    Entry
        Of the log.

    Raises
    ------
    Refused
        A08, A10 for a key that is nobody's or a trainer's; A12 where nothing is sealed.
    EvidenceBroken
        Where log or root do not hold.
    """
    accept(sign_seal, locals())
    ledger, by = log_and_person(Path(project), signer)
    found = ledger.find(_SEAL)
    if not found:
        raise Refused("A12", "The log has no seal.", str(ledger.path), "Seal the rules first: smartstart-gov seal.")
    body = found[-1].body
    if set(body) != {*FILES, "rows"}:
        raise EvidenceBroken("A13", "The seal in the log does not read.", str(ledger.path), "Restore the log.")
    predicate = {"by": by, "seal": found[-1].digest, "rows": body["rows"]}
    return appended(ledger, SEAL_SIGNED, {file: body[key] for key, file in FILES.items()}, predicate, signer)


def sign_verdict(version: Path | str, signer: Signer, *, project: Path | str | None = None) -> Entry:
    """Write into the log that one person stands by what the audit of `version` found: the verdict, finding by finding.

    It approves nothing: a breach is signed like anything else.

    Parameters
    ----------
    version : Path or str
        The version folder.
    signer : securesystemslib Signer
        With an Ed25519 key that the root names.
    project : Path or str, optional
        The project's folder; by default the one that `version` lies in.

    Returns
    -------
    Entry
        Of the log.

    Raises
    ------
    Refused
        A08, A10 for a key that is nobody's or a trainer's.
    EvidenceBroken
        Where version folder, log or root do not hold: nobody signs for what does not.
    """
    accept(sign_verdict, locals())
    seen = examine(version, project)
    if found := [*seen.broken, *authored_edits(seen)]:
        raise EvidenceBroken.of(found)
    ledger, by = log_and_person(seen.project, signer)
    base = rests_on(seen)
    predicate = {"by": by, "version": base["version"], "audited": base["audited"], **_verdict(seen)}
    return appended(ledger, VERDICT_SIGNED, pinned(about(seen)), predicate, signer)


def sign_practice(version: Path | str, signer: Signer, *, project: Path | str | None = None) -> Entry:
    """Write into the log that one person stands by every count of practice of `version` that the log has by now.

    Parameters
    ----------
    version : Path or str
        The version folder.
    signer : securesystemslib Signer
        With an Ed25519 key that the root names.
    project : Path or str, optional
        The project's folder; by default the one that `version` lies in.

    Returns
    -------
    Entry
        Of the log.

    Raises
    ------
    Refused
        A08, A10 for a key that is nobody's or a trainer's; A12 where nothing was counted.
    EvidenceBroken
        Where version folder, log or root do not hold.
    """
    accept(sign_practice, locals())
    seen = examine(version, project)
    if found := [*seen.broken, *authored_edits(seen)]:
        raise EvidenceBroken.of(found)
    ledger, by = log_and_person(seen.project, signer)
    counts = rechecks(seen, ledger, bundle_of(seen).public.policy)
    if not counts:
        what, remedy = "The log has no count of practice of this version.", "Count, and run smartstart-gov recheck."
        raise Refused("A12", what, str(ledger.path), remedy)
    base = rests_on(seen)
    predicate = {
        "by": by, "version": base["version"], "audited": base["audited"], "rechecks": [entry.digest for entry in counts],
    }  # fmt: skip
    return appended(ledger, PRACTICE_SIGNED, pinned(about(seen)), predicate, signer)


def vouched(seen: Examined, ledger: Ledger, counts: Sequence[Entry], root: Root) -> tuple[Entry, ...]:
    """Return those `counts` of practice that enough persons of each role signed that `root` asks; all where it asks nobody."""
    base, files = rests_on(seen), pinned(about(seen))
    given: dict[tuple[str, str], set[str]] = {}
    ever = roots(ledger)
    for one in statements(ledger, ever):
        person = one.person((root.signers,))
        # A trainer is in no role that a root can ask.
        if one.entry.kind != PRACTICE_SIGNED or person is None or one.role_then(ever, ledger) != person.role:
            continue
        if (one.said["audited"], one.subject) == (base["audited"], files):
            for entry in one.said["rechecks"]:
                given.setdefault((entry, person.role), set()).add(person.name)
    asked = root.signers.attested.get("practice", ())
    return tuple(
        entry for entry in counts
        if all(len(given.get((entry.digest, role), ())) >= root.signers.needs(role) for role in asked)
    )  # fmt: skip


def attested(seen: Examined, ledger: Ledger, signing: Signing, root: Root) -> Signing:
    """Return `signing` with what `root` asks to be signed beside it, and why a signature under that does not count."""
    ever, asked = roots(ledger), root.signers.attested
    notes: list[str] = []
    given: dict[tuple[str, str], set[str]] = {}
    look = seen.record(PUBLIC_FILE).get("look") or {}
    stood = ledger.until([look["entry"]]) if look else ()
    before = {entry.digest for entry in stood}
    # Who could sign the seal: those of the root that held when the rows were looked at.
    then = ever[: sum(entry.kind == ROOT for entry in stood)][-1:]
    for one in statements(ledger, ever):
        if one.entry.kind == SEAL_SIGNED and one.said["seal"] == look.get("seal"):
            # It was signed then, and cannot be signed again: whoever has left since stood by it all the same.
            person, what = one.person(then), "seal"
            wrong = _other_seal(one, ledger) or ("" if one.entry.digest in before else "after the look")
        elif one.entry.kind == VERDICT_SIGNED and one.said["audited"] == rests_on(seen)["audited"]:
            person, what = one.person((root.signers,)), "verdict"
            told = {key: one.said[key] for key in ("status", "findings")}
            wrong = "" if (told, one.subject) == (_verdict(seen), pinned(about(seen))) else "over another verdict"
            if person is not None and one.role_then(ever, ledger) != person.role:
                wrong = "in another role"
        else:
            continue
        if person is None or person.role == TRAINER:
            notes.append(f"not counted: {_who(person, one)} signed the {what}, and is nobody who may")
        elif wrong:
            notes.append(f"not counted: {_who(person, one)} signed the {what} {wrong}")
        else:
            given.setdefault((what, person.role), set()).add(person.name)
            notes.append(f"{what} signed by {_who(person, one)}")
    lacking = tuple(
        f"{role} under the {what}"
        for what, roles in asked.items() if what != "practice" for role in roles
        if len(given.get((what, role), ())) < root.signers.needs(role)
    )  # fmt: skip
    return replace(signing, unattested=lacking, notes=tuple(dict.fromkeys([*signing.notes, *notes])))


def signed_head(project: Path | str, signer: Signer) -> bytes:
    """Return the head of the log, signed: what a committee keeps to hold the log against later.

    Parameters
    ----------
    project : Path or str
        The project's folder.
    signer : securesystemslib Signer
        With an Ed25519 key that the root names.

    Returns
    -------
    bytes
        A file for ``gate(witness=...)``, to be kept outside the project.

    Raises
    ------
    Refused
        A08, A10 for a key that is nobody's or a trainer's.
    """
    accept(signed_head, locals())
    ledger, by = log_and_person(Path(project), signer)
    said = statement(
        HEAD, {"log": Tree.of(ledger.until(ledger.heads())).root}, {"by": by, "witness": parse_json(ledger.witness())}
    )
    return pretty_json(signed(said, [signer]))


def hold_against(ledger: Ledger, witness: bytes, where: str) -> None:
    """Hold the log against a witness, signed or not.

    Raises
    ------
    EvidenceBroken
        A13 where the log is another, or lacks what it had; A06, A07, A08 for a signature that does not hold, or that is of
        nobody in the root.
    """
    try:
        record = parse_json(witness)
    except ValueError:
        record = None
    if isinstance(record, dict) and "payload" in record:
        ever = roots(ledger)
        said, subject, keys = opened(record, HEAD, [key for one in ever for key in one.public_keys()], where)
        named = {
            person.name for one in ever for key in keys if (person := one.holder(key)) is not None and person.role != TRAINER
        }
        tree = said["witness"].get("tree") if isinstance(said.get("witness"), dict) else None
        root = tree.get("root") if isinstance(tree, dict) else None
        if set(said) != {"by", "witness"} or said["by"] not in named or subject != {"log": root}:
            raise EvidenceBroken(
                "A07", "The signed head does not read as one.", where, "Use the file that log --witness wrote."
            )
        witness = pretty_json(said["witness"])
    ledger.against(witness, where)


def _verdict(seen: Examined) -> dict[str, Any]:
    verdict = seen.record(PUBLIC_FILE)["verdict"]
    return {"status": verdict["status"], "findings": {one["id"]: one["status"] for one in verdict["findings"]}}


def _other_seal(one: Statement, ledger: Ledger) -> str:
    """Return how the seal in the log differs from what was signed; empty where it does not."""
    seal = next((entry for entry in ledger.find(_SEAL) if entry.digest == one.said["seal"]), None)
    if seal is None or seal.digest not in {entry.digest for entry in ledger.until(one.entry.parents)}:
        return "before there was one"
    same = {file: seal.body.get(key) for key, file in FILES.items()} == one.subject and seal.body.get("rows") == one.said[
        "rows"
    ]
    return "" if same else "of other rules"


def _who(person: Person | None, one: Statement) -> str:
    return one.said["by"] if person is None else f"{person.name} ({person.role})"
