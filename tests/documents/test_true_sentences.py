"""Sentences of the card that a reader could take the wrong way: each says what the verdict says, and no more."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from smartstart_gov.documents.card import model_card
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.sections.attribute import groups, judged, limit_in_words
from smartstart_gov.documents.sections.findings import question
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Message
from tests.documents import evidence as made
from tests.documents import extremes


def said(section: Section) -> str:
    return " ".join(" ".join(line.split()) for block in section.blocks for line in block.lines())


def limit(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": "one", "metric": "false_positive_rate", "by": ("sex",), "measure": "difference", "between": "groups",
        "at_most": 0.02, "reason": "open",
    }  # fmt: skip
    return {**fields, **changes}


def with_limit(**changes: Any) -> Evidence:
    return made.public(of_policy=made.policy(limits=(limit(**changes),), intersections=()))


# --------------------------------------------------------------------------------- limits that look one way
@pytest.mark.parametrize(
    ("changes", "nl", "en"),
    [
        ({"between": "reference", "reference": "f", "harm": "higher"}, "hoger bij {m} dan bij {f}", "higher for {m} than for {f}"),
        ({"between": "reference", "reference": "m", "harm": "lower"}, "lager bij {f} dan bij {m}", "lower for {f} than for {m}"),
        ({"between": "overall", "harm": "higher"}, "hoger bij elke groep dan bij iedereen", "higher for each group than for everybody"),
        ({"between": "rest", "harm": "lower"}, "lager bij elke groep dan bij alle anderen", "lower for each group than for all others"),
        (
            {"between": "reference", "reference": "f", "harm": "higher", "measure": "ratio", "at_most": None, "at_least": 0.8},
            "als {m} op 100 staat, staat {f} boven 80", "if {m} is at 100, {f} is above 80",
        ),
        (
            {"between": "reference", "reference": "f", "harm": "lower", "measure": "ratio", "at_most": None, "at_least": 0.8},
            "als {f} op 100 staat, staat {m} boven 80", "if {f} is at 100, {m} is above 80",
        ),
    ],
)  # fmt: skip
def test_a_limit_that_looks_one_way_says_which(changes: dict[str, Any], nl: str, en: str) -> None:
    evidence = with_limit(**changes)
    (finding,) = (f for f in evidence.verdict.findings if f.id == "limit.one")
    for words, expected in ((Words("nl"), nl), (Words("en"), en)):
        named = {name: words.group(evidence.contract, ("sex",), name) for name in ("f", "m")}
        assert expected.format(**named) in question(words, evidence, finding)
        told = limit_in_words(words, evidence, evidence.policy.limits[0])
        free = {"higher": "Lower is allowed.", "lower": "Higher is allowed."}[changes["harm"]]
        assert told.endswith(words.say(free))


def test_a_limit_that_looks_both_ways_says_no_way() -> None:
    words = Words("en")
    for changes in ({}, {"between": "overall"}):
        evidence = with_limit(**changes)
        (finding,) = (f for f in evidence.verdict.findings if f.id == "limit.one")
        assert "percentage points apart" in question(words, evidence, finding)
        assert "allowed" not in limit_in_words(words, evidence, evidence.policy.limits[0])


# ----------------------------------------------------------------------------------- what the verdict shows
def test_a_breach_is_counted_as_the_verdict_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """More groups are drawn beyond the limit than the verdict, which looks at all together, shows to be."""
    evidence = extremes.many(monkeypatch, unfair=0.16)
    findings = []
    for f in evidence.verdict.findings:
        if f.status == "FAILED" and f.reason.code == "limit.failed" and "outside" in f.reason.values:
            f = replace(f, reason=Message(code=f.reason.code, values={**f.reason.values, "outside": 1}))
        findings.append(f)
    evidence = replace(evidence, verdict=replace(evidence.verdict, findings=tuple(findings)))
    words, counted = Words("en"), 0
    document = model_card(evidence, words)
    for i, one in enumerate(judged(evidence)[:3], 1):
        if one.shown is None or sum(group.far for group in groups(words, evidence, one)) < 1:
            continue
        counted += 1
        (section,) = (s for s in document.sections if s.id == f"attribute-{i}")
        assert f"all {one.shown[1]} comparisons together, and shows a breach for 1 of them" in said(section)
        assert one.shown[0] == 1
    assert counted
    (worse,) = (s for s in document.sections if s.id == "worse")
    assert not re.search(r"more groups? .*exceed", said(worse))
