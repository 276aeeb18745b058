"""What an audit opens: a model that was trained here, one that was fitted elsewhere, or answers without a model.

All of them are an `AuditedModel`, so that the audit treats them alike; and the record of every one begins in `record_of`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.handover import handover
from smartstart_gov.counting.predictions import Predictions
from smartstart_gov.intake.frames import engine
from smartstart_gov.intake.validate import ValidatedFrame
from smartstart_gov.looks.commitment import data_commitment
from smartstart_gov.looks.content import said_twice
from smartstart_gov.looks.part import Part
from smartstart_gov.looks.split import set_apart
from smartstart_gov.training.cutoff import decide, source, taken
from smartstart_gov.training.provenance import UNKNOWN, versions
from smartstart_gov.training.record import AreaFacts, TrainingRecord


class Classifier(Protocol):
    """A fitted classifier, as far as an audit asks it anything; what it takes is a frame of the kind that was handed in."""

    def predict_proba(self, X: Any, /) -> Any:
        """Return the probability of each class, a row a case."""


class Decider(Classifier, Protocol):
    """A model as released: it decides at the audited threshold."""

    def predict(self, X: Any, /) -> Any:
        """Return the decision on each row, as a class label."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opened:
    """What opening the audited rows gave.

    Attributes
    ----------
    predictions : Predictions
        The answers on these rows.
    record : TrainingRecord
        That of what is audited, with what the rows settled: the threshold of a capacity, and the model file.
    model_bytes : bytes or None
        The model file; None where there is none.
    """

    predictions: Predictions
    record: TrainingRecord
    model_bytes: bytes | None = field(default=None, repr=False)


class AuditedModel(Protocol):
    """What is audited: `Fitted`, `CrossFitted`, `Given` or `Answers`."""

    @property
    def record(self) -> TrainingRecord:
        """How it came to be, as far as that is known before its rows are opened."""

    @property
    def frame(self) -> ValidatedFrame:
        """All rows that were handed in."""

    @property
    def audited(self) -> npt.NDArray[np.bool_] | None:
        """Which of them `open_audit` is about; None means all."""

    @property
    def scorer(self) -> Classifier | None:
        """What gives the scores; None where there is no model."""

    @property
    def positive(self) -> object:
        """The class of the scorer that means the contract's positive value."""

    @property
    def audit_features(self) -> Any:
        """Features of the audited rows; a frame of the kind handed in."""

    @property
    def background_features(self) -> Any:
        """Features of the rows against which the model is explained."""

    def open_audit(self) -> Opened:
        """Return the answers on the audited rows, and what these rows settled."""


def record_of(
    frame: ValidatedFrame, policy: Policy, *, origin: Literal["trained", "model", "predictions"], parts: tuple[Part, ...],
    threshold: str, score: Literal["probability", "decision", "given"], where: npt.NDArray[np.bool_] | None = None,
    estimator: str = "", steps: tuple[str, ...] = (), parameters: Mapping[str, str] | None = None,
    features: tuple[str, ...] = (), ran: object | None = None,
) -> TrainingRecord:  # fmt: skip
    """Return the record of what is audited, with all that follows from rows and policy; nothing is known yet of its training.

    Parameters
    ----------
    frame : ValidatedFrame
    policy : Policy
    origin, parts, threshold, score, estimator, steps, parameters, features
        As in `TrainingRecord`.
    where : ndarray of bool, shape (n_rows,), optional
        The rows that are audited; by default all.
    ran : estimator, optional
        Whose libraries took part.
    """
    return TrainingRecord(
        origin=origin, estimator=estimator, steps=steps, parameters=parameters or {}, features=features, random_state=None,
        read=frame.rows, parts=parts, **said_twice(frame, where), overlap=None, threshold=threshold,
        threshold_from=source(policy), score=score, data_digest=data_commitment(frame)[1], model_digest=None,
        code_revision=UNKNOWN, versions=versions(engine(frame.native), ran),
        areas=_areas(frame, features, policy.disclosure.k),
    )  # fmt: skip


def _areas(frame: ValidatedFrame, features: tuple[str, ...], least: int) -> AreaFacts | None:
    """Return what all rows say of the units of an area model; None of any other contract."""
    unit, said = frame.contract.single("unit"), frame.contract.said()
    if unit is None or not frame.contract.of_areas:
        return None
    _, first, unit_of, rows = np.unique(
        frame.column(unit.name).astype(str), return_index=True, return_inverse=True, return_counts=True
    )
    varying = []
    for name in features or ((said.name,) if said is not None else ()):
        values = np.asarray(frame.column(name))
        alike = values[first][unit_of]
        # What is missing in every row of a unit is alike too.
        if ((values != alike) & ~((values != values) & (alike != alike))).any():
            varying.append(name)
    return AreaFacts(units=len(first), least=least, under=int((rows < least).sum()), varying=tuple(varying))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """Scores or decisions without the model that gave them.

    Attributes
    ----------
    record : TrainingRecord
    frame : ValidatedFrame
    predictions : Predictions
        Of the audited rows.
    audited : ndarray of bool or None
        Which rows of the frame these are; None means all.
    """

    record: TrainingRecord
    frame: ValidatedFrame = field(repr=False)
    predictions: Predictions
    audited: npt.NDArray[np.bool_] | None = field(default=None, repr=False)
    scorer: None = None
    positive: None = None
    audit_features: None = None
    background_features: None = None

    def open_audit(self) -> Opened:
        """Return the answers, which were handed in and left nothing open."""
        return Opened(predictions=self.predictions, record=self.record)


def given_answers(frame: ValidatedFrame, policy: Policy, where: npt.NDArray[np.bool_] | None) -> Answers:
    """Return the scores or decisions in a column of the contract as what can be audited, on the rows that `where` is true.

    Raises
    ------
    Refused
        M03 where the policy's threshold cannot decide them, and whatever `Predictions` refuses.
    """
    column = frame.contract.said()
    if column is None:
        raise ValueError("the contract has no scores and no decisions")
    said = np.asarray(frame.column(column.name))
    if where is not None:
        said = said[where]
    score: npt.NDArray[np.float64] | None = None
    if column.role == "decision":
        decided = taken(said == column.settled(f"Contract {frame.contract.name}").positive)
    else:
        score = said.astype(np.float64)
        decided = decide(policy, score, of=None if where is None else int((~where).sum()))
    predictions = handover(frame, decision=decided.decision, score=score, where=where)
    whole = (Part(name="audit", rows=frame.rows, positives=int(predictions.y_true.sum())),)
    record = record_of(
        frame, policy, origin="predictions", parts=whole if where is None else set_apart(frame, where), where=where,
        threshold=decided.threshold, score="decision" if score is None else "given",
    )  # fmt: skip
    return Answers(record=replace(record, cut=decided.cut), frame=frame, predictions=predictions, audited=where)
