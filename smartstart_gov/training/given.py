"""A model that was fitted elsewhere: what can be known of it, and its answers on the rows of an audit.

What happened before it was handed in is not known, and nothing here guesses it: neither the rows that it was fitted
on, nor its code. What the object itself says is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from smartstart_gov.canonical import digest
from smartstart_gov.errors import OTHER_OUTCOMES, Refused, Violation
from smartstart_gov.predictions import Predictions
from smartstart_gov.project.column import Column
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.handover import handover
from smartstart_gov.project.policy import Policy
from smartstart_gov.project.validation import ValidatedFrame
from smartstart_gov.training.commitment import data_commitment
from smartstart_gov.training.cut import Decided, decide, source
from smartstart_gov.training.estimators import (
    bare,
    changed_parameters,
    chosen_parameters,
    class_path,
    final_step,
    positive_scores,
    require_classifier,
    require_probabilities,
    steps,
)
from smartstart_gov.training.kept_rows import row_holders
from smartstart_gov.training.provenance import UNKNOWN, versions
from smartstart_gov.training.record import Part, TrainingRecord
from smartstart_gov.training.released import Released, refuse_other_decisions, release, settled_threshold
from smartstart_gov.training.row_content import said_twice
from smartstart_gov.training.split import set_apart
from smartstart_gov.training.table import engine, rows, spread
from smartstart_gov.training.telling import halves, told


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Given:
    """A fitted model that was handed in, and the rows of its audit: all of them, or a share of them in a concept.

    Attributes
    ----------
    scorer : fitted classifier or Pipeline
        What gives the scores: the model without a threshold of its own.
    record : TrainingRecord
    positive : object
        The class of the model that means: it is so.
    audited : ndarray of bool or None
        Which rows `open_audit` is about; None means all.
    """

    scorer: Any
    record: TrainingRecord
    frame: ValidatedFrame = field(repr=False)
    policy: Policy = field(repr=False)
    positive: Any
    audited: npt.NDArray[np.bool_] | None = None
    _shipped: list[tuple[Decided, Released]] = field(default_factory=list)

    @property
    def model(self) -> Any:
        """The model that decides as was audited, once `open_audit` was called; read back from its file where there is one."""
        return self._shipped[0][1].model

    @property
    def model_bytes(self) -> bytes | None:
        """The model file; None where it would hold types that are not loaded, or cannot be made."""
        made = self._shipped[0][1]
        return None if made.foreign else made.data

    def concept(self, where: npt.NDArray[np.bool_]) -> Given:
        """Return the same model with the rows that `where` is true in the place of all."""
        record = replace(
            self.record, parts=set_apart(self.frame, where), **said_twice(self.frame, where),
            told=told(self.frame, self.record.features, *halves(self.frame, where)),
        )  # fmt: skip
        return replace(self, audited=where, record=record, _shipped=[])

    @property
    def audit_features(self) -> Any:
        """Features of the rows, in the order of the model; a frame of the kind handed in."""
        at = np.arange(self.frame.rows) if self.audited is None else np.flatnonzero(self.audited)
        return rows(self.frame.native, at, self.record.features)

    @property
    def background_features(self) -> Any:
        """The same rows: those that the model was fitted on are not known."""
        return self.audit_features

    def open_audit(self) -> Predictions:
        """Return the model's answers on all rows.

        Raises
        ------
        Refused
            M02 where the model fails on the rows, D08 where a score is not finite or outside [0, 1], and whatever
            `Predictions` refuses.
        """
        features = self.audit_features
        score = _scores(self.scorer, features, self.positive)
        left = None if self.audited is None else self.frame.rows - len(score)
        decided = decide(self.policy, score, of=left, own=self.record.threshold)
        some = rows(self.frame.native, spread(np.arange(self.frame.rows)), self.record.features)
        made = release(self.scorer, decided.threshold, self.positive, some, stored=False)
        refuse_other_decisions(made, self.scorer, decided.threshold, features, decided.decision, self.positive)
        predictions = handover(self.frame, decision=decided.decision, score=score, where=self.audited)
        self._shipped[:] = [(decided, made)]
        return predictions

    def settled(self) -> TrainingRecord:
        """Return the record with the threshold that the capacity came to and the model file, once `open_audit` was called."""
        decided, made = self._shipped[0]
        data = self.model_bytes
        return replace(
            self.record, threshold=decided.threshold, cut=decided.cut,
            model_digest=None if data is None else digest(data), untrusted_types=made.foreign,
            read_back=None if data is None else len(self.audit_features),
        )  # fmt: skip


def given_model(fitted: Any, frame: ValidatedFrame, policy: Policy, *, positive_class: Any = None) -> Given:
    """Return `fitted` as a model that can be audited on all rows of `frame`.

    Raises
    ------
    Refused
        M02 where it is no fitted classifier, or needs columns that are no features of the contract; M03 where it gives
        no probabilities, or has a threshold that is not the policy's; D07 where it is not certain which of its classes is
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
    _scores(fitted, tried, positive)
    threshold = settled_threshold(fitted, policy, tried, positive)
    truth = np.asarray(frame.column(label.name)) == label.positive
    record = TrainingRecord(
        origin="model", estimator=class_path(final_step(fitted)), steps=steps(fitted),
        parameters=changed_parameters(fitted) | chosen_parameters(fitted),
        features=features, random_state=None, read=frame.rows,
        parts=(Part(name="audit", rows=frame.rows, positives=int(truth.sum())),), **said_twice(frame), overlap=None,
        threshold=threshold, threshold_from=source(policy), score="probability", data_digest=data_commitment(frame)[1],
        model_digest=None, code_revision=UNKNOWN, versions=versions(engine(frame.native)),
        # How many rows it was fitted on is not known, so only what keeps rows by design is recognised.
        row_holders=row_holders(fitted, 0), positive_class=str(positive), told=told(frame, features, *halves(frame, None)),
    )  # fmt: skip
    return Given(scorer=bare(fitted), record=record, frame=frame, policy=policy, positive=positive)


