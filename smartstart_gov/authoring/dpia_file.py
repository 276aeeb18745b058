"""An authored DPIA: what people declared about processing elsewhere, with the keys of charter and contract."""

from __future__ import annotations

import contextlib
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, create_model

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.dpia_incoming import Incoming, incoming
from smartstart_gov.authoring.interchange import SCHEMA
from smartstart_gov.authoring.node import Page, shown
from smartstart_gov.authoring.reader import reading, reading_text
from smartstart_gov.authoring.sources import Source
from smartstart_gov.authoring.value import Authored, Declared, Line, Name, Text
from smartstart_gov.authoring.writer import block
from smartstart_gov.errors import Refused, Violation, expect

#: An attached file in a PDF, what stands before its bytes, how much of it is looked at, and how large it may be.
_EMBEDDED, _STREAM, _BEGIN = re.compile(rb"/EmbeddedFile\b"), re.compile(rb"stream\r?\n"), 4096
LARGEST = 16 * 1024 * 1024
#: Keys of a charter that say which file it is or who signs for that model: read, and not taken over.
ITS_OWN = ("format", "name", "signatories")


def _optional(kind: type[Authored], name: str, **more: Any) -> Any:
    """Return a model with the keys of `kind`, each of which may be absent."""
    fields = {
        key: (field.rebuild_annotation(), Field(default=None, description=field.description))
        for key, field in kind.model_fields.items()
    }
    # Models made while running have no types that could be checked.
    make: Any = create_model
    return make(name, __base__=Authored, __doc__=kind.__doc__, __module__=__name__, **fields, **more)


class DpiaColumn(Authored):
    """What a DPIA declares about one column, by its name in the data."""

    source: Name | None = None
    """Name of an entry in `sources`, from which the column gets its legal basis, owner and retention."""
    meaning: Declared = None
    """What a value means."""
    justification: Declared = None
    """Why the model needs it."""
    special_category: bool | None = None
    """Special category of GDPR article 9, or origin, nationality, religion or a marker of these."""


_DpiaSource: Any = _optional(Source, "DpiaSource")
_Dpia: Any = _optional(
    Charter, "Dpia", sources=(dict[Name, _DpiaSource], Field(default={})), columns=(dict[Line, DpiaColumn], Field(default={}))
)


@dataclass(frozen=True, slots=True)
class Dpia:
    """What can be copied from a DPIA, and where each fact is in it.

    Attributes
    ----------
    charter : dict of str to Any
        Keys of a charter that were answered, to their values.
    sources : dict of str to (dict of str to Any)
        Name of a source to the keys that were answered.
    columns : dict of str to DpiaColumn
    page : Page
        The file, with its lines.
    told : tuple of str
        Of an interchange file: what could not be taken over as it stands.
    lines : bool
        Whether the lines of `page` are those of the file; an interchange file is read by fields.
    lists : bool
        Whether such a file has the parties, data and risks of the processing, as a pre-scan has not.
    """

    charter: dict[str, Any]
    sources: dict[str, dict[str, Any]]
    columns: dict[str, DpiaColumn]
    page: Page
    told: tuple[str, ...] = ()
    lines: bool = True
    lists: bool = True

    def origin(self, *place: str) -> Text:
        """Return where a fact was taken from, worded for a comment."""
        if not self.lines:
            return Text(nl=f"Uit {self.page.name}.", en=f"From {self.page.name}.")
        line = self.page.follow(place)[1].line
        return Text(nl=f"Uit {self.page.name} regel {line}.", en=f"From {self.page.name} line {line}.")


def read_dpia(path: Path | str) -> Dpia:
    """Return what the DPIA in `path` declares: the keys of a charter, and `sources` and `columns`; each may be absent.

    Another project's charter can be used as such a file, and so can the interchange of the government's form for DPIAs or
    for the pre-scan (``.json``), or the PDF of a DPIA annex or a pre-scan, which carries it (``.pdf``). Open facts are not
    copied, and of a pre-scan only its answers are.

    Raises
    ------
    Refused
        Every violation at once, each with file, line and remedy: an unknown key (P04), and all other reasons to refuse
        an authored file; P05 for a column with an unknown source, and for an interchange file of another form.
    """
    expect(path, (str, Path), "Argument path", "Give the path of a file.")
    came = _incoming(Path(path))
    read = reading(path, _Dpia) if came is None else reading_text("\n".join(block(came.record)), Path(path).name, _Dpia)
    value: Any = read.value
    found = [
        Violation(
            rule="P05", what=f"Column {shown(name)} names source {shown(column.source)}, which is not under sources.",
            where=read.page.where(("columns", name, "source")), remedy="Use a name listed under sources.",
        )
        for name, column in value.columns.items() if column.source is not None and column.source not in value.sources
    ]  # fmt: skip
    if found:
        raise Refused.of(found)
    return Dpia(
        charter={key: getattr(value, key) for key in Charter.model_fields if key not in ITS_OWN and _said(value, key)},
        sources={
            name: {key: getattr(source, key) for key in Source.model_fields if _said(source, key)}
            for name, source in value.sources.items()
        },
        columns=dict(value.columns),
        page=read.page,
        told=() if came is None else tuple(came.told),
        lines=came is None,
        lists=came is None or bool(came.form.entries),
    )  # fmt: skip


def _incoming(path: Path) -> Incoming | None:
    """Return what an interchange file says; None for an authored file."""
    ending = path.suffix.lower()
    if ending not in (".json", ".pdf"):
        return None
    remedy = "Hand in the JSON that the form exports, or the PDF of a DPIA annex or a pre-scan."
    try:
        if not path.is_file():
            raise Refused("U01", f"{shown(path.name)} is not a file.", shown(str(path), 200), remedy)
        if path.stat().st_size > LARGEST:
            raise Refused("P02", f"The file is larger than {LARGEST // 1024**2} MB.", path.name, remedy)
        data = path.read_bytes()
    except OSError as error:
        what = f"{shown(path.name)} cannot be read ({error.strerror})."
        raise Refused("U01", what, shown(str(path), 200), "Check the path.") from None
    if ending == ".pdf":
        data = _attached(data)
    try:
        found = json.loads(data, object_pairs_hook=_once)
    except Refused as refused:
        raise Refused("P01", refused.violations[0].what, path.name, "Keep one of the two.") from None
    except (ValueError, RecursionError):
        what = "The file is no JSON." if ending == ".json" else "The PDF carries no answers of a DPIA or a pre-scan."
        raise Refused("P11", what, path.name, remedy) from None
    return incoming(found, path.name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; a key that stands twice has no one value."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("P01", "A key stands twice in one object.", "JSON", "Keep one of the two.")
    return found


def _attached(pdf: bytes) -> bytes:
    """Return the last file in a PDF that holds answers for the form, which is the newest; empty where there is none."""
    newest = None
    for place in _EMBEDDED.finditer(pdf):
        begins = _STREAM.search(pdf, place.end(), place.end() + 400)
        # Whatever else is attached is opened no further than it takes to see what it is.
        with contextlib.suppress(zlib.error):
            if begins and SCHEMA.encode() in zlib.decompressobj().decompress(pdf[begins.end() : begins.end() + _BEGIN], _BEGIN):
                newest = begins.end()
    with contextlib.suppress(zlib.error):
        return b"" if newest is None else zlib.decompressobj().decompress(pdf[newest:], LARGEST)
    return b""


def _said(value: Any, key: str) -> bool:
    return getattr(value, key) not in (None, (), {})
