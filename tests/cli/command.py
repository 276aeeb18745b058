"""The command line as people run it: a process, its two streams, and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str | Path) -> list[str]:
    """Return the words of a command of this checkout."""
    return [sys.executable, "-m", "smartstart_gov.cli.main", *map(str, arguments)]


def surroundings(**changes: str) -> dict[str, str]:
    """Return the environment of a command: this checkout comes first, and nothing is painted."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


def run(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; no command may ever show a traceback."""
    done = subprocess.run(
        command(*arguments), cwd=cwd, env=surroundings(**environment), capture_output=True, text=True, timeout=900
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def record(*arguments: str | Path, cwd: Path | None = None) -> tuple[int, dict[str, Any]]:
    """Run a command with ``--json``: exit code and record; standard output holds nothing else."""
    done = run(*arguments, "--json", cwd=cwd)
    found: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, found
