"""Whether a key is a pseudonym, or a citizen service number (BSN) that should never have come here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

#: Weights of the nine digits in the eleven-test of the BSN.
_WEIGHTS = np.array([9, 8, 7, 6, 5, 4, 3, 2, -1])
#: Of random numbers of nine digits one in eleven passes the test; of service numbers all do, but for typing errors.
_NEARLY_ALL = 0.9
#: From fewer values nothing can be told: five random numbers all pass once in 160 000 times.
_FEWEST = 5


def is_service_number(series: pd.Series[Any]) -> bool:
    """Return whether nearly all values of a key are numbers of nine digits that pass the eleven-test.

    Numbers that lost a leading zero count too, and text with spaces or points in it.
    """
    values = series.dropna()
    if not len(values) or values.dtype.kind in "fbcmM":
        return False
    text = values.astype(str).str.replace(r"[ .-]", "", regex=True).drop_duplicates()
    shaped = text[text.str.fullmatch("[0-9]{8,9}").fillna(False).astype(bool)]
    if len(shaped) < max(_FEWEST, _NEARLY_ALL * len(text)) or (shaped.str.len() == 9).mean() < 0.5:
        return False
    digits = np.array([[int(sign) for sign in number.zfill(9)] for number in shaped.iloc[:10_000]])
    return bool((digits @ _WEIGHTS % 11 == 0).mean() >= _NEARLY_ALL)
