"""What stands in a contract beside its columns: where they come from, how sources are combined, what lies above a level."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from smartstart_gov.project.authored import (
    Authored,
    Declared,
    DeclaredDate,
    DeclaredNamed,
    DeclaredShare,
    Line,
    Name,
    Problem,
    Share,
    Text,
    refuse_any,
)


class Source(Authored):
    """Where columns come from: stated once, named by each column."""

    system: Line
    """Name of the system of record."""
    owner: DeclaredNamed
    """Organisation that owns the system: its name, or one in each language."""
    original_purpose: Declared
    """What the data were first collected for (GDPR 5(1)(b), DPIA 2.1.5)."""
    lawful_basis: Declared
    """Legal ground for this use; never guessed by the library."""
    retention: Declared
    """How long the data are kept, and why."""
    last_verified: DeclaredDate
    """When somebody last compared the records with reality."""
    error_rate: DeclaredShare
    """Estimated share of records that are wrong."""
    justification: Declared = None
    """Why the model needs what this source holds; a column that says so itself stands above it."""


class Step(Authored):
    """One step up a hierarchy: each lower level has exactly one parent."""

    name: Name
    """What the parents are called, like ``wijk``."""
    meaning: Text
    """What the parents are, for a reader."""
    parents: dict[Line, Line]
    """Lower level to parent."""


class Link(Authored):
    """One source that is combined with the base table by a pseudonymous key."""

    source: Name
    """Name of an entry of `sources`: the one whose extract is linked."""
    key: Line
    """Column in the base table and in the extract: a pseudonym, never a citizen service number."""
    expected_share: Share
    """Share of the rows of the base table that should have a partner in the extract."""
    moment: Line | None = None
    """Column of the extract that says when a record last changed."""
    maximum_days: Annotated[int, Field(ge=0)] | None = None
    """Most days that the newest record of the extract may be old."""

    @model_validator(mode="after")
    def _age_is_whole(self) -> Self:
        if (self.moment is None) != (self.maximum_days is None):
            key = "moment" if self.moment is None else "maximum_days"
            remedy = "Give moment and maximum_days, or neither."
            refuse_any([Problem(rule="C01", what=f"a link that judges age needs {key} too", remedy=remedy, at=(key,))])
        return self


def link_problems(links: Sequence[Link], sources: Sequence[str], used: Collection[str | None]) -> Iterator[Problem]:
    """Find links to sources that are not there, stand twice or have no columns, and links without a base."""
    named = [link.source for link in links]
    for i, name in enumerate(named):
        if name not in sources:
            remedy = f"Use one of {', '.join(sources) or 'none yet'}, or describe it under sources."
            yield _wrong(f"links names source {name!r}, which is not under sources", remedy, i)
        elif name in named[:i]:
            yield _wrong(f"source {name!r} is linked twice", "Link each source once.", i)
        elif name not in used:
            yield _wrong(f"source {name!r} is linked, and no column comes from it", "Take the link out, or add columns.", i)
    if links and not set(used) - {None} - set(named):
        yield Problem(
            rule="C01", what="every source is linked, and none is the base", at=("links",),
            remedy="Leave out the link of the base table: the one whose rows are the cases.",
        )  # fmt: skip


def hierarchy_problems(hierarchies: Mapping[str, Sequence[Step]], groups: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Find hierarchies of what is no column of `groups`, and levels without exactly one parent."""
    for name, steps in hierarchies.items():
        if name not in groups:
            what = f"hierarchy {name!r} is not a sensitive column"
            yield Problem(rule="C02", what=what, remedy="Use the name of a sensitive column.", at=("hierarchies", name))
            continue
        below = set(groups[name])
        for i, step in enumerate(steps):
            strays = sorted(set(step.parents) ^ below)
            if strays:
                what = f"hierarchy {name!r}, step {step.name!r}: {strays[0]!r} lacks a parent or is no level"
                what += f", and {len(strays) - 1} more" if len(strays) > 1 else ""
                lower = steps[i - 1].name if i else name
                remedy = f"Give each level of {lower} ({sorted(below)[0]}, ...) exactly one parent."
                yield Problem(rule="C02", what=what, remedy=remedy, at=("hierarchies", name, i, "parents"))
            below = set(step.parents.values())


def _wrong(what: str, remedy: str, position: int) -> Problem:
    return Problem(rule="C01", what=what, remedy=remedy, at=("links", position, "source"))
