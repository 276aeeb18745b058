"""What exports share: their files, the marks and the name of the evidence, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartstart_gov.authoring.screening import answers as screened
from smartstart_gov.documents.blocks import Badge
from smartstart_gov.documents.sections import findings as said
from smartstart_gov.documents.sections.front import titled
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The files of one format.

    Attributes
    ----------
    files : mapping of str to bytes
        Contents by name; a slash in a name makes a folder.
    told : tuple of str
        What whoever sends the files on has to know: fields that nobody filled in, texts that were shortened.
    """

    files: Mapping[str, bytes]
    told: tuple[str, ...] = ()


def title(evidence: Evidence, words: Words) -> str:
    """Return what the model is called, marked as a draft where it is one."""
    return titled(words, evidence, evidence.charter.title.in_(words.lang))


def in_short(evidence: Evidence, words: Words) -> Iterator[str]:
    """Return the verdict in a few sentences, and the warning that chance was left out of account where it was."""
    for box in (said.badge(words, evidence), *said.point_warning(words, evidence)):
        if isinstance(box, Badge):
            yield f"{box.word}. {box.text}"


def under_the_ai_act(evidence: Evidence) -> tuple[bool | None, bool | None]:
    """Return whether it is a high-risk AI system, and if not, another algorithm with impact; None where nobody has said so.

    These are the answers to questions 6.1.2 and 6.1.3 of the pre-scan; the second is asked only where the first is no.
    """
    known = screened(evidence.contract, evidence.charter)
    high, impact = (known[number].value is True if known[number].final else None for number in ("6.1.2", "6.1.3"))
    return high, impact if high is False else None


def json_bytes(record: Any) -> bytes:
    """Return a record as JSON for people and machines, in the order in which it was made; the same bytes everywhere."""
    return (json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def filled(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that say something: what nobody declared has no key."""
    return {key: value for key, value in record.items() if value not in (None, "", [], (), {})}
