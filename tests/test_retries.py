"""Twenty models that all lie exactly at the limit, tried on one audit set: at most one try in twenty may end in a release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import smartstart_gov as gov
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement.judge import judge
from smartstart_gov.looks.looks import granted
from smartstart_gov.statistics.intervals import difference_score, normal_quantile
from tests import projects
from tests.projects import rows, write_project

ALPHA, LIMIT, CANDIDATES = 0.05, 0.1, 20
#: Negatives of the two groups in the audit set, and their true false positive rates: exactly the limit apart.
NEGATIVES, RATES = (1500, 2500), (0.3, 0.2)


def false_alarms(runs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return false alarms of both groups, shape (runs, candidates): the rows are shared, the models' errors are not."""
    draw = np.random.default_rng(seed)
    return tuple(draw.binomial(n, p, (runs, CANDIDATES)) for n, p in zip(NEGATIVES, RATES, strict=True))  # type: ignore[return-value]  # as many as there are candidates


def alphas(most: int) -> list[float]:
    """Return the alpha of each of the candidates, looked at one after another."""
    spent, found = 0.0, []
    for place in range(1, CANDIDATES + 1):
        found.append(granted(ALPHA, most, place, spent))
        spent += found[-1]
    return found


def passes(x1: np.ndarray, x2: np.ndarray, levels: list[float]) -> np.ndarray:
    """Return which candidates pass: both one-sided bounds lie inside the limit, at the level of their look."""
    score = -difference_score(x1, NEGATIVES[0], x2, NEGATIVES[1], LIMIT)
    # With nothing left there is no look; the limit is never passed at level 0.
    z = np.array([normal_quantile(1 - level) if level > 0 else np.inf for level in levels])
    return np.asarray(score > z)


def rules(**changes: object) -> dict[str, object]:
    small = projects.policy(attributes=["origin"], intersections=[], metrics=["selection_rate"])
    return small | {"limits": small["limits"][:1]} | changes


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 2, 5, 20, 100])
def test_twenty_tries_release_at_most_alpha(most: int) -> None:
    runs = 40_000
    released = passes(*false_alarms(runs, seed=most), alphas(most)).any(axis=1).mean()
    assert released <= ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / runs)
    # Measured with 400 000 runs: 4.9 % at max_looks 1, 4.9 % at 20, 4.7 % at 100. A rule that releases nobody proves nothing.
    assert released > 0.6 * ALPHA


def test_without_counting_the_same_twenty_tries_release_most() -> None:
    assert passes(*false_alarms(2000, seed=3), [ALPHA] * CANDIDATES).any(axis=1).mean() > 0.6


@pytest.mark.slow
def test_the_judge_decides_as_the_simulation_does() -> None:
    policy = Policy.model_validate(rules())
    levels = alphas(20)
    for one, two in zip(*(x[:, 0] for x in false_alarms(150, seed=8)), strict=True):
        counts = np.zeros((2, 2, 2), dtype=np.int64)
        for group, alarms in enumerate((one, two)):
            counts[group, 0] = NEGATIVES[group] - alarms, alarms
            counts[group, 1] = 50, 50
        tally = Tally(axes=(Axis(name="origin", levels=("A", "B")),), counts=counts, moments={})
        for level in (levels[0], levels[4]):
            passed = judge(tally, policy, alpha=level).findings[0].status == "PASSED"
            assert passed == bool(passes(np.array([one]), np.array([two]), [level])[0])


@pytest.mark.slow
def test_twenty_audits_share_alpha_and_the_next_is_refused(tmp_path: Path) -> None:
    home = write_project(tmp_path / "help", policy=rules(max_looks=CANDIDATES))  # type: ignore[arg-type]  # a file's dict
    project, data = gov.open_project(home), rows(n=600)
    draw = np.random.default_rng(0)
    looks = []
    for _ in range(CANDIDATES):
        scores = np.clip(data["score"] + draw.normal(0, 0.1, len(data)), 0, 1)
        looks.append(gov.audit_predictions(data.assign(score=scores), project).public.look)
    assert [look.place for look in looks] == list(range(1, CANDIDATES + 1))
    assert sum(float(look.alpha) for look in looks) == pytest.approx(ALPHA)
    with pytest.raises(gov.Refused) as refused:
        gov.audit_predictions(data, project)
    assert refused.value.rule == "L01"
