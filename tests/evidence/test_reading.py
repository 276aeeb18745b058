"""Evidence that says what no audit writes is refused when it is read or re-performed, never by a crash."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from smartstart_gov.assessment import audit_predictions
from smartstart_gov.authoring.project import open_project
from smartstart_gov.canonical import digest, pretty_json
from smartstart_gov.errors import EvidenceBroken
from smartstart_gov.evidence.bundle import EvidenceBundle, parse_evidence
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.reperform import reperform
from tests.projects import rows, write_project

#: What stands in the place of a value: other types, borders, names that nobody knows.
ODD: tuple[Any, ...] = (None, True, 0, -1, 2**53, "", "x", "nan", "inf", "-1", [], {}, [None], [[0, 1]], {"x": 1})


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    home = write_project(tmp_path_factory.mktemp("reading") / "help")
    bundle = audit_predictions(rows(gap=0.3, unknown=0.02), open_project(home))
    if bundle.private is None:
        raise ValueError("an audit gives both editions")
    return {"public": bundle.public.to_record(), "private": bundle.private.to_record()}


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where something stands in a record."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*at, key)
        yield from places(item, (*at, key))


def changed(record: dict[str, Any], at: tuple[Any, ...], to: Any) -> dict[str, Any]:
    """Return the record with `to` at one place."""
    again = copy.deepcopy(record)
    inside = again
    for key in at[:-1]:
        inside = inside[key]
    inside[at[-1]] = to
    return again


def parsed(record: dict[str, Any], at: tuple[Any, ...], to: Any) -> Evidence:
    """Return the evidence with `to` at one place, and with the digests that fit."""
    again = changed(record, at, to)
    if at[0] in ("policy", "contract", "charter"):
        again[f"{at[0]}_digest"] = digest(again[at[0]])
    return parse_evidence(pretty_json(again), "bundle.json")


@pytest.mark.parametrize(
    ("at", "to"),
    [
        (("look", "place"), 0),
        (("look", "max_looks"), 0),
        (("scores", "figures", 0), "gini"),
        (("policy", "limits", 0, "given"), "x"),
        (("tally", "counts", 0, 0), -1),
        (("verdict", "findings", 0, "reason", "code"), "no.such.message"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_no_audit_writes_is_no_evidence(editions: dict[str, dict[str, Any]], at: tuple[Any, ...], to: Any) -> None:
    with pytest.raises(EvidenceBroken) as broken:
        parsed(editions["private"], at, to)
    assert broken.value.violations[0].rule == "A02"


@pytest.mark.parametrize(
    ("at", "to"),
    [
        (("created",), "yesterday"),
        (("created",), [[]]),
        (("tally", "margins", 0, "declared"), "3"),
        (("tally", "margins", 0, "unknown_rows"), {}),
        (("training", "features"), [[]]),
        (("training", "features"), ["no_column"]),
        (("training", "score"), "x"),
        (("training", "estimator"), []),
        (("training", "versions", "numpy"), 2),
        (("training", "read"), True),
        (("scores", "groups", 0), []),
        (("verdict", "findings", 0, "by", 0), 1),
        (("verdict", "findings", 0, "reason", "values", "comparisons"), True),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_a_document_could_not_print_is_no_evidence(
    editions: dict[str, dict[str, Any]], at: tuple[Any, ...], to: Any
) -> None:
    with pytest.raises(EvidenceBroken) as broken:
        parsed(editions["public"], at, to)
    assert broken.value.violations[0].rule == "A02"


def test_a_tally_that_would_fill_the_memory_is_not_built(editions: dict[str, dict[str, Any]]) -> None:
    record = copy.deepcopy(editions["private"])
    for axis in record["tally"]["axes"]:
        axis["levels"] = [f"level {i}" for i in range(40_000)]
        axis["unknown"], axis["steps"] = False, []
    with pytest.raises(ValueError, match="larger than any"):
        Evidence.from_record(record)


@pytest.mark.slow
@pytest.mark.parametrize("edition", ["public", "private"])
def test_odd_values_are_refused_or_told_and_never_crash(editions: dict[str, dict[str, Any]], edition: str) -> None:
    chance = random.Random(14)
    where = list(places(editions[edition]))
    public = parse_evidence(pretty_json(editions["public"]), "bundle.json")
    refused = told = 0
    silent = set()
    for _ in range(100):
        at, to = chance.choice(where), chance.choice(ODD)
        try:
            evidence = parsed(editions[edition], at, to)
        except EvidenceBroken:
            refused += 1
            continue
        if edition == "public":
            bundle = EvidenceBundle(public=evidence, private=None, model_bytes=None, home=None)
        else:
            pair = replace(public, private_digest=evidence.digest)
            bundle = EvidenceBundle(public=pair, private=evidence, model_bytes=None, home=None)
        if not reperform(bundle).ok:
            told += 1
        elif changed(editions[edition], at, to) != editions[edition]:
            silent.add(at[0] if "products" not in at else "products")
    assert min(refused, told) > 0
    # What nobody can recompute from the counts: texts (manifest and log hold the version), what a look or a training says of
    # itself, figures of single scores, and second moments that make no interval wider.
    assert silent <= (
        {"charter", "contract", "look", "training", "scores", "products", "version"} if edition == "public" else set()
    )


def test_a_row_of_a_step_that_the_contract_does_not_know_is_told(editions: dict[str, dict[str, Any]]) -> None:
    where = [at for at in places(editions["public"]) if at[-1] == "step" and at[:2] == ("tally", "margins")]
    assert where
    for at in where:
        bundle = EvidenceBundle(public=parsed(editions["public"], at, "nan"), private=None, model_bytes=None, home=None)
        assert any("do not stand where the contract puts them" in said for said in reperform(bundle).differences)


def test_another_smallest_count_than_the_policy_says_is_told(editions: dict[str, dict[str, Any]]) -> None:
    lower = editions["public"]["tally"]["k"] - 1
    edited = parsed(editions["public"], ("tally", "k"), lower)
    found = reperform(EvidenceBundle(public=edited, private=None, model_bytes=None, home=None))
    assert [one for one in found.differences if "tally.k" in str(one)]
