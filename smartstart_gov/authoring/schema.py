"""JSON Schemas (draft 2020-12) of the three authored files, for editors that check while you type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.value import Authored
from smartstart_gov.storage import write_file

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: Name of each schema file, and what it describes.
SCHEMAS: dict[str, type[Authored]] = {
    "charter.schema.json": Charter,
    "contract.schema.json": DataContract,
    "policy.schema.json": Policy,
}


def schema_of(kind: type[Authored]) -> dict[str, Any]:
    """Return the JSON Schema of one authored file; it has no URL of its own.

    What a schema cannot say (levels that add up, names that exist) is left to the reader of the file.
    """
    return {"$schema": DIALECT, **kind.model_json_schema()}


def schema_text(kind: type[Authored]) -> str:
    """Return the schema as written in a file."""
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write the three schemas into `folder`, and return their paths.

    Raises
    ------
    Refused
        R01 if it cannot be written to disk.
    """
    for name, kind in SCHEMAS.items():
        write_file(folder / name, schema_text(kind).encode())
    return tuple(folder / name for name in SCHEMAS)


def stale_schemas(folder: Path) -> list[str]:
    """Return the names of schemas in `folder` that are missing, unexpected, or different from what the code says."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.schema.json")}
    wanted = {name: schema_text(kind) for name, kind in SCHEMAS.items()}
    return sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
