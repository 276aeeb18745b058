"""Evidence: one edition of what a decision rests on: private with every count, or public after disclosure control.

A dataclass accepts any value for any field. A wrong type in a file would then only be noticed when a document computes with it.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.canonical import digest, real, unreal
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

_BASIC = (bool, int, float, str)


def refuse_other_types(value: object) -> None:
    """Refuse a dataclass, and everything in it, if a field has another type than its annotation says.

    Raises
    ------
    ValueError
        Naming the field.

    Examples
    --------
    >>> from smartstart_gov.looks.part import Part
    >>> refuse_other_types(Part(name="audit", rows=3))
    >>> refuse_other_types(Part(name="audit", rows="3"))
    Traceback (most recent call last):
    ValueError: field rows holds another type than an audit writes
    """
    for name in _strays(value):
        raise ValueError(f"field {name} holds another type than an audit writes")


def _strays(value: object) -> Iterator[str]:
    kind: Any = type(value)
    hints = _hints(kind)
    for one in fields(value):  # type: ignore[arg-type]  # only dataclasses come here
        # A field with an underscore is no part of what was read.
        if not one.name.startswith("_") and not _fits(getattr(value, one.name), hints[one.name]):
            yield one.name


@cache
def _hints(of: type) -> dict[str, Any]:
    return get_type_hints(of)


def _fits(value: object, hint: Any) -> bool:
    kind, inside = get_origin(hint), get_args(hint)
    if kind in (Union, types.UnionType):
        return any(_fits(value, one) for one in inside)
    if kind is Literal:
        return any(type(value) is type(one) and value == one for one in inside)
    if kind is tuple:
        return isinstance(value, tuple) and _fit(value, inside)
    if kind is not None and isinstance(value, Mapping) and issubclass(kind, Mapping):
        return all(_fits(key, inside[0]) and _fits(item, inside[1]) for key, item in value.items())
    if kind is not None:
        return isinstance(value, kind)
    if hint in _BASIC:
        return type(value) is hint
    if not isinstance(value, hint):
        return False
    return not is_dataclass(value) or not any(_strays(value))


def _fit(values: tuple[object, ...], inside: tuple[Any, ...]) -> bool:
    if len(inside) == 2 and inside[1] is Ellipsis:
        return all(_fits(value, inside[0]) for value in values)
    return len(values) == len(inside) and all(map(_fits, values, inside))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
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
    most: int
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

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {
            "entry": self.entry, "place": self.place, "max_looks": self.most, "spent": self.spent, "alpha": self.alpha,
            "seal": self.seal, "sealing": self.sealing, "told_by": self.told_by, "known": self.known,
            "new_people": None if self.new_people is None else list(self.new_people),
        }  # fmt: skip

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Counted:
        """Return the record that `to_record` wrote; ValueError, TypeError or KeyError for anything else."""
        return cls(
            entry=record["entry"], place=record["place"], most=record["max_looks"], spent=record["spent"],
            alpha=record["alpha"], seal=record["seal"], sealing=record["sealing"], told_by=record["told_by"],
            known=record["known"], new_people=None if record["new_people"] is None else tuple(record["new_people"]),
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
            "part": self.part, "look": None if self.look is None else self.look.to_record(),
            "scores": None if self.scores is None else self.scores.to_record(),
            "losses": None if self.losses is None else self.losses.to_record(),
        }  # fmt: skip

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
        if record["part"] != ("develop" if record["look"] is None else "audit"):
            raise ValueError("the bundle names another part than its look says")
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
        """Return one line per finding."""
        return self.verdict.table()
