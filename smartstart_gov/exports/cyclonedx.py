"""CycloneDX 1.7: a bill of materials of the model, with its model card, the software it came from, and what was attested.

Findings are declarations: the questions are a standard of their own (the policy of this model with the catalogue of
controls), and each is mapped to the answer with its reason. The standard's score of conformance runs from 0 to 1; an answer of
this library is one of three words, so no score is given. Values of metrics are text in this standard, as in ``bundle.json``.
"""

from __future__ import annotations

import uuid
from typing import Any

from smartstart_gov.authoring.value import Text
from smartstart_gov.canonical import real
from smartstart_gov.documents.statements import Answer, Cell, Figure, answers, figures, marks, rates
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.exports.reading import Export, filled, json_bytes, title

SCHEMA = "http://cyclonedx.org/schema/bom-1.7.schema.json"
MODEL, DATA, POLICY = "model", "data", "policy"
PREFIX = "smartstart-gov"


def cyclonedx(evidence: Evidence, words: Words) -> Export:
    """Return ``model.cdx.json``."""
    found = answers(evidence, words)
    software = [_library(name, version) for name, version in sorted(evidence.training.versions.items())]
    bom = {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        # The same evidence is the same document: its number follows from the digest.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{evidence.digest} {words.lang}')}",
        "version": 1,
        "metadata": {
            "timestamp": evidence.created,
            # The version that audited, not the one that writes this: the same evidence gives the same bytes.
            "tools": {"components": [filled({
                "type": "application", "name": "smartstart-gov", "version": evidence.training.versions.get("smartstart_gov"),
            })]},
            "component": _model(evidence, words),
        },
        "components": software,
        "dependencies": [{"ref": MODEL, "dependsOn": [one["bom-ref"] for one in software]}],
        "declarations": {"attestations": [{
            "summary": evidence.verdict.headline(),
            "map": [_attested(one) for one in found],
        }]},
        "definitions": {"standards": [{
            "bom-ref": POLICY, "name": f"{evidence.name}: policy.yaml", "version": evidence.policy.version,
            "requirements": [_requirement(one) for one in found],
        }]},
    }  # fmt: skip
    return Export(files={"model.cdx.json": json_bytes(bom)})


def _model(evidence: Evidence, words: Words) -> dict[str, Any]:
    charter, training = evidence.charter, evidence.training
    owner = charter.owner.organisation
    hashes = []
    if training.model_digest is not None:
        hashes.append({"alg": "SHA-256", "content": training.model_digest.removeprefix("sha256:")})
    return filled({
        "type": "machine-learning-model", "bom-ref": MODEL, "name": evidence.name, "version": evidence.version,
        "description": title(evidence, words), "publisher": owner, "hashes": hashes,
        "modelCard": _model_card(evidence, words),
        "properties": _properties({
            **marks(evidence), "threshold": training.threshold,
            "out-of-scope": "" if charter.out_of_scope is None else charter.out_of_scope.in_(words.lang),
        }),
    })  # fmt: skip


