"""explain(): Shapley values of the model's output on the contract's columns, averaged.

Values are interventional (Janzing, Minorics and Blöbaum, AISTATS 2020): a column that the model does
not use gets exactly 0, however much it resembles one that is used. They are exact if the form of the
model allows it: linear and Gaussian models (`closed_forms`), tree ensembles (`tree_values`), and any
model of few columns (`any_model`). Anything else is estimated from orders of the columns. Whatever the
method, the values of each explained row are added up and compared with the model's own output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from smartstart_gov.authoring.policy import Explaining
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.explanation.any_model import MOST_ENUMERATED, Coalitions, Orders
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.explanation.boosters import booster_ensemble
from smartstart_gov.explanation.closed_forms import Linear, Quadratic, is_gaussian, is_linear
from smartstart_gov.explanation.explainer import FEWEST_ROWS, Explainer, Floats, Scale, TooDear, affordable, scale_of
from smartstart_gov.explanation.matrix import Matrix, open_up, taken
from smartstart_gov.explanation.sampling import Ints, Sample, draw, lottery, mean_and_error, rarest
from smartstart_gov.explanation.sizing import Sized, sized
from smartstart_gov.explanation.tree_values import Trees
from smartstart_gov.explanation.trees import sklearn_ensemble
from smartstart_gov.intake.frames import rows as rows_at
from smartstart_gov.training.estimators import class_path, final_step, positive_scores
from smartstart_gov.training.subject import Classifier

#: Largest difference between the score handed over and the model's score for the same row.
_SAME_SCORE = 1e-9
_Behind = Callable[[int], Matrix]


def explain(
    model: Classifier,
    *,
    background: Any,
    rows: Any,
    predictions: Predictions,
    attributes: Sequence[str],
    features: Sequence[str],
    settings: Explaining,
    positive: object = 1,
) -> Attribution:
    """Explain what `model` relies on: mean absolute Shapley value per column, for everybody and per group.

    Parameters
    ----------
    model : fitted classifier or Pipeline
    background : pandas or polars DataFrame
        Rows to compare with (those of the fit part); `settings.background` of them are drawn.
    rows : pandas or polars DataFrame, shape (n_rows, n_columns)
        Rows to explain, aligned with `predictions`; some of them are drawn (`smartstart_gov.explanation.sizing`),
        of every group of every attribute. Means are weighted back to all rows.
    predictions : Predictions
    attributes : sequence of str
        Groupings of `predictions` for which means are given.
    features : sequence of str
        Columns of the contract that the model gets, in its order.
    settings : Explaining
        How precise, within how many rows and how much time. The order of the rows does not matter.
    positive : object
        The class label that the contract calls positive.

    Returns
    -------
    Attribution
        It contains no value of a single row. A group with fewer than two explained rows gets nan.

    Raises
    ------
    Refused
        D10 if `rows` and `predictions` are not the same rows, D13 for an unknown attribute, M04 if
        no method explains the model within the time, or values do not add up to its output.
    """
    groups = _groups(predictions, attributes, rows)
    near = rows_at(background, draw(lottery(background, [], settings.seed), None, settings.background).rows, features)
    tickets = lottery(rows, [g.codes for g in groups], settings.seed)
    by = rarest([g.codes for g in groups])
    wanted = draw(tickets, by, settings.rows)
    drawn = _Drawn(rows, wanted.rows, features, partial(positive_scores, model, positive=positive))
    _refuse_other_rows(drawn.scores(wanted.rows), predictions, wanted)
    reasons: list[str] = []
    for explainer in _explainers(model, near, features, settings.seed, reasons, positive):
        try:
            seen = drawn.as_seen_by(explainer)
            number = affordable(explainer, seen(wanted.rows), settings.seconds)
            size = sized(
                partial(_values, explainer, seen), partial(draw, tickets, by),
                target=settings.standard_error, most=len(wanted.rows), affordable=number,
            )  # fmt: skip
            found, at = size.values, size.sample.rows
            output, scores = explainer.output(seen(at)), drawn.scores(at)
            gap = float(np.abs(explainer.baseline + found.sum(axis=1) - output).max())
            if not explainer.margin:
                gap = max(gap, float(np.abs(output - scores).max()))
        except Warning:
            raise
        except Exception as error:
            reasons.append(f"{explainer.name}: {error if isinstance(error, TooDear) else type(error).__name__}")
            continue
        if not gap <= explainer.tolerance * max(1.0, float(np.abs(output).max())):
            reasons.append(f"{explainer.name}: values miss the model's output by {gap:.2g}")
            continue
        said = f"{explainer.name}, {len(near)} background rows"
        if isinstance(explainer, Orders):
            few = slice(0, FEWEST_ROWS)
            said += f"; other orders move a value by {explainer.order_error(seen(at[few]), found[few]):.2g}"
        if size.ended == "seconds":
            said += f"; cut from {len(wanted.rows)} to {len(at)} rows to stay within {settings.seconds} s"
        scale = scale_of(explainer, output, scores)
        return _attribution(explainer, scale, said, size, groups, background=len(near), gap=gap)
    what = f"The model cannot be explained ({'; '.join(reasons)})."
    where = f"Estimator {class_path(final_step(model))}"
    remedy = "Use a simpler or faster model, fewer columns, or fewer rows in the policy's explanation."
    raise Refused("M04", what, where, remedy)


class _Drawn:
    """The rows of the largest draw, which are scored and transformed once; a smaller draw hardly ever has another row."""

    def __init__(self, rows: Any, at: Ints, features: Sequence[str], score: Callable[[Any], Floats]) -> None:
        self._rows, self._features, self._score = rows, features, score
        self._place = {row: place for place, row in enumerate(at.tolist())}
        self._native = rows_at(rows, at, features)
        self._scores = score(self._native)

    def _looked_up(self, made: Any, at: Ints, make: Callable[[Any], Any]) -> Any:
        """Return the rows `at` of what was made of the largest draw, or make them where it lacks one."""
        places = [self._place.get(row, -1) for row in at.tolist()]
        return make(rows_at(self._rows, at, self._features)) if -1 in places else taken(made, places)

    def scores(self, at: Ints) -> Floats:
        """Return the model's scores of rows."""
        return np.asarray(self._looked_up(self._scores, at, self._score))

    def as_seen_by(self, explainer: Explainer) -> Callable[[Ints], Any]:
        """Return what gives rows as `explainer` takes them."""
        table = explainer.seen(self._native)
        return lambda at: self._looked_up(table, at, explainer.seen)


