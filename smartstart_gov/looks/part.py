"""Part: one entry of the balance of rows, which says where every row went."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One entry of the balance sheet: rows that went somewhere, or were left out for a reason.

    `name` is fit, develop or audit for rows that are used, and the reason for rows that are excluded
    (see `EXCLUSIONS`).
    """

    name: str
    rows: int
    positives: int | None = None
