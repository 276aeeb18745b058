"""The gate: may this version enter that stage? It needs the evidence, but not the data or the model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.names import LOG_FOLDER, STAGES, Stages
from smartstart_gov.codec import LATER
from smartstart_gov.controls.catalogue import written
from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.evidence.folder import LARGEST_MANIFEST, PRIVATE_FILE, PUBLIC_FILE, Examined, authored_edits, examine
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.ledger import Ledger
from smartstart_gov.release.decide import Result, decide
from smartstart_gov.show import Value
from smartstart_gov.storage import read_file

if TYPE_CHECKING:
    from smartstart_gov.evidence.edition import Evidence
    from smartstart_gov.release.approvals import Signing
    from smartstart_gov.release.waivers import Waiver

EXIT_CODES: dict[Result, int] = {
    "allowed": 0, "refused": 1, "not_shown": 3, "evidence_broken": 4, "signatures_missing": 5,
}  # fmt: skip
#: Where several hold, the gravest wins.
GRAVEST = (4, 2, 1, 3, 5, 0)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Decision(Value):
    """The gate's answer for one version and one stage; true only if it is *allowed*.

    Attributes
    ----------
    name, version, stage : str
    result : {"allowed", "refused", "not_shown", "evidence_broken", "signatures_missing"}
    edition : {"private", "public"} or None
        The counts on which it was decided; None if the evidence did not hold.
    reasons : tuple of str
        One line each, from the public edition: they may be printed anywhere.
    waived : tuple of str
        Findings that do not count at this stage, because people let them pass for a while.
    until : str or None
        Where it is allowed, the day on which the first of its approvals and waivers ends, or the file of signers if that is
        sooner, ISO 8601; None without any.
    """

    derived: ClassVar[tuple[str, ...]] = ("exit_code",)

    name: str
    version: str
    stage: Stages
    result: Result
    edition: Literal["private", "public"] | None
    reasons: tuple[str, ...]
    waived: Annotated[tuple[str, ...], LATER] = ()
    until: Annotated[str | None, LATER] = None

    @property
    def allowed(self) -> bool:
        """Whether the version may enter the stage."""
        return self.result == "allowed"

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def exit_code(self) -> int:
        """What the command line returns."""
        return EXIT_CODES[self.result]

    def headline(self) -> str:
        """Return the decision in one line."""
        return f"Decision {self.result}: {self.name} {self.version} to {self.stage}, {len(self.reasons)} reasons"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per reason."""
        return ["reason"], [[reason] for reason in self.reasons]


def gate(
    path: Path | str, *, project: Path | str | None = None, stage: str = "release", root: str | None = None,
    witness: Path | str | None = None,
) -> Decision:  # fmt: skip
    """Decide whether the version in folder `path` may enter `stage`.

    Digests, log and authored files are checked first. If the written findings lead to a refusal, they are used as they are:
    the log pins them by digest, and recomputing them could only make the answer more serious. Before any other
    answer, every number and every finding is recomputed from the counts.

    Parameters
    ----------
    path : Path or str
        The version folder.
    project : Path or str, optional
        The project's folder; the parent of `path` by default.
    stage : {"shadow", "trial", "release"}
    root : str, optional
        Digest of the first file of signers, as it was handed out; by default the one in the project's log, which whoever
        can write the whole project can replace.
    witness : Path or str, optional
        What ``smartstart-gov log --witness`` wrote, kept outside the project: entries that it knows and the log lacks are
        broken evidence.

    Returns
    -------
    Decision
        True only if the version is *allowed*. Evidence that does not hold is a decision too (exit code 4).

    Raises
    ------
    Refused
        U01 for a folder or stage that does not exist.
    """
    accept(gate, locals())
    asked = _stage(stage)
    try:
        seen = examine(path, project)
    except EvidenceBroken as broken:
        of = Path(path)
        return _broken(of.parent.name, of.name, asked, broken.violations)
    name, version = seen.manifest.name, seen.manifest.version
    found = [*seen.violations, *authored_edits(seen)]
    if seen.project is None:
        what, remedy = (
            "The folder is not in a project, so there is no log to compare it with.",
            "Give the project with --project.",
        )
        found.append(Violation(rule="A13", what=what, where=str(seen.path), remedy=remedy))
    try:
        if witness is not None and seen.project is not None:
            from smartstart_gov.release.attest import hold_against

            hold_against(Ledger(seen.project / LOG_FOLDER), read_file(Path(witness), most=LARGEST_MANIFEST), str(witness))
        asks, findings = _written(seen)
        if found or seen.project is None:
            return _broken(name, version, asked, found)
        decision, ledger = _answer(seen, asks, findings, asked), Ledger(seen.project / LOG_FOLDER)
        # A breach may be waived, which is known once every signature was held.
        if decision.result == "refused" and not ledger.find("waiver"):
            return decision
        return _recomputed(seen, ledger, asks, findings, asked, root)
    except EvidenceBroken as broken:
        return _broken(name, version, asked, [*found, *broken.violations])


