"""The log: one file per entry, named by its digest and naming its parents.

Two branches that both write merge in version control as a union of files. An entry that is edited no longer
has its name, and one that is removed is missed by its children. What the log alone cannot show is that its
newest entries were cut off; version control shows that, or a witness: the heads of the log as somebody else wrote them down.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from smartstart_gov.canonical import canonical_json, parse_json, pretty_json
from smartstart_gov.codec import Recorded, read
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.storage import read_file, unfinished, write_file, write_folder

#: Number of the format of an entry.
FORMAT = 1
#: No entry has more bytes.
LARGEST_ENTRY = 1 << 20
_NAME = re.compile(r"[0-9a-f]{64}\.json")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_AT = "%Y-%m-%dT%H:%M:%SZ"
_RESTORE = "Restore the log from version control; entries are only ever added."


@dataclass(frozen=True, kw_only=True, repr=False)
class Entry(Recorded):
    """One event.

    Attributes
    ----------
    kind : str
        What happened, like ``audited``.
    at : str
        When, in UTC, ISO 8601 to the second.
    parents : tuple of str
        Digests of the entries that were the newest at that moment, sorted.
    body : dict
        The facts, as a canonical record (see `smartstart_gov.canonical`).
    """

    derived: ClassVar[tuple[str, ...]] = ("format",)
    format: ClassVar[int] = FORMAT

    kind: str
    at: str
    parents: tuple[str, ...]
    body: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise ValueError(f"kind {self.kind!r} is not a plain word")
        if dt.datetime.strptime(self.at, _AT).strftime(_AT) != self.at:  # noqa: DTZ007 - the Z is in the format
            raise ValueError(f"{self.at!r} is not a moment in UTC")
        if not all(re.fullmatch(r"sha256:[0-9a-f]{64}", parent) for parent in self.parents):
            raise ValueError("a parent is not a digest")

    @cached_property
    def canonical(self) -> bytes:
        """The canonical record. A log of a thousand statements asks a million times for its digest, so it is kept."""
        return canonical_json(self.to_record())

    @cached_property
    def digest(self) -> str:
        """Digest of the canonical record, ``sha256:...``."""
        return f"sha256:{hashlib.sha256(self.canonical).hexdigest()}"

    @cached_property
    def leaf(self) -> bytes:
        """What a tree holds of it (RFC 9162, section 2.1.1)."""
        return _leaf(self.canonical)

    def __repr__(self) -> str:
        return f"Entry({self.kind} {self.at} {self.digest[7:19]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree(Recorded):
    """A Merkle tree over entries of the log: what one line says of all of them (RFC 9162, section 2.1.1).

    Attributes
    ----------
    size : int
        How many entries it holds.
    root : str
        Digest of all of them, in the order of the log.
    """

    size: int
    root: str

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Tree:
        """Return the tree over `entries`, each a leaf with its canonical record."""
        return cls(size=len(entries), root=f"sha256:{_root([one.leaf for one in entries]).hex()}")


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of `leaves` with SHA-256 (RFC 9162, section 2.1.1).

    Examples
    --------
    >>> merkle_root([]).hex()[:16], merkle_root([b""]).hex()[:16]
    ('e3b0c44298fc1c14', '6e340b9cffb37a98')
    """
    return _root([_leaf(one) for one in leaves])


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(hashes[:half]) + _root(hashes[half:])).digest()


