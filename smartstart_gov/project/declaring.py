"""What a DPIA declares meets what a table holds: sources with their legal basis, meanings, and what only one of them knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.authored import OPEN, Authored, Text
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.dpia_file import Dpia, DpiaColumn
from smartstart_gov.project.inference.draft import Draft, few, text
from smartstart_gov.project.node import shown
from smartstart_gov.project.source import Source


def declared_homes(dpia: Dpia, homes: Mapping[str, str], linked: Collection[str]) -> dict[str, str]:
    """Return the source that the DPIA declares for columns of the table.

    Raises
    ------
    Refused
        D14 where a column stands in the file of another source, and one of the two is linked.
    """
    found, wrong = {}, []
    for name, column in dpia.columns.items():
        if column.source is None or name not in homes or column.source == homes[name]:
            continue
        if {homes[name], column.source} & set(linked):
            what = (
                f"Column {shown(name)} stands in the file of source {shown(homes[name])}; the DPIA says {shown(column.source)}."
            )
            where = dpia.page.where(("columns", name, "source"))
            wrong.append(Violation(rule="D14", what=what, where=where, remedy="Mend the DPIA, or hand it in with its source."))
        found[name] = column.source
    if wrong:
        raise Refused.of(wrong)
    return found


def with_declared(draft: Draft, dpia: Dpia) -> Draft:
    """Return the draft with what the DPIA declares of its columns, and notes on what only one of the two knows."""
    for column in draft.columns:
        said = dpia.columns.get(column.name, DpiaColumn())
        special = column.special_category if said.special_category is None else said.special_category
        draft = draft.with_column(replace(
            column, meaning=said.meaning or column.meaning, justification=said.justification, special_category=special,
        ))  # fmt: skip
    return replace(draft, notes=(*draft.notes, *_differences(draft, dpia)))


def sources_of(draft: Draft, files: Mapping[str, Path], dpia: Dpia | None) -> dict[str, Source]:
    """Return the sources that columns come from; what the DPIA does not answer is open, the legal basis as well."""
    used = dict.fromkeys(column.source for column in draft.columns if column.source is not None)
    found = {}
    for name in [*(source for source in files if source in used), *(source for source in used if source not in files)]:
        facts: dict[str, Any] = {key: OPEN for key in Source.model_fields if Source.model_fields[key].is_required()}
        facts["system"] = files[name].name if name in files else name
        facts |= {} if dpia is None else dpia.sources.get(name, {})
        found[name] = Source(**facts)
    return found


def origins_of(dpia: Dpia, contract: DataContract) -> dict[tuple[str, ...], Text]:
    """Return for each fact of the contract that was taken from the DPIA, by its place, the comment that says so."""
    names = {column.name for column in contract.columns}
    places = [("sources", name, key) for name, facts in dpia.sources.items() if name in contract.sources for key in facts]
    places += [
        ("columns", name, key)
        for name, column in dpia.columns.items() if name in names
        for key in DpiaColumn.model_fields if getattr(column, key) is not None
    ]  # fmt: skip
    return {place: dpia.origin(*place) for place in places}


def taken_from(dpia: Dpia, contract: DataContract) -> tuple[str, ...]:
    """Return the places of charter and contract that were filled in from the DPIA."""
    return (*_places(dpia.charter), *(".".join(place) for place in origins_of(dpia, contract)))


def _places(charter: Mapping[str, Any]) -> Iterator[str]:
    for key, value in charter.items():
        whole = not isinstance(value, Authored) or isinstance(value, Text)
        inner = () if whole else [name for name in type(value).model_fields if getattr(value, name) is not None]
        yield from [key] if whole else [f"{key}.{name}" for name in inner]


def _differences(draft: Draft, dpia: Dpia) -> Iterator[Text]:
    if not dpia.columns:
        return
    names = [column.name for column in draft.columns]
    here, there = [n for n in names if n not in dpia.columns], [n for n in dpia.columns if n not in names]
    if here:
        nl, en = few(here)
        yield text(
            f"Niet in de DPIA, wel in de gegevens: {nl}. Wat niet verantwoord is, hoort er niet in.",
            f"In the data and not in the DPIA: {en}. What nobody accounts for does not belong there.",
        )
    if there:
        nl, en = few(there)
        yield text(f"Wel in de DPIA, niet in de gegevens: {nl}.", f"In the DPIA and not in the data: {en}.")
