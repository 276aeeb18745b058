"""Families and what their schools know, as two sources: made up, with a loss in linking that a test plants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smartstart_gov.authoring.contract import DataContract
from tests.intake.frames import SAID, column

OPEN = {"original_purpose": "open", "lawful_basis": "open", "retention": "open", "last_verified": "open", "error_rate": "open"}
SOURCE = {"system": "S", "owner": "O", **OPEN}
LINK = {"source": "school", "key": "pupil", "expected_share": 0.9}
COLUMNS = (
    column("pupil", "string", "unit", source="intake"),
    column("origin", "string", "sensitive", source="intake", levels=["A", "B", "C"], maximum_unknown_share=0.1),
    column("town", "string", "site", source="intake", levels=["east", "west"]),
    column("absence", "number", "feature", source="school"),
    column("debt", "number", "feature", source="intake"),
    column("late", "boolean", "label", source="intake", levels=[False, True], positive=True),
)


def contract(*, columns: Any = COLUMNS, links: Any = (LINK,), **more: Any) -> DataContract:
    return DataContract.model_validate(
        {
            "format": 1, "name": "linked", "version": "1", "meaning": SAID, "unit_of_analysis": SAID,
            "aggregation_level": "person", "sources": {"intake": SOURCE, "school": SOURCE}, "columns": list(columns),
            "links": list(links), **more,
        }
    )  # fmt: skip


def frames(sizes: Mapping[str, int], lost: Mapping[str, float] | float = 0.0, *, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Return base and school; of each group the school lacks a share, drawn at random (each pupil by itself)."""
    draw = np.random.default_rng(seed)
    rows = sum(sizes.values())
    origin = np.repeat(list(sizes), list(sizes.values()))
    pupil = np.array([f"p{i:06d}" for i in draw.permutation(rows)])
    shares = np.array([lost.get(level, 0.0) if isinstance(lost, Mapping) else lost for level in origin])
    base = pd.DataFrame(
        {
            "pupil": pupil, "origin": origin, "town": draw.choice(["east", "west"], rows), "debt": draw.random(rows),
            "late": draw.random(rows) < 0.3,
        }
    )  # fmt: skip
    known = draw.random(rows) >= shares
    school = pd.DataFrame({"pupil": pupil[known], "absence": draw.random(int(known.sum()))})
    return {"base": base, "school": school.sample(frac=1, random_state=seed).reset_index(drop=True)}


def exactly(sizes: Mapping[str, int], lost: Mapping[str, float], *, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Return base and school of which the school lacks exactly a share of each group."""
    made = frames(sizes, seed=seed)
    base, school = made["base"], made["school"]
    gone = [
        p for level, share in lost.items() for p in base.loc[base["origin"] == level, "pupil"][: round(share * sizes[level])]
    ]
    return {"base": base, "school": school[~school["pupil"].isin(gone)].reset_index(drop=True)}
