"""The rows of an audit as keyed digests: which of them were in an earlier audit, by key or by content.

A key that comes again is a row that comes again. Content is another matter: two people may have the same few answers.
So content counts only where chance cannot explain it. Let a content be seen with rate x in one set and y in the other.
For people drawn independently it stands once in both with chance x e^-x y e^-y, which is at most the mean of
x^2 e^-x and y^2 e^-y: twice the chances that it stands twice in the one or in the other. So fresh people give at most
as many contents that stand once in both as contents that stand twice in either, whatever the columns are. And among the
contents of one set the numbers k0, k1, k2 that stand not at all, once and twice in the other obey
E(k1)^2 <= 2 E(k0) E(k2) (Cauchy-Schwarz over mixtures of Poisson numbers). What goes beyond either of the two, by more
than chance, was there before. Contents that many people share tell something else: drawn anew their numbers stray by
chance, and the same people's do not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import canonical_json, digest

Digests = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.int64]
Known = npt.NDArray[np.bool_]
#: A set of which this share was looked at before is no new set.
KNOWN = 0.1
#: What one earlier set has to hold of a known set to count as one of its looks.
_SOME = 0.01
#: How often chance may look like known rows, in one comparison of two sets.
_CHANCE = 1e-8
#: The same, as a distance of three square roots of counts that each stray by it: exp(-3 * 6.2) is about that.
_APART = math.sqrt(-math.log(_CHANCE) / 3)
#: A content that stands so often in two sets together is frequent.
_OFTEN = 10
#: Fewer distinct rows, or a smaller share, and content tells nobody apart.
_FEWEST, _LEAST = 30, 0.1
#: The NUL bytes make version control take the file as it is.
_MAGIC = b"smartstart_gov rows 1\0\0\n"
#: No file of a set has more bytes: 50 million rows.
LARGEST_SET = 1 << 30


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """Rows by some of their columns: sorted digests, one a row, of which those up to `until` are kept.

    Attributes
    ----------
    digests : ndarray of uint32
    until : int
        The largest digest that is kept; a part of a view is a random part of contents, the same one in every set.
    """

    digests: Digests
    until: int = 2**32 - 1

    @classmethod
    def of(cls, digests: npt.NDArray[np.uint32], *, most: int | None = None) -> View:
        """Return the view of unsorted `digests`; with `most` only about so many, the lowest."""
        if most is None or len(digests) <= most:
            return cls(digests=np.sort(digests))
        until = int(np.partition(digests, most)[most])
        return cls(digests=np.sort(digests[digests <= until]), until=until)

    @cached_property
    def _times(self) -> tuple[Digests, Counts]:
        new = np.r_[True, self.digests[1:] != self.digests[:-1]][: len(self.digests)]
        first = np.flatnonzero(new)
        return self.digests[first], np.diff(np.r_[first, len(self.digests)])

    def times(self, until: int = 2**32 - 1) -> tuple[Digests, Counts]:
        """Return the distinct digests up to `until`, sorted, and how often each stands there."""
        found, often = self._times
        end = int(np.searchsorted(found, until, side="right")) if until < self.until else len(found)
        return found[:end], often[:end]


@dataclass(frozen=True, eq=False)
class RowSet:
    """The rows of one audit, as the folder beside the log keeps them.

    Attributes
    ----------
    rows : int
    units : ndarray of uint32
        Digests of the distinct keys, sorted; empty where the contract has no key.
    views : mapping of str to View
        Of the rows' content: ``all`` columns, ``unnamed`` (all, whatever they are called), ``coarse`` (without columns
        of fractions), and ``-name`` (all but one).
    """

    rows: int
    units: Digests
    views: Mapping[str, View]

    @cached_property
    def file(self) -> bytes:
        """The bytes of its file."""
        parts = {"units": View(digests=self.units), **self.views}
        head = {"rows": self.rows, "parts": [[name, len(v.digests), v.until] for name, v in parts.items()]}
        body = b"".join(v.digests.astype("<u4").tobytes() for v in parts.values())
        return _MAGIC + canonical_json(head) + b"\n" + body

    @cached_property
    def digest(self) -> str:
        """Its name in the log."""
        return digest(self.file)

    @property
    def units_digest(self) -> str:
        """A commitment to the keys alone."""
        return digest(b"smartstart_gov/units\n" + self.units.astype("<u4").tobytes())

    @classmethod
    def read(cls, data: bytes) -> RowSet:
        """Return the set whose `file` is `data`; ValueError, TypeError or KeyError for anything else."""
        if not data.startswith(_MAGIC):
            raise ValueError("no set of rows in this format")
        end = data.index(b"\n", len(_MAGIC))
        head, at, parts = json.loads(data[len(_MAGIC) : end]), end + 1, {}
        for name, length, until in head["parts"]:
            parts[name] = View(digests=np.frombuffer(data, dtype="<u4", count=length, offset=at), until=until)
            at += 4 * length
        if at != len(data):
            raise ValueError("a set of rows has another length")
        return cls(rows=head["rows"], units=parts.pop("units").digests, views=parts)

    def view(self, name: str) -> View:
        """Return one view; where no column is left out of it, it is that of all."""
        return self.views.get(name, self.views["all"])

    @cached_property
    def _distinct(self) -> Digests:
        found, often = self.views["all"].times()
        return np.asarray(found[often == 1], dtype=np.uint32)

    @cached_property
    def _near(self) -> tuple[Digests, Counts, list[str]]:
        """Digests of all rows with a column left out, sorted; of which view each is; and the names of the views."""
        names = ["all", *(name for name in self.views if name.startswith("-"))]
        # Of the view of all, too, the part counts that a view with a column left out may have kept.
        until = max((self.views[name].until for name in names[1:]), default=0)
        parts = [self.views[name].times(until)[0] for name in names]
        digests = np.concatenate(parts)
        order = np.argsort(digests, kind="stable")
        return digests[order], np.repeat(np.arange(len(names)), [len(part) for part in parts])[order], names

    @property
    def told_by(self) -> str:
        """What tells these rows from others: ``both`` key and content, ``key``, ``content`` or ``nothing``."""
        apart = len(self._distinct) >= max(_FEWEST, _LEAST * len(self.views["all"].digests))
        if len(self.units):
            return "both" if apart else "key"
        return "content" if apart else "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What a set has in common with earlier ones.

    Attributes
    ----------
    share : float
        Of its rows, in [0, 1]: by key or by content, whichever is more.
    shares : mapping of str to tuple of float and str
        Of each earlier set that it has rows of: the share of this set, and ``key`` or ``content``.
    """

    share: float
    shares: Mapping[str, tuple[float, str]]


