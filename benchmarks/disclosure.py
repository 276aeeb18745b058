"""What an attack on random registers finds of the counts that may not be printed, and what hiding them costs: decision 0045.

The attack is that of tests/counting/test_attack.py, over all its registers; run with ``python -m benchmarks.disclosure``,
some minutes. Before it stands how much wider printed intervals are than without ranges, by the rule of printing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import pytest

import smartstart_gov as gov
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.statistics.estimates import measure
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


def widths(rows: int) -> dict[int, float]:
    """Return how wide printed intervals are by rule 2 and rule 3, as shares of those by rule 1, which hides no pairs."""
    draw = np.random.default_rng(1)
    unit = draw.integers(0, int(rows / 1.3), rows)
    outcome, decision = ((draw.random(rows) < 0.4).astype(np.int8) for _ in range(2))
    area = gov.GroupCodes(name="area", levels=tuple("abcd"), codes=unit % 4)
    tally = gov.count(gov.Predictions(y_true=outcome, y_pred=decision, groups={"area": area}, unit=unit))
    mean = {}
    for rule in (1, 2, 3):
        found = measure(printable(tally, ["area"], K, rule=rule), [("area",)], ["true_positive_rate", "selection_rate"])
        mean[rule] = float(np.nanmean(np.array(found.high) - np.array(found.low)))
    return {rule: mean[rule] / mean[1] for rule in (2, 3)}


def main() -> None:
    """Print a line a way: what was attacked, what became known to fewer than k values, and who is in printed groups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("registers", nargs="?", type=int, default=GROUPS * EACH)
    registers: int = parser.parse_args().registers
    for rows in (200, 600, 2000, 10000):
        told = ", ".join(f"rule {rule}: {share:.2f} times" for rule, share in widths(rows).items())
        print(f"intervals of groups of {rows // 4} people, households of 1.3: as wide as without ranges, {told}", flush=True)
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
