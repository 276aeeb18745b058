"""Random rows, tallies and policies."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.counting.tally import Tally


def rows(
    seed: int, n: int, sizes: tuple[int, ...], *, unknown: bool = False, units: int = 0, weights: bool = False
) -> Predictions:
    """Return `n` random rows with one grouping a size; with `unknown`, the last level is the unknown one."""
    rng = np.random.default_rng(seed)
    groups = {}
    for i, size in enumerate(sizes):
        levels = [f"{'abcdef'[i]}{j}" for j in range(size)]
        if unknown:
            levels[-1] = "unknown"
        codes = rng.choice(size, size=n, p=rng.dirichlet(np.ones(size)))
        groups[f"axis{i}"] = GroupCodes(name=f"axis{i}", levels=tuple(levels), codes=codes.astype(np.int64), unknown=unknown)
    y_true = rng.integers(0, 2, n).astype(np.int8)
    y_true[:2] = (0, 1)
    return Predictions(
        y_true=y_true,
        y_pred=rng.integers(0, 2, n).astype(np.int8),
        groups=groups,
        unit=rng.integers(0, units, n) if units else None,
        weight=rng.integers(1, 5000, n) if weights else None,
    )


@st.composite
def predictions(draw: st.DrawFn, **options: Any) -> Predictions:
    """Draw random rows."""
    sizes = tuple(draw(st.lists(st.integers(2, 5), min_size=1, max_size=3)))
    return rows(draw(st.integers(0, 2**32 - 1)), draw(st.integers(2, 300)), sizes, **options)


@st.composite
def tallies(draw: st.DrawFn, **options: Any) -> Tally:
    """Draw the tally of random rows."""
    return count(draw(predictions(**options)))


def policy(**changes: Any) -> Policy:
    """Return a small policy over ``axis0``; keyword arguments replace its keys, `limit` those of its one limit."""
    limit = {
        "id": "gap", "metric": "selection_rate", "by": ["axis0"], "measure": "difference", "between": "groups",
        "at_most": 0.1, "reason": "open",
    } | changes.pop("limit", {})  # fmt: skip
    stage = {"not_shown": "refused", "signatures": []}
    record = {
        "format": 1, "version": "1", "attributes": ["axis0"], "threshold": {"value": 0.5, "chosen_by": "open", "reason": "open"},
        "split": {"fit": 0.5, "develop": 0.2, "audit": 0.3}, "limits": [limit],
        "stages": {"shadow": stage, "trial": stage, "release": stage},
    } | changes  # fmt: skip
    return Policy.model_validate(record)


def counted(cells: dict[str, tuple[int, int, int, int]], *, unknown: bool = False, name: str = "axis0") -> Tally:
    """Return a tally over one axis from cells (tn, fp, fn, tp) by level; the last level may be the unknown one."""
    from smartstart_gov.counting.tally import Axis

    axis = Axis(name=name, levels=tuple(cells), unknown=unknown)
    return Tally(axes=(axis,), counts=np.array(list(cells.values()), dtype=np.int64).reshape(-1, 2, 2), moments={})
