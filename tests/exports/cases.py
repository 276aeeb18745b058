"""Public evidence of every kind that an export may meet, and the schemas of the formats beside the project."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made
from tests.documents import scored

SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas"
CORPUS = Path(__file__).parents[1] / "corpus" / "format-2" / "help" / "1.0.0"


def _vendor() -> Evidence:
    rules = made.policy(decide_on="point", intersections=())
    return made.public(predictions=True, full=False, version=None, of_policy=rules)


def _complete() -> Evidence:
    """A charter that answers what the register and the AI Act ask, with children among the people."""
    prescan = {"6.1.2": True}
    vulnerable = {
        "minors": True, "groups": "open", "harm": made.both("Een kind krijgt een stempel.", "A child is labelled."),
        "care": made.both("Alleen hulp.", "Help only."), "heard": "open",
    }  # fmt: skip
    return made.public(of_charter=made.charter(prescan=prescan, vulnerable=vulnerable))


def _weighted() -> Evidence:
    """The same evidence, of rows that have weights."""
    plain = made.public()
    columns = [c.model_copy(update={"role": "weight"}) if c.name == "siblings" else c for c in plain.contract.columns]
    return replace(plain, contract=plain.contract.model_copy(update={"columns": tuple(columns)}))


def _other_answers() -> Evidence:
    """Answers that are rare: waived, not applicable, breached as a warning, needed by no stage; and a policy that lets in."""
    stages = {"shadow": {"not_shown": "accepted"}, "trial": {"not_shown": "accepted"}, "release": {"not_shown": "accepted"}}
    plain = made.public(of_policy=made.policy(stages=stages))
    waived, none, warned, unneeded, *rest = plain.verdict.findings
    findings = (
        replace(waived, status="WAIVED"), replace(none, status="NOT_APPLICABLE"),
        replace(warned, status="FAILED", severity="warn"), replace(unneeded, status="NOT_SHOWN", stage=None), *rest,
    )  # fmt: skip
    return replace(plain, verdict=replace(plain.verdict, findings=findings))


EVIDENCE: dict[str, Callable[[], Evidence]] = {
    "stored": lambda: read_bundle(CORPUS).public,
    "not shown": made.public,
    "breached": lambda: made.public(unfair=0.16),
    "vendor": _vendor,
    "no group printed": lambda: made.public(small=True),
    "nothing printed": lambda: made.public(of_policy=made.policy(disclosure={"k": 1000})),
    "scores": scored.public,
    "complete": _complete,
    "weighted": _weighted,
    "other answers": _other_answers,
    "concept": lambda: replace(made.public(), look=None),
}

#: Every kind of evidence; all but the stored one belong to the slow tests.
NAMES = [pytest.param(name, marks=() if name == "stored" else pytest.mark.slow) for name in EVIDENCE]


@cache
def evidence(name: str) -> Evidence:
    """Return the evidence called `name`."""
    return EVIDENCE[name]()


def read_yaml(data: bytes | str) -> Any:
    """Return what a file of YAML says."""
    return yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def schema(name: str) -> Any:
    """Return a schema that lies beside the project; the test is skipped where it does not."""
    path = SCHEMAS / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside the project")
    # The interface of the register writes a type that JSON Schema does not know beside a reference to the right one.
    return json.loads(path.read_text(encoding="utf-8"), object_hook=lambda of: of if of.get("type") != "enum" else _untyped(of))


def _untyped(of: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in of.items() if key != "type"}


def complaints(record: Any, name: str, prefix: str, part: str | None = None) -> list[str]:
    """Return what a schema says of `record`; schemas that it refers to have the same prefix."""
    of = schema(name)
    # Ids of these schemas are addresses of elsewhere, and three of them are the same one.
    asked = {key: value for key, value in of.items() if key != "$id"} | ({} if part is None else {"$ref": part})

    def retrieve(uri: str) -> Resource[Any]:
        found = schema(prefix + uri.rpartition("/")[2])
        return Resource.from_contents({k: v for k, v in found.items() if k != "$id"}, default_specification=DRAFT202012)

    kind = jsonschema.validators.validator_for(of, default=jsonschema.Draft202012Validator)
    checker = kind(asked, registry=Registry(retrieve=retrieve), format_checker=kind.FORMAT_CHECKER)  # type: ignore[call-arg]  # validators are made at run time
    return [f"{error.json_path}: {error.message[:300]}" for error in checker.iter_errors(record)]
