"""Where columns come from, and how small areas lie in larger ones: parts of a contract."""

from __future__ import annotations

from smartstart_gov.project.authored import (
    Authored,
    Declared,
    DeclaredDate,
    DeclaredNamed,
    DeclaredShare,
    Line,
    Name,
    Text,
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


class Step(Authored):
    """One step up a hierarchy: each lower level has exactly one parent."""

    name: Name
    """What the parents are called, like ``wijk``."""
    meaning: Text
    """What the parents are, for a reader."""
    parents: dict[Line, Line]
    """Lower level to parent."""