def _where(contract: DataContract) -> str:
    return f"Contract {contract.name} {contract.version}"


def _named(fitted: Any) -> str:
    return f"Estimator {class_path(final_step(fitted))}"


def _refuse_unfitted(fitted: Any) -> None:
    try:
        check_is_fitted(fitted)
        unfitted = not hasattr(fitted, "classes_")
    except NotFittedError:
        unfitted = True
    if unfitted:
        raise Refused("M02", "The model is not fitted.", _named(fitted), "Hand in a fitted one, or let train() fit it.")


def _positive(fitted: Any, label: Column, contract: DataContract, wanted: Any) -> Any:
    """Return the model's class that means the contract's positive value: the value itself, or the one that is named.

    Nothing is guessed: 0 and 1 may stand for two words in the order of the alphabet, or for no and yes.
    """
    classes = np.asarray(fitted.classes_).tolist()
    where = f"{_named(fitted)}; {_where(contract)}, column {label.name!r}"
    if len(classes) != 2:
        raise Refused("D07", f"The model tells {len(classes)} classes apart.", where, OTHER_OUTCOMES)
    shown = " and ".join(map(repr, classes))
    if wanted is not None:
        named = [one for one in classes if _same(one, wanted)]
        if not named:
            remedy = "Name one of model.classes_, in its own type."
            raise Refused("D07", f"positive_class is none of the model's classes, {shown}.", where, remedy)
        return named[0]
    levels = label.levels or ()
    if all(any(_same(one, level) for level in levels) for one in classes):
        return next(one for one in classes if _same(one, label.positive))
    what = f"Which of the model's classes, {shown}, means the contract's positive value, {label.positive!r}, is not certain."
    remedy = (
        "Look it up where the model was fitted, and say it: positive_class=..., on the command line --positive-class. The"
        " order of the alphabet says nothing."
    )
    raise Refused("D07", what, where, remedy)


def class_called(text: str, fitted: Any) -> Any:
    """Return the class of a fitted model that a command line calls `text`: 1 for "1", True for "True".

    Raises
    ------
    Refused
        D07 where it has no such class.
    """
    classes = np.asarray(getattr(fitted, "classes_", ())).tolist()
    for one in classes:
        if text in (str(one), f"{one:g}" if isinstance(one, float) else str(one)):
            return one
    what = f"{text!r} is none of the model's classes, {' and '.join(map(repr, classes)) or 'of which it has none'}."
    raise Refused("D07", what, "Option --positive-class", "Name one of them as it is written here.")


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
            "Fit it on a DataFrame; or set feature_names_in_ of it (of the first step of a Pipeline) to the names, in order."
        )
        raise Refused("M02", what, _named(fitted), remedy)
    wanted = tuple(str(name) for name in names)
    roles = {column.name: column.role for column in contract.columns}
    found = []
    for name in wanted:
        if name not in roles:
            what, remedy = "is not in the contract", "Describe it there, with role feature."
        elif roles[name] != "feature":
            what = f"has role {roles[name]} in the contract"
            remedy = "Give it role feature; to compare groups by it as well, hand it in a second time under another name."
        else:
            continue
        where = f"{_named(fitted)}; {_where(contract)}"
        found.append(Violation(rule="M02", what=f"The model uses column {name!r}, which {what}.", where=where, remedy=remedy))
    if found:
        raise Refused.of(found)
    return wanted


def _scores(model: Any, features: Any, positive: Any) -> npt.NDArray[np.float64]:
    try:
        return positive_scores(model, features, positive)
    except (Warning, Refused):
        raise
    except Exception as error:
        # The model's own words may quote a record, so only their kind is repeated here.
        what = f"The model failed on these rows ({type(error).__name__})."
        remedy = "Call its predict_proba on the same features to see why; the columns have to be as when it was fitted."
        raise Refused("M02", what, _named(model), remedy) from None
