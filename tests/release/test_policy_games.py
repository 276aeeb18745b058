"""Policies that say little, from a real folder: each game is refused, or said on page 1."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.assessment import audit_predictions
from smartstart_gov.authoring.policy_changes import weaker_than_defaults
from smartstart_gov.authoring.project import open_project
from smartstart_gov.documents.blocks import Bullets
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.bundle import EvidenceBundle, read_bundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import VersionFolder
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.evidence.reperform import reperform, verify
from smartstart_gov.evidence.rules import DOCUMENTS
from smartstart_gov.release.gate import gate
from tests import projects
from tests.projects import TEXT, policy, rows, write_project

ACCEPTED = {"not_shown": "accepted", "signatures": []}
#: Release accepts what nobody can know of a model that was not seen: so an exit code tells what the policy did.
STAGES = {"shadow": ACCEPTED, "trial": ACCEPTED, "release": ACCEPTED | {"signatures": ["owner"]}}
LIMITS = policy()["limits"]
PLAIN = policy(stages=STAGES)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of which version 1.0.0 was audited."""
    home = write_project(tmp_path_factory.mktemp("games") / "help", policy=PLAIN)
    audited(home, rows(), "1.0.0")
    return home


def audited(home: Path, data: Any, version: str) -> Path:
    folder = audit_predictions(data, open_project(home)).write(version=version)
    VersionFolder(folder).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    return folder


def next_version(home: Path, to: Path, data: Any | None = None, *, version: str = "1.1.0", **files: Any) -> Path:
    """Audit a second version in a copy of the project, with other files, on people that nobody has looked at."""
    shutil.copytree(home, to)
    return again(to, data, version=version, **files)


def again(home: Path, data: Any | None = None, *, version: str, **files: Any) -> Path:
    log = {file.name: file.read_bytes() for file in (home / "log").iterdir()}
    write_project(home, **{"policy": PLAIN} | files)
    for file in (home / "log").iterdir():
        # The project goes on with the log it has: its key, its looks, its versions.
        if file.name not in log:
            file.unlink()
    if data is None:
        data = rows(seed=len(version) + sum(map(ord, version)))
    renamed = {name: [f"{version}-{value}" for value in data[name]] for name in ("key", "family") if name in data}
    return audited(home, data.assign(**renamed), version)


def code_of(folder: Path, finding: str) -> tuple[str, str]:
    f = next(f for f in read_bundle(folder).public.verdict.findings if f.id == finding)
    return f.status, f.reason.code


def page_one(evidence: Evidence, lang: str = "en") -> str:
    front = technical_annex(evidence, Words(lang)).front
    block = next(block for block in front if isinstance(block, Bullets) and block.basis == "derived")
    return "\n".join(block.items)


def exit_code(folder: Path, stage: str = "release") -> int:
    """Return what the gate says; 0 where nothing but the owner's signature is missing, which no game is about."""
    decision = gate(folder, stage=stage)
    return 0 if decision.result == "signatures_missing" else decision.exit_code


@pytest.mark.slow
def test_a_policy_that_can_stop_a_model_is_allowed(home: Path) -> None:
    assert exit_code(home / "1.0.0") == 0
    assert verify(home / "1.0.0").ok
    assert read_bundle(home / "1.0.0").public.previous is None
    assert "sets no limit on: missed" in page_one(read_bundle(home / "1.0.0").public)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["shadow", "trial", "release"])
@pytest.mark.parametrize(
    "limits",
    [
        [one | {"severity": "warn"} for one in LIMITS],
        [one | {"at_most": 0.99} for one in LIMITS],
        [LIMITS[0] | {"metric": "accuracy", "at_most": 0.49}],
    ],
    ids=["warnings", "too wide", "accuracy"],
)
def test_limits_that_stop_nothing_are_no_evidence_at_any_stage(tmp_path: Path, limits: list[Any], stage: str) -> None:
    write_project(tmp_path / "help", policy=PLAIN | {"limits": limits})
    folder = audited(tmp_path / "help", rows(gap=0.3), "1.0.0")
    found = read_bundle(folder)
    if exit_code(folder, stage) != 1:  # accuracy itself may differ beyond its limit
        assert exit_code(folder, stage) == 3
        assert found.verdict.status == found.public.verdict.status == "NOT_SHOWN"
    assert code_of(folder, "control.R31") == ("NOT_SHOWN", "control.R31.nothing")


