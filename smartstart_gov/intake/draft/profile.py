"""Profile: what can be counted about one column, whichever data frame library holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from smartstart_gov.authoring.contract import Dtype
from smartstart_gov.errors import Refused
from smartstart_gov.intake.draft.draft import Level
from smartstart_gov.intake.series import canonical, kind_of, series_of

#: A column with more different values than this is no list of levels.
MOST_LEVELS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One column, counted.

    Attributes
    ----------
    dtype : str or None
        None if the column is empty, or contains what no contract can describe.
    kind : str
        What it contains, in the terms of `typed_series`.
    counts : mapping of level to int or None
        Different values and their numbers, the most frequent first; None if there are more than `MOST_LEVELS`, and
        for numbers with decimals and datetimes.
    distinct : int
    minimum, maximum : float or int or None
        Of numbers.
    whole : bool
        Whether numbers are stored with decimals but have none.
    longest : int
        Of text: the most characters in a cell.
    sample : tuple
        Different values, at most `MOST_LEVELS` of them: for tests of their form.
    """

    name: str
    dtype: Dtype | None
    kind: str
    rows: int
    missing: int
    distinct: int
    counts: Mapping[Level, int] | None = None
    minimum: float | int | None = None
    maximum: float | int | None = None
    whole: bool = False
    longest: int = 0
    sample: tuple[Level, ...] = ()

    @property
    def full(self) -> bool:
        """Whether no value is missing."""
        return self.missing == 0

    @property
    def unique(self) -> bool:
        """Whether every row has a unique value."""
        return self.full and self.rows > 1 and self.distinct == self.rows

    @property
    def levels(self) -> tuple[Level, ...]:
        """The different values in order, text by letter and numbers by size; empty if there are too many."""
        return tuple(sorted(self.counts, key=lambda v: (str(type(v)), v))) if self.counts is not None else ()


def profile_of(frame: Any, name: str) -> Profile:
    """Return the profile of column `name` of a pandas or polars frame."""
    series = series_of(frame, name)
    kind = kind_of(series)
    rows = len(series)
    if kind in ("nothing", "day", "other"):
        return Profile(name=name, dtype=None, kind=kind, rows=rows, missing=int(series.isna().sum()), distinct=0)
    dtype: Dtype = kind  # type: ignore[assignment]  # what is left are the contract's dtypes
    values = canonical(series, dtype)
    present = values[~values.isna()]
    distinct = int(present.nunique())
    fields: dict[str, Any] = {}
    if dtype in ("string", "integer", "boolean"):
        if distinct <= MOST_LEVELS:
            counted = present.value_counts()
            fields["counts"] = {_plain(value): int(n) for value, n in counted.items()}
        fields["sample"] = tuple(_plain(v) for v in present.drop_duplicates().head(MOST_LEVELS))
    if dtype == "string" and len(present):
        fields["longest"] = int(present.str.len().max())
    if dtype in ("integer", "number") and len(present):
        numbers = present.to_numpy(dtype=np.float64)
        numbers = numbers[np.isfinite(numbers)]
        if len(numbers):
            low, high = float(numbers.min()), float(numbers.max())
            exact = dtype == "integer" and max(abs(low), abs(high)) < 2**53
            fields |= {"minimum": int(low) if exact else low, "maximum": int(high) if exact else high}
            fields["whole"] = dtype == "number" and bool((numbers == np.floor(numbers)).all())
            if fields["whole"]:
                fields["sample"] = tuple(int(v) for v in dict.fromkeys(numbers.tolist()))[:MOST_LEVELS]
    missing = rows - len(present)
    return Profile(name=name, dtype=dtype, kind=kind, rows=rows, missing=missing, distinct=distinct, **fields)


def names_of(frame: Any) -> list[str]:
    """Return the names of the columns; Refused if two are the same."""
    names = [str(name) for name in frame.columns]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise Refused("D14", f"Column {twice[0]!r} appears {names.count(twice[0])} times.", "Data", "Keep one of them.")
    return names


def _plain(value: Any) -> Level:
    """Return a level as Python's own text, whole number or truth value."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    return str(value)
