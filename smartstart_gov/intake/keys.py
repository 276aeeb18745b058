"""Keys: text from file to count, pseudonyms and never citizen service numbers; rows are joined by key, not by position."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from stdnum.nl import bsn

from smartstart_gov.authoring.node import shown
from smartstart_gov.intake.series import Kind, canonical, kind_of, series_of

if TYPE_CHECKING:
    import pandas as pd


#: Of random numbers one in eleven passes the eleven test; of service numbers all do, but for typing errors.
_NEARLY_ALL = 0.9
#: From fewer values nothing can be told: five random numbers all pass once in 160 000 times.
_FEWEST = 5
#: More values than this say nothing new.
_ENOUGH = 5_000
#: Seven to nine digits: spreadsheets drop leading zeros, people write points, spaces and dashes.
_SHAPED = re.compile(r"[0-9]{7,9}")
#: From here on a number with decimals skips whole numbers, so that two keys may have become one.
_EXACT = 2.0**53
#: A number of which a spreadsheet has kept the first digits.
ROUNDED = r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+"
Places = npt.NDArray[np.int64]


def could_be_bsn(value: object) -> bool:
    """Return whether one value could be a BSN: it passes the eleven test, with or without its points and leading zeros.

    Examples
    --------
    >>> could_be_bsn("1112.22.333"), could_be_bsn(111222333), could_be_bsn("111222334")
    (True, True, False)
    """
    text = re.sub(r"[ .-]", "", str(value))
    return bool(_SHAPED.fullmatch(text)) and bool(bsn.is_valid(text))


def is_service_number(values: Iterable[object]) -> bool:
    """Return whether nearly all of these different values could be a BSN, and are too many for that to be chance."""
    distinct = {re.sub(r"[ .-]", "", str(value)) for value in values if not _is_missing(value)}
    if len(distinct) < _FEWEST:
        return False
    shaped = [text for text in distinct if _SHAPED.fullmatch(text)]
    if len(shaped) < max(_FEWEST, _NEARLY_ALL * len(distinct)):
        return False
    tried = sorted(shaped)[:: max(1, len(shaped) // _ENOUGH)]
    return sum(map(bsn.is_valid, tried)) >= _NEARLY_ALL * len(tried)


def key_text(series: pd.Series[Any]) -> pd.Series[Any] | None:
    """Return a column of keys as text, whatever it is stored as; None if that would be a guess.

    Text stays as it is, with leading zeros. A whole number becomes its digits, so that the same keys from CSV and
    Parquet are equal. Numbers with decimals are accepted if all are whole and below 2^53: pandas turns whole numbers
    with missing values into such columns. Larger ones may have been rounded, which could merge two people.

    Examples
    --------
    >>> import pandas as pd
    >>> key_text(pd.Series(["0012", "1E+19"])).tolist(), key_text(pd.Series([12, 13])).tolist()
    (['0012', '1E+19'], ['12', '13'])
    >>> key_text(pd.Series([12.0, None])).tolist(), key_text(pd.Series([1e19, 2e19])) is None
    (['12', None], True)
    """
    import pandas as pd

    kind = kind_of(series)
    if kind in ("string", "nothing"):
        return canonical(series, "string")
    if kind == "integer" and not series.isna().any():
        return pd.Series(canonical(series, "integer").to_numpy().astype("U20").astype(object))
    if kind in ("boolean", "datetime", "day"):
        return None
    values = [None if _is_missing(value) else value for value in series.to_numpy(dtype=object)]
    texts = [None if value is None else _spelt(value) for value in values]
    if any(text is None and value is not None for text, value in zip(texts, values, strict=True)):
        return None
    return pd.Series(texts, dtype=object)


def _spelt(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if abs(number) < _EXACT and number == int(number) else None
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return str(int(value))
    return None


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ == "NAType" or bool(value != value)  # nan differs from itself


def unusable(frames: Mapping[str, Any], key: str) -> Iterator[tuple[str, str, str]]:
    """Return why `key` cannot be a key of all `frames`: a rule, what is wrong, and the remedy."""
    kinds: set[Kind] = set()
    texts: list[pd.Series[Any]] = []
    for name, frame in frames.items():
        if list(map(str, frame.columns)).count(key) != 1:
            yield "D20", f"Frame {shown(name)} has no key {shown(key)}.", "Provide the key in both frames."
            continue
        text = key_text(series_of(frame, key))
        if text is None:
            what = f"Key {shown(key)} of frame {shown(name)} is neither text nor whole numbers that are certain to be exact."
            yield "D10", what, "Read it as text from its source."
            continue
        kinds.add(kind_of(series_of(frame, key)))
        texts.append(text)
    if len(kinds - {"nothing"}) > 1 and len(texts) == len(frames) and not _alike(*texts):
        what = f"Key {shown(key)} is stored as text in one frame and as numbers in the other, and the values do not agree."
        yield "D10", what, "Store it as text in both: a number loses leading zeros."


def places_of(base: Any, other: Any, key: str) -> Places:
    """Return for each row of `base` the position of its match in `other`; -1 if it has none."""
    import pandas as pd

    # A frame whose keys are no keys was refused before.
    ours, theirs = (pd.Series(key_text(series_of(frame, key)), dtype=object) for frame in (base, other))
    places = pd.Index(theirs).get_indexer(pd.Index(ours))
    return np.where(ours.isna().to_numpy(dtype=bool), -1, places).astype(np.int64)


def _alike(ours: pd.Series[Any], theirs: pd.Series[Any]) -> bool:
    """Return whether keys of two storages can be the same keys: some are, and none has a zero that numbers lose."""
    zeros = any(key.astype(str).str.fullmatch("0[0-9]+").any() for key in (ours, theirs))
    return not zeros and bool(ours.dropna().isin(theirs.dropna()).any())
