"""Ask: the row of a declared fact. It stands on the field of charter, contract or policy that holds the fact.

Type and meaning are those of the field. What only people need stands here: who is asked, in which words, with an example, and
where the documents say it. Schema, reference, `todo`, the files to start from and the documents read it from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from smartstart_gov.authoring.names import Place, Who


def _(message: str) -> str:
    """Mark a sentence for the message catalogues."""
    return message


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to people; in `Annotated`, behind the type of the field that holds the answer.

    Attributes
    ----------
    who : {"owner", "data", "dpo", "lawyer", "committee"}
    what : str
        The question, for a reader without statistics.
    example : str
        An answer that could stand there, as one would type it (in one language).
    term : str
        What the documents call it, if `annex` or `dpia` names a section: ``_("How to object")``.
    annex : str
        Id of the section of the technical annex at whose end it stands, like ``ethics``; empty if none shows it of itself.
    dpia : str
        Number of the part of the DPIA at whose end it stands, like ``15.7``.
    code : str
        For a closed list: under which name `smartstart_gov.documents.terms.CODES` has the words for its values.
    """

    who: Who
    what: str
    example: str
    _: KW_ONLY
    term: str = ""
    annex: str = ""
    dpia: str = ""
    code: str = ""

    def __post_init__(self) -> None:
        if bool(self.term) is not bool(self.annex or self.dpia):
            raise ValueError("a fact that a section shows has a term, and the other way round")


def ask_in(field: FieldInfo) -> Ask | None:
    """Return what a field asks; None where it asks nobody."""
    return next((part for part in field.metadata if isinstance(part, Ask)), None)


def asked_in(kind: type[BaseModel], at: Place = ()) -> Iterator[tuple[Place, Ask]]:
    """Yield every question of a file with its place, in the order of the keys; ``*`` stands for any name or position."""
    for name, field in kind.model_fields.items():
        if (ask := ask_in(field)) is not None:
            yield (*at, name), ask
        for inner, many in _models(field.annotation):
            yield from asked_in(inner, (*at, name, "*") if many else (*at, name))


def _models(annotation: Any, *, many: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, many
    for inner in get_args(annotation):
        yield from _models(inner, many=many or get_origin(annotation) in (tuple, dict))
