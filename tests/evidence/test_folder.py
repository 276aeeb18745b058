"""The version folder over small stand-ins for evidence: what holds, what is told, what is written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.authoring.names import ATTRIBUTES, ATTRIBUTES_FILE
from smartstart_gov.authoring.project import open_project
from smartstart_gov.canonical import digest, pretty_json
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.folder import (
    MANIFEST_FILE,
    MODEL_FILE,
    PRIVATE_FILE,
    PUBLIC_FILE,
    Manifest,
    VersionFolder,
    authored_edits,
    examine,
    file_digest,
    logged_of,
    project_of,
)
from smartstart_gov.ledger import Entry, Ledger, file_of
from tests.projects import TEXT, write_project

ONE, TWO, OTHER = "card.nl.pdf", "card.en.pdf", digest(b"another")
FACTS = {"status": "PASSED", "part": "audit", **{key: digest(key.encode()) for key in ("policy", "contract", "charter")}}
RECORD = {
    "name": "help", "version": "1.0.0", "verdict": {"status": "PASSED"}, "part": "audit",
    **{f"{key}_digest": FACTS[key] for key in ("policy", "contract", "charter")},
}  # fmt: skip
DOCUMENTS = {ONE: b"%PDF- one\r\n", TWO: b"%PDF- two"}


def create(home: Path, version: str = "1.0.0", files: dict[str, bytes] | None = None, **facts: Any) -> Path:
    record = pretty_json(RECORD | {"version": version})
    given = {PUBLIC_FILE: record, PRIVATE_FILE: record} if files is None else files
    home.mkdir(exist_ok=True)
    VersionFolder(home / version).create(name="help", version=version, files=given, facts=FACTS | facts)
    return home / version


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return create(tmp_path / "help")


@pytest.fixture
def drawn(folder: Path) -> Path:
    """The folder with its documents."""
    VersionFolder(folder).add(DOCUMENTS)
    return folder


def log(folder: Path) -> Ledger:
    return Ledger(folder.parent / "log")


def edit(path: Path, change: Callable[[Any], object]) -> None:
    record = json.loads(path.read_bytes())
    change(record)
    path.write_bytes(pretty_json(record))


def told(folder: Path) -> dict[str, list[str]]:
    """What is wrong, apart for the evidence and for the documents, and what a render left."""
    seen = examine(folder)
    assert seen.violations == (*seen.broken, *seen.documents.values())
    return {
        "broken": [f"{v.rule} {v.what}" for v in seen.broken],
        "documents": [f"{v.rule} {file}" for file, v in seen.documents.items()], "unfinished": list(seen.unfinished),
    }  # fmt: skip


HOLDS: dict[str, list[str]] = {"broken": [], "documents": [], "unfinished": []}


# --------------------------------------------------------------------------------------------------------- the manifest
PLAIN = {"format": 1, "name": "help", "version": "1.0.0", "files": {PUBLIC_FILE: OTHER}}


def test_a_manifest_is_read_as_it_was_written() -> None:
    manifest = Manifest.from_record(PLAIN)
    assert manifest.to_record() == PLAIN
    assert manifest.headline() == "Manifest(help 1.0.0, 1 files)"


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2}, {"format": True}, {"format": 1.0}, {"more": 1}, {"name": "../x"}, {"version": "a b"}, {"name": ""},
        {"files": {PUBLIC_FILE: "sha256:x"}}, {"files": {PUBLIC_FILE: OTHER, PRIVATE_FILE: OTHER[:-1]}},
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(folder: Path, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^field (format|more) |plain names|digest"):
        Manifest.from_record(PLAIN | change)
    (folder / MANIFEST_FILE).write_bytes(
        pretty_json({key: v for key, v in (PLAIN | change).items() if not isinstance(v, float)})
    )
    with pytest.raises(EvidenceBroken) as broken:
        examine(folder)
    assert broken.value.rule == "A02"


def test_a_manifest_has_at_most_a_megabyte(folder: Path) -> None:
    data = (folder / MANIFEST_FILE).read_bytes()
    (folder / MANIFEST_FILE).write_bytes(data + b" " * ((1 << 20) - len(data)))
    assert told(folder) == HOLDS
    (folder / MANIFEST_FILE).write_bytes(data + b" " * ((1 << 20) + 1 - len(data)))
    with pytest.raises(EvidenceBroken) as broken:
        examine(folder)
    assert broken.value.rule == "A02"


def test_line_ends_change_no_digest_of_json_and_every_other() -> None:
    assert file_digest("a.json", b"{\r\n}") == file_digest("a.json", b"{\n}")
    assert file_digest("a.pdf", b"{\r\n}") == digest(b"{\r\n}") != file_digest("a.pdf", b"{\n}")


# ---------------------------------------------------------------------------------------------------------- the project
def test_a_folder_lies_in_a_project_by_its_files_or_by_its_log(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "1.0.0").mkdir(parents=True)
    assert project_of(home / "1.0.0") is None
    for name in ("policy.yaml", "contract.yaml", "charter.yaml"):
        (home / name).symlink_to("nowhere")
        assert project_of(home / "1.0.0") == home
        (home / name).unlink()
    (home / "log").write_bytes(b"")
    assert project_of(home / "1.0.0") is None
    (home / "log").unlink()
    (home / "log").mkdir()
    (home / "log" / "readme.txt").write_bytes(b"")
    assert project_of(home / "1.0.0") is None
    Ledger(home / "log2").append("audited", {})
    (entry,) = (home / "log2").iterdir()
    entry.rename(home / "log" / entry.name)
    assert project_of(home / "1.0.0") == home


def test_what_does_not_exist_is_refused(folder: Path) -> None:
    for call in (lambda: examine(folder / "no"), lambda: examine(folder, folder / "no"), lambda: examine(folder / PUBLIC_FILE)):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.rule == "U01"


def test_a_path_is_what_it_comes_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "deeper").mkdir()
    for here, path in ((folder, "."), (folder / "deeper", ".."), (folder.parent, "1.0.0")):
        monkeypatch.chdir(here)
        seen = examine(path)
        assert (seen.path.name, seen.project is not None) == ("1.0.0", True)
        assert seen.path.is_absolute() == (path != "1.0.0"), "what has a name is told as it was given"
        assert os.path.samefile(seen.project or "", folder.parent)


def test_a_folder_has_the_name_of_its_version_in_its_own_project_alone(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, folder.parent / "2.0.0")
    assert told(other)["broken"] == ["A05 The folder is called 2.0.0, but the manifest says 1.0.0."]
    apart = shutil.copytree(folder, tmp_path / "apart" / "copy")
    with_project = examine(apart, folder.parent)
    assert (with_project.project, with_project.logged is None, with_project.violations) == (folder.parent, False, ())
    alone = examine(apart)
    assert (alone.project, alone.logged, alone.violations) == (None, None, ())


# -------------------------------------------------------------------------------------------------------------- the log
@pytest.mark.parametrize("file", [PUBLIC_FILE, PRIVATE_FILE, MODEL_FILE])
def test_the_log_has_the_files_that_an_audit_wrote(folder: Path, file: str) -> None:
    seen = examine(folder)
    assert seen.logged is not None
    body = seen.logged.audited.body
    key = {PUBLIC_FILE: "bundle", PRIVATE_FILE: "private", MODEL_FILE: "model"}[file]
    assert body[key] == seen.manifest.files.get(file)
    other = b'{"other": 1}\n'
    (folder / file).write_bytes(other)
    edit(folder / MANIFEST_FILE, lambda m: m["files"].update({file: file_digest(file, other)}))
    assert told(folder)["broken"] == [f"A13 {file} is not the one recorded in the log for help 1.0.0."]
    assert examine(folder).broken[0].where == str(folder.parent / "log")


def test_a_version_has_one_audit_and_one_that_reads(folder: Path) -> None:
    manifest, whole = examine(folder).manifest, log(folder).find("audited")[0].body
    other = Manifest(name="other", version="1.0.0", files={})
    for of, bodies, said in (
        (other, [], "no audit of other 1.0.0"),
        (Manifest(name="help", version="1.0.1", files={}), [], "no audit of help 1.0.1"),
        (manifest, [dict(whole)], "2 audits"),
        (other, [{**whole, "name": "other", "more": 1}], "is not a readable audit"),
    ):
        for body in bodies:
            log(folder).append("audited", body)
        with pytest.raises(EvidenceBroken, match=said) as broken:
            logged_of(of, log(folder))
        assert broken.value.rule == "A13"


def test_an_audit_names_the_texts_that_it_read(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    said = {"name": "help", "version": "1.0.0", **FACTS, "bundle": None, "private": None, "model": None}
    manifest = Manifest(name="help", version="1.0.0", files={})
    for files, holds in (({}, True), ([], False)):
        home = Ledger(tmp_path / f"log{holds}")
        entry = home.append("audited", {**said, "files": files})
        if holds:
            assert logged_of(manifest, home).audited == entry
        else:
            with pytest.raises(EvidenceBroken, match="is not a readable audit"):
                logged_of(manifest, home)
    assert ledger.entries() == ()


def test_documents_are_those_of_renders_after_this_audit(drawn: Path) -> None:
    manifest, audit = examine(drawn).manifest, log(drawn).find("audited")[0]
    first = {file: frozenset({digest(data)}) for file, data in DOCUMENTS.items()}
    assert logged_of(manifest, log(drawn)).documents == first
    said = {"name": "help", "version": "1.0.0", "audited": audit.digest}
    log(drawn).append("rendered", {**said, "documents": {ONE: OTHER}})
    # Of another audit, of another version, and what is no render name nothing of this one.
    log(drawn).append("rendered", {**said, "audited": OTHER, "documents": {ONE: digest(b"x")}})
    log(drawn).append("rendered", {**said, "version": "2.0.0", "documents": {TWO: digest(b"x")}})
    log(drawn).append("rendered", {**said, "name": "other", "documents": 3})
    log(drawn).append("noted", {**said, "documents": {TWO: digest(b"x")}})
    assert logged_of(manifest, log(drawn)).documents == {ONE: first[ONE] | {OTHER}, TWO: first[TWO]}


def test_a_render_that_does_not_come_after_the_audit_names_nothing(drawn: Path) -> None:
    (render,) = log(drawn).find("rendered")
    (drawn.parent / "log" / file_of(render)[0]).unlink()
    alone = Entry(kind=render.kind, at=render.at, parents=(), body=render.body)
    (drawn.parent / "log" / file_of(alone)[0]).write_bytes(file_of(alone)[1])
    # What comes after that alone does not come after the audit either.
    after = Entry(kind=render.kind, at=render.at, parents=(alone.digest,), body=render.body)
    (drawn.parent / "log" / file_of(after)[0]).write_bytes(file_of(after)[1])
    assert logged_of(examine(drawn).manifest, log(drawn)).documents == {}
    assert told(drawn) == HOLDS | {"documents": [f"A13 {TWO}", f"A13 {ONE}"]}


@pytest.mark.parametrize(
    "change",
    [
        {"documents": 3}, {"documents": {PUBLIC_FILE: OTHER}}, {"documents": {ONE: OTHER, PUBLIC_FILE: OTHER}}, {"more": 1},
        {"documents": None},
    ],
)  # fmt: skip
def test_a_render_names_documents_alone(folder: Path, change: dict[str, Any]) -> None:
    audit = log(folder).find("audited")[0]
    said = {"name": "help", "version": "1.0.0", "audited": audit.digest, "documents": {ONE: OTHER}} | change
    log(folder).append("rendered", said)
    (line,) = told(folder)["broken"]
    assert "is not a readable render" in line


# ----------------------------------------------------------------------------------------------------------- the record
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda r: None, None),
        (lambda r: r.pop("verdict"), "A02"),
        (lambda r: r.update(verdict=3), "A02"),
        (lambda r: r.pop("policy_digest"), "A02"),
        (lambda r: r.update(name="other"), "A05"),
        (lambda r: r.update(version="2.0.0"), "A05"),
        (lambda r: r["verdict"].update(status="FAILED"), "A13"),
        (lambda r: r.update(part="develop"), "A13"),
        (lambda r: r.update(policy_digest=OTHER), "A13"),
        (lambda r: r.update(contract_digest=OTHER), "A13"),
        (lambda r: r.update(charter_digest=OTHER), "A13"),
    ],
)
def test_a_record_says_what_manifest_and_log_say(folder: Path, tmp_path: Path, change: Any, rule: str | None) -> None:
    edit(folder / PUBLIC_FILE, change)
    alone = shutil.copytree(folder, tmp_path / "alone" / "1.0.0")
    # Without a log there is none to contradict.
    for path, expected in ((folder, rule), (alone, None if rule == "A13" else rule)):
        seen = examine(path)
        if expected is None:
            assert seen.record(PUBLIC_FILE)["name"] == "help"
        else:
            with pytest.raises(EvidenceBroken) as broken:
                seen.record(PUBLIC_FILE)
            assert (broken.value.rule, broken.value.violations[0].where) == (expected, str(path / PUBLIC_FILE))


def test_a_record_that_is_not_there_does_not_read(folder: Path) -> None:
    (folder / PUBLIC_FILE).unlink()
    with pytest.raises(EvidenceBroken) as broken:
        examine(folder).record(PUBLIC_FILE)
    assert broken.value.rule == "A02"


# -------------------------------------------------------------------------------------------------- what people authored
@pytest.fixture
def authored(tmp_path: Path) -> Path:
    """A version whose log and record have what the project's files say."""
    project = open_project(write_project(tmp_path / "help"))
    of = {key: getattr(project, key) for key in ("policy", "contract", "charter")}
    digests = {key: value.digest for key, value in of.items()}
    record = RECORD | {f"{key}_digest": value for key, value in digests.items()}
    record |= {key: value.to_record() for key, value in of.items()}
    data = pretty_json(record)
    return create(project.path, files={PUBLIC_FILE: data, PRIVATE_FILE: data}, **digests)


