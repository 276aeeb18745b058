"""The law of the page, as the drawing library laid it out: over every document, in both languages.

No heading is parted from what it heads, no row of a table is split, no page but the last is under a third full (of
the long annex, three fifths), no letter of a
drawing or a label is smaller than 8 points, and nothing stands outside the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import weasyprint

from smartstart_gov.documents.blocks import PAGE
from smartstart_gov.documents.charts import WIDTH
from smartstart_gov.documents.fonts import text_width
from smartstart_gov.documents.render import KINDS, LANGUAGES, Rendered, render, to_html
from smartstart_gov.documents.theme import open_theme
from smartstart_gov.evidence.edition import Evidence

pytestmark = pytest.mark.pdf
DOCUMENTS = [(kind, lang) for kind in KINDS for lang in LANGUAGES]
HEADINGS, PIXEL = ("h2", "h3", "h4", "h5", "h6"), 0.75
TEXT = weasyprint.formatting_structure.boxes.TextBox
SMALLEST = 8.0
#: How full every page but the last is at least; in the long annex tables go on over pages, so that gaps stay small.
LEAST_FILLED, LEAST_IN_ANNEX = 1 / 3, 0.6
#: What a reader sees as one thing, beside headings.
LEAVES = ("p", "li", "caption", "tr", "figure", "figcaption")


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page: its boxes from top to bottom, with what stands above them in the document."""

    boxes: tuple[tuple[Any, str, str], ...]
    width: float
    height: float
    bottom: float


def laid_out(rendered: Rendered, monkeypatch: pytest.MonkeyPatch) -> list[Page]:
    """Return the pages of a document as they are drawn."""
    drawn: list[Any] = []
    written = weasyprint.Document.write_pdf

    def write_pdf(self: Any, *args: Any, **named: Any) -> Any:
        drawn.append(self)
        return written(self, *args, **named)

    monkeypatch.setattr(weasyprint.Document, "write_pdf", write_pdf)
    rendered.pdf()
    return [page_of(page._page_box) for page in drawn[-1].pages]


def descend(found: Any) -> Iterator[tuple[Any, str, str]]:
    """Yield every box within another with its element and classes, from top to bottom; page furniture apart."""
    for child in getattr(found, "children", ()):
        if "Margin" in type(child).__name__ or type(child).__name__ == "FootnoteAreaBox":
            continue
        element = getattr(child, "element", None)
        classes = "" if element is None or not hasattr(element, "get") else element.get("class") or ""
        yield child, getattr(child, "element_tag", "") or "", classes
        yield from descend(child)


def page_of(box: Any) -> Page:
    return Page(
        boxes=tuple(descend(box)), width=box.margin_width(), height=box.margin_height(),
        bottom=box.content_box_y() + box.height,
    )  # fmt: skip


def of_kind(page: Page, *tags: str) -> list[tuple[Any, str, str]]:
    """Return the boxes of these elements, each once: the box of a table has one for its caption around it."""
    found, seen = [], set()
    for box, tag, classes in page.boxes:
        if tag in tags and "::" not in tag and not isinstance(box, TEXT):
            key = (id(box.element), tag)
            if key not in seen:
                seen.add(key)
                found.append((box, tag, classes))
    return found


