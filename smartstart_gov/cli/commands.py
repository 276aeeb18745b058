"""The commands as click knows them: each is loaded when it is called, and each way in which a run ends has its exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

from smartstart_gov import __version__
from smartstart_gov.cli import console
from smartstart_gov.cli.overview import COMMANDS, help_text


class _Commands(click.Group):
    """A group that loads no command but the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS and name not in self.commands:
            module, _, attribute = COMMANDS[name][0].partition(".")
            self.add_command(getattr(importlib.import_module(f"smartstart_gov.cli.{module}"), attribute))
        return super().get_command(ctx, name)

    def get_help(self, ctx: click.Context) -> str:
        return help_text().rstrip()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": console.WIDTH})
@click.version_option(__version__, prog_name="smartstart-gov", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Print the traceback where the library itself breaks.")
@click.pass_context
def commands(context: click.Context, debug: bool) -> None:
    """Train, audit, document and release a risk model of a public body honestly."""
    context.obj["debug"] = debug


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    settings: dict[str, bool] = {}
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a letter gets its code, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = commands.main(args=list(arguments), prog_name="smartstart-gov", standalone_mode=False, obj=settings)
        return int(code or 0)
    except click.Abort:
        return console.interrupted()
    except click.ClickException as error:
        return console.usage(error)
    except SystemExit:
        return console.left()
    except Exception as error:
        return console.broke(error, debug=settings.get("debug", False))
