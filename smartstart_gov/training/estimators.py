"""What an estimator is made of: its steps, its parameters, and the scores it gives."""

from __future__ import annotations

import copy
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import get_config
from sklearn.base import clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.utils.metadata_routing import MetadataRouter, get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from smartstart_gov.errors import OTHER_OUTCOMES, Refused
from smartstart_gov.training.own_words import AS_LEFT_OUT, own_words

Floats = npt.NDArray[np.float64]
#: Classifiers whose `predict` is a threshold of their own.
THRESHOLDS = (FixedThresholdClassifier, TunedThresholdClassifierCV)
#: A parameter is written in at most this many characters.
LONGEST_PARAMETER = 200
#: What fairness there is that a released model can carry.
_ANOTHER_WAY = (
    "fairlearn.reductions.GridSearch gives one model that always decides the same way; row weights (role weight) and"
    " fairlearn.preprocessing.CorrelationRemover are alternatives."
)
_DRAWS = "decides at random: the same person may get a different answer the next time, so its decisions cannot be reproduced."
_VOTES = f"{_ANOTHER_WAY} Or use its share of votes as the score of a classifier of your own: docs/how-to/which-models.md."
_BY_GROUP = (
    "has a separate threshold for each group, so group membership itself affects the decision, and chooses between two"
    " thresholds at random. A released model does not know the group, and always decides a case the same way."
)
_INSIDE = f"Pass the estimator inside it. {_ANOTHER_WAY} Decisions it made elsewhere can be audited with audit_predictions."
#: Classes of fairlearn that take no decision which can be audited and released: what they do, and what to do about it.
_NO_DECISION = {
    "ExponentiatedGradient": (_DRAWS, _VOTES),
    "InterpolatedThresholder": (_BY_GROUP, _INSIDE),
    "ThresholdOptimizer": (_BY_GROUP, _INSIDE),
}
#: Values of these types are written out; of anything else, the class or the function's name.
_WRITTEN_OUT = (bool, int, float, str, tuple, list, dict, set, range, np.ndarray, np.generic)


def prepare(estimator: Any, random_state: int) -> Any:
    """Return an unfitted copy of `estimator` whose open `random_state` parameters are set.

    Only parameters called random_state that are None are set, nested ones included; what the caller
    fixed stays as it is.

    Raises
    ------
    Refused
        M02 if it is not a scikit-learn classifier, is frozen, or cannot be cloned; M03 if it gives no probabilities.
    """
    require_classifier(estimator)
    name = class_path(estimator)
    where = f"Estimator {name}"
    if any(isinstance(part, FrozenEstimator) and _is_classifier(part) for part in parts(estimator)):
        what = "The estimator contains a frozen classifier, which cannot be fitted on the fit part."
        remedy = "Pass an estimator that can be fitted; audit_model audits one that is already fitted."
        raise Refused("M02", what, where, remedy)
    try:
        made = clone(estimator)
        names = [k for k, v in made.get_params(deep=True).items() if k.rpartition("__")[2] == "random_state" and v is None]
        made.set_params(**dict.fromkeys(names, random_state))
    except Exception as error:
        what = f"{name} cannot be cloned ({type(error).__name__})."
        remedy = (
            "Store every argument of its __init__ as an attribute of the same name. catboost copies lists: write"
            " cat_features=(0, 1), and let the step before it return a DataFrame (set_output(transform='pandas'))."
        )
        raise Refused("M02", what, where, remedy) from error
    # Whether an object has probabilities may depend on what it is fitted with; a class without any has none.
    require_probabilities(type(final_step(made)))
    return made


def require_classifier(estimator: Any) -> None:
    """Refuse (M02) anything that is not a scikit-learn classifier object."""
    name = class_path(estimator)
    where = f"Estimator {name}"
    if isinstance(estimator, type):
        raise Refused("M02", "The estimator is a class, not an object.", where, f"Pass {estimator.__name__}().")
    if not (hasattr(estimator, "get_params") and hasattr(estimator, "fit")):
        raise Refused("M02", f"{name} is not a scikit-learn estimator.", where, "Pass a scikit-learn classifier or Pipeline.")
    for part in nested(estimator):
        if (found := _NO_DECISION.get(_from_fairlearn(part))) is not None:
            raise Refused("M02", f"{class_path(part)} {found[0]}", where, found[1])
    if not _is_classifier(estimator):
        remedy = f"Pass a classifier, or a Pipeline that ends in one. {OTHER_OUTCOMES}"
        raise Refused("M02", f"{name} is not a classifier.", where, remedy)


