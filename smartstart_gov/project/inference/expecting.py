"""What a file lets one expect of the rows to come: for a plan, never for a verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from smartstart_gov.project.expected import Expected
from smartstart_gov.project.inference.draft import Draft

if TYPE_CHECKING:
    import pandas as pd

#: A span of time shorter than this is taken as one year: seasons would be carried on to the whole of it.
_SHORTEST, _YEAR = 330.0, 365.25
#: Shares are written in hundredths, and rows in two digits: they are expectations, and give no small count away.
_STEPS = 100


def expected_of(table: pd.DataFrame, draft: Draft) -> Expected:
    """Return what can be expected of rows like these: how many a year, which share positive, which share of unknown group.

    The base rate stays out as long as nobody has said which value of the label counts as 1.
    """
    label = next(iter(draft.with_role("label")), None)
    base_rate = None
    if label is not None and label.positive is not None:
        share = float((table[label.name] == label.positive).mean())
        base_rate = min(max(round(share * _STEPS), 1), _STEPS - 1) / _STEPS
    unknown = {}
    for column in draft.with_role("sensitive"):
        if column.maximum_unknown_share is not None:
            values = table[column.name]
            share = float((values.isna() | values.isin(list(column.unknown_values))).mean())
            unknown[column.name] = min(math.ceil(share * _STEPS) / _STEPS, column.maximum_unknown_share)
    return Expected(rows_per_year=_two_digits(len(table) / _years(table, draft)), base_rate=base_rate, unknown_shares=unknown)


def _years(table: pd.DataFrame, draft: Draft) -> float:
    moments = next(iter(draft.with_role("time")), None)
    if moments is None:
        return 1.0
    span = table[moments.name].max() - table[moments.name].min()
    days = span.total_seconds() / 86_400
    return days / _YEAR if days >= _SHORTEST else 1.0


def _two_digits(rows: float) -> int:
    step: int = 10 ** max(int(math.log10(max(rows, 1))) - 1, 0)
    return max(round(rows / step) * step, 1)
