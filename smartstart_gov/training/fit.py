"""Fitting an estimator, given as an object or by name, on the fit part, and what can be done with it afterwards.

Only columns with the role feature reach the estimator. The model that is audited is the one read back from
its file, so that what was judged and what is released are the same bytes. The audit part is not
predicted before `Fitted.open_audit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.handover import groups_of_rows
from smartstart_gov.counting.predictions import Bits
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.frames import rows, spread
from smartstart_gov.intake.validate import ValidatedFrame
from smartstart_gov.looks.part import Part
from smartstart_gov.looks.split import PARTS, STRADDLES_CUT, Division, divide, folds_of
from smartstart_gov.training.estimators import (
    bare,
    changed_parameters,
    chosen_parameters,
    class_path,
    final_step,
    positive_scores,
    prepare,
    sensitive_route,
    steps,
    weight_route,
)
from smartstart_gov.training.leakage import told
from smartstart_gov.training.model import CrossFitted, Fitted
from smartstart_gov.training.own_words import AS_LEFT_OUT, own_words
from smartstart_gov.training.provenance import code_revision
from smartstart_gov.training.released import refuse_two_thresholds, release, row_holders, settled_threshold
from smartstart_gov.training.subject import Classifier, record_of


def fit_model(estimator: Any, frame: ValidatedFrame, policy: Policy, key: bytes, *, random_state: int) -> Fitted:
    """Divide `frame`, fit a copy of `estimator` on the fit part, and record how it went.

    Parameters
    ----------
    estimator : scikit-learn classifier or Pipeline
        It is cloned, never changed. It gets a frame of the features in the contract's order, and a label
        of 0 and 1, where 1 is the contract's positive value; the contract's weights, if it accepts `sample_weight`; and
        sensitive columns, if it asks for `sensitive_features` and the policy allows it.
    frame : ValidatedFrame
        Rows that comply with the contract.
    policy : Policy
        Its split and its threshold are used.
    key : bytes
        Key of the split; the same key and rows give the same parts, whatever `random_state` is.
    random_state : int
        Goes to the estimator's open `random_state` parameters, nested ones included, and nowhere else.

    Returns
    -------
    Fitted
        With `split.method` cross_fit a `CrossFitted`: fitted on all rows, and once more without each fold.

    Raises
    ------
    Refused
        M02 if the estimator is not a classifier, or cannot be cloned, fitted or stored; M03 if it
        gives no probabilities, or has a threshold that is not the policy's; M06 if it asks for sensitive features but
        the policy allows none; D06 if the fit part contains only one class; D07 without a label; C01 without features;
        D08 if its scores are not finite or all the same; D12 if a part is empty.
    """
    contract = frame.contract
    prepared = prepare(estimator, random_state)
    if not hasattr(final_step(prepared), "refit"):  # which threshold a search will choose is not known yet
        refuse_two_thresholds(prepared, policy)
    features = _features_of(contract)
    label = _label(frame)
    folds = policy.split.folds
    if folds is None:
        division = divide(frame, policy.split, key)
        _refuse_unusable_parts(division, label, contract)
        at = np.flatnonzero(division.where("fit"))
    else:
        division = folds_of(frame, folds, key)
        _refuse_unusable_folds(division, folds, label, contract)
        at = np.arange(frame.rows)
    groups = _groups_in_fit(prepared, policy)
    fitted = _fit(prepared, rows(frame.native, at, features), label[at], _beside(prepared, frame, groups, at))
    tried = rows(frame.native, spread(at), features)
    threshold = settled_threshold(fitted, policy, tried, 1)
    released = release(bare(fitted), threshold, 1, tried, also=policy.trusted_types)
    model = released.scorer
    if _is_constant(positive_scores(model, tried)) and _is_constant(positive_scores(model, rows(frame.native, at, features))):
        what = f"The model gives all {len(at)} rows of the fit part the same score."
        remedy = "Check the features, and whether the model is regularised too strongly."
        raise Refused("D08", what, f"Estimator {class_path(final_step(fitted))}", remedy)
    record = record_of(
        frame, policy, origin="trained", parts=_balance(division, label) if folds is None else (_whole(label),),
        where=division.where("audit") if folds is None else None, threshold=threshold, score="probability",
        estimator=class_path(final_step(fitted)), steps=steps(prepared),
        parameters=changed_parameters(prepared) | chosen_parameters(fitted), features=features, ran=fitted,
    )  # fmt: skip
    record = replace(
        record, random_state=random_state, overlap=division.overlap, model_digest=released.digest if threshold else None,
        code_revision=code_revision(), untrusted_types=released.foreign, row_holders=row_holders(model, len(at)), folds=folds,
        positive_class="1", told=told(frame, features, *_apart(division, folds)), sensitive_fit=groups,
        weighted_fit=None if contract.single("weight") is None else weight_route(prepared) is not None,
    )  # fmt: skip
    if folds is None:
        return Fitted(record=record, frame=frame, division=division, policy=policy, released=released)
    copies = [_without(fold, division, prepared, frame, features, label, policy, groups) for fold in range(folds)]
    if policy.threshold.value == "model":
        record = replace(record, fold_thresholds=tuple(own for _, own in copies))
    own = tuple(model for model, _ in copies)
    return CrossFitted(record=record, frame=frame, division=division, policy=policy, released=released, folds=own)


def _features_of(contract: DataContract) -> tuple[str, ...]:
    names = tuple(column.name for column in contract.with_role("feature"))
    if not names:
        remedy = "Give that role to the columns that the model may use."
        raise Refused("C01", "No column has the role feature.", _where(contract), remedy)
    return names


def _label(frame: ValidatedFrame) -> Bits:
    column = frame.contract.outcome()
    return np.asarray(np.asarray(frame.column(column.name)) == column.positive, dtype=np.int8)


def _where(contract: DataContract) -> str:
    return f"Contract {contract.name} {contract.version}"


def _refuse_unusable_parts(division: Division, label: Bits, contract: DataContract) -> None:
    found = []
    for name in PARTS:
        inside = label[division.where(name)]
        where = f"{_where(contract)}, part {name}"
        if len(inside) == 0:
            what = f"Part {name} is empty: none of the {len(label)} rows fell in it."
            remedy = "Provide more rows or units, or change the policy's split."
            found.append(Violation(rule="D12", what=what, where=where, remedy=remedy))
        elif name == "fit" and inside.min() == inside.max():
            what = f"All {len(inside)} labels of the fit part are {int(inside[0])}."
            found.append(Violation(rule="D06", what=what, where=where, remedy="Provide both positive and negative rows."))
    if found:
        raise Refused.of(found)


def _refuse_unusable_folds(division: Division, folds: int, label: Bits, contract: DataContract) -> None:
    found = []
    for fold in range(folds):
        outside = label[division.part != fold]
        where = f"{_where(contract)}, fold {fold + 1} of {folds}"
        if len(outside) == len(label):
            remedy = "Provide more units, or use fewer folds."
            found.append(Violation(rule="D12", what="The fold is empty.", where=where, remedy=remedy))
        elif not len(outside) or outside.min() == outside.max():
            what = f"The {len(outside)} rows outside the fold do not have both labels."
            found.append(Violation(rule="D06", what=what, where=where, remedy="Provide more rows with each label."))
    if found:
        raise Refused.of(found)


def _without(
    fold: int, division: Division, prepared: Any, frame: ValidatedFrame, features: tuple[str, ...], label: Bits,
    policy: Policy, groups: tuple[str, ...],
) -> tuple[Classifier, str]:  # fmt: skip
    """Return a copy of the estimator, fitted on all rows but those of `fold`, and its threshold as far as it is known."""
    at = np.flatnonzero(division.part != fold)
    fitted = _fit(clone(prepared), rows(frame.native, at, features), label[at], _beside(prepared, frame, groups, at))
    return bare(fitted), settled_threshold(fitted, policy, rows(frame.native, spread(at), features), 1)


def _groups_in_fit(prepared: Any, policy: Policy) -> tuple[str, ...]:
    """Return the sensitive columns that reach the fit: those of the policy, where the estimator asks for any."""
    if sensitive_route(prepared) is None:
        return ()
    allowed = policy.sensitive_features_in_training
    if allowed is None:
        what = f"{class_path(final_step(prepared))} asks for sensitive features when it is fitted, but the policy allows none."
        remedy = (
            "Have the committee name the columns and the legal ground under sensitive_features_in_training in"
            " the policy (article 4a of the"
            " AI Act, formerly article 10(5)); or use an estimator that does not ask for them."
        )
        raise Refused("M06", what, "Policy, sensitive_features_in_training", remedy)
    return allowed.columns


def _beside(prepared: Any, frame: ValidatedFrame, groups: tuple[str, ...], at: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return what goes to fit beside features and label, by keyword: weights of rows, and the columns `groups`."""
    found: dict[str, Any] = {}
    weight, route = frame.contract.single("weight"), weight_route(prepared)
    if weight is not None and route is not None:
        found[route] = np.asarray(frame.column(weight.name), dtype=np.float64)[at]
    if groups and (asked := sensitive_route(prepared)) is not None:
        found[asked] = type(frame.native)({name: group[at] for name, group in groups_of_rows(frame, groups).items()})
    return found


