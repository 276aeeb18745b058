"""All writing to disk: the old state or the new one, never anything in between.

The order survives a crash (Pillai et al. 2014, All file systems are not created equal): write a temporary
file next to it, fsync it, rename it, fsync the folder. A failed fsync is never tried
again, because the second one may report success although data were lost (Rebello et al. 2020, Can
applications recover from fsync failures?): the staged data are discarded.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from smartstart_gov.errors import EvidenceBroken, Refused

#: Flags that not every system has; where they are missing, links are met by `lstat` alone.
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_WRITE_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
#: A temporary sibling, as `_sibling` names it.
_LEFT = re.compile(r"\.(.+)\.[0-9a-f]{8,}\.tmp", re.DOTALL)
#: What is packed may unpack to so many bytes, and beyond that to so many times its size.
SMALL, MOST_RATIO = 1 << 26, 50
_EXISTS = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_REMEDIES = {
    errno.ENOSPC: "Free some disk space, then run the same command again.",
    errno.EDQUOT: "Free some space in your quota, then run the same command again.",
    errno.EACCES: "Make the folder writable for this user, then run the same command again.",
    errno.EPERM: "Make the folder writable for this user, then run the same command again.",
    errno.EROFS: "Write to a disk that is not read-only.",
    errno.ENOENT: "Create the folder that should contain it, then run the same command again.",
}


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing what was there, completely or not at all.

    Raises
    ------
    Refused
        R01 if it cannot be written to disk. No temporary file is left, and `path` keeps its old contents. Only
        if the very last step fails, the fsync of the folder, is an older file already replaced by the complete new one.
    """
    with _refusing(path):
        new = not os.path.lexists(path)
        temporary = _sibling(path)
        try:
            _write_new(temporary, data)
            os.replace(temporary, path)
        except BaseException:
            _remove(temporary)
            raise
        try:
            _sync_folder(path.parent)
        except BaseException:
            if new:
                _remove(path)
            raise


def write_folder(path: Path, files: Mapping[str, bytes], *, into_empty: bool = False) -> None:
    """Write a new folder `path` that contains `files`, completely or not at all.

    Parameters
    ----------
    path : Path
        Path of the new folder; its parent folder exists.
    files : mapping of str to bytes
        Contents by name; a slash in a name creates a subfolder.
    into_empty : bool
        Whether an empty folder at `path` may be replaced.

    Raises
    ------
    Refused
        R03 if `path` exists (or comes to exist meanwhile), R01 if it cannot be written to disk; nothing is left behind.
    """
    for name in files:
        inside = PurePosixPath(name)
        if not inside.parts or ".." in inside.parts or inside.is_absolute():
            raise ValueError(f"{name!r} is not a name inside a folder")
    taken = os.path.lexists(path)
    if taken and not (into_empty and is_empty_folder(path)):
        raise _exists(path)
    with _refusing(path):
        stage = _sibling(path)
        try:
            _fill(stage, files)
            os.rename(stage, path)
        except BaseException as error:
            _clear(stage, files)
            # Two writers of one name: the first has it, and a rename onto it fails.
            if isinstance(error, OSError) and error.errno in _EXISTS and os.path.lexists(path):
                raise _exists(path) from None
            raise
        try:
            _sync_folder(path.parent)
        except BaseException:
            # The name may be lost in a crash, so it is withdrawn before anyone relies on it.
            os.rename(path, stage)
            _clear(stage, files)
            if taken:
                os.mkdir(path)
            raise


