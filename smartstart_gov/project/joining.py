"""Two frames joined one-to-one on a key: attributes meet predictions, and nothing of it is stored."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from smartstart_gov.errors import Refused
from smartstart_gov.project.linking import Linked
from smartstart_gov.project.pseudonyms import key_text
from smartstart_gov.project.typed_series import series_of

#: Name of the keys as text, while two frames are joined on them.
_KEY = "smartstart_gov key"


def join_attributes(data: Any, attributes: Any, on: str | None) -> Any:
    """Return `data` with the columns of `attributes`, matched on the key `on`.

    Raises
    ------
    Refused
        U01 for sources that are linked already.
        D10: a key is missing, stands twice or has no partner, or a column stands in both frames.
    """
    where = "audit_predictions(attributes=, on=)"
    if isinstance(data, Linked):
        raise Refused("U01", "Attributes are handed in beside linked sources.", where, "Link them as a source of the contract.")
    if on is None:
        raise Refused("D10", "Attributes are handed in without a key.", where, "Name the key column of both frames with on=.")
    left, right = nw.from_native(data, eager_only=True), nw.from_native(attributes, eager_only=True)
    keys = []
    for name, frame, native in (("data", left, data), ("attributes", right, attributes)):
        if on not in frame.columns:
            raise Refused("D10", f"The {name} frame has no column {on!r}.", where, "Name a key that both frames have.")
        key = key_text(series_of(native, on))
        if key is None:
            what = f"Key {on!r} of the {name} frame is no text, and no whole number that is certain to be exact."
            raise Refused("D10", what, where, "Read it as text from its source.")
        keys.append(key)
        if key.duplicated().any() or key.isna().any():
            raise Refused(
                "D10",
                f"Key {on!r} of the {name} frame is missing or stands twice in some rows.",
                where,
                "Give each row one key of its own.",
            )
    both = set(left.columns) & set(right.columns) - {on}
    if both:
        raise Refused(
            "D10", f"Both frames have column {sorted(both)[0]!r}.", where, "Keep each column in one of the two frames."
        )
    # Keys are compared as text, so that 12 of a Parquet file and 12 of a CSV are one key.
    left, right = (
        frame.with_columns(nw.new_series(_KEY, key.tolist(), nw.String, backend=frame.implementation))
        for frame, key in ((nw.maybe_reset_index(left), keys[0]), (nw.maybe_reset_index(right), keys[1]))
    )
    joined = left.join(right.drop(on), on=_KEY, how="inner").drop(_KEY)
    if not len(joined) == len(left) == len(right):
        alone = [f"{len(frame) - len(joined)} of {len(frame)}" for frame in (left, right)]
        what = f"{alone[0]} predictions and {alone[1]} attribute rows have no partner."
        raise Refused("D10", what, where, "Hand in the same rows in both frames.")
    return joined.to_native()
