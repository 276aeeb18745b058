"""Evidence is held against the log: nothing is laundered, a render that is cut off is mended, a folder alone is verified."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.assessment import audit_predictions
from smartstart_gov.authoring.project import open_project
from smartstart_gov.canonical import digest, pretty_json
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.folder import (
    MANIFEST_FILE,
    PRIVATE_FILE,
    PUBLIC_FILE,
    Examined,
    VersionFolder,
    examine,
    is_document,
)
from smartstart_gov.evidence.history import last_version
from smartstart_gov.evidence.reperform import verify
from smartstart_gov.evidence.rules import DOCUMENTS as REQUIRED
from smartstart_gov.ledger import Entry, Ledger, file_of
from smartstart_gov.release.gate import gate
from tests.corpus.sound import edited, logged_again, relogged, with_body
from tests.projects import rows, write_project
from tools.tamper import CAUGHT, hidden, tamper

#: A night can try more: SMARTSTART_GOV_MUTANTS=1500.
MUTANTS = int(os.environ.get("SMARTSTART_GOV_MUTANTS", "40"))
DOCUMENTS = tuple(REQUIRED)
CARDS = {name: b"%PDF- first " + name.encode() for name in DOCUMENTS}
AGAIN = {name: b"%PDF- again " + name.encode() for name in DOCUMENTS[:2]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a version that failed, without documents; not to be changed."""
    home = write_project(tmp_path_factory.mktemp("held") / "help")
    audit_predictions(rows(gap=0.4), open_project(home)).write(version="1.0.0")
    return home


@pytest.fixture
def bare(made: Path, tmp_path: Path) -> Path:
    """A copy of the version, without documents."""
    return shutil.copytree(made, tmp_path / "help") / "1.0.0"


@pytest.fixture
def folder(bare: Path) -> Path:
    """A copy of the version, with stand-ins for its documents."""
    VersionFolder(bare).add(CARDS)
    return bare


def edit(path: Path, change: Callable[[Any], object]) -> None:
    record = json.loads(path.read_bytes())
    change(record)
    path.write_bytes(pretty_json(record))


def rules(seen: Examined) -> set[str]:
    return {violation.rule for violation in seen.violations}


def passes(record: dict[str, Any]) -> None:
    for finding in record["verdict"]["findings"]:
        finding["status"] = "PASSED"
    record["verdict"]["status"] = "PASSED"


@pytest.mark.slow
@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize(
    "change",
    [passes, lambda r: r["training"].update(threshold="0.9"), lambda r: r["tally"].update(k=1), lambda r: r.update(created="")],
)
def test_an_edited_bundle_is_not_laundered_by_rendering(folder: Path, private: bool, change: Callable[[Any], object]) -> None:
    if not private:
        (folder / PRIVATE_FILE).unlink()
    edit(folder / PUBLIC_FILE, change)
    hidden(folder)
    log = sorted(path.name for path in (folder.parent / "log").iterdir())
    for write in (lambda: read_bundle(folder), lambda: VersionFolder(folder).add(AGAIN)):
        with pytest.raises(EvidenceBroken) as broken:
            write()
        assert broken.value.rule == "A13"
    assert sorted(path.name for path in (folder.parent / "log").iterdir()) == log, "nothing was logged"
    assert gate(folder, stage="shadow").exit_code == 4
    assert verify(folder).exit_code == 4


def test_a_model_file_that_was_added_is_not_laundered(folder: Path) -> None:
    (folder / "model.skops").write_bytes(b"PK another model")
    edit(folder / MANIFEST_FILE, lambda m: m["files"].update({"model.skops": digest(b"PK another model")}))
    with pytest.raises(EvidenceBroken):
        VersionFolder(folder).add(AGAIN)
    assert gate(folder).exit_code == 4


def test_an_edited_card_is_written_anew_by_the_next_render(folder: Path) -> None:
    (folder / DOCUMENTS[0]).write_bytes(b"%PDF- everything passed")
    hidden(folder)
    assert (gate(folder).exit_code, verify(folder).exit_code) == (4, 4)
    assert rules(examine(folder)) == {"A13"}
    assert VersionFolder(folder).add({DOCUMENTS[1]: CARDS[DOCUMENTS[1]]}) == (DOCUMENTS[0],)
    assert not (folder / DOCUMENTS[0]).exists(), "what no render wrote does not stay"
    VersionFolder(folder).add(CARDS)
    assert (folder / DOCUMENTS[0]).read_bytes() == CARDS[DOCUMENTS[0]]
    assert (gate(folder).exit_code, verify(folder).exit_code) == (1, 0)


