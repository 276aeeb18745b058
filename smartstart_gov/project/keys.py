"""The one door for keys: rows of two tables that belong together are found by a key as text, never by position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.project.node import shown
from smartstart_gov.project.pseudonyms import key_text
from smartstart_gov.project.typed_series import Kind, kind_of, series_of

if TYPE_CHECKING:
    import pandas as pd

Places = npt.NDArray[np.int64]


def unusable(frames: Mapping[str, Any], key: str) -> Iterator[tuple[str, str, str]]:
    """Return what keeps `key` from being one of all `frames`: a rule, what is wrong, and the remedy."""
    kinds: set[Kind] = set()
    texts: list[pd.Series[Any]] = []
    for name, frame in frames.items():
        if list(map(str, frame.columns)).count(key) != 1:
            yield "D20", f"Frame {shown(name)} has no key {shown(key)}.", "Hand in the key in both frames."
            continue
        text = key_text(series_of(frame, key))
        if text is None:
            what = f"Key {shown(key)} of frame {shown(name)} is no text, and no whole number that is certain to be exact."
            yield "D10", what, "Read it as text from its source."
            continue
        kinds.add(kind_of(series_of(frame, key)))
        texts.append(text)
    if len(kinds - {"nothing"}) > 1 and len(texts) == len(frames) and not _alike(*texts):
        what = f"Key {shown(key)} is stored as text in one frame and as numbers in the other, and they do not agree."
        yield "D10", what, "Store it as text in both: a number loses leading zeros."


def places_of(base: Any, other: Any, key: str) -> Places:
    """Return for each row of `base` where its partner stands in `other`; -1 where it has none."""
    import pandas as pd

    # A frame whose keys are no keys was refused before.
    ours, theirs = (pd.Series(key_text(series_of(frame, key)), dtype=object) for frame in (base, other))
    places = pd.Index(theirs).get_indexer(pd.Index(ours))
    return np.where(ours.isna().to_numpy(dtype=bool), -1, places).astype(np.int64)


def _alike(ours: pd.Series[Any], theirs: pd.Series[Any]) -> bool:
    """Return whether keys of two storages can be the same keys: some are, and none has a zero that numbers lose."""
    zeros = any(key.astype(str).str.fullmatch("0[0-9]+").any() for key in (ours, theirs))
    return not zeros and bool(ours.dropna().isin(theirs.dropna()).any())
