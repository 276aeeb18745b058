"""show, verify and gate on a written version: what they print, where, and with which exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.command import record, run, start

# Every test needs an audited version, or audits.
pytestmark = pytest.mark.slow


def test_show_fits_the_screen_and_has_no_colour_in_a_pipe(version: Path) -> None:
    done = run("show", version)
    assert done.returncode == 0
    assert done.stdout.startswith("help 1.0.0: FAILED\n")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout + done.stderr


def test_show_names_group_number_bounds_and_remedy(version: Path) -> None:
    done = run("show", version)
    public = json.loads((version / "bundle.json").read_text(encoding="utf-8"))
    printed = [f for f in public["verdict"]["findings"] if f["decisive"]]
    assert printed
    for finding in printed:
        decisive = finding["decisive"]
        value, low, high = (f"{float(decisive[key]):.3f}" for key in ("value", "low", "high"))
        assert f"{value} [{low}, {high}]" in done.stdout
        pair = f"{decisive['group']} against {decisive['other']}".replace("overall", "everybody")
        assert pair in done.stdout
    assert "Change the model, its features or its threshold" in done.stdout


@pytest.mark.parametrize("file", ["bundle.json", "manifest.json", "bundle.private.json"])
def test_a_file_of_the_folder_stands_for_the_folder(version: Path, file: str) -> None:
    assert run("show", version / file).stdout == run("show", version).stdout


def test_the_folder_itself_may_be_the_place(version: Path) -> None:
    assert run("verify", ".", cwd=version).returncode == 0
    assert run("verify", version.name, cwd=version.parent).returncode == 0
    assert run("gate", ".", cwd=version).returncode == 1


def test_private_is_shown_only_when_asked_and_marked(version: Path) -> None:
    assert "CONFIDENTIAL" not in run("show", version).stdout
    done = run("show", version, "--private")
    assert done.returncode == 0
    assert "CONFIDENTIAL" in done.stdout
    (version / "bundle.private.json").unlink()
    done = run("show", version, "--private")
    assert (done.returncode, "[U01]" in done.stderr) == (2, True)


def test_verify_says_what_was_recomputed(version: Path) -> None:
    code, found = record("verify", version)
    assert (code, found["ok"], found["edition"]) == (0, True, "private")
    assert found["recomputed"] == found["findings"]
    (version / "bundle.private.json").unlink()
    code, found = record("verify", version)
    assert (code, found["ok"], found["edition"]) == (0, True, "public")


def test_gate_gives_reasons_one_a_line(version: Path) -> None:
    done = run("gate", version)
    assert done.returncode == 1
    assert done.stdout.startswith("help 1.0.0 to release: refused (decided on the private counts), exit code 1.\n")
    assert "  FAILED     limit.alarm: " in done.stdout
    assert "\x1b" not in done.stdout


def test_gate_needs_the_project_only_where_it_lies_elsewhere(version: Path, tmp_path: Path) -> None:
    lone = tmp_path / "copy" / version.name
    shutil.copytree(version, lone)
    assert run("gate", lone).returncode == 4
    assert run("gate", lone, "--project", version.parent).returncode == 1


def test_of_several_the_gravest_counts(version: Path, tmp_path: Path) -> None:
    broken = tmp_path / "copy" / version.name
    shutil.copytree(version.parent, broken.parent)
    (broken / "bundle.json").write_text("{}", encoding="utf-8")
    nowhere = tmp_path / "nowhere"
    assert run("gate", version, nowhere).returncode == 2
    code, found = record("gate", version, broken, nowhere)
    assert code == found["exit_code"] == 4
    assert [one["exit_code"] for one in found["decisions"]] == [1, 4, 2]
    assert [one["result"] for one in found["decisions"]] == ["refused", "evidence_broken", "wrong_input"]


def test_records_are_utf8_whatever_the_locale(version: Path) -> None:
    done = start("show", version, "--json", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert json.loads(done.stdout)["name"] == "help"


@pytest.mark.pdf
def test_render_writes_what_is_asked_and_enters_it(version: Path) -> None:
    done = run("render", version, "--as", "model_card", "--lang", "en")
    assert (done.returncode, done.stdout) == (
        0, f"{version / 'model_card.en.pdf'}\n{version / 'technical_annex.en.pdf'}\n",
    )  # fmt: skip
    assert (version / "model_card.en.pdf").read_bytes().startswith(b"%PDF-")
    assert "model_card.en.pdf" in json.loads((version / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert run("verify", version).returncode == 0
    assert run("gate", version).returncode == 1


def test_the_projects_own_theme_is_used_and_another_can_be_named(version: Path, tmp_path: Path) -> None:
    def accent(*options: str) -> str:
        folder = tmp_path / f"pages{len(list(tmp_path.iterdir()))}"
        done = run("render", version, "--as", "factsheet", "--lang", "nl", "--format", "html", "-o", folder, *options)
        assert done.returncode == 0, done.stderr
        return (folder / "factsheet.nl.html").read_text(encoding="utf-8").partition("--accent: ")[2][:7]

    theme = version.parent / "theme"
    theme.mkdir()
    (theme / "theme.yaml").write_text("format: 1\naccent: '#224466'\n", encoding="utf-8")
    assert (accent(), accent("--theme", "municipality"), accent("--theme", "neutral")) == ("#224466", "#5b2c6f", "#154273")
    (theme / "theme.yaml").write_text("format: 1\naccent: '#ffffff'\n", encoding="utf-8")
    done = run("render", version, "--as", "factsheet", "--format", "html", "-o", tmp_path / "none")
    assert done.returncode == 2
    assert "theme.yaml line 2" in done.stderr
    assert not (tmp_path / "none").exists()
    assert run("verify", version).returncode == 0
