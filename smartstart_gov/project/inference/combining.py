"""Several files: the key that each extract shares with the base table, and one table of the rows that find a partner."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.inference.names import known
from smartstart_gov.project.inference.profile import names_of
from smartstart_gov.project.keys import places_of
from smartstart_gov.project.linking import unlinkable
from smartstart_gov.project.node import shown
from smartstart_gov.project.pseudonyms import key_text
from smartstart_gov.project.source import Link
from smartstart_gov.project.typed_series import kind_of

if TYPE_CHECKING:
    import pandas as pd

#: Expected shares are written in hundredths, rounded down.
_STEPS = 100


def combined(frames: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, tuple[Link, ...]]:
    """Return the frames as one table, and how each was linked to the first: by which key, and how many found a partner.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Name of the source to its table; the first is the base, whose rows are the cases.

    Raises
    ------
    Refused
        Every violation at once: U01 where an extract and the base table share no column that could be a key; D10, D14
        and D22 as `link` refuses them.
    """
    import pandas as pd

    base_name, *others = frames
    base = frames[base_name]
    found: list[Violation] = []
    links = []
    for name in others:
        key = _key_of(base, frames[name])
        if key is None:
            what = f"Source {shown(name)} has no column of text or whole numbers that {shown(base_name)} has too."
            remedy = "Give the pseudonym by which they are linked one name in both files."
            found.append(Violation(rule="U01", what=what, where="Data", remedy=remedy))
            continue
        links.append(Link(source=name, key=key, expected_share=1.0))
        found += unlinkable(frames, base_name, links[-1])
    keys = {one.key for one in links}
    found += _twice(frames, keys)
    if found:
        raise Refused.of(found)
    places = {one.source: places_of(base, frames[one.source], one.key) for one in links}
    shares = {name: math.floor((place >= 0).mean() * _STEPS) / _STEPS for name, place in places.items()}
    kept = np.flatnonzero(np.all([place >= 0 for place in places.values()], axis=0))
    if not len(kept):
        what = "No row of the base table has a partner in every other file."
        raise Refused("D12", what, f"Keys {', '.join(shown(one.key) for one in links)}", "Check that the keys are the same.")
    parts = [base.iloc[kept]]
    for one in links:
        # An extract may hold the key of another link too; it is the base table's that counts.
        parts.append(frames[one.source].drop(columns=list(keys), errors="ignore").iloc[places[one.source][kept]])
    table = pd.concat([part.reset_index(drop=True) for part in parts], axis=1)
    return table, tuple(one.model_copy(update={"expected_share": shares[one.source]}) for one in links)


def _key_of(base: pd.DataFrame, extract: pd.DataFrame) -> str | None:
    """Return the column by which two tables are probably linked: one row a key, and as many partners as can be."""
    theirs = set(names_of(extract))
    shared = [
        name
        for name in names_of(base)
        if name in theirs and {kind_of(base[name]), kind_of(extract[name])} <= {"string", "integer"}
    ]

    def likeness(name: str) -> tuple[bool, float, bool, int]:
        about, keys, ours = known(name), key_text(extract[name]), key_text(base[name])
        if keys is None or ours is None:
            return False, 0.0, False, 0
        one_row_each = bool(keys.notna().all() and keys.is_unique)
        matched = float(ours.isin(keys.dropna()).mean())
        return one_row_each, matched, about is not None and about.subject == "person", int(keys.nunique())

    return max(shared, key=likeness, default=None)


def _twice(frames: Mapping[str, pd.DataFrame], keys: Collection[str]) -> Iterator[Violation]:
    home: dict[str, str] = {}
    for name, frame in frames.items():
        for column in names_of(frame):
            if column not in keys and column in home:
                what = f"Column {shown(column)} stands in {shown(home[column])} and in {shown(name)}."
                yield Violation(rule="D14", what=what, where="Data", remedy="Keep it in the file of its source.")
            home.setdefault(column, name)
