"""Drawings are well-formed, keep every label inside, and say nothing of a number that does not exist."""

from __future__ import annotations

import itertools
import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.documents.charts import WIDTH, Bar, Dot, bars, dots, hundred, icons
from smartstart_gov.documents.fonts import text_width, wrap

SVG = "{http://www.w3.org/2000/svg}"
LONG = "Wijk met een bijzonder lange naam die nergens in een smalle kolom past"
HOSTILE = [
    "</text><script>alert(1)</script>",
    '"><image href="file:///etc/passwd"/>',
    "&amp;<",
    "W" * 300,
    LONG,
    "漢字" * 40,
    "أمستردام",
]


def _dot(label: str, value: float = 0.2) -> Dot:
    return Dot(label=label, value=value, low=value - 0.05, high=value + 0.05, text=f"{value:.0%}")


def _dots(*rows: Dot, overall: float = 0.2) -> str:
    return dots(
        rows, overall=overall, overall_label="everybody 20%", tick=lambda share, digits: f"{share:.{digits}%}", alt="words"
    )


def _texts(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{SVG}text"))


def _outside(svg: str) -> list[str]:
    """Texts that run over the edge of the drawing, by widths that are never too small."""
    found = []
    for text in _texts(svg):
        size, x, words = float(text.attrib["font-size"]), float(text.attrib["x"]), text.text or ""
        width = text_width(words, size)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[text.attrib["text-anchor"]]
        if left < -0.5 or left + width > WIDTH + 0.5:
            found.append(words)
    return found


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_is_clipped_or_becomes_markup(label: str) -> None:
    for svg in (_dots(_dot(label), _dot("b")), bars([Bar(label=label, value=1.0, error=0.1, text="1.000")], alt="a")):
        assert not _outside(svg)
        tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()}
        assert tags <= {"svg", "title", "text", "path", "circle", "rect"}


def test_the_test_for_clipping_can_fail() -> None:
    assert _outside(
        f'<svg xmlns="{SVG[1:-1]}"><text x="470" text-anchor="start" font-size="10">much too far to the right</text></svg>'
    )


def test_labels_of_two_lines_do_not_overlap() -> None:
    svg = _dots(*[_dot(LONG) for _ in range(8)])
    ys = sorted(float(t.attrib["y"]) for t in _texts(svg) if t.attrib["text-anchor"] == "end")
    assert len(ys) == 16
    assert min(b - a for a, b in itertools.pairwise(ys)) >= 11


def test_widths_are_those_of_the_font_that_draws() -> None:
    assert text_width("i", 1000) < text_width("m", 1000) == pytest.approx(838, abs=30)
    assert text_width("→✓", 10) == pytest.approx(text_width("→", 10) + text_width("✓", 10))
    assert text_width("中", 10) == 10


def test_a_long_name_without_spaces_is_whole_on_three_lines() -> None:
    name = "aantal_ongeoorloofde_verzuimdagen_afgelopen_schooljaar_2024_2025_totaal"
    assert len(name) > 70
    lines = wrap(name, 157)
    assert "".join(lines) == name
    assert lines[0].endswith("_")
    assert wrap("x" * 400, 157)[-1].endswith("…")


@given(st.text(max_size=60), st.floats(min_value=20, max_value=300))
def test_wrapped_lines_fit(text: str, width: float) -> None:
    lines = wrap(text, width)
    assert 1 <= len(lines) <= 3
    assert all(text_width(line) <= width for line in lines)


def test_a_label_that_fits_is_whole() -> None:
    assert wrap("Elders in Europa", 150) == ["Elders in Europa"]


def test_undefined_is_a_word_and_no_dot() -> None:
    undefined = Dot(label="a", value=math.nan, low=math.nan, high=math.nan, text="undefined")
    svg = _dots(undefined, _dot("b"), overall=math.nan)
    assert svg.count("<circle") == 1
    assert "undefined" in svg
    assert "nan" not in svg


@given(st.lists(st.integers(min_value=0, max_value=10**7), min_size=4, max_size=4).filter(any))
def test_hundred_adds_up_and_is_never_off_by_one(cells: list[int]) -> None:
    parts = hundred(cells)
    assert sum(parts) == 100
    assert all(abs(part - 100 * cell / sum(cells)) < 1 for part, cell in zip(parts, cells, strict=True))


def test_icons_show_each_kind_as_often_as_it_occurs() -> None:
    svg = icons((9, 8, 3, 80), legend=("a", "b", "c", "d"), alt="words")
    # One more of each in the legend.
    assert len(re.findall(r'r="5"', svg)) == 10
    assert len(re.findall(r"l8 8m0 -8l-8 8", svg)) == 9
    assert len(re.findall(r"<rect", svg)) == 4
    assert len(re.findall(r'r="1.8"', svg)) == 81


def test_icons_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to 99"):
        icons((9, 8, 3, 79), legend=("a", "b", "c", "d"), alt="words")


def test_every_drawing_has_its_words() -> None:
    title = ElementTree.fromstring(_dots(_dot("a"))).find(f"{SVG}title")
    assert title is not None
    assert title.text == "words"
