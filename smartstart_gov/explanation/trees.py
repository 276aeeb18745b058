"""Tree ensembles in one form: what is added up, and which way a row goes at each node.

Each library decides at a node in its own way: 32 or 64 bits, at most or less than, missing values to
the left or to the right, sets of categories. The form below covers all of them, so that one routine
(`smartstart_gov.explanation.tree_values`) explains them all. The reading is not trusted: values
are compared with the model's own output before they are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.explanation.explainer import Floats
from smartstart_gov.explanation.matrix import dense

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
LEAF = -1
_WORD = 32
#: Cells of a table that are looked at in one step: what a processor keeps close by.
_CELLS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """One tree. Children of a leaf are -1, and the value of an inner node means nothing.

    Attributes
    ----------
    left, right : ndarray of int64, shape (n_nodes,)
    column : ndarray of int64, shape (n_nodes,)
        Column of the matrix on which a node splits; 0 at a leaf.
    threshold : ndarray of float64, shape (n_nodes,)
        A row goes to the left if its value is at most this.
    missing_left : ndarray of bool, shape (n_nodes,)
        Where a missing value goes.
    left_codes : mapping of int to ndarray of int64
        For each node that splits on categories, the codes that go to the left.
    value : ndarray of float64, shape (n_nodes,)
    """

    left: Ints
    right: Ints
    column: Ints
    threshold: Floats
    missing_left: Bools
    value: Floats
    left_codes: Mapping[int, Ints] = field(default_factory=dict)

    def goes_left(self, matrix: Floats) -> Bools:
        """Return at which nodes a row would go to the left, shape (n_nodes, n_rows); False at a leaf, which asks nothing."""
        inner = np.flatnonzero(self.left != LEAF)
        by_column, holes = np.ascontiguousarray(matrix.T), bool(np.isnan(matrix).any())
        found = np.zeros((len(self.left), len(matrix)), dtype=bool)
        step = max(1, _CELLS // max(1, len(matrix)))
        for nodes in (inner[i : i + step] for i in range(0, len(inner), step)):
            seen = by_column[self.column[nodes]]
            found[nodes] = seen <= self.threshold[nodes, None]
            if holes:
                found[nodes] = np.where(np.isnan(seen), self.missing_left[nodes, None], found[nodes])
        for node, codes in self.left_codes.items():
            seen = by_column[self.column[node]]
            found[node] = np.where(np.isnan(seen), self.missing_left[node], np.isin(seen, codes))
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ensemble:
    """Trees whose leaves add up to an output of the model, apart from a constant.

    Attributes
    ----------
    trees : sequence of Tree, or of what has `left`, `right`, `column`, `value` and `goes_left` as it has
    read : callable
        What `goes_left` uses: a matrix with one row for each row of the table that the classifier gets.
    inputs : ndarray of int64
        For each column of `read`'s matrix on which trees split, the column of the classifier's table it is.
    output : callable
        What the trees add up to, for a table that the classifier gets.
    margin : bool
        Whether that is the decision function (boosting) or the probability (forests and trees).
    tolerance : float
        How closely the values must add up to the output, as a fraction of the largest output.
    """

    trees: tuple[Any, ...]
    read: Callable[[Any], Floats]
    inputs: Ints
    output: Callable[[Any], Floats]
    margin: bool
    tolerance: float


#: The models of scikit-learn add up in 64 bits.
EXACT = 1e-9


def sklearn_ensemble(model: Any, positive: Any = 1) -> Ensemble | None:
    """Return the trees of a fitted binary classifier of scikit-learn or imbalanced-learn, or None if it has none.

    What forests, bags and trees add up to is the probability of the class `positive`. Also None if gradient boosting
    starts from its own estimator.
    """
    name = type(model).__name__ if type(model).__module__.startswith(("sklearn.", "imblearn.")) else ""
    if name == "HistGradientBoostingClassifier" and len(model._predictors[0]) == 1:
        return _histogram(model)
    width = np.arange(getattr(model, "n_features_in_", 0))
    margin, trees = False, None
    if name in ("DecisionTreeClassifier", "ExtraTreeClassifier"):
        trees = [_tree(model, _shares(model, model, positive))]
    elif name in ("RandomForestClassifier", "ExtraTreesClassifier", "BalancedRandomForestClassifier"):
        trees = [_tree(m, _shares(m, model, positive) / len(model.estimators_)) for m in model.estimators_]
    elif name == "BaggingClassifier" and _are_trees(model) and all(len(m.classes_) == 2 for m in model.estimators_):
        trees = [
            _tree(m, _shares(m, model, positive) / len(model.estimators_), columns)
            for m, columns in zip(model.estimators_, model.estimators_features_, strict=True)
        ]
    elif name == "AdaBoostClassifier" and _are_trees(model) and len(model.classes_) == 2:
        margin = True
        weights = model.estimator_weights_ / model.estimator_weights_.sum()
        trees = [_tree(m, 2 * weight * _votes(m, model)) for m, weight in zip(model.estimators_, weights, strict=False)]
    elif name == "GradientBoostingClassifier" and model.estimators_.shape[1] == 1 and model.init in (None, "zero"):
        margin = True
        trees = [_tree(m, model.learning_rate * m.tree_.value[:, 0, 0]) for m in model.estimators_[:, 0]]
    if trees is None:
        return None
    output = model.decision_function if margin else lambda table: _probability(model, table, positive)
    return Ensemble(trees=tuple(trees), read=_single, inputs=width, output=output, margin=margin, tolerance=EXACT)


def _single(table: Any) -> Floats:
    """Return the matrix as the trees of scikit-learn see it, in 32-bit floats."""
    return dense(table).astype(np.float32).astype(np.float64)


def _probability(model: Any, table: Any, positive: Any) -> Floats:
    place = np.asarray(model.classes_).tolist().index(positive)
    return np.asarray(model.predict_proba(table), dtype=np.float64)[:, place]


def _are_trees(model: Any) -> bool:
    return all(type(m).__name__ in ("DecisionTreeClassifier", "ExtraTreeClassifier") for m in model.estimators_)


def _shares(tree: Any, model: Any, positive: Any) -> Floats:
    """Share of a class in each node; trees number the classes in their forest's order."""
    place = np.asarray(model.classes_).tolist().index(positive)
    table = tree.tree_.value[:, 0, :]
    share: Floats = table[:, place] / table.sum(axis=1)
    return share


