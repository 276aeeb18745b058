"""count_terms(): text of dossiers becomes counts of a closed list of words, and the list is audited before anything is counted.

Text is never a column of a contract, and never reaches a model or a document. A word is counted only if it can point to
nobody: many people's dossiers have it, and it is not a name. Whether a word is a name is asked in two ways, because
neither is enough: of the names in the registers, and of how it is written in the middle of a sentence.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.node import shown
from smartstart_gov.errors import Refused, Violation

#: No word is counted that fewer people's dossiers have than this, unless the caller asks for more.
FEWEST = 20
#: A word of which more than this share stands with a capital inside a sentence is a name, or is treated as one.
_CAPITALS = 0.5
_WORD = re.compile("[^\\W_]+(?:['\u2019-][^\\W_]+)*")
#: After one of these a capital says nothing.
_ENDS = re.compile('[.!?:;\n\r"\u201c\u201d(\u2022*-]\\s*$')
Counts = npt.NDArray[np.int64]


def count_terms(
    texts: Sequence[str | None], vocabulary: Mapping[str, Sequence[str]], *, persons: Sequence[Hashable],
    names: Collection[str] = (), minimum: int = FEWEST,
) -> dict[str, Counts]:  # fmt: skip
    """Return for each text how often it has the words of each term.

    Parameters
    ----------
    texts : sequence of str or None, length n_dossiers
        None or an empty text counts nothing.
    vocabulary : mapping of str to sequence of str
        The closed list: for each term the words that count for it, whole and in any case.
    persons : sequence, length n_dossiers
        Whose dossier each text is: several dossiers of one person count as one.
    names : collection of str
        Names in the registers: of children, parents, workers and streets. Each of their parts is a name.
    minimum : int
        Fewest people whose dossiers have a word; at least 20.

    Returns
    -------
    dict of str to ndarray of int64, shape (n_dossiers,)
        Of the words themselves nothing is kept.

    Raises
    ------
    Refused
        D23, once for the whole list: how many words of which terms may not be counted, and never which words.

    Examples
    --------
    >>> import smartstart_gov as gov
    >>> notes = ["Ouders zoeken een huis. Veel ruzie thuis.", "Geen bijzonderheden."] * 20
    >>> counted = gov.count_terms(notes, {"housing": ["huis", "huur"], "tension": ["ruzie"]}, persons=range(40))
    Traceback (most recent call last):
    ...
    smartstart_gov.errors.Refused: 1 of 3 words may not be counted: 1 stands in the dossiers of fewer than 20 people.
    count_terms(vocabulary=). Take words out of these terms: 'housing' (1). [D23]
    >>> gov.count_terms(notes, {"housing": ["huis"], "tension": ["ruzie"]}, persons=range(40))["tension"][:4].tolist()
    [1, 0, 1, 0]
    """
    if len(texts) != len(persons):
        what = f"There are {len(texts)} texts and {len(persons)} persons."
        raise Refused("U01", what, "count_terms(texts=, persons=)", "Say of each text whose dossier it is.")
    terms = {name: tuple(word.casefold() for word in words) for name, words in vocabulary.items()}
    term_of = {word: name for name, words in terms.items() for word in words}
    counts = {name: np.zeros(len(texts), dtype=np.int64) for name in terms}
    holders: defaultdict[str, set[Hashable]] = defaultdict(set)
    inside: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for place, (text, person) in enumerate(zip(texts, persons, strict=True)):
        for word, begins, large in _words(text or ""):
            if word in term_of:
                counts[term_of[word]][place] += 1
                holders[word].add(person)
                inside[word] += not begins
                capital[word] += large and not begins
    known = {part for name in names for part in _WORD.findall(name.casefold())}
    faults = {
        "stands in the dossiers of fewer than {minimum} people": [w for w in term_of if len(holders[w]) < max(minimum, FEWEST)],
        "is a name, or is written like one": [
            w for w in term_of if known & set(_WORD.findall(w)) or (inside[w] and capital[w] / inside[w] > _CAPITALS)
        ],
        "holds a digit": [w for w in term_of if any(sign.isdigit() for sign in w)],
    }
    doubled = [w for name, words in terms.items() for w in words if words.count(w) > 1 or term_of[w] != name]
    faults["is more than one word, or stands twice"] = [w for w in term_of if not _WORD.fullmatch(w) or w in doubled]
    if any(faults.values()) or not term_of:
        raise Refused.of([_refusal(terms, faults, max(minimum, FEWEST))])
    return counts


def _words(text: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield every word without its case, whether it begins a sentence, and whether it begins with a capital."""
    for found in _WORD.finditer(text):
        before = text[: found.start()].rstrip(" \t")
        yield found[0].casefold(), not before or _ENDS.search(before) is not None, found[0][0].isupper()


def _refusal(terms: Mapping[str, Iterable[str]], faults: Mapping[str, Sequence[str]], minimum: int) -> Violation:
    bad = {word for words in faults.values() for word in words}
    said = "; ".join(f"{len(set(words))} {what.format(minimum=minimum)}" for what, words in faults.items() if words)
    places = {name: sum(word in bad for word in words) for name, words in terms.items()}
    total = sum(len(set(words)) for words in terms.values())
    what = f"{len(bad)} of {total} words may not be counted: {said}." if total else "The vocabulary has no words."
    where = ", ".join(f"{shown(name)} ({n})" for name, n in places.items() if n)
    remedy = f"Take words out of these terms: {where}." if where else "List the words of each term."
    return Violation(rule="D23", what=what, where="count_terms(vocabulary=)", remedy=remedy)