@pytest.mark.slow
def test_a_warning_that_is_breached_and_a_limit_that_is_too_wide_stand_on_page_1(tmp_path: Path) -> None:
    limits = [LIMITS[0] | {"severity": "warn"}, LIMITS[1] | {"at_most": 0.99}]
    write_project(tmp_path / "help", policy=PLAIN | {"limits": limits})
    evidence = read_bundle(audited(tmp_path / "help", rows(gap=0.4), "1.0.0")).public
    assert next(f.status for f in evidence.verdict.findings if f.id == "limit.alarm") == "FAILED"
    english, dutch = page_one(evidence), page_one(evidence, "nl")
    assert "Breached, but only a warning: wrongly selected" in english
    assert "hardly any data could break them: share selected by" in english
    assert "(0.99)" in english
    assert "Geschonden, maar alleen een waarschuwing" in dutch
    assert "(0,99)" in dutch


@pytest.mark.slow
def test_a_ratio_that_leaves_more_room_fewer_figures_and_a_smaller_k_stand_on_page_1(tmp_path: Path) -> None:
    ratio = {key: value for key, value in LIMITS[0].items() if key != "at_most"} | {"measure": "ratio", "at_least": 0.51}
    # The second limit leaves no more room than the default's ratio does at the rate of everybody.
    narrow = LIMITS[1] | {"at_most": 0.01}
    rules = PLAIN | {"limits": [ratio, narrow], "metrics": ["accuracy"], "disclosure": {"k": 5}}
    write_project(tmp_path / "help", policy=rules)
    evidence = read_bundle(audited(tmp_path / "help", rows(), "1.0.0")).public
    english, dutch = page_one(evidence), page_one(evidence, "nl")
    assert "how rates are compared: their ratio instead of their difference" in english
    assert "figures that are printed: right overall" in english
    assert "smallest number that is printed: 5 instead of 10" in english
    assert "hun verhouding in plaats van hun verschil" in dutch


def games() -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """Yield what the second version does without, its files, and what page 1 or the findings have to name."""
    two = projects.contract(
        columns=[c | ({"levels": ["A", "B"]} if c["name"] == "origin" else {}) for c in projects.contract()["columns"]]
    )
    yield "a group", {"contract": two}, ["group C (A sentence)"]
    unfed = projects.contract(columns=[c for c in projects.contract()["columns"] if c["name"] != "income"])
    yield "a feature", {"contract": unfed}, ["column income"]
    yield "a limit", {"policy": PLAIN | {"limits": LIMITS[:1]}}, ["the limit on share selected by"]
    moved = projects.contract()["hierarchies"]["quarter"][0]["parents"] | {"Q0": "D1"}
    district = projects.contract()["hierarchies"]["quarter"][0] | {"parents": moved}
    yield "an area drawn otherwise", {"contract": projects.contract(hierarchies={"quarter": [district]})}, ["the area", "Q0"]
    flipped = [c | ({"positive": False} if c["role"] == "label" else {}) for c in projects.contract()["columns"]]
    yield "an outcome turned round", {"contract": projects.contract(columns=flipped)}, ["the outcome True"]
    yield "a limit that is now a warning", {"policy": PLAIN | {"limits": [LIMITS[0], LIMITS[1] | {"severity": "warn"}]}}, []


@pytest.mark.slow
@pytest.mark.parametrize("game", list(games()), ids=lambda game: str(game[0]))
def test_what_went_since_the_last_version_is_told(
    home: Path, tmp_path: Path, game: tuple[str, dict[str, Any], list[str]]
) -> None:
    _, files, named = game
    data = rows(seed=5)
    if "contract" in files:
        kept = [c["name"] for c in files["contract"]["columns"]]
        data = data[data["origin"] != "C"][kept] if named == ["group C (A sentence)"] else data[kept]
    folder = next_version(home, tmp_path / "help", data, **files)
    bundle = read_bundle(folder)
    assert code_of(folder, "control.R29") == ("NOT_SHOWN", "control.R29.gone")
    assert bundle.verdict.status != "PASSED"
    assert bundle.public.previous is not None
    assert (bundle.public.previous.version, verify(folder).ok) == ("1.0.0", True)
    (finding,) = [f for f in bundle.public.verdict.findings if f.id == "control.R29"]
    said = Words("en").message(finding.reason, bundle.public.contract)
    assert all(name in said for name in named)
    # Where release refuses what is not shown, this one goes no further.
    assert finding.blocks_at("release")


