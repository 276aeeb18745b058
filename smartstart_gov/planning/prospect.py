"""Prospect: what one question of the policy can be expected to bring, and what would bring more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from smartstart_gov.canonical import real
from smartstart_gov.planning.chances import Chance
from smartstart_gov.show import Value
from smartstart_gov.verdict.finding import Sees
from smartstart_gov.verdict.question import Question

#: Below this chance for a fair model, a limit is reported: it would sooner be switched off than passed.
HOPELESS = 0.5
Kind = Literal["rows", "cross_fit", "recorded", "step", "rest", "pool", "spread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One change with which a fair model passes as often as wanted.

    Attributes
    ----------
    kind : str
        ``rows`` (`amount` times as many), ``cross_fit`` (audit all rows), ``recorded`` (no rows of unknown group),
        ``step`` (compare the areas of `step`), ``rest`` (each group against the rest), ``pool`` (groups under `amount`
        rows as one), ``spread`` (a standard deviation between groups under `amount`).
    chance : Chance
    """

    kind: Kind
    chance: Chance
    amount: float | None = None
    step: str | None = None

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        amount = None if self.amount is None else real(self.amount)
        return {"kind": self.kind, "amount": amount, "step": self.step, "chance": self.chance.to_record()}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Prospect(Value):
    """What can be expected of one question: a limit, or a rung of its ladder.

    Attributes
    ----------
    question : Question
    groups : int
        Groups that are compared.
    rate : float
        The rate that a fair model has in each of them, in [0, 1].
    needed, needed_half : int or None
        Cases that each group needs (groups of one size, closed form) so that a model passes as often as wanted:
        without any difference, and with half of what the limit allows. None where no number would do, or none is known.
    cases : int or None
        Cases that the smallest group can be expected to have in the audit; None where real rows were counted.
    fair : Chance
        That a fair model passes this question and those before it on the ladder, on the rows expected.
    half, breach : Chance or None
        That a model with half of what the limit allows passes; that twice the limit is called FAILED. None where it was not
        asked, or no rates are that far apart.
    ways : tuple of Way
        What would make a fair model pass; empty where it passes, and where nothing tried would.
    sees : Sees or None
        Of a rung: what it finds in a single group, by the size of that group.
    """

    question: Question
    groups: int
    rate: float
    needed: int | None
    needed_half: int | None
    cases: int | None
    fair: Chance
    half: Chance | None
    breach: Chance | None
    ways: tuple[Way, ...] = ()
    sees: Sees | None = None

    @property
    def hopeless(self) -> bool:
        """Whether a perfectly fair model would fail to pass more often than not."""
        return self.fair.value < HOPELESS

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        asked = self.question
        return {
            "id": asked.id.removeprefix("limit."), "limit": asked.limit.id, "rung": asked.rung, "stage": asked.stage,
            "metric": asked.limit.metric, "groups": self.groups, "rate": real(self.rate), "needed": self.needed,
            "needed_half": self.needed_half, "cases": self.cases, "fair": self.fair.to_record(),
            "half": None if self.half is None else self.half.to_record(),
            "breach": None if self.breach is None else self.breach.to_record(),
            "ways": [way.to_record() for way in self.ways],
            "sees": None if self.sees is None else self.sees.to_record(),
        }  # fmt: skip

    def headline(self) -> str:
        """Return the prospect in one line."""
        return f"Prospect({self.question.id.removeprefix('limit.')}: a fair model passes {self.fair.value:.0%})"
