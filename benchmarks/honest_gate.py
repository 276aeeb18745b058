"""Simulated gates: how often each rule releases a model at the limit, blocks a fair one, and finds a breach.

``make honest-gate`` runs everything and writes docs/explanation/honest-gate.md. ``--only PART`` renews one part
of it; ``--runs 200 --print`` is a quick look that writes nothing. Every cell has its own seed, so that one cell can be run again alone.
"""

from __future__ import annotations

import argparse
import itertools
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.question import Question, questions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Measure = Literal["difference", "ratio"]
GROUPS = (2, 5, 14, 44, 100)
SIZES = ("300 each", "1 000 each", "30 to 5 000")
TRUTHS = ("one pair at the limit", "one group at the limit to all others", "no difference", "twice the limit")
AT_LIMIT = TRUTHS[:2]
BOUND: dict[Measure, float] = {"difference": 0.1, "ratio": 0.8}
#: Highest rate, and how far a group lies under it at the limit: both measures have a gap of 0.1.
TOP: dict[Measure, float] = {"difference": 0.8, "ratio": 0.5}
ALPHA = 0.05
#: Groups under this many cases are left out by the rule that filters.
SMALLEST = 100
RESAMPLES = 500


@dataclass(frozen=True)
class Cell:
    """One simulated situation."""

    groups: int
    sizes: str
    measure: Measure
    truth: str

    @property
    def n(self) -> Ints:
        """Cases a group."""
        if self.sizes == "30 to 5 000":
            return np.round(np.geomspace(30, 5000, self.groups)).astype(np.int64)
        return np.full(self.groups, int(self.sizes.removesuffix(" each").replace(" ", "")))

    @property
    def rates(self) -> Floats:
        """True rate a group; the smallest group is the one that lies low."""
        top, found = TOP[self.measure], np.full(self.groups, TOP[self.measure])
        if self.truth == AT_LIMIT[0]:
            found = np.linspace(top - 0.1, top, self.groups)
        elif self.truth != "no difference":
            found[0] = top - (0.1 if self.truth in AT_LIMIT else 0.2)
        return found

    @property
    def seed(self) -> int:
        """A seed that depends on the cell alone."""
        return zlib.crc32(repr(self).encode())

    def draw(self, runs: int) -> Ints:
        """Return events a group, shape (runs, n_groups)."""
        return np.random.default_rng(self.seed).binomial(self.n, self.rates, (runs, self.groups))


def question(measure: Measure) -> Question:
    """Return the limit as a policy would ask it: every two groups."""
    end = {"at_most": BOUND[measure]} if measure == "difference" else {"at_least": BOUND[measure]}
    text = {"nl": "Simulatie.", "en": "Simulation."}
    record = {"id": "gap", "metric": "selection_rate", "by": ("group",), "measure": measure, "between": "groups"}
    return questions(Limit.model_validate(record | end | {"reason": text}))[0]


def tally(events: Ints, n: Ints) -> Tally:
    """Return counts in which `events` of `n` were selected."""
    counts = np.zeros((len(n), 2, 2), dtype=np.int64)
    counts[:, 0, 1], counts[:, 0, 0] = events, n - events
    return Tally(axes=(Axis(name="group", levels=tuple(f"g{i:03}" for i in range(len(n)))),), counts=counts, moments={})


#: A rule takes events, cases and the question, and says passed, failed, or neither.
Rule = Callable[[Ints, Ints, Question], tuple[bool, bool]]


def ours(events: Ints, n: Ints, asked: Question) -> tuple[bool, bool]:
    """Decide as this library's judge does, with its own code."""
    return judged(tally(events, n), asked)


def judged(counts: Tally, asked: Question) -> tuple[bool, bool]:
    """Say passed, failed or neither of any counts."""
    compared = Comparisons.compare(counts, asked)
    if compared is None:
        raise ValueError("a full tally can always be compared")
    failed = bool(compared.outside_at(ALPHA, most=1))
    return not failed and compared.inside_at(ALPHA) == compared.total, failed


