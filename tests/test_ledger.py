"""The log: it grows, it merges, and whatever was done to it is seen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov import ledger
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.ledger import Entry, Ledger, Tree


@pytest.fixture
def log(tmp_path: Path) -> Ledger:
    """A log of four entries, one after the other."""
    log = Ledger(tmp_path / "log")
    for i in range(4):
        log.append("audited" if i else "split_key", {"version": f"1.0.{i}"})
    return log


def path_of(log: Ledger, entry: Entry) -> Path:
    return log.path / f"{entry.digest.removeprefix('sha256:')}.json"


def test_no_folder_is_an_empty_log(tmp_path: Path) -> None:
    log = Ledger(tmp_path / "log")
    assert (log.entries(), log.heads(), log.find("audited")) == ((), (), ())
    assert not log.path.exists()


def test_entries_come_in_order_and_name_their_parents(log: Ledger) -> None:
    entries = log.entries()
    assert [entry.body["version"] for entry in entries] == ["1.0.0", "1.0.1", "1.0.2", "1.0.3"]
    assert [entry.parents for entry in entries] == [(), *((entry.digest,) for entry in entries[:-1])]
    assert log.heads() == (entries[-1].digest,)
    assert log.find("audited") == entries[1:]
    assert Entry.from_record(entries[2].to_record()) == entries[2]
    assert repr(entries[2]) == f"Entry(audited {entries[2].at} {entries[2].digest[7:19]})"


def test_the_moment_can_be_fixed(log: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert log.append("audited", {}).at == "1970-01-02T00:00:00Z"
    assert log.entries()[-1].at == "1970-01-02T00:00:00Z", "a child comes after its parent, whatever the clock said"


def test_two_branches_merge_as_a_union(log: Ledger, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "other")
    shutil.copytree(log.path, other.path)
    ours, theirs = log.append("audited", {"version": "2"}), other.append("rendered", {"version": "3"})
    shutil.copytree(other.path, log.path, dirs_exist_ok=True)
    assert set(log.heads()) == {ours.digest, theirs.digest}
    joined = log.append("audited", {"version": "4"})
    assert joined.parents == tuple(sorted((ours.digest, theirs.digest)))
    assert log.heads() == (joined.digest,)
    assert log.entries()[-1] == joined


def test_a_long_log_is_read(tmp_path: Path) -> None:
    log, parents = Ledger(tmp_path / "log"), ()
    log.path.mkdir()
    for i in range(1500):  # deeper than Python's own stack
        entry = ledger.entry_of("audited", {"n": i}, parents=parents)
        name, data = ledger.file_of(entry)
        (log.path / name).write_bytes(data)
        parents = (entry.digest,)
    assert [entry.body["n"] for entry in log.entries()] == list(range(1500))


def test_what_a_killed_write_left_is_nothing(log: Ledger) -> None:
    (log.path / f".{path_of(log, log.entries()[0]).name}.0123456789abcdef.tmp").write_bytes(b'{"half": ')
    assert len(log.entries()) == 4


def test_layout_may_change_and_content_may_not(log: Ledger) -> None:
    path = path_of(log, log.entries()[1])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))  # as version control may do
    assert len(log.entries()) == 4


def edit_field(log: Ledger, path: Path) -> None:
    path.write_text(path.read_text().replace("1.0.1", "1.0.9"))


def edit_time(log: Ledger, path: Path) -> None:
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"at": "2020-01-01T00:00:00Z"}))


def edit_parents(log: Ledger, path: Path) -> None:
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"parents": []}))


def add_field(log: Ledger, path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"note": "x"}))


def say_key_twice(log: Ledger, path: Path) -> None:
    path.write_text(path.read_text().replace('"body"', '"body": {"version": "9"}, "body"', 1))


def rename(log: Ledger, path: Path) -> None:
    path.rename(path.with_name("0" * 64 + ".json"))


def swap(log: Ledger, path: Path) -> None:
    other = path_of(log, log.entries()[2])
    first, second = path.read_bytes(), other.read_bytes()
    path.write_bytes(second)
    other.write_bytes(first)


def delete_parent(log: Ledger, path: Path) -> None:
    path.unlink()


def truncate(log: Ledger, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def empty(log: Ledger, path: Path) -> None:
    path.write_bytes(b"")


def add_junk(log: Ledger, path: Path) -> None:
    (log.path / "notes.txt").write_text("x")


def add_dotfile(log: Ledger, path: Path) -> None:
    (log.path / ".hidden").write_text("x")


def add_folder(log: Ledger, path: Path) -> None:
    (log.path / ("1" * 64 + ".json")).mkdir()


def link(log: Ledger, path: Path) -> None:
    path.rename(log.path.parent / "elsewhere")
    path.symlink_to(log.path.parent / "elsewhere")


def deep(log: Ledger, path: Path) -> None:
    path.write_text("[" * 100_000)


def not_json(log: Ledger, path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


def not_an_object(log: Ledger, path: Path) -> None:
    path.write_text("[]")


def float_inside(log: Ledger, path: Path) -> None:
    path.write_text(path.read_text().replace('"1.0.1"', "1.5"))


def nan_inside(log: Ledger, path: Path) -> None:
    path.write_text(path.read_text().replace('"1.0.1"', "NaN"))


def replace_folder(log: Ledger, path: Path) -> None:
    shutil.rmtree(log.path)
    log.path.write_text("x")


@pytest.mark.parametrize(
    "tamper",
    [
        edit_field, edit_time, edit_parents, add_field, say_key_twice, rename, swap, delete_parent, truncate, empty, add_junk,
        add_dotfile, add_folder, link, deep, not_json, not_an_object, float_inside, nan_inside, replace_folder,
    ],
    ids=lambda tamper: tamper.__name__,
)  # fmt: skip
def test_what_was_done_to_the_log_is_seen(log: Ledger, tamper: Callable[[Ledger, Path], None]) -> None:
    tamper(log, path_of(log, log.entries()[1]))
    with pytest.raises(EvidenceBroken) as broken:
        log.entries()
    assert broken.value.rule == "A13"
    assert broken.value.exit_code == 4
    with pytest.raises(EvidenceBroken):
        log.append("audited", {})


def same_record(one: bytes | bytearray, other: bytes) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def test_every_bit_counts(log: Ledger) -> None:
    path = path_of(log, log.entries()[1])
    good = path.read_bytes()
    for position in range(0, len(good) * 8, 7):
        changed = bytearray(good)
        changed[position // 8] ^= 1 << position % 8
        path.write_bytes(bytes(changed))
        if same_record(changed, good):  # only white space differs
            assert len(log.entries()) == 4
        else:
            with pytest.raises(EvidenceBroken, match="A13"):
                log.entries()


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [("Not plain", {}, ValueError), ("audited", {"share": 0.5}, TypeError), ("audited", {1: 2}, TypeError)],
)
def test_an_entry_without_a_canonical_form_is_not_written(
    tmp_path: Path, kind: str, body: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Ledger(tmp_path / "log").append(kind, body)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", ["2026-01-01", "2026-01-01T00:00:00", "2026-1-1T00:00:00Z", "2026-02-30T00:00:00Z"])
def test_a_moment_is_in_utc_to_the_second(at: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is Python's own for some of these
        Entry(kind="audited", at=at, parents=(), body={})


# ------------------------------------------------------------------------------------------------ the tree
#: Leaves and tree hashes of the test data of Certificate Transparency.
LEAVES = [bytes.fromhex(one) for one in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_the_tree_is_that_of_the_standard(size: int) -> None:
    assert ledger.merkle_root(LEAVES[:size]).hex() == ROOTS[size]


def test_the_tree_of_what_was_stays_when_branches_merge(log: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a branch brings, and whenever its clock says it was: what stood before still comes to the same."""
    heads, before = log.heads(), Tree.of(log.entries())
    assert before.size == 4
    other = Ledger(tmp_path / "other")
    shutil.copytree(log.path, other.path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    other.append("rendered", {"version": "3"})
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    log.append("audited", {"version": "2"})
    shutil.copytree(other.path, log.path, dirs_exist_ok=True)
    assert Tree.of(log.until(heads)) == before
    assert Tree.of(log.entries()).size == 6
    assert Tree.of(log.entries()).root != before.root


def test_a_branch_in_the_middle_changes_no_order_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of what an entry stands on is its own: entries of another branch stand between, and change nothing of it."""
    log, other = Ledger(tmp_path / "log"), Ledger(tmp_path / "other")
    for moment, where in ((10, log), (5, other), (20, log), (15, other), (30, log)):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(moment))
        where.append("note", {"at": moment})
    heads, before = log.heads(), log.entries()
    shutil.copytree(other.path, log.path, dirs_exist_ok=True)
    assert [entry.body["at"] for entry in log.entries()] == [5, 10, 15, 20, 30]
    assert log.until(heads) == before


def test_a_log_without_entries_has_no_witness(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        Ledger(tmp_path / "log").witness()
    assert refused.value.rule == "A13"


def test_a_witness_knows_another_log(log: Ledger) -> None:
    kept = json.loads(log.witness())
    assert kept["tree"] == Tree.of(log.entries()).to_record()
    log.append("audited", {"version": "2"})
    log.against(json.dumps(kept).encode(), "here")
    for changes in ({"root": "sha256:" + "0" * 64}, {"size": 3}):
        with pytest.raises(EvidenceBroken) as broken:
            log.against(json.dumps(kept | {"tree": kept["tree"] | changes}).encode(), "here")
        assert "another log" in str(broken.value)
    for empty in ([], {}):
        with pytest.raises(EvidenceBroken) as broken:
            log.against(json.dumps({"format": 1, "heads": empty, "entries": 2}).encode(), "here")
        assert "holds this one to nothing" in str(broken.value)
    # One of an earlier version of the library has no tree.
    log.against(json.dumps({key: value for key, value in kept.items() if key != "tree"}).encode(), "here")


def test_an_entry_is_written_after_those_that_it_names(log: Ledger) -> None:
    heads = log.heads()
    first, second = log.append("audited", {"version": "a"}, after=heads), log.append("audited", {"version": "b"}, after=heads)
    assert first.parents == second.parents == heads
    assert set(log.heads()) == {first.digest, second.digest}


def test_an_entry_is_written_out_once_however_many_statements_stand_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of a thousand statements is held against all entries before it: written out each time, that took a minute."""
    entries, parents = list[Entry](), tuple[str, ...]()
    for number in range(50):
        entries.append(Entry(kind="said", at="2031-05-20T12:00:00Z", parents=parents, body={"number": number}))
        parents = (entries[-1].digest,)
    written: list[Any] = []
    plain = ledger.canonical_json
    monkeypatch.setattr(ledger, "canonical_json", lambda record: written.append(record) or plain(record))
    read = [Entry.from_record(entry.to_record()) for entry in entries]
    trees = [Tree.of(ledger.closure(read, [entry.digest])) for entry in read]
    assert [tree.size for tree in trees] == list(range(1, 51))
    assert len(written) == 50
