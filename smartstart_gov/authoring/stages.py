"""Stages: what a policy asks of shadow, trial and release, and who may let a finding pass for a while."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smartstart_gov.authoring.value import Authored, Date, Name, Problem, Text, refuse_any


class Stage(Authored):
    """What one stage on the way to release requires."""

    not_shown: Literal["accepted", "refused"]
    """Whether findings that are not shown may enter this stage; failed ones never may."""
    signatures: tuple[Name, ...] = ()
    """Roles of the charter that must have signed."""


class Trial(Stage):
    """A trial: who takes part, how many families at most, until when, and that a person decides first. All four, or none."""

    team: Text | None = None
    """The one team that works with the scores."""
    families_at_most: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """How many families the trial may touch."""
    ends: Date | None = None
    """Its last day, in quotes; no approval of the trial ends later."""
    person_decides_first: Literal[True] | None = None
    """That a person writes down a decision before the score is shown."""

    @property
    def declared(self) -> bool:
        """Whether the policy says what the trial is."""
        return self.ends is not None

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        missing = [name for name in _OF_TRIAL if getattr(self, name) is None]
        if 0 < len(missing) < len(_OF_TRIAL):
            what = f"a trial that is declared also says {', '.join(missing)}"
            refuse_any([Problem(what=what, remedy=f"Write all of {', '.join(_OF_TRIAL)}.", at=(missing[0],))])
        return self


#: What a trial that is declared says.
_OF_TRIAL = ("team", "families_at_most", "ends", "person_decides_first")


class Release(Stage):
    """Use as it is meant, without an end but that of the approvals."""

    practice: Literal["required"] | None = None
    """``required``: counts from shadow or trial in the log (``smartstart-gov recheck``) show every limit, and breach none."""


class StageTable(Authored):
    """The three steps, weakest first."""

    shadow: Stage
    trial: Trial
    release: Release


class Waivers(Authored):
    """Who may let one finding pass at one stage, for at most 90 days: openly, and with something in its place."""

    roles: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Roles of the charter's signatories; never the trainer."""
    persons: Annotated[int, Field(ge=2, le=20)] = 2
    """How many persons of these roles have to sign the same words."""
    at_most: Annotated[int, Field(ge=1, le=5)] = 3
    """How many findings may be waived at one stage. Where there are more, none counts."""
