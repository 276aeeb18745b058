"""Many small areas: how far a fair and an unfair model climb the ladder, by the size of the area that is worse off."""

from __future__ import annotations

import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.tally import Axis, Step, Tally
from smartstart_gov.judgement.finding import Status
from smartstart_gov.judgement.judge import status_of
from smartstart_gov.judgement.question import questions
from smartstart_gov.judgement.rungs import Watch
from smartstart_gov.statistics.spread import DRAWS
from tests.strategies import policy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
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
RULES, ASKED = policy(), questions(LIMIT)
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


def city(rng: np.random.Generator, false_alarms: Floats) -> Tally:
    """Return one year of children, everybody with an out-of-fold prediction."""
    positives = rng.binomial(CHILDREN, BASE_RATE, AREAS)
    return counted(rng, positives, CHILDREN - positives, false_alarms)


def counted(rng: np.random.Generator, positives: Ints, negatives: Ints, false_alarms: Floats) -> Tally:
    """Return areas with so many children of either kind, four to a quarter and eleven to a district."""
    wrong, right = rng.binomial(negatives, false_alarms), rng.binomial(positives, SENSITIVITY)
    cells = np.stack([negatives - wrong, wrong, positives - right, right], axis=1).reshape(AREAS, 2, 2).astype(np.int64)
    steps = (
        Step(name="quarter", ancestors=tuple(f"q{i // 4:02}" for i in range(AREAS))),
        Step(name="district", ancestors=tuple(f"d{i // 11}" for i in range(AREAS))),
    )
    axis = Axis(name="area", levels=tuple(f"n{i:02}" for i in range(AREAS)), steps=steps)
    return Tally(axes=(axis,), counts=cells, moments={})


def climb(truth: str, false_alarms: Floats, runs: int, seed: int) -> Road:
    """Judge `runs` simulated cities with the library's own judge."""
    rng = np.random.default_rng(seed)
    reached = {"shadow": 0, "release": 0, "failed": 0}
    for _ in range(runs):
        found = answers(city(rng, false_alarms), DRAWS)
        failed = "FAILED" in found
        reached["shadow"] += not failed and found[0] == "PASSED"
        reached["release"] += not failed and set(found[:-1]) == {"PASSED"}
        reached["failed"] += failed
    return Road(truth=truth, runs=runs, **{name: n / runs for name, n in reached.items()})


def answers(tally: Tally, draws: int) -> list[Status]:
    """Return the answer to every question of the ladder; the limit itself stands last and is needed by no stage.

    They are the judge's (a test holds that), without the bounds and names of a finding.
    """
    return [status_of(tally, RULES, q, RULES.alpha, failing=RULES.alpha / len(ASKED), draws=draws) for q in ASKED]


def roads(runs: int) -> list[Road]:
    """Return the fair city and the one with a neighbourhood at three times the false alarms."""
    one = np.full(AREAS, FALSE_ALARMS)
    one[0] = 3 * FALSE_ALARMS
    return [
        climb("all alike", np.full(AREAS, FALSE_ALARMS), runs, seed=1),
        climb("one neighbourhood at three times the rate", one, runs, seed=2),
    ]


#: How many times as large the largest area is as the smallest; 3 520 children in all three.
SKEWS = {"equal": 1, "mildly skewed": 5, "strongly skewed": 20}
#: The area that is worse off, by its place from small to large.
WHERE = {
    "smallest": 0,
    "lower quartile": AREAS // 4,
    "middle": AREAS // 2,
    "upper quartile": 3 * AREAS // 4,
    "largest": AREAS - 1,
}
HARMS = (2.0, 3.0)
_DRAWS = 999


@dataclass(frozen=True)
class Hidden:
    """What becomes of a harm in one area: `place` None is a fair city.

    `released_even` is of the largest harm, with alpha divided evenly over the areas.
    """

    sizes: str
    place: str | None
    cases: int
    runs: int
    released: dict[float, float]
    released_even: float = 0.0
    told: float | None = None
    told_chance: float = 0.0
    refused: float = 0.0


def negatives(sizes: str) -> Ints:
    """Return the children in each area for whom it was not so, from small to large."""
    size = np.geomspace(1, SKEWS[sizes], AREAS)
    return np.rint(size / size.sum() * AREAS * CHILDREN * (1 - BASE_RATE)).astype(np.int64)


def hidden(sizes: str, place: str | None, runs: int) -> Hidden:
    """Simulate a city in which one area is worse off, and the harm that the last spread says it finds there."""
    seed = zlib.crc32(repr((sizes, place)).encode())
    rng, n = np.random.default_rng(seed), negatives(sizes)
    # Small and large areas lie beside each other, in the same way in every city.
    order = np.random.default_rng(1).permutation(AREAS)
    positives = np.rint(n * BASE_RATE / (1 - BASE_RATE)).astype(np.int64)

    def drawn(times: float) -> Tally:
        rates = np.full(AREAS, FALSE_ALARMS)
        if place is not None:
            rates[WHERE[place]] *= times
        return counted(rng, positives[order], n[order], rates[order])

    released, even = {}, 0.0
    for times in (1.0,) if place is None else HARMS:
        cities = [drawn(times) for _ in range(runs)]
        released[times] = sum(map(_released, cities)) / runs
        with patch("smartstart_gov.statistics.spread.levels", evenly):
            even = sum(map(_released, cities)) / runs
    if place is None:
        return Hidden(sizes=sizes, place=None, cases=int(n.sum()), runs=runs, released=released, released_even=even)
    at = WHERE[place]
    looking = Watch(question=ASKED[-2], n=n, place=at, rate=FALSE_ALARMS, alpha=RULES.alpha)
    told = looking.found()
    if told is None:
        return Hidden(sizes=sizes, place=place, cases=int(n[at]), runs=runs, released=released, released_even=even)
    refused = sum(
        status_of(drawn(told), RULES, ASKED[-2], RULES.alpha, failing=RULES.alpha / len(ASKED), draws=_DRAWS) != "PASSED"
        for _ in range(runs)
    )
    return Hidden(
        sizes=sizes, place=place, cases=int(n[at]), runs=runs, released=released, released_even=even, told=told,
        told_chance=looking.chance(told), refused=refused / runs,
    )  # fmt: skip


def evenly(n: Ints, rate: float, *, alpha: float) -> Floats:
    """Divide alpha over the areas without regard to their size, as Holm does."""
    return np.full(len(n), alpha / len(n))


def _released(tally: Tally) -> bool:
    """Whether every question but the last is passed, and not even the last is breached; asked until one is not."""
    for question in reversed(ASKED[:-1]):
        if status_of(tally, RULES, question, RULES.alpha, failing=RULES.alpha / len(ASKED), draws=_DRAWS) != "PASSED":
            return False
    return status_of(tally, RULES, ASKED[-1], RULES.alpha, failing=RULES.alpha / len(ASKED), draws=_DRAWS) != "FAILED"


def by_size(runs: int, workers: int) -> list[Hidden]:
    """Return every kind of sizes, fair and with each area worse off."""
    cells = [(sizes, place) for sizes in SKEWS for place in (None, *(WHERE if SKEWS[sizes] > 1 else ("middle",)))]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(hidden, *zip(*cells, strict=True), [runs] * len(cells)))
