"""Reach: which limits a fair model could pass, told before there is a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from smartstart_gov.metrics.power import cases_needed
from smartstart_gov.project.limit import Limit
from smartstart_gov.project.policy import Policy
from smartstart_gov.tally.cube import Axis, Tally
from smartstart_gov.verdict.reach import CORRECT, ERRORS, reach
from tests.projects import policy


def labels(*groups: tuple[int, int], unknown: tuple[int, int] = (0, 0)) -> Tally:
    """Return the tally of groups of (negatives, positives), with nobody selected."""
    counts = np.zeros((len(groups) + 1, 2, 2), dtype=np.int64)
    counts[:, :, 0] = [*groups, unknown]
    axis = Axis(name="origin", levels=(*(f"g{i}" for i in range(len(groups))), "unknown"), unknown=True)
    return Tally(axes=(axis,), counts=counts, moments={})


def asking(metric: str, **changes: object) -> Policy:
    """Return a policy with one limit on `metric` by origin."""
    limit = {"id": "one", "metric": metric, "by": ("origin",), "measure": "difference", "between": "groups",
             "at_most": 0.1, "reason": "open"} | changes  # fmt: skip
    whole = Policy.model_validate(
        {**policy(), "attributes": ("origin",), "intersections": ()} | {"limits": policy()["limits"][:1]}
    )
    return whole.model_copy(update={"limits": (Limit.model_validate(limit),)})


def test_numbers_are_those_of_the_closed_form() -> None:
    (found,) = reach(labels((9_000, 1_000), (900, 100)), asking("false_positive_rate"))
    expected = sorted(cases_needed(p, 2, "difference", "groups", 0.1, alpha=0.05) or 0 for p in ERRORS)
    assert [found.fewest, found.most] == expected
    assert found.assumed == ERRORS


@pytest.mark.parametrize(
    ("smallest", "answer"),
    [(100_000, "within reach"), (700, "depends on the model"), (30, "out of reach"), (0, "out of reach")],
)
def test_the_smallest_group_decides(smallest: int, answer: str) -> None:
    (found,) = reach(labels((100_000, 9_000), (100_000, 9_000), (smallest, 9_000)), asking("false_positive_rate"))
    assert found.answer == answer


def test_each_rate_counts_its_own_cases() -> None:
    # Ten thousand people and thirty positives: false alarms can be judged, misses cannot.
    tally = labels((50_000, 30), (50_000, 30))
    assert reach(tally, asking("false_positive_rate"))[0].answer == "within reach"
    (missed,) = reach(tally, asking("true_positive_rate"))
    assert (missed.answer, missed.assumed) == ("out of reach", CORRECT)


def test_selection_is_taken_as_often_as_the_label() -> None:
    (found,) = reach(labels((900, 100), (900, 100), unknown=(0, 0)), asking("selection_rate"))
    assert found.assumed == (0.1, 0.1)
    assert found.fewest == found.most


def test_unknown_rows_are_no_group() -> None:
    plenty, none = labels((90_000, 9_000), (90_000, 9_000)), labels((90_000, 9_000), (90_000, 9_000), unknown=(5, 1))
    by_rate = asking("false_positive_rate")
    assert reach(plenty, by_rate)[0].answer == reach(none, by_rate)[0].answer == "within reach"


def test_the_record_holds_no_count_of_a_group() -> None:
    tally = labels((4_321, 1_234), (1_111, 222))
    record = reach(tally, asking("false_positive_rate"))[0].to_record()
    assert not {4_321, 1_234, 1_111, 222} & set(record.values())
    assert replace(reach(tally, asking("false_positive_rate"))[0]).headline().startswith("Reach(one: ")
