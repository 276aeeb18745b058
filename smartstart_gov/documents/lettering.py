"""How wide a text is in the bundled font, without opening the font: enough to keep labels inside their room."""

from __future__ import annotations

import unicodedata

SIZE = 10.0
_UNREADABLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
#: Advance widths in ems, at or above those of the bundled font; what is not listed counts as 1.
_WIDTHS = {
    0.335: " iìíîïjı',.:;·‘’‚|¦lIÌÍÎÏ‹›!¡f()[]{}•-­°",
    0.45: 'tªr/\\º²³¹*s®?z¿"“”„″«»',
    0.575: "xcçvyýÿYÝJ–LFkeèéêë#$+0123456789<=>^~¢£¤¥§¬±×÷€_agàáâãäåXVEÈÉÊËSTZ`oðòóôõöøhuùúûüAÀÁÂÃÄÅnñbdpqþ¶µ−",
    0.68: "PRCÇßKÞBD&GÐUÙÚÛÜNÑHOQÒÓÔÕÖØ",
    0.87: "wMæ©¼W¾—½Æ%mœ@Œ",
}
_WIDTH_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}


def readable(text: str) -> str:
    r"""Return `text` with a mark in place of every invisible, control or direction-changing character.

    Authored files refuse these; names that come from code or from a vendor's model may still hold them.

    Examples
    --------
    >>> readable("one\u202etwo")
    'one�two'
    """
    return "".join("\ufffd" if unicodedata.category(c) in _UNREADABLE and c != "\n" else c for c in text)


def text_width(text: str, size: float = SIZE) -> float:
    """Return a width that `text` does not exceed, in the unit of `size`."""
    return size * sum(_WIDTH_OF.get(letter, 1.0) for letter in text)


def wrap(text: str, width: float, *, lines: int = 2, size: float = SIZE) -> list[str]:
    """Return `text` in at most `lines` lines of at most `width`; what does not fit ends in an ellipsis.

    Examples
    --------
    >>> wrap("Overig Europa", 200), wrap("Buurt met een heel lange naam", 60)
    (['Overig Europa'], ['Buurt met', 'een heel …'])
    """
    words, found = text.split(), [""]
    while words:
        candidate = f"{found[-1]} {words[0]}".strip()
        if text_width(candidate, size) <= width:
            found[-1] = candidate
            words.pop(0)
        elif found[-1] and len(found) < lines:
            found.append("")
        else:
            found[-1] = _cut(candidate, width, size)
            break
    return found


def _cut(text: str, width: float, size: float) -> str:
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    # "een heel …", not "een heel lan…" where a space is at hand.
    whole = text.rpartition(" ")[0]
    return f"{whole} …" if whole else f"{text}…"
