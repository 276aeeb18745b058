"""What the house rules look at: the files of the repository, the modules of the package."""

from __future__ import annotations

import io
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "smartstart_gov"


def modules() -> list[Path]:
    """Every module of the package."""
    found = sorted(PACKAGE.rglob("*.py"))
    if len(found) < 20:
        raise RuntimeError(f"the package was not found at {PACKAGE}")
    return found


def name_of(path: Path) -> str:
    """The path as people write it, from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


_CACHES = (".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache")


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or would be, under version control; in a source archive, every file but what tools leave."""
    if not (ROOT / ".git").exists():
        found = (path for path in ROOT.rglob("*") if path.is_file())
        return tuple(
            sorted(p for p in found if not {".venv", "demo", "__pycache__", *_CACHES} & set(p.relative_to(ROOT).parts))
        )
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    paths = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    return tuple(sorted(path for path in paths if path.is_file()))


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Line number and text of every comment of a module."""
    with path.open("rb") as source:
        for token in tokenize.tokenize(io.BytesIO(source.read()).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
