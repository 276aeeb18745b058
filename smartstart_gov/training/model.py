"""A fitted model, trained here or elsewhere, and what can be done with it before and after the audit part is opened.

What happened to a model earlier is unknown, and nothing here guesses it: neither the rows it was fitted on, nor its code.
What the object itself says is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from smartstart_gov.authoring.contract import Column, DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.canonical import digest
from smartstart_gov.counting.handover import handover
from smartstart_gov.counting.predictions import Bits, Predictions
from smartstart_gov.errors import OTHER_OUTCOMES, Refused, Violation
from smartstart_gov.intake.frames import rows, spread
from smartstart_gov.intake.validate import ValidatedFrame
from smartstart_gov.looks.content import said_twice
from smartstart_gov.looks.part import Part
from smartstart_gov.looks.split import Division, set_apart
from smartstart_gov.training.cutoff import Decided, decide
from smartstart_gov.training.estimators import (
    bare,
    changed_parameters,
    chosen_parameters,
    class_path,
    classes_of,
    final_step,
    positive_scores,
    require_classifier,
    require_probabilities,
    steps,
)
from smartstart_gov.training.leakage import halves, told
from smartstart_gov.training.record import TrainingRecord
from smartstart_gov.training.released import Released, refuse_other_decisions, release, row_holders, settled_threshold, stripped
from smartstart_gov.training.subject import Classifier, Decider, Opened, record_of


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Fitted:
    """A fitted model with its three parts; the audit part is sealed until it is opened.

    Attributes
    ----------
    record : TrainingRecord
    released : Released
        The model that decides, and its file; under a capacity, whose threshold is unknown before the audit part is
        opened, one that only gives scores.
    part : {"audit", "develop"}
        Which part `open_audit` opens: for a concept, the develop part.
    """

    record: TrainingRecord
    frame: ValidatedFrame = field(repr=False)
    division: Division = field(repr=False)
    policy: Policy = field(repr=False)
    released: Released = field(repr=False)
    part: Literal["audit", "develop"] = "audit"

    def __repr__(self) -> str:
        return f"Fitted({self.record.headline()})"

    def open_develop(self) -> Predictions:
        """Return the predictions on the develop part, which may be looked at freely.

        Raises
        ------
        Refused
            D08 if a score is not finite or outside [0, 1], and whatever `Predictions` refuses.
        """
        return self._answers("develop")[0]

    def open_audit(self) -> Opened:
        """Return the predictions on the audit part, made now, and what they settled: the threshold of a capacity, the file.

        Raises
        ------
        Refused
            D08 if a score is not finite or outside [0, 1], whatever `Predictions` refuses, and M02 if the file, read back,
            decides otherwise.
        """
        predictions, decided = self._answers(self.part)
        return self._shipped(predictions, decided, self.audit_features, decided.decision)

    def concept(self) -> Fitted:
        """Return the same model with the develop part instead of the audit part, which stays closed."""
        return replace(self, part="develop")

    @property
    def model(self) -> Decider:
        """The model as released: its `predict` makes the audited decision.

        Raises
        ------
        Refused
            M03 under a capacity: the audited rows turn it into a threshold.
        """
        if not self.record.threshold:
            what = "The audited rows turn the capacity into a threshold, so the model cannot decide before the audit."
            remedy = "Use the file in the bundle that audit(run) returns: bundle.model_bytes. run.fitted.scorer gives scores."
            raise Refused("M03", what, "Policy, threshold", remedy)
        return self.released.model

    @property
    def scorer(self) -> Classifier:
        """The fitted model that gives the scores, as read back from its file if that contains only trusted types."""
        return self.released.scorer

    @property
    def positive(self) -> int:
        """1: the model's class that corresponds to the contract's positive value."""
        return 1

    @property
    def audit_features(self) -> Any:
        """Features of the audited rows, row by row as in `open_audit`; a frame of the same kind as was passed in."""
        return self._features(self.part)

    @property
    def background_features(self) -> Any:
        """Features of the fit part; a frame of the same kind as was passed in."""
        return self._features("fit")

    @property
    def audited(self) -> npt.NDArray[np.bool_] | None:
        """Which rows `open_audit` covers; None means all."""
        return self.division.where(self.part)

    def _answers(self, part: str) -> tuple[Predictions, Decided]:
        """Return the answers on one part of the rows, and the rule that decided them."""
        score = positive_scores(self.scorer, self._features(part))
        # A capacity is meant for the audit part; on the develop part it shrinks with the rows.
        of = int(self.division.where("audit").sum())
        decided = decide(self.policy, score, of=of, own=self.record.threshold)
        return handover(self.frame, decision=decided.decision, score=score, where=self.division.where(part)), decided

    def _shipped(self, predictions: Predictions, decided: Decided, features: Any, decision: Bits) -> Opened:
        """Return `predictions` with the model that decides so: its file, read back, has to decide `features` as `decision`."""
        made, threshold = self.released, self.record.threshold or decided.threshold
        if not self.record.threshold:
            made = release(self.scorer, threshold, self.positive, features, also=self.policy.trusted_types)
        refuse_other_decisions(made, self.scorer, decided.threshold, features, decision, self.positive)
        record = replace(
            self.record, threshold=threshold, cut=decided.cut, model_digest=made.digest,
            read_back=None if made.foreign else len(features),
        )  # fmt: skip
        return Opened(predictions=predictions, record=record, model_bytes=made.data)

    def _features(self, part: str) -> Any:
        return rows(self.frame.native, np.flatnonzero(self.division.where(part)), self.record.features)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class CrossFitted(Fitted):
    """A model fitted on all rows, audited by cross-fitting: each row has its score from a copy that never saw its unit.

    `open_audit` shows how the procedure performs on people it was not fitted on. There is no develop part.

    Attributes
    ----------
    folds : tuple of fitted estimators
        The copy at position i was fitted on all rows except those in fold i; `division.part` holds the folds.
    """

    folds: tuple[Classifier, ...]

    def open_develop(self) -> Predictions:
        """Refuse: all rows are audited, so none is free to look at.

        Raises
        ------
        Refused
            L02, always.
        """
        remedy = "Try the model on other data, or with your own cross-validation; or split into three parts."
        what = "There is no develop part to preview: under cross-fitting every row is audited."
        raise Refused("L02", what, "Policy, split.method cross_fit", remedy)

    @property
    def audited(self) -> npt.NDArray[np.bool_] | None:
        """None: all rows are audited. A concept uses one fold, and leaves the others."""
        return None if self.part == "audit" else np.asarray(self.division.part == 0, dtype=bool)

    def concept(self) -> CrossFitted:
        """Return the same model with one fold instead of all rows."""
        return replace(self, part="develop", record=replace(self.record, parts=set_apart(self.frame, self.division.part == 0)))

    def open_audit(self) -> Opened:
        """Return the predictions of the copies on the rows that they never saw, and the model of all rows with its file.

        Raises
        ------
        Refused
            As for a model with three parts.
        """
        at = self._looked_at()
        score, decision = np.empty(len(at), dtype=np.float64), np.empty(len(at), dtype=np.int8)
        mine = [np.flatnonzero(self.division.part[at] == fold) for fold in range(len(self.folds))]
        for model, of in zip(self.folds, mine, strict=True):
            if len(of):
                score[of] = positive_scores(model, rows(self.frame.native, at[of], self.record.features))
        decided = decide(self.policy, score, of=self.frame.rows - len(at) or None, own=self.record.threshold)
        for fold, own in enumerate(self.record.fold_thresholds):
            # What is audited is the procedure, and where that finds a threshold each copy has found its own.
            decision[mine[fold]] = decide(self.policy, score[mine[fold]], own=own).decision
        if self.record.fold_thresholds:
            decided = replace(decided, decision=decision)
        predictions = handover(self.frame, decision=decided.decision, score=score, where=self.audited)
        # The rows were decided by the copies. The file holds the model of all rows, and is held against that.
        features = self.audit_features
        final = positive_scores(self.scorer, features) >= float(decided.threshold)
        return self._shipped(predictions, decided, features, final.astype(np.int8))

    def _looked_at(self) -> npt.NDArray[np.int64]:
        return np.arange(self.frame.rows) if self.audited is None else np.flatnonzero(self.audited)

    def _features(self, part: str) -> Any:
        at = self._looked_at() if part == self.part else np.arange(self.frame.rows)
        return rows(self.frame.native, at, self.record.features)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Given:
    """A fitted model from elsewhere, and the rows of its audit: all of them, or a share of them in a concept.

    Attributes
    ----------
    scorer : fitted classifier or Pipeline
        What gives the scores: the model without its own threshold.
    record : TrainingRecord
    positive : object
        The class label that the contract calls positive.
    audited : ndarray of bool or None
        Which rows `open_audit` covers; None means all.
    """

    scorer: Classifier
    record: TrainingRecord
    frame: ValidatedFrame = field(repr=False)
    policy: Policy = field(repr=False)
    positive: object
    audited: npt.NDArray[np.bool_] | None = None

    def concept(self, where: npt.NDArray[np.bool_]) -> Given:
        """Return the same model with only the rows for which `where` is true."""
        record = replace(
            self.record, parts=set_apart(self.frame, where), **said_twice(self.frame, where),
            told=told(self.frame, self.record.features, *halves(self.frame, where)),
        )  # fmt: skip
        return replace(self, audited=where, record=record)

    @property
    def audit_features(self) -> Any:
        """Features of the rows, in the order of the model; a frame of the same kind as was passed in."""
        at = np.arange(self.frame.rows) if self.audited is None else np.flatnonzero(self.audited)
        return rows(self.frame.native, at, self.record.features)

    @property
    def background_features(self) -> Any:
        """The same rows: those the model was fitted on are unknown."""
        return self.audit_features

    def open_audit(self) -> Opened:
        """Return the model's answers on all rows, with the threshold from a capacity and the model file.

        There is no file if it would contain types that are not loaded, or cannot be made.

        Raises
        ------
        Refused
            M02 if the model fails on the rows, D08 if a score is not finite or outside [0, 1], and whatever
            `Predictions` refuses.
        """
        features = self.audit_features
        score = positive_scores(self.scorer, features, self.positive)
        left = None if self.audited is None else self.frame.rows - len(score)
        decided = decide(self.policy, score, of=left, own=self.record.threshold)
        some = rows(self.frame.native, spread(np.arange(self.frame.rows)), self.record.features)
        made = release(self.scorer, decided.threshold, self.positive, some, also=self.policy.trusted_types, stored=False)
        refuse_other_decisions(made, self.scorer, decided.threshold, features, decided.decision, self.positive)
        predictions = handover(self.frame, decision=decided.decision, score=score, where=self.audited)
        data = None if made.foreign else made.data
        record = replace(
            self.record, threshold=decided.threshold, cut=decided.cut,
            model_digest=None if data is None else digest(data), untrusted_types=made.foreign,
            read_back=None if data is None else len(features),
        )  # fmt: skip
        return Opened(predictions=predictions, record=record, model_bytes=data)


def given_model(fitted: Any, frame: ValidatedFrame, policy: Policy, *, positive_class: Any = None) -> Given:
    """Return `fitted` as a model that can be audited on all rows of `frame`.

    Raises
    ------
    Refused
        M02 if it is not a fitted classifier, or needs columns that are not features of the contract; M03 if it gives
        no probabilities, or has a threshold that is not the policy's; D07 if it is not certain which of its classes is
        the contract's positive value.
    """
    contract = frame.contract
    require_classifier(fitted)
    _refuse_unfitted(fitted)
    require_probabilities(fitted)
    label = contract.outcome()
    positive = _positive(fitted, label, contract, positive_class)
    features = _features(fitted, contract)
    tried = rows(frame.native, spread(np.arange(frame.rows)), features)
    positive_scores(fitted, tried, positive)
    threshold = settled_threshold(fitted, policy, tried, positive)
    truth = np.asarray(frame.column(label.name)) == label.positive
    scorer = stripped(bare(fitted))
    record = record_of(
        frame, policy, origin="model", parts=(Part(name="audit", rows=frame.rows, positives=int(truth.sum())),),
        threshold=threshold, score="probability", estimator=class_path(final_step(fitted)), steps=steps(fitted),
        parameters=changed_parameters(fitted) | chosen_parameters(fitted), features=features, ran=scorer,
    )  # fmt: skip
    record = replace(
        # How many rows it was fitted on is not known, so only what keeps rows by design is recognised.
        record, row_holders=row_holders(scorer, 0), positive_class=str(positive),
        told=told(frame, features, *halves(frame, None)),
    )  # fmt: skip
    return Given(scorer=scorer, record=record, frame=frame, policy=policy, positive=positive)


def _where(contract: DataContract) -> str:
    return f"Contract {contract.name} {contract.version}"


def _named(fitted: Any) -> str:
    return f"Estimator {class_path(final_step(fitted))}"


def _refuse_unfitted(fitted: Any) -> None:
    try:
        check_is_fitted(fitted)
        unfitted = not classes_of(fitted)
    except NotFittedError:
        unfitted = True
    if unfitted:
        raise Refused("M02", "The model is not fitted.", _named(fitted), "Pass a fitted model, or let train() fit it.")


def _positive(fitted: Any, label: Column, contract: DataContract, wanted: Any) -> Any:
    """Return the model's class that means the contract's positive value: the value itself, or the one that is named.

    Nothing is guessed: 0 and 1 may stand for two words in the order of the alphabet, or for no and yes.
    """
    classes = classes_of(fitted)
    where = f"{_named(fitted)}; {_where(contract)}, column {label.name!r}"
    if len(classes) != 2:
        raise Refused("D07", f"The model has {len(classes)} classes.", where, OTHER_OUTCOMES)
    shown = " and ".join(map(repr, classes))
    if wanted is not None:
        named = [one for one in classes if _same(one, wanted)]
        if not named:
            remedy = "Name one of model.classes_, in its own type."
            raise Refused("D07", f"positive_class is not one of the model's classes, {shown}.", where, remedy)
        return named[0]
    levels = label.levels or ()
    if all(any(_same(one, level) for level in levels) for one in classes):
        return next(one for one in classes if _same(one, label.positive))
    what = (
        f"It is not certain which of the model's classes, {shown}, corresponds to the contract's positive value,"
        f" {label.positive!r}."
    )
    remedy = (
        "Look it up where the model was fitted, and pass it as positive_class=... (on the command line, --positive-class)."
        " Alphabetical order is no guide."
    )
    raise Refused("D07", what, where, remedy)


def class_called(text: str, fitted: Any) -> Any:
    """Return the class of a fitted model that a command line calls `text`: 1 for "1", True for "True".

    Raises
    ------
    Refused
        D07 if it has no such class.
    """
    classes = classes_of(fitted)
    for one in classes:
        if text in (str(one), f"{one:g}" if isinstance(one, float) else str(one)):
            return one
    what = f"{text!r} is not one of the model's classes, {' and '.join(map(repr, classes)) or 'of which it has none'}."
    raise Refused("D07", what, "Option --positive-class", "Name one of them exactly as written here.")


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are the same with their type; 1 and 1.0 are, 1 and True and "1" are not."""
    kinds = [bool if isinstance(x, bool | np.bool_) else str if isinstance(x, str) else float for x in (one, other)]
    return kinds[0] is kinds[1] and bool(one == other)


def _features(fitted: Any, contract: DataContract) -> tuple[str, ...]:
    """Return the columns that the model wants, in its order; all of them have to be features of the contract."""
    names = getattr(fitted, "feature_names_in_", None)
    if names is None:
        what = "The model does not know the names of its columns, so their order would be a guess."
        remedy = (
            "Fit it on a DataFrame; or set its feature_names_in_ (in a Pipeline, that of the first step) to the"
            " names, in order."
        )
        raise Refused("M02", what, _named(fitted), remedy)
    wanted = tuple(str(name) for name in names)
    roles = {column.name: column.role for column in contract.columns}
    found = []
    for name in wanted:
        if name not in roles:
            what, remedy = "is not in the contract", "Describe it there, with the role feature."
        elif roles[name] != "feature":
            what = f"has role {roles[name]} in the contract"
            remedy = "Give it the role feature; to compare groups by it as well, add it a second time under another name."
        else:
            continue
        where = f"{_named(fitted)}; {_where(contract)}"
        found.append(Violation(rule="M02", what=f"The model uses column {name!r}, which {what}.", where=where, remedy=remedy))
    if found:
        raise Refused.of(found)
    return wanted
