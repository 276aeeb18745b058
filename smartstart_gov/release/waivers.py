"""Waivers: findings that people let pass at one stage for a while, openly, with something in their place.

A waiver names one finding of one version. It counts where the policy lets its persons waive, where enough of them signed the
same words, while it lasts, and once the card prints it: nobody approves a version without having read what was let pass.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smartstart_gov.authoring.names import LOG_FOLDER, STAGES, Stages
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.signers import TRAINER, Signers
from smartstart_gov.controls.catalogue import control_of
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.folder import PINNED, PRIVATE_FILE, RENDERED, Examined, examine
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.ledger import Ledger
from smartstart_gov.release.approvals import WAIVER, Statement, Terms, about, logged_audit, rests_on, statements
from smartstart_gov.release.root import Root, current, roots

#: No waiver is longer.
LONGEST_WAIVER = dt.timedelta(days=90)
#: How the files of the card begin.
_CARD = "model_card."


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One finding that does not keep a version from one stage, for a while.

    Attributes
    ----------
    finding : str
        Id of the finding.
    stage : {"shadow", "trial", "release"}
    until : datetime.date
        Its last day.
    by : tuple of str
        Who signed, with their roles.
    owner : str
        The role that answers for what is done instead.
    reason, instead : str
        Why, and what takes the place of what was not met; as typed.
    entries, again : tuple of str
        Digests of the log entries in which each of them signed these words first, and last.
    """

    finding: str
    stage: Stages
    until: dt.date
    by: tuple[str, ...]
    owner: str
    reason: str
    instead: str
    entries: tuple[str, ...]
    again: tuple[str, ...]

    def known(self, ledger: Ledger) -> set[str]:
        """Return what stood in the log before each of its persons signed these words last."""
        return set.intersection(*({entry.digest for entry in ledger.until([one])} for one in self.again))

    def line(self) -> str:
        """Return the waiver in one line, as the gate prints it."""
        return (
            f"WAIVED {self.finding} until {self.until} by {' and '.join(self.by)}: {self.reason}"
            f" Instead, for which {self.owner} answers: {self.instead}"
        )


def may_be_waived(finding: Finding | str) -> bool:
    """Return whether people may let this finding pass: a limit, what linking lost, or a control that says so.

    Never a question of law, such as special categories, nor one on which every other answer rests, nor one that a
    declaration would answer.

    Examples
    --------
    >>> [may_be_waived(name) for name in ("limit.alarm", "rows.linking_age", "control.R50", "control.R01", "control.R16")]
    [True, True, True, False, False]
    """
    name = finding if isinstance(finding, str) else finding.id
    control = control_of(name)
    return name.startswith(("limit.", "rows.linking_")) or (control is not None and control.waivable)


def signed_waivers(seen: Examined, policy: Policy, root: Root) -> tuple[tuple[Waiver, ...], tuple[str, ...]]:
    """Return the waivers that stand in the log for the version `seen`, at every stage, and why others do not count.

    Raises
    ------
    EvidenceBroken
        A06, A07, A08, A11: a signed statement in the log does not hold.
    """
    allowed = policy.waivers
    ledger = Ledger((seen.project or seen.path.parent) / LOG_FOLDER)
    ever = roots(ledger)
    everything = statements(ledger, ever)
    base, files = rests_on(seen), pinned(about(seen))
    _, beyond = waiver_renewals(everything, ever)
    # By finding, stage and person: the words that hold, as they were signed first and as they were signed last.
    last: dict[tuple[str, str, str], tuple[Statement, Statement]] = {}
    # What took a waiver back: only one that was signed after it counts.
    back: dict[tuple[str, str, str], set[str]] = {}
    notes: list[str] = []
    for one in everything:
        said = one.said
        if one.entry.kind != WAIVER:
            continue
        holds = one.person((root.signers,))
        line = f"not counted: the waiver of {said['finding']} at {said['stage']} by {said['by']}"
        ends = None if said["until"] is None else dt.date.fromisoformat(said["until"])
        if said["version"] != base["version"]:
            continue
        if said["audited"] != base["audited"] or one.subject != files:
            notes.append(f"{line} is of other evidence")
            continue
        of = said["finding"], said["stage"], said["by"]
        if holds is None:
            # As with approvals: what a key that has left said last takes back what was said before.
            if one.person(ever) is not None:
                last.pop(of, None)
                back.setdefault(of, set()).add(one.entry.digest)
            notes.append(f"{line}: the key {one.key[:8]} is no longer theirs in the root")
        elif holds.role == TRAINER:
            notes.append(f"{line}: who trains does not waive")
        elif ends is not None and (allowed is None or holds.role not in allowed.roles):
            notes.append(f"{line}: the policy does not let this role waive")
        elif ends is not None and one.role_then(ever, ledger) != holds.role:
            notes.append(f"{line} was signed in another role; sign again")
        elif not may_be_waived(said["finding"]):
            notes.append(f"{line}: this finding can never be waived")
        elif ends is not None and ends > one.day + LONGEST_WAIVER:
            notes.append(f"{line} would hold until {ends}, longer than {LONGEST_WAIVER.days} days")
        elif one.entry.digest in beyond:
            notes.append(f"{line} is renewed once more than the two times there are")
        elif ends is not None and ends < root.today:
            notes.append(f"{line} ended on {ends}")
            last.pop(of, None)
        elif ends is not None and not one.follows(back.get(of, ()), ledger):
            notes.append(f"{line} was taken back in another branch of the log; sign again, after it")
        else:
            if ends is None:
                back.setdefault(of, set()).add(one.entry.digest)
            first = last[of][0] if of in last and _words(last[of][0]) == _words(one) else one
            last[of] = first, one
    found = list[Waiver]()
    same: dict[tuple[object, ...], list[tuple[Statement, Statement]]] = {}
    for one, again in last.values():
        same.setdefault(_words(one), []).append((one, again))
    for signed in same.values():
        words = signed[0][0].said
        # Where the policy lets nobody waive, nothing that has an end is left.
        if words["until"] is None or allowed is None:
            continue
        persons = [f"{who.name} ({who.role})" for one, _ in signed if (who := one.person((root.signers,))) is not None]
        if len(persons) < allowed.persons:
            line = f"not counted: the waiver of {words['finding']} at {words['stage']}"
            notes.append(f"{line} needs {allowed.persons} persons who sign the same words, and has {len(persons)}")
            continue
        found.append(Waiver(
            finding=words["finding"], stage=words["stage"], until=dt.date.fromisoformat(words["until"]), by=tuple(persons),
            owner=words["owner"], reason=words["reason"], instead=words["instead"],
            entries=tuple(one.entry.digest for one, _ in signed), again=tuple(one.entry.digest for _, one in signed),
        ))  # fmt: skip
    return tuple(found), tuple(notes)


