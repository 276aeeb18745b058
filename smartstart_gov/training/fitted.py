"""A fitted model, and what may be asked of it: the develop part freely, the audit part once it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.errors import Refused
from smartstart_gov.predictions import Predictions
from smartstart_gov.project.handover import handover
from smartstart_gov.project.policy import Policy
from smartstart_gov.project.validation import ValidatedFrame
from smartstart_gov.training.cut import Decided, decide
from smartstart_gov.training.estimators import positive_scores
from smartstart_gov.training.record import TrainingRecord
from smartstart_gov.training.split import Division
from smartstart_gov.training.table import rows


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Fitted:
    """A fitted model with its three parts; the audit part is sealed until it is opened.

    Attributes
    ----------
    model : fitted estimator
        As read back from `model_bytes`, or as fitted where the file holds types that are not loaded.
    model_bytes : bytes
        The model file.
    record : TrainingRecord
    """

    model: Any
    model_bytes: bytes
    record: TrainingRecord
    frame: ValidatedFrame = field(repr=False)
    division: Division = field(repr=False)
    policy: Policy = field(repr=False)
    _opened: dict[str, tuple[Predictions, Decided]] = field(default_factory=dict)

    def __repr__(self) -> str:
        state = "opened" if "audit" in self._opened else "sealed"
        return f"Fitted({self.record.headline()}, audit part {state})"

    def open_develop(self) -> Predictions:
        """Return the predictions on the develop part; it may be looked at freely.

        Raises
        ------
        Refused
            D08 where a score is not finite or outside [0, 1], and whatever `Predictions` refuses.
        """
        return self._open("develop")

    def open_audit(self) -> Predictions:
        """Return the predictions on the audit part, made now and kept: a second call shows the same.

        Raises
        ------
        Refused
            D08 where a score is not finite or outside [0, 1], and whatever `Predictions` refuses.
        """
        return self._open("audit")

    @property
    def positive(self) -> int:
        """1: the class of the model that means the contract's positive value."""
        return 1

    @property
    def audit_features(self) -> Any:
        """Features of the audit part, row by row as in `open_audit`; a frame of the kind handed in."""
        return self._features("audit")

    @property
    def background_features(self) -> Any:
        """Features of the fit part; a frame of the kind handed in."""
        return self._features("fit")

    @property
    def audited(self) -> npt.NDArray[np.bool_] | None:
        """Which rows `open_audit` is about; None means all."""
        return self.division.where("audit")

    def settled(self) -> TrainingRecord:
        """Return the record with the threshold that the capacity came to on the audit part, once that is opened."""
        _, decided = self._opened["audit"]
        return replace(self.record, threshold=decided.threshold, cut=decided.cut)

    def _open(self, part: str) -> Predictions:
        if part not in self._opened:
            score = positive_scores(self.model, self._features(part))
            # A capacity is meant for the audit part; on the develop part it shrinks with the rows.
            decided = decide(self.policy, score, of=int(self.division.where("audit").sum()))
            where = self.division.where(part)
            predictions = handover(self.frame, decision=decided.decision, score=score, where=where)
            self._opened[part] = predictions, decided
        return self._opened[part][0]

    def _features(self, part: str) -> Any:
        return rows(self.frame.native, np.flatnonzero(self.division.where(part)), self.record.features)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class CrossFitted(Fitted):
    """A model fitted on all rows, audited by cross-fitting: each row has the score of a copy that never saw its unit.

    What `open_audit` shows is how the procedure does on people it was not fitted on. There is no develop part.

    Attributes
    ----------
    folds : tuple of fitted estimators
        The copy at position i was fitted on all rows but those of fold i; `division.part` holds the folds.
    """

    folds: tuple[Any, ...]

    def open_develop(self) -> Predictions:
        """Refuse: all rows are audited, so none is free to look at.

        Raises
        ------
        Refused
            L02, always.
        """
        remedy = "Try the model out on other data, or by cross-validation of your own; or give the split three parts."
        what = "There is no develop part to preview: under cross-fitting every row is audited."
        raise Refused("L02", what, "Policy, split.method cross_fit", remedy)

    @property
    def audited(self) -> npt.NDArray[np.bool_] | None:
        """None: all rows are audited."""
        return None

    def _open(self, part: str) -> Predictions:
        if part not in self._opened:
            score = np.empty(self.frame.rows, dtype=np.float64)
            for fold, model in enumerate(self.folds):
                at = np.flatnonzero(self.division.part == fold)
                score[at] = positive_scores(model, rows(self.frame.native, at, self.record.features))
            decided = decide(self.policy, score)
            self._opened[part] = handover(self.frame, decision=decided.decision, score=score), decided
        return self._opened[part][0]

    def _features(self, part: str) -> Any:
        return rows(self.frame.native, np.arange(self.frame.rows), self.record.features)
