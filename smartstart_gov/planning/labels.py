"""Rows with their labels, counted without any model: what a plan reads of data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from smartstart_gov.project.folder import Project
from smartstart_gov.tally.cube import Tally


def labels_of(project: Project, data: Any) -> Tally:
    """Return the counts of rows and labels of `data`, a frame, linked sources or a path, with nobody selected."""
    from smartstart_gov.auditing import tally_of
    from smartstart_gov.project.data import read_data
    from smartstart_gov.project.handover import handover
    from smartstart_gov.project.linking import Linked
    from smartstart_gov.project.validation import validate

    contract = project.contract
    frame = read_data(data, contract) if isinstance(data, Path | str) else data
    score = contract.said()
    # Where the scores or decisions of a finished model stand in a file of their own, the other columns are checked.
    columns = frame.native.columns if isinstance(frame, Linked) else frame.columns
    apart = score is not None and score.name not in columns
    others = tuple(dict.fromkeys(c.role for c in contract.columns if c.role not in ("score", "decision", "ignore")))
    valid = validate(frame, contract, roles=others if apart else None)
    nobody = handover(valid, decision=np.zeros(valid.rows, dtype=np.int8), score=None)
    return tally_of(nobody, project.policy)
