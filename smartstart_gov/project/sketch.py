"""Sketch of a set of units: says how much of another set it holds, and next to nothing about any one unit.

One-permutation minwise hashing with one bit a bin (Li, Owen and Zhang 2012; Li and König 2010): each unit falls in
one of `BINS` bins, and a bin keeps one bit of the smallest hash in it. Each bit is then turned round with chance
`TURNED`, and an empty bin holds a coin flip. A unit touches one bit only, so whoever holds the sketch, the salt and a
list of units learns at most a factor `(1 - TURNED) / TURNED` = 4 in the odds that a unit is in the set (randomised
response, Warner 1965).
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import digest

Bits = npt.NDArray[np.uint8]
#: Bits in a sketch.
BINS = 4096
#: Chance that a bit says the opposite.
TURNED = 0.2
#: From this share of its units on, a set is one that was seen before.
SAME = 0.5
#: Two sketches, of which nobody has the units any more, are called alike only this many standard errors from chance.
_SURE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What the log keeps of a set of units.

    Attributes
    ----------
    salt : str
        Key of the hash, hexadecimal; sketches with the same salt can be held against each other.
    units : int
        Number of units in the set.
    bits : str
        `BINS` bits, hexadecimal.
    """

    salt: str
    units: int
    bits: str

    def __post_init__(self) -> None:
        if len(self.bits) != BINS // 4 or self.units < 0:
            raise ValueError("not a sketch of this format")
        bytes.fromhex(self.bits), bytes.fromhex(self.salt)

    @classmethod
    def of(cls, units: Iterable[bytes], *, salt: bytes, secret: str) -> Sketch:
        """Return the sketch of `units`; the noise follows from `secret`, which nobody without the whole data has."""
        seen = set(units)
        smallest, filled = _smallest(salt, seen)
        noise = hashlib.shake_256(b"smartstart_gov/sketch-noise\n" + secret.encode()).digest(4 * BINS)
        turned, coin = np.frombuffer(noise, dtype=">u2").reshape(2, BINS)
        bits = np.where(filled, (smallest & np.uint64(1)) ^ (turned < round(TURNED * 2**16)), coin & 1).astype(np.uint8)
        return cls(salt=salt.hex(), units=len(seen), bits=np.packbits(bits).tobytes().hex())

    def share_of(self, units: Iterable[bytes]) -> float:
        """Return about which share of `units` lies in the sketched set, in [0, 1]."""
        seen = set(units)
        if not seen or not self.units:
            return 0.0
        smallest, filled = _smallest(bytes.fromhex(self.salt), seen)
        own = (smallest & np.uint64(1)).astype(np.uint8)
        agree = float((own == self._bits())[filled].mean())
        return _share((agree - 0.5) / (0.5 - TURNED), self.units / BINS, len(seen) / BINS)

    def alike(self, other: Sketch) -> bool:
        """Return whether two sketches are of the same set, as far as sketches alone can tell (from about 1 000 units on)."""
        if self == other:
            return True
        if self.salt != other.salt or not self.units or not other.units:
            return False
        beyond = float((self._bits() == other._bits()).mean()) - 0.5
        if beyond * 2 * math.sqrt(BINS) < _SURE:
            return False
        few, many = sorted((self.units / BINS, other.units / BINS))
        both = beyond / (0.5 * (1 - 2 * TURNED) ** 2) / -math.expm1(-few)
        return _share(both, many, few) >= SAME

    def _bits(self) -> Bits:
        return np.unpackbits(np.frombuffer(bytes.fromhex(self.bits), dtype=np.uint8))

    @property
    def digest(self) -> str:
        """Name of the set in the log."""
        return digest(self.to_record())

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {"salt": self.salt, "units": self.units, "bits": self.bits}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Sketch:
        """Return the sketch that `to_record` wrote; ValueError, TypeError or KeyError for anything else."""
        return cls(salt=record["salt"], units=record["units"], bits=record["bits"])


def hashes(salt: bytes, units: Iterable[bytes]) -> npt.NDArray[np.uint64]:
    """Return 64 bits of HMAC-SHA256 for each unit."""
    heads = b"".join(hmac.digest(salt, unit, "sha256")[:8] for unit in units)
    return np.frombuffer(heads, dtype=">u8").astype(np.uint64)


def _smallest(salt: bytes, units: Iterable[bytes]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Return the smallest hash in each bin, and which bins have one."""
    found = hashes(salt, units)
    smallest = np.full(BINS, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(smallest, (found % np.uint64(BINS)).astype(np.int64), found // np.uint64(BINS))
    return smallest, smallest < np.iinfo(np.uint64).max


def _share(same: float, stored: float, new: float) -> float:
    """Return the share of the new set's units in the stored one at which a share `same` of its bins agrees.

    `stored` and `new` are units a bin. With `shared` of them in both, a filled bin of the new set has the same
    smallest hash with chance shared / union * (1 - exp(-union)) / (1 - exp(-new)), which grows with `shared`.
    """

    def chance(share: float) -> float:
        shared = share * new
        union = stored + new - shared
        return shared / union * math.expm1(-union) / math.expm1(-new)

    low, high = 0.0, min(1.0, stored / new)
    if same >= chance(high):
        return high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < same else (low, middle)
    return low
