"""Fitting an estimator, by object or by its name, on the fit part, and what may be asked of it afterwards.

Only columns of role feature reach the estimator. The model that is audited is the one read back from
its file, so that what was judged and what is released are the same bytes. The audit part is not
predicted before `Fitted.open_audit`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.predictions import Bits
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.frames import engine, rows, spread
from smartstart_gov.intake.validate import ValidatedFrame
from smartstart_gov.looks.commitment import data_commitment
from smartstart_gov.looks.content import said_twice
from smartstart_gov.looks.part import Part
from smartstart_gov.looks.split import PARTS, STRADDLES_CUT, Division, divide, folds_of
from smartstart_gov.training.cutoff import source
from smartstart_gov.training.estimators import (
    bare,
    changed_parameters,
    chosen_parameters,
    class_path,
    final_step,
    positive_scores,
    prepare,
    steps,
    weight_route,
)
from smartstart_gov.training.leakage import told
from smartstart_gov.training.model import CrossFitted, Fitted
from smartstart_gov.training.record import TrainingRecord, code_revision, versions
from smartstart_gov.training.released import refuse_two_thresholds, release, row_holders, settled_threshold

_EXAMPLE = "Name a module of the project's folder and an object in it, like train:model."


def named_estimator(name: str, *, folder: Path) -> Any:
    """Return the estimator called `name`.

    Parameters
    ----------
    name : str
        ``module:object``. The module is a file of `folder` or else anything that Python can import, the
        working folder included. The object is an estimator, or a callable without arguments that gives one.
    folder : Path
        The project's folder.

    Raises
    ------
    Refused
        U01 where there is no such module or object, M02 where the module or the callable fails.
    """
    where = f"Estimator {name}"
    module_name, colon, attribute = name.partition(":")
    if not (colon and all(part.isidentifier() for part in [*module_name.split("."), *attribute.split(".")])):
        raise Refused("U01", f"{name!r} does not read as module:object.", "Option --estimator", _EXAMPLE)
    with _importable(folder):
        thing: Any = _module(module_name, folder, where)
        for part in attribute.split("."):
            if not hasattr(thing, part):
                what = f"Module {module_name!r} has no {attribute!r}."
                raise Refused("U01", what, where, f"Define it in the module. {_EXAMPLE}")
            thing = getattr(thing, part)
        if hasattr(thing, "fit") and not isinstance(thing, type):
            return thing
        if not callable(thing):
            what = f"{attribute!r} is neither an estimator nor something to call."
            raise Refused("M02", what, where, "Name a scikit-learn classifier or Pipeline, or a function that returns one.")
        try:
            return thing()
        except (Exception, SystemExit) as error:
            what = f"Calling {attribute!r} without arguments {_failed(error)}."
            raise Refused(
                "M02", what, where, "Call it in Python to see its message; it has to work without arguments."
            ) from error


def _module(name: str, folder: Path, where: str) -> ModuleType:
    file = folder.joinpath(*name.split(".")).with_suffix(".py")
    try:
        if not file.is_file():
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise ImportError(name)
        module = importlib.util.module_from_spec(spec)
        # Registered under its name, so that steps defined in it can be copied to worker processes.
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    except ModuleNotFoundError as error:
        missing = error.name or name
        what = (
            f"There is no module {missing!r}."
            if missing == name
            else f"Module {name!r} needs {missing!r}, which is not installed."
        )
        raise Refused(
            "U01" if missing == name else "U02",
            what,
            where,
            f"Looked in {folder}, the working folder and Python's path. {_EXAMPLE}",
        ) from None
    except (Exception, SystemExit) as error:
        sys.modules.pop(name, None)
        what = f"Importing module {name!r} {_failed(error)}."
        remedy = "Import it in Python to see its message, and mend it."
        if isinstance(error, SystemExit):
            remedy = "Put what has to run only as a script under: if __name__ == '__main__'."
        raise Refused("M02", what, where, remedy) from error


def _failed(error: BaseException) -> str:
    """Return how somebody's own code failed; its message is left out, for it may quote a record."""
    return "ended with sys.exit" if isinstance(error, SystemExit) else f"failed ({type(error).__name__})"


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules of `folder` and of the working folder be imported, and leave no compiled files there."""
    path, writes = list(sys.path), sys.dont_write_bytecode
    sys.path[:0] = [str(folder.resolve()), str(Path.cwd())]
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path[:], sys.dont_write_bytecode = path, writes


def fit_model(estimator: Any, frame: ValidatedFrame, policy: Policy, key: bytes, *, random_state: int) -> Fitted:
    """Divide `frame`, fit a copy of `estimator` on the fit part, and record how it went.

    Parameters
    ----------
    estimator : scikit-learn classifier or Pipeline
        Is cloned, never changed. It gets a frame of the features in the contract's order, and a label
        of 0 and 1, where 1 is the contract's positive value; and the contract's weights, where it takes `sample_weight`.
    frame : ValidatedFrame
        Rows that keep the contract.
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
        M02 where the estimator is no classifier, or cannot be cloned, fitted or stored; M03 where it
        gives no probabilities, or has a threshold that is not the policy's; D06 where the fit part holds one class only;
        D07 without a label; C01 without features; D08 where its scores are not finite or all the same; D12 where a part
        is empty.
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
    weight = _weight(frame)
    route = None if weight is None else weight_route(prepared)
    fitted = _fit(prepared, rows(frame.native, at, features), label[at], _routed(route, weight, at))
    tried = rows(frame.native, spread(at), features)
    threshold = settled_threshold(fitted, policy, tried, 1)
    released = release(bare(fitted), threshold, 1, tried)
    model = released.scorer
    if _is_constant(positive_scores(model, tried)) and _is_constant(positive_scores(model, rows(frame.native, at, features))):
        what = f"The model gives all {len(at)} rows of the fit part the same score."
        remedy = "Let it learn something: check the features, and how strongly it is held back."
        raise Refused("D08", what, f"Estimator {class_path(final_step(fitted))}", remedy)
    record = TrainingRecord(
        origin="trained", estimator=class_path(final_step(fitted)), steps=steps(prepared),
        parameters=changed_parameters(prepared) | chosen_parameters(fitted), features=features,
        random_state=random_state, read=frame.rows,
        parts=_balance(division, label) if folds is None else (_whole(label),),
        **said_twice(frame, division.where("audit") if folds is None else None), overlap=division.overlap,
        threshold=threshold, threshold_from=source(policy), score="probability", data_digest=data_commitment(frame)[1],
        model_digest=released.digest if threshold else None, code_revision=code_revision(),
        versions=versions(engine(frame.native)), untrusted_types=released.foreign,
        row_holders=row_holders(model, len(at)), folds=folds, positive_class="1",
        told=told(frame, features, *_apart(division, folds)), weighted_fit=None if weight is None else route is not None,
    )  # fmt: skip
    made: dict[str, Any] = {"record": record, "frame": frame, "division": division, "policy": policy, "released": released}
    if folds is None:
        return Fitted(**made)
    copies = [_without(fold, division, prepared, frame, features, label, policy) for fold in range(folds)]
    if policy.threshold.value == "model":
        made["record"] = replace(record, fold_thresholds=tuple(own for _, own in copies))
    return CrossFitted(**made, folds=tuple(model for model, _ in copies))