def test_the_texts_that_were_audited_are_in_the_log(authored: Path) -> None:
    (entry,) = log(authored).find("audited")
    texts = {name: digest((authored.parent / name).read_bytes()) for name in ("policy.yaml", "contract.yaml", "charter.yaml")}
    assert entry.body["files"] == texts


def test_a_text_that_says_something_else_by_the_time_of_writing_is_not_in_the_log(authored: Path) -> None:
    policy = authored.parent / "policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace(TEXT["en"], "Another."), encoding="utf-8")
    (authored.parent / "charter.yaml").unlink()
    digests = {key: log(authored).find("audited")[0].body[key] for key in ("policy", "contract", "charter")}
    create(authored.parent, "2.0.0", **digests)
    assert set(log(authored).find("audited")[-1].body["files"]) == {"contract.yaml"}
    # Of what is not in the log and is not there nobody can say that it is the same.
    told = authored_edits(examine(authored.parent / "2.0.0"))
    assert [violation.what.partition(" ")[0] for violation in told] == ["policy.yaml", "charter.yaml"]


@pytest.mark.parametrize("file", ["policy.yaml", "contract.yaml", "charter.yaml"])
def test_an_authored_file_may_look_otherwise_and_not_say_otherwise(authored: Path, file: str) -> None:
    path = authored.parent / file
    text = path.read_text(encoding="utf-8")
    assert authored_edits(examine(authored)) == []
    path.write_text("# a remark\n" + text, encoding="utf-8")
    assert authored_edits(examine(authored)) == []
    alone = shutil.copytree(authored, authored.parents[1] / "alone" / "1.0.0")
    assert authored_edits(examine(alone, authored.parent)) == []
    for other in (text.replace(TEXT["en"], "Another sentence."), "{", None):
        if other is None:
            path.unlink()
        else:
            path.write_text(other, encoding="utf-8")
        (found,) = authored_edits(examine(authored))
        assert (found.rule, file in found.what) == ("P08" if file == "policy.yaml" else "E01", True)
        assert found.where == str(path)


