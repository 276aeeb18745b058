"""seal(): registers the rules of an audit, and its rows if available, before a model is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.node import shown
from smartstart_gov.authoring.project import Project
from smartstart_gov.authoring.value import Problems, one_line
from smartstart_gov.counting.handover import handover
from smartstart_gov.errors import Refused
from smartstart_gov.intake.validate import ValidatedFrame, validate
from smartstart_gov.ledger import Entry
from smartstart_gov.looks.content import Identities
from smartstart_gov.looks.looks import NEW_PEOPLE
from smartstart_gov.looks.registration import register
from smartstart_gov.looks.split import divide


def seal(project: Project, data: Any | None = None) -> Entry:
    """Register policy, contract and charter in the project's log, and the commitment to the audit rows of `data`.

    Parameters
    ----------
    project : Project
    data : pandas or polars DataFrame, shape (n_samples, n_columns), optional
        What `train` or `audit_predictions` will get. Scores of a finished model, and features if only scores will
        be audited, may be absent. Without data the seal covers only the rules: the audited rows follow from the
        key of the split, which has been in the log from the start.

    Returns
    -------
    Entry
        The log entry; sealing the same again gives the same entry.

    Raises
    ------
    Refused
        Every way in which the data break the contract; R01 if the entry cannot be written to disk.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    ...     project = gov.open_project(f"{folder}/early_help")
    ...     entry = gov.seal(project, project.read(f"{folder}/early_help/sample.csv"))
    ...     again = gov.seal(project, project.read(f"{folder}/early_help/sample.csv"))
    >>> entry.kind, entry == again
    ('seal', True)
    """
    accept(seal, locals())
    return register(project, None if data is None else _rows(project, data))


def declare_new_people(project: Project, data: Any, *, by: str, reason: str) -> Entry:
    """Declare in the project's log that the keys of the audit rows of `data` were given to other people since earlier looks.

    Recurring keys count as recurring rows. If a register reassigns keys, somebody must take responsibility for declaring
    that. The documents print who it was, and why. The content of the rows is still compared with earlier looks.

    Parameters
    ----------
    project : Project
    data : pandas or polars DataFrame, shape (n_samples, n_columns)
        What will be audited, as for `seal`.
    by : str
        Role of a signatory of the charter.
    reason : str
        One sentence, which is printed.

    Returns
    -------
    Entry
        The log entry; declaring the same again gives the same entry.

    Raises
    ------
    Refused
        D13 if the charter has no such signatory, P05 for an empty or unprintable reason, D10 if rows have no key,
        and every way in which the data break the contract.
    """
    roles = [signatory.role for signatory in project.charter.signatories]
    if by not in roles:
        what = f"{shown(by)} is not a signatory of the charter."
        raise Refused("D13", what, "Argument by", f"Use one of {', '.join(roles)}.")
    try:
        reason = one_line(reason)
    except Problems as error:
        problem = error.problems[0]
        raise Refused(problem.rule, f"The reason {problem.what}.", "Argument reason", problem.remedy) from None
    frame, where = _audited(project, data)
    rows = Identities.of(frame, where).row_set(frame, where, project.look_salt)
    if not len(rows.units):
        what, remedy = (
            "The rows have no key, so no key can belong to other people.",
            "Audit them directly: rows without keys need no such declaration.",
        )
        raise Refused("D10", what, f"Contract {project.contract.name}", remedy)
    body = {"units": rows.units_digest, "by": by, "reason": reason}
    known = next((entry for entry in project.ledger.find(NEW_PEOPLE) if entry.body == body), None)
    return known or project.ledger.append(NEW_PEOPLE, body)


def _rows(project: Project, data: Any) -> str:
    frame, where = _audited(project, data)
    audited = frame.rows if where is None else int(where.sum())
    nobody = handover(frame, decision=np.zeros(audited, dtype=np.int8), score=None, where=where)
    return Identities.of(frame, where).rows_digest(nobody, project.look_salt)


def _audited(project: Project, data: Any) -> tuple[ValidatedFrame, npt.NDArray[np.bool_] | None]:
    """Return the rows, checked, and which of them are audited; None means all."""
    contract, split = project.contract, project.policy.split
    scored = contract.said() is not None
    # A vendor's scores, and the features behind them, need not be there: only who is audited, and on what.
    roles = tuple(dict.fromkeys(c.role for c in contract.columns if c.role not in ("score", "decision", "feature", "ignore")))
    frame = validate(data, contract, roles=roles if scored else None)
    where = None
    if not scored and split.method == "parts":
        where = divide(frame, split, project.split_key).where("audit")
    return frame, where
