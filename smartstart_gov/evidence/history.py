"""The look and the last version according to the log, compared with what the evidence says about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartstart_gov.authoring.project import Project
from smartstart_gov.canonical import unreal
from smartstart_gov.controls.predecessor import Previous
from smartstart_gov.counting.tally import Tally
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.looks.looks import Looks, Standing, granted
from smartstart_gov.looks.registration import SEALINGS, sealing

AUDITED = "audited"
#: Alphas agree when they differ by less than this.
TOLERANCE = 1e-9


def last_version(project: Project) -> Previous | None:
    """Return the version that was audited last, as recorded in its own folder; None if the log has none.

    If its folder is missing, or its evidence is not what the log says, only the version is returned.

    Raises
    ------
    EvidenceBroken
        A13 if the log does not hold, or its last audit cannot be read.
    """
    entry = _last(project.ledger.entries())
    if entry is None:
        return None
    try:
        version, bundle = str(entry.body["version"]), str(entry.body["bundle"])
        unknown = Previous(version=version, bundle=bundle, contract=None, policy=None)
    except (KeyError, ValueError):
        what = f"Entry {entry.digest[7:19]} is not a readable audit."
        remedy = "Restore the log from version control; entries are only ever added."
        raise EvidenceBroken("A13", what, str(project.ledger.path), remedy) from None
    try:
        found = read_bundle(project.path / version).public
    except (EvidenceBroken, Refused):
        return unknown
    owed = () if found.previous is None else found.previous.gone(found.contract, found.policy)
    return Previous(version=version, bundle=bundle, contract=found.contract, policy=found.policy, owed=owed)


def unlogged_previous(evidence: Evidence, ledger: Ledger) -> Iterator[str]:
    """List where the log contradicts what the evidence says about the previous version.

    Raises
    ------
    EvidenceBroken
        A13 if the log does not hold.
    """
    previous = evidence.previous
    if previous is None:
        return
    entry = next((e for e in ledger.find(AUDITED) if _is(e, previous)), None)
    if entry is None:
        yield "previous: the log has no such version"
        return
    for name, value in (("policy", previous.policy), ("contract", previous.contract)):
        if value is not None and value.digest != entry.body.get(name):
            yield f"previous.{name}: the log has a different one for version {previous.version}"


def passed_over(evidence: Evidence, ledger: Ledger) -> list[str]:
    """Return that another version was audited in between; empty if none was, or none with different rules.

    An audit compares with the last version that exists at that moment. If it is written later, other versions may
    come in between.
    """
    entries = ledger.entries()
    called = (evidence.name, evidence.version)
    mine = next((e for e in entries if e.kind == AUDITED and (e.body.get("name"), e.body.get("version")) == called), None)
    before = None if mine is None else _last(_ancestors(entries, mine))
    if before is None or (evidence.previous is not None and _is(before, evidence.previous)):
        return []
    if all(before.body.get(name) == getattr(evidence, name).digest for name in ("policy", "contract")):
        return []
    version = before.body.get("version")
    return [f"NOT_SHOWN previous: this was not compared with version {version}, which was audited earlier; audit again"]


def _last(entries: Sequence[Entry]) -> Entry | None:
    # A concept is nobody's last version: what is left out after a draft was never decided on.
    return next((e for e in reversed(entries) if e.kind == AUDITED and e.body.get("part") != "develop"), None)


def _is(entry: Entry, previous: Previous) -> bool:
    return (entry.body.get("version"), entry.body.get("bundle")) == (previous.version, previous.bundle)


def _ancestors(entries: Sequence[Entry], of: Entry) -> list[Entry]:
    """Return the entries that came before `of`, in their order."""
    known, found = {entry.digest: entry for entry in entries}, set()
    waiting = list(of.parents)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += known[name].parents
    return [entry for entry in entries if entry.digest in found]


def uneven_look(evidence: Evidence) -> Iterator[str]:
    """List where the evidence's look contradicts the policy: alpha follows from the place and the alpha already used."""
    counted, policy, tally = evidence.look, evidence.policy, evidence.tally
    part = evidence.training.part(evidence.part)
    total = None if isinstance(tally, Tally) or tally.total is None else sum(tally.total.cells)
    rows = tally.n if isinstance(tally, Tally) else total
    if part is None or (rows is not None and part.rows != rows):
        yield f"tally.total: its rows are not those of the {evidence.part} part"
    if counted is None:
        return
    if counted.most != policy.max_looks or counted.sealing not in SEALINGS:
        yield "look: it was counted under rules other than the policy's"
    expected = granted(policy.alpha, policy.max_looks, counted.place, unreal(counted.spent))
    if abs(expected - unreal(counted.alpha)) > TOLERANCE or expected <= TOLERANCE:
        yield "look.alpha: it does not follow from its place and the policy"


def unlogged_look(evidence: Evidence, ledger: Ledger) -> Iterator[str]:
    """List where the log contradicts the evidence's account of its look.

    Raises
    ------
    EvidenceBroken
        A13 if the log does not hold.
    """
    counted = evidence.look
    if counted is None:
        return
    entries = ledger.entries()
    looks = Looks(ledger, entries)
    look = looks.look(counted.entry)
    if look is None:
        yield "look: the log has no such look"
        return
    if look.policy != evidence.policy.digest or look.most != counted.most:
        yield "look: the log records it under another policy"
    # A look that was audited again after branches merged has less than when it was taken, never more.
    if looks.taken(counted.entry).alpha < unreal(counted.alpha) - TOLERANCE:
        yield "look.alpha: the log leaves less for it"
    said = (counted.told_by, counted.known, counted.new_people)
    if said != (look.told_by, look.known, looks.new_people(look)):
        yield "look: the log disagrees about these rows"
    if (counted.seal, counted.sealing) != sealing_of(evidence, looks, ledger):
        yield "look.sealing: the log disagrees"


def sealing_of(evidence: Evidence, looks: Looks, ledger: Ledger) -> tuple[str | None, str]:
    """Return the seal and sealing of the evidence's look, from the log."""
    if evidence.look is None:
        return None, "none"
    digests = {name: getattr(evidence, name).digest for name in ("policy", "contract", "charter")}
    training = evidence.training
    known = training.seals if training.origin == "trained" else None
    return sealing(ledger.entries(), looks, evidence.look.entry, digests, known)


def standing_now(evidence: Evidence, ledger: Ledger) -> Standing | None:
    """Return how the current log counts the evidence's look; None if it is not counted."""
    if evidence.look is None:
        return None
    looks = Looks(ledger)
    look = looks.look(evidence.look.entry)
    return None if look is None else looks.now(look.key)
