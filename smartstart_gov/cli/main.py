"""The command line ``smartstart-gov``: its commands, and how a run of it ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from smartstart_gov import __version__
from smartstart_gov.cli import audits, beginnings, bundles, console, contracts, plans, projects

_EPILOG = (
    "Exit codes: 0 allowed or done; 1 a limit or control failed; 2 refused: usage, configuration or input; 3 not shown;"
    " 4 the evidence does not hold; 5 only signatures are missing."
)


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": console.WIDTH})
@click.version_option(__version__, prog_name="smartstart-gov", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Print the traceback where the library itself breaks.")
@click.pass_context
def commands(context: click.Context, debug: bool) -> None:
    """Train, audit, document and release a risk model of a public body honestly."""
    context.obj["debug"] = debug


for command in (
    beginnings.init, projects.check, plans.power, projects.todo, projects.seal, audits.audit, audits.demo, contracts.contract,
    bundles.render, bundles.show_bundle, bundles.verify, bundles.gate,
):  # fmt: skip
    commands.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` are those of the process by default."""
    settings: dict[str, bool] = {}
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a letter gets its code, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = commands.main(args=arguments, prog_name="smartstart-gov", standalone_mode=False, obj=settings)
        return int(code or 0)
    except click.Abort:
        return console.interrupted()
    except click.ClickException as error:
        return console.usage(error)
    except Exception as error:
        return console.broke(error, debug=settings.get("debug", False))


if __name__ == "__main__":
    sys.exit(main())