def test_without_a_project_nothing_can_have_been_edited(authored: Path, tmp_path: Path) -> None:
    alone = shutil.copytree(authored, tmp_path / "alone" / "1.0.0")
    assert authored_edits(examine(alone)) == []
    (authored.parent / "policy.yaml").unlink()
    for entry in (authored.parent / "log").iterdir():
        entry.unlink()
    # Where the log says nothing of the version, that is told, and nothing is held against it.
    assert authored_edits(examine(authored)) == []


# --------------------------------------------------------------------------------------------------------------- create
def test_a_new_version_is_written_with_its_manifest_and_logged(folder: Path) -> None:
    assert told(folder) == HOLDS
    assert (folder.parent / ATTRIBUTES_FILE).read_bytes() == ATTRIBUTES
    (entry,) = log(folder).find("audited")
    files = examine(folder).manifest.files
    pinned = {"bundle": files[PUBLIC_FILE], "private": files[PRIVATE_FILE], "model": None}
    assert entry.body == {"name": "help", "version": "1.0.0", "files": {}, **FACTS, **pinned}


def test_attributes_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / "help").mkdir()
    (tmp_path / "help" / ATTRIBUTES_FILE).write_bytes(b"ours")
    assert (create(tmp_path / "help").parent / ATTRIBUTES_FILE).read_bytes() == b"ours"


