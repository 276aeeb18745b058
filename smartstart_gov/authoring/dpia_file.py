"""An authored DPIA: what people declared about processing elsewhere, with the keys of charter and contract."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, create_model

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.node import Page, shown
from smartstart_gov.authoring.reader import reading
from smartstart_gov.authoring.sources import Source
from smartstart_gov.authoring.value import Authored, Declared, Line, Name, Text
from smartstart_gov.errors import Refused, Violation

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
    """

    charter: dict[str, Any]
    sources: dict[str, dict[str, Any]]
    columns: dict[str, DpiaColumn]
    page: Page

    def origin(self, *place: str) -> Text:
        """Return where a fact was taken from, worded for a comment."""
        line = self.page.follow(place)[1].line
        return Text(nl=f"Uit {self.page.name} regel {line}.", en=f"From {self.page.name} line {line}.")


def read_dpia(path: Path | str) -> Dpia:
    """Return what the DPIA in `path` declares: the keys of a charter, and `sources` and `columns`; each may be absent.

    Another project's charter can be used as such a file. Open facts are not copied.

    Raises
    ------
    Refused
        Every violation at once, each with file, line and remedy: an unknown key (P04), and all other reasons to refuse
        an authored file; P05 for a column with an unknown source.
    """
    read = reading(path, _Dpia)
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
    )  # fmt: skip


def _said(value: Any, key: str) -> bool:
    return getattr(value, key) not in (None, (), {})
