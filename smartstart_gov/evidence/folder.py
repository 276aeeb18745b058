"""The version folder: exactly the files in its manifest, compared with the log, which has their digests.

A bundle never lists a document; the manifest lists both. The log pins what the manifest says: one `audited` entry
per version lists the bundle, the private edition and the model, and later `rendered` entries list only documents. So
an edit would have to be in the log, and the log is append-only.

Documents are listed in the log before they are written. Whatever an interrupted render leaves is then either what
was there before, or a file that the log knows, or a temporary file: the next render repairs it.

This module uses only the standard library, because the gate starts with it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar

from smartstart_gov.authoring.names import (
    ATTRIBUTES,
    ATTRIBUTES_FILE,
    CHARTER_FILE,
    CONTRACT_FILE,
    LOG_FOLDER,
    NAME_PATTERN,
    POLICY_FILE,
)
from smartstart_gov.canonical import digest, parse_json, pretty_json, text_digest
from smartstart_gov.errors import EvidenceBroken, Refused, Violation, expect
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.show import Value
from smartstart_gov.storage import read_file, remove_unfinished, unfinished, write_file, write_folder

FORMAT = 1
PUBLIC_FILE = "bundle.json"
PRIVATE_FILE = "bundle.private.json"
MANIFEST_FILE = "manifest.json"
MODEL_FILE = "model.skops"
#: Files that the `audited` entry pins, by the key that it has them under.
PINNED = {PUBLIC_FILE: "bundle", PRIVATE_FILE: "private", MODEL_FILE: "model"}
#: Files that a copy may lack: the private edition never enters version control.
MAY_BE_ABSENT = (PRIVATE_FILE,)
#: What people author, by the key under which evidence and log have its digest.
AUTHORED = {"policy": POLICY_FILE, "contract": CONTRACT_FILE, "charter": CHARTER_FILE}
#: Kinds of the log entries of a version.
AUDITED, RENDERED = "audited", "rendered"
#: No file of a version folder is larger, and no manifest.
LARGEST_FILE, LARGEST_MANIFEST = 1 << 30, 1 << 20
_DOCUMENT = re.compile(r"[a-z][a-z_]{0,63}\.[a-z]{2}\.pdf")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_AUDITED_KEYS = frozenset({"name", "version", "status", "part", *PINNED.values(), *AUTHORED, "files"})
_RENDERED_KEYS = frozenset({"name", "version", "audited", "documents"})
_RESTORE = "Restore the version folder as it was written, or audit again under a new version."
_RESTORE_LOG = "Restore the log from version control, or audit again under a new version."
_RENDER = "Run smartstart-gov render again: it rewrites the documents from the evidence."


def is_document(name: str) -> bool:
    """Return whether a file of this name is a document, like ``model_card.nl.pdf``."""
    return _DOCUMENT.fullmatch(name) is not None


def file_digest(name: str, data: bytes) -> str:
    """Return a file's digest for a manifest: for JSON over its text with any line endings, otherwise over its bytes."""
    return text_digest(data) if name.endswith(".json") else digest(data)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Manifest(Value):
    """Name, version and the digest of every file in the folder except the manifest itself."""

    derived: ClassVar[tuple[str, ...]] = ("format",)
    format: ClassVar[int] = FORMAT

    name: str
    version: str
    files: Mapping[str, str]

    def __post_init__(self) -> None:
        if not all(re.fullmatch(NAME_PATTERN, name) for name in (self.name, self.version)):
            raise ValueError("name and version are plain names")
        if not all(_DIGEST.fullmatch(value) for value in self.files.values()):
            raise ValueError("every file has a digest")

    def headline(self) -> str:
        """Return the manifest in one line."""
        return f"Manifest({self.name} {self.version}, {len(self.files)} files)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What the log says about one version.

    Attributes
    ----------
    audited : Entry
        The one entry of its audit.
    documents : mapping of str to frozenset of str
        Digests of every document listed by a render after that audit, by file.
    """

    audited: Entry
    documents: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The result of reading a version folder and its log; every file was read once.

    Attributes
    ----------
    path : Path
    project : Path or None
        The folder of the project; None if the version folder is not in a project.
    manifest : Manifest
    files : mapping of str to bytes
        The files that were read, whether their digest is right or not.
    logged : Logged or None
        None if there is no project, or if its log has nothing valid about this version.
    broken : tuple of Violation
        What is wrong with the evidence.
    documents : mapping of str to Violation
        What is wrong with a document, by file; the next render repairs it.
    unfinished : tuple of str
        Names of files that an interrupted render left.
    """

    path: Path
    project: Path | None
    manifest: Manifest
    files: Mapping[str, bytes]
    logged: Logged | None
    broken: tuple[Violation, ...]
    documents: Mapping[str, Violation]
    unfinished: tuple[str, ...]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All problems, starting with those of the evidence."""
        return (*self.broken, *self.documents.values())

    def record(self, file: str) -> dict[str, Any]:
        """Return the record of one edition, from the bytes that were read, compared with the manifest and the log.

        Raises
        ------
        EvidenceBroken
            A02 if it cannot be read, A05 if it belongs to another version, A13 if the log disagrees with it.
        """
        where = str(self.path / file)
        try:
            record = parse_json(self.files[file])
            status, part = record["verdict"]["status"], record["part"]
            digests = {key: record[f"{key}_digest"] for key in AUTHORED}
            said = record["name"], record["version"]
        except (ValueError, KeyError, TypeError) as error:
            what = f"The evidence cannot be read as evidence ({type(error).__name__})."
            raise EvidenceBroken("A02", what, where, _RESTORE) from None
        if said != (self.manifest.name, self.manifest.version):
            what = (
                f"{file} has another name or version than the manifest, which says {self.manifest.name}"
                f" {self.manifest.version}."
            )
            raise EvidenceBroken("A05", what, where, _RESTORE)
        body = {} if self.logged is None else self.logged.audited.body
        if self.logged is not None and (
            (status, part) != (body["status"], body["part"]) or any(body[key] != digests[key] for key in AUTHORED)
        ):
            what = f"The log and {file} disagree on the verdict, policy, contract or charter of this version."
            raise EvidenceBroken("A13", what, where, _RESTORE_LOG)
        evidence: dict[str, Any] = record
        return evidence


def project_of(path: Path) -> Path | None:
    """Return the project that contains the version folder `path`; None if it is not in a project."""
    home = path.parent
    if any(os.path.lexists(home / file) for file in AUTHORED.values()):
        return home
    log = home / LOG_FOLDER
    entries = log.is_dir() and any(re.fullmatch(r"[0-9a-f]{64}\.json", name) for name in os.listdir(log))
    return home if entries else None


def examine(path: Path | str, project: Path | str | None = None) -> Examined:
    """Read the version folder at `path` once, check every digest, and compare it with the log of its project.

    Parameters
    ----------
    path : Path or str
    project : Path or str, optional
        The project's folder; by default the one that contains `path`, if any.

    Raises
    ------
    EvidenceBroken
        A02, A03 if there is no readable manifest. All other problems are in the result.
    Refused
        U01 if there is no such folder, or an argument is no path.
    """
    expect(path, (str, Path), "Argument path", "Give the path of a folder.")
    expect(project, (str, Path, NoneType), "Argument project", "Give the path of a folder.")
    path = Path(path)
    if path.name in ("", ".."):
        path = Path(os.path.abspath(path))
    if not path.is_dir():
        remedy = "Give the folder that audit wrote, like model_cards/stops/1.0.0."
        raise Refused("U01", f"There is no version folder {path.name!r}.", str(path), remedy)
    if project is not None and not Path(project).is_dir():
        remedy = "Give the folder with the charter, contract, policy and log."
        raise Refused("U01", f"There is no project folder {Path(project).name!r}.", str(project), remedy)
    home = project_of(path) if project is None else Path(project)
    manifest = _manifest(path)
    broken: list[Violation] = []
    logged = None
    if home is not None:
        if os.path.samefile(home, path.parent) and path.name != manifest.version:
            what = f"The folder is called {path.name}, but the manifest says {manifest.version}."
            broken.append(Violation(rule="A05", what=what, where=str(path), remedy="Restore the folder's name."))
        try:
            logged = logged_of(manifest, Ledger(home / LOG_FOLDER))
            broken += _against_log(manifest, logged, home)
        except EvidenceBroken as refusal:
            broken += refusal.violations
    return _with_files(path, home, manifest, logged, broken)


def logged_of(manifest: Manifest, ledger: Ledger) -> Logged:
    """Return what the log says about the manifest's version.

    Raises
    ------
    EvidenceBroken
        A13 if the log does not hold, if it has no audit or several of this version, or if one of its entries cannot
        be read.
    """
    entries = ledger.entries()
    of = manifest.name, manifest.version
    mine = [entry for entry in entries if (entry.body.get("name"), entry.body.get("version")) == of]
    audits = [entry for entry in mine if entry.kind == AUDITED]
    if len(audits) != 1:
        found = "no audit" if not audits else f"{len(audits)} audits"
        raise _unlogged(
            f"The log has {found} of {manifest.name} {manifest.version}, but a version is audited only once.", ledger
        )
    (audit,) = audits
    if set(audit.body) != _AUDITED_KEYS or not isinstance(audit.body["files"], dict):
        raise _unlogged(f"Entry {audit.digest[7:19]} is not a readable audit.", ledger)
    after, documents = {audit.digest}, dict[str, set[str]]()
    for entry in entries:
        if after.isdisjoint(entry.parents):
            continue
        after.add(entry.digest)
        if entry.kind != RENDERED or entry not in mine:
            continue
        named = entry.body.get("documents")
        if set(entry.body) != _RENDERED_KEYS or not isinstance(named, dict) or not all(map(is_document, named)):
            raise _unlogged(f"Entry {entry.digest[7:19]} is not a readable render: a render names documents only.", ledger)
        if entry.body["audited"] == audit.digest:
            for file, value in named.items():
                documents.setdefault(file, set()).add(str(value))
    return Logged(audited=audit, documents={file: frozenset(values) for file, values in documents.items()})


def authored_edits(seen: Examined) -> list[Violation]:
    """Return which of policy, contract and charter are no longer those of the audit: P08 and E01."""
    if seen.project is None or seen.logged is None:
        return []
    found, body = [], seen.logged.audited.body
    for key, file in AUTHORED.items():
        # The same text says the same; a text that differs may still say the same, so it is read to its meaning.
        text = body["files"].get(file)
        if text is not None and _text_digest(seen.project / file) == text:
            continue
        if not _says_the_same(seen, key):
            rule, remedy = "P08" if key == "policy" else "E01", "Restore it, or audit again under a new version."
            what = f"{file} was edited after the audit, or cannot be read."
            found.append(Violation(rule=rule, what=what, where=str(seen.project / file), remedy=remedy))
    return found


def _says_the_same(seen: Examined, key: str) -> bool:
    # Here and not above: reading YAML to its meaning takes most of the gate's time, and is seldom needed.
    from smartstart_gov.authoring.charter import Charter
    from smartstart_gov.authoring.contract import DataContract
    from smartstart_gov.authoring.policy import Policy
    from smartstart_gov.authoring.reader import reading
    from smartstart_gov.authoring.value import Authored

    kinds: dict[str, type[Authored]] = {"policy": Policy, "contract": DataContract, "charter": Charter}
    kind = kinds[key]
    try:
        # Both as this version of the library reads them: a field that came since has its default in both.
        then = kind.from_record(seen.record(PUBLIC_FILE)[key]).to_record()
        return bool(reading((seen.project or seen.path.parent) / AUTHORED[key], kind).value.to_record() == then)
    except (Refused, KeyError, TypeError, ValueError):
        return False


def _authored_digest(project: Path, key: str) -> str | None:
    """Return the digest of what an authored file says; None if it is missing or does not read."""
    from smartstart_gov.authoring.reader import read_charter, read_contract, read_policy

    read = {"policy": read_policy, "contract": read_contract, "charter": read_charter}[key]
    try:
        return read(project / AUTHORED[key]).digest
    except Refused:
        return None


@dataclass(frozen=True, slots=True)
class VersionFolder:
    """The folder of one version inside a project, as a writer sees it."""

    path: Path

    @property
    def ledger(self) -> Ledger:
        """The log of the project that contains the folder."""
        return Ledger(self.path.parent / LOG_FOLDER)

    def create(self, *, name: str, version: str, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> Manifest:
        """Write a new version, all or nothing, and log it with `facts`: its status, and digests of the authored files.

        A folder that was written but never logged (because of a crash in between) does not count: it
        is replaced.
        """
        self.refuse_taken(name=name, version=version)
        home = self.path.parent
        if self.path.exists():
            shutil.rmtree(self.path)
        # What a crash left may hold the private edition, and would lie there for version control to find.
        remove_unfinished(home, self.path.name)
        if not os.path.lexists(home / ATTRIBUTES_FILE):
            write_file(home / ATTRIBUTES_FILE, ATTRIBUTES)
        manifest = Manifest(name=name, version=version, files={file: file_digest(file, data) for file, data in files.items()})
        body = {"name": name, "version": version, "files": _unchanged(home, facts), **facts}
        body |= {key: manifest.files.get(file) for file, key in PINNED.items()}
        write_folder(self.path, {**files, MANIFEST_FILE: pretty_json(manifest.to_record())})
        self.ledger.append(AUDITED, body)
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
        known = [(e.body.get("name"), e.body.get("version")) for e in self.ledger.find(AUDITED)]
        if (name, version) in known:
            remedy = "Choose a new version; a version is never overwritten."
            raise Refused("R03", f"Version {version} of {name} already exists.", str(self.path), remedy)
        if os.path.lexists(self.path) and not (self.path / MANIFEST_FILE).is_file():
            what = f"{self.path.name} exists but is not a version of {name}."
            raise Refused("R03", what, str(self.path), "Choose another version.")

    def add(self, documents: Mapping[str, bytes]) -> tuple[str, ...]:
        """Add finished documents and update the manifest, after listing them in the log; adding the same again changes nothing.

        Leftovers of an interrupted render are replaced or removed, and so is a document that no render
        wrote.

        Returns
        -------
        tuple of str
            Names of the files that were repaired.

        Raises
        ------
        EvidenceBroken
            If evidence and log do not agree: nothing is then written or logged.
        Refused
            U01 if the folder is not in a project: without a log there is nothing to compare it with.
        """
        seen = examine(self.path)
        if seen.project is None:
            remedy = "Render inside the project that was audited, or write single documents with smartstart_gov.render()."
            raise Refused("U01", "The folder is not in a project, so no log can list its documents.", str(self.path), remedy)
        if seen.broken or seen.logged is None:
            raise EvidenceBroken.of(seen.broken)
        new = {file: file_digest(file, data) for file, data in documents.items()}
        if not all(map(is_document, new)):
            raise ValueError("documents are called like model_card.nl.pdf")
        kept = {file: value for file, value in seen.manifest.files.items() if file not in seen.documents}
        renewed = Manifest(name=seen.manifest.name, version=seen.manifest.version, files={**kept, **new})
        if any(value not in seen.logged.documents.get(file, ()) for file, value in new.items()):
            said = {"name": renewed.name, "version": renewed.version, "audited": seen.logged.audited.digest}
            Ledger(seen.project / LOG_FOLDER).append(RENDERED, {**said, "documents": new})
        for file, data in documents.items():
            if seen.files.get(file) != data:
                write_file(self.path / file, data)
        if renewed.digest != seen.manifest.digest:
            write_file(self.path / MANIFEST_FILE, pretty_json(renewed.to_record()))
        mended = dict.fromkeys([*seen.unfinished, *seen.documents])
        for file in mended:
            if file not in renewed.files:
                (self.path / file).unlink(missing_ok=True)
        return tuple(mended)


def _manifest(path: Path) -> Manifest:
    where = path / MANIFEST_FILE
    data = read_file(where, most=LARGEST_MANIFEST, alone=True)
    try:
        return Manifest.from_record(parse_json(data))
    except (ValueError, TypeError, AttributeError):
        raise EvidenceBroken("A02", "The manifest cannot be read as a manifest.", str(where), _RESTORE) from None


def _with_files(path: Path, home: Path | None, manifest: Manifest, logged: Logged | None, broken: list[Violation]) -> Examined:
    """Read every file of the folder once, and return what was examined."""
    files: dict[str, bytes] = {}
    documents: dict[str, Violation] = {}
    left: list[str] = []
    known = {} if logged is None else logged.documents
    found = {entry.name for entry in path.iterdir()} - {MANIFEST_FILE}
    for name in sorted(found - set(manifest.files)):
        if _is_left(path / name):
            left.append(name)
        else:
            what, remedy = f"File {name!r} is not in the manifest.", "Remove it from the folder."
            broken.append(Violation(rule="A03", what=what, where=str(path), remedy=remedy))
    for name, expected in sorted(manifest.files.items()):
        document = is_document(name)
        wrong: Sequence[Violation] = ()
        if not document and name not in PINNED:
            what = f"The manifest lists {name!a}, which is not a file of a version."
            wrong = [Violation(rule="A03", what=what, where=str(path), remedy=_RESTORE)]
        elif name not in found:
            if name not in MAY_BE_ABSENT:
                what, remedy = f"File {name!r} is missing.", _RENDER if document else _RESTORE
                wrong = [Violation(rule="A02", what=what, where=str(path), remedy=remedy)]
        else:
            try:
                files[name] = read_file(path / name, most=LARGEST_FILE, alone=True)
            except EvidenceBroken as refusal:
                wrong = refusal.violations
            else:
                is_found = file_digest(name, files[name])
                if is_found == expected:
                    unlogged = document and logged is not None and expected not in known.get(name, ())
                    wrong = [_not_rendered(name, path)] if unlogged else ()
                elif document and is_found in known.get(name, ()):
                    left.append(name)
                else:
                    what = f"File {name!r} was edited: its digest does not match the manifest."
                    remedy = _RENDER if document else _RESTORE
                    wrong = [Violation(rule="A01", what=what, where=str(path), remedy=remedy)]
        # A folder cannot be replaced by a document.
        if document and not (path / name).is_dir():
            documents.update((name, violation) for violation in wrong)
        else:
            broken += wrong
    if PUBLIC_FILE not in manifest.files:
        what = f"The manifest lists no {PUBLIC_FILE}."
        broken.append(Violation(rule="A02", what=what, where=str(path), remedy=_RESTORE))
    return Examined(
        path=path, project=home, manifest=manifest, files=files, logged=logged, broken=tuple(broken), documents=documents,
        unfinished=tuple(left),
    )  # fmt: skip


def _against_log(manifest: Manifest, logged: Logged, home: Path) -> list[Violation]:
    body = logged.audited.body
    return [
        Violation(
            rule="A13", what=f"{file} is not the one recorded in the log for {manifest.name} {manifest.version}.",
            where=str(home / LOG_FOLDER), remedy=_RESTORE,
        )
        for file, key in PINNED.items()
        if manifest.files.get(file) != body[key]
    ]  # fmt: skip


def _is_left(path: Path) -> bool:
    """Whether this file, which no manifest names, is what a cut-off render leaves: a temporary sibling or a document."""
    name = unfinished(path.name) or path.name
    return (is_document(name) or name == MANIFEST_FILE) and stat.S_ISREG(os.lstat(path).st_mode)


def _not_rendered(name: str, path: Path) -> Violation:
    return Violation(
        rule="A13", what=f"The log has no render that wrote {name!r} in its present form.", where=str(path), remedy=_RENDER
    )


def _unlogged(what: str, ledger: Ledger) -> EvidenceBroken:
    return EvidenceBroken("A13", what, str(ledger.path), _RESTORE_LOG)


def _text_digest(path: Path) -> str | None:
    try:
        return text_digest(read_file(path, most=LARGEST_MANIFEST))
    except EvidenceBroken:
        return None


def _unchanged(home: Path, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of the texts of the authored files that still say what was audited, by file."""
    texts = {file: _text_digest(home / file) for key, file in AUTHORED.items() if _authored_digest(home, key) == facts[key]}
    return {file: value for file, value in texts.items() if value is not None}
