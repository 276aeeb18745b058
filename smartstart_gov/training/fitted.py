"""A fitted model, and what may be asked of it: the develop part freely, the audit part once it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.errors import Refused
from smartstart_gov.predictions import Bits, Predictions
from smartstart_gov.project.handover import handover
from smartstart_gov.project.policy import Policy
from smartstart_gov.project.validation import ValidatedFrame
from smartstart_gov.training.cut import Decided, decide
from smartstart_gov.training.estimators import positive_scores
from smartstart_gov.training.record import TrainingRecord
from smartstart_gov.training.released import Released, refuse_other_decisions, release
from smartstart_gov.training.split import Division, set_apart
from smartstart_gov.training.table import rows


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Fitted:
    """A fitted model with its three parts; the audit part is sealed until it is opened.

    Attributes
    ----------
    record : TrainingRecord
    released : Released
        The model that decides, and its file; under a capacity, whose threshold is not known before the audit part is
        opened, one that only gives scores.
    part : {"audit", "develop"}
        Which part `open_audit` opens: of a concept the develop part.
    """

    record: TrainingRecord
    frame: ValidatedFrame = field(repr=False)
    division: Division = field(repr=False)
    policy: Policy = field(repr=False)
    released: Released = field(repr=False)
    part: Literal["audit", "develop"] = "audit"
    _opened: dict[str, tuple[Predictions, Decided]] = field(default_factory=dict)
    _shipped: list[Released] = field(default_factory=list)

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
        return self._open(self.part)

    def concept(self) -> Fitted:
        """Return the same model with the develop part in the place of the audit part, which stays closed."""
        return replace(self, part="develop", _opened={}, _shipped=[])

    @property
    def model(self) -> Any:
        """The model as it is released: its `predict` is the decision that is audited.

        Raises
        ------
        Refused
            M03 under a capacity, as long as the audit part is not opened: nobody knows the score it comes to.
        """
        return self._decides().model

    @property
    def model_bytes(self) -> bytes | None:
        """The file of `model`; Refused as that is."""
        return self._decides().data

    @property
    def scorer(self) -> Any:
        """The fitted model that gives the scores, as read back from its file where that holds trusted types only."""
        return self.released.scorer

    def _decides(self) -> Released:
        if self._shipped:
            return self._shipped[0]
        if not self.record.threshold:
            what = "The capacity has not come to a score yet, so there is no model that decides."
            remedy = "Open the audit part: audit(run). Before that, run.fitted.scorer gives scores."
            raise Refused("M03", what, "Policy, threshold", remedy)
        return self.released

    @property
    def positive(self) -> int:
        """1: the class of the model that means the contract's positive value."""
        return 1

    @property
    def audit_features(self) -> Any:
        """Features of the audited rows, row by row as in `open_audit`; a frame of the kind handed in."""
        return self._features(self.part)

    @property
    def background_features(self) -> Any:
        """Features of the fit part; a frame of the kind handed in."""
        return self._features("fit")

    @property
    def audited(self) -> npt.NDArray[np.bool_] | None:
        """Which rows `open_audit` is about; None means all."""
        return self.division.where(self.part)

    def settled(self) -> TrainingRecord:
        """Return the record with what the opened audit part settled: the threshold of a capacity, and the model file."""
        _, decided = self._opened[self.part]
        shipped = self._shipped[0]
        return replace(
            self.record, threshold=self.record.threshold or decided.threshold, cut=decided.cut,
            model_digest=shipped.digest, read_back=None if shipped.foreign else len(self.audit_features),
        )  # fmt: skip

    def _open(self, part: str) -> Predictions:
        if part not in self._opened:
            features = self._features(part)
            score = positive_scores(self.scorer, features)
            # A capacity is meant for the audit part; on the develop part it shrinks with the rows.
            of = int(self.division.where("audit").sum())
            decided = decide(self.policy, score, of=of, own=self.record.threshold)
            where = self.division.where(part)
            predictions = handover(self.frame, decision=decided.decision, score=score, where=where)
            if part == self.part:
                self._ship(decided.threshold, features, decided.decision)
            self._opened[part] = predictions, decided
        return self._opened[part][0]

    def _ship(self, threshold: str, features: Any, decision: Bits) -> None:
        """Keep the model that decides at `threshold`, once its file is read back and decides `features` as `decision`."""
        known = bool(self.record.threshold)
        made = self.released if known else release(self.scorer, threshold, self.positive, features)
        refuse_other_decisions(made, self.scorer, threshold, features, decision, self.positive)
        self._shipped[:] = [made]

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
        """None: all rows are audited. A concept looks at one fold, and leaves the others."""
        return None if self.part == "audit" else np.asarray(self.division.part == 0, dtype=bool)

    def concept(self) -> CrossFitted:
        """Return the same model with one fold in the place of all rows."""
        made = replace(self, part="develop", _opened={}, _shipped=[])
        return replace(made, record=replace(self.record, parts=set_apart(self.frame, self.division.part == 0)))

    def _open(self, part: str) -> Predictions:
        if part not in self._opened:
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
            self._ship(decided.threshold, features, final.astype(np.int8))
            self._opened[part] = predictions, decided
        return self._opened[part][0]

    def _looked_at(self) -> npt.NDArray[np.int64]:
        return np.arange(self.frame.rows) if self.audited is None else np.flatnonzero(self.audited)

    def _features(self, part: str) -> Any:
        at = self._looked_at() if part == self.part else np.arange(self.frame.rows)
        return rows(self.frame.native, at, self.record.features)
