"""decide(): the result of findings at a stage. The gate, the card and the terminal print what it returns.

It takes light values and returns one word, so that a refusal needs no counting library.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from smartstart_gov.authoring.names import Stages
from smartstart_gov.judgement.finding import NOTHING_STOPS, Finding

Result = Literal["allowed", "refused", "not_shown", "evidence_broken", "signatures_missing"]


def decide(
    findings: Iterable[Finding], stage: Stages, *, not_shown: Literal["accepted", "refused"], signatures: Sequence[str],
    signed: Collection[str] = (), concept: bool = False, missing: bool = False, turned_down: bool = False,
) -> Result:  # fmt: skip
    """Return the result of `findings` at `stage`.

    Parameters
    ----------
    findings : iterable of Finding
    stage : {"shadow", "trial", "release"}
    not_shown : {"accepted", "refused"}
        Whether the policy accepts answers that are not shown at this stage.
    signatures : sequence of str
        The roles that must sign for it. A release needs somebody who answers for it.
    signed : collection of str
        The roles that have signed.
    concept : bool
        Whether the audit part is still closed: then no stage is open.
    missing : bool
        Whether anything else that the stage needs is not there, such as a document.
    turned_down : bool
        Whether somebody who may sign refused, or took the version back.

    Returns
    -------
    str
        ``refused`` for a breach or a refusal; ``not_shown`` where something that the stage needs is not shown or missing,
        or where no limit could have stopped the model; ``signatures_missing`` where only those are lacking; ``allowed``.

    Examples
    --------
    >>> decide([], "release", not_shown="accepted", signatures=())
    'not_shown'
    """
    found = list(findings)
    blocking = {finding.status for finding in found if finding.blocks_at(stage)}
    if "FAILED" in blocking or turned_down:
        return "refused"
    nobody = stage == "release" and not signatures
    if concept or missing or nobody or not _can_stop(found) or ("NOT_SHOWN" in blocking and not_shown == "refused"):
        return "not_shown"
    return "allowed" if set(signatures) <= set(signed) else "signatures_missing"


def _can_stop(findings: Iterable[Finding]) -> bool:
    """Whether a limit that nobody waived could have stopped this model: else no stage has anything to go by."""
    found = list(findings)
    limits = [f for f in found if f.id.startswith("limit.") and f.severity != "warn"]
    judged = any(f.status not in ("WAIVED", "NOT_APPLICABLE") for f in limits)
    return judged and all(f.reason.code != NOTHING_STOPS for f in found)
