"""The model file: skops, within declared bounds, with trusted types and sound trees. Never pickle.

The order of opening is fixed: magic bytes, the list of entries, the headers of the arrays, the types,
and only then the objects, whose trees are checked node by node. Nothing is unpacked before its
size is known, and nothing is built before its type is known. Boosting libraries store trees as bytes that
nobody can check, so such files are not accepted from just anybody: docs/decisions/0031.

scikit-learn follows child and column indices of a tree without checking bounds, because it made them
itself. A file may have been edited, and then a prediction reads invalid memory or never ends; so each
index is checked once, after loading and before the first prediction.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from skops.io import dumps, get_untrusted_types, loads

from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.training.estimators import class_path, parts
from smartstart_gov.training.trusted import BYTES, TRUSTED

#: What `sklearn.tree` writes for the child of a leaf.
_LEAF = -1
_BITSET_WORDS = 8
#: Bounds of a model file. A forest of 500 full trees on 100 000 rows stays inside them.
MOST_BYTES = 512 * 2**20
MOST_UNPACKED = 4 * 2**30
MOST_SCHEMA = 128 * 2**20
MOST_ENTRIES = 100_000
#: How many times larger a file may become; files under `_SMALL` unpacked bytes may compress better.
MOST_RATIO = 100
_SMALL = 16 * 2**20
#: The schema, arrays by number, and the bytes in which a boosting library keeps its trees.
_ENTRY = re.compile(r"(?:schema\.json|[0-9]{1,20}\.np[yz]|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.bin)\Z")
_PICKLES = (b"\x80", b"(", b"]", b"}", b"c", b"\x78", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x04\x22\x4d\x18", b"ZF")
_WHERE = "Model file"
_FOREIGN = "Use the model file that the audit wrote; no other file is opened."


def first_unsound_tree(model: Any) -> str | None:
    """Return what is wrong with the first tree that points outside itself, or None.

    Parameters
    ----------
    model : loaded estimator
        Every object inside it is visited.
    """
    for thing in _objects(model):
        problem = _problem_of(thing)
        if problem is not None:
            return f"A tree or spline of the model points outside itself: {problem}."
    return None


def _problem_of(thing: Any) -> str | None:
    name = type(thing).__name__
    if name == "Tree":
        return _tree_problem(thing)
    if name == "TreePredictor":
        return _nodes_problem(thing)
    if name == "BSpline":
        return _spline_problem(thing)
    columns = getattr(thing, "n_features_in_", None)
    if columns is None:
        return None
    trees = [tree for tree in _trees_of(thing) if tree.n_features != columns]
    if trees:
        return f"it was made for {trees[0].n_features} columns, but the model takes {columns}"
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
        return f"it claims {tree.node_count} nodes but stores {tree.capacity}"
    inner = tree.children_left != _LEAF
    return _index_problem(inner, tree.children_left, tree.children_right, tree.feature, tree.n_features)


def _spline_problem(spline: Any) -> str | None:
    """Look at the knots: scipy checks them where a spline is made, and not where one is read back."""
    knots, weights, degree = spline._t, spline._c, spline.k
    sound = (
        isinstance(degree, int)
        and all(isinstance(one, np.ndarray) and one.dtype == np.float64 for one in (knots, weights))
        and knots.ndim == 1
        and weights.ndim >= 1
        and 0 <= degree < len(weights)
        and len(weights) + degree + 1 <= len(knots)
        and bool(np.isfinite(knots).all() and (np.diff(knots) >= 0).all())
    )
    return None if sound else "a spline uses knots that it does not have, or has them out of order"


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
        return f"it was binned for {len(categories)} columns, but the model takes {model.n_features_in_}"
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


def dump(model: Any) -> bytes:
    """Return `model` as the bytes of a model file.

    Two dumps of one model differ in their bytes: the file is written once, and its digest is kept.

    Raises
    ------
    Refused
        M02 if the model contains something that cannot be stored, or the file exceeds the bounds.
    """
    name = class_path(model)
    try:
        data: bytes = dumps(model, compression=zipfile.ZIP_DEFLATED, compresslevel=6)
        _inspect(data)
    except Refused as refusal:
        what = f"The model cannot be stored. {refusal.violations[0].what}"
        raise Refused("M02", what, f"Estimator {name}", "Use fewer or smaller trees, or simpler steps.") from refusal
    except Exception as error:
        what = f"The file format cannot store {_culprit(model)} ({type(error).__name__})."
        remedy = (
            "Remove that part, or build it inside transform or predict_proba from numbers and arrays, which can be stored."
            " Steps from scikit-learn, xgboost, lightgbm, catboost and imbalanced-learn can be stored as they are."
        )
        raise Refused("M02", what, f"Estimator {name}", remedy) from error
    return data


def _culprit(model: Any) -> str:
    """Return which part of a model it is that cannot be stored, and of which type."""
    for part in reversed(list(parts(model))):
        if _can_be_stored(part):
            continue
        for name, value in vars(part).items():
            if not _can_be_stored(value):
                return f"{class_path(part)}.{name}, which holds a {class_path(value)}"
        return class_path(part)
    return "the model"


def _can_be_stored(thing: Any) -> bool:
    try:
        dumps(thing)
    except Exception:
        # Whatever it is that goes wrong: the question is only where.
        return False
    return True


def untrusted(data: bytes, also: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the types in a model file that will not be loaded, in alphabetical order; `also` are those in the policy.

    Raises
    ------
    EvidenceBroken
        A15 if it is not a skops file, A16 if it leaves the bounds.
    """
    return tuple(sorted(_beyond_skops(data) - {*TRUSTED, *also}))


