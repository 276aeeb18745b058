"""init --from-dpia: what a DPIA declares is taken over with its origin, and nothing that it leaves open is filled in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.dpia_file import ITS_OWN, read_dpia
from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.authoring.project import open_project
from smartstart_gov.authoring.reader import read_charter
from smartstart_gov.errors import Refused
from smartstart_gov.intake.draft.proposal import init_from_data
from tests.intake.sources import three_sources

DPIA = """\
purpose: {nl: "Hulp aanbieden.", en: "Offering help."}
effect: offer_of_help
coercive: false
legal_basis: open
owner:
  organisation: "Gemeente"
  function: open
  contact: "privacy@example.org"
parties:
  - {name: "Gemeente", role: controller}
dpia:
  "8": {nl: "In Nederland.", en: "In the Netherlands."}
sources:
  personen:
    system: "Basisregistratie"
    lawful_basis: {nl: "Een wet.", en: "A law."}
    last_verified: "2026-01-31"
  inkomens:
    retention: {nl: "Vijf jaar.", en: "Five years."}
columns:
  inkomen: {source: inkomens, justification: {nl: "Nodig.", en: "Needed."}}
  kreeg_hulp: {meaning: {nl: "Kreeg hulp.", en: "Got help."}, special_category: true}
  verdwenen: {special_category: true}
"""


def written(folder: Path, text: str = DPIA) -> Path:
    (folder / "dpia.yaml").write_text(text, encoding="utf-8")
    return folder / "dpia.yaml"


def test_what_is_declared_is_taken_with_its_line_and_the_rest_stays_open(tmp_path: Path) -> None:
    files, dpia = three_sources(tmp_path), written(tmp_path)
    begun = init_from_data(tmp_path / "model", files, dpia=dpia)
    project = open_project(tmp_path / "model")
    charter, sources = project.charter, project.contract.sources
    declared = read_dpia(dpia)
    for key, value in declared.charter.items():
        assert getattr(charter, key) == value
    assert charter.legal_basis is None
    assert {name: source.lawful_basis is not None for name, source in sources.items()} == {
        "personen": True, "school": False, "zorg": False, "inkomens": False,
    }  # fmt: skip
    assert sources["inkomens"].retention is not None
    income, outcome = (project.contract.column(name) for name in ("inkomen", "kreeg_hulp"))
    assert income.source == "inkomens"
    assert income.justification is not None
    assert income.justification.en == "Needed."
    assert outcome.special_category
    assert "inkomen" in project.contract.unconfirmed, "its type and range are guesses still"
    assert [note.en for note in begun.draft.notes if "verdwenen" in note.en] == ["In the DPIA but not in the data: verdwenen."]

    lines = DPIA.splitlines()
    for file in ("charter.yaml", "contract.yaml"):
        text = (tmp_path / "model" / file).read_text(encoding="utf-8")
        for line, key in re.findall(r"# From dpia\.yaml line (\d+)\.\n *(\w+):", text):
            assert f"{key}:" in lines[int(line) - 1]
    assert len(begun.taken) == len(set(begun.taken)) == 15


def test_what_is_taken_is_asked_no_more_and_nothing_else_is_settled(tmp_path: Path) -> None:
    files = three_sources(tmp_path)
    asked = {}
    for name, dpia in (("without", None), ("with", written(tmp_path))):
        init_from_data(tmp_path / name, files, name="help", dpia=dpia)
        project = open_project(tmp_path / name)
        asked[name] = {str(fact) for fact in open_facts(project.charter, project.contract, project.policy)}
    settled = {
        "charter purpose", "charter effect", "charter coercive", "charter owner.organisation", "charter owner.contact",
        "charter parties", 'charter dpia "8"', "contract sources.personen.lawful_basis", "contract sources.personen.last_verified",
        "contract columns[16].meaning",
    }  # fmt: skip
    assert asked["without"] - asked["with"] == settled
    # A party that is named is asked about, and so is a source.
    assert all("inkomens" in fact or "parties[0]" in fact for fact in asked["with"] - asked["without"])


def test_the_charter_of_another_project_is_a_dpia(repository: Path, tmp_path: Path) -> None:
    other = repository / "model_cards" / "arrests" / "charter.yaml"
    init_from_data(tmp_path / "model", three_sources(tmp_path), dpia=other)
    ours, theirs = open_project(tmp_path / "model").charter, read_charter(other)
    assert ours.name == "model"
    for key in Charter.model_fields.keys() - set(ITS_OWN):
        assert getattr(ours, key) == getattr(theirs, key), key


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("purpose:", "purpos:", "P04", 1),
        ("    system:", "    sistem:", "P04", 15),
        ("{source: inkomens, justification", "{source: inkomens, justificatie", "P04", 21),
        ("source: inkomens", "source: elders", "P05", 21),
        ("inkomen: {source: inkomens", "spijbelen: {source: inkomens", "D14", 21),
        ("effect: offer_of_help", "effect: help", "P05", 2),
    ],
)
def test_a_dpia_that_says_something_else_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, rule: str, line: int
) -> None:
    dpia = written(tmp_path, DPIA.replace(old, new, 1))
    with pytest.raises(Refused) as refused:
        init_from_data(tmp_path / "model", three_sources(tmp_path), dpia=dpia)
    assert [(v.rule, f"dpia.yaml line {line}" in v.where) for v in refused.value.violations] == [(rule, True)]
    assert not (tmp_path / "model").exists()
