"""Writing to disk under every fault: the old state or the new one, and nothing else in the folder."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from smartstart_gov import storage
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.ledger import Ledger
from smartstart_gov.storage import read_file, write_file, write_folder

FILES = {"a.json": b"first", "log/b.json": b"second" * 1000, "empty.txt": b""}
CALLS = ("open", "write", "fsync", "replace", "rename", "mkdir", "close")
FAULTS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)


class Disk:
    """Lets `os` fail at the nth of the named calls: once, or from then on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.count = 0

    def fail(self, name: str, *, at: int | None, error: int = errno.EIO, on: bool = False) -> None:
        real = getattr(os, name)

        def call(*arguments: object, **options: object) -> object:
            self.count += 1
            if at is not None and (self.count == at or (on and self.count > at)):
                if name == "close":  # a close that reports an error has closed all the same
                    real(*arguments, **options)
                raise OSError(error, os.strerror(error))
            return real(*arguments, **options)

        self.monkeypatch.setattr(storage.os, name, call)


def refusal(write: Callable[[Path], None], folder: Path) -> Refused | None:
    try:
        write(folder)
    except Refused as refused:
        return refused
    return None


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def first_file(folder: Path) -> None:
    write_file(folder / "f.json", b"new" * 2000)


def next_entry(folder: Path) -> None:
    Ledger(folder / "log").append("audited", {"version": "1.0.0"})


def new_folder(folder: Path) -> None:
    write_folder(folder / "1.0.0", FILES)


def folder_into_empty(folder: Path) -> None:
    write_folder(folder / "empty", FILES, into_empty=True)


@pytest.mark.parametrize("error", FAULTS, ids=errno.errorcode.get)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("write", [first_file, next_entry, new_folder, folder_into_empty])
def test_a_fault_at_any_call_leaves_the_old_state(tmp_path: Path, write: Callable[[Path], None], call: str, error: int) -> None:
    (tmp_path / "0.9.0").mkdir()
    (tmp_path / "0.9.0" / "a.json").write_bytes(b"older")
    (tmp_path / "empty").mkdir()
    Ledger(tmp_path / "log").append("split_key", {"key": "0"})
    before = tree(tmp_path)
    for on in (False, True):
        at = 0
        while True:
            at += 1
            with pytest.MonkeyPatch.context() as patch:
                disk = Disk(patch)
                disk.fail(call, at=at, error=error, on=on)
                refused = refusal(write, tmp_path)
            if refused is None:
                assert disk.count < at, "a fault was swallowed"
                break
            # A log that cannot be read is no evidence; a disk that cannot be written is a refusal.
            assert refused.rule in (("R01", "A13") if (write, call) == (next_entry, "open") else ("R01",))
            assert tree(tmp_path) == before
        after = tree(tmp_path)
        assert after != before
        # Back to the old state for the round in which the disk stays broken.
        for path in sorted(tmp_path.rglob("*"), reverse=True):
            if str(path.relative_to(tmp_path)) not in before:
                path.unlink() if path.is_file() else path.rmdir()


@pytest.mark.parametrize("call", CALLS)
def test_a_fault_while_replacing_leaves_the_old_or_the_whole_new_file(tmp_path: Path, call: str) -> None:
    path = tmp_path / "manifest.json"
    at = 0
    while True:
        at += 1
        path.write_bytes(b"old")
        with pytest.MonkeyPatch.context() as patch:
            disk = Disk(patch)
            disk.fail(call, at=at, error=errno.ENOSPC)
            refused = refusal(lambda folder: write_file(folder / "manifest.json", b"new" * 500), tmp_path)
        if refused is None:
            assert disk.count < at, "a fault was swallowed"
            break
        assert refused.rule == "R01"
        assert tree(tmp_path) in ({"manifest.json": b"old"}, {"manifest.json": b"new" * 500})
    assert path.read_bytes() == b"new" * 500


def test_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(storage.os, "write", lambda descriptor, data: real(descriptor, bytes(data)[:3]))
    write_file(tmp_path / "f", b"0123456789")
    assert (tmp_path / "f").read_bytes() == b"0123456789"


def test_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(storage.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "f", b"x")
    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "d", FILES)
    assert tree(tmp_path) == {}


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from smartstart_gov import storage
    folder, name, at, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), 0
    real = getattr(os, name)
    def call(*arguments, **options):
        global count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)
    setattr(storage.os, name, call)
    storage.write_folder(folder / "1.0.0", {"a": b"1" * 5000, "b": b"2"})
    storage.write_file(folder / "manifest.json", b"new")
    print("acknowledged")
