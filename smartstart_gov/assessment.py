"""The whole process: train on fit, look at develop freely, open the audit part in a counted look, judge, publish.

Everything that is audited (a model trained here, a fitted model, a vendor's scores) goes through here, so that all
are treated alike.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import DataContract, Role
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.project import Project
from smartstart_gov.canonical import real
from smartstart_gov.controls.catalogue import asked_before
from smartstart_gov.controls.facts import Facts
from smartstart_gov.controls.linking import LinkLosses, link_findings
from smartstart_gov.counting.count import tally_of
from smartstart_gov.counting.disclosure import printable
from smartstart_gov.counting.handover import handover, join_attributes
from smartstart_gov.counting.predictions import Predictions
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.bundle import EvidenceBundle, read_bundle
from smartstart_gov.evidence.edition import Counted, Evidence
from smartstart_gov.evidence.history import last_version
from smartstart_gov.evidence.printings import to_withhold
from smartstart_gov.evidence.publish import public_edition, public_finding
from smartstart_gov.evidence.rules import Rules
from smartstart_gov.evidence.verdict import judged
from smartstart_gov.intake.files import read_data
from smartstart_gov.intake.frames import rows
from smartstart_gov.intake.validate import ValidatedFrame, validate
from smartstart_gov.judgement.finding import Verdict
from smartstart_gov.judgement.judge import judge
from smartstart_gov.judgement.selection import one_sided
from smartstart_gov.ledger import now
from smartstart_gov.looks.commitment import data_commitment
from smartstart_gov.looks.content import Identities, share_copied
from smartstart_gov.looks.looks import Look, Looks, take
from smartstart_gov.looks.registration import registered, sealing, seals, unready
from smartstart_gov.looks.split import develop_share
from smartstart_gov.show import Value
from smartstart_gov.statistics.contrasts import disparities
from smartstart_gov.statistics.estimates import measure
from smartstart_gov.statistics.rates import rate
from smartstart_gov.statistics.scores import score_table
from smartstart_gov.training.cutoff import refuse_given_answers, refuse_without_model
from smartstart_gov.training.record import TrainingRecord
from smartstart_gov.training.subject import AuditedModel, Opened, given_answers

if TYPE_CHECKING:
    from smartstart_gov.training.model import Fitted
    from smartstart_gov.training.subject import Decider

#: Roles whose columns an audit of predictions needs; features may be absent.
PREDICTION_ROLES: tuple[Role, ...] = (
    "sensitive", "control", "label", "score", "decision", "weight", "unit", "time", "site", "index",
)  # fmt: skip


def check_metrics(policy: Policy) -> None:
    """Raise Refused M01 if the policy names a metric that does not exist."""
    for name in [*(policy.metrics or ()), *(limit.metric for limit in policy.limits)]:
        rate(name)


def taken_look(
    project: Project, predictions: Predictions, frame: ValidatedFrame, where: npt.NDArray[np.bool_] | None = None,
    *, training: TrainingRecord,
) -> Counted:  # fmt: skip
    """Enter the look at these rows into the log, before anything is shown, and return how it counts.

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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Run(Value):
    """A trained model with its three parts. `preview` looks at develop; only `audit` opens the audit part."""

    project: Project
    fitted: Fitted

    @property
    def record(self) -> TrainingRecord:
        """How the model came to be."""
        return self.fitted.record

    @property
    def model(self) -> Decider:
        """The model as released: its `predict` makes the audited decision.

        Raises
        ------
        Refused
            M03 under a capacity: the audited rows turn it into a threshold, and the bundle has the model.
        """
        return self.fitted.model

    def preview(self) -> Verdict:
        """Return limits and controls judged on the develop part: free, as often as you like, never a release.

        Findings are worded like the public ones: small groups are not named. All controls are checked, except those that
        need the explanation of the audited rows.

        Raises
        ------
        Refused
            L02 under cross-fitting: every row is audited, so there is no develop part.
        """
        policy = self.project.policy
        tally = tally_of(self.fitted.open_develop(), policy)
        printed = printable(tally, policy.attributes, policy.disclosure.k)
        verdict = judge(tally, policy)
        findings = [public_finding(f, policy, printed, alpha=policy.alpha) for f in verdict.findings]
        share = share_copied(self.fitted.frame, self.fitted.division.where("develop"))
        record = replace(self.record, copied=share, one_sided=one_sided(tally, policy))
        project, links = self.project, self.fitted.frame.links
        sealed = bool(set(record.seals) & {entry.digest for entry in seals(project.ledger.entries(), registered(project))})
        facts = Facts(
            charter=project.charter, contract=project.contract, policy=policy, training=record, explained=False,
            sealing="rules" if sealed else None, previous=last_version(project),
        )  # fmt: skip
        losses = None if links is None else LinkLosses.of(links, policy.disclosure.k).printed()
        return replace(verdict, findings=(*findings, *asked_before(facts), *link_findings(project.contract, losses)))

    def to_record(self) -> dict[str, Any]:
        """Return the training record's canonical record."""
        return self.record.to_record()

    def headline(self) -> str:
        """Return the run in one line."""
        return f"Run({self.project.charter.name}, {self.record.headline()})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per part of the rows."""
        return self.record.table()


