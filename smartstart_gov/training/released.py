"""The model as released: one object whose `predict` makes the audited decision.

It is scikit-learn's own FixedThresholdClassifier around the fitted model, which is frozen. It contains the threshold and
the positive class, and loading it with skops needs nothing from this library.

A model may have its own threshold. Then that threshold decides, or the model is refused: it is never ignored.

A model file may contain children's records. A kernel machine keeps rows by design; other estimators
may keep a table with one line per training row, such as out-of-bag scores.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.canonical import digest
from smartstart_gov.errors import Refused
from smartstart_gov.training import artifact
from smartstart_gov.training.cutoff import fixed
from smartstart_gov.training.estimators import THRESHOLDS, bare, class_path, final_step, layers, parts, positive_scores
from smartstart_gov.training.own_words import AS_LEFT_OUT, own_words
from smartstart_gov.training.record import LIKELIER, TrainingRecord
from smartstart_gov.training.subject import Classifier, Decider

#: Classes of scikit-learn, by module and name, that keep training rows; what inherits from one does too.
_BY_DESIGN = (
    ("sklearn.neighbors", "NeighborsBase"),
    ("sklearn.neighbors", "KernelDensity"),
    ("sklearn.svm", "BaseLibSVM"),
    ("sklearn.gaussian_process", "GaussianProcessClassifier"),
    ("sklearn.gaussian_process", "GaussianProcessRegressor"),
    ("sklearn.impute", "KNNImputer"),
    ("sklearn.semi_supervised", "BaseLabelPropagation"),
    ("sklearn.kernel_ridge", "KernelRidge"),
    ("sklearn.kernel_approximation", "Nystroem"),
    ("sklearn.decomposition", "KernelPCA"),
    ("sklearn.manifold", "Isomap"),
    ("sklearn.manifold", "LocallyLinearEmbedding"),
    ("sklearn.cluster", "DBSCAN"),
    ("sklearn.cluster", "OPTICS"),
    ("sklearn.cluster", "AffinityPropagation"),
)
#: Under this many rows, an array of that length says nothing about where it came from.
_FEWEST_ROWS = 20
#: Largest difference between the scores of a model and of its file.
_SAME_SCORE = 1e-12
#: A score this close to one half may fall on either side of it in the model's own predict.
_AT_HALF = 1e-9
#: What a capacity comes to is not known before the audit part is opened. Until then a file is tried with this threshold.
_NOT_YET = "0.5"
#: Where scikit-learn keeps which metadata an estimator asks for.
_REQUESTS = "_metadata_request"


def row_holders(model: Any, fit_rows: int) -> tuple[str, ...]:
    """Return the steps of a fitted model that keep rows of the training data.

    Parameters
    ----------
    model : fitted estimator
        Every estimator inside it is checked, parameters and fitted copies.
    fit_rows : int
        Rows it was fitted on: a learned table with exactly that many lines counts as kept rows.

    Returns
    -------
    tuple of str
        Classes, or class and attribute if only one table is meant.
    """
    found: dict[str, None] = {}
    for part in parts(model):
        if _keeps_by_design(part):
            found[class_path(part)] = None
        elif fit_rows >= _FEWEST_ROWS:
            found.update((f"{class_path(part)}.{name}", None) for name in _tables(part, fit_rows))
    return tuple(found)


def _keeps_by_design(part: Any) -> bool:
    return any(
        ancestor.__name__ == name and ancestor.__module__.startswith(module)
        for ancestor in type(part).__mro__
        for module, name in _BY_DESIGN
    )


def _tables(part: Any, rows: int) -> list[str]:
    given = set(part.get_params(deep=False)) if hasattr(part, "get_params") else set()
    learnt = {name: value for name, value in getattr(part, "__dict__", {}).items() if name not in given}
    return [
        name
        for name, value in learnt.items()
        if getattr(value, "ndim", 0) == 2 and value.shape[0] == rows and getattr(value, "dtype", None) != np.dtype(object)
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Released:
    """A deciding model and its file.

    Attributes
    ----------
    model : FixedThresholdClassifier
        As read back from `data`, or as made if there is no file, or it contains types that are not loaded.
    data : bytes or None
        The model file; None if there can be none.
    foreign : tuple of str
        Types in the file that are not loaded.
    also : tuple of str
        Types beyond the published list that the policy allows in it.
    """

    model: Decider
    data: bytes | None
    foreign: tuple[str, ...]
    also: tuple[str, ...]

    @property
    def digest(self) -> str | None:
        """Digest of the model file."""
        return None if self.data is None else digest(self.data)

    @property
    def scorer(self) -> Classifier:
        """The fitted model that gives the scores."""
        frozen: Any = self.model
        scorer: Classifier = frozen.estimator.estimator
        return scorer


def release(
    model: Classifier, threshold: str, positive: object, tried: Any, *, also: Sequence[str], stored: bool = True
) -> Released:
    """Return `model`, fitted and without its own threshold, as an object that decides at `threshold`.

    Parameters
    ----------
    model : fitted classifier or Pipeline
    threshold : str
        Decimal text; empty if it is not known yet.
    positive : object
        The class label that the contract calls positive.
    tried : pandas or polars DataFrame
        Rows on which the scores of the model and of its file are compared.
    also : sequence of str
        Types beyond the published list that the policy allows in a file.
    stored : bool
        Whether there must be a file.

    Raises
    ------
    Refused
        M02 if the model cannot be stored, or not without loss.
    """
    made = decider(model, threshold or _NOT_YET, positive, tried)
    try:
        data = artifact.dump(made)
    except Refused:
        if stored:
            raise
        return Released(model=made, data=None, foreign=(), also=tuple(also))
    foreign = artifact.untrusted(data, also)
    if foreign:
        return Released(model=made, data=data, foreign=foreign, also=tuple(also))
    again = artifact.load(data, also)
    # Equal to the bit with one thread; several threads add the trees of a forest up in any order.
    after, before = (positive_scores(one, tried, positive) for one in (again, model))
    if not np.allclose(after, before, rtol=0, atol=_SAME_SCORE):
        what = "The model read back from its file gives different scores from the fitted model."
        raise Refused("M02", what, _named(model), "Use an estimator that can be stored without loss.")
    return Released(model=again, data=data, foreign=(), also=tuple(also))


def decider(model: Classifier, threshold: str, positive: object, rows: Any) -> Decider:
    """Return an object that selects scores of `threshold` or more; `rows` are any two rows or more."""
    # A numpy scalar, so that scores of 32 bits are compared as they were counted, in 64.
    found = FixedThresholdClassifier(
        FrozenEstimator(stripped(model)), threshold=np.float64(threshold), pos_label=positive,
        response_method="predict_proba",
    )  # fmt: skip
    # To fit what is frozen does nothing but take over the names of classes and columns.
    try:
        fitted: Decider = found.fit(rows[:2], np.asarray(bare(model).classes_))
    except ValueError as error:
        what = f"scikit-learn cannot apply a threshold to a model with these classes ({type(error).__name__})."
        remedy = "Fit it on a label of truth values, whole numbers or text, not of Python objects."
        raise Refused("M02", what, _named(model), remedy) from None
    return fitted


def says_as_recorded(model: Any, record: TrainingRecord) -> bool:
    """Return whether a model read from its file has the threshold and the positive class that the record names."""
    return (
        isinstance(model, FixedThresholdClassifier)
        and model.threshold == float(record.threshold)
        and str(model.pos_label) == record.positive_class
    )


def refuse_other_decisions(
    released: Released, scorer: Classifier, threshold: str, features: Any, decision: npt.NDArray[np.int8], positive: object
) -> None:
    """Refuse (M02) a file that, when read back again, does not decide all rows as `decision` does.

    If the threshold comes from a model that chooses the likelier class, its own `predict` must agree too.
    """
    # A file with types that are not loaded has no reader yet; what stands in memory is held against the counts.
    model = released.model if released.foreign or released.data is None else artifact.load(released.data, released.also)
    found: dict[str, Any] = {"The model read back from its file": model}
    if threshold == LIKELIER:
        found["The model's own predict"] = scorer
    for name, one in found.items():
        apart = int((decided(one, features, positive) != (decision == 1)).sum())
        if apart:
            what = f"{name} decides {apart} of {len(decision)} rows differently from what was counted."
            remedy = (
                "Use an estimator that gives the same rows the same scores every time, and whose predict follows"
                " from its scores."
            )
            raise Refused("M02", what, _named(scorer), remedy)


def decided(model: Decider, features: Any, positive: object) -> npt.NDArray[np.bool_]:
    """Return for which rows the model's own `predict` says `positive`, shape (n_rows,)."""
    try:
        found: npt.NDArray[np.bool_] = np.asarray(model.predict(features)).reshape(-1) == positive
    except (Warning, Refused):
        raise
    except Exception as error:
        what = f"The model's predict failed on these rows ({own_words(error, model, features)})."
        raise Refused("M02", what, _named(model), f"Fix the cause it reports. {AS_LEFT_OUT}") from None
    return found


