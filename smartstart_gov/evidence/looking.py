"""Whether policy and log bear out what the evidence says of its look."""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.canonical import unreal
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.ledger import Ledger
from smartstart_gov.project.looks import Looks, Standing, granted
from smartstart_gov.project.sealing import SEALINGS, sealing
from smartstart_gov.tally.cube import Tally

#: Alphas agree when they differ by less than this.
TOLERANCE = 1e-9


def uneven_look(evidence: Evidence) -> Iterator[str]:
    """List what in the evidence's account of its look contradicts the policy: alpha follows from place and spending."""
    counted, policy, tally = evidence.look, evidence.policy, evidence.tally
    part = evidence.training.part(evidence.part)
    total = None if isinstance(tally, Tally) or tally.total is None else sum(tally.total.cells)
    rows = tally.n if isinstance(tally, Tally) else total
    if part is None or (rows is not None and part.rows != rows):
        yield f"tally.total: its rows are not those of the {evidence.part} part"
    if counted is None:
        return
    if counted.most != policy.max_looks or counted.sealing not in SEALINGS:
        yield "look: it was counted under other rules than the policy's"
    expected = granted(policy.alpha, policy.max_looks, counted.place, unreal(counted.spent))
    if abs(expected - unreal(counted.alpha)) > TOLERANCE or expected <= TOLERANCE:
        yield "look.alpha: it is not what its place and the policy give"


def unlogged_look(evidence: Evidence, ledger: Ledger) -> Iterator[str]:
    """List where the log contradicts the evidence's account of its look.

    Raises
    ------
    EvidenceBroken
        A13 where the log does not hold.
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
        yield "look: the log has it under another policy"
    # A look that was audited again after branches merged has less than when it was taken, never more.
    if looks.taken(counted.entry).alpha < unreal(counted.alpha) - TOLERANCE:
        yield "look.alpha: the log leaves it less"
    said = (counted.told_by, counted.known, counted.new_people)
    if said != (look.told_by, look.known, looks.new_people(look)):
        yield "look: the log says something else of these rows"
    if (counted.seal, counted.sealing) != sealing_of(evidence, looks, ledger):
        yield "look.sealing: the log says something else"


def sealing_of(evidence: Evidence, looks: Looks, ledger: Ledger) -> tuple[str | None, str]:
    """Return seal and sealing of the evidence's look, from the log."""
    if evidence.look is None:
        return None, "none"
    digests = {name: getattr(evidence, name).digest for name in ("policy", "contract", "charter")}
    training = evidence.training
    known = training.seals if training.origin == "trained" else None
    return sealing(ledger.entries(), looks, evidence.look.entry, digests, known)


def standing_now(evidence: Evidence, ledger: Ledger) -> Standing | None:
    """Return how the evidence's look stands in the log as it is now; None where it is not counted."""
    if evidence.look is None:
        return None
    looks = Looks(ledger)
    look = looks.look(evidence.look.entry)
    return None if look is None else looks.now(look.key)
