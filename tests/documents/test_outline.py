"""The tree knows its headings, its contents and its text, and refuses what cannot be laid out."""

from __future__ import annotations

import pytest

from smartstart_gov.documents.blocks import MOST_ROWS, PAGE, Figure, Missing, Prose, Table, _parts, shares
from smartstart_gov.documents.outline import Document, Section


def _document(**changes: object) -> Document:
    inner = Section(id="b", title="Inner", blocks=(Missing(what="x", text="Not there.", role="owner", where="charter.yaml"),))
    fields: dict[str, object] = {
        "kind": "model_card", "lang": "en", "title": "T", "subtitle": "S", "description": "D", "author": "A",
        "created": "2026-01-01T00:00:00Z", "front": (Prose(text="First.", basis="measured"),),
        "sections": (Section(id="a", title="Outer", subsections=(inner,)), Section(id="c", kind="plain", title="Last")),
    }  # fmt: skip
    return Document(**{**fields, **changes})  # type: ignore[arg-type]  # the test hands in what it likes


def test_headings_follow_from_the_tree() -> None:
    assert [(p.tag, p.heading) for p in _document().walk()] == [("h2", "1 Outer"), ("h3", "1.1 Inner"), ("h2", "Last")]


def test_text_is_in_reading_order_and_says_what_each_statement_rests_on() -> None:
    text = _document().to_text()
    assert (
        text.index("[measured] First.")
        < text.index("## 1 Outer")
        < text.index("### 1.1 Inner")
        < text.index("[open] Not there.")
    )


def test_str_prints_the_outline_and_repr_has_no_address() -> None:
    document = _document()
    assert repr(document) == "Document(model_card en, 2 sections, 2 blocks)"
    assert "    1.1 Inner (missing)" in str(document)


def test_open_items_are_found() -> None:
    assert [item.what for item in _document().open_items] == ["x"]


def test_a_section_id_stands_once() -> None:
    twice = Section(id="a", title="Again")
    with pytest.raises(ValueError, match="twice"):
        _document(sections=(twice, twice))


def test_a_figure_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="alternative text"):
        Figure(svg="<svg/>", alt=" ", caption="c")


def test_a_table_is_rectangular_and_short_enough() -> None:
    with pytest.raises(ValueError, match="cells"):
        Table(caption="c", header=("a", "b"), rows=(("1",),))
    with pytest.raises(ValueError, match="more than"):
        Table(caption="c", header=("a",), rows=(("1",),) * (MOST_ROWS + 1))
    with pytest.raises(ValueError, match="tones"):
        Table(caption="c", header=("a",), rows=(("1",),), tones=("good", "bad"))


@pytest.mark.parametrize(
    "rows",
    [[["a", "1"]], [["x" * 4000, "1"]], [["one two three four five six seven eight nine ten " * 9, "12 345"]], []],
    ids=["short", "one word of 4000 letters", "long text", "no rows"],
)
def test_widths_fill_the_page_and_leave_room_for_each_column(rows: list[list[str]]) -> None:
    widths = shares(["Group", "Number"], rows)
    assert sum(widths) == 100
    assert min(widths) * PAGE / 100 > 20


def test_a_long_word_with_hyphens_asks_for_the_room_of_its_parts() -> None:
    rows = [["[limit.false-alarms-by-neighbourhood]", "The estimate lies beyond the limit, but chance could explain it. " * 2]]
    narrow = shares(["Question", "Why"], rows)[0]
    assert narrow < shares(["Question", "Why"], [[rows[0][0].replace("-", "x"), rows[0][1]]])[0]
    # A short name is never divided.
    assert _parts("Near-North") == ["Near-North"]
