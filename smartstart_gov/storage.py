"""All writing to disk: the old state or the new one, never something in between.

The order is the one that survives crashes: write to a temporary sibling, fsync the file, rename, fsync the
folder. A failed fsync is never tried again; the temporary sibling is thrown away.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from smartstart_gov.errors import EvidenceBroken, Refused


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing what was there, all or nothing.

    Raises
    ------
    Refused
        R01 where the disk does not take it; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        _write_new(temporary, data)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _failed(path, error) from None
    except BaseException:
        # Ctrl-C leaves nothing half-written either.
        temporary.unlink(missing_ok=True)
        raise


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a new folder `path` holding `files`, all or nothing.

    Raises
    ------
    Refused
        R03 where `path` exists, R01 where the disk does not take it; nothing is left behind.
    """
    if path.exists() or path.is_symlink():
        raise Refused("R03", f"{path.name} exists.", str(path), "Choose a new name; nothing is overwritten.")
    stage = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        stage.mkdir(parents=False)
        for name, data in files.items():
            _write_new(stage / name, data)
        _sync_folder(stage)
        os.rename(stage, path)
        _sync_folder(path.parent)
    except OSError as error:
        shutil.rmtree(stage, ignore_errors=True)
        raise _failed(path, error) from None
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise


def read_file(path: Path, *, most: int) -> bytes:
    """Return the bytes of a regular file of at most `most` bytes; links are not followed.

    Raises
    ------
    EvidenceBroken
        A02 where it cannot be read or is too large, A03 where it is no regular file.
    """
    restore = "Restore the file as it was written."
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise EvidenceBroken("A02", f"{path.name} cannot be read ({error.strerror}).", str(path), restore) from None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise EvidenceBroken("A03", f"{path.name} is not a regular file.", str(path), restore)
        if facts.st_size > most:
            raise EvidenceBroken("A02", f"{path.name} has {facts.st_size} bytes, more than {most}.", str(path), restore)
        return file.read(most + 1)


def _write_new(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failed(path: Path, error: OSError) -> Refused:
    what = f"{path.name} could not be written ({error.strerror})."
    return Refused("R01", what, str(path), "Make room or change the rights, then run the same command again.")