def train(estimator: Any, data: Any, project: Project, *, random_state: int) -> Run:
    """Fit `estimator` on the fit part of `data`, under the project's contract.

    Parameters
    ----------
    estimator : scikit-learn classifier or Pipeline
        It is cloned; only columns with the role feature reach it.
    data : pandas or polars DataFrame, shape (n_samples, n_columns), or path of a CSV, Excel or Parquet file
        Exactly the columns of the contract.
    project : Project
    random_state : int
        Used only by the estimator. The project's key fixes the split: a new seed does not give a new audit set.

    Returns
    -------
    Run

    Raises
    ------
    Refused
        Every way in which the data break the contract; M02, M03 for an unsuitable estimator; M03 if the contract has a column
        with the role score or decision, because then another model's answers are audited; M06 for an estimator that asks
        for group data although the policy allows none.
    """
    accept(train, locals())
    from smartstart_gov.training.fit import fit_model

    check_metrics(project.policy)
    refuse_given_answers(project.contract)
    known = tuple(seal.digest for seal in seals(project.ledger.entries(), registered(project)))
    frame = validate(_read(data, project.contract), project.contract)
    fitted = fit_model(estimator, frame, project.policy, project.split_key, random_state=random_state)
    record = _left_out(replace(fitted.record, seals=known), frame)
    return Run(project=project, fitted=replace(fitted, record=record))


def audit(run: Run, *, unsealed: bool | None = None) -> EvidenceBundle:
    """Open the audit part: count, measure, explain, judge, and return the evidence in both editions.

    Parameters
    ----------
    run : Run
    unsealed : bool, optional
        False: a project that is not sealed, or has unconfirmed columns, is audited on the develop part, which costs no
        look; the evidence is a concept, and the gate refuses it. True: the audit part is opened anyway. By default it
        is opened if everything is confirmed.

    Returns
    -------
    EvidenceBundle
        Not written yet; `bundle.write(version=...)` puts it into the project's folder. The look is already in the log.

    Raises
    ------
    Refused
        L01 if the audit set is used up; R01 if the log cannot be written: without it nothing is shown.
    """
    accept(audit, locals())
    concept = _stays_closed(run.project, unsealed)
    fitted = run.fitted.concept() if concept else run.fitted
    opened = fitted.open_audit()
    draft, printed = _counted(run.project, fitted, opened, concept=concept)
    private, home = replace(draft, verdict=judged(draft)), run.project.path
    return EvidenceBundle(public=public_edition(private, printed), private=private, model_bytes=opened.model_bytes, home=home)


def _stays_closed(project: Project, unsealed: bool | None) -> bool:
    """Return whether the audit part stays closed, so that a concept is made of the develop part."""
    if unsealed or project.contract.unconfirmed:
        return not unsealed
    return unsealed is False and bool(unready(project))


def audit_model(
    fitted: Any, data: Any, project: Project, *, positive_class: Any = None, unsealed: bool | None = None
) -> EvidenceBundle:
    """Audit a model that was fitted elsewhere, on all rows of `data`.

    Whatever is unknown about its training (which rows, which code) is printed as not shown; what the model relies
    on is explained as for a model trained here, using the same rows.

    Parameters
    ----------
    fitted : fitted scikit-learn classifier or Pipeline
        It knows the names of its columns (it was fitted on a DataFrame), and all of them are features of the contract.
    data : pandas or polars DataFrame, or path of a CSV, Excel or Parquet file
        Exactly the columns of the contract. Do not include rows on which the model was fitted: on them it looks better
        than it is.
    project : Project
    positive_class : object, optional
        The model's class that corresponds to the contract's positive value, if its classes are not the contract's own
        values. It is never guessed.
    unsealed : bool, optional
        As in `audit`. The concept uses a share of the rows, drawn by the project's key: those that would be the develop
        part.

    Returns
    -------
    EvidenceBundle
        With a model file if the model contains trusted types only.

    Raises
    ------
    Refused
        L01 if these rows are used up; D07, M02, M03 for a model that does not fit the contract, and every way in which
        the data break it.

    Examples
    --------
    A model that cannot be audited is refused before a row of it is counted, and costs no look.

    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> from sklearn.linear_model import LogisticRegression
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    ...     project = gov.open_project(f"{folder}/early_help")
    ...     table = project.read(f"{folder}/early_help/sample.csv")
    >>> gov.audit_model(LogisticRegression(), table, project)
    Traceback (most recent call last):
    ...
    smartstart_gov.errors.Refused: The model is not fitted.
    Estimator sklearn.linear_model.LogisticRegression. Pass a fitted model, or let train() fit it. [M02]
    """
    accept(audit_model, locals())
    from smartstart_gov.training.model import given_model

    check_metrics(project.policy)
    refuse_given_answers(project.contract)
    frame = validate(_read(data, project.contract), project.contract)
    given = given_model(fitted, frame, project.policy, positive_class=positive_class)
    concept = _stays_closed(project, unsealed)
    if concept:
        given = given.concept(develop_share(frame, project.policy.split, project.split_key))
    given = replace(given, record=_left_out(given.record, frame))
    opened = given.open_audit()
    draft, printed = _counted(project, given, opened, concept=concept)
    private, home = replace(draft, verdict=judged(draft)), project.path
    return EvidenceBundle(public=public_edition(private, printed), private=private, model_bytes=opened.model_bytes, home=home)


