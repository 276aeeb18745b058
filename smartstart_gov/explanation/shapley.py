"""explain(): Shapley values of the model's output, folded back to the contract's columns and averaged.

Values are interventional (Janzing, Minorics and Blöbaum, AISTATS 2020): a column that the model does
not use gets exactly 0, however much it resembles one that is used. Linear models are exact in closed
form; trees go through shap's tree routine on the transformed matrix (Lundberg et al., Nature Machine
Intelligence 2, 2020); anything else through shap's permutations of the contract's own columns, which
are exact for interactions of two columns. Whatever the method, the values of each explained row are
added up and held against the model's own output. The only door of shap.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.policy import Explaining
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.explanation.ensembles import Ensemble, ensemble_of
from smartstart_gov.explanation.explainer import Explainer, Floats, Scale, TooDear, affordable, margin_scale
from smartstart_gov.explanation.folding import Folding
from smartstart_gov.explanation.linear import Linear, Matrix, is_linear, open_up
from smartstart_gov.explanation.sampling import Sample, draw, lottery, mean_and_error, rarest
from smartstart_gov.explanation.sizing import Sized, sized
from smartstart_gov.intake.frames import pick, stack, values
from smartstart_gov.intake.frames import rows as rows_at
from smartstart_gov.training.estimators import class_path, final_step, positive_scores

#: Largest gap between the sum of a row's values and the model's output, relative to the largest output
#: (or to 1). The tree routine adds leaves in 32-bit floats, each good to 6e-8; a lost tree, column or
#: class shows in the second or third digit.
TOLERANCE = 1e-6
#: A block of rows that took less than this is followed by one twice as large.
_BLOCK_SECONDS = 3.0
#: Largest difference between the score handed over and the model's score for the same row.
_SAME_SCORE = 1e-9


class Trees:
    """Values of a tree ensemble by shap's tree routine, on columns coded by rank."""

    name = "shap TreeExplainer, interventional"
    cheap = False

    def __init__(self, model: Any, ensemble: Ensemble, matrix: Matrix, background: Any, positive: Any = 1) -> None:
        self._model, self._ensemble, self._matrix, self._positive = model, ensemble, matrix, positive
        self._background = ensemble.coded(matrix.dense(background))
        self.labels = matrix.folding.labels
        self.scale: Scale = "probability"
        if ensemble.margin:
            self.scale = margin_scale(model.decision_function(background), positive_scores(model, background, positive))
        self._used = Folding(labels=self.labels, place=matrix.folding.place[ensemble.used])

    def output(self, native: Any) -> Floats:
        """Return the model's decision function (boosting) or probability (forests and trees), shape (n_rows,)."""
        if self._ensemble.margin:
            return np.asarray(self._model.decision_function(native), dtype=np.float64)
        return positive_scores(self._model, native, self._positive)

    def values(self, native: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        coded = np.vstack([self._ensemble.coded(block) for block in self._matrix.blocks(native)])
        if not len(self._ensemble.used):
            return np.zeros((len(coded), len(self.labels)))
        import shap

        # Without an explicit masker, shap silently keeps 100 rows of the background.
        masker = shap.maskers.Independent(self._background, max_samples=len(self._background))
        routine = shap.TreeExplainer(
            {"trees": self._ensemble.as_dictionaries()}, data=masker, feature_perturbation="interventional", model_output="raw"
        )
        return self._used.fold(np.vstack([np.reshape(block, (-1, coded.shape[1])) for block in _in_blocks(routine, coded)]))

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes."""
        return 0.0


def _in_blocks(routine: Any, coded: Floats) -> Iterator[Floats]:
    """Yield the values block by block: after ten seconds in one call, shap's routine draws a bar on stderr."""
    start, size = 0, 1
    while start < len(coded):
        begin = time.monotonic()
        yield np.asarray(routine.shap_values(coded[start : start + size], check_additivity=False), dtype=np.float64)
        start += size
        size = size * 2 if time.monotonic() - begin < _BLOCK_SECONDS else max(1, size // 2)


class Permutations:
    """Values of any model by shap's antithetic permutations of the contract's columns, coded as integers."""

    name = "shap Permutation over the contract's columns, interventional"
    scale: Scale = "probability"
    cheap = False

    def __init__(self, model: Any, features: Sequence[str], background: Any, seed: int, positive: Any = 1) -> None:
        self._model, self._background, self._seed, self._positive = model, background, seed, positive
        self.labels = tuple(features)

    def output(self, native: Any) -> Floats:
        """Return the model's probability of the positive class, shape (n_rows,)."""
        return positive_scores(self._model, native, self._positive)

    def values(self, native: Any) -> Floats:
        """Return the values, shape (n_rows, n_labels)."""
        import shap

        both = stack(self._background, native)
        codes, places = _codes(both, self.labels)
        split = len(self._background)

        def score(coded: Floats) -> Floats:
            chosen = [place[column] for place, column in zip(places, coded.T.astype(np.int64), strict=True)]
            return positive_scores(self._model, pick(both, dict(zip(self.labels, chosen, strict=True))), self._positive)

        masker = shap.maskers.Independent(codes[:split], max_samples=split)
        # shap seeds numpy's global generator; whoever called us keeps theirs.
        state = np.random.get_state()
        try:
            routine = shap.explainers.Permutation(score, masker, seed=self._seed % 2**32)
            found = routine(codes[split:], max_evals=2 * len(self.labels) + 1, silent=True)
        finally:
            np.random.set_state(state)
        return np.asarray(found.values, dtype=np.float64)

    def seconds_a_row(self) -> float:
        """Return a first guess of the time one row takes: one look at the background for every mask."""
        begin = time.perf_counter()
        self.output(self._background)
        return (time.perf_counter() - begin) * (2 * len(self.labels) + 1)


def explain(
    model: Any,
    *,
    background: Any,
    rows: Any,
    predictions: Predictions,
    attributes: Sequence[str],
    features: Sequence[str],
    settings: Explaining,
    positive: Any = 1,
) -> Attribution:
    """Explain what `model` relies on: mean absolute Shapley value a column, for everybody and a group.

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
        How sure, within how many rows and how much time. The order of the rows does not matter.
    positive : object
        The class of the model that means: it is so.

    Returns
    -------
    Attribution
        No value of a single row is in it. A group with fewer than two explained rows gets nan.

    Raises
    ------
    Refused
        D10 where `rows` and `predictions` are not the same rows, D13 for an unknown attribute, M04 where
        no method explains the model within the time, or values do not add up to its output.
    """
    groups = _groups(predictions, attributes, rows)
    near = rows_at(background, draw(lottery(background, [], settings.seed), None, settings.background).rows, features)
    tickets = lottery(rows, [g.codes for g in groups], settings.seed)
    by = rarest([g.codes for g in groups])
    wanted = draw(tickets, by, settings.rows)
    drawn = rows_at(rows, wanted.rows, features)
    _refuse_other_rows(model, drawn, predictions, wanted, positive)
    reasons: list[str] = []
    for explainer in _explainers(model, near, features, settings.seed, reasons, positive):
        try:
            number = affordable(explainer, drawn, settings.seconds)
            size = sized(
                partial(_values, explainer, rows, features), partial(draw, tickets, by),
                target=settings.standard_error, most=len(wanted.rows), affordable=number,
            )  # fmt: skip
            native, found = rows_at(rows, size.sample.rows, features), size.values
            output = explainer.output(native)
            gap = float(np.abs(explainer.output(near).mean() + found.sum(axis=1) - output).max())
        except Warning:
            raise
        except Exception as error:
            reasons.append(f"{explainer.name}: {error if isinstance(error, TooDear) else type(error).__name__}")
            continue
        if not gap <= TOLERANCE * max(1.0, float(np.abs(output).max())):
            reasons.append(f"{explainer.name}: values miss the model's output by {gap:.2g}")
            continue
        said = f"{explainer.name}, {len(near)} background rows"
        if size.ended == "seconds":
            said += f"; cut from {len(wanted.rows)} to {len(native)} rows to stay within {settings.seconds} s"
        return _attribution(explainer, said, size, groups, background=len(near), gap=gap)
    what = f"The model cannot be explained ({'; '.join(reasons)})."
    where = f"Estimator {class_path(final_step(model))}"
    remedy = "Use a simpler or faster model, fewer columns, or fewer rows in the policy's explanation."
    raise Refused("M04", what, where, remedy)


def _values(explainer: Explainer, rows: Any, features: Sequence[str], at: npt.NDArray[np.int64]) -> Floats:
    return explainer.values(rows_at(rows, at, features))


def _groups(predictions: Predictions, attributes: Sequence[str], rows: Any) -> list[GroupCodes]:
    found = []
    if len(rows) != predictions.n:
        what = f"There are {len(rows)} rows to explain and {predictions.n} predictions."
        found.append(Violation(rule="D10", what=what, where="Argument rows", remedy="Hand in the features of the same rows."))
    for name in attributes:
        if name not in predictions.groups:
            what = f"Attribute {name!r} is not among the groups of the predictions."
            remedy = f"Use one of {', '.join(predictions.groups) or 'none'}."
            found.append(Violation(rule="D13", what=what, where="Argument attributes", remedy=remedy))
    if found:
        raise Refused.of(found)
    return [predictions.groups[name] for name in attributes]


def _refuse_other_rows(model: Any, drawn: Any, predictions: Predictions, sample: Sample, positive: Any) -> None:
    if predictions.score is None:
        return
    if np.abs(positive_scores(model, drawn, positive) - predictions.score[sample.rows]).max() > _SAME_SCORE:
        what = "The model gives these rows other scores than the predictions hold."
        raise Refused("D10", what, "Argument rows", "Hand in the features of the same rows, in the same order.")


def _explainers(
    model: Any, near: Any, features: Sequence[str], seed: int, reasons: list[str], positive: Any
) -> Iterator[Explainer]:
    """Yield the ways to explain `model`, the cheapest first."""
    transformers, final = open_up(model)
    ensemble = ensemble_of(final, positive)
    if ensemble is not None or is_linear(final):
        try:
            matrix = Matrix.of(transformers, features, near)
            # Where every column of the contract ends up in one block, the block says nothing.
            if len(matrix.folding.labels) > 1 or len(features) == 1:
                yield (
                    Linear(model, final, matrix, near, positive)
                    if ensemble is None
                    else Trees(model, ensemble, matrix, near, positive)
                )
        except Warning:
            raise
        except Exception as error:
            reasons.append(f"the transformed matrix: {type(error).__name__}")
    yield Permutations(model, features, near, seed, positive)


def _codes(native: Any, columns: Sequence[str]) -> tuple[Floats, list[npt.NDArray[np.int64]]]:
    """Return integer codes, shape (n_rows, n_columns), and for each column a row that holds each code's value."""
    codes, places = np.empty((len(native), len(columns))), []
    for i, name in enumerate(columns):
        seen: dict[Any, int] = {}
        first: list[int] = []
        for row, value in enumerate(values(native, name).tolist()):
            code = seen.setdefault(value, len(seen))
            if code == len(first):
                first.append(row)
            codes[row, i] = code
        places.append(np.array(first, dtype=np.int64))
    return codes, places


def _attribution(
    explainer: Explainer, said: str, size: Sized, groups: Sequence[GroupCodes], *, background: int, gap: float
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
        features=explainer.labels, scale=explainer.scale, explainer=said, rows=len(sizes), background=background,
        additivity_gap=gap, by=tuple(by for by, _, _ in members), groups=tuple(level for _, level, _ in members),
        group_rows=tuple(int(member.sum()) for _, _, member in members),
        mean_absolute=np.vstack([mean for mean, _ in found]), standard_error=np.vstack([error for _, error in found]),
        lead_error=leads, ended=size.ended, reached=size.reached,
    )  # fmt: skip
