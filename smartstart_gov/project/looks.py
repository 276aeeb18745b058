"""Looks at audit sets, counted from the log: how many there were, and how much of alpha each one has.

A look is (model, policy, audit set). It is an entry of the log, written before its result is shown; the same three
again are the same look. Look t of at most m has alpha * t^-2 / (sum of s^-2 over s <= m), and never more than what
earlier looks at the set have left of alpha. So over all looks at one set the chance of a wrong PASSED stays at most
alpha, whatever was tried (union bound).

The place of a look is 1 + the number of other looks at the same set that do not come after it in the log. Two
branches may both take look 1; after they merge, neither comes after the other, and each counts the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from smartstart_gov.canonical import digest, unreal
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.project.sketch import SAME, Sketch

#: Kind of the log entry of a look.
LOOK = "look"
#: An alpha below this is nothing.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look, as the log has it.

    Attributes
    ----------
    model, policy, rows : str
        Digests: of the model's answers on the rows, of the policy, and of the rows with outcome and groups.
    alpha : str
        The policy's alpha, as decimal text.
    most : int
        The policy's `max_looks`.
    sets : tuple of str
        Digests of the sketches that this audit set is the same set as.
    sketch : Sketch or None
        Of a set that was not in the log yet.
    """

    model: str
    policy: str
    rows: str
    alpha: str
    most: int
    sets: tuple[str, ...]
    sketch: Sketch | None = None

    @property
    def key(self) -> str:
        """What makes it this look and no other: model, policy and rows."""
        return digest({"model": self.model, "policy": self.policy, "rows": self.rows})

    def to_record(self) -> dict[str, Any]:
        """Return the body of the log entry."""
        return {
            "model": self.model, "policy": self.policy, "rows": self.rows, "alpha": self.alpha, "max_looks": self.most,
            "sets": list(self.sets), "sketch": None if self.sketch is None else self.sketch.to_record(),
        }  # fmt: skip

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Look:
        """Return the look that `to_record` wrote; ValueError, TypeError or KeyError for anything else."""
        sketch = record["sketch"]
        return cls(
            model=record["model"], policy=record["policy"], rows=record["rows"], alpha=record["alpha"],
            most=record["max_looks"], sets=tuple(record["sets"]),
            sketch=None if sketch is None else Sketch.from_record(sketch),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a look stands among the looks at its set.

    Attributes
    ----------
    place : int
        1 for the first.
    spent : float
        What the other looks that count have taken of alpha.
    alpha : float
        What is left for this one; 0 where the set is spent.
    """

    place: int
    spent: float
    alpha: float

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left for this look."""
        return self.alpha < _NOTHING


def granted(alpha: float, most: int, place: int, spent: float) -> float:
    """Return the alpha of look `place` of at most `most`, where other looks have taken `spent`.

    Examples
    --------
    >>> [round(granted(0.05, 3, place, 0), 4) for place in (1, 2, 3, 4)]
    [0.0367, 0.0092, 0.0041, 0.0]
    """
    if place > most:
        return 0.0
    share = place**-2 / sum(s**-2 for s in range(1, most + 1))
    return float(max(0.0, min(alpha * share, alpha - spent)))


class Looks:
    """All looks of one log, and what comes after what.

    Parameters
    ----------
    entries : sequence of Entry
        Of the whole log, parents before children.

    Raises
    ------
    EvidenceBroken
        A13 for an entry of a look that does not read as one.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._at: dict[str, Look] = {}
        self._before: dict[str, frozenset[str]] = {}
        self._taken: dict[str, Standing] = {}
        self.sketches: dict[str, Sketch] = {}
        for entry in entries:
            before: set[str] = set()
            for parent in entry.parents:
                before |= self._before[parent] | {parent}
            self._before[entry.digest] = frozenset(before)
            if entry.kind == LOOK:
                look = self._at[entry.digest] = _read(entry)
                if look.sketch is not None:
                    self.sketches[look.sketch.digest] = look.sketch

    def find(self, key: str) -> str | None:
        """Return the digest of the first entry of the look `key`, or None."""
        return next((name for name, look in self._at.items() if look.key == key), None)

    def look(self, entry: str) -> Look | None:
        """Return the look in the entry with this digest, or None."""
        return self._at.get(entry)

    def comes_after(self, entry: str, other: str) -> bool:
        """Return whether `other` is among the ancestors of `entry`."""
        return other in self._before[entry]

    def others(self, sets: Iterable[str], key: str) -> dict[str, list[str]]:
        """Return the entries of all other looks at the same set, by look."""
        found: dict[str, list[str]] = {}
        mine = frozenset(sets)
        for name, look in self._at.items():
            if look.key != key and self._same(mine, look.sets):
                found.setdefault(look.key, []).append(name)
        return found

    def taken(self, entry: str) -> Standing:
        """Return how the look in `entry` stood when it was taken, with what its log knew then."""
        if entry not in self._taken:
            look, before = self._at[entry], self._before[entry]
            earlier = {key: [n for n in names if n in before] for key, names in self.others(look.sets, look.key).items()}
            self._taken[entry] = self._standing(look, [names for names in earlier.values() if names])
        return self._taken[entry]

    def now(self, key: str) -> Standing:
        """Return how the look `key` stands in the whole log, branches included."""
        mine = [name for name, look in self._at.items() if look.key == key]
        counting = [
            names
            for names in self.others(self._at[mine[0]].sets, key).values()
            if not all(any(self.comes_after(name, own) for own in mine) for name in names)
        ]
        return self._standing(self._at[mine[0]], counting)

    def next(self, look: Look) -> Standing:
        """Return how `look`, which is not in the log, would stand if it were taken now."""
        return self._standing(look, list(self.others(look.sets, look.key).values()))

    def _standing(self, look: Look, counting: list[list[str]]) -> Standing:
        spent = sum(max(self.taken(name).alpha for name in names) for names in counting)
        place = 1 + len(counting)
        return Standing(place=place, spent=spent, alpha=granted(unreal(look.alpha), look.most, place, spent))

    def _same(self, mine: frozenset[str], theirs: Sequence[str]) -> bool:
        return not mine.isdisjoint(theirs) or any((a, b) in self._alike for a in mine for b in theirs)

    @cached_property
    def _alike(self) -> frozenset[tuple[str, str]]:
        """Pairs of sets from branches that could not see each other, and that are the same set after all."""
        known = self.sketches
        return frozenset((a, b) for a in known for b in known if a != b and known[a].alike(known[b]))


def sketched(looks: Looks, units: Iterable[bytes], *, salt: bytes, secret: str) -> tuple[tuple[str, ...], Sketch | None]:
    """Return the sets in the log that `units` are the same set as; where there are none, its own and its sketch."""
    seen = frozenset(units)
    known = tuple(name for name, sketch in looks.sketches.items() if sketch.share_of(seen) >= SAME)
    if known:
        return known, None
    sketch = Sketch.of(seen, salt=salt, secret=secret)
    return (sketch.digest,), sketch


def take(ledger: Ledger, look: Look) -> tuple[str, Standing]:
    """Write `look` into the log unless it stands there, and return its entry's digest and its standing.

    Raises
    ------
    Refused
        L01 where the set is spent; nothing is written. R01 where the disk does not take the entry.
    EvidenceBroken
        A13 where the log does not hold.
    """
    looks = Looks(ledger.entries())
    entry = looks.find(look.key)
    standing = looks.next(look) if entry is None else looks.now(look.key)
    if standing.is_spent:
        raise _spent(look, standing, ledger, known=entry is not None)
    if entry is None:
        entry = ledger.append(LOOK, look.to_record()).digest
        # Another process may have looked between reading and writing: only what the log says now counts.
        standing = Looks(ledger.entries()).now(look.key)
        if standing.is_spent:
            raise _spent(look, standing, ledger, known=True)
    return entry, standing


def _spent(look: Look, standing: Standing, ledger: Ledger, *, known: bool) -> Refused:
    others = standing.place - 1
    word = "look" if others == 1 else "looks"
    what = f"This audit set is spent: the log holds {others} other {word} at it, and the policy allows {look.most} in all."
    if known:
        what += " This look and the others were taken on branches that did not know of each other."
    elif standing.place <= look.most:
        what = f"This audit set is spent: {others} {word} at it have used up the policy's alpha of {look.alpha}."
    remedy = (
        "Audit on units that no look has seen. Adjust a model on the develop part, where looking is free."
        " A higher max_looks helps only where it stood in the policy before the first look."
    )
    return Refused("L01", what, str(ledger.path), remedy)


def _read(entry: Entry) -> Look:
    try:
        look = Look.from_record(entry.body)
        granted(unreal(look.alpha), int(look.most), 1, 0.0)
        return look
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        what = f"Entry {entry.digest[7:19]} of the log does not read as a look."
        raise EvidenceBroken("A13", what, "Log of the project", "Restore the log from version control.") from None