def _beyond_skops(data: bytes) -> set[str]:
    """Return the types in a model file that are not on skops' own list."""
    _inspect(data)
    try:
        return set(get_untrusted_types(data=data))
    except Exception as error:
        raise _unreadable(error) from error


def load(data: bytes, also: Sequence[str] = ()) -> Any:
    """Return the model in a model file: of types on the published list, and of those `also` that the policy lists.

    Raises
    ------
    EvidenceBroken
        A15 if it is not a skops file or holds a type that is not trusted, A16 if it leaves the
        bounds, A18 if a tree points outside itself.
    """
    foreign = untrusted(data, also)
    if foreign:
        what = f"The model file contains types that are not trusted: {', '.join(ascii(one)[1:-1] for one in foreign[:10])}."
        remedy = (
            "Build the model from steps on the published list (smartstart_gov.trusted_types()); or have the committee review"
            " the code of these types and list them under trusted_types in the policy."
        )
        raise EvidenceBroken("A15", what, _WHERE, remedy)
    try:
        model = loads(data, trusted=[*TRUSTED, *also])
        problem = first_unsound_tree(model)
    except Exception as error:
        raise _unreadable(error) from error
    if problem is not None:
        raise EvidenceBroken("A18", problem, _WHERE, _FOREIGN)
    return model


def read_model(path: Path | str, also: Sequence[str] = ()) -> Any:
    """Return the fitted model in a skops file from somebody else; `also` are the types that the policy lists.

    Raises
    ------
    Refused
        U01 if there is no such file; M02 if it is not a skops file, holds types that are not trusted, or trees that
        cannot be checked, or leaves the bounds. Pickle and joblib files are never opened: opening one runs whatever code
        is in it.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        what = f"The model file cannot be read ({error.strerror})."
        raise Refused("U01", what, str(file), "Give the path of a file that skops.io.dump wrote.") from None
    try:
        unread = sorted(_beyond_skops(data).intersection(BYTES).difference(also))
        if unread:
            what = f"The model file stores trees as bytes that cannot be checked before they are opened: {', '.join(unread)}."
            remedy = (
                "If the committee trusts the maker of this file, list these types under trusted_types in the policy; or pass"
                " the model itself in Python: audit_model(model, data, project)."
            )
            raise Refused("M02", what, str(file), remedy)
        return load(data, also)
    except EvidenceBroken as broken:
        remedy = broken.violations[0].remedy
        if remedy == _FOREIGN:
            remedy = "Write the file with skops.io.dump(model, file) where the model was made."
        raise Refused("M02", broken.violations[0].what, str(file), remedy) from None


def _unreadable(error: Exception) -> EvidenceBroken:
    if isinstance(error, ModuleNotFoundError):
        what = f"The model file needs the module {error.name}, which is not installed."
        remedy = "Install the version named in the training record."
        return EvidenceBroken("A15", what, _WHERE, remedy)
    what = f"The model file cannot be read as skops ({type(error).__name__})."
    return EvidenceBroken("A15", what, _WHERE, _FOREIGN)


def _inspect(data: bytes) -> None:
    if not data.startswith(b"PK\x03\x04"):
        kind = "looks like a pickle or joblib file" if data.startswith(_PICKLES) else "is not a skops file"
        raise EvidenceBroken("A15", f"The model file {kind}.", _WHERE, _FOREIGN)
    if len(data) > MOST_BYTES:
        raise _out_of_bounds(f"has {len(data):,} bytes, more than {MOST_BYTES:,}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
        _inspect_entries(entries, len(data))
        for entry in entries:
            if entry.filename.endswith(".npy"):
                _inspect_array(archive, entry)
            elif entry.filename.endswith(".npz"):
                _inspect_arrays(archive, entry)
    except Refused:
        raise
    except Exception as error:
        raise _unreadable(error) from error


def _inspect_entries(entries: list[zipfile.ZipInfo], packed: int) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > MOST_ENTRIES:
        raise _out_of_bounds(f"has {len(names):,} entries, more than {MOST_ENTRIES:,}")
    strays = [name for name in names if not _ENTRY.match(name)]
    if strays or len(set(names)) != len(names) or "schema.json" not in names or any(e.flag_bits & 1 for e in entries):
        raise EvidenceBroken("A15", "The model file contains entries that skops does not write.", _WHERE, _FOREIGN)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED or (unpacked > _SMALL and unpacked > MOST_RATIO * packed):
        raise _out_of_bounds(f"would unpack from {packed:,} to {unpacked:,} bytes")
    schema = entries[names.index("schema.json")].file_size
    if schema > MOST_SCHEMA:
        raise _out_of_bounds(f"has a schema of {schema:,} bytes, more than {MOST_SCHEMA:,}")


def _inspect_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, _, dtype = readers[version](stream)
        content = entry.file_size - stream.tell()
    cells = 1
    for length in shape:
        cells *= int(length)
    if dtype.hasobject or cells * dtype.itemsize != content:
        what = "An array in the model file claims a size other than its own."
        raise EvidenceBroken("A16", what, _WHERE, _FOREIGN)


def _inspect_arrays(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    inner = zipfile.ZipFile(io.BytesIO(archive.read(entry)))
    if sum(i.file_size for i in inner.infolist()) > MOST_RATIO * max(entry.file_size, _SMALL // MOST_RATIO):
        raise _out_of_bounds("contains a matrix that would unpack beyond its bounds")
    for item in inner.infolist():
        _inspect_array(inner, item)


def _out_of_bounds(what: str) -> EvidenceBroken:
    return EvidenceBroken("A16", f"The model file {what}.", _WHERE, _FOREIGN)