def _votes(tree: Any, model: Any) -> Floats:
    """1 where a node says the second class of `model`, else -1."""
    said = np.asarray(tree.classes_)[tree.tree_.value[:, 0, :].argmax(axis=1)]
    return np.where(said == model.classes_[1], 1.0, -1.0)


def _tree(member: Any, value: Floats, columns: Any = None) -> Tree:
    tree = member.tree_
    inner = tree.children_left != LEAF
    column = np.where(inner, tree.feature, 0).astype(np.int64)
    return Tree(
        left=tree.children_left.astype(np.int64), right=tree.children_right.astype(np.int64),
        column=column if columns is None else np.asarray(columns, dtype=np.int64)[column],
        threshold=tree.threshold.astype(np.float64), missing_left=tree.missing_go_to_left.astype(bool), value=value,
    )  # fmt: skip


def _histogram(model: Any) -> Ensemble:
    """Histogram boosting codes its categories itself, and puts their columns first."""
    categorical = model.is_categorical_
    inputs = np.arange(model.n_features_in_)
    if categorical is not None:
        inputs = np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~np.asarray(categorical, dtype=bool))])
    trees = [_histogram_tree(iteration[0]) for iteration in model._predictors]
    return Ensemble(
        trees=tuple(trees), read=lambda table: dense(model._preprocess_X(table, reset=False)), inputs=inputs,
        output=model.decision_function, margin=True, tolerance=EXACT,
    )  # fmt: skip


def _histogram_tree(predictor: Any) -> Tree:
    nodes, sets = predictor.nodes, predictor.raw_left_cat_bitsets
    leaf = nodes["is_leaf"].astype(bool)
    categorical = np.flatnonzero(~leaf & nodes["is_categorical"].astype(bool)).tolist()
    return Tree(
        left=np.where(leaf, LEAF, nodes["left"].astype(np.int64)), right=np.where(leaf, LEAF, nodes["right"].astype(np.int64)),
        column=np.where(leaf, 0, nodes["feature_idx"].astype(np.int64)), threshold=nodes["num_threshold"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(bool), value=nodes["value"].astype(np.float64),
        left_codes={node: _members(sets[nodes["bitset_idx"][node]]) for node in categorical},
    )  # fmt: skip


def _members(words: npt.NDArray[np.uint32]) -> Ints:
    """Return the numbers whose bits are set in an array of 32-bit words.

    Examples
    --------
    >>> _members(np.array([5, 1], dtype=np.uint32)).tolist()
    [0, 2, 32]
    """
    bits = (words[:, None] >> np.arange(_WORD, dtype=np.uint32)) & 1
    return np.flatnonzero(bits.ravel()).astype(np.int64)
