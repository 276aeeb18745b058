"""Limit: one question of the policy, and the ladder of weaker questions that lead up to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smartstart_gov.project.authored import Authored, Declared, Line, Name, Problem, refuse_any
from smartstart_gov.project.naming import STAGES

Between = Literal["groups", "overall", "rest", "reference"]
Harm = Literal["both", "higher", "lower"]
Severity = Literal["block", "warn", "declare"]
#: The name of the limit itself, as the last rung of its own ladder.
TOP = "limit"
Inside = Annotated[float, Field(gt=0, lt=1)]
#: From here on a limit asks nothing: half of all people more than in the other group, or half as often (see decision 0021).
LOOSEST = 0.5


class Unseen(Authored):
    """How small a group may be, and no larger, in which a harm of that size could go unseen.

    A spread over many groups hides most in the smallest of them. With this, a rung is passed only if a single group
    with more cases, treated so much worse than all others, would have kept it from passing four times out of five.
    """

    at_most_cases: Annotated[int, Field(ge=1)]
    """Cases that the rate divides by: for false alarms only those in which it was not so."""
    harm: Annotated[float, Field(gt=1, le=20)]
    """How many times as often as in all other groups; as seldom, where a low rate is the harm."""


class Rung(Authored):
    """One weaker question on the way to a limit.

    ``spread`` asks whether the true rates of all groups spread little (`at_most` is their standard
    deviation) and no group stands out. The others compare as the limit does, with the groups, or with the
    larger areas of a step of the hierarchy.
    """

    id: Name
    question: Literal["spread", "groups", "overall", "rest"]
    step: Line | None = None
    """Name of a step of the hierarchy, where larger areas are compared."""
    at_most: Inside | None = None
    at_least: Inside | None = None
    pool_under: Annotated[int, Field(ge=2)] | None = None
    """Groups with fewer rows than this enter as one group, whatever their outcomes are."""
    unseen: Unseen | None = None
    """Of a spread: how small a group has to be for a harm in it to go unseen."""


class Needs(Authored):
    """The rung that each stage needs: the id of a rung, or ``limit`` for the limit itself."""

    shadow: Name
    trial: Name
    release: Name


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
    at_most: Inside | None = None
    at_least: Inside | None = None
    harm: Harm = "both"
    """Which direction harms a group: a ``higher`` rate, a ``lower`` one, or ``both``."""
    given: Line | None = None
    """A column of role control: groups are compared within each of its levels, and combined."""
    pool_under: Annotated[int, Field(ge=2)] | None = None
    """Groups with fewer rows than this enter as one group, whatever their outcomes are."""
    ladder: tuple[Rung, ...] = ()
    """Weaker questions, weakest first, asked in this order until one is not passed."""
    needs: Needs | None = None
    """Which rung each stage needs, where there is a ladder."""
    severity: Severity = "block"
    reason: Declared
    """Why this metric and this limit: what harm it guards against, for whom."""

    @property
    def bound(self) -> float:
        """The number of the limit, whichever way it points."""
        return float(self.at_most if self.at_most is not None else self.at_least or 0.0)

    @property
    def asks_nothing(self) -> bool:
        """Whether, at release, only bounds are asked that hardly any data could break (at or beyond `LOOSEST`)."""
        names = [*(rung.id for rung in self.ladder), TOP]
        asked = len(names) if self.needs is None else names.index(self.needs.release) + 1
        return all(_loose(measure, bound) for measure, bound in self._bounds()[:asked])

    @property
    def stops(self) -> bool:
        """Whether it can keep a model from release: it is more than a warning, and asks something."""
        return self.severity != "warn" and not self.asks_nothing

    def _bounds(self) -> list[tuple[str, float]]:
        """Return what each question measures and its number, in the order of the ladder."""
        found = []
        for rung in self.ladder:
            bound = rung.at_most if rung.at_most is not None else rung.at_least
            measure = "spread" if rung.question == "spread" else self.measure
            found.append((measure, self.bound if bound is None else float(bound)))
        return [*found, (self.measure, self.bound)]

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        refuse_any([*self._problems(), *self._of_ladder()])
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
        if self.harm != "both" and self.between == "groups" and all(rung.question == "groups" for rung in self.ladder):
            what = f"harm {self.harm} does nothing where every two groups are compared: one of them is always the higher"
            yield Problem(what=what, remedy="Compare with the rest, everybody or a reference group.", at=("harm",))
        if self.given is not None and self.between == "overall":
            what = "a comparison with everybody cannot be combined over the levels of a control column"
            yield Problem(what=what, remedy="Write between: rest.", at=("given",))
        if self.given is not None and (self.ladder or self.pool_under is not None):
            what = "a limit within the levels of a control column has no ladder and no pool"
            yield Problem(what=what, remedy="Make it a limit of its own.", at=("given",))

    def _of_ladder(self) -> Iterator[Problem]:
        names = [*(rung.id for rung in self.ladder), TOP]
        if len(set(names)) != len(names):
            yield Problem(what="two rungs have one id", remedy=f"Give each its own; {TOP} is the limit itself.", at=("ladder",))
        if bool(self.ladder) != (self.needs is not None):
            what = "a ladder and needs go together: needs says which rung each stage asks for"
            yield Problem(what=what, remedy="Add the other, or take this away.", at=("needs",))
        for i, rung in enumerate(self.ladder):
            at = ("ladder", i)
            wanted = "at_most" if rung.question == "spread" or self.measure == "difference" else "at_least"
            other = "at_least" if wanted == "at_most" else "at_most"
            if rung.question == "spread" and rung.at_most is None:
                yield Problem(what="spread needs at_most", remedy="Add the largest standard deviation.", at=(*at, "at_most"))
            if getattr(rung, other) is not None:
                yield Problem(what=f"this rung has no {other}", remedy=f"Write {wanted}.", at=(*at, other))
            if rung.unseen is not None and rung.question != "spread":
                what = (
                    f"unseen does nothing where the question is {rung.question}: there the smallest groups keep it from passing"
                )
                yield Problem(what=what, remedy="Take unseen away, or write it at a spread.", at=(*at, "unseen"))
            if rung.step is not None and len(self.by) != 1:
                what = "larger areas need a limit on a single attribute"
                yield Problem(what=what, remedy="Take step away, or make it a limit of its own.", at=(*at, "step"))
        if self.needs is not None:
            places = []
            for stage in STAGES:
                asked = getattr(self.needs, stage)
                if asked not in names:
                    what = f"{stage} needs {asked!r}, which is no rung of this limit"
                    yield Problem(what=what, remedy=f"Choose from {', '.join(names)}.", at=("needs", stage))
                else:
                    places.append(names.index(asked))
            if places != sorted(places):
                what = "a later stage needs a weaker rung than an earlier one"
                yield Problem(what=what, remedy="Let the need grow from shadow to trial to release.", at=("needs",))


def _loose(measure: str, bound: float) -> bool:
    """Whether a bound lies at or beyond the loosest; a standard deviation of rates is half as wide as their difference."""
    if measure == "ratio":
        return bound <= LOOSEST
    return bound >= (LOOSEST / 2 if measure == "spread" else LOOSEST)
