"""From columns of the transformed matrix back to columns of the contract.

A one-hot encoder makes many columns of one, an imputer adds flags, a selector drops columns. Names do
not tell where a column came from (a level may contain any separator), so the structure of the fitted
transformers is followed. Only what can be proven is attributed to a single column of the contract; a
block of columns that mixes several is attributed to all of them together, as ``a + b``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.looks.commitment import missing

Floats = npt.NDArray[np.float64]
#: For each column of a matrix, the columns of the contract that it is made of; empty for a constant.
Origins = tuple[frozenset[str], ...]
_CONSTANT = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Folding:
    """How values of matrix columns add up to values of contract columns.

    Attributes
    ----------
    labels : tuple of str
        Columns of the contract in its order (including those that the matrix leaves out: their value
        is exactly 0), then joint labels like ``a + b``.
    place : ndarray of int64, shape (n_matrix_columns,)
        Position among `labels`, or -1 for a constant column.
    """

    labels: tuple[str, ...]
    place: npt.NDArray[np.int64]

    @property
    def joint(self) -> tuple[str, ...]:
        """Labels of more than one column."""
        return tuple(label for label in self.labels if " + " in label)

    def fold(self, values: Floats) -> Floats:
        """Return the sums, shape (n_rows, n_labels), of values of shape (n_rows, n_matrix_columns)."""
        sums = np.zeros((len(values), len(self.labels)))
        for i in range(len(self.labels)):
            sums[:, i] = values[:, self.place == i].sum(axis=1)
        return sums


def fold_of(transformers: Sequence[Any], features: Sequence[str], width: int) -> Folding:
    """Return the folding of the matrix that `transformers`, one after the other, make of `features`.

    Parameters
    ----------
    transformers : sequence of fitted transformers
    features : sequence of str
        Columns of the contract in the order in which the model gets them.
    width : int
        Columns of the matrix; if the structure gives another number, nothing counts as proven.
    """
    origins = _through(transformers, tuple(frozenset([name]) for name in features))
    if origins is None or len(origins) != width:
        origins = (frozenset(features),) * width
    single = {next(iter(origin)) for origin in origins if len(origin) == 1}
    mixed = {name for origin in origins if len(origin) > 1 for name in origin}
    names = [name for name in features if name in single or name not in mixed]
    joint = [_label(origin, features) for origin in origins if len(origin) > 1]
    labels = tuple(dict.fromkeys([*names, *joint]))
    place = [labels.index(_label(origin, features)) if origin else _CONSTANT for origin in origins]
    return Folding(labels=labels, place=np.array(place, dtype=np.int64))


def _label(origin: frozenset[str], features: Sequence[str]) -> str:
    return " + ".join(name for name in features if name in origin)


def _through(transformers: Sequence[Any], origins: Origins) -> Origins | None:
    found: Origins | None = origins
    for transformer in transformers:
        if found is None:
            return None
        found = _trace(transformer, found)
    return found


def _trace(transformer: Any, origins: Origins) -> Origins | None:
    """Return the origins behind `transformer`, or None if nothing is proven about its columns."""
    if transformer is None or isinstance(transformer, str):
        return origins if transformer != "drop" else ()
    if hasattr(transformer, "steps"):
        return _through([step for _, step in transformer.steps], origins)
    if getattr(transformer, "n_features_in_", len(origins)) != len(origins):
        return None
    rule = _RULES.get(type(transformer).__name__)
    ours = type(transformer).__module__.startswith("sklearn.")
    if rule is not None and ours:
        return rule(transformer, origins)
    if ours and hasattr(transformer, "get_support"):
        return tuple(origins[i] for i in transformer.get_support(indices=True))
    return None


def _same(transformer: Any, origins: Origins) -> Origins | None:
    return origins


def _function(transformer: Any, origins: Origins) -> Origins | None:
    function = transformer.func
    elementwise = isinstance(function, np.ufunc) and function.nin == 1 and function.nout == 1 and not transformer.kw_args
    return origins if function is None or elementwise else None


def _one_hot(transformer: Any, origins: Origins) -> Origins | None:
    rare = getattr(transformer, "infrequent_categories_", None)
    dropped = transformer.drop_idx_
    found: list[frozenset[str]] = []
    for i, levels in enumerate(transformer.categories_):
        few = 0 if rare is None or rare[i] is None else len(rare[i]) - 1
        gone = 0 if dropped is None or dropped[i] is None else 1
        found += [origins[i]] * (len(levels) - few - gone)
    return tuple(found)


def _target(transformer: Any, origins: Origins) -> Origins | None:
    return origins if transformer.target_type_ in ("binary", "continuous") else None


def _bins(transformer: Any, origins: Origins) -> Origins | None:
    if transformer.encode == "ordinal":
        return origins
    return tuple(origin for origin, bins in zip(origins, transformer.n_bins_, strict=True) for _ in range(int(bins)))


def _imputer(transformer: Any, origins: Origins) -> Origins | None:
    # A column without a single value has no statistic, and is left out unless the imputer was told to keep it.
    kept = [transformer.keep_empty_features or not missing(s) for s in transformer.statistics_.tolist()]
    found = tuple(origin for origin, stays in zip(origins, kept, strict=True) if stays)
    flags = transformer.indicator_.features_ if transformer.add_indicator else ()
    return found + tuple(origins[i] for i in flags)


def _indicator(transformer: Any, origins: Origins) -> Origins | None:
    return tuple(origins[i] for i in transformer.features_)


def _powers(transformer: Any, origins: Origins) -> Origins | None:
    return tuple(frozenset().union(*(origins[i] for i in np.flatnonzero(row))) for row in transformer.powers_)


def _columns(transformer: Any, origins: Origins) -> Origins | None:
    slices = transformer.output_indices_
    found: list[frozenset[str] | None] = [None] * max((part.stop for part in slices.values()), default=0)
    for name, inner, columns in transformer.transformers_:
        part = slices.get(name)
        if part is None or part.stop == part.start:
            continue
        inputs = tuple(origins[i] for i in _positions(columns, transformer))
        inside = _trace(inner, inputs)
        if inside is None or len(inside) != part.stop - part.start:
            inside = (frozenset().union(*inputs),) * (part.stop - part.start)
        found[part] = inside
    return None if any(origin is None for origin in found) else tuple(o for o in found if o is not None)


def _positions(columns: Any, transformer: Any) -> list[int]:
    """Return positions of the inputs that `columns` means: names, numbers, a slice or a mask."""
    names = [str(name) for name in getattr(transformer, "feature_names_in_", ())]
    if isinstance(columns, slice):
        ends = [names.index(end) if isinstance(end, str) else end for end in (columns.start, columns.stop)]
        if isinstance(columns.stop, str):
            ends[1] += 1  # a slice of names holds its last one
        return list(range(transformer.n_features_in_))[slice(ends[0], ends[1], columns.step)]
    listed = [columns] if isinstance(columns, str | int) else list(columns)
    if listed and all(isinstance(c, bool | np.bool_) for c in listed):
        return np.flatnonzero(listed).tolist()
    count = transformer.n_features_in_
    return [names.index(c) if isinstance(c, str) else int(c) % count for c in listed]


_RULES: dict[str, Callable[[Any, Origins], Origins | None]] = {
    **dict.fromkeys(
        (
            "StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "QuantileTransformer", "PowerTransformer",
            "Binarizer", "OrdinalEncoder",
        ),
        _same,
    ),
    "ColumnTransformer": _columns, "FunctionTransformer": _function, "KBinsDiscretizer": _bins, "MissingIndicator": _indicator,
    "OneHotEncoder": _one_hot, "PolynomialFeatures": _powers, "SimpleImputer": _imputer, "TargetEncoder": _target,
}  # fmt: skip
