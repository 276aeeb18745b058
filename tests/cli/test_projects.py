"""init, check and audit: the road of a new project, and the mistakes on it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from smartstart_gov.planning import power as planning_power
from tests.cli.command import record, run
from tests.projects import write_project

# Every test needs an audited version, or audits.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as init leaves it; not to be changed."""
    home = tmp_path_factory.mktemp("init") / "early help"
    done = run("init", home, "--name", "early_help")
    assert done.returncode == 0, done.stderr
    return home


@pytest.mark.usefixtures("few_runs")
def test_init_check_audit_as_typed(begun: Path) -> None:
    done = run("init", begun.parent / "other")
    typed = re.findall(r"^  smartstart-gov (.*)$", done.stderr, re.MULTILINE)
    assert [line.split()[0] for line in typed] == ["check", "seal", "audit"]
    for line in typed:
        result = run(*line.split())
        assert result.returncode in (0, 1, 3), result.stderr
    assert (begun.parent / "other" / "0.1.0" / "bundle.json").is_file()


def test_seal_registers_before_training_and_says_when_it_is_late(begun: Path, tmp_path: Path) -> None:
    home = tmp_path / "help"
    shutil.copytree(begun, home)
    first, again = record("seal", home, home / "sample.csv"), record("seal", home, home / "sample.csv")
    assert first == again
    assert first[0] == 0
    assert set(first[1]["body"]) == {"policy", "contract", "charter", "rows"}
    assert record("seal", home)[1]["body"]["rows"] is None
    audit = ("audit", home, home / "sample.csv", "--estimator", "train:model", "--version")
    assert run(*audit, "0.1.0").returncode in (0, 1, 3)
    findings = json.loads((home / "0.1.0" / "bundle.json").read_text())["verdict"]["findings"]
    assert [f["reason"]["code"] for f in findings if f["id"] == "control.R22"] == ["control.R22.rows"]
    assert "too late" in run("seal", home).stdout


def test_seal_names_what_the_policy_leaves_open(begun: Path, tmp_path: Path) -> None:
    home = tmp_path / "help"
    shutil.copytree(begun, home)
    text = (home / "policy.yaml").read_text(encoding="utf-8")
    named = ["threshold.chosen_by", "threshold.reason", "limits[1].reason", "limits[2].reason", "limits[3].reason"]
    assert len(re.findall(r": open$", text, re.MULTILINE)) == len(named)
    assert record("seal", home)[1]["open"] == named
    told = " ".join(run("seal", home).stdout.split())
    assert f"Sealed as open in policy.yaml: {', '.join(named)}. Fill them in and seal again before the audit" in told
    (home / "policy.yaml").write_text(
        re.sub(r": open$", ': {nl: "Zo.", en: "So."}', text, flags=re.MULTILINE), encoding="utf-8"
    )
    assert record("seal", home)[1]["open"] == []
    assert "Sealed as open" not in run("seal", home).stdout


def test_seal_takes_a_signatorys_word_that_keys_went_to_other_people(begun: Path, tmp_path: Path) -> None:
    home = tmp_path / "help"
    shutil.copytree(begun, home)
    said = ("--new-people", "The register gives keys out anew.")
    assert run("seal", home, home / "sample.csv", *said).returncode == 2, "somebody has to say so"
    assert run("seal", home, *said, "--by", "owner").returncode == 2, "of some data"
    assert run("seal", home, home / "sample.csv", *said, "--by", "owner").returncode == 0
    kinds = [json.loads(file.read_text())["kind"] for file in (home / "log").iterdir()]
    assert sorted(kinds) == ["new_people", "seal", "split_key"]


def test_a_spent_audit_set_ends_with_2_and_writes_nothing(begun: Path, tmp_path: Path) -> None:
    home = tmp_path / "help"
    shutil.copytree(begun, home)
    audit = ("audit", home, home / "sample.csv", "--estimator", "train:model", "--unsealed", "--yes", "--version")
    assert run(*audit, "0.1.0").returncode in (0, 1, 3)
    assert run(*audit, "0.1.1").returncode in (0, 1, 3), "the same look again"
    script = home / "train.py"
    script.write_text(script.read_text().replace("LogisticRegression()", "LogisticRegression(C=0.001)"))
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    done = run(*audit, "0.2.0")
    assert (done.returncode, "[L01]" in done.stderr) == (2, True)
    assert {p: p.read_bytes() for p in home.rglob("*") if p.is_file() and "__pycache__" not in p.parts} == before