def _is_classifier(estimator: Any) -> bool:
    try:
        # fairlearn's search over reductions does not say what it is; it is what it searches.
        last = final_step(estimator)
        return bool(is_classifier(last.estimator if _from_fairlearn(last) == "GridSearch" else estimator))
    except Exception:
        # An object that only looks like an estimator may fail in many ways when asked for its tags.
        return False


def _from_fairlearn(part: Any) -> str:
    """Return the class of what comes from fairlearn, and nothing of what does not; fairlearn itself is not opened for it."""
    return type(part).__name__ if type(part).__module__.startswith("fairlearn.") else ""


def require_probabilities(estimator: Any) -> None:
    """Refuse (M03) an estimator, or a class of them, that gives no probabilities: the policy's threshold is one."""
    if not hasattr(estimator, "predict_proba"):
        last = final_step(estimator)
        name = class_path(last)
        what = f"{name} gives no probabilities, but the policy's threshold is a probability."
        raise Refused("M03", what, f"Estimator {name}", _way_to_probabilities(last))


def _way_to_probabilities(classifier: Any) -> str:
    """Return what makes a classifier without probabilities give some; calibration needs scores to begin with."""
    if getattr(classifier, "voting", None) == "hard":
        members = dict(classifier.estimators)
        without = [name for name, member in members.items() if not hasattr(member, "predict_proba")]
        wrapped = f", and wrap {', '.join(without)} in sklearn.calibration.CalibratedClassifierCV" if without else ""
        return f"Make it average probabilities instead of counting votes: voting='soft'{wrapped}."
    if hasattr(classifier, "decision_function"):
        return "Wrap it: sklearn.calibration.CalibratedClassifierCV(estimator)."
    return "Use a classifier that gives probabilities, or scores (decision_function) that can be calibrated."


def positive_scores(model: Any, features: Any, positive: object = 1) -> Floats:
    """Return the probability of the class `positive` for each row, shape (n_rows,).

    Raises
    ------
    Refused
        M03 if the model gives no probabilities, M02 if it fails on these rows, D08 if a probability is not finite
        or outside [0, 1].
    """
    require_probabilities(model)
    try:
        table = np.asarray(model.predict_proba(features), dtype=np.float64)
    except (Warning, Refused):
        raise
    except Exception as error:
        what = f"The model failed on these rows ({own_words(error, model, features)})."
        remedy = f"Fix the cause it reports; the columns must be the same as when it was fitted. {AS_LEFT_OUT}"
        raise Refused("M02", what, f"Estimator {class_path(final_step(model))}", remedy) from None
    scores: Floats = table[:, classes_of(model).index(positive)]
    bad = int((~(np.isfinite(scores) & (scores >= 0) & (scores <= 1))).sum())
    if bad:
        what = f"{bad} of {len(scores)} scores are not finite or lie outside [0, 1]."
        remedy = "Fix the estimator: predict_proba must give probabilities."
        raise Refused("D08", what, f"Estimator {class_path(final_step(model))}", remedy)
    return scores


def classes_of(model: Any) -> list[Any]:
    """Return the classes of a fitted model, in the order of its probabilities; none if it names none."""
    return list(np.asarray(getattr(bare(model), "classes_", ())).tolist())


def layers(model: Any) -> Iterator[Any]:
    """Yield `model` and, one after the other, the estimators to which its `predict` delegates.

    Those are the last step of a pipeline, the best estimator of a search, and the estimator to which a threshold applies.
    """
    yield model
    inner = _inner(model)
    if inner is not None:
        yield from layers(inner)


def final_step(estimator: Any) -> Any:
    """Return the last of `layers`: the classifier behind pipelines, a finished search and thresholds."""
    *_, last = layers(estimator)
    return last