def read_file(path: Path, *, most: int, alone: bool = False) -> bytes:
    """Return the bytes of a regular file of 1 to `most` bytes; links are not followed, pipes not opened.

    With `alone` the file must not have a second name: writing under that name would change what is read here.

    Raises
    ------
    EvidenceBroken
        A02 if it is missing, empty, too large or cannot be read; A03 if it is not a regular file, or has a second name.
    """
    restore = "Restore the file as it was written."

    def broken(rule: str, what: str) -> EvidenceBroken:
        return EvidenceBroken(rule, what, str(path), restore)

    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise broken("A03", f"{path.name} is not a regular file.")
        # Between the look and the opening the file may have been exchanged for a link or a pipe.
        descriptor = os.open(path, _READ | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise broken("A03", f"{path.name} is not a regular file.")
            if alone and os.fstat(descriptor).st_nlink > 1:
                raise broken("A03", f"{path.name} is a hard link: the file also has another name.")
            # Room is taken for as much as is asked for, so no more is asked for than there is.
            data = file.read(min(most, os.fstat(descriptor).st_size) + 1)
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ELOOP:
            raise broken("A03", f"{path.name} is not a regular file.") from None
        raise broken("A02", f"{path.name} cannot be read ({getattr(error, 'strerror', None) or 'not a path'}).") from None
    if not data:
        raise broken("A02", f"{path.name} is empty.")
    if len(data) > most:
        raise broken("A02", f"{path.name} is larger than {most} bytes.")
    return data


def unzipped(path: Path) -> bytes:
    """Return what is in a gzip file; Refused U01 where that is out of all proportion to the file."""
    most = max(SMALL, MOST_RATIO * path.stat().st_size)
    with gzip.open(path) as opened:
        data = opened.read(most + 1)
    if len(data) > most:
        raise too_large(path)
    return data


def too_large(path: Path, times: int = MOST_RATIO) -> Refused:
    """Return the refusal of a file that would take all memory."""
    what = f"{path.name!r} would unpack to more than {times} times its size."
    return Refused("U01", what, str(path), "Save it again as CSV; no table that people keep is packed so tight.")


def is_empty_folder(path: Path) -> bool:
    """Return whether `path` is a folder (not a link to one) with nothing in it."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode) and not os.listdir(path)
    except OSError:
        return False


def _fill(stage: Path, files: Mapping[str, bytes]) -> None:
    os.mkdir(stage)
    folders = [stage]
    for name, data in files.items():
        parts = PurePosixPath(name).parts
        for depth in range(1, len(parts)):
            inner = stage.joinpath(*parts[:depth])
            if inner not in folders:
                os.mkdir(inner)
                folders.append(inner)
        _write_new(stage.joinpath(*parts), data)
    # Innermost first: a folder is safe before the one that names it.
    for folder in reversed(folders):
        _sync_folder(folder)


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, _WRITE_NEW, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder; NTFS journals the rename itself
        return
    descriptor = os.open(path, _READ)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unfinished(name: str) -> str | None:
    """Return the name of the file or folder whose write was interrupted, if `name` is what such a write leaves.

    Examples
    --------
    >>> unfinished(".manifest.json.0123456789abcdef.tmp"), unfinished("manifest.json")
    ('manifest.json', None)
    """
    found = _LEFT.fullmatch(name)
    return found[1] if found else None


def remove_unfinished(folder: Path, name: str) -> None:
    """Remove what interrupted writes of `name` left in `folder`: files, or folders that contain only files."""
    for path in folder.iterdir():
        if unfinished(path.name) != name:
            continue
        if path.is_dir() and not path.is_symlink():
            for file in path.iterdir():
                _remove(file)
            with contextlib.suppress(OSError):
                path.rmdir()
        else:
            _remove(path)


def _sibling(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _clear(stage: Path, files: Mapping[str, bytes]) -> None:
    """Remove what `_fill` made, by name: where no more files can be opened, a walk over the folder would fail too."""
    paths = [stage.joinpath(*PurePosixPath(name).parts) for name in files]
    for path in paths:
        _remove(path)
    inner = {folder for path in paths for folder in path.parents if stage in (folder, *folder.parents)}
    for folder in sorted(inner | {stage}, key=lambda folder: len(folder.parts), reverse=True):
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def _exists(path: Path) -> Refused:
    return Refused("R03", f"{path.name} exists.", str(path), "Choose a new name; nothing is overwritten.")


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"{path.name} could not be written ({error.strerror or type(error).__name__})."
        remedy = _REMEDIES.get(error.errno or 0, "Fix the disk or its permissions, then run the same command again.")
        raise Refused("R01", what, str(path), remedy) from None
