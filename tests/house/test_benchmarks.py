"""The benchmarks say what is not installed, and one page is written by two of them."""

from __future__ import annotations

import sys

import pytest

from benchmarks import peers, peers_gate
from benchmarks.gate import cpu
from benchmarks.others import Rows, read
from benchmarks.peers import Cost


def test_a_tool_that_is_not_there_is_said_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(rows: Rows) -> object:
        raise IndexError("no such class")

    monkeypatch.setattr(peers, "PEERS", {"no_such_tool": (read, False), "numpy": (breaks, False), "pyarrow": (read, True)})
    monkeypatch.setattr(peers, "resampled_cost", lambda *_: Cost(1.0, reckoned=True))
    peers.table((2,), [1000], budget=0.1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[-3:]] == ["no_such_tool", "numpy", "pyarrow"]
    assert "not installed" in lines[-3]
    assert "breaks: IndexError: no such class" in lines[-2]
    assert lines[-1].split()[-2].endswith("*")


def test_what_is_reckoned_follows_the_last_two_and_is_marked() -> None:
    rows = Rows.make(100, (2,))
    found = peers.pass_cost(read, rows, [(10, Cost(2.0)), (20, Cost(3.0))], budget=5.0)
    assert (found.seconds, found.reckoned) == (pytest.approx(3.0 + 80 * 0.1), True)
    assert found.over(2.0) == "5.5*"
    assert not peers.pass_cost(read, rows, [(10, Cost(2.0)), (20, Cost(3.0))], budget=20.0).reckoned


def test_a_gate_that_is_not_there_has_a_column_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers_gate, "GATES", {"nobody": ("no_such_tool", peers_gate.fairlearn)})
    found = {name: [peers_gate.simulate(s, name, 4) for s in peers_gate.SITUATIONS] for name in (None, "nobody")}
    text = peers_gate.section(found, (4, 2))
    assert text.count("| not installed |") == 2 * len(peers_gate.SITUATIONS)


def test_the_section_of_the_other_tools_stays_when_the_page_is_written_again() -> None:
    page = "# How often\n\n## One\n\ntext\n\n## What was compared\n\nend\n"
    mine = f"{peers_gate.MARKS[0]}\n## Other tools\n{peers_gate.MARKS[1]}"
    with_section = peers_gate.placed(page, mine)
    assert with_section.index("## One") < with_section.index("## Other tools") < with_section.index("## What was compared")
    assert peers_gate.kept(with_section) == mine
    assert peers_gate.placed(with_section, mine.replace("tools", "gates")).count("## Other") == 1
    assert peers_gate.kept(page) is None


def test_cpu_time_is_that_of_the_command() -> None:
    bare, busy = (cpu([sys.executable, "-c", code], 1) for code in ("pass", "sum(range(20_000_000))"))
    assert 0 < bare < busy