def test_a_version_is_audited_once(folder: Path) -> None:
    (audit,) = Ledger(folder.parent / "log").find("audited")
    Ledger(folder.parent / "log").append("audited", audit.body)
    assert rules(examine(folder)) == {"A13"}
    assert gate(folder).exit_code == 4


@pytest.mark.slow
@pytest.mark.parametrize("key", ["bundle", "private", "status", "policy", "contract", "charter", "name", "version"])
def test_an_audit_in_the_log_that_says_something_else(folder: Path, key: str) -> None:
    other = {"status": "PASSED", "name": "other", "version": "2.0.0"}.get(key, digest(b"x"))
    relogged(folder, lambda entry: with_body(entry, **{key: other}) if entry.kind == "audited" else entry)
    assert gate(folder).exit_code == 4
    assert any("[A13]" in line or "[P08]" in line or "[E01]" in line for line in verify(folder).differences)


@pytest.mark.parametrize(
    "body",
    [{}, {"version": "1.0.0", "bundle": "x"}, {"version": "../..", "bundle": digest(b"x")}, {"version": None, "bundle": 3}],
)
def test_an_audit_in_the_log_that_does_not_read_is_no_last_version(tmp_path: Path, body: dict[str, Any]) -> None:
    project = open_project(write_project(tmp_path / "help"))
    project.ledger.append("audited", body)
    with pytest.raises(EvidenceBroken) as broken:
        last_version(project)
    assert broken.value.rule == "A13"
    assert "is not a readable audit" in str(broken.value)


@pytest.mark.parametrize("asked", [False, [3], None, {"x": 1}])
def test_documents_that_are_no_names_are_no_evidence(bare: Path, asked: Any) -> None:
    logged_again(edited(bare, lambda record: record["rules"]["documents"].update(shadow=asked)))
    assert gate(bare, stage="shadow").exit_code == 4


@pytest.mark.parametrize(
    "said", [{"not_shown": "sometimes"}, {"not_shown": True}, {"signatures": "owner"}, {"signatures": [3]}]
)
def test_a_stage_that_says_nothing_that_can_be_held_is_no_evidence(bare: Path, said: dict[str, Any]) -> None:
    """Also where another stage is asked about, and where the version is refused all the same."""
    logged_again(edited(bare, lambda record: record["policy"]["stages"]["trial"].update(said)))
    assert [gate(bare, stage=stage).exit_code for stage in ("shadow", "trial")] == [4, 4]


@pytest.mark.parametrize("body", [{}, {"documents": {"bundle.json": digest(b"x")}}, {"documents": 3}])
def test_a_render_in_the_log_names_documents_alone(folder: Path, body: dict[str, Any]) -> None:
    (audit,) = Ledger(folder.parent / "log").find("audited")
    of = {"name": "help", "version": "1.0.0"} | ({"audited": audit.digest} if body else {})
    Ledger(folder.parent / "log").append("rendered", of | body)
    assert rules(examine(folder)) == {"A13"}


def test_a_render_counts_only_after_the_audit(folder: Path) -> None:
    (render,) = Ledger(folder.parent / "log").find("rendered")
    alone = Entry(kind=render.kind, at=render.at, parents=(), body=render.body)
    (folder.parent / "log" / file_of(render)[0]).unlink()
    name, data = file_of(alone)
    (folder.parent / "log" / name).write_bytes(data)
    assert set(examine(folder).documents) == set(DOCUMENTS)
    assert gate(folder).exit_code == 4


