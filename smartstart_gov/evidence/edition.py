"""Evidence: one edition of what a decision rests on: private with every count, or public after disclosure control."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.canonical import digest, real, unreal
from smartstart_gov.codec import LATER, Key, Recorded, read
from smartstart_gov.controls.linking import LinkLosses
from smartstart_gov.controls.predecessor import Previous
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import Tally
from smartstart_gov.evidence.rules import FORMATS, Rules
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.judgement.finding import Verdict
from smartstart_gov.looks.looks import Looks, Standing
from smartstart_gov.show import Value
from smartstart_gov.statistics.contrasts import DisparityTable
from smartstart_gov.statistics.estimates import MetricTable
from smartstart_gov.statistics.scores import ScoreTable
from smartstart_gov.training.record import TrainingRecord

#: Stands for all attributes, and everybody together: no attribute can be called so.
EVERYTHING = "*"
#: And for the names of groups that are lost in linking, and for the numbers of outcomes in the parts.
LOST, OUTCOMES = "*lost", "*outcomes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Recorded):
    """What the evidence says about the look it rests on; reals are decimal text.

    Attributes
    ----------
    entry : str
        Digest of the log entry.
    place, most : int
        Look `place` of at most `most` at this set.
    spent, alpha : str
        How much of the policy's alpha other looks used, and how much this one gets.
    seal : str or None
        Digest of the earlier log entry that registered the policy, contract and charter.
    sealing : str
        One of `smartstart_gov.looks.registration.SEALINGS`.
    told_by : str
        How these rows are recognised: ``both`` key and content, ``key``, ``content`` or ``nothing``.
    known : str
        The share of the rows that the looks in the log had seen when this one was taken.
    new_people : tuple of str or None
        Who declares that these keys were given to other people since an earlier look, and why.
    """

    entry: str
    place: int
    most: Annotated[int, Key("max_looks")]
    spent: str
    alpha: str
    seal: str | None
    sealing: str
    told_by: str
    known: str
    new_people: tuple[str, str] | None

    def __post_init__(self) -> None:
        if any(type(n) is not int or n < 1 for n in (self.place, self.most)):
            raise ValueError("looks are counted from 1")

    @classmethod
    def of(cls, entry: str, looks: Looks, standing: Standing, seal: str | None, sealing: str) -> Counted:
        """Return the record of a look that was taken."""
        look = looks.at(entry)
        return cls(
            entry=entry, place=standing.place, most=look.most, told_by=look.told_by, known=look.known,
            new_people=looks.new_people(look), spent=real(standing.spent) or "0",
            alpha=real(standing.alpha) or "0", seal=seal, sealing=sealing,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Evidence(Value):
    """One edition of the evidence; the two editions differ in the counts and in what follows from them.

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
        Computed from `tally` only.
    attribution : Attribution or None
        None if only predictions exist, or if explanations did not add up.
    look : Counted or None
        The look at the audit set that this is; None in a concept, which was counted on the develop part.
    nonce : str or None
        Private only: derived from the data, so that nobody can test guesses of small counts against the digest.
    private_digest : str or None
        Public only: digest of the private edition.
    scores : ScoreTable or None
        Figures of the scores: all of them, computed from the histograms in `tally`, or those that may be printed. None
        if there are no scores.
    losses : LinkLosses or None
        Which rows were lost when sources were combined; None if linking was not measured.
    previous : Previous or None
        The version that was audited before this one, as far as it can be read; None if the log has none.
    withheld : tuple of str
        Attributes that are not printed because an earlier version printed nearly the same people; `EVERYTHING` is all,
        `LOST` and `OUTCOMES` are what is told of linking and of the parts.
    """

    derived: ClassVar[tuple[str, ...]] = (
        "format", "kind", "part", "contract_digest", "charter_digest", "policy_digest"
    )  # fmt: skip
    kind: ClassVar[str] = "smartstart_gov/bundle"

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
    withheld: Annotated[tuple[str, ...], LATER] = ()
    _read: Mapping[str, Any] | None = field(init=False, default=None, compare=False)

    def __post_init__(self) -> None:
        private = self.edition == "private"
        if private != isinstance(self.tally, Tally) or private != (self.nonce is not None):
            raise ValueError(f"the {self.edition} edition holds what belongs in the other one")
        if strays := self.policy.against(self.contract):
            raise ValueError(f"the policy does not fit the contract: {strays[0]}")

    @property
    def part(self) -> Literal["develop", "audit"]:
        """Which part was counted: without a look it is the develop part, which cannot lead to a release."""
        return "develop" if self.look is None else "audit"

    @property
    def format(self) -> int:
        """Number of the format that it was written in."""
        return self.rules.format

    @property
    def contract_digest(self) -> str:
        """Digest of the contract."""
        return self.contract.digest

    @property
    def charter_digest(self) -> str:
        """Digest of the charter."""
        return self.charter.digest

    @property
    def policy_digest(self) -> str:
        """Digest of the policy."""
        return self.policy.digest

    @property
    def concept(self) -> bool:
        """Whether this is a concept: the audit part was not opened."""
        return self.look is None

    @property
    def alpha(self) -> float:
        """The level at which limits are judged: the look's part of the policy's alpha."""
        return self.policy.alpha if self.look is None else unreal(self.look.alpha)

    @property
    def digest(self) -> str:
        """Digest of the record; for evidence that was read, the digest as written: later versions may write more keys."""
        return digest(self.to_record() if self._read is None else self._read)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Evidence:
        """Return the evidence that `to_record` wrote; ValueError if it contradicts itself."""
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
        tally = tally_type.from_record(record["tally"])
        evidence = read(cls, record, rules=rules, contract=contract, charter=charter, policy=policy, tally=tally)
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
        """Return one line per finding."""
        return self.verdict.table()
