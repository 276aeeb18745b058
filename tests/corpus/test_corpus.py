"""Evidence of every format holds, is gated as it was the day it was written, and is refused when tampered with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import smartstart_gov as gov
from smartstart_gov.authoring.names import STAGES
from smartstart_gov.evidence.rules import FORMAT
from smartstart_gov.judgement.sentences import MESSAGES
from tests.corpus.sound import EDITS, FOLDERS, FORMATS, copy, edited, said
from tools import corpus

EDITIONS = pytest.mark.parametrize("private", [True, False], ids=["private", "public"])
EVERY = pytest.mark.parametrize("name", FORMATS)


def kinds(decision: dict[str, Any]) -> tuple[object, ...]:
    """Return a decision without its wording, which may be better said one day."""
    return decision["result"], decision["exit_code"], decision["edition"], [r.partition(":")[0] for r in decision["reasons"]]


def test_the_format_of_today_has_its_bundle() -> None:
    assert f"format-{FORMAT}" in FORMATS


@EVERY
@EDITIONS
def test_evidence_of_every_format_holds(name: str, private: bool, tmp_path: Path) -> None:
    found = gov.verify(copy(name, tmp_path, private=private))
    assert found.differences == ()
    assert found.edition == ("private" if private else "public")
    assert found.recomputed > 0


@EVERY
@EDITIONS
def test_the_gate_decides_as_it_did(name: str, private: bool, tmp_path: Path) -> None:
    version, then = copy(name, tmp_path, private=private), said(name)["private" if private else "public"]
    for stage in STAGES:
        assert kinds(gov.gate(version, stage=stage).to_record()) == kinds(then[stage]), stage


@EVERY
def test_the_decisions_differ_by_stage(name: str) -> None:
    # A corpus that is refused everywhere, or allowed everywhere, would show little.
    then = said(name)["private"]
    assert len({then[stage]["result"] for stage in STAGES}) == len(STAGES)


@EVERY
@EDITIONS
@pytest.mark.parametrize("tampering", EDITS, ids=lambda edit: edit.__name__)
def test_an_edit_is_found_without_the_log(
    name: str, private: bool, tampering: Callable[[dict[str, Any]], None], tmp_path: Path
) -> None:
    alone = shutil.copytree(edited(copy(name, tmp_path, private=private), tampering), tmp_path / "alone")
    found = gov.verify(alone)
    assert "log" in found.unchecked
    assert found.differences


@EVERY
@pytest.mark.parametrize("tampering", FOLDERS, ids=lambda edit: edit.__name__)
def test_a_folder_that_was_tampered_with_does_not_hold(name: str, tampering: Callable[[Path], Path], tmp_path: Path) -> None:
    version = tampering(copy(name, tmp_path, private=True))
    assert not gov.verify(version).ok
    assert gov.gate(version, stage="shadow").exit_code == 4


@EVERY
def test_what_can_be_edited_can_be_edited_back(name: str, tmp_path: Path) -> None:
    """The edits fail for what they change, and not for how the test writes them."""
    version = copy(name, tmp_path, private=True)
    assert gov.verify(edited(version, lambda record: None)).differences == ()


@EVERY
def test_every_sentence_of_then_can_still_be_said(name: str) -> None:
    missing = {
        code: needed
        for code, needed in said(name)["words"].items()
        if code not in MESSAGES or set(corpus.blanks(MESSAGES[code])) - set(needed)
    }
    assert not missing, "keep the code, and give the new sentence one of its own"


def test_nothing_that_is_out_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / f"format-{FORMAT}"
    folder.mkdir()
    record = {"library": gov.__version__, "format": FORMAT}
    (folder / corpus.SAID).write_text(json.dumps(record))
    assert corpus.refusal(tmp_path) is None
    (folder / corpus.SAID).write_text(json.dumps(record | {"library": "0.0.1"}))
    assert corpus.refusal(tmp_path) is not None
    (folder / corpus.SAID).write_text(json.dumps(record | {"format": FORMAT - 1}))
    assert corpus.refusal(tmp_path) is not None
    monkeypatch.setattr(corpus, "FOLDER", tmp_path)
    assert corpus.main() == 2
    assert json.loads((folder / corpus.SAID).read_text())["format"] == FORMAT - 1
    (folder / corpus.SAID).write_text(json.dumps(record))
    (tmp_path / f"format-{FORMAT + 1}").mkdir()
    (tmp_path / f"format-{FORMAT + 1}" / corpus.SAID).write_text(json.dumps(record | {"format": FORMAT + 1}))
    assert corpus.refusal(tmp_path) is not None
