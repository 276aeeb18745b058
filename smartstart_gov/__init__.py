"""smartstart_gov: train, audit, document and release a risk model honestly.

The names below are the whole public face; each is imported when it is first used, so that importing the
library costs next to nothing and the gate needs no heavy library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartstart_gov.aggregates import CountsAudit as CountsAudit
    from smartstart_gov.aggregates import audit_areas as audit_areas
    from smartstart_gov.aggregates import audit_counts as audit_counts
    from smartstart_gov.assessment import Run as Run
    from smartstart_gov.assessment import audit as audit
    from smartstart_gov.assessment import audit_model as audit_model
    from smartstart_gov.assessment import audit_predictions as audit_predictions
    from smartstart_gov.assessment import train as train
    from smartstart_gov.comparison import compare as compare
    from smartstart_gov.documents.render import render as render
    from smartstart_gov.errors import EvidenceBroken as EvidenceBroken
    from smartstart_gov.errors import Refused as Refused
    from smartstart_gov.evidence.bundle import EvidenceBundle as EvidenceBundle
    from smartstart_gov.evidence.bundle import read_bundle as read_bundle
    from smartstart_gov.evidence.reperform import verify as verify
    from smartstart_gov.explanation.attribution import Attribution as Attribution
    from smartstart_gov.metrics.disparity import disparities as disparities
    from smartstart_gov.metrics.estimate import Estimate as Estimate
    from smartstart_gov.metrics.estimate import MetricTable as MetricTable
    from smartstart_gov.metrics.measure import measure as measure
    from smartstart_gov.metrics.rowwise import rowwise as rowwise
    from smartstart_gov.planning.power import power as power
    from smartstart_gov.predictions import Predictions as Predictions
    from smartstart_gov.project.charter import Charter as Charter
    from smartstart_gov.project.contract import DataContract as DataContract
    from smartstart_gov.project.folder import open_project as open_project
    from smartstart_gov.project.from_pandera import from_pandera as from_pandera
    from smartstart_gov.project.link_report import LinkReport as LinkReport
    from smartstart_gov.project.linking import Linked as Linked
    from smartstart_gov.project.linking import link as link
    from smartstart_gov.project.pandera_schema import to_pandera as to_pandera
    from smartstart_gov.project.policy import Policy as Policy
    from smartstart_gov.project.validation import validate as validate
    from smartstart_gov.release.gate import Decision as Decision
    from smartstart_gov.release.gate import gate as gate
    from smartstart_gov.tally.count import count as count
    from smartstart_gov.tally.cube import Tally as Tally
    from smartstart_gov.tally.shell import table_shell as table_shell
    from smartstart_gov.training.record import TrainingRecord as TrainingRecord
    from smartstart_gov.verdict.finding import Finding as Finding
    from smartstart_gov.verdict.finding import Verdict as Verdict
    from smartstart_gov.verdict.judge import judge as judge

__version__ = "0.1.0"

#: Public name to the module that has it.
_HOMES = {
    "Attribution": "explanation.attribution",
    "Charter": "project.charter",
    "CountsAudit": "aggregates",
    "DataContract": "project.contract",
    "Decision": "release.gate",
    "Estimate": "metrics.estimate",
    "EvidenceBroken": "errors",
    "EvidenceBundle": "evidence.bundle",
    "Finding": "verdict.finding",
    "LinkReport": "project.link_report",
    "Linked": "project.linking",
    "MetricTable": "metrics.estimate",
    "Policy": "project.policy",
    "Predictions": "predictions",
    "Refused": "errors",
    "Run": "assessment",
    "Tally": "tally.cube",
    "TrainingRecord": "training.record",
    "Verdict": "verdict.finding",
    "audit": "assessment",
    "audit_areas": "aggregates",
    "audit_counts": "aggregates",
    "audit_model": "assessment",
    "audit_predictions": "assessment",
    "compare": "comparison",
    "count": "tally.count",
    "disparities": "metrics.disparity",
    "from_pandera": "project.from_pandera",
    "gate": "release.gate",
    "judge": "verdict.judge",
    "link": "project.linking",
    "measure": "metrics.measure",
    "open_project": "project.folder",
    "power": "planning.power",
    "read_bundle": "evidence.bundle",
    "render": "documents.render",
    "rowwise": "metrics.rowwise",
    "table_shell": "tally.shell",
    "to_pandera": "project.pandera_schema",
    "train": "assessment",
    "validate": "project.validation",
    "verify": "evidence.reperform",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - derived from the one table


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'smartstart_gov' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"smartstart_gov.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
