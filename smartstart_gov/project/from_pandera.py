"""from_pandera(): a contract from a pandera schema whose columns carry the facts as metadata."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.authored import Authored
from smartstart_gov.project.complaints import checked
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.node import Location, Node, Page, sentence, shown, spelt
from smartstart_gov.project.pandera_facts import OURS, Said, said_by_column, said_by_schema
from smartstart_gov.project.writing import written


def from_pandera(schema: Any) -> DataContract:
    """Return the contract that a pandera schema and its metadata say.

    Type, levels, range and gaps are taken from pandera's own arguments (`dtype`, `isin`, `ge`, `le`, `nullable`) or from
    the metadata; the other facts stand in the metadata under their names in a contract: ``role``, ``source``,
    ``meaning``, ... of a column, and ``version``, ``sources``, ... of the schema (of a model: in ``Config.metadata``).
    Where metadata of other tools stand beside, ours stand under one key, ``smartstart_gov``.

    Parameters
    ----------
    schema : pandera DataFrameModel or DataFrameSchema
        For pandas or polars frames.

    Returns
    -------
    DataContract

    Raises
    ------
    Refused
        Every violation at once: C03 for what a contract cannot say (checks of one's own, patterns, coerce, defaults,
        optional columns, ...) and for facts that contradict pandera's arguments; U01 for what is no pandera schema;
        and whatever an authored contract is refused for.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> from smartstart_gov.project.scaffold import init_project
    >>> with TemporaryDirectory() as folder:
    ...     written = init_project(f"{folder}/early_help")
    ...     project = gov.open_project(f"{folder}/early_help")
    >>> gov.from_pandera(gov.to_pandera(project.contract)) == project.contract
    True
    """
    built, frame_facts = _built(schema)
    name = str(built.name or "schema")
    page = _SchemaPage(f"Schema {shown(name)}", Node({}, 0), names=tuple(map(str, built.columns)))
    found: list[Violation] = []
    whole = said_by_schema(built)
    record = {"format": 1, "name": built.name, **_facts(frame_facts, page, (), found)}
    _described(record, built.description, whole)
    found += _strange(page, (), whole)
    columns = []
    for i, (key, column) in enumerate(built.columns.items()):
        said = said_by_column(column)
        columns.append(_column(key, column, said, _facts(column.metadata, page, ("columns", i), found)))
        found += _strange(page, ("columns", i), said)
    record["columns"] = columns
    page = _SchemaPage(page.name, _node(record, page, (), found), names=page.names)
    contract, violations = checked(page, DataContract)
    if found or contract is None:
        raise Refused.of([*found, *violations])
    return contract


def _built(schema: Any) -> tuple[Any, Any]:
    """Return the schema that was handed in, or that a model builds, and the metadata of its frame."""
    is_model = isinstance(schema, type) and hasattr(schema, "to_schema") and hasattr(schema, "__config__")
    built = schema.to_schema() if is_model else schema
    if not (type(built).__module__.startswith("pandera.") and hasattr(built, "columns") and hasattr(built, "strict")):
        remedy = "Hand in a DataFrameModel or a DataFrameSchema, of pandera.pandas or pandera.polars."
        raise Refused("U01", f"A {type(schema).__name__} is no pandera schema.", "from_pandera(schema=)", remedy)
    # A model's own metadata do not reach the schema that it builds.
    config = getattr(schema.__config__, "metadata", None) if is_model else None
    return built, config if config is not None else built.metadata


@dataclass(frozen=True, slots=True)
class _SchemaPage(Page):
    """A schema has no lines: what is wrong stands in a column, at a key."""

    names: tuple[str, ...] = ()

    def where(self, location: Location, *, missing: str | None = None) -> str:
        path = (*self.follow(location)[0], *([] if missing is None else [missing]))
        place = self.name
        if len(path) > 1 and path[0] == "columns" and isinstance(path[1], int) and path[1] < len(self.names):
            place, path = f"{place}, column {shown(self.names[path[1]])}", path[2:]
        return place + (f", key {spelt(path)}" if path else "")


def _facts(metadata: Any, page: _SchemaPage, at: Location, found: list[Violation]) -> dict[str, Any]:
    """Return the facts in metadata: all of them, or those under our key."""
    facts = metadata.get(OURS, metadata) if isinstance(metadata, Mapping) else metadata
    if facts is None:
        return {}
    if not isinstance(facts, Mapping):
        remedy = "Write metadata as a mapping of keys, like {'role': 'feature'}."
        found.append(Violation(rule="C03", what="The metadata are no mapping of keys.", where=_at(page, at), remedy=remedy))
        return {}
    return dict(facts)


def _column(key: Any, column: Any, said: Said, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the record of one column: its facts and what pandera says, held against each other."""
    if not isinstance(key, str):
        said.refuse("its name is no text", "Give each column a name of one line.")
    native = dict(said.facts)
    if native.pop("unique") and facts.get("role") != "index":
        said.refuse("unique is set", "Only a column of role index is unique in a contract.")
    nullable = native.get("nullable")
    if facts.get("role") == "sensitive" and nullable is not None:
        del native["nullable"]
        if nullable != (facts.get("maximum_unknown_share") is not None):
            remedy = "A missing group is unknown: give maximum_unknown_share and nullable=True, or neither."
            said.refuse("nullable and maximum_unknown_share contradict each other", remedy)
    unknown = list(facts.get("unknown_values", ())) if isinstance(facts.get("unknown_values"), list | tuple) else []
    if "levels" in native:
        native["levels"] = [level for level in native["levels"] if level not in unknown]
    for fact, value in native.items():
        if fact in facts and not _same(facts[fact], value):
            said.refuse(f"metadata and pandera's arguments say two things about {fact}", "Say it once, or the same twice.")
    record = {"name": key, **native, **facts}
    _described(record, column.description, said)
    return record


