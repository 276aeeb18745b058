"""The doors to a model: nothing comes out that was not audited, allowed and signed, and in shadow nothing but counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.names import Stages
from smartstart_gov.canonical import digest
from smartstart_gov.counting.count import tally_of
from smartstart_gov.counting.handover import handover
from smartstart_gov.counting.tally import Tally
from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.evidence.bundle import bundle_of
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import MODEL_FILE, examine
from smartstart_gov.intake.frames import column_names, rows
from smartstart_gov.intake.validate import validate
from smartstart_gov.release.approvals import signing
from smartstart_gov.release.gate import Decision, gate
from smartstart_gov.show import Value
from smartstart_gov.training.artifact import load
from smartstart_gov.training.golden import answered_otherwise
from smartstart_gov.training.provenance import versions
from smartstart_gov.training.released import decided, says_as_recorded

#: Libraries of which another minor version may decide otherwise.
_DECIDING = ("numpy", "scikit-learn", "skops")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Released(Value):
    """A model that may be used at one stage: it decides as was audited, and does nothing else.

    Attributes
    ----------
    name, version, stage : str
    until : str
        Day on which the first approval or waiver ends, or the file of signers, ISO 8601; after it nothing is decided, and
        `load_released` refuses.
    notes : tuple of str
        What the gate says of it: who approved, on which conditions, and what is let pass or not shown; and what bounds a trial.
    most_rows : int or None
        So many families a trial may touch; no more rows are decided at once. Over several calls its team counts.
    """

    name: str
    version: str
    stage: Stages
    until: str
    notes: tuple[str, ...]
    most_rows: int | None = None
    _model: Any
    _features: tuple[str, ...]

    def decide(self, features: Any) -> Any:
        """Return the audited decision on each row.

        Parameters
        ----------
        features : pandas or polars DataFrame
            The features of the contract, found by name, in any order. Other columns do not reach the model.

        Returns
        -------
        ndarray, shape (n_samples,)
            The class labels of the model; which of them selects is in the evidence.

        Raises
        ------
        Refused
            D20 for a feature that is missing; A12 for more rows than a trial has families, and after the last day.
        """
        if dt.datetime.now(dt.UTC).date() > dt.date.fromisoformat(self.until):
            what = f"What this model was let in on ended on {self.until}."
            raise Refused("A12", what, "Released.decide", "Have it signed anew, and load it again.")
        if self.most_rows is not None and len(features) > self.most_rows:
            what = f"{len(features)} rows are more than the {self.most_rows} families of the trial."
            raise Refused("A12", what, "Argument features", "Hand in the families of the trial, and no others.")
        present = column_names(features) if hasattr(features, "columns") else []
        if missing := [name for name in self._features if name not in present]:
            what = f"Features are missing: {', '.join(missing)}."
            raise Refused("D20", what, "Argument features", "Hand in a data frame with every feature of the contract, by name.")
        labels = self._model.predict(rows(features, np.arange(len(features)), self._features))
        # Whoever adds up labels of eight bits in Python gets a wrong count.
        return labels.astype(np.int64) if labels.dtype == np.int8 else labels

    def headline(self) -> str:
        """Return the model in one line."""
        return f"Released({self.name} {self.version} at {self.stage}, until {self.until})"

    def to_record(self) -> dict[str, Any]:
        """Return what may be said of it; the model itself is in its file."""
        return {
            "name": self.name, "version": self.version, "stage": self.stage, "until": self.until, "notes": list(self.notes),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Candidate(Value):
    """A model in shadow: it counts on whole tables, and no decision of it reaches anybody.

    Attributes
    ----------
    name, version : str
    notes : tuple of str
        What the gate says of it, and what could not be tried.
    """

    name: str
    version: str
    notes: tuple[str, ...]
    _model: Any
    _evidence: Evidence

    def count(self, data: Any) -> Tally:
        """Return the counts of the model's decisions on a table of practice, as the limits of the policy need them.

        Parameters
        ----------
        data : pandas or polars DataFrame
            Exactly the columns of the contract, with the outcome.

        Returns
        -------
        Tally
            What `smartstart_gov.recheck` judges. It holds small counts: write it where the rows may lie.

        Raises
        ------
        Refused
            A12 for fewer different rows than ten times the smallest count that is printed: a count of a few rows is a
            decision on each. Every way in which the data break the contract.
        """
        evidence = self._evidence
        frame = validate(data, evidence.contract)
        features = rows(frame.native, np.arange(frame.rows), evidence.training.features)
        least, different = 10 * evidence.policy.disclosure.k, len(set(map(str, features.to_numpy().tolist())))
        if different < least:
            what = f"{different} different rows are too few to count: what they come to would tell the decision on each."
            raise Refused("A12", what, "Argument data", f"Count at least {least} different rows together.")
        decision = decided(self._model, features, self._model.pos_label).astype(np.int8)
        return tally_of(handover(frame, decision=decision, score=None), evidence.policy)

    def headline(self) -> str:
        """Return the model in one line."""
        return f"Candidate({self.name} {self.version} in shadow)"

    def to_record(self) -> dict[str, Any]:
        """Return what may be said of it."""
        return {"name": self.name, "version": self.version, "notes": list(self.notes)}


def load_released(
    path: Path | str,
    *,
    root: str,
    stage: Stages = "release",
    project: Path | str | None = None,
    witness: Path | str | None = None,
) -> Released:
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
    stage : {"trial", "release"}
        For shadow there is `load_candidate`.
    project : Path or str, optional
        The project's folder; by default the one that `path` lies in.
    witness : Path or str, optional
        As for `gate`: entries of the log that were there once.

    Returns
    -------
    Released

    Raises
    ------
    Refused
        A12 where the gate does not allow the version, where nobody has to sign for the stage, where there is no model file,
        and for shadow; A19 where numpy, scikit-learn or skops differ in their minor version from those of the audit, or the
        model answers a golden row otherwise than it did there.
    EvidenceBroken
        Where version, log, root or a signature do not hold, and A15, A16, A18 for the model file.
    """
    accept(load_released, locals())
    if stage == "shadow":
        what = "In shadow nobody sees a decision."
        raise Refused("A12", what, "Argument stage", "Count with load_candidate, or ask for trial or release.")
    opened = _opened(path, stage, root, project, witness)
    trial = opened.evidence.policy.stages.trial
    bounds = (
        f"a trial of at most {trial.families_at_most} families, until {trial.ends}; a person decides first"
        if stage == "trial" and trial.declared else ""
    )  # fmt: skip
    return Released(
        name=opened.evidence.name, version=str(opened.evidence.version), stage=stage, until=str(opened.decision.until),
        notes=(*opened.decision.reasons, *([bounds] if bounds else []), *opened.notes),
        most_rows=trial.families_at_most if stage == "trial" else None, _model=opened.model,
        _features=tuple(opened.evidence.training.features),
    )  # fmt: skip


