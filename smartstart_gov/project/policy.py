"""Policy: limits, stages and the split, written before the audit rows are opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smartstart_gov.project.authored import Authored, Declared, DeclaredLine, Line, Name, Problem, Problems, Share, refuse_any
from smartstart_gov.project.contract import DataContract

Between = Literal["groups", "overall", "rest", "reference"]
Severity = Literal["block", "warn", "declare"]
Stages = Literal["shadow", "trial", "release"]
STAGES: tuple[Stages, ...] = ("shadow", "trial", "release")
#: No small-cell rule is looser than this.
SMALLEST_K = 5
_Inside = Annotated[float, Field(gt=0, lt=1)]


class Limit(Authored):
    """One limit on one metric between the groups of one attribute (or one intersection).

    A difference must lie strictly under `at_most`, in both directions; a ratio strictly above
    `at_least`, in both directions (0.8 forbids 0.8 and under, and 1.25 and over).
    """

    id: Name
    metric: Line
    """Name of a rate, like ``false_positive_rate``."""
    by: tuple[Line, ...] = Field(min_length=1)
    """One attribute, or the attributes of a declared intersection."""
    measure: Literal["difference", "ratio"]
    between: Between
    """Compare groups with each other, with everybody, with the rest, or with a named group."""
    reference: Line | None = None
    """The named group, where `between` is reference."""
    at_most: _Inside | None = None
    at_least: _Inside | None = None
    severity: Severity = "block"
    reason: Declared
    """Why this metric and this limit: what harm it guards against, for whom."""

    @property
    def bound(self) -> float:
        """The number of the limit, whichever way it points."""
        return float(self.at_most if self.at_most is not None else self.at_least or 0.0)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        refuse_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        wanted, other = ("at_most", "at_least") if self.measure == "difference" else ("at_least", "at_most")
        if getattr(self, wanted) is None:
            hint = "a share between 0 and 1" if wanted == "at_most" else "between 0 and 1; write 0.8 where you think 1.25"
            yield Problem(what=f"a {self.measure} needs {wanted}", remedy=f"Add {wanted}: {hint}.", at=(wanted,))
        if getattr(self, other) is not None:
            yield Problem(what=f"a {self.measure} has no {other}", remedy=f"Take {other} away, or change measure.", at=(other,))
        if self.between == "reference" and self.reference is None:
            yield Problem(what="between reference names no group", remedy="Add reference: a level.", at=("reference",))
        if self.between != "reference" and self.reference is not None:
            remedy = "Write between: reference, or take the group away."
            yield Problem(
                what=f"a reference group does nothing where between is {self.between}", remedy=remedy, at=("reference",)
            )
        if len(set(self.by)) != len(self.by):
            yield Problem(what="an attribute stands twice under by", remedy="Name each attribute once.", at=("by",))


class Threshold(Authored):
    """The score from which the decision is positive, and who chose it."""

    value: Share
    chosen_by: DeclaredLine
    """The function (not the person) that chose it."""
    reason: Declared


class Split(Authored):
    """Shares of the three parts; the audit part is opened once, by `audit`."""

    fit: _Inside
    develop: _Inside
    audit: _Inside
    cut: Line | None = None
    """Moment (ISO, in quotes) from which units belong to the audit part; needs a column of role time."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = self.fit + self.develop + self.audit
        if abs(total - 1) > 1e-9:
            what = f"fit, develop and audit add up to {total:.6g}, not to 1"
            raise Problems([Problem(what=what, remedy="Divide the whole over the three parts.")])
        return self


class Stage(Authored):
    """What one step on the road to release asks for."""

    not_shown: Literal["accepted", "refused"]
    """Whether findings that are not shown may enter this stage; failed ones never may."""
    signatures: tuple[Name, ...] = ()
    """Roles of the charter that must have signed."""


class StageTable(Authored):
    """The three steps, weakest first."""

    shadow: Stage
    trial: Stage
    release: Stage


class Disclosure(Authored):
    """The small-cell rule."""

    k: Annotated[int, Field(ge=SMALLEST_K, le=1000)] = 10
    """No count below this, and no remainder below this, is printed or can be derived."""