def faults(pages: list[Page], html: str, least: float = LEAST_FILLED) -> Iterator[str]:
    """Yield each breach of the law."""
    rows: dict[int, int] = {}
    for number, page in enumerate(pages, start=1):
        things = of_kind(page, *HEADINGS, *LEAVES)
        last, tag, classes = things[-1]
        text = " ".join(last.element.itertext())[:60]
        if tag in HEADINGS or tag == "caption" or "keep" in classes.split():
            yield f"page {number}: {tag} {text!r} is parted from what it heads"
        first, _, classes = things[0]
        if "note" in classes.split():
            yield f"page {number}: the note {' '.join(first.element.itertext())[:60]!r} is parted from its table"
        for box, _, _ in of_kind(page, "tr"):
            if box.element.find("th") is None or box.element.find("th").get("scope") != "col":
                rows[id(box.element)] = rows.get(id(box.element), 0) + 1
                if rows[id(box.element)] == 2:
                    yield f"page {number}: row {' '.join(box.element.itertext())[:60]!r} is split"
        texts = [box for box, _, _ in page.boxes if isinstance(box, TEXT)]
        low = max(box.position_y + box.margin_height() for box, _, _ in things)
        if number < len(pages) and low < page.bottom * least:
            yield f"page {number} is {low / page.bottom:.0%} full"
        for box in texts:
            right, down = box.position_x + box.width, box.position_y + box.height
            if box.position_x < 0 or right > page.width or box.position_y < 0 or down > page.height:
                yield f"page {number}: {box.text[:60]!r} leaves the page"
        for cell, _, _ in page.boxes:
            if isinstance(cell, weasyprint.formatting_structure.boxes.TableCellBox):
                for box, _, _ in descend(cell):
                    if isinstance(box, TEXT) and box.position_x + box.width > cell.position_x + cell.border_width() + 0.5:
                        yield f"page {number}: {box.text[:60]!r} leaves its cell"
        for box, _, classes in of_kind(page, "span"):
            if "basis" in classes and box.style["font_size"] * PIXEL < SMALLEST - 1e-6:
                yield f"page {number}: a label of {box.style['font_size'] * PIXEL:.1f} points"
    scale = min(PAGE / WIDTH, 1.0)
    sizes = [float(size) * scale for size in re.findall(r'font-size="([\d.]+)"', html)]
    if sizes and min(sizes) < SMALLEST:
        yield f"a drawing has letters of {min(sizes):.1f} points"


@pytest.mark.parametrize("key", DOCUMENTS)
def test_the_law_of_the_page_holds(evidence: Evidence, key: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = render(evidence, key[0], lang=key[1])
    least = LEAST_IN_ANNEX if key[0] == "technical_annex" else LEAST_FILLED
    assert list(faults(laid_out(rendered, monkeypatch), rendered.html, least)) == []


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (("h3 { font-size: 12.5pt;", "h3 { font-size: 12.5pt; margin-bottom: 230mm !important;"), "parted"),
        (("tr { break-inside: avoid }", "tr { break-inside: auto } td { line-height: 9 }"), "is split"),
        (("ul { margin: 0 0 2.5mm;", "ul { break-after: page; margin: 0 0 2.5mm;"), "full"),
        ((".basis { font-size: 8pt;", ".basis { font-size: 7.3pt;"), "a label of 7.3 points"),
        (('font-size="9"', 'font-size="7"'), "letters of 7.0 points"),
        (
            ("th.number, td.number {", "td, td.number { white-space: nowrap; overflow-wrap: normal } th.number, td.number {"),
            "its cell",
        ),
        (("h3 { font-size: 12.5pt;", "h3 { white-space: nowrap; position: relative; left: 150mm;"), "leaves the page"),
    ],
    ids=["heading", "row", "empty", "label", "drawing", "cell", "outside"],
)
def test_the_law_sees_what_breaks_it(
    evidence: Evidence, broken: tuple[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = render(evidence, "technical_annex", lang="en")
    assert broken[0] in rendered.html
    planted = replace(rendered, html=rendered.html.replace(*broken))
    assert any(told in fault for fault in faults(laid_out(planted, monkeypatch), planted.html))


@pytest.mark.parametrize("title", ["Early help", "Early help for families " * 12, "W" * 400])
def test_what_stands_above_a_page_stands_on_one_line(evidence: Evidence, title: str) -> None:
    outline = replace(render(evidence, "technical_annex", lang="en").outline, title=title)
    chapters = [placed.heading for placed in outline.walk() if placed.depth == 1]
    found = re.search(r'data-running="([^"]*)"', to_html(outline, open_theme("neutral")))
    assert found is not None
    assert found[1]
    assert text_width(found[1], 8.0) + max(text_width(one, 8.0) for one in chapters) < PAGE