def gravest(codes: Iterable[int]) -> int:
    """Return the most serious of several exit codes, in the order 4, 2, 1, 3, 5, 0."""
    found = set(codes)
    return next(code for code in GRAVEST if code in found)


def _stage(stage: str) -> Stages:
    for known in STAGES:
        if stage == known:
            return known
    raise Refused("U01", f"There is no stage {stage!r}.", "Argument stage", f"Use one of {', '.join(STAGES)}.")


def _broken(name: str, version: str, stage: Stages, violations: Iterable[Violation]) -> Decision:
    return Decision(
        name=name, version=version, stage=stage, result="evidence_broken", edition=None,
        reasons=tuple(dict.fromkeys(f"{v.what} {v.remedy} [{v.rule}]" for v in violations)),
    )  # fmt: skip


def _written(seen: Examined) -> tuple[Mapping[Stages, Any], tuple[Finding, ...]]:
    """Return what the policy asks of each stage, and the public findings, as they were written; EvidenceBroken A02."""
    record = seen.record(PUBLIC_FILE)
    try:
        documents = record["rules"]["documents"]
        # A record leaves out what has its default.
        stages = {
            stage: {"signatures": (), **record["policy"]["stages"][stage], "documents": documents[stage]} for stage in STAGES
        }
        for asks in stages.values():
            names = [asks["documents"], asks["signatures"]]
            if not all(isinstance(some, list | tuple) and all(isinstance(name, str) for name in some) for some in names):
                raise TypeError("documents and signatures are lists of names")
            if asks["not_shown"] not in ("accepted", "refused"):
                raise ValueError("a stage accepts what is not shown, or refuses it")
        return stages, written(record["verdict"]["findings"])
    except (ValueError, KeyError, TypeError, AttributeError, Refused) as error:
        what = f"The findings cannot be read ({type(error).__name__})."
        remedy = "Restore the version folder as it was written."
        raise EvidenceBroken("A02", what, str(seen.path / PUBLIC_FILE), remedy) from None


def _recomputed(
    seen: Examined, ledger: Ledger, asks: Mapping[Stages, Any], findings: tuple[Finding, ...], stage: Stages, root: str | None
) -> Decision:
    """Return the decision once everything has been computed again; EvidenceBroken where something differs."""
    # Here and not above: the libraries that count take most of the time, and a refusal needs none of them.
    from smartstart_gov.evidence.bundle import bundle_of
    from smartstart_gov.evidence.history import passed_over, unlogged_look, unlogged_previous
    from smartstart_gov.evidence.reperform import reperform
    from smartstart_gov.release.practice import breaches, elsewhere, rechecks, unshown

    bundle = bundle_of(seen)
    where, remedy = str(seen.path), "Restore the log and the bundle, or audit again under a new version."
    found = [
        Violation(rule="A13", what=f"Comparison with the log: {said}.", where=where, remedy=remedy)
        for said in (*unlogged_look(bundle.public, ledger), *unlogged_previous(bundle.public, ledger))
    ]
    found += [
        Violation(rule="A01", what=f"Recomputation from the counts: {said}.", where=where, remedy=remedy)
        for said in reperform(bundle).differences
    ]
    if found:
        raise EvidenceBroken.of(found)
    log = [*_uncounted(bundle.public, ledger), *passed_over(bundle.public, ledger)]
    policy = bundle.public.policy
    practice, known = rechecks(seen, ledger, policy), dict[str, set[str]]()
    counted_on = practice
    needed = stage == "release" and policy.stages.release.practice is not None

    def practised(before: Collection[str]) -> bool:
        counts = [one for one in counted_on if one.digest in before]
        return bool(counts) and not unshown(counts, policy, known)

    roles, told = asks[stage]["signatures"], tuple[str, ...]()
    signed: Signing | None = None
    ends: list[dt.date] = []
    waivers: tuple[Waiver, ...] = ()
    if ledger.find("root") or root is not None:
        from smartstart_gov.release.approvals import signing
        from smartstart_gov.release.root import current
        from smartstart_gov.release.waivers import cards_of, counted

        documents = tuple(asks[stage]["documents"])
        if ledger.find("waiver"):
            waivers, told = counted(seen, stage, policy, current(ledger, root), findings)
            for waiver in waivers:
                known.setdefault(waiver.finding, set()).update(waiver.known(ledger))
            # Who approves has read which answers are let pass, at every stage.
            documents = (*documents, *cards_of(seen)) if waivers else documents
        now = current(ledger, root)
        if "practice" in now.signers.attested:
            from smartstart_gov.release.attest import vouched

            # Nobody signs what the log says of a count; a breach counts all the same.
            counted_on = vouched(seen, ledger, practice, now)
        # Without a root nobody can have signed, and what is missing is said role by role; unless one was asked for. With one,
        # a version that was taken back is taken back at every stage.
        signed = signing(
            seen, stage, roles, documents, pin=root, trial=policy.stages.trial if stage == "trial" else None,
            practised=practised if needed else None, waived={entry for waiver in waivers for entry in waiver.entries},
        )  # fmt: skip
        if now.signers.attested:
            from smartstart_gov.release.attest import attested

            signed = attested(seen, ledger, signed, now)
        ends = [waiver.until for waiver in waivers] + ([] if signed.until is None else [signed.until])
        # After its last day the file of signers vouches for none of them.
        ends += [now.signers.expires] if ends else []
    answered = tuple(replace(one, status="WAIVED") if one.id in known else one for one in findings)
    if needed:
        none = "NOT_SHOWN practice: no count from shadow or trial is in the log; count, and run smartstart-gov recheck"
        lacks = unshown(counted_on, policy, known) if counted_on else (none,)
        # What is counted would do, were it signed.
        unsigned = practice != counted_on and not unshown(practice, policy, known)
        if unsigned and lacks and signed is not None:
            by = tuple(f"{role} under the practice" for role in now.signers.attested["practice"])
            signed = replace(signed, unattested=(*signed.unattested, *by))
        else:
            log += lacks
    breached = breaches((*practice, *elsewhere(seen, ledger)), policy, known)
    decision = _answer(seen, asks, answered, stage, log=log, signed=signed, breached=breached)
    until = str(min(ends)) if ends and decision.allowed else None
    return replace(decision, reasons=(*decision.reasons, *told), waived=tuple(known), until=until)


