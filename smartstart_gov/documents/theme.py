"""Theme: what an organisation may change in how documents look, in ``theme.yaml``: two colours, a logo, names of functions.

A theme is a closed list of values and no style sheet, so there is nothing in it that could hide, move or recolour a number,
a verdict or a warning.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smartstart_gov.authoring.node import shown
from smartstart_gov.authoring.reader import reading
from smartstart_gov.authoring.value import Authored, Line, Problem, Text, refuse_any, skeleton
from smartstart_gov.documents.fonts import template_folder
from smartstart_gov.documents.terms import CODES
from smartstart_gov.documents.words import LANGUAGES, catalogue
from smartstart_gov.errors import Refused, expect

FILE = "theme.yaml"
#: Themes that come with the library, by the name of their folder.
SHIPPED = ("neutral", "municipality")
#: Kinds of words that a theme may name otherwise: who does something, and what an area is called.
NAMEABLE = ("who", "aggregation")
LONGEST_NAME = 60
#: Colours that mean something (`templates/theme.css`): a breach, a doubt, an answer that is shown.
SIGNALS = ("#a90061", "#8a5a00", "#1b6e3c")
#: Colour of small text on the tint, and of the page.
_TEXT, _PAGE = "#333333", "#ffffff"
#: WCAG 2.1 AA for text, and AAA for text on a tint.
_LEGIBLE, _EASY = 4.5, 7.0
#: Distance in CIE Lab 1976 below which a colour could be taken for another at a glance.
_APART = 25.0
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES, _MOST_POINTS = 100_000, 4_000_000
#: Kind of colours in a PNG file to the values of a point.
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: What ends or divides a sentence; parts of a hundred; and words that say something of a model or of what is known of it.
_SENTENCE, _PERCENT = re.compile(r"[!?:;]|\.(?:\s|$)"), re.compile(r"\bper ?cent|\bprocent")
_SAYS = re.compile(
    r"\b(?:approved|passed|failed|released|compliant|complies|suitable|fine|agreed|agrees|accepted|safe|fair|unbiased|proven"
    r"|certified|guaranteed|verified|nobody|nothing|none|never|zero|breach|breaches|in use|meets|all|every"
    r"|goedgekeurd|geslaagd|gezakt|vrijgegeven|geschikt|voldoet|akkoord|aanvaard|veilig|eerlijk|onbevooroordeeld|bewezen"
    r"|gecertificeerd|gegarandeerd|niemand|niets|geen|nooit|nul|overtreding|overtredingen|in gebruik|in orde|alle|alles"
    r"|measured|declared|derived|open|gemeten|verklaard|afgeleid)\b"
)

Colour = Annotated[Line, Field(pattern=r"^#[0-9a-f]{6}$")]


class Logo(Authored):
    """A picture in the upper margin of the first page, seven millimetres high."""

    file: Annotated[Line, Field(pattern=r"^[a-z0-9_-]{1,60}\.png$")]
    """Name of a PNG file in the theme's folder."""
    says: Text
    """What people hear who cannot see it: a name, and no sentence."""


class Theme(Authored):
    """How an organisation's documents look."""

    format: Literal[1]
    accent: Colour = "#154273"
    """Colour of headings, lines and marks, like '#154273': legible on white, and unlike the colours of a breach or a doubt."""
    tint: Colour = "#eef2f7"
    """Colour behind rows that stand out: light enough for small text."""
    logo: Logo | None = None
    """The organisation's logo."""
    words: dict[str, Text] = Field(default_factory=dict)
    """What the organisation calls its functions and areas: 'who.dpo', 'aggregation.neighbourhood'."""

    @model_validator(mode="after")
    def _harmless(self) -> Self:
        refuse_any([*self._colours(), *self._names()])
        return self

    def _colours(self) -> Iterator[Problem]:
        if (found := contrast(self.accent, _PAGE)) < _LEGIBLE:
            what = f"the accent has a contrast of {found:.1f} with the page, and {_LEGIBLE} is legible"
            yield Problem(what=what, remedy="Take a darker colour.", at=("accent",))
        if any(_distance(self.accent, signal) < _APART for signal in SIGNALS):
            what = "the accent is close to a colour that marks a breach, a doubt or an answer that is shown"
            yield Problem(what=what, remedy="Take another colour: those three keep their meaning.", at=("accent",))
        if (found := contrast(self.tint, _TEXT)) < _EASY:
            what = f"the tint has a contrast of {found:.1f} with the text on it, and {_EASY:.0f} is needed for small text"
            yield Problem(what=what, remedy="Take a lighter colour.", at=("tint",))

    def _names(self) -> Iterator[Problem]:
        may = {f"{kind}.{code}": (kind, code) for kind in NAMEABLE for code in CODES[kind]}
        for key, text in self.words.items():
            if key not in may:
                remedy = f"Only functions and areas have names of their own: {', '.join(may)}."
                yield Problem(what=f"{key[:LONGEST_NAME]!r} is no word that a theme may change", remedy=remedy, at=("words",))
                continue
            for lang in LANGUAGES:
                at, said = ("words", key, lang), text.in_(lang)
                others = [other for other in may if other != key]
                taken = {skeleton(self.words[other].in_(lang)) for other in others if other in self.words}
                taken |= {skeleton(_word(lang, *may[other])) for other in others}
                yield from _no_name(said, at)
                if skeleton(said) in taken:
                    yield Problem(what="is the name of another function or area", remedy="Give each its own name.", at=at)
        for lang in LANGUAGES:
            if self.logo is not None:
                yield from _no_name(self.logo.says.in_(lang), ("logo", "says", lang))


