"""Make the fallback font, and the table of what the fonts of the documents can draw.

    python -m tools.fonts FOLDER     cut the fallback out of DejaVu Sans (Debian: /usr/share/fonts/truetype/dejavu)
    python -m tools.fonts            write the table from the fonts that stand in templates/fonts

Source Sans 3 is shipped as its makers made it. Of DejaVu Sans, signs stay, and the letters of scripts in which it has
a glyph for each in both weights and needs nothing else of the machine.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent.parent / "templates" / "fonts"
TABLE = Path(__file__).parent.parent / "smartstart_gov" / "authoring" / "letters.py"
FONTS = ("source-sans-3", "dejavu-sans")
_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "HEBREW", "ARABIC", "TIFINAGH", "MODIFIER LETTER")
#: From here on come signs of other continents, and forms of letters that no keyboard has.
_LAST_SIGN, _LAST_LETTER = 0x27FF, 0x2FFF
#: How letters join in Arabic, and where marks stand.
_FEATURES = ["ccmp", "init", "medi", "fina", "rlig", "mark", "mkmk"]


def letters(name: str) -> set[int]:
    """Return the characters of a font of the documents."""
    return _characters(FOLDER / name)


def _characters(path: Path) -> set[int]:
    with TTFont(path) as font:
        return set(font.getBestCmap())


def drawable() -> set[int]:
    """Return the characters that can be drawn in both weights, and seen: of one font or of the other."""
    found = set[int]().union(*(letters(f"{font}-400.woff2") & letters(f"{font}-700.woff2") for font in FONTS))
    return {code for code in found if unicodedata.category(chr(code)) not in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")}


def _kept(code: int) -> bool:
    sign = chr(code)
    if code == 0xFFFD:
        return True
    kind = unicodedata.category(sign)[0]
    if kind in "LM":
        return code <= _LAST_LETTER and unicodedata.name(sign, "").startswith(_SCRIPTS)
    return code <= _LAST_SIGN and kind in "NPSZ"


def cut(source: Path) -> None:
    """Write the fallback font in both weights."""
    faces = {400: "DejaVuSans.ttf", 700: "DejaVuSans-Bold.ttf"}
    both = set.intersection(*(_characters(source / face) for face in faces.values()))
    # Spaces, figures and punctuation between its letters are drawn in the same font as the letters.
    elsewhere = {code for code in letters("source-sans-3-400.woff2") if unicodedata.category(chr(code))[0] in "LM"}
    wanted = sorted(code for code in both - elsewhere if _kept(code))
    for weight, face in faces.items():
        options = subset.Options(flavor="woff2", layout_features=_FEATURES, notdef_outline=True)
        font = subset.load_font(str(source / face), options)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=wanted)
        cutter.subset(font)
        subset.save_font(font, str(FOLDER / f"dejavu-sans-{weight}.woff2"), options)


def table() -> str:
    """Return the module that holds the ranges, with those of the fonts as they are."""
    codes, ranges = sorted(drawable()), list[list[int]]()
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    words = [f"{a:X}" if a == b else f"{a:X}-{b:X}" for a, b in ranges]
    lines, line = list[str](), ""
    for word in words:
        if len(line) + len(word) > 110:
            lines.append(line)
            line = ""
        line += f"{word} "
    body = "\n".join(f'    "{line}"' for line in [*lines, line.rstrip()])
    before, _, rest = TABLE.read_text(encoding="utf-8").partition("_RANGES = (\n")
    return f"{before}_RANGES = (\n{body}\n){rest.partition(chr(10) + ')')[2]}"


def main() -> None:
    """Cut where a folder is given, and write the table."""
    if len(sys.argv) > 1:
        cut(Path(sys.argv[1]))
    TABLE.write_text(table(), encoding="utf-8")
    print(f"{len(drawable())} characters")


if __name__ == "__main__":
    main()