class Explaining(Authored):
    """How much is explained: rows drawn, and their seed."""

    rows: Annotated[int, Field(ge=50, le=5000)] = 500
    background: Annotated[int, Field(ge=10, le=1000)] = 100
    seed: Annotated[int, Field(ge=0)] = 0


class Policy(Authored):
    """The committee's rules for one model. An empty policy is no policy."""

    format: Literal[1]
    version: Line
    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    """Chance of a wrong release at the limit, and of a false alarm."""
    decide_on: Literal["interval", "point"] = "interval"
    """``point`` ignores chance; page 1 of the card says so."""
    attributes: Annotated[tuple[Line, ...], Field(min_length=1)]
    """Sensitive columns that are audited."""
    intersections: tuple[tuple[Line, ...], ...] = ()
    metrics: tuple[Line, ...] | None = None
    """Metrics that the documents show; absent means all. Metrics of limits are always shown."""
    threshold: Threshold
    split: Split
    limits: Annotated[tuple[Limit, ...], Field(min_length=1)]
    stages: StageTable
    disclosure: Disclosure = Disclosure()
    explanation: Explaining = Explaining()

    def stage(self, name: Stages) -> Stage:
        """Return what `name` asks for."""
        found: Stage = getattr(self.stages, name)
        return found

    @property
    def margins(self) -> tuple[tuple[str, ...], ...]:
        """Every set of attributes that is measured: single attributes first, then intersections."""
        wanted = [(name,) for name in self.attributes] + list(self.intersections)
        return tuple(dict.fromkeys(wanted))

    @model_validator(mode="after")
    def _whole_is_consistent(self) -> Self:
        refuse_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        for key, names in (("limits", [limit.id for limit in self.limits]), ("attributes", list(self.attributes))):
            for name, times in Counter(names).items():
                if times > 1:
                    what = f"{name!r} stands {times} times under {key}"
                    yield Problem(what=what, remedy="Write it once, or give it another name.", at=(key,))
        for i, crossed in enumerate(self.intersections):
            if len(set(crossed)) < 2 or len(set(crossed)) != len(crossed) or not set(crossed) <= set(self.attributes):
                what = f"intersection {list(crossed)} is not two or more different attributes of this policy"
                yield Problem(what=what, remedy=f"Choose from {', '.join(self.attributes)}.", at=("intersections", i))
        for i, limit in enumerate(self.limits):
            if limit.by not in self.margins:
                what = f"limit {limit.id!r}: by {list(limit.by)} is neither an attribute nor a declared intersection"
                yield Problem(what=what, remedy="Add it under attributes or intersections.", at=("limits", i, "by"))

    def against(self, contract: DataContract) -> list[str]:
        """Return what in this policy the contract does not know; empty where all is well."""
        return [problem.what for problem in self.strays(contract)]

    def strays(self, contract: DataContract) -> tuple[Problem, ...]:
        """Return the same as `against`, each with its remedy and the key it stands under."""
        known = {column.name: column for column in contract.with_role("sensitive")}
        found = []

        def add(what: str, remedy: str, *at: str | int) -> None:
            found.append(Problem(rule="D13", what=what, remedy=remedy, at=at))

        for i, name in enumerate(self.attributes):
            if name not in known:
                what = f"attribute {name!r} is not a sensitive column of contract {contract.name}"
                add(what, f"Choose from {', '.join(known)}, or give the column role sensitive.", "attributes", i)
        for i, limit in enumerate(self.limits):
            if limit.reference is None:
                continue
            if len(limit.by) != 1:
                add(
                    f"limit {limit.id!r}: a reference group needs a single attribute",
                    "Compare with the rest.",
                    "limits",
                    i,
                    "reference",
                )
            elif limit.by[0] in known and limit.reference not in {str(level) for level in known[limit.by[0]].levels or ()}:
                what = f"limit {limit.id!r}: reference {limit.reference!r} is not a level of {limit.by[0]!r}"
                add(what, "Use a level that the contract declares, to the letter.", "limits", i, "reference")
        if self.split.cut is not None and contract.single("time") is None:
            add("split.cut needs a column of role time in the contract", "Declare one, or take the cut away.", "split", "cut")
        return tuple(found)
