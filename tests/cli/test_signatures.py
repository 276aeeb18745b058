"""Keys, root, signatures and the log from the command line."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from smartstart_gov.release.gate import gate
from tests.cli.command import run
from tests.release.test_signing import NEXT_YEAR, PHRASE, TITLE, audited, log
from tests.release.test_waivers import ALARM, render
from tests.release.test_waivers import audited as waivable

ROLES = {"director": "owner", "officer": "dpo"}


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A version in its project, with a root of two whose keys lie in the folder `keys`."""
    monkeypatch.setenv("SMARTSTART_GOV_PASSPHRASE", PHRASE)
    return rooted(shutil.copytree(audited().parent, tmp_path / "help") / "1.0.0", tmp_path)


def rooted(folder: Path, tmp_path: Path) -> Path:
    """Make keys, and have the root signed."""
    (tmp_path / "keys").mkdir()
    persons = []
    for name, role in ROLES.items():
        made = json.loads(run("keys", "new", str(tmp_path / "keys" / name), "--json").stdout)
        persons.append({"name": name, "title": dict(TITLE), "role": role, "keeps_root": True, "keys": [made["public_key"]]})
    record = {"format": 1, "version": 1, "expires": str(NEXT_YEAR), "root_threshold": 2, "persons": persons}
    (folder.parent / "signers.yaml").write_text(yaml.safe_dump(record), encoding="utf-8")
    done = run("keys", "root", str(folder.parent), *(word for name in ROLES for word in ("--key", key(tmp_path, name))))
    assert done.returncode == 0, done.stderr
    return folder


def key(folder: Path, name: str) -> str:
    return str(folder / "keys" / name)


def pin(version: Path) -> str:
    return str(json.loads(run("keys", "show", str(version.parent), "--json").stdout)["pin"])


@pytest.mark.slow
def test_two_people_sign_and_the_gate_opens(version: Path, tmp_path: Path) -> None:
    for name in ROLES:
        words = ("--approve",) if name == "director" else ("--approve-if", "A person decides first.")
        done = run("sign", str(version), "--key", key(tmp_path, name), *words, "--until", str(NEXT_YEAR))
        assert done.returncode == 0, done.stderr
    witness = tmp_path / "witness.json"
    told = json.loads(run("log", str(version.parent), "--json", "--witness", str(witness)).stdout)
    assert [entry["kind"] for entry in told["entries"]][-3:] == ["root", "approval", "approval"]
    assert told["heads"] == [log(version).heads()[0]]
    done = run("gate", str(version), "--root", pin(version), "--witness", str(witness))
    assert done.returncode == 0
    assert "on condition: A person decides first." in " ".join(done.stdout.split())
    done = run("revoke", str(version), "--key", key(tmp_path, "officer"), "--reason", "It harms.")
    assert (done.returncode, gate(version).exit_code) == (0, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("words", "told"), [
    ((), "Say one of"), (("--approve", "--approve-if", "One."), "Say one of"), (("--approve",), "[P05]"), (("--refuse",), "[P05]"),
    (("--approve", "--until", "tomorrow"), "tomorrow"),
])  # fmt: skip
def test_half_a_word_writes_nothing(version: Path, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    before = log(version).entries()
    done = run("sign", str(version), "--key", key(tmp_path, "director"), *words)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert log(version).entries() == before


@pytest.mark.slow
def test_another_passphrase_opens_no_key(version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTSTART_GOV_PASSPHRASE", "another four words here")
    done = run("sign", str(version), "--key", key(tmp_path, "director"), "--abstain")
    assert (done.returncode, "[A08]" in done.stderr, "another four" in done.stderr) == (2, True, False)


def test_a_project_that_is_not_there_is_told(tmp_path: Path) -> None:
    for words in (("log",), ("keys", "show"), ("doctor",)):
        done = run(*words, str(tmp_path / "missing"))
        assert (done.returncode, "[U01]" in done.stderr) == (2, True), words


@pytest.mark.slow
def test_two_people_let_a_finding_pass_and_one_takes_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTSTART_GOV_PASSPHRASE", PHRASE)
    folder = rooted(shutil.copytree(waivable().parent, tmp_path / "help") / "1.0.0", tmp_path)
    soon = str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=60))
    words = ("--until", soon, "--reason", "A new model is coming.", "--instead", "Two people look.", "--owner", "owner")
    for name, more in (("director", words), ("officer", ())):
        done = run("waive", str(folder), ALARM, "--key", key(tmp_path, name), *more)
        assert done.returncode == 0, done.stderr
    render(folder)
    done = run("gate", str(folder))
    assert (done.returncode, f"WAIVED {ALARM} until {soon}" in " ".join(done.stdout.split())) == (5, True), done.stdout
    done = run("waive", str(folder), ALARM, "--key", key(tmp_path, "officer"), "--take-back", "--until", soon)
    assert (done.returncode, "--take-back takes a --reason" in done.stderr) == (2, True)
    done = run("waive", str(folder), ALARM, "--key", key(tmp_path, "officer"), "--take-back", "--reason", "Nobody looked.")
    assert (done.returncode, gate(folder).exit_code) == (0, 1)
    told = json.loads(run("log", str(folder.parent), "--json").stdout)
    assert [entry["kind"] for entry in told["entries"]][-4:] == ["waiver", "waiver", "rendered", "waiver"]
    assert told["tree"]["size"] == len(told["entries"])
    assert told["tree"]["root"] in " ".join(run("log", str(folder.parent)).stdout.split())


