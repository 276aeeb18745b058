"""SARIF 2.1.0, as code hosts show it beside the code: a result for each finding that did not pass, a rule for each question.

SARIF has a kind "open" for what was evaluated and not decided, and demands that its level is none: viewers would hide it. What
is not shown keeps a release waiting as a breach does, so its results are of kind "fail", and their properties say which of
the two it is. Evidence knows files and keys, not lines: a result points at the authored file, with the key in it as a
logical location. The uri is relative to the folder of the project.
"""

from __future__ import annotations

from typing import Any

from smartstart_gov.controls.catalogue import control_of
from smartstart_gov.documents.statements import Answer, answers, marks
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.exports.reading import Export, filled, json_bytes
from smartstart_gov.judgement.question import question_of

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: What a finding weighs where it did not pass: a warning never blocks, the other two do.
LEVELS = {"block": "error", "declare": "error", "warn": "warning"}
#: Name of the folder that locations are relative to.
PROJECT, VERSION = "PROJECT", "VERSION"
FINGERPRINT = "findingDigest/v1"


def sarif(evidence: Evidence, words: Words) -> Export:
    """Return ``findings.sarif``."""
    found = answers(evidence, words)
    places = {one.finding.id: place for place, one in enumerate(found)}
    run = {
        "tool": {
            "driver": {
                "name": "smartstart-gov", "language": words.lang,
                # The version that audited, not the one that writes this: the same evidence gives the same bytes.
                **filled({"semanticVersion": evidence.training.versions.get("smartstart_gov")}),
                "rules": [_rule(one, evidence, words) for one in found],
            }
        },
        "automationDetails": {"id": f"{evidence.name}/{evidence.version or 'unversioned'}"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            PROJECT: {"description": {"text": "The folder of charter.yaml, contract.yaml and policy.yaml."}},
            VERSION: {"description": {"text": "The folder of the version, with bundle.json."}},
        },
        "results": [_result(one, places[one.finding.id]) for one in found if one.finding.status != "PASSED"],
        "properties": {
            **marks(evidence), "passed": evidence.verdict.count("PASSED"), "findings": len(found),
        },
    }  # fmt: skip
    return Export(files={"findings.sarif": json_bytes({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})})


def _rule(answer: Answer, evidence: Evidence, words: Words) -> dict[str, Any]:
    finding = answer.finding
    return {
        "id": finding.id,
        "shortDescription": {"text": answer.question},
        "help": {"text": _help(answer, evidence, words)},
        "defaultConfiguration": {"level": LEVELS[finding.severity]},
        "properties": filled({"severity": finding.severity, "moment": finding.moment, "stage": finding.stage}),
    }


def _help(answer: Answer, evidence: Evidence, words: Words) -> str:
    """Return why the question is asked: the committee's reason for a limit, the documented failure behind a control."""
    control, asked = control_of(answer.finding.id), question_of(answer.finding.id, evidence.policy.limits)
    lines = [answer.question]
    if asked is not None:
        lines.append(f"{words.say('Why this limit')}: {words.text(asked.limit.reason)}")
    if control is not None and words.lang == "en":
        lines.append(f"{control.case}.")
    lines.append(f"{answer.file}: {answer.key}")
    return "\n".join(lines)


def _result(answer: Answer, place: int) -> dict[str, Any]:
    finding = answer.finding
    # What does not apply was not found wanting; SARIF has a word for it.
    applies = finding.status != "NOT_APPLICABLE"
    said = [f"{answer.question}: {answer.status}.", answer.reason, answer.remedy]
    physical = {"uri": answer.file, "uriBaseId": VERSION if answer.file == "bundle.json" else PROJECT}
    result: dict[str, Any] = {
        "ruleId": finding.id, "ruleIndex": place, "kind": "fail" if applies else "notApplicable",
        "level": LEVELS[finding.severity] if applies else "none",
        "message": {"text": " ".join(part for part in said if part)},
        "locations": [{
            "physicalLocation": {"artifactLocation": physical},
            "logicalLocations": [{"fullyQualifiedName": answer.key, "kind": "object"}],
        }],
        "partialFingerprints": {FINGERPRINT: answer.digest},
        "properties": {"status": finding.status, "blocks": finding.blocks, "finding": finding.id, "digest": answer.digest},
    }  # fmt: skip
    if finding.status == "WAIVED":
        result["suppressions"] = [{"kind": "external", "status": "accepted"}]
    return result
