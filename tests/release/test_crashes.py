"""Power cuts, broken disks and kills, from the seal to a revocation: what was acknowledged stays, and nothing is half released."""

from __future__ import annotations

import errno
import inspect
import os
import random
import shutil
import signal
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import smartstart_gov as gov
from smartstart_gov import storage
from smartstart_gov.assessment import audit_predictions
from smartstart_gov.canonical import digest
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.folder import VersionFolder, examine
from smartstart_gov.evidence.rules import DOCUMENTS
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.release.gate import gate
from smartstart_gov.release.root import write_root
from smartstart_gov.release.sign import revoke
from tests.projects import rows, write_project
from tests.release.crashes import Disk, State, here, put, replay, states
from tests.release.test_gate import without_model_controls
from tests.release.test_signing import approve, signer, signers

CARDS = {name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS}


def log(home: Path) -> tuple[Entry, ...]:
    return Ledger(home / "log").entries()


def sealed(home: Path) -> None:
    gov.seal(gov.open_project(home))


def audited(home: Path) -> None:
    audit_predictions(table(), gov.open_project(home)).write(version="1.0.0")


def drawn(home: Path) -> None:
    VersionFolder(home / "1.0.0").add(CARDS)


def rooted(home: Path) -> None:
    write_root(Ledger(home / "log"), signers(), [signer("director"), signer("officer")])


def first(home: Path) -> None:
    approve(home / "1.0.0", "director")


def second(home: Path) -> None:
    approve(home / "1.0.0", "officer")


def revoked(home: Path) -> None:
    revoke(home / "1.0.0", signer("deputy"), reason="It harms.")


#: From the first rule to the last word, in order.
STEPS: list[Callable[[Path], None]] = [sealed, audited, drawn, rooted, first, second, revoked]


@cache
def table() -> Any:
    return rows()


