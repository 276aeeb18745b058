"""The verdict on one evidence: limits and controls asked by its own rules, in one order, at audit and at every verification."""

from __future__ import annotations

from dataclasses import replace

from smartstart_gov.controls.catalogue import controls
from smartstart_gov.controls.facts import Facts
from smartstart_gov.controls.linking import link_findings
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Verdict
from smartstart_gov.judgement.judge import METHOD, judge_look


def judged(evidence: Evidence) -> Verdict:
    """Return the verdict on the evidence's counts and facts by its own rules: limits first, controls after them.

    What this version of the library cannot ask again as it was asked keeps the answer that the evidence records.
    """
    facts = Facts(
        charter=evidence.charter, contract=evidence.contract, policy=evidence.policy, training=evidence.training,
        explained=evidence.attribution is not None, sealing=None if evidence.look is None else evidence.look.sealing,
        previous=evidence.previous,
    )  # fmt: skip
    rules, written, kept = evidence.rules, evidence.verdict.findings, kept_answers(evidence)
    asked = {one.id for one in rules.controls} - set(kept)
    answers = {f.id: f for f in (*controls(facts, asked), *link_findings(evidence.contract, evidence.losses, asked))}
    answers |= {finding.id: finding for finding in written if finding.id in kept}
    found = [answers[one.id] for one in rules.controls if one.id in answers]
    if rules.same_method:
        return judge_look(evidence.tally, evidence.policy, evidence.alpha).with_findings(found)
    limits = tuple(finding for finding in written if finding.limit is not None)
    return replace(evidence.verdict, findings=limits).with_findings(found)


def kept_answers(evidence: Evidence) -> dict[str, str]:
    """Return the findings that keep their recorded answers, each with the reason."""
    rules, recorded = evidence.rules, {finding.id: finding for finding in evidence.verdict.findings}
    kept = {name: reason for name, reason in rules.kept().items() if name in recorded}
    if not rules.same_method:
        reason = f"judged by method {rules.method}; this version of the library uses method {METHOD}"
        kept |= {name: reason for name, finding in recorded.items() if finding.limit is not None}
    return kept
