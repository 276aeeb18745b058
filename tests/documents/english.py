"""English words on a Dutch page."""

from __future__ import annotations

import re

from smartstart_gov.statistics.rates import RATES

#: English words that are no Dutch words, and that no name or quotation in these documents needs.
ENGLISH = {
    "the",
    "and",
    "with",
    "for",
    "not",
    "shown",
    "this",
    "that",
    "which",
    "are",
    "were",
    "what",
    "who",
    "how",
    "each",
    "from",
    "by",
    "these",
    "those",
    "there",
    "been",
    "has",
    "have",
    "does",
    "whether",
    "cases",
    "group",
    "groups",
    "share",
    "rows",
    "metric",
    "limit",
    "measured",
    "declared",
    "everybody",
    "rate",
    "difference",
    "threshold",
    "question",
    "answer",
    "number",
    "undefined",
    "unknown",
    "page",
    "see",
    "section",
    "figure",
    "table",
    "nothing",
    "their",
    "they",
    "its",
    "only",
    "could",
    "would",
    "must",
    "should",
}


def english(text: str) -> set[str]:
    """Return the English words in `text`; quotations, file names and keys do not count."""
    for rate in RATES.values():
        text = text.replace(rate.citation, "")
    # Names of files and of keys in them, digests, ids of findings.
    text = re.sub(
        r"\S+\.(yaml|json)( \([^)]*\))?|\[(limit|control|rows)\.[^\]]+\]|sha256:\w+|decide_on: point|'smartstart-gov verify'",
        "",
        text,
    )
    return {word for word in re.findall(r"[a-z_]+", text.lower()) if word in ENGLISH}