def weight_route(estimator: Any) -> str | None:
    """Return the keyword under which `fit` passes row weights to the classifier; None if they would not reach it.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> weight_route(make_pipeline(LogisticRegression())), weight_route(KNeighborsClassifier())
    ('logisticregression__sample_weight', None)
    """
    if get_config()["enable_metadata_routing"]:
        routing = get_routing_for_object(estimator)
        if isinstance(routing, MetadataRouter):
            return "sample_weight" if routing.consumes("fit", ["sample_weight"]) else None
    if _is_pipeline(estimator):
        name, last = estimator.steps[-1]
        inner = weight_route(last)
        return None if inner is None else f"{name}__{inner}"
    if isinstance(estimator, THRESHOLDS):
        return None  # they pass on nothing but by metadata routing
    if hasattr(estimator, "refit") and hasattr(estimator, "estimator"):
        return weight_route(estimator.estimator)
    # A composition takes weights, and may keep them from classifiers within it that take none.
    takes = all(
        has_fit_parameter(part, "sample_weight") for part in nested(estimator) if part is estimator or _is_classifier(part)
    )
    return "sample_weight" if takes else None


def sensitive_route(estimator: Any) -> str | None:
    """Return the keyword under which `fit` passes sensitive features to the estimator; None if none asks for them.

    An estimator asks by metadata routing, by a parameter ``sensitive_features`` of its `fit`, or as fairlearn's reductions do.

    Raises
    ------
    Refused
        M02 if one asks from a place to which no `fit` passes anything.
    """
    if get_config()["enable_metadata_routing"]:
        routing = get_routing_for_object(estimator)
        if routing.consumes("fit", ["sensitive_features"]):
            return "sensitive_features"
    asking = [part for part in nested(estimator) if _asks_for_groups(part)]
    if not asking:
        return None
    route, part = "", estimator
    while part is not asking[0]:
        if _is_pipeline(part):
            name, part = part.steps[-1]
            route += f"{name}__"
        elif hasattr(part, "refit") and hasattr(part, "estimator"):
            part = part.estimator
        else:
            what = f"{class_path(asking[0])} asks for sensitive features, but no fit around it passes them on."
            remedy = (
                "Make it the last step of the Pipeline; or request them with set_fit_request(sensitive_features=True), under"
                " sklearn.set_config(enable_metadata_routing=True)."
            )
            raise Refused("M02", what, f"Estimator {class_path(final_step(estimator))}", remedy)
    return f"{route}sensitive_features"


def _asks_for_groups(part: Any) -> bool:
    reduction = type(part).__module__.startswith("fairlearn.reductions.") and hasattr(part, "fit")
    return reduction or (hasattr(part, "fit") and has_fit_parameter(part, "sensitive_features"))


def bare(model: Any) -> Any:
    """Return a fitted `model` without the searches and thresholds around it, or around the last step of its pipeline.

    Its scores are those of `model`.
    """
    layers = [model]
    while (inner := _inner(layers[-1])) is not None:
        layers.append(inner)
    found = layers.pop()
    inside = found
    for outer in reversed(layers):
        # Of what stands around, only a pipeline is kept: as it is, or with what was found as its last step.
        if _is_pipeline(outer) and found is inside:
            found = outer
        elif _is_pipeline(outer):
            changed = copy.copy(outer)
            changed.steps = [*outer.steps[:-1], (outer.steps[-1][0], found)]
            found = changed
        inside = outer
    return found


def _inner(model: Any) -> Any:
    # What is frozen shows the attributes of what it holds, so it is asked first.
    if isinstance(model, FrozenEstimator):
        return model.estimator
    if isinstance(model, THRESHOLDS):
        return getattr(model, "estimator_", model.estimator)
    if _is_pipeline(model):
        return model.steps[-1][1]
    if _from_fairlearn(model) == "GridSearch":
        return model.predictors_[model.best_idx_] if hasattr(model, "best_idx_") else None
    return getattr(model, "best_estimator_", None)


def _is_pipeline(model: Any) -> bool:
    return bool(getattr(model, "steps", None)) and not isinstance(model, FrozenEstimator)