def audit_predictions(
    data: Any, project: Project, *, attributes: Any | None = None, on: str | None = None, unsealed: bool | None = None
) -> EvidenceBundle:
    """Audit a model of which you only have predictions.

    Parameters
    ----------
    data : pandas or polars DataFrame, or path of a CSV, Excel or Parquet file
        The columns with the roles label and score (or decision, if the model only says yes or no), and the sensitive
        ones unless `attributes` has them.
    project : Project
    attributes : DataFrame or path, optional
        Sensitive columns of the same rows, joined one-to-one on `on` and never stored.
    on : str, optional
        Key column of both tables: the contract's column with the role index or unit.

    Returns
    -------
    EvidenceBundle

    Raises
    ------
    Refused
        L01 if these rows are used up; D10 if the keys do not match one-to-one, M03 if the contract has
        neither a score nor a decision, and every way in which the data break the contract.
    """
    accept(audit_predictions, locals())
    policy, contract = project.policy, project.contract
    check_metrics(policy)
    refuse_without_model(policy)
    column = contract.said()
    if column is None:
        remedy = "Give the column with the model's scores the role score, or the role decision if it only says yes or no."
        raise Refused(
            "M03", "The contract has neither a score column nor a decision column.", f"Contract {contract.name}", remedy
        )
    table = _read(data, contract)
    joined = table if attributes is None else join_attributes(table, _read(attributes, contract), on)
    frame = validate(joined, contract, roles=PREDICTION_ROLES)
    concept = _stays_closed(project, unsealed)
    where = develop_share(frame, policy.split, project.split_key) if concept else None
    answers = given_answers(frame, policy, where)
    answers = replace(answers, record=_left_out(answers.record, frame))
    opened = answers.open_audit()
    draft, printed = _counted(project, answers, opened, concept=concept)
    private, home = replace(draft, verdict=judged(draft)), project.path
    return EvidenceBundle(public=public_edition(private, printed), private=private, model_bytes=opened.model_bytes, home=home)


def decides_as_audited(version: Path | str, data: Any, project: Project) -> tuple[str, ...]:
    """Return how the model file of `version` decides the audited rows of `data` differently from what was counted.

    The log commits to the units, outcomes, groups, decisions and scores of the audited rows. The file is opened, decides
    the same rows again, and is compared with that.

    Parameters
    ----------
    version : Path
        A version folder.
    data : pandas or polars DataFrame, or path of a CSV, Excel or Parquet file
        The table of the audit; the order of its rows does not matter.
    project : Project
        Its log has the key of the split, and the look.

    Returns
    -------
    tuple of str
        Empty if there is no difference. Under cross-fitting, copies of the model decided the rows; then the file is
        compared with its own scores and the threshold in the record.

    Raises
    ------
    Refused
        Every way in which the data break the contract of the version, or its model failing on them.
    EvidenceBroken
        If the version folder or the log does not hold.
    """
    bundle = read_bundle(version)
    record, policy, contract = bundle.public.training, bundle.public.policy, bundle.public.contract
    if bundle.model_bytes is None:
        return ("model: there is no model file to check the decisions against",)
    from smartstart_gov.looks.split import divide
    from smartstart_gov.training.artifact import load
    from smartstart_gov.training.estimators import positive_scores
    from smartstart_gov.training.released import decided, says_as_recorded

    try:
        model = load(bundle.model_bytes, policy.trusted_types)
    except EvidenceBroken as broken:
        return tuple(f"model: {violation.what}" for violation in broken.violations)
    if not says_as_recorded(model, record):
        return ("model: its threshold or its positive class is not the one that the training record names",)
    frame = validate(_read(data, contract), contract)
    parts = record.origin == "trained" and record.folds is None
    where = divide(frame, policy.split, project.split_key).where("audit") if parts else None
    features = rows(frame.native, np.arange(frame.rows) if where is None else np.flatnonzero(where), record.features)
    score = positive_scores(model, features, model.pos_label)
    decision = decided(model, features, model.pos_label).astype(np.int8)
    predictions, who = handover(frame, decision=decision, score=score, where=where), Identities.of(frame, where)
    counted, salt = bundle.public.look, project.look_salt
    look = None if counted is None else Looks(project.ledger).look(counted.entry)
    if look is None:
        return ("look: the log has no such look, so how the rows were decided is unknown",)
    if who.rows_digest(predictions, salt) != look.rows:
        return ("data: these are not the rows of the audit",)
    if record.folds is None and who.model_digest(predictions, salt) != look.model:
        return ("model: the file's decisions on the audited rows differ from those that were counted",)
    if record.folds is not None and (decision != (score >= float(record.threshold))).any():
        return ("model: the file's decisions do not follow from its scores and the threshold in the training record",)
    return ()


