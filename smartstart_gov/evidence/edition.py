"""Evidence: one edition of what a decision rests on, private with every count or public after disclosure control."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from smartstart_gov.canonical import digest, unreal
from smartstart_gov.controls.linking import LinkLosses
from smartstart_gov.controls.previous import Previous
from smartstart_gov.evidence.counted import Counted
from smartstart_gov.evidence.field_types import refuse_other_types
from smartstart_gov.evidence.rules import FORMATS, Rules
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.metrics.disparity_table import DisparityTable
from smartstart_gov.metrics.estimate import MetricTable
from smartstart_gov.metrics.score_table import ScoreTable
from smartstart_gov.project.charter import Charter
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.policy import Policy
from smartstart_gov.show import Value
from smartstart_gov.tally.cube import Tally
from smartstart_gov.tally.printed import PrintedTally
from smartstart_gov.training.record import TrainingRecord
from smartstart_gov.verdict.finding import Verdict


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Evidence(Value):
    """One edition of the evidence; the two editions differ in the counts, and in what follows from them.

    Attributes
    ----------
    edition : {"private", "public"}
    name : str
        The charter's name.
    version : str or None
        Given when the bundle is written.
    created : str
        Moment of the audit, ISO 8601 in UTC.
    rules : Rules
        What it was judged by.
    tally : Tally or PrintedTally
        All counts in the private edition, printable ones in the public.
    metrics, disparities : MetricTable, DisparityTable
        Computed from `tally`, and from nothing else.
    attribution : Attribution or None
        None where only predictions exist, or where explanations did not add up.
    look : Counted or None
        The look at the audit set that this is; None where it was not counted.
    nonce : str or None
        Private only: derived from the data, so that nobody can guess small counts against the digest.
    private_digest : str or None
        Public only: digest of the private edition.
    scores : ScoreTable or None
        Figures of the scores: all of them, computed from the histograms in `tally`, or those that may be printed. None
        where there are no scores.
    losses : LinkLosses or None
        Who was lost when sources were combined; None where linking was not measured.
    previous : Previous or None
        The version that was audited before this one, as far as it can be read; None where the log knows of none.
    """

    edition: Literal["private", "public"]
    name: str
    version: str | None
    created: str
    rules: Rules
    contract: DataContract
    charter: Charter
    policy: Policy
    training: TrainingRecord
    tally: Tally | PrintedTally
    metrics: MetricTable
    disparities: DisparityTable
    attribution: Attribution | None
    verdict: Verdict
    look: Counted | None = None
    nonce: str | None = None
    private_digest: str | None = None
    scores: ScoreTable | None = None
    losses: LinkLosses | None = None
    previous: Previous | None = None
    _read: Mapping[str, Any] | None = field(init=False, default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        private = self.edition == "private"
        if private != isinstance(self.tally, Tally) or private != (self.nonce is not None):
            raise ValueError(f"the {self.edition} edition holds what belongs in the other one")
        if strays := self.policy.against(self.contract):
            raise ValueError(f"the policy does not fit the contract: {strays[0]}")

    @property
    def alpha(self) -> float:
        """What limits are judged at: the look's part of the policy's alpha."""
        return self.policy.alpha if self.look is None else unreal(self.look.alpha)

    @property
    def digest(self) -> str:
        """Digest of the record, of evidence that was read as it was written: later versions may write more into theirs."""
        return digest(self.to_record() if self._read is None else self._read)

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record: the contents of ``bundle.json`` or ``bundle.private.json``."""
        return {
            "format": self.rules.format, "kind": "smartstart_gov/bundle", "edition": self.edition, "name": self.name,
            "version": self.version, "created": self.created, "rules": self.rules.to_record(),
            "contract": self.contract.to_record(), "contract_digest": self.contract.digest,
            "charter": self.charter.to_record(), "charter_digest": self.charter.digest,
            "policy": self.policy.to_record(), "policy_digest": self.policy.digest,
            "training": self.training.to_record(), "tally": self.tally.to_record(),
            "metrics": self.metrics.to_record(), "disparities": self.disparities.to_record(),
            "attribution": None if self.attribution is None else self.attribution.to_record(),
            "verdict": self.verdict.to_record(), "nonce": self.nonce, "private_digest": self.private_digest,
            "previous": None if self.previous is None else self.previous.to_record(),
            "look": None if self.look is None else self.look.to_record(),
            "scores": None if self.scores is None else self.scores.to_record(),
            "losses": None if self.losses is None else self.losses.to_record(),
        }  # fmt: skip

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Evidence:
        """Return the evidence that `to_record` wrote; ValueError where it contradicts itself."""
        if record["format"] not in FORMATS or record["kind"] != "smartstart_gov/bundle":
            raise ValueError(f"bundle format {record.get('format')!r} is not known to this version")
        rules = Rules.from_record(record["rules"])
        if rules.format != record["format"]:
            raise ValueError("the rules are of another format than the bundle")
        tally_type: type[Tally] | type[PrintedTally] = Tally if record["edition"] == "private" else PrintedTally
        contract = DataContract.from_record(record["contract"])
        charter, policy = Charter.from_record(record["charter"]), Policy.from_record(record["policy"])
        for name, value in (("contract", contract), ("charter", charter), ("policy", policy)):
            if value.digest != record[f"{name}_digest"]:
                raise ValueError(f"the {name} in the bundle has another digest than the bundle says")
        attribution, look, scores, losses = (record[name] for name in ("attribution", "look", "scores", "losses"))
        evidence = cls(
            edition=record["edition"], name=record["name"], version=record["version"], created=record["created"], rules=rules,
            contract=contract, charter=charter, policy=policy, training=TrainingRecord.from_record(record["training"]),
            tally=tally_type.from_record(record["tally"]), metrics=MetricTable.from_record(record["metrics"]),
            disparities=DisparityTable.from_record(record["disparities"]),
            attribution=None if attribution is None else Attribution.from_record(attribution),
            verdict=Verdict.from_record(record["verdict"]), look=None if look is None else Counted.from_record(look),
            nonce=record["nonce"], private_digest=record["private_digest"],
            scores=None if scores is None else ScoreTable.from_record(scores),
            previous=None if record["previous"] is None else Previous.from_record(record["previous"]),
            losses=None if losses is None else LinkLosses.from_record(losses),
        )  # fmt: skip
        refuse_other_types(evidence)
        # Raises the same error where it is no moment.
        dt.datetime.fromisoformat(evidence.created)
        if unknown := set(evidence.training.features) - {column.name for column in contract.columns}:
            raise ValueError(f"the model has {len(unknown)} features that the contract does not know")
        object.__setattr__(evidence, "_read", record)
        return evidence

    def headline(self) -> str:
        """Return the evidence in one line."""
        return f"Evidence({self.name} {self.version or 'unversioned'}, {self.edition}, {self.verdict.status})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line a finding."""
        return self.verdict.table()
