"""A disk that remembers what it was told, and what of it a power cut may lose.

The reading of POSIX is the weakest one (Pillai et al. 2014, All file systems are not created equal): what a file holds is safe
after an fsync of the file, a name after an fsync of its folder, and what is not safe yet is lost, half written or kept in any
combination.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

#: What a disk holds: bytes by path, None for a folder.
State = Mapping[str, bytes | None]


@dataclass
class Disk:
    """Records what `os` is told to write under `home`, in order."""

    home: Path
    told: list[tuple[Any, ...]] = field(default_factory=list)
    files: dict[int, str] = field(default_factory=dict)

    def name(self, path: object) -> str | None:
        """Return the path inside `home`; None for one elsewhere, which is not recorded."""
        whole = os.path.abspath(os.fspath(path))  # type: ignore[call-overload]  # what os was called with
        return os.path.relpath(whole, self.home) if Path(whole).is_relative_to(self.home) else None

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Record every call from now on."""
        real = {name: getattr(os, name) for name in ("open", "write", "fsync", "close", "mkdir", "unlink", "rmdir", "rename")}

        def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
            number: int = real["open"](path, flags, *more, **named)
            name = self.name(path) if isinstance(path, str | os.PathLike) else None
            if name is not None:
                self.files[number] = name
                if flags & os.O_CREAT:
                    self.told.append(("create", name))
            return number

        def written(number: int, data: Any) -> int:
            count: int = real["write"](number, data)
            if number in self.files:
                self.told.append(("data", self.files[number], bytes(data[:count])))
            return count

        def synced(number: int) -> None:
            real["fsync"](number)
            if number in self.files:
                self.told.append(("fsync", self.files[number]))

        def closed(number: int) -> None:
            self.files.pop(number, None)
            real["close"](number)

        def renamed(old: Any, new: Any, **named: Any) -> None:
            real["rename"](old, new, **named)
            if self.name(new) is not None:
                self.told.append(("rename", self.name(old), self.name(new)))

        def one(name: str) -> Any:
            def call(path: Any, *more: Any, **named: Any) -> None:
                real[name](path, *more, **named)
                if isinstance(path, str | os.PathLike) and (inside := self.name(path)) is not None:
                    self.told.append((name, inside))

            return call

        patched = {
            "open": opened, "write": written, "fsync": synced, "close": closed, "rename": renamed, "replace": renamed,
            **{name: one(name) for name in ("mkdir", "unlink", "rmdir")},
        }  # fmt: skip
        for name, call in patched.items():
            patch.setattr(os, name, call)

    def acknowledge(self, what: object) -> None:
        """Note that somebody was told that `what` is done: from here on it may not be lost."""
        self.told.append(("told", what))


def here(home: Path) -> dict[str, bytes | None]:
    """Return what is under `home`."""
    found = {"": None, **{str(p.relative_to(home)): p for p in home.rglob("*")}}
    return {name: path.read_bytes() if path is not None and path.is_file() else None for name, path in found.items()}


def replay(base: State, told: Sequence[tuple[Any, ...]], lost: Mapping[int, str]) -> dict[str, bytes | None]:
    """Return what a disk with `base` holds after `told`, of which those in `lost` did not happen, or happened half."""
    number = itertools.count()
    holds: dict[int, bytes | None] = {}
    kept: dict[str, int] = {}
    for name, data in base.items():
        kept[name] = next(number)
        holds[kept[name]] = data
    # Where names would be if nothing were lost: what is written goes to the file, whatever it is called on the disk.
    live = dict(kept)

    def gone(names: dict[str, int], old: str) -> dict[str, int]:
        return {name: names.pop(name) for name in [n for n in names if n == old or n.startswith(f"{old}/")]}

    for position, (what, *of) in enumerate(told):
        happened = lost.get(position)
        if what in ("create", "mkdir"):
            node = next(number)
            holds[node] = None if what == "mkdir" else b""
            live[of[0]] = node
            if happened != "lost":
                kept[of[0]] = node
        elif what == "data":
            more = b"" if happened == "lost" else of[1][: len(of[1]) // 2] if happened == "half" else of[1]
            holds[live[of[0]]] = (holds[live[of[0]]] or b"") + more
        elif what == "rename":
            old, new = of
            moved = gone(live, old)
            gone(live, new)
            live |= {new + name[len(old) :]: node for name, node in moved.items()}
            if happened != "lost" and old in kept:
                moved = gone(kept, old)
                gone(kept, new)
                kept |= {new + name[len(old) :]: node for name, node in moved.items()}
        elif what in ("unlink", "rmdir"):
            gone(live, of[0])
            if happened != "lost":
                gone(kept, of[0])
    return {
        name: holds[node] for name, node in kept.items()
        if all(str(above) in kept for above in PurePosixPath(name).parents if str(above) != ".")
    }  # fmt: skip


def unsafe(told: Sequence[tuple[Any, ...]]) -> list[int]:
    """Return which of `told` a power cut after the last of them may lose."""
    waiting: dict[int, tuple[str, str]] = {}
    for position, (what, *of) in enumerate(told):
        if what == "data":
            waiting[position] = ("file", of[0])
        elif what in ("create", "mkdir", "unlink", "rmdir"):
            waiting[position] = ("folder", _folder(of[0]))
        elif what == "rename":
            old, new = of
            waiting = {
                at: (kind, new + name[len(old) :] if name == old or name.startswith(f"{old}/") else name)
                for at, (kind, name) in waiting.items()
            }
            waiting[position] = ("folder", _folder(new))
        elif what == "fsync":
            waiting = {at: thing for at, thing in waiting.items() if thing not in (("file", of[0]), ("folder", of[0]))}
    return list(waiting)


def _folder(name: str) -> str:
    return os.path.dirname(name) or "."


def states(
    base: State, told: Sequence[tuple[Any, ...]], *, most: int, draw: random.Random
) -> Iterator[tuple[int, dict[str, bytes | None]]]:
    """Yield every state that a power cut may leave, and after how many of `told` it came.

    At a moment with more than `most` combinations of what may be lost, so many are drawn; all of it kept, all of it lost and
    each lost alone are always among them.
    """
    for end in range(len(told) + 1):
        before = told[:end]
        waiting = unsafe(before)
        choices = [("kept", "lost", "half") if before[at][0] == "data" else ("kept", "lost") for at in waiting]
        count = 1
        for choice in choices:
            count *= len(choice)
        every: Iterator[tuple[str, ...]] = itertools.product(*choices)
        if count > most:
            few = [tuple("kept" for _ in waiting), tuple("lost" for _ in waiting)]
            few += [tuple("lost" if at == one else "kept" for at in waiting) for one in waiting]
            every = iter([*few, *(tuple(map(draw.choice, choices)) for _ in range(most - len(few)))])
        for combination in every:
            lost = {at: what for at, what in zip(waiting, combination, strict=True) if what != "kept"}
            yield end, replay(base, before, lost)


def put(home: Path, now: State, before: dict[str, bytes | None]) -> None:
    """Make `home`, which holds `before`, hold `now`; `before` is changed along."""
    for name in sorted((n for n in before if n not in now or (before[n] is None) != (now[n] is None)), reverse=True):
        (home / name).rmdir() if before.pop(name) is None else (home / name).unlink()
    for name in sorted(now):
        if name not in before or before[name] != now[name]:
            data = now[name]
            (home / name).mkdir(exist_ok=True) if data is None else (home / name).write_bytes(data)
            before[name] = data
