"""What stands on each page of a PDF, as poppler sees it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

#: Height of an A4 page in points, and where the page number begins.
HEIGHT, FOOT = 842.0, 790.0


def page_texts(path: Path) -> list[str]:
    """Return the text of each page."""
    return _poppler("-layout", str(path)).removesuffix("\f").split("\f")


def filled(path: Path) -> list[float]:
    """Return for each page how far down its lowest word stands, as a share of the page; page numbers do not count."""
    pages = _poppler("-bbox", str(path)).split("<page ")[1:]
    lows = [[float(y) for y in re.findall(r'yMax="([\d.]+)"', page)] for page in pages]
    return [max([y for y in low if y < FOOT], default=0.0) / HEIGHT for low in lows]


def _poppler(*arguments: str) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils is not installed")
    return subprocess.run(["pdftotext", *arguments, "-"], check=True, capture_output=True, text=True).stdout
