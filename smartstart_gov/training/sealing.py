"""seal(): registers the rules of an audit, and its rows where they are at hand, before a model is trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from smartstart_gov.ledger import Entry
from smartstart_gov.project.folder import Project
from smartstart_gov.project.handover import handover
from smartstart_gov.project.sealing import register
from smartstart_gov.project.validation import validate
from smartstart_gov.training.identities import Identities
from smartstart_gov.training.split import divide


def seal(project: Project, data: Any | None = None) -> Entry:
    """Register policy, contract and charter in the project's log, and the commitment to the audit rows of `data`.

    Parameters
    ----------
    project : Project
    data : pandas or polars DataFrame, shape (n_samples, n_columns), optional
        What `train` or `audit_predictions` will get. Scores of a finished model, and features where only scores
        will be audited, may be absent. Without data the seal holds the rules only: which rows are audited follows
        from the key of the split, which the log has held from the start.

    Returns
    -------
    Entry
        The entry of the log; the same seal again is the same entry.

    Raises
    ------
    Refused
        Everything in which the data break the contract; R01 where the disk does not take the entry.
    """
    return register(project, None if data is None else _rows(project, data))


def _rows(project: Project, data: Any) -> str:
    contract, split = project.contract, project.policy.split
    scored = contract.said() is not None
    # A vendor's scores, and the features behind them, need not be there: only who is audited, and on what.
    roles = tuple(dict.fromkeys(c.role for c in contract.columns if c.role not in ("score", "decision", "feature", "ignore")))
    frame = validate(data, contract, roles=roles if scored else None)
    where = None
    if not scored and split.method == "parts":
        where = divide(frame, split, project.split_key).where("audit")
    audited = frame.rows if where is None else int(where.sum())
    nobody = handover(frame, decision=np.zeros(audited, dtype=np.int8), score=None, where=where)
    return Identities.of(frame, where).rows_digest(nobody, project.look_salt)
