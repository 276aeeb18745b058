"""What the commands print and how they exit: the only place where a refusal becomes text and an exit code.

Results go to standard output, everything else to standard error. Control and invisible characters never
reach the terminal: a name in a file cannot move the cursor or colour the screen.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
import signal
import sys
import textwrap
import threading
import traceback
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any, TextIO, TypeVar

import click

from smartstart_gov import __version__
from smartstart_gov.canonical import canonical_json
from smartstart_gov.cli.overview import COMMANDS, help_text
from smartstart_gov.errors import Refused

#: Lines are filled up to this many columns; a narrower terminal wraps them itself.
WIDTH = 80
#: Ended by the user, as shells count it.
INTERRUPTED = 130
#: What a shell says of a program whose reader, like `head`, has read enough.
UNREAD = 141
#: Something that is our fault, after sysexits.h (EX_SOFTWARE).
SOFTWARE = 70
_UNSAFE = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_COLOURS = {"FAILED": "red", "NOT_SHOWN": "yellow", "PASSED": "green"}
_STATUS = re.compile(r"(?m)^( *)(FAILED|NOT_SHOWN|PASSED)\b")
_Command = TypeVar("_Command", bound=Callable[..., int])


def plain(text: str) -> str:
    r"""Return `text` with every control and invisible character written out, except line ends.

    Examples
    --------
    >>> print(plain("wijk\x1b[31m A"))
    wijk\x1b[31m A
    """
    return "".join(c if c == "\n" or unicodedata.category(c) not in _UNSAFE else _written_out(c) for c in text)


def _written_out(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def fill(text: str, indent: str = "", first: str | None = None) -> str:
    """Return `text` in lines of at most `WIDTH` columns, each starting with `indent`, the first with `first`."""
    lead = indent if first is None else first
    lines = textwrap.wrap(
        text, WIDTH, initial_indent=lead, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines) or lead.rstrip()


def on_terminal(stream: TextIO | None) -> bool:
    """Return whether a person is at the other end of a stream of this process, which is None where it was closed."""
    return stream is not None and stream.isatty()


def show(text: str) -> None:
    """Print a result on standard output; statuses at the start of a line are coloured on a terminal."""
    shown = plain(text)
    if on_terminal(sys.stdout) and not os.environ.get("NO_COLOR"):
        shown = _STATUS.sub(lambda m: m[1] + click.style(m[2], fg=_COLOURS[m[2]], bold=True), shown)
    click.echo(shown)


def show_record(record: dict[str, Any]) -> None:
    """Print a record as canonical JSON, UTF-8 whatever the locale, and nothing else."""
    click.echo(canonical_json(record))


def say(text: str) -> None:
    """Print a line on standard error."""
    click.echo(plain(text), err=True)


def next_commands(*commands: str) -> None:
    """Print what to type next, on standard error: it is advice, not the result."""
    say("\n".join(["", "Next:", *(f"  {command}" for command in commands)]))


def answers(command: _Command) -> _Command:
    """Give a command ``--json``, and turn a refusal into text and its exit code."""

    @click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON record, and nothing else.")
    @functools.wraps(command)
    def answering(*args: Any, as_json: bool, **options: Any) -> int:
        try:
            return command(*args, as_json=as_json, **options)
        except Refused as refusal:
            if as_json:
                show_record({"exit_code": refusal.exit_code, "refused": refusal_record(refusal)})
            refuse(refusal)
            return refusal.exit_code
        except BrokenPipeError:
            return unread()

    return answering  # type: ignore[return-value]  # click passes by keyword; the wrapper takes what the command takes


def refuse(refusal: Refused) -> None:
    """Print every violation of a refusal on standard error: what, where, remedy."""
    head = "Refused" if refusal.exit_code == Refused.exit_code else "The evidence does not hold"
    many = len(refusal.violations)
    if many > 1:
        say(f"{head}, for {many} reasons.")
    for violation in refusal.violations:
        say(fill(plain(violation.what), "  ", "\n" if many > 1 else f"{head}: "))
        say(fill(plain(f"{violation.where}. {violation.remedy} [{violation.rule}]"), "  "))


def refusal_record(refusal: Refused) -> list[dict[str, str]]:
    """Return the violations as a record."""
    return [{"rule": v.rule, "what": v.what, "where": v.where, "remedy": v.remedy} for v in refusal.violations]


def usage(error: click.ClickException) -> int:
    """Print what is wrong with a command's arguments, and return the exit code (2)."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        say(error.format_message())
        return 2
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        say(context.get_usage())
        say(f"Try '{context.command_path} --help'.\n")
    say(fill(plain(f"Refused: {error.format_message()} [U01]")))
    return 2


def interrupted() -> int:
    """Print that the user interrupted the command, and return the exit code."""
    say("\nInterrupted; unfinished work was not written.")
    return INTERRUPTED


def unread() -> int:
    """Print nothing more, since nobody reads it, and return an exit code that no verdict can have."""
    # What Python still holds is written at its end, and would break once more.
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return UNREAD


def left() -> int:
    """Print that the user's code ended the process, and return the exit code: nothing was judged."""
    say(fill("Refused: your code called sys.exit before there was a result. Remove that call. [M02]"))
    return Refused.exit_code


def broke(error: Exception, *, debug: bool) -> int:
    """Print that the library itself failed, and return the exit code; print the traceback only if requested."""
    if debug:
        say("".join(traceback.format_exception(error)))
    say(f"smartstart-gov broke ({type(error).__name__}). This is a bug in the library, not in your input.")
    say("Please report it, with the output of: smartstart-gov --debug COMMAND")
    return SOFTWARE


class Steps:
    """Progress on standard error: one line per step and, on a terminal, how long each took."""

    def __init__(self) -> None:
        self._timed = False
        self._doing: tuple[str, float] | None = None

    def __call__(self, step: str) -> None:
        """Begin `step`; the one before it is done."""
        self._finish()
        shown = plain(step)
        click.echo(f"{shown} ...", err=True, nl=not self._timed)
        self._doing = (shown, monotonic())

    def _finish(self, *, done: bool = True) -> None:
        if self._timed and self._doing is not None:
            step, since = self._doing
            click.echo(f"\r{step}: {monotonic() - since:.0f} s" if done else "", err=True)
        self._doing = None

    @contextmanager
    def shown(self) -> Iterator[Steps]:
        """Show steps while inside."""
        self._timed = on_terminal(sys.stderr)
        done = False
        try:
            yield self
            done = True
        finally:
            self._finish(done=done)


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


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH})
@click.version_option(__version__, prog_name="smartstart-gov", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Print the traceback if the library itself fails.")
@click.pass_context
def commands(context: click.Context, debug: bool) -> None:
    """Train, audit, document and release a public body's risk model honestly."""
    context.obj["debug"] = debug


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    settings: dict[str, bool] = {}
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a letter gets its code, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    pressed: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    before = signal.getsignal(signal.SIGINT)
    # A process in the background is not to hear of Ctrl-C, and only the main thread can listen.
    listens = before is signal.default_int_handler and threading.current_thread() is threading.main_thread()
    if listens:
        signal.signal(signal.SIGINT, interrupt)
    try:
        code = commands.main(args=list(arguments), prog_name="smartstart-gov", standalone_mode=False, obj=settings)
        return int(code or 0)
    except click.Abort:
        return interrupted()
    except click.ClickException as error:
        return usage(error)
    except SystemExit:
        return left()
    except Exception as error:
        # Where pydantic was writing a file, the interruption arrives as an error of pydantic.
        return interrupted() if pressed else broke(error, debug=settings.get("debug", False))
    finally:
        if listens:
            signal.signal(signal.SIGINT, before)
