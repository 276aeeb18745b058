"""Trees of a loaded model are sound: every node points to nodes and columns that exist.

scikit-learn follows child and column indices of a tree without looking at bounds, because it made them
itself. A file may have been edited, and then a prediction reads foreign memory or never ends; so each
index is looked at once, after loading and before the first prediction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

#: What `sklearn.tree` writes for the child of a leaf.
_LEAF = -1
_BITSET_WORDS = 8


def first_unsound_tree(model: Any) -> str | None:
    """Return what is wrong with the first tree that points outside itself, or None.

    Parameters
    ----------
    model : loaded estimator
        Every object that hangs in it is visited.
    """
    for thing in _objects(model):
        problem = _problem_of(thing)
        if problem is not None:
            return f"A tree of the model points outside itself: {problem}."
    return None


def _problem_of(thing: Any) -> str | None:
    name = type(thing).__name__
    if name == "Tree":
        return _tree_problem(thing)
    if name == "TreePredictor":
        return _nodes_problem(thing)
    columns = getattr(thing, "n_features_in_", None)
    if columns is None:
        return None
    trees = [tree for tree in _trees_of(thing) if tree.n_features != columns]
    if trees:
        return f"it was made for {trees[0].n_features} columns, the model takes {columns}"
    if hasattr(thing, "_raw_predict_init") and any(t.value.shape[1:] != (1, 1) for t in _trees_of(thing)):
        return "a boosted tree has more than one output"
    return _boosting_problem(thing) if hasattr(thing, "_predictors") else None


def _trees_of(estimator: Any) -> list[Any]:
    """Return the trees that `estimator` walks itself, without asking a sub-estimator to check the columns."""
    if hasattr(estimator, "tree_"):
        return [estimator.tree_]
    if not (hasattr(estimator, "_raw_predict_init") or hasattr(estimator, "_validate_X_predict")):
        return []
    members = np.asarray(getattr(estimator, "estimators_", []), dtype=object).ravel().tolist()
    return [member.tree_ for member in members if hasattr(member, "tree_")]


def _tree_problem(tree: Any) -> str | None:
    # The arrays below are views on `node_count` nodes; if that is more than was stored, they are no longer ours.
    if not 1 <= tree.node_count <= tree.capacity:
        return f"it claims {tree.node_count} nodes and stores {tree.capacity}"
    inner = tree.children_left != _LEAF
    return _index_problem(inner, tree.children_left, tree.children_right, tree.feature, tree.n_features)


def _nodes_problem(predictor: Any) -> str | None:
    nodes = predictor.nodes
    if len(nodes) == 0:
        return "it has no nodes"
    inner = nodes["is_leaf"] == 0
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    columns = int(nodes["feature_idx"].max()) + 1
    bitsets = predictor.raw_left_cat_bitsets
    sets = nodes["bitset_idx"][inner & (nodes["is_categorical"] != 0)]
    if len(sets) and (bitsets.shape[1:] != (_BITSET_WORDS,) or int(sets.max()) >= len(bitsets)):
        return "a split on categories names a set that does not exist"
    return _index_problem(inner, left, right, nodes["feature_idx"], columns)


def _boosting_problem(model: Any) -> str | None:
    """Look at the columns of histogram boosting: their number, and whether they may hold categories."""
    categories = np.asarray(model._bin_mapper.is_categorical_, dtype=bool)
    if len(categories) != model.n_features_in_:
        return f"it was binned for {len(categories)} columns, the model takes {model.n_features_in_}"
    for predictor in (p for iteration in model._predictors for p in iteration):
        nodes = predictor.nodes[predictor.nodes["is_leaf"] == 0]
        if len(nodes) and int(nodes["feature_idx"].max()) >= len(categories):
            return "a split names a column that does not exist"
        if not categories[nodes["feature_idx"][nodes["is_categorical"] != 0]].all():
            return "a split on categories names a column of numbers"
    return None


def _index_problem(
    inner: npt.NDArray[np.bool_],
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    column: npt.NDArray[np.int64],
    columns: int,
) -> str | None:
    place = np.flatnonzero(inner)
    for child in (left[inner], right[inner]):
        # Children stand after their parent in every tree that was grown, so a walk always ends.
        if ((child <= place) | (child >= len(inner))).any():
            return "a node names a child that does not exist"
    if ((column[inner] < 0) | (column[inner] >= columns)).any():
        return "a split names a column that does not exist"
    return None


def _objects(model: Any) -> Iterator[Any]:
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or thing is None or isinstance(thing, str | bytes | int | float | type):
            continue
        seen.add(id(thing))
        if isinstance(thing, Mapping):
            waiting.extend(thing.values())
        elif isinstance(thing, list | tuple | set | frozenset):
            waiting.extend(thing)
        elif isinstance(thing, np.ndarray):
            if thing.dtype == object:
                waiting.extend(thing.ravel().tolist())
        else:
            yield thing
            waiting.extend(getattr(thing, "__dict__", {}).values())
