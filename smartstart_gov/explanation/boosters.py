"""Trees of XGBoost, LightGBM and CatBoost, read from what these libraries export; none of them is imported here."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from smartstart_gov.explanation.explainer import Floats
from smartstart_gov.explanation.matrix import dense
from smartstart_gov.explanation.trees import LEAF, Bools, Ensemble, Ints, Tree

#: XGBoost adds its leaves up in 32 bits, each sum good to 6e-8; a lost tree or column shows in the third digit.
_SINGLE = 1e-5
_DOUBLE = 1e-9
#: A part of a question of CatBoost that is no column of categories.
_ANOTHER = -1


def booster_ensemble(model: Any) -> Ensemble | None:
    """Return the trees of a fitted binary classifier of XGBoost, LightGBM or CatBoost.

    None if it is something else, or if one CatBoost split combines several columns: what such a split does with a
    mixture of two rows is not documented.
    """
    library = type(model).__module__.partition(".")[0]
    reader = {"xgboost": _xgboost, "lightgbm": _lightgbm, "catboost": _catboost}.get(library)
    if reader is None or len(model.classes_) != 2:
        return None
    return reader(model)


def _xgboost(model: Any) -> Ensemble | None:
    booster = model.get_booster()
    written = json.loads(bytes(booster.save_raw("json")).decode())["learner"]["gradient_booster"]
    if written["name"] not in ("gbtree", "dart") or not np.isnan(model.missing):
        return None
    kept = written.get("weight_drop")  # what dart left of each tree
    written = written.get("gbtree", written)
    last = getattr(model, "best_iteration", None) if getattr(model, "early_stopping_rounds", None) else None
    trees = written["model"]["trees"]
    if last is not None:
        trees = trees[: written["model"]["iteration_indptr"][last + 1]]
    known = dict(booster.get_categories(export_to_arrow=True).to_arrow() or ())
    levels = [None if array is None else array.to_pylist() for array in known.values()]

    def read(table: Any) -> Floats:
        return _coded(table, levels).astype(np.float32).astype(np.float64)

    shares = [1.0] * len(trees) if kept is None else kept[: len(trees)]
    return Ensemble(
        trees=tuple(_xgboost_tree(tree, share) for tree, share in zip(trees, shares, strict=True)),
        read=read, inputs=np.arange(model.n_features_in_),
        output=partial(model.predict, output_margin=True), margin=True, tolerance=_SINGLE,
    )  # fmt: skip


def _xgboost_tree(tree: Any, share: float) -> Tree:
    """Return a tree of XGBoost: to the left below a threshold, or where the category is not in the set written down."""
    left = np.array(tree["left_children"], dtype=np.int64)
    right = np.array(tree["right_children"], dtype=np.int64)
    inner = left != LEAF
    condition = np.array(tree["split_conditions"], dtype=np.float32)
    missing = np.array(tree["default_left"], dtype=bool)
    sets: dict[int, Ints] = {}
    for node, start, size in zip(tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True):
        sets[int(node)] = np.array(tree["categories"][start : start + size], dtype=np.int64)
    # To the left go those of the set; XGBoost writes down those that go to the right, so its children change places.
    swapped = np.array([node in sets for node in range(len(left))], dtype=bool)
    return Tree(
        left=np.where(swapped, right, left), right=np.where(swapped, left, right), missing_left=missing ^ swapped,
        column=np.where(inner, np.array(tree["split_indices"], dtype=np.int64), 0), left_codes=sets,
        # Below a threshold, in 32 bits: at most the number before it.
        threshold=np.nextafter(condition, np.float32(-np.inf)).astype(np.float64), value=condition.astype(np.float64) * share,
    )  # fmt: skip


def _lightgbm(model: Any) -> Ensemble | None:
    booster = model.booster_
    best = getattr(model, "best_iteration_", None) or None
    written = booster.dump_model(num_iteration=best)
    if written["num_tree_per_iteration"] != 1 or not written["objective"].startswith("binary"):
        return None
    nodes = [list(_walked(tree["tree_structure"])) for tree in written["tree_info"]]
    if any("leaf_coeff" in node or node.get("missing_type") == "Zero" for tree in nodes for node in tree):
        return None
    share = 1 / len(nodes) if written["average_output"] else 1.0
    categories = booster.pandas_categorical or []

    def read(table: Any) -> Floats:
        waiting = iter(categories)
        kinds = [_is_categorical(table, i) for i in range(table.shape[1])]
        return _coded(table, [next(waiting) if categorical else None for categorical in kinds])

    return Ensemble(
        trees=tuple(_lightgbm_tree(tree, share) for tree in nodes), read=read, inputs=np.arange(model.n_features_in_),
        output=lambda table: model.predict(table, raw_score=True) * share, margin=True, tolerance=_DOUBLE,
    )  # fmt: skip


def _walked(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the nodes below `node`, itself first."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting += [here[child] for child in ("right_child", "left_child") if child in here]


def _lightgbm_tree(nodes: list[dict[str, Any]], share: float) -> Tree:
    """Return a tree of LightGBM: to the left at most at a threshold, or in the set; missing is zero where a node knows none."""
    place = {id(node): i for i, node in enumerate(nodes)}
    count = len(nodes)
    left, right = np.full(count, LEAF, dtype=np.int64), np.full(count, LEAF, dtype=np.int64)
    column, threshold = np.zeros(count, dtype=np.int64), np.zeros(count)
    missing, value = np.zeros(count, dtype=bool), np.zeros(count)
    sets: dict[int, Ints] = {}
    for i, node in enumerate(nodes):
        if "left_child" not in node:
            value[i] = node["leaf_value"] * share
            continue
        left[i], right[i], column[i] = place[id(node["left_child"])], place[id(node["right_child"])], node["split_feature"]
        if node["decision_type"] == "==":
            sets[i] = np.array(node["threshold"].split("||"), dtype=np.int64)
        else:
            threshold[i] = node["threshold"]
            missing[i] = node["default_left"] if node["missing_type"] == "NaN" else threshold[i] >= 0
    return Tree(
        left=left, right=right, column=column, threshold=threshold, missing_left=missing, value=value, left_codes=sets
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Oblivious:
    """A tree of CatBoost: all nodes of one depth ask the same question, and bit d of a leaf's number answers question d.

    CatBoost itself says which leaf a row reaches, so its hashes and statistics of categories need not be read.
    """

    left: Ints
    right: Ints
    column: Ints
    value: Floats
    number: int
    bit: Ints

    def goes_left(self, leaves: Floats) -> Bools:
        """Return the nodes at which a row would go to the left, shape (n_nodes, n_rows), from the leaves that it reaches."""
        answers: Ints = (leaves[:, self.number].astype(np.int64) >> self.bit[:, None]) & 1
        return np.asarray(answers == 0)


def _catboost(model: Any) -> Ensemble | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        written = json.loads(path.read_text(encoding="utf-8"))
    if "oblivious_trees" not in written:
        return None
    asked = _catboost_questions(written["features_info"])
    trees = [
        _oblivious(i, [asked[split["split_index"]] for split in tree["splits"] or ()], tree["leaf_values"])
        for i, tree in enumerate(written["oblivious_trees"])
        if all(split["split_index"] in asked for split in tree["splits"] or ())
    ]
    scale = float(written["scale_and_bias"][0])
    if len(trees) < len(written["oblivious_trees"]) or scale != 1.0:
        return None
    return Ensemble(
        trees=tuple(trees), read=lambda table: np.asarray(model.calc_leaf_indexes(table), dtype=np.float64),
        inputs=np.arange(len(model.feature_names_)), output=partial(model.predict, prediction_type="RawFormulaVal"),
        margin=True, tolerance=_DOUBLE,
    )  # fmt: skip


def _catboost_questions(features: Any) -> dict[int, int]:
    """Return for the number of each question that asks a single column, that column; numbers run over all borders."""
    flat = [f["flat_feature_index"] for f in features.get("categorical_features", ())]
    found: dict[int, int] = {}
    number = 0
    for feature in features.get("float_features", ()):
        for _ in feature["borders"] or ():
            found[number] = feature["flat_feature_index"]
            number += 1
    for feature in features.get("categorical_features", ()):
        for _ in feature.get("values", ()) or ():
            found[number] = feature["flat_feature_index"]
            number += 1
    for feature in features.get("ctrs", ()):
        columns = {flat[e["cat_feature_index"]] if "cat_feature_index" in e else _ANOTHER for e in feature["elements"]}
        for _ in feature["borders"] or ():
            if len(columns) == 1 and _ANOTHER not in columns:
                found[number] = next(iter(columns))
            number += 1
    return found


def _oblivious(number: int, columns: Sequence[int], leaves: Sequence[float]) -> Oblivious:
    """Write an oblivious tree out as a binary one, the last question at the root."""
    depth = len(columns)
    inner = 2**depth - 1
    nodes = np.arange(inner + 2**depth)
    level = np.array([int(node + 1).bit_length() - 1 for node in nodes])
    bit = np.where(nodes < inner, depth - 1 - level, 0)
    asked = np.array([columns[b] if node < inner else 0 for node, b in zip(nodes, bit.tolist(), strict=True)], dtype=np.int64)
    return Oblivious(
        left=np.where(nodes < inner, 2 * nodes + 1, LEAF), right=np.where(nodes < inner, 2 * nodes + 2, LEAF), column=asked,
        value=np.concatenate([np.zeros(inner), np.asarray(leaves, dtype=np.float64)]), number=number, bit=bit,
    )  # fmt: skip


def _is_categorical(table: Any, column: int) -> bool:
    return hasattr(table, "iloc") and hasattr(table.dtypes.iloc[column], "categories")


def _coded(table: Any, levels: Sequence[Sequence[Any] | None]) -> Floats:
    """Return a table as numbers: a column of categories by their place among `levels`, missing where it has none."""
    if not any(_is_categorical(table, i) for i in range(table.shape[1])):
        return dense(table)
    found = np.empty(table.shape)
    for i in range(table.shape[1]):
        column = table.iloc[:, i]
        if not _is_categorical(table, i):
            found[:, i] = column.to_numpy(dtype=np.float64, na_value=np.nan)
            continue
        codes = column.cat.set_categories(levels[i] or ()).cat.codes.to_numpy()
        found[:, i] = np.where(codes < 0, np.nan, codes)
    return found
