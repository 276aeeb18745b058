"""What an attack on random registers finds of the counts that may not be printed: the table of decision 0045.

The attack is that of tests/counting/test_attack.py, over all its registers; run with ``python -m benchmarks.disclosure``,
some minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pytest

from tests.counting.test_attack import EACH, GROUPS, Attack, K, attack, came_and_went, people, printed_of, register, shared


def one_version(seed: int) -> Attack:
    """Attack what is printed of one register."""
    tally = register(seed)
    return attack(tally, printed_of(tally))


def two_versions(seed: int) -> Attack:
    """Attack what two versions tell together, the second held against the first."""
    with pytest.MonkeyPatch.context() as patch:
        return came_and_went(seed, patch)


def households(seed: int) -> Attack:
    """Attack pairs of people who share a household."""
    of = people(seed)
    return shared(of, printed_of(of.tally(households=True)), seed)


WAYS: dict[str, Callable[[int], Attack]] = {
    "one version": one_version, "two versions": two_versions, "pairs in households": households,
}  # fmt: skip


def main() -> None:
    """Print a line a way: what was attacked, what became known to fewer than k values, and who is in printed groups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("registers", nargs="?", type=int, default=GROUPS * EACH)
    registers: int = parser.parse_args().registers
    print(f"{registers} registers, counts below {K}")
    for name, way in WAYS.items():
        found = [way(seed) for seed in range(registers)]
        narrowed = [line for one in found for line in one.narrowed]
        everybody = sum(one.people for one in found)
        share = f"{sum(one.printed for one in found) / everybody:.0%} in printed groups" if everybody else ""
        print(f"{name:20} {sum(one.attacked for one in found):7} attacked, {len(narrowed)} narrowed  {share}", flush=True)
        for line in narrowed:
            print(f"    {line}", flush=True)


if __name__ == "__main__":
    main()
