"""Weighted designs at the limit: how often heavy rows that differ in outcome make the gate err.

``python -m benchmarks.honest_gate --only weights`` renews the part of docs/explanation/honest-gate.md alone.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from benchmarks.honest_gate import ALPHA, BOUND, TOP, Measure, judged, ours, question
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.counting.weights import weigh
from smartstart_gov.judgement.question import Question
from smartstart_gov.statistics.estimates import margin

Floats = npt.NDArray[np.float64]
Truth = Literal["at the limit", "no difference"]
GROUPS = (2, 5)
#: So many audits are judged by Kish's number too.
BY_KISH = 400


@dataclass(frozen=True)
class Design:
    """Rows of weight 1 with a `share` of weight `heavy`, or weights around 1 with a log-normal tail of width `tail`.

    `apart` is how far the rate of the heavy rows lies from that of everybody, before it is held in [0, 1]; for the
    tail the change in log-odds a standard deviation.
    """

    says: str
    cases: int
    heavy: float = 1.0
    share: float = 0.0
    tail: float = 0.0
    apart: float = 0.0

    def rows(self, rng: np.random.Generator, rate: float, n: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return weights and events of `n` rows of a population whose weighted rate is `rate`."""
        if self.tail:
            z = rng.standard_normal(n)
            return np.exp(self.tail * z), rng.random(n) < 1 / (1 + np.exp(-self._start(rate) - self.apart * z))
        heavy = rng.random(n) < self.share
        carried = self.share * self.heavy / (self.share * self.heavy + 1 - self.share)
        light = float(np.clip((rate - carried * np.clip(rate + self.apart, 0, 1)) / (1 - carried), 0, 1))
        of_heavy = (rate - (1 - carried) * light) / carried
        return np.where(heavy, self.heavy, 1.0), rng.random(n) < np.where(heavy, of_heavy, light)

    def _start(self, rate: float) -> float:
        """Return the log-odds at an average row that make the weighted rate `rate`: weights move the average up."""
        z = np.linspace(-6, 6, 1201)
        mass = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
        low, high = -20.0, 20.0
        for _ in range(60):
            middle = (low + high) / 2
            found = float((mass / (1 + np.exp(-middle - self.apart * (z + self.tail)))).sum())
            low, high = (middle, high) if found < rate else (low, middle)
        return low


RELATED = (
    Design("log-normal, more events among heavy rows", 2000, tail=1.0, apart=1.0),
    Design("log-normal, fewer events among heavy rows", 2000, tail=1.0, apart=-1.0),
    Design("w = 100 for 1 row in 100, fewer events", 10_000, heavy=100, share=0.01, apart=-0.3),
    Design("w = 20 for 1 row in 20, fewer events", 3000, heavy=20, share=0.05, apart=-0.3),
    Design("post-stratified, w = 5, fewer events", 1000, heavy=5, share=0.2, apart=-0.3),
    Design("post-stratified, w = 10, fewer events", 2000, heavy=10, share=0.1, apart=-0.3),
)
UNRELATED = (
    Design("unrelated, w = 5 for 1 row in 5", 1000, heavy=5, share=0.2),
    Design("unrelated, log-normal", 2000, tail=1.0),
)
DESIGNS = (*RELATED, *UNRELATED)


@dataclass(frozen=True)
class Weighted:
    """One simulated situation: one pair of groups lies at the limit and others halfway, or nowhere is a difference."""

    design: Design
    measure: Measure
    groups: int
    truth: Truth

    @cached_property
    def rates(self) -> list[float]:
        """True weighted rate of each group."""
        top = TOP[self.measure]
        gap = 0.0 if self.truth == "no difference" else 0.1
        return [top, *[top - gap / 2] * (self.groups - 2), top - gap]

    def audit(self, rng: np.random.Generator) -> Tally:
        """Return the counts of one audit: events are selected rows."""
        drawn = [self.design.rows(rng, rate, self.design.cases) for rate in self.rates]
        weight = np.concatenate([w for w, _ in drawn])
        cell = np.concatenate([4 * g + selected.astype(np.int64) for g, (_, selected) in enumerate(drawn)])
        shape = (self.groups, 2, 2)
        counts = np.bincount(cell, minlength=4 * self.groups).reshape(shape).astype(np.int64)
        axis = Axis(name="group", levels=tuple(f"g{i}" for i in range(self.groups)))
        return Tally(axes=(axis,), counts=counts, weights=weigh(cell, weight, shape), moments={})