def _values(explainer: Explainer, seen: Callable[[Ints], Any], at: Ints) -> Floats:
    return explainer.values(seen(at))


def _groups(predictions: Predictions, attributes: Sequence[str], rows: Any) -> list[GroupCodes]:
    found = []
    if len(rows) != predictions.n:
        what = f"There are {len(rows)} rows to explain and {predictions.n} predictions."
        found.append(Violation(rule="D10", what=what, where="Argument rows", remedy="Pass the features of the same rows."))
    for name in attributes:
        if name not in predictions.groups:
            what = f"Attribute {name!r} is not among the groups of the predictions."
            remedy = f"Use one of {', '.join(predictions.groups) or 'none'}."
            found.append(Violation(rule="D13", what=what, where="Argument attributes", remedy=remedy))
    if found:
        raise Refused.of(found)
    return [predictions.groups[name] for name in attributes]


def _refuse_other_rows(scores: Floats, predictions: Predictions, sample: Sample) -> None:
    if predictions.score is not None and np.abs(scores - predictions.score[sample.rows]).max() > _SAME_SCORE:
        what = "The model's scores for these rows differ from those in the predictions."
        raise Refused("D10", what, "Argument rows", "Pass the features of the same rows, in the same order.")


def _explainers(
    model: Any, near: Any, features: Sequence[str], seed: int, reasons: list[str], positive: Any
) -> Iterator[Explainer]:
    """Yield the ways to explain `model`, exact ones first."""
    transformers, final = open_up(model)
    # What the first so many transformers make of the background.
    behind = cache(lambda count: Matrix.of(transformers[:count], features, near))
    for form in (_behind_linear_steps, _by_form):
        try:
            found = form(final, transformers, behind, positive)
        except Warning:
            raise
        except Exception as error:
            reasons.append(f"the form of the model: {type(error).__name__}")
            continue
        if found is not None:
            yield found
    if len(features) <= MOST_ENUMERATED:
        yield Coalitions(model, features, near, positive)
    yield Orders(model, features, near, seed, positive)


def _behind_linear_steps(final: Any, transformers: Sequence[Any], behind: _Behind, positive: Any) -> Explainer | None:
    """Return what explains a linear model by columns that its last steps mix, or None where they mix none."""
    if not is_linear(final) or not behind(len(transformers)).folding.joint:
        return None
    for last in range(len(transformers) - 1, -1, -1):
        if not behind(last).folding.joint:
            return Linear(final, behind(last), between=transformers[last:])
    return None


def _by_form(final: Any, transformers: Sequence[Any], behind: _Behind, positive: Any) -> Explainer | None:
    """Return what explains a model of a known form exactly, or None."""
    ensemble = sklearn_ensemble(final, positive) or booster_ensemble(final)
    if ensemble is None and not is_linear(final) and not is_gaussian(final):
        return None
    matrix = behind(len(transformers))
    # Where every column of the contract ends up in one block, the block says nothing.
    if matrix.folding.labels == matrix.folding.joint and len(matrix.folding.labels) == 1:
        return None
    if ensemble is not None:
        return Trees(ensemble, matrix)
    return (Linear if is_linear(final) else Quadratic)(final, matrix)


def _attribution(
    explainer: Explainer, scale: Scale, said: str, size: Sized, groups: Sequence[GroupCodes], *, background: int, gap: float
) -> Attribution:
    sizes, sample = np.abs(size.values), size.sample
    members = [("", "overall", np.ones(len(sizes), dtype=bool))]
    for group in groups:
        codes = group.codes[sample.rows]
        members += [(group.name, level, codes == i) for i, level in enumerate(group.levels)]
    found = [mean_and_error(sizes, sample, member) for _, _, member in members]
    order = np.argsort(-found[0][0], kind="stable")
    leads = mean_and_error(sizes[:, order[:-1]] - sizes[:, order[1:]], sample, members[0][2])[1]
    return Attribution(
        features=explainer.labels, scale=scale, explainer=said, rows=len(sizes), background=background,
        additivity_gap=gap, by=tuple(by for by, _, _ in members), groups=tuple(level for _, level, _ in members),
        group_rows=tuple(int(member.sum()) for _, _, member in members),
        mean_absolute=np.vstack([mean for mean, _ in found]), standard_error=np.vstack([error for _, error in found]),
        lead_error=leads, ended=size.ended, reached=size.reached,
    )  # fmt: skip