def overlap(rows: RowSet, earlier: Mapping[str, RowSet], *, new_people: bool = False) -> Overlap:
    """Return which part of `rows` was in `earlier` sets, by their names.

    With `new_people`, keys that come again are other people's, so that only content counts.
    """
    by_key, by_content = np.zeros(len(rows.units), dtype=bool), np.zeros(len(rows._distinct), dtype=bool)
    loose, shares = 0.0, {}
    for name, other in earlier.items():
        if other.digest == rows.digest:
            shares[name] = (1.0, "content" if new_people else "key")
            loose = 1.0
            continue
        met = _in(rows.units, other.units) if not new_people else np.zeros(len(rows.units), dtype=bool)
        by_key |= met
        key = float(met.mean()) if len(met) else 0.0
        content, which = _content(rows, other)
        if which is None:
            loose = max(loose, content)
        else:
            by_content |= which
        if max(key, content) >= _SOME:
            shares[name] = (key, "key") if key > content else (content, "content")
    together = [float(found.mean()) if len(found) else 0.0 for found in (by_key, by_content)]
    return Overlap(share=max(loose, *together), shares=shares)


def _content(rows: RowSet, other: RowSet) -> tuple[float, Known | None]:
    """Return the share of `rows` that `other` holds by content, and which distinct rows; None where that cannot be said."""
    best = 0.0
    for name in ("all", "unnamed", "coarse"):
        share, found, which = _beyond_chance(rows.view(name), other.view(name))
        if share and name == "all":
            return share, _in(rows._distinct, found[which])
        best = max(best, share)
    near = _one_column_apart(rows, other)
    if near is not None:
        best = max(best, _beyond_chance(*near)[0])
    return max(best, _too_alike(rows.views["all"], other.views["all"])), None


def _one_column_apart(rows: RowSet, other: RowSet) -> tuple[View, View] | None:
    """Return the pair of views that meet in most rows, where a column was added, dropped or changed."""
    (mine, of_mine, names), (theirs, of_theirs, their_names) = rows._near, other._near
    if len(names) < 2 or len(their_names) < 2:
        return None
    at = np.minimum(np.searchsorted(theirs, mine), len(theirs) - 1)
    met = theirs[at] == mine
    pairs = np.bincount(of_mine[met] * len(their_names) + of_theirs[at[met]], minlength=1)
    one, two = divmod(int(pairs.argmax()), len(their_names))
    return (rows.views[names[one]], other.views[their_names[two]]) if pairs.max() >= _FEWEST // 2 and one + two else None


