"""What many groups cost: all pairs of 1 000 neighbourhoods compared and judged, and a million levels on one axis.

CPU seconds, medians of three runs; enumeration, which depends on the counts, stands apart, for the first run: later
ones find the tables they have seen. Run with ``python -m benchmarks.many_groups``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.peers import memory
from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.count import count
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.errors import Refused
from smartstart_gov.judgement import enumeration as enumerating
from smartstart_gov.judgement.judge import judge_limit
from tests.strategies import policy

GROUPS, LEVELS = 1000, 1_000_000


def areas(sizes: np.ndarray, rate: np.ndarray | float, unknown: int = 0) -> Tally:
    """Return neighbourhoods of which a share `rate` of the rows is selected, and `unknown` rows without one."""
    selected = np.random.default_rng(0).binomial(sizes, rate)
    cells = np.zeros((len(sizes), 2, 2), dtype=np.int64)
    cells[:, 0, 0], cells[:, 0, 1] = sizes - selected, selected
    levels = [f"n{i:04}" for i in range(len(sizes))]
    if unknown:
        cells, levels = np.concatenate([cells, [[[unknown, 0], [0, 0]]]]), [*levels, "unknown"]
    return Tally(axes=(Axis(name="area", levels=tuple(levels), unknown=bool(unknown)),), counts=cells, moments={})


def limit(measure: str, bound: float) -> Limit:
    """Return a limit between all pairs of areas."""
    side = {"at_most": bound} if measure == "difference" else {"at_least": bound}
    reason = {"nl": "Meting.", "en": "Measurement."}
    return Limit.model_validate(
        {"id": "x", "metric": "selection_rate", "by": ("area",), "measure": measure, "between": "groups", "reason": reason}
        | side
    )


def situations() -> list[tuple[str, Tally, Limit]]:
    """Return realistic cities, and the worst that were found."""
    every, odd = np.full(GROUPS, 1), np.arange(GROUPS) % 2 == 1
    return [
        ("5 000 rows each, alike, ratio", areas(5000 * every, 0.5), limit("ratio", 0.8)),
        ("5 000 rows each, alike, difference", areas(5000 * every, 0.5), limit("difference", 0.1)),
        ("the same, 5 rows unknown", areas(5000 * every, 0.5, unknown=5), limit("difference", 0.1)),
        ("80 rows each, alike: none passes", areas(80 * every, 0.1), limit("difference", 0.1)),
        ("30 to 5 000 rows, alike", areas(np.geomspace(30, 5000, GROUPS).astype(int), 0.1), limit("difference", 0.1)),
        ("500 rows each, half far off", areas(500 * every, np.where(odd, 0.4, 0.05)), limit("difference", 0.1)),
        ("300 rows each, half just off", areas(300 * every, np.where(odd, 0.27, 0.05)), limit("difference", 0.1)),
        ("500 rows each, rare events", areas(500 * every, 0.02), limit("difference", 0.1)),
        ("600 to 932 rows, rare events", areas(600 + np.arange(GROUPS) // 3, 0.003), limit("difference", 0.05)),
        ("half of 6 rows, all selected", areas(np.where(odd, 6, 15000 + np.arange(GROUPS)), np.where(odd, 1.0, 0.001)),
         limit("difference", 0.1)),
    ]  # fmt: skip


class Enumeration:
    """Stands in for `tail_probability`, and keeps its calls and their CPU time apart."""

    def __init__(self) -> None:
        self._plain, self.calls, self.seconds = enumerating.tail_probability, 0, 0.0

    def __call__(self, *table: float, **how: Any) -> float:
        """Return what the plain function returns."""
        start = time.process_time()
        found = self._plain(*table, **how)
        self.seconds, self.calls = self.seconds + time.process_time() - start, self.calls + 1
        return found


def judged(tally: Tally, asked: Limit) -> None:
    """Print the cost of one verdict over all pairs."""
    rules, apart, first = policy(), [], ""
    for _ in range(3):
        enumerating.tail_probability = enumeration = Enumeration()
        start = time.process_time()
        found = judge_limit(tally, rules, asked, rules.alpha)[0]
        apart.append(time.process_time() - start - enumeration.seconds)
        enumerating.tail_probability = enumeration._plain
        first = first or f"{enumeration.seconds:>12.2f} {enumeration.calls:>12,}"
    print(f"{median(apart):>9.2f} {first}  {found.status}", flush=True)


def seconds(work: Callable[[], object]) -> float:
    """Return the median CPU time of three calls."""
    spent = []
    for _ in range(3):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return median(spent)


def many_levels() -> None:
    """Print what an axis of a million levels costs: refused, and counted."""
    at = np.arange(LEVELS)
    rows = pa.table({"area": [f"q{i:07}" for i in range(LEVELS)], "y": at % 2, "d": at // 2 % 2})

    def counted(most: int) -> Tally | None:
        try:
            return count(rows, by=["area"], y_true="y", y_pred="d", most_levels=most)
        except Refused:
            return None

    for most, what in ((LEVELS - 1, "refused"), (LEVELS, "counted")):
        if (counted(most) is None) != (what == "refused"):
            raise SystemExit(f"{LEVELS:,} levels were not {what}")
        extra = memory(lambda m=most: counted(m))
        shown = "" if extra is None else f", {extra:.0f} MB beside the rows"
        print(f"{LEVELS:,} levels {what}: {seconds(lambda m=most: counted(m)):.2f} s{shown}", flush=True)


def main() -> None:
    """Print both tables."""
    print(f"All {GROUPS * (GROUPS - 1):,} ordered pairs of {GROUPS:,} neighbourhoods, compared and judged. CPU seconds.")
    print(f"{'':<38}{'judged':>9} {'enumeration':>12} {'tables asked':>12}")
    for name, tally, asked in situations():
        print(f"{name:<38}", end="")
        judged(tally, asked)
    many_levels()


if __name__ == "__main__":
    main()
