"""``--source`` on the command line: the same rows are linked by check, seal and audit, and the loss is told each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.authoring.project import open_project
from smartstart_gov.cli.main import main
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.looks.looks import LOOK
from smartstart_gov.looks.registration import SEAL
from tests import projects

ROWS = 1500


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with files of a register, a school that lacks a tenth of origin C, and scores; and the project `help`."""
    _write_project(tmp_path / "help", "register")
    table = projects.rows(ROWS)
    table["asked"] = table["asked"].map({True: "true", False: "false"})
    gone = table.index[table["origin"] == "C"][::10]
    table.drop(columns=["income", "score"]).to_csv(tmp_path / "register.csv", index=False)
    table.drop(index=gone)[["key", "income"]].to_csv(tmp_path / "school.csv", index=False)
    table[["key", "score"]].to_csv(tmp_path / "scores.csv", index=False)
    return tmp_path


def _write_project(home: Path, of_scores: str) -> None:
    homes = {"income": "school", "score": of_scores}
    columns = [{**c, "source": homes.get(c["name"], "register")} for c in projects.contract()["columns"]]
    sources = dict.fromkeys(("register", "school", "vendor"), projects.SOURCE)
    linked = {"school", of_scores} - {"register"}
    links = [{"source": name, "key": "key", "expected_share": 0.9} for name in sorted(linked)]
    projects.write_project(home, contract=projects.contract(sources=sources, columns=columns, links=links))


def _told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, dict[str, Any]]:
    code = main([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def _status(findings: Any) -> dict[str, str]:
    return {f["id"]: f["status"] for f in findings if f["id"].startswith("rows.linking")}


FOUND = {"rows.linking_groups": "FAILED", "rows.linking_share": "PASSED"}


@pytest.mark.slow
@pytest.mark.usefixtures("few_runs")
def test_check_seal_and_audit_link_the_same_rows(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = ROWS - len((town / "school.csv").read_text(encoding="utf-8").splitlines()) + 1
    source = ("--source", f"school={town / 'school.csv'}")
    project = town / "help"
    assert main(["check", str(project), str(town / "register.csv"), *source]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"All 1 {ROWS - lost - 1000:03d} rows comply with the contract." in printed
    assert "In linking with school, this group loses rows more often than the others: C (origin)" in printed
    assert _told(capsys, "seal", project, town / "register.csv", *source)[0] == 0
    assert len(open_project(project).ledger.find(SEAL)) == 1
    words = ("audit", project, town / "register.csv", "--predictions", town / "scores.csv", "--version", "1.0.0", *source)
    code, told = _told(capsys, *words)
    assert (code, _status(told["verdict"]["findings"])) == (1, FOUND)
    # The seal is that of the rows that are left: registered before, and the same.
    status = {f["id"]: (f["status"], f["reason"]["code"]) for f in told["verdict"]["findings"]}
    assert status["control.R22"] == ("PASSED", "control.R22.rows_predictions")
    public = read_bundle(project / "1.0.0").public
    assert (public.training.read, public.training.parts[-1].name, public.training.parts[-1].rows) == (ROWS, "not_linked", lost)


@pytest.mark.slow
def test_without_its_source_the_seal_is_of_other_rows(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The test above can fail: a seal of all rows is no seal of those that are left."""
    project = town / "help"
    assert _told(capsys, "seal", project, town / "register.csv")[0] == 0
    source = ("--source", f"school={town / 'school.csv'}")
    words = ("audit", project, town / "register.csv", "--predictions", town / "scores.csv", "--version", "1.0.0", *source)
    _, told = _told(capsys, *words)
    status = {f["id"]: f["status"] for f in told["verdict"]["findings"]}
    assert status["control.R22"] == "NOT_SHOWN"


@pytest.mark.slow
def test_scores_of_a_linked_source_are_an_extract_and_who_has_none_is_lost(
    town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, scores = town / "vendor", town / "scores.csv"
    _write_project(project, "vendor")
    lines = scores.read_text(encoding="utf-8").splitlines()
    scores.write_text("\n".join(lines[:-30]), encoding="utf-8")
    source = ("--source", f"school={town / 'school.csv'}")
    words = ("audit", project, town / "register.csv", "--predictions", scores, *source, "--unsealed", "--yes", "--version")
    _, told = _told(capsys, *words, "1.0.0")
    losses = read_bundle(project / "1.0.0").public.losses
    assert losses is not None
    assert {one.source: one.lost for one in losses.report.sources}["vendor"] == 30
    assert _status(told["verdict"]["findings"])["rows.linking_groups"] == "FAILED"
    assert main([*map(str, words), "1.0.1", "--source", f"vendor={scores}"]) == 2
    assert "do not give their source with --source as well" in " ".join(capsys.readouterr().err.split())
    assert len(open_project(project).ledger.find(LOOK)) == 1


@pytest.mark.parametrize("command", ["check", "seal"])
def test_a_source_without_a_base_table_is_refused(town: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, str(town / "help"), "--source", f"school={town / 'school.csv'}"]) == 2
    assert "the base table" in capsys.readouterr().err
