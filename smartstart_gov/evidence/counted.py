"""Counted: which look at the audit set the evidence rests on, what of alpha it had, and under which seal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smartstart_gov.canonical import real
from smartstart_gov.project.looks import Looks, Standing


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
    told_by : str
        What tells these rows from others: ``both`` key and content, ``key``, ``content`` or ``nothing``.
    known : str
        Which share of the rows the looks of the log had seen when this one was taken.
    new_people : tuple of str or None
        Who says that these keys were given to other people since an earlier look, and why.
    """

    entry: str
    place: int
    most: int
    spent: str
    alpha: str
    seal: str | None
    sealing: str
    told_by: str
    known: str
    new_people: tuple[str, str] | None

    def __post_init__(self) -> None:
        if any(type(n) is not int or n < 1 for n in (self.place, self.most)):
            raise ValueError("looks are counted from 1")

    @classmethod
    def of(cls, entry: str, looks: Looks, standing: Standing, seal: str | None, sealing: str) -> Counted:
        """Return the record of a look that was taken."""
        look = looks.at(entry)
        return cls(
            entry=entry, place=standing.place, most=look.most, told_by=look.told_by, known=look.known,
            new_people=looks.new_people(look), spent=real(standing.spent) or "0",
            alpha=real(standing.alpha) or "0", seal=seal, sealing=sealing,
        )  # fmt: skip

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {
            "entry": self.entry, "place": self.place, "max_looks": self.most, "spent": self.spent, "alpha": self.alpha,
            "seal": self.seal, "sealing": self.sealing, "told_by": self.told_by, "known": self.known,
            "new_people": None if self.new_people is None else list(self.new_people),
        }  # fmt: skip

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Counted:
        """Return the record that `to_record` wrote; ValueError, TypeError or KeyError for anything else."""
        return cls(
            entry=record["entry"], place=record["place"], most=record["max_looks"], spent=record["spent"],
            alpha=record["alpha"], seal=record["seal"], sealing=record["sealing"], told_by=record["told_by"],
            known=record["known"], new_people=None if record["new_people"] is None else tuple(record["new_people"]),
        )  # fmt: skip
