"""The command line ``smartstart-gov``: how a run starts and ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from smartstart_gov import __version__
from smartstart_gov.cli.overview import help_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` are those of the process by default."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    # Answered before click is loaded, which takes three times as long as Python itself.
    if words in (["--help"], ["-h"]):
        print(help_text(), end="")  # noqa: T201 - to a closed stream too, and without click
        return 0
    if words == ["--version"]:
        print(f"smartstart-gov {__version__}")  # noqa: T201 - as above
        return 0
    from smartstart_gov.cli.console import run

    return run(words)


if __name__ == "__main__":
    sys.exit(main())