def test_verdict_and_head_are_signed_and_nothing_else_goes_with_them(version: Path, tmp_path: Path) -> None:
    director = key(tmp_path, "director")
    done = run("sign", str(version), "--key", director, "--as", "verdict", "--json")
    assert json.loads(done.stdout)["entry"] == log(version).heads()[0]
    assert log(version).entries()[-1].kind == "verdict_signed"
    kept = tmp_path / "head.json"
    assert run("log", str(version.parent), "--witness", str(kept), "--key", director).returncode == 0
    assert set(json.loads(kept.read_bytes())) == {"payload", "payloadType", "signatures"}
    assert gate(version, witness=kept).exit_code == 5
    no_seal = run("sign", str(version.parent), "--key", director, "--as", "seal")
    assert (no_seal.returncode, "[A12]" in no_seal.stderr) == (2, True)
    for words in (("--as", "verdict", "--approve"), ("--as", "seal", "--reason", "So.")):
        assert run("sign", str(version), "--key", director, *words).returncode == 2
    alone = run("log", str(version.parent), "--key", director)
    assert (alone.returncode, "give both" in alone.stderr) == (2, True)


@pytest.mark.parametrize("stdin", [None, "", f"{PHRASE}\n{PHRASE}\n"], ids=["closed", "empty", "a pipe"])
@pytest.mark.parametrize(
    "words", [("keys", "new"), ("revoke", ".", "--reason", "It harms.", "--key")], ids=lambda words: words[0]
)
def test_without_a_terminal_it_is_said_where_the_passphrase_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stdin: str | None, words: tuple[str, ...]
) -> None:
    """Nothing is waited for, and nothing that is typed is shown; a stream that was closed is None."""
    opened = os.open

    def no_terminal(path: Any, *more: Any, **named: Any) -> int:
        if path == "/dev/tty":
            raise OSError("no terminal")
        return opened(path, *more, **named)

    monkeypatch.setattr("os.open", no_terminal)
    monkeypatch.delenv("SMARTSTART_GOV_PASSPHRASE", raising=False)
    monkeypatch.setattr("sys.stdin", None if stdin is None else io.StringIO(stdin))
    done = run(*words, str(tmp_path / "one.key"), "--json")
    (said,) = json.loads(done.stdout)["refused"]
    assert (done.returncode, said["rule"], "SMARTSTART_GOV_PASSPHRASE" in said["remedy"]) == (2, "U01", True)
    assert not list(tmp_path.iterdir())
