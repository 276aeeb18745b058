"""Words of a command that are wrong: one clear line, exit code 2, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

import smartstart_gov
from tests.cli.command import run, start

COMMANDS = (
    "audit", "check", "contract", "demo", "doctor", "export", "gate", "import-dpia", "init", "keys", "log", "policy", "power", "recheck", "render", "revoke", "seal", "show",
    "sign", "todo", "verify", "waive",
)  # fmt: skip


def test_version() -> None:
    done = start("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"smartstart-gov {smartstart_gov.__version__}")


def test_help_lists_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.split("Commands:\n")[1].split("\n\n")[0].splitlines()] == list(COMMANDS)


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in COMMANDS if name not in ("contract", "keys", "policy")),
        *("contract diff", "contract from-list", "contract check", "keys new", "keys root", "keys show", "policy diff"),
    ],
)
def test_help_of_a_command_fits_the_screen_and_offers_a_record(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = run(*name.split(), "--help")
    assert done.returncode == 0
    assert "--json" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Usage: smartstart-gov"),
        (["nonsense"], "No such command 'nonsense'"),
        (["gate"], "Missing argument 'BUNDLE...'"),
        (["gate", "--stage", "party", "x"], "'party' is not one of"),
        (["gate", "--nonsense", "x"], "No such option"),
        (
            ["audit", "a", "b", "--estimator", "m:o", "--predictions", "f", "--version", "1"],
            "Give only one of --estimator, --predictions and",
        ),
        (["audit", "a", "b", "--estimator", "m:o"], "Missing option '--version'"),
        (["render", "x", "--as", "poem"], "'poem' is not one of model_card, factsheet, technical_annex, dpia, dpia_prescan."),
        (["render", "x", "--lang", "nl,fr"], "'fr' is not one of nl, en."),
        (["init", "x", "--data", "a/rows.csv", "--data", "b/rows.parquet"], "two files are called 'rows'; give each a name"),
        (["init", "x", "--data", "Base table=rows.csv"], "'Base table' is not a plain name, like base_table."),
        (["init", "x", "--positive", "yes"], "--role, --positive and --language need --data."),
        (["init", "x", "--data", "rows.csv", "--role", "a=label", "--role", "a=ignore"], "a column is given two roles"),
        (["init", "x", "--data", "rows.csv", "--role", "a=nobody"], "'a=nobody' is not NAME=ROLE"),
    ],
)
def test_wrong_words(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "nowhere"],
        ["audit", "nowhere", "data.csv", "--estimator", "train:model", "--version", "1"],
        ["show", "nowhere"],
        ["verify", "nowhere"],
        ["gate", "nowhere"],
        ["export", "nowhere", "--as", "csv", "-o", "nowhere-else"],
        ["render", "nowhere"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_is_not_there(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "[U01]" in done.stderr
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())
