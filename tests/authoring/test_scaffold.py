"""init_project(): what it writes holds, can be audited, and is written whole or not at all."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov import storage
from smartstart_gov.authoring.project import open_project
from smartstart_gov.authoring.scaffold import ROWS, init_project, named, sample_csv
from smartstart_gov.authoring.value import plain_name
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.files import read_data
from smartstart_gov.intake.validate import validate

Found = tuple[Violation, ...]


def test_it_writes_seven_things(tmp_path: Path) -> None:
    home = tmp_path / "model_cards" / "early_help"
    written = init_project(home)
    assert sorted(str(path.relative_to(home)).split("/")[0] for path in written) == [
        ".gitattributes", "charter.yaml", "contract.yaml", "log", "policy.yaml", "sample.csv", "train.py",
    ]  # fmt: skip
    assert sorted(written) == sorted(path for path in home.rglob("*") if path.is_file())
    assert list(tmp_path.iterdir()) == [tmp_path / "model_cards"]


def test_the_sample_keeps_the_contract(started: Path) -> None:
    project = open_project(started)
    frame = validate(read_data(started / "sample.csv", project.contract), project.contract)
    assert frame.rows == ROWS
    label = frame.column("asked_for_help")
    assert 0.1 < label.mean() < 0.4
    assert set(frame.column("origin")) == {"netherlands", "europe", "outside_europe", None}
    units = frame.column("family")
    assert 0.7 * ROWS < len(set(units)) < ROWS, "some families have two rows"


def test_the_sample_is_the_same_every_time() -> None:
    assert sample_csv() == sample_csv()


def test_each_project_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        init_project(tmp_path / name)
        keys.add(open_project(tmp_path / name).split_key)
    assert len(keys) == 2


def test_facts_that_nobody_can_guess_are_open(started: Path) -> None:
    project = open_project(started)
    charter = project.charter
    assert (charter.legal_basis, charter.oversight, charter.exit.end_date, charter.consultation) == (None, None, None, None)
    assert {source.lawful_basis for source in project.contract.sources.values()} == {None}
    assert project.policy.threshold.reason is None


def test_the_road_to_release_asks_for_more_at_each_step(started: Path) -> None:
    policy = open_project(started).policy
    shadow, trial, release = (policy.stage(stage) for stage in ("shadow", "trial", "release"))
    assert set(shadow.signatures) < set(trial.signatures) < set(release.signatures)
    assert len(trial.signatures) >= 2
    assert (shadow.not_shown, release.not_shown) == ("accepted", "refused")


@pytest.mark.slow
def test_the_script_trains_and_audits(started: Path) -> None:
    import smartstart_gov as gov

    script: dict[str, object] = {"__name__": "train"}
    exec(compile((started / "train.py").read_text(), "train.py", "exec"), script)
    project = open_project(started)
    run = gov.train(script["model"], read_data(started / "sample.csv", project.contract), project, random_state=7)
    bundle = gov.audit(run)
    limits = {finding.id for finding in bundle.verdict.findings if finding.id.startswith("limit.")}
    assert limits == {f"limit.{limit.id}" for limit in project.policy.limits}
    assert bundle.verdict.status != "PASSED", "a project full of open facts is not ready"


def test_every_key_is_explained_or_plain(started: Path) -> None:
    for file in ("charter.yaml", "contract.yaml", "policy.yaml"):
        text = (started / file).read_text(encoding="utf-8")
        assert text.startswith("# The ")
        assert len(re.findall(r"^\s*# ", text, re.MULTILINE)) >= 9
        assert "$" not in text
        assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize(("folder", "name"), [
    ("early_help", "early_help"), ("Vroege hulp é", "vroege_hulp_e"), ("..x..y..", "x.y"), ("عربي", "model"), ("A" * 100, "a" * 64), ("-", "model"),
    ("0123", "0123"), ("no", "no"),
])  # fmt: skip
def test_the_name_is_made_from_the_folder(tmp_path: Path, folder: str, name: str) -> None:
    init_project(tmp_path / folder)
    assert open_project(tmp_path / folder).charter.name == name


@given(folder=st.text(max_size=90))
def test_a_made_name_is_always_plain(folder: str) -> None:
    assert plain_name(named(folder)) == named(folder)


def test_the_name_can_be_given(tmp_path: Path) -> None:
    init_project(tmp_path / "x", name="other-model")
    assert open_project(tmp_path / "x").charter.name == "other-model"
    with pytest.raises(Refused) as refused:
        init_project(tmp_path / "y", name="Not Plain")
    assert refused.value.rule == "N01"
    assert not (tmp_path / "y").exists()


@pytest.mark.parametrize("kind", ["full folder", "file", "link", "here"])
def test_what_exists_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    home = tmp_path / "x"
    if kind == "file":
        home.write_text("kept")
    elif kind == "link":
        (tmp_path / "there").mkdir()
        home.symlink_to(tmp_path / "there")
    else:
        home.mkdir()
    if kind == "full folder":
        (home / "notes.txt").write_text("kept")
    if kind == "here":
        monkeypatch.chdir(home)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Refused) as refused:
        init_project("." if kind == "here" else home)
    assert refused.value.rule == "R03"
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    init_project(tmp_path / "x")
    assert open_project(tmp_path / "x").charter.name == "x"


@pytest.mark.parametrize("call", ["write", "fsync", "rename", "open", "mkdir"])
def test_a_fault_leaves_nothing_of_it(tmp_path: Path, violations_of: Callable[..., Found], call: str) -> None:
    real, at = getattr(os, call), 0
    while True:
        at += 1
        count = 0

        def fail(*arguments: object, **options: object) -> object:
            nonlocal count
            count += 1
            if count == at:  # noqa: B023 - called in this round only
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(storage.os, call, fail)
            found = violations_of(init_project, tmp_path / "a" / "b" / "model")
        if not found:
            break
        assert [v.rule for v in found] == ["R01"]
        assert list(tmp_path.iterdir()) == []
    assert at > 1, "the fault was never met"
    assert open_project(tmp_path / "a" / "b" / "model").charter.name == "model"
