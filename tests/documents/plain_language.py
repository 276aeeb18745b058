"""How plain a text is: words a sentence, hard words that nobody explains, and sentences in the passive.

Simple rules, made for these documents. They see what they look for and no more: a text that keeps them can still be unclear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from smartstart_gov.documents.blocks import Badge, Badges, Block, Bullets, Figure, Prose, Table
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

#: Words that somebody who reads at level B1 may not know. A document uses them only where it explains them.
HARD = {
    "en": (
        "accuracy", "algorithm", "attribute", "audit", "baseline", "bias", "breach", "calibration", "capacity", "coercive",
        "cohort", "commence", "compliance", "confidence", "correlation", "criterion", "deviate", "disclosure", "disparity",
        "distribution", "estimate", "evaluate", "evaluation", "evidence", "facilitate", "false positive", "feature",
        "finding", "gate", "governance", "hence", "indicator", "intersection", "interval", "jurisdiction", "label", "ladder",
        "margin", "methodology", "metric", "mitigate", "numerator", "parameter", "percentage point", "policy", "predictive",
        "probability", "proportion", "pseudonym", "pursuant", "quantile", "ratio", "sensitivity", "significant",
        "specificity", "stakeholder", "statistical", "stratum", "subgroup", "subtraction", "tally", "thereby", "threshold",
        "utilise", "validate", "variable", "variance", "verdict", "weighted",
    ),
    "nl": (
        "aangaande", "aftrekken", "algoritme", "attribuut", "audit", "bandbreedte", "beleid", "betreffende", "betrouwbaarheid",
        "bevinding", "bias", "calibratie", "capaciteit", "cohort", "conform", "correlatie", "criterium", "derhalve",
        "dienen te", "discrepantie", "disparaat", "drempel", "evaluatie", "geschonden", "gevoeligheid", "governance",
        "implementatie", "indicator", "instaan", "instaat", "interval", "inzake", "kalibratie", "kans op", "kenmerk", "label",
        "methodiek", "middels", "mitigatie", "nauwkeurigheid", "parameter", "percentagepunt", "poort", "populatie",
        "proportioneel", "pseudoniem", "schending", "significant", "statistisch", "steekproef", "stratum", "subgroep",
        "teneinde", "valideren", "variabele", "variantie", "verdeling", "verhouding", "voorspellende waarde", "weging",
    ),
}  # fmt: skip
#: Words in a sentence on average, words read in one go, and the share of sentences in the passive. The last is what was
#: measured (English 0.22, Dutch 0.05), and a little more.
MEAN, MOST = 20, 28
PASSIVE = {"en": 0.25, "nl": 0.08}
#: The passive: a form of these verbs with a participle not far behind or, in Dutch, before it.
_BE = {"en": "is|are|was|were|be|been|being", "nl": "word|wordt|worden|werd|werden"}
_PARTICIPLE = {
    "en": (
        r"(?:\w{2,}ed|made|done|given|taken|shown|held|known|kept|left|told|sent|found|set|put|chosen|written|seen|said|drawn"
        r"|broken|built|forced|crossed)"
    ),
    # A prefix that is no part of a stem, or a particle before ge.
    "nl": r"(?:(?:aan|af|bij|in|mee|op|uit|vast|na|om|toe|weg|samen|door|over|terug|voor)?ge\w{2,}(?:d|t|en)|(?:be|ver|her|ont)\w{2,}(?:d|t|en))",
}
_NOT_SO = {"en": {"need", "indeed"}, "nl": {"gegeven", "geven", "geen", "gebied", "gemeente", "gevallen", "gegevens", "bevat"}}


def texts(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield what a reader of blocks reads: paragraphs, items, boxes, cells, captions and what is read aloud of a picture."""
    for block in blocks:
        if isinstance(block, Prose):
            yield f"{block.lead} {block.text}".strip()
        elif isinstance(block, Bullets):
            yield from block.items
        elif isinstance(block, Badge):
            yield from (block.word, block.text)
        elif isinstance(block, Badges):
            yield from (text for badge in block.badges for text in (badge.word, badge.text))
        elif isinstance(block, Figure):
            yield from (block.alt, block.caption)
        elif isinstance(block, Table):
            yield from (cell for row in block.rows for cell in row)
        else:
            raise TypeError(f"nobody said how a block {type(block).__name__} is read")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text: they end with a full stop, question mark, exclamation mark or ellipsis.

    A number on a list is no sentence.
    """
    text = re.sub(r"^\d+\. ", "", text)
    return [one for one in re.split(r"(?<=[.!?…])[)'’]*\s+", text) if re.search(r"[^\W\d]", one)]


def stretches(sentence: str) -> list[str]:
    """Return a sentence in the pieces in which it is read: a list stands behind a colon, semicolons divide it."""
    return [piece for piece in re.split(r"[:;]\s+", sentence) if piece]


def length(text: str) -> int:
    """Return the number of words."""
    return len(re.findall(r"\S*\w\S*", text))


def passive(sentence: str, lang: str) -> bool:
    """Whether a sentence has a form of to be (worden) with a participle near: in Dutch it may stand before it, and farther."""
    found = re.findall(r"[\w-]+", sentence.lower())
    auxiliaries = [i for i, word in enumerate(found) if re.fullmatch(_BE[lang], word)]
    participles = [i for i, word in enumerate(found) if re.fullmatch(_PARTICIPLE[lang], word) and word not in _NOT_SO[lang]]
    before, after = (6, 6) if lang == "nl" else (0, 3)
    return any(a < p <= a + after or p < a <= p + before for a in auxiliaries for p in participles)


def hard(text: str, lang: str) -> set[str]:
    """Return the hard words in a text, also in the plural and as the beginning of a longer Dutch word."""
    ends = "(?:s|es|d|ed)?" if lang == "en" else r"\w{0,3}"
    return {word for word in HARD[lang] if re.search(rf"\b{word}{ends}\b", text.lower())}


@dataclass(frozen=True, kw_only=True)
class Plainness:
    """What was counted in the sentences of one text."""

    mean: float
    longest: tuple[int, str]
    hard: frozenset[str]
    passive: float


def plainness(found: Iterable[str], lang: str, *, explained: str = "") -> Plainness:
    """Return how plain texts are; hard words that `explained` holds do not count."""
    all_ = [sentence for text in found for sentence in sentences(text)]
    pieces = [piece for sentence in all_ for piece in stretches(sentence)]
    told = hard(explained, lang)
    return Plainness(
        mean=sum(map(length, all_)) / len(all_),
        longest=max((length(piece), piece) for piece in pieces),
        hard=frozenset(word for sentence in all_ for word in hard(sentence, lang) if word not in told),
        passive=sum(passive(sentence, lang) for sentence in all_) / len(all_),
    )


def plain(evidence: Evidence, lang: str) -> None:
    """Fail where the factsheet, or the first page of the card, is not plain."""
    sheet, card = (builder_of(kind)(evidence, Words(lang)) for kind in ("factsheet", "model_card"))
    front = [*card.front, *(block for one in card.sections if one.on_front for block in one.blocks)]
    meanings = [block for block in card.blocks() if isinstance(block, Table) and block.header[0] in ("Word", "Woord")]
    explained = "; ".join(row[0] for table in meanings for row in table.rows)
    for blocks, told in ((list(sheet.blocks()), ""), (front, explained)):
        found = plainness(texts(blocks), lang, explained=told)
        assert found.mean <= MEAN
        assert found.longest[0] <= MOST, found.longest[1]
        assert found.hard == set()
        assert found.passive <= PASSIVE[lang]
