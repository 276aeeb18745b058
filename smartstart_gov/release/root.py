"""The root: who may sign, from the first file of signers to the one that holds now, each signed by those before.

Which first root is the right one, nobody can tell from the project alone: a loader or a CI pins its digest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smartstart_gov.authoring.signers import TRAINER, Signers
from smartstart_gov.canonical import digest
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.ledger import Entry, Ledger, Tree, closure
from smartstart_gov.release.envelope import opened, signed, statement
from smartstart_gov.release.keyfile import digits_of

if TYPE_CHECKING:
    from smartstart_gov.release.keyfile import Signer

#: Kind of the log entry, and of the predicate.
ROOT = "root"
#: The clock may be behind the log by so much, because clocks differ.
SLACK = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The signers that hold now.

    Attributes
    ----------
    signers : Signers
    pin : str
        Digest of the first file of signers: what is handed out to loaders.
    today : datetime.date
        The day on which this is asked: the clock's, or that of the newest entry of the log if that is later.
    """

    signers: Signers
    pin: str
    today: dt.date


def write_root(ledger: Ledger, signers: Signers, by: Sequence[Signer]) -> Entry:
    """Write `signers` into the log, signed by those who keep the root before it, and by its own.

    Raises
    ------
    Refused
        A08 where the version is not the next, where it has expired, where too few who keep the root have signed, and where
        somebody else has: an envelope with that signature would break the log for good.
    """
    before = roots(ledger)
    wanted = len(before) + 1
    if signers.version != wanted:
        remedy = f"Write version: {wanted}; a version that was signed is never changed."
        raise Refused("A08", f"The file of signers is version {signers.version}.", "signers.yaml", remedy)
    if signers.expires <= today(ledger):
        raise Refused("A08", f"The file of signers ends on {signers.expires}.", "signers.yaml", "Give a day that is to come.")
    held = [*before[-1:], signers]
    # A key that is given twice signs once.
    keys = {digits_of(one): one for one in by}
    if strange := keys.keys() - _keep(held):
        named = ", ".join(key[:8] for key in sorted(strange))
        what = f"A key that signs does not keep the root: {named}."
        raise Refused("A08", what, "signers.yaml", "Leave its --key out, or write keeps_root: true for its person.")
    if missing := _missing(held, frozenset(keys)):
        raise Refused("A08", missing, "signers.yaml", "Let the others sign too: --key once for each.")
    stands = place(ledger)
    said = statement(ROOT, {"signers.yaml": pin_of(signers)}, {**signers.to_record(), **stands})
    body = {"version": signers.version, "envelope": signed(said, list(keys.values()))}
    return ledger.append(ROOT, body, after=stands["log"])


def place(ledger: Ledger) -> dict[str, Any]:
    """Return where in the log something is signed that is entered now: after these entries, and over all before them."""
    heads = ledger.heads()
    return {"log": list(heads), "tree": Tree.of(ledger.until(heads)).to_record()}


def hold_in_place(said: Mapping[str, Any], entry: Entry, entries: Sequence[Entry], where: str) -> None:
    """Hold what was signed against where it stands; EvidenceBroken A11 where it was moved, A13 where the log is another."""
    if said["log"] != list(entry.parents):
        what = "The statement was signed after other log entries than those it stands after."
        raise EvidenceBroken("A11", what, where, "Restore the log from version control; a statement is never moved.")
    if "tree" in said and said["tree"] != Tree.of(closure(entries, entry.parents)).to_record():
        what = "The statement was signed over another log: the root of what stood before it differs."
        raise EvidenceBroken("A13", what, where, "Restore the log from version control, or use the right clone.")


def current(ledger: Ledger, pin: str | None = None) -> Root:
    """Return the root that holds now.

    Parameters
    ----------
    ledger : Ledger
    pin : str, optional
        Digest of the first file of signers, known from elsewhere.

    Raises
    ------
    EvidenceBroken
        A08 where there is no root, where it begins with another than `pin`, where a version was not signed by the one
        before, or where the last has expired.
    """
    where = str(ledger.path)
    found = roots(ledger)
    if not found:
        remedy = "Write signers.yaml, and have it signed: smartstart-gov keys root PROJECT."
        raise EvidenceBroken("A08", "The log has no root: nobody is known who may sign.", where, remedy)
    first = pin_of(found[0])
    if pin is not None and first != pin:
        what = f"The root of this log begins with {first[:19]}, and {pin[:19]} is asked for."
        raise EvidenceBroken("A08", what, where, "Use the project that the pin was handed out for.")
    now = today(ledger)
    if found[-1].expires < now:
        what = f"The file of signers ended on {found[-1].expires}."
        raise EvidenceBroken("A08", what, where, "Sign a new version of it: smartstart-gov keys root PROJECT.")
    return Root(signers=found[-1], pin=first, today=now)


