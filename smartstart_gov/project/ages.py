"""Which columns speak of how old somebody is, by their name or meaning."""

from __future__ import annotations

import re

from smartstart_gov.project.column import Column
from smartstart_gov.project.contract import DataContract

#: A country of birth says nothing of age.
_AGE = re.compile(
    r"\b(age|ages|aged|minors?|leeftijd\w*|minderjarig\w*|years? old|jaar oud|(year|date|day) of birth|birth ?(year|date|day)"
    r"|geboorte(jaar|datum|dag))\b",
    re.IGNORECASE,
)


def ages(contract: DataContract) -> tuple[Column, ...]:
    """Return the columns that speak of age.

    Examples
    --------
    >>> bool(_AGE.search("age of the child in years")), bool(_AGE.search("average income"))
    (True, False)
    """
    return tuple(c for c in contract.columns if _AGE.search(f"{c.name.replace('_', ' ')} {_said(c)}"))


def _said(column: Column) -> str:
    return "" if column.meaning is None else f"{column.meaning.nl} {column.meaning.en}"
