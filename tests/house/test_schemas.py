"""The JSON Schemas in docs/schema are current, valid, and accept what the library accepts."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.house.tree import ROOT, name_of
from tools import catalogues, schemas

#: Who signs is checked when it is signed; it has no schema.
EXAMPLES = sorted(path for path in (ROOT / "model_cards").glob("*/*.yaml") if path.name != "signers.yaml")


def test_schemas_are_current() -> None:
    assert schemas.differences() == []


def test_message_catalogues_are_current_and_translated() -> None:
    assert list(catalogues.faults()) == []


@pytest.mark.parametrize("name", schemas.FILES)
def test_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads((schemas.FOLDER / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_example_keeps_its_schema(path: Path) -> None:
    record = json.loads((schemas.FOLDER / f"{path.stem}.schema.json").read_text(encoding="utf-8"))
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    jsonschema.validate(value, record, cls=jsonschema.Draft202012Validator)
    value["misspelt_key"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, record, cls=jsonschema.Draft202012Validator)
