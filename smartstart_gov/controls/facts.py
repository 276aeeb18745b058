"""What a control looks at: the light values, never the data or the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartstart_gov.canonical import unreal

if TYPE_CHECKING:
    from smartstart_gov.authoring.charter import Charter
    from smartstart_gov.authoring.contract import DataContract
    from smartstart_gov.authoring.policy import Policy
    from smartstart_gov.controls.predecessor import Previous
    from smartstart_gov.training.record import TrainingRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One model's facts at audit.

    `explained` says whether the model's reliance on its features is shown, `sealing` what can be said of the seal
    (one of `smartstart_gov.looks.registration.SEALINGS`; None where looks were not counted yet), `previous` which version was
    audited before this one; None where the log knows of none.
    """

    charter: Charter
    contract: DataContract
    policy: Policy
    training: TrainingRecord
    explained: bool
    sealing: str | None = None
    previous: Previous | None = None

    def told(self, kind: str) -> tuple[str, str]:
        """Return which features tell a target of this kind almost perfectly, and which targets have too few rows to say."""
        about = [one for one in self.training.told if one.kind == kind]
        telling = [
            f"{' + '.join(o.columns)} ({o.target}, {unreal(o.value):.2f})" for o in about if o.columns and o.almost_perfectly
        ]
        return "; ".join(telling), ", ".join(one.target for one in about if not one.value) if about else "-"

    @property
    def told_by_scores(self) -> str:
        """How well the model's own scores predict the outcome, where that is almost perfectly."""
        return next((f"{unreal(one.value):.2f}" for one in self.training.told if one.value and not one.columns), "")