def _left_out(record: TrainingRecord, frame: ValidatedFrame) -> TrainingRecord:
    """Return the record with the rows that were lost in linking on its balance sheet."""
    return record if frame.links is None else record.with_left_out("not_linked", frame.links.rows - frame.links.linked)


def _read(data: Any, contract: DataContract) -> Any:
    return read_data(data, contract) if isinstance(data, str | Path) else data


def _counted(project: Project, fitted: AuditedModel, opened: Opened, *, concept: bool) -> tuple[Evidence, PrintedTally]:
    """Enter the look at the opened rows, count, measure and explain them.

    Returned are the private edition, still without a verdict, and what may be printed of its counts beside no other version.
    The rows of a concept are no look: it is counted on the develop part.
    """
    policy, predictions, links = project.policy, opened.predictions, fitted.frame.links
    secret, _ = data_commitment(fitted.frame)
    look = None if concept else taken_look(project, predictions, fitted.frame, fitted.audited, training=fitted.record)
    attribution = None
    if fitted.scorer is not None:
        from smartstart_gov.explanation.shapley import explain

        # Under cross-fitting the model that is released is explained; the scores of these rows come from its copies.
        scored = predictions if fitted.record.folds is None else replace(predictions, score=None)
        try:
            attribution = explain(
                fitted.scorer, background=fitted.background_features, rows=fitted.audit_features, predictions=scored,
                attributes=policy.attributes, features=fitted.record.features, settings=policy.explanation,
                positive=fitted.positive,
            )  # fmt: skip
        except Refused as refusal:
            # An explanation that does not add up is a finding (control R46), not the end of the audit.
            if refusal.rule != "M04":
                raise
    record = _with_golden(opened.record, project, opened.model_bytes)
    if fitted.scorer is not None:
        from smartstart_gov.training.leakage import told_by_scores

        record = replace(record, told=(*record.told, *told_by_scores(project.contract.outcome().name, predictions)))
    tally, rules = tally_of(predictions, policy), Rules.of(policy)
    draft = Evidence(
        edition="private", name=project.charter.name, version=None, created=now(), rules=rules,
        contract=project.contract, charter=project.charter, policy=policy,
        training=replace(record, one_sided=one_sided(tally, policy)), tally=tally,
        metrics=measure(tally, policy.margins, rules.metrics, interval=policy.intervals.rate),
        disparities=disparities(tally, policy.margins, rules.metrics, differences=policy.intervals.difference),
        attribution=attribution, scores=score_table(tally, policy.attributes),
        verdict=Verdict(findings=(), policy_digest=policy.digest, decide_on=policy.decide_on),
        look=look,
        losses=None if links is None else LinkLosses.of(links, policy.disclosure.k), previous=last_version(project),
        nonce="sha256:" + hashlib.sha256(b"smartstart_gov/nonce " + secret.encode()).hexdigest(),
    )  # fmt: skip
    printed = printable(tally, policy.attributes, policy.disclosure.k)
    return replace(draft, withheld=to_withhold(draft, printed, project)), printed


def _with_golden(record: TrainingRecord, project: Project, model_bytes: bytes | None) -> TrainingRecord:
    """Return the record with made-up rows and the answers of the model file, as it is read back."""
    if model_bytes is None or record.untrusted_types:
        return record
    from smartstart_gov.training.artifact import load
    from smartstart_gov.training.golden import golden_rows

    model = load(model_bytes, project.policy.trusted_types)
    return replace(record, golden=golden_rows(model, project.contract, record.features))
