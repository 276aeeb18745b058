"""The sketch of a set: knows the set again, takes a fresh one for fresh, and betrays nobody."""

from __future__ import annotations

import numpy as np
import pytest

from smartstart_gov.project.sketch import BINS, SAME, Sketch, hashes

SALT = b"k" * 32


def units(first: int, last: int, name: str = "f") -> list[bytes]:
    return [f"{name}{i}".encode() for i in range(first, last)]


def sketch(n: int, run: int = 0) -> Sketch:
    return Sketch.of(units(0, n, f"r{run}-"), salt=SALT, secret=f"sha256:{run}")


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 1000, 8000])
def test_a_set_is_known_again_and_a_fresh_one_is_fresh(n: int) -> None:
    for run in range(20):
        seen, name = sketch(n, run), f"r{run}-"
        assert seen.share_of(units(n // 10, n, name)) >= SAME, "a tenth left out"
        assert seen.share_of(units(0, n + n // 10, name)[::-1]) >= SAME, "a tenth added, order turned"
        assert seen.share_of(units(n, 2 * n, name)) < SAME, "nobody in common"
        assert seen.share_of(units(int(0.85 * n), int(1.85 * n), name)) < SAME, "fifteen of a hundred in common"


def test_a_piece_of_a_seen_set_is_no_new_set() -> None:
    for run in range(20):
        assert sketch(2000, run).share_of(units(0, 400, f"r{run}-")) >= SAME


def test_the_share_is_estimated_without_bias() -> None:
    found = [sketch(3000, run).share_of(units(1500, 4500, f"r{run}-")) for run in range(40)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.03)


def test_two_sketches_of_one_set_are_alike_without_its_units() -> None:
    for run in range(10):
        name = f"r{run}-"
        other = Sketch.of(units(100, 3000, name), salt=SALT, secret="sha256:other")
        fresh = Sketch.of(units(3000, 6000, name), salt=SALT, secret="sha256:other")
        assert sketch(3000, run).alike(other)
        assert not sketch(3000, run).alike(fresh)
    elsewhere = Sketch.of(units(0, 3000, "r0-"), salt=b"x" * 32, secret="sha256:0")
    assert not sketch(3000).alike(elsewhere)


def test_one_unit_touches_one_bit() -> None:
    with_all, without = units(0, 3000), units(1, 3000)
    bits = [
        np.unpackbits(np.frombuffer(bytes.fromhex(Sketch.of(u, salt=SALT, secret="s").bits), np.uint8))
        for u in (with_all, without)
    ]
    assert (bits[0] != bits[1]).sum() <= 1


def test_every_bit_may_lie_so_nobody_is_betrayed() -> None:
    # The guess of somebody who holds the log and the list: is this unit's bit what it would be, were the unit in the set?
    said_in, said_out = [], []
    for run in range(40):
        bits = np.unpackbits(np.frombuffer(bytes.fromhex(sketch(300, run).bits), np.uint8))
        for said, who in ((said_in, units(0, 300, f"r{run}-")), (said_out, units(300, 600, f"r{run}-"))):
            found = hashes(SALT, who)
            said.append((bits[(found % BINS).astype(int)] == (found // BINS & 1)).mean())
    # Somebody in the set is denied one time in five, so no answer proves anything, and a hit is at most 4 times likelier.
    assert np.mean(said_in) == pytest.approx(0.8, abs=0.02)
    assert np.mean(said_in) / np.mean(said_out) < 4
    assert (1 - np.mean(said_out)) / (1 - np.mean(said_in)) < 4


def test_empty_bins_say_nothing() -> None:
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(Sketch.of([], salt=SALT, secret="s").bits), np.uint8))
    assert abs(bits.mean() - 0.5) < 0.05
    assert Sketch.of([], salt=SALT, secret="s").share_of(units(0, 10)) == 0.0


def test_a_record_is_read_back_and_nothing_else_is() -> None:
    made = sketch(100)
    assert Sketch.from_record(made.to_record()) == made
    for broken in ({"bits": "00"}, {"units": -1}, {"bits": "zz" * (BINS // 8)}):
        with pytest.raises(ValueError, match=r"sketch|hexadecimal"):
            Sketch.from_record(made.to_record() | broken)
