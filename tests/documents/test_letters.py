"""The letters that a page shows are those that its text says: text extraction alone does not see the difference."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest
from fontTools import subset
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from smartstart_gov.authoring.letters import undrawable
from smartstart_gov.documents import fonts as theme
from smartstart_gov.documents.fonts import FONTS, resource, template_folder
from smartstart_gov.documents.render import KINDS, render
from smartstart_gov.documents.words import capital
from tests.documents import evidence as made
from tests.documents.evidence import both
from tools import fonts

#: What each language writes beside a to z: the 24 official languages of the Union, Turkish, Vietnamese and Ukrainian.
ALPHABETS = {
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюяѝ", "cs": "áčďéěíňóřšťúůýž", "da": "æøåé", "de": "äöüßẞ",
    "el": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώϊϋΐΰς", "en": "éï", "es": "áéíñóúü¿¡", "et": "äõöüšž", "fi": "äöåšž",
    "fr": "àâæçéèêëîïôœùûüÿ«»", "ga": "áéíóúḃċḋḟġṁṗṡṫ", "hr": "čćđšž", "hu": "áéíóöőúüű", "it": "àèéìíîòóùú",
    "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "mt": "àċèġħìòùż", "nl": "áéëèïóöüĳ", "pl": "ąćęłńóśźż", "pt": "àáâãçéêíóôõú",
    "ro": "ăâîșțşţ", "sk": "áäčďéíĺľňóôŕšťúýž", "sl": "čšž", "sv": "åäö", "tr": "çğıöşüâîûİ", "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя’",
    "vi": "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ",
}  # fmt: skip
_SMALL = "abcdefghijklmnopqrstuvwxyz" + "".join(ALPHABETS.values())
LETTERS = "".join(dict.fromkeys(_SMALL + "".join(sign.upper() for sign in _SMALL if len(sign.upper()) == 1)))
#: Scripts of the second font: letters that join, too.
OTHERS = ("მოგესალმებით", "բարեւ", "مرحبا", "السلام", "שלום", "ⵜⴰⵎⴰⵣⵉⵖⵜ")
SIGNS = "≤≥≈×÷−±½€£°·–—…‘’“”„✓✗→√∞"


def _outline(font: TTFont, glyph: str) -> tuple[Any, ...]:
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[glyph].draw(pen)
    return tuple(pen.value)


def _alternates(font: TTFont) -> dict[str, set[str]]:
    """Glyphs that may stand for another one (figures of one width, small forms of a language), and ligatures by their parts."""
    found: dict[str, set[str]] = {}
    if "GSUB" not in font:
        return found
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for stored in lookup.SubTable:
            table = getattr(stored, "ExtSubTable", stored)
            if table.LookupType == 1:
                for one, other in table.mapping.items():
                    found.setdefault(one, set()).add(other)
            elif table.LookupType == 4:
                for first, ligatures in table.ligatures.items():
                    for ligature in ligatures:
                        found.setdefault(" ".join([first, *ligature.Component]), set()).add(ligature.LigGlyph)
    return found


class Fonts:
    """Which outlines a text may have, in any of some font files."""

    def __init__(self, files: list[bytes]) -> None:
        self.fonts = [TTFont(io.BytesIO(data)) for data in files]
        self.seen: dict[str, set[tuple[Any, ...]]] = {}
        self.alternates = [_alternates(font) for font in self.fonts]

    def outlines(self, text: str) -> set[tuple[Any, ...]]:
        if text not in self.seen:
            self.seen[text] = self._outlines(text)
        return self.seen[text]

    def _outlines(self, text: str) -> set[tuple[Any, ...]]:
        found: set[tuple[Any, ...]] = set()
        for font, alternates in zip(self.fonts, self.alternates, strict=True):
            cmap = font.getBestCmap()
            if all(ord(sign) in cmap for sign in text):
                parts = [{cmap[ord(sign)], *alternates.get(cmap[ord(sign)], ())} for sign in text]
                glyphs = set(parts[0]) if len(text) == 1 else set()
                for row in itertools.product(*parts):
                    glyphs |= alternates.get(" ".join(row), set())
                found |= {_outline(font, glyph) for glyph in glyphs}
        return found


def _texts(font: pikepdf.Object) -> dict[int, str]:
    """Glyph to text, as a reader program extracts it."""
    table = font.ToUnicode.read_bytes().decode("ascii")
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.S):
        for glyph, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            found[int(glyph, 16)] = bytes.fromhex(text).decode("utf-16-be")
    assert "beginbfrange" not in table
    return found


def _runs(stream: Any, resources: Any) -> Iterator[tuple[pikepdf.Object, bytes]]:
    """Font and glyphs of every piece of text, drawings included."""
    font = None
    for operands, operator in pikepdf.parse_content_stream(stream):
        name = str(operator)
        if name == "Tf":
            font = resources.Font[str(operands[0])]
        elif name == "Do":
            form = resources.XObject[str(operands[0])]
            if form.get("/Subtype") == "/Form":
                yield from _runs(form, form.get("/Resources", resources))
        elif name in ("Tj", "TJ"):
            for part in [operands[0]] if name == "Tj" else operands[0]:
                if isinstance(part, pikepdf.String):
                    yield font, bytes(part)


def looked_at(pdf: bytes, shipped: Fonts) -> tuple[set[tuple[bool, str]], set[tuple[str, str]]]:
    """Return the signs that are drawn as themselves (and whether in bold), and those that are not, with their font."""
    right: set[tuple[bool, str]] = set()
    wrong: set[tuple[str, str]] = set()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        used: dict[tuple[int, int], tuple[pikepdf.Object, set[int]]] = {}
        for page in document.pages:
            for font, codes in _runs(page, page.Resources):
                glyphs = used.setdefault(font.objgen, (font, set()))[1]
                glyphs |= {int.from_bytes(codes[i : i + 2]) for i in range(0, len(codes), 2)}
        for font, glyphs in used.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            program, texts = TTFont(io.BytesIO(descriptor.FontFile2.read_bytes())), _texts(font)
            for glyph in glyphs:
                text = texts[glyph]
                name, known = program.getGlyphName(glyph), program.getGlyphOrder()
                if name in known and _outline(program, name) in shipped.outlines(text):
                    right |= {("Bold" in str(font.BaseFont), sign) for sign in text}
                else:
                    wrong.add((str(font.BaseFont), text))
    return right, wrong


@pytest.fixture(scope="module")
def shipped() -> Fonts:
    return Fonts([resource(path) for path in FONTS.values()])


@pytest.mark.slow
@pytest.mark.pdf
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_is_drawn_as_itself(kind: str, shipped: Fonts) -> None:
    words = " ".join(LETTERS[i : i + 40] for i in range(0, len(LETTERS), 40))
    levels = {
        level: both(f"{level}: {part}", f"{level}: {part}")
        for level, part in zip(("f", "m"), (words[:90], words[90:180]), strict=True)
    }
    columns = tuple(
        column.model_copy(update={"labels": type(column).model_validate({**column.model_dump(), "labels": levels}).labels})
        if column.name == "sex" else column
        for column in made.contract().columns
    )  # fmt: skip
    said = " ".join([words, SIGNS, *OTHERS])
    charter = made.charter(title=both(words, words), purpose=both(said, said))
    evidence = made.public(of_contract=made.contract(columns=columns), of_charter=charter)
    right, wrong = looked_at(render(evidence, kind, lang="nl").pdf(), shipped)
    assert not wrong
    if kind in ("model_card", "factsheet"):
        # Card and factsheet cut long texts; what they draw is looked at all the same.
        assert len(right) > 100
        return
    assert {sign for bold, sign in right if not bold} >= set(said) - {" "}
    assert {sign for bold, sign in right if bold} >= set(LETTERS)


def test_the_test_for_letters_can_fail(shipped: Fonts) -> None:
    """Two pieces of one font under one family and weight are drawn with each other's glyphs."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    pieces = {}
    for name, codes in (("plain", range(0x20, 0x7F)), ("more", range(0x100, 0x180))):
        options = subset.Options(layout_features=[], notdef_outline=True)
        font = subset.load_font(io.BytesIO(resource(FONTS["source-sans-3-400"])), options)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=codes)
        cutter.subset(font)
        font.flavor, file = None, io.BytesIO()
        font.save(file)
        pieces[name] = file.getvalue()

    class Handed(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            return URLFetcherResponse(url, pieces[url.partition(":")[2]], {"Content-Type": "font/ttf"})

    faces = "".join(f'@font-face {{ font-family: "Pieces"; src: url(font:{name}) }}' for name in pieces)
    configuration = FontConfiguration()
    style = weasyprint.CSS(
        string=f"{faces} p {{ font-family: Pieces }}", url_fetcher=Handed(allowed_protocols={"font"}), font_config=configuration
    )
    page = weasyprint.HTML(string="<p>Krakow Łodź Iași Győr").render(font_config=configuration, stylesheets=[style])
    _, wrong = looked_at(page.write_pdf(), shipped)
    assert {text for _, text in wrong} & set("Łźșő")


def test_what_can_be_drawn_is_what_the_fonts_hold() -> None:
    assert fonts.TABLE.read_text(encoding="utf-8") == fonts.table()
    assert not undrawable(LETTERS + SIGNS + "abc\n")
    assert {fonts.FOLDER / f"{name}-{weight}.woff2" for name in fonts.FONTS for weight in (400, 700)} == set(
        fonts.FOLDER.glob("*.woff2")
    )
    assert {template_folder() / path for path in theme.FONTS.values()} == set(fonts.FOLDER.glob("*.woff2"))


@pytest.mark.parametrize("text", ["中文", "ภาษาไทย", "हिन्दी", "👪", "한국어", "አማርኛ"])
def test_scripts_that_no_font_has_are_seen(text: str) -> None:
    assert undrawable(text) == list(text)


def test_no_capital_is_put_where_no_font_has_one() -> None:
    drawn = [chr(code) for code in range(0x20, 0x1FFFF) if not undrawable(chr(code))]
    assert not [letter for letter in drawn if undrawable(capital(f"{letter}x"))]
    assert [capital(word) for word in ("თბილისი", "ﬁnance", "ßa", "łódź", "")] == ["თბილისი", "Finance", "Ssa", "Łódź", ""]
