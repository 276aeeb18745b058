"""Finding: one question, one of five answers, the reason, and what would change it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from smartstart_gov.authoring.names import STAGES, Stages
from smartstart_gov.codec import Recorded
from smartstart_gov.judgement.sentences import MESSAGES, NO_GROUP, sentence
from smartstart_gov.show import Value
from smartstart_gov.statistics.rates import rate

Status = Literal["PASSED", "FAILED", "NOT_SHOWN", "WAIVED", "NOT_APPLICABLE"]
Severity = Literal["block", "warn", "declare"]
Moment = Literal["audit", "release"]
#: The answers, the most serious first.
STATUSES: tuple[Status, ...] = ("FAILED", "NOT_SHOWN", "WAIVED", "PASSED", "NOT_APPLICABLE")
#: Why nothing can be shown under a policy whose limits only warn, ask nothing, or are on no error and no selection.
NOTHING_STOPS = "control.R31.nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A sentence by its code, with its values: documents print it in Dutch or English."""

    code: str
    values: Mapping[str, str | int]

    def __post_init__(self) -> None:
        if self.code not in MESSAGES:
            raise ValueError(f"message {self.code!r} is not in smartstart_gov.judgement.sentences.MESSAGES")
        self.text()

    @property
    def sentence(self) -> str:
        """The English sentence, with placeholders in braces."""
        return sentence(self.code, self.values.get("comparisons"))

    def text(self, said: str | None = None, *, lang: str = "en", number: Callable[[int], str] = str) -> str:
        """Return the sentence, in English unless its translation is passed as `said`."""
        values = {k: number(v) if isinstance(v, int) else v for k, v in self.values.items()}
        for side in ("group", "other"):
            if (kind := self.values.get(f"{side}_kind")) in NO_GROUP:
                values[side] = NO_GROUP[str(kind)]
        if "metric" in values:
            values["cases"] = rate(str(values["metric"])).cases[lang]
        return (said or self.sentence).format(**values)


