"""The seal: policy, contract, charter and audit rows, registered in the log before a model is trained.

The order of the log shows what was sealed: the seal must come before the look, before every other look at the same
set and, for a model that the library trained, before its training began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smartstart_gov.authoring.project import Project
from smartstart_gov.ledger import Entry
from smartstart_gov.looks.looks import Looks

#: Kind of the log entry of a seal.
SEAL = "seal"
#: What can be said of an audit and its seal, the best first.
SEALINGS = ("rows", "rules", "other_rows", "after_training", "after_look", "edited", "none")
_HOLDS = ("rows", "rules")


def registered(project: Project) -> dict[str, str]:
    """Return the digests that a seal registers: of policy, contract and charter in their current form."""
    return {"policy": project.policy.digest, "contract": project.contract.digest, "charter": project.charter.digest}


def register(project: Project, rows: str | None) -> Entry:
    """Write a seal into the log, and return it; sealing the same again changes nothing.

    Parameters
    ----------
    project : Project
    rows : str or None
        Commitment to the audit rows; None if there were no data. The audited rows then follow from the key of
        the split, which is in the log, and from the split, which is in the policy.
    """
    body = {**registered(project), "rows": rows}
    known = next((entry for entry in project.ledger.find(SEAL) if entry.body == body), None)
    return known or project.ledger.append(SEAL, body)


def unready(project: Project) -> tuple[str, ...]:
    """Return why the audit part of the project stays closed: ``unconfirmed``, ``unsealed``; empty if it may be opened.

    Guesses and unregistered rules will change, and after a change the rows would need another look.
    """
    unconfirmed = bool(project.contract.unconfirmed)
    unsealed = not seals(project.ledger.entries(), registered(project))
    return tuple(name for name, holds in (("unconfirmed", unconfirmed), ("unsealed", unsealed)) if holds)


def seals(entries: Sequence[Entry], digests: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return the seals in the log that registered exactly these three digests."""
    return tuple(e for e in entries if e.kind == SEAL and all(e.body.get(name) == value for name, value in digests.items()))


def sealing(
    entries: Sequence[Entry], looks: Looks, look: str, digests: Mapping[str, str], known_at_training: Sequence[str] | None
) -> tuple[str | None, str]:
    """Return the digest of the seal on which the look in entry `look` rests, and which of `SEALINGS` applies.

    Parameters
    ----------
    entries : sequence of Entry
        The whole log.
    looks : Looks
        Of the same log.
    look : str
        Digest of the look's entry.
    digests : mapping
        Of policy, contract and charter, as in `registered`.
    known_at_training : sequence of str or None
        Seals that were in the log when training began; None if the library did not train the model.
    """
    found = looks.look(look)
    before = [entry for entry in entries if entry.kind == SEAL and looks.comes_after(look, entry.digest)]
    if found is None or not before:
        return None, "none"
    answers: list[tuple[str | None, str]] = [(None, "edited")]
    others = [name for names in looks.others(found).values() for name in names]
    earlier = [name for name in others if looks.comes_after(look, name)]
    for entry in seals(before, digests):
        rows: Any = entry.body.get("rows")
        if not all(looks.comes_after(name, entry.digest) for name in earlier):
            answer = "after_look"
        elif known_at_training is not None and entry.digest not in known_at_training:
            answer = "after_training"
        elif rows is not None and rows != found.rows:
            answer = "other_rows"
        else:
            answer = "rules" if rows is None else "rows"
        answers.append((entry.digest, answer))
    seal, best = min(answers, key=lambda pair: SEALINGS.index(pair[1]))
    return (seal if best in _HOLDS else None), best
