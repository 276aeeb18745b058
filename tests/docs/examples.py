"""Runs a page of documentation from top to bottom in an empty folder, as a reader would.

- ``python`` blocks share one namespace; a ``text`` block right after one is what it prints.
- ``console`` blocks hold commands after ``$``, and what they print; a command has to end with exit code 0.
- ``yaml`` blocks whose first line is a comment with a path are written to that file; the others have to parse.
- ``bash`` blocks may only name targets of the Makefile: those are what runs this test.

``...`` in an output stands for anything. Invisible blocks (HTML comments) prepare what the reader has.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from sybil.document import Document
from sybil.example import Example
from sybil.parsers.markdown import CodeBlockParser

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
LANGUAGES = ("python", "text", "console", "yaml", "bash")


@dataclass
class Page:
    """One page, its examples in order, and the folder they run in."""

    path: Path
    root: Path
    folder: Path
    printed: str | None = None

    def run(self) -> int:
        """Run every example; return how many there were."""
        parsers = [CodeBlockParser(language=language, evaluator=getattr(self, f"_{language}")) for language in LANGUAGES]
        examples = list(Document.parse(str(self.path), *parsers))
        with contextlib.chdir(self.folder):
            for example in examples:
                example.evaluate()
        return len(examples)

    def _where(self, example: Example) -> str:
        return f"{self.path.relative_to(self.root)}, line {example.line}"

    def _python(self, example: Example) -> None:
        code = compile("\n" * example.line + example.parsed, str(self.path), "exec")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(code, example.namespace)
        self.printed = output.getvalue()

    def _text(self, example: Example) -> None:
        if self.printed is not None:
            _compare(self.printed, example.parsed, self._where(example))
        self.printed = None

    def _yaml(self, example: Example) -> None:
        target = re.match(r"# ([\w./-]+\.yaml)\n", example.parsed)
        if target is None:
            yaml.safe_load(example.parsed)
            return
        path = self.folder / target.group(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example.parsed, encoding="utf-8")

    def _console(self, example: Example) -> None:
        for command, expected in _commands(example.parsed):
            environment = os.environ | {
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "COLUMNS": "120",
            }
            done = subprocess.run(
                ["bash", "-c", f"exec 2>&1; {command}"],
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=900,
            )
            where = f"{self._where(example)}: {command}"
            assert done.returncode == 0, f"{where}\nends with {done.returncode}\n{done.stdout}"
            if expected:
                _compare(done.stdout, expected, where)

    def _bash(self, example: Example) -> None:
        targets = set(re.findall(r"^([a-z]+):", (self.root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        for line in example.parsed.splitlines():
            words = line.split()
            assert words[:1] == ["make"], f"{self._where(example)}: write commands in a console block, so that they are run"
            assert {word for word in words[1:] if "=" not in word} <= targets, f"{self._where(example)}: no such target"


def _commands(block: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    for part in parts[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def _compare(got: str, wanted: str, where: str) -> None:
    clean = "\n".join(line.rstrip() for line in got.strip().splitlines()) + "\n"
    wanted = wanted.strip() + "\n"
    assert doctest.OutputChecker().check_output(wanted, clean, FLAGS), f"{where}\nshould print\n{wanted}\nprints\n{clean}"
