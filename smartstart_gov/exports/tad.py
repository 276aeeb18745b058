"""The algorithm reporting standard of the Dutch government (TAD), 0.1a14: a system card with the model and the audit in it.

A metric of a group is a metric with labels, and so are its interval and its counts: the standard has no place of their own
for them. Facts of the standard that nobody declared are left out, but for the two that a model card cannot do without: the
licence and the address of the model then say in words that they are not filled in. The standard's urns of requirements
and measures stand for whole obligations, and no finding shows that one is met, so there are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smartstart_gov.authoring.value import Text
from smartstart_gov.authoring.writer import block
from smartstart_gov.canonical import real
from smartstart_gov.documents.statements import Answer, Cell, Figure, answers, figures, marks, rates
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.exports.reading import EMAIL, Export, filled, title, under_the_ai_act
from smartstart_gov.statistics.estimates import Estimate

FILE, SCHEMA_VERSION = "system_card.yaml", "0.1a14"
MODEL_FILE = "model.skops"
TASK = "binary_classification"


def tad(evidence: Evidence, words: Words) -> Export:
    """Return ``system_card.yaml``."""
    charter, contract = evidence.charter, evidence.contract

    def said(declared: Text | None) -> str | None:
        return None if declared is None else declared.in_(words.lang)

    features = ", ".join(words.column(contract, name) for name in evidence.training.features)
    systems = ", ".join(source.system for source in contract.sources.values())
    card = {
        "schema_version": SCHEMA_VERSION,
        "provenance": _provenance(evidence),
        "name": title(evidence, words),
        "owners": _owners(evidence, words),
        "description": said(charter.purpose),
        "ai_act_profile": _profile(evidence),
        "labels": _labels(evidence),
        "end_date": None if charter.exit.end_date is None else charter.exit.end_date.isoformat(),
        "goal_and_impact": _joined(said(charter.purpose), said(charter.decision), said(charter.affected)),
        "considerations": said(charter.proportionality),
        "risk_management": _joined(
            *(f"{said(risk.description)} {words.say('Measure')}: {words.text(risk.measure)}" for risk in charter.risks)
        ),
        "human_intervention": said(charter.oversight),
        "legal_base": [filled({"name": said(charter.legal_basis)})] if charter.legal_basis is not None else [],
        "used_data": _joined(said(contract.meaning), systems, features),
        "technical_design": evidence.training.estimator,
        "version_requirements": [f"{name} {version}" for name, version in sorted(evidence.training.versions.items())],
        "models": [_model_card(evidence, words)],
        "assessments": [_assessment_card(evidence, words)],
    }
    return Export(files={FILE: ("\n".join(block(filled(card))) + "\n").encode("utf-8")})


def _provenance(evidence: Evidence) -> dict[str, Any]:
    revision = evidence.training.code_revision
    return filled({"git_commit_hash": None if revision == "unknown" else revision, "timestamp": evidence.created})


def _owners(evidence: Evidence, words: Words) -> list[dict[str, Any]]:
    owner = evidence.charter.owner
    if owner.organisation is None:
        return []
    contact = None if owner.contact is None else owner.contact.in_(words.lang)
    return [filled({
        "organization": owner.organisation, "email": contact if contact is not None and EMAIL.fullmatch(contact) else None,
        "role": None if owner.function is None else owner.function.in_(words.lang),
    })]  # fmt: skip


def _profile(evidence: Evidence) -> dict[str, Any]:
    """Return what the charter's answers to the pre-scan say of the AI Act; what they leave open has no key."""
    high, impact = under_the_ai_act(evidence)
    if high is None:
        return {}
    if high:
        return {"type": "AI-systeem", "risk_group": "hoog-risico AI"}
    kinds = {True: "impactvol algoritme", False: "niet-impactvol algoritme", None: None}
    return filled({"type": kinds[impact], "risk_group": "geen hoog-risico AI"})


def _labels(evidence: Evidence) -> list[dict[str, str]]:
    named = {"name": evidence.name, "version": evidence.version or "", **marks(evidence)}
    return [{"name": name, "value": value} for name, value in named.items() if value]


