"""Every format is valid against its schema, of every kind of evidence, in both languages."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from lxml import etree

from smartstart_gov.documents.words import LANGUAGES
from smartstart_gov.exports.export import export
from smartstart_gov.exports.register import NAMES, REQUIRED, TEXTS
from tests.exports import cases

#: Dutch of every kind, English where there is most to say: formats differ in their sentences alone.
EVERY = [
    pytest.param(name, lang, marks=() if name == "stored" else pytest.mark.slow)
    for name in cases.EVIDENCE
    for lang in LANGUAGES
    if lang == "nl" or name in ("stored", "complete", "scores")
]
pytestmark = pytest.mark.parametrize(("name", "lang"), EVERY)


def file(name: str, lang: str, kind: str) -> bytes:
    made = export(cases.evidence(name), kind, lang=lang)
    (data,) = made.files.values()
    return data


def front_matter(data: bytes) -> dict[str, Any]:
    _, front, _ = data.decode("utf-8").split("---\n", 2)
    found: dict[str, Any] = cases.read_yaml(front)
    return found


def test_register(name: str, lang: str) -> None:
    made = export(cases.evidence(name), "register", lang=lang)
    entry = json.loads(made.files["algoritmeregister.json"])
    found = cases.complaints(entry, "algoritmeregister_openapi_v1_0.json", "", "#/components/schemas/AlgorithmIn")
    # What the register demands and nobody declared is left out, and all of it is told.
    missing = [key for key in REQUIRED if key not in entry]
    assert found == [f"$: {key!r} is a required property" for key in missing]
    assert not missing or any(f"demands {', '.join(missing)}, " in line for line in made.told)
    config = cases.schema("algoritmeregister_config_v1_0.json")["properties"]
    assert set(entry) <= set(config)
    for key, value in entry.items():
        of = config[key]
        assert len(value) <= of.get("max_length", len(value)), key
        if "permitted_values" in of:
            assert value in json.dumps(of["permitted_values"], ensure_ascii=False)
        tags = set(re.findall(r"</?([a-z]+)>", value))
        assert tags <= set(of.get("allowed_html_tags", ()))


def test_the_register_is_known_as_its_configuration_says(name: str, lang: str) -> None:
    config = cases.schema("algoritmeregister_config_v1_0.json")["properties"]
    assert {key for key, of in config.items() if of["required"] is True} == set(REQUIRED)
    assert all(config[key]["max_length"] >= most for key, most in (NAMES | TEXTS).items())
    # The text of the standard asks for a shorter summary than its interface takes.
    assert {key for key, most in (NAMES | TEXTS).items() if config[key]["max_length"] > most} == {"description_short"}


def test_tad(name: str, lang: str) -> None:
    card = cases.read_yaml(file(name, lang, "tad"))
    assert cases.complaints(card, "tad_systemcard_schema.json", "tad_") == []
    for model in card["models"]:
        assert cases.complaints(model, "tad_modelcard_schema.json", "tad_") == []
    for assessment in card["assessments"]:
        assert cases.complaints(assessment, "tad_assessmentcard_schema.json", "tad_") == []


def test_cyclonedx(name: str, lang: str) -> None:
    bom = json.loads(file(name, lang, "cyclonedx"))
    assert cases.complaints(bom, "cyclonedx_bom-1.7.schema.json", "cyclonedx_") == []
    refs = {one["bom-ref"] for one in (*bom["components"], bom["metadata"]["component"])}
    assert {ref for one in bom["dependencies"] for ref in (one["ref"], *one["dependsOn"])} <= refs
    asked = [one["bom-ref"] for one in bom["definitions"]["standards"][0]["requirements"]]
    assert [one["requirement"] for one in bom["declarations"]["attestations"][0]["map"]] == asked
    assert len(set(asked) | refs) == len(asked) + len(refs)


def test_sarif(name: str, lang: str) -> None:
    log = json.loads(file(name, lang, "sarif"))
    assert cases.complaints(log, "sarif-schema-2.1.0.json", "") == []
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        # 3.27.10: what is not a failure has no level.
        assert (result["kind"] == "fail") is (result["level"] != "none")


def test_junit(name: str, lang: str) -> None:
    path = cases.SCHEMAS / "junit-10.xsd"
    if not path.is_file():
        pytest.skip("junit-10.xsd is not beside the project")
    of = etree.XMLSchema(etree.parse(str(path)))
    of.assertValid(etree.fromstring(file(name, lang, "junit")))


def test_huggingface(name: str, lang: str) -> None:
    front = front_matter(file(name, lang, "huggingface"))
    assert front["language"] == [lang]
    for model in front.get("model-index", []):
        assert set(model) == {"name", "results"}
        for result in model["results"]:
            assert result["task"]["type"]
            assert result["dataset"]["type"]
            assert result["dataset"]["name"]
            assert result["metrics"]
            assert all(one["type"] and isinstance(one["value"], float) for one in result["metrics"])
    assert ("model-index" in front) is (name != "nothing printed")


def test_dpia(name: str, lang: str) -> None:
    for format_ in ("dpia", "prescan"):
        made = export(cases.evidence(name), format_, lang=lang)
        assert cases.complaints(json.loads(made.files[f"{format_}.json"]), "assessment-output.v2.schema.json", "") == []


def test_csv(name: str, lang: str) -> None:
    made = export(cases.evidence(name), "csv", lang=lang)
    assert {"csv/findings.csv", "csv/rates.csv", "csv/rows.csv"} <= set(made.files)
    for data in made.files.values():
        lines = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
        assert len(lines) > 1
        assert len({len(line) for line in lines}) == 1
        assert len(set(lines[0])) == len(lines[0])
        assert not data.startswith("\ufeff".encode())
