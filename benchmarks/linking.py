"""Simulated linking: how often a group that is lost is found and named, and how often somebody is named for nothing.

``python -m benchmarks.linking`` prints a table; every situation and seed goes through `link`, as rows do.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.controls.linking import LinkLosses, link_findings
from smartstart_gov.intake.link import link
from smartstart_gov.judgement.finding import Status

SIZES = {"A": 1400, "B": 400, "C": 200}
TOWNS = ("north", "east", "south", "west")
K = 10
_OPEN = dict.fromkeys(("original_purpose", "lawful_basis", "retention", "last_verified", "error_rate"), "open")
_SAID = {"nl": "Verzonnen.", "en": "Made up."}


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Who is lost.

    Attributes
    ----------
    name : str
    alike : float
        Share of all rows that the source lacks, drawn without regard to groups.
    more : mapping of str to float
        Share of a group that it lacks on top of that: exactly so many, drawn from the group.
    sizes : mapping of str to int
        Rows of each origin.
    """

    name: str
    alike: float = 0.0
    more: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=lambda: SIZES)

    def frames(self, seed: int) -> dict[str, pd.DataFrame]:
        """Return the base table and what the school has of it."""
        draw = np.random.default_rng(seed)
        rows = sum(self.sizes.values())
        origin = np.repeat(list(self.sizes), list(self.sizes.values()))
        pupil = np.array([f"p{i:06d}" for i in draw.permutation(rows)])
        gone = draw.random(rows) < self.alike
        for level, share in self.more.items():
            of_level = np.flatnonzero(origin == level)
            gone[draw.choice(of_level, round(share * len(of_level)), replace=False)] = True
        base = pd.DataFrame(
            {"pupil": pupil, "origin": origin, "town": draw.choice(TOWNS, rows), "late": draw.random(rows) < 0.3}
        )
        known = draw.permutation(pupil[~gone])
        return {"base": base, "school": pd.DataFrame({"pupil": known, "absence": draw.random(len(known))})}


SITUATIONS = (
    Situation(name="nobody is lost"),
    Situation(name="2 % of everybody", alike=0.02),
    Situation(name="8 % of everybody", alike=0.08),
    Situation(name="8 % of a group of 200", more={"C": 0.08}),
    Situation(name="8 % of a group of 100", more={"C": 0.08}, sizes={"A": 1400, "B": 500, "C": 100}),
    Situation(name="2 % of everybody, 8 % more of a group of 200", alike=0.02, more={"C": 0.08}),
    Situation(name="8 % of everybody, 8 % more of a group of 200", alike=0.08, more={"C": 0.08}),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Result:
    """In how many seeds the lost group was found, and named; another was found; and what the finding said.

    A group of which fewer than `K` rows were lost is found without its name.
    """

    situation: Situation
    seeds: int
    found: int
    named: int
    wrong: int
    status: Mapping[Status, int]

    def line(self) -> list[str]:
        """Return the cells of its line: of how many in a hundred seeds each was so."""
        lost = bool(self.situation.more)
        counts = [self.status.get(s, 0) for s in ("PASSED", "FAILED", "NOT_SHOWN")]
        own = [self._share(self.found), self._share(self.named)] if lost else ["-", "-"]
        return [self.situation.name, *own, *map(self._share, (self.wrong, *counts))]

    def _share(self, count: int) -> str:
        return f"{100 * count / self.seeds:.1f}"


def contract() -> DataContract:
    """Return the contract of the made-up tables."""

    def column(name: str, dtype: str, role: str, source: str = "intake", **more: Any) -> dict[str, Any]:
        return {"name": name, "dtype": dtype, "role": role, "source": source, "meaning": _SAID, **more}

    return DataContract.model_validate(
        {
            "format": 1, "name": "linked", "version": "1", "meaning": _SAID, "unit_of_analysis": _SAID,
            "aggregation_level": "person",
            "sources": {name: {"system": name, "owner": "city", **_OPEN} for name in ("intake", "school")},
            "columns": [
                column("pupil", "string", "unit"), column("origin", "string", "sensitive", levels=list(SIZES)),
                column("town", "string", "sensitive", levels=list(TOWNS)), column("absence", "number", "feature", "school"),
                column("late", "boolean", "label", levels=[False, True], positive=True),
            ],
            "links": [{"source": "school", "key": "pupil", "expected_share": 0.8}],
        }
    )  # fmt: skip


def simulate(situation: Situation, seeds: int) -> Result:
    """Link the tables of every seed, and count who is named."""
    declared = contract()
    found = named = wrong = 0
    status: Counter[Status] = Counter()
    for seed in range(seeds):
        losses = LinkLosses.of(link(situation.frames(seed), declared).report, K)
        told = {(one.attribute, one.level) for one in losses.named}
        lost = {("origin", level) for level in situation.more}
        unnamed = {("origin", None)} if lost else set()
        found += bool(told & (lost | unnamed))
        named += bool(told & lost)
        wrong += bool(told - lost - unnamed)
        status[link_findings(declared, losses)[0].status] += 1
    return Result(situation=situation, seeds=seeds, found=found, named=named, wrong=wrong, status=status)


HEADER = ("what the source lacks", "found", "and named", "another found", "passed", "failed", "not shown")


def table(results: list[Result]) -> str:
    """Return the results as a table of Markdown."""
    lines = [HEADER, ["---"] * len(HEADER), *(result.line() for result in results)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    seeds = parser.parse_args().seeds
    print(f"Of 100 seeds ({seeds} were run), 2 000 rows, groups of three origins and four towns:\n")
    print(table([simulate(situation, seeds) for situation in SITUATIONS]))


if __name__ == "__main__":
    main()
