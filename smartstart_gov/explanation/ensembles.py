"""Tree ensembles in one form, coded so that 32-bit arithmetic cannot change a decision.

The tree routine of shap compares with thresholds and adds leaves in 32-bit floats, and numbers the
nodes of a tree with 16 bits. The first sends rows that lie on a threshold down the wrong branch (with
histogram boosting: often, and by much), the last ends the process. So every column is coded by the
rank of its values among the thresholds, small integers that 32 bits hold exactly, and trees too large
to be numbered are left to another method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Nodes of a tree, and columns of a matrix, that 16 bits can number.
MOST_NODES = 32_767
#: Distinct columns on one path from root to leaf for which the routine's binomial weights fit in 32 bits.
MOST_COLUMNS_ON_A_PATH = 30
_LEAF = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """One tree: children, the child of missing values, column, threshold and value of each node."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    default: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    threshold: Floats
    value: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ensemble:
    """Trees whose leaf values add up to the model's output, but for a constant.

    Attributes
    ----------
    trees : tuple of Tree
    margin : bool
        Whether they add up to the decision function (boosting) or to the probability (forests, trees).
    single : bool
        Whether the model itself sees its matrix in 32-bit floats.
    used : ndarray of int64, shape (n_used,)
        Columns of the matrix on which some tree splits.
    thresholds : tuple of ndarray of float64
        For each used column, the distinct thresholds in rising order.
    """

    trees: tuple[Tree, ...]
    margin: bool
    single: bool
    used: npt.NDArray[np.int64]
    thresholds: tuple[Floats, ...]

    def coded(self, matrix: Floats) -> Floats:
        """Return the rank of each value among the thresholds of its column, shape (n_rows, n_used)."""
        codes = np.empty((len(matrix), len(self.used)))
        for i, (column, thresholds) in enumerate(zip(self.used, self.thresholds, strict=True)):
            raw = matrix[:, column]
            seen = raw.astype(np.float32).astype(np.float64) if self.single else raw.astype(np.float64)
            # The number of thresholds below a value is at most k exactly where the value is at most threshold k.
            codes[:, i] = np.where(np.isnan(seen), np.nan, np.searchsorted(thresholds, seen, side="left"))
        return codes

    def as_dictionaries(self) -> list[dict[str, npt.NDArray[Any]]]:
        """Return the coded trees in the plain form that shap reads."""
        position = {int(column): i for i, column in enumerate(self.used)}
        found = []
        for tree in self.trees:
            inner = tree.left != _LEAF
            features, thresholds = np.full(len(tree.left), -2), np.full(len(tree.left), -2.0)
            features[inner] = [position[int(c)] for c in tree.column[inner]]
            for i, known in enumerate(self.thresholds):
                here = inner & (features == i)
                thresholds[here] = np.searchsorted(known, tree.threshold[here], side="left") + 0.5
            found.append(
                {
                    "children_left": tree.left, "children_right": tree.right, "children_default": tree.default,
                    "features": features, "thresholds": thresholds, "values": tree.value[:, None],
                    "node_sample_weight": np.ones(len(tree.left)),
                }
            )  # fmt: skip
        return found


def ensemble_of(model: Any, positive: Any = 1) -> Ensemble | None:
    """Return the trees of a fitted binary classifier of scikit-learn, or None where it has none of this kind.

    What forests and trees add up to is the probability of the class `positive`.

    None too where a tree is too large for the routine or splits on too many columns on one path, where
    splits are on categories, and where boosting starts from an estimator of its own.
    """
    name = type(model).__name__ if type(model).__module__.startswith("sklearn.") else ""
    margin = False
    if name in ("DecisionTreeClassifier", "ExtraTreeClassifier"):
        trees = [_tree(model.tree_, _shares(model, 1, model, positive))]
    elif name in ("RandomForestClassifier", "ExtraTreesClassifier"):
        trees = [_tree(member.tree_, _shares(member, len(model.estimators_), model, positive)) for member in model.estimators_]
    elif name == "GradientBoostingClassifier" and model.estimators_.shape[1] == 1 and model.init in (None, "zero"):
        margin = True
        trees = [_tree(m.tree_, model.learning_rate * m.tree_.value[:, 0, 0]) for m in model.estimators_[:, 0]]
    elif name == "HistGradientBoostingClassifier" and len(model._predictors[0]) == 1:
        margin = True
        nodes = [iteration[0].nodes for iteration in model._predictors]
        if any(n["is_categorical"].any() for n in nodes):
            return None
        trees = [_histogram_tree(n) for n in nodes]
    else:
        return None
    if any(len(tree.left) > MOST_NODES for tree in trees):
        return None
    if any(_columns_on_a_path(tree) > MOST_COLUMNS_ON_A_PATH for tree in trees):
        return None
    return _ensemble(trees, margin=margin, single=not name.startswith("Hist"))


def _ensemble(trees: list[Tree], *, margin: bool, single: bool) -> Ensemble:
    columns = np.concatenate([tree.column[tree.left != _LEAF] for tree in trees])
    thresholds = np.concatenate([tree.threshold[tree.left != _LEAF] for tree in trees])
    used = np.unique(columns)
    distinct = tuple(np.unique(thresholds[columns == column]) for column in used)
    return Ensemble(trees=tuple(trees), margin=margin, single=single, used=used, thresholds=distinct)


def _shares(tree: Any, among: int, model: Any, positive: Any) -> Floats:
    """Share of a class in each node, divided by the number of trees; trees number the classes in their forest's order."""
    place = np.asarray(model.classes_).tolist().index(positive)
    table = tree.tree_.value[:, 0, :]
    share: Floats = table[:, place] / table.sum(axis=1) / among
    return share


def _tree(tree: Any, value: Floats) -> Tree:
    left, right = tree.children_left.astype(np.int64), tree.children_right.astype(np.int64)
    return Tree(
        left=left, right=right, default=np.where(tree.missing_go_to_left.astype(bool), left, right),
        column=tree.feature.astype(np.int64), threshold=tree.threshold.astype(np.float64), value=value,
    )  # fmt: skip


def _histogram_tree(nodes: npt.NDArray[Any]) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    left = np.where(leaf, _LEAF, nodes["left"].astype(np.int64))
    right = np.where(leaf, _LEAF, nodes["right"].astype(np.int64))
    return Tree(
        left=left, right=right, default=np.where(nodes["missing_go_to_left"].astype(bool), left, right),
        column=nodes["feature_idx"].astype(np.int64), threshold=nodes["num_threshold"].astype(np.float64),
        value=nodes["value"].astype(np.float64),
    )  # fmt: skip


def _columns_on_a_path(tree: Tree) -> int:
    """Largest number of distinct columns between the root and a leaf; looked up only where it may be too large."""
    columns = np.unique(tree.column[tree.left != _LEAF]).tolist()
    if len(columns) <= MOST_COLUMNS_ON_A_PATH:
        return len(columns)
    bit = {column: 1 << i for i, column in enumerate(columns)}
    most, waiting = 0, [(0, 0)]
    left, right, column = tree.left.tolist(), tree.right.tolist(), tree.column.tolist()
    while waiting:
        node, above = waiting.pop()
        if left[node] == _LEAF:
            most = max(most, above.bit_count())
        else:
            here = above | bit[column[node]]
            waiting += [(left[node], here), (right[node], here)]
    return most
