"""What findings come to at a stage is decided once: by `decide`, for the gate as for the card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.authoring.names import STAGES
from smartstart_gov.documents.blocks import Table
from smartstart_gov.documents.sections.findings import stages
from smartstart_gov.documents.words import Words
from smartstart_gov.judgement.finding import NOTHING_STOPS, STATUSES, Finding, Message
from smartstart_gov.release.decide import decide
from tests.documents import evidence as made

NOTHING = Message(code="remedy.none", values={})
ASKS: dict[str, Any] = {"not_shown": "refused", "signatures": ("owner",), "signed": ("owner",)}


def finding(
    name: str = "limit.a", status: Any = "PASSED", severity: Any = "block", stage: Any = "shadow", **more: Any
) -> Finding:
    how = {"reason": NOTHING} | more
    return Finding(id=name, severity=severity, moment="audit", status=status, remedy=NOTHING, stage=stage, **how)


@pytest.mark.parametrize(
    ("findings", "asks", "result"),
    [
        ([finding()], {}, "allowed"),
        ([finding()], {"signed": ()}, "signatures_missing"),
        ([finding()], {"signatures": ("owner", "dpo")}, "signatures_missing"),
        ([finding()], {"signatures": ()}, "not_shown"),
        ([finding()], {"turned_down": True}, "refused"),
        ([finding()], {"missing": True}, "not_shown"),
        ([finding()], {"concept": True, "signed": ()}, "not_shown"),
        ([finding(), finding(status="NOT_SHOWN")], {}, "not_shown"),
        ([finding(), finding(status="NOT_SHOWN")], {"not_shown": "accepted"}, "allowed"),
        ([finding(), finding(status="NOT_SHOWN", stage=None)], {}, "allowed"),
        ([finding(), finding(status="FAILED")], {"not_shown": "accepted", "missing": True}, "refused"),
        ([finding(), finding(status="FAILED", severity="warn")], {}, "allowed"),
        ([finding(), finding(status="WAIVED")], {}, "allowed"),
        ([finding(status="WAIVED")], {"not_shown": "accepted"}, "not_shown"),
        ([finding(status="WAIVED"), finding("limit.b", status="NOT_APPLICABLE")], {}, "not_shown"),
        ([finding("control.R50", status="WAIVED"), finding(status="WAIVED")], {}, "not_shown"),
        ([], {"not_shown": "accepted"}, "not_shown"),
        ([finding("control.R01")], {"not_shown": "accepted"}, "not_shown"),
        ([finding(severity="warn")], {"not_shown": "accepted"}, "not_shown"),
        ([finding(), finding("control.R31", reason=Message(code=NOTHING_STOPS, values={}))], {}, "not_shown"),
    ],
)
def test_the_gravest_decides(findings: list[Finding], asks: dict[str, Any], result: str) -> None:
    assert decide(findings, "release", **(ASKS | asks)) == result


def test_only_a_release_needs_somebody_who_answers_for_it() -> None:
    asks = ASKS | {"signatures": (), "signed": ()}
    assert [decide([finding()], stage, **asks) for stage in STAGES] == ["allowed", "allowed", "not_shown"]


@given(st.lists(st.builds(finding, status=st.sampled_from(STATUSES), stage=st.sampled_from([*STAGES, None])), max_size=4))
def test_what_stops_at_one_stage_stops_at_the_next(findings: list[Finding]) -> None:
    opened = [decide(findings, stage, **ASKS) == "allowed" for stage in STAGES]
    assert opened == sorted(opened, reverse=True)


@pytest.mark.parametrize("warnings", [False, True])
def test_the_card_says_what_is_decided(warnings: bool) -> None:
    evidence, words = made.public(), Words("en")
    if warnings:
        findings = tuple(replace(f, severity="warn") if f.metric else f for f in evidence.verdict.findings)
        evidence = replace(evidence, verdict=replace(evidence.verdict, findings=findings))
    table = next(block for block in stages(words, evidence) if isinstance(block, Table))
    for row, stage in zip(table.rows, STAGES, strict=True):
        asks = evidence.policy.stage(stage)
        result = decide(evidence.verdict.findings, stage, not_shown=asks.not_shown, signatures=asks.signatures)
        said = "allowed, once signed" if result == "signatures_missing" else words.code("decision", result)
        assert (row[0], row[3]) == (words.code("stage", stage), said)
        assert result == "not_shown" or not warnings