@pytest.mark.parametrize("file", ["policy.yaml", "contract.yaml", "charter.yaml"])
def test_verify_says_what_the_gate_says_of_authored_files(folder: Path, file: str) -> None:
    authored = folder.parent / file
    authored.write_text(authored.read_text(encoding="utf-8").replace("A sentence.", "Another."), encoding="utf-8")
    rule = "P08" if file == "policy.yaml" else "E01"
    assert [line for line in verify(folder).differences if f"[{rule}]" in line and file in line]
    assert [line for line in gate(folder).reasons if f"[{rule}]" in line]


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from smartstart_gov import storage
    from smartstart_gov.evidence.folder import VersionFolder
    folder, at, count = Path(sys.argv[1]), int(sys.argv[2]), 0
    def counted(name):
        real = getattr(os, name)
        def call(*arguments, **options):
            global count
            # Reading opens files too; what it does changes nothing.
            if name != "open" or arguments[1] & os.O_CREAT:
                count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)
        return call
    for name in ("open", "write", "fsync", "replace", "rename", "mkdir"):
        setattr(storage.os, name, counted(name))
    {what}
    print(count)
"""
ADD = "VersionFolder(folder).add({name: b'%PDF- again ' + name.encode() for name in sys.argv[3:]})"
CREATE = """
    import json
    facts = json.loads(sys.argv[3])
    VersionFolder(folder).create(name="help", version="2.0.0", files={"bundle.json": b"{}", "bundle.private.json": b"{}"}, facts=facts)
