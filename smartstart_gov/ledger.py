"""The log: one file an entry, named by its digest, naming its parents.

Two branches that both write merge in version control as a union of files. An entry that is edited no
longer has its name, and one that is removed is missed by its children.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartstart_gov.canonical import canonical_json
from smartstart_gov.errors import EvidenceBroken
from smartstart_gov.show import Value
from smartstart_gov.storage import read_file, write_file

FORMAT = 1
#: No entry is larger.
LARGEST_ENTRY = 1 << 20
_RESTORE = "Restore the log from version control; entries are only ever added."


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Entry(Value):
    """One thing that happened: its kind, when, after which entries, and its facts."""

    kind: str
    at: str
    parents: tuple[str, ...]
    body: Mapping[str, Any]

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {"format": FORMAT, "kind": self.kind, "at": self.at, "parents": list(self.parents), "body": dict(self.body)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Entry:
        """Return the entry that `to_record` wrote; ValueError for anything else."""
        if set(record) != {"format", "kind", "at", "parents", "body"} or record["format"] != FORMAT:
            raise ValueError("not an entry of this format")
        return cls(kind=record["kind"], at=record["at"], parents=tuple(record["parents"]), body=dict(record["body"]))

    def headline(self) -> str:
        """Return the entry in one line."""
        return f"Entry({self.kind} {self.at} {self.digest[7:19]})"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The log in folder `path`."""

    path: Path

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries, parents before children.

        Raises
        ------
        EvidenceBroken
            A13: an entry was edited, renamed or removed, or something else stands in the folder.
        """
        if not self.path.is_dir():
            return ()
        found: dict[str, Entry] = {}
        for file in sorted(self.path.iterdir()):
            # What a write that was cut off left behind was never acknowledged.
            if file.name.startswith(".") and file.name.endswith(".tmp"):
                continue
            entry = self._read(file)
            found[entry.digest] = entry
        for entry in found.values():
            for parent in entry.parents:
                if parent not in found:
                    what = f"Entry {entry.digest[7:19]} names a parent that is not there."
                    raise EvidenceBroken("A13", what, str(self.path), _RESTORE)
        return _in_order(found)

    def _read(self, file: Path) -> Entry:
        data = read_file(file, most=LARGEST_ENTRY)
        try:
            entry = Entry.from_record(json.loads(data))
            name = f"{entry.digest.removeprefix('sha256:')}.json"
        except (ValueError, TypeError, KeyError, RecursionError):
            raise EvidenceBroken("A13", f"{file.name} is not an entry of the log.", str(file), _RESTORE) from None
        if name != file.name:
            raise EvidenceBroken("A13", f"Entry {file.name[:12]} was edited: its name is not its digest.", str(file), _RESTORE)
        return entry

    def heads(self) -> tuple[str, ...]:
        """Return the digests of entries that no other entry names as a parent."""
        entries = self.entries()
        parents = {parent for entry in entries for parent in entry.parents}
        return tuple(sorted(entry.digest for entry in entries if entry.digest not in parents))

    def find(self, kind: str) -> tuple[Entry, ...]:
        """Return the entries of one kind, oldest first."""
        return tuple(entry for entry in self.entries() if entry.kind == kind)

    def append(self, kind: str, body: Mapping[str, Any]) -> Entry:
        """Write one entry after all that stand in the log; it is there, or nothing is."""
        entry = Entry(kind=kind, at=_now(), parents=self.heads(), body=body)
        self.path.mkdir(exist_ok=True)
        write_file(self.path / f"{entry.digest.removeprefix('sha256:')}.json", canonical_json(entry.to_record()) + b"\n")
        return entry


def _in_order(found: Mapping[str, Entry]) -> tuple[Entry, ...]:
    """Return the entries, each after its parents, otherwise by time and digest."""
    done: dict[str, Entry] = {}
    waiting = sorted(found.values(), key=lambda entry: (entry.at, entry.digest))
    while waiting:
        ready = [entry for entry in waiting if set(entry.parents) <= set(done)]
        done |= {entry.digest: entry for entry in ready}
        waiting = [entry for entry in waiting if entry.digest not in done]
    return tuple(done.values())


def _now() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