def _no_name(said: str, at: tuple[str, ...]) -> Iterator[Problem]:
    """Yield why a text is more than a name: where it could say something of the model."""
    if len(said) > LONGEST_NAME or "\n" in said:
        yield Problem(what="is no short name", remedy=f"Use one line of {LONGEST_NAME} characters.", at=at)
    if _SENTENCE.search(said):
        yield Problem(what="is a sentence and no name", remedy="Leave out full stops, colons and the like.", at=at)
    words = skeleton(said)
    if any(letter.isnumeric() or letter == "%" for letter in said) or _PERCENT.search(words):
        yield Problem(what="holds a number", remedy="Numbers are computed; a name has none.", at=at)
    if any(word in words for word in _verdicts()) or _SAYS.search(words):
        yield Problem(what="holds a word of the verdict", remedy="Name who or what it is, and nothing more.", at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A theme that was read: its values, and the bytes of its logo."""

    theme: Theme
    logo: bytes | None = field(default=None, repr=False)

    def names(self) -> Mapping[tuple[str, str], Text]:
        """Return the organisation's own names, by kind and code."""
        return {(kind, code): text for key, text in self.theme.words.items() for kind, _, code in [key.partition(".")]}


def open_theme(where: Path | str) -> Look:
    """Return the theme in the folder `where`, or the one of that name that comes with the library.

    Raises
    ------
    Refused
        U01 where there is no such theme or logo; P05 and the rules of texts, all at once, for ``theme.yaml``; P05 for a logo
        that is no small PNG file.
    """
    expect(where, (str, Path), "Argument theme", f"Give a folder with {FILE}, or one of {', '.join(SHIPPED)}.")
    folder = template_folder() / "themes" / where if str(where) in SHIPPED else Path(where)
    try:
        there = (folder / FILE).is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        remedy = f"Give a folder with {FILE}, or one of {', '.join(SHIPPED)}."
        raise Refused("U01", f"There is no theme in {shown(str(where), 200)}.", "Argument theme", remedy)
    theme = reading(folder / FILE, Theme).value
    if theme.logo is None:
        return Look(theme=theme)
    file = folder / theme.logo.file
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Refused(
            "U01", f"The logo cannot be read ({error.strerror}).", str(file), "Put it in the theme's folder."
        ) from None
    if len(data) > _MOST_BYTES or not _is_png(data):
        what = f"The logo is no PNG file of at most {_MOST_BYTES // 1000} kB and {_MOST_POINTS // 1_000_000} million points."
        raise Refused("P05", what, str(file), "Save it as a small PNG file.")
    return Look(theme=theme, logo=data)


def _is_png(data: bytes) -> bool:
    """Whether it is a whole PNG file (ISO 15948) with a picture of a size that is allowed."""
    chunks, at, packed = list[bytes](), len(_PNG), b""
    while data.startswith(_PNG) and at + 12 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        body, at = data[at + 4 : at + 8 + size], at + 12 + size
        if zlib.crc32(body) != int.from_bytes(data[at - 4 : at]):
            return False
        chunks.append(kind)
        packed += body[4:] if kind == b"IDAT" else b""
    if at != len(data) or len(chunks) < 3 or (chunks[0], chunks[-1]) != (b"IHDR", b"IEND"):
        return False
    width, height, depth, colours = int.from_bytes(data[16:20]), int.from_bytes(data[20:24]), data[24], data[25]
    if not 0 < width * height <= _MOST_POINTS or colours not in _CHANNELS:
        return False
    rows = height * (1 + (width * depth * _CHANNELS[colours] + 7) // 8)
    unpack = zlib.decompressobj()
    try:
        picture = unpack.decompress(packed, 2 * rows)
    except zlib.error:
        return False
    # Rows of an interlaced picture have a few bytes more.
    return unpack.eof and len(picture) >= rows


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.1), from 1 to 21.

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"), 1), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    light, dark = sorted((_xyz(one)[1], _xyz(other)[1]), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _xyz(colour: str) -> tuple[float, float, float]:
    """Return the CIE XYZ values of an sRGB colour, white being 1 in Y (IEC 61966-2-1)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return (
        0.4124 * red + 0.3576 * green + 0.1805 * blue,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        0.0193 * red + 0.1192 * green + 0.9505 * blue,
    )


def _distance(one: str, other: str) -> float:
    """Return the distance of two colours in CIE Lab 1976; 2 is just seen, 100 is black against white."""

    def lab(colour: str) -> tuple[float, float, float]:
        white = _xyz("#ffffff")
        shares = [value / of for value, of in zip(_xyz(colour), white, strict=True)]
        x, y, z = (share ** (1 / 3) if share > (6 / 29) ** 3 else share / (3 * (6 / 29) ** 2) + 4 / 29 for share in shares)
        return 116 * y - 16, 500 * (x - y), 200 * (y - z)

    return float(sum((a - b) ** 2 for a, b in zip(lab(one), lab(other), strict=True)) ** 0.5)


def _word(lang: str, kind: str, code: str) -> str:
    return catalogue(lang).gettext(CODES[kind][code])


@cache
def _verdicts() -> frozenset[str]:
    """Return the words by which a verdict or a decision is told, in every language."""
    found = {skeleton(_word(lang, kind, code)) for lang in LANGUAGES for kind in ("status", "decision") for code in CODES[kind]}
    return frozenset(found)
