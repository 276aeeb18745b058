"""The JSON Schemas in docs/schema are of one mind with the reader on plain mistakes, and describe every field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tools.schemas import FILES, differences, schema

OF_PROJECTS = [name for name in FILES if name != "theme.schema.json"]


def written(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema(FILES[name]))
    return found


def test_stale_strange_and_missing_ones_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.schemas.FOLDER", tmp_path)
    for name in FILES:
        (tmp_path / name).write_text(schema(FILES[name]), encoding="utf-8")
    assert differences() == []
    (tmp_path / "charter.schema.json").write_text("{}")
    (tmp_path / "policy.schema.json").unlink()
    (tmp_path / "other.schema.json").write_text("{}")
    assert differences() == ["charter.schema.json", "other.schema.json", "policy.schema.json"]


@pytest.mark.parametrize("name", OF_PROJECTS)
def test_a_schema_is_one_and_accepts_what_init_writes(started: Path, name: str) -> None:
    said = written(name)
    jsonschema.Draft202012Validator.check_schema(said)
    assert "$id" not in said
    authored = yaml.safe_load((started / name.replace(".schema.json", ".yaml")).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(said).validate(authored)
    for spoiled in (
        authored | {"unknown_key": 1},
        authored | {"format": 2},
        {k: v for k, v in authored.items() if k != "format"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(said).validate(spoiled)


def test_an_open_fact_is_the_word_open(started: Path) -> None:
    said = jsonschema.Draft202012Validator(written("charter.schema.json"))
    authored = yaml.safe_load((started / "charter.yaml").read_text(encoding="utf-8"))
    assert authored["legal_basis"] == "open"
    said.validate(authored | {"legal_basis": {"nl": "Wet", "en": "Act"}})
    for wrong in ("Wet", None, {"nl": "Wet"}, ""):
        with pytest.raises(jsonschema.ValidationError):
            said.validate(authored | {"legal_basis": wrong})


def test_fields_are_described() -> None:
    column = written("contract.schema.json")["$defs"]["Column"]
    assert all("description" in field for field in column["properties"].values())
