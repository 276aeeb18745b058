"""The benchmarks say what is not installed, and one page is written part by part."""

from __future__ import annotations

import sys

import pytest

from benchmarks import honest_gate_page as page
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


def test_cpu_time_is_that_of_the_command() -> None:
    bare, busy = (cpu([sys.executable, "-c", code], 1) for code in ("pass", "sum(range(20_000_000))"))
    assert 0 < bare < busy


def test_a_part_of_the_page_is_renewed_alone_and_stands_in_its_place() -> None:
    mine, last = page.marked("others", ["## Other tools"]), page.compared()
    text = page.placed(page.placed(page.TITLE, "compared", last), "others", mine)
    assert text.index(page.TITLE.strip()) < text.index("## Other tools") < text.index("## What was compared")
    assert page.placed(text, "others", mine) == text
    renewed = page.placed(text, "others", mine.replace("tools", "gates"))
    assert renewed == text.replace("Other tools", "Other gates")


def test_the_page_consists_of_its_parts() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.placed(text, "compared", page.compared()) == text
    assert [part for part in page.PARTS if f"<!-- {part}: from here -->" not in text] == []