def _features_of(contract: DataContract) -> tuple[str, ...]:
    names = tuple(column.name for column in contract.with_role("feature"))
    if not names:
        remedy = "Give the columns that the model may use that role."
        raise Refused("C01", "No column has role feature.", _where(contract), remedy)
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
            what = f"Part {name} is empty: none of {len(label)} rows fell in it."
            remedy = "Hand in more rows or units, or change the policy's split."
            found.append(Violation(rule="D12", what=what, where=where, remedy=remedy))
        elif name == "fit" and inside.min() == inside.max():
            what = f"All {len(inside)} labels of the fit part are {int(inside[0])}."
            found.append(Violation(rule="D06", what=what, where=where, remedy="Hand in rows of both kinds."))
    if found:
        raise Refused.of(found)


def _refuse_unusable_folds(division: Division, folds: int, label: Bits, contract: DataContract) -> None:
    found = []
    for fold in range(folds):
        outside = label[division.part != fold]
        where = f"{_where(contract)}, fold {fold + 1} of {folds}"
        if len(outside) == len(label):
            remedy = "Hand in more units, or take fewer folds."
            found.append(Violation(rule="D12", what="The fold is empty.", where=where, remedy=remedy))
        elif not len(outside) or outside.min() == outside.max():
            what = f"The {len(outside)} rows outside the fold do not have labels of both kinds."
            found.append(Violation(rule="D06", what=what, where=where, remedy="Hand in more rows of both kinds."))
    if found:
        raise Refused.of(found)


def _without(
    fold: int, division: Division, prepared: Any, frame: ValidatedFrame, features: tuple[str, ...], label: Bits, policy: Policy
) -> tuple[Any, str]:
    """Return a copy of the estimator, fitted on all rows but those of `fold`, and its threshold as far as it is known."""
    at = np.flatnonzero(division.part != fold)
    weights = _routed(weight_route(prepared), _weight(frame), at)
    fitted = _fit(clone(prepared), rows(frame.native, at, features), label[at], weights)
    return bare(fitted), settled_threshold(fitted, policy, rows(frame.native, spread(at), features), 1)


def _weight(frame: ValidatedFrame) -> npt.NDArray[np.float64] | None:
    column = frame.contract.single("weight")
    return None if column is None else np.asarray(frame.column(column.name), dtype=np.float64)


def _routed(route: str | None, weight: npt.NDArray[np.float64] | None, at: npt.NDArray[np.int64]) -> dict[str, Any]:
    return {} if route is None or weight is None else {route: weight[at]}


def _fit(estimator: Any, features: Any, label: Bits, weights: Mapping[str, Any]) -> Any:
    try:
        return estimator.fit(features, label, **weights)
    except (Warning, Refused):
        raise  # a warning that was turned into an error is still the estimator's warning
    except Exception as error:
        # The estimator's own words may quote a record, so only their kind is repeated here.
        name = class_path(final_step(estimator))
        what = f"The estimator failed on the fit part ({type(error).__name__})."
        remedy = "Call its fit on the same features to see why; text needs an encoder, missing values an imputer."
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
