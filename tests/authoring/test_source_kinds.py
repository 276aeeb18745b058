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
    "name",
    [
        "Instagram", "social media monitor", "Sociale-media-scan", "scraped forums", "LinkedIn API", "sociale-mediaberichten",
        "socialemedia", "Twitterberichten", "X (voorheen Twitter)", "facebookgroep", "Face book", "tiktokfilmpjes", "Snapchatgroep",
        "telegramkanaal", "WhatsApp-groep", "WHATSAPPBERICHTEN", "F\u0430cebook", "You-Tube", "tweets", "Mastodon",
        "webscraping van sites", "crawler", "Webscraper", "Linked In",
    ],
)  # fmt: skip
def test_a_name_that_says_it_is_refused_without_that_kind(tmp_path: Path, name: str) -> None:
    for kind in ({}, {"kind": "register"}):
        with pytest.raises(Refused) as refused:
            with_source(tmp_path, system=name, **kind)
        assert refused.value.rule == "C04"


@pytest.mark.parametrize("name", ["facebook", "twitterberichten", "sociale_media", "social-media-posts", "webscraping"])
def test_the_name_under_which_columns_know_a_source_says_it_too(name: str) -> None:
    said = contract()
    (source,) = said["sources"].values()
    moved = said | {"sources": {name: source}, "columns": [one | {"source": name} for one in said["columns"]]}
    with pytest.raises(ValueError, match="the kind says otherwise or nothing"):
        DataContract.model_validate(moved)
    told = source | {"kind": "social_media", "lawful_basis": TEXT, "justification": TEXT, "consent": TEXT}
    assert DataContract.model_validate(moved | {"sources": {name: told}}).sources[name].kind == "social_media"


@pytest.mark.parametrize(
    "system",
    ["Register of social affairs", "Mediation service", "Youth desk", "Sociale dienst", "Sociaal-medische zorg", "Multimedia",
     "Website van de gemeente", "Linker index", "Basisregistratie personen", "Verzuimregister"],
)  # fmt: skip
def test_other_names_pass(tmp_path: Path, system: str) -> None:
    assert with_source(tmp_path, system=system).sources


def test_with_law_need_and_consent_the_committee_may_still_judge_it(tmp_path: Path) -> None:
    stated = with_source(tmp_path, kind="social_media", lawful_basis=TEXT, justification=TEXT, consent=TEXT)
    assert next(iter(stated.sources.values())).kind == "social_media"


def test_a_contract_that_says_nothing_of_it_keeps_its_digest() -> None:
    record = DataContract.model_validate(contract()).to_record()
    assert not {"kind", "consent"} & set(next(iter(record["sources"].values())))
    assert "synthetic" not in record