@pytest.mark.slow
def test_what_is_asked_more_weakly_than_by_the_last_version_stands_on_page_1(home: Path, tmp_path: Path) -> None:
    weaker = PLAIN | {"limits": [LIMITS[0] | {"at_most": 0.2, "pool_under": 2000}, LIMITS[1]], "alpha": 0.1}
    evidence = read_bundle(next_version(home, tmp_path / "help", policy=weaker)).public
    lines = [line for line in page_one(evidence).split("\n") if line.startswith("Weaker than version 1.0.0")]
    assert len(lines) == 1
    assert "0.2 instead of 0.1" in lines[0]
    assert "groups with fewer rows are judged together: 2,000 instead of none" in lines[0]
    assert "chance of a wrong answer: 0.1 instead of 0.05" in lines[0]
    pool = next(line for line in page_one(evidence).split("\n") if line.startswith("Small groups are judged together"))
    assert "groups under 2,000 rows: B" in pool
    assert "%" in pool


@pytest.mark.slow
@pytest.mark.parametrize("printed", [True, False])
def test_a_harmed_group_does_not_vanish_in_a_pool(tmp_path: Path, printed: bool) -> None:
    columns = [dict(c) for c in projects.contract()["columns"]]
    if printed:
        # Where rows may be of unknown group, the smallest group is not printed by itself.
        for one in columns:
            one.pop("maximum_unknown_share", None)
    limits = [LIMITS[0] | {"between": "rest", "pool_under": 2000}, LIMITS[1]]
    write_project(tmp_path / "help", policy=PLAIN | {"limits": limits}, contract=projects.contract(columns=columns))
    data = rows(gap=0.25)
    favoured = (data["origin"] == "B") & ~data["asked"]
    # C is harmed and B is favoured: together they are like A (0.34 of false alarms in either).
    data.loc[favoured, "score"] = data.loc[favoured, "score"] * 0.65
    folder = audited(tmp_path / "help", data, "1.0.0")
    bundle = read_bundle(folder)
    assert bundle.private is not None
    public, private = (next(f for f in e.verdict.findings if f.id == "limit.alarm") for e in (bundle.public, bundle.private))
    assert (private.status, private.reason.code, private.reason.values["group"]) == ("NOT_SHOWN", "limit.pooled", "C")
    assert (public.status, public.reason.code) == ("NOT_SHOWN", "limit.pooled" if printed else "limit.pooled_hidden")
    assert (public.decisive is not None) == printed
    if public.decisive is not None:
        # Of households only ranges are printed, so the printed interval holds the exact one and is a little wider.
        assert replace(public.decisive, low=private.decisive.low, high=private.decisive.high) == private.decisive
        assert float(public.decisive.low) <= float(private.decisive.low) <= float(private.decisive.high)
        assert float(private.decisive.high) <= float(public.decisive.high)
    assert verify(folder).ok
    (folder / "bundle.private.json").unlink()
    assert reperform(read_bundle(folder)).ok


@pytest.mark.slow
def test_a_person_owns_it_and_then_it_stands_on_page_1(home: Path, tmp_path: Path) -> None:
    entry = {"what": "limit", "name": "selection_rate by quarter", "reason": TEXT, "owner": "dpo"}
    limits = {"what": "limits", "name": "quarter", "reason": TEXT, "owner": "dpo"}
    folder = next_version(home, tmp_path / "help", policy=PLAIN | {"limits": LIMITS[:1], "left_out": [entry, limits]})
    assert code_of(folder, "control.R29") == ("PASSED", "control.R29.owned")
    assert code_of(folder, "control.R31") == ("PASSED", "control.R31.passed")
    evidence = read_bundle(folder).public
    assert "Left out, with somebody accountable: the limit on share selected by" in page_one(evidence)
    # It stays owned only as long as it is written down.
    after = again(tmp_path / "help", policy=PLAIN | {"limits": LIMITS[:1]}, version="1.2.0")
    assert code_of(after, "control.R29") == ("NOT_SHOWN", "control.R29.gone")


