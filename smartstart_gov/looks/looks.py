"""Looks at audit sets, counted from the log: how many there were, and how much of alpha each one gets.

A look is (model, policy, audit set). It is an entry of the log, written before its result is shown; the same three
again are the same look. Look t of at most m gets alpha * t^-2 / (sum of s^-2 over s <= m), and never more than what
earlier looks at the set have left of alpha. So over all looks at one set the probability of a wrong PASSED is at most
alpha, whatever was tried (union bound).

The place of a look is 1 + the number of other looks at the same set that do not come after it in the log. Two
branches may both take look 1; after they merge, neither comes after the other, and each counts the other.

Sets are compared by their rows (`smartstart_gov.looks.rows`). The rows of each set are stored as keyed digests
in a file in the folder next to the log; a set whose file is missing counts as a look at any rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from smartstart_gov.canonical import digest, unreal
from smartstart_gov.codec import Key, Recorded
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.looks.rows import KNOWN, LARGEST_SET, RowSet, file_name, overlap
from smartstart_gov.storage import read_file, write_file, write_folder

#: Kind of the log entry of a look, and of one that says that keys were given to other people.
LOOK, NEW_PEOPLE = "look", "new_people"
#: Folder beside the log with the rows of each set.
ROWS_FOLDER = "looked"
#: An alpha below this is nothing.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Recorded):
    """One look, as the log has it.

    Attributes
    ----------
    model, policy, rows : str
        Digests: of the model's answers on the rows, of the policy, and of the rows with outcome and groups.
    alpha : str
        The policy's alpha, as decimal text.
    most : int
        The policy's `max_looks`.
    set : str
        Digest of the rows, without outcome: the name of their file.
    same : dict of str to tuple of str and str
        For each earlier set with rows in this one: their share of this one (decimal text), and whether they were found
        by ``key`` or ``content``, or their file was missing (``hand``). Empty for a new set.
    known : str
        The share of the rows that earlier looks saw in total, as decimal text.
    told_by : str
        How the rows are recognised: ``both`` key and content, ``key``, ``content`` or ``nothing``.
    new_people : str or None
        Digest of the entry in which somebody declares that these keys were given to other people.
    """

    model: str
    policy: str
    rows: str
    alpha: str
    most: Annotated[int, Key("max_looks")]
    set: str
    same: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    known: str = "0"
    told_by: str = "both"
    new_people: str | None = None

    @property
    def key(self) -> str:
        """What identifies this look: model, policy and rows."""
        return digest({"model": self.model, "policy": self.policy, "rows": self.rows})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The place of a look among the looks at its set.

    Attributes
    ----------
    place : int
        1 for the first.
    spent : float
        How much of alpha the other looks that count have used.
    alpha : float
        What is left for this one; 0 if the set is used up.
    """

    place: int
    spent: float
    alpha: float

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left for this look."""
        return self.alpha < _NOTHING


def granted(alpha: float, most: int, place: int, spent: float) -> float:
    """Return the alpha of look `place` of at most `most`, if other looks have used `spent`.

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
    ledger : Ledger
    entries : sequence of Entry, optional
        Of the whole log, parents before children, if they have already been read.

    Raises
    ------
    EvidenceBroken
        A13 for an unreadable entry of a look.
    """

    def __init__(self, ledger: Ledger, entries: Sequence[Entry] | None = None) -> None:
        self._folder = ledger.path.parent / ROWS_FOLDER
        self._sets: dict[str, RowSet | None] = {}
        self._alike: dict[frozenset[str], bool] = {}
        self._at: dict[str, Look] = {}
        self._when: dict[str, str] = {}
        self._of_set: dict[str, list[str]] = {}
        self._before: dict[str, frozenset[str]] = {}
        self._taken: dict[str, Standing] = {}
        self._new_people: dict[str, str] = {}
        self._declared: dict[str, tuple[str, str]] = {}
        for entry in ledger.entries() if entries is None else entries:
            before: set[str] = set()
            for parent in entry.parents:
                before |= self._before[parent] | {parent}
            self._before[entry.digest] = frozenset(before)
            if entry.kind == LOOK:
                look = self._at[entry.digest] = _read(entry)
                self._when[entry.digest] = entry.at
                self._of_set.setdefault(look.set, []).append(entry.digest)
            elif entry.kind == NEW_PEOPLE:
                self._new_people.setdefault(str(entry.body.get("units")), entry.digest)
                self._declared[entry.digest] = str(entry.body.get("by")), str(entry.body.get("reason"))

    @property
    def count(self) -> int:
        """How many entries of looks the log has."""
        return len(self._at)

    def find(self, key: str) -> str | None:
        """Return the digest of the last entry of the look `key`, or None."""
        return next((name for name, look in reversed(self._at.items()) if look.key == key), None)

    def look(self, entry: str) -> Look | None:
        """Return the look in the entry with this digest, or None."""
        return self._at.get(entry)

    def at(self, entry: str) -> Look:
        """Return the look in the entry with this digest; KeyError if there is none."""
        return self._at[entry]

    def new_people(self, look: Look) -> tuple[str, str] | None:
        """Return who declared that the keys of this look were given to other people, and why; None if nobody did."""
        return None if look.new_people is None else self._declared[look.new_people]

    def comes_after(self, entry: str, other: str) -> bool:
        """Return whether `other` is among the ancestors of `entry`."""
        return other in self._before[entry]

    def seen(self, rows: RowSet) -> dict[str, Any]:
        """Return what the log knows about `rows`: the fields of a `Look` from `set` onwards."""
        declared = self._new_people.get(rows.units_digest)
        at_hand = {name: rows if name == rows.digest else self._rows(name) for name in self._of_set}
        found = overlap(rows, {n: r for n, r in at_hand.items() if r is not None}, new_people=declared is not None)
        same = {name: (f"{share:.4f}", how) for name, (share, how) in found.shares.items()} if found.share >= KNOWN else {}
        same |= {name: ("1", "hand") for name, known in at_hand.items() if known is None}
        same.pop(rows.digest, None)
        return {
            "set": rows.digest, "same": same, "known": f"{found.share:.4f}", "told_by": rows.told_by, "new_people": declared,
        }  # fmt: skip

    def keep(self, rows: RowSet) -> None:
        """Write the file of `rows` into the folder next to the log, unless it is already there."""
        file = self._folder / file_name(rows.digest)
        if not self._folder.exists():
            write_folder(self._folder, {file.name: rows.file})
        elif not file.exists():
            write_file(file, rows.file)

    def told(self, look: Look) -> list[str]:
        """Return a phrase about each other look at the rows of `look`, for the first three of them."""
        found = [names[0] for names in self.others(look).values()]
        phrases = []
        for name in found[:3]:
            other = self._at[name]
            share, how = look.same.get(other.set, ("1", "key") if other.set == look.set else ("", "both"))
            saw = {
                "key": f"{float(share or 0):.0%} of these rows, by their keys",
                "content": f"{float(share or 0):.0%} of these rows, by their content",
                "hand": "its rows are not available, so it counts",
                "both": "rows that were compared with these when branches were merged",
            }[how]
            phrases.append(f"Entry {name[7:19]} of {self._when[name][:10]}: {saw}")
        return phrases if len(found) <= 3 else [*phrases, f"and {len(found) - 3} more"]

    def others(self, look: Look) -> dict[str, list[str]]:
        """Return the entries of all other looks at the same set, by look."""
        found: dict[str, list[str]] = {}
        for name, other in self._at.items():
            if other.key != look.key and self._same(look, other):
                found.setdefault(other.key, []).append(name)
        return found

    def taken(self, entry: str) -> Standing:
        """Return the standing of the look in `entry` when it was taken, with what its log knew then."""
        if entry not in self._taken:
            look, before = self._at[entry], self._before[entry]
            earlier = {key: [n for n in names if n in before] for key, names in self.others(look).items()}
            self._taken[entry] = self._standing(look, [names for names in earlier.values() if names])
        return self._taken[entry]

    def now(self, key: str) -> Standing:
        """Return the standing of the look `key` in the whole log, including branches."""
        mine = [name for name, look in self._at.items() if look.key == key]
        counting = [
            names
            for names in self.others(self._at[mine[-1]]).values()
            if not all(any(self.comes_after(name, own) for own in mine) for name in names)
        ]
        return self._standing(self._at[mine[-1]], counting)

    def next(self, look: Look) -> Standing:
        """Return the standing that `look`, which is not in the log, would have if it were taken now."""
        return self._standing(look, list(self.others(look).values()))

    def _standing(self, look: Look, counting: list[list[str]]) -> Standing:
        spent = sum(max(self.taken(name).alpha for name in names) for names in counting)
        place = 1 + len(counting)
        return Standing(place=place, spent=spent, alpha=granted(unreal(look.alpha), look.most, place, spent))

    def _same(self, look: Look, other: Look) -> bool:
        at_once = look.set == other.set or look.set in other.same or other.set in look.same
        return at_once or self._alike_after_all(look, other)

    def _alike_after_all(self, look: Look, other: Look) -> bool:
        """Whether two sets are the same that could not be held against each other, since their branches merged later."""
        pair = frozenset((look.set, other.set))
        if pair not in self._alike:
            mine, theirs = self._of_set.get(look.set, []), self._of_set[other.set]
            apart = bool(mine) and not any(a in self._before[b] or b in self._before[a] for a in mine for b in theirs)
            self._alike[pair] = apart and self._hold(look, other)
        return self._alike[pair]

    def _hold(self, look: Look, other: Look) -> bool:
        one, two = self._rows(look.set), self._rows(other.set)
        if one is None or two is None:
            return True
        declared = look.new_people is not None or other.new_people is not None
        return any(
            overlap(a, {name: b}, new_people=declared).share >= KNOWN
            for a, b, name in ((one, two, other.set), (two, one, look.set))
        )

    def _rows(self, name: str) -> RowSet | None:
        """Return the rows of the set called `name`, None if their file is not at hand."""
        if name not in self._sets:
            file = self._folder / file_name(name)
            self._sets[name] = _rows_in(file, name) if file.exists() else None
        return self._sets[name]


def take(ledger: Ledger, look: Look, rows: RowSet) -> tuple[str, Standing]:
    """Write `look` into the log unless it is there already, with its `rows` next to it, and return its digest and standing.

    Raises
    ------
    Refused
        L01 if the set is used up; nothing is written. R01 if the entry cannot be written to disk.
    EvidenceBroken
        A13 if the log does not hold.
    """
    looks = Looks(ledger)
    entry, before = looks.find(look.key), looks.count
    standing = looks.next(look) if entry is None else looks.now(look.key)
    if standing.is_spent:
        raise _spent(look, standing, looks, ledger, known=entry is not None)
    if entry is None:
        looks.keep(rows)
        entry = ledger.append(LOOK, look.to_record()).digest
        # Another process may have looked between reading and writing: only what the log says now counts.
        looks = Looks(ledger)
        if looks.count != before + 1:
            look = replace(look, **looks.seen(rows))
            entry = ledger.append(LOOK, look.to_record()).digest
            looks = Looks(ledger)
        standing = looks.now(look.key)
        if standing.is_spent:
            raise _spent(look, standing, looks, ledger, known=True)
    return entry, standing


def _spent(look: Look, standing: Standing, looks: Looks, ledger: Ledger, *, known: bool) -> Refused:
    others = standing.place - 1
    word = "look" if others == 1 else "looks"
    what = (
        f"This audit set is used up: the log has {others} other {word} at these rows, and the policy allows {look.most} in all."
    )
    if known:
        what += " This look and the others were taken on separate branches."
    elif standing.place <= look.most:
        what = f"This audit set is used up: {others} {word} at these rows have consumed the policy's alpha of {look.alpha}."
    what += " " + "; ".join(looks.told(look)) + "."
    how = {found for _, found in look.same.values()}
    remedy = (
        f"Audit rows that no look has seen, or leave out the rows already seen; up to {KNOWN:.0%} of those may stay."
        " Adjust a model on the develop part, where looking is free."
        " A higher max_looks helps only if it was in the policy before the first look."
    )
    if "hand" in how:
        remedy = f"Restore the folder {ROWS_FOLDER} next to the log from version control. {remedy}"
    if "key" in how:
        remedy += " If keys have since been reassigned to other people, seal the data with new_people and the reason."
    return Refused("L01", what, str(ledger.path), remedy)


def _rows_in(file: Path, name: str) -> RowSet:
    try:
        rows = RowSet.read(read_file(file, most=LARGEST_SET))
        if rows.digest == name:
            return rows
    except (KeyError, TypeError, ValueError):
        pass
    what = f"{file.name[:12]} does not contain the rows that the log names."
    raise EvidenceBroken("A13", what, str(file), "Restore it from version control; it must not be edited.")


def _read(entry: Entry) -> Look:
    try:
        look = Look.from_record(entry.body)
        granted(unreal(look.alpha), int(look.most), 1, 0.0)
        return look
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        what = f"Entry {entry.digest[7:19]} of the log is not a readable look."
        raise EvidenceBroken("A13", what, "Log of the project", "Restore the log from version control.") from None
