"""JSON Schemas of the authored files, for editors: written to docs/schema by ``python -m tools.schemas``.

``--check`` writes nothing and ends with 1 where a schema is not what the code says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.value import Authored
from smartstart_gov.documents.theme import Theme

FOLDER = Path(__file__).parents[1] / "docs" / "schema"
FILES: dict[str, type[Authored]] = {
    "charter.schema.json": Charter,
    "contract.schema.json": DataContract,
    "policy.schema.json": Policy,
    "theme.schema.json": Theme,
}


def schema(model: type[Authored]) -> str:
    """Return the JSON Schema of an authored file, laid out for people."""
    record = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def differences() -> list[str]:
    """Return the names of schemas that are not what the code says."""
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.schema.json")}
    wanted = {name: schema(model) for name, model in FILES.items()}
    return sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))


def main(arguments: list[str]) -> int:
    """Write the schemas, or only compare them."""
    if "--check" in arguments:
        stale = differences()
        for name in stale:
            print(f"docs/schema/{name} is not what the code says; run: python -m tools.schemas")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, model in FILES.items():
        (FOLDER / name).write_text(schema(model), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