@pytest.mark.slow
def test_what_is_owed_is_not_washed_away_by_another_audit(home: Path, tmp_path: Path) -> None:
    next_version(home, tmp_path / "help", policy=PLAIN | {"limits": LIMITS[:1]})
    folder = again(tmp_path / "help", policy=PLAIN | {"limits": LIMITS[:1]}, version="1.2.0")
    assert code_of(folder, "control.R29") == ("NOT_SHOWN", "control.R29.gone")
    put_back = again(tmp_path / "help", version="1.3.0")
    assert code_of(put_back, "control.R29") == ("PASSED", "control.R29.passed")


@pytest.mark.slow
def test_a_last_version_that_is_gone_or_edited_is_said(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "help")
    shutil.rmtree(tmp_path / "help" / "1.0.0")
    folder = again(tmp_path / "help", version="1.1.0")
    assert code_of(folder, "control.R29") == ("NOT_SHOWN", "control.R29.unreadable")
    assert "cannot be read" in page_one(read_bundle(folder).public)
    shutil.copytree(home, tmp_path / "edited")
    file = tmp_path / "edited" / "1.0.0" / "bundle.json"
    file.write_text(file.read_text().replace("A sentence.", "Another one."))
    assert code_of(again(tmp_path / "edited", version="1.1.0"), "control.R29")[1] == "control.R29.unreadable"


@pytest.mark.slow
def test_a_version_that_was_not_held_against_the_one_before_it_is_not_shown(home: Path, tmp_path: Path) -> None:
    """An audit is kept in the drawer while another version is written: then it comes after that one."""
    shutil.copytree(home, tmp_path / "help")
    write_less = PLAIN | {"limits": LIMITS[:1]}
    folder = again(tmp_path / "help", policy=write_less, version="1.1.0")
    bundle = read_bundle(folder)
    assert bundle.private is not None
    assert exit_code(folder) == 0
    third = EvidenceBundle(
        public=bundle.public, private=bundle.private, model_bytes=bundle.model_bytes, home=tmp_path / "help"
    ).write(version="1.2.0")  # fmt: skip
    VersionFolder(third).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    # The same rules as the version between: nothing can have gone.
    assert exit_code(third) == 0
    again(tmp_path / "help", version="1.3.0")
    write_project(tmp_path / "rules", policy=write_less)
    shutil.copy(tmp_path / "rules" / "policy.yaml", tmp_path / "help" / "policy.yaml")
    fourth = EvidenceBundle(
        public=bundle.public, private=bundle.private, model_bytes=bundle.model_bytes, home=tmp_path / "help"
    ).write(version="1.4.0")  # fmt: skip
    VersionFolder(fourth).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    decision = gate(fourth)
    assert decision.exit_code == 3
    assert any("not compared with version 1.3.0" in reason for reason in decision.reasons)


def test_the_public_edition_tells_the_same_of_the_last_version(home: Path) -> None:
    bundle = read_bundle(home / "1.0.0")
    assert bundle.private is not None
    assert public_edition(bundle.private).previous == bundle.private.previous


@pytest.mark.slow
def test_however_much_is_weaker_page_1_names_all_of_it(tmp_path: Path) -> None:
    rules = PLAIN | {"alpha": 0.2, "max_looks": 100, "disclosure": {"k": 5}, "decide_on": "point", "stages": STAGES}
    write_project(tmp_path / "help", policy=rules)
    evidence = read_bundle(audited(tmp_path / "help", rows(), "1.0.0")).public
    said = page_one(evidence)
    for change in weaker_than_defaults(evidence.policy):
        if change.key != "limit":
            assert Words("en").code("policy_key", change.key) in said, change.key