def own_threshold(model: Any) -> float | None:
    """Return the model's own threshold, None if it has none, or has not tuned it yet.

    Raises
    ------
    Refused
        M03 if a threshold has no effect where it is, does not apply to a probability, or if there are two.
    """
    path = [part for part in layers(model) if isinstance(part, THRESHOLDS)]
    for part in parts(bare(model)):
        if isinstance(part, THRESHOLDS):
            what = (
                f"{type(part).__name__} is inside {class_path(final_step(model))}, where its threshold does not make"
                " the decision."
            )
            raise Refused("M03", what, _named(model), "Put it around the whole model, or around the last step of the Pipeline.")
    found = [_of(part) for part in path]
    if len(set(found)) > 1:
        what = f"The model has {len(found)} thresholds of its own, nested: {', '.join(map(str, found))}."
        raise Refused("M03", what, _named(model), "Keep the outermost one.")
    return found[0] if found else None


def settled_threshold(model: Any, policy: Policy, features: Any, positive: Any) -> str:
    """Return the threshold of a fitted model as far as it is known before the audit rows are opened.

    Parameters
    ----------
    model : fitted classifier or Pipeline
        As it was passed in, with any threshold of its own.
    policy : Policy
    features : pandas or polars DataFrame
        Rows on which the model's own `predict` is compared with its scores.
    positive : object
        The class label that the contract calls positive.

    Returns
    -------
    str
        Decimal text; empty if the policy's threshold is a capacity.

    Raises
    ------
    Refused
        M02 if the model gives the same rows other scores the next time; M03 if it decides by its own rule, and
        the policy by another.
    """
    own, rule = own_threshold(model), policy.threshold
    refuse_two_thresholds(model, policy)
    score = positive_scores(model, features, positive)
    said = decided(model, features, positive) if hasattr(model, "predict") else score > 0.5
    if own is not None:
        if (said != (score >= own)).any():
            _refuse_chance(model, features, positive, score)
            what = f"The model's own threshold, {own!r}, does not apply to the probability of its class {positive!r}."
            remedy = f"Set response_method='predict_proba', pos_label={positive!r} and a matching threshold."
            raise Refused("M03", what, _named(model), remedy)
        return repr(own) if rule.value == "model" else fixed(policy)
    likelier = ((said == (score > 0.5)) | (np.abs(score - 0.5) < _AT_HALF)).all()
    if likelier:
        return LIKELIER if rule.value == "model" else fixed(policy)
    if isinstance(rule.value, float) and (said == (score >= rule.value)).all():
        return fixed(policy)
    _refuse_chance(model, features, positive, score)
    what = "The model's own predict does not choose the likelier of its two classes, and "
    what += (
        "its rule cannot be determined."
        if rule.value == "model"
        else f"it does not follow the policy either: {_policys(policy)}."
    )
    remedy = (
        "Write its threshold as value under threshold in the policy, and wrap it in FixedThresholdClassifier with that"
        " threshold; or calibrate it: sklearn.calibration.CalibratedClassifierCV(estimator)."
    )
    raise Refused("M03", what, _named(model), remedy)