def _beyond_chance(mine: View, theirs: View) -> tuple[float, Digests, Known]:
    """Return which share of the distinct rows in `mine` stands in `theirs` beyond chance, these rows, and which of them do."""
    until = min(mine.until, theirs.until)
    (own, own_times), (found, found_times) = mine.times(until), theirs.times(until)
    single = own[own_times == 1]
    nothing = 0.0, single, np.zeros(len(single), dtype=bool)
    if not len(single) or not len(found):
        return nothing
    at = np.minimum(np.searchsorted(found, single), len(found) - 1)
    often = np.where(found[at] == single, found_times[at], 0)
    none, once, twice = (int((often == k).sum()) for k in (0, 1, 2))
    pairs = int((own_times == 2).sum() + (found_times == 2).sum())
    shares = []
    if once and _tail(once, once + pairs) < _CHANCE:
        shares.append((once - pairs) / len(single))
    if math.sqrt(once) - _APART > math.sqrt(math.sqrt(2) * (math.sqrt(none) + _APART) * (math.sqrt(twice) + _APART)):
        shares.append((once - math.sqrt(2 * none * twice)) / len(single))
    if not shares or max(shares) < _SOME:
        return nothing
    return max(shares), single, often == 1


def _too_alike(mine: View, theirs: View) -> float:
    """Return the share of rows that two sets have in common by how alike their counts of frequent contents are.

    Of a content that stands t times in two independent sets of n and f n rows, (f + 1) m - f t has variance f t, where m
    of them stand in the second. Rows that stand in both sets make that less; other distributions make it more.
    """
    (own, m), (found, n) = mine.times(), theirs.times()
    every = np.union1d(own, found)
    counts = np.zeros((2, len(every)))
    counts[0, np.searchsorted(every, own)], counts[1, np.searchsorted(every, found)] = m, n
    often = counts[:, counts.sum(axis=0) >= _OFTEN]
    if often.shape[1] < 2 or not counts.sum(axis=1).all():
        return 0.0
    f, total = counts[0].sum() / counts[1].sum(), often.sum(axis=0)
    # A count is a whole number: half of one is as near as it comes.
    strayed = float(((((f + 1) * often[0] - f * total) ** 2 + 0.25) / (f * total)).sum())
    free = often.shape[1] - 1
    ratio = strayed / free
    if ratio >= 1 or free / 2 * (ratio - 1 - math.log(ratio)) < -math.log(_CHANCE):
        return 0.0
    return min(1.0, float((1 - ratio) * (1 + f) / (2 * f)))


def _tail(k: int, n: int) -> float:
    """Return a bound on the chance of `k` heads or more in `n` throws (Chernoff 1952)."""
    share = k / n
    if share <= 0.5:
        return 1.0
    rest = (1 - share) * math.log(2 * (1 - share)) if share < 1 else 0.0
    return math.exp(-n * (share * math.log(2 * share) + rest))


def _in(digests: Digests, others: Digests) -> Known:
    """Return which of `digests` stand in the sorted `others`."""
    if not len(others):
        return np.zeros(len(digests), dtype=bool)
    at = np.minimum(np.searchsorted(others, digests), len(others) - 1)
    return np.asarray(others[at] == digests, dtype=bool)


def copies(often: npt.NDArray[np.int64]) -> int:
    """Return how many rows are copies beyond what the columns explain, from how often each content stands in the table.

    With a_k = k! times the number of contents that stand k times, independent people give a_k^2 <= a_(k-1) a_(k+1) in
    expectation (moments of a mixture of Poisson numbers). Copies heap up at one k.

    Parameters
    ----------
    often : ndarray of int
        One number a distinct content.

    Returns
    -------
    int
        Rows beyond the first of each copied content.

    Examples
    --------
    >>> import numpy as np
    >>> copies(np.ones(1000, dtype=np.int64)), copies(np.full(500, 4))
    (0, 1500)
    """
    found = np.bincount(often, minlength=3).astype(float)
    surplus = 0.0
    for k in np.flatnonzero(found)[np.flatnonzero(found) > 1].tolist():
        below, above = found[k - 1], found[k + 1] if k + 1 < len(found) else 0.0
        ratio = (k + 1) / k  # (k-1)! (k+1)! / k!^2
        if math.sqrt(found[k]) - _APART > math.sqrt(
            math.sqrt(ratio) * (math.sqrt(below) + _APART) * (math.sqrt(above) + _APART)
        ):
            surplus += (k - 1) * (found[k] - math.sqrt(ratio * below * above))
    return round(surplus)


def file_name(name: str) -> str:
    """Return the name of the file of the set called `name`."""
    return name.removeprefix("sha256:") + ".rows"