def test_what_was_written_and_never_logged_is_replaced(folder: Path) -> None:
    (entry,) = (folder.parent / "log").iterdir()
    entry.unlink()
    (folder / "left.txt").write_bytes(b"x")
    half = folder.parent / ".1.0.0.0123456789abcdef.tmp"
    half.mkdir()
    (half / PRIVATE_FILE).write_bytes(b"{}")
    create(folder.parent)
    assert told(folder) == HOLDS
    assert not half.exists(), "it may hold the private edition"


@pytest.mark.parametrize("version", ["1..0", "../x", "", "a b", "X"])
def test_a_version_is_a_plain_name(tmp_path: Path, version: str) -> None:
    with pytest.raises(Refused) as refused:
        VersionFolder(tmp_path / "help" / "1.0.0").refuse_taken(name="help", version=version)
    assert refused.value.rule == "N01"


def test_a_version_is_written_once(folder: Path) -> None:
    home = folder.parent
    (home / "2.0.0").mkdir()
    (home / "3.0.0").symlink_to("nowhere")
    (home / "4.0.0").write_bytes(b"")
    for version, taken in (("1.0.0", True), ("1.0.1", False), ("2.0.0", True), ("3.0.0", True), ("4.0.0", True)):
        if taken:
            with pytest.raises(Refused) as refused:
                VersionFolder(home / version).refuse_taken(name="help", version=version)
            assert refused.value.rule == "R03"
        else:
            VersionFolder(home / version).refuse_taken(name="help", version=version)
    VersionFolder(home / "1.0.0").refuse_taken(name="other", version="1.0.0")
    before = (folder / PUBLIC_FILE).read_bytes()
    with pytest.raises(Refused):
        create(home, files={PUBLIC_FILE: b"{}", PRIVATE_FILE: b"{}"})
    assert (folder / PUBLIC_FILE).read_bytes() == before