@cache
def stood(step: str) -> Path:
    """Return a project as it stands before `step`; not to be changed."""
    home = Path(tempfile.mkdtemp(prefix="before-")) / "help"
    before = next((i for i, one in enumerate(STEPS) if one.__name__ == step), len(STEPS))
    if before == 0:
        return write_project(home, policy=without_model_controls())
    shutil.copytree(stood(STEPS[before - 1].__name__), home)
    STEPS[before - 1](home)
    return home


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute no number again: other tests hold the gate to that."""
    monkeypatch.setattr("smartstart_gov.evidence.reperform.reperform", lambda _: SimpleNamespace(differences=()))


@dataclass(frozen=True)
class Road:
    """All steps on a disk that was watched: what it held before, what it was told, and which entries each step came to."""

    base: State
    told: list[tuple[Any, ...]]
    entries: dict[str, frozenset[str]]
    files: dict[str, bytes]


def walk(folder: Path, names: tuple[str, ...]) -> Road:
    home = shutil.copytree(stood(names[0]), folder / "help")
    disk, base, entries = Disk(home), here(home), dict[str, frozenset[str]]()
    for step in (one for one in STEPS if one.__name__ in names):
        with pytest.MonkeyPatch.context() as patch:
            disk.watch(patch)
            step(home)
        disk.acknowledge(step.__name__)
        entries[step.__name__] = frozenset(entry.digest for entry in log(home))
    now = here(home)
    # What was not recorded would not be tried.
    assert replay(base, disk.told, {}) == now
    files = {name: data for name, data in now.items() if data is not None}
    return Road(base=base, told=disk.told, entries=entries, files=files)


@dataclass
class Found:
    """What went wrong over all states, and how often each thing was looked at."""

    looked: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    def look(self, home: Path, state: State, acknowledged: list[str], road: Road, *, ask: bool) -> None:
        self.looked["states"] += 1
        try:
            there = {entry.digest for entry in log(home)}
        except Refused as refusal:
            self.lost.append(f"the log does not read after {acknowledged[-1:]}: {refusal}")
            return
        if acknowledged and (gone := road.entries[acknowledged[-1]] - there):
            self.lost.append(f"{len(gone)} entries of {acknowledged[-1]} are gone")
        try:
            if "audited" in acknowledged and (found := examine(home / "1.0.0").broken):
                self.lost.append(f"the evidence does not hold: {found}")
        except Refused as refusal:
            self.lost.append(f"the evidence does not read: {refusal}")
        if not ask or not (home / "1.0.0").exists():
            return
        self.looked["gates"] += 1
        decision, whole = gate(home / "1.0.0"), Counter(entry.kind for entry in log(home))
        released = (whole["approval"], whole["revocation"]) == (2, 0)
        if decision.allowed:
            self.looked["allowed"] += 1
            other = [
                n for n in state if n.startswith("1.0.0/") and state[n] not in (None, road.files.get(n)) and ".tmp" not in n
            ]
            if not released or other:
                self.lost.append(f"half released: {whole}, {other}")
        if ("second" in acknowledged and released and not decision.allowed) or (
            "revoked" in acknowledged and decision.exit_code != 1
        ):
            self.lost.append(f"after {acknowledged[-1]} the gate says {decision.result}: {decision.reasons}")


def cut(folder: Path, road: Road, *, most: int, ask: int) -> Found:
    """Look at what power cuts may leave of `road`; every `ask`-th time, and wherever both have approved, at the gate too."""
    home, found, before, known = folder / "cut", Found(), dict[str, bytes | None](), set[tuple[str, ...]]()
    home.mkdir()
    draw = random.Random(f"power {most}")
    for end, state in states(road.base, road.told, most=most, draw=draw):
        acknowledged = [of[0] for what, *of in road.told[:end] if what == "told"]
        key = (str(len(acknowledged)), *sorted(name + digest(data or b"") for name, data in state.items()))
        if key in known:
            continue
        known.add(key)
        put(home, state, before)
        both = sum(b'"approval"' in (data or b"") for name, data in state.items() if name.startswith("log/")) == 2
        found.look(home, state, acknowledged, road, ask=both or len(known) % ask == 0)
    return found


FIRST, AUDITED = ("first",), ("audited",)
SHORT = tuple(one.__name__ for one in STEPS[3:])


@pytest.mark.slow
@pytest.mark.parametrize("names", [SHORT, tuple(one.__name__ for one in STEPS)], ids=["signatures", "whole road"])
def test_a_power_cut_loses_nothing_that_was_acknowledged_and_releases_nothing_by_half(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    found = cut(tmp_path, walk(tmp_path, names), most=1 << (6 if names == SHORT else 10), ask=25)
    assert not found.lost, found.lost[:5]
    assert found.looked["allowed"]
    assert found.looked["states"] > 4 * len(names)


def without(line: str, name: str) -> Any:
    """Return the code of a function of `storage` without one of its lines."""
    source = inspect.getsource(getattr(storage, name))
    assert source.count(line) == 1
    made: dict[str, Any] = {}
    exec(source.replace(line, "pass"), storage.__dict__, made)
    return made[name].__code__


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "line", "steps"),
    [
        ("_write_new", "os.fsync(descriptor)", FIRST),
        ("write_file", "_sync_folder(path.parent)", FIRST),
        ("_sync_folder", "os.fsync(descriptor)", FIRST),
        ("_fill", "_sync_folder(folder)", AUDITED),
        ("write_folder", "_sync_folder(path.parent)", AUDITED),
    ],
)
def test_without_any_one_fsync_something_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: str, steps: tuple[str, ...]
) -> None:
    whole = walk(tmp_path, steps)
    monkeypatch.setattr(getattr(storage, name), "__code__", without(line, name))
    (tmp_path / "planted").mkdir()
    planted = walk(tmp_path / "planted", steps)
    assert len([1 for what, *_ in planted.told if what == "fsync"]) < len([1 for what, *_ in whole.told if what == "fsync"])
    assert cut(tmp_path / "planted", planted, most=64, ask=1000).lost


# ------------------------------------------------------------------------------------------------ broken disks
CALLS = ("open", "write", "fsync", "replace", "rename", "mkdir", "close")
FAULTS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)


class Broken:
    """Lets the nth of all calls of `os` that touch the disk fail: alone, or with every one after it."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int, error: int, *, on: bool) -> None:
        self.count = 0
        for name in CALLS:
            patch.setattr(os, name, self.failing(getattr(os, name), name, at, error, on=on))

    def failing(self, real: Any, name: str, at: int, error: int, *, on: bool) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            self.count += 1
            if self.count == at or (on and self.count > at):
                if name == "close":  # a close that reports an error has closed all the same
                    real(*given, **named)
                raise OSError(error, os.strerror(error))
            return real(*given, **named)

        return call


