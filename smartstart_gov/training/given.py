"""A model that was fitted elsewhere: what can be known of it, and its answers on the rows of an audit.

What happened before it was handed in is not known, and nothing here guesses it: neither the rows that it was fitted
on, nor its code. What the object itself says is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from smartstart_gov.training import artifact
from smartstart_gov.training.commitment import data_commitment
from smartstart_gov.training.cut import Decided, decide, fixed
from smartstart_gov.training.estimators import (
    changed_parameters,
    class_path,
    final_step,
    positive_scores,
    require_classifier,
    require_probabilities,
    steps,
)
from smartstart_gov.training.fit import read_back
from smartstart_gov.training.kept_rows import row_holders
from smartstart_gov.training.provenance import UNKNOWN, versions
from smartstart_gov.training.record import Part, TrainingRecord
from smartstart_gov.training.row_content import said_twice
from smartstart_gov.training.table import engine, rows

#: Rows on which a model is compared with its file.
_TRIED = 2000


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Given:
    """A fitted model that was handed in, and the rows of its audit: all of them.

    Attributes
    ----------
    model : fitted estimator
        As read back from `model_bytes`, or as handed in where there is no file.
    model_bytes : bytes or None
        The model file; None where it would hold types that are not loaded, or cannot be made.
    record : TrainingRecord
    positive : object
        The class of the model that means: it is so.
    """

    model: Any
    model_bytes: bytes | None
    record: TrainingRecord
    frame: ValidatedFrame = field(repr=False)
    policy: Policy = field(repr=False)
    positive: Any
    _decided: list[Decided] = field(default_factory=list)

    @property
    def audited(self) -> npt.NDArray[np.bool_] | None:
        """None: all rows are audited."""
        return None

    @property
    def audit_features(self) -> Any:
        """Features of the rows, in the order of the model; a frame of the kind handed in."""
        return rows(self.frame.native, np.arange(self.frame.rows), self.record.features)

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
        score = _scores(self.model, self.audit_features, self.positive)
        decided = decide(self.policy, score)
        self._decided[:] = [decided]
        return handover(self.frame, decision=decided.decision, score=score)

    def settled(self) -> TrainingRecord:
        """Return the record with the threshold that the capacity came to, once `open_audit` was called."""
        return replace(self.record, threshold=self._decided[0].threshold, cut=self._decided[0].cut)


def given_model(fitted: Any, frame: ValidatedFrame, policy: Policy, *, positive_class: Any = None) -> Given:
    """Return `fitted` as a model that can be audited on all rows of `frame`.

    Raises
    ------
    Refused
        M02 where it is no fitted classifier, or needs columns that are no features of the contract; M03 where it gives
        no probabilities; D07 where none of its classes is the contract's positive value.
    """
    contract = frame.contract
    require_classifier(fitted)
    _refuse_unfitted(fitted)
    require_probabilities(fitted)
    label = contract.outcome()
    positive = _positive(fitted, label, contract, positive_class)
    features = _features(fitted, contract)
    model, model_bytes, foreign = _filed(fitted, frame, features, positive)
    truth = np.asarray(frame.column(label.name)) == label.positive
    record = TrainingRecord(
        origin="model", estimator=class_path(final_step(fitted)), steps=steps(fitted), parameters=changed_parameters(fitted),
        features=features, random_state=None, read=frame.rows,
        parts=(Part(name="audit", rows=frame.rows, positives=int(truth.sum())),), **said_twice(frame), overlap=None,
        threshold=fixed(policy), score="probability", data_digest=data_commitment(frame)[1],
        model_digest=None if model_bytes is None else digest(model_bytes), code_revision=UNKNOWN,
        versions=versions(engine(frame.native)), untrusted_types=foreign,
        # How many rows it was fitted on is not known, so only what keeps rows by design is recognised.
        row_holders=row_holders(fitted, 0), positive_class=None if positive == 1 else str(positive),
    )  # fmt: skip
    return Given(model=model, model_bytes=model_bytes, record=record, frame=frame, policy=policy, positive=positive)


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
    """Return the model's class that means the contract's positive value.

    A model fitted on 0 and 1 means it by 1, unless the contract's own values are 0 and 1 and 0 is the positive one:
    then nobody can tell which coding it was fitted on.
    """
    classes = np.asarray(fitted.classes_).tolist()
    where = f"{_named(fitted)}; {_where(contract)}, column {label.name!r}"
    if len(classes) != 2:
        raise Refused("D07", f"The model tells {len(classes)} classes apart.", where, OTHER_OUTCOMES)
    if wanted is not None:
        if wanted not in classes:
            remedy = "Name one of model.classes_, in its own type."
            raise Refused("D07", "positive_class is none of the model's classes.", where, remedy)
        return classes[classes.index(wanted)]
    if set(classes) == {0, 1} and not (isinstance(classes[0], bool) and isinstance(label.positive, bool)):
        if label.positive == 0:
            what = "The model's classes are 0 and 1, and the contract's positive value is 0: either class may mean it."
            raise Refused("D07", what, where, "Say which one it is: positive_class=0 or positive_class=1.")
        return classes[classes.index(1)]
    if label.positive in classes:
        return classes[classes.index(label.positive)]
    remedy = f"Say which of the model's classes means {label.positive!r}: positive_class=..."
    raise Refused("D07", "None of the model's classes is the contract's positive value.", where, remedy)


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


def _filed(
    fitted: Any, frame: ValidatedFrame, features: Sequence[str], positive: Any
) -> tuple[Any, bytes | None, tuple[str, ...]]:
    """Return the model as its file gives it back, the file, and the types for which there is none."""
    try:
        model_bytes = artifact.dump(fitted)
    except Refused:
        return fitted, None, ()
    foreign = artifact.untrusted(model_bytes)
    if foreign:
        return fitted, None, foreign
    some = np.arange(frame.rows)[:: max(1, -(-frame.rows // _TRIED))]
    tried = rows(frame.native, some, features)
    _scores(fitted, tried, positive)
    return read_back(model_bytes, fitted, tried, positive), model_bytes, ()


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
