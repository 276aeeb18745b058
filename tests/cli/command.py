"""The command line as people run it: what they type, its two streams, and its exit code.

Most tests are about what a command does, and run it in this process: starting Python and loading the libraries takes
longer than most commands. What is about the process itself (its start, its environment, a signal) starts one.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smartstart_gov.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str | Path) -> list[str]:
    """Return the words of a command of this checkout."""
    return [sys.executable, "-m", "smartstart_gov.cli.main", *map(str, arguments)]


def surroundings(**changes: str) -> dict[str, str]:
    """Return the environment of a command: this checkout comes first, and nothing is painted."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


def start(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in a process of its own; no command may ever show a traceback."""
    done = subprocess.run(
        command(*arguments), cwd=cwd, env=surroundings(**environment), capture_output=True, text=True, timeout=900
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in this process; its streams are pipes, and no warning of a library goes unseen."""
    words = [str(argument) for argument in arguments]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    with contextlib.chdir(cwd or Path.cwd()), _modules_of_its_own(), streams[0], streams[1]:
        code = main(words)
    printed, said = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))  # type: ignore[attr-defined]  # a text wrapper has its bytes
    assert "Traceback" not in said, said
    assert code != 70, said
    return subprocess.CompletedProcess(words, code, printed, said)


@contextlib.contextmanager
def _modules_of_its_own() -> Iterator[None]:
    """Forget the training code that a command imports, as its process would."""
    before = set(sys.modules)
    importlib.invalidate_caches()
    yield
    ours = (str(ROOT), sys.prefix, sys.base_prefix)
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and not file.startswith(ours):
            del sys.modules[name]


def record(*arguments: str | Path, cwd: Path | None = None) -> tuple[int, dict[str, Any]]:
    """Run a command with ``--json``: exit code and record; standard output holds nothing else."""
    done = run(*arguments, "--json", cwd=cwd)
    found: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, found