def widest(rates: Floats, measure: str) -> Floats:
    """Return the widest difference, or the narrowest ratio, over the last axis."""
    low, high = rates.min(axis=-1), rates.max(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return high - low if measure == "difference" else low / high


def point(events: Ints, n: Ints, asked: Question) -> tuple[bool, bool]:
    """Compare the estimates with the limit, as most tools do."""
    found = float(widest(events / n, asked.measure))
    passed = found < asked.bound if asked.measure == "difference" else found > asked.bound
    return passed, not passed


def filtered(events: Ints, n: Ints, asked: Question) -> tuple[bool, bool]:
    """Leave out groups under `SMALLEST` cases, then judge the others as this library would."""
    large = n >= SMALLEST
    return (True, False) if large.sum() < 2 else ours(events[large], n[large], asked)


def resampled(events: Ints, n: Ints, asked: Question) -> tuple[bool, bool]:
    """Percentile interval of the widest gap over resampled rows (on counts: the same distribution)."""
    again = np.random.default_rng(int(events.sum())).binomial(n, events / n, (RESAMPLES, len(n)))
    low, high = np.nanquantile(widest(again / n, asked.measure), [ALPHA, 1 - ALPHA])
    if asked.measure == "difference":
        return bool(high < asked.bound), bool(low > asked.bound)
    return bool(low > asked.bound), bool(high < asked.bound)


RULES: dict[str, tuple[Rule, int]] = {
    # name: rule, and how many times fewer runs it gets
    "this library": (ours, 1),
    "point estimate": (point, 1),
    f"groups under {SMALLEST} left out": (filtered, 5),
    "percentile bootstrap": (resampled, 10),
}


@dataclass(frozen=True)
class Result:
    """How often each rule passed and failed one cell."""

    cell: Cell
    passed: dict[str, float]
    failed: dict[str, float]
    runs: dict[str, int]


def simulate(cell: Cell, runs: int) -> Result:
    """Run every rule over the same simulated audits; 100 groups are slow and get a fifth of them."""
    runs = runs if cell.groups < 100 else max(runs // 5, 1)
    drawn, asked, n = cell.draw(runs), question(cell.measure), cell.n
    passed, failed, done = {}, {}, {}
    for name, (rule, fewer) in RULES.items():
        some = drawn[: max(runs // fewer, 1)]
        answers = np.array([rule(events, n, asked) for events in some])
        passed[name], failed[name], done[name] = float(answers[:, 0].mean()), float(answers[:, 1].mean()), len(some)
    return Result(cell=cell, passed=passed, failed=failed, runs=done)


def cells(groups: tuple[int, ...] = GROUPS) -> Iterator[Cell]:
    """Return every situation of the tables."""
    for g, sizes, measure, truth in itertools.product(groups, SIZES, BOUND, TRUTHS):
        yield Cell(groups=g, sizes=sizes, measure=measure, truth=truth)


def run(groups: tuple[int, ...], runs: int, workers: int) -> list[Result]:
    """Simulate all cells, the slow ones first."""
    ordered = sorted(cells(groups), key=lambda cell: -cell.groups)
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(simulate, ordered, itertools.repeat(runs)))


def main() -> None:
    """Simulate, and print the parts or write them into the page."""
    from benchmarks import honest_gate_page as page
    from benchmarks import weights
    from benchmarks.small_areas import by_size, roads

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--groups", type=int, nargs="*", default=list(GROUPS))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--print", action="store_true", dest="show")
    given: Any = argparse.Namespace()
    parts: dict[str, Callable[[], str]] = {
        "gate": lambda: page.gate(run(tuple(given.groups), given.runs, given.workers), given.runs),
        "areas": lambda: page.areas(roads(max(given.runs // 5, 50))),
        "sizes": lambda: page.sizes(by_size(max(given.runs // 12, 50), given.workers)),
        "weights": lambda: page.marked("weights", weights.lines(weights.run(max(given.runs // 5, 1), given.workers))),
        "compared": page.compared,
    }
    parser.add_argument("--only", nargs="+", choices=list(parts), default=list(parts), help="renew these parts alone")
    parser.parse_args(namespace=given)
    texts = {part: parts[part]() for part in given.only}
    if given.show:
        print("\n\n".join(texts.values()))
    else:
        page.renew(texts)


if __name__ == "__main__":
    main()
