"""Names: plain names, stages, roles, files and places in them. Light, so that the gate can load it first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

#: Names are used as folder names and appear beside digests: short, ASCII, lower case.
NAME_PATTERN = r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?"
Stages = Literal["shadow", "trial", "release"]
STAGES: tuple[Stages, ...] = ("shadow", "trial", "release")
Who = Literal["owner", "data", "dpo", "lawyer", "committee"]
#: Who fills in facts, in the order in which the command line names them.
WHO: tuple[Who, ...] = ("owner", "dpo", "data", "lawyer", "committee")
#: An authored file, and keys that lead to a fact in it; ``*`` stands for any name or position.
File = Literal["charter", "contract", "policy"]
Place = tuple[str, ...]
Aggregation = Literal["person", "household", "event", "neighbourhood", "district", "municipality"]
#: Levels at which the model speaks about single cases, and so about people; at the others it speaks about areas.
SINGLE: tuple[Aggregation, ...] = ("person", "household", "event")
#: Effects that people would rather not have happen to them.
BURDENS = ("investigation", "refusal", "detention")
#: Between the levels of an intersection.
_AND = " & "
#: Up to this share, equal rows may be twins, or a key that somebody got twice; they hardly narrow an interval.
FEW_COPIES = 0.05
CHARTER_FILE, CONTRACT_FILE, POLICY_FILE, LOG_FOLDER = "charter.yaml", "contract.yaml", "policy.yaml", "log"
FILES: dict[str, str] = {"charter": CHARTER_FILE, "contract": CONTRACT_FILE, "policy": POLICY_FILE}
#: What a project's `.gitattributes` says: evidence is held byte for byte, so git converts no line ends.
ATTRIBUTES_FILE = ".gitattributes"
ATTRIBUTES = b"# Digests hold what is written here: git leaves line ends as they are.\n* -text\n"


def joint_name(levels: Sequence[str]) -> str:
    """Return the name of the group with all `levels`, one per attribute; no two groups of the same attributes share a name.

    Examples
    --------
    >>> joint_name(("A", "f")), joint_name(("x & y", "z")), joint_name(("x", "y & z"))
    ('A & f', 'x && y & z', 'x & y && z')
    """
    return _AND.join(levels if len(levels) == 1 else [level.replace("&", "&&") for level in levels])


def levels_of(by: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the levels of a group of the attributes `by`: what `joint_name` joined.

    Examples
    --------
    >>> levels_of(("origin", "sex"), "x && y & z"), levels_of(("origin",), "x & y")
    (('x & y', 'z'), ('x & y',))
    """
    if len(by) < 2:
        return (name,)
    return tuple(level.replace("&&", "&") for level in name.split(_AND))


def fits(place: Place, at: Sequence[str | int]) -> bool:
    """Return whether a fact `at` these keys and positions is at `place`.

    Examples
    --------
    >>> fits(("limits", "*", "reason"), ("limits", 2, "reason")), fits(("exit",), ("exit", "end_date"))
    (True, False)
    """
    return len(place) == len(at) and all(asked in ("*", part) for asked, part in zip(place, at, strict=True))
