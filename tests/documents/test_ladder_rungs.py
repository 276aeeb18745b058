"""What is said of a ladder is the highest rung before the first one that is not passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartstart_gov.documents.blocks import Prose
from smartstart_gov.documents.sections.findings import asked_of, ladder
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Message, Status
from smartstart_gov.judgement.question import answer, questions
from tests.documents import evidence as made
from tests.strategies import policy

LIMIT = {
    "by": ["origin"], "at_most": 0.1, "needs": dict.fromkeys(("shadow", "trial", "release"), "limit"),
    "ladder": [{"id": "weak", "question": "rest", "at_most": 0.3}, {"id": "middle", "question": "rest", "at_most": 0.2}],
}  # fmt: skip


def told(statuses: tuple[Status, ...]) -> tuple[str, list[str]]:
    """Return what is said to be reached, and what each rung asks, where the rungs have these answers."""
    rules = policy(attributes=["origin"], limit=LIMIT)
    asked, none = questions(rules.limits[0]), Message(code="remedy.none", values={})
    reason = Message(code="rung.not_reached", values={})
    evidence: Evidence = made.private()
    findings = tuple(answer(question, status, reason, none) for question, status in zip(asked, statuses, strict=True))
    evidence = replace(evidence, policy=rules, verdict=replace(evidence.verdict, findings=findings))
    words = Words("en")
    prose, _ = ladder(words, evidence, rules.limits[0])
    assert isinstance(prose, Prose)
    return prose.text, [asked_of(words, evidence, question) for question in asked]


@pytest.mark.parametrize(
    ("statuses", "reached"),
    [
        (("PASSED", "PASSED", "NOT_SHOWN"), 1),
        (("PASSED", "PASSED", "FAILED"), 1),
        (("PASSED", "NOT_SHOWN", "NOT_SHOWN"), 0),
        (("PASSED", "FAILED", "NOT_SHOWN"), 0),
        # An answer that is missing is not climbed over, whatever stands above it.
        (("PASSED", "NOT_SHOWN", "PASSED"), 0),
    ],
)
def test_a_rung_that_is_not_shown_ends_the_climb(statuses: tuple[Status, ...], reached: int) -> None:
    text, asked = told(statuses)
    assert asked[reached] in text
    assert not any(other in text for place, other in enumerate(asked) if place != reached)


def test_the_two_ends_of_a_climb_are_told_apart() -> None:
    none = {told(statuses)[0] for statuses in (("NOT_SHOWN", "NOT_SHOWN", "NOT_SHOWN"), ("FAILED", "PASSED", "PASSED"))}
    whole = told(("PASSED", "PASSED", "PASSED"))[0]
    assert len(none) == 1
    assert none.isdisjoint({whole, told(("PASSED", "NOT_SHOWN", "NOT_SHOWN"))[0]})
    assert whole != told(("PASSED", "PASSED", "NOT_SHOWN"))[0]
