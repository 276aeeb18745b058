"""The text of an authored file: a regular file, small, in UTF-8."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from smartstart_gov.errors import Refused
from smartstart_gov.project.node import shown

#: An authored file is small.
LARGEST_FILE = 256 * 1024


def text_of(path: Path) -> str:
    """Return the text of the file, without a byte order mark.

    Raises
    ------
    Refused
        U01 where it cannot be read or is no file, P02 where it is larger than `LARGEST_FILE` bytes, P11
        where it is not UTF-8.
    """
    data = _bytes(path)
    if len(data) > LARGEST_FILE:
        what = f"The file is larger than {LARGEST_FILE // 1024} KB."
        raise Refused("P02", what, path.name, "Keep data out of authored files.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused("P11", "The file is not UTF-8 text.", f"{path.name} line {line}", "Save it as UTF-8.") from None


def _bytes(path: Path) -> bytes:
    try:
        # A pipe or a device might never end: it is refused before it is opened.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Refused("U01", f"{shown(path.name)} is not a file.", shown(str(path)), "Give the path of a YAML file.")
        with open(path, "rb") as file:
            return file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        remedy = "Check the path; `smartstart-gov init` writes a project to start from."
        raise Refused("U01", f"{shown(path.name)} cannot be read ({reason}).", shown(str(path), 200), remedy) from None
