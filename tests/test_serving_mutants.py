"""A released project, edited anywhere: what is loaded is what was signed, or nothing is, and every refusal is a typed one."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

import smartstart_gov as gov
from smartstart_gov.canonical import digest, pretty_json
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.folder import MANIFEST_FILE, PRIVATE_FILE, file_digest
from tests.test_serving import trained
from tools.tamper import fields, mutated

#: So many edits of each kind.
EDITS = 280
KINDS = ("flip", "cut", "grow", "gone", "swap", "link", "field", "field and digests", "entry", "entry and name", "extra")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a project in which one version may be loaded, and a copy of it to be edited."""
    folder = tmp_path_factory.mktemp("edited")
    kept, edited = folder / "kept", folder / "edited"
    shutil.copytree(trained()[0].parent, kept / "help")
    shutil.copytree(trained()[0].parent, edited / "help")
    return kept / "help", edited / "help"


def restore(kept: Path, edited: Path) -> None:
    shutil.rmtree(edited)
    shutil.copytree(kept, edited, copy_function=shutil.copyfile)


def pick(home: Path, draw: random.Random, *, under: str = "") -> Path:
    """Return a file of what was released. Settings of git, and the rows that later looks are held against, are none."""
    files = (path for path in (home / under).rglob("*") if path.is_file())
    return draw.choice(sorted(path for path in files if path.name != ".gitattributes" and path.parent.name != "looked"))


def edit(home: Path, kind: str, draw: random.Random) -> bool:
    """Edit the project; return whether what it says, or is made of, is another than before."""
    file = pick(home, draw)
    data = file.read_bytes()
    if kind == "flip" and data:
        at = draw.randrange(len(data))
        file.write_bytes(data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :])
    elif kind == "cut":
        file.write_bytes(data[: draw.randrange(len(data) or 1)])
    elif kind == "grow":
        file.write_bytes(data + draw.randbytes(draw.randrange(1, 40)))
    elif kind == "gone":
        file.unlink()
    elif kind == "swap":
        other = pick(home, draw)
        file.write_bytes(other.read_bytes())
        other.write_bytes(data)
    elif kind == "link":
        elsewhere = home.parent / "elsewhere"
        elsewhere.write_bytes(data)
        file.unlink()
        draw.choice((os.link, os.symlink))(elsewhere, file)
    elif kind.startswith("field"):
        name = draw.choice(["bundle.json", MANIFEST_FILE])
        _field(home / "1.0.0", name, draw, digests=kind != "field")
    elif kind.startswith("entry"):
        entry = pick(home, draw, under="log")
        record = json.loads(entry.read_bytes())
        record = mutated(record, draw.choice(list(fields(record))), draw)
        try:
            data = pretty_json(record)
        except (TypeError, ValueError):
            data = json.dumps(record).encode()
        target = entry
        if kind == "entry and name":
            entry.unlink()
            target = entry.with_name(f"{digest(json.loads(data))[7:] if _canonical(data) else entry.stem}.json")
        target.write_bytes(data)
    else:
        (draw.choice([home / "1.0.0", home / "log"]) / draw.choice(["x.json", ".hidden", "model.pkl", "a b"])).write_bytes(
            b"{}"
        )
    return True


def _field(folder: Path, name: str, draw: random.Random, *, digests: bool) -> None:
    record = json.loads((folder / name).read_bytes())
    record = mutated(record, draw.choice(list(fields(record))), draw)
    try:
        (folder / name).write_bytes(pretty_json(record))
    except (TypeError, ValueError):
        (folder / name).write_bytes(json.dumps(record).encode())
    if digests and name != MANIFEST_FILE:
        manifest = json.loads((folder / MANIFEST_FILE).read_bytes())
        manifest["files"][name] = file_digest(name, (folder / name).read_bytes())
        (folder / MANIFEST_FILE).write_bytes(pretty_json(manifest))


def _canonical(data: bytes) -> bool:
    try:
        digest(json.loads(data))
    except (TypeError, ValueError):
        return False
    return True


def other_than(kept: Path, edited: Path) -> list[str]:
    """Return the files that say something else than they did: JSON and YAML by what they mean, the rest byte for byte."""
    found = []
    for path in sorted(path for path in kept.rglob("*") if path.is_file()):
        now = edited / path.relative_to(kept)
        # What people author may be a link; evidence may not. A copy may lack the confidential edition.
        linked = now.is_symlink() and path.suffix != ".yaml"
        same = now.is_file() and not linked and _said(path) == _said(now)
        same |= path.name == PRIVATE_FILE and not now.exists()
        found += [] if same else [path.relative_to(kept).as_posix()]
    return found


def _said(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix == ".yaml":
        with suppress(yaml.YAMLError, UnicodeDecodeError):
            return repr(yaml.safe_load(data.decode()))
    return digest(json.loads(data)) if path.suffix == ".json" and _canonical(data) else digest(data)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_what_was_signed_is_loaded(signed: tuple[Path, Path], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # That every number is computed again is held elsewhere, and takes a second each time; here it would catch more still.
    monkeypatch.setattr("smartstart_gov.evidence.reperform.reperform", lambda _: SimpleNamespace(differences=()))
    (kept, edited), pin, draw = signed, trained()[1], random.Random(f"served {kind}")
    model, found = (kept / "1.0.0" / "model.skops").read_bytes(), Counter[str]()
    for _ in range(EDITS):
        restore(kept, edited)
        edit(edited, kind, draw)
        try:
            loaded: Any = gov.load_released(edited / "1.0.0", root=pin, stage="trial")
        except Refused as refusal:
            found["refused" if all(violation.remedy for violation in refusal.violations) else "untyped"] += 1
        else:
            found["loaded"] += 1
            assert (edited / "1.0.0" / "model.skops").read_bytes() == model
            assert loaded.version == "1.0.0"
            assert other_than(kept, edited) == [], "something else is said, and the model was loaded all the same"
    restore(kept, edited)
    assert gov.load_released(edited / "1.0.0", root=pin, stage="trial").version == "1.0.0"
    # What says the same may be loaded; nearly all edits say something else.
    assert found["refused"] > found["loaded"], found
    assert not found["untyped"]