# ------------------------------------------------------------------------------------------------------------------ add
def test_documents_are_logged_and_listed_and_the_same_again_changes_nothing(drawn: Path) -> None:
    assert told(drawn) == HOLDS
    (render,) = log(drawn).find("rendered")
    (audit,) = log(drawn).find("audited")
    digests = {file: digest(data) for file, data in DOCUMENTS.items()}
    assert render.body == {"name": "help", "version": "1.0.0", "audited": audit.digest, "documents": digests}
    before = {
        path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in drawn.parent.rglob("*")
        if path.is_file()
    }
    assert VersionFolder(drawn).add(DOCUMENTS) == ()
    assert before == {
        path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in drawn.parent.rglob("*")
        if path.is_file()
    }
    # One that changed is logged and written, and the others stay.
    assert VersionFolder(drawn).add({ONE: b"%PDF- again"}) == ()
    assert told(drawn) == HOLDS
    assert (drawn / ONE).read_bytes() == b"%PDF- again"
    assert [set(entry.body["documents"]) for entry in log(drawn).find("rendered")] == [set(DOCUMENTS), {ONE}]
    # One that is new among others that are not is logged too.
    assert VersionFolder(drawn).add({ONE: b"%PDF- third", TWO: DOCUMENTS[TWO]}) == ()
    assert (told(drawn), len(log(drawn).find("rendered"))) == (HOLDS, 3)
    # Back to what the log has had already: nothing is logged twice.
    assert VersionFolder(drawn).add(DOCUMENTS) == ()
    assert (told(drawn), len(log(drawn).find("rendered"))) == (HOLDS, 3)


