"""decide(): the result of findings at a stage. The gate, the card and the terminal print what it returns.

It takes light values and returns one word, so that a refusal needs no counting library.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from smartstart_gov.authoring.names import Stages
from smartstart_gov.judgement.finding import NOTHING_STOPS, Finding

Result = Literal["allowed", "refused", "not_shown", "evidence_broken", "signatures_missing"]


def decide(
    findings: Iterable[Finding], stage: Stages, *, not_shown: Literal["accepted", "refused"], signatures: Sequence[str],
    concept: bool = False, missing: bool = False,
) -> Result:  # fmt: skip
    """Return the result of `findings` at `stage`.

    Parameters
    ----------
    findings : iterable of Finding
    stage : {"shadow", "trial", "release"}
    not_shown : {"accepted", "refused"}
        Whether the policy accepts answers that are not shown at this stage.
    signatures : sequence of str
        The roles that must sign for it.
    concept : bool
        Whether the audit part is still closed: then no stage is open.
    missing : bool
        Whether anything else that the stage requires is missing, such as a document.

    Returns
    -------
    str
        ``refused`` for a breach; ``not_shown`` if something that the stage requires is not shown or missing, or if no
        limit could have stopped the model; ``signatures_missing`` if only signatures are missing; ``allowed``.

    Examples
    --------
    >>> decide([], "release", not_shown="accepted", signatures=())
    'not_shown'
    """
    found = list(findings)
    blocking = {finding.status for finding in found if finding.blocks_at(stage)}
    if "FAILED" in blocking:
        return "refused"
    if concept or missing or not _can_stop(found) or ("NOT_SHOWN" in blocking and not_shown == "refused"):
        return "not_shown"
    return "signatures_missing" if signatures else "allowed"


def _can_stop(findings: Iterable[Finding]) -> bool:
    """Whether any limit could have stopped this model: else no stage has anything to go by, whatever it accepts."""
    found = list(findings)
    judged = any(f.id.startswith("limit.") and f.severity != "warn" for f in found)
    return judged and all(f.reason.code != NOTHING_STOPS for f in found)