#: What one side of a comparison is: a group by name, an area of a step, small groups taken together, or no group at all.
SideKind = Literal["level", "area", "pool", "rest", "overall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The comparison that decided a finding: reals as decimal text, undefined as None.

    `low` and `high` are one-sided bounds at the policy's alpha: the ones on which the verdict rests. `group` and `other`
    are names; the kinds say what they refer to, so that a group called rest is not mistaken for all others.
    """

    group: str
    group_kind: SideKind
    other: str
    other_kind: SideKind
    value: str | None
    low: str | None
    high: str | None
    group_denominator: int
    other_denominator: int

    def sides(self) -> dict[str, str | int]:
        """Return names and kinds of both sides, as a message contains them."""
        return {"group": self.group, "group_kind": self.group_kind, "other": self.other, "other_kind": self.other_kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What would have been found in one group of a class of sizes.

    Attributes
    ----------
    at_least, under : int or None
        Cases. The lowest class starts at 0: what is found there applies to its upper edge. The highest has no upper edge.
    times : str or None
        Smallest harm that is found in a group at that edge with a chance of 80 %, as decimal text: as a multiple of
        the rate in all other groups, upwards or downwards. None if not even the largest harm is found.
    """

    at_least: int
    under: int | None
    times: str | None

    def __post_init__(self) -> None:
        edges = (self.at_least, 0 if self.under is None else self.under)
        if any(type(edge) is not int or edge < 0 for edge in edges) or not _is_harm(self.times or "1"):
            raise ValueError("a sight has edges in cases, and a harm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sees(Recorded):
    """What a rung would have found in one group alone: in the smallest, the middle and the largest.

    Attributes
    ----------
    harm : str
        A harm as a multiple (upwards or downwards), as decimal text: that of the policy, or twice.
    cases : int or None
        For a spread: the cases of a group in which it is found with a chance of 80 %, rounded up to an edge; None if no
        number is enough. Comparisons of groups have none: the smaller a group, the sooner it prevents a pass.
    sights : tuple of Sight
        From the smallest group to the largest; groups of the same class appear once.
    """

    harm: str
    cases: int | None
    sights: tuple[Sight, ...]

    def __post_init__(self) -> None:
        if (self.cases is not None and (type(self.cases) is not int or self.cases < 1)) or not _is_harm(self.harm):
            raise ValueError("a harm is found from so many cases on")


def _is_harm(times: object) -> bool:
    """Whether it is a text that says how many times as high, or as low, a rate is."""
    return isinstance(times, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", times) is not None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Finding(Value):
    """The answer to one question of the policy or of the catalogue of controls.

    Attributes
    ----------
    id : str
        ``limit.<id of the limit>``, ``control.<rule>`` or ``rows.<what>``.
    severity : {"block", "warn", "declare"}
        warn prints and never blocks; the others block.
    moment : {"audit", "release"}
    status : {"PASSED", "FAILED", "NOT_SHOWN", "WAIVED", "NOT_APPLICABLE"}
    reason, remedy : Message
        Why, and what would show or fix it.
    metric, measure, between, limit : str or None
        For a limit: which rate, difference or ratio, between which groups, and the bound as decimal text.
    by : tuple of str
        Attributes of the limit.
    comparisons, undefined : int
        How many comparisons were made, and how many had a zero denominator.
    decisive : Comparison or None
        The comparison that decided; None if it may not be printed or if there was none.
    rung : str or None
        Its place on the ladder of its limit; None if there is no ladder.
    stage : {"shadow", "trial", "release"} or None
        The first stage that requires it to be shown; None if no stage does.
    sees : Sees or None
        For a passed rung: what it would have found in a single group, by the size of that group.
    """

    id: str
    severity: Severity
    moment: Moment
    status: Status
    reason: Message
    remedy: Message
    metric: str | None = None
    measure: str | None = None
    between: str | None = None
    limit: str | None = None
    by: tuple[str, ...] = ()
    comparisons: int = 0
    undefined: int = 0
    decisive: Comparison | None = None
    rung: str | None = None
    stage: Stages | None = "shadow"
    sees: Sees | None = None

    @property
    def blocks(self) -> bool:
        """Whether this finding keeps a model from being released."""
        return self.blocks_at("release")

    def blocks_at(self, stage: Stages) -> bool:
        """Whether this finding keeps a model from `stage`: a breach always does, missing evidence does once it is required."""
        if self.severity == "warn":
            return False
        due = self.stage is not None and STAGES.index(self.stage) <= STAGES.index(stage)
        return self.status == "FAILED" or (self.status == "NOT_SHOWN" and due)

    def __bool__(self) -> bool:
        """Raise TypeError: a finding that is there is not one that passed."""
        raise TypeError(f"a Finding is neither true nor false: use its .status (this one is {self.status})")

    def headline(self) -> str:
        """Return the finding in one line."""
        return f"{self.status:10} {self.id}: {self.reason.text()}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Verdict(Value):
    """All findings, and their overall result.

    FAILED if a blocking one failed, NOT_SHOWN if evidence is missing, PASSED only if every
    blocking finding passed (or does not apply, or is waived).
    """

    derived: ClassVar[tuple[str, ...]] = ("status",)

    findings: tuple[Finding, ...]
    policy_digest: str
    decide_on: Literal["interval", "point"]

    def __post_init__(self) -> None:
        ids = [finding.id for finding in self.findings]
        if len(set(ids)) != len(ids):
            raise ValueError("a finding appears twice")

    @property
    def status(self) -> Literal["PASSED", "FAILED", "NOT_SHOWN"]:
        """The verdict in one word. Without a judged limit that is more than a warning, nothing is shown."""
        statuses = {finding.status for finding in self.findings if finding.blocks}
        if "FAILED" in statuses:
            return "FAILED"
        judged = [
            f for f in self.findings if f.id.startswith("limit.") and f.severity != "warn" and f.status != "NOT_APPLICABLE"
        ]
        return "NOT_SHOWN" if statuses or not judged else "PASSED"

    def __bool__(self) -> bool:
        """Raise TypeError: neither a verdict that is there nor one that did not fail is one that passed."""
        raise TypeError(f'a Verdict is neither true nor false: check .status == "PASSED" (this one is {self.status})')

    def count(self, status: Status) -> int:
        """Return how many findings have `status`."""
        return sum(finding.status == status for finding in self.findings)

    def with_findings(self, more: Iterable[Finding]) -> Verdict:
        """Return the verdict over these findings and `more`."""
        return Verdict(findings=(*self.findings, *more), policy_digest=self.policy_digest, decide_on=self.decide_on)

    def headline(self) -> str:
        """Return the verdict in one line."""
        parts = ", ".join(f"{n} {s.lower().replace('_', ' ')}" for s in STATUSES if (n := self.count(s)))
        return f"Verdict {self.status}: {len(self.findings)} findings, {parts}; policy {self.policy_digest[:19]}"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per finding, the most serious first."""
        rows: list[list[object]] = [[f.status, f.id, f.reason.text()] for f in gravest_first(self.findings)]
        return ["status", "finding", "reason"], rows


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings: first those that keep a model from release, then the others, the most serious first in each."""
    return sorted(findings, key=lambda f: (not f.blocks, STATUSES.index(f.status)))
