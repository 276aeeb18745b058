"""How values look: numbers flush right, everything escaped, and what is left out is said."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import smartstart_gov as gov
from smartstart_gov.authoring.scaffold import init_project
from smartstart_gov.show import MOST_LINES, MOST_ROWS, Shown, html_table, numeric


class Many(Shown):
    """A value of `n` rows."""

    def __init__(self, n: int) -> None:
        self.n = n

    def headline(self) -> str:
        return f"Many({self.n} rows)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        return ["name", "n"], [[f"row {i}", i] for i in range(self.n)]


class _Text(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


@given(
    st.lists(st.lists(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "S"])), min_size=2, max_size=2))
)
def test_html_holds_the_cells_and_no_tag_of_theirs(rows: list[list[str]]) -> None:
    read = _Text(html_table(["a", "b"], rows))
    assert read.tags <= {"table", "thead", "tbody", "tr", "th", "td"}
    assert read.cells == ["a", "b", *(cell for row in rows for cell in row)]


def test_columns_of_numbers_stand_flush_right_and_names_do_not() -> None:
    rows = [["BU0855", "1 200", -0.5, "undefined"], ["x", "7", "1e-5", "0.3"], ["3", "-", "nan", "inf"]]
    assert numeric(rows) == (1, 2, 3)
    assert str(Many(12)).splitlines()[-1].endswith(" 11")
    assert html_table(["a", "b"], [["x", 1]]).count("text-align: right") == 2


@pytest.mark.parametrize("n", [MOST_LINES - 2, MOST_LINES - 1, MOST_ROWS, MOST_ROWS + 1])
def test_what_does_not_fit_is_counted(n: int) -> None:
    text, page = str(Many(n)), Many(n)._repr_html_()
    assert len(text.splitlines()) <= MOST_LINES
    shown = [line for line in text.splitlines() if line.startswith("row ")]
    assert (f"... {n - len(shown)} more lines" in text) == (len(shown) < n)
    assert (f"{n - MOST_ROWS} more rows" in page) == (n > MOST_ROWS)


def test_authored_values_show_their_keys(tmp_path: Path) -> None:
    init_project(tmp_path / "early_help")
    project = gov.open_project(tmp_path / "early_help")
    for value in (project.contract, project.charter, project.policy):
        lines = str(value).splitlines()
        assert lines[0] == repr(value)
        assert len(lines) <= MOST_LINES
        assert {row[0] for row in value.table()[1]} == set(type(value).model_fields)
    assert [row[0] for row in project.table()[1]] == [limit.id for limit in project.policy.limits]
