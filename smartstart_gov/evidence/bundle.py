"""EvidenceBundle: both editions of the evidence and the model file, written to and read from a version folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smartstart_gov.arguments import accept
from smartstart_gov.canonical import digest, parse_json, pretty_json
from smartstart_gov.codec import Stray
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import AUTHORED, MODEL_FILE, PRIVATE_FILE, PUBLIC_FILE, Examined, VersionFolder, examine
from smartstart_gov.judgement.finding import Verdict
from smartstart_gov.show import Value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EvidenceBundle(Value):
    """Both editions. `private` is None if only ``bundle.json`` was available.

    Attributes
    ----------
    public : Evidence
    private : Evidence or None
    model_bytes : bytes or None
        The model file (skops), or None if only predictions exist; it is stored next to the evidence,
        which names its digest.
    home : Path or None
        Folder of the project, into which `write` writes.
    """

    public: Evidence
    private: Evidence | None = None
    model_bytes: bytes | None = None
    home: Path | None = None

    def __post_init__(self) -> None:
        if self.public.edition != "public":
            raise ValueError("the public edition is missing")
        if self.private is not None and self.public.private_digest != self.private.digest:
            raise ValueError("the public edition belongs to another private edition")

    @property
    def verdict(self) -> Verdict:
        """The verdict on all counts if they are available, otherwise the public one."""
        return (self.private or self.public).verdict

    def versioned(self, version: str) -> EvidenceBundle:
        """Return the same bundle under `version`."""
        private = None if self.private is None else replace(self.private, version=version)
        link = self.public.private_digest if private is None else private.digest
        return replace(self, public=replace(self.public, version=version, private_digest=link), private=private)

    def write(self, *, version: str) -> Path:
        """Write the bundle as `version` into the project's folder, all or nothing, and log it.

        Parameters
        ----------
        version : str
            A plain name like ``1.0.0``.

        Returns
        -------
        Path
            The version folder.

        Raises
        ------
        Refused
            N01 for a bad name, R03 if the version exists, R01 if it cannot be written to disk, U01
            if the bundle belongs to no project or has no private edition, A01 if its model file is not
            the one that was audited.
        """
        if self.home is None or self.private is None:
            raise Refused(
                "U01",
                "This bundle was read from a folder, not returned by an audit.",
                "EvidenceBundle.write",
                "Write the bundle that audit() returned.",
            )
        named = self.private.training.model_digest
        if named != (None if self.model_bytes is None else digest(self.model_bytes)):
            what = "The model file in this bundle is not the one named in the training record."
            raise Refused("A01", what, "EvidenceBundle.write", "Write the bundle that audit() returned.")
        final = self.versioned(version)
        if final.private is None:
            raise ValueError("versioned() lost the private edition")
        files = {
            PUBLIC_FILE: pretty_json(final.public.to_record()),
            PRIVATE_FILE: pretty_json(final.private.to_record()),
        }
        if self.model_bytes is not None:
            files[MODEL_FILE] = self.model_bytes
        facts = {
            "status": final.verdict.status,
            "part": self.public.part,
            **{name: getattr(self.public, name).digest for name in AUTHORED},
        }
        folder = VersionFolder(self.home / version)
        folder.create(name=self.public.name, version=version, files=files, facts=facts)
        return folder.path

    def to_record(self) -> dict[str, Any]:
        """Return the public record: the only input of documents and exports."""
        return self.public.to_record()

    def headline(self) -> str:
        """Return the bundle in one line."""
        return f"EvidenceBundle({self.public.name} {self.public.version or 'unversioned'}, {self.verdict.headline()})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return the public findings, one per line."""
        return self.public.verdict.table()


def read_bundle(path: Path | str) -> EvidenceBundle:
    """Return the bundle in the version folder `path`, after its digests have been checked.

    In a project the folder is also compared with the log. Documents are not checked: they follow from the evidence.

    Raises
    ------
    EvidenceBroken
        A01, A02, A03, A05, A13: a file is missing, added, edited or unreadable, or contradicts the manifest
        or the log.
    """
    accept(read_bundle, locals())
    seen = examine(path)
    if seen.broken:
        raise EvidenceBroken.of(seen.broken)
    return bundle_of(seen)


def bundle_of(seen: Examined) -> EvidenceBundle:
    """Return the bundle from the bytes of a version folder that was examined; EvidenceBroken if it is not valid."""
    public = _evidence(seen.record(PUBLIC_FILE), str(seen.path / PUBLIC_FILE))
    private = None
    if PRIVATE_FILE in seen.files:
        private = _evidence(seen.record(PRIVATE_FILE), str(seen.path / PRIVATE_FILE))
    try:
        return EvidenceBundle(
            public=public, private=private, model_bytes=seen.files.get(MODEL_FILE), home=seen.project or seen.path.parent
        )
    except ValueError as error:
        what = f"The two editions contradict each other: {error}."
        raise EvidenceBroken("A01", what, str(seen.path), _RESTORE) from None


_RESTORE = "Restore the version folder as it was written."


def parse_evidence(data: bytes, where: str) -> Evidence:
    """Return the evidence in `data`; EvidenceBroken A02 if it is not evidence."""
    try:
        record = parse_json(data)
    except ValueError as error:
        raise _unreadable(error, where) from None
    return _evidence(record, where)


def _evidence(record: Any, where: str) -> Evidence:
    try:
        evidence = Evidence.from_record(record)
        # What reads as evidence and is written again as something else holds values that no audit writes.
        if not _holds_all(evidence.to_record(), record):
            raise ValueError("the evidence is not what an audit writes")
        return evidence
    # A metric that does not exist is refused as such, and a count of nothing divides by zero.
    except (Refused, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, ArithmeticError) as error:
        raise _unreadable(error, where) from None


def _holds_all(again: Any, read: Any) -> bool:
    """Whether all that was read is written again as it was; a later version of the library may write more beside it."""
    if type(again) is not type(read):
        return False
    if isinstance(read, dict):
        return all(key in again and _holds_all(again[key], value) for key, value in read.items())
    if isinstance(read, list):
        return len(again) == len(read) and (alike(again, read) or all(map(_holds_all, again, read)))
    return bool(again == read)


def alike(one: list[Any], other: list[Any]) -> bool:
    """Whether two lists hold the same words and numbers, none of them a list or an object: most of a record is columns."""
    kinds = list(map(type, one))
    return kinds == list(map(type, other)) and not {dict, list} & set(kinds) and one == other


def _unreadable(error: Exception, where: str) -> EvidenceBroken:
    said = str(error) if isinstance(error, Stray) else type(error).__name__
    return EvidenceBroken("A02", f"The evidence cannot be read as evidence ({said}).", where, _RESTORE)
