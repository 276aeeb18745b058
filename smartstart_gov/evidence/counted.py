"""Counted: which look at the audit set the evidence rests on, what of alpha it had, and under which seal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smartstart_gov.canonical import real
from smartstart_gov.project.looks import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the evidence says about the look it rests on; reals are decimal text.

    Attributes
    ----------
    entry : str
        Digest of the log entry.
    place, most : int
        Look `place` of at most `most` at this set.
    spent, alpha : str
        What other looks took of the policy's alpha, and what this one has.
    seal : str or None
        Digest of the log entry that registered policy, contract and charter before.
    sealing : str
        One of `smartstart_gov.project.sealing.SEALINGS`.
    """

    entry: str
    place: int
    most: int
    spent: str
    alpha: str
    seal: str | None
    sealing: str

    def __post_init__(self) -> None:
        if any(type(n) is not int or n < 1 for n in (self.place, self.most)):
            raise ValueError("looks are counted from 1")

    @classmethod
    def of(cls, entry: str, standing: Standing, most: int, seal: str | None, sealing: str) -> Counted:
        """Return the record of a look that was taken."""
        return cls(
            entry=entry, place=standing.place, most=most, spent=real(standing.spent) or "0",
            alpha=real(standing.alpha) or "0", seal=seal, sealing=sealing,
        )  # fmt: skip

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {
            "entry": self.entry, "place": self.place, "max_looks": self.most, "spent": self.spent, "alpha": self.alpha,
            "seal": self.seal, "sealing": self.sealing,
        }  # fmt: skip

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Counted:
        """Return the record that `to_record` wrote; ValueError, TypeError or KeyError for anything else."""
        return cls(
            entry=record["entry"], place=record["place"], most=record["max_looks"], spent=record["spent"],
            alpha=record["alpha"], seal=record["seal"], sealing=record["sealing"],
        )  # fmt: skip
