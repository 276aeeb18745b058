"""Two frames joined one-to-one on a key: attributes meet predictions, and nothing of it is stored."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.keys import places_of, unusable
from smartstart_gov.project.linking import Linked
from smartstart_gov.project.node import shown
from smartstart_gov.project.tables import in_memory
from smartstart_gov.project.typed_series import series_of

_WHERE = "audit_predictions(attributes=, on=)"


def join_attributes(data: Any, attributes: Any, on: str | None) -> Any:
    """Return `data` with the columns of `attributes`, matched on the key `on`; the result is of the library of `data`.

    Raises
    ------
    Refused
        U01 for sources that are linked already, and for what is no frame.
        D10, D20: a key is missing, of another type, stands twice or has no partner, or a column stands in both frames.
    """
    if isinstance(data, Linked) or isinstance(attributes, Linked):
        what = "Attributes are handed in beside linked sources."
        raise Refused("U01", what, _WHERE, "Link them as a source of the contract.")
    if not isinstance(on, str):
        raise Refused("D10", "Attributes are handed in without a key.", _WHERE, "Name the key column of both frames with on=.")
    frames = {"data": in_memory(data, _WHERE), "attributes": in_memory(attributes, _WHERE)}
    found = [Violation(rule=rule, what=what, where=_WHERE, remedy=remedy) for rule, what, remedy in unusable(frames, on)]
    names = {name: list(map(str, frame.columns)) for name, frame in frames.items()}
    both = [name for name in names["data"] if name in names["attributes"] and name != on]
    if both:
        what = f"Both frames have column {shown(both[0])}."
        found.append(Violation(rule="D10", what=what, where=_WHERE, remedy="Keep each column in one of the two frames."))
    if not found:
        for name, frame in frames.items():
            key = series_of(frame, on)
            if key.isna().any() or key.duplicated().any():
                what = f"Key {shown(on)} of the {name} frame is missing or stands twice in some rows."
                found.append(Violation(rule="D10", what=what, where=_WHERE, remedy="Give each row one key of its own."))
    if found:
        raise Refused.of(found)
    places = places_of(data, attributes, on)
    matched = int((places >= 0).sum())
    if not matched == len(data) == len(attributes):
        alone = [f"{len(frame) - matched} of {len(frame)}" for frame in (data, attributes)]
        what = f"{alone[0]} predictions and {alone[1]} attribute rows have no partner."
        raise Refused("D10", what, _WHERE, "Hand in the same rows in both frames.")
    left, right = nw.from_native(data, eager_only=True), nw.from_native(_like(data, attributes), eager_only=True)
    beside = right[places.tolist()].drop(on)
    return nw.concat([nw.maybe_reset_index(left), nw.maybe_reset_index(beside)], how="horizontal").to_native()


def _like(data: Any, attributes: Any) -> Any:
    """Return `attributes` in the library of `data`, types kept: whole numbers with gaps do not become decimals."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(attributes, pd.DataFrame):
        if isinstance(data, pd.DataFrame):
            return attributes
        try:
            table = pa.Table.from_pandas(attributes, preserve_index=False)
        except (pa.ArrowException, TypeError, ValueError):
            what = "The attributes hold values that only pandas can hold."
            raise Refused("D17", what, _WHERE, "Hand in both frames as pandas DataFrames.") from None
        return nw.from_arrow(table, backend="polars").to_native()
    if not isinstance(data, pd.DataFrame):
        return attributes
    return pd.DataFrame({name: series_of(attributes, name) for name in attributes.columns})
