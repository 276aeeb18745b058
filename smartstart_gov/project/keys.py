"""The one door for keys: rows of two tables that belong together are found by a key of one type, never by position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.project.node import shown
from smartstart_gov.project.typed_series import Kind, canonical, kind_of, series_of

if TYPE_CHECKING:
    import pandas as pd

Places = npt.NDArray[np.int64]


def unusable(frames: Mapping[str, Any], key: str) -> Iterator[tuple[str, str, str]]:
    """Return what keeps `key` from being one of all `frames`: a rule, what is wrong, and the remedy."""
    kinds: set[Kind] = set()
    for name, frame in frames.items():
        if list(map(str, frame.columns)).count(key) != 1:
            yield "D20", f"Frame {shown(name)} has no key {shown(key)}.", "Hand in the key in both frames."
            continue
        kind = kind_of(series_of(frame, key))
        kinds.add(kind)
        if kind not in ("string", "integer", "nothing"):
            what = f"Key {shown(key)} of frame {shown(name)} is no text and no whole number."
            yield "D10", what, "Store it as text."
    if len(kinds - {"nothing"}) > 1:
        what = f"Key {shown(key)} is of one type in one frame and of another in the other."
        yield "D10", what, "Store it as text in both: a number loses leading zeros."


def places_of(base: Any, other: Any, key: str) -> Places:
    """Return for each row of `base` where its partner stands in `other`; -1 where it has none."""
    import pandas as pd

    ours, theirs = (_plain(series_of(frame, key)) for frame in (base, other))
    places = pd.Index(theirs).get_indexer(pd.Index(ours))
    return np.where(ours.isna().to_numpy(dtype=bool), -1, places).astype(np.int64)


def _plain(series: pd.Series[Any]) -> pd.Series[Any]:
    kind = kind_of(series)
    if kind == "nothing":
        return series.astype(object)
    return canonical(series, "integer" if kind == "integer" else "string").astype(object)
