"""Social media and pages from the web are refused, unless the law, the need and the consent are stated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.reader import read_contract
from smartstart_gov.errors import Refused
from tests.projects import TEXT, contract


def with_source(folder: Path, **source: Any) -> DataContract:
    """Return the contract read from a file, its one source changed."""
    said = contract()
    (name,) = said["sources"]
    path = folder / "contract.yaml"
    path.write_text(json.dumps(said | {"sources": {name: said["sources"][name] | source}}), encoding="utf-8")
    return read_contract(path)


@pytest.mark.parametrize("kind", ["social_media", "web"])
def test_they_are_refused_by_default_and_every_missing_word_is_named(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Refused) as refused:
        with_source(tmp_path, kind=kind, lawful_basis="open", justification="open")
    assert {one.rule for one in refused.value.violations} == {"C04"}
    for key in ("lawful_basis", "justification", "consent"):
        assert f"as long as {key} is not stated" in str(refused.value)


@pytest.mark.parametrize(
    "system", ["Instagram", "social media monitor", "Sociale-media-scan", "scraped forums", "LinkedIn API"]
)
def test_a_name_that_says_it_is_refused_without_a_kind(tmp_path: Path, system: str) -> None:
    with pytest.raises(Refused) as refused:
        with_source(tmp_path, system=system)
    assert refused.value.rule == "C04"


@pytest.mark.parametrize("system", ["Register of social affairs", "Mediation service", "Youth desk"])
def test_other_names_pass(tmp_path: Path, system: str) -> None:
    assert with_source(tmp_path, system=system, kind="register").sources


def test_with_law_need_and_consent_the_committee_may_still_judge_it(tmp_path: Path) -> None:
    stated = with_source(tmp_path, kind="social_media", lawful_basis=TEXT, justification=TEXT, consent=TEXT)
    assert next(iter(stated.sources.values())).kind == "social_media"


def test_a_contract_that_says_nothing_of_it_keeps_its_digest() -> None:
    record = DataContract.model_validate(contract()).to_record()
    assert not {"kind", "consent"} & set(next(iter(record["sources"].values())))
    assert "synthetic" not in record