def roots(ledger: Ledger) -> tuple[Signers, ...]:
    """Return every file of signers in the log, oldest first, each held against the one before.

    Raises
    ------
    EvidenceBroken
        A06, A07, A08, as `opened` does, and A08 for a version that is missing, doubled or signed by too few.
    """
    found: list[Signers] = []
    entries = ledger.entries()
    versions = [entry for entry in entries if entry.kind == ROOT]
    versions.sort(key=lambda e: e.body["version"] if type(e.body.get("version")) is int else 0)
    for position, entry in enumerate(versions):
        where = f"Log entry {entry.digest[7:19]}"
        remedy = "Restore the log from version control."
        if set(entry.body) != {"version", "envelope"} or entry.body["version"] != position + 1:
            raise EvidenceBroken("A08", f"The log has no one version {position + 1} of the signers.", where, remedy)
        signers, stands = _signers(entry.body["envelope"], where)
        if signers.version != position + 1:
            raise EvidenceBroken("A08", "The signed version is another than the entry's.", where, remedy)
        _, subject, keys = opened(entry.body["envelope"], ROOT, _keep([*found[-1:], signers]), where)
        if subject != {"signers.yaml": pin_of(signers)}:
            raise EvidenceBroken("A07", "The statement is about another file of signers than it holds.", where, remedy)
        if missing := _missing([*found[-1:], signers], keys):
            raise EvidenceBroken("A08", missing, where, remedy)
        # Those of earlier versions of the library do not say where they stand.
        if stands:
            hold_in_place(stands, entry, entries, where)
        found.append(signers)
    return tuple(found)


def today(ledger: Ledger) -> dt.date:
    """Return the clock's day, or that of the newest log entry where it is later.

    Raises
    ------
    EvidenceBroken
        P09 where the log is ahead of the clock by more than five minutes: then nobody knows what day it is.
    """
    now = dt.datetime.now(dt.UTC)
    newest = max((dt.datetime.fromisoformat(entry.at) for entry in ledger.entries()), default=now)
    if newest > now + SLACK:
        what = f"The newest entry of the log is of {newest:%Y-%m-%d %H:%M} UTC, and the clock says {now:%Y-%m-%d %H:%M}."
        raise EvidenceBroken("P09", what, str(ledger.path), "Set the clock; what ends on a day cannot be judged without it.")
    return max(now, newest).date()


def _signers(envelope: Any, where: str) -> tuple[Signers, dict[str, Any]]:
    """Return the signers that `envelope` holds and where they stand, before it is known who signed it."""
    from smartstart_gov.release.envelope import unverified

    said = unverified(envelope, ROOT, where)
    stands: dict[str, Any] = {name: said.pop(name) for name in ("log", "tree") if name in said}
    try:
        if len(stands) == 1:
            raise ValueError("half a place")
        return Signers.from_record(said), stands
    except (ValueError, TypeError) as error:
        what = f"The file of signers does not read ({type(error).__name__})."
        raise EvidenceBroken("A07", what, where, "Restore the log from version control.") from None


def _keep(signers: Sequence[Signers]) -> tuple[str, ...]:
    return tuple(key for one in signers for key in one.public_keys(root=True))


def _missing(files: Sequence[Signers], keys: frozenset[str]) -> str:
    """Return which of `files`, the one before and the new one, too few of its own persons have signed."""
    for signers in files:
        persons = {p.name for p in signers.persons if p.keeps_root and p.role != TRAINER and keys & set(p.keys)}
        if len(persons) < signers.root_threshold:
            return (
                f"Version {signers.version + (signers is not files[-1])} of the signers needs {signers.root_threshold} who keep"
                f" the root of version {signers.version}, and {len(persons)} signed."
            )
    return ""


def pin_of(signers: Signers) -> str:
    """Return what a loader pins of a first file of signers."""
    return digest(signers.to_record())