@pytest.mark.slow
@pytest.mark.parametrize("every", [pytest.param(40, id="few"), pytest.param(1, id="all")])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_a_fault_at_any_call_is_refused_and_leaves_what_was_acknowledged(
    tmp_path: Path, step: Callable[[Path], None], every: int
) -> None:
    home = shutil.copytree(stood(step.__name__), tmp_path / "help")
    before, kept = here(home), frozenset(entry.digest for entry in log(home))
    with pytest.MonkeyPatch.context() as patch:
        calls = Broken(patch, 0, 0, on=False)
        step(home)
    done, ends, tried = here(home), sorted(entry.kind for entry in log(home)), 0
    # An audit counts for half a second: each of its calls fails in one way, in turn, and every other call in four.
    ways = 1 if every > 1 or step is audited else len(FAULTS)
    for at, way in ((at, way) for at in range(1, calls.count + 1, every) for way in range(ways)):
        error, on = FAULTS[(at + way) % 4], bool((at // 4 + way) % 2)
        put(home, before, here(home))
        with pytest.MonkeyPatch.context() as patch:
            Broken(patch, at, error, on=on)
            try:
                step(home)
                refused = False
            except Refused:
                refused = True
        tried += 1
        assert kept <= {entry.digest for entry in log(home)}
        # The same command again does the whole work. A fault that is not told was in a call that nothing rests on.
        if refused:
            step(home)
        else:
            assert sorted(entry.kind for entry in log(home)) == ends
        assert {n.partition("/")[0] for n in here(home)} == {n.partition("/")[0] for n in done}
        assert not examine(home / "1.0.0").violations if (home / "1.0.0").exists() else step is sealed
    assert tried >= ways * (1 if every > 1 else 10)


# ------------------------------------------------------------------------------------------------ kills
@pytest.mark.slow
@pytest.mark.parametrize("kills", [pytest.param(2, id="few"), pytest.param(22, id="many")])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(
    tmp_path: Path, step: Callable[[Path], None], kills: int
) -> None:
    draw, home = random.Random(f"kill {step.__name__}"), tmp_path / "help"
    shutil.copytree(stood(step.__name__), home)
    began = time.monotonic()
    step(home)
    took, before = time.monotonic() - began, here(stood(step.__name__))
    kept, ends = {entry.digest for entry in log(stood(step.__name__))}, Counter(entry.kind for entry in log(home))
    for _ in range(kills):
        put(home, before, here(home))
        heard, says = os.pipe()
        with warnings.catch_warnings():
            # Numerical libraries have threads; the child uses none of them.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:  # pragma: no cover - another process
            try:
                step(home)
                os.write(says, b"done")
            finally:
                os.kill(os.getpid(), signal.SIGKILL)
        os.close(says)
        time.sleep(draw.uniform(0, took * 1.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        done = os.read(heard, 4) == b"done"
        os.close(heard)
        assert kept <= {entry.digest for entry in log(home)}
        if done:
            assert Counter(entry.kind for entry in log(home)) == ends
        elif Counter(entry.kind for entry in log(home)) != ends:
            step(home)
        if (home / "1.0.0").exists():
            assert not examine(home / "1.0.0").broken
            if step in (rooted, first, sealed, audited, drawn):
                assert not gate(home / "1.0.0").allowed