def waiver_renewals(said: Iterable[Statement], ever: Sequence[Signers]) -> tuple[Terms, frozenset[str]]:
    """Return the terms of all waivers of all versions so far, and the log entries that are one renewal too many.

    The same finding of the same model at the same stage is renewed twice, whoever signs and in whichever version.
    """
    terms, beyond = Terms(), set[str]()
    for one in said:
        if one.entry.kind != WAIVER or one.said["until"] is None:
            continue
        person, ends = one.person(ever), dt.date.fromisoformat(one.said["until"])
        # What could never count begins no term: else a far end would make every later one no renewal.
        if person is None or person.role == TRAINER or ends > one.day + LONGEST_WAIVER:
            continue
        if terms.too_many((one.said["finding"], one.said["stage"], one.model), ends):
            beyond.add(one.entry.digest)
    return terms, frozenset(beyond)


def pinned(files: Mapping[str, str]) -> dict[str, str]:
    """Return what a waiver is about: evidence and model, and no document, since the documents print it afterwards."""
    return {name: value for name, value in files.items() if name in PINNED and name != PRIVATE_FILE}


def _words(one: Statement) -> tuple[object, ...]:
    return tuple(one.said[part] for part in ("finding", "stage", "owner", "reason", "instead", "until"))


def counted(
    seen: Examined, stage: Stages, policy: Policy, root: Root, findings: Sequence[Finding]
) -> tuple[tuple[Waiver, ...], tuple[str, ...]]:
    """Return the waivers that count at `stage`, and a line for each that does and for each that does not.

    Beyond what `signed_waivers` asks, every card of the version was rendered after the waiver was signed, the finding keeps the
    version from the stage, and there are no more of them than the policy allows.
    """
    signed, notes = signed_waivers(seen, policy, root)
    blocking = {finding.id for finding in findings if finding.blocks_at(stage)}
    found, told = list[Waiver](), [note for note in notes if f" at {stage}" in note]
    for one in signed:
        if one.stage != stage:
            continue
        if one.finding not in blocking:
            told.append(f"not needed: the waiver of {one.finding} at {stage}; this answer does not block")
        elif not _printed(seen, one):
            told.append(
                f"not counted: the waiver of {one.finding} at {stage} is not on the card yet; run smartstart-gov render"
            )
        else:
            found.append(one)
    most = 0 if policy.waivers is None else policy.waivers.at_most
    # Two groups of persons may have let the same finding pass, each in its own words.
    used = len({one.finding for one in found})
    if used > most:
        told.append(f"not counted: {used} findings are waived at {stage}, and the policy allows {most}: none counts")
        found = []
    lines = [f"{used} of {most} waivers at {stage} are used"] if found else []
    return tuple(found), (*(one.line() for one in found), *lines, *told)


def _printed(seen: Examined, waiver: Waiver) -> bool:
    """Whether every card of the version was rendered with the waiver in the log before it."""
    cards = {name: value for name, value in seen.manifest.files.items() if name.startswith(_CARD)}
    ledger, after = Ledger((seen.project or seen.path.parent) / LOG_FOLDER), set[str]()
    for entry in ledger.find(RENDERED):
        # Renders of other versions were not held against anything.
        if entry.body.get("audited") != logged_audit(seen).audited.digest or not isinstance(entry.body.get("documents"), dict):
            continue
        before = {one.digest for one in ledger.until(entry.parents)}
        if set(waiver.entries) <= before:
            after |= {name for name, value in entry.body["documents"].items() if cards.get(name) == value}
    return bool(cards) and after == set(cards)


def cards_of(seen: Examined) -> tuple[str, ...]:
    """Return the names of the cards in the version folder."""
    return tuple(name for name in seen.manifest.files if name.startswith(_CARD))


def waivers_of(bundle: EvidenceBundle) -> tuple[Waiver, ...]:
    """Return what is let pass today in the version of this bundle, as documents print it; none where it is in no project."""
    if bundle.home is None or bundle.public.version is None or bundle.public.policy.waivers is None:
        return ()
    path, ledger = bundle.home / bundle.public.version, Ledger(bundle.home / LOG_FOLDER)
    if not path.is_dir() or not ledger.find(WAIVER):
        return ()
    found = signed_waivers(examine(path, bundle.home), bundle.public.policy, current(ledger))[0]
    blocking = {(one.id, stage) for one in bundle.public.verdict.findings for stage in STAGES if one.blocks_at(stage)}
    found = tuple(one for one in found if (one.finding, one.stage) in blocking)
    return tuple(sorted(found, key=lambda one: (STAGES.index(one.stage), one.finding)))
