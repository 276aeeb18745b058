"""``contract diff``: what changed, what follows, and the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartstart_gov.authoring.writer import yaml_text
from smartstart_gov.evidence.bundle import read_bundle
from tests import projects
from tests.cli.command import record, run
from tests.intake import frames


def _write(path: Path, **more: object) -> Path:
    path.write_text(yaml_text(frames.contract(**more)), encoding="utf-8")
    return path


def test_a_diff_ends_with_what_follows(tmp_path: Path) -> None:
    home = tmp_path / "project"
    home.mkdir()
    old = _write(home / "contract.yaml")
    harmless = _write(tmp_path / "harmless.yaml", version="2")
    breaking = _write(tmp_path / "breaking.yaml", columns=[c for c in frames.COLUMNS if c["name"] != "origin"])
    same = run("contract", "diff", home, old)
    assert (same.returncode, same.stdout) == (0, "invented 1 to invented 1: 0 changes, 0 that matter.\n")
    assert run("contract", "diff", home, harmless).returncode == 0
    told = run("contract", "diff", home, breaking)
    assert told.returncode == 1
    assert "column 'origin': It was removed (role sensitive)" in told.stdout
    assert "comparability: audits before and after" in told.stdout
    code, found = record("contract", "diff", home, breaking)
    assert (code, found["exit_code"], found["matter"]) == (1, 1, True)
    assert found["changes"][0]["consequences"] == ["comparability"]


def test_a_diff_with_what_is_not_there_is_refused(tmp_path: Path) -> None:
    done = run("contract", "diff", tmp_path, tmp_path / "nothing.yaml")
    assert done.returncode == 2
    assert "contract.yaml" in done.stderr


@pytest.mark.slow
def test_an_audit_links_the_extracts_it_is_given(tmp_path: Path) -> None:
    register = projects.SOURCE
    columns = [c for c in projects.contract()["columns"] if c["role"] != "score"]
    columns = [{**c, "source": "school"} if c["name"] == "income" else c for c in columns]
    links = [{"source": "school", "key": "key", "expected_share": 0.9}]
    contract = projects.contract(sources={"register": register, "school": register}, columns=columns, links=links)
    home = projects.write_project(tmp_path / "help", contract=contract)
    script = "from sklearn.linear_model import LogisticRegression\n\nmodel = LogisticRegression()\n"
    (home / "train.py").write_text(script, encoding="utf-8")
    table = projects.rows(3000).drop(columns="score")
    table["asked"] = table["asked"].map({True: "true", False: "false"})
    table.drop(columns="income").to_csv(tmp_path / "register.csv", index=False)
    table.loc[table.index >= 60, ["key", "income"]].to_csv(tmp_path / "school.csv", index=False)
    words = ["audit", home, tmp_path / "register.csv", "--estimator", "train:model", "--version", "1.0.0"]
    code, told = record(*words, "--source", f"school={tmp_path / 'school.csv'}")
    found = {f["id"]: f["reason"] for f in told["verdict"]["findings"]}
    assert found["rows.linking_share"]["values"] == {"linked": 2940, "rows": 3000}
    assert code in (1, 3)
    training = read_bundle(home / "1.0.0").public.training
    assert (training.read, training.parts[-1].name, training.parts[-1].rows) == (3000, "not_linked", 60)
    again = run(*words[:-1], "1.0.1", "--source", "school")
    assert (again.returncode, "NAME=FILE" in again.stderr) == (2, True)
