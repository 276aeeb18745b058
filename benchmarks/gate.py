"""CPU time of the gate as ratios to bare Python, each command in a process of its own.

``python -m benchmarks.gate [VERSION_FOLDER...]``; by default a version of the sample that `init` writes, and that of
``make demo`` where it was made. The least of several runs counts.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from smartstart_gov.release.gate import gate
from tools.tamper import sample

RUNS = 5
DEMO = Path("demo/stops/1.0.0")


def cpu(command: Sequence[str], runs: int = RUNS) -> float:
    """Return the least CPU time of a command in seconds, its own and the system's for it."""
    least = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least


def main() -> None:
    """Print one line a command."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folders", nargs="*", type=Path)
    folders: list[Path] = arguments.parse_args().folders
    program = [sys.executable, "-m", "smartstart_gov.cli.main"]
    bare = cpu([sys.executable, "-c", "pass"], 2 * RUNS)
    print(f"bare Python: {bare * 1000:.0f} ms")
    with tempfile.TemporaryDirectory() as scratch:
        asked = folders or [sample(Path(scratch) / "early_help"), *([DEMO] if DEMO.is_dir() else [])]
        lines = [("--help", [*program, "--help"])]
        for folder in asked:
            for stage in ("shadow", "release"):
                said = f"gate {folder.parent.name} --stage {stage}: {gate(folder, stage=stage).result}"
                lines.append((said, [*program, "gate", str(folder), "--stage", stage]))
            lines.append((f"verify {folder.parent.name}", [*program, "verify", str(folder)]))
        for said, command in lines:
            print(f"{cpu(command) / bare:6.1f} x  {said}")


if __name__ == "__main__":
    main()