def _fit(estimator: Any, features: Any, label: Bits, beside: Mapping[str, Any]) -> Any:
    try:
        return estimator.fit(features, label, **beside)
    except (Warning, Refused):
        raise  # a warning that was turned into an error is still the estimator's warning
    except Exception as error:
        name = class_path(final_step(estimator))
        what = f"The estimator failed on the fit part ({own_words(error, estimator, features)})."
        remedy = f"Fix the cause it reports: text needs an encoder, missing values an imputer. {AS_LEFT_OUT}"
        raise Refused("M02", what, f"Estimator {name}", remedy) from None


def _is_constant(score: npt.NDArray[np.float64]) -> bool:
    return bool(len(score) > 1 and score.min() == score.max())


def _apart(division: Division, folds: int | None) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return the rows on which it is learnt what features tell, and those on which it is checked: never the audit part."""
    if folds is None:
        return division.where("fit"), division.where("develop")
    first = np.asarray(division.part == 0, dtype=bool)
    return ~first, first


def _whole(label: Bits) -> Part:
    """Return the balance sheet of cross-fitting: every row is audited."""
    return Part(name="audit", rows=len(label), positives=int(label.sum()))


def _balance(division: Division, label: Bits) -> tuple[Part, ...]:
    codes: Mapping[str, int] = {name: code for code, name in enumerate(PARTS)} | {"straddles_cut": STRADDLES_CUT}
    inside = {name: division.part == code for name, code in codes.items()}
    return tuple(
        Part(name=name, rows=int(mask.sum()), positives=int(label[mask].sum()))
        for name, mask in inside.items()
        if name in PARTS or mask.any()
    )