def _uncounted(evidence: Evidence, ledger: Ledger) -> list[str]:
    """Return why the look of this evidence is worth less than it says; empty if it is not."""
    from smartstart_gov.evidence.history import TOLERANCE, standing_now

    now = standing_now(evidence, ledger)
    if now is None:
        return ["NOT_SHOWN look: this is a CONCEPT on the develop part; confirm, run smartstart-gov seal, and audit again"]
    if now.alpha >= evidence.alpha - TOLERANCE:
        return []
    said = f"NOT_SHOWN look: once the log's branches are merged, this is look {now.place} at its audit set"
    if now.is_spent:
        return [f"{said}, and no alpha is left; audit units that no look has seen"]
    return [f"{said}, with alpha {now.alpha:.3g} and not {evidence.alpha:.3g}; audit again: the same look costs nothing"]


def _answer(
    seen: Examined,
    asks: Mapping[Stages, Any],
    findings: tuple[Finding, ...],
    stage: Stages,
    *,
    log: Sequence[str] = (),
    signed: Signing | None = None,
    breached: Sequence[str] = (),
) -> Decision:
    failed = [f for f in findings if f.blocks_at(stage) and f.status == "FAILED"]
    open_ = [f for f in findings if f.blocks_at(stage) and f.status == "NOT_SHOWN"]
    # Reasons are taken from the public findings: a log of a build server is a public place.
    reasons = [*breached, *(_line(finding) for finding in [*failed, *open_])]
    missing = [name for name in asks[stage]["documents"] if name not in seen.manifest.files]
    reasons += log
    if seen.unfinished:
        left = ", ".join(seen.unfinished)
        reasons += [f"NOT_SHOWN documents: a render was interrupted and left {left}; run smartstart-gov render again"]
    if missing:
        reasons += [f"NOT_SHOWN documents: not rendered yet: {', '.join(missing)}; run smartstart-gov render"]
    roles = asks[stage]["signatures"]
    unsigned = roles if signed is None else signed.missing
    unattested = () if signed is None else signed.unattested
    reasons += [f"MISSING signature of {one}" for one in (*unsigned, *unattested)]
    if stage == "release" and not roles:
        said = "the policy asks nobody to sign for release, so nobody answers for it; name roles under stages"
        reasons.append(f"NOT_SHOWN signatures: {said}")
    limits = [f.status for f in findings if f.id.startswith("limit.") and f.severity != "warn" and f.status != "NOT_APPLICABLE"]
    if set(limits) == {"WAIVED"}:
        reasons.append("NOT_SHOWN limits: every limit is waived, so nothing could have stopped this model")
    if signed is not None:
        reasons += [*signed.refused, *signed.notes]
    turned_down = bool(breached) or (signed is not None and bool(signed.refused))
    result = decide(
        findings, stage, not_shown=asks[stage]["not_shown"], signatures=roles,
        signed=[role for role in roles if role not in unsigned],
        missing=bool(log or missing or seen.unfinished), turned_down=turned_down,
    )  # fmt: skip
    # The policy names who approves, the root what is signed beside: neither lets pass without the other.
    result = "signatures_missing" if unattested and result == "allowed" else result
    return Decision(
        name=seen.manifest.name, version=seen.manifest.version, stage=stage, result=result,
        edition="private" if PRIVATE_FILE in seen.files else "public", reasons=tuple(reasons),
    )  # fmt: skip


def _line(finding: Finding) -> str:
    """Return a finding in one line: its answer, why, and what would change it."""
    remedy = "" if finding.remedy.code == "remedy.none" else f" {finding.remedy.text()}"
    return f"{finding.status} {finding.id}: {finding.reason.text()}{remedy}"
