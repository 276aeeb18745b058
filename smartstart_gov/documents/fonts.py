"""Templates, fonts, styles and catalogues: where they lie, how wide a text is, and what of it the fonts can draw."""

from __future__ import annotations

import io
from functools import cache, lru_cache
from pathlib import Path

from smartstart_gov.authoring.letters import undrawable
from smartstart_gov.errors import Refused

DOMAIN = "smartstart_gov"
#: Font files by the name under which the style sheet asks for them.
FONTS = {
    f"{font}-{weight}": f"fonts/{font}-{weight}.woff2" for font in ("source-sans-3", "dejavu-sans") for weight in (400, 700)
}
SIZE = 10.0


@cache
def template_folder() -> Path:
    """Return the folder of templates.

    Raises
    ------
    Refused
        U02, where the installation is incomplete.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_templates", package.parent / "templates"):
        if (folder / "theme.css").is_file():
            return folder
    raise Refused(
        "U02",
        "The templates of the documents are not installed.",
        f"Looked in {package / '_templates'} and {package.parent / 'templates'}",
        "Install smartstart-gov anew, or run it from a full checkout of the repository.",
    )


def resource(name: str) -> bytes:
    """Return the bytes of a file in the template folder; `name` is one of our own, never data."""
    return (template_folder() / name).read_bytes()


def readable(text: str) -> str:
    r"""Return `text` with a mark in place of every character that cannot be drawn: invisible ones, and those of no font.

    Authored files refuse these; names that come from code or from a vendor's model may still hold them.

    Examples
    --------
    >>> readable("one\u202etwo")
    'one�two'
    """
    return text.translate({ord(sign): "\ufffd" for sign in undrawable(text)})


@cache
def _advances() -> dict[int, float]:
    """Return the width of each character in ems, of the font that draws it."""
    from fontTools.ttLib import TTFont

    found: dict[int, float] = {}
    # The style sheet asks the text font first, and then the one with the signs.
    for name in reversed([name for name in FONTS if name.endswith("-400")]):
        font = TTFont(io.BytesIO(resource(FONTS[name])), lazy=True)
        widths, em = font["hmtx"], font["head"].unitsPerEm
        found |= {code: widths[glyph][0] / em for code, glyph in font.getBestCmap().items()}
    return found


def text_width(text: str, size: float = SIZE) -> float:
    """Return the width of `text` without kerning, in the unit of `size`; what no font has counts as one em."""
    return size * _ems(text)


@lru_cache(maxsize=2**14)
def _ems(text: str) -> float:
    # Where a page is fitted, the same words are measured again and again.
    advances = _advances()
    return sum(advances.get(ord(letter), 1.0) for letter in text)


def wrap(text: str, width: float, *, lines: int = 3, size: float = SIZE) -> list[str]:
    """Return `text` in at most `lines` lines of at most `width`; what does not fit ends in an ellipsis.

    A word that is wider than a line goes on in the next, where it can after one of its own marks.

    Examples
    --------
    >>> wrap("Overig Europa", 200), wrap("Buurt met een heel lange naam van wel twaalf woorden lang", 60, lines=2)
    (['Overig Europa'], ['Buurt met een', 'heel lange …'])
    """
    words, found = text.split(), [""]
    while words:
        candidate = f"{found[-1]} {words[0]}".strip()
        if text_width(candidate, size) <= width:
            found[-1] = candidate
            words.pop(0)
        elif found[-1] and len(found) < lines:
            found.append("")
        elif len(found) < lines:
            begin = _begin(words[0], width, size)
            found[-1], words[0] = words[0][:begin], words[0][begin:]
            found.append("")
        else:
            found[-1] = _cut(candidate, width, size)
            break
    return found


def _begin(word: str, width: float, size: float) -> int:
    """Return how many letters of a word that is too wide for a line stand on it: at least one."""
    fits = next((n for n in range(len(word), 1, -1) if text_width(word[:n], size) <= width), 1)
    mark = max(word.rfind(sign, 0, fits) for sign in "_-/.") + 1
    return mark if mark > fits // 2 else fits


def _cut(text: str, width: float, size: float) -> str:
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    # "een heel …", not "een heel lan…" where a space is at hand.
    whole = text.rpartition(" ")[0]
    return f"{whole} …" if whole else f"{text}…"