"""


@pytest.mark.parametrize(
    ("call", "at"), [("open", 1), ("write", 2), ("fsync", 1), ("fsync", 3), ("fsync", 4), ("rename", 1), ("replace", 1)]
)
def test_a_kill_at_any_call_leaves_nothing_half_under_its_name(tmp_path: Path, call: str, at: int) -> None:
    (tmp_path / "manifest.json").write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), call, str(at)], capture_output=True, text=True
    )
    assert done.returncode == -9, done.stderr
    named = {name: data for name, data in tree(tmp_path).items() if not name.startswith(".")}
    whole = {"1.0.0": None, "1.0.0/a": b"1" * 5000, "1.0.0/b": b"2"}
    assert named in ({"manifest.json": b"old"}, {**whole, "manifest.json": b"old"})
    # What is left is a temporary sibling, and the next try works.
    write_file(tmp_path / "manifest.json", b"new")
    assert (tmp_path / "manifest.json").read_bytes() == b"new"


def test_everything_is_synced_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    paths: dict[int, str] = {}
    real = {name: getattr(os, name) for name in ("open", "fsync", "rename", "replace")}

    def opened(path: object, *rest: object) -> int:
        descriptor: int = real["open"](path, *rest)
        paths[descriptor] = Path(str(path)).name
        return descriptor

    def named(name: str) -> Callable[..., None]:
        def call(source: object, target: object) -> None:
            done.append(f"{name} {Path(str(target)).name}")
            real[name](source, target)

        return call

    def synced(descriptor: int) -> None:
        done.append(f"fsync {paths[descriptor]}")
        real["fsync"](descriptor)

    monkeypatch.setattr(storage.os, "open", opened)
    monkeypatch.setattr(storage.os, "fsync", synced)
    monkeypatch.setattr(storage.os, "rename", named("rename"))
    monkeypatch.setattr(storage.os, "replace", named("replace"))
    write_folder(tmp_path / "1.0.0", {"a": b"1", "log/b": b"2"})
    assert done[:3] == ["fsync a", "fsync b", "fsync log"]
    assert done[3].startswith("fsync .1.0.0.")
    assert done[4:] == ["rename 1.0.0", f"fsync {tmp_path.name}"]
    done.clear()
    write_file(tmp_path / "f", b"1")
    assert done[0].startswith("fsync .f.")
    assert done[1:] == ["replace f", f"fsync {tmp_path.name}"]


@pytest.mark.parametrize("kind", ["folder", "empty folder", "file", "link", "dead link"])
def test_what_exists_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "1.0.0"
    if "folder" in kind:
        path.mkdir()
    if kind == "folder":
        (path / "a").write_bytes(b"kept")
    if kind == "file":
        path.write_bytes(b"kept")
    if "link" in kind:
        path.symlink_to(tmp_path if kind == "link" else tmp_path / "nothing")
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(Refused) as refused:
        write_folder(path, FILES)
    assert refused.value.rule == "R03"
    assert sorted(os.listdir(tmp_path)) == before


def test_the_second_of_two_writers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.rename

    def overtaken(source: object, target: object) -> None:
        monkeypatch.setattr(storage.os, "rename", real)
        write_folder(tmp_path / "1.0.0", {"a": b"faster"})
        real(source, target)

    monkeypatch.setattr(storage.os, "rename", overtaken)
    with pytest.raises(Refused) as refused:
        write_folder(tmp_path / "1.0.0", {"a": b"slower"})
    assert refused.value.rule == "R03"
    assert tree(tmp_path) == {"1.0.0": None, "1.0.0/a": b"faster"}


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "", "."])
def test_names_stay_inside_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is not a name inside a folder"):
        write_folder(tmp_path / "d", {name: b"x"})
    assert tree(tmp_path) == {}


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Create the folder"):
        write_file(tmp_path / "no" / "f", b"x")


def test_reading_gives_back_what_was_written(tmp_path: Path) -> None:
    write_file(tmp_path / "f", b"12345")
    assert read_file(tmp_path / "f", most=5) == b"12345"


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("missing", "A02"),
        ("empty", "A02"),
        ("large", "A02"),
        ("folder", "A03"),
        ("link", "A03"),
        ("pipe", "A03"),
        ("nul", "A02"),
    ],
)
def test_what_is_no_regular_file_of_its_size_is_no_evidence(tmp_path: Path, kind: str, rule: str) -> None:
    path = tmp_path / ("a\0b" if kind == "nul" else "f")
    (tmp_path / "other").write_bytes(b"x")
    make: dict[str, Callable[[], object]] = {
        "empty": lambda: path.write_bytes(b""),
        "large": lambda: path.write_bytes(b"123456"),
        "folder": path.mkdir,
        "link": lambda: path.symlink_to(tmp_path / "other"),
        "pipe": lambda: os.mkfifo(path),
    }
    make.get(kind, lambda: None)()
    with pytest.raises(EvidenceBroken) as broken:
        read_file(path, most=5)
    assert broken.value.rule == rule
    assert broken.value.exit_code == 4


def test_a_link_put_in_place_while_reading_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "f").symlink_to(tmp_path / "secret")
    monkeypatch.setattr(storage.os, "lstat", os.stat)  # as if the link came after the look
    with pytest.raises(EvidenceBroken) as broken:
        read_file(tmp_path / "f", most=100)
    assert broken.value.rule == "A03"
