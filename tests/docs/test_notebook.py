"""The notebook of the tutorial runs from top to bottom, and every value in it is a table that reads well."""

from __future__ import annotations

import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "tutorial" / "in-a-notebook.ipynb"


class _Table(HTMLParser):
    """Rows of the first table, as text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what each code cell that shows a value gave, by the cell's last line."""
    home = tmp_path_factory.mktemp("notebook")
    book = nbformat.read(NOTEBOOK, as_version=4)
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "IPYTHONDIR": str(home / "ipython")}
    client = NotebookClient(book, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(home)}})
    client.execute(env=os.environ | path | {"PYTHONPATH": str(ROOT)})
    return {
        cell.source.strip().splitlines()[-1]: output.data
        for cell in book.cells if cell.cell_type == "code"
        for output in cell.outputs if output.output_type == "execute_result"
    }  # fmt: skip


@pytest.mark.slow
def test_every_value_is_a_table_without_an_address(cells: dict[str, Any]) -> None:
    assert len(cells) == 8
    for source, data in cells.items():
        table = _Table(data["text/html"])
        assert len(table.rows) > 1, source
        assert len({len(row) for row in table.rows}) == 1, source
        assert not re.search(r"0x[0-9a-f]{6,}|<smartstart_gov", data["text/html"] + data["text/plain"]), source


@pytest.mark.slow
def test_the_preview_shows_limits_and_controls_and_the_audit_adds_what_needs_the_explanation(cells: dict[str, Any]) -> None:
    limits = {row[0] for row in _Table(cells["project"]["text/html"]).rows[1:]}
    preview = {row[1] for row in _Table(cells["run.preview()"]["text/html"]).rows[1:]}
    audit = {row[1] for row in _Table(cells["bundle"]["text/html"]).rows[1:]}
    assert {f"limit.{name}" for name in limits} < preview
    assert "control.R50" in preview
    assert audit - preview == {"control.R46"}


def test_it_is_stored_without_outputs() -> None:
    """What a run shows is made anew by the run; stored outputs would only grow old."""
    book = nbformat.read(NOTEBOOK, as_version=4)
    assert [cell.id for cell in book.cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)] == []
