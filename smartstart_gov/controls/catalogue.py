"""The catalogue: every control of every theme, and what can be asked of all of them.

Numbers up to R56 are those of the list of rules; R57 and R58 were added when attacks showed that they were missing.
A control stands in the module of its theme; whatever `Control` is there is asked, so none can be forgotten. All of it is light:
the gate reads findings with it before any library that counts is there.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from smartstart_gov.authoring.names import FILES, POLICY_FILE, Who
from smartstart_gov.controls import accountability, fairness, inputs, labels, performance, scope
from smartstart_gov.controls.control import Control
from smartstart_gov.judgement.finding import Finding, Status

if TYPE_CHECKING:
    from smartstart_gov.authoring.charter import Charter
    from smartstart_gov.authoring.contract import DataContract
    from smartstart_gov.authoring.fields import OpenFact
    from smartstart_gov.authoring.policy import Policy
    from smartstart_gov.controls.facts import Facts

THEMES = (inputs, labels, performance, fairness, scope, accountability)
#: In the order of their numbers, whatever their themes.
CATALOGUE: tuple[Control, ...] = tuple(
    sorted((one for theme in THEMES for one in vars(theme).values() if isinstance(one, Control)), key=lambda one: one.rule)
)


def controls(facts: Facts, asked: Container[str] | None = None) -> tuple[Finding, ...]:
    """Return the finding of every control (of those whose id is in `asked`), in the order of the catalogue."""
    return tuple(one.finding(facts) for one in CATALOGUE if asked is None or one.id in asked)


def asked_before(facts: Facts) -> tuple[Finding, ...]:
    """Return the finding of every control that can be asked before an audit: nobody shall learn of it after the look."""
    return controls(facts, {one.id for one in CATALOGUE if not one.only_after})


def control_of(finding: str) -> Control | None:
    """Return the control that a finding with this id answers; None where it is of a limit, of linking, or no longer asked."""
    return next((one for one in CATALOGUE if one.id == finding), None)


def place_of(finding: Finding, policy: Policy) -> tuple[str | None, tuple[str | int, ...], Who]:
    """Return the authored file (None where it is about none) and the key that a finding is about, and who can change it."""
    for position, limit in enumerate(policy.limits):
        if finding.id == f"limit.{limit.id}" or finding.id.startswith(f"limit.{limit.id}."):
            return POLICY_FILE, ("limits", position), "data"
    control = control_of(finding.id)
    if control is None or control.answered_in is None:
        return None, (), "data" if control is None else control.who
    file, at = control.answered_in
    return FILES[file], at, control.who


def waiting(fact: OpenFact, charter: Charter, contract: DataContract) -> tuple[tuple[Control, Status], ...]:
    """Return the controls that wait for an open fact, each with its answer until then; those that only warn are left out."""
    found = ((one, one.until(fact, charter, contract)) for one in CATALOGUE if one.severity != "warn")
    return tuple((one, status) for one, status in found if status is not None)


def written(records: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Return findings that evidence records; here, where every control has brought the sentences that it can say."""
    return tuple(Finding.from_record(record) for record in records)
