"""Themes: an organisation's own look changes two colours, a logo and names of functions, and nothing that says something."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.documents.render import KINDS, Rendered, render, to_html
from smartstart_gov.documents.theme import SIGNALS, Look, Theme, contrast, open_theme
from smartstart_gov.documents.words import capital
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.document_kinds import LANGUAGES
from smartstart_gov.evidence.edition import Evidence
from tests.documents.page_texts import page_texts

_ROOT = re.compile(r"^:root \{ --accent: #[0-9a-f]{6}; --tint: #[0-9a-f]{6} \}$", re.MULTILINE)
_LOGO = re.compile(r'<img class="logo"[^>]*>\n')
_WIDTH = re.compile(r'<col style="width: \d+%">')
NAME = {"nl": "de functionaris van de gemeente", "en": "the officer of the town"}


def written(folder: Path, text: str, logo: bytes | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "theme.yaml").write_text(f"format: 1\n{text}\n", encoding="utf-8")
    if logo is not None:
        (folder / "logo.png").write_bytes(logo)
    return folder


def _colour(first: str) -> st.SearchStrategy[str]:
    return st.from_regex(rf"#([{first}][0-9a-f]){{3}}", fullmatch=True)


def png() -> bytes:
    logo = open_theme("municipality").logo
    assert logo is not None
    return logo


WITH_LOGO = "logo: {file: logo.png, says: {nl: logo, en: logo}}"

HOSTILE = {
    "a colour of the page": ("accent: '#ffffff'", "contrast of 1.0 with the page"),
    "hardly to be seen": ("accent: '#8f8f8f'", "contrast of 3.2 with the page"),
    "the colour of a breach": ("accent: '#a50060'", "close to a colour that marks"),
    "the colour of a doubt": ("accent: '#8a5a00'", "close to a colour that marks"),
    "the colour of what is shown": ("accent: '#20703f'", "close to a colour that marks"),
    "a ground that hides the text on it": ("tint: '#444444'", "contrast of 1.3 with the text on it"),
    "a rule smuggled in": ("accent: '#154273 } .badge { display: none'", "accent"),
    "an address": ("accent: 'url(file:///etc/passwd)'", "accent"),
    "a style sheet": ("css: '.badge { display: none }'", "css"),
    "a verdict said otherwise": ("words: {verdict.FAILED: {nl: in orde, en: fine}}", "no word that a theme may change"),
    "a status said otherwise": ("words: {status.FAILED: {nl: in orde, en: fine}}", "no word that a theme may change"),
    "a code that is not there": ("words: {who.nobody: {nl: iemand, en: somebody}}", "no word that a theme may change"),
    "a number": ("words: {who.dpo: {nl: 100 van de 100, en: all}}", "holds a number"),
    "a share": ("words: {who.dpo: {nl: alle, en: every %}}", "holds a number"),
    "a verdict in a name": ("words: {who.dpo: {nl: is Aangetoond door, en: the officer}}", "holds a word of the verdict"),
    "a release in a name": ("words: {who.dpo: {nl: de man, en: approved by the officer}}", "holds a word of the verdict"),
    "somebody else's name": ("words: {who.dpo: {nl: de man, en: The data team}}", "is the name of another"),
    "one name for two": (
        "words: {who.dpo: {nl: de man, en: the man}, who.data: {nl: de vrouw, en: the man}}", "is the name of another",
    ),
    "a name of another kind": (
        "words: {aggregation.neighbourhood: {nl: de jurist, en: the lawyer}}", "is the name of another",
    ),
    "a kind of another name": ("words: {who.dpo: {nl: buurt, en: neighbourhood}}", "is the name of another"),
    "half": ("words: {who.dpo: {nl: ½, en: half}}", "holds a number"),
    "a number of old": ("words: {who.dpo: {nl: Ⅳ, en: four}}", "holds a number"),
    "a share in words": ("words: {who.dpo: {nl: iedereen, en: ninety percent}}", "holds a number"),
    "that all is well": ("words: {who.dpo: {nl: de man, en: all fine}}", "holds a word of the verdict"),
    "that the law is met": ("words: {who.dpo: {nl: voldoet aan de wet, en: the man}}", "holds a word of the verdict"),
    "that nothing is open": ("words: {who.dpo: {nl: niemand, en: the man}}", "holds a word of the verdict"),
    "a sentence": ("words: {who.dpo: {nl: de raad, en: The council. It likes this}}", "is a sentence"),
    "a logo that says the verdict": ("logo: {file: logo.png, says: {nl: Goedgekeurd, en: logo}}", "holds a word of the verdict"),
    "a logo that counts": ("logo: {file: logo.png, says: {nl: logo, en: logo of 2027}}", "holds a number"),
    "a logo that tells": ("logo: {file: logo.png, says: {nl: 'Wij kiezen: dit', en: logo}}", "is a sentence"),
    "a name over lines": ('words: {who.dpo: {nl: "de\\nman", en: the man}}', "is no short name"),
    "a name of a page": (f"words: {{who.dpo: {{nl: {'man ' * 20}, en: the man}}}}", "is no short name"),
    "a logo from elsewhere": ("logo: {file: ../logo.png, says: {nl: logo, en: logo}}", "logo"),
    "a logo that runs": ("logo: {file: logo.svg, says: {nl: logo, en: logo}}", "logo"),
    "a logo that nobody hears": ("logo: {file: logo.png}", "says"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_theme_that_could_hide_something_is_refused(case: str, tmp_path: Path) -> None:
    text, what = HOSTILE[case]
    with pytest.raises(Refused) as caught:
        open_theme(written(tmp_path / "theme", text, png()))
    assert what in str(caught.value).casefold()
    assert "theme.yaml" in str(caught.value)


def test_every_mistake_of_a_theme_is_told_at_once(tmp_path: Path) -> None:
    both = written(tmp_path / "theme", "accent: '#ffffff'\ntint: '#000000'\nwords: {who.dpo: {nl: man 1, en: man 2}}")
    with pytest.raises(Refused) as caught:
        open_theme(both)
    assert len(caught.value.violations) == 4


@pytest.mark.parametrize(
    ("logo", "rule"),
    [
        (None, "U01"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><text>approved</text></svg>", "P05"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "P05"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + (60_000).to_bytes(4) * 2, "P05"),
    ],
)
def test_a_logo_is_a_small_png_file(logo: bytes | None, rule: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        open_theme(written(tmp_path / "theme", WITH_LOGO, logo))
    assert [v.rule for v in caught.value.violations] == [rule]
    assert open_theme(written(tmp_path / "theme", WITH_LOGO, png())).logo == png()
    with pytest.raises(Refused):
        open_theme(written(tmp_path / "theme", WITH_LOGO, png() + b"\0" * 100_000))


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


_HEAD = chunk(b"IHDR", b"\0\0\0\2\0\0\0\2\x08\2\0\0\0")


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (_HEAD + chunk(b"IDAT", zlib.compress(b"\0" * 14)) + chunk(b"IEND", b""), True),
        (_HEAD, False),
        (_HEAD + chunk(b"IDAT", zlib.compress(b"\0" * 13)) + chunk(b"IEND", b""), False),
        (_HEAD + chunk(b"IDAT", b"nothing packed") + chunk(b"IEND", b""), False),
        (_HEAD + chunk(b"IDAT", zlib.compress(b"\0" * 14))[:-1] + b"x" + chunk(b"IEND", b""), False),
        (_HEAD + chunk(b"IDAT", zlib.compress(b"\0" * 14)), False),
        (_HEAD + chunk(b"IDAT", zlib.compress(b"\0" * 14)) + chunk(b"IEND", b"") + b"more", False),
    ],
)
def test_a_logo_holds_a_whole_picture(body: bytes, whole: bool, tmp_path: Path) -> None:
    """What the drawing library cannot draw is known before it draws."""
    folder = written(tmp_path / "theme", WITH_LOGO, b"\x89PNG\r\n\x1a\n" + body)
    if whole:
        assert open_theme(folder).logo is not None
        return
    with pytest.raises(Refused, match="is no PNG file"):
        open_theme(folder)


@pytest.mark.parametrize("where", [None, 5, ["neutral"], "a\0b", "a" * 5000])
def test_what_is_no_folder_is_no_theme(where: Any) -> None:
    with pytest.raises(Refused) as caught:
        open_theme(where)
    assert [v.rule for v in caught.value.violations] == ["U01"]
    assert len(str(caught.value)) < 500


def test_a_theme_of_the_library_may_be_named_by_a_path() -> None:
    assert open_theme(Path("municipality")).logo == open_theme("municipality").logo


@pytest.mark.parametrize("where", ["neutral ", "../themes/neutral", "", "nowhere"])
def test_a_theme_that_is_not_there_is_refused(where: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        open_theme(tmp_path / where)
    assert [v.rule for v in caught.value.violations] == ["U01"]


def test_colours_that_are_taken_leave_every_word_and_every_other_rule(rendered: dict[tuple[str, str], Rendered]) -> None:
    document = rendered["factsheet", "nl"]
    taken = list[str]()

    @given(accent=_colour("0-8"), tint=_colour("b-f"))
    def law(accent: str, tint: str) -> None:
        legible = contrast(accent, "#ffffff") >= 4.5 and contrast(tint, "#333333") >= 7 and accent not in SIGNALS
        try:
            theme = Theme(format=1, accent=accent, tint=tint)
        except ValueError:
            return
        taken.append(accent)
        assert legible
        assert _ROOT.sub("", to_html(document.outline, Look(theme=theme))) == _ROOT.sub("", document.html)

    law()
    assert taken


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_own_names_change_names_and_nothing_else(
    evidence: Evidence, rendered: dict[tuple[str, str], Rendered], kind: str, lang: str, tmp_path: Path
) -> None:
    folder = written(tmp_path / "theme", f"words: {{who.dpo: {NAME}}}\n{WITH_LOGO}", png())
    themed = render(evidence, kind, lang=lang, theme=folder)
    usual = {"nl": "de functionaris gegevensbescherming", "en": "the data protection officer"}[lang]
    back = _LOGO.sub("", themed.html)
    for name, own in ((usual, NAME[lang]), (capital(usual), capital(NAME[lang]))):
        back = back.replace(own, name)
    # Columns are as wide as what stands in them.
    assert _WIDTH.sub("", back) == _WIDTH.sub("", rendered[kind, lang].html)
    assert _LOGO.search(themed.html) is not None


@pytest.mark.pdf
@pytest.mark.slow
def test_the_shipped_look_of_a_municipality_keeps_pages_and_bytes(
    evidence: Evidence, files: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    for kind, lang in (("model_card", "nl"), ("factsheet", "en")):
        themed = render(evidence, kind, lang=lang, theme="municipality")
        path = themed.write_pdf(tmp_path / f"{themed.stem}.pdf")
        assert path.read_bytes() == render(evidence, kind, lang=lang, theme="municipality").pdf()
        assert len(page_texts(path)) == len(page_texts(files[kind, lang]))