def test_init_never_overwrites(begun: Path) -> None:
    before = {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()}
    done = run("init", begun)
    assert (done.returncode, "[R03]" in done.stderr) == (2, True)
    assert {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()} == before


@pytest.mark.usefixtures("few_runs")
def test_check_says_what_is_open_and_within_reach(begun: Path) -> None:
    code, found = record("check", begun, begun / "sample.csv")
    assert code == found["exit_code"] == 0
    assert found["rows"] == 5000
    assert found["split_key"] is True
    assert "charter oversight" in found["open"]
    policy = yaml.safe_load((begun / "policy.yaml").read_text(encoding="utf-8"))
    asked = found["plan"]["questions"]
    assert [one["limit"] for one in asked] == [limit["id"] for limit in policy["limits"]]
    chances = {one["limit"]: one["fair"]["hits"] / one["fair"]["runs"] for one in asked}
    assert chances["false-alarms-by-neighbourhood"] > 0.9
    assert chances["missed-by-origin"] < 0.5
    (hard,) = (one for one in asked if one["limit"] == "missed-by-origin")
    assert "cross_fit" in {way["kind"] for way in hard["ways"]}
    assert {one["cases"] for one in asked} == {None}


def test_power_needs_sizes_and_says_how_many_cases(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning_power, "CURVE_RUNS", 3)
    done = run("power", begun)
    assert (done.returncode, "base_rate" in done.stderr) == (2, True)
    drawn = begun.parent / "plan.svg"
    code, found = record(
        "power", begun, "--rows", "9000", "--base-rate", "0.2", "--unknown-share", "0", "--runs", "100", "--plot", drawn
    )
    assert code == 0
    assert all(f">{one['limit']}<" in drawn.read_text() for one in found["questions"])
    for one in found["questions"]:
        assert 0 < one["needed"] < one["needed_half"]
        assert one["half"]["hits"] <= one["fair"]["hits"] + 10
    assert run("power", begun, "--rows", "9000", "--base-rate", "2").returncode == 2


@pytest.mark.usefixtures("few_runs")
def test_check_reckons_with_what_is_expected(begun: Path, tmp_path: Path) -> None:
    home = tmp_path / "expecting"
    shutil.copytree(begun, home)
    assert record("check", home)[1]["plan"] is None
    with (home / "contract.yaml").open("a", encoding="utf-8") as file:
        file.write("expected: {rows_per_year: 400, base_rate: 0.1, unknown_shares: {origin: 0.0}}\n")
    done = run("check", home)
    assert done.returncode == 0
    assert re.search(r"times the\s+rows,\s+so\s+[\d.]+\s+years\s+of\s+them", done.stdout)


@pytest.mark.usefixtures("few_runs")
def test_check_prints_no_count_of_a_group(begun: Path) -> None:
    done = run("check", begun, begun / "sample.csv")
    assert done.returncode == 0
    assert "All 5 000 rows comply with the contract." in done.stdout
    assert "Bosrand" not in done.stdout


def test_check_without_scores_checks_the_other_columns(project: Path) -> None:
    code, found = record("check", project, project.parent / "data.csv")
    assert (code, found["rows"]) == (0, 6000)


def test_every_mistake_at_once_with_file_and_line(tmp_path: Path) -> None:
    home = write_project(tmp_path / "help")
    policy, charter = home / "policy.yaml", home / "charter.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("at_most: 0.1", "at_mosst: 0.1"), encoding="utf-8")
    charter.write_text(charter.read_text(encoding="utf-8").replace("coercive: false", "coercive: NO"), encoding="utf-8")
    done = run("check", home)
    assert done.returncode == 2
    assert "[P04]" in done.stderr
    assert re.search(r"policy\.yaml line \d+", done.stderr)
    assert re.search(r"charter\.yaml line \d+", done.stderr)