"""


def killed(what: str, folder: Path, at: int, *more: str) -> int | None:
    """Do `what` until its call number `at` that writes; return how many calls there were where it came to its end."""
    program = textwrap.dedent(KILLED).replace("{what}", textwrap.dedent(what).strip())
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), str(at), *more], capture_output=True, text=True, timeout=120
    )
    assert done.returncode in (0, -9), done.stderr
    return int(done.stdout) if done.returncode == 0 else None


@pytest.mark.slow
@pytest.mark.parametrize("before", ["nothing", "documents"])
def test_a_render_killed_at_any_write_leaves_evidence_that_holds_and_the_next_one_mends_it(
    made: Path, tmp_path: Path, before: str
) -> None:
    told, at, finished = set(), 0, None
    while finished is None:
        at += 1
        folder = shutil.copytree(made, tmp_path / str(at) / "help") / "1.0.0"
        if before == "documents":
            VersionFolder(folder).add(CARDS)
        finished = killed(ADD, folder, at, *AGAIN)
        seen = examine(folder)
        assert seen.violations == ()
        decision = gate(folder)
        assert decision.exit_code == 1, "what the evidence refuses is refused all the same"
        assert any("render again" in reason for reason in decision.reasons) == bool(seen.unfinished)
        told.add(bool(seen.unfinished))
        assert set(VersionFolder(folder).add(AGAIN)) == set(seen.unfinished)
        whole = examine(folder)
        assert (whole.violations, whole.unfinished) == ((), ())
        assert {name: whole.files[name] for name in AGAIN} == AGAIN
    assert finished >= 15, "the log, each document and the manifest were written"
    assert told == {True, False}


@pytest.mark.slow
def test_an_audit_killed_at_any_write_is_no_audit_and_can_be_done_again(made: Path, tmp_path: Path) -> None:
    (audit,) = Ledger(made / "log").find("audited")
    facts = {key: audit.body[key] for key in ("status", "part", "policy", "contract", "charter")}
    at, finished = 0, None
    while finished is None:
        at += 1
        home = shutil.copytree(made, tmp_path / str(at) / "help")
        (home / ".gitattributes").unlink()
        finished = killed(CREATE, home / "2.0.0", at, json.dumps(facts))
        logged = [entry for entry in Ledger(home / "log").find("audited") if entry.body["version"] == "2.0.0"]
        assert len(logged) == (finished is not None) or (home / "2.0.0").is_dir()
        if not logged:
            if (home / "2.0.0").is_dir():
                assert rules(examine(home / "2.0.0")) == {"A13"}
            files = {PUBLIC_FILE: b"{}", PRIVATE_FILE: b"{}"}
            VersionFolder(home / "2.0.0").create(name="help", version="2.0.0", files=files, facts=facts)
        assert examine(home / "2.0.0").violations == ()
        assert not [path for path in home.iterdir() if path.name.startswith(".2.0.0")], "no copy of the private edition is left"
    assert finished >= 8


@pytest.mark.parametrize(
    "stray", [f".{DOCUMENTS[0]}.0123456789abcdef.tmp", ".manifest.json.0123456789abcdef.tmp", DOCUMENTS[0]]
)
def test_what_a_cut_off_render_leaves_is_told_and_mended(bare: Path, stray: str) -> None:
    (bare / stray).write_bytes(b"%PDF- half")
    found = verify(bare)
    assert (found.differences, found.unfinished, found.exit_code, bool(found)) == ((), (stray,), 3, False)
    assert read_bundle(bare).public.version == "1.0.0"
    assert VersionFolder(bare).add(AGAIN) == (stray,)
    assert verify(bare).ok
    assert {path.name for path in bare.iterdir()} == {PUBLIC_FILE, PRIVATE_FILE, MANIFEST_FILE, *AGAIN}


@pytest.mark.parametrize("stray", [".note", "card.pdf", ".x.tmp", "bundle.json.tmp", ".bundle.json.0123456789abcdef.tmp"])
def test_what_is_not_certain_to_be_ours_is_left_to_people(bare: Path, stray: str) -> None:
    (bare / stray).write_bytes(b"x")
    assert rules(examine(bare)) == {"A03"}
    with pytest.raises(EvidenceBroken):
        VersionFolder(bare).add(AGAIN)
    assert (bare / stray).read_bytes() == b"x"


def test_a_folder_or_a_link_is_no_leftover(bare: Path) -> None:
    (bare / DOCUMENTS[0]).mkdir()
    (bare / DOCUMENTS[1]).symlink_to(bare / PUBLIC_FILE)
    assert (rules(examine(bare)), examine(bare).unfinished) == ({"A03"}, ())


def test_every_document_has_the_name_of_one() -> None:
    from smartstart_gov.evidence.document_kinds import DOCUMENT_KINDS

    assert all(is_document(file) for kind in DOCUMENT_KINDS for file in kind.files)
    assert not any(map(is_document, [PUBLIC_FILE, PRIVATE_FILE, "model.skops", "../x.nl.pdf", "x.pdf", "a.nl.pdf\n"]))


def twice(data: bytes) -> bytes:
    return data.replace(b"{", b'{"format": 1, "format": 1,', 1)


BAD_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "a key twice": twice,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "nested deep": lambda data: b"[" * 100_000 + b"]" * 100_000,
    "not a number": lambda data: data.replace(b"{", b'{"x": NaN,', 1),
    "a float": lambda data: data.replace(b"{", b'{"x": 1.5,', 1),
    "a huge integer": lambda data: data.replace(b"{", b'{"x": ' + b"9" * 5000 + b",", 1),
    "half a letter": lambda data: data.replace(b"{", b'{"x": "\\ud800",', 1),
    "a list": lambda data: b"[]",
    "empty": lambda data: b"",
}


def log_entry(folder: Path) -> Path:
    return next(path for path in (folder.parent / "log").iterdir() if b'"audited"' in path.read_bytes())


PLACES: dict[str, Callable[[Path], Path]] = {
    "manifest": lambda folder: folder / MANIFEST_FILE,
    "public": lambda folder: folder / PUBLIC_FILE,
    "private": lambda folder: folder / PRIVATE_FILE,
    "log": log_entry,
}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", BAD_BYTES)
def test_bytes_that_no_writer_of_ours_writes_are_no_evidence(folder: Path, place: str, kind: str) -> None:
    path = PLACES[place](folder)
    path.write_bytes(BAD_BYTES[kind](path.read_bytes()))
    assert gate(folder).exit_code == 4
    assert verify(folder).exit_code == 4
    with pytest.raises(EvidenceBroken):
        read_bundle(folder)
    if place in ("public", "private"):  # the same with its digest mended, where no log can tell
        manifest = folder / MANIFEST_FILE
        edit(manifest, lambda m: m["files"].update({path.name: digest(path.read_bytes().replace(b"\r\n", b"\n"))}))
        lone = shutil.copytree(folder, folder.parents[1] / "lone")
        assert verify(lone).exit_code == 4


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["hard link", "link", "pipe", "folder"])
def test_only_a_file_of_one_name_is_read(folder: Path, place: str, kind: str) -> None:
    path = PLACES[place](folder)
    elsewhere = folder.parents[1] / "elsewhere"
    path.rename(elsewhere)
    make = {
        "hard link": lambda: os.link(elsewhere, path),
        "link": lambda: path.symlink_to(elsewhere),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }
    make[kind]()
    assert gate(folder).exit_code == 4
    found = verify(folder)
    assert found.exit_code == 4
    assert any(("[A13]" if place == "log" else "[A03]") in line for line in found.differences)


def test_a_version_folder_by_itself_is_verified_as_far_as_that_goes(folder: Path, tmp_path: Path) -> None:
    lone = shutil.copytree(folder, tmp_path / "audit" / "copy of it")
    found = verify(lone)
    assert (found.ok, found.unchecked, found.name, found.version) == (True, ("log", "authored"), "help", "1.0.0")
    (lone / PRIVATE_FILE).unlink()
    assert verify(lone).unchecked == ("log", "authored", "private")
    assert verify(lone, project=folder.parent).unchecked == ("private",)
    assert verify(lone, project=folder.parent).ok
    assert gate(lone).exit_code == 4, "the gate needs the log"
    assert gate(lone, project=folder.parent).exit_code == 1
    with pytest.raises(Refused) as refused:
        VersionFolder(lone).add(AGAIN)
    assert refused.value.rule == "U01"
    assert not (lone.parent / "log").exists()
    with pytest.raises(Refused) as refused:
        verify(lone, project=tmp_path / "nowhere")
    assert refused.value.rule == "U01"


def test_edited_counts_are_found_without_a_log(folder: Path, tmp_path: Path) -> None:
    edit(folder / PUBLIC_FILE, lambda r: r["metrics"]["value"][1].__setitem__(0, "0.5"))
    hidden(folder)
    found = verify(shutil.copytree(folder, tmp_path / "lone"))
    assert found.exit_code == 4
    assert "log" in found.unchecked


def test_a_version_does_not_pass_for_another_in_its_project(folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("2.0.0"))
    for other in (folder.with_name("2.0.0"), folder.rename(folder.with_name("3.0.0"))):
        assert gate(other).exit_code == 4
        assert "A05" in rules(examine(other))
        assert not verify(other)
    assert gate(folder.with_name("2.0.0"), project=folder.parent).exit_code == 4


def test_line_ends_of_windows_change_nothing(folder: Path) -> None:
    said = gate(folder).to_record()
    for path in folder.parent.rglob("*"):
        if path.suffix in (".json", ".yaml"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert verify(folder).ok
    assert gate(folder).to_record() == said
    assert VersionFolder(folder).add(CARDS) == ()


def test_git_with_autocrlf_leaves_evidence_as_it_is(folder: Path, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True)

    git("init", "-q", str(folder.parent))
    git("-C", str(folder.parent), "add", "-A")
    git("-C", str(folder.parent), "commit", "-qm", "x")
    git("-c", "core.autocrlf=true", "clone", "-q", str(folder.parent), str(tmp_path / "clone"))
    for path in folder.iterdir():
        assert (tmp_path / "clone" / "1.0.0" / path.name).read_bytes() == path.read_bytes()
    assert verify(tmp_path / "clone" / "1.0.0").ok


def test_only_what_is_allowed_is_true(folder: Path) -> None:
    decision = gate(folder)
    assert (decision.allowed, bool(decision)) == (False, False)
    verdict = read_bundle(folder).public.verdict
    for value in (verdict, verdict.findings[0]):
        with pytest.raises(TypeError, match=r"\.status"):
            bool(value)
    assert verify(folder)


def test_a_refusal_loads_no_library_that_counts(folder: Path) -> None:
    program = """if True:
        import sys
        from smartstart_gov.release.gate import gate
        print(gate(sys.argv[1]).result, *sorted({name.partition(".")[0] for name in sys.modules}))
    """
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True, timeout=120)
    result, *modules = done.stdout.split()
    assert result == "refused"
    assert not {"numpy", "pydantic", "yaml"} & set(modules)


@pytest.mark.slow
@pytest.mark.parametrize("private", [True, False])
def test_no_mutant_is_let_through(folder: Path, private: bool) -> None:
    outcomes, broke = tamper(folder, MUTANTS, private=private, seed=private)
    assert broke == []
    assert set(outcomes) <= set(CAUGHT)
    assert outcomes["evidence_broken"] > MUTANTS / 2
