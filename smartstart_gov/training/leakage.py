"""What single features, and simple combinations of two or three, reveal about the outcome and groups, on held-out rows.

A feature that reveals the outcome almost perfectly already contains it. One that reveals the group *is* the group, whatever
its role says. So this does not rely on the contract: small trees learn it on some rows, and are tested on others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from sklearn.tree import DecisionTreeClassifier

from smartstart_gov.authoring.contract import UNKNOWN
from smartstart_gov.canonical import real
from smartstart_gov.counting.handover import factorize, groups_of_rows
from smartstart_gov.counting.predictions import Predictions
from smartstart_gov.intake.validate import ValidatedFrame
from smartstart_gov.training.record import LEAKS, TELLS, Told

Reals = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
#: At most so many rows learn, and so many check; of a rare outcome all that fit in half of them.
_ROWS = 1000
#: Pairs are made of the features that tell most by themselves, so many at most.
_PAIRED = 30
#: Threes are made of fewer: their number grows with the cube, and 12 features have 220.
_IN_THREES = 12
#: Three honest features of 0.9 reach 0.99 together, which is what a model is for: three leak the outcome only where they
#: would stay under this if each added its own, and where there are `_MANY` of either outcome.
_ADDED_UP = 0.95
#: A value, or a group, with fewer rows to check on says nothing either way.
_FEWEST = 10
#: With fewer of either outcome, scores that are only good may rank all of them rightly by chance.
_MANY = 50
#: A pair that falls this far short on a quarter of the rows is not looked at any further.
_SHORT = 0.25
#: Features that are kept for each target where none tells it.
_KEPT = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Halves:
    """Rows to learn on and rows to check on, and the other way round."""

    learn: Codes
    check: Codes

    def turned(self) -> _Halves:
        return _Halves(learn=self.check, check=self.learn)

    def thinned(self) -> _Halves:
        return _Halves(learn=self.learn[::4], check=self.check[::4])


_Value = Callable[[Reals, Codes, _Halves], float | None]


def told(
    frame: ValidatedFrame, features: tuple[str, ...], learn: npt.NDArray[np.bool_], check: npt.NDArray[np.bool_]
) -> tuple[Told, ...]:
    """For the outcome and each sensitive column, return which features reveal it, or the strongest if none does.

    Parameters
    ----------
    frame : ValidatedFrame
    features : tuple of str
    learn, check : ndarray of bool, shape (n_rows,)
        Rows on which trees are fitted, and rows on which they are tested. A result on one must hold on the other, and the
        other way round.

    Returns
    -------
    tuple of Told
        The outcome by the area under the curve; a sensitive column by how much better than chance its best recognised group
        is identified (Youden's J). Rows whose group is not recorded are no group: they are left out. The value is the lower
        of both directions, and empty if there are too few rows.
    """
    contract = frame.contract
    values, label = {name: frame.column(name) for name in features}, contract.outcome()
    positive = (np.asarray(frame.column(label.name)) == label.positive).astype(np.int64)
    at = _drawn(learn, positive), _drawn(check, positive)
    found = [*_strongest(label.name, "outcome", positive, values, at)]
    for name, groups in groups_of_rows(frame, [column.name for column in contract.with_role("sensitive")]).items():
        recorded = groups != UNKNOWN
        at = _drawn(learn & recorded), _drawn(check & recorded)
        found += _strongest(name, "group", factorize(groups)[0], values, at)
    return tuple(found)


def told_by_scores(label: str, predictions: Predictions) -> tuple[Told, ...]:
    """Return that the model's own scores predict the outcome almost perfectly, where they do: it uses all features together."""
    score, truth = predictions.score, predictions.y_true == 1
    if score is None or min(np.bincount(truth, minlength=2)) < _MANY:
        return ()
    area = _area(score[truth], score[~truth])
    found = Told(target=label, kind="outcome", columns=(), value=real(int(100 * area) / 100) or "")
    return (found,) if found.almost_perfectly else ()


def halves(frame: ValidatedFrame, where: npt.NDArray[np.bool_] | None) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return two halves of the rows that `where` is true, taken in turn: for a model without a held-out part."""
    inside = np.ones(frame.rows, dtype=bool) if where is None else where
    odd = np.cumsum(inside) % 2 == 1
    return inside & odd, inside & ~odd


def _drawn(where: npt.NDArray[np.bool_], positive: Codes | None = None) -> Codes:
    """Return which of the rows are looked at: spread over all, or with `positive` over each of the two outcomes."""
    inside = np.flatnonzero(where)
    if positive is None:
        return inside[spread_to(len(inside), _ROWS)]
    each = (inside[positive[inside] == value] for value in (0, 1))
    return np.concatenate([rows[spread_to(len(rows), _ROWS // 2)] for rows in each])


def spread_to(rows: int, most: int) -> Codes:
    """Return at most `most` positions, spread over `rows`."""
    return np.arange(rows) if rows <= most else np.linspace(0, rows - 1, most).astype(np.int64)


def _strongest(
    target: str, kind: Literal["outcome", "group"], codes: Codes, values: dict[str, npt.NDArray[Any]], at: tuple[Codes, Codes]
) -> Iterator[Told]:
    enough, value = (LEAKS, _outcome) if kind == "outcome" else (TELLS, _group)
    drawn, learnt = np.concatenate(at), len(at[0])
    truth, halves = codes[drawn], _Halves(learn=np.arange(learnt), check=np.arange(learnt, len(drawn)))
    columns = {name: _numbers(column[drawn]) for name, column in values.items()}
    singles = {name: _both_ways(value, _ranked(x[:, None]), truth, halves) for name, x in columns.items()}
    known = {name: found for name, found in singles.items() if found is not None}
    if not known:
        yield Told(target=target, kind=kind, columns=(), value="")
        return
    order = sorted(known, key=lambda name: -known[name])
    telling = [name for name in order if known[name] >= enough]
    yield from (_said(target, kind, (name,), known[name]) for name in telling or order[:_KEPT])
    rest = [name for name in order if name not in telling]
    pairs: list[set[str]] = []
    many = kind == "group" or min(np.bincount(truth[part], minlength=2).min() for part in (halves.learn, halves.check)) >= _MANY
    for some in (*combinations(rest[:_PAIRED], 2), *combinations(rest[:_IN_THREES], 3)):
        three = len(some) > 2
        if three and (not many or any(pair <= set(some) for pair in pairs)):
            continue
        if three and kind == "outcome" and _added_up([known[name] for name in some]) >= _ADDED_UP:
            continue
        x = _ranked(_combined(*(columns[name] for name in some)))
        # A few rows first: most of them tell nothing, and what tells all does not fall so far short on any.
        few = value(x, truth, halves.thinned())
        if few is not None and few < enough - _SHORT:
            continue
        found = _both_ways(value, x, truth, halves)
        if found is not None and found >= enough:
            pairs.append(set(some))
            yield _said(target, kind, some, found)


def _said(target: str, kind: Literal["outcome", "group"], columns: tuple[str, ...], value: float) -> Told:
    return Told(target=target, kind=kind, columns=columns, value=real(round(value, 4)) or "")


def _both_ways(value: _Value, x: Reals, truth: Codes, halves: _Halves) -> float | None:
    there, back = value(x, truth, halves), value(x, truth, halves.turned())
    return None if there is None or back is None else min(there, back)


def _tree(x: Reals, truth: Codes, learn: Codes) -> DecisionTreeClassifier:
    return DecisionTreeClassifier(min_samples_leaf=3, random_state=0).fit(x[learn], truth[learn])


def _outcome(x: Reals, truth: Codes, halves: _Halves) -> float | None:
    """Return the area under the curve of the outcome on the rows that check."""
    learnt, said = truth[halves.learn], truth[halves.check]
    if min(*np.bincount(learnt, minlength=2), *np.bincount(said, minlength=2)) < _FEWEST:
        return None
    score = _tree(x, truth, halves.learn).predict_proba(x[halves.check])[:, 1]
    return _area(score[said == 1], score[said == 0])


def _area(ones: Reals, zeros: Reals) -> float:
    """Return the area under the curve: how often one of `ones` is above one of `zeros`."""
    zeros = np.sort(zeros)
    below = np.searchsorted(zeros, ones, "left") + np.searchsorted(zeros, ones, "right")
    return float(below.mean() / (2 * len(zeros)))


def _added_up(areas: list[float]) -> float:
    """Return the area under the curve of features that know nothing of each other, from that of each (normal curves)."""
    return float(ndtr(np.hypot.reduce(ndtri(np.clip(areas, 0.5, 1)))))


def _group(x: Reals, truth: Codes, halves: _Halves) -> float | None:
    """Return Youden's J of the group that is recognised best on the rows that check."""
    said = truth[halves.check]
    large = [level for level in np.unique(said) if _FEWEST <= (said == level).sum() <= len(said) - _FEWEST]
    if not large or not len(halves.learn):
        return None
    guess = _tree(x, truth, halves.learn).predict(x[halves.check])
    return max(float((guess[said == level] == level).mean() - (guess[said != level] == level).mean()) for level in large)


def _combined(a: Reals, b: Reals, *third: Reals) -> Reals:
    """Return features and what one plainly makes of them: sums, differences, products, and of two their ratio."""
    with np.errstate(all="ignore"):
        made = [a + b, a - b, a * b, a / b]
        for c in third:
            made = [one for ab in (a + b, a - b) for one in (ab + c, ab - c)] + [a * b * c, _joined(a, b, c)]
    return np.column_stack([a, b, *third, *(np.where(np.isfinite(one), one, np.nan) for one in made)])


def _joined(*columns: Reals) -> Reals:
    """Return the number of each combination of values, so that equal ones lie together and nothing else is asked of them."""
    return np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1].reshape(-1).astype(np.float64)


def _numbers(values: npt.NDArray[Any]) -> Reals:
    """Return values as numbers: moments by their order, text by its place among the texts."""
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    if values.dtype.kind == "M":
        return np.where(np.isnat(values), np.nan, values.astype("datetime64[us]").astype(np.float64))
    codes = factorize(values)[0].astype(np.float64)
    codes[codes < 0] = np.nan
    return codes


def _ranked(x: Reals) -> Reals:
    """Return each column by the order of its values: trees ask nothing else, and no scale is too large for that."""
    ranks = np.column_stack([np.unique(column, return_inverse=True)[1].reshape(-1) for column in x.T]).astype(np.float64)
    ranks[np.isnan(x)] = np.nan
    return ranks
