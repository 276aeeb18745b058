"""Random scores with truth, and their histograms."""

from __future__ import annotations

import numpy as np

from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.counting.tally import Tally, bins_of, histogram


def scored(seed: int, n: int, groups: int = 3, *, slope: float = 1.0, shift: float = 0.0, steps: int = 0) -> Predictions:
    """Return rows whose log-odds are `shift` + `slope` * logit(score); with `steps` only so many different scores."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1, 1.2, n)
    score = 1 / (1 + np.exp(-log_odds))
    truth = (rng.random(n) < 1 / (1 + np.exp(-(shift + slope * log_odds)))).astype(np.int8)
    truth[:2] = (0, 1)
    if steps:
        score = np.rint(score * steps) / steps
    codes = rng.choice(groups, size=n, p=rng.dirichlet(np.ones(groups))).astype(np.int64)
    area = GroupCodes(name="area", levels=tuple(f"a{i}" for i in range(groups)), codes=codes)
    return Predictions(y_true=truth, y_pred=(score >= 0.5).astype(np.int8), score=score, groups={"area": area})


def tallied(seed: int, n: int, groups: int = 3, **how: float) -> tuple[Predictions, Tally]:
    rows = scored(seed, n, groups, **how)  # type: ignore[arg-type]  # keyword arguments of scored
    return rows, count(rows)


def one(truth: list[int] | np.ndarray, score: list[float] | np.ndarray) -> np.ndarray:
    """Return the histogram of one group, shape (1, 2, 1024)."""
    return histogram(None, 1, np.asarray(truth, dtype=np.int8), bins_of(np.asarray(score, dtype=np.float64)))