def refuse_two_thresholds(model: Any, policy: Policy) -> None:
    """Refuse (M03) a model with its own threshold if the policy gives another one, or a capacity."""
    own, rule = own_threshold(model), policy.threshold
    if own is None or rule.value == "model" or (rule.value is not None and own == float(fixed(policy))):
        return
    what = f"The model has a threshold of its own, {own!r}, but the policy says {_policys(policy)}."
    remedy = "Write value: model under threshold in the policy, or pass the model without its threshold."
    raise Refused("M03", what, _named(model), remedy)


def _policys(policy: Policy) -> str:
    rule = policy.threshold
    return next(
        f"{name} {value:g}" for name in ("value", "capacity", "share") if isinstance(value := getattr(rule, name), int | float)
    )


def _of(part: Any) -> float | None:
    if part.response_method == "decision_function":
        what = f"{type(part).__name__} applies its threshold to the decision function, but the audit uses a probability."
        remedy = "Set response_method='predict_proba' and a matching threshold."
        raise Refused("M03", what, _named(part), remedy)
    said = part.threshold if isinstance(part, FixedThresholdClassifier) else getattr(part, "best_threshold_", None)
    own = 0.5 if said == "auto" else None if said is None else float(said)
    if own is not None and not 0 <= own <= 1:
        what = f"The model's own threshold, {own!r}, is outside [0, 1]."
        raise Refused("M03", what, _named(part), "Give it a threshold that a probability can reach.")
    return own


def stripped(model: Any) -> Any:
    """Return `model`, or a copy that contains only what it needs to decide, and predicts in one thread.

    Several threads add up in any order. A score on the threshold could be on either side of it from one call to the
    next. Samplers work in fit only, and keep rows that they have seen. Metadata requests are only for fit too; each contains
    the estimator it belongs to, a circular reference that no file can store.
    """
    if not any(_has_more(part) for part in parts(model)):
        return model
    try:
        found = copy.deepcopy(model)
        for part in parts(found):
            if vars(part).get("n_jobs") is not None:
                part.n_jobs = 1
            if hasattr(part, "fit_resample"):
                part.__dict__ = vars(clone(part))
            vars(part).pop(_REQUESTS, None)
    except Exception as error:
        what = f"The model cannot be copied ({type(error).__name__})."
        raise Refused("M02", what, _named(model), "Set n_jobs=None, or use steps that copy.deepcopy can copy.") from error
    return found


def _has_more(part: Any) -> bool:
    return vars(part).get("n_jobs") not in (None, 1) or hasattr(part, "fit_resample") or _REQUESTS in vars(part)


def _refuse_chance(model: Any, features: Any, positive: Any, score: npt.NDArray[np.float64]) -> None:
    """Refuse a model that gives the same rows other scores the next time: that it has no rule would be said of it in vain."""
    if (np.abs(positive_scores(model, features, positive) - score) > _AT_HALF).any():
        what = "The model gives the same rows other scores the next time, so its decisions cannot be reproduced."
        remedy = "Use an estimator, and steps before it, that draw nothing at random when they predict."
        raise Refused("M02", what, _named(model), remedy)


def _named(model: Any) -> str:
    return f"Estimator {class_path(final_step(model))}"
