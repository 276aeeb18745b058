"""The JSON Schemas in docs/schema: current, valid, and of one mind with the reader on plain mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from smartstart_gov.authoring.schema import SCHEMAS, schema_of, stale_schemas, write_schemas


def test_the_schemas_in_the_documentation_are_current(repository: Path) -> None:
    assert stale_schemas(repository / "docs" / "schema") == []


def test_stale_strange_and_missing_ones_are_seen(tmp_path: Path) -> None:
    assert [path.name for path in write_schemas(tmp_path)] == list(SCHEMAS)
    assert stale_schemas(tmp_path) == []
    (tmp_path / "charter.schema.json").write_text("{}")
    (tmp_path / "policy.schema.json").unlink()
    (tmp_path / "other.schema.json").write_text("{}")
    assert stale_schemas(tmp_path) == ["charter.schema.json", "other.schema.json", "policy.schema.json"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_accepts_what_init_writes(started: Path, name: str) -> None:
    schema = schema_of(SCHEMAS[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "$id" not in schema
    authored = yaml.safe_load((started / name.replace(".schema.json", ".yaml")).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(authored)
    for spoiled in (
        authored | {"unknown_key": 1},
        authored | {"format": 2},
        {k: v for k, v in authored.items() if k != "format"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(spoiled)


def test_an_open_fact_is_the_word_open(started: Path) -> None:
    schema = jsonschema.Draft202012Validator(schema_of(SCHEMAS["charter.schema.json"]))
    authored = yaml.safe_load((started / "charter.yaml").read_text(encoding="utf-8"))
    assert authored["legal_basis"] == "open"
    schema.validate(authored | {"legal_basis": {"nl": "Wet", "en": "Act"}})
    for wrong in ("Wet", None, {"nl": "Wet"}, ""):
        with pytest.raises(jsonschema.ValidationError):
            schema.validate(authored | {"legal_basis": wrong})


def test_fields_are_described(repository: Path) -> None:
    column = json.loads((repository / "docs" / "schema" / "contract.schema.json").read_text())["$defs"]["Column"]
    assert all("description" in field for field in column["properties"].values())
