"""export(): the files of other formats, from the public evidence alone; and the list of the formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from smartstart_gov.arguments import accept
from smartstart_gov.canonical import digest
from smartstart_gov.documents.csv_tables import csv_tables
from smartstart_gov.documents.dpia_output import INTERCHANGES
from smartstart_gov.documents.statements import marks
from smartstart_gov.documents.words import Words
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.exports.cyclonedx import cyclonedx
from smartstart_gov.exports.huggingface import huggingface
from smartstart_gov.exports.junit import junit
from smartstart_gov.exports.reading import Export, json_bytes
from smartstart_gov.exports.register import register
from smartstart_gov.exports.sarif import sarif
from smartstart_gov.exports.tad import tad
from smartstart_gov.show import Value
from smartstart_gov.storage import write_folder


def dpia(evidence: Evidence, words: Words) -> Export:
    """Return ``dpia.json``, the interchange of the government's form for DPIAs, in Dutch whatever the language that was asked.

    The PDF of the DPIA annex carries the same answers.
    """
    return _form("dpia", evidence)


def prescan(evidence: Evidence, words: Words) -> Export:
    """Return ``prescan.json``, the interchange of the government's form for the pre-scan; its PDF carries the same answers."""
    return _form("dpia_prescan", evidence)


def _form(kind: str, evidence: Evidence) -> Export:
    carried = INTERCHANGES[kind]
    return Export(files={carried.name: json_bytes(carried.made(evidence))})


def csv(evidence: Evidence, words: Words) -> Export:
    """Return one file a table; the PDF of the technical annex carries the same files."""
    return Export(files={f"csv/{name}": data for name, data in csv_tables(evidence, words).items()})


class Format(NamedTuple):
    """A format: what writes it, and the version of the standard, if there is one."""

    made: Callable[[Evidence, Words], Export]
    standard: str = ""


#: Every format, in the order in which they are written: a new one is a module and a line here.
FORMATS: dict[str, Format] = {
    "register": Format(register, "Algoritmeregister 1.0"),
    "tad": Format(tad, "0.1a14"),
    "cyclonedx": Format(cyclonedx, "1.7"),
    "huggingface": Format(huggingface),
    "sarif": Format(sarif, "2.1.0"),
    "junit": Format(junit),
    "csv": Format(csv),
    "dpia": Format(dpia, "Model DPIA Rijksdienst 3.0"),
    "prescan": Format(prescan, "Pre-scan DPIA 2.0"),
}


def listed() -> str:
    """Return the names of all formats with their standards, as a sentence lists them."""
    *others, last = (f"{name} ({of.standard})" if of.standard else name for name, of in FORMATS.items())
    return f"{', '.join(others)} and {last}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Exported(Value):
    """The files of one export, not written yet.

    Attributes
    ----------
    name : str
        Model and version.
    files : mapping of str to bytes
        Contents by name; a slash in a name makes a folder.
    told : tuple of str
        What whoever sends the files on has to know: fields that nobody filled in, texts that were shortened.
    """

    name: str
    files: Mapping[str, bytes]
    told: tuple[str, ...]

    def write(self, folder: str | Path) -> tuple[Path, ...]:
        """Write all files into the new folder `folder`, or none; return their paths.

        Raises
        ------
        Refused
            R03 where something stands there (an empty folder may), R01 where the disk does not take it.
        """
        target = Path(folder)
        write_folder(target, self.files, into_empty=True)
        return tuple(target / name for name in self.files)

    def to_record(self) -> dict[str, Any]:
        """Return the digest of each file by its name, and what was told."""
        return {"name": self.name, "files": {k: digest(v) for k, v in self.files.items()}, "told": list(self.told)}

    def headline(self) -> str:
        """Return the export in one line."""
        return f"Exported({self.name}, {len(self.files)} files, {len(self.told)} things told)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line a file."""
        return ["file", "bytes"], [[name, len(data)] for name, data in self.files.items()]


def export(bundle: EvidenceBundle | Evidence, formats: str | Sequence[str], *, lang: str = "nl") -> Exported:
    """Return the evidence in formats of others; each is computed from the public edition and nothing else.

    Parameters
    ----------
    bundle : EvidenceBundle or Evidence
        Of a bundle the public edition is read, and nothing else.
    formats : str or sequence of str
        Names of formats, such as ``junit``; ``smartstart-gov export --help`` lists them all.
    lang : {"nl", "en"}
        Of sentences; register and DPIA are Dutch whatever is asked.

    Returns
    -------
    Exported
        With the files by name, and what has to be known before they are sent on.

    Raises
    ------
    Refused
        M01 for an unknown format or language; N03 for a private edition; N05 where a name does not fit in the field that a
        standard has for it.

    Examples
    --------
    >>> import smartstart_gov as gov
    >>> bundle = gov.read_bundle("tests/corpus/format-2/help/1.0.0")
    >>> gov.export(bundle, "junit")
    Exported(help 1.0.0, 1 files, 0 things told)
    """
    accept(export, locals())
    asked = [formats] if isinstance(formats, str) else list(formats)
    strays = [name for name in asked if name not in FORMATS]
    if strays or not asked:
        what = f"There is no export {strays[0]!r}." if strays else "No format is asked for."
        raise Refused("M01", what, "Argument formats", f"Use some of {', '.join(FORMATS)}.")
    evidence = bundle.public if isinstance(bundle, EvidenceBundle) else bundle
    if evidence.edition != "public":
        what = "An export was asked of the private edition, whose small counts would show."
        raise Refused("N03", what, "Argument bundle", "Hand in the bundle, or its public edition.")
    words = Words(lang)
    # Reals in the record have twelve digits: read back from it, a fresh audit and a file give the same bytes.
    again = Evidence.from_record(evidence.to_record())
    # Of a bundle of an earlier library the digest is that of what was read.
    evidence = again if again.digest == evidence.digest else evidence
    made = [FORMATS[name].made(evidence, words) for name in FORMATS if name in asked]
    return Exported(
        name=f"{evidence.name} {evidence.version or 'unversioned'}",
        files={name: data for one in made for name, data in one.files.items()},
        told=(*_draft(evidence), *(line for one in made for line in one.told)),
    )


def _draft(evidence: Evidence) -> tuple[str, ...]:
    if marks(evidence)["draft"] == "no":
        return ()
    return (
        f"{evidence.name} {evidence.version or 'unversioned'} is a draft: nothing that follows from it is to be published.",
    )