def test_a_refusal_is_a_record_too(tmp_path: Path) -> None:
    home = write_project(tmp_path / "help")
    (home / "policy.yaml").write_text("format: 1\nlimits: []\n", encoding="utf-8")
    code, found = record("check", home)
    assert code == found["exit_code"] == 2
    assert {"rule", "what", "where", "remedy"} == set(found["refused"][0])


def test_a_policy_without_limits_is_refused_before_anything_else(project: Path) -> None:
    policy = project / "policy.yaml"
    policy.write_text(re.sub(r"(?ms)^limits:.*?(?=^\w)", "", policy.read_text(encoding="utf-8")), encoding="utf-8")
    done = run(
        "audit", project, project.parent / "data.csv", "--predictions", project.parent / "scores.csv", "--version", "2.0.0"
    )
    assert done.returncode == 2
    assert "policy.yaml" in done.stderr
    assert not (project / "2.0.0").exists()


def test_audit_of_predictions_ends_with_the_verdict(audited: Path) -> None:
    code, found = record("show", audited / "1.0.0")
    assert code == 0
    assert found["verdict"]["status"] == "FAILED"
    assert found["edition"] == "public"


def test_audit_says_the_verdict_in_words(project: Path) -> None:
    words = (
        "audit",
        project,
        project.parent / "data.csv",
        "--predictions",
        project.parent / "scores.csv",
        "--version",
        "1.1.0",
    )
    done = run(*words, "--unsealed", "--yes")
    assert done.returncode == 1
    assert done.stdout.startswith("help 1.1.0: FAILED\n")
    words = [line for line in done.stdout.splitlines() if str(project) not in line]
    assert max(map(len, words)) <= 80
    typed = re.findall(r"^  smartstart-gov (.*)$", done.stderr, re.MULTILINE)
    assert [line.split()[0] for line in typed] == ["render", "gate"]


def test_a_version_is_never_overwritten_and_the_audit_part_stays_closed(project: Path) -> None:
    done = run(
        "audit", project, project.parent / "data.csv", "--predictions", project.parent / "scores.csv", "--version", "1.0.0"
    )
    assert (done.returncode, "[R03]" in done.stderr) == (2, True)
    assert "Counting" not in done.stderr


@pytest.mark.parametrize("name", ["../up", "a/b", "Up", "1.0.0\n", ".hidden", "", "x" * 65])
def test_bad_names_of_versions(project: Path, name: str) -> None:
    before = sorted(path.name for path in project.iterdir())
    done = run("audit", project, project.parent / "data.csv", "--predictions", project.parent / "scores.csv", "--version", name)
    assert (done.returncode, "[N01]" in done.stderr) == (2, True)
    assert sorted(path.name for path in project.iterdir()) == before


def test_scores_without_a_partner_are_refused(project: Path) -> None:
    scores = project.parent / "scores.csv"
    lines = scores.read_text(encoding="utf-8").splitlines(keepends=True)
    scores.write_text("".join(lines[:-5]), encoding="utf-8")
    done = run("audit", project, project.parent / "data.csv", "--predictions", scores, "--version", "2.0.0")
    assert (done.returncode, "[D10]" in done.stderr) == (2, True)
    assert lines[-1].split(",")[0] not in done.stderr, "a refusal never quotes a record"


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("nowhere:model", "U01"),
        ("train:nothing", "U01"),
        ("no colon", "U01"),
        ("train:__name__", "M02"),
        ("broken:model", "M02"),
    ],
)
def test_estimators_that_cannot_be_had(begun: Path, tmp_path: Path, name: str, rule: str) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('secret value 123')\n", encoding="utf-8")
    done = run("audit", begun, begun / "sample.csv", "--estimator", name, "--version", "9.0.0", cwd=tmp_path)
    assert (done.returncode, f"[{rule}]" in done.stderr) == (2, True)
    assert "secret" not in done.stderr
    assert not (begun / "9.0.0").exists()