def parts(model: Any) -> Iterator[Any]:
    """Yield every estimator inside `model`, parameters and fitted copies, outermost first."""
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        thing = waiting.pop(0)
        if id(thing) in seen or isinstance(thing, type):
            continue
        seen.add(id(thing))
        if isinstance(thing, Mapping):
            waiting.extend(thing.values())
        elif isinstance(thing, list | tuple):
            waiting.extend(thing)
        elif isinstance(thing, np.ndarray) and thing.dtype == object:
            waiting.extend(thing.ravel().tolist())
        elif hasattr(thing, "fit") or hasattr(thing, "predict_proba"):
            yield thing
            waiting.extend(getattr(thing, "__dict__", {}).values())


def nested(estimator: Any) -> Iterator[Any]:
    """Yield `estimator` and every estimator in its parameters, outermost first and in order, each object once."""
    seen: set[int] = set()
    waiting = [estimator]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, list | tuple):
            waiting[:0] = part
        elif hasattr(part, "get_params") and not isinstance(part, type) and id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting[:0] = part.get_params(deep=False).values()


def steps(estimator: Any) -> tuple[str, ...]:
    """Return the classes of all steps in order; the last one is the final estimator."""
    last = final_step(estimator)
    inner = [part for part in nested(estimator) if part is not last and not hasattr(part, "steps")]
    return (*(class_path(part) for part in inner), class_path(last))


def class_path(thing: Any) -> str:
    """Return class and module by the public name, like ``sklearn.linear_model.LogisticRegression``."""
    kind = thing if isinstance(thing, type) else type(thing)
    public = kind.__module__.partition("._")[0]
    if getattr(sys.modules.get(public), kind.__qualname__, None) is kind:
        return f"{public}.{kind.__qualname__}"
    return f"{kind.__module__}.{kind.__qualname__}"


def changed_parameters(estimator: Any) -> dict[str, str]:
    """Return every parameter that is not its default, as text; estimators themselves are among the steps."""
    parameters, found = _parameters(estimator), {}
    for name, value in parameters.items():
        owner, _, last = name.rpartition("__")
        if _is_composition(value):
            continue
        holder = parameters[owner] if owner else estimator
        if not _is_default(holder, last, value):
            found[name] = parameter_text(value)
    return dict(sorted(found.items()))


def chosen_parameters(model: Any) -> dict[str, str]:
    """Return the parameters that a fitted search chose, as text, under the name ``best estimator__...``."""
    chosen: Mapping[str, Any] = next((found for part in layers(model) if (found := getattr(part, "best_params_", None))), {})
    return {f"best estimator__{name}": parameter_text(value) for name, value in sorted(chosen.items())}


def parameter_text(value: Any) -> str:
    """Return a parameter as one short line that is the same in every run: no addresses, no long arrays."""
    if value is None or isinstance(value, _WRITTEN_OUT):
        text = re.sub(r" at 0x[0-9a-fA-F]+", "", " ".join(repr(value).split()))
    elif callable(value) and hasattr(value, "__name__"):
        text = f"{getattr(value, '__module__', None) or 'unknown'}.{getattr(value, '__qualname__', value.__name__)}"
    else:
        text = class_path(value)
    return text if len(text) <= LONGEST_PARAMETER else text[: LONGEST_PARAMETER - 3] + "..."


def _parameters(estimator: Any) -> dict[str, Any]:
    found: dict[str, Any] = estimator.get_params(deep=True)
    return found


def _is_composition(value: Any) -> bool:
    """Whether a parameter is an estimator, or the list of named estimators of a pipeline."""
    if hasattr(value, "get_params"):
        return True
    return isinstance(value, list) and any(isinstance(i, tuple) and any(hasattr(j, "get_params") for j in i) for i in value)


def _is_default(holder: Any, name: str, value: Any) -> bool:
    # A class that passes keywords on to the one that it extends has the parameters of both.
    inits = (vars(kind)["__init__"] for kind in type(holder).__mro__ if "__init__" in vars(kind))
    found = (inspect.signature(init).parameters.get(name) for init in inits if inspect.isfunction(init))
    parameter = next((one for one in found if one is not None), None)
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return False
    default = parameter.default
    if value is default:
        return True
    return type(value) is type(default) and repr(value) == repr(default)
