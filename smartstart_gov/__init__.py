"""smartstart_gov: train, audit, document and release a risk model honestly.

The names below are the whole public API; each is imported when it is first used, so that importing the
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
    from smartstart_gov.authoring.charter import Charter as Charter
    from smartstart_gov.authoring.contract import DataContract as DataContract
    from smartstart_gov.authoring.policy import Policy as Policy
    from smartstart_gov.authoring.project import open_project as open_project
    from smartstart_gov.authoring.reader import read_contract as read_contract
    from smartstart_gov.authoring.scaffold import init_project as init_project
    from smartstart_gov.checkup import doctor as doctor
    from smartstart_gov.comparison import compare as compare
    from smartstart_gov.counting.count import count as count
    from smartstart_gov.counting.disclosure import printable as printable
    from smartstart_gov.counting.predictions import GroupCodes as GroupCodes
    from smartstart_gov.counting.predictions import Predictions as Predictions
    from smartstart_gov.counting.published import table_shell as table_shell
    from smartstart_gov.counting.tally import Tally as Tally
    from smartstart_gov.documents.render import render as render
    from smartstart_gov.errors import EvidenceBroken as EvidenceBroken
    from smartstart_gov.errors import Refused as Refused
    from smartstart_gov.evidence.bundle import EvidenceBundle as EvidenceBundle
    from smartstart_gov.evidence.bundle import read_bundle as read_bundle
    from smartstart_gov.evidence.reperform import verify as verify
    from smartstart_gov.explanation.attribution import Attribution as Attribution
    from smartstart_gov.exports.export import Exported as Exported
    from smartstart_gov.exports.export import export as export
    from smartstart_gov.intake.area_table import area_table as area_table
    from smartstart_gov.intake.dossiers import count_terms as count_terms
    from smartstart_gov.intake.link import Linked as Linked
    from smartstart_gov.intake.link import link as link
    from smartstart_gov.intake.link_report import LinkReport as LinkReport
    from smartstart_gov.intake.pandera import from_pandera as from_pandera
    from smartstart_gov.intake.pandera import to_pandera as to_pandera
    from smartstart_gov.intake.validate import validate as validate
    from smartstart_gov.judgement.finding import Finding as Finding
    from smartstart_gov.judgement.finding import Verdict as Verdict
    from smartstart_gov.judgement.judge import judge as judge
    from smartstart_gov.looks.seal import seal as seal
    from smartstart_gov.planning.power import power as power
    from smartstart_gov.release.attest import sign_practice as sign_practice
    from smartstart_gov.release.attest import sign_seal as sign_seal
    from smartstart_gov.release.attest import sign_verdict as sign_verdict
    from smartstart_gov.release.attest import signed_head as signed_head
    from smartstart_gov.release.gate import Decision as Decision
    from smartstart_gov.release.gate import gate as gate
    from smartstart_gov.release.practice import Recheck as Recheck
    from smartstart_gov.release.practice import recheck as recheck
    from smartstart_gov.release.sign import revoke as revoke
    from smartstart_gov.release.sign import sign as sign
    from smartstart_gov.release.sign import unwaive as unwaive
    from smartstart_gov.release.sign import waive as waive
    from smartstart_gov.serving import load_candidate as load_candidate
    from smartstart_gov.serving import load_released as load_released
    from smartstart_gov.statistics.contrasts import disparities as disparities
    from smartstart_gov.statistics.estimates import Estimate as Estimate
    from smartstart_gov.statistics.estimates import MetricTable as MetricTable
    from smartstart_gov.statistics.estimates import measure as measure
    from smartstart_gov.statistics.rowwise import rowwise as rowwise
    from smartstart_gov.statistics.scores import score_table as score_table
    from smartstart_gov.training.record import TrainingRecord as TrainingRecord
    from smartstart_gov.training.trusted import trusted_types as trusted_types

__version__ = "0.1.0"

#: Public name to the module that has it.
_HOMES = {
    "Attribution": "explanation.attribution",
    "Charter": "authoring.charter",
    "CountsAudit": "aggregates",
    "DataContract": "authoring.contract",
    "Decision": "release.gate",
    "Estimate": "statistics.estimates",
    "EvidenceBroken": "errors",
    "EvidenceBundle": "evidence.bundle",
    "Exported": "exports.export",
    "Finding": "judgement.finding",
    "GroupCodes": "counting.predictions",
    "LinkReport": "intake.link_report",
    "Linked": "intake.link",
    "MetricTable": "statistics.estimates",
    "Policy": "authoring.policy",
    "Predictions": "counting.predictions",
    "Recheck": "release.practice",
    "Refused": "errors",
    "Run": "assessment",
    "Tally": "counting.tally",
    "TrainingRecord": "training.record",
    "Verdict": "judgement.finding",
    "area_table": "intake.area_table",
    "audit": "assessment",
    "audit_areas": "aggregates",
    "audit_counts": "aggregates",
    "audit_model": "assessment",
    "audit_predictions": "assessment",
    "compare": "comparison",
    "count": "counting.count",
    "count_terms": "intake.dossiers",
    "disparities": "statistics.contrasts",
    "doctor": "checkup",
    "export": "exports.export",
    "from_pandera": "intake.pandera",
    "gate": "release.gate",
    "init_project": "authoring.scaffold",
    "judge": "judgement.judge",
    "link": "intake.link",
    "load_candidate": "serving",
    "load_released": "serving",
    "measure": "statistics.estimates",
    "open_project": "authoring.project",
    "power": "planning.power",
    "printable": "counting.disclosure",
    "read_bundle": "evidence.bundle",
    "read_contract": "authoring.reader",
    "recheck": "release.practice",
    "render": "documents.render",
    "revoke": "release.sign",
    "rowwise": "statistics.rowwise",
    "score_table": "statistics.scores",
    "seal": "looks.seal",
    "sign": "release.sign",
    "sign_practice": "release.attest",
    "sign_seal": "release.attest",
    "sign_verdict": "release.attest",
    "signed_head": "release.attest",
    "table_shell": "counting.published",
    "to_pandera": "intake.pandera",
    "train": "assessment",
    "trusted_types": "training.trusted",
    "unwaive": "release.sign",
    "validate": "intake.validate",
    "verify": "evidence.reperform",
    "waive": "release.sign",
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
