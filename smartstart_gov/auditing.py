"""From rows to evidence: counted, entered into the log as a look, judged, in both editions.

Whatever is audited (a model of ours, a fitted one, a vendor's scores) goes through here, so that all are treated alike.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from smartstart_gov.canonical import real
from smartstart_gov.controls.linking import LinkLosses
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.counted import Counted
from smartstart_gov.evidence.cutting import one_sided
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.previous import last_version
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.evidence.reperform import judged
from smartstart_gov.evidence.rules import Rules
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.metrics.disparity import disparities
from smartstart_gov.metrics.measure import measure
from smartstart_gov.metrics.rates import rate
from smartstart_gov.metrics.score_table import score_table
from smartstart_gov.predictions import Predictions
from smartstart_gov.project.folder import Project
from smartstart_gov.project.link_report import LinkReport
from smartstart_gov.project.looks import Look, Looks, take
from smartstart_gov.project.policy import Policy
from smartstart_gov.project.sealing import registered, sealing
from smartstart_gov.project.validation import ValidatedFrame
from smartstart_gov.tally.count import count
from smartstart_gov.tally.cube import Tally
from smartstart_gov.training.identities import Identities
from smartstart_gov.training.record import TrainingRecord
from smartstart_gov.verdict.finding import Verdict


def check_metrics(policy: Policy) -> None:
    """Raise Refused M01 where the policy names a metric that does not exist."""
    for name in [*(policy.metrics or ()), *(limit.metric for limit in policy.limits)]:
        rate(name)


def tally_of(predictions: Predictions, policy: Policy) -> Tally:
    """Return the counts a policy is judged on: its attributes and control columns crossed, with moments for every margin."""
    within = [(limit.given, *limit.by) for limit in policy.limits if limit.given is not None]
    controls = dict.fromkeys(margin[0] for margin in within)
    return count(predictions, by=[*policy.attributes, *controls], margins=[(), *policy.margins, *within])


def now() -> str:
    """Return the moment in UTC, ISO 8601 to the second; SOURCE_DATE_EPOCH makes it reproducible."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def taken_look(
    project: Project, predictions: Predictions, frame: ValidatedFrame, where: npt.NDArray[np.bool_] | None = None,
    *, training: TrainingRecord,
) -> Counted:  # fmt: skip
    """Enter the look at these rows into the log, before anything of it is shown, and return how it counts.

    Parameters
    ----------
    project : Project
    predictions : Predictions
    frame : ValidatedFrame
        All rows; those that `where` is true are audited, in the order of `predictions`.
    where : ndarray of bool, shape (n_rows,), optional
    training : TrainingRecord
    """
    policy, salt, ledger = project.policy, project.look_salt, project.ledger
    who = Identities.of(frame, where)
    rows = who.row_set(frame, where, salt)
    look = Look(
        model=who.model_digest(predictions, salt), policy=policy.digest, rows=who.rows_digest(predictions, salt),
        alpha=real(policy.alpha) or "", most=policy.max_looks, **Looks(ledger).seen(rows),
    )  # fmt: skip
    entry, standing = take(ledger, look, rows)
    entries = ledger.entries()
    known = training.seals if training.origin == "trained" else None
    looks = Looks(ledger, entries)
    seal, how = sealing(entries, looks, entry, registered(project), known)
    return Counted.of(entry, looks, standing, seal, how)


def evidence_of(
    project: Project, predictions: Predictions, record: TrainingRecord, attribution: Attribution | None,
    look: Counted | None, *, secret: str, model_bytes: bytes | None, links: LinkReport | None = None,
) -> EvidenceBundle:  # fmt: skip
    """Return the evidence of one audit, in both editions; `links` says who was lost when its sources were combined.

    Without a look it is a concept: counted on the develop part.
    """
    policy = project.policy
    tally = tally_of(predictions, policy)
    record = replace(record, one_sided=one_sided(tally, policy))
    rules = Rules.of(policy)
    draft = Evidence(
        edition="private", name=project.charter.name, version=None, created=now(), rules=rules,
        contract=project.contract, charter=project.charter, policy=policy, training=record, tally=tally,
        metrics=measure(tally, policy.margins, rules.metrics, interval=policy.intervals.rate),
        disparities=disparities(tally, policy.margins, rules.metrics, differences=policy.intervals.difference),
        attribution=attribution, scores=score_table(tally, policy.attributes),
        verdict=Verdict(findings=(), policy_digest=policy.digest, decide_on=policy.decide_on),
        look=look,
        losses=None if links is None else LinkLosses.of(links, policy.disclosure.k), previous=last_version(project),
        nonce="sha256:" + hashlib.sha256(b"smartstart_gov/nonce " + secret.encode()).hexdigest(),
    )  # fmt: skip
    private = replace(draft, verdict=judged(draft))
    home: Path = project.path
    return EvidenceBundle(public=public_edition(private), private=private, model_bytes=model_bytes, home=home)
