"""Rules: what one bundle was judged by, so that later versions of the library apply those rules to it and no others.

The requirements for new evidence grow: metrics and controls are added, a question is sharpened, a document becomes required.
Evidence that was complete when it was made stays complete. It names the rules it was judged by, and re-performance uses those.
Naming fewer rules does not help: the rules have an edition, each question names the edition that introduced it, and
evidence of an edition must contain everything introduced by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from smartstart_gov.authoring.names import STAGES, Stages
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.codec import LATER
from smartstart_gov.controls import catalogue
from smartstart_gov.controls import linking as link_findings
from smartstart_gov.counting.disclosure import PRINTING
from smartstart_gov.evidence.document_kinds import DOCUMENT_KINDS
from smartstart_gov.judgement import judge
from smartstart_gov.judgement.finding import Moment, Severity
from smartstart_gov.show import Value
from smartstart_gov.statistics.rates import RATES

#: Number of the format of evidence: raised when an older reader could misread a newer bundle. Readers of older ones stay.
FORMAT = 2
FORMATS = (2,)
#: Documents that people must have read before a model touches anybody, with the edition of the rules that each came with.
DOCUMENTS: dict[str, int | None] = {file: kind.since for kind in DOCUMENT_KINDS if kind.since for file in kind.files}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One control, as it was checked: id of its finding, version, severity, and when it is due."""

    id: str
    version: int
    severity: Severity
    moment: Moment


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Rules(Value):
    """What a bundle was judged by. The limits are in its policy, which is named by its digest.

    Attributes
    ----------
    format : int
        Of the evidence.
    edition : int
        Of the rules: the highest edition of any of them.
    method : int
        `smartstart_gov.judgement.judge.METHOD` at that time.
    policy : str
        Digest of the policy with the limits.
    metrics : tuple of str
        The metrics in the tables.
    controls : tuple of Asked
        The controls, in the order of the findings.
    documents : mapping
        For each stage, the documents that must be in the folder.
    printing : int
        `smartstart_gov.counting.disclosure.PRINTING` at that time; 1 in evidence of before it was written down.
    """

    format: int
    edition: int
    method: int
    policy: str
    metrics: tuple[str, ...]
    controls: tuple[Asked, ...]
    documents: Mapping[Stages, tuple[str, ...]]
    printing: Annotated[int, LATER] = 1

    def __post_init__(self) -> None:
        numbers = [self.format, self.edition, self.method, self.printing, *(one.version for one in self.controls)]
        names = [one.id for one in self.controls]
        if any(type(number) is not int or number < 1 for number in numbers) or set(self.documents) != set(STAGES):
            raise ValueError("the rules have a number that is none, or a stage that is none")
        texts = [self.policy, *self.metrics, *names, *(name for files in self.documents.values() for name in files)]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("the rules have a name that is none")
        if len(set(names)) != len(names) or len(set(self.metrics)) != len(self.metrics):
            raise ValueError("the rules name something twice")

    @classmethod
    def of(cls, policy: Policy) -> Rules:
        """Return the rules by which this version of the library judges `policy`."""
        return cls(
            format=FORMAT, edition=edition(), method=judge.METHOD, policy=policy.digest,
            metrics=_shown(policy) or tuple(RATES), controls=tuple(one for one, _ in _questions()),
            documents={stage: () if stage == "shadow" else tuple(DOCUMENTS) for stage in STAGES}, printing=PRINTING,
        )  # fmt: skip

    @property
    def same_method(self) -> bool:
        """Whether this version of the library judges counts by the same method."""
        return self.method == judge.METHOD

    def kept(self) -> dict[str, str]:
        """Return the questions that can no longer be asked in the same way, each with the reason: their answers are kept."""
        now = {one.id: one.version for one, _ in _questions()}
        found = {one.id: "this version of the library no longer checks it" for one in self.controls if one.id not in now}
        for one in self.controls:
            if one.version != now.get(one.id, one.version):
                found[one.id] = f"checked in version {one.version}; this version of the library checks version {now[one.id]}"
        return found

    def faults(self, policy: Policy) -> Iterator[str]:
        """List where these rules require less than their own edition does, or come from a newer library."""
        if self.policy != policy.digest:
            yield "rules.policy: it differs from the bundle's policy"
        today, demanded = {one.id: one for one, _ in _questions()}, dict(self._demanded())
        known = {name: one.version for name, one in today.items()}
        versions = {one.id: one.version for one in self.controls}
        ahead = [name for name, version in versions.items() if version > known.get(name, version)]
        newer = self.edition > edition() or self.method > judge.METHOD or self.printing > PRINTING
        if newer or ahead or set(self.metrics) - set(RATES):
            yield "rules: they come from a newer version of the library; verify with that version"
            return
        for name, version in demanded.items():
            if versions.get(name, 0) < version:
                yield f"rules.controls: {name} in version {version} belongs to edition {self.edition}, but is not listed"
        for one in self.controls:
            if one.id in today and one.version == known[one.id] and one != today[one.id]:
                yield (
                    f"rules.controls: {one.id} in version {one.version} must have the severity and the stage that the"
                    " library gives it"
                )
        if self.method < _come(judge.METHOD_SINCE, self.edition):
            yield f"rules.method: it is older than edition {self.edition}"
        shown = _shown(policy)
        if shown is not None and self.metrics != shown:
            yield "rules.metrics: they are not the metrics that the policy shows"
        for name in [name for name, of in RATES.items() if shown is None and _due(of.since, self.edition)]:
            if name not in self.metrics:
                yield f"rules.metrics: {name} belongs to edition {self.edition}, but is not measured"
        for stage in STAGES[1:]:
            for name in [name for name, since in DOCUMENTS.items() if _due(since, self.edition)]:
                if name not in self.documents[stage]:
                    yield f"rules.documents: {name} belongs to edition {self.edition}, but is not required at {stage}"

    def _demanded(self) -> Iterator[tuple[str, int]]:
        for one, since in _questions():
            if version := _come(since, self.edition):
                yield one.id, version

    def headline(self) -> str:
        """Return the rules in one line."""
        asked = f"{len(self.metrics)} metrics, {len(self.controls)} controls"
        return f"Rules(format {self.format}, edition {self.edition}, method {self.method}: {asked})"


def edition() -> int:
    """Return the edition of this version's rules: the highest number that a metric, question, document or method has."""
    numbered = [rate.since for rate in RATES.values()] + list(DOCUMENTS.values()) + list(judge.METHOD_SINCE)
    numbered += [number for _, since in _questions() for number in since]
    return max(number for number in numbered if number is not None)


def _questions() -> list[tuple[Asked, tuple[int, ...]]]:
    """Return what this version asks beside the limits, and the editions with which each version of it came."""
    return [
        (Asked(id=one.id, version=one.version, severity=one.severity, moment=one.moment), one.since)
        for one in catalogue.CATALOGUE
    ] + [
        (Asked(id=name, version=len(since), severity="block", moment="audit"), since)
        for name, since in link_findings.SINCE.items()
    ]


def _shown(policy: Policy) -> tuple[str, ...] | None:
    """Return the metrics that tables hold: those the policy shows and those its limits are on; None is all."""
    if policy.metrics is None:
        return None
    return tuple(dict.fromkeys([*policy.metrics, *(limit.metric for limit in policy.limits)]))


def _come(since: Sequence[int], edition: int) -> int:
    """Return the version that had come by `edition`; 0 where none had."""
    return sum(number <= edition for number in since)


def _due(since: int | None, edition: int) -> bool:
    return since is not None and since <= edition