def _described(record: dict[str, Any], description: str | None, said: Said) -> None:
    """Note a description that the meaning does not hold."""
    meaning = written(record["meaning"]) if isinstance(record.get("meaning"), Authored) else record.get("meaning")
    if description and (not isinstance(meaning, Mapping) or description not in meaning.values()):
        said.refuse("description is set", "Say it in the fact meaning, in Dutch and in English.")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _strange(page: _SchemaPage, at: Location, said: Said) -> Iterator[Violation]:
    for what, remedy in said.strange:
        yield Violation(rule="C03", what=sentence(what), where=_at(page, at), remedy=remedy)


def _at(page: _SchemaPage, at: Location, *more: str | int) -> str:
    """Return a place in a schema whose tree does not stand yet."""
    column = f", column {shown(page.names[at[1]])}" if len(at) > 1 and isinstance(at[1], int) else ""
    key = spelt([*at[2:], *more])
    return page.name + column + (f", key {key}" if key else "")


def _node(value: Any, page: _SchemaPage, at: tuple[str | int, ...], found: list[Violation]) -> Node:
    """Return the tree of a record made of what Python has; what no authored file could hold is noted."""
    if isinstance(value, Authored):
        value = written(value)
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = value.isoformat()
    elif type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, Mapping):
        strays = [key for key in value if not isinstance(key, str)]
        for key in strays:
            what = f"Key {shown(str(key))} is no text."
            found.append(Violation(rule="C03", what=what, where=_at(page, at), remedy="Stand it in quotes."))
        return Node({k: _node(v, page, (*at, k), found) for k, v in value.items() if isinstance(k, str)}, 0)
    if isinstance(value, list | tuple):
        return Node([_node(item, page, (*at, i), found) for i, item in enumerate(value)], 0)
    if isinstance(value, str | bool | int | float):
        return Node(value, 0, raw=str(value))
    what = "The value None means: empty." if value is None else f"A {type(value).__name__} is nothing that a contract holds."
    remedy = "Write the fact; the word open where nobody knows it yet and the key allows that; or leave the key out."
    found.append(Violation(rule="P03", what=what, where=_at(page, at), remedy=remedy))
    return Node("", 0, doubtful=True)
