"""What reaches a terminal is plain, and every way a command can end has its code and its words."""

from __future__ import annotations

import signal
from types import SimpleNamespace

import click
import pytest
from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer

from smartstart_gov.cli import audits, console, main
from smartstart_gov.cli import console as commands
from smartstart_gov.errors import EvidenceBroken, Refused, Violation


def ending_in(error: BaseException) -> click.Command:
    """Return a command that ends in `error`."""

    @click.command("end")
    @console.answers
    def end(as_json: bool) -> int:
        raise error

    return end


@pytest.fixture
def end(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Lets a test add a command for its own time."""
    monkeypatch.setattr(commands.commands, "commands", dict(commands.commands.commands))
    return monkeypatch


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("wijk \x1b[31mrood", r"wijk \x1b[31mrood"),
        ("\x9b2J", r"\x9b2J"),
        ("a\rb\x07", r"a\x0db\x07"),
        ("evil\u202egpj", r"evil\u202egpj"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("line\u2028end", r"line\u2028end"),
        ("café ⵣ العربية\nnext", "café ⵣ العربية\nnext"),
    ],
)
def test_control_and_invisible_characters_are_written_out(text: str, shown: str) -> None:
    assert console.plain(text) == shown


def test_a_name_cannot_paint_a_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    console.refuse(Refused("U01", "There is no '\x1b[2Jx'.", "here\x07", "Look\ragain."))
    assert capsys.readouterr().err == "Refused: There is no '\\x1b[2Jx'.\n  here\\x07. Look\\x0dagain. [U01]\n"


def test_several_reasons_stand_apart(capsys: pytest.CaptureFixture[str]) -> None:
    found = [Violation(rule="D04", what=f"Thing {i}.", where="there", remedy="Mend it.") for i in range(2)]
    console.refuse(EvidenceBroken.of(found))
    assert capsys.readouterr().err == (
        "The evidence does not hold, for 2 reasons.\n\nThing 0.\n  there. Mend it. [D04]\n\nThing 1.\n  there. Mend it. [D04]\n"
    )


@pytest.mark.parametrize("kind", [Refused, EvidenceBroken])
def test_a_refusal_gives_its_own_code(end: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[Refused]) -> None:
    commands.commands.add_command(ending_in(kind("U01", "No.", "Here", "Do.")))
    assert main.main(["end"]) == kind.exit_code
    assert "[U01]" in capsys.readouterr().err
    assert main.main(["end", "--json"]) == kind.exit_code
    assert f'"exit_code":{kind.exit_code}' in capsys.readouterr().out


def test_a_fault_of_the_library_is_said_without_a_traceback(
    end: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.commands.add_command(ending_in(ZeroDivisionError("row 17: Jansen")))
    assert main.main(["end"]) == 70
    printed = capsys.readouterr().err
    assert "ZeroDivisionError" in printed
    assert "Traceback" not in printed
    assert "Jansen" not in printed, "an unforeseen message may quote a record"
    assert main.main(["--debug", "end"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupted_command_ends_with_130(end: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    commands.commands.add_command(ending_in(KeyboardInterrupt()))
    assert main.main(["end"]) == 130
    printed = capsys.readouterr().err
    assert printed.strip() == "Interrupted; unfinished work was not written."


def test_a_command_that_is_interrupted_while_pydantic_writes_ends_with_130(
    end: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(BaseModel):
        @model_serializer
        def written(self) -> dict[str, str]:
            signal.raise_signal(signal.SIGINT)
            return {}

    class Around(BaseModel):
        inner: Interrupted = Interrupted()

        @model_serializer(mode="wrap")
        def written(self, write: SerializerFunctionWrapHandler) -> dict[str, str]:
            return write(self)

    @click.command("end")
    def ended() -> None:
        Around().model_dump()

    commands.commands.add_command(ended)
    # Tests in the background do not hear of Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main.main(["end"]) == 130
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err.strip() == "Interrupted; unfinished work was not written."


def test_code_that_leaves_the_process_is_no_result(end: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for status in (0, 1, None, "done"):
        commands.commands.add_command(ending_in(SystemExit(status)))
        assert main.main(["end"]) == 2
        assert "[M02]" in capsys.readouterr().err


def test_help_names_every_command_and_click_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--help"]) == 0
    short = capsys.readouterr().out
    assert main.main(["--debug", "--help"]) == 0
    assert capsys.readouterr().out.strip() == short.strip()
    context = click.Context(commands.commands)
    for name in commands.commands.list_commands(context):
        assert commands.commands.get_command(context, name) is not None
        assert f"\n  {name} " in short


def test_a_terminal_is_told_how_long_a_step_took(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with console.Steps().shown() as steps:
        steps("One")
    assert capsys.readouterr().err == "One ...\rOne: 0 s\n"
    steps = console.Steps()

    def breaks() -> None:
        with steps.shown():
            steps("Two")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        breaks()
    assert capsys.readouterr().err == "Two ...\n"


def test_steps_are_plain_lines_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with console.Steps().shown() as steps:
        steps("One\x1b[1m")
        steps("Two")
    out = capsys.readouterr()
    assert (out.out, out.err) == ("", "One\\x1b[1m ...\nTwo ...\n")


@pytest.mark.parametrize(("no_colour", "painted"), [("", True), ("1", False)])
def test_colour_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch, no_colour: str, painted: bool) -> None:
    monkeypatch.setenv("NO_COLOR", no_colour)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    shown: list[str] = []
    monkeypatch.setattr(console.click, "echo", shown.append)
    console.show("FAILED     alarm\nnot FAILED here")
    assert ("\x1b[" in shown[0]) is painted
    assert shown[0].endswith("not FAILED here")


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_stream_that_was_closed_is_no_terminal(monkeypatch: pytest.MonkeyPatch, stream: str) -> None:
    monkeypatch.setattr(f"sys.{stream}", None)
    console.show("PASSED     alarm")
    with console.Steps().shown() as steps:
        steps("One")
    assert [main.main([word]) for word in ("--version", "--help")] == [0, 0]
    monkeypatch.setattr("smartstart_gov.looks.registration.unready", lambda _: ("unsealed",))
    with pytest.raises(Refused, match="L02"):
        audits._ask(SimpleNamespace(policy=SimpleNamespace(max_looks=3)), yes=False)  # type: ignore[arg-type]  # what it reads
