"""The gate: may this version go to that stage? It needs the evidence, not the data and not the model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.evidence.bundle import EvidenceBundle, read_bundle
from smartstart_gov.evidence.looking import TOLERANCE, standing_now, unlogged_look
from smartstart_gov.evidence.manifest import Manifest, VersionFolder
from smartstart_gov.evidence.reperform import reperform
from smartstart_gov.ledger import Ledger
from smartstart_gov.project.folder import LOG_FOLDER
from smartstart_gov.project.limit import STAGES, Stages
from smartstart_gov.project.reader import read_charter, read_contract, read_policy
from smartstart_gov.show import Value
from smartstart_gov.verdict.finding import Finding

Result = Literal["allowed", "refused", "not_shown", "evidence_broken", "signatures_missing"]
EXIT_CODES: dict[Result, int] = {
    "allowed": 0, "refused": 1, "not_shown": 3, "evidence_broken": 4, "signatures_missing": 5,
}  # fmt: skip
#: Where several hold, the gravest wins.
GRAVEST = (4, 2, 1, 3, 5, 0)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Decision(Value):
    """The gate's answer for one version and one stage.

    Attributes
    ----------
    name, version, stage : str
    result : {"allowed", "refused", "not_shown", "evidence_broken", "signatures_missing"}
    edition : {"private", "public"} or None
        On which counts it was decided; None where the evidence did not hold.
    reasons : tuple of str
        One line each, from the public edition: they may be printed anywhere.
    """

    name: str
    version: str
    stage: Stages
    result: Result
    edition: Literal["private", "public"] | None
    reasons: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """What the command line returns."""
        return EXIT_CODES[self.result]

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {
            "name": self.name, "version": self.version, "stage": self.stage, "result": self.result,
            "exit_code": self.exit_code, "edition": self.edition, "reasons": list(self.reasons),
        }  # fmt: skip

    def headline(self) -> str:
        """Return the decision in one line."""
        return f"Decision {self.result}: {self.name} {self.version} to {self.stage}, {len(self.reasons)} reasons"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line a reason."""
        return ["reason"], [[reason] for reason in self.reasons]


def gate(path: Path | str, *, project: Path | str | None = None, stage: str = "release") -> Decision:
    """Decide whether the version in folder `path` may go to `stage`.

    Parameters
    ----------
    path : Path or str
        The version folder.
    project : Path or str, optional
        The project's folder; the parent of `path` by default.
    stage : {"shadow", "trial", "release"}

    Returns
    -------
    Decision
        Evidence that does not hold is a decision too (exit code 4).

    Raises
    ------
    Refused
        U01 for a folder or stage that does not exist.
    """
    asked = _stage(stage)
    path = Path(path)
    folder, home = VersionFolder(path), Path(project or path.parent)
    manifest = _manifest_or_none(folder)
    if isinstance(manifest, Decision):
        return _at(manifest, asked)
    try:
        bundle = read_bundle(path)
        _holds(bundle, manifest, folder, home)
    except EvidenceBroken as broken:
        return Decision(
            name=manifest.name, version=manifest.version, stage=asked, result="evidence_broken", edition=None,
            reasons=tuple(f"{v.what} {v.remedy} [{v.rule}]" for v in broken.violations),
        )  # fmt: skip
    return _decide(bundle, manifest, asked, looks=_uncounted(bundle, home))


def gravest(codes: Iterable[int]) -> int:
    """Return the gravest of several exit codes, in the order 4, 2, 1, 3, 5, 0."""
    found = set(codes)
    return next(code for code in GRAVEST if code in found)


def _stage(stage: str) -> Stages:
    for known in STAGES:
        if stage == known:
            return known
    raise Refused("U01", f"There is no stage {stage!r}.", "Argument stage", f"Use one of {', '.join(STAGES)}.")


def _manifest_or_none(folder: VersionFolder) -> Manifest | Decision:
    try:
        return folder.manifest()
    except EvidenceBroken as broken:
        return Decision(
            name=folder.path.parent.name, version=folder.path.name, stage="release", result="evidence_broken", edition=None,
            reasons=tuple(f"{v.what} {v.remedy} [{v.rule}]" for v in broken.violations),
        )  # fmt: skip


def _at(decision: Decision, stage: Stages) -> Decision:
    from dataclasses import replace

    return replace(decision, stage=stage)


