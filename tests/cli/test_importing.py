"""import-dpia and init --from-dpia: the answers of a DPIA that was filled in elsewhere, into a charter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smartstart_gov.authoring.dpia_import import import_dpia
from smartstart_gov.authoring.project import open_project
from smartstart_gov.authoring.reader import read_charter
from smartstart_gov.authoring.scaffold import init_project
from smartstart_gov.authoring.writer import written
from smartstart_gov.errors import Refused
from smartstart_gov.intake.draft.proposal import init_from_data
from tests.authoring.test_dpia_file import three_sources
from tests.authoring.test_dpia_interchange import changed, full, project, saved, sent
from tests.cli.command import run
from tests.documents import evidence as made


def test_the_form_is_taken_in_and_every_key_is_named(tmp_path: Path) -> None:
    home, file = project(tmp_path / "model", made.charter(full=False)), saved(tmp_path, sent(full()))
    done = run("import-dpia", file, home, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert "risks" in said["taken"]
    assert (said["replaced"], said["told"]) == ([], [])
    assert written(read_charter(home / "charter.yaml")) == written(full())


def test_nothing_is_written_where_answers_differ(tmp_path: Path) -> None:
    home = project(tmp_path / "model", made.charter(purpose=made.both("Mijn doel.", "My purpose.")))
    before = (home / "charter.yaml").read_bytes()
    file = saved(tmp_path, sent(made.charter()))
    refused = run("import-dpia", file, home)
    assert refused.returncode == 2
    assert "[P10]" in refused.stderr
    assert "key purpose" in refused.stderr
    assert (home / "charter.yaml").read_bytes() == before
    done = run("import-dpia", file, home, "--replace")
    assert done.returncode == 0, done.stderr
    assert "0 answers were taken over, and 1 took the place of another." in done.stdout


def test_a_project_starts_from_the_form(tmp_path: Path) -> None:
    file = saved(tmp_path, sent(full()))
    done = run("init", tmp_path / "model", "--from-dpia", file)
    assert done.returncode == 0, done.stderr
    charter = read_charter(tmp_path / "model" / "charter.yaml")
    # The limit of another policy is none of this one, and a project has to open.
    assert [risk.finding for risk in charter.risks] == [None, "control.R02"]
    assert "risk 1 names a finding that policy.yaml has not" in " ".join(done.stdout.split())
    assert open_project(tmp_path / "model").charter == charter
    assert charter.name == "model"
    # The second is refused only once it is held against the charter.
    clash = changed(full(), "13.1.1.5", "Verenigbaar met oorspronkelijk doeleinde", "13.1.1")
    for rule, record in (("P04", {**sent(full()), "answers": {"99": {"value": "x"}}}), ("P05", clash)):
        refused = run("init", tmp_path / "other", "--from-dpia", saved(tmp_path, record, "wrong.json"))
        assert (refused.returncode, f"[{rule}]" in refused.stderr) == (2, True)
        assert not (tmp_path / "other").exists()


def test_with_data_nothing_is_begun_from_answers_that_clash(tmp_path: Path) -> None:
    files, clash = three_sources(tmp_path), changed(full(), "13.1.1.5", "Verenigbaar met oorspronkelijk doeleinde", "13.1.1")
    with pytest.raises(Refused, match=r"13\.1\.1\.6 is asked only"):
        init_from_data(tmp_path / "model", files, dpia=saved(tmp_path, clash, "wrong.json"))
    assert not (tmp_path / "model").exists()
    begun = init_from_data(tmp_path / "model", files, dpia=saved(tmp_path, sent(full())))
    assert [risk.finding for risk in open_project(tmp_path / "model").charter.risks] == [None, "control.R02"]
    assert begun.told == ("risks: risk 1 names a finding that policy.yaml has not, and is taken over without it.",)


def test_an_import_leaves_a_project_that_opens(tmp_path: Path) -> None:
    init_project(tmp_path / "model")
    done = import_dpia(saved(tmp_path, sent(full())), tmp_path / "model", replace=True)
    done.path.write_text(done.text, encoding="utf-8")
    assert [risk.finding for risk in open_project(tmp_path / "model").charter.risks] == [None, "control.R02"]