def _model_card(evidence: Evidence, words: Words) -> dict[str, Any]:
    contract, training = evidence.contract, evidence.training
    stored = training.model_digest is not None
    metrics = [*(_rate(cell, words) for cell in rates(evidence, words) if cell.state == "printed")]
    metrics += [_score(one) for one in figures(evidence, words) if one.value is not None]
    result = {
        "task": [{"type": TASK, "name": contract.name}],
        "datasets": [filled({
            "type": "tabular", "name": contract.name, "split": evidence.part, "features": list(training.features),
            "revision": training.data_digest,
        })],
        "metrics": metrics,
        "measurements": filled({"bar_plots": list(_reliance(evidence, words))}),
    }  # fmt: skip
    model = {
        "name": evidence.name,
        "model": MODEL_FILE if stored else words.text(None),
        "artifacts": [{"uri": MODEL_FILE, "content-type": "application/octet-stream"}] if stored else [],
        "parameters": [
            {"name": name, "dtype": "string", "value": value} for name, value in sorted(training.parameters.items())
        ] + ([{"name": "threshold", "dtype": "string", "value": training.threshold}] if training.threshold else []),
        "results": [result],
    }  # fmt: skip
    return filled({
        "provenance": _provenance(evidence), "name": evidence.name, "language": [words.lang],
        "license": {"license_name": words.text(None)}, "owners": _owners(evidence, words), "model_index": [filled(model)],
    })  # fmt: skip


def _rate(cell: Cell, words: Words) -> dict[str, Any]:
    found = cell.found
    if not isinstance(found, Estimate):
        raise ValueError("a rate without numbers is no metric")
    beside = {
        "numerator": str(found.numerator), "denominator": str(found.denominator), "low": real(found.low) or "",
        "high": real(found.high) or "", "confidence": real(found.confidence) or "", "method": found.method,
        "weighted": "yes" if cell.weighted else "no",
    }  # fmt: skip
    return {
        "type": cell.metric,
        "name": words.metric(cell.metric),
        "dtype": "float",
        "value": found.value,
        "labels": [*_group(cell.by, cell.kind, cell.group), *_beside(beside)],
    }


def _score(one: Figure) -> dict[str, Any]:
    positives, rows = ("", "") if one.counts is None else map(str, one.counts)
    beside = {
        "positives": positives, "rows": rows, "low": one.low or "", "high": one.high or "", "confidence": one.confidence,
        "method": one.method,
    }  # fmt: skip
    return {
        "type": one.figure,
        "name": one.figure,
        "dtype": "float",
        "value": float(str(one.value)),
        "labels": [*_group(one.by, "level", one.group), *_beside(beside)],
    }


def _group(by: str, kind: str, group: str) -> list[dict[str, str]]:
    return [{"name": by, "type": "area" if kind == "area" else "feature", "dtype": "string", "value": group}] if by else []


def _beside(values: dict[str, str]) -> Iterator[dict[str, str]]:
    kinds = {
        "numerator": "count",
        "denominator": "count",
        "positives": "count",
        "rows": "count",
        "method": "method",
        "weighted": "method",
    }
    for name, value in values.items():
        if value:
            kind = kinds.get(name, "interval")
            dtype = "integer" if kind == "count" else "string" if kind == "method" else "float"
            yield {"name": name, "type": kind, "dtype": dtype, "value": value}


def _reliance(evidence: Evidence, words: Words) -> Iterator[dict[str, Any]]:
    found = evidence.attribution
    if found is None:
        return
    results = [
        {"name": found.features[i], "value": float(real(float(found.mean_absolute[0, i])) or 0)} for i in found.ranking()
    ]  # fmt: skip
    yield {"type": "SHAP", "name": f"mean |SHAP|, {words.code('scale', found.scale)}", "results": results}


def _assessment_card(evidence: Evidence, words: Words) -> dict[str, Any]:
    return {
        "provenance": _provenance(evidence),
        "name": f"{evidence.name} {evidence.version or ''}".strip(),
        "date": evidence.created[:10],
        "contents": [_content(one, evidence) for one in answers(evidence, words)],
    }


def _content(answer: Answer, evidence: Evidence) -> dict[str, str]:
    remarks = " ".join(part for part in (answer.reason, answer.remedy, f"[{answer.basis}]") if part)
    return {"question": answer.question, "answer": answer.status, "remarks": remarks, "timestamp": evidence.created}


def _joined(*texts: str | None) -> str:
    return "\n".join(text for text in texts if text)
