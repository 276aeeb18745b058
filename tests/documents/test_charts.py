"""Drawings are well-formed, keep every label inside, and say nothing of a number that does not exist."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.documents.charts import (
    WIDTH,
    Bar,
    Dot,
    Hundred,
    Place,
    Standing,
    against_limit,
    bars,
    dots,
    hundred,
    hundreds,
    recorded,
)
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


def _standing(label: str, place: Place = "inside", edges: tuple[float, float] | None = (0.1, 0.3)) -> Standing:
    return Standing(label=label, value=0.2, low=0.15, high=0.25, text="20", place=place, edges=edges)


def _against(*rows: Standing, legend: Sequence[tuple[Place, str]] = ()) -> str:
    return against_limit(rows, overall=0.18, overall_label="everybody 18", limit_label="limit 30", legend=legend, alt="words")


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_of_the_card_is_clipped_or_becomes_markup(label: str) -> None:
    words = Standing(label=label, value=math.nan, low=math.nan, high=math.nan, text="too few to show")
    rows = [Hundred(label=label, signs=(("selected", 20), ("left", 80)), text=(label, "b"))]
    drawn = (
        _against(_standing(label), _standing("b", "beyond"), words, legend=[("beyond", "c")]),
        hundreds(rows, alt="words", legend=[("selected", "d")]),
        recorded(0.2, known="recorded: 80 of 100", unknown="not recorded: 20 of 100", alt="words"),
    )
    for svg in drawn:
        assert not _outside(svg)
        tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()}
        assert tags <= {"svg", "title", "text", "path", "circle", "rect"}
        assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)) >= 9


def test_the_three_answers_differ_in_shape_and_not_in_colour_alone() -> None:
    without_colour = {
        place: re.sub(r"#[0-9a-f]{6}", "", _against(_standing("a", place, None))) for place in ("inside", "unsure", "beyond")
    }
    assert len(set(without_colour.values())) == 3


def test_a_line_of_words_has_no_mark_and_no_band() -> None:
    words = Standing(label="3 other groups", value=math.nan, low=math.nan, high=math.nan, text="too few to show")
    svg = _against(_standing("a"), words)
    assert svg.count("<circle") == 1
    assert svg.count('fill="#e6ecf3"') == 1
    assert "nan" not in svg


def test_hundreds_show_each_kind_as_often_as_it_occurs() -> None:
    signs = (("selected", 9), ("alarm", 8), ("missed", 3), ("left", 80))
    svg = hundreds([Hundred(label="Everybody", signs=signs, text=("a",))], alt="words")  # type: ignore[arg-type]  # words of a Sign
    assert len(re.findall(r'r="2.6"', svg)) == 9
    assert len(re.findall(r"l4.6 4.6m0 -4.6l-4.6 4.6", svg)) == 8
    assert len(re.findall(r"<rect", svg)) == 3
    assert len(re.findall(r'r="0.9"', svg)) == 80


def test_signs_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to 99"):
        hundreds([Hundred(label="a", signs=(("selected", 9), ("left", 90)), text=("b",))], alt="words")


def test_every_drawing_has_its_words() -> None:
    title = ElementTree.fromstring(_dots(_dot("a"))).find(f"{SVG}title")
    assert title is not None
    assert title.text == "words"


def test_a_text_beside_the_signs_has_one_colour_however_many_lines_it_takes() -> None:
    long = "eleven of every hundred children in this group, which is far beyond the limit"
    svg = hundreds([Hundred(label="A", signs=(("left", 100),), text=(long, "plain"), tone="beyond")], alt="words")
    texts = [(e.text or "", e.attrib["fill"]) for e in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    first = [fill for words, fill in texts if words and words in long]
    assert len(first) == 2
    assert len(set(first)) == 1
    assert dict(texts)["plain"] != first[0]