def test_only_documents_are_added(folder: Path) -> None:
    with pytest.raises(ValueError, match="documents are called like"):
        VersionFolder(folder).add({ONE: b"x", "notes.txt": b"x"})
    assert not log(folder).find("rendered")


def test_nothing_is_added_to_what_does_not_hold(folder: Path, tmp_path: Path) -> None:
    alone = shutil.copytree(folder, tmp_path / "alone" / "1.0.0")
    with pytest.raises(Refused) as refused:
        VersionFolder(alone).add(DOCUMENTS)
    assert refused.value.rule == "U01"
    (folder / PUBLIC_FILE).write_bytes(b"{}")
    with pytest.raises(EvidenceBroken) as broken:
        VersionFolder(folder).add(DOCUMENTS)
    assert broken.value.rule == "A01"
    assert not log(folder).find("rendered")


def test_what_no_render_wrote_goes_and_what_one_wrote_is_written_again(drawn: Path) -> None:
    (drawn / ONE).write_bytes(b"%PDF- by hand")
    (drawn / TWO).write_bytes(b"%PDF- by hand")
    assert told(drawn) == HOLDS | {"documents": [f"A01 {TWO}", f"A01 {ONE}"]}
    assert VersionFolder(drawn).add({ONE: DOCUMENTS[ONE]}) == (TWO, ONE)
    assert told(drawn) == HOLDS
    assert (drawn / ONE).read_bytes() == DOCUMENTS[ONE]
    assert not (drawn / TWO).exists()
    assert set(examine(drawn).manifest.files) == {PUBLIC_FILE, PRIVATE_FILE, ONE}


# ------------------------------------------------------------------------------------------------------- file after file
def test_a_document_that_is_gone_is_drawn_again(drawn: Path) -> None:
    (drawn / ONE).unlink()
    assert told(drawn) == HOLDS | {"documents": [f"A02 {ONE}"]}
    (violation,) = examine(drawn).violations
    assert "render again" in violation.remedy
    assert VersionFolder(drawn).add(DOCUMENTS) == (ONE,)
    assert told(drawn) == HOLDS


def test_a_document_that_is_gone_and_not_drawn_again_is_in_the_manifest_no_more(drawn: Path) -> None:
    (drawn / ONE).unlink()
    assert VersionFolder(drawn).add({TWO: DOCUMENTS[TWO]}) == (ONE,)
    assert told(drawn) == HOLDS
    assert ONE not in examine(drawn).manifest.files


@pytest.mark.parametrize("file", [MANIFEST_FILE, PUBLIC_FILE, ONE])
def test_a_file_with_a_second_name_is_no_file_of_a_version(drawn: Path, file: str) -> None:
    """Whoever holds the other name could change it after it was read."""
    os.link(drawn / file, drawn.parent / "second")
    if file == MANIFEST_FILE:
        with pytest.raises(EvidenceBroken) as broken:
            examine(drawn)
        assert broken.value.rule == "A03"
    else:
        assert [violation.rule for violation in examine(drawn).violations] == ["A03"]


def test_evidence_that_is_gone_is_restored_and_a_copy_may_lack_the_private_edition(drawn: Path) -> None:
    (drawn / PRIVATE_FILE).unlink()
    assert told(drawn) == HOLDS
    (drawn / PUBLIC_FILE).unlink()
    assert told(drawn) == HOLDS | {"broken": [f"A02 File '{PUBLIC_FILE}' is missing."]}
    assert "Restore" in examine(drawn).violations[0].remedy


