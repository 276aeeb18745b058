"""The version folder and its manifest: exactly these files, with these digests, under this name.

A bundle never names a document; the manifest names both, and the log names the manifest.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartstart_gov.canonical import digest, pretty_json
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.ledger import Ledger
from smartstart_gov.project.authored import NAME_PATTERN
from smartstart_gov.show import Value
from smartstart_gov.storage import read_file, write_file, write_folder

FORMAT = 1
PUBLIC_FILE = "bundle.json"
PRIVATE_FILE = "bundle.private.json"
MANIFEST_FILE = "manifest.json"
MODEL_FILE = "model.skops"
#: Files that a copy may lack: the private edition never enters version control.
MAY_BE_ABSENT = (PRIVATE_FILE,)
#: No file of a version folder is larger.
LARGEST_FILE = 1 << 30
_RESTORE = "Restore the version folder as it was written, or audit again under a new version."


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Manifest(Value):
    """Name, version and the digest of every file in the folder but the manifest itself."""

    name: str
    version: str
    files: Mapping[str, str]

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {"format": FORMAT, "name": self.name, "version": self.version, "files": dict(self.files)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Manifest:
        """Return the manifest that `to_record` wrote; ValueError for anything else."""
        if set(record) != {"format", "name", "version", "files"} or record["format"] != FORMAT:
            raise ValueError("not a manifest of this format")
        return cls(name=record["name"], version=record["version"], files=dict(record["files"]))

    def headline(self) -> str:
        """Return the manifest in one line."""
        return f"Manifest({self.name} {self.version}, {len(self.files)} files)"


@dataclass(frozen=True, slots=True)
class VersionFolder:
    """The folder of one version inside a project."""

    path: Path

    @property
    def ledger(self) -> Ledger:
        """The log of the project that the folder lies in."""
        return Ledger(self.path.parent / "log")

    def create(self, *, name: str, version: str, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> Manifest:
        """Write a new version, all or nothing, and log it with `facts`.

        A folder that was written but never logged (a crash in between) was never acknowledged: it is
        replaced.
        """
        self.refuse_taken(name=name, version=version)
        if self.path.exists():
            shutil.rmtree(self.path)
        manifest = Manifest(name=name, version=version, files={file: digest(data) for file, data in files.items()})
        write_folder(self.path, {**files, MANIFEST_FILE: pretty_json(manifest.to_record())})
        self.ledger.append("audited", {"name": name, "version": version, "manifest": manifest.digest, **facts})
        return manifest

    def refuse_taken(self, *, name: str, version: str) -> None:
        """Refuse a version that cannot be written here: N01 for a bad name, R03 for one that exists."""
        if not re.fullmatch(NAME_PATTERN, version) or ".." in version:
            raise Refused(
                "N01",
                f"Version {version!r} is not a plain name.",
                "Argument version",
                "Use digits, lower-case letters, dots and dashes, like 1.0.0.",
            )
        if self.path.exists():
            if any((e.body.get("name"), e.body.get("version")) == (name, version) for e in self.ledger.find("audited")):
                raise Refused(
                    "R03",
                    f"Version {version} of {name} exists.",
                    str(self.path),
                    "Choose a new version; a version is never overwritten.",
                )
            if not (self.path / MANIFEST_FILE).is_file():
                raise Refused(
                    "R03", f"{self.path.name} exists and is no version of {name}.", str(self.path), "Choose another version."
                )

    def add(self, documents: Mapping[str, bytes]) -> Manifest:
        """Add finished documents, renew the manifest and log it; the same bytes again change nothing."""
        manifest, _ = self.read(ignore=tuple(documents))
        files = {**manifest.files, **{file: digest(data) for file, data in documents.items()}}
        renewed = Manifest(name=manifest.name, version=manifest.version, files=files)
        for file, data in documents.items():
            write_file(self.path / file, data)
        write_file(self.path / MANIFEST_FILE, pretty_json(renewed.to_record()))
        if renewed.digest not in self.logged():
            self.ledger.append("rendered", {"name": manifest.name, "version": manifest.version, "manifest": renewed.digest})
        return renewed

    def logged(self) -> tuple[str, ...]:
        """Return the digests of every manifest that the log knows for this folder's version."""
        entries = [*self.ledger.find("audited"), *self.ledger.find("rendered")]
        return tuple(str(e.body["manifest"]) for e in entries if e.body.get("version") == self.path.name)

    def manifest(self) -> Manifest:
        """Return the manifest; EvidenceBroken A02 where there is none that reads."""
        where = self.path / MANIFEST_FILE
        if not self.path.is_dir():
            raise Refused(
                "U01",
                f"There is no version folder {self.path.name!r}.",
                str(self.path),
                "Give the folder that audit wrote, like model_cards/stops/1.0.0.",
            )
        data = read_file(where, most=1 << 20)
        try:
            return Manifest.from_record(json.loads(data))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise EvidenceBroken("A02", "The manifest does not read as a manifest.", str(where), _RESTORE) from None

    def read(self, *, ignore: tuple[str, ...] = ()) -> tuple[Manifest, dict[str, bytes]]:
        """Return manifest and files, each read once and its digest checked; all that is wrong at once."""
        manifest = self.manifest()
        found = {entry.name for entry in self.path.iterdir()} - {MANIFEST_FILE}
        broken: list[EvidenceBroken] = []
        for extra in sorted(found - set(manifest.files) - set(ignore)):
            broken.append(
                EvidenceBroken("A03", f"File {extra!r} is not in the manifest.", str(self.path), "Take it out of the folder.")
            )
        files: dict[str, bytes] = {}
        for name, expected in sorted(manifest.files.items()):
            if name in ignore or (name not in found and name in MAY_BE_ABSENT):
                continue
            if name not in found:
                broken.append(EvidenceBroken("A02", f"File {name!r} is missing.", str(self.path), _RESTORE))
                continue
            data = read_file(self.path / name, most=LARGEST_FILE)
            if digest(data) != expected:
                broken.append(
                    EvidenceBroken(
                        "A01", f"File {name!r} was edited: its digest is not the manifest's.", str(self.path), _RESTORE
                    )
                )
            files[name] = data
        if PUBLIC_FILE not in manifest.files:
            broken.append(EvidenceBroken("A02", f"The manifest lists no {PUBLIC_FILE}.", str(self.path), _RESTORE))
        if broken:
            raise EvidenceBroken.of([violation for one in broken for violation in one.violations])
        return manifest, files