def load_candidate(
    path: Path | str, *, root: str, project: Path | str | None = None, witness: Path | str | None = None
) -> Candidate:
    """Return the model of the version in `path` for shadow: it counts, and hands out no decision and no score.

    The same is asked of gate, log, signatures and files as in `load_released`, for the stage ``shadow``. A policy may ask
    nobody to sign for shadow, because nobody is touched by it.

    Parameters
    ----------
    path, root, project, witness
        As in `load_released`.

    Returns
    -------
    Candidate

    Raises
    ------
    Refused, EvidenceBroken
        As in `load_released`.
    """
    accept(load_candidate, locals())
    opened = _opened(path, "shadow", root, project, witness)
    return Candidate(
        name=opened.evidence.name, version=str(opened.evidence.version), notes=(*opened.decision.reasons, *opened.notes),
        _model=opened.model, _evidence=opened.evidence,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Opened:
    """What came through the door: a model, what the gate said, and what is to be told with it."""

    evidence: Evidence
    decision: Decision
    model: Any
    notes: tuple[str, ...]


def _opened(path: Path | str, stage: Stages, root: str, project: Path | str | None, witness: Path | str | None) -> _Opened:
    decision = gate(path, project=project, stage=stage, root=root, witness=witness)
    if not decision.allowed:
        kind = EvidenceBroken if decision.result == "evidence_broken" else Refused
        found = [
            Violation(
                rule="A12",
                what=f"Not allowed at {stage}: {reason}",
                where=str(Path(path)),
                remedy="Ask the gate what is missing.",
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
    if not roles and stage != "shadow":
        what = f"The policy asks nobody to sign for {stage}, so nobody answers for this model."
        raise Refused("A12", what, str(path), "Name roles under stages in the policy, and audit a new version.")
    same = (decision.name, decision.version) == (evidence.name, evidence.version)
    signed = signing(seen, stage, roles, pin=root, trial=evidence.policy.stages.trial if stage == "trial" else None)
    data = seen.files[MODEL_FILE]
    if not same or signed.missing or signed.refused or digest(data) != evidence.training.model_digest:
        raise EvidenceBroken("A12", "The version changed while it was read.", str(path), "Restore it, and load again.")
    _same_environment(evidence, str(path))
    model = load(data, evidence.policy.trusted_types)
    if not says_as_recorded(model, evidence.training):
        what = "The model file has another threshold or positive class than the audited decision."
        raise EvidenceBroken("A01", what, str(path), "Restore the version folder as it was written.")
    notes = []
    if apart := answered_otherwise(model, evidence.contract, evidence.training.features, evidence.training.golden):
        what = f"On {apart} of {len(evidence.training.golden)} golden rows the model answers otherwise here than at the audit."
        raise Refused("A19", what, str(path), "Load it on a machine with the libraries of the audit, or audit a new version.")
    if not evidence.training.golden:
        notes.append("no golden rows: whether the model decides here as at the audit was not tried")
    return _Opened(evidence=evidence, decision=decision, model=model, notes=tuple(notes))


def _same_environment(evidence: Evidence, where: str) -> None:
    then, now = evidence.training.versions, versions("pandas")
    differ = [name for name in _DECIDING if _minor(then.get(name)) != _minor(now.get(name))]
    if differ:
        listed = [", ".join(f"{name} {of.get(name, 'none')}" for name in differ) for of in (then, now)]
        what = f"The model was audited with {listed[0]}, and here is {listed[1]}."
        raise Refused("A19", what, where, "Load it where those versions are installed, or audit a new version with these.")


def _minor(version: str | None) -> str | None:
    return None if version is None else ".".join(version.split(".")[:2])
