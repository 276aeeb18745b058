"""One door to a model that may be used: nothing comes out that was not audited, allowed and signed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartstart_gov.authoring.names import Stages
from smartstart_gov.canonical import digest
from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.evidence.bundle import bundle_of
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import MODEL_FILE, examine
from smartstart_gov.release.approvals import signing
from smartstart_gov.release.gate import gate
from smartstart_gov.show import Value
from smartstart_gov.training.artifact import load
from smartstart_gov.training.provenance import versions
from smartstart_gov.training.released import says_as_recorded

#: Libraries of which another minor version may decide otherwise.
_DECIDING = ("numpy", "scikit-learn", "skops")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Released(Value):
    """A model that may be used at one stage: it decides as was audited, and does nothing else.

    Attributes
    ----------
    name, version, stage : str
    until : str
        Day on which the first approval ends, ISO 8601; after it `load_released` refuses.
    notes : tuple of str
        Who approved, and on which conditions.
    """

    name: str
    version: str
    stage: Stages
    until: str
    notes: tuple[str, ...]
    _model: Any

    def decide(self, features: Any) -> Any:
        """Return the audited decision on each row.

        Parameters
        ----------
        features : DataFrame, shape (n_samples, n_features)
            The features of the contract, by name.

        Returns
        -------
        ndarray, shape (n_samples,)
            The class labels of the model; which of them selects is in the evidence.
        """
        return self._model.predict(features)

    def headline(self) -> str:
        """Return the model in one line."""
        return f"Released({self.name} {self.version} at {self.stage}, until {self.until})"

    def to_record(self) -> dict[str, Any]:
        """Return what may be said of it; the model itself is in its file."""
        return {
            "name": self.name, "version": self.version, "stage": self.stage, "until": self.until, "notes": list(self.notes),
        }  # fmt: skip


def load_released(path: Path | str, *, root: str, stage: Stages = "release", project: Path | str | None = None) -> Released:
    """Return the model of the version in `path`, where the gate allows it at `stage` and its people have signed.

    The gate is asked first: files, log, every number, every signature. Then the folder is read once more, its digests and
    signatures are held once more, and the bytes that were held are the bytes that are opened: skops, with trusted types,
    within bounds. Never pickle.

    Parameters
    ----------
    path : Path or str
        A version folder.
    root : str
        Pin of the root of signers, as it was handed out (``smartstart-gov keys show``). There is no default: the project
        cannot vouch for itself.
    stage : {"shadow", "trial", "release"}
    project : Path or str, optional
        The project's folder; by default the one that `path` lies in.

    Returns
    -------
    Released

    Raises
    ------
    Refused
        A12 where the gate does not allow the version, where nobody has to sign for the stage, or where there is no model
        file; A19 where numpy, scikit-learn or skops differ in their minor version from those of the audit.
    EvidenceBroken
        Where version, log, root or a signature do not hold, and A15, A16, A18 for the model file.
    """
    decision = gate(path, project=project, stage=stage, root=root)
    if not decision.allowed:
        kind = EvidenceBroken if decision.result == "evidence_broken" else Refused
        found = [
            Violation(
                rule="A12", what=f"Not allowed at {stage}: {reason}", where=str(path), remedy="Ask the gate what is missing."
            )
            for reason in decision.reasons
        ]
        raise kind.of(found)
    seen = examine(path, project)
    if seen.violations or MODEL_FILE not in seen.files:
        what = "The version has no model file." if not seen.violations else "The version changed while it was read."
        raise EvidenceBroken("A12", what, str(path), "Restore the version folder; a vendor's model is loaded by the vendor.")
    evidence = bundle_of(seen).public
    roles = getattr(evidence.policy.stages, stage).signatures
    if not roles:
        what = f"The policy asks nobody to sign for {stage}, so nobody answers for this model."
        raise Refused("A12", what, str(path), "Name roles under stages in the policy, and audit a new version.")
    signed = signing(seen, stage, roles, pin=root)
    data = seen.files[MODEL_FILE]
    if signed.missing or signed.refused or digest(data) != evidence.training.model_digest:
        raise EvidenceBroken("A12", "The version changed while it was read.", str(path), "Restore it, and load again.")
    _same_environment(evidence, str(path))
    model = load(data, evidence.policy.trusted_types)
    if not says_as_recorded(model, evidence.training):
        what = "The model file has another threshold or positive class than the audited decision."
        raise EvidenceBroken("A01", what, str(path), "Restore the version folder as it was written.")
    return Released(
        name=seen.manifest.name, version=seen.manifest.version, stage=stage, until=str(signed.until), notes=signed.notes,
        _model=model,
    )  # fmt: skip


def _same_environment(evidence: Evidence, where: str) -> None:
    then, now = evidence.training.versions, versions("pandas")
    differ = [name for name in _DECIDING if _minor(then.get(name)) != _minor(now.get(name))]
    if differ:
        listed = [", ".join(f"{name} {of.get(name, 'none')}" for name in differ) for of in (then, now)]
        what = f"The model was audited with {listed[0]}, and here is {listed[1]}."
        raise Refused("A19", what, where, "Load it where those versions are installed, or audit a new version with these.")


def _minor(version: str | None) -> str | None:
    return None if version is None else ".".join(version.split(".")[:2])