def _holds(bundle: EvidenceBundle, manifest: Manifest, folder: VersionFolder, home: Path) -> None:
    """Raise EvidenceBroken, with all that is wrong, where the evidence does not hold."""
    found: list[Violation] = []
    where = str(folder.path)
    if folder.path.name != manifest.version:
        what = f"The folder is called {folder.path.name}, the manifest says {manifest.version}."
        found.append(Violation(rule="A05", what=what, where=where, remedy="Restore the folder's name."))
    try:
        project = VersionFolder(home / folder.path.name)
        if manifest.digest not in project.logged():
            what = "The log has no entry for this manifest."
            found.append(Violation(rule="A13", what=what, where=str(home / "log"), remedy="Restore the log, or audit again."))
        for difference in unlogged_look(bundle.public, project.ledger):
            remedy = "Restore the log and the bundle as they were written."
            found.append(Violation(rule="A13", what=f"Held against the log: {difference}.", where=where, remedy=remedy))
    except EvidenceBroken as broken:
        found += broken.violations
    for file, read, value in (
        ("policy.yaml", read_policy, bundle.public.policy),
        ("contract.yaml", read_contract, bundle.public.contract),
        ("charter.yaml", read_charter, bundle.public.charter),
    ):
        try:
            # Both as this version of the library reads them: a field that came since has its default in both.
            same = read(home / file).to_record() == value.to_record()
        except Refused:
            same = False
        if not same:
            rule = "P08" if file == "policy.yaml" else "E01"
            what = f"{file} was edited since the audit, or cannot be read."
            found.append(
                Violation(
                    rule=rule, what=what, where=str(home / file), remedy="Restore it, or audit again under a new version."
                )
            )
    again = reperform(bundle)
    for difference in again.differences:
        what = f"Re-performed from the counts: {difference}."
        found.append(
            Violation(rule="A01", what=what, where=where, remedy="Restore the bundle, or audit again under a new version.")
        )
    if found:
        raise EvidenceBroken.of(found)


def _uncounted(bundle: EvidenceBundle, home: Path) -> list[str]:
    """Return why the look of this evidence is worth less than it says; empty where it is not."""
    evidence = bundle.public
    now = standing_now(evidence, Ledger(home / LOG_FOLDER))
    if now is None:
        return ["NOT_SHOWN look: this evidence was made before looks were counted; audit again under a new version"]
    if now.alpha >= evidence.alpha - TOLERANCE:
        return []
    said = f"NOT_SHOWN look: with the branches of the log taken together this is look {now.place} at its audit set"
    if now.is_spent:
        return [f"{said}, and nothing is left of alpha; audit on units that no look has seen"]
    return [f"{said}, with alpha {now.alpha:.3g} and not {evidence.alpha:.3g}; audit again: the same look costs nothing"]


def _decide(bundle: EvidenceBundle, manifest: Manifest, stage: Stages, *, looks: list[str]) -> Decision:
    asks = bundle.public.policy.stage(stage)
    verdict, printed = bundle.verdict, {f.id: f for f in bundle.public.verdict.findings}
    failed = [f for f in verdict.findings if f.blocks_at(stage) and f.status == "FAILED"]
    open_ = [f for f in verdict.findings if f.blocks_at(stage) and f.status == "NOT_SHOWN"]
    # Reasons are taken from the public findings: a log of a build server is a public place.
    reasons = [_line(printed[f.id]) for f in [*failed, *open_]]
    missing = [name for name in bundle.public.rules.documents[stage] if name not in manifest.files]
    reasons += looks
    if missing:
        reasons += [f"NOT_SHOWN documents: not rendered yet are {', '.join(missing)}; run smartstart-gov render"]
    # No version carries signatures yet that a check could rest on, so every role asked for is missing.
    reasons += [f"MISSING signature of {role}" for role in asks.signatures]
    result: Result = "allowed"
    if failed:
        result = "refused"
    elif looks or missing or (open_ and asks.not_shown == "refused") or not _any_limit(bundle):
        result = "not_shown"
    elif asks.signatures:
        result = "signatures_missing"
    return Decision(
        name=manifest.name, version=manifest.version, stage=stage, result=result,
        edition="private" if bundle.private is not None else "public", reasons=tuple(reasons),
    )  # fmt: skip


def _line(finding: Finding) -> str:
    """Return a finding in one line: its answer, why, and what would change it."""
    remedy = "" if finding.remedy.code == "remedy.none" else f" {finding.remedy.text()}"
    return f"{finding.status} {finding.id}: {finding.reason.text()}{remedy}"


def _any_limit(bundle: EvidenceBundle) -> bool:
    return any(f.id.startswith("limit.") for f in bundle.verdict.findings)
