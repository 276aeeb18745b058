"""The rows of an audit as keyed digests: which of them were in an earlier audit, by key or by content.

A key that recurs is a row that recurs. Content is different: two people may have the same few answers. So content counts
only if chance cannot explain it. Let a content be seen with rate x in one set and y in the other.
For people drawn independently it occurs once in both with probability x e^-x y e^-y, which is at most the mean
of x^2 e^-x and y^2 e^-y: twice the probabilities that it occurs twice in the one or in the other. So new people give
at most as many contents that occur once in both as contents that occur twice in either, whatever the columns are. And
among the contents of one set the numbers k0, k1, k2 that occur zero times, once and twice in the
other obey E(k1)^2 <= 2 E(k0) E(k2) (Cauchy-Schwarz over mixtures of Poisson numbers). Anything that exceeds either of the
two, by more than chance, was there before. Contents that many people share give different evidence: for newly drawn
people their counts vary by chance, for the same people they do not.
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
#: How often chance may make the counts of two sets so alike: 20 audits a month over 36 months are 260 000 comparisons.
_CHANCE_ALIKE = 1e-7
#: The steps and the rates over which that bound is looked for, and the count from which it is known without looking.
_STEPS, _RATES, _MANY = np.geomspace(0.05, 4, 40), np.r_[1e-9, np.arange(1, 200) / 200, 1 - 1e-9], 200
#: Fewer distinct rows, or a smaller share, and content tells nobody apart.
_FEWEST, _LEAST = 30, 0.1
#: The NUL bytes make version control take the file as it is.
_MAGIC = b"smartstart_gov rows 1\0\0\n"
#: No file of a set has more bytes: 50 million rows.
LARGEST_SET = 1 << 30


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """Rows by some of their columns: sorted digests, one per row, of which those up to `until` are kept.

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
        """Return the distinct digests up to `until`, sorted, and how often each occurs."""
        found, often = self._times
        end = int(np.searchsorted(found, until, side="right")) if until < self.until else len(found)
        return found[:end], often[:end]


@dataclass(frozen=True, eq=False)
class RowSet:
    """The rows of one audit, as kept in the folder next to the log.

    Attributes
    ----------
    rows : int
    units : ndarray of uint32
        Digests of the distinct keys, sorted; empty if the contract has no key.
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
        """Return one view; if it leaves out no column, it is the view of all columns."""
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
        """How these rows are recognised: ``both`` key and content, ``key``, ``content`` or ``nothing``."""
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
        Of its rows, in [0, 1]: by key or by content, whichever is larger.
    shares : mapping of str to tuple of float and str
        For each earlier set with which it shares rows: the share of this set, and ``key`` or ``content``.
    """

    share: float
    shares: Mapping[str, tuple[float, str]]


def overlap(rows: RowSet, earlier: Mapping[str, RowSet], *, new_people: bool = False) -> Overlap:
    """Return which part of `rows` was in `earlier` sets, by their names.

    With `new_people`, recurring keys belong to other people, so that only content counts.
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
    """Return the share of `rows` that `other` holds by content, and which distinct rows; None if that cannot be said."""
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
    """Return the share of rows that two sets have in common by how alike their counts of each content are.

    Let t be how often a content stands in two sets of n and f n rows, and m how often in the second. For independent
    people m is binomial given t, with a chance p that depends on how common the content is in either set. Of the score
    s = (m - qt)^2 / (t q (1 - q)), with q = f / (1 + f), the sum is small where rows stand in both sets. For each
    ``a`` > 0 the chance of a sum up to S is at most e^(aS) times the product of the largest E(e^(-as)) over all p
    (Chernoff 1952), so that neither how common each content is nor whether both sets come from one town is assumed.
    """
    (own, m), (found, n) = mine.times(), theirs.times()
    if not len(own) or not len(found):
        return 0.0
    every = np.union1d(own, found)
    counts = np.zeros((2, len(every)))
    counts[0, np.searchsorted(every, own)], counts[1, np.searchsorted(every, found)] = m, n
    q = float(counts[0].sum() / counts.sum())
    # Both sets have as many rows as they have: the last count follows from the others.
    counts = np.delete(counts, counts.sum(axis=0).argmax(), axis=1)
    total = counts.sum(axis=0)
    strayed = float(((counts[0] - q * total) ** 2 / (total * q * (1 - q))).sum())
    if strayed >= len(total):
        return 0.0
    bound = _STEPS * strayed + sum(
        often * _least_strayed(int(times), q) for times, often in zip(*np.unique(total, return_counts=True), strict=True)
    )
    return min(1.0, (1 - strayed / len(total)) / (2 * q)) if bound.min() < math.log(_CHANCE_ALIKE) else 0.0


def _least_strayed(t: int, q: float) -> npt.NDArray[np.float64]:
    """Return the logarithm of the largest E(e^(-as)) over all p, for each step a; `_too_alike` has the letters."""
    if t > _MANY:  # s is chi-square by then
        return -np.log1p(2 * _STEPS) / 2
    m = np.arange(t + 1)
    ways = np.array([math.lgamma(t + 1) - math.lgamma(k + 1) - math.lgamma(t - k + 1) for k in m.tolist()])
    chances = np.exp(ways[:, None] + m[:, None] * np.log(_RATES) + (t - m)[:, None] * np.log1p(-_RATES))
    scores = (m - q * t) ** 2 / (t * q * (1 - q))
    return np.asarray(np.log((np.exp(-_STEPS[:, None] * scores) @ chances).max(axis=1)))


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
    """Return how many rows are copies beyond what the columns explain, from how often each content occurs in the table.

    With a_k = k! times the number of contents that occur k times, independent people give a_k^2 <= a_(k-1) a_(k+1) in
    expectation (moments of a mixture of Poisson numbers). Copies heap up at one k.

    Parameters
    ----------
    often : ndarray of int
        One number per distinct content.

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
