"""The rows of an audit as keyed digests: which of them were in an earlier audit, by key or by content.

A key that comes again is a row that comes again. Content is another matter: two people may have the same few answers.
So content counts only where chance cannot explain it. Let a content be seen with rate x in one set and y in the other.
For people drawn independently it stands once in both with chance x e^-x y e^-y, which is at most the mean of
x^2 e^-x and y^2 e^-y: twice the chances that it stands twice in the one or in the other. So fresh people give at most
as many contents that stand once in both as contents that stand twice in either, whatever the columns are. And among the
contents of one set the numbers k0, k1, k2 that stand not at all, once and twice in the other obey
E(k1)^2 <= 2 E(k0) E(k2) (Cauchy-Schwarz over mixtures of Poisson numbers). What goes beyond either of the two, by more than chance, was there before.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import canonical_json, digest

Digests = npt.NDArray[np.uint32]
Known = npt.NDArray[np.bool_]
#: A set of which this share was looked at before is no new set.
KNOWN = 0.1
#: What one earlier set has to hold of a known set to count as one of its looks.
_SOME = 0.01
#: How often chance may look like known rows, in one comparison of two sets.
_CHANCE = 1e-8
#: The same, as a distance of three square roots of counts that each stray by it: exp(-3 * 6.2) is about that.
_APART = math.sqrt(-math.log(_CHANCE) / 3)
#: Fewer distinct rows, or a smaller share, and content tells nobody apart.
_FEWEST, _LEAST = 30, 0.1
#: The NUL bytes make version control take the file as it is.
_MAGIC = b"smartstart_gov rows 1\0\0\n"
#: No file of a set has more bytes: 50 million rows.
LARGEST_SET = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
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

    def up_to(self, until: int) -> Digests:
        """Return the digests up to `until`."""
        return self.digests[: np.searchsorted(self.digests, until, side="right")] if until < self.until else self.digests


def times(digests: Digests) -> tuple[Digests, npt.NDArray[np.int64]]:
    """Return the distinct digests of a sorted array, and how often each stands in it."""
    first = np.flatnonzero(np.r_[True, digests[1:] != digests[:-1]]) if len(digests) else np.empty(0, dtype=np.int64)
    return digests[first], np.diff(np.r_[first, len(digests)]).astype(np.int64)


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
        found, often = times(self.views["all"].digests)
        return found[often == 1]

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
    """Return the share of `rows` that `other` holds by content, and which of its distinct rows; None where it is a near match."""
    best = 0.0
    for name in ("all", "unnamed", "coarse"):
        share, found, which = _beyond_chance(rows.view(name), other.view(name))
        if share and name == "all":
            return share, _in(rows._distinct, found[which])
        best = max(best, share)
    if best < 1 - KNOWN:
        for one, two in _one_column_apart(rows, other):
            best = max(best, _beyond_chance(one, two)[0])
    return best, None


def _one_column_apart(rows: RowSet, other: RowSet) -> list[tuple[View, View]]:
    """Return the pair of views that meet in most rows, where a column was added, dropped or changed."""
    ways = [[name for name in s.views if name == "all" or name.startswith("-")] for s in (rows, other)]
    mine, theirs = ({name: times(s.views[name].digests)[0] for name in w} for s, w in zip((rows, other), ways, strict=True))
    if min(len(way) for way in ways) < 2:
        return []
    every = np.concatenate(list(theirs.values()))
    order = np.argsort(every, kind="stable")
    every, of = every[order], np.repeat(np.arange(len(theirs)), [len(d) for d in theirs.values()])[order]
    meets = {}
    for name, digests in mine.items():
        at = np.searchsorted(every, digests)
        at = at[at < len(every)][every[at[at < len(every)]] == digests[at < len(every)]]
        if len(at) >= _FEWEST // 2:
            often = np.bincount(of[at], minlength=len(theirs))
            meets[name, list(theirs)[int(often.argmax())]] = int(often.max())
    if not meets:
        return []
    one, two = max(meets, key=lambda pair: meets[pair])
    return [] if one == two == "all" else [(rows.views[one], other.views[two])]


def _beyond_chance(mine: View, theirs: View) -> tuple[float, Digests, Known]:
    """Return the share of the distinct rows in `mine` that stand in `theirs` beyond chance, the distinct rows, and which stand there."""
    until = min(mine.until, theirs.until)
    own, own_times = times(mine.up_to(until))
    found, found_times = times(theirs.up_to(until))
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
        if math.sqrt(found[k]) - _APART > math.sqrt(math.sqrt(ratio) * (math.sqrt(below) + _APART) * (math.sqrt(above) + _APART)):
            surplus += (k - 1) * (found[k] - math.sqrt(ratio * below * above))
    return round(surplus)


def file_name(name: str) -> str:
    """Return the name of the file of the set called `name`."""
    return name.removeprefix("sha256:") + ".rows"


def record(found: Overlap) -> list[list[Any]]:
    """Return the shares as a canonical record: name, share as decimal text, and how it was found."""
    return [[name, f"{share:.4f}", how] for name, (share, how) in sorted(found.shares.items())]