@pytest.mark.parametrize("file", [ONE, PUBLIC_FILE])
def test_what_was_edited_is_told_with_what_mends_it(drawn: Path, file: str) -> None:
    (drawn / file).write_bytes(b"{}")
    (violation,) = examine(drawn).violations
    assert (violation.rule, file in violation.what) == ("A01", True)
    assert ("render again" in violation.remedy) == (file == ONE)


def test_a_document_of_a_render_that_came_before_or_after_the_manifest_is_left(drawn: Path) -> None:
    audit = log(drawn).find("audited")[0]
    said = {"name": "help", "version": "1.0.0", "audited": audit.digest}
    log(drawn).append("rendered", {**said, "documents": {ONE: digest(b"%PDF- newer")}})
    (drawn / ONE).write_bytes(b"%PDF- newer")
    assert told(drawn) == HOLDS | {"unfinished": [ONE]}
    assert VersionFolder(drawn).add(DOCUMENTS) == (ONE,)
    assert told(drawn) == HOLDS


def test_a_document_that_the_manifest_has_and_no_render_wrote_is_told(drawn: Path, tmp_path: Path) -> None:
    (drawn / ONE).write_bytes(b"%PDF- by hand")
    edit(drawn / MANIFEST_FILE, lambda m: m["files"].update({ONE: digest(b"%PDF- by hand")}))
    assert told(drawn) == HOLDS | {"documents": [f"A13 {ONE}"]}
    # By itself there is no log that could say so.
    assert told(shutil.copytree(drawn, tmp_path / "alone" / "1.0.0")) == HOLDS


def test_a_manifest_lists_files_of_a_version_and_the_evidence_among_them(folder: Path) -> None:
    edit(folder / MANIFEST_FILE, lambda m: m["files"].update({"notes.txt": OTHER}))
    assert told(folder)["broken"] == ["A03 The manifest lists 'notes.txt', which is not a file of a version."]
    edit(folder / MANIFEST_FILE, lambda m: [m["files"].pop(name) for name in ("notes.txt", PUBLIC_FILE)])
    assert told(folder)["broken"] == [
        f"A13 {PUBLIC_FILE} is not the one recorded in the log for help 1.0.0.",
        f"A03 File '{PUBLIC_FILE}' is not in the manifest.",
        f"A02 The manifest lists no {PUBLIC_FILE}.",
    ]


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        (ONE, True), (f".{ONE}.0123456789abcdef.tmp", True), (f".{MANIFEST_FILE}.0123456789abcdef.tmp", True),
        (f".{PUBLIC_FILE}.0123456789abcdef.tmp", False), ("notes.txt", False), (f".{ONE}.tmp", False),
    ],
)  # fmt: skip
def test_what_a_render_left_is_told_from_what_somebody_put_there(folder: Path, name: str, ours: bool) -> None:
    (folder / name).write_bytes(b"x")
    expected = {"unfinished": [name]} if ours else {"broken": [f"A03 File {name!r} is not in the manifest."]}
    assert told(folder) == HOLDS | expected


@pytest.mark.parametrize("make", ["folder", "link"])
def test_what_is_no_plain_file_was_left_by_no_render(folder: Path, make: str) -> None:
    (folder / ONE).mkdir() if make == "folder" else (folder / ONE).symlink_to(folder / PUBLIC_FILE)
    assert told(folder) == HOLDS | {"broken": [f"A03 File '{ONE}' is not in the manifest."]}


def test_a_folder_in_the_place_of_a_document_is_no_matter_of_drawing_again(drawn: Path) -> None:
    (drawn / ONE).unlink()
    (drawn / ONE).mkdir()
    found = told(drawn)
    assert (len(found["broken"]), found["documents"]) == (1, [])
    (drawn / ONE).rmdir()
    (drawn / ONE).symlink_to(drawn / TWO)
    assert told(drawn) == HOLDS | {"documents": [f"A03 {ONE}"]}