def closure(entries: Sequence[Entry], heads: Iterable[str]) -> tuple[Entry, ...]:
    """Return those of `entries` (parents before children) that are in `heads`, or on which one of them stands, in that order.

    What branches beside them hold changes neither which they are nor their order.
    """
    wanted, found = set(heads), list[Entry]()
    for entry in reversed(entries):
        if entry.digest in wanted:
            found.append(entry)
            wanted.update(entry.parents)
    return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Ledger:
    """The log in the folder `path`, which need not exist yet."""

    path: Path

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries, parents before children, otherwise by time and digest.

        Raises
        ------
        EvidenceBroken
            A13: an entry was edited, renamed, truncated or removed, or there is another file in the folder.
        """
        if not os.path.lexists(self.path):
            return ()
        if self.path.is_symlink() or not self.path.is_dir():
            _broken("The log is not a folder.", self.path)
        found: dict[str, Entry] = {}
        for file in sorted(self.path.iterdir()):
            # What a write that was cut off leaves was never acknowledged, so it is nothing.
            if not _NAME.fullmatch(unfinished(file.name) or ""):
                entry = _read(file)
                found[entry.digest] = entry
        for name, entry in found.items():
            if missing := [parent for parent in entry.parents if parent not in found]:
                _broken(
                    f"Entry {name[7:19]} names entry {missing[0][7:19]} as its parent, but that entry is missing.", self.path
                )
        return _in_order(found)

    def heads(self) -> tuple[str, ...]:
        """Return the digests of entries that no other entry names as a parent, sorted."""
        entries = self.entries()
        parents = {parent for entry in entries for parent in entry.parents}
        return tuple(sorted(entry.digest for entry in entries if entry.digest not in parents))

    def witness(self) -> bytes:
        """Return what somebody outside the project keeps, to know later whether this log still holds all it held.

        Raises
        ------
        Refused
            A13 of a log without entries, which holds nobody to anything.
        """
        entries, heads = self.entries(), self.heads()
        if not entries:
            what = "The log has no entries, so there is nothing to hold it to."
            raise Refused("A13", what, str(self.path), "Seal or audit first: smartstart-gov seal.")
        tree = Tree.of(closure(entries, heads)).to_record()
        return pretty_json({"format": FORMAT, "heads": list(heads), "entries": len(entries), "tree": tree})

    def against(self, witness: bytes, where: str) -> None:
        """Hold this log against what `witness` once gave.

        Raises
        ------
        EvidenceBroken
            A13 where entries that there were are gone, and where the witness does not read.
        """
        try:
            record = parse_json(witness)
            heads, count = record["heads"], record["entries"]
            # Those of earlier versions of the library have no tree.
            if set(record) - {"tree"} != {"format", "heads", "entries"} or record["format"] != FORMAT or type(count) is not int:
                raise ValueError("not a witness of this format")
            entries = self.entries()
            missing = set(heads) - {entry.digest for entry in entries}
            other = "tree" in record and not missing and Tree.of(closure(entries, heads)).to_record() != record["tree"]
        except (ValueError, KeyError, TypeError):
            raise EvidenceBroken("A13", "The witness does not read.", where, "Use the file that log --witness wrote.") from None
        if not heads:
            what = "The witness is of a log without entries, and holds this one to nothing."
            raise EvidenceBroken("A13", what, where, "Write down the log as it is now: smartstart-gov log --witness.")
        if other:
            what = "The log does not have the root that it had when the witness was written: it is another log."
            raise EvidenceBroken("A13", what, str(self.path), "Restore the log from version control, or use the right clone.")
        if missing or count > len(entries):
            what = f"The log lacks entries that it had when the witness was written: {len(missing) or 'some'} of its newest."
            raise EvidenceBroken("A13", what, str(self.path), "Restore the log from version control, or use the right clone.")

    def until(self, heads: Iterable[str]) -> tuple[Entry, ...]:
        """Return the entries `heads` and everything that they stand on, in the order of the log."""
        return closure(self.entries(), heads)

    def find(self, kind: str) -> tuple[Entry, ...]:
        """Return the entries of one kind, parents before children."""
        return tuple(entry for entry in self.entries() if entry.kind == kind)

    def append(self, kind: str, body: Mapping[str, Any], *, after: Sequence[str] | None = None) -> Entry:
        """Write one entry after all existing ones, and return it once it is safely stored.

        What is signed names the entries before it; it is written `after` those, also where somebody else has written since.
        Then the log has two newest entries, as after a merge.

        Raises
        ------
        EvidenceBroken
            A13 if the existing log does not hold: nothing is added to it.
        Refused
            R01 if it cannot be written to disk; nothing is left behind.
        TypeError, ValueError
            For a kind that is not a plain word, or a body that has no canonical form.
        """
        heads = self.heads()
        entry = entry_of(kind, body, parents=heads if after is None else tuple(after))
        name, data = file_of(entry)
        if os.path.lexists(self.path):
            write_file(self.path / name, data)
        else:
            write_folder(self.path, {name: data})
        return entry


def now() -> str:
    """Return the moment in UTC, ISO 8601 to the second; SOURCE_DATE_EPOCH makes it reproducible."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)
    return moment.strftime(_AT)


def entry_of(kind: str, body: Mapping[str, Any], *, parents: tuple[str, ...] = ()) -> Entry:
    """Return a new entry of this moment."""
    return Entry(kind=kind, at=now(), parents=tuple(sorted(parents)), body=dict(body))


def file_of(entry: Entry) -> tuple[str, bytes]:
    """Return the name and the bytes of the file of `entry`."""
    return f"{entry.digest.removeprefix('sha256:')}.json", pretty_json(entry.to_record())


def _read(file: Path) -> Entry:
    if not _NAME.fullmatch(file.name):
        _broken(f"{file.name!a} is not an entry of the log.", file)
    try:
        data = read_file(file, most=LARGEST_ENTRY, alone=True)
        entry = read(Entry, parse_json(data))
        name = f"{entry.digest.removeprefix('sha256:')}.json"
    except EvidenceBroken as refusal:
        _broken(refusal.violations[0].what, file)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        _broken(f"Entry {file.name[:12]} cannot be read as an entry.", file)
    if name != file.name:
        _broken(f"Entry {file.name[:12]} was edited or renamed: its name is not its digest.", file)
    return entry


def _broken(what: str, where: Path) -> NoReturn:
    raise EvidenceBroken("A13", what, str(where), _RESTORE)


def _in_order(found: Mapping[str, Entry]) -> tuple[Entry, ...]:
    """Return the entries, each after its parents; a digest cannot name its own child, so there is no circle."""
    children: dict[str, list[str]] = {}
    waiting = {name: len(set(entry.parents)) for name, entry in found.items()}
    for name, entry in found.items():
        for parent in set(entry.parents):
            children.setdefault(parent, []).append(name)
    ready = [(found[name].at, name) for name, parents in waiting.items() if not parents]
    heapq.heapify(ready)
    order = []
    while ready:
        _, name = heapq.heappop(ready)
        order.append(found[name])
        for child in children.get(name, ()):
            waiting[child] -= 1
            if not waiting[child]:
                heapq.heappush(ready, (found[child].at, child))
    return tuple(order)
