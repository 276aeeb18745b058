"""Many small areas: how far a fair and an unfair model climb the ladder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartstart_gov.project.limit import Limit
from smartstart_gov.tally.cube import Axis, Step, Tally
from smartstart_gov.verdict.judge import judge_limit
from tests.strategies import policy

AREAS, CHILDREN, BASE_RATE, FALSE_ALARMS, SENSITIVITY = 44, 80, 0.1, 0.1, 0.6
LIMIT = Limit.model_validate({
    "id": "alarms", "metric": "false_positive_rate", "by": ("area",), "measure": "difference", "between": "rest",
    "at_most": 0.1, "harm": "higher", "reason": {"nl": "Simulatie.", "en": "Simulation."},
    "ladder": (
        {"id": "spread", "question": "spread", "at_most": 0.05},
        {"id": "districts", "question": "groups", "step": "district", "at_most": 0.1},
        {"id": "quarters", "question": "rest", "step": "quarter", "at_most": 0.12},
        {"id": "narrow", "question": "spread", "at_most": 0.037},
    ),
    "needs": {"shadow": "spread", "trial": "districts", "release": "narrow"},
})  # fmt: skip
RUNGS = (
    ("spread", "shadow", "standard deviation between neighbourhoods under 0.05, and none stands out upwards"),
    ("districts", "trial", "four districts of eleven neighbourhoods: every two less than 0.10 apart"),
    ("quarters", "release", "eleven quarters of four neighbourhoods: each less than 0.12 above the rest"),
    ("narrow", "release", "standard deviation between neighbourhoods under 0.037, and none stands out upwards"),
)


@dataclass(frozen=True)
class Road:
    """How far a model came."""

    truth: str
    runs: int
    shadow: float
    release: float
    failed: float
    rungs: tuple[tuple[str, str, str], ...] = RUNGS


def city(rng: np.random.Generator, false_alarms: np.ndarray) -> Tally:
    """Return one year of children, everybody with an out-of-fold prediction."""
    positives = rng.binomial(CHILDREN, BASE_RATE, AREAS)
    negatives = CHILDREN - positives
    wrong, right = rng.binomial(negatives, false_alarms), rng.binomial(positives, SENSITIVITY)
    cells = np.stack([negatives - wrong, wrong, positives - right, right], axis=1).reshape(AREAS, 2, 2).astype(np.int64)
    steps = (
        Step(name="quarter", ancestors=tuple(f"q{i // 4:02}" for i in range(AREAS))),
        Step(name="district", ancestors=tuple(f"d{i // 11}" for i in range(AREAS))),
    )
    axis = Axis(name="area", levels=tuple(f"n{i:02}" for i in range(AREAS)), steps=steps)
    return Tally(axes=(axis,), counts=cells, moments={})


def climb(truth: str, false_alarms: np.ndarray, runs: int, seed: int) -> Road:
    """Judge `runs` simulated cities with the library's own judge."""
    rng, rules = np.random.default_rng(seed), policy()
    reached = {"shadow": 0, "release": 0, "failed": 0}
    for _ in range(runs):
        found = judge_limit(city(rng, false_alarms), rules, LIMIT, rules.alpha)
        reached["shadow"] += not any(f.blocks_at("shadow") for f in found)
        reached["release"] += not any(f.blocks_at("release") for f in found)
        reached["failed"] += any(f.status == "FAILED" for f in found)
    return Road(truth=truth, runs=runs, **{name: n / runs for name, n in reached.items()})


def roads(runs: int) -> list[Road]:
    """Return the fair city and the one with a neighbourhood at three times the false alarms."""
    one = np.full(AREAS, FALSE_ALARMS)
    one[0] = 3 * FALSE_ALARMS
    return [
        climb("all alike", np.full(AREAS, FALSE_ALARMS), runs, seed=1),
        climb("one neighbourhood at three times the rate", one, runs, seed=2),
    ]