def _properties(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": f"{PREFIX}:{name}", "value": value} for name, value in values.items() if value]


def _library(name: str, version: str) -> dict[str, str]:
    kind = "platform" if name == "python" else "library"
    made = {"type": kind, "bom-ref": f"{name}@{version}", "name": name, "version": version}
    return made if kind == "platform" else made | {"purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"}


def _model_card(evidence: Evidence, words: Words) -> dict[str, Any]:
    training, contract = evidence.training, evidence.contract
    metrics = [_rate(cell) for cell in rates(evidence, words) if cell.state == "printed"]
    metrics += [_score(one) for one in figures(evidence, words) if one.value is not None]
    return {
        "modelParameters": filled({
            "approach": {"type": "supervised"} if training.estimator else None,
            "task": "binary classification", "architectureFamily": training.estimator.rpartition(".")[2],
            "modelArchitecture": training.estimator,
            "datasets": [_dataset(evidence, words)],
            "inputs": [{"format": f"{name}: {contract.column(name).dtype}"} for name in training.features],
            "outputs": [{"format": words.code("score", training.score)}],
        }),
        "quantitativeAnalysis": {"performanceMetrics": metrics},
        "considerations": _considerations(evidence, words),
    }  # fmt: skip


def _dataset(evidence: Evidence, words: Words) -> dict[str, Any]:
    contract = evidence.contract
    owners = [source.owner.in_(words.lang) for source in contract.sources.values() if source.owner is not None]
    sensitive = [column.name for column in contract.columns if contract.special(column)]
    return filled({
        "bom-ref": DATA, "type": "dataset", "name": f"{contract.name} {contract.version}", "sensitiveData": sensitive,
        "contents": {"properties": _properties({"digest": evidence.training.data_digest, "part": evidence.part})},
        "governance": filled({"owners": [{"organization": {"name": name}} for name in dict.fromkeys(owners)]}),
    })  # fmt: skip


def _rate(cell: Cell) -> dict[str, Any]:
    found = cell.found
    if found is None:
        raise ValueError("a rate without numbers is no metric")
    # The standard has no place for counts, method and confidence: they stand in the name of the slice.
    weighted = "weighted, " if cell.weighted else ""
    counts = f"{found.numerator}/{found.denominator}, {weighted}{found.method} {found.confidence:.0%}"
    return _metric(cell.metric, found.value, found.low, found.high, f"{_slice(cell.by, cell.group)} ({counts})")


def _score(one: Figure) -> dict[str, Any]:
    cases = "" if one.counts is None else f"{one.counts[0]} of {one.counts[1]} positive, "
    counts = f"{cases}{one.method} {float(one.confidence):.0%}"
    low, high = (float(one.low or "nan"), float(one.high or "nan"))
    return _metric(one.figure, float(one.value or "nan"), low, high, f"{_slice(one.by, one.group)} ({counts})")


def _metric(kind: str, value: float, low: float, high: float, of: str) -> dict[str, Any]:
    interval = filled({"lowerBound": real(low), "upperBound": real(high)})
    return filled({"type": kind, "value": real(value), "slice": of, "confidenceInterval": interval})


def _slice(by: str, group: str) -> str:
    return f"{by}={group}" if by else "overall"


def _considerations(evidence: Evidence, words: Words) -> dict[str, Any]:
    """Return what the charter declares; what is open there has no entry."""
    charter, vulnerable = evidence.charter, evidence.charter.vulnerable

    def said(declared: Text | None) -> str | None:
        return None if declared is None else declared.in_(words.lang)

    def listed(*declared: Text | None) -> list[str]:
        return [text for one in declared if (text := said(one)) is not None]

    risks = [filled({"name": said(risk.description), "mitigationStrategy": said(risk.measure)}) for risk in charter.risks]
    fairness = filled({
        "groupAtRisk": said(charter.affected), "harms": None if vulnerable is None else said(vulnerable.harm),
        "mitigationStrategy": None if vulnerable is None else said(vulnerable.care),
    })  # fmt: skip
    return filled({
        "users": listed(charter.users), "useCases": listed(charter.purpose, charter.decision),
        "technicalLimitations": listed(charter.limitations), "ethicalConsiderations": risks,
        "fairnessAssessments": [fairness] if fairness else [],
    })  # fmt: skip


def _ref(answer: Answer) -> str:
    return f"finding:{answer.finding.id}"


def _requirement(answer: Answer) -> dict[str, Any]:
    finding = answer.finding
    return {
        "bom-ref": _ref(answer), "identifier": finding.id, "text": answer.question,
        "properties": _properties({
            "digest": answer.digest, "status": finding.status, "severity": finding.severity, "stage": finding.stage or "",
            "answered-in": f"{answer.file}: {answer.key}",
        }),
    }  # fmt: skip


def _attested(answer: Answer) -> dict[str, Any]:
    rationale = " ".join(part for part in (f"{answer.status}.", answer.reason, answer.remedy, f"[{answer.basis}]") if part)
    return {"requirement": _ref(answer), "conformance": {"rationale": rationale}}
