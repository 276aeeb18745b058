"""count_terms(): text of dossiers becomes counts of a closed list of words, and the list is audited before anything is counted.

Text is never a column of a contract, and never reaches a model or a document. A word is counted only if many people's
dossiers have it, and nothing says that it is a name. That is asked in two ways, because neither is enough: of the names in
the registers, and of how the word is written. A word is no name only where that is seen: in the dossiers of as many
people it stands in small letters, inside a sentence, in a text whose writer uses capitals.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.node import shown
from smartstart_gov.errors import Refused, Violation, expect, expect_whole
from smartstart_gov.intake.tables import one_each

#: No word is counted that fewer people's dossiers have than this, unless the caller asks for more.
FEWEST = 20
#: A word of which more than this share stands with a capital inside a sentence is a name, or is treated as one.
_CAPITALS = 0.1
#: Names of so many letters are looked for inside words too; shorter ones stand in too many words that are no names.
_LONG_NAME = 6
_WORD = re.compile("[^\\W_]+(?:['-][^\\W_]+)*")
_PART = re.compile("[^\\W_]+")
#: Between two words: a capital after one of these says nothing.
_ENDS = re.compile("[.!?:;\n\r\u2028\u2029\u2026]")
#: A full stop after one of these, or after a single letter, ends no sentence.
_SHORT = frozenset((
    "bijv", "ca", "dhr", "dr", "drs", "ds", "evt", "fam", "gem", "hr", "incl", "ing", "ir", "mej", "mevr", "mr", "mw", "nr",
    "prof", "resp", "st", "str", "vgl", "wed", "zgn",
))  # fmt: skip
#: What is put behind a name: of whom it is, several of that name, a small one.
_ENDINGS = ("s", "je", "jes", "tje", "tjes", "pje", "pjes", "etje", "etjes", "kje", "kjes", "ke", "ie", "ies")
#: Letters that are one sign to a computer and another letter to whoever types them, and signs that look alike.
_PLAIN = str.maketrans({
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "\u0131": "i", "æ": "ae", "Æ": "Ae",
    "œ": "oe", "Œ": "Oe", "þ": "th", "Þ": "Th", "\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'", "\u2010": "-",
    "\u2011": "-",
})  # fmt: skip
Counts = npt.NDArray[np.int64]


def count_terms(
    texts: Sequence[str | None], vocabulary: Mapping[str, Sequence[str]], *, persons: Sequence[Hashable],
    names: Collection[str] = (), minimum: int = FEWEST,
) -> dict[str, Counts]:  # fmt: skip
    """Return for each text how often it has the words of each term.

    Parameters
    ----------
    texts : sequence of str or None, length n_dossiers
        What is missing, or empty, counts nothing.
    vocabulary : mapping of str to sequence of str
        The closed list: for each term the words that count for it, whole, in any case, and with or without accents.
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
        D23, once for the whole list: how many words of which terms may not be counted, and never which words. U01 and D17
        for arguments that are no texts, words, persons or names.

    Notes
    -----
    Of each name in `names` every part is refused, also with an ending behind it (*jansens*, *jantje*) and, from six letters,
    inside another word (*jansenhuis*).

    It does not see: a name that is not in `names` and is written in small letters, inside a sentence, in the dossiers of
    `minimum` people; a word that is not in `names`, and that is a name in at most one of ten places and a thing in the others
    (*bakker*); a short name inside another word; another spelling than that in `names` (*Mueller* for *Müller*); one person
    under two pseudonyms. So somebody who knows the people reads the list first.

    Examples
    --------
    >>> import smartstart_gov as gov
    >>> notes = ["Ouders zoeken een huis. Veel ruzie thuis.", "Geen bijzonderheden."] * 20
    >>> counted = gov.count_terms(notes, {"housing": ["huis", "huur"], "tension": ["ruzie"]}, persons=range(40))
    Traceback (most recent call last):
    ...
    smartstart_gov.errors.Refused: 1 of 3 words may not be counted: in the dossiers of fewer than 20 people (1).
    count_terms(vocabulary=). Take words out of these terms: 'housing' (1). [D23]
    >>> gov.count_terms(notes, {"housing": ["huis"], "tension": ["ruzie"]}, persons=range(40))["tension"][:4].tolist()
    [1, 0, 1, 0]
    """
    notes, words_of, people, known = _checked(texts, vocabulary, persons, names, minimum)
    least = max(minimum, FEWEST)
    terms = {term: tuple(_plain(word).casefold() for word in words) for term, words in words_of.items()}
    term_of = {word: term for term, words in terms.items() for word in words}
    counts = {term: np.zeros(len(notes), dtype=np.int64) for term in terms}
    holders: defaultdict[str, set[Hashable]] = defaultdict(set)
    small: defaultdict[str, set[Hashable]] = defaultdict(set)
    inside: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for place, (text, person) in enumerate(zip(notes, people, strict=True)):
        for word, begins, told in _words(_plain(text or "")):
            if word in term_of:
                counts[term_of[word]][place] += 1
                holders[word].add(person)
                inside[word] += not begins
                capital[word] += told == "capital" and not begins
                if told == "small" and not begins:
                    small[word].add(person)
    rare = [w for w in term_of if len(holders[w]) < least]
    written = [w for w in term_of if inside[w] and capital[w] / inside[w] > _CAPITALS]
    named = [w for w in term_of if w in written or _is_name(w, known)]
    doubled = [w for term, words in terms.items() for w in words if words.count(w) > 1 or term_of[w] != term]
    faults = {
        f"in the dossiers of fewer than {least} people": rare,
        "a name, or written like one": named,
        f"perhaps a name, because it stands in small letters inside a sentence for fewer than {least} people": [
            w for w in term_of if len(small[w]) < least and w not in rare and w not in named
        ],
        "one letter, or with a digit": [w for w in term_of if len(w) == 1 or any(sign.isnumeric() for sign in w)],
        "more than one word, or listed twice": [w for w in term_of if not _WORD.fullmatch(w) or w in doubled],
    }
    if any(faults.values()):
        raise Refused.of([_refusal(terms, faults)])
    return counts


def _checked(
    texts: Any, vocabulary: Any, persons: Any, names: Any, minimum: Any
) -> tuple[list[str | None], dict[str, list[str]], list[Hashable], frozenset[str]]:
    """Return texts, words of each term, persons, and the parts of all names; refuse what is none of them."""
    expect_whole(minimum, 0, "count_terms(minimum=)")
    expect(vocabulary, Mapping, "count_terms(vocabulary=)", "Pass a dict: for each term the list of its words.")
    texts, persons = one_each(texts, "count_terms(texts=)"), one_each(persons, "count_terms(persons=)")
    terms = {term: _listed(words, "count_terms(vocabulary=)") for term, words in vocabulary.items()}
    names = [name for name in _listed(names, "count_terms(names=)") if name is not None]
    words = [word for one in terms.values() for word in one]
    found: list[Violation] = []
    told = {"texts": [one for one in texts if one is not None], "vocabulary": [*terms, *words], "names": names}
    for argument, values in told.items():
        if odd := [one for one in values if not isinstance(one, str)]:
            what = f"{len(odd)} of {len(values)} values are no text, but {type(odd[0]).__name__}."
            found.append(Violation(rule="D17", what=what, where=f"count_terms({argument}=)", remedy="Store them as text."))
    if nobody := sum(not _is_somebody(one) for one in persons):
        what, remedy = (
            f"{nobody} of {len(persons)} dossiers are of nobody.",
            "Say of each text whose dossier it is.",
        )
        found.append(Violation(rule="D23", what=what, where="count_terms(persons=)", remedy=remedy))
    if len(texts) != len(persons):
        what = f"There are {len(texts)} texts and {len(persons)} persons."
        remedy = "Say of each text whose dossier it is."
        found.append(Violation(rule="U01", what=what, where="count_terms(texts=, persons=)", remedy=remedy))
    if not terms or not all(terms.values()):
        what = "A term has no words." if words else "The vocabulary has no words."
        found.append(Violation(rule="D23", what=what, where="count_terms(vocabulary=)", remedy="List the words of each term."))
    if found:
        raise Refused.of(found)
    return texts, terms, persons, frozenset(part for name in names for part in _PART.findall(_plain(name).casefold()))


def _listed(values: Any, where: str) -> list[Any]:
    """Return `values`, whose order does not matter, as a list."""
    return one_each(list(values) if isinstance(values, set | frozenset) else values, where)


def _is_somebody(person: Any) -> bool:
    try:
        hash(person)
    except TypeError:
        return False
    return person not in (None, "")


def _plain(text: str) -> str:
    """Return `text` without accents and invisible signs, in one way of writing each letter; capitals stay."""
    if text.isascii():
        return text.replace("`", "'")
    whole = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(sign for sign in whole if unicodedata.category(sign) not in ("Mn", "Cf")).translate(_PLAIN)


def _words(text: str) -> Iterator[tuple[str, bool, str]]:
    """Yield every word without its case, whether it begins a sentence, and what its letters tell.

    "capital" for a word with one; "small" for one without, if the writer of the text uses capitals; else nothing.
    """
    first = next((sign for sign in text if sign.islower() or sign.isupper()), "")
    before, end = "", 0
    for found in _WORD.finditer(text):
        word = found[0]
        gap = text[end : found.start()]
        if gap.startswith(".") and (len(before) == 1 or before in _SHORT):
            gap = gap[1:]
        begins = end == 0 or _ENDS.search(gap) is not None
        told = "capital" if word != word.lower() else "small" if first.isupper() and word.islower() else ""
        before, end = word.casefold(), found.end()
        yield before, begins, told


def _is_name(word: str, known: frozenset[str]) -> bool:
    """Whether a word holds a name: as a part of it, before an ending, or, of a long name, anywhere."""
    for part in _PART.findall(word):
        stems = {part.removesuffix(ending) for ending in _ENDINGS if len(part) > len(ending) + 2} | {part}
        # A letter is doubled before some endings: Jan, Jannetje.
        stems |= {stem[:-1] for stem in stems if stem != part and stem[-1:] == stem[-2:-1]}
        if stems & known:
            return True
    return any(len(name) >= _LONG_NAME and name in word for name in known)


def _refusal(terms: Mapping[str, Iterable[str]], faults: Mapping[str, Sequence[str]]) -> Violation:
    bad = {word for words in faults.values() for word in words}
    said = "; ".join(f"{what} ({len(set(words))})" for what, words in faults.items() if words)
    places = {name: sum(word in bad for word in words) for name, words in terms.items()}
    total = sum(len(set(words)) for words in terms.values())
    where = ", ".join(f"{shown(name)} ({n})" for name, n in places.items() if n)
    return Violation(
        rule="D23", what=f"{len(bad)} of {total} words may not be counted: {said}.", where="count_terms(vocabulary=)",
        remedy=f"Take words out of these terms: {where}.",
    )  # fmt: skip