@dataclass(frozen=True)
class Share:
    """How often a situation passed and failed; and how often it passed with Kish's number of rows."""

    at: Weighted
    runs: int
    passed: float
    failed: float
    by_kish: float


def by_kish(counts: Tally, asked: Question) -> bool:
    """Judge with Kish's number of rows, which takes weight and outcome as unrelated."""
    block = margin(counts, ("group",))
    if block is None or block.weights is None:
        raise ValueError("the audit has weights")
    total, squared, _ = block.weights.sum(axis=1).T
    n = np.floor(total**2 / squared).astype(np.int64)
    selected = block.weights[:, [1, 3], 0].sum(axis=1) / total
    return ours(np.rint(selected * n).astype(np.int64), n, asked)[0]


def simulate(at: Weighted, runs: int) -> Share:
    """Judge `runs` audits with this library's own code."""
    rng, asked = np.random.default_rng(zlib.crc32(repr(at).encode())), question(at.measure)
    found, kish = [], []
    for i in range(runs):
        one = at.audit(rng)
        found.append(judged(one, asked))
        if i < BY_KISH:
            kish.append(by_kish(one, asked))
    passed, failed = np.array(found).mean(axis=0).tolist()
    return Share(at=at, runs=runs, passed=passed, failed=failed, by_kish=float(np.mean(kish)))


def run(runs: int, workers: int) -> list[Share]:
    """Simulate every design, with two groups and with five."""
    truths: tuple[Truth, ...] = ("at the limit", "no difference")
    cells = [Weighted(d, m, g, t) for d, m, g, t in itertools.product(DESIGNS, BOUND, GROUPS, truths)]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(simulate, cells, [audits(at, runs) for at in cells]))


def audits(at: Weighted, runs: int) -> int:
    """Return how many audits a situation gets: five groups are slower, and power needs no precision."""
    part = 20 if at.truth == "no difference" else {2: 1, 5: 10}[at.groups]
    return max(runs // part, 1)


def lines(shares: Iterable[Share]) -> list[str]:
    """Return the part of the page."""
    from benchmarks.honest_gate_page import band, number, percent

    found = {share.at: share for share in shares}
    limit = [share for at, share in found.items() if at.truth == "at the limit"]
    fair = [share for at, share in found.items() if at.truth == "no difference"]
    edges = {share.runs: band(len(limit), share.runs) for share in limit}
    worst, wrong = max(limit, key=lambda s: s.passed), max(limit, key=lambda s: s.failed)
    over = sum(share > edges[s.runs] for s in limit for share in (s.passed, s.failed))

    def name(at: Weighted) -> str:
        return f"{at.design.says}; {at.groups} groups, {at.measure}"

    table = [
        "| weights | cases | groups | limit | false release | (Kish) | false alarm | a fair model passes | (Kish) |",
        "|---|---:|---:|---|---:|---:|---:|---:|---:|",
    ]
    for share in limit:
        at = share.at
        alike = found[Weighted(at.design, at.measure, at.groups, "no difference")]
        table.append(
            f"| {at.design.says} | {number(at.design.cases)} | {at.groups} | {at.measure} | {percent(share.passed)} |"
            f" {percent(share.by_kish)} | {percent(share.failed)} | {percent(alike.passed)} | {percent(alike.by_kish)} |"
        )
    return [
        "## Weighted rows",
        "",
        "Rows that represent more than one case have weights. If heavy rows differ in outcome from light ones, the usual",
        "effective number of rows (Kish's) is too optimistic: its shares are in brackets. Every group has such weights; one pair",
        "lies exactly at the limit, other groups halfway. Made by `python -m benchmarks.honest_gate --only weights`, which is",
        f"part of `make honest-gate`: {number(max(edges))} audits a line at the limit, {number(min(edges))} with five groups,"
        f" {number(fair[0].runs)} of a fair model,",
        f"and the first {number(BY_KISH)} of each by Kish's number too.",
        "",
        f"The worst false release is {percent(worst.passed)} ({name(worst.at)}),",
        f"the worst false alarm {percent(wrong.failed)} ({name(wrong.at)}).",
        f"A true rate of {percent(ALPHA)} stays under {percent(min(edges.values()))} (with five groups under"
        f" {percent(max(edges.values()))}) in all {len(limit)} lines",
        f"together in 99 of 100 such simulations. {over} shares lie above their edge.",
        "",
        *table,
        "",
        "A fair model passes less often if fewer rows carry the weight: a hundred rows of weight 100 with ten thousand of",
        "weight 1 are worth a few hundred rows. [How weights are counted](weights.md) says why.",
    ]
